/* SPDX-License-Identifier: MIT */
/*
 * Reading, from a service that answers by a script and remembers what it was asked. Answers have the form
 * that facts/webapi.md 4.6 quotes from the documentation.
 */
#include "move/read.h"

#include "fixture.h"

#include "base/codec.h"
#include "base/vec.h"
#include "dv/batch.h"
#include "io/json.h"

struct answer {
	int status;
	const char *body;
};

struct script {
	struct service service;
	struct arena *a;
	const struct answer *answers;
	size_t n, asked;
	struct request last;
	VEC(struct str) targets; /* decoded */
	struct str prefer;       /* of the last request */
	struct header type;
	uint64_t tag;
	struct reader reader;
	struct table thing;
};

static bool submit(struct service *s, const struct request *r, uint64_t tag, struct err *e)
{
	struct script *script = CONTAINER_OF(s, struct script, service);
	DEFER(buf_release) struct buf decoded = buf_make(0);

	(void)e;
	const struct str *prefer = header_find(r->headers, r->nheaders, S("Prefer"));

	script->last = *r;
	script->last.target = str_dup(script->a, r->target);
	script->prefer = str_dup(script->a, prefer ? *prefer : S(""));
	script->tag = tag;
	assert_true(url_decode(&decoded, r->target, false));
	*VEC_PUSH(script->a, &script->targets) = str_dup(script->a, buf_str(&decoded));
	return true;
}

static bool next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	struct script *script = CONTAINER_OF(s, struct script, service);

	assert_true(script->asked < script->n);
	const struct answer *answer = &script->answers[script->asked++];
	*tag = script->tag;
	if (answer->status == 0)
		return err_set(e, ERR_NETWORK, "the line is dead");
	*out = (struct response){ .status = answer->status,
				  .headers = &script->type,
				  .nheaders = script->type.name.n > 0,
				  .body = str_from(answer->body) };
	if (answer->status != 200 || !script->last.into)
		return true;
	out->body = S("");
	/* byte by byte: nothing may depend on how an answer is cut */
	for (const char *p = answer->body; *p; p++)
		if (!sink_write(script->last.into, str_of(p, 1), e))
			return false;
	return true;
}

static const char thing_facts[] =
	"{\"logicalName\":\"thing\",\"entitySetName\":\"things\",\"primaryId\":\"thingid\","
	"\"attributes\":[{\"logicalName\":\"thingid\",\"type\":\"UniqueidentifierType\","
	"\"validForRead\":true},{\"logicalName\":\"name\",\"type\":\"StringType\","
	"\"validForRead\":true},{\"logicalName\":\"owner\",\"type\":\"LookupType\","
	"\"validForRead\":true}]}";

static struct script *script_make(struct world *w, const struct answer *answers, size_t n)
{
	struct script *s = arena_new(&w->a, struct script);
	struct json json;
	struct err e;

	s->service = (struct service){ submit, next, 1, "test:" };
	s->a = &w->a;
	s->answers = answers;
	s->n = n;
	s->reader = (struct reader){ .service = &s->service, .run = &w->run, .arena = &w->a };
	OK(json_parse(&w->a, str_from(thing_facts), "facts", &json, &e));
	OK(table_from_facts(&w->a, &json, "facts", &s->thing, &e));
	return s;
}

static bool add_name(void *context, const struct read_row *row, struct err *e)
{
	struct buf *names = context;

	(void)e;
	buf_add(names, row->values[0].kind == VALUE_NULL ? S("-") : row->values[0].text);
	buf_add_char(names, ' ');
	return true;
}

/* The names that the query gives, in the order of the answers. */
static bool names_of(struct script *s, const struct fetch *query, struct buf *names, struct err *e)
{
	const struct column *columns[] = { table_column(&s->thing, S("name")) };
	return read_rows(&s->reader, &s->thing, query, columns, 1, add_name, names, e);
}

