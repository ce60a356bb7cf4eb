"""One request and its answer: check, receive, do, send."""

import os
import time

import listing
import multipart
import objects
from answer import REASONS, error_answer, http_time
from errors import S3Error
from payload import (Payload, check_digests, needed_digests, open_body,
                     read_pieces, unframe)
from request import check_key, locate, name_operation
from signature import verify

MEMORY_LIMIT = 32 << 20
OPERATIONS = {
    "AbortMultipartUpload": multipart.abort_upload,
    "CompleteMultipartUpload": multipart.complete_upload,
    "CopyObject": objects.copy_object,
    "CreateBucket": objects.create_bucket,
    "CreateMultipartUpload": multipart.create_upload,
    "DeleteBucket": objects.delete_bucket,
    "DeleteObject": objects.delete_object,
    "DeleteObjects": objects.delete_objects,
    "GetBucketLocation": objects.get_bucket_location,
    "GetObject": objects.get_object,
    "HeadBucket": objects.head_bucket,
    "HeadObject": objects.get_object,
    "ListBuckets": objects.list_buckets,
    "ListMultipartUploads": listing.list_multipart_uploads,
    "ListObjects": listing.list_objects,
    "ListObjectsV2": listing.list_objects_v2,
    "ListParts": multipart.list_parts,
    "PutObject": objects.put_object,
    "UploadPart": multipart.upload_part,
    "UploadPartCopy": multipart.upload_part_copy,
}
INTO_FILE = {"PutObject", "UploadPart"}


class Exchange:
    """A request on a connection, on its way to an answer."""

    def __init__(self, server, connection, request):
        self.server = server
        self.connection = connection
        self.request = request
        self.id = os.urandom(8).hex().upper()
        self.body = None
        self.payload = Payload()
        self.close = not request.keeps_alive()
        self.waits = (request.headers.get("expect", "").lower()
                      == "100-continue")
        request.tls = connection.tls

    def run(self):
        """Answers the request; says whether the connection stays open."""
        request = self.request
        locate(request, self.server.domains)
        request.op = name_operation(request)
        entry = self.server.log.begin(self)
        answer = self.answer()
        try:
            self.server.log.end(entry, self, answer)
            self.send(answer)
        finally:
            self.release(answer)
        return not self.close

    def now(self):
        """The server's clock."""
        return time.time()

    def answer(self):
        """What the request comes to, an error or not."""
        request = self.request
        try:
            self.body = open_body(request, self.connection.stream)
            check_key(request.key)
            claim = verify(request, self.server.credentials, self.now())
            self.receive(claim)
            operation = OPERATIONS.get(request.op, objects.not_implemented)
            return operation(self.server, request, self.payload)
        except S3Error as error:
            self.drain()
            return error_answer(error, self.id, request.raw_path, request.key)
        finally:
            objects.close_file(self.payload)

    def release(self, answer):
        """Lets go of the object whose bytes the answer held."""
        if answer.stored is not None:
            self.server.store.let_go(answer.stored)

    # Receiving

    def welcome(self):
        """Tells a client that waits for it to send its body."""
        if self.waits:
            self.connection.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waits = False

    def receive(self, claim):
        """Reads the body and checks it against all that was said of it."""
        request = self.request
        into_file = request.op in INTO_FILE
        if self.body is None:
            if into_file:
                raise S3Error("MissingContentLength")
            return
        body = unframe(request, self.body, claim, self.server.credentials)
        if into_file:
            self.server.store.bucket(request.bucket)
        self.welcome()
        payload = self.payload
        payload.digests = needed_digests(request, claim, into_file)
        if into_file:
            payload.path = self.server.store.new_file()
            with open(payload.path, "wb", buffering=0) as file:
                self.read_body(body, file.write)
        else:
            pieces = bytearray()
            self.read_body(body, pieces.extend)
            payload.data = bytes(pieces)
        check_digests(request, claim, body, payload)

    def read_body(self, body, write):
        """Hands each piece of the body on, counted and digested."""
        digests = list(self.payload.digests.values())
        in_memory = self.payload.path is None
        for piece in read_pieces(body):
            for digest in digests:
                digest.update(piece)
            write(piece)
            self.payload.size += len(piece)
            if in_memory and self.payload.size > MEMORY_LIMIT:
                raise S3Error("EntityTooLarge")

    def drain(self):
        """Reads what is left of a refused request, so that the client gets
        to read the answer; one that still waits need not send it."""
        if self.waits or self.body is None:
            self.close = self.close or self.waits
            return
        try:
            for _ in read_pieces(self.body):
                pass
        except S3Error:
            self.close = True

    # Sending

    def head(self, answer):
        """The status line and header fields, as bytes."""
        reason = REASONS.get(answer.status, "Unknown")
        lines = [f"HTTP/1.1 {answer.status} {reason}", "Server: s3server",
                 f"Date: {http_time(self.now())}",
                 f"x-amz-request-id: {self.id}", "x-amz-id-2: s3server"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if has_length(self.request, answer):
            lines.append(f"Content-Length: {answer.length}")
        if self.close:
            lines.append("Connection: close")
        return "\r\n".join(lines + ["", ""]).encode("latin-1", "replace")

    def send(self, answer):
        """Sends the answer whole."""
        head = self.head(answer)
        sock = self.connection.sock
        if self.request.method == "HEAD" or answer.status in (204, 304):
            sock.sendall(head)
        elif answer.stored is None:
            sock.sendall(head + answer.body)
        else:
            sock.sendall(head)
            send_stored(self.connection, answer)


def has_length(request, answer):
    """A 204, a 304 and the answer to a failed HEAD have no length."""
    if answer.status in (204, 304):
        return False
    return request.method != "HEAD" or answer.status < 300


def send_stored(connection, answer):
    """Sends a range of an object from its files, by the kernel where the
    connection is plain."""
    if connection.tls:
        for piece in objects.read_stored(answer.stored, answer.start,
                                         answer.length):
            connection.sock.sendall(piece)
        return
    out = connection.sock.fileno()
    for path, offset, count in objects.pieces_of(answer.stored, answer.start,
                                                 answer.length):
        with open(path, "rb") as file:
            while count > 0:
                sent = os.sendfile(out, file.fileno(), offset, count)
                offset, count = offset + sent, count - sent
