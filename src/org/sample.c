/* SPDX-License-Identifier: MIT */
/*
 * Samples: first every row gets its id, so that references may point forward; then it is known who the
 * organization, its root unit, its administrator and its currency are; then the rows are written, those
 * first that others take their defaults from; last, what lookups and links point to is checked.
 */
#include "org/sample.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/crud.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

/* Who the rows' owners and units are is read from the file while the rows are written. */
enum { STAGE_UNITS, STAGE_PRINCIPALS, STAGE_REST, STAGES };

struct entry {
	const char *where; /* for messages */
	const struct json *json;
	struct row row;
	int stage;
};

struct loading {
	struct store *store;
	struct arena *arena;
	struct str org_name;
	struct json *trees; /* one per text */
	const char *const *names;
	size_t n;
	VEC(struct entry) entries;
	struct map by_ref;
};

static bool fail(const char *where, const char *what, struct str name, struct err *e)
{
	return err_set(e, ERR_INPUT, "%s: %s \"%.*s\"", where, what, STR_ARG(name));
}

/* What stands between "${" and "}". */
static bool expand(const struct loading *l, const char *where, struct str name, struct buf *out,
		   struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	char text[GUID_TEXT_SIZE];
	struct str upper = S("|upper");
	bool is_upper = str_ends(name, upper);
	struct str ref = is_upper ? str_sub(name, 0, name.n - upper.n) : name;
	uint32_t index;

	if (str_eq(name, S("org.name"))) {
		buf_add(out, l->org_name);
		return true;
	}
	if (!map_get(&l->by_ref, ref, &index))
		return fail(where, "no row has the ref", ref, e);

	struct str id = guid_format(l->entries.p[index].row.id, text);

	for (size_t i = 0; i < id.n; i++) {
		bool is_letter = id.p[i] >= 'a' && id.p[i] <= 'f';

		buf_add_char(out, is_upper && is_letter ? (char)(id.p[i] - 'a' + 'A') : id.p[i]);
	}
	return true;
}

static bool resolve(const struct loading *l, const char *where, struct str text, struct str *out,
		    struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_PLAN_FILE);
	struct str rest = text;
	size_t at = str_find(rest, S("${"));

	if (at == STR_NONE) {
		*out = text;
		return true;
	}
	while (at != STR_NONE) {
		size_t end;

		buf_add(&b, str_sub(rest, 0, at));
		rest = str_skip(rest, at + 2);
		end = str_find_char(rest, '}');
		if (end == STR_NONE)
			return err_set(e, ERR_INPUT, "%s: \"${\" without \"}\"", where);
		if (!expand(l, where, str_sub(rest, 0, end), &b, e))
			return false;
		rest = str_skip(rest, end + 1);
		at = str_find(rest, S("${"));
	}
	buf_add(&b, rest);
	if (!buf_check(&b, where, e))
		return false;
	*out = str_dup(l->arena, buf_str(&b));
	return true;
}

static int stage_of(struct str table)
{
	static const struct {
		struct str table;
		int stage;
	} early[] = {
		{ STR_INIT("organization"), STAGE_UNITS },
		{ STR_INIT("businessunit"), STAGE_UNITS },
		{ STR_INIT("transactioncurrency"), STAGE_UNITS },
		{ STR_INIT("systemuser"), STAGE_PRINCIPALS },
		{ STR_INIT("team"), STAGE_PRINCIPALS },
	};

	for (size_t i = 0; i < COUNT_OF(early); i++) {
		if (str_eq(early[i].table, table))
			return early[i].stage;
	}
	return STAGE_REST;
}

static bool only_members(const char *where, const struct json *o, const struct str *allowed,
			 size_t n, struct err *e)
{
	for (size_t i = 0; i < o->n; i++) {
		bool known = false;

		for (size_t j = 0; j < n; j++)
			known |= str_eq(o->members[i].name, allowed[j]);
		if (!known)
			return fail(where, "it is not known what this means:", o->members[i].name,
				    e);
	}
	return true;
}

static bool read_id(struct loading *l, struct entry *en, struct guid *id, struct err *e)
{
	const struct json *v = json_get(en->json, S("id"));

	if (!v) {
		*id = guid_random(&l->store->rng);
		return true;
	}
	if (v->kind != JSON_STRING || !guid_parse(v->text, id))
		return err_set(e, ERR_INPUT, "%s: \"id\" is not a GUID", en->where);
	return true;
}

static bool read_entry(struct loading *l, const char *name, size_t i, const struct json *v,
		       struct err *e)
{
	static const struct str members[] = { STR_INIT("table"), STR_INIT("ref"), STR_INIT("id"),
					      STR_INIT("values") };
	struct entry *en = VEC_PUSH(l->arena, &l->entries);
	uint32_t index = (uint32_t)(l->entries.n - 1);
	struct str ref = json_text(v, S("ref"));
	struct str table = json_text(v, S("table"));
	const struct json *values = json_get(v, S("values"));
	const struct table *t;
	struct guid id;

