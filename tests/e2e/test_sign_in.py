# SPDX-License-Identifier: MIT
"""The sign-in beside a served organization: every way in, right and wrong, with openssl as the other side."""
import base64
import contextlib
import hashlib
import http.client
import json
import re
import shutil
import sqlite3
import ssl
import subprocess
import time
import urllib.parse

import pytest

import serving
import support

TENANT = "7a5c0e1a-0000-4000-8000-00000000000f"
SAMPLE = "51f81489-12ee-4a9e-aaae-a2591f45987d"
OMNICHANNEL = "a950df02-bf4c-4d23-9b1d-1f5a3c9f5e63"  # application users of the sample
GREETER = "517a70fb-dc12-4b02-99de-3519902c4b98"
STRANGER = "00000000-1111-4000-8000-000000000001"     # an application that the organization does not know
GUARDED = "00000000-1111-4000-8000-000000000002"
FEDERATED = "00000000-1111-4000-8000-000000000003"
CLOSED = "00000000-1111-4000-8000-000000000004"
LATE = "00000000-1111-4000-8000-000000000005"
MACHINE = "00000000-2222-4000-8000-000000000001"
ASSIGNED = "00000000-2222-4000-8000-000000000002"
CONNECTION = "00000000-3333-4000-8000-000000000001"
MIA = "mia.mueller@contoso.onmicrosoft.com"
MIA_ID = "df49b63a-278e-4093-8bdf-7411b69bd1e1"
KENJI = "kenji.sato@contoso.onmicrosoft.com"
KENJI_ID = "286e1039-350d-49f4-98cf-40c787e1356e"
GONE = "oskar.gone@contoso.onmicrosoft.com"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout


class Pair:
    """A key and its certificate."""

    def __init__(self, folder, name, expired=False):
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.certificate,
                "-subj", f"/CN={name}", "-days", 30, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        if expired:
            self.certificate.write_bytes(openssl("x509", "-in", self.certificate, "-signkey", self.key, "-days", -1))
        der = openssl("x509", "-in", self.certificate, "-outform", "DER")
        self.x5t, self.x5t256 = b64(hashlib.sha1(der).digest()), b64(hashlib.sha256(der).digest())

    def sign(self, claims, alg="RS256", **header):
        text = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT", **header}, claims))
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"] if alg == "PS256" else []
        return text + "." + b64(openssl("dgst", "-sha256", "-sign", self.key, *pss, data=text.encode()))


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = {name: Pair(folder, name) for name in ("good", "other", "issuer")}
    made["expired"] = Pair(folder, "expired", expired=True)
    return made


@pytest.fixture
def identity(tmp_path, keys):
    (tmp_path / "secret.txt").write_text("from a file\n")
    return {
        "tenant": TENANT, "tenantNames": ["contoso.onmicrosoft.com"], "tokenLifetime": 3600,
        "deviceCodeInterval": 0,
        "applications": [
            {"clientId": SAMPLE, "public": True, "redirectUris": ["http://localhost", "app://ferry/back"]},
            {"clientId": OMNICHANNEL, "secret": "s&cr=t+ %", "redirectUris": ["https://web.example/back?x=1"]},
            {"clientId": STRANGER, "secretFile": "secret.txt"},
            {"clientId": GUARDED, "user": MIA,
             "certificates": [str(keys["other"].certificate), str(keys["good"].certificate),
                              str(keys["expired"].certificate)]},
            {"clientId": FEDERATED, "user": KENJI, "federated": [
                {"issuer": "https://aks.example/", "subject": "system:serviceaccount:ns:sa",
                 "key": str(keys["issuer"].certificate)},
                {"issuer": "github", "subject": "repo:contoso/app:ref:refs/heads/main"},
                {"issuer": "azure-pipelines", "subject": "sc://contoso/project/connection"}]},
            {"clientId": CLOSED, "secret": "x", "disabled": True},
            {"clientId": LATE, "secret": "old", "secretExpires": "2020-01-01T00:00:00Z"},
        ],
        "users": [{"username": MIA}, {"username": "kenji@test", "password": "pass word", "user": KENJI},
                  {"username": "nobody@test"}, {"username": GONE},
                  {"username": "blocked@test", "disabled": True},
                  {"username": "boss@test", "user": "administrator"}],
        "managedIdentities": [{"clientId": MACHINE, "systemAssigned": True, "user": OMNICHANNEL},
                              {"clientId": ASSIGNED, "objectId": "00000000-2222-4000-8000-00000000000a",
                               "resourceId": "/subscriptions/x/id", "user": MIA_ID}],
        "identityHeader": "app-service-secret",
        "federation": {"github": {"requestToken": "gh-token", "subject": "repo:contoso/app:ref:refs/heads/main"},
                       "azurePipelines": {"accessToken": "az-token", "serviceConnections": [
                           {"id": CONNECTION, "subject": "sc://contoso/project/connection"}]}},
    }


