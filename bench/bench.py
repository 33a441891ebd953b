#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How fast the local organization is, beside SQLite alone on the same file and machine: bench.py FERRY MEASURE.
README.md says what the rows of its table mean."""
import http.client
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

ROWS, MANY, TIMES = 5000, 1000, int(os.environ.get("BENCH_TIMES", "9"))
KINDS = {"StringType": 10, "IntegerType": 5, "DecimalType": 3, "DoubleType": 2, "BooleanType": 2, "PicklistType": 3,
         "DateTimeType": 3, "LookupType": 1}  # and the key: 30
WORDS = "alpha beta gamma delta épsilon zeta eta theta".split()


def columns():
    for kind, count in KINDS.items():
        for n in range(count):
            yield f"bench_{kind[:-4].lower()}{n}", kind


def definition():
    attributes = [{"logicalName": "bench_rowid", "type": "UniqueidentifierType", "requiredLevel": "SystemRequired"}]
    for name, kind in columns():
        a = {"logicalName": name, "type": kind}
        if kind == "StringType":
            a["maxLength"] = 200
        if kind in ("IntegerType", "DecimalType", "DoubleType"):
            a.update(min=-1000000, max=1000000, precision=4)
        if kind == "PicklistType":
            a["options"] = [{"value": v, "label": f"Choice {v}"} for v in range(5)]
        if kind == "BooleanType":
            a["options"] = [{"value": 0, "label": "No"}, {"value": 1, "label": "Yes"}]
        if kind == "DateTimeType":
            a.update(dateBehavior="UserLocal", format="DateAndTime")
        if kind == "LookupType":
            a["targets"] = ["bench_row"]
        attributes.append(a)
    for a in attributes:
        a.update(schemaName=a["logicalName"], displayName=a["logicalName"], validForCreate=True, validForUpdate=True,
                 validForRead=True)
    lookups = [{"schemaName": f"bench_row_{name}", "referencingAttribute": name, "referencedEntity": "bench_row",
                "referencedAttribute": "bench_rowid", "navigationProperty": name} for name, kind in columns()
               if kind == "LookupType"]
    return {"logicalName": "bench_row", "schemaName": "bench_Row", "entitySetName": "bench_rows",
            "collectionSchemaName": "bench_rows", "displayName": "Row", "displayCollectionName": "Rows",
            "primaryId": "bench_rowid", "primaryName": "bench_string0", "objectTypeCode": 10999,
            "ownership": "OrganizationOwned", "attributes": attributes, "manyToOne": lookups}


def value(rng, kind, ids):
    return {"StringType": lambda: " ".join(rng.choices(WORDS, k=3)), "IntegerType": lambda: rng.randrange(100000),
            "DecimalType": lambda: round(rng.random() * 1000, 2), "DoubleType": lambda: round(rng.random() * 180 - 90, 5),
            "BooleanType": lambda: rng.random() < 0.5, "PicklistType": lambda: rng.randrange(5),
            "DateTimeType": lambda: f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T12:00:00Z",
            "LookupType": lambda: rng.choice(ids) if ids else None}[kind]()


def make_rows(count, ids=None):
    rng = random.Random(1)
    keys = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(count)]
    return [{"bench_rowid": key, **{name: value(rng, kind, ids and keys) for name, kind in columns()}} for key in keys]


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


class Served:
    """A context: milliseconds of a request to ferry serve."""

    def __init__(self, ferry, path):
        self.server = subprocess.Popen([ferry, "serve", path, "--port", "0"], stdout=subprocess.PIPE, text=True)
        port = int(self.server.stdout.readline().strip().rsplit(":", 1)[1])
        self.client = http.client.HTTPConnection("127.0.0.1", port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.server.terminate()
        self.server.communicate()

    def __call__(self, method, target, body=None):
        began = time.perf_counter()
        self.client.request(method, "/api/data/v9.2/" + target, body, {"Content-Type": "application/json"})
        answer = self.client.getresponse()
        data = answer.read()
        took = (time.perf_counter() - began) * 1e3
        if answer.status >= 300:
            raise SystemExit(f"bench: {answer.status}: {data[:500]}")
        return took


class Bench:
    def __init__(self, ferry, measure, folder):
        self.ferry, self.measure, self.folder = ferry, measure, folder
        self.table = []

    def file(self, name, rows=()):
        path = os.path.join(self.folder, name)
        definition_path = os.path.join(self.folder, "table.json")
        with open(definition_path, "w", encoding="utf-8") as f:
            json.dump(definition(), f)
        run(self.ferry, "org", "create", path, "--seed", "1")
        run(self.ferry, "org", "add-table", path, definition_path)
        with sqlite3.connect(path) as db:
            for row in rows:
                stored = {k: str(v) if k.startswith("bench_decimal") else v for k, v in row.items()}
                stored["versionnumber"] = 1
                db.execute(f"insert into bench_row({','.join(stored)}) values({','.join('?' * len(stored))})",
                           list(stored.values()))
        db.close()
        return path

    def emptied(self, path, measure):
        """In a table without rows: one that grows with every turn would be compared with one that does not."""
        with sqlite3.connect(path) as db:
            db.execute("delete from bench_row")
        db.close()
        return measure()

    def in_process(self, *arguments):
        """The first of three also loads what the file tells of its tables."""
        return statistics.median(float(line) for line in run(self.measure, *arguments, 3).split())

    def shell(self, path, names):
        began = time.perf_counter()
        subprocess.run(["sqlite3", "-json", path, f"select {','.join(names)} from bench_row limit {ROWS}"],
                       stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - began) * 1e3

    def compare(self, base, target, measured):
        """In turns, so that whatever else the machine does falls on all of them."""
        took = {what: [] for what in measured}
        others = []
        for _ in range(TIMES):
            others.append(base())
            for what, measure in measured.items():
                took[what].append(measure())
        for what, times in took.items():
            self.tell(what, statistics.median(times), statistics.median(others), target)

    def tell(self, what, mine, other, target):
        self.table.append((what, f"{mine:.1f} ms", f"{other:.1f} ms", f"{mine / other:.2f}", f"<= {target:g}",
                           "met" if mine / other <= target else "MISSED"))

    def pages(self):
        path = self.file("pages.db", make_rows(ROWS, ids=True))
        served = self.file("served_pages.db", make_rows(ROWS, ids=True))
        names = ["bench_rowid", *(name for name, _ in columns())]
        target = "bench_rows?$select=" + ",".join(f"_{n}_value" if "lookup" in n else n for n in names)
        xml = "%3Cfetch%3E%3Centity%20name='bench_row'%3E" + "".join(
            f"%3Cattribute%20name='{n}'/%3E" for n in names) + "%3C/entity%3E%3C/fetch%3E"
        with Served(self.ferry, served) as server:
            self.compare(lambda: self.shell(path, names), 3, {
                "5,000 rows x 30 columns by OData, in process": lambda: self.in_process("get", path, target),
                "the same by FetchXML": lambda: self.in_process("get", path, f"bench_rows?fetchXml={xml}"),
                "the same by OData over HTTP": lambda: server("GET", target)})

    def creates(self):
        rows = make_rows(MANY)
        for row in rows:
            del row["bench_lookup0"]
        targets = [{"@odata.type": "Microsoft.Dynamics.CRM.bench_row", **{
            k: v for k, v in row.items() if k != "bench_rowid"}} for row in rows]
        whole = [{**t, "bench_rowid": row["bench_rowid"], "versionnumber": 1} for t, row in zip(targets, rows)]
        body, inserted = (os.path.join(self.folder, name) for name in ("targets.json", "rows.json"))
        for path, found in ((body, targets), (inserted, whole)):
            with open(path, "w", encoding="utf-8") as f:
                json.dump({"Targets": found}, f)
        with open(body, encoding="utf-8") as f:
            data = f.read()
        message = "bench_rows/Microsoft.Dynamics.CRM.CreateMultiple"
        path, other = self.file("creates.db"), self.file("inserts.db")
        served = self.file("served_creates.db")
        with Served(self.ferry, served) as server:
            self.compare(lambda: self.in_process("insert", other, "bench_row", inserted), 4, {
                "CreateMultiple of 1,000 rows, in process":
                    lambda: self.emptied(path, lambda: self.in_process("post", path, message, body)),
                "the same over HTTP": lambda: self.emptied(served, lambda: server("POST", message, data))})

    def show(self):
        head = ("what", "ferry", "SQLite", "ratio", "target", "")
        widths = [max(len(row[i]) for row in [head, *self.table]) for i in range(len(head))]
        for row in [head, *self.table]:
            print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))
        return any(row[-1] == "MISSED" for row in self.table)


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], sys.argv[2], folder)
        bench.pages()
        bench.creates()
        sys.exit(bench.show())


if __name__ == "__main__":
    main()
