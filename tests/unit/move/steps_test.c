/* SPDX-License-Identifier: MIT */
/*
 * Other people's logic on the tables of a package: left out where the schema asks for it, or switched off, and on again whatever
 * happens.
 */
#include "move/steps.h"

#include "engine.h"
#include "org/shape.h"

#define PLAIN_TAG                                                                                  \
	"<entity name=\"msdyn_octag\" primaryidfield=\"msdyn_octagid\" disableplugins=\"true\">"   \
	"<fields><field name=\"msdyn_octagid\" type=\"guid\" primaryKey=\"true\"/>" TEXT(          \
		"msdyn_name") "</fields></entity>"
#define TAGS ROWS("msdyn_octag", ROW(ID("21"), IS("msdyn_name", "t")))
#define SKILLS SKILL_ROWS(ROW(ID("01"), IS("name", "s")))
#define HEADER "MSCRM.BypassBusinessLogicExecution: CustomSync,CustomAsync"

#define TYPE_COLUMN(name, type, more)                                                              \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"displayName\":\"" name        \
	"\",\"type\":\"" type "\",\"requiredLevel\":\"None\",\"validForCreate\":true,"             \
	"\"validForUpdate\":true,\"validForRead\":true" more "}"
static const char plugintype[] =
	"{\"logicalName\":\"plugintype\",\"schemaName\":\"PluginType\",\"entitySetName\":\"plugintypes\","
	"\"displayName\":\"Plug-in Type\",\"displayCollectionName\":\"Plug-in Types\","
	"\"collectionSchemaName\":\"PluginTypes\",\"primaryId\":\"plugintypeid\","
	"\"primaryName\":\"name\",\"objectTypeCode\":4602,\"ownership\":\"OrganizationOwned\","
	"\"attributes\":[" TYPE_COLUMN("plugintypeid", "UniqueidentifierType", "") "," TYPE_COLUMN("name", "StringType", ",\"maxLength\":256") "," TYPE_COLUMN(
		"typename", "StringType",
		",\"maxLength\":256") "," TYPE_COLUMN("assemblyname", "StringType",
						      ",\"maxLength\":256") "," TYPE_COLUMN("publickeytoken",
											    "StringType",
											    ",\"maxLength\":32") "],"
														 "\"manyToOne\":[],\"manyToMany\":[]}";

static void add_types(struct engine *w)
{
	struct shape_source source = { .text = str_from(plugintype), .what = "plugintype" };
	struct str *added;
	size_t n;

	org_close(&w->org);
	must(w, shape_add(w->path, &w->a, &source, 1, false, &added, &n, &w->e));
	must(w, org_open(&w->org, &w->a, w->path, true, &w->e));
	have(w, "plugintypes",
	     "{\"plugintypeid\":\"" ID(
		     "51") "\",\"typename\":\"Contoso.Plugins.Tag\","
			   "\"assemblyname\":\"Contoso.Plugins\",\"publickeytoken\":\"0123456789abcdef\"}");
	have(w, "plugintypes",
	     "{\"plugintypeid\":\"" ID(
		     "52") "\",\"typename\":\"ActivityFeeds.Tag\","
			   "\"assemblyname\":\"ActivityFeeds.Plugins\",\"publickeytoken\":\"31bf3856ad364e35\"}");
}

/* 31, 32, 37 and 39 are somebody's own, on the table of tags, and enabled. */
static void make_steps(struct engine *w)
{
	const char *filter = query_file(w, w->path,
					"SELECT min(sdkmessagefilterid) FROM sdkmessagefilter"
					" WHERE primaryobjecttypecode = 'msdyn_octag'");
	static const struct {
		const char *id, *name, *type;
		bool of_tags, managed, gone;
	} steps[] = {
		{ ID("31"), "Contoso.Plugins.Tag: Create", ID("51"), true, false, false },
		{ ID("32"), "Contoso.Plugins.Tag: Update", ID("51"), true, false, false },
		{ ID("33"), "signed by Microsoft", ID("52"), true, false, false },
		{ ID("34"), "Microsoft.Dynamics.Tag: Create", ID("51"), true, false, false },
		{ ID("35"), "off already", ID("51"), true, false, false },
		{ ID("36"), "of no table", ID("51"), false, false, false },
		{ ID("37"), "of a managed solution", ID("51"), true, true, false },
		{ ID("38"), "managed, and runs something unknown", ID("51"), true, true, true },
		{ ID("39"), "made here, and runs something unknown", ID("51"), true, false, true },
	};

	add_types(w);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		const char *type = steps[i].gone ? ID("59") : steps[i].type;

		alter(w,
		      str_fmt(&w->a,
			      "INSERT INTO sdkmessageprocessingstep(sdkmessageprocessingstepid, name,"
			      " eventhandler, eventhandlertype, plugintypeid, sdkmessagefilterid,"
			      " ismanaged, statecode, statuscode, versionnumber) VALUES('%s', '%s', '%s',"
			      " 'plugintype', '%s', %s%s%s, %d, 0, 1, 1)",
			      steps[i].id, steps[i].name, type, type, steps[i].of_tags ? "'" : "",
			      steps[i].of_tags ? filter : "NULL", steps[i].of_tags ? "'" : "",
			      steps[i].managed)
			      .p);
	}
	alter(w, "UPDATE sdkmessageprocessingstep SET statecode = 1, statuscode = 2 WHERE"
		 " sdkmessageprocessingstepid = '" ID("35") "'");
}

