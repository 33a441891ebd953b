/* SPDX-License-Identifier: MIT */
/*
 * Lists of parties: as text, in data.xml, and on the wire.
 */
#include "dv/party.h"

#include "base/file.h"
#include "base/limits.h"
#include "dv/odata_parties.h"
#include "dv/party_cmt.h"

#include "shared.h"

#define A "0f8fad5b-d9cb-469f-a165-70867728950e"
#define B "7c9e6679-7425-40de-944b-e07fc1f90ae7"
#define MAIL "1c9e6679-7425-40de-944b-e07fc1f90ae7"

static struct party row(const char *table, const char *id, const char *name)
{
	return (struct party){ .table = str_from(table),
			       .id = str_from(id),
			       .name = str_from(name),
			       .address = S("told@by.the.row") };
}

static void a_list_is_sorted_and_has_each_party_once(void **state)
{
	struct arena a = arena_make(0);
	struct party parties[] = { row("systemuser", A, "z"),
				   row("contact", B, "b"),
				   { .address = S("x@example.com") },
				   row("contact", A, "a\tb"),
				   row("contact", B, "b again") };
	struct str list = party_list(&a, parties, COUNT_OF(parties));
	struct party p;

	(void)state;
	assert_true(party_next(&list, &p));
	expect_str(p.address, "x@example.com");
	assert_int_equal(p.id.n, 0);
	assert_true(party_next(&list, &p));
	expect_str(p.table, "contact");
	expect_str(p.id, A);
	expect_str(p.name, "a b");
	assert_int_equal(p.address.n, 0); /* of a row that is the row's own matter */
	assert_true(party_next(&list, &p));
	expect_str(p.id, B);
	assert_true(party_next(&list, &p));
	expect_str(p.table, "systemuser");
	assert_false(party_next(&list, &p));
	arena_release(&a);
}

static void lists_are_equal_when_the_same_take_part(void **state)
{
	struct arena a = arena_make(0);
	struct party one[] = { row("contact", A, "a"), row("contact", B, "b") };
	struct party other[] = { row("contact", B, "another name"), row("contact", A, "") };
	struct party less[] = { row("contact", A, "a") };
	struct party stranger[] = { row("account", A, "a"), row("contact", B, "b") };
	struct str list = party_list(&a, one, 2);

	(void)state;
	other[0].more = S("donotemail=1\tactivitypartyid=" MAIL);
	assert_true(party_lists_equal(list, party_list(&a, other, 2)));
	assert_false(party_lists_equal(list, party_list(&a, less, 1)));
	assert_false(party_lists_equal(S(""), list));
	assert_false(party_lists_equal(list, party_list(&a, stranger, 2)));
	arena_release(&a);
}

/* Microsoft's ActivityParty.ParticipationTypeMask. */
static void columns_stand_for_kinds_of_participation(void **state)
{
	(void)state;
	assert_int_equal(party_mask(S("from")), 1);
	assert_int_equal(party_mask(S("to")), 2);
	assert_int_equal(party_mask(S("bcc")), 4);
	assert_int_equal(party_mask(S("requiredattendees")), 5);
	assert_int_equal(party_mask(S("organizer")), 7);
	assert_int_equal(party_mask(S("resources")), 10);
	assert_int_equal(party_mask(S("subject")), 0);
}

static void data_xml_has_one_element_per_party(void **state)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(xml_writer_release) struct xml_writer x = xml_writer_make(&sink.sink);
	struct arena a = arena_make(0);
	struct party p = row("contact", A, "Ann & Bob");
	struct err e;

	(void)state;
	p.more = S("ownerid=" B " systemuser\tdonotemail=0\taddressused=a@example.com\t"
		   "activitypartyid=" MAIL);
	x.line_end = x.indent = S("");
	assert_true(xml_write_open(&x, S("field"), &e));
	assert_true(party_cmt_write(&x, S(MAIL), 2, party_list(&a, &p, 1), &e));
	assert_true(xml_write_close(&x, S("field"), &e));
	assert_true(xml_write_flush(&x, &e));
	expect_str(buf_str(&out),
		   "<field><activitypointerrecords id=\"" MAIL "\">"
		   "<field name=\"partyid\" value=\"" A "\" lookupentity=\"contact\""
		   " lookupentityname=\"Ann &amp; Bob\" />"
		   "<field name=\"activityid\" value=\"" MAIL
		   "\" lookupentity=\"activitypointer\" />"
		   "<field name=\"ownerid\" value=\"" B "\" lookupentity=\"systemuser\" />"
		   "<field name=\"participationtypemask\" value=\"2\" />"
		   "<field name=\"donotemail\" value=\"False\" />"
		   "<field name=\"addressused\" value=\"a@example.com\" />"
		   "<field name=\"activitypartyid\" value=\"" MAIL "\" />"
		   "</activitypointerrecords></field>");
	arena_release(&a);
}

static struct table *table_at(struct arena *a, const char *path)
{
	struct table *t = arena_new(a, struct table);
	struct json json;
	struct str text;
	struct err e = { 0 };

	if (!file_read(a, path, LIMIT_PLAN_FILE, &text, &e) ||
	    !json_parse(a, text, path, &json, &e) || !table_from_facts(a, &json, path, t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static void the_wire_has_one_array_for_all_columns(void **state)
{
	struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct catalog catalog = catalog_make(&a);
	struct column to = { .name = S("to"), .type = COLUMN_PARTYLIST };
	struct column from = { .name = S("from"), .type = COLUMN_PARTYLIST };
	struct column cc = { .name = S("cc"), .type = COLUMN_PARTYLIST };
	struct column subject = { .name = S("subject"), .type = COLUMN_STRING };
	const struct column *columns[] = { &to, &subject, &from, &cc };
	struct party recipients[] = { row("contact", A, ""), { .address = S("x@example.com") } };
	struct party sender = row("systemuser", B, "");
	struct value values[] = {
		{ .kind = VALUE_TEXT, .text = party_list(&a, recipients, 2) },
		{ .kind = VALUE_TEXT, .text = S("s") },
		{ .kind = VALUE_TEXT, .text = party_list(&a, &sender, 1) },
		{ .kind = VALUE_NULL },
	};
	struct err e;

	(void)state;
	catalog_put(&catalog, table_at(&a, source_path("tests/tables/activityparty.json")));
	catalog_put(&catalog, table_at(&a, source_path("metadata/contact.json")));
	catalog_put(&catalog, table_at(&a, source_path("metadata/systemuser.json")));
	if (!odata_parties_write(&w, &catalog, columns, values, COUNT_OF(columns), &e) ||
	    !json_writer_finish(&w, &e))
		fail_msg("%s", e.msg);
	expect_str(buf_str(&out),
		   "[{\"addressused\":\"x@example.com\",\"participationtypemask\":2},"
		   "{\"partyid_contact@odata.bind\":\"/contacts(" A
		   ")\",\"participationtypemask\":2},"
		   "{\"partyid_systemuser@odata.bind\":\"/systemusers(" B
		   ")\",\"participationtypemask\":1}]");
	recipients[0] = row("msdyn_octag", A, "");
	values[0].text = party_list(&a, recipients, 1);
	assert_false(odata_parties_write(&w, &catalog, columns, values, 1, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "msdyn_octag"));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_sorted_and_has_each_party_once),
		cmocka_unit_test(lists_are_equal_when_the_same_take_part),
		cmocka_unit_test(columns_stand_for_kinds_of_participation),
		cmocka_unit_test(data_xml_has_one_element_per_party),
		cmocka_unit_test(the_wire_has_one_array_for_all_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
