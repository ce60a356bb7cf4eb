#!/usr/bin/python3
"""Every message that a program or a script can print is in the DIAGNOSTICS of
a page of one that can print it, or of s3pipe(7): whole, with words for what
varies. And these pages tell of no message that there is not.
"""

import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from tap import Tap  # noqa: E402

# Where a literal varies: a conversion of printf, or what a shell expands.
EXPANSION = r"\$\(\(.*?\)\)|\$\((?:[^()]|\([^()]*\))*\)|\$\{(?:\\.|[^{}\\]|\{[^{}]*\})*\}|\$\w+"
VARIES = re.compile(r"%[-.*\d]*(?:l|ll|z)?[a-zA-Z]|" + EXPANSION)
STRING = r"'[^'\n]*'|\"(?:[^\"\\\n$]|\\.|" + EXPANSION + r")*\""
# Two words, or one and what varies.
WORDS = re.compile(r"[a-z>)]['\"]?[,:;]? [\w<(\0]|\0:? [a-z]{2}", re.IGNORECASE)
# Literals such as these that are no messages: usage, version, headers, XML, the
# line of progress, an error that has no words, SQL.
SILENT = re.compile(
    r"usage: |SET ([a-z_]+( = 0)?|\(slot_name =)$|%s \(s3pipe\)|(ISA-L|libdeflate|zlib) %|[A-Z][\w-]+: \S+$|AWS4-|<\w+ xmlns|"
    r"%s: %s, %s/s|, %d%%|\"\\/|error %d|"
    r"BASE_BACKUP \(|[A-Z ]+$|(SELECT|RESET) [\w.]+|-- (Data|Statistics|PostgreSQL) "
)
# What others say, by way of us: a store after its status, libcurl.
THEIRS = re.compile(r"\b[45]\d\d \w+|Could not resolve|SSL certificate|No such file")


def literals_of_c(text):
    text = re.sub(r"^#.*?$|/\*.*?\*/", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r'%" PRI\w+(\s*")?', lambda m: "%u" if m[1] else '%u"', text)
    for found in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', text):
        literal = re.sub(r'"\s*"', "", found.group().strip()).strip('"')
        yield re.sub(r"\\(.)", lambda c: " " if c[1] in "nr" else c[1], literal)


def literals_of_shell(text):
    """What follows a command or stands in a variable that tells."""
    text = re.sub(r"\\\n\s*|(?m:^\s*#.*)", "", text)
    told = rf"\b(?:die(?: -\d+)?|warn|error|log|log_each|trouble|tell_trouble) ((?:(?:{STRING}) *)+)"
    for found in re.finditer(rf"{told}|\becho ({STRING}) >|\b(?:reason|advice|lost|outcome)=({STRING})", text):
        strings = re.findall(STRING, found[1] or found[2] or found[3])
        yield " ".join(s[1:-1].replace("\\\\", "\\") for s in strings)
    yield from re.findall(r'printf "(.*?)\\n"', text)  # awk's


def literals_of_sql(text):
    for found in re.findall(r"'(?:ERROR|NOTE|NEVER) ([^\n]*')", text):
        yield re.sub(r"' \|\| .*? \|\| '", "%s", found).split("'")[0]


HELPERS = re.search(r"^HELPERS = (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
READERS = {".c": literals_of_c, ".sh": literals_of_shell, ".sql": literals_of_sql}


@cache
def read(path):
    return (ROOT / path).read_text()


@cache
def messages(path):
    """Patterns, by their literals."""
    found = {}
    for literal in READERS.get(Path(path).suffix, lambda text: [])(read(path)):
        literal = " ".join(literal.split())
        if WORDS.search(VARIES.sub("\0", literal)) and not SILENT.match(literal):
            pieces = map(re.escape, VARIES.split(literal))
            found[literal] = re.compile(".*".join(pieces))
    return found


def parts(path):
    """The files that it includes or reads itself."""
    text = read(path)
    found = [ROOT / "scripts" / n for n in re.findall(r'\$here/(lib/[\w.]+)"', text)]
    found += [ROOT / "scripts/lib.sh"] if "source=lib.sh" in text else []
    if path.endswith(".sh"):  # a program of its own
        found += [ROOT / "bin" / f"{helper}.c" for helper in HELPERS if re.search(rf"exec {helper}\b", text)]
    for header in re.findall(r'#include "([\w/]+)\.h"', text):
        found += [*ROOT.glob(f"common/{header}.?"), *ROOT.glob(f"common/{header}_*.?")]
    return {str(name.relative_to(ROOT)) for name in found}


def whole(path):
    found, new = set(), {path}
    while new:
        each = new.pop()
        found.add(each)
        new |= parts(each) - found
    return found


@cache
def documented(page):
    """The items of its DIAGNOSTICS."""
    section = re.search(r"^\.Sh DIAGNOSTICS\n(.*?)^\.Sh ", read(page), re.MULTILINE | re.DOTALL)
    items = re.findall(r"^\.It (.*)", section[1] if section else "", re.MULTILINE)
    plain = [i.strip('"').replace("\\(dq", '"').replace("\\e", "\\") for i in items]
    return [re.sub(r"\\&|\\(?=-)", "", item) for item in plain]


tap = Tap()
printed = {}  # a page, and the messages that its program can print
where = {}  # a file, and the pages of those that it is part of
for program in [*ROOT.glob("bin/*.c"), *ROOT.glob("scripts/*.sh")]:
    page = f"man/{'s3pipe-' * (program.suffix == '.sh')}{program.stem}.1"
    if not (ROOT / page).exists():
        continue  # lib.sh, which is a part
    files = whole(str(program.relative_to(ROOT)))
    printed[page] = [m for name in files for m in messages(name).values()]
    for name in files:
        where.setdefault(name, ["man/s3pipe.7"]).append(page)
printed["man/s3pipe.7"] = [m for found in printed.values() for m in found]

for name in sorted(where):
    items = [item for page in where[name] for item in documented(page)]
    if messages(name):
        missing = [m for m, p in messages(name).items() if not any(map(p.search, items))]
        tap.none(missing, f"the messages of {name} are in a manual")
for page, found in sorted(printed.items()):
    items = [item for item in documented(page) if not THEIRS.search(item)]
    tap.ok(documented(page), f"{page} has a DIAGNOSTICS")
    tap.none([i for i in items if not any(p.search(i) for p in found)], f"the DIAGNOSTICS of {page} have no other messages")
raise SystemExit(tap.end())
