/* SPDX-License-Identifier: MIT */
/*
 * What the platform does to routing rows by itself (facts/routing.md d and f), each with its variants.
 */
#include "served.h"

#include "io/db.h"
#include "org/behaviours.h"
#include "org/jobs.h"

#define QUEUE "11111111-2222-4333-8444-555555555501"
#define CONTRACT "11111111-2222-4333-8444-555555555502"
#define STREAM "11111111-2222-4333-8444-555555555503"
#define RULES "11111111-2222-4333-8444-555555555504"
#define HOURS "11111111-2222-4333-8444-555555555505"
#define WIDGET "11111111-2222-4333-8444-555555555506"
#define ACTION "11111111-2222-4333-8444-555555555507"
#define PLUGIN "0x80040265"

/* The first column of the first row, as text; "(no row)" and "(null)" tell the rest. */
static const char *sql(struct served *s, const char *text)
{
	DEFER(db_close) struct db *db = NULL;
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	served_must(s, db_open(&db, &s->arena, s->path, DB_READ, &s->e));
	served_must(s, db_prepare(db, str_from(text), &st, &s->e));
	served_must(s, stmt_step(st, &row, &s->e));
	if (!row)
		return "(no row)";
	return stmt_is_null(st, 0) ? "(null)" : str_cstr(&s->arena, stmt_str(st, 0));
}

static void choose(struct served *s, const char *name, const char *variant)
{
	struct behaviour_change change = { str_from(name), str_from(variant) };

	served_must(s, behaviours_change(s->path, BEHAVIOURS_KEEP, &change, 1, &s->e));
}

static void create(struct served *s, const char *set, const char *body)
{
	expect_status(s, ask(s, METHOD_POST, set, body), 204);
}

static void pass_time(struct served *s)
{
	for (int i = 0; i < JOB_REQUESTS; i++)
		expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
}

/* queues */

#define CONTRACT_BODY                                                                              \
	"{\"msdyn_decisioncontractid\":\"" CONTRACT "\",\"msdyn_name\":\"mine\","                  \
	"\"msdyn_uniquename\":\"new_mine\"}"
#define QUEUE_BODY(more)                                                                           \
	"{\"queueid\":\"" QUEUE "\",\"name\":\"Gold\",\"msdyn_isomnichannelqueue\":true" more "}"
#define WITH_CONTRACT                                                                              \
	",\"msdyn_routingcontractid@odata.bind\":\"/msdyn_decisioncontracts(" CONTRACT ")\""

static const char count_contracts[] =
	"select count(*) from msdyn_decisioncontract where coalesce(ismanaged, 0) = 0";
static const char queue_contract[] =
	"select c.msdyn_uniquename from queue q join msdyn_decisioncontract c on "
	"c.msdyn_decisioncontractid = q.msdyn_assignmentinputcontractid where queueid = '" QUEUE
	"'";

static int contracts(struct served *s)
{
	return atoi(sql(s, count_contracts));
}

static void a_queue_gets_a_contract_of_its_own_in_place_of_the_one_it_tells(void **state)
{
	struct served *s = *state;
	int before = contracts(s);

	create(s, "msdyn_decisioncontracts", CONTRACT_BODY);
	create(s, "queues", QUEUE_BODY(WITH_CONTRACT));
	assert_int_equal(contracts(s), before + 2);
	assert_string_not_equal(sql(s, queue_contract), "new_mine");
	assert_memory_equal(sql(s, queue_contract), "new_", 4);
	/* as the importer does then: what it wrote stays */
	expect_status(s,
		      ask(s, METHOD_PATCH, "queues(" QUEUE ")",
			  "{\"msdyn_routingcontractid@odata.bind\":"
			  "\"/msdyn_decisioncontracts(" CONTRACT ")\"}"),
		      204);
	assert_string_equal(sql(s, queue_contract), "new_mine");
}

static void the_contract_of_a_queue_may_stay_an_orphan(void **state)
{
	struct served *s = *state;
	int before = contracts(s);

	choose(s, "queue-contract", "orphan");
	create(s, "msdyn_decisioncontracts", CONTRACT_BODY);
	create(s, "queues", QUEUE_BODY(WITH_CONTRACT));
	assert_int_equal(contracts(s), before + 2);
	assert_string_equal(sql(s, queue_contract), "new_mine");
}

static void a_contract_that_a_queue_tells_may_be_kept(void **state)
{
	struct served *s = *state;
	int before = contracts(s);

	choose(s, "queue-contract", "keep");
	create(s, "msdyn_decisioncontracts", CONTRACT_BODY);
	create(s, "queues", QUEUE_BODY(WITH_CONTRACT));
	assert_int_equal(contracts(s), before + 1);
	assert_string_equal(sql(s, queue_contract), "new_mine");
	create(s, "queues", "{\"name\":\"Other\",\"msdyn_isomnichannelqueue\":true}");
	assert_int_equal(contracts(s), before + 2);
}

