/* SPDX-License-Identifier: MIT */
/*
 * ferry schema new: a schema from the definitions of an environment. First the command line is understood, then
 * all that the environment lacks of it is told at once; what is written has passed schema_check.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "dv/schema_check.h"
#include "dv/schema_new.h"
#include "cli/look.h"
#include "cli/report.h"

#include "base/banned.h"

#define MISSING_BYTES 1700 /* of a message; err.h cuts longer ones */

struct new_values {
	struct common common;
	struct opt_list tables;
	struct opt_list filters;
	struct opt_list relationships;
	const char *from;
	const char *out;
	bool overwrite;
	struct env_options remote;
};

/* One --table and what belongs to it. */
struct wish {
	struct str table;
	struct str columns; /* joined by ','; empty: all */
	const char *filter_name;
	VEC(struct str) intersects;
	struct str filter;
};

struct making {
	struct program *p;
	const struct new_values *v;
	struct wish *wishes;
	size_t n;
	struct buf *missing;
	size_t nmissing;
};

/* ---- the command line ---- */

static struct wish *find(const struct making *m, struct str table)
{
	for (size_t i = 0; i < m->n; i++) {
		if (str_eq(m->wishes[i].table, table))
			return &m->wishes[i];
	}
	return NULL;
}

static bool read_tables(struct making *m, struct err *e)
{
	const struct opt_list *list = &m->v->tables;

	m->wishes = arena_array(m->p->arena, struct wish, list->n);
	for (size_t i = 0; i < list->n; i++) {
		struct str text = str_from(list->items[i]);
		size_t colon = str_find_char(text, ':');
		struct wish w = { .table = str_sub(text, 0, colon) };

		if (colon != STR_NONE)
			w.columns = str_skip(text, colon + 1);
		if (w.table.n == 0 || (colon != STR_NONE && w.columns.n == 0))
			return err_set(e, ERR_USAGE,
				       "--table %s: write TABLE or TABLE:column,column",
				       list->items[i]);
		if (find(m, w.table))
			return err_set(e, ERR_USAGE, "--table %.*s is given twice",
				       STR_ARG(w.table));
		m->wishes[m->n++] = w;
	}
	return true;
}

/* TABLE=VALUE of an option, for a table that --table names. */
static bool read_pair(const struct making *m, const char *option, const char *item,
		      struct wish **wish, const char **value, struct err *e)
{
	size_t equals = str_find_char(str_from(item), '=');
	struct str table = str_sub(str_from(item), 0, equals);

	if (equals == STR_NONE || table.n == 0 || !item[equals + 1])
		return err_set(e, ERR_USAGE, "%s %s: write TABLE=...", option, item);
	*wish = find(m, table);
	*value = item + equals + 1;
	return *wish || err_set(e, ERR_USAGE, "%s %s: there is no --table %.*s", option, item,
				STR_ARG(table));
}

/* FetchXML itself, or the name of a file with it. Whether it is good, its own reader says, with its lines. */
static bool read_filter(const struct making *m, struct wish *w, const char *value, struct err *e)
{
	struct fetch fetch;

	if (w->filter.n > 0)
		return err_set(e, ERR_USAGE, "--filter %.*s is given twice", STR_ARG(w->table));
	w->filter_name = value[0] == '<' ? "--filter" : value;
	w->filter = str_from(value);
	if (value[0] != '<' && !file_read(m->p->arena, value, LIMIT_FILTER, &w->filter, e))
		return false;
	if (str_starts(w->filter, S("\xEF\xBB\xBF")))
		w->filter = str_skip(w->filter, 3);
	w->filter = str_trim(w->filter);
	return fetch_parse(m->p->arena, w->filter, w->filter_name, 1, &fetch, e);
}

static bool read_options(struct making *m, struct err *e)
{
	struct wish *w = NULL;
	const char *value = NULL;

	if (m->v->tables.n == 0)
		return err_set(e, ERR_USAGE,
			       "--table is missing: the tables that the schema takes");
	if (!read_tables(m, e))
		return false;
	for (size_t i = 0; i < m->v->filters.n; i++)
		if (!read_pair(m, "--filter", m->v->filters.items[i], &w, &value, e) ||
		    !read_filter(m, w, value, e))
			return false;
	for (size_t i = 0; i < m->v->relationships.n; i++) {
		if (!read_pair(m, "--relationship", m->v->relationships.items[i], &w, &value, e))
			return false;
		*VEC_PUSH(m->p->arena, &w->intersects) = str_from(value);
	}
	return true;
}

/* ---- the environment ---- */

static void miss(struct making *m, struct str what, const char *meant)
{
	m->nmissing++;
	if (m->missing->n + what.n > MISSING_BYTES)
		return;
	buf_add_fmt(m->missing, "%s%.*s", m->missing->n > 0 ? ", " : "", STR_ARG(what));
	if (meant)
		buf_add_fmt(m->missing, " (did you mean %s?)", meant);
}

