#!/usr/bin/env python3
"""What cleanup.sh is to delete, by a model of its own: random lists of keys,
and the rules of restic's forget as its documentation has them.

    cleanup_model.py list SEED PREFIX SUFFIX     a listing as of s3ls -0 -l
    cleanup_model.py doomed PREFIX SUFFIX N...   the keys to delete of the listing
        on stdin, sorted; N: last, hourly, daily, weekly, monthly, yearly, least
"""
import datetime
import random
import re
import sys

NAMES = ["shop", "a_b", "my_db_20260101_120000", "x.sql.gz", "tab\there", "line\nbreak", "läden", "q'uo\"te",
         "per%25cent", "-n", " space ", "*", "\\", "globals", "2026", "_", "a\u0085b"]


def listing(seed, prefix, suffix):
    """Ours of few databases, and others that look like them."""
    dice = random.Random(seed)
    names = dice.sample(NAMES, dice.randint(1, 6))
    start = datetime.datetime(2023, 12, 28) + datetime.timedelta(days=dice.randint(0, 800))
    keys = []
    for _ in range(dice.randint(0, 120)):
        step = dice.choice([dict(seconds=7), dict(minutes=20), dict(hours=9), dict(days=1), dict(days=29)])
        start += datetime.timedelta(**step)
        day, time = start.strftime("%Y/%m/%d"), start.strftime("%H%M%S")
        name, end = dice.choice(names), dice.choice([".sql.gz", ".sql.gz" + suffix])
        keys.append(f"{prefix}{day}/{name}_{time}{end}")
        if dice.random() < 0.3:
            keys.append(dice.choice([
                f"{prefix}{day}/{name}_{time}.sql.gz.bak", f"{prefix}{day}/{name}_{time}.sql", f"{prefix}{day}/{name}{time}.sql.gz",
                f"{prefix}{day}/{name}_240000.sql.gz", f"{prefix}{day}/{name}_{time}.sql.gz{suffix}{suffix}x",
                f"{prefix}2026/02/30/{name}_{time}.sql.gz", f"{prefix}x/{day}/{name}_{time}.sql.gz",
                f"{prefix}{day}/x/{name}_{time}.sql.gz", f"{prefix}{day}/_{time}.sql.gz", f"{prefix}x{day}/{name}_{time}.sql.gz",
                f"{prefix}{day}/{name}_{time}.tar.gz", f"{prefix}note", f"{prefix}{day}/{name}_{time}x.sql.gz"]))
        # Pins of ours, of others, of what is not there, and of pins.
        if dice.random() < 0.2:
            keys.append(dice.choice([keys[-1], keys[-1] + ".x", dice.choice(keys)]) + ".pin")
    for key in sorted(set(keys), key=lambda k: k.encode()):
        sys.stdout.buffer.write(f"{dice.randint(0, 10**10)}\t2026-11-27T00:00:00Z\t{key}\0".encode())


def when(key, prefix, suffix):
    """The name and the time of one of ours, or None."""
    form = re.escape(prefix) + r"(\d{4}/\d\d/\d\d)/([^/]+)_(\d{6})\.sql\.gz(?:" + re.escape(suffix) + ")?"
    found = re.fullmatch(form, key)
    if not found:
        return None
    try:
        return found[2], datetime.datetime.strptime(found[1] + found[3], "%Y/%m/%d%H%M%S")
    except ValueError:
        return None


def kept(times, counts, least):
    """Of the times of one database those that stay."""
    marks = [lambda t, i: i, lambda t, i: t.strftime("%F %H"), lambda t, i: t.strftime("%F"),
             lambda t, i: t.isocalendar()[:2], lambda t, i: t.strftime("%Y-%m"), lambda t, i: t.year]
    times = sorted(set(times), reverse=True)
    stay = set(times[:least])
    for mark, left in zip(marks, counts):
        last = None
        for i, time in enumerate(times):
            if left != 0 and (mark(time, i) != last or i == len(times) - 1):
                stay.add(time)
                last = mark(time, i)
                left -= left > 0
    return stay


def doomed(prefix, suffix, numbers):
    """The keys to delete: the policy is of all, and no key goes that is pinned."""
    groups = {}
    there = [line.split("\t", 2)[2] for line in sys.stdin.buffer.read().decode().split("\0")[:-1]]
    pinned = {key.removesuffix(".pin") for key in there if key.endswith(".pin")}
    for key in there:
        found = when(key, prefix, suffix)
        if found:
            groups.setdefault(found[0], []).append((found[1], key))
    gone = []
    for backups in groups.values():
        stay = kept([time for time, _ in backups], numbers[:6], numbers[6])
        gone += [key for time, key in backups if time not in stay and key not in pinned]
        assert len(gone) < sum(map(len, groups.values()))
    for key in sorted(gone, key=lambda k: k.encode()):
        sys.stdout.buffer.write(key.encode() + b"\0")


if sys.argv[1] == "list":
    listing(int(sys.argv[2]), *sys.argv[3:])
else:
    doomed(sys.argv[2], sys.argv[3], [int(n) for n in sys.argv[4:]])
