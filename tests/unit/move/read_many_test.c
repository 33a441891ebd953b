/* SPDX-License-Identifier: MIT */
/*
 * Several queries at once, from a service that answers the request that came last first, in pieces, and breaks
 * bodies off where a test wants it.
 */
#include "move/read.h"

#include "fixture.h"

#include "base/codec.h"
#include "base/vec.h"
#include "io/json.h"

struct pending {
	struct request request;
	uint64_t tag;
	struct str target; /* decoded */
};

struct line {
	struct service service;
	struct arena *a;
	struct pending pending[64];
	size_t n, most; /* on their way now, and at most at once */
	/* The body for a request; *status is 200 unless it says otherwise, 0 for no answer. */
	const char *(*body)(struct line *l, struct str target, int *status);
	/* What arrives before the body breaks off; NULL: it does not. */
	const char *(*broken)(struct line *l, struct str target);
	VEC(struct str) targets;
	struct str prefer; /* of the last request */
	bool reposted;     /* a POST was said to be repeatable */
	unsigned count;    /* for the tests */
	struct err failure;
	struct reader reader;
	struct table thing;
};

static bool line_submit(struct service *s, const struct request *r, uint64_t tag, struct err *e)
{
	struct line *l = CONTAINER_OF(s, struct line, service);
	DEFER(buf_release) struct buf decoded = buf_make(0);
	const struct str *prefer = header_find(r->headers, r->nheaders, S("Prefer"));

	(void)e;
	assert_true(l->n < COUNT_OF(l->pending));
	assert_true(r->again != NULL);
	assert_true(url_decode(&decoded, r->target, false));
	struct str target = str_dup(l->a, buf_str(&decoded));
	l->pending[l->n++] = (struct pending){ *r, tag, target };
	l->most = l->n > l->most ? l->n : l->most;
	*VEC_PUSH(l->a, &l->targets) = target;
	l->prefer = prefer ? str_dup(l->a, *prefer) : S("");
	l->reposted = l->reposted || (r->method == METHOD_POST && r->repeatable);
	return true;
}

/* In pieces of three bytes. */
static bool deliver(const struct request *r, const char *body, struct err *e)
{
	for (struct str rest = str_from(body); rest.n > 0; rest = str_skip(rest, 3))
		if (!sink_write(r->into, str_sub(rest, 0, 3), e))
			return false;
	return true;
}

static bool line_next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	struct line *l = CONTAINER_OF(s, struct line, service);
	int status = 200;

	assert_true(l->n > 0);
	struct pending p = l->pending[--l->n];
	const char *broken = l->broken ? l->broken(l, p.target) : NULL;
	const char *body = l->body(l, p.target, &status);

	*tag = p.tag;
	*out = (struct response){ .status = status };
	/* while it arrives it is still on its way */
	l->n++;
	for (size_t i = l->n - 1; i > 0; i--)
		l->pending[i] = l->pending[i - 1];
	l->pending[0] = p;
	bool ok = true;
	if (broken && deliver(&p.request, broken, e))
		p.request.again(p.request.again_context);
	if (status == 200)
		ok = deliver(&p.request, body, e);
	for (size_t i = 0; i + 1 < l->n; i++)
		l->pending[i] = l->pending[i + 1];
	l->n--;
	if (status == 0) {
		(void)err_set(&l->failure, ERR_INTERNAL, "%s", body);
		*out = (struct response){ .fate = FATE_NOT_DONE, .failure = &l->failure };
	} else if (status != 200) {
		out->body = str_from(body);
	}
	return ok;
}

static const char thing_facts[] =
	"{\"logicalName\":\"thing\",\"entitySetName\":\"things\",\"primaryId\":\"thingid\","
	"\"attributes\":[{\"logicalName\":\"thingid\",\"type\":\"UniqueidentifierType\","
	"\"validForRead\":true},{\"logicalName\":\"name\",\"type\":\"StringType\","
	"\"validForRead\":true},{\"logicalName\":\"owner\",\"type\":\"LookupType\","
	"\"validForRead\":true,\"targets\":[\"team\",\"person\"]},{\"logicalName\":\"parent\","
	"\"type\":\"LookupType\",\"validForRead\":true,\"targets\":[\"thing\"]}]}";

