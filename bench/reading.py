#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How fast ferry reads an environment over HTTP and writes the package, beside curl and gzip in the same run:
reading.py FERRY. README.md says what the rows of its table mean."""
import html
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile

import bench

ROWS = [int(n) for n in os.environ.get("BENCH_READ_ROWS", "100000").split(",")]
TIMES = int(os.environ.get("BENCH_READ_TIMES", "3"))
KINDS = {"StringType": 7, "IntegerType": 3, "DecimalType": 2, "DoubleType": 1, "BooleanType": 2, "PicklistType": 2,
         "DateTimeType": 2}  # and the key: 20
LOOKUPS = {**KINDS, "StringType": 6, "LookupType": 1}
CMT = {"StringType": "string", "IntegerType": "number", "DecimalType": "decimal", "DoubleType": "float",
       "BooleanType": "bool", "PicklistType": "optionsetvalue", "DateTimeType": "datetime", "LookupType": "entityreference"}
MORE = "Microsoft.Dynamics.CRM.morerecords"
COOKIE = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
NAMES = "OData.Community.Display.V1.FormattedValue"
PEAK = 64 * 1024  # KiB
MADE = 100000


def schema():
    fields = ["<field name='bench_rowid' displayname='Id' type='guid' primaryKey='true'/>"]
    for name, kind in bench.columns():
        to = " lookupType='bench_row'" if kind == "LookupType" else ""
        fields.append(f"<field name='{name}' displayname='{name}' type='{CMT[kind]}'{to}/>")
    return ("<entities><entity name='bench_row' displayname='Row' primaryidfield='bench_rowid' "
            f"primarynamefield='bench_string0'><fields>{''.join(fields)}</fields></entity></entities>")


def multiply(path, times):
    """As many rows again and again, without making each here: ids differ in their first digit alone. Each copy points to rows
    of its own."""
    with sqlite3.connect(path) as db:
        names = [row[1] for row in db.execute("pragma table_info(bench_row)") if row[1] != "bench_rowid"]
        lookups = [name for name in names if name.startswith("bench_lookup")]
        moved = [f"{{0}} || substr({name}, 2)" if name in lookups else name for name in names]
        db.execute("update bench_row set "
                   + ",".join(f"{name} = '0' || substr({name}, 2)" for name in ["bench_rowid", *lookups]))
        for digit in range(1, times):
            db.execute(f"insert into bench_row(bench_rowid,{','.join(names)}) select '{digit:x}' || substr(bench_rowid, 2),"
                       f"{','.join(moved)} from bench_row where bench_rowid like '0%'".format(f"'{digit:x}'"))
    db.close()


class Server:
    def __init__(self, ferry, path):
        self.process = subprocess.Popen([ferry, "serve", path, "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://[^\s/]+", self.process.stdout.readline()).group(0)

    def __enter__(self):
        return self.url

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def fetch_url(root, page, cookie):
    paging = f' paging-cookie="{html.escape(cookie)}"' if cookie else ""
    names = ["bench_rowid", *(name for name, _ in bench.columns())]
    xml = (f'<fetch count="5000" page="{page}"{paging}><entity name="bench_row">'
           + "".join(f'<attribute name="{n}"/>' for n in names) + '<order attribute="bench_rowid"/></entity></fetch>')
    return f"{root}/api/data/v9.2/bench_rows?fetchXml={urllib.parse.quote(xml)}"


def cookie_after(head):
    """What stands before the rows of a page; None behind the last."""
    head = json.loads(head.split('"value":[')[0].rstrip(",") + "}")
    if not head.get("@" + MORE):
        return None
    encoded = re.search(r'pagingcookie="([^"]*)"', head["@" + COOKIE]).group(1)
    return urllib.parse.unquote(urllib.parse.unquote(encoded))


def list_pages(root, annotations, folder):
    """The addresses of all pages, in order, for curl."""
    page, cookie, urls = 1, "", []
    into = os.path.join(folder, "page")
    while cookie is not None:
        urls.append(fetch_url(root, page, cookie))
        subprocess.run(["curl", "--silent", "--fail", "--output", into, "--header", prefer(annotations), urls[-1]], check=True)
        with open(into, encoding="utf-8") as f:
            cookie = cookie_after(f.read(20000))
        page += 1
    return urls


def prefer(annotations):
    return f'Prefer: odata.include-annotations="{annotations}"'


def time_curl(urls, annotations, folder):
    """One process, one connection, page after page, everything thrown away."""
    config = os.path.join(folder, "curl.txt")
    with open(config, "w", encoding="utf-8") as f:
        for url in urls:
            f.write(f'url = "{url}"\noutput = "/dev/null"\n')
    began = time.perf_counter()
    subprocess.run(["curl", "--silent", "--fail", "--header", "Accept: application/json", "--header", prefer(annotations),
                    "--config", config], check=True)
    return time.perf_counter() - began


def time_export(ferry, root, schema_path, package, folder):
    """Seconds of pulling the rows and of writing the package, as --verbose tells the stages; peak KiB."""
    memory = os.path.join(folder, "memory")
    process = subprocess.Popen(
        ["/usr/bin/time", "--format", "%M", "--output", memory, ferry, "export", "--from", root, "--schema", schema_path, "--out",
         package, "--overwrite", "--verbose"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "XDG_CACHE_HOME": folder, "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder})
    moments = {}
    said = []
    for line in process.stderr:
        said.append(line)
        for stage in ("reading rows", "writing the package", "is written"):
            if stage in line:
                moments.setdefault(stage, time.perf_counter())
    if process.wait():
        raise SystemExit("bench: the export failed: " + "".join(said))
    with open(memory, encoding="utf-8") as f:
        peak = int(f.read())
    return (moments["writing the package"] - moments["reading rows"], moments["is written"] - moments["writing the package"],
            peak)


def time_gzip(path):
    began = time.perf_counter()
    with open(path, "rb") as f, open(os.devnull, "wb") as out:
        subprocess.run(["gzip", "-6", "--stdout"], stdin=f, stdout=out, check=True)
    return time.perf_counter() - began


def unpack(package, path):
    with zipfile.ZipFile(package) as z, z.open("data.xml") as source, open(path, "wb") as target:
        shutil.copyfileobj(source, target)


def measure(ferry, rows, what, kinds, annotations, folder, table):
    bench.KINDS = kinds
    lookups = "LookupType" in kinds
    maker = bench.Bench(ferry, None, folder)
    path = maker.file(f"{rows}-{len(kinds)}.db", bench.make_rows(min(rows, MADE), ids=lookups))
    if rows > MADE:
        multiply(path, rows // MADE)
    schema_path, package, data = (os.path.join(folder, n) for n in ("schema.xml", "package.zip", "data.xml"))
    with open(schema_path, "w", encoding="utf-8") as f:
        f.write(schema())
    took = {"pull": [], "curl": [], "write": [], "gzip": []}
    peak = 0
    with Server(ferry, path) as root:
        urls = list_pages(root, annotations, folder)
        for _ in range(TIMES):
            took["curl"].append(time_curl(urls, annotations, folder))
            pull, write, memory = time_export(ferry, root, schema_path, package, folder)
            took["pull"].append(pull)
            took["write"].append(write)
            peak = max(peak, memory)
            unpack(package, data)
            took["gzip"].append(time_gzip(data))
    middle = {k: statistics.median(v) for k, v in took.items()}
    for title, mine, other, target in (("pull beside curl", "pull", "curl", 2.5), ("write beside gzip -6", "write", "gzip", 1.2)):
        ratio = middle[mine] / middle[other]
        table.append((f"{rows:,} rows, {what}: {title}", f"{middle[mine]:.2f} s", f"{middle[other]:.2f} s", f"{ratio:.2f}",
                      f"<= {target:g}", "met" if ratio <= target else "MISSED"))
    table.append((f"{rows:,} rows, {what}: resident memory", f"{peak / 1024:.1f} MiB", "", "", "<= 64 MiB",
                  "met" if peak <= PEAK else "MISSED"))
    for name in (path, package, data):
        os.remove(name)


def show(table):
    """Whether a target was missed."""
    head = ("what", "ferry", "beside", "ratio", "target", "")
    widths = [max(len(row[i]) for row in [head, *table]) for i in range(len(head))]
    for row in [head, *table]:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))
    return any(row[-1] == "MISSED" for row in table)


def main():
    ferry = os.path.abspath(sys.argv[1])
    table = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in ROWS:
            measure(ferry, rows, "20 columns", KINDS, f"{COOKIE},{MORE}", folder, table)
            if rows <= MADE:
                measure(ferry, rows, "20 columns with a lookup", LOOKUPS, f"{NAMES},{COOKIE},{MORE}", folder, table)
    sys.exit(show(table))


if __name__ == "__main__":
    main()
