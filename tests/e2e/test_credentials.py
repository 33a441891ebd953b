# SPDX-License-Identifier: MIT
"""What goes wrong with a sign-in, from the command line: exit status, message and time; and that afterwards no credential
stands anywhere, in whatever form: output, logs, records, run files, configuration, caches, what others see of processes."""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import pty
import re
import socket
import stat
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

import support
from test_remote_sign_in import pem
from test_sign_in import (CLOSED, CONNECTION, FEDERATED, GUARDED, KENJI_ID, LATE, MIA, MIA_ID, OMNICHANNEL, TENANT,  # noqa: F401
                          claims_of, identity, keys, openssl, org, site)

SECRET = "s&cr=t+ %"
SKILLS = support.PLANS / "1-skills.xml"
OURS = ("FERRY_", "AZURE", "IDENTITY_", "ACTIONS_", "SYSTEM_", "MSI_")


def forms(secret):
    """The bytes by which a credential would be found: as it is, encoded, and as part of something encoded."""
    raw = secret.encode()
    yield raw
    yield secret.encode("utf-16-le")
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield json.dumps(secret)[1:-1].encode()
    for quote in (urllib.parse.quote, urllib.parse.quote_plus):
        yield quote(secret, safe="").encode()
        yield re.sub("%..", lambda m: m.group(0).lower(), quote(secret, safe="")).encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):  # wherever it begins in what is encoded
            text = encode(b"\0" * before + raw)
            yield text[-(-before * 8 // 6):-4 if text.endswith(b"=") else None]


class Program:
    """ferry with everything that it writes below one folder; what goes in stands in another."""

    def __init__(self, folder):
        self.folder, self.inputs = folder / "home", folder / "inputs"
        self.folder.mkdir()
        self.inputs.mkdir()
        self.said, self.secrets, self.kept, self.served = [], set(), set(), []
        self.log = ["--access-log", f"{self.folder}/access.log"]

    def variables(self, env):
        others = {k: v for k, v in os.environ.items() if not k.startswith(OURS) and k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return {**others, "XDG_STATE_HOME": f"{self.folder}/state", "XDG_CONFIG_HOME": f"{self.folder}/config",
                "XDG_CACHE_HOME": f"{self.folder}/cache", "HOME": str(self.folder), "TERM": "dumb", **(env or {})}

    def __call__(self, *words, status=0, env=None, given=None, within=20):
        began = time.monotonic()
        done = subprocess.run([*support.FERRY, *map(str, words)], input=given or "", capture_output=True, text=True,
                              timeout=within * 5, env=self.variables(env), cwd=self.folder, check=False)
        took = time.monotonic() - began
        self.said += [done.stdout, done.stderr]
        assert status is None or done.returncode == status, (done.returncode, words, done.stdout[-500:], done.stderr)
        assert took < within, (took, done.stderr)
        return support.Result(done)

    def add(self, s, kind, *options, name="it"):
        self.served.append(s)
        self("env", "add", name, "--url", s.url, "--auth", kind, "--overwrite", *options)

    def fails(self, *texts, status=3, name="it", **more):
        """As text, and as one document; the first line says it all."""
        done = self("env", "whoami", "--from", name, "-v", status=status, **more)
        print(f"\n[{status}] {done.err.strip()}")
        assert done.out == "" and done.err.startswith("ferry: ")
        for text in texts:
            assert text in done.err, done.err
        assert not list(self.folder.glob("cache/ferry/tokens/*"))
        return done

    def works(self, name="it", **more):
        done = self("env", "whoami", "--from", name, "--json", **more)
        return done.json

    def search(self):
        texts = [("what was said", t.encode()) for t in self.said]
        for s in self.served:
            if isinstance(getattr(s, "process", None), subprocess.Popen) and s.process.poll() is None:
                s.stop()
                texts += [("the server's log", stream.read().encode()) for stream in (s.process.stdout, s.process.stderr)]
        tokens = self.folder / "cache" / "ferry" / "tokens"
        for path in filter(pathlib.Path.is_file, self.folder.rglob("*")):
            content = path.read_bytes()
            texts.append((path, content))
            if tokens in path.parents:
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
                for member in ("access_token", "refresh_token"):
                    self.kept.add((json.loads(content)[member], path))
        for secret in self.secrets:
            assert len(secret) >= 6, "too short to be found by accident only"
            for form in set(forms(secret)):
                for place, text in texts:
                    assert form not in text, (form, place)
        for token, home in self.kept:
            for form in set(forms(token)) if token else ():
                for place, text in texts:
                    assert place == home or form not in text, (form, place)


@pytest.fixture
def ferry(tmp_path, site):  # noqa: F811 (what is served ends later)
    p = Program(tmp_path)
    yield p
    p.search()


def test_the_search_finds_what_it_looks_for(ferry):
    for text in (SECRET, json.dumps({"x": "..." + SECRET}), urllib.parse.urlencode({"client_secret": SECRET}),
                 *(base64.b64encode(("x" * n + SECRET + "yz").encode()).decode() for n in range(6))):
        ferry.said, ferry.secrets = ["nothing"], {SECRET}
        ferry.search()
        ferry.said.append("a line\n" + text)
        with pytest.raises(AssertionError):
            ferry.search()
    ferry.said = []


def secret_profile(ferry, s, **more):
    ferry.secrets.add(SECRET)
    ferry.add(s, "client-secret", "--client-id", more.pop("client", OMNICHANNEL), "--secret-from", "env:HUSH",
              *[w for k, v in more.items() for w in (f"--{k}", v)])


# ---- applications with a secret ----

@pytest.mark.parametrize("change,value,texts", [
    ({}, "wr0ng+s3cret/=", ["the client secret is wrong", "AADSTS7000215", "correlation id"]),
    ({"client": LATE}, "old", ["has expired", "make a new one"]),
    ({"client": CLOSED}, "x", ["disabled"]),
    ({"client": "00000000-1111-4000-8000-00000000ffff"}, SECRET, ["no application with this client id"]),
    ({"tenant": "fabrikam.onmicrosoft.com"}, SECRET, ["no such tenant"]),
    ({"resource": "https://other.crm.dynamics.com"}, SECRET, ["no such environment"]),
    ({}, "", ["the variable HUSH is empty"]),
])
def test_a_wrong_secret_client_tenant_or_audience(ferry, site, change, value, texts):  # noqa: F811
    s = site(*ferry.log)
    secret_profile(ferry, s, **change)
    if len(value) > 5:
        ferry.secrets.add(value)
    ferry.fails("signing in to it: ", *texts, env={"HUSH": value})
    done = ferry("env", "whoami", "--from", "it", "--json", status=3, env={"HUSH": value})
    assert done.json["problems"][0]["severity"] == "error" and texts[0] in done.json["problems"][0]["message"]
    assert done.json["userId"] is None
    ferry("env", "login", "it", status=3, env={"HUSH": value})
    for more in (["--json"], ["-v"]):
        ferry("export", "--from", "it", "--schema", SKILLS, "--out", "x.zip", "--record", f"{len(more[0])}.jsonl", *more,
              status=3, env={"HUSH": value})


def test_a_kept_token_is_not_used_for_another_secret(ferry, site, keys):  # noqa: F811
    s = site(*ferry.log)
    secret_profile(ferry, s)
    ferry.works(env={"HUSH": SECRET})
    kept, = ferry.folder.glob("cache/ferry/tokens/*")
    before = kept.read_bytes()
    ferry.works(env={"HUSH": SECRET})
    assert kept.read_bytes() == before  # nobody was asked
    ferry.secrets.add("wr0ng+s3cret/=")
    assert "AADSTS7000215" in ferry("env", "whoami", "--from", "it", status=3, env={"HUSH": "wr0ng+s3cret/="}).err
    assert "HUSH is not set" in ferry("env", "whoami", "--from", "it", status=3).err
    assert kept.read_bytes() == before
    ferry.works(env={"HUSH": SECRET})
    assert "forgotten" in ferry("env", "logout", "it").err  # without the secret
    assert not kept.exists()


def test_a_secret_that_was_given_once_on_standard_input_is_enough(ferry, site):  # noqa: F811
    s = site(*ferry.log)
    ferry.secrets |= {SECRET, "another1"}
    ferry.add(s, "client-secret", "--client-id", OMNICHANNEL, "--secret-from", "stdin")
    ferry("env", "login", "it", given=SECRET + "\n")
    ferry.works()
    ferry.works(given=SECRET)
    assert "AADSTS7000215" in ferry("env", "whoami", "--from", "it", status=3, given="another1").err


# ---- certificates ----

@pytest.fixture(scope="session")
def odd(keys, tmp_path_factory):  # noqa: F811
    """Files that are no certificate for a sign-in, each in a way of its own."""
    folder = tmp_path_factory.mktemp("odd")
    good = keys["good"]

    def make(name, *parts):
        (folder / name).write_bytes(b"".join(p.read_bytes() if isinstance(p, pathlib.Path) else p for p in parts))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "ec.key",
            "-out", folder / "ec.crt", "-subj", "/CN=ec")
    make("ec.pem", folder / "ec.key", folder / "ec.crt")
    make("no-key.pem", good.certificate)
    make("no-certificate.pem", good.key)
    make("mixed.pem", good.key, keys["other"].certificate)
    make("locked.pem", openssl("pkcs8", "-topk8", "-in", good.key, "-passout", "pass:open sesame"), good.certificate)
    make("junk.pem", b"-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n", good.certificate)
    make("empty.pem", b"")
    for name, words in {"good.pfx": [], "legacy.pfx": ["-legacy"]}.items():
        openssl("pkcs12", "-export", "-inkey", good.key, "-in", good.certificate, "-passout", "pass:open sesame", "-out",
                folder / name, *words)
    openssl("pkcs12", "-export", "-nokeys", "-in", good.certificate, "-passout", "pass:open sesame", "-out", folder / "no-key.pfx")
    make("cut.pfx", (folder / "good.pfx").read_bytes()[:900])
    openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", folder / "small.key", "-out", folder / "small.crt",
            "-subj", "/CN=small")
    make("small.pem", folder / "small.key", folder / "small.crt")
    return folder


@pytest.mark.parametrize("name,password,texts", [
    ("ec.pem", None, ["RSA"]),
    ("small.pem", None, ["2048"]),
    ("no-key.pem", None, ["no private key"]),
    ("no-certificate.pem", None, ["no certificate"]),
    ("mixed.pem", None, ["none of its certificates belongs"]),
    ("locked.pem", None, ["password"]),
    ("locked.pem", "open barley", ["password"]),
    ("junk.pem", None, ["junk.pem"]),
    ("empty.pem", None, ["empty.pem"]),
    ("good.pfx", None, ["password"]),
    ("good.pfx", "open barley", ["password"]),
    ("no-key.pfx", "open sesame", ["private key"]),
    ("cut.pfx", "open sesame", ["cut.pfx"]),
])
def test_a_certificate_that_cannot_be_used(ferry, site, odd, name, password, texts):  # noqa: F811
    s = site(*ferry.log)
    ferry.secrets |= {"open sesame", "open barley"}
    more = ["--certificate-password-from", "env:HUSH"] if password else []
    ferry.add(s, "certificate", "--client-id", GUARDED, "--certificate", odd / name, *more)
    ferry.fails(str(odd / name), *texts, env={"HUSH": password} if password else {})


@pytest.mark.parametrize("algorithm", ["rs256", "ps256"])
def test_a_certificate_that_is_not_accepted(ferry, site, keys, odd, tmp_path, algorithm):  # noqa: F811
    s = site(*ferry.log)
    more = ["--client-id", GUARDED, "--certificate-algorithm", algorithm]
    for name, text in (("expired", "it has expired"), ("issuer", "register this certificate")):
        ferry.add(s, "certificate", *more, "--certificate", pem(tmp_path, keys[name]))
        ferry.fails("AADSTS700027", text, "thumbprint")
    for name in ("good.pfx", "legacy.pfx", "locked.pem"):
        ferry.secrets.add("open sesame")
        ferry.add(s, "certificate", *more, "--certificate", odd / name, "--certificate-password-from", "env:HUSH")
        ferry("env", "logout", "it")
        assert ferry.works(env={"HUSH": "open sesame"})["userId"] == MIA_ID
        # what is kept is not used by who has not the password
        assert "password" in ferry("env", "whoami", "--from", "it", env={"HUSH": "open barley"}, status=3).err


# ---- the authority ----

class Hostile(http.server.BaseHTTPRequestHandler):
    """An environment and an authority in one, which does what networks and strangers do."""
    protocol_version = "HTTP/1.1"
    misbehave, asked, elsewhere = None, [], ""

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        sent = self.body()
        type(self).asked.append((self.path, sent, dict(self.headers)))
        if "/api/data/" in self.path:
            self.answer(401, "text/plain", "", WWW_Authenticate=f"Bearer authorization_uri={self.url}/{TENANT}/oauth2/authorize, "
                                                                f"resource_id={self.url}/")
            return
        try:
            self.misbehave(sent)
        except OSError:
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, *_):
        pass

    # what it does; `sent` is the form, which it repeats wherever it can
    def redirect(self, _):
        self.answer(307, "text/html", "", Location=self.elsewhere + "/token")

    def page(self, sent):
        self.answer(200, "text/html", f"<html>{sent.decode()}</html>")

    def blocked(self, sent):
        self.answer(403, "text/html", f"<html>Your company does not want {sent.decode()}</html>")

    def repeats(self, sent):
        self.answer(400, "application/json", json.dumps({"error": sent.decode(), "error_description": sent.decode()}))

    def describes(self, sent):
        self.answer(401, "application/json", json.dumps(
            {"error": "invalid_client", "error_description": "AADSTS7000215: " + sent.decode(),
             "trace_id": sent.decode(), "correlation_id": sent.decode()}))

    def garbage(self, sent):
        self.answer(200, "application/json", '{"access_token": ' + sent.decode())

    def no_http(self, sent):
        self.wfile.write(b"SSH-2.0-" + sent + b"\r\n")
        self.close_connection = True

    def slow(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        while True:
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.5)

    def endless(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        while True:
            self.wfile.write(b'{"a":"' + b"x" * 65536)

    def endless_headers(self, _):
        self.send_response(200)
        while True:
            self.wfile.write(b"X-More: " + b"x" * 4096 + b"\r\n")

    def overloaded(self, sent):
        self.answer(503, "application/json", sent.decode())

    def throttled(self, sent):
        self.answer(429, "application/json", sent.decode(), Retry_After=600)


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    handler.url = f"http://127.0.0.1:{server.server_port}"
    return server


@pytest.fixture
def hostile():
    class Here(Hostile):
        asked = []

    class There(Hostile):
        asked, misbehave = [], Hostile.page
    servers = [serve(Here), serve(There)]
    Here.elsewhere = There.url
    yield Here, There
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name,status,within,texts", [
    ("redirect", 4, 10, ["sends us elsewhere", "307"]),
    ("page", 4, 10, ["a page instead of JSON"]),
    ("blocked", 4, 10, ["a page instead of JSON", "403"]),
    ("repeats", 3, 10, ["refused"]),
    ("describes", 3, 10, ["AADSTS7000215"]),
    ("garbage", 4, 10, ["neither a token nor a refusal"]),
    ("no_http", 4, 40, ["127.0.0.1"]),
    ("endless", 4, 20, ["more than"]),
    ("endless_headers", 4, 20, ["127.0.0.1"]),
    ("overloaded", 4, 60, ["503", "try again later"]),
    ("throttled", 4, 10, ["asked too often"]),
])
def test_an_authority_that_does_not_behave(ferry, hostile, name, status, within, texts):
    here, there = hostile
    here.misbehave = getattr(Hostile, name)
    secret_profile(ferry, here)
    began = time.monotonic()
    ferry.fails("signing in to it: ", *texts, status=status, within=within, env={"HUSH": SECRET})
    print(f"{name}: {time.monotonic() - began:.1f} s")
    assert [path for path, *_ in here.asked if path.endswith("/token")]
    assert there.asked == []  # wherever it was sent


