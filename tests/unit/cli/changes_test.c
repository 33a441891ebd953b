/* SPDX-License-Identifier: MIT */
/*
 * The changes of a run as people and programs get them: text, JSON, Markdown; of dry runs against an organization.
 */
#include "cli/changes_text.h"

#include "../move/engine.h"

#include "io/json.h"
#include "move/cells.h"
#include "move/restore.h"
#include "cli/changes_json.h"
#include "cli/changes_summary.h"
#include "cli/markdown.h"

/* A job out of the run file of a test, and a place for what is printed of it. */
struct paper {
	struct engine *w;
	struct arena arena, page;
	struct job job;
	char *text;
	size_t size;
	FILE *out;
	struct ui ui;
};

static void paper_open(struct paper *p, struct engine *w)
{
	struct ui_options options = { .columns = 80 };

	*p = (struct paper){ .w = w, .arena = arena_make(0), .page = arena_make(0) };
	p->out = open_memstream(&p->text, &p->size);
	assert_non_null(p->out);
	p->ui = ui_make(p->out, stderr, &options);
	p->job = (struct job){ .arena = &p->arena, .page = &p->page, .run = &w->run };
	must(w, job_restore(&p->job, &w->e));
}

static void paper_close(struct paper *p)
{
	fclose(p->out);
	free(p->text);
	arena_release(&p->page);
	arena_release(&p->arena);
}

static const char *as_text(struct paper *p)
{
	must(p->w, changes_text(&p->ui, &p->job, &p->w->e));
	fflush(p->out);
	return p->text;
}

static const char *as_json(struct paper *p)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	must(p->w, changes_json(&w, &p->job, &p->w->e));
	json_object_end(&w);
	must(p->w, json_writer_finish(&w, &p->w->e));
	return str_cstr(&p->arena, buf_str(&b));
}

static const char *as_summary(struct paper *p, const struct report *r)
{
	const char *path = in_folder(p->w, "summary.md");
	struct str bytes;

	must(p->w, changes_summary_write(path, true, r, &p->job, &p->w->e));
	must(p->w, file_read(&p->arena, path, 64 * LIMIT_MIB, &bytes, &p->w->e));
	return str_cstr(&p->arena, bytes);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no\n%s\nin\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there is\n%s\nin\n%s", part, text);
}

static void plan(struct engine *w, const char *schema, const char *data)
{
	w->options.dry_run = true;
	import(w, schema, data);
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
}

#define KIND FIELD("characteristictype", "optionsetvalue")
#define SKILLS SKILL(TEXT("name") TEXT("description") KIND)
#define HAVE_SKILL(id, name, description)                                                          \
	"{\"characteristicid\":\"" ID(                                                             \
		id) "\",\"name\":\"" name                                                          \
		    "\",\"characteristictype\":1,\"description\":\"" description "\"}"

static void a_plan_reads_like_a_diff(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "English", "old"));
	have(w, "characteristics", HAVE_SKILL("12", "French", "old"));
	plan(w, SKILLS POSITION,
	     SKILL_ROWS(ROW(ID("01"), IS("name", "English") IS("description", "new")
					      IS("characteristictype",
						 "2")) ROW(ID("02"), IS("name", "French"))
				ROW(ID("03"), IS("name", "Dutch") IS("characteristictype", "1")))
		     ROWS("position",
			  ROW(ID("21"), IS("name", "Head"))
				  ROW(ID("22"), IS("name", "Hand") REF("parentpositionid", ID("21"),
								       "position", "Head"))));
	paper_open(&p, w);
	assert_string_equal(
		as_text(&p),
		"characteristic\n"
		"  + Dutch (" ID(
			"03") ")\n"
			      "      name: Dutch\n"
			      "      characteristictype: 1 (Skill)\n"
			      "  ~ English (" ID(
				      "01") ")\n"
					    "      description: old -> new\n"
					    "      characteristictype: 1 (Skill) -> 2 (Certification)\n"
					    "  = French (" ID("12") "), in the source " ID(
						    "02") ", found by name\n"
							  "position\n"
							  "  + Head (" ID(
								  "21") ")\n"
									"      name: Head\n"
									"  + Hand (" ID(
										"22") ")\n"
										      "      name: Hand\n"
										      "      parentpositionid: Head (position " ID(
											      "21") ")\n"
												    "\n"
												    "Plan: 3 to create, 1 to update, 1 to adopt, 0 to delete, 0 to link, 0 to unlink.\n");
}

