#!/usr/bin/env bash
# The test server by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start test virtual
conformance
