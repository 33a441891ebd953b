/* SPDX-License-Identifier: MIT */
/*
 * Finding what the platform made, and planning its end. These are few, whatever the size of the run: they stand in memory.
 */
#include "move/undo_made.h"

#include "base/buf.h"
#include "base/limits.h"
#include "dv/schema.h"
#include "move/cells.h"
#include "move/pull.h"
#include "move/row.h"
#include "move/run_keep.h"
#include "move/watch.h"

#include "base/banned.h"

#define SYSTEM_NAME "SYSTEM" /* the full name of the platform's own user */

static bool take_user(void *context, const struct read_row *row, struct err *e)
{
	struct made_by *by = context;

	(void)e;
	if (by->n < COUNT_OF(by->users))
		by->users[by->n++] = row->id;
	return true;
}

bool made_by_ask(struct undoing *u, struct made_by *by, struct err *e)
{
	static const struct str users[] = { STR_INIT("systemuser") };
	struct str name = S(SYSTEM_NAME);
	struct fetch_condition condition = { .attribute = S("fullname"),
					     .op = FETCH_EQ,
					     .op_name = S("eq"),
					     .values = &name,
					     .nvalues = 1 };
	struct fetch_filter filter = { .conditions = &condition, .nconditions = 1 };
	struct fetch query = { .entity = { .table = users[0], .filters = &filter, .nfilters = 1 } };
	const struct table *t;
	const struct column *key;

	*by = (struct made_by){ .users = { u->of->head.target_user }, .n = 1 };
	if (!read_definitions(&u->j->reader, u->j->catalog, users, 1, e))
		return false;
	t = catalog_find(u->j->catalog, users[0]);
	key = t ? table_primary(t) : NULL;
	return !key || !table_column(t, condition.attribute) ||
	       read_rows(&u->j->reader, t, &query, &key, 1, take_user, by, e);
}

static bool is_by(const struct made_by *by, struct guid user)
{
	for (size_t i = 0; i < by->n; i++)
		if (guid_eq(by->users[i], user))
			return true;
	return false;
}

bool made_is(const struct undoing *u, const struct made_by *by, const struct attached_row *row)
{
	int64_t version = row_etag_version(row->version);

	if (row->pair || !is_by(by, row->creator))
		return false;
	/* a run that was never read back does not know when it ended: then only its own user's rows are left to go by */
	return u->of->head.version == 0 || (version > 0 && version <= u->of->head.version);
}

static struct str key_of(struct arena *a, struct str table, struct guid id)
{
	return str_fmt(a, "%.*s %.*s", STR_ARG(table), STR_ARG(guid_text(a, id)));
}

void made_add(struct undoing *u, struct made_rows *made, const struct made_row *row)
{
	struct arena *a = u->j->arena;
	uint32_t index = (uint32_t)made->rows.n;

	if (!map_put(&made->by_id, key_of(a, row->table, row->id), &index))
		return;

	struct made_row *kept = VEC_PUSH(a, &made->rows);

	*kept = *row;
	kept->table = str_dup(a, row->table);
	kept->column = row->column.n > 0 ? str_dup(a, row->column) : row->column;
	kept->of_table = str_dup(a, row->of_table);
}

struct made_row *made_find(struct made_rows *made, struct str table, struct guid id)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	uint32_t index;

	return map_get(&made->by_id, key_of(&a, table, id), &index) ? &made->rows.p[index] : NULL;
}

/* ---- what created rows point to ---- */

/* One lookup that nobody told. */
struct untold {
	struct str table;
	struct guid id;
	struct guid of;
	struct str of_created; /* empty: not asked, or not told */
};

struct asking {
	struct undoing *u;
	const struct made_by *by;
	struct made_rows *made;
	VEC(struct untold) untold; /* of one tab */
	struct str table;          /* that is asked about */
};

