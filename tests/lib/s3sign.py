"""Signs S3 requests with botocore and writes each as a config for curl.

A coprocess of s3request.sh, where the options are described: reads how many
arguments follow and then those, each ended by a NUL, writes .curl and
.curl.body in the caller's directory, and answers with a line: nothing, or
what went wrong.
"""

import datetime
import hashlib
import os
import sys
import types
from urllib.parse import urlsplit

try:
    import awscli  # noqa: F401  (Debian's brings its own botocore)
except ImportError:
    pass
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def read_options(arguments):
    """NAME=VALUE pairs as a dict, and the headers as a list."""
    options, headers = {}, []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name == "header":
            headers.append(value.partition(": ")[::2])
        else:
            options[name] = value
    return options, headers


def set_clock(seconds):
    """Makes botocore sign for a time so many seconds from now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    now += datetime.timedelta(seconds=seconds)

    class Clock(datetime.datetime):
        """A clock that stands still."""

        @classmethod
        def utcnow(cls):
            return now.replace(tzinfo=None)

        @classmethod
        def now(cls, tz=None):
            return now

    botocore.auth.datetime = types.SimpleNamespace(
        datetime=Clock, timezone=datetime.timezone)
    botocore.auth.get_current_datetime = lambda: now


def signed_request(options, headers, endpoint, body):
    """The request, its Authorization and all."""
    host = options.get("host", urlsplit(endpoint).netloc)
    scheme = urlsplit(endpoint).scheme
    request = AWSRequest(options["method"],
                         f"{scheme}://{host}{options['path']}", data=body)
    for name, value in headers:
        request.headers[name] = value
    payload = options.get("payload", hashlib.sha256(body).hexdigest())
    request.headers["X-Amz-Content-SHA256"] = payload
    credentials = Credentials(
        options["access"], options["secret"], options.get("token"))

    class Signer(botocore.auth.S3SigV4Auth):
        """botocore's, but for what it would write itself."""

        def payload(self, _request):
            return payload

    Signer(credentials, "s3", options["region"]).add_auth(request)
    return request


def quoted(text):
    """A value for curl's config file."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n").replace("\r", "\\r") + '"'


def write_config(arguments):
    """Signs one request and leaves it in .curl and .curl.body."""
    options, headers = read_options(arguments)
    os.chdir(options["directory"])
    set_clock(int(options.get("skew", 0)))
    body = options.get("data", "").encode("utf-8", "surrogateescape")
    if "file" in options:
        with open(options["file"], "rb") as file:
            body = file.read()
    request = signed_request(options, headers, options["endpoint"], body)
    lines = ["url = " + quoted(options["endpoint"]
                               + options.get("to", options["path"]))]
    method = options["method"]
    lines.append("head" if method == "HEAD" else f"request = {method}")
    if "host" in options:
        lines.append("header = " + quoted(f"Host: {options['host']}"))
    lines += ["header = " + quoted(f"{name}: {value}")
              for name, value in request.headers.items()]
    lines += ['header = "Expect:"', 'header = "Content-Type:"']
    if method in ("PUT", "POST"):
        with open(".curl.body", "wb") as file:
            file.write(options["send"].encode() if "send" in options
                       else body)
        lines.append('data-binary = "@.curl.body"')
    with open(".curl", "w", encoding="latin-1") as file:
        file.write("\n".join(lines) + "\n")


def read_item(stream):
    """The text up to the next NUL; ends the program where there is none."""
    item = bytearray()
    while True:
        byte = stream.read(1)
        if not byte:
            sys.exit(0)
        if byte == b"\0":
            return item.decode("utf-8", "surrogateescape")
        item += byte


def main():
    """Serves requests until stdin ends."""
    while True:
        count = int(read_item(sys.stdin.buffer))
        arguments = [read_item(sys.stdin.buffer) for _ in range(count)]
        try:
            write_config(arguments)
            print(flush=True)
        except (KeyError, ValueError, OSError) as error:
            print(f"cannot sign: {error!r}", flush=True)


if __name__ == "__main__":
    main()
