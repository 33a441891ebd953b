/* SPDX-License-Identifier: MIT */
/*
 * The wire: rows in and out, URLs, error bodies. The shapes are those of facts/webapi.md 1.6, 2.5, 4.6.
 */
#include "dv/odata.h"

#include "shared.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"
#define OTHER "7c9e6679-7425-40de-944b-e07fc1f90ae7"

#define ATTRIBUTE(name, type)                                                                      \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"type\":\"" type               \
	"\",\"requiredLevel\":\"None\",\"validForCreate\":true,\"validForUpdate\":true,"           \
	"\"validForRead\":true"
#define RELATIONSHIP(column, target, navigation)                                                   \
	"{\"schemaName\":\"r_" navigation "\",\"referencingAttribute\":\"" column                  \
	"\",\"referencedEntity\":\"" target "\",\"referencedAttribute\":\"" target                 \
	"id\",\"navigationProperty\":\"" navigation "\"}"

static const char
	THING
		[] = "{\"logicalName\":\"new_thing\",\"schemaName\":\"new_Thing\",\"entitySetName\":"
		     "\"new_things\",\"primaryId\":\"new_thingid\",\"primaryName\":\"new_name\","
		     "\"objectTypeCode\":10001,\"ownership\":\"UserOwned\",\"attributes\":[" ATTRIBUTE(
			     "new_thingid",
			     "UniqueidentifierType") "}," ATTRIBUTE("new_name",
								    "StringType") "}," ATTRIBUTE("new_count",
												 "IntegerType") "}," ATTRIBUTE("new_amount", "DecimalType") ",\"precision\":4}," ATTRIBUTE("new_flag", "BooleanType") "}," ATTRIBUTE("new_when", "DateTimeType") ",\"dateBehavior\":\"UserLocal\"}," ATTRIBUTE("new_tags", "MultiSelectPicklistType") ",\"options\":[{\"value\":1,\"label\":"
																																										      "\"A\"},{\"value\":2,\"label\":\"B\"}]}," ATTRIBUTE("new_doc", "FileType") "}," ATTRIBUTE("statecode", "StateType") ",\"options\":[{\"value\":0,\"label\":\"Active\","
																																																									  "\"defaultstatus\":1}]}," ATTRIBUTE(
																																																										  "ownerid",
																																																										  "OwnerType") ",\"targets\":[\"systemuser\",\"team\"]}," ATTRIBUTE("new_parentid",
																																																																		    "LookupType") ",\"targets\":[\"new_thing\"]}," ATTRIBUTE("new_loose",
																																																																									     "LookupType") ",\"targets\":[\"new_gone\"]}," ATTRIBUTE("new_customer",
																																																																																     "CustomerType") ",\"targets\":[\"account\",\"contact\"]}"
																																																																																		     "],\"manyToOne\":[" RELATIONSHIP("ownerid",
																																																																																						      "owner",
																																																																																						      "ownerid") "," RELATIONSHIP("new_parentid",
																																																																																										  "new_thing", "new_ParentId") "," RELATIONSHIP("new_loose", "new_gone", "new_Loose") "," RELATIONSHIP("new_customer",
																																																																																																						       "account", "new_Customer_account") "," RELATIONSHIP("new_customer",
																																																																																																													   "contact",
																																																																																																													   "new_Customer_contact") "],\"manyToMany\":[],\"keys\":[]}";

#define PLAIN(name, set)                                                                           \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"entitySetName\":\"" set       \
	"\",\"primaryId\":\"" name "id\",\"objectTypeCode\":1,\"ownership\":\"UserOwned\","        \
	"\"attributes\":[" ATTRIBUTE(name "id",                                                    \
				     "UniqueidentifierType") "}],\"manyToOne\":[],"                \
							     "\"manyToMany\":[],\"keys\":[]}"

