/* SPDX-License-Identifier: MIT */
/*
 * Rule sets (facts/routing.md d.5): the definition is checked when it is written, and what it refers to is written
 * down from what there is at that moment.
 */
#include "org/behaviour_parts.h"

#include "base/vec.h"
#include "io/json.h"
#include "org/crud.h"
#include "org/rule_definition.h"

#include "base/banned.h"

#define DEFINITION "msdyn_rulesetdefinition"
#define MAPPING "msdyn_rulesetdependencymapping"
#define CONTEXT "liveworkitemcontext."

/* validation */

struct contracts {
	struct contract_variable *p[2];
	size_t n[2];
};

enum { VALID_BY_CONTRACT, VALID_XML };

static bool read_contract(const struct happening *h, struct str lookup,
			  struct contract_variable **out, size_t *n, struct err *e)
{
	const struct table *t;
	struct value contract, text;
	struct err broken;
	struct guid id;

	*n = 0;
	if (!happening_value(h, lookup, &contract, e) ||
	    !store_table(h->s, S("msdyn_decisioncontract"), &t, e))
		return false;
	if (!t || contract.kind != VALUE_REF || !guid_parse(contract.text, &id))
		return true;
	if (!row_read(h->s, h->a, t, id, S("msdyn_contractdefinition"), &text, e))
		return false;
	/* a contract that says nothing forbids nothing */
	if (text.kind != VALUE_TEXT || text.text.n == 0 ||
	    !contract_variables(h->a, text.text, "contract", out, n, &broken))
		*n = 0;
	return true;
}

/* Whether contracts know the key before the point, and among its variables the rest. */
static bool is_declared(const struct contracts *c, struct str attribute)
{
	size_t point = str_find_char(attribute, '.');
	bool known = false;

	if (point == STR_NONE)
		return true;

	struct str complex = str_sub(attribute, 0, point);
	struct str name = str_skip(attribute, point + 1);

	for (size_t i = 0; i < COUNT_OF(c->p); i++) {
		for (size_t j = 0; j < c->n[i]; j++) {
			if (!str_eq(c->p[i][j].complex, complex))
				continue;
			if (str_eq(c->p[i][j].name, name))
				return true;
			known = true;
		}
	}
	return !known;
}

static bool check_contract(const struct happening *h, const struct rule_text *texts, size_t n,
			   struct err *e)
{
	struct contracts c = { 0 };

