/* SPDX-License-Identifier: MIT */
/*
 * A layered drawing: what is needed stands above what needs it. Arrows that would close a circle are turned round for the
 * layers alone; an arrow over several layers gets a place in each of them, so that it does not cross boxes; a few
 * sweeps order each layer by where its neighbours stand.
 */
#include "cli/report_svg.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

#include "base/banned.h"

#define EDGES ((size_t)300) /* drawn */
#define SWEEPS 8

/* pixels */
#define CHAR 7
#define BOX_PAD 22
#define BOX_HEIGHT 40
#define LAYER_HEIGHT 100
#define GAP 18
#define BEND 14 /* the width of an arrow's place in a layer */
#define EDGE 12 /* around everything */
#define ASIDE 7 /* between two arrows of opposite directions */

struct picture picture_make(struct arena *a, const struct job *j)
{
	return (struct picture){
		.arena = a,
		.job = j,
		.rows = arena_array(a, uint64_t, j->tabs.n),
		.by_ends = map_make(a),
	};
}

static void note(struct picture *p, const struct tab *from, struct str table, bool pairs)
{
	const struct tab *to = tabs_find(&p->job->tabs, table);
	uint32_t at = (uint32_t)p->edges.n;
	char text[64];

	if (!to)
		return;
	int n = snprintf(text, sizeof(text), "%" PRIu32 " %" PRIu32 " %d", from->number, to->number,
			 pairs);
	struct str key = str_of(text, (size_t)n);

	if (map_get(&p->by_ends, key, &at)) {
		p->edges.p[at].n++;
		return;
	}
	map_put(&p->by_ends, str_dup(p->arena, key), &at);
	*VEC_PUSH(p->arena, &p->edges) =
		(struct picture_edge){ from->number, to->number, 1, pairs };
}

static struct str target_of(const struct told_column *c)
{
	const struct value *v = c->after ? c->after : c->before;
	const struct column *column = c->column->column;

	if (c->secret || !v || v->kind != VALUE_REF)
		return S("");
	if (v->table.n > 0)
		return v->table;
	return column && column->ntargets == 1 ? column->targets[0] : S("");
}

void picture_note(struct picture *p, const struct told_change *t)
{
	const struct tab *from = tabs_find(&p->job->tabs, t->table);

	if (!from)
		return;
	if (t->relationship.n > 0) {
		note(p, from, t->other_table, true);
		return;
	}
	p->rows[from->number]++;
	for (size_t i = 0; i < t->ncolumns; i++)
		note(p, from, target_of(&t->columns[i]), false);
}

/* ---- what is drawn ---- */

struct node {
	uint32_t tab; /* UINT32_MAX: the place of an arrow */
	int layer, order, width, x;
	int64_t weight; /* for ordering */
};

struct arrow {
	uint32_t lower, upper; /* nodes */
	VEC(uint32_t) places;  /* from the lower to the upper, both included */
	bool turned;           /* it points down */
	bool pairs;
	uint64_t n;
};

struct drawing {
	const struct picture *picture;
	struct arena *arena;
	VEC(struct node) nodes;
	VEC(struct arrow) arrows;
	uint32_t *node_of; /* per tab; UINT32_MAX: none */
	bool *loops;       /* per node: its rows point to rows of the same table */
	size_t nboxes, left_out;
	int nlayers, width;
};

static void add_box(struct drawing *d, uint32_t tab)
{
	const struct tab *t = &d->picture->job->tabs.p[tab];

	if (d->node_of[tab] != UINT32_MAX)
		return;
	d->node_of[tab] = (uint32_t)d->nodes.n;
	*VEC_PUSH(d->arena, &d->nodes) =
		(struct node){ .tab = tab, .width = (int)t->entity->name.n * CHAR + BOX_PAD };
}

