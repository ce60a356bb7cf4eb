"""Random kills: see kills.t, which makes the world that this needs."""

import collections
import os
import random
import signal
import statistics
import sys

sys.dont_write_bytecode = True

import world  # noqa: E402
from jobs import Backup, Cleanup, Restore  # noqa: E402
from processes import Hit, Script, strike  # noqa: E402

LOG = os.path.join(os.environ["TMPDIR"], "torture.log")
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]


class Torture:
    """The runs, and what they came to."""

    def __init__(self):
        self.jobs = [Backup(), Restore(), Cleanup()]
        self.seconds = {job.name: [] for job in self.jobs}
        self.counts = collections.Counter()
        for job in self.jobs:
            job.prepare(random.Random(0))
            for complaint in self.ordinary(job):
                sys.exit(f"without a signal, {job.name}: {complaint}")

    def ordinary(self, job):
        """A run that nobody disturbs; it tells how long one takes."""
        script = Script(job.command, job.settings, LOG)
        if script.wait(120):
            self.seconds[job.name].append(script.seconds)
        status = script.finish()
        if status != 0:
            yield f"an ordinary run: status {status}: {script.said()}"
        yield from job.judge(status, struck=False)
        yield from (f"an ordinary run leaves: {what}: {left}" for what, left in world.leftovers().items() if left)

    def run(self, seed):
        """One run; returns what it was and what is wrong after it."""
        rng = random.Random(seed)
        job = rng.choices(self.jobs, [4, 4, 2])[0]
        hit = Hit(rng.choice(SIGNALS), rng.choice(["one", "one", "script", "all"]))
        moment = rng.random() * statistics.median(self.seconds[job.name][-9:])
        job.prepare(rng)
        script = Script(job.command, job.settings, LOG)
        if not script.wait(moment):
            strike(script.process.pid, hit, rng)
        status = script.finish()
        self.count(job, hit, status)
        complaints = list(self.complaints(job, hit, status, script.said()))
        if complaints:
            complaints += script.said().splitlines()
        return f"{job.name}, {hit} after {moment:.3f} s: status {status}", complaints

    def count(self, job, hit, status):
        """Adds a run to the sums."""
        self.counts[f"{job.name} runs"] += 1
        self.counts["too late" if hit.late else f"{hit.signo.name[3:]} to {hit.aim}"] += 1
        self.counts["ended with 0" if status == 0 else "ended otherwise"] += 1

    def complaints(self, job, hit, status, said):
        """What is not as it must be, now and after the next run."""
        if status is None:
            yield "it hangs"
        yield from job.judge(status, struck=True)
        excused = wrong = False
        for what, left in world.leftovers().items():
            if left and hit.leaves(what):
                excused = True
                self.counts[f"after a KILL, left: {what}"] += len(left)
            elif left and what == "upload" and "is left behind" in said:
                # On a busy machine the script's TERM can come so long after
                # the first that s3put takes it for a second one.
                excused = True
                self.counts["by a second signal, left and named: upload"] += len(left)
            elif left:
                wrong = True
                yield f"left: {what}: {left}"
        if wrong:
            world.purge()
        if excused:
            world.abort_uploads()
            world.age()
            yield from self.ordinary(job)


def main():
    """All runs, each a line of TAP, then the sums."""
    runs, first, failed = int(os.environ["TORTURE_RUNS"]), int(os.environ["TORTURE_SEED"]), 0
    torture = Torture()
    print(f"1..{runs}")
    for number, seed in enumerate(range(first, first + runs), 1):
        what, complaints = torture.run(seed)
        failed += bool(complaints)
        print(f"{'not ' if complaints else ''}ok {number} - seed {seed}: {what}", flush=True)
        for line in complaints:
            print(f"# {line}", flush=True)
    for what, number in sorted(torture.counts.items()):
        print(f"# {what}: {number}")
    return int(failed > 0)


sys.exit(main())