	if (!read_contract(h, S("msdyn_inputcontractid"), &c.p[0], &c.n[0], e) ||
	    !read_contract(h, S("msdyn_outputcontractid"), &c.p[1], &c.n[1], e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (texts[i].condition && str_eq(texts[i].element, S("lhs")) &&
		    !is_declared(&c, texts[i].text))
			return happening_refuse(
				e,
				"rule \"%.*s\" asks for %.*s, which the contract of the rule "
				"set does not declare",
				STR_ARG(str_sub(texts[i].rule_name, 0, 100)),
				STR_ARG(str_sub(texts[i].text, 0, 200)));
	}
	return true;
}

static bool parse_definition(const struct happening *h, struct str text, struct rule_text **out,
			     size_t *n, struct err *e)
{
	struct json ignored;
	struct err broken;

	*n = 0;
	if (str_starts(str_trim(text), S("{")))
		return json_parse(h->a, text, DEFINITION, &ignored, &broken) ||
		       happening_refuse(e, "the definition of the rule set is no JSON: %.300s",
					broken.msg);
	return rule_texts(h->a, text, DEFINITION, out, n, &broken) ||
	       happening_refuse(e, "the definition of the rule set is not valid: %.300s",
				broken.msg);
}

bool act_rules_valid(struct happening *h, struct err *e)
{
	const struct value *told = happening_told(h, S(DEFINITION));
	struct rule_text *texts = NULL;
	size_t n;

	if (!told || str_trim(told->text).n == 0)
		return true;
	if (!parse_definition(h, told->text, &texts, &n, e))
		return false;
	return h->variant == VALID_XML || check_contract(h, texts, n, e);
}

/* dependency mappings */

struct mapping {
	struct guid id; /* of a row that exists */
	struct str rule_id, rule_name;
	struct str table;
	struct guid to;
	bool wanted;
};

struct mappings {
	VEC(struct mapping) p;
	const struct happening *h;
};

static struct mapping *find_mapping(struct mappings *m, struct str rule_id, struct guid to)
{
	for (size_t i = 0; i < m->p.n; i++) {
		if (guid_eq(m->p.p[i].to, to) && str_eq(m->p.p[i].rule_id, rule_id))
			return &m->p.p[i];
	}
	return NULL;
}

static void want(struct mappings *m, const struct rule_text *t, struct str table, struct guid to)
{
	struct mapping *known = find_mapping(m, t->rule_id, to);

	if (!known) {
		known = VEC_PUSH(m->h->a, &m->p);
		*known = (struct mapping){
			.rule_id = t->rule_id, .rule_name = t->rule_name, .table = table, .to = to
		};
	}
	known->wanted = true;
}

/* Rows that the text names by id. */
static bool want_ids(struct mappings *m, const struct rule_text *t, struct err *e)
{
	static const struct str tables[] = {
		STR_INIT("queue"),
		STR_INIT("msdyn_overflowactionconfig"),
		STR_INIT("msdyn_decisionruleset"),
		STR_INIT("msdyn_capacityprofile"),
		STR_INIT("characteristic"),
		STR_INIT("ratingvalue"),
		STR_INIT("msdyn_liveworkstream"),
	};
	size_t pos = 0, at;
	struct guid id;

	while (guid_scan(t->text, &pos, &at, &id)) {
		for (size_t i = 0; i < COUNT_OF(tables); i++) {
			const struct table *table;
			bool there = false;

			if (!store_table(m->h->s, tables[i], &table, e) ||
			    (table && !crud_exists(m->h->s, table, id, &there, e)))
				return false;
			if (!there)
				continue;
			want(m, t, tables[i], id);
			break;
		}
	}
	return true;
}

/* {"name": "Billing", ...}: a skill. */
static bool want_skill(struct mappings *m, const struct rule_text *t, struct err *e)
{
	struct str table = S("characteristic");
	struct found skills;
	struct json tree;
	struct err broken;

	if (!str_starts(t->text, S("{")) ||
	    !json_parse(m->h->a, t->text, "skill", &tree, &broken) || tree.kind != JSON_OBJECT)
		return true;

	struct str name = json_text(&tree, S("name"));
	const struct condition_value by_name = { S("name"), name, false };

	if (name.n == 0)
		return true;
	if (!find_rows(m->h, table, &by_name, 1, &skills, e))
		return false;
	if (skills.n > 0)
		want(m, t, table, skills.ids[0]);
	return true;
}

/* liveworkitemcontext.Topic: a variable of the workstream whose contract the rules read. */
static bool want_variable(struct mappings *m, const struct rule_text *t,
			  const struct found *streams, struct err *e)
{
	struct str table = S("msdyn_ocliveworkstreamcontextvariable");

	if (!str_starts(t->text, S(CONTEXT)))
		return true;
	for (size_t i = 0; i < streams->n; i++) {
		const struct condition_value by_name[] = {
			{ S("msdyn_liveworkstreamid"), guid_text(m->h->a, streams->ids[i]), false },
			{ S("msdyn_name"), str_skip(t->text, S(CONTEXT).n), false },
		};
		struct found variables;

		if (!find_rows(m->h, table, by_name, COUNT_OF(by_name), &variables, e))
			return false;
		if (variables.n > 0)
			want(m, t, table, variables.ids[0]);
	}
	return true;
}

static bool find_streams(const struct happening *h, struct found *out, struct err *e)
{
	struct value contract;

	*out = (struct found){ 0 };
	if (!happening_value(h, S("msdyn_inputcontractid"), &contract, e))
		return false;
	if (contract.kind != VALUE_REF)
		return true;

	const struct condition_value by_contract = { S("msdyn_routingcontractid"), contract.text,
						     false };

	return find_rows(h, S("msdyn_liveworkstream"), &by_contract, 1, out, e);
}

static bool load_mappings(struct mappings *m, struct err *e)
{
	const struct happening *h = m->h;
	const struct condition_value of = { S("msdyn_referencingrulesetid"), guid_text(h->a, h->id),
					    false };
	const struct table *t;
	struct found rows;

	if (!find_rows(h, S(MAPPING), &of, 1, &rows, e) || !store_table(h->s, S(MAPPING), &t, e))
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		struct value rule, to;
		struct mapping *known;

		if (!row_read(h->s, h->a, t, rows.ids[i], S("msdyn_referencingruleid"), &rule, e) ||
		    !row_read(h->s, h->a, t, rows.ids[i], S("msdyn_referencedpolymorphicentityid"),
			      &to, e))
			return false;
		known = VEC_PUSH(h->a, &m->p);
		known->id = rows.ids[i];
		known->rule_id = rule.kind == VALUE_TEXT ? rule.text : S("");
		if (to.kind == VALUE_REF && !guid_parse(to.text, &known->to))
			known->to = (struct guid){ 0 };
	}
	return true;
}

