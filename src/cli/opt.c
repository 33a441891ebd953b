/* SPDX-License-Identifier: MIT */
/*
 * Parses a command line by tables. Options and operands may be mixed. First the environment's variables are
 * applied, then the command line over them, then it is checked that nothing is missing.
 */
#include "cli/opt.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/nearest.h"

#include "base/banned.h"

struct parse {
	const struct syntax *syntax;
	char **argv;
	int argc;
	int next;
	size_t noperands; /* seen so far */
	char *values;
	bool *given; /* by number of option */
	bool only_operands;
	bool help;
};

#define OPTIONS_MAX 60

size_t opt_count(const struct syntax *s)
{
	return s->nopts + s->ncommon;
}

const struct opt *opt_at(const struct syntax *s, size_t i)
{
	return i < s->nopts ? &s->opts[i] : &s->common[i - s->nopts];
}

const char *opt_variable(const struct opt *o, char out[OPT_VARIABLE_SIZE])
{
	static const char prefix[] = "FERRY_";
	size_t n = sizeof(prefix) - 1;

	memcpy(out, prefix, n);
	for (const char *p = o->name; *p && n < OPT_VARIABLE_SIZE - 1; p++) {
		bool lower = *p >= 'a' && *p <= 'z';

		out[n++] = *p == '-' ? '_' : (char)(lower ? *p - 'a' + 'A' : *p);
	}
	out[n] = '\0';
	return out;
}

static bool is_word(const char *const *words, const char *value)
{
	for (; *words; words++) {
		if (strcmp(*words, value) == 0)
			return true;
	}
	return false;
}

/* The command line's first item takes the place of the variable's. */
static bool store_item(struct opt_list *list, const char *what, const char *value, struct err *e)
{
	if (list->variable)
		*list = (struct opt_list){ 0 };
	if (list->n == OPT_LIST_MAX)
		return err_set(e, ERR_USAGE, "%s is given more than %d times", what, OPT_LIST_MAX);
	list->items[list->n++] = value;
	return true;
}

/* `what` names the option or variable for messages. */
static bool wrong_word(const char *what, const char *const *words, const char *value, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(1024);

	for (size_t i = 0; words[i]; i++)
		buf_add_fmt(&list, "%s%s", i ? ", " : "", words[i]);
	return err_set(e, ERR_USAGE, "%s: \"%s\" is none of %.*s", what, value,
		       STR_ARG(buf_str(&list)));
}

static bool store_number(const struct opt *o, void *at, const char *what, const char *value,
			 struct err *e)
{
	uint64_t number = 0;

	if (o->kind == OPT_AUTO && strcmp(value, "auto") == 0) {
		*(unsigned *)at = 0;
		return true;
	}
	if (!str_parse_u64(str_from(value), &number))
		return err_set(e, ERR_USAGE, "%s: \"%s\" is not a whole number", what, value);
	if (o->kind == OPT_NUMBER) {
		*(struct opt_number *)at = (struct opt_number){ .given = true, .value = number };
		return true;
	}
	if (number < 1 || number > INT_MAX)
		return err_set(e, ERR_USAGE, "%s: \"%s\" is neither auto nor a number from 1 up",
			       what, value);
	*(unsigned *)at = (unsigned)number;
	return true;
}

static bool store(const struct parse *p, const struct opt *o, const char *what, const char *value,
		  struct err *e)
{
	void *at = p->values + o->offset;

	assert(value || o->kind == OPT_FLAG);
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)at = value != NULL;
		return true;
	case OPT_WORD:
		if (!is_word(o->words, value))
			return wrong_word(what, o->words, value, e);
		*(const char **)at = value;
		return true;
	case OPT_TEXT:
	case OPT_FILE:
	case OPT_ENVIRONMENT:
	case OPT_PROFILE:
		if (!*value)
			return err_set(e, ERR_USAGE, "%s: the value is empty", what);
		*(const char **)at = value;
		return true;
	case OPT_MAYBE:
		if (o->words && *value && !is_word(o->words, value))
			return wrong_word(what, o->words, value, e);
		*(const char **)at = value;
		return true;
	case OPT_LIST:
		if (!*value)
			return err_set(e, ERR_USAGE, "%s: the value is empty", what);
		return store_item(at, what, value, e);
	case OPT_NUMBER:
	case OPT_AUTO:
		return store_number(o, at, what, value, e);
	}
	return false;
}

