# SPDX-License-Identifier: MIT
"""Random tables: columns of every type, lookups that form circles, pairs, states with several status values, keys; and schemas that
ask for all or some of that."""
import base64
import dataclasses
import html
import string
import struct
import zlib

TYPES = {"text": "StringType", "memo": "MemoType", "whole": "IntegerType", "big": "BigIntType", "decimal": "DecimalType",
         "money": "MoneyType", "double": "DoubleType", "yes": "BooleanType", "choice": "PicklistType",
         "choices": "MultiSelectPicklistType", "local": "DateTimeType", "date": "DateTimeType", "free": "DateTimeType",
         "lookup": "LookupType", "file": "FileType", "image": "ImageType"}
FIELDS = {"text": "string", "memo": "string", "whole": "number", "big": "bigint", "decimal": "decimal", "money": "money",
          "double": "float", "yes": "bool", "choice": "optionsetvalue", "choices": "optionsetvaluecollection",
          "local": "datetime", "date": "datetime", "free": "datetime", "lookup": "entityreference", "file": "filedata",
          "image": "imagedata", "id": "guid", "state": "state", "status": "status"}
BEHAVIORS = {"local": "UserLocal", "date": "DateOnly", "free": "TimeZoneIndependent"}
STATUS = {0: [1, 10, 11], 1: [2, 20]}
# System tables whose rows have other ids in every organization, and the column that tells which is which.
SYSTEM = {"transactioncurrency": ("transactioncurrencies", "transactioncurrencyid", "isocurrencycode"),
          "systemuser": ("systemusers", "systemuserid", "domainname")}


@dataclasses.dataclass
class Column:
    name: str
    kind: str
    targets: list = dataclasses.field(default_factory=list)
    precision: int = 0
    required: bool = False
    create: bool = True
    update: bool = True
    length: int = 0
    cascade: str = "RemoveLink"

    def navigation(self, target):
        return self.name + (f"_{target}" if len(self.targets) > 1 else "")


@dataclasses.dataclass
class Pairs:
    name: str
    first: str
    second: str
    asked: bool = False

    @property
    def columns(self):
        if self.first == self.second:
            return f"{self.first}idone", f"{self.first}idtwo"
        return f"{self.first}id", f"{self.second}id"


class Table:
    def __init__(self, name):
        self.name, self.set, self.key = name, name + "s", name + "id"
        self.kind = "table"
        self.columns = {}
        self.states = False
        self.unique = None   # a column whose values tell the rows apart
        self.known_by = ""   # compared, key, match: how ferry is told so; empty: it is not
        # of the schema
        self.asked = []
        self.filter = None   # (condition, SQL)

    def of_kind(self, *kinds):
        return [c for c in self.columns.values() if c.kind in kinds]


def make_table(rng, number, count, narrow):
    t = Table(f"gen_t{number}")
    t.columns["gen_name"] = Column("gen_name", "text", length=100)
    kinds = rng.sample(sorted(TYPES), rng.randint(4, len(TYPES)))
    for kind in kinds:
        for n in range(rng.choice([1, 1, 1, 2])):
            if kind == "image" and n:
                continue
            c = Column(f"gen_{kind}{n or ''}", kind)
            c.precision = {"decimal": rng.choice([0, 2, 4, 10]), "money": rng.choice([0, 2, 4]),
                           "double": rng.choice([0, 2, 5])}.get(kind, 0)
            c.length = {"text": 200, "memo": 4000}.get(kind, 0)
            if kind == "lookup":
                point_somewhere(rng, c, number, count)
            elif kind not in ("file", "image"):
                c.create, c.update = rng.choice([(True, True)] * 12 + [(True, False), (False, True)])
            t.columns[c.name] = c
    t.states = rng.random() < 0.7
    if rng.random() < 0.6:
        t.known_by = rng.choice(["compared", "key", "match"])
        t.columns["gen_code"] = Column("gen_code", rng.choice(["text", "whole"]), length=50)
        t.unique = "gen_code"
        if rng.random() < 0.3 and t.known_by != "key":
            t.unique = "gen_name"
    t.owned = rng.random() < 0.4
    t.narrow = narrow and rng.random() < 0.5
    return t


