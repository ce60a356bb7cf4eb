"""An answer before it is sent, and the XML forms common to several."""

import time

from xmltext import document, tag

REASONS = {
    200: "OK", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 304: "Not Modified", 307: "Temporary Redirect",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
    416: "Requested Range Not Satisfiable", 429: "Too Many Requests",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout"}


class Answer:
    """Status, headers and a body of bytes, or a range of a stored object,
    which must have been acquired for it."""

    def __init__(self, status=200, headers=(), body=b"", stored=None,
                 start=0, length=None):
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.stored = stored
        self.start = start
        self.length = len(body) if length is None else length

    def set(self, name, value):
        """Gives a header this one value."""
        self.headers = [(other, old) for other, old in self.headers
                        if other.lower() != name.lower()]
        self.headers.append((name, value))


def xml_answer(*document_parts, headers=()):
    """200 with an XML document."""
    return Answer(200, [("Content-Type", "application/xml"), *headers],
                  document(*document_parts))


def error_answer(error, request_id, resource="", key=None):
    """The <Error> document of an S3Error."""
    if error.status == 304:
        return Answer(304, error.headers)
    parts = [tag("Code", error.code), tag("Message", error.message)]
    if key is not None:
        parts.append(tag("Key", key))
    parts += [tag(name, value) for name, value in error.extra.items()]
    parts += [tag("Resource", resource), tag("RequestId", request_id),
              tag("HostId", "s3server")]
    body = document("Error", *parts).replace(
        b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', b"")
    return Answer(error.status, [("Content-Type", "application/xml"),
                                 *error.headers], body)


def iso_time(seconds):
    """2026-11-22T12:00:00.000Z"""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def http_time(seconds):
    """Sun, 22 Nov 2026 12:00:00 GMT, whatever the locale."""
    now = time.gmtime(seconds)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[now.tm_wday]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
             "Oct", "Nov", "Dec")[now.tm_mon - 1]
    return (f"{day}, {now.tm_mday:02} {month} {now.tm_year} "
            f"{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT")


def user_tag(name):
    """The one owner there is, as <Owner> or <Initiator>."""
    return (f"<{name}><ID>s3server</ID><DisplayName>s3server</DisplayName>"
            f"</{name}>")
