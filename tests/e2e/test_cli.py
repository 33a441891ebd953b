# SPDX-License-Identifier: MIT
"""The command line: help, wrong use, exit statuses, JSON documents, outputs, run files, signals."""
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

import support
import test_bad_input

COMMANDS = [["org", "create"], ["org", "list-tables"], ["org", "add-table"], ["org", "snapshot"], ["org", "reset"],
            ["env", "add"], ["env", "list"], ["env", "remove"], ["env", "login"], ["env", "logout"], ["env", "whoami"],
            ["org", "behaviours"], ["serve"], ["export"], ["import"], ["plan"], ["apply"], ["drift"], ["resume"], ["verify"],
            ["undo"], ["runs", "list"], ["runs", "show"], ["runs", "remove"], ["stat"], ["diff"], ["unpack"], ["pack"],
            ["map", "init"], ["map", "check"], ["schema", "new"], ["schema", "show"], ["schema", "validate"],
            ["data", "export"], ["data", "import"], ["completion"], ["version"], ["help"]]


@pytest.fixture
def orgs(sample, ferry):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    return ferry


@pytest.fixture
def skills(orgs):
    orgs("export", "--from", "local:a.db", "--schema", support.PLANS / "1-skills.xml", "--out", "skills.zip")
    return orgs


# ---- help and version ----

@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command_shows_examples_first(ferry, command):
    for args in ([*command, "--help"], [*command, "-h"], ["help", *command]):
        result = ferry(*args)
        assert result.out.startswith("Examples\n  ")
        assert "\nUsage\n  ferry " + " ".join(command) in result.out
        assert result.err == ""
        assert max(map(len, result.out.splitlines())) <= 80


def test_help_of_the_program_names_commands_and_exit_statuses(ferry):
    for args in (["--help"], ["help"], ["-h"]):
        out = ferry(*args).out
        for command in COMMANDS:
            assert " ".join(command) in out
        for status in range(11):
            assert re.search(rf"^  {status} ", out, re.MULTILINE)


def test_these_are_all_commands(ferry):
    out = ferry("help").out
    listed = out[out.index("\nCommands\n"):out.index("\nEnvironments")]
    assert sorted(re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)(?:  |$)", listed, re.MULTILINE)) == sorted(map(" ".join, COMMANDS))


def test_the_newest_run_is_the_last_one(skills):
    """Also of runs that began in the same second."""
    for _ in range(4):
        report = skills("import", "skills.zip", "--to", "local:b.db", "-n", "--json").json
        shown = skills("runs", "show", "last", "--json").json
        assert shown["run"] == report["run"]


def test_help_of_a_family_lists_its_commands(ferry):
    assert "org create" in ferry("org", "--help").out
    assert "org create" in ferry("help", "org").out


def test_the_examples_of_the_program_work_as_they_stand(ferry):
    out = ferry("--help").out
    lines = out[out.index("Examples\n"):out.index("\nUsage\n")].splitlines()[1:]
    assert len(lines) > 3
    for line in lines:
        program, *args = line.split()
        assert program == "ferry"
        ferry(*args)