static struct line *line_make(struct world *w, unsigned width,
			      const char *(*body)(struct line *, struct str, int *))
{
	struct line *l = arena_new(&w->a, struct line);
	struct json json;
	struct err e;

	l->service = (struct service){ line_submit, line_next, width, "test:" };
	l->a = &w->a;
	l->body = body;
	l->reader = (struct reader){ .service = &l->service, .run = &w->run, .arena = &w->a };
	OK(json_parse(&w->a, str_from(thing_facts), "facts", &json, &e));
	OK(table_from_facts(&w->a, &json, "facts", &l->thing, &e));
	return l;
}

/* How often each row came, by the last byte of its id. */
struct seen {
	unsigned times[256];
	unsigned rows;
};

static bool see(void *context, const struct read_row *row, struct err *e)
{
	struct seen *seen = context;

	(void)e;
	seen->times[row->id.b[15]]++;
	seen->rows++;
	return true;
}

static struct fetch named(struct arena *a, struct fetch_filter *filter, struct str name)
{
	struct fetch_condition *condition = arena_new(a, struct fetch_condition);
	struct str *value = arena_new(a, struct str);

	*value = name;
	*condition = (struct fetch_condition){ .attribute = S("name"),
					       .op = FETCH_EQ,
					       .op_name = S("eq"),
					       .values = value,
					       .nvalues = 1 };
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	return (struct fetch){ .entity = {
				       .table = S("thing"), .filters = filter, .nfilters = 1 } };
}

static struct read_query all_things(struct line *l, struct seen *seen)
{
	const struct column **columns = arena_array(l->a, const struct column *, 1);
	struct fetch *fetch = arena_new(l->a, struct fetch);

	columns[0] = table_column(&l->thing, S("name"));
	*fetch = (struct fetch){ .entity = { .table = S("thing") } };
	return (struct read_query){ .table = &l->thing,
				    .fetch = fetch,
				    .columns = columns,
				    .n = 1,
				    .row = see,
				    .context = seen };
}

#define ROW(xx, name)                                                                              \
	"{\"thingid\":\"00000000-0000-0000-0000-0000000000" xx "\",\"name\":\"" name "\"}"
#define COOKIE(n)                                                                                  \
	"\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":\"<cookie pagenumber=\\\"2\\\" "         \
	"pagingcookie=\\\"%253ccookie%2520page%253d%2522" n                                        \
	"%2522%253e%253c%252fcookie%253e\\\" istracking=\\\"False\\\" />\","
#define MORE "\"@Microsoft.Dynamics.CRM.morerecords\":true,"

/* Query "q" has rows q0, q1, q2, one per page. */
static const char *page_of(struct line *l, struct str target, int *status)
{
	size_t at = str_find(target, S("value=\"")) + 7;
	char q = target.p[at];
	bool second = str_find(target, S("page=\"2\"")) != STR_NONE;
	bool third = str_find(target, S("page=\"3\"")) != STR_NONE;

	(void)status;
	if (third)
		return str_fmt(l->a, "{\"value\":[" ROW("%c2", "x") "]}", q).p;
	if (second)
		return str_fmt(l->a, "{\"value\":[" ROW("%c1", "x") "]," MORE "\"x\":1}", q).p;
	return str_fmt(l->a, "{" MORE "\"value\":[" ROW("%c0", "x") "]}", q).p;
}

static void queries_take_turns_and_none_loses_a_row(void **state)
{
	static const char *const names[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	struct line *l = line_make(*state, 4, page_of);
	struct fetch_filter filters[COUNT_OF(names)];
	struct fetch fetches[COUNT_OF(names)];
	struct read_query queries[COUNT_OF(names)];
	struct seen seen = { 0 };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		fetches[i] = named(l->a, &filters[i], str_from(names[i]));
		queries[i] = all_things(l, &seen);
		queries[i].fetch = &fetches[i];
	}
	OK(read_many(&l->reader, queries, COUNT_OF(names), NULL, &e));
	assert_int_equal(seen.rows, 27);
	for (unsigned q = 1; q <= 9; q++)
		for (unsigned page = 0; page < 3; page++)
			assert_int_equal(seen.times[16 * q + page], 1);
	assert_int_equal(l->targets.n, 27);
	assert_int_equal(l->most, 4);
	assert_false(l->reader.busy);
}

static const char *page_with_head(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)status;
	if (str_find(target, S("page=\"3\"")) != STR_NONE)
		return "{\"value\":[" ROW("05", "e") "]}";
	if (str_find(target, S("page=\"2\"")) != STR_NONE)
		return "{" COOKIE("2") MORE "\"value\":[" ROW("03", "c") "," ROW("04", "d") "]}";
	return "{" COOKIE("1") MORE "\"value\":[" ROW("01", "a") "," ROW("02", "b") "]}";
}

