/* SPDX-License-Identifier: MIT */
/*
 * Writing, when the service does not do as it should: it refuses rows, somebody changes them meanwhile,
 * its answers are garbage, cut off, or do not come at all; and a person who stops it.
 */
#include "move/push.h"

#include "engine.h"

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
	lost_something(w);
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

	w->options.batch_size = 1;
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

static void a_broken_answer_fails_the_rows_with_a_reason(void **state)
{
	static void (*const broken[])(struct engine *, struct response *) = {
		answer_empty, answer_noise, answer_json, answer_gateway, answer_bare
	};
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		alter(w, "DELETE FROM characteristic");
		w->after = broken[i];
		import(w, SKILL(TEXT("name")), THREE);
		lost_something(w);
		rows_are(w, "characteristic", "read 3: 3 failed");
		told(w, "error characteristic " ID("02"), "refused to create the row: ");
	}
}

static void answer_half(struct engine *w, struct response *out)
{
	if (w->batch)
		out->body = str_sub(out->body, 0, out->body.n / 2);
}

/* The first was told of; of the others nobody knows. Run again, the import finds them. */
static void half_an_answer_counts_for_half_the_rows(void **state)
{
	struct engine *w = *state;

	w->after = answer_half;
	import(w, SKILL(TEXT("name")), THREE);
	lost_something(w);
	rows_are(w, "characteristic", "read 3: 2 failed, 1 created");
	w->after = NULL;
	import(w, SKILL(TEXT("name")), THREE);
	succeeded(w);
	rows_are(w, "characteristic", "read 3: 3 unchanged");
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
	w->options.batch_size = 1;
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

	w->options.batch_size = 1;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_refused_row_fails_alone_with_the_service_s_words),
		WITH_ENGINE(a_row_that_somebody_changes_meanwhile_is_not_overwritten),
		WITH_ENGINE(a_row_that_somebody_deletes_meanwhile_is_not_made_again),
		WITH_ENGINE(changes_go_in_as_many_requests_as_asked_for),
		WITH_ENGINE(a_broken_answer_fails_the_rows_with_a_reason),
		WITH_ENGINE(half_an_answer_counts_for_half_the_rows),
		WITH_ENGINE(an_answer_may_end_anywhere),
		WITH_ENGINE(
			when_the_service_is_gone_the_import_stops_and_says_what_was_not_written),
		WITH_ENGINE(when_there_is_no_service_nothing_is_told_of_the_package),
		WITH_ENGINE(cancelled_anywhere_the_numbers_add_up),
	};

	return RUN_ENGINE_TESTS(tests);
}
