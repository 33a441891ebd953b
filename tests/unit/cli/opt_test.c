/* SPDX-License-Identifier: MIT */
/*
 * Command lines and environment variables against tables.
 */
#include "cli/opt.h"

#include "expect.h"

struct values {
	bool overwrite;
	bool quiet;
	const char *from;
	const char *kind;
	struct opt_number seed;
	unsigned batch_size;
	struct opt_list tables;
	const char *package;
	const char *second;
};

static const char *const kinds[] = { "red", "green", NULL };

static const struct opt opts[] = {
	{ .name = "from",
	  .letter = 'f',
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct values, from),
	  .argument = "ENV",
	  .help = "the environment" },
	{ .name = "overwrite",
	  .letter = 'o',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct values, overwrite) },
	{ .name = "kind",
	  .kind = OPT_WORD,
	  .offset = offsetof(struct values, kind),
	  .argument = "KIND",
	  .words = kinds },
	{ .name = "seed",
	  .letter = 's',
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct values, seed),
	  .argument = "N" },
	{ .name = "table",
	  .short_name = "-tb",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct values, tables),
	  .argument = "T" },
	{ .name = "batch-size",
	  .kind = OPT_AUTO,
	  .offset = offsetof(struct values, batch_size),
	  .argument = "N" },
};
static const struct opt common[] = {
	{ .name = "quiet",
	  .letter = 'q',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct values, quiet) },
};
static const struct operand operands[] = {
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct values, package),
	  .help = "the package" },
	{ .name = "SECOND",
	  .kind = OPT_TEXT,
	  .optional = true,
	  .offset = offsetof(struct values, second),
	  .help = "another" },
};
static const struct syntax syntax = {
	.opts = opts,
	.nopts = COUNT_OF(opts),
	.common = common,
	.ncommon = COUNT_OF(common),
	.operands = operands,
	.noperands = COUNT_OF(operands),
};

static struct err error;
static bool help;

/* Parses the words of `line`, which are separated by one blank. */
static bool parse(const char *line, struct values *v)
{
	static char text[1000];
	char *argv[40];
	int argc = 0;
	size_t n = strlen(line);

	assert_true(n < sizeof(text));
	memcpy(text, line, n + 1);
	for (char *word = text; n > 0 && word; argc++) {
		char *blank = strchr(word, ' ');

		argv[argc] = word;
		if (blank)
			*blank = '\0';
		word = blank ? blank + 1 : NULL;
	}
	*v = (struct values){ 0 };
	help = false;
	return opt_parse(&syntax, argc, argv, variable, v, &help, &error);
}

static void expect_refused(const char *line, const char *message)
{
	struct values v;

	assert_false(parse(line, &v));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_string_equal(error.msg, message);
}

static void every_way_of_writing_a_value_gives_it(void **state)
{
	static const char *const lines[] = { "a.zip --from local:a", "--from local:a a.zip",
					     "--from=local:a a.zip", "-f local:a a.zip",
					     "-flocal:a a.zip",      "a.zip -of local:a" };
	struct values v;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		assert_true(parse(lines[i], &v));
		assert_string_equal(v.from, "local:a");
		assert_string_equal(v.package, "a.zip");
	}
	assert_true(v.overwrite);
}

static void flags_can_be_clustered(void **state)
{
	struct values v;

	(void)state;
	assert_true(parse("a.zip -oqf x", &v));
	assert_true(v.overwrite && v.quiet);
	assert_string_equal(v.from, "x");
	assert_true(parse("a.zip -f x", &v));
	assert_false(v.overwrite || v.quiet);
}

static void after_two_dashes_everything_is_an_argument(void **state)
{
	struct values v;

	(void)state;
	assert_true(parse("-f x -- --overwrite -q", &v));
	assert_string_equal(v.package, "--overwrite");
	assert_string_equal(v.second, "-q");
	assert_true(parse("-f x -", &v));
	assert_string_equal(v.package, "-");
}

