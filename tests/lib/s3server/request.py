"""One request as it came over the wire, and what S3 operation it asks for."""

from urllib.parse import unquote_to_bytes

from errors import S3Error

LINE_LIMIT = 1 << 16
HEAD_LIMIT = 1 << 20
MAX_KEY = 1024
# Sub-resources that exist in S3 and are none of this server's business.
OTHER_RESOURCES = {
    "accelerate", "acl", "analytics", "attributes", "cors", "encryption",
    "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "logging",
    "metrics", "notification", "object-lock", "ownershipControls", "policy",
    "policyStatus", "publicAccessBlock", "replication", "requestPayment",
    "restore", "retention", "select", "torrent", "versioning",
    "versions", "website"}


class Headers:
    """The header fields in the order they came; looked up in any case."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.values = {}
        for name, value in pairs:
            self.values.setdefault(name.lower(), []).append(value)

    def get(self, name, default=None):
        """The first value of a header."""
        return self.values.get(name, (default,))[0]

    def all(self, name):
        """All values of a header, in order."""
        return self.values.get(name, [])

    def starting(self, prefix):
        """A dict of the headers whose lower-case name begins so."""
        return {name: ",".join(values) for name, values in self.values.items()
                if name.startswith(prefix)}


class Request:
    """The head of a request; path and query are kept raw besides."""

    def __init__(self, method, target, version, headers):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        if target.startswith("http://") or target.startswith("https://"):
            target = "/" + target.split("/", 3)[3]
        self.raw_path, _, self.raw_query = target.partition("?")
        self.params = parse_query(self.raw_query)
        self.bucket = None
        self.key = None
        self.op = "Unknown"
        self.tls = False
        self.action = {}  # what a fault rule asks for
        self.detail = {}  # what the log says besides

    def text(self, name, default=""):
        """A query parameter as text."""
        value = self.params.get(name)
        return default if value is None else value.decode("utf-8", "replace")

    def number(self, name, default, low, high):
        """A query parameter as a number, or InvalidArgument."""
        value = self.params.get(name)
        if value is None:
            return default
        if not value.isdigit() or not low <= int(value) <= high:
            raise S3Error(
                "InvalidArgument", f"Provided {name} not an integer or within "
                f"integer range", ArgumentName=name,
                ArgumentValue=self.text(name))
        return int(value)

    def keeps_alive(self):
        """Whether the client leaves the connection open for more."""
        wish = (self.headers.get("connection") or "").lower()
        if self.version == "HTTP/1.0":
            return wish == "keep-alive"
        return wish != "close"

    def content_length(self):
        """The length announced, None where there is none."""
        value = self.headers.get("content-length")
        if value is None:
            return None
        if not value.isascii() or not value.isdigit():
            raise S3Error("BadRequest", "Content-Length is not a number")
        return int(value)


def decode(raw):
    """Percent-decodes raw text of the request line, which holds one byte a
    character."""
    return unquote_to_bytes(raw.encode("latin-1"))


def parse_query(raw):
    """name -> value as bytes, of the first of each name; `+` is a space."""
    params = {}
    for name, value in query_pairs(raw):
        params.setdefault(name.decode("utf-8", "replace"), value)
    return params


def query_pairs(raw):
    """All parameters in order, as pairs of bytes."""
    pairs = []
    for item in raw.split("&"):
        if item:
            name, _, value = item.partition("=")
            pairs.append((decode(name.replace("+", " ")),
                          decode(value.replace("+", " "))))
    return pairs


def read_request(stream):
    """The next request of a connection; None when the client is done.
    Raises S3Error for what is not HTTP."""
    line = stream.readline(LINE_LIMIT)
    while line in (b"\r\n", b"\n"):
        line = stream.readline(LINE_LIMIT)
    if not line:
        return None
    words = line.decode("latin-1").rstrip("\r\n").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise S3Error("BadRequest", "An error occurred when parsing the HTTP "
                      "request.")
    return Request(words[0], words[1], words[2], Headers(read_fields(stream)))


def read_fields(stream):
    """Header fields up to the empty line, as pairs of name and value."""
    pairs = []
    total = 0
    while True:
        line = stream.readline(LINE_LIMIT)
        total += len(line)
        if not line.endswith(b"\n") or total > HEAD_LIMIT:
            raise S3Error("BadRequest", "The header is too large or cut.")
        line = line.decode("latin-1").rstrip("\r\n")
        if not line:
            return pairs
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise S3Error("BadRequest", "A header line is malformed.")
        pairs.append((name, value.strip(" \t")))


def locate(request, domains):
    """Sets the request's bucket and key from its Host and path."""
    path = request.raw_path[1:]
    host = (request.headers.get("host") or "").lower()
    if not host.startswith("["):
        host = host.partition(":")[0]
    for domain in domains:
        if host.endswith("." + domain):
            request.bucket = host[:-len(domain) - 1]
            request.key = decode(path) or None
            return
    bucket, _, key = path.partition("/")
    request.bucket = decode(bucket).decode("utf-8", "replace")
    request.key = decode(key) or None


def check_key(key):
    """S3 takes keys of UTF-8, up to 1,024 bytes."""
    if key is None:
        return
    try:
        key.decode("utf-8")
    except UnicodeDecodeError as error:
        raise S3Error("InvalidURI") from error
    if len(key) > MAX_KEY:
        raise S3Error("KeyTooLongError", Size=len(key),
                      MaxSizeAllowed=MAX_KEY)


def name_operation(request):
    """The name AWS gives to what the request asks for."""
    other = OTHER_RESOURCES.intersection(request.params)
    if other:
        return "Other:" + sorted(other)[0]
    if request.key is not None:
        return object_operation(request)
    if request.bucket:
        return bucket_operation(request)
    return "ListBuckets" if request.method == "GET" else "Unknown"


def object_operation(request):
    """The operation on one key."""
    params = request.params
    if "tagging" in params:
        return "GetObjectTagging" if request.method == "GET" else "Unknown"
    copy = request.headers.get("x-amz-copy-source") is not None
    if request.method == "PUT" and "uploadId" in params:
        return "UploadPartCopy" if copy else "UploadPart"
    if request.method == "PUT":
        return "CopyObject" if copy else "PutObject"
    if request.method == "GET":
        return "ListParts" if "uploadId" in params else "GetObject"
    if request.method == "DELETE" and "uploadId" in params:
        return "AbortMultipartUpload"
    if request.method == "POST" and "uploads" in params:
        return "CreateMultipartUpload"
    if request.method == "POST" and "uploadId" in params:
        return "CompleteMultipartUpload"
    plain = {"HEAD": "HeadObject", "DELETE": "DeleteObject"}
    return plain.get(request.method, "Unknown")


def bucket_operation(request):
    """The operation on a bucket."""
    params = request.params
    if request.method == "GET":
        if "location" in params:
            return "GetBucketLocation"
        if "uploads" in params:
            return "ListMultipartUploads"
        if request.text("list-type") == "2":
            return "ListObjectsV2"
        return "ListObjects"
    if request.method == "POST" and "delete" in params:
        return "DeleteObjects"
    plain = {"PUT": "CreateBucket", "DELETE": "DeleteBucket",
             "HEAD": "HeadBucket"}
    return plain.get(request.method, "Unknown")
