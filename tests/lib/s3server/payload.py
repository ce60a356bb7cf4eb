"""The body of a request: its framings, and every digest it was sent with."""

import base64
import hashlib

import checksums
from errors import ClientGone, S3Error
from signature import EMPTY_SHA256, STREAMING, UNSIGNED, ChunkSigner

PIECE = 1 << 20
LINE_LIMIT = 1 << 16


class PlainBody:
    """A body whose length stands in Content-Length."""

    def __init__(self, stream, length):
        self.stream = stream
        self.left = length

    def readinto(self, view):
        """Fills some of the view; 0 at the end of the body."""
        if self.left == 0:
            return 0
        count = self.stream.readinto1(view[:self.left])
        if count == 0:
            raise ClientGone
        self.left -= count
        return count

    def at_most(self):
        """How many bytes may come."""
        return self.left

    def readline(self):
        """A line of a framing inside this body."""
        line = self.stream.readline(min(LINE_LIMIT, self.left))
        self.left -= len(line)
        return line


class ChunkedBody:
    """A body in HTTP's own chunks (RFC 9112, section 7.1)."""

    def __init__(self, stream):
        self.stream = stream
        self.left = 0
        self.ended = False

    def _next_chunk(self):
        """Reads a chunk's size, and at the end the trailers too."""
        self.left = chunk_size(self.stream.readline(LINE_LIMIT))[0]
        if self.left == 0:
            self.ended = True
            while self.stream.readline(LINE_LIMIT) not in (b"\r\n", b""):
                pass

    def _advance(self, count):
        self.left -= count
        if self.left == 0:
            expect_line_end(self.stream.readline(LINE_LIMIT))

    def readinto(self, view):
        """Fills some of the view; 0 at the end of the body."""
        if self.left == 0 and not self.ended:
            self._next_chunk()
        if self.ended:
            return 0
        count = self.stream.readinto1(view[:self.left])
        if count == 0:
            raise ClientGone
        self._advance(count)
        return count

    def at_most(self):
        """How many bytes may come: nobody knows."""
        return PIECE

    def readline(self):
        """A line of a framing inside this body, which may span chunks."""
        line = b""
        while not line.endswith(b"\n") and len(line) < LINE_LIMIT:
            if self.left == 0 and not self.ended:
                self._next_chunk()
            if self.ended:
                break
            got = self.stream.readline(self.left)
            if not got:
                raise ClientGone
            line += got
            self._advance(len(got))
        return line


class AwsChunkedBody:
    """S3's own framing inside the body: chunks, each with a signature where
    the payload is signed, then trailers."""

    def __init__(self, inner, form, signer):
        self.inner = inner
        self.signer = signer if "HMAC" in form else None
        self.has_trailer = form.endswith("TRAILER")
        self.left = 0
        self.hash = None
        self.signature = None
        self.ended = False
        self.trailers = {}

    def readinto(self, view):
        """Fills some of the view with the decoded bytes; 0 at the end."""
        if self.left == 0 and not self.ended:
            self._next_chunk()
        if self.ended:
            return 0
        count = self.inner.readinto(view[:self.left])
        if count == 0:
            raise S3Error("IncompleteBody")
        self.left -= count
        if self.signer:
            self.hash.update(view[:count])
        if self.left == 0:
            expect_line_end(self.inner.readline())
            self._check_chunk()
        return count

    def at_most(self):
        """How many bytes may come."""
        return self.inner.at_most()

    def _next_chunk(self):
        self.left, self.signature = chunk_size(self.inner.readline())
        self.hash = hashlib.sha256()
        if self.left == 0:
            self.ended = True
            self._check_chunk()
            self._read_trailers()

    def _check_chunk(self):
        if self.signer:
            self.signer.check("PAYLOAD", [EMPTY_SHA256, self.hash.hexdigest()],
                              self.signature)

    def _read_trailers(self):
        signed = b""
        while True:
            line = self.inner.readline().rstrip(b"\r\n")
            if not line:
                break
            name, _, value = line.partition(b":")
            if name == b"x-amz-trailer-signature":
                self.signature = value.decode("latin-1")
                continue
            self.trailers[name.decode("latin-1").lower()] = (
                value.strip().decode("latin-1"))
            signed += line + b"\n"
        if self.signer and self.has_trailer:
            self.signer.check("TRAILER", [hashlib.sha256(signed).hexdigest()],
                              self.signature)


