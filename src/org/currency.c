/* SPDX-License-Identifier: MIT */
/*
 * Currencies by id, remembered for the length of one answer.
 */
#include "org/currency.h"

#include "base/banned.h"

#define SHOWN_DIGITS 2 /* where the currency does not tell */

static bool look_up(struct currencies *c, struct str id, struct currency *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(c->store,
			     S("select currencysymbol, currencyprecision from transactioncurrency "
			       "where transactioncurrencyid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, id);
	if (!stmt_step(st, &row, e))
		return false;
	*out = (struct currency){ .id = str_dup(c->arena, id), .precision = SHOWN_DIGITS };
	if (row) {
		int64_t digits = stmt_is_null(st, 1) ? SHOWN_DIGITS : stmt_i64(st, 1);

		out->symbol = str_dup(c->arena, stmt_str(st, 0));
		out->precision = digits >= 0 && digits <= 10 ? (int)digits : SHOWN_DIGITS;
	}
	stmt_reset(st);
	return true;
}

bool currency_find(struct currencies *c, struct str id, const struct currency **out, struct err *e)
{
	struct currency found;

	if (id.n == 0)
		id = guid_text(c->arena, c->store->currency);
	for (size_t i = 0; i < c->known.n; i++) {
		if (str_eq(c->known.p[i].id, id)) {
			*out = &c->known.p[i];
			return true;
		}
	}
	if (!look_up(c, id, &found, e))
		return false;

	struct currency *kept = VEC_PUSH(c->arena, &c->known);

	*kept = found;
	*out = kept;
	return true;
}
