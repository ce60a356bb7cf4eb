#!/usr/bin/env bash
# The scripts read their settings from a file as systemd does, below what is in the
# environment; the command line that all of them have.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/store.sh"
store_start
S=$ROOT/scripts
export S3PIPE_STATE_DIR=$T/state BACKUP_GLOBALS=false
unset PGHOST PGUSER PGPASSWORD POSTGRES_PASSWORD

# Where the store is goes into a file, and out of the environment.
config=$T/env
{
    echo '# of the timer'
    env | grep -E '^S3_(ENDPOINT|BUCKET|REGION|ACCESS_KEY)='
    printf '; another comment\n\n  S3_PREFIX = db\n' | sed 's/ = /=/'
    printf 'S3_SECRET_KEY='\''%s'\''\r\n' "$S3_SECRET_KEY"
} >"$config"
chmod 600 "$config"
for day in 20 21; do s3put "db/2026/11/$day/shop_120000.sql.gz" <"$config"; done
s3put other/2026/11/22/shop_120000.sql.gz <"$config"
bare() { # COMMAND...: without the settings of the store
    env -u S3_ENDPOINT -u S3_BUCKET -u S3_REGION -u S3_ACCESS_KEY -u S3_SECRET_KEY -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$@"
}
keys() { grep -oE '2026/[^ ]*' "$T/out" | xargs; }
run bare "$S/list-backups.sh" --config "$config"
exits 'a listing by the file alone' 0
is 'finds what the timer finds' "$(keys)" '2026/11/20/shop_120000.sql.gz 2026/11/21/shop_120000.sql.gz'
run bare env S3PIPE_CONFIG="$config" "$S/list-backups.sh"
is 'S3PIPE_CONFIG names the file too' "$status $(keys)" '0 2026/11/20/shop_120000.sql.gz 2026/11/21/shop_120000.sql.gz'
run bare env S3_PREFIX=other S3PIPE_CONFIG=/nonexistent "$S/list-backups.sh" --config "$config"
is 'the environment is before the file, --config before S3PIPE_CONFIG' "$status $(keys)" '0 2026/11/22/shop_120000.sql.gz'
cp "$config" "$T/plain"
run bare "$S/list-backups.sh" --config <(cat "$config")
is 'a pipe will do' "$status $(keys | wc -w)" '0 2'

# ---- secrets
sed -i '/SECRET/d' "$config"
run bare "$S/list-backups.sh" --config "$config"
matches 'without the secret' "$status $err" '^1 .*S3_ACCESS_KEY is set, but not S3_SECRET_KEY'
printf '%s\n' "$S3_SECRET_KEY" >"$T/s3-secret-key"
run bare "$S/list-backups.sh" --config "$config"
is 'it is found beside the file, as the units have it' "$status $(keys | wc -w)" '0 2'
rm "$T/s3-secret-key"
cp "$T/plain" "$config"
run bare env AWS_ACCESS_KEY_ID=another AWS_SECRET_ACCESS_KEY=another S3_RETRIES=1 "$S/list-backups.sh" --config "$config"
matches "credentials of the environment are not mixed with the file's" "$status $err" '^1 .*(403|404)'
sed -i 's/^S3_SECRET_KEY=.*/S3_SECRET_KEY=wrong/' "$config"
run bare env S3_ACCESS_KEY="$S3_ACCESS_KEY" S3_SECRET_KEY="$S3_SECRET_KEY" "$S/list-backups.sh" --config "$config"
is 'nor the other way round' "$status $(keys | wc -w)" '0 2'
cp "$T/plain" "$config"
chmod 604 "$config"
run bare "$S/list-backups.sh" --config "$config"
exits 'a secret that everybody can read is a warning' 0 'has secrets, and everybody can read it: chmod o-r'
for mode in 620 602; do
    chmod "$mode" "$config"
    run bare "$S/list-backups.sh" --config "$config"
    exits "a file of mode $mode is refused" 2 'can be written by others than its owner: chmod go-w'
done
chmod 600 "$config"
if [ "$(id -u)" = 0 ]; then
    chown nobody "$config"
    run bare "$S/list-backups.sh" --config "$config"
    exits "nobody's file is refused" 2 'belongs to nobody: chown root'
    chown root "$config"
fi
run bare "$S/list-backups.sh" --config "$T/none"
exits 'a file that is not there' 2 "$T/none cannot be read by .*: run this as root, or name another"
run bare "$S/list-backups.sh" --config
exits '--config alone' 2 '--config wants a file'

