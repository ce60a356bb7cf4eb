"""The processes of a script, all that are of its session, and how to strike them."""

import os
import signal
import subprocess
import time

GONE_SECONDS = 120  # a hang, on a machine however busy


def members(session):
    """Those of the session that live: a list of (pid, name), the oldest first."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                head, _, tail = file.read().rpartition(") ")
        except OSError:
            continue
        fields = tail.split()
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append((int(entry), head.partition("(")[2]))
    return sorted(found)


class Hit:
    """What was struck."""

    def __init__(self, signo, aim):
        self.signo, self.aim, self.victims, self.script = signo, aim, [], False

    def __str__(self):
        whom = ", ".join(self.victims) or "nobody, too late"
        return f"{self.signo.name[3:]} to {self.aim} ({whom})"

    @property
    def late(self):
        """Whether the script had ended by itself."""
        return not self.victims

    def leaves(self, what):
        """Whether a KILL excuses that this is left: "upload", or what a script
        makes for itself and removes."""
        if self.signo != signal.SIGKILL:
            return False
        return "s3put" in self.victims if what == "upload" else self.script or "rm" in self.victims


def strike(session, hit, rng):
    """Sends the signal to the script, to one of its processes or to all."""
    living = members(session)
    if hit.aim == "one" and living:
        living = [rng.choice(living)]
    elif hit.aim == "script":
        living = [member for member in living if member[0] == session]
    for pid, name in living:
        try:
            os.kill(pid, hit.signo)
        except ProcessLookupError:
            continue
        hit.victims.append(name)
        hit.script = hit.script or pid == session


class Script:
    """A script under way, in a session of its own."""

    def __init__(self, command, settings, log):
        self.start, self.seconds, self.log = time.monotonic(), None, log
        with open(log, "wb") as err:
            # Whoever started us may have had INT ignored.
            self.process = subprocess.Popen(
                ["env", "--default-signal=INT,QUIT,HUP", *command], env={**os.environ, **settings},
                stdin=subprocess.DEVNULL, stdout=err, stderr=err, start_new_session=True)

    def wait(self, seconds=None):
        """Returns whether it has ended, within that time."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self.seconds = time.monotonic() - self.start
        return True

    def finish(self):
        """Waits for the script and all it started; returns its exit status,
        or None where something hangs, which is then ended."""
        end = time.monotonic() + GONE_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None and not members(self.process.pid):
                return self.process.returncode
            time.sleep(0.02)
        for pid, _ in members(self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return None

    def said(self):
        """What it has logged."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()
