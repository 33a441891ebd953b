#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Replays recorded exchanges against `ferry serve` and compares the answers by shape.

    replay.py --ferry build/ferry --exchanges DIR [--write docs/conformance.md] [NAME...]

Each exchange gets an organization of its own: a copy of one with the tables of tests/tables and the rows that
world.py reads off the exchange, and those of cases.json. What a case may say there:

    note       why it passes although the source differs, or what was added to it
    not        why it does not apply
    ignore     patterns of differences that the source itself or a newer source justifies
    statuses   other statuses that are right, too
    target     what is asked for instead, below the service root
    headers    request headers that the source left out
    replace    [text, text] pairs for placeholders of the source's request
    rows, sql  what the file holds before; empty: nothing is read off the exchange
    first      requests before it: {method, target, headers, body, keep}; keep: {text: member} puts a member
               of the answer (or name[i] of the array in a text) in the place of that text in all that follows
"""

import argparse
import concurrent.futures
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from exchange import read_exchange  # noqa: E402
from shape import compare  # noqa: E402
from world import World  # noqa: E402

CASES = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
TABLES = HERE.parent / "tables"
NOT_FORWARDED = {"content-length", "host", "authorization", "connection", "accept-encoding"}


def encode_target(target):
    """The documentation writes blanks, quotes and braces into URLs; a client encodes them."""
    return urllib.parse.quote(target, safe="%/?&=$,()'@:;*+!~-._")


class Server:
    def __init__(self, ferry, path):
        self.process = subprocess.Popen([ferry, "serve", str(path), "--port", "0"], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.root = re.search(r"http://[^\s]+", line).group(0).rstrip("/")
        self.host = self.root.split("//", 1)[1].split("/")[0]

    def ask(self, method, target, headers, body):
        c = http.client.HTTPConnection(self.host, timeout=30)
        c.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            c.putheader(name, value)
        if body:
            c.putheader("Content-Length", str(len(body)))
        c.endheaders()
        if body:
            c.send(body)
        r = c.getresponse()
        text = r.read().decode("utf-8", "replace")
        answer = r.status, r.getheaders(), text
        c.close()
        return answer

    def expect(self, method, target, headers=None, body=None):
        """A request that has to succeed; what it answers."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        headers = {"Content-Type": "application/json", **(headers or {})}
        status, _, text = self.ask(method, "/api/data/v9.2/" + encode_target(target), list(headers.items()),
                                   (body or "").encode())
        if status >= 400:
            raise RuntimeError(f"a first step failed: {method} {target}: {status} {text[:300]}")
        return json.loads(text) if text.startswith("{") else {}

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait()
        self.process.stdout.close()


def prepare_base(ferry, folder):
    path = folder / "base.db"
    subprocess.run([ferry, "org", "create", str(path), "--seed", "7"], check=True, stdout=subprocess.DEVNULL)
    tables = sorted(str(p) for p in TABLES.glob("*.json"))
    subprocess.run([ferry, "org", "add-table", str(path), *tables], check=True, stdout=subprocess.DEVNULL)
    server = Server(ferry, path)
    try:
        for columns in sorted((TABLES / "columns").glob("*.json")):
            for column in json.loads(columns.read_text(encoding="utf-8")):
                server.expect("POST", f"EntityDefinitions(LogicalName='{columns.stem}')/Attributes", body=column)
    finally:
        server.stop()
    return path


def absolute(text, root):
    """Placeholders for the organization's address become that of the server."""
    text = re.sub(r"https?://\[organization ur[il]\]", root, text, flags=re.I)
    text = re.sub(r"\[organization ur[il]\]", root, text, flags=re.I)
    text = re.sub(r"https?:///", root + "/", text)
    text = re.sub(r"https://\[Token-CRM-Org-Name\][^/]*", root, text)
    return re.sub(r"https://[a-z0-9-]+\.(?:api\.)?crm[0-9]*\.dynamics\.com", root, text)


def replaced(text, pairs):
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def give_rows(world, exchange, case):
    target = urllib.parse.unquote(case.get("target", exchange.target))
    if not case.get("empty"):
        if exchange.status in (0, 200) and exchange.method in ("GET", "PATCH"):
            world.from_answer(target, exchange.response.body)
        if exchange.status != 404:
            world.need(target)
            world.need(exchange.request.body)
            if "Multiple" not in target or "UpdateMultiple" in target:
                world.need_targets(exchange.request.json())
        if exchange.status in (200, 204, 304):
            for name in ("If-None-Match", "If-Match"):
                world.versions(target, exchange.request.header(name))
    for row in case.get("rows", []):
        values = {n: tuple(v) if isinstance(v, list) else v for n, v in row.get("values", {}).items()}
        world.put(row["table"], row["id"], values)
    for statement in case.get("sql", []):
        world.db.execute(statement)


