/* SPDX-License-Identifier: MIT */
/*
 * Comparing two packages, each written into a folder of the test. What differs is told in a line per
 * difference: the table, +, - or ~, the last digits of the id, the primary name, and the columns.
 */
#include "move/diff.h"

#include "fixture.h"

#include "base/file.h"
#include "base/limits.h"
#include "move/journal.h"

#include "../folder.h"

#define ID(xx) "a0000000-0000-4000-8000-0000000000" xx
#define FIELD(name, type) "<field name=\"" name "\" type=\"" type "\"/>"
#define LOOKUP(name, to) "<field name=\"" name "\" type=\"entityreference\" lookupType=\"" to "\"/>"
#define ENTITY(name, fields, links)                                                                \
	"<entity name=\"" name "\" primaryidfield=\"" name "id\" primarynamefield=\"name\">"       \
	"<fields>" FIELD(name "id", "guid") FIELD("name", "string") fields                         \
		"</fields><relationships>" links "</relationships></entity>"
#define MANY(name)                                                                                 \
	"<relationship name=\"" name                                                               \
	"\" manyToMany=\"true\" m2mTargetEntity=\"x\" m2mTargetEntityPrimaryKey=\"xid\"/>"
#define ROWS(name, rows) LINKED(name, rows, "")
#define LINKED(name, rows, links)                                                                  \
	"<entity name=\"" name "\"><records>" rows "</records><m2mrelationships>" links            \
	"</m2mrelationships></entity>"
#define ROW(id, fields) "<record id=\"" id "\">" fields "</record>"
#define IS(name, value) "<field name=\"" name "\" value=\"" value "\"/>"
#define REF(name, id, table, label)                                                                \
	"<field name=\"" name "\" value=\"" id "\" lookupentity=\"" table                          \
	"\" lookupentityname=\"" label "\"/>"
#define LINKS(from, name, targets)                                                                 \
	"<m2mrelationship sourceid=\"" from                                                        \
	"\" targetentityname=\"x\" targetentitynameidfield=\"xid\" m2mrelationshipname=\"" name    \
	"\"><targetids>" targets "</targetids></m2mrelationship>"
#define TO(id) "<targetid>" id "</targetid>"

struct comparison {
	struct arena a, page;
	struct run run;
	struct diff d;
	struct buf told;
	const struct diff_table *t;
	char mark;
};

static void put_file(struct arena *a, const char *dir, const char *name, const char *text)
{
	struct file_sink f;
	struct err e;

	OK(file_sink_open(&f, str_fmt(a, "%s/%s", dir, name).p, 0600, &e));
	OK(sink_write(&f.sink, S("<entities>"), &e));
	OK(sink_write(&f.sink, str_from(text), &e));
	OK(sink_write(&f.sink, S("</entities>"), &e));
	OK(file_sink_finish(&f, &e));
}

/* Reads a side; its folder is gone afterwards. */
struct side_folder {
	char dir[64];
	struct package *package;
};

static void open_side(struct comparison *c, struct side_folder *f, const char *schema,
		      const char *data)
{
	struct err e;

	assert_non_null(test_folder(f->dir, sizeof(f->dir)));
	put_file(&c->a, f->dir, "data_schema.xml", schema);
	put_file(&c->a, f->dir, "data.xml", data);
	OK(package_open(&f->package, &c->a, f->dir, &e));
}

static void load_side(struct comparison *c, enum diff_side side, struct side_folder *f)
{
	struct err e;

	OK(diff_load_package(&c->d, side, f->package, "side", &e));
	package_close(&f->package);
	OK(file_remove(f->dir, &e));
}

static void comparison_release(struct comparison *c)
{
	buf_release(&c->told);
	diff_release(&c->d);
	run_close(&c->run);
	arena_release(&c->page);
	arena_release(&c->a);
}

static bool tell_row(void *context, const struct diff_row *row, struct err *e)
{
	struct comparison *c = context;
	char text[GUID_TEXT_SIZE];

	(void)e;
	buf_add_fmt(&c->told, "%.*s %c%s %.*s", STR_ARG(c->t->name), c->mark,
		    guid_format(row->id, text).p + 34, STR_ARG(row->name));
	for (size_t i = 0; i < row->ncells; i++)
		buf_add_fmt(&c->told, " %.*s:%.*s>%.*s", STR_ARG(row->cells[i].column->name),
			    STR_ARG(row->cells[i].old ? row->cells[i].old->text : S("")),
			    STR_ARG(row->cells[i].new ? row->cells[i].new->text : S("")));
	buf_add_char(&c->told, '\n');
	return true;
}

static bool tell_pair(void *context, struct guid source, struct guid target, struct err *e)
{
	struct comparison *c = context;
	char from[GUID_TEXT_SIZE], to[GUID_TEXT_SIZE];

	(void)e;
	buf_add_fmt(&c->told, "%c%s>%s\n", c->mark, guid_format(source, from).p + 34,
		    guid_format(target, to).p + 34);
	return true;
}

