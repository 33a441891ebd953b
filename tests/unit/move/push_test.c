/* SPDX-License-Identifier: MIT */
/*
 * Writing, when the service does not do as it should: it refuses rows, somebody changes them meanwhile,
 * its answers are garbage, cut off, or do not come at all; and a person who stops it.
 */
#include "move/push.h"

#include "engine.h"

#include "move/push_size.h"

#define THREE                                                                                      \
	SKILL_ROWS(ROW(ID("01"), IS("name", "a")) ROW(ID("02"), IS("name", "b"))                   \
			   ROW(ID("03"), IS("name", "c")))

static void a_refused_row_fails_alone_with_the_service_s_words(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name") FIELD("characteristictype", "optionsetvalue")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a"))
				  ROW(ID("02"), IS("name", "b") IS("characteristictype", "77"))
					  ROW(ID("03"), IS("name", "c"))));
	lost_something(w);
	rows_are(w, "characteristic", "read 3: 1 failed, 2 created");
	told(w, "error characteristic " ID("02"), "refused to create the row: ");
	told(w, "error characteristic " ID("02"), "characteristictype");
	target_has(w, "SELECT name FROM characteristic ORDER BY 1", "a|c");
}

static void patch(struct engine *w, const char *target, const char *json)
{
	static const struct header headers[] = { { STR_INIT("Content-Type"),
						   STR_INIT("application/json") } };
	struct request r = { .method = METHOD_PATCH,
			     .target = str_from(target),
			     .headers = headers,
			     .nheaders = 1,
			     .body = str_from(json) };
	struct response answer;

	must(w, service_call(org_service(w->org), &r, &answer, &w->e));
	assert_int_equal(answer.status, 204);
}

static bool somebody_else_writes(struct engine *w, const struct request *r, struct err *e)
{
	(void)r;
	(void)e;
	if (w->batch && w->count++ == 0)
		patch(w, "characteristics(" ID("01") ")", "{\"description\":\"theirs\"}");
	return true;
}

/* Another run, perhaps: it stops with what was under way. */
static void stopped_by_others(struct engine *w)
{
	if (w->ok || w->e.kind != ERR_CONFLICT || !strstr(w->e.msg, "somebody else writes"))
		fail_msg("ok %d, kind %d: %s\n%s", w->ok, w->e.kind, w->e.msg, problems(w));
}

static void a_row_that_somebody_changes_meanwhile_is_not_overwritten(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"characteristictype\":1}");
	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("02") "\",\"name\":\"b\",\"characteristictype\":1}");
	w->before = somebody_else_writes;
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "ours"))
				  ROW(ID("02"), IS("name", "b") IS("description", "ours"))));
	stopped_by_others(w);
	rows_are(w, "characteristic", "read 2: 1 failed, 1 updated");
	told(w, "error characteristic " ID("01"), "refused to update the row");
	target_has(w, "SELECT description FROM characteristic ORDER BY name", "theirs|ours");
}

static bool somebody_deletes(struct engine *w, const struct request *r, struct err *e)
{
	(void)r;
	(void)e;
	if (w->batch)
		alter(w, "DELETE FROM characteristic");
	return true;
}

static void a_row_that_somebody_deletes_meanwhile_is_not_made_again(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"characteristictype\":1}");
	w->before = somebody_deletes;
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "ours"))));
	lost_something(w);
	rows_are(w, "characteristic", "read 1: 1 failed");
	target_has(w, "SELECT count(*) FROM characteristic", "0");
}

static void changes_go_in_as_many_requests_as_asked_for(void **state)
{
	struct engine *w = *state;

	w->options.execution.batch_size = 1;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	assert_int_equal(w->batches, 3);
	assert_int_equal(w->run.writes, 3);
}

/* What a broken service may say to a $batch. */
static void answer_empty(struct engine *w, struct response *out)
{
	if (w->batch)
		out->body = S("");
}

static void answer_noise(struct engine *w, struct response *out)
{
	if (w->batch)
		out->body = S("\xff\xfe\0\1 no multipart at all\r\n\r\n--");
}

