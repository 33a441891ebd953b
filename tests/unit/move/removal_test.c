/* SPDX-License-Identifier: MIT */
/*
 * What is taken away: rows deleted or deactivated, pairs unlinked. Each is planned by hand here, in a run that is planned already, and
 * then written: as new, and as a killed run has left it.
 */
#include "engine.h"

#include "move/run_head.h"

#define SKILLS SKILL(TEXT("name"))
#define PAIRS "msdyn_msdyn_cannedmessage_msdyn_octag"
#define MESSAGES                                                                                   \
	ENTITY_AS("msdyn_cannedmessage", "msdyn_cannedmessageid", "", TEXT("msdyn_title"),         \
		  MANY(PAIRS, "msdyn_cannedmessage", "msdyn_octag", "msdyn_octagid"))

static struct guid id_of(const char *text)
{
	struct guid id = { 0 };

	assert_true(guid_parse(str_from(text), &id));
	return id;
}

static void send_to(struct engine *w, enum method method, const char *target, const char *json)
{
	static const struct header headers[] = { { STR_INIT("Content-Type"),
						   STR_INIT("application/json") } };
	struct request r = { .method = method,
			     .target = str_from(target),
			     .headers = headers,
			     .nheaders = 1,
			     .body = str_from(json) };
	struct response answer;

	must(w, service_call(org_service(w->org), &r, &answer, &w->e));
	if (answer.status != 204)
		fail_msg("%s: %d %.*s", target, answer.status, STR_ARG(answer.body));
}

/* Two skills in the target; the package has another one, which is there as well: nothing is planned yet. */
static void plan_skills(struct engine *w)
{
	have(w, "characteristics", "{\"characteristicid\":\"" ID("01") "\",\"name\":\"a\"}");
	have(w, "characteristics", "{\"characteristicid\":\"" ID("02") "\",\"name\":\"b\"}");
	have(w, "characteristics", "{\"characteristicid\":\"" ID("05") "\",\"name\":\"kept\"}");
	w->options.dry_run = true;
	import(w, SKILLS, SKILL_ROWS(ROW(ID("05"), IS("name", "kept"))));
	if (!w->ok)
		fail_msg("%s", w->e.msg);
}

static int64_t add(struct engine *w, struct change c)
{
	struct run_head head;

	c.wave = 1;
	c.origin = c.id;
	c.other_origin = c.other;
	must(w, journal_put_change(&w->run, &c, &w->e));
	must(w, run_read_head(&w->run, &w->a, &head, &w->e));
	head.waves = 1;
	head.seal = S(""); /* it was over the plan without it */
	must(w, run_write_head(&w->run, &head, &w->e));
	return c.number;
}

static int64_t add_row(struct engine *w, enum change_kind kind, const char *id)
{
	return add(w, (struct change){ .kind = kind, .id = id_of(id) });
}

static void sent(struct engine *w, int64_t number)
{
	must(w, journal_set_state(&w->run, number, CHANGE_SENT, &w->e));
}

static void write_run(struct engine *w)
{
	struct execution execution = { 0 };
	struct import_writing writing = { .to = &w->tap, .execution = &execution };

	w->batches = 0;
	w->e = (struct err){ 0 };
	w->ok = import_write(&w->a, &w->run, &writing, &w->result, &w->e);
	check_sums(w->result.tables, w->result.ntables);
	check_sums(w->result.relationships, w->result.nrelationships);
	if (!w->ok)
		fail_msg("%s\n%s", w->e.msg, problems(w));
}

static void is_in(struct engine *w, int64_t number, enum change_state state)
{
	struct change c;

	must(w, journal_get_change(&w->run, number, &c, &w->e));
	if (c.state != state)
		fail_msg("state %d, not %d\n%s", c.state, state, problems(w));
}

/* The change came to this end, and the rows of the package are what they were. */
static void ended(struct engine *w, int64_t number, enum change_state state)
{
	is_in(w, number, state);
	assert_int_equal(w->result.complete, state == CHANGE_DONE);
	rows_are(w, "characteristic", "read 1: 1 unchanged");
}