static void an_ordinary_queue_gets_no_contract(void **state)
{
	struct served *s = *state;
	int before = contracts(s);

	create(s, "queues", "{\"queueid\":\"" QUEUE "\",\"name\":\"Mail\"}");
	assert_int_equal(contracts(s), before);
	choose(s, "queue-contract", "off");
	create(s, "queues", "{\"name\":\"Gold\",\"msdyn_isomnichannelqueue\":true}");
	assert_int_equal(contracts(s), before);
}

static void the_type_of_a_queue_is_not_for_updates(void **state)
{
	static const char same[] = "{\"name\":\"Goldener\",\"msdyn_queuetype\":192350000}";
	static const char other[] = "{\"msdyn_queuetype\":192350001}";
	struct served *s = *state;

	create(s, "queues", QUEUE_BODY(",\"msdyn_queuetype\":192350000"));
	expect_code(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", same), 400, PLUGIN);
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", "{\"name\":\"Silver\"}"), 204);
	choose(s, "queue-type", "if-different");
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", same), 204);
	expect_code(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", other), 400, PLUGIN);
	choose(s, "queue-type", "off");
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", other), 204);
}

static const char *default_queue(struct served *s)
{
	const char *id = sql(s, "select queueid from queue where msdyn_isdefaultqueue = 1 and "
				"msdyn_queuetype = 192350000");

	return str_cstr(&s->arena, str_fmt(&s->arena, "queues(%s)", id));
}

static void a_default_queue_refuses_everything_but_its_assignment_method(void **state)
{
	struct served *s = *state;
	const char *queue = default_queue(s);

	expect_code(s, ask(s, METHOD_PATCH, queue, "{\"description\":\"x\"}"), 400, PLUGIN);
	expect_code(s,
		    ask(s, METHOD_PATCH, queue,
			"{\"msdyn_assignmentstrategy\":192350001,\"msdyn_priority\":1}"),
		    400, PLUGIN);
	expect_status(s, ask(s, METHOD_PATCH, queue, "{\"msdyn_assignmentstrategy\":192350001}"),
		      204);
	expect_code(s, ask(s, METHOD_DELETE, queue, NULL), 400, PLUGIN);
	choose(s, "default-queue", "off");
	expect_status(s, ask(s, METHOD_PATCH, queue, "{\"description\":\"x\"}"), 204);
	expect_status(s, ask(s, METHOD_DELETE, queue, NULL), 204);
}

static void nobody_makes_another_default_queue(void **state)
{
	static const char mark[] =
		"select msdyn_isdefaultqueue from queue where queueid = '" QUEUE "'";
	struct served *s = *state;

	create(s, "queues", QUEUE_BODY(",\"msdyn_isdefaultqueue\":true"));
	assert_string_equal(sql(s, mark), "0");
	choose(s, "default-mark", "refuse");
	expect_code(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", "{\"msdyn_isdefaultqueue\":true}"),
		    400, PLUGIN);
	expect_status(s,
		      ask(s, METHOD_PATCH, "queues(" QUEUE ")", "{\"msdyn_isdefaultqueue\":false}"),
		      204);
}

static void a_queue_that_gets_hours_overflows_outside_them(void **state)
{
	static const char rules[] =
		"select r.msdyn_uniquename from queue q join msdyn_decisionruleset r on "
		"r.msdyn_decisionrulesetid = q.msdyn_prequeueoverflowrulesetid where queueid = '" QUEUE
		"'";
	static const char bind[] = "{\"msdyn_operatinghourid@odata.bind\":"
				   "\"/msdyn_operatinghours(" HOURS ")\"}";
	struct served *s = *state;

	create(s, "msdyn_operatinghours",
	       "{\"msdyn_operatinghourid\":\"" HOURS "\",\"msdyn_name\":\"H\"}");
	create(s, "queues", QUEUE_BODY(""));
	assert_string_equal(sql(s, rules), "(no row)");
	choose(s, "queue-overflow", "off");
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", bind), 204);
	assert_string_equal(sql(s, rules), "(no row)");
	/* hours that were there are not new ones */
	choose(s, "queue-overflow", "on");
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", bind), 204);
	assert_string_equal(sql(s, rules), "(no row)");
	expect_status(s,
		      ask(s, METHOD_PATCH, "queues(" QUEUE ")", "{\"msdyn_operatinghourid\":null}"),
		      204);
	expect_status(s, ask(s, METHOD_PATCH, "queues(" QUEUE ")", bind), 204);
	assert_string_equal(sql(s, rules), "queue_prequeue_" QUEUE);
	/* and its rule is one that the platform would take: it refers to the action that ends */
	assert_string_equal(sql(s, "select m.msdyn_referencedpolymorphicentityidtype from "
				   "msdyn_rulesetdependencymapping m"),
			    "msdyn_overflowactionconfig");
}

static void with_its_in_queue_rule_set_a_queue_goes(void **state)
{
	static const char queue[] = "select count(*) from queue where queueid = '" QUEUE "'";
	struct served *s = *state;

	for (int i = 0; i < 2; i++) {
		create(s, "msdyn_decisionrulesets",
		       "{\"msdyn_decisionrulesetid\":\"" RULES "\",\"msdyn_name\":\"R\"}");
		create(s, "queues",
		       QUEUE_BODY(",\"msdyn_inqueueoverflowrulesetid@odata.bind\":"
				  "\"/msdyn_decisionrulesets(" RULES ")\""));
		expect_status(s, ask(s, METHOD_DELETE, "msdyn_decisionrulesets(" RULES ")", NULL),
			      204);
		assert_string_equal(sql(s, queue), i == 0 ? "0" : "1");
		choose(s, "in-queue-overflow", "off");
	}
}

static void a_new_member_is_a_job_for_a_moment(void **state)
{
	static const char open[] = "select count(*) from asyncoperation where statecode = 0";
	static const char done[] = "select statuscode from asyncoperation where statecode = 3 and "
				   "regardingobjectid = '" QUEUE "'";
	struct served *s = *state;
	const char *user = sql(s, "select systemuserid from systemuser where domainname like 'a%'");
	struct str body = str_fmt(
		&s->arena, "{\"@odata.id\":\"https://x/api/data/v9.2/systemusers(%s)\"}", user);

	create(s, "queues", QUEUE_BODY(""));
	expect_status(s,
		      ask(s, METHOD_POST, "queues(" QUEUE ")/queuemembership_association/$ref",
			  str_cstr(&s->arena, body)),
		      204);
	assert_string_equal(sql(s, open), "1");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "asyncoperations?$filter=statecode%20ne%203&$select=name,statecode",
			  NULL),
		      200);
	assert_string_equal(joined(s, "name"), "queue-members");
	pass_time(s);
	assert_string_equal(sql(s, open), "0");
	assert_string_equal(sql(s, done), "30");
}

