// SPDX-License-Identifier: MIT
// A long conversation of dynamics-web-api with a served local organization. Usage: node dynamics_web_api.mjs ROOT
import assert from "node:assert/strict";
import { DynamicsWebApi } from "dynamics-web-api";

const root = process.argv[2];
const api = new DynamicsWebApi({
  serverUrl: root,
  dataApi: { version: "9.2" },
  onTokenRefresh: async () => "a-token",
  propagateErrors: true,
});
const FORMATTED = "OData.Community.Display.V1.FormattedValue";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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

async function refused(promise, status, code) {
  const e = await promise.then(() => null, (failure) => failure);
  assert.ok(e, "the request was not refused");
  assert.equal(e.status, status);
  if (code) assert.equal(e.code, code);
}

const ids = {};

async function rows() {
  await step("a row is created and its id comes back", async () => {
    ids.account = await api.create({ collection: "accounts", data: { name: "Fabrikam & Söhne's", revenue: 1234.5 } });
    assert.match(ids.account, GUID);
  });
  await step("a created row comes back with the columns that were asked for", async () => {
    const r = await api.create({
      collection: "contacts", data: { firstname: "Ada", lastname: "Lovelace" }, returnRepresentation: true,
      select: ["lastname", "firstname"], includeAnnotations: "*",
    });
    assert.equal(r.lastname, "Lovelace");
    assert.match(r.contactid, GUID);
    assert.match(r["@odata.etag"], /^W\/"\d+"$/);
    ids.contact = r.contactid;
  });
  await step("a row is read with formatted values", async () => {
    const r = await api.retrieve({
      collection: "accounts", key: ids.account, select: ["name", "revenue", "statecode", "_ownerid_value"], includeAnnotations: "*",
    });
    assert.equal(r.name, "Fabrikam & Söhne's");
    assert.equal(r.revenue, 1234.5);
    assert.equal(r["statecode@" + FORMATTED], "Active");
    assert.equal(r["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "systemuser");
    ids.etag = r["@odata.etag"];
  });
  await step("a row is updated, whole and by one property", async () => {
    await api.update({ collection: "accounts", key: ids.account, data: { telephone1: "555-0100" } });
    await api.updateSingleProperty({ collection: "accounts", key: ids.account, fieldValuePair: { websiteurl: "https://example.org/?a=1&b=2" } });
    const r = await api.retrieve({ collection: "accounts", key: ids.account, select: ["telephone1", "websiteurl"] });
    assert.deepEqual([r.telephone1, r.websiteurl], ["555-0100", "https://example.org/?a=1&b=2"]);
  });
  await step("an old version is refused", () =>
    refused(api.update({ collection: "accounts", key: ids.account, data: { name: "x" }, ifmatch: ids.etag }), 412, "0x80060882"));
  await step("upsert creates, updates and obeys its conditions", async () => {
    const key = "11111111-2222-4333-8444-555555555555";
    await api.upsert({ collection: "accounts", key, data: { name: "Upserted" } });
    await api.upsert({ collection: "accounts", key, data: { name: "Upserted twice" }, ifmatch: "*" });
    await refused(api.upsert({ collection: "accounts", key, data: { name: "no" }, ifnonematch: "*" }), 412);
    const other = "11111111-2222-4333-8444-555555555556";
    await refused(api.upsert({ collection: "accounts", key: other, data: { name: "no" }, ifmatch: "*" }), 404, "0x80040217");
    assert.equal((await api.retrieve({ collection: "accounts", key, select: ["name"] })).name, "Upserted twice");
    await api.deleteRecord({ collection: "accounts", key });
    await refused(api.retrieve({ collection: "accounts", key, select: ["name"] }), 404, "0x80040217");
  });
  await step("one property is cleared", async () => {
    await api.deleteRecord({ collection: "accounts", key: ids.account, property: "telephone1" });
    assert.equal((await api.retrieve({ collection: "accounts", key: ids.account, select: ["telephone1"] })).telephone1, null);
  });
  await step("a deep insert creates related rows", async () => {
    const id = await api.create({
      collection: "accounts",
      data: { name: "Deep", primarycontactid: { firstname: "Grace", lastname: "Hopper" } },
    });
    const r = await api.retrieve({
      collection: "accounts", key: id, select: ["name"],
      expand: [{ property: "primarycontactid", select: ["lastname"] }],
    });
    assert.equal(r.primarycontactid.lastname, "Hopper");
  });
}

async function links() {
  await step("a lookup is set and cleared through its navigation property", async () => {
    await api.associateSingleValued({
      collection: "accounts", primaryKey: ids.account, navigationProperty: "primarycontactid",
      relatedCollection: "contacts", relatedKey: ids.contact,
    });
    let r = await api.retrieve({ collection: "accounts", key: ids.account, select: ["_primarycontactid_value"] });
    assert.equal(r._primarycontactid_value, ids.contact);
    await api.disassociateSingleValued({ collection: "accounts", primaryKey: ids.account, navigationProperty: "primarycontactid" });
    r = await api.retrieve({ collection: "accounts", key: ids.account, select: ["_primarycontactid_value"] });
    assert.equal(r._primarycontactid_value, null);
  });
  await step("N:N links come and go", async () => {
    const queue = await api.create({ collection: "queues", data: { name: "Members" } });
    const me = await api.callFunction({ name: "WhoAmI" });
    const link = { collection: "queues", primaryKey: queue, relationshipName: "queuemembership_association", relatedKey: me.UserId };
    await api.associate({ ...link, relatedCollection: "systemusers" });
    const expand = [{ property: "queuemembership_association", select: ["fullname"] }];
    let r = await api.retrieve({ collection: "queues", key: queue, select: ["name"], expand });
    assert.equal(r.queuemembership_association.length, 1);
    await api.disassociate(link);
    r = await api.retrieve({ collection: "queues", key: queue, select: ["name"], expand });
    assert.equal(r.queuemembership_association.length, 0);
  });
}

async function queries() {
  await step("a thousand rows arrive in one batch of changes", async () => {
    for (let part = 0; part < 4; part++) {
      api.startBatch();
      for (let i = 0; i < 50; i++)
        api.create({ collection: "contacts", data: { firstname: "Page", lastname: `Row ${String(part * 50 + i).padStart(3, "0")}` } });
      const made = await api.executeBatch();
      assert.equal(made.length, 50);
      assert.match(made[0], GUID);
    }
  });
  const filter = "firstname eq 'Page'";
  await step("pages follow each other by nextLink", async () => {
    const seen = [];
    let page = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter, orderBy: ["lastname desc"], maxPageSize: 60, count: true });
    assert.equal(page.oDataCount, 200);
    for (;;) {
      seen.push(...page.value.map((r) => r.lastname));
      if (!page.oDataNextLink) break;
      page = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], maxPageSize: 60 }, page.oDataNextLink);
    }
    assert.equal(seen.length, 200);
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
  });
  await step("retrieveAll and the counts agree", async () => {
    const all = await api.retrieveAll({ collection: "contacts", select: ["lastname"], filter, maxPageSize: 33 });
    assert.equal(all.value.length, 200);
    assert.equal(await api.count({ collection: "contacts", filter }), 200);
    assert.equal(await api.countAll({ collection: "contacts", filter, select: ["lastname"] }), 200);
  });
  await step("top, functions and the text operators", async () => {
    const top = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter, orderBy: ["lastname asc"], top: 3 });
    assert.deepEqual(top.value.map((r) => r.lastname), ["Row 000", "Row 001", "Row 002"]);
    const some = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter: "startswith(lastname,'row 1') and contains(lastname,'9')" });
    assert.equal(some.value.length, 19);
    const listed = await api.retrieveMultiple({
      collection: "contacts", select: ["lastname"],
      filter: "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=[\"Row 001\",\"Row 002\"])",
    });
    assert.equal(listed.value.length, 2);
    const alias = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter: "lastname eq @p1", queryParams: ["@p1='Row 007'"] });
    assert.equal(alias.value.length, 1);
  });
  await step("$apply counts by group", async () => {
    const r = await api.retrieveMultiple({ collection: "contacts", apply: "filter(firstname eq 'Page')/groupby((statecode),aggregate($count as n))" });
    assert.equal(r.value.length, 1);
    assert.equal(r.value[0].n, 200);
  });
  await step("FetchXML pages by its cookie", async () => {
    const fetchXml = "<fetch count='70'><entity name='contact'><attribute name='lastname'/><order attribute='lastname'/>" +
      "<filter><condition attribute='firstname' operator='eq' value='Page'/></filter></entity></fetch>";
    const first = await api.fetch({ collection: "contacts", fetchXml, includeAnnotations: "*" });
    assert.equal(first.value.length, 70);
    assert.ok(first.PagingInfo.cookie);
    const second = await api.fetch({ collection: "contacts", fetchXml, includeAnnotations: "*", pageNumber: first.PagingInfo.nextPage, pagingCookie: first.PagingInfo.cookie });
    assert.equal(second.value[0].lastname, "Row 070");
    const all = await api.fetchAll({ collection: "contacts", fetchXml, includeAnnotations: "*" });
    assert.equal(all.value.length, 200);
  });
  await step("a query of 20,000 characters goes through a batch", async () => {
    const values = Array.from({ length: 400 }, (_, i) => `<value>Row ${"x".repeat(40)} ${i}</value>`).join("") + "<value>Row 005</value>";
    const fetchXml = `<fetch><entity name='contact'><attribute name='lastname'/><filter><condition attribute='lastname' operator='in'>${values}</condition></filter></entity></fetch>`;
    const r = await api.fetch({ collection: "contacts", fetchXml });
    assert.equal(r.value.length, 1);
  });
  await step("a wrong property and a missing set are refused", async () => {
    await refused(api.retrieveMultiple({ collection: "contacts", select: ["nonsense"] }), 400, "0x80060888");
    await refused(api.retrieveMultiple({ collection: "nothings" }), 404, "0x80060888");
  });
}