/* A flag's variable: yes or no in the usual spellings. */
static bool flag_from(const char *variable, const char *value, bool *out, struct err *e)
{
	static const char *const yes[] = { "1", "true", "yes", "on", NULL };
	static const char *const no[] = { "0", "false", "no", "off", NULL };

	*out = is_word(yes, value);
	if (*out || is_word(no, value))
		return true;
	return err_set(e, ERR_USAGE, "the variable %s: \"%s\" is neither 1 nor 0", variable, value);
}

static bool from_environment(struct parse *p, const char *(*environment)(const char *name),
			     struct err *e)
{
	for (size_t i = 0; i < opt_count(p->syntax); i++) {
		const struct opt *o = opt_at(p->syntax, i);
		char variable[OPT_VARIABLE_SIZE];
		const char *value = environment(opt_variable(o, variable));
		bool yes = true;

		if (!value || !*value)
			continue;
		if (o->kind == OPT_FLAG && !flag_from(variable, value, &yes, e))
			return false;
		if (o->kind == OPT_MAYBE && (!o->words || !is_word(o->words, value)) &&
		    flag_from(variable, value, &yes, e)) {
			if (!yes)
				continue;
			value = "";
		}
		if (!store(p, o, variable, yes ? value : NULL, e))
			return false;
		if (o->kind == OPT_LIST)
			((struct opt_list *)(void *)(p->values + o->offset))->variable = true;
		p->given[i] = true;
	}
	return true;
}

static bool unknown_option(const struct parse *p, struct str name, struct err *e)
{
	const struct opt_elsewhere *other = p->syntax->elsewhere;
	struct nearest near = nearest_to(name);

	for (; other && other->name; other++) {
		if (str_eq_ascii_nocase(name, str_from(other->name)))
			return err_set(e, ERR_USAGE, "unknown option --%.*s; %s", STR_ARG(name),
				       other->instead);
	}
	for (size_t i = 0; i < opt_count(p->syntax); i++)
		nearest_offer(&near, opt_at(p->syntax, i)->name);
	nearest_offer(&near, "help");
	if (near.best)
		return err_set(e, ERR_USAGE, "unknown option --%.*s; did you mean --%s?",
			       STR_ARG(name), near.best);
	return err_set(e, ERR_USAGE, "unknown option --%.*s", STR_ARG(name));
}

/* The value of option i: what is attached, else the next argument. */
static bool take_value(struct parse *p, size_t i, const char *what, const char *attached,
		       struct err *e)
{
	const struct opt *o = opt_at(p->syntax, i);
	const char *value = attached;

	if (!value) {
		if (p->next >= p->argc)
			return err_set(e, ERR_USAGE, "%s needs a value: %s", what, o->argument);
		value = p->argv[p->next++];
	}
	p->given[i] = true;
	return store(p, o, what, value, e);
}

static bool long_option(struct parse *p, const char *text, struct err *e)
{
	struct str name = str_from(text);
	size_t equals = str_find_char(name, '=');
	const char *attached = equals == STR_NONE ? NULL : text + equals + 1;

	name = str_sub(name, 0, equals);
	if (str_eq(name, S("help")) && !attached) {
		p->help = true;
		return true;
	}
	for (size_t i = 0; i < opt_count(p->syntax); i++) {
		const struct opt *o = opt_at(p->syntax, i);
		char what[OPT_VARIABLE_SIZE] = "--";

		if (!str_eq(name, str_from(o->name)))
			continue;
		memcpy(what + 2, o->name, name.n + 1);
		if (o->kind == OPT_MAYBE) {
			p->given[i] = true;
			return store(p, o, what, attached ? attached : "", e);
		}
		if (o->kind != OPT_FLAG)
			return take_value(p, i, what, attached, e);
		if (attached)
			return err_set(e, ERR_USAGE, "%s takes no value", what);
		return store(p, o, what, "", e);
	}
	return unknown_option(p, name, e);
}