static void tell_all(struct comparison *c)
{
	static const char marks[] = { '+', '-', '~' };
	struct err e;

	for (size_t i = 0; i < c->d.tables.n; i++) {
		c->t = &c->d.tables.p[i];
		for (size_t k = 0; k < COUNT_OF(marks); k++) {
			c->mark = marks[k];
			OK(diff_each_row(&c->d, c->t, (enum diff_kind)k, tell_row, c, &e));
		}
	}
	for (size_t i = 0; i < c->d.relationships.n; i++) {
		for (size_t k = 0; k < 2; k++) {
			c->mark = marks[k];
			OK(diff_each_pair(&c->d, &c->d.relationships.p[i], (enum diff_kind)k,
					  tell_pair, c, &e));
		}
	}
}

/* Only what the limit has, if there is one. */
static void compare_within(struct comparison *c, const char *limit, const char *old_schema,
			   const char *old, const char *new_schema, const char *new)
{
	struct schema limited;
	struct side_folder x = { 0 };
	struct side_folder y = { 0 };
	struct err e;

	*c = (struct comparison){ .a = arena_make(0), .page = arena_make(0), .told = buf_make(0) };
	open_side(c, &x, old_schema, old);
	open_side(c, &y, new_schema, new);
	OK(run_create(&c->run, &c->a, NULL, &e));
	diff_init(&c->d, &c->a, &c->page, &c->run, NULL);
	if (limit) {
		OK(schema_read(&c->a, str_from(limit), "limit", &limited, &e));
		c->d.limit = &limited;
		c->d.limit_is_own = true;
	}
	diff_add_schema(&c->d, DIFF_OLD, package_schema(x.package));
	diff_add_schema(&c->d, DIFF_NEW, package_schema(y.package));
	load_side(c, DIFF_OLD, &x);
	load_side(c, DIFF_NEW, &y);
	OK(diff_count(&c->d, &e));
	tell_all(c);
}

static void compare(struct comparison *c, const char *old_schema, const char *old,
		    const char *new_schema, const char *new)
{
	compare_within(c, NULL, old_schema, old, new_schema, new);
}

static void expect_told(struct comparison *c, const char *want, uint64_t errors)
{
	uint64_t n;
	struct err e;

	expect_str(buf_str(&c->told), want);
	OK(journal_count_problems(&c->run, SEVERITY_ERROR, &n, &e));
	assert_int_equal(n, errors);
}

/* One table with one column of a type; one row on both sides. */
static void expect_same(const char *type, const char *old, const char *new, bool equal)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(comparison_release) struct comparison c;
	struct str schema = str_fmt(&a, ENTITY("t", FIELD("c", "%s"), ""), type);
	struct str x = str_fmt(&a, ROWS("t", ROW(ID("01"), IS("c", "%s"))), old);
	struct str y = str_fmt(&a, ROWS("t", ROW(ID("01"), IS("c", "%s"))), new);

	compare(&c, schema.p, x.p, schema.p, y.p);
	if (c.d.tables.p[0].unchanged != equal || c.d.tables.p[0].changed != !equal)
		fail_msg("%s: \"%s\" and \"%s\"", type, old, new);
}

static void rows_are_found_by_id_whatever_their_order(void **state)
{
	static const char schema[] = ENTITY("t", FIELD("n", "number"), "");
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, schema,
		ROWS("t", ROW(ID("01"), IS("name", "a") IS("n", "1")) ROW(ID("02"), IS("name", "b"))
				  ROW(ID("03"), IS("name", "c"))),
		schema,
		ROWS("t", ROW(ID("04"), IS("name", "d")) ROW(ID("03"), IS("name", "c"))
				  ROW(ID("01"), IS("n", "2") IS("name", "A"))));
	expect_told(&c, "t +04 d\nt -02 b\nt ~01 A name:a>A n:1>2\n", 0);
	assert_int_equal(c.d.tables.p[0].unchanged, 1);
}

static void how_a_value_is_written_makes_no_difference(void **state)
{
	(void)state;
	expect_same("string", "a &amp; b", "a &amp;amp; b", true);
	expect_same("string", "\xc3\xa9", "&amp;#233;", true);
	expect_same("string", "a&#xD;&#xA;b", "a&#xA;b", true);
	expect_same("string", "&amp;lt;a&amp;gt;&amp;lt;b/&amp;gt;&amp;lt;/a&amp;gt;",
		    "&lt;a&gt; &lt;b /&gt; &lt;/a&gt;", true);
	expect_same("decimal", "1.0", "1.00000000000", true);
	expect_same("money", "11.5000000000", "11.5000", true);
	expect_same("optionsetvaluecollection", "[-1,2,1,-1]", "1,2", true);
	expect_same("datetime", "12/2/2022 10:00:00 PM", "2022-12-02T22:00:00.0000000Z", true);
	expect_same("datetime", "1978-02-12T00:00:00.0000000", "2/12/1978", true);
	expect_same("datetime", "2022-12-02T22:00:00Z", "2022-12-03T00:00:00+02:00", true);
	expect_same("bool", "True", "true", true);
	expect_same("guid", ID("AA"), "{" ID("aa") "}", true);
	expect_same("string", "", "", true);
}

