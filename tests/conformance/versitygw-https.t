#!/usr/bin/env bash
# versitygw over https, with a CA made on the spot.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start versitygw https
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.' 'trail/' $'bell\a' $'\x01')
conformance
