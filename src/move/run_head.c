/* SPDX-License-Identifier: MIT */
/*
 * The head, one line of the table `header` for each of its members, and the seal.
 */
#include "move/run_head.h"

#include <stddef.h>

#include "io/crypto.h"
#include "move/run_sql.h"

#include "base/banned.h"

static const struct str kinds[] = {
	[RUN_IMPORT] = STR_INIT("import"),
	[RUN_PLAN] = STR_INIT("plan"),
	[RUN_UNDO] = STR_INIT("undo"),
};
static const struct str phases[] = {
	[RUN_BEGUN] = STR_INIT("begun"),     [RUN_PLANNED] = STR_INIT("planned"),
	[RUN_WRITING] = STR_INIT("writing"), [RUN_STOPPED] = STR_INIT("stopped"),
	[RUN_DONE] = STR_INIT("done"),
};

struct str run_kind_name(enum run_kind kind)
{
	return kinds[kind];
}

struct str run_phase_name(enum run_phase phase)
{
	return phases[phase];
}

/* The members that are texts, and those that are ids. */
static const struct {
	struct str name;
	size_t offset;
} texts[] = {
	{ STR_INIT("ferry"), offsetof(struct run_head, ferry) },
	{ STR_INIT("arguments"), offsetof(struct run_head, arguments) },
	{ STR_INIT("folder"), offsetof(struct run_head, folder) },
	{ STR_INIT("source"), offsetof(struct run_head, source) },
	{ STR_INIT("target"), offsetof(struct run_head, target) },
	{ STR_INIT("created"), offsetof(struct run_head, created) },
	{ STR_INIT("planned"), offsetof(struct run_head, planned) },
	{ STR_INIT("started"), offsetof(struct run_head, started) },
	{ STR_INIT("ended"), offsetof(struct run_head, ended) },
	{ STR_INIT("undone"), offsetof(struct run_head, undone) },
	{ STR_INIT("seal"), offsetof(struct run_head, seal) },
}, ids[] = {
	{ STR_INIT("id"), offsetof(struct run_head, id) },
	{ STR_INIT("source organization"), offsetof(struct run_head, source_organization) },
	{ STR_INIT("target organization"), offsetof(struct run_head, target_organization) },
	{ STR_INIT("target user"), offsetof(struct run_head, target_user) },
};

static bool put_number(struct run *r, struct str name, int64_t n, struct err *e)
{
	struct arena_mark mark = arena_mark(r->arena);
	bool ok = run_set_header(r, name, str_from_i64(r->arena, n), e);

	arena_rewind(r->arena, mark);
	return ok;
}

bool run_write_head(struct run *r, const struct run_head *h, struct err *e)
{
	const char *base = (const char *)h;
	char id[GUID_TEXT_SIZE];

	if (!run_set_header(r, S("kind"), kinds[h->kind], e) ||
	    !run_set_header(r, S("phase"), phases[h->phase], e) ||
	    !put_number(r, S("waves"), h->waves, e) ||
	    !put_number(r, S("changes"), h->changes, e) ||
	    !put_number(r, S("version"), h->version, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const struct str *text = (const void *)(base + texts[i].offset);

		if (!run_set_header(r, texts[i].name, *text, e))
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		const struct guid *guid = (const void *)(base + ids[i].offset);

		if (!run_set_header(r, ids[i].name, guid_format(*guid, id), e))
			return false;
	}
	return true;
}

static bool get_text(struct run *r, struct arena *a, struct str name, struct str *out,
		     struct err *e)
{
	bool found;

	return run_get_header(r, a, name, out, &found, e) &&
	       (found || err_set(e, ERR_INPUT, "%s: the run file does not tell its %.*s", r->path,
				 STR_ARG(name)));
}

static bool get_word(struct run *r, struct arena *a, struct str name, const struct str *words,
		     size_t n, size_t *out, struct err *e)
{
	struct str word = { 0 };

	if (!get_text(r, a, name, &word, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(words[i], word))
			continue;
		*out = i;
		return true;
	}
	return err_set(e, ERR_INPUT, "%s: the run file's %.*s is \"%.*s\"", r->path, STR_ARG(name),
		       STR_ARG(str_sub(word, 0, 40)));
}

static bool get_number(struct run *r, struct arena *a, struct str name, int64_t *out, struct err *e)
{
	struct str text = { 0 };

	return get_text(r, a, name, &text, e) &&
	       (str_parse_i64(text, out) ||
		err_set(e, ERR_INPUT, "%s: the run file's %.*s is no number", r->path,
			STR_ARG(name)));
}

static bool get_members(struct run *r, struct arena *a, struct run_head *h, struct err *e)
{
	char *base = (char *)h;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct str *text = (void *)(base + texts[i].offset);

		if (!get_text(r, a, texts[i].name, text, e))
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct guid *guid = (void *)(base + ids[i].offset);
		struct str text = { 0 };

		if (!get_text(r, a, ids[i].name, &text, e))
			return false;
		if (!guid_parse(text, guid))
			return err_set(e, ERR_INPUT, "%s: the run file's %.*s is no id", r->path,
				       STR_ARG(ids[i].name));
	}
	return true;
}

