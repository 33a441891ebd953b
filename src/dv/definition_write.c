/* SPDX-License-Identifier: MIT */
/*
 * Writes table definitions as the Web API's metadata shows them (facts/webapi.md 5.1): everything that
 * definition_read reads, and of the rest what clients are known to ask for.
 */
#include "dv/definition.h"

#include "base/guid.h"

#include "base/banned.h"

#define LANGUAGE 1033 /* of all labels: English */

/* A type's name in AttributeType, and the name of its class; the base class has no name on the wire. */
struct type_row {
	struct str attribute_type;
	struct str class_name;
};

#define CLASS(name) STR_INIT("#Microsoft.Dynamics.CRM." name)

static const struct type_row types[] = {
	[COLUMN_STRING] = { STR_INIT("String"), CLASS("StringAttributeMetadata") },
	[COLUMN_MEMO] = { STR_INIT("Memo"), CLASS("MemoAttributeMetadata") },
	[COLUMN_ENTITY_NAME] = { STR_INIT("EntityName"), CLASS("EntityNameAttributeMetadata") },
	[COLUMN_INTEGER] = { STR_INIT("Integer"), CLASS("IntegerAttributeMetadata") },
	[COLUMN_BIGINT] = { STR_INIT("BigInt"), CLASS("BigIntAttributeMetadata") },
	[COLUMN_DECIMAL] = { STR_INIT("Decimal"), CLASS("DecimalAttributeMetadata") },
	[COLUMN_DOUBLE] = { STR_INIT("Double"), CLASS("DoubleAttributeMetadata") },
	[COLUMN_MONEY] = { STR_INIT("Money"), CLASS("MoneyAttributeMetadata") },
	[COLUMN_BOOLEAN] = { STR_INIT("Boolean"), CLASS("BooleanAttributeMetadata") },
	[COLUMN_DATETIME] = { STR_INIT("DateTime"), CLASS("DateTimeAttributeMetadata") },
	[COLUMN_PICKLIST] = { STR_INIT("Picklist"), CLASS("PicklistAttributeMetadata") },
	[COLUMN_MULTISELECT] = { STR_INIT("Virtual"),
				 CLASS("MultiSelectPicklistAttributeMetadata") },
	[COLUMN_STATE] = { STR_INIT("State"), CLASS("StateAttributeMetadata") },
	[COLUMN_STATUS] = { STR_INIT("Status"), CLASS("StatusAttributeMetadata") },
	[COLUMN_LOOKUP] = { STR_INIT("Lookup"), CLASS("LookupAttributeMetadata") },
	[COLUMN_CUSTOMER] = { STR_INIT("Customer"), CLASS("LookupAttributeMetadata") },
	[COLUMN_OWNER] = { STR_INIT("Owner"), CLASS("LookupAttributeMetadata") },
	[COLUMN_PARTYLIST] = { STR_INIT("PartyList"), CLASS("LookupAttributeMetadata") },
	[COLUMN_GUID] = { STR_INIT("Uniqueidentifier"), STR_INIT("") },
	[COLUMN_IMAGE] = { STR_INIT("Virtual"), CLASS("ImageAttributeMetadata") },
	[COLUMN_FILE] = { STR_INIT("Virtual"), CLASS("FileAttributeMetadata") },
	[COLUMN_MANAGED] = { STR_INIT("ManagedProperty"),
			     CLASS("ManagedPropertyAttributeMetadata") },
	[COLUMN_VIRTUAL] = { STR_INIT("Virtual"), STR_INIT("") },
};

/* The same names give the same id, in every organization that ferry makes. */
static struct str metadata_id(const char *kind, struct str outer, struct str inner,
			      char out[GUID_TEXT_SIZE])
{
	DEFER(buf_release) struct buf names = buf_make(0);
	struct guid g;

	buf_add_fmt(&names, "%s/%.*s/%.*s", kind, STR_ARG(outer), STR_ARG(inner));

	uint64_t low = hash_bytes(buf_str(&names));

	buf_add_char(&names, '/');

	uint64_t high = hash_bytes(buf_str(&names));

	for (size_t i = 0; i < 8; i++) {
		g.b[i] = (uint8_t)(low >> (8 * i));
		g.b[8 + i] = (uint8_t)(high >> (8 * i));
	}
	/* version 8, made by a rule of one's own, and the usual variant */
	g.b[6] = (uint8_t)(0x80 | (g.b[6] & 0x0f));
	g.b[8] = (uint8_t)(0x80 | (g.b[8] & 0x3f));
	return guid_format(g, out);
}

