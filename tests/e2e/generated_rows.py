# SPDX-License-Identifier: MIT
"""Random rows of random tables in two organizations: a source, and a target that has some of them already: equal, different, under
other ids, with names that collide, and rows of its own. And what stands in an organization's file, read with sqlite3 alone."""
import contextlib
import decimal
import sqlite3
import uuid

import generated_tables
from generated_tables import STATUS, SYSTEM

OCTETS = {"Content-Type": "application/octet-stream"}
KINDS_OF_TARGET = ["absent"] * 4 + ["equal"] * 4 + ["different"] * 3 + ["other id"] * 3 + ["namesake"]


def new_id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


class Rows:
    """Of one organization: rows {table: {id: {column: value}}}, a lookup's value is (table, id); pairs {name: {(id, id)}}."""

    def __init__(self, tables, pairs):
        self.rows = {name: {} for name in tables}
        self.pairs = {p.name: set() for p in pairs}

    def ids(self):
        return [i for rows in self.rows.values() for i in rows]


def make_state(rng, t, row):
    if t.states:
        row["statecode"] = rng.choice([0, 0, 0, 1])
        row["statuscode"] = rng.choice(STATUS[row["statecode"]])


def make_lookup(rng, c, rows, system):
    target = rng.choice(c.targets)
    among = sorted(system[target]) if target in SYSTEM else list(rows.rows[target])
    return (target, rng.choice(among)) if among else None


def make_row(rng, t, n, ids, mistakes):
    row = {}
    for c in t.columns.values():
        row[c.name] = None
        if c.kind != "lookup" and (c.name == "gen_name" or rng.random() < 0.75):
            row[c.name] = generated_tables.make_value(rng, c, ids)
    row["gen_name"] = f"row {n}" if t.unique == "gen_name" or rng.random() < 0.8 else rng.choice(["row 1", "Row 1", None, "same"])
    if t.unique:
        number = rng.randrange(max(n, 1)) if mistakes and rng.random() < 0.1 else n
        row[t.unique] = None if rng.random() < 0.1 else number if t.columns[t.unique].kind == "whole" else f"row {number}"
    make_state(rng, t, row)
    return row


def make_source(rng, tables, pairs, system, mistakes):
    rows = Rows(tables, pairs)
    for t in tables.values():
        for n in range(rng.choice([0, 1, 3, 8, 14])):
            rows.rows[t.name][new_id(rng)] = make_row(rng, t, n, rows.ids(), mistakes)
        drop_double_keys(t, rows)
    point(rng, tables, rows, system)
    for p in pairs:
        ones, twos = list(rows.rows[p.first]), list(rows.rows[p.second])
        for _ in range(rng.randint(0, 12) if ones and twos else 0):
            rows.pairs[p.name].add((rng.choice(ones), rng.choice(twos)))
    return rows


def drop_double_keys(t, rows):
    """No organization lets two rows have the same alternate key."""
    if t.known_by != "key":
        return
    seen = set()
    for row in rows.rows[t.name].values():
        if row[t.unique] in seen:
            row[t.unique] = None
        seen.add(row[t.unique])


def point(rng, tables, rows, system):
    for t in tables.values():  # those that have to point somewhere point to tables before their own
        needed = [c for c in t.of_kind("lookup") if c.required]
        for i, row in list(rows.rows[t.name].items()):
            row |= {c.name: make_lookup(rng, c, rows, system) for c in needed}
            if any(row[c.name] is None for c in needed):
                del rows.rows[t.name][i]
    for t in tables.values():
        for row in rows.rows[t.name].values():
            row |= {c.name: make_lookup(rng, c, rows, system) if rng.random() < 0.7 else None
                    for c in t.of_kind("lookup") if not c.required}


def change_row(rng, t, row, ids):
    """Somebody else's: some columns have other values, some have none."""
    for c in t.columns.values():
        if c.kind == "lookup" or c.name == t.unique or rng.random() < 0.5:
            continue
        row[c.name] = None if c.name != "gen_name" and rng.random() < 0.3 else generated_tables.make_value(rng, c, ids)
    if rng.random() < 0.5:
        make_state(rng, t, row)


