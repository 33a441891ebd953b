# SPDX-License-Identifier: MIT
"""Queries that are probably wrong: right ones with an accident, and sentences from a bag of words."""
import re
import urllib.parse

import generated_fetch
import generated_odata
from generated_world import TABLES

NAMES = ["gen_text", "gen_whole", "gen_decimal", "gen_choices", "gen_local", "gen_date", "gen_yes", "_gen_parentid_value",
         "gen_parentid", "gen_ParentId", "gen_parts", "gen_tags", "nothing", "versionnumber", "gen_thingid", "GEN_TEXT"]
LITERALS = ["1", "-1", "1.5", "1e400", "99999999999999999999", "'x'", "''", "'", "null", "true", "2024-01-01", "2024-13-45",
            "2024-01-01T00:00:00Z", "2024-01-01T25:00:00Z", "00000000-0000-0000-0000-000000000001", "0x10", "1m", "NaN",
            "INF", "'%'", "'[a'", "'[^]'", "duration'P1D'", "X'00'", "'\u0301'", "'\ufeff'", "'\U0001f600'", "@p", "@p1",
            "1753-01-01", "0001-01-01", "9999-12-31", "-9223372036854775808", "9223372036854775808", ".5", "5.", "+5"]
WORDS = ["eq", "ne", "gt", "le", "and", "or", "not", "in", "has", "add", "mul", "mod", "(", ")", ",", ":", "/", "[", "]",
         "any", "all", "contains", "startswith", "length", "tolower", "year", "cast", "isof", "$it", "$count", "$filter",
         "Microsoft.Dynamics.CRM.In", "Microsoft.Dynamics.CRM.Between", "PropertyName=", "PropertyValues=",
         "PropertyValue=", "asc", "desc", "with", "as", "sum", "average", "groupby", "aggregate", "filter", ";", "=", "@p",
         "{", "}", "\"", "\\", "%", "&", "+", "\x01", "\x7f", "é"]
OPTIONS = ["$select", "$filter", "$expand", "$orderby", "$top", "$count", "$apply", "$skip", "$search", "$format",
           "$skiptoken", "$deltatoken", "$levels", "$compute", "@p", "@p1", "fetchXml", "savedQuery", "userQuery", "sql",
           "tag", "api-version", "$ref", "", "$SELECT", "select"]
PLACES = ["gen_things", "gen_parts", "gen_thing", "gen_things({id})", "gen_things({id})/gen_parts", "gen_things/$count",
          "gen_things({id})/gen_ParentId", "gen_things({id})/gen_text", "gen_things({id})/gen_text/$value",
          "gen_things({id})/gen_parts/$ref", "gen_things({id})/gen_parts/$count", "gen_things(gen_whole=1)",
          "gen_things(gen_text='x')", "gen_things()", "gen_things(", "gen_things({id}))", "gen_things('{id}')",
          "gen_things(gen_thingid={id})", "gen_things({id})/gen_tags({id})", "gen_things/gen_parts", "$metadata/x",
          "EntityDefinitions", "EntityDefinitions(LogicalName='gen_thing')/Attributes", "gen_things({id})/$ref",
          "gen_things({id})/Microsoft.Dynamics.CRM.gen_part", "WhoAmI(x=1)", "gen_things({id})/nothing", "$batch", "$all",
          "gen_thing_gen_parts", "systemusers", "accounts", "gen_things({id})/gen_ParentId/gen_ParentId/gen_text",
          "RetrieveTotalRecordCount(EntityNames=@p)", "gen_things({id},{id})", "gen_things%00", "gen_things/", "/", "//"]
ELEMENTS = ["fetch", "entity", "attribute", "order", "filter", "condition", "value", "link-entity", "all-attributes",
            "no-attrs", "nothing"]
ATTRIBUTES = ["name", "attribute", "operator", "value", "valueof", "entityname", "type", "from", "to", "alias", "link-type",
              "aggregate", "groupby", "dategrouping", "distinct", "top", "count", "page", "paging-cookie", "descending",
              "intersect", "returntotalrecordcount", "useraworderby", "latematerialize", "aggregatelimit", "hint", "uiname",
              "datasource", "rowaggregate", "usertimezone", "isquickfindfields", "nothing"]
VALUES = [*NAMES, "gen_thing", "gen_part", "gen_thing_gen_part", "l0", "l1", "g0", "n", "eq", "in", "between", "like",
          "contain-values", "under", "above", "eq-userid", "eq-businessid", "in-fiscal-year", "in-fiscal-period-and-year",
          "last-x-days", "on", "today", "olderthan-x-years", "and", "or", "inner", "outer", "any", "not any", "all",
          "not all", "exists", "matchfirstrowusingcrossapply", "sum", "avg", "count", "countcolumn", "CountChildren", "year",
          "week", "fiscal-period", "true", "1", "0", "-1", "5000", "5001", "99999999999", "", " ", "%", "[", "2024-01-01",
          "&lt;cookie page=&quot;1&quot;/&gt;", "bin", "retained", "\U0001f600"]


