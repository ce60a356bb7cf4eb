#!/usr/bin/env bash
# MinIO over http.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/conformance/checks.sh"
conformance_start minio http
unfit_keys=('dir//x' '/lead/slash' 'dir/../x' './x' '..' 'a/.')
conformance
