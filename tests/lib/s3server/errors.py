"""The errors S3 answers with: a code, its HTTP status, and what it says."""

# code: (status, message)
KNOWN = {
    "AccessDenied": (403, "Access Denied"),
    "AuthorizationHeaderMalformed": (
        400, "The authorization header you provided is invalid."),
    "AuthorizationQueryParametersError": (
        400, "The authorization query parameters are invalid."),
    "BadDigest": (
        400, "The Content-MD5 or checksum value that you specified did not "
        "match what the server received."),
    "BadRequest": (400, "The request could not be understood."),
    "BucketAlreadyOwnedByYou": (
        409, "Your previous request to create the named bucket succeeded and "
        "you already own it."),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty."),
    "ConditionalRequestConflict": (
        409, "A conflicting operation occurred during the request."),
    "EntityTooLarge": (
        400, "Your proposed upload exceeds the maximum allowed size."),
    "EntityTooSmall": (
        400, "Your proposed upload is smaller than the minimum allowed size."),
    "ExpiredToken": (400, "The provided token has expired."),
    "IncompleteBody": (
        400, "You did not provide the number of bytes specified by the "
        "Content-Length HTTP header."),
    "InternalError": (
        500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": (
        403, "The AWS Access Key Id you provided does not exist in our "
        "records."),
    "InvalidArgument": (400, "Invalid Argument"),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidDigest": (400, "The Content-MD5 you specified is not valid."),
    "InvalidPart": (
        400, "One or more of the specified parts could not be found. The part "
        "may not have been uploaded, or the specified entity tag may not "
        "match the part's entity tag."),
    "InvalidPartOrder": (
        400, "The list of parts was not in ascending order. Parts must be "
        "ordered by part number."),
    "InvalidRange": (416, "The requested range is not satisfiable"),
    "InvalidRequest": (400, "Invalid Request"),
    "InvalidToken": (
        400, "The provided token is malformed or otherwise invalid."),
    "InvalidURI": (400, "Couldn't parse the specified URI."),
    "KeyTooLongError": (400, "Your key is too long"),
    "MalformedXML": (
        400, "The XML you provided was not well-formed or did not validate "
        "against our published schema"),
    "MethodNotAllowed": (
        405, "The specified method is not allowed against this resource."),
    "MissingContentLength": (
        411, "You must provide the Content-Length HTTP header."),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchUpload": (
        404, "The specified upload does not exist. The upload ID may be "
        "invalid, or the upload may have been aborted or completed."),
    "NotImplemented": (
        501, "A header or query you provided implies functionality that is "
        "not implemented"),
    "NotModified": (304, "Not Modified"),
    "OperationAborted": (
        409, "A conflicting conditional operation is currently in progress "
        "against this resource. Please try again."),
    "PermanentRedirect": (
        301, "The bucket you are attempting to access must be addressed using "
        "the specified endpoint. Please send all future requests to this "
        "endpoint."),
    "PreconditionFailed": (
        412, "At least one of the pre-conditions you specified did not hold"),
    "RequestTimeTooSkewed": (
        403, "The difference between the request time and the current time is "
        "too large."),
    "RequestTimeout": (
        400, "Your socket connection to the server was not read from or "
        "written to within the timeout period."),
    "ServiceUnavailable": (503, "Please reduce your request rate."),
    "SignatureDoesNotMatch": (
        403, "The request signature we calculated does not match the "
        "signature you provided. Check your key and signing method."),
    "SlowDown": (503, "Please reduce your request rate."),
    "TemporaryRedirect": (
        307, "Please re-send this request to the specified temporary "
        "endpoint."),
    "TooManyRequests": (429, "Please reduce your request rate."),
    "XAmzContentSHA256Mismatch": (
        400, "The provided 'x-amz-content-sha256' header does not match what "
        "was computed."),
}


class S3Error(Exception):
    """Raised anywhere to answer with <Error>; `extra` adds elements to it."""

    def __init__(self, code, message=None, status=None, headers=(), **extra):
        known_status, known_message = KNOWN.get(code, (400, code))
        super().__init__(code)
        self.code = code
        self.status = status or known_status
        self.message = known_message if message is None else message
        self.headers = list(headers)
        self.extra = extra


class ClientGone(Exception):
    """The client closed the connection in the middle of its request."""
