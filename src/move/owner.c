/* SPDX-License-Identifier: MIT */
/*
 * Finding the owner of new rows.
 */
#include "move/owner.h"

#include "move/called.h"

#include "base/banned.h"

struct kind {
	const char *prefix;
	struct str table;
};
static const struct kind kinds[] = {
	{ "user:", STR_INIT("systemuser") },
	{ "team:", STR_INIT("team") },
};

/* One kind alone, if the text says so; the text behind it. */
static struct str without_prefix(struct str text, const struct kind **only)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct str prefix = str_from(kinds[i].prefix);

		if (!str_starts(text, prefix))
			continue;
		*only = &kinds[i];
		return str_trim(str_skip(text, prefix.n));
	}
	return text;
}

static struct str list(struct job *j, const struct called *found)
{
	struct str out = S("");

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (found[i].found.n > 0)
			out = str_fmt(j->arena, "%.*s%s%.*s %.*s", STR_ARG(out),
				      out.n > 0 ? ", " : "", STR_ARG(kinds[i].table),
				      STR_ARG(candidates_text(j->arena, &found[i].found)));
	return out;
}

static bool choose(struct job *j, struct str said, const struct called *found, struct err *e)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		n += found[i].found.n;
		at = found[i].found.n > 0 ? i : at;
	}
	if (n == 0)
		return err_set(
			e, ERR_USAGE,
			"--owner %.*s: the target has no user with that domain name, e-mail, name or id, "
			"and no team of that name",
			STR_ARG(str_sub(said, 0, 200)));
	if (n > 1)
		return err_set(e, ERR_USAGE,
			       "--owner %.*s: may be %.*s; say its id, or user: or team: in front",
			       STR_ARG(str_sub(said, 0, 200)), STR_ARG(list(j, found)));

	const struct candidates *c = &found[at].found;

	if (c->unfit && c->unfit->never)
		return err_set(e, ERR_USAGE, "--owner %.*s: %.*s is %.*s",
			       STR_ARG(str_sub(said, 0, 200)), STR_ARG(list(j, found)),
			       STR_ARG(c->unfit->called));
	j->owner = (struct value){ .kind = VALUE_REF,
				   .text = guid_text(j->arena, c->ids[0]),
				   .table = kinds[at].table,
				   .name = c->names[0] };
	return true;
}

bool owner_find(struct job *j, struct err *e)
{
	struct str names[COUNT_OF(kinds)], said = j->decisions.owner;
	struct called found[COUNT_OF(kinds)] = { 0 };
	const struct kind *only = NULL;

	if (said.n == 0)
		return true;
	struct str text = without_prefix(str_trim(said), &only);

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		names[i] = kinds[i].table;
	if (!read_definitions(&j->reader, j->catalog, names, COUNT_OF(names), e))
		return false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct table *t = catalog_find(j->catalog, names[i]);

		found[i].text = text;
		if (t && (!only || only == &kinds[i]) && !called_find(j, t, &found[i], 1, e))
			return false;
	}
	return choose(j, said, found, e);
}
