"""What make bench has measured, as text, CSV, Markdown and a picture, for bench.py."""

import csv
import datetime
import os
import platform
import re
import subprocess

HEAD = ("job", "program", "wall s", "CPU s", "peak MiB", "bytes")


def versions(bench):
    wanted = {"pigz": "pigz --version", "igzip": "igzip --version", "gzip": "gzip --version",
              "mc": "mc --version", "rclone": "rclone --version", "s5cmd": "s5cmd version",
              "aws": "aws --version", "s3cmd": "s3cmd --version", "curl": "curl --version",
              "postgres": "pg_dump --version", "gzstream": "gzstream -V",
              "pgbackrest": "pgbackrest version", "barman": "barman-cloud-wal-archive --version"}
    hints = {"mc": "go install github.com/minio/mc@latest", "rclone": "go install github.com/rclone/rclone@latest",
             "s5cmd": "go install github.com/peak/s5cmd/v2@latest, where that can be had"}
    for name, command in wanted.items():
        if bench.there(command.split()[0]):
            done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
            yield name, (done.stdout or done.stderr).splitlines()[0]
        else:
            yield name, "not here: " + hints.get(name, "apt-get install " + name)


def table(bench):
    """The results as lines of cells: job, program, wall, CPU, memory, size."""
    for name, program, samples, size in bench.rows:
        wall, cpu, memory = (bench.median(samples, what) for what in ("wall", "cpu", "memory"))
        yield (name, program, f"{wall:.3f}", f"{cpu:.3f}", f"{memory:.0f}", str(size) if size else "")


def machine(bench):
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = re.search(r"model name\s*: (.*)", info.read())
    return (f"{os.cpu_count()} x {model[1] if model else platform.machine()}, Linux {platform.release()}, "
            f"store {os.environ['BENCH_STORE']}, {datetime.date.today()}, medians of {bench.RUNS}"
            + (", QUICK: figures mean nothing" if bench.QUICK else ""))


def cell(text):
    """Text for a table of Markdown."""
    return text.replace("|", "\\|")


def as_text(bench, out):
    print(machine(bench) + "\n", file=out)
    for what, figure, limit, reached, unit in bench.verdicts:
        print(f"{what:50} {figure:8.3f} {limit:8.2f} {unit:4} {'' if reached else 'MISSED'}", file=out)
    print(file=out)
    for cells in (HEAD, *table(bench)):
        print(f"{cells[0]:28} {cells[1]:24} {cells[2]:>8} {cells[3]:>8} {cells[4]:>8} {cells[5]:>10}", file=out)
    print(file=out)
    for name, version in versions(bench):
        print(f"{name:10} {version}", file=out)


def as_markdown(bench, out):
    print(f"# make bench\n\n{machine(bench)}\n\n| goal | figure | at most | |\n|---|---|---|---|", file=out)
    for what, figure, limit, reached, unit in bench.verdicts:
        print(f"| {cell(what)} | {figure:.2f} {unit} | {limit:g} {unit} | {'' if reached else '**missed**'} |", file=out)
    print("\n| " + " | ".join(HEAD) + " |\n|---|---|---|---|---|---|", file=out)
    for cells in table(bench):
        print("| " + " | ".join(map(cell, cells)) + " |", file=out)
    print(file=out)
    for name, version in versions(bench):
        print(f"- {name}: {version}", file=out)


# What the README's picture shows, and the jobs it is measured by.
PICTURES = (("put", "put"), ("get", "get"), ("back up a database", "back up"), ("restore it", "restore"))


def picture(bench):
    """The same work by each tool, side by side: wall, CPU and memory, by gnuplot."""
    shown = [(title, name, [row for row in bench.rows if re.fullmatch(name + r"( \d{2,} MB)?", row[0])])
             for title, name in PICTURES]
    shown = [(title, name, got) for title, name, got in shown if got]
    if not bench.there("gnuplot") or not shown:
        bench.say("bench: no picture: gnuplot is missing (scripts/install-deps bench)")
        return
    lines = sum(len(got) + 5 for _, _, got in shown)
    script = [f"set terminal svg size 900,{20 * lines} font 'sans,12' noenhanced background 'white'",
              f"set output '{bench.OUT}/results.svg'", "set multiplot", "unset key", "set style fill solid noborder",
              "set border 1", "set xtics nomirror", "set ytics nomirror scale 0", "set grid x", "set tmargin 0",
              "set bmargin 0"]
    top = 1.0
    for title, name, got in shown:
        height = (len(got) + 1) / lines
        top -= 2.2 / lines
        for column, (what, unit) in enumerate((("wall", "s"), ("cpu", "CPU s"), ("memory", "MiB"))):
            data = f"{bench.OUT}/picture.{name.replace(' ', '-')}.{what}"
            with open(data, "w", encoding="utf-8") as out:
                for i, (_, program, samples, _) in enumerate(reversed(got)):
                    ours = program.startswith(("s3", "backup.sh", "restore.sh")) and "cmd" not in program
                    print(f'{i} {bench.median(samples, what):.4f} {0x1b9e77 if ours else 0x999999} "{program}"', file=out)
            left, width = (0.16, 0.24) if column == 0 else (0.16 + 0.285 * column, 0.24)
            # The work may be a stream of a size, which its name tells.
            heading = title if column else f"{title}{got[0][0].removeprefix(name)}"
            labels = ":ytic(4)" if column == 0 else ""
            script += [f"set lmargin at screen {left}", f"set rmargin at screen {left + width}",
                       f"set tmargin at screen {top}", f"set bmargin at screen {top - height}",
                       f"set title '{heading + ', ' if column == 0 else ''}{unit}' offset 0,-0.6",
                       f"set yrange [-0.6:{len(got) - 0.4}]", "set xrange [0:*]", "set xtics autofreq",
                       "set xtics font ',10'",
                       "set format y ''" if column else "set format y '%s'",
                       f"plot '{data}' using (0):1:(0):2:($1-0.35):($1+0.35):3{labels} title '{name}, {what}'"
                       " with boxxyerror linecolor rgb variable"]
        top -= height + 1.8 / lines
    script.append("unset multiplot")
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


def write(bench):
    """Into the directory bench.OUT; the text goes to standard output too."""
    with open(f"{bench.OUT}/results.csv", "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *table(bench)])
    with open(f"{bench.OUT}/results.md", "w", encoding="utf-8") as out:
        as_markdown(bench, out)
    with open(f"{bench.OUT}/results.txt", "w", encoding="utf-8") as out:
        as_text(bench, out)
    picture(bench)
    with open(f"{bench.OUT}/results.txt", encoding="utf-8") as text:
        print(text.read())
