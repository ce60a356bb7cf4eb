#!/usr/bin/python3
"""retain against restic itself: the same lists, the same policies, the same verdicts.

restic makes a snapshot for each time of a universe (year ends, leap days, hours
and weeks that meet, gaps), tagged with the lists that hold it, and judges each
list by `forget --dry-run`. S3PIPE_SEED repeats a run; it stands in the output.
S3PIPE_RESTIC names another restic than that on PATH, which in Debian 12 is 0.14:
only since 0.16 does restic keep the oldest while there is count, and know a count
without limit. Of an older one all but these is compared.
"""
import datetime
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import restic  # noqa: E402
from tap import Tap  # noqa: E402

TIMES = 320
LISTS = 240
RULES = ["last", "hourly", "daily", "weekly", "monthly", "yearly"]
WITH_OLDEST = (0, 16)  # restic's pull request #4366
WITH_WORD_OLDEST = (0, 17)  # before, it is called by the rule that has count
# restic, doc/060_forget.rst: a backup every Sunday, `forget --keep-daily 4`.
SUNDAYS = [datetime.datetime(2019, 9, 1, 11) + datetime.timedelta(weeks=i) for i in range(12)]
SUNDAYS_KEPT = SUNDAYS[8:]


def make_universe(rng):
    """Times of every kind, each once."""
    step = datetime.timedelta
    edges = ["1999-12-31", "2000-02-29", "2004-12-27", "2015-12-28", "2020-12-28", "2021-01-04", "2023-12-31",
             "2024-02-29", "2024-12-30", "2026-12-28", "2027-01-01", "2099-12-31"]
    times = set(SUNDAYS)
    while len(times) < TIMES:
        kind = rng.randrange(4)
        if kind == 0:  # around the edge of a bucket
            start = datetime.datetime.fromisoformat(rng.choice(edges))
            times.add(start + step(seconds=rng.choice([-3601, -3600, -2, -1, 0, 1, 3599, 3600, 86399, 86400])))
        elif kind == 1:  # hours of a few days, at any minute
            times.add(datetime.datetime(2023, 12, 30) + step(minutes=rng.randrange(5 * 24 * 60)))
        elif kind == 2:  # days of a year and a half, with a gap
            day = rng.randrange(500)
            times.add(datetime.datetime(2023, 10, 1, rng.randrange(24)) + step(days=day + 60 * (day > 250)))
        else:  # any second of thirty years
            times.add(datetime.datetime(1998, 1, 1) + step(seconds=rng.randrange(30 * 365 * 86400)))
    return sorted(times)


def make_list(rng, universe):
    """A run of neighbours, or a sample of all, or both."""
    times = set()
    size = rng.choice([1, 2, 3, 5, 10, 20, 40, 80])
    if rng.random() < 0.6:
        start = rng.randrange(len(universe))
        times.update(universe[start:start + size])
    if rng.random() < 0.5 or not times:
        times.update(rng.sample(universe, size))
    return sorted(times)


def make_policy(rng):
    policy = {}
    while not any(policy.values()):
        policy = {rule: rng.choice([0, 1, 1, 2, 3, 4, 7, 12, 24, -1]) for rule in RULES if rng.random() < 0.4}
        if rng.random() < 0.3:
            policy["within"] = "".join(f"{rng.randint(1, most)}{unit}" for unit, most in
                                       (("y", 3), ("m", 14), ("d", 40), ("h", 30)) if rng.random() < 0.4)
    return {rule: count for rule, count in policy.items() if count != ""}


def make_case(rng, universe):
    """A policy and a list. What lies in the future restic does not take for the
    newest, from which a span reaches back; we ask no clock."""
    policy, times = make_policy(rng), make_list(rng, universe)
    if "within" in policy:
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=times[0].tzinfo)
        times = [t for t in times if t < now - datetime.timedelta(days=1)] or SUNDAYS
    return policy, times


