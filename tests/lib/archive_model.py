"""Random archives of base backups and WAL, and an oracle of what can be recovered
from one, for tests/pipeline/recovery-cleanup.t. It knows nothing of how the
cleanup decides: it tries every way to every place.
"""
import datetime
import random

SEGMENT = 16 << 20
DAY = 86400
NOW = 1_800_000_000


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def segment_name(timeline, number):
    return f"{timeline:08X}{number // 256:08X}{number % 256:08X}"


class Archive:
    """One cluster: timelines as {number: (parent, fork segment)}, WAL as
    {(timeline, segment): time}, base backups with a mark or without."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.system = str(7_000_000_000_000_000_000 + seed)
        self.timelines, self.wal, self.bases = {1: (None, 0)}, {}, []
        self.keys = {}  # key: (size, time)
        self.fork_lsns = {}
        self.clock = NOW - self.random.choice([3, 10, 30, 60]) * DAY
        self.build()

    def chain(self, timeline):
        """[(timeline, first segment, last)], oldest first."""
        parts, end = [], 1 << 40
        while timeline:
            parent, fork = self.timelines[timeline]
            parts.insert(0, (timeline, fork, end))
            timeline, end = parent, fork
        return parts

    def owner(self, timeline, number):
        for part, first, _ in reversed(self.chain(timeline)):
            if first <= number:
                return part

    def build(self):
        r = self.random
        timeline, number = 1, 1
        heads = {1: 1}
        for _ in range(r.randint(5, 60)):
            step = r.random()
            self.clock += r.choice([600, 3600, DAY // 4, DAY])
            if r.random() < 0.03:
                self.clock += 20 * DAY  # idle for long
            self.clock = min(self.clock, NOW - 10)
            if step < 0.2:
                self.base(timeline, number, marked=r.random() < 0.85)
                number += 1
            elif step < 0.27 and number > 2:
                fork = r.randint(max(1, number - 8), number - 1)
                if fork < self.timelines[timeline][1] + 1:
                    continue
                heads[timeline] = number
                new = max(self.timelines) + 1
                self.timelines[new] = (timeline, fork)
                timeline, number = new, fork
            elif step < 0.3 and len(heads) > 1:
                heads[timeline] = number
                timeline = r.choice(list(heads))
                number = heads[timeline]
            else:
                for _ in range(r.randint(1, 4)):
                    if r.random() > 0.02:
                        self.wal.setdefault((timeline, number), self.clock)
                    number += 1
        if r.random() < 0.5:
            self.put(f"wal/{segment_name(timeline, number)}.partial.gz", 100, self.clock)
        self.name()

    def base(self, timeline, number, marked):
        started = self.clock - self.random.choice([60, 3600])
        if any(b["started"] == started for b in self.bases):
            return
        ended = self.clock
        last = number + self.random.choice([0, 0, 1])
        for each in range(number, last + 1):
            self.wal.setdefault((timeline, each), self.clock)
        self.bases.append({"timeline": timeline, "first": number, "last": last, "ended": ended, "started": started, "marked": marked})

    def put(self, key, size, time):
        self.keys[f"{self.system}/{key}"] = (size, time)

    def name(self):
        for (timeline, number), time in self.wal.items():
            self.put(f"wal/{segment_name(timeline, number)}.gz", 1000, time)
        for number in self.timelines:
            if number > 1:
                self.put(f"wal/{number:08X}.history.gz", 50, NOW - 90 * DAY)
        for base in self.bases:
            day = rfc3339(base["started"])
            head = f"base/{day[:10].replace('-', '/')}/cluster_{day[11:19].replace(':', '')}"
            base["id"] = f"{day[:10].replace('-', '/')}/cluster_{day[11:19].replace(':', '')}"
            base["key"] = f"{self.system}/{head}.tar.gz"
            self.put(f"{head}.tar.gz", 5000, base["ended"])
            start, end = base["first"] * SEGMENT + 40, base["last"] * SEGMENT + 256
            if base["marked"]:
                base["mark"] = f"{self.system}/{head}.{base['timeline']:08X}{start:016X}.{base['timeline']:08X}{end:016X}"
                self.keys[base["mark"]] = (200, base["ended"])
        for strange in ("photo.jpg", "base/x", "wal/0000000100000000000000zz.gz", "wal/000000010000000000000001.gz.bak",
                        "base/2026/01/01/cluster_030000.sql.gz", "base/2026/01/01/cluster_250000.tar.gz"):
            self.put(strange, 1, NOW - 300 * DAY)

    def facts(self):
        lines = [f"{self.system} size {SEGMENT}"]
        for number in self.timelines:
            for part, _, last in self.chain(number)[:-1]:
                lines.append(f"{self.system} fork {number} {part} {last * SEGMENT + 20}")
        lines += [f"{self.system} ended {b['id']} {b['ended']}" for b in self.bases if b["marked"]]
        return lines

    # ---- the oracle

    def is_ancestor(self, base, timeline):
        for part, first, last in self.chain(timeline):
            if part == base["timeline"]:
                # A fork is at byte 20 of its segment; a base backup goes from byte 40 to 256.
                return base["first"] >= first and (part == timeline or base["last"] < last)
        return False

    def places(self, keys):
        """{(timeline, segment)} that can be reached with these keys, and {base key}
        that reach their own end."""
        there = {k for k in self.wal if f"{self.system}/wal/{segment_name(*k)}.gz" in keys}
        good = [b for b in self.bases if b["marked"] and b["key"] in keys and b["mark"] in keys]
        reached, whole = set(), set()
        for timeline in self.timelines:
            for base in good:
                if not self.is_ancestor(base, timeline):
                    continue
                number = base["first"]
                while (self.owner(timeline, number), number) in there:
                    if number >= base["last"]:
                        reached.add((timeline, number))
                        whole.add(base["key"])
                    number += 1
        return reached, whole

    def wanted(self, keys, begin):
        """Of what can be reached that which the window is about: on each timeline
        what was stored in it, and the state that it began with."""
        reached, _ = self.places(keys)
        wanted = set()
        for timeline in self.timelines:
            on = sorted(n for t, n in reached if t == timeline)
            time = {n: self.wal[self.owner(timeline, n), n] for n in on}
            wanted |= {(timeline, n) for n in on if time[n] > begin}
            before = [n for n in on if time[n] <= begin]
            left = any(parent == timeline for parent, _ in self.timelines.values())
            written = any(t == timeline and when > begin for (t, _), when in self.wal.items())
            # A timeline that others go on from, and that nothing was written to since,
            # has no state in the window.
            if before and (written or not left):
                wanted.add((timeline, before[-1]))
        return wanted
