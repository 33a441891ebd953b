/* SPDX-License-Identifier: MIT */
/*
 * Rows, URLs and errors as the Web API writes them. A row's members come in any order and with
 * annotations before or behind what they annotate, so reading first finds every member's place, then
 * converts column by column. Writing first resolves every reference, so that a row that cannot be
 * written leaves nothing in a body that other rows share.
 */
#include "dv/odata.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"

#include "base/banned.h"

void odata_row_url(struct buf *out, const struct table *t, struct guid id)
{
	char text[GUID_TEXT_SIZE];
	url_encode(out, t->entity_set);
	buf_add_char(out, '(');
	buf_add(out, guid_format(id, text));
	buf_add_char(out, ')');
}

void odata_fetch_url(struct buf *out, const struct table *t, struct str fetchxml)
{
	url_encode(out, t->entity_set);
	buf_add(out, S("?fetchXml="));
	url_encode(out, fetchxml);
}

/* "9.2/queues" gives "queues"; *rest is untouched when it does not start with a version. */
static bool skip_version(struct str *rest)
{
	size_t i = 0;
	while (i < rest->n && ((rest->p[i] >= '0' && rest->p[i] <= '9') || rest->p[i] == '.'))
		i++;
	if (i == 0 || (i < rest->n && rest->p[i] != '/'))
		return false;
	*rest = str_skip(*rest, i + 1);
	return true;
}

/* The length of "https://" and the like at the start; 0 when there is none: a key may hold a URL. */
static size_t scheme_length(struct str target)
{
	size_t n = str_find(target, S("://"));
	if (n == STR_NONE || n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if ((target.p[i] | 0x20) < 'a' || (target.p[i] | 0x20) > 'z')
			return 0;
	}
	return n + 3;
}

bool odata_below_root(struct str link, struct str *below)
{
	struct str root = S("/api/data/v");
	struct str path = link;
	size_t scheme = scheme_length(link);

	if (scheme > 0) {
		path = str_skip(link, scheme);
		size_t slash = str_find_char(path, '/');
		path = slash == STR_NONE ? (struct str){ 0 } : str_skip(path, slash);
	} else if (link.n > 0 && link.p[0] != '/') {
		*below = link;
		return true;
	}

	struct str rest = str_skip(path, root.n);

	if (!str_eq_ascii_nocase(str_sub(path, 0, root.n), root) || !skip_version(&rest))
		return false;
	*below = rest;
	return true;
}

/* Where the members of one column are. */
struct found {
	const struct json *value;
	const struct json *table; /* of a lookup */
	const struct json *name;  /* what is shown for a lookup; the name of a file */
};

struct row_reader {
	const struct table *t;
	uint32_t *places; /* by position in the table: 1 + index into found; 0: not asked for */
	struct found *found;
	const struct json *id;
	const struct json *etag;
};

static struct row_reader row_reader_make(struct arena *a, const struct table *t,
					 const struct column *const *columns, size_t n)
{
	struct row_reader r = { .t = t };
	r.places = arena_array(a, uint32_t, t->ncolumns);
	r.found = arena_array(a, struct found, n);
	for (size_t i = 0; i < n; i++) {
		size_t place = (size_t)(columns[i] - t->columns);
		assert(place < t->ncolumns && r.places[place] == 0);
		r.places[place] = (uint32_t)i + 1;
	}
	return r;
}

/* NULL when the column is not asked for. */
static struct found *found_for(const struct row_reader *r, const struct column *c)
{
	uint32_t place = c ? r->places[c - r->t->columns] : 0;
	return place > 0 ? &r->found[place - 1] : NULL;
}

/* "_x_value" gives "x"; any other name the empty slice. */
static struct str lookup_name(struct str property)
{
	if (!str_starts(property, S("_")) || !str_ends(property, S("_value")) || property.n < 8)
		return (struct str){ 0 };
	return str_sub(property, 1, property.n - 7);
}

