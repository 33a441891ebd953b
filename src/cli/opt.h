/* SPDX-License-Identifier: MIT */
/*
 * Options and operands as tables. Parsing, --help, the manual page and the shells' completions are all
 * made from the same tables, so that they cannot disagree. Values go into the struct that the command
 * declared, at the offset that the table says.
 *
 * Every option has an environment variable: --batch-size is FERRY_BATCH_SIZE. The command line wins. The
 * forms are --name=value, --name value, -n value, -nvalue, clustered flags (-qv), and -- ends options. An option
 * may have a short form of several letters, too, as another program spells it: -sf value, -sf=value.
 */
#ifndef FERRY_CLI_OPT_H
#define FERRY_CLI_OPT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum opt_kind {
	OPT_FLAG,        /* bool */
	OPT_TEXT,        /* const char *, NULL when not given */
	OPT_FILE,        /* the same; completes to a path */
	OPT_ENVIRONMENT, /* the same; an environment reference */
	OPT_PROFILE,     /* the same; the name of a profile */
	OPT_WORD,        /* the same; one of `words` */
	OPT_LIST,        /* struct opt_list: may be given several times */
	OPT_MAYBE, /* const char *: --name is "", --name=value is the value, one of `words` if there are any */
	OPT_NUMBER, /* struct opt_number */
	OPT_AUTO    /* unsigned; "auto" is 0 */
};

struct opt_number {
	bool given;
	uint64_t value;
};

#define OPT_LIST_MAX 200
struct opt_list {
	const char *items[OPT_LIST_MAX];
	size_t n;
	bool variable; /* the one item is from the environment */
};

struct opt {
	const char *name;
	char letter;            /* 0: none */
	const char *short_name; /* of several letters, with its dash: "-sf"; NULL: none */
	enum opt_kind kind;
	bool required;
	size_t offset;
	const char *argument; /* its name in help; NULL for a flag */
	const char *help;
	const char *const *words; /* OPT_WORD, OPT_MAYBE: ends with NULL */
};

/* What stands without dashes, in order. Kinds: all that are a const char *. */
struct operand {
	const char *name;
	enum opt_kind kind;
	bool optional; /* so are all after it */
	bool many;     /* the last: one or more, into a struct opt_list */
	size_t offset; /* of a const char * */
	const char *help;
	const char *const *words;
};

/* An option that other programs have: what is written here instead. */
struct opt_elsewhere {
	const char *name; /* without dashes */
	const char *instead;
};

/* The tables of a command. */
struct syntax {
	const struct opt *opts;
	size_t nopts;
	const struct opt *common; /* a second table, whose offsets are in the same struct */
	size_t ncommon;
	const struct operand *operands;
	size_t noperands;
	const struct opt_elsewhere *elsewhere; /* ends with a NULL name; may be NULL */
};

/* The options of both tables, numbered from 0. */
size_t opt_count(const struct syntax *s);
const struct opt *opt_at(const struct syntax *s, size_t i);

#define OPT_VARIABLE_SIZE 64
/* FERRY_BATCH_SIZE for batch-size. */
const char *opt_variable(const struct opt *o, char out[OPT_VARIABLE_SIZE]);

/*
 * Fills `values` (zeroed by the caller) from argv[0..argc) and the environment. False: ERR_USAGE, with
 * what was probably meant. *help is true when --help or -h was among the options: then nothing was checked.
 */
MUST_CHECK bool opt_parse(const struct syntax *s, int argc, char **argv,
			  const char *(*environment)(const char *name), void *values, bool *help,
			  struct err *e);

/*
 * The other way: the words of a command line that gives the same values, those of variables included, without the options that the
 * `common` table has. Their number; on the arena.
 */
size_t opt_words(struct arena *a, const struct syntax *s, const void *values, struct str **words);

#endif