/* workstreams */

#define STREAM_BODY(more)                                                                          \
	"{\"msdyn_liveworkstreamid\":\"" STREAM                                                    \
	"\",\"msdyn_name\":\"Chat\",\"msdyn_streamsource\":192360000,"                             \
	"\"msdyn_capacityformat\":192360000" more "}"
#define WITH_TEMPLATE ",\"msdyn_sessiontemplate_default\":\"new_mine\""

static const char template[] = "select msdyn_sessiontemplate_default from msdyn_liveworkstream "
			       "where msdyn_liveworkstreamid = '" STREAM "'";

static const char stream_contract[] =
	"select c.msdyn_uniquename from msdyn_liveworkstream w join msdyn_decisioncontract c on "
	"c.msdyn_decisioncontractid = w.msdyn_routingcontractid where msdyn_liveworkstreamid = "
	"'" STREAM "'";

static void what_a_workstream_tells_is_overwritten_a_moment_later(void **state)
{
	struct served *s = *state;

	create(s, "msdyn_decisioncontracts", CONTRACT_BODY);
	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE WITH_CONTRACT));
	assert_string_equal(sql(s, template), "new_mine");
	assert_string_equal(sql(s, stream_contract), "new_mine");
	/* what it does not tell is filled in at once */
	assert_string_equal(sql(s,
				"select msdyn_notificationtemplate_consult from "
				"msdyn_liveworkstream where msdyn_liveworkstreamid = '" STREAM "'"),
			    "msdyn_chat_consult");
	assert_string_equal(sql(s, "select count(*) from asyncoperation where statecode = 0 and "
				   "regardingobjectid = '" STREAM "'"),
			    "2");
	pass_time(s);
	assert_string_equal(sql(s, template), "msdyn_chat_session");
	assert_string_not_equal(sql(s, stream_contract), "new_mine");
	assert_string_equal(sql(s, "select count(*) from ferry_job"), "0");
	/* once: what is written then stays */
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_liveworkstreams(" STREAM ")",
			  "{\"msdyn_sessiontemplate_default\":\"new_mine\"}"),
		      204);
	pass_time(s);
	assert_string_equal(sql(s, template), "new_mine");
}

