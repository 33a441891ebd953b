/* SPDX-License-Identifier: MIT */
/*
 * The file is changed as text (io/ini.h), so that what people wrote into it stays.
 */
#include "cli/env_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/vec.h"

#include "base/banned.h"

#define NAME_MAX_BYTES 64
#define LIST_BYTES 1000 /* of names in a message */

/* $XDG_CONFIG_HOME counts only when absolute, as its specification says. */
static const char *place(struct program *p)
{
	const char *file = p->environment("FERRY_CONFIG");
	const char *config = p->environment("XDG_CONFIG_HOME");
	const char *home = p->environment("HOME");

	if (file && *file)
		return file;
	if (config && config[0] == '/')
		return str_fmt(p->arena, "%s/ferry/environments.ini", config).p;
	if (home && home[0] == '/')
		return str_fmt(p->arena, "%s/.config/ferry/environments.ini", home).p;
	return NULL;
}

static bool check_owner(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return true; /* reading it tells why */
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(
			e, ERR_INPUT,
			"%s belongs to another user, who could have your credentials sent elsewhere; make "
			"it your own, or name another with the variable FERRY_CONFIG",
			path);
	return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	       err_set(e, ERR_INPUT,
		       "%s can be written by others (mode %04o), who could have your credentials sent elsewhere; "
		       "look through it and then run chmod 600 %s",
		       path, (unsigned)(st.st_mode & 07777), path);
}

bool env_file_read(struct env_file *f, struct program *p, struct err *e)
{
	struct env_file file = { .path = place(p) };

	if (file.path && file_exists(file.path) &&
	    (!check_owner(file.path, e) ||
	     !file_read(p->arena, file.path, LIMIT_INI, &file.text, e) ||
	     !ini_parse(p->arena, file.text, file.path, &file.ini, e)))
		return false;
	*f = file;
	return true;
}

static bool write_whole(const char *temp, const char *path, struct str text, struct err *e)
{
	DEFER(file_sink_close) struct file_sink s = { .fd = -1 };

	return file_sink_open(&s, temp, 0600, e) && sink_write(&s.sink, text, e) &&
	       file_sink_finish(&s, e) && file_commit(temp, path, e);
}

bool env_file_write(const struct env_file *f, struct program *p, struct str text, struct err *e)
{
	char real[PATH_MAX];
	const char *path = f->path;
	struct err second;

	if (!path)
		return err_set(
			e, ERR_USAGE,
			"there is no place for the configuration file: neither XDG_CONFIG_HOME nor HOME is an "
			"absolute path; the variable FERRY_CONFIG names one");
	/* a link into a folder of settings stays one */
	if (realpath(path, real))
		path = real;
	const char *slash = strrchr(path, '/');

	if (slash && slash != path &&
	    !file_make_directory(str_cstr(p->arena, str_of(path, (size_t)(slash - path))), 0700, e))
		return false;
	const char *temp = file_temp_name(p->arena, path);

	if (write_whole(temp, path, text, e))
		return true;
	if (!file_remove(temp, &second))
		return err_wrap(e, "%s is left", temp);
	return false;
}

size_t env_file_names(const struct env_file *f, struct arena *a, struct str **out)
{
	VEC(struct str) names = { 0 };

	for (size_t i = 0; i < f->ini.n; i++) {
		if (f->ini.lines[i].key.n == 0)
			*VEC_PUSH(a, &names) = f->ini.lines[i].section;
	}
	*out = names.p;
	return names.n;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!word && (i == 0 || (c != '-' && c != '_')))
			return false;
	}
	return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

bool env_file_check_name(struct str name, struct err *e)
{
	if (is_name(name))
		return true;
	/* what has a = in it may be a connection string, with its secret */
	if (str_find_char(name, '=') != STR_NONE || str_find_char(name, '@') != STR_NONE)
		return err_set(e, ERR_USAGE,
			       "what is given as the name of a profile is none (it is not shown, "
			       "it may hold a credential); a name has letters, digits, - and _");
	return err_set(
		e, ERR_USAGE,
		"\"%.*s\" is no name for a profile; a name has letters, digits, - and _, at most %d, so "
		"that it is not taken for a path or a URL",
		STR_ARG(str_sub(name, 0, 100)), NAME_MAX_BYTES);
}

bool env_file_no_such(const struct env_file *f, struct str name, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf list = buf_make(0);
	struct nearest near = nearest_to(name);
	struct str *names;
	size_t n = env_file_names(f, &a, &names);

	for (size_t i = 0; i < n; i++) {
		nearest_offer(&near, str_cstr(&a, names[i]));
		if (list.n < LIST_BYTES)
			buf_add_fmt(&list, "%s%.*s", i ? ", " : "", STR_ARG(names[i]));
	}
	if (n == 0)
		return err_set(
			e, ERR_USAGE,
			"there is no profile %.*s, nor any other; \"ferry env add\" makes one",
			STR_ARG(name));
	if (near.best)
		return err_set(e, ERR_USAGE, "there is no profile %.*s; did you mean %s?",
			       STR_ARG(name), near.best);
	return err_set(e, ERR_USAGE, "there is no profile %.*s; there are %.*s", STR_ARG(name),
		       STR_ARG(buf_str(&list)));
}
