/* SPDX-License-Identifier: MIT */
/*
 * Pictures are told apart by how their bytes begin; they are never decoded.
 */
#include "org/image.h"

#include <inttypes.h>

#include "base/codec.h"
#include "base/limits.h"
#include "org/code.h"
#include "org/files.h"

#include "base/banned.h"

/* .NET counts ticks from the year 1. */
#define TICKS_BEFORE_1970 INT64_C(621355968000000000)

struct str image_mime_type(struct str bytes)
{
	static const struct {
		struct str begin, type;
	} formats[] = {
		{ STR_INIT("\x89PNG\r\n\x1a\n"), STR_INIT("image/png") },
		{ STR_INIT("\xff\xd8\xff"), STR_INIT("image/jpeg") },
		{ STR_INIT("GIF87a"), STR_INIT("image/gif") },
		{ STR_INIT("GIF89a"), STR_INIT("image/gif") },
		{ STR_INIT("BM"), STR_INIT("image/bmp") },
		{ STR_INIT("II*\0"), STR_INIT("image/tiff") },
		{ STR_INIT("MM\0*"), STR_INIT("image/tiff") },
	};

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		if (str_starts(bytes, formats[i].begin))
			return formats[i].type;
	}
	return S("");
}

/* Tables of the platform name their primary image so. */
static bool is_primary(const struct table *t, const struct column *c)
{
	return c->primary_image || str_eq(t->primary_image, c->name) ||
	       str_eq(c->name, S("entityimage"));
}

static bool check_image(const struct row *row, const struct column *c, struct str bytes,
			struct err *e)
{
	size_t limit = c->max_kb > 0 ? (size_t)c->max_kb * 1024 : LIMIT_IMAGE;
	char id[GUID_TEXT_SIZE];

	guid_format(row->id, id);
	if (bytes.n > limit)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_IMAGE,
				    "error occured when processing image: the file is too big for "
				    "column %.*s of table %.*s, which takes %zu bytes: it has %zu",
				    STR_ARG(c->name), STR_ARG(row->table->name), limit, bytes.n);
	if (image_mime_type(bytes).n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_IMAGE,
				    "error occured when processing image: update image properties "
				    "failed for objectid: %s, logicalName: %.*s, attribute: %.*s "
				    "(it is no gif, jpeg, tiff, bmp or png)",
				    id, STR_ARG(row->table->name), STR_ARG(c->name));
	return true;
}

/* The place of a companion; NULL when the table does not have it. */
static struct value *companion(struct arena *a, const struct row *row, const struct column *c,
			       const char *suffix)
{
	return row_value(row, str_fmt(a, "%.*s%s", STR_ARG(c->name), suffix));
}

static void put(struct value *v, struct str text)
{
	if (!v)
		return;
	*v = (struct value){ .kind = text.n > 0 ? VALUE_TEXT : VALUE_NULL, .text = text };
}

static void put_companions(struct arena *a, const struct row *row, const struct column *c,
			   struct str id, struct str timestamp)
{
	struct str url = S("");

	if (id.n > 0)
		url = str_fmt(a,
			      "/Image/download.aspx?Entity=%.*s&Attribute=%.*s&Id=%.*s"
			      "&Timestamp=%.*s",
			      STR_ARG(row->table->name), STR_ARG(c->name), STR_ARG(id),
			      STR_ARG(timestamp));
	put(companion(a, row, c, "id"), id);
	put(companion(a, row, c, "_timestamp"), timestamp);
	put(companion(a, row, c, "_url"), url);
}

static bool keep_full(struct store *s, const struct row *row, const struct column *c,
		      struct str bytes, struct guid *id, struct err *e)
{
	struct file f = { .place = { row->table, row->id, c },
			  .name = c->name,
			  .mime_type = image_mime_type(bytes) };

	if (!files_begin(s, &f, e) || !files_append(s, &f, bytes, e) || !files_complete(s, &f, e))
		return false;
	*id = f.id;
	return true;
}

static bool settle(struct store *s, struct arena *a, struct row *row, const struct column *c,
		   struct err *e)
{
	struct value *v = &row->values[c - row->table->columns];
	struct file_place place = { row->table, row->id, c };
	struct guid id;
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_BODY);

	if (v->kind != VALUE_TEXT) {
		put_companions(a, row, c, S(""), S(""));
		return files_clear(s, &place, e);
	}
	if (!base64_decode(&bytes, v->text))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "column %.*s of table %.*s: an image is base64",
				    STR_ARG(c->name), STR_ARG(row->table->name));
	if (!check_image(row, c, buf_str(&bytes), e))
		return false;
	if (c->full_image ? !keep_full(s, row, c, buf_str(&bytes), &id, e)
			  : !files_clear(s, &place, e))
		return false;
	if (!c->full_image)
		id = guid_random(&s->rng);
	put_companions(a, row, c, guid_text(a, id),
		       str_fmt(a, "%" PRId64, TICKS_BEFORE_1970 + store_now(s).ticks));
	return true;
}

bool image_settle(struct store *s, struct arena *a, struct row *row, bool is_new, struct err *e)
{
	for (size_t i = 0; i < row->table->ncolumns; i++) {
		const struct column *c = &row->table->columns[i];
		const struct value *v = &row->values[i];

		if (c->type == COLUMN_FILE && v->kind == VALUE_TEXT)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "column %.*s of table %.*s: a file is uploaded to the "
					    "column itself, not told of in a row",
					    STR_ARG(c->name), STR_ARG(row->table->name));
		if (c->type != COLUMN_IMAGE || v->kind == VALUE_ABSENT ||
		    (is_new && v->kind == VALUE_NULL))
			continue;
		if (is_new && !is_primary(row->table, c))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_IMAGE_ON_CREATE,
					    "non-primary image attribute %.*s of entity %.*s is "
					    "not allowed to upload during Create operation",
					    STR_ARG(c->name), STR_ARG(row->table->name));
		if (!settle(s, a, row, c, e))
			return false;
	}
	return true;
}