static void find_annotation(struct row_reader *r, struct str property, struct str annotation,
			    const struct json *value)
{
	if (property.n == 0 && str_eq(annotation, S("odata.etag"))) {
		r->etag = value;
		return;
	}
	bool table = str_eq(annotation, S(ODATA_LOOKUP_TABLE));
	if (!table && !str_eq(annotation, S(ODATA_FORMATTED)))
		return;
	struct str name = lookup_name(property);
	struct found *f = name.n > 0 ? found_for(r, table_column(r->t, name)) : NULL;
	if (f && table)
		f->table = value;
	else if (f)
		f->name = value;
}

/* The name of a file column's file stands in <column>_name. */
static void find_file_name(struct row_reader *r, struct str property, const struct json *value)
{
	if (!str_ends(property, S("_name")))
		return;
	const struct column *c = table_column(r->t, str_sub(property, 0, property.n - 5));
	struct found *f = c && c->type == COLUMN_FILE ? found_for(r, c) : NULL;
	if (f)
		f->name = value;
}

static void find_member(struct row_reader *r, const struct json_member *m)
{
	size_t at = str_find_char(m->name, '@');
	if (at != STR_NONE) {
		find_annotation(r, str_sub(m->name, 0, at), str_skip(m->name, at + 1), &m->value);
		return;
	}
	if (str_eq(m->name, r->t->primary_id))
		r->id = &m->value;
	struct str lookup = lookup_name(m->name);
	const struct column *c = table_column(r->t, lookup.n > 0 ? lookup : m->name);
	find_file_name(r, m->name, &m->value);
	if (!c)
		return;
	/* A lookup's own name is its navigation property, which holds a row, not a value. */
	struct found *f = column_is_lookup(c) == (lookup.n > 0) ? found_for(r, c) : NULL;
	if (f)
		f->value = &m->value;
}

static struct str text_of(struct arena *a, const struct json *v)
{
	return v && v->kind == JSON_STRING ? str_dup(a, v->text) : (struct str){ 0 };
}

static bool read_column(struct arena *a, const struct column *c, const struct found *f,
			struct value *out, struct err *e)
{
	static const struct json null = { .kind = JSON_NULL };
	if (!value_from_json(a, c, f->value ? f->value : &null, out, e))
		return false;
	if (out->kind == VALUE_REF)
		out->table = f->table || c->ntargets != 1 ? text_of(a, f->table) : c->targets[0];
	if (out->kind == VALUE_REF || (out->kind == VALUE_TEXT && c->type == COLUMN_FILE))
		out->name = text_of(a, f->name);
	return true;
}

static bool read_id(const struct table *t, const struct json *v, struct guid *out, struct err *e)
{
	if (!v)
		return err_set(e, ERR_INPUT, "a row of %.*s came without %.*s", STR_ARG(t->name),
			       STR_ARG(t->primary_id));
	if (v->kind != JSON_STRING || !guid_parse(v->text, out))
		return err_set(e, ERR_INPUT, "a row of %.*s: %.*s is not a GUID", STR_ARG(t->name),
			       STR_ARG(t->primary_id));
	return true;
}

bool odata_row_read(struct arena *a, const struct table *t, const struct column *const *columns,
		    size_t n, const struct json *row, struct guid *id, struct str *etag,
		    struct value *values, struct err *e)
{
	if (row->kind != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "a row of %.*s is not an object", STR_ARG(t->name));
	struct row_reader r = row_reader_make(a, t, columns, n);
	for (size_t i = 0; i < row->n; i++)
		find_member(&r, &row->members[i]);
	struct guid row_id;
	if (!read_id(t, r.id, &row_id, e))
		return false;
	struct value *read = arena_array(a, struct value, n);
	for (size_t i = 0; i < n; i++) {
		char text[GUID_TEXT_SIZE];
		if (!read_column(a, columns[i], &r.found[i], &read[i], e))
			return err_wrap(e, "%.*s %.*s: %.*s", STR_ARG(t->name),
					STR_ARG(guid_format(row_id, text)),
					STR_ARG(columns[i]->name));
	}
	*id = row_id;
	*etag = text_of(a, r.etag);
	if (n > 0)
		memcpy(values, read, n * sizeof(*values));
	return true;
}

