# A plain dump as its statements: knows at which lines one begins, and what is
# data or the inside of a string, a name, a comment or a function's body.
#
# The dump is passed on:
#
#   -v noowner=1      without what gives things to roles
#   -v norole=1       that, and policies for all instead of for some roles
#   -v lists=PREFIX   and into the files PREFIX.tables goes, in order, how many
#                     rows each COPY has, a tab, and its table; into .sequences
#                     each setval, into .objects each large object

BEGIN {
    name = "([^\" ,.]+|\"([^\"]|\"\")*\")"
    policy = "^CREATE POLICY " name " ON " name "(\\." name ")?( AS [A-Z]+)?( FOR [A-Z]+)? TO "
    inside = "" # "", "copy", or what ends the string that we are in
    if (lists != "") {
        tables = lists ".tables"
        sequences = lists ".sequences"
        objects = lists ".objects"
        printf "" >tables
        printf "" >sequences
        printf "" >objects
    }
}

inside == "copy" {
    if ($0 == "\\.") {
        inside = ""
        if (lists != "") print rows "\t" table >tables
    }
    rows++
    print
    next
}
inside == "" && /^COPY .* FROM stdin;$/ {
    inside = "copy"
    rows = 0
    match($0, /^COPY (("([^"]|"")*"|[^" .(]+)\.)?("([^"]|"")*"|[^" .(]+)/)
    table = substr($0, 6, RLENGTH - 5)
    print
    next
}
inside == "" && (noowner || norole) && given_to_roles($0) { next }
inside == "" && norole && match($0, policy) {
    head = substr($0, 1, RLENGTH)
    rest = substr($0, RLENGTH + 1)
    match(rest, "^" name "(, " name ")*")
    $0 = head "PUBLIC" substr(rest, RLENGTH + 1)
}
inside == "" && lists != "" && /^SELECT pg_catalog\.setval\(/ { print >sequences }
inside == "" && lists != "" && /^SELECT pg_catalog\.lo_create\(/ { print >objects }
{
    read_line($0)
    print
}

function given_to_roles(line) {
    return line ~ /^ALTER .* OWNER TO .*;$/ || line ~ /^(GRANT|REVOKE) .*;$/ ||
        line ~ /^ALTER DEFAULT PRIVILEGES .*;$/ || line ~ /^SET SESSION AUTHORIZATION .*;$/
}

# Follows the quotes of a line, from whatever it begins in.
function read_line(line,    i) {
    for (;;) {
        if (inside != "") {
            i = index(line, inside)
            if (i == 0) return
            line = substr(line, i + length(inside))
            inside = ""
        }
        if (!match(line, /'|"|--|\/\*|\$([A-Za-z_\200-\377][A-Za-z_0-9\200-\377]*)?\$/)) return
        i = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (i == "--") return
        inside = i == "/*" ? "*/" : i
    }
}
