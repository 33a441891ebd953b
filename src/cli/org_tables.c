/* SPDX-License-Identifier: MIT */
/*
 * ferry org list-tables, ferry org add-table: the tables of a local organization.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/file.h"
#include "base/limits.h"
#include "io/json.h"
#include "org/shape.h"
#include "cli/report.h"

#include "base/banned.h"

static bool check_file(const char *file, struct err *e)
{
	if (str_starts(str_from(file), S("local:")))
		return err_set(e, ERR_USAGE, "%s: give the file alone, without local:", file);
	return true;
}

static void put_text(struct json_writer *w, struct str key, struct str text)
{
	json_key(w, key);
	json_str(w, text);
}

static void put_number(struct json_writer *w, struct str key, int64_t n)
{
	json_key(w, key);
	json_i64(w, n);
}

static void begin_document(struct json_writer *w, const char *command, const char *file)
{
	w->pretty = false;
	json_object(w);
	put_number(w, S("schemaVersion"), 1);
	put_text(w, S("command"), str_from(command));
	put_text(w, S("organization"), str_from(file));
}

static bool end_document(struct json_writer *w, struct report_sink *sink, const struct err *stopped,
			 struct err *e)
{
	if (!report_problems_json(w, NULL, stopped, e))
		return false;
	json_object_end(w);
	return json_writer_finish(w, e) && sink_write(&sink->sink, S("\n"), e);
}

/* list-tables */

struct list_values {
	struct common common;
	const char *file;
	bool json;
};

static void put_table(struct json_writer *w, const struct shape_table *t)
{
	json_object(w);
	put_text(w, S("name"), t->name);
	put_text(w, S("entitySet"), t->entity_set);
	put_text(w, S("displayName"), t->display_name);
	put_text(w, S("ownership"), t->ownership);
	put_text(w, S("type"), t->type);
	json_key(w, S("custom"));
	json_bool(w, t->custom);
	json_key(w, S("intersect"));
	json_bool(w, t->intersect);
	put_number(w, S("columns"), (int64_t)t->columns);
	put_number(w, S("rows"), t->rows);
	json_object_end(w);
}

static bool list_json(struct program *p, const char *file, const struct shape_table *tables,
		      size_t n, const struct err *stopped, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	begin_document(&w, "org list-tables", file);
	json_key(&w, S("tables"));
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		put_table(&w, &tables[i]);
	json_array_end(&w);
	return end_document(&w, &sink, stopped, e);
}

static int width_of(const struct shape_table *tables, size_t n, size_t offset, size_t least)
{
	size_t width = least;

	for (size_t i = 0; i < n; i++) {
		const struct str *s = (const void *)((const char *)&tables[i] + offset);

		width = s->n > width ? s->n : width;
	}
	return width < 60 ? (int)width : 60;
}

static const char *kind_of(const struct shape_table *t)
{
	if (t->intersect)
		return "intersect";
	return t->custom ? "custom" : "";
}

static void list_text(struct program *p, const struct shape_table *tables, size_t n)
{
	int name = width_of(tables, n, offsetof(struct shape_table, name), 5);
	int set = width_of(tables, n, offsetof(struct shape_table, entity_set), 10);
	FILE *out = p->ui->out;

	fprintf(out, "%s%-*s %-*s %8s %8s%s\n", ui_color(p->ui, UI_BOLD), name, "table", set,
		"entity set", "columns", "rows", ui_color(p->ui, UI_PLAIN));
	for (size_t i = 0; i < n; i++) {
		const struct shape_table *t = &tables[i];
		const char *kind = kind_of(t);

		fprintf(out, "%-*.*s %-*.*s %8zu %8" PRId64 "%s%s\n", name, STR_ARG(t->name), set,
			STR_ARG(t->entity_set), t->columns, t->rows, *kind ? "  " : "", kind);
	}
}

static bool list_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct list_values *v = values;
	struct shape_table *tables;
	struct err second;
	size_t n;

	*status = 0;
	if (!check_file(v->file, e) || !shape_tables(v->file, p->arena, &tables, &n, e)) {
		if (v->json && report_has_document(e) &&
		    !list_json(p, v->file, NULL, 0, e, &second))
			*e = second;
		return false;
	}
	if (v->json)
		return list_json(p, v->file, tables, n, NULL, e);
	list_text(p, tables, n);
	return true;
}

