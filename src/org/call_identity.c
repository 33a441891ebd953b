/* SPDX-License-Identifier: MIT */
/*
 * The administrator who asks for himself is let through without a look at anything but the names of the
 * headers.
 */
#include "org/call_identity.h"

#include "org/access.h"
#include "org/code.h"

#include "base/banned.h"

#define ACT_ON_BEHALF S("prvActOnBehalfOfAnotherUser")

/* headers */

enum subject {
	SUBJECT_OBJECT, /* the id that the user has in the directory */
	SUBJECT_USER,
	SUBJECT_BYPASS,
	SUBJECT_BYPASS_STEPS,
	SUBJECT_BYPASS_PLUGINS,
	SUBJECTS
};

static const struct str HEADERS[SUBJECTS] = {
	[SUBJECT_OBJECT] = STR_INIT("CallerObjectId"),
	[SUBJECT_USER] = STR_INIT("MSCRMCallerID"),
	[SUBJECT_BYPASS] = STR_INIT("MSCRM.BypassBusinessLogicExecution"),
	[SUBJECT_BYPASS_STEPS] = STR_INIT("MSCRM.BypassBusinessLogicExecutionStepIds"),
	[SUBJECT_BYPASS_PLUGINS] = STR_INIT("MSCRM.BypassCustomPluginExecution"),
};

/* Values of the headers; NULL where they are absent. */
struct subjects {
	const struct str *of[SUBJECTS];
	bool any;
};

static void find_subjects(const struct request *r, struct subjects *out)
{
	for (size_t i = 0; i < r->nheaders; i++) {
		const struct header *h = &r->headers[i];
		char first = h->name.n > 0 ? h->name.p[0] : '\0';

		if (first != 'M' && first != 'm' && first != 'C' && first != 'c')
			continue;
		for (int s = 0; s < SUBJECTS; s++) {
			if (out->of[s] || !str_eq_ascii_nocase(h->name, HEADERS[s]))
				continue;
			out->of[s] = &h->value;
			out->any = true;
		}
	}
}

/* What a part of a batch does not say itself the batch says for it. */
static struct subjects read_subjects(const struct call *c)
{
	struct subjects s = { 0 };

	find_subjects(c->request, &s);
	if (c->outer) {
		/* one of the two names whom: that of the part counts */
		bool named = s.of[SUBJECT_OBJECT] || s.of[SUBJECT_USER];
		struct subjects own = s;

		find_subjects(c->outer, &s);
		if (named) {
			s.of[SUBJECT_OBJECT] = own.of[SUBJECT_OBJECT];
			s.of[SUBJECT_USER] = own.of[SUBJECT_USER];
		}
	}
	return s;
}

static bool fail_value(enum subject subject, const struct str *value, const char *what,
		       struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "the header %.*s: '%.*s' is %s", STR_ARG(HEADERS[subject]),
			    STR_ARG(str_sub(*value, 0, 200)), what);
}

/* Each item of a comma list, trimmed, passes `is_known`. */
static bool check_list(struct str text, bool (*is_known)(struct str), size_t *n)
{
	struct str rest = text;

	*n = 0;
	for (;;) {
		size_t comma = str_find_char(rest, ',');

		if (!is_known(str_trim(str_sub(rest, 0, comma))))
			return false;
		++*n;
		if (comma == STR_NONE)
			return true;
		rest = str_skip(rest, comma + 1);
	}
}

static bool is_logic(struct str word)
{
	return str_eq_ascii_nocase(word, S("CustomSync")) ||
	       str_eq_ascii_nocase(word, S("CustomAsync"));
}

static bool is_step(struct str word)
{
	struct guid id;

	return guid_parse(word, &id);
}

#define STEPS_MAX 3 /* facts/webapi.md 3.4 */

static bool check_bypass(const struct subjects *s, struct err *e)
{
	const struct str *logic = s->of[SUBJECT_BYPASS];
	const struct str *steps = s->of[SUBJECT_BYPASS_STEPS];
	const struct str *plugins = s->of[SUBJECT_BYPASS_PLUGINS];
	size_t n;

	if (logic && !check_list(*logic, is_logic, &n))
		return fail_value(SUBJECT_BYPASS, logic,
				  "none of CustomSync, CustomAsync and CustomSync,CustomAsync", e);
	if (steps && !check_list(*steps, is_step, &n))
		return fail_value(SUBJECT_BYPASS_STEPS, steps, "no list of ids of steps", e);
	if (steps && n > STEPS_MAX)
		return fail_value(SUBJECT_BYPASS_STEPS, steps, "more than the 3 steps allowed", e);
	if (plugins && !str_eq_ascii_nocase(str_trim(*plugins), S("true")) &&
	    !str_eq_ascii_nocase(str_trim(*plugins), S("false")))
		return fail_value(SUBJECT_BYPASS_PLUGINS, plugins, "neither true nor false", e);
	return true;
}

