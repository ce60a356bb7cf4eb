#!/usr/bin/env bash
# Options, variables and numbers stand in more than one place: the source, the
# manual, the completions, the README. They are the same everywhere.
. "$(dirname "$0")/../lib/tap.sh"
command -v zsh >/dev/null || skip_all 'no zsh (apt-get install zsh)'
. "$ROOT/completion/s3pipe.bash"

# each: stdin's words, one a line; words: in order, on one line.
each() { tr -s ' \n' '\n\n' | sed '/^$/d'; }
words() { each | LC_ALL=C sort -u | paste -sd ' '; }

# ---- options: a list of -x and --long, each with = where an argument follows

of_source() { # PROGRAM
    grep -oE '"\+:[^"]+"' "$ROOT/bin/$1.c" | tr -d '"+' | grep -oE '[^:]:?' | sed '/^:/d; s/^/-/; s/:/=/'
    sed -nE 's/.*\{"([a-z-]+)", no_arg.*/--\1/p; s/.*\{"([a-z-]+)", required_arg.*/--\1=/p' "$ROOT/bin/$1.c"
}
# pairs of a letter and its long name, one a line
pairs_of_source() {
    sed -nE "s/.*\{\"([a-z-]+)\", [a-z]*_argument, NULL, ('.*)\},/\2 \1/p" "$ROOT/bin/$1.c" |
        sed "s/'0' + CODEC_FASTEST/1/; s/'0' + CODEC_BEST/9/; s/'//g" | sort
}
# The manual's `.It Fl x Ar argument , Fl Fl long Ar argument`, as `x= long=`.
items() {
    sed -nE '/^\.Sh DESCRIPTION/,/^\.S[hs] [^D]/s/^\.It Fl //p' "$ROOT/man/$1.1" |
        sed -E 's/Ns = Ns Ar [a-z]+//g; s/ Ar [a-z]+( \| Cm [a-z]+)?/=/g; s/ , F/ F/g; s/Fl (Fl |-)?/ /g; s/ No \.\.\./\n/; s/ ,/\n/g; s/^ +//' |
        tr -s ' '
}
of_manual() {
    items "$1" | tr ' ' '\n' | sed -E '/^$/d; s/^-*(.=?)$/-\1/; t; s/^-*/--/'
    # from the first to the last level
    if grep -q 'Fl 1 .*Fl 9' "$ROOT/man/$1.1"; then printf -- '-%d\n' {2..8}; fi
}
pairs_of_manual() { items "$1" | tr -d = | awk 'NF == 2 { print $1, $2 }' | sort; }
of_bash() {
    local flags valued
    _s3pipe_options "$1"
    printf '%s\n' "$flags"
    printf '%s' "$valued" | tr ' ' '\n' | sed 's/$/=/'
}
of_zsh() {
    zsh -fc 'complete() { . "$1"; }
        _arguments() { print -rl -- "$@"; }
        service=$2; complete "$1"' - "$ROOT/completion/_s3pipe" "$1" |
        sed -nE '/^-[sSA]$/d; s/^(\([^)]*\))?\*?(--?[0-9a-zA-Z-]+)\[[^]]*\]$/\2/p; s/^(\([^)]*\))?\*?(--?[0-9a-zA-Z-]+)\[[^]]*\]:.*/\2=/p'
}
for program in s3put s3get s3ls s3rm gzstream retain pgapply; do
    known=$(of_source "$program" | words)
    matches "$program has options" "$known" '--help .*-V.* -h( |$)'
    is "$program: its manual has the same" "$(of_manual "$program" | words)" "$known"
    is "$program: and takes the same for short and long" "$(pairs_of_manual "$program")" "$(pairs_of_source "$program")"
    is "$program: bash completes the same" "$(of_bash "$program" | words)" "$known"
    is "$program: zsh too" "$(of_zsh "$program" | words)" "$known"

    row=$(grep -F "| \`$program" "$ROOT/README.md")
    operands=$("$program" -h | sed -E 's/\[-[^]]*\]//g; s/usage: //' | tr -c 'a-z0-9\n' ' ')
    is "$program: the README has no other operand" \
        "$(sed -E 's/^\| `([^`]*)`.*/\1/' <<<"$row" | tr -c 'a-z0-9\n' ' ' | each | grep -vxF "$(each <<<"$operands")")" ''
    is "$program: nor another option" \
        "$(grep -oE '`-[0-9a-zA-Z]`' <<<"$row" | tr -d '`' | grep -vxF -e "$(tr -d = <<<"$known" | each)")" ''