class Site(serving.Served):
    """A served organization and its sign-in."""

    def __init__(self, file, *options, **more):
        super().__init__(file, *options, **more)
        self.scope = f"{self.url}/.default"
        self.plain = self.client(token=None)

    def post(self, path, headers=None, **form):
        return self.plain("POST", path, urllib.parse.urlencode(form),
                          {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def grant(self, tenant=TENANT, headers=None, v1=False, **form):
        return self.post(f"/{tenant}/oauth2/{'' if v1 else 'v2.0/'}token", headers, **form)

    def get(self, path, headers=None, **query):
        mark = "&" if "?" in path else "?"
        return self.plain("GET", path + (mark + urllib.parse.urlencode(query) if query else ""), headers=headers)

    def who(self, token, status=200):
        return self.plain("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}"}, status=status)

    def user(self, answer):
        """Whose the tokens of an answer are."""
        assert answer.status == 200, answer.body
        return self.who(answer.json["access_token"]).json["UserId"]

    def audience(self, v1=False):
        return f"{self.url}/{TENANT}/oauth2/{'' if v1 else 'v2.0/'}token"


def patiently(check):
    """On a slow machine what lives two seconds may be over before it was used: then once more, with a longer life."""
    for lifetime in (2, 12, 60):
        began = time.monotonic()
        try:
            return check(lifetime)
        except AssertionError:
            if lifetime == 60 or time.monotonic() - began < lifetime:
                raise


def refused(answer, error, number, status=None):
    assert answer.status == (status or (401 if error == "invalid_client" else 400)), answer.body
    assert answer.json["error"] == error
    assert answer.json["error_codes"] == [number]
    assert answer.json["error_description"].startswith(f"AADSTS{number}: ")
    assert support.GUID.fullmatch(answer.json["trace_id"]) and support.GUID.fullmatch(answer.json["correlation_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", answer.json["timestamp"])


@pytest.fixture
def org(sample, tmp_path):
    path = tmp_path / "org.db"
    shutil.copy(sample / "a.db", path)
    return path


@pytest.fixture
def site(org, tmp_path, identity):
    started = []

    def start(*options, change=None, **more):
        if change:
            identity.update(change)
        (tmp_path / "who.json").write_text(json.dumps(identity, indent=1))
        started.append(Site(org, "--identity", tmp_path / "who.json", *options, **more))
        return started[-1]
    yield start
    for s in started:
        s.__exit__()


# ---- discovery ----

def test_a_client_finds_the_sign_in_from_the_challenge_and_gets_in(site):
    s = site()
    challenge = s.plain("GET", "WhoAmI", status=401).headers["WWW-Authenticate"]
    assert challenge == f"Bearer authorization_uri={s.url}/{TENANT}/oauth2/authorize, resource_id={s.url}/"
    authority = re.search(r"authorization_uri=([^,]+)/oauth2/authorize", challenge).group(1)
    found = s.get(authority[len(s.url):] + "/v2.0/.well-known/openid-configuration").json
    assert found["issuer"] == f"{s.url}/{TENANT}/v2.0"
    answer = s.post(found["token_endpoint"][len(s.url):], grant_type="client_credentials", client_id=OMNICHANNEL,
                    client_secret="s&cr=t+ %", scope=s.scope)
    assert s.user(answer)
    for name in ("authorization_endpoint", "device_authorization_endpoint", "jwks_uri"):
        assert s.plain("GET", found[name][len(s.url):]).status != 404


def test_tokens_are_signed_by_the_published_key(site):
    s = site()
    token = s.grant(grant_type="client_credentials", client_id=OMNICHANNEL, client_secret="s&cr=t+ %",
                    scope=s.scope).json["access_token"]
    header = json.loads(unb64(token.split(".")[0]))
    key, = s.get(f"/{TENANT}/discovery/v2.0/keys").json["keys"]
    assert key == s.get("/discovery/keys").json["keys"][0] == s.get("/common/discovery/v2.0/keys").json["keys"][0]
    assert header["alg"] == "RS256" and header["kid"] == key["kid"]
    n, e = (int.from_bytes(unb64(key[x]), "big") for x in "ne")
    text, _, signature = token.rpartition(".")
    block = pow(int.from_bytes(unb64(signature), "big"), e, n).to_bytes(256, "big")
    assert block.startswith(b"\0\1\xff\xff") and block.endswith(hashlib.sha256(text.encode()).digest())
    c = claims_of(token)
    assert c["aud"] == s.url and c["iss"] == f"{s.url}/{TENANT}/" and c["tid"] == TENANT
    assert c["appid"] == OMNICHANNEL and c["appidacr"] == "1" and c["idtyp"] == "app" and "scp" not in c
    assert c["exp"] - c["nbf"] == 3600 and support.GUID.fullmatch(c["oid"])


# ---- secrets ----

def test_a_secret_lets_an_application_in_as_its_application_user(site, org):
    s = site()
    answer = s.grant(grant_type="client_credentials", client_id=OMNICHANNEL.upper(), client_secret="s&cr=t+ %",
                     scope=s.scope)
    assert set(answer.json) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    assert answer.json["expires_in"] == 3599 and answer.headers["Cache-Control"].startswith("no-store")
    with contextlib.closing(sqlite3.connect(org)) as db:
        want, = db.execute("select systemuserid from systemuser where applicationid = ?", (OMNICHANNEL,)).fetchone()
    assert s.user(answer) == want


def test_a_secret_comes_as_http_basic_or_through_v1_too(site):
    s = site()
    pair = ":".join(urllib.parse.quote(x, safe="") for x in (OMNICHANNEL, "s&cr=t+ %"))
    basic = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    assert s.user(s.grant(headers=basic, grant_type="client_credentials", scope=s.scope))
    answer = s.grant(v1=True, grant_type="client_credentials", client_id=OMNICHANNEL, client_secret="s&cr=t+ %",
                     resource=s.url + "/")
    assert s.user(answer)
    assert answer.json["expires_in"] == "3599" and answer.json["resource"] == s.url
    assert int(answer.json["expires_on"]) > time.time()


@pytest.mark.parametrize("change,error,number", [
    ({"client_secret": "wrong"}, "invalid_client", 7000215),
    ({"client_secret": ""}, "invalid_client", 7000218),
    ({"client_id": SAMPLE}, "invalid_client", 700025),
    ({"client_id": SAMPLE, "client_secret": ""}, "invalid_client", 7000218),
    ({"client_id": CLOSED}, "invalid_client", 7000112),
    ({"client_id": LATE, "client_secret": "old"}, "invalid_client", 7000222),
    ({"client_id": LATE, "client_secret": "x"}, "invalid_client", 7000215),
    ({"client_id": "00000000-1111-4000-8000-00000000ffff"}, "unauthorized_client", 700016),
    ({"client_id": "me"}, "unauthorized_client", 700016),
    ({"client_id": ""}, "invalid_request", 900144),
    ({"grant_type": ""}, "invalid_request", 900144),
    ({"grant_type": "magic"}, "unsupported_grant_type", 70003),
    ({"scope": ""}, "invalid_request", 900144),
    ({"scope": "openid"}, "invalid_scope", 70011),
    ({"scope": "read"}, "invalid_scope", 70011),
    ({"scope": "URL/read"}, "invalid_scope", 650053),
    ({"scope": "URL/user_impersonation"}, "invalid_scope", 1002012),
    ({"scope": "https://org.crm.dynamics.com/.default"}, "invalid_resource", 500011),
    ({"client_assertion": "a.b.c", "client_assertion_type": BEARER}, "invalid_request", 9002313),
    ({"tenant": "fabrikam.onmicrosoft.com"}, "invalid_request", 90002),
    ({"tenant": "common"}, "invalid_request", 50059),
])
def test_what_is_wrong_with_a_request_is_told_by_its_number(site, change, error, number):
    s = site()
    form = {"grant_type": "client_credentials", "client_id": OMNICHANNEL, "client_secret": "s&cr=t+ %",
            "scope": s.scope, **change}
    form = {k: v.replace("URL", s.url) for k, v in form.items() if v}
    refused(s.grant(**form), error, number)


def test_a_request_that_is_no_form_is_refused(site):
    s = site()
    path = f"/{TENANT}/oauth2/v2.0/token"
    refused(s.plain("GET", path), "invalid_request", 900561, 405)
    refused(s.plain("POST", path, {"grant_type": "client_credentials"}), "invalid_request", 9002313)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(s.plain("POST", path, "grant_type=a&grant_type=b", kind), "invalid_request", 9002313)
    refused(s.plain("POST", path, "grant_type=%zz", kind), "invalid_request", 9002313)
    assert s.plain("POST", path, "grant_type=" + "a" * 300000, kind).status == 413
    basic = {"Authorization": "Basic !!!"}
    refused(s.grant(headers=basic, grant_type="client_credentials", scope=s.scope), "invalid_request", 9002313)


def test_the_tenant_has_names_too(site):
    s = site()
    assert s.user(s.grant(tenant="contoso.onmicrosoft.com", grant_type="client_credentials", client_id=OMNICHANNEL,
                          client_secret="s&cr=t+ %", scope=f"{s.url}//.default"))


def test_an_application_without_a_user_in_the_organization_gets_a_token_and_403(site):
    s = site()
    answer = s.grant(grant_type="client_credentials", client_id=STRANGER, client_secret="from a file", scope=s.scope)
    assert s.who(answer.json["access_token"], 403).code == "0x80072560"
    admin = s.grant(grant_type="password", client_id=OMNICHANNEL, client_secret="s&cr=t+ %", username="boss@test",
                    password="", scope=s.scope)
    assert admin.status == 400  # without a password none can be right


# ---- certificates ----

def assertion(s, pair, **change):
    now = int(time.time())
    claims = {"aud": s.audience(), "iss": GUARDED, "sub": GUARDED, "jti": "1", "nbf": now, "exp": now + 600, **change}
    return {k: v for k, v in claims.items() if v is not None}


def present(s, text, client=GUARDED):
    return s.grant(grant_type="client_credentials", client_id=client, client_assertion=text,
                   client_assertion_type=BEARER, scope=s.scope)


@pytest.mark.parametrize("alg,header", [("RS256", "x5t"), ("RS256", "x5t#S256"), ("PS256", "x5t#S256"), ("PS256", "x5t")])
def test_a_certificate_lets_an_application_in(site, keys, alg, header):
    s = site()
    good = keys["good"]
    text = good.sign(assertion(s, good), alg, **{header: good.x5t if header == "x5t" else good.x5t256})
    answer = present(s, text)
    assert s.user(answer) == MIA_ID
    assert claims_of(answer.json["access_token"])["appidacr"] == "2"


@pytest.mark.parametrize("change,error,number", [
    ({"aud": "https://login.example/token"}, "invalid_client", 700023),
    ({"exp": 1000}, "invalid_client", 700024),
    ({"exp": None}, "invalid_client", 700024),
    ({"exp": int(time.time()) - 310}, "invalid_client", 700024),
    ({"nbf": int(time.time()) + 900}, "invalid_client", 700024),
    ({"sub": OMNICHANNEL}, "invalid_client", 700021),
    ({"iss": OMNICHANNEL}, "invalid_client", 700021),
])
def test_an_assertion_with_wrong_claims_is_refused(site, keys, change, error, number):
    s = site()
    good = keys["good"]
    refused(present(s, good.sign(assertion(s, good, **change), x5t=good.x5t)), error, number)


def test_a_clock_that_is_a_little_wrong_does_no_harm(site, keys):
    s = site()
    good, now = keys["good"], int(time.time())
    for change in ({"nbf": now + 200}, {"nbf": now - 900, "exp": now - 200}, {"exp": now + 300.5}):
        assert s.user(present(s, good.sign(assertion(s, good, **change), x5t=good.x5t)))


def test_an_assertion_with_a_wrong_signature_is_refused(site, keys):
    s = site()
    good, other, expired = keys["good"], keys["other"], keys["expired"]
    refused(present(s, other.sign(assertion(s, good), x5t=good.x5t)), "invalid_client", 700027)
    refused(present(s, good.sign(assertion(s, good))), "invalid_client", 700027)
    refused(present(s, good.sign(assertion(s, good), alg="PS256", x5t="AAAA")), "invalid_client", 700027)
    refused(present(s, expired.sign(assertion(s, good), x5t=expired.x5t)), "invalid_client", 700027)
    text = good.sign(assertion(s, good), x5t=good.x5t)
    none = b64(json.dumps({"alg": "none", "x5t": good.x5t}).encode()) + "." + text.split(".")[1] + "."
    refused(present(s, none), "invalid_client", 700027)
    refused(present(s, text[:-8] + "AAAAAAAA"), "invalid_client", 700027)
    for broken in ("x", "a.b", "a.b.c.d", "!!.!!.!!", text.split(".", 1)[1]):
        refused(present(s, broken), "invalid_request", 50027)


# ---- federation ----

def test_a_token_of_a_trusted_issuer_lets_an_application_in(site, keys):
    s = site()
    now = int(time.time())
    claims = {"iss": "https://aks.example/", "sub": "system:serviceaccount:ns:sa",
              "aud": ["api://AzureADTokenExchange"], "exp": now + 60}
    issuer = keys["issuer"]
    assert s.user(present(s, issuer.sign(claims, kid="1"), FEDERATED)) == KENJI_ID
    for change, number in (({"iss": "https://aks.example"}, 700211), ({"sub": "other"}, 700213), ({"aud": "x"}, 700212),
                           ({"exp": now - 900}, 700024)):
        refused(present(s, issuer.sign({**claims, **change}), FEDERATED), "invalid_client", number)
    refused(present(s, keys["good"].sign(claims), FEDERATED), "invalid_client", 700027)


def test_a_job_of_github_actions_gets_in(site):
    s = site()
    right = {"Authorization": "Bearer gh-token"}
    path = "/federation/github?api-version=2.0"
    token = s.get(path, right, audience="api://AzureADTokenExchange").json["value"]
    assert claims_of(token)["sub"] == "repo:contoso/app:ref:refs/heads/main"
    assert s.user(present(s, token, FEDERATED)) == KENJI_ID
    refused(present(s, s.get(path, right).json["value"], FEDERATED), "invalid_client", 700212)
    assert s.get(path, {"Authorization": "Bearer no"}).status == 401
    assert s.get(path).status == 401
    # it is no access token, even when it is asked for as one
    assert s.who(s.get(path, right, audience=s.url).json["value"], 401)


def test_a_job_of_azure_pipelines_gets_in(site):
    s = site()
    right = {"Authorization": "Bearer az-token"}
    path = f"/federation/azure-pipelines?api-version=7.1&serviceConnectionId={CONNECTION}"
    token = s.plain("POST", path, "", right).json["oidcToken"]
    assert s.user(present(s, token, FEDERATED)) == KENJI_ID
    assert s.plain("POST", path, "", {}).status == 401
    assert s.plain("POST", path.split("&")[0], "", right).status == 400
    assert s.plain("POST", path[:-1] + "9", "", right).status == 404
    assert s.plain("GET", path, headers=right).status == 405


# ---- managed identities ----

def test_a_managed_identity_of_a_machine_gets_in(site):
    s = site()
    path, right = "/metadata/identity/oauth2/token?api-version=2018-02-01", {"Metadata": "true"}
    answer = s.get(path, right, resource=s.url)
    assert s.user(answer) and answer.json["client_id"] == MACHINE and isinstance(answer.json["expires_on"], str)
    for query in ({"client_id": ASSIGNED}, {"object_id": "00000000-2222-4000-8000-00000000000a"},
                  {"mi_res_id": "/subscriptions/x/id"}):
        assert s.user(s.get(path, right, resource=s.url + "/", **query)) == MIA_ID
    assert s.get(path, right, resource=s.url, client_id=STRANGER).json["error_description"] == "Identity not found"
    for wrong in (s.get(path, resource=s.url), s.get(path, right), s.get(path, {**right, "X-Forwarded-For": "x"}, resource=s.url),
                  s.get(path.split("?")[0], right, resource=s.url), s.get(path, right, resource="https://other.example")):
        assert wrong.status == 400 and wrong.json["error"] in ("invalid_request", "invalid_resource")


def test_a_managed_identity_of_app_service_gets_in(site):
    s = site()
    path, right = "/msi/token?api-version=2019-08-01", {"X-IDENTITY-HEADER": "app-service-secret"}
    answer = s.get(path, right, resource=s.url)
    assert s.user(answer) and set(answer.json) == {"access_token", "client_id", "expires_on", "resource", "token_type"}
    assert s.user(s.get(path.replace("token?", "token/?"), right, resource=s.url, client_id=ASSIGNED)) == MIA_ID
    for wrong, status in ((s.get(path, resource=s.url), 401), (s.get(path, right), 400),
                          (s.get("/msi/token?api-version=2017-09-01", right, resource=s.url), 400),
                          (s.get(path, right, resource="https://other.example"), 400)):
        assert wrong.status == status and wrong.json["statusCode"] == status


# ---- device code ----

def ask(s, **more):
    answer = s.post(f"/{TENANT}/oauth2/v2.0/devicecode", client_id=SAMPLE, scope=f"{s.scope} offline_access", **more)
    assert answer.status == 200, answer.body
    return answer.json


def poll(s, code, **more):
    return s.grant(grant_type=DEVICE, client_id=SAMPLE, device_code=code, **more)


def test_a_device_gets_in_when_its_code_is_entered(site):
    s = site()
    d = ask(s)
    assert d["verification_uri"] == s.url + "/devicelogin" and d["user_code"] in d["message"]
    refused(poll(s, d["device_code"]), "authorization_pending", 70016)
    assert MIA in s.get("/devicelogin").body.decode()
    assert s.post("/devicelogin", user_code=d["user_code"].lower(), user=MIA).status == 200
    answer = poll(s, d["device_code"])
    assert s.user(answer) == MIA_ID
    assert "refresh_token" in answer.json
    refused(poll(s, d["device_code"]), "invalid_grant", 70000)


def test_a_device_is_declined_mistyped_or_unknown(site):
    s = site()
    d = ask(s)
    assert s.post("/devicelogin", user_code="NOSUCHONE", user=MIA).status == 400
    assert s.post("/devicelogin", user_code=d["user_code"], user="kenji@test", password="wrong").status == 400
    assert s.post("/devicelogin", user_code=d["user_code"], user="x@y").status == 400
    assert s.post("/devicelogin", {"Origin": "https://evil.example"}, user_code=d["user_code"], user=MIA).status == 400
    refused(poll(s, d["device_code"]), "authorization_pending", 70016)
    assert s.post("/devicelogin", {"Origin": s.url}, user_code=d["user_code"], decline="yes").status == 200
    refused(poll(s, d["device_code"]), "authorization_declined", 70022)
    refused(poll(s, "AAAA"), "bad_verification_code", 70018)
    refused(poll(s, "!"), "bad_verification_code", 70018)
    refused(s.grant(grant_type=DEVICE, client_id=SAMPLE), "invalid_request", 900144)
    refused(s.grant(grant_type=DEVICE, client_id=OMNICHANNEL, client_secret="s&cr=t+ %", device_code=d["device_code"]),
            "bad_verification_code", 70018)
    refused(s.post(f"/{TENANT}/oauth2/v2.0/devicecode", client_id=OMNICHANNEL, scope=s.scope), "invalid_client", 7000218)


def test_a_device_that_asks_too_often_is_told_and_one_that_waits_too_long(site):
    def check(lifetime):
        s = site(change={"deviceCodeInterval": lifetime, "deviceCodeLifetime": lifetime})
        d = ask(s)
        assert d["interval"] == d["expires_in"] == lifetime
        refused(poll(s, d["device_code"]), "authorization_pending", 70016)
        refused(poll(s, d["device_code"]), "slow_down", 70016)
        time.sleep(lifetime + 0.1)
        refused(poll(s, d["device_code"]), "expired_token", 70020)
        assert s.post("/devicelogin", user_code=d["user_code"], user=MIA).status == 400
    patiently(check)


def test_a_device_of_v1_gets_in(site):
    s = site()
    d = s.post(f"/{TENANT}/oauth2/devicecode", client_id=SAMPLE, resource=s.url).json
    assert d["verification_url"] and d["expires_in"] == "900"
    s.post("/devicelogin", user_code=d["user_code"], user=MIA)
    assert s.user(s.grant(v1=True, grant_type="device_code", client_id=SAMPLE, code=d["device_code"], resource=s.url)) == MIA_ID


# ---- the browser ----

VERIFIER = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789~_"
CHALLENGE = b64(hashlib.sha256(VERIFIER.encode()).digest())
BACK = "http://localhost:54321"


def request(s, **change):
    query = {"client_id": SAMPLE, "response_type": "code", "redirect_uri": BACK, "state": "st&te",
             "scope": f"{s.scope} openid profile offline_access", "code_challenge": CHALLENGE,
             "code_challenge_method": "S256", "nonce": "n0nce", **change}
    return f"/{TENANT}/oauth2/v2.0/authorize?" + urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})


