/* SPDX-License-Identifier: MIT */
/*
 * Columns as AttributeMetadata and the classes below it.
 */
#include "dv/definition_part.h"

#include "base/vec.h"

#include "base/banned.h"

#define T(type) (1u << COLUMN_##type)
#define TEXTS (T(STRING) | T(MEMO))
#define EXACT (T(DECIMAL) | T(MONEY))
#define REALS (EXACT | T(DOUBLE))
#define NUMBERS (REALS | T(INTEGER) | T(BIGINT))
#define CHOICES (T(PICKLIST) | T(MULTISELECT) | T(STATE) | T(STATUS))
#define LOOKUPS (T(LOOKUP) | T(CUSTOMER) | T(OWNER) | T(PARTYLIST))
/* what may be calculated from other columns */
#define CALCULATED                                                                                 \
	(T(STRING) | T(INTEGER) | EXACT | T(DATETIME) | T(BOOLEAN) | T(PICKLIST) | T(MULTISELECT))
#define ALL (~0u)

struct subject {
	const struct table *table;
	const struct column *column;
};

/* A type's name in AttributeType, and the name of its class; the base class has no name on the wire. */
static const struct {
	struct str attribute_type;
	struct str class_name;
} types[] = {
	[COLUMN_STRING] = { STR_INIT("String"), STR_INIT("StringAttributeMetadata") },
	[COLUMN_MEMO] = { STR_INIT("Memo"), STR_INIT("MemoAttributeMetadata") },
	[COLUMN_ENTITY_NAME] = { STR_INIT("EntityName"), STR_INIT("EntityNameAttributeMetadata") },
	[COLUMN_INTEGER] = { STR_INIT("Integer"), STR_INIT("IntegerAttributeMetadata") },
	[COLUMN_BIGINT] = { STR_INIT("BigInt"), STR_INIT("BigIntAttributeMetadata") },
	[COLUMN_DECIMAL] = { STR_INIT("Decimal"), STR_INIT("DecimalAttributeMetadata") },
	[COLUMN_DOUBLE] = { STR_INIT("Double"), STR_INIT("DoubleAttributeMetadata") },
	[COLUMN_MONEY] = { STR_INIT("Money"), STR_INIT("MoneyAttributeMetadata") },
	[COLUMN_BOOLEAN] = { STR_INIT("Boolean"), STR_INIT("BooleanAttributeMetadata") },
	[COLUMN_DATETIME] = { STR_INIT("DateTime"), STR_INIT("DateTimeAttributeMetadata") },
	[COLUMN_PICKLIST] = { STR_INIT("Picklist"), STR_INIT("PicklistAttributeMetadata") },
	[COLUMN_MULTISELECT] = { STR_INIT("Virtual"),
				 STR_INIT("MultiSelectPicklistAttributeMetadata") },
	[COLUMN_STATE] = { STR_INIT("State"), STR_INIT("StateAttributeMetadata") },
	[COLUMN_STATUS] = { STR_INIT("Status"), STR_INIT("StatusAttributeMetadata") },
	[COLUMN_LOOKUP] = { STR_INIT("Lookup"), STR_INIT("LookupAttributeMetadata") },
	[COLUMN_CUSTOMER] = { STR_INIT("Customer"), STR_INIT("LookupAttributeMetadata") },
	[COLUMN_OWNER] = { STR_INIT("Owner"), STR_INIT("LookupAttributeMetadata") },
	[COLUMN_PARTYLIST] = { STR_INIT("PartyList"), STR_INIT("LookupAttributeMetadata") },
	[COLUMN_GUID] = { STR_INIT("Uniqueidentifier"), STR_INIT("") },
	[COLUMN_IMAGE] = { STR_INIT("Virtual"), STR_INIT("ImageAttributeMetadata") },
	[COLUMN_FILE] = { STR_INIT("Virtual"), STR_INIT("FileAttributeMetadata") },
	[COLUMN_MANAGED] = { STR_INIT("ManagedProperty"),
			     STR_INIT("ManagedPropertyAttributeMetadata") },
	[COLUMN_VIRTUAL] = { STR_INIT("Virtual"), STR_INIT("") },
};

const struct definition_class definition_attributes = { STR_INIT("AttributeMetadata"), ALL, false };