async function batches() {
  await step("a change set refers to its own parts", async () => {
    api.startBatch();
    api.create({ collection: "contacts", data: { firstname: "Batch", lastname: "One" }, contentId: "1" });
    api.create({ collection: "accounts", data: { name: "Batch account", "primarycontactid@odata.bind": "$1" }, contentId: "2" });
    const made = await api.executeBatch();
    const r = await api.retrieve({ collection: "accounts", key: made[1], select: ["_primarycontactid_value"] });
    assert.equal(r._primarycontactid_value, made[0]);
  });
  await step("reads and writes mix, and one failure undoes its change set", async () => {
    api.startBatch();
    api.create({ collection: "contacts", data: { firstname: "Undone", lastname: "Undone" } });
    api.update({ collection: "contacts", key: ids.contact, data: { nonsense: 1 } });
    const failures = await api.executeBatch().then(() => null, (e) => e);
    assert.ok(failures);
    assert.equal(await api.count({ collection: "contacts", filter: "firstname eq 'Undone'" }), 0);
    api.startBatch();
    api.retrieve({ collection: "contacts", key: ids.contact, select: ["lastname"] });
    api.retrieveMultiple({ collection: "contacts", select: ["lastname"], top: 2 });
    const read = await api.executeBatch();
    assert.equal(read[0].lastname, "Lovelace");
    assert.equal(read[1].value.length, 2);
  });
}