static void nothing_to_do_is_said(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a", "b"));
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	paper_open(&p, w);
	assert_string_equal(as_text(&p), "no changes\n");
	assert_string_equal(as_json(&p), "{\"changes\":[]}");
}

static void a_long_text_is_shown_by_its_lines(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a", "one\\ntwo\\nthree\\n"));
	have(w, "characteristics", HAVE_SKILL("02", "b", "<r><a/><b/></r>"));
	plan(w, SKILLS,
	     SKILL_ROWS(
		     ROW(ID("01"), IS("name", "a") IS("description", "one&#xA;TWO&#xA;three&#xA;"))
			     ROW(ID("02"),
				 IS("name", "b")
					 IS("description",
					    "&lt;r&gt;&#xA;&lt;a/&gt;&lt;c/&gt;&lt;/r&gt;"))));
	paper_open(&p, w);
	has(as_text(&p), "      description:\n"
			 "        @@ -1,3 +1,3 @@\n"
			 "         one\n"
			 "        -two\n"
			 "        +TWO\n"
			 "         three\n");
	/* laid out, one element per line */
	has(p.text, "        -  <b />\n        +  <c />\n");
}

/* Data of others: an escape sequence, a mark of direction, and what would be mark-up. */
#define HOSTILE "x&lt;script&gt;|`&#xA;## y\u202e[z](http://q)"

static void data_cannot_steer_the_terminal(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a\\u001b[2J", "b\\u009b1m"));
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", HOSTILE))));
	paper_open(&p, w);
	as_text(&p);
	for (const char *s = p.text; *s; s++)
		assert_false((unsigned char)*s < 0x20 && *s != '\n');
	lacks(p.text, "\xc2\x9b");
	lacks(p.text, "\u202e");
	has(p.text, "\\x1b[2J");
	has(p.text, "\\u202e");
	lacks(p.text, "\n## y");
}

static void the_document_tells_values_in_their_types(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "English", "old"));
	have(w, "characteristics", HAVE_SKILL("12", "French", "old"));
	plan(w, SKILLS POSITION QUEUE(FIELD("msdyn_isomnichannelqueue", "bool")),
	     SKILL_ROWS(ROW(ID("01"), IS("name", "English") IS("characteristictype", "2"))
				ROW(ID("02"), IS("name", "French")))
		     ROWS("position",
			  ROW(ID("21"), IS("name", "Hand") REF("parentpositionid", ID("21"),
							       "position", "Hand")))
			     ROWS("queue",
				  ROW(ID("31"),
				      IS("name", "Q") IS("msdyn_isomnichannelqueue", "True"))));
	paper_open(&p, w);
	assert_string_equal(
		as_json(&p),
		"{\"changes\":["
		"{\"kind\":\"update\",\"table\":\"characteristic\",\"id\":\"" ID(
			"01") "\",\"name\":\"English\","
			      "\"columns\":[{\"name\":\"characteristictype\",\"before\":1,\"after\":2}]},"
			      "{\"kind\":\"adopt\",\"table\":\"characteristic\",\"id\":\"" ID("12") "\",\"origin\":\"" ID(
				      "02") "\",\"name\":\"French\",\"how\":\"name\",\"columns\":[]},"
					    "{\"kind\":\"create\",\"table\":\"position\",\"id\":\"" ID(
						    "21") "\",\"name\":\"Hand\","
							  "\"columns\":[{\"name\":\"name\",\"after\":\"Hand\"},{\"name\":\"parentpositionid\",\"after\":"
							  "{\"table\":\"position\",\"id\":\"" ID(
								  "21") "\",\"name\":\"Hand\"}}]},"
									"{\"kind\":\"create\",\"table\":\"queue\",\"id\":\"" ID(
										"31") "\",\"name\":\"Q\","
										      "\"columns\":[{\"name\":\"name\",\"after\":\"Q\"},"
										      "{\"name\":\"msdyn_isomnichannelqueue\",\"after\":true}]}]}");
}

