/* SPDX-License-Identifier: MIT */
/*
 * The document of ferry diff --json. Values: booleans as such; whole numbers and choices as numbers;
 * multi-selects as arrays of numbers; a lookup as {id, table, name}; a party list as an array of {id, table,
 * mask}; a file or image as {sha256, name}, {id, name} where its content is not there; all else, decimals too, as text, so that no digit is lost; what does not fit its type as the
 * text that stands in the package; "(secret)" for a secret; null where a row has no value.
 */
#include "cli/diff.h"

#include <inttypes.h>

#include "io/json.h"
#include "move/file_cell.h"
#include "cli/report.h"

#include "base/banned.h"

static void text(struct json_writer *w, const char *key, struct str value)
{
	json_key(w, str_from(key));
	json_str(w, value);
}

static void number(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, str_from(key));
	json_i64(w, (int64_t)value);
}

static void id(struct json_writer *w, const char *key, struct guid value)
{
	char buffer[GUID_TEXT_SIZE];

	text(w, key, guid_format(value, buffer));
}

static void reference(struct json_writer *w, const struct value *v)
{
	json_object(w);
	text(w, "id", v->text);
	text(w, "table", v->table);
	text(w, "name", v->name);
	json_object_end(w);
}

static void numbers(struct json_writer *w, struct str list)
{
	struct str_splitter parts = str_splitter(list);

	json_array(w);
	for (struct str part; str_split(&parts, ',', &part);)
		json_num(w, part);
	json_array_end(w);
}

/* mask, table and id with tabs between (move/diff_cells.h) */
static void parties(struct json_writer *w, struct str lines)
{
	static const char *const keys[] = { "mask", "table", "id" };
	struct str_splitter rows = str_splitter(lines);

	json_array(w);
	for (struct str line; str_split(&rows, '\n', &line);) {
		struct str_splitter parts = str_splitter(line);
		struct str part;

		if (line.n == 0)
			continue;
		json_object(w);
		for (size_t i = 0; i < COUNT_OF(keys) && str_split(&parts, '\t', &part); i++)
			text(w, keys[i], part);
		json_object_end(w);
	}
	json_array_end(w);
}

/* Without its content only an id is told. */
static void file(struct json_writer *w, const struct value *v)
{
	bool told = file_cell_is_told(v);

	json_object(w);
	text(w, told ? "sha256" : "id", told ? file_cell_hash(v) : v->text);
	text(w, "name", told ? file_cell_name(v) : v->name);
	json_object_end(w);
}

static void typed(struct json_writer *w, enum cmt_type type, const struct value *v)
{
	switch (type) {
	case CMT_BOOL:
		json_bool(w, str_eq(v->text, S("1")));
		return;
	case CMT_NUMBER:
	case CMT_OPTION:
	case CMT_STATE:
	case CMT_STATUS:
		json_num(w, v->text);
		return;
	case CMT_OPTIONS:
		numbers(w, v->text);
		return;
	case CMT_REFERENCE:
	case CMT_OWNER:
		reference(w, v);
		return;
	case CMT_PARTYLIST:
		parties(w, v->text);
		return;
	case CMT_IMAGE:
	case CMT_FILE:
		file(w, v);
		return;
	case CMT_STRING:
	case CMT_BIGINT:
	case CMT_DECIMAL:
	case CMT_FLOAT:
	case CMT_MONEY:
	case CMT_DATETIME:
	case CMT_GUID:
	case CMT_UNKNOWN:
		break;
	}
	json_str(w, v->text);
}

static void value(struct json_writer *w, const char *key, const struct diff_column *c,
		  enum diff_side side, const struct value *v)
{
	enum cmt_type type = c->type[side];

	json_key(w, str_from(key));
	if (!v)
		json_null(w);
	else if (c->secret)
		json_str(w, S("(secret)"));
	else if (diff_is_raw(v))
		json_str(w, v->text);
	else
		typed(w, type, v);
}

static void columns(struct json_writer *w, const struct diff_row *row)
{
	json_key(w, S("columns"));
	json_array(w);
	for (size_t i = 0; i < row->ncells; i++) {
		const struct diff_cell *c = &row->cells[i];

		json_object(w);
		text(w, "name", c->column->name);
		value(w, "old", c->column, DIFF_OLD, c->old);
		value(w, "new", c->column, DIFF_NEW, c->new);
		json_object_end(w);
	}
	json_array_end(w);
}

static bool put_row(void *context, const struct diff_row *row, struct err *e)
{
	struct json_writer *w = context;

	(void)e;
	json_object(w);
	id(w, "id", row->id);
	text(w, "name", row->name);
	if (row->cells)
		columns(w, row);
	json_object_end(w);
	return true;
}

static bool rows(struct json_writer *w, const struct diff_report *r, const struct diff_table *t,
		 enum diff_kind kind, const char *key, uint64_t n, struct err *e)
{
	json_key(w, str_from(key));
	json_array(w);
	/* a walk costs as much as the table has rows */
	if (n > 0 && !diff_each_row(r->diff, t, kind, put_row, w, e))
		return false;
	json_array_end(w);
	return true;
}

