/* SPDX-License-Identifier: MIT */
/*
 * Whether a reader sees every row of a table: by the depth of the privilege to read it.
 */
#include "engine.h"

#include "move/sight.h"

#define TABLES 3

struct eyes {
	struct run run;
	struct catalog catalog;
	struct job j;
	bool whole[TABLES];
};

static void eyes_release(struct eyes *x)
{
	run_close(&x->run);
}

/* queue, msdyn_octag, and one that is not there */
static bool look(struct engine *w, struct eyes *x, struct err *e)
{
	static const struct str tables[TABLES] = { STR_INIT("queue"), STR_INIT("msdyn_octag"),
						   STR_INIT("none_such") };
	struct guid organization;

	x->catalog = catalog_make(&w->a);
	x->j = (struct job){ .arena = &w->a,
			     .page = &w->a,
			     .run = &x->run,
			     .service = &w->tap,
			     .reader = { .service = &w->tap, .run = &x->run, .arena = &w->a },
			     .catalog = &x->catalog };
	must(w, run_create(&x->run, &w->a, NULL, &w->e));
	must(w, read_definitions(&x->j.reader, &x->catalog, tables, TABLES, &w->e));
	must(w, read_identity(&x->j.reader, &organization, &x->j.user, &w->e));
	return sight_whole(&x->j, tables, TABLES, x->whole, e);
}

static void an_administrator_sees_the_whole_of_every_table(void **state)
{
	struct engine *w = *state;
	DEFER(eyes_release) struct eyes x = { 0 };

	must(w, look(w, &x, &w->e));
	assert_true(x.whole[0]);
	assert_true(x.whole[1]);
	assert_false(x.whole[2]);
}

/* 1: the user's own rows, 4: those of the unit and below; facts/webapi.md */
static void who_reads_less_than_the_organization_does_not(void **state)
{
	struct engine *w = *state;
	DEFER(eyes_release) struct eyes x = { 0 };

	alter(w, "UPDATE roleprivileges SET privilegedepthmask = 4 WHERE privilegeid IN "
		 "(SELECT privilegeid FROM privilege WHERE name = 'prvReadQueue')");
	reopen(w);
	must(w, look(w, &x, &w->e));
	assert_false(x.whole[0]);
	assert_true(x.whole[1]);
}

static void refuse(struct engine *w, struct response *out)
{
	if (w->count == 1)
		out->status = 403;
}

static bool note_question(struct engine *w, const struct request *r, struct err *e)
{
	bool asks = str_find(r->target, S("RetrieveUserPrivileges")) != STR_NONE;

	w->count = asks;
	return !asks || !w->options.dry_run || err_set(e, ERR_NETWORK, "gone");
}

static void where_it_may_not_be_asked_nothing_is_promised(void **state)
{
	struct engine *w = *state;
	DEFER(eyes_release) struct eyes x = { 0 };

	w->before = note_question;
	w->after = refuse;
	must(w, look(w, &x, &w->e));
	for (size_t i = 0; i < TABLES; i++)
		assert_false(x.whole[i]);
}

static void a_service_that_is_gone_is_an_error(void **state)
{
	struct engine *w = *state;
	DEFER(eyes_release) struct eyes x = { 0 };
	struct err e;

	w->before = note_question;
	w->options.dry_run = true; /* here: gone */
	assert_false(look(w, &x, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(an_administrator_sees_the_whole_of_every_table),
		WITH_ENGINE(who_reads_less_than_the_organization_does_not),
		WITH_ENGINE(where_it_may_not_be_asked_nothing_is_promised),
		WITH_ENGINE(a_service_that_is_gone_is_an_error),
	};

	return RUN_ENGINE_TESTS(tests);
}
