/* SPDX-License-Identifier: MIT */
/*
 * Switching steps off and on. They are few: each is a request of its own, and what is put into the run file is on disk before. The
 * switching on asks nobody whether the run was cancelled, and asks the service first what the step is: one that somebody has
 * switched on, or taken away, meanwhile is left.
 */
#include "move/steps.h"

#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/odata.h"
#include "move/journal.h"
#include "move/run_keep.h"

#include "base/banned.h"

#define STEP "sdkmessageprocessingstep"
#define FILTER "sdkmessagefilter"
#define TYPE "plugintype"

struct step {
	struct guid id;
	struct str name;
	struct str level;   /* customizationlevel; empty: not told */
	struct str managed; /* "1", "0"; empty: not told */
	struct str handler; /* what it runs, as it is shown */
	struct guid type;   /* null: it runs no plug-in type, or an unknown one */
	/* of that type */
	bool typed;
	struct str assembly, type_name, token;
};

/*
 * Whether a step is somebody's own. Microsoft's assemblies have Microsoft's names and are signed with its key; what is known of a
 * step differs between environments. In doubt it is Microsoft's: then it is left alone.
 */
static bool is_custom(const struct step *s)
{
	static const struct str theirs = STR_INIT("Microsoft.");
	static const struct str key = STR_INIT("31bf3856ad364e35");

	if (str_eq(s->level, S("0")) || str_starts(s->name, theirs) ||
	    str_starts(s->handler, theirs))
		return false;
	if (s->typed)
		return !str_eq_ascii_nocase(s->token, key) && !str_starts(s->assembly, theirs) &&
		       !str_starts(s->type_name, theirs);
	return str_eq(s->managed, S("0"));
}

struct reading {
	struct job *j;
	VEC(struct step) steps;
	const struct column **columns;
	size_t n;
};

/* As many of these columns as the table has. */
static void choose(struct reading *r, const struct table *t, const struct str *names, size_t n)
{
	r->columns = arena_array(r->j->arena, const struct column *, n);
	r->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct column *c = table_column(t, names[i]);

		if (c && c->read)
			r->columns[r->n++] = c;
	}
}

/* NULL when it was not asked for, or is empty. */
static const struct value *value_of(const struct reading *r, const struct read_row *row,
				    const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->columns[i]->name, str_from(name)))
			return value_is_empty(&row->values[i]) ? NULL : &row->values[i];
	return NULL;
}

static struct str text_of(const struct reading *r, const struct read_row *row, const char *name)
{
	const struct value *v = value_of(r, row, name);

	return v ? str_dup(r->j->arena, v->text) : (struct str){ 0 };
}

static bool take_step(void *context, const struct read_row *row, struct err *e)
{
	struct reading *r = context;
	const struct value *type = value_of(r, row, "plugintypeid");
	const struct value *handler = value_of(r, row, "eventhandler");
	struct step s = {
		.id = row->id,
		.name = text_of(r, row, "name"),
		.level = text_of(r, row, "customizationlevel"),
		.managed = text_of(r, row, "ismanaged"),
	};

	(void)e;
	for (size_t i = 0; i < r->steps.n; i++)
		if (guid_eq(r->steps.p[i].id, s.id))
			return true;
	if (handler)
		s.handler = str_dup(r->j->arena, handler->name);
	if (!type && handler && str_eq(handler->table, S(TYPE)))
		type = handler;
	if (type && !guid_parse(type->text, &s.type))
		s.type = (struct guid){ 0 };
	*VEC_PUSH(r->j->arena, &r->steps) = s;
	return true;
}

static bool take_type(void *context, const struct read_row *row, struct err *e)
{
	struct reading *r = context;

	(void)e;
	for (size_t i = 0; i < r->steps.n; i++) {
		struct step *s = &r->steps.p[i];

		if (!guid_eq(s->type, row->id))
			continue;
		s->typed = true;
		s->assembly = text_of(r, row, "assemblyname");
		s->type_name = text_of(r, row, "typename");
		s->token = text_of(r, row, "publickeytoken");
	}
	return true;
}

/* The tables whose steps are meant. */
static struct str *tables_of(const struct job *j, size_t *n)
{
	struct str *names = arena_array(j->arena, struct str, j->tabs.n);