const label = (text) => ({
  "@odata.type": "Microsoft.Dynamics.CRM.Label",
  LocalizedLabels: [{ "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", Label: text, LanguageCode: 1033 }],
});

async function metadata() {
  await step("definitions are listed, filtered and expanded", async () => {
    const tables = await api.retrieveEntities({ select: ["LogicalName", "EntitySetName", "ObjectTypeCode"], filter: "LogicalName eq 'queue'" });
    assert.equal(tables.value[0].EntitySetName, "queues");
    const queue = await api.retrieveEntity({ key: "LogicalName='queue'", select: ["SchemaName"], expand: [{ property: "Attributes", select: ["LogicalName", "AttributeType"] }] });
    assert.ok(queue.Attributes.some((a) => a.LogicalName === "name" && a.AttributeType === "String"));
    ids.queueTable = queue.MetadataId;
    const same = await api.retrieveEntity({ key: ids.queueTable, select: ["LogicalName"] });
    assert.equal(same.LogicalName, "queue");
  });
  await step("columns are read with their options", async () => {
    const choices = await api.retrieveAttributes({
      entityKey: "LogicalName='queue'", castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
      select: ["LogicalName"], expand: [{ property: "OptionSet", select: ["Options"] }],
    });
    assert.ok(choices.value.length > 0 && choices.value[0].OptionSet.Options.length > 0);
    const name = await api.retrieveAttribute({ entityKey: "LogicalName='queue'", attributeKey: "LogicalName='name'" });
    assert.equal(name.AttributeType, "String");
  });
  await step("a table, a column and a relationship are made and used", async () => {
    ids.table = await api.createEntity({
      data: {
        "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata", SchemaName: "sample_Crate", DisplayName: label("Crate"),
        DisplayCollectionName: label("Crates"), OwnershipType: "UserOwned", HasActivities: false, HasNotes: false, IsActivity: false,
        Attributes: [{
          "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", SchemaName: "sample_Name", DisplayName: label("Name"),
          IsPrimaryName: true, MaxLength: 100, FormatName: { Value: "Text" }, RequiredLevel: { Value: "None", CanBeChanged: true, ManagedPropertyLogicalName: "canmodifyrequirementlevelsettings" },
        }],
      },
    });
    await api.createAttribute({
      entityKey: "LogicalName='sample_crate'",
      data: { "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata", SchemaName: "sample_Weight", DisplayName: label("Weight"), MinValue: 0, MaxValue: 1000, RequiredLevel: { Value: "None" } },
    });
    await api.createAttribute({
      entityKey: "LogicalName='sample_crate'",
      data: { "@odata.type": "Microsoft.Dynamics.CRM.FileAttributeMetadata", SchemaName: "sample_Paper", DisplayName: label("Paper"), MaxSizeInKB: 30720, RequiredLevel: { Value: "None" } },
    });
    await api.createRelationship({
      data: {
        "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", SchemaName: "sample_crate_account", ReferencedEntity: "account", ReferencedAttribute: "accountid", ReferencingEntity: "sample_crate",
        CascadeConfiguration: { Assign: "NoCascade", Delete: "RemoveLink", Merge: "NoCascade", Reparent: "NoCascade", Share: "NoCascade", Unshare: "NoCascade" },
        Lookup: { "@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata", SchemaName: "sample_AccountId", DisplayName: label("Account"), RequiredLevel: { Value: "None" } },
      },
    });
    const table = await api.retrieveEntity({ key: "LogicalName='sample_crate'", select: ["EntitySetName"] });
    ids.set = table.EntitySetName;
    ids.crate = await api.create({ collection: ids.set, data: { sample_name: "First", sample_weight: 12, "sample_AccountId@odata.bind": `/accounts(${ids.account})` } });
    await refused(api.update({ collection: ids.set, key: ids.crate, data: { sample_weight: 1001 } }), 400);
  });
  await step("the whole metadata document is XML", async () => {
    const text = await api.retrieveCsdlMetadata();
    assert.match(text, /<edmx:Edmx/);
    assert.match(text, /EntitySet Name="queues"/);
  });
  await step("global option sets are listed", async () => {
    assert.ok(Array.isArray((await api.retrieveGlobalOptionSets()).value));
  });
}