def point_somewhere(rng, c, number, count):
    c.targets = rng.sample([f"gen_t{n}" for n in range(count)], 2 if count > 1 and rng.random() < 0.2 else 1)
    if rng.random() < 0.15:
        c.targets = [rng.choice(sorted(SYSTEM))]
    c.cascade = rng.choice(["RemoveLink", "RemoveLink", "Restrict", "NoCascade", "Cascade"])
    lower = [f"gen_t{n}" for n in range(number)]
    if lower and rng.random() < 0.2:
        c.targets, c.required = [rng.choice(lower)], True
        c.cascade = rng.choice(["Restrict", "Cascade"])
    if len(c.targets) > 1:
        c.cascade = "RemoveLink"


def make_tables(rng, narrow):
    count = rng.randint(2, 6)
    tables = [make_table(rng, n, count, narrow) for n in range(count)]
    for t in tables:  # a circle, and a table that points to itself
        if rng.random() < 0.5:
            t.columns["gen_next"] = Column("gen_next", "lookup", [rng.choice(tables).name])
        if rng.random() < 0.4:
            t.columns["gen_parent"] = Column("gen_parent", "lookup", [t.name])
    pairs = []
    for n in range(rng.randint(0, 3)):
        first = rng.choice(tables).name
        second = first if rng.random() < 0.3 else rng.choice(tables).name
        pairs.append(Pairs(f"gen_pairs{n}", first, second))
    return {t.name: t for t in tables}, pairs


# ---- definitions ----

def attribute(c, narrow):
    d = {"logicalName": c.name, "schemaName": c.name, "displayName": c.name, "type": TYPES[c.kind],
         "requiredLevel": "ApplicationRequired" if c.required else "None", "validForCreate": c.create,
         "validForUpdate": c.update, "validForRead": True}
    if c.kind in BEHAVIORS:
        d.update(dateBehavior=BEHAVIORS[c.kind], format="DateOnly" if c.kind == "date" else "DateAndTime")
    if c.length:
        d["maxLength"] = 12 if narrow and c.name == "gen_text" else c.length
    if c.kind in ("choice", "choices"):
        d["options"] = [{"value": v, "label": f"choice {v}"} for v in (1, 2, 3, 5, 8)]
    if c.kind == "yes":
        d["options"] = [{"value": 0, "label": "No"}, {"value": 1, "label": "Yes"}]
    if c.kind in ("whole", "decimal", "double", "money"):
        d.update(min=-2147483648, max=2147483647)
    if c.kind in ("decimal", "double", "money"):
        d["precision"] = c.precision
    if c.kind in ("file", "image"):
        d["maxSizeInKB"] = 1024
    if c.kind == "image":
        d.update(isPrimaryImage=True, canStoreFullImage=True)
    if c.targets:
        d["targets"] = c.targets
    return d


def platform_column(name, kind, **more):
    return {"logicalName": name, "schemaName": name, "displayName": name, "type": kind, "requiredLevel": "None",
            "validForCreate": False, "validForUpdate": False, "validForRead": True, **more}


