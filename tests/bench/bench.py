"""The jobs of make bench and the goals of DESIGN section 9; report.py writes them down.

    bench.py DIRECTORY    started by tests/bench/run, which prepares it all
"""

import datetime
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TESTS"], "lib"))

import measure  # noqa: E402
import recovery  # noqa: E402
import report  # noqa: E402
import scale  # noqa: E402

T = sys.argv[1]
OUT = os.environ["BENCH_DIR"]
QUICK = bool(os.environ.get("BENCH_QUICK"))
RUNS = int(os.environ.get("BENCH_RUNS", 1 if QUICK else 5))
ONLY = re.compile(os.environ.get("BENCH", ""))
BUCKET, ENDPOINT = os.environ["S3_BUCKET"], os.environ["S3_ENDPOINT"]
DUMP, BLOB = f"{T}/dump.sql", f"{T}/blob"
BLOB_SIZE = (16 if QUICK else 500) * 1000 * 1000
KEYS = 500 if QUICK else 20000
POLICY_KEYS = 20000 if QUICK else 1000000

rows = []      # (job, program, samples, size or None)
verdicts = []  # (what, figure, goal, reached)


def say(text):
    print(text, file=sys.stderr, flush=True)


def there(program):
    return shutil.which(program) is not None


def median(samples, what):
    return statistics.median(getattr(s, what) for s in samples)


def job(name, contestants, before=None, runs=None):
    """Each contestant in turn, RUNS times round; keeps and returns samples.

    contestants: {program: (command, source, sink)}; before: called with the
    program's name ahead of each run, not measured.
    """
    if not ONLY.search(name):
        return {}
    samples = {}
    for turn in range(runs or RUNS):
        for program, (command, source, sink) in contestants.items():
            word = command if isinstance(command, str) else command[0]
            if not there(word.split()[0]):
                continue
            if before:
                before(program)
            try:
                sample = measure.run(command, source, sink)
            except measure.Failed as failure:
                say(f"  {name}, {program}: {failure}")
                continue
            samples.setdefault(program, []).append(sample)
            say(f"  {name} {turn + 1}: {program} {sample.wall:.2f} s, "
                f"CPU {sample.cpu:.2f} s, {sample.memory:.0f} MiB")
    for program, got in samples.items():
        sink = contestants[program][2]
        rows.append((name, program, got, os.path.getsize(sink) if sink else None))
    return samples


def size_of(name, program):
    for row in rows:
        if row[:2] == (name, program):
            return row[3]
    return None


def goal(what, figure, limit, unit=""):
    """figure is a number, or None where a part of it is missing."""
    if figure is not None:
        verdicts.append((what, figure, limit, figure <= limit, unit))


def ratio(samples, ours, theirs, what):
    """Medians of ours to theirs; theirs may be several: the least of them."""
    peers = [p for p in ([theirs] if isinstance(theirs, str) else theirs)
             if p in samples]
    if ours not in samples or not peers:
        return None
    least = min(median(samples[p], what) for p in peers)
    return median(samples[ours], what) / least if least else None


def to_parts(samples, ours):
    """The wall of a backup to the larger of pg_dump's and the CPU of all that takes
    part (server, pg_dump, gzstream, s3put, store) on all cores. It is the machine's,
    so that on one that others use the figure is too good."""
    if ours not in samples or "pg_dump" not in samples:
        return None
    cost = max(median(samples["pg_dump"], "wall"), median(samples[ours], "busy") / os.cpu_count())
    return median(samples[ours], "wall") / cost


# ---- gzstream ----

def compress():
    name = "compress"
    contestants = {"pigz -6": (["pigz", "-6"], DUMP, f"{T}/pigz6"),
                   "pigz -9": (["pigz", "-9"], DUMP, f"{T}/pigz9"),
                   "gzip -6": (["gzip", "-6"], DUMP, f"{T}/gzip6"),
                   "igzip -1": (["igzip", "-1", "-c"], DUMP, f"{T}/igzip1")}
    for level in range(1, 10):
        contestants[f"gzstream -{level}"] = (
            ["gzstream", f"-{level}", "-j", "2"], DUMP, f"{T}/gz{level}")
    contestants["gzstream -5 -j 1"] = (["gzstream", "-j", "1"], DUMP, f"{T}/gz5j1")
    got = job(name, contestants)
    if not got:
        return
    sizes = {p: size_of(name, p) for p in got}

    def size_ratio(ours, theirs):
        return sizes[ours] / sizes[theirs] if theirs in sizes else None
    goal("gzstream -1: CPU to pigz -6", ratio(got, "gzstream -1", "pigz -6", "cpu"), 0.10)
    goal("gzstream -1: size to pigz -6", size_ratio("gzstream -1", "pigz -6"), 1.15)
    goal("gzstream -5: CPU to pigz -6", ratio(got, "gzstream -5", "pigz -6", "cpu"), 0.45)
    goal("gzstream -5: size to pigz -6", size_ratio("gzstream -5", "pigz -6"), 1.0)
    goal("gzstream -9: size to pigz -9", size_ratio("gzstream -9", "pigz -9"), 1.0)
    goal("gzstream -9: CPU to gzip -6", ratio(got, "gzstream -9", "gzip -6", "cpu"), 1.0)
    goal("gzstream: memory, any level, -j 2",
         max(median(got[p], "memory") for p in got if p.startswith("gzstream")), 64, "MiB")


