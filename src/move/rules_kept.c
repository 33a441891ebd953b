/* SPDX-License-Identifier: MIT */
/*
 * The rules as one JSON text in the run's header: {"cmt":false,"match":[{"table","columns"}],"adopt":[{"table","name"}]}
 */
#include "move/rules_kept.h"

#include "base/sink.h"
#include "io/json.h"

#include "base/banned.h"

#define RULES "match rules"

static void put_match(struct json_writer *w, const struct decisions *d)
{
	json_key(w, S("match"));
	json_array(w);
	for (size_t i = 0; i < d->nmatch; i++) {
		json_object(w);
		json_text_member(w, S("table"), d->match[i].table);
		json_key(w, S("columns"));
		json_array(w);
		for (size_t k = 0; k < d->match[i].n; k++)
			json_str(w, d->match[i].columns[k]);
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void put_adopt(struct json_writer *w, const struct decisions *d)
{
	json_key(w, S("adopt"));
	json_array(w);
	for (size_t i = 0; i < d->nadopt; i++) {
		json_object(w);
		json_text_member(w, S("table"), d->adopt[i].table);
		json_text_member(w, S("name"), d->adopt[i].name);
		json_object_end(w);
	}
	json_array_end(w);
}

bool rules_keep(struct job *j, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("cmt"));
	json_bool(&w, j->decisions.match_cmt);
	put_match(&w, &j->decisions);
	put_adopt(&w, &j->decisions);
	json_object_end(&w);
	return json_writer_finish(&w, e) && run_set_header(j->run, S(RULES), buf_str(&text), e);
}

static size_t items_of(const struct json *o, struct str name)
{
	const struct json *list = json_get(o, name);

	return list && list->kind == JSON_ARRAY ? list->n : 0;
}

static void get_match(struct job *j, const struct json *o)
{
	size_t n = items_of(o, S("match"));
	struct match_rule *rules = arena_array(j->arena, struct match_rule, n);

	for (size_t i = 0; i < n; i++) {
		const struct json *item = &json_get(o, S("match"))->items[i];
		struct match_rule *rule = &rules[i];

		rule->table = json_text(item, S("table"));
		rule->n = items_of(item, S("columns"));
		rule->columns = arena_array(j->arena, struct str, rule->n);
		for (size_t k = 0; k < rule->n; k++)
			rule->columns[k] = json_get(item, S("columns"))->items[k].text;
	}
	j->decisions.match = rules;
	j->decisions.nmatch = n;
}

static void get_adopt(struct job *j, const struct json *o)
{
	size_t n = items_of(o, S("adopt"));
	struct adopt_rule *rules = arena_array(j->arena, struct adopt_rule, n);

	for (size_t i = 0; i < n; i++) {
		const struct json *item = &json_get(o, S("adopt"))->items[i];

		rules[i].table = json_text(item, S("table"));
		rules[i].name = json_text(item, S("name"));
	}
	j->decisions.adopt = rules;
	j->decisions.nadopt = n;
}

bool rules_restore(struct job *j, struct err *e)
{
	struct str text;
	struct json o;
	bool found;

	if (!run_get_header(j->run, j->arena, S(RULES), &text, &found, e))
		return false;
	if (!found)
		return true;
	if (!json_parse(j->arena, text, "the run's " RULES, &o, e))
		return false;
	j->decisions.match_cmt = json_flag(&o, S("cmt"));
	get_match(j, &o);
	get_adopt(j, &o);
	return true;
}
