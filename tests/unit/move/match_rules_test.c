/* SPDX-License-Identifier: MIT */
/*
 * What a person says about which row is meant: --match, --adopt, --map, --match cmt; alternate keys; and that every conflict
 * names all rows that take part, on both sides, before anything is written.
 */
#include "move/match.h"

#include "base/rng.h"
#include "move/map_file.h"
#include "move/map_rows.h"
#include "move/run_map.h"

#include "engine.h"

#define OWN "b0000000-0000-4000-8000-000000000001"
#define JOB                                                                                        \
	ENTITY("position", "positionid",                                                           \
	       TEXT("name") TEXT("description") LOOKUP("parentpositionid", "position"))
#define JOBS(rows) ROWS("position", rows)

static void have_job(struct engine *w, const char *id, const char *name, const char *description)
{
	have(w, "positions",
	     str_fmt(&w->a, "{\"positionid\":\"%s\",\"name\":\"%s\",\"description\":\"%s\"}", id,
		     name, description)
		     .p);
}

static void have_tag(struct engine *w, const char *id, const char *name)
{
	have(w, "msdyn_octags",
	     str_fmt(&w->a, "{\"msdyn_octagid\":\"%s\",\"msdyn_name\":\"%s\"}", id, name).p);
}

/* --match table=columns */
static void match_by(struct engine *w, const char *table, const char *first, const char *second)
{
	struct match_rule *rule = arena_new(&w->a, struct match_rule);

	*rule = (struct match_rule){ .table = str_from(table), .n = second ? 2 : 1 };
	rule->columns = arena_array(&w->a, struct str, 2);
	rule->columns[0] = str_from(first);
	rule->columns[1] = str_from(second);
	w->options.decisions.match = rule;
	w->options.decisions.nmatch = 1;
}

static void adopt(struct engine *w, const char *table, const char *name)
{
	struct adopt_rule *rule = arena_new(&w->a, struct adopt_rule);

	*rule = (struct adopt_rule){ .table = str_from(table), .name = str_from(name) };
	w->options.decisions.adopt = rule;
	w->options.decisions.nadopt = 1;
}

static void nothing_changed(struct engine *w, const char *sql, const char *want)
{
	assert_int_equal(w->run.writes, 0);
	target_has(w, sql, want);
}

/* --match */

static void a_declared_column_finds_a_row_with_another_id(void **state)
{
	struct engine *w = *state;

	have_job(w, OWN, "Chief", "old");
	match_by(w, "position", "name", NULL);
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "new"))));
	succeeded(w);
	rows_are(w, "position", "read 1: 1 updated");
	target_has(w, "SELECT positionid, description FROM position", OWN "|new");
}

static void without_a_declaration_a_name_finds_nothing(void **state)
{
	struct engine *w = *state;

	have_job(w, OWN, "Chief", "old");
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "new"))));
	succeeded(w);
	rows_are(w, "position", "read 1: 1 created");
	target_has(w, "SELECT description FROM position WHERE positionid = '" OWN "'", "old");
}

static void a_declared_text_that_differs_in_case_or_accents_is_a_conflict(void **state)
{
	static const char *const names[] = { "CHIEF", "Ch\u00efef" };
	struct engine *w = *state;

	have_job(w, OWN, "Chief", "old");
	match_by(w, "position", "name", NULL);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		import(w, JOB, str_fmt(&w->a, JOBS(ROW(ID("01"), IS("name", "%s"))), names[i]).p);
		stopped(w, ERR_CONFLICT, "1 conflicts");
		told(w, "error position " ID("01"), OWN " \"Chief\" has a name (--match)");
	}
	nothing_changed(w, "SELECT name FROM position", "Chief");
}

static void a_row_found_by_its_id_may_change_the_case_of_its_key(void **state)
{
	struct engine *w = *state;

	have_job(w, ID("01"), "Chief", "old");
	match_by(w, "position", "name", NULL);
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "CHIEF"))));
	succeeded(w);
	target_has(w, "SELECT name FROM position", "CHIEF");
}

