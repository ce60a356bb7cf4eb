# For the tests of gzstream: inputs to compress, and how to watch one run.
# shellcheck shell=bash

# text BYTES: rows as dumps have them, the same each time.
text() {
    awk -v n="$1" 'BEGIN {
        srand(7)
        while (size < n) {
            row = sprintf("%d\t%s\t%.3f\t2026-11-%02d %02d:%02d:%02d+00",
                i++, substr("paid open sent late", 1 + 5 * int(rand() * 4), 4),
                rand() * 1000, 1 + rand() * 28, rand() * 24, rand() * 60,
                rand() * 60)
            size += length(row) + 1
            print row
        }
    }' | head -c "$1"
}
same_bytes() { cmp "$1" "$2"; }

# until_true SECONDS COMMAND...: waits until the command succeeds.
until_true() {
    local tries=$(($1 * 20))
    shift
    until "$@"; do
        [ $((tries--)) -gt 0 ] || return 1
        sleep 0.05
    done
}

# The peak of memory in KiB that the command needs, its stdin and stdout being
# ours; its exit status is kept in a file, where it is wanted.
peak() {
    python3 -c '
import os, sys, subprocess
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
status = os.wait4(p.pid, 0)
print(status[2].ru_maxrss)
' "$@"
}
# A sanitizer's memory says nothing of ours.
sanitized() { grep -qE '__(asan|tsan)_init' "$(command -v gzstream)"; }
