/* SPDX-License-Identifier: MIT */
/*
 * Prompts go to standard error, answers come from standard input, both only when they are terminals.
 */
#include "cli/env_person.h"

#include <string.h>
#include <unistd.h>

#include "io/process.h"

#include "base/banned.h"

#define ANSWER_MAX 128

bool env_person_is_there(void)
{
	return isatty(STDERR_FILENO);
}

bool env_person_can_answer(void)
{
	return isatty(STDERR_FILENO) && isatty(STDIN_FILENO);
}

static bool is_set(struct program *p, const char *name)
{
	const char *value = p->environment(name);

	return value && *value;
}

bool env_person_has_display(struct program *p)
{
	return env_person_is_there() && (is_set(p, "DISPLAY") || is_set(p, "WAYLAND_DISPLAY") ||
					 is_set(p, "BROWSER") || is_set(p, "WSL_DISTRO_NAME"));
}

static void say(struct ui *ui, const char *before, struct str text, const char *after)
{
	fputs(before, ui->err);
	ui_put(ui->err, text);
	fputs(after, ui->err);
}

void env_person_device(void *program, struct str url, struct str code, unsigned seconds)
{
	struct ui *ui = ((struct program *)program)->ui;

	ui_clear(ui);
	say(ui, "ferry: to sign in, open ", url, " on any device\n");
	say(ui, "ferry: and enter the code ", code, "");
	fprintf(ui->err, " (within %u minutes)\n", seconds / 60 > 0 ? seconds / 60 : 1);
	fflush(ui->err);
}

static bool start(struct program *p, const char *browser, const char *url)
{
	const char *const *words;
	const char **with_url;
	size_t n = 0;
	struct err e;

	if (!process_words(p->arena, str_from(browser), &words, &e))
		return false;
	while (words[n])
		n++;
	with_url = arena_array(p->arena, const char *, n + 2);
	memcpy(with_url, words, n * sizeof(*words));
	with_url[n] = url;
	return process_start(with_url, &e);
}

bool env_person_browse(void *program, const char *url)
{
	static const char *const browsers[] = { "xdg-open", "wslview", "open" };
	struct program *p = program;
	bool started = is_set(p, "BROWSER") && start(p, p->environment("BROWSER"), url);

	for (size_t i = 0; i < COUNT_OF(browsers) && !started && env_person_has_display(p); i++)
		started = start(p, browsers[i], url);
	ui_clear(p->ui);
	say(p->ui,
	    started ? "ferry: sign in with the browser that opens; if none does, open this on this machine:\n"
		    : "ferry: to sign in, open this with a browser on this machine:\n",
	    str_from(url), "\n");
	fflush(p->ui->err);
	return started;
}

/* A line without its end; empty at the end of the input. */
static struct str answer(struct program *p)
{
	char line[ANSWER_MAX];

	fflush(p->ui->err);
	return fgets(line, sizeof(line), stdin) ? str_trim(str_dup(p->arena, str_from(line)))
						: S("");
}

bool env_person_confirms(struct program *p, const struct env *env, struct err *e)
{
	const struct profile *profile = &env->profile;
	struct str given = str_from(env->options.confirm);
	struct str yes = str_from(env->options.yes);
	const char *name = str_cstr(p->arena, profile->name);

	if (!profile->protected || str_eq(given, profile->name) || str_eq(yes, profile->name))
		return true;
	if (given.n > 0 || yes.n > 0)
		return err_set(e, ERR_USAGE, "%s names another profile than %s, which is protected",
			       given.n > 0 ? "--confirm" : "--yes", name);
	if (!env_person_can_answer())
		return err_set(
			e, ERR_USAGE,
			"%s is protected, and there is no terminal to ask on; --confirm %s or --yes=%s says "
			"that it is meant",
			name, name, name);
	ui_clear(p->ui);
	say(p->ui, "ferry: this writes into ", profile->url, "");
	say(p->ui, ", which is protected; type ", profile->name, " to go on: ");
	return str_eq(answer(p), profile->name) ||
	       err_set(e, ERR_CANCELLED, "nothing was written: %s was not confirmed", name);
}

bool env_person_agrees(struct program *p, const char *question)
{
	struct str said;

	if (!env_person_can_answer())
		return false;
	ui_clear(p->ui);
	say(p->ui, "ferry: ", str_from(question), " [y/N] ");
	said = answer(p);
	return str_eq_ascii_nocase(said, S("y")) || str_eq_ascii_nocase(said, S("yes"));
}
