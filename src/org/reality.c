/* SPDX-License-Identifier: MIT */
/*
 * Decisions: first the limits, as the service's front has them; of the faults the first whose turn it is. A
 * request that was refused by the limits is none that a fault counts.
 */
#include "org/reality.h"

#include "base/limits.h"
#include "org/reality_parts.h"

#include "base/banned.h"

struct reality {
	struct latency latency;
	struct limits limits;
	struct usages usages;
	VEC(struct fault) faults;
	uint64_t seed;
};

static bool add_faults(struct reality *r, struct arena *a, const char *text, struct err *e)
{
	struct str_splitter parts = str_splitter(str_from(text));

	for (struct str part; str_split(&parts, ';', &part);) {
		struct fault f;

		part = str_trim(part);
		if (part.n == 0)
			continue;
		if (r->faults.n == LIMIT_FAULTS)
			return err_set(e, ERR_USAGE, "more than %d faults", LIMIT_FAULTS);
		if (!reality_read_fault(a, part, &f, e))
			return false;
		f.rng = rng_from_seed(r->seed + r->faults.n);
		*VEC_PUSH(a, &r->faults) = f;
	}
	return true;
}

bool reality_make(struct reality **out, struct arena *a, const struct reality_options *options,
		  struct err *e)
{
	struct reality *r = arena_new(a, struct reality);

	r->seed = options->seed;
	if (options->latency && !reality_read_latency(str_from(options->latency), &r->latency, e))
		return false;
	if (options->limits && !reality_read_limits(str_from(options->limits), &r->limits, e))
		return false;
	for (size_t i = 0; i < options->nfaults; i++) {
		if (!add_faults(r, a, options->faults[i], e))
			return false;
	}
	r->usages = usages_make(a, &r->limits);
	*out = r;
	return true;
}

bool effect_runs(enum effect e)
{
	switch (e) {
	case EFFECT_THROTTLE:
	case EFFECT_STATUS:
	case EFFECT_EXPIRE_TOKEN:
	case EFFECT_HTML:
	case EFFECT_CUT:
		return false;
	case EFFECT_NONE:
	case EFFECT_CUT_AFTER_HEADERS:
	case EFFECT_CUT_MID_BODY:
	case EFFECT_LOST:
	case EFFECT_DUPLICATE:
	case EFFECT_SLOW:
	case EFFECT_TRUNCATE:
		return true;
	}
	return true;
}

/* It fits: is it its turn? */
static bool is_turn(struct fault *f)
{
	f->seen++;
	switch (f->which) {
	case FAULT_ALL:
		return true;
	case FAULT_RANGE:
		return f->seen >= f->from && f->seen <= f->to;
	case FAULT_EVERY:
		return f->seen % f->from == 0;
	case FAULT_CHANCE:
		return rng_next(&f->rng) % 100 < f->from;
	}
	return false;
}

static uint32_t code_of_status(int status)
{
	switch (status) {
	case 400:
		return 0x80040203u;
	case 403:
		return 0x80040220u;
	case 404:
		return 0x80040217u;
	case 412:
		return 0x80060882u;
	case 429:
		return 0x80072322u;
	default:
		return 0x80040216u;
	}
}

static struct verdict verdict_of(const struct fault *f)
{
	return (struct verdict){ .effect = f->effect,
				 .status = f->status,
				 .retry_after = f->retry_after,
				 .code = code_of_status(f->status),
				 .reason = "this answer was asked for with a fault",
				 .rate = f->rate,
				 .fault = f->text };
}

struct verdict reality_arrive(struct reality *r, const struct arrival *a)
{
	struct verdict v = { .retry_after = -1 };
	const struct fault *found = NULL;

	if (r->limits.on && !a->apart &&
	    !usages_take(&r->usages, usages_of(&r->usages, a->user, a->now), a->now, &v))
		return v;
	/* each counts for itself, whatever the others do */
	for (size_t i = 0; i < r->faults.n; i++) {
		struct fault *f = &r->faults.p[i];

		if (fault_fits(f, a->method, a->target) && is_turn(f) && !found)
			found = f;
	}
	if (found)
		v = verdict_of(found);
	v.counted = r->limits.on && !a->apart;
	return v;
}

void reality_leave(struct reality *r, struct guid user, int64_t now, uint64_t worked)
{
	usages_leave(usages_of(&r->usages, user, now), now, worked);
}

uint64_t reality_way_there(const struct reality *r)
{
	return r->latency.rtt / 2;
}

uint64_t reality_row_time(const struct reality *r, uint64_t rows)
{
	return rows < UINT32_MAX ? rows * r->latency.row : UINT32_MAX;
}

uint64_t reality_way_back(const struct reality *r, uint64_t rows)
{
	return r->latency.rtt - r->latency.rtt / 2 + reality_row_time(r, rows);
}

/* 1,200.00: seconds, with the platform's comma. */
static struct str seconds_text(struct arena *a, uint64_t ms)
{
	unsigned long long whole = ms / 1000;
	unsigned hundredths = (unsigned)(ms % 1000 / 10);

	if (whole < 1000)
		return str_fmt(a, "%llu.%02u", whole, hundredths);
	if (whole < 1000000)
		return str_fmt(a, "%llu,%03llu.%02u", whole / 1000, whole % 1000, hundredths);
	return str_fmt(a, "%llu,%03llu,%03llu.%02u", whole / 1000000, whole / 1000 % 1000,
		       whole % 1000, hundredths);
}

size_t reality_headers(struct reality *r, struct arena *a, struct guid user, int64_t now,
		       struct header out[REALITY_HEADERS])
{
	const struct limits *l = &r->limits;
	size_t n = 0;

	if (!l->on)
		return 0;

	const struct usage *u = usages_of(&r->usages, user, now);
	unsigned long long requests = usages_requests_left(&r->usages, u, now);

	out[n++] = (struct header){ S("x-ms-dop-hint"),
				    str_fmt(a, "%llu", (unsigned long long)l->dop) };
	if (l->work)
		out[n++] = (struct header){ S("x-ms-ratelimit-time-remaining-xrm-requests"),
					    seconds_text(a, usages_work_left(&r->usages, u, now)) };
	if (l->requests)
		out[n++] = (struct header){ S("x-ms-ratelimit-burst-remaining-xrm-requests"),
					    str_fmt(a, "%llu", requests) };
	return n;
}
