/* SPDX-License-Identifier: MIT */
/*
 * Reads plans/knowledge.xml. What is not known is an error, never passed over: a word that is spelled
 * wrong would silently change what an import writes.
 */
#include "move/knowledge.h"

#include "base/asset.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/vec.h"
#include "io/xml.h"

#include "base/banned.h"

#define BUILTIN "plans/knowledge.xml"

struct reader {
	struct arena *arena;
	struct xml *xml;
	VEC(struct known_table) tables;
	struct map by_name;
};

/* The words of one attribute, in the order of the enum that they stand for. */
struct words {
	const struct str *p;
	size_t n;
};
#define WORDS(array) ((struct words){ (array), COUNT_OF(array) })

static const struct str kind_words[] = {
	[ROWS_SYSTEM] = STR_INIT("system"),
	[ROWS_VOCABULARY] = STR_INIT("vocabulary"),
	[ROWS_ROOT] = STR_INIT("root"),
	[ROWS_CHILD] = STR_INIT("child"),
};
static const struct str missing_words[] = { STR_INIT("create"), STR_INIT("stop") };
static const struct str adopted_words[] = { STR_INIT("follow"), STR_INIT("link") };
/* An empty word is none that a file may use. */
static const struct str op_words[] = {
	[WHEN_ALWAYS] = STR_INIT(""),
	[WHEN_EQ] = STR_INIT("eq"),
	[WHEN_NE] = STR_INIT("ne"),
	[WHEN_NULL] = STR_INIT("null"),
	[WHEN_NOT_NULL] = STR_INIT("not-null"),
	[WHEN_BEGINS] = STR_INIT("begins-with"),
	[WHEN_NOT_BEGINS] = STR_INIT("not-begin-with"),
	[WHEN_CONTAINS] = STR_INIT("contains"),
};
static const struct str rule_words[] = {
	[COLUMN_RULE_NONE] = STR_INIT(""),
	[COLUMN_RULE_SECRET] = STR_INIT("secret"),
	[COLUMN_RULE_GENERATED] = STR_INIT("generated"),
	[COLUMN_RULE_PER_ENVIRONMENT] = STR_INIT("per-environment"),
	[COLUMN_RULE_TEXT_REFERENCE] = STR_INIT("text-reference"),
};

/* The word's place among them. */
static bool word_index(const struct reader *r, const char *what, struct words words,
		       struct str word, size_t *out, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(0);

	for (size_t i = 0; i < words.n; i++) {
		if (words.p[i].n > 0 && str_eq(words.p[i], word)) {
			*out = i;
			return true;
		}
		if (words.p[i].n > 0) {
			buf_add(&list, list.n > 0 ? S(", ") : S(""));
			buf_add(&list, words.p[i]);
		}
	}
	return xml_fail(r->xml, e, "%s=\"%.*s\" is none of %.*s", what,
			STR_ARG(str_sub(word, 0, 60)), STR_ARG(buf_str(&list)));
}

static bool check_attributes(const struct reader *r, const struct xml_event *ev,
			     const struct str *known, size_t n, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found = found || str_eq(known[k], ev->attrs[i].name);
		if (!found)
			return xml_fail(r->xml, e, "<%.*s> has no attribute %.*s",
					STR_ARG(ev->name), STR_ARG(ev->attrs[i].name));
	}
	return true;
}

static bool required(const struct reader *r, const struct xml_event *ev, struct str name,
		     struct str *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || str_trim(*value).n == 0)
		return xml_fail(r->xml, e, "<%.*s> without %.*s", STR_ARG(ev->name), STR_ARG(name));
	*out = str_dup(r->arena, str_trim(*value));
	return true;
}

static bool word_attr(const struct reader *r, const struct xml_event *ev, const char *name,
		      struct words words, size_t *out, struct err *e)
{
	struct str word;

	return required(r, ev, str_from(name), &word, e) &&
	       word_index(r, name, words, word, out, e);
}

/* The next element, or the end of the one around it. */
static bool next_element(const struct reader *r, struct xml_event *ev, struct err *e)
{
	do {
		if (!xml_next(r->xml, ev, e))
			return false;
	} while (ev->kind == XML_TEXT && str_trim(ev->text).n == 0);
	if (ev->kind == XML_TEXT)
		return xml_fail(r->xml, e, "text where only elements are allowed: \"%.*s\"",
				STR_ARG(str_sub(str_trim(ev->text), 0, 60)));
	return true;
}

static bool end_of_leaf(const struct reader *r, const char *element, struct err *e)
{
	struct xml_event ev;

	if (!next_element(r, &ev, e))
		return false;
	return ev.kind == XML_CLOSE ||
	       xml_fail(r->xml, e, "<%.*s> is not an element of <%s>", STR_ARG(ev.name), element);
}

