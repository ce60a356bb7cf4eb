"""What the scripts work on: the store, the databases, temporary files, locks."""

import os
import re
import subprocess

TEMPORARY = os.environ["TMPDIR"]
STATE = os.environ["S3PIPE_STATE_DIR"]
END = re.compile(rb"\n-- PostgreSQL database( cluster)? dump complete\n(--[^\n]*\n|\n|\\unrestrict [^\n]*\n)*\Z")


def output(command, stdin=None, **settings):
    """What a command writes; it must end well."""
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True,
                          env={**os.environ, **settings}).stdout


def keys(prefix):
    """The set of keys below a prefix."""
    return set(output(["s3ls", "-0", prefix]).split(b"\0")[:-1])


def make_objects(wanted):
    """Makes empty objects of these keys."""
    output([os.path.join(os.environ["TESTS"], "lib/make_objects.py")], b"".join(key + b"\0" for key in sorted(wanted)))


def uploads():
    """The unfinished uploads, as s3rm -u takes them."""
    return output(["s3ls", "-0", "-u"])


def abort_uploads():
    """What the manual advises after a KILL."""
    output(["s3rm", "-0", "-q", "-u"], uploads())


def is_whole(key):
    """Whether the object is a gzip stream with its end, and in it a dump with
    its own."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", 's3get -q "$1" | gzstream -d | tail -c 4096', "-", key],
                          stdout=subprocess.PIPE, check=False)
    return done.returncode == 0 and END.search(done.stdout) is not None


def sql(database, text):
    """Runs SQL; returns rows as lines."""
    return output(["psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1"], text.encode(), PGDATABASE=database,
                  PGOPTIONS="-c client_min_messages=warning").decode()


def databases(pattern):
    """Those whose name matches."""
    return sql("postgres", f"SELECT datname FROM pg_database WHERE datname ~ '{pattern}'").split()


def fingerprint(database):
    """What is in it: tests/lib/postgres.sh knows how."""
    return output(["bash", "-c", '. "$TESTS/lib/postgres.sh"; fingerprint "$1"', "-", database])


def temporary():
    """The temporary files and directories of scripts."""
    return [os.path.join(TEMPORARY, name) for name in os.listdir(TEMPORARY) if name.startswith("s3pipe.")]


def age():
    """Makes all of it as old as the next script wants before it removes it."""
    for path in temporary():
        os.utime(path, (0, 0))
    unmarked = sql("postgres", """SELECT datname FROM pg_database
        WHERE datname ~ '^s3pipe_new_' AND shobj_description(oid, 'pg_database') IS NULL""").split()
    for name in unmarked:
        sql("postgres", f"ALTER DATABASE {name} RENAME TO s3pipe_new_20260101000000{name[25:]}")


def locks():
    """Files of locks, whether held or not."""
    return [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(STATE, "locks")) for name in names]


def settle():
    """Waits until the server has ended what it does for clients that are gone."""
    sql("postgres", """DO $$ BEGIN
        FOR i IN 1 .. 600 LOOP
            EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 's3pipe');
            PERFORM pg_sleep(0.1), pg_stat_clear_snapshot();
        END LOOP;
    END $$""")


def leftovers():
    """All that a script must not leave, by what it is."""
    settle()
    return {"upload": uploads().split(b"\0")[:-1], "scratch database": databases("^s3pipe_new_"),
            "temporary file": temporary(), "lock": locks()}


def purge():
    """Removes all that was left, so that the next run is not blamed for it."""
    abort_uploads()
    for name in databases("^s3pipe_new_"):
        sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")
    for path in temporary():
        subprocess.run(["rm", "-rf", path], check=True)
    for path in locks():
        os.unlink(path)
