/* SPDX-License-Identifier: MIT */
/*
 * E. Myers, "An O(ND) difference algorithm and its variations" (1986): the greedy walk over diagonals.
 * The common beginning and end are cut off first, by bytes; the lines between become numbers, so that
 * comparing two is one step. When the bound is met, the walk that came furthest is taken and what it did
 * not reach counts as replaced.
 */
#include "base/linediff.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"

#include "base/banned.h"

/* Lines of one text between the common beginning and end. */
struct part {
	struct str text;
	struct str *lines;
	uint32_t *ids; /* equal exactly when the lines are */
	char *changed;
	int32_t n;
};

/* How far each diagonal came after every round; round d has 2d+1 of them. */
struct trace {
	int32_t *rounds[LINEDIFF_EDITS + 1];
	int32_t d, k; /* the end of the walk */
};

static size_t line_end(struct str text, size_t at)
{
	size_t n = str_find_char(str_skip(text, at), '\n');

	return n == STR_NONE ? text.n : at + n + 1;
}

static size_t count_lines(struct str text)
{
	size_t n = 0;

	for (size_t at = 0; at < text.n; at = line_end(text, at))
		n++;
	return n;
}

/* Bytes of whole lines that both begin with. */
static size_t common_start(struct str a, struct str b)
{
	size_t most = a.n < b.n ? a.n : b.n;
	size_t n = 0;

	while (n < most && a.p[n] == b.p[n])
		n++;
	if (n == a.n && n == b.n)
		return n;
	while (n > 0 && a.p[n - 1] != '\n')
		n--;
	return n;
}

static bool line_starts(struct str s, size_t from_end)
{
	return from_end == s.n || s.p[s.n - from_end - 1] == '\n';
}

/* The same for the end. */
static size_t common_end(struct str a, struct str b)
{
	size_t most = a.n < b.n ? a.n : b.n;
	size_t n = 0;

	while (n < most && a.p[a.n - n - 1] == b.p[b.n - n - 1])
		n++;
	while (n > 0 && !(line_starts(a, n) && line_starts(b, n)))
		n--;
	return n;
}

static struct part split(struct arena *a, struct str text, size_t n, struct map *ids,
			 uint32_t *next)
{
	struct part p = { .text = text, .n = (int32_t)n };
	size_t at = 0;

	p.lines = arena_array(a, struct str, n);
	p.ids = arena_array(a, uint32_t, n);
	p.changed = arena_array(a, char, n);
	for (size_t i = 0; i < n; i++) {
		size_t end = line_end(text, at);

		p.lines[i] = str_sub(text, at, end - at);
		p.ids[i] = *next;
		*next += map_put(ids, p.lines[i], &p.ids[i]);
		at = end;
	}
	return p;
}

/* Down is one line of the new text more, right one of the old text less. */
static bool goes_down(const int32_t *before, int32_t d, int32_t k)
{
	return k == -d || (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]);
}

static int32_t start_of(const int32_t *before, int32_t d, int32_t k)
{
	if (d == 0)
		return 0;
	return goes_down(before, d, k) ? before[k + 1 + d - 1] : before[k - 1 + d - 1] + 1;
}

/* One round; true when the end of both texts is reached. */
static bool walk_round(const struct part *x, const struct part *y, struct trace *t, int32_t d)
{
	const int32_t *before = d > 0 ? t->rounds[d - 1] : NULL;
	int32_t furthest = -1;

	t->d = d;
	for (int32_t k = -d; k <= d; k += 2) {
		int32_t i = start_of(before, d, k);
		int32_t j = i - k;

		for (; i < x->n && j < y->n && x->ids[i] == y->ids[j]; j++)
			i++;
		t->rounds[d][k + d] = i;
		if (i > x->n || j > y->n || i + j <= furthest)
			continue;
		furthest = i + j;
		t->k = k;
	}
	return furthest == x->n + y->n;
}

