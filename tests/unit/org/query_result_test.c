/* SPDX-License-Identifier: MIT */
/*
 * The envelope and the shapes of answers (facts/webapi.md 1.2, 4.6), and the rows that a scope leaves: asked
 * through the service, and of the query itself.
 */
#include "served.h"

#include "dv/fetchxml.h"
#include "org/bind.h"
#include "org/result.h"
#include "org/sql_function.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n

static const struct {
	const char *set, *body;
} rows[] = {
	{ "accounts", "{\"accountid\":\"" ID("1") "\",\"name\":\"A\",\"revenue\":1234.5,"
						  "\"numberofemployees\":6200}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("2") "\",\"name\":\"B\",\"revenue\":3,"
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "contacts",
	  "{\"contactid\":\"" ID("3") "\",\"lastname\":\"Cid\",\"parentcustomerid_account@"
				      "odata.bind\":\"accounts(" ID("1") ")\"}" },
};

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect_status(s, ask(s, METHOD_POST, rows[i].set, rows[i].body), 204);
	return 0;
}

/* The names of the members of an object, joined by ' '. */
static const char *members(struct served *s, const struct json *o)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < o->n; i++) {
		buf_add(&b, i > 0 ? S(" ") : S(""));
		buf_add(&b, o->members[i].name);
	}
	return str_cstr(&s->arena, buf_str(&b));
}

static void annotations_of_the_envelope_stand_before_the_rows(void **state)
{
	struct served *s = *state;
	static const char query[] =
		"<fetch count='1'><entity name='account'><attribute name='name'/>"
		"<link-entity name='account' from='accountid' to='parentaccountid' "
		"link-type='outer' alias='a'><attribute name='name'/></link-entity>"
		"</entity></fetch>";

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s, fetch(s, "accounts", query), 200);
	assert_string_equal(members(s, answer_json(s)),
			    "@odata.context @Microsoft.Dynamics.CRM.totalrecordcount "
			    "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded "
			    "@Microsoft.Dynamics.CRM.globalmetadataversion "
			    "@Microsoft.Dynamics.CRM.morerecords "
			    "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie "
			    "@a.OData.Community.Display.V1.CurrentEntityField value");
	assert_int_equal(json_int(answer_json(s), S("@Microsoft.Dynamics.CRM.totalrecordcount"), 0),
			 -1);
	assert_true(json_get(answer_json(s), S("@Microsoft.Dynamics.CRM.globalmetadataversion"))
			    ->kind == JSON_STRING);
	assert_true(str_eq(
		json_text(answer_json(s), S("@a.OData.Community.Display.V1.CurrentEntityField")),
		S("parentaccountid")));
	/* by name: nothing but what was asked for */
	with_header(s, "Prefer",
		    "odata.include-annotations=\"Microsoft.Dynamics.CRM.fetchxmlpagingcookie,"
		    "Microsoft.Dynamics.CRM.morerecords\"");
	expect_status(s, fetch(s, "accounts", query), 200);
	assert_string_equal(members(s, answer_json(s)),
			    "@odata.context @Microsoft.Dynamics.CRM.morerecords "
			    "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie value");
	expect_status(s, fetch(s, "accounts", query), 200);
	assert_string_equal(members(s, answer_json(s)), "@odata.context value");
}

static void the_last_page_tells_of_itself_under_star_alone(void **state)
{
	struct served *s = *state;
	static const char query[] = "<fetch count='2'><entity name='account'>"
				    "<attribute name='name'/></entity></fetch>";

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s, fetch(s, "accounts", query), 200);
	assert_true(answer_has(s, "\"@Microsoft.Dynamics.CRM.morerecords\":false"));
	assert_true(answer_has(s, "<cookie pagenumber=\\\"1\\\" pagingcookie="));
	with_header(s, "Prefer",
		    "odata.include-annotations=\"Microsoft.Dynamics.CRM.morerecords\"");
	expect_status(s, fetch(s, "accounts", query), 200);
	assert_false(answer_has(s, "morerecords"));
}

