/* SPDX-License-Identifier: MIT */
/*
 * A command line out of values.
 */
#include "cli/opt.h"

#include "base/vec.h"

#include "base/banned.h"

struct words {
	struct arena *arena;
	VEC(struct str) list;
	bool any; /* always the last member: see VEC */
};

static void add(struct words *w, const struct opt *o, struct str value)
{
	*VEC_PUSH(w->arena, &w->list) = str_fmt(w->arena, "--%s=%.*s", o->name, STR_ARG(value));
}

static void add_option(struct words *w, const struct opt *o, const char *at)
{
	switch (o->kind) {
	case OPT_FLAG:
		if (*(const bool *)at)
			*VEC_PUSH(w->arena, &w->list) = str_fmt(w->arena, "--%s", o->name);
		break;
	case OPT_TEXT:
	case OPT_FILE:
	case OPT_ENVIRONMENT:
	case OPT_PROFILE:
	case OPT_WORD: {
		const char *value = *(const char *const *)(const void *)at;

		if (value)
			add(w, o, str_from(value));
		break;
	}
	case OPT_MAYBE: {
		const char *value = *(const char *const *)(const void *)at;

		if (value && *value)
			add(w, o, str_from(value));
		else if (value)
			*VEC_PUSH(w->arena, &w->list) = str_fmt(w->arena, "--%s", o->name);
		break;
	}
	case OPT_LIST: {
		const struct opt_list *list = (const void *)at;

		for (size_t i = 0; i < list->n; i++)
			add(w, o, str_from(list->items[i]));
		break;
	}
	case OPT_NUMBER: {
		const struct opt_number *number = (const void *)at;

		if (number->given)
			add(w, o, str_fmt(w->arena, "%llu", (unsigned long long)number->value));
		break;
	}
	case OPT_AUTO: {
		unsigned number = *(const unsigned *)(const void *)at;

		if (number > 0)
			add(w, o, str_fmt(w->arena, "%u", number));
		break;
	}
	}
}

static void add_operand(struct words *w, const struct operand *o, const char *at)
{
	const struct opt_list *list = (const void *)at;

	if (!o->many) {
		const char *value = *(const char *const *)(const void *)at;

		if (value)
			*VEC_PUSH(w->arena, &w->list) = str_from(value);
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		*VEC_PUSH(w->arena, &w->list) = str_from(list->items[i]);
}

size_t opt_words(struct arena *a, const struct syntax *s, const void *values, struct str **words)
{
	struct words w = { .arena = a };

	for (size_t i = 0; i < s->nopts; i++)
		add_option(&w, &s->opts[i], (const char *)values + s->opts[i].offset);
	*VEC_PUSH(a, &w.list) = S("--");
	for (size_t i = 0; i < s->noperands; i++)
		add_operand(&w, &s->operands[i], (const char *)values + s->operands[i].offset);
	*words = w.list.p;
	return w.list.n;
}
