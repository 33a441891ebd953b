/* SPDX-License-Identifier: MIT */
/*
 * $metadata as a client's generator reads it: every type that is named is there, lookups tell their column,
 * both ends of a relationship know each other.
 */
#include "served.h"

#include "base/map.h"
#include "base/vec.h"
#include "io/xml.h"

/* One start tag with what it stands in. */
struct element {
	struct str name;
	struct str type; /* the entity type around it */
	struct xml_attr *attrs;
	size_t n;
};

struct document {
	VEC(struct element) elements;
	struct map types; /* of any kind, without the namespace */
};

static struct str attr_of(const struct element *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++) {
		if (str_eq(e->attrs[i].name, str_from(name)))
			return e->attrs[i].value;
	}
	return S("");
}

static void keep(struct served *s, struct document *d, const struct xml_event *ev, struct str *type)
{
	struct element *e = VEC_PUSH(&s->arena, &d->elements);
	uint32_t one = 1;

	e->name = str_dup(&s->arena, ev->name);
	e->n = ev->nattrs;
	e->attrs = arena_array(&s->arena, struct xml_attr, ev->nattrs);
	for (size_t i = 0; i < ev->nattrs; i++) {
		e->attrs[i].name = str_dup(&s->arena, ev->attrs[i].name);
		e->attrs[i].value = str_dup(&s->arena, ev->attrs[i].value);
	}
	if (str_ends(e->name, S("Type")) && attr_of(e, "Name").n > 0) {
		*type = attr_of(e, "Name");
		assert_true(map_put(&d->types, *type, &one));
	}
	e->type = *type;
}

static struct document read_document(struct served *s, const char *target)
{
	struct document d = { .types = map_make(&s->arena) };
	DEFER(xml_close) struct xml *x = NULL;
	struct str_source source;
	struct xml_event ev;
	struct str type = S("");

	expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
	assert_string_equal(answer_header(s, "Content-Type"), "application/xml");
	source = str_source_make(s->answer.body);
	served_must(s, xml_open(&x, &s->arena, &source.source, "$metadata", &s->e));
	for (;;) {
		served_must(s, xml_next(x, &ev, &s->e));
		if (ev.kind == XML_END)
			return d;
		if (ev.kind == XML_OPEN)
			keep(s, &d, &ev, &type);
	}
}

static const struct element *find(const struct document *d, const char *element, const char *type,
				  const char *name)
{
	for (size_t i = 0; i < d->elements.n; i++) {
		const struct element *e = &d->elements.p[i];

		if (str_eq(e->name, str_from(element)) &&
		    str_eq(attr_of(e, "Name"), str_from(name)) &&
		    (!type || str_eq(e->type, str_from(type))))
			return e;
	}
	fail_msg("no %s %s in %s", element, name, type ? type : "the document");
	return NULL;
}

static void expect_attr(const struct element *e, const char *name, const char *value)
{
	struct str got = attr_of(e, name);

	if (!str_eq(got, str_from(value)))
		fail_msg("%.*s: %s is %.*s instead of %s", STR_ARG(attr_of(e, "Name")), name,
			 STR_ARG(got), value);
}

static void every_type_that_is_named_is_there(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	size_t navigations = 0;

	for (size_t i = 0; i < d.elements.n; i++) {
		const struct element *e = &d.elements.p[i];
		struct str type =
			attr_of(e, str_eq(e->name, S("EntityType")) ? "BaseType" : "Type");
		uint32_t one;

		navigations += str_eq(e->name, S("NavigationProperty"));
		if (str_starts(type, S("Collection(")))
			type = str_sub(type, 11, type.n - 12);
		if (str_starts(type, S("mscrm.")) && !map_get(&d.types, str_skip(type, 6), &one))
			fail_msg("%.*s in %.*s is of type %.*s", STR_ARG(attr_of(e, "Name")),
				 STR_ARG(e->type), STR_ARG(type));
	}
	assert_true(navigations > 500);
}