static void a_declared_key_with_an_empty_part_matches_nothing(void **state)
{
	struct engine *w = *state;

	have(w, "positions", "{\"positionid\":\"" OWN "\",\"name\":\"Chief\"}");
	match_by(w, "position", "name", "description");
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
	succeeded(w);
	rows_are(w, "position", "read 1: 1 created");
	target_has(w, "SELECT count(*) FROM position", "2");
}

static void id_and_declared_key_that_mean_two_rows_name_both(void **state)
{
	struct engine *w = *state;

	have_job(w, ID("01"), "Clerk", "");
	have_job(w, OWN, "Chief", "");
	match_by(w, "position", "name", NULL);
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error position " ID("01"),
	     "the row \"Chief\" is row " ID("01") " \"Clerk\" of the target by its id, but row " OWN
						  " \"Chief\" by name (--match)");
}

static void a_key_that_many_rows_have_names_them_up_to_a_number(void **state)
{
	struct engine *w = *state;

	for (unsigned i = 1; i <= 13; i++)
		have_job(w, str_fmt(&w->a, "c0000000-0000-4000-8000-%012u", i).p, "Chief", "");
	match_by(w, "position", "name", NULL);
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error position " ID("01"), "13 rows of the target have name (--match) \"Chief\"");
	told(w, "error position " ID("01"), "c0000000-0000-4000-8000-000000000001 \"Chief\", ");
	told(w, "error position " ID("01"),
	     "c0000000-0000-4000-8000-000000000010 \"Chief\" and 3 more");
}

static void names_that_are_not_there_are_a_wrong_command(void **state)
{
	static const struct {
		const char *table, *column, *told;
	} cases[] = {
		{ "positon", "name",
		  "--match positon: the package has no table of that name; did you mean position?" },
		{ "position", "nmae", "no column nmae; did you mean name?" },
		{ "position", "createdon", "the schema of the package has no column createdon" },
	};
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		match_by(w, cases[i].table, cases[i].column, NULL);
		import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
		stopped(w, ERR_USAGE, cases[i].told);
	}
	w->options.decisions.nmatch = 0;
	adopt(w, "positions", "Chief");
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief"))));
	stopped(w, ERR_USAGE,
		"--adopt positions: the package has no table of that name; did you mean position?");
	adopt(w, "position", "Chief");
	import(w, ENTITY("position", "positionid", TEXT("description")), JOBS(ROW(ID("01"), "")));
	stopped(w, ERR_USAGE, "no column name");
}

static void rows_known_by_their_parents_are_found_level_by_level(void **state)
{
	struct engine *w = *state;

	have_job(w, ID("91"), "Chief", "");
	have(w, "positions",
	     "{\"positionid\":\"" ID("92") "\",\"name\":\"Deputy\",\"parentpositionid@odata.bind\":\"/positions(" ID(
		     "91") ")\"}");
	have(w, "positions",
	     "{\"positionid\":\"" ID("93") "\",\"name\":\"Clerk\",\"parentpositionid@odata.bind\":\"/positions(" ID(
		     "92") ")\"}");
	/* another clerk, of nobody's */
	have_job(w, ID("94"), "Clerk", "");
	match_by(w, "position", "name", "parentpositionid");
	/* the lowest has the first id */
	import(w, JOB,
	       JOBS(ROW(ID("01"), IS("name", "Clerk") IS("description", "d")
					  REF("parentpositionid", ID("02"), "position", "Deputy"))
			    ROW(ID("02"), IS("name", "Deputy") REF("parentpositionid", ID("91"),
								   "position", "Chief"))
				    ROW(ID("91"), IS("name", "Chief"))));
	succeeded(w);
	rows_are(w, "position", "read 3: 1 updated, 1 adopted, 1 unchanged");
	target_has(w, "SELECT positionid FROM position WHERE description = 'd'", ID("93"));
	target_has(w, "SELECT count(*) FROM position", "4");
}

