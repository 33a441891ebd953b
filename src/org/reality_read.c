/* SPDX-License-Identifier: MIT */
/*
 * Reading latency, limits and faults. What is wrong is told with the place at which it stands.
 */
#include "org/reality_parts.h"

#include "base/limits.h"

#include "base/banned.h"

#define MINUTE_MS 60000
#define SPAN_MAX ((uint64_t)24 * 60 * MINUTE_MS)
#define COUNT_MAX UINT64_C(1000000000)

static const struct {
	struct str word;
	enum effect effect;
} EFFECTS[] = {
	{ STR_INIT("cut"), EFFECT_CUT },
	{ STR_INIT("cut-after-headers"), EFFECT_CUT_AFTER_HEADERS },
	{ STR_INIT("cut-mid-body"), EFFECT_CUT_MID_BODY },
	{ STR_INIT("lost"), EFFECT_LOST },
	{ STR_INIT("duplicate"), EFFECT_DUPLICATE },
	{ STR_INIT("truncate"), EFFECT_TRUNCATE },
	{ STR_INIT("html"), EFFECT_HTML },
	{ STR_INIT("expire-token"), EFFECT_EXPIRE_TOKEN },
};
#define EFFECT_WORDS                                                                               \
	"a status from 400 to 599, cut, cut-after-headers, cut-mid-body, lost, duplicate, "        \
	"slow=BYTES, truncate, html, expire-token"

/* `part` is a slice of `whole`; the place is counted from 1. */
static bool wrong(const char *what, struct str whole, struct str part, const char *why,
		  struct err *e)
{
	return err_set(e, ERR_USAGE, "%s \"%.*s\": \"%.*s\" at character %zu: %s", what,
		       STR_ARG(whole), STR_ARG(part), (size_t)(part.p - whole.p) + 1, why);
}

static bool read_duration(struct str s, uint64_t *out)
{
	static const struct {
		struct str unit;
		uint64_t ms;
	} units[] = { { STR_INIT("ms"), 1 },
		      { STR_INIT("s"), 1000 },
		      { STR_INIT("min"), MINUTE_MS } };

	for (size_t i = 0; i < COUNT_OF(units); i++) {
		uint64_t n;

		if (!str_ends(s, units[i].unit) ||
		    !str_parse_u64(str_sub(s, 0, s.n - units[i].unit.n), &n))
			continue;
		if (n > SPAN_MAX / units[i].ms)
			return false;
		*out = n * units[i].ms;
		return true;
	}
	return false;
}

/* name=value of a list with commas. */
static struct str value_of(struct str item, struct str *name)
{
	size_t equals = str_find_char(item, '=');

	*name = str_sub(item, 0, equals);
	return equals == STR_NONE ? str_skip(item, item.n) : str_skip(item, equals + 1);
}

bool reality_read_latency(struct str text, struct latency *out, struct err *e)
{
	struct str_splitter items = str_splitter(text);
	struct latency l = { 0 };

	for (struct str item; str_split(&items, ',', &item);) {
		struct str name;
		struct str value = value_of(item, &name);
		uint64_t *at = str_eq(name, S("rtt"))   ? &l.rtt
			       : str_eq(name, S("row")) ? &l.row
							: NULL;

		if (!at)
			return wrong("latency", text, item, "rtt=DURATION or row=DURATION is meant",
				     e);
		if (!read_duration(value, at))
			return wrong("latency", text, value,
				     "a whole number with its unit is needed: 150ms, 2s, 1min", e);
	}
	*out = l;
	return true;
}

/* count/span; the span keeps its value when it is not told */
static bool read_per(struct str value, bool (*amount)(struct str, uint64_t *), uint64_t *count,
		     uint64_t *span)
{
	size_t slash = str_find_char(value, '/');
	uint64_t per = *span;

	if (!amount(str_sub(value, 0, slash), count))
		return false;
	if (slash != STR_NONE && !read_duration(str_skip(value, slash + 1), &per))
		return false;
	if (per < WINDOW_STEPS)
		return false;
	*span = per;
	return true;
}