static const char *const skills = "SELECT name FROM characteristic ORDER BY name";

static void a_row_is_deleted(void **state)
{
	struct engine *w = *state;

	plan_skills(w);
	int64_t number = add_row(w, CHANGE_DELETE, ID("01"));
	write_run(w);
	ended(w, number, CHANGE_DONE);
	assert_int_equal(w->result.tables[0].deleted, 1);
	assert_int_equal(w->batches, 1);
	target_has(w, skills, "b|kept");
}

static void a_row_that_is_gone_already_is_deleted(void **state)
{
	struct engine *w = *state;

	plan_skills(w);
	int64_t number = add_row(w, CHANGE_DELETE, ID("01"));
	send_to(w, METHOD_DELETE, "characteristics(" ID("01") ")", "");
	write_run(w);
	ended(w, number, CHANGE_DONE);
	nothing_told(w);
}

static void a_row_that_somebody_changed_is_not_deleted(void **state)
{
	struct engine *w = *state;

	plan_skills(w);
	int64_t number = add_row(w, CHANGE_DELETE, ID("01"));
	send_to(w, METHOD_PATCH, "characteristics(" ID("01") ")", "{\"name\":\"theirs\"}");
	write_run(w);
	ended(w, number, CHANGE_FAILED);
	told(w, "error characteristic " ID("01"), "refused to delete the row");
	target_has(w, skills, "b|kept|theirs");
}

static void a_delete_that_was_sent_is_looked_for(void **state)
{
	static const char *const meanwhile[] = { NULL, "gone", "changed" };

	for (size_t i = 0; i < COUNT_OF(meanwhile); i++) {
		struct engine *w;
		(void)state;
		engine_make((void **)&w);
		plan_skills(w);
		int64_t number = add_row(w, CHANGE_DELETE, ID("01"));
		sent(w, number);
		if (i == 1)
			send_to(w, METHOD_DELETE, "characteristics(" ID("01") ")", "");
		if (i == 2)
			send_to(w, METHOD_PATCH, "characteristics(" ID("01") ")",
				"{\"name\":\"theirs\"}");
		write_run(w);
		ended(w, number, i == 2 ? CHANGE_FAILED : CHANGE_DONE);
		if (i == 2)
			told(w, "error characteristic " ID("01"), "somebody else changed it");
		assert_int_equal(w->batches, i == 0);
		target_has(w, skills, i == 2 ? "b|kept|theirs" : "b|kept");
		engine_release((void **)&w);
	}
}

/* As a customer's table may have it. */
static void restrict_parents(struct engine *w)
{
	alter(w,
	      "UPDATE ferry_table SET definition = json_set(definition, "
	      "(SELECT fullkey FROM json_each(definition, '$.manyToOne') WHERE "
	      "json_extract(value, '$.referencingAttribute') = 'parentpositionid') || '.cascadeDelete', "
	      "'Restrict') WHERE name = 'position'");
	reopen(w);
}

static void what_points_to_a_row_that_is_not_deleted_is_told(void **state)
{
	struct engine *w = *state;

	restrict_parents(w);
	have(w, "positions", "{\"positionid\":\"" ID("01") "\",\"name\":\"a\"}");
	have(w, "positions",
	     "{\"positionid\":\"" ID(
		     "02") "\",\"name\":\"b\",\"parentpositionid@odata.bind\":\"positions(" ID("01") ")\"}");
	w->options.dry_run = true;
	import(w, POSITION, ROWS("position", ROW(ID("02"), IS("name", "b"))));
	int64_t number = add_row(w, CHANGE_DELETE, ID("01"));
	write_run(w);
	is_in(w, number, CHANGE_FAILED);
	assert_false(w->result.complete);
	rows_are(w, "position", "read 1: 1 unchanged");
	told(w, "error position " ID("01"), "column parentpositionid of a row of table position");
	target_has(w, "SELECT count(*) FROM position", "2");
}