	*n = 0;
	for (size_t i = 0; i < j->tabs.n; i++)
		if (j->tabs.p[i].entity->disable_plugins)
			names[(*n)++] = j->tabs.p[i].table->name;
	return names;
}

/* Enabled steps on those tables. */
static bool read_steps(struct reading *r, const struct table *t, struct str *tables, size_t n,
		       struct err *e)
{
	static const struct str names[] = { STR_INIT("name"), STR_INIT("customizationlevel"),
					    STR_INIT("ismanaged"), STR_INIT("eventhandler"),
					    STR_INIT("plugintypeid") };
	struct str enabled = S("0");
	struct fetch_condition of_tables = { .attribute = S("primaryobjecttypecode"),
					     .op = FETCH_IN,
					     .op_name = S("in"),
					     .values = tables,
					     .nvalues = n };
	struct fetch_condition is_enabled = { .attribute = S("statecode"),
					      .op = FETCH_EQ,
					      .op_name = S("eq"),
					      .values = &enabled,
					      .nvalues = 1 };
	struct fetch_filter inner = { .conditions = &of_tables, .nconditions = 1 };
	struct fetch_filter outer = { .conditions = &is_enabled, .nconditions = 1 };
	struct fetch_node link = { .table = S(FILTER),
				   .from = S(FILTER "id"),
				   .to = S(FILTER "id"),
				   .alias = S("f"),
				   .filters = &inner,
				   .nfilters = 1 };
	struct fetch fetch = { .entity = { .table = S(STEP),
					   .filters = &outer,
					   .nfilters = 1,
					   .links = &link,
					   .nlinks = 1 } };

	choose(r, t, names, COUNT_OF(names));

	struct read_query query = { .table = t,
				    .fetch = &fetch,
				    .columns = r->columns,
				    .n = r->n,
				    .names = true,
				    .row = take_step,
				    .context = r };

	return read_many(&r->j->reader, &query, 1, NULL, e);
}

/* Where the environment has no table of them, or does not show it, the steps have to speak for themselves. */
static bool read_types(struct reading *r, const struct table *t, struct err *e)
{
	static const struct str names[] = { STR_INIT("assemblyname"), STR_INIT("typename"),
					    STR_INIT("publickeytoken") };
	struct guid *ids = arena_array(r->j->arena, struct guid, r->steps.n);
	struct err why;
	size_t n = 0;

	for (size_t i = 0; i < r->steps.n; i++)
		if (!guid_is_null(r->steps.p[i].type))
			ids[n++] = r->steps.p[i].type;
	if (!t || n == 0)
		return true;
	choose(r, t, names, COUNT_OF(names));
	if (read_rows_by_id(&r->j->reader, t, t->primary_id, ids, n, r->columns, r->n, take_type, r,
			    &why))
		return true;
	if (why.kind == ERR_NETWORK || why.kind == ERR_CANCELLED) {
		*e = why;
		return false;
	}
	return true;
}

static bool find_steps(struct reading *r, struct err *e)
{
	static const struct str needed[] = { STR_INIT(STEP), STR_INIT(FILTER), STR_INIT(TYPE) };
	struct catalog *catalog = r->j->catalog;
	struct str *tables;
	size_t n;

	tables = tables_of(r->j, &n);
	if (n == 0)
		return true;
	if (!read_definitions(&r->j->reader, catalog, needed, COUNT_OF(needed), e))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (!catalog_find(catalog, needed[i]))
			return err_set(
				e, ERR_INPUT,
				"the environment has no table %.*s: its steps cannot be switched off",
				STR_ARG(needed[i]));
	return read_steps(r, catalog_find(catalog, S(STEP)), tables, n, e) &&
	       read_types(r, catalog_find(catalog, S(TYPE)), e);
}

/* *answer lives until the next request. */
static bool call(struct job *j, enum method method, struct guid id, const char *query,
		 struct str body, struct response *answer, struct err *e)
{
	static const struct header headers[] = {
		{ STR_INIT("Content-Type"), STR_INIT("application/json") },
		{ STR_INIT("If-Match"), STR_INIT("*") },
	};
	char text[GUID_TEXT_SIZE];
	struct str target =
		str_fmt(j->page, STEP "s(%.*s)%s", STR_ARG(guid_format(id, text)), query);
	struct request r = { .method = method,
			     .target = target,
			     .headers = headers,
			     .nheaders = method == METHOD_GET ? 0 : COUNT_OF(headers),
			     .body = body };

