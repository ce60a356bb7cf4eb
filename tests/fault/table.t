#!/usr/bin/env bash
# docs/faults.md is the table that the matrix is tested by.
. "$(dirname "$0")/../lib/tap.sh"
"$TESTS/fault/matrix" --table >"$T/table"
ok 'docs/faults.md is what tests/fault/matrix --table prints' diff -u "$ROOT/docs/faults.md" "$T/table"
done_testing