static void both_ends_of_a_relationship_know_each_other(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	struct map ends = map_make(&s->arena);
	uint32_t at = 0;

	for (size_t i = 0; i < d.elements.n; i++) {
		const struct element *e = &d.elements.p[i];
		struct str name = str_fmt(&s->arena, "%.*s/%.*s", STR_ARG(e->type),
					  STR_ARG(attr_of(e, "Name")));

		/* no name comes twice in a type */
		if (str_eq(e->name, S("NavigationProperty")) || str_eq(e->name, S("Property")))
			assert_true(map_put(&ends, name, &at));
	}
	for (size_t i = 0; i < d.elements.n; i++) {
		const struct element *e = &d.elements.p[i];
		struct str type = attr_of(e, "Type");
		struct str partner = attr_of(e, "Partner");

		if (!str_eq(e->name, S("NavigationProperty")) || partner.n == 0)
			continue;
		if (str_starts(type, S("Collection(")))
			type = str_sub(type, 11, type.n - 12);

		const struct element *other =
			find(&d, "NavigationProperty", str_cstr(&s->arena, str_skip(type, 6)),
			     str_cstr(&s->arena, partner));

		expect_attr(other, "Partner", str_cstr(&s->arena, attr_of(e, "Name")));
	}
}

static void the_column_of_a_lookup_is_a_property(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	const struct element *nav;

	for (size_t i = 0; i < d.elements.n; i++) {
		const struct element *e = &d.elements.p[i];

		if (str_eq(e->name, S("ReferentialConstraint")))
			(void)find(&d, "Property", str_cstr(&s->arena, e->type),
				   str_cstr(&s->arena, attr_of(e, "Property")));
	}
	nav = find(&d, "NavigationProperty", "team", "organizationid_organization");
	expect_attr(&nav[1], "Property", "organizationid");
	/* the ids in an intersect table are properties, and no ways to the rows */
	(void)find(&d, "Property", "queuemembership", "queueid");
	for (size_t i = 0; i < d.elements.n; i++)
		assert_false(str_eq(d.elements.p[i].type, S("queuemembership")) &&
			     str_eq(d.elements.p[i].name, S("NavigationProperty")));
}

static void properties_have_the_platforms_types(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");

	expect_attr(find(&d, "Property", "account", "name"), "Type", "Edm.String");
	expect_attr(find(&d, "Property", "account", "name"), "Unicode", "false");
	expect_attr(find(&d, "Property", "account", "revenue"), "Type", "Edm.Decimal");
	expect_attr(find(&d, "Property", "account", "revenue"), "Scale", "Variable");
	expect_attr(find(&d, "Property", "account", "statecode"), "Type", "Edm.Int32");
	expect_attr(find(&d, "Property", "account", "creditonhold"), "Type", "Edm.Boolean");
	expect_attr(find(&d, "Property", "account", "createdon"), "Type", "Edm.DateTimeOffset");
	expect_attr(find(&d, "Property", "contact", "birthdate"), "Type", "Edm.Date");
	expect_attr(find(&d, "Property", "account", "address1_latitude"), "Type", "Edm.Double");
	expect_attr(find(&d, "Property", "account", "versionnumber"), "Type", "Edm.Int64");
	expect_attr(find(&d, "Property", "account", "accountid"), "Type", "Edm.Guid");
	expect_attr(find(&d, "Property", "account", "_primarycontactid_value"), "Type", "Edm.Guid");
}