/* Source rows that mean one row */

static void all_source_rows_for_one_target_row_are_named(void **state)
{
	struct engine *w = *state;

	have_tag(w, ID("02"), "#x");
	import(w, TAG,
	       ROWS("msdyn_octag",
		    ROW(ID("01"), IS("msdyn_name", "#x")) ROW(ID("02"), IS("msdyn_name", "#x"))
			    ROW(ID("03"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"),
	     ID("01") " \"#x\" (by msdyn_name), " ID("02") " \"#x\" (by its id), " ID(
		     "03") " \"#x\" (by msdyn_name) of the source are all row " ID("02") " \"#x\"");
}

static void source_rows_with_one_key_that_nobody_has_are_a_conflict(void **state)
{
	struct engine *w = *state;

	import(w, TAG,
	       ROWS("msdyn_octag",
		    ROW(ID("01"), IS("msdyn_name", "#x")) ROW(ID("02"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"),
	     ID("02") " \"#x\" of the package have the same msdyn_name");
	/* also when the ids are known: the next import could not tell them apart by their key */
	have_tag(w, ID("01"), "#a");
	have_tag(w, ID("02"), "#b");
	import(w, TAG,
	       ROWS("msdyn_octag",
		    ROW(ID("01"), IS("msdyn_name", "#x")) ROW(ID("02"), IS("msdyn_name", "#x"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	nothing_changed(w, "SELECT msdyn_name FROM msdyn_octag ORDER BY 1", "#a|#b");
}

static void queues_of_one_name_are_moved_by_their_ids(void **state)
{
	struct engine *w = *state;
	const char *rows = ROWS("queue", ROW(ID("01"), IS("name", "Billing"))
						 ROW(ID("02"), IS("name", "Billing")));

	import(w, QUEUE(""), rows);
	succeeded(w);
	rows_are(w, "queue", "read 2: 2 created");
	import(w, QUEUE(""), rows);
	succeeded(w);
	rows_are(w, "queue", "read 2: 2 unchanged");
}

#define RATINGS                                                                                    \
	ENTITY("ratingmodel", "ratingmodelid",                                                     \
	       TEXT("name") FIELD("minratingvalue", "number") FIELD("maxratingvalue", "number"))   \
	ENTITY("ratingvalue", "ratingvalueid",                                                     \
	       TEXT("name") FIELD("value", "number") LOOKUP("ratingmodel", "ratingmodel"))
#define RATING(id, name)                                                                           \
	ROW(id,                                                                                    \
	    IS("name", name) IS("value", "3") REF("ratingmodel", ID("0a"), "ratingmodel", "Mine"))

static void children_in_one_place_are_moved_by_their_ids(void **state)
{
	struct engine *w = *state;
	const char *rows =
		ROWS("ratingmodel", ROW(ID("0a"), IS("name", "Mine") IS("minratingvalue", "1")
							  IS("maxratingvalue", "9")))
			ROWS("ratingvalue", RATING(ID("01"), "Good") RATING(ID("02"), "Fair"));

	import(w, RATINGS, rows);
	succeeded(w);
	import(w, RATINGS, rows);
	succeeded(w);
	rows_are(w, "ratingvalue", "read 2: 2 unchanged");
	import(w, RATINGS,
	       ROWS("ratingmodel", ROW(ID("0a"), IS("name", "Mine")))
		       ROWS("ratingvalue", RATING(ID("03"), "Best")));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error ratingvalue " ID("03"), ID("01") " \"Good\", " ID("02") " \"Fair\"");
}

/* --adopt */

static void an_adopted_queue_follows_the_source(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	adopt(w, "queue", "Billing");
	import(w, QUEUE(TEXT("description")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Billing") IS("description", "d"))
				     ROW(ID("02"), IS("name", "Sales"))));
	succeeded(w);
	rows_are(w, "queue", "read 2: 1 created, 1 updated");
	target_has(w, "SELECT queueid, description FROM queue WHERE name = 'Billing'", OWN "|d");
}

static void an_adoption_that_is_not_of_one_row_and_one_row_names_them(void **state)
{
	struct engine *w = *state;
	const char *one = ROWS("queue", ROW(ID("01"), IS("name", "Billing")));

	adopt(w, "queue", "Billing");
	import(w, QUEUE(""), one);
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue", "the package has 1: " ID("01") " \"Billing\"; the target has none");

	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"BILLING\"}");
	import(w, QUEUE(""), one);
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue", "only in case or accents differ: " OWN " \"BILLING\"");

	have(w, "queues", "{\"queueid\":\"" ID("71") "\",\"name\":\"Billing\"}");
	have(w, "queues", "{\"queueid\":\"" ID("72") "\",\"name\":\"Billing\"}");
	import(w, QUEUE(""), one);
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue",
	     "the target has 2: " ID("71") " \"Billing\", " ID("72") " \"Billing\"");

	alter(w, "DELETE FROM queue WHERE queueid = '" ID("72") "'");
	import(w, QUEUE(""),
	       ROWS("queue",
		    ROW(ID("01"), IS("name", "Billing")) ROW(ID("02"), IS("name", "Billing"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue", "the package has 2: " ID("01") " \"Billing\", " ID("02"));

	adopt(w, "queue", "Biling");
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Other"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue", "the package has none; the target has none");
}

static void an_adoption_against_the_id_is_a_conflict(void **state)
{
	struct engine *w = *state;

	have(w, "queues", "{\"queueid\":\"" ID("01") "\",\"name\":\"Old\"}");
	have(w, "queues", "{\"queueid\":\"" OWN "\",\"name\":\"Billing\"}");
	adopt(w, "queue", "Billing");
	import(w, QUEUE(""), ROWS("queue", ROW(ID("01"), IS("name", "Billing"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error queue " ID("01"),
	     OWN " \"Billing\" of the target by --adopt, but row " ID("01") " \"Old\" by its id");
}

/* --map: as map_rows leaves it, before anything else is asked. */

static const char *mapped[2][2];

static bool put_mapped(struct engine *w, const struct request *r, struct err *e)
{
	struct guid from, to;

	(void)r;
	for (size_t i = 0; i < 2 && mapped[i][0] && w->count == 0; i++) {
		assert_true(guid_parse(str_from(mapped[i][0]), &from));
		assert_true(guid_parse(str_from(mapped[i][1]), &to));
		if (!run_put_map(&w->run, S("msdyn_octag"), from, to, S(MAP_HOW), e))
			return false;
	}
	w->count++;
	return true;
}

static void import_mapped(struct engine *w, const char *schema, const char *data)
{
	static struct map_entry entry;
	static struct map_file map;

	entry = (struct map_entry){ .table = S("msdyn_octag") };
	map = (struct map_file){ .name = "map.xml", .entries = &entry, .n = 1 };
	w->options.decisions.map = &map;
	w->before = put_mapped;
	w->count = 0;
	import(w, schema, data);
}

static void the_map_wins_over_every_rule(void **state)
{
	struct engine *w = *state;

	have_tag(w, ID("01"), "#y");
	have_tag(w, ID("71"), "#x");
	have_tag(w, ID("72"), "#x");
	have_tag(w, OWN, "#mine");
	mapped[0][0] = ID("01");
	mapped[0][1] = OWN;
	mapped[1][0] = NULL;
	import_mapped(w, TAG, ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 1: 1 updated");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag ORDER BY msdyn_octagid", "#y|#x|#x|#x");
}

static void a_map_to_a_row_that_is_not_there_or_taken_is_a_conflict(void **state)
{
	struct engine *w = *state;
	const char *rows = ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#a"))
						       ROW(ID("02"), IS("msdyn_name", "#b")));

	mapped[0][0] = ID("01");
	mapped[0][1] = OWN;
	mapped[1][0] = NULL;
	import_mapped(w, TAG, rows);
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"), "is row " OWN ", which the target does not have");

	have_tag(w, OWN, "#mine");
	mapped[1][0] = ID("02");
	mapped[1][1] = OWN;
	import_mapped(w, TAG, rows);
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error msdyn_octag " ID("01"), "of the source are both row " OWN " \"#mine\"");
}

/* In sets that are read by key instead of whole. */
static void decisions_hold_in_a_large_table(void **state)
{
	struct engine *w = *state;

	for (unsigned i = 0; i < 130; i++)
		have_tag(w, str_fmt(&w->a, "c0000000-0000-4000-8000-%012u", i).p,
			 str_fmt(&w->a, "#%u", i).p);
	adopt(w, "msdyn_octag", "#7");
	mapped[0][0] = ID("01");
	mapped[0][1] = "c0000000-0000-4000-8000-000000000009";
	mapped[1][0] = NULL;
	import_mapped(w, TAG,
		      ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#new"))
						  ROW(ID("02"), IS("msdyn_name", "#7"))));
	succeeded(w);
	rows_are(w, "msdyn_octag", "read 2: 1 updated, 1 adopted");
	target_has(w, "SELECT msdyn_name FROM msdyn_octag WHERE msdyn_octagid LIKE '%0009'",
		   "#new");
}

/* --match cmt */

static void as_cmt_does_a_name_alone_is_enough(void **state)
{
	struct engine *w = *state;

	have_job(w, ID("72"), "Chief", "");
	have_job(w, ID("71"), "Chief", "");
	have_job(w, ID("73"), "CLERK", "");
	have_job(w, ID("03"), "Deputy", "");
	w->options.decisions.match_cmt = true;
	import(w, JOB,
	       JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "d"))
			    ROW(ID("02"), IS("name", "Clerk") IS("description", "d"))
				    ROW(ID("03"), IS("name", "Chief") IS("description", "by id"))
					    ROW(ID("04"), IS("name", "New"))));
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
	rows_are(w, "position", "read 4: 1 created, 3 updated");
	target_has(w, "SELECT positionid FROM position WHERE description = 'd' ORDER BY 1",
		   ID("71") "|" ID("73"));
	target_has(w, "SELECT positionid FROM position WHERE description = 'by id'", ID("03"));
	target_has(w, "SELECT name FROM position WHERE positionid = '" ID("73") "'", "Clerk");
	told(w, "note position",
	     "2 rows were matched by their name alone, 1 of them by one that several rows have");
}

static void as_cmt_does_compared_columns_alone_decide(void **state)
{
	struct engine *w = *state;
	const char *schema =
		ENTITY("position", "positionid", TEXT("name") COMPARED("description", "string"));

	have_job(w, ID("71"), "Other", "k");
	have_job(w, ID("01"), "Chief", "z");
	w->options.decisions.match_cmt = true;
	import(w, schema, JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "k"))));
	succeeded(w);
	target_has(w, "SELECT positionid FROM position WHERE name = 'Chief' AND description = 'k'",
		   ID("71"));
	target_has(w, "SELECT description FROM position WHERE positionid = '" ID("01") "'", "z");
	import(w, schema, JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "none"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error position " ID("01"), "has the id of the row \"Chief\", but other values");
}

/* Alternate keys */

static void an_alternate_key_of_the_table_finds_a_row(void **state)
{
	struct engine *w = *state;

	have(w, "EntityDefinitions(LogicalName='position')/Keys",
	     "{\"SchemaName\":\"new_ByName\",\"KeyAttributes\":[\"name\"]}");
	have_job(w, OWN, "Chief", "old");
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "Chief") IS("description", "new"))));
	succeeded(w);
	rows_are(w, "position", "read 1: 1 updated");
	import(w, JOB, JOBS(ROW(ID("01"), IS("name", "chief"))));
	stopped(w, ERR_CONFLICT, "1 conflicts");
	told(w, "error position " ID("01"), "has a name (alternate key new_byname) that differs");
	/* of a schema without the column it is not asked */
	import(w, ENTITY("position", "positionid", TEXT("description")),
	       JOBS(ROW(ID("02"), IS("description", "x"))));
	succeeded(w);
	rows_are(w, "position", "read 1: 1 created");
}

