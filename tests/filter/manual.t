#!/usr/bin/env bash
# The same fact in two places is the same: the usage text and the SYNOPSIS, the
# options and their description; and the pages are sound mdoc.
. "$(dirname "$0")/../lib/tap.sh"
command -v mandoc >/dev/null || skip_all 'no mandoc (apt-get install mandoc)'

section() { # PAGE NAME: its text, without overstrikes, blanks folded
    mandoc -T ascii "$1" | sed 's/.\x08//g' | sed -n "/^$2\$/,/^[A-Z]/p" | sed '1d;$d' | tr -s ' \n' '  ' | sed 's/^ //; s/ $//'
}
for page in "$ROOT"/man/*.[0-9]; do
    ok "$(basename "$page") is sound" mandoc -T lint -W warning "$page"
    is 'and has what a manual has, in order' "$(sed -n 's/^\.Sh //p' "$page" | grep -vx FILES | paste -sd ,)" \
        'NAME,SYNOPSIS,DESCRIPTION,ENVIRONMENT,EXIT STATUS,EXAMPLES,DIAGNOSTICS,SEE ALSO,STANDARDS,CAVEATS'
done
for program in s3put s3get s3ls s3rm gzstream retain pgapply; do
    page=$ROOT/man/$program.1
    usage=$("$program" -h | sed 's/^usage: //' | tr -s ' \n' '  ' | sed 's/ $//')
    is "$program -h is the SYNOPSIS" "$usage" "$(section "$page" SYNOPSIS)"
    for letter in $(grep -oE '\[-[0-9A-Za-z]+( |\])' <<<"$usage" | tr -d '[] -' | grep -o .); do
        ok "$program -$letter is described" grep -qE "^\.It Fl .*\b$letter\b|^\.It Fl $letter" "$page"
    done
done
done_testing
