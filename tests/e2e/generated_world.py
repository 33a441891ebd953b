# SPDX-License-Identifier: MIT
"""Two tables with a column of every kind, rows full of ties and nulls, and what the platform's comparisons of
their values are, said once more in Python: texts without case, accents and blanks at the end; LIKE; the three
values of logic."""
import dataclasses
import datetime
import decimal
import json
import unicodedata
import uuid

NOW = datetime.datetime(2024, 5, 15, 10, 37, 42)
WORDS = ["Alpha", "alpha", "ÄLPHA", "beta", "Beta ", "gamma ray", "O'Bryan", "50% off", "a_b", "axb", "[x]", "été",
         "ete", "x+y&z", "a/b", "日本", "😀", "-dash", "semi;colon", "#1 \"q\" <t>", "Zürich", "naïve"]
LETTERS = ["ada", "Ada", "ädá", "bob", "Bob b", "cid", "dee dee", "Eve", "éve", "fay", "zoe"]
PATTERNS = ["a", "A%", "%a", "%e%", "_", "a_b", "[a-c]%", "[^a-c]%", "%[_]%", "50[%]%", "%", "[[]x]", "é%e", "B_ta%",
            "%[0-9]%", "ALPHA", "%'%", "日_", "", "%%", "_%_"]


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    kind: str  # text plain whole decimal double yes choice choices local date free id
    navigation: str = ""
    target: str = ""

    @property
    def property(self):
        return f"_{self.name}_value" if self.target else self.name


@dataclasses.dataclass(frozen=True)
class Collection:
    navigation: str
    table: str
    column: str  # of that table, which points here; empty: pairs


class Table:
    def __init__(self, name, columns, collections):
        self.name, self.set, self.key = name, name + "s", name + "id"
        self.columns = {c.name: c for c in columns}
        self.collections = collections

    def of_kind(self, *kinds):
        return [c for c in self.columns.values() if c.kind in kinds]

    @property
    def lookups(self):
        return [c for c in self.columns.values() if c.target]


THING = Table("gen_thing", [
    Column("gen_thingid", "id"), Column("gen_text", "text"), Column("gen_plain", "plain"), Column("gen_same", "plain"),
    Column("gen_memo", "text"), Column("gen_whole", "whole"), Column("gen_other", "whole"), Column("gen_big", "big"),
    Column("gen_decimal", "decimal"), Column("gen_money", "decimal"), Column("gen_double", "double"),
    Column("gen_yes", "yes"), Column("gen_choice", "choice"), Column("gen_choice2", "choice"),
    Column("gen_choices", "choices"), Column("gen_local", "local"), Column("gen_local2", "local"),
    Column("gen_date", "date"), Column("gen_free", "free"),
    Column("gen_parentid", "id", "gen_ParentId", "gen_thing"), Column("gen_partid", "id", "gen_PartId", "gen_part"),
], [Collection("gen_children", "gen_thing", "gen_parentid"), Collection("gen_parts", "gen_part", "gen_thingid"),
    Collection("gen_tags", "gen_part", "")])
PART = Table("gen_part", [
    Column("gen_partid", "id"), Column("gen_plain", "plain"), Column("gen_whole", "whole"), Column("gen_date", "date"),
    Column("gen_choice", "choice"), Column("gen_thingid", "id", "gen_ThingId", "gen_thing"),
], [Collection("gen_things", "gen_thing", "gen_partid"), Collection("gen_tagged", "gen_thing", "")])
TABLES = {t.name: t for t in (THING, PART)}
INTERSECT = "gen_thing_gen_part"
CHOICES = {1: "Zebra", 2: "apple", 3: "Mango", 5: "fig"}
TYPES = {"text": "StringType", "plain": "StringType", "whole": "IntegerType", "big": "BigIntType",
         "decimal": "DecimalType", "double": "DoubleType", "yes": "BooleanType", "choice": "PicklistType",
         "choices": "MultiSelectPicklistType", "local": "DateTimeType", "date": "DateTimeType", "free": "DateTimeType",
         "id": "LookupType"}
BEHAVIORS = {"local": "UserLocal", "date": "DateOnly", "free": "TimeZoneIndependent"}


def attribute(table, column):
    d = {"logicalName": column.name, "schemaName": column.navigation or column.name, "displayName": column.name,
         "type": TYPES[column.kind], "requiredLevel": "None", "validForCreate": True, "validForUpdate": True,
         "validForRead": True}
    if column.name == table.key:
        d.update(type="UniqueidentifierType", requiredLevel="SystemRequired", validForUpdate=False)
    elif column.target:
        d["targets"] = [column.target]
    if column.kind in BEHAVIORS:
        d.update(dateBehavior=BEHAVIORS[column.kind], format="DateOnly" if column.kind == "date" else "DateAndTime")
    if column.kind in ("text", "plain"):
        d["maxLength"] = 200
    if column.kind in ("choice", "choices"):
        d["options"] = [{"value": v, "label": label} for v, label in CHOICES.items()]
    if column.kind == "yes":
        d["options"] = [{"value": 0, "label": "No"}, {"value": 1, "label": "Yes"}]
    if column.kind in ("whole", "double", "decimal"):
        d.update(min=-2147483648, max=2147483647)
    if column.kind in ("decimal", "double"):
        d["precision"] = 4 if column.kind == "decimal" else 5
    if column.name == "gen_memo":
        d.update(type="MemoType", maxLength=2000)
    return d


