/* SPDX-License-Identifier: MIT */
/*
 * ferry schema show: what a schema says, to be read.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "io/json.h"
#include "dv/pretty.h"
#include "dv/schema.h"
#include "dv/schema_words.h"
#include "cli/report.h"

#include "base/banned.h"

struct show_values {
	struct common common;
	const char *file;
	bool json;
};

/* ---- for people ---- */

static int width_of_names(const struct schema_entity *en)
{
	size_t width = 0;

	for (size_t i = 0; i < en->nfields; i++)
		width = en->fields[i].name.n > width ? en->fields[i].name.n : width;
	return width < 50 ? (int)width : 50;
}

static void print_mark(FILE *out, bool is, const char *mark)
{
	if (is)
		fprintf(out, ", %s", mark);
}

static void print_field(FILE *out, const struct schema_field *f, int width)
{
	struct str mode = schema_date_mode_word(f->date_mode);

	fprintf(out, "    %-*.*s  %.*s", width, STR_ARG(f->name), STR_ARG(cmt_type_word(f->type)));
	for (size_t i = 0; i < f->ntargets; i++)
		fprintf(out, "%s%.*s", i > 0 ? "|" : " -> ", STR_ARG(f->targets[i]));
	print_mark(out, f->primary_key, "primary key");
	print_mark(out, f->update_compare, "compared");
	if (mode.n > 0)
		fprintf(out, ", dates %.*s", STR_ARG(mode));
	if (f->display_name.n > 0 && !str_eq(f->display_name, f->name))
		fprintf(out, "  \"%.*s\"", STR_ARG(f->display_name));
	fputc('\n', out);
}

static void print_filter(FILE *out, struct arena *a, struct str filter)
{
	struct str text;

	pretty_print(a, filter, &text);
	struct str_splitter lines = str_splitter(str_trim(text));

	fputs("  filter\n", out);
	for (struct str line; str_split(&lines, '\n', &line);)
		fprintf(out, "    %.*s\n", STR_ARG(line));
}

static void print_relationships(FILE *out, const struct schema_entity *en)
{
	if (en->nrelationships > 0)
		fputs("  relationships\n", out);
	for (size_t i = 0; i < en->nrelationships; i++) {
		const struct schema_relationship *r = &en->relationships[i];

		fprintf(out, "    %.*s", STR_ARG(r->name));
		if (r->many_to_many)
			fprintf(out, " <-> %.*s by %.*s", STR_ARG(r->target),
				STR_ARG(r->target_column));
		print_mark(out, r->reflexive, "reflexive");
		print_mark(out, !r->many_to_many, "not many-to-many");
		fputc('\n', out);
	}
}

static void print_entity(struct ui *ui, struct arena *a, const struct schema_entity *en)
{
	FILE *out = ui->out;
	int width = width_of_names(en);

	fprintf(out, "\n%s%.*s%s", ui_color(ui, UI_BOLD), STR_ARG(en->name),
		ui_color(ui, UI_PLAIN));
	if (en->display_name.n > 0)
		fprintf(out, "  \"%.*s\"", STR_ARG(en->display_name));
	print_mark(out, en->disable_plugins, "plug-ins disabled");
	print_mark(out, en->skip_update, "existing rows left alone");
	print_mark(out, en->force_create, "rows always created");
	fprintf(out, "\n  key %.*s", STR_ARG(en->primary_id));
	if (en->primary_name.n > 0)
		fprintf(out, ", name %.*s", STR_ARG(en->primary_name));
	fputs(en->nfields > 0 ? "\n  fields\n" : "\n", out);
	for (size_t i = 0; i < en->nfields; i++)
		print_field(out, &en->fields[i], width);
	print_relationships(out, en);
	if (en->filter.n > 0)
		print_filter(out, a, en->filter);
}

static void print_text(struct program *p, const struct schema *s)
{
	FILE *out = p->ui->out;
	size_t fields = 0, relationships = 0, filters = 0;

	for (size_t i = 0; i < s->nentities; i++) {
		fields += s->entities[i].nfields;
		relationships += s->entities[i].nrelationships;
		filters += s->entities[i].filter.n > 0;
	}
	fprintf(out, "%s: tables %zu, fields %zu, relationships %zu, filters %zu", s->name,
		s->nentities, fields, relationships, filters);
	if (s->date_mode != DATE_MODE_UNSET)
		fprintf(out, ", dates %.*s", STR_ARG(schema_date_mode_word(s->date_mode)));
	fputc('\n', out);
	for (size_t i = 0; i < s->nimport_order; i++)
		fprintf(out, "%s%.*s%s",
			i > 0 ? ", " : "import order: ", STR_ARG(s->import_order[i]),
			i + 1 == s->nimport_order ? "\n" : "");
	for (size_t i = 0; i < s->nentities; i++)
		print_entity(p->ui, p->arena, &s->entities[i]);
}

