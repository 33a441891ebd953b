# SPDX-License-Identifier: MIT
"""FetchXML from a seed over the columns of every kind: conditions with all operators, in nested filters, on the row
and on those that outer links join to it; orders, distinct rows and groups."""
import datetime
import decimal
import fractions
import xml.sax.saxutils

from generated_odata import LETTERS, guid_order
from generated_world import (CHOICES, PATTERNS, TABLES, WORDS, compare, fold, in_range, like, make_value, sort_key,
                             time_range)

PERIODS = ["yesterday", "today", "tomorrow", "last-seven-days", "next-seven-days", "last-week", "this-week",
           "next-week", "last-month", "this-month", "next-month", "last-year", "this-year", "next-year"]
NUMBERED = [f"{word}-x-{unit}" for word in ("last", "next", "olderthan")
            for unit in ("days", "weeks", "months", "years")]
HOURLY = ["last-x-hours", "next-x-hours", "olderthan-x-hours", "olderthan-x-minutes"]
PATTERNED = {"like": ("", ""), "begins-with": ("", "%"), "ends-with": ("%", ""), "not-like": ("", ""),
             "not-begin-with": ("", "%"), "not-end-with": ("%", "")}
GROUPINGS = {"year": lambda d: d.year, "quarter": lambda d: (d.month + 2) // 3, "month": lambda d: d.month,
             "day": lambda d: d.day}


def attr(value):
    return xml.sax.saxutils.quoteattr(str(value))


def shown(rng, column, value):
    if isinstance(value, bool):
        return rng.choice(["true", "1"] if value else ["false", "0"])
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if column.kind == "date" else
                              rng.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]))
    if isinstance(value, frozenset):
        return ",".join(map(str, value))
    return value if column.kind != "id" else rng.choice([value, value.upper(), "{" + value + "}"])


class Condition:
    def __init__(self, rng, world, table, alias=""):
        self.rng, self.world, self.alias = rng, world, alias
        self.column = rng.choice(list(table.columns.values()))
        self.values, self.value_of = [], None
        kinds = {"text": [self.equal, self.among, self.pattern], "plain": [self.equal, self.order, self.among, self.pattern],
                 "whole": [self.equal, self.order, self.among, self.between], "big": [self.equal, self.order],
                 "decimal": [self.equal, self.order, self.between], "double": [self.equal, self.order, self.between],
                 "yes": [self.equal], "choice": [self.equal, self.among], "choices": [self.equal, self.contain],
                 "id": [self.equal, self.among]}.get(self.column.kind, [self.equal, self.order, self.between,
                                                                        self.time, self.time, self.time])
        pairs = [p for p in (("gen_plain", "gen_same"), ("gen_whole", "gen_other"), ("gen_local", "gen_local2"))
                 if p[0] == self.column.name and p[1] in table.columns]
        if pairs and rng.random() < 0.2:
            self.other(pairs[0][1])
        else:
            rng.choice([self.null, *kinds])()

    def value(self):
        c = self.column
        if c.kind == "id":
            return self.rng.choice(list(self.world.rows[c.target or "gen_" + c.name[4:-2]])[:12])
        if c.kind in ("text", "plain"):
            return self.rng.choice(WORDS if c.kind == "text" else LETTERS)
        while True:
            value = make_value(self.rng, c.kind)
            if value is not None:
                return value

    def take(self, *values):
        self.values = [shown(self.rng, self.column, v) for v in values]
        return values

    def null(self):
        self.operator = self.rng.choice(["null", "not-null"])
        self.test = lambda have, _: (have is None) == (self.operator == "null")

    def equal(self):
        self.operator = self.rng.choice(["eq", "ne", "neq"])
        value, = self.take(self.value())
        self.test = lambda have, _: compare(self.operator[:2], have, value)

    def order(self):
        self.operator = self.rng.choice(["gt", "ge", "lt", "le"])
        value, = self.take(self.value())
        self.test = lambda have, _: compare(self.operator, have, value)

    def other(self, name):
        self.operator, self.value_of = self.rng.choice(["eq", "ne", "gt", "le"]), name

        def test(have, row):
            there = row[name] if row else None
            return compare(self.operator, have, there) if have is None or there is not None else None
        self.test = test

    def among(self):
        self.operator = self.rng.choice(["in", "not-in"])
        values = self.take(*(self.value() for _ in range(self.rng.randint(1, 4))))
        self.test = lambda have, _: any(compare("eq", have, v) for v in values) == (self.operator == "in")

    def between(self):
        self.operator = self.rng.choice(["between", "not-between"])
        low, high = self.take(self.value(), self.value())
        self.test = lambda have, _: (have is not None and low <= have <= high) == (self.operator == "between")

    def contain(self):
        self.operator = self.rng.choice(["contain-values", "not-contain-values"])
        values = frozenset(self.rng.sample(list(CHOICES), self.rng.randint(1, 3)))
        self.values = [str(v) for v in values]
        self.test = lambda have, _: bool(have and have & values) == (self.operator == "contain-values")

    def pattern(self):
        self.operator = self.rng.choice(list(PATTERNED))
        text = self.rng.choice([p for p in PATTERNS if p])
        self.values = [text]
        before, after = PATTERNED[self.operator]
        self.test = lambda have, _: ((have is not None and like(have, before + text + after)) !=
                                     self.operator.startswith("not"))

    def time(self):
        rng, value = self.rng, None
        self.operator = rng.choice(rng.choice([PERIODS, NUMBERED, ["on", "on-or-before", "on-or-after"],
                                               HOURLY if self.column.kind != "date" else PERIODS]))
        if self.operator.startswith("on"):
            while not value:
                value = make_value(rng, "date")
            self.values = [value.strftime("%Y-%m-%d")]
        elif "-x-" in self.operator:
            value = rng.choice([1, 2, 5, 12, 40])
            self.values = [value]
        bounds = time_range(self.operator, value)
        self.test = lambda have, _: in_range(have, bounds)

    def xml(self):
        inside = "".join(f"<value>{xml.sax.saxutils.escape(str(v))}</value>" for v in self.values)
        name = f" entityname={attr(self.alias)}" if self.alias else ""
        start = f"<condition{name} attribute='{self.column.name}' operator='{self.operator}'"
        if self.value_of:
            return f"{start} valueof='{self.alias + '.' if self.alias else ''}{self.value_of}'/>"
        if len(self.values) == 1 and self.rng.random() < 0.8:
            return f"{start} value={attr(self.values[0])}/>"
        return f"{start}>{inside}</condition>"

    def holds(self, row, linked):
        row = linked[self.alias] if self.alias else row
        return bool(self.test(row[self.column.name] if row else None, row))


