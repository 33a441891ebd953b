# SPDX-License-Identifier: MIT
"""--report DIR and annotations: the page, the tests and the document tell the same run, are well-formed whatever the
data says, reach out to nothing, and show no secret."""
import html
import html.parser
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

import support

VOID = {"meta", "br", "link", "img", "input", "hr"}
FETCHES = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "video", "audio", "source", "a", "input"}


class Page(html.parser.HTMLParser):
    """Tags close in the order in which they opened; text and attributes are collected."""

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.words, self.attributes = [], [], [], []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)

    @property
    def facts(self):
        return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.source))


class Reported:
    def __init__(self, folder):
        assert sorted(p.name for p in folder.iterdir() if p.name != "mine.txt") == ["junit.xml", "report.html", "report.json"]
        self.json = json.loads((folder / "report.json").read_text())
        self.junit = ElementTree.parse(folder / "junit.xml").getroot()
        self.page = Page(folder / "report.html")
        self.check_page()
        self.check_junit()

    def check_page(self):
        assert not FETCHES & set(self.page.tags)
        for _, name, value in self.page.attributes:
            assert not name.startswith("on") and name not in ("src", "href", "action"), (name, value)
        assert not re.search(r"https?://(?!127\.0\.0\.1|[\w.-]*dynamics)", re.sub(r">[^<]*<", "><", self.page.source))
        assert "url(" not in re.sub(r"url\(#tip\)", "", self.page.source.split("</style>")[0])

    def check_junit(self):
        for suite in self.junit:
            cases = suite.findall("testcase")
            assert int(suite.get("tests")) == len(cases)
            assert int(suite.get("failures")) == sum(c.find("failure") is not None for c in cases)
            assert int(suite.get("skipped")) == sum(c.find("skipped") is not None for c in cases)

    def suite(self, name):
        (found,) = [s for s in self.junit if s.get("name") == name]
        return found

    def cases(self, name):
        """(name, verdict, message)"""
        for case in self.suite(name).findall("testcase"):
            bad = next(iter(case), None)
            yield case.get("name"), bad.tag if bad is not None else "passed", bad.get("message") if bad is not None else ""

    def fact(self, suite, name):
        found = self.suite(suite).find(f"properties/property[@name='{name}']")
        return int(found.get("value")) if found is not None else 0

    @property
    def picture(self):
        (svg,) = re.findall(r"<svg.*</svg>", self.page.source, re.S)
        return ElementTree.fromstring(svg)


@pytest.fixture
def orgs(sample, ferry):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    return ferry


def report_of(ferry, name="r"):
    return Reported(ferry.folder / name)


def skills(folder, rows, name="pkg", extra=""):
    """rows: (id, {column: value})"""
    folder = folder / name
    folder.mkdir(exist_ok=True)
    (folder / "data_schema.xml").write_text(
        '<entities><entity name="characteristic" displayname="Skill" primaryidfield="characteristicid" '
        'primarynamefield="name"><fields><field name="characteristicid" type="guid" primaryKey="true"/><field name="name" '
        'type="string"/><field name="description" type="string"/><field name="characteristictype" type="optionsetvalue"/>'
        "</fields></entity></entities>")
    attr = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;"}

    def value(text):
        text = text.replace("&", "&amp;")
        for a, b in attr.items():
            text = text.replace(a, b)
        return text
    records = "".join(f'<record id="{i}"><field name="characteristicid" value="{i}" />' + "".join(
        f'<field name="{k}" value="{value(v)}" />' for k, v in {"characteristictype": "1", **columns}.items()) + "</record>"
        for i, columns in rows)
    (folder / "data.xml").write_text(f'<entities><entity name="characteristic" displayname="Skill"><records>{records}{extra}'
                                     "</records><m2mrelationships /></entity></entities>", encoding="utf-8")
    return folder.name


def row_id(n):
    return f"{n:08x}-1111-4000-8000-{n:012x}"


