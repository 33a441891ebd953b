/* SPDX-License-Identifier: MIT */
/*
 * Changes that are not made. Each leaves an outcome for its row and a problem that says why, so that the
 * summary's numbers add up and nothing is lost silently.
 */
#include "move/skip.h"

#include "base/vec.h"
#include "dv/service_code.h"
#include "move/graph.h"

#include "base/banned.h"

const struct tab_relationship *change_relationship(struct job *j, const struct change *c)
{
	for (size_t i = 0; i < j->tabs.n; i++)
		for (size_t k = 0; k < j->tabs.p[i].nrelationships; k++)
			if (j->tabs.p[i].relationships[k].rel == c->tab)
				return &j->tabs.p[i].relationships[k];
	assert(false); /* a change of a pair is made from a relationship of a tab */
	return NULL;
}

struct tab *change_tab(struct job *j, const struct change *c)
{
	if (!change_is_pair(c->kind))
		return &j->tabs.p[c->tab];
	const struct tab_relationship *rel = change_relationship(j, c);
	return tabs_find(&j->tabs, rel->source_is_first ? rel->link->table1 : rel->link->table2);
}

/* Kinds of changes in words. */
static const struct words {
	const char *verb, *one, *many, *not_done,
		*left; /* left: what became of a row that others wait for */
} words[CHANGE_KINDS] = {
	[CHANGE_CREATE] = { "create", "the row", "rows", "not created", "was not written" },
	[CHANGE_UPDATE] = { "update", "the row", "rows", "not updated", "was not written" },
	[CHANGE_LINK] = { "link", "the rows", "pairs of rows", "not linked", "was not linked" },
	[CHANGE_STATE] = { "update", "the row", "rows", "not updated", "was not written" },
	[CHANGE_UNLINK] = { "unlink", "the rows", "pairs of rows", "not unlinked",
			    "was not unlinked" },
	[CHANGE_DELETE] = { "delete", "the row", "rows", "not deleted", "was not deleted" },
	[CHANGE_DEACTIVATE] = { "deactivate", "the row", "rows", "not deactivated",
				"was not deactivated" },
	[CHANGE_FILE] = { "take", "the row's file", "files", "its file is not uploaded",
			  "was not written" },
};

/* Rows that are removed are none of the source, whatever else is done to them before. */
static bool has_outcome(struct job *j, const struct change *c, bool *yes, struct err *e)
{
	bool removed = false;

	if (c->kind == CHANGE_UPDATE && !graph_is_removed(j->run, c->tab, c->id, &removed, e))
		return false;
	*yes = !removed && !change_is_removal(c->kind);
	return true;
}

bool change_outcome(struct job *j, const struct change *c, enum outcome o, struct err *e)
{
	bool yes = false;

	if (!has_outcome(j, c, &yes, e) || !yes)
		return !yes;
	if (c->kind == CHANGE_LINK)
		return journal_set_link_outcome(j->run, c->tab, c->origin, c->other_origin, o, e);
	return journal_set_outcome(j->run, c->tab, c->origin, o, e);
}

static struct problem problem_of(struct job *j, const struct change *c)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = change_tab(j, c)->table->name,
			     .id = guid_text(j->page, c->origin) };
	if (change_is_pair(c->kind))
		p.column = change_relationship(j, c)->link->schema_name;
	for (size_t i = 0; c->kind == CHANGE_FILE && i < c->columns.n; i++)
		if (c->columns.p[i])
			p.column = j->tabs.p[c->tab].columns[i].name;
	return p;
}

static bool skip_silently(struct job *j, const struct change *c, struct err *e)
{
	return journal_set_state(j->run, c->number, CHANGE_SKIPPED, e) &&
	       change_outcome(j, c, OUTCOME_SKIPPED, e);
}

bool skip_change(struct job *j, const struct change *c, struct str reason, struct err *e)
{
	struct problem p = problem_of(j, c);

	p.message = str_fmt(j->page, "%s, because %.*s", words[c->kind].not_done, STR_ARG(reason));
	p.remedy = S("correct that first, then run the import again");
	return skip_silently(j, c, e) && journal_put_problem(j->run, &p, e);
}

bool fail_silently(struct job *j, const struct change *c, struct err *e)
{
	return journal_set_state(j->run, c->number, CHANGE_FAILED, e) &&
	       change_outcome(j, c, OUTCOME_FAILED, e);
}

static bool is_removal_of_row(const struct change *c)
{
	return change_is_removal(c->kind) && !change_is_pair(c->kind);
}

static struct problem refusal(struct job *j, const struct change *c, const struct err *why)
{
	struct problem p = problem_of(j, c);

	p.code = why->code;
	if (why->kind == ERR_PRECONDITION && (c->kind == CHANGE_UPDATE || is_removal_of_row(c)))
		p.remedy = S("somebody changed the row meanwhile: run the import again");
	if (why->code == SERVICE_CODE_REFERENCED && is_removal_of_row(c))
		p.remedy = S("other rows need the row: change or remove those first");
	return p;
}

bool tell_failed(struct job *j, const struct change *c, const struct err *why, struct err *e)
{
	struct problem p = refusal(j, c, why);

	p.message = str_fmt(j->page, "the target refused to %s %s: %s", words[c->kind].verb,
			    words[c->kind].one, why->msg);
	return journal_put_problem(j->run, &p, e);
}

bool tell_many_failed(struct job *j, const struct change *c, uint64_t n, const struct err *why,
		      struct err *e)
{
	struct problem p = refusal(j, c, why);
	struct str first = p.id;

	p.id = S("");
	p.message = str_fmt(
		j->page, "the target refused to %s %llu %s for one reason, the first is %.*s: %s",
		words[c->kind].verb, (unsigned long long)n, words[c->kind].many, STR_ARG(first),
		why->msg);
	return journal_put_problem(j->run, &p, e);
}

bool change_numbers(struct job *j, uint32_t wave, struct arena *a, int64_t **numbers, size_t *n,
		    struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	VEC(int64_t) list = { 0 };
	bool more = true;

	if (!journal_changes(j->run, wave, CHANGE_PLANNED, &c, e))
		return false;
	while (more) {
		struct change change;
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (more)
			*VEC_PUSH(a, &list) = change.number;
	}
	*numbers = list.p;
	*n = list.n;
	return true;
}

/* What is wrong with the row is told already. */
static bool is_same_row(const struct change *a, const struct change *b)
{
	return !change_is_pair(a->kind) && !change_is_pair(b->kind) && a->tab == b->tab &&
	       guid_eq(a->id, b->id);
}

static bool skip_if_broken(struct job *j, int64_t number, struct err *e)
{
	struct change needed, change;
	bool broken;

	if (!graph_broken_need(j->run, number, &needed, &broken, e))
		return false;
	if (!broken)
		return true;
	if (!journal_get_change(j->run, number, &change, e))
		return false;
	if (is_same_row(&change, &needed))
		return skip_silently(j, &change, e);
	struct str reason =
		str_fmt(j->page, "%.*s %.*s %s", STR_ARG(change_tab(j, &needed)->table->name),
			STR_ARG(guid_text(j->page, needed.origin)), words[needed.kind].left);
	return skip_change(j, &change, reason, e);
}

bool skip_dependants(struct job *j, uint32_t wave, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	int64_t *numbers;
	size_t n;

	if (!change_numbers(j, wave, j->page, &numbers, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!skip_if_broken(j, numbers[i], e))
			return false;
	arena_rewind(j->page, mark);
	return true;
}