def test_help_tells_every_variable(ferry):
    out = ferry("help", "variables").out
    assert max(map(len, out.splitlines())) <= 80
    page = ferry("man").out.replace("\\", "")
    for name in ["FERRY_CONFIG", "FERRY_CONNECTION_STRING", "FERRY_TOKEN", "FERRY_TOKEN_COMMAND", "FERRY_LATENCY",
                 "FERRY_LIMITS", "FERRY_FAULT", "FERRY_SEED", "FERRY_SERVE_TOKEN", "AZURE_CLIENT_ID", "AZURE_TENANT_ID",
                 "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                 "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", "AZURE_USERNAME", "SYSTEM_OIDCREQUESTURI",
                 "SYSTEM_ACCESSTOKEN", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_CLIENT_ID",
                 "AZURESUBSCRIPTION_TENANT_ID", "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID",
                 "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "IDENTITY_ENDPOINT",
                 "IDENTITY_HEADER", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "BROWSER", "HTTPS_PROXY", "NO_PROXY",
                 "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "NO_COLOR"]:
        assert name in out and name in page


def test_version(ferry):
    assert re.fullmatch(r"ferry \d+\.\d+\.\d+\n", ferry("version").out)
    assert ferry("--version").out == ferry("version").out


# ---- wrong use ----

@pytest.mark.parametrize("args, message", [
    (["exprot"], 'did you mean "export"?'),
    (["org"], "create"),
    (["org", "crate"], "create"),
    (["export", "--form", "local:a.db"], "did you mean --from?"),
    (["export", "--from", "local:a.db", "--schema", "s.xml"], "--out PKG is missing"),
    (["import"], "PKG is missing"),
    (["import", "a.zip"], "--to ENV is missing"),
    (["import", "a.zip", "b.zip", "--to", "local:b.db"], "one argument too many"),
    (["import", "a.zip", "--to", "http://contoso.crm4.dynamics.com"], "in the clear"),
    (["import", "a.zip", "--to", "https://a:b@contoso.crm4.dynamics.com"], "a user or a password"),
    (["import", "a.zip", "--to", "contoso"], "no profile"),
    (["import", "a.zip", "--to", "local:b.db", "--batch-size", "many"], "--batch-size"),
    (["import", "a.zip", "--to", "local:b.db", "--json=yes"], "takes no value"),
    (["org", "create", "x.db", "--sample", "nothing"], "contoso"),
    (["org", "create", "x.db", "--seed", "-1"], "whole number"),
    (["completion", "powershell"], "bash, zsh, fish"),
])
def test_wrong_use_exits_with_2_says_why_and_prints_no_result(ferry, args, message):
    result = ferry(*args, status=2)
    assert message in result.err
    assert result.err.startswith("ferry: ")
    assert result.out == ""
    assert not (ferry.folder / "x.db").exists()


def test_no_command_at_all_is_wrong_use(ferry):
    result = ferry(status=2)
    assert "Usage" in result.err
    assert result.out == ""


def test_variables_stand_in_for_options(orgs):
    schema = support.PLANS / "1-skills.xml"
    orgs("export", "--schema", schema, env={"FERRY_FROM": "local:a.db", "FERRY_OUT": "v.zip"})
    assert (orgs.folder / "v.zip").exists()
    result = orgs("import", "v.zip", "-n", env={"FERRY_TO": "local:nowhere.db", "FERRY_JSON": "1"}, status=5)
    assert result.json["target"] == "local:nowhere.db"
    result = orgs("import", "v.zip", "-n", "--to", "local:b.db",
                  env={"FERRY_TO": "local:nowhere.db", "FERRY_JSON": "1"})
    assert result.json["target"] == "local:b.db"


# ---- organizations ----

def test_an_organization_is_never_replaced(ferry):
    (ferry.folder / "x.db").write_text("mine")
    result = ferry("org", "create", "x.db", status=2)
    assert "exists" in result.err
    assert (ferry.folder / "x.db").read_text() == "mine"


def test_the_same_seed_gives_the_same_organization(ferry):
    for name, seed in (("x.db", 7), ("y.db", 7), ("z.db", 8)):
        (ferry.folder / name[0]).mkdir()
        ferry("org", "create", f"{name[0]}/org.db", "--sample", "contoso", "--seed", seed)
    x, y, z = (support.dump(ferry.folder / n / "org.db") for n in "xyz")
    assert x == y
    assert x != z


# ---- outputs ----

def test_an_existing_package_needs_overwrite(skills):
    schema = support.PLANS / "1-skills.xml"
    before = (skills.folder / "skills.zip").read_bytes()
    args = ["export", "--from", "local:a.db", "--schema", schema, "--out", "skills.zip"]
    result = skills(*args, "--json", status=2)
    assert "--overwrite" in result.err
    assert result.out == ""
    assert (skills.folder / "skills.zip").read_bytes() == before
    skills(*args, "--overwrite")


def test_a_folder_that_is_no_package_is_never_replaced(orgs):
    folder = orgs.folder / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    args = ["export", "--from", "local:a.db", "--schema", support.PLANS / "1-skills.xml", "--out", "mine"]
    orgs(*args, status=2)
    orgs(*args, "--overwrite", status=2)
    assert [p.name for p in folder.iterdir()] == ["letter.txt"]


def test_an_organization_is_not_taken_for_a_run_file(skills):
    before = (skills.folder / "b.db").read_bytes()
    args = ["import", "skills.zip", "--to", "local:b.db", "--overwrite"]
    assert "not a run file" in skills(*args, "--out", "b.db", status=2).err
    assert "not a run file" in skills(*args, "--out", "skills.zip", status=2).err
    assert "no folder" in skills(*args, "--out", "nowhere/x.run", status=2).err
    assert (skills.folder / "b.db").read_bytes() == before


def test_a_failing_export_leaves_nothing_behind(orgs):
    before = sorted(p.name for p in orgs.folder.iterdir())
    (orgs.folder / "bad.xml").write_text("<entities><entity></entities>")
    orgs("export", "--from", "local:a.db", "--schema", "bad.xml", "--out", "x.zip", status=5)
    assert sorted(p.name for p in orgs.folder.iterdir() if p.name not in ("state", "bad.xml")) == before


# ---- JSON ----

def test_every_failure_but_wrong_use_prints_one_document(orgs):
    cases = [
        (["import", "nothing.zip", "--to", "local:b.db"], 5),
        (["import", "a.db", "--to", "local:b.db"], 5),
        (["import", "nothing.zip", "--to", "local:nothing.db"], 5),
        (["export", "--from", "local:nothing.db", "--schema", support.PLANS / "1-skills.xml", "--out", "x.zip"], 5),
        (["export", "--from", "local:a.db", "--schema", "nothing.xml", "--out", "x.zip"], 5),
    ]
    for args, status in cases:
        result = orgs(*args, "--json", status=status)
        support.check_report(result.json, args[0])
        assert [p["severity"] for p in result.json["problems"]].count("error") >= 1
        assert result.out.count("\n") == 1 and result.out.endswith("}\n")
        assert result.err.startswith("ferry: ")


def test_documents_of_export_and_import(skills):
    report = skills("export", "--from", "local:a.db", "--schema", support.PLANS / "1-skills.xml", "--out",
                    "again.zip", "--json").json
    support.check_report(report, "export")
    assert report["source"] == "local:a.db" and report["target"] == "again.zip"
    assert report["totals"]["read"] > 0 and report["requests"]["write"] == 0
    report = skills("import", "skills.zip", "--to", "local:b.db", "--json", "--dry-run").json
    support.check_report(report, "import")
    assert report["dryRun"] is True and report["verified"] is False
    report = skills("import", "skills.zip", "--to", "local:b.db", "--json").json
    support.check_report(report, "import")
    assert report["dryRun"] is False and report["verified"] is True
    assert report["totals"]["created"] > 0 and report["requests"]["write"] > 0


def test_detailed_exitcode_tells_of_changes(skills):
    args = ["import", "skills.zip", "--to", "local:b.db", "--detailed-exitcode", "-q"]
    skills(*args, "--dry-run", status=10)
    skills(*args, status=10)
    skills(*args, status=0)
    skills(*args, "--dry-run", status=0)


def test_a_result_that_cannot_be_written_is_an_internal_error(skills):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*support.FERRY, "version"], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False)
    assert done.returncode == 9
    assert "could not be written" in done.stderr


