/* SPDX-License-Identifier: MIT */
/*
 * Writing parties. A party that is no row is told by its address.
 */
#include "dv/odata_parties.h"

#include <stdio.h>

#include "dv/odata.h"
#include "dv/party.h"

#include "base/banned.h"

struct writing {
	struct json_writer *w;
	struct catalog *catalog;
	const struct table *table;
	const struct column *party, *mask, *address;
};

static bool write_party(const struct writing *x, int32_t mask, const struct party *p, struct err *e)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", mask);
	const struct column *columns[] = { p->id.n > 0 ? x->party : x->address, x->mask };
	const struct value values[] = {
		{ .kind = p->id.n > 0 ? VALUE_REF : VALUE_TEXT,
		  .text = p->id.n > 0 ? p->id : p->address,
		  .table = p->table },
		{ .kind = VALUE_TEXT, .text = str_of(text, (size_t)length) },
	};

	json_object(x->w);
	if (!odata_members_write(x->w, x->catalog, x->table, columns, values, COUNT_OF(columns), e))
		return false;
	json_object_end(x->w);
	return true;
}

bool odata_parties_write(struct json_writer *w, struct catalog *catalog,
			 const struct column *const *columns, const struct value *values, size_t n,
			 struct err *e)
{
	const struct table *t = catalog_find(catalog, S(PARTY_TABLE));

	if (!t)
		return err_set(e, ERR_INPUT, "the environment has no table " PARTY_TABLE);

	struct writing x = {
		.w = w,
		.catalog = catalog,
		.table = t,
		.party = table_column(t, S(PARTY_PARTY)),
		.mask = table_column(t, S(PARTY_MASK)),
		.address = table_column(t, S(PARTY_ADDRESS)),
	};

	if (!x.party || !x.mask || !x.address)
		return err_set(e, ERR_INPUT,
			       "table " PARTY_TABLE " lacks one of " PARTY_PARTY ", " PARTY_MASK
			       " and " PARTY_ADDRESS);
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		struct str rest =
			columns[i]->type == COLUMN_PARTYLIST && !value_is_empty(&values[i])
				? values[i].text
				: (struct str){ 0 };
		struct party p;

		while (party_next(&rest, &p))
			if (!write_party(&x, party_mask(columns[i]->name), &p, e))
				return err_wrap(e, "%.*s", STR_ARG(columns[i]->name));
	}
	json_array_end(w);
	return true;
}