static void split_words(struct arena *a, struct str text, struct str **out, size_t *n)
{
	struct str_splitter sp = str_splitter(text);
	VEC(struct str) words = { 0 };

	for (struct str word; str_split(&sp, ' ', &word);)
		if (str_trim(word).n > 0)
			*VEC_PUSH(a, &words) = str_trim(word);
	*out = words.p;
	*n = words.n;
}

static struct str take_word(struct str *rest)
{
	size_t end = str_find_char(*rest, ' ');
	struct str word = str_sub(*rest, 0, end == STR_NONE ? rest->n : end);

	*rest = str_trim(str_skip(*rest, word.n));
	return word;
}

struct condition {
	enum when_op op;
	struct str column, value;
};

/* "column op" or "column op value" */
static bool read_when(struct reader *r, struct str text, struct condition *c, struct err *e)
{
	struct str rest = str_trim(text);
	size_t op;

	c->column = take_word(&rest);
	if (!word_index(r, "the operator in when", WORDS(op_words), take_word(&rest), &op, e))
		return false;
	c->op = (enum when_op)op;
	c->value = rest;

	bool alone = c->op == WHEN_NULL || c->op == WHEN_NOT_NULL;

	if (alone == (rest.n > 0))
		return xml_fail(r->xml, e, "when=\"%.*s\": %.*s takes %s value",
				STR_ARG(str_sub(text, 0, 200)), STR_ARG(op_words[op]),
				alone ? "no" : "a");
	return true;
}

/* "column column | column": one key behind the other. */
static bool read_keys(struct reader *r, struct str text, struct rows_rule *rule, struct err *e)
{
	struct str_splitter sp = str_splitter(text);
	VEC(struct rows_key) keys = { 0 };

	for (struct str part; str_split(&sp, '|', &part);) {
		struct rows_key *key = VEC_PUSH(r->arena, &keys);

		split_words(r->arena, part, &key->columns, &key->n);
		if (key->n == 0)
			return xml_fail(r->xml, e, "key=\"%.*s\": a key without columns",
					STR_ARG(str_sub(text, 0, 200)));
	}
	rule->keys = keys.p;
	rule->nkeys = keys.n;
	if (keys.n > 0) {
		rule->key = keys.p[0].columns;
		rule->nkey = keys.p[0].n;
	}
	return true;
}

static bool read_rows(struct reader *r, const struct xml_event *ev, struct rows_rule *rule,
		      struct err *e)
{
	static const struct str known[] = { STR_INIT("kind"), STR_INIT("key"), STR_INIT("missing"),
					    STR_INIT("adopted"), STR_INIT("when") };
	const struct str *key = xml_attr(ev, S("key"));
	const struct str *when = xml_attr(ev, S("when"));
	size_t kind, missing, adopted;

	rule->line = ev->line;
	if (!check_attributes(r, ev, known, COUNT_OF(known), e) ||
	    !word_attr(r, ev, "kind", WORDS(kind_words), &kind, e) ||
	    !word_attr(r, ev, "missing", WORDS(missing_words), &missing, e) ||
	    !word_attr(r, ev, "adopted", WORDS(adopted_words), &adopted, e))
		return false;
	rule->kind = (enum rows_kind)kind;
	rule->missing_stops = missing == 1;
	rule->link_only = adopted == 1;
	if (key && !read_keys(r, str_dup(r->arena, *key), rule, e))
		return false;
	if (when) {
		struct condition c = { 0 };

		if (!read_when(r, str_dup(r->arena, *when), &c, e))
			return false;
		rule->op = c.op;
		rule->when_column = c.column;
		rule->when_value = c.value;
	}
	return end_of_leaf(r, "rows", e);
}

static bool read_unfit(struct reader *r, const struct xml_event *ev, struct unfit_rule *rule,
		       struct err *e)
{
	static const struct str known[] = { STR_INIT("is"), STR_INIT("when"), STR_INIT("same"),
					    STR_INIT("but"), STR_INIT("map") };
	const struct str *same = xml_attr(ev, S("same"));
	const struct str *but = xml_attr(ev, S("but"));
	const struct str *map = xml_attr(ev, S("map"));
	struct condition c = { 0 };
	struct str when = { 0 };

	rule->line = ev->line;
	if (!check_attributes(r, ev, known, COUNT_OF(known), e) ||
	    !required(r, ev, S("is"), &rule->called, e) || !required(r, ev, S("when"), &when, e) ||
	    !read_when(r, when, &c, e))
		return false;
	rule->op = c.op;
	rule->when_column = c.column;
	rule->when_value = c.value;
	if (same)
		rule->same = str_dup(r->arena, str_trim(*same));
	if (but) {
		split_words(r->arena, str_dup(r->arena, *but), &rule->but, &rule->nbut);
		if (rule->nbut < 2)
			return xml_fail(r->xml, e,
					"but is a column and the values that it may have");
		rule->but_column = rule->but[0];
		rule->but++;
		rule->nbut--;
	}
	if (map && !str_eq(*map, S("no")))
		return xml_fail(r->xml, e, "map is \"no\", or is left out");
	rule->never = map != NULL;
	return end_of_leaf(r, "unfit", e);
}