/* Collisions of every kind, against another way of counting them. */

static const struct {
	const char *text;
	int sort; /* what the platform takes for one */
} pool[] = { { "", 0 },      { "Chief", 1 }, { "CHIEF", 1 }, { "Chi\u00e9f", 1 },
	     { "Clerk", 2 }, { "clerk", 2 }, { "Deputy", 3 } };

struct collision {
	unsigned id; /* of ID("0?") */
	size_t name; /* in the pool */
	int is;      /* of a source row: the target row; -1: none */
};

#define SIDE_ROWS 3

static bool same_text(const struct collision *a, const struct collision *b)
{
	return pool[a->name].sort != 0 && a->name == b->name;
}

/* Whether one row is in conflict; else what it is. */
static bool judge(struct collision *row, const struct collision *target)
{
	int by_id = -1, by_name = -1, exact = 0, near = 0, other = 0;

	for (int i = 0; i < SIDE_ROWS; i++) {
		if (target[i].id == row->id)
			by_id = i;
		if (same_text(row, &target[i])) {
			by_name = i;
			exact++;
		} else if (pool[row->name].sort != 0 &&
			   pool[row->name].sort == pool[target[i].name].sort) {
			near++;
			other += target[i].id != row->id;
		}
	}
	row->is = by_id >= 0 ? by_id : by_name;
	if (exact > 1 || (exact == 1 && by_id >= 0 && by_id != by_name))
		return true;
	return exact == 0 && near > 0 && other > 0;
}

