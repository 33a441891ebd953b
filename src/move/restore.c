/* SPDX-License-Identifier: MIT */
/*
 * Keeping and restoring a job.
 */
#include "move/restore.h"

#include "base/limits.h"
#include "base/sink.h"
#include "io/json.h"
#include "move/rules_kept.h"
#include "move/run_keep.h"

#include "base/banned.h"

#define SCHEMA "schema"
#define SCHEMA_NAME "schema name"
#define KNOWLEDGE "knowledge"
#define SECRETS "secrets"
#define SKIP_MISSING "skip missing columns"
#define OWNER "owner said"

static bool keep_table(struct job *j, const struct table *t, struct err *e)
{
	DEFER(buf_release) struct buf facts = buf_make(LIMIT_KNOWN_TABLES);
	struct buf_sink sink = buf_sink_make(&facts);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	table_to_facts(&w, t);
	return json_writer_finish(&w, e) && run_put_definition(j->run, t->name, buf_str(&facts), e);
}

static struct str yes_or_no(bool yes)
{
	return yes ? S("yes") : S("no");
}

bool job_keep_head(struct job *j, struct err *e)
{
	return run_write_head(j->run, &j->head, e);
}

bool job_keep(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->catalog->n; i++)
		if (!keep_table(j, j->catalog->tables[i], e))
			return false;
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!run_set_read(j->run, j->tabs.p[i].number, j->tabs.p[i].read, e))
			return false;
	return run_set_header(j->run, S(SCHEMA), j->schema->bytes, e) &&
	       run_set_header(j->run, S(SCHEMA_NAME), str_from(j->schema->name), e) &&
	       run_set_header(j->run, S(KNOWLEDGE), j->knowledge->bytes, e) &&
	       run_set_header(j->run, S(SECRETS), yes_or_no(j->decisions.secrets), e) &&
	       run_set_header(j->run, S(SKIP_MISSING), yes_or_no(j->decisions.skip_missing), e) &&
	       run_set_header(j->run, S(OWNER), yes_or_no(j->decisions.owner.n > 0), e) &&
	       rules_keep(j, e) && job_keep_head(j, e);
}

static bool text_of(struct job *j, const char *name, struct str *out, struct err *e)
{
	bool found;

	return run_get_header(j->run, j->arena, str_from(name), out, &found, e) &&
	       (found || err_set(e, ERR_USAGE,
				 "%s: the run was never planned: nothing was decided or written",
				 j->run->path));
}

static bool flag_of(struct job *j, const char *name, bool *out, struct err *e)
{
	struct str text = { 0 };

	if (!text_of(j, name, &text, e))
		return false;
	*out = str_eq(text, S("yes"));
	return true;
}

static bool restore_schema(struct job *j, struct err *e)
{
	struct schema *schema = arena_new(j->arena, struct schema);
	struct str bytes = { 0 }, name = { 0 };

	if (!text_of(j, SCHEMA, &bytes, e) || !text_of(j, SCHEMA_NAME, &name, e) ||
	    !schema_read(j->arena, bytes, str_cstr(j->arena, name), schema, e))
		return false;
	j->schema = schema;
	return true;
}

static bool restore_knowledge(struct job *j, struct err *e)
{
	struct knowledge *knowledge = arena_new(j->arena, struct knowledge);
	struct str bytes = { 0 };

	if (!text_of(j, KNOWLEDGE, &bytes, e) ||
	    !knowledge_read(j->arena, bytes, "the run's knowledge", knowledge, e))
		return false;
	j->knowledge = knowledge;
	return true;
}

static bool restore_table(struct job *j, struct str facts, struct err *e)
{
	struct table *t = arena_new(j->arena, struct table);
	struct json json;

	/* the tree's texts are the table's */
	if (!json_parse(j->arena, str_dup(j->arena, facts), "the run's definitions", &json, e) ||
	    !table_from_facts(j->arena, &json, j->run->path, t, e))
		return false;
	if (!catalog_find(j->catalog, t->name))
		catalog_put(j->catalog, t);
	return true;
}

static bool restore_catalog(struct job *j, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct str name, facts;
	bool more;

	j->catalog = arena_new(j->arena, struct catalog);
	*j->catalog = catalog_make(j->arena);
	if (!run_definitions(j->run, &c, e))
		return false;
	for (;;) {
		if (!run_next_definition(&c, &name, &facts, &more, e))
			return false;
		if (!more)
			return true;
		if (!restore_table(j, facts, e))
			return err_wrap(e, "%.*s", STR_ARG(name));
	}
}

static bool restore_tabs(struct job *j, struct err *e)
{
	struct tab_options options = { 0 };

	if (!flag_of(j, SECRETS, &options.secrets, e) ||
	    !flag_of(j, SKIP_MISSING, &options.skip_missing, e) ||
	    !flag_of(j, OWNER, &options.owner, e))
		return false;
	options.again = true;
	j->decisions.secrets = options.secrets;
	j->decisions.skip_missing = options.skip_missing;
	if (!tabs_make(j->arena, j->run, j->schema, j->catalog, j->knowledge, &options, &j->tabs,
		       e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!run_get_read(j->run, j->tabs.p[i].number, &j->tabs.p[i].read, e))
			return false;
	return true;
}

bool job_restore(struct job *j, struct err *e)
{
	return run_read_head(j->run, j->arena, &j->head, e) && restore_schema(j, e) &&
	       restore_knowledge(j, e) && rules_restore(j, e) && restore_catalog(j, e) &&
	       restore_tabs(j, e);
}