static const struct definition_class classes[] = {
	{ STR_INIT("AttributeMetadata"), ALL, false },
	{ STR_INIT("EnumAttributeMetadata"), CHOICES | T(ENTITY_NAME), false },
	{ STR_INIT("StringAttributeMetadata"), T(STRING), true },
	{ STR_INIT("MemoAttributeMetadata"), T(MEMO), true },
	{ STR_INIT("EntityNameAttributeMetadata"), T(ENTITY_NAME), true },
	{ STR_INIT("IntegerAttributeMetadata"), T(INTEGER), true },
	{ STR_INIT("BigIntAttributeMetadata"), T(BIGINT), true },
	{ STR_INIT("DecimalAttributeMetadata"), T(DECIMAL), true },
	{ STR_INIT("DoubleAttributeMetadata"), T(DOUBLE), true },
	{ STR_INIT("MoneyAttributeMetadata"), T(MONEY), true },
	{ STR_INIT("BooleanAttributeMetadata"), T(BOOLEAN), true },
	{ STR_INIT("DateTimeAttributeMetadata"), T(DATETIME), true },
	{ STR_INIT("PicklistAttributeMetadata"), T(PICKLIST), true },
	{ STR_INIT("MultiSelectPicklistAttributeMetadata"), T(MULTISELECT), true },
	{ STR_INIT("StateAttributeMetadata"), T(STATE), true },
	{ STR_INIT("StatusAttributeMetadata"), T(STATUS), true },
	{ STR_INIT("LookupAttributeMetadata"), LOOKUPS, true },
	{ STR_INIT("UniqueIdentifierAttributeMetadata"), T(GUID), true },
	{ STR_INIT("ImageAttributeMetadata"), T(IMAGE), true },
	{ STR_INIT("FileAttributeMetadata"), T(FILE), true },
	{ STR_INIT("ManagedPropertyAttributeMetadata"), T(MANAGED), true },
};

const struct definition_class *definition_class_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(classes); i++) {
		if (str_eq(classes[i].name, name))
			return &classes[i];
	}
	return NULL;
}

bool definition_class_has(const struct definition_class *c, const struct column *column)
{
	return (c->types & (1u << column->type)) != 0;
}

static const struct column *column_of(const void *subject)
{
	return ((const struct subject *)subject)->column;
}

static const struct table *table_of(const void *subject)
{
	return ((const struct subject *)subject)->table;
}

struct guid definition_column_id(const struct table *t, const struct column *c)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(definition_id(c->metadata_id, "column", t->name, c->name, text), &id);

	assert(ok);
	return id;
}

static void put_id(struct json_writer *w, const void *subject)
{
	char text[GUID_TEXT_SIZE];

	json_str(w, guid_format(definition_column_id(table_of(subject), column_of(subject)), text));
}

/* Texts of the column. */
#define TEXT_MEMBER(function, expression)                                                          \
	static void function(struct json_writer *w, const void *subject)                           \
	{                                                                                          \
		const struct column *c = column_of(subject);                                       \
                                                                                                   \
		definition_text(w, expression);                                                    \
	}
TEXT_MEMBER(put_name, c->name)
TEXT_MEMBER(put_attribute_of, c->attribute_of)
TEXT_MEMBER(put_type, types[c->type].attribute_type)
TEXT_MEMBER(put_auto_number, c->auto_number)
TEXT_MEMBER(put_date_format, c->format.n > 0            ? c->format
			     : c->behavior == DATE_ONLY ? S("DateOnly")
							: S("DateAndTime"))
TEXT_MEMBER(put_number_format, c->format.n > 0 ? c->format : S("None"))
TEXT_MEMBER(put_text_format, c->format.n > 0          ? c->format
			     : c->type == COLUMN_MEMO ? S("TextArea")
						      : S("Text"))

/* Flags of the column. */
#define FLAG_MEMBER(function, expression)                                                          \
	static void function(struct json_writer *w, const void *subject)                           \
	{                                                                                          \
		const struct column *c = column_of(subject);                                       \
                                                                                                   \
		json_bool(w, expression);                                                          \
	}
FLAG_MEMBER(put_create, c->create)
FLAG_MEMBER(put_read, c->read)
FLAG_MEMBER(put_update, c->update)
FLAG_MEMBER(put_secured, c->secured)
FLAG_MEMBER(put_managed, !c->unmanaged)
FLAG_MEMBER(put_logical, c->attribute_of.n > 0)
FLAG_MEMBER(put_primary_image, c->primary_image)
FLAG_MEMBER(put_full_image, c->full_image)
/* a publisher's prefix */
FLAG_MEMBER(put_custom, c->unmanaged || definition_is_custom(c->schema_name))
FLAG_MEMBER(put_form, c->attribute_of.n == 0 && c->read && c->type != COLUMN_BIGINT)
FLAG_MEMBER(put_securable, c->attribute_of.n == 0 && c->required != REQUIRED_SYSTEM)
FLAG_MEMBER(put_base_currency, str_ends(c->name, S("_base")))

