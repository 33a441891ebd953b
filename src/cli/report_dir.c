/* SPDX-License-Identifier: MIT */
/*
 * All three files are written beside their places and appear when all of them are complete. The changes are walked once
 * for the page and the tests, and once for the document.
 */
#include "cli/report_dir.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "cli/output.h"
#include "cli/report_html.h"
#include "cli/report_junit.h"

#include "base/banned.h"

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool is_empty(const char *path)
{
	DEFER(close_folder) DIR *d = opendir(path);

	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return d != NULL;
}

bool report_dir_check(const char *dir, bool overwrite, struct err *e)
{
	if (!file_exists(dir))
		return output_has_folder(dir, e) || err_wrap(e, "--report");
	if (!file_is_directory(dir))
		return err_set(e, ERR_USAGE, "--report: %s is not a folder", dir);
	return overwrite || is_empty(dir) ||
	       err_set(e, ERR_USAGE,
		       "--report: %s is not empty; --overwrite replaces a report in it, or name another "
		       "folder",
		       dir);
}

enum part { PART_JSON, PART_JUNIT, PART_HTML, PARTS };

/* A file that is being written. */
struct report_file {
	const char *path, *temp;
	struct file_sink sink;
};

struct report_files {
	struct report_file p[PARTS];
};

/* What was not committed is gone. */
static void close_files(struct report_files *f)
{
	struct err ignored;

	for (size_t i = 0; i < PARTS; i++) {
		if (!f->p[i].temp)
			continue;
		file_sink_close(&f->p[i].sink);
		(void)!file_remove(f->p[i].temp, &ignored);
	}
}

static bool open_files(struct report_files *f, struct arena *a, const char *dir, struct err *e)
{
	static const char *const names[PARTS] = {
		[PART_JSON] = "report.json",
		[PART_JUNIT] = "junit.xml",
		[PART_HTML] = "report.html",
	};

	for (size_t i = 0; i < PARTS; i++) {
		struct report_file *one = &f->p[i];
		const char *path = str_fmt(a, "%s/%s", dir, names[i]).p;
		const char *temp = file_temp_name(a, path);

		if (!file_sink_open(&one->sink, temp, 0666, e))
			return false;
		one->path = path;
		one->temp = temp;
	}
	return true;
}

static bool commit_files(struct report_files *f, struct err *e)
{
	for (size_t i = 0; i < PARTS; i++)
		if (!file_sink_finish(&f->p[i].sink, e))
			return false;
	for (size_t i = 0; i < PARTS; i++) {
		if (!file_commit(f->p[i].temp, f->p[i].path, e))
			return false;
		f->p[i].temp = NULL;
	}
	return true;
}

struct telling {
	struct report_html *html;
	struct report_junit *junit;
};

static bool tell(void *context, const struct told_change *t, struct err *e)
{
	const struct telling *to = context;

	report_html_change(to->html, t);
	return report_junit_change(to->junit, t, e);
}

/* What the run file says of the run; NULL when it says nothing. */
static const struct run_head *head_of(struct arena *a, const struct report *r, const struct job *j)
{
	struct run_head *head = arena_new(a, struct run_head);
	struct err none;

	if (j)
		return &j->head;
	return r->run && r->run->db && run_read_head(r->run, a, head, &none) ? head : NULL;
}

static bool write_parts(struct program *p, struct report_files *f, const struct report *r,
			struct job *j, struct err *e)
{
	DEFER(report_html_release) struct report_html html = { 0 };
	DEFER(report_junit_release) struct report_junit junit = { 0 };
	struct telling to = { &html, &junit };

	return report_document(&f->p[PART_JSON].sink.sink, r, e) &&
	       report_html_begin(&html, p, &f->p[PART_HTML].sink.sink, r, head_of(p->arena, r, j),
				 j, e) &&
	       report_junit_begin(&junit, p->arena, &f->p[PART_JUNIT].sink.sink, r, j, e) &&
	       (!j || changes_each(j, tell, &to, e)) && report_html_end(&html, e) &&
	       report_junit_end(&junit, e);
}

bool report_dir_write(struct program *p, const char *dir, const struct report *r, struct job *j,
		      bool overwrite, struct err *e)
{
	DEFER(close_files) struct report_files files = { 0 };

	if (!report_dir_check(dir, overwrite, e) || !file_make_directory(dir, 0777, e))
		return false;
	return (open_files(&files, p->arena, dir, e) && write_parts(p, &files, r, j, e) &&
		commit_files(&files, e)) ||
	       err_wrap(e, "writing the report %s", dir);
}
