/* SPDX-License-Identifier: MIT */
/*
 * One function per source. What failed is told without what was read.
 */
#include "remote/credential.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "io/process.h"

#include "base/banned.h"

#define SLICE_MS 100

static bool from_variable(const struct credential *c, const struct credential_sources *in,
			  struct arena *a, struct str *out, struct err *e)
{
	const char *name = str_cstr(a, c->place);
	const char *value = in->variable(name);

	if (!value)
		return err_set(e, ERR_AUTH, "the variable %s is not set", name);
	if (!*value)
		return err_set(e, ERR_AUTH, "the variable %s is empty", name);
	*out = str_from(value);
	return true;
}

/* A signal does not end a read. False: cancelled, or nobody writes. */
static bool wait_for_stdin(const struct credential_sources *in, int64_t until, struct err *e)
{
	struct pollfd at = { .fd = STDIN_FILENO, .events = POLLIN };

	while (poll(&at, 1, SLICE_MS) <= 0) {
		if (in->cancelled && in->cancelled(in->context))
			return err_set(e, ERR_CANCELLED, "cancelled while standard input was read");
		if (steady_ms() >= until)
			return err_set(
				e, ERR_AUTH,
				"standard input is open, but neither gives anything nor ends "
				"within %u s",
				in->command_seconds);
	}
	return true;
}

/* A person who types it would see it, and so would who looks over the shoulder. */
static bool from_stdin(const struct credential_sources *in, struct arena *a, struct str *out,
		       struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_TOKEN);
	int64_t until = steady_ms() + (int64_t)1000 * in->command_seconds;
	ssize_t n = 1;

	if (isatty(STDIN_FILENO))
		return err_set(
			e, ERR_AUTH,
			"standard input is a terminal, on which it would be seen; give it through a pipe or a "
			"file");
	while (n != 0 && !bytes.full) {
		char piece[4096];

		if (!wait_for_stdin(in, until, e))
			return false;
		n = read(STDIN_FILENO, piece, sizeof(piece));
		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_AUTH, "reading standard input: %s", strerror(errno));
		if (n > 0)
			buf_add(&bytes, str_of(piece, (size_t)n));
		explicit_bzero(piece, sizeof(piece));
	}
	bool ok = buf_check(&bytes, "standard input", e);

	if (ok)
		*out = str_dup(a, buf_str(&bytes));
	if (bytes.p)
		explicit_bzero(bytes.p, bytes.n);
	return ok;
}

static bool from_command(const struct credential *c, const struct credential_sources *in,
			 struct arena *a, struct str *out, struct err *e)
{
	const char *const *words;
	struct process_options o = {
		.seconds = in->command_seconds,
		.output_max = LIMIT_TOKEN,
		.cancelled = in->cancelled,
		.context = in->context,
	};

	return process_words(a, c->place, &words, e) && process_run(a, words, &o, out, e);
}

static bool get(struct arena *a, const struct credential *c, const struct credential_sources *in,
		struct str *out, struct err *e)
{
	switch (c->source) {
	case CREDENTIAL_NONE:
		return err_set(e, ERR_AUTH, "it is not said where it is to be found");
	case CREDENTIAL_VARIABLE:
		return from_variable(c, in, a, out, e);
	case CREDENTIAL_FILE:
		return file_read(a, str_cstr(a, c->place), LIMIT_TOKEN, out, e);
	case CREDENTIAL_STDIN:
		return from_stdin(in, a, out, e);
	case CREDENTIAL_COMMAND:
		return from_command(c, in, a, out, e);
	case CREDENTIAL_GIVEN:
		*out = c->place;
		return true;
	}
	return false;
}

static struct str where(struct arena *a, const struct credential *c)
{
	switch (c->source) {
	case CREDENTIAL_VARIABLE:
		return str_fmt(a, "the variable %.*s", STR_ARG(c->place));
	case CREDENTIAL_FILE:
		return str_fmt(a, "%.*s", STR_ARG(c->place));
	case CREDENTIAL_STDIN:
		return S("standard input");
	case CREDENTIAL_COMMAND:
		return S("the output of its command");
	case CREDENTIAL_NONE:
	case CREDENTIAL_GIVEN:
		return S("what was given");
	}
	return S("");
}

static struct str without_line_end(struct str s)
{
	if (str_ends(s, S("\n")))
		s.n--;
	if (str_ends(s, S("\r")))
		s.n--;
	return s;
}

bool credential_get(struct arena *a, const struct credential *c, const char *what,
		    const struct credential_sources *in, struct str *out, struct err *e)
{
	struct str text;

	if (!get(a, c, in, &text, e)) {
		if (e->kind != ERR_CANCELLED)
			e->kind = ERR_AUTH;
		return err_wrap(e, "%s", what);
	}
	text = without_line_end(text);
	if (text.n == 0)
		return err_set(e, ERR_AUTH, "%s: %.*s is empty", what, STR_ARG(where(a, c)));
	*out = str_dup(a, text);
	return true;
}

bool credential_is_exposed(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