static void put_text(struct json_writer *w, struct str key, struct str value)
{
	json_key(w, key);
	if (value.n > 0)
		json_str(w, value);
	else
		json_null(w);
}

static void put_flag(struct json_writer *w, struct str key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

static void put_raw(struct json_writer *w, struct str key, struct str json)
{
	json_key(w, key);
	json_raw(w, json);
}

static void put_id(struct json_writer *w, const char *kind, struct str outer, struct str inner)
{
	char id[GUID_TEXT_SIZE];

	put_text(w, S("MetadataId"), metadata_id(kind, outer, inner, id));
	put_raw(w, S("HasChanged"), S("null"));
}

static void write_localized(struct json_writer *w, struct str label)
{
	json_object(w);
	put_text(w, S("Label"), label);
	json_key(w, S("LanguageCode"));
	json_i64(w, LANGUAGE);
	put_flag(w, S("IsManaged"), true);
	put_id(w, "label", label, S(""));
	json_object_end(w);
}

static void put_label(struct json_writer *w, struct str key, struct str label)
{
	json_key(w, key);
	json_object(w);
	json_key(w, S("LocalizedLabels"));
	json_array(w);
	if (label.n > 0)
		write_localized(w, label);
	json_array_end(w);
	json_key(w, S("UserLocalizedLabel"));
	if (label.n > 0)
		write_localized(w, label);
	else
		json_null(w);
	json_object_end(w);
}

static void put_value(struct json_writer *w, struct str key, struct str value)
{
	json_key(w, key);
	json_object(w);
	put_text(w, S("Value"), value);
	json_object_end(w);
}

static void write_option(struct json_writer *w, const struct column *c, const struct option *o)
{
	json_object(w);
	if (c->type == COLUMN_STATE)
		put_text(w, S("@odata.type"), S("#Microsoft.Dynamics.CRM.StateOptionMetadata"));
	if (c->type == COLUMN_STATUS)
		put_text(w, S("@odata.type"), S("#Microsoft.Dynamics.CRM.StatusOptionMetadata"));
	json_key(w, S("Value"));
	json_i64(w, o->value);
	put_raw(w, S("Color"), S("null"));
	put_flag(w, S("IsManaged"), true);
	put_raw(w, S("ExternalValue"), S("null"));
	put_raw(w, S("MetadataId"), S("null"));
	put_raw(w, S("HasChanged"), S("null"));
	put_label(w, S("Label"), o->label);
	put_label(w, S("Description"), S(""));
	if (c->type == COLUMN_STATE) {
		json_key(w, S("DefaultStatus"));
		json_i64(w, o->default_status);
		put_text(w, S("InvariantName"), o->label);
	}
	if (c->type == COLUMN_STATUS) {
		json_key(w, S("State"));
		json_i64(w, o->state);
		put_raw(w, S("TransitionData"), S("null"));
	}
	json_object_end(w);
}

static void put_option(struct json_writer *w, struct str key, const struct column *c, int32_t value)
{
	const struct option *o = column_option(c, value);

	json_key(w, key);
	if (o)
		write_option(w, c, o);
	else
		json_null(w);
}

static void write_option_set(struct json_writer *w, const struct table *t, const struct column *c)
{
	json_object(w);
	if (c->type == COLUMN_BOOLEAN) {
		put_option(w, S("TrueOption"), c, 1);
		put_option(w, S("FalseOption"), c, 0);
	} else {
		json_key(w, S("Options"));
		json_array(w);
		for (size_t i = 0; i < c->noptions; i++)
			write_option(w, c, &c->options[i]);
		json_array_end(w);
	}
	put_label(w, S("DisplayName"), c->display_name);
	put_label(w, S("Description"), S(""));
	put_flag(w, S("IsCustomOptionSet"), false);
	put_flag(w, S("IsGlobal"), false);
	put_flag(w, S("IsManaged"), true);
	put_text(w, S("OptionSetType"),
		 c->type == COLUMN_MULTISELECT ? S("Picklist") : types[c->type].attribute_type);
	put_id(w, "choice", t->name, c->name);
	json_object_end(w);
}

static void put_number(struct json_writer *w, struct str key, bool has, struct str number)
{
	json_key(w, key);
	if (has)
		json_num(w, number);
	else
		json_null(w);
}

static void put_range(struct json_writer *w, const struct column *c)
{
	put_number(w, S("MinValue"), c->has_min, c->min);
	put_number(w, S("MaxValue"), c->has_max, c->max);
}

static void put_precision(struct json_writer *w, const struct column *c)
{
	json_key(w, S("Precision"));
	if (c->precision >= 0)
		json_i64(w, c->precision);
	else
		json_null(w);
	put_range(w, c);
}

static void put_length(struct json_writer *w, const struct column *c)
{
	json_key(w, S("MaxLength"));
	if (c->max_length > 0)
		json_i64(w, c->max_length);
	else
		json_null(w);
}

static void put_moment(struct json_writer *w, const struct column *c)
{
	put_text(w, S("Format"), c->behavior == DATE_ONLY ? S("DateOnly") : S("DateAndTime"));
	put_value(w, S("DateTimeBehavior"), date_behavior_name(c->behavior));
}

static void put_default(struct json_writer *w, const struct column *c)
{
	if (c->type != COLUMN_BOOLEAN) {
		json_key(w, S("DefaultFormValue"));
		json_i64(w, c->has_default ? c->default_value : -1);
	} else if (c->has_default) {
		put_flag(w, S("DefaultValue"), c->default_value != 0);
	} else {
		put_raw(w, S("DefaultValue"), S("null"));
	}
}

static void put_names(struct json_writer *w, struct str key, const struct str *names, size_t n)
{
	json_key(w, key);
	json_array(w);
	for (size_t i = 0; i < n; i++)
		json_str(w, names[i]);
	json_array_end(w);
}

/* What only some types have. */
static void put_type_members(struct json_writer *w, const struct column *c)
{
	switch (c->type) {
	case COLUMN_STRING:
	case COLUMN_MEMO:
		put_length(w, c);
		break;
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
		put_range(w, c);
		break;
	case COLUMN_DECIMAL:
	case COLUMN_DOUBLE:
	case COLUMN_MONEY:
		put_precision(w, c);
		break;
	case COLUMN_DATETIME:
		put_moment(w, c);
		break;
	case COLUMN_BOOLEAN:
	case COLUMN_PICKLIST:
	case COLUMN_MULTISELECT:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		put_default(w, c);
		break;
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_PARTYLIST:
		put_names(w, S("Targets"), c->targets, c->ntargets);
		break;
	case COLUMN_ENTITY_NAME:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
	case COLUMN_MANAGED:
	case COLUMN_VIRTUAL:
		break;
	}
}

static void put_required(struct json_writer *w, const struct column *c)
{
	json_key(w, S("RequiredLevel"));
	json_object(w);
	put_text(w, S("Value"), required_level_name(c->required));
	put_flag(w, S("CanBeChanged"), c->required != REQUIRED_SYSTEM);
	put_text(w, S("ManagedPropertyLogicalName"), S("canmodifyrequirementlevelsettings"));
	json_object_end(w);
}

static bool has_options(const struct column *c)
{
	return column_is_choice(c) || c->type == COLUMN_MULTISELECT || c->type == COLUMN_BOOLEAN;
}

void definition_write_attribute(struct json_writer *w, const struct table *t,
				const struct column *c, bool options)
{
	json_object(w);
	if (types[c->type].class_name.n > 0)
		put_text(w, S("@odata.type"), types[c->type].class_name);
	put_raw(w, S("AttributeOf"), S("null"));
	put_text(w, S("AttributeType"), types[c->type].attribute_type);
	put_text(w, S("EntityLogicalName"), t->name);
	put_text(w, S("LogicalName"), c->name);
	put_text(w, S("SchemaName"), c->schema_name);
	put_flag(w, S("IsPrimaryId"), str_eq(c->name, t->primary_id));
	put_flag(w, S("IsPrimaryName"), str_eq(c->name, t->primary_name));
	put_flag(w, S("IsValidForCreate"), c->create);
	put_flag(w, S("IsValidForRead"), c->read);
	put_flag(w, S("IsValidForUpdate"), c->update);
	put_flag(w, S("IsSecured"), c->secured);
	put_flag(w, S("IsLogical"), false);
	put_raw(w, S("SourceType"), S("null"));
	put_id(w, "column", t->name, c->name);
	put_value(w, S("AttributeTypeName"), column_type_name(c->type));
	put_label(w, S("DisplayName"), c->display_name);
	put_required(w, c);
	put_type_members(w, c);
	if (options && has_options(c)) {
		json_key(w, S("OptionSet"));
		write_option_set(w, t, c);
	}
	json_object_end(w);
}

static void write_many_to_one(struct json_writer *w, const struct table *t,
			      const struct many_to_one *r)
{
	json_object(w);
	put_text(w, S("SchemaName"), r->schema_name);
	put_text(w, S("RelationshipType"), S("OneToManyRelationship"));
	put_text(w, S("ReferencedAttribute"), r->target_column);
	put_text(w, S("ReferencedEntity"), r->target);
	put_text(w, S("ReferencingAttribute"), r->column);
	put_text(w, S("ReferencingEntity"), t->name);
	put_text(w, S("ReferencedEntityNavigationPropertyName"), r->schema_name);
	put_text(w, S("ReferencingEntityNavigationPropertyName"), r->navigation);
	put_id(w, "relationship", r->schema_name, r->column);
	json_object_end(w);
}

static void write_many_to_many(struct json_writer *w, const struct many_to_many *r)
{
	json_object(w);
	put_text(w, S("SchemaName"), r->schema_name);
	put_text(w, S("RelationshipType"), S("ManyToManyRelationship"));
	put_text(w, S("IntersectEntityName"), r->intersect);
	put_text(w, S("Entity1LogicalName"), r->table1);
	put_text(w, S("Entity1IntersectAttribute"), r->column1);
	put_text(w, S("Entity1NavigationPropertyName"), r->navigation1);
	put_text(w, S("Entity2LogicalName"), r->table2);
	put_text(w, S("Entity2IntersectAttribute"), r->column2);
	put_text(w, S("Entity2NavigationPropertyName"), r->navigation2);
	put_id(w, "relationship", r->schema_name, S(""));
	json_object_end(w);
}

static void write_key(struct json_writer *w, const struct table *t, const struct table_key *k)
{
	json_object(w);
	put_text(w, S("LogicalName"), k->name);
	put_text(w, S("SchemaName"), k->name);
	put_text(w, S("EntityLogicalName"), t->name);
	put_names(w, S("KeyAttributes"), k->columns, k->ncolumns);
	put_text(w, S("EntityKeyIndexStatus"), S("Active"));
	put_id(w, "key", t->name, k->name);
	json_object_end(w);
}

/* A property of the table itself: where its value stands, or what it always is. */
struct property {
	struct str name;
	enum {
		PROPERTY_TEXT,
		PROPERTY_LABEL,
		PROPERTY_CODE,
		PROPERTY_OWNER,
		PROPERTY_FLAG,
		PROPERTY_CUSTOM,
		PROPERTY_CONSTANT
	} kind;
	size_t offset;
	struct str constant;
};

#define MEMBER(member) offsetof(struct table, member), STR_INIT("")
#define CONSTANT(json) 0, STR_INIT(json)

static const struct property properties[] = {
	{ STR_INIT("ChangeTrackingEnabled"), PROPERTY_CONSTANT, CONSTANT("false") },
	{ STR_INIT("EntitySetName"), PROPERTY_TEXT, MEMBER(entity_set) },
	{ STR_INIT("IsActivity"), PROPERTY_CONSTANT, CONSTANT("false") },
	{ STR_INIT("IsCustomEntity"), PROPERTY_CUSTOM, MEMBER(name) },
	{ STR_INIT("IsIntersect"), PROPERTY_FLAG, MEMBER(is_intersect) },
	{ STR_INIT("IsManaged"), PROPERTY_CONSTANT, CONSTANT("true") },
	{ STR_INIT("IsOptimisticConcurrencyEnabled"), PROPERTY_CONSTANT, CONSTANT("true") },
	{ STR_INIT("IsPrivate"), PROPERTY_CONSTANT, CONSTANT("false") },
	{ STR_INIT("IsValidForAdvancedFind"), PROPERTY_CONSTANT, CONSTANT("true") },
	/* no collection name is kept; the two differ at most in case */
	{ STR_INIT("LogicalCollectionName"), PROPERTY_TEXT, MEMBER(entity_set) },
	{ STR_INIT("LogicalName"), PROPERTY_TEXT, MEMBER(name) },
	{ STR_INIT("ObjectTypeCode"), PROPERTY_CODE, MEMBER(object_type_code) },
	{ STR_INIT("OwnershipType"), PROPERTY_OWNER, MEMBER(user_owned) },
	{ STR_INIT("PrimaryIdAttribute"), PROPERTY_TEXT, MEMBER(primary_id) },
	{ STR_INIT("PrimaryImageAttribute"), PROPERTY_CONSTANT, CONSTANT("null") },
	{ STR_INIT("PrimaryNameAttribute"), PROPERTY_TEXT, MEMBER(primary_name) },
	{ STR_INIT("SchemaName"), PROPERTY_TEXT, MEMBER(schema_name) },
	{ STR_INIT("TableType"), PROPERTY_CONSTANT, CONSTANT("\"Standard\"") },
	{ STR_INIT("DisplayCollectionName"), PROPERTY_LABEL, MEMBER(display_collection_name) },
	{ STR_INIT("DisplayName"), PROPERTY_LABEL, MEMBER(display_name) },
};

static void put_property(struct json_writer *w, const struct table *t, const struct property *p)
{
	const void *member = (const char *)t + p->offset;

	switch (p->kind) {
	case PROPERTY_TEXT:
		put_text(w, p->name, *(const struct str *)member);
		break;
	case PROPERTY_LABEL:
		put_label(w, p->name, *(const struct str *)member);
		break;
	case PROPERTY_CODE:
		json_key(w, p->name);
		json_i64(w, *(const int32_t *)member);
		break;
	case PROPERTY_OWNER:
		put_text(w, p->name,
			 *(const bool *)member ? S("UserOwned") : S("OrganizationOwned"));
		break;
	case PROPERTY_FLAG:
		put_flag(w, p->name, *(const bool *)member);
		break;
	case PROPERTY_CUSTOM:
		/* a publisher's prefix */
		put_flag(w, p->name, str_find_char(*(const struct str *)member, '_') != STR_NONE);
		break;
	case PROPERTY_CONSTANT:
		put_raw(w, p->name, p->constant);
		break;
	}
}

bool definition_has_property(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(properties); i++) {
		if (str_eq(properties[i].name, name))
			return true;
	}
	return str_eq(name, S("MetadataId"));
}