#define STATES_OF_STEPS                                                                            \
	"SELECT group_concat(substr(sdkmessageprocessingstepid, 35) || statecode || statuscode)"   \
	" FROM (SELECT * FROM sdkmessageprocessingstep ORDER BY sdkmessageprocessingstepid)"
#define ALL_AS_THEY_WERE "3101,3201,3301,3401,3512,3601,3701,3801,3901"
#define OURS_OFF "3112,3212,3301,3401,3512,3601,3712,3801,3912"

static const char *seen; /* of the steps while something was written */
static bool bypassed;

static bool look(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	if (w->batch && r->method == METHOD_POST && !seen) {
		seen = query_file(w, w->path, STATES_OF_STEPS);
		bypassed = str_find(r->body, S(HEADER)) != STR_NONE;
	}
	return true;
}

static void begin(struct engine *w)
{
	seen = NULL;
	bypassed = false;
	w->before = look;
	w->count = 0;
	w->options.execution.disable_steps = true;
}

static void steps_are_off_while_the_run_writes_and_on_afterwards(void **state)
{
	struct engine *w = *state;

	make_steps(w);
	begin(w);
	import(w, PLAIN_TAG SKILL(TEXT("name")), TAGS SKILLS);
	succeeded(w);
	nothing_told(w);
	assert_non_null(seen);
	assert_string_equal(seen, OURS_OFF);
	assert_false(bypassed); /* what does not run need not be left out */
	target_has(w, STATES_OF_STEPS, ALL_AS_THEY_WERE);
}

static void without_such_a_table_no_step_is_touched(void **state)
{
	struct engine *w = *state;

	make_steps(w);
	begin(w);
	import(w, TAG, TAGS);
	succeeded(w);
	assert_string_equal(seen, ALL_AS_THEY_WERE);
}

static bool refuse_batch(struct engine *w, const struct request *r, struct err *e)
{
	if (!look(w, r, e))
		return false;
	return !w->batch || err_set(e, ERR_NETWORK, "the line is cut");
}

static void steps_are_on_again_after_a_failure(void **state)
{
	struct engine *w = *state;

	make_steps(w);
	begin(w);
	w->before = refuse_batch;
	import(w, PLAIN_TAG, TAGS);
	assert_false(w->ok);
	assert_non_null(strstr(w->e.msg, "the line is cut"));
	assert_string_equal(seen, OURS_OFF);
	target_has(w, STATES_OF_STEPS, ALL_AS_THEY_WERE);
}

static bool is_cancelled(void *context)
{
	(void)context;
	return seen != NULL;
}

static void steps_are_on_again_after_a_person_has_cancelled(void **state)
{
	struct engine *w = *state;
	struct progress progress = { .cancelled = is_cancelled };

	make_steps(w);
	begin(w);
	w->progress = &progress;
	import(w, PLAIN_TAG SKILL(TEXT("name")), TAGS SKILLS);
	assert_false(w->ok);
	assert_int_equal(w->e.kind, ERR_CANCELLED);
	assert_string_equal(seen, OURS_OFF);
	target_has(w, STATES_OF_STEPS, ALL_AS_THEY_WERE);
}

/* One that is on already is only looked at. */
static bool count_patches(struct engine *w, const struct request *r, struct err *e)
{
	w->count +=
		r->method == METHOD_PATCH && str_starts(r->target, S("sdkmessageprocessingsteps("));
	return look(w, r, e);
}

static void switch_one_on(struct engine *w, struct response *out)
{
	(void)out;
	if (w->batch)
		alter(w, "UPDATE sdkmessageprocessingstep SET statecode = 0, statuscode = 1 WHERE"
			 " sdkmessageprocessingstepid = '" ID("31") "'");
}

