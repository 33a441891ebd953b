/* SPDX-License-Identifier: MIT */
/*
 * The main job in process: the live chat configuration of the sample organization, step by step with the
 * project's own schemas, into an empty one. What a dry run says comes true; the second time nothing is
 * written; what the target then has is what the source has.
 */
#include "move/import.h"

#include "engine.h"

#include "move/export.h"

static const char *const steps[] = { "1-skills", "2-capacity", "3-queues", "4-workstreams",
				     "5-widgets" };

/* The sample organization and its packages, made once. */
static char source[128];

static void package_path(char *out, size_t size, const char *step)
{
	snprintf(out, size, "%s/%s.zip", template_folder, step);
}

static void export_step(struct arena *a, struct service *from, const char *step)
{
	struct knowledge knowledge;
	struct export_result result;
	struct run run;
	char schema[512], out[128];
	struct err e;

	package_path(out, sizeof(out), step);
	snprintf(schema, sizeof(schema), "%s/plans/livechat/%s.xml", getenv("FERRY_SOURCE_ROOT"),
		 step);
	struct export_options options = { .schema = schema, .out = out };
	OK(knowledge_builtin(a, &knowledge, &e));
	OK(run_create(&run, a, NULL, &e));
	OK(export_run(a, &run, from, &knowledge, &options, NULL, &result, &e));
	run_close(&run);
}

static int make_source(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(org_close) struct org *org = NULL;
	struct org_create_options options = { .sample = "contoso", .seeded = true, .seed = 5 };
	struct err e;

	assert_non_null(getenv("FERRY_SOURCE_ROOT"));
	assert_int_equal(make_template(state), 0);
	snprintf(source, sizeof(source), "%s/source.db", template_folder);
	OK(org_create(source, &options, &e));
	OK(org_open(&org, &a, source, false, &e));
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		export_step(&a, org_service(org), steps[i]);
	return 0;
}

static struct str bytes_of(struct engine *w)
{
	struct str bytes;

	must(w, file_read(&w->a, w->path, 64 * LIMIT_MIB, &bytes, &w->e));
	return bytes;
}

static void import_step(struct engine *w, const char *step)
{
	char path[128];

	package_path(path, sizeof(path), step);
	import_path(w, path);
}

/* All counts of an import, as one text. */
static const char *all_numbers(struct engine *w)
{
	struct str out = S("");

	for (size_t i = 0; i < w->result.ntables; i++)
		out = str_fmt(&w->a, "%.*s%.*s %s\n", STR_ARG(out),
			      STR_ARG(w->result.tables[i].name), numbers(w, &w->result.tables[i]));
	for (size_t i = 0; i < w->result.nrelationships; i++)
		out = str_fmt(&w->a, "%.*s%.*s %s\n", STR_ARG(out),
			      STR_ARG(w->result.relationships[i].name),
			      numbers(w, &w->result.relationships[i]));
	return out.p;
}

static void nothing_is_lost_or_written(struct engine *w)
{
	succeeded(w);
	nothing_told(w);
	assert_int_equal(w->run.writes, 0);
	assert_int_equal(w->batches, 0);
	for (size_t i = 0; i < w->result.ntables; i++) {
		assert_int_equal(w->result.tables[i].counts[OUTCOME_CREATED], 0);
		assert_int_equal(w->result.tables[i].counts[OUTCOME_UPDATED], 0);
	}
	for (size_t i = 0; i < w->result.nrelationships; i++)
		assert_int_equal(w->result.relationships[i].counts[OUTCOME_CREATED], 0);
}

/* Addresses that were copied into new rows are told, and nothing else. */
static void only_the_environments_own_is_told(struct engine *w)
{
	const char *line = problems(w);

	for (const char *end = strchr(line, '\n'); end; line = end + 1, end = strchr(line, '\n')) {
		struct str s = str_of(line, (size_t)(end - line));

		if (!str_starts(s, S("warning ")) ||
		    str_find(s, S("belongs to one environment")) == STR_NONE)
			fail_msg("%s", problems(w));
	}
}