def decompress():
    subprocess.run(f"gzip -6 <{DUMP} >{T}/theirs.gz; gzstream <{DUMP} >{T}/ours.gz",
                   shell=True, check=True)
    got = job("decompress gzip's file", {
        "gunzip": (["gunzip", "-c"], f"{T}/theirs.gz", None),
        "pigz -d": (["pigz", "-dc"], f"{T}/theirs.gz", None),
        "igzip -d": (["igzip", "-dc"], f"{T}/theirs.gz", None),
        "gzstream -d": (["gzstream", "-d"], f"{T}/theirs.gz", None)})
    goal("gzstream -d, any gzip: CPU to gunzip", ratio(got, "gzstream -d", "gunzip", "cpu"), 0.25)
    got = job("decompress gzstream's file", {
        "gunzip": (["gunzip", "-c"], f"{T}/ours.gz", None),
        "gzstream -d": (["gzstream", "-d", "-j", "2"], f"{T}/ours.gz", None),
        "gzstream -t": (["gzstream", "-t", "-j", "2"], f"{T}/ours.gz", None)})
    goal("gzstream -d, its own: wall to gunzip", ratio(got, "gzstream -d", "gunzip", "wall"), 0.15)


def dump():
    got = job("pg_dump", {
        "pg_dump": ("pg_dump corpus >/dev/null", None, None),
        "pg_dump | gzstream -1": ("pg_dump corpus | gzstream -1 >/dev/null", None, None),
        "pg_dump | gzstream": ("pg_dump corpus | gzstream >/dev/null", None, None),
        "pg_dump | gzip": ("pg_dump corpus | gzip >/dev/null", None, None)})
    goal("pg_dump | gzstream -1: wall to pg_dump",
         ratio(got, "pg_dump | gzstream -1", "pg_dump", "wall"), 1.05)


# ---- S3, large ----

def put(over="", alias="local", leanest=0.6):
    endpoint = os.environ["S3_ENDPOINT"]
    got = job(f"put {BLOB_SIZE // 1000000} MB{over}", {
        "s3put": (["s3put", "bench/s3put"], BLOB, None),
        "mc pipe": (["mc", "--quiet", "pipe", f"{alias}/{BUCKET}/bench/mc"], BLOB, None),
        "s5cmd pipe": (["s5cmd", "--endpoint-url", endpoint, "pipe", f"s3://{BUCKET}/bench/s5cmd"], BLOB, None),
        "rclone rcat": (["rclone", "rcat", f"local:{BUCKET}/bench/rclone"], BLOB, None),
        "aws s3 cp -": (["aws", "--endpoint-url", endpoint, "s3", "cp", "-", f"s3://{BUCKET}/bench/aws"], BLOB, None),
        "s3cmd put -": (["s3cmd", "--quiet", "put", "-", f"s3://{BUCKET}/bench/s3cmd"], BLOB, None)})
    peers = [p for p in got if p != "s3put"]
    goal(f"s3put{over}: wall to the fastest peer", ratio(got, "s3put", peers, "wall"), 1.0)
    goal(f"s3put{over}: CPU to the leanest peer", ratio(got, "s3put", peers, "cpu"), leanest)
    goal(f"s3put{over}: memory to the leanest peer", ratio(got, "s3put", peers, "memory"), 1.0)
    if got:
        goal(f"s3put{over}: memory", median(got["s3put"], "memory"), 64, "MiB")


