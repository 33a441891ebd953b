#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How fast ferry finds that nothing has changed, and how much memory a run takes: comparing.py FERRY. README.md says what
the rows of its table mean."""
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import bench
import reading

ROWS = [int(n) for n in os.environ.get("BENCH_COMPARE_ROWS", "100000").split(",")]
TIMES = int(os.environ.get("BENCH_COMPARE_TIMES", "3"))
TARGET = 3
PEAK = 128 * 1024  # KiB


class Ferry:
    """Runs the program in a folder of its own: seconds, peak KiB, and when each stage began."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.runs = os.path.join(folder, "ferry", "runs")

    def __call__(self, *arguments):
        memory, answer = os.path.join(self.folder, "memory"), os.path.join(self.folder, "answer")
        said, self.moments = [], {}
        began = time.perf_counter()
        with open(answer, "w", encoding="utf-8") as out:
            process = subprocess.Popen(
                ["/usr/bin/time", "--format", "%M", "--output", memory, self.program, *arguments, "--verbose"],
                stdout=out, stderr=subprocess.PIPE, text=True,
                env={**os.environ, "XDG_CACHE_HOME": self.folder, "XDG_STATE_HOME": self.folder, "XDG_CONFIG_HOME": self.folder})
            for line in process.stderr:
                self.moments.setdefault(line.removeprefix("ferry: ").strip(), time.perf_counter() - began)
                said.append(line)
            if process.wait():
                raise SystemExit(f"bench: ferry {' '.join(arguments)} failed: " + "".join(said[-20:]))
        took = time.perf_counter() - began
        with open(memory, encoding="utf-8") as f:
            return took, int(f.read())

    def import_rows(self, package, target, expected):
        """`expected` is the bucket that all rows have to be in."""
        took = self("import", package, "--to", f"local:{target}", "--same-environment", "--json")
        with open(os.path.join(self.folder, "answer"), encoding="utf-8") as f:
            totals = json.load(f)["totals"]
        if totals[expected] != totals["read"]:
            raise SystemExit(f"bench: not all rows are {expected}: {totals}")
        return took

    def forget_runs(self):
        shutil.rmtree(self.runs, ignore_errors=True)


def make(ferry, rows, folder):
    """An organization whose rows point to rows of their own table that are there."""
    bench.KINDS = reading.LOOKUPS
    maker = bench.Bench(ferry.program, None, folder)
    path = maker.file("org.db", bench.make_rows(min(rows, reading.MADE), ids=True))
    if rows > reading.MADE:
        reading.multiply(path, rows // reading.MADE)
    return path


def empty(path):
    with sqlite3.connect(path) as db:
        db.execute("delete from bench_row")
    db.execute("vacuum")
    db.close()


def export(ferry, path, schema, package):
    """Seconds of reading the rows."""
    ferry("export", "--from", f"local:{path}", "--schema", schema, "--out", package, "--overwrite")
    return ferry.moments["writing the package"] - ferry.moments["reading rows"]


def measure_unchanged(ferry, path, schema, package, table, rows):
    reads, imports, peak = [], [], 0

    for _ in range(TIMES):
        reads.append(export(ferry, path, schema, package))
        took, memory = ferry.import_rows(package, path, "unchanged")
        imports.append(took)
        peak = max(peak, memory)
        ferry.forget_runs()
    mine, other = statistics.median(imports), statistics.median(reads)
    table.append((f"{rows:,} unchanged rows", f"{mine:.2f} s", f"{other:.2f} s", f"{mine / other:.2f}", f"<= {TARGET}",
                  "met" if mine / other <= TARGET else "MISSED"))
    tell_memory(table, f"{rows:,} unchanged rows", peak)


def tell_memory(table, what, peak):
    table.append((f"{what}: resident memory", f"{peak / 1024:.1f} MiB", "", "", f"<= {PEAK // 1024} MiB",
                  "met" if peak <= PEAK else "MISSED"))


def measure_new(ferry, path, package, table, rows):
    empty(path)
    took, memory = ferry.import_rows(package, path, "created")
    tell_memory(table, f"{rows:,} new rows, {rows / took:,.0f} a second", memory)
    run = os.path.join(ferry.runs, next(n for n in sorted(os.listdir(ferry.runs)) if n.endswith(".run")))
    took, memory = ferry("undo", run, "--to", f"local:{path}", "--dry-run", "--json")
    tell_memory(table, f"{rows:,} new rows, undo --dry-run, {rows / took:,.0f} a second", memory)


def measure(program, rows, table):
    with tempfile.TemporaryDirectory() as folder:
        ferry = Ferry(program, folder)
        path = make(ferry, rows, folder)
        schema, package = os.path.join(folder, "schema.xml"), os.path.join(folder, "package.zip")
        with open(schema, "w", encoding="utf-8") as f:
            f.write(reading.schema())
        measure_unchanged(ferry, path, schema, package, table, rows)
        measure_new(ferry, path, package, table, rows)


def main():
    table = []
    for rows in ROWS:
        measure(os.path.abspath(sys.argv[1]), rows, table)
    sys.exit(reading.show(table))


if __name__ == "__main__":
    main()
