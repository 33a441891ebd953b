/* SPDX-License-Identifier: MIT */
/*
 * Creating, changing and deleting tables: what a client tells, and what the platform adds.
 */
#include "base/vec.h"
#include "org/code.h"
#include "org/metadata_body.h"
#include "org/metadata_rows.h"
#include "org/store_alter.h"

#include "base/banned.h"

/* A table while it is made. */
struct making {
	struct call *call;
	struct table table;
	VEC(struct column) columns;
	VEC(struct many_to_one) lookups;
};

enum owner { OWNER_ANY, OWNER_USER, OWNER_ORGANIZATION };

/* What every table has, as far as its owners want it. */
static const struct standard {
	struct str schema_name;
	struct str display_name;
	enum column_type type;
	enum owner owner;
	bool create, update;
	struct str target;
	struct str relationship; /* before the table's name */
} STANDARD[] = {
	{ STR_INIT("CreatedOn"), STR_INIT("Created On"), COLUMN_DATETIME, OWNER_ANY, false, false,
	  STR_INIT(""), STR_INIT("") },
	{ STR_INIT("CreatedBy"), STR_INIT("Created By"), COLUMN_LOOKUP, OWNER_ANY, false, false,
	  STR_INIT("systemuser"), STR_INIT("lk_") },
	{ STR_INIT("ModifiedOn"), STR_INIT("Modified On"), COLUMN_DATETIME, OWNER_ANY, false, false,
	  STR_INIT(""), STR_INIT("") },
	{ STR_INIT("ModifiedBy"), STR_INIT("Modified By"), COLUMN_LOOKUP, OWNER_ANY, false, false,
	  STR_INIT("systemuser"), STR_INIT("lk_") },
	{ STR_INIT("CreatedOnBehalfBy"), STR_INIT("Created By (Delegate)"), COLUMN_LOOKUP,
	  OWNER_ANY, false, false, STR_INIT("systemuser"), STR_INIT("lk_") },
	{ STR_INIT("ModifiedOnBehalfBy"), STR_INIT("Modified By (Delegate)"), COLUMN_LOOKUP,
	  OWNER_ANY, false, false, STR_INIT("systemuser"), STR_INIT("lk_") },
	{ STR_INIT("OverriddenCreatedOn"), STR_INIT("Record Created On"), COLUMN_DATETIME,
	  OWNER_ANY, true, false, STR_INIT(""), STR_INIT("") },
	{ STR_INIT("ImportSequenceNumber"), STR_INIT("Import Sequence Number"), COLUMN_INTEGER,
	  OWNER_ANY, true, false, STR_INIT(""), STR_INIT("") },
	{ STR_INIT("OrganizationId"), STR_INIT("Organization Id"), COLUMN_LOOKUP,
	  OWNER_ORGANIZATION, false, false, STR_INIT("organization"), STR_INIT("organization_") },
	{ STR_INIT("OwnerId"), STR_INIT("Owner"), COLUMN_OWNER, OWNER_USER, true, true,
	  STR_INIT("owner"), STR_INIT("owner_") },
	{ STR_INIT("OwningBusinessUnit"), STR_INIT("Owning Business Unit"), COLUMN_LOOKUP,
	  OWNER_USER, false, false, STR_INIT("businessunit"), STR_INIT("business_unit_") },
	{ STR_INIT("OwningUser"), STR_INIT("Owning User"), COLUMN_LOOKUP, OWNER_USER, false, false,
	  STR_INIT("systemuser"), STR_INIT("user_") },
	{ STR_INIT("OwningTeam"), STR_INIT("Owning Team"), COLUMN_LOOKUP, OWNER_USER, false, false,
	  STR_INIT("team"), STR_INIT("team_") },
	{ STR_INIT("TimeZoneRuleVersionNumber"), STR_INIT("Time Zone Rule Version Number"),
	  COLUMN_INTEGER, OWNER_ANY, true, true, STR_INIT(""), STR_INIT("") },
	{ STR_INIT("UTCConversionTimeZoneCode"), STR_INIT("UTC Conversion Time Zone Code"),
	  COLUMN_INTEGER, OWNER_ANY, true, true, STR_INIT(""), STR_INIT("") },
	{ STR_INIT("VersionNumber"), STR_INIT("Version Number"), COLUMN_BIGINT, OWNER_ANY, false,
	  false, STR_INIT(""), STR_INIT("") },
};

