/* SPDX-License-Identifier: MIT */
/*
 * Queries page by page, several at once. The next page of a query can be asked for only when the cookie of the one before
 * is there; it mostly stands before the rows, so that the next page can be made while this one arrives. A slot is a query on
 * its way with the pages that are arriving: memory grows with the number of slots, not with that of queries, pages or rows.
 *
 * The pages of a query are a chain: each begins where the one before it ended. When that place turns out to be another one, or is
 * not known any more, what is on its way strays from the chain: its rows count, and it leads nowhere. So no row is lost, and some
 * come again.
 */
#include "move/read.h"

#include "base/limits.h"
#include "dv/odata.h"
#include "dv/service_code.h"
#include "move/read_page.h"
#include "move/read_request.h"

#include "base/banned.h"

#define NEXT_LINK "@odata.nextLink"
/* Of one query on their way at once. A tag tells slot and page. */
#define PAGES 2
/* Of a link, in a message: bytes. */
#define LINK_SHOWN 200
/* A query whose cookie is refused begins anew, so often. */
#define ANEW 3

struct reading;

struct slot {
	const struct read_query *query; /* NULL: free */
	struct fetch fetch;
	struct str annotations;
	struct arena arena; /* what fetch and annotations point to */
	struct buf cookie;  /* of the page that was asked for last; empty: it came without */
	struct buf xml;
	size_t number; /* of the slot */
	struct read_page pages[PAGES];
	bool ended; /* there is no page after those that are arriving */
	unsigned anew;
	struct reading *reading;
};

struct reading {
	struct reader *reader;
	const struct read_query *queries;
	size_t n, begun;
	struct slot *slots[READ_AT_ONCE];
	size_t nslots, in_flight;
	struct arena arena; /* the slots */
	bool stopped;       /* what still arrives is not wanted */
	const struct read_query *failed;
};

static void reading_release(struct reading *g)
{
	for (size_t i = 0; i < g->nslots; i++) {
		struct slot *s = g->slots[i];

		for (size_t k = 0; k < PAGES; k++)
			read_page_release(&s->pages[k]);
		buf_release(&s->cookie);
		buf_release(&s->xml);
		arena_release(&s->arena);
	}
	arena_release(&g->arena);
	g->reader->busy = false;
}

static struct fetch_node *copy_links(struct arena *a, const struct fetch_node *node, bool ordered)
{
	struct fetch_node *links = arena_array(a, struct fetch_node, node->nlinks);

	for (size_t i = 0; i < node->nlinks; i++) {
		links[i] = node->links[i];
		links[i].all_attributes = false;
		links[i].attributes = NULL;
		links[i].nattributes = 0;
		links[i].links = copy_links(a, &node->links[i], ordered);
		if (!ordered)
			links[i].norders = 0;
	}
	return links;
}

static bool asks_for(const struct read_query *q, struct str column)
{
	for (size_t i = 0; i < q->n; i++)
		if (str_eq(q->columns[i]->name, column))
			return true;
	return false;
}

/* Exactly the columns; the key is needed whether it is asked for or not. */
static void set_attributes(struct arena *a, const struct read_query *q, struct fetch_node *root)
{
	root->all_attributes = false;
	root->attributes = arena_array(a, struct fetch_attribute, q->n + 1);
	root->nattributes = 0;
	for (size_t i = 0; i < q->n; i++)
		root->attributes[root->nattributes++].name = q->columns[i]->name;
	if (!asks_for(q, q->table->primary_id))
		root->attributes[root->nattributes++].name = q->table->primary_id;
}

/*
 * Pages neither overlap nor leave gaps only when the order is total. All rows are wanted in any order, and the key alone is the one
 * for which there always is a cookie (facts/webapi.md 4.6), and which no change of a row moves.
 */
static void set_orders(struct arena *a, const struct read_query *q, struct fetch_node *root)
{
	struct fetch_order *orders = arena_array(a, struct fetch_order, root->norders + 1);

	if (q->fetch->top == 0)
		root->norders = 0;

	for (size_t i = 0; i < root->norders; i++) {
		orders[i] = root->orders[i];
		if (orders[i].entity.n == 0 && orders[i].alias.n == 0 &&
		    str_eq(orders[i].attribute, q->table->primary_id))
			return;
	}
	orders[root->norders].attribute = q->table->primary_id;
	root->orders = orders;
	root->norders++;
}

