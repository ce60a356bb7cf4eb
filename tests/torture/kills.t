#!/usr/bin/env bash
# backup.sh, restore.sh and cleanup.sh, a signal at a random moment to a process
# of theirs, to the script or to all: TORTURE_RUNS (50) of them, each a line of
# TAP. A run that failed is tried again by TORTURE_RUNS=1 TORTURE_SEED=ITS-SEED.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
small live
createdb noise
q -d noise -c "CREATE TABLE noise AS
SELECT i, (SELECT string_agg(md5((i * 64 + j)::text), '') FROM generate_series(1, 64) j)
  FROM generate_series(1, 6000) i"
export TORTURE_RUNS=${TORTURE_RUNS:-50} TORTURE_SEED=${TORTURE_SEED:-1}
export TORTURE_SCRIPTS=$S
/usr/bin/python3 -EB "$TESTS/torture/kills.py"