/* Tables whose rows every row points to, and that are never made along the way. */
static bool is_common(struct str table)
{
	static const struct str common[] = {
		STR_INIT("systemuser"),          STR_INIT("team"),
		STR_INIT("businessunit"),        STR_INIT("organization"),
		STR_INIT("transactioncurrency"),
	};

	for (size_t i = 0; i < COUNT_OF(common); i++)
		if (str_eq(common[i], table))
			return true;
	return false;
}

static bool is_new(struct asking *ask, struct str table, struct guid id, bool *yes, struct err *e)
{
	const struct undoing *u = ask->u;
	struct tab *t = tabs_find(&u->of->tabs, table);
	bool before = false, wanted = false;

	*yes = false;
	if (is_common(table))
		return true;
	if (t && (!run_has_row(u->of->run, SIDE_TARGET, t->number, id, &before, e) ||
		  !run_has_row(u->of->run, SIDE_WANTED, t->number, id, &wanted, e)))
		return false;
	*yes = !before && !wanted;
	return true;
}

static bool gather(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct asking *ask = context;
	struct undoing *u = ask->u;
	struct value *wanted = arena_array(u->j->page, struct value, u->t->ncolumns);
	struct run_row told;
	struct str how = { 0 };
	bool found, yes;

	if (!undo_marked(u, u->t, row->id, &how, e) || !str_eq(how, UNDO_DELETED))
		return how.n == 0 || !str_eq(how, UNDO_DELETED);
	if (!run_get_row(u->of->run, SIDE_WANTED, u->t->number, row->id, &told, &found, e) ||
	    (found && !cells_unpack(str_dup(u->j->page, told.cells), wanted, u->t->ncolumns, e)))
		return false;
	for (size_t i = 0; i < u->t->ncolumns; i++) {
		struct untold *untold;
		struct guid id;

		if (values[i].kind != VALUE_REF || !guid_parse(values[i].text, &id) ||
		    (found && !value_is_empty(&wanted[i])))
			continue;
		if (!is_new(ask, values[i].table, id, &yes, e))
			return false;
		if (!yes)
			continue;
		untold = VEC_PUSH(u->j->arena, &ask->untold);
		*untold = (struct untold){ .table = str_dup(u->j->arena, values[i].table),
					   .id = id,
					   .of = row->id };
	}
	return true;
}

/* What the run noticed while it verified. */
static bool gather_noticed(struct asking *ask, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct undoing *u = ask->u;
	struct run_made m;
	struct str how = { 0 };
	bool more, yes;

	if (!run_made(u->of->run, &c, e))
		return false;
	for (;;) {
		if (!run_next_made(&c, &m, &more, e))
			return false;
		if (!more)
			return true;
		if (m.tab != u->t->number)
			continue;
		if (!undo_marked(u, u->t, m.of, &how, e) || !is_new(ask, m.table, m.id, &yes, e))
			return false;
		if (yes && str_eq(how, UNDO_DELETED))
			*VEC_PUSH(u->j->arena, &ask->untold) = (struct untold){
				.table = str_dup(u->j->arena, m.table), .id = m.id, .of = m.of
			};
	}
}

static bool take_created(void *context, const struct read_row *row, struct err *e)
{
	struct asking *ask = context;

	(void)e;
	for (size_t i = 0; i < ask->untold.n; i++)
		if (guid_eq(ask->untold.p[i].of, row->id))
			ask->untold.p[i].of_created =
				str_dup(ask->u->j->arena, row->values[0].text);
	return true;
}

/* When and by whom, and whether a solution brought it. */
static bool take_pointed(void *context, const struct read_row *row, struct err *e)
{
	struct asking *ask = context;
	struct guid creator;

	(void)e;
	if (!guid_parse(row->values[1].text, &creator) || !is_by(ask->by, creator) ||
	    str_eq(row->values[2].text, S("1")))
		return true;
	for (size_t i = 0; i < ask->untold.n; i++) {
		const struct untold *untold = &ask->untold.p[i];
		struct made_row made = { .table = untold->table,
					 .id = untold->id,
					 .of_table = ask->u->t->table->name,
					 .of = untold->of };

		/* ISO 8601 in UTC orders as text */
		if (guid_eq(untold->id, row->id) && str_eq(untold->table, ask->table) &&
		    untold->of_created.n > 0 &&
		    str_cmp(row->values[0].text, untold->of_created) >= 0)
			made_add(ask->u, ask->made, &made);
	}
	return true;
}

