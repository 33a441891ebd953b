/* SPDX-License-Identifier: MIT */
/*
 * ferry map check: whether a map file fits a package and an environment.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "move/map_rows.h"
#include "cli/map_work.h"
#include "cli/report.h"

#include "base/banned.h"

struct check_values {
	struct common common;
	const char *file;
	const char *package;
	const char *to;
	bool json;
	struct env_options remote;
};

struct checked {
	uint64_t open, unused;
};

static bool look(void *context, struct job *j, uint64_t open, struct err *e)
{
	struct checked *c = context;

	c->open = open;
	return map_rows_unused(j, &c->unused, e);
}

static void count(struct json_writer *w, struct str key, uint64_t n)
{
	json_key(w, key);
	json_i64(w, (int64_t)n);
}

/* `stopped`: why it could not be checked, or NULL. */
static bool print_json(struct program *p, const struct check_values *v, const struct map_file *map,
		       const struct checked *c, struct run *run, const struct err *stopped,
		       struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	ui_clear(p->ui);
	json_object(&w);
	count(&w, S("schemaVersion"), 1);
	json_text_member(&w, S("command"), S("map check"));
	json_text_member(&w, S("file"), str_from(v->file));
	json_text_member(&w, S("package"), str_from(v->package));
	json_text_member(&w, S("target"), str_from(v->to));
	json_key(&w, S("fits"));
	json_bool(&w, !stopped && c->open + c->unused == 0);
	count(&w, S("entries"), map->n + map->ndefaults);
	count(&w, S("open"), c->open);
	count(&w, S("unused"), c->unused);
	if (!report_problems_json(&w, run, stopped, e))
		return false;
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

static bool stop(struct program *p, const struct check_values *v, const struct map_file *map,
		 struct map_work *w, struct err *e)
{
	struct checked none = { 0 };
	struct err second;

	if (v->json && report_has_document(e) &&
	    !print_json(p, v, map, &none, w->run.db ? &w->run : NULL, e, &second))
		*e = second;
	return false;
}

static bool tell(struct program *p, const struct check_values *v, const struct map_file *map,
		 const struct checked *c, struct run *run, struct err *e)
{
	if (v->json ? !print_json(p, v, map, c, run, NULL, e)
		    : !report_problems_text(p->ui, run, e))
		return false;
	if (c->open + c->unused > 0)
		return err_set(
			e, ERR_CONFLICT,
			"%s does not fit: %llu conflicts and open references, %llu entries about rows that "
			"the package does not need",
			v->file, (unsigned long long)c->open, (unsigned long long)c->unused);
	if (!v->json)
		fprintf(p->ui->out, "%s: fits; entries %zu, nothing is open\n", v->file,
			map->n + map->ndefaults);
	return true;
}

static bool check_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct check_values *v = values;
	struct checked c = { 0 };
	struct map_file map = { 0 };
	DEFER(map_work_close) struct map_work w = {
		.p = p,
		.package = v->package,
		.reference = v->to,
		.remote = &v->remote,
		.map = &map,
		.look = look,
		.context = &c,
	};

	*status = 0;
	if (!map_file_read(p->arena, v->file, &map, e) || !map_work_run(&w, e))
		return stop(p, v, &map, &w, e);
	return tell(p, v, &map, &c, &w.run, e);
}

static const struct operand operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct check_values, file),
	  .help = "the map file; a user map of the Configuration Migration Tool is read as well" },
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct check_values, package),
	  .help = "the package that is to be imported" },
};

static const struct opt opts[] = {
	{ .name = "to",
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct check_values, to),
	  .argument = "ENV",
	  .help = "the environment to import into" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct check_values, json),
	  .help = "print the result as one JSON document" },
	ENV_OPTIONS(struct check_values, remote),
	ENV_OVERWRITE_OPTION(struct check_values, remote),
};

static const struct example examples[] = {
	{ "ferry map check users.xml chat.zip --to prod", "what is wrong with it, or still open" },
	{ "ferry map check users.xml chat.zip --to prod --json", "for other programs" },
};

const struct command command_map_check = {
	.name = "map check",
	.summary = "prove that a map file fits a package and an environment",
	.text = "Every target has to be there, to be the only row that is called so, and, of a user, to be "
		"enabled; every source row has to be one that the package has or points to; and nothing that the "
		"package points to may stay open. All that is wrong is listed, and the exit status is 6.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct check_values),
	.run = check_run,
};
