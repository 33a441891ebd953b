# SPDX-License-Identifier: MIT
"""Generated FetchXML, and the rows that a naive evaluation in Python gives: links of every type inside each
other, filters, pages in an order with ties and nulls, and aggregates. FERRY_QUERIES is their number."""
import os
import random
import re
import shutil
import sqlite3
import urllib.parse
import uuid

import pytest

import serving

COUNT = int(os.environ.get("FERRY_QUERIES", "150"))
KEY = {"account": "accountid", "contact": "contactid"}
TEXT = {"account": "name", "contact": "lastname"}
NUMBER = {"account": "numberofemployees", "contact": "numberofchildren"}
PARENT = {"account": "parentaccountid", "contact": "parentcustomerid"}
# from (in the linked table), to
JOINS = {
    ("account", "account"): [("parentaccountid", "accountid"), ("accountid", "parentaccountid")],
    ("account", "contact"): [("parentcustomerid", "accountid"), ("contactid", "primarycontactid")],
    ("contact", "account"): [("accountid", "parentcustomerid"), ("primarycontactid", "contactid")],
    ("contact", "contact"): [("contactid", "contactid")],
}
WORDS = ["alpha", "beta", "gamma", "delta"]


def make_rows(rng):
    """A few rows with many ties, many nulls, and lookups between them."""
    accounts = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(14)]
    contacts = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(16)]
    return {
        "account": [{"accountid": key, "name": rng.choice([None, *WORDS]),
                     "numberofemployees": rng.choice([None, 1, 2, 3, 5]),
                     "parentaccountid": rng.choice([None, *accounts[:i]]),
                     "primarycontactid": rng.choice([None, *contacts])} for i, key in enumerate(accounts)],
        "contact": [{"contactid": key, "lastname": rng.choice([None, *WORDS]),
                     "numberofchildren": rng.choice([None, 0, 1, 2]),
                     "parentcustomerid": rng.choice([None, *accounts, *accounts])} for key in contacts],
    }


def store(path, rows):
    with sqlite3.connect(path) as db:
        for table, found in rows.items():
            for row in found:
                full = {**row, "statecode": 0, "statuscode": 1, "versionnumber": 1}
                if table == "contact" and row["parentcustomerid"]:
                    full["parentcustomeridtype"] = "account"
                db.execute(f"insert into {table}({','.join(full)}) values({','.join('?' * len(full))})",
                           list(full.values()))
    db.close()


class Condition:
    def __init__(self, rng, table, alias=None):
        text = rng.random() < 0.5
        self.column = (TEXT if text else NUMBER)[table]
        self.operator = rng.choice(["eq", "ne", "null", "not-null", *(["like"] if text else ["gt", "le"])])
        self.value = rng.choice(WORDS) if text else rng.choice([0, 1, 2, 3])
        if self.operator == "like":
            self.value = self.value[0]
        self.alias = alias

    def xml(self):
        name = f" entityname='{self.alias}'" if self.alias else ""
        pattern = f"%{self.value}%" if self.operator == "like" else self.value
        value = "" if "null" in self.operator else f" value='{pattern}'"
        return f"<condition attribute='{self.column}' operator='{self.operator}'{name}{value}/>"

    def holds(self, rows, row, linked):
        if self.alias:
            row = linked.get(self.alias)
        have = row[self.column] if row else None
        if have is None:
            return self.operator in ("null", "ne")
        return {"eq": lambda: have == self.value, "ne": lambda: have != self.value,
                "gt": lambda: have > self.value, "le": lambda: have <= self.value,
                "like": lambda: self.value in have, "null": lambda: False,
                "not-null": lambda: True}[self.operator]()


