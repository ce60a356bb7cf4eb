"""The checksums that a store of today keeps, where --checksums asks for it."""

import base64
import hashlib
import zlib

from errors import S3Error

KINDS = {"x-amz-checksum-crc32": "crc32", "x-amz-checksum-sha1": "sha1",
         "x-amz-checksum-sha256": "sha256"}
KEPT = {"x-amz-checksum-crc64nvme": "crc64nvme"}
WHOLE = ("crc32", "crc64nvme")
POLYNOMIAL = 0x9a6c9329ac4bc9b5
ONES = (1 << 64) - 1


def table():
    """What each byte adds to a CRC-64/NVME."""
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (POLYNOMIAL if entry & 1 else 0)
        entries.append(entry)
    return entries


TABLE = table()


class Crc32:
    """zlib's CRC-32 in the manner of hashlib."""

    def __init__(self):
        self.value = 0

    def update(self, data):
        """Adds bytes."""
        self.value = zlib.crc32(data, self.value)

    def digest(self):
        """Four bytes, the highest first."""
        return self.value.to_bytes(4, "big")


class Crc64Nvme:
    """CRC-64/NVME likewise, a byte at a time: a second for 8 MB."""

    def __init__(self):
        self.value = 0

    def update(self, data):
        """Adds bytes."""
        value, entries = self.value ^ ONES, TABLE
        for byte in data:
            value = value >> 8 ^ entries[(value ^ byte) & 255]
        self.value = value ^ ONES

    def digest(self):
        """Eight bytes, the highest first."""
        return self.value.to_bytes(8, "big")


def new(name):
    """A digest or check of that name."""
    if name == "crc32":
        return Crc32()
    return Crc64Nvme() if name == "crc64nvme" else hashlib.new(name)


def keep():
    """From now on they are verified and kept: --checksums."""
    KINDS.update(KEPT)
    KEPT.clear()


def kept():
    """Whether they are."""
    return not KEPT


def sent(request):
    """The checksums in the request, as headers to answer with."""
    if not kept():
        return []
    found = [(name, request.headers.get(name)) for name in KINDS
             if request.headers.get(name) is not None]
    return found + [("x-amz-checksum-type", "FULL_OBJECT")] if found else []


def asked(request):
    """The kind that an upload is created with, as headers likewise."""
    names = ("x-amz-checksum-algorithm", "x-amz-checksum-type")
    return [(name, request.headers.get(name)) for name in names
            if kept() and request.headers.get(name) is not None]


def check_part(request, upload):
    """A part of an upload with checksums must have one."""
    kind = upload.headers.get("x-amz-checksum-algorithm")
    if kept() and kind is not None \
            and request.headers.get(f"x-amz-checksum-{kind.lower()}") is None:
        raise S3Error("InvalidRequest", "Checksum Type mismatch occurred, "
                      f"expected checksum Type: {kind}, actual: null")


def check_whole(request, upload, numbers):
    """The checksum of all parts, where Complete names it; it is kept."""
    for name, kind in KINDS.items():
        value = request.headers.get(name)
        if not kept() or value is None or kind not in WHOLE:
            continue
        check = new(kind)
        for number in numbers:
            with open(upload.parts[number][0], "rb") as file:
                check.update(file.read())
        if base64.b64encode(check.digest()).decode() != value:
            raise S3Error("BadDigest", f"The {kind} you specified did not "
                          "match the calculated checksum.")
        upload.headers[name] = value


def stored(request, headers):
    """Those of an object, where the request wants to hear of them."""
    if not kept() or request.headers.get("x-amz-checksum-mode") != "ENABLED":
        return []
    found = [(name, headers[name]) for name in KINDS if name in headers]
    return found + [("x-amz-checksum-type", "FULL_OBJECT")] if found else []
