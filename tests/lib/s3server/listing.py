"""ListObjects, ListObjectsV2 and ListMultipartUploads."""

import base64
import bisect
from urllib.parse import quote_plus

from answer import iso_time, user_tag, xml_answer
from errors import S3Error
from store import Stored
from xmltext import escape, tag, wrap

MAX_KEYS = 1000


class Encoder:
    """How names are written: in percent form where encoding-type=url asks
    for it (a space is `+` there, `/` stays, as AWS does)."""

    def __init__(self, request):
        kind = request.text("encoding-type")
        if kind not in ("", "url"):
            raise S3Error("InvalidArgument",
                          "Invalid Encoding Method specified in Request",
                          ArgumentName="encoding-type", ArgumentValue=kind)
        self.raw = request.action.get("raw_controls", False)
        self.url = kind == "url" and not request.action.get("no_encoding_type")
        self.silent = request.action.get("silent_encoding", False)

    def tag(self, element, name):
        """An element that holds a key, prefix, delimiter or marker."""
        if self.url:
            return tag(element, quote_plus(name, safe="/"))
        return wrap(element, escape(name, self.raw))

    def echo(self):
        """The element that tells the client to decode."""
        return tag("EncodingType", "url") if self.url and not self.silent else ""


class Page:
    """One page: objects and common prefixes in order, at most `limit`."""

    def __init__(self):
        self.items = []  # (name, Stored) or (prefix, None)
        self.truncated = False

    def last(self):
        """The name after which the next page begins."""
        return self.items[-1][0] if self.items else b""


def after_prefix(prefix):
    """The smallest name behind all that begin with the prefix."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else None


def make_page(bucket, prefix, delimiter, after, limit):
    """The page of a bucket's keys behind the name `after`. A common prefix
    not behind it was told before (or is where the client chose to start)."""
    page, keys = Page(), bucket.keys
    index = max(bisect.bisect_left(keys, prefix),
                bisect.bisect_right(keys, after))
    while index < len(keys) and keys[index].startswith(prefix):
        key = keys[index]
        common = common_prefix(key, prefix, delimiter)
        told = common is not None and after.startswith(common)
        if not told:
            if len(page.items) == limit:
                page.truncated = limit > 0
                break
            page.items.append((common or key,
                               None if common else bucket.objects[key]))
        if common is None:
            index += 1
        else:
            behind = after_prefix(common)
            index = (len(keys) if behind is None
                     else bisect.bisect_left(keys, behind, index))
    return page


def endless_page(prefix, after, limit):
    """A page of keys that nobody has put, with another page behind it."""
    page = Page()
    first = int(after[len(prefix):] or 0) + 1
    for number in range(first, first + limit):
        key = prefix + b"%012d" % number
        page.items.append((key, Stored(key, number, "0" * 32, {}, [], 0)))
    page.truncated = True
    return page


def circle(request, after):
    """The place of the next page in a circle of as many as a fault says."""
    return b"%d" % ((int(after or 0) + 1) % request.action["repeat_token"])


def objects_page(server, request, after, limit):
    """The page that a listing asks for, or the one a fault gives it."""
    prefix = request.params.get("prefix", b"")
    if request.action.get("endless") is True:
        return endless_page(prefix, after, limit)
    start = b"" if request.action.get("repeat_token") else after
    with server.store.lock:
        page = make_page(server.store.bucket(request.bucket), prefix,
                         request.params.get("delimiter", b""), start, limit)
    if request.action.get("repeat_token"):
        page.truncated = True
    return page


def next_token(request, page, after):
    """The token of the next page; a fault gives the same again."""
    if request.action.get("repeat_token"):
        return token_of(circle(request, after))
    return token_of(page.last())


def common_prefix(key, prefix, delimiter):
    """What a key is rolled up into, None if it stands for itself."""
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[:at + len(delimiter)]


def contents(page, encoder, owner):
    """The page's objects as XML."""
    return "".join(
        wrap("Contents", encoder.tag("Key", name),
             tag("LastModified", iso_time(stored.modified)),
             tag("ETag", f'"{stored.etag}"'), tag("Size", stored.size),
             owner, tag("StorageClass", stored.headers.get(
                 "x-amz-storage-class", "STANDARD")))
        for name, stored in page.items if stored)


def common_prefixes(page, encoder):
    """The page's common prefixes as XML."""
    return "".join(wrap("CommonPrefixes", encoder.tag("Prefix", name))
                   for name, stored in page.items if stored is None)


def page_limit(request, name):
    """max-keys or max-uploads: never more than 1,000."""
    return min(MAX_KEYS, request.number(name, MAX_KEYS, 0, 2**31 - 1))


def token_of(name):
    """An opaque continuation token, with the odd characters of base64."""
    return base64.b64encode(b"\xfb\xff" + name).decode()