def chunk_size(line):
    """The size in a chunk's first line, and its signature if it has one."""
    size, _, extension = line.decode("latin-1").strip().partition(";")
    try:
        if not size.isalnum():
            raise ValueError
        number = int(size, 16)
    except ValueError as error:
        raise S3Error("IncompleteBody", "A chunk's size is malformed.") \
            from error
    return number, extension.partition("chunk-signature=")[2]


def expect_line_end(line):
    """What must follow a chunk's bytes."""
    if line != b"\r\n":
        raise S3Error("IncompleteBody", "A chunk is longer than it said.")


class Payload:
    """A received body: its size and digests, and its bytes in memory, or in a
    file until an operation takes that over."""

    def __init__(self):
        self.size = 0
        self.data = b""
        self.digests = {}
        self.path = None


def open_body(request, stream):
    """The body as the HTTP head announces it; None where there is none."""
    coding = (request.headers.get("transfer-encoding") or "").lower()
    if coding == "chunked":
        return ChunkedBody(stream)
    if coding:
        raise S3Error("NotImplemented")
    length = request.content_length()
    if length is None:
        return None
    return PlainBody(stream, length)


def unframe(request, body, claim, credentials):
    """The body with S3's own framing taken off, if it has one."""
    if claim.payload not in STREAMING:
        if isinstance(body, ChunkedBody):
            raise S3Error("NotImplemented", Header="Transfer-Encoding")
        return body
    if request.headers.get("x-amz-decoded-content-length") is None:
        raise S3Error("MissingContentLength")
    signer = ChunkSigner(claim, credentials)
    return AwsChunkedBody(body, claim.payload, signer)


def needed_digests(request, claim, for_object):
    """The digests to compute, by name; an object's ETag is its MD5."""
    names = set()
    if for_object or request.headers.get("content-md5") is not None:
        names.add("md5")
    if claim.payload != UNSIGNED and claim.payload not in STREAMING:
        names.add("sha256")
    announced = request.headers.get("x-amz-trailer", "").lower()
    # What Complete says is of the whole object, not of its own body.
    whole = request.method == "POST" and "uploadId" in request.params
    for header, name in checksums.KINDS.items():
        if whole:
            continue
        if request.headers.get(header) is not None or header == announced:
            names.add(name)
    return {name: checksums.new(name) for name in names}


def read_pieces(body):
    """The pieces of a body, each a view that holds until the next."""
    view = memoryview(bytearray(min(PIECE, body.at_most())))
    while True:
        count = body.readinto(view)
        if count == 0:
            return
        yield view[:count]


def check_digests(request, claim, body, payload):
    """What was received against everything that the client said of it."""
    digests = {name: digest.digest()
               for name, digest in payload.digests.items()}
    if "sha256" in digests and claim.payload != digests["sha256"].hex() \
            and claim.payload not in STREAMING and claim.payload != UNSIGNED:
        raise S3Error("XAmzContentSHA256Mismatch",
                      ClientComputedContentSHA256=claim.payload,
                      S3ComputedContentSHA256=digests["sha256"].hex())
    check_decoded_length(request, claim, payload)
    check_md5(request, digests)
    trailers = getattr(body, "trailers", {})
    for header, name in checksums.KINDS.items():
        sent = request.headers.get(header, trailers.get(header))
        if sent is not None and name in digests \
                and sent != base64.b64encode(digests[name]).decode():
            raise S3Error("BadDigest", f"The {name} you specified did not "
                          "match the calculated checksum.")


def check_decoded_length(request, claim, payload):
    """An aws-chunked body has its true length in a header."""
    if claim.payload in STREAMING:
        length = request.headers.get("x-amz-decoded-content-length")
        if length != str(payload.size):
            raise S3Error("IncompleteBody")


def check_md5(request, digests):
    """Content-MD5, where it was sent."""
    sent = request.headers.get("content-md5")
    if sent is None:
        return
    try:
        wanted = base64.b64decode(sent, validate=True)
    except ValueError as error:
        raise S3Error("InvalidDigest") from error
    if len(wanted) != 16:
        raise S3Error("InvalidDigest")
    if wanted != digests["md5"]:
        raise S3Error("BadDigest", ExpectedDigest=sent,
                      CalculatedDigest=base64.b64encode(
                          digests["md5"]).decode())
