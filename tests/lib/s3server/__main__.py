"""s3server: an S3 server on loopback for the tests of s3pipe.

    python3 tests/lib/s3server [--dir DIR] [--port 0] [--bucket NAME]...

See s3server.md beside this folder for options, faults and the control
interface.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile

sys.dont_write_bytecode = True

import checksums
from server import Server  # noqa: E402
from signature import Credentials  # noqa: E402
from store import Store  # noqa: E402


def parse_options():
    """The command line; secrets may come from the environment instead."""
    parser = argparse.ArgumentParser(
        prog="s3server", description="An S3 server on loopback, for tests.")
    add = parser.add_argument
    add("--dir", help="keep objects here (default: a directory that goes)")
    add("--port", type=int, default=0, help="0: any that is free")
    add("--bucket", action="append", default=[], metavar="NAME",
        help="make this bucket if it is not there; may be repeated")
    add("--access-key", default=os.environ.get("S3SERVER_ACCESS_KEY", "test"))
    add("--secret-key", default=os.environ.get("S3SERVER_SECRET_KEY",
                                               "testsecret"))
    add("--session-token", default=os.environ.get("S3SERVER_SESSION_TOKEN"))
    add("--region", default="us-east-1")
    add("--domain", action="append", default=[], metavar="NAME",
        help="take BUCKET.NAME for a bucket's host (default: localhost and "
        "s3.test)")
    add("--cert", metavar="FILE", help="speak https with this certificate")
    add("--key", metavar="FILE", help="the certificate's key")
    add("--min-part", type=int, default=5 << 20, metavar="BYTES",
        help="the least size of a part but the last; 0 for none")
    add("--max-parts", type=int, default=10000, metavar="N")
    add("--checksums", action="store_true", help="keep and verify checksums")
    add("--ready-file", metavar="FILE", help="write the URL here once ready")
    add("--log", metavar="FILE", help="append each request as a JSON line")
    add("--parent-pid", type=int, nargs="?", const=os.getppid(),
        metavar="PID", help="end when this process is gone (without PID: the "
        "one that started the server)")
    options = parser.parse_args()
    options.domain = options.domain or ["localhost", "s3.test"]
    return options


def announce(url, ready_file):
    """Says where the server listens; the file appears whole or not at all."""
    print(f"listening on {url}", flush=True)
    if ready_file:
        temporary = f"{ready_file}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(url + "\n")
        os.rename(temporary, ready_file)


def main():
    """Runs until a signal or the parent's end."""
    options = parse_options()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    if options.checksums:
        checksums.keep()
    root = options.dir or tempfile.mkdtemp(prefix="s3server.")
    try:
        server = Server(Store(root), Credentials(
            options.access_key, options.secret_key, options.session_token,
            options.region), options)
        if options.cert:
            server.use_tls(options.cert, options.key)
        for bucket in options.bucket:
            if bucket not in server.store.buckets:
                server.store.create_bucket(bucket)
        announce(server.url(), options.ready_file)
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        if options.dir is None:
            shutil.rmtree(root, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)  # connections still open are not waited for


if __name__ == "__main__":
    main()
