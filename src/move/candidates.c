/* SPDX-License-Identifier: MIT */
/*
 * Candidates. A row may come more than once: for two questions, or when a page was asked for again.
 */
#include "move/candidates.h"

#include "base/banned.h"

void candidates_add(const struct candidates_of *of, struct candidates *c,
		    const struct read_row *row, const struct reference_key *own, size_t nown)
{
	const struct value *name =
		row_columns_find(&of->columns, row->values, of->table->primary_name);

	for (size_t i = 0; i < c->n && i < CANDIDATES_SHOWN; i++)
		if (guid_eq(c->ids[i], row->id))
			return;
	if (c->n == 0)
		c->unfit = row_unfit(of->known, &of->columns, row->values, own, nown);
	if (c->n < CANDIDATES_SHOWN) {
		c->ids[c->n] = row->id;
		c->names[c->n] = name && name->text.n > 0 ? str_dup(of->arena, name->text) : S("");
	}
	c->n++;
}

struct str candidates_text(struct arena *a, const struct candidates *c)
{
	struct str out = S("");
	size_t i = 0;

	for (; i < c->n && i < CANDIDATES_SHOWN; i++) {
		struct str name = str_sub(c->names[i], 0, 100);

		out = str_fmt(a, "%.*s%s%.*s%s%.*s%s", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(guid_text(a, c->ids[i])), name.n > 0 ? " \"" : "",
			      STR_ARG(name), name.n > 0 ? "\"" : "");
	}
	return i < c->n ? str_fmt(a, "%.*s, ...", STR_ARG(out)) : out;
}
