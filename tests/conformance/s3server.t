#!/usr/bin/env bash
# The test server over http.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start test http
conformance
