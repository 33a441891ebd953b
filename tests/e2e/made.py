# SPDX-License-Identifier: MIT
"""Packages made of a few words: rows of tables as Python values, written by Python alone."""
import html
import zipfile
from xml.sax.saxutils import quoteattr

import support

TYPES = {"String": "string", "Memo": "string", "Integer": "number", "Picklist": "optionsetvalue", "Boolean": "bool", "Money": "money",
         "Decimal": "decimal", "Double": "float", "DateTime": "datetime", "Lookup": "entityreference", "Customer": "entityreference",
         "Owner": "owner", "State": "state", "Status": "status", "Uniqueidentifier": "guid",
         "MultiSelectPicklist": "optionsetvaluecollection"}


UPDATE_COMPARE = ' updateCompare="true"'


class Ref:
    """A lookup's value."""

    def __init__(self, table, row_id, name=None):
        self.table, self.id, self.name = table, row_id, name


def row_id(number, kind=0):
    return f"a0000000-0000-4000-8{kind:03x}-{number:012x}"


def field(name, value, kind):
    if isinstance(value, Ref):
        called = f" lookupentityname={quoteattr(value.name)}" if value.name else ""
        return f'<field name="{name}" value="{value.id}" lookupentity="{value.table}"{called} />'
    text = {True: "True", False: "False"}.get(value, value) if kind == "bool" else value
    text = html.escape(str(text)) if kind == "string" else str(text)
    return f'<field name="{name}" value={quoteattr(text)} />'


def column_type(table, column):
    return TYPES[support.attributes(table)[column]["type"].removesuffix("Type")]


def entity_schema(table, columns, attributes="", links=(), compared=(), filter_xml=""):
    facts = support.metadata(table)
    fields = "".join(
        f"<field{UPDATE_COMPARE if c in compared else ''} " f'name="{c}" displayname="{c}" type="{column_type(table, c)}" />'
        if c != facts["primaryId"] else f'<field name="{c}" displayname="{c}" type="guid" primaryKey="true" />'
        for c in [facts["primaryId"], *columns])
    relationships = "".join(
        f'<relationship name="{name}" manyToMany="true" isreflexive="{str(to == table).lower()}" relatedEntityName="{name}" '
        f'm2mTargetEntity="{to}" m2mTargetEntityPrimaryKey="{key}" />' for name, to, key in links)
    wanted = f"<filter>{html.escape(filter_xml)}</filter>" if filter_xml else ""
    name = f' primarynamefield="{facts["primaryName"]}"' if facts.get("primaryName") else ""
    return (f'<entity name="{table}" displayname="{table}" primaryidfield="{facts["primaryId"]}"{name} disableplugins="false" {attributes}>'
            f"<fields>{fields}</fields><relationships>{relationships}</relationships>{wanted}</entity>")


def entity_data(table, columns, rows, links=()):
    kinds = {c: column_type(table, c) for c in columns}
    key = support.metadata(table)["primaryId"]
    records = "".join(
        f'<record id="{i}">{field(key, i, "guid")}'
        + "".join(field(c, row[c], kinds[c]) for c in columns if row.get(c) is not None) + "</record>"
        for i, row in rows.items())
    pairs = "".join(
        f'<m2mrelationship sourceid="{source}" targetentityname="{to}" targetentitynameidfield="{column}" m2mrelationshipname="{name}">'
        f'<targetids>{"".join(f"<targetid>{t}</targetid>" for t in targets)}</targetids></m2mrelationship>'
        for name, source, to, column, targets in links)
    return (f'<entity name="{table}" displayname="{table}"><records>{records}</records>'
            f"<m2mrelationships>{pairs}</m2mrelationships></entity>")


def package(path, *tables):
    """Each table: a dict of table, columns, rows {id: {column: value}}, and attributes, links, pairs, compared, filter_xml."""
    schema = "<entities>" + "".join(
        entity_schema(t["table"], t["columns"], t.get("attributes", ""), t.get("links", ()), t.get("compared", ()), t.get("filter_xml", ""))
        for t in tables) + "</entities>"
    data = ('<entities timestamp="2026-01-01T00:00:00.0000000Z">'
            + "".join(entity_data(t["table"], t["columns"], t["rows"], t.get("pairs", ())) for t in tables) + "</entities>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("data_schema.xml", schema)
        z.writestr("data.xml", data)
        z.writestr("[Content_Types].xml", "<Types/>")
    return path


def skills(path, names, **options):
    """names: {number: name}."""
    return package(path, {"table": "characteristic", "columns": ["name", "characteristictype", "description"],
                          "rows": {row_id(n): {"characteristictype": 1, **(v if isinstance(v, dict) else {"name": v})}
                                   for n, v in names.items()}, **options})