class Filter:
    def __init__(self, rng, world, table, aliases=(), depth=2):
        self.any = rng.random() < 0.5
        self.parts = [Condition(rng, world, table) for _ in range(rng.randint(0 if depth < 2 else 1, 3))]
        for alias, linked in aliases:
            if rng.random() < 0.4:
                self.parts.append(Condition(rng, world, linked, alias))
        if depth and rng.random() < 0.5:
            self.parts.append(Filter(rng, world, table, aliases, depth - 1))

    def xml(self):
        kind = "type='or'" if self.any else "type='and'"
        return f"<filter {kind}>{''.join(p.xml() for p in self.parts)}</filter>"

    def holds(self, row, linked):
        told = [p.holds(row, linked) for p in self.parts]
        return not told or (any(told) if self.any else all(told))


class Query:
    """Rows with those that their lookups point to, in an order."""

    def __init__(self, rng, world):
        self.rng, self.world = rng, world
        self.table = rng.choice([TABLES["gen_thing"], TABLES["gen_thing"], TABLES["gen_part"]])
        self.links = rng.sample(self.table.lookups, rng.randint(0, len(self.table.lookups)))
        aliases = [(f"l{n}", TABLES[c.target]) for n, c in enumerate(self.links)]
        self.filter = Filter(rng, world, self.table, aliases)
        self.orders = [(rng.choice(self.table.of_kind("plain", "whole", "decimal", "double", "local", "date", "choice",
                                                      "yes")), rng.random() < 0.5) for _ in range(rng.choice([0, 1, 2]))]
        self.top = rng.choice([0, 0, 0, 1, 5])

    @property
    def set(self):
        return self.table.set

    def xml(self):
        links = "".join(
            f"<link-entity name='{c.target}' from='{TABLES[c.target].key}' to='{c.name}' alias='l{n}' "
            "link-type='outer'/>" for n, c in enumerate(self.links))
        orders = "".join(f"<order attribute='{c.name}'{' descending=%strue%s' % (chr(39), chr(39)) if down else ''}/>"
                         for c, down in self.orders)
        top = f" top='{self.top}'" if self.top else ""
        return (f"<fetch{top}><entity name='{self.table.name}'><attribute name='{self.table.key}'/>{orders}"
                f"{self.filter.xml()}{links}</entity></fetch>")

    def found(self):
        rows = []
        for row in self.world.rows[self.table.name].values():
            linked = {f"l{n}": self.world.follow(row, [c]) for n, c in enumerate(self.links)}
            if self.filter.holds(row, linked):
                rows.append(row)
        return rows

    def wanted(self):
        rows = sorted(self.found(), key=lambda r: guid_order(r[self.table.key]))
        for column, down in reversed(self.orders):
            def key(row):
                value = row[column.name]
                if value is not None and column.kind in ("choice", "yes"):
                    # FetchXML orders by label
                    value = CHOICES[value] if column.kind == "choice" else ["No", "Yes"][value]
                return (value is not None, sort_key(value) if value is not None else 0)
            rows.sort(key=key, reverse=down)
        return [r[self.table.key] for r in rows[:self.top or None]]

    def read(self, answer):
        return [r[self.table.key] for r in answer["value"]]