static bool make_mapping(const struct happening *h, const struct mapping *m, struct err *e)
{
	struct str to = guid_text(h->a, m->to);
	struct draft d;
	struct guid id;

	if (!draft_begin(h, S(MAPPING), &d, e))
		return false;
	draft_put(&d, S("msdyn_name"),
		  value_text(str_fmt(h->a, "%.*s %.*s", STR_ARG(m->table), STR_ARG(to))));
	draft_put(&d, S("msdyn_referencingrulesetid"),
		  value_to(h->a, S("msdyn_decisionruleset"), h->id));
	draft_put(&d, S("msdyn_referencingruleid"), value_text(str_sub(m->rule_id, 0, 100)));
	draft_put(&d, S("msdyn_referencedpolymorphicentityid"), value_to(h->a, m->table, m->to));
	draft_put(&d, S("msdyn_referencedpolymorphiclogicalname"), value_text(m->table));
	return draft_create(h, &d, &id, e);
}

static bool settle_mappings(const struct mappings *m, struct err *e)
{
	const struct happening *h = m->h;
	const struct table *t;

	if (!store_table(h->s, S(MAPPING), &t, e))
		return false;
	for (size_t i = 0; i < m->p.n; i++) {
		const struct mapping *p = &m->p.p[i];
		bool exists = !guid_is_null(p->id);

		if (p->wanted && !exists && !make_mapping(h, p, e))
			return false;
		if (!p->wanted && exists &&
		    !crud_delete(h->s, h->a, t, p->id, CRUD_IF_EXISTS, 0, e))
			return false;
	}
	return true;
}

bool act_rules_mapping(struct happening *h, struct err *e)
{
	struct mappings m = { .h = h };
	struct rule_text *texts = NULL;
	struct found streams;
	struct err broken;
	size_t n = 0;

	if (!happening_tells(h, S(DEFINITION)))
		return true;
	if (!load_mappings(&m, e) || !find_streams(h, &streams, e))
		return false;

	const struct value *told = happening_told(h, S(DEFINITION));

	/* a definition that is none, and may be written, refers to nothing */
	if (told && !rule_texts(h->a, told->text, DEFINITION, &texts, &n, &broken))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!want_ids(&m, &texts[i], e) || !want_skill(&m, &texts[i], e) ||
		    !want_variable(&m, &texts[i], &streams, e))
			return false;
	}
	return settle_mappings(&m, e);
}
