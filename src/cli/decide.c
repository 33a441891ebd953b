/* SPDX-License-Identifier: MIT */
/*
 * Words of options into decisions.
 */
#include "cli/decide.h"

#include <stddef.h>

#include "base/datetime.h"
#include "base/rng.h"
#include "base/vec.h"
#include "move/map_file.h"
#include "cli/decide_options.h"

#include "base/banned.h"

/* To wait for the platform's jobs, when nothing is said. */
#define SETTLE_SECONDS 60
#define SETTLE_MOST 86400

struct execute_alone {
	struct execute_values values;
};
const struct opt execute_opts[] = { EXECUTE_OPTIONS(struct execute_alone, values) };
const size_t nexecute_opts = COUNT_OF(execute_opts);

const char *const decide_managed[] = { "skip", "overwrite", NULL };
const char *const decide_prune[] = { "delete", "deactivate", NULL };

/* TABLE=REST */
static bool split(const char *option, const char *text, struct str *table, struct str *rest,
		  struct err *e)
{
	struct str s = str_from(text);
	size_t equals = str_find_char(s, '=');

	if (equals == STR_NONE || equals == 0 || equals + 1 == s.n)
		return err_set(e, ERR_USAGE, "--%s: \"%s\" is not of the form TABLE=...", option,
			       text);
	*table = str_trim(str_sub(s, 0, equals));
	*rest = str_skip(s, equals + 1);
	return true;
}

static bool read_columns(struct arena *a, const char *text, struct str list,
			 struct match_rule *rule, struct err *e)
{
	struct str_splitter sp = str_splitter(list);
	VEC(struct str) columns = { 0 };

	for (struct str part; str_split(&sp, ',', &part);) {
		if (str_trim(part).n == 0)
			return err_set(e, ERR_USAGE, "--match: \"%s\" names an empty column", text);
		*VEC_PUSH(a, &columns) = str_trim(part);
	}
	rule->columns = columns.p;
	rule->n = columns.n;
	return true;
}

static bool read_match(struct arena *a, const struct opt_list *list, struct decisions *out,
		       struct err *e)
{
	struct match_rule *rules = arena_array(a, struct match_rule, list->n);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->items[i];
		struct str columns;

		if (str_eq(str_from(text), S("cmt"))) {
			out->match_cmt = true;
			continue;
		}
		if (!split("match", text, &rules[n].table, &columns, e) ||
		    !read_columns(a, text, columns, &rules[n], e))
			return false;
		n++;
	}
	out->match = rules;
	out->nmatch = n;
	return true;
}

static bool read_adopt(struct arena *a, const struct opt_list *list, struct decisions *out,
		       struct err *e)
{
	struct adopt_rule *rules = arena_array(a, struct adopt_rule, list->n);

	for (size_t i = 0; i < list->n; i++)
		if (!split("adopt", list->items[i], &rules[i].table, &rules[i].name, e))
			return false;
	out->adopt = rules;
	out->nadopt = list->n;
	return true;
}

static bool read_what(const char *text, struct str word, enum on_unresolved *out, struct err *e)
{
	static const struct str words[] = {
		[UNRESOLVED_FAIL] = STR_INIT("fail"),
		[UNRESOLVED_SKIP] = STR_INIT("skip"),
		[UNRESOLVED_NULL] = STR_INIT("null"),
	};

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_eq(words[i], word))
			continue;
		*out = (enum on_unresolved)i;
		return true;
	}
	return err_set(e, ERR_USAGE, "--on-unresolved: \"%s\" says none of fail, skip and null",
		       text);
}

/* WHAT, TABLE=WHAT, TABLE.COLUMN=WHAT, several of them separated by commas. */
static bool read_unresolved(struct arena *a, const struct opt_list *list, struct decisions *out,
			    struct err *e)
{
	VEC(struct unresolved_rule) rules = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		struct str_splitter sp = str_splitter(str_from(list->items[i]));