static void a_page_is_asked_for_while_the_one_before_arrives(void **state)
{
	struct line *l = line_make(*state, 2, page_with_head);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct err e;

	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(seen.rows, 5);
	assert_int_equal(l->most, 2);
	assert_int_equal(l->targets.n, 3);
	assert_true(str_find(l->targets.p[2], S("paging-cookie=\"&lt;cookie page=&quot;2")) !=
		    STR_NONE);
	/* and never where only one is wanted */
	l = line_make(*state, 1, page_with_head);
	q = all_things(l, &seen);
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(seen.rows, 10);
	assert_int_equal(l->most, 1);
}

static const char *half_of_two(struct line *l, struct str target)
{
	return str_find(target, S("page=\"2\"")) == STR_NONE || l->count++ > 0
		       ? NULL
		       : "{" MORE "\"value\":[" ROW("03", "c") "," ROW("04", "d") ",{\"thing";
}

/* Row 3 has changed meanwhile, row 4 is gone, and 6 is new. */
static const char *changed_meanwhile(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)status;
	if (str_find(target, S("page=\"3\"")) != STR_NONE)
		return "{\"value\":[" ROW("05", "e") "]}";
	if (str_find(target, S("page=\"2\"")) != STR_NONE)
		return "{" COOKIE("2") MORE "\"value\":[" ROW("06", "new") "," ROW("03", "C") "]}";
	return "{" COOKIE("1") MORE "\"value\":[" ROW("01", "a") "," ROW("02", "b") "]}";
}

static void rows_of_a_body_that_broke_off_come_once(void **state)
{
	for (unsigned width = 1; width <= 3; width++) {
		struct line *l = line_make(*state, width, changed_meanwhile);
		struct seen seen = { 0 };
		struct read_query q = all_things(l, &seen);
		struct err e;

		l->broken = half_of_two;
		OK(read_many(&l->reader, &q, 1, NULL, &e));
		for (unsigned i = 1; i <= 6; i++)
			assert_int_equal(seen.times[i], 1);
		assert_int_equal(seen.rows, 6);
		assert_int_equal(l->targets.n, 3);
	}
}

static const char *half_of_one(struct line *l, struct str target)
{
	return str_find(target, S("page=\"1\"")) == STR_NONE || l->count++ > 0
		       ? NULL
		       : "{" COOKIE("2") MORE "\"value\":[" ROW("01", "a") ",{\"thing";
}

/* Row 0 came in front of the others: row 2 is no more on the first page, and the second one began behind it. */
static const char *shifted(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)status;
	if (str_find(target, S("page=&quot;1&quot;")) != STR_NONE)
		return "{\"value\":[" ROW("02", "b") "," ROW("03", "c") "]}";
	if (str_find(target, S("page=&quot;2&quot;")) != STR_NONE)
		return "{\"value\":[" ROW("03", "c") "]}";
	return "{" COOKIE("1") MORE "\"value\":[" ROW("00", "new") "," ROW("01", "a") "]}";
}

static void no_row_is_lost_between_a_page_that_came_again_and_the_one_after_it(void **state)
{
	for (unsigned width = 1; width <= 3; width++) {
		struct line *l = line_make(*state, width, shifted);
		struct seen seen = { 0 };
		struct read_query q = all_things(l, &seen);
		struct err e;

		l->broken = half_of_one;
		OK(read_many(&l->reader, &q, 1, NULL, &e));
		for (unsigned i = 0; i <= 3; i++)
			assert_true(seen.times[i] >= 1);
		assert_int_equal(l->n, 0);
	}
}

/* As the platform refuses a cookie (facts/webapi.md 2.5): so many times. */
static const char *forgetful(struct line *l, struct str target, int *status)
{
	if (str_find(target, S("page=\"3\"")) != STR_NONE && l->count > 0) {
		l->count--;
		*status = 400;
		return "{\"error\":{\"code\":\"0x8004112a\",\"message\":\"no such cookie\"}}";
	}
	return page_with_head(l, target, status);
}

static void a_query_whose_place_the_service_has_forgotten_begins_anew(void **state)
{
	for (unsigned width = 1; width <= 3; width++) {
		struct line *l = line_make(*state, width, forgetful);
		struct seen seen = { 0 };
		struct read_query q = all_things(l, &seen);
		struct err e;

		l->count = 2;
		OK(read_many(&l->reader, &q, 1, NULL, &e));
		for (unsigned i = 1; i <= 5; i++)
			assert_true(seen.times[i] >= 1);
		assert_int_equal(l->targets.n, 9);
	}
}