def put_https():
    """The same over https, to a store that keeps checksums."""
    before = dict(os.environ)
    with open(f"{T}/tls.settings", "rb") as settings:
        tls = dict(os.fsdecode(line).split("=", 1) for line in settings.read().split(b"\0") if line)
    keys = {"AWS_ACCESS_KEY_ID": tls["S3_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": tls["S3_SECRET_KEY"]}
    trust = {name: f"{T}/tls.pem" for name in ("S3_CA_FILE", "AWS_CA_BUNDLE", "SSL_CERT_FILE")}
    rclone = {"RCLONE_CONFIG_LOCAL_ENDPOINT": tls["S3_ENDPOINT"],
              "RCLONE_CONFIG_LOCAL_ACCESS_KEY_ID": tls["S3_ACCESS_KEY"],
              "RCLONE_CONFIG_LOCAL_SECRET_ACCESS_KEY": tls["S3_SECRET_KEY"]}
    os.environ.update(tls | keys | trust | rclone)
    with open(f"{T}/.s3cfg", encoding="utf-8") as plain:
        kept = plain.read()
    try:
        if there("mc"):
            subprocess.run(["mc", "--quiet", "alias", "set", "tls", tls["S3_ENDPOINT"], tls["S3_ACCESS_KEY"],
                            tls["S3_SECRET_KEY"]], check=True, stdout=subprocess.DEVNULL)
        with open(f"{T}/.s3cfg", "w", encoding="utf-8") as config:
            host = tls["S3_ENDPOINT"].partition("//")[2]
            config.write(f"[default]\naccess_key = {tls['S3_ACCESS_KEY']}\nsecret_key = {tls['S3_SECRET_KEY']}\n"
                         f"host_base = {host}\nhost_bucket = {host}\nuse_https = True\n"
                         f"ca_certs_file = {T}/tls.pem\nsignature_v2 = False\n")
        put(" over https", "tls", 0.45)
    finally:
        os.environ.clear()
        os.environ.update(before)
        with open(f"{T}/.s3cfg", "w", encoding="utf-8") as plain:
            plain.write(kept)


def signed(name, method, path, body=b"", headers=()):
    """A config for curl with a ready-made signature, as s3request.sh has it."""
    import s3sign
    options = {"method": method, "path": path, "region": os.environ["S3_REGION"],
               "access": os.environ["S3_ACCESS_KEY"], "secret": os.environ["S3_SECRET_KEY"]}
    s3sign.set_clock(0)
    request = s3sign.signed_request(options, headers, ENDPOINT, body).prepare()
    with open(f"{T}/{name}", "w", encoding="ascii") as config:
        print(f'url = "{request.url}"\nrequest = {method}\nsilent\nfail', file=config)
        for key, value in request.headers.items():
            print(f"header = {s3sign.quoted(key)[:-1]}: {s3sign.quoted(value)[1:]}", file=config)
        if body:
            with open(f"{T}/{name}.body", "wb") as data:
                data.write(body)
            print(f'data-binary = "@{T}/{name}.body"\nheader = "Content-Type:"', file=config)
    return f"{T}/{name}"


def get():
    subprocess.run("s3put bench/blob", shell=True, check=True, stdin=open(BLOB, "rb"))
    config = signed("get.curl", "GET", f"/{BUCKET}/bench/blob")
    got = job(f"get {BLOB_SIZE // 1000000} MB", {
        "s3get": (["s3get", "bench/blob"], None, None),
        "curl": (["curl", "-K", config], None, None),
        "mc cat": (["mc", "--quiet", "cat", f"local/{BUCKET}/bench/blob"], None, None),
        "s5cmd cat": (["s5cmd", "--endpoint-url", ENDPOINT, "cat", f"s3://{BUCKET}/bench/blob"], None, None),
        "rclone cat": (["rclone", "cat", f"local:{BUCKET}/bench/blob"], None, None),
        "aws s3 cp": (["aws", "--endpoint-url", ENDPOINT, "s3", "cp", f"s3://{BUCKET}/bench/blob", "-"], None, None),
        "s3cmd get": (["s3cmd", "--quiet", "get", f"s3://{BUCKET}/bench/blob", "-"], None, None)})
    peers = [p for p in got if p != "s3get"]
    goal("s3get: wall to the fastest", ratio(got, "s3get", peers, "wall"), 1.0)
    goal("s3get: CPU to curl", ratio(got, "s3get", "curl", "cpu"), 1.1)
    if got:
        goal("s3get: memory", median(got["s3get"], "memory"), 64, "MiB")


# ---- S3, small ----

def small():
    with open(f"{T}/small", "wb") as data:
        data.write(os.urandom(1024))
    body = open(f"{T}/small", "rb").read()
    times = 3 if QUICK else 30
    many = {"runs": times}
    # The same request: a store that keeps metadata in files takes its time for it.
    put_small = signed("put1.curl", "PUT", f"/{BUCKET}/bench/small", body,
                       [("x-amz-meta-s3pipe-id", "0123456789abcdef0123456789abcdef")])
    subprocess.run("s3put bench/small", shell=True, check=True, stdin=open(f"{T}/small", "rb"))

    def compare(what, ours, config, others, before=None):
        got = job(f"{what} 1 KiB", {
            ours[0]: (ours, f"{T}/small" if what == "put" else None, None),
            "curl": (["curl", "-K", config], None, None), **others}, before, **many)
        goal(f"{ours[0]}, {what} 1 KiB: wall to curl", ratio(got, ours[0], "curl", "wall"), 1.2)
    compare("put", ["s3put", "bench/small"], put_small, {
        "mc pipe": (["mc", "--quiet", "pipe", f"local/{BUCKET}/bench/small"], f"{T}/small", None)})
    compare("get", ["s3get", "bench/small"], signed("get1.curl", "GET", f"/{BUCKET}/bench/small"), {
        "mc cat": (["mc", "--quiet", "cat", f"local/{BUCKET}/bench/small"], None, None)})
    compare("list", ["s3ls", "bench/small"],
            signed("list1.curl", "GET", f"/{BUCKET}?list-type=2&prefix=bench%2Fsmall"), {
        "mc ls": (["mc", "--quiet", "ls", f"local/{BUCKET}/bench/small"], None, None)})
    compare("delete", ["s3rm", "bench/small"], signed("rm1.curl", "DELETE", f"/{BUCKET}/bench/small"), {
        "mc rm": (["mc", "--quiet", "rm", f"local/{BUCKET}/bench/small"], None, None)},
        before=lambda _: subprocess.run(["curl", "-K", put_small], check=True))


def many():
    # What the store keeps as files is laid as files: putting them takes a minute.
    direct = f"{T}/store/data/{BUCKET}" if os.environ["BENCH_STORE"] == "versitygw" else None
    keys = [f"many/{i // 1000:03d}/{i:06d}.sql.gz" for i in range(KEYS)]

    def fill(_=None):
        for key in keys:
            if direct:
                os.makedirs(os.path.dirname(f"{direct}/{key}"), exist_ok=True)
                open(f"{direct}/{key}", "wb").close()
            else:
                subprocess.run(["s3put", "-q", key], check=True, stdin=subprocess.DEVNULL)
    fill()
    with open(f"{T}/keys", "w", encoding="ascii") as names:
        names.writelines(key + "\n" for key in keys)
    got = job(f"list {KEYS} keys", {
        "s3ls": (["s3ls", "many/"], None, None),
        "mc ls": (["mc", "--quiet", "ls", "--recursive", f"local/{BUCKET}/many/"], None, None),
        "s5cmd ls": (["s5cmd", "--endpoint-url", ENDPOINT, "ls", f"s3://{BUCKET}/many/*"], None, None),
        "rclone lsf": (["rclone", "lsf", "-R", f"local:{BUCKET}/many/"], None, None),
        "aws s3 ls": (["aws", "--endpoint-url", ENDPOINT, "s3", "ls", "--recursive", f"s3://{BUCKET}/many/"], None, None)})
    peers = [p for p in got if p != "s3ls"]
    goal("s3ls: wall to the fastest peer", ratio(got, "s3ls", peers, "wall"), 1.0)
    goal("s3ls: CPU to the leanest peer", ratio(got, "s3ls", peers, "cpu"), 0.25)
    got = job(f"delete {KEYS} keys", {
        "s3rm": (["s3rm"], f"{T}/keys", None),
        "mc rm": (["mc", "--quiet", "rm", "--recursive", "--force", f"local/{BUCKET}/many/"], None, None),
        "s5cmd rm": (["s5cmd", "--endpoint-url", ENDPOINT, "rm", f"s3://{BUCKET}/many/*"], None, None),
        "rclone delete": (["rclone", "delete", f"local:{BUCKET}/many/"], None, None)}, fill)
    peers = [p for p in got if p != "s3rm"]
    goal("s3rm: wall to the fastest peer", ratio(got, "s3rm", peers, "wall"), 1.0)


def policy():
    start, lines = datetime.datetime(1990, 1, 1), []
    for i in range(POLICY_KEYS):
        at = start + datetime.timedelta(minutes=17 * i)
        lines.append(f"{at:%Y/%m/%d}/db{i % 50}_{at:%H%M%S}.sql.gz\n")
    random.Random(1).shuffle(lines)
    with open(f"{T}/policy", "w", encoding="ascii") as keys:
        keys.writelines(lines)
    got = job(f"retain {POLICY_KEYS} keys", {
        "retain": ("retain -l 3 -d 7 -w 4 -m 6 -y 2", f"{T}/policy", None),
        "sort": ("sort --parallel=1", f"{T}/policy", None)})
    goal("retain: wall to sort", ratio(got, "retain", "sort", "wall"), 2.0)
    if got:
        goal("retain: memory", median(got["retain"], "memory"), 200, "MiB")


# ---- The scripts ----

def scripts():
    os.environ.update(POSTGRES_DB="corpus", S3PIPE_STATE_DIR=f"{T}/state", BACKUP_GLOBALS="false")
    once = "GZSTREAM_OPTIONS=-1 backup.sh"
    shell = "bash -c 'set -o pipefail; pg_dump corpus | %s | %s'"
    got = job("back up", {
        "pg_dump": ("pg_dump corpus >/dev/null", None, None),
        "backup.sh -1": ("env " + once, None, None),
        "backup.sh": ("backup.sh", None, None),
        "gzip into mc": (shell % ("gzip", f"mc --quiet pipe local/{BUCKET}/bench/gzip"), None, None),
        "pigz into mc": (shell % ("pigz", f"mc --quiet pipe local/{BUCKET}/bench/pigz"), None, None)},
        lambda _: time.sleep(1))  # a key holds a second
    for each in ("backup.sh -1", "backup.sh"):
        goal(f"{each}: wall to what its parts cost", to_parts(got, each), 1.1)

    # pg_restore reads a directory, uncompressed, as the plain dump is.
    subprocess.run(["rm", "-rf", f"{T}/directory"], check=True)
    subprocess.run("pg_dump -Fd -Z0 -f '%s/directory' corpus" % T, shell=True, check=True)
    got = job("load", {
        "psql": (["psql", "-qX", "-o", "/dev/null", "-d", "plain", "-f", DUMP], None, None),
        "pgapply -j1": (f"pgapply -j1 plain <{DUMP}", None, None),
        "pgapply -j2": (f"pgapply -j2 plain <{DUMP}", None, None),
        "pg_restore -j2": (["pg_restore", "-j2", "-d", "plain", f"{T}/directory"], None, None)}, fresh)
    goal("pgapply -j2: wall to psql", ratio(got, "pgapply -j2", "psql", "wall"), 0.85)
    goal("pgapply -j2: wall to pg_restore -j2", ratio(got, "pgapply -j2", "pg_restore -j2", "wall"), 1.2)
    long_row()
    if ONLY.search("restore") and not ONLY.search("back up"):
        subprocess.run(["backup.sh"], check=True)
    got = job("restore", {
        "psql, ANALYZE": (f"psql -qX -o /dev/null -d plain -f {DUMP} && psql -qX -d plain -c ANALYZE", None, None),
        "restore.sh -j2": ("restore.sh -j 2 latest --from corpus restored", None, None)}, fresh)
    goal("restore.sh -j2: wall to psql and ANALYZE", ratio(got, "restore.sh -j2", "psql, ANALYZE", "wall"), 0.95)


def fresh(_):
    """New databases to load into."""
    for name in ("plain", "restored"):
        subprocess.run(["dropdb", "--if-exists", name], check=True, stderr=subprocess.DEVNULL)
    subprocess.run("createdb plain; psql -qc CHECKPOINT", shell=True, check=True)


def long_row():
    dump, size = f"{T}/row.sql", (1 if QUICK else 120) << 20
    with open(dump, "wb") as out:
        out.write(b"CREATE TABLE t (id int, x text);\nCOPY t (id, x) FROM stdin;\n1\t")
        line = random.Random(3).randbytes(3 << 18).hex().encode()
        for _ in range(max(1, size // len(line))):
            out.write(line)
        out.write(b"\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n")
    got = job("load a row of 120 MB", {
        "psql": (["psql", "-qX", "-d", "plain", "-f", dump], None, None),
        "pgapply -j2": (f"pgapply -j2 plain <{dump}", None, None)}, fresh)
    goal("pgapply, a row of 120 MB: wall to psql", ratio(got, "pgapply -j2", "psql", "wall"), 2.0)
    os.unlink(dump)


def main():
    with open(BLOB, "wb") as blob:
        noise = random.Random(2)
        for _ in range(BLOB_SIZE // 1000000):
            blob.write(noise.randbytes(1000000))
    for part in (compress, decompress, dump, put, put_https, get, small, many, policy, scripts):
        part()
    recovery.run(sys.modules[__name__])
    scale.keys(sys.modules[__name__])
    scale.databases(sys.modules[__name__])
    report.write(sys.modules[__name__])


main()
