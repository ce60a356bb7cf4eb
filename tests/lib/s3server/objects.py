"""The operations on one object, and the ones on buckets."""

import hashlib
import os
from urllib.parse import unquote_to_bytes

import checksums
from answer import Answer, http_time, iso_time, user_tag, xml_answer
from conditions import check_read, parse_range, write_check
from errors import S3Error
from faults import key_matches
from request import query_pairs
from xmltext import child, parse, tag, wrap

MAX_OBJECT_PUT = 5 << 30
MAX_DELETE = 1000
# Kept with an object and given back by GET and HEAD.
CONTENT_HEADERS = {
    "content-type": "binary/octet-stream", "content-encoding": None,
    "content-language": None, "content-disposition": None,
    "cache-control": None, "expires": None}
RETURNED = ("x-amz-meta-", "x-amz-storage-class", "x-amz-object-lock-",
            "x-amz-website-redirect-location",
            "x-amz-server-side-encryption")
SECRET = ("x-amz-server-side-encryption-customer-key",
          "x-amz-security-token")
SSE_C = "x-amz-server-side-encryption-customer-"


def kept_headers(request):
    """What of a request's headers is kept with the object it makes: all that
    can be told back and, for tests to look at, every other x-amz- header."""
    headers = {}
    for name, default in CONTENT_HEADERS.items():
        value = request.headers.get(name, default)
        if value is not None:
            headers[name] = value
    coding = headers.get("content-encoding", "")
    if "aws-chunked" in coding:
        coding = coding.replace("aws-chunked", "").strip(", ")
        headers["content-encoding"] = coding
        if not coding:
            del headers["content-encoding"]
    for name, value in request.headers.starting("x-amz-").items():
        if name not in SECRET:
            headers[name] = value
    return headers


def object_headers(stored):
    """The headers that describe an object."""
    headers = [("ETag", f'"{stored.etag}"'),
               ("Last-Modified", http_time(stored.modified)),
               ("Accept-Ranges", "bytes")]
    for name, value in stored.headers.items():
        told = name in CONTENT_HEADERS or name.startswith(RETURNED)
        if told and (name, value) != ("x-amz-storage-class", "STANDARD"):
            headers.append((name, value))
    return headers


def check_lock_digest(request, headers):
    """Object lock asks for a digest with every body it protects."""
    locked = any(name.startswith("x-amz-object-lock-") for name in headers)
    digest = (request.headers.get("content-md5")
              or request.headers.starting("x-amz-checksum-")
              or request.headers.get("x-amz-trailer"))
    if locked and not digest:
        raise S3Error("InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP "
                      "header is required for Put Object requests with "
                      "Object Lock parameters")


def check_customer_key(request, headers, tls):
    """The customer's key of SSE-C must be the one the object was made with,
    and never comes over plain HTTP."""
    sent = request.headers.get(SSE_C + "key-md5")
    if sent is not None and not tls:
        raise S3Error("InvalidRequest", "Requests specifying Server Side "
                      "Encryption with Customer provided keys must be made "
                      "over a secure connection.")
    wanted = headers.get(SSE_C + "key-md5")
    if (sent is None) != (wanted is None):
        raise S3Error("InvalidRequest", "The object was stored using a form "
                      "of Server Side Encryption. The correct parameters "
                      "must be provided to retrieve the object.")
    if sent != wanted:
        raise S3Error("AccessDenied")


def put_object(server, request, payload):
    """PutObject."""
    headers = kept_headers(request)
    if payload.size > MAX_OBJECT_PUT:
        raise S3Error("EntityTooLarge", ProposedSize=payload.size,
                      MaxSizeAllowed=MAX_OBJECT_PUT)
    check_lock_digest(request, headers)
    check_customer_key(request, headers, request.tls)
    etag = payload.digests["md5"].digest().hex()
    check = write_check(request.headers)
    if request.action.get("ignore_condition"):
        check = None
    stored = server.store.put(request.bucket, request.key,
                              [(payload.path, payload.size)], etag, headers,
                              check)
    payload.path = None
    return Answer(200, [("ETag", f'"{stored.etag}"'),
                        *checksums.sent(request)])


def get_object(server, request, _payload):
    """GetObject, and HeadObject, whose body the sender leaves out."""
    stored = server.store.acquire(request.bucket, request.key)
    if stored is None:
        raise S3Error("NoSuchKey")
    try:
        return ranged_answer(request, stored)
    except BaseException:
        server.store.let_go(stored)
        raise


def ranged_answer(request, stored):
    """The object, or the range of it that was asked for."""
    check_customer_key(request, stored.headers, request.tls)
    check_read(request.headers, stored)
    headers = object_headers(stored)
    span = None
    if not request.action.get("ignore_range"):
        span = parse_range(request.headers.get("range"), stored.size)
    if span is None:
        headers.extend(checksums.stored(request, stored.headers))
        return Answer(200, headers, stored=stored, length=stored.size)
    start, length = span
    headers.append(("Content-Range",
                    f"bytes {start}-{start + length - 1}/{stored.size}"))
    return Answer(206, headers, stored=stored, start=start, length=length)


def get_object_tagging(server, request, _payload):
    """GetObjectTagging: the tags that x-amz-tagging brought."""
    stored = server.store.find(request.bucket, request.key)
    if stored is None:
        raise S3Error("NoSuchKey")
    tags = query_pairs(stored.headers.get("x-amz-tagging", ""))
    return xml_answer("Tagging", wrap("TagSet", *(
        wrap("Tag", tag("Key", name), tag("Value", value))
        for name, value in tags)))