static void put_schema_name(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	json_str(w, c->schema_name.n > 0 ? c->schema_name : c->name);
}

static void put_table(struct json_writer *w, const void *subject)
{
	json_str(w, table_of(subject)->name);
}

static void put_primary_id(struct json_writer *w, const void *subject)
{
	json_bool(w, str_eq(column_of(subject)->name, table_of(subject)->primary_id));
}

static void put_primary_name(struct json_writer *w, const void *subject)
{
	json_bool(w, str_eq(column_of(subject)->name, table_of(subject)->primary_name));
}

static void put_number(struct json_writer *w, const void *subject)
{
	const struct table *t = table_of(subject);
	const struct column *c = column_of(subject);
	struct str owner = c->attribute_of.n > 0 ? c->attribute_of : c->name;
	const struct column *own = table_column(t, owner);

	json_i64(w, own ? own - t->columns + 1 : 0);
}

static void put_type_name(struct json_writer *w, const void *subject)
{
	definition_value(w, column_type_name(column_of(subject)->type));
}

static void put_display_name(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	definition_label(w, c->display_name, !c->unmanaged);
}

static void put_description(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	definition_label(w, c->description, !c->unmanaged);
}

static void put_required(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	json_object(w);
	definition_put_text(w, S("Value"), required_level_name(c->required));
	definition_put_flag(w, S("CanBeChanged"), c->required != REQUIRED_SYSTEM);
	definition_put_text(w, S("ManagedPropertyLogicalName"),
			    S("canmodifyrequirementlevelsettings"));
	json_object_end(w);
}

static void put_audit(struct json_writer *w, const void *subject)
{
	definition_managed(w, column_of(subject)->attribute_of.n == 0, true,
			   S("canmodifyauditsettings"));
}

static void put_global_filter(struct json_writer *w, const void *subject)
{
	(void)subject;
	definition_managed(w, false, true, S("canmodifyglobalfiltersettings"));
}

static void put_sortable(struct json_writer *w, const void *subject)
{
	(void)subject;
	definition_managed(w, false, true, S("canmodifyissortablesettings"));
}

static void put_customizable(struct json_writer *w, const void *subject)
{
	definition_managed(w, true, column_of(subject)->unmanaged, S("iscustomizable"));
}

static void put_renameable(struct json_writer *w, const void *subject)
{
	definition_managed(w, true, column_of(subject)->unmanaged, S("isrenameable"));
}

static void put_find(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	definition_managed(w, c->attribute_of.n == 0 && c->read, true,
			   S("canmodifysearchsettings"));
}

static void put_settings(struct json_writer *w, const void *subject)
{
	(void)subject;
	definition_managed(w, true, true, S("canmodifyadditionalsettings"));
}

static void put_change_behavior(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	definition_managed(w, c->behavior == DATE_USER_LOCAL && c->unmanaged, c->unmanaged,
			   S("canmodifybehavior"));
}

static void put_source_type(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (CALCULATED & (1u << c->type))
		json_i64(w, 0);
	else
		json_null(w);
}

static void put_length(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->max_length > 0)
		json_i64(w, c->max_length);
	else
		json_null(w);
}

/* Text is stored as UTF-16. */
static void put_database_length(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->max_length > 0)
		json_i64(w, (int64_t)c->max_length * 2);
	else
		json_null(w);
}

static void put_kb(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);
	uint32_t usual = c->type == COLUMN_FILE ? 32768 : 10240;

	json_i64(w, c->max_kb > 0 ? c->max_kb : usual);
}

static void put_format_name(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);
	struct str usual = c->type == COLUMN_MEMO ? S("TextArea") : S("Text");

	definition_value(w, c->format.n > 0 ? c->format : usual);
}

static void put_min(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->has_min)
		json_num(w, c->min);
	else
		json_null(w);
}

static void put_max(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->has_max)
		json_num(w, c->max);
	else
		json_null(w);
}

static void put_precision(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->precision >= 0)
		json_i64(w, c->precision);
	else
		json_null(w);
}

/* A base column is calculated from its own: revenue_base from revenue. */
static void put_calculation_of(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);
	struct str suffix = S("_base");

	if (str_ends(c->name, suffix))
		json_str(w, str_sub(c->name, 0, c->name.n - suffix.n));
	else
		json_null(w);
}