def definition(table):
    """For ferry org add-table."""
    version = {"logicalName": "versionnumber", "schemaName": "VersionNumber", "displayName": "Version",
               "type": "BigIntType", "requiredLevel": "None", "validForCreate": False, "validForUpdate": False,
               "validForRead": True}
    to_one = [{"schemaName": c.navigation + "_" + table.name, "referencingAttribute": c.name,
               "referencedEntity": c.target, "referencedAttribute": TABLES[c.target].key,
               "navigationProperty": c.navigation, "hierarchical": c.target == table.name,
               "collectionNavigation": next(k.navigation for k in TABLES[c.target].collections
                                            if (k.table, k.column) == (table.name, c.name))} for c in table.lookups]
    pairs = {"schemaName": INTERSECT, "intersectEntity": INTERSECT,
             "entity1": "gen_thing", "entity1Attribute": "gen_thingid", "entity1Nav": "gen_tags",
             "entity2": "gen_part", "entity2Attribute": "gen_partid", "entity2Nav": "gen_tagged"}
    return {"logicalName": table.name, "schemaName": table.name, "entitySetName": table.set,
            "collectionSchemaName": table.set, "displayName": table.name, "displayCollectionName": table.set,
            "primaryId": table.key, "primaryName": "gen_plain", "objectTypeCode": 10801 + (table is PART),
            "ownership": "OrganizationOwned", "attributes": [*(attribute(table, c) for c in table.columns.values()),
                                                             version],
            "manyToOne": to_one, "manyToMany": [pairs]}


def make_value(rng, kind):
    if rng.random() < 0.2:
        return None
    day = NOW.replace(hour=0, minute=0, second=0) + datetime.timedelta(days=rng.choice(
        [0, 0, 1, -1, 2, -3, 6, -7, 8, 9, -8, 14, -20, 30, -31, 45, -60, 200, -250, 366, -400, 3000]))
    time = datetime.timedelta(seconds=rng.choice([0, 0, 1, 37062, 38262, 38263, 43200, 86399]))
    return {"text": lambda: rng.choice(WORDS), "plain": lambda: rng.choice(LETTERS),
            "whole": lambda: rng.choice([-7, -1, 0, 1, 2, 3, 9, 10, 1000]),
            "big": lambda: rng.choice([-1, 0, 5, 2 ** 53 + 1, -2 ** 62]),
            "decimal": lambda: decimal.Decimal(rng.choice(["-1.5", "0", "9", "10", "10.5", "99.9999", "1000"])),
            "double": lambda: rng.choice([-1.5, 0.0, 0.1, 2.5, 10.0, 1e6]), "yes": lambda: rng.random() < 0.5,
            "choice": lambda: rng.choice(list(CHOICES)),
            "choices": lambda: frozenset(rng.sample(list(CHOICES), rng.randint(1, 3))),
            "local": lambda: day + time, "free": lambda: day + time, "date": lambda: day}[kind]()


def make_rows(rng, count=45):
    ids = {t: [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(count)] for t in TABLES}
    rows = {}
    for table in TABLES.values():
        rows[table.name] = {}
        for n, key in enumerate(ids[table.name]):
            row = {c.name: make_value(rng, c.kind) for c in table.columns.values() if c.kind != "id"}
            for c in table.lookups:
                among = ids[c.target][:n] if c.target == table.name else ids[c.target][:count * 2 // 3]
                row[c.name] = rng.choice(among) if among and rng.random() < 0.7 else None
            rows[table.name][key] = {table.key: key, **row}
    rows[INTERSECT] = sorted({(rng.choice(ids["gen_thing"][:30]), rng.choice(ids["gen_part"][:30])) for _ in range(50)})
    return rows


def to_json(column, value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, frozenset):
        return ",".join(map(str, sorted(value)))
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if column.kind == "date" else "%Y-%m-%dT%H:%M:%SZ")
    return value


