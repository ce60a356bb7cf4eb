#!/usr/bin/python3
"""Each command that a document shows in a block is run by a test that names it, or
tests/data/documents.txt says why none can. And that list names no command, and no
test, that there is not.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(
    str(page.relative_to(ROOT))
    for folder in ("docs", "docker")
    for page in (ROOT / folder).rglob("*.md")
    if page.name not in ("design.md", "style.md")  # they show how it is to be
)]
# Blocks that are no commands: settings, the text of a file, a picture.
OTHER = {"yaml", "ini", "json", "mermaid", "text", "c", "sql"}
SETTING = re.compile(r"[A-Z][A-Z0-9_]*=\S*( *#.*)?$|[A-Z][A-Z0-9_]*=[^ ]+ [^|&]*$")


def blocks(page):
    """Section and line, of each block."""
    section, fence = "", None
    for line in (ROOT / page).read_text().split("\n"):
        if found := re.match(r" *```(\w*)", line):
            fence = None if fence is not None else found[1]
        elif fence is None and (found := re.match(r"#+ (.*)", line)):
            section = found[1]
        elif fence is None and re.match(r"    +\S", line):
            yield section, line.strip()
        elif fence == "console":
            if line.startswith("$ "):
                yield section, line[2:]
        elif fence is not None and fence not in OTHER and line.strip():
            yield section, line.strip()


def entries():
    for line in (ROOT / "tests/data/documents.txt").read_text().split("\n"):
        if line and not line.startswith("#"):
            yield line.split(" :: ")


def fits(entry, page, section, command):
    return (
        entry[0] == page
        and entry[1] in ("*", section)
        and (entry[2] == "*" or command.startswith(entry[2]))
    )


tap = Tap()
known = list(entries())
tap.none([" :: ".join(e) for e in known if len(e) != 5], "the list has five parts in each line")
tap.none([e[3] for e in known if e[3] != "-" and not (ROOT / e[3]).is_file()], "the list names tests that exist")
tap.none(
    [" :: ".join(e) for e in known if e[3] != "-" and e[4] not in (ROOT / e[3]).read_text()],
    "each test of the list names the page, the section or the command",
)
used = set()
for page in PAGES:
    missing = []
    for section, command in blocks(page):
        if SETTING.match(command):
            continue
        found = [i for i, entry in enumerate(known) if fits(entry, page, section, command)]
        used.update(found)
        if not found:
            missing.append(f"{section}: {command}")
    tap.none(missing, f"{page}: a test runs each command, or the list says why none does")
tap.none([" :: ".join(e) for i, e in enumerate(known) if i not in used], "the list has no command that is gone")
raise SystemExit(tap.end())
