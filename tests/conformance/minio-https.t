#!/usr/bin/env bash
# MinIO over https, with a CA made on the spot.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start minio https
encrypts=yes
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.')
conformance