static void lookups_and_collections_are_navigation_properties(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	const struct element *nav = find(&d, "NavigationProperty", "account", "primarycontactid");

	expect_attr(nav, "Type", "mscrm.contact");
	expect_attr(nav, "Partner", "account_primary_contact");
	expect_attr(nav, "Nullable", "false");
	assert_true(str_eq(nav[1].name, S("ReferentialConstraint")));
	expect_attr(&nav[1], "Property", "_primarycontactid_value");
	expect_attr(&nav[1], "ReferencedProperty", "contactid");

	nav = find(&d, "NavigationProperty", "contact", "parentcustomerid_account");
	expect_attr(nav, "Type", "mscrm.account");
	nav = find(&d, "NavigationProperty", "account", "contact_customer_accounts");
	expect_attr(nav, "Type", "Collection(mscrm.contact)");
	expect_attr(nav, "Partner", "parentcustomerid_account");
	nav = find(&d, "NavigationProperty", "queue", "queuemembership_association");
	expect_attr(nav, "Type", "Collection(mscrm.systemuser)");
	expect_attr(nav, "Partner", "queuemembership_association");
}

static void users_and_teams_are_principals(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	const struct element *nav = find(&d, "NavigationProperty", "account", "ownerid");

	expect_attr(nav, "Type", "mscrm.principal");
	expect_attr(&nav[1], "ReferencedProperty", "ownerid");
	expect_attr(find(&d, "EntityType", NULL, "systemuser"), "BaseType", "mscrm.principal");
	expect_attr(find(&d, "EntityType", NULL, "team"), "BaseType", "mscrm.principal");
	expect_attr(find(&d, "Property", "principal", "ownerid"), "Type", "Edm.Guid");
	expect_attr(find(&d, "NavigationProperty", "principal", "owner_accounts"), "Type",
		    "Collection(mscrm.account)");
}

static void the_container_has_sets_and_functions(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata");
	bool bound = false;

	expect_attr(find(&d, "EntitySet", NULL, "accounts"), "EntityType",
		    "Microsoft.Dynamics.CRM.account");
	expect_attr(find(&d, "FunctionImport", NULL, "WhoAmI"), "Function",
		    "Microsoft.Dynamics.CRM.WhoAmI");
	(void)find(&d, "Function", NULL, "WhoAmI");
	(void)find(&d, "Property", "WhoAmIResponse", "BusinessUnitId");
	for (size_t i = 0; i < d.elements.n; i++) {
		const struct element *e = &d.elements.p[i];

		bound = bound || (str_eq(e->name, S("NavigationPropertyBinding")) &&
				  str_eq(attr_of(e, "Path"), S("primarycontactid")) &&
				  str_eq(attr_of(e, "Target"), S("contacts")));
	}
	assert_true(bound);
}

static void annotations_tell_what_is_read_only(void **state)
{
	struct served *s = *state;
	struct document d = read_document(s, "$metadata?annotations=true");
	const struct element *created = find(&d, "Property", "account", "createdon");
	const struct element *name = find(&d, "Property", "account", "name");

	expect_attr(&name[1], "Term", "Org.OData.Core.V1.Description");
	assert_true(str_eq(name[2].name, S("Property")));
	expect_attr(&created[1], "Term", "Org.OData.Core.V1.Description");
	expect_attr(&created[2], "Term", "Org.OData.Core.V1.Computed");
	expect_attr(&created[3], "Term", "Org.OData.Core.V1.Permissions");
	assert_true(str_eq(created[4].name, S("EnumMember")));

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	d = read_document(s, "$metadata");
	expect_attr(find(&d, "Property", "account", "name") + 1, "Term",
		    "Org.OData.Core.V1.Description");
	d = read_document(s, "$metadata");
	assert_true(str_eq(find(&d, "Property", "account", "name")[1].name, S("Property")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_that_is_named_is_there),
		cmocka_unit_test(both_ends_of_a_relationship_know_each_other),
		cmocka_unit_test(the_column_of_a_lookup_is_a_property),
		cmocka_unit_test(properties_have_the_platforms_types),
		cmocka_unit_test(lookups_and_collections_are_navigation_properties),
		cmocka_unit_test(users_and_teams_are_principals),
		cmocka_unit_test(the_container_has_sets_and_functions),
		cmocka_unit_test(annotations_tell_what_is_read_only),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}
