# SPDX-License-Identifier: MIT
"""Counts the cases of a test run and prints "N passed, N failed" as the last line.

    count.py TESTLOG.json STATUS [E2E.xml STATUS]

A unit test program that tells of no case, or ends badly without a failed one, counts as one failure, and so does a runner
that failed without saying which case.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

CASE = re.compile(r"^(not )?ok \d+\b(.*)$", re.MULTILINE)


def of_program(test):
    """(passed, failed, skipped) of one program's TAP output."""
    passed = failed = skipped = 0
    for bad, rest in CASE.findall(test.get("stdout", "")):
        if re.search(r"# *skip", rest, re.IGNORECASE):
            skipped += 1
        elif bad:
            failed += 1
        else:
            passed += 1
    silent = passed + failed + skipped == 0
    if failed == 0 and (silent or test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")):
        failed = 1
    return passed, failed, skipped


def of_units(path):
    programs = [of_program(json.loads(line)) for line in path.read_text().splitlines() if line]
    return [sum(column) for column in zip(*programs)] or [0, 0, 0]


def of_pytest(path):
    passed = failed = skipped = 0
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        failed += bad
        skipped += int(suite.get("skipped"))
        passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    return [passed, failed, skipped]


def count(read, path, status):
    path = pathlib.Path(path)
    counts = read(path) if path.exists() else [0, 0, 0]
    if int(status) != 0 and counts[1] == 0:
        counts[1] = 1
    return counts


def main():
    args = sys.argv[1:]
    parts = [count(of_units, args[0], args[1])]
    if len(args) > 2:
        parts.append(count(of_pytest, args[2], args[3]))
    passed, failed, skipped = (sum(column) for column in zip(*parts))
    if passed + failed == 0:
        failed = 1
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
