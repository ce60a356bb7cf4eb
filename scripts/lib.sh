# What the scripts have in common, by its parts in lib/. Read by `.`, not run.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C # names and keys are bytes
umask 077

script=$(basename "$0")
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# From the source tree the programs are those built there; installed, those
# beside the scripts, below whatever PREFIX, where PATH has none.
if [ -e "$here/../Makefile" ]; then
    build=${BUILD:-$here/../build}
    [ ! -x "$build/s3put" ] || PATH=$build:$PATH
else
    PATH=$PATH:$(readlink -f "$here/../..")/bin:$here
fi

# shellcheck source-path=SCRIPTDIR
{
    . "$here/lib/log.sh"
    . "$here/lib/process.sh"
    . "$here/lib/settings.sh"
    . "$here/lib/options.sh"
    . "$here/lib/schedule.sh"
    . "$here/lib/keys.sh"
    . "$here/lib/state.sh"
    . "$here/lib/postgres.sh"
    . "$here/lib/dump.sh"
    . "$here/lib/tell.sh"
}