def platform_columns(t):
    """What the platform keeps of every row, and relationships of that."""
    people = ["createdby", "modifiedby"]
    columns = [platform_column(t.key, "UniqueidentifierType", requiredLevel="SystemRequired", validForCreate=True),
               platform_column("versionnumber", "BigIntType"),
               *(platform_column(n, "DateTimeType", dateBehavior="UserLocal", format="DateAndTime")
                 for n in ("createdon", "modifiedon")),
               *(platform_column(n, "LookupType", targets=["systemuser"]) for n in people)]
    if t.owned:
        columns += [platform_column("ownerid", "OwnerType", targets=["systemuser", "team"], requiredLevel="SystemRequired",
                                    validForCreate=True, validForUpdate=True),
                    platform_column("owningbusinessunit", "LookupType", targets=["businessunit"])]
    if t.states:
        both = {"validForCreate": True, "validForUpdate": True}
        columns += [platform_column("statecode", "StateType", **both, defaultValue=0, options=[
            {"value": s, "label": f"state {s}", "defaultstatus": values[0]} for s, values in STATUS.items()]),
                    platform_column("statuscode", "StatusType", **both, defaultValue=-1, options=[
                        {"value": v, "label": f"status {v}", "state": s} for s, values in STATUS.items() for v in values])]
    one = [relationship(t, n, "systemuser", "systemuserid", n, "NoCascade") for n in people]
    if t.owned:
        one += [relationship(t, "ownerid", "owner", "ownerid", "ownerid", "NoCascade"),
                relationship(t, "owningbusinessunit", "businessunit", "businessunitid", "owningbusinessunit", "NoCascade")]
    return columns, one


def relationship(t, column, target, key, navigation, cascade):
    return {"schemaName": f"{t.name}_{navigation}", "referencingAttribute": column, "referencedEntity": target,
            "referencedAttribute": key, "navigationProperty": navigation, "cascadeDelete": cascade}


def definition(tables, pairs, t, narrow):
    columns, one = platform_columns(t)
    for c in t.columns.values():
        columns.append(attribute(c, narrow and t.narrow))
        for target in c.targets:
            key = SYSTEM[target][1] if target in SYSTEM else tables[target].key
            one.append(relationship(t, c.name, target, key, c.navigation(target), c.cascade))
    many = []
    for p in pairs:
        if t.name in (p.first, p.second):
            one_, two = p.columns
            many.append({"schemaName": p.name, "intersectEntity": p.name, "entity1": p.first, "entity1Attribute": one_,
                         "entity1Nav": p.name + "_one", "entity2": p.second, "entity2Attribute": two,
                         "entity2Nav": p.name + "_two"})
    d = {"logicalName": t.name, "schemaName": t.name, "entitySetName": t.set, "collectionSchemaName": t.set,
         "displayName": t.name, "displayCollectionName": t.set, "primaryId": t.key, "primaryName": "gen_name",
         "objectTypeCode": 10801 + int(t.name[5:]), "ownership": "UserOwned" if t.owned else "OrganizationOwned",
         "attributes": columns, "manyToOne": one, "manyToMany": many}
    if any(c.kind == "image" for c in t.columns.values()):
        d["primaryImage"] = "gen_image"
    if t.known_by == "key":
        d["keys"] = [{"name": "gen_by_code", "schemaName": "gen_by_code", "displayName": "by code", "columns": [t.unique]}]
    return d


# ---- values, as the Web API takes them ----

WORDS = ["Alpha", "beta", "gamma ray", "O'Bryan", "50% off", "a < b & \"c\"", "[x]", "été", "日本", "😀", "-dash", "semi;colon",
         "{not an id}", " blank before", "#1", "a\tb", "]]>", "&amp;", "0", "False", "NULL"]


def make_text(rng):
    return " ".join(rng.choice(WORDS) for _ in range(rng.choice([1, 1, 1, 2, 4])))


def make_memo(rng, ids):
    lines = [make_text(rng) for _ in range(rng.choice([1, 1, 2, 5]))]
    if ids and rng.random() < 0.3:
        some = rng.choice(ids)
        lines.append("see " + rng.choice([some, some.upper(), "{" + some + "}", f'<x id="{some}"/>']) + " there")
    return "\n".join(lines)


def fraction(rng, digits):
    whole = rng.choice([0, 1, -1, 7, 99, 1000, -12345])
    return float(f"{whole}.{rng.randrange(10 ** digits):0{digits}d}") if digits else float(whole)


def moment(rng, seconds):
    day = f"{rng.choice([1999, 2020, 2024, 2025])}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    return f"{day}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}Z" if seconds else day