def test_an_authority_that_takes_its_time_is_left(ferry, hostile):
    here, _ = hostile
    here.misbehave = Hostile.slow
    secret_profile(ferry, here)
    ferry.fails("signing in to it: ", here.url[7:], "timed out", status=4, within=60, env={"HUSH": SECRET})


def test_an_authority_in_the_clear_gets_nothing(ferry, hostile):
    here, _ = hostile
    ferry.secrets.add(SECRET)
    words = ["--client-id", OMNICHANNEL, "--secret-from", "env:HUSH"]
    for authority in ("http://login.microsoftonline.com", "ftp://x.example", "https://user:hush-hush@login.example"):
        ferry.secrets.add("hush-hush")
        done = ferry("env", "add", "it", "--url", here.url, "--auth", "client-secret", *words, "--authority", authority, status=2)
        assert "--authority: " in done.err
    env = {"AZURE_CLIENT_ID": OMNICHANNEL, "AZURE_CLIENT_SECRET": SECRET, "AZURE_AUTHORITY_HOST": "http://login.example/"}
    assert "AZURE_AUTHORITY_HOST" in ferry("env", "whoami", "--from", here.url, status=2, env=env).err
    assert here.asked == []


def test_throttling_with_and_without_a_pause(ferry, site):  # noqa: F811
    s = site(*ferry.log, "--fault", "POST /*/token 1: 429", "--fault", "POST /*/token 2: 429 retry-after=2")
    secret_profile(ferry, s)
    began = time.monotonic()
    ferry.works(env={"HUSH": SECRET})
    assert time.monotonic() - began >= 2


