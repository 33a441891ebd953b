/* SPDX-License-Identifier: MIT */
/*
 * Settling. The latest open jobs are read until none of them is about a row of ours: other people's jobs, of
 * which a real environment always has some, are not waited for.
 */
#include "move/settle.h"

#include "move/journal.h"

#include "base/banned.h"

#define JOBS "asyncoperation"
#define LATEST 5000
/* Between two questions: at first short, for most jobs are done in no time. */
#define FIRST_PAUSE_MS 20
#define LONGEST_PAUSE_MS 5000

struct settling {
	struct job *j;
	bool open; /* a job about one of our rows is */
};

static bool take_job(void *context, const struct read_row *row, struct err *e)
{
	struct settling *s = context;
	const struct value *v = &row->values[0];
	struct guid id, source;
	enum outcome outcome;
	bool found;

	if (s->open || v->kind != VALUE_REF || !guid_parse(v->text, &id))
		return true;

	const struct tab *t = tabs_find(&s->j->tabs, v->table);

	if (!t)
		return true;
	if (!run_get_map_back(s->j->run, v->table, id, &source, &found, e))
		return false;
	if (!found)
		return true;
	if (!journal_get_outcome(s->j->run, t->number, source, &outcome, &found, e))
		return false;
	/* the pairs of a row may be what was written */
	s->open = found && (t->nrelationships > 0 || outcome == OUTCOME_CREATED ||
			    outcome == OUTCOME_UPDATED);
	return true;
}

static bool ask(struct settling *s, const struct table *jobs, struct err *e)
{
	/* ready or locked, of the type that plug-ins are of */
	struct str states[] = { S("0"), S("2") };
	struct str type = S("1");
	struct fetch_condition conditions[] = {
		{ .attribute = S("statecode"),
		  .op = FETCH_IN,
		  .op_name = S("in"),
		  .values = states,
		  .nvalues = COUNT_OF(states) },
		{ .attribute = S("operationtype"),
		  .op = FETCH_EQ,
		  .op_name = S("eq"),
		  .values = &type,
		  .nvalues = 1 },
	};
	struct fetch_filter filter = { .conditions = conditions,
				       .nconditions = COUNT_OF(conditions) };
	struct fetch_order order = { .attribute = S("createdon"), .descending = true };
	struct fetch query = { .top = LATEST,
			       .entity = { .table = S(JOBS),
					   .filters = &filter,
					   .nfilters = 1,
					   .orders = &order,
					   .norders = 1 } };
	const struct column *about = table_column(jobs, S("regardingobjectid"));

	s->open = false;
	return !about || read_rows(&s->j->reader, jobs, &query, &about, 1, take_job, s, e);
}

static bool cancelled(const struct job *j)
{
	return j->progress && j->progress->cancelled &&
	       j->progress->cancelled(j->progress->context);
}

/* Other failures are about jobs alone: no reason to leave the rows unread. */
static bool rules_out_comparing(const struct err *e)
{
	return e->kind == ERR_NETWORK || e->kind == ERR_INTERNAL || e->kind == ERR_CANCELLED;
}

static bool can_pause(const struct job *j)
{
	return j->progress && j->progress->pause;
}

static bool tell_open(struct job *j, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_NOTE,
		.message = S(
			"jobs of the platform about rows of this run were still open when they were compared"),
		.remedy = S("wait for longer with --settle, or run the import again later"),
	};

	return journal_put_problem(j->run, &p, e);
}

/* False: there is no time left. */
static bool pause(struct job *j, unsigned round)
{
	unsigned ms = FIRST_PAUSE_MS;

	while (round-- > 0 && ms < LONGEST_PAUSE_MS)
		ms *= 2;
	if (ms > LONGEST_PAUSE_MS)
		ms = LONGEST_PAUSE_MS;
	if (ms > j->execution.settle_ms)
		ms = j->execution.settle_ms;
	if (ms == 0)
		return false;
	j->execution.settle_ms -= ms;
	j->progress->pause(j->progress->context, ms);
	return true;
}

/* While a job about our rows is open. */
static bool wait(struct settling *s, const struct table *jobs, struct err *e)
{
	struct job *j = s->j;
	bool waits = can_pause(j);

	for (unsigned i = 0; (waits || i < SETTLE_POLLS) && !cancelled(j); i++) {
		if (!ask(s, jobs, e))
			return !rules_out_comparing(e);
		if (!s->open)
			break;
		if (waits && !pause(j, i))
			return tell_open(j, e);
	}
	return true;
}

bool settle_jobs(struct job *j, struct err *e)
{
	static const struct str name[] = { STR_INIT(JOBS) };
	struct settling s = { .j = j };
	const struct table *jobs;

	if (can_pause(j) && j->execution.settle_ms == 0)
		return true;
	if (!read_definitions(&j->reader, j->catalog, name, COUNT_OF(name), e))
		return !rules_out_comparing(e);
	jobs = catalog_find(j->catalog, name[0]);
	return !jobs || wait(&s, jobs, e);
}