static void a_service_that_forgets_each_time_is_given_up(void **state)
{
	struct line *l = line_make(*state, 2, forgetful);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct err e;

	l->count = 100;
	assert_false(read_many(&l->reader, &q, 1, NULL, &e));
	assert_non_null(strstr(e.msg, "no such cookie"));
	assert_true(l->targets.n <= 12);
	assert_int_equal(l->n, 0);
}

static const char *no_json(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)target;
	(void)status;
	return "{\"value\":[" ROW("01", "a") ",]}";
}

static void what_is_no_json_is_not_the_fault_of_who_asked(void **state)
{
	struct line *l = line_make(*state, 2, no_json);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct err e;

	assert_false(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
}

/* Cookies there are for an order by the key alone, and only that order is not changed by what happens to rows. */
static void all_rows_are_asked_for_by_their_key(void **state)
{
	struct line *l = line_make(*state, 2, page_with_head);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct fetch_order order = { .attribute = S("name"), .descending = true };
	struct fetch fetch = { .entity = { .table = S("thing"), .orders = &order, .norders = 1 } };
	struct err e;

	q.fetch = &fetch;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_true(str_find(l->targets.p[0], S("<order attribute=\"thingid\"/>")) != STR_NONE);
	assert_true(str_find(l->targets.p[0], S("<order attribute=\"name\"")) == STR_NONE);
	/* the first rows are others in another order */
	fetch.top = 2;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_true(str_find(l->targets.p[l->targets.n - 1], S("<order attribute=\"name\"")) !=
		    STR_NONE);
}

#define PART(body)                                                                                 \
	"--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"      \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" body

static const char *half_of_batch(struct line *l, struct str target)
{
	(void)target;
	return l->count++ > 0 ? NULL : PART("{\"value\":[" ROW("01", "a") "," ROW("02", "b"));
}

static const char *batch(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)target;
	(void)status;
	return PART("{\"value\":[" ROW("01", "a") "," ROW("02", "b\\r\\n--b1 ") "," ROW(
		"03", "c") "]}\r\n--b1--\r\n");
}

static void a_batch_that_broke_off_is_no_different(void **state)
{
	struct line *l = line_make(*state, 2, batch);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct fetch_filter filter;
	char *long_name = arena_alloc(l->a, 40000);
	struct err e;

	memset(long_name, 'x', 40000);
	struct fetch fetch = named(l->a, &filter, str_of(long_name, 40000));
	q.fetch = &fetch;
	l->broken = half_of_batch;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(seen.rows, 3);
	expect_str(l->targets.p[0], "$batch");
	assert_true(l->reposted);
}

static const char *silent_second(struct line *l, struct str target, int *status)
{
	if (str_find(target, S("page=\"2\"")) == STR_NONE)
		return page_with_head(l, target, status);
	*status = 0;
	return "the connection broke 5 times (request id 7)";
}

static void a_page_without_an_answer_is_named(void **state)
{
	struct line *l = line_make(*state, 1, silent_second);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	const struct read_query *failed = NULL;
	struct err e;

	FAILS(read_many(&l->reader, &q, 1, &failed, &e), ERR_NETWORK,
	      "reading thing from test:: page 2: the connection broke 5 times (request id 7)");
	assert_ptr_equal(failed, &q);
}

static const char *one_refused(struct line *l, struct str target, int *status)
{
	if (str_find(target, S("value=\"1\"")) == STR_NONE)
		return page_of(l, target, status);
	*status = 400;
	return "{\"error\":{\"code\":\"0x80041103\",\"message\":\"no such column\"}}";
}

/* The line answers the last one first: the first query is refused when the others have begun. */
static void a_failure_leaves_nothing_on_its_way(void **state)
{
	static const char *const names[] = { "2", "1", "3", "4" };
	struct line *l = line_make(*state, 4, one_refused);
	struct fetch_filter filters[COUNT_OF(names)];
	struct fetch fetches[COUNT_OF(names)];
	struct read_query queries[COUNT_OF(names)];
	struct seen seen = { 0 };
	const struct read_query *failed = NULL;
	struct err e;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		fetches[i] = named(l->a, &filters[i], str_from(names[i]));
		queries[i] = all_things(l, &seen);
		queries[i].fetch = &fetches[i];
	}
	FAILS(read_many(&l->reader, queries, COUNT_OF(names), &failed, &e), ERR_INPUT,
	      "reading thing from test:: no such column");
	assert_ptr_equal(failed, &queries[1]);
	assert_int_equal(l->n, 0);
	assert_int_equal(seen.times[0x20], 0); /* what still came was not wanted */
	assert_false(l->reader.busy);
}

