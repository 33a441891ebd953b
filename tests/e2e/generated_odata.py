# SPDX-License-Identifier: MIT
"""OData queries from a seed: each part can be written as the platform reads it, and be evaluated over the rows."""
import datetime
import decimal
import urllib.parse

from generated_world import (CHOICES, INTERSECT, LETTERS, PATTERNS, TABLES, WORDS, both, compare, either, fold, in_range,
                             like, make_value, opposite, sort_key, time_range)

ORDERED = ("plain", "whole", "big", "decimal", "double", "local", "date", "free")
FUNCTIONS = {"Yesterday": "yesterday", "Today": "today", "Tomorrow": "tomorrow", "Last7Days": "last-seven-days",
             "Next7Days": "next-seven-days", "LastWeek": "last-week", "ThisWeek": "this-week", "NextWeek": "next-week",
             "LastMonth": "last-month", "ThisMonth": "this-month", "NextMonth": "next-month", "LastYear": "last-year",
             "ThisYear": "this-year", "NextYear": "next-year"}
NUMBERED = {"LastXDays": "last-x-days", "NextXDays": "next-x-days", "LastXWeeks": "last-x-weeks",
            "NextXWeeks": "next-x-weeks", "LastXMonths": "last-x-months", "NextXMonths": "next-x-months",
            "LastXYears": "last-x-years", "NextXYears": "next-x-years", "OlderThanXDays": "olderthan-x-days",
            "OlderThanXWeeks": "olderthan-x-weeks", "OlderThanXMonths": "olderthan-x-months",
            "OlderThanXYears": "olderthan-x-years"}
HOURLY = {"LastXHours": "last-x-hours", "NextXHours": "next-x-hours", "OlderThanXHours": "olderthan-x-hours",
          "OlderThanXMinutes": "olderthan-x-minutes"}


