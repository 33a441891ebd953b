/* SPDX-License-Identifier: MIT */
/*
 * A package as one side of a comparison. Nothing is left out: what the schema does not have is compared
 * too, as text, with a warning. What is wrong with a value or a row is a problem in the run file.
 */
#include "move/diff.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "dv/party.h"
#include "move/diff_files.h"
#include "move/journal.h"

#include "base/banned.h"

struct loading {
	struct diff *d;
	enum diff_side side;
	const char *name;
	size_t table; /* position; the tables may move */
	uint64_t rows;
	struct map left_out; /* that it was told */
	struct diff_files files;
};

static struct diff_table *table_of(const struct loading *l)
{
	return &l->d->tables.p[l->table];
}

static bool put(const struct loading *l, struct problem p, unsigned line, struct err *e)
{
	p.message = str_fmt(l->d->page, "%s: data.xml:%u: %.*s", l->name, line, STR_ARG(p.message));
	return journal_put_problem(l->d->run, &p, e);
}

static const struct package_field *party_field(const struct package_party *p, struct str name)
{
	for (size_t i = 0; i < p->nfields; i++)
		if (str_eq(p->fields[i].name, name) && p->fields[i].value.n > 0)
			return &p->fields[i];
	return NULL;
}

/* Who it is and how the person takes part; the ids of the party's own row are new in every environment. */
static struct str party_line(struct arena *page, struct str column, const struct package_party *p)
{
	const struct package_field *mask = party_field(p, S("participationtypemask"));
	const struct package_field *party = party_field(p, S("partyid"));
	const struct package_field *address = party_field(p, S("addressused"));
	struct str what = mask ? str_trim(mask->value) : S("");
	struct guid id;

	if (what.n == 0 && party_mask(column) > 0)
		what = str_fmt(page, "%" PRId32, party_mask(column));
	if (party && guid_parse(str_trim(party->value), &id))
		return str_fmt(page, "%.*s\t%.*s\t%.*s\n", STR_ARG(what),
			       STR_ARG(party->lookup_table), STR_ARG(guid_text(page, id)));
	const struct package_field *other = party ? party : address;

	return str_fmt(page, "%.*s\t\t%.*s\n", STR_ARG(what),
		       STR_ARG(other ? other->value : S("")));
}

static struct value read_parties(const struct loading *l, const struct package_field *f)
{
	struct str *lines = arena_array(l->d->page, struct str, f->nparties);

	for (size_t i = 0; i < f->nparties; i++)
		lines[i] = party_line(l->d->page, f->name, &f->parties[i]);
	return diff_parties(l->d->page, lines, f->nparties);
}

/* False: the text does not fit; why is in *unfit. */
static bool read_value(const struct loading *l, const struct diff_column *c,
		       const struct package_field *f, struct value *v, struct err *unfit)
{
	enum cmt_type type = c->type[l->side];

	if (type == CMT_PARTYLIST) {
		*v = read_parties(l, f);
		return true;
	}
	if (type == CMT_UNKNOWN) {
		*v = (struct value){ .kind = VALUE_TEXT, .text = f->value };
		return true;
	}
	if (!value_from_cmt(l->d->page, type, f->value, v, unfit))
		return false;
	if (v->kind == VALUE_REF) {
		v->table = f->lookup_table.n > 0 ? f->lookup_table : c->target[l->side];
		v->name = f->lookup_name;
	}
	if (v->kind != VALUE_TEXT || (type != CMT_FILE && type != CMT_IMAGE))
		return true;
	if (type == CMT_IMAGE)
		return diff_files_image(l->d->page, v, unfit);
	v->name = f->file_name;
	diff_files_put(&l->files, l->d->page, v);
	return true;
}

static bool tell_unfit(const struct loading *l, const struct package_event *ev,
		       const struct package_field *f, const char *why, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = ev->table,
		.id = guid_text(l->d->page, ev->id),
		.column = f->name,
		.message = str_fmt(l->d->page, "%s; it is compared as text", why),
		.remedy = S("correct the value in data.xml"),
	};
	return put(l, p, f->line, e);
}

static bool tell_undeclared(const struct loading *l, struct diff_column *c,
			    const struct package_field *f, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = table_of(l)->name,
		.column = c->name,
		.message = S("the column is not in data_schema.xml; it is compared all the same"),
		.remedy = S("add the column to data_schema.xml"),
	};

	if (c->declared[l->side] || c->told[l->side])
		return true;
	c->told[l->side] = true;
	return put(l, p, f->line, e);
}

/* *left: the limit does not have it. Each is told once, as long as there are not too many. */
static bool leave_out(struct loading *l, struct str table, struct str column, struct str link,
		      unsigned line, bool *left, struct err *e)
{
	struct arena *a = l->d->arena;
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = table,
		.column = column,
		.message = S("it is not in data_schema.xml, and not compared"),
		.remedy = S("add it to data_schema.xml"),
	};
	uint32_t at = 0;

	*left = diff_leaves_out(l->d, table, column, link);
	if (!*left || !l->d->limit_is_own || l->left_out.n >= LIMIT_UNDECLARED)
		return true;
	struct str key = str_fmt(l->d->page, "%.*s\n%.*s\n%.*s", STR_ARG(table), STR_ARG(column),
				 STR_ARG(link));

	if (map_get(&l->left_out, key, &at))
		return true;
	map_put(&l->left_out, str_dup(a, key), &at);
	if (link.n > 0)
		p.message = str_fmt(l->d->page, "%.*s: %.*s", STR_ARG(link), STR_ARG(p.message));
	return put(l, p, line, e);
}