static void numbers_are_whole_and_auto_is_a_word(void **state)
{
	struct values v;

	(void)state;
	assert_true(parse("a -f x --seed 18446744073709551615 --batch-size 7", &v));
	assert_true(v.seed.given);
	assert_true(v.seed.value == UINT64_MAX);
	assert_int_equal(v.batch_size, 7);
	assert_true(parse("a -f x --batch-size auto", &v));
	assert_int_equal(v.batch_size, 0);
	assert_false(v.seed.given);
	expect_refused("a -f x --seed 1x", "--seed: \"1x\" is not a whole number");
	expect_refused("a -f x --seed=-1", "--seed: \"-1\" is not a whole number");
	expect_refused("a -f x --batch-size 0",
		       "--batch-size: \"0\" is neither auto nor a number from 1 up");
}

static void a_list_takes_what_every_mention_says(void **state)
{
	static const char *const table[] = { "FERRY_TABLE", "v", NULL };
	struct values v;

	(void)state;
	assert_true(parse("a --from x --table a --table=b:c,d -tb e -tb=f", &v));
	assert_int_equal(v.tables.n, 4);
	assert_string_equal(v.tables.items[1], "b:c,d");
	assert_string_equal(v.tables.items[2], "e");
	assert_string_equal(v.tables.items[3], "f");
	variables = table;
	assert_true(parse("a --from x", &v));
	assert_int_equal(v.tables.n, 1);
	assert_string_equal(v.tables.items[0], "v");
	assert_true(parse("a --from x --table a -tb b", &v));
	assert_int_equal(v.tables.n, 2);
	assert_string_equal(v.tables.items[0], "a");
	variables = NULL;
	expect_refused("a --from x --table=", "--table: the value is empty");
	expect_refused("a --from x -tb", "-tb needs a value: T");
	expect_refused("a --from x -tbx y", "unknown option -t");
}

static void what_is_not_known_is_refused_with_a_guess(void **state)
{
	(void)state;
	expect_refused("a --form x", "unknown option --form; did you mean --from?");
	expect_refused("a --zzzzzz", "unknown option --zzzzzz");
	expect_refused("a -z", "unknown option -z");
	expect_refused("a b c -f x", "\"c\" is one argument too many");
	expect_refused("a -f x --kind blue", "--kind: \"blue\" is none of red, green");
	expect_refused("a --overwrite=yes -f x", "--overwrite takes no value");
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	expect_refused("-f x", "PKG is missing: the package");
	expect_refused("a", "--from ENV is missing: the environment");
	expect_refused("a --from", "--from needs a value: ENV");
	expect_refused("a --from=", "--from: the value is empty");
}

static void variables_stand_in_for_options_and_give_way_to_them(void **state)
{
	static const char *const some[] = {
		"FERRY_FROM", "local:env", "FERRY_OVERWRITE",  "1", "FERRY_QUIET", "no",
		"FERRY_SEED", "",          "FERRY_BATCH_SIZE", "9", NULL
	};
	static const char *const wrong[] = { "FERRY_OVERWRITE", "maybe", NULL };
	struct values v;

	(void)state;
	variables = some;
	assert_true(parse("a", &v));
	assert_string_equal(v.from, "local:env");
	assert_true(v.overwrite);
	assert_false(v.quiet);
	assert_false(v.seed.given);
	assert_int_equal(v.batch_size, 9);
	assert_true(parse("a --from local:line --batch-size 2", &v));
	assert_string_equal(v.from, "local:line");
	assert_int_equal(v.batch_size, 2);
	variables = wrong;
	expect_refused("a -f x", "the variable FERRY_OVERWRITE: \"maybe\" is neither 1 nor 0");
	variables = NULL;
}

static void help_is_given_whatever_else_is_wrong(void **state)
{
	struct values v;

	(void)state;
	assert_true(parse("--help", &v));
	assert_true(help);
	assert_true(parse("--nonsense --help", &v));
	assert_true(help);
	assert_true(parse("-h", &v));
	assert_true(help);
	assert_true(parse("a -f x -- --help", &v));
	assert_false(help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_of_writing_a_value_gives_it),
		cmocka_unit_test(flags_can_be_clustered),
		cmocka_unit_test(after_two_dashes_everything_is_an_argument),
		cmocka_unit_test(numbers_are_whole_and_auto_is_a_word),
		cmocka_unit_test(a_list_takes_what_every_mention_says),
		cmocka_unit_test(what_is_not_known_is_refused_with_a_guess),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(variables_stand_in_for_options_and_give_way_to_them),
		cmocka_unit_test(help_is_given_whatever_else_is_wrong),
	};

	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