static struct column *add(struct making *m, struct str schema_name, struct str display_name,
			  enum column_type type)
{
	struct arena *a = m->call->arena;
	struct column *c = VEC_PUSH(a, &m->columns);

	*c = (struct column){ .name = str_lower_ascii(a, schema_name),
			      .schema_name = schema_name,
			      .display_name = display_name,
			      .unmanaged = true,
			      .type = type,
			      .read = true,
			      .precision = -1 };
	return c;
}

static void add_targets(struct making *m, struct column *c, struct str target)
{
	static struct str owners[] = { STR_INIT("systemuser"), STR_INIT("team") };

	c->targets = arena_array(m->call->arena, struct str, 1);
	c->targets[0] = target;
	c->ntargets = 1;
	if (c->type == COLUMN_OWNER) {
		c->targets = owners;
		c->ntargets = COUNT_OF(owners);
	}
}

/* lk_new_thing_createdby, owner_new_thing */
static void add_relationship(struct making *m, const struct column *c, const struct standard *s)
{
	struct arena *a = m->call->arena;
	bool users = str_eq(s->relationship, S("lk_"));
	struct many_to_one *r = VEC_PUSH(a, &m->lookups);

	r->schema_name =
		users ? str_fmt(a, "lk_%.*s_%.*s", STR_ARG(m->table.name), STR_ARG(c->name))
		      : str_fmt(a, "%.*s%.*s", STR_ARG(s->relationship), STR_ARG(m->table.name));
	r->column = c->name;
	r->target = s->target;
	r->target_column = str_fmt(a, "%.*sid", STR_ARG(s->target));
	r->navigation = c->name;
	r->collection = r->schema_name;
	r->on_delete = CASCADE_NONE;
	r->unmanaged = true;
}

static void add_state(struct making *m)
{
	static struct option states[] = {
		{ .value = 0, .label = STR_INIT("Active"), .default_status = 1 },
		{ .value = 1, .label = STR_INIT("Inactive"), .default_status = 2 },
	};
	static struct option statuses[] = {
		{ .value = 1, .label = STR_INIT("Active"), .state = 0 },
		{ .value = 2, .label = STR_INIT("Inactive"), .state = 1 },
	};
	struct column *c = add(m, S("statecode"), S("Status"), COLUMN_STATE);

	c->required = REQUIRED_SYSTEM;
	c->update = true;
	c->options = states;
	c->noptions = COUNT_OF(states);
	c->has_default = true;
	c = add(m, S("statuscode"), S("Status Reason"), COLUMN_STATUS);
	c->create = c->update = true;
	c->options = statuses;
	c->noptions = COUNT_OF(statuses);
}

static void add_standard(struct making *m)
{
	enum owner owner = m->table.user_owned ? OWNER_USER : OWNER_ORGANIZATION;

	for (size_t i = 0; i < COUNT_OF(STANDARD); i++) {
		const struct standard *s = &STANDARD[i];

		if (s->owner != OWNER_ANY && s->owner != owner)
			continue;

		struct column *c = add(m, s->schema_name, s->display_name, s->type);

		c->create = s->create;
		c->update = s->update;
		if (s->type == COLUMN_INTEGER) {
			c->has_min = c->has_max = true;
			c->min = c->create && c->update ? S("-1") : S("-2147483648");
			c->max = S("2147483647");
		}
		if (s->type == COLUMN_OWNER)
			c->required = REQUIRED_SYSTEM;
		if (s->target.n > 0) {
			add_targets(m, c, s->target);
			add_relationship(m, c, s);
		}
	}
	add_state(m);
}