static int cmp_edges(const void *x, const void *y)
{
	const struct picture_edge *a = x;
	const struct picture_edge *b = y;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static void collect(struct drawing *d)
{
	const struct picture *p = d->picture;
	size_t ntabs = p->job->tabs.n;

	d->node_of = arena_array(d->arena, uint32_t, ntabs);
	for (size_t i = 0; i < ntabs; i++)
		d->node_of[i] = UINT32_MAX;
	for (size_t i = 0; i < ntabs; i++)
		if (p->rows[i] > 0)
			add_box(d, (uint32_t)i);
	for (size_t i = 0; i < p->edges.n; i++) {
		add_box(d, p->edges.p[i].from);
		add_box(d, p->edges.p[i].to);
	}
	d->nboxes = d->nodes.n;
	d->loops = arena_array(d->arena, bool, d->nboxes);
}

static void collect_arrows(struct drawing *d)
{
	const struct picture *p = d->picture;
	size_t n = p->edges.n;
	struct picture_edge *edges = arena_array(d->arena, struct picture_edge, n);

	for (size_t i = 0; i < n; i++)
		edges[i] = p->edges.p[i];
	if (n > 0)
		qsort(edges, n, sizeof(*edges), cmp_edges);
	for (size_t i = 0; i < n; i++) {
		struct arrow a = { .lower = d->node_of[edges[i].from],
				   .upper = d->node_of[edges[i].to],
				   .pairs = edges[i].pairs,
				   .n = edges[i].n };

		if (a.lower == a.upper)
			d->loops[a.lower] = true;
		else if (d->arrows.n < EDGES)
			*VEC_PUSH(d->arena, &d->arrows) = a;
		else
			d->left_out++;
	}
}

/* ---- layers ---- */

enum color { WHITE, GREY, BLACK };

/* Arrows to what is on the way down from `at` are turned. At most LIMIT_REPORT_BOXES deep. */
static void visit(struct drawing *d, enum color *colors, uint32_t at)
{
	colors[at] = GREY;
	for (size_t i = 0; i < d->arrows.n; i++) {
		struct arrow *a = &d->arrows.p[i];

		if (a->turned || a->lower != at)
			continue;
		if (colors[a->upper] == WHITE)
			visit(d, colors, a->upper);
		else if (colors[a->upper] == GREY)
			a->turned = true;
	}
	colors[at] = BLACK;
}

static void turn_circles(struct drawing *d)
{
	enum color *colors = arena_array(d->arena, enum color, d->nboxes);

	for (size_t i = 0; i < d->nboxes; i++)
		if (colors[i] == WHITE)
			visit(d, colors, (uint32_t)i);
	for (size_t i = 0; i < d->arrows.n; i++) {
		struct arrow *a = &d->arrows.p[i];
		uint32_t lower = a->lower;

		if (!a->turned)
			continue;
		a->lower = a->upper;
		a->upper = lower;
	}
}

/* Below everything that it points to. Without circles this ends. */
static void find_layers(struct drawing *d)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < d->arrows.n; i++) {
			struct node *lower = &d->nodes.p[d->arrows.p[i].lower];
			int least = d->nodes.p[d->arrows.p[i].upper].layer + 1;

			if (lower->layer >= least)
				continue;
			lower->layer = least;
			moved = true;
		}
	}
	for (size_t i = 0; i < d->nboxes; i++)
		if (d->nodes.p[i].layer >= d->nlayers)
			d->nlayers = d->nodes.p[i].layer + 1;
}

static void add_places(struct drawing *d)
{
	for (size_t i = 0; i < d->arrows.n; i++) {
		struct arrow *a = &d->arrows.p[i];
		int from = d->nodes.p[a->lower].layer;
		int to = d->nodes.p[a->upper].layer;

		*VEC_PUSH(d->arena, &a->places) = a->lower;
		for (int layer = from - 1; layer > to; layer--) {
			*VEC_PUSH(d->arena, &a->places) = (uint32_t)d->nodes.n;
			*VEC_PUSH(d->arena, &d->nodes) =
				(struct node){ .tab = UINT32_MAX, .layer = layer, .width = BEND };
		}
		*VEC_PUSH(d->arena, &a->places) = a->upper;
	}
}

/* ---- places in a layer ---- */