def delete_object(server, request, _payload):
    """DeleteObject."""
    server.store.delete(request.bucket, request.key)
    return Answer(204)


def copy_source(server, request):
    """The object that x-amz-copy-source names, acquired."""
    source = request.headers.get("x-amz-copy-source").partition("?")[0]
    bucket, _, key = source.lstrip("/").partition("/")
    stored = server.store.acquire(bucket, unquote_to_bytes(key))
    if stored is None:
        raise S3Error("NoSuchKey")
    return stored


def copy_bytes(server, stored, start=0, length=None):
    """A file with a range of an object's bytes, and its MD5."""
    path, digest = server.store.new_file(), hashlib.md5()
    with open(path, "wb") as file:
        for piece in read_stored(stored, start, stored.size
                                 if length is None else length):
            file.write(piece)
            digest.update(piece)
    return path, digest.hexdigest()


def read_stored(stored, start, length):
    """The bytes of a range of an object in pieces of at most 1 MiB."""
    for path, offset, count in pieces_of(stored, start, length):
        with open(path, "rb") as file:
            file.seek(offset)
            while count > 0:
                piece = file.read(min(count, 1 << 20))
                count -= len(piece)
                yield piece


def pieces_of(stored, start, length):
    """The parts of segments that a range covers: (path, offset, count)."""
    position = 0
    for path, size in stored.segments:
        first = max(start, position)
        last = min(start + length, position + size)
        if first < last:
            yield path, first - position, last - first
        position += size


def copy_object(server, request, _payload):
    """CopyObject, with the source's metadata unless told otherwise."""
    source = copy_source(server, request)
    try:
        headers = source.headers
        if request.headers.get("x-amz-metadata-directive") == "REPLACE":
            headers = kept_headers(request)
        path, etag = copy_bytes(server, source)
        stored = server.store.put(request.bucket, request.key,
                                  [(path, source.size)], etag, headers)
    finally:
        server.store.let_go(source)
    return xml_answer("CopyObjectResult",
                      tag("LastModified", iso_time(stored.modified)),
                      tag("ETag", f'"{etag}"'))


def delete_objects(server, request, payload):
    """DeleteObjects."""
    if not (request.headers.get("content-md5")
            or request.headers.starting("x-amz-checksum-")
            or request.headers.get("x-amz-trailer")):
        raise S3Error("InvalidRequest", "Missing required header for this "
                      "request: Content-MD5 OR x-amz-checksum-*")
    keys, quiet = parse_delete(payload.data)
    request.detail = {"keys": len(keys)}
    results = [delete_one(server, request, key, quiet) for key in keys]
    hidden = int(request.action.get("hide_results", 0))
    return xml_answer("DeleteResult", *results[:max(0, len(keys) - hidden)])


def delete_one(server, request, key, quiet):
    """Deletes one of many, or refuses to if a fault says so."""
    for pattern, code in request.action.get("delete_errors", {}).items():
        if key_matches(pattern, key):
            return wrap("Error", tag("Key", key), tag("Code", code),
                        tag("Message", S3Error(code).message))
    server.store.delete(request.bucket, key)
    return "" if quiet else wrap("Deleted", tag("Key", key))


def parse_delete(data):
    """The keys that a <Delete> names, and whether it asks for quiet."""
    try:
        root = parse(data)
        nodes = [node for node in root[2] if node[0] == "Object"]
        keys = [child(node, "Key").encode("utf-8") for node in nodes]
    except (ValueError, AttributeError) as error:
        raise S3Error("MalformedXML") from error
    if root[0] != "Delete" or not 1 <= len(keys) <= MAX_DELETE or b"" in keys:
        raise S3Error("MalformedXML")
    return keys, child(root, "Quiet") == "true"


# Buckets


def list_buckets(server, _request, _payload):
    """ListBuckets."""
    buckets = "".join(
        wrap("Bucket", tag("Name", name),
             tag("CreationDate", iso_time(server.store.buckets[name].created)))
        for name in sorted(server.store.buckets))
    return xml_answer("ListAllMyBucketsResult", user_tag("Owner"),
                      wrap("Buckets", buckets))


def create_bucket(server, request, _payload):
    """CreateBucket."""
    server.store.create_bucket(request.bucket)
    return Answer(200, [("Location", f"/{request.bucket}")])


def delete_bucket(server, request, _payload):
    """DeleteBucket."""
    server.store.delete_bucket(request.bucket)
    return Answer(204)


def head_bucket(server, request, _payload):
    """HeadBucket."""
    server.store.bucket(request.bucket)
    return Answer(200, [("x-amz-bucket-region", server.credentials.region)])


def get_bucket_location(server, request, _payload):
    """GetBucketLocation; us-east-1 is told by an empty element."""
    server.store.bucket(request.bucket)
    region = server.credentials.region
    return xml_answer("LocationConstraint",
                      "" if region == "us-east-1" else region)


def not_implemented(_server, request, _payload):
    """Whatever else S3 has."""
    if request.op == "Unknown":
        raise S3Error("MethodNotAllowed", Method=request.method)
    raise S3Error("NotImplemented")


def close_file(payload):
    """Removes a received body that no operation has taken over."""
    if payload.path is not None:
        os.unlink(payload.path)
        payload.path = None
