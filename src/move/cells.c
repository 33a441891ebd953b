/* SPDX-License-Identifier: MIT */
/*
 * Form 1: the number of values; then per value a byte of flags (the kind, and which of table and name
 * follow) and the slices that it has, each behind its length. Numbers have seven bits per byte, the lowest
 * first, the eighth says that more follow.
 */
#include "move/cells.h"

#include "base/banned.h"

#define KIND_MASK 0x03u
#define HAS_TABLE 0x04u
#define HAS_NAME 0x08u
#define ALL_FLAGS (KIND_MASK | HAS_TABLE | HAS_NAME)

static void put_number(struct buf *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		buf_add_char(out, (char)((n & 0x7f) | 0x80));
	buf_add_char(out, (char)n);
}

static void put_slice(struct buf *out, struct str s)
{
	put_number(out, s.n);
	buf_add(out, s);
}

void cells_pack(struct buf *out, const struct value *values, size_t n)
{
	put_number(out, n);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &values[i];
		unsigned flags = (unsigned)v->kind;

		if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL) {
			buf_add_char(out, (char)flags);
			continue;
		}
		flags |= v->table.n > 0 ? HAS_TABLE : 0;
		flags |= v->name.n > 0 ? HAS_NAME : 0;
		buf_add_char(out, (char)flags);
		put_slice(out, v->text);
		if (v->table.n > 0)
			put_slice(out, v->table);
		if (v->name.n > 0)
			put_slice(out, v->name);
	}
}

static bool take_number(struct str *rest, uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < rest->n && i < 9; i++) {
		uint8_t byte = (uint8_t)rest->p[i];

		n |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*rest = str_skip(*rest, i + 1);
		*out = n;
		return true;
	}
	return false;
}

static bool take_slice(struct str *rest, struct str *out)
{
	uint64_t n;

	if (!take_number(rest, &n) || n > rest->n)
		return false;
	*out = str_sub(*rest, 0, (size_t)n);
	*rest = str_skip(*rest, (size_t)n);
	return true;
}

static bool take_value(struct str *rest, struct value *v)
{
	*v = (struct value){ 0 };
	if (rest->n == 0 || ((uint8_t)rest->p[0] & ~ALL_FLAGS))
		return false;

	unsigned flags = (uint8_t)rest->p[0];

	*rest = str_skip(*rest, 1);
	v->kind = (enum value_kind)(flags & KIND_MASK);
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return true;
	return take_slice(rest, &v->text) &&
	       (!(flags & HAS_TABLE) || take_slice(rest, &v->table)) &&
	       (!(flags & HAS_NAME) || take_slice(rest, &v->name));
}

/* Every value takes a byte at least. */
bool cells_count(struct str blob, size_t *n, struct err *e)
{
	struct str rest = blob;
	uint64_t count;

	if (!take_number(&rest, &count) || count > rest.n)
		return err_set(e, ERR_INTERNAL, "run file: the cells of a row are damaged");
	*n = (size_t)count;
	return true;
}

/* Twice over the blob: what is damaged leaves the values as they were. */
bool cells_unpack(struct str blob, struct value *values, size_t n, struct err *e)
{
	struct str rest = blob;
	uint64_t count;

	if (!take_number(&rest, &count))
		return err_set(e, ERR_INTERNAL, "run file: the cells of a row are damaged");
	if (count != n)
		return err_set(e, ERR_INTERNAL, "run file: a row has %llu cells instead of %zu",
			       (unsigned long long)count, n);
	struct str start = rest;
	struct value v;
	for (size_t i = 0; i < n; i++)
		if (!take_value(&rest, &v))
			return err_set(e, ERR_INTERNAL, "run file: cell %zu of a row is damaged",
				       i);
	if (rest.n > 0)
		return err_set(e, ERR_INTERNAL, "run file: bytes behind the cells of a row");
	for (size_t i = 0; i < n; i++) {
		bool taken = take_value(&start, &values[i]);
		assert(taken);
	}
	return true;
}