# ---- tokens ----

def token_of(s):
    return s.grant(grant_type="client_credentials", client_id=OMNICHANNEL, client_secret=SECRET, scope=s.scope).json["access_token"]


def altered(token, **claims):
    """Another's signature."""
    head, body, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims_of(token), **claims}).encode()).rstrip(b"=").decode()
    return ".".join([head, body, signature])


def test_a_token_that_the_environment_does_not_take(ferry, site, org):  # noqa: F811
    s, t = site(*ferry.log), site(*ferry.log)
    ferry.add(s, "token", "--token-from", "env:TOKEN")
    good = token_of(s)
    for text, words in ((token_of(t), [f"the token is meant for {t.url}, not for {s.url}", "401"]),
                        (altered(good, aud="https://x.example/"), ["meant for https://x.example,"]),
                        (altered(good, aud="\x1b[31mhush-hush"), ["401"]), ("opaque-token-1", ["401"]),
                        (altered(good, exp=int(time.time()) - 9), ["expired at 20"]), ("two words", ["no access token"]),
                        ("x" * 70000, ["no access token"]), ("a\tb-token-2", ["no access token"])):
        ferry.secrets |= {text[-40:], "\x1b[31mhush-hush"}
        ferry.fails(*words, env={"TOKEN": text})
    ferry.secrets.add(good)
    assert ferry.works(env={"TOKEN": good})["applicationId"] == OMNICHANNEL
    ferry("export", "--from", "it", "--schema", SKILLS, "--out", "x.zip", "--record", "x.jsonl", env={"TOKEN": good})