/* How a lookup is written. */
struct bind {
	struct str navigation;
	struct str entity_set; /* empty for null */
	struct guid id;
};

static bool resolve_null(const struct table *t, const struct column *c, struct bind *out,
			 struct err *e)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		if (str_eq(t->many_to_one[i].column, c->name)) {
			*out = (struct bind){ .navigation = t->many_to_one[i].navigation };
			return true;
		}
	}
	return err_set(e, ERR_INPUT, "%.*s.%.*s: no relationship of the table uses this column",
		       STR_ARG(t->name), STR_ARG(c->name));
}

static bool resolve_target(struct catalog *catalog, const struct table *t, const struct column *c,
			   struct str target, struct bind *out, struct err *e)
{
	const struct many_to_one *relationship = table_lookup(t, c->name, target);
	if (!relationship)
		return err_set(e, ERR_INPUT, "%.*s.%.*s: no relationship leads to table %.*s",
			       STR_ARG(t->name), STR_ARG(c->name), STR_ARG(target));
	const struct table *there;
	if (!catalog_get(catalog, target, &there, e))
		return err_wrap(e, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(c->name));
	if (!there)
		return err_set(e, ERR_INPUT, "%.*s.%.*s: the environment has no table %.*s",
			       STR_ARG(t->name), STR_ARG(c->name), STR_ARG(target));
	if (there->entity_set.n == 0)
		return err_set(e, ERR_INPUT, "%.*s.%.*s: table %.*s has no entity set to bind to",
			       STR_ARG(t->name), STR_ARG(c->name), STR_ARG(target));
	out->navigation = relationship->navigation;
	out->entity_set = there->entity_set;
	return true;
}

static bool resolve(struct catalog *catalog, const struct table *t, const struct column *c,
		    const struct value *v, struct bind *out, struct err *e)
{
	if (v->kind == VALUE_NULL)
		return resolve_null(t, c, out, e);
	struct bind b;
	if (!guid_parse(v->text, &b.id))
		return err_set(e, ERR_INPUT, "%.*s.%.*s: \"%.*s\" is not a GUID", STR_ARG(t->name),
			       STR_ARG(c->name), STR_ARG(v->text));
	struct str target = v->table;
	if (target.n == 0 && c->ntargets == 1)
		target = c->targets[0];
	if (target.n == 0)
		return err_set(e, ERR_INPUT,
			       "%.*s.%.*s: which table %.*s belongs to is not told, and the "
			       "lookup has %zu targets",
			       STR_ARG(t->name), STR_ARG(c->name), STR_ARG(v->text), c->ntargets);
	if (!resolve_target(catalog, t, c, target, &b, e))
		return false;
	*out = b;
	return true;
}

static void write_bind(struct json_writer *w, const struct bind *b)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	buf_add(&text, b->navigation);
	buf_add(&text, S("@odata.bind"));
	json_key(w, buf_str(&text));
	if (b->entity_set.n == 0) {
		json_null(w);
		return;
	}
	char id[GUID_TEXT_SIZE];
	buf_clear(&text);
	buf_add_char(&text, '/');
	url_encode(&text, b->entity_set);
	buf_add_fmt(&text, "(%.*s)", STR_ARG(guid_format(b->id, id)));
	json_str(w, buf_str(&text));
}

static void write_plain(struct json_writer *w, const struct column *c, const struct value *v)
{
	json_key(w, c->name);
	if (v->kind == VALUE_NULL)
		json_null(w);
	else
		value_to_json(w, c, v);
}

bool odata_members_write(struct json_writer *w, struct catalog *catalog, const struct table *t,
			 const struct column *const *columns, const struct value *values, size_t n,
			 struct err *e)
{
	struct bind b;
	for (size_t i = 0; i < n; i++) {
		/* parties: dv/odata_parties.h */
		if (values[i].kind == VALUE_ABSENT || columns[i]->type == COLUMN_PARTYLIST)
			continue;
		if (!column_is_lookup(columns[i])) {
			write_plain(w, columns[i], &values[i]);
			continue;
		}
		if (!resolve(catalog, t, columns[i], &values[i], &b, e))
			return false;
		write_bind(w, &b);
	}
	return true;
}