class Filter:
    def __init__(self, rng, table, depth, names):
        self.any = rng.random() < 0.5
        self.parts = [Condition(rng, table) for _ in range(rng.randint(0, 2))]
        if depth > 0 and rng.random() < 0.4:
            self.parts.append(Filter(rng, table, depth - 1, names))
        if depth > 0 and rng.random() < 0.4 and names:
            self.parts.append(Link(rng, table, depth - 1, names, ["any", "not any", "all", "not all"]))

    def xml(self):
        inside = "".join(part.xml() for part in self.parts)
        return f"<filter type='{'or' if self.any else 'and'}'>{inside}</filter>"

    def holds(self, rows, row, linked):
        told = [part.holds(rows, row, linked) for part in self.parts]
        return not told or (any(told) if self.any else all(told))


class Link:
    def __init__(self, rng, parent, depth, names, types):
        self.alias = names.pop()
        self.table = rng.choice(["account", "contact"])
        self.source, self.to = rng.choice(JOINS[parent, self.table])
        self.type = rng.choice(types)
        self.filters = [Filter(rng, self.table, depth, names)] if rng.random() < 0.6 else []
        self.links = []
        for _ in range(rng.choice([0, 0, 1, 1, 2]) if depth > 0 else 0):
            if names:
                self.links.append(Link(rng, self.table, depth - 1, names,
                                       ["inner", "outer", "inner", "outer", "exists", "in"]))

    @property
    def joins(self):
        return self.type in ("inner", "outer")

    def xml(self, shown=False):
        shown = shown and self.joins
        key = f"<attribute name='{KEY[self.table]}' alias='k{self.alias}'/>" if shown else ""
        inside = "".join(f.xml() for f in self.filters) + "".join(link.xml(shown) for link in self.links)
        return (f"<link-entity name='{self.table}' from='{self.source}' to='{self.to}' "
                f"link-type='{self.type}' alias='{self.alias}'>{key}{inside}</link-entity>")

    def related(self, rows, row):
        return [r for r in rows[self.table] if row[self.to] is not None and r[self.source] == row[self.to]]

    def side(self, rows, row):
        """What the link's row is joined with: each combination as rows by alias."""
        if not all(f.holds(rows, row, {}) for f in self.filters):
            return []
        return expand(rows, row, self.links, [{self.alias: row}])

    def holds(self, rows, row, _):
        related = self.related(rows, row)
        found = any(self.side(rows, r) for r in related)
        if self.type == "not any":
            return not found
        return bool(related) and not found if self.type == "all" else found

    def shown(self):
        """(alias, table) of this link and those below that rows show."""
        return [(self.alias, self.table), *(a for link in self.links for a in link.shown())] if self.joins else []


def expand(rows, row, links, combinations):
    for link in links:
        if not link.joins:
            combinations = combinations if link.holds(rows, row, {}) else []
            continue
        sides = [side for r in link.related(rows, row) for side in link.side(rows, r)]
        if link.type == "outer":
            sides = sides or [{}]
        combinations = [{**a, **b} for a in combinations for b in sides]
    return combinations


class Query:
    def __init__(self, rng):
        names = [f"x{n}" for n in range(13)]
        self.table = rng.choice(["account", "contact"])
        self.links = [Link(rng, self.table, 2, names, ["inner", "outer", "exists", "in"])
                      for _ in range(rng.choice([0, 1, 1, 2]))]
        self.filter = Filter(rng, self.table, 2, names)
        self.aliases = [a for link in self.links for a in link.shown()]
        if self.aliases and rng.random() < 0.5:
            alias, table = rng.choice(self.aliases)
            self.filter.parts.append(Condition(rng, table, alias))

    def inside(self, shown=True):
        return self.filter.xml() + "".join(link.xml(shown) for link in self.links)

    def rows(self, rows):
        """The root's row and those of its links, of each row of the answer."""
        return [(row, combination) for row in rows[self.table]
                for combination in expand(rows, row, self.links, [{}])
                if self.filter.holds(rows, row, combination)]

    def keys(self, row, combination):
        return (row[KEY[self.table]],
                *(combination[a][KEY[t]] if a in combination else None for a, t in self.aliases))

    def read(self, answer):
        return [(row[KEY[self.table]], *(row.get(f"k{a}") for a, _ in self.aliases)) for row in answer["value"]]