static void what_a_value_says_does(void **state)
{
	(void)state;
	expect_same("string", "a", "A", false);
	expect_same("string", "a ", "a", false);
	expect_same("string", "", "a", false);
	expect_same("decimal", "0.12345678901234567890", "0.12345678901234567891", false);
	expect_same("money", "1.00001", "1.00002", false);
	expect_same("datetime", "2022-12-02T22:00:00Z", "2022-12-02T22:00:01Z", false);
	expect_same("optionsetvaluecollection", "[-1,1,-1]", "[-1,1,2,-1]", false);
	expect_same("bool", "True", "False", false);
}

static void a_lookup_is_its_row_and_table_not_the_name_shown(void **state)
{
	static const char schema[] =
		ENTITY("t", LOOKUP("c", "account|contact") LOOKUP("one", "queue"), "");
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, schema,
		ROWS("t", ROW(ID("01"), REF("c", ID("0a"), "account", "Old"))
				  ROW(ID("02"), REF("c", ID("0a"), "account", "Same"))
					  ROW(ID("03"), REF("one", ID("0a"), "queue", ""))),
		schema,
		ROWS("t", ROW(ID("01"), REF("c", ID("0A"), "account", "New"))
				  ROW(ID("02"), REF("c", ID("0a"), "contact", "Same"))
					  ROW(ID("03"), IS("one", ID("0a")))));
	expect_told(&c, "t ~02  c:" ID("0a") ">" ID("0a") "\n", 0);
}

static void what_only_one_side_has_is_a_difference(void **state)
{
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, ENTITY("gone", "", "") ENTITY("t", FIELD("c", "string"), ""),
		ROWS("gone", ROW(ID("01"), IS("goneid", ID("01")) IS("name", "g")))
			ROWS("t", ROW(ID("02"), IS("c", "x"))),
		ENTITY("t", FIELD("d", "number"), "") ENTITY("fresh", "", ""),
		ROWS("t", ROW(ID("02"), IS("d", "5") IS("tid", ID("02"))))
			ROWS("fresh", ROW(ID("03"), "")));
	expect_told(&c, "gone -01 g\nt ~02  c:x> d:>5\nfresh +03 \n", 0);
	assert_true(c.d.tables.p[0].declared[DIFF_OLD] && !c.d.tables.p[0].declared[DIFF_NEW]);
}

static void what_no_schema_has_is_compared_all_the_same(void **state)
{
	static const char schema[] = ENTITY("t", "", "");
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, schema, ROWS("t", ROW(ID("01"), IS("x", "1"))), schema,
		ROWS("t", ROW(ID("01"), IS("x", "2"))) ROWS("u", ROW(ID("02"), "")));
	expect_told(&c, "t ~01  x:1>2\nu +02 \n", 0);
}

static void links_come_and_go(void **state)
{
	static const char schema[] = ENTITY("t", "", MANY("t_x"));
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, schema, LINKED("t", "", LINKS(ID("01"), "t_x", TO(ID("0a")) TO(ID("0b")))),
		schema,
		LINKED("t", "",
		       LINKS(ID("02"), "t_x", TO(ID("0a")))
			       LINKS(ID("01"), "t_x", TO(ID("0c")) TO(ID("0b")))));
	expect_told(&c, "+01>0c\n+02>0a\n-01>0a\n", 0);
	assert_int_equal(c.d.relationships.p[0].unchanged, 1);
}

static void a_value_that_does_not_fit_is_a_problem_and_compared_as_text(void **state)
{
	static const char schema[] = ENTITY("t", FIELD("n", "number"), "");
	DEFER(comparison_release) struct comparison c;

	(void)state;
	compare(&c, schema, ROWS("t", ROW(ID("01"), IS("n", "abc")) ROW(ID("02"), IS("n", "abc"))),
		schema, ROWS("t", ROW(ID("01"), IS("n", "abc")) ROW(ID("02"), IS("n", "7"))));
	expect_told(&c, "t ~02  n:abc>7\n", 3);
}