static const char *const state_of_a =
	"SELECT statecode, statuscode FROM characteristic WHERE name IN ('a', 'theirs')";

static void a_row_is_deactivated(void **state)
{
	struct engine *w = *state;

	plan_skills(w);
	int64_t number = add_row(w, CHANGE_DEACTIVATE, ID("01"));
	write_run(w);
	ended(w, number, CHANGE_DONE);
	assert_int_equal(w->result.tables[0].deactivated, 1);
	target_has(w, state_of_a, "1|2");
}

static void a_deactivation_that_was_sent_is_looked_for(void **state)
{
	static const char *const meanwhile[] = { NULL, "{\"statecode\":1,\"statuscode\":2}", "",
						 "{\"name\":\"theirs\"}" };

	for (size_t i = 0; i < COUNT_OF(meanwhile); i++) {
		struct engine *w;
		(void)state;
		engine_make((void **)&w);
		plan_skills(w);
		int64_t number = add_row(w, CHANGE_DEACTIVATE, ID("01"));
		sent(w, number);
		if (i == 2)
			send_to(w, METHOD_DELETE, "characteristics(" ID("01") ")", "");
		else if (meanwhile[i])
			send_to(w, METHOD_PATCH, "characteristics(" ID("01") ")", meanwhile[i]);
		write_run(w);
		ended(w, number, i == 3 ? CHANGE_FAILED : CHANGE_DONE);
		assert_int_equal(w->batches, i == 0);
		target_has(w, state_of_a, i == 2 ? "" : i == 3 ? "0|1" : "1|2");
		engine_release((void **)&w);
	}
}

/* Tags 11 and 12 of message 01; the package has only the first pair. */
static void plan_messages(struct engine *w)
{
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("11") "\",\"msdyn_name\":\"x\"}");
	have(w, "msdyn_octags", "{\"msdyn_octagid\":\"" ID("12") "\",\"msdyn_name\":\"y\"}");
	w->options.dry_run = false;
	import(w, MESSAGES TAG,
	       LINKED_ROWS("msdyn_cannedmessage", ROW(ID("01"), IS("msdyn_title", "hello")),
			   LINKS(ID("01"), "msdyn_octag", "msdyn_octagid", PAIRS,
				 TO(ID("11")) TO(ID("12"))))
		       ROWS("msdyn_octag", ROW(ID("11"), IS("msdyn_name", "x"))
						   ROW(ID("12"), IS("msdyn_name", "y"))));
	succeeded(w);
	w->options.dry_run = true;
	import(w, MESSAGES TAG,
	       LINKED_ROWS("msdyn_cannedmessage", ROW(ID("01"), IS("msdyn_title", "hello")),
			   LINKS(ID("01"), "msdyn_octag", "msdyn_octagid", PAIRS, TO(ID("11"))))
		       ROWS("msdyn_octag", ROW(ID("11"), IS("msdyn_name", "x"))
						   ROW(ID("12"), IS("msdyn_name", "y"))));
	if (!w->ok)
		fail_msg("%s", w->e.msg);
}

static const char *const tags_of_message = "SELECT msdyn_octagid FROM " PAIRS " ORDER BY 1";

static void a_pair_is_unlinked_also_when_it_was_sent_or_is_gone(void **state)
{
	for (size_t i = 0; i < 4; i++) {
		struct engine *w;
		(void)state;
		engine_make((void **)&w);
		plan_messages(w);
		int64_t number = add(w, (struct change){ .kind = CHANGE_UNLINK,
							 .id = id_of(ID("01")),
							 .other = id_of(ID("12")) });
		if (i & 1)
			sent(w, number);
		if (i & 2)
			send_to(w, METHOD_DELETE,
				"msdyn_cannedmessages(" ID("01") ")/" PAIRS "(" ID("12") ")/$ref",
				"");
		write_run(w);
		is_in(w, number, CHANGE_DONE);
		assert_true(w->result.complete);
		assert_int_equal(w->result.relationships[0].unlinked, 1);
		links_are(w, PAIRS, "read 1: 1 unchanged");
		assert_int_equal(w->batches, i != 3);
		target_has(w, tags_of_message, ID("11"));
		engine_release((void **)&w);
	}
}