static bool read_column(struct reader *r, const struct xml_event *ev, struct known_column *c,
			struct err *e)
{
	static const struct str known[] = { STR_INIT("name"), STR_INIT("is"), STR_INIT("tables"),
					    STR_INIT("again"), STR_INIT("switch") };
	const struct str *tables = xml_attr(ev, S("tables"));
	const struct str *again = xml_attr(ev, S("again"));
	const struct str *switches = xml_attr(ev, S("switch"));
	bool plain = switches && !xml_attr(ev, S("is"));
	size_t rule = COLUMN_RULE_NONE;

	if (!check_attributes(r, ev, known, COUNT_OF(known), e) ||
	    !required(r, ev, S("name"), &c->name, e) ||
	    (!plain && !word_attr(r, ev, "is", WORDS(rule_words), &rule, e)))
		return false;
	c->rule = (enum column_rule)rule;
	if (tables && c->rule != COLUMN_RULE_TEXT_REFERENCE)
		return xml_fail(r->xml, e, "tables belong to a text-reference");
	if (tables)
		split_words(r->arena, str_dup(r->arena, *tables), &c->tables, &c->ntables);
	if (again && !str_eq(*again, S("yes")))
		return xml_fail(r->xml, e, "again is \"yes\", or is left out");
	c->again = again != NULL;
	if (switches && !str_eq(*switches, S("yes")))
		return xml_fail(r->xml, e, "switch is \"yes\", or is left out");
	c->switches = switches != NULL;
	return end_of_leaf(r, "column", e);
}

/* The children of one table, while they are read. */
struct table_parts {
	VEC(struct rows_rule) rows;
	VEC(struct unfit_rule) unfit;
	VEC(struct known_column) columns;
	VEC(struct known_set) together;
};

static bool add_rows(struct reader *r, const struct xml_event *ev, struct table_parts *parts,
		     struct err *e)
{
	if (parts->rows.n > 0 && parts->rows.p[parts->rows.n - 1].op == WHEN_ALWAYS)
		return xml_fail(r->xml, e,
				"<rows> is never reached: the one on line %u has no when",
				parts->rows.p[parts->rows.n - 1].line);
	return read_rows(r, ev, VEC_PUSH(r->arena, &parts->rows), e);
}

static bool add_column(struct reader *r, const struct xml_event *ev, struct table_parts *parts,
		       struct err *e)
{
	struct known_column *c = VEC_PUSH(r->arena, &parts->columns);

	if (!read_column(r, ev, c, e))
		return false;
	for (size_t i = 0; i + 1 < parts->columns.n; i++)
		if (str_eq(parts->columns.p[i].name, c->name))
			return xml_fail(r->xml, e, "column %.*s comes twice", STR_ARG(c->name));
	return true;
}

static bool add_together(struct reader *r, const struct xml_event *ev, struct table_parts *parts,
			 struct err *e)
{
	static const struct str known[] = { STR_INIT("columns") };
	struct str columns = { 0 };

	if (parts->together.n == KNOWN_SETS)
		return xml_fail(r->xml, e, "more than %d sets of one table", KNOWN_SETS);

	struct known_set *set = VEC_PUSH(r->arena, &parts->together);

	if (!check_attributes(r, ev, known, COUNT_OF(known), e) ||
	    !required(r, ev, S("columns"), &columns, e))
		return false;
	split_words(r->arena, columns, &set->columns, &set->n);
	if (set->n < 2)
		return xml_fail(r->xml, e, "columns: one alone does not belong together");
	return end_of_leaf(r, "together", e);
}

static bool add_part(struct reader *r, const struct xml_event *ev, struct table_parts *parts,
		     struct err *e)
{
	if (str_eq(ev->name, S("rows")))
		return add_rows(r, ev, parts, e);
	if (str_eq(ev->name, S("unfit")))
		return read_unfit(r, ev, VEC_PUSH(r->arena, &parts->unfit), e);
	if (str_eq(ev->name, S("column")))
		return add_column(r, ev, parts, e);
	if (str_eq(ev->name, S("together")))
		return add_together(r, ev, parts, e);
	return xml_fail(r->xml, e, "<%.*s> is not an element of <table>", STR_ARG(ev->name));
}

