"""Runs one cell of the matrix against a server of its own, and judges it."""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import time
from urllib.parse import unquote, urlsplit

from calls import CALLS
from faults import CERTIFICATES, TIMES, action_of

SECONDS = 40        # a hang, on a machine however busy
MEMORY = 64 << 10   # KiB: what s3put, the largest, is documented to take
TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Server:
    """A test server, or anything else that listens, in a folder."""

    def __init__(self, folder, *options):
        os.makedirs(folder)
        ready = os.path.join(folder, "url")
        with open(os.path.join(folder, "err"), "wb") as errors:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-EB", f"{TESTS}/lib/s3server", "--parent-pid", str(os.getpid()), "--bucket",
                 "test", "--dir", f"{folder}/store", "--ready-file", ready, *options],
                stdout=subprocess.DEVNULL, stderr=errors)
        for _ in range(400):
            if os.path.exists(ready):
                break
            time.sleep(0.05)
        with open(ready, encoding="utf-8") as file:
            self.url = file.read().strip()

    def control(self, method, name, data=None):
        """Talks to the server about itself; waits for one that is down."""
        place = urlsplit(self.url)
        for _ in range(400):
            try:
                if place.scheme == "https":
                    link = http.client.HTTPSConnection(place.netloc, context=TRUSTING)
                else:
                    link = http.client.HTTPConnection(place.netloc)
                link.request(method, "/_test/" + name, data and json.dumps(data))
                return json.loads(link.getresponse().read())
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        raise OSError(f"{self.url} does not come back")

    def stop(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait()


class Result:
    """What a program did."""

    def __init__(self, process, out, err, seconds, memory):
        self.status, self.out, self.seconds, self.memory = process.returncode, out, seconds, memory
        self.err = err.decode("utf-8", "replace")


def run(command, stdin, environment, folder):
    """Runs a program, through GNU time: a fork of this interpreter would count
    its own memory."""
    peak, start = os.path.join(folder, "peak"), time.monotonic()
    process = subprocess.Popen(["/usr/bin/time", "-q", "-o", peak, "-f", "%M", *command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                               start_new_session=True)
    try:
        out, err = process.communicate(stdin, SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        err += b"(hangs)"
    seconds = time.monotonic() - start
    with open(peak, encoding="utf-8") as file:
        memory = int(file.read().split()[-1] or 0) if os.path.getsize(peak) else 0
    return Result(process, out, err, seconds, memory)


def settings(server, ca, tries):
    """The environment of a program."""
    return {**os.environ, "S3_ENDPOINT": server.url, "S3_BUCKET": "test", "S3_ACCESS_KEY": "test",
            "S3_SECRET_KEY": "testsecret", "S3_REGION": "us-east-1", "S3_TIMEOUT": "2", "S3_RETRIES": str(tries),
            "S3_CA_FILE": ca, "no_proxy": "*"}


class Cell:
    """A fault in a call, so many times."""

    def __init__(self, name, fault, count, outcome):
        self.name, self.fault, self.count, self.outcome = name, fault, count, outcome
        self.call = CALLS[name]
        self.key = f"{name}/{fault.replace(' ', '-')}/{count.replace(' ', '-')}/"

    def __str__(self):
        return f"{self.name}, {self.fault}, {self.count}"

    def strike(self, server, folder, ca):
        """Lets the fault strike the program; returns what is wrong with what
        came of that, as a list."""
        environment = settings(server, ca, tries=2 if self.count == "for ever" else 3)
        if self.fault not in CERTIFICATES:
            server.control("DELETE", "objects")
            for name, data in self.call.before.items():
                run(["s3put", self.key + name], data, environment, folder)
            server.control("POST", "faults", {
                **self.call.rule, "times": TIMES[self.count],
                "action": action_of(self.fault, self.name)})
        result = run(self.call.command(self.key), self.call.stdin, environment, folder)
        return list(self.complaints(server, result))

    def complaints(self, server, result):
        """What is not as it was to be."""
        wanted = self.outcome
        if result.status != wanted.status:
            yield f"exit status {result.status}, not {wanted.status}"
        yield from self.judge_words(result.err)
        if self.fault not in CERTIFICATES:
            yield from self.judge_store(server, result)
        elif result.out:
            yield "it has written something"
        if result.memory > MEMORY:
            yield f"{result.memory} KiB of memory"

    def judge_words(self, err):
        """One line that names what was tried, on what; more only where
        something is left."""
        wanted = self.outcome
        lines = err.splitlines()
        subject = re.escape((wanted.subject or self.call.subject).replace("KEY", self.key))
        if len(lines) != wanted.lines + (wanted.status != 0):
            yield f"{len(lines)} lines on stderr"
        for line in lines[:wanted.lines]:
            if not re.search(wanted.told, line):
                yield f"stderr: {line!r}, not /{wanted.told}/"
        if wanted.status != 0 and not (lines and re.match(
                rf"{self.call.arguments[0]}: (not confirmed; may exist: )?{subject}.*({wanted.says})", lines[-1])):
            yield f"stderr: {err!r}, not /{subject}.*({wanted.says})/"

    def judge_store(self, server, result):
        """What stands in the store afterwards."""
        wanted = self.outcome
        etags = {unquote(o["key"]): o["etag"] for o in server.control("GET", "objects")}
        left = len(server.control("GET", "uploads"))
        server.control("DELETE", "faults")
        effect = self.call.effect(self.key, result.out, etags)
        if effect != wanted.effect:
            yield f"effect: {effect}, not {wanted.effect}"
        if left != wanted.left:
            yield f"{left} uploads are left, not {wanted.left}"