/* Each annotation is a text per value in the answer: only what cannot be known otherwise is asked for. */
static struct str annotations_for(struct arena *a, const struct read_query *q)
{
	bool lookups = false, ambiguous = false;

	for (size_t i = 0; i < q->n; i++) {
		if (!column_is_lookup(q->columns[i]))
			continue;
		lookups = true;
		ambiguous = ambiguous || q->columns[i]->ntargets != 1;
	}
	return str_fmt(a, "%s%s%s", ambiguous ? ODATA_LOOKUP_TABLE "," : "",
		       lookups && q->names ? ODATA_FORMATTED "," : "", ODATA_COOKIE "," ODATA_MORE);
}

static void prepare(struct slot *s, const struct read_query *q)
{
	arena_reset(&s->arena);
	buf_clear(&s->cookie);
	s->query = q;
	s->ended = false;
	s->anew = 0;
	s->fetch = *q->fetch;
	s->fetch.total_count = false;
	s->fetch.page = 0;
	s->fetch.count = q->fetch->top > 0 ? 0 : LIMIT_PAGE_ROWS;
	s->fetch.entity.links = copy_links(&s->arena, &q->fetch->entity, q->fetch->top > 0);
	set_attributes(&s->arena, q, &s->fetch.entity);
	set_orders(&s->arena, q, &s->fetch.entity);
	s->annotations = annotations_for(&s->arena, q);
}

static bool fail_query(struct reading *g, const struct read_query *q, struct err *e)
{
	g->failed = q;
	return err_wrap(e, "reading %.*s from %s", STR_ARG(q->table->name),
			g->reader->service->label);
}

static size_t width_of(const struct reading *g)
{
	unsigned width = g->reader->service->width;

	return width == 0 ? 1 : width > READ_AT_ONCE ? READ_AT_ONCE : width;
}

static struct read_page *free_page(struct slot *s)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!s->pages[i].in_flight)
			return &s->pages[i];
	return NULL;
}

static bool send(struct reading *g, struct slot *s, struct read_page *p, struct err *e)
{
	struct service *service = g->reader->service;
	size_t which = (size_t)(p - s->pages);

	g->reader->run->reads++;
	p->number = s->fetch.page > 0 ? s->fetch.page : 1;
	/* a service in process answers before it returns */
	p->in_flight = true;
	g->in_flight++;
	if (service->submit(service, &p->request, s->number * PAGES + which, e))
		return true;
	p->in_flight = false;
	g->in_flight--;
	return fail_query(g, s->query, e);
}

/* The first page, or the one after the one whose cookie there is. */
static bool send_page(struct reading *g, struct slot *s, struct err *e)
{
	struct read_page *p = free_page(s);

	assert(p);
	if (s->fetch.top == 0)
		s->fetch.page++;
	s->fetch.cookie = buf_str(&s->cookie);
	buf_clear(&s->xml);
	fetch_format(&s->xml, &s->fetch);
	if (!read_page_begin(p, s->query, s->annotations, buf_str(&s->xml), e))
		return fail_query(g, s->query, e);
	return send(g, s, p, e);
}

/* The cookie of a head, if it is one that leads on. */
static bool leads_on(const struct slot *s, struct arena *a, const struct json *head,
		     struct str *inner)
{
	struct str annotation = json_text(head, S("@" ODATA_COOKIE));

	return json_flag(head, S("@" ODATA_MORE)) && annotation.n > 0 &&
	       fetch_cookie_from_annotation(a, annotation, inner) && inner->n > 0 &&
	       !str_eq(*inner, buf_str(&s->cookie));
}

