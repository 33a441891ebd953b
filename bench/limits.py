#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How near to the service protection limits ferry writes: limits.py FERRY. README.md says what the rows of its table mean."""
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import bench
import reading

ROWS = int(os.environ.get("BENCH_LIMITS_ROWS", "20000"))
ROW = 0.020
SPAN, WORK = 300, 1200
CEILING = WORK / SPAN / ROW
LINE = re.compile(r'\[([^]]+)\] "(\w+) (\S+)[^"]*" (\d+|-) (\d+) (\d+)ms')


def requests(path):
    """(moment of the end, method, target, status, seconds) of each request in the log."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            at, method, target, status, _, ms = LINE.search(line).groups()
            moment = datetime.datetime.strptime(at, "%d/%b/%Y:%H:%M:%S %z").timestamp()
            yield moment, method, target, int(status) if status != "-" else 0, int(ms) / 1000


def bulk(target):
    return "Multiple" in target or "$batch" in target


def measure(ferry, folder):
    bench.KINDS = reading.KINDS
    maker = bench.Bench(ferry, None, folder)
    source, target = maker.file("source.db", bench.make_rows(ROWS)), maker.file("target.db", bench.make_rows(1))
    schema, package, log = (os.path.join(folder, n) for n in ("schema.xml", "package.zip", "log"))
    with open(schema, "w", encoding="utf-8") as f:
        f.write(reading.schema())
    subprocess.run([ferry, "export", "--from", f"local:{source}", "--schema", schema, "--out", package, "--quiet"], check=True)
    server = subprocess.Popen([ferry, "serve", target, "--port", "0", "--limits", "service-protection", "--latency",
                               f"rtt=150ms,row={round(ROW * 1000)}ms", "--access-log", log], stdout=subprocess.PIPE, text=True)
    root = re.search(r"http://[^\s/]+", server.stdout.readline()).group(0)
    began = time.time()
    done = subprocess.run([ferry, "import", package, "--to", root, "--json"], capture_output=True, text=True, check=True,
                          env={**os.environ, "XDG_CACHE_HOME": folder, "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder})
    whole = time.time() - began
    server.terminate()
    server.communicate()
    return json.loads(done.stdout), whole, list(requests(log))


def main():
    ferry = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        report, whole, seen = measure(ferry, folder)
    writes = [r for r in seen if r[1] == "POST" and bulk(r[2]) and r[3] < 300]
    seconds = max(at for at, *_ in writes) - min(at - took for at, _, _, _, took in writes) + 1
    rate, throttled = ROWS / seconds, sum(status == 429 for *_, status, _ in seen) / ROWS * 10000
    table = [
        ("rows written a second", f"{rate:.0f}", f">= {0.9 * CEILING:.0f}", rate >= 0.9 * CEILING),
        ("throttled requests for 10,000 rows", f"{throttled:.1f}", "<= 2", throttled <= 2),
        ("rows written and read again, a second", f"{2 * ROWS / whole:.0f}", f">= {0.9 * CEILING:.0f}",
         2 * ROWS / whole >= 0.9 * CEILING),
    ]
    assert report["totals"]["created"] + 1 == ROWS and report["verified"]  # one was there
    for what, is_, target, met in table:
        print(f"{what:<40}{is_:>8}{target:>10}  {'met' if met else 'MISSED'}")
    print(f"{ROWS} rows in {whole:.0f} s; the ceiling is {CEILING:.0f} rows a second")
    sys.exit(not all(met for *_, met in table))


if __name__ == "__main__":
    main()