def member_of(answer, member):
    """A member by its name; name[i]: an item of the array that stands in it as a text."""
    name, _, index = member.rstrip("]").partition("[")
    return json.loads(answer[name])[int(index)] if index else answer[name]


def first_steps(server, case):
    """What has to be done before; the texts to replace in what follows."""
    pairs = [tuple(p) for p in case.get("replace", [])]
    for step in case.get("first", []):
        body = step.get("body", "")
        body = replaced(json.dumps(body) if isinstance(body, (dict, list)) else body, pairs)
        answer = server.expect(step["method"], replaced(step["target"], pairs), step.get("headers"), body)
        pairs += [(text, member_of(answer, member)) for text, member in step.get("keep", {}).items()]
    return pairs


def request_headers(exchange, case, root):
    headers = {n: absolute(v, root) for n, v in exchange.request.headers if n.lower() not in NOT_FORWARDED}
    boundary = re.match(r"--(\S+)", exchange.request.body)
    if boundary and not exchange.request.header("Content-Type"):
        headers["Content-Type"] = f"multipart/mixed; boundary={boundary.group(1)}"
    return [*headers.items(), *case.get("headers", {}).items()]


def wire_body(exchange, root, pairs):
    body = replaced(absolute(exchange.request.body, root), pairs)
    kind = exchange.request.header("Content-Type") or ""
    if "multipart/mixed" in kind or "$batch" in exchange.target:
        body = body.replace("\n", "\r\n") + "\r\n"
    return body.encode("utf-8")


def replay(ferry, base, exchange, case, path):
    """The differences; an empty list when the shapes agree."""
    shutil.copyfile(base, path)
    world = World(path)
    give_rows(world, exchange, case)
    world.close()
    server = Server(ferry, path)
    try:
        pairs = first_steps(server, case)
        target = replaced(absolute(case.get("target", exchange.target), server.root), pairs)
        answer = server.ask(exchange.method, f"/{exchange.version}/" + encode_target(target),
                            request_headers(exchange, case, server.root), wire_body(exchange, server.root, pairs))
        return compare(exchange, *answer, ignore=case.get("ignore", []), statuses=case.get("statuses", []))
    finally:
        server.stop(signal.SIGKILL)  # the file is not looked at again
        path.unlink()


def judge(ferry, base, path, folder):
    case = CASES.get(path.stem, {})
    if "not" in case:
        return "not", case["not"]
    try:
        found = replay(ferry, base, read_exchange(path), case, folder / f"{path.stem}.db")
    except Exception as failure:  # a harness that stumbles is a failure of that exchange
        found = [f"{type(failure).__name__}: {failure}"]
    return ("fails", found) if found else ("passes", case.get("note", ""))


def run(ferry, folder, names, workers=4):
    paths = [p for p in sorted(folder.glob("*.txt")) if not names or p.stem in names]
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        base = prepare_base(ferry, temp)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            results = pool.map(lambda p: judge(ferry, base, p, temp), paths)
        return {p.stem: r for p, r in zip(paths, results)}


def write_report(path, results):
    n = {k: sum(1 for r in results.values() if r[0] == k) for k in ("passes", "fails", "not")}
    lines = ["# Conformance", "",
             "Recorded and documented exchanges with the Dataverse Web API, replayed against `ferry serve` and compared by shape:",
             "status, headers, names of properties, annotations, error code (tests/conformance/). Made by",
             "`tests/conformance/replay.py --write docs/conformance.md`.", "",
             f"{n['passes']} pass, {n['fails']} fail, {n['not']} do not apply.", "", "| exchange | result | |", "|---|---|---|"]
    for name, (result, why) in results.items():
        text = "; ".join(why) if isinstance(why, list) else why
        word = {"not": "does not apply"}.get(result, result)
        lines.append(f"| {name} | {word} | {text.replace('|', chr(92) + '|')} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ferry", default="build/ferry")
    p.add_argument("--exchanges", type=pathlib.Path, required=True)
    p.add_argument("--write", type=pathlib.Path)
    p.add_argument("names", nargs="*")
    args = p.parse_args()
    results = run(args.ferry, args.exchanges, set(args.names))
    for name, (result, why) in results.items():
        if result == "fails":
            print(f"{name}: " + "\n    ".join(why))
    n = {k: sum(1 for r in results.values() if r[0] == k) for k in ("passes", "fails", "not")}
    print(f"{n['passes']} pass, {n['fails']} fail, {n['not']} do not apply")
    if args.write:
        write_report(args.write, results)
    return 1 if n["fails"] else 0


if __name__ == "__main__":
    sys.exit(main())