static void answer_json(struct engine *w, struct response *out)
{
	static const struct header json[] = { { STR_INIT("Content-Type"),
						STR_INIT("application/json") } };

	if (!w->batch)
		return;
	out->headers = json;
	out->nheaders = 1;
	out->body = S("{\"value\":[]}");
}

static void answer_gateway(struct engine *w, struct response *out)
{
	static const struct header html[] = { { STR_INIT("Content-Type"), STR_INIT("text/html") } };

	if (!w->batch)
		return;
	*out = (struct response){
		.status = 502, .headers = html, .nheaders = 1, .body = S("<html>Bad gateway</html>")
	};
}

static void answer_bare(struct engine *w, struct response *out)
{
	if (w->batch)
		*out = (struct response){ .status = 200 };
}

static const char *in_target =
	"SELECT group_concat(name, '') FROM (SELECT name FROM characteristic ORDER BY 1)";

static void after_a_broken_answer_the_rows_are_looked_for(void **state)
{
	static void (*const broken[])(struct engine *, struct response *) = {
		answer_empty, answer_noise, answer_json, answer_gateway, answer_bare
	};
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		alter(w, "DELETE FROM characteristic");
		w->after = broken[i];
		import(w, SKILL(TEXT("name")), THREE);
		succeeded(w);
		nothing_told(w);
		rows_are(w, "characteristic", "read 3: 3 created");
		assert_int_equal(w->batches, 1);
		target_has(w, in_target, "abc");
	}
}

/* Nothing of a $batch is done, and what comes back is broken. */
static bool swallow(struct service *s, const struct request *r, uint64_t tag, struct err *e)
{
	static const struct header headers[] = { { STR_INIT("Content-Type"),
						   STR_INIT("application/json") } };
	struct request nothing = {
		.method = METHOD_GET, .target = S("WhoAmI"), .headers = headers, .nheaders = 1
	};
	struct engine *w = CONTAINER_OF(s, struct engine, tap);

	if (!tap_submit(s, r->method == METHOD_GET ? r : &nothing, tag, e))
		return false;
	w->batch = str_eq(r->target, S("$batch"));
	return true;
}

static void a_service_that_never_does_what_it_is_told_fails_the_rows_with_a_reason(void **state)
{
	struct engine *w = *state;

	w->tap.submit = swallow;
	import(w, SKILL(TEXT("name")), THREE);
	lost_something(w);
	rows_are(w, "characteristic", "read 3: 3 failed");
	told(w, "error characteristic " ID("02"), "without a multipart body");
	target_has(w, in_target, "-");
	w->after = answer_gateway;
	import(w, SKILL(TEXT("name")), THREE);
	lost_something(w);
	rows_are(w, "characteristic", "read 3: 3 failed");
	told(w, "error characteristic " ID("02"), "HTTP 502");
}

static void answer_half(struct engine *w, struct response *out)
{
	if (w->batch)
		out->body = str_sub(out->body, 0, out->body.n / 2);
}

static void of_half_an_answer_the_other_half_is_looked_for(void **state)
{
	struct engine *w = *state;

	w->after = answer_half;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	rows_are(w, "characteristic", "read 3: 3 created");
	w->after = NULL;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	rows_are(w, "characteristic", "read 3: 3 unchanged");
}

/* A whole answer with this status; the request was not done. */
static int refused_with;
static const char *refused_code;

static void answer_refusal(struct engine *w, struct response *out)
{
	static const struct header json[] = { { STR_INIT("Content-Type"),
						STR_INIT("application/json") } };

	if (w->batch)
		*out = (struct response){
			.status = refused_with,
			.headers = json,
			.nheaders = 1,
			.body = str_fmt(&w->a, "{\"error\":{\"code\":\"%s\",\"message\":\"no\"}}",
					refused_code)
		};
}

static void refuse_all(struct engine *w, int status, const char *code)
{
	refused_with = status;
	refused_code = code;
	w->after = answer_refusal;
	w->tap.submit = swallow;
}

