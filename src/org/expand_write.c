/* SPDX-License-Identifier: MIT */
/*
 * Writing what is expanded into one row: nothing here allocates per row.
 */
#include "org/expand.h"

#include "base/limits.h"
#include "dv/odata.h"
#include "org/cookie.h"
#include "org/expand_parts.h"
#include "org/skiptoken.h"

#include "base/banned.h"

/* Rows of an expanded collection that were written. */
struct page {
	uint32_t n;
	char first[GUID_TEXT_SIZE + 2], last[GUID_TEXT_SIZE + 2]; /* {id} */
};

static void write_reference(struct expand *x, struct json_writer *w, const struct table *t,
			    struct str id)
{
	struct buf *b = &x->scratch;

	buf_clear(b);
	buf_add(b, x->call->root);
	buf_add(b, t->entity_set);
	buf_add_char(b, '(');
	buf_add(b, id);
	buf_add_char(b, ')');
	json_object(w);
	json_key(w, S("@odata.id"));
	json_str(w, buf_str(b));
	json_object_end(w);
}

static void write_principal(struct expand *x, struct json_writer *w, struct str table,
			    struct str id)
{
	struct buf *b = &x->scratch;

	buf_clear(b);
	buf_add(b, S("#Microsoft.Dynamics.CRM."));
	buf_add(b, table);
	json_object(w);
	json_key(w, S("@odata.type"));
	json_str(w, buf_str(b));
	json_key(w, S("ownerid"));
	json_str(w, id);
	json_object_end(w);
}

/* The current row of the item's statement. */
static bool write_row(struct expand_item *item, struct json_writer *w, struct err *e)
{
	json_object(w);
	if (!cells_write(&item->cells, w, item->st, e))
		return false;
	json_object_end(w);
	return true;
}

static bool write_one(struct expand_item *item, struct json_writer *w, struct str id, struct err *e)
{
	bool row;

	stmt_bind_str(item->st, item->parameter, id);
	if (!stmt_step(item->st, &row, e))
		return false;
	if (!row) {
		json_null(w);
		return true;
	}
	if (!write_row(item, w, e))
		return false;
	stmt_reset(item->st);
	return true;
}

/* A lookup that points to another of its tables counts as null. */
static bool points_to(const struct expand_item *item, const struct stmt *row)
{
	return !stmt_is_null(row, item->at) &&
	       (item->type_at < 0 || item->form == EXPAND_PRINCIPAL ||
		str_eq(stmt_str(row, item->type_at), item->nav.target));
}

static bool write_lookup(struct expand *x, struct expand_item *item, struct json_writer *w,
			 const struct stmt *row, struct err *e)
{
	json_key(w, item->source->navigation);
	if (!points_to(item, row)) {
		json_null(w);
		return true;
	}

	struct str id = stmt_str(row, item->at);

	if (item->form == EXPAND_ONE)
		return write_one(item, w, id, e);
	if (item->form == EXPAND_REFERENCE && item->table) {
		write_reference(x, w, item->table, id);
		return true;
	}

	struct str table = item->type_at < 0 ? S("systemuser") : stmt_str(row, item->type_at);

	if (item->form == EXPAND_PRINCIPAL) {
		write_principal(x, w, table, id);
		return true;
	}

	const struct table *t;

	if (!store_table(x->call->store, table, &t, e))
		return false;
	if (t)
		write_reference(x, w, t, id);
	else
		json_null(w);
	return true;
}

static void remember(struct page *p, struct str id)
{
	char *texts[] = { p->n == 0 ? p->first : NULL, p->last };

	p->n++;
	for (size_t k = 0; k < COUNT_OF(texts); k++) {
		char *text = texts[k];

		if (!text)
			continue;
		text[0] = '{';
		for (size_t i = 0; i < id.n && i < GUID_TEXT_SIZE - 1; i++)
			text[i + 1] = id.p[i];
		text[GUID_TEXT_SIZE] = '}';
		text[GUID_TEXT_SIZE + 1] = '\0';
	}
}

static bool write_rows(struct expand_item *item, struct json_writer *w, struct str id,
		       struct page *p, struct err *e)
{
	stmt_bind_str(item->st, item->parameter, id);
	for (;;) {
		bool row;

		if (!stmt_step(item->st, &row, e))
			return false;
		if (!row || w->failed)
			break;
		remember(p, stmt_str(item->st, item->key_at));
		if (!write_row(item, w, e))
			return false;
	}
	stmt_reset(item->st);
	return true;
}

/* Where the rows behind the page begin; in the one form without a place, where all of them are. */
static void write_link(struct expand *x, struct expand_item *item, struct json_writer *w,
		       struct str id, const struct page *p)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf target = buf_make(0);
	DEFER(buf_release) struct buf inner = buf_make(0);
	struct buf *b = &x->scratch;

	buf_add(&target, x->table->entity_set);
	buf_add_char(&target, '(');
	buf_add(&target, id);
	buf_add_char(&target, ')');
	buf_add(&target, item->link_path);
	buf_clear(b);
	if (x->nested && x->page_size > 0 && p->n > 0) {
		struct cookie_column key = { .name = item->table->primary_id,
					     .first = str_from(p->first),
					     .last = str_from(p->last) };

		cookie_write(&inner, 1, &key, 1);
		skiptoken_link(b, x->call->root, buf_str(&target), 2,
			       expand_cookie(&scratch, buf_str(&inner), p->n));
	} else {
		buf_add(b, x->call->root);
		buf_add(b, buf_str(&target));
	}
	json_key(w, item->link_key);
	json_str(w, buf_str(b));
}

static bool write_collection(struct expand *x, struct expand_item *item, struct json_writer *w,
			     const struct stmt *row, struct err *e)
{
	struct str id = stmt_str(row, x->key_at);
	struct page p = { 0 };

	json_key(w, item->source->navigation);
	json_array(w);
	if (item->form == EXPAND_MANY && !write_rows(item, w, id, &p, e))
		return false;
	json_array_end(w);
	/* one row by its key has no links */
	if (x->of == EXPAND_SET)
		write_link(x, item, w, id, &p);
	return true;
}

static bool write_items(void *context, struct json_writer *w, const struct stmt *row, struct err *e)
{
	struct expand *x = context;

	for (size_t i = 0; i < x->n; i++) {
		struct expand_item *item = &x->items[i];
		bool lookup = item->nav.kind == NAVIGATION_LOOKUP;

		if (!(lookup ? write_lookup(x, item, w, row, e)
			     : write_collection(x, item, w, row, e)))
			return false;
	}
	return true;
}

struct row_hook expand_hook(struct expand *x)
{
	return x ? (struct row_hook){ write_items, x } : (struct row_hook){ 0 };
}