/* Asks for the page after this one while it arrives, if there is room. What is wrong with its head, its end tells. */
static bool look_ahead(void *context, struct read_page *p, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct slot *s = context;
	struct json head;
	struct str inner;

	if (s->fetch.top > 0 || p->followed || p->stray ||
	    s->reading->in_flight >= width_of(s->reading) || !free_page(s) ||
	    !read_page_head(p, &scratch, &head) || !leads_on(s, &scratch, &head, &inner))
		return true;
	buf_clear(&s->cookie);
	buf_add(&s->cookie, inner);
	if (s->cookie.full)
		return buf_check(&s->cookie, "the paging cookie", e);
	p->followed = true;
	p->led_to = hash_bytes(inner);
	return send_page(s->reading, s, e);
}

static struct slot *free_slot(struct reading *g)
{
	size_t at = 0;

	while (at < g->nslots && g->slots[at]->query)
		at++;
	if (at < g->nslots)
		return g->slots[at];
	assert(at < READ_AT_ONCE);

	struct slot *s = arena_new(&g->arena, struct slot);

	s->arena = arena_make(0);
	s->cookie = buf_make(LIMIT_FILTER);
	s->xml = buf_make(0);
	for (size_t i = 0; i < PAGES; i++) {
		read_page_init(&s->pages[i], &g->stopped);
		s->pages[i].began = look_ahead;
		s->pages[i].context = s;
	}
	s->reading = g;
	s->number = at;
	g->slots[g->nslots++] = s;
	return s;
}

static bool begin(struct reading *g, struct err *e)
{
	const struct read_query *q = &g->queries[g->begun];
	struct slot *s = free_slot(g);

	if (q->table->entity_set.n == 0) {
		g->failed = q;
		return err_set(e, ERR_INPUT, "reading %.*s: the Web API does not offer this table",
			       STR_ARG(q->table->name));
	}
	g->begun++;
	prepare(s, q);
	return send_page(g, s, e);
}

/* The page after the one whose envelope this is. */
static bool take_cookie(struct slot *s, struct read_page *p, const struct json *envelope,
			struct err *e)
{
	struct str annotation = json_text(envelope, S("@" ODATA_COOKIE));
	struct str inner = { 0 };
	unsigned page = p->number;

	if (annotation.n == 0 && p->rows.rows == 0)
		return err_set(e, ERR_NETWORK,
			       "the server promises more rows, but page %u is empty", page);
	if (annotation.n > 0 && !fetch_cookie_from_annotation(&p->rows_arena, annotation, &inner))
		return err_set(e, ERR_NETWORK, "page %u came with a paging cookie that is none",
			       page);
	if (inner.n > 0 && str_eq(inner, buf_str(&s->cookie)))
		return err_set(e, ERR_NETWORK, "the server repeats a page: %u and %u are the same",
			       page - 1, page);
	buf_clear(&s->cookie);
	buf_add(&s->cookie, inner);
	return buf_check(&s->cookie, "the paging cookie", e);
}

/* Whatever host a link names, it is asked for where we are. */
static bool follow_link(struct reading *g, struct slot *s, struct read_page *p, struct str link,
			struct err *e)
{
	struct str target;

	if (!odata_below_root(link, &target))
		return err_set(e, ERR_NETWORK,
			       "page %u leads to \"%.*s\", which is not below the service root",
			       p->number, STR_ARG(str_sub(link, 0, LINK_SHOWN)));
	if (str_eq(target, buf_str(&p->target)))
		return err_set(e, ERR_NETWORK, "page %u leads to itself", p->number);
	s->fetch.page++;
	return read_page_follow(p, s->query, s->annotations, target, e) && send(g, s, p, e);
}

static void leave_chain(struct slot *s)
{
	for (size_t i = 0; i < PAGES; i++)
		s->pages[i].stray = true;
	buf_clear(&s->cookie);
	s->ended = false;
}

/* It came again, and rows that came or went meanwhile have moved its end: the page after it began elsewhere. */
static bool has_moved(struct read_page *p, const struct json *envelope)
{
	struct str annotation = json_text(envelope, S("@" ODATA_COOKIE));
	struct str inner;

	return p->restarted && json_flag(envelope, S("@" ODATA_MORE)) && annotation.n > 0 &&
	       fetch_cookie_from_annotation(&p->rows_arena, annotation, &inner) &&
	       hash_bytes(inner) != p->led_to;
}

