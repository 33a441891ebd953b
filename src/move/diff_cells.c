/* SPDX-License-Identifier: MIT */
/*
 * A row's blob is that of move/cells.h; its first value is a text of four bytes per value that follows:
 * the columns' numbers, lowest byte first.
 */
#include "move/diff_cells.h"

#include <stdlib.h>

#include "base/datetime.h"
#include "base/decimal.h"
#include "dv/pretty.h"
#include "dv/value_form.h"
#include "move/cells.h"
#include "move/file_cell.h"

#include "base/banned.h"

#define NUMBER_SIZE ((size_t)4)

bool diff_is_raw(const struct value *v)
{
	return v->kind == VALUE_TEXT && str_eq(v->table, DIFF_RAW);
}

static int cmp_columns(const void *x, const void *y)
{
	const struct diff_value *a = x;
	const struct diff_value *b = y;

	return a->column < b->column ? -1 : a->column > b->column;
}

void diff_cells_pack(struct buf *out, struct arena *page, struct diff_value *values, size_t n)
{
	struct value *all = arena_array(page, struct value, n + 1);
	char *numbers = arena_array(page, char, n *NUMBER_SIZE);

	if (n > 0)
		qsort(values, n, sizeof(*values), cmp_columns);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < NUMBER_SIZE; k++)
			numbers[i * NUMBER_SIZE + k] = (char)(values[i].column >> (8 * k) & 0xff);
		all[i + 1] = values[i].value;
	}
	all[0] = (struct value){ .kind = VALUE_TEXT, .text = str_of(numbers, n * NUMBER_SIZE) };
	cells_pack(out, all, n + 1);
}

static uint32_t read_number(const char *p)
{
	uint32_t v = 0;

	for (size_t k = 0; k < NUMBER_SIZE; k++)
		v |= (uint32_t)(uint8_t)p[k] << (8 * k);
	return v;
}

bool diff_cells_unpack(struct str blob, struct arena *page, struct diff_value **values, size_t *n,
		       struct err *e)
{
	size_t count;

	if (!cells_count(blob, &count, e))
		return false;
	struct value *all = arena_array(page, struct value, count);

	if (!cells_unpack(blob, all, count, e))
		return false;
	if (count == 0 || all[0].text.n != (count - 1) * NUMBER_SIZE)
		return err_set(e, ERR_INTERNAL, "run file: the columns of a row are damaged");
	*n = count - 1;
	*values = arena_array(page, struct diff_value, *n);
	for (size_t i = 0; i < *n; i++)
		(*values)[i] = (struct diff_value){
			.column = read_number(all[0].text.p + i * NUMBER_SIZE),
			.value = all[i + 1],
		};
	return true;
}

static int cmp_strs(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

struct value diff_parties(struct arena *page, struct str *lines, size_t n)
{
	DEFER(buf_release) struct buf all = buf_make(0);

	if (n > 0)
		qsort(lines, n, sizeof(*lines), cmp_strs);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(lines[i], lines[i - 1]))
			buf_add(&all, lines[i]);
	return (struct value){ .kind = VALUE_TEXT, .text = str_dup(page, buf_str(&all)) };
}

static bool equal_decimal(struct arena *page, struct str x, struct str y)
{
	return decimal_parse(page, x, &x) && decimal_parse(page, y, &y) && decimal_cmp(x, y) == 0;
}

/* The platform keeps no fraction of a second. */
static bool equal_moment(struct str x, struct str y)
{
	enum moment_kind kind;
	struct datetime dx, dy;

	if (!form_moment_read(x, &dx, &kind) || !form_moment_read(y, &dy, &kind))
		return false;
	return dx.ticks - datetime_to_civil(dx).ticks == dy.ticks - datetime_to_civil(dy).ticks;
}

/* A reference to another table is another one, when both tell the table. */
static bool equal_reference(const struct value *x, const struct value *y)
{
	return str_eq(x->text, y->text) &&
	       (x->table.n == 0 || y->table.n == 0 || str_eq(x->table, y->table));
}

static bool is_file(const struct diff_column *c)
{
	return c->type[DIFF_OLD] == CMT_FILE || c->type[DIFF_NEW] == CMT_FILE ||
	       c->type[DIFF_OLD] == CMT_IMAGE || c->type[DIFF_NEW] == CMT_IMAGE;
}

static struct str file_name(const struct value *v)
{
	return file_cell_is_told(v) ? file_cell_name(v) : v->name;
}

/* Where the content of one is not there, it is enough that both have one. */
static bool equal_files(const struct value *x, const struct value *y)
{
	bool known = file_cell_is_told(x);
	struct str old = file_name(x);
	struct str new = file_name(y);

	if (old.n > 0 && new.n > 0 && !str_eq(old, new))
		return false;
	if (known && file_cell_is_told(y))
		return str_eq(file_cell_hash(x), file_cell_hash(y));
	return known != file_cell_is_told(y) || str_eq(x->text, y->text);
}

/* As values of the environment's column; what does not fit it is no value of it. */
static bool equal_there(struct arena *page, const struct diff_column *c, const struct value *old,
			const struct value *new)
{
	struct value x = *old;
	struct value y = *new;
	struct err unfit;

	return c->column && value_adapt(page, c->column, &x, &unfit) &&
	       value_adapt(page, c->column, &y, &unfit) && value_equal(c->column, &x, &y);
}

static bool equal_of_type(struct arena *page, enum cmt_type type, struct str x, struct str y)
{
	switch (type) {
	case CMT_STRING:
	case CMT_UNKNOWN:
		return pretty_equal(page, x, y);
	case CMT_DECIMAL:
	case CMT_MONEY:
	case CMT_FLOAT:
		return equal_decimal(page, x, y);
	case CMT_DATETIME:
		return equal_moment(x, y);
	case CMT_NUMBER:
	case CMT_BIGINT:
	case CMT_BOOL:
	case CMT_OPTION:
	case CMT_OPTIONS:
	case CMT_STATE:
	case CMT_STATUS:
	case CMT_REFERENCE:
	case CMT_OWNER:
	case CMT_PARTYLIST:
	case CMT_GUID:
	case CMT_IMAGE:
	case CMT_FILE:
		break;
	}
	return false;
}

bool diff_value_equal(struct arena *page, const struct diff_column *c, const struct value *old,
		      const struct value *new)
{
	struct str x = old->text;
	struct str y = new->text;

	if (diff_is_raw(old) || diff_is_raw(new))
		return diff_is_raw(old) == diff_is_raw(new) && str_eq(x, y);
	if (is_file(c))
		return equal_files(old, new);
	if (old->kind == VALUE_REF && new->kind == VALUE_REF)
		return equal_reference(old, new);
	if (str_eq(x, y))
		return true;
	if (c->type[DIFF_OLD] == c->type[DIFF_NEW] && equal_of_type(page, c->type[DIFF_OLD], x, y))
		return true;
	return equal_there(page, c, old, new);
}
