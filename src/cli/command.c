/* SPDX-License-Identifier: MIT */
/*
 * Finding a command by its words.
 */
#include "cli/command.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/nearest.h"

#include "base/banned.h"

const struct opt common_opts[] = {
	{ .name = "quiet",
	  .letter = 'q',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct common, quiet),
	  .help = "no progress, only the result and errors" },
	{ .name = "verbose",
	  .letter = 'v',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct common, verbose),
	  .help = "say what is being done" },
	{ .name = "no-color",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct common, no_color),
	  .help = "no colours, as with the variable NO_COLOR" },
};
const size_t ncommon_opts = COUNT_OF(common_opts);

struct syntax command_syntax(const struct command *c)
{
	struct syntax s = c->syntax;

	s.common = common_opts;
	s.ncommon = ncommon_opts;
	return s;
}

static struct str first_word(const struct command *c)
{
	struct str name = str_from(c->name);

	return str_sub(name, 0, str_find_char(name, ' '));
}

bool command_is_family(const struct command *const *all, struct str word)
{
	for (; *all; all++) {
		if (str_eq(first_word(*all), word) && first_word(*all).n < str_from((*all)->name).n)
			return true;
	}
	return false;
}

/* How many words are the command's name; 0 when they are not. */
static size_t matches(const struct command *c, const struct str *words, size_t nwords)
{
	struct str_splitter parts = str_splitter(str_from(c->name));
	size_t n = 0;

	for (struct str part; str_split(&parts, ' ', &part); n++) {
		if (n >= nwords || !str_eq(part, words[n]))
			return 0;
	}
	return n;
}

static void no_such_member(const struct command *const *all, const struct str *words, size_t nwords,
			   struct err *e)
{
	struct str family = words[0];
	DEFER(buf_release) struct buf list = buf_make(1024);

	for (; *all; all++) {
		if (str_eq(first_word(*all), family) && !(*all)->hidden)
			buf_add_fmt(&list, "%s%s", list.n ? ", " : "", (*all)->name + family.n + 1);
	}
	if (nwords < 2 || str_starts(words[1], S("-")))
		err_set(e, ERR_USAGE, "%.*s needs one of: %.*s", STR_ARG(family),
			STR_ARG(buf_str(&list)));
	else
		err_set(e, ERR_USAGE, "no command \"%.*s %.*s\"; %.*s knows: %.*s", STR_ARG(family),
			STR_ARG(words[1]), STR_ARG(family), STR_ARG(buf_str(&list)));
}

static void no_such_command(const struct command *const *all, struct str word, struct err *e)
{
	struct nearest near = nearest_to(word);

	for (; *all; all++) {
		if (!(*all)->hidden)
			nearest_offer(&near, (*all)->name);
	}
	if (near.best)
		err_set(e, ERR_USAGE, "no command \"%.*s\"; did you mean \"%s\"?", STR_ARG(word),
			near.best);
	else
		err_set(e, ERR_USAGE, "no command \"%.*s\"; \"ferry help\" lists them",
			STR_ARG(word));
}

const struct command *command_find(const struct command *const *all, const struct str *words,
				   size_t nwords, size_t *used, struct err *e)
{
	for (size_t i = 0; all[i]; i++) {
		size_t n = matches(all[i], words, nwords);

		if (n) {
			*used = n;
			return all[i];
		}
	}
	if (command_is_family(all, words[0]))
		no_such_member(all, words, nwords, e);
	else
		no_such_command(all, words[0], e);
	return NULL;
}
