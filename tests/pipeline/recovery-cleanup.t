#!/usr/bin/python3
"""What cleanup.sh deletes of base backups and WAL, as a property over random
archives (PROPERTY_RUNS, 1,000 by default): whatever could be recovered of the
window before it, can be afterwards; every base backup that is kept reaches its
end; keys that are not ours stay. Then cleanup.sh itself, on a store.
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from archive_model import DAY, NOW, Archive, rfc3339  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = os.environ.get("BUILD", str(ROOT / "build"))
FILTER = os.environ.get("WAL_RETENTION", str(ROOT / "scripts/lib/wal_retention.pl"))
RUNS = int(os.environ.get("PROPERTY_RUNS", "1000"))
SEED = int(os.environ.get("SEED", "1"))
tap = Tap()


def listing(keys):
    return b"".join(f"{size}\t{rfc3339(time)}\t{key}\0".encode() for key, (size, time) in sorted(keys.items()))


def judge(keys, facts, window, policy):
    """The keys to delete, and the base backups that the policy keeps."""
    with tempfile.TemporaryDirectory() as work:
        Path(work, "all").write_bytes(listing(keys))
        Path(work, "facts").write_text("".join(f"{line}\n" for line in facts))
        env = dict(os.environ, PREFIX="", SUFFIX="", FACTS=f"{work}/facts")
        bases = subprocess.run(["perl", FILTER, "bases", f"{work}/all"], env=env, stdout=-1, check=True).stdout
        verdicts = subprocess.run([f"{BUILD}/retain", "-0", "-a", *policy], input=bases, stdout=-1, check=True).stdout if bases else b""
        doomed = subprocess.run(["perl", FILTER, "judge", f"{work}/all", str(NOW), str(window), f"{work}/sums"],
                                env=env, input=verdicts, stdout=-1, check=True).stdout
        kept = {r.split("\t", 4)[4] for r in verdicts.decode().split("\0") if r.startswith("keep\t")}
        return set(doomed.decode().split("\0")) - {""}, kept


def one(seed):
    """(what is wrong, how much was deleted)"""
    archive = Archive(seed)
    random = archive.random
    other = {"2026/11/20/shop_030000.sql.gz": (9, NOW), "p/2026/01/01/shop_030000.sql.gz": (9, NOW - 300 * DAY)}
    keys = {**archive.keys, **other}
    window = random.choice([DAY, 7 * DAY, 14 * DAY])
    policy = random.choice([["-l", "1"], ["-l", "2", "-d", "3"], ["-w", "2", "-m", "2"], ["-d", "7", "-w", "4"]])
    doomed, kept = judge(keys, archive.facts(), window, policy)
    left = {k: v for k, v in keys.items() if k not in doomed}
    wrong = []
    if not doomed <= set(keys):
        wrong.append(f"seed {seed}: deletes what is not there")
    marked = [b for b in archive.bases if b["marked"]]
    for key in doomed:
        name = key.split("/", 1)[1]
        ours = key.startswith(archive.system) and any(key == b["key"] or key == b.get("mark") for b in archive.bases)
        if not ours and not (name.startswith("wal/") and (name.endswith(".gz")) and ".history" not in name and "zz" not in name):
            wrong.append(f"seed {seed}: deletes {key}")
    if not marked and doomed:
        wrong.append(f"seed {seed}: no mark, and deletes {min(doomed)}")
    _, whole = archive.places(keys)
    reached, whole_now = archive.places(left)
    for base in marked:
        if base["key"] in kept and base["key"] not in left:
            wrong.append(f"seed {seed}: the policy keeps {base['key']}, which goes")
        if base["key"] in left and base["key"] in whole and base["key"] not in whole_now:
            wrong.append(f"seed {seed}: {base['key']} no longer reaches its end")
        if base["key"] in left and base["mark"] not in left:
            wrong.append(f"seed {seed}: {base['key']} loses its mark")
    for base in archive.bases:
        if not base["marked"] and base["ended"] > NOW - DAY and base["key"] not in left:
            wrong.append(f"seed {seed}: deletes a base backup that is being made")
        if not base["marked"] and marked and base["started"] < NOW - DAY and base["ended"] < NOW - DAY and base["key"] in left:
            wrong.append(f"seed {seed}: leaves a base backup without a mark")
    for timeline, number in sorted(archive.wanted(keys, NOW - window) - reached):
        wrong.append(f"seed {seed}: timeline {timeline}, segment {number} can no longer be reached")
    return wrong, len(doomed)


with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(one, range(SEED, SEED + RUNS)))
tap.none([w for wrong, _ in results for w in wrong],
         f"of {RUNS} random archives all that can be recovered of the window still can")
some = sum(n > 0 for _, n in results)
tap.ok(some > RUNS / 4, "of many random archives something goes, so that this proves something", some)

# ---- what deletes nothing
archive = Archive(3)
tap.none(judge({}, [], DAY, ["-l", "1"])[0], "an empty listing deletes nothing")
unmarked = {k: v for k, v in archive.keys.items() if not any(k == b.get("mark") for b in archive.bases)}
tap.none(judge(unmarked, [], DAY, ["-l", "1"])[0], "an archive without a mark loses nothing")
forked = next(a for a in map(Archive, range(1, 500)) if len(a.timelines) > 2 and any(b["marked"] for b in a.bases))
tap.none(judge(forked.keys, [f for f in forked.facts() if " fork " not in f], DAY, ["-l", "1"])[0],
         "without the histories of its timelines nothing goes")
raise SystemExit(tap.end())
