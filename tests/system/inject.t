#!/usr/bin/env python3
"""Each call to the system fails once: one line of TAP a job and call.

    tests/system/inject.t [WORD...]    only those whose name has one of the words

Against the programs in $BUILD, with build/tools/inject.so in them. Of calls
that are many the first are tried and a spread of the others; INJECT=all tries
every one. The child's own children are left alone.
"""

import errno
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, f"{ROOT}/tests/fault"]

from cell import Server, settings  # noqa: E402
from jobs import ROWS, SMALL, jobs, objects_of  # noqa: E402

BUILD = os.environ.get("BUILD", f"{ROOT}/build")
os.environ["PATH"] = f"{BUILD}:{os.environ['PATH']}"
WORKERS, SECONDS, FIRST, SPREAD = 6, 60, 25, 15
ALL = os.environ.get("INJECT") == "all"
ERRORS = {
    "malloc": ["ENOMEM"], "calloc": ["ENOMEM"], "realloc": ["ENOMEM"], "read": ["EIO", "EINTR"],
    "write": ["EIO", "ENOSPC", "EINTR"], "close": ["EIO"], "open": ["EMFILE"], "fopen": ["EMFILE"], "fstat": ["EIO"],
    "fcntl": ["EINVAL"], "pipe": ["EMFILE"], "poll": ["EINTR", "ENOMEM"], "socket": ["EMFILE"],
    "connect": ["ECONNREFUSED"], "send": ["EPIPE", "EAGAIN", "EINTR"], "recv": ["ECONNRESET", "EAGAIN", "EINTR"],
    "sigaction": ["EINVAL"], "fwrite": ["ENOSPC"], "fflush": ["ENOSPC"], "fclose": ["ENOSPC"],
    "pthread_create": ["EAGAIN"], "posix_spawnp": ["ENOMEM"], "waitpid": ["EINTR", "ECHILD"], "waitid": ["EINTR"]}

# From 3.4 on libcrypto waits for itself where one of the first allocations of its initialisation fails
# (OPENSSL_init_crypto, then ERR_new, then OPENSSL_init_crypto again): nothing of s3pipe runs then.
LIBCRYPTO = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout.split()[1:2]
LIBCRYPTO_WAITS = bool(LIBCRYPTO) and tuple(map(int, LIBCRYPTO[0].split(".")[:2])) >= (3, 4)


def excused(job, call, number, result):
    """Whether a hang is libcrypto's own."""
    return (LIBCRYPTO_WAITS and job.program.startswith("s3") and call == "malloc" and number < 20
            and result.status == "none: it hangs")


class Result:
    """What a program did."""

    def __init__(self, status, out, err, mute):
        self.status, self.out, self.err, self.mute = status, out, err.decode("utf-8", "replace"), mute