static bool is_selected(struct str name, const struct str *select, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(select[i], name))
			return true;
	}
	return n == 0;
}

static void write_columns(struct json_writer *w, const struct table *t)
{
	json_key(w, S("Attributes"));
	json_array(w);
	for (size_t i = 0; i < t->ncolumns; i++)
		definition_write_attribute(w, t, &t->columns[i], false);
	json_array_end(w);
}

static void write_relationships(struct json_writer *w, const struct table *t, unsigned parts)
{
	if (parts & DEFINITION_MANY_TO_ONE) {
		json_key(w, S("ManyToOneRelationships"));
		json_array(w);
		for (size_t i = 0; i < t->nmany_to_one; i++)
			write_many_to_one(w, t, &t->many_to_one[i]);
		json_array_end(w);
	}
	if (parts & DEFINITION_MANY_TO_MANY) {
		json_key(w, S("ManyToManyRelationships"));
		json_array(w);
		for (size_t i = 0; i < t->nmany_to_many; i++)
			write_many_to_many(w, &t->many_to_many[i]);
		json_array_end(w);
	}
}

void definition_write(struct json_writer *w, const struct table *t, const struct str *select,
		      size_t n, unsigned parts)
{
	char id[GUID_TEXT_SIZE];

	json_object(w);
	for (size_t i = 0; i < COUNT_OF(properties); i++) {
		if (is_selected(properties[i].name, select, n))
			put_property(w, t, &properties[i]);
	}
	put_text(w, S("MetadataId"), metadata_id("table", t->name, S(""), id));
	if (parts & DEFINITION_ATTRIBUTES)
		write_columns(w, t);
	write_relationships(w, t, parts);
	if (parts & DEFINITION_KEYS) {
		json_key(w, S("Keys"));
		json_array(w);
		for (size_t i = 0; i < t->nkeys; i++)
			write_key(w, t, &t->keys[i]);
		json_array_end(w);
	}
	json_object_end(w);
}