COMMAND = """#!/bin/sh
echo "$HUSH" >&2
for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done >'{folder}/seen'
{act}
"""


@pytest.mark.parametrize("act,status,texts", [
    ("exit 3", 3, ["status 3"]),
    ("echo no token here", 3, ["no access token"]),
    ('printf \'{{"accessToken": "%s\' "$HUSH"', 3, ["cannot be read"]),
    ("printf '\\377\\376'", 3, ["no access token"]),
    ("kill -9 $$", 3, ["signal 9"]),
    ("yes $HUSH", 3, ["more than"]),
    (":", 3, ["empty"]),
])
def test_a_token_command_that_does_not_behave(ferry, site, act, status, texts):  # noqa: F811
    s = site(*ferry.log)
    path = ferry.inputs / "print"
    path.write_text(COMMAND.format(folder=ferry.folder, act=act.replace("{{", "{")))
    path.chmod(0o700)
    ferry.secrets.add("hush-hush token")
    ferry.add(s, "command", "--token-command", f"'{path}' --resource {s.url}")
    ferry.fails("print", *texts, env={"HUSH": "hush-hush token"}) if "status" in texts[0] or "signal" in texts[0] else \
        ferry.fails("token command", *texts, env={"HUSH": "hush-hush token"})


def test_a_token_command_is_seen_by_nobody(ferry, site):  # noqa: F811
    s = site(*ferry.log)
    path = ferry.inputs / "print"
    path.write_text(COMMAND.format(folder=ferry.folder, act='printf %s "$TOKEN"; printf %s "$TOKEN" >&2'))
    path.chmod(0o700)
    env = {"TOKEN": token_of(s), "HUSH": "hush-hush"}
    ferry.secrets |= {env["TOKEN"], "hush-hush"}
    ferry.add(s, "command", "--token-command", str(path))
    assert ferry.works(env=env)["auth"] == "command"
    ferry("export", "--from", "it", "--schema", SKILLS, "--out", "x.zip", "--record", "x.jsonl", "-v", env=env)
    assert "whoami" in (ferry.folder / "seen").read_text() or "export" in (ferry.folder / "seen").read_text()