static void every_step_arrives_as_the_dry_run_said_and_only_once(void **state)
{
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct str before = bytes_of(w);
		w->options.dry_run = true;
		import_step(w, steps[i]);
		assert_true(w->ok);
		assert_true(w->result.complete);
		assert_false(w->result.verified);
		assert_int_equal(w->run.writes, 0);
		assert_true(str_eq(bytes_of(w), before));
		const char *said = all_numbers(w);

		w->options.dry_run = false;
		import_step(w, steps[i]);
		succeeded(w);
		only_the_environments_own_is_told(w);
		assert_string_equal(all_numbers(w), said);
		assert_true(w->run.writes > 0);

		before = bytes_of(w);
		import_step(w, steps[i]);
		nothing_is_lost_or_written(w);
		assert_true(str_eq(bytes_of(w), before));
	}
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		import_step(w, steps[i]);
		nothing_is_lost_or_written(w);
	}
}

/* Every change alone in its request: the order must hold without a batch around it, too. */
static void the_size_of_the_batches_makes_no_difference(void **state)
{
	struct engine *w = *state;

	w->options.execution.batch_size = 1;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		import_step(w, steps[i]);
		succeeded(w);
	}
	w->options.execution.batch_size = 0;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		import_step(w, steps[i]);
		nothing_is_lost_or_written(w);
	}
}

/* Asked of both organizations by SQL; only ids that differ between organizations are translated to names. */
#define OF_LIVE_CHAT                                                                               \
	" WHERE msdyn_cannedmessageid IN (SELECT msdyn_cannedmessageid"                            \
	" FROM msdyn_msdyn_cannedmessage_liveworkstream JOIN msdyn_liveworkstream"                 \
	" USING (msdyn_liveworkstreamid) WHERE msdyn_streamsource = 192360000)"

static void the_target_then_has_what_the_source_has(void **state)
{
	static const char *const questions[] = {
		"SELECT name, description, characteristictype FROM characteristic ORDER BY name",
		"SELECT queueid, name, msdyn_priority, msdyn_operatinghourid, statecode FROM queue"
		" WHERE msdyn_isdefaultqueue = 0 AND msdyn_queuetype = 192350000 ORDER BY queueid",
		"SELECT msdyn_livechatconfigid, msdyn_name, msdyn_liveworkstreamid,"
		" msdyn_prechatquestionnaireauthenticated FROM msdyn_livechatconfig ORDER BY 1",
		"SELECT msdyn_cannedmessageid, msdyn_octagid FROM"
		" msdyn_msdyn_cannedmessage_msdyn_octag" OF_LIVE_CHAT " ORDER BY 1, 2",
		"SELECT msdyn_cannedmessageid, msdyn_title, msdyn_message"
		" FROM msdyn_cannedmessage" OF_LIVE_CHAT " ORDER BY 1",
	};
	struct engine *w = *state;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		import_step(w, steps[i]);
		succeeded(w);
	}
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		const char *want = query_file(w, source, questions[i]);
		assert_true(strlen(want) > 0);
		target_has(w, questions[i], want);
	}
	target_has(w,
		   "SELECT count(*) FROM msdyn_liveworkstream WHERE msdyn_streamsource <> 192360000"
		   " AND msdyn_isdefault = 0",
		   "0");
	target_has(w, "SELECT count(msdyn_apikey) FROM msdyn_liveworkstream", "0");
	target_has(w, "PRAGMA integrity_check", "ok");
}

static void a_table_that_the_target_lacks_is_told_with_all_the_others(void **state)
{
	struct engine *w = *state;

	import(w,
	       ENTITY("new_a", "new_aid", TEXT("new_name")) SKILL(TEXT("name") TEXT("new_x"))
		       ENTITY("new_b", "new_bid", TEXT("new_name")),
	       "");
	stopped(w, ERR_INPUT, "new_a");
	assert_non_null(strstr(w->e.msg, "new_b"));
	assert_non_null(strstr(w->e.msg, "characteristic.new_x"));
}

static void an_empty_package_is_done_at_once(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name")), "");
	succeeded(w);
	rows_are(w, "characteristic", "read 0:");
	assert_int_equal(w->run.writes, 0);
}

static void a_row_that_comes_twice_counts_once(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a")) ROW(ID("01"), IS("name", "a"))
				  ROW(ID("02"), IS("name", "b")) ROW(ID("02"), IS("name", "c"))));
	lost_something(w);
	rows_are(w, "characteristic", "read 2: 1 failed, 1 created");
	told(w, "warning characteristic " ID("01"), "second time");
	told(w, "error characteristic " ID("02"), "second time, and differs");
}

