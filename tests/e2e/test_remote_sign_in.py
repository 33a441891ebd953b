# SPDX-License-Identifier: MIT
"""Every kind of sign-in, right and wrong, against the sign-in beside a served organization; and that no credential is left
anywhere. The program between is tests/unit/remote/sign_in_driver.c."""
import codecs
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import pty
import re
import subprocess
import threading
import time
import urllib.parse

import pytest

import support
from test_sign_in import (ASSIGNED, CLOSED, CONNECTION, FEDERATED, GUARDED, KENJI_ID, LATE, MIA, MIA_ID, OMNICHANNEL, TENANT,
                          identity, keys, openssl, org, site)  # noqa: F401 (fixtures)

DRIVER = pathlib.Path(support.FERRY[-1]).resolve().parent / "tests" / "unit" / "remote" / "sign_in_driver"
SECRET = "s&cr=t+ %"
pytestmark = pytest.mark.skipif(not DRIVER.exists(), reason="built without tests")


class Outcome:
    def __init__(self, process):
        self.out, self.err = process.communicate(timeout=60)
        self.status = process.returncode
        self.tokens = re.findall(r"^token (.*)$", self.out, re.M)

    @property
    def token(self):
        assert self.status == 0, self.err
        return self.tokens[-1]


class Client:
    """Profiles and a cache of one person."""

    def __init__(self, folder):
        self.folder, self.cache, self.secrets, self.seen = folder, folder / "cache", set(), []
        self.started = []

    def start(self, url, *words, env=None, kept=True, stdin=None, **keys):
        keys = {k.replace("_", "-"): v for k, v in {"url": url, **keys}.items() if v is not None}
        path = self.folder / "environments.ini"
        path.write_text("[it]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()))
        variables = {k: v for k, v in os.environ.items()
                     if not k.startswith(("FERRY_", "AZURE_", "IDENTITY_", "ACTIONS_", "SYSTEM_", "MSI_"))}
        kept = [f"cache={self.cache / 'tokens'}"] if kept else []
        self.started.append(subprocess.Popen([DRIVER, path, "it", *kept, *words], stdout=subprocess.PIPE, cwd=self.folder,
                                stderr=subprocess.PIPE, stdin=stdin or subprocess.DEVNULL, text=True,
                                env={**variables, **(env or {})}))
        return self.started[-1]

    def end(self, process, status=None):
        done = Outcome(process)
        self.seen.append(done.err)
        assert status is None or done.status == status, (done.status, done.out[:200], done.err)
        return done

    def __call__(self, url, *words, status=0, **more):
        return self.end(self.start(url, *words, **more), status)

    def files(self):
        return sorted((self.cache / "tokens").glob("*")) if (self.cache / "tokens").exists() else []

    def kept(self):
        path, = self.files()
        return json.loads(path.read_text())


@pytest.fixture
def client(tmp_path):
    """At its end all that it left is searched for what must not be there."""
    folder = tmp_path / "home"
    folder.mkdir()
    c = Client(folder)
    yield c
    for process in c.started:
        if process.poll() is None:
            process.kill()
            process.communicate()
    for path in c.files():
        assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    for secret in c.secrets:
        for text in c.seen:
            assert secret not in text, text
        for path in filter(pathlib.Path.is_file, folder.rglob("*")):
            assert secret.encode() not in path.read_bytes(), path
    for text in c.seen:
        assert not re.search(r"eyJ[\w-]{5,}", text), text


def by_secret(s, client, *words, secret=SECRET, status=0, url=None, **more):
    client.secrets.add(secret)
    return client(url or s.url, *words, auth="client-secret", secret_from="env:HUSH", env={"HUSH": secret}, status=status,
                  **{"client_id": OMNICHANNEL, **more})


def says(done, *texts):
    for text in texts:
        assert text in done.err, done.err


# ---- applications ----

def test_a_secret_gets_a_token_and_the_next_command_uses_it_again(site, client):
    s = site()
    first = by_secret(s, client)
    assert s.who(first.token).json["UserId"]
    kept = client.kept()
    assert kept["access_token"] == first.token and kept["tenant"] == TENANT and kept["authority"] == s.url
    s.stop()  # nobody has to be asked
    assert by_secret(s, client).token == first.token


def test_a_refused_token_is_renewed(site, client):
    s = site()
    done = by_secret(s, client, "get", "renew")
    assert len(set(done.tokens)) == 2
    for token in done.tokens:
        s.who(token)
    assert client.kept()["access_token"] == done.token


def test_a_token_is_renewed_before_its_end_or_at_half_of_a_short_life(site, client):
    s = site(change={"tokenLifetime": 4})
    first = by_secret(s, client).token
    assert by_secret(s, client).token == first
    time.sleep(2.1)
    second = by_secret(s, client).token
    assert second != first
    s.who(second)
    # long ones: 300 seconds before the end
    t = site(change={"tokenLifetime": 3600})
    first = by_secret(t, client).token
    assert by_secret(t, client, "clock=3200").token == first
    assert by_secret(t, client, "clock=3310").token != first


def test_a_renewal_in_advance_that_fails_does_no_harm(site, client):
    s = site()
    first = by_secret(s, client).token
    s.stop()
    assert by_secret(s, client, "clock=3400").token == first
    assert by_secret(s, client, "clock=3700", status=4)


def test_authority_tenant_and_resource_may_be_named(site, client, stranger):
    s = site()
    done = by_secret(s, client, url=stranger.url, authority=s.url, tenant="contoso.onmicrosoft.com", resource=s.url)
    assert s.who(done.token)
    assert client.kept()["tenant"] == "contoso.onmicrosoft.com"
    assert stranger.asked == []  # nothing is left to be discovered


@pytest.mark.parametrize("change,number,helps", [
    ({"secret": "hush-wrong"}, 7000215, "not its id"),
    ({"client_id": LATE, "secret": "old"}, 7000222, "make a new one"),
    ({"client_id": CLOSED, "secret": "x"}, 7000112, "enable it"),
    ({"client_id": "00000000-1111-4000-8000-00000000ffff"}, 700016, "check client id and tenant"),
    ({"tenant": "fabrikam.onmicrosoft.com"}, 90002, "check its id or name"),
    ({"resource": "https://other.crm.dynamics.com"}, 500011, "check the URL and the tenant"),
    ({"tenant": "organizations"}, 50059, "name the tenant"),
])
def test_what_the_authority_refuses_is_told_with_a_remedy(site, client, change, number, helps):
    s = site()
    if len(change.get("secret", "long")) < 4:
        change = dict(change)
        secret = change.pop("secret")
        done = client(s.url, auth="client-secret", secret_from="env:HUSH", env={"HUSH": secret}, status=3, **change)
    else:
        done = by_secret(s, client, status=3, **change)
    says(done, f"[AADSTS{number}, correlation id ", helps, "signing in to it: ")
    assert not client.files()


def test_a_secret_comes_from_a_file_a_program_or_standard_input(site, client, tmp_path):
    s = site()
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    client.secrets.add(SECRET)
    more = {"auth": "client-secret", "client_id": OMNICHANNEL, "kept": False}
    for source in (f"file:{path}", f"command:cat '{path}'"):
        s.who(client(s.url, secret_from=source, **more).token)
    with open(path) as given:  # read once, used twice
        done = client(s.url, "get", "renew", secret_from="stdin", stdin=given, **more)
    assert len(set(done.tokens)) == 2
    says(client(s.url, secret_from="env:NOBODY", status=3, **more), "NOBODY", "not set")
    says(client(s.url, secret_from="file:/nowhere/x", status=3, **more), "the client secret", "/nowhere/x")


def by_certificate(s, client, path, *words, status=0, env=None, **more):
    more = {"kept": False, **more}
    return client(s.url, *words, auth="certificate", client_id=GUARDED, certificate=path, status=status, env=env, **more)


def pem(tmp_path, pair, *more):
    path = tmp_path / "both.pem"
    path.write_bytes(b"".join(p.read_bytes() for p in (*more, pair.key, pair.certificate)))
    return path


@pytest.mark.parametrize("algorithm", ["rs256", "ps256"])
def test_a_certificate_gets_a_token(site, client, keys, tmp_path, algorithm):
    s, good = site(), keys["good"]
    client.secrets.add(good.key.read_text().split("\n")[5])
    path = pem(tmp_path, good, keys["other"].certificate)  # in a chain, in any order
    assert s.who(by_certificate(s, client, path, certificate_algorithm=algorithm).token).json["UserId"] == MIA_ID
    pfx = tmp_path / "both.pfx"
    openssl("pkcs12", "-export", "-inkey", good.key, "-in", good.certificate, "-passout", "pass:open sesame", "-out", pfx)
    client.secrets.add("open sesame")
    done = by_certificate(s, client, pfx, certificate_algorithm=algorithm, certificate_password_from="env:HUSH",
                          env={"HUSH": "open sesame"})
    assert s.who(done.token).json["UserId"] == MIA_ID


def test_a_certificate_that_is_wrong_is_told(site, client, keys, tmp_path):
    s = site()
    says(by_certificate(s, client, pem(tmp_path, keys["expired"]), status=3), "AADSTS700027", "it has expired", "thumbprint",
         "register this certificate")
    says(by_certificate(s, client, pem(tmp_path, keys["issuer"]), status=3), "AADSTS700027", "register this certificate")
    says(by_certificate(s, client, keys["good"].key, status=3), "no certificate", str(keys["good"].key))
    says(by_certificate(s, client, keys["good"].certificate, status=3), str(keys["good"].certificate))
    says(by_certificate(s, client, tmp_path / "none.pem", status=3), "none.pem")
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(keys["good"].key.read_bytes() + keys["other"].certificate.read_bytes())
    says(by_certificate(s, client, mixed, status=3), "none of its certificates belongs to its private key")
    locked = tmp_path / "locked.pem"
    locked.write_bytes(openssl("pkcs8", "-topk8", "-in", keys["good"].key, "-passout", "pass:hush7") +
                       keys["good"].certificate.read_bytes())
    says(by_certificate(s, client, locked, status=3), "needs a password")
    client.secrets.update({"hush7", "hush8"})
    says(by_certificate(s, client, locked, status=3, certificate_password_from="env:H", env={"H": "hush8"}), "decrypted")
    assert s.who(by_certificate(s, client, locked, certificate_password_from="env:H", env={"H": "hush7"}).token)
    junk = tmp_path / "junk.pfx"
    junk.write_bytes(b"\0junk")
    says(by_certificate(s, client, junk, status=3), "junk.pfx")


def test_a_clock_that_is_a_little_wrong_does_no_harm_and_one_that_is_very_wrong_is_told(site, client, keys, tmp_path):
    s, path = site(), pem(tmp_path, keys["good"])
    for ahead in (-840, -300, 300, 550):
        assert s.who(by_certificate(s, client, path, f"clock={ahead}", "get").token)
    done = by_certificate(s, client, path, "clock=7200", "get", status=3)
    says(done, "AADSTS700024", "set this machine's clock")
    assert 7190 <= int(re.search(r"it is (\d+) seconds ahead of the authority's", done.err).group(1)) <= 7210
    says(by_certificate(s, client, path, "clock=-7200", "get", status=3), "seconds behind the authority's")


# ---- federation ----

def test_a_workload_gets_in_by_its_token_file_which_is_read_each_time(site, client, keys, tmp_path):
    s, path = site(), tmp_path / "token"
    now = int(time.time())
    claims = {"iss": "https://aks.example/", "sub": "system:serviceaccount:ns:sa", "aud": "api://AzureADTokenExchange",
              "exp": now + 60}
    more = {"auth": "federated", "client_id": FEDERATED, "token_file": path, "kept": False}

    def write(**change):
        text = keys["issuer"].sign({**claims, **change})
        client.secrets.add(text.split(".")[2])
        path.write_text(text + "\n")
    says(client(s.url, status=3, **more), str(path))
    path.write_text("no token\n")
    says(client(s.url, status=3, **more), "holds no token")
    write()
    assert s.who(client(s.url, **more).token).json["UserId"] == KENJI_ID
    write(sub="another")
    says(client(s.url, status=3, **more), "AADSTS700213", "federated credentials")
    write(exp=now - 5000)
    says(client(s.url, status=3, **more), "AADSTS700024")
    write(aud="x")
    says(client(s.url, status=3, **more), "AADSTS700212")


def test_a_job_of_github_actions_gets_in(site, client):
    s = site()
    env = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{s.url}/federation/github?api-version=2.0",
           "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-token"}
    more = {"auth": "github", "client_id": FEDERATED, "kept": False}
    assert s.who(client(s.url, env=env, **more).token).json["UserId"] == KENJI_ID
    client.secrets.add("gh-wrong")
    says(client(s.url, env={**env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-wrong"}, status=3, **more), "id-token: write", "401")
    says(client(s.url, status=3, **more), "id-token: write")
    bad = {**env, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://example.com/x"}
    says(client(s.url, env=bad, status=2, **more), "neither https")


def test_a_job_of_azure_pipelines_gets_in(site, client):
    s = site()
    env = {"SYSTEM_OIDCREQUESTURI": f"{s.url}/federation/azure-pipelines", "SYSTEM_ACCESSTOKEN": "az-token"}
    more = {"auth": "azure-pipelines", "client_id": FEDERATED, "kept": False}
    assert s.who(client(s.url, env=env, service_connection=CONNECTION, **more).token).json["UserId"] == KENJI_ID
    client.secrets.add("az-wrong")
    says(client(s.url, env={**env, "SYSTEM_ACCESSTOKEN": "az-wrong"}, service_connection=CONNECTION, status=3, **more), "401")
    says(client(s.url, env=env, service_connection=CONNECTION[:-1] + "9", status=3, **more), "service connection", "404")
    env.pop("SYSTEM_ACCESSTOKEN")
    says(client(s.url, env=env, service_connection=CONNECTION, status=3, **more), "$(System.AccessToken)")
    says(client(s.url, service_connection=CONNECTION, status=3, **more), "no job of Azure Pipelines")


# ---- managed identities ----

def test_a_machine_gets_in_as_what_it_is(site, client):
    s = site("--fault", "GET /metadata/* 1: 404", "--fault", "GET /metadata/* 2: 410", "--fault", "GET /metadata/* 3: 503",
             "--fault", "GET /metadata/* 4: 429 retry-after=1")
    env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": s.url}
    more = {"auth": "managed-identity", "env": env}
    assert s.who(client(s.url, **more).token).json["UserId"]
    assert s.who(client(s.url, identity_client_id=ASSIGNED, **more).token).json["UserId"] == MIA_ID
    assert s.who(client(s.url, identity_resource_id="/subscriptions/x/id", **more).token).json["UserId"] == MIA_ID
    assert s.who(client(s.url, identity_object_id="00000000-2222-4000-8000-00000000000a", **more).token).json["UserId"] == MIA_ID
    says(client(s.url, identity_client_id=FEDERATED, status=3, **more), "assigned to this machine", "invalid_request")
    says(client(s.url, resource="https://other.crm.dynamics.com", status=3, **more), "https://other.crm.dynamics.com")
    assert not client.files()
    more["env"] = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://example.com"}
    says(client(s.url, status=2, **more), "neither https")


def test_an_app_service_gets_in(site, client):
    s = site("--fault", "GET /msi/* 1: 503")
    env = {"IDENTITY_ENDPOINT": f"{s.url}/msi/token", "IDENTITY_HEADER": "app-service-secret"}
    client.secrets.add("app-service-secret")
    assert s.who(client(s.url, auth="managed-identity", env=env).token)
    assert s.who(client(s.url, auth="managed-identity", env=env, identity_client_id=ASSIGNED).token).json["UserId"] == MIA_ID
    client.secrets.add("hush9")
    says(client(s.url, auth="managed-identity", env={**env, "IDENTITY_HEADER": "hush9"}, status=3), "IDENTITY_HEADER")
    env.pop("IDENTITY_HEADER")
    says(client(s.url, auth="managed-identity", env=env, status=3), "Azure Arc")


# ---- programs and tokens ----

def test_a_program_prints_a_token_as_az_does_or_alone(site, client, tmp_path):
    s = site()
    token = by_secret(s, client, kept=False).token
    path, now = tmp_path / "answer", int(time.time())
    more = {"auth": "command", "token_command": f"cat '{path}'"}
    az = {"accessToken": token, "expiresOn": "2020-01-01 00:00:00.000000", "expires_on": now + 1000, "subscription": "x",
          "tenant": TENANT, "tokenType": "Bearer"}
    for text in (json.dumps(az, indent=1), token, f"Bearer {token}\n", json.dumps({"access_token": token, "expires_in": 1000})):
        path.write_text(text)
        assert client(s.url, **more).token == token
    assert not client.files()
    for text, helps in (("", "empty"), ("two words", "no access token"), ('{"accessToken": 1}', "no access token"),
                        ('{"accessToken": "hush10', "cannot be read"), ("x\ny", "no access token")):
        path.write_text(text)
        says(client(s.url, status=3, **more), helps, "token command")
    client.secrets.add("hush10")
    says(client(s.url, auth="command", token_command="false", status=3), "false")
    says(client(s.url, auth="command", token_command="no-such-program-at-all", status=3), "no-such-program-at-all")


def test_a_token_that_is_given_is_used_until_it_has_expired(site, client):
    s = site()
    token = by_secret(s, client, kept=False).token
    more = {"auth": "token", "token_from": "env:TOKEN", "env": {"TOKEN": token}}
    assert client(s.url, **more).token == token
    says(client(s.url, "clock=3700", "get", status=3, **more), "has expired at 20", "get another one")
    assert client(s.url, **{**more, "env": {"TOKEN": "opaque-token"}}).token == "opaque-token"
    says(client(s.url, **{**more, "env": {"TOKEN": "x\nEvil: header"}}, status=3), "no access token")
    assert not client.files()


# ---- people ----

def device(s, client, *words, **more):
    """The driver, and what it showed."""
    process = client.start(s.url, *words, auth="device-code", **more)
    line = process.stdout.readline().split()
    if line[:1] == ["token"]:
        line = process.stdout.readline().split()
    assert line[:1] == ["device"], (line, process.communicate())
    return process, line[1], line[2]


def test_a_person_signs_in_by_device_code_and_stays_signed_in(site, client):
    s = site(change={"tokenLifetime": 3})
    process, page, code = device(s, client)
    assert page == s.url + "/devicelogin"
    time.sleep(1.5)
    assert process.poll() is None
    assert s.post("/devicelogin", user_code=code, user=MIA).status == 200
    first = client.end(process).token
    assert s.who(first).json["UserId"] == MIA_ID
    refresh = client.kept()["refresh_token"]
    time.sleep(1.7)
    second = client(s.url, "alone", "get", auth="device-code").token  # nobody is asked
    assert second != first and s.who(second).json["UserId"] == MIA_ID
    assert client.kept()["refresh_token"] not in ("", refresh)


def test_an_impatient_device_is_told_to_slow_down(site, client):
    s = site("--fault", "POST /*/devicecode 1: 429 retry-after=1", change={"deviceCodeInterval": 2})
    process, _, code = device(s, client)
    # another poll, by somebody else, is too early for the next one of ours
    time.sleep(1)
    s.post("/devicelogin", user_code=code, user=MIA)
    assert s.who(client.end(process, 0).token)


def test_a_person_who_declines_is_told(site, client):
    s = site()
    process, _, code = device(s, client)
    s.post("/devicelogin", user_code=code, decline="yes")
    says(client.end(process, 3), "declined")


def test_a_code_that_nobody_enters_expires(site, client):
    s = site(change={"deviceCodeLifetime": 2})
    process, _, _ = device(s, client)
    done = client.end(process, 3)
    assert "expired" in done.err or "nobody entered" in done.err


def test_waiting_for_a_person_can_be_cancelled(site, client):
    s = site()
    process, _, _ = device(s, client, "stop=1500", "get")
    began = time.monotonic()
    says(client.end(process, 8), "cancelled")
    assert time.monotonic() - began < 4


def test_where_nobody_is_the_remedy_is_told(site, client):
    s = site()
    for kind in ("device-code", "browser"):
        says(client(s.url, "alone", "get", auth=kind, status=3), "ferry env login it", "nobody")


def signed_in(s, client, **more):
    process, _, code = device(s, client, **more)
    s.post("/devicelogin", user_code=code, user=MIA)
    return client.end(process, 0).token


def test_a_revoked_sign_in_asks_the_person_again(site, client):
    s = site(change={"tokenLifetime": 600})
    signed_in(s, client)
    client.secrets.add(client.kept()["refresh_token"])
    s.post(f"/{TENANT}/oauth2/v2.0/revoke", token=client.kept()["refresh_token"])
    says(client(s.url, "alone", "get", "renew", auth="device-code", status=3), "AADSTS50173", "ferry env login it", "revoked")
    process, _, code = device(s, client, "get", "renew")
    s.post("/devicelogin", user_code=code, user=MIA)
    assert s.who(client.end(process, 0).token).json["UserId"] == MIA_ID
    client.secrets.clear()


def test_what_is_kept_can_be_forgotten_here_and_at_the_authority(site, client):
    s = site()
    signed_in(s, client)
    refresh = client.kept()["refresh_token"]
    assert client(s.url, "forget", auth="device-code").out == "forgot it\n"
    assert not client.files()
    answer = s.grant(grant_type="refresh_token", client_id="51f81489-12ee-4a9e-aaae-a2591f45987d", refresh_token=refresh)
    assert answer.json["error_codes"] == [50173]
    assert client(s.url, "forget", auth="device-code").out == "forgot nothing\n"


def test_to_sign_in_anew_asks_even_when_a_token_is_kept(site, client):
    s = site()
    first = signed_in(s, client)
    process, _, code = device(s, client, "anew", "get")
    s.post("/devicelogin", user_code=code, user="boss@test")
    second = client.end(process, 0).token
    assert s.who(first).json["UserId"] != s.who(second).json["UserId"]


# ---- the browser ----

def browser(s, client, *words, **more):
    process = client.start(s.url, *words, auth="browser", **more)
    line = process.stdout.readline().split()
    assert line[:1] == ["browse"], (line, process.communicate())
    parts = urllib.parse.urlsplit(line[1])
    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    redirect = urllib.parse.urlsplit(query["redirect_uri"])
    assert parts.path == f"/{TENANT}/oauth2/v2.0/authorize" and redirect.hostname in ("localhost", "127.0.0.1")
    return process, f"{parts.path}?{parts.query}", query, redirect.port


def visit(port, target, method="GET"):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    c.request(method, target if target.startswith("/") else "/" + target)
    answer = c.getresponse()
    return answer.status, answer.read().decode()


def test_a_person_signs_in_with_a_browser(site, client):
    s = site("--auto-approve")
    process, target, query, port = browser(s, client, username=MIA)
    assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43 and len(query["state"]) >= 43
    assert query["login_hint"] == MIA and query["scope"] == f"{s.url}/.default offline_access"
    assert query["redirect_uri"] == f"http://localhost:{port}"
    location = s.plain("GET", target).headers["Location"]
    # what browsers do beside: connections that are never used, an icon, something strange
    idle = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(20)]
    for c in idle:
        c.connect()
    assert visit(port, "/favicon.ico")[0] == 404
    assert visit(port, "/")[0] == 404
    assert visit(port, "/?code=x", "POST")[0] == 400
    assert visit(port, "/" + "x" * 40000)[0] == 400
    status, page = visit(port, location.split(str(port), 1)[1])
    assert status == 200 and "closed" in page
    done = client.end(process, 0)
    assert s.who(done.token).json["UserId"] == MIA_ID
    client.secrets.update({query["state"], urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]})
    assert client.kept()["refresh_token"]


def test_an_answer_with_another_state_is_refused_and_does_not_end_the_sign_in(site, client):
    s = site("--auto-approve")
    process, target, query, port = browser(s, client)
    location = s.plain("GET", target).headers["Location"].split(str(port), 1)[1]
    for wrong in (location.replace(query["state"], "x" * 43), "/?code=stolen&state=", "/?error=access_denied", "/?code=stolen"):
        assert visit(port, wrong)[0] == 400
    assert visit(port, location)[0] == 200
    assert s.who(client.end(process, 0).token)


def test_what_the_browser_brings_back_as_error_is_told(site, client):
    s = site()
    process, target, query, port = browser(s, client)
    location = s.post(target, decline="yes").headers["Location"]
    assert visit(port, location.split(str(port), 1)[1])[0] == 200
    says(client.end(process, 3), "AADSTS65004", "declined")
    process, target, query, port = browser(s, client)
    location = s.post(target, user="blocked@test").headers["Location"]
    visit(port, location.split(str(port), 1)[1])
    says(client.end(process, 3), "AADSTS50057", "disabled")
    process, target, query, port = browser(s, client)
    evil = urllib.parse.quote("<script>\x1b[31m AADSTS53003: eyJhush.eyJhush ")
    visit(port, f"/?error=access_denied&error_description={evil}&state={query['state']}")
    done = client.end(process, 3)
    says(done, "AADSTS53003", "conditional access")
    assert "script" not in done.err and "\x1b" not in done.err


def test_a_browser_that_never_comes_back_is_not_waited_for_forever(site, client):
    s = site()
    process, _, _, port = browser(s, client, "seconds=2", "get")
    visit(port, "/?code=x&state=y")
    says(client.end(process, 3), "within 2 seconds", "another sign-in", "device code")
    process, _, _, _ = browser(s, client, "stop=1000", "get")
    says(client.end(process, 8), "cancelled")


def test_a_redirect_may_have_its_own_port_and_path(site, client):
    s = site("--auto-approve", change={})
    with contextlib.closing(__import__("socket").create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = client(s.url, auth="browser", redirect=f"http://localhost:{port}", status=2)
        says(done, str(port), "listened")
    process, target, query, got = browser(s, client, redirect=f"http://localhost:{port}")
    assert got == port
    location = s.plain("GET", target).headers["Location"]
    visit(port, location.split(str(port), 1)[1])
    assert s.who(client.end(process, 0).token)


# ---- the cache ----

def test_a_cache_that_others_can_read_or_that_is_broken_is_not_used(site, client):
    s = site()
    first = by_secret(s, client).token
    path, = client.files()
    path.chmod(0o644)
    second = by_secret(s, client).token
    assert second != first and path.stat().st_mode & 0o777 == 0o600
    for broken in (b"", b"{", b"[]", b'{"version":1}', b"\xff" * 100, b"x" * 3000000):
        path.write_bytes(broken)
        third = by_secret(s, client).token
        assert s.who(third)
        assert client.kept()["access_token"] == third
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert s.who(by_secret(s, client).token) and not path.is_symlink()


def test_each_account_has_a_file_of_its_own(site, client):
    s = site()
    by_secret(s, client)
    by_secret(s, client, client_id="00000000-1111-4000-8000-000000000001", secret="from a file")
    by_secret(s, client, tenant="contoso.onmicrosoft.com")
    assert len(client.files()) == 3


def test_a_cache_that_cannot_be_written_costs_only_time(site, client):
    s = site()
    client.cache.write_text("no folder")
    assert s.who(by_secret(s, client).token)
    by_secret(s, client, "anew", status=2)  # who signs in for later has to know


# ---- accidents ----

def test_throttling_failures_and_cuts_at_the_token_endpoint_are_survived(site, client):
    s = site("--fault", "POST /*/token 1: 429 retry-after=2", "--fault", "POST /*/token 2: 503", "--fault",
             "POST /*/token 3: cut")
    began = time.monotonic()
    assert s.who(by_secret(s, client).token)
    assert time.monotonic() - began >= 2


def test_a_longer_pause_than_anybody_waits_is_told(site, client):
    s = site("--fault", "POST /*/token : 429 retry-after=900")
    began = time.monotonic()
    says(by_secret(s, client, status=4), "asked too often", "429")
    assert time.monotonic() - began < 5
    says(by_secret(s, client, "stop=1000", "get", status=4), "429")


def test_a_pause_can_be_cancelled(site, client):
    s = site("--fault", "POST /*/token : 429 retry-after=30")
    began = time.monotonic()
    says(by_secret(s, client, "stop=1000", "get", status=8), "cancelled")
    assert time.monotonic() - began < 4


def test_an_authority_that_keeps_failing_is_given_up(site, client):
    s = site("--fault", "POST /*/token : 503")
    says(by_secret(s, client, status=4), "status 503", "try again later")


class Stranger(http.server.BaseHTTPRequestHandler):
    """Answers everything as the test wants."""
    challenge, reply = "", (200, "text/html", "<html>Sign in to the airport</html>")
    asked, front, replies = [], 401, []

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Stranger.asked.append(self.path)
        if self.path.endswith("WhoAmI"):
            status, kind, body = self.front, "text/plain", ""
        else:
            status, kind, body = Stranger.replies.pop(0) if Stranger.replies else self.reply
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for line in filter(None, self.challenge.split("\n")) if status == 401 else ():
            self.send_header("WWW-Authenticate", line)
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def stranger():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Stranger.url = f"http://127.0.0.1:{server.server_port}"
    Stranger.challenge = f"Bearer authorization_uri={Stranger.url}/{TENANT}/oauth2/authorize, resource_id={Stranger.url}/"
    Stranger.reply, Stranger.asked = (200, "text/html", "<html>Sign in to the airport</html>"), []
    Stranger.front, Stranger.replies = 401, []
    yield Stranger
    server.shutdown()
    server.server_close()


def test_who_is_told_to_slow_down_asks_less_often(stranger, client):
    code = {"device_code": "hush12", "user_code": "BCDF", "verification_uri": "https://microsoft.com/devicelogin", "interval": 1}
    stranger.replies = [(200, "application/json", json.dumps(code)), (400, "application/json", '{"error": "slow_down"}'),
                        (400, "application/json", '{"error": "authorization_pending"}'),
                        (200, "application/json", '{"access_token": "opaque", "expires_in": 3600}')]
    client.secrets.add("hush12")
    began = time.monotonic()
    process, page, _ = device(stranger, client)
    assert page == "https://microsoft.com/devicelogin"
    assert client.end(process, 0).token == "opaque"
    assert time.monotonic() - began >= 1 + 6 + 6


@pytest.mark.parametrize("change", [{"user_code": "A\x1b[2J"}, {"verification_uri": "http://evil.example/"}, {"device_code": ""},
                                    {"verification_uri": "https://evil.example/ \n"}])
def test_a_device_code_that_would_harm_a_terminal_is_not_shown(stranger, client, change):
    code = {"device_code": "hush12", "user_code": "BCDF", "verification_uri": "https://microsoft.com/devicelogin", **change}
    stranger.reply = (200, "application/json", json.dumps(code))
    done = client(stranger.url, auth="device-code", status=4)
    says(done, "no usable device code")
    assert done.out == ""


@pytest.mark.parametrize("reply,helps", [
    ((200, "text/html", "<html>Sign in to the airport</html>"), "a page instead of JSON"),
    ((403, "text/html", "<html>Blocked by your company</html>"), "a page instead of JSON"),
    ((302, "text/plain", ""), "status 302"),
    ((200, "application/json", "{}"), "no access token"),
    ((200, "application/json", '{"access_token": "a b"}'), "no access token"),
    ((200, "application/json", '{"access_token": "x", "token_type": "pop"}'), "Bearer"),
    ((200, "application/json", "[]"), "neither a token nor a refusal"),
    ((200, "application/json", '{"access_token": "' + "x" * 2000000 + '"}'), "more than"),
    ((400, "application/json", '{"error": "EVIL \\u001b[31m hush11"}'), "refused"),
])
def test_what_is_no_answer_of_an_authority_is_told_and_not_repeated_to_people(stranger, client, reply, helps):
    stranger.reply = reply
    client.secrets.update({"hush11", "\x1b"})
    says(by_secret(stranger, client, status=None), helps)
    assert client.seen[-1] and not client.files()


def test_a_challenge_may_be_written_in_many_ways(stranger, client):
    stranger.reply = (200, "application/json", '{"access_token": "opaque", "expires_in": "3600"}')
    good = f"{stranger.url}/common/oauth2/authorize"
    for challenge in (
            f"bearer RESOURCE_ID = {stranger.url} , Authorization_Uri = {good}",
            f'Bearer error="invalid_token", error_description="a, b=c", authorization_uri="{good}", resource_id="{stranger.url}/"',
            f"Basic realm=x\nBearer authorization_uri={good},resource_id={stranger.url}/"):
        stranger.challenge = challenge
        assert by_secret(stranger, client, kept=False).token == "opaque"
        assert stranger.asked[-1] == "/organizations/oauth2/v2.0/token"


@pytest.mark.parametrize("challenge,helps", [
    ("Basic realm=x", "not of the kind Bearer"), ("", "without saying who gives tokens"), ("Bearer", "not both"),
    ("Bearer authorization_uri=URL/t/oauth2/authorize", "not both"), ("Bearer resource_id=URL", "not both"),
    ("Bearer authorization_uri=http://login.example/t/oauth2/authorize, resource_id=URL", "not https"),
    ("Bearer authorization_uri=https://login.example/t/oauth2/authorize, resource_id=URL", "authority of no cloud"),
    ("Bearer authorization_uri=URL/oauth2, resource_id=https://graph.microsoft.com", "another resource"),
    ("Bearer authorization_uri=https://login.microsoftonline.com@evil.example/t/x, resource_id=URL", "not https"),
    ("Bearer authorization_uri=URL/../oauth2, resource_id=URL", "no authority with a tenant"),
    ("Bearer authorization_uri=nonsense, resource_id=URL", "no authority with a tenant"),
])
def test_a_challenge_is_the_word_of_a_stranger(stranger, client, challenge, helps):
    stranger.challenge = challenge.replace("URL", stranger.url)
    says(by_secret(stranger, client, status=3), helps)
    assert [path for path in stranger.asked if "token" in path] == []


def test_an_authority_of_another_cloud_is_told(stranger, client):
    stranger.challenge = ("Bearer authorization_uri=https://login.microsoftonline.com/x/oauth2/authorize, "
                          f"resource_id={stranger.url}")
    says(by_secret(stranger, client, authority="https://login.microsoftonline.us", status=3), "login.microsoftonline.us",
         "login.microsoftonline.com")
    more = {"tenant": TENANT, "authority": "https://login.microsoftonline.us", "status": 3}
    says(by_secret(stranger, client, url="https://contoso.crm4.dynamics.com", **more), "GCC High", "public")
    assert stranger.asked == ["/api/data/v9.2/WhoAmI"]


def test_where_no_environment_is_or_none_that_asks_it_is_told(client, org, stranger):
    import serving
    with serving.Served(org) as s:
        says(by_secret(s, client, status=3), "without a sign-in")
    stranger.front = 404
    says(by_secret(stranger, client, status=4), "no environment", "404")
    stranger.front = 503
    says(by_secret(stranger, client, status=4), "status 503")
    says(by_secret(s, client, url="http://127.0.0.1:1", status=4), "127.0.0.1:1")


def test_a_proxy_is_never_asked_for_what_is_on_this_machine(site, client):
    s = site()
    env = {"http_proxy": "http://127.0.0.1:1", "HUSH": SECRET}
    client.secrets.add(SECRET)
    assert s.who(client(s.url, auth="client-secret", client_id=OMNICHANNEL, secret_from="env:HUSH", env=env).token)


# ---- the program itself ----

class Program:
    """ferry with its configuration, cache and state below one folder; all it says is looked through at the end."""

    def __init__(self, folder):
        self.ferry, self.folder, self.said, self.secrets = support.Ferry(folder), folder, [], set()

    def __call__(self, *words, **more):
        done = self.ferry(*words, **more)
        self.said += [done.out, done.err]
        return done

    def on_terminal(self, *words, until, act, env=None):
        """With a terminal for messages; `act` gets the match of `until` in them."""
        ours, theirs = pty.openpty()
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("FERRY_", "AZURE_"))}
        variables.update(XDG_STATE_HOME=f"{self.folder}/state", XDG_CONFIG_HOME=f"{self.folder}/config",
                         XDG_CACHE_HOME=f"{self.folder}/cache", TERM="dumb", NO_COLOR="1", **(env or {}))
        process = subprocess.Popen([*support.FERRY, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True,
                                   env=variables, cwd=self.folder)
        os.close(theirs)
        shown, found = "", None
        letters = codecs.getincrementaldecoder("utf-8")()  # a piece may end within one
        with contextlib.suppress(OSError):  # the end of a terminal
            while read := os.read(ours, 65536):
                piece = letters.decode(read)
                shown += piece
                if not found and (found := re.search(until, shown)):
                    act(found)
        os.close(ours)
        out, _ = process.communicate(timeout=60)
        self.said += [out, shown]
        assert process.returncode == 0, shown
        return out


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / "program"
    folder.mkdir()
    p = Program(folder)
    yield p
    p.secrets.add("eyJ")  # how every token begins; only the cache has some
    for secret in p.secrets:
        for text in p.said:
            assert secret not in text, text
        for path in filter(pathlib.Path.is_file, folder.rglob("*")):
            if secret != "eyJ" or "tokens" not in path.parts:
                assert secret.encode() not in path.read_bytes(), path
    for path in (folder / "cache").rglob("*"):
        assert path.stat().st_mode & 0o77 == 0, path


def test_the_program_signs_in_by_every_kind_that_needs_no_person(site, program, keys, tmp_path):
    s, both, token_file = site(), pem(tmp_path, keys["good"]), tmp_path / "token"
    by = s.grant(grant_type="client_credentials", client_id=OMNICHANNEL, client_secret=SECRET, scope=s.scope)
    token_file.write_text(keys["issuer"].sign({"iss": "https://aks.example/", "sub": "system:serviceaccount:ns:sa",
                                               "aud": "api://AzureADTokenExchange", "exp": int(time.time()) + 600}))
    env = {"HUSH": SECRET, "TOKEN": by.json["access_token"], "AZURE_POD_IDENTITY_AUTHORITY_HOST": s.url,
           "ACTIONS_ID_TOKEN_REQUEST_URL": f"{s.url}/federation/github?api-version=2.0",
           "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-token",
           "SYSTEM_OIDCREQUESTURI": f"{s.url}/federation/azure-pipelines", "SYSTEM_ACCESSTOKEN": "az-token"}
    program.secrets |= {SECRET, "gh-token", "az-token", keys["good"].key.read_text().split("\n")[5], env["TOKEN"][-40:]}
    kinds = {
        "client-secret": ["--client-id", OMNICHANNEL, "--secret-from", "env:HUSH"],
        "certificate": ["--client-id", GUARDED, "--certificate", both, "--certificate-algorithm", "ps256"],
        "managed-identity": [], "federated": ["--client-id", FEDERATED, "--token-file", token_file],
        "github": ["--client-id", FEDERATED],
        "azure-pipelines": ["--client-id", FEDERATED, "--service-connection", CONNECTION],
        "command": ["--token-command", "printenv TOKEN"], "token": ["--token-from", "env:TOKEN"],
    }
    for kind, options in kinds.items():
        program("env", "add", kind, "--url", s.url, "--auth", kind, *options)
        for _ in range(2):
            program("env", "whoami", "--from", kind, "-v", "--record", f"{kind}.jsonl", env=env)
            (program.folder / f"{kind}.jsonl").rename(program.folder / f"{kind}-{time.monotonic_ns()}.jsonl")


def test_the_program_tells_what_is_wrong_with_a_sign_in(site, program, keys, tmp_path):
    s = site("--fault", "POST /*/token 4: html")
    program.secrets |= {"hush-wrong", SECRET}
    program("env", "add", "it", "--url", s.url, "--auth", "client-secret", "--client-id", OMNICHANNEL, "--secret-from", "env:HUSH")
    done = program("env", "whoami", "--from", "it", env={"HUSH": "hush-wrong"}, status=3)
    says(done, "client secret is wrong", "AADSTS7000215", "correlation id")
    says(program("env", "login", "it", env={"HUSH": "hush-wrong"}, status=3), "AADSTS7000215")
    program("env", "add", "old", "--url", s.url, "--auth", "certificate", "--client-id", GUARDED, "--certificate",
            pem(tmp_path, keys["expired"]))
    says(program("env", "whoami", "--from", "old", status=3), "it has expired")
    says(program("env", "whoami", "--from", "it", env={"HUSH": SECRET}, status=4), "a page instead of JSON")
    program("env", "whoami", "--from", "it", env={"HUSH": SECRET})
    # what is kept was given for another secret
    says(program("env", "whoami", "--from", "it", env={"HUSH": "hush-wrong"}, status=3), "AADSTS7000215")


def test_a_person_signs_in_once_on_a_terminal(site, program):
    s = site()
    program("env", "add", "me", "--url", s.url, "--auth", "device-code")
    says(program("env", "whoami", "--from", "me", status=3), "ferry env login me")
    program.on_terminal("env", "login", "me", until=r"enter the code ([A-Z0-9]{9})",
                        act=lambda m: s.post("/devicelogin", user_code=m.group(1), user=MIA))
    assert program("env", "whoami", "--from", "me", "--json").json
    assert MIA.split("@")[0] in program("env", "whoami", "--from", "me").out
    program("env", "logout", "me")
    says(program("env", "whoami", "--from", "me", status=3), "ferry env login me")


def test_a_person_signs_in_with_the_browser_of_a_terminal(site, program):
    s = site("--auto-approve")
    program("env", "add", "me", "--url", s.url, "--auth", "browser", "--username", MIA)

    def act(match):
        location = s.plain("GET", match.group(1)[len(s.url):]).headers["Location"]
        port = urllib.parse.urlsplit(location).port
        visit(port, location.split(str(port), 1)[1])
    program.on_terminal("env", "login", "me", until=r"(http://127[^\s]+authorize[^\s]+)\s", act=act, env={"BROWSER": "true"})
    assert MIA.split("@")[0] in program("env", "whoami", "--from", "me").out


def test_a_program_that_has_no_newer_token_is_not_started_for_every_request(site, client, tmp_path):
    s = site()
    path, log = tmp_path / "answer", tmp_path / "log"
    program = tmp_path / "program"
    path.write_text(json.dumps({"access_token": "opaque", "expires_on": int(time.time()) + 200}))
    program.write_text(f"#!/bin/sh\necho >> '{log}'\ncat '{path}'\n")
    program.chmod(0o755)
    done = client(s.url, *["get"] * 10, "later=120", *["get"] * 10, auth="command", token_command=f"'{program}'")
    assert done.tokens == ["opaque"] * 20
    assert log.read_text() == "\n\n"
    path.write_text(json.dumps({"access_token": "opaque", "expires_in": 0}))
    says(client(s.url, auth="command", token_command=f"'{program}'", status=3), "has expired")