@pytest.fixture(scope="module")
def asked(sample, tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "org.db"
    shutil.copy(sample / "b.db", path)
    rows = make_rows(random.Random(4))
    store(path, rows)
    with serving.Served(path) as served:
        client = served.client()

        def ask(table, xml, prefer=""):
            target = f"{table}s?fetchXml={urllib.parse.quote(xml, safe='')}"
            answer = client("GET", target, headers={"Prefer": prefer})
            assert answer.status == 200, (xml, answer.body)
            return answer.json
        yield rows, ask


def ordered(keys):
    return sorted(keys, key=lambda key: [part or "" for part in key])


@pytest.mark.parametrize("seed", range(5))
def test_links_and_filters_find_what_a_naive_evaluation_finds(asked, seed):
    rows, ask = asked
    rng = random.Random(seed)
    found = 0
    for _ in range(COUNT // 5):
        query = Query(rng)
        wanted = [query.keys(*row) for row in query.rows(rows)]
        xml = f"<fetch><entity name='{query.table}'>{query.inside()}</entity></fetch>"
        assert ordered(query.read(ask(query.table, xml))) == ordered(wanted), xml
        found += bool(wanted)
    assert found > COUNT // 5 // 4


def in_pages(ask, query, count):
    keys, cookie = [], ""
    for page in range(1, 1000):
        xml = (f"<fetch count='{count}' page='{page}' paging-cookie='{cookie}'><entity name='{query.table}'>"
               f"<order attribute='{TEXT[query.table]}'/>"
               f"<order attribute='{NUMBER[query.table]}' descending='true'/>{query.inside()}</entity></fetch>")
        answer = ask(query.table, xml, 'odata.include-annotations="*"')
        keys += query.read(answer)
        if not answer["@Microsoft.Dynamics.CRM.morerecords"]:
            return keys
        annotation = answer["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]
        cookie = re.search('pagingcookie="([^"]*)"', annotation).group(1)
    raise AssertionError("pages without end")


@pytest.mark.parametrize("seed", range(2))
def test_pages_together_are_the_whole(asked, seed):
    rows, ask = asked
    rng = random.Random(100 + seed)
    for _ in range(COUNT // 10):
        query = Query(rng)
        wanted = [query.keys(*row) for row in query.rows(rows)]
        assert ordered(in_pages(ask, query, rng.choice([1, 2, 5]) if len(wanted) < 60 else 20)) == ordered(wanted)


def aggregates(values):
    have = [v for v in values if v is not None]
    exact = {"s": sum(have), "a": sum(have) // len(have), "i": min(have), "x": max(have)} if have else {}
    return {"n": len(values), "c": len(have), "d": len(set(have)), **exact}


def test_groups_are_those_of_a_naive_evaluation(asked):
    rows, ask = asked
    rng = random.Random(200)
    for _ in range(COUNT // 5):
        query = Query(rng)
        text, number = TEXT[query.table], NUMBER[query.table]
        groups = {}
        for row, _ in query.rows(rows):
            groups.setdefault(row[text], []).append(row[number])
        columns = "".join(
            f"<attribute name='{number}' alias='{alias}' aggregate='{name}'{more}/>" for alias, name, more in [
                ("n", "count", ""), ("c", "countcolumn", ""), ("d", "countcolumn", " distinct='true'"),
                ("s", "sum", ""), ("a", "avg", ""), ("i", "min", ""), ("x", "max", "")])
        xml = (f"<fetch aggregate='true'><entity name='{query.table}'><attribute name='{text}' alias='g' "
               f"groupby='true'/>{columns}{query.inside(shown=False)}</entity></fetch>")
        answer = {row.pop("g", None): row for row in ask(query.table, xml)["value"]}
        assert answer == {key: aggregates(values) for key, values in groups.items()}, xml
