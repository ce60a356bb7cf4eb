#!/usr/bin/env bash
# The test server over https, with a CA made on the spot.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
# shellcheck disable=SC2034 # for checks.sh
keeps_sums=
conformance_start test https
encrypts=yes
conformance
