#!/usr/bin/env bash
# make install puts everything at its place, by what was built and no compiler,
# and make uninstall takes all of it away.
. "$(dirname "$0")/../lib/tap.sh"

# What root may lack, and what would compile anew with other flags.
mkdir stubs
for each in cc gcc clang pkg-config; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\nexit 1\n' "$each" "$T" >"stubs/$each"
done
chmod +x stubs/*
make_here() { # TARGET [PREFIX]
    PATH=$T/stubs:$PATH make -s -C "$ROOT" BUILD="$BUILD" "$1" DESTDIR="$T/root" ${2:+PREFIX="$2"}
}
files() { find root ! -type d | sort; }
programs=(s3put s3get s3ls s3rm gzstream retain pgapply)
scripts=(setup backup restore cleanup list-backups pin adopt verify-backup)

ok 'make install' make_here install
ok 'without a compiler or pkg-config' not cat asked
files >first
for program in "${programs[@]}"; do
    matches "$program runs" "$("root/usr/local/bin/$program" -V)" "^$program \(s3pipe\) [0-9]"
    ok "$program has a manual" test -s "root/usr/local/share/man/man1/$program.1"
done
ok 's3pipe(7) is there' test -s root/usr/local/share/man/man7/s3pipe.7
for script in "${scripts[@]}"; do
    is "s3pipe-$script has its link" "$(readlink "root/usr/local/bin/s3pipe-$script")" "/usr/local/libexec/s3pipe/$script.sh"
    ok "$script.sh finds its parts" eval '"root/usr/local/libexec/s3pipe/$script.sh" -h | grep -q "$script.sh"'
    ok "s3pipe-$script has a manual" test -s "root/usr/local/share/man/man1/s3pipe-$script.1"
done
for command in "${programs[@]}" "${scripts[@]/#/s3pipe-}"; do
    ok "bash finds the completion of $command" \
        grep -q '^complete' "root/usr/local/share/bash-completion/completions/$command"
    ok "zsh that of $command" grep -q "^#compdef .*\b$command\b" root/usr/local/share/zsh/site-functions/_s3pipe
done
ok 'what a script alone runs lies beside it' eval 'root/usr/local/libexec/s3pipe/pgbase -V | grep -q "^pgbase (s3pipe)"'
units=root/usr/local/lib/systemd/system
is 'the units' "$(cd $units && printf '%s\n' * | xargs)" "$(cd "$ROOT/docker/systemd" && printf '%s\n' *.service *.timer | sort | xargs)"
is 'run what is installed' "$(sed -n 's/^ExecStart=\([^ ]*\).*/root\1/p' $units/s3pipe-*[a-z].service | xargs -n 1 test -L && echo yes)" yes
is 'nothing is writable for others' "$(find root ! -type l -perm /022)" ''

ok 'make install again' make_here install
is 'changes nothing' "$(files)" "$(cat first)"
touch root/usr/local/bin/mine root/usr/local/share/man/man1/mine.1
ok 'make uninstall' make_here uninstall
is 'leaves what others put there, and nothing else' "$(files | xargs)" 'root/usr/local/bin/mine root/usr/local/share/man/man1/mine.1'
is 'nor a directory of ours' "$(find root -name '*s3pipe*')" ''

# ---- below another prefix, which is not in PATH
rm -rf root
ok 'make install, PREFIX' make_here install /opt/tools
is 'the units run what is there' "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' root/opt/tools/lib/systemd/system/s3pipe-*[a-z].service | xargs)" \
    "$(printf '/opt/tools/bin/s3pipe-%s ' backup basebackup cleanup receive-wal verify-backup | sed 's/ $//')"
run env -i S3PIPE_CONFIG=/dev/null PATH=/usr/bin:/bin HOME="$T" S3PIPE_STATE_DIR="$T/state" S3_BUCKET=backups S3_ACCESS_KEY=a S3_SECRET_KEY=b \
    S3_ENDPOINT=http://127.0.0.1:1 S3_RETRIES=1 root/opt/tools/libexec/s3pipe/cleanup.sh
matches 'the scripts find their programs' "$status $err" '^1 .*s3ls: .*connect'
ok 'make uninstall, PREFIX' make_here uninstall /opt/tools
is 'nothing is left' "$(files)" ''
done_testing
