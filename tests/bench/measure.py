"""Runs a command once and says what it took."""

import fcntl
import os
import subprocess
import time

PIPE_SIZE = 1031  # F_SETPIPE_SZ


class Failed(Exception):
    """A command that did not exit 0."""


class Sample:
    """Wall and CPU seconds, the CPU seconds of all on the machine meanwhile, and
    the peak of one process's memory in MiB."""

    def __init__(self, wall, cpu, busy, memory):
        self.wall, self.cpu, self.busy, self.memory = wall, cpu, busy, memory


def busy():
    """CPU seconds of the machine since it was started (proc_stat(5))."""
    with open("/proc/stat", encoding="ascii") as lines:
        user, nice, system, _, _, irq, softirq = map(int, lines.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def run(command, source=None, sink=None, environment=None):
    """Runs a command (a list, or a line for bash).

    source: a file that cat feeds it through a pipe (a small one is its stdin,
    or the start of cat would count); sink: a file for what it writes, None to
    let cat read and forget it. CPU is the command's own and
    that of what it waited for, not the cats'. Its memory is that of the
    largest process, by GNU time, which is small itself: a fork of this
    interpreter would count as 20 MiB.
    """
    if isinstance(command, str):
        command = ["bash", "-o", "pipefail", "-c", command]
    peak = os.path.join(os.environ["BENCH_DIR"], "peak")
    feeder = drain = None
    given = subprocess.DEVNULL
    if source and os.path.getsize(source) <= 65536:
        given = open(source, "rb")
    elif source:
        feeder = subprocess.Popen(["cat", source], stdout=subprocess.PIPE)
        fcntl.fcntl(feeder.stdout, PIPE_SIZE, 1 << 20)
        given = feeder.stdout
    if sink:
        out = open(sink, "wb")
    else:
        drain = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL)
        out = drain.stdin
    with open(os.path.join(os.environ["BENCH_DIR"], "errors"), "wb") as errors:
        before, start = busy(), time.monotonic()
        process = subprocess.Popen(
            ["/usr/bin/time", "-q", "-o", peak, "-f", "%M"] + command,
            stdin=given,
            stdout=out, stderr=errors, env=environment)
        if given != subprocess.DEVNULL:
            given.close()
        out.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        wall, all_busy = time.monotonic() - start, busy() - before
    for helper in (feeder, drain):
        if helper:
            helper.wait()
    if status != 0:
        with open(os.path.join(os.environ["BENCH_DIR"], "errors"), "rb") as said:
            raise Failed(f"{command}: status {status}: {said.read()[-500:]!r}")
    with open(peak, encoding="ascii") as text:
        memory = int(text.read().split()[-1]) / 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, all_busy, memory)

