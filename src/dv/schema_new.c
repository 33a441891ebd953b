/* SPDX-License-Identifier: MIT */
/*
 * The builder writes its file as text: CRLF, two blanks, a blank before the root's '>', nothing after the last
 * tag. False is said by leaving an attribute out.
 */
#include "dv/schema_new.h"

#include <string.h>

#include "io/xml.h"
#include "dv/value.h"

#include "base/banned.h"

#define NAME_ROOM                                                                                  \
	512 /* of a display name without its hyphens; what is longer is compared up to here */

bool schema_new_takes(const struct table *t, const struct column *c)
{
	enum cmt_type type = cmt_type_of(c->type);

	if (str_eq(c->name, t->primary_id))
		return true;
	/* versions and managed properties are the environment's own */
	return c->read && (c->create || c->update) && type != CMT_UNKNOWN && type != CMT_BIGINT &&
	       c->type != COLUMN_MANAGED;
}

static struct str label(const struct column *c)
{
	return c->display_name.n > 0 ? c->display_name : c->name;
}

static struct str without_light(struct str s, char room[NAME_ROOM])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < NAME_ROOM; i++) {
		if (s.p[i] != '-' && s.p[i] != '\'')
			room[n++] = s.p[i];
	}
	return str_of(room, n);
}

static int compare(const struct collate *c, const struct column *x, const struct column *y)
{
	char room_x[NAME_ROOM], room_y[NAME_ROOM];
	int order = collate_compare(c, without_light(label(x), room_x),
				    without_light(label(y), room_y));

	if (order == 0)
		order = collate_compare(c, label(x), label(y));
	return order != 0 ? order : str_cmp(x->name, y->name);
}

/* By merging: there is no place for a context in qsort. */
static void merge(const struct collate *c, const struct column **p, const struct column **room,
		  size_t middle, size_t n)
{
	size_t a = 0, b = middle;

	for (size_t i = 0; i < n; i++) {
		bool left = b == n || (a < middle && compare(c, p[a], p[b]) <= 0);

		room[i] = left ? p[a++] : p[b++];
	}
	memcpy(p, room, n * sizeof(*p));
}

static void sort(const struct collate *c, const struct column **p, const struct column **room,
		 size_t n)
{
	if (n < 2)
		return;
	sort(c, p, room, n / 2);
	sort(c, p + n / 2, room, n - n / 2);
	merge(c, p, room, n / 2, n);
}

void schema_new_sort(const struct collate *c, struct new_entity *en)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	sort(c, en->columns, arena_array(&scratch, const struct column *, en->ncolumns),
	     en->ncolumns);
}

static void attr(struct buf *out, struct str name, struct str value)
{
	buf_add_char(out, ' ');
	buf_add(out, name);
	buf_add(out, S("=\""));
	xml_encode_attr(out, value);
	buf_add_char(out, '"');
}

/*
 * Columns of a publisher have its prefix, in lower case, in their schema name: msdyn_Name, but Address1_Line1.
 * The primary key of such a publisher's table is not custom. In Microsoft's and other people's real schemas this
 * rule fits every column but those called entityimageid.
 */
static bool is_custom(const struct table *t, const struct column *c)
{
	size_t n = str_find_char(c->schema_name, '_');

	if (n == STR_NONE || n < 2 || str_eq(c->name, t->primary_id))
		return false;
	for (size_t i = 0; i < n; i++) {
		char letter = c->schema_name.p[i];
		bool digit = letter >= '0' && letter <= '9';

		if (!(letter >= 'a' && letter <= 'z') && !(digit && i > 0))
			return false;
	}
	return true;
}

/* The addresses inside a table have keys, and the builder marks them like the table's own. */
static bool is_key(const struct table *t, const struct column *c)
{
	return str_eq(c->name, t->primary_id) ||
	       (c->type == COLUMN_GUID && str_starts(c->name, S("address")) &&
		str_ends(c->name, S("_addressid")));
}

static void write_targets(struct buf *out, const struct column *c)
{
	for (size_t i = 0; i < c->ntargets; i++) {
		buf_add(out, i > 0 ? S("|") : S(" lookupType=\""));
		xml_encode_attr(out, c->targets[i]);
	}
	buf_add(out, c->ntargets > 0 ? S("\"") : S(""));
}

static void write_field(struct buf *out, const struct table *t, const struct column *c)
{
	enum cmt_type type = cmt_type_of(c->type);

	buf_add(out, S("      <field"));
	attr(out, S("displayname"), label(c));
	attr(out, S("name"), c->name);
	attr(out, S("type"), cmt_type_word(type));
	if (is_key(t, c))
		attr(out, S("primaryKey"), S("true"));
	if (type == CMT_REFERENCE)
		write_targets(out, c);
	if (is_custom(t, c))
		attr(out, S("customfield"), S("true"));
	buf_add(out, S(" />\r\n"));
}

static void write_link(struct buf *out, const struct table *t, const struct many_to_many *link)
{
	bool first = str_eq(link->table1, t->name);
	bool reflexive = str_eq(link->table1, link->table2);

	buf_add(out, S("      <relationship"));
	attr(out, S("name"), link->intersect);
	attr(out, S("manyToMany"), S("true"));
	attr(out, S("isreflexive"), reflexive ? S("true") : S("false"));
	attr(out, S("relatedEntityName"), link->intersect);
	attr(out, S("m2mTargetEntity"), first ? link->table2 : link->table1);
	/* of a reflexive one the builder gives the table's own key, not the intersect table's column */
	attr(out, S("m2mTargetEntityPrimaryKey"),
	     reflexive ? t->primary_id
	     : first   ? link->column2
		       : link->column1);
	buf_add(out, S(" />\r\n"));
}

static void write_entity(struct buf *out, const struct new_entity *en)
{
	const struct table *t = en->table;

	buf_add(out, S("  <entity"));
	attr(out, S("name"), t->name);
	attr(out, S("displayname"), t->display_name.n > 0 ? t->display_name : t->name);
	buf_add_fmt(out, " etc=\"%ld\"", (long)t->object_type_code);
	attr(out, S("primaryidfield"), t->primary_id);
	if (t->primary_name.n > 0)
		attr(out, S("primarynamefield"), t->primary_name);
	attr(out, S("disableplugins"), S("false"));
	buf_add(out, S(">\r\n    <fields>\r\n"));
	for (size_t i = 0; i < en->ncolumns; i++)
		write_field(out, t, en->columns[i]);
	buf_add(out, S("    </fields>\r\n"));
	if (en->nlinks > 0) {
		buf_add(out, S("    <relationships>\r\n"));
		for (size_t i = 0; i < en->nlinks; i++)
			write_link(out, t, en->links[i]);
		buf_add(out, S("    </relationships>\r\n"));
	}
	if (en->filter.n > 0) {
		buf_add(out, S("    <filter>"));
		xml_encode_text(out, en->filter);
		buf_add(out, S("</filter>\r\n"));
	}
	buf_add(out, S("  </entity>\r\n"));
}

void schema_new_write(struct buf *out, const struct new_entity *entities, size_t n)
{
	buf_add(out, S("<entities >\r\n"));
	for (size_t i = 0; i < n; i++)
		write_entity(out, &entities[i]);
	buf_add(out, S("</entities>"));
}
