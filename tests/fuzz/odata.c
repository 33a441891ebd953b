/* SPDX-License-Identifier: MIT */
/*
 * Query options. The first line is the name of one, the rest its value: read, or refused as the caller's
 * fault; what is read fits its limits.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "org/odata_apply.h"
#include "org/odata_options.h"
#include "org/skiptoken.h"

#include "base/banned.h"

/* Conditions of a filter, and how deep it is but for chains of one word. */
static unsigned count(const struct odata_expr *x, unsigned depth)
{
	unsigned n = 1;

	assert(depth <= 4 * (LIMIT_FILTER_DEPTH + LIMIT_CONDITIONS));
	assert(x->nvalues <= LIMIT_FILTER_VALUES);
	if (x->kind == EXPR_AND || x->kind == EXPR_OR)
		return count(x->left, depth + 1) + count(x->right, depth + 1);
	if (x->kind == EXPR_NOT)
		return count(x->left, depth + 1);
	if (x->left)
		n += count(x->left, depth + 1);
	assert(x->kind == EXPR_LITERAL || x->path.n > 0 || x->other.n > 0);
	return n;
}

static void look_at_filter(const struct odata_expr *filter)
{
	if (filter)
		assert(count(filter, 0) <= LIMIT_CONDITIONS);
}

static void look_at_options(struct arena *a, const struct odata_options *o, unsigned depth)
{
	assert(depth <= LIMIT_EXPAND_DEPTH && o->nselect <= LIMIT_SELECT);
	look_at_filter(o->filter);
	for (size_t i = 0; i < o->norders; i++)
		assert(o->orders[i].path.n > 0);
	for (size_t i = 0; i < o->nexpand; i++) {
		assert(o->expand[i].navigation.n > 0);
		look_at_options(a, &o->expand[i].options, depth + 1);
	}
}

static void expect_refusal(const struct err *e)
{
	assert(e->kind == ERR_BAD_REQUEST && e->code != 0);
}

static void read_apply(struct arena *a, struct str text, const struct url *u)
{
	struct odata_apply apply;
	struct err e;

	if (!odata_apply_read(a, text, u, &apply, &e))
		expect_refusal(&e);
	else
		look_at_filter(apply.filter);
}

static void read_token(struct arena *a, struct str text)
{
	struct skiptoken token;
	struct err e;

	if (!skiptoken_read(a, text, &token, &e))
		expect_refusal(&e);
	else
		assert(token.page > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);
	size_t line = str_find_char(text, '\n');
	struct str value = line == STR_NONE ? S("") : str_skip(text, line + 1);
	struct url_option options[] = {
		{ str_sub(text, 0, line), value },
		{ S("@p1"), S("name") },
		{ S("@p2"), S("'Contoso'") },
		{ S("@p3"), S("[\"1\",\"2\"]") },
	};
	struct url u = { .options = options, .noptions = COUNT_OF(options) };
	struct odata_options o;
	struct err e;

	if (value.n > LIMIT_URL || !str_is_utf8(text))
		return 0;
	read_apply(&a, value, &u);
	read_token(&a, value);
	if (!odata_options_read(&a, &u, &o, &e))
		expect_refusal(&e);
	else
		look_at_options(&a, &o, 0);
	return 0;
}