def returned(answer, back=BACK, sign="?"):
    assert answer.status == 302, answer.body
    location = answer.headers["Location"]
    assert location.startswith(back + sign)
    return dict(urllib.parse.parse_qsl(location[len(back) + 1:]))


def redeem(s, code, **change):
    form = {"grant_type": "authorization_code", "client_id": SAMPLE, "code": code, "redirect_uri": BACK,
            "code_verifier": VERIFIER, **change}
    return s.grant(**{k: v for k, v in form.items() if v is not None})


def test_a_person_signs_in_by_the_browser(site):
    s = site()
    page = s.plain("GET", request(s), status=200).body.decode()
    assert f'value="{MIA}"' in page and 'value="kenji@test"' in page
    action = re.search(r'action="([^"]+)"', page).group(1).replace("&amp;", "&")
    back = returned(s.post(action, {"Origin": s.url}, user="kenji@test", password="pass word"))
    assert back["state"] == "st&te"
    answer = redeem(s, back["code"], client_info="1")
    assert s.user(answer) == KENJI_ID
    who = claims_of(answer.json["id_token"])
    assert who["aud"] == SAMPLE and who["nonce"] == "n0nce" and who["preferred_username"] == "kenji@test"
    access = claims_of(answer.json["access_token"])
    assert access["scp"] == "user_impersonation" and access["idtyp"] == "user" and access["upn"] == "kenji@test"
    info = json.loads(unb64(answer.json["client_info"]))
    assert info == {"uid": access["oid"], "utid": TENANT}
    refused(redeem(s, back["code"]), "invalid_grant", 54005)
    # what lets a person in lets nobody into the Web API
    s.who(answer.json["id_token"], 401)
    s.who(answer.json["refresh_token"], 401)


