"""The control interface at /_test/ and the log of requests behind it."""

import json
import re
import threading
import time
from urllib.parse import quote

from answer import iso_time
from payload import open_body, read_pieces

CUT = ("x-amz-security-token", "x-amz-server-side-encryption-customer-key")


class Log:
    """Every request seen, as dicts ready for JSON; also to a file."""

    def __init__(self, path):
        self.entries = []
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8") if path else None

    def begin(self, exchange):
        """Notes a request whose head was read."""
        request = exchange.request
        entry = {
            "time": time.time(), "connection": exchange.connection.number,
            "op": request.op, "bucket": request.bucket,
            "key": None if request.key is None else quote(request.key),
            "method": request.method, "target": request.target,
            "headers": [[name, cut_secret(name, value)]
                        for name, value in request.headers.pairs],
            "length": 0, "status": None, "id": exchange.id}
        if request.action:
            entry["fault"] = request.action
        with self.lock:
            self.entries.append(entry)
        return entry

    def cut(self, entry, exchange):
        """Notes that the connection ended before the answer did."""
        if entry["status"] is None:
            self.end(entry, exchange, None)

    def end(self, entry, exchange, answer):
        """Adds how the request is answered; None where it is not."""
        entry["length"] = exchange.payload.size
        entry["seconds"] = round(time.time() - entry["time"], 6)
        entry.update(exchange.request.detail)
        if answer is not None:
            entry["status"] = answer.status
            code = re.search(rb"<Error><Code>([^<]*)", answer.body)
            if code:
                entry["code"] = code[1].decode()
        if self.file:
            with self.lock:
                self.file.write(json.dumps(entry) + "\n")
                self.file.flush()

    def malformed(self, connection, error):
        """Notes what was no HTTP request."""
        with self.lock:
            self.entries.append({
                "time": time.time(), "connection": connection.number,
                "op": "Malformed", "status": error.status,
                "code": error.code})

    def clear(self):
        """Forgets all requests."""
        with self.lock:
            self.entries.clear()


def cut_secret(name, value):
    """A header's value without what nobody needs to read in a log."""
    if name.lower() == "authorization":
        return re.sub(r"(Signature=\w{8})\w+", r"\1...", value)
    return "..." if name.lower() in CUT else value


def answer_control(server, connection, request):
    """Answers a request to /_test/ in JSON."""
    body = open_body(request, connection.stream)
    data = b"".join(bytes(piece) for piece in read_pieces(body)) if body \
        else b""
    name = f"{request.method} {request.raw_path[len('/_test/'):]}"
    action = ACTIONS.get(name)
    status, result = 200, None
    try:
        if action is None:
            status, result = 404, {"error": f"no such control: {name}"}
        else:
            result = action(server, data)
    except (ValueError, TypeError, KeyError) as error:
        status, result = 400, {"error": str(error)}
    text = json.dumps(result).encode() + b"\n"
    reason = {200: "OK", 400: "Bad Request", 404: "Not Found"}[status]
    connection.sock.sendall(
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n".encode() + text)
    return request.keeps_alive()


def show_objects(server, _data):
    """All objects of all buckets."""
    with server.store.lock:
        return [{"bucket": bucket.name, "key": quote(key), "size": stored.size,
                 "etag": stored.etag, "modified": iso_time(stored.modified),
                 "headers": stored.headers}
                for bucket in server.store.buckets.values()
                for key, stored in sorted(bucket.objects.items())]


def delete_objects(server, _data):
    """Empties all buckets, of unfinished uploads too."""
    with server.store.lock:
        for bucket in server.store.buckets.values():
            for key in list(bucket.objects):
                server.store.delete(bucket.name, key)
            for upload in list(bucket.uploads):
                server.store.abort(bucket.name, upload)


def show_uploads(server, _data):
    """All unfinished multipart uploads."""
    with server.store.lock:
        return [{"bucket": bucket.name, "key": quote(upload.key),
                 "upload_id": upload.id, "headers": upload.headers,
                 "parts": {number: part[1]
                           for number, part in upload.parts.items()}}
                for bucket in server.store.buckets.values()
                for upload in bucket.uploads.values()]


def show_connections(server, _data):
    """How many connections there were, and how many are open, without the
    one that asks."""
    with server.lock:
        return {"accepted": server.accepted, "open": len(server.open) - 1}


ACTIONS = {
    "POST faults": lambda server, data: server.faults.add(json.loads(data)),
    "GET faults": lambda server, _data: server.faults.show(),
    "DELETE faults": lambda server, _data: server.faults.clear(),
    "GET log": lambda server, _data: list(server.log.entries),
    "DELETE log": lambda server, _data: server.log.clear(),
    "GET objects": show_objects,
    "DELETE objects": delete_objects,
    "GET uploads": show_uploads,
    "GET connections": show_connections,
}
