/* SPDX-License-Identifier: MIT */
/*
 * Writing through bad weather: between the engine and a real organization stands a service that takes several requests at
 * once and answers them in any order, loses, delays, doubles and cuts requests and answers, and finds them too large. What
 * stands in the target afterwards must be what an undisturbed import leaves, each row once. Which run goes wrong how
 * follows from its number; FERRY_STORMS asks for more of them, FERRY_STORM for one alone.
 */
#include "move/push.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

#include "base/rng.h"
#include "dv/batch.h"

#define AT_ONCE 8

/* A request that has been taken, or that is still on its way after everybody has given it up. */
struct taken {
	struct request r;
	uint64_t tag;
	bool is_late;
};

struct storm {
	struct engine *w;
	struct rng rng;
	unsigned width, budget; /* faults that are left */
	unsigned percent;       /* of the writes that go wrong while the budget lasts */
	bool calm;
	bool lost; /* something: what is asked next is what became of it */
	bool not_done;
	size_t most; /* a larger body is too large */
	struct taken taken[AT_ONCE];
	size_t n;
	struct taken late[64];
	size_t nlate;
	unsigned bulk, batches, most_at_once;
	struct err failure;
};

static struct storm storm;

static unsigned dice(unsigned sides)
{
	return (unsigned)(rng_next(&storm.rng) % sides);
}

static bool is_write(const struct request *r)
{
	return r->method != METHOD_GET;
}

static bool storm_submit(struct service *s, const struct request *r, uint64_t tag, struct err *e)
{
	(void)s;
	(void)e;
	assert_true(storm.n < storm.width);
	/* nothing is asked while writes are under way */
	assert_true(storm.n == 0 || is_write(r) == is_write(&storm.taken[0].r));
	storm.taken[storm.n++] = (struct taken){ .r = *r, .tag = tag };
	if (storm.n > storm.most_at_once)
		storm.most_at_once = (unsigned)storm.n;
	storm.bulk += str_find(r->target, S("Multiple")) != STR_NONE;
	storm.batches += str_eq(r->target, S("$batch"));
	return true;
}

static void execute(const struct request *r, struct response *out)
{
	must(storm.w, service_call(org_service(storm.w->org), r, out, &storm.w->e));
}

static struct str keep(struct str s)
{
	return str_dup(&storm.w->a, s);
}

/* Long after it was given up. */
static void delay(const struct request *r)
{
	struct header *headers = arena_array(&storm.w->a, struct header, r->nheaders);

	assert_true(storm.nlate < COUNT_OF(storm.late));
	for (size_t i = 0; i < r->nheaders; i++)
		headers[i] = (struct header){ keep(r->headers[i].name), keep(r->headers[i].value) };
	storm.late[storm.nlate] = (struct taken){ .r = *r };
	storm.late[storm.nlate].r.headers = headers;
	storm.late[storm.nlate].r.target = keep(r->target);
	storm.late[storm.nlate++].r.body = keep(r->body);
}

static void let_late_ones_arrive(bool all)
{
	struct response ignored;

	while (storm.nlate > 0 && (all || dice(3) == 0))
		execute(&storm.late[--storm.nlate].r, &ignored);
}

static void unknown(struct response *out)
{
	storm.lost = true;
	(void)err_set(&storm.failure, ERR_NETWORK, "the connection was reset (request 42)");
	*out = (struct response){ .fate = FATE_UNKNOWN, .failure = &storm.failure };
}

static void html(struct response *out, int status)
{
	static const struct header type[] = { { STR_INIT("Content-Type"), STR_INIT("text/html") } };

	*out = (struct response){
		.status = status, .headers = type, .nheaders = 1, .body = S("<html>no</html>")
	};
}

static void error(struct response *out, int status, const char *code)
{
	static const struct header type[] = { { STR_INIT("Content-Type"),
						STR_INIT("application/json") } };

	*out = (struct response){ .status = status,
				  .headers = type,
				  .nheaders = 1,
				  .body = str_fmt(&storm.w->a,
						  "{\"error\":{\"code\":\"%s\",\"message\":"
						  "\"something held the rows\"}}",
						  code) };
}