static void put_behavior(struct json_writer *w, const void *subject)
{
	definition_value(w, date_behavior_name(column_of(subject)->behavior));
}

static void put_default_flag(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	if (c->has_default)
		json_bool(w, c->default_value != 0);
	else
		json_null(w);
}

static void put_default(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	json_i64(w, c->has_default ? c->default_value : -1);
}

static void put_targets(struct json_writer *w, const void *subject)
{
	const struct column *c = column_of(subject);

	definition_names(w, c->targets, c->ntargets);
}

#define NONE STR_INIT("")

static const struct definition_property properties[] = {
	{ STR_INIT("MetadataId"), 0, NONE, put_id },
	{ STR_INIT("HasChanged"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("AttributeOf"), 0, NONE, put_attribute_of },
	{ STR_INIT("AttributeType"), 0, NONE, put_type },
	{ STR_INIT("ColumnNumber"), 0, NONE, put_number },
	{ STR_INIT("DeprecatedVersion"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IntroducedVersion"), 0, STR_INIT("\"1.0.0.0\""), NULL },
	{ STR_INIT("EntityLogicalName"), 0, NONE, put_table },
	{ STR_INIT("IsCustomAttribute"), 0, NONE, put_custom },
	{ STR_INIT("IsPrimaryId"), 0, NONE, put_primary_id },
	{ STR_INIT("IsValidODataAttribute"), 0, NONE, put_read },
	{ STR_INIT("IsPrimaryName"), 0, NONE, put_primary_name },
	{ STR_INIT("IsValidForCreate"), 0, NONE, put_create },
	{ STR_INIT("IsValidForRead"), 0, NONE, put_read },
	{ STR_INIT("IsValidForUpdate"), 0, NONE, put_update },
	{ STR_INIT("CanBeSecuredForRead"), 0, NONE, put_securable },
	{ STR_INIT("CanBeSecuredForCreate"), 0, NONE, put_securable },
	{ STR_INIT("CanBeSecuredForUpdate"), 0, NONE, put_securable },
	{ STR_INIT("IsSecured"), 0, NONE, put_secured },
	{ STR_INIT("IsRetrievable"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsFilterable"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsSearchable"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsManaged"), 0, NONE, put_managed },
	{ STR_INIT("LinkedAttributeId"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("LogicalName"), 0, NONE, put_name },
	{ STR_INIT("IsValidForForm"), 0, NONE, put_form },
	{ STR_INIT("IsRequiredForForm"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("IsValidForGrid"), 0, NONE, put_form },
	{ STR_INIT("SchemaName"), 0, NONE, put_schema_name },
	{ STR_INIT("ExternalName"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("IsLogical"), 0, NONE, put_logical },
	{ STR_INIT("IsDataSourceSecret"), 0, STR_INIT("false"), NULL },
	{ STR_INIT("InheritsFrom"), 0, STR_INIT("null"), NULL },
	{ STR_INIT("CreatedOn"), 0, STR_INIT("\"1900-01-01T00:00:00Z\""), NULL },
	{ STR_INIT("ModifiedOn"), 0, STR_INIT("\"1900-01-01T00:00:00Z\""), NULL },
	{ STR_INIT("SourceType"), 0, NONE, put_source_type },
	{ STR_INIT("AutoNumberFormat"), 0, NONE, put_auto_number },
	/* of some types */
	{ STR_INIT("Format"), TEXTS, NONE, put_text_format },
	{ STR_INIT("Format"), T(INTEGER), NONE, put_number_format },
	{ STR_INIT("Format"), T(DATETIME), NONE, put_date_format },
	{ STR_INIT("Format"), LOOKUPS, STR_INIT("\"None\""), NULL },
	{ STR_INIT("ImeMode"), TEXTS | REALS | T(DATETIME), STR_INIT("\"Auto\""), NULL },
	{ STR_INIT("MaxLength"), TEXTS, NONE, put_length },
	{ STR_INIT("DatabaseLength"), T(STRING), NONE, put_database_length },
	{ STR_INIT("YomiOf"), T(STRING), STR_INIT("null"), NULL },
	{ STR_INIT("IsLocalizable"), TEXTS, STR_INIT("false"), NULL },
	{ STR_INIT("MinValue"), NUMBERS, NONE, put_min },
	{ STR_INIT("MaxValue"), NUMBERS, NONE, put_max },
	{ STR_INIT("Precision"), REALS, NONE, put_precision },
	{ STR_INIT("PrecisionSource"), T(MONEY), STR_INIT("2"), NULL },
	{ STR_INIT("CalculationOf"), T(MONEY), NONE, put_calculation_of },
	{ STR_INIT("IsBaseCurrency"), T(MONEY), NONE, put_base_currency },
	{ STR_INIT("MinSupportedValue"), T(DATETIME), STR_INIT("\"1753-01-01T00:00:00Z\""), NULL },
	{ STR_INIT("MaxSupportedValue"), T(DATETIME), STR_INIT("\"9999-12-30T23:59:59Z\""), NULL },
	{ STR_INIT("DefaultValue"), T(BOOLEAN), NONE, put_default_flag },
	{ STR_INIT("DefaultFormValue"), CHOICES | T(ENTITY_NAME), NONE, put_default },
	{ STR_INIT("ParentPicklistLogicalName"), T(PICKLIST) | T(MULTISELECT), STR_INIT("null"),
	  NULL },
	{ STR_INIT("ChildPicklistLogicalNames"), T(PICKLIST) | T(MULTISELECT), STR_INIT("[]"),
	  NULL },
	{ STR_INIT("FormulaDefinition"), CALCULATED, STR_INIT("\"\""), NULL },
	{ STR_INIT("SourceTypeMask"), CALCULATED, STR_INIT("0"), NULL },
	{ STR_INIT("Targets"), LOOKUPS, NONE, put_targets },
	{ STR_INIT("IsPrimaryImage"), T(IMAGE), NONE, put_primary_image },
	{ STR_INIT("CanStoreFullImage"), T(IMAGE), NONE, put_full_image },
	{ STR_INIT("MaxHeight"), T(IMAGE), STR_INIT("144"), NULL },
	{ STR_INIT("MaxWidth"), T(IMAGE), STR_INIT("144"), NULL },
	{ STR_INIT("MaxSizeInKB"), T(IMAGE) | T(FILE), NONE, put_kb },
	{ STR_INIT("ManagedPropertyLogicalName"), T(MANAGED), NONE, put_name },
	{ STR_INIT("ParentAttributeName"), T(MANAGED), STR_INIT("null"), NULL },
	{ STR_INIT("ParentComponentType"), T(MANAGED), STR_INIT("0"), NULL },
	{ STR_INIT("ValueAttributeTypeCode"), T(MANAGED), STR_INIT("\"Boolean\""), NULL },
	/* what is an object */
	{ STR_INIT("AttributeTypeName"), 0, NONE, put_type_name },
	{ STR_INIT("Description"), 0, NONE, put_description },
	{ STR_INIT("DisplayName"), 0, NONE, put_display_name },
	{ STR_INIT("IsAuditEnabled"), 0, NONE, put_audit },
	{ STR_INIT("IsGlobalFilterEnabled"), 0, NONE, put_global_filter },
	{ STR_INIT("IsSortableEnabled"), 0, NONE, put_sortable },
	{ STR_INIT("IsCustomizable"), 0, NONE, put_customizable },
	{ STR_INIT("IsRenameable"), 0, NONE, put_renameable },
	{ STR_INIT("IsValidForAdvancedFind"), 0, NONE, put_find },
	{ STR_INIT("RequiredLevel"), 0, NONE, put_required },
	{ STR_INIT("CanModifyAdditionalSettings"), 0, NONE, put_settings },
	{ STR_INIT("FormatName"), TEXTS, NONE, put_format_name },
	{ STR_INIT("DateTimeBehavior"), T(DATETIME), NONE, put_behavior },
	{ STR_INIT("CanChangeDateTimeBehavior"), T(DATETIME), NONE, put_change_behavior },
	{ STR_INIT("Settings"), 0, STR_INIT("[]"), NULL },
};

bool definition_column_has(const struct definition_class *c, struct str name)
{
	return definition_knows(properties, COUNT_OF(properties), c->types, name);
}

void definition_column_members(struct json_writer *w, const struct table *t, const struct column *c,
			       bool typed, const struct definition_select *select)
{
	DEFER(buf_release) struct buf type = buf_make(0);
	struct subject subject = { t, c };

	if (typed && types[c->type].class_name.n > 0) {
		buf_add_fmt(&type, "#Microsoft.Dynamics.CRM.%.*s",
			    STR_ARG(types[c->type].class_name));
		definition_put_text(w, S("@odata.type"), buf_str(&type));
	}
	definition_put_members(w, properties, COUNT_OF(properties), 1u << c->type, &subject,
			       select);
}