static void the_templates_of_a_workstream_have_every_variant(void **state)
{
	static const struct {
		const char *variant, *told, *untold;
	} cases[] = {
		{ "overwrite", "msdyn_chat_session", "msdyn_chat_session" },
		{ "fill", "new_mine", "msdyn_chat_session" },
		{ "off", "new_mine", "(null)" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		choose(s, "workstream-templates", cases[i].variant);
		create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE));
		assert_string_equal(sql(s, template), cases[i].told);
		expect_status(s, ask(s, METHOD_DELETE, "msdyn_liveworkstreams(" STREAM ")", NULL),
			      204);
		create(s, "msdyn_liveworkstreams", STREAM_BODY(""));
		assert_string_equal(sql(s, template), cases[i].untold);
		expect_status(s, ask(s, METHOD_DELETE, "msdyn_liveworkstreams(" STREAM ")", NULL),
			      204);
		pass_time(s);
	}
}

static void a_workstream_gets_a_contract_a_rule_and_a_capacity_profile(void **state)
{
	static const char links[] = "select count(*) from msdyn_liveworkstreamcapacityprofile";
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams", STREAM_BODY(""));
	assert_memory_equal(sql(s, stream_contract), "new_", 4);
	assert_string_equal(sql(s, "select msdyn_recordidentificationrule like "
				   "'<RecordIdentificationRuleSet>%' from msdyn_liveworkstream "
				   "where msdyn_liveworkstreamid = '" STREAM "'"),
			    "1");
	assert_string_equal(sql(s, links), "1");
	assert_string_equal(sql(s, "select count(*) from msdyn_routingconfiguration"), "0");
	choose(s, "workstream-capacity", "voice");
	choose(s, "workstream-routing", "on");
	create(s, "msdyn_liveworkstreams",
	       "{\"msdyn_name\":\"B\",\"msdyn_streamsource\":192360000,"
	       "\"msdyn_capacityformat\":192360000}");
	assert_string_equal(sql(s, links), "1");
	assert_string_equal(sql(s, "select msdyn_name like 'RC - Workstream: B (%)' from "
				   "msdyn_routingconfiguration"),
			    "1");
}

static void the_distribution_mode_of_a_workstream_is_chosen_once(void **state)
{
	static const char pick[] = "{\"msdyn_workdistributionmode\":192350001}";
	static const char mode[] = "select msdyn_workdistributionmode from msdyn_liveworkstream "
				   "where msdyn_liveworkstreamid = '" STREAM "'";
	static const char target[] = "msdyn_liveworkstreams(" STREAM ")";
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams",
	       STREAM_BODY(",\"msdyn_workdistributionmode\":192350000"));
	expect_status(s, ask(s, METHOD_PATCH, target, "{\"msdyn_workdistributionmode\":192350000}"),
		      204);
	expect_code(s, ask(s, METHOD_PATCH, target, pick), 400, PLUGIN);
	choose(s, "workstream-mode", "ignore");
	expect_status(s, ask(s, METHOD_PATCH, target, pick), 204);
	assert_string_equal(sql(s, mode), "192350000");
	choose(s, "workstream-mode", "off");
	expect_status(s, ask(s, METHOD_PATCH, target, pick), 204);
	assert_string_equal(sql(s, mode), "192350001");
}

static void without_asynchronous_processing_no_workstream_is_created(void **state)
{
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE));
	choose(s, "asynchronous-processing", "disabled");
	expect_code(s, ask(s, METHOD_POST, "msdyn_liveworkstreams", "{\"msdyn_name\":\"B\"}"), 400,
		    PLUGIN);
	/* and what waits goes on waiting */
	pass_time(s);
	assert_string_equal(sql(s, template), "new_mine");
	choose(s, "asynchronous-processing", "enabled");
	pass_time(s);
	assert_string_equal(sql(s, template), "msdyn_chat_session");
}

static void a_job_about_a_row_that_is_gone_is_done(void **state)
{
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE));
	expect_status(s, ask(s, METHOD_DELETE, "msdyn_liveworkstreams(" STREAM ")", NULL), 204);
	pass_time(s);
	assert_string_equal(sql(s, "select count(*) from ferry_job"), "0");
}

static void who_only_reads_does_not_make_time_pass(void **state)
{
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE));
	served_open(s, false);
	pass_time(s);
	assert_string_equal(sql(s, template), "new_mine");
}

/* survey questions */

#define QUESTION                                                                                   \
	"{\"msdyn_name\":\"Topic\",\"msdyn_questiontext\":\"?\","                                  \
	"\"msdyn_LiveWorkStreamToChatQuestion@odata.bind\":\"/msdyn_liveworkstreams(" STREAM       \
	")\"}"

