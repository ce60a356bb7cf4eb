#!/usr/bin/env bash
# Garage by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start garage virtual
unfit_keys=('/lead/slash')
conformance
