# For tests that want a Docker engine: . tests/lib/tap.sh, then this.
# shellcheck shell=bash

docker version >/dev/null 2>&1 || skip_all 'no Docker engine answers'

# images IMAGE...: which the test needs.
images() {
    local image
    for image; do
        docker image inspect "$image" >/dev/null 2>&1 || docker pull -q "$image" >/dev/null 2>&1 ||
            skip_all "the image $image cannot be had here"
    done
}