done
for script in setup backup cleanup list-backups pin adopt restore verify-backup archive-wal fetch-wal basebackup recover receive-wal; do
    told=$("$ROOT/scripts/$script.sh" -h | grep -oE '(^|[ [|])--[a-z-]+' | tr -d ' [|' | words)
    long() { tr -d = | grep -- -- | grep -vxE -- '--(help|version)' | words; }
    is "s3pipe-$script: its manual has the options of -h" \
        "$(grep -oE 'Fl -[a-z-]+' "$ROOT/man/s3pipe-$script.1" | sed 's/Fl /-/' | long)" "$told"
    is "s3pipe-$script: bash completes them" "$(of_bash "s3pipe-$script" | tr ' ' '\n' | long)" "$told"
    is "s3pipe-$script: zsh too" "$(of_zsh "s3pipe-$script" | long)" "$told"
    is "s3pipe-$script: with an argument where that takes one" \
        "$(of_zsh "s3pipe-$script" | words)" "$(of_bash "s3pipe-$script" | words)"
done

# ---- variables

names() { grep -ohE '"(S3|AWS)_[A-Z0-9_]+"' "$@" | tr -d '"'; }
read_by_programs() {
    names "$ROOT"/bin/*.c "$ROOT"/common/*/*.c
    names "$ROOT/common/aws/credentials_environment.c" | sed 's/$/_FILE/'
}
documented() { grep -hE '^\.(It )?Ev ' "$@" | grep -oE '\b[A-Z][A-Z0-9_]+\b' | sort -u; }
read_by_programs | sort -u >reads
documented "$ROOT/man/s3pipe.7" | grep -E '^(S3|AWS)_' >documented
is 's3pipe(7) has the variables that the programs read' "$(comm -23 reads documented | words)" ''
is 'and no other' "$(comm -13 reads documented | words)" ''
# A name that ends with _ is the beginning of several; GZSTREAM_TAIL is what they
# set for gzstream.
read_by_scripts() {
    grep -ohE '\b(POSTGRES|BACKUP|RESTORE|RETENTION|VERIFY|PG_DUMP|GZSTREAM|S3PUT|S3PIPE|WAL|BASEBACKUP|RECOVERY)_[A-Z_]*' \
        "$ROOT"/scripts/*.sh "$ROOT"/scripts/lib/*.sh | grep -vx GZSTREAM_TAIL | sort -u
}
documented "$ROOT"/man/s3pipe-*.1 "$ROOT/man/gzstream.1" >documented
read_by_scripts >reads
is 'the pages of the scripts and of gzstream have the variables that those read' "$(grep -v '_$' reads | comm -23 - documented | words)" ''
unread() {
    local name
    grep -E '^(BACKUP|RESTORE|RETENTION|VERIFY|S3PIPE|WAL|BASEBACKUP|RECOVERY)_' documented | while read -r name; do
        grep -qxE "$name|${name%_FILE}|${name%_*}_" reads || echo "$name"
    done
}
is 'and no others' "$(unread)" ''

# ---- numbers

# about PAGE ITEM: what it says there, on one line.
about() { awk -v item="$2" 'index($0, item) == 1 { on = 1; next } /^\.(It|El|Sh)/ { on = 0 } on' "$ROOT/man/$1" | xargs -d '\n'; }
while IFS='|' read -r name least most default; do
    matches "s3pipe(7) has the range and default of $name" \
        "$(about s3pipe.7 ".It Ev $name")" "\b$least to $most; $default\b"
done < <(tr -d '\n\t' <"$ROOT/common/s3/config.c" |
    grep -oE 'settings_number\("[A-Z0-9_]+", *[0-9]+, *[0-9]+, *[0-9]+' | sed 's/.*("//; s/", */|/; s/, */|/g')
for program in s3put s3get s3rm pgapply; do
    jobs=$(grep -oE 'JOBS = [0-9]+' "$ROOT/bin/$program.c" | grep -oE '[0-9]+')
    matches "$program -j is $jobs by default" "$(about "$program.1" '.It Fl j')" "default is $jobs\\."
done
# The ranges that the programs themselves tell, K, M and G for KiB and so on.
while read -r program option; do
    run "$program" "$option" 0 x
    range=$(sed -nE 's/.*not a (size|number) from ([^:]*):.*/\2/p' "$T/err" | sed -E 's/(\.0)? ([KMG])iB/\2/g')
    matches "$program $option has a range" "$range" '^[0-9]+[KMG]? to [0-9]+[KMG]?$'
    matches "$program $option: its manual has it" "$(about "$program.1" ".It Fl ${option#-}")" "\b$range\b"
    matches "$program $option: zsh tells of it" "$(grep -A99 "^$program)" "$ROOT/completion/_s3pipe" |
        grep -m1 -E -- "^ *[^ ]*\{?$option," | cat - <(grep 'local -a jobs' "$ROOT/completion/_s3pipe"))" "$range"
done <<'END'
s3put -j
s3put -p
s3get -j
s3get -p
s3rm -j
pgapply -j
gzstream -j
gzstream -s
END
done_testing
