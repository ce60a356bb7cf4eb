"""What is to come of each fault in each call: rules, the last that fits holds.

An outcome has the exit status, what stderr says (an ERE; nothing where all
went well), the effect (in the words of calls.py), the unfinished uploads that
are left, and a note for people. A cell that no rule knows is not run: there
the fault has nothing to strike.
"""

from calls import CALLS
from faults import CERTIFICATES, FAULTS, REFUSED, SKEW, STATUSES, TIMES

PUTS = ("put", "create", "part", "complete")
UPLOADS = ("create", "part", "complete", "abort")
XML = ("create", "complete", "list", "delete")
DONE = {**dict.fromkeys(PUTS, "new"), "abort": "old", "get": "whole", "list": "whole", "delete": "gone"}
UNDONE = {**dict.fromkeys(PUTS, "old"), "abort": "old", "get": "part", "list": "part", "delete": "kept"}
ENDED = "abort"  # this one fails anyway: what counts is what is left

RETRIED = "is tried again"
FINAL = "is final"
HARMLESS = "does no harm"
UNSEEN = "is not seen"
# What the store has carried out although its answer is lost.
LOST = ("reset after the body", "stall", "slow drip", "body too short", "length too large", "TLS cut",
        "garbage for HTTP", "10 MB of headers")
CAUSES = {
    REFUSED: "connect|reset|closed|[Ee]mpty reply", "stall": "no (progress|answer) for [0-9]+ seconds",
    "slow drip": "no progress for 2 seconds", "garbage for HTTP": "HTTP/0.9|header|HTTP",
    "10 MB of headers": "headers exceed|[Tt]oo large|[Tt]oo much|large response headers",
    "truncated XML": "XML is broken", "garbage body": "XML is broken", "length too small": "XML is broken",
    "error in a 200": "200 InternalError|no ETag", "redirect loop": "307 TemporaryRedirect",
    "body too short": "closed|transfer|eof|missing", "length too large": "closed|transfer|eof|missing", "TLS cut": "eof|closed|transfer|missing",
    SKEW: "RequestTimeTooSkewed",
    **{fault: "reset|[Cc]onnection|closed|[Ee]mpty reply|failure" for fault in FAULTS if fault.startswith("reset")},
    **{fault: fault for fault in FAULTS if fault.isdigit()},
    **dict.fromkeys(CERTIFICATES, "certificate"),
    "TLS cut in the handshake": "SSL|TLS|reset|eof",
}


class Outcome:
    """How a cell ends."""

    def __init__(self, call, fault, kind, count, **changes):
        survives = kind in (HARMLESS, UNSEEN) or (kind == RETRIED and count != "for ever")
        lost = fault in LOST
        self.kind = kind
        self.status = 0 if survives else 1
        self.says = "" if survives else CAUSES.get(fault, ".")
        self.effect = DONE[call] if survives or (lost and call in ("put", "complete", "delete")) else UNDONE[call]
        self.left = 0
        self.lines = 0   # on stderr, before the error
        self.told = ""   # in each of them
        self.subject = None  # of the error, if not the call's
        self.note = ""
        if call == ENDED:
            self.status = 1
            self.says = "-c /nonexistent" if survives else f"left behind.*({self.says})"
            self.left = 0 if survives or lost else 1
        self.__dict__.update(changes)


EVERY = tuple(CALLS)
AGAIN = ("408", "409", "429", "500", "503", "504")
FIRST = ("put", "create", "get", "list", "delete")

LEFT = "begun .*may be of a try whose answer was lost"

