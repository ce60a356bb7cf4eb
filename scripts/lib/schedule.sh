# What Ofelia makes of a schedule: six fields, the second first, or a
# descriptor; and how old the newest backup may be. Read by the scripts, by
# docker/stack on the host, and by the container.
# https://github.com/mcuadros/ofelia/blob/master/docs/jobs.md (0.3.x, robfig/cron)
# shellcheck shell=bash

# schedule_problem SCHEDULE: prints what is wrong with it, nothing if it is right.
# Ofelia takes five fields for six without the last: cron's hourly would run
# every minute. Weekday 7 it refuses, and goes on without the job.
schedule_problem() {
    local -a field
    case $1 in
    @hourly | @daily | @midnight | @weekly | @monthly | @yearly | @annually) return ;;
    '@every '*)
        [[ $1 =~ ^'@every '([0-9]+(\.[0-9]+)?(h|m|s))+$ && $1 =~ [1-9] ]] || printf '@every wants a duration such as 90m or 1h30m'
        return
        ;;
    @*)
        printf 'no such word; there are @hourly, @daily, @weekly, @monthly, @yearly and @every 90m'
        return
        ;;
    esac
    read -ra field <<<"$1"
    case ${#field[@]} in
    6) ;;
    5) printf "five fields, and Ofelia's first is the second; write '0 %s'" "$1" && return ;;
    *) printf '%d fields; six are needed: second minute hour day month weekday' ${#field[@]} && return ;;
    esac
    local -a low=(0 0 0 1 1 0) high=(59 59 23 31 12 6)
    local -a name=(second minute hour day month weekday)
    local i
    for i in 0 1 2 3 4 5; do
        schedule_values "${field[i]}" "${low[i]}" "${high[i]}" $i >/dev/null && continue
        printf '%s is no %s' "${field[i]}" "${name[i]}"
        [ $i != 5 ] || printf ' (0 to 6; Sunday is 0)'
        return
    done
}

# schedule_values FIELD LOW HIGH INDEX: the numbers that a field names, one a
# line; 1 where it is not one.
schedule_values() {
    local item span step first last words='' items
    [ "$4" != 4 ] || words=' jan feb mar apr may jun jul aug sep oct nov dec '
    [ "$4" != 5 ] || words=' sun mon tue wed thu fri sat '
    IFS=, read -ra items <<<"$1"
    for item in "${items[@]}"; do
        span=${item%%/*} step=1
        [ "$span" = "$item" ] || step=${item#*/}
        case $span in
        '*' | '?') first=$2 last=$3 ;;
        *-*) first=$(schedule_number "${span%%-*}" "$words" "$4") last=$(schedule_number "${span#*-}" "$words" "$4") ;;
        *)
            first=$(schedule_number "$span" "$words" "$4")
            last=$first
            [ "$span" = "$item" ] || last=$3
            ;;
        esac
        [[ $first =~ ^[0-9]{1,2}$ && $last =~ ^[0-9]{1,2}$ && $step =~ ^[0-9]{1,2}$ ]] || return 1
        [ $((10#$step)) -ge 1 ] && [ $((10#$first)) -ge "$2" ] && [ $((10#$last)) -le "$3" ] &&
            [ $((10#$first)) -le $((10#$last)) ] || return 1
        seq $((10#$first)) $((10#$step)) $((10#$last))
    done
    [ -n "$1" ]
}
schedule_number() { # WORD WORDS INDEX: its number; a name of a month or a day too
    local lower=${1,,} before
    [[ $2 == *" $lower "* ]] || { printf '%s' "$1" && return; }
    before=${2%%" $lower "*}
    before=${before//[a-z]/}
    printf '%d' $((${#before} + ($3 == 4)))
}

# schedule_interval SCHEDULE: the longest time between two runs, in seconds;
# a day where it cannot be read. Months and years are taken at their longest.
schedule_interval() {
    local day=86400 h m s n
    local -a field
    case $1 in
    @hourly) echo 3600 && return ;;
    @daily | @midnight) echo $day && return ;;
    @weekly) echo $((7 * day)) && return ;;
    @monthly) echo $((31 * day)) && return ;;
    @yearly | @annually) echo $((366 * day)) && return ;;
    '@every '*)
        h=$(grep -oE '[0-9]+(\.[0-9]+)?h' <<<"$1" | tr -d h) m=$(grep -oE '[0-9]+(\.[0-9]+)?m' <<<"$1" | tr -d m)
        s=$(grep -oE '[0-9]+(\.[0-9]+)?s' <<<"$1" | tr -d s)
        awk -v h="${h:-0}" -v m="${m:-0}" -v s="${s:-0}" 'BEGIN { printf "%d\n", h * 3600 + m * 60 + s }'
        return
        ;;
    esac
    read -ra field <<<"$1"
    if [ ${#field[@]} != 6 ]; then echo $day && return; fi
    if [[ ${field[4]} != [*?] ]]; then echo $((366 * day)) && return; fi
    if [[ ${field[3]} != [*?] ]]; then echo $((31 * day)) && return; fi
    n=$(schedule_gap "${field[5]}" 0 6 5)
    if [ "$n" -gt 1 ]; then echo $((n * day)) && return; fi
    n=$(schedule_gap "${field[2]}" 0 23 2)
    if [ "$n" -gt 1 ]; then echo $((n * 3600)) && return; fi
    n=$(schedule_gap "${field[1]}" 0 59 1)
    echo $((n * 60))
}
schedule_gap() { # FIELD LOW HIGH INDEX: the widest step between its values, going round
    schedule_values "$@" | sort -un | awk -v size=$(($3 - $2 + 1)) '
        NR == 1 { first = $1 } NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 }
        END { round = first + size - last; print (round > gap ? round : gap) }'
}

# age_seconds AGE: 26h, 90m, 2d, 3600 or 3600s in seconds; 1 where it is none.
age_seconds() {
    [[ $1 =~ ^([0-9]{1,9})([smhd]?)$ ]] || return 1
    local -A unit=([s]=1 [m]=60 [h]=3600 [d]=86400)
    echo $((10#${BASH_REMATCH[1]} * unit[${BASH_REMATCH[2]:-s}]))
}

# span SECONDS: in words, not rounded to nothing: 90 s, 45 minutes, 26 hours, 9 days.
span() {
    if [ "$1" -lt 120 ]; then
        echo "$1 s"
    elif [ "$1" -lt 7200 ]; then
        echo "$(($1 / 60)) minutes"
    elif [ "$1" -lt 172800 ]; then
        echo "$(($1 / 3600)) hours"
    else
        echo "$(($1 / 86400)) days"
    fi
}

# backup_max_age: in seconds: BACKUP_MAX_AGE, or else 26 hours, or twice the
# interval of BACKUP_SCHEDULE if that is longer.
backup_max_age() {
    local interval
    if [ -n "${BACKUP_MAX_AGE:-}" ]; then age_seconds "$BACKUP_MAX_AGE" && return || return 1; fi
    interval=$(schedule_interval "${BACKUP_SCHEDULE:-@hourly}")
    echo $((2 * interval > 93600 ? 2 * interval : 93600))
}
