/* SPDX-License-Identifier: MIT */
/*
 * What a run means to do, or did, as it is told out of its run file: real dry runs and imports against an organization, and
 * changes put into the file by hand for what packages do not bring about.
 */
#include "move/changes.h"

#include "engine.h"

#include "move/cells.h"
#include "move/restore.h"

/* A job out of the run file, and what it tells, a line per change. */
struct preview {
	struct engine *w;
	struct arena arena, page;
	struct job job;
	struct buf text;
	uint64_t counts[TOLD_KINDS];
};

static const char *const kinds[TOLD_KINDS] = { "create",     "update", "adopt", "delete",
					       "deactivate", "link",   "unlink" };
static const char *const states[] = { "planned", "sent", "done", "failed", "skipped" };

static void preview_open(struct preview *p, struct engine *w)
{
	*p = (struct preview){ .w = w, .arena = arena_make(0), .page = arena_make(0) };
	p->text = buf_make(0);
	p->job = (struct job){ .arena = &p->arena, .page = &p->page, .run = &w->run };
	must(w, job_restore(&p->job, &w->e));
}

static void preview_close(struct preview *p)
{
	buf_release(&p->text);
	arena_release(&p->page);
	arena_release(&p->arena);
}

static void add_value(struct buf *b, const struct value *v)
{
	if (!v)
		buf_add_char(b, '.');
	else if (value_is_empty(v))
		buf_add(b, S("empty"));
	else
		buf_add_fmt(b, "\"%.*s\"", STR_ARG(v->kind == VALUE_REF ? v->name : v->text));
}

/* The last two digits of an id tell it in these tests. */
static void add_id(struct buf *b, struct guid g)
{
	buf_add_fmt(b, " %02x", g.b[15]);
}

static bool put(void *context, const struct told_change *t, struct err *e)
{
	struct preview *p = context;
	struct buf *b = &p->text;

	(void)e;
	p->counts[t->kind]++;
	buf_add_fmt(b, "%s %.*s", kinds[t->kind], STR_ARG(t->table));
	add_id(b, t->id);
	if (!guid_eq(t->id, t->origin))
		add_id(b, t->origin);
	buf_add_fmt(b, " %.*s", STR_ARG(t->name));
	if (t->how.n > 0)
		buf_add_fmt(b, " by %.*s", STR_ARG(t->how));
	if (t->relationship.n > 0) {
		buf_add_fmt(b, " %.*s %.*s", STR_ARG(t->relationship), STR_ARG(t->other_table));
		add_id(b, t->other);
		buf_add_fmt(b, " %.*s", STR_ARG(t->other_name));
	}
	if (t->state != CHANGE_PLANNED)
		buf_add_fmt(b, " %s", states[t->state]);
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct told_column *c = &t->columns[i];

		buf_add_fmt(b, "; %.*s ", STR_ARG(c->column->name));
		if (c->secret) {
			assert_null(c->before);
			assert_null(c->after);
			buf_add(b, S("secret"));
			continue;
		}
		add_value(b, c->before);
		buf_add(b, S(" > "));
		add_value(b, c->after);
	}
	buf_add_char(b, '\n');
	return true;
}

static void expect(struct preview *p, const char *want)
{
	uint64_t counts[TOLD_KINDS];
	struct engine *w = p->w;

	must(w, changes_each(&p->job, put, p, &w->e));
	if (!str_eq(buf_str(&p->text), str_from(want)))
		fail_msg("told:\n%.*s\nnot:\n%s", STR_ARG(buf_str(&p->text)), want);
	must(w, changes_count(&p->job, counts, &w->e));
	assert_memory_equal(counts, p->counts, sizeof(counts));
}

/* The run that the test imported tells this. */
static void tells(struct engine *w, const char *want)
{
	DEFER(preview_close) struct preview p;

	preview_open(&p, w);
	expect(&p, want);
}

static void plan(struct engine *w, const char *schema, const char *data)
{
	w->options.dry_run = true;
	import(w, schema, data);
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
}

#define KIND FIELD("characteristictype", "optionsetvalue")
#define SKILLS SKILL(TEXT("name") TEXT("description") KIND STATES)
#define HAVE_SKILL(id, name)                                                                       \
	"{\"characteristicid\":\"" ID(id) "\",\"name\":\"" name                                    \
					  "\",\"characteristictype\":1,\"description\":\"old\"}"