/* Which schemas have it: both, "old", "new", or none. */
static void sides(struct json_writer *w, const bool declared[DIFF_SIDES])
{
	json_key(w, S("declared"));
	json_array(w);
	if (declared[DIFF_OLD])
		json_str(w, S("old"));
	if (declared[DIFF_NEW])
		json_str(w, S("new"));
	json_array_end(w);
}

static void table_counts(struct json_writer *w, const struct diff_table *t)
{
	json_key(w, S("counts"));
	json_object(w);
	number(w, "added", t->added);
	number(w, "removed", t->removed);
	number(w, "changed", t->changed);
	number(w, "unchanged", t->unchanged);
	json_object_end(w);
}

static bool table(struct json_writer *w, const struct diff_report *r, const struct diff_table *t,
		  struct err *e)
{
	json_object(w);
	text(w, "name", t->name);
	sides(w, t->declared);
	table_counts(w, t);
	if (!r->counts_only && (!rows(w, r, t, DIFF_ADDED, "added", t->added, e) ||
				!rows(w, r, t, DIFF_REMOVED, "removed", t->removed, e) ||
				!rows(w, r, t, DIFF_CHANGED, "changed", t->changed, e)))
		return false;
	json_object_end(w);
	return true;
}

static bool put_pair(void *context, struct guid source, struct guid target, struct err *e)
{
	struct json_writer *w = context;

	(void)e;
	json_object(w);
	id(w, "source", source);
	id(w, "target", target);
	json_object_end(w);
	return true;
}

static bool pairs(struct json_writer *w, const struct diff_report *r,
		  const struct diff_relationship *rel, enum diff_kind kind, const char *key,
		  uint64_t n, struct err *e)
{
	json_key(w, str_from(key));
	json_array(w);
	if (n > 0 && !diff_each_pair(r->diff, rel, kind, put_pair, w, e))
		return false;
	json_array_end(w);
	return true;
}

static bool relationship(struct json_writer *w, const struct diff_report *r,
			 const struct diff_relationship *rel, struct err *e)
{
	json_object(w);
	text(w, "name", rel->name);
	text(w, "table", rel->table);
	sides(w, rel->declared);
	json_key(w, S("counts"));
	json_object(w);
	number(w, "added", rel->added);
	number(w, "removed", rel->removed);
	number(w, "unchanged", rel->unchanged);
	json_object_end(w);
	if (!r->counts_only && (!pairs(w, r, rel, DIFF_ADDED, "added", rel->added, e) ||
				!pairs(w, r, rel, DIFF_REMOVED, "removed", rel->removed, e)))
		return false;
	json_object_end(w);
	return true;
}

static void totals(struct json_writer *w, const struct diff_report *r)
{
	struct diff_totals t = diff_report_totals(r);

	json_key(w, S("totals"));
	json_object(w);
	number(w, "added", t.added);
	number(w, "removed", t.removed);
	number(w, "changed", t.changed);
	number(w, "unchanged", t.unchanged);
	number(w, "linksAdded", t.links_added);
	number(w, "linksRemoved", t.links_removed);
	number(w, "linksUnchanged", t.links_unchanged);
	json_object_end(w);
}

static void seconds(struct json_writer *w, const struct diff_report *r)
{
	DEFER(buf_release) struct buf b = buf_make(64);
	int64_t ms = (r->ended.ticks - r->started.ticks) / (DATETIME_SECOND / 1000);

	if (ms < 0) /* the clock was set back meanwhile */
		ms = 0;
	buf_add_fmt(&b, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	json_key(w, S("seconds"));
	json_num(w, buf_str(&b));
}

/* Nothing was compared when the comparison stopped: then there are no tables. */
static bool document(struct json_writer *w, const struct diff_report *r, struct err *e)
{
	size_t ntables = r->stopped ? 0 : r->diff->tables.n;
	size_t nrelationships = r->stopped ? 0 : r->diff->relationships.n;

	json_object(w);
	number(w, "schemaVersion", 1);
	text(w, "command", S("diff"));
	text(w, "old", str_from(r->names[DIFF_OLD]));
	text(w, "new", str_from(r->names[DIFF_NEW]));
	json_key(w, S("tables"));
	json_array(w);
	for (size_t i = 0; i < ntables; i++)
		if (!table(w, r, &r->diff->tables.p[i], e))
			return false;
	json_array_end(w);
	json_key(w, S("relationships"));
	json_array(w);
	for (size_t i = 0; i < nrelationships; i++)
		if (!relationship(w, r, &r->diff->relationships.p[i], e))
			return false;
	json_array_end(w);
	totals(w, r);
	if (!report_problems_json(w, r->run, r->stopped, e))
		return false;
	seconds(w, r);
	json_object_end(w);
	return json_writer_finish(w, e);
}

bool diff_report_json(struct ui *ui, const struct diff_report *r, struct err *e)
{
	struct report_sink sink = report_sink_make(ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	ui_clear(ui);
	if (!document(&w, r, e))
		return false;
	return sink_write(&sink.sink, S("\n"), e);
}
