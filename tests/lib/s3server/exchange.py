"""One request and its answer: check, receive, do, send."""

import os
import time

import faults
import listing
import multipart
import objects
from errors import ClientGone, S3Error
from payload import (Payload, PlainBody, check_digests, needed_digests,
                     open_body, read_pieces, unframe)
from request import check_key, locate, name_operation
from sending import linger, reset, send, wait
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
    "GetObjectTagging": objects.get_object_tagging,
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
        request.action = self.server.faults.action(request)
        entry = self.server.log.begin(self)
        answer = None
        try:
            answer = self.early() or self.answer()
            faults.alter(self, answer)
            if request.action.get("reset") == "after":
                reset(self.connection)
            self.server.log.end(entry, self, answer)
            send(self, answer)
            self.afterwards()
        except (ClientGone, OSError):
            self.server.log.cut(entry, self)
            raise
        finally:
            self.release(answer)
        return not self.close

    def now(self):
        """The server's clock, which a fault may put wrong."""
        return time.time() + self.request.action.get("skew", 0)

    def early(self):
        """Faults that strike before the body is read."""
        action = self.request.action
        if "down" in action:
            self.server.go_down(action["down"])
        if action.get("reset") == "before" or "down" in action:
            reset(self.connection)
        if action.get("at") == "request":
            wait(self.connection, action["stall"])
        if action.get("before_body"):
            self.close = True
            return faults.refusal(self)
        return None

    def answer(self):
        """What the request comes to, an error or not. A bad signature is
        told whatever the fault, so that none hides it."""
        request = self.request
        try:
            self.body = open_body(request, self.connection.stream)
            check_key(request.key)
            claim = verify(request, self.server.credentials, self.now())
            self.receive(claim)
            refusal = faults.refusal(self)
            if refusal and not request.action.get("carry_out"):
                return refusal
            operation = OPERATIONS.get(request.op, objects.not_implemented)
            answer = operation(self.server, request, self.payload)
            if refusal:
                self.release(answer)
            return refusal or answer
        except S3Error as error:
            self.drain()
            return faults.make_error(self, error)
        finally:
            objects.close_file(self.payload)

    def afterwards(self):
        """Faults that strike once the answer is sent."""
        action = self.request.action
        if action.get("change_object"):
            self.server.store.touch(self.request.bucket, self.request.key)
        if action.get("before_body"):
            linger(self.connection)

    def release(self, answer):
        """Lets go of the object whose bytes the answer held."""
        if answer is not None and answer.stored is not None:
            self.server.store.let_go(answer.stored)
            answer.stored = None

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
        if request.action.get("reset") == "during" \
                and request.content_length():
            self.break_off()
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
        for _ in read_pieces(self.body):  # the outer framing has an end too
            raise S3Error("IncompleteBody", "More follows the last chunk.")
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

    def break_off(self):
        """Reads half of the body and cuts the connection."""
        for _ in read_pieces(PlainBody(self.connection.stream,
                                       self.request.content_length() // 2)):
            pass
        reset(self.connection)

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