def make_target(rng, tables, pairs, source, systems, mistakes):
    """systems: of the source and of the target, {table: {id: key}}."""
    rows = Rows(tables, pairs)
    ours, theirs = systems
    of = {}
    for t in tables.values():
        for i, row in source.rows[t.name].items():
            how = rng.choice(KINDS_OF_TARGET)
            if how == "absent" or (how == "other id" and not (t.unique and row[t.unique] is not None)):
                continue
            other = dict(row)
            of[i] = i if how in ("equal", "different") else new_id(rng)
            if how == "namesake" and t.unique:
                other[t.unique] = None
                if t.unique == "gen_name":
                    other[t.unique] = row["gen_name"].swapcase() if mistakes and row["gen_name"] else "another"
            if how == "namesake" or how == "different" or rng.random() < 0.6 and how == "other id":
                change_row(rng, t, other, source.ids())
            rows.rows[t.name][of[i]] = other
            if how == "namesake":
                del of[i]
        for n in range(rng.choice([0, 0, 2, 5])):
            rows.rows[t.name][new_id(rng)] = {**make_row(rng, t, 100 + n, [], mistakes),
                                              **{c.name: None for c in t.of_kind("lookup")}}
        drop_double_keys(t, rows)
    translate = dict(of)
    for table, their in theirs.items():
        translate |= {i: next(k for k, v in their.items() if v == key) for i, key in ours[table].items()}
    settle_lookups(rng, tables, rows, translate, theirs)
    for p in pairs:
        ones, twos = list(rows.rows[p.first]), list(rows.rows[p.second])
        rows.pairs[p.name] = {(of[a], of[b]) for a, b in source.pairs[p.name]
                              if a in of and b in of and rng.random() < 0.6}
        for _ in range(rng.randint(0, 4) if ones and twos else 0):
            rows.pairs[p.name].add((rng.choice(ones), rng.choice(twos)))
    return rows


def settle_lookups(rng, tables, rows, translate, system):
    there = {(t, i) for t, some in rows.rows.items() for i in some} | {(t, i) for t, some in system.items() for i in some}
    for t in tables.values():
        for i, row in list(rows.rows[t.name].items()):
            for c in t.of_kind("lookup"):
                value = row[c.name] and (row[c.name][0], translate.get(row[c.name][1]))
                if value not in there or rng.random() < 0.2:
                    value = make_lookup(rng, c, rows, system) if c.required or rng.random() < 0.5 else None
                row[c.name] = value


# ---- into an organization ----

def fill(client, tables, pairs, rows):
    sets = {**{t.name: t.set for t in tables.values()}, **{name: facts[0] for name, facts in SYSTEM.items()}}
    for t in tables.values():
        for i, row in rows.rows[t.name].items():
            body = {t.key: i, **{c.name: generated_tables.encoded(row[c.name]) for c in t.columns.values()
                                 if c.create and c.kind not in ("lookup", "file") and row[c.name] is not None}}
            client("POST", t.set, body, status=204)
    for t in tables.values():
        for i, row in rows.rows[t.name].items():
            put_rest(client, sets, t, i, row)
    for p in pairs:
        for one, two in sorted(rows.pairs[p.name]):
            client("POST", f"{sets[p.first]}({one})/{p.name}_one/$ref", {"@odata.id": f"/{sets[p.second]}({two})"}, status=204)


def put_rest(client, sets, t, i, row):
    """What a row gets when all rows are there."""
    body = {c.name: row[c.name] for c in t.columns.values() if not c.create and row[c.name] is not None}
    for c in t.of_kind("lookup"):
        if row[c.name]:
            target, other = row[c.name]
            body[f"{c.navigation(target)}@odata.bind"] = f"/{sets[target]}({other})"
    if body:
        client("PATCH", f"{t.set}({i})", body, status=204)
    for c in t.of_kind("file"):
        if row[c.name]:
            name, data = row[c.name]
            client("PATCH", f"{t.set}({i})/{c.name}", data, {**OCTETS, "x-ms-file-name": name.encode().decode("latin-1")
                                                             if name.isascii() else "name.bin"}, status=204)
    if t.states and (row["statecode"], row["statuscode"]) != (0, 1):
        client("PATCH", f"{t.set}({i})", {"statecode": row["statecode"], "statuscode": row["statuscode"]}, status=204)


