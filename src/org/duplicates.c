/* SPDX-License-Identifier: MIT */
/*
 * A rule becomes one statement that joins the row with those that its conditions call the same. Names of
 * columns stand in rows that anybody may have written: only those that the tables have get into it.
 */
#include "org/duplicates.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/row.h"

#include "base/banned.h"

/* operatorcode */
enum {
	SAME_VALUE,
	SAME_FIRST,
	SAME_LAST,
	SAME_DATE,
	SAME_DATE_AND_TIME,
	SAME_LABEL,
	SAME_NUMBER,
};

struct condition_of_rule {
	struct str base, matching; /* columns */
	int64_t how;
	struct str characters; /* how many count */
	bool ignore_blank;
};

struct rule {
	VEC(struct condition_of_rule) conditions;
	struct str id, name;
	struct str matching; /* table */
	bool exclude_inactive, case_sensitive;
};

struct search {
	VEC(struct rule) rules;
	struct store *s;
	struct arena *a;
	const struct table *table;
	struct guid id; /* null: all rows of the table */
	size_t max;
};

static bool read_rules(struct search *x, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(x->s,
			     S("select duplicateruleid, name, matchingentityname, "
			       "excludeinactiverecords, iscasesensitive from duplicaterule "
			       "where baseentityname = ?1 and statecode = 1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, x->table->name);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;

		struct str matching = stmt_str(st, 2);

		*VEC_PUSH(x->a, &x->rules) = (struct rule){
			.id = str_dup(x->a, stmt_str(st, 0)),
			.name = str_dup(x->a, stmt_str(st, 1)),
			.matching = matching.n > 0 ? str_dup(x->a, matching) : x->table->name,
			.exclude_inactive = stmt_i64(st, 3) != 0,
			.case_sensitive = stmt_i64(st, 4) != 0,
		};
	}
}

static bool read_conditions(struct search *x, struct rule *r, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(x->s,
			     S("select baseattributename, matchingattributename, operatorcode, "
			       "operatorparam, ignoreblankvalues from duplicaterulecondition "
			       "where regardingobjectid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, r->id);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;

		struct str base = str_dup(x->a, stmt_str(st, 0));
		struct str matching = stmt_str(st, 1);

		*VEC_PUSH(x->a, &r->conditions) = (struct condition_of_rule){
			.base = base,
			.matching = matching.n > 0 ? str_dup(x->a, matching) : base,
			.how = stmt_i64(st, 2),
			.characters = str_from_i64(x->a, stmt_i64(st, 3)),
			.ignore_blank = stmt_i64(st, 4) != 0,
		};
	}
}

static void add_side(struct buf *sql, struct str side, struct str column,
		     const struct condition_of_rule *c)
{
	bool cut = c->how == SAME_FIRST || c->how == SAME_LAST || c->how == SAME_DATE;

	buf_add(sql, cut ? S("substr(") : S(""));
	buf_add(sql, side);
	db_quote(sql, column);
	if (!cut)
		return;
	buf_add(sql, c->how == SAME_LAST ? S(",-") : S(",1,"));
	buf_add(sql, c->how == SAME_DATE ? S("10") : c->characters);
	buf_add_char(sql, ')');
}

static void add_condition(struct buf *sql, const struct rule *r, const struct condition_of_rule *c,
			  const struct column *base)
{
	buf_add(sql, S(" and ("));
	add_side(sql, S("m."), c->matching, c);
	buf_add_char(sql, '=');
	add_side(sql, S("b."), c->base, c);
	if (column_is_text(base) && !r->case_sensitive)
		buf_add(sql, S(" collate dataverse"));
	if (!c->ignore_blank) {
		buf_add(sql, S(" or m."));
		db_quote(sql, c->matching);
		buf_add(sql, S(" is null and b."));
		db_quote(sql, c->base);
		buf_add(sql, S(" is null"));
	}
	buf_add_char(sql, ')');
}

static void add_tables(struct buf *sql, const struct search *x, const struct table *matching,
		       const struct rule *r)
{
	bool one = !guid_is_null(x->id);

	buf_add(sql, S("select distinct "));
	buf_add(sql, one ? S("m.") : S("b."));
	db_quote(sql, one ? matching->primary_id : x->table->primary_id);
	buf_add(sql, S(" from "));
	db_quote(sql, x->table->name);
	buf_add(sql, S(" b join "));
	db_quote(sql, matching->name);
	buf_add(sql, S(" m on m."));
	db_quote(sql, matching->primary_id);
	buf_add(sql, S(" <> b."));
	db_quote(sql, x->table->primary_id);
	buf_add(sql, S(" where "));
	if (one) {
		buf_add(sql, S("b."));
		db_quote(sql, x->table->primary_id);
		buf_add(sql, S(" = ?1"));
	} else {
		buf_add(sql, S("?1 is null"));
	}
	if (r->exclude_inactive && table_column(matching, S("statecode")))
		buf_add(sql, S(" and m.statecode = 0"));
}

/* *usable: every condition is about columns that there are. */
static void rule_sql(const struct search *x, const struct rule *r, const struct table *matching,
		     struct buf *sql, bool *usable)
{
	*usable = r->conditions.n > 0;
	add_tables(sql, x, matching, r);
	for (size_t i = 0; i < r->conditions.n && *usable; i++) {
		const struct condition_of_rule *c = &r->conditions.p[i];
		const struct column *base = table_column(x->table, c->base);
		const struct column *other = table_column(matching, c->matching);

		*usable = base && other && store_has_column(base) && store_has_column(other);
		if (*usable)
			add_condition(sql, r, c, base);
	}
	buf_add(sql, S(" limit ?2"));
}

static bool is_known(const struct duplicates *found, struct guid id)
{
	for (size_t i = 0; i < found->n; i++) {
		if (guid_eq(found->p[i].id, id))
			return true;
	}
	return false;
}

static bool add_found(struct search *x, const struct rule *r, struct stmt *st,
		      struct duplicates *found, struct err *e)
{
	struct duplicate d = { .table = guid_is_null(x->id) ? x->table->name : r->matching,
			       .rule_name = r->name };
	bool row;

	if (!guid_parse(r->id, &d.rule))
		return true;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row || found->n >= x->max)
			return true;
		if (guid_parse(stmt_str(st, 0), &d.id) && !is_known(found, d.id))
			*VEC_PUSH(x->a, found) = d;
	}
}