def options(policy, unlimited):
    return [word for rule, count in policy.items()
            for word in ("--keep-" + rule, str(unlimited if count == -1 else count))]


def retain(policy, times):
    """As restic.Repository.forget answers, with retain's own words for the reasons."""
    keys = {t.strftime("%Y/%m/%d/db_%H%M%S.sql.gz"): t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in times}
    done = subprocess.run([os.path.join(os.environ.get("BUILD", "build"), "retain"), "-v", *options(policy, -1)],
                          input="".join(key + "\n" for key in keys), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True, text=True)
    kept = {}
    for line in done.stderr.splitlines():
        word, key, *reasons = line.split(" ", 2)
        if word == "keep":
            kept[keys[key]] = {reason.split(" ")[0] for reason in reasons[0].split(", ")}
    return {keys[key] for key in done.stdout.splitlines()}, kept


def without_oldest(removed, kept):
    """What the verdict is by all rules but that of the oldest."""
    kept = {t: rules - {"oldest"} for t, rules in kept.items()}
    return removed | {t for t in kept if not kept[t]}, {t: rules for t, rules in kept.items() if rules}


def agree(ours, theirs, version):
    """The same are removed and kept, by the same rules."""
    if version < WITH_OLDEST:
        return without_oldest(*ours) == theirs
    if version >= WITH_WORD_OLDEST or ours[0] != theirs[0]:
        return ours == theirs
    return all(rules == theirs[1][t] or ("oldest" in rules and rules - {"oldest"} < theirs[1][t])
               for t, rules in ours[1].items())


def describe(number, policy, times, ours, theirs):
    lines = [f"list {number}: " + " ".join(options(policy, -1))]
    for t in times:
        stamp = t.strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"{stamp} retain {sorted(ours[1].get(stamp, []))} restic {sorted(theirs[1].get(stamp, []))}")
    return lines


def judge_all(folder, universe, lists):
    """What restic says of each list by its policy."""
    repository = restic.Repository(folder)
    tags = {t: [f"list{i}" for i, (_, times) in enumerate(lists) if t in times] for t in universe}
    repository.backup([(t.isoformat(" "), tags[t]) for t in universe if tags[t]])
    unlimited = "unlimited" if restic.version() >= WITH_OLDEST else 10**6
    return restic.side_by_side(repository.forget, [(f"list{i}", options(policy, unlimited))
                                                   for i, (policy, _) in enumerate(lists)])


def main():
    for tool in (restic.PROGRAM, "openssl"):
        if not shutil.which(tool):
            print(f"1..0 # SKIP retain-restic.t: no {tool} (apt-get install restic openssl)")
            return 0
    seed = int(os.environ.get("S3PIPE_SEED", time.time_ns() % 2**32))
    version = restic.version()
    print(f"# S3PIPE_SEED={seed} restic {version}")
    rng = random.Random(seed)
    universe = make_universe(rng)
    lists = [({"daily": 4}, SUNDAYS)] + [make_case(rng, universe) for _ in range(LISTS)]
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="s3pipe-restic.") as folder:
        judged = judge_all(folder, universe, lists)
    ours = [retain(policy, times) for policy, times in lists]
    tap.ok(set(ours[0][1]) == {t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in SUNDAYS_KEPT},
           "the example of restic's documentation, as it is printed there")
    bad = [i for i in range(len(lists)) if not agree(ours[i], judged[i], version)]
    tap.ok(not bad, f"restic keeps and removes the same of {len(lists)} lists, by the same rules",
           *(line for i in bad[:3] for line in describe(i, *lists[i], ours[i], judged[i])))
    tap.ok(sum(len(removed) for removed, _ in judged) > LISTS, "the policies remove backups, so that this says something")
    tap.ok(sum("oldest" in rules for _, kept in ours for rules in kept.values()) > LISTS / 20,
           "the oldest is kept by the count left in many of them")
    return tap.end()


sys.exit(main())