static bool read_count(struct str s, uint64_t *out)
{
	uint64_t n;

	if (!str_parse_u64(s, &n) || n == 0 || n > COUNT_MAX)
		return false;
	*out = n;
	return true;
}

static bool read_limit(struct str text, struct str item, struct limits *l, struct err *e)
{
	struct str name;
	struct str value = value_of(item, &name);

	if (str_eq(name, S("requests")))
		return read_per(value, read_count, &l->requests, &l->requests_span) ||
		       wrong("limits", text, value, "N/DURATION is needed: 100/10s (300ms or more)",
			     e);
	if (str_eq(name, S("time")))
		return read_per(value, read_duration, &l->work, &l->work_span) ||
		       wrong("limits", text, value, "DURATION/DURATION is needed: 60s/5min", e);
	if (str_eq(name, S("concurrent")))
		return read_count(value, &l->concurrent) ||
		       wrong("limits", text, value, "a number from 1 up is needed", e);
	if (str_eq(name, S("dop")))
		return read_count(value, &l->dop) ||
		       wrong("limits", text, value, "a number from 1 up is needed", e);
	return wrong("limits", text, item,
		     "service-protection, requests=, time=, concurrent= or dop= is meant", e);
}

bool reality_read_limits(struct str text, struct limits *out, struct err *e)
{
	struct str_splitter items = str_splitter(text);
	struct limits l = { .on = true, .requests_span = 300000, .work_span = 300000, .dop = 4 };

	for (struct str item; str_split(&items, ',', &item);) {
		if (str_eq(item, S("service-protection"))) {
			/* facts/webapi.md 3.5 */
			l.requests = l.requests ? l.requests : 6000;
			l.work = l.work ? l.work : 1200000;
			l.concurrent = l.concurrent ? l.concurrent : 52;
		} else if (!read_limit(text, item, &l, e)) {
			return false;
		}
	}
	*out = l;
	return true;
}

static bool read_methods(struct str whole, struct str word, unsigned *out, struct err *e)
{
	struct str_splitter names = str_splitter(word);

	if (str_eq(word, S("*"))) {
		*out = ~0u;
		return true;
	}
	*out = 0;
	for (struct str name; str_split(&names, '|', &name);) {
		enum method m;

		if (!method_parse(name, &m))
			return wrong("fault", whole, name,
				     "GET, POST, PATCH, PUT, DELETE or * is needed", e);
		*out |= 1u << m;
	}
	return true;
}

static bool read_which(struct str whole, struct str s, struct fault *f, struct err *e)
{
	size_t hyphen = str_find_char(s, '-');

	if (str_starts(s, S("every "))) {
		f->which = FAULT_EVERY;
		return read_count(str_trim(str_skip(s, 6)), &f->from) ||
		       wrong("fault", whole, s, "every N is meant, N from 1 up", e);
	}
	if (str_ends(s, S("%"))) {
		f->which = FAULT_CHANCE;
		return (read_count(str_sub(s, 0, s.n - 1), &f->from) && f->from <= 100) ||
		       wrong("fault", whole, s, "a percentage is from 1% to 100%", e);
	}
	f->which = FAULT_RANGE;
	if (!read_count(str_sub(s, 0, hyphen), &f->from))
		return wrong("fault", whole, s, "which requests: 3, 3-5, 3-, every 4, 10%", e);
	f->to = f->from;
	if (hyphen == STR_NONE)
		return true;
	f->to = UINT64_MAX;
	if (hyphen + 1 == s.n)
		return true;
	return (read_count(str_skip(s, hyphen + 1), &f->to) && f->to >= f->from) ||
	       wrong("fault", whole, s, "a range is FIRST-LAST", e);
}

static bool read_rate(struct str s, uint64_t *out)
{
	uint64_t unit = str_ends(s, S("k")) ? 1000 : str_ends(s, S("M")) ? 1000000 : 1;

	if (!read_count(unit > 1 ? str_sub(s, 0, s.n - 1) : s, out))
		return false;
	*out *= unit;
	return true;
}

