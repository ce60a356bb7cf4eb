#!/usr/bin/env bash
# MinIO by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start minio virtual
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.')
conformance
