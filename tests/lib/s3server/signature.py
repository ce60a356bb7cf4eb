"""AWS Signature Version 4 as S3 checks it, from the request as received.

The rules: sig-v4-header-based-auth.html, sigv4-query-string-auth.html and
sigv4-streaming.html in docs.aws.amazon.com/AmazonS3/latest/API.
"""

import calendar
import functools
import hashlib
import hmac
import re
import time
from email.utils import parsedate_tz, mktime_tz
from urllib.parse import quote

from errors import S3Error
from request import decode, query_pairs

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = 15 * 60
UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
HEADER_FORM = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *"
    r"Signature=([0-9a-f]+)$")


class Claim:
    """What a request says of its signature, before any of it is believed."""

    def __init__(self, credential, signed_headers, signature, date, payload):
        parts = credential.split("/")
        if len(parts) < 5:
            raise S3Error("AuthorizationHeaderMalformed",
                          "The credential is malformed.")
        self.access_key = "/".join(parts[:-4])
        self.day, self.region, self.service, self.ending = parts[-4:]
        self.scope = "/".join(parts[-4:])
        self.signed_headers = signed_headers.split(";")
        self.signature = signature
        self.date = date
        self.payload = payload
        self.token = None
        self.presigned = False


class Credentials:
    """The one account of the server."""

    def __init__(self, access_key, secret_key, token, region):
        self.access_key = access_key
        self.secret_key = secret_key
        self.token = token
        self.region = region


def sha256_hex(data):
    """The SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def hmac_sha256(key, data):
    """HMAC-SHA256 of bytes or text."""
    if isinstance(data, str):
        data = data.encode("utf-8")
    return hmac.digest(key, data, "sha256")


@functools.lru_cache(maxsize=64)
def signing_key(secret, day, region, service):
    """The key derived for one day, region and service."""
    key = hmac_sha256(b"AWS4" + secret.encode("utf-8"), day)
    for part in (region, service, "aws4_request"):
        key = hmac_sha256(key, part)
    return key


def canonical_path(raw_path):
    """The path encoded once by S3's rules, nothing normalised."""
    return quote(decode(raw_path), safe="/~")


def canonical_query(raw_query):
    """The query sorted and encoded, without the signature itself."""
    pairs = [(quote(name, safe="~"), quote(value, safe="~"))
             for name, value in query_pairs(raw_query)]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs)
                    if name != "X-Amz-Signature")


def canonical_headers(headers, signed):
    """Each signed header as `name:value`, spaces collapsed."""
    lines = []
    for name in signed:
        values = headers.all(name)
        if not values:
            raise S3Error("SignatureDoesNotMatch",
                          f"The signed header {name} was not sent.")
        text = ",".join(re.sub(" +", " ", value) for value in values)
        lines.append(f"{name}:{text}\n")
    return "".join(lines)


def canonical_request(request, claim):
    """The text whose hash was signed."""
    return "\n".join((
        request.method, canonical_path(request.raw_path),
        canonical_query(request.raw_query),
        canonical_headers(request.headers, claim.signed_headers),
        ";".join(claim.signed_headers), claim.payload))


def string_to_sign(claim, canonical):
    """The text that the signature is the HMAC of. Header bytes are taken as
    they came, which is what latin-1 gives back."""
    return "\n".join((ALGORITHM, claim.date, claim.scope,
                      sha256_hex(canonical.encode("latin-1"))))


def read_claim(request):
    """The claim in the Authorization header or in the query."""
    header = request.headers.get("authorization")
    if header is not None:
        return header_claim(request, header)
    if "X-Amz-Algorithm" in request.params:
        return query_claim(request)
    raise S3Error("AccessDenied")


def header_claim(request, header):
    """The claim of a request signed in its header."""
    if not header.startswith(ALGORITHM):
        raise S3Error(
            "InvalidRequest", "The authorization mechanism you have provided "
            "is not supported. Please use AWS4-HMAC-SHA256.")
    match = HEADER_FORM.match(header)
    if match is None:
        raise S3Error("AuthorizationHeaderMalformed")
    payload = request.headers.get("x-amz-content-sha256")
    if payload is None:
        raise S3Error("InvalidRequest", "Missing required header for this "
                      "request: x-amz-content-sha256")
    claim = Claim(*match.groups(), header_date(request.headers), payload)
    claim.token = request.headers.get("x-amz-security-token")
    return claim


def header_date(headers):
    """The time of signing, in the compact form, from either date header."""
    date = headers.get("x-amz-date")
    if date is None and headers.get("date"):
        parsed = parsedate_tz(headers.get("date"))
        if parsed:
            date = compact_date(mktime_tz(parsed))
    if date is None or not re.match(r"\d{8}T\d{6}Z$", date):
        raise S3Error("AccessDenied", "AWS authentication requires a valid "
                      "Date or x-amz-date header")
    return date