#define ROW(n, name)                                                                               \
	"{\"thingid\":\"00000000-0000-0000-0000-00000000000" n "\",\"name\":\"" name "\"}"
#define COOKIE(page, inner)                                                                        \
	"\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":\"<cookie pagenumber=\\\"" page          \
	"\\\" pagingcookie=\\\"" inner "\\\" istracking=\\\"False\\\" />\","
#define MORE "\"@Microsoft.Dynamics.CRM.morerecords\":true,"
/* <cookie page="1"><thingid last="{1}" first="{1}" /></cookie>, encoded twice and once */
#define TWICE "%253ccookie%2520page%253d%25221%2522%253e%253c%252fcookie%253e"
#define ONCE "%3ccookie%20page%3d%222%22%3e%3c%2fcookie%3e"

static void pages_follow_each_other_by_cookie(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{\"value\":[" ROW("1", "a") "," ROW("2", "b") "]," COOKIE("2", TWICE) MORE
		  "\"x\":1}" },
		{ 200, "{" COOKIE("3", ONCE) MORE "\"value\":[]}" },
		{ 200, "{\"value\":[" ROW("3", "c") "]}" },
	};
	struct world *w = *state;
	struct script *s = script_make(w, answers, COUNT_OF(answers));
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;

	OK(names_of(s, &query, &names, &e));
	expect_str(buf_str(&names), "a b c ");
	assert_int_equal(w->run.reads, 3);
	expect_str(s->targets.p[0],
		   "things?fetchXml=<fetch count=\"5000\" page=\"1\"><entity name=\"thing\">"
		   "<attribute name=\"name\"/><attribute name=\"thingid\"/>"
		   "<order attribute=\"thingid\"/></entity></fetch>");
	assert_true(str_find(s->targets.p[1],
			     S("page=\"2\" paging-cookie=\"&lt;cookie page=&quot;1&quot;&gt;"
			       "&lt;/cookie&gt;\"")) != STR_NONE);
	assert_true(str_find(s->targets.p[2],
			     S("page=\"3\" paging-cookie=\"&lt;cookie page=&quot;2&quot;&gt;")) !=
		    STR_NONE);
	assert_true(str_find(s->prefer, S("morerecords")) != STR_NONE);
	assert_true(str_find(s->prefer, S("FormattedValue")) == STR_NONE);
}

static void without_a_cookie_pages_are_counted(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{" MORE "\"value\":[" ROW("1", "a") "]}" },
		{ 200,
		  "{\"@Microsoft.Dynamics.CRM.morerecords\":false,\"value\":[" ROW("2", "b") "]}" },
	};
	struct script *s = script_make(*state, answers, COUNT_OF(answers));
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;

	OK(names_of(s, &query, &names, &e));
	expect_str(buf_str(&names), "a b ");
	assert_true(str_find(s->targets.p[1], S("page=\"2\"><entity")) != STR_NONE);
}

static void a_server_that_never_ends_is_found_out(void **state)
{
	static const struct answer repeats[] = {
		{ 200, "{" COOKIE("2", TWICE) MORE "\"value\":[" ROW("1", "a") "]}" },
		{ 200, "{" COOKIE("2", TWICE) MORE "\"value\":[" ROW("1", "a") "]}" },
	};
	static const struct answer empty[] = { { 200, "{" MORE "\"value\":[]}" } };
	static const struct answer nonsense[] = {
		{ 200, "{\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":\"what\"," MORE
		       "\"value\":[]}" },
	};
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;

	FAILS(names_of(script_make(*state, repeats, 2), &query, &names, &e), ERR_NETWORK,
	      "reading thing from test:: the server repeats a page");
	FAILS(names_of(script_make(*state, empty, 1), &query, &names, &e), ERR_NETWORK,
	      "page 1 is empty");
	FAILS(names_of(script_make(*state, nonsense, 1), &query, &names, &e), ERR_NETWORK,
	      "cookie that is none");
}