/* From the end of the walk back to the start: what it stepped over changed. */
static void walk_back(struct part *x, struct part *y, const struct trace *t)
{
	int32_t k = t->k;
	int32_t i = t->rounds[t->d][k + t->d];

	memset(x->changed + i, 1, (size_t)(x->n - i));
	memset(y->changed + (i - k), 1, (size_t)(y->n - (i - k)));
	for (int32_t d = t->d; d > 0; d--) {
		const int32_t *before = t->rounds[d - 1];

		if (goes_down(before, d, k)) {
			k++;
			i = before[k + d - 1];
			y->changed[i - k] = 1;
		} else {
			k--;
			i = before[k + d - 1];
			x->changed[i] = 1;
		}
	}
}

/* Marks the changed lines; false when the bound was met. */
static bool mark(struct arena *a, struct part *x, struct part *y)
{
	struct trace *t = arena_new(a, struct trace);

	for (int32_t d = 0; d <= LINEDIFF_EDITS; d++) {
		t->rounds[d] = arena_array(a, int32_t, (size_t)(2 * d + 1));
		if (!walk_round(x, y, t, d))
			continue;
		walk_back(x, y, t);
		return true;
	}
	walk_back(x, y, t);
	return false;
}

static struct str slice(const struct part *p, int32_t from, int32_t to)
{
	const char *start = from < p->n ? p->lines[from].p : p->text.p + p->text.n;
	const char *end = to < p->n ? p->lines[to].p : p->text.p + p->text.n;

	return str_of(start, (size_t)(end - start));
}

static void collect(struct arena *a, const struct part *x, const struct part *y, size_t first,
		    struct linediff *out)
{
	VEC(struct linediff_edit) edits = { 0 };
	int32_t i = 0;
	int32_t j = 0;

	while (i < x->n || j < y->n) {
		int32_t i0 = i;
		int32_t j0 = j;

		while (i < x->n && x->changed[i])
			i++;
		while (j < y->n && y->changed[j])
			j++;
		if (i == i0 && j == j0) {
			i++;
			j++;
			continue;
		}
		*VEC_PUSH(a, &edits) = (struct linediff_edit){
			.old = slice(x, i0, i),
			.new = slice(y, j0, j),
			.old_line = first + (size_t)i0,
			.new_line = first + (size_t)j0,
			.nold = (size_t)(i - i0),
			.nnew = (size_t)(j - j0),
		};
	}
	out->edits = edits.p;
	out->n = edits.n;
}

static void replace(struct arena *a, struct str old, struct str new, size_t first,
		    struct linediff *out)
{
	out->coarse = true;
	out->n = 1;
	out->edits = arena_new(a, struct linediff_edit);
	*out->edits = (struct linediff_edit){
		.old = old,
		.new = new,
		.old_line = first,
		.new_line = first,
		.nold = count_lines(old),
		.nnew = count_lines(new),
	};
}

void linediff_make(struct arena *a, struct str old, struct str new, struct linediff *out)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	size_t start = common_start(old, new);
	struct str x = str_skip(old, start);
	struct str y = str_skip(new, start);
	size_t end = common_end(x, y);
	size_t first = count_lines(str_sub(old, 0, start));

	*out = (struct linediff){ .old = old, .new = new };
	x = str_sub(x, 0, x.n - end);
	y = str_sub(y, 0, y.n - end);
	if (x.n == 0 && y.n == 0)
		return;
	size_t nx = count_lines(x);
	size_t ny = count_lines(y);

	if (nx > LINEDIFF_LINES || ny > LINEDIFF_LINES) {
		replace(a, x, y, first, out);
		return;
	}
	struct map ids = map_make(&scratch);
	uint32_t next = 0;
	struct part px = split(&scratch, x, nx, &ids, &next);
	struct part py = split(&scratch, y, ny, &ids, &next);

	out->coarse = !mark(&scratch, &px, &py);
	collect(a, &px, &py, first, out);
}

