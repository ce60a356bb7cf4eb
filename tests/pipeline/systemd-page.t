#!/usr/bin/env bash
# docker/systemd/README.md as it is written: its commands, in their order, in a mount
# namespace whose /etc and /var/lib are copies; what systemd itself would do is only
# noted.
. "$(dirname "$0")/../lib/tap.sh"
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip_all 'no mount namespace can be had'
command -v age-keygen >/dev/null || skip_all 'no age (apt-get install age)'
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
small shop
page=$ROOT/docker/systemd/README.md

# ---- the commands of the page, and what is another here
sed -n '/^    /s/^ *//p' "$page" | sed 's/  *#.*//' >commands
grep -E '^BACKUP_FILTER' commands >settings
grep -vE '^BACKUP_FILTER' commands >lines
is 'the page has its commands' "$(cut -d ' ' -f 1-2 lines | sort | uniq -c | sort -rn | head -n 1 | xargs)" '5 sudo systemctl'
sed -i "s|<<<'\.\.\.'|<<<\"\$SECRET\"|" lines
mkdir bin var
printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
for program in systemctl journalctl; do printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\n' $program "$T" >bin/$program; done
chmod +x bin/*
cp -a /etc etc && rm -rf etc/s3pipe etc/systemd/system/s3pipe-*
# Installed below $T, by what is built; s3pipe-setup has a test of its own.
cat >run <<END
set -e
mount --bind "$T/etc" /etc
mount --bind "$T/var" /var/lib
cd "$ROOT"
mkdir /etc/systemd/system/s3pipe-.service.d
while IFS= read -r line <&3; do
    echo "\$ \$line"
    SECRET=\$S3_SECRET_KEY
    case \$line in
    'make && sudo make install') line="make -s BUILD='$BUILD' install PREFIX='$T/root'" ;;
    'sudo s3pipe-setup') continue ;;
    *postgres-password*) SECRET='of the server' ;;
    *s3pipe-backup\ --check) # the file is edited by then
        printf '%s\n' "\${!S3_@}" | while read -r name; do
            case \$name in S3_SECRET_KEY | S3_ACCESS_KEY) continue ;; esac
            sed -i "/^\$name=/d" /etc/s3pipe/env
            echo "\$name=\${!name}" >>/etc/s3pipe/env
        done
        sed -i "s|^S3_ACCESS_KEY=.*|S3_ACCESS_KEY=\$S3_ACCESS_KEY|; s|^POSTGRES_HOST=.*|POSTGRES_HOST=\$PGHOST|; s|^POSTGRES_USER=.*|POSTGRES_USER=\$PGUSER|; s|^POSTGRES_DB=.*|POSTGRES_DB=shop|" /etc/s3pipe/env
        line="env -u S3_ENDPOINT -u S3_BUCKET -u S3_ACCESS_KEY -u S3_SECRET_KEY -u S3_REGION \$line"
        ;;
    *'age-keygen -o'*) cd "$T" ;;
    *' disable '*) stat -c '%n %a' /etc/s3pipe /etc/s3pipe/* >"$T/modes" ;;
    esac
    eval "\$line" </dev/null
    case \$line in
    *'age.pub /etc/'*)
        cat "$T/settings" >>/etc/s3pipe/env
        env -u S3_ENDPOINT -u S3_BUCKET -u S3_ACCESS_KEY -u S3_SECRET_KEY s3pipe-backup --check
        ;;
    esac
done 3<"$T/lines"
END
PATH=$T/bin:$T/root/bin:$PATH run env -u S3PIPE_CONFIG -u POSTGRES_HOST -u POSTGRES_USER -u S3PIPE_STATE_DIR unshare -m bash run
is 'they all run' "$status" 0
[ "$status" = 0 ] || tail -n 8 "$T/out" "$T/err" | sed 's/^/# /'
is 'each as it stands there' "$(grep -c '^\$ ' out)" "$(wc -l <lines)"
matches 'all is ready after them' "$(cat err)" "a backup would be made of: shop and the globals, as 20"
matches 'encrypted too' "$(cat err)" 'the filter: age writes to \*\.age'
is 'secrets are for root alone' "$(xargs <modes)" \
    '/etc/s3pipe 755 /etc/s3pipe/age.pub 644 /etc/s3pipe/env 600 /etc/s3pipe/postgres-password 600 /etc/s3pipe/s3-secret-key 600'
is 'systemd is asked for units that there are' \
    "$(grep -oE 's3pipe-[a-z-]*(\.(timer|service))?' asked | sed 's/^\([^.]*\)$/\1.service/' | sort -u | while read -r unit; do [ -e "root/lib/systemd/system/$unit" ] || echo "$unit"; done)" ''
is 'and nothing is left of it' "$(find etc/s3pipe etc/systemd/system/s3pipe-* var/s3pipe 2>/dev/null)" ''
done_testing