static void pictures_come_with_their_rows(void **state)
{
	struct engine *w = *state;

	import(w, QUEUE(FIELD("entityimage", "imagedata")),
	       ROWS("queue", ROW(ID("01"), IS("name", "Q") IS("entityimage", "iVBORw0KGgo=")) ROW(
				     ID("02"), IS("name", "R") IS("entityimage", "iVBORw0KGgo="))
				     ROW(ID("03"), IS("name", "S"))));
	succeeded(w);
	rows_are(w, "queue", "read 3: 3 created");
	nothing_told(w);
	target_has(w, "select entityimage from queue where name in ('Q', 'R', 'S') order by name",
		   "iVBORw0KGgo=|iVBORw0KGgo=|-");
}

static void a_column_that_the_schema_lacks_is_told_once(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name")),
	       SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "x"))
				  ROW(ID("02"), IS("name", "b") IS("description", "y"))));
	lost_something(w);
	rows_are(w, "characteristic", "read 2: 2 created");
	told(w, "error characteristic  description", "not in data_schema.xml");
	target_has(w, "SELECT count(description) FROM characteristic", "0");
}

static void rows_and_links_that_the_schema_lacks_are_told(void **state)
{
	struct engine *w = *state;

	import(w, SKILL(TEXT("name")),
	       LINKED_ROWS("characteristic", ROW(ID("01"), IS("name", "a")),
			   LINKS(ID("01"), "queue", "queueid", "new_none", TO(ID("02"))))
		       ROWS("queue", ROW(ID("02"), IS("name", "Q")) ROW(ID("03"), "")));
	lost_something(w);
	rows_are(w, "characteristic", "read 1: 1 created");
	told(w, "error characteristic  new_none", "links left out: 1");
	told(w, "error queue", "rows and links left out: 2");
}

static void links_of_a_row_that_the_package_lacks_fail(void **state)
{
	struct engine *w = *state;

	import(w,
	       ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "", TEXT("msdyn_title"),
			 MANY("msdyn_msdyn_cannedmessage_msdyn_octag", "msdyn_cannedmessage",
			      "msdyn_octag", "msdyn_octagid")) TAG,
	       LINKED_ROWS("msdyn_cannedmessage", "",
			   LINKS(ID("01"), "msdyn_octag", "msdyn_octagid",
				 "msdyn_msdyn_cannedmessage_msdyn_octag", TO(ID("11"))))
		       ROWS("msdyn_octag", ROW(ID("11"), IS("msdyn_name", "#x"))));
	lost_something(w);
	links_are(w, "msdyn_msdyn_cannedmessage_msdyn_octag", "read 1: 1 failed");
	told(w, "error msdyn_cannedmessage " ID("01"), "does not have");
}

static void a_dry_run_tells_what_would_be_skipped(void **state)
{
	struct engine *w = *state;
	const char *data = ROWS(
		"position",
		ROW(ID("01"), IS("name", "a") REF("parentpositionid", ID("02"), "position", "p"))
			ROW(ID("02"), IS("name", "b") IS("importsequencenumber", "many"))
				ROW(ID("03"), IS("name", "c")));
	const char *schema = ENTITY("position", "positionid",
				    TEXT("name") FIELD("importsequencenumber", "number")
					    LOOKUP("parentpositionid", "position"));

	w->options.dry_run = true;
	import(w, schema, data);
	lost_something(w);
	rows_are(w, "position", "read 3: 1 failed, 1 skipped, 1 created");
	target_has(w, "SELECT count(*) FROM position", "0");
	w->options.dry_run = false;
	import(w, schema, data);
	rows_are(w, "position", "read 3: 1 failed, 1 skipped, 1 created");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(every_step_arrives_as_the_dry_run_said_and_only_once),
		WITH_ENGINE(the_size_of_the_batches_makes_no_difference),
		WITH_ENGINE(the_target_then_has_what_the_source_has),
		WITH_ENGINE(a_table_that_the_target_lacks_is_told_with_all_the_others),
		WITH_ENGINE(an_empty_package_is_done_at_once),
		WITH_ENGINE(a_row_that_comes_twice_counts_once),
		WITH_ENGINE(pictures_come_with_their_rows),
		WITH_ENGINE(a_column_that_the_schema_lacks_is_told_once),
		WITH_ENGINE(rows_and_links_that_the_schema_lacks_are_told),
		WITH_ENGINE(links_of_a_row_that_the_package_lacks_fail),
		WITH_ENGINE(a_dry_run_tells_what_would_be_skipped),
	};

	return cmocka_run_group_tests_name(NULL, tests, make_source, remove_template);
}