# ---- out of its file ----

IGNORED = {"versionnumber", "modifiedon", "modifiedby"}


class Contents:
    """Everything that is in an organization's tables, at one moment."""

    def __init__(self, path):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table' order by 1")]
            self.files = {r["id"]: (r["name"], r["mime_type"], b"".join(p[0] for p in db.execute(
                "select bytes from ferry_file_part where file = ? order by start", [r["id"]])))
                for r in db.execute("select * from ferry_file where complete") } if "ferry_file" in names else {}
            self.tables = {n: [dict(r) for r in db.execute(f'select * from "{n}"')] for n in names
                           if not n.startswith(("ferry_", "sqlite_"))}
        self.by_id = {}

    def rows(self, table):
        """By id."""
        if table not in self.by_id:
            self.by_id[table] = {r[table + "id"]: r for r in self.tables[table]}
        return self.by_id[table]

    def value(self, c, row):
        """Of a column, in a form that can be compared across organizations but for ids."""
        value = row[c.name]
        if c.kind == "file":
            return self.files.get(value)
        if c.kind == "lookup" and value:
            return (row.get(c.name + "type") or c.targets[0], value)
        if c.kind in ("decimal", "money") and value is not None:
            return decimal.Decimal(value)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value

    def pairs(self, p):
        one, two = p.columns
        return {(r[one], r[two]) for r in self.tables[p.name]}

    def plain(self, tables, pairs, recreated=frozenset()):
        """What an undo has to bring back: {table: sorted rows}; of recreated rows not when they were made."""
        intersects = {p.name: p for p in pairs}
        out = {}
        for name, rows in self.tables.items():
            if name in intersects:
                out[name] = sorted(x for x in self.pairs(intersects[name])
                                   if intersects[name].asked or not recreated & set(x))
                continue
            some = []
            for row in rows:
                row = {k: v for k, v in row.items() if k not in IGNORED}
                if name in tables:
                    t = tables[name]
                    for c in t.of_kind("file"):
                        row[c.name] = self.files.get(row[c.name])
                    for c in t.of_kind("decimal", "money"):
                        row[c.name] = row[c.name] and decimal.Decimal(row[c.name]).normalize()
                    for c in t.of_kind("image"):
                        row["full"] = self.files.get(row.get(c.name + "id"))
                        row["full"] = row["full"] and row["full"][2]
                        for beside in ("id", "_timestamp", "_url"):
                            row.pop(c.name + beside, None)
                    if row[t.key] in recreated:  # with the columns of the schema alone, which is told
                        row = {k: v for k, v in row.items() if k == t.key or k in t.asked and t.columns.get(k, t).kind != "big"}
                some.append(row)
            out[name] = sorted(some, key=str)
        return out


def differences(before, after):
    """Of two plain contents, for people."""
    out = []
    for name in sorted(set(before) | set(after)):
        a, b = before.get(name, []), after.get(name, [])
        gone, new = [r for r in a if r not in b], [r for r in b if r not in a]
        for left in gone[:5]:
            key = name + "id"
            twin = next((r for r in new if isinstance(r, dict) and r.get(key) == left.get(key)), None) if isinstance(left, dict) else None
            out.append(f"{name}: {({k: (left[k], twin.get(k)) for k in left if left[k] != twin.get(k)}, left[key]) if twin else f'gone {left}'}")
        known = {r.get(name + "id") for r in gone if isinstance(r, dict)}
        out += [f"{name}: new {r}" for r in new[:5] if not isinstance(r, dict) or r.get(name + "id") not in known]
    return out