static void a_new_row_is_told_with_what_it_will_hold(void **state)
{
	struct engine *w = *state;

	plan(w, SKILLS,
	     SKILL_ROWS(ROW(ID("02"), IS("name", "b") IS("characteristictype", "2"))
				ROW(ID("01"), IS("characteristictype", "1") IS("name", "a")
						      IS("statecode", "0") IS("statuscode", "1"))));
	tells(w, "create characteristic 01 a; name . > \"a\"; characteristictype . > \"1\"\n"
		 "create characteristic 02 b; name . > \"b\"; characteristictype . > \"2\"\n");
}

static void only_what_differs_of_a_row_is_told_and_its_state_with_it(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a"));
	have(w, "characteristics", HAVE_SKILL("02", "b"));
	have(w, "characteristics", HAVE_SKILL("03", "c"));
	plan(w, SKILLS,
	     SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "new") IS("statecode", "1")
					      IS("statuscode", "2"))
				ROW(ID("02"),
				    IS("name", "b") IS("statecode", "1") IS("statuscode", "2"))
					ROW(ID("03"), IS("name", "c") IS("description", "old"))));
	tells(w,
	      "update characteristic 01 a; description \"old\" > \"new\"; statecode \"0\" > \"1\"; "
	      "statuscode \"1\" > \"2\"\n"
	      "update characteristic 02 b; statecode \"0\" > \"1\"; statuscode \"1\" > \"2\"\n");
}

static void a_row_that_is_created_in_two_steps_is_told_once(void **state)
{
	struct engine *w = *state;

	plan(w, POSITION SKILLS,
	     ROWS("position",
		  ROW(ID("01"), IS("name", "p") REF("parentpositionid", ID("02"), "position", "q"))
			  ROW(ID("02"),
			      IS("name", "q") REF("parentpositionid", ID("01"), "position", "p")))
		     SKILL_ROWS(ROW(ID("03"),
				    IS("name", "a") IS("statecode", "1") IS("statuscode", "2"))));
	tells(w,
	      "create position 01 p; name . > \"p\"; parentpositionid . > \"q\"\n"
	      "create position 02 q; name . > \"q\"; parentpositionid . > \"p\"\n"
	      "create characteristic 03 a; name . > \"a\"; statecode . > \"1\"; statuscode . > \"2\"\n");
}

static void an_adopted_row_is_told_with_both_ids_and_why(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("11", "a"));
	have(w, "characteristics", HAVE_SKILL("12", "b"));
	plan(w, SKILLS,
	     SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "old"))
				ROW(ID("02"), IS("name", "b") IS("description", "new"))
					ROW(ID("03"), IS("name", "c"))));
	tells(w, "create characteristic 03 c; name . > \"c\"\n"
		 "update characteristic 12 02 b by name; description \"old\" > \"new\"\n"
		 "adopt characteristic 11 01 a by name\n");
}

#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"
#define REPLIES                                                                                    \
	TAG ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",                          \
		      TEXT("msdyn_title") TEXT("msdyn_message"),                                   \
		      MANY(PAIRS, "msdyn_cannedmessage", "msdyn_octag", "msdyn_octagid"))
#define REPLY ROW(ID("21"), IS("msdyn_title", "Hello") IS("msdyn_message", "Hi"))
#define REPLY_LINKS(targets) LINKS(ID("21"), "msdyn_octag", "msdyn_octagid", PAIRS, targets)

static void pairs_are_told_after_the_rows_with_both_names(void **state)
{
	struct engine *w = *state;

	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("12") "\",\"msdyn_name\":\"#y\"}");
	plan(w, REPLIES,
	     ROWS("msdyn_octag",
		  ROW(ID("01"), IS("msdyn_name", "#x")) ROW(ID("02"), IS("msdyn_name", "#y")))
		     LINKED_ROWS("msdyn_cannedmessage", REPLY,
				 REPLY_LINKS(TO(ID("01")) TO(ID("02")))));
	tells(w,
	      "create msdyn_octag 01 #x; msdyn_name . > \"#x\"\n"
	      "adopt msdyn_octag 12 02 #y by msdyn_name\n"
	      "create msdyn_cannedmessage 21 Hello; msdyn_title . > \"Hello\"; msdyn_message . > \"Hi\"\n"
	      "link msdyn_cannedmessage 21 Hello " PAIRS " msdyn_octag 01 #x\n"
	      "link msdyn_cannedmessage 21 Hello " PAIRS " msdyn_octag 12 #y\n");
}

