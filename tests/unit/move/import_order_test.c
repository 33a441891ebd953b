/* SPDX-License-Identifier: MIT */
/*
 * entityImportOrder: which table's rows come first, where dependencies leave a choice.
 */
#include "move/graph_gate.h"

#include "engine.h"

#define FIRST(names) "<entityImportOrder>" names "</entityImportOrder>"
#define NAME(table) "<entityName>" table "</entityName>"

/* Which creates went into which wave: "1 characteristic, 2 msdyn_octag". */
static const char *waves(struct engine *w)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	DEFER(buf_release) struct buf out = buf_make(0);
	bool row = true;

	must(w, db_prepare(w->run.db,
			   S("SELECT change.wave, tab.name, count(*) FROM change JOIN tab ON"
			     " tab.number = change.tab WHERE kind = 0 GROUP BY 1, 2 ORDER BY 1, 2"),
			   &st, &w->e));
	for (;;) {
		must(w, stmt_step(st, &row, &w->e));
		if (!row)
			break;
		buf_add_fmt(&out, "%s%d %.*s %d", out.n > 0 ? ", " : "", (int)stmt_i64(st, 0),
			    STR_ARG(stmt_str(st, 1)), (int)stmt_i64(st, 2));
	}
	return str_cstr(&w->a, buf_str(&out));
}

#define TAGS ROWS("msdyn_octag", ROW(ID("21"), IS("msdyn_name", "t")))
#define SKILLS SKILL_ROWS(ROW(ID("01"), IS("name", "s")))
#define BOTH SKILL(TEXT("name")) TAG

static void named_tables_come_one_after_the_other(void **state)
{
	struct engine *w = *state;

	w->options.dry_run = true;
	import(w, BOTH, SKILLS TAGS);
	assert_string_equal(waves(w), "1 characteristic 1, 1 msdyn_octag 1");
	import(w, FIRST(NAME("msdyn_octag") NAME("nobody") NAME("characteristic")) BOTH,
	       SKILLS TAGS);
	assert_string_equal(waves(w), "1 msdyn_octag 1, 2 characteristic 1");
	/* behind the entities it means the same; a name that comes twice counts where it comes first */
	import(w, BOTH FIRST(NAME("characteristic") NAME("msdyn_octag") NAME("characteristic")),
	       SKILLS TAGS);
	assert_string_equal(waves(w), "1 characteristic 1, 2 msdyn_octag 1");
	import(w, FIRST(NAME("msdyn_octag")) BOTH, SKILLS TAGS);
	assert_string_equal(waves(w), "1 characteristic 1, 1 msdyn_octag 1");
}

#define WIDGET                                                                                     \
	ENTITY("msdyn_livechatconfig", "msdyn_livechatconfigid",                                   \
	       TEXT("msdyn_name") LOOKUP("msdyn_prechatquestionnaireauthenticated",                \
					 "msdyn_questionsequence"))
#define SURVEY(lookup)                                                                             \
	ENTITY("msdyn_questionsequence", "msdyn_questionsequenceid", TEXT("msdyn_name") lookup)
#define WIDGETS                                                                                    \
	ROWS("msdyn_livechatconfig",                                                               \
	     ROW(ID("01"), IS("msdyn_name", "w") REF("msdyn_prechatquestionnaireauthenticated",    \
						     ID("11"), "msdyn_questionsequence", "s"))     \
		     ROW(ID("02"), IS("msdyn_name", "v")))
#define ORDER FIRST(NAME("msdyn_livechatconfig") NAME("msdyn_questionsequence"))

/* Only the row that is needed comes before its turn. */
static void what_a_row_needs_comes_before_it_whatever_the_order(void **state)
{
	struct engine *w = *state;

	import(w, ORDER WIDGET SURVEY(""),
	       WIDGETS ROWS("msdyn_questionsequence", ROW(ID("11"), IS("msdyn_name", "s")) ROW(
							      ID("12"), IS("msdyn_name", "r"))));
	succeeded(w);
	assert_string_equal(waves(w), "1 msdyn_livechatconfig 1, 2 msdyn_questionsequence 1, "
				      "3 msdyn_livechatconfig 1, 4 msdyn_questionsequence 1");
}

static void a_cycle_over_named_tables_is_broken_as_ever(void **state)
{
	struct engine *w = *state;

	import(w,
	       ORDER WIDGET SURVEY(
		       LOOKUP("msdyn_chatengagementtochatsequenceid", "msdyn_livechatconfig")),
	       WIDGETS ROWS("msdyn_questionsequence",
			    ROW(ID("11"),
				IS("msdyn_name", "s") REF("msdyn_chatengagementtochatsequenceid",
							  ID("01"), "msdyn_livechatconfig", "w"))));
	succeeded(w);
	rows_are(w, "msdyn_livechatconfig", "read 2: 2 created");
	rows_are(w, "msdyn_questionsequence", "read 1: 1 created");
	target_has(w, "SELECT msdyn_chatengagementtochatsequenceid FROM msdyn_questionsequence",
		   ID("01"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(named_tables_come_one_after_the_other),
		WITH_ENGINE(what_a_row_needs_comes_before_it_whatever_the_order),
		WITH_ENGINE(a_cycle_over_named_tables_is_broken_as_ever),
	};

	return RUN_ENGINE_TESTS(tests);
}
