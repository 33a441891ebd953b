/* SPDX-License-Identifier: MIT */
/*
 * Parties as the Configuration Migration Tool writes them.
 */
#include "dv/party_cmt.h"

#include <stdio.h>

#include "base/banned.h"

#define OWNER "ownerid"
#define KEY "activitypartyid"

const struct str party_cmt_columns[PARTY_CMT_COLUMNS] = {
	STR_INIT(OWNER),
	STR_INIT("instancetypecode"),
	STR_INIT("donotemail"),
	STR_INIT("donotfax"),
	STR_INIT("donotpostalmail"),
	STR_INIT("donotphone"),
	STR_INIT("ispartydeleted"),
	STR_INIT(PARTY_ADDRESS),
	STR_INIT(KEY),
};

/* One field; without a value none. Table and name of a reference may be empty. */
static bool write_field(struct xml_writer *x, struct str name, struct str value, struct str table,
			struct str label, struct err *e)
{
	if (value.n == 0)
		return true;
	return xml_write_open(x, S("field"), e) && xml_write_attr(x, S("name"), name, e) &&
	       xml_write_attr(x, S("value"), value, e) &&
	       (table.n == 0 || xml_write_attr(x, S("lookupentity"), table, e)) &&
	       (label.n == 0 || xml_write_attr(x, S("lookupentityname"), label, e)) &&
	       xml_write_close(x, S("field"), e);
}

static bool is_flag(struct str column)
{
	return str_starts(column, S("donot")) || str_starts(column, S("is"));
}

/* An owner stands as id and table, with a blank between. */
static bool write_more(struct xml_writer *x, const struct party *p, struct str column,
		       struct err *e)
{
	struct str value = party_more(p, column);
	size_t blank = str_find_char(value, ' ');

	if (str_eq(column, S(OWNER)) && blank != STR_NONE)
		return write_field(x, column, str_sub(value, 0, blank), str_skip(value, blank + 1),
				   S(""), e);
	if (is_flag(column) && value.n > 0)
		value = str_eq(value, S("1")) ? S("True") : S("False");
	if (value.n == 0 && str_eq(column, S(PARTY_ADDRESS)))
		value = p->address;
	return write_field(x, column, value, S(""), S(""), e);
}

static bool write_party(struct xml_writer *x, struct str id, struct str mask, const struct party *p,
			struct err *e)
{
	struct str key = party_more(p, S(KEY));

	if (!xml_write_open(x, S("activitypointerrecords"), e) ||
	    (key.n > 0 && !xml_write_attr(x, S("id"), key, e)) ||
	    !write_field(x, S(PARTY_PARTY), p->id, p->table, p->name, e) ||
	    !write_field(x, S(PARTY_ACTIVITY), id, S("activitypointer"), S(""), e))
		return false;
	for (size_t i = 0; i < PARTY_CMT_COLUMNS; i++) {
		if (!write_more(x, p, party_cmt_columns[i], e))
			return false;
		/* the mask stands behind the owner */
		if (i == 0 && !write_field(x, S(PARTY_MASK), mask, S(""), S(""), e))
			return false;
	}
	return xml_write_close(x, S("activitypointerrecords"), e);
}

bool party_cmt_write(struct xml_writer *x, struct str id, int32_t mask, struct str list,
		     struct err *e)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", mask);
	struct party p;

	while (party_next(&list, &p))
		if (!write_party(x, id, str_of(text, (size_t)length), &p, e))
			return false;
	return true;
}

static const struct package_field *find(const struct package_party *p, const char *name)
{
	for (size_t i = 0; i < p->nfields; i++)
		if (str_eq(p->fields[i].name, str_from(name)))
			return &p->fields[i];
	return NULL;
}

struct party party_cmt_read(const struct package_party *p)
{
	const struct package_field *party = find(p, PARTY_PARTY);
	const struct package_field *address = find(p, PARTY_ADDRESS);
	struct party out = { 0 };

	if (party && str_trim(party->value).n > 0) {
		out.table = party->lookup_table;
		out.id = str_trim(party->value);
		out.name = party->lookup_name;
	} else if (address) {
		out.address = str_trim(address->value);
	}
	return out;
}