#define WORKSTREAM                                                                                 \
	ENTITY("msdyn_liveworkstream", "msdyn_liveworkstreamid",                                   \
	       TEXT("msdyn_name") FIELD("msdyn_streamsource", "optionsetvalue")                    \
		       TEXT("msdyn_apikey"))

static void a_secret_is_told_as_one_also_when_it_is_written(void **state)
{
	struct engine *w = *state;

	w->options.decisions.secrets = true;
	plan(w, WORKSTREAM,
	     ROWS("msdyn_liveworkstream",
		  ROW(ID("01"), IS("msdyn_name", "W") IS("msdyn_streamsource", "192350000")
					IS("msdyn_apikey", "topsecret"))));
	tells(w, "create msdyn_liveworkstream 01 W; msdyn_name . > \"W\"; "
		 "msdyn_streamsource . > \"192350000\"; msdyn_apikey secret\n");
}

/* The one column that is to be written, of the tab's. */
static void change_row(struct preview *p, enum change_kind kind, const char *id, const char *column)
{
	const struct tab *t = &p->job.tabs.p[0];
	char *mask = arena_array(&p->arena, char, t->ncolumns);
	struct change c = { .kind = kind, .tab = 0 };

	assert_true(guid_parse(str_from(id), &c.id));
	c.origin = c.id;
	if (column)
		mask[tab_column(t, str_from(column))] = 1;
	c.columns = str_of(mask, t->ncolumns);
	must(p->w, journal_put_change(&p->w->run, &c, &p->w->e));
}

static void put_side(struct preview *p, enum side side, const char *id, const char *name,
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
	values[t->state] = (struct value){ .kind = VALUE_TEXT, .text = S("0") };
	cells_pack(&cells, values, t->ncolumns);
	row.cells = buf_str(&cells);
	must(p->w, run_replace_row(&p->w->run, side, 0, &row, &p->w->e));
}

/* As a service that tells its choices has it. */
static void know_states(struct preview *p)
{
	static struct option options[] = { { .value = 0, .label = STR_INIT("Active") },
					   { .value = 1, .label = STR_INIT("Inactive") } };
	struct tab_column *c = &p->job.tabs.p[0].columns[p->job.tabs.p[0].state];
	struct column *column = arena_new(&p->arena, struct column);

	*column = *c->column;
	column->options = options;
	column->noptions = COUNT_OF(options);
	c->column = column;
}

static void what_goes_is_told_with_what_is_lost(void **state)
{
	DEFER(preview_close) struct preview p;
	struct engine *w = *state;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("05"), IS("name", "e"))));
	preview_open(&p, w);
	know_states(&p);
	put_side(&p, SIDE_TARGET, ID("01"), "a", "text");
	put_side(&p, SIDE_TARGET, ID("02"), "b", "");
	put_side(&p, SIDE_TARGET, ID("03"), "c", "text");
	put_side(&p, SIDE_WANTED, ID("03"), "c", "");
	change_row(&p, CHANGE_DEACTIVATE, ID("02"), NULL);
	change_row(&p, CHANGE_DELETE, ID("01"), NULL);
	change_row(&p, CHANGE_UPDATE, ID("03"), "description");
	expect(&p,
	       "create characteristic 05 e; name . > \"e\"\n"
	       "update characteristic 03 c; description \"text\" > empty\n"
	       "delete characteristic 01 a; name \"a\" > .; description \"text\" > .; statecode \"0\" > .\n"
	       "deactivate characteristic 02 b; statecode \"0\" > \"1\"\n");
}

static void a_pair_that_goes_is_told_once_however_often_it_was_tried(void **state)
{
	DEFER(preview_close) struct preview p;
	struct engine *w = *state;
	struct change c = { .kind = CHANGE_UNLINK, .state = CHANGE_FAILED };

	plan(w, REPLIES,
	     ROWS("msdyn_octag", ROW(ID("01"), IS("msdyn_name", "#x")))
		     LINKED_ROWS("msdyn_cannedmessage", REPLY, REPLY_LINKS(TO(ID("01")))));
	preview_open(&p, w);
	assert_true(guid_parse(S(ID("21")), &c.id));
	assert_true(guid_parse(S(ID("77")), &c.other));
	c.origin = c.id;
	c.other_origin = c.other;
	for (int i = 0; i < 2; i++, c.state = CHANGE_DONE)
		must(w, journal_put_change(&w->run, &c, &w->e));
	expect(&p,
	       "create msdyn_octag 01 #x; msdyn_name . > \"#x\"\n"
	       "create msdyn_cannedmessage 21 Hello; msdyn_title . > \"Hello\"; msdyn_message . > \"Hi\"\n"
	       "link msdyn_cannedmessage 21 Hello " PAIRS " msdyn_octag 01 #x\n"
	       "unlink msdyn_cannedmessage 21 Hello " PAIRS " msdyn_octag 77  failed\n");
}