static bool read_status(struct str whole, struct str s, struct fault *f, struct err *e)
{
	size_t blank = str_find_char(s, ' ');
	uint64_t status, seconds;
	struct str rest = blank == STR_NONE ? str_skip(s, s.n) : str_trim(str_skip(s, blank));

	if (!str_parse_u64(str_sub(s, 0, blank), &status) || status < 400 || status > 599)
		return wrong("fault", whole, s, "the effect is one of " EFFECT_WORDS, e);
	f->effect = EFFECT_STATUS;
	f->status = (int)status;
	/* the platform never throttles without it */
	f->retry_after = status == 429 ? 1 : -1;
	if (rest.n == 0)
		return true;
	if (!str_starts(rest, S("retry-after=")) ||
	    !str_parse_u64(str_skip(rest, S("retry-after=").n), &seconds) || seconds > 86400)
		return wrong("fault", whole, rest, "retry-after=SECONDS is meant", e);
	f->retry_after = (int)seconds;
	return true;
}

static bool read_effect(struct str whole, struct str s, struct fault *f, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(EFFECTS); i++) {
		if (str_eq(s, EFFECTS[i].word)) {
			f->effect = EFFECTS[i].effect;
			return true;
		}
	}
	if (!str_starts(s, S("slow=")))
		return read_status(whole, s, f, e);
	f->effect = EFFECT_SLOW;
	return read_rate(str_skip(s, 5), &f->rate) ||
	       wrong("fault", whole, s, "slow=BYTES a second: slow=500, slow=20k, slow=1M", e);
}

/* The word up to the next blank, off *rest. */
static struct str take_word(struct str *rest)
{
	size_t blank = str_find_char(*rest, ' ');
	struct str word = str_sub(*rest, 0, blank);

	*rest = str_trim(str_skip(*rest, word.n));
	return word;
}

bool reality_read_fault(struct arena *a, struct str text, struct fault *out, struct err *e)
{
	struct fault f = { .retry_after = -1 };
	size_t colon = text.n;

	while (colon > 0 && text.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return err_set(e, ERR_USAGE,
			       "fault \"%.*s\": there is no ':'; METHOD TARGET [WHICH]: EFFECT is "
			       "meant, as in \"POST queues 3: 503\"",
			       STR_ARG(text));

	struct str when = str_trim(str_sub(text, 0, colon - 1));
	struct str method = take_word(&when);
	struct str target = take_word(&when);

	if (!read_methods(text, method, &f.methods, e) ||
	    !read_effect(text, str_trim(str_skip(text, colon)), &f, e))
		return false;
	if (target.n == 0)
		return err_set(e, ERR_USAGE,
			       "fault \"%.*s\": the target is missing; * means every request",
			       STR_ARG(text));
	f.which = FAULT_ALL;
	if (when.n > 0 && !read_which(text, when, &f, e))
		return false;
	if (when.n == 0 && f.effect == EFFECT_EXPIRE_TOKEN) {
		f.which = FAULT_RANGE;
		f.from = f.to = 1;
	}
	f.text = str_cstr(a, text);
	f.beside = str_starts(target, S("/"));
	if (f.beside)
		target = str_skip(target, 1);
	f.target = str_eq(target, S("*")) ? S("") : str_dup(a, target);
	f.glob = str_find_char(f.target, '*') != STR_NONE;
	*out = f;
	return true;
}

/* '*' stands for anything; the last one that was met is the place to try again from. */
static bool glob_fits(struct str pattern, struct str s)
{
	size_t p = 0;
	size_t i = 0;
	size_t star = STR_NONE;
	size_t from = 0;

	while (i < s.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = i;
		} else if (p < pattern.n && pattern.p[p] == s.p[i]) {
			p++;
			i++;
		} else if (star != STR_NONE) {
			p = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

bool fault_fits(const struct fault *f, enum method method, struct str target)
{
	bool beside = str_starts(target, S("/"));

	if (!(f->methods & 1u << method) || (beside && !f->beside))
		return false;
	if (beside)
		target = str_skip(target, 1);
	if (f->glob)
		return glob_fits(f->target, target);
	return f->target.n == 0 ||
	       (str_starts(target, f->target) &&
		(target.n == f->target.n || !is_name_character(target.p[f->target.n])));
}