	en->where = str_cstr(l->arena, str_fmt(l->arena, "%s: rows[%zu] (%.*s)", name, i,
					       STR_ARG(ref.n > 0 ? ref : table)));
	en->json = v;
	if (v->kind != JSON_OBJECT || (values && values->kind != JSON_OBJECT))
		return err_set(e, ERR_INPUT, "%s: a row and its values are objects", en->where);
	if (!only_members(en->where, v, members, COUNT_OF(members), e) ||
	    !store_table(l->store, table, &t, e) || !read_id(l, en, &id, e))
		return false;
	if (!t || t->is_intersect)
		return fail(en->where, "there is no table", table, e);
	if (ref.n > 0 && !map_put(&l->by_ref, ref, &index))
		return err_set(e, ERR_INPUT, "%s: another row has this ref", en->where);
	en->row = row_make(l->arena, t, id);
	en->stage = stage_of(t->name);
	return true;
}

static bool read_texts(struct loading *l, const struct str *texts, struct err *e)
{
	static const struct str members[] = { STR_INIT("rows"), STR_INIT("links"),
					      STR_INIT("grants") };

	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->names[i];
		const struct json *rows;

		if (!json_parse(l->arena, texts[i], name, &l->trees[i], e) ||
		    !only_members(name, &l->trees[i], members, COUNT_OF(members), e))
			return false;
		rows = json_get(&l->trees[i], S("rows"));
		if (l->trees[i].kind != JSON_OBJECT || (rows && rows->kind != JSON_ARRAY))
			return err_set(e, ERR_INPUT, "%s: is not an object with an array of rows",
				       name);
		for (size_t j = 0; rows && j < rows->n; j++) {
			if (!read_entry(l, name, j, &rows->items[j], e))
				return false;
		}
	}
	return true;
}

static bool has_value(const struct entry *en, struct str column)
{
	const struct json *v = json_get(json_get(en->json, S("values")), column);

	return v && v->kind != JSON_NULL;
}

static void adopt(struct guid *place, const struct entry *en)
{
	if (guid_is_null(*place))
		*place = en->row.id;
}

/* Who is who, as far as the store does not know it yet. */
static void find_cornerstones(const struct loading *l)
{
	struct store *s = l->store;
	uint32_t index;

	if (map_get(&l->by_ref, S("user.admin"), &index)) {
		assert(index < l->entries.n);
		adopt(&s->admin, &l->entries.p[index]);
		s->caller = s->admin;
	}
	if (map_get(&l->by_ref, S("currency.base"), &index)) {
		assert(index < l->entries.n);
		adopt(&s->currency, &l->entries.p[index]);
	}
	for (size_t i = 0; i < l->entries.n; i++) {
		const struct entry *en = &l->entries.p[i];
		struct str table = en->row.table->name;

		if (str_eq(table, S("organization")))
			adopt(&s->organization, en);
		if (str_eq(table, S("businessunit")) && !has_value(en, S("parentbusinessunitid")))
			adopt(&s->root_unit, en);
		if (str_eq(table, S("transactioncurrency")))
			adopt(&s->currency, en);
	}
}

static bool read_lookup(const struct loading *l, const struct entry *en, const struct column *c,
			const struct json *v, struct value *out, struct err *e)
{
	const struct json *id = v->kind == JSON_OBJECT ? json_get(v, S("id")) : v;
	struct str table = json_text(v, S("table"));
	struct str text;

	if (v->kind == JSON_NULL) {
		*out = (struct value){ .kind = VALUE_NULL };
		return true;
	}
	if (table.n == 0 && c->ntargets == 1)
		table = c->targets[0];
	if (table.n == 0)
		return fail(
			en->where,
			"write {\"table\": ..., \"id\": ...} for what may point to several tables: "
			"column",
			c->name, e);
	if (!id || id->kind != JSON_STRING)
		return fail(en->where, "the id of a row has to stand in column", c->name, e);
	if (!resolve(l, en->where, id->text, &text, e))
		return false;
	*out = (struct value){ .kind = VALUE_REF, .text = text, .table = table };
	return true;
}

static bool read_plain(const struct loading *l, const struct entry *en, const struct column *c,
		       const struct json *v, struct value *out, struct err *e)
{
	struct json resolved = *v;
	struct err why;

	if (v->kind == JSON_STRING && !resolve(l, en->where, v->text, &resolved.text, e))
		return false;
	if (value_from_json(l->arena, c, &resolved, out, &why))
		return true;
	return err_set(e, ERR_INPUT, "%s: column %.*s: %s", en->where, STR_ARG(c->name), why.msg);
}