static bool expect_conflict(struct collision *source, const struct collision *target)
{
	bool conflict = false;

	for (int i = 0; i < SIDE_ROWS; i++)
		conflict = judge(&source[i], target) || conflict;
	for (int i = 0; i < SIDE_ROWS; i++)
		for (int k = 0; k < i; k++) {
			bool known = false;

			for (int t = 0; t < SIDE_ROWS; t++)
				known = known || same_text(&source[i], &target[t]);
			conflict = conflict ||
				   (source[i].is >= 0 && source[i].is == source[k].is) ||
				   (same_text(&source[i], &source[k]) && !known);
		}
	return conflict;
}

static void draw(struct rng *rng, struct collision *rows)
{
	for (unsigned i = 0; i < SIDE_ROWS; i++) {
		rows[i] = (struct collision){ .name = rng_next(rng) % COUNT_OF(pool) };
		do {
			rows[i].id = 1 + (unsigned)(rng_next(rng) % 8);
		} while ((i > 0 && rows[i].id == rows[0].id) ||
			 (i > 1 && rows[i].id == rows[1].id));
	}
}

static const char *listed(struct engine *w)
{
	return query_file(w, w->path,
			  "SELECT positionid, name, description FROM position ORDER BY 1");
}

/* Target rows that no source row is have to be as they were, the others to follow. */
static void check_rows(struct engine *w, const struct collision *source,
		       const struct collision *target)
{
	for (int t = 0; t < SIDE_ROWS; t++) {
		const char *name = pool[target[t].name].text, *description = "t";

		for (int s = 0; s < SIDE_ROWS; s++) {
			if (source[s].is != t)
				continue;
			description = "s";
			if (pool[source[s].name].sort != 0)
				name = pool[source[s].name].text;
		}
		const char *sql =
			str_fmt(&w->a,
				"SELECT coalesce(name, '') || '|' || description FROM position WHERE"
				" positionid = '" ID("0") "%u'",
				target[t].id)
				.p;
		assert_string_equal(query_file(w, w->path, sql),
				    str_fmt(&w->a, "%s|%s", name, description).p);
	}
}