class World:
    """Rows, and how one reaches others."""

    def __init__(self, rows):
        self.rows = rows

    def follow(self, row, path):
        """The row at the end of lookups; None."""
        for column in path:
            row = self.rows[column.target].get(row[column.name]) if row else None
        return row

    def members(self, table, row, collection):
        if collection.column:
            return [r for r in self.rows[collection.table].values() if r[collection.column] == row[table.key]]
        mine, other = (0, 1) if table.name == "gen_thing" else (1, 0)
        return [self.rows[collection.table][pair[other]] for pair in self.rows[INTERSECT]
                if pair[mine] == row[table.key]]


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def literal(rng, column, value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        if column.kind == "date":
            return value.strftime("%Y-%m-%d")
        return value.strftime(rng.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S.000Z"]))
    if isinstance(value, frozenset):
        shuffled = [str(v) for v in value]
        rng.shuffle(shuffled)
        return quote(",".join(shuffled))
    if column.kind == "id":
        return rng.choice([value, value, value.upper(), quote(value)])
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, decimal.Decimal) and rng.random() < 0.2:
        return f"{value}{'' if '.' in str(value) else '.'}00"
    return str(value)


class Maker:
    """What a query is made of, and what it needed."""

    def __init__(self, rng, world):
        self.rng, self.world = rng, world
        self.aliases = {}
        self.links = self.variables = 0
        self.refused = False  # a function behind not

    def alias(self, text):
        if self.rng.random() > 0.08:
            return text
        name = f"@p{len(self.aliases) + 1}"
        self.aliases[name] = text
        return name

    def path(self, table, longest):
        path = []
        while len(path) < longest and self.rng.random() < 0.25 and table.lookups:
            path.append(self.rng.choice(table.lookups))
            table = TABLES[path[-1].target]
        self.links += len(path)
        return path, table

    def value(self, column):
        if column.kind == "id":
            return self.rng.choice([None, *self.world.rows[column.target or ("gen_" + column.name[4:-2])]][:12])
        if column.kind == "text":
            return self.rng.choice([None, *WORDS])
        return self.rng.choice([None, *LETTERS]) if column.kind == "plain" else make_value(self.rng, column.kind)


class Leaf:
    def __init__(self, make, table, variable, negated):
        self.variable = variable
        self.steps, self.table = make.path(table, 2)
        self.make(make, negated)

    def prefix(self):
        return "".join(part + "/" for part in [*([self.variable] if self.variable else []),
                                               *(c.navigation for c in self.steps)])

    def holds(self, world, row):
        at = world.follow(row, self.steps)
        return self.test(at[self.column.name] if at else None, at)


class Compare(Leaf):
    def make(self, make, _):
        rng = make.rng
        self.column = rng.choice(list(self.table.columns.values()))
        words = ["eq", "ne"] if self.column.kind not in ORDERED else ["eq", "ne", "gt", "ge", "lt", "le"]
        self.word = rng.choice(words)
        self.value = make.value(self.column)
        if isinstance(self.value, str) and rng.random() < 0.05 and self.column.kind != "id" and len(words) == 2:
            self.value = ""
        self.text = make.alias(literal(rng, self.column, self.value))
        self.swapped = rng.random() < 0.1

    def write(self):
        left = self.prefix() + self.column.property
        if self.swapped:
            swap = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
            return f"{self.text} {swap.get(self.word, self.word)} {left}"
        return f"{left} {self.word} {self.text}"

    def test(self, have, _):
        if self.value in (None, ""):
            return {"eq": have is None, "ne": have is not None}.get(self.word)
        return compare(self.word, have, self.value)


class Columns(Leaf):
    PAIRS = [("gen_plain", "gen_same"), ("gen_whole", "gen_other"), ("gen_choice", "gen_choice2"),
             ("gen_local", "gen_local2"), ("gen_decimal", "gen_money")]

    def make(self, make, _):
        found = [p for p in self.PAIRS if p[1] in self.table.columns]
        self.links = 0
        if not found:
            self.steps, self.table = [], TABLES["gen_thing"]
            found = self.PAIRS
        names = make.rng.choice(found)
        self.column, self.other = (self.table.columns[n] for n in make.rng.sample(names, 2))
        self.word = make.rng.choice(["eq", "ne"] if self.column.kind == "choice" else ["eq", "ne", "gt", "le"])

    def write(self):
        return f"{self.prefix()}{self.column.name} {self.word} {self.prefix()}{self.other.name}"

    def test(self, have, row):
        other = row[self.other.name] if row else None
        if have is None:
            return compare(self.word, None, None)
        # SQL: neither equal to what is not there nor different
        return None if other is None else compare(self.word, have, other)


class Text(Leaf):
    def make(self, make, _):
        rng = make.rng
        self.column = rng.choice(self.table.of_kind("text", "plain"))
        self.word = rng.choice(["contains", "startswith", "endswith"])
        self.value = rng.choice([*PATTERNS, *(w[:rng.randint(1, 4)] for w in WORDS if "[" not in w)])
        self.text = make.alias(quote(self.value))

    def write(self):
        return f"{self.word}({self.prefix()}{self.column.name},{self.text})"

    def test(self, have, _):
        before, after = {"contains": "%%", "startswith": " %", "endswith": "% "}[self.word]
        return have is not None and like(have, (before + self.value + after).strip(" ")
                                         if self.value.strip(" ") == self.value
                                         else before.strip() + self.value + after.strip())


class Function(Leaf):
    def make(self, make, negated):
        rng = make.rng
        make.refused |= negated
        kind = rng.choice(["list", "between", "choices", "time", "time"])
        self.arguments = {}
        if kind == "choices" and self.table.name != "gen_thing":
            kind = "list"
        getattr(self, kind)(make, rng)
        self.arguments = {name: make.alias(text) for name, text in self.arguments.items()}

    def list(self, make, rng):
        self.column = rng.choice(self.table.of_kind("text", "plain", "whole", "choice", "id"))
        found = [v for v in (make.value(self.column) for _ in range(rng.randint(1, 4))) if v is not None] or \
            [make.world.rows[self.column.target or self.table.name].keys().__iter__().__next__()
             if self.column.kind == "id" else {"text": "beta", "plain": "bob"}.get(self.column.kind, 3)]
        if self.column.kind in ("text", "plain") and rng.random() < 0.1:
            found.append("")
        self.word = rng.choice(["In", "NotIn"])
        self.arguments["PropertyValues"] = self.values(rng, found)
        self.test = lambda have, _: any(have is None if v == "" else compare("eq", have, v)
                                        for v in found) == (self.word == "In")

    def between(self, make, rng):
        self.column = rng.choice(self.table.of_kind("whole", "decimal", "date"))
        low, high = (v if v is not None else make_value(rng, self.column.kind) for v in
                     (make.value(self.column), make.value(self.column)))
        while low is None or high is None:
            low, high = make_value(rng, self.column.kind), make_value(rng, self.column.kind)
        self.word = rng.choice(["Between", "NotBetween"])
        shown = [v.strftime("%Y-%m-%d") if isinstance(v, datetime.datetime) else v for v in (low, high)]
        self.arguments["PropertyValues"] = self.values(rng, shown)
        self.test = lambda have, _: (have is not None and low <= have <= high) == (self.word == "Between")

    def choices(self, make, rng):
        self.column = self.table.columns["gen_choices"]
        found = frozenset(rng.sample(list(CHOICES), rng.randint(1, 3)))
        self.word = rng.choice(["ContainValues", "DoesNotContainValues"])
        self.arguments["PropertyValues"] = self.values(rng, sorted(found))
        self.test = lambda have, _: bool(have and have & found) == (self.word == "ContainValues")

    def time(self, make, rng):
        self.column = rng.choice(self.table.of_kind("local", "date", "free"))
        which = [FUNCTIONS, NUMBERED, {"On": "on", "OnOrBefore": "on-or-before", "OnOrAfter": "on-or-after"}]
        if self.column.kind != "date":
            which.append(HOURLY)
        among = rng.choice(which)
        self.word = rng.choice(list(among))
        value = None
        if among in (NUMBERED, HOURLY):
            value = rng.choice([1, 2, 5, 12, 40])
            self.arguments["PropertyValue"] = rng.choice([str(value), f"'{value}'"])
        elif among is not FUNCTIONS:
            value = make_value(rng, "date") or datetime.datetime(2024, 5, 14)
            self.arguments["PropertyValue"] = rng.choice(["{}", "'{}'"]).format(value.strftime("%Y-%m-%d"))
        bounds = time_range(among[self.word], value)
        self.test = lambda have, _: in_range(have, bounds)

    @staticmethod
    def values(rng, values):
        # the list is JSON, also with apostrophes around its texts: then none can stand in one
        if rng.random() < 0.5 or any("'" in str(v) for v in values):
            return "[" + ",".join('"' + str(v).replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values) + "]"
        return "[" + ",".join(quote(str(v)) for v in values) + "]"

    def write(self):
        among = "".join(f",{name}={text}" for name, text in self.arguments.items())
        name = self.column.property if self.column.target and len(self.word) % 2 else self.column.name
        return f"{self.prefix()}Microsoft.Dynamics.CRM.{self.word}(PropertyName='{name}'{among})"


class Constant:
    def __init__(self, make, *_):
        self.value = make.rng.random() < 0.5

    def write(self):
        return "true" if self.value else "false"

    def holds(self, *_):
        return self.value


class Lambda:
    def __init__(self, make, table, variable, negated, depth):
        rng = make.rng
        self.parent, self.variable = table, variable
        self.collection = rng.choice(table.collections)
        self.word = rng.choice(["any", "any", "all"])
        make.links += 1 if self.collection.column else 2
        make.variables += 1
        self.own = f"x{make.variables}"
        self.inner = None
        if self.word == "all" or rng.random() < 0.9:
            # all is carried out as: none that does not satisfy it
            self.inner = expression(make, TABLES[self.collection.table], self.own, self.word == "all", depth - 1)

    def write(self):
        before = f"{self.variable}/" if self.variable else ""
        inside = f"{self.own}:{self.inner.write()}" if self.inner else ""
        return f"{before}{self.collection.navigation}/{self.word}({inside})"

    def holds(self, world, row):
        told = [self.inner.holds(world, r) if self.inner else True
                for r in world.members(self.parent, row, self.collection)]
        if self.word == "any":
            return True in told
        return None if not told else False not in told


class Not:
    def __init__(self, make, table, variable, negated, depth):
        self.inner = expression(make, table, variable, not negated, depth - 1)

    def write(self):
        return f"not ({self.inner.write()})"

    def holds(self, world, row):
        return opposite(self.inner.holds(world, row))


class Both:
    def __init__(self, make, table, variable, negated, depth):
        self.any = make.rng.random() < 0.5
        self.parts = [expression(make, table, variable, negated, depth - 1) for _ in range(make.rng.choice([2, 2, 3]))]

    def write(self):
        return "(" + (" or " if self.any else " and ").join(p.write() for p in self.parts) + ")"

    def holds(self, world, row):
        value = not self.any
        for part in self.parts:
            value = (either if self.any else both)(value, part.holds(world, row))
        return value


def expression(make, table, variable="", negated=False, depth=3):
    rng = make.rng
    if depth > 0 and rng.random() < 0.5:
        return rng.choice([Not, Both, Both, Lambda])(make, table, variable, negated, depth)
    kinds = [Compare] * 8 + [Text] * 3 + [Constant]
    if table.name == "gen_thing":
        kinds += [Columns] * 2
    if not negated or rng.random() < 0.1:
        kinds += [Function] * 4
    return rng.choice(kinds)(make, table, variable, negated)


def encode(text):
    return urllib.parse.quote(text, safe="(),'/:$=@;")


class Query:
    """A filter, and sometimes an order, a top, a count and pages."""

    def __init__(self, rng, world):
        self.make = Maker(rng, world)
        self.table = rng.choice([TABLES["gen_thing"], TABLES["gen_thing"], TABLES["gen_part"]])
        self.filter = expression(self.make, self.table) if rng.random() < 0.95 else None
        self.orders = []
        for _ in range(rng.choice([0, 0, 1, 2])):
            path, table = self.make.path(self.table, 1)
            self.orders.append((path, rng.choice(table.of_kind(*ORDERED, "choice")), rng.random() < 0.5))
        self.top = rng.choice([None, None, 1, 3, 10])
        self.count = rng.random() < 0.3
        self.page = rng.choice([0, 0, 1, 4, 7]) if not self.top else 0

    def url(self):
        options = {"$select": self.table.key}
        if self.filter:
            options["$filter"] = self.filter.write()
        if self.orders:
            options["$orderby"] = ",".join("".join(c.navigation + "/" for c in path) + column.name +
                                           (" desc" if down else "") for path, column, down in self.orders)
        if self.top:
            options["$top"] = str(self.top)
        if self.count:
            options["$count"] = "true"
        options.update(self.make.aliases)
        return self.table.set + "?" + "&".join(f"{k}={encode(v)}" for k, v in options.items())

    def rows(self, world):
        found = [r for r in world.rows[self.table.name].values()
                 if not self.filter or self.filter.holds(world, r) is True]
        found.sort(key=lambda r: guid_order(r[self.table.key]))
        for path, column, down in reversed(self.orders):
            def key(row):
                at = world.follow(row, path)
                value = at[column.name] if at else None
                return (value is not None, sort_key(value) if value is not None else 0)
            found.sort(key=key, reverse=down)
        return found


def guid_order(text):
    """SQL Server's: the last bytes first."""
    b = bytes.fromhex(text.replace("-", ""))
    return b[10:] + b[8:10] + b[7:5:-1] + b[5:3:-1] + b[3::-1]


class Apply:
    """$apply with groups and aggregates."""

    METHODS = {"sum": sum, "min": min, "max": max}

    def __init__(self, rng, world):
        self.make = Maker(rng, world)
        self.table = TABLES["gen_thing"]
        self.filter = expression(self.make, self.table, depth=1) if rng.random() < 0.6 else None
        self.groups = rng.sample(["gen_plain", "gen_whole", "gen_choice", "gen_yes", "_gen_partid_value"],
                                 rng.choice([0, 1, 1, 2]))
        self.methods = rng.sample(["sum", "min", "max", "average", "$count"], rng.randint(1, 4))

    def url(self):
        inside = ",".join("$count as n" if m == "$count" else f"gen_other with {m} as {m}_" for m in self.methods)
        text = f"aggregate({inside})"
        if self.groups:
            text = f"groupby(({','.join(self.groups)}),{text})"
        if self.filter:
            text = f"filter({self.filter.write()})/{text}"
        options = {"$apply": text, **self.make.aliases}
        return self.table.set + "?" + "&".join(f"{k}={encode(v)}" for k, v in options.items())

    def value(self, row, group):
        value = row[group[1:-6] if group.startswith("_") else group]
        return fold(value) if isinstance(value, str) else value

    def wanted(self, world):
        groups = {} if self.groups else {(): []}
        for row in world.rows["gen_thing"].values():
            if not self.filter or self.filter.holds(world, row) is True:
                groups.setdefault(tuple(self.value(row, g) for g in self.groups), []).append(row["gen_other"])
        found = {}
        for key, values in groups.items():
            have = [v for v in values if v is not None]
            told = {"n": len(values), "average_": int(sum(have) / len(have)) if have else None,
                    **{m + "_": f(have) if have else None for m, f in self.METHODS.items()}}
            found[key] = {name: told[name] for name in (m + "_" if m != "$count" else "n" for m in self.methods)}
        return found

    def read(self, answer):
        names = ["n" if m == "$count" else m + "_" for m in self.methods]
        return {tuple(fold(row[g]) if isinstance(row.get(g), str) else row.get(g) for g in self.groups):
                {name: row.get(name) for name in names} for row in answer["value"]}