/* Every part found its row locked. */
static void all_busy(const struct request *r, struct response *out)
{
	static const struct header type[] = { { STR_INIT("Content-Type"),
						STR_INIT("multipart/mixed; boundary=b") } };
	DEFER(buf_release) struct buf body = buf_make(0);
	struct response part;
	size_t at = 0;

	if (!str_eq(r->target, S("$batch"))) {
		error(out, 500, "0x80044151");
		return;
	}
	error(&part, 500, "0x80044150");
	for (;;) {
		struct str needle = S("Content-Type: application/http");
		size_t next = str_find(str_skip(r->body, at), needle);
		if (next == STR_NONE)
			break;
		at += next + needle.n;
		batch_write_response(&body, S("b"), S(""), &part);
	}
	batch_write_end(&body, S("b"));
	*out = (struct response){
		.status = 200, .headers = type, .nheaders = 1, .body = keep(buf_str(&body))
	};
}

static bool holds_many(const struct request *r)
{
	struct str part = S("Content-Type: application/http");
	size_t first = str_find(r->body, part);

	if (!str_eq(r->target, S("$batch")))
		return str_find(r->body, S("},{")) != STR_NONE;
	return first != STR_NONE && str_find(str_skip(r->body, first + part.n), part) != STR_NONE;
}

static void go_wrong(const struct request *r, struct response *out)
{
	storm.budget--;
	switch (dice(storm.not_done ? 9 : 8)) {
	case 0: /* the request was lost */
		unknown(out);
		return;
	case 1: /* the answer was */
		execute(r, out);
		unknown(out);
		return;
	case 2:
		delay(r);
		unknown(out);
		return;
	case 3: /* it came twice */
		execute(r, out);
		execute(r, out);
		return;
	case 4: /* the answer broke off */
		execute(r, out);
		out->body = str_sub(out->body, 0, dice((unsigned)out->body.n + 1));
		return;
	case 5:
		execute(r, out);
		html(out, 502);
		return;
	case 6:
		html(out, dice(2) && holds_many(r) ? 413 : 504);
		return;
	case 7:
		all_busy(r, out);
		return;
	default:
		(void)err_set(&storm.failure, ERR_NETWORK, "nobody listens");
		*out = (struct response){ .fate = FATE_NOT_DONE, .failure = &storm.failure };
	}
}

static void answer(const struct request *r, struct response *out)
{
	if (!is_write(r)) {
		bool fails = storm.lost && storm.budget > 0 && dice(4) == 0;

		storm.lost = false;
		if (fails) {
			storm.budget--;
			html(out, 500);
			return;
		}
		execute(r, out);
	} else if (storm.most > 0 && r->body.n > storm.most && holds_many(r)) {
		error(out, 413, "0x80072553");
	} else if (!storm.calm && storm.budget > 0 && dice(100) < storm.percent) {
		go_wrong(r, out);
	} else {
		execute(r, out);
		out->ms = 1 + dice(5000);
	}
}

static bool storm_next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	(void)e;
	assert_true(storm.n > 0);

	size_t i = dice((unsigned)storm.n);
	struct taken t = storm.taken[i];

	storm.taken[i] = storm.taken[--storm.n];
	let_late_ones_arrive(false);
	*tag = t.tag;
	answer(&t.r, out);
	if (storm.width > 1)
		s->width = 1 + dice(storm.width);
	return true;
}

/* The package: tables with and without bulk messages, a chain and a cycle, updates, states, pairs. */
#define TAGS 24
#define MESSAGES 12
#define OLD 14
#define NEW 6
#define SKILL_ID "b0000000-0000-4000-8000-0000000000%02x"
#define TAG_ID "c0000000-0000-4000-8000-0000000000%02x"
#define MESSAGE_ID "d0000000-0000-4000-8000-0000000000%02x"
#define POSITION_ID "e0000000-0000-4000-8000-0000000000%02x"
#define SURVEY_ID "f0000000-0000-4000-8000-0000000000%02x"
#define WIDGET_ID "f1000000-0000-4000-8000-0000000000%02x"
#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"

