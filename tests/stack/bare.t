#!/usr/bin/env bash
# The README's two commands in a bare container, with some tests of each kind: that
# everything is installed, built and run from nothing. `make test-bare` runs all.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/engine.sh"
images debian:trixie-slim
ONLY='unit/|retention/|filter/(manual|s3ls|gzstream)[.]t|pipeline/(roundtrip|archive-wal)[.]t' run "$TESTS/bare" debian:trixie-slim
is 'both commands end well' "$status" 0
[ "$status" = 0 ] || tail -n 60 "$T/out" "$T/err" | sed 's/^/# /'
# shellcheck disable=SC2016
ok 'they are those of the README' eval 'grep -qx "\$ ./scripts/demo" "$T/out" && grep -qx "\$ make test" "$T/out"'
ok 'tests were run there, and none failed' grep -qE '^[0-9]{3,} passed, 0 failed, ' "$T/out"
done_testing
