# Keys: S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz, and the filter's suffix.
# shellcheck shell=bash

# Sets S3_PREFIX so that it is empty or ends in one slash, and SUFFIX, what
# the keys of new backups end in.
key_settings() {
    S3_PREFIX=${S3_PREFIX:-}
    while [ "${S3_PREFIX%/}" != "$S3_PREFIX" ]; do S3_PREFIX=${S3_PREFIX%/}; done
    [ -z "$S3_PREFIX" ] || S3_PREFIX=$S3_PREFIX/
    : "${BACKUP_FILTER_SUFFIX:=}"
    case $BACKUP_FILTER_SUFFIX in
    '' | .[!.]*) ;;
    *) die -2 "BACKUP_FILTER_SUFFIX begins with a dot, such as .age, not $BACKUP_FILTER_SUFFIX" ;;
    esac
    [[ ! $BACKUP_FILTER_SUFFIX =~ [/[:cntrl:]] ]] || die -2 'BACKUP_FILTER_SUFFIX holds no slash and no control character'
    SUFFIX=.sql.gz$BACKUP_FILTER_SUFFIX
}

# parse_key KEY: fails if the key is none that backup.sh writes below S3_PREFIX,
# with the filter or, from before there was one, without. Sets key_name, the
# database's name as the key has it, and key_time (2026-11-22T12:00:04Z).
parse_key() {
    local rest=${1#"$S3_PREFIX"}
    [ "$S3_PREFIX$rest" = "$1" ] || return 1
    [[ $rest =~ ^([0-9]{4})/([0-9]{2})/([0-9]{2})/([^/]+)_([0-9]{2})([0-9]{2})([0-9]{2})\.sql\.gz("$BACKUP_FILTER_SUFFIX")?$ ]] || return 1
    key_name=${BASH_REMATCH[4]}
    key_time=${BASH_REMATCH[1]}-${BASH_REMATCH[2]}-${BASH_REMATCH[3]}T${BASH_REMATCH[5]}:${BASH_REMATCH[6]}:${BASH_REMATCH[7]}Z
    is_date "${BASH_REMATCH[@]:1:3}" && [[ ${BASH_REMATCH[5]} < 24 && ${BASH_REMATCH[6]} < 60 && ${BASH_REMATCH[7]} < 60 ]]
}
is_date() { # YEAR MONTH DAY
    local year=$((10#$1)) month=$((10#$2)) day=$((10#$3)) days=(0 31 28 31 30 31 30 31 31 30 31 30 31)
    if ((year % 4 == 0 && year % 100 != 0 || year % 400 == 0)); then days[2]=29; fi
    ((month >= 1 && month <= 12 && day >= 1 && day <= days[month]))
}

# encode_name NAME: as it stands in keys, with /, % and control bytes as %XX.
encode_name() {
    local name=$1 out='' c i
    for ((i = 0; i < ${#name}; i++)); do
        c=${name:i:1}
        case $c in
        / | % | [[:cntrl:]]) printf -v c '%%%02X' "'$c" ;;
        esac
        out+=$c
    done
    printf '%s\n' "$out"
}
# decode_name NAME: sets decoded, which a substitution would rob of newlines at
# its end.
decode_name() {
    local name=${1//\\/\\\\}
    printf -v decoded '%b' "${name//%/\\x}"
}

# list_sizes: the backups below S3_PREFIX into $work/listed, NUL-terminated, as
# `s3ls -l` has them: size, time, key. $others counts keys that are none.
list_sizes() {
    local line
    others=0
    await s3ls -0 -l "$S3_PREFIX" >"$work/all" || return 1
    while IFS= read -r -d '' line; do
        if parse_key "${line#*$'\t'*$'\t'}"; then
            printf '%s\0' "$line"
        else
            others=$((others + 1))
        fi
    done <"$work/all" >"$work/listed"
}
# list_keys: only the keys, into $work/keys.
list_keys() {
    list_sizes && sed -z 's/^[^\t]*\t[^\t]*\t//' "$work/listed" >"$work/keys"
}
# find_newest DATABASE: sets key to its newest backup; list_keys went before.
find_newest() {
    local name found=''
    name=$(encode_name "$1")
    await retain -0 -k -l 1 <"$work/keys" >"$work/newest" || die 'the newest backup cannot be told'
    while IFS= read -r -d '' key; do
        if parse_key "$key" && [ "$key_name" = "$name" ]; then found=$key; fi
    done <"$work/newest"
    key=$found
    [ -n "$key" ]
}

human() { numfmt --to=iec-i --suffix=B "$1"; } # BYTES

# Sets policy, retain's options, from RETENTION_*.
retention_policy() {
    local rule option default minimum=${RETENTION_MIN_BACKUPS:-1}
    policy=()
    while read -r rule option default; do
        rule=RETENTION_KEEP_$rule
        setting "$rule" "$default"
        [[ ${!rule} =~ ^(-1|[0-9]{1,6})$ ]] || die -2 "$rule is a number, or -1 for all, not ${!rule}"
        policy+=("$option" "${!rule}")
    done <<'END'
LAST -l 3
HOURLY -H 24
DAILY -d 7
WEEKLY -w 4
MONTHLY -m 6
YEARLY -y 2
END
    [[ $minimum =~ ^[1-9][0-9]{0,5}$ ]] || die -2 "RETENTION_MIN_BACKUPS is at least 1, not $minimum"
    policy+=(-M "$minimum")
}
