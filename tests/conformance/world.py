# SPDX-License-Identifier: MIT
"""The rows that an exchange needs, written into an organization's file before it is replayed.

What can be read off the exchange itself is: rows that its URL or body names must exist, rows that its answer
shows must be there to be shown. The rest stands in cases.json.
"""

import functools
import json
import re
import sqlite3
import uuid

from shape import read_told

GUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
ROW_URL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\((?:[a-z_]+=)?(" + GUID + r")\)")
FORMATTED = "@OData.Community.Display.V1.FormattedValue"
LOGICAL = "@Microsoft.Dynamics.CRM.lookuplogicalname"


@functools.lru_cache(maxsize=1000)
def read_definition(text):
    return json.loads(text)


class World:
    """Writes rows by SQL: the organization's file is open to other programs."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.execute("pragma synchronous = off")
        self.tables = {}
        self.sets = {}
        for name, entity_set, text in self.db.execute("select name, entity_set, definition from ferry_table"):
            facts = read_definition(text)
            self.tables[name] = facts
            self.sets[entity_set] = name
        self.version = 1000

    def close(self):
        self.db.commit()
        self.db.close()

    def columns(self, table):
        return {row[1] for row in self.db.execute(f'pragma table_info("{table}")')}

    def lookup(self, table, column):
        """Tables that a lookup may point to."""
        for a in self.tables[table]["attributes"]:
            if a["logicalName"] == column:
                return a.get("targets") or []
        return []

    def has(self, table, row):
        key = self.tables[table]["primaryId"]
        return self.db.execute(f'select 1 from "{table}" where "{key}" = ?', (row.lower(),)).fetchone() is not None

    def put(self, table, row, values=None):
        """Inserts or completes a row; values in stored form, lookups as (table, id)."""
        facts, known = self.tables[table], self.columns(table)
        key, row = facts["primaryId"], row.lower()
        self.version += 1
        fields = {"versionnumber": self.version}
        for name, value in (values or {}).items():
            if isinstance(value, tuple):
                fields[name] = value[1].lower()
                if name + "type" in known:
                    fields[name + "type"] = value[0]
            elif name in known:
                fields[name] = value
        fields = {n: v for n, v in fields.items() if n in known and n != key}
        if self.has(table, row):
            sets = ", ".join(f'"{n}" = ?' for n in fields)
            self.db.execute(f'update "{table}" set {sets} where "{key}" = ?', (*fields.values(), row))
            return
        fields = {**self.defaults(table, known), **fields, key: row}
        names = ", ".join(f'"{n}"' for n in fields)
        marks = ", ".join("?" * len(fields))
        self.db.execute(f'insert into "{table}" ({names}) values ({marks})', tuple(fields.values()))

    def defaults(self, table, known):
        admin = self.db.execute("select value from ferry_header where name = 'admin'").fetchone()[0]
        unit = self.db.execute("select value from ferry_header where name = 'root_unit'").fetchone()[0]
        currency = self.db.execute("select value from ferry_header where name = 'currency'").fetchone()[0]
        out = {"statecode": 0, "statuscode": 1, "createdon": "2019-01-02T03:04:05Z", "modifiedon": "2019-01-02T03:04:05Z",
               "createdby": admin, "modifiedby": admin, "ownerid": admin, "owneridtype": "systemuser",
               "owninguser": admin, "owningbusinessunit": unit, "transactioncurrencyid": currency}
        name = self.tables[table].get("primaryName")
        if name:
            out[name] = "A name"
        return {n: v for n, v in out.items() if n in known}

    # what an exchange tells

    def named_rows(self, text):
        for entity_set, row in ROW_URL.findall(text):
            if entity_set in self.sets:
                yield self.sets[entity_set], row

    def need(self, text):
        for table, row in self.named_rows(text):
            if not self.has(table, row):
                self.put(table, row)

    def stored(self, table, name, value):
        """A JSON value in the form of the file; None when it is no column."""
        kinds = {a["logicalName"]: a["type"] for a in self.tables[table]["attributes"]}
        type_name = kinds.get(name)
        if type_name is None or isinstance(value, (dict, list)):
            return None
        if isinstance(value, bool):
            return int(value)
        if type_name in ("MoneyType", "DecimalType"):
            return str(value)
        if isinstance(value, str) and re.fullmatch(GUID, value):
            return value.lower()
        return value

    def show(self, table, row):
        """A row of an answer has to be there to be shown."""
        key = self.tables[table]["primaryId"]
        row_id = row.get(key)
        if not isinstance(row_id, str):
            row_id = str(uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(row, sort_keys=True)))
        values = {}
        for name, value in row.items():
            m = re.fullmatch(r"_(.+)_value", name)
            if value is None or "@" in name or name == key:
                continue
            if m and isinstance(value, str):
                target = row.get(name + LOGICAL) or (self.lookup(table, m.group(1)) or [None])[0]
                if target in self.tables:
                    values[m.group(1)] = (target, value)
                    self.ensure(target, value, row.get(name + FORMATTED))
                continue
            stored = self.stored(table, name, value)
            if stored is not None:
                values[name] = stored
        self.put(table, row_id, values)
        for name, value in row.items():
            self.show_nested(table, row_id, name, value)

    def ensure(self, table, row, name):
        if self.has(table, row):
            return
        column = self.tables[table].get("primaryName")
        self.put(table, row, {column: name} if column and name else {})

    def show_nested(self, table, row_id, name, value):
        other = self.other_end(table, name)
        items = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        for item in items if other else []:
            key = item.get(self.tables[other]["primaryId"])
            if key:
                self.show(other, item)
                self.link(table, row_id, name, key)

    def navigations(self, table, name):
        """What a navigation property is: (table at its other end, how to write a link from a row to another)."""
        for r in self.tables[table].get("manyToOne", []):
            if r["navigationProperty"] == name and r["referencedEntity"] in self.tables:
                target = r["referencedEntity"]
                yield target, lambda a, b, r=r, t=target: self.put(table, a, {r["referencingAttribute"]: (t, b)})
        for child, facts in self.tables.items():
            for r in facts.get("manyToOne", []):
                if r["referencedEntity"] == table and (r.get("collectionNavigation") or r["schemaName"]) == name:
                    yield child, lambda a, b, r=r, t=child: self.put(t, b, {r["referencingAttribute"]: (table, a)})
        for r in [r for facts in self.tables.values() for r in facts.get("manyToMany", [])]:
            for near, far in (("1", "2"), ("2", "1")):
                if r["entity" + near] == table and r[f"entity{near}Nav"] == name:
                    yield r["entity" + far], lambda a, b, r=r, n=near, f=far: self.pair(r, n, a, f, b)

    def other_end(self, table, name):
        return next((t for t, _ in self.navigations(table, name)), None)

    def link(self, table, row, name, other):
        for _, write in self.navigations(table, name):
            return write(row.lower(), other.lower())

    def pair(self, relation, near, a, far, b):
        table, columns = relation["intersectEntity"], self.columns(relation["intersectEntity"])
        key = table + "id"
        values = {relation[f"entity{near}Attribute"]: a, relation[f"entity{far}Attribute"]: b, "versionnumber": 1}
        if key in columns:
            values[key] = str(uuid.uuid5(uuid.NAMESPACE_OID, a + b))
        names = ", ".join(f'"{n}"' for n in values)
        self.db.execute(f'insert or ignore into "{table}" ({names}) values ({", ".join("?" * len(values))})',
                        tuple(values.values()))

    def need_targets(self, value):
        """Rows that an action's parameters name: {"@odata.type": ..., "<primary id>": ...}."""
        if isinstance(value, list):
            for item in value:
                self.need_targets(item)
        if not isinstance(value, dict):
            return
        table = str(value.get("@odata.type", "")).split("Microsoft.Dynamics.CRM.")[-1]
        key = value.get(self.tables[table]["primaryId"]) if table in self.tables else None
        if key and not self.has(table, key):
            self.put(table, key)
        for item in value.values():
            self.need_targets(item)

    def versions(self, target, etag):
        """The rows that a URL names are of that version."""
        m = re.fullmatch(r'W/"(\d+)"', etag or "")
        for table, row in self.named_rows(target) if m else ():
            self.put(table, row, {"versionnumber": int(m.group(1))})

    def from_answer(self, target, body):
        answer = read_told(body)
        path = target.split("?")[0].split("/")
        m = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)(?:\((?:[a-z_]+=)?(" + GUID + r")\))?", path[0])
        table = self.sets.get(m.group(1)) if m else None
        if table is None or not isinstance(answer, dict) or "error" in answer:
            return
        rows = answer["value"] if isinstance(answer.get("value"), list) else [answer]
        rows = [r for r in rows if isinstance(r, dict)]
        if len(path) == 1:
            self.rows_of_set(table, rows, m.group(2))
            if "@odata.nextLink" in answer or answer.get("@Microsoft.Dynamics.CRM.morerecords"):
                self.rows_of_set(table, [self.further(table, rows[-1], i) for i in range(3)], None)
        elif m.group(2) and self.other_end(table, path[1]):
            self.rows_of_navigation(table, m.group(2), path, rows)

    def further(self, table, row, i):
        """A row like one that was shown, that comes after it."""
        return {**row, self.tables[table]["primaryId"]: f"ffffffff-ffff-ffff-ffff-fffffffffff{i}"}

    def rows_of_set(self, table, rows, named):
        key = self.tables[table]["primaryId"]
        for row in rows:
            if named:
                self.show(table, {**row, key: named})  # the documentation asks for one row and shows another
            elif key in row:
                self.show(table, row)

    def rows_of_navigation(self, table, row_id, path, rows):
        other = self.other_end(table, path[1])
        if not self.has(table, row_id):
            self.put(table, row_id)
        for row in rows:
            if path[-1] == "$ref":
                key = ROW_URL.search(row["@odata.id"]).group(2)
                if not self.has(other, key):
                    self.put(other, key)
            else:
                key = row.get(self.tables[other]["primaryId"])
                if key:
                    self.show(other, row)
            if key:
                self.link(table, row_id, path[1], key)