static void a_query_keeps_its_filter_and_loses_its_own_columns_and_order(void **state)
{
	static const struct answer answers[] = { { 200, "{\"value\":[]}" } };
	static const char text[] =
		"<fetch distinct=\"true\" count=\"7\" page=\"3\" returntotalrecordcount=\"true\">"
		"<entity name=\"thing\"><all-attributes/><order attribute=\"name\"/>"
		"<filter><condition attribute=\"name\" operator=\"null\"/></filter>"
		"<link-entity name=\"b\" from=\"x\" to=\"y\" alias=\"b1\"><attribute name=\"z\"/>"
		"<link-entity name=\"c\" from=\"x\" to=\"y\" alias=\"c1\"><all-attributes/>"
		"</link-entity></link-entity></entity></fetch>";
	struct script *s = script_make(*state, answers, 1);
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query;
	struct err e;

	OK(fetch_parse(s->a, str_from(text), "f.xml", 1, &query, &e));
	OK(names_of(s, &query, &names, &e));
	expect_str(s->targets.p[0],
		   "things?fetchXml=<fetch count=\"5000\" page=\"1\" distinct=\"true\">"
		   "<entity name=\"thing\"><attribute name=\"name\"/><attribute name=\"thingid\"/>"
		   "<order attribute=\"thingid\"/>"
		   "<filter type=\"and\"><condition attribute=\"name\" operator=\"null\"/></filter>"
		   "<link-entity name=\"b\" from=\"x\" to=\"y\" alias=\"b1\" link-type=\"inner\">"
		   "<link-entity name=\"c\" from=\"x\" to=\"y\" alias=\"c1\" link-type=\"inner\">"
		   "</link-entity></link-entity></entity></fetch>");
	/* the caller's query is as it was */
	assert_true(query.entity.all_attributes);
	assert_int_equal(query.entity.norders, 1);
	assert_int_equal(query.entity.links[0].nattributes, 1);
}

static void a_query_for_the_first_rows_is_one_page(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{" MORE "\"value\":[" ROW("1", "a") "]}" },
	};
	struct script *s = script_make(*state, answers, 1);
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query = { .top = 1, .entity = { .table = S("thing") } };
	struct err e;

	OK(names_of(s, &query, &names, &e));
	assert_true(str_find(s->targets.p[0], S("<fetch top=\"1\"><entity")) != STR_NONE);
}

static bool check_owner(void *context, const struct read_row *row, struct err *e)
{
	(void)e;
	expect_str(row->version, "W/\"7\"");
	assert_int_equal(row->values[0].kind, VALUE_REF);
	expect_str(row->values[0].table, "team");
	expect_str(row->values[0].name, "EU");
	assert_int_equal(row->values[1].kind, VALUE_TEXT);
	++*(int *)context;
	return true;
}

static void lookups_come_with_their_table_and_name(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{\"value\":[{\"@odata.etag\":\"W/\\\"7\\\"\","
		       "\"thingid\":\"00000000-0000-0000-0000-000000000001\","
		       "\"_owner_value\":\"00000000-0000-0000-0000-000000000002\","
		       "\"_owner_value@Microsoft.Dynamics.CRM.lookuplogicalname\":\"team\","
		       "\"_owner_value@OData.Community.Display.V1.FormattedValue\":\"EU\"}]}" },
	};
	struct script *s = script_make(*state, answers, 1);
	const struct column *columns[] = { table_column(&s->thing, S("owner")),
					   table_column(&s->thing, S("thingid")) };
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;
	int rows = 0;

	const struct read_query reading = { .table = &s->thing,
					    .fetch = &query,
					    .columns = columns,
					    .n = 2,
					    .names = true,
					    .row = check_owner,
					    .context = &rows };

	OK(read_many(&s->reader, &reading, 1, NULL, &e));
	assert_int_equal(rows, 1);
	assert_true(str_find(s->prefer, S("lookuplogicalname,OData.Community.Display.V1."
					  "FormattedValue,")) != STR_NONE);
	/* asked for once, though it is a column and the key */
	assert_true(str_find(s->targets.p[0], S("<attribute name=\"owner\"/><attribute "
						"name=\"thingid\"/><order")) != STR_NONE);
}

