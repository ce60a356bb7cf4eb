#!/usr/bin/env python3
"""Makes empty objects, quickly: NUL-terminated keys on stdin, S3_* in the environment.
With -u unfinished uploads of them.

A client of its own (unsigned requests to the test server's control
interface are not enough for a real store), so that tests of s3ls and s3rm do
not stand on s3put. One kept connection, signature version 4.
"""
import datetime
import hashlib
import hmac
import http.client
import os
import sys
import urllib.parse

EMPTY = hashlib.sha256(b"").hexdigest()


def sign(method, host, path, query, now):
    """The headers of a request without a body."""
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = f"{day}/{os.environ.get('S3_REGION', 'us-east-1')}/s3/aws4_request"
    canonical = (f"{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{EMPTY}\n"
                 f"x-amz-date:{stamp}\n\nhost;x-amz-content-sha256;x-amz-date\n{EMPTY}")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + os.environ["S3_SECRET_KEY"].encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {"Host": host, "x-amz-date": stamp, "x-amz-content-sha256": EMPTY, "Content-Length": "0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={os.environ['S3_ACCESS_KEY']}/{scope}, "
                             f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"}


def main():
    """One PUT, or one POST, a key."""
    method, query, mark = ("POST", "uploads=", "?uploads") if sys.argv[1:] == ["-u"] else ("PUT", "", "")
    host = urllib.parse.urlsplit(os.environ["S3_ENDPOINT"]).netloc
    connection = http.client.HTTPConnection(host)
    for key in sys.stdin.buffer.read().split(b"\0")[:-1]:
        path = f"/{os.environ['S3_BUCKET']}/" + urllib.parse.quote(key, safe="/-_.~")
        now = datetime.datetime.now(datetime.timezone.utc)
        connection.request(method, path + mark, headers=sign(method, host, path, query, now))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{key!r}: {answer.status} {text!r}")


main()