static bool apply_rule(struct search *x, struct rule *r, struct duplicates *found, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	DEFER(stmt_close) struct stmt *st = NULL;
	const struct table *matching;
	bool usable;

	if (!store_table(x->s, r->matching, &matching, e) || !read_conditions(x, r, e))
		return false;
	if (!matching)
		return true;
	rule_sql(x, r, matching, &sql, &usable);
	if (!usable)
		return true;
	if (!db_prepare(x->s->db, buf_str(&sql), &st, e))
		return false;
	if (!guid_is_null(x->id))
		stmt_bind_str(st, 1, guid_text(x->a, x->id));
	stmt_bind_i64(st, 2, (int64_t)x->max);
	return add_found(x, r, st, found, e);
}

bool duplicates_find(struct store *s, struct arena *a, const struct table *t, struct guid id,
		     struct str matching, size_t max, struct duplicates *out, struct err *e)
{
	struct search x = { .s = s, .a = a, .table = t, .id = id, .max = max };
	const struct table *rules, *conditions;

	*out = (struct duplicates){ 0 };
	if (!store_table(s, S("duplicaterule"), &rules, e) ||
	    !store_table(s, S("duplicaterulecondition"), &conditions, e))
		return false;
	if (!rules || !conditions)
		return true;
	if (!read_rules(&x, e))
		return false;
	for (size_t i = 0; i < x.rules.n; i++) {
		struct rule *r = &x.rules.p[i];

		if (matching.n > 0 && !str_eq(r->matching, matching))
			continue;
		if (!apply_rule(&x, r, out, e))
			return false;
	}
	return true;
}

static bool is_wanted_by(const struct call *c)
{
	const struct str *suppress = call_find_header(c, S("MSCRM.SuppressDuplicateDetection"));

	return suppress && str_eq_ascii_nocase(str_trim(*suppress), S("false"));
}

bool duplicates_check(struct call *c, const struct table *t, struct guid id, struct err *e)
{
	struct duplicates found;

	if (!is_wanted_by(c))
		return true;
	if (!duplicates_find(c->store, c->arena, t, id, S(""), 1, &found, e))
		return false;
	if (found.n == 0)
		return true;
	return err_set_code(e, ERR_PRECONDITION, CODE_DUPLICATE,
			    "nothing was written: by the duplicate detection rule '%.*s' the row "
			    "%.*s of table %.*s is the same",
			    STR_ARG(str_sub(found.p[0].rule_name, 0, 100)),
			    STR_ARG(guid_text(c->arena, found.p[0].id)), STR_ARG(found.p[0].table));
}