# ---- how a line is read: by what a hook, which is run with it, sees
value() { # LINE
    printf '%s\n' "$1" >"$T/line"
    chmod 600 "$T/line"
    (
        . "$S/lib/log.sh"
        . "$S/lib/settings.sh"
        script='test'
        read_config "$T/line"
        printf '<%s>' "${BACKUP_HOOK-unset}"
    ) 2>&1
}
reads() { is "reads: $1" "$(value "$1")" "<$2>"; }
reads 'BACKUP_HOOK=plain words of "a" line' 'plain words of "a" line'
reads '  BACKUP_HOOK=  blanks around  ' 'blanks around'
reads 'export BACKUP_HOOK=exported' exported
reads "BACKUP_HOOK='\$(touch x) \\ # all of it'" '$(touch x) \ # all of it'
reads 'BACKUP_HOOK="a \"b\" \\ \$c \n `touch x` # d"' 'a "b" \ $c \n `touch x` # d'
reads 'BACKUP_HOOK=$(touch x)`touch x`${HOME}' '$(touch x)`touch x`${HOME}'
reads 'BACKUP_HOOK=a=b#c' 'a=b#c'
reads 'BACKUP_HOOK=' ''
reads $'BACKUP_HOOK=one\nBACKUP_HOOK=two' two
reads '#BACKUP_HOOK=x' unset
ok 'nothing is executed' test ! -e x
for text in 'a b' "it's" '"' '\' "'\\\"\$x \`" '$(x) # y' '*'; do
    line=$(. "$S/lib/log.sh" && . "$S/lib/settings.sh" && write_setting BACKUP_HOOK "$text")
    is "what is written is read again: $text" "$(value "$line")" "<$text>"
done
refuses() { # LINE WORDS
    local said
    said=$(value $'\n'"$1")
    matches "refuses: $1" "$said" "line, line 2: $2"
    ok 'and does not show it' not grep -q hunter2 <<<"$said"
}
refuses 'hunter2' 'this is not NAME=value$'
refuses 'NAME = hunter2' 'this is not NAME=value$'
refuses 'here=hunter2' 'this is not NAME=value$'
refuses 'BACKUP_HOOK="hunter2' 'the quotes around the value of BACKUP_HOOK do not match$'
refuses "BACKUP_HOOK='hunter2' # why" 'the quotes around the value of BACKUP_HOOK do not match$'
refuses 'BACKUP_HOOK=hunter2 # why' 'a # stands after the value of BACKUP_HOOK'
refuses 'BACKUP_HOOK=hunter2\x' 'a backslash is in the value of BACKUP_HOOK'

# ---- /etc/s3pipe/env, in a file system of our own
if unshare -m true 2>/dev/null; then
    cp -a /etc "$T/etc" 2>/dev/null
    mkdir -p "$T/etc/s3pipe"
    cp "$T/plain" "$T/etc/s3pipe/env"
    elsewhere() { # COMMAND...: with that /etc, as a root shell has it
        bare env -u S3PIPE_CONFIG unshare -m bash -c "mount --bind '$T/etc' /etc && exec \"\$@\"" - "$@"
    }
    chmod 755 "$T/etc/s3pipe"
    run elsewhere "$S/list-backups.sh"
    is '/etc/s3pipe/env is read without being named' "$status $(keys | wc -w)" '0 2'
    run elsewhere env S3PIPE_CONFIG=/dev/null S3_BUCKET=nosuch S3_ENDPOINT="$S3_ENDPOINT" S3_ACCESS_KEY=a S3_SECRET_KEY=b "$S/list-backups.sh"
    matches 'S3PIPE_CONFIG=/dev/null reads none' "$status $err" '^1 .*(403|404)'
    chmod 755 "$T"
    as=(setpriv --reuid nobody --clear-groups --)
    run elsewhere "${as[@]}" env HOME="$T" bash "$S/list-backups.sh"
    exits 'somebody else is told' 2 '/etc/s3pipe/env cannot be read by nobody: run this as root, or name another file of settings by --config'
    run elsewhere "${as[@]}" env HOME="$T" TMPDIR=/tmp S3_BUCKET="$S3_BUCKET" S3_ENDPOINT="$S3_ENDPOINT" S3_ACCESS_KEY="$S3_ACCESS_KEY" \
        S3_SECRET_KEY="$S3_SECRET_KEY" S3_PREFIX=other bash "$S/list-backups.sh"
    is 'but may have settings of his own' "$status $(keys)" '0 2026/11/22/shop_120000.sql.gz'
else
    echo '# no mount namespace: /etc/s3pipe/env is not tried'
    [ -z "${CI:-}" ] || ok 'a mount namespace can be had' false
fi

# ---- a second start of the local store
run "$S/local-s3" start "$T/store"
is 'prints the settings of the one that runs' "$status $(sed -n 's/.*S3_ENDPOINT=\([^ ]*\) .*/\1/p' "$T/out")" "0 $S3_ENDPOINT"
matches 'and says so' "$err" 'runs in .*/store already: these are its settings'

# ---- the command line
for script in setup backup basebackup cleanup list-backups pin adopt restore verify-backup receive-wal recover archive-wal fetch-wal; do
    is "$script.sh -V" "$("$S/$script.sh" -V)" "$script.sh (s3pipe) $("$BUILD/retain" -V | sed -n '1s/.* //p')"
    run "$S/$script.sh" --nosuch
    wanted=2
    [ "$script" != fetch-wal ] || wanted=255
    exits "$script.sh --nosuch" "$wanted" 'no such option: --nosuch$'
    [ "$script" != setup ] || continue # which writes it
    run "$S/$script.sh" --config "$T/none"
    exits "$script.sh --config" "$wanted" 'none cannot be read by'
done
done_testing
