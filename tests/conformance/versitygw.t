#!/usr/bin/env bash
# versitygw over http.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start versitygw http
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.' 'trail/' $'bell\a' $'\x01')
conformance