static const struct operand list_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct list_values, file),
	  .help = "the organization's file" },
};

static const struct opt list_opts[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct list_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example list_examples[] = {
	{ "ferry org list-tables a.db", "its tables with their entity sets and rows" },
	{ "ferry org list-tables a.db --json | jq '.tables[] | select(.custom).name'",
	  "for other programs" },
};

const struct command command_org_list_tables = {
	.name = "org list-tables",
	.summary = "show the tables of a local organization",
	.text = "Lists every table of a local organization with its entity set, the number of its columns and "
		"that of its rows, whoever may read them.",
	.examples = list_examples,
	.nexamples = COUNT_OF(list_examples),
	.syntax = { .opts = list_opts,
		    .nopts = COUNT_OF(list_opts),
		    .operands = list_operands,
		    .noperands = COUNT_OF(list_operands) },
	.size = sizeof(struct list_values),
	.run = list_run,
};

/* add-table */

struct add_values {
	struct common common;
	const char *file;
	struct opt_list definitions;
	bool replace;
	bool json;
};

static bool read_definitions_of(struct program *p, const struct opt_list *files,
				struct shape_source **out, struct err *e)
{
	*out = arena_array(p->arena, struct shape_source, files->n);
	for (size_t i = 0; i < files->n; i++) {
		(*out)[i].what = files->items[i];
		if (!file_read(p->arena, files->items[i], LIMIT_PLAN_FILE, &(*out)[i].text, e))
			return false;
	}
	return true;
}

static bool added_json(struct program *p, const char *file, const struct str *names, size_t n,
		       const struct err *stopped, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	begin_document(&w, "org add-table", file);
	json_key(&w, S("tables"));
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		json_str(&w, names[i]);
	json_array_end(&w);
	return end_document(&w, &sink, stopped, e);
}

static bool add_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct add_values *v = values;
	struct shape_source *sources = NULL;
	struct str *names = NULL;
	struct err second;
	size_t n = 0;

	*status = 0;
	if (!check_file(v->file, e) || !read_definitions_of(p, &v->definitions, &sources, e) ||
	    !shape_add(v->file, p->arena, sources, v->definitions.n, v->replace, &names, &n, e)) {
		if (v->json && report_has_document(e) &&
		    !added_json(p, v->file, NULL, 0, e, &second))
			*e = second;
		return false;
	}
	if (v->json)
		return added_json(p, v->file, names, n, NULL, e);
	for (size_t i = 0; i < n && !v->common.quiet; i++)
		fprintf(p->ui->out, "%s: table %.*s\n", v->file, STR_ARG(names[i]));
	return true;
}

static const struct operand add_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct add_values, file),
	  .help = "the organization's file" },
	{ .name = "DEFINITION",
	  .kind = OPT_FILE,
	  .many = true,
	  .offset = offsetof(struct add_values, definitions),
	  .help = "JSON of a table, or of an array of them" },
};

static const struct opt add_opts[] = {
	{ .name = "replace",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, replace),
	  .help = "replace tables of the same name that have no rows" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct add_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example add_examples[] = {
	{ "ferry org add-table a.db task.json opportunity.json",
	  "two tables, which may point to each other" },
	{ "ferry org add-table a.db thing.json --replace", "again, while it has no rows" },
};

const struct command command_org_add_table = {
	.name = "org add-table",
	.summary = "add tables to a local organization",
	.text = "Adds tables to a local organization from definitions: JSON in the form of metadata/README.md, "
		"or a table as EntityDefinitions of the Web API writes it with its Attributes, "
		"ManyToOneRelationships, ManyToManyRelationships and Keys expanded. All tables are added, or none.\n\n"
		"Lookups may point to tables that are not there; no row fits them then.",
	.examples = add_examples,
	.nexamples = COUNT_OF(add_examples),
	.syntax = { .opts = add_opts,
		    .nopts = COUNT_OF(add_opts),
		    .operands = add_operands,
		    .noperands = COUNT_OF(add_operands) },
	.size = sizeof(struct add_values),
	.run = add_run,
};