/* Every record has its id; the column tells it only again. */
static bool is_own_id(const struct loading *l, const struct package_event *ev,
		      const struct package_field *f)
{
	struct guid id;

	return str_eq(f->name, table_of(l)->primary_id) && guid_parse(str_trim(f->value), &id) &&
	       guid_eq(id, ev->id);
}

/* *taken false: there is no value. */
static bool take_field(struct loading *l, const struct package_event *ev,
		       const struct package_field *f, struct diff_value *out, bool *taken,
		       struct err *e)
{
	struct diff_table *t = table_of(l);
	struct err unfit;
	bool left;

	*taken = false;
	if (is_own_id(l, ev, f))
		return true;
	if (!leave_out(l, t->name, f->name, S(""), f->line, &left, e))
		return false;
	if (left)
		return true;
	if (!diff_column(l->d, t, f->name, &out->column, e) ||
	    !tell_undeclared(l, &t->columns.p[out->column], f, e))
		return false;
	if (t->columns.p[out->column].skipped)
		return true;
	if (!read_value(l, &t->columns.p[out->column], f, &out->value, &unfit)) {
		out->value =
			(struct value){ .kind = VALUE_TEXT, .text = f->value, .table = DIFF_RAW };
		if (!tell_unfit(l, ev, f, unfit.msg, e))
			return false;
	}
	*taken = !value_is_empty(&out->value);
	return true;
}

static bool tell_twin(const struct loading *l, const struct package_event *ev, bool same,
		      struct err *e)
{
	struct problem p = {
		.severity = same ? SEVERITY_WARNING : SEVERITY_ERROR,
		.table = ev->table,
		.id = guid_text(l->d->page, ev->id),
		.message = same ? S("the row comes a second time")
				: S("the row comes a second time, and differs; the first one is "
				    "compared"),
		.remedy = S("leave only one of them in data.xml"),
	};
	return put(l, p, ev->line, e);
}

static int cmp_values(const void *x, const void *y)
{
	const struct diff_value *a = x;
	const struct diff_value *b = y;

	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return str_cmp(a->value.text, b->value.text);
}

/* Which of two stands is the same in whatever order they come. */
static bool without_twins(const struct loading *l, const struct package_event *ev,
			  struct diff_value *values, size_t *n, struct err *e)
{
	size_t kept = 0;

	if (*n > 0)
		qsort(values, *n, sizeof(*values), cmp_values);
	for (size_t i = 0; i < *n; i++) {
		if (kept == 0 || values[kept - 1].column != values[i].column) {
			values[kept++] = values[i];
			continue;
		}
		struct package_field f = {
			.name = table_of(l)->columns.p[values[i].column].name,
			.line = ev->line,
		};
		if (!tell_unfit(l, ev, &f, "the column comes twice in one row", e))
			return false;
	}
	*n = kept;
	return true;
}

static bool take_row(struct loading *l, const struct package_event *ev, struct err *e)
{
	struct diff_value *values = arena_array(l->d->page, struct diff_value, ev->nfields);
	size_t n = 0;
	bool taken, fresh, same;

	for (size_t i = 0; i < ev->nfields; i++) {
		if (!take_field(l, ev, &ev->fields[i], &values[n], &taken, e))
			return false;
		n += taken;
	}
	if (!without_twins(l, ev, values, &n, e) ||
	    !diff_put_row(l->d, l->side, table_of(l), ev->id, values, n, &fresh, &same, e))
		return false;
	l->rows++;
	return fresh || tell_twin(l, ev, same, e);
}

static bool take_link(struct loading *l, const struct package_event *ev, struct err *e)
{
	size_t at;

	if (!diff_relationship(l->d, ev->table, ev->relationship, &at, e))
		return false;
	for (size_t i = 0; i < ev->ntargets; i++)
		if (!run_put_link(l->d->run, (enum side)l->side, (uint32_t)at, ev->source,
				  ev->targets[i], e))
			return false;
	return true;
}

static bool take(struct loading *l, const struct package_event *ev, struct err *e)
{
	struct str link = ev->kind == PACKAGE_LINK ? ev->relationship : S("");
	bool left;

	if (ev->kind == PACKAGE_END)
		return true;
	if (!leave_out(l, ev->table, S(""), link, ev->line, &left, e))
		return false;
	if (left)
		return true;
	switch (ev->kind) {
	case PACKAGE_TABLE:
		return diff_table(l->d, ev->table, &l->table, e);
	case PACKAGE_ROW:
		return take_row(l, ev, e);
	case PACKAGE_LINK:
		return take_link(l, ev, e);
	case PACKAGE_TABLE_END:
	case PACKAGE_END:
		break;
	}
	return true;
}

static bool go_on(const struct loading *l, const struct package_event *ev, struct err *e)
{
	const struct progress *p = l->d->progress;

	if (p && p->step && ev->kind == PACKAGE_ROW)
		p->step(p->context,
			l->side == DIFF_OLD ? "reading the old side" : "reading the new side",
			ev->table, l->rows, 0);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled while %s was read", l->name);
	return true;
}

bool diff_load_package(struct diff *d, enum diff_side side, struct package *p, const char *name,
		       struct err *e)
{
	struct arena_mark mark = arena_mark(d->page);
	struct loading l = { .d = d, .side = side, .name = name, .left_out = map_make(d->arena) };
	struct package_event ev = { .kind = PACKAGE_TABLE };

	if (!diff_files_read(&l.files, d->arena, p, d->progress, e))
		return err_wrap(e, "%s", name);
	while (ev.kind != PACKAGE_END) {
		arena_rewind(d->page, mark);
		if (!package_next(p, d->page, &ev, e) || !go_on(&l, &ev, e) || !take(&l, &ev, e))
			return false;
	}
	arena_rewind(d->page, mark);
	return true;
}