def test_with_auto_approve_nobody_is_asked(site):
    s = site("--auto-approve")
    assert s.user(redeem(s, returned(s.plain("GET", request(s)))["code"])) == MIA_ID
    assert s.user(redeem(s, returned(s.plain("GET", request(s, login_hint="kenji@test", prompt="none")))["code"])) == KENJI_ID
    assert s.plain("GET", request(s, login_hint="x@y")).status == 400
    assert s.user(poll(s, ask(s)["device_code"])) == MIA_ID


@pytest.mark.parametrize("change,number", [
    ({"code_verifier": VERIFIER[:-1]}, 501481), ({"code_verifier": None}, 501481), ({"code_verifier": CHALLENGE}, 501481),
    ({"redirect_uri": BACK + "/"}, 500112), ({"code": "0.AAAA.BBBB"}, 70000), ({"code": "x"}, 70000),
    ({"client_id": OMNICHANNEL, "client_secret": "s&cr=t+ %"}, 70000),
])
def test_a_code_is_of_use_only_to_who_asked_for_it(site, change, number):
    s = site("--auto-approve")
    code = returned(s.plain("GET", request(s)))["code"]
    refused(redeem(s, **{"code": code, **change}), "invalid_grant", number)
    # and a wrong attempt does not use it up
    assert s.user(redeem(s, code)) == MIA_ID