def chosen(count):
    """Which of so many calls are to fail."""
    numbers = range(1, count + 1)
    if ALL or count <= FIRST + SPREAD:
        return list(numbers)
    return [*numbers[:FIRST], *numbers[FIRST::(count - FIRST) // SPREAD]]


class Injector:
    """Runs jobs, one call of which fails."""

    def __init__(self, folder):
        self.folder, self.lock, self.count, self.failed, self.struck = folder, threading.Lock(), 0, 0, 0
        with open(f"{folder}/small", "wb") as file:
            file.write(SMALL)

    def run(self, job, server, place, **injected):
        """Runs a job once, in its world."""
        if job.program.startswith("s3"):
            server.control("DELETE", "objects")
            for key, data in job.before.items():
                subprocess.run(["s3put", "-q", key], input=data, env=settings(server, "", 5), check=True)
        environment = {**settings(server, "", 2), "GZSTREAM_TAIL": f"{place}/tail", "INJECT_PROGRAM": job.program,
                       "LD_PRELOAD": f"{BUILD}/tools/inject.so", "INJECT_COUNTS": f"{place}/counts",
                       "INJECT_STRUCK": f"{place}/struck", **injected}
        environment.pop("S3_CA_FILE")
        process = subprocess.Popen([shutil.which(job.program), *job.command[1:]], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        try:
            out, err = process.communicate(job.stdin, SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Result("none: it hangs", b"", b"", False)
        # It may be the message that cannot be written.
        return Result(process.returncode, out, err, injected.get("INJECT_CALL") == "write" and not err)

    def judge(self, job, server, result, place):
        """What is wrong after it."""
        if not job.program.startswith("s3"):
            return [*job.complaints(result, {}, 0), *self.judge_tail(job, result, place)]
        return list(job.complaints(result, objects_of(server.control("GET", "objects")),
                                   len(server.control("GET", "uploads"))))

    @staticmethod
    def judge_tail(job, result, place):
        """What is wrong with the file that gzstream leaves behind."""
        if job.program == "gzstream" and result.status == 0:
            with open(f"{place}/tail", "rb") as file:
                tail = file.read()
            if not tail or not job.out.endswith(tail):
                yield "status 0, and another tail"

    def counts(self, job, server, place):
        """How often it makes each call."""
        result = self.run(job, server, place)
        complaints = self.judge(job, server, result, place)
        if result.status != 0 or complaints:
            raise RuntimeError(f"{job.name}, undisturbed: {complaints} {result.status} {result.err}")
        with open(f"{place}/counts", encoding="ascii") as file:
            return {name: int(number) for name, number in (line.split() for line in file)}

    def strike(self, job, call, count, server, place):
        """Lets each call of that name fail in turn; returns how many did, and
        the complaints."""
        struck, complaints = 0, []
        for name in ERRORS[call]:
            for number in chosen(count):
                for old in ("struck", "tail"):
                    if os.path.exists(f"{place}/{old}"):
                        os.unlink(f"{place}/{old}")
                result = self.run(job, server, place, INJECT_CALL=call, INJECT_NTH=str(number),
                                  INJECT_ERRNO=str(getattr(errno, name)))
                struck += os.path.exists(f"{place}/struck")
                if excused(job, call, number, result):
                    continue
                complaints += [f"number {number}, {name}: {text}: {result.err.strip()!r}"
                               for text in self.judge(job, server, result, place)]
        return struck, complaints

    def work(self, number, tasks):
        """One worker: task after task, with a server of its own."""
        place = f"{self.folder}/{number}"
        server = Server(place)
        try:
            while True:
                job, call, count = tasks.get_nowait()
                self.tell(f"{job.name}: {call}", count, *self.strike(job, call, count, server, place))
        except queue.Empty:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.tell(f"worker {number}", 0, 0, [repr(error)])
        finally:
            server.stop()

    def tell(self, name, count, struck, complaints):
        """A line of TAP."""
        with self.lock:
            self.count += 1
            self.struck += struck
            self.failed += bool(complaints)
            print(f"{'not ' if complaints else ''}ok {self.count} - {name}: {struck} failures, of {count} calls",
                  flush=True)
            for complaint in complaints[:20]:
                print(f"# {complaint}", flush=True)


def main():
    """All jobs, all calls."""
    folder = tempfile.mkdtemp(prefix="s3pipe-inject.")
    try:
        injector, tasks = Injector(folder), queue.Queue()
        server = Server(f"{folder}/count")

        def packed(*options):
            return subprocess.run(["gzstream", *options], input=ROWS, stdout=subprocess.PIPE, check=True).stdout

        try:
            todo = [(job, call, count) for job in jobs(folder, packed)
                    for call, count in injector.counts(job, server, f"{folder}/count").items() if count > 0]
        finally:
            server.stop()
        words = sys.argv[1:]
        for job, call, count in todo:
            if not words or any(word in f"{job.name}: {call}" for word in words):
                tasks.put((job, call, count))
        workers = [threading.Thread(target=injector.work, args=(number, tasks)) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"# {injector.struck} calls have failed")
        print(f"1..{injector.count}")
        return int(injector.failed > 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


sys.exit(main())