static bool refuse(void *context, const struct read_row *row, struct err *e)
{
	(void)context;
	(void)row;
	return err_set(e, ERR_CANCELLED, "enough");
}

static void the_reader_of_rows_may_stop(void **state)
{
	static const struct answer answers[] = { { 200, "{\"value\":[" ROW("1", "a") "]}" } };
	struct script *s = script_make(*state, answers, 1);
	const struct column *columns[] = { table_column(&s->thing, S("name")) };
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;

	FAILS(read_rows(&s->reader, &s->thing, &query, columns, 1, refuse, NULL, &e), ERR_CANCELLED,
	      "enough");
}

static void errors_of_the_service_say_what_was_read_and_whose_fault_it_is(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
		const char *message;
	} cases[] = {
		{ 400, "{\"error\":{\"code\":\"0x80041103\",\"message\":\"no such column\"}}",
		  ERR_INPUT, "reading thing from test:: no such column" },
		{ 401, "", ERR_AUTH, "reading thing from test:: HTTP 401" },
		{ 403, "{\"error\":{\"code\":\"0x80040220\",\"message\":\"missing prvReadThing\"}}",
		  ERR_AUTH, "missing prvReadThing" },
		{ 404, "", ERR_NETWORK, "HTTP 404" },
		{ 429, "", ERR_NETWORK, "HTTP 429" },
		{ 503, "<html>", ERR_NETWORK, "HTTP 503" },
		{ 0, "", ERR_NETWORK, "the line is dead" },
		{ 200, "{\"value\":[{\"name\":\"a\"}]}", ERR_NETWORK, "came without thingid" },
		{ 200, "{\"value\":[", ERR_NETWORK, "ends too early" },
	};
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch query = { .entity = { .table = S("thing") } };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct answer answer = { cases[i].status, cases[i].body };
		FAILS(names_of(script_make(*state, &answer, 1), &query, &names, &e), cases[i].kind,
		      cases[i].message);
		if (i == 0)
			assert_int_equal(e.code, 0x80041103);
	}
}

static void rows_are_asked_for_by_id_in_parts(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{\"value\":[" ROW("1", "a") "]}" },
		{ 200, "{\"value\":[" ROW("2", "b") "]}" },
		{ 200, "{\"value\":[]}" },
	};
	struct script *s = script_make(*state, answers, COUNT_OF(answers));
	const struct column *columns[] = { table_column(&s->thing, S("name")) };
	DEFER(buf_release) struct buf names = buf_make(0);
	struct guid ids[401];
	struct err e;

	for (uint32_t i = 0; i < COUNT_OF(ids); i++)
		ids[i] = id(i);
	OK(read_rows_by_id(&s->reader, &s->thing, S("owner"), ids, COUNT_OF(ids), columns, 1,
			   add_name, &names, &e));
	expect_str(buf_str(&names), "a b ");
	assert_int_equal(s->asked, 3);
	assert_true(str_find(s->targets.p[2],
			     S("<condition attribute=\"owner\" operator=\"in\" value=\"00000000-"
			       "0000-0000-0000-000000000190\"/>")) != STR_NONE);
	OK(read_rows_by_id(&s->reader, &s->thing, S("owner"), ids, 0, columns, 1, add_name, &names,
			   &e));
	assert_int_equal(s->asked, 3);
}

/* A condition of n letters. */
static struct fetch long_query(struct arena *a, struct fetch_filter *filter, size_t n)
{
	struct fetch_condition *condition = arena_new(a, struct fetch_condition);
	struct str *value = arena_new(a, struct str);
	char *p = arena_alloc(a, n);

