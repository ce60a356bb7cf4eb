#!/usr/bin/env bash
# The test server over https, with a CA made on the spot.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start test https
encrypts=yes
conformance