static bool read_table(struct reader *r, const struct xml_event *open, struct err *e)
{
	static const struct str known[] = { STR_INIT("name"), STR_INIT("source"), STR_INIT("write"),
					    STR_INIT("makes"), STR_INIT("after") };
	const struct str *write = xml_attr(open, S("write"));
	const struct str *makes = xml_attr(open, S("makes"));
	const struct str *after = xml_attr(open, S("after"));
	struct known_table *t = VEC_PUSH(r->arena, &r->tables);
	uint32_t index = (uint32_t)r->tables.n - 1;
	struct table_parts parts = { 0 };
	struct xml_event ev;
	struct str source;

	if (!check_attributes(r, open, known, COUNT_OF(known), e) ||
	    !required(r, open, S("name"), &t->name, e) ||
	    !required(r, open, S("source"), &source, e))
		return false;
	if (write && !str_eq(*write, S("one")))
		return xml_fail(r->xml, e, "write is \"one\", or is left out");
	t->one = write != NULL;
	if (after)
		split_words(r->arena, str_dup(r->arena, *after), &t->after, &t->nafter);
	if (makes)
		split_words(r->arena, str_dup(r->arena, *makes), &t->makes, &t->nmakes);
	if (!map_put(&r->by_name, t->name, &index))
		return xml_fail(r->xml, e, "table %.*s comes twice", STR_ARG(t->name));
	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!add_part(r, &ev, &parts, e))
			return false;
	}
	t->rows = parts.rows.p;
	t->nrows = parts.rows.n;
	t->unfit = parts.unfit.p;
	t->nunfit = parts.unfit.n;
	t->columns = parts.columns.p;
	t->ncolumns = parts.columns.n;
	t->together = parts.together.p;
	t->ntogether = parts.together.n;
	return true;
}

static bool read_root(struct reader *r, struct err *e)
{
	static const struct str known[] = { STR_INIT("version") };
	struct xml_event ev;
	struct str version = { 0 };

	if (!next_element(r, &ev, e))
		return false;
	if (ev.kind != XML_OPEN || !str_eq(ev.name, S("knowledge")))
		return xml_fail(r->xml, e, "the first element has to be <knowledge>");
	if (!check_attributes(r, &ev, known, COUNT_OF(known), e) ||
	    !required(r, &ev, S("version"), &version, e))
		return false;
	return str_eq(version, S("1")) ||
	       xml_fail(r->xml, e, "version=\"%.*s\" is not known; this program reads version 1",
			STR_ARG(str_sub(version, 0, 20)));
}

static bool read_document(struct reader *r, struct err *e)
{
	struct xml_event ev;

	if (!read_root(r, e))
		return false;
	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind != XML_OPEN)
			return true;
		if (!str_eq(ev.name, S("table")))
			return xml_fail(r->xml, e, "<%.*s> is not an element of <knowledge>",
					STR_ARG(ev.name));
		if (!read_table(r, &ev, e))
			return false;
	}
}

/* To the end of the bytes, so that what stands behind the root is checked, too. */
static bool read_to_end(struct reader *r, struct err *e)
{
	struct xml_event ev = { .kind = XML_CLOSE };

	while (ev.kind != XML_END)
		if (!xml_next(r->xml, &ev, e))
			return false;
	return true;
}

bool knowledge_read(struct arena *a, struct str bytes, const char *name, struct knowledge *out,
		    struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct str_source source = str_source_make(bytes);
	struct reader r = { .arena = a, .by_name = map_make(a) };

	if (bytes.n > LIMIT_PLAN_FILE)
		return err_set(e, ERR_INPUT, "%s: is larger than %zu bytes", name, LIMIT_PLAN_FILE);
	if (!xml_open(&xml, &scratch, &source.source, name, e))
		return false;
	r.xml = xml;
	if (!read_document(&r, e) || !read_to_end(&r, e))
		return false;
	*out = (struct knowledge){ .bytes = str_dup(a, bytes),
				   .tables = r.tables.p,
				   .ntables = r.tables.n,
				   .by_name = r.by_name };
	return true;
}

bool knowledge_builtin(struct arena *a, struct knowledge *out, struct err *e)
{
	struct str bytes;

	if (!asset_find(S(BUILTIN), &bytes))
		return err_set(e, ERR_INTERNAL, "%s is not part of this program", BUILTIN);
	return knowledge_read(a, bytes, BUILTIN, out, e);
}

const struct known_table *knowledge_table(const struct knowledge *k, struct str name)
{
	uint32_t index;

	return map_get(&k->by_name, name, &index) ? &k->tables[index] : NULL;
}

const struct known_column *knowledge_find_column(const struct known_table *t, struct str column)
{
	for (size_t i = 0; t && i < t->ncolumns; i++)
		if (str_eq(t->columns[i].name, column))
			return &t->columns[i];
	return NULL;
}

enum column_rule knowledge_column(const struct known_table *t, struct str column)
{
	const struct known_column *c = knowledge_find_column(t, column);
	return c ? c->rule : COLUMN_RULE_NONE;
}
