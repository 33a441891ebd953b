# SPDX-License-Identifier: MIT
"""What must hold for every import, over random tables and rows: what differs afterwards is told, a second import writes nothing, an
undo brings back what was, an undo of that what was imported, and all numbers add up. FERRY_SEED chooses the worlds, FERRY_PROPERTIES
how many there are. What is, is read from the organizations' files with sqlite3."""
import contextlib
import dataclasses
import json
import os
import random
import shutil
import sqlite3

import pytest

import generated_rows
import generated_tables
import support
from generated_rows import Contents
from generated_tables import SYSTEM
from serving import Served

SEED = int(os.environ.get("FERRY_SEED", "1"))
WORLDS = int(os.environ.get("FERRY_PROPERTIES", "15"))


@dataclasses.dataclass
class Way:
    """How one import is done."""
    plain: bool
    served: bool
    planned: bool
    options: list       # of plan and import
    writing: list       # of apply and import
    prune: str
    unresolved: str


def choose_way(rng, tables):
    unresolved = rng.choice(["fail", "skip", "null", "null"])
    prune = rng.choice(["", "", "", "--prune", "--prune=deactivate"])
    options = [f"--match={t.name}={t.unique}" for t in tables if t.known_by == "match" and t.unique in t.asked]
    options += [f"--on-unresolved={unresolved}"] if unresolved != "fail" else []
    options += [prune] if prune else []
    options += [f"--managed={rng.choice(['skip', 'overwrite'])}"] if rng.random() < 0.2 else []
    writing = [f"--batch-size={rng.choice([1, 2, 7])}"] if rng.random() < 0.4 else []
    return Way(plain=not prune and rng.random() < 0.2, served=rng.random() < 0.35, planned=rng.random() < 0.3, options=options,
               writing=writing, prune=prune, unresolved=unresolved)


class World:
    def __init__(self, seed, ferry, bare):
        rng = self.rng = random.Random(seed)
        self.ferry, self.folder = ferry, ferry.folder
        mistakes, narrow = rng.random() < 0.15, rng.random() < 0.15
        self.tables, self.pairs = generated_tables.make_tables(rng, narrow)
        self.chosen, self.asked_pairs = generated_tables.choose_schema(rng, self.tables, self.pairs)
        for name, is_narrow in (("a.db", False), ("b.db", narrow)):
            shutil.copy(bare / name, self.folder / name)
            text = json.dumps([generated_tables.definition(self.tables, self.pairs, t, is_narrow) for t in self.tables.values()])
            (self.folder / f"{name}.json").write_text(text)
            ferry("org", "add-table", name, f"{name}.json")
        (self.folder / "s.xml").write_text(generated_tables.schema_text(self.chosen, self.asked_pairs))
        self.systems = [system_rows(self.folder / name) for name in ("a.db", "b.db")]
        source = generated_rows.make_source(rng, self.tables, self.pairs, self.systems[0], mistakes)
        target = generated_rows.make_target(rng, self.tables, self.pairs, source, self.systems, mistakes)
        if narrow:
            for rows in target.rows.values():
                for row in rows.values():
                    if row.get("gen_text"):
                        row["gen_text"] = row["gen_text"][:5]
        for name, rows in (("a.db", source), ("b.db", target)):
            with Served(self.folder / name) as served:
                generated_rows.fill(served.client(), self.tables, self.pairs, rows)
        self.way = choose_way(rng, self.chosen)

    @contextlib.contextmanager
    def target(self):
        if not self.way.served:
            yield "local:b.db"
            return
        with Served(self.folder / "b.db") as served:
            yield served.url

    def contents(self, name="b.db"):
        return Contents(self.folder / name)

    def plain(self, recreated=frozenset()):
        return self.contents().plain(self.tables, self.pairs, recreated)