/* A service that does not know a place any more still knows the first one. */
static bool begin_anew(struct reading *g, struct slot *s, struct read_page *p, struct err *e)
{
	bool lost = e->code == SERVICE_CODE_COOKIE || e->code == SERVICE_CODE_COOKIE_ORDER;

	if (!lost || p->number < 2 || s->anew == ANEW)
		return false;
	s->anew++;
	leave_chain(s);
	s->fetch.page = 0;
	return send_page(g, s, e);
}

/* A whole page is there. */
static bool end_page(struct reading *g, struct slot *s, struct read_page *p,
		     const struct response *answer, struct err *e)
{
	struct json envelope;

	if (answer->fate != FATE_ANSWERED) {
		bool told = read_answered(answer, e);

		assert(!told);
		return err_wrap(e, "page %u", p->number);
	}
	if (!read_page_end(p, answer, &envelope, e))
		return begin_anew(g, s, p, e);
	if (p->followed && !has_moved(p, &envelope))
		return true;
	if (p->followed) {
		leave_chain(s);
		s->fetch.page = p->number;
	}

	struct str link = json_text(&envelope, S(NEXT_LINK));

	if (s->fetch.top == 0 && json_flag(&envelope, S("@" ODATA_MORE)))
		return take_cookie(s, p, &envelope, e) && send_page(g, s, e);
	if (s->fetch.top == 0 && link.n > 0)
		return follow_link(g, s, p, link, e);
	s->ended = true;
	return true;
}

static bool is_done(const struct slot *s)
{
	bool arriving = false;

	for (size_t i = 0; i < PAGES; i++)
		arriving = arriving || s->pages[i].in_flight;
	return s->ended && !arriving;
}

static bool collect(struct reading *g, struct err *e)
{
	struct service *service = g->reader->service;
	struct response answer;
	uint64_t tag = UINT64_MAX;
	bool there = service->next(service, &tag, &answer, e);

	if (tag >= g->nslots * PAGES) {
		assert(!there);
		return err_wrap(e, "reading from %s", service->label);
	}

	struct slot *s = g->slots[tag / PAGES];
	struct read_page *p = &s->pages[tag % PAGES];

	assert(p->in_flight);
	p->in_flight = false;
	g->in_flight--;
	if ((!there && !read_unreadable(e)) || (!p->stray && !end_page(g, s, p, &answer, e)))
		return g->failed ? false : fail_query(g, s->query, e);
	if (is_done(s))
		s->query = NULL;
	return true;
}

static bool run(struct reading *g, struct err *e)
{
	while (g->begun < g->n || g->in_flight > 0) {
		while (g->begun < g->n && g->in_flight < width_of(g))
			if (!begin(g, e))
				return false;
		if (!collect(g, e))
			return false;
	}
	return true;
}

/*
 * The slots must not go before the service has done with them. A row that comes now is refused, so that a body ends
 * where it is; a service that has nothing more to give has done with everything.
 */
static void drain(struct reading *g)
{
	struct service *service = g->reader->service;

	g->stopped = true;
	while (g->in_flight > 0) {
		struct response answer;
		struct err ignored;
		uint64_t tag = UINT64_MAX;

		if (!service->next(service, &tag, &answer, &ignored) && tag >= g->nslots * PAGES)
			return;
		g->in_flight--;
	}
}

bool read_many(struct reader *r, const struct read_query *queries, size_t n,
	       const struct read_query **failed, struct err *e)
{
	DEFER(reading_release) struct reading g = {
		.reader = r, .queries = queries, .n = n, .arena = arena_make(0)
	};

	assert(!r->busy);
	r->busy = true;
	bool ok = run(&g, e);

	if (!ok)
		drain(&g);
	if (failed)
		*failed = g.failed;
	return ok;
}

bool read_rows(struct reader *r, const struct table *t, const struct fetch *query,
	       const struct column *const *columns, size_t n,
	       bool (*row)(void *context, const struct read_row *row, struct err *e), void *context,
	       struct err *e)
{
	struct read_query q = { .table = t,
				.fetch = query,
				.columns = columns,
				.n = n,
				.row = row,
				.context = context };

	return read_many(r, &q, 1, NULL, e);
}