static void a_question_makes_a_variable_of_its_name(void **state)
{
	static const char variables[] =
		"select count(*) from msdyn_ocliveworkstreamcontextvariable where "
		"msdyn_name = 'Topic' and msdyn_datatype = 192350000 and "
		"msdyn_liveworkstreamid = '" STREAM "'";
	static const char questions[] = "msdyn_surveyquestions";
	struct served *s = *state;

	create(s, "msdyn_liveworkstreams", STREAM_BODY(""));
	create(s, questions, QUESTION);
	assert_string_equal(sql(s, variables), "1");
	create(s, questions, QUESTION);
	assert_string_equal(sql(s, variables), "1");
	choose(s, "question-variable", "fail");
	expect_code(s, ask(s, METHOD_POST, questions, QUESTION), 400, PLUGIN);
	assert_string_equal(sql(s, "select count(*) from msdyn_surveyquestion"), "2");
	choose(s, "question-variable", "off");
	create(s, questions, QUESTION);
	assert_string_equal(sql(s, variables), "1");
}

/* rule sets */

#define DEFINITION(lhs, rhs)                                                                       \
	"<decision version='1'><rules><rule id='r1' name='First'><logical operator='AND'>"         \
	"<condition operator='=='><lhs type='attribute'>" lhs                                      \
	"</lhs><rhs type='staticvalue'>x</rhs></condition></logical><action><setattribute>"        \
	"<lhs type='attribute'>assign_to.queue</lhs><rhs type='staticvalue'>" rhs                  \
	"</rhs></setattribute></action></rule></rules></decision>"
#define RULES_BODY(definition, more)                                                               \
	"{\"msdyn_decisionrulesetid\":\"" RULES                                                    \
	"\",\"msdyn_name\":\"R\",\"msdyn_rulesetdefinition\":\"" definition "\"" more "}"

static void the_definition_of_a_rule_set_has_to_be_one(void **state)
{
	static const char *const bad[] = {
		RULES_BODY("<decision><rules></decision>", ""),
		RULES_BODY("<other/>", ""),
		RULES_BODY("no markup", ""),
		RULES_BODY("{ not json", ""),
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		expect_code(s, ask(s, METHOD_POST, "msdyn_decisionrulesets", bad[i]), 400, PLUGIN);
	create(s, "msdyn_decisionrulesets", RULES_BODY("<decision><rules /></decision>", ""));
	expect_code(s,
		    ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			"{\"msdyn_rulesetdefinition\":\"<decision>\"}"),
		    400, PLUGIN);
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			  "{\"msdyn_rulesetdefinition\":null}"),
		      204);
	choose(s, "ruleset-validation", "off");
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			  "{\"msdyn_rulesetdefinition\":\"<decision>\"}"),
		      204);
}

#define BY_CONTRACT                                                                                \
	",\"msdyn_inputcontractid@odata.bind\":\"/msdyn_decisioncontracts(" CONTRACT ")\""

static void a_rule_set_asks_only_for_what_its_contract_declares(void **state)
{
	struct served *s = *state;

	create(s, "msdyn_decisioncontracts",
	       "{\"msdyn_decisioncontractid\":\"" CONTRACT
	       "\",\"msdyn_name\":\"c\",\"msdyn_contractdefinition\":\"<contract version='1'>"
	       "<complex key='liveworkitemcontext'><variable name='Topic' data-type='string'/>"
	       "</complex></contract>\"}");
	expect_code(s,
		    ask(s, METHOD_POST, "msdyn_decisionrulesets",
			RULES_BODY(DEFINITION("liveworkitemcontext.Mood", "x"), BY_CONTRACT)),
		    400, PLUGIN);
	create(s, "msdyn_decisionrulesets",
	       RULES_BODY(DEFINITION("liveworkitemcontext.Topic", "x"), BY_CONTRACT));
	/* what the contract does not speak of is another table's business */
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			  RULES_BODY(DEFINITION("incident.title", "x"), "")),
		      204);
	choose(s, "ruleset-validation", "well-formed");
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			  RULES_BODY(DEFINITION("liveworkitemcontext.Mood", "x"), "")),
		      204);
}

static void a_rule_set_notes_what_it_refers_to_from_what_there_is(void **state)
{
	static const char notes[] =
		"select group_concat(msdyn_referencedpolymorphicentityidtype || ' ' || "
		"msdyn_referencedpolymorphicentityid || ' ' || msdyn_referencingruleid) from "
		"msdyn_rulesetdependencymapping where msdyn_referencingrulesetid = '" RULES "'";
	static const char body[] = RULES_BODY(
		DEFINITION("incident.title", "{11111111-2222-4333-8444-555555555501}"), "");
	struct served *s = *state;

	create(s, "msdyn_decisionrulesets", body);
	assert_string_equal(sql(s, notes), "(null)");
	create(s, "queues", QUEUE_BODY(""));
	assert_string_equal(sql(s, notes), "(null)");
	/* the documented way out: to import the rule sets again */
	expect_status(s, ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")", body), 204);
	assert_string_equal(sql(s, notes), "queue " QUEUE " r1");
	expect_status(s, ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")", body), 204);
	assert_string_equal(sql(s, notes), "queue " QUEUE " r1");
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")",
			  "{\"msdyn_rulesetdefinition\":null}"),
		      204);
	assert_string_equal(sql(s, notes), "(null)");
	choose(s, "ruleset-dependencies", "off");
	expect_status(s, ask(s, METHOD_PATCH, "msdyn_decisionrulesets(" RULES ")", body), 204);
	assert_string_equal(sql(s, notes), "(null)");
}