static const char SCHEMA[] = SKILL(TEXT("name") TEXT("description") STATES) TAG POSITION ENTITY(
	"msdyn_questionsequence", "msdyn_questionsequenceid",
	TEXT("msdyn_name") LOOKUP("msdyn_chatengagementtochatsequenceid", "msdyn_livechatconfig"))
	ENTITY("msdyn_livechatconfig", "msdyn_livechatconfigid",
	       TEXT("msdyn_name")
		       LOOKUP("msdyn_prechatquestionnaireauthenticated", "msdyn_questionsequence"))
		ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "",
			  TEXT("msdyn_title") TEXT("msdyn_message"),
			  MANY(PAIRS, "msdyn_cannedmessage", "msdyn_octag", "msdyn_octagid"));

static void add_skills(struct buf *b)
{
	buf_add(b, S("<entity name=\"characteristic\"><records>"));
	for (unsigned i = 0; i < OLD + NEW; i++) {
		buf_add_fmt(b, "<record id=\"" SKILL_ID "\">", i);
		buf_add_fmt(b, IS("name", "s%u") IS("description", "now %u"), i, i);
		if (i % 3 == 0)
			buf_add(b, S(IS("statecode", "1") IS("statuscode", "2")));
		buf_add(b, S("</record>"));
	}
	buf_add(b, S("</records></entity>"));
}

static void add_tags(struct buf *b)
{
	buf_add(b, S("<entity name=\"msdyn_octag\"><records>"));
	for (unsigned i = 0; i < TAGS; i++)
		buf_add_fmt(b, "<record id=\"" TAG_ID "\">" IS("msdyn_name", "#%u") "</record>", i,
			    i);
	buf_add(b, S("</records></entity>"));
}

static void add_positions(struct buf *b)
{
	buf_add(b, S("<entity name=\"position\"><records>"));
	for (unsigned i = 0; i < 6; i++)
		buf_add_fmt(b,
			    "<record id=\"" POSITION_ID "\">" IS("name", "p%u") REF(
				    "parentpositionid", POSITION_ID, "position", "p") "</record>",
			    i, i, (i + 1) % 3);
	buf_add(b, S("</records></entity>"));
}

static void add_widgets(struct buf *b)
{
	buf_add(b, S("<entity name=\"msdyn_questionsequence\"><records>"));
	for (unsigned i = 0; i < MESSAGES; i++)
		buf_add_fmt(b,
			    "<record id=\"" SURVEY_ID "\">" IS("msdyn_name", "q%u")
				    REF("msdyn_chatengagementtochatsequenceid", WIDGET_ID,
					"msdyn_livechatconfig", "w") "</record>",
			    i, i, i);
	buf_add(b, S("</records></entity><entity name=\"msdyn_livechatconfig\"><records>"));
	for (unsigned i = 0; i < MESSAGES; i++)
		buf_add_fmt(b,
			    "<record id=\"" WIDGET_ID "\">" IS("msdyn_name", "w%u")
				    REF("msdyn_prechatquestionnaireauthenticated", SURVEY_ID,
					"msdyn_questionsequence", "q") "</record>",
			    i, i, i);
	buf_add(b, S("</records></entity>"));
}

static void add_messages(struct buf *b)
{
	buf_add(b, S("<entity name=\"msdyn_cannedmessage\"><records>"));
	for (unsigned i = 0; i < MESSAGES; i++)
		buf_add_fmt(b,
			    "<record id=\"" MESSAGE_ID "\">" IS("msdyn_title", "t%u")
				    IS("msdyn_message", "m%u") "</record>",
			    i, i, i);
	buf_add(b, S("</records><m2mrelationships>"));
	for (unsigned i = 0; i < MESSAGES; i++)
		buf_add_fmt(b,
			    LINKS(MESSAGE_ID, "msdyn_octag", "msdyn_octagid", PAIRS,
				  TO(TAG_ID) TO(TAG_ID)),
			    i, i, i + 5);
	buf_add(b, S("</m2mrelationships></entity>"));
}