static const char *none(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)target;
	(void)status;
	return "{\"value\":[]}";
}

static void rows_by_id_are_asked_for_in_several_requests_at_once(void **state)
{
	struct line *l = line_make(*state, 8, none);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct guid ids[950];
	struct err e;

	for (uint32_t i = 0; i < COUNT_OF(ids); i++)
		ids[i] = id(i);
	OK(read_by_id(&l->reader, &q, S("thingid"), ids, COUNT_OF(ids), &e));
	assert_int_equal(l->targets.n, 5);
	assert_int_equal(l->most, 5);
}

static const char *linked(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)status;
	if (str_starts(target, S("things?$skiptoken=2")))
		return "{\"value\":[" ROW("02", "b") "]}";
	return "{\"value\":[" ROW("01", "a") "],\"@odata.nextLink\":\"https://elsewhere.test/api/"
					     "data/v9.2/things?$skiptoken=2\"}";
}

static void a_link_to_the_next_page_is_followed_on_the_same_service(void **state)
{
	struct line *l = line_make(*state, 2, linked);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct err e;

	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(seen.rows, 2);
	expect_str(l->targets.p[1], "things?$skiptoken=2");
}

static const char *linked_away(struct line *l, struct str target, int *status)
{
	(void)l;
	(void)target;
	(void)status;
	return "{\"value\":[" ROW("01",
				  "a") "],\"@odata.nextLink\":\"https://elsewhere.test/things?at="
				       "/api/data/v9.2/things\"}";
}

static void a_link_that_leads_elsewhere_is_not_followed(void **state)
{
	struct line *l = line_make(*state, 2, linked_away);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	struct err e;

	assert_false(read_many(&l->reader, &q, 1, NULL, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
	assert_non_null(strstr(e.msg, "https://elsewhere.test/things"));
	assert_int_equal(l->targets.n, 1);
}

static void annotations_are_those_that_the_columns_need(void **state)
{
	struct line *l = line_make(*state, 1, none);
	struct seen seen = { 0 };
	struct read_query q = all_things(l, &seen);
	const struct column *columns[2] = { table_column(&l->thing, S("name")),
					    table_column(&l->thing, S("parent")) };
	struct err e;

	q.columns = columns;
	q.n = 2;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_true(str_find(l->prefer, S("lookuplogicalname")) == STR_NONE);
	assert_true(str_find(l->prefer, S("FormattedValue")) == STR_NONE);
	q.names = true;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_true(str_find(l->prefer, S("lookuplogicalname")) == STR_NONE);
	assert_true(str_find(l->prefer, S("FormattedValue")) != STR_NONE);
	columns[1] = table_column(&l->thing, S("owner"));
	q.names = false;
	OK(read_many(&l->reader, &q, 1, NULL, &e));
	assert_true(str_find(l->prefer, S("lookuplogicalname")) != STR_NONE);
	assert_true(str_find(l->prefer, S("FormattedValue")) == STR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(queries_take_turns_and_none_loses_a_row),
		WITH_WORLD(a_page_is_asked_for_while_the_one_before_arrives),
		WITH_WORLD(rows_of_a_body_that_broke_off_come_once),
		WITH_WORLD(no_row_is_lost_between_a_page_that_came_again_and_the_one_after_it),
		WITH_WORLD(a_query_whose_place_the_service_has_forgotten_begins_anew),
		WITH_WORLD(a_service_that_forgets_each_time_is_given_up),
		WITH_WORLD(what_is_no_json_is_not_the_fault_of_who_asked),
		WITH_WORLD(all_rows_are_asked_for_by_their_key),
		WITH_WORLD(a_batch_that_broke_off_is_no_different),
		WITH_WORLD(a_page_without_an_answer_is_named),
		WITH_WORLD(a_failure_leaves_nothing_on_its_way),
		WITH_WORLD(rows_by_id_are_asked_for_in_several_requests_at_once),
		WITH_WORLD(a_link_to_the_next_page_is_followed_on_the_same_service),
		WITH_WORLD(a_link_that_leads_elsewhere_is_not_followed),
		WITH_WORLD(annotations_are_those_that_the_columns_need),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