/* The unified form. */
struct unified {
	const struct linediff *d;
	void (*line)(void *user, enum linediff_kind kind, struct str text);
	void *user;
};

static void put_lines(const struct unified *u, enum linediff_kind kind, struct str text)
{
	for (size_t at = 0; at < text.n;) {
		size_t end = line_end(text, at);
		bool ends = text.p[end - 1] == '\n';

		u->line(u->user, kind, str_sub(text, at, end - at - ends));
		if (!ends)
			u->line(u->user, LINEDIFF_NO_END, S(""));
		at = end;
	}
}

static size_t offset_in(struct str text, struct str part)
{
	return text.n > 0 ? (size_t)(part.p - text.p) : 0;
}

/* At most n lines before and after a place; *n becomes how many there are. */
static struct str lines_before(struct str text, size_t at, size_t *n)
{
	size_t from = at;
	size_t found = 0;

	while (found < *n && from > 0) {
		from--;
		while (from > 0 && text.p[from - 1] != '\n')
			from--;
		found++;
	}
	*n = found;
	return str_sub(text, from, at - from);
}

static struct str lines_after(struct str text, size_t at, size_t *n)
{
	size_t to = at;
	size_t found = 0;

	for (; found < *n && to < text.n; found++)
		to = line_end(text, to);
	*n = found;
	return str_sub(text, at, to - at);
}

/* Counted from 1, but the place of no lines is the line before it; of one line only where it is. */
static struct str range(char out[48], char sign, size_t first, size_t n)
{
	int size = n == 1 ? snprintf(out, 48, "%c%zu", sign, first + 1)
			  : snprintf(out, 48, "%c%zu,%zu", sign, first + (n > 0), n);

	return str_of(out, (size_t)size);
}

static void put_head(const struct unified *u, size_t old, size_t nold, size_t new, size_t nnew)
{
	char x[48], y[48], head[128];
	int n = snprintf(head, sizeof(head), "@@ %.*s %.*s @@", STR_ARG(range(x, '-', old, nold)),
			 STR_ARG(range(y, '+', new, nnew)));

	u->line(u->user, LINEDIFF_HUNK, str_of(head, (size_t)n));
}

static void put_hunk(const struct unified *u, const struct linediff_edit *from,
		     const struct linediff_edit *to, size_t context)
{
	struct str old = u->d->old;
	size_t nbefore = context;
	size_t nafter = context;
	struct str before = lines_before(old, offset_in(old, from->old), &nbefore);
	struct str after = lines_after(old, offset_in(old, to->old) + to->old.n, &nafter);
	size_t nold = to->old_line + to->nold - from->old_line + nbefore + nafter;
	size_t nnew = to->new_line + to->nnew - from->new_line + nbefore + nafter;

	put_head(u, from->old_line - nbefore, nold, from->new_line - nbefore, nnew);
	put_lines(u, LINEDIFF_SAME, before);
	for (const struct linediff_edit *e = from; e <= to; e++) {
		size_t end = offset_in(old, e->old) + e->old.n;
		size_t next = e < to ? offset_in(old, e[1].old) : end;

		put_lines(u, LINEDIFF_OLD, e->old);
		put_lines(u, LINEDIFF_NEW, e->new);
		put_lines(u, LINEDIFF_SAME, str_sub(old, end, next - end));
	}
	put_lines(u, LINEDIFF_SAME, after);
}

void linediff_unified(const struct linediff *d, size_t context,
		      void (*line)(void *user, enum linediff_kind kind, struct str text),
		      void *user)
{
	struct unified u = { d, line, user };

	for (size_t i = 0; i < d->n;) {
		size_t last = i;

		while (last + 1 < d->n && d->edits[last + 1].old_line - d->edits[last].old_line -
							  d->edits[last].nold <=
						  2 * context)
			last++;
		put_hunk(&u, &d->edits[i], &d->edits[last], context);
		i = last + 1;
	}
}
