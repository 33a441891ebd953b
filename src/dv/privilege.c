/* SPDX-License-Identifier: MIT */
/*
 * Privileges of tables.
 */
#include "dv/privilege.h"

#include "dv/definition_part.h"

#include "base/banned.h"

/* In the order in which the platform lists them; the last two need an owner. */
static const struct {
	struct str type;
	bool owned;
} kinds[TABLE_PRIVILEGES] = {
	{ STR_INIT("Create"), false }, { STR_INIT("Read"), false },
	{ STR_INIT("Write"), false },  { STR_INIT("Delete"), false },
	{ STR_INIT("Assign"), true },  { STR_INIT("Share"), true },
	{ STR_INIT("Append"), false }, { STR_INIT("AppendTo"), false },
};

struct guid privilege_id(struct str name)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;
	bool ok = guid_parse(definition_id(S(""), "privilege", name, S(""), text), &id);

	assert(ok);
	return id;
}

size_t table_privileges(struct arena *a, const struct table *t,
			struct privilege out[TABLE_PRIVILEGES])
{
	struct str name = t->schema_name.n > 0 ? t->schema_name : t->name;
	bool unit = t->user_owned || str_eq(t->ownership, S("BusinessOwned"));
	size_t n = 0;

	if (t->is_intersect)
		return 0;
	for (size_t i = 0; i < TABLE_PRIVILEGES; i++) {
		struct str full = str_fmt(a, "prv%.*s%.*s", STR_ARG(kinds[i].type), STR_ARG(name));

		if (kinds[i].owned && !t->user_owned)
			continue;
		out[n++] = (struct privilege){ .name = full,
					       .type = kinds[i].type,
					       .id = privilege_id(full),
					       .basic = t->user_owned,
					       .local = unit,
					       .deep = unit };
	}
	return n;
}
