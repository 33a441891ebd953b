# SPDX-License-Identifier: MIT
"""Environments on a server: profiles, credentials, who is signed in, and the ordinary commands with them."""
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import threading
import time

import pytest

import serving
import support
from test_sign_in import (ASSIGNED, CONNECTION, FEDERATED, GUARDED, KENJI_ID, MACHINE, MIA, MIA_ID, OMNICHANNEL,  # noqa: F401
                          TENANT, identity, keys, openssl, org, site)

SECRET = "s&cr=t+ %"
CONTOSO = "https://contoso.crm4.dynamics.com"
SKILLS = support.PLANS / "1-skills.xml"
AZURE = [k for k in os.environ if k.startswith(("AZURE", "IDENTITY_", "ACTIONS_", "SYSTEM_"))]
SERVICE_PRINCIPAL = {"AZURE_CLIENT_ID": OMNICHANNEL, "AZURE_CLIENT_SECRET": SECRET}


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name in AZURE + ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"]:
        monkeypatch.delenv(name, raising=False)
    return support.Ferry(tmp_path)


def config(run):
    return run.folder / "config" / "ferry" / "environments.ini"


def nowhere(folder, *secrets, but=()):
    """None of these is in a file that ferry has written."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("who.json", "secret.txt", "org.db", *but):
            content = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in content, path


def whoami(run, reference, **more):
    result = run("env", "whoami", "--from", reference, "--json", **more)
    assert SECRET not in result.out + result.err
    return result.json


# ---- profiles ----

def test_a_profile_is_added_listed_and_removed(run):
    assert run("env", "list").out == ""
    run("env", "add", "dev", "--url", "HTTPS://Contoso-Dev.crm4.dynamics.com/api/data/v9.2/", "--auth", "browser",
        "--username", MIA)
    run("env", "add", "prod", "--url", CONTOSO, "--auth", "client-secret", "--client-id", OMNICHANNEL,
        "--secret-from", "env:PROD_SECRET", "--tenant", "contoso.com", "--protected")
    assert stat.S_IMODE(config(run).stat().st_mode) == 0o600
    assert stat.S_IMODE(config(run).parent.stat().st_mode) == 0o700
    lines = run("env", "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["name", "url", "sign-in"], ["dev", "https://contoso-dev.crm4.dynamics.com", "browser", MIA],
        ["prod", CONTOSO, "client-secret", OMNICHANNEL, "protected"]]
    assert run("env", "list", "--json").json == {
        "schemaVersion": 1, "command": "env list", "file": str(config(run)), "environments": [
            {"name": "dev", "url": "https://contoso-dev.crm4.dynamics.com", "auth": "browser", "username": MIA,
             "protected": False},
            {"name": "prod", "url": CONTOSO, "auth": "client-secret", "tenant": "contoso.com",
             "client-id": OMNICHANNEL, "secret-from": "env:PROD_SECRET", "protected": True}], "problems": []}
    run("env", "remove", "dev", status=2)
    run("env", "remove", "dev", "--yes")
    assert "[dev]" not in config(run).read_text() and "[prod]" in config(run).read_text()
    assert "no profile dev; there are prod" in run("env", "remove", "dev", "--yes", status=2).err


def test_a_profile_that_cannot_be_read_does_not_hide_the_others(run):
    run("env", "add", "dev", "--url", CONTOSO, "--auth", "browser")
    with config(run).open("a") as file:
        file.write(f"[worse]\nurl = {CONTOSO}\n[bad]\nurl = {CONTOSO}\nauth = magic\n")
    result = run("env", "list", status=5)
    assert [line.split()[0] for line in result.out.splitlines()] == ["name", "dev"]
    assert "[worse]: auth is missing" in result.err and "[bad]" in result.err
    listed = run("env", "list", "--json", status=5).json
    assert [e["name"] for e in listed["environments"]] == ["dev"] and len(listed["problems"]) == 2
    for args in (["env", "whoami", "bad"], ["export", "--from", "bad", "--schema", SKILLS, "--out", "x.zip"],
                 ["import", "x.zip", "--to", "bad"], ["schema", "validate", SKILLS, "--against", "bad"]):
        result = run(*args, "--json", status=5)
        assert "[bad]" in result.err and "[bad]" in result.json["problems"][0]["message"]


def test_what_people_write_into_the_file_stays(run):
    config(run).parent.mkdir(parents=True)
    config(run).write_text("# mine\n\n[a]\n# of a\nurl=https://a.crm.dynamics.com\nauth = device-code\n\n# of b\n[b]\n"
                           "url = https://b.crm.dynamics.com\nauth = device-code\n")
    config(run).chmod(0o600)
    run("env", "add", "c", "--url", CONTOSO, "--auth", "browser")
    run("env", "remove", "b", "-y")
    text = config(run).read_text()
    assert text.startswith("# mine\n\n[a]\n# of a\nurl=https://a.crm.dynamics.com\nauth = device-code\n")
    assert "[b]" not in text and "# of b" not in text and "[c]" in text


def test_a_profile_is_only_replaced_when_asked(run):
    run("env", "add", "x", "--url", CONTOSO, "--auth", "browser", "--username", MIA)
    assert "--overwrite" in run("env", "add", "x", "--url", CONTOSO, "--auth", "device-code", status=2).err
    run("env", "add", "x", "--url", CONTOSO, "--auth", "device-code", "--overwrite")
    assert config(run).read_text().split() == ["[x]", "url", "=", CONTOSO, "auth", "=", "device-code"]


@pytest.mark.parametrize("name", ["a/b", "./a", "a.db", "https://a.example", "local:a", "-x", "", "a b", "x" * 65, "a[b]"])
def test_a_name_that_looks_like_something_else_is_refused(run, name):
    result = run("env", "add", "--url", CONTOSO, "--auth", "browser", "--", name, status=2)
    assert result.err.startswith("ferry: ")
    assert not config(run).exists()


@pytest.mark.parametrize("args,message", [
    (["--auth", "browser"], "--url URL is missing"),
    (["--url", CONTOSO], "--auth KIND is missing"),
    (["--url", "contoso", "--auth", "browser"], "--url: "),
    (["--url", CONTOSO, "--auth", "none"], "served on this machine"),
    (["--url", CONTOSO, "--auth", "password"], "none of none, client-secret"),
    (["--url", CONTOSO, "--auth", "client-secret", "--client-id", OMNICHANNEL], "secret-from is missing"),
    (["--url", CONTOSO, "--auth", "browser", "--secret-from", "env:X"], "does not use it"),
    (["--url", CONTOSO, "--auth", "certificate", "--client-id", OMNICHANNEL, "--certificate", "no.pem"], "no such file"),
    (["--url", CONTOSO, "--auth", "command", "--token-command", "az | jq"], "sh -c"),
    (["--url", CONTOSO, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from", SECRET],
     "write env:NAME, file:PATH"),
    (["--connection-string-from", "Secret=" + SECRET], "write env:NAME, file:PATH"),
    (["--connection-string-from", "env:NOT_SET"], "NOT_SET is not set"),
])
def test_what_is_wrong_with_a_profile_is_told_without_what_may_be_a_secret(run, args, message):
    result = run("env", "add", "x", *args, status=None)
    assert result.status in (2, 3)
    assert message in result.err and SECRET not in result.err
    assert not config(run).exists()


@pytest.mark.parametrize("args,message", [
    ([f"--client-secret={SECRET}"], "--secret-from"),
    (["--password", SECRET], "password of a person"),
    (["--token", SECRET], "--token-from"),
    (["--applicationId", OMNICHANNEL], "--client-id"),
    (["--environment", CONTOSO], "--url"),
])
def test_spellings_of_other_programs_are_answered_with_ours(run, args, message):
    result = run("env", "add", "x", "--url", CONTOSO, "--auth", "client-secret", *args, status=2)
    assert message in result.err and SECRET not in result.err


def test_the_remedy_for_a_path_behind_a_url_keeps_the_port(run):
    result = run("env", "add", "x", "--url", "http://127.0.0.1:8080/main.aspx", "--auth", "none", status=2)
    assert "write http://127.0.0.1:8080 alone" in result.err


def test_a_connection_string_becomes_a_profile_but_its_secret_is_not_stored(run):
    text = f"AuthType=ClientSecret;Url={CONTOSO};ClientId={OMNICHANNEL};ClientSecret='{SECRET}'"
    result = run("env", "add", "x", "--connection-string-from", "env:CS", env={"CS": text}, status=2)
    assert "--secret-from" in result.err and not config(run).exists()
    run("env", "add", "x", "--connection-string-from", "env:CS", "--secret-from", "env:S", env={"CS": text})
    assert config(run).read_text().split("\n")[:5] == [
        "[x]", f"url = {CONTOSO}", "auth = client-secret", f"client-id = {OMNICHANNEL}", "secret-from = env:S"]
    (run.folder / "cs").write_text(f"AuthType=OAuth;Url={CONTOSO};AppId={OMNICHANNEL};Username={MIA}\n")
    run("env", "add", "y", "--connection-string-from", "file:cs")
    assert "auth = browser" in config(run).read_text()
    nowhere(run.folder, SECRET)


def test_a_connection_string_of_a_person(run, site):  # noqa: F811
    s = site("--auto-approve")
    env = {"CS": f"AuthType=OAuth;Url={s.url};AppId=51f81489-12ee-4a9e-aaae-a2591f45987d;Username={MIA};LoginPrompt=Auto;"
                 "RedirectUri=http://localhost"}
    assert "ferry env login env:CS" in run("env", "whoami", "--from", "env:CS", env=env, status=3).err
    never = {"CS": env["CS"].replace("Auto", "Never")}
    status, _, err = at_terminal(run, "env", "whoami", "--from", "env:CS", env=never)
    assert status == 3 and "ferry env login env:CS" in err and "enter the code" not in err
    status, _, err = at_terminal(run, "env", "login", "env:CS", env=never)  # on purpose; there is no display: a code
    assert status == 0 and "enter the code" in err
    assert run("env", "whoami", "--from", "env:CS", "--json", env=never).json["auth"] == "device-code"
    run("env", "add", "x", "--connection-string-from", "env:CS", "--auth", "device-code", env=env)
    assert "auth = device-code" in config(run).read_text() and "redirect" not in config(run).read_text()
    run("env", "add", "y", "--connection-string-from", "env:CS", env=env)
    assert "auth = browser" in config(run).read_text()
    assert "only chooses" in run("env", "add", "z", "--connection-string-from", "env:CS", "--auth", "token", env=env, status=2).err


def test_others_must_not_be_able_to_write_the_file(run):
    run("env", "add", "x", "--url", CONTOSO, "--auth", "browser")
    config(run).chmod(0o666)
    for args in (["env", "list"], ["env", "whoami", "--from", "x"], ["env", "remove", "x", "-y"],
                 ["env", "add", "y", "--url", CONTOSO, "--auth", "browser"]):
        assert "chmod 600" in run(*args, status=5).err


def test_paths_of_a_profile_hold_in_every_folder(run):
    (run.folder / "key.pem").write_text("x")
    run("env", "add", "x", "--url", CONTOSO, "--auth", "certificate", "--client-id", OMNICHANNEL, "--certificate",
        "key.pem", "--certificate-password-from", "file:p")
    assert f"certificate = {run.folder}/key.pem\n" in config(run).read_text()
    assert f"certificate-password-from = file:{run.folder}/p\n" in config(run).read_text()


def test_another_file_is_named_by_a_variable(run):
    run("env", "add", "x", "--url", CONTOSO, "--auth", "browser", env={"FERRY_CONFIG": "mine.ini"})
    assert "[x]" in (run.folder / "mine.ini").read_text() and not config(run).exists()


# ---- who is signed in ----

def test_who_is_told_of_a_served_organization_and_of_a_file(run, org):  # noqa: F811
    with serving.Served(org) as served:
        there = whoami(run, served.url)
        text = run("env", "whoami", "--from", served.url).out
    here = whoami(run, f"local:{org}")
    assert there["auth"] == "none" and here["auth"] == "in process"
    assert {**there, "url": 0, "auth": 0} == {**here, "url": 0, "auth": 0}
    assert there["user"] == "Alex Admin" and "System Administrator" in there["roles"]
    assert there["version"].startswith("9.2.") and support.GUID.fullmatch(there["userId"])
    assert {p["table"]: p["create"] for p in there["privileges"]}["queue"] == "all"
    assert len(text.splitlines()) < 30 and max(map(len, text.splitlines())) <= 100
    assert re.search(r"^queue +all +all +all +all +all$", text, re.MULTILINE)


def test_the_only_profile_is_taken(run, org):  # noqa: F811
    assert "ENV is missing" in run("env", "whoami", status=2).err
    with serving.Served(org) as served:
        run("env", "add", "x", "--url", served.url, "--auth", "none")
        assert run("env", "whoami", "--json").json["profile"] == "x"


def test_an_environment_is_named_with_or_without_an_option(run, org):  # noqa: F811
    with serving.Served(org, env={"FERRY_TOKEN": "of somebody who is a client, too"}) as served:
        run("env", "add", "x", "--url", served.url, "--auth", "none")
        run("env", "add", "y", "--url", "http://127.0.0.1:1", "--auth", "none")
        assert run("env", "whoami", "x", "--json").json["profile"] == "x"
        assert run("env", "whoami", "--json", env={"FERRY_FROM": "x"}).json["profile"] == "x"
        assert run("env", "whoami", "x", "--json", env={"FERRY_FROM": "y"}).json["profile"] == "x"
        assert "one environment is enough" in run("env", "whoami", "x", "--from", "y", status=2).err
        assert "more than 1000" in run("env", "whoami", "x", "--concurrency", "1001", status=2).err
        run("env", "whoami", "x", "--concurrency", "1000")
    assert "did you mean x?" in run("env", "login", "xx", status=2).err


def test_a_secret_comes_from_everywhere_but_the_command_line(run, site):  # noqa: F811
    s = site()
    (run.folder / "secret.txt").write_text(SECRET + "\n")
    (run.folder / "secret.txt").chmod(0o600)
    (run.folder / "print").write_text("#!/bin/sh\nprintf '%s\\n' 's&cr=t+ %'\n")
    (run.folder / "print").chmod(0o700)
    users = set()
    for source in ("env:MY_SECRET", "file:secret.txt", f"command:{run.folder}/print", "stdin"):
        run("env", "add", "x", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
            source, "--overwrite")
        shutil.rmtree(run.folder / "cache", ignore_errors=True)
        done = subprocess.run([*support.FERRY, "env", "whoami", "--json"], input=SECRET + "\n", capture_output=True,
                              text=True, check=False, cwd=run.folder,
                              env={**os.environ, "XDG_CONFIG_HOME": str(run.folder / "config"),
                                   "XDG_CACHE_HOME": str(run.folder / "cache"), "MY_SECRET": SECRET})
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
        users.add(json.loads(done.stdout)["applicationId"])
    assert users == {OMNICHANNEL}
    nowhere(run.folder, SECRET, but=("print",))


def test_variables_tell_how_to_sign_in_to_a_url(run, site, keys):  # noqa: F811
    s = site()
    assert whoami(run, s.url, env=SERVICE_PRINCIPAL)["applicationId"] == OMNICHANNEL
    both = run.folder / "both.pem"
    both.write_bytes(keys["good"].key.read_bytes() + keys["good"].certificate.read_bytes())
    got = whoami(run, s.url, env={"AZURE_CLIENT_ID": GUARDED, "AZURE_CLIENT_CERTIFICATE_PATH": str(both)})
    assert got["userId"] == MIA_ID and got["auth"] == "certificate"
    token = s.grant(grant_type="client_credentials", client_id=OMNICHANNEL, client_secret=SECRET,
                    scope=s.scope).json["access_token"]
    result = run("env", "whoami", "--from", s.url, "--json", env={"FERRY_TOKEN": token})
    assert result.json["applicationId"] == OMNICHANNEL and token not in result.out + result.err
    (run.folder / "token").write_text(token)
    got = whoami(run, s.url, env={"FERRY_TOKEN_COMMAND": f"cat '{run.folder}/token'"})
    assert got["applicationId"] == OMNICHANNEL and got["auth"] == "command"
    text = f"Url={s.url};AuthType=ClientSecret;ClientId={OMNICHANNEL};ClientSecret=\"{SECRET}\""
    assert whoami(run, s.url, env={"FERRY_CONNECTION_STRING": text})["applicationId"] == OMNICHANNEL
    got = whoami(run, "env:MY_STRING", env={"MY_STRING": text})
    assert got["applicationId"] == OMNICHANNEL and got["url"] == s.url
    nowhere(run.folder, SECRET, token, but=("token", *[p.name for p in run.folder.glob("cache/ferry/tokens/*")]))


def test_a_certificate_signs_with_both_algorithms_and_as_pfx(run, site, keys):  # noqa: F811
    s = site()
    pfx = run.folder / "key.pfx"
    openssl("pkcs12", "-export", "-inkey", keys["good"].key, "-in", keys["good"].certificate, "-out", pfx, "-passout",
            "pass:s3cret")
    for algorithm in ("rs256", "ps256"):
        run("env", "add", "x", "--url", s.url, "--auth", "certificate", "--client-id", GUARDED, "--certificate", pfx,
            "--certificate-password-from", "env:PFX_PASSWORD", "--certificate-algorithm", algorithm, "--overwrite")
        run("env", "logout", "x", env={"PFX_PASSWORD": "s3cret"})
        assert whoami(run, "x", env={"PFX_PASSWORD": "s3cret"})["userId"] == MIA_ID
    result = run("env", "login", "x", env={"PFX_PASSWORD": "wr0ng"}, status=3)
    assert "wr0ng" not in result.err


def test_a_wrong_secret_is_told_and_not_shown(run, site):  # noqa: F811
    s = site()
    result = run("env", "whoami", "--from", s.url, env={"AZURE_CLIENT_ID": OMNICHANNEL,
                                                       "AZURE_CLIENT_SECRET": "wr0ng-s3cret"}, status=3)
    assert "wr0ng-s3cret" not in result.out + result.err
    run("env", "add", "x", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
        "env:MY_SECRET")
    assert "the variable MY_SECRET is not set" in run("env", "whoami", "--from", "x", status=3).err
    nowhere(run.folder, "wr0ng-s3cret")


def test_a_file_that_others_may_read_is_told_once(run, site):  # noqa: F811
    s = site()
    (run.folder / "mine").write_text(SECRET)
    (run.folder / "mine").chmod(0o644)
    run("env", "add", "x", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
        "file:mine")
    result = run("env", "whoami", "--from", "x", "--json")
    assert result.err.count("chmod 600") == 1 and str(run.folder / "mine") in result.err
    (run.folder / "mine").chmod(0o600)
    assert "chmod" not in run("env", "whoami", "--from", "x").err


def test_jobs_of_github_and_azure_pipelines_sign_in(run, site):  # noqa: F811
    s = site()
    github = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{s.url}/federation/github?api-version=2.0",
              "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-token", "AZURE_CLIENT_ID": FEDERATED}
    assert whoami(run, s.url, env=github)["userId"] == KENJI_ID
    pipelines = {"SYSTEM_OIDCREQUESTURI": f"{s.url}/federation/azure-pipelines", "SYSTEM_ACCESSTOKEN": "az-token",
                 "AZURESUBSCRIPTION_CLIENT_ID": FEDERATED, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": CONNECTION}
    got = whoami(run, s.url, env=pipelines)
    assert got["userId"] == KENJI_ID and got["auth"] == "azure-pipelines"
    assert "gh-t0ken" not in run("env", "whoami", "--from", s.url, status=3, env={
        **github, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-t0ken", "XDG_CACHE_HOME": str(run.folder / "other")}).err
    nowhere(run.folder, "gh-token", "az-token")


def test_profiles_of_jobs_take_from_variables_what_they_leave_out(run, site, keys):  # noqa: F811
    s = site()
    run("env", "add", "job", "--url", s.url, "--auth", "azure-pipelines", "--client-id", FEDERATED)
    pipelines = {"SYSTEM_OIDCREQUESTURI": f"{s.url}/federation/azure-pipelines", "SYSTEM_ACCESSTOKEN": "az-token"}
    assert "service connection is not named" in run("env", "whoami", "job", env=pipelines, status=3).err
    assert whoami(run, "job", env={**pipelines, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": CONNECTION})["userId"] == KENJI_ID
    run("env", "add", "pod", "--url", s.url, "--auth", "federated", "--client-id", FEDERATED)
    assert "AZURE_FEDERATED_TOKEN_FILE" in run("env", "whoami", "pod", status=3).err
    now = int(time.time())
    (run.folder / "token").write_text(keys["issuer"].sign({
        "iss": "https://aks.example/", "sub": "system:serviceaccount:ns:sa", "aud": "api://AzureADTokenExchange",
        "iat": now, "nbf": now, "exp": now + 600}))
    got = whoami(run, "pod", env={"AZURE_FEDERATED_TOKEN_FILE": str(run.folder / "token")})
    assert got["userId"] == KENJI_ID and got["auth"] == "federated"


def test_a_command_that_hangs_is_ended_by_a_signal(run):
    (run.folder / "hang").write_text("#!/bin/sh\necho $$ >pid\nexec sleep 1000\n")
    (run.folder / "hang").chmod(0o700)
    child = subprocess.Popen([*support.FERRY, "env", "whoami", "--from", CONTOSO], cwd=run.folder,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "FERRY_TOKEN_COMMAND": f"{run.folder}/hang",
                                  "XDG_CACHE_HOME": str(run.folder / "cache")})
    for _ in range(600):
        if (run.folder / "pid").exists() and (run.folder / "pid").read_text().strip():
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 8 and "cancelled" in err
    pid = int((run.folder / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_managed_identities_of_app_services_sign_in(run, site):  # noqa: F811
    s = site()
    app_service = {"IDENTITY_ENDPOINT": f"{s.url}/msi/token", "IDENTITY_HEADER": "app-service-secret"}
    assert whoami(run, s.url, env=app_service)["applicationId"] == OMNICHANNEL
    assert whoami(run, s.url, env={**app_service, "AZURE_CLIENT_ID": ASSIGNED})["userId"] == MIA_ID
    run("env", "add", "x", "--url", s.url, "--auth", "managed-identity", "--identity-client-id", MACHINE)
    assert whoami(run, "x", env=app_service)["applicationId"] == OMNICHANNEL


def test_impersonation_acts_for_another_user(run, site):  # noqa: F811
    s = site(change={"applications": [{"clientId": OMNICHANNEL, "secret": SECRET, "user": "administrator"}]})
    got = whoami(run, s.url, env=SERVICE_PRINCIPAL)
    assert got["user"] == "Alex Admin" and got["impersonate"] is None
    result = run("env", "whoami", "--from", s.url, "--impersonate", f"user:{KENJI_ID}", "--json", env=SERVICE_PRINCIPAL)
    assert result.json["userId"] == KENJI_ID and result.json["impersonate"] == f"user:{KENJI_ID}"
    run("env", "add", "x", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
        "env:AZURE_CLIENT_SECRET", "--impersonate", f"user:{KENJI_ID}")
    assert whoami(run, "x", env=SERVICE_PRINCIPAL)["userId"] == KENJI_ID
    kenji = {**SERVICE_PRINCIPAL, "FERRY_IMPERSONATE": f"user:{KENJI_ID}"}
    run("env", "add", "y", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
        "env:AZURE_CLIENT_SECRET", env=kenji)
    assert whoami(run, "y", env=SERVICE_PRINCIPAL)["impersonate"] is None
    assert whoami(run, "y", env=kenji)["userId"] == KENJI_ID


# ---- people ----

class Terminal:
    """Standard error (and input) of a program, and what was written to it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.text = ""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            try:
                piece = os.read(self.ours, 4096)
            except OSError:
                return
            if not piece:
                return
            self.text += piece.decode(errors="replace")

    def close(self):
        os.close(self.theirs)
        self.thread.join(timeout=5)
        os.close(self.ours)


