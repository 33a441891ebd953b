/* SPDX-License-Identifier: MIT */
/*
 * Lists of parties as text. What could break a line stands neither in an address nor in an id; in a name, which is only shown, it
 * becomes a blank.
 */
#include "dv/party.h"

#include <stdlib.h>

#include "base/banned.h"

/* Microsoft's ActivityParty.ParticipationTypeMask, and the columns of activities that its values are. */
static const struct {
	struct str column;
	int32_t mask;
} masks[] = {
	{ STR_INIT("from"), 1 },
	{ STR_INIT("to"), 2 },
	{ STR_INIT("cc"), 3 },
	{ STR_INIT("bcc"), 4 },
	{ STR_INIT("requiredattendees"), 5 },
	{ STR_INIT("optionalattendees"), 6 },
	{ STR_INIT("organizer"), 7 },
	{ STR_INIT("resources"), 10 },
	{ STR_INIT("customers"), 11 },
	{ STR_INIT("customer"), 11 },
};

int32_t party_mask(struct str column)
{
	for (size_t i = 0; i < COUNT_OF(masks); i++)
		if (str_eq(masks[i].column, column))
			return masks[i].mask;
	return 0;
}

bool party_is_told(const struct party *p)
{
	return p->id.n > 0 || p->address.n > 0;
}

static int compare(const struct party *x, const struct party *y)
{
	int order = str_cmp(x->table, y->table);

	if (order == 0)
		order = str_cmp(x->id, y->id);
	return order == 0 ? str_cmp(x->address, y->address) : order;
}

static int by_key(const void *a, const void *b)
{
	return compare(a, b);
}

static void add(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
}

static void add_party(struct buf *out, const struct party *p)
{
	const struct str parts[] = { p->table, p->id, p->address, p->name };
	size_t n = COUNT_OF(parts);

	/* people read it, too, as old and new lines */
	while (p->more.n == 0 && n > 0 && parts[n - 1].n == 0)
		n--;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, '\t');
		add(out, parts[i]);
	}
	if (p->more.n > 0) {
		buf_add_char(out, '\t');
		buf_add(out, p->more);
	}
	buf_add_char(out, '\n');
}

struct str party_list(struct arena *a, struct party *parties, size_t n)
{
	DEFER(buf_release) struct buf out = buf_make(0);

	for (size_t i = 0; i < n; i++)
		if (parties[i].id.n > 0)
			parties[i].address = (struct str){ 0 };
	if (n > 0)
		qsort(parties, n, sizeof(*parties), by_key);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare(&parties[i], &parties[i - 1]) != 0)
			add_party(&out, &parties[i]);
	return str_dup(a, buf_str(&out));
}

/* Up to a separator, which is passed over. */
static struct str take(struct str *rest, char separator)
{
	size_t at = str_find_char(*rest, separator);
	struct str taken = at == STR_NONE ? *rest : str_sub(*rest, 0, at);

	*rest = at == STR_NONE ? (struct str){ 0 } : str_skip(*rest, at + 1);
	return taken;
}

bool party_next(struct str *rest, struct party *out)
{
	if (rest->n == 0)
		return false;

	struct str line = take(rest, '\n');
	struct party p = { 0 };

	p.table = take(&line, '\t');
	p.id = take(&line, '\t');
	p.address = take(&line, '\t');
	p.name = take(&line, '\t');
	p.more = line;
	*out = p;
	return true;
}

struct str party_more(const struct party *p, struct str column)
{
	struct str rest = p->more;

	while (rest.n > 0) {
		struct str value = take(&rest, '\t');

		if (str_eq(take(&value, '='), column))
			return value;
	}
	return (struct str){ 0 };
}

bool party_lists_equal(struct str a, struct str b)
{
	struct party x, y;

	for (;;) {
		bool one = party_next(&a, &x), other = party_next(&b, &y);

		if (!one || !other)
			return one == other;
		if (compare(&x, &y) != 0)
			return false;
	}
}

const struct many_to_one *party_link(const struct table *parties, struct str activity)
{
	return parties ? table_lookup(parties, S(PARTY_ACTIVITY), activity) : NULL;
}