def picture(rng):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" + rng.randbytes(3))) + chunk(b"IEND", b""))


def make_value(rng, c, ids=()):
    return {"text": lambda: make_text(rng), "memo": lambda: make_memo(rng, ids),
            "whole": lambda: rng.choice([-7, 0, 1, 2, 3, 1000, 2147483647, -2147483648]),
            "big": lambda: rng.choice([-1, 0, 5, 2 ** 53 + 1, -2 ** 62]), "decimal": lambda: fraction(rng, c.precision),
            "money": lambda: fraction(rng, c.precision), "double": lambda: fraction(rng, c.precision),
            "yes": lambda: rng.random() < 0.5, "choice": lambda: rng.choice([1, 2, 3, 5, 8]),
            "choices": lambda: ",".join(map(str, sorted(rng.sample([1, 2, 3, 5, 8], rng.randint(1, 4))))),
            "local": lambda: moment(rng, True), "free": lambda: moment(rng, True), "date": lambda: moment(rng, False),
            "file": lambda: ("".join(rng.choice(string.ascii_letters + "ü ") for _ in range(6)).strip() + ".bin",
                             rng.randbytes(rng.choice([0, 1, 20, 3000]))),
            "image": lambda: picture(rng)}[c.kind]()


def encoded(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


# ---- schemas ----

def choose_schema(rng, tables, pairs):
    """What of the tables is asked for: t.asked, t.filter; and the relationships."""
    for t in tables.values():
        names = [*t.columns, *(["statecode", "statuscode"] if t.states else [])]
        if rng.random() < 0.5:
            names = [n for n in names if n in (t.unique, "gen_name") or rng.random() < 0.7]
        t.asked = names
        if rng.random() < 0.15:
            t.filter = rng.choice([
                ('<condition attribute="gen_name" operator="not-null" />', "gen_name is not null"),
                ('<condition attribute="gen_name" operator="ne" value="row 1" />',
                 "(gen_name is null or lower(gen_name) <> 'row 1')"),
                *([('<condition attribute="statecode" operator="eq" value="0" />', "statecode = 0")] if t.states else [])])
    chosen = [t for t in tables.values() if rng.random() < 0.95] or list(tables.values())[:1]
    rng.shuffle(chosen)
    for p in pairs:
        p.asked = rng.random() < 0.9 and p.first in [t.name for t in chosen]
    return chosen, [p for p in pairs if p.asked]


def schema_field(t, name):
    kind = {"statecode": "state", "statuscode": "status"}.get(name) or t.columns[name].kind
    more = f' lookupType="{"|".join(t.columns[name].targets)}"' if kind == "lookup" else ""
    compared = ' updateCompare="true"' if t.known_by == "compared" and name == t.unique else ""
    return f'<field{compared} displayname="{name}" name="{name}" type="{FIELDS[kind]}"{more} />'


def schema_text(chosen, pairs):
    out = ["<entities>"]
    for t in chosen:
        out.append(f'<entity name="{t.name}" displayname="{t.name}" primaryidfield="{t.key}" primarynamefield="gen_name" '
                   f'disableplugins="false"><fields><field displayname="{t.key}" name="{t.key}" type="guid" primaryKey="true" />')
        out += [schema_field(t, n) for n in t.asked]
        out.append("</fields><relationships>")
        out += [f'<relationship name="{p.name}" manyToMany="true" isreflexive="{str(p.first == p.second).lower()}" '
                f'relatedEntityName="{p.name}" m2mTargetEntity="{p.second}" m2mTargetEntityPrimaryKey="{p.second}id" />'
                for p in pairs if p.first == t.name]
        out.append("</relationships>")
        if t.filter:
            out.append("<filter>" + html.escape(f'<fetch><entity name="{t.name}"><filter>{t.filter[0]}</filter></entity></fetch>')
                       + "</filter>")
        out.append("</entity>")
    return "".join(out) + "</entities>"