static bool may_bypass(struct store *store, const struct subjects *s, struct err *e)
{
	const struct str *plugins = s->of[SUBJECT_BYPASS_PLUGINS];
	bool logic = s->of[SUBJECT_BYPASS] || s->of[SUBJECT_BYPASS_STEPS];

	if (logic && !access_privilege(store, S("prvBypassCustomBusinessLogic"), e))
		return false;
	return !plugins || !str_eq_ascii_nocase(str_trim(*plugins), S("true")) ||
	       access_privilege(store, S("prvBypassCustomPlugins"), e);
}

/* users */

static bool fail_unknown(struct str id, struct err *e)
{
	return err_set_code(e, ERR_FORBIDDEN, CODE_USER_UNKNOWN,
			    "The user is not a member of the organization: nobody here has the id "
			    "%.*s",
			    STR_ARG(str_sub(id, 0, 60)));
}

/* Who it is, and that he may ask at all. */
static bool admit(struct call *c, struct guid id, struct actor *out, struct err *e)
{
	struct store *s = c->store;
	struct str text = guid_text(c->arena, id);
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select isdisabled, businessunitid from systemuser "
			       "where systemuserid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, text);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return fail_unknown(text, e);

	bool disabled = stmt_i64(st, 0) == 1 || stmt_is_null(st, 1);

	stmt_reset(st);
	if (guid_eq(id, s->admin))
		disabled = false; /* or nobody could enable anybody */
	if (disabled)
		return err_set_code(e, ERR_FORBIDDEN, CODE_USER_DISABLED,
				    "the user %.*s is disabled, or in no business unit",
				    STR_ARG(text));
	if (!actor_read(s, c->arena, id, false, out, e))
		return false;
	return out->everything || out->roles.n > 0 ||
	       err_set_code(
		       e, ERR_FORBIDDEN, CODE_USER_WITHOUT_ROLE,
		       "the user %.*s has no security role: assign one, to him or to a team of "
		       "his",
		       STR_ARG(text));
}

