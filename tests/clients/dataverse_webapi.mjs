// SPDX-License-Identifier: MIT
// A conversation of dataverse-webapi with a served local organization. Usage: node dataverse_webapi.mjs ROOT
//
// That client speaks only https to the standard port. What it sends and reads is left alone; below it, requests
// to this host go to the server's port, without TLS.
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";

const server = new URL(process.argv[2]);
https.request = (options, callback) =>
  http.request({ ...options, hostname: server.hostname, port: server.port, headers: { ...options.headers, Host: server.host } }, callback);

const client = await import("dataverse-webapi/lib/node");
// Following a link leaves its address in the configuration, so each request gets its own.
const fresh = () => new client.WebApiConfig("9.2", "a-token", server.origin);
const GUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

let passed = 0;
async function step(name, run) {
  try {
    await run();
    passed++;
  } catch (e) {
    console.error(`not ok: ${name}\n${e.stack || JSON.stringify(e)}`);
    process.exitCode = 1;
  }
}

(async () => {
  let account, contact, queue;
  await step("create, read, update, clear, delete", async () => {
    account = GUID.exec(await client.create(fresh(), "accounts", { name: "Adventure Works" }))[0];
    let r = await client.retrieve(fresh(), "accounts", account, "$select=name");
    assert.equal(r.name, "Adventure Works");
    await client.update(fresh(), "accounts", account, { name: "Adventure Works Ltd.", telephone1: "1" });
    await client.updateProperty(fresh(), "accounts", account, "telephone1", "555-0199");
    r = await client.retrieve(fresh(), "accounts", account, "$select=name,telephone1");
    assert.deepEqual([r.name, r.telephone1], ["Adventure Works Ltd.", "555-0199"]);
    await client.deleteProperty(fresh(), "accounts", account, "telephone1");
    r = await client.retrieve(fresh(), "accounts", account, "$select=telephone1");
    assert.equal(r.telephone1, null);
    r = await client.createWithReturnData(fresh(), "contacts", { lastname: "Curie" }, "$select=lastname");
    assert.equal(r.lastname, "Curie");
    contact = r.contactid;
    r = await client.updateWithReturnData(fresh(), "contacts", contact, { firstname: "Marie" }, "$select=firstname");
    assert.equal(r.firstname, "Marie");
  });
  await step("rows by query and by page", async () => {
    for (let i = 0; i < 7; i++) await client.create(fresh(), "contacts", { lastname: `Paged ${i}`, firstname: "P" });
    let page = await client.retrieveMultiple(fresh(), "contacts", "$select=lastname&$filter=firstname eq 'P'&$orderby=lastname", { maxPageSize: 3 });
    const seen = page.value.map((r) => r.lastname);
    while (page["@odata.nextLink"]) {
      page = await client.retrieveMultipleNextPage(fresh(), page["@odata.nextLink"], { maxPageSize: 3 });
      seen.push(...page.value.map((r) => r.lastname));
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6].map((i) => `Paged ${i}`));
    const fetchXml = "<fetch><entity name='contact'><attribute name='lastname'/><filter><condition attribute='firstname' operator='eq' value='P'/></filter></entity></fetch>";
    const r = await client.retrieveMultiple(fresh(), "contacts", "fetchXml=" + encodeURIComponent(fetchXml));
    assert.equal(r.value.length, 7);
  });
  await step("associate and disassociate", async () => {
    queue = GUID.exec(await client.create(fresh(), "queues", { name: "Linked" }))[0];
    const me = await client.unboundFunction(fresh(), "WhoAmI");
    await client.associate(fresh(), "queues", queue, "queuemembership_association", "systemusers", me.UserId);
    let r = await client.retrieve(fresh(), "queues", queue, "$select=name&$expand=queuemembership_association($select=fullname)");
    assert.equal(r.queuemembership_association.length, 1);
    await client.disassociate(fresh(), "queues", queue, "queuemembership_association", me.UserId);
    r = await client.retrieve(fresh(), "queues", queue, "$select=name&$expand=queuemembership_association($select=fullname)");
    assert.equal(r.queuemembership_association.length, 0);
    await client.associate(fresh(), "accounts", account, "primarycontactid", "contacts", contact).catch(() => {});
  });
  await step("a batch of changes and reads", async () => {
    const changes = [
      { queryString: "accounts", entity: { name: "From a batch 1" }, method: "POST" },
      { queryString: "accounts", entity: { name: "From a batch 2" }, method: "POST" },
    ];
    const answers = await client.batchOperation(fresh(), "B1", "C1", changes, [`accounts(${account})?$select=name`]);
    assert.ok(answers.length >= 2);
    const r = await client.retrieveMultiple(fresh(), "accounts", "$select=name&$filter=startswith(name,'From a batch')");
    assert.equal(r.value.length, 2);
  });
  await step("deletion and what is missing", async () => {
    await client.deleteRecord(fresh(), "accounts", account);
    const e = await client.retrieve(fresh(), "accounts", account, "$select=name").then(() => null, (failure) => failure);
    assert.ok(e);
  });
  console.log(`dataverse-webapi: ${passed} steps ok`);
})();