/* -sf: the option's number, or their count; *attached is what stands behind a '='. */
static size_t find_short_name(const struct parse *p, const char *text, const char **attached)
{
	struct str name = str_from(text);
	size_t equals = str_find_char(name, '=');
	size_t i = 0;

	*attached = equals == STR_NONE ? NULL : text + equals + 1;
	name = str_sub(name, 0, equals);
	while (i < opt_count(p->syntax) &&
	       !str_eq(name, str_from(opt_at(p->syntax, i)->short_name)))
		i++;
	return i;
}

/* Clustered: flags, the last of which may be an option with a value. */
static bool short_options(struct parse *p, const char *letters, struct err *e)
{
	for (; *letters; letters++) {
		char what[] = { '-', *letters, '\0' };
		size_t i = 0;

		if (*letters == 'h') {
			p->help = true;
			return true;
		}
		while (i < opt_count(p->syntax) && opt_at(p->syntax, i)->letter != *letters)
			i++;
		if (i == opt_count(p->syntax))
			return err_set(e, ERR_USAGE, "unknown option %s", what);
		const struct opt *o = opt_at(p->syntax, i);

		if (o->kind != OPT_FLAG && o->kind != OPT_MAYBE)
			return take_value(p, i, what, letters[1] ? letters + 1 : NULL, e);
		if (!store(p, o, what, "", e))
			return false;
	}
	return true;
}

static bool take_operand(struct parse *p, const char *text, struct err *e)
{
	const struct syntax *s = p->syntax;
	size_t i = p->noperands++;

	if (s->noperands > 0 && i >= s->noperands && s->operands[s->noperands - 1].many)
		i = s->noperands - 1;
	if (i >= s->noperands)
		return err_set(e, ERR_USAGE, "\"%s\" is one argument too many", text);
	const struct operand *o = &s->operands[i];

	if (!*text)
		return err_set(e, ERR_USAGE, "%s is empty", o->name);
	if (o->kind == OPT_WORD && !is_word(o->words, text))
		return wrong_word(o->name, o->words, text, e);
	if (o->many)
		return store_item((struct opt_list *)(void *)(p->values + o->offset), o->name, text,
				  e);
	*(const char **)(void *)(p->values + o->offset) = text;
	return true;
}

static bool one_argument(struct parse *p, struct err *e)
{
	const char *text = p->argv[p->next++];

	if (p->only_operands || text[0] != '-' || !text[1])
		return take_operand(p, text, e);
	if (strcmp(text, "--") == 0) {
		p->only_operands = true;
		return true;
	}
	if (text[1] == '-')
		return long_option(p, text + 2, e);

	const char *attached;
	size_t i = find_short_name(p, text, &attached);

	if (i < opt_count(p->syntax))
		return take_value(p, i, opt_at(p->syntax, i)->short_name, attached, e);
	return short_options(p, text + 1, e);
}

static bool nothing_missing(const struct parse *p, struct err *e)
{
	const struct syntax *s = p->syntax;

	for (size_t i = p->noperands; i < s->noperands; i++) {
		if (!s->operands[i].optional)
			return err_set(e, ERR_USAGE, "%s is missing: %s", s->operands[i].name,
				       s->operands[i].help);
	}
	for (size_t i = 0; i < opt_count(s); i++) {
		const struct opt *o = opt_at(s, i);

		if (o->required && !p->given[i])
			return err_set(e, ERR_USAGE, "--%s %s is missing: %s", o->name, o->argument,
				       o->help);
	}
	return true;
}

bool opt_parse(const struct syntax *s, int argc, char **argv,
	       const char *(*environment)(const char *name), void *values, bool *help,
	       struct err *e)
{
	bool given[OPTIONS_MAX] = { 0 };
	struct parse p = {
		.syntax = s, .argv = argv, .argc = argc, .values = values, .given = given
	};

	assert(s->nopts + s->ncommon <= OPTIONS_MAX);
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			*help = true;
			return true;
		}
	}
	if (!from_environment(&p, environment, e))
		return false;
	while (p.next < p.argc && !p.help) {
		if (!one_argument(&p, e))
			return false;
	}
	*help = p.help;
	return p.help || nothing_missing(&p, e);
}