static void a_rule_set_notes_variables_and_skills_by_name(void **state)
{
	static const char notes[] =
		"select group_concat(msdyn_referencedpolymorphicentityidtype) "
		"from (select * from msdyn_rulesetdependencymapping order by 1)";
	static const char both[] = "select count(*) from msdyn_rulesetdependencymapping where "
				   "msdyn_referencedpolymorphicentityidtype in ('characteristic', "
				   "'msdyn_ocliveworkstreamcontextvariable')";
	struct served *s = *state;

	create(s, "characteristics", "{\"name\":\"Billing\",\"characteristictype\":1}");
	create(s, "msdyn_decisioncontracts", CONTRACT_BODY);
	choose(s, "workstream-contract", "fill");
	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_CONTRACT));
	create(s, "msdyn_surveyquestions", QUESTION);
	create(s, "msdyn_decisionrulesets",
	       RULES_BODY(DEFINITION("liveworkitemcontext.Topic", "{\\\"name\\\":\\\"Billing\\\"}"),
			  BY_CONTRACT));
	if (atoi(sql(s, both)) != 2)
		fail_msg("%s", sql(s, notes));
}

/* hours, widgets, people */

static void operating_hours_get_a_calendar_from_eight_to_five(void **state)
{
	static const char hours[] =
		"select inner_rule.offset || ' ' || inner_rule.duration || ' ' || outer_rule.pattern "
		"from msdyn_operatinghour h join calendarrule outer_rule on "
		"outer_rule.calendarid = h.msdyn_calendarid join calendarrule inner_rule on "
		"inner_rule.calendarid = outer_rule.innercalendarid";
	static const char told[] = "{\"msdyn_name\":\"H\",\"msdyn_calendarid\":\"told\"}";
	static const char kept[] =
		"select count(*) from msdyn_operatinghour where msdyn_calendarid = 'told'";
	struct served *s = *state;

	create(s, "msdyn_operatinghours", told);
	assert_string_equal(sql(s, hours), "480 540 FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR");
	assert_string_equal(sql(s, kept), "0");
	choose(s, "hours-calendar", "keep");
	create(s, "msdyn_operatinghours", told);
	assert_string_equal(sql(s, kept), "1");
	choose(s, "hours-calendar", "off");
	create(s, "msdyn_operatinghours", "{\"msdyn_name\":\"None\"}");
	assert_string_equal(sql(s, "select msdyn_calendarid from msdyn_operatinghour where "
				   "msdyn_name = 'None'"),
			    "(null)");
}

#define WIDGET_BODY                                                                                \
	"{\"msdyn_livechatconfigid\":\"" WIDGET                                                    \
	"\",\"msdyn_name\":\"W\",\"msdyn_widgetappid\":\"mine\"}"

static void a_widget_gets_an_app_id_and_a_snippet_that_tells_it(void **state)
{
	static const char app[] = "select msdyn_widgetappid from msdyn_livechatconfig";
	static const char tells[] = "select msdyn_widgetsnippet like '%data-app-id=\"' || "
				    "msdyn_widgetappid || '\"%' from msdyn_livechatconfig";
	struct served *s = *state;

	create(s, "msdyn_livechatconfigs", WIDGET_BODY);
	assert_string_not_equal(sql(s, app), "mine");
	assert_string_equal(sql(s, tells), "1");
	expect_status(s,
		      ask(s, METHOD_PATCH, "msdyn_livechatconfigs(" WIDGET ")",
			  "{\"msdyn_widgetappid\":\"mine\"}"),
		      204);
	assert_string_equal(sql(s, tells), "1");
	choose(s, "widget-app", "keep");
	expect_status(s, ask(s, METHOD_DELETE, "msdyn_livechatconfigs(" WIDGET ")", NULL), 204);
	create(s, "msdyn_livechatconfigs", WIDGET_BODY);
	assert_string_equal(sql(s, app), "mine");
	assert_string_equal(sql(s, tells), "1");
}

