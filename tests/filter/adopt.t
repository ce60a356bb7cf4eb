#!/usr/bin/env bash
# adopt.pl: of which database and of when a key of another tool is, by its name and
# the time of the object.
. "$(dirname "$0")/../lib/tap.sh"
adopt_pl() { perl "$ROOT/scripts/lib/adopt.pl" "$@"; }
export PREFIX='' SUFFIX='' DATABASE=''
: >none

# names: each line of stdin is a test: the time of the object, its key, and what becomes
# of it. \xNN stands for a byte.
names() {
    local stored key wanted got
    while read -r stored key wanted; do
        [ -n "$stored" ] || continue
        printf '9\t%s\t%b\0' "$stored" "$key" >listing
        got=$(adopt_pl read listing none left | tail -zn +2 | tr -d '\0')
        [ -s left ] && got=$(tr -d '\0' <left) && got="- ${got#"$(printf %b "$key"): "}"
        is "$key${DATABASE:+, --database}, stored at $stored" "$got" "$wanted"
    done
}
S=2026-11-20T03:00:07Z # on that day
L=2027-02-01T12:13:14Z # long after

# ---- a date and a time
names <<END
$L mydb_2026-11-20_03-00-00.sql.gz 2026/11/20/mydb_030000
$L mydb-20261120-030000.sql.gz 2026/11/20/mydb_030000
$L mydb_20261120T030000Z.sql.gz 2026/11/20/mydb_030000
$L mydb_20261120030000.sql.gz 2026/11/20/mydb_030000
$L mydb_2026-11-20T03:00:59.123Z.sql 2026/11/20/mydb_030059
$L mydb-2026-11-20-0305.sql.gz 2026/11/20/mydb_030500
$L mydb_2026-11-20_03h05m.Friday.sql.gz 2026/11/20/mydb_030500
$L mydb.2026.11.20.03.00.01.dump 2026/11/20/mydb_030001
$L mydb2026-11-20_030000.backup 2026/11/20/mydb_030000
$L 20261120_030000_my_db.pgdump 2026/11/20/my_db_030000
$L 2026-11-20T03:00:00Z-mydb.custom 2026/11/20/mydb_030000
$L a/b.c/MYDB_2026-11-20_03-00-00.SQL.GZ 2026/11/20/MYDB_030000
$L shop_2025-20261120-030000.sql 2026/11/20/shop_2025_030000
$L shop-20250101-20261120-030000.sql 2026/11/20/shop-20250101_030000
$L mydb-2024-02-29-235959.gz 2024/02/29/mydb_235959
END

# ---- a date alone
names <<END
$S backups/mydb-2026-11-20.sql.gz 2026/11/20/mydb_030007
$L backups/mydb-2026-11-20.sql.gz 2026/11/20/mydb_000000
2026-11-20T23:59:59Z mydb_20261120.sql 2026/11/20/mydb_235959
2026-11-21T00:00:00Z mydb_20261120.sql 2026/11/20/mydb_000000
2026-11-19T23:59:59Z mydb_20261120.sql 2026/11/20/mydb_000000
$S 2026-11-20-mydb.sql.gz 2026/11/20/mydb_030007
$S 2026-11-20/mydb.sql.gz 2026/11/20/mydb_030007
$S x/20261120/my_db.sql 2026/11/20/my_db_030007
$S x/2026/11/20/mydb.dump 2026/11/20/mydb_030007
END

# ---- postgres-backup-local: last, daily, weekly (GGGGVV), monthly
names <<END
$L p/last/my-db-20261120-030000.sql.gz 2026/11/20/my-db_030000
$S p/daily/my-db-20261120.sql.gz 2026/11/20/my-db_030007
$S p/weekly/my-db-202647.sql.gz 2026/11/20/my-db_030007
$L p/weekly/my-db-202647.sql.gz 2026/11/16/my-db_000000
$S p/monthly/my-db-202611.sql.gz 2026/11/20/my-db_030007
$L p/monthly/my-db-202611.sql.gz 2026/11/01/my-db_000000
$L weekly/a-202653.sql.gz 2026/12/28/a_000000
2027-01-03T23:59:59Z weekly/a-202653.sql.gz 2027/01/03/a_235959
2027-01-04T00:00:00Z weekly/a-202653.sql.gz 2026/12/28/a_000000
2025-12-30T01:02:03Z weekly/a-202601.sql.gz 2025/12/30/a_010203
2026-12-31T23:59:59Z monthly/a-202612.sql.gz 2026/12/31/a_235959
$L weekly/a-202553.sql.gz - there is no date in its name
$L weekly/a-202600.sql.gz - there is no date in its name
$L monthly/a-202613.sql.gz - there is no date in its name
$L other/a-202611.sql.gz - there is no date in its name
$L last/my-db-latest.sql.gz - there is no date in its name
END

