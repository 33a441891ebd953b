/* SPDX-License-Identifier: MIT */
/*
 * Operands are told apart by their form; a path that is there comes before a profile of that name. The
 * options about servers apply to every environment that is on one.
 */
#include "cli/diff_side.h"

#include "base/file.h"
#include "cli/env_file.h"
#include "cli/kept.h"

#include "base/banned.h"

/* ---- what a name means ---- */

static bool begins(struct str text, struct str with)
{
	return str_eq_ascii_nocase(str_sub(text, 0, with.n), with);
}

static bool is_reference(struct str text)
{
	return str_starts(text, S("local:")) || str_starts(text, S("env:")) ||
	       begins(text, S("https://")) || begins(text, S("http://")) ||
	       connection_string_is(text);
}

static bool is_environment(struct program *p, const char *name, bool *out, struct err *e)
{
	struct str text = str_from(name);
	struct env_file file;
	struct err no_profile;

	*out = is_reference(text);
	if (*out || file_exists(name) || !env_file_check_name(text, &no_profile))
		return true;
	if (!env_file_read(&file, p, e))
		return false;
	*out = ini_has(&file.ini, text);
	return true;
}

static bool parse(struct diff_operand *o, struct program *p, const char *option, const char *name,
		  struct err *e)
{
	*o = (struct diff_operand){ .name = name };
	if (!is_environment(p, name, &o->is_environment, e))
		return false;
	return !o->is_environment || env_parse(&o->env, p, option, name, NULL, e);
}

/* Once more, with what the options say. */
static bool parse_options(struct diff_operand *o, struct program *p, const char *option,
			  const struct env_options *remote, struct err *e)
{
	return !o->is_environment || env_parse(&o->env, p, option, o->name, remote, e);
}

static bool check_options(const struct diff_operand *o, const struct program *p,
			  const struct env_options *remote, size_t nservers, struct err *e)
{
	bool recorded = remote->record && remote->record != p->environment("FERRY_RECORD");

	if (nservers == DIFF_SIDES && remote->record)
		return err_set(e, ERR_USAGE,
			       "--record: %s and %s are both environments on a server, and one "
			       "file holds one conversation; export one of them first",
			       o[DIFF_OLD].name, o[DIFF_NEW].name);
	if (nservers > 0 || (!recorded && !remote->impersonate))
		return true;
	return err_set(e, ERR_USAGE,
		       "%s is for an environment on a server; neither %s nor %s is one",
		       recorded ? "--record" : "--impersonate", o[DIFF_OLD].name, o[DIFF_NEW].name);
}

bool diff_operands_parse(struct diff_operand o[DIFF_SIDES], struct program *p,
			 const char *const names[DIFF_SIDES], const struct env_options *remote,
			 struct err *e)
{
	static const char *const options[DIFF_SIDES] = { "A", "B" };
	struct env_options local = { .concurrency = remote->concurrency };
	size_t nservers = 0;

	for (size_t i = 0; i < DIFF_SIDES; i++) {
		if (!parse(&o[i], p, options[i], names[i], e))
			return false;
		nservers += o[i].is_environment && !o[i].env.path;
	}
	if (!check_options(o, p, remote, nservers, e))
		return false;
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (!parse_options(&o[i], p, options[i], o[i].env.path ? &local : remote, e))
			return false;
	return true;
}

/* ---- what they hold ---- */

static bool open_package(struct diff_operand *o, struct program *p, struct err *e)
{
	struct err no_profile;

	if (package_open(&o->package, p->arena, o->name, e))
		return true;
	if (!file_exists(o->name) && env_file_check_name(str_from(o->name), &no_profile))
		return err_set(e, ERR_INPUT,
			       "%s: there is no such file or folder, and no profile of that name",
			       o->name);
	return false;
}

bool diff_operands_open(struct diff_operand o[DIFF_SIDES], struct program *p, struct err *e)
{
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (!o[i].is_environment && !open_package(&o[i], p, e))
			return false;
	return true;
}

const struct schema *diff_operands_schema(const struct diff_operand o[DIFF_SIDES])
{
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (o[i].package)
			return package_schema(o[i].package);
	return NULL;
}

static bool open_environment(struct diff_operand o[DIFF_SIDES], enum diff_side side,
			     struct program *p, struct diff *d, const struct schema *schema,
			     struct err *e)
{
	struct diff_operand *one = &o[side];

	if (!env_open(&one->env, p, false, e))
		return false;
	one->from = (struct diff_environment){
		.name = one->name,
		.service = one->env.service,
		.metadata_folder = kept_metadata_folder(p->arena, &one->env, p->environment),
		.against_package = !o[!side].is_environment,
	};
	return diff_env_open(&one->reading, d, side, &one->from, schema, e);
}

/* Environments first: they know all names of a relationship. */
static bool declare(struct diff_operand o[DIFF_SIDES], struct program *p, struct diff *d,
		    const struct schema *schema, struct err *e)
{
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (o[i].is_environment && !open_environment(o, (enum diff_side)i, p, d, schema, e))
			return false;
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (o[i].package)
			diff_add_schema(d, (enum diff_side)i, package_schema(o[i].package));
	return true;
}

bool diff_operands_load(struct diff_operand o[DIFF_SIDES], struct program *p, struct diff *d,
			const struct schema *schema, struct err *e)
{
	if (!declare(o, p, d, schema, e))
		return false;
	for (size_t i = 0; i < DIFF_SIDES; i++) {
		bool ok = o[i].package ? diff_load_package(d, (enum diff_side)i, o[i].package,
							   o[i].name, e)
				       : diff_env_load(&o[i].reading, e);

		if (!ok)
			return false;
	}
	return true;
}

bool diff_operands_finish(struct diff_operand o[DIFF_SIDES], struct err *e)
{
	for (size_t i = 0; i < DIFF_SIDES; i++)
		if (o[i].is_environment && !env_finish(&o[i].env, e))
			return false;
	return true;
}

void diff_operands_close(struct diff_operands *o)
{
	for (size_t i = 0; i < DIFF_SIDES; i++) {
		diff_env_close(&o->p[i].reading);
		package_close(&o->p[i].package);
		env_close(&o->p[i].env);
	}
}
