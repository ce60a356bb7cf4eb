"""The jobs of make bench that count keys and databases: what the scripts cost
beyond the programs. bench.py runs them, and gives its job, goal and the rest."""

import os
import subprocess
import time
from datetime import datetime, timedelta


def listing(path, count):
    """As many backups of 50 databases, as s3ls -0 -l has them, 17 minutes apart."""
    start = datetime(1990, 1, 1)
    with open(path, "w", encoding="ascii") as out:
        for i in range(count):
            at = start + timedelta(minutes=17 * i)
            out.write(f"1000000\t{at:%Y-%m-%dT%H:%M:%SZ}\t{at:%Y/%m/%d}/db{i % 50}_{at:%H%M%S}.sql.gz\0")


def keys(bench):
    """list-backups.sh and cleanup.sh on a listing that a file gives: what is measured
    is ours, and not the store."""
    programs = stand_ins(f"{bench.T}/listed")
    for count in (bench.KEYS, bench.POLICY_KEYS):
        if not bench.ONLY.search(f"scripts on {count} keys"):
            continue
        listing(f"{bench.T}/listing", count)
        scripts = f"env BUILD={programs} LISTING={bench.T}/listing S3PIPE_STATE_DIR={bench.T}/state.scale"
        filters = f"{programs}/s3ls -0 \"\" | retain -0 -l 3 -H 24 -d 7 -w 4 -m 6 -y 2"
        got = bench.job(f"scripts on {count} keys", {
            "s3ls, retain": (f"{scripts} bash -c '{filters}'", None, None),
            "list-backups.sh": (f"{scripts} list-backups.sh", None, None),
            "cleanup.sh, dry run": (f"{scripts} RETENTION_DRY_RUN=true cleanup.sh", None, None)},
            runs=1 if count > 100000 else None)
        keys_goals(bench, count, got)


def keys_goals(bench, count, got):
    for script in ("list-backups.sh", "cleanup.sh, dry run"):
        if script not in got or "s3ls, retain" not in got:
            continue
        wall, what = bench.median(got[script], "wall"), f"{script}, {count} keys"
        if count > 100000:
            bench.goal(f"{what}: wall", wall, 20, "s")
            bench.goal(f"{what}: memory", bench.median(got[script], "memory"), 400, "MiB")
        else:
            bench.goal(f"{what}: wall beyond the filters",
                       wall - bench.median(got["s3ls, retain"], "wall"), 2.0, "s")


def stand_ins(directory):
    """Programs for $BUILD: s3ls lists a file, s3put and s3rm do nothing, retain is ours."""
    os.makedirs(directory, exist_ok=True)
    for name in ("s3put", "s3rm", "s3ls"):
        with open(f"{directory}/{name}", "w", encoding="ascii") as out:
            out.write("#!/bin/bash\n" + (LISTED if name == "s3ls" else "cat >/dev/null\n"))
        os.chmod(f"{directory}/{name}", 0o755)
    if not os.path.lexists(f"{directory}/retain"):
        os.symlink(f"{os.environ['BUILD']}/retain", f"{directory}/retain")
    return directory


# s3ls with a file for a store: the lines whose key begins with the prefix.
LISTED = r"""long='s/^[^\t]*\t[^\t]*\t//' prefix=
for word; do case $word in -l) long= ;; -u) exit ;; -0) ;; *) prefix=$word ;; esac; done
if [ -n "$prefix" ]; then
    PREFIX=$prefix perl -0 -ne 'print if index((split /\t/, $_, 3)[2], $ENV{PREFIX}) == 0' "$LISTING" | sed -z "$long"
elif [ -n "$long" ]; then
    sed -z "$long" "$LISTING"
else
    cat "$LISTING"
fi
"""

SEED = """CREATE TABLE t AS SELECT i, md5(i::text) AS a, md5((i * 7)::text) AS b FROM generate_series(1, 14000) i;
CREATE INDEX ON t (i);"""


def databases(bench):
    """Many databases of 1 MB on one server, two at a time."""
    count = 10 if bench.QUICK else int(os.environ.get("BENCH_DATABASES", 1000))
    name = f"back up {count} databases"
    if not bench.ONLY.search(name):
        return
    names = [f"bench{i}" for i in range(count)]
    subprocess.run(["createdb", "bench_seed"], check=True)
    subprocess.run(["psql", "-qX", "-d", "bench_seed", "-c", SEED], check=True)
    sql("".join(f"CREATE DATABASE {name} TEMPLATE bench_seed;\n" for name in names) + "CHECKPOINT;\n")
    with open(f"{bench.T}/databases", "w", encoding="ascii") as out:
        out.writelines(f"{name}\n" for name in names)
    settings = (f"BACKUP_DATABASES={','.join(names)} BACKUP_PARALLEL=2 BACKUP_GLOBALS=false GZSTREAM_OPTIONS=-1"
                f" S3PIPE_STATE_DIR={bench.T}/state.many S3_PREFIX=many-databases")
    got = bench.job(name, {
        "pg_dump, two at a time": (f"xargs -P 2 -I NAME sh -c 'pg_dump NAME >/dev/null' <{bench.T}/databases", None, None),
        "backup.sh, two at a time": (f"env {settings} backup.sh", None, None)},
        lambda _: time.sleep(1), runs=1 if count >= 100 else None)  # a key holds a second
    bench.goal(f"backup.sh, {count} databases: wall to pg_dump",
               bench.ratio(got, "backup.sh, two at a time", "pg_dump, two at a time", "wall"), 1.3)
    sql("".join(f"DROP DATABASE {name};\n" for name in [*names, "bench_seed"]))


def sql(text):
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", "postgres"], input=text, text=True, check=True)