static bool ask_created(struct asking *ask, struct err *e)
{
	const struct undoing *u = ask->u;
	const struct table *t = u->t->table;
	const struct column *column = table_column(t, S("createdon"));
	struct guid *ids = arena_array(u->j->page, struct guid, ask->untold.n);

	for (size_t i = 0; i < ask->untold.n; i++)
		ids[i] = ask->untold.p[i].of;
	return !column || read_rows_by_id(&u->j->reader, t, t->primary_id, ids, ask->untold.n,
					  &column, 1, take_created, ask, e);
}

static bool ask_table(struct asking *ask, struct str name, struct err *e)
{
	const struct undoing *u = ask->u;
	struct guid *ids = arena_array(u->j->page, struct guid, ask->untold.n);
	const struct table *t;
	const struct column *columns[3];
	size_t n = 0;

	if (!read_definitions(&u->j->reader, u->j->catalog, &name, 1, e))
		return false;
	t = catalog_find(u->j->catalog, name);
	if (!t)
		return true;
	columns[0] = table_column(t, S("createdon"));
	columns[1] = table_column(t, S("createdby"));
	columns[2] = table_column(t, S("ismanaged"));
	if (!columns[0] || !columns[1])
		return true;
	if (!columns[2] || !columns[2]->read)
		columns[2] = columns[1]; /* an id, which is never "1" */
	for (size_t i = 0; i < ask->untold.n; i++)
		if (str_eq(ask->untold.p[i].table, name))
			ids[n++] = ask->untold.p[i].id;
	ask->table = name;
	return read_rows_by_id(&u->j->reader, t, t->primary_id, ids, n, columns, COUNT_OF(columns),
			       take_pointed, ask, e);
}

static bool ask_tables(struct asking *ask, struct err *e)
{
	for (size_t i = 0; i < ask->untold.n; i++) {
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before = before || str_eq(ask->untold.p[k].table, ask->untold.p[i].table);
		if (!before && !ask_table(ask, ask->untold.p[i].table, e))
			return false;
	}
	return true;
}

bool made_pointed_to(struct undoing *u, const struct made_by *by, struct made_rows *made,
		     struct err *e)
{
	for (size_t i = 0; i < u->of->tabs.n; i++) {
		struct arena_mark mark = arena_mark(u->j->page);
		struct asking ask = { .u = u, .by = by, .made = made };

		u->t = &u->of->tabs.p[i];
		if (!job_each_values(u->of, SIDE_AFTER, u->t, gather, &ask, e) ||
		    !gather_noticed(&ask, e))
			return false;
		if (ask.untold.n > 0 && !(ask_created(&ask, e) && ask_tables(&ask, e)))
			return err_wrap(e, "what the platform made because of %.*s",
					STR_ARG(u->t->table->name));
		arena_rewind(u->j->page, mark);
	}
	return true;
}

/* ---- tables that the run watched ---- */

struct watching {
	struct asking ask;
	const struct watched *watched;
	const struct tab *t; /* of the watched table; NULL: the run has none */
	struct str since;    /* when the first row was created because of which one may be made */
	bool has_managed;
};

static bool take_first(void *context, const struct read_row *row, struct err *e)
{
	struct watching *w = context;
	struct str created = row->values[0].text;

	(void)e;
	if (created.n > 0 && (w->since.n == 0 || str_cmp(created, w->since) < 0))
		w->since = str_dup(w->ask.u->j->arena, created);
	return true;
}

static bool is_deleted(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	(void)context;
	(void)e;
	*yes = str_eq(row->version, UNDO_DELETED);
	return true;
}