def cut(rng, text):
    """An accident to a text: something is lost, doubled, moved or in its place."""
    if not text:
        return text
    a = rng.randrange(len(text))
    b = min(len(text), a + rng.choice([1, 1, 2, 5, 20]))
    return rng.choice([lambda: text[:a] + text[b:], lambda: text[:b] + text[a:],
                       lambda: text[:a] + rng.choice(WORDS + LITERALS + NAMES) + text[b:],
                       lambda: text[:a], lambda: text[a:] + text[:a]])()


def sentence(rng):
    return rng.choice(["", " "]).join(rng.choice(rng.choice([NAMES, LITERALS, WORDS, WORDS]))
                                      for _ in range(rng.randint(1, 12)))


def swap(rng, text):
    """Another name, literal or word where one was."""
    found = list(re.finditer(r"'(?:[^']|'')*'|[\w.@$-]+", text))
    for at in sorted(rng.sample(found, min(len(found), rng.choice([1, 1, 2, 3]))), key=lambda m: -m.start()):
        text = text[:at.start()] + rng.choice(rng.choice([NAMES, NAMES, LITERALS, WORDS])) + text[at.end():]
    return text


def odata(rng, world):
    """A target."""
    query = (generated_odata.Apply if rng.random() < 0.2 else generated_odata.Query)(rng, world)
    place, _, options = query.url().partition("?")
    options = [list(map(urllib.parse.unquote, o.partition("=")[::2])) for o in options.split("&")]
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        option = rng.choice(options)
        what = rng.random()
        if what < 0.3:
            option[1] = cut(rng, option[1])
        elif what < 0.65:
            option[1] = swap(rng, option[1])
        elif what < 0.75:
            option[0] = rng.choice(OPTIONS)
        elif what < 0.85:
            options.append([rng.choice(OPTIONS), rng.choice([sentence(rng), option[1]])])
        elif what < 0.95:
            options.append(["$expand", expand(rng)])
        else:
            place = rng.choice(PLACES).replace("{id}", rng.choice(list(world.rows["gen_thing"])))
    text = "&".join(f"{urllib.parse.quote(k, safe='$@')}={urllib.parse.quote(v, safe=rng.choice(['', '(),=;:$@']))}"
                    for k, v in options)
    return place + "?" + text


def expand(rng, depth=3):
    parts = []
    for _ in range(rng.choice([1, 1, 2])):
        name = rng.choice(["gen_ParentId", "gen_PartId", "gen_parts", "gen_tags", "gen_children", "nothing", "gen_text"])
        inside = []
        for _ in range(rng.choice([0, 1, 2])):
            inside.append(rng.choice(["$select=gen_plain", "$filter=gen_whole gt 1", "$orderby=gen_plain desc", "$top=1",
                                      f"$filter={sentence(rng)}", "$count=true", "$skip=1", "$levels=2", "gen_plain",
                                      f"$expand={expand(rng, depth - 1)}" if depth else "$select=", "$select=nothing"]))
        parts.append(name + rng.choice(["", "", "", "/$ref", "/$count"]) + (f"({';'.join(inside)})" if inside else ""))
    return ",".join(parts)


def fetch(rng, world):
    """An entity set and FetchXML."""
    query = generated_fetch.make(rng, world)
    xml = query.xml()
    for _ in range(rng.choice([1, 1, 2, 3])):
        what = rng.random()
        if what < 0.15:
            xml = cut(rng, xml)
        elif what < 0.6:
            found = list(re.finditer(r"([\w-]+)=(['\"])(.*?)\2", xml)) or [re.match("", xml)]
            at = rng.choice(found)
            new = rng.choice(["", f"{rng.choice(ATTRIBUTES)}='{rng.choice(VALUES)}'",
                              f"{at.group(1) if at.lastindex else 'x'}='{rng.choice(VALUES)}'"])
            xml = xml[:at.start()] + new + xml[at.end():]
        elif what < 0.75:
            xml = re.sub("<([a-z-]+)", lambda m: f"<{m.group(1)} {rng.choice(ATTRIBUTES)}='{rng.choice(VALUES)}'"
                         if rng.random() < 0.2 else m.group(0), xml)
        elif what < 0.9:
            found = list(re.finditer(r"<[^>]*/>", xml)) or [re.match("", xml)]
            at = rng.choice(found)
            xml = xml[:at.start()] + rng.choice(["", at.group(0) * 2, element(rng)]) + xml[at.end():]
        else:
            xml = xml.replace(rng.choice(ELEMENTS), rng.choice(ELEMENTS))
    place = query.set if rng.random() < 0.95 else rng.choice([t.set for t in TABLES.values()])
    return place, xml


def element(rng, depth=2):
    name = rng.choice(ELEMENTS)
    inside = "".join(element(rng, depth - 1) for _ in range(rng.choice([0, 0, 1, 2]))) if depth else ""
    attributes = "".join(f" {rng.choice(ATTRIBUTES)}='{rng.choice(VALUES)}'" for _ in range(rng.choice([0, 1, 2, 3])))
    return f"<{name}{attributes}>{inside}</{name}>"