static bool find_by_object(struct call *c, struct guid object, struct guid *out, struct err *e)
{
	struct str text = guid_text(c->arena, object);
	struct stmt *st;
	bool row;

	if (!store_statement(c->store,
			     S("select systemuserid from systemuser "
			       "where azureactivedirectoryobjectid = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, text);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row || !guid_parse(stmt_str(st, 0), out))
		return fail_unknown(text, e);
	stmt_reset(st);
	return true;
}

/* Whom the headers name; who signed in when they name nobody. */
static bool find_caller(struct call *c, const struct subjects *s, struct guid *out, struct err *e)
{
	const struct str *object = s->of[SUBJECT_OBJECT];
	const struct str *user = s->of[SUBJECT_USER];
	struct guid id;

	*out = c->store->caller;
	if (object) {
		if (!guid_parse(str_trim(*object), &id))
			return fail_value(SUBJECT_OBJECT, object, "no id", e);
		return find_by_object(c, id, out, e);
	}
	if (user && !guid_parse(str_trim(*user), out))
		return fail_value(SUBJECT_USER, user, "no id", e);
	return true;
}

/* demands */

/* For changes of the metadata, and messages that go past the rows' own rights. */
static struct str demanded_privilege(const struct call *c)
{
	static const struct {
		struct str segment;
		enum method method;
		struct str privilege;
	} demands[] = {
		{ STR_INIT("EntityDefinitions"), METHOD_POST, STR_INIT("prvCreateEntity") },
		{ STR_INIT("EntityDefinitions"), METHOD_PUT, STR_INIT("prvWriteEntity") },
		{ STR_INIT("EntityDefinitions"), METHOD_DELETE, STR_INIT("prvDeleteEntity") },
		{ STR_INIT("RelationshipDefinitions"), METHOD_POST,
		  STR_INIT("prvCreateRelationship") },
		{ STR_INIT("RelationshipDefinitions"), METHOD_PUT,
		  STR_INIT("prvWriteRelationship") },
		{ STR_INIT("RelationshipDefinitions"), METHOD_DELETE,
		  STR_INIT("prvDeleteRelationship") },
		{ STR_INIT("CreateCustomerRelationships"), METHOD_POST,
		  STR_INIT("prvCreateRelationship") },
		{ STR_INIT("GlobalOptionSetDefinitions"), METHOD_POST,
		  STR_INIT("prvCreateOptionSet") },
		{ STR_INIT("GlobalOptionSetDefinitions"), METHOD_PUT,
		  STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("GlobalOptionSetDefinitions"), METHOD_DELETE,
		  STR_INIT("prvDeleteOptionSet") },
		{ STR_INIT("InsertOptionValue"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("UpdateOptionValue"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("DeleteOptionValue"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("InsertStatusValue"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("UpdateStateValue"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("OrderOption"), METHOD_POST, STR_INIT("prvWriteOptionSet") },
		{ STR_INIT("SetAutoNumberSeed"), METHOD_POST, STR_INIT("prvWriteEntity") },
		{ STR_INIT("PublishXml"), METHOD_POST, STR_INIT("prvPublishCustomization") },
		{ STR_INIT("PublishAllXml"), METHOD_POST, STR_INIT("prvPublishCustomization") },
		{ STR_INIT("BulkDelete"), METHOD_POST, STR_INIT("prvBulkDelete") },
		{ STR_INIT("msdyn_SaveCalendar"), METHOD_POST, STR_INIT("prvWriteCalendar") },
		{ STR_INIT("msdyn_DeleteCalendar"), METHOD_POST, STR_INIT("prvWriteCalendar") },
		{ STR_INIT("msdyn_BusinessClosureSave"), METHOD_POST,
		  STR_INIT("prvWriteCalendar") },
		{ STR_INIT("msdyn_BusinessClosureDelete"), METHOD_POST,
		  STR_INIT("prvWriteCalendar") },
		{ STR_INIT("msdyn_LoadCalendars"), METHOD_POST, STR_INIT("prvReadCalendar") },
	};

	for (size_t i = 0; c->url.nsegments > 0 && i < COUNT_OF(demands); i++) {
		if (demands[i].method == c->request->method &&
		    str_eq(demands[i].segment, c->url.segments[0].name))
			return demands[i].privilege;
	}
	return S("");
}

/* all together */

static bool admit_both(struct call *c, struct guid caller, struct access **out, struct err *e)
{
	struct store *s = c->store;
	bool delegated = !guid_eq(caller, s->caller);
	struct actor actors[2] = { 0 };
	bool may = true;

	*out = NULL;
	if (!admit(c, s->caller, &actors[0], e))
		return false;
	if (delegated && !access_has(s, c->arena, &actors[0], ACT_ON_BEHALF, &may, e))
		return false;
	if (!may)
		return err_set_code(e, ERR_FORBIDDEN, CODE_ON_BEHALF,
				    "the user %.*s does not have the privilege %.*s: requests on "
				    "behalf of others are refused",
				    STR_ARG(guid_text(c->arena, s->caller)),
				    STR_ARG(ACT_ON_BEHALF));
	if (delegated && !admit(c, caller, &actors[1], e))
		return false;
	if (!actors[0].everything || (delegated && !actors[1].everything))
		*out = access_new(s, c->arena, actors, delegated ? 2 : 1);
	return true;
}

static bool check_demands(struct call *c, const struct subjects *subjects, struct err *e)
{
	struct str demanded = demanded_privilege(c);

	return may_bypass(c->store, subjects, e) &&
	       (demanded.n == 0 || access_privilege(c->store, demanded, e));
}

bool identity_assume(struct call *c, struct identity *was, struct err *e)
{
	struct store *s = c->store;
	struct subjects subjects = read_subjects(c);
	struct identity before = { s->caller, s->delegate, s->access };
	struct access *access;
	struct guid caller;

	*was = before;
	if (!subjects.any && guid_eq(s->caller, s->admin))
		return true;
	if (!check_bypass(&subjects, e) || !find_caller(c, &subjects, &caller, e) ||
	    !admit_both(c, caller, &access, e))
		return false;
	s->delegate = guid_eq(caller, before.caller) ? (struct guid){ 0 } : before.caller;
	s->caller = caller;
	s->access = access;
	if (!access || check_demands(c, &subjects, e))
		return true;
	identity_return(s, &before);
	return false;
}

void identity_return(struct store *s, const struct identity *was)
{
	s->caller = was->caller;
	s->delegate = was->delegate;
	s->access = was->access;
}