def name_of(token):
    """The name in a continuation token."""
    try:
        name = base64.b64decode(token, validate=True)
        if not name.startswith(b"\xfb\xff"):
            raise ValueError
    except ValueError as error:
        raise S3Error("InvalidArgument", "The continuation token provided is "
                      "incorrect", ArgumentName="continuation-token") \
            from error
    return name[2:]


def list_objects_v2(server, request, _payload):
    """ListObjectsV2."""
    encoder = Encoder(request)
    prefix = request.params.get("prefix", b"")
    delimiter = request.params.get("delimiter", b"")
    start_after = request.params.get("start-after", b"")
    token = request.params.get("continuation-token")
    after = start_after if token is None else name_of(token)
    limit = page_limit(request, "max-keys")
    page = objects_page(server, request, after, limit)
    owner = ""
    if request.text("fetch-owner") == "true":
        owner = user_tag("Owner")
    return xml_answer(
        "ListBucketResult", tag("Name", request.bucket),
        encoder.tag("Prefix", prefix), tag("KeyCount", len(page.items)),
        tag("MaxKeys", limit), encoder.echo(),
        encoder.tag("Delimiter", delimiter) if delimiter else "",
        encoder.tag("StartAfter", start_after) if start_after else "",
        tag("IsTruncated", str(page.truncated).lower()),
        tag("ContinuationToken", token) if token is not None else "",
        tag("NextContinuationToken", next_token(request, page, after))
        if page.truncated else "",
        contents(page, encoder, owner), common_prefixes(page, encoder))


def list_objects(server, request, _payload):
    """ListObjects, the first version."""
    encoder = Encoder(request)
    prefix = request.params.get("prefix", b"")
    delimiter = request.params.get("delimiter", b"")
    marker = request.params.get("marker", b"")
    limit = page_limit(request, "max-keys")
    page = objects_page(server, request, marker, limit)
    next_marker = ""
    if page.truncated and delimiter:  # without, the last key is the marker
        next_marker = encoder.tag("NextMarker", page.last())
    return xml_answer(
        "ListBucketResult", tag("Name", request.bucket),
        encoder.tag("Prefix", prefix), encoder.tag("Marker", marker),
        next_marker, tag("MaxKeys", limit), encoder.echo(),
        encoder.tag("Delimiter", delimiter) if delimiter else "",
        tag("IsTruncated", str(page.truncated).lower()),
        contents(page, encoder, user_tag("Owner")),
        common_prefixes(page, encoder))


def list_multipart_uploads(server, request, _payload):
    """ListMultipartUploads, by key and upload id."""
    if "delimiter" in request.params:
        raise S3Error("NotImplemented")
    encoder = Encoder(request)
    marker = request.params.get("key-marker", b"")
    id_marker = request.text("upload-id-marker")
    limit = page_limit(request, "max-uploads")
    found = find_uploads(server, request, marker, id_marker)
    page, truncated = found[:limit], 0 < limit < len(found)
    if request.action.get("repeat_token") and page:
        truncated = True
    following = ""
    if truncated:
        following = (encoder.tag("NextKeyMarker", page[-1][0])
                     + tag("NextUploadIdMarker", page[-1][1]))
    return xml_answer(
        "ListMultipartUploadsResult", tag("Bucket", request.bucket),
        encoder.tag("KeyMarker", marker), tag("UploadIdMarker", id_marker),
        following, encoder.tag("Prefix", request.params.get("prefix", b"")),
        encoder.echo(), tag("MaxUploads", limit),
        tag("IsTruncated", str(truncated).lower()),
        *(upload_xml(encoder, *upload) for upload in page))


def find_uploads(server, request, marker, id_marker):
    """The (key, id, start) of all uploads behind the markers, sorted."""
    prefix = request.params.get("prefix", b"")
    if request.action.get("endless") is True:
        page = endless_page(prefix, marker, MAX_KEYS + 1)
        return [(key, "endless", 0) for key, _ in page.items]
    if request.action.get("repeat_token"):
        marker = id_marker = b""
    with server.store.lock:
        uploads = server.store.bucket(request.bucket).uploads.values()
        found = sorted((upload.key, upload.id, upload.started)
                       for upload in uploads if upload.key.startswith(prefix)
                       and is_behind(upload, marker, id_marker))
    return found


def is_behind(upload, marker, id_marker):
    """Whether an upload comes after the markers; an upload-id-marker counts
    only together with a key-marker."""
    if not marker:
        return True
    if upload.key == marker and id_marker:
        return upload.id > id_marker
    return upload.key > marker


def upload_xml(encoder, key, upload_id, started):
    """One <Upload>."""
    return wrap("Upload", encoder.tag("Key", key), tag("UploadId", upload_id),
                user_tag("Initiator"), user_tag("Owner"),
                tag("StorageClass", "STANDARD"),
                tag("Initiated", iso_time(started)))
