"""Faults that a test asks for: rules, and what they do to an answer.

How an answer is then sent wrongly stands in sending.py; s3server.md lists
every action.
"""

import os
import re
import threading

from answer import error_answer
from errors import KNOWN, S3Error

RULE_FIELDS = {"op", "key", "part", "skip", "times", "action"}
ACTIONS = {
    # in place of the operation
    "status", "code", "message", "headers", "body", "before_body",
    "carry_out", "error_200", "not_implemented", "redirect", "region",
    "location",
    # to the operation
    "ignore_range", "ignore_condition", "hide_results", "delete_errors",
    "no_encoding_type", "silent_encoding", "raw_controls", "repeat_token", "endless", "skew",
    # to the answer
    "etag", "content_range", "flip_bit", "truncate_xml", "garbage", "foreign",
    # to the connection
    "reset", "down", "stall", "at", "drip", "short", "long", "wrong_length",
    "big_headers", "spaces", "keep_alive",
    # afterwards
    "change_object"}
VALUES = {"reset": {"before", "during", "after"},
          "at": {"request", "headers", "body", "mid"}}


class Rule:
    """A fault, the requests it is for, and how often it has struck."""

    def __init__(self, data):
        check_rule(data)
        self.data = data
        self.ops = data.get("op", "*")
        self.key = data.get("key")
        self.part = data.get("part")
        self.skip = data.get("skip", 0)
        self.times = data.get("times", 1)
        self.fired = 0

    def matches(self, request):
        """Whether the request is one of those the rule is for."""
        ops = self.ops if isinstance(self.ops, list) else [self.ops]
        if "*" not in ops and request.op not in ops:
            return False
        if self.key is not None and not key_matches(self.key, request.key):
            return False
        return self.part is None or request.text("partNumber") == str(
            self.part)

    def strikes(self):
        """Counts a request that matches; whether it is this one's turn."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if 0 <= self.times <= self.fired:
            return False
        self.fired += 1
        return True

    def show(self):
        """The rule with how often it has struck."""
        return {**self.data, "skip": self.skip, "fired": self.fired}


class Faults:
    """The rules, in order."""

    def __init__(self):
        self.rules = []
        self.lock = threading.Lock()

    def add(self, data):
        """Adds a rule or a list of rules; a misspelt one is a ValueError."""
        rules = [Rule(item) for item in
                 (data if isinstance(data, list) else [data])]
        with self.lock:
            self.rules += rules

    def clear(self):
        """Forgets all rules."""
        with self.lock:
            self.rules = []

    def show(self):
        """All rules."""
        with self.lock:
            return [rule.show() for rule in self.rules]

    def action(self, request):
        """The action of the first rule whose turn it is; {} for none."""
        with self.lock:
            for rule in self.rules:
                if rule.matches(request) and rule.strikes():
                    return rule.data["action"]
        return {}


def check_rule(data):
    """Refuses what would never do anything."""
    if not isinstance(data, dict) or not isinstance(data.get("action"), dict):
        raise ValueError("a rule is an object with an action")
    unknown = (set(data) - RULE_FIELDS) | (set(data["action"]) - ACTIONS)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    for name, allowed in VALUES.items():
        value = data["action"].get(name)
        if value is not None and value not in allowed:
            raise ValueError(f"{name} is one of {sorted(allowed)}")


def key_matches(pattern, key):
    """Exactly, or by what stands before a final `*`."""
    wanted, key = pattern.encode("utf-8"), key or b""
    if pattern.endswith("*"):
        return key.startswith(wanted[:-1])
    return key == wanted


# In place of the operation


def refusal(exchange):
    """The answer to give in place of the operation's; None to leave that."""
    action = exchange.request.action
    if "error_200" in action:
        return scripted_error(exchange, action["error_200"], 200)
    if "redirect" in action:
        return redirect(exchange)
    if action.get("not_implemented"):
        return scripted_error(exchange, "NotImplemented", 501)
    if "status" in action:
        return scripted_error(exchange, action.get("code"), action["status"])
    return None


def scripted_error(exchange, code, status):
    """An <Error> with any code and status."""
    if code is None:
        code = usual_code(status)
    error = S3Error(code, exchange.request.action.get("message"), status)
    return make_error(exchange, error)


def usual_code(status):
    """A code that S3 uses with the status."""
    usual = {400: "InvalidRequest", 403: "AccessDenied", 404: "NoSuchKey",
             409: "OperationAborted", 500: "InternalError", 503: "SlowDown"}
    if status in usual:
        return usual[status]
    for code, (known, _) in KNOWN.items():
        if known == status:
            return code
    return f"Status{status}"


def make_error(exchange, error):
    """The answer for an error, of this exchange."""
    request = exchange.request
    return error_answer(error, exchange.id, request.raw_path, request.key)


def redirect(exchange):
    """To another place, or to the same again."""
    request, action = exchange.request, exchange.request.action
    place = action["redirect"]
    if place == "self":
        scheme = "https" if request.tls else "http"
        place = f"{scheme}://{request.headers.get('host')}"
    status = action.get("status", 307)
    code = "PermanentRedirect" if status == 301 else "TemporaryRedirect"
    headers = []
    if action.get("location", status != 301):
        target = request.target if place.count("/") == 2 else ""
        headers.append(("Location", place + target))
    if "region" in action:
        headers.append(("x-amz-bucket-region", action["region"]))
    return make_error(exchange, S3Error(
        code, status=status, headers=headers, Bucket=request.bucket,
        Endpoint=place.partition("://")[2].partition("/")[0]))


# To the answer


def alter(exchange, answer):
    """Applies what the action says of headers and body. What changes bytes
    of a stored object is left to the sending."""
    action = exchange.request.action
    for name, value in action.get("headers", {}).items():
        answer.set(name, value)
    if "etag" in action:
        set_etag(answer, action["etag"])
    if "content_range" in action:
        answer.set("Content-Range", action["content_range"])
    if "body" in action:
        replace_body(exchange, answer, action["body"].encode("utf-8"))
    if "truncate_xml" in action and answer.stored is None:
        replace_body(exchange, answer,
                     answer.body[:len(answer.body) - action["truncate_xml"]])
    if action.get("garbage") is True:
        length = answer.length if answer.stored else 1000
        replace_body(exchange, answer, b"\0\xff<" + os.urandom(length))


def set_etag(answer, etag):
    """A wrong ETag, in the header and wherever the XML tells one."""
    if any(name.lower() == "etag" for name, _ in answer.headers):
        answer.set("ETag", etag)
    text = etag.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8")
    answer.body = re.sub(rb"(<ETag>)[^<]*", lambda m: m[1] + text,
                         answer.body)
    if answer.stored is None:
        answer.length = len(answer.body)


def replace_body(exchange, answer, body):
    """Gives the answer other bytes, whatever it had."""
    exchange.release(answer)
    answer.stored = None
    answer.body = body
    answer.length = len(body)
    if answer.status == 204:
        answer.status = 200
