/* SPDX-License-Identifier: MIT */
/*
 * Choosing: the switches of an organization's file for its owner, who may have it served meanwhile.
 */
#include "org/behaviours.h"

#include <string.h>

#include "base/nearest.h"
#include "org/behaviours_state.h"
#include "org/bin.h"
#include "org/store_file.h"

#include "base/banned.h"

bool behaviours_list(const char *path, struct arena *a, struct str **variants, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(store_close) struct store s = { 0 };
	unsigned char chosen[BEHAVIOURS_MAX];
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	if (!store_open(&s, &scratch, path, false, e) || !behaviours_read(&s, chosen, e))
		return false;
	*variants = arena_array(a, struct str, n);
	for (size_t i = 0; i < n; i++)
		(*variants)[i] = all[i].variants[chosen[i]];
	return true;
}

static bool find_behaviour(struct str name, size_t *out, struct err *e)
{
	struct nearest near = nearest_to(name);
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	for (size_t i = 0; i < n; i++) {
		nearest_offer(&near, all[i].name.p);
		if (!str_eq(name, all[i].name))
			continue;
		*out = i;
		return true;
	}
	return err_set(e, ERR_USAGE, "there is no behaviour \"%.*s\"%s%s%s",
		       STR_ARG(str_sub(name, 0, 100)), near.best ? "; did you mean " : "",
		       near.best ? near.best : "",
		       near.best ? "?" : "; \"ferry org behaviours FILE\" lists them");
}

static bool find_variant(const struct behaviour *b, struct str name, unsigned *out, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(0);
	bool on = str_eq(name, S("on"));

	for (unsigned v = 0; v < BEHAVIOUR_VARIANTS && b->variants[v].n > 0; v++) {
		if (str_eq(b->variants[v], name) || (on && !behaviour_is_off(b, v))) {
			*out = v;
			return true;
		}
		buf_add(&list, v > 0 ? S(", ") : S(""));
		buf_add(&list, b->variants[v]);
	}
	return err_set(e, ERR_USAGE, "%.*s: there is no variant \"%.*s\"; there are: %.*s",
		       STR_ARG(b->name), STR_ARG(str_sub(name, 0, 100)), STR_ARG(buf_str(&list)));
}

static void change_whole(enum behaviours_whole whole, const struct behaviour *b,
			 unsigned char *variant)
{
	unsigned off = BEHAVIOUR_VARIANTS;
	unsigned on = behaviour_is_off(b, 0) ? 1 : 0;

	for (unsigned v = 0; v < BEHAVIOUR_VARIANTS; v++) {
		if (behaviour_is_off(b, v))
			off = v;
	}
	switch (whole) {
	case BEHAVIOURS_KEEP:
		break;
	case BEHAVIOURS_OFF:
		if (off < BEHAVIOUR_VARIANTS)
			*variant = (unsigned char)off;
		break;
	case BEHAVIOURS_ON:
		if (*variant == off)
			*variant = (unsigned char)on;
		break;
	case BEHAVIOURS_DEFAULT:
		*variant = 0;
		break;
	}
}

static bool write_one(struct store *s, const struct behaviour *b, unsigned variant, struct err *e)
{
	struct stmt *st;

	if (b->kind == BEHAVIOUR_BIN)
		return bin_switch(s, variant == 0, e);
	if (!store_statement(s,
			     S("insert or replace into ferry_behaviour(name, variant) "
			       "values(?1, ?2)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, b->name);
	stmt_bind_str(st, 2, b->variants[variant]);
	return stmt_run(st, e);
}

/* Another state tells those that have the file open. */
static bool write_all(struct store *s, const unsigned char *variants, struct err *e)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	if (!db_exec(s->db, "delete from ferry_behaviour", e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((variants[i] > 0 || all[i].kind == BEHAVIOUR_BIN) &&
		    !write_one(s, &all[i], variants[i], e))
			return false;
	}
	return db_exec(s->db,
		       "insert into ferry_header(name, value) "
		       "values('" STORE_HEADER_BEHAVIOURS "', 1) "
		       "on conflict(name) do update set value = value + 1",
		       e);
}

static bool decide(unsigned char *variants, enum behaviours_whole whole,
		   const struct behaviour_change *changes, size_t n, struct err *e)
{
	const struct behaviour *all;
	size_t total = behaviours_all(&all);

	for (size_t i = 0; i < total; i++)
		change_whole(whole, &all[i], &variants[i]);
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		unsigned variant = 0;

		if (!find_behaviour(changes[i].name, &at, e) ||
		    !find_variant(&all[at], changes[i].variant, &variant, e))
			return false;
		variants[at] = (unsigned char)variant;
	}
	return true;
}

bool behaviours_change(const char *path, enum behaviours_whole whole,
		       const struct behaviour_change *changes, size_t n, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(store_close) struct store s = { 0 };
	unsigned char before[BEHAVIOURS_MAX] = { 0 }, after[BEHAVIOURS_MAX];

	if (!store_open(&s, &scratch, path, true, e) || !db_begin(s.db, e))
		return false;
	if (behaviours_read(&s, before, e)) {
		memcpy(after, before, sizeof(after));
		if (decide(after, whole, changes, n, e) &&
		    (memcmp(before, after, sizeof(after)) == 0 || write_all(&s, after, e)) &&
		    db_commit(s.db, e))
			return true;
	}
	db_rollback(s.db);
	return false;
}