static bool read_value(const struct loading *l, struct entry *en, const struct json_member *m,
		       struct err *e)
{
	const struct table *t = en->row.table;
	const struct column *c = table_column(t, m->name);
	struct value value;
	struct err why;

	if (!c || !store_has_column(c))
		return fail(en->where, "its table has no column", m->name, e);
	if (str_eq(c->name, t->primary_id) || str_eq(c->name, S("versionnumber")))
		return fail(en->where, "among the values nobody sets column", c->name, e);
	if (column_is_lookup(c) ? !read_lookup(l, en, c, &m->value, &value, e)
				: !read_plain(l, en, c, &m->value, &value, e))
		return false;
	if (!value_adapt(l->arena, c, &value, &why))
		return err_set(e, ERR_INPUT, "%s: column %.*s: %s", en->where, STR_ARG(c->name),
			       why.msg);
	*row_value(&en->row, c->name) = value;
	return true;
}

/* Errors of the rules are those of a service; here the file is to blame. */
static bool blame(const char *where, struct err *e)
{
	if (e->kind != ERR_INTERNAL)
		e->kind = ERR_INPUT;
	return err_wrap(e, "%s", where);
}

static bool write_entry(const struct loading *l, struct entry *en, struct err *e)
{
	const struct json *values = json_get(en->json, S("values"));

	for (size_t i = 0; values && i < values->n; i++) {
		if (!read_value(l, en, &values->members[i], e))
			return false;
	}
	if (!rules_new_state(l->arena, &en->row, e) ||
	    !rules_fill_new(l->store, l->arena, &en->row, e) ||
	    !rules_required(&en->row, true, e) || !row_insert(l->store, &en->row, e))
		return blame(en->where, e);
	return true;
}

static bool row_of_json(const struct loading *l, const char *where, const struct json *v,
			struct guid *id, struct err *e)
{
	struct str text;

	if (!v || v->kind != JSON_STRING)
		return err_set(e, ERR_INPUT, "%s: \"from\" and \"to\" are ids of rows", where);
	if (!resolve(l, where, v->text, &text, e))
		return false;
	if (!guid_parse(text, id))
		return err_set(e, ERR_INPUT, "%s: \"%.*s\" is not a GUID", where, STR_ARG(text));
	return true;
}

static bool write_link(const struct loading *l, const char *where, const struct json *v,
		       struct err *e)
{
	struct str name = json_text(v, S("relationship"));
	const struct json *to = json_get(v, S("to"));
	const struct many_to_many *mm;
	struct guid id1, id2;

	if (!store_relationship(l->store, name, &mm, e))
		return false;
	if (!mm)
		return fail(where, "there is no N:N relationship", name, e);
	if (!to || to->kind != JSON_ARRAY)
		return err_set(e, ERR_INPUT, "%s: \"to\" is not an array", where);
	if (!row_of_json(l, where, json_get(v, S("from")), &id1, e))
		return false;
	for (size_t i = 0; i < to->n; i++) {
		if (!row_of_json(l, where, &to->items[i], &id2, e))
			return false;
		if (!crud_link(l->store, l->arena, mm, id1, id2, e))
			return blame(where, e);
	}
	return true;
}

static bool write_links(const struct loading *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct json *links = json_get(&l->trees[i], S("links"));

		if (links && links->kind != JSON_ARRAY)
			return err_set(e, ERR_INPUT, "%s: \"links\" is not an array", l->names[i]);
		for (size_t j = 0; links && j < links->n; j++) {
			struct str where = str_fmt(l->arena, "%s: links[%zu]", l->names[i], j);

			if (!write_link(l, str_cstr(l->arena, where), &links->items[j], e))
				return false;
		}
	}
	return true;
}

static bool write_all(const struct loading *l, struct err *e)
{
	for (int stage = 0; stage < STAGES; stage++) {
		for (size_t i = 0; i < l->entries.n; i++) {
			struct entry *en = &l->entries.p[i];

			if (en->stage == stage && !write_entry(l, en, e))
				return false;
		}
	}
	for (size_t i = 0; i < l->entries.n; i++) {
		const struct entry *en = &l->entries.p[i];

		if (!rules_references(l->store, &en->row, e))
			return blame(en->where, e);
	}
	return write_links(l, e);
}

bool sample_load(struct store *s, const struct str *texts, const char *const *names, size_t n,
		 struct str org_name, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct loading l = { .store = s,
			     .arena = &scratch,
			     .org_name = org_name,
			     .trees = arena_array(&scratch, struct json, n),
			     .names = names,
			     .n = n,
			     .by_ref = map_make(&scratch) };

	if (!read_texts(&l, texts, e))
		return false;
	find_cornerstones(&l);
	if (!db_begin(s->db, e))
		return false;
	if (write_all(&l, e) && db_commit(s->db, e))
		return true;
	db_rollback(s->db);
	return false;
}
