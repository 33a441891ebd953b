/* SPDX-License-Identifier: MIT */
/*
 * ferry org behaviours: what a local organization does as the platform does it.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "io/json.h"
#include "org/behaviours.h"
#include "cli/report.h"

#include "base/banned.h"

struct behaviours_values {
	struct common common;
	const char *file;
	struct opt_list set;
	const char *all;
	bool json;
};

/* NAME=VARIANT */
static bool read_changes(struct program *p, const struct opt_list *set,
			 struct behaviour_change **out, struct err *e)
{
	*out = arena_array(p->arena, struct behaviour_change, set->n);
	for (size_t i = 0; i < set->n; i++) {
		struct str text = str_from(set->items[i]);
		size_t at = str_find_char(text, '=');

		if (at == STR_NONE || at == 0 || at + 1 == text.n)
			return err_set(e, ERR_USAGE, "--set %s: write NAME=VARIANT", set->items[i]);
		(*out)[i].name = str_sub(text, 0, at);
		(*out)[i].variant = str_skip(text, at + 1);
	}
	return true;
}

static const char *const all_words[] = { "off", "on", "default", NULL };

static enum behaviours_whole whole_of(const char *word)
{
	static const enum behaviours_whole wholes[] = { BEHAVIOURS_OFF, BEHAVIOURS_ON,
							BEHAVIOURS_DEFAULT };

	for (size_t i = 0; word && all_words[i]; i++) {
		if (str_eq(str_from(word), str_from(all_words[i])))
			return wholes[i];
	}
	return BEHAVIOURS_KEEP;
}

static void put_text(struct json_writer *w, struct str key, struct str text)
{
	json_key(w, key);
	json_str(w, text);
}

static void put_behaviour(struct json_writer *w, const struct behaviour *b, struct str variant)
{
	json_object(w);
	put_text(w, S("name"), b->name);
	put_text(w, S("variant"), variant);
	json_key(w, S("default"));
	json_bool(w, str_eq(variant, b->variants[0]));
	json_key(w, S("variants"));
	json_array(w);
	for (size_t i = 0; i < BEHAVIOUR_VARIANTS && b->variants[i].n > 0; i++)
		json_str(w, b->variants[i]);
	json_array_end(w);
	put_text(w, S("text"), b->text);
	put_text(w, S("source"), b->source);
	json_object_end(w);
}

/* `variants` NULL: they are not known, `stopped` tells why. */
static bool list_json(struct program *p, const char *file, const struct str *variants,
		      const struct err *stopped, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	json_object(&w);
	json_key(&w, S("schemaVersion"));
	json_i64(&w, 1);
	put_text(&w, S("command"), S("org behaviours"));
	put_text(&w, S("organization"), str_from(file));
	json_key(&w, S("behaviours"));
	json_array(&w);
	for (size_t i = 0; variants && i < n; i++)
		put_behaviour(&w, &all[i], variants[i]);
	json_array_end(&w);
	if (!report_problems_json(&w, NULL, stopped, e))
		return false;
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

/* The chosen one first, the others behind it. */
static void print_variants(struct program *p, const struct behaviour *b, struct str variant)
{
	FILE *out = p->ui->out;

	for (size_t i = 0; i < BEHAVIOUR_VARIANTS && b->variants[i].n > 0; i++) {
		bool chosen = str_eq(b->variants[i], variant);

		fprintf(out, "%s%s%.*s%s%s", i > 0 ? " | " : "",
			chosen ? ui_color(p->ui, UI_BOLD) : "", STR_ARG(b->variants[i]),
			i == 0 ? " (default)" : "", chosen ? ui_color(p->ui, UI_PLAIN) : "");
	}
}

static void list_text(struct program *p, const struct str *variants)
{
	FILE *out = p->ui->out;
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%-26.*s %-16.*s %.*s (%.*s)\n%43s ", STR_ARG(all[i].name),
			STR_ARG(variants[i]), STR_ARG(all[i].text), STR_ARG(all[i].source), "");
		print_variants(p, &all[i], variants[i]);
		fputc('\n', out);
	}
}

static bool choose(struct program *p, const struct behaviours_values *v, struct str **variants,
		   struct err *e)
{
	struct behaviour_change *changes;

	if (str_starts(str_from(v->file), S("local:")))
		return err_set(e, ERR_USAGE, "%s: give the file alone, without local:", v->file);
	if (!read_changes(p, &v->set, &changes, e))
		return false;
	if ((v->set.n > 0 || v->all) &&
	    !behaviours_change(v->file, whole_of(v->all), changes, v->set.n, e))
		return false;
	return behaviours_list(v->file, p->arena, variants, e);
}

static bool behaviours_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct behaviours_values *v = values;
	struct str *variants = NULL;
	struct err second;

	*status = 0;
	if (!choose(p, v, &variants, e)) {
		if (v->json && report_has_document(e) && !list_json(p, v->file, NULL, e, &second))
			*e = second;
		return false;
	}
	if (v->json)
		return list_json(p, v->file, variants, NULL, e);
	if (!v->common.quiet)
		list_text(p, variants);
	return true;
}

static const struct operand behaviours_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct behaviours_values, file),
	  .help = "the organization's file" },
};

static const struct opt behaviours_opts[] = {
	{ .name = "set",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct behaviours_values, set),
	  .argument = "NAME=VARIANT",
	  .help = "choose a variant: one of the list, off, or on; may be given several times" },
	{ .name = "all",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct behaviours_values, all),
	  .argument = "WORD",
	  .words = all_words,
	  .help = "all that can be off: off, or on again; or everything as in a new organization" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct behaviours_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example behaviours_examples[] = {
	{ "ferry org behaviours a.db", "everything that may be otherwise, and how it is here" },
	{ "ferry org behaviours a.db --set queue-contract=orphan", "another variant" },
	{ "ferry org behaviours a.db --all off", "rows are written as they are told" },
};

const struct command command_org_behaviours = {
	.name = "org behaviours",
	.summary = "list and choose what a local organization does by itself",
	.text = "A local organization does to rows what the platform's own plug-ins do: a queue makes its contract, a "
		"workstream gets templates a moment after it was created, a survey question makes a context "
		"variable. Where it is not known what the platform does, each plausible answer is a variant; the "
		"default is the one that makes an import harder. This lists all of them, and changes them before "
		"it lists.\n\n"
		"It works while the organization is being served, too: the next request follows the new choice.",
	.examples = behaviours_examples,
	.nexamples = COUNT_OF(behaviours_examples),
	.syntax = { .opts = behaviours_opts,
		    .nopts = COUNT_OF(behaviours_opts),
		    .operands = behaviours_operands,
		    .noperands = COUNT_OF(behaviours_operands) },
	.size = sizeof(struct behaviours_values),
	.run = behaviours_run,
};
