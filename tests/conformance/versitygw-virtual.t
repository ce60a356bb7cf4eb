#!/usr/bin/env bash
# versitygw by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start versitygw virtual
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.' 'trail/' $'bell\a' $'\x01')
conformance