#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"

static void plan_pair(struct engine *w)
{
	plan(w,
	     TAG ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",
			   TEXT("msdyn_title") TEXT("msdyn_message"),
			   MANY(PAIRS, "msdyn_cannedmessage", "msdyn_octag", "msdyn_octagid")),
	     ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x"))) LINKED_ROWS(
		     "msdyn_cannedmessage",
		     ROW(ID("21"), IS("msdyn_title", "Hello") IS("msdyn_message", "Hi")),
		     LINKS(ID("21"), "msdyn_octag", "msdyn_octagid", PAIRS, TO(ID("01")))));
}

static void links_stand_under_their_relationship(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;
	struct change c = { .kind = CHANGE_UNLINK };

	plan_pair(w);
	paper_open(&p, w);
	assert_true(guid_parse(S(ID("21")), &c.id));
	assert_true(guid_parse(S(ID("77")), &c.other));
	c.origin = c.id;
	c.other_origin = c.other;
	must(w, journal_put_change(&w->run, &c, &w->e));
	has(as_text(&p), PAIRS
	    " (links of msdyn_cannedmessage)\n"
	    "  + Hello (" ID("21") ") -> #x (" ID(
		    "01") ")\n"
			  "  - Hello (" ID("21") ") -> " ID(
				  "77") ": unlink\n"
					"\n"
					"Plan: 2 to create, 0 to update, 0 to adopt, 0 to delete, 1 to link, 1 to unlink.\n");
	has(as_json(&p), "{\"kind\":\"link\",\"table\":\"msdyn_cannedmessage\",\"id\":\"" ID(
				 "21") "\",\"name\":\"Hello\",\"relationship\":\"" PAIRS
				       "\",\"other\":{\"table\":\"msdyn_octag\",\"id\":\"" ID(
					       "01") "\",\"name\":\"#x\"}}");
}

