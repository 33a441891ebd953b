/* SPDX-License-Identifier: MIT */
/*
 * The two forms of a file's cell, and the one place that knows what a package calls its bytes.
 */
#include "move/file_cell.h"

#include "base/guid.h"

#include "base/banned.h"

bool file_cell_is(const struct column *c)
{
	return c && (c->type == COLUMN_FILE || c->type == COLUMN_IMAGE);
}

const struct column *file_cell_asked(const struct table *t, const struct column *c)
{
	char name[256];
	const struct column *id;

	if (c->type != COLUMN_IMAGE || c->name.n + 2 > sizeof(name))
		return c;
	for (size_t i = 0; i < c->name.n; i++)
		name[i] = c->name.p[i];
	name[c->name.n] = 'i';
	name[c->name.n + 1] = 'd';
	id = table_column(t, str_of(name, c->name.n + 2));
	return id && id->read ? id : c;
}

void file_cell_set_raw(const struct column *c, struct value *v)
{
	struct guid id;

	if (value_is_empty(v))
		return;
	v->kind = VALUE_TEXT;
	v->table = (struct str){ 0 };
	/* where a table does not tell the image's id, its thumbnail came */
	if (c->type == COLUMN_IMAGE && !guid_parse(v->text, &id))
		v->text = S("image");
	if (c->type == COLUMN_IMAGE)
		v->name = (struct str){ 0 };
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

bool file_cell_is_told(const struct value *v)
{
	struct str text = v->text;

	if (v->kind != VALUE_TEXT || text.n < FILE_HASH_TEXT ||
	    !is_hex(str_sub(text, 0, FILE_HASH_TEXT)))
		return false;
	return text.n == FILE_HASH_TEXT || text.p[FILE_HASH_TEXT] == ' ';
}

bool file_cell_is_raw(const struct value *v)
{
	return !value_is_empty(v) && !file_cell_is_told(v);
}

struct value file_cell_make(struct arena *a, struct str hash, struct str name)
{
	struct str text =
		str_fmt(a, "%.*s%s%.*s", STR_ARG(hash), name.n > 0 ? " " : "", STR_ARG(name));

	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

struct str file_cell_hash(const struct value *v)
{
	return str_sub(v->text, 0, FILE_HASH_TEXT);
}

struct str file_cell_name(const struct value *v)
{
	return str_skip(v->text, v->text.n > FILE_HASH_TEXT ? FILE_HASH_TEXT + 1 : v->text.n);
}

/* RFC 9562, version 8: bits of our own choice. */
struct str file_cell_id(struct arena *a, struct str hash)
{
	return str_fmt(a, "%.*s-%.*s-8%.*s-a%.*s-%.*s", STR_ARG(str_sub(hash, 0, 8)),
		       STR_ARG(str_sub(hash, 8, 4)), STR_ARG(str_sub(hash, 12, 3)),
		       STR_ARG(str_sub(hash, 15, 3)), STR_ARG(str_sub(hash, 18, 12)));
}

struct str file_cell_entry(struct arena *a, struct str id)
{
	return str_fmt(a, "files/%.*s.bin", STR_ARG(id));
}