async function files() {
  await step("a file of several chunks goes up and comes back", async () => {
    const data = Buffer.alloc(9 * 1024 * 1024, "ferry ");
    await api.uploadFile({ collection: ids.set, key: ids.crate, property: "sample_paper", fileName: "paper.txt", data });
    const r = await api.downloadFile({ collection: ids.set, key: ids.crate, property: "sample_paper" });
    assert.equal(r.fileName, "paper.txt");
    assert.equal(Buffer.compare(Buffer.from(r.data), data), 0);
    await api.deleteRecord({ collection: ids.set, key: ids.crate, property: "sample_paper" });
  });
}

async function messages() {
  await step("functions with parameters", async () => {
    const me = await api.callFunction({ name: "WhoAmI" });
    assert.match(me.OrganizationId, GUID);
    const access = await api.callFunction({
      collection: "systemusers", key: me.UserId, name: "Microsoft.Dynamics.CRM.RetrievePrincipalAccess",
      parameters: { Target: { "@odata.id": `accounts(${ids.account})` } },
    });
    assert.match(access.AccessRights, /ReadAccess/);
    const version = await api.callFunction({ name: "RetrieveVersion" });
    assert.match(version.Version, /^9\.2\./);
  });
}

(async () => {
  await rows();
  await links();
  await queries();
  await batches();
  await metadata();
  await files();
  await messages();
  console.log(`dynamics-web-api: ${passed} steps ok`);
})();