static struct table *make_table(struct arena *a, const char *facts)
{
	struct table *t = arena_new(a, struct table);
	struct json json;
	struct err e = { 0 };
	if (!json_parse(a, str_from(facts), "facts", &json, &e) ||
	    !table_from_facts(a, &json, "facts", t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static struct catalog make_catalog(struct arena *a)
{
	struct catalog c = catalog_make(a);
	catalog_put(&c, make_table(a, THING));
	catalog_put(&c, make_table(a, PLAIN("systemuser", "systemusers")));
	catalog_put(&c, make_table(a, PLAIN("team", "teams")));
	catalog_put(&c, make_table(a, PLAIN("account", "accounts")));
	catalog_put(&c, make_table(a, PLAIN("contact", "contacts")));
	return c;
}

static const struct column *column(const struct table *t, const char *name)
{
	const struct column *c = table_column(t, str_from(name));
	assert_non_null(c);
	return c;
}

static void urls_are_built_from_the_entity_set(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct table *t = make_table(&a, THING);
	struct guid id;
	assert_true(guid_parse(S("{0F8FAD5B-D9CB-469F-A165-70867728950E}"), &id));
	odata_row_url(&out, t, id);
	expect_str(buf_str(&out), "new_things(" ID ")");
	buf_clear(&out);
	/* expected text from Python's urllib.parse.quote(..., safe='') */
	odata_fetch_url(&out, t, S("<fetch top=\"1\"><entity name='\xc3\xa9'/></fetch>"));
	expect_str(buf_str(&out),
		   "new_things?fetchXml=%3Cfetch%20top%3D%221%22%3E%3Centity%20name%3D%27%C3%A9%27"
		   "%2F%3E%3C%2Ffetch%3E");
}

static bool read_row(struct arena *a, const struct table *t, const char *text,
		     const struct column *const *columns, size_t n, struct guid *id,
		     struct str *etag, struct value *values, struct err *e)
{
	struct json row;
	if (!json_parse(a, str_from(text), "row", &row, e))
		fail_msg("%s", e->msg);
	return odata_row_read(a, t, columns, n, &row, id, etag, values, e);
}

static void expect_text(const struct value *v, const char *text)
{
	assert_int_equal(v->kind, VALUE_TEXT);
	expect_str(v->text, text);
}

static void a_row_is_read_whatever_the_order_of_its_members(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"{\"@odata.etag\":\"W/\\\"77\\\"\",\"new_name\":\"A \\\"b\\\"\","
		"\"new_count@OData.Community.Display.V1.FormattedValue\":\"1,200\","
		"\"new_count\":1200,\"new_amount\":2.5000,\"new_flag\":true,"
		"\"new_when\":\"2023-04-07T21:59:01Z\",\"new_tags\":\"2,1\","
		"\"_ownerid_value@OData.Community.Display.V1.FormattedValue\":\"Ann\","
		"\"_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty\":\"ownerid\","
		"\"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname\":\"systemuser\","
		"\"_ownerid_value\":\"" OTHER "\",\"new_doc\":\"" OTHER "\","
		"\"new_doc_name\":\"a.pdf\",\"statecode\":0,\"other\":[{}],\"_other_value\":null,"
		"\"new_thingid\":\"" ID "\"}",
		"{\"new_thingid\":\"" ID "\",\"_ownerid_value\":\"" OTHER "\",\"ownerid\":{},"
		"\"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname\":\"systemuser\","
		"\"new_doc_name\":\"a.pdf\",\"statecode\":0,\"new_doc\":\"" OTHER "\","
		"\"_ownerid_value@OData.Community.Display.V1.FormattedValue\":\"Ann\","
		"\"new_tags\":\"1, 2\",\"new_when\":\"2023-04-07T21:59:01Z\",\"new_flag\":true,"
		"\"new_amount\":2.5000,\"new_count\":1200,\"new_name\":\"A \\\"b\\\"\","
		"\"_new_parentid_value\":null,\"@odata.etag\":\"W/\\\"77\\\"\"}",
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table *t = make_table(&a, THING);
	const struct column *const columns[] = {
		column(t, "new_parentid"), column(t, "new_name"),     column(t, "new_count"),
		column(t, "new_amount"),   column(t, "new_flag"),     column(t, "new_when"),
		column(t, "new_tags"),     column(t, "ownerid"),      column(t, "new_doc"),
		column(t, "statecode"),    column(t, "new_customer"),
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct value v[COUNT_OF(columns)];
		struct guid id;
		struct str etag;
		struct err e = { 0 };
		if (!read_row(&a, t, rows[i], columns, COUNT_OF(columns), &id, &etag, v, &e))
			fail_msg("%s", e.msg);
		char text[GUID_TEXT_SIZE];
		expect_str(guid_format(id, text), ID);
		expect_str(etag, "W/\"77\"");
		assert_int_equal(v[0].kind, VALUE_NULL);
		expect_text(&v[1], "A \"b\"");
		expect_text(&v[2], "1200");
		expect_text(&v[3], "2.5000");
		expect_text(&v[4], "1");
		expect_text(&v[5], "2023-04-07T21:59:01Z");
		expect_text(&v[6], "1,2");
		assert_int_equal(v[7].kind, VALUE_REF);
		expect_str(v[7].text, OTHER);
		expect_str(v[7].table, "systemuser");
		expect_str(v[7].name, "Ann");
		expect_text(&v[8], OTHER);
		expect_str(v[8].name, "a.pdf");
		expect_text(&v[9], "0");
		assert_int_equal(v[10].kind, VALUE_NULL);
		assert_int_equal(v[10].table.n, 0);
	}
}

static void a_bad_row_is_refused_with_its_column(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "[]", "a row of new_thing is not an object" },
		{ "{}", "a row of new_thing came without new_thingid" },
		{ "{\"new_thingid\":7}", "a row of new_thing: new_thingid is not a GUID" },
		{ "{\"new_thingid\":\"x\"}", "a row of new_thing: new_thingid is not a GUID" },
		{ "{\"new_thingid\":\"" ID "\",\"new_count\":\"many\"}",
		  "new_thing " ID ": new_count: " },
		{ "{\"new_thingid\":\"" ID "\",\"_ownerid_value\":\"nobody\"}",
		  "new_thing " ID ": ownerid: " },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	struct table *t = make_table(&a, THING);
	const struct column *const columns[] = { column(t, "new_count"), column(t, "ownerid") };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct value v[2] = { { .kind = VALUE_ABSENT, .text = S("kept") } };
		struct guid id = { { 1 } };
		struct str etag = S("kept");
		struct err e = { 0 };
		assert_false(read_row(&a, t, rows[i][0], columns, 2, &id, &etag, v, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		if (strncmp(e.msg, rows[i][1], strlen(rows[i][1])) != 0)
			fail_msg("got \"%s\", want \"%s\"", e.msg, rows[i][1]);
		expect_str(v[0].text, "kept");
		expect_str(etag, "kept");
		assert_int_equal(id.b[0], 1);
	}
}

/* The body for one value of one column; NULL with *e when it is refused. */
static const char *written(struct arena *a, const struct guid *id, const char *name, struct value v,
			   struct err *e)
{
	struct catalog catalog = make_catalog(a);
	const struct table *t = catalog_find(&catalog, S("new_thing"));
	const struct column *const columns[] = { column(t, name) };
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	bool ok = odata_row_write(&w, &catalog, t, id, columns, &v, 1, e);
	struct err ignored;
	assert_true(json_writer_finish(&w, &ignored));
	if (!ok)
		assert_int_equal(out.n, 0); /* a body that others share is not spoiled */
	return ok ? str_cstr(a, buf_str(&out)) : NULL;
}

static struct value text(const char *s)
{
	return (struct value){ .kind = VALUE_TEXT, .text = str_from(s) };
}

static struct value ref(const char *table)
{
	return (struct value){ .kind = VALUE_REF, .text = S(OTHER), .table = str_from(table) };
}

static void values_are_written_as_the_service_takes_them(void **state)
{
	(void)state;
	const struct value null = { .kind = VALUE_NULL }, absent = { .kind = VALUE_ABSENT };
	const struct {
		const char *name;
		struct value value;
		const char *body;
	} cases[] = {
		{ "new_name", text("a\"\n"), "{\"new_name\":\"a\\\"\\n\"}" },
		{ "new_name", null, "{\"new_name\":null}" },
		{ "new_name", absent, "{}" },
		{ "new_count", text("-5"), "{\"new_count\":-5}" },
		{ "new_amount", text("2.5000"), "{\"new_amount\":2.5000}" },
		{ "new_flag", text("0"), "{\"new_flag\":false}" },
		{ "new_tags", text("1,2"), "{\"new_tags\":\"1,2\"}" },
		{ "statecode", text("1"), "{\"statecode\":1}" },
		{ "ownerid", ref("systemuser"),
		  "{\"ownerid@odata.bind\":\"/systemusers(" OTHER ")\"}" },
		{ "ownerid", ref("team"), "{\"ownerid@odata.bind\":\"/teams(" OTHER ")\"}" },
		{ "new_parentid", ref(""),
		  "{\"new_ParentId@odata.bind\":\"/new_things(" OTHER ")\"}" },
		{ "new_parentid", null, "{\"new_ParentId@odata.bind\":null}" },
		{ "new_parentid", absent, "{}" },
		{ "new_customer", ref("contact"),
		  "{\"new_Customer_contact@odata.bind\":\"/contacts(" OTHER ")\"}" },
		{ "new_customer", null, "{\"new_Customer_account@odata.bind\":null}" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		const char *body = written(&a, NULL, cases[i].name, cases[i].value, &e);
		if (!body)
			fail_msg("%s", e.msg);
		assert_string_equal(body, cases[i].body);
	}
}

static void the_id_is_written_once(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct guid id;
	struct err e;
	assert_true(guid_parse(S(ID), &id));
	assert_string_equal(written(&a, &id, "new_name", text("x"), &e),
			    "{\"new_thingid\":\"" ID "\",\"new_name\":\"x\"}");
	assert_string_equal(written(&a, &id, "new_thingid", text(ID), &e),
			    "{\"new_thingid\":\"" ID "\"}");
}

static void a_reference_that_cannot_be_bound_is_refused(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	const struct {
		const char *name;
		struct value value;
		const char *message;
	} cases[] = {
		{ "new_customer", ref(""),
		  "new_thing.new_customer: which table " OTHER " belongs to is "
		  "not told, and the lookup has 2 targets" },
		{ "new_customer", ref("team"),
		  "new_thing.new_customer: no relationship leads to table team" },
		{ "new_loose", ref("new_gone"),
		  "new_thing.new_loose: the environment has no table new_gone" },
		{ "new_parentid",
		  { .kind = VALUE_REF, .text = S("1)/$ref?(") },
		  "new_thing.new_parentid: \"1)/$ref?(\" is not a GUID" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		assert_null(written(&a, NULL, cases[i].name, cases[i].value, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i].message);
	}
}

static void errors_travel_with_code_and_message(void **state)
{
	(void)state;
	DEFER(buf_release) struct buf out = buf_make(0);
	struct err e = { .kind = ERR_NOT_FOUND, .code = 0x80040217, .msg = "no \"row\"" };
	struct err back = { 0 };
	odata_error_write(&out, &e);
	expect_str(buf_str(&out),
		   "{\"error\":{\"code\":\"0x80040217\",\"message\":\"no \\\"row\\\"\"}}");
	assert_false(odata_error_read(404, buf_str(&out), &back));
	assert_int_equal(back.kind, ERR_NOT_FOUND);
	assert_int_equal(back.code, 0x80040217);
	assert_string_equal(back.msg, "no \"row\"");
	e.code = 0;
	buf_clear(&out);
	odata_error_write(&out, &e);
	expect_str(buf_str(&out), "{\"error\":{\"code\":\"0x0\",\"message\":\"no \\\"row\\\"\"}}");
	e.code = 0x1234;
	buf_clear(&out);
	odata_error_write(&out, &e);
	assert_true(str_starts(buf_str(&out), S("{\"error\":{\"code\":\"0x00001234\",")));
}

static void the_status_says_what_kind_of_error_it_is(void **state)
{
	(void)state;
	static const struct {
		int status;
		enum err_kind kind;
	} cases[] = {
		{ 400, ERR_BAD_REQUEST }, { 401, ERR_AUTH },        { 403, ERR_FORBIDDEN },
		{ 404, ERR_NOT_FOUND },   { 405, ERR_NOT_ALLOWED }, { 412, ERR_PRECONDITION },
		{ 413, ERR_TOO_LARGE },   { 429, ERR_BAD_REQUEST }, { 500, ERR_NETWORK },
		{ 501, ERR_UNSUPPORTED }, { 503, ERR_NETWORK },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		assert_false(odata_error_read(cases[i].status, S(""), &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_int_equal(e.code, 0);
	}
}

static void any_body_gives_a_message(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		const char *message;
		uint32_t code;
	} cases[] = {
		{ "", "HTTP 502 without a Dataverse error body", 0 },
		{ "<html>Bad Gateway</html>", "HTTP 502 without a Dataverse error body", 0 },
		{ "{\"error\":\"busy\"}", "HTTP 502 without a Dataverse error body", 0 },
		{ "[]", "HTTP 502 without a Dataverse error body", 0 },
		{ "{\"error\":{\"code\":\"0x80072321\"}}",
		  "HTTP 502 without a Dataverse error body", 0x80072321 },
		{ "{\"error\":{\"code\":\"\",\"message\":\"old\",\"innererror\":{}}}", "old", 0 },
		{ "{\"error\":{\"code\":\"0X80048D19\",\"message\":\"up 100%s\"}}", "up 100%s",
		  0x80048d19 },
		{ "{\"error\":{\"code\":\"0x123456789\",\"message\":\"long\"}}", "long", 0 },
		{ "{\"error\":{\"code\":\"0xzz\",\"message\":\"bad\"}}", "bad", 0 },
		{ "{\"error\":{\"code\":\"0x\",\"message\":\"none\"}}", "none", 0 },
		{ "{\"error\":{\"code\":17,\"message\":\"number\"}}", "number", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		assert_false(odata_error_read(502, str_from(cases[i].body), &e));
		assert_string_equal(e.msg, cases[i].message);
		assert_int_equal(e.code, cases[i].code);
	}
}

static size_t nerrors;

static void check_recorded_error(struct arena *a, const char *path)
{
	struct str text;
	struct err e = { 0 };
	assert_true(file_read(a, path, (size_t)64 << 20, &text, &e));
	size_t at = str_find(text, S("\"error\""));
	while (at != STR_NONE && at > 0 && text.p[at] != '{')
		at--;
	struct json body;
	if (at == STR_NONE || !json_parse(a, str_skip(text, at), path, &body, &e))
		return;
	assert_false(odata_error_read(400, str_skip(text, at), &e));
	assert_int_equal(e.kind, ERR_BAD_REQUEST);
	assert_null(strstr(e.msg, "without a Dataverse error body"));
	nerrors++;
}

static void recorded_errors_are_read(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	nerrors = 0;
	each_file(&a, shared_path("data/http"), ".txt", check_recorded_error);
	print_message("# %zu recorded errors\n", nerrors);
	assert_true(nerrors > 0);
}

static void every_owner_of_the_embedded_tables_can_be_bound(void **state)
{
	(void)state;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str facts = file_or_skip(&a, source_path("metadata/queue.json"));
	struct catalog catalog = make_catalog(&a);
	struct table *queue = make_table(&a, str_cstr(&a, facts));
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct column *const columns[] = { column(queue, "ownerid") };
	struct value owner = ref("team");
	struct err e = { 0 };
	if (!odata_row_write(&w, &catalog, queue, NULL, columns, &owner, 1, &e))
		fail_msg("%s", e.msg);
	assert_true(json_writer_finish(&w, &e));
	expect_str(buf_str(&out), "{\"ownerid@odata.bind\":\"/teams(" OTHER ")\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_built_from_the_entity_set),
		cmocka_unit_test(a_row_is_read_whatever_the_order_of_its_members),
		cmocka_unit_test(a_bad_row_is_refused_with_its_column),
		cmocka_unit_test(values_are_written_as_the_service_takes_them),
		cmocka_unit_test(the_id_is_written_once),
		cmocka_unit_test(a_reference_that_cannot_be_bound_is_refused),
		cmocka_unit_test(errors_travel_with_code_and_message),
		cmocka_unit_test(the_status_says_what_kind_of_error_it_is),
		cmocka_unit_test(any_body_gives_a_message),
		cmocka_unit_test(recorded_errors_are_read),
		cmocka_unit_test(every_owner_of_the_embedded_tables_can_be_bound),
	};
	return cmocka_run_group_tests_name("odata", tests, NULL, NULL);
}