static void who_is_not_let_in_is_told_so_at_once(void **state)
{
	static const int statuses[] = { 401, 403 };
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		refuse_all(w, statuses[i], "0x80072560");
		w->options.execution.batch_size = 1;
		import(w, SKILL(TEXT("name")), THREE);
		assert_false(w->ok);
		assert_int_equal(w->e.kind, ERR_AUTH);
		assert_non_null(strstr(w->e.msg, "local:target.db"));
		assert_int_equal(w->run.writes, 1);
		rows_are(w, "characteristic", "read 3: 3 skipped");
	}
}

static const char *many_rows(struct engine *w, unsigned n)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add(&b, S("<entity name=\"characteristic\"><records>"));
	for (unsigned i = 0; i < n; i++)
		buf_add_fmt(&b,
			    "<record id=\"a0000000-0000-4000-8000-%012x\">" IS("name",
									       "n%u") "</record>",
			    i + 1, i);
	buf_add(&b, S("</records></entity>"));
	return str_cstr(&w->a, buf_str(&b));
}

/* In few requests, and with one line: 400 and 503 for every $batch. */
static void what_all_rows_of_a_locked_organization_get_is_told_once(void **state)
{
	static const int statuses[] = { 400, 503, 429 };
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		refuse_all(w, statuses[i], "0x80044003");
		import(w, SKILL(TEXT("name")), many_rows(w, 1000));
		lost_something(w);
		rows_are(w, "characteristic", "read 1000: 1000 failed");
		told(w, "error characteristic ", "create 1000 rows for one reason");
		assert_null(strchr(strchr(problems(w), '\n') + 1, '\n'));
		assert_true(w->run.writes < 250);
	}
}

/* Every length of the answer: none may crash, and the numbers always add up (engine.h). */
static void cut_answer(struct engine *w, struct response *out)
{
	if (w->batch && w->count < out->body.n)
		out->body = str_dup(&w->a, str_sub(out->body, 0, w->count));
}

static void an_answer_may_end_anywhere(void **state)
{
	struct engine *w = *state;

	w->after = cut_answer;
	for (w->count = 0; w->count < 700; w->count += 13) {
		alter(w, "DELETE FROM characteristic");
		import(w, SKILL(TEXT("name")), THREE);
		assert_true(w->ok);
	}
}

static bool no_answer(struct engine *w, const struct request *r, struct err *e)
{
	(void)r;
	if (!w->batch || w->batches < 2)
		return true;
	return err_set(e, ERR_NETWORK, "the line is dead");
}

static void when_the_service_is_gone_the_import_stops_and_says_what_was_not_written(void **state)
{
	struct engine *w = *state;

	w->before = no_answer;
	w->options.execution.batch_size = 1;
	import(w, SKILL(TEXT("name")), THREE);
	assert_false(w->ok);
	assert_int_equal(w->e.kind, ERR_NETWORK);
	assert_non_null(strstr(w->e.msg, "local:target.db"));
	assert_false(w->result.complete);
	rows_are(w, "characteristic", "read 3: 2 skipped, 1 created");
	w->before = NULL;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	rows_are(w, "characteristic", "read 3: 2 created, 1 unchanged");
}

static bool dead_at_once(struct engine *w, const struct request *r, struct err *e)
{
	(void)w;
	(void)r;
	return err_set(e, ERR_NETWORK, "the line is dead");
}

static void when_there_is_no_service_nothing_is_told_of_the_package(void **state)
{
	struct engine *w = *state;

	w->before = dead_at_once;
	import(w, SKILL(TEXT("name")), THREE);
	stopped(w, ERR_NETWORK, "the line is dead");
	assert_int_equal(w->result.ntables, 0);
}