/* False: the import stopped, as it has to. */
static bool collide(struct engine *w, struct collision *source, const struct collision *target)
{
	struct str data = { 0 };

	alter(w, "DELETE FROM position");
	for (int i = 0; i < SIDE_ROWS; i++) {
		const char *name = pool[target[i].name].text;

		have_job(w, str_fmt(&w->a, ID("0") "%u", target[i].id).p, name, "t");
		name = pool[source[i].name].text;
		data = str_fmt(
			&w->a,
			"%.*s<record id=\"" ID("0") "%u\">%s" IS("description", "s") "</record>",
			STR_ARG(data), source[i].id,
			name[0] ? str_fmt(&w->a, IS("name", "%s"), name).p : "");
	}
	const char *before = listed(w);
	bool conflict = expect_conflict(source, target);

	import(w, JOB, str_fmt(&w->a, JOBS("%s"), data.p).p);
	if (w->ok == conflict)
		fail_msg("conflict %d, ok %d\n%s\n%.*s\n%s", conflict, w->ok, before, STR_ARG(data),
			 problems(w));
	if (!conflict) {
		check_rows(w, source, target);
		return true;
	}
	stopped(w, ERR_CONFLICT, "conflicts");
	assert_true(problems(w)[0] != '\0');
	assert_string_equal(listed(w), before);
	return false;
}

