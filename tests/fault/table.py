"""The table of the matrix for people: docs/faults.md."""

from calls import CALLS
from cell import MEMORY, SECONDS
from expected import FINAL, HARMLESS, RETRIED, UNSEEN, expected
from faults import CERTIFICATES, FAULTS, TIMES

WORDS = {HARMLESS: "survived", RETRIED: "retried", FINAL: "fails", UNSEEN: "**not seen**"}
HEAD = """\
# Faults

This page lists which faults of a store or of a network the programs survive, and how
they fail otherwise. `tests/fault/matrix --table` prints it from the rules in
`tests/fault/expected.py`. `make test-fault` tests each cell, {cells} in all: every
fault strikes once, twice and for ever, if the fault allows that.

| | |
|---|---|
| **survived** | however often the fault strikes: exit status 0, and no message on standard error |
| **retried** | survived if a try is left (`S3_RETRIES`); after the last try as *fails* |
| **fails** | exit status 1, or what the note says, and one message that names the object and the cause |
| **not seen** | exit status 0, but the data that was written is wrong |
| - | the fault cannot strike this call |

Each cell also checks that

- after a put that failed, the key has the older object, complete; after a put that
  succeeded, it has the new one. The key never has anything else;
- no multipart upload remains. If the note says that one remains, a message names it
  and the command that removes it;
- s3get has written the object, or after a failure its beginning; s3ls has written all
  keys or none; s3rm has printed no key that still exists;
- the program took less than {seconds} seconds with `S3_TIMEOUT=2` and at most three tries (a
  program that hangs is killed), and no more than {memory} MiB of memory.

The calls are those of `s3put` for a small object (put), of `s3put` for a large object
(create, part, complete; abort if the input was not complete), of `s3get`, `s3ls` and
`s3rm`.

"""


def note_of(call, fault):
    """What is to be said of a row's cell, beside its word."""
    outcomes = [expected(call, fault, count) for count in TIMES]
    notes = [outcome.note for outcome in outcomes if outcome and outcome.note]
    if notes:
        return notes[-1]
    statuses = {outcome.status for outcome in outcomes if outcome} - {0, 1}
    return f"exit status {statuses.pop()}" if statuses else ""


def word_of(call, fault, notes):
    """A cell of the table; its note is added to the list."""
    outcomes = [outcome for count in TIMES if (outcome := expected(call, fault, count))]
    if not outcomes:
        return "-"
    word, note = WORDS[outcomes[-1].kind], note_of(call, fault)
    if not note:
        return word
    if note not in notes:
        notes.append(note)
    return f"{word} ({notes.index(note) + 1})"


def table():
    """The whole page."""
    notes, rows = [], []
    for fault in [*FAULTS, *CERTIFICATES]:
        rows.append([fault, *(word_of(call, fault, notes) for call in CALLS)])
    cells = sum(expected(call, fault, count) is not None
                for call in CALLS for fault in [*FAULTS, *CERTIFICATES] for count in TIMES)
    page = HEAD.format(cells=cells, seconds=SECONDS, memory=MEMORY >> 10)
    for row in [["fault", *CALLS], ["---"] * (len(CALLS) + 1), *rows]:
        page += f"| {' | '.join(row)} |\n"
    page += "\n"
    for number, note in enumerate(notes, 1):
        page += f"{number}. {note[0].upper()}{note[1:]}.\n"
    return page