static void a_written_run_tells_what_became_of_each(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	import(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	succeeded(w);
	paper_open(&p, w);
	has(as_text(&p),
	    "\nChanges: 1 created, 0 updated, 0 adopted, 0 deleted, 0 linked, 0 unlinked.\n");
	has(as_json(&p), "\"state\":\"done\"");
	must(w, journal_set_state(&w->run, 1, CHANGE_FAILED, &w->e));
	has(as_text(&p), "  + a (" ID("01") ") [failed]\n");
	has(p.text, "0 unlinked; of these 1 failed.\n");
}

/* Rows of the first tab, put by hand for what a package does not bring about. */
static void put_side(struct paper *p, enum side side, const char *id, const char *name,
		     const char *description)
{
	DEFER(buf_release) struct buf cells = buf_make(0);
	const struct tab *t = &p->job.tabs.p[0];
	struct value *values = arena_array(&p->arena, struct value, t->ncolumns);
	struct run_row row = { 0 };

	assert_true(guid_parse(str_from(id), &row.id));
	row.origin = row.id;
	values[tab_column(t, S("name"))] =
		(struct value){ .kind = VALUE_TEXT, .text = str_from(name) };
	values[tab_column(t, S("description"))] =
		(struct value){ .kind = *description ? VALUE_TEXT : VALUE_NULL,
				.text = str_from(description) };
	cells_pack(&cells, values, t->ncolumns);
	row.cells = buf_str(&cells);
	must(p->w, run_replace_row(&p->w->run, side, 0, &row, &p->w->e));
}

static void change_row(struct paper *p, enum change_kind kind, const char *id)
{
	const struct tab *t = &p->job.tabs.p[0];
	char *mask = arena_array(&p->arena, char, t->ncolumns);
	struct change c = { .kind = kind, .tab = 0 };

	assert_true(guid_parse(str_from(id), &c.id));
	c.origin = c.id;
	if (kind == CHANGE_UPDATE)
		mask[tab_column(t, S("description"))] = 1;
	c.columns = str_of(mask, t->ncolumns);
	must(p->w, journal_put_change(&p->w->run, &c, &p->w->e));
}

static void what_is_cleared_and_what_goes_is_said(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a", "b"));
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	paper_open(&p, w);
	put_side(&p, SIDE_TARGET, ID("01"), "a", "one\ntwo");
	put_side(&p, SIDE_WANTED, ID("01"), "a", "");
	put_side(&p, SIDE_TARGET, ID("02"), "b", "short");
	put_side(&p, SIDE_WANTED, ID("02"), "b", "");
	put_side(&p, SIDE_TARGET, ID("03"), "c", "");
	put_side(&p, SIDE_WANTED, ID("03"), "c", "new");
	put_side(&p, SIDE_TARGET, ID("04"), "d", "lost");
	put_side(&p, SIDE_TARGET, ID("05"), "e", "");
	for (const char *const *id = (const char *const[]){ ID("01"), ID("02"), ID("03"), NULL };
	     *id; id++)
		change_row(&p, CHANGE_UPDATE, *id);
	change_row(&p, CHANGE_DELETE, ID("04"));
	change_row(&p, CHANGE_DEACTIVATE, ID("05"));
	assert_string_equal(
		as_text(&p),
		"characteristic\n"
		"  ~ a (" ID(
			"01") ")\n"
			      "      description: (cleared)\n"
			      "        @@ -1,2 +0,0 @@\n"
			      "        -one\n"
			      "        -two\n"
			      "        \\ no line end\n"
			      "  ~ b (" ID(
				      "02") ")\n"
					    "      description: short -> (cleared)\n"
					    "  ~ c (" ID(
						    "03") ")\n"
							  "      description: (empty) -> new\n"
							  "  - d (" ID(
								  "04") "): delete\n"
									"      name: d\n"
									"      description: lost\n"
									"  - e (" ID(
										"05") "): deactivate\n"
										      "\n"
										      "Plan: 0 to create, 3 to update, 0 to adopt, 1 to delete, 1 to deactivate, "
										      "0 to link, 0 to unlink.\n");
	const char *json = as_json(&p);

	has(json,
	    "{\"name\":\"description\",\"before\":\"short\",\"after\":null,\"cleared\":true}");
	has(json, "{\"name\":\"description\",\"before\":null,\"after\":\"new\"}");
	has(json,
	    "\"kind\":\"delete\",\"table\":\"characteristic\",\"id\":\"" ID(
		    "04") "\",\"name\":\"d\",\"columns\":[{\"name\":\"name\",\"before\":\"d\"},"
			  "{\"name\":\"description\",\"before\":\"lost\"}]}");
}

/* As a service that tells its choices has them. */
static void know_choice(struct paper *p, size_t tab, const char *name, struct option *options,
			size_t n)
{
	struct tab *t = &p->job.tabs.p[tab];
	struct tab_column *c = &t->columns[tab_column(t, str_from(name))];
	struct column *column = arena_new(&p->arena, struct column);

	*column = *c->column;
	column->options = options;
	column->noptions = n;
	c->column = column;
}

static void choices_are_told_with_their_labels(void **state)
{
	static struct option types[] = { { .value = 1, .label = STR_INIT("Skill") },
					 { .value = 2,
					   .label = STR_INIT("Certification\033[2J") } };
	static struct option yes_no[] = { { .value = 1, .label = STR_INIT("Yes") },
					  { .value = 0, .label = STR_INIT("No") } };
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a", "b"));
	plan(w, SKILLS QUEUE(FIELD("msdyn_isomnichannelqueue", "bool")),
	     SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("characteristictype", "2")))
		     ROWS("queue",
			  ROW(ID("31"), IS("name", "Q") IS("msdyn_isomnichannelqueue", "False"))));
	paper_open(&p, w);
	know_choice(&p, 0, "characteristictype", types, COUNT_OF(types));
	know_choice(&p, 1, "msdyn_isomnichannelqueue", yes_no, COUNT_OF(yes_no));
	has(as_text(&p), "      characteristictype: 1 (Skill) -> 2 (Certification\\x1b[2J)\n");
	has(p.text, "      msdyn_isomnichannelqueue: false (No)\n");
	has(as_json(&p), "\"before\":1,\"after\":2");
}

