/* SPDX-License-Identifier: MIT */
/*
 * The file is changed as text (io/ini.h), so that what people wrote into it stays.
 */
#include "cli/env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "cli/cancel.h"
#include "cli/xdg.h"

#include "base/banned.h"

#define NAME_MAX_BYTES 64
#define LIST_BYTES 1000 /* of names in a message */
#define LOCK_MS 10000   /* that another command may take */
#define SLICE_MS 20

static const char *place(struct program *p)
{
	const char *file = p->environment("FERRY_CONFIG");

	if (file && *file)
		return file;
	return xdg_path(p->arena, p->environment, XDG_CONFIG, "ferry/environments.ini");
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

/* Where the file is or will be: its real path, as a link into a folder of settings stays one. Makes the folder. */
static bool find_place(struct program *p, const char *path, const char **real, const char **folder,
		       struct err *e)
{
	char buffer[PATH_MAX];

	if (!path)
		return err_set(
			e, ERR_USAGE,
			"there is no place for the configuration file: neither XDG_CONFIG_HOME nor HOME is an "
			"absolute path; the variable FERRY_CONFIG names one");
	if (realpath(path, buffer))
		path = str_cstr(p->arena, str_from(buffer));

	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	*real = path;
	*folder = !slash ? "." : n == 0 ? "/" : str_cstr(p->arena, str_of(path, n));
	return file_make_directory(*folder, 0700, e);
}

/* The folder is locked, not the file, which is another one after each change: nothing is left behind. */
bool env_file_lock(struct env_file_lock *l, struct program *p, struct err *e)
{
	DEFER(env_file_unlock) struct env_file_lock lock = { .fd = -1 };
	int64_t until = steady_ms() + LOCK_MS;
	const char *path, *folder;

	if (!find_place(p, place(p), &path, &folder, e))
		return false;
	lock.fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (lock.fd >= 0 && flock(lock.fd, LOCK_EX | LOCK_NB) != 0) {
		/* there are file systems without locks: a single person changes the file on them, too */
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		if (cancel_asked())
			return err_set(e, ERR_CANCELLED, "%s stays as it is", path);
		if (steady_ms() >= until)
			return err_set(
				e, ERR_INTERNAL,
				"%s: another command is changing it, and has not finished within "
				"%d seconds",
				path, LOCK_MS / 1000);
		cancel_pause(SLICE_MS);
	}
	*l = lock;
	lock.fd = -1;
	return true;
}

void env_file_unlock(struct env_file_lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static bool write_whole(const char *temp, const char *path, struct str text, struct err *e)
{
	DEFER(file_sink_close) struct file_sink s = { .fd = -1 };

	return file_sink_open(&s, temp, 0600, e) && sink_write(&s.sink, text, e) &&
	       file_sink_finish(&s, e) && file_commit(temp, path, e);
}

bool env_file_write(const struct env_file *f, struct program *p, struct str text, struct err *e)
{
	const char *path, *folder;
	struct err second;

	if (!find_place(p, f->path, &path, &folder, e))
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
