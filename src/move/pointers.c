/* SPDX-License-Identifier: MIT */
/*
 * Relationships of a table from its other side (facts/webapi.md 5.1), then how the tables at their ends are asked: only that,
 * because a table such as a queue has a hundred of them.
 */
#include "move/pointers.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/json.h"
#include "move/read_request.h"

#include "base/banned.h"

/*
 * What the platform writes about rows of any kind, or with them, and takes away with them: that is no use of a row. A name is a
 * table's, or one of its lookups.
 */
static const struct str bookkeeping[] = {
	STR_INIT("asyncoperation"),
	STR_INIT("bulkdeletefailure"),
	STR_INIT("duplicaterecord"),
	STR_INIT("expiredprocess"),
	STR_INIT("fileattachment"),
	STR_INIT("flowsession"),
	STR_INIT("imagedescriptor"),
	STR_INIT("mailbox.regardingobjectid"),
	STR_INIT("mailboxtrackingfolder"),
	STR_INIT("msdyn_rulesetdependencymapping.msdyn_referencingrulesetid"),
	STR_INIT("plugintracelog"),
	STR_INIT("principalobjectaccess"),
	STR_INIT("principalobjectattributeaccess"),
	STR_INIT("processsession"),
	STR_INIT("syncerror"),
	STR_INIT("tracelog"),
	STR_INIT("userentityinstancedata"),
	STR_INIT("workflowlog"),
};

/* Tables of the other ends whose definitions one question asks for. */
#define TABLES_AT_ONCE 40

struct finding {
	struct reader *reader;
	struct arena *arena;
	struct str name; /* of the table that is led to */
	VEC(struct pointer) found;
	VEC(struct table *) tables;
	struct map by_name;
};

static bool is_bookkeeping(struct str table, struct str column)
{
	for (size_t i = 0; i < COUNT_OF(bookkeeping); i++) {
		struct str rest = bookkeeping[i];

		if (str_eq(rest, table))
			return true;
		if (str_starts(rest, table) && rest.n > table.n && rest.p[table.n] == '.' &&
		    str_eq(str_skip(rest, table.n + 1), column))
			return true;
	}
	return false;
}

/* One per name; what stands in it comes later. */
static struct table *table_of(struct finding *f, struct str name)
{
	uint32_t index = (uint32_t)f->tables.n;

	if (!map_put(&f->by_name, name, &index))
		return f->tables.p[index];

	struct table *t = arena_new(f->arena, struct table);

	*t = (struct table){ .name = name };
	*VEC_PUSH(f->arena, &f->tables) = t;
	return t;
}

static const struct column *column_of(struct finding *f, enum column_type type, struct str name,
				      struct str target)
{
	struct column *c = arena_new(f->arena, struct column);
	struct str *targets = arena_new(f->arena, struct str);

	*targets = target;
	*c = (struct column){ .name = name,
			      .schema_name = name,
			      .type = type,
			      .read = true,
			      .precision = -1,
			      .targets = targets,
			      .ntargets = type == COLUMN_LOOKUP ? 1 : 0 };
	return c;
}

static struct str member(struct finding *f, const struct json *o, struct str name)
{
	return str_dup(f->arena, json_text(o, name));
}

static void add_lookup(struct finding *f, const struct json *o)
{
	struct str table = member(f, o, S("ReferencingEntity"));
	struct str column = member(f, o, S("ReferencingAttribute"));
	enum cascade cascade = CASCADE_NONE;

	if (table.n == 0 || column.n == 0 || is_bookkeeping(table, column))
		return;
	if (!cascade_parse(json_text(json_get(o, S("CascadeConfiguration")), S("Delete")),
			   &cascade))
		cascade = CASCADE_NONE;
	*VEC_PUSH(f->arena, &f->found) = (struct pointer){
		.table = table_of(f, table),
		.lookup = column_of(f, COLUMN_LOOKUP, column, f->name),
		.relationship = member(f, o, S("SchemaName")),
		.on_delete = cascade,
	};
}

static void add_end(struct finding *f, const struct json *o, struct str own, struct str own_column,
		    struct str other, struct str other_column)
{
	struct str intersect = member(f, o, S("IntersectEntityName"));

