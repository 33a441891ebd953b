/* SPDX-License-Identifier: MIT */
/*
 * plans/knowledge.xml: its words mean what its head says, and what is spelled wrong is told with its line.
 */
#include "move/knowledge.h"

#include "fixture.h"

#define HEAD "<!-- about -->\n<knowledge version=\"1\">\n"
#define TABLE HEAD "<table name=\"t\" source=\"s\">\n"
#define TABLE_END "</table>\n</knowledge>\n"
#define ROWS "<rows kind=\"root\" missing=\"create\" adopted=\"follow\""

static void every_word_means_what_the_head_of_the_file_says(void **state)
{
	static const char text[] = TABLE
		"<rows kind=\"system\" key=\" a  b\" missing=\"stop\" adopted=\"link\" when=\"c eq 1 2\"/>\n"
		"<rows kind=\"vocabulary\" missing=\"create\" adopted=\"follow\" when=\"c ne x\"/>\n"
		"<rows kind=\"root\" missing=\"create\" adopted=\"follow\" when=\"c null\"/>\n"
		"<rows kind=\"child\" missing=\"create\" adopted=\"follow\" when=\"c not-null\"/>\n"
		"<rows kind=\"child\" missing=\"create\" adopted=\"follow\" when=\"c begins-with n_\"/>\n"
		"<rows kind=\"child\" missing=\"create\" adopted=\"follow\" when=\"c not-begin-with n\"/>\n"
		"<rows kind=\"child\" missing=\"create\" adopted=\"follow\"/>\n"
		"<column name=\"k\" is=\"secret\"/><column name=\"g\" is=\"generated\"/>\n"
		"<column name=\"p\" is=\"per-environment\"/><column name=\"r\" is=\"text-reference\"/>\n"
		"<column name=\"s\" switch=\"yes\"/><column name=\"b\" is=\"text-reference\" switch=\"yes\"/>\n"
		"</table><table name=\"u\" source=\"s\" write=\"one\"/></knowledge>";
	static const enum when_op ops[] = { WHEN_EQ,     WHEN_NE,         WHEN_NULL,  WHEN_NOT_NULL,
					    WHEN_BEGINS, WHEN_NOT_BEGINS, WHEN_ALWAYS };
	static const enum rows_kind kinds[] = { ROWS_SYSTEM, ROWS_VOCABULARY, ROWS_ROOT, ROWS_CHILD,
						ROWS_CHILD,  ROWS_CHILD,      ROWS_CHILD };
	DEFER(arena_release) struct arena a = arena_make(0);
	struct knowledge k;
	struct err e;

	(void)state;
	OK(knowledge_read(&a, str_from(text), "k.xml", &k, &e));
	assert_int_equal(k.ntables, 2);
	const struct known_table *t = knowledge_table(&k, S("t"));
	assert_non_null(t);
	assert_int_equal(t->nrows, COUNT_OF(ops));
	for (size_t i = 0; i < COUNT_OF(ops); i++) {
		assert_int_equal(t->rows[i].op, ops[i]);
		assert_int_equal(t->rows[i].kind, kinds[i]);
		assert_int_equal(t->rows[i].missing_stops, i == 0);
		assert_int_equal(t->rows[i].link_only, i == 0);
		assert_int_equal(t->rows[i].nkey, i == 0 ? 2 : 0);
		assert_int_equal(t->rows[i].line, 4 + i);
	}
	expect_str(t->rows[0].key[0], "a");
	expect_str(t->rows[0].key[1], "b");
	expect_str(t->rows[0].when_column, "c");
	expect_str(t->rows[0].when_value, "1 2");
	expect_str(t->rows[4].when_value, "n_");
	assert_int_equal(knowledge_column(t, S("k")), COLUMN_RULE_SECRET);
	assert_int_equal(knowledge_column(t, S("g")), COLUMN_RULE_GENERATED);
	assert_int_equal(knowledge_column(t, S("p")), COLUMN_RULE_PER_ENVIRONMENT);
	assert_int_equal(knowledge_column(t, S("r")), COLUMN_RULE_TEXT_REFERENCE);
	assert_int_equal(knowledge_column(t, S("x")), COLUMN_RULE_NONE);
	assert_int_equal(knowledge_column(t, S("s")), COLUMN_RULE_NONE);
	assert_true(knowledge_find_column(t, S("s"))->switches);
	assert_int_equal(knowledge_column(t, S("b")), COLUMN_RULE_TEXT_REFERENCE);
	assert_true(knowledge_find_column(t, S("b"))->switches);
	assert_false(knowledge_find_column(t, S("r"))->switches);
	assert_int_equal(knowledge_column(NULL, S("k")), COLUMN_RULE_NONE);
	assert_null(knowledge_table(&k, S("T")));
	assert_false(t->one);
	assert_true(knowledge_table(&k, S("u"))->one);
}

