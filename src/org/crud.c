/* SPDX-License-Identifier: MIT */
/*
 * Rows created and updated as the platform does it. Every function may have written a part of its work
 * when it fails: the caller rolls back.
 */
#include "org/crud.h"

#include "base/limits.h"
#include "org/access.h"
#include "org/code.h"
#include "org/crud_deep.h"
#include "org/hooks.h"
#include "org/image.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

static bool check_intersect(const struct table *t, struct err *e)
{
	if (!t->is_intersect)
		return true;
	return err_set_code(e, ERR_NOT_ALLOWED, CODE_NO_MESSAGE,
			    "rows of table %.*s come and go with $ref, by linking and unlinking",
			    STR_ARG(t->name));
}

static struct row row_of(struct arena *a, const struct table *t, struct guid id,
			 const struct payload *p)
{
	struct row row = row_make(a, t, id);

	for (size_t i = 0; i < p->n; i++)
		row.values[p->columns[i] - t->columns] = p->values[i];
	return row;
}

/* The event before a row is created: everything that is asked of it or filled in. */
static bool before_create(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return hooks_creating(s, a, row, e) && rules_references(s, row, e) &&
	       rules_new_state(a, row, e) && rules_fill_new(s, a, row, e) &&
	       rules_required(row, true, e) && access_created(s, row, e) &&
	       image_settle(s, a, row, true, e) && row_key_check(s, row, true, e);
}

/* The event before a row is changed. */
static bool before_update(struct store *s, struct arena *a, struct row *row, struct err *e)
{
	return hooks_changing(s, a, row, e) && rules_references(s, row, e) &&
	       rules_changed_state(s, a, row, e) && rules_required(row, false, e) &&
	       rules_fill_changed(s, a, row, e) && image_settle(s, a, row, false, e) &&
	       row_key_check(s, row, false, e);
}

bool crud_insert(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 const struct payload *p, struct err *e)
{
	struct payload taken;

	if (!check_intersect(t, e) || !access_create(s, t, p, e) ||
	    !rules_creatable(s, a, t, p, &taken, e))
		return false;

	struct row row = row_of(a, t, id, &taken);

	return before_create(s, a, &row, e) && row_insert(s, &row, e) &&
	       hooks_created(s, a, &row, e);
}

bool crud_create(struct store *s, struct arena *a, const struct table *t, const struct payload *p,
		 struct guid *id, struct err *e)
{
	/* the platform takes the empty GUID for none */
	bool is_told = p->has_id && !guid_is_null(p->id);
	struct guid chosen = is_told ? p->id : guid_random(&s->rng);

	if (!deep_create(s, a, t, chosen, p, e))
		return false;
	*id = chosen;
	return true;
}

static bool update(struct store *s, struct arena *a, const struct table *t, struct guid id,
		   const struct payload *p, struct err *e)
{
	if (!check_intersect(t, e) || !access_update(s, t, id, p, e) || !rules_changeable(t, p, e))
		return false;
	if (p->nrelated > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the row of %.*s exists: an update cannot create or bind the "
				    "rows at '%.*s'; bind a lookup, or use $ref",
				    STR_ARG(t->name), STR_ARG(p->related[0].name));

	struct row row = row_of(a, t, id, p);

	return before_update(s, a, &row, e) && row_update(s, &row, e) &&
	       hooks_changed(s, a, &row, e);
}

bool crud_update(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 enum crud_match match, int64_t version, const struct payload *p, bool *created,
		 struct err *e)
{
	bool only_existing = match == CRUD_IF_EXISTS || match == CRUD_IF_VERSION;
	char text[GUID_TEXT_SIZE];
	int64_t stored;

	if (p->has_id && !guid_eq(p->id, id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the row %.*s of table %.*s cannot get another id: the body's "
				    "primary key differs from the URL's",
				    STR_ARG(guid_format(id, text)), STR_ARG(t->name));
	if (!row_version(s, t, id, &stored, e))
		return false;
	if (stored < 0 && only_existing)
		return row_fail_missing(t, id, e);
	if (stored >= 0 && match == CRUD_IF_MISSING)
		return row_fail_exists(e);
	if (match == CRUD_IF_VERSION && stored != version)
		return row_fail_version(e);
	if (stored < 0 ? !deep_create(s, a, t, id, p, e) : !update(s, a, t, id, p, e))
		return false;
	*created = stored < 0;
	return true;
}

static bool is_key_column(const struct row_key *key, const struct column *c)
{
	for (size_t i = 0; i < key->n; i++) {
		if (key->columns[i] == c)
			return true;
	}
	return false;
}

/* The body without the columns by which the row was found. */
static struct payload without_key(struct arena *a, const struct table *t, const struct row_key *key,
				  const struct payload *p)
{
	struct payload rest = payload_make(a, t);

	for (size_t i = 0; i < p->n; i++) {
		if (!is_key_column(key, p->columns[i]))
			payload_put(&rest, p->columns[i], &p->values[i]);
	}
	rest.has_id = p->has_id;
	rest.id = p->id;
	rest.related = p->related;
	rest.nrelated = p->nrelated;
	return rest;
}

/* The body with what only the key tells of a new row. A lookup to one of several tables has to be told. */
static struct payload with_key(struct arena *a, const struct table *t, const struct row_key *key,
			       const struct payload *p)
{
	struct payload whole = without_key(a, t, &(struct row_key){ 0 }, p);

	for (size_t i = 0; i < key->n; i++) {
		const struct column *c = key->columns[i];
		struct value v = key->values[i];

		if (payload_value(p, c))
			continue;
		if (v.kind == VALUE_REF && c->ntargets == 0)
			continue;
		if (v.kind == VALUE_REF)
			v.table = c->targets[0];
		payload_put(&whole, c, &v);
	}
	return whole;
}

bool crud_upsert(struct store *s, struct arena *a, const struct table *t, const struct row_key *key,
		 enum crud_match match, int64_t version, const struct payload *p, struct guid *id,
		 bool *created, struct err *e)
{
	struct payload taken;
	bool found;

	if (!row_key_find(s, t, key, id, &found, e))
		return false;
	if (!key->key)
		return crud_update(s, a, t, *id, match, version, p, created, e);
	if (found) {
		taken = without_key(a, t, key, p);
		return crud_update(s, a, t, *id, match, version, &taken, created, e);
	}
	if (match == CRUD_IF_EXISTS || match == CRUD_IF_VERSION)
		return row_key_fail_missing(t, e);
	taken = with_key(a, t, key, p);
	if (!crud_create(s, a, t, &taken, id, e))
		return false;
	*created = true;
	return true;
}

bool crud_set(struct store *s, struct arena *a, const struct table *t, struct guid id,
	      const struct column *c, const struct value *v, struct err *e)
{
	struct payload p = payload_make(a, t);
	bool created;

	payload_put(&p, c, v);
	return crud_update(s, a, t, id, CRUD_IF_EXISTS, 0, &p, &created, e);
}

bool crud_exists(struct store *s, const struct table *t, struct guid id, bool *out, struct err *e)
{
	return row_exists(s, t, id, out, e);
}