bool run_read_head(struct run *r, struct arena *a, struct run_head *out, struct err *e)
{
	struct run_head h = { 0 };
	size_t kind = 0, phase = 0;
	int64_t waves = 0;

	if (!get_word(r, a, S("kind"), kinds, COUNT_OF(kinds), &kind, e) ||
	    !get_word(r, a, S("phase"), phases, COUNT_OF(phases), &phase, e) ||
	    !get_number(r, a, S("waves"), &waves, e) ||
	    !get_number(r, a, S("changes"), &h.changes, e) ||
	    !get_number(r, a, S("version"), &h.version, e) || !get_members(r, a, &h, e))
		return false;
	h.kind = (enum run_kind)kind;
	h.phase = (enum run_phase)phase;
	h.waves = (uint32_t)waves;
	*out = h;
	return true;
}

static void peek_close(struct run *r)
{
	run_close(r);
}

bool run_peek_head(struct arena *a, const char *path, struct run_head *out, struct err *e)
{
	DEFER(peek_close) struct run r = { 0 };

	return run_open_read(&r, a, path, e) && run_read_head(&r, a, out, e);
}

/* What the seal is over; ?1 is the number of the plan's last change. */
static const struct str sealed[] = {
	STR_INIT(
		"SELECT value FROM header WHERE name IN ('kind', 'source organization', 'target organization', 'schema',"
		" 'knowledge', 'waves', 'changes') AND ?1 >= 0 AND ?2 = 0 ORDER BY name"),
	STR_INIT("SELECT number, name, columns FROM tab WHERE ?1 >= 0 AND ?2 = 0 ORDER BY number"),
	STR_INIT("SELECT name, facts FROM definition WHERE ?1 >= 0 AND ?2 = 0 ORDER BY name"),
	STR_INIT(
		"SELECT side, tab, id, origin, version, cells FROM row WHERE side IN (1, 2) AND ?1 >= 0 AND ?2 = 0"
		" ORDER BY side, tab, id"),
	STR_INIT(
		"SELECT side, rel, source, target FROM link WHERE side IN (1, 2) AND ?1 >= 0 AND ?2 = 0"
		" ORDER BY side, rel, source, target"),
	STR_INIT(
		"SELECT name, source, target FROM map WHERE ?1 >= 0 AND ?2 = 0 ORDER BY name, source"),
	STR_INIT(
		"SELECT hash, part, length(bytes) FROM file WHERE ?1 >= 0 AND ?2 = 0 ORDER BY hash, part"),
	STR_INIT(
		"SELECT number, kind, wave, tab, id, origin, other, other_origin, columns FROM change"
		" WHERE number <= ?1 AND ?2 = 0 ORDER BY number"),
	STR_INIT(
		"SELECT change, needs, col FROM edge WHERE change <= ?1 AND ?2 = 0 ORDER BY change, needs, col"),
};
static_assert(SIDE_TARGET == 1 && SIDE_WANTED == 2, "the statements name the sides by number");

static void add_cell(struct crypto_digest *d, struct str cell)
{
	uint64_t n = cell.n;
	char length[8];

	/* with its length, so that no two rows give the same bytes */
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (char)(n >> (8 * i) & 0xff);
	crypto_digest_add(d, str_of(length, sizeof(length)));
	crypto_digest_add(d, cell);
}

static bool add_rows(struct run *r, struct crypto_digest *d, struct str text,
		     const struct run_head *h, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	bool row;

	if (!run_cursor_open(r, text, h->changes, 0, &c, e))
		return false;
	for (;;) {
		if (!stmt_step(c.st, &row, e))
			return false;
		if (!row)
			return true;
		for (int i = 0; i < stmt_columns(c.st); i++)
			add_cell(d, stmt_str(c.st, i));
	}
}

bool run_seal(struct run *r, const struct run_head *h, struct arena *a, struct str *out,
	      struct err *e)
{
	DEFER(crypto_digest_close) struct crypto_digest *d = crypto_digest_open(a);
	uint8_t digest[CRYPTO_SHA256_SIZE];

	for (size_t i = 0; i < COUNT_OF(sealed); i++) {
		add_cell(d, S("table"));
		if (!add_rows(r, d, sealed[i], h, e))
			return err_wrap(e, "sealing the run");
	}
	crypto_digest_end(d, digest);
	*out = crypto_hex(a, digest, sizeof(digest));
	return true;
}

bool run_check_seal(struct run *r, const struct run_head *h, struct err *e)
{
	struct str now = { 0 };

	if (!run_check_file(r, e))
		return false;
	if (h->seal.n == 0)
		return true;
	if (!run_seal(r, h, r->arena, &now, e))
		return false;
	if (str_eq(now, h->seal))
		return true;
	return err_set(
		e, ERR_INPUT,
		"%s: is not as it was when it was planned: its seal is %.*s, but what it holds gives %.*s; plan it again",
		r->path, STR_ARG(str_sub(h->seal, 0, 64)), STR_ARG(now));
}