static void what_is_not_known_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "k.xml" },
		{ "<plan version=\"1\"/>", "k.xml:1: the first element has to be <knowledge>" },
		{ "<knowledge/>", "k.xml:1: <knowledge> without version" },
		{ "<knowledge version=\"2\"/>", "k.xml:1: version=\"2\" is not known" },
		{ HEAD "<tabel/></knowledge>",
		  "k.xml:3: <tabel> is not an element of <knowledge>" },
		{ HEAD "words</knowledge>", "k.xml:2: text where only elements" },
		{ HEAD "<table source=\"s\"/></knowledge>", "k.xml:3: <table> without name" },
		{ HEAD "<table name=\"t\"/></knowledge>", "k.xml:3: <table> without source" },
		{ HEAD "<table name=\"t\" source=\"s\" x=\"\"/></knowledge>",
		  "k.xml:3: <table> has no attribute x" },
		{ HEAD "<table name=\"t\" source=\"s\" write=\"two\"/></knowledge>",
		  "k.xml:3: write is \"one\", or is left out" },
		{ HEAD
		  "<table name=\"t\" source=\"s\"/>\n<table name=\"t\" source=\"s\"/></knowledge>",
		  "k.xml:4: table t comes twice" },
		{ TABLE "<row/>" TABLE_END, "k.xml:4: <row> is not an element of <table>" },
		{ TABLE ROWS "><b/></rows>" TABLE_END, "k.xml:4: <b> is not an element of <rows>" },
		{ TABLE "<rows missing=\"stop\" adopted=\"link\"/>" TABLE_END,
		  "<rows> without kind" },
		{ TABLE "<rows kind=\"root\" adopted=\"link\"/>" TABLE_END,
		  "<rows> without missing" },
		{ TABLE "<rows kind=\"root\" missing=\"stop\"/>" TABLE_END,
		  "<rows> without adopted" },
		{ TABLE "<rows kind=\"System\" missing=\"stop\" adopted=\"link\"/>" TABLE_END,
		  "k.xml:4: kind=\"System\" is none of system, vocabulary, root, child" },
		{ TABLE ROWS " keys=\"a\"/>" TABLE_END, "k.xml:4: <rows> has no attribute keys" },
		{ TABLE ROWS " when=\"c\"/>" TABLE_END, "is none of eq, ne, null" },
		{ TABLE ROWS " when=\"\"/>" TABLE_END, "is none of eq, ne, null" },
		{ TABLE ROWS " when=\"c eq\"/>" TABLE_END, "eq takes a value" },
		{ TABLE ROWS " when=\"c null 1\"/>" TABLE_END, "null takes no value" },
		{ TABLE ROWS "/>\n" ROWS "/>" TABLE_END,
		  "k.xml:5: <rows> is never reached: the one on line 4" },
		{ TABLE "<column name=\"a\"/>" TABLE_END, "k.xml:4: <column> without is" },
		{ TABLE "<column name=\"a\" switch=\"no\"/>" TABLE_END, "switch is \"yes\"" },
		{ TABLE "<column name=\"a\" is=\"hidden\"/>" TABLE_END,
		  "is=\"hidden\" is none of secret, generated, per-environment, text-reference" },
		{ TABLE "<column name=\"a\" is=\"\"/>" TABLE_END, "<column> without is" },
		{ TABLE
		  "<column name=\"a\" is=\"secret\"/>\n<column name=\"a\" is=\"secret\"/>" TABLE_END,
		  "k.xml:5: column a comes twice" },
		{ TABLE "<together/>" TABLE_END, "k.xml:4: <together> without columns" },
		{ TABLE "<together columns=\"a\"/>" TABLE_END, "k.xml:4: columns: one alone" },
		{ TABLE "<together columns=\"a b\" x=\"\"/>" TABLE_END,
		  "k.xml:4: <together> has no attribute x" },
		{ TABLE "<together columns=\"a b\"><c/></together>" TABLE_END,
		  "<c> is not an element of <together>" },
		{ TABLE "<together columns=\"a b\"/><together columns=\"a b\"/>"
			"<together columns=\"a b\"/><together columns=\"a b\"/>"
			"<together columns=\"a b\"/><together columns=\"a b\"/>"
			"<together columns=\"a b\"/><together columns=\"a b\"/>"
			"<together columns=\"a b\"/>" TABLE_END,
		  "k.xml:4: more than 8 sets of one table" },
		{ TABLE ROWS " key=\"a |\"/>" TABLE_END,
		  "k.xml:4: key=\"a |\": a key without columns" },
		{ TABLE ROWS " key=\"|a\"/>" TABLE_END, "a key without columns" },
		{ TABLE "<unfit when=\"c eq 1\"/>" TABLE_END, "k.xml:4: <unfit> without is" },
		{ TABLE "<unfit is=\"gone\"/>" TABLE_END, "k.xml:4: <unfit> without when" },
		{ TABLE "<unfit is=\"gone\" when=\"c like 1\"/>" TABLE_END, "is none of eq, ne" },
		{ TABLE "<unfit is=\"gone\" when=\"c eq 1\" map=\"yes\"/>" TABLE_END,
		  "k.xml:4: map is \"no\", or is left out" },
		{ TABLE "<unfit is=\"gone\" when=\"c eq 1\" if=\"x\"/>" TABLE_END,
		  "<unfit> has no attribute if" },
		{ TABLE, "k.xml:" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct knowledge k;
		struct err e;
		FAILS(knowledge_read(&a, str_from(cases[i].text), "k.xml", &k, &e), ERR_INPUT,
		      cases[i].message);
	}
}