# ---- run files ----

def test_run_files_are_private_and_the_last_twenty_are_kept(skills):
    runs = skills.folder / "state" / "ferry" / "runs"
    for _ in range(2):
        skills("import", "skills.zip", "--to", "local:b.db", "-n")
    found = sorted(runs.iterdir())
    assert len(found) == 2
    assert runs.stat().st_mode & 0o777 == 0o700
    for path in found:
        assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}\.run", path.name)
        assert path.stat().st_mode & 0o777 == 0o600
    for i in range(25):
        (runs / f"20200101T0000{i:02}Z-0123abcd.run").write_text("")
    report = skills("import", "skills.zip", "--to", "local:b.db", "-n", "--json").json
    kept = sorted(p.name for p in runs.iterdir())
    assert len(kept) == 20
    assert pathlib.Path(report["run"]).name in kept and found[0].name in kept


def test_the_run_file_goes_where_out_says(skills):
    args = ["import", "skills.zip", "--to", "local:b.db", "-n", "--out", "my.run"]
    assert skills(*args, "--json").json["run"] == "my.run"
    assert (skills.folder / "my.run").read_bytes().startswith(b"SQLite format 3\0")
    skills(*args, status=2)
    skills(*args, "--overwrite")
    assert not (skills.folder / "state" / "ferry" / "runs").exists()