static const char *make_package(struct engine *w)
{
	DEFER(buf_release) struct buf data = buf_make(0);

	add_skills(&data);
	add_tags(&data);
	add_positions(&data);
	add_widgets(&data);
	add_messages(&data);
	return package(w, SCHEMA, str_cstr(&w->a, buf_str(&data)));
}

static void reset(struct engine *w)
{
	alter(w, "DELETE FROM " PAIRS "; DELETE FROM msdyn_cannedmessage; DELETE FROM msdyn_octag;"
		 "DELETE FROM position; DELETE FROM msdyn_questionsequence;"
		 "DELETE FROM msdyn_livechatconfig;"
		 "DELETE FROM characteristic WHERE substr(characteristicid, -2) >= '0e';"
		 "UPDATE characteristic SET description = 'before', statecode = 0, statuscode = 1");
}

static const char *contents(struct engine *w)
{
	static const char *const queries[] = {
		"SELECT characteristicid, name, description, statecode, statuscode"
		" FROM characteristic ORDER BY 1",
		"SELECT msdyn_octagid, msdyn_name FROM msdyn_octag ORDER BY 1",
		"SELECT positionid, name, parentpositionid FROM position ORDER BY 1",
		"SELECT msdyn_cannedmessageid, msdyn_title, msdyn_message FROM msdyn_cannedmessage"
		" ORDER BY 1",
		"SELECT msdyn_questionsequenceid, msdyn_name, msdyn_chatengagementtochatsequenceid"
		" FROM msdyn_questionsequence ORDER BY 1",
		"SELECT msdyn_livechatconfigid, msdyn_name, msdyn_prechatquestionnaireauthenticated"
		" FROM msdyn_livechatconfig ORDER BY 1",
		"SELECT msdyn_cannedmessageid, msdyn_octagid FROM " PAIRS " ORDER BY 1, 2",
	};
	struct str all = { 0 };

	for (size_t i = 0; i < COUNT_OF(queries); i++)
		all = str_fmt(&w->a, "%.*s%s\n", STR_ARG(all), query_file(w, w->path, queries[i]));
	return all.p;
}

static void begin(struct engine *w, unsigned seed)
{
	reset(w);
	storm = (struct storm){ .w = w, .rng = rng_from_seed(seed), .percent = 35 };
	storm.width = 1 + dice(AT_ONCE);
	storm.budget = 4; /* as often as one change may be sent in vain */
	if (dice(4) == 0)
		storm.most = 500 + dice(3000);
	w->options.execution.batch_size = dice(3) == 0 ? 1 + dice(40) : 0;
	w->tap.submit = storm_submit;
	w->tap.next = storm_next;
	w->tap.width = storm.width;
}

/* All knowledge but that about the surveys' tables: they take bulk messages, too. */
static void let_all_tables_take_bulk_messages(struct engine *w)
{
	for (size_t i = 0; i < w->knowledge.ntables; i++)
		w->knowledge.tables[i].one = false;
}

static const char *prepare(struct engine *w)
{
	char json[256];

	for (unsigned i = 0; i < OLD; i++) {
		snprintf(json, sizeof(json),
			 "{\"characteristicid\":\"" SKILL_ID
			 "\",\"name\":\"s%02u\",\"characteristictype\":1}",
			 i, i);
		have(w, "characteristics", json);
	}
	alter(w, "UPDATE characteristic SET name = 's' || CAST(substr(name, 2) AS INTEGER)");
	return make_package(w);
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	uint64_t n;

	return text && str_parse_u64(str_from(text), &n) ? (unsigned)n : otherwise;
}

/* The runs of a program: first and last seed. */
static void choose(unsigned *first, unsigned *last, unsigned some)
{
	unsigned one = number_of("FERRY_STORM", 0);

	*first = one ? one : 1;
	*last = one ? one : number_of("FERRY_STORMS", some);
}

static const char *undisturbed(struct engine *w, const char *path)
{
	begin(w, 1);
	storm.calm = true;
	storm.most = 0;
	w->options.execution.batch_size = 0;
	import_path(w, path);
	succeeded(w);
	nothing_told(w);
	rows_are(w, "msdyn_octag", "read 24: 24 created");
	rows_are(w, "characteristic", "read 20: 6 created, 14 updated");
	links_are(w, PAIRS, "read 24: 24 created");
	return contents(w);
}

