#!/usr/bin/env bash
# docs/record makes a picture of what a command shows; docs/demo.svg is one of
# scripts/demo as it is today.
. "$(dirname "$0")/../lib/tap.sh"
command -v python3 >/dev/null || skip_all 'no python3 (apt-get install python3)'

# texts FILE: what stands in the picture, a line a line; fails if it is no XML.
texts() {
    python3 -c 'import sys, xml.etree.ElementTree as tree
for text in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}text"):
    print("".join(text.itertext()))' "$1"
}
run "$ROOT/docs/record" sh -c 'test -t 1 && printf "<one> & \033[32mtwo\033[0m\r\n50%%\r\033[Kthree\na\tb\n"'
exits 'a command is recorded, on a terminal' 0
cp "$T/out" picture.svg
is 'what it shows, but what it took back' "$(texts picture.svg)" $'<one> & two\nthree\na       b'
matches 'in colour' "$(cat picture.svg)" '<tspan class="g">two</tspan>'
run "$ROOT/docs/record" sh -c 'seq 1 40; printf %0150d 0; echo'
is 'a line that is too long goes on in the next' "$(grep -o '>00*<' "$T/out" | tr -d '\n' | wc -c)" 154
matches 'the last line stands lowest, also where nothing moves' "$(cat "$T/out")" '#all \{ transform: translateY\(-288px\);'
run "$ROOT/docs/record" false
exits 'a command that fails makes none' 1 'record: the command failed: 1'
is 'nothing at all' "$(wc -c <"$T/out")" 0

shown=$(texts "$ROOT/docs/demo.svg")
while IFS= read -r step; do
    ok "the demo's picture has: $step" grep -qxF -e "$step" <<<"$shown"
done < <(sed -n "s/^step '\(.*\)'\$/\1/p" "$ROOT/scripts/demo")
matches 'to its end' "$shown" 'Done in [0-9.]+ s\.'
ok 'and is small' test "$(wc -c <"$ROOT/docs/demo.svg")" -lt 204800
done_testing