static void a_widget_gets_the_default_messages_as_its_own(void **state)
{
	static const char defaults[] = "select count(*) from msdyn_ocsystemmessage where "
				       "msdyn_widgetid is null and msdyn_streamsource = 192360000";
	static const char own[] = "select count(*) from msdyn_ocsystemmessage where "
				  "msdyn_widgetid = '" WIDGET "' and msdyn_instanceid like "
				  "'%" WIDGET "%'";
	static const char texts[] =
		"select count(*) > 0 from msdyn_oclocalizationdata t join msdyn_ocsystemmessage m "
		"on m.msdyn_ocsystemmessageid = t.msdyn_systemmessageid and "
		"t.msdyn_entityrecordid = m.msdyn_ocsystemmessageid where m.msdyn_widgetid = "
		"'" WIDGET "'";
	struct served *s = *state;

	create(s, "msdyn_livechatconfigs", WIDGET_BODY);
	assert_string_equal(sql(s, own), sql(s, defaults));
	assert_true(atoi(sql(s, own)) > 5);
	assert_string_equal(sql(s, texts), "1");
	choose(s, "widget-messages", "off");
	create(s, "msdyn_livechatconfigs", "{\"msdyn_name\":\"V\"}");
	assert_string_equal(sql(s, "select count(distinct msdyn_widgetid) from "
				   "msdyn_ocsystemmessage"),
			    "1");
}

static void a_full_name_follows_its_parts(void **state)
{
	static const char name[] = "select fullname from contact";
	struct served *s = *state;

	create(s, "contacts",
	       "{\"contactid\":\"" ACTION "\",\"firstname\":\"Mia\",\"lastname\":\"Muster\"}");
	assert_string_equal(sql(s, name), "Mia Muster");
	expect_status(
		s, ask(s, METHOD_PATCH, "contacts(" ACTION ")", "{\"lastname\":\"M\xC3\xBCller\"}"),
		204);
	assert_string_equal(sql(s, name), "Mia M\xC3\xBCller");
	expect_status(s, ask(s, METHOD_PATCH, "contacts(" ACTION ")", "{\"jobtitle\":\"x\"}"), 204);
	assert_string_equal(sql(s, name), "Mia M\xC3\xBCller");
	expect_status(s, ask(s, METHOD_PATCH, "contacts(" ACTION ")", "{\"firstname\":null}"), 204);
	assert_string_equal(sql(s, name), "M\xC3\xBCller");
	choose(s, "full-name", "off");
	expect_status(s, ask(s, METHOD_PATCH, "contacts(" ACTION ")", "{\"lastname\":\"X\"}"), 204);
	assert_string_equal(sql(s, name), "M\xC3\xBCller");
}

static void a_user_gets_a_calendar_a_mailbox_and_a_queue(void **state)
{
	static const char user[] =
		"select q.name || ' ' || m.name || ' ' || (c.calendarid is not null) from systemuser u "
		"join queue q on q.queueid = u.queueid join mailbox m on m.mailboxid = "
		"u.defaultmailbox join calendar c on c.calendarid = u.calendarid "
		"where u.lastname = 'Muster'";
	struct served *s = *state;
	const char *unit = sql(s, "select businessunitid from businessunit");
	struct str body = str_fmt(&s->arena,
				  "{\"firstname\":\"Mia\",\"lastname\":\"Muster\","
				  "\"domainname\":\"mia@contoso.example\","
				  "\"internalemailaddress\":\"mia@contoso.example\","
				  "\"businessunitid@odata.bind\":\"/businessunits(%s)\"}",
				  unit);

	create(s, "systemusers", str_cstr(&s->arena, body));
	assert_string_equal(sql(s, user), "<Mia Muster> Mia Muster 1");
}

/* choosing */

static void every_behaviour_has_a_name_of_its_own_and_variants(void **state)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i].text.n > 0 && all[i].source.n > 0 && all[i].text.n < 80);
		assert_true(all[i].variants[1].n > 0);
		assert_true(all[i].kind != BEHAVIOUR_ROWS || (all[i].act && all[i].events != 0));
		for (size_t j = 0; j < i; j++)
			assert_false(str_eq(all[i].name, all[j].name));
	}
}

/* Whoever adds a member to struct variants lists it, too. */
static void every_variant_of_the_protocol_is_listed_once(void **state)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);
	size_t listed = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		listed += all[i].kind == BEHAVIOUR_PROTOCOL;
		for (size_t j = 0; j < i; j++)
			assert_false(all[i].kind == BEHAVIOUR_PROTOCOL &&
				     all[j].kind == BEHAVIOUR_PROTOCOL &&
				     all[i].member == all[j].member);
	}
	assert_int_equal(listed * sizeof(unsigned), sizeof(struct variants));
}

static void an_unknown_name_or_variant_changes_nothing(void **state)
{
	static const struct behaviour_change bad[][2] = {
		{ { STR_INIT("queue-type"), STR_INIT("off") },
		  { STR_INIT("queue-tipe"), STR_INIT("off") } },
		{ { STR_INIT("queue-type"), STR_INIT("off") },
		  { STR_INIT("queue-contract"), STR_INIT("maybe") } },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(behaviours_change(s->path, BEHAVIOURS_OFF, bad[i], 2, &s->e));
		assert_int_equal(s->e.kind, ERR_USAGE);
	}
	assert_string_equal(sql(s, "select count(*) from ferry_behaviour"), "0");
}

