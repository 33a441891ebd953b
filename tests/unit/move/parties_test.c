/* SPDX-License-Identifier: MIT */
/*
 * Party lists: who takes part in an activity, from a package into an organization, and what changes there later.
 */
#include "move/parties.h"

#include "engine.h"
#include "org/shape.h"

static void add_tables(struct engine *w)
{
	static const char *const names[] = { "activityparty", "email" };
	struct shape_source sources[COUNT_OF(names)];
	struct str *added;
	size_t n;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *path = str_fmt(&w->a, "%s/tests/tables/%s.json",
					   getenv("FERRY_SOURCE_ROOT"), names[i])
					   .p;

		sources[i].what = names[i];
		must(w, file_read(&w->a, path, LIMIT_PLAN_FILE, &sources[i].text, &w->e));
	}
	org_close(&w->org);
	must(w, shape_add(w->path, &w->a, sources, COUNT_OF(sources), false, &added, &n, &w->e));
	must(w, org_open(&w->org, &w->a, w->path, true, &w->e));
}

#define MAIL_WITH(fields) ENTITY("email", "activityid", TEXT("subject") fields)
#define MAIL MAIL_WITH(FIELD("to", "partylist") FIELD("from", "partylist"))
#define CONTACT ENTITY("contact", "contactid", TEXT("lastname"))
#define CONTACTS                                                                                   \
	ROWS("contact", ROW(ID("11"), IS("lastname", "a")) ROW(ID("12"), IS("lastname", "b"))      \
				ROW(ID("13"), IS("lastname", "c")))
#define PARTY(id)                                                                                  \
	"<activitypointerrecords id=\"" ID("99") "\">" REF("partyid", id, "contact", "somebody")   \
		IS("participationtypemask", "2") "</activitypointerrecords>"
#define ADDRESS(text)                                                                              \
	"<activitypointerrecords id=\"" ID("99") "\">" IS("addressused",                           \
							  text) "</activitypointerrecords>"
#define LIST(name, parties)                                                                        \
	"<field name=\"" name "\" value=\"\" lookupentity=\"\" lookupentityname=\"\">" parties     \
	"</field>"
#define MAILS(subject, lists) ROWS("email", ROW(ID("01"), IS("subject", subject) lists))
#define SHOW                                                                                       \
	"SELECT participationtypemask, partyidtype, substr(partyid, 35), activityidtype"           \
	" FROM activityparty ORDER BY 1, 3"

/* The mails come first in the package: their parties are created before them all the same. */
static void an_activity_is_created_with_its_parties_and_then_equal(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	for (int i = 0; i < 2; i++) {
		import(w, MAIL CONTACT,
		       MAILS("s", LIST("to", PARTY(ID("12")) PARTY(ID("11")) PARTY(ID("11")))
					  LIST("from", PARTY(ID("13")))) CONTACTS);
		succeeded(w);
		nothing_told(w);
		rows_are(w, "email", i == 0 ? "read 1: 1 created" : "read 1: 1 unchanged");
		target_has(w, SHOW, "1|contact|13|email|2|contact|11|email|2|contact|12|email");
	}
}

static bool is_replaced;

static bool look_for_put(struct engine *w, const struct request *r, struct err *e)
{
	(void)e;
	is_replaced = is_replaced || (w->batch && str_find(r->body, S("PUT ")) != STR_NONE);
	return true;
}

/* Copies that the package does not know stay: parties are replaced as a whole. */
static void changed_parties_are_replaced_and_the_others_stay(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	import(w, CONTACT, CONTACTS);
	have(w, "emails",
	     "{\"activityid\":\"" ID(
		     "01") "\",\"subject\":\"old\",\"email_activity_parties\":["
			   "{\"partyid_contact@odata.bind\":\"/contacts(" ID(
				   "11") ")\","
					 "\"participationtypemask\":2},"
					 "{\"partyid_contact@odata.bind\":\"/contacts(" ID(
						 "13") ")\","
						       "\"participationtypemask\":3}]}");
	is_replaced = false;
	w->before = look_for_put;
	import(w, MAIL, MAILS("old", LIST("to", PARTY(ID("12")))));
	succeeded(w);
	rows_are(w, "email", "read 1: 1 updated");
	assert_true(is_replaced);
	target_has(w, SHOW, "2|contact|12|email|3|contact|13|email");
	/* the subject and the parties at once */
	import(w, MAIL, MAILS("new", LIST("to", PARTY(ID("12")) PARTY(ID("11")))));
	succeeded(w);
	rows_are(w, "email", "read 1: 1 updated");
	target_has(w, SHOW, "2|contact|11|email|2|contact|12|email|3|contact|13|email");
	target_has(w, "SELECT subject FROM email", "new");
	/* only the subject: nobody is replaced */
	is_replaced = false;
	import(w, MAIL, MAILS("third", LIST("to", PARTY(ID("11")) PARTY(ID("12")))));
	succeeded(w);
	assert_false(is_replaced);
}