def test_an_export_keeps_no_run_file(skills):
    assert not (skills.folder / "state" / "ferry").exists()


# ---- signals ----

@pytest.fixture
def large(sample, ferry):
    """A package whose import takes a while."""
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    test_bad_input.package(ferry.folder, test_bad_input.data(*map(test_bad_input.row, range(1, 8001))))
    return ferry


def interrupted(ferry, sign, number):
    """Imports until a message that begins with `sign` is told, then sends the signal."""
    env = {**os.environ, "XDG_STATE_HOME": str(ferry.folder / "state"), "TERM": "dumb"}
    child = subprocess.Popen([*support.FERRY, "import", "p.zip", "--to", "local:b.db", "--json", "-v"], env=env,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ferry.folder)
    for line in child.stderr:
        if line.startswith("ferry: " + sign):
            child.send_signal(number)
            break
    out, err = child.communicate(timeout=120)
    return child.returncode, out, err


def skills_of(folder):
    rows = support.Org(folder / "b.db").rows("characteristic")
    return {i for i in rows if i.startswith("00000000-0000-4000")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("sign", ["reading the package", "writing"])
def test_a_signal_stops_the_run_with_an_account(large, sign, number):
    status, out, err = interrupted(large, sign, number)
    assert status == 8, err
    report = json.loads(out)
    support.check_report(report, "import")
    assert report["totals"]["created"] == len(skills_of(large.folder))
    assert report["totals"]["skipped"] == 8000 - report["totals"]["created"] > 0 or sign == "reading the package"
    assert "cancelled" in err
    again = large("import", "p.zip", "--to", "local:b.db", "--json").json
    assert again["totals"]["created"] + report["totals"]["created"] == 8000
    assert len(skills_of(large.folder)) == 8000


def test_after_a_kill_the_same_command_does_the_rest(large):
    status, out, _ = interrupted(large, "writing", signal.SIGKILL)
    assert (status, out) == (-signal.SIGKILL, "")
    done = len(skills_of(large.folder))
    again = large("import", "p.zip", "--to", "local:b.db", "--json").json
    assert again["totals"]["created"] + done == 8000
    assert len(skills_of(large.folder)) == 8000
    with sqlite3.connect(large.folder / "b.db") as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]


# ---- people ----

def in_terminal(ferry, *args, env=None):
    """stdout and stderr of a program whose both are a terminal."""
    try:
        leader, follower = pty.openpty()
    except OSError:
        pytest.skip("this machine has no terminals")
    variables = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR")}
    variables.update({"TERM": "xterm", "XDG_STATE_HOME": str(ferry.folder / "state")}, **(env or {}))
    child = subprocess.Popen([*support.FERRY, *map(str, args)], stdin=follower, stdout=follower,
                             stderr=follower, env=variables, cwd=ferry.folder)
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    return child.wait(timeout=60), text.decode()


