/* SPDX-License-Identifier: MIT */
/*
 * Messages about duplicate detection. The platform does them in jobs of its own; here they are done at
 * once, and the job is the account of it.
 */
#include "org/duplicates.h"

#include "base/limits.h"
#include "io/json.h"
#include "org/crud.h"
#include "org/parameter.h"
#include "org/reading.h"
#include "org/row.h"
#include "org/rules.h"

#include "base/banned.h"

/* operationtype of asyncoperation */
#define JOB_PUBLISH_RULE S("7")
#define JOB_DETECT S("8")

static void set(const struct row *row, struct str column, struct str text)
{
	struct value *v = row_value(row, column);

	if (v)
		*v = (struct value){ .kind = VALUE_TEXT, .text = text };
}

static void set_row(struct call *c, const struct row *row, struct str column, struct str table,
		    struct guid id)
{
	struct value *v = row_value(row, column);

	if (v)
		*v = (struct value){ .kind = VALUE_REF,
				     .text = guid_text(c->arena, id),
				     .table = table };
}

/* A job that has succeeded. */
static bool add_job(struct call *c, struct str name, struct str type, struct guid *id,
		    struct err *e)
{
	const struct table *jobs;

	if (!message_table(c, S("asyncoperation"), &jobs, e))
		return false;

	struct row row = row_make(c->arena, jobs, guid_random(&c->store->rng));
	char text[DATETIME_TEXT_SIZE];
	struct str now = str_dup(c->arena, datetime_format_iso(store_now(c->store), text));

	set(&row, S("name"), name);
	set(&row, S("operationtype"), type);
	set(&row, S("statecode"), S("3"));
	set(&row, S("statuscode"), S("30"));
	set(&row, S("startedon"), now);
	set(&row, S("completedon"), now);
	*id = row.id;
	return rules_fill_new(c->store, c->arena, &row, e) && row_insert(c->store, &row, e);
}

static bool set_rule(struct call *c, const struct table *rules, struct guid id, bool published,
		     struct err *e)
{
	struct row row = row_make(c->arena, rules, id);
	int64_t version;

	if (!row_version(c->store, rules, id, &version, e))
		return false;
	if (version < 0)
		return row_fail_missing(rules, id, e);
	set(&row, S("statecode"), published ? S("1") : S("0"));
	set(&row, S("statuscode"), published ? S("2") : S("0"));
	return rules_fill_changed(c->store, c->arena, &row, e) && row_update(c->store, &row, e);
}

bool action_publish_rule(struct call *c, struct err *e)
{
	const struct table *rules, *jobs;
	struct guid rule, job;

	if (!call_row(c, &rules, &rule, e))
		return false;
	if (!str_eq(rules->name, S("duplicaterule")))
		return message_fail_unknown(c, e);
	return set_rule(c, rules, rule, true, e) &&
	       add_job(c, S("Publish a duplicate detection rule"), JOB_PUBLISH_RULE, &job, e) &&
	       message_table(c, S("asyncoperation"), &jobs, e) &&
	       read_written(c, jobs, job, 200, e);
}

bool action_unpublish_rule(struct call *c, struct err *e)
{
	const struct table *rules;
	struct json body;
	struct guid id;

	if (!message_table(c, S("duplicaterule"), &rules, e) || !message_body(c, &body, e))
		return false;
	if (!guid_parse(json_text(&body, S("DuplicateRuleId")), &id))
		return message_fail_parameter(S("DuplicateRuleId"), "the id of a rule", e);
	c->answer->status = 204;
	return set_rule(c, rules, id, false, e);
}

/* One row of duplicaterecord for each row that is like another. */
static bool add_records(struct call *c, const struct table *t, struct guid job, struct err *e)
{
	struct duplicates found;
	const struct table *records;

	if (!store_table(c->store, S("duplicaterecord"), &records, e) ||
	    !duplicates_find(c->store, c->arena, t, (struct guid){ 0 }, S(""), LIMIT_PAGE_ROWS,
			     &found, e))
		return false;
	for (size_t i = 0; records && i < found.n; i++) {
		struct row row = row_make(c->arena, records, guid_random(&c->store->rng));

		set_row(c, &row, S("baserecordid"), t->name, found.p[i].id);
		set_row(c, &row, S("duplicateruleid"), S("duplicaterule"), found.p[i].rule);
		set_row(c, &row, S("asyncoperationid"), S("asyncoperation"), job);
		if (!rules_fill_new(c->store, c->arena, &row, e) || !row_insert(c->store, &row, e))
			return false;
	}
	return true;
}

bool action_detect_duplicates(struct call *c, struct err *e)
{
	const struct table *t;
	struct json body;
	struct guid job;

	if (!message_body(c, &body, e))
		return false;

	const struct json *query = json_get(&body, S("Query"));
	struct str name = json_text(&body, S("JobName"));

	if (name.n == 0)
		return message_fail_parameter(S("JobName"), "a name", e);
	if (!message_table(c, json_text(query, S("EntityName")), &t, e) ||
	    !add_job(c, name, JOB_DETECT, &job, e) || !add_records(c, t, job, e))
		return false;
	return message_answer_id(c, S("BulkDetectDuplicatesResponse"), S("JobId"), job, e);
}

/* A row that does not exist is made for as long as it is compared. */
static bool find_like(struct call *c, const struct json *told, const struct table *t,
		      struct str matching, struct duplicates *found, struct err *e)
{
	static const char savepoint[] = "compared";
	struct payload p;
	struct guid id;
	bool ok, there = false;

	if (guid_parse(json_text(told, t->primary_id), &id) &&
	    !crud_exists(c->store, t, id, &there, e))
		return false;
	if (there)
		return duplicates_find(c->store, c->arena, t, id, matching, LIMIT_PAGE_ROWS, found,
				       e);
	if (!payload_from_json(c->store, c->arena, t, told, &p, e) ||
	    !db_savepoint(c->store->db, savepoint, e))
		return false;
	ok = crud_create(c->store, c->arena, t, &p, &id, e) &&
	     duplicates_find(c->store, c->arena, t, id, matching, LIMIT_PAGE_ROWS, found, e);
	db_rollback_to(c->store->db, savepoint);
	return ok;
}

bool function_duplicates(struct call *c, struct err *e)
{
	const struct table *base, *matching;
	struct duplicates found;
	struct str name;
	struct json told;

	if (!message_parameter_json(c, S("BusinessEntity"), &told, e) ||
	    !message_type(c->store, &told, &base, e) ||
	    !message_parameter_text(c, S("MatchingEntityName"), &name, e) ||
	    !message_table(c, name, &matching, e) || !find_like(c, &told, base, name, &found, e))
		return false;

	struct guid *ids = arena_array(c->arena, struct guid, found.n + 1);

	for (size_t i = 0; i < found.n; i++)
		ids[i] = found.p[i].id;
	return read_these(c, matching, ids, found.n, e);
}