/* Rows of elastic tables are kept in partitions, and may pass away. */
static void add_elastic(struct making *m)
{
	struct column *c = add(m, S("PartitionId"), S("Partition Id"), COLUMN_STRING);

	c->create = c->update = true;
	c->max_length = 100;
	c = add(m, S("TTLInSeconds"), S("Time to live"), COLUMN_INTEGER);
	c->create = c->update = true;
	c->has_min = c->has_max = true;
	c->min = S("0");
	c->max = S("2147483647");
}

void metadata_add_money(struct call *c, struct str table, const struct column *money,
			struct column out[3], struct many_to_one *lookup)
{
	struct arena *a = c->arena;

	out[0] = *money;
	out[0].name = str_fmt(a, "%.*s_base", STR_ARG(money->name));
	out[0].schema_name = str_fmt(a, "%.*s_Base", STR_ARG(money->schema_name));
	out[0].display_name = str_fmt(a, "%.*s (Base)", STR_ARG(money->display_name));
	out[0].create = out[0].update = false;
	out[0].required = REQUIRED_NONE;
	out[0].precision = 4;
	out[1] = (struct column){ .name = S("transactioncurrencyid"),
				  .schema_name = S("TransactionCurrencyId"),
				  .display_name = S("Currency"),
				  .unmanaged = true,
				  .type = COLUMN_LOOKUP,
				  .create = true,
				  .update = true,
				  .read = true,
				  .precision = -1,
				  .targets = arena_array(a, struct str, 1),
				  .ntargets = 1 };
	out[1].targets[0] = S("transactioncurrency");
	out[2] = (struct column){ .name = S("exchangerate"),
				  .schema_name = S("ExchangeRate"),
				  .display_name = S("Exchange Rate"),
				  .unmanaged = true,
				  .type = COLUMN_DECIMAL,
				  .read = true,
				  .precision = 12,
				  .has_min = true,
				  .has_max = true,
				  .min = S("0.000000000001"),
				  .max = S("100000000000") };
	*lookup = (struct many_to_one){
		.schema_name = str_fmt(a, "TransactionCurrency_%.*s", STR_ARG(table)),
		.column = out[1].name,
		.target = S("transactioncurrency"),
		.target_column = S("transactioncurrencyid"),
		.navigation = out[1].name,
		.collection = str_fmt(a, "TransactionCurrency_%.*s", STR_ARG(table)),
		.on_delete = CASCADE_RESTRICT,
		.unmanaged = true,
	};
}

static bool has_column(const struct making *m, struct str name)
{
	for (size_t i = 0; i < m->columns.n; i++) {
		if (str_eq(m->columns.p[i].name, name))
			return true;
	}
	return false;
}

static void add_currency(struct making *m, const struct column *money)
{
	struct arena *a = m->call->arena;
	struct column more[3];
	struct many_to_one lookup;
	bool first = !has_column(m, S("transactioncurrencyid"));

	metadata_add_money(m->call, m->table.name, money, more, &lookup);
	*VEC_PUSH(a, &m->columns) = more[0];
	if (!first)
		return;
	*VEC_PUSH(a, &m->columns) = more[1];
	*VEC_PUSH(a, &m->columns) = more[2];
	*VEC_PUSH(a, &m->lookups) = lookup;
}

/* The columns that the client wants; one of them has to be the primary name. */
static bool add_own(struct making *m, const struct json *body, struct err *e)
{
	const struct json *list = json_get(body, S("Attributes"));
	struct table *t = &m->table;

	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->n; i++) {
		struct column c;

		if (!metadata_new_column(m->call, &list->items[i], t->name, &c, e))
			return false;
		if (column_is_lookup(&c))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "column '%.*s': a lookup is created with its "
					    "relationship",
					    STR_ARG(c.name));
		if (json_flag(&list->items[i], S("IsPrimaryName")) && c.type == COLUMN_STRING)
			t->primary_name = c.name;
		*VEC_PUSH(m->call->arena, &m->columns) = c;
		if (c.type == COLUMN_MONEY)
			add_currency(m, &c);
		if (c.type == COLUMN_IMAGE && t->primary_image.n == 0)
			t->primary_image = c.name;
	}
	if (t->primary_name.n > 0)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "table '%.*s': one text among its Attributes has to have "
			    "IsPrimaryName: true",
			    STR_ARG(t->name));
}