def at_terminal(run, *args, env=None, typed=None):
    terminal = Terminal()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
    child = subprocess.Popen([*support.FERRY, *map(str, args)], stdin=terminal.theirs, stdout=subprocess.PIPE,
                             stderr=terminal.theirs, text=True, cwd=run.folder,
                             env={**variables, "XDG_CONFIG_HOME": str(run.folder / "config"), "TERM": "dumb",
                                  "XDG_STATE_HOME": str(run.folder / "state"),
                                  "XDG_CACHE_HOME": str(run.folder / "cache"), **(env or {})})
    if typed is not None:
        os.write(terminal.ours, typed.encode())
    out, _ = child.communicate(timeout=60)
    terminal.close()
    return child.returncode, out, terminal.text


def test_nobody_is_asked_without_a_terminal(run, site):  # noqa: F811
    s = site("--auto-approve")
    for kind in ("device-code", "browser"):
        run("env", "add", "x", "--url", s.url, "--auth", kind, "--overwrite")
        result = run("env", "login", "x", status=3)
        assert "terminal" in result.err or "person" in result.err


def test_a_person_signs_in_with_a_code_and_stays_signed_in(run, site):  # noqa: F811
    s = site("--auto-approve")
    run("env", "add", "x", "--url", s.url, "--auth", "device-code", "--username", MIA)
    status, out, err = at_terminal(run, "env", "login", "x")
    assert status == 0, err
    assert out == "" and "to sign in, open http" in err and "enter the code" in err and "signed in to" in err
    assert whoami(run, "x")["userId"]
    assert list(run.folder.glob("cache/ferry/tokens/*"))
    for path in run.folder.glob("cache/ferry/tokens/*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "are forgotten" in run("env", "logout", "x").err
    assert "no tokens of x" in run("env", "logout", "x").err
    run("env", "whoami", "--from", "x", status=3)


def test_a_person_signs_in_with_a_browser(run, site):  # noqa: F811
    s = site("--auto-approve")
    run("env", "add", "x", "--url", s.url, "--auth", "browser", "--username", MIA)
    status, _, err = at_terminal(run, "env", "login", "x", env={"BROWSER": "curl -sL -o /dev/null"})
    assert status == 0, err
    assert "signed in to" in err
    assert whoami(run, "x")["userId"]
    assert "forgotten" in run("env", "remove", "x", "--yes").err
    assert not list(run.folder.glob("cache/ferry/tokens/*"))


# ---- the ordinary commands ----

def test_export_and_import_over_http_do_what_they_do_in_process(run, site, sample):  # noqa: F811
    shutil.copy(sample / "b.db", run.folder / "b.db")
    s = site()
    run("env", "add", "prod", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from",
        "env:S")
    report = run("export", "--from", "prod", "--schema", SKILLS, "--out", "far.zip", "--json", env={"S": SECRET}).json
    support.check_report(report, "export")
    assert report["source"] == "prod" and report["requests"]["read"] > 0
    s.stop()
    near = run("export", "--from", f"local:{s.file}", "--schema", SKILLS, "--out", "near.zip", "--json").json
    assert near["totals"] == report["totals"]
    run("diff", "far.zip", "near.zip", "--detailed-exitcode")
    with serving.Served(run.folder / "b.db") as b:
        first = run("import", "far.zip", "--to", b.url, "--json", "--concurrency", "4").json
        support.check_report(first, "import")
        assert first["verified"] and first["totals"]["read"] == near["totals"]["read"]
        again = run("data", "import", "--data", "far.zip", "-env", b.url, "-c", "2").out
        assert "Data import is complete" in again
        run("data", "export", "-sf", SKILLS, "-df", "back.zip", "-env", b.url)
        run("schema", "new", "--table", "queue:name", "--from", b.url, "--out", "q.xml")
        run("schema", "validate", "q.xml", "--against", b.url)
    run("data", "export", "-sf", SKILLS, "-df", "same.zip", "-env", "local:b.db")
    run("diff", "same.zip", "back.zip", "--detailed-exitcode")
    nowhere(run.folder, SECRET)


def test_a_conversation_is_recorded_without_credentials(run, site):  # noqa: F811
    s = site()
    args = ["export", "--from", s.url, "--schema", SKILLS, "--out", "a.zip", "--overwrite", "--record", "talk.jsonl"]
    run(*args, env=SERVICE_PRINCIPAL)
    talk = run.folder / "talk.jsonl"
    assert stat.S_IMODE(talk.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in talk.read_text().splitlines()]
    assert lines[0]["ferry"] == "recording" and lines[0]["service"].startswith(s.url)
    assert len(lines) > 1 and all(line["response"]["status"] == 200 for line in lines[1:])
    text = talk.read_text()
    assert "Bearer" not in text and "eyJ" not in text and "authorization" not in text.lower()
    again = ["export", "--from", s.url, "--schema", SKILLS, "--out", "again.zip", "--record", "talk.jsonl"]
    assert "exists already" in run(*again, env=SERVICE_PRINCIPAL, status=2).err
    result = run("export", "--from", f"local:{s.file}", "--schema", SKILLS, "--out", "b.zip", "--record", "x", status=2)
    assert "--record is for an environment on a server" in result.err
    kept = {**SERVICE_PRINCIPAL, "FERRY_RECORD": "kept.jsonl"}
    run("export", "--from", f"local:{s.file}", "--schema", SKILLS, "--out", "c.zip", env=kept)
    run("schema", "validate", SKILLS, env=kept)
    assert not (run.folder / "kept.jsonl").exists()
    run("env", "whoami", s.url, env=kept)
    assert (run.folder / "kept.jsonl").exists()
    nowhere(run.folder, SECRET)


def test_a_protected_environment_is_written_to_by_name_only(run, sample):
    shutil.copy(sample / "b.db", run.folder / "b.db")
    run("export", "--from", f"local:{sample / 'a.db'}", "--schema", SKILLS, "--out", "s.zip")
    with serving.Served(run.folder / "b.db") as b:
        run("env", "add", "prod", "--url", b.url, "--auth", "none", "--protected")
        assert "--confirm prod" in run("import", "s.zip", "--to", "prod", status=2).err
        assert "another profile" in run("import", "s.zip", "--to", "prod", "--confirm", "dev", status=2).err
        run("import", "s.zip", "--to", "prod", "--dry-run")
        status, _, err = at_terminal(run, "import", "s.zip", "--to", "prod", typed="prd\n")
        assert status == 8 and "was not confirmed" in err
        status, out, err = at_terminal(run, "import", "s.zip", "--to", "prod", typed="prod\n")
        assert status == 0 and "verified" in out, err
        run("import", "s.zip", "--to", "prod", "--confirm", "prod")


def test_what_cannot_be_reached_exits_with_4(run):
    result = run("export", "--from", "http://127.0.0.1:1", "--schema", SKILLS, "--out", "a.zip", "--json", status=4)
    assert "127.0.0.1:1" in result.json["problems"][0]["message"] and not (run.folder / "a.zip").exists()