static bool refuse_choices(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	w->count += str_find(r->target, S("AttributeMetadata")) != STR_NONE;
	return true;
}

static void break_choices(struct engine *w, struct response *out)
{
	if (w->count > 0)
		out->status = 400;
	w->count = 0;
}

static void a_service_that_does_not_tell_its_choices_is_no_failure(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	w->before = refuse_choices;
	w->after = break_choices;
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("characteristictype", "2"))));
	paper_open(&p, w);
	has(as_text(&p), "      characteristictype: 2\n");
}

static void colours_stand_where_there_are_any(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	paper_open(&p, w);
	p.ui.color_out = true;
	has(as_text(&p), "\033[1mcharacteristic\033[0m\n"
			 "\033[32m  + a (" ID("01") ")\033[0m\n"
						    "      name:\033[32m a\033[0m\n");
}

static const struct report *report_of(struct paper *p)
{
	struct report *r = arena_new(&p->arena, struct report);

	*r = (struct report){ .command = "import",
			      .source = "a|b.zip",
			      .target = "local:t.db",
			      .dry_run = p->w->options.dry_run,
			      .tables = p->w->result.tables,
			      .ntables = p->w->result.ntables,
			      .relationships = p->w->result.relationships,
			      .nrelationships = p->w->result.nrelationships,
			      .run = &p->w->run,
			      .job = &p->job };
	return r;
}

static void the_summary_tells_who_what_and_where(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;
	char organization[GUID_TEXT_SIZE];

	plan_pair(w);
	paper_open(&p, w);
	const char *md = as_summary(&p, report_of(&p));

	has(md, "## ferry import\n");
	has(md,
	    "**Plan: 2 to create, 0 to update, 0 to adopt, 0 to delete, 1 to link, 0 to unlink.**\n");
	has(md, "| source | <code>a&#124;b.zip</code> |\n");
	has(md, str_fmt(&p.arena, "| target organization | <code>%s</code> |\n",
			guid_format(p.job.head.target_organization, organization).p)
			.p);
	assert_int_equal(p.job.head.seal.n, 64);
	has(md, str_cstr(&p.arena, p.job.head.seal));
	has(md, "| <code>msdyn_octag</code> | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n");
	has(md, "| <code>" PAIRS "</code> | 1 | 1 | 0 | 0 | 0 | 0 |\n");
	has(md, "<details><summary><code>msdyn_octag</code>: 1 change</summary>\n\n"
		"- **create** <code>&#35;x</code> <code>" ID(
			"01") "</code>\n"
			      "  - <code>msdyn_name</code>: <code>&#35;x</code>\n"
			      "\n</details>\n");
	has(md, "- **link** <code>Hello</code> <code>" ID(
			"21") "</code> \u2192 <code>&#35;x</code> <code>" ID("01") "</code>\n");
}

static void data_cannot_break_out_of_the_summary(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;
	struct problem bad = { .severity = SEVERITY_ERROR,
			       .table = S("t|</table>"),
			       .message = S("<img src=x>\n# no | `no` \xff") };

	have(w, "characteristics", HAVE_SKILL("01", "a</code></details>", "b"));
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", HOSTILE) IS("description", "*c*"))));
	must(w, journal_put_problem(&w->run, &bad, &w->e));
	paper_open(&p, w);
	const char *md = as_summary(&p, report_of(&p));

	lacks(md, "<script");
	lacks(md, "<img");
	lacks(md, "</table>");
	lacks(md, "`");
	lacks(md, "*c*");
	lacks(md, "\n## y");
	lacks(md, "\n# no");
	lacks(md, "http:");
	lacks(md, "\u202e");
	lacks(md, "](");
	has(md, "x&#60;script&#62;&#124;&#96; \u21b5 &#35;&#35; y");
	has(md, "a&#60;&#47;code&#62;&#60;&#47;details&#62;");
	/* a table's row ends where it should: nine numbers */
	has(md, "| <code>characteristic</code> | 1 | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 |\n");
}

