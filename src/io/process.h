/* SPDX-License-Identifier: MIT */
/*
 * Running another program for what it prints. No shell: words are split here. The program gets our environment, no
 * terminal as standard input, and is killed with its children when its time is over or the caller wants to stop.
 */
#ifndef FERRY_IO_PROCESS_H
#define FERRY_IO_PROCESS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct process_options {
	unsigned seconds;  /* at most */
	size_t output_max; /* bytes of standard output */
	bool (*cancelled)(void *context);
	void *context;
};

/* Words as a POSIX shell splits them: blanks, '...', "...", backslash; no variables, no globs. NULL-terminated. ERR_USAGE. */
MUST_CHECK bool process_words(struct arena *a, struct str line, const char *const **out,
			      struct err *e);

/*
 * *output on the arena. Standard error is thrown away. Errors name the program, not its arguments nor what it printed:
 * ERR_INPUT not found, or a status that is not 0; ERR_NETWORK the time is over; ERR_CANCELLED.
 */
MUST_CHECK bool process_run(struct arena *a, const char *const *words,
			    const struct process_options *o, struct str *output, struct err *e);
/* Starts one and leaves it alone (a browser); its output is thrown away. */
MUST_CHECK bool process_start(const char *const *words, struct err *e);

#endif