# ---- the form of s3pipe below another prefix, which the reference has
names <<END
$L backups/2026/01/15/myapp_120000.sql.gz 2026/01/15/myapp_120000
$L 2026/01/15/my_db_120000_130000.sql.gz 2026/01/15/my_db_120000_130000
$L old/2026/01/15/a\x25\x32Fb_120000.sql.gz 2026/01/15/a%2Fb_120000
$L 2026/02/30/a_120000.sql.gz - its date or time is not a valid one
$L 2026/02/03/a_240000.sql.gz - its date or time is not a valid one
END

# ---- strange names
names <<END
$S a\x25b\x01c-2026-11-20.sql 2026/11/20/a%25b%01c_030007
$S l\xc3\xa4den-2026-11-20.sql 2026/11/20/$(printf 'l\xc3\xa4den')_030007
$S \x27\x22\x24\x28x\x29-2026-11-20.sql 2026/11/20/'"\$(x)_030007
END

# ---- what is left
names <<END
$S mydb-2026-13-20.sql.gz - its date or time is not a valid one
$S mydb-2026-02-30.sql.gz - its date or time is not a valid one
$S mydb-2026-11-20_25-00-00.sql.gz - its date or time is not a valid one
$S mydb-2026-11-20_03-60-00.sql.gz - its date or time is not a valid one
$S mydb-2026-11-22.sql.gz - its date is more than a day after it was stored
$S 2026-11-20.sql.gz - its name has no database: name it by --database
$S mydb.sql.gz - there is no date in its name
$S mydb-1732071600.sql.gz - there is no date in its name
$S access-2026-11-20.log.gz - there is no date in its name
END
for name in mydb-2026-11-20.sql.bz2 mydb-2026-11-20.sql.gz.age mydb-2026-11-20.tar mydb-2026-11-20.sql.gz.pin mydb-2026-11-20 .sql; do
    case $name in .sql) wanted='there is no date in its name' ;; *) wanted='its name ends in none of .sql.gz, .sql, .gz, .dump, .pgdump, .custom and .backup' ;; esac
    names <<<"$S $name - $wanted"
done
printf '0\t%s\tmydb-2026-11-20.sql.gz\0' "$S" >listing
adopt_pl read listing none left >out
is 'an empty object is left' "$(tr '\0' '\n' <left)$(wc -c <out)" 'mydb-2026-11-20.sql.gz: it is empty0'

# ---- --database, S3_PREFIX
DATABASE=my/db names <<END
$S backups/2026-11-20.sql.gz 2026/11/20/my%2Fdb_030007
$S backups/prod-shop-2026-11-20.sql.gz 2026/11/20/my%2Fdb_030007
$S backups/2026/01/15/myapp_120000.sql.gz 2026/01/15/my%2Fdb_120000
$S mydb.sql - there is no date in its name
END
PREFIX='p q/' names <<<"$S mydb-2026-11-20.sql p q/2026/11/20/mydb_030007"

# ---- what is ours already is known by what retain says, not by this
printf '9\t%s\t%s\0' "$S" 2026/11/20/a_000000.sql.gz "$S" 2026/11/22/a_000000.sql.gz >listing
printf '2026-11-20T00:00:00Z\ta\t9\t%s\t2026/11/20/a_000000.sql.gz\0' "$S" >ours
is 'our own are left' "$(adopt_pl read listing ours left | tr '\0' ' '; tr '\0' ' ' <left)" \
    '2026/11/20/a_000000.sql.gz: it is a backup of s3pipe already 2026/11/22/a_000000.sql.gz: its date is more than a day after it was stored '

# ---- settle
settled() { # SUFFIX THERE TEXT...
    printf '%s\0' "$2" >there
    printf '%s\0' "${@:3}" >looked
    SUFFIX=$1 adopt_pl settle there left <looked | tr '\0' ' '
    printf '/ '
    tr '\0' ' ' <left
}
is 'the kind makes the ending' "$(settled '' x a t1 sql b t2 gz c t3 dump)" 'a t1.sql.gz sql b t2.sql.gz gz c t3.dump dump / '
is 'the suffix is the filter'"'"'s, and not for a custom dump' "$(settled .age x a t1 sql c t3 dump)" 'a t1.sql.gz.age sql c t3.dump dump / '
is 'of two with the same target the first is taken' "$(settled '' x a t sql b t gz c t dump)" \
    'a t.sql.gz sql c t.dump dump / b: a has the same target, t.sql.gz '
is 'a target that is there is left' "$(settled '' t.sql.gz a t sql b t dump)" 'b t.dump dump / a: t.sql.gz is already there '
is 'with the suffix' "$(settled .age t.sql.gz.age a t sql)" '/ a: t.sql.gz.age is already there '
is 'or from before there was one' "$(settled .age t.sql.gz a t sql)" '/ a: t.sql.gz is already there '
printf 'a\0t' >short
ok 'a list that is cut is refused' eval '! adopt_pl settle none left <short'
done_testing