static void problems_of_one_kind_stand_together(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	for (int i = 0; i < 300; i++) {
		char id[40], message[100];

		snprintf(id, sizeof(id), "b0000000-0000-4000-8000-%012x", (unsigned)i);
		snprintf(message, sizeof(message), "points to queue %s, which is missing", id);
		struct problem bad = { .severity = SEVERITY_ERROR,
				       .table = S("queue"),
				       .id = str_from(id),
				       .message = str_from(message) };
		must(w, journal_put_problem(&w->run, &bad, &w->e));
	}
	paper_open(&p, w);
	const char *md = as_summary(&p, report_of(&p));

	has(md,
	    "- **error** (300 times): points to queue b0000000-0000-4000-8000-000000000000, which is missing\n"
	    "  - <code>queue b0000000-0000-4000-8000-000000000000</code>\n");
	has(md, "  - ... and 295 more\n");
	lacks(md, "000000000005");
}

/* So many rows with so long values: it stays below what a pipeline takes, and nothing is forgotten in the counts. */
static void the_summary_stays_small(void **state)
{
	enum { MANY_ROWS = 3000 };
	DEFER(paper_close) struct paper p;
	DEFER(buf_release) struct buf rows = buf_make(0);
	struct engine *w = *state;
	char last[40] = "";

	for (unsigned i = 0; i < MANY_ROWS; i++) {
		snprintf(last, sizeof(last), "b0000000-0000-4000-8000-%012x", i);
		buf_add_fmt(&rows,
			    "<record id=\"%s\"><field name=\"name\" value=\"n%u\"/>"
			    "<field name=\"description\" value=\"",
			    last, i);
		for (int k = 0; k < 100; k++)
			buf_add(&rows, S("|"));
		buf_add(&rows, S("\"/></record>"));
	}
	plan(w, SKILLS, str_fmt(&w->a, SKILL_ROWS("%.*s"), STR_ARG(buf_str(&rows))).p);
	paper_open(&p, w);
	const char *md = as_summary(&p, report_of(&p));

	assert_true(strlen(md) <= LIMIT_SUMMARY);
	has(md, "**Plan: 3000 to create,");
	has(md, ": 3000 changes</summary>");
	has(md, "- ... and 2800 more\n");
}

static void removals_have_columns_only_where_there_are_some(void **state)
{
	struct import_table rows[] = {
		{ .name = S("queue"), .read = 1, .counts = { [OUTCOME_UNCHANGED] = 1 } },
		{ .name = S("tag") }
	};
	struct import_table links = { .name = S("q_t"),
				      .read = 1,
				      .counts = { [OUTCOME_UNCHANGED] = 1 } };
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	paper_open(&p, w);
	struct report r = *report_of(&p);

	r.tables = rows;
	r.ntables = COUNT_OF(rows);
	r.relationships = &links;
	r.nrelationships = 1;
	must(w, report_text(&p.ui, &r, &w->e));
	fflush(p.out);
	lacks(p.text, "deleted");
	lacks(p.text, "unlinked");
	assert_int_equal(report_changes(&r), 0);
	rows[1].deleted = 2;
	links.unlinked = 3;
	assert_int_equal(report_changes(&r), 5);
	must(w, report_text(&p.ui, &r, &w->e));
	must(w, report_json(&p.ui, &r, &w->e));
	fflush(p.out);
	has(p.text, "   skipped    failed     deleted\n");
	has(p.text, "   skipped    failed    unlinked\n");
	lacks(p.text, "failed deactivated");
	has(p.text, "0 linked, 2 deleted, 3 unlinked; nothing was written");
	has(p.text,
	    "{\"name\":\"tag\",\"read\":0,\"created\":0,\"updated\":0,\"unchanged\":0,\"adopted\":0,"
	    "\"skipped\":0,\"failed\":0,\"deleted\":2}");
	has(p.text, "\"skipped\":0,\"failed\":0,\"unlinked\":3}]");
	has(p.text, "\"deleted\":2,\"linked\":0,\"unlinked\":3}");
	has(p.text, "\"changes\":[{\"kind\":\"create\"");
	rows[0].deactivated = 1;
	must(w, report_json(&p.ui, &r, &w->e));
	fflush(p.out);
	has(p.text, "\"deleted\":0,\"deactivated\":1}");
}

