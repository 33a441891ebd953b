/* SPDX-License-Identifier: MIT */
/*
 * On the platform attribute maps, which makers may change, tell which columns are taken. Here the ones
 * that its own tables map from the start are: addresses, currency, terms of payment; where both tables have a
 * column of that name and type.
 */
#include "org/initialize.h"

#include "dv/odata.h"
#include "org/access.h"
#include "org/parameter.h"
#include "org/row.h"

#include "base/banned.h"

/* Exact names, or beginnings of names that end with '*'. */
static const struct str MAPPED[] = {
	STR_INIT("transactioncurrencyid"),
	STR_INIT("defaultpricelevelid"),
	STR_INIT("paymenttermscode"),
	STR_INIT("preferredcontactmethodcode"),
	STR_INIT("address1_*"),
};

enum field_type { FIELD_ALL, FIELD_CREATE, FIELD_UPDATE, FIELD_READ };

struct start {
	const struct table *source, *target;
	struct guid id; /* of the source's row */
	enum field_type fields;
	const struct column **columns; /* of the target */
	struct value *values;
	size_t n;
};

static bool is_mapped(const struct column *c)
{
	if (c->type == COLUMN_GUID) /* address1_addressid is the address's own */
		return false;
	for (size_t i = 0; i < COUNT_OF(MAPPED); i++) {
		struct str name = MAPPED[i];
		bool open = str_ends(name, S("*"));

		if (open ? str_starts(c->name, str_sub(name, 0, name.n - 1))
			 : str_eq(c->name, name))
			return true;
	}
	return false;
}

static bool is_wanted(const struct column *c, enum field_type fields)
{
	switch (fields) {
	case FIELD_ALL:
		return true;
	case FIELD_CREATE:
		return c->create;
	case FIELD_UPDATE:
		return c->update;
	case FIELD_READ:
		return c->read;
	}
	return false;
}

static bool read_field_type(struct call *c, enum field_type *out, struct err *e)
{
	static const struct str words[] = { STR_INIT("All"), STR_INIT("ValidForCreate"),
					    STR_INIT("ValidForUpdate"), STR_INIT("ValidForRead") };
	struct err ignored;
	struct str text;

	*out = FIELD_ALL;
	if (!message_parameter(c, S("TargetFieldType"), &text, &ignored))
		return true; /* not told */
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct str full = str_fmt(c->arena, "Microsoft.Dynamics.CRM.TargetFieldType'%.*s'",
					  STR_ARG(words[i]));

		if (!str_eq(text, full))
			continue;
		*out = (enum field_type)i;
		return true;
	}
	return message_fail_parameter(S("TargetFieldType"), "a TargetFieldType", e);
}

/*
 * The lookup by which a new row points to what it is made from: one that can be set then, and among those a
 * parent or a customer before all others.
 */
static const struct column *back_column(const struct start *x)
{
	const struct column *first = NULL;

	for (size_t i = 0; i < x->target->nmany_to_one; i++) {
		const struct many_to_one *r = &x->target->many_to_one[i];
		const struct column *c = table_column(x->target, r->column);

		if (!str_eq(r->target, x->source->name) || !c || !c->create)
			continue;
		if (str_starts(c->name, S("parent")) || c->type == COLUMN_CUSTOMER)
			return c;
		first = first ? first : c;
	}
	return first;
}

static void add(struct start *x, const struct column *c, struct value v)
{
	x->columns[x->n] = c;
	x->values[x->n] = v;
	x->n++;
}

static bool add_mapped(struct call *c, struct start *x, const struct column *to, struct err *e)
{
	const struct column *from = table_column(x->source, to->name);
	struct value v;

	if (!from || from->type != to->type || !is_mapped(to) || !is_wanted(to, x->fields) ||
	    !store_has_column(to))
		return true;
	if (!row_read(c->store, c->arena, x->source, x->id, from->name, &v, e))
		return false;
	if (!value_is_empty(&v))
		add(x, to, v);
	return true;
}

static bool write_start(struct call *c, const struct start *x, struct err *e)
{
	struct str context = str_fmt(c->arena, "%.*s/$entity", STR_ARG(x->target->entity_set));

	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, context));
	json_key(&w, S("@odata.type"));
	json_str(&w, str_fmt(c->arena, "#Microsoft.Dynamics.CRM.%.*s", STR_ARG(x->target->name)));
	if (!odata_members_write(&w, &c->store->catalog, x->target, x->columns, x->values, x->n, e))
		return false;
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

bool function_initialize_from(struct call *c, struct err *e)
{
	struct start x = { 0 };
	const struct column *back;
	struct str name;
	int64_t version;

	if (!message_parameter_row(c, S("EntityMoniker"), &x.source, &x.id, e) ||
	    !message_parameter_text(c, S("TargetEntityName"), &name, e) ||
	    !read_field_type(c, &x.fields, e) || !message_table(c, name, &x.target, e) ||
	    !row_version(c->store, x.source, x.id, &version, e))
		return false;
	if (version < 0)
		return row_fail_missing(x.source, x.id, e);
	if (!access_row(c->store, x.source, x.id, RIGHT_READ, e))
		return false;
	x.columns = arena_array(c->arena, const struct column *, x.target->ncolumns + 1);
	x.values = arena_array(c->arena, struct value, x.target->ncolumns + 1);
	back = back_column(&x);
	if (back)
		add(&x, back,
		    (struct value){ .kind = VALUE_REF,
				    .text = guid_text(c->arena, x.id),
				    .table = x.source->name });
	for (size_t i = 0; i < x.target->ncolumns; i++) {
		if (!add_mapped(c, &x, &x.target->columns[i], e))
			return false;
	}
	return write_start(c, &x, e);
}