def system_rows(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        out = {name: dict(db.execute(f"select {key}, {column} from {name} where {column} is not null"))
               for name, (_, key, column) in SYSTEM.items()}
    out["systemuser"] = {i: n for i, n in out["systemuser"].items() if n.startswith("admin@")}
    return out


# ---- what was to be ----

class Expected:
    """Worked out from both files as they were."""

    def __init__(self, world, before):
        self.world, self.before, self.source = world, before, world.contents("a.db")
        self.rows = {t.name: self.selected(t, "a.db") for t in world.chosen}
        self.of, self.outside = {}, set()
        for t in world.chosen:
            for i in self.rows[t.name]:
                self.of[i] = self.counterpart(t, i)
        ours, theirs = world.systems
        for name, some in ours.items():
            self.of |= {i: next(k for k, v in theirs[name].items() if v == key) for i, key in some.items()}

    def selected(self, t, name):
        if not t.filter:
            return set(self.world.contents(name).rows(t.name))
        with contextlib.closing(sqlite3.connect(self.world.folder / name)) as db:
            return {r[0] for r in db.execute(f"select {t.key} from {t.name} where {t.filter[1]}")}

    def counterpart(self, t, i):
        there = self.before.rows(t.name)
        value = self.source.rows(t.name)[i][t.unique] if t.unique in t.asked and t.known_by else None
        same = [k for k, row in there.items() if value is not None and row[t.unique] == value]
        return i if i in there else same[0] if len(same) == 1 else i

    def value(self, c, row):
        """Of the source, as the target should have it."""
        value = self.source.value(c, row)
        if c.kind == "lookup" and value:
            return (value[0], self.of.get(value[1], value[1]))
        if c.kind in ("memo", "text") and value:
            return support.GUID.sub(lambda m: self.of.get(m.group(0).lower(), m.group(0).lower()), value)
        return value


def compared(contents, c, row):
    value = contents.value(c, row)
    if c.kind in ("memo", "text") and value:
        return support.GUID.sub(lambda m: m.group(0).lower(), value)
    return value


def check_rows(world, expected, after, problems):
    """Every told column of every exported row is in the target, or the problems name the row."""
    named = {p["id"].lower() for p in problems if p["id"]}
    for t in world.chosen:
        columns = [t.columns.get(n) or generated_tables.Column(n, "choice") for n in t.asked]
        for i in expected.rows[t.name]:
            ours, k = expected.source.rows(t.name)[i], expected.of[i]
            theirs, was = after.rows(t.name).get(k), expected.before.rows(t.name).get(k)
            if theirs is None:
                assert {i, k} & named, f"{t.name} {i} is not in the target, and no problem tells it"
                continue
            for c in columns:
                if c.kind == "big" or (not c.update and was is not None):
                    continue  # packages have no such values; and what is written at the creation alone
                want, got = expected.value(c, ours), compared(after, c, theirs)
                if want is None and (world.way.plain or c.kind in ("file", "image")):
                    continue  # nothing tells that the source has it empty
                assert want == got or {i, k} & named, f"{t.name} {i} -> {k}: {c.name} is {got!r}, not {want!r}"


def check_untouched(world, expected, after, problems):
    """Columns that were not asked for, and rows that have no counterpart, are as they were."""
    of = {k: i for i, k in expected.of.items()}
    named = {p["id"].lower() for p in problems if p["id"]}
    for t in world.tables.values():
        chosen = t in world.chosen
        inside = expected.selected_before.get(t.name, set())
        for k, was in expected.before.rows(t.name).items():
            now = after.rows(t.name).get(k)
            ours = chosen and of.get(k) in expected.rows[t.name]
            deactivated = world.way.prune == "--prune=deactivate"
            if chosen and not ours and k in inside and world.way.prune and (t.states or not deactivated):
                gone = now is not None and now["statecode"] == 1 if deactivated else now is None
                assert gone or k in named, f"{t.name} {k} is still there, and no problem tells it"
                continue
            assert now is not None, f"{t.name} {k} is gone"
            skip = {n for n in t.asked if n not in t.columns or t.columns[n].kind != "big"} if ours else set()
            if ours and skip & {"statecode", "statuscode"}:
                skip |= {"statecode", "statuscode"}
            for c in [c for c in t.columns.values() if c.name not in skip] + [
                    generated_tables.Column(n, "choice") for n in ("statecode", "statuscode") if t.states and n not in skip]:
                assert expected.before.value(c, was) == after.value(c, now), f"{t.name} {k}: {c.name} was changed"


def check_pairs(world, expected, after, problems):
    named = {p["id"].lower() for p in problems if p["id"]}
    for p in world.pairs:
        was, now = expected.before.pairs(p), after.pairs(p)
        if p not in world.asked_pairs:
            assert {x for x in was if x[0] in after.rows(p.first) and x[1] in after.rows(p.second)} <= now, p
            continue
        rows = expected.rows[p.first]
        want = {(expected.of[a], expected.of.get(b, b), a, b) for a, b in expected.source.pairs(p) if a in rows}
        for k, m, a, b in want:
            assert (k, m) in now or {a, b, k, m} & named, f"{p.name}: {a} {b} -> {k} {m} is missing"
        more = now - was - {x[:2] for x in want}
        assert not more, f"{p.name}: {more} was linked"
        ours, theirs = {expected.of[a] for a in rows}, {expected.of[b] for b in expected.rows.get(p.second, ())}
        for x in was - {x[:2] for x in want}:
            if x[0] in ours and world.way.prune and (x[1] in theirs or x not in now):
                assert x not in now or named & set(x), f"{p.name}: {x} was not unlinked"
            elif x[0] in after.rows(p.first) and x[1] in after.rows(p.second):
                assert x in now, f"{p.name}: {x} was unlinked"


# ---- the properties ----

WRITTEN = ["created", "updated", "deleted", "linked", "unlinked"]


def run_import(world, to):
    way = world.way
    if not way.planned:
        return world.ferry("import", "p.zip", "--to", to, "--out", "i.run", "--json", "--settle=0", *way.options, *way.writing, status=None)
    plan = world.ferry("plan", "p.zip", "--to", to, "--out", "i.run", "--json", *way.options, status=None)
    if plan.status not in (0, 1):
        return plan
    support.check_numbers(plan.json)
    return world.ferry("apply", "i.run", "--to", to, "--json", "--settle=0", *way.writing, status=None)


def check_world(world, log=None):
    ferry, way = world.ferry, world.way
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p.zip", *(["--plain"] if way.plain else []))
    before = world.contents()
    untouched = support.dump(world.folder / "b.db")
    expected = Expected(world, before)
    expected.selected_before = {t.name: expected.selected(t, "b.db") for t in world.chosen}
    with world.target() as to:
        dry = ferry("import", "p.zip", "--to", to, "--dry-run", "--json", *way.options, status=None)
    assert support.dump(world.folder / "b.db") == untouched, "a dry run wrote"
    with world.target() as to:
        done = run_import(world, to)
    if log is not None:
        log.append((done.status, way))
    if done.status in (5, 6):
        assert support.dump(world.folder / "b.db") == untouched, "an import that stopped before its first write wrote"
        assert dry.status == done.status, (dry.status, done.status)
        if done.out:
            support.check_numbers(done.json)
            assert any(p["severity"] == "error" for p in done.json["problems"]) or done.err
        return done.status
    assert done.status in (0, 1), (done.status, done.out[-2000:], done.err[-2000:])
    report = done.json
    support.check_report(report, "apply" if way.planned else "import")
    after = world.contents()
    named = report["problems"] + dry.json["problems"]
    check_rows(world, expected, after, named)
    check_untouched(world, expected, after, named)
    check_pairs(world, expected, after, named)
    if done.status == 0:
        assert dry.status == 0
        assert dry.json["totals"] == report["totals"], ("foretold", dry.json["totals"], "done", report["totals"])
        assert report["verified"]
        with world.target() as to:
            check_again(world, to)
    check_undo(world, before, after)
    return done.status


def check_again(world, to):
    ferry, options = world.ferry, world.way.options
    now = world.plain()
    ferry("verify", "i.run", "--to", to)
    ferry("drift", "p.zip", "--to", to, *options)
    again = ferry("import", "p.zip", "--to", to, "--json", "--settle=0", *options).json
    support.check_report(again, "import")
    assert not [n for n in WRITTEN if again["totals"][n]] and again["requests"]["write"] == 0, (again["totals"], again["requests"])
    assert world.plain() == now


def check_undo(world, before, after):
    ferry = world.ferry
    recreated = {i for t in world.tables for i in set(before.rows(t)) - set(after.rows(t))}
    made = {i for t in world.tables for i in set(after.rows(t)) - set(before.rows(t))}
    with world.target() as to:
        undone = ferry("undo", "i.run", "--to", to, "--yes", "--out", "u.run", "--json", "--settle=0", status=None)
    assert undone.status == 0, (undone.status, undone.out[-3000:], undone.err[-3000:])
    support.check_report(undone.json, "undo")
    different = generated_rows.differences(before.plain(world.tables, world.pairs, recreated), world.plain(recreated))
    assert not different, "after the undo\n" + "\n".join(different)
    if not any(undone.json["totals"][n] for n in WRITTEN):
        return  # there was nothing to take back
    with world.target() as to:
        redone = ferry("undo", "u.run", "--to", to, "--yes", "--json", "--settle=0", status=None)
    assert redone.status == 0, (redone.status, redone.out[-3000:], redone.err[-3000:])
    support.check_report(redone.json, "undo")
    different = generated_rows.differences(after.plain(world.tables, world.pairs, made), world.plain(made))
    assert not different, "after the undo of the undo\n" + "\n".join(different)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Two organizations without any of the tables."""
    folder = tmp_path_factory.mktemp("bare")
    for seed, name in enumerate(("a.db", "b.db"), 3):
        support.Ferry(folder)("org", "create", name, "--seed", seed)
    return folder


@pytest.mark.parametrize("number", range(WORLDS))
def test_world(number, bare, ferry):
    check_world(World(SEED * 1_000_003 + number, ferry, bare))
