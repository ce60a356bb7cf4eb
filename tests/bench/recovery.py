"""WAL and base backups beside pgBackRest and barman-cloud, for bench.py.

Three ways to the store: http, https, and https with 30 ms a round trip. pgBackRest
speaks https only. Segments are archived and fetched one after the other, as a
server does it. The CPU of what is fetched ahead in the background is not counted.
"""

import os
import re
import shutil
import subprocess
import sys
import time

import measure


class Place:
    """A way to the store: the settings of our programs and its peers."""

    def __init__(self, name, settings, ca=""):
        self.name, self.endpoint, self.ca = name, settings["S3_ENDPOINT"], ca
        self.settings = dict(settings, **({"S3_CA_FILE": ca} if ca else {}))
        self.at_peers = {"AWS_ACCESS_KEY_ID": settings["S3_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": settings["S3_SECRET_KEY"],
                         **({"AWS_CA_BUNDLE": ca} if ca else {})}


class Recovery:
    """The jobs; bench is the module that has job, goal, ratio and the rest."""

    def __init__(self, bench):
        self.bench, self.turn = bench, 0
        self.home = f"{bench.T}/recovery"
        self.data, self.push, self.get = (f"{self.home}/{name}" for name in ("data", "push", "get"))
        self.names = []

    # ---- a cluster of its own

    def as_server(self, *command):
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.getuid() == 0 else []
        subprocess.run([*drop, *command], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def sql(self, text):
        done = subprocess.run(["psql", "-XAtq", "-h", self.home, "-p", "5499", "-U", "postgres", "-d", "postgres", "-c", text],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def start(self):
        os.makedirs(self.home)
        if os.getuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        self.as_server("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync")
        with open(f"{self.data}/postgresql.conf", "a", encoding="ascii") as conf:
            conf.write(f"listen_addresses=''\nunix_socket_directories='{self.home}'\nport=5499\nfsync=off\narchive_mode=on\n"
                       f"archive_command='{self.home}/archive %p'\nwal_keep_size='4GB'\nmax_wal_size='4GB'\n")
        with open(f"{self.home}/archive", "w", encoding="ascii") as command:
            command.write("#!/bin/sh\nexit 0\n")
        os.chmod(f"{self.home}/archive", 0o755)
        self.as_server("pg_ctl", "-D", self.data, "-w", "-l", f"{self.home}/log", "start")

    def stop(self):
        self.as_server("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def fill(self):
        """The corpus, twice loaded: what is changed is most of its WAL."""
        quick = self.bench.QUICK
        subprocess.run(["psql", "-qX", "-h", self.home, "-p", "5499", "-U", "postgres", "-d", "postgres", "-o", "/dev/null",
                        "-f", self.bench.DUMP], check=True)
        for _ in range(3 if quick else 1):
            self.sql("CREATE TABLE IF NOT EXISTS filler (i int); INSERT INTO filler SELECT generate_series(1, 10000)")
            self.sql("SELECT pg_switch_wal()")
        whole = sorted(n for n in os.listdir(f"{self.data}/pg_wal") if re.fullmatch("[0-9A-F]{24}", n))
        current = self.sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
        whole = [n for n in whole if n < current]
        self.names = whole[-3:] if quick else whole[2:18]

    def directories(self):
        """What archive_command and restore_command see of a data directory."""
        for place in (self.push, self.get):
            os.makedirs(f"{place}/pg_wal/archive_status")
            os.makedirs(f"{place}/global")
            for name in ("global/pg_control", "PG_VERSION"):
                shutil.copy(f"{self.data}/{name}", f"{place}/{name}")
        for name in self.names:
            shutil.copy(f"{self.data}/pg_wal/{name}", f"{self.push}/pg_wal/{name}")

    # ---- the peers

    def pgbackrest(self, place, push=None):
        """Its configuration, and the stanza in a repository that is new."""
        host, port = place.endpoint.partition("//")[2].split(":")
        config = f"{self.home}/pgbackrest.conf"
        with open(config, "w", encoding="ascii") as out:
            out.write(f"[global]\nrepo1-type=s3\nrepo1-s3-endpoint={host}\nrepo1-storage-port={port}\nrepo1-s3-uri-style=path\n"
                      f"repo1-storage-verify-tls=n\nrepo1-s3-bucket={place.settings['S3_BUCKET']}\n"
                      f"repo1-s3-region={place.settings['S3_REGION']}\nrepo1-s3-key={place.settings['S3_ACCESS_KEY']}\n"
                      f"repo1-s3-key-secret={place.settings['S3_SECRET_KEY']}\nrepo1-path=/pgbackrest{self.turn}\n"
                      f"log-level-file=off\nlog-level-console=error\nlock-path={self.home}/lock\nspool-path={self.home}/spool\n"
                      f"compress-type=gz\ncompress-level=1\nstart-fast=y\narchive-check=n\nrepo1-retention-full=9\n"
                      f"[main]\npg1-path={self.data}\npg1-socket-path={self.home}\npg1-port=5499\npg1-user=postgres\n")
        shutil.rmtree(f"{self.home}/spool", ignore_errors=True)
        # One that fetches ahead in the background may have the lock yet.
        self.quietly(f"for i in $(seq 30); do pgbackrest --config={config} --stanza=main stanza-create && exit; sleep 1; done; exit 1")
        if push:
            with open(config, encoding="ascii") as text:
                changed = text.read().replace(f"pg1-path={self.data}", f"pg1-path={push}")
            with open(config, "w", encoding="ascii") as out:
                out.write(changed)

    @staticmethod
    def quietly(command):
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def commands(self, place):
        """{program: (how it archives $1, how it fetches $1 to $2)}"""
        ours = self.words(place.settings)
        barman = f"{self.words(place.at_peers)} barman-cloud-wal-%s --endpoint-url {place.endpoint} %s " \
                 f"s3://{place.settings['S3_BUCKET']}/barman$TURN main"
        rest = f"pgbackrest --config={self.home}/pgbackrest.conf --stanza=main %s"
        found = {}
        for jobs in (1, 4):
            own = f"env {ours} S3_PREFIX=s3pipe$TURN WAL_JOBS={jobs}"
            found[f"s3pipe, WAL_JOBS={jobs}"] = (f"{own} archive-wal.sh $1", f"{own} fetch-wal.sh $1 $2")
        if place.ca and self.bench.there("pgbackrest"):
            asynchronous = f"--archive-async --process-max=4 {rest[11:]}"
            found["pgbackrest gz 1"] = (rest % "archive-push $1", rest % "archive-get $1 $2")
            found["pgbackrest async, 4"] = ("pgbackrest " + asynchronous % "archive-push $1",
                                            "pgbackrest " + asynchronous % "archive-get $1 $2")
        if self.is_for_barman(place):
            found["barman-cloud gzip"] = ("env " + barman % ("archive", "--gzip") + " $1",
                                          "env " + barman % ("restore", "") + " $1 $2")
        return found

    def is_for_barman(self, place):
        """It takes minutes: once is enough, and none where all is to take seconds."""
        return place.name == "https" and not self.bench.QUICK and self.bench.there("barman-cloud-backup")

    @staticmethod
    def words(settings):
        return " ".join(f"{name}='{value}'" for name, value in settings.items())

    # ---- the jobs

    def wal(self, place):
        bench, count = self.bench, len(self.names)
        commands, turns = self.commands(place), {}
        settle = "mv pg_wal/archive_status/$1.ready pg_wal/archive_status/$1.done"
        loop = "cd %s && TURN=$(cat ../turn); for name in " + " ".join(self.names) + "; do set -- %s; %s || exit 1; %s; done"

        def before_push(program):
            self.turn += 1
            turns[program] = self.turn
            self.write_turn(self.turn)
            shutil.rmtree(f"{self.push}/pgsql_tmp.s3pipe", ignore_errors=True)
            shutil.rmtree(f"{self.push}/pg_wal/archive_status")
            os.makedirs(f"{self.push}/pg_wal/archive_status")
            for name in self.names:
                with open(f"{self.push}/pg_wal/archive_status/{name}.ready", "wb"):
                    pass
            if program.startswith("pgbackrest"):
                self.pgbackrest(place, self.push)

        def before_get(program):
            time.sleep(1)  # what was fetched ahead for the last one
            for name in ("pgsql_tmp.s3pipe", "got"):
                shutil.rmtree(f"{self.get}/{name}", ignore_errors=True)
            os.makedirs(f"{self.get}/got")
            self.write_turn(turns[program])
            if program.startswith("pgbackrest"):
                self.turn_of_config(turns[program])
        pushed = bench.job(f"archive {count} segments, {place.name}", {
            program: (["bash", "-c", loop % (self.push, "$name", push.replace("$1", "pg_wal/$1"), settle)], None, None)
            for program, (push, _) in commands.items()}, before_push)
        got = {}
        if pushed:
            got = bench.job(f"fetch {count} segments, {place.name}", {
                program: (["bash", "-c", loop % (self.get, "$name got/$name", get, ":")], None, None)
                for program, (_, get) in commands.items() if program in pushed}, before_get)
        self.goals(place, pushed, got, count)

    def write_turn(self, turn):
        with open(f"{self.home}/turn", "w", encoding="ascii") as out:
            out.write(f"{turn}\n")

    def turn_of_config(self, turn):
        config = f"{self.home}/pgbackrest.conf"
        shutil.rmtree(f"{self.home}/spool", ignore_errors=True)
        with open(config, encoding="ascii") as text:
            changed = re.sub(r"/pgbackrest\d+", f"/pgbackrest{turn}", text.read())
        changed = re.sub(r"pg1-path=.*", f"pg1-path={self.get}", changed)
        with open(config, "w", encoding="ascii") as out:
            out.write(changed)

    def goals(self, place, pushed, got, count):
        """The figures of DESIGN section 9, as seconds a segment."""
        bench, one, four = self.bench, "s3pipe, WAL_JOBS=1", "s3pipe, WAL_JOBS=4"

        def each(samples, program, what):
            return bench.median(samples[program], what) / count if program in samples else None
        if place.name == "https":
            bench.goal("archive-wal.sh, https: wall a segment", each(pushed, one, "wall"), 1 / 7, "s")
            bench.goal("archive-wal.sh, https, 4 jobs: wall a segment", each(pushed, four, "wall"), 1 / 9, "s")
            bench.goal("archive-wal.sh, https: CPU a segment", each(pushed, one, "cpu"), 0.125, "s")
            bench.goal("fetch-wal.sh, https: wall to pgBackRest", bench.ratio(got, four, "pgbackrest gz 1", "wall"), 1.0)
        if place.name == "30 ms":
            bench.goal("archive-wal.sh, 30 ms: wall, 4 jobs to 1", bench.ratio(pushed, four, one, "wall"), 0.5)
            bench.goal("fetch-wal.sh, 30 ms, 4 jobs: wall a segment", each(got, four, "wall"), 1 / 9, "s")

    def base(self, place):
        bench = self.bench
        ours = f"env {self.words(place.settings)} S3_PREFIX=base POSTGRES_HOST={self.home} POSTGRES_PORT=5499 " \
               f"POSTGRES_USER=postgres S3PIPE_STATE_DIR={self.home}/state"
        rest = f"pgbackrest --config={self.home}/pgbackrest.conf --stanza=main"
        cloud = f"env {self.words(place.at_peers)} barman-cloud-%s --endpoint-url {place.endpoint} %s " \
                f"s3://{place.settings['S3_BUCKET']}/barmanbase main"
        target = f"{self.home}/target"
        contestants = {
            "pg_basebackup": (f"pg_basebackup -h {self.home} -p 5499 -U postgres -D - -F tar -X none -c fast 2>/dev/null >/dev/null", None, None),
            "s3pipe": (f"{ours} GZSTREAM_OPTIONS=-1 basebackup.sh", None, None)}
        back = {"s3pipe": (f"{ours} recover.sh {target}", None, None)}
        if place.ca and bench.there("pgbackrest"):
            self.turn += 1
            self.pgbackrest(place)
            contestants["pgbackrest gz 1"] = (f"{rest} --type=full backup", None, None)
            contestants["pgbackrest gz 1, 2"] = (f"{rest} --type=full --process-max=2 backup", None, None)
            back["pgbackrest gz 1"] = (f"{rest} --pg1-path={target} --type=none restore", None, None)
        if self.is_for_barman(place):
            contestants["barman-cloud gzip"] = (cloud % ("backup", f"--gzip -h {self.home} -p 5499 -U postgres"), None, None)
            back["barman-cloud gzip"] = (cloud % ("restore", "") + f" \"$(cat {self.home}/backup)\" {target}", None, None)
        self.archives_to(place)
        done = bench.job(f"base backup, {place.name}", contestants, lambda _: time.sleep(1))
        if not done:
            return
        if "barman-cloud gzip" in done:
            listed = subprocess.run(cloud % ("backup-list", "--format json"), shell=True, check=True, capture_output=True, text=True)
            with open(f"{self.home}/backup", "w", encoding="ascii") as out:
                out.write(re.findall(r'"backup_id": "([^"]+)"', listed.stdout)[-1])

        def before(_):
            shutil.rmtree(target, ignore_errors=True)
            os.makedirs(target, mode=0o700)
            if os.getuid() == 0:
                shutil.chown(target, "postgres", "postgres")
        bench.job(f"recover the base, {place.name}", {p: c for p, c in back.items() if p in done}, before)
        if place.name == "https":
            bench.goal("basebackup.sh: wall to pg_basebackup", bench.ratio(done, "s3pipe", "pg_basebackup", "wall"), 2.5)
            bench.goal("basebackup.sh: CPU to pgBackRest gz 1", bench.ratio(done, "s3pipe", "pgbackrest gz 1", "cpu"), 0.5)

    def archives_to(self, place):
        """The server itself archives from now on, or no base backup of ours counts."""
        with open(f"{self.home}/archive", "w", encoding="ascii") as command:
            command.write(f"#!/bin/sh\nPATH={os.environ['PATH']} exec env {self.words(place.settings)} S3_PREFIX=base archive-wal.sh \"$1\"\n")


def places(bench, delayed):
    keys = ("S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    yield Place("http", {name: os.environ[name] for name in keys})
    with open(f"{bench.T}/tls.settings", "rb") as settings:
        tls = dict(os.fsdecode(line).split("=", 1) for line in settings.read().split(b"\0") if line)
    tls = {name: tls[name] for name in keys}
    yield Place("https", tls, f"{bench.T}/tls.pem")
    port = tls["S3_ENDPOINT"].rpartition(":")[2]
    relay = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "delay.py"), port, "0.015"], stdout=subprocess.PIPE, text=True)
    delayed.append(relay)
    near = relay.stdout.readline().strip()
    yield Place("30 ms", dict(tls, S3_ENDPOINT=f"https://127.0.0.1:{near}"), f"{bench.T}/tls.pem")


def run(bench):
    """The jobs archive, fetch, base backup and recover, of those that are asked for."""
    if not any(bench.ONLY.search(f"{job} {where}") for where in ("http", "https", "30 ms")
               for job in ("archive segments,", "fetch segments,", "base backup,", "recover the base,")):
        return
    jobs, delayed = Recovery(bench), []
    jobs.start()
    try:
        jobs.fill()
        jobs.directories()
        for place in places(bench, delayed):
            jobs.wal(place)
            jobs.base(place)
    finally:
        jobs.stop()
        for relay in delayed:
            relay.kill()
            relay.wait()