def test_a_code_expires(site):
    def check(lifetime):
        s = site("--auto-approve", change={"codeLifetime": lifetime})
        code = returned(s.plain("GET", request(s)))["code"]
        time.sleep(lifetime + 0.1)
        refused(redeem(s, code), "invalid_grant", 70008)
    patiently(check)


def test_other_ways_back(site):
    s = site("--auto-approve")
    assert returned(s.plain("GET", request(s, response_mode="fragment")), sign="#")["code"]
    page = s.plain("GET", request(s, response_mode="form_post"), status=200).body.decode()
    assert f'action="{BACK}"' in page and 'name="state" value="st&amp;te"' in page
    code = re.search(r'name="code" value="([^"]+)"', page).group(1)
    assert s.user(redeem(s, code)) == MIA_ID
    assert returned(s.plain("GET", request(s, redirect_uri="app://ferry/back")), "app://ferry/back")["code"]
    web = {"client_id": OMNICHANNEL, "redirect_uri": "https://web.example/back?x=1"}
    code = returned(s.plain("GET", request(s, **web)), web["redirect_uri"], "&")["code"]
    assert s.user(redeem(s, code, **web, client_secret="s&cr=t+ %")) == MIA_ID
    refused(redeem(s, code, **web), "invalid_client", 7000218)
    plain = request(s, code_challenge=VERIFIER, code_challenge_method="plain")
    assert s.user(redeem(s, returned(s.plain("GET", plain))["code"])) == MIA_ID
    path = f"/common/oauth2/authorize?client_id={SAMPLE}&response_type=code&resource={s.url}&redirect_uri={BACK}"
    code = returned(s.plain("GET", path))["code"]
    assert s.user(redeem(s, code, code_verifier=None, v1=True)) == MIA_ID