class Groups(Query):
    """What a group is, and what is told of it."""

    def __init__(self, rng, world):
        super().__init__(rng, world)
        self.table, self.links = TABLES["gen_thing"], []
        self.filter = Filter(rng, world, self.table, depth=1)
        self.by = [(rng.choice(["gen_plain", "gen_whole", "gen_choice", "gen_yes"]), None)] if rng.random() < 0.6 else []
        if rng.random() < 0.5:
            self.by.append((rng.choice(["gen_local", "gen_date"]), rng.choice(list(GROUPINGS))))

    def xml(self):
        by = "".join(f"<attribute name='{name}' alias='g{n}' groupby='true'"
                     f"{f' dategrouping={attr(part)}' if part else ''}/>" for n, (name, part) in enumerate(self.by))
        methods = "".join(f"<attribute name='{name}' alias='{alias}' aggregate='{method}'{more}/>"
                          for alias, name, method, more in [
                              ("n", "gen_thingid", "count", ""), ("c", "gen_other", "countcolumn", ""),
                              ("d", "gen_other", "countcolumn", " distinct='true'"), ("s", "gen_other", "sum", ""),
                              ("a", "gen_other", "avg", ""), ("i", "gen_decimal", "min", ""),
                              ("x", "gen_decimal", "max", ""), ("t", "gen_decimal", "sum", "")])
        return (f"<fetch aggregate='true'><entity name='gen_thing'>{by}{methods}{self.filter.xml()}</entity></fetch>")

    def key(self, row):
        told = []
        for name, part in self.by:
            value = row[name]
            value = GROUPINGS[part](value) if part and value is not None else value
            told.append(fold(value) if isinstance(value, str) else value)
        return tuple(told)

    def wanted(self):
        groups = {} if self.by else {(): []}
        for row in self.found():
            groups.setdefault(self.key(row), []).append(row)
        told = {}
        for key, rows in groups.items():
            whole = [r["gen_other"] for r in rows if r["gen_other"] is not None]
            exact = [fractions.Fraction(r["gen_decimal"]) for r in rows if r["gen_decimal"] is not None]
            told[key] = (len(rows), len(whole), len(set(whole)), sum(whole) if whole else None,
                         int(fractions.Fraction(sum(whole), len(whole))) if whole else None,
                         *((min(exact), max(exact), sum(exact)) if exact else (None, None, None)))
        return told

    def read(self, answer):
        told = {}
        for row in answer["value"]:
            key = tuple(fold(row[f"g{n}"]) if isinstance(row.get(f"g{n}"), str) else row.get(f"g{n}")
                        for n in range(len(self.by)))
            numbers = [row.get(name) for name in "ncdsaixt"]
            told[key] = tuple(n if n is None else fractions.Fraction(decimal.Decimal(str(n))) for n in numbers)
        return told


class Distinct(Query):
    """The combinations of some columns, each once."""

    def __init__(self, rng, world):
        super().__init__(rng, world)
        self.names = rng.sample([c.name for c in self.table.of_kind("plain", "whole", "choice", "yes")],
                                rng.randint(1, 2))

    def xml(self):
        columns = "".join(f"<attribute name='{n}'/>" for n in self.names)
        return (f"<fetch distinct='true'><entity name='{self.table.name}'>{columns}{self.filter.xml()}"
                + super().xml().split("</filter>")[-1])

    def wanted(self):
        return sorted({tuple(fold(v) if isinstance(v, str) else v for v in (r[n] for n in self.names))
                       for r in self.found()}, key=repr)

    def read(self, answer):
        return sorted((tuple(fold(v) if isinstance(v, str) else v for v in (r.get(n) for n in self.names))
                       for r in answer["value"]), key=repr)


def make(rng, world):
    return rng.choice([Query, Query, Query, Groups, Distinct])(rng, world)
