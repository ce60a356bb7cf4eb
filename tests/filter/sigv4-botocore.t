#!/usr/bin/python3
"""sigv4 against botocore (it comes with awscli): random keys, headers, queries.

S3PIPE_SEED repeats a run; the seed stands in the output.
"""
import hashlib
import importlib
import os
import random
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import Tap  # noqa: E402

CASES = 1500


def load():
    """botocore's modules: a copy lies in Debian's awscli and is loaded by its driver."""
    for driver in (None, "awscli.clidriver"):
        try:
            if driver:
                importlib.import_module(driver)
            return [importlib.import_module("botocore." + m) for m in ("auth", "awsrequest", "credentials")]
        except ImportError:
            continue
    print("1..0 # SKIP sigv4-botocore.t: no botocore (apt-get install awscli)")
    sys.exit(0)


AUTH, REQUEST, CREDENTIALS = load()


def text(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


ASCII = "".join(map(chr, range(32, 127)))
WIDE = ASCII + "äöüßéñ☃ሴ中文\U0001f600\u00a0\t\r\n\x01\x7f" + "/" * 6 + "%+&=~._-" * 2
NAMES = "abcdefghijklmnopqrstuvwxyz0123456789-"


def make_case(rng):
    method = rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    key = text(rng, WIDE, 1, 60)
    query = {text(rng, ASCII + "ሴ", 1, 12): text(rng, WIDE, 0, 20)
             for _ in range(rng.randint(0, 6))}
    headers = {"x-amz-meta-" + text(rng, NAMES, 1, 10): text(rng, ASCII, 0, 30)
               for _ in range(rng.randint(0, 5))}
    if rng.random() < 0.5:
        headers["Content-Type"] = "text/" + text(rng, NAMES, 1, 5)
    if rng.random() < 0.5:
        headers["Range"] = f"bytes={rng.randint(0, 99)}-"
    body = rng.randbytes(rng.randint(0, 50))
    return {
        "method": method, "path": "/bucket/" + key, "query": query, "headers": headers,
        "hash": hashlib.sha256(body).hexdigest(), "at": rng.randint(0, 4102444800),
        "access": text(rng, NAMES.upper(), 16, 20), "secret": text(rng, ASCII[1:], 30, 50),
        "region": rng.choice(["us-east-1", "eu-central-003", "garage"]),
    }


def botocore_signature(case):
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(case["at"]))
    credentials = CREDENTIALS.Credentials(case["access"], case["secret"])
    signer = AUTH.S3SigV4Auth(credentials, "s3", case["region"])
    path = urllib.parse.quote(case["path"], safe="/~")
    query = "&".join(urllib.parse.quote(k, safe="-_.~") + "=" + urllib.parse.quote(v, safe="-_.~")
                     for k, v in case["query"].items())
    url = "http://localhost:9000" + path + ("?" + query if query else "")
    headers = dict(case["headers"])
    headers.update({"Host": "localhost:9000", "X-Amz-Date": stamp, "X-Amz-Content-SHA256": case["hash"]})
    request = REQUEST.AWSRequest(method=case["method"], url=url, headers=headers)
    request.context["timestamp"] = stamp
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    return headers, signer.signature(to_sign, request), canonical


def describe(case, headers):
    def words(*args):
        return " ".join([args[0]] + [a.encode().hex() for a in args[1:]])
    lines = [words("key", case["access"], case["secret"], case["region"]), f"at {case['at']}",
             words("request", case["method"], case["path"], case["hash"])]
    lines += [words("query", k, v) for k, v in case["query"].items()]
    lines += [words("header", k, v) for k, v in headers.items()]
    return "\n".join(lines + ["end"]) + "\n"


def main():
    seed = int(os.environ.get("S3PIPE_SEED", time.time_ns() % 2**32))
    print(f"# seed {seed}")
    rng = random.Random(seed)
    cases = [make_case(rng) for _ in range(CASES)]
    wanted = [botocore_signature(case) for case in cases]
    text_in = "".join(describe(c, w[0]) for c, w in zip(cases, wanted))
    tool = os.path.join(os.environ.get("BUILD", "build"), "tools", "sign")
    got = subprocess.run([tool], input=text_in.encode(), stdout=subprocess.PIPE, check=True).stdout
    lines = got.decode().splitlines()
    bad = [i for i, (line, want) in enumerate(zip(lines, wanted)) if not line.endswith("Signature=" + want[1])]
    tap = Tap()
    tap.ok(len(lines) == CASES, f"{CASES} requests are signed")
    tap.none([f"{cases[i]} {wanted[i][2]!r} {lines[i]}" for i in bad], "every signature is botocore's")
    return tap.end()


sys.exit(main())