# ---- machines and workloads ----

def test_machines_and_workloads_that_are_not_what_they_say(ferry, site, keys):  # noqa: F811
    s = site(*ferry.log)
    ferry.secrets |= {"hush-header", "hush-github", "hush-pipelines"}
    ferry.add(s, "managed-identity")
    app_service = {"IDENTITY_ENDPOINT": f"{s.url}/msi/token", "IDENTITY_HEADER": "hush-header"}
    ferry.fails("IDENTITY_HEADER", env=app_service)
    ferry.add(s, "managed-identity", "--identity-client-id", FEDERATED)
    ferry.fails("assigned to this machine", env={"AZURE_POD_IDENTITY_AUTHORITY_HOST": s.url})
    ferry.add(s, "github", "--client-id", FEDERATED)
    github = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{s.url}/federation/github?api-version=2.0",
              "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush-github"}
    ferry.fails("id-token: write", env=github)
    ferry.add(s, "azure-pipelines", "--client-id", FEDERATED, "--service-connection", CONNECTION)
    ferry.fails("SYSTEM_ACCESSTOKEN", env={"SYSTEM_OIDCREQUESTURI": f"{s.url}/federation/azure-pipelines",
                                           "SYSTEM_ACCESSTOKEN": "hush-pipelines"})
    path, now = ferry.inputs / "token", int(time.time())
    claims = {"iss": "https://aks.example/", "sub": "system:serviceaccount:ns:sa", "aud": "api://AzureADTokenExchange",
              "exp": now + 600}
    ferry.add(s, "federated", "--client-id", FEDERATED, "--token-file", "/dev/null")
    ferry.fails("/dev/null")
    path.write_text("")
    ferry.add(s, "federated", "--client-id", FEDERATED, "--token-file", path)
    for text, words in (("", ["no token"]), ("two words", ["no token"]), ("opaque-token", ["AADSTS"]),
                        (keys["issuer"].sign({**claims, "sub": "x"}), ["700213"]),
                        (keys["issuer"].sign({**claims, "iss": "https://x.example/"}), ["700211"]),
                        (keys["issuer"].sign({**claims, "exp": now - 900}), ["700024"]),
                        (keys["issuer"].sign({**claims, "nbf": now + 900}), ["700024"]),
                        (keys["issuer"].sign({**claims, "aud": "x"}), ["700212"]),
                        (keys["other"].sign(claims), ["AADSTS"])):
        path.write_text(text)
        if len(text) > 5:
            ferry.secrets.add(text[-40:])
        ferry.fails(*words)
    path.write_text(keys["issuer"].sign(claims))
    assert ferry.works()["userId"] == KENJI_ID
    assert not list(ferry.folder.glob("cache/ferry/tokens/*"))  # the next job asks for itself