static void a_row_that_comes_twice_is_a_problem_only_if_it_differs(void **state)
{
	static const char schema[] = ENTITY("t", "", "");
	static const char one[] = ROWS("t", ROW(ID("01"), IS("name", "a")));
	DEFER(comparison_release) struct comparison same;
	DEFER(comparison_release) struct comparison other;

	(void)state;
	compare(&same, schema,
		ROWS("t", ROW(ID("01"), IS("name", "a")) ROW(ID("01"), IS("name", "a"))), schema,
		one);
	expect_told(&same, "", 0);
	compare(&other, schema, one, schema,
		ROWS("t", ROW(ID("01"), IS("name", "a")) ROW(ID("01"), IS("name", "b"))));
	expect_told(&other, "", 1);
}

static void a_schema_limits_what_is_compared(void **state)
{
	static const char schema[] =
		ENTITY("t", FIELD("n", "number"), MANY("t_x")) ENTITY("u", "", "");
	static const char limited[] =
		"<entities>" ENTITY("t", FIELD("n", "number"), "") "</entities>";
	DEFER(comparison_release) struct comparison c;
	uint64_t warnings;
	struct err e;

	(void)state;
	compare_within(&c, limited, schema,
		       LINKED("t", ROW(ID("01"), IS("n", "1") IS("odd", "a")),
			      LINKS(ID("01"), "t_x", TO(ID("0a")))) ROWS("u", ROW(ID("02"), "")),
		       schema, ROWS("t", ROW(ID("01"), IS("n", "2"))));
	expect_told(&c, "t ~01  n:1>2\n", 0);
	/* odd, t_x and u, each once */
	OK(journal_count_problems(&c.run, SEVERITY_WARNING, &warnings, &e));
	assert_int_equal(warnings, 3);
}

/* Of an environment's column: its precision, its kind of date. */
static bool same_there(const struct column *column, enum cmt_type type, const char *x,
		       const char *y)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct diff_column c = { .type = { type, type }, .column = column };
	struct value old = { .kind = VALUE_TEXT, .text = str_from(x) };
	struct value new = { .kind = VALUE_TEXT, .text = str_from(y) };

	return diff_value_equal(&page, &c, &old, &new);
}

static void an_environment_keeps_values_as_its_columns_do(void **state)
{
	static const struct column price = { .type = COLUMN_DECIMAL, .precision = 2 };
	static const struct column day = { .type = COLUMN_DATETIME, .behavior = DATE_ONLY };

	(void)state;
	assert_true(same_there(&price, CMT_DECIMAL, "1.504", "1.50"));
	assert_false(same_there(&price, CMT_DECIMAL, "1.51", "1.50"));
	assert_false(same_there(NULL, CMT_DECIMAL, "1.504", "1.50"));
	assert_true(same_there(&day, CMT_DATETIME, "2024-05-15T00:00:00", "2024-05-15"));
	assert_false(same_there(&day, CMT_DATETIME, "2024-05-16T00:00:00", "2024-05-15"));
}

#define HASH(x) x x x x x x x x

static void a_file_is_its_content_and_name_where_both_are_known(void **state)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	struct diff_column c = { .type = { CMT_FILE, CMT_FILE } };
	struct value raw = { .kind = VALUE_TEXT, .text = S(ID("01")), .name = S("a.txt") };
	struct value other = { .kind = VALUE_TEXT, .text = S(ID("02")), .name = S("a.txt") };
	struct value told = { .kind = VALUE_TEXT, .text = S(HASH("0123abcd") " a.txt") };
	struct value same = told;

	(void)state;
	assert_false(diff_value_equal(&page, &c, &raw, &other));
	assert_true(diff_value_equal(&page, &c, &raw, &told));
	assert_true(diff_value_equal(&page, &c, &same, &told));
	same.text = S(HASH("0123abce") " a.txt");
	assert_false(diff_value_equal(&page, &c, &same, &told));
	same.text = S(HASH("0123abcd") " b.txt");
	assert_false(diff_value_equal(&page, &c, &same, &told));
	assert_false(diff_value_equal(&page, &c, &raw, &same));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_by_id_whatever_their_order),
		cmocka_unit_test(how_a_value_is_written_makes_no_difference),
		cmocka_unit_test(what_a_value_says_does),
		cmocka_unit_test(a_lookup_is_its_row_and_table_not_the_name_shown),
		cmocka_unit_test(what_only_one_side_has_is_a_difference),
		cmocka_unit_test(what_no_schema_has_is_compared_all_the_same),
		cmocka_unit_test(links_come_and_go),
		cmocka_unit_test(a_value_that_does_not_fit_is_a_problem_and_compared_as_text),
		cmocka_unit_test(a_row_that_comes_twice_is_a_problem_only_if_it_differs),
		cmocka_unit_test(a_schema_limits_what_is_compared),
		cmocka_unit_test(an_environment_keeps_values_as_its_columns_do),
		cmocka_unit_test(a_file_is_its_content_and_name_where_both_are_known),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