bool odata_row_write(struct json_writer *w, struct catalog *catalog, const struct table *t,
		     const struct guid *id, const struct column *const *columns,
		     const struct value *values, size_t n, struct err *e)
{
	struct bind b;
	for (size_t i = 0; i < n; i++) {
		if (values[i].kind != VALUE_ABSENT && column_is_lookup(columns[i]) &&
		    !resolve(catalog, t, columns[i], &values[i], &b, e))
			return false;
	}
	json_object(w);
	if (id) {
		char text[GUID_TEXT_SIZE];
		json_key(w, t->primary_id);
		json_str(w, guid_format(*id, text));
	}
	for (size_t i = 0; i < n; i++) {
		if (id && columns[i] == table_primary(t))
			continue;
		/* The catalog has the targets by now; only a bug could fail here. */
		bool written = odata_members_write(w, catalog, t, &columns[i], &values[i], 1, e);
		assert(written);
	}
	json_object_end(w);
	return true;
}

/* Messages quote input, cut at some byte: what is left of a character there becomes '?'. */
static void write_message(struct json_writer *w, struct str msg)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0, n; i < msg.n; i += n) {
		for (n = 1; n <= 4 && !str_is_utf8(str_sub(msg, i, n));)
			n++;
		if (n <= 4)
			buf_add(&b, str_sub(msg, i, n));
		else
			buf_add_char(&b, '?');
		n = n <= 4 ? n : 1;
	}
	json_str(w, buf_str(&b));
}

void odata_error_write(struct buf *out, const struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	char code[16];
	int length = snprintf(code, sizeof(code), e->code ? "0x%08x" : "0x%x", e->code);
	json_object(&w);
	json_key(&w, S("error"));
	json_object(&w);
	json_key(&w, S("code"));
	json_str(&w, str_of(code, (size_t)length));
	json_key(&w, S("message"));
	write_message(&w, str_from(e->msg));
	json_object_end(&w);
	json_object_end(&w);
	struct err full;
	if (!json_writer_finish(&w, &full))
		assert(out->full); /* which is for the caller to see */
}

static enum err_kind kind_of_status(int status)
{
	switch (status) {
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	case 405:
		return ERR_NOT_ALLOWED;
	case 412:
		return ERR_PRECONDITION;
	case 413:
		return ERR_TOO_LARGE;
	case 501:
		return ERR_UNSUPPORTED;
	default:
		return status >= 400 && status < 500 ? ERR_BAD_REQUEST : ERR_NETWORK;
	}
}

/* "0x80040217"; 0 for anything else, the empty code of old servers included. */
static uint32_t parse_code(struct str s)
{
	if ((!str_starts(s, S("0x")) && !str_starts(s, S("0X"))) || s.n < 3 || s.n > 10)
		return 0;
	uint32_t code = 0;
	for (size_t i = 2; i < s.n; i++) {
		char c = s.p[i];
		uint32_t digit;
		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A') + 10;
		else
			return 0;
		code = code << 4 | digit;
	}
	return code;
}

bool odata_error_read(int status, struct str body, struct err *e)
{
	enum err_kind kind = kind_of_status(status);
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct json answer;
	struct err ignored;
	const struct json *error = NULL;
	if (body.n > 0 && body.n <= LIMIT_JSON_ENVELOPE &&
	    json_parse(&scratch, body, "error", &answer, &ignored))
		error = json_get(&answer, S("error"));
	struct str message = json_text(error, S("message"));
	uint32_t code = parse_code(json_text(error, S("code")));
	if (message.n == 0)
		return err_set_code(e, kind, code, "HTTP %d without a Dataverse error body",
				    status);
	return err_set_code(e, kind, code, "%.*s", STR_ARG(message));
}