	*(method == METHOD_GET ? &j->run->reads : &j->run->writes) += 1;
	return service_call(j->service, &r, answer, e);
}

static bool set_state(struct job *j, struct guid id, bool on, struct err *e)
{
	struct response answer;
	struct str body = on ? S("{\"statecode\":0,\"statuscode\":1}")
			     : S("{\"statecode\":1,\"statuscode\":2}");

	if (!call(j, METHOD_PATCH, id, "", body, &answer, e))
		return false;
	return (answer.status >= 200 && answer.status < 300) || service_refused(&answer, e);
}

static bool switch_off(struct job *j, const struct step *s, struct err *e)
{
	if (set_state(j, s->id, false, e))
		return true;
	if (e->kind == ERR_FORBIDDEN)
		e->kind = ERR_AUTH;
	return err_wrap(e, "switching off the step \"%.*s\"", STR_ARG(str_sub(s->name, 0, 200)));
}

bool steps_off(struct job *j, struct err *e)
{
	struct reading r = { .j = j };
	size_t n = 0;

	if (!j->execution.disable_steps)
		return true;
	if (!find_steps(&r, e))
		return err_wrap(e, "looking for steps");
	for (size_t i = 0; i < r.steps.n; i++)
		if (is_custom(&r.steps.p[i]))
			r.steps.p[n++] = r.steps.p[i];
	for (size_t i = 0; i < n; i++)
		if (!run_put_step(j->run, r.steps.p[i].id, r.steps.p[i].name, STEP_OFF, e))
			return false;
	if (n > 0 && !run_commit(j->run, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!switch_off(j, &r.steps.p[i], e))
			return false;
	return true;
}

/* *off: it is there and does not run. */
static bool is_off(struct job *j, struct guid id, bool *off, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct response answer;
	struct json json;

	*off = false;
	if (!call(j, METHOD_GET, id, "?$select=statecode", S(""), &answer, e))
		return false;
	if (answer.status == 404)
		return true;
	if (answer.status != 200)
		return service_refused(&answer, e);
	if (!json_parse(&scratch, answer.body, "the step", &json, e))
		return false;

	const struct json *state = json_get(&json, S("statecode"));

	*off = !state || !str_eq(state->text, S("0"));
	return true;
}

static bool switch_on(struct job *j, struct guid id, struct err *e)
{
	bool off;

	return is_off(j, id, &off, e) && (!off || set_state(j, id, true, e));
}

static bool tell_off(struct job *j, const struct step *s, const struct err *why, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = S(STEP),
		.id = guid_text(j->page, s->id),
		.code = why->code,
		.message = str_fmt(j->page, "the step \"%.*s\" is still switched off: %s",
				   STR_ARG(str_sub(s->name, 0, 200)), why->msg),
		.remedy = S("\"ferry resume\" switches it on; or do it by hand"),
	};

	return journal_put_problem(j->run, &p, e);
}

static bool list_off(struct job *j, struct step **out, size_t *n, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	VEC(struct step) list = { 0 };
	bool more = true;

	if (!run_steps(j->run, STEP_OFF, &c, e))
		return false;
	for (;;) {
		struct step s = { 0 };

		if (!run_next_step(&c, &s.id, &s.name, &more, e))
			return false;
		if (!more)
			break;
		s.name = str_dup(j->arena, s.name);
		*VEC_PUSH(j->arena, &list) = s;
	}
	*out = list.p;
	*n = list.n;
	return true;
}

bool steps_on(struct job *j, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct step *off;
	struct err why = { .kind = ERR_NONE };
	bool gone = false;
	size_t n;

	if (!list_off(j, &off, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool on = !gone && switch_on(j, off[i].id, &why);

		/* what does not answer need not be asked for each of them */
		gone = gone || (!on && (why.kind == ERR_NETWORK || why.kind == ERR_CANCELLED));
		if (on ? !run_put_step(j->run, off[i].id, off[i].name, STEP_ON_AGAIN, e)
		       : !tell_off(j, &off[i], &why, e))
			return false;
	}
	arena_rewind(j->page, mark);
	return n == 0 || run_commit(j->run, e);
}

bool steps_are_off(struct job *j, bool *any, struct err *e)
{
	struct step *off;
	size_t n;

	if (!list_off(j, &off, &n, e))
		return false;
	*any = n > 0;
	return true;
}
