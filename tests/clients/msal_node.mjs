// SPDX-License-Identifier: MIT
// Microsoft's own library signs in to a served local organization in every way that it knows and that needs no other
// machine. Usage: node msal_node.mjs ROOT FERRY; ROOT is not used: the library wants https, so there is a server of its own.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { fileURLToPath } from "node:url";

const TENANT = "7a5c0e1a-0000-4000-8000-00000000000f";
const SAMPLE = "51f81489-12ee-4a9e-aaae-a2591f45987d";
const APP = "a950df02-bf4c-4d23-9b1d-1f5a3c9f5e63"; // an application user of every organization
const USER = "mia.mueller@contoso.onmicrosoft.com";
const SECRET = "s&cr=t+ %";

async function serve(ferry) {
  const work = fs.mkdtempSync("msal-");
  const at = (name) => `${work}/${name}`;
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key.pem"), "-out", at("crt.pem"),
    "-subj", "/CN=127.0.0.1", "-days", "5", "-addext", "subjectAltName=IP:127.0.0.1"], { stdio: "ignore" });
  execFileSync(ferry, ["org", "create", at("org.db"), "--sample", "contoso"]);
  fs.writeFileSync(at("who.json"), JSON.stringify({
    tenant: TENANT, deviceCodeInterval: 1, identityHeader: "header",
    applications: [{ clientId: SAMPLE, public: true, redirectUris: ["http://localhost"] },
      { clientId: APP, secret: SECRET, certificates: ["crt.pem"] }],
    users: [{ username: USER }],
    managedIdentities: [{ clientId: "00000000-2222-4000-8000-000000000001", systemAssigned: true, user: APP }],
  }));
  const server = spawn(ferry, ["serve", at("org.db"), "--port", "0", "--identity", at("who.json"), "--tls-cert", at("crt.pem"),
    "--tls-key", at("key.pem")], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), String(line).trim(), "--sign-in", work],
    { stdio: "inherit", env: { ...process.env, NODE_EXTRA_CA_CERTS: at("crt.pem") } });
  const [status] = await once(child, "exit");
  server.kill();
  await once(server, "exit");
  fs.rmSync(work, { recursive: true });
  process.exitCode = status ?? 1;
}

async function signIn(base, work) {
  const msal = await import("@azure/msal-node");
  const auth = { authority: `${base}/${TENANT}`, knownAuthorities: [new URL(base).host] };
  const scopes = [`${base}/.default`];
  let passed = 0;

  const whoAmI = async (token) => {
    const answer = await fetch(`${base}/api/data/v9.2/WhoAmI`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    return (await answer.json()).UserId;
  };
  const step = async (name, run) => {
    try {
      await run();
      passed++;
    } catch (e) {
      console.error(`not ok: ${name}\n${e.stack}`);
      process.exitCode = 1;
    }
  };
  const fingerprint = (digest) => execFileSync("openssl", ["x509", "-in", `${work}/crt.pem`, "-noout", "-fingerprint", `-${digest}`])
    .toString().trim().replace(/.*=/, "").replaceAll(":", "");
  const confidential = (more) => new msal.ConfidentialClientApplication({ auth: { ...auth, clientId: APP, ...more } })
    .acquireTokenByClientCredential({ scopes });
  const privateKey = fs.readFileSync(`${work}/key.pem`, "utf8");
  let application;

  await step("secret", async () => {
    application = await whoAmI((await confidential({ clientSecret: SECRET })).accessToken);
  });
  await step("wrong secret", () => assert.rejects(confidential({ clientSecret: "x" }), { errorCode: "invalid_client" }));
  await step("certificate, RS256", async () => {
    const r = await confidential({ clientCertificate: { thumbprint: fingerprint("sha1"), privateKey } });
    assert.equal(await whoAmI(r.accessToken), application);
  });
  await step("certificate, PS256", async () => {
    const r = await confidential({ clientCertificate: { thumbprintSha256: fingerprint("sha256"), privateKey } });
    assert.equal(await whoAmI(r.accessToken), application);
  });

  const open = new msal.PublicClientApplication({ auth: { ...auth, clientId: SAMPLE } });
  const post = (url, form) => fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
  let user;
  await step("device code", async () => {
    const r = await open.acquireTokenByDeviceCode({
      scopes,
      deviceCodeCallback: (d) => setTimeout(() => post(d.verificationUri, { user_code: d.userCode, user: USER }), 500),
    });
    assert.equal(r.account.username, USER);
    user = await whoAmI(r.accessToken);
    assert.notEqual(user, application);
  });
  await step("refresh token", async () => {
    const [account] = await open.getTokenCache().getAllAccounts();
    const r = await open.acquireTokenSilent({ account, scopes, forceRefresh: true });
    assert.equal(await whoAmI(r.accessToken), user);
  });
  await step("browser", async () => {
    const unescape = (text) => text.replaceAll("&amp;", "&");
    const action = (page) => unescape(/action="([^"]+)"/.exec(page)[1]);
    const r = await open.acquireTokenInteractive({
      scopes,
      openBrowser: async (url) => {
        const chosen = await post(base + action(await (await fetch(url)).text()), { user: USER });
        if (chosen.headers.has("location")) {
          await fetch(chosen.headers.get("location"));
          return;
        }
        const page = await chosen.text();
        await post(action(page), [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], unescape(m[2])]));
      },
    });
    assert.equal(await whoAmI(r.accessToken), user);
  });
  await step("managed identity of App Service", async () => {
    process.env.IDENTITY_ENDPOINT = `${base}/msi/token`;
    process.env.IDENTITY_HEADER = "header";
    const r = await new msal.ManagedIdentityApplication().acquireToken({ resource: base });
    assert.equal(await whoAmI(r.accessToken), application);
  });
  console.log(`msal-node: ${passed} steps`);
  process.exit();
}

const [, , root, second, work] = process.argv;
await (second === "--sign-in" ? signIn(root, work) : serve(second));