/* A skill whose name the organization has not got room for fails there; what needs it is skipped. */
static bool refuse_positions(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	if (str_find(r->body, S("refused")) != STR_NONE && w->count++ == 0)
		alter(w,
		      "CREATE TRIGGER no BEFORE INSERT ON position WHEN new.name = 'refused' BEGIN"
		      " SELECT RAISE(ABORT, 'no'); END;");
	return true;
}

static void what_was_written_is_told_with_what_became_of_it(void **state)
{
	struct engine *w = *state;

	w->before = refuse_positions;
	import(w, POSITION,
	       ROWS("position", ROW(ID("01"), IS("name", "refused")) ROW(
					ID("02"), IS("name", "b") REF("parentpositionid", ID("01"),
								      "position", "refused"))
					ROW(ID("03"), IS("name", "c"))));
	assert_false(w->result.complete);
	tells(w, "create position 01 refused failed; name . > \"refused\"\n"
		 "create position 02 b skipped; name . > \"b\"; parentpositionid . > \"refused\"\n"
		 "create position 03 c done; name . > \"c\"\n");
}

static void what_stays_as_it_is_is_not_told(void **state)
{
	struct engine *w = *state;

	have(w, "characteristics", HAVE_SKILL("01", "a"));
	plan(w, SKILLS, SKILL_ROWS(ROW(ID("01"), IS("name", "a") IS("description", "old"))));
	tells(w, "");
}

static void memory_does_not_grow_with_the_changes(void **state)
{
	enum { ROWS_OF_IT = 20000 };
	DEFER(preview_close) struct preview p;
	struct engine *w = *state;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("05"), IS("name", "e"))));
	preview_open(&p, w);
	const char *last = NULL;
	for (int i = 0; i < ROWS_OF_IT; i++) {
		struct arena_mark mark = arena_mark(&p.arena);
		char id[40];

		snprintf(id, sizeof(id), "b0000000-0000-4000-8000-%012x", (unsigned)i);
		last = id;
		put_side(&p, SIDE_TARGET, last, "a", "old");
		put_side(&p, SIDE_WANTED, last, "a", "new");
		change_row(&p, CHANGE_UPDATE, last, "description");
		arena_rewind(&p.arena, mark);
	}
	must(w, changes_each(&p.job, put, &p, &w->e));
	assert_int_equal(p.counts[TOLD_UPDATE], ROWS_OF_IT);
	assert_true(p.page.peak < 64 * LIMIT_KIB);
}

static bool stop_at_once(void *context, const struct told_change *t, struct err *e)
{
	(void)context;
	(void)t;
	return err_set(e, ERR_CANCELLED, "enough");
}

static void whoever_is_told_can_stop(void **state)
{
	DEFER(preview_close) struct preview p;
	struct engine *w = *state;
	struct err e;

	plan(w, SKILLS, SKILL_ROWS(ROW(ID("05"), IS("name", "e"))));
	preview_open(&p, w);
	FAILS(changes_each(&p.job, stop_at_once, NULL, &e), ERR_CANCELLED, "enough");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_new_row_is_told_with_what_it_will_hold),
		WITH_ENGINE(only_what_differs_of_a_row_is_told_and_its_state_with_it),
		WITH_ENGINE(a_row_that_is_created_in_two_steps_is_told_once),
		WITH_ENGINE(an_adopted_row_is_told_with_both_ids_and_why),
		WITH_ENGINE(pairs_are_told_after_the_rows_with_both_names),
		WITH_ENGINE(a_secret_is_told_as_one_also_when_it_is_written),
		WITH_ENGINE(what_goes_is_told_with_what_is_lost),
		WITH_ENGINE(a_pair_that_goes_is_told_once_however_often_it_was_tried),
		WITH_ENGINE(what_was_written_is_told_with_what_became_of_it),
		WITH_ENGINE(what_stays_as_it_is_is_not_told),
		WITH_ENGINE(memory_does_not_grow_with_the_changes),
		WITH_ENGINE(whoever_is_told_can_stop),
	};
	return RUN_ENGINE_TESTS(tests);
}
