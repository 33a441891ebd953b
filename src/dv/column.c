/* SPDX-License-Identifier: MIT */
/*
 * Types of columns and the other words of metadata, by name.
 */
#include "dv/column.h"

#include "base/banned.h"

static const struct str type_names[] = {
	[COLUMN_STRING] = STR_INIT("StringType"),
	[COLUMN_MEMO] = STR_INIT("MemoType"),
	[COLUMN_ENTITY_NAME] = STR_INIT("EntityNameType"),
	[COLUMN_INTEGER] = STR_INIT("IntegerType"),
	[COLUMN_BIGINT] = STR_INIT("BigIntType"),
	[COLUMN_DECIMAL] = STR_INIT("DecimalType"),
	[COLUMN_DOUBLE] = STR_INIT("DoubleType"),
	[COLUMN_MONEY] = STR_INIT("MoneyType"),
	[COLUMN_BOOLEAN] = STR_INIT("BooleanType"),
	[COLUMN_DATETIME] = STR_INIT("DateTimeType"),
	[COLUMN_PICKLIST] = STR_INIT("PicklistType"),
	[COLUMN_MULTISELECT] = STR_INIT("MultiSelectPicklistType"),
	[COLUMN_STATE] = STR_INIT("StateType"),
	[COLUMN_STATUS] = STR_INIT("StatusType"),
	[COLUMN_LOOKUP] = STR_INIT("LookupType"),
	[COLUMN_CUSTOMER] = STR_INIT("CustomerType"),
	[COLUMN_OWNER] = STR_INIT("OwnerType"),
	[COLUMN_PARTYLIST] = STR_INIT("PartyListType"),
	[COLUMN_GUID] = STR_INIT("UniqueidentifierType"),
	[COLUMN_IMAGE] = STR_INIT("ImageType"),
	[COLUMN_FILE] = STR_INIT("FileType"),
	[COLUMN_MANAGED] = STR_INIT("ManagedPropertyType"),
	[COLUMN_VIRTUAL] = STR_INIT("VirtualType"),
};

static const struct str level_names[] = {
	[REQUIRED_NONE] = STR_INIT("None"),
	[REQUIRED_RECOMMENDED] = STR_INIT("Recommended"),
	[REQUIRED_APPLICATION] = STR_INIT("ApplicationRequired"),
	[REQUIRED_SYSTEM] = STR_INIT("SystemRequired"),
};

static const struct str behavior_names[] = {
	[DATE_USER_LOCAL] = STR_INIT("UserLocal"),
	[DATE_ONLY] = STR_INIT("DateOnly"),
	[DATE_ZONE_INDEPENDENT] = STR_INIT("TimeZoneIndependent"),
};

bool column_is_lookup(const struct column *c)
{
	return c->type == COLUMN_LOOKUP || c->type == COLUMN_CUSTOMER || c->type == COLUMN_OWNER;
}

bool column_is_choice(const struct column *c)
{
	return c->type == COLUMN_PICKLIST || c->type == COLUMN_STATE || c->type == COLUMN_STATUS;
}

bool column_is_text(const struct column *c)
{
	return c->type == COLUMN_STRING || c->type == COLUMN_MEMO;
}

const struct option *column_option(const struct column *c, int32_t value)
{
	for (size_t i = 0; i < c->noptions; i++) {
		if (c->options[i].value == value)
			return &c->options[i];
	}
	return NULL;
}

struct str column_type_name(enum column_type t)
{
	return type_names[t];
}

static bool find_name(const struct str *names, size_t n, struct str name, size_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(names[i], name)) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool column_type_parse(struct str name, enum column_type *out)
{
	size_t i;

	if (!find_name(type_names, COUNT_OF(type_names), name, &i))
		return false;
	*out = (enum column_type)i;
	return true;
}

struct str required_level_name(enum required_level level)
{
	return level_names[level];
}

bool required_level_parse(struct str name, enum required_level *out)
{
	size_t i;

	if (!find_name(level_names, COUNT_OF(level_names), name, &i))
		return false;
	*out = (enum required_level)i;
	return true;
}

struct str date_behavior_name(enum date_behavior behavior)
{
	return behavior_names[behavior];
}

bool date_behavior_parse(struct str name, enum date_behavior *out)
{
	size_t i;

	if (!find_name(behavior_names, COUNT_OF(behavior_names), name, &i))
		return false;
	*out = (enum date_behavior)i;
	return true;
}

const char *column_edm_type(const struct column *c)
{
	switch (c->type) {
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_MULTISELECT:
		return "Edm.String";
	case COLUMN_INTEGER:
	case COLUMN_PICKLIST:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		return "Edm.Int32";
	case COLUMN_BIGINT:
		return "Edm.Int64";
	case COLUMN_DECIMAL:
	case COLUMN_MONEY:
		return "Edm.Decimal";
	case COLUMN_DOUBLE:
		return "Edm.Double";
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
		return "Edm.Boolean";
	case COLUMN_DATETIME:
		return c->behavior == DATE_ONLY ? "Edm.Date" : "Edm.DateTimeOffset";
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
	case COLUMN_FILE:
		return "Edm.Guid";
	case COLUMN_IMAGE:
		return "Edm.Binary";
	case COLUMN_PARTYLIST:
	case COLUMN_VIRTUAL:
		return "Edm.Untyped";
	}
	return "Edm.Untyped";
}
