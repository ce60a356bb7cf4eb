"""The faults of the matrix, as the test server's rules make them."""

REFUSED = "connections refused"
SKEW = "clock 20 minutes off"
STATUSES = (400, 401, 403, 404, 408, 409, 411, 412, 416, 429, 500, 501, 503, 504)

# The stall is longer than S3_TIMEOUT; the drip is less than a request may
# slow down to.
FAULTS = {
    REFUSED: {"down": 8},
    "reset before the body": {"reset": "before"},
    "reset during the body": {"reset": "during"},
    "reset after the body": {"reset": "after"},
    "stall": {"stall": 6},
    "slow drip": {"drip": 100},
    "body too short": {"short": 10},
    "body too long": {"long": 10},
    "length too large": {"wrong_length": 10},
    "length too small": {"wrong_length": -10},
    **{str(status): {"status": status} for status in STATUSES},
    "error in a 200": {"error_200": "InternalError"},
    "truncated XML": {"truncate_xml": 20},
    "garbage body": {"garbage": True},
    "garbage for HTTP": {"garbage": "head"},
    "10 MB of headers": {"big_headers": 10_000_000},
    "redirect loop": {"redirect": "self"},
    "wrong ETag": {"etag": '"0123456789abcdef0123456789abcdef"'},
    "wrong range": {"content_range": "bytes 7-8/9"},
    "a bit flipped": {"flip_bit": 30000},
    "a bit flipped, with a checksum": {"flip_bit": 30000},
    SKEW: {"skew": 1200},
    "TLS cut": {"wrong_length": 10},
}

# Of a certificate: the server has it from the start.
CERTIFICATES = {
    "certificate of another name": "other",
    "certificate expired": "expired",
    "certificate of nobody known": "unknown",
    "TLS cut in the handshake": "cut",
}

TIMES = {"once": 1, "twice": 2, "for ever": -1}


def action_of(fault, call):
    """What the server is to do."""
    action = dict(FAULTS[fault])
    # S3's own words for what is not there.
    if fault == "404":
        action["code"] = {"put": "NoSuchBucket", "create": "NoSuchBucket", "list": "NoSuchBucket",
                          "delete": "NoSuchBucket", "get": "NoSuchKey"}.get(call, "NoSuchUpload")
    return action
