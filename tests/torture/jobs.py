"""The three scripts: how each is run, and what must hold after it, whatever struck it."""

import os
import subprocess
import threading
import time

import world

SCRIPTS = os.environ["TORTURE_SCRIPTS"]
SERVED_SECONDS = 60  # the exchange may keep clients waiting; a hang is longer


class Backup:
    """What is in the bucket is whole."""

    name = "backup"
    command = [f"{SCRIPTS}/backup.sh"]
    objects = 3

    def __init__(self):
        self.settings = {"BACKUP_DATABASES": "live,noise", "S3_PREFIX": "new/", "S3PUT_OPTIONS": "-j 1 -p 5M",
                         "GZSTREAM_OPTIONS": "-1"}

    def prepare(self, rng):
        """Nothing to do."""

    def judge(self, status, struck):
        """What is wrong with the objects; each is looked at once, and goes."""
        new = sorted(world.keys("new/"))
        for key in new:
            if not world.is_whole(key):
                yield f"{key} is not whole"
        world.output(["s3rm", "-0", "-q"], b"".join(key + b"\0" for key in new))
        if status == 0 and len(new) < self.objects:
            yield f"status 0, and {len(new)} objects"


class Restore:
    """The live database is as it was, or as the backup is, and serves."""

    name = "restore"

    def __init__(self):
        self.settings = {"S3_PREFIX": "kept/", "POSTGRES_DB": "live"}
        world.output([f"{SCRIPTS}/backup.sh"], BACKUP_DATABASES="live", S3_PREFIX="kept/", BACKUP_GLOBALS="false")
        self.command = [f"{SCRIPTS}/restore.sh", min(world.keys("kept/"))]
        self.backup = self.before = world.fingerprint("live")
        self.watch, self.ended = None, threading.Event()
        self.waited = 0.0  # the longest that a client had to wait

    def prepare(self, rng):
        """Lets the live database differ from the backup, and keeps an eye on it."""
        self.settings["RESTORE_KEEP_OLD"] = rng.choice(["true", "false"])
        world.sql("live", "CREATE TABLE IF NOT EXISTS lately AS SELECT 1 AS i")
        self.before = world.fingerprint("live")
        self.ended.clear()
        self.watch = threading.Thread(target=self.use, daemon=True)
        self.waited = 0.0
        self.watch.start()

    def use(self):
        """A client, which the exchange may cut off but not leave without."""
        served = time.monotonic()
        while not self.ended.is_set():
            done = subprocess.run(["psql", "-X", "-q", "-d", "live", "-c", "SELECT count(*) FROM items"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            self.waited = max(self.waited, time.monotonic() - served)
            if done.returncode == 0:
                served = time.monotonic()
            self.ended.wait(0.1)

    def judge(self, status, struck):
        """What is wrong with the live database now."""
        if self.watch:
            self.ended.set()
            self.watch.join()
            self.watch = None
        found = world.fingerprint("live")
        if found != self.backup and (status == 0 or found != self.before):
            yield "the live database is neither as it was nor as the backup is"
        if self.waited > SERVED_SECONDS:
            yield f"the live database did not serve for {self.waited:.0f} s"
        # One that is struck behind the exchange leaves them to the next.
        if not struck and len(world.databases("^s3pipe_old_")) > 1:
            yield "databases that were replaced pile up"


class Cleanup:
    """Gone is what the policy names, all of it where the status is 0."""

    name = "cleanup"
    command = [f"{SCRIPTS}/cleanup.sh"]

    def __init__(self):
        self.settings = {"S3_PREFIX": "old/"}
        self.keys = {f"old/2026/{month:02}/{day:02}/{name}_{hour:02}0000.sql.gz".encode()
                     for month in range(1, 4) for day in range(1, 29) for hour in range(0, 24, 4)
                     for name in ("one", "two", "three")}
        self.keys |= {b"old/notes.txt", b"old/2026/01/01/strange_250000.sql.gz"}
        self.doomed = set()

    def prepare(self, rng):
        """All of them are there again; a policy."""
        world.make_objects(self.keys - world.keys("old/"))
        rules = {"LAST": "l", "HOURLY": "H", "DAILY": "d", "WEEKLY": "w", "MONTHLY": "m", "YEARLY": "y"}
        counts = [0]
        while not any(counts):  # else there is no policy
            counts = [rng.choice([0, 0, 1, 3, 30]) for _ in rules]
        policy = ["-M", "1"]
        for (rule, letter), number in zip(rules.items(), map(str, counts)):
            self.settings[f"RETENTION_KEEP_{rule}"] = number
            policy += [f"-{letter}", number]
        listed = b"".join(key + b"\0" for key in sorted(self.keys) if b"strange" not in key and b"notes" not in key)
        self.doomed = set(world.output(["retain", "-0", *policy], listed).split(b"\0")[:-1])

    def judge(self, status, struck):
        """What is gone that should not be, or the other way round."""
        gone = self.keys - world.keys("old/")
        if gone - self.doomed:
            yield f"wrongly deleted: {sorted(gone - self.doomed)[:3]}"
        if status == 0 and gone != self.doomed:
            yield f"status 0, and {len(self.doomed - gone)} are not deleted"