		for (struct str part; str_split(&sp, ',', &part);) {
			struct unresolved_rule *rule = VEC_PUSH(a, &rules);
			size_t equals = str_find_char(part, '=');
			struct str where = equals == STR_NONE ? S("") : str_sub(part, 0, equals);
			size_t dot = str_find_char(where, '.');
			struct str what = equals == STR_NONE ? part : str_skip(part, equals + 1);

			*rule = (struct unresolved_rule){ 0 };
			rule->table = str_trim(dot == STR_NONE ? where : str_sub(where, 0, dot));
			if (dot != STR_NONE)
				rule->column = str_trim(str_skip(where, dot + 1));
			if (!read_what(list->items[i], str_trim(what), &rule->what, e))
				return false;
		}
	}
	out->unresolved = rules.p;
	out->nunresolved = rules.n;
	return true;
}

static bool read_map(struct arena *a, const char *path, struct decisions *out, struct err *e)
{
	struct map_file *map;

	if (!path)
		return true;
	map = arena_new(a, struct map_file);
	if (!map_file_read(a, path, map, e))
		return false;
	out->map = map;
	return true;
}

static enum prune prune_of(const char *word)
{
	if (!word)
		return PRUNE_NONE;
	return str_eq(str_from(word), S("deactivate")) ? PRUNE_DEACTIVATE : PRUNE_DELETE;
}

bool decide_read(struct arena *a, const struct decide_values *v, struct datetime now,
		 struct decisions *out, struct err *e)
{
	char text[DATETIME_TEXT_SIZE];
	struct decisions d = {
		.owner = str_from(v->owner),
		.managed = v->managed && str_eq(str_from(v->managed), S("overwrite"))
				   ? MANAGED_OVERWRITE
				   : MANAGED_SKIP,
		.prune = prune_of(v->prune),
		.has_max_delete = v->max_delete.given,
		.max_delete = v->max_delete.value,
		.same_environment = v->same_environment,
		.secrets = v->secrets,
		.skip_missing = v->skip_missing,
		.now = str_dup(a, datetime_format_iso(now, text)),
	};

	if (d.has_max_delete && d.prune == PRUNE_NONE)
		return err_set(e, ERR_USAGE,
			       "--max-delete is about what --prune removes: say --prune, too");
	if (!read_match(a, &v->match, &d, e) || !read_adopt(a, &v->adopt, &d, e) ||
	    !read_unresolved(a, &v->unresolved, &d, e) || !read_map(a, v->map, &d, e))
		return false;
	*out = d;
	return true;
}

/* "sync,flows" */
static bool read_bypass(const char *text, unsigned *out, struct err *e)
{
	static const struct {
		struct str word;
		enum bypass bit;
	} words[] = {
		{ STR_INIT("sync"), BYPASS_SYNC },
		{ STR_INIT("async"), BYPASS_ASYNC },
		{ STR_INIT("flows"), BYPASS_FLOWS },
	};
	struct str_splitter sp = str_splitter(str_from(text));
	unsigned bits = 0;

	for (struct str part; str_split(&sp, ',', &part);) {
		unsigned bit = 0;

		for (size_t i = 0; i < COUNT_OF(words); i++)
			bit |= str_eq(str_trim(part), words[i].word) ? words[i].bit : 0;
		if (bit == 0)
			return err_set(e, ERR_USAGE,
				       "--bypass: \"%.*s\" is none of sync, async and flows",
				       STR_ARG(part));
		bits |= bit;
	}
	*out = bits;
	return true;
}

bool execute_read(const struct execute_values *v, struct execution *out, struct err *e)
{
	uint64_t seconds = v->settle.given ? v->settle.value : SETTLE_SECONDS;
	struct rng rng = rng_from_system();
	struct execution x = { .seed = rng_next(&rng),
			       .batch_size = v->batch_size,
			       .max_failures = v->max_failures.value,
			       .disable_steps = v->disable_steps };

	if (seconds > SETTLE_MOST)
		return err_set(e, ERR_USAGE, "--settle: at most %d seconds", SETTLE_MOST);
	if (v->max_failures.given && v->max_failures.value == 0)
		return err_set(e, ERR_USAGE, "--max-failures: at least 1");
	x.settle_ms = (unsigned)seconds * 1000;
	if (!read_bypass(v->bypass, &x.bypass, e))
		return false;
	*out = x;
	return true;
}