	if (!str_eq(json_text(o, own), f->name) || intersect.n == 0)
		return;
	*VEC_PUSH(f->arena, &f->found) = (struct pointer){
		.table = table_of(f, intersect),
		.lookup = column_of(f, COLUMN_GUID, member(f, o, own_column), f->name),
		.other = column_of(f, COLUMN_GUID, member(f, o, other_column), f->name),
		.other_table = member(f, o, other),
		.relationship = member(f, o, S("SchemaName")),
		.on_delete = CASCADE_REMOVE_LINK,
	};
}

/* A reflexive relationship has both of its ends here. */
static void add_pair(struct finding *f, const struct json *o)
{
	static const struct str words[] = { STR_INIT("Entity1LogicalName"),
					    STR_INIT("Entity1IntersectAttribute"),
					    STR_INIT("Entity2LogicalName"),
					    STR_INIT("Entity2IntersectAttribute") };

	add_end(f, o, words[0], words[1], words[2], words[3]);
	add_end(f, o, words[2], words[3], words[0], words[1]);
}

/* The `value` of an answer; *told false: the service has no such thing. */
static bool ask(struct finding *f, struct str url, struct json *out, bool *told, struct err *e)
{
	DEFER(buf_release) struct buf body = buf_make(LIMIT_RELATIONSHIPS);
	struct json *answer = arena_new(f->arena, struct json);

	if (!read_try_text(f->reader, url, S(""), &body, told, e))
		return false;
	if (!*told)
		return true;
	if (!json_parse(f->arena, str_dup(f->arena, buf_str(&body)), "the relationships", answer,
			e))
		return read_unreadable(e);

	const struct json *rows = json_get(answer, S("value"));

	if (!rows || rows->kind != JSON_ARRAY)
		return err_set(e, ERR_NETWORK, "the relationships came without a list");
	*out = *rows;
	return true;
}

static void add_name(struct buf *url, struct str name)
{
	struct str_splitter parts = str_splitter(name);
	bool first = true;

	buf_add_char(url, '\'');
	/* a quote inside an OData text is written twice */
	for (struct str part; str_split(&parts, '\'', &part); first = false) {
		buf_add(url, first ? S("") : S("%27%27"));
		url_encode(url, part);
	}
	buf_add_char(url, '\'');
}

static bool ask_list(struct finding *f, const char *list, const char *select,
		     void (*add)(struct finding *f, const struct json *o), struct err *e)
{
	DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
	struct json rows = { .kind = JSON_ARRAY };
	bool told;

	buf_add(&url, S("EntityDefinitions(LogicalName="));
	add_name(&url, f->name);
	buf_add_fmt(&url, ")/%s?$select=%s", list, select);
	if (!buf_check(&url, "the question for relationships", e) ||
	    !ask(f, buf_str(&url), &rows, &told, e))
		return false;
	if (!told)
		return err_set(e, ERR_INPUT, "the service does not tell what points to %.*s",
			       STR_ARG(f->name));
	for (size_t i = 0; i < rows.n; i++)
		add(f, &rows.items[i]);
	return true;
}

static void definitions_url(struct buf *url, struct table *const *tables, size_t n)
{
	buf_add(url, S("EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute,"
		       "TableType&$filter="));
	for (size_t i = 0; i < n; i++) {
		buf_add(url, i > 0 ? S("%20or%20") : S(""));
		buf_add(url, S("LogicalName%20eq%20"));
		add_name(url, tables[i]->name);
	}
	buf_add(url, S("&$expand=Attributes($select=LogicalName;$filter=LogicalName%20eq%20"
		       "'createdon'%20or%20LogicalName%20eq%20'createdby')"));
}