/* The platform's English plural: boxes, parties, things. */
static struct str plural(struct arena *a, struct str name)
{
	static const struct str hissing[] = { STR_INIT("s"), STR_INIT("x"), STR_INIT("z"),
					      STR_INIT("ch"), STR_INIT("sh") };

	for (size_t i = 0; i < COUNT_OF(hissing); i++) {
		if (str_ends(name, hissing[i]))
			return str_fmt(a, "%.*ses", STR_ARG(name));
	}
	if (str_ends(name, S("y")) && name.n > 1 &&
	    str_find_char(S("aeiou"), name.p[name.n - 2]) == STR_NONE)
		return str_fmt(a, "%.*sies", STR_ARG(str_sub(name, 0, name.n - 1)));
	return str_fmt(a, "%.*ss", STR_ARG(name));
}

static void read_labels(struct call *c, const struct json *body, struct table *t)
{
	metadata_relabel(c, body, S("DisplayName"), &t->display_name);
	metadata_relabel(c, body, S("DisplayCollectionName"), &t->display_collection_name);
	metadata_relabel(c, body, S("Description"), &t->description);
}

static bool read_ownership(struct call *c, const struct json *body, struct table *t, struct err *e)
{
	struct str word = metadata_text(c, body, S("OwnershipType"));

	t->ownership = word.n > 0 ? word : S("UserOwned");
	t->user_owned = str_eq(t->ownership, S("UserOwned"));
	if (t->user_owned || str_eq(t->ownership, S("OrganizationOwned")))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "OwnershipType is UserOwned or OrganizationOwned, not '%.*s'",
			    STR_ARG(str_sub(word, 0, 100)));
}

static bool read_type(struct call *c, const struct json *body, struct table *t, struct err *e)
{
	struct str word = metadata_text(c, body, S("TableType"));

	t->table_type = word.n > 0 ? word : S("Standard");
	if (json_flag(body, S("IsActivity")))
		return err_set(e, ERR_UNSUPPORTED,
			       "a local organization does not create tables of activities by "
			       "EntityDefinitions; give their definition to ferry org add-table");
	if (str_eq(t->table_type, S("Standard")) || str_eq(t->table_type, S("Elastic")))
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "TableType is Standard or Elastic, not '%.*s'",
			    STR_ARG(str_sub(word, 0, 100)));
}

static bool read_head(struct call *c, const struct json *body, struct table *t, struct err *e)
{
	t->schema_name = metadata_text(c, body, S("SchemaName"));
	if (!metadata_name("a table", t->schema_name, e))
		return false;
	t->name = str_lower_ascii(c->arena, t->schema_name);
	t->entity_set = metadata_text(c, body, S("EntitySetName"));
	if (t->entity_set.n == 0)
		t->entity_set = metadata_text(c, body, S("LogicalCollectionName"));
	if (t->entity_set.n == 0)
		t->entity_set = plural(c->arena, t->name);
	t->collection_schema_name = plural(c->arena, t->schema_name);
	t->primary_id = str_fmt(c->arena, "%.*sid", STR_ARG(t->name));
	t->display_name = t->schema_name;
	t->display_collection_name = t->collection_schema_name;
	read_labels(c, body, t);
	t->unmanaged = true;
	t->has_notes = json_flag(body, S("HasNotes"));
	t->has_activities = json_flag(body, S("HasActivities"));
	t->change_tracking = json_flag(body, S("ChangeTrackingEnabled"));
	t->optimistic_concurrency = true;
	return read_ownership(c, body, t, e) && read_type(c, body, t, e);
}