static void a_page_without_rows_has_no_place(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch><entity name='account'><attribute name='name'/><filter>"
			    "<condition attribute='name' operator='eq' value='nobody'/></filter>"
			    "</entity></fetch>"),
		      200);
	assert_true(answer_has(s, "\"@Microsoft.Dynamics.CRM.morerecords\":false"));
	assert_false(answer_has(s, "pagingcookie"));
}

static void rows_in_all_are_counted_when_asked_for(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch count='1' returntotalrecordcount='true'>"
			    "<entity name='account'><attribute name='name'/></entity></fetch>"),
		      200);
	assert_int_equal(json_int(answer_json(s), S("@Microsoft.Dynamics.CRM.totalrecordcount"), 0),
			 2);
}

static void numbers_are_shown_as_people_read_them(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch><entity name='account'><attribute name='revenue'/>"
			    "<attribute name='numberofemployees'/></entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "revenue@OData.Community.Display.V1.FormattedValue"),
			    "$1,234.50|$3.00");
	assert_string_equal(
		joined(s, "numberofemployees@OData.Community.Display.V1.FormattedValue"),
		"6,200|-");
	/* money comes with its currency */
	assert_string_not_equal(joined(s, "_transactioncurrencyid_value"), "-|-");
}

/* A query below the service. */

struct direct {
	struct arena arena;
	struct store store;
	struct err e;
};

static void direct_must(struct direct *d, bool ok)
{
	if (!ok)
		fail_msg("%s", d->e.msg);
}

static void direct_open(struct direct *d, const struct served *s)
{
	*d = (struct direct){ .arena = arena_make(0) };
	direct_must(d, store_open(&d->store, &d->arena, s->path, false, &d->e));
	direct_must(d, sql_register(&d->store, &d->e));
}

static void direct_close(struct direct *d)
{
	store_close(&d->store);
	arena_release(&d->arena);
}

static struct query *direct_query(struct direct *d, const char *xml, bool odata)
{
	const struct table *t;
	struct fetch f;
	struct query *q;

	direct_must(d, fetch_parse(&d->arena, str_from(xml), "query", 1, &f, &d->e));
	f.odata = odata;
	direct_must(d, store_table(&d->store, f.entity.table, &t, &d->e));
	direct_must(d, bind_fetch(&d->store, &d->arena, t, &f, &q, &d->e));
	return q;
}

/* The body, as if the service had answered it. */
static void direct_rows(struct direct *d, struct served *s, struct result *r)
{
	static const struct prefer nothing;
	DEFER(buf_release) struct buf body = buf_make(0);
	struct buf_sink sink = buf_sink_make(&body);

	r->store = &d->store;
	r->arena = &d->arena;
	r->prefer = &nothing;
	r->root = S("/");
	direct_must(d, result_rows(r, &sink.sink, &d->e));
	s->answer.body = str_dup(&s->arena, buf_str(&body));
}

static const char *scoped(struct direct *d, struct served *s, const char *xml, size_t node,
			  const struct query_scope *scope, const char *property)
{
	struct query *q = direct_query(d, xml, false);
	struct result r = { .query = q };

	q->nodes.p[node]->scope = scope;
	direct_rows(d, s, &r);
	return joined(s, property);
}

#define ACCOUNTS "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"
#define WITH_PARENT(type)                                                                          \
	"<fetch><entity name='account'><attribute name='name'/>"                                   \
	"<link-entity name='account' from='accountid' to='parentaccountid' alias='p' "             \
	"link-type='" type "'><attribute name='name'/></link-entity></entity></fetch>"

