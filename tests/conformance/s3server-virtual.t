#!/usr/bin/env bash
# The test server by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
# shellcheck disable=SC2034 # for checks.sh
keeps_sums=
conformance_start test virtual
conformance
