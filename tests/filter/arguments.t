#!/usr/bin/python3 -EB
"""Random command lines: each program answers any of them by one of its exit
statuses, in a moment, and says why on stderr. ARGUMENTS_SEED repeats a run,
ARGUMENTS_RUNS makes it longer."""

import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Tap  # noqa: E402

SEED = int(os.environ.get("ARGUMENTS_SEED", random.randrange(1 << 30)))
RUNS = int(os.environ.get("ARGUMENTS_RUNS", 60))
OPTIONS = {"s3put": "nqvb:c:H:j:m:p:t:", "s3get": "qvb:j:p:", "s3ls": "0lJub:d:", "s3rm": "0nquvb:j:",
           "gzstream": "dtv123456789j:s:", "retain": "0kvl:H:d:w:m:y:M:",
           "pgapply": "cnOvxj:N:t:T:"}
LONGS = ["--help", "--version", "--quiet", "--verbose", "--jobs=2", "--jobs", "--no-such", "--bucket", "--", "-"]
VALUES = ["", "0", "1", "-1", "2", "64", "65", "8M", "64K", "5G", "6T", "1e9", "99999999999999999999", "x", "a=b",
          "A: b", "a:b\nc", "/", "%", "\u00fc", "\x1b[2J", "test", "../..", "x" * 1100, "true", "no-such-program"]
STATUSES = {0, 1, 2, 3, 4}


def command_line(rng, program):
    words = [program]
    for _ in range(rng.randrange(5)):
        kind = rng.randrange(5)
        if kind == 0:
            words.append(rng.choice(LONGS))
        elif kind == 1:
            words.append(rng.choice(VALUES))
        else:
            letter = rng.choice(OPTIONS[program].replace(":", "") + "zZ?")
            words.append("-" + letter)
            if letter + ":" in OPTIONS[program] and rng.random() < 0.9:
                words.append(rng.choice(VALUES))
    return words


def problem(words, environment, directory):
    try:
        done = subprocess.run(words, input=b"2026/11/22/a_120000.sql.gz\n", capture_output=True, timeout=60,
                              env=environment, cwd=directory, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode not in STATUSES:
        return f"status {done.returncode}"
    if done.returncode != 0 and not done.stderr:
        return f"status {done.returncode} without a word"
    if b"\x1b" in done.stderr:
        return "an escape on stderr"
    return ""


def main():
    rng, tap = random.Random(SEED), Tap()
    print(f"# ARGUMENTS_SEED={SEED}")
    with tempfile.TemporaryDirectory() as directory:
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "S3_ENDPOINT": "http://127.0.0.1:9",
                       "S3_BUCKET": "test", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", "S3_RETRIES": "1",
                       "S3_CONNECT_TIMEOUT": "1", "LC_ALL": "C.UTF-8"}
        for program in OPTIONS:
            wrong = []
            for _ in range(RUNS):
                words = command_line(rng, program)
                why = problem(words, environment, directory)
                if why:
                    wrong.append(f"{why}: {words!r}")
            tap.none((line[:400] for line in wrong), f"{program} answers {RUNS} random command lines")
    return tap.end()


sys.exit(main())