static int cmp_nodes(const void *x, const void *y)
{
	const struct node *a = *(const struct node *const *)x;
	const struct node *b = *(const struct node *const *)y;

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* From left to right, each layer in the middle; the order is that of the weights. */
static void place(struct drawing *d, struct node **sorted)
{
	size_t n = d->nodes.n;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &d->nodes.p[i];
	qsort(sorted, n, sizeof(struct node *), cmp_nodes);
	d->width = 0;
	for (size_t i = 0, end; i < n; i = end) {
		int x = 0;

		for (end = i; end < n && sorted[end]->layer == sorted[i]->layer; end++) {
			sorted[end]->order = (int)(end - i);
			sorted[end]->x = x;
			x += sorted[end]->width + GAP;
		}
		for (size_t k = i; k < end; k++)
			sorted[k]->x -= (x - GAP) / 2;
		d->width = x > d->width ? x : d->width;
	}
}

static int middle(const struct node *n)
{
	return n->x + n->width / 2;
}

/* The mean of the neighbours above, or below; who has none stays where it is. */
static void weigh(struct drawing *d, bool above)
{
	int64_t *sum = arena_array(d->arena, int64_t, d->nodes.n);
	int64_t *count = arena_array(d->arena, int64_t, d->nodes.n);

	for (size_t i = 0; i < d->arrows.n; i++) {
		const struct arrow *a = &d->arrows.p[i];

		for (size_t k = 0; k + 1 < a->places.n; k++) {
			uint32_t lower = a->places.p[k];
			uint32_t upper = a->places.p[k + 1];
			uint32_t at = above ? lower : upper;

			sum[at] += middle(&d->nodes.p[above ? upper : lower]);
			count[at]++;
		}
	}
	for (size_t i = 0; i < d->nodes.n; i++)
		d->nodes.p[i].weight =
			count[i] ? sum[i] * 16 / count[i] : (int64_t)middle(&d->nodes.p[i]) * 16;
}

static void order(struct drawing *d)
{
	struct node **sorted = arena_array(d->arena, struct node *, d->nodes.n);

	for (size_t i = 0; i < d->nodes.n; i++)
		d->nodes.p[i].order = (int)i;
	place(d, sorted);
	for (int i = 0; i < SWEEPS; i++) {
		weigh(d, i % 2 == 0);
		place(d, sorted);
	}
	for (size_t i = 0; i < d->nodes.n; i++)
		d->nodes.p[i].x += d->width / 2 + EDGE;
}

/* ---- onto the page ---- */

static int top(const struct node *n)
{
	return n->layer * LAYER_HEIGHT + EDGE;
}

static void draw_arrow(const struct drawing *d, struct markup *m, const struct arrow *a)
{
	const struct node *lower = &d->nodes.p[a->lower];
	const struct tab *tabs = d->picture->job->tabs.p;
	int aside = a->turned ? ASIDE : 0;
	int x = middle(lower) + aside;
	int y = top(lower);

	markup_fmt(m, "<path class=\"%s\" d=\"M%d %d", a->pairs ? "pairs" : "arrow", x, y);
	for (size_t i = 1; i < a->places.n; i++) {
		const struct node *n = &d->nodes.p[a->places.p[i]];
		bool last = i + 1 == a->places.n;
		int to_x = middle(n) + aside;
		int to_y = top(n) + BOX_HEIGHT;
		int half = (y - to_y) / 2;

		markup_fmt(m, "C%d %d %d %d %d %d", x, y - half, to_x, to_y + half, to_x, to_y);
		x = to_x;
		y = last ? to_y : top(n);
		if (!last)
			markup_fmt(m, "V%d", y);
	}
	markup_raw(m, "\"");
	if (!a->pairs)
		markup_raw(m,
			   a->turned ? " marker-start=\"url(#tip)\"" : " marker-end=\"url(#tip)\"");
	markup_raw(m, "><title>");
	markup_text(m, tabs[(a->turned ? &d->nodes.p[a->upper] : lower)->tab].entity->name);
	markup_raw(m, a->pairs ? " — " : " → ");
	markup_text(m, tabs[(a->turned ? lower : &d->nodes.p[a->upper])->tab].entity->name);
	markup_fmt(m, ": %" PRIu64 "</title></path>\n", a->n);
}

static void draw_box(const struct drawing *d, struct markup *m, size_t i)
{
	const struct node *n = &d->nodes.p[i];
	uint64_t rows = d->picture->rows[n->tab];

	markup_fmt(
		m,
		"<g><rect class=\"box%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>",
		rows > 0 ? "" : " still", n->x, top(n), n->width, BOX_HEIGHT);
	markup_fmt(m, "<text class=\"name\" x=\"%d\" y=\"%d\">", middle(n), top(n) + 17);
	markup_text(m, d->picture->job->tabs.p[n->tab].entity->name);
	markup_fmt(m, "</text><text class=\"rows\" x=\"%d\" y=\"%d\">%" PRIu64 "%s%s</text></g>\n",
		   middle(n), top(n) + 32, rows, rows == 1 ? " row" : " rows",
		   d->loops[i] ? " ↻" : "");
}

static void draw(const struct drawing *d, struct markup *m)
{
	int width = d->width + 2 * EDGE;
	int height = (d->nlayers - 1) * LAYER_HEIGHT + BOX_HEIGHT + 2 * EDGE;

	markup_fmt(m, "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">", width,
		   height, width, height);
	markup_raw(
		m,
		"<title>Which tables need which</title><defs><marker id=\"tip\" viewBox=\"0 0 10 10\" "
		"refX=\"10\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" "
		"orient=\"auto-start-reverse\"><path class=\"tip\" d=\"M0 0 10 5 0 10z\"/>"
		"</marker></defs>\n");
	for (size_t i = 0; i < d->arrows.n; i++)
		draw_arrow(d, m, &d->arrows.p[i]);
	for (size_t i = 0; i < d->nboxes; i++)
		draw_box(d, m, i);
	markup_raw(m, "</svg>\n");
}

void picture_draw(const struct picture *p, struct markup *m)
{
	struct drawing d = { .picture = p, .arena = p->arena };

	collect(&d);
	if (d.nboxes == 0 || d.nboxes > LIMIT_REPORT_BOXES) {
		if (d.nboxes > 0)
			markup_fmt(m, "<p>%zu tables are too many for a picture.</p>\n", d.nboxes);
		else
			markup_raw(m, "<p>No rows change.</p>\n");
		return;
	}
	collect_arrows(&d);
	turn_circles(&d);
	find_layers(&d);
	add_places(&d);
	order(&d);
	markup_raw(m,
		   "<p>What is needed stands above what needs it; dashed: linked with each other; "
		   "↻: rows that point to rows of their own table.</p>\n<div class=\"wide\">");
	draw(&d, m);
	markup_raw(m, "</div>\n");
	if (d.left_out > 0)
		markup_fmt(m, "<p>%zu more arrows are not drawn.</p>\n", d.left_out);
}