@pytest.mark.parametrize("change", [
    {"redirect_uri": "http://localhost.evil.example"}, {"redirect_uri": "http://localhost:1/other"},
    {"redirect_uri": "https://localhost:54321"}, {"redirect_uri": "http://localhost:1@evil.example/"},
    {"redirect_uri": "http://127.0.0.1:54321"}, {"redirect_uri": "app://ferry/back2"},
    {"redirect_uri": None}, {"client_id": None}, {"client_id": STRANGER}, {"client_id": "<script>"},
])
def test_nobody_is_sent_to_where_the_application_is_not(site, change):
    answer = site("--auto-approve").plain("GET", request(site(), **change))
    assert answer.status == 400 and "Location" not in answer.headers and b"<script>" not in answer.body


@pytest.mark.parametrize("change,error", [
    ({"response_type": "token"}, "unsupported_response_type"), ({"scope": "x"}, "invalid_scope"), ({"scope": None}, "invalid_request"),
    ({"scope": "https://other.example/.default"}, "invalid_resource"), ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge_method": "S512"}, "invalid_request"), ({"prompt": "none"}, "login_required"),
])
def test_the_application_hears_what_else_is_wrong(site, change, error):
    s = site()
    back = returned(s.plain("GET", request(s, **change)))
    assert back["error"] == error and back["error_description"].startswith("AADSTS") and back["state"] == "st&te"


def test_a_person_declines_mistypes_or_is_not_allowed(site):
    s = site()
    assert returned(s.post(request(s), decline="yes"))["error"] == "access_denied"
    assert s.post(request(s), user="kenji@test").status == 400
    assert s.post(request(s), user="nobody").status == 400
    assert returned(s.post(request(s), user="blocked@test"))["error"] == "invalid_grant"
    assert returned(s.post(request(s), {"Origin": "null"}, user=MIA))["error"] == "invalid_request"


def test_who_is_no_user_of_the_organization_or_a_disabled_one_stays_outside(site):
    s = site()
    for name, code in (("nobody@test", "0x80072560"), (GONE, "0x80040225")):
        token = redeem(s, returned(s.post(request(s), user=name))["code"]).json["access_token"]
        assert s.who(token, 403).code == code


def test_what_changes_in_the_organization_holds_from_the_next_request_on(site):
    s = site()
    token = redeem(s, returned(s.post(request(s), user=MIA))["code"]).json["access_token"]
    boss = redeem(s, returned(s.post(request(s), user="boss@test"))["code"]).json["access_token"]
    s.who(token)
    s.client(token=boss)("PATCH", f"systemusers({MIA_ID})", {"isdisabled": True}, status=204)
    s.who(token, 403)


# ---- passwords ----

def test_a_password_lets_a_user_in(site):
    s = site()
    form = {"grant_type": "password", "client_id": SAMPLE, "scope": s.scope}
    assert s.user(s.grant(username="KENJI@test", password="pass word", **form)) == KENJI_ID
    refused(s.grant(username="kenji@test", password="no", **form), "invalid_grant", 50126)
    refused(s.grant(username=MIA, password="x", **form), "invalid_grant", 50126)
    refused(s.grant(username="x@y", password="x", **form), "invalid_grant", 50034)


# ---- tokens ----

def sign_in(s):
    return redeem(s, returned(s.post(request(s), user=MIA))["code"]).json


def test_a_refresh_token_gives_new_tokens_until_it_expires(site):
    def check(lifetime):
        s = site(change={"refreshTokenLifetime": lifetime})
        first = sign_in(s)
        form = {"grant_type": "refresh_token", "client_id": SAMPLE}
        second = s.grant(refresh_token=first["refresh_token"], **form)
        assert s.user(second) == MIA_ID
        assert second.json["refresh_token"] != first["refresh_token"]
        assert s.user(s.grant(refresh_token=first["refresh_token"], scope=s.scope, **form)) == MIA_ID
        refused(s.grant(refresh_token=first["access_token"], **form), "invalid_grant", 70000)
        refused(s.grant(refresh_token=first["refresh_token"][:-1] + "#", **form), "invalid_grant", 70000)
        refused(s.grant(grant_type="refresh_token", client_id=OMNICHANNEL, client_secret="s&cr=t+ %",
                        refresh_token=first["refresh_token"]), "invalid_grant", 70000)
        refused(s.grant(refresh_token=first["refresh_token"], scope="https://other.example/.default", **form),
                "invalid_resource", 500011)
        time.sleep(lifetime + 0.1)
        refused(s.grant(refresh_token=first["refresh_token"], **form), "invalid_grant", 700082)
    patiently(check)