static bool check_twice(const struct making *m, struct err *e)
{
	for (size_t i = 0; i < m->columns.n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (str_eq(m->columns.p[i].name, m->columns.p[j].name))
				return err_set_code(e, ERR_BAD_REQUEST, CODE_COLUMN_EXISTS,
						    "the table has the column '%.*s' twice",
						    STR_ARG(m->columns.p[i].name));
		}
	}
	return true;
}

static bool make(struct making *m, const struct json *body, struct err *e)
{
	struct arena *a = m->call->arena;
	struct table *t = &m->table;

	if (!read_head(m->call, body, t, e))
		return false;

	struct column *id =
		add(m, str_fmt(a, "%.*sId", STR_ARG(t->schema_name)), t->display_name, COLUMN_GUID);

	id->required = REQUIRED_SYSTEM;
	id->create = true;
	if (!add_own(m, body, e))
		return false;
	add_standard(m);
	if (str_eq(t->table_type, S("Elastic")))
		add_elastic(m);
	if (!check_twice(m, e))
		return false;
	t->columns = m->columns.p;
	t->ncolumns = m->columns.n;
	t->many_to_one = m->lookups.p;
	t->nmany_to_one = m->lookups.n;
	return table_index(a, t, e);
}

bool metadata_create_table(struct call *c, struct err *e)
{
	struct making m = { .call = c };
	const struct table *made;
	struct json body;

	if (!metadata_body(c, &body, e) || !make(&m, &body, e) ||
	    !alter_add_tables(c->store, c->arena, &m.table, 1, e) ||
	    !alter_take_notes(c->store, c->arena, &m.table, e) ||
	    !store_table(c->store, m.table.name, &made, e) ||
	    !metadata_rows_of_table(c->store, c->arena, made,
				    call_find_header(c, S("MSCRM.SolutionUniqueName")), e))
		return false;
	return metadata_made(
		c, metadata_path(c, "EntityDefinitions", definition_table_id(m.table.name, S(""))));
}

bool metadata_update_table(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct table t = *item->table;
	struct json body;

	if (!metadata_body(c, &body, e))
		return false;
	read_labels(c, &body, &t);
	if (json_get(&body, S("ChangeTrackingEnabled")))
		t.change_tracking = json_flag(&body, S("ChangeTrackingEnabled"));
	if (json_get(&body, S("HasActivities")))
		t.has_activities = t.has_activities || json_flag(&body, S("HasActivities"));
	t.has_notes = t.has_notes || json_flag(&body, S("HasNotes"));

	struct str image = metadata_text(c, &body, S("PrimaryImageAttribute"));
	bool notes = t.has_notes && !item->table->has_notes;

	if (image.n > 0 && table_column(&t, image))
		t.primary_image = image;
	t.name = str_dup(c->arena, t.name);
	t.primary_id = str_dup(c->arena, t.primary_id);
	if (!alter_table(c->store, &t, e) ||
	    (notes && !alter_take_notes(c->store, c->arena, &t, e)))
		return false;
	return metadata_made(c, metadata_echo(c));
}

static bool check_deletable(const struct table *t, struct err *e)
{
	if (t->unmanaged && !t->is_intersect)
		return true;
	return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_DELETABLE,
			    "table '%.*s' is part of a managed solution, or of a relationship: it "
			    "cannot be deleted by itself",
			    STR_ARG(t->name));
}

bool metadata_delete_table(struct call *c, const struct metadata_item *item, struct err *e)
{
	struct str name = str_dup(c->arena, item->table->name);
	struct guid id = metadata_id(item);

	if (!check_deletable(item->table, e) ||
	    !metadata_rows_forget(c->store, c->arena, item->table, id, e) ||
	    !alter_drop_table(c->store, c->arena, name, e))
		return false;
	return metadata_done(c);
}