static void columns_may_belong_together(void **state)
{
	static const char text[] =
		TABLE "<together columns=\"a  b\"/><together columns=\"c d e\"/>" TABLE_END;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct knowledge k;
	struct err e;

	(void)state;
	OK(knowledge_read(&a, str_from(text), "k.xml", &k, &e));
	assert_int_equal(k.tables[0].ntogether, 2);
	assert_int_equal(k.tables[0].together[0].n, 2);
	expect_str(k.tables[0].together[0].columns[1], "b");
	assert_int_equal(k.tables[0].together[1].n, 3);
	expect_str(k.tables[0].together[1].columns[2], "e");
}

static void a_rule_may_have_several_keys_that_are_tried_in_their_order(void **state)
{
	static const char text[] = TABLE
		"<rows kind=\"system\" key=\" a | b  c|d\" missing=\"stop\" adopted=\"link\"/>\n"
		"<unfit is=\"a guest\" when=\"d contains #EXT#\"/>\n"
		"<unfit is=\"disabled\" when=\"x eq 1\" map=\"no\"/>\n"
		"<unfit is=\"a program\" when=\"p not-null\" same=\" p \"/>\n" TABLE_END;
	DEFER(arena_release) struct arena a = arena_make(0);
	struct knowledge k;
	struct err e;

	(void)state;
	OK(knowledge_read(&a, str_from(text), "k.xml", &k, &e));
	const struct known_table *t = knowledge_table(&k, S("t"));
	const struct rows_rule *rule = &t->rows[0];

	assert_int_equal(rule->nkeys, 3);
	assert_int_equal(rule->nkey, 1);
	expect_str(rule->key[0], "a");
	expect_str(rule->keys[0].columns[0], "a");
	assert_int_equal(rule->keys[1].n, 2);
	expect_str(rule->keys[1].columns[0], "b");
	expect_str(rule->keys[1].columns[1], "c");
	expect_str(rule->keys[2].columns[0], "d");
	assert_int_equal(t->nunfit, 3);
	expect_str(t->unfit[0].called, "a guest");
	assert_int_equal(t->unfit[0].op, WHEN_CONTAINS);
	expect_str(t->unfit[0].when_value, "#EXT#");
	assert_false(t->unfit[0].never);
	assert_int_equal(t->unfit[0].same.n, 0);
	assert_true(t->unfit[1].never);
	assert_int_equal(t->unfit[1].line, 6);
	expect_str(t->unfit[2].same, "p");
}

static void the_built_in_knowledge_is_valid_and_knows_the_roots(void **state)
{
	static const char *const roots[] = { "queue", "msdyn_liveworkstream",
					     "msdyn_livechatconfig" };
	DEFER(arena_release) struct arena a = arena_make(0);
	struct knowledge k;
	struct err e;

	(void)state;
	OK(knowledge_builtin(&a, &k, &e));
	for (size_t i = 0; i < COUNT_OF(roots); i++) {
		const struct known_table *t = knowledge_table(&k, str_from(roots[i]));
		assert_non_null(t);
		assert_true(t->nrows > 0);
		assert_int_equal(t->rows[t->nrows - 1].kind, ROWS_ROOT);
		assert_true(t->one);
	}
	/* facts/routing.md: the API key of a workstream never leaves its environment */
	assert_int_equal(
		knowledge_column(knowledge_table(&k, S("msdyn_liveworkstream")), S("msdyn_apikey")),
		COLUMN_RULE_SECRET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_means_what_the_head_of_the_file_says),
		cmocka_unit_test(what_is_not_known_is_told_with_its_line),
		cmocka_unit_test(a_rule_may_have_several_keys_that_are_tried_in_their_order),
		cmocka_unit_test(columns_may_belong_together),
		cmocka_unit_test(the_built_in_knowledge_is_valid_and_knows_the_roots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
