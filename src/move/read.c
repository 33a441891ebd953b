/* SPDX-License-Identifier: MIT */
/*
 * What a service tells about itself: who it is, its tables, how many rows they have.
 */
#include "move/read.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/definition.h"
#include "move/known_tables.h"
#include "move/read_request.h"

#include "base/banned.h"

static bool guid_member(const struct json *o, struct str name, struct guid *out, struct err *e)
{
	return guid_parse(json_text(o, name), out) ||
	       err_set(e, ERR_NETWORK, "WhoAmI: the answer has no %.*s", STR_ARG(name));
}

bool read_identity(struct reader *r, struct guid *organization, struct guid *user, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct guid org_id, user_id;
	struct json answer;

	if (!read_get_text(r, S("WhoAmI"), S(""), &body, e))
		return err_wrap(e, "asking %s who it is", r->service->label);
	if (!json_parse(&scratch, buf_str(&body), "WhoAmI", &answer, e)) {
		e->kind = ERR_NETWORK;
		return false;
	}
	if (!guid_member(&answer, S("OrganizationId"), &org_id, e) ||
	    !guid_member(&answer, S("UserId"), &user_id, e))
		return false;
	*organization = org_id;
	*user = user_id;
	return true;
}

/* Definitions on their way. */
struct defining {
	struct reader *reader;
	struct catalog *catalog;
	struct arena page;
	struct json_rows rows;
};

static bool take_definition(void *context, const struct json *row, struct err *e)
{
	struct defining *d = context;
	struct table *t = arena_new(d->catalog->arena, struct table);

	if (!definition_read(d->catalog->arena, row, t, e))
		return false;
	if (catalog_find(d->catalog, t->name))
		return true;
	catalog_put(d->catalog, t);
	if (d->reader->known)
		known_tables_add(d->reader->known, t);
	return true;
}

static void start_parser(void *context)
{
	struct defining *d = context;

	json_rows_release(&d->rows);
	arena_reset(&d->page);
	d->rows = json_rows_make(&d->page, "EntityDefinitions", take_definition, d);
}

static void defining_release(struct defining *d)
{
	json_rows_release(&d->rows);
	arena_release(&d->page);
}

static bool ask_definitions(struct reader *r, struct catalog *c, struct str url, struct err *e)
{
	DEFER(defining_release) struct defining d = { .reader = r,
						      .catalog = c,
						      .page = arena_make(0) };
	struct json envelope;

	start_parser(&d);
	return read_get(r, url, S(""), &d.rows.sink, start_parser, &d, e) &&
	       (json_rows_finish(&d.rows, &d.page, &envelope, e) || read_unreadable(e));
}

/* As many as one URL takes; how many that were. */
static bool ask_some_definitions(struct reader *r, struct catalog *c, const struct str *tables,
				 size_t n, size_t *asked, struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(0);

	definition_url(&url, tables, n);
	while (url.n > LIMIT_DEFINITIONS_URL && n > 1) {
		n = n / 2;
		buf_clear(&url);
		definition_url(&url, tables, n);
	}
	*asked = n;
	return ask_definitions(r, c, buf_str(&url), e);
}

/* What an earlier run was told. */
static bool remember(struct reader *r, struct catalog *c, struct str name)
{
	struct table *t = r->known ? known_tables_find(r->known, name) : NULL;

	if (t)
		catalog_put(c, t);
	return t != NULL;
}

bool read_definitions(struct reader *r, struct catalog *c, const struct str *tables, size_t n,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	VEC(struct str) lacking = { 0 };
	struct map seen = map_make(&scratch);

	for (size_t i = 0; i < n; i++) {
		uint32_t index = (uint32_t)i;
		if (tables[i].n > 0 && !catalog_find(c, tables[i]) &&
		    map_put(&seen, tables[i], &index) && !remember(r, c, tables[i]))
			*VEC_PUSH(&scratch, &lacking) = tables[i];
	}
	for (size_t at = 0, asked; at < lacking.n; at += asked)
		if (!ask_some_definitions(r, c, lacking.p + at, lacking.n - at, &asked, e))
			return err_wrap(e, "reading the tables of %s", r->service->label);
	return true;
}

static void counts_url(struct buf *out, const struct str *tables, size_t n)
{
	DEFER(buf_release) struct buf names = buf_make(LIMIT_URL);
	struct buf_sink sink = buf_sink_make(&names);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err full;

	json_array(&w);
	for (size_t i = 0; i < n; i++)
		json_str(&w, tables[i]);
	json_array_end(&w);
	if (!json_writer_finish(&w, &full))
		buf_clear(&names); /* too many names: the service will not tell */
	buf_add(out, S("RetrieveTotalRecordCount(EntityNames=@p1)?@p1="));
	url_encode(out, buf_str(&names));
}

static void take_counts(const struct json *answer, const struct str *tables, size_t n,
			uint64_t *counts)
{
	const struct json *collection = json_get(answer, S("EntityRecordCountCollection"));
	const struct json *keys = json_get(collection, S("Keys"));
	const struct json *values = json_get(collection, S("Values"));

	if (!keys || !values || keys->kind != JSON_ARRAY || values->kind != JSON_ARRAY)
		return;
	for (size_t i = 0; i < keys->n && i < values->n; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq(keys->items[i].text, tables[k]) &&
			    !str_parse_u64(values->items[i].text, &counts[k]))
				counts[k] = UINT64_MAX;
}

bool read_counts(struct reader *r, const struct str *tables, size_t n, uint64_t *counts,
		 struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	DEFER(buf_release) struct buf body = buf_make(LIMIT_JSON_ENVELOPE);
	struct json json;
	struct err why;
	bool told;

	for (size_t i = 0; i < n; i++)
		counts[i] = UINT64_MAX;
	counts_url(&url, tables, n);
	if (url.full)
		return true;
	if (!read_try_text(r, buf_str(&url), S(""), &body, &told, e))
		return false;
	if (told && json_parse(&scratch, buf_str(&body), "the numbers of rows", &json, &why))
		take_counts(&json, tables, n, counts);
	return true;
}