def test_without_offline_access_there_is_no_refresh_token(site):
    s = site("--auto-approve")
    answer = redeem(s, returned(s.plain("GET", request(s, scope=s.scope)))["code"]).json
    assert "refresh_token" not in answer and "id_token" not in answer
    assert answer["scope"] == f"{s.url}/user_impersonation {s.url}/.default"


def test_what_was_revoked_lets_nobody_in(site):
    s = site()
    mine, other = sign_in(s), sign_in(s)
    path = f"/{TENANT}/oauth2/v2.0/revoke"
    assert s.post(path, token=mine["access_token"]).status == 200
    assert 'error="invalid_token"' in s.who(mine["access_token"], 401).headers["WWW-Authenticate"]
    assert s.post(path, token=mine["refresh_token"]).status == 200
    refused(s.grant(grant_type="refresh_token", client_id=SAMPLE, refresh_token=mine["refresh_token"]),
            "invalid_grant", 50173)
    assert s.post(path, token="nonsense").status == 200
    s.who(other["access_token"])
    assert s.grant(grant_type="refresh_token", client_id=SAMPLE, refresh_token=other["refresh_token"]).status == 200


def test_a_token_expires_and_the_challenge_says_so(site):
    def check(lifetime):
        s = site(change={"tokenLifetime": lifetime})
        token = sign_in(s)["access_token"]
        s.who(token)
        time.sleep(lifetime + 0.1)
        challenge = s.who(token, 401).headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer error="invalid_token", error_description="the token has expired", ')
        parts = dict(p.strip().split("=", 1) for p in challenge[len("Bearer "):].split(","))
        assert parts["authorization_uri"] == f"{s.url}/{TENANT}/oauth2/authorize" and parts["resource_id"] == s.url + "/"
    patiently(check)


def test_a_token_of_somebody_else_lets_nobody_in(site, keys):
    s = site()
    token = sign_in(s)["access_token"]
    forged = keys["good"].sign(claims_of(token))
    head, body, signature = token.split(".")
    for wrong in (forged, f"{head}.{body}.", f"{head}.{body}.{signature[:-6]}AAAAAA", "x", "a.b.c", "", token + "x",
                  f"{b64(json.dumps({'alg': 'none'}).encode())}.{body}.", "." * 1000, "A" * 100000):
        assert s.plain("GET", "WhoAmI", headers={"Authorization": f"Bearer {wrong}"}).status in (401, 431)
    assert s.plain("GET", "WhoAmI", headers={"Authorization": f"Basic {token}"}).status == 401
    # of another server with the same identity
    site().who(token, 401)
    # of this server under another name
    assert s.plain("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}", "Host": f"localhost:{s.port}"}).status == 401


def test_a_token_for_another_name_of_the_server_is_for_that_name(site):
    s = site()
    other = f"http://localhost:{s.port}"
    token = s.grant(grant_type="client_credentials", client_id=OMNICHANNEL, client_secret="s&cr=t+ %",
                    scope=f"{other}/.default").json["access_token"]
    s.who(token, 401)
    assert s.plain("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}", "Host": other[7:]}).status == 200


def test_the_administrators_own_token_still_counts(site):
    s = site(env={"FERRY_SERVE_TOKEN": "plain"})
    admin = s.who("plain").json["UserId"]
    assert s.who(sign_in(s)["access_token"]).json["UserId"] != admin
    s.who("plain2", 401)
    boss = redeem(s, returned(s.post(request(s), user="boss@test"))["code"]).json["access_token"]
    assert s.who(boss).json["UserId"] == admin


# ---- accidents ----

def test_faults_befall_the_sign_in(site):
    s = site("--fault", "POST /*/token 1: 429 retry-after=7", "--fault", "POST /*/token 3: 503",
             "--fault", "POST /*/token 4: cut", "--fault", "* * : html")
    form = {"grant_type": "client_credentials", "client_id": OMNICHANNEL, "client_secret": "s&cr=t+ %", "scope": s.scope}
    throttled = s.grant(**form)
    assert throttled.status == 429 and throttled.headers["Retry-After"] == "7"
    assert throttled.json["error"] == "temporarily_unavailable"
    assert s.grant(**form).status == 200
    assert s.grant(**form).status == 503
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        s.grant(**form)
    assert s.grant(**form).status == 200


def test_a_token_is_said_to_have_expired_though_it_has_not(site):
    s = site("--fault", "GET WhoAmI: expire-token")
    token = sign_in(s)["access_token"]
    assert 'error="invalid_token"' in s.who(token, 401).headers["WWW-Authenticate"]
    s.who(token)


def test_limits_count_each_user_for_himself_and_not_the_sign_in(site):
    s = site("--limits", "requests=5/300s")
    one, other = sign_in(s)["access_token"], s.grant(grant_type="client_credentials", client_id=OMNICHANNEL,
                                                     client_secret="s&cr=t+ %", scope=s.scope).json["access_token"]
    for _ in range(5):
        s.who(one)
    s.who(one, 429)
    s.who(other)
    for _ in range(10):
        assert s.get(f"/{TENANT}/discovery/v2.0/keys").status == 200


def test_no_secret_is_in_the_access_log(site, tmp_path):
    s = site("--access-log", tmp_path / "log")
    back = returned(s.post(request(s), user=MIA))
    redeem(s, back["code"])
    s.plain("GET", f"/{TENANT}/oauth2/v2.0/authorize?client_secret=hush1&x=shown&c%6fde=hush2&ID_TOKEN_HINT=hush3")
    s.plain("GET", "/nothing?token=hush4&&access_token=hush5?")
    s.raw(b"GET http://me:hush6@127.0.0.1:%d/api/data/v9.2/WhoAmI HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
          % (s.port, s.port))
    s.stop()
    log = (tmp_path / "log").read_text()
    assert "hush" not in log and back["code"] not in log and VERIFIER not in log
    assert "x=shown" in log and "client_secret=***" in log and log.count("\n") >= 5


# ---- the default, and what is refused at the start ----

