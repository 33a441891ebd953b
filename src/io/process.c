/* SPDX-License-Identifier: MIT */
/*
 * fork and exec. What the new program could not be started for, it tells through a pipe that closes by itself when it
 * was started. It is the head of a session of its own, so that one signal ends it with its children, and so that it finds no
 * terminal on which it could ask.
 */
#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/vec.h"

#include "base/banned.h"

#define SLICE_MS 50 /* how often it is looked whether to stop */
#define EXIT_MS 5   /* how often for the end of a program that closed its output */
#define NAME_SHOWN 200

/* ---- words ---- */

struct splitting {
	struct str rest;
	struct buf *word;
	bool begun; /* '' is a word, too */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '{' || c == '(';
}

/* What a shell would act on; taken as it stands, it would do something else than was meant. */
static bool wants_shell(struct str at, bool quoted)
{
	if (at.p[0] == '$')
		return at.n > 1 && is_name(at.p[1]);
	return at.p[0] == '`' || (!quoted && strchr("|&;<>", at.p[0]) != NULL);
}

static bool refuse_shell(char c, struct err *e)
{
	return err_set(
		e, ERR_USAGE,
		"the command has a %c outside of quotes, but there is no shell that would act on it; "
		"write sh -c '...' around what needs one",
		c);
}

static bool single_quoted(struct splitting *s, struct err *e)
{
	size_t end = str_find_char(s->rest, '\'');

	if (end == STR_NONE)
		return err_set(e, ERR_USAGE, "a ' in the command has no other");
	buf_add(s->word, str_sub(s->rest, 0, end));
	s->rest = str_skip(s->rest, end + 1);
	return true;
}

/* Behind a backslash; nothing stands for a line end. */
static void escaped(struct splitting *s, bool quoted)
{
	char c = s->rest.p[0];

	if (quoted && !strchr("$`\"\\\n", c))
		buf_add_char(s->word, '\\');
	if (c != '\n')
		buf_add_char(s->word, c);
	s->rest = str_skip(s->rest, 1);
}

static bool double_quoted(struct splitting *s, struct err *e)
{
	while (s->rest.n > 0) {
		struct str at = s->rest;

		s->rest = str_skip(s->rest, 1);
		if (at.p[0] == '"')
			return true;
		if (at.p[0] == '\\' && s->rest.n > 0)
			escaped(s, true);
		else if (wants_shell(at, true))
			return refuse_shell(at.p[0], e);
		else
			buf_add_char(s->word, at.p[0]);
	}
	return err_set(e, ERR_USAGE, "a \" in the command has no other");
}

/* Up to the blank behind the word. */
static bool one_word(struct splitting *s, struct err *e)
{
	while (s->rest.n > 0 && !is_blank(s->rest.p[0])) {
		struct str at = s->rest;
		char c = at.p[0];
		bool ok = true;

		s->rest = str_skip(s->rest, 1);
		s->begun = s->begun || c != '\\' || !str_starts(s->rest, S("\n"));
		if (c == '\'')
			ok = single_quoted(s, e);
		else if (c == '"')
			ok = double_quoted(s, e);
		else if (c == '\\' && s->rest.n == 0)
			ok = err_set(e, ERR_USAGE, "the command ends with a backslash");
		else if (c == '\\')
			escaped(s, false);
		else if (wants_shell(at, false))
			ok = refuse_shell(c, e);
		else
			buf_add_char(s->word, c);
		if (!ok)
			return false;
	}
	return true;
}

bool process_words(struct arena *a, struct str line, const char *const **out, struct err *e)
{
	DEFER(buf_release) struct buf word = buf_make(0);
	VEC(const char *) words = { 0 };

	if (str_find_char(line, '\0') != STR_NONE)
		return err_set(e, ERR_USAGE, "the command has a NUL in it");
	for (struct splitting s = { .rest = line, .word = &word }; s.rest.n > 0;) {
		if (is_blank(s.rest.p[0])) {
			s.rest = str_skip(s.rest, 1);
			continue;
		}
		buf_clear(&word);
		s.begun = false;
		if (!one_word(&s, e))
			return false;
		if (s.begun)
			*VEC_PUSH(a, &words) = str_cstr(a, buf_str(&word));
	}
	if (words.n == 0 || !words.p[0][0])
		return err_set(e, ERR_USAGE, "the command is empty");
	*VEC_PUSH(a, &words) = NULL;
	*out = words.p;
	return true;
}

/* ---- starting ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool make_pipe(int *from, int *to, struct err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_set(e, ERR_INTERNAL, "no pipe to another program: %s", strerror(errno));
	*from = fds[0];
	*to = fds[1];
	return true;
}

/* In the new process: never comes back. `output` -1: thrown away. */
static _Noreturn void become(const char *const *words, int output, int trouble)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int error;
	/* execvp takes them as if it could change them */
	union {
		const char *const *given;
		char *const *taken;
	} argv = { .given = words };

	setsid();
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
	    dup2(output >= 0 ? output : null, STDOUT_FILENO) >= 0) {
		/* what other libraries have open is not its business */
		(void)close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
		execvp(words[0], argv.taken);
	}
	error = errno;
	(void)!write(trouble, &error, sizeof(error));
	_exit(127);
}

static struct str shown(const char *const *words)
{
	return str_sub(str_from(words[0]), 0, NAME_SHOWN);
}