static bool ask_first(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct watching *w = context;
	const struct undoing *u = w->ask.u;
	const struct table *t = u->t->table;
	const struct column *column = table_column(t, S("createdon"));

	return !column || read_rows_by_id(&u->j->reader, t, t->primary_id, ids, n, &column, 1,
					  take_first, w, e);
}

static bool take_watched(void *context, const struct read_row *row, struct err *e)
{
	struct watching *w = context;
	struct undoing *u = w->ask.u;
	int64_t version = row_etag_version(row->version);
	struct made_row made = { .table = w->watched->table,
				 .id = row->id,
				 .of_table = w->watched->because };
	struct run_row before;
	struct guid creator;
	bool there = false;

	if (w->t &&
	    !run_get_row(u->of->run, SIDE_WANTED, w->t->number, row->id, &before, &there, e))
		return false;
	if (!there && w->t &&
	    !run_get_row(u->of->run, SIDE_TARGET, w->t->number, row->id, &before, &there, e))
		return false;
	if (there || version <= w->watched->version ||
	    (u->of->head.version > 0 && version > u->of->head.version) ||
	    !guid_parse(row->values[1].text, &creator) || !is_by(w->ask.by, creator) ||
	    str_cmp(row->values[0].text, w->since) < 0 ||
	    (w->has_managed && str_eq(row->values[2].text, S("1"))))
		return true;
	made_add(u, w->ask.made, &made);
	return true;
}

static bool ask_watched(struct watching *w, struct err *e)
{
	const struct undoing *u = w->ask.u;
	struct str name = w->watched->table;
	struct str version = str_fmt(u->j->page, "%lld", (long long)w->watched->version);
	struct fetch_condition newer = { .attribute = S("versionnumber"),
					 .op = FETCH_GT,
					 .op_name = S("gt"),
					 .values = &version,
					 .nvalues = 1 };
	struct fetch_filter filter = { .conditions = &newer, .nconditions = 1 };
	struct fetch query = { .entity = { .table = name, .filters = &filter, .nfilters = 1 } };
	const struct column *columns[3];
	const struct table *t;

	if (!read_definitions(&u->j->reader, u->j->catalog, &name, 1, e))
		return false;
	t = catalog_find(u->j->catalog, name);
	if (!t)
		return true;
	columns[0] = table_column(t, S("createdon"));
	columns[1] = table_column(t, S("createdby"));
	columns[2] = table_column(t, S("ismanaged"));
	if (!columns[0] || !columns[1] || !table_column(t, newer.attribute))
		return true;
	w->has_managed = columns[2] && columns[2]->read;
	return read_rows(&u->j->reader, t, &query, columns, w->has_managed ? 3 : 2, take_watched, w,
			 e);
}

static bool watch_one(struct undoing *u, const struct made_by *by, struct made_rows *made,
		      const struct watched *watched, struct err *e)
{
	struct watching w = { .ask = { .u = u, .by = by, .made = made }, .watched = watched };

	w.t = tabs_find(&u->of->tabs, watched->table);
	for (size_t i = 0; i < u->of->tabs.n; i++) {
		const struct known_table *known;
		bool makes = false;

		u->t = &u->of->tabs.p[i];
		known = u->t->known;
		for (size_t k = 0; known && k < known->nmakes; k++)
			makes = makes || str_eq(known->makes[k], watched->table);
		if (makes && !job_each_part(u->j, SIDE_NOW, u->t, is_deleted, ask_first, &w, e))
			return false;
	}
	return w.since.n == 0 || ask_watched(&w, e);
}

bool made_watched(struct undoing *u, const struct made_by *by, struct made_rows *made,
		  struct err *e)
{
	struct watched *list;
	size_t n;

	if (!watch_list(u->of->run, u->j->arena, &list, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!watch_one(u, by, made, &list[i], e))
			return err_wrap(e, "what the platform made in %.*s",
					STR_ARG(list[i].table));
	return true;
}

/* ---- the plan ---- */

static bool is_declared(const struct made_rows *made, size_t i, struct str column)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(made->rows.p[k].table, made->rows.p[i].table) &&
		    str_eq(made->rows.p[k].column, column))
			return true;
	return false;
}