def test_the_three_files_tell_the_run(orgs):
    for step in support.STEPS[:4]:
        orgs("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        printed = orgs("import", f"{step}.zip", "--to", "local:b.db", "--report", step, "--json").json
        told = report_of(orgs, step)
        assert told.json == printed
        created = sum(n.startswith("create ") for t in printed["tables"] for n, v, _ in told.cases(t["name"]) if v == "passed")
        linked = sum(n.startswith("link ") for t in printed["tables"] for n, v, _ in told.cases(t["name"]) if v == "passed")
        assert (created, linked) == (printed["totals"]["created"], printed["totals"]["linked"])
        for t in printed["tables"]:
            assert told.fact(t["name"], "read") == t["read"] and told.fact(t["name"], "adopted") == t["adopted"]
        assert list(told.cases("run")) == [("run", "passed", "")]
        facts = told.page.facts
        assert facts["Source"] == f"{step}.zip" and facts["Target"] == "local:b.db"
        assert facts["Target organization"] == next(iter(support.Org(orgs.folder / "b.db").rows("organization")))
        assert facts["Source organization"] == next(iter(support.Org(orgs.folder / "a.db").rows("organization")))
        assert support.GUID.fullmatch(facts["Run"]) and support.GUID.fullmatch(facts["Written as user"])
        assert facts["Report by ferry"] == orgs("version").out.split()[1]
    assert "verified" in told.page.text and "Contoso" in told.page.text
    # tables as boxes, what they need above them
    boxes = {g.find("text").text: int(g.find("rect").get("y")) for g in told.picture.findall("g")}
    changed = {t["name"] for t in printed["tables"] if t["created"] + t["updated"] > 0}
    assert changed <= boxes.keys()
    arrows = [p.find("title").text for p in told.picture.findall("path")]
    for arrow in (a for a in arrows if "→" in a):
        low, high = re.fullmatch(r"(\w+) → (\w+): \d+", arrow).groups()
        assert boxes[low] > boxes[high]
    assert any(a.startswith("msdyn_cannedmessage — msdyn_octag: ") for a in arrows)
    xs = sorted((y, int(g.find("rect").get("x")), int(g.find("rect").get("width"))) for g in told.picture.findall("g")
                for y in [int(g.find("rect").get("y"))])
    for (y, x, width), (y2, x2, _) in zip(xs, xs[1:]):
        assert y != y2 or x + width < x2


def test_a_change_shows_both_values_and_a_second_run_none(orgs):
    ident = row_id(1)
    orgs("import", skills(orgs.folder, [(ident, {"name": "Old name", "description": "a\nb\nc\n"})]), "--to", "local:b.db")
    skills(orgs.folder, [(ident, {"name": "New name", "description": "a\nB\nc\n"})])
    orgs("import", "pkg", "--to", "local:b.db", "--report", "r")
    told = report_of(orgs)
    assert '<span class="v old">Old name</span> → <span class="v new">New name</span>' in told.page.source
    assert '<span class="lo">-b</span><span class="ln">+B</span>' in told.page.source
    assert list(told.cases("characteristic")) == [(f"update New name ({ident})", "passed", "")]
    orgs("import", "pkg", "--to", "local:b.db", "--report", "again")
    again = report_of(orgs, "again")
    assert list(again.cases("characteristic")) == [] and again.fact("characteristic", "unchanged") == 1
    assert "<svg" not in again.page.source


def test_a_preview_is_sealed_and_writes_nothing(orgs):
    skills(orgs.folder, [(row_id(1), {"name": "New"})])
    before = support.dump(orgs.folder / "b.db")
    orgs("import", "pkg", "--to", "local:b.db", "--dry-run", "--report", "r")
    told = report_of(orgs)
    assert re.fullmatch("[0-9a-f]{64}", told.page.facts["Plan hash (SHA-256)"])
    assert told.json["dryRun"] and "nothing was written" in told.page.text
    assert list(told.cases("characteristic")) == [(f"create New ({row_id(1)})", "passed", "")]
    assert support.dump(orgs.folder / "b.db") == before


EVIL = ["</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--", "]]>", "&amp;<b>", "'onmouseover='x",
        "\u202edesrever", "a\u200fb", "😀 日本", "<svg onload=alert(1)>", "</testcase>", "::error::x", "\ufeffx"]


def test_nothing_in_the_data_becomes_markup(orgs):
    skills(orgs.folder, [(row_id(n), {"name": text, "description": text * 2}) for n, text in enumerate(EVIL)])
    orgs("import", "pkg", "--to", "local:b.db", "--report", "r", "--json")
    told = report_of(orgs)
    assert "alert(1)</script>" in told.page.text
    assert "\u202e" not in told.page.source and "\u200f" not in told.page.source
    names = [n for n, _, _ in told.cases("characteristic")]
    for n, text in enumerate(EVIL):
        shown = re.sub("[\u202e\u200f]", "\ufffd", html.unescape(text))
        assert f"create {shown} ({row_id(n)})" in names


def test_failures_are_told_with_what_to_do(orgs):
    skills(orgs.folder, [(row_id(1), {"name": "good"}), (row_id(2), {"name": "bad", "characteristictype": "many"})])
    orgs("import", "pkg", "--to", "local:b.db", "--report", "r", status=1)
    told = report_of(orgs)
    cases = {n: (v, m) for n, v, m in told.cases("characteristic")}
    assert cases.pop(f"create good ({row_id(1)})") == ("passed", "")
    ((name, (verdict, message)),) = cases.items()
    assert row_id(2) in name and verdict == "failure" and "many" in message
    assert told.fact("characteristic", "failed") == 1
    problem = next(p for p in told.json["problems"] if p["severity"] == "error")
    assert problem["message"] in told.page.text
    assert not problem["remedy"] or problem["remedy"] in told.page.text


def test_a_run_that_stopped(orgs):
    orgs("export", "--from", "local:a.db", "--schema", support.PLANS / "5-widgets.xml", "--out", "w.zip")
    done = orgs("import", "w.zip", "--to", "local:b.db", "--report", "r", "--json", status=6)
    told = report_of(orgs)
    ((name, verdict, message),) = told.cases("run")
    assert (name, verdict) == ("run", "failure") and message in done.err + json.dumps(done.json)
    assert message in told.page.text and "stopped" in told.page.text
    unresolved = [p for p in told.json["problems"] if p["id"] and p["severity"] == "error"]
    assert unresolved
    for p in unresolved:
        assert any(p["id"] in n and v in ("failure", "skipped") for n, v, _ in told.cases(p["table"])), p


def test_a_secret_is_in_no_file(orgs):
    table = next(t for t in support.knowledge().findall("table") if any(
        c.get("name") == "msdyn_providerapikey" and c.get("is") == "secret" for c in t.findall("column"))).get("name")
    facts = support.metadata(table)
    (orgs.folder / "s").mkdir()
    (orgs.folder / "s" / "data_schema.xml").write_text(
        f'<entities><entity name="{table}" displayname="x" primaryidfield="{facts["primaryId"]}" primarynamefield="'
        f'{facts["primaryName"]}"><fields><field name="{facts["primaryName"]}" type="string"/><field '
        'name="msdyn_providerapikey" type="string"/></fields></entity></entities>')
    (orgs.folder / "s" / "data.xml").write_text(
        f'<entities><entity name="{table}" displayname="x"><records><record id="{row_id(9)}"><field name="'
        f'{facts["primaryName"]}" value="n" /><field name="msdyn_providerapikey" value="hush-hush" /></record></records>'
        "<m2mrelationships /></entity></entities>")
    orgs("import", "s", "--to", "local:b.db", "--include-secrets", "--report", "r", status=None)
    for path in (orgs.folder / "r").iterdir():
        assert "hush" not in path.read_text(encoding="utf-8"), path.name
    assert "(secret)" in (orgs.folder / "r" / "report.html").read_text(encoding="utf-8")


def test_what_is_there_stays(orgs):
    skills(orgs.folder, [(row_id(1), {"name": "x"})])
    (orgs.folder / "r").mkdir()
    orgs("import", "pkg", "--to", "local:b.db", "--dry-run", "--report", "r")
    (orgs.folder / "r" / "mine.txt").write_text("mine")
    before = support.dump(orgs.folder / "b.db")
    refused = orgs("import", "pkg", "--to", "local:b.db", "--report", "r", status=2)
    assert "--overwrite" in refused.err and support.dump(orgs.folder / "b.db") == before
    orgs("import", "pkg", "--to", "local:b.db", "--report", "r", "--overwrite")
    assert not report_of(orgs).json["dryRun"] and (orgs.folder / "r" / "mine.txt").read_text() == "mine"
    assert "no folder" in orgs("import", "pkg", "--to", "local:b.db", "--report", "no/where", status=2).err
    assert "not a folder" in orgs("import", "pkg", "--to", "local:b.db", "--report", "pkg/data.xml", "--overwrite", status=2).err


def test_long_runs_are_bounded_and_counted(orgs):
    skills(orgs.folder, [(row_id(n), {"name": f"skill {n}"}) for n in range(2500)])
    orgs("import", "pkg", "--to", "local:b.db", "--report", "r")
    told = report_of(orgs)
    assert len(list(told.cases("characteristic"))) == 2000 and told.fact("characteristic", "notShown") == 500
    assert "... and 2300 more" in told.page.text and told.page.source.count('class="change create"') == 200
    assert "2500 rows" in "".join(told.picture.itertext())


def github(ferry, *words, status=0, **env):
    return ferry(*words, status=status, env={"GITHUB_ACTIONS": "true", **env})


def test_annotations_for_github(orgs):
    skills(orgs.folder, [(row_id(n), {"name": f"bad {n}", "characteristictype": "::x\n%"}) for n in range(13)])
    done = github(orgs, "import", "pkg", "--to", "local:b.db", "--json", status=1)
    lines = [line for line in done.err.splitlines() if line.startswith("::")]
    assert len(lines) == 10 and all(line.startswith("::error title=ferry import") for line in lines)
    errors = sum(p["severity"] == "error" for p in done.json["problems"])
    assert f"and {errors - 9} more errors" in lines[-1] and errors >= 13
    assert row_id(0) in lines[0] and "%25" in lines[0]
    assert "::error" not in done.out
    assert "::" not in orgs("import", "pkg", "--to", "local:b.db", "--json", status=1, env={"GITHUB_ACTIONS": "false"}
                            ).err.replace("::x", "")


def test_annotations_for_azure_pipelines(orgs):
    orgs("export", "--from", "local:a.db", "--schema", support.PLANS / "5-widgets.xml", "--out", "w.zip")
    done = orgs("import", "w.zip", "--to", "local:b.db", "--json", status=6, env={"TF_BUILD": "True"})
    lines = [line for line in done.err.splitlines() if line.startswith("##vso[")]
    assert 2 <= len(lines) <= 20 and all(re.match(r"##vso\[task\.logissue type=(error|warning)\]ferry import", x) for x in lines)
    assert sum("type=error" in line for line in lines) <= 10
    assert "unresolved" in lines[0]
    quiet = orgs("import", "w.zip", "--to", "local:b.db", "--json", status=6)
    assert "##vso" not in quiet.err + quiet.out


def test_the_page_of_an_undo_and_a_plan(orgs):
    skills(orgs.folder, [(row_id(1), {"name": "comes and goes"})])
    orgs("import", "pkg", "--to", "local:b.db", "--out", "one.run")
    orgs("undo", "one.run", "--report", "u", "--yes")
    told = report_of(orgs, "u")
    assert "comes and goes" in told.page.text and told.json["command"] == "undo"
    assert [n.split()[0] for n, v, _ in told.cases("characteristic")] == ["delete"]
