# Of a dump of globals the statements about roles that are missing. The first
# file holds the names of those that are there, quoted as in the dump.
FNR == NR { there[$0] = 1; next }
!/;$/ { next }
/^CREATE ROLE / {
    role = identifier(substr($0, 13))
    if (!(role in there)) { missing[role] = 1; print }
}
/^ALTER ROLE / {
    if (identifier(substr($0, 12)) in missing) print
}
/^GRANT / {
    granted = identifier(substr($0, 7))
    if (identifier(substr($0, 11 + length(granted))) in missing) {
        sub(/ GRANTED BY ("([^"]|"")*"|[^ "]+);$/, ";") # who gave it may not be here
        print
    }
}
function identifier(text) {
    return match(text, /^("([^"]|"")*"|[^ ";]+)/) ? substr(text, 1, RLENGTH) : ""
}
