"""The operations of multipart uploads."""

import hashlib

import checksums
from answer import Answer, iso_time, user_tag, xml_answer
from conditions import parse_range, write_check
from errors import S3Error
from objects import (check_customer_key, check_lock_digest, copy_bytes,
                     copy_source, kept_headers)
from xmltext import child, parse, tag, wrap

MAX_PART = 5 << 30


def create_upload(server, request, _payload):
    """CreateMultipartUpload."""
    headers = kept_headers(request)
    check_customer_key(request, headers, request.tls)
    upload = server.store.create_upload(request.bucket, request.key, headers)
    answer = xml_answer("InitiateMultipartUploadResult",
                        tag("Bucket", request.bucket),
                        tag("Key", request.key), tag("UploadId", upload.id))
    answer.headers.extend(checksums.asked(request))
    return answer


def part_number(server, request):
    """The part's number, within what the server takes."""
    text = request.text("partNumber")
    most = server.max_parts
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise S3Error("InvalidArgument", "Part number must be an integer "
                      f"between 1 and {most}, inclusive",
                      ArgumentName="partNumber", ArgumentValue=text)
    return int(text)


def upload_part(server, request, payload):
    """UploadPart."""
    number = part_number(server, request)
    if payload.size > MAX_PART:
        raise S3Error("EntityTooLarge", ProposedSize=payload.size,
                      MaxSizeAllowed=MAX_PART)
    upload_id = request.text("uploadId")
    upload = server.store.upload(request.bucket, request.key, upload_id)
    check_lock_digest(request, upload.headers)
    check_customer_key(request, upload.headers, request.tls)
    checksums.check_part(request, upload)
    etag = payload.digests["md5"].digest().hex()
    server.store.put_part(request.bucket, request.key, upload_id, number,
                          (payload.path, payload.size, etag))
    payload.path = None
    return Answer(200, [("ETag", f'"{etag}"'), *checksums.sent(request)])


def upload_part_copy(server, request, _payload):
    """UploadPartCopy, of a whole object or a range."""
    number = part_number(server, request)
    source = copy_source(server, request)
    try:
        span = parse_range(request.headers.get("x-amz-copy-source-range"),
                           source.size) or (0, source.size)
        path, etag = copy_bytes(server, source, *span)
    finally:
        server.store.let_go(source)
    server.store.put_part(request.bucket, request.key,
                          request.text("uploadId"), number,
                          (path, span[1], etag))
    return xml_answer("CopyPartResult",
                      tag("LastModified", iso_time(source.modified)),
                      tag("ETag", f'"{etag}"'))


def complete_upload(server, request, payload):
    """CompleteMultipartUpload."""
    upload = server.store.upload(request.bucket, request.key,
                                 request.text("uploadId"))
    named = parse_parts(payload.data)
    check_parts(upload, named, server.min_part)
    checksums.check_whole(request, upload, [number for number, _ in named])
    digests = b"".join(bytes.fromhex(upload.parts[number][2])
                       for number, _ in named)
    etag = f"{hashlib.md5(digests).hexdigest()}-{len(named)}"
    check = write_check(request.headers)
    if request.action.get("ignore_condition"):
        check = None
    server.store.complete(request.bucket, upload,
                          [number for number, _ in named], etag, check)
    host = request.headers.get("host")
    return xml_answer("CompleteMultipartUploadResult",
                      tag("Location", f"http://{host}{request.raw_path}"),
                      tag("Bucket", request.bucket), tag("Key", request.key),
                      tag("ETag", f'"{etag}"'))


def parse_parts(data):
    """The (number, ETag) pairs of a <CompleteMultipartUpload>."""
    try:
        root = parse(data)
        named = [(int(child(node, "PartNumber")),
                  child(node, "ETag").strip().strip('"'))
                 for node in root[2] if node[0] == "Part"]
    except (ValueError, TypeError, AttributeError) as error:
        raise S3Error("MalformedXML") from error
    if root[0] != "CompleteMultipartUpload" or not named:
        raise S3Error("MalformedXML")
    return named


def check_parts(upload, named, min_part):
    """Ascending, all there, and only the last may be small."""
    numbers = [number for number, _ in named]
    if any(later <= sooner for sooner, later in zip(numbers, numbers[1:])):
        raise S3Error("InvalidPartOrder", UploadId=upload.id)
    for number, etag in named:
        if number not in upload.parts or upload.parts[number][2] != etag:
            raise S3Error("InvalidPart", UploadId=upload.id,
                          PartNumber=number, ETag=etag)
    for number, etag in named[:-1]:
        size = upload.parts[number][1]
        if size < min_part:
            raise S3Error("EntityTooSmall", ETag=etag, ProposedSize=size,
                          MinSizeAllowed=min_part, PartNumber=number)


def abort_upload(server, request, _payload):
    """AbortMultipartUpload."""
    with server.store.lock:
        upload = server.store.upload(request.bucket, request.key,
                                     request.text("uploadId"))
        server.store.abort(request.bucket, upload.id)
    return Answer(204)


def list_parts(server, request, _payload):
    """ListParts."""
    upload = server.store.upload(request.bucket, request.key,
                                 request.text("uploadId"))
    limit = request.number("max-parts", 1000, 0, 2**31 - 1)
    marker = request.number("part-number-marker", 0, 0, 2**31 - 1)
    numbers = [number for number in sorted(upload.parts) if number > marker]
    page, truncated = numbers[:limit], 0 < limit < len(numbers)
    return xml_answer(
        "ListPartsResult", tag("Bucket", request.bucket),
        tag("Key", request.key), tag("UploadId", upload.id),
        user_tag("Initiator"), user_tag("Owner"),
        tag("StorageClass", "STANDARD"), tag("PartNumberMarker", marker),
        tag("NextPartNumberMarker", page[-1]) if truncated else "",
        tag("MaxParts", limit), tag("IsTruncated", str(truncated).lower()),
        *(wrap("Part", tag("PartNumber", number),
               tag("LastModified", iso_time(upload.started)),
               tag("ETag", f'"{upload.parts[number][2]}"'),
               tag("Size", upload.parts[number][1])) for number in page))