/* An entity of a schema, with the key and the lookups that tell in which order rows can go. */
static bool add_entity(struct undoing *u, const struct made_rows *made, size_t i, struct buf *out)
{
	const struct table *t = catalog_find(u->j->catalog, made->rows.p[i].table);

	if (!t)
		return false;
	buf_add_fmt(out,
		    "<entity name=\"%.*s\" primaryidfield=\"%.*s\"><fields>"
		    "<field name=\"%.*s\" type=\"guid\" primaryKey=\"true\"/>",
		    STR_ARG(t->name), STR_ARG(t->primary_id), STR_ARG(t->primary_id));
	for (size_t k = 0; k < made->rows.n; k++) {
		struct str column = made->rows.p[k].column;

		if (!str_eq(made->rows.p[k].table, t->name) || column.n == 0 ||
		    !table_column(t, column) || is_declared(made, k, column))
			continue;
		buf_add_fmt(out, "<field name=\"%.*s\" type=\"entityreference\"/>",
			    STR_ARG(column));
	}
	buf_add(out, S("</fields></entity>"));
	return true;
}

/* The schema of the other run with the tables that it lacks behind its own. */
static bool extend_schema(struct undoing *u, const struct made_rows *made, struct err *e)
{
	static const struct str close = STR_INIT("</entities>");
	DEFER(buf_release) struct buf text = buf_make(LIMIT_SCHEMA_FILE);
	struct str bytes = u->of->schema->bytes;
	size_t end = bytes.n;
	bool more = false;

	while (end > 0 && !str_starts(str_skip(bytes, end), close))
		end--;
	buf_add(&text, str_sub(bytes, 0, end));
	for (size_t i = 0; i < made->rows.n; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || str_eq(made->rows.p[k].table, made->rows.p[i].table);
		if (!again && !tabs_find(&u->of->tabs, made->rows.p[i].table))
			more = add_entity(u, made, i, &text) || more;
	}
	buf_add(&text, close);
	if (!more)
		return true;

	struct schema *schema = arena_new(u->j->arena, struct schema);
	struct tab_options options = { .secrets = u->j->decisions.secrets,
				       .skip_missing = u->j->decisions.skip_missing,
				       .again = true };

	if (!buf_check(&text, "the schema of what is taken back", e) ||
	    !schema_read(u->j->arena, str_dup(u->j->arena, buf_str(&text)), u->of->schema->name,
			 schema, e))
		return false;
	u->j->schema = schema;
	return tabs_make(u->j->arena, u->j->run, schema, u->j->catalog, u->j->knowledge, &options,
			 &u->j->tabs, e);
}

static bool plan_one(struct undoing *u, const struct made_row *row, struct err *e)
{
	struct tab *t = tabs_find(&u->j->tabs, row->table);
	struct run_row now;
	bool there;

	if (!t || row->stays)
		return true;
	if (!pull_ids(u->j, SIDE_TARGET, t, &row->id, 1, e) ||
	    !run_get_row(u->j->run, SIDE_TARGET, t->number, row->id, &now, &there, e))
		return false;
	return !there || (undo_mark(u, t, &now, UNDO_DELETED, e) &&
			  run_put_made(u->j->run, row->table, row->id, t->number, row->id, e));
}

bool made_plan(struct undoing *u, const struct made_rows *made, struct err *e)
{
	if (made->rows.n == 0)
		return true;
	for (size_t i = 0; i < made->rows.n; i++)
		if (!read_definitions(&u->j->reader, u->j->catalog, &made->rows.p[i].table, 1, e))
			return false;
	if (!extend_schema(u, made, e))
		return false;
	for (size_t i = 0; i < made->rows.n; i++)
		if (!plan_one(u, &made->rows.p[i], e))
			return false;
	return true;
}