static void miss_column(struct making *m, const struct table *t, struct str name)
{
	struct nearest near = nearest_to(name);

	for (size_t i = 0; i < t->ncolumns; i++)
		nearest_offer(&near, str_cstr(m->p->arena, t->columns[i].name));
	miss(m,
	     str_fmt(m->p->arena, "column %.*s.%.*s", STR_ARG(t->name),
		     STR_ARG(str_sub(name, 0, 128))),
	     near.best);
}

static bool among(const struct new_entity *en, const struct column *c)
{
	for (size_t i = 0; i < en->ncolumns; i++) {
		if (en->columns[i] == c)
			return true;
	}
	return false;
}

/* The named ones, each once, and the primary key. */
static void choose_named(struct making *m, const struct wish *w, struct new_entity *en)
{
	const struct table *t = en->table;
	const struct column *key = table_primary(t);
	struct str_splitter names = str_splitter(w->columns);

	for (struct str name; str_split(&names, ',', &name);) {
		const struct column *c = table_column(t, str_trim(name));

		if (!c)
			miss_column(m, t, str_trim(name));
		else if (!c->read || cmt_type_of(c->type) == CMT_UNKNOWN)
			miss(m,
			     str_fmt(m->p->arena, "column %.*s.%.*s in a form that can be exported",
				     STR_ARG(t->name), STR_ARG(c->name)),
			     NULL);
		else if (!among(en, c))
			en->columns[en->ncolumns++] = c;
	}
	if (key && !among(en, key))
		en->columns[en->ncolumns++] = key;
}

static void choose_columns(struct making *m, const struct wish *w, struct new_entity *en)
{
	const struct table *t = en->table;

	en->columns = arena_array(m->p->arena, const struct column *, t->ncolumns + 1);
	if (w->columns.n > 0) {
		choose_named(m, w, en);
		return;
	}
	for (size_t i = 0; i < t->ncolumns; i++)
		if (schema_new_takes(t, &t->columns[i]))
			en->columns[en->ncolumns++] = &t->columns[i];
}

static void choose_links(struct making *m, const struct wish *w, struct new_entity *en)
{
	en->links = arena_array(m->p->arena, const struct many_to_many *, w->intersects.n);
	for (size_t i = 0; i < w->intersects.n; i++) {
		struct str name = w->intersects.p[i];
		const struct many_to_many *link = table_link(en->table, name);
		struct nearest near = nearest_to(name);

		if (link) {
			en->links[en->nlinks++] = link;
			continue;
		}
		for (size_t k = 0; k < en->table->nmany_to_many; k++)
			nearest_offer(&near,
				      str_cstr(m->p->arena, en->table->many_to_many[k].intersect));
		miss(m,
		     str_fmt(m->p->arena, "many-to-many relationship %.*s of %.*s",
			     STR_ARG(str_sub(name, 0, 128)), STR_ARG(w->table)),
		     near.best);
	}
}

static bool choose(struct making *m, const struct catalog *catalog, struct new_entity *entities,
		   struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct wish *w = &m->wishes[i];
		struct new_entity *en = &entities[i];

		en->table = catalog_find(catalog, w->table);
		en->filter = w->filter;
		if (en->table) {
			choose_columns(m, w, en);
			choose_links(m, w, en);
		} else {
			miss(m,
			     str_fmt(m->p->arena, "table %.*s", STR_ARG(str_sub(w->table, 0, 128))),
			     NULL);
		}
	}
	return m->nmissing == 0 ||
	       err_set(e, ERR_INPUT, "%s lacks %.*s%s", m->v->from, STR_ARG(buf_str(m->missing)),
		       m->missing->n > MISSING_BYTES ? " and more" : "");
}

static bool sort_columns(struct making *m, struct new_entity *entities, struct err *e)
{
	/* the builder sorts in its user's language; one language gives everybody the same file */
	DEFER(collate_close) struct collate *c = NULL;

	if (!collate_open(&c, m->p->arena, 1033, e))
		return false;
	for (size_t i = 0; i < m->n; i++)
		schema_new_sort(c, &entities[i]);
	return true;
}

/* What the options could not tell: columns and links of the filters. */
static bool check(struct look *look, struct str bytes, struct program *p, struct err *e)
{
	struct schema_check c;
	struct str *names;

	schema_check(p->arena, bytes, "the new schema", &c);
	size_t n = schema_check_tables(&c, &names);

	if (!look_tables(look, names, n, e))
		return false;
	schema_check_against(&c, &look->catalog);
	for (size_t i = 0; i < c.findings.n; i++) {
		const struct finding *f = &c.findings.p[i];

		if (f->severity == FINDING_ERROR)
			return err_set(e, ERR_INPUT, "%.*s%s%.*s: %.*s", STR_ARG(f->table),
				       f->column.n > 0 ? "." : "", STR_ARG(f->column),
				       STR_ARG(f->message));
	}
	return true;
}