def test_without_a_file_the_sample_client_signs_in_the_administrator(org):
    with Site(org) as s:
        admin = s.plain("GET", "WhoAmI", status=200).json["UserId"]
        tenant = re.search(r"/([0-9a-f-]{36})/", s.get("/common/v2.0/.well-known/openid-configuration").json["issuer"]).group(1)
        d = s.post(f"/{tenant}/oauth2/v2.0/devicecode", client_id=SAMPLE, scope=s.scope).json
        s.post("/devicelogin", user_code=d["user_code"], user="administrator")
        answer = s.grant(tenant=tenant, grant_type=DEVICE, client_id=SAMPLE, device_code=d["device_code"])
        assert s.user(answer) == admin
        refused(s.grant(tenant=tenant, grant_type="client_credentials", client_id=SAMPLE, client_secret="x", scope=s.scope),
                "invalid_client", 700025)


def test_with_a_token_alone_there_is_no_sign_in(org):
    with Site(org, env={"FERRY_SERVE_TOKEN": "plain"}) as s:
        assert s.get("/common/v2.0/.well-known/openid-configuration").status == 401
        s.who("plain")


def start_fails(org, *options):
    run = subprocess.run([*support.FERRY, "serve", str(org), "--port", "0", *map(str, options)], capture_output=True,
                         text=True, timeout=20)
    return run.returncode, run.stderr


@pytest.mark.parametrize("text,line,says", [
    ('{"tenant": 1}', 1, "GUID"), ('{\n"tenant": "x"}', 2, "GUID"), ('{"tenannt": "x"}', 1, "tenant"),
    ('{"applications": [\n {"clientId": "%s",\n  "secret": "s"},\n {"secret": "s"}]}' % SAMPLE, 4, "clientId"),
    ('{"applications": [{"clientId": "%s"}]}' % SAMPLE, 1, "public"),
    ('{"applications": [{"clientId": "%s", "public":\n "yes"}]}' % SAMPLE, 2, "true or false"),
    ('{"applications": [{"clientId": "%s", "certificates": [\n\n"no.pem"]}]}' % SAMPLE, 3, "no.pem"),
    ('{"applications": [{"clientId": "%s", "secretFile": "no.txt"}]}' % SAMPLE, 1, "no.txt"),
    ('{"applications": [{"clientId": "%s", "federated":\n [{"issuer": "https://x", "subject": "y"}]}]}' % SAMPLE, 2, "key"),
    ('{"users": [{"username": "a"},\n{"username": "A"}]}', 2, "another"), ('{"users": {}}', 1, "array"),
    ('{"tokenLifetime": -1}', 1, "seconds"), ('{"tokenLifetime": 1.5}', 1, "seconds"), ("[]", 1, "object"), ("{", 1, ""),
])
def test_what_is_wrong_with_an_identity_is_told_with_its_line(org, tmp_path, text, line, says):
    path = tmp_path / "bad.json"
    path.write_text(text)
    status, message = start_fails(org, "--identity", path)
    assert status == 5 and f"{path}:{line}:" in message and says in message, message


def test_others_are_let_in_only_by_what_they_know(org, tmp_path, identity):
    path = tmp_path / "who.json"
    path.write_text(json.dumps(identity))
    everywhere = ("--bind", "0.0.0.0")
    assert start_fails(org, *everywhere)[0] == 2
    assert start_fails(org, *everywhere, "--identity", path)[0] == 2
    identity["managedIdentities"] = []
    path.write_text(json.dumps(identity))
    status, message = start_fails(org, *everywhere, "--identity", path)
    assert status == 2 and "password" in message
    identity["users"] = [{"username": "a", "password": "b"}]
    path.write_text(json.dumps(identity))
    assert start_fails(org, *everywhere, "--identity", path, "--auto-approve")[0] == 2
    with Site(org, *everywhere, "--identity", path) as s:
        s.plain("GET", "WhoAmI", status=401)


# ---- TLS ----

class SecureSite(Site):
    def __init__(self, file, *options, context, **more):
        self.context = context
        super().__init__(file, *options, **more)

    def client(self, **options):
        made = super().client(**options)
        made.http = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.context)
        return made


def test_over_tls_everything_is_https(org, tmp_path, identity, keys):
    path = tmp_path / "who.json"
    path.write_text(json.dumps(identity))
    good = keys["good"]
    context = ssl.create_default_context(cafile=good.certificate)
    with SecureSite(org, "--identity", path, "--auto-approve", "--tls-cert", good.certificate, "--tls-key", good.key,
                    "--latency", "rtt=20ms", "--fault", "GET accounts 1: slow=20k", context=context) as s:
        assert s.url.startswith("https://127.0.0.1:")
        assert f"authorization_uri={s.url}/" in s.plain("GET", "WhoAmI", status=401).headers["WWW-Authenticate"]
        token = redeem(s, returned(s.plain("GET", request(s)))["code"]).json["access_token"]
        assert s.who(token).json["@odata.context"].startswith(f"{s.url}/api/data/")
        c = s.client(token=None)
        for _ in range(3):
            c("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}"}, status=200)
        assert claims_of(token)["aud"] == s.url
        # plain HTTP gets no answer
        with pytest.raises((ConnectionError, http.client.HTTPException, TimeoutError)):
            serving.Client(s.port, timeout=2)("GET", "WhoAmI")
        assert s.stop() < 5


def test_a_certificate_and_its_key_belong_together(org, keys, tmp_path):
    good, other = keys["good"], keys["other"]
    assert start_fails(org, "--tls-cert", good.certificate)[0] == 2
    status, message = start_fails(org, "--tls-cert", good.certificate, "--tls-key", other.key)
    assert status == 5 and str(other.key) in message
    assert start_fails(org, "--tls-cert", good.key, "--tls-key", good.key)[0] == 5
    (tmp_path / "empty").write_text("")
    assert start_fails(org, "--tls-cert", good.certificate, "--tls-key", tmp_path / "empty")[0] == 5
