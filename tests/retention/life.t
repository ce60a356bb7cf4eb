#!/usr/bin/python3
"""Years in the life of a bucket: hourly backups, a daily cleanup by retain with
cleanup.sh's policy, an outage of a month, a clock that jumps back, time zones.
"""
import collections
import datetime
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Tap  # noqa: E402

POLICY = ["-l", "3", "-H", "24", "-d", "7", "-w", "4", "-m", "6", "-y", "2", "-M", "1"]
MOST = 3 + 24 + 7 + 4 + 6 + 2 + 1
DAYS = 900
START = datetime.datetime(2024, 2, 10)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def retain(*args, keys, zone="UTC"):
    program = os.path.join(os.environ.get("BUILD", "build"), "retain")
    done = subprocess.run([program, *POLICY, *args], input="".join(key + "\n" for key in keys), text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ=zone))
    return done.stdout.splitlines(), done.stderr.splitlines()


def key_of(time):
    return time.strftime("backups/%Y/%m/%d/mydb_%H%M%S.sql.gz")


class Bucket:
    """Keys and the times of their backups."""

    def __init__(self):
        self.times = {}
        self.log = []  # of each cleanup: how many were deleted, how many are left

    def backup(self, time):
        self.times[key_of(time)] = time

    def cleanup(self):
        deleted = retain(keys=self.times)[0]
        for key in deleted:
            del self.times[key]
        self.log.append((len(deleted), len(self.times)))

    def live(self, start, days, offset=datetime.timedelta(0)):
        """Backups each hour, and each night at three the cleanup."""
        for hour in range(24 * days):
            self.backup(start + hour * HOUR + offset)
            if hour % 24 == 3:
                self.cleanup()

    def buckets(self, form):
        return {time.strftime(form) for time in self.times.values()}


def two_years_and_a_half(tap):
    bucket = Bucket()
    bucket.live(START, DAYS)
    bucket.cleanup()
    end = START + DAYS * DAY - HOUR
    kept = sorted(bucket.times.values(), reverse=True)
    print(f"# {DAYS} days of hourly backups come to {len(kept)} kept:")
    for line in retain("-v", keys=sorted(bucket.times, reverse=True))[1]:
        print("#", line)
    tap.ok(36 <= len(kept) <= 42, "about 39 are kept", len(kept))
    tap.ok(kept[:24] == [end - i * HOUR for i in range(24)], "the last 24 hours are whole")
    tap.ok(len(bucket.buckets("%Y-%m-%d") & {(end - i * DAY).strftime("%Y-%m-%d") for i in range(7)}) == 7,
           "so are the last seven days")
    tap.ok({(end - 7 * i * DAY).strftime("%G-%V") for i in range(4)} <= bucket.buckets("%G-%V"), "and four weeks")
    tap.ok(len(bucket.buckets("%Y-%m")) >= 6, "and six months")
    tap.ok({"2025", "2026"} <= bucket.buckets("%Y"), "and two years")
    tap.ok(datetime.datetime(2025, 12, 31, 23) in kept, "a year by its last backup")
    tap.ok(max(left for _, left in bucket.log) <= MOST, f"never more than {MOST} are left")
    tap.ok(all(left >= 24 for _, left in bucket.log[1:]), "nor ever fewer than a day's")
    return bucket


def outage(tap):
    """The cleanups go on while no backup comes."""
    bucket = Bucket()
    bucket.live(START, 400)
    bucket.cleanup()
    before = dict(bucket.times)
    for _ in range(30):
        bucket.cleanup()
    tap.ok(bucket.times == before, "a month without backups deletes nothing")
    bucket.live(START + 430 * DAY, 1)
    bucket.cleanup()
    lost = collections.Counter(time.date() for key, time in before.items() if key not in bucket.times)
    hours = lost.pop((START + 399 * DAY).date())
    tap.ok(hours == 23 and sum(lost.values()) <= 3,
           "24 new hours push out 23 old ones, a new day, week and month one each", hours, lost)
    tap.ok(len(bucket.times) >= len(before) - 2, "and as many are kept as before", len(before), len(bucket.times))
    tap.ok(START + 400 * DAY - HOUR in bucket.times.values(), "the last one before it among them")


def jump(tap):
    """For a day the clock shows the day before, half past each hour."""
    steady, jumped = Bucket(), Bucket()
    steady.live(START, 200)
    jumped.live(START, 190)
    old = {t for t in jumped.times.values() if t < START + 188 * DAY}
    newest = max(jumped.times.values())
    half = HOUR / 2
    for hour in range(24):
        jumped.backup(START + 189 * DAY + hour * HOUR + half)
        jumped.cleanup()
        if hour == 0:
            tap.ok(newest in jumped.times.values(), "a clock that jumps back does not delete the newest")
            tap.ok(all(t in jumped.times.values() for t in old), "nor anything old")
    tap.ok(len(jumped.times) >= 30, "nor much of the rest", len(jumped.times))
    jumped.live(START + 190 * DAY, 10)
    for bucket in (steady, jumped):
        bucket.cleanup()
    tap.ok(steady.times == jumped.times, "ten days later nothing tells of it",
           sorted(set(steady.times) ^ set(jumped.times)))


def zones(tap):
    """Hours that local clocks skip or show twice are hours like others: keys are UTC."""
    keys = [key_of(START + i * HOUR) for i in range(24 * 400)]
    utc = retain("-v", keys=keys)
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"):
        tap.ok(retain("-v", keys=keys, zone=zone) == utc, f"the verdicts are the same in {zone}")
    for day in (datetime.datetime(2024, 3, 31), datetime.datetime(2024, 10, 27)):  # of summer time in Europe
        keys = [key_of(day + i * HOUR) for i in range(-12, 24)]
        tap.ok(retain("-k", keys=keys, zone="Europe/Berlin")[0][-24:] == keys[-24:],
               f"{day:%d %B} has its 24 hours")


def main():
    tap = Tap()
    two_years_and_a_half(tap)
    outage(tap)
    jump(tap)
    zones(tap)
    return tap.end()


sys.exit(main())