static void parties_follow_the_rows_that_stand_for_them(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	have(w, "contacts", "{\"contactid\":\"" ID("71") "\",\"lastname\":\"a\"}");
	import(w,
	       MAIL ENTITY("contact", "contactid",
			   "<field updateCompare=\"true\" name=\"lastname\" type=\"string\"/>"),
	       MAILS("s", LIST("to", PARTY(ID("11")) PARTY(ID("12")))) CONTACTS);
	succeeded(w);
	target_has(w, SHOW, "2|contact|12|email|2|contact|71|email");
}

static void a_party_that_is_nowhere_stops_the_run(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	import(w, MAIL, MAILS("s", LIST("to", PARTY(ID("11")))));
	stopped(w, ERR_CONFLICT, "unresolved");
	told(w, "error email " ID("01") " to", ID("11"));
}

static void an_address_that_the_target_does_not_take_is_told(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	import(w, MAIL CONTACT,
	       MAILS("s", LIST("to", PARTY(ID("11")) ADDRESS("x@example.com"))) CONTACTS);
	assert_true(w->ok);
	told(w, "warning email " ID("01") " to", "parties left out: 1");
	target_has(w, SHOW, "2|contact|11|email");
}

static void a_party_without_a_sensible_id_fails_its_row(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	import(w, MAIL, MAILS("s", LIST("to", PARTY("nobody"))));
	lost_something(w);
	told(w, "error email " ID("01") " to", "is not the id of a party");
	rows_are(w, "email", "read 1: 1 failed");
}

/* Somebody changes the parties right after they were written. */
static void lose_one(struct engine *w, struct response *out)
{
	(void)out;
	if (w->batch && w->count++ == 0)
		alter(w, "DELETE FROM activityparty WHERE partyid = '" ID("11") "'");
}

static void parties_are_verified_and_repaired(void **state)
{
	struct engine *w = *state;

	add_tables(w);
	import(w, CONTACT, CONTACTS);
	w->after = lose_one;
	import(w, MAIL, MAILS("s", LIST("to", PARTY(ID("12")) PARTY(ID("11")))));
	succeeded(w);
	target_has(w, SHOW, "2|contact|11|email|2|contact|12|email");
}

static void many_activities_keep_their_parties_apart(void **state)
{
	struct engine *w = *state;
	DEFER(buf_release) struct buf rows = buf_make(0);

	add_tables(w);
	for (unsigned i = 0; i < 500; i++) {
		buf_add_fmt(&rows, "<record id=\"b0000000-0000-4000-8000-%012u\">", i);
		buf_add_fmt(&rows, IS("subject", "m%u"), i);
		buf_add_fmt(&rows, LIST("to", PARTY("%s")), i % 2 ? ID("11") : ID("12"));
		buf_add(&rows, S("</record>"));
	}
	for (int i = 0; i < 2; i++) {
		import(w, MAIL CONTACT,
		       str_fmt(&w->a, ROWS("email", "%.*s") "%s", STR_ARG(buf_str(&rows)), CONTACTS)
			       .p);
		succeeded(w);
		rows_are(w, "email", i == 0 ? "read 500: 500 created" : "read 500: 500 unchanged");
	}
	target_has(
		w,
		"SELECT count(*), sum(substr(email.subject, 2) % 2 = (partyid = '" ID(
			"11") "'))"
			      " FROM activityparty JOIN email ON email.activityid = activityparty.activityid",
		"500|500");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(an_activity_is_created_with_its_parties_and_then_equal),
		WITH_ENGINE(changed_parties_are_replaced_and_the_others_stay),
		WITH_ENGINE(parties_follow_the_rows_that_stand_for_them),
		WITH_ENGINE(a_party_that_is_nowhere_stops_the_run),
		WITH_ENGINE(an_address_that_the_target_does_not_take_is_told),
		WITH_ENGINE(a_party_without_a_sensible_id_fails_its_row),
		WITH_ENGINE(parties_are_verified_and_repaired),
		WITH_ENGINE(many_activities_keep_their_parties_apart),
	};

	return RUN_ENGINE_TESTS(tests);
}
