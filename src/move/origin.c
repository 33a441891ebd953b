/* SPDX-License-Identifier: MIT */
/*
 * What a package does not tell is only known to be empty when its reader saw every value there is: column security shows null
 * where a value stands (facts/routing.md f.1), and some types never stand in data.xml.
 */
#include "move/origin.h"

#include "dv/package_origin.h"
#include "move/sight.h"

#include "base/banned.h"

/* Types that data.xml holds, so that what it lacks is empty. */
static bool is_told(const struct tab_column *c)
{
	enum cmt_type type = c->field->type;

	return type != CMT_BIGINT && type != CMT_PARTYLIST && type != CMT_UNKNOWN &&
	       type != CMT_IMAGE && type != CMT_FILE;
}

static void tell_columns(struct job *j, const struct tab *t, struct package_origin_table *out)
{
	out->columns = arena_array(j->arena, struct str, t->nfields);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];

		if (c->read && c->column && !c->column->secured && is_told(c) &&
		    c->column != table_primary(t->table))
			out->columns[out->ncolumns++] = c->name;
	}
}

static bool tell_tables(struct job *j, struct package_origin *o, struct err *e)
{
	struct str *names = arena_array(j->arena, struct str, j->tabs.n);
	bool *whole = arena_array(j->arena, bool, j->tabs.n);

	for (size_t i = 0; i < j->tabs.n; i++)
		names[i] = j->tabs.p[i].table->name;
	if (!sight_whole(j, names, j->tabs.n, whole, e))
		return false;
	o->tables = arena_array(j->arena, struct package_origin_table, j->tabs.n);
	o->ntables = j->tabs.n;
	for (size_t i = 0; i < j->tabs.n; i++) {
		o->tables[i].name = names[i];
		o->tables[i].complete = whole[i];
		tell_columns(j, &j->tabs.p[i], &o->tables[i]);
	}
	return true;
}

/* A path may hold what XML cannot. */
static struct str label_of(const struct job *j)
{
	struct str label = str_from(j->service->label);

	for (size_t i = 0; i < label.n; i++)
		if ((unsigned char)label.p[i] < 0x20)
			return S("");
	return str_is_utf8(label) ? label : S("");
}

bool origin_save(struct job *j, struct package_writer *out, struct datetime now, struct err *e)
{
	char moment[DATETIME_TEXT_SIZE];
	struct package_origin origin = {
		.organization = j->head.source_organization,
		.user = j->user,
		.environment = label_of(j),
		.exported = datetime_format_iso(now, moment),
	};
	struct sink *sink;

	return tell_tables(j, &origin, e) && package_write_extra(out, S(ORIGIN_ENTRY), &sink, e) &&
	       package_origin_write(sink, &origin, e);
}

static bool check_same(const struct job *j, const char *package, struct err *e)
{
	if (j->decisions.same_environment ||
	    !guid_eq(j->head.source_organization, j->head.target_organization))
		return true;
	return err_set(e, ERR_USAGE,
		       "source and target are the same environment: %s comes from %s; "
		       "--same-environment allows it",
		       package, j->service->label);
}

bool origin_load(struct job *j, struct package *p, const char *package, struct err *e)
{
	struct package_origin *origin = arena_new(j->arena, struct package_origin);
	struct source *in;

	if (!package_extra(p, S(ORIGIN_ENTRY), &in, e))
		return false;
	if (!in)
		return true;
	if (!package_origin_read(j->arena, in, ORIGIN_ENTRY, origin, e))
		return err_wrap(e, "%s", package);
	j->origin = origin;
	j->head.source_organization = origin->organization;
	return check_same(j, package, e);
}

/* Whether the target takes an empty value there. */
static bool may_be_empty(const struct column *c)
{
	switch (c->type) {
	case COLUMN_BIGINT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
	case COLUMN_OWNER:
	case COLUMN_PARTYLIST:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_MANAGED:
	case COLUMN_VIRTUAL:
		return false;
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_INTEGER:
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
	case COLUMN_BOOLEAN:
	case COLUMN_DATETIME:
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_GUID:
		break;
	}
	return c->required != REQUIRED_APPLICATION && c->required != REQUIRED_SYSTEM &&
	       c->auto_number.n == 0 && !c->secured;
}

static void apply(const struct package_origin_table *told, struct tab *t)
{
	for (size_t i = 0; i < t->nfields; i++) {
		struct tab_column *c = &t->columns[i];

		c->clears = c->column && c->update && c->compare && is_told(c) &&
			    may_be_empty(c->column) && package_origin_tells(told, c->name);
	}
}

void origin_apply(struct job *j)
{
	for (size_t i = 0; j->origin && i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];

		apply(package_origin_find(j->origin, t->entity->name), t);
	}
}