/* The table takes bulk messages; a choice of one row is none that it has. */
static void a_bulk_message_with_a_bad_row_goes_as_a_batch_that_tells_its_rows_apart(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct engine *w = *state;

	buf_add(&b, S("<entity name=\"msdyn_questionsequence\"><records>"));
	for (unsigned i = 0; i < 100; i++)
		buf_add_fmt(&b,
			    "<record id=\"a0000000-0000-4000-8000-%012x\">" IS("msdyn_name",
									       "q%u") "%s</record>",
			    i + 1, i, i == 61 ? IS("msdyn_chatquestionnairetype", "77") : "");
	buf_add(&b, S("</records></entity>"));
	import(w,
	       ENTITY("msdyn_questionsequence", "msdyn_questionsequenceid",
		      TEXT("msdyn_name") FIELD("msdyn_chatquestionnairetype", "optionsetvalue")),
	       str_cstr(&w->a, buf_str(&b)));
	lost_something(w);
	rows_are(w, "msdyn_questionsequence", "read 100: 1 failed, 99 created");
	told(w, "error msdyn_questionsequence a0000000-0000-4000-8000-00000000003e",
	     "refused to create");
	assert_int_equal(w->batches, 1);
	assert_int_equal(w->run.writes, 2);
}

static bool somebody_takes_the_id(struct engine *w, const struct request *r, struct err *e)
{
	(void)r;
	(void)e;
	if (w->batch && w->count++ == 0) {
		have(w, "characteristics",
		     "{\"characteristicid\":\"" ID(
			     "01") "\",\"name\":\"theirs\",\"characteristictype\":1}");
		have(w, "characteristics",
		     "{\"characteristicid\":\"" ID(
			     "02") "\",\"name\":\"b\",\"characteristictype\":1}");
	}
	return true;
}

static void a_row_with_our_id_that_is_another_is_a_conflict(void **state)
{
	struct engine *w = *state;

	w->before = somebody_takes_the_id;
	import(w, SKILL(TEXT("name")), THREE);
	stopped_by_others(w);
	rows_are(w, "characteristic", "read 3: 1 failed, 2 created");
	told(w, "error characteristic " ID("01"), "refused to create the row");
	target_has(w, "SELECT name FROM characteristic ORDER BY 1", "b|c|theirs");
}

static bool looks_at_headers(struct engine *w, const struct request *r, struct err *e)
{
	static const char sync[] = "MSCRM.BypassBusinessLogicExecution: CustomSync,CustomAsync\r\n";
	static const char flows[] = "MSCRM.SuppressCallbackRegistrationExpanderJob: true\r\n";
	struct str header = S("MSCRM.BypassBusinessLogicExecution");
	const struct str *bulk = header_find(r->headers, r->nheaders, header);

	(void)e;
	if (str_find(r->target, S("Multiple")) != STR_NONE) {
		assert_non_null(bulk);
		assert_true(str_eq(*bulk, S("CustomSync,CustomAsync")));
		w->count++;
	} else if (w->batch) {
		assert_true(str_find(r->body, str_from(sync)) != STR_NONE);
		assert_true(str_find(r->body, str_from(flows)) != STR_NONE);
		w->count++;
	}
	return true;
}

static void what_is_bypassed_stands_in_every_write(void **state)
{
	struct engine *w = *state;

	w->before = looks_at_headers;
	w->options.execution.bypass = BYPASS_SYNC | BYPASS_ASYNC | BYPASS_FLOWS;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	assert_int_equal(w->count, 1);
}