/* What a run of the loop has put on the arena: the run file is opened there, and the organization remembers there. */
static void forget(struct engine *w, struct arena_mark mark)
{
	run_close(&w->run);
	w->open = false;
	org_close(&w->org);
	arena_rewind(&w->a, mark);
	reopen(w);
}

static void whatever_the_network_does_the_rows_are_as_without_it(void **state)
{
	struct engine *w = *state;
	const char *path = prepare(w);
	const char *want = undisturbed(w, path);
	struct arena_mark mark = arena_mark(&w->a);
	unsigned first, last;

	choose(&first, &last, 30);
	for (unsigned seed = first; seed <= last; seed++) {
		begin(w, seed);
		if (seed % 2)
			let_all_tables_take_bulk_messages(w);
		import_path(w, path);
		let_late_ones_arrive(true);
		if (!w->ok || !w->result.complete || !w->result.verified)
			fail_msg("FERRY_STORM=%u: %s\n%s", seed, w->e.msg, problems(w));
		nothing_told(w);
		rows_are(w, "msdyn_octag", "read 24: 24 created");
		rows_are(w, "characteristic", "read 20: 6 created, 14 updated");
		links_are(w, PAIRS, "read 24: 24 created");
		if (strcmp(contents(w), want) != 0)
			fail_msg("FERRY_STORM=%u:\n%s\nis not\n%s", seed, contents(w), want);
		forget(w, mark);
		w->result = (struct import_result){ 0 };
	}
}

/* Too much of it: some rows fail, the others go on, and a second import in calm weather does the rest. */
static void what_fails_in_a_hurricane_is_told_and_put_right_by_the_next_import(void **state)
{
	struct engine *w = *state;
	const char *path = prepare(w);
	const char *want = undisturbed(w, path);
	struct arena_mark mark = arena_mark(&w->a);
	unsigned first, last, lossy = 0;

	choose(&first, &last, 10);
	for (unsigned seed = first; seed <= last; seed++) {
		begin(w, seed);
		storm.budget = 1000;
		storm.percent = 60 + dice(40);
		storm.not_done = true;
		import_path(w, path);
		let_late_ones_arrive(true);
		if (!w->ok && w->e.kind != ERR_NETWORK)
			fail_msg("FERRY_STORM=%u: %s", seed, w->e.msg);
		lossy += !w->result.complete;
		if (!w->result.complete)
			assert_true(!w->ok || strlen(problems(w)) > 0);
		storm.calm = true;
		storm.most = 0;
		storm.budget = 0;
		import_path(w, path);
		if (!w->ok || !w->result.complete)
			fail_msg("FERRY_STORM=%u, again: %s\n%s", seed, w->e.msg, problems(w));
		if (strcmp(contents(w), want) != 0)
			fail_msg("FERRY_STORM=%u:\n%s\nis not\n%s", seed, contents(w), want);
		forget(w, mark);
		w->result = (struct import_result){ 0 };
	}
	assert_true(first == last || lossy > 0);
}

static void bulk_messages_and_several_requests_at_once_are_used(void **state)
{
	struct engine *w = *state;
	const char *path = prepare(w);

	let_all_tables_take_bulk_messages(w);
	begin(w, 1);
	storm.calm = true;
	storm.width = 4;
	w->tap.width = 4;
	storm.most = 0;
	w->options.execution.batch_size = 10;
	import_path(w, path);
	succeeded(w);
	assert_true(storm.bulk > 2);
	assert_true(storm.batches > 2);
	assert_true(storm.most_at_once > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(bulk_messages_and_several_requests_at_once_are_used),
		WITH_ENGINE(whatever_the_network_does_the_rows_are_as_without_it),
		WITH_ENGINE(what_fails_in_a_hurricane_is_told_and_put_right_by_the_next_import),
	};

	return RUN_ENGINE_TESTS(tests);
}