def test_a_job_whose_issuer_is_in_the_clear_or_sends_it_elsewhere(ferry, site, hostile):  # noqa: F811
    s, (here, there) = site(*ferry.log), hostile
    here.misbehave = Hostile.redirect
    ferry.secrets.add("hush-github")
    ferry.add(s, "github", "--client-id", FEDERATED)
    for url, status in ((f"{here.url}/x", 3), ("http://example.com/x", 2), ("https://hush@127.0.0.1:1/x", 2)):
        ferry.fails(status=status, env={"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hush-github"})
    assert there.asked == []


# ---- people ----

def person(ferry, s, *words, until, act, status=0, env=None, within=60):
    """`act` gets the match of `until` in what is shown on the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*support.FERRY, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True,
                               env=ferry.variables(env), cwd=ferry.folder)
    os.close(theirs)
    shown, found = "", None
    with contextlib.suppress(OSError):  # the end of a terminal
        while piece := os.read(ours, 65536).decode(errors="replace"):
            shown += piece
            if not found and (found := re.search(until, shown)):
                act(found)
    os.close(ours)
    out, _ = process.communicate(timeout=within)
    ferry.said += [out, shown]
    assert process.returncode == status, (process.returncode, shown)
    return shown


CODE = r"enter the code ([A-Z0-9]{9})"


def test_a_code_that_is_declined_or_expires(ferry, site):  # noqa: F811
    s = site(*ferry.log)
    ferry.add(s, "device-code")
    shown = person(ferry, s, "env", "login", "it", until=CODE, status=3,
                   act=lambda m: s.post("/devicelogin", user_code=m.group(1), decline="yes"))
    assert "declined" in shown and "AADSTS" in shown or "authorization_declined" in shown
    t = site(*ferry.log, change={"deviceCodeLifetime": 2})
    ferry.add(t, "device-code")
    shown = person(ferry, t, "env", "login", "it", until=CODE, status=3, act=lambda m: None)
    assert "expired" in shown or "nobody entered" in shown
    u = site(*ferry.log, "--fault", "POST /*/token : 503", change={"deviceCodeLifetime": 900})
    ferry.add(u, "device-code")
    shown = person(ferry, u, "env", "login", "it", until=CODE, status=4, act=lambda m: None)
    assert "503" in shown
    assert not list(ferry.folder.glob("cache/ferry/tokens/*"))


def visit(url):
    with contextlib.suppress(OSError), urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as r:
        return r.status
    return 0


PAGE = r"(http://127\S+authorize\S+)\s"
BROWSER = """#!/bin/sh
for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done >'{folder}/seen'
"""


def test_a_browser_that_brings_what_was_not_asked_for(ferry, site):  # noqa: F811
    s = site(*ferry.log, "--auto-approve")
    ferry.add(s, "browser", "--username", MIA)
    script = ferry.inputs / "browser"
    script.write_text(BROWSER.format(folder=ferry.folder))
    script.chmod(0o700)

    def act(match):
        location = s.plain("GET", match.group(1)[len(s.url):]).headers["Location"]
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
        ferry.secrets.add(code)
        base = location.split("?")[0]
        for hostile in ("?code=hush-stolen&state=x", "?code=hush-stolen", "?error=access_denied", "?" + "x" * 60000,
                        "/../../etc/passwd",
                        "?state=x&error=x&error_description=hush-evil%0aferry:%20signed%20in"):
            assert visit(base + hostile) == 0
        ferry.secrets |= {"hush-stolen", "hush-evil"}
        port = urllib.parse.urlsplit(location).port
        for junk in (b"\0\0\0\0", b"GET", b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"\x16\x03\x01\x02"):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as c:
                c.sendall(junk)
        assert visit(location) == 200
        assert visit(location) == 0  # a second one finds nobody
    shown = person(ferry, s, "env", "login", "it", "-v", until=PAGE, act=act, env={"BROWSER": str(script)})
    assert "signed in to" in shown
    kept, = ferry.folder.glob("cache/ferry/tokens/*")
    ferry.secrets.add(json.loads(kept.read_text())["access_token"][-60:])
    ferry.secrets.clear()  # ... stands there; the search knows it from there
    assert "authorize" in (ferry.folder / "seen").read_text()
    ferry("export", "--from", "it", "--schema", SKILLS, "--out", "x.zip", "--record", "x.jsonl", "-v")


def test_a_sign_in_that_was_revoked(ferry, site):  # noqa: F811
    s = site(*ferry.log, change={"tokenLifetime": 2})
    ferry.add(s, "device-code")
    person(ferry, s, "env", "login", "it", until=CODE, act=lambda m: s.post("/devicelogin", user_code=m.group(1), user=MIA))
    kept, = ferry.folder.glob("cache/ferry/tokens/*")
    refresh = json.loads(kept.read_text())["refresh_token"]
    s.post(f"/{TENANT}/oauth2/v2.0/revoke", token=refresh)
    time.sleep(2.1)
    done = ferry("env", "whoami", "--from", "it", "--json", status=3)
    assert "revoked" in done.err and "ferry env login it" in done.err and "AADSTS50173" in done.json["problems"][0]["message"]


# ---- in the middle of a run ----

def test_a_token_that_is_taken_back_in_the_middle_of_a_run(ferry, site):  # noqa: F811
    s = site(*ferry.log, "--fault", "GET characteristics 1: 401")
    secret_profile(ferry, s)
    ferry("export", "--from", "it", "--schema", SKILLS, "--out", "x.zip", "--record", "x.jsonl", "-v", env={"HUSH": SECRET})
    t = site(*ferry.log, "--fault", "GET characteristics : 401")
    secret_profile(ferry, t)
    done = ferry("export", "--from", "it", "--schema", SKILLS, "--out", "y.zip", "--record", "y.jsonl", "--json", status=3,
                 env={"HUSH": SECRET})
    assert "401" in done.json["problems"][0]["message"]
    assert not (ferry.folder / "y.zip").exists()


# ---- what is typed where it does not belong ----

@pytest.mark.parametrize("words", [
    ["env", "add", "x", "--url", "https://me:HUSH@contoso.crm4.dynamics.com", "--auth", "browser"],
    ["env", "add", "x", "--url", "https://contoso.crm4.dynamics.com/?sig=HUSH", "--auth", "browser"],
    ["env", "add", "AuthType=ClientSecret;ClientSecret=HUSH", "--url", "https://contoso.crm4.dynamics.com", "--auth", "browser"],
    ["env", "add", "x", "--url", "https://contoso.crm4.dynamics.com", "--auth", "client-secret", "--secret-from", "HUSH"],
    ["env", "add", "x", "--url", "https://contoso.crm4.dynamics.com", "--auth", "client-secret", "--secret-from=env:HUSH"],
    ["env", "add", "x", "--url", "https://contoso.crm4.dynamics.com", "--auth", "client-secret", "--client-id", "HUSH",
     "--secret-from", "env:X"],
    ["env", "add", "x", "--url", "https://contoso.crm4.dynamics.com", "--auth", "token", "--token-from", "HUSH"],
    ["env", "add", "x", "--client-secret=HUSH"], ["env", "add", "x", "--password", "HUSH"],
    ["env", "whoami", "--from", "https://me:HUSH@contoso.crm4.dynamics.com"],
    ["env", "whoami", "--from", "Url=https://contoso.crm4.dynamics.com;ClientSecret=HUSH"],
    ["env", "login", "Url=https://contoso.crm4.dynamics.com;ClientSecret=HUSH"],
    ["export", "--to", "x", "--token=HUSH"],
])
def test_a_secret_at_the_wrong_place_is_not_repeated(ferry, words):
    secret = "Hush8Q~hush.hush_hush"
    ferry.secrets.add(secret)
    ferry(*[w.replace("HUSH", secret) for w in words], status=2)


def test_a_secret_in_the_file_is_not_repeated(ferry):
    ferry.secrets.add("Hush8Q~hush.hush_hush")
    path = ferry.inputs / "environments.ini"
    for line in ("secret = HUSH", "secret-from = HUSH", "auth = HUSH", "url = https://me:HUSH@x.example", "HUSH",
                 "client-id = HUSH", "token-command = HUSH | x", "protected = HUSH", "tenant = HUSH!", "[HUSH"):
        path.write_text("[it]\nurl = https://contoso.crm4.dynamics.com\n" + line.replace("HUSH", "Hush8Q~hush.hush_hush") + "\n")
        path.chmod(0o600)
        done = ferry("env", "whoami", "--from", "it", status=None, env={"FERRY_CONFIG": str(path)})
        assert done.status in (2, 5) and f"{path}:" in done.err
    text = "AuthType=ClientSecret;Url=https://contoso.crm4.dynamics.com;ClientId=x;ClientSecret=Hush8Q~hush.hush_hush"
    for broken in (text, text + ";More=Hush8Q~hush.hush_hush", text.replace("ClientSecret=H", "ClientSecret='H"),
                   text.replace("ClientSecret=H", "ClientSecret=a;H"), text.replace("ClientSecret=H", "Thumbprint=H"),
                   text.replace("ClientSecret;", "OAuth;").replace("ClientSecret=", "Password=")):
        ferry("env", "whoami", "--from", "env:CS", status=2, env={"CS": broken})
        ferry("env", "add", "x", "--connection-string-from", "env:CS", status=2, env={"CS": broken})


# ---- commands at the same time ----

def test_profiles_that_are_added_and_removed_at_the_same_time_all_count(ferry):
    names = [f"p{i}" for i in range(24)]

    def start(*words):
        return subprocess.Popen([*support.FERRY, "env", *words], cwd=ferry.folder, env=ferry.variables({}), stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)

    def end(all_of_them):
        for process in all_of_them:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
    end([start("add", n, "--url", f"https://{n}.crm4.dynamics.com", "--auth", "browser") for n in names])
    assert sorted(e["name"] for e in ferry("env", "list", "--json").json["environments"]) == sorted(names)
    end([start("remove", n, "--yes") for n in names[::2]] +
        [start("add", f"q{n}", "--url", f"https://{n}.crm4.dynamics.com", "--auth", "browser") for n in names])
    assert sorted(e["name"] for e in ferry("env", "list", "--json").json["environments"]) == \
        sorted(names[1::2] + [f"q{n}" for n in names])
    assert [p.name for p in (ferry.folder / "config" / "ferry").iterdir()] == ["environments.ini"]