static void a_scope_leaves_the_rows_that_its_reader_may_see(void **state)
{
	struct served *s = *state;
	DEFER(direct_close) struct direct d;

	direct_open(&d, s);

	struct guid nobody = { { 1 } };
	struct guid users[] = { nobody, d.store.admin };
	struct query_scope none = { .none = true };
	struct query_scope other = { .owners = users, .nowners = 1 };
	struct query_scope own = { .owners = users, .nowners = 2 };
	struct query_scope unit = {
		.owners = users, .nowners = 1, .units = &d.store.root_unit, .nunits = 1
	};
	struct query_scope wrong_unit = { .units = &nobody, .nunits = 1 };

	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, NULL, "name"), "A|B");
	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, &own, "name"), "A|B");
	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, &unit, "name"), "A|B");
	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, &other, "name"), "");
	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, &wrong_unit, "name"), "");
	assert_string_equal(scoped(&d, s, ACCOUNTS, 0, &none, "name"), "");
	/* of a link: an outer one keeps its parent */
	assert_string_equal(scoped(&d, s, WITH_PARENT("outer"), 1, &other, "name"), "A|B");
	assert_string_equal(scoped(&d, s, WITH_PARENT("outer"), 1, &other, "p.name"), "-|-");
	assert_string_equal(scoped(&d, s, WITH_PARENT("outer"), 1, &own, "p.name"), "-|A");
	assert_string_equal(scoped(&d, s, WITH_PARENT("inner"), 1, &other, "name"), "");
	assert_string_equal(scoped(&d, s, WITH_PARENT("exists"), 1, &own, "name"), "B");
	assert_string_equal(scoped(&d, s, WITH_PARENT("exists"), 1, &other, "name"), "");
	/* rows that have no owner are seen by who may see the table */
	assert_int_equal(strlen(scoped(&d, s,
				       "<fetch top='1'><entity name='organization'>"
				       "<attribute name='organizationid'/></entity></fetch>",
				       0, &other, "organizationid")),
			 36);
}

struct told {
	uint32_t next;
	struct str cookie;
	struct arena *arena;
};

static bool tell_next(void *context, struct buf *out, uint32_t next, struct str cookie,
		      struct err *e)
{
	struct told *t = context;

	(void)e;
	t->next = next;
	t->cookie = str_dup(t->arena, cookie);
	buf_add(out, S("next"));
	return true;
}

static bool write_more(void *context, struct json_writer *w, const struct stmt *row, struct err *e)
{
	const struct query_extra *x = context;

	(void)e;
	json_key(w, S("more"));
	json_str(w, stmt_str(row, x->at));
	return true;
}

static void rows_of_odata_have_nulls_a_next_link_and_what_hooks_write(void **state)
{
	struct served *s = *state;
	DEFER(direct_close) struct direct d;

	direct_open(&d, s);

	struct query *q =
		direct_query(&d,
			     "<fetch count='1'><entity name='account'><attribute name='name'/>"
			     "<attribute name='telephone1'/></entity></fetch>",
			     true);
	const struct query_extra *x;
	struct told told = { .arena = &d.arena };
	struct query_field unit = { &q->root,
				    table_column(q->root.table, S("owningbusinessunit")) };

	direct_must(&d, query_add_extra(q, &d.arena, unit, &x, &d.e));

	struct query_extra kept = *x;
	struct result r = {
		.query = q,
		.next = { tell_next, &told },
		.hook = { write_more, &kept },
		.count = true,
		.expanded = S("nav(name)"),
	};

	direct_rows(&d, s, &r);
	assert_string_equal(members(s, answer_json(s)),
			    "@odata.context @odata.count value @odata.nextLink");
	assert_int_equal(json_int(answer_json(s), S("@odata.count"), 0), 2);
	assert_true(answer_has(s, "$metadata#accounts(name,telephone1,nav(name))"));
	assert_string_equal(members(s, &json_get(answer_json(s), S("value"))->items[0]),
			    "@odata.etag name telephone1 accountid more");
	assert_true(answer_has(s, "\"telephone1\":null"));
	assert_true(str_eq(guid_text(&d.arena, d.store.root_unit), str_from(joined(s, "more"))));
	assert_int_equal(told.next, 2);
	assert_string_equal(str_cstr(&d.arena, told.cookie),
			    "<cookie page=\"1\"><accountid last=\"{" ID("1") "}\" first=\"{" ID(
				    "1") "}\" /></cookie>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_of_the_envelope_stand_before_the_rows),
		cmocka_unit_test(the_last_page_tells_of_itself_under_star_alone),
		cmocka_unit_test(a_page_without_rows_has_no_place),
		cmocka_unit_test(rows_in_all_are_counted_when_asked_for),
		cmocka_unit_test(numbers_are_shown_as_people_read_them),
		cmocka_unit_test(a_scope_leaves_the_rows_that_its_reader_may_see),
		cmocka_unit_test(rows_of_odata_have_nulls_a_next_link_and_what_hooks_write),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}
