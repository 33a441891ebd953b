/* SPDX-License-Identifier: MIT */
/*
 * The configuration file with the profiles of environments: $XDG_CONFIG_HOME/ferry/environments.ini, or what the
 * variable FERRY_CONFIG names. Nobody else may be able to write it: who could, would decide where tokens are sent.
 */
#ifndef FERRY_CLI_ENV_FILE_H
#define FERRY_CLI_ENV_FILE_H

#include "io/ini.h"
#include "remote/profile.h"
#include "cli/command.h"

struct env_file {
	const char *path; /* NULL: there is no place for one */
	struct str text;  /* empty when the file is not there */
	struct ini ini;
};

/* A missing file is empty. ERR_INPUT: it cannot be read, or others can write it. */
MUST_CHECK bool env_file_read(struct env_file *f, struct program *p, struct err *e);
/*
 * Who changes the file holds this from reading it to writing it, so that of two commands at once none undoes what the other
 * did; its folder is made. ERR_USAGE, ERR_CANCELLED; ERR_INTERNAL: another command does not let it go.
 */
struct env_file_lock {
	int fd; /* -1: none is held */
};
MUST_CHECK bool env_file_lock(struct env_file_lock *l, struct program *p, struct err *e);
void env_file_unlock(struct env_file_lock *l); /* fits DEFER */
/* Instead of the file, mode 0600, whole or not at all. */
MUST_CHECK bool env_file_write(const struct env_file *f, struct program *p, struct str text,
			       struct err *e);
/* The names of profiles, in the order of the file. */
size_t env_file_names(const struct env_file *f, struct arena *a, struct str **out);
/* What a profile may be called, so that it is never taken for a path, a URL or an option. ERR_USAGE. */
MUST_CHECK bool env_file_check_name(struct str name, struct err *e);
/* "there is no profile NAME; there are a, b" as ERR_USAGE. */
bool env_file_no_such(const struct env_file *f, struct str name, struct err *e);

#endif
