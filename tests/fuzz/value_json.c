/* SPDX-License-Identifier: MIT */
/*
 * A JSON value as a value of columns of each type. What is written from a value that was read gives the same
 * value again; and a value that fits its column fits it a second time.
 */
#include "fuzz.h"

#include "dv/value.h"

#include "base/banned.h"

static struct option options[] = { { .value = 0 }, { .value = 1 }, { .value = 192350000 } };
static struct str targets[] = { STR_INIT("account"), STR_INIT("contact") };

/* Decimals may be larger than the integers that our JSON takes. */
static bool is_too_large(const struct column *c, struct str text)
{
	int64_t ignored;

	return (c->type == COLUMN_DECIMAL || c->type == COLUMN_MONEY) &&
	       str_find_char(text, '.') == STR_NONE && !str_parse_i64(text, &ignored);
}

static struct json through_json(struct arena *a, const struct column *c, const struct value *v)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct json tree = { 0 };
	struct err e;

	value_to_json(&w, c, v);
	bool written = json_writer_finish(&w, &e) &&
		       json_parse(a, str_dup(a, buf_str(&out)), "value", &tree, &e);

	assert(written);
	return tree;
}

static void check_same(const struct value *a, const struct value *b)
{
	assert(a->kind == b->kind);
	fuzz_check_same(a->text, b->text);
}

static void check_adapt(struct arena *a, const struct column *c, struct value v)
{
	struct err e;

	if (!value_adapt(a, c, &v, &e))
		return;
	struct value twice = v;
	bool fits = value_adapt(a, c, &twice, &e);

	assert(fits);
	check_same(&v, &twice);
	assert(value_equal(c, &v, &twice));
}

static void check_column(struct arena *a, const struct column *c, const struct json *tree)
{
	struct value first, second;
	struct err e;

	if (!value_from_json(a, c, tree, &first, &e)) {
		assert(e.kind == ERR_INPUT);
		return;
	}
	if (first.kind == VALUE_NULL || first.kind == VALUE_ABSENT || is_too_large(c, first.text))
		return;
	struct json again = through_json(a, c, &first);
	bool read = value_from_json(a, c, &again, &second, &e);

	assert(read);
	check_same(&first, &second);
	check_adapt(a, c, first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct json tree;
	struct err e;

	if (!json_parse(&a, fuzz_text(data, size), "value", &tree, &e))
		return -1;
	for (enum column_type t = COLUMN_STRING; t <= COLUMN_VIRTUAL; t++) {
		struct column c = { .name = S("c"), .type = t, .precision = -1 };

		check_column(&a, &c, &tree);
		c.behavior = DATE_ZONE_INDEPENDENT;
		c.max_length = 4;
		c.has_min = c.has_max = true;
		c.min = S("-10");
		c.max = S("1000000000");
		c.precision = 2;
		c.options = options;
		c.noptions = COUNT_OF(options);
		c.targets = targets;
		c.ntargets = COUNT_OF(targets);
		check_column(&a, &c, &tree);
		c.behavior = DATE_ONLY;
		check_column(&a, &c, &tree);
	}
	return 0;
}
