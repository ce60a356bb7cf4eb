# A plain dump as its statements: knows at which lines one begins, and what is
# data or the inside of a string, a name, a comment or a function's body.
#
#   mode=noowner   passes the dump on without what gives things to roles
#   mode=tables    writes to `tables`, in order, the table of each COPY; to
#                  `sequences` each setval, to `objects` each large object

BEGIN { inside = "" } # "", "copy", or what ends the string that we are in

inside == "copy" {
    if ($0 == "\\.") inside = ""
    if (mode == "noowner") print
    next
}
inside == "" && /^COPY .* FROM stdin;$/ {
    inside = "copy"
    if (mode == "tables") {
        match($0, /^COPY (("([^"]|"")*"|[^" .(]+)\.)?("([^"]|"")*"|[^" .(]+)/)
        print substr($0, 6, RLENGTH - 5) >tables
    } else print
    next
}
inside == "" && mode == "tables" && /^SELECT pg_catalog\.setval\(/ { print >sequences }
inside == "" && mode == "tables" && /^SELECT pg_catalog\.lo_create\(/ { print >objects }
inside == "" && mode == "noowner" && given_to_roles($0) { next }
{
    read_line($0)
    if (mode == "noowner") print
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