def test_colour_only_on_a_terminal_that_wants_it(skills):
    args = ["import", "skills.zip", "--to", "local:b.db", "-n"]
    assert "\033" not in skills(*args).out + skills(*args).err
    assert "\033[1m" in in_terminal(skills, *args)[1]
    for off in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033[1m" not in in_terminal(skills, *args, env=off)[1]
    assert "\033[1m" not in in_terminal(skills, *args, "--no-color")[1]
    assert "\033" not in in_terminal(skills, *args, env={"CI": "true"})[1]


def test_quiet_prints_the_result_only(skills):
    result = skills("import", "skills.zip", "--to", "local:b.db", "-q")
    assert result.err == ""
    assert "created" in result.out


# ---- shells and manual ----

@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_parse(ferry, shell):
    script = ferry("completion", shell).out
    assert "--include-secrets" in script or "include-secrets" in script
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (ferry.folder / "script").write_text(script)
    subprocess.run([shell, "-n", ferry.folder / "script"], check=True)


def test_bash_completes_commands_options_and_environments(ferry):
    (ferry.folder / "script").write_text(ferry("completion", "bash").out)
    (ferry.folder / "a.db").write_text("")
    (ferry.folder / "try").write_text("""
source ./script
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ferry; echo "${COMPREPLY[*]}"; }
try ferry ex
try ferry org ''
try ferry export --sch
try ferry import --to lo
try ferry import --to local : a.
try ferry env login ''
try ferry env remove pr
try ferry import --confirm ''
""")
    (ferry.folder / "bin").mkdir()
    (ferry.folder / "bin" / "ferry").symlink_to(pathlib.Path(support.FERRY[-1]).resolve())
    for name in ("dev", "prod"):
        ferry("env", "add", name, "--url", "https://contoso.crm4.dynamics.com", "--auth", "browser")
    done = subprocess.run(["bash", "try"], cwd=ferry.folder, capture_output=True, text=True, check=True,
                          env={**os.environ, "PATH": f"{ferry.folder}/bin:{os.environ['PATH']}",
                               "XDG_CONFIG_HOME": str(ferry.folder / "config")})
    assert done.stdout.splitlines() == ["export", "create list-tables add-table snapshot reset behaviours",
                                        "--schema", "local:", "a.db", "dev prod", "prod",
                                        "dev prod"]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes_commands_and_profiles(ferry):
    (ferry.folder / "script").write_text(ferry("completion", "fish").out)
    (ferry.folder / "bin").mkdir()
    (ferry.folder / "bin" / "ferry").symlink_to(pathlib.Path(support.FERRY[-1]).resolve())
    ferry("env", "add", "prod", "--url", "https://contoso.crm4.dynamics.com", "--auth", "browser")

    def found(line):
        done = subprocess.run(["fish", "-c", f"source script; complete -C '{line}'"], cwd=ferry.folder, check=True,
                              capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{ferry.folder}/bin:{os.environ['PATH']}", "TERM": "dumb",
                                   "XDG_CONFIG_HOME": str(ferry.folder / "config")})
        return {entry.split("\t")[0] for entry in done.stdout.splitlines()}

    assert found("ferry env ") == {"add", "list", "remove", "login", "logout", "whoami"}
    assert found("ferry env login ") == {"prod"}
    assert found("ferry import --confirm ") == {"prod"}
    assert {"prod", "local:script"} <= found("ferry export --from ")


def test_the_manual_page_tells_every_option(ferry):
    source = ferry("man").out
    for command in COMMANDS:
        for option in re.findall(r"^  (--[a-z-]+)", ferry(*command, "--help").out, re.MULTILINE):
            assert option in source
    if not shutil.which("scdoc"):
        pytest.skip("scdoc is not installed")
    done = subprocess.run(["scdoc"], input=source, capture_output=True, text=True, check=True)
    assert done.stdout.count(".SH") >= 6


def test_json_is_utf8_whatever_the_locale(orgs):
    result = orgs("import", "ü€💚.zip", "--to", "local:b.db", "--json", env={"LC_ALL": "C"}, status=5)
    assert json.loads(result.out)["source"] == "ü€💚.zip"
