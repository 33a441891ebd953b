# SPDX-License-Identifier: MIT
"""Whether an answer has the shape of a recorded one: status, headers, names of properties, annotations, error code.

Values are data of the organization that was recorded: they are not compared, only what kind they are.
"""

import json
import re

# Headers whose presence the platform's callers depend on.
HEADERS = {"odata-version", "odata-entityid", "location", "preference-applied", "etag", "x-ms-file-size",
           "x-ms-file-name", "mimetype", "x-ms-chunk-size", "accept-ranges"}


def entity_shape(url):
    """accounts(6f...) or records(a=,b=): the set and the names in its key."""
    last = url.rstrip("/").split("/")[-1]
    m = re.match(r"([A-Za-z0-9_$]+)\((.*)\)$", last)
    if not m:
        return last
    names = re.findall(r"([A-Za-z0-9_]+)=", m.group(2))
    return m.group(1), tuple(names)


def context_shape(text):
    """What stands behind $metadata, without ids."""
    rest = text.split("$metadata", 1)[-1].lstrip("#")
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", rest, flags=re.I)


def kind(value):
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", dict: "object", list: "array", type(None): "null"}[type(value)]


def merge_rows(rows):
    """All members that any row of an array has, with the first value that is not null."""
    out = {}
    for row in rows:
        for name, value in row.items():
            if out.get(name) in (None, [], {}):
                out[name] = value
    return out


def context_columns(context):
    """accounts(a,b): the set and its columns without their order."""
    m = re.fullmatch(r"([^(]*)\((.*)\)(/\$entity)?", context)
    return (m.group(1), sorted(m.group(2).split(",")), m.group(3)) if m else context


def closers(text):
    """What closes the brackets that are open at the end of a text; None inside a string."""
    stack, quoted, escaped = [], False, False
    for ch in text:
        if quoted:
            quoted, escaped = (escaped or ch != '"'), (ch == "\\" and not escaped)
        elif ch == '"':
            quoted = True
        elif ch in "{[":
            stack.append("}" if ch == "{" else "]")
        elif ch in "}]" and stack:
            stack.pop()
    return None if quoted else "".join(reversed(stack))


def read_told(text):
    """JSON as sources show it: with commas left over or out, and cut in the middle. None when nothing is left."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    text = re.sub(r"^\s*\.\.\..*$|^.*(?:truncated|removed) for brevity.*$|, \. \. \.$", "", text, flags=re.M)
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    text = re.sub(r"([}\]\"\w])(\s*\n\s*)(\"[^\"\n]+\"\s*:)", r"\1,\2\3", text)
    for _ in range(200):
        try:
            return json.loads(text)
        except ValueError as e:
            end = closers(text)
            try:
                return json.loads(re.sub(r",\s*$", "", text) + end) if end else None
            except ValueError:
                cut = max(text.rfind(c, 0, min(e.pos, len(text) - 1)) for c in "}]")
                if cut < 0:
                    return None
                text = text[:cut + 1]
    return None


class Comparison:
    def __init__(self, ignore=(), unordered=False):
        self.found = []
        self.unordered = unordered  # a FetchXML answer's columns are told in no useful order
        self.ignore = set(ignore)

    def tell(self, where, what):
        if not any(re.search(p, f"{where}: {what}") for p in self.ignore):
            self.found.append(f"{where}: {what}")

    def value(self, where, told, given):
        if told is None or given is None:
            return
        if kind(told) != kind(given):
            self.tell(where, f"{kind(told)} expected, {kind(given)} given")
        elif isinstance(told, dict):
            self.object(where, told, given)
        elif isinstance(told, list):
            self.array(where, told, given)
        elif where.endswith("@odata.context"):
            self.context(where, context_shape(told), context_shape(given))

    def context(self, where, told, given):
        same = context_columns(told) == context_columns(given) if self.unordered else told == given
        if not same:
            self.tell(where, f"{told!r} expected, {given!r} given")

    def array(self, where, told, given):
        if told and not given:
            self.tell(where, "is empty")
        elif told and isinstance(told[0], dict) and isinstance(given[0], dict):
            self.object(where + "[]", merge_rows(told), merge_rows(given))

    def object(self, where, told, given):
        for name in sorted(told.keys() - given.keys()):
            self.tell(where, f"{name} is missing")
        for name in sorted(given.keys() - told.keys()):
            self.tell(where, f"{name} is too much")
        for name in told.keys() & given.keys():
            self.value(f"{where}.{name}" if where else name, told[name], given[name])

    def error(self, told, given):
        if not isinstance(given, dict) or "error" not in given:
            self.tell("body", "no error object")
            return
        code = told["error"].get("code", "")
        if code and code.lower() != given["error"].get("code", "").lower():
            self.tell("error", f"code {code} expected, {given['error'].get('code')} given")

    def headers(self, told, given):
        names = {n.lower() for n, _ in given}
        values = {n.lower(): v for n, v in given}
        for name, value in told:
            name = name.lower()
            if name not in HEADERS:
                continue
            if name not in names:
                self.tell("headers", f"{name} is missing")
            elif name in ("odata-entityid", "location") and entity_shape(value.split("?")[0]) != entity_shape(
                    values[name].split("?")[0]):
                self.tell("headers", f"{name}: {value} expected, {values[name]} given")

    def body(self, told_text, given_text):
        told = read_told(told_text)
        if told is None:
            return  # no JSON
        try:
            given = json.loads(given_text)
        except ValueError:
            self.tell("body", "is no JSON")
            return
        if isinstance(told, dict) and "error" in told:
            self.error(told, given)
        else:
            self.value("", told, given)


def parse_multipart(text):
    """The parts of an answer to $batch, change sets flattened: (status, headers, body)."""
    text = text.replace("\r\n", "\n")
    parts = []
    for chunk in re.split(r"^--(?:batch|changeset)response_[^\n]*$", text, flags=re.M):
        m = re.search(r"^HTTP/1\.1 (\d+)[^\n]*\n(.*)$", chunk, re.M | re.S)
        if not m:
            continue
        head, _, body = m.group(2).partition("\n\n")
        headers = [tuple(x.strip() for x in line.split(":", 1)) for line in head.split("\n") if ":" in line]
        parts.append((int(m.group(1)), headers, body.strip()))
    return parts


def compare_batch(told, given, comparison):
    a, b = parse_multipart(told), parse_multipart(given)
    if len(a) != len(b):
        comparison.tell("batch", f"{len(a)} answers expected, {len(b)} given")
        return
    for i, (x, y) in enumerate(zip(a, b)):
        if x[0] != y[0]:
            comparison.tell(f"part {i + 1}", f"status {x[0]} expected, {y[0]} given")
        comparison.headers(x[1], y[1])
        comparison.body(x[2], y[2])


def compare(exchange, status, headers, body, ignore=(), statuses=()):
    """The differences between an exchange and an answer, as texts."""
    c = Comparison(ignore, unordered="fetchXml=" in exchange.target)
    allowed = {exchange.status, *statuses} - {0}
    if allowed and status not in allowed:
        c.tell("status", f"{exchange.status} expected, {status} given: {body[:300]}")
        return c.found
    c.headers(exchange.response.headers, headers)
    if "batchresponse_" in exchange.response.body:
        compare_batch(exchange.response.body, body, c)
    elif exchange.response.body.strip() and status != 204:
        c.body(exchange.response.body, body)
    return c.found
