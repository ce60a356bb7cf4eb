"""A restic repository in a folder, fast enough to make hundreds of snapshots.

Each call of restic derives its key from the password, by scrypt for half a
second: quicken() wraps the repository's key anew with the cheapest parameters.
Snapshots, policies and all else stay restic's own. The format of the key file
is that of restic's doc/design.rst, "Keys, Encryption and MAC".
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess

PROGRAM = os.environ.get("S3PIPE_RESTIC", "restic")
COPIES = 12


def run(*argv, data=None, env=None):
    done = subprocess.run(argv, input=data, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def aes(mode, key, data, iv=None):
    argv = ["openssl", "enc", "-" + mode, "-nopad", "-K", key.hex()]
    return run(*argv, *(["-iv", iv.hex()] if iv else []), data=data)


def poly1305_aes(k, r, nonce, message):
    """D. J. Bernstein, The Poly1305-AES message-authentication code, 2005."""
    r = int.from_bytes(r, "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    h = 0
    for i in range(0, len(message), 16):
        h = (h + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    s = int.from_bytes(aes("aes-128-ecb", k, nonce), "little")
    return ((h + s) % 2**128).to_bytes(16, "little")


def derive(password, salt, n, r, p):
    """The keys that wrap the repository's: one of AES-256 and two of the MAC."""
    key = hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=2**30, dklen=64)
    return key[:32], key[32:48], key[48:]


class Repository:
    PASSWORD = "restic"

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "repository")
        self.file = os.path.join(folder, "file")
        self.env = dict(os.environ, TZ="UTC", RESTIC_PASSWORD=self.PASSWORD, GOMAXPROCS="1")
        with open(self.file, "w", encoding="ascii") as f:
            f.write("a file\n")
        self.restic("init")
        self.quicken()

    def restic(self, *args, path=None):
        return run(PROGRAM, "--no-cache", "--repo", path or self.path, *args, env=self.env)

    def quicken(self):
        folder = os.path.join(self.path, "keys")
        (name,) = os.listdir(folder)
        with open(os.path.join(folder, name), "rb") as f:
            key = json.load(f)
        password, salt = self.PASSWORD.encode(), base64.b64decode(key["salt"])
        data = base64.b64decode(key["data"])
        wrap, k, r = derive(password, salt, key["N"], key["r"], key["p"])
        nonce, text, mac = data[:16], data[16:-16], data[-16:]
        if poly1305_aes(k, r, nonce, text) != mac:
            raise RuntimeError("restic's key file is of another format")
        master = aes("aes-256-ctr", wrap, text, nonce)
        key.update(N=2, r=1, p=1)
        wrap, k, r = derive(password, salt, 2, 1, 1)
        text = aes("aes-256-ctr", wrap, master, nonce)
        key["data"] = base64.b64encode(nonce + text + poly1305_aes(k, r, nonce, text)).decode()
        content = json.dumps(key).encode()
        os.remove(os.path.join(folder, name))
        with open(os.path.join(folder, hashlib.sha256(content).hexdigest()), "wb") as f:
            f.write(content)

    def backup(self, snapshots):
        """Makes snapshots, each a time "YYYY-MM-DD HH:MM:SS" in UTC and its tags.

        restic sleeps for 200 ms before it trusts its lock, and longer among
        others: so copies of the repository are filled side by side, and then
        brought together, which names by content allow.
        """
        copies = [f"{self.path}.{i}" for i in range(COPIES)]

        def fill(i):
            shutil.copytree(self.path, copies[i])
            for moment, tags in snapshots[i::COPIES]:
                self.restic("backup", "-q", "--force", "--host", "host", "--time", moment,
                            "--tag", ",".join(tags), self.file, path=copies[i])

        side_by_side(fill, [(i,) for i in range(COPIES)])
        for copy in copies:
            shutil.copytree(copy, self.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("config", "keys", "locks"))

    def forget(self, tag, options):
        """What the policy does to the snapshots of a tag: the removed times, and the kept with their rules."""
        (group,) = json.loads(self.restic("forget", "--no-lock", "--dry-run", "--json", "--group-by", "",
                                          "--tag", tag, *options))
        removed = {snapshot["time"] for snapshot in group["remove"] or []}
        kept = {r["snapshot"]["time"]: {match.split(" ")[0] for match in r["matches"]}
                for r in group["reasons"] or []}
        return removed, kept


def version():
    """Of restic, as (0, 14)."""
    words = run(PROGRAM, "version").decode().split()
    return tuple(int(n) for n in words[1].split(".")[:2])


def side_by_side(function, items):
    """Calls the function for all items, several at once; returns the results in order."""
    with concurrent.futures.ThreadPoolExecutor(COPIES) as pool:
        return list(pool.map(lambda item: function(*item), items))
