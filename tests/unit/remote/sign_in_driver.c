/* SPDX-License-Identifier: MIT */
/*
 * Signs in as a section of a configuration file says, for tests/e2e/test_remote_sign_in.py: what a person is asked stands on
 * standard output, an error on standard error, and its kind is the exit status.
 *     sign_in_driver FILE NAME [cache=DIR] [clock=SECONDS] [seconds=N] [alone] [stop=MS] [VERB...]
 * VERB: get (where there is none), renew (the service has refused the token), anew, forget, later=SECONDS.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "base/file.h"
#include "base/limits.h"
#include "remote/ask.h"
#include "remote/sign_in.h"

#include "base/banned.h"

static int64_t ahead;   /* of our clock */
static int64_t stop_at; /* of steady_ms; 0: never */

static int64_t now(void)
{
	return datetime_now().ticks / DATETIME_SECOND + ahead;
}

static const char *variable(const char *name)
{
	return getenv(name);
}

static bool cancelled(void *context)
{
	(void)context;
	return stop_at > 0 && steady_ms() >= stop_at;
}

static void show_code(void *context, struct str url, struct str code, unsigned seconds)
{
	(void)context;
	printf("device %.*s %.*s %u\n", STR_ARG(url), STR_ARG(code), seconds);
	fflush(stdout);
}

static bool show_page(void *context, const char *url)
{
	(void)context;
	printf("browse %s\n", url);
	fflush(stdout);
	return true;
}

static int64_t number_of(struct str word, struct str key)
{
	int64_t n = 0;

	if (!str_parse_i64(str_skip(word, key.n), &n))
		abort();
	return n;
}

static bool act(struct sign_in *s, struct str verb, struct err *e)
{
	struct token_source *source = sign_in_source(s);
	struct str token = S("");
	bool there;

	if (str_starts(verb, S("later="))) {
		ahead += number_of(verb, S("later="));
		return true;
	}
	if (str_eq(verb, S("anew")))
		return sign_in_anew(s, e);
	if (str_eq(verb, S("forget"))) {
		if (!sign_in_forget(s, &there, e))
			return false;
		printf("forgot %s\n", there ? "it" : "nothing");
		return true;
	}
	if (!source->get(source, str_eq(verb, S("renew")), &token, e))
		return false;
	printf("token %.*s\n", STR_ARG(token));
	fflush(stdout);
	return true;
}

/* True: it was an option. */
static bool take_option(const char *word, struct sign_in_options *o)
{
	struct str s = str_from(word);

	if (str_starts(s, S("cache=")))
		o->cache_folder = word + strlen("cache=");
	else if (str_starts(s, S("clock=")))
		ahead = number_of(s, S("clock="));
	else if (str_starts(s, S("seconds=")))
		o->person.seconds = (unsigned)number_of(s, S("seconds="));
	else if (str_starts(s, S("stop=")))
		stop_at = steady_ms() + number_of(s, S("stop="));
	else if (str_eq(s, S("alone")))
		o->person = (struct sign_in_person){ .device = NULL };
	else
		return false;
	return true;
}

static bool run(struct arena *a, int argc, char **argv, struct err *e)
{
	DEFER(sign_in_close) struct sign_in *s = NULL;
	struct sign_in_options o = {
		.in = { variable, cancelled, NULL, 20 },
		.person = { show_code, show_page, NULL, 0 },
		.now = now,
		.user_agent = "ferry-test",
	};
	struct profile p;
	struct str text;
	struct ini ini;
	int i = 3;

	if (!file_read(a, argv[1], LIMIT_INI, &text, e) || !ini_parse(a, text, argv[1], &ini, e) ||
	    !profile_read(a, &ini, argv[1], str_from(argv[2]), &p, e))
		return false;
	while (i < argc && take_option(argv[i], &o))
		i++;
	if (!sign_in_open(&s, a, &p, &o, e))
		return false;
	if (i == argc)
		return act(s, S("get"), e);
	for (; i < argc; i++) {
		if (!act(s, str_from(argv[i]), e))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err e = { .kind = ERR_NONE };

	if (argc < 3)
		return 2;
	if (run(&a, argc, argv, &e))
		return 0;
	fprintf(stderr, "%s\n", e.msg);
	return err_exit_status(e.kind);
}