/* A relationship of positions with positions. */
#define PEERS "new_position_peers"
static void add_peers(struct engine *w)
{
	static const char *const body =
		"{\"@odata.type\":\"#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata\","
		"\"SchemaName\":\"" PEERS "\",\"IntersectEntityName\":\"" PEERS "\","
		"\"Entity1LogicalName\":\"position\",\"Entity2LogicalName\":\"position\","
		"\"Entity1NavigationPropertyName\":\"Referencing" PEERS "\","
		"\"Entity2NavigationPropertyName\":\"Referenced" PEERS "\"}";

	have(w, "RelationshipDefinitions", body);
}

#define PEER_POSITION                                                                              \
	ENTITY_AS("position", "positionid", "", TEXT("name"),                                      \
		  "<relationship name=\"" PEERS                                                    \
		  "\" manyToMany=\"true\" isreflexive=\"true\" relatedEntityName=\"" PEERS         \
		  "\" m2mTargetEntity=\"position\" m2mTargetEntityPrimaryKey=\"positionid\"/>")
#define PEER_ROWS(links)                                                                           \
	LINKED_ROWS("position", ROW(ID("01"), IS("name", "a")) ROW(ID("02"), IS("name", "b")),     \
		    links)
#define PEER(from, to) LINKS(from, "position", "positionid", PEERS, TO(to))

static const char *peers(struct engine *w)
{
	const char *columns =
		query_file(w, w->path,
			   "SELECT group_concat(name, ', ') FROM pragma_table_info('" PEERS
			   "') WHERE name LIKE '%one' OR name LIKE '%two'");

	return query_file(w, w->path,
			  str_fmt(&w->a, "SELECT %s FROM " PEERS " ORDER BY 1", columns).p);
}

static void both_directions_of_a_reflexive_relationship_are_linked_and_unlinked(void **state)
{
	struct engine *w = *state;

	add_peers(w);
	import(w, PEER_POSITION, PEER_ROWS(PEER(ID("01"), ID("02"))));
	succeeded(w);
	assert_string_equal(peers(w), ID("01") "|" ID("02"));
	import(w, PEER_POSITION, PEER_ROWS(PEER(ID("01"), ID("02")) PEER(ID("02"), ID("01"))));
	succeeded(w);
	links_are(w, PEERS, "read 2: 1 created, 1 unchanged");
	assert_string_equal(peers(w), ID("01") "|" ID("02") "|" ID("02") "|" ID("01"));
	w->options.dry_run = true;
	import(w, PEER_POSITION, PEER_ROWS(PEER(ID("02"), ID("01"))));
	int64_t number = add(w, (struct change){ .kind = CHANGE_UNLINK,
						 .id = id_of(ID("01")),
						 .other = id_of(ID("02")) });
	write_run(w);
	is_in(w, number, CHANGE_DONE);
	assert_string_equal(peers(w), ID("02") "|" ID("01"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_row_is_deleted),
		WITH_ENGINE(a_row_that_is_gone_already_is_deleted),
		WITH_ENGINE(a_row_that_somebody_changed_is_not_deleted),
		cmocka_unit_test(a_delete_that_was_sent_is_looked_for),
		WITH_ENGINE(what_points_to_a_row_that_is_not_deleted_is_told),
		WITH_ENGINE(a_row_is_deactivated),
		cmocka_unit_test(a_deactivation_that_was_sent_is_looked_for),
		cmocka_unit_test(a_pair_is_unlinked_also_when_it_was_sent_or_is_gone),
		WITH_ENGINE(both_directions_of_a_reflexive_relationship_are_linked_and_unlinked),
	};

	return RUN_ENGINE_TESTS(tests);
}