static void a_step_that_somebody_switched_on_meanwhile_is_left(void **state)
{
	struct engine *w = *state;

	make_steps(w);
	begin(w);
	w->before = count_patches;
	w->after = switch_one_on;
	import(w, PLAIN_TAG, TAGS);
	succeeded(w);
	assert_int_equal(w->count, 7); /* four off, three on */
	target_has(w, STATES_OF_STEPS, ALL_AS_THEY_WERE);
}

static bool die(struct engine *w, const struct request *r, struct err *e)
{
	if (!look(w, r, e))
		return false;
	return !seen || err_set(e, ERR_NETWORK, "the line is cut");
}

static void take_up(struct engine *w)
{
	struct execution none = { 0 };
	struct import_writing writing = { .to = &w->tap, .execution = &none };
	const char *path = w->run.path;

	run_close(&w->run);
	w->open = false;
	must(w, run_open(&w->run, &w->a, path, false, &w->e));
	w->open = true;
	w->ok = import_write(&w->a, &w->run, &writing, &w->result, &w->e);
}

/* The same as a run that was killed: what is off stands in the run file. */
static void what_could_not_be_switched_on_is_told_and_taken_up(void **state)
{
	struct engine *w = *state;
	const char *path = in_folder(w, "a.run");

	make_steps(w);
	begin(w);
	w->before = die;
	must(w, run_create(&w->run, &w->a, path, &w->e));
	w->open = true;
	w->options.package = package(w, PLAIN_TAG, TAGS);
	w->ok = import_run(&w->a, &w->run, &w->tap, &w->knowledge, &w->options, NULL, &w->result,
			   &w->e);
	assert_false(w->ok);
	told(w, "error sdkmessageprocessingstep " ID("31"), "is still switched off");
	told(w, "error sdkmessageprocessingstep " ID("32"), "is still switched off");
	target_has(w, STATES_OF_STEPS, OURS_OFF);

	w->before = NULL;
	take_up(w);
	succeeded(w);
	nothing_told(w);
	target_has(w, STATES_OF_STEPS, ALL_AS_THEY_WERE);
	target_has(w, "SELECT msdyn_name FROM msdyn_octag", "t");
}

static void only_tables_that_ask_for_it_leave_logic_out(void **state)
{
	struct engine *w = *state;

	begin(w);
	w->options.execution.disable_steps = false;
	import(w, PLAIN_TAG, TAGS);
	succeeded(w);
	assert_true(bypassed);
	begin(w);
	w->options.execution.disable_steps = false;
	import(w, PLAIN_TAG SKILL(TEXT("name")), SKILLS);
	succeeded(w);
	assert_non_null(seen);
	assert_false(bypassed);
}

/* As the platform refuses it, inside the answer to a $batch. */
static void deny(struct engine *w, struct response *out)
{
	const struct str *type = header_find(out->headers, out->nheaders, S("Content-Type"));

	if (!w->batch || !type)
		return;

	struct str boundary = str_skip(*type, str_find(*type, S("boundary=")) + 9);

	if (boundary.p[0] == '"')
		boundary = str_sub(boundary, 1, boundary.n - 2);
	out->body = str_fmt(&w->a,
			    "--%.*s\r\nContent-Type: application/http\r\n"
			    "Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 403 Forbidden\r\n"
			    "Content-Type: application/json\r\n\r\n"
			    "{\"error\":{\"code\":\"0x80040220\",\"message\":\"Principal user is "
			    "missing prvBypassCustomBusinessLogic privilege\"}}\r\n--%.*s--\r\n",
			    STR_ARG(boundary), STR_ARG(boundary));
}

static void a_missing_privilege_to_leave_logic_out_stops_the_run_by_name(void **state)
{
	struct engine *w = *state;

	w->after = deny;
	import(w, PLAIN_TAG, TAGS);
	assert_false(w->ok);
	assert_int_equal(w->e.kind, ERR_AUTH);
	assert_non_null(strstr(w->e.msg, "prvBypassCustomBusinessLogic"));
	assert_non_null(strstr(w->e.msg, "--disable-steps"));
	assert_non_null(strstr(w->e.msg, "msdyn_octag"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(steps_are_off_while_the_run_writes_and_on_afterwards),
		WITH_ENGINE(without_such_a_table_no_step_is_touched),
		WITH_ENGINE(steps_are_on_again_after_a_failure),
		WITH_ENGINE(steps_are_on_again_after_a_person_has_cancelled),
		WITH_ENGINE(a_step_that_somebody_switched_on_meanwhile_is_left),
		WITH_ENGINE(what_could_not_be_switched_on_is_told_and_taken_up),
		WITH_ENGINE(only_tables_that_ask_for_it_leave_logic_out),
		WITH_ENGINE(a_missing_privilege_to_leave_logic_out_stops_the_run_by_name),
	};

	return RUN_ENGINE_TESTS(tests);
}
