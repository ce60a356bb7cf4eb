"""The calls of the matrix: the program that makes each, and what to look at.

A cell has a key of its own. What is put replaces an older object there, so
that "as it was" is more than "not there".
"""

import gzip
import hashlib
import random
import subprocess

PART = 5 << 20
SMALL = b"the new object\n" * 20
LARGE = random.Random(9).randbytes(PART + 1000)
OLD = b"the old object\n"
OBJECT = gzip.compress(random.Random(7).randbytes(150000), 0, mtime=0)
NAMES = ("a", "b", "c")


def etag_of(*parts):
    """The ETag of an object put in one piece, or in parts."""
    digests = [hashlib.md5(part).digest() for part in parts]
    if len(parts) == 1:
        return digests[0].hex()
    return f"{hashlib.md5(b''.join(digests)).hexdigest()}-{len(parts)}"


class Call:
    """One of S3's calls, and the program that is to make it."""

    def __init__(self, ops, arguments, subject, stdin=b"", before=None):
        self.rule = ops if isinstance(ops, dict) else {"op": ops}
        self.arguments = arguments
        self.subject = subject
        self.stdin = stdin
        self.before = before or {"": OLD}

    def command(self, key):
        """The command line."""
        return [word.replace("KEY", key) for word in self.arguments]

    def effect(self, key, out, etags):
        """What came of it, in a word: what stands under the key, how much of
        the object was written, what was listed or is gone."""
        raise NotImplementedError


class Put(Call):
    """s3put: the key has the new object, the old one, or something else."""

    def effect(self, key, out, etags):
        wanted = {etag_of(OLD): "old", etag_of(SMALL): "new", etag_of(LARGE[:PART], LARGE[PART:]): "new"}
        return wanted.get(etags.get(key), "broken")


class Get(Call):
    """s3get: what it wrote is the whole object, its beginning, what gzstream
    finds to be spoilt, or wrong."""

    def effect(self, key, out, etags):
        if out == OBJECT:
            return "whole"
        if OBJECT.startswith(out):
            return "part"
        test = subprocess.run(["gzstream", "-t"], input=out, stderr=subprocess.DEVNULL, check=False)
        return "spoilt" if test.returncode == 1 else "wrong"


class List(Call):
    """s3ls: all keys, none, or something else."""

    def effect(self, key, out, etags):
        lines = "".join(f"{key}{name}\n" for name in NAMES).encode()
        return {lines: "whole", b"": "part"}.get(out, "wrong")


class Delete(Call):
    """s3rm: which keys are gone, and whether those it wrote are."""

    def effect(self, key, out, etags):
        there = {key + name for name in NAMES} & set(etags)
        told = set(out.decode().split())
        if told & there:
            return "lied"
        return {0: "gone", len(NAMES): "kept"}.get(len(there), "some")


MULTIPART = ["s3put", "-j", "1", "-p", "5M"]
CALLS = {
    "put": Put("PutObject", ["s3put", "KEY"], "put KEY", SMALL),
    "create": Put("CreateMultipartUpload", [*MULTIPART, "KEY"], "create upload of KEY", LARGE),
    "part": Put({"op": "UploadPart", "part": 2}, [*MULTIPART, "KEY"], "put part 2 of KEY", LARGE),
    "complete": Put("CompleteMultipartUpload", [*MULTIPART, "KEY"], "complete upload of KEY", LARGE),
    "abort": Put("AbortMultipartUpload", [*MULTIPART, "-c", "/nonexistent", "KEY"], "put KEY: not published",
                 LARGE),
    "get": Get("GetObject", ["s3get", "-p", "64K", "-j", "2", "KEY"], "get KEY", before={"": OBJECT}),
    "list": List(["ListObjectsV2", "ListObjects"], ["s3ls", "KEY"], "list test",
                 before={name: OLD for name in NAMES}),
    "delete": Delete("DeleteObjects", ["s3rm", *("KEY" + name for name in NAMES)], "delete from test",
                     before={name: OLD for name in NAMES}),
}
