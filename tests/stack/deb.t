#!/usr/bin/env bash
# The Debian packages: made in a clean Debian 12 from what they declare to need,
# accepted by lintian, and installed, tried and purged in clean Debians 12 and 13.
. "$(dirname "$0")/../lib/tap.sh"
. "$ROOT/tests/lib/engine.sh"
images debian:bookworm-slim debian:trixie-slim

# container IMAGE: a clean one, which $container names.
container() {
    container=$(docker run -d --rm --init "$1" sleep 1800) || return
    at_exit "docker kill $container >/dev/null 2>&1"
    # Slim images leave out what a package has for people to read.
    within 'rm -f /etc/dpkg/dpkg.cfg.d/docker && apt-get -qq update'
}
within() { docker exec -e DEBIAN_FRONTEND=noninteractive -e LC_ALL=C.UTF-8 -w / "$container" bash -euo pipefail -c "$1"; }
install_packages() { within "apt-get -qq install -y --no-install-recommends $*"; }

# ---- made in one
ok 'a clean Debian 12' container debian:bookworm-slim
within 'mkdir /src'
tar -C "$ROOT" -c --exclude=./build --exclude=./.git --exclude=./.env . | docker cp - "$container:/src"
ok 'lintian and dpkg-dev' install_packages dpkg-dev lintian
ok 'what it takes to build is declared' within 'apt-get -qq build-dep -y --no-install-recommends /src'
within 'find /src' | sort >before
run within '/src/packaging/deb /deb'
is 'they are made, their tests pass, and lintian has nothing to say' "$status $err" '0 '
is 'these' "$(sed 's|.*/||; s/_.*//' "$T/out" | xargs)" 's3pipe-backup-dbgsym s3pipe-backup s3pipe-dbgsym s3pipe'
is 'nothing is left in the tree' "$(within 'find /src' | sort | comm -13 before -)" ''
docker cp "$container:/deb" "$T/deb" >/dev/null
docker kill "$container" >/dev/null

# ---- tried in others
for image in debian:bookworm-slim debian:trixie-slim; do
    ok "$image, clean" container "$image"
    docker cp "$T/deb" "$container:/deb" >/dev/null
    ok "$image: the programs install" install_packages '/deb/s3pipe_*.deb'
    ok "$image: without libpq" within '! dpkg-query -W libpq5 2>/dev/null'
    ok "$image: and the scripts, with what they need" install_packages '/deb/s3pipe-backup_*.deb'
    within 'dpkg -L s3pipe s3pipe-backup | sort -u' >files
    for program in s3put s3get s3ls s3rm gzstream retain pgapply; do
        matches "$image: $program runs" "$(within "$program -V" 2>&1)" "^$program \(s3pipe\) $(cat "$ROOT/VERSION")"
        ok "$image: $program has a manual" within "zcat /usr/share/man/man1/$program.1.gz | grep -q '^.Nm $program'"
    done
    for script in $(within "cd /usr/bin && ls s3pipe-*" | sed "s|s3pipe-||"); do
        matches "$image: s3pipe-$script runs" "$(within "s3pipe-$script -h" 2>&1)" "$script.sh"
        ok "$image: s3pipe-$script has a manual" within "test -s /usr/share/man/man1/s3pipe-$script.1.gz"
    done
    ok "$image: gzstream there and back" within 'tar -c /usr/share/man | tee >(md5sum >/tmp/a) | gzstream |
        gzstream -d | md5sum >/tmp/b; wait; cmp /tmp/a /tmp/b'
    run within 'S3_ENDPOINT=http://127.0.0.1:1 S3_BUCKET=backups S3_ACCESS_KEY=a S3_SECRET_KEY=b S3_RETRIES=1 s3pipe-cleanup'
    matches "$image: the scripts find psql's and our programs" "$status $err" '^1 .*s3ls: .*connect'
    ok "$image: bash completes" within '. /usr/share/bash-completion/completions/s3put; complete -p s3pipe-restore'
    is "$image: no timer is enabled" "$(within 'find /etc/systemd -name "s3pipe*"')" ''
    ok "$image: systemd" install_packages systemd
    ok "$image: finds nothing wrong with the units" within 'systemd-analyze verify --man=no s3pipe-{backup,cleanup,verify-backup}.{service,timer}'

    ok "$image: purged" within 'apt-get -qq purge -y s3pipe-backup s3pipe'
    docker cp files "$container:/tmp/files" >/dev/null
    is "$image: nothing is left" "$(within 'while read -r file; do [ -d "$file" ] || [ ! -e "$file" ] || echo "$file"; done </tmp/files
        rm -rf /deb; find / -xdev -path /proc -prune -o -name "*s3pipe*" -print')" ''
    docker kill "$container" >/dev/null
done
done_testing
