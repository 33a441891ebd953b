/* SPDX-License-Identifier: MIT */
/*
 * Both services read a line as a command and end its parts at certain characters; each has its own way to write those.
 * (docs.github.com, "Workflow commands"; learn.microsoft.com, "Logging commands")
 */
#include "cli/annotations.h"

#include <inttypes.h>

#include "base/limits.h"

#include "base/banned.h"

struct escape {
	char c;
	const char *text;
};

/* The first ones hold for a message, all of them for a property. */
static const struct escape github[] = {
	{ '%', "%25" }, { '\r', "%0D" }, { '\n', "%0A" }, { ':', "%3A" }, { ',', "%2C" },
};
/* Only the type, which is ours, is a property. */
static const struct escape azure[] = {
	{ '%', "%AZP25" },
	{ '\r', "%0D" },
	{ '\n', "%0A" },
};
#define IN_MESSAGES ((size_t)3)

static void add_char(struct buf *out, const struct escape *escapes, size_t n, char c)
{
	for (size_t i = 0; i < n; i++) {
		if (c == escapes[i].c) {
			buf_add(out, str_from(escapes[i].text));
			return;
		}
	}
	buf_add_char(out, c);
}

static void add(struct buf *out, const struct escape *escapes, size_t n, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		add_char(out, escapes, n, s.p[i]);
}

void annotation_put(struct buf *out, enum annotation_form form, enum severity severity,
		    struct str title, struct str message)
{
	static const char *const words[] = {
		[SEVERITY_NOTE] = "notice",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};
	bool error = severity == SEVERITY_ERROR;

	switch (form) {
	case ANNOTATION_NONE:
		return;
	case ANNOTATION_GITHUB:
		buf_add_fmt(out, "::%s title=", words[severity]);
		add(out, github, COUNT_OF(github), title);
		buf_add(out, S("::"));
		add(out, github, IN_MESSAGES, message);
		return;
	case ANNOTATION_AZURE:
		buf_add_fmt(out, "##vso[task.logissue type=%s]", error ? "error" : "warning");
		add(out, azure, IN_MESSAGES, title);
		buf_add(out, S(": "));
		add(out, azure, IN_MESSAGES, message);
		return;
	}
}

struct annotating {
	struct ui *ui;
	enum annotation_form form;
	const char *command;
	uint64_t left[SEVERITY_ERROR + 1]; /* to be told; counted first */
	unsigned shown[SEVERITY_ERROR + 1];
};

static void put(struct annotating *a, enum severity severity, struct str title, struct str message)
{
	DEFER(buf_release) struct buf line = buf_make(0);

	annotation_put(&line, a->form, severity, title, message);
	ui_put(a->ui->err, buf_str(&line));
	fputc('\n', a->ui->err);
	a->shown[severity]++;
	a->left[severity]--;
}

/* False: there is no room for it, or only for how many there are. */
static bool has_room(struct annotating *a, enum severity severity)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	uint64_t left = a->left[severity];

	if (a->shown[severity] < ANNOTATIONS_SHOWN - 1 ||
	    (a->shown[severity] == ANNOTATIONS_SHOWN - 1 && left == 1))
		return true;
	if (a->shown[severity] == ANNOTATIONS_SHOWN - 1) {
		buf_add_fmt(&text, "and %" PRIu64 " more %s; the log or --report shows them", left,
			    severity == SEVERITY_ERROR ? "errors" : "warnings");
		put(a, severity, str_from(a->command), buf_str(&text));
	}
	return false;
}

static void add_problem(struct annotating *a, const struct problem *p)
{
	DEFER(buf_release) struct buf title = buf_make(0);
	DEFER(buf_release) struct buf text = buf_make(0);

	buf_add(&title, str_from(a->command));
	if (p->table.n > 0)
		buf_add_fmt(&title, " %.*s", STR_ARG(p->table));
	if (p->id.n > 0)
		buf_add_fmt(&text, "%.*s: ", STR_ARG(p->id));
	if (p->column.n > 0)
		buf_add_fmt(&text, "%.*s: ", STR_ARG(p->column));
	buf_add(&text, str_sub(p->message, 0, LIMIT_MESSAGE / 2));
	if (p->remedy.n > 0)
		buf_add_fmt(&text, "; %.*s", STR_ARG(p->remedy));
	put(a, p->severity, buf_str(&title), buf_str(&text));
}

static bool add_problems(struct annotating *a, struct run *run, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };

	if (!journal_problems(run, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more || p.severity == SEVERITY_NOTE)
			return true;
		if (has_room(a, p.severity))
			add_problem(a, &p);
	}
}

static enum annotation_form form_of(const struct program *p)
{
	struct str on_github = str_from(p->environment("GITHUB_ACTIONS"));
	struct str on_azure = str_from(p->environment("TF_BUILD"));

	if (str_eq_ascii_nocase(on_github, S("true")))
		return ANNOTATION_GITHUB;
	return str_eq_ascii_nocase(on_azure, S("true")) ? ANNOTATION_AZURE : ANNOTATION_NONE;
}

void annotations_write(struct program *p, const struct report *r)
{
	DEFER(buf_release) struct buf name = buf_make(0);
	struct annotating a = { .ui = p->ui, .form = form_of(p) };
	struct err e = { 0 };

	if (a.form == ANNOTATION_NONE)
		return;
	buf_add_fmt(&name, "ferry %s", r->command);
	a.command = str_cstr(p->arena, buf_str(&name));
	if (r->run &&
	    (!journal_count_problems(r->run, SEVERITY_WARNING, &a.left[SEVERITY_WARNING], &e) ||
	     !journal_count_problems(r->run, SEVERITY_ERROR, &a.left[SEVERITY_ERROR], &e)))
		return;
	a.left[SEVERITY_ERROR] += r->stopped != NULL;
	ui_clear(p->ui);
	fflush(p->ui->out);
	if (r->stopped)
		put(&a, SEVERITY_ERROR, str_from(a.command), str_from(r->stopped->msg));
	/* the run itself tells what is wrong with its file */
	if (r->run && !add_problems(&a, r->run, &e))
		ui_detail(p->ui, "annotations are not complete: %s", e.msg);
}
