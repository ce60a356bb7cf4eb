# The examples of a page: each display (.Dl, .Bd) but those of DIAGNOSTICS, or of
# Markdown each block of ```console, into a file of its own in the directory `to`,
# as a reader sees it; prints the names.
function plain(s) {
    gsub(/\\\(dq/, "\"", s)
    gsub(/\\&/, "", s)
    gsub(/\\-/, "-", s)
    gsub(/\\e/, "\\", s)
    return s
}
function begin() {
    file = sprintf("%s/%s.%02d", to, page, ++n)
    print file
    printf "" >file
}
/^\.Sh / { section = $2 }
section == "DIAGNOSTICS" { next }
/^\.Dl / { begin(); sub(/^\.Dl /, ""); print plain($0) >file; close(file) }
/^```$/ { within = 0 }
/^```console$/ || /^\.Bd / { begin(); within = 1; next }
/^\.Ed/ { within = 0; close(file) }
within { print plain($0) >file }
