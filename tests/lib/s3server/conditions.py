"""Conditional requests and ranges (RFC 9110, sections 13 and 14)."""

import re
from email.utils import mktime_tz, parsedate_tz

from errors import S3Error


def etag_listed(header, etag):
    """Whether an If-Match or If-None-Match names the ETag."""
    return any(item.strip().strip('"') in ("*", etag)
               for item in header.split(","))


def seconds_of(header):
    """An HTTP date as seconds, None if it is none."""
    parsed = parsedate_tz(header) if header else None
    return mktime_tz(parsed) if parsed else None


def check_read(headers, stored):
    """The conditions of a GET or HEAD."""
    modified = int(stored.modified)
    match = headers.get("if-match")
    if match is not None and not etag_listed(match, stored.etag):
        raise S3Error("PreconditionFailed", Condition="If-Match")
    since = seconds_of(headers.get("if-unmodified-since"))
    if match is None and since is not None and modified > since:
        raise S3Error("PreconditionFailed", Condition="If-Unmodified-Since")
    none_match = headers.get("if-none-match")
    since = seconds_of(headers.get("if-modified-since"))
    if none_match is not None:
        unmodified = etag_listed(none_match, stored.etag)
    else:
        unmodified = since is not None and modified <= since
    if unmodified:
        raise S3Error("NotModified", headers=[("ETag", f'"{stored.etag}"')])


def write_check(headers):
    """A function that refuses to replace the version there is (or None)
    where the request's conditions do."""
    def check(stored):
        none_match = headers.get("if-none-match")
        if none_match is not None and stored is not None \
                and etag_listed(none_match, stored.etag):
            raise S3Error("PreconditionFailed", Condition="If-None-Match")
        match = headers.get("if-match")
        if match is not None and stored is None:
            raise S3Error("NoSuchKey")
        if match is not None and not etag_listed(match, stored.etag):
            raise S3Error("PreconditionFailed", Condition="If-Match")
    return check


def parse_range(header, size):
    """(start, length) of a Range; None where it is to be ignored."""
    match = re.match(r"bytes=(\d*)-(\d*)$", header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
        satisfiable = int(last) > 0 and size > 0
    else:
        start = int(first)
        end = min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
        satisfiable = start < size
    if not satisfiable:
        raise S3Error("InvalidRange", RangeRequested=header,
                      ActualObjectSize=size,
                      headers=[("Content-Range", f"bytes */{size}")])
    return start, end - start