/* At whatever speed: the size goes to where a request takes two seconds, and stays between 1 and 1,000. */
static void no_size_is_too_large_or_too_small(void **state)
{
	static const struct {
		unsigned us_per_row, low, high;
	} cases[] = { { 20000, 67, 150 },
		      { 1000, 1000, 1000 },
		      { 4000000, 1, 1 },
		      { 100000, 13, 30 },
		      { 2500, 500, 1000 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct push_size s = push_size_make(0);

		assert_int_equal(s.now, 100);
		for (unsigned k = 0; k < 20; k++)
			push_size_answered(&s, s.now, s.now * cases[i].us_per_row / 1000);
		assert_in_range(s.now, cases[i].low, cases[i].high);
		assert_int_equal(push_size_next(&s, 100000, 8), s.now);
	}
	struct push_size fixed = push_size_make(7);

	push_size_answered(&fixed, 7, 100000);
	assert_int_equal(push_size_next(&fixed, 3, 8), 7);
	struct push_size local = push_size_make(0);

	push_size_answered(&local, 100, 0);
	assert_int_equal(push_size_next(&local, 250, 1), 100);
	assert_int_equal(push_size_next(&local, 250, 5), 50);
	assert_int_equal(push_size_next(&local, 7, 5), 10);
}

/* A person who presses the keys at the n-th question. */
struct impatient {
	unsigned asked, patience;
};

static bool is_cancelled(void *context)
{
	struct impatient *p = context;
	return p->asked++ >= p->patience;
}

/* Wherever it stops, the numbers add up, and a second import goes on from there. */
static void cancelled_anywhere_the_numbers_add_up(void **state)
{
	struct engine *w = *state;
	bool through = false;

	w->options.execution.batch_size = 1;
	for (unsigned patience = 0; !through; patience++) {
		struct impatient person = { .patience = patience };
		struct progress progress = { .cancelled = is_cancelled, .context = &person };

		assert_true(patience < 200);
		alter(w, "DELETE FROM characteristic");
		w->progress = &progress;
		import(w, SKILL(TEXT("name") STATES),
		       SKILL_ROWS(ROW(ID("01"), IS("name", "a"))
					  ROW(ID("02"), IS("name", "b") IS("statecode", "1"))));
		w->progress = NULL;
		through = w->ok;
		if (through)
			continue;
		assert_int_equal(w->e.kind, ERR_CANCELLED);
		assert_false(w->result.complete);
		assert_false(w->result.verified);
		import(w, SKILL(TEXT("name") STATES),
		       SKILL_ROWS(ROW(ID("01"), IS("name", "a"))
					  ROW(ID("02"), IS("name", "b") IS("statecode", "1"))));
		succeeded(w);
		target_has(w, "SELECT name, statecode FROM characteristic ORDER BY 1", "a|0|b|1");
	}
	succeeded(w);
}

static bool somebody_changes_another_column(struct engine *w, const struct request *r,
					    struct err *e)
{
	(void)r;
	(void)e;
	if (w->batch && w->count++ == 0)
		patch(w, "characteristics(" ID("01") ")", "{\"name\":\"theirs\"}");
	return true;
}

static void what_somebody_changes_beside_our_columns_stays_and_ours_are_written(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics",
	     "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\",\"characteristictype\":1}");
	w->before = somebody_changes_another_column;
	import(w, SKILL(TEXT("description")), SKILL_ROWS(ROW(ID("01"), IS("description", "ours"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 updated");
	target_has(w, "SELECT name, description FROM characteristic", "theirs|ours");
}

/* The service made the row, put in its own, and the answer was lost: or the request came twice, and the second was refused. */
static bool does_its_own(struct engine *w, const struct request *r, struct err *e)
{
	struct response answer;

	if (!w->batch || w->count++ > 0)
		return true;
	must(w, service_call(org_service(w->org), r, &answer, e));
	patch(w, "characteristics(" ID("01") ")", "{\"description\":\"of the platform\"}");
	return true;
}

static void a_row_that_came_twice_and_was_changed_by_the_platform_is_ours(void **state)
{
	struct engine *w = *state;

	w->before = does_its_own;
	import(w, SKILL(TEXT("name") TEXT("description")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "ours"))));
	succeeded(w);
	rows_are(w, "characteristic", "read 1: 1 created");
	target_has(w, "SELECT name, description FROM characteristic", "a|ours");
}

/* How long it was waited, and how often. */
static struct waits {
	unsigned n, ms, longest, last;
} waits;

static void note_pause(void *context, unsigned ms)
{
	struct waits *w = context;

	w->n++;
	w->ms += ms;
	w->last = ms;
	w->longest = ms > w->longest ? ms : w->longest;
}

static void answer_deadlock(struct engine *w, struct response *out)
{
	static const struct header json[] = { { STR_INIT("Content-Type"),
						STR_INIT("multipart/mixed; boundary=b") } };

	if (w->batch && waits.n < w->count)
		*out = (struct response){
			.status = 200,
			.headers = json,
			.nheaders = 1,
			.body = S(
				"--b\r\nContent-Type: application/http\r\n"
				"Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 500 Error\r\n"
				"Content-Type: application/json\r\n\r\n"
				"{\"error\":{\"code\":\"0x80044150\",\"message\":\"Generic SQL error.\"}}\r\n"
				"--b--\r\n")
		};
}

static bool swallow_deadlocked(struct service *s, const struct request *r, uint64_t tag,
			       struct err *e)
{
	struct engine *w = CONTAINER_OF(s, struct engine, tap);

	return waits.n < w->count ? swallow(s, r, tag, e) : tap_submit(s, r, tag, e);
}

/* The pauses grow, the row is written when the deadlock is over; and fails when it is never. */
static void what_is_locked_is_tried_again_after_longer_and_longer_pauses(void **state)
{
	struct progress progress = { .pause = note_pause, .context = &waits };
	struct engine *w = *state;

	w->progress = &progress;
	w->options.execution.settle_ms = 0;
	for (w->count = 3; w->count <= 100; w->count += 97) {
		waits = (struct waits){ 0 };
		alter(w, "DELETE FROM characteristic");
		w->tap.submit = swallow_deadlocked;
		w->after = answer_deadlock;
		import(w, SKILL(TEXT("name")), SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
		if (w->count == 3)
			assert_int_equal(waits.last, waits.longest);
		else
			assert_true(waits.longest > 2000);
		assert_int_equal(waits.n, w->count == 3 ? 3 : 6);
		assert_in_range(waits.ms, 500, 30000);
		rows_are(w, "characteristic",
			 w->count == 3 ? "read 1: 1 created" : "read 1: 1 failed");
	}
	told(w, "error characteristic " ID("01"), "Generic SQL error");
	w->progress = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(what_somebody_changes_beside_our_columns_stays_and_ours_are_written),
		WITH_ENGINE(a_row_that_came_twice_and_was_changed_by_the_platform_is_ours),
		WITH_ENGINE(what_is_locked_is_tried_again_after_longer_and_longer_pauses),
		WITH_ENGINE(a_refused_row_fails_alone_with_the_service_s_words),
		WITH_ENGINE(a_row_that_somebody_changes_meanwhile_is_not_overwritten),
		WITH_ENGINE(a_row_that_somebody_deletes_meanwhile_is_not_made_again),
		WITH_ENGINE(changes_go_in_as_many_requests_as_asked_for),
		WITH_ENGINE(after_a_broken_answer_the_rows_are_looked_for),
		WITH_ENGINE(a_service_that_never_does_what_it_is_told_fails_the_rows_with_a_reason),
		WITH_ENGINE(of_half_an_answer_the_other_half_is_looked_for),
		WITH_ENGINE(who_is_not_let_in_is_told_so_at_once),
		WITH_ENGINE(what_all_rows_of_a_locked_organization_get_is_told_once),
		WITH_ENGINE(
			a_bulk_message_with_a_bad_row_goes_as_a_batch_that_tells_its_rows_apart),
		WITH_ENGINE(a_row_with_our_id_that_is_another_is_a_conflict),
		WITH_ENGINE(what_is_bypassed_stands_in_every_write),
		WITH_ENGINE(no_size_is_too_large_or_too_small),
		WITH_ENGINE(an_answer_may_end_anywhere),
		WITH_ENGINE(
			when_the_service_is_gone_the_import_stops_and_says_what_was_not_written),
		WITH_ENGINE(when_there_is_no_service_nothing_is_told_of_the_package),
		WITH_ENGINE(cancelled_anywhere_the_numbers_add_up),
	};

	return RUN_ENGINE_TESTS(tests);
}