def compact_date(seconds):
    """20261122T120000Z"""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def query_claim(request):
    """The claim of a presigned URL."""
    wanted = ["X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature",
              "X-Amz-Date"]
    values = [request.text(name) for name in wanted]
    if request.text("X-Amz-Algorithm") != ALGORITHM or "" in values:
        raise S3Error("AuthorizationQueryParametersError")
    payload = request.headers.get("x-amz-content-sha256", UNSIGNED)
    claim = Claim(*values, payload)
    claim.presigned = True
    claim.token = request.text("X-Amz-Security-Token") or None
    return claim


def verify(request, credentials, now):
    """Checks everything that the head of a request can prove and returns the
    claim; the body's hash remains to be checked against `claim.payload`."""
    claim = read_claim(request)
    if claim.access_key != credentials.access_key:
        raise S3Error("InvalidAccessKeyId", AWSAccessKeyId=claim.access_key)
    check_time(request, claim, now)
    check_scope(request, claim, credentials)
    check_token(claim, credentials)
    check_signed_headers(request, claim)
    check_payload_form(claim)
    canonical = canonical_request(request, claim)
    text = string_to_sign(claim, canonical)
    key = signing_key(credentials.secret_key, claim.day, claim.region,
                      claim.service)
    expected = hmac_sha256(key, text).hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise S3Error("SignatureDoesNotMatch", StringToSign=text,
                      AWSAccessKeyId=claim.access_key,
                      SignatureProvided=claim.signature,
                      CanonicalRequest=canonical)
    return claim


def check_time(request, claim, now):
    """At most 15 minutes apart; a presigned URL has its own span."""
    try:
        signed_at = calendar.timegm(
            time.strptime(claim.date, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise S3Error("AccessDenied", "The date is no date.") from error
    if claim.presigned:
        expires = request.number("X-Amz-Expires", 0, 1, 604800)
        if now > signed_at + expires:
            raise S3Error("AccessDenied", "Request has expired")
        if now > signed_at - MAX_SKEW:
            return
    elif abs(now - signed_at) <= MAX_SKEW:
        return
    raise S3Error(
        "RequestTimeTooSkewed", RequestTime=claim.date,
        ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        MaxAllowedSkewMilliseconds=MAX_SKEW * 1000)


def check_scope(request, claim, credentials):
    """The day, region and service that the key was derived for."""
    if claim.region != credentials.region:
        headers = []
        if request.key is None:
            headers.append(("x-amz-bucket-region", credentials.region))
        raise S3Error(
            "AuthorizationHeaderMalformed", "The authorization header is "
            f"malformed; the region '{claim.region}' is wrong; expecting "
            f"'{credentials.region}'", headers=headers,
            Region=credentials.region)
    if (claim.service, claim.ending) != ("s3", "aws4_request"):
        raise S3Error("AuthorizationHeaderMalformed", "The credential scope "
                      "must end in s3/aws4_request.")
    if claim.day != claim.date[:8]:
        raise S3Error("AuthorizationHeaderMalformed", "The date in the "
                      "credential scope is not that of x-amz-date.")


def check_token(claim, credentials):
    """A session token must be the one expected, in both directions."""
    if claim.token == credentials.token:
        return
    if claim.token is None:
        raise S3Error("InvalidAccessKeyId", AWSAccessKeyId=claim.access_key)
    raise S3Error("InvalidToken")


def check_signed_headers(request, claim):
    """The host and every x-amz- header must be signed."""
    signed = set(claim.signed_headers)
    missing = [name for name in request.headers.values
               if name.startswith("x-amz-") and name not in signed]
    if "host" not in signed:
        missing.append("host")
    if claim.presigned:
        missing = [name for name in missing if name != "x-amz-content-sha256"]
    if missing:
        raise S3Error("AccessDenied", "There were headers present in the "
                      "request which were not signed",
                      HeadersNotSigned=", ".join(missing))
    if claim.signed_headers != sorted(signed):
        raise S3Error("AuthorizationHeaderMalformed", "SignedHeaders must be "
                      "lower-case, sorted and without repeats.")


def check_payload_form(claim):
    """x-amz-content-sha256 must be a hash or one of the named forms."""
    if re.match(r"[0-9a-f]{64}$", claim.payload):
        return
    if claim.payload != UNSIGNED and claim.payload not in STREAMING:
        raise S3Error("InvalidArgument", "x-amz-content-sha256 must be "
                      "UNSIGNED-PAYLOAD, STREAMING-... or a valid sha256 "
                      "value.", ArgumentName="x-amz-content-sha256",
                      ArgumentValue=claim.payload)


class ChunkSigner:
    """Checks the chain of signatures of an aws-chunked body."""

    def __init__(self, claim, credentials):
        self.claim = claim
        self.previous = claim.signature
        self.key = signing_key(credentials.secret_key, claim.day,
                               claim.region, claim.service)

    def check(self, kind, hashes, signature):
        """`kind` is PAYLOAD or TRAILER; `hashes` what that kind signs."""
        text = "\n".join((f"{ALGORITHM}-{kind}", self.claim.date,
                          self.claim.scope, self.previous, *hashes))
        expected = hmac_sha256(self.key, text).hex()
        if not hmac.compare_digest(expected, signature or ""):
            raise S3Error("SignatureDoesNotMatch",
                          "A chunk's signature does not match.")
        self.previous = expected