static void an_existing_summary_is_replaced_only_when_asked(void **state)
{
	DEFER(paper_close) struct paper p;
	struct engine *w = *state;
	const char *path = in_folder(w, "s.md");
	struct err e;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a"))));
	paper_open(&p, w);
	const struct report *r = report_of(&p);

	write_file(w, path, S("")); /* as pipelines make it */
	OK(changes_summary_check(path, false, &e));
	OK(changes_summary_write(path, false, r, &p.job, &e));
	FAILS(changes_summary_check(path, false, &e), ERR_USAGE, "--overwrite");
	FAILS(changes_summary_write(path, false, r, &p.job, &e), ERR_USAGE, "exists");
	OK(changes_summary_write(path, true, r, &p.job, &e));
	FAILS(changes_summary_check(w->folder, true, &e), ERR_USAGE, "no file");
	FAILS(changes_summary_check("/dev/null", true, &e), ERR_USAGE, "no file");
	OK(changes_summary_write(in_folder(w, "none.md"), false, r, NULL, &e));
}

static void words_stay_words_in_markdown(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "msdyn_ocliveworkstream", "msdyn_ocliveworkstream" },
		{ "a0000000-0000-4000", "a0000000-0000-4000" },
		{ "_a_ *b*", "&#95;a&#95; &#42;b&#42;" },
		{ "www.x.y", "www&#46;x.y" },
		{ "- a", "&#45; a" },
		{ "@me &amp;", "&#64;me &#38;amp&#59;" },
		{ "\u00e9\u65e5", "\u00e9\u65e5" },
		{ "a\tb\r\nc\x01", "a b  \u21b5 c\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(buf_release) struct buf b = buf_make(0);

		markdown_text(&b, str_from(cases[i].text), 100);
		buf_add_char(&b, '\0');
		assert_string_equal(b.p, cases[i].want);
	}
	DEFER(buf_release) struct buf b = buf_make(0);

	markdown_text(&b, S("\u00e9\u00e9\u00e9"), 3); /* cut between characters */
	buf_add_char(&b, '\0');
	assert_string_equal(b.p, "\u00e9\u00e9\u2026 (6 bytes)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_plan_reads_like_a_diff),
		WITH_ENGINE(nothing_to_do_is_said),
		WITH_ENGINE(a_long_text_is_shown_by_its_lines),
		WITH_ENGINE(data_cannot_steer_the_terminal),
		WITH_ENGINE(the_document_tells_values_in_their_types),
		WITH_ENGINE(links_stand_under_their_relationship),
		WITH_ENGINE(a_written_run_tells_what_became_of_each),
		WITH_ENGINE(what_is_cleared_and_what_goes_is_said),
		WITH_ENGINE(choices_are_told_with_their_labels),
		WITH_ENGINE(a_service_that_does_not_tell_its_choices_is_no_failure),
		WITH_ENGINE(colours_stand_where_there_are_any),
		WITH_ENGINE(removals_have_columns_only_where_there_are_some),
		WITH_ENGINE(the_summary_tells_who_what_and_where),
		WITH_ENGINE(data_cannot_break_out_of_the_summary),
		WITH_ENGINE(problems_of_one_kind_stand_together),
		WITH_ENGINE(the_summary_stays_small),
		WITH_ENGINE(an_existing_summary_is_replaced_only_when_asked),
		cmocka_unit_test(words_stay_words_in_markdown),
	};
	return RUN_ENGINE_TESTS(tests);
}
