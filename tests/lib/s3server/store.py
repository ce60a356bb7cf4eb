"""Buckets, objects and unfinished uploads: metadata in memory, bytes on disk.

    DIR/buckets/BUCKET/NAME.json       one object's metadata
    DIR/buckets/BUCKET/NAME.VERSION.N  its bytes, in N segments (its parts)
    DIR/tmp/                           bodies being received, parts of uploads

NAME is the key in percent form, cut, and a hash of it: safe for any bytes.
An object is never changed in place: a new version has new segments, and the
old ones go when their last reader has ended. Unfinished uploads end with the
server.
"""

import base64
import bisect
import hashlib
import json
import os
import re
import shutil
import threading
import time
from urllib.parse import quote, unquote_to_bytes

from errors import S3Error

# S3's rule, and Ceph's "tenant:" before it.
BUCKET_NAME = re.compile(
    r"([a-z0-9]+:)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
NAME_LENGTH = 120


class Stored:
    """One version of an object."""

    __slots__ = ("key", "size", "etag", "modified", "headers", "segments",
                 "readers", "dead")

    def __init__(self, key, size, etag, headers, segments, modified=None):
        self.key = key
        self.size = size
        self.etag = etag
        self.headers = headers
        self.segments = segments
        self.modified = time.time() if modified is None else modified
        self.readers = 0
        self.dead = False


class Upload:
    """A multipart upload; parts by number as (path, size, md5 in hex)."""

    def __init__(self, key, headers):
        self.key = key
        self.headers = headers
        self.started = time.time()
        # Padding and the two odd characters of base64 keep clients honest.
        self.id = "/+" + base64.b64encode(os.urandom(31)).decode()
        self.parts = {}


class Bucket:
    """The objects of a bucket, with its keys in order."""

    def __init__(self, name, path):
        self.name = name
        self.path = path
        self.created = os.stat(path).st_mtime
        self.objects = {}
        self.keys = []
        self.uploads = {}


class Store:
    """Everything kept; each method is safe to call from any thread."""

    def __init__(self, root):
        self.root = root
        self.lock = threading.RLock()
        self.counter = 0
        self.buckets = {}
        shutil.rmtree(os.path.join(root, "tmp"), ignore_errors=True)
        os.makedirs(os.path.join(root, "tmp"))
        os.makedirs(os.path.join(root, "buckets"), exist_ok=True)
        for name in os.listdir(os.path.join(root, "buckets")):
            self._load(name)

    def _path(self, *names):
        return os.path.join(self.root, *names)

    def _load(self, name):
        """Finds the objects of a bucket again."""
        bucket = Bucket(name, self._path("buckets", name))
        for entry in os.scandir(bucket.path):
            if entry.name.endswith(".json"):
                with open(entry.path, encoding="utf-8") as file:
                    stored = stored_from(json.load(file), bucket.path)
                bucket.objects[stored.key] = stored
        bucket.keys = sorted(bucket.objects)
        self.buckets[name] = bucket

    def unique(self):
        """A number no other caller gets, in this run or another."""
        with self.lock:
            self.counter += 1
            return f"{time.time_ns():x}-{self.counter:x}"

    def new_file(self):
        """A path for a body to be received into."""
        return self._path("tmp", self.unique())

    # Buckets

    def bucket(self, name):
        """The bucket, or NoSuchBucket."""
        with self.lock:
            if name not in self.buckets:
                raise S3Error("NoSuchBucket", BucketName=name)
            return self.buckets[name]

    def create_bucket(self, name):
        """Makes a bucket; that it exists is an error."""
        if not BUCKET_NAME.match(name) or ".." in name:
            raise S3Error("InvalidBucketName", BucketName=name)
        with self.lock:
            if name in self.buckets:
                raise S3Error("BucketAlreadyOwnedByYou", BucketName=name)
            path = self._path("buckets", name)
            os.mkdir(path)
            self.buckets[name] = Bucket(name, path)

    def delete_bucket(self, name):
        """Removes an empty bucket, and its unfinished uploads."""
        with self.lock:
            bucket = self.bucket(name)
            if bucket.objects:
                raise S3Error("BucketNotEmpty", BucketName=name)
            for upload in list(bucket.uploads):
                self.abort(name, upload)
            shutil.rmtree(bucket.path)
            del self.buckets[name]

    # Objects

    def find(self, bucket, key):
        """The object, None where there is none."""
        with self.lock:
            return self.bucket(bucket).objects.get(key)

    def put(self, bucket, key, files, etag, headers, check=None):
        """Makes files of (path, size) the object's new version. `check` is
        called with the version there is, under the lock, and may refuse."""
        with self.lock:
            holder = self.bucket(bucket)
            old = holder.objects.get(key)
            if check:
                check(old)
            base = os.path.join(holder.path, file_name(key))
            version = self.unique()
            segments = []
            for number, (path, size) in enumerate(files):
                segments.append((f"{base}.{version}.{number}", size))
                os.rename(path, segments[-1][0])
            stored = Stored(key, sum(size for _, size in segments), etag,
                            headers, segments)
            self._write_sidecar(base + ".json", stored)
            holder.objects[key] = stored
            if old is None:
                bisect.insort(holder.keys, key)
            else:
                self._release(old)
            return stored

    def _write_sidecar(self, path, stored):
        temporary = self.new_file()
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(json.dumps(sidecar_of(stored)))
        os.rename(temporary, path)

    def delete(self, bucket, key):
        """Removes an object; that there is none is no error."""
        with self.lock:
            holder = self.bucket(bucket)
            old = holder.objects.pop(key, None)
            if old is not None:
                del holder.keys[bisect.bisect_left(holder.keys, key)]
                os.unlink(os.path.join(holder.path, file_name(key) + ".json"))
                self._release(old)

    def _release(self, stored):
        """Removes a version's bytes, now or when its last reader ends."""
        stored.dead = True
        if stored.readers == 0:
            for path, _ in stored.segments:
                os.unlink(path)

    def acquire(self, bucket, key):
        """The object, its bytes kept until `let_go`; None if there is none."""
        with self.lock:
            stored = self.find(bucket, key)
            if stored is not None:
                stored.readers += 1
            return stored

    def let_go(self, stored):
        """Ends a reading."""
        with self.lock:
            stored.readers -= 1
            if stored.dead:
                self._release(stored)

    def touch(self, bucket, key):
        """Replaces an object by other bytes of the same size, for the fault
        of an object that changes while it is read."""
        with self.lock:
            old = self.find(bucket, key)
            if old is None:
                return
            path = self.new_file()
            with open(path, "wb") as file:
                for _ in range(0, old.size, 1 << 20):
                    left = min(1 << 20, old.size - file.tell())
                    file.write(b"changed\n" * (left // 8) + b"!" * (left % 8))
            etag = hashlib.md5(self.unique().encode()).hexdigest()
            self.put(bucket, key, [(path, old.size)], etag, old.headers)

    # Uploads

    def create_upload(self, bucket, key, headers):
        """A new multipart upload."""
        with self.lock:
            upload = Upload(key, headers)
            self.bucket(bucket).uploads[upload.id] = upload
            return upload

    def upload(self, bucket, key, upload_id):
        """The upload, or NoSuchUpload."""
        with self.lock:
            upload = self.bucket(bucket).uploads.get(upload_id)
            if upload is None or upload.key != key:
                raise S3Error("NoSuchUpload", UploadId=upload_id)
            return upload

    def put_part(self, bucket, key, upload_id, number, part):
        """Adds a part (path, size, md5), in place of one of that number."""
        with self.lock:
            upload = self.upload(bucket, key, upload_id)
            old = upload.parts.get(number)
            upload.parts[number] = part
            if old:
                os.unlink(old[0])

    def complete(self, bucket, upload, numbers, etag, check):
        """Makes an object of the parts named; the others go."""
        with self.lock:
            self.upload(bucket, upload.key, upload.id)
            files = [upload.parts[number][:2] for number in numbers]
            stored = self.put(bucket, upload.key, files, etag,
                              upload.headers, check)
            for number in numbers:
                del upload.parts[number]
            self.abort(bucket, upload.id)
            return stored

    def abort(self, bucket, upload_id):
        """Forgets an upload and its parts."""
        with self.lock:
            upload = self.bucket(bucket).uploads.pop(upload_id)
            for path, *_ in upload.parts.values():
                os.unlink(path)


def file_name(key):
    """A file name for any key: readable where it can be, always unique."""
    return (quote(key, safe="")[:NAME_LENGTH] + "-"
            + hashlib.sha256(key).hexdigest()[:24])


def sidecar_of(stored):
    """What of an object is kept beside its bytes."""
    return {"key": quote(stored.key, safe="/"), "size": stored.size,
            "etag": stored.etag, "modified": stored.modified,
            "headers": stored.headers,
            "segments": [[os.path.basename(path), size]
                         for path, size in stored.segments]}


def stored_from(sidecar, directory):
    """An object from its sidecar."""
    segments = [(os.path.join(directory, name), size)
                for name, size in sidecar["segments"]]
    return Stored(unquote_to_bytes(sidecar["key"]), sidecar["size"],
                  sidecar["etag"], sidecar["headers"], segments,
                  sidecar["modified"])