# (calls, faults, counts, kind, changes to the outcome)
RULES = [
    (EVERY, [REFUSED], ["for ever"], RETRIED, {}),
    (EVERY, ["reset before the body", "reset after the body", "stall", "garbage for HTTP", "10 MB of headers"],
     TIMES, RETRIED, {}),
    (("put", "part", *XML, "get"), ["reset during the body", "length too large", "TLS cut"], TIMES, RETRIED, {}),
    (EVERY, ["body too long"], TIMES, HARMLESS, {}),
    ((*XML, "get"), ["slow drip", "body too short"], TIMES, RETRIED, {}),
    (EVERY, [str(status) for status in STATUSES], TIMES, FINAL, {}),
    (EVERY, AGAIN, TIMES, RETRIED, {}),
    (EVERY, ["error in a 200"], TIMES, RETRIED, {}),
    (XML, ["truncated XML", "garbage body", "length too small"], TIMES, FINAL, {}),
    (EVERY, ["redirect loop"], TIMES, FINAL, {}),
    (EVERY, [SKEW], ["for ever"], HARMLESS, {}),
    (("put", "complete", "list"), ["wrong ETag"], TIMES, HARMLESS, {}),
    (FIRST, CERTIFICATES, ["for ever"], FINAL, {}),
    (FIRST, ["TLS cut in the handshake"], ["for ever"], RETRIED, {}),

    # A store that is down takes no abort either.
    (("create",), [REFUSED], ["for ever"], RETRIED, {"lines": 1, "told": "an answer was lost, and an upload may be left"}),
    (("part", "complete"), [REFUSED], ["for ever"], RETRIED, {"left": 1, "note": "the upload remains, and a message names it"}),
    # What is not there has an exit status of its own.
    (FIRST, ["404"], TIMES, FINAL, {"status": 3}),
    # What is lost may have been done: the object tells.
    (("put",), [fault for fault in LOST if fault not in ("slow drip", "body too short")], ["for ever"], HARMLESS,
     {"note": "a HEAD finds the object"}),
    (("complete",), LOST, ["for ever"], HARMLESS, {"note": "a HEAD finds the object"}),
    (("complete",), ["stall", "slow drip"], TIMES, HARMLESS, {"note": "waits for the answer, up to ten minutes of silence"}),
    (("complete",), ["truncated XML", "garbage body", "length too small"], TIMES, HARMLESS,
     {"note": "a HEAD finds the object"}),
    (("delete",), ["truncated XML", "garbage body", "length too small"], TIMES, FINAL, {"effect": "gone"}),
    # Of an upload whose id was lost nobody but a listing knows.
    *((("create",), (*LOST, "reset during the body"), [count], RETRIED,
       {"left": left, "lines": left, "told": LEFT, "note": "a message names the uploads whose ids were lost"})
      for count, left in (("once", 1), ("twice", 2), ("for ever", 2))),
    (("create",), ["truncated XML", "garbage body", "length too small"], TIMES, FINAL,
     {"left": 1, "lines": 1, "told": LEFT, "note": "a message names the upload whose id was lost"}),
    # The older calls, where a store refuses the newer ones.
    (("list",), ["400", "501"], ["once"], HARMLESS, {"note": "survived if it strikes only once: the next try is ListObjects"}),
    (("put", "create", "get"), ["400", "501"], ["once"], HARMLESS, {"note": "survived if it strikes only once: the next try has no checksum"}),
    (("delete",), ["501"], TIMES, HARMLESS, {"note": "the keys are deleted one by one"}),
    (("delete",), ["400", "403"], TIMES, HARMLESS, {"note": "the keys are deleted one by one, if the first of these requests succeeds"}),
    # A store that forgets an upload need not abort it.
    ((ENDED,), ["404"], TIMES, HARMLESS, {"left": 1, "note": "the store answers that the upload is gone"}),
    (("part",), ["wrong ETag"], TIMES, FINAL, {"subject": "complete upload of KEY", "says": "400 InvalidPart"}),
    (("get",), ["length too small", "length too large", "TLS cut", "garbage body"], TIMES, RETRIED,
     {"says": "length is not that of its range"}),
    (("get",), ["wrong ETag"], TIMES, FINAL, {"says": "the object changed while it was read"}),
    (("get",), ["wrong range"], TIMES, FINAL, {"says": "another range|another length"}),
    (("get",), ["a bit flipped"], TIMES, UNSEEN,
     {"effect": "spoilt", "note": "only over plain HTTP, from a store that keeps no checksums; `gzstream -d` detects it"}),
    (("get",), ["a bit flipped, with a checksum"], TIMES, FINAL,
     {"effect": "spoilt", "says": "what was written has the CRC64NVME"}),
]


def expected(call, fault, count):
    """The outcome of a cell, None where there is none."""
    found = None
    for calls, faults, counts, kind, changes in RULES:
        if call in calls and fault in faults and count in counts:
            found = Outcome(call, fault, kind, count, **changes)
    return found