static void whatever_collides_no_wrong_row_is_written(void **state)
{
	struct engine *w = *state;
	struct rng rng = rng_from_seed(6);
	struct collision source[SIDE_ROWS], target[SIDE_ROWS];

	unsigned through = 0;

	match_by(w, "position", "name", NULL);
	for (unsigned round = 0; round < 90; round++) {
		draw(&rng, source);
		draw(&rng, target);
		through += collide(w, source, target);
	}
	assert_in_range(through, 10, 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_declared_column_finds_a_row_with_another_id),
		WITH_ENGINE(without_a_declaration_a_name_finds_nothing),
		WITH_ENGINE(a_declared_text_that_differs_in_case_or_accents_is_a_conflict),
		WITH_ENGINE(a_row_found_by_its_id_may_change_the_case_of_its_key),
		WITH_ENGINE(a_declared_key_with_an_empty_part_matches_nothing),
		WITH_ENGINE(id_and_declared_key_that_mean_two_rows_name_both),
		WITH_ENGINE(a_key_that_many_rows_have_names_them_up_to_a_number),
		WITH_ENGINE(names_that_are_not_there_are_a_wrong_command),
		WITH_ENGINE(rows_known_by_their_parents_are_found_level_by_level),
		WITH_ENGINE(all_source_rows_for_one_target_row_are_named),
		WITH_ENGINE(source_rows_with_one_key_that_nobody_has_are_a_conflict),
		WITH_ENGINE(queues_of_one_name_are_moved_by_their_ids),
		WITH_ENGINE(children_in_one_place_are_moved_by_their_ids),
		WITH_ENGINE(an_adopted_queue_follows_the_source),
		WITH_ENGINE(an_adoption_that_is_not_of_one_row_and_one_row_names_them),
		WITH_ENGINE(an_adoption_against_the_id_is_a_conflict),
		WITH_ENGINE(the_map_wins_over_every_rule),
		WITH_ENGINE(a_map_to_a_row_that_is_not_there_or_taken_is_a_conflict),
		WITH_ENGINE(decisions_hold_in_a_large_table),
		WITH_ENGINE(as_cmt_does_a_name_alone_is_enough),
		WITH_ENGINE(as_cmt_does_compared_columns_alone_decide),
		WITH_ENGINE(an_alternate_key_of_the_table_finds_a_row),
		WITH_ENGINE(whatever_collides_no_wrong_row_is_written),
	};

	return RUN_ENGINE_TESTS(tests);
}
