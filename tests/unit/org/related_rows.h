/* SPDX-License-Identifier: MIT */
/*
 * Rows that point to each other, for the tests of what is reached through navigation properties.
 *     Alpha   contacts Zoe and Adam; Zoe is its primary contact
 *     Beta    below Alpha; contact Eve
 *     Gamma   nothing
 *     two queues, of which the administrator is a member of the first
 */
#ifndef FERRY_TESTS_RELATED_ROWS_H
#define FERRY_TESTS_RELATED_ROWS_H

#include "served.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n
#define ALPHA ID("1")
#define BETA ID("2")
#define GAMMA ID("3")
#define ZOE ID("4")
#define ADAM ID("5")
#define EVE ID("6")
#define QUEUE_A ID("7")
#define QUEUE_B ID("8")

static inline struct str related_user(struct served *s)
{
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	return json_text(answer_json(s), S("UserId"));
}

static inline void related_add(struct served *s, const char *set, const char *body)
{
	expect_status(s, ask(s, METHOD_POST, set, body), 204);
}

static inline int related_setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;
	struct str user = related_user(s);
	struct str member =
		str_fmt(&s->arena, "{\"@odata.id\":\"systemusers(%.*s)\"}", STR_ARG(user));

	related_add(s, "accounts", "{\"accountid\":\"" ALPHA "\",\"name\":\"Alpha\"}");
	related_add(s, "accounts",
		    "{\"accountid\":\"" BETA "\",\"name\":\"Beta\","
		    "\"parentaccountid@odata.bind\":\"accounts(" ALPHA ")\"}");
	related_add(s, "accounts", "{\"accountid\":\"" GAMMA "\",\"name\":\"Gamma\"}");
	related_add(s, "contacts",
		    "{\"contactid\":\"" ZOE "\",\"lastname\":\"Zoe\",\"jobtitle\":\"Boss\","
		    "\"parentcustomerid_account@odata.bind\":\"accounts(" ALPHA ")\"}");
	related_add(s, "contacts",
		    "{\"contactid\":\"" ADAM "\",\"lastname\":\"Adam\","
		    "\"parentcustomerid_account@odata.bind\":\"accounts(" ALPHA ")\"}");
	related_add(s, "contacts",
		    "{\"contactid\":\"" EVE "\",\"lastname\":\"Eve\","
		    "\"parentcustomerid_account@odata.bind\":\"accounts(" BETA ")\"}");
	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(" ALPHA ")",
			  "{\"primarycontactid@odata.bind\":\"contacts(" ZOE ")\"}"),
		      204);
	related_add(s, "queues", "{\"queueid\":\"" QUEUE_A "\",\"name\":\"A\"}");
	related_add(s, "queues", "{\"queueid\":\"" QUEUE_B "\",\"name\":\"B\"}");
	related_add(s, "queues(" QUEUE_A ")/queuemembership_association/$ref",
		    str_cstr(&s->arena, member));
	return 0;
}

/* One row of the answer by its place; the answer itself when it is a single row. */
static inline const struct json *row_at(struct served *s, size_t i)
{
	const struct json *rows = json_get(answer_json(s), S("value"));

	assert_non_null(rows);
	assert_true(i < rows->n);
	return &rows->items[i];
}

/* The names of a row's members, joined by ','. */
static inline const char *members(struct served *s, const struct json *o)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	assert_non_null(o);
	assert_true(o->kind == JSON_OBJECT);
	for (size_t i = 0; i < o->n; i++) {
		buf_add(&b, i > 0 ? S(",") : S(""));
		buf_add(&b, o->members[i].name);
	}
	return str_cstr(&s->arena, buf_str(&b));
}

/* One text of each item of an array, joined by '|'. */
static inline const char *texts_of(struct served *s, const struct json *items, const char *name)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	assert_non_null(items);
	assert_true(items->kind == JSON_ARRAY);
	for (size_t i = 0; i < items->n; i++) {
		buf_add(&b, i > 0 ? S("|") : S(""));
		buf_add(&b, json_text(&items->items[i], str_from(name)));
	}
	return str_cstr(&s->arena, buf_str(&b));
}

static inline void get(struct served *s, const char *target)
{
	expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
}

static inline void refused(struct served *s, const char *target, const char *message)
{
	expect_code(s, ask(s, METHOD_GET, target, NULL), 400, "0x80060888");
	if (!answer_has(s, message))
		fail_msg("%s: %.*s", target, STR_ARG(s->answer.body));
}

static inline const char *context_of(struct served *s)
{
	struct str context = json_text(answer_json(s), S("@odata.context"));

	assert_true(str_starts(context, S(ORG_ROOT "$metadata#")));
	return str_cstr(&s->arena, str_skip(context, sizeof(ORG_ROOT "$metadata#") - 1));
}

#endif
