/* SPDX-License-Identifier: MIT */
/*
 * The values of a tree and those of its text come in the same order; so a value is found by its number. The
 * text was parsed before: nothing is checked here.
 */
#include "io/json_line.h"

#include "base/banned.h"

/* True when `value` was found; *number is then that of it, else of all below `v`. */
static bool find(const struct json *v, const struct json *value, size_t *number)
{
	if (v == value)
		return true;
	if (v->kind != JSON_ARRAY && v->kind != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < v->n; i++) {
		++*number;
		if (find(v->kind == JSON_ARRAY ? &v->items[i] : &v->members[i].value, value,
			 number))
			return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_string(struct str s, size_t at)
{
	for (at++; at < s.n && s.p[at] != '"'; at++)
		at += s.p[at] == '\\';
	return at + 1;
}

static size_t skip_word(struct str s, size_t at)
{
	while (at < s.n && !is_blank(s.p[at]) && str_find_char(S(",]}"), s.p[at]) == STR_NONE)
		at++;
	return at;
}

/* Behind the token at *at; true when a value begins there, and no name or sign. */
static bool pass_token(struct str s, size_t *at)
{
	char c = s.p[*at];

	if (c == '"') {
		*at = skip_string(s, *at);
		while (*at < s.n && is_blank(s.p[*at]))
			++*at;
		return *at >= s.n || s.p[*at] != ':';
	}
	if (c == '{' || c == '[') {
		++*at;
		return true;
	}
	if (is_blank(c) || str_find_char(S(",:]}"), c) != STR_NONE) {
		++*at;
		return false;
	}
	*at = skip_word(s, *at);
	return true;
}

size_t json_line(struct str text, const struct json *root, const struct json *value)
{
	size_t number = 0;
	size_t line = 1;
	size_t start = 0;

	if (!find(root, value, &number))
		return 0;
	for (size_t at = 0; at < text.n;) {
		start = at;
		if (pass_token(text, &at) && number-- == 0)
			break;
	}
	for (size_t i = 0; i < start; i++)
		line += text.p[i] == '\n';
	return line;
}