static void flag(struct json_writer *w, struct str key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

static void texts(struct json_writer *w, struct str key, const struct str *values, size_t n)
{
	json_key(w, key);
	json_array(w);
	for (size_t i = 0; i < n; i++)
		json_str(w, values[i]);
	json_array_end(w);
}

static void put_field(struct json_writer *w, const struct schema_field *f)
{
	json_object(w);
	json_text_member(w, S("name"), f->name);
	json_text_member(w, S("displayName"), f->display_name);
	json_text_member(w, S("type"), cmt_type_word(f->type));
	texts(w, S("targets"), f->targets, f->ntargets);
	flag(w, S("primaryKey"), f->primary_key);
	flag(w, S("updateCompare"), f->update_compare);
	json_text_member(w, S("dateMode"), schema_date_mode_word(f->date_mode));
	json_object_end(w);
}

static void put_relationship(struct json_writer *w, const struct schema_relationship *r)
{
	json_object(w);
	json_text_member(w, S("name"), r->name);
	flag(w, S("manyToMany"), r->many_to_many);
	flag(w, S("reflexive"), r->reflexive);
	json_text_member(w, S("related"), r->related);
	json_text_member(w, S("target"), r->target);
	json_text_member(w, S("targetColumn"), r->target_column);
	json_object_end(w);
}

static void put_entity(struct json_writer *w, const struct schema_entity *en)
{
	json_object(w);
	json_text_member(w, S("name"), en->name);
	json_text_member(w, S("displayName"), en->display_name);
	json_text_member(w, S("primaryId"), en->primary_id);
	json_text_member(w, S("primaryName"), en->primary_name);
	flag(w, S("disablePlugins"), en->disable_plugins);
	flag(w, S("skipUpdate"), en->skip_update);
	flag(w, S("forceCreate"), en->force_create);
	json_key(w, S("fields"));
	json_array(w);
	for (size_t i = 0; i < en->nfields; i++)
		put_field(w, &en->fields[i]);
	json_array_end(w);
	json_key(w, S("relationships"));
	json_array(w);
	for (size_t i = 0; i < en->nrelationships; i++)
		put_relationship(w, &en->relationships[i]);
	json_array_end(w);
	json_text_member(w, S("filter"), en->filter);
	json_object_end(w);
}

/* `s` NULL: it could not be read. */
static bool print_json(struct program *p, const char *file, const struct schema *s,
		       const struct err *why, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("schemaVersion"));
	json_i64(&w, 1);
	json_text_member(&w, S("command"), S("schema show"));
	json_text_member(&w, S("file"), str_from(file));
	json_text_member(&w, S("error"), str_from(why ? why->msg : NULL));
	json_text_member(&w, S("dateMode"),
			 s ? schema_date_mode_word(s->date_mode) : (struct str){ 0 });
	texts(&w, S("importOrder"), s ? s->import_order : NULL, s ? s->nimport_order : 0);
	json_key(&w, S("tables"));
	json_array(&w);
	for (size_t i = 0; s && i < s->nentities; i++)
		put_entity(&w, &s->entities[i]);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

static bool show_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct show_values *v = values;
	struct schema schema;
	struct err second;

	*status = 0;
	if (!schema_read_file(p->arena, v->file, &schema, e)) {
		if (v->json && report_has_document(e) && !print_json(p, v->file, NULL, e, &second))
			*e = second;
		return false;
	}
	if (v->json)
		return print_json(p, v->file, &schema, NULL, e);
	print_text(p, &schema);
	return true;
}

static const struct operand operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct show_values, file),
	  .help = "the schema: the data_schema.xml of a package, or a file of that form" },
};

static const struct opt opts[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct show_values, json),
	  .help = "print the same as one JSON document" },
};

static const struct example examples[] = {
	{ "ferry schema show skills.xml", "its tables, fields, relationships and filters" },
	{ "ferry schema show skills.xml --json | jq '.tables[].name'", "for other programs" },
};

const struct command command_schema_show = {
	.name = "schema show",
	.summary = "print what a schema says",
	.text = "Prints the tables of a schema with their fields, types, lookup targets, relationships and "
		"filters. A file that breaks the rules of a schema is refused; \"ferry schema validate\" "
		"tells all that is wrong with it.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct show_values),
	.run = show_run,
};