static const char *chosen(struct served *s, const char *name)
{
	const struct behaviour *all;
	size_t n = behaviours_all(&all);
	struct str *variants;

	served_must(s, behaviours_list(s->path, &s->arena, &variants, &s->e));
	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i].name, str_from(name)))
			return str_cstr(&s->arena, variants[i]);
	}
	return "(none)";
}

static void all_can_be_off_and_on_again(void **state)
{
	struct served *s = *state;
	int before = contracts(s);

	choose(s, "queue-type", "if-different");
	served_must(s, behaviours_change(s->path, BEHAVIOURS_OFF, NULL, 0, &s->e));
	assert_string_equal(chosen(s, "queue-contract"), "off");
	assert_string_equal(chosen(s, "recycle-bin"), "off");
	assert_string_equal(chosen(s, "asynchronous-processing"), "enabled");
	assert_string_equal(chosen(s, "negations"), "take-null");
	create(s, "queues", QUEUE_BODY(""));
	create(s, "msdyn_liveworkstreams", STREAM_BODY(WITH_TEMPLATE));
	pass_time(s);
	assert_int_equal(contracts(s), before);
	assert_string_equal(sql(s, template), "new_mine");
	choose(s, "negations", "drop-null");
	served_must(s, behaviours_change(s->path, BEHAVIOURS_ON, NULL, 0, &s->e));
	assert_string_equal(chosen(s, "queue-contract"), "overwrite");
	assert_string_equal(chosen(s, "recycle-bin"), "on");
	assert_string_equal(chosen(s, "negations"), "drop-null");
	served_must(s, behaviours_change(s->path, BEHAVIOURS_DEFAULT, NULL, 0, &s->e));
	assert_string_equal(chosen(s, "negations"), "take-null");
	assert_string_equal(sql(s, "select count(*) from ferry_behaviour"), "0");
}

static void a_choice_of_the_protocol_holds_for_the_next_request(void **state)
{
	static const char target[] = "contacts?$filter=lastname%20ne%20%27A%27&$select=firstname";
	struct served *s = *state;

	create(s, "contacts", "{\"firstname\":\"x\"}");
	expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
	assert_string_equal(joined(s, "firstname"), "x");
	choose(s, "negations", "drop-null");
	expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
	assert_string_equal(joined(s, "firstname"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, served_setup, served_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_queue_gets_a_contract_of_its_own_in_place_of_the_one_it_tells),
		TEST(the_contract_of_a_queue_may_stay_an_orphan),
		TEST(a_contract_that_a_queue_tells_may_be_kept),
		TEST(an_ordinary_queue_gets_no_contract),
		TEST(the_type_of_a_queue_is_not_for_updates),
		TEST(a_default_queue_refuses_everything_but_its_assignment_method),
		TEST(nobody_makes_another_default_queue),
		TEST(a_queue_that_gets_hours_overflows_outside_them),
		TEST(with_its_in_queue_rule_set_a_queue_goes),
		TEST(a_new_member_is_a_job_for_a_moment),
		TEST(what_a_workstream_tells_is_overwritten_a_moment_later),
		TEST(the_templates_of_a_workstream_have_every_variant),
		TEST(a_workstream_gets_a_contract_a_rule_and_a_capacity_profile),
		TEST(the_distribution_mode_of_a_workstream_is_chosen_once),
		TEST(without_asynchronous_processing_no_workstream_is_created),
		TEST(a_job_about_a_row_that_is_gone_is_done),
		TEST(who_only_reads_does_not_make_time_pass),
		TEST(a_question_makes_a_variable_of_its_name),
		TEST(the_definition_of_a_rule_set_has_to_be_one),
		TEST(a_rule_set_asks_only_for_what_its_contract_declares),
		TEST(a_rule_set_notes_what_it_refers_to_from_what_there_is),
		TEST(a_rule_set_notes_variables_and_skills_by_name),
		TEST(operating_hours_get_a_calendar_from_eight_to_five),
		TEST(a_widget_gets_an_app_id_and_a_snippet_that_tells_it),
		TEST(a_widget_gets_the_default_messages_as_its_own),
		TEST(a_full_name_follows_its_parts),
		TEST(a_user_gets_a_calendar_a_mailbox_and_a_queue),
		TEST(every_behaviour_has_a_name_of_its_own_and_variants),
		TEST(every_variant_of_the_protocol_is_listed_once),
		TEST(an_unknown_name_or_variant_changes_nothing),
		TEST(all_can_be_off_and_on_again),
		TEST(a_choice_of_the_protocol_holds_for_the_next_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
