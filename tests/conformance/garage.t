#!/usr/bin/env bash
# Garage over http.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start garage http
unfit_keys=('/lead/slash')
conformance