/* Waits until the program runs; false tells why it does not. */
static bool has_started(const char *const *words, int trouble, struct err *e)
{
	int error = 0;
	ssize_t n;

	do {
		n = read(trouble, &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return true;
	if (error == ENOENT)
		return err_set(
			e, ERR_INPUT,
			"the program %.*s was not found; is it installed, and its folder in PATH?",
			STR_ARG(shown(words)));
	return err_set(e, ERR_INPUT, "the program %.*s cannot be started: %s",
		       STR_ARG(shown(words)), strerror(error));
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* ---- running ---- */

struct running {
	const char *const *words;
	const struct process_options *options;
	pid_t pid;
	int output;
	bool ended;
	int status;
	struct buf bytes;
};

static void stop(struct running *r)
{
	if (r->pid > 0 && !r->ended) {
		kill(-r->pid, SIGKILL);
		kill(r->pid, SIGKILL); /* before it had a session of its own */
		reap(r->pid);
	}
	r->ended = true;
	close_fd(&r->output);
	if (r->bytes.p)
		explicit_bzero(r->bytes.p, r->bytes.cap);
	buf_release(&r->bytes);
}

static bool start(struct running *r, struct err *e)
{
	DEFER(close_fd) int trouble = -1;
	DEFER(close_fd) int trouble_in = -1;
	DEFER(close_fd) int output_in = -1;

	if (!make_pipe(&trouble, &trouble_in, e) || !make_pipe(&r->output, &output_in, e))
		return false;
	r->pid = fork();
	if (r->pid < 0)
		return err_set(e, ERR_INTERNAL, "no process for the program %.*s: %s",
			       STR_ARG(shown(r->words)), strerror(errno));
	if (r->pid == 0)
		become(r->words, output_in, trouble_in);
	close_fd(&trouble_in);
	close_fd(&output_in);
	(void)fcntl(r->output, F_SETFL, O_NONBLOCK);
	return has_started(r->words, trouble, e);
}

/* What is there now; the end closes it. */
static bool take(struct running *r, struct err *e)
{
	char piece[4096];
	ssize_t n;

	while (r->output >= 0) {
		n = read(r->output, piece, sizeof(piece));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ||
			       err_set(e, ERR_INTERNAL, "reading from the program %.*s: %s",
				       STR_ARG(shown(r->words)), strerror(errno));
		if (n == 0)
			close_fd(&r->output);
		buf_add(&r->bytes, str_of(piece, (size_t)n));
		explicit_bzero(piece, (size_t)n);
		if (r->bytes.full)
			return err_set(e, ERR_INPUT, "the program %.*s prints more than %zu bytes",
				       STR_ARG(shown(r->words)), r->bytes.max);
	}
	return true;
}

static bool may_go_on(const struct running *r, int64_t until, struct err *e)
{
	const struct process_options *o = r->options;

	if (o->cancelled && o->cancelled(o->context))
		return err_set(e, ERR_CANCELLED, "cancelled while the program %.*s ran",
			       STR_ARG(shown(r->words)));
	return steady_ms() < until ||
	       err_set(e, ERR_NETWORK, "the program %.*s has not ended after %u s and was stopped",
		       STR_ARG(shown(r->words)), o->seconds);
}

/* Until it has ended. A child that it leaves behind may hold its output open: that is not waited for. */
static bool follow(struct running *r, struct err *e)
{
	int64_t until = steady_ms() + (int64_t)r->options->seconds * 1000;

	while (!r->ended) {
		struct pollfd p = { .fd = r->output, .events = POLLIN };

		(void)poll(&p, 1, r->output >= 0 ? SLICE_MS : EXIT_MS);
		r->ended = waitpid(r->pid, &r->status, WNOHANG) == r->pid;
		if (!take(r, e) || (!r->ended && !may_go_on(r, until, e)))
			return false;
	}
	return true;
}

static bool succeeded(const struct running *r, struct err *e)
{
	if (WIFSIGNALED(r->status))
		return err_set(e, ERR_INPUT, "the program %.*s was ended by signal %d",
			       STR_ARG(shown(r->words)), WTERMSIG(r->status));
	return WEXITSTATUS(r->status) == 0 ||
	       err_set(e, ERR_INPUT,
		       "the program %.*s ended with status %d; run it by hand to see why",
		       STR_ARG(shown(r->words)), WEXITSTATUS(r->status));
}

bool process_run(struct arena *a, const char *const *words, const struct process_options *o,
		 struct str *output, struct err *e)
{
	DEFER(stop) struct running r = {
		.words = words,
		.options = o,
		.output = -1,
		.bytes = buf_make(o->output_max),
	};

	if (!start(&r, e) || !follow(&r, e) || !succeeded(&r, e))
		return false;
	*output = str_dup(a, buf_str(&r.bytes));
	return true;
}

bool process_start(const char *const *words, struct err *e)
{
	DEFER(close_fd) int trouble = -1;
	DEFER(close_fd) int trouble_in = -1;
	pid_t between;

	if (!make_pipe(&trouble, &trouble_in, e))
		return false;
	between = fork();
	if (between < 0)
		return err_set(e, ERR_INTERNAL, "no process for the program %.*s: %s",
			       STR_ARG(shown(words)), strerror(errno));
	if (between == 0) {
		/* nobody has to wait for the child of one that has ended */
		pid_t child = fork();

		if (child == 0)
			become(words, -1, trouble_in);
		if (child < 0)
			(void)!write(trouble_in, &errno, sizeof(errno));
		_exit(0);
	}
	close_fd(&trouble_in);
	reap(between);
	return has_started(words, trouble, e);
}