	memset(p, 'x', n);
	*value = str_of(p, n);
	*condition = (struct fetch_condition){
		.attribute = S("name"), .op = FETCH_EQ, .values = value, .nvalues = 1
	};
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	return (struct fetch){ .entity = {
				       .table = S("thing"), .filters = filter, .nfilters = 1 } };
}

static void a_query_too_long_for_a_url_travels_in_a_batch(void **state)
{
	static const struct answer answers[] = {
		{ 200, "--b1\r\nContent-Type: application/http\r\n"
		       "Content-Transfer-Encoding: binary\r\n\r\n"
		       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
		       "{\"value\":[" ROW("1", "a") "]}\r\n--b1--\r\n" },
		{ 200, "--b1\r\nContent-Type: application/http\r\n"
		       "Content-Transfer-Encoding: binary\r\n\r\n"
		       "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n"
		       "{\"error\":{\"code\":\"0x80040220\",\"message\":\"no\"}}\r\n--b1--\r\n" },
		{ 200, "--b1--\r\n" },
	};
	struct script *s = script_make(*state, answers, COUNT_OF(answers));
	DEFER(buf_release) struct buf names = buf_make(0);
	struct fetch_filter filter;
	struct fetch query = long_query(s->a, &filter, 40000);
	struct err e;

	s->type = (struct header){ S("Content-Type"), S("multipart/mixed; boundary=b1") };
	OK(names_of(s, &query, &names, &e));
	expect_str(buf_str(&names), "a ");
	expect_str(s->last.target, "$batch");
	assert_int_equal(s->last.method, METHOD_POST);
	FAILS(names_of(s, &query, &names, &e), ERR_AUTH, "no");
	FAILS(names_of(s, &query, &names, &e), ERR_NETWORK, "the answer to a batch");
	query = long_query(s->a, &filter, 70000);
	FAILS(names_of(s, &query, &names, &e), ERR_INPUT, "shorten the filter");
	assert_int_equal(s->asked, 3);
}

static void a_service_says_who_it_is(void **state)
{
	static const struct answer answers[] = {
		{ 200, "{\"@odata.context\":\"x\",\"BusinessUnitId\":\"00000000-0000-0000-0000-"
		       "000000000003\",\"UserId\":\"00000000-0000-0000-0000-000000000002\","
		       "\"OrganizationId\":\"00000000-0000-0000-0000-000000000001\"}" },
		{ 200, "{\"UserId\":\"00000000-0000-0000-0000-000000000002\"}" },
		{ 200, "<html>" },
		{ 401, "" },
	};
	struct script *s = script_make(*state, answers, COUNT_OF(answers));
	struct guid organization, user;
	struct err e;

	OK(read_identity(&s->reader, &organization, &user, &e));
	assert_id(organization, 1);
	assert_id(user, 2);
	expect_str(s->targets.p[0], "WhoAmI");
	FAILS(read_identity(&s->reader, &organization, &user, &e), ERR_NETWORK, "OrganizationId");
	FAILS(read_identity(&s->reader, &organization, &user, &e), ERR_NETWORK, "WhoAmI");
	FAILS(read_identity(&s->reader, &organization, &user, &e), ERR_AUTH, "asking test:");
}

/* An EntityDefinitions element with only its key. */
static struct str definition(struct arena *a, const char *name)
{
	return str_fmt(a,
		       "{\"LogicalName\":\"%s\",\"SchemaName\":\"%s\",\"EntitySetName\":\"%ss\","
		       "\"PrimaryIdAttribute\":\"%sid\",\"Attributes\":[{\"LogicalName\":\"%sid\","
		       "\"SchemaName\":\"%sId\",\"AttributeType\":\"Uniqueidentifier\","
		       "\"AttributeTypeName\":{\"Value\":\"UniqueidentifierType\"},"
		       "\"IsValidForRead\":true}],\"ManyToOneRelationships\":[],"
		       "\"ManyToManyRelationships\":[],\"Keys\":[]}",
		       name, name, name, name, name, name);
}

