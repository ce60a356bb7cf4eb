"""Small jobs, one for each way through a program, and how the outcome is judged."""

import gzip
import hashlib
import re
from urllib.parse import unquote

PART = 5 << 20
SMALL = b"small\n" * 100
LARGE = bytes(range(256)) * (PART // 256) + b"end\n"
ROWS = b"".join(b"%d\tsome row of a table\n" % i for i in range(9000))
KEYS = b"".join(b"2026/11/%02d/db_120000.sql.gz\n" % day for day in range(1, 29))
DAMAGED = "may exist|not confirmed"


class Job:
    """A command, its stdin, the objects before it, and what it is to do."""

    def __init__(self, name, *command, stdin=b"", before=None, after=None, out=b"", pieces=None):
        self.name, self.command, self.stdin = name, command, stdin
        self.before = before or {}
        self.after = self.before if after is None else after
        self.out, self.pieces = out, pieces

    @property
    def program(self):
        """The name of the program under test."""
        return self.command[0]

    def complaints(self, result, objects, uploads):
        """What is wrong with what came of a run; objects are keys and ETags."""
        if result.status not in (0, 1):
            yield f"exit status {result.status}"
        if result.status == 0 and result.out != self.out:
            yield f"status 0, and {len(result.out)} bytes of output, not {len(self.out)}"
        if result.status == 1 and not result.mute and not re.match(rf"{self.program}: \S", result.err):
            yield "status 1 without a word"
        if not self.partly(result.out):
            yield "what was written is wrong"
        yield from self.judge_store(result, objects, uploads)

    def partly(self, out):
        """Whether that is the output, or what of it there may be after a failure."""
        return self.out.startswith(out)

    def judge_store(self, result, objects, uploads):
        """What is wrong with the store."""
        after, before = etags(self.after), etags(self.before)
        if result.status == 0 and objects != after:
            yield f"status 0, and the store holds {sorted(objects)}"
        for key, etag in objects.items():
            if etag not in (after.get(key), before.get(key)):
                yield f"{key} was published wrong"
        if result.status == 1 and objects != before and self.after != self.before and not (
                self.program == "s3rm" or re.search(DAMAGED, result.err)):
            yield f"status 1, and the store holds {sorted(objects)}"
        if uploads and "left behind" not in result.err and "this removes it" not in result.err:
            yield f"{uploads} uploads are left"


class Lines(Job):
    """A job that prints whole lines: after a failure there may be some, and
    for s3rm those are gone."""

    def partly(self, out):
        return set(out.splitlines(True)) <= set(self.out.splitlines(True))

    def judge_store(self, result, objects, uploads):
        yield from super().judge_store(result, objects, uploads)
        if self.program == "s3rm":
            yield from (f"{key} is said to be gone" for key in result.out.decode().split() if key in objects)


class Packed(Job):
    """A job that writes gzip: what comes out is compared once it is read again."""

    def partly(self, out):
        return True

    def complaints(self, result, objects, uploads):
        if result.status == 0:
            try:
                result.out = gzip.decompress(result.out)
            except (OSError, EOFError):
                result.out = b"no gzip"
        yield from super().complaints(result, objects, uploads)


def etags(objects):
    """The ETags that objects have, as the server makes them of one part or two."""
    tags = {}
    for key, data in objects.items():
        parts = [data[i:i + PART] for i in range(0, len(data), PART)]
        digest = hashlib.md5(data).hexdigest()
        if len(parts) > 1:
            digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest() + f"-{len(parts)}"
        tags[key] = f'"{digest}"'
    return tags


def objects_of(listed):
    """Keys and ETags, of what the test server tells."""
    return {unquote(o["key"]): '"' + o["etag"].strip('"') + '"' for o in listed}


def jobs(folder, gzstream):
    """All of them; gzstream makes what it is to read."""
    three = {f"key{i}": SMALL for i in range(3)}
    listing = b"".join(b"%s\n" % key.encode() for key in three)
    big = {"big": SMALL * 800}
    return [
        Job("s3put", "s3put", "k", stdin=SMALL, after={"k": SMALL}),
        Job("s3put, two parts", "s3put", "-p", "5M", "-j", "2", "k", stdin=LARGE, after={"k": LARGE}),
        Job("s3put, a command", "s3put", "k", "cat", f"{folder}/small", after={"k": SMALL}),
        Job("s3get", "s3get", "-j", "2", "-p", "64K", "big", before=big, out=big["big"]),
        Lines("s3ls", "s3ls", before=three, out=listing),
        Lines("s3rm", "s3rm", stdin=listing, before=three, after={}, out=listing),
        Packed("gzstream", "gzstream", "-j", "2", "-s", "64K", stdin=ROWS, out=ROWS),
        Packed("gzstream, a command", "gzstream", "-j", "2", "cat", f"{folder}/small", out=SMALL),
        Job("gzstream -d", "gzstream", "-d", "-j", "2", stdin=gzstream("-s", "64K"), out=ROWS),
        Job("gzstream -d, of gzip", "gzstream", "-d", stdin=gzip.compress(ROWS), out=ROWS),
        Lines("retain", "retain", "-l", "3", stdin=KEYS, out=b"".join(KEYS.splitlines(True)[:-3])),
    ]