def write_rows(client, rows):
    """Through the Web API, rows first and what points from one to another later."""
    for table in TABLES.values():
        for row in rows[table.name].values():
            body = {c.name: to_json(c, row[c.name]) for c in table.columns.values()
                    if not c.target and row[c.name] is not None}
            client("POST", table.set, body, status=204)
    for table in TABLES.values():
        for key, row in rows[table.name].items():
            body = {f"{c.navigation}@odata.bind": f"/{TABLES[c.target].set}({row[c.name]})" for c in table.lookups
                    if row[c.name]}
            if body:
                client("PATCH", f"{table.set}({key})", body, status=204)
    for thing, part in rows[INTERSECT]:
        client("POST", f"gen_things({thing})/gen_tags/$ref", {"@odata.id": f"gen_parts({part})"}, status=204)


def write_definitions(folder):
    path = folder / "generated.json"
    path.write_text(json.dumps([definition(t) for t in TABLES.values()]))
    return path


# ---- comparisons ----

def fold(text, blanks=False):
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).casefold()
    return plain if blanks else plain.rstrip(" ")


def sort_key(value):
    return fold(value) if isinstance(value, str) else value


def like(text, pattern):
    """T-SQL's, on folded texts."""
    text, pattern = fold(text, True), fold(pattern, True)

    def at(i, k):
        while k < len(pattern):
            c = pattern[k]
            if c == "%":
                return any(at(j, k + 1) for j in range(i, len(text) + 1))
            if i == len(text):
                return False
            if c == "[":
                end = pattern.index("]", k + 1)
                inside = pattern[k + 1:end]
                wanted = not inside.startswith("^")
                inside = inside.removeprefix("^")
                found = inside[0] <= text[i] <= inside[2] if inside[1:2] == "-" else text[i] in inside
                if found != wanted:
                    return False
                k = end
            elif c not in ("_", text[i]):
                return False
            i, k = i + 1, k + 1
        return i == len(text)
    return at(0, 0)


# ---- true, false and None ----

def both(a, b):
    return False if a is False or b is False else None if a is None or b is None else True


def either(a, b):
    return True if a is True or b is True else None if a is None or b is None else False


def opposite(a):
    return None if a is None else not a


def compare(word, a, b):
    """A value with one that is not null. Equality with null is false, and its opposite true; order is neither."""
    if a is None:
        return {"eq": False, "ne": True}.get(word)
    a, b = sort_key(a), sort_key(b)
    return {"eq": lambda: a == b, "ne": lambda: a != b, "gt": lambda: a > b, "ge": lambda: a >= b,
            "lt": lambda: a < b, "le": lambda: a <= b}[word]()


# ---- ranges of time ----

def month_step(moment, months):
    total = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(total, 12)
    day = moment.day
    while True:
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1


def time_range(operator, value=None, now=NOW):
    """From (inclusive) and to (exclusive); None is open. `operator` as FetchXML spells it."""
    day, week = datetime.timedelta(days=1), datetime.timedelta(days=7)
    hour = datetime.timedelta(hours=1)
    today = now.replace(hour=0, minute=0, second=0)
    top = now.replace(minute=0, second=0)
    sunday = today - day * ((today.weekday() + 1) % 7)
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    x = value if isinstance(value, int) else 0
    given = value if isinstance(value, datetime.datetime) else today
    return {
        "yesterday": (today - day, today), "today": (today, today + day), "tomorrow": (today + day, today + 2 * day),
        "on": (given, given + day), "on-or-before": (None, given + day), "on-or-after": (given, None),
        "last-seven-days": (today - week, now), "next-seven-days": (now, today + 8 * day),
        "last-week": (sunday - week, sunday), "this-week": (sunday, sunday + week),
        "next-week": (sunday + week, sunday + 2 * week),
        "last-month": (month_step(month, -1), month), "this-month": (month, month_step(month, 1)),
        "next-month": (month_step(month, 1), month_step(month, 2)),
        "last-year": (month_step(year, -12), year), "this-year": (year, month_step(year, 12)),
        "next-year": (month_step(year, 12), month_step(year, 24)),
        "last-x-hours": (top - x * hour, now), "next-x-hours": (now, top + (x + 1) * hour),
        "last-x-days": (today - x * day, now), "next-x-days": (now, today + (x + 1) * day),
        "last-x-weeks": (today - x * week, now), "next-x-weeks": (now, today + x * week + day),
        "last-x-months": (month_step(today, -x), now), "next-x-months": (now, month_step(today + day, x)),
        "last-x-years": (month_step(today, -12 * x), now), "next-x-years": (now, month_step(today + day, 12 * x)),
        "olderthan-x-minutes": (None, now.replace(second=0) - x * hour / 60), "olderthan-x-hours": (None, top - x * hour),
        "olderthan-x-days": (None, today - x * day), "olderthan-x-weeks": (None, today - x * week),
        "olderthan-x-months": (None, month_step(today, -x)), "olderthan-x-years": (None, month_step(today, -12 * x)),
    }[operator]


def in_range(value, bounds):
    if value is None:
        return False
    return (bounds[0] is None or value >= bounds[0]) and (bounds[1] is None or value < bounds[1])