static void take_definition(struct finding *f, const struct json *o)
{
	const struct json *attributes = json_get(o, S("Attributes"));
	struct str type = json_text(o, S("TableType"));
	uint32_t index;

	/* rows of a virtual table are no rows of the environment: nothing of it depends on them */
	if (str_eq(type, S("Virtual")) ||
	    !map_get(&f->by_name, json_text(o, S("LogicalName")), &index))
		return;

	struct table *t = f->tables.p[index];

	t->entity_set = member(f, o, S("EntitySetName"));
	t->primary_id = member(f, o, S("PrimaryIdAttribute"));
	t->table_type = str_dup(f->arena, type);
	if (!attributes || attributes->kind != JSON_ARRAY)
		return;
	t->columns = arena_array(f->arena, struct column, attributes->n);
	for (size_t i = 0; i < attributes->n; i++) {
		struct str name = member(f, &attributes->items[i], S("LogicalName"));
		bool by = str_eq(name, S("createdby"));

		t->columns[t->ncolumns++] =
			*column_of(f, by ? COLUMN_LOOKUP : COLUMN_DATETIME, name, S("systemuser"));
	}
}

static bool ask_definitions(struct finding *f, struct err *e)
{
	for (size_t at = 0; at < f->tables.n; at += TABLES_AT_ONCE) {
		DEFER(buf_release) struct buf url = buf_make(LIMIT_URL);
		size_t left = f->tables.n - at;
		struct json rows = { .kind = JSON_ARRAY };
		bool told;

		definitions_url(&url, f->tables.p + at,
				left < TABLES_AT_ONCE ? left : TABLES_AT_ONCE);
		if (!buf_check(&url, "the question for tables", e) ||
		    !ask(f, buf_str(&url), &rows, &told, e))
			return false;
		if (!told)
			return err_set(e, ERR_INPUT, "the service does not tell its tables");
		for (size_t i = 0; i < rows.n; i++)
			take_definition(f, &rows.items[i]);
	}
	return true;
}

/* All columns that are asked for belong to the table, its key too. */
static bool complete(struct finding *f, struct pointer *p, struct err *e)
{
	const struct table *from = p->table;
	struct table *t = arena_new(f->arena, struct table);
	VEC(struct column) columns = { 0 };

	*t = *from;
	*VEC_PUSH(f->arena, &columns) = *column_of(f, COLUMN_GUID, t->primary_id, S(""));
	if (!str_eq(p->lookup->name, t->primary_id))
		*VEC_PUSH(f->arena, &columns) = *p->lookup;
	if (p->other)
		*VEC_PUSH(f->arena, &columns) = *p->other;
	for (size_t i = 0; i < from->ncolumns; i++)
		if (!str_eq(from->columns[i].name, p->lookup->name))
			*VEC_PUSH(f->arena, &columns) = from->columns[i];
	t->columns = columns.p;
	t->ncolumns = columns.n;
	t->by_name = map_make(f->arena);
	if (!table_index(f->arena, t, e))
		return false;
	p->table = t;
	p->lookup = table_column(t, p->lookup->name);
	p->other = p->other ? table_column(t, p->other->name) : NULL;
	p->created_on = p->other ? NULL : table_column(t, S("createdon"));
	p->created_by = p->other ? NULL : table_column(t, S("createdby"));
	return true;
}

static bool complete_all(struct finding *f, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->found.n; i++) {
		/* virtual, or not there for this user */
		if (f->found.p[i].table->entity_set.n == 0)
			continue;
		f->found.p[kept] = f->found.p[i];
		if (!complete(f, &f->found.p[kept++], e))
			return false;
	}
	f->found.n = kept;
	return true;
}

bool pointers_to(struct reader *r, struct arena *a, struct str table, struct pointer **out,
		 size_t *n, struct err *e)
{
	struct finding f = { .reader = r, .arena = a, .name = table, .by_name = map_make(a) };

	if (!ask_list(&f, "OneToManyRelationships",
		      "SchemaName,ReferencingEntity,ReferencingAttribute,CascadeConfiguration",
		      add_lookup, e) ||
	    !ask_list(&f, "ManyToManyRelationships",
		      "SchemaName,IntersectEntityName,Entity1LogicalName,Entity1IntersectAttribute,"
		      "Entity2LogicalName,Entity2IntersectAttribute",
		      add_pair, e) ||
	    !ask_definitions(&f, e) || !complete_all(&f, e))
		return err_wrap(e, "asking what points to rows of %.*s", STR_ARG(table));
	*out = f.found.p;
	*n = f.found.n;
	return true;
}