static void only_tables_that_the_catalog_lacks_are_asked_for_once(void **state)
{
	struct world *w = *state;
	struct str body = str_fmt(&w->a, "{\"value\":[%s,%s]}", definition(&w->a, "b").p,
				  definition(&w->a, "c").p);
	const struct answer answers[] = { { 200, body.p } };
	const struct str names[] = { S("thing"), S("b"), S("c"), S("b"), S("gone"), S("") };
	struct script *s = script_make(w, answers, 1);
	struct catalog catalog = catalog_make(&w->a);
	struct err e;

	catalog_put(&catalog, &s->thing);
	OK(read_definitions(&s->reader, &catalog, names, COUNT_OF(names), &e));
	assert_int_equal(s->asked, 1);
	assert_int_equal(catalog.n, 3);
	assert_non_null(catalog_find(&catalog, S("b")));
	assert_non_null(catalog_find(&catalog, S("c")));
	assert_null(catalog_find(&catalog, S("gone")));
	assert_true(str_find(s->targets.p[0], S("'thing'")) == STR_NONE);
	struct str rest = str_skip(s->targets.p[0], str_find(s->targets.p[0], S("'b'")) + 1);
	assert_true(str_find(rest, S("'b'")) == STR_NONE);
	OK(read_definitions(&s->reader, &catalog, names, 3, &e));
	assert_int_equal(s->asked, 1);
}

static void definitions_of_many_tables_are_asked_for_in_short_urls(void **state)
{
	static struct answer answers[64];
	struct world *w = *state;
	struct str names[500];
	struct catalog catalog = catalog_make(&w->a);
	struct err e;

	for (size_t i = 0; i < COUNT_OF(answers); i++)
		answers[i] = (struct answer){ 200, "{\"value\":[]}" };
	for (int i = 0; i < 500; i++)
		names[i] = str_fmt(&w->a, "msdyn_a_rather_long_name_of_a_table_%d", i);
	struct script *s = script_make(w, answers, COUNT_OF(answers));
	OK(read_definitions(&s->reader, &catalog, names, COUNT_OF(names), &e));
	size_t found = 0;
	for (size_t i = 0; i < s->targets.n; i++)
		assert_true(s->targets.p[i].n < 16 * 1024);
	for (size_t k = 0; k < COUNT_OF(names); k++) {
		struct str quoted = str_fmt(&w->a, "'%.*s'", STR_ARG(names[k]));
		for (size_t i = 0; i < s->targets.n; i++)
			found += str_find(s->targets.p[i], quoted) != STR_NONE;
	}
	assert_int_equal(found, COUNT_OF(names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(pages_follow_each_other_by_cookie),
		WITH_WORLD(without_a_cookie_pages_are_counted),
		WITH_WORLD(a_server_that_never_ends_is_found_out),
		WITH_WORLD(a_query_keeps_its_filter_and_loses_its_own_columns_and_order),
		WITH_WORLD(a_query_for_the_first_rows_is_one_page),
		WITH_WORLD(lookups_come_with_their_table_and_name),
		WITH_WORLD(the_reader_of_rows_may_stop),
		WITH_WORLD(errors_of_the_service_say_what_was_read_and_whose_fault_it_is),
		WITH_WORLD(rows_are_asked_for_by_id_in_parts),
		WITH_WORLD(a_query_too_long_for_a_url_travels_in_a_batch),
		WITH_WORLD(a_service_says_who_it_is),
		WITH_WORLD(only_tables_that_the_catalog_lacks_are_asked_for_once),
		WITH_WORLD(definitions_of_many_tables_are_asked_for_in_short_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
