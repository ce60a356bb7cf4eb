# Completion of s3pipe's programs and scripts for bash: read it by `.`, or have
# bash-completion find it by the name of the command.
# shellcheck shell=bash

# What each command takes: options without an argument, options with one.
_s3pipe_options() {
    flags='-h --help' valued=''
    case $1 in
    s3pipe-*)
        flags+=' -V --version' valued=--config
        ;;&
    s3put)
        flags+=' -V --version -e --equal -l --listed -n --no-replace -q --quiet -v --verbose'
        valued='-b --bucket -c --commit-if -H --header -j --jobs -m --metadata -p --part-size -t --content-type'
        ;;
    s3get)
        flags+=' -V --version -q --quiet -v --verbose'
        valued='-b --bucket -j --jobs -p --part-size'
        ;;
    s3ls)
        flags+=' -V --version -0 --null -l --long -J --json -u --uploads'
        valued='-a --after -b --bucket -d --delimiter'
        ;;
    s3rm)
        flags+=' -V --version -0 --null -n --dry-run -q --quiet -u --uploads -v --verbose'
        valued='-b --bucket -j --jobs'
        ;;
    gzstream)
        flags+=' -V --version -d --decompress -t --test -v --verbose -1 -2 -3 -4 -5 -6 -7 -8 -9 --fast --best'
        valued='-j --jobs -s --block-size'
        ;;
    retain)
        flags+=' -V --version -a --all -0 --null -k --keep -v --verbose'
        valued='-l --keep-last -H --keep-hourly -d --keep-daily -w --keep-weekly -m --keep-monthly -y --keep-yearly -M --min --keep-within'
        ;;
    pgapply)
        flags+=' -V --version -c --count -n --list -O --no-owner -v --verbose -x --no-privileges --single-transaction'
        valued='--also --defer --deferred -j --jobs -N --exclude-name --schema --search-path -t --table --tally --try -T --exclude-kind'
        ;;
    s3pipe-pin) flags+=' --list --remove' ;;
    s3pipe-adopt) flags+=' --copy' valued+=' --database' ;;
    s3pipe-list-backups) flags+=' --json --calendar --recovery' ;;
    s3pipe-restore)
        flags+=' --check --check-settings --in-place --no-owner --replace --try --under-own-name --yes'
        valued+=' --exclude --from --globals -j --jobs --schema --search-path --table --wait'
        ;;
    s3pipe-backup) flags+=' --check --check-settings' valued+=' --wait' ;;
    s3pipe-cleanup) flags+=' --check --check-settings' ;;
    s3pipe-verify-backup) flags+=' --all --check --check-settings --cluster' valued+=' --sample' ;;
    s3pipe-archive-wal) valued+=' --settings' ;;
    s3pipe-receive-wal) flags+=' --check --check-settings' ;;
    s3pipe-recover) flags+=' --archive --latest' valued+=' --base --lsn --name --system --tablespace-mapping --tablespaces --time --timeline' ;;
    s3pipe-basebackup) flags+=' --check --check-settings' valued+=' --wait' ;;
    s3pipe-fetch-wal) flags+=' --end' valued+=' --settings --system --waldump' ;;
    esac
}

# Sets operands to those before the cursor: how many, and first to where the
# first of them stands. Options end there.
_s3pipe_operands() {
    local i
    operands=0 first=$COMP_CWORD
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [ "$operands" -gt 0 ]; then
            operands=$((operands + 1))
        elif [[ " $valued " == *" ${COMP_WORDS[i]} "* ]]; then
            i=$((i + 1))
        elif [[ ${COMP_WORDS[i]} != -?* ]]; then
            operands=1 first=$i
        fi
    done
}

# A command and its own arguments, from the word of that number on.
_s3pipe_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [ "$1" = "$COMP_CWORD" ]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$2")
    fi
}

_s3pipe() {
    local command=${1##*/} word=$2 before=$3 flags valued operands first words=''
    COMPREPLY=()
    _s3pipe_options "$command"
    _s3pipe_operands
    case $command:$before in
    s3put:-c | s3put:--commit-if)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    s3pipe-restore:--globals) words=latest ;;
    s3pipe-*:--config | s3pipe-*:--settings)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    *)
        # An argument that nobody can know.
        if [ "$operands" = 0 ] && [[ " $valued " == *" $before "* ]]; then return; fi
        ;;
    esac
    case $command:$operands:$word in
    gzstream:0:-* | s3put:0:-*) words="$flags $valued" ;;
    gzstream:*) _s3pipe_command "$first" "$word" && return ;;
    s3put:[1-9]*) _s3pipe_command $((first + 1)) "$word" && return ;;
    *:-*) words="$flags $valued" ;;
    s3pipe-restore:0:* | s3pipe-verify-backup:0:*) words=${words:-latest} ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _s3pipe s3put s3get s3ls s3rm gzstream retain pgapply s3pipe-setup s3pipe-backup \
    s3pipe-cleanup s3pipe-list-backups s3pipe-pin s3pipe-adopt s3pipe-restore s3pipe-verify-backup \
    s3pipe-archive-wal s3pipe-basebackup s3pipe-fetch-wal