static bool make(struct making *m, struct look *look, struct buf *out, struct err *e)
{
	struct arena *a = m->p->arena;
	struct new_entity *entities = arena_array(a, struct new_entity, m->n);
	struct str *names = arena_array(a, struct str, m->n);

	for (size_t i = 0; i < m->n; i++)
		names[i] = m->wishes[i].table;
	if (!look_open(look, m->p, e) || !look_tables(look, names, m->n, e) ||
	    !choose(m, &look->catalog, entities, e) || !sort_columns(m, entities, e))
		return false;
	schema_new_write(out, entities, m->n);
	return buf_check(out, "the new schema", e) && check(look, buf_str(out), m->p, e);
}

/* ---- the output ---- */

static bool may_write(const struct new_values *v, struct err *e)
{
	if (!v->out || !file_exists(v->out))
		return true;
	if (file_is_directory(v->out))
		return err_set(e, ERR_USAGE, "%s is a folder", v->out);
	return v->overwrite ||
	       err_set(e, ERR_USAGE, "%s exists already; --overwrite replaces it", v->out);
}

static bool write_file(struct arena *a, const char *path, struct str bytes, struct err *e)
{
	const char *temp = file_temp_name(a, path);
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };
	struct err second;

	if (!file_sink_open(&f, temp, 0666, e))
		return false;
	if (sink_write(&f.sink, bytes, e) && file_sink_finish(&f, e) && file_commit(temp, path, e))
		return true;
	if (!file_remove(temp, &second))
		return err_wrap(e, "%s is left", temp);
	return false;
}

static bool new_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct new_values *v = values;
	DEFER(look_close) struct look look = { 0 };
	DEFER(buf_release) struct buf out = buf_make(LIMIT_SCHEMA_FILE);
	DEFER(buf_release) struct buf missing = buf_make(0);
	struct making m = { .p = p, .v = v, .missing = &missing };

	*status = 0;
	if (!env_parse(&look.env, m.p, "--from", v->from, &v->remote, e) || !may_write(v, e))
		return false;
	look.env.options.overwrite = v->overwrite;
	if (!read_options(&m, e) || !make(&m, &look, &out, e) || !look_finish(&look, e))
		return false;
	if (v->out) {
		if (!write_file(p->arena, v->out, buf_str(&out), e))
			return false;
		ui_note(p->ui, "%s is written", v->out);
		return true;
	}
	struct report_sink sink = report_sink_make(p->ui->out);

	return sink_write(&sink.sink, buf_str(&out), e);
}

static const struct opt opts[] = {
	{ .name = "from",
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct new_values, from),
	  .argument = "ENV",
	  .help = "the environment whose tables these are" },
	{ .name = "table",
	  .kind = OPT_LIST,
	  .required = true,
	  .offset = offsetof(struct new_values, tables),
	  .argument = "TABLE[:COLUMN,...]",
	  .help = "a table, with these columns and its primary key, or with all that can be read and "
		  "written; may be given several times" },
	{ .name = "filter",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct new_values, filters),
	  .argument = "TABLE=FETCHXML|FILE",
	  .help = "only these rows of a table: FetchXML, or a file with it; may be given several "
		  "times" },
	{ .name = "relationship",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct new_values, relationships),
	  .argument = "TABLE=INTERSECT",
	  .help = "with the links of a table's many-to-many relationship, named by its intersect "
		  "table or by its schema name; may be given several times" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct new_values, out),
	  .argument = "FILE",
	  .help = "the file to write; else the schema is printed" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct new_values, overwrite),
	  .help = "replace the file if it exists, and the recording that --record names" },
	ENV_OPTIONS(struct new_values, remote),
};

static const struct example examples[] = {
	{ "ferry schema new --table queue:name,description --from local:a.db",
	  "the names and descriptions of queues" },
	{ "ferry schema new --table ratingmodel --from local:a.db --out s.xml",
	  "all columns of a table, into a file; more tables with more --table" },
	{ "ferry schema new --table queue --filter queue=f.xml --from local:a.db",
	  "the queues that the FetchXML in f.xml asks for" },
};

const struct command command_schema_new = {
	.name = "schema new",
	.summary = "make a schema from the tables of an environment",
	.text = "Writes a schema as the Configuration Migration Tool does: for \"ferry export\", and for that "
		"tool and pac. Tables stand in the order given, fields are sorted by their display "
		"names.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts, .nopts = COUNT_OF(opts) },
	.size = sizeof(struct new_values),
	.run = new_run,
};
