/* SPDX-License-Identifier: MIT */
/*
 * Whole imports into a real local organization, in process: a package out of a few words, the run, and
 * what a person asks afterwards: the numbers, the problems, the rows in the organization's file. Every
 * import checks that its numbers add up. Between the engine and the organization stands a tap, through
 * which a test sees, counts and disturbs what goes by.
 */
#ifndef FERRY_TESTS_UNIT_MOVE_ENGINE_H
#define FERRY_TESTS_UNIT_MOVE_ENGINE_H

#include "fixture.h"

#include "base/file.h"
#include "base/limits.h"
#include "io/db.h"
#include "move/import.h"
#include "move/journal.h"
#include "org/app.h"

#include "../folder.h"

/* Words of a schema. */
#define FIELD(name, type) "<field name=\"" name "\" type=\"" type "\"/>"
#define TEXT(name) FIELD(name, "string")
#define STATES FIELD("statecode", "state") FIELD("statuscode", "status")
#define COMPARED(name, type) "<field updateCompare=\"true\" name=\"" name "\" type=\"" type "\"/>"
#define LOOKUP(name, to) "<field name=\"" name "\" type=\"entityreference\" lookupType=\"" to "\"/>"
#define ENTITY_AS(name, key, attributes, fields, links)                                            \
	"<entity name=\"" name "\" primaryidfield=\"" key "\" " attributes "><fields>"             \
	"<field name=\"" key "\" type=\"guid\" primaryKey=\"true\"/>" fields                       \
	"</fields><relationships>" links "</relationships></entity>"
#define ENTITY(name, key, fields) ENTITY_AS(name, key, "", fields, "")
#define MANY(name, of, to, key)                                                                    \
	"<relationship name=\"" name                                                               \
	"\" manyToMany=\"true\" isreflexive=\"false\" relatedEntityName=\"" of                     \
	"\" m2mTargetEntity=\"" to "\" m2mTargetEntityPrimaryKey=\"" key "\"/>"

/* Words of the data. */
#define ROWS(name, rows) LINKED_ROWS(name, rows, "")
#define LINKED_ROWS(name, rows, links)                                                             \
	"<entity name=\"" name "\"><records>" rows "</records><m2mrelationships>" links            \
	"</m2mrelationships></entity>"
#define ROW(id, fields) "<record id=\"" id "\">" fields "</record>"
#define IS(name, value) "<field name=\"" name "\" value=\"" value "\"/>"
#define REF(name, id, table, label)                                                                \
	"<field name=\"" name "\" value=\"" id "\" lookupentity=\"" table                          \
	"\" lookupentityname=\"" label "\"/>"
#define LINKS(from, to, key, name, targets)                                                        \
	"<m2mrelationship sourceid=\"" from "\" targetentityname=\"" to                            \
	"\" targetentitynameidfield=\"" key "\" m2mrelationshipname=\"" name                       \
	"\"><targetids>" targets "</targetids></m2mrelationship>"
#define TO(id) "<targetid>" id "</targetid>"

/* Ids of the tests: ID("01") ... */
#define ID(xx) "a0000000-0000-4000-8000-0000000000" xx

/* Tables that many tests use. */
#define SKILL(fields) ENTITY("characteristic", "characteristicid", fields)
#define SKILL_ROWS(rows) ROWS("characteristic", rows)
#define TAG ENTITY("msdyn_octag", "msdyn_octagid", TEXT("msdyn_name"))
#define QUEUE(fields) ENTITY("queue", "queueid", TEXT("name") fields)
#define POSITION                                                                                   \
	ENTITY("position", "positionid", TEXT("name") LOOKUP("parentpositionid", "position"))

struct engine {
	char folder[64];
	const char *path; /* of the target */
	struct arena a;
	struct org *org;
	struct service tap;
	struct knowledge knowledge;
	struct import_options options;
	const struct progress *progress;
	/* Asked about every request; may do as it likes. False: the service is gone. */
	bool (*before)(struct engine *w, const struct request *r, struct err *e);
	/* Changes an answer. */
	void (*after)(struct engine *w, struct response *out);
	bool open;        /* the run file */
	bool batch;       /* the request that is answered is a $batch */
	unsigned batches; /* of the last import */
	unsigned count;   /* for the tests */
	struct run run;
	struct import_result result;
	bool ok;
	struct err e;
};

static char template_folder[64];

static inline void must(struct engine *w, bool ok)
{
	if (!ok)
		fail_msg("%s", w->e.msg);
}

static inline bool tap_submit(struct service *s, const struct request *r, uint64_t tag,
			      struct err *e)
{
	struct engine *w = CONTAINER_OF(s, struct engine, tap);
	struct service *inner = org_service(w->org);

	w->batch = str_eq(r->target, S("$batch"));
	w->batches += w->batch;
	return (!w->before || w->before(w, r, e)) && inner->submit(inner, r, tag, e);
}

static inline bool tap_next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	struct engine *w = CONTAINER_OF(s, struct engine, tap);
	struct service *inner = org_service(w->org);

	if (!inner->next(inner, tag, out, e))
		return false;
	if (w->after)
		w->after(w, out);
	return true;
}

static inline void write_file(struct engine *w, const char *path, struct str bytes)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };

	must(w, file_remove(path, &w->e));
	must(w, file_sink_open(&f, path, 0600, &w->e));
	must(w, sink_write(&f.sink, bytes, &w->e));
	must(w, file_sink_finish(&f, &w->e));
}

static inline const char *in_folder(struct engine *w, const char *name)
{
	return str_fmt(&w->a, "%s/%s", w->folder, name).p;
}

static inline void reopen(struct engine *w)
{
	org_close(&w->org);
	must(w, org_open(&w->org, &w->a, w->path, true, &w->e));
}

/* One organization is made per program and copied for every test. */
static inline int make_template(void **state)
{
	struct org_create_options options = { .seeded = true, .seed = 11 };
	char path[128];
	struct err e;

	(void)state;
	assert_non_null(test_folder(template_folder, sizeof(template_folder)));
	snprintf(path, sizeof(path), "%s/template.db", template_folder);
	if (!org_create(path, &options, &e))
		fail_msg("%s", e.msg);
	return 0;
}

static inline int remove_template(void **state)
{
	struct err e;

	(void)state;
	return file_remove(template_folder, &e) ? 0 : -1;
}

static inline int engine_make(void **state)
{
	struct engine *w = calloc(1, sizeof(*w));
	struct str bytes;

	assert_non_null(w);
	*w = (struct engine){ .a = arena_make(0) };
	assert_non_null(test_folder(w->folder, sizeof(w->folder)));
	w->path = in_folder(w, "target.db");
	const char *template = str_fmt(&w->a, "%s/template.db", template_folder).p;
	must(w, file_read(&w->a, template, 64 * LIMIT_MIB, &bytes, &w->e));
	write_file(w, w->path, bytes);
	reopen(w);
	must(w, knowledge_builtin(&w->a, &w->knowledge, &w->e));
	w->tap = (struct service){
		.submit = tap_submit, .next = tap_next, .width = 1, .label = "local:target.db"
	};
	*state = w;
	return 0;
}

static inline int engine_release(void **state)
{
	struct engine *w = *state;

	if (w->open)
		run_close(&w->run);
	org_close(&w->org);
	must(w, file_remove(w->folder, &w->e));
	arena_release(&w->a);
	free(w);
	return 0;
}

#define WITH_ENGINE(test) cmocka_unit_test_setup_teardown(test, engine_make, engine_release)
#define RUN_ENGINE_TESTS(tests)                                                                    \
	cmocka_run_group_tests_name(NULL, tests, make_template, remove_template)

/* The target as it is before the import: a row by the service ... */
static inline void have(struct engine *w, const char *set, const char *json)
{
	static const struct header headers[] = { { STR_INIT("Content-Type"),
						   STR_INIT("application/json") } };
	struct request r = { .method = METHOD_POST,
			     .target = str_from(set),
			     .headers = headers,
			     .nheaders = 1,
			     .body = str_from(json) };
	struct response answer;

	must(w, service_call(org_service(w->org), &r, &answer, &w->e));
	if (answer.status != 204 && answer.status != 201)
		fail_msg("%s %s: %d %.*s", set, json, answer.status, STR_ARG(answer.body));
}

/* ... or by SQL, also while an import runs. */
static inline void alter(struct engine *w, const char *sql)
{
	DEFER(db_close) struct db *db = NULL;

	must(w, db_open(&db, &w->a, w->path, DB_WRITE, &w->e));
	must(w, db_exec(db, sql, &w->e));
}

/* All values of all rows, joined by '|'; "-" for null. */
static inline const char *query_file(struct engine *w, const char *path, const char *sql)
{
	DEFER(db_close) struct db *db = NULL;
	DEFER(stmt_close) struct stmt *st = NULL;
	DEFER(buf_release) struct buf out = buf_make(0);
	bool row = true;

	must(w, db_open(&db, &w->a, path, DB_READ, &w->e));
	must(w, db_prepare(db, str_from(sql), &st, &w->e));
	for (;;) {
		must(w, stmt_step(st, &row, &w->e));
		if (!row)
			break;
		for (int i = 0; i < stmt_columns(st); i++) {
			buf_add(&out, out.n > 0 ? S("|") : S(""));
			buf_add(&out, stmt_is_null(st, i) ? S("-") : stmt_str(st, i));
		}
	}
	return str_cstr(&w->a, buf_str(&out));
}

static inline void target_has(struct engine *w, const char *sql, const char *want)
{
	assert_string_equal(query_file(w, w->path, sql), want);
}

/* A package of these entities, as a folder. */
static inline const char *package(struct engine *w, const char *schema, const char *data)
{
	const char *path = in_folder(w, "package");

	must(w, file_make_directory(path, 0700, &w->e));
	write_file(w, in_folder(w, "package/data_schema.xml"),
		   str_fmt(&w->a, "<entities>%s</entities>", schema));
	write_file(w, in_folder(w, "package/data.xml"),
		   str_fmt(&w->a,
			   "<entities timestamp=\"2025-01-01T00:00:00.0000000Z\">%s</entities>",
			   data));
	return path;
}

static inline void check_sums(const struct import_table *tables, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t sum = 0;

		for (size_t k = 0; k < OUTCOMES; k++)
			sum += tables[i].counts[k];
		if (sum != tables[i].read)
			fail_msg("%.*s: %llu of %llu rows are told", STR_ARG(tables[i].name),
				 (unsigned long long)sum, (unsigned long long)tables[i].read);
	}
}

/* One import; whether it went through to its end is in w->ok. */
static inline void import_path(struct engine *w, const char *path)
{
	if (w->open)
		run_close(&w->run);
	w->open = false;
	must(w, run_create(&w->run, &w->a, NULL, &w->e));
	w->open = true;
	w->batches = 0;
	w->options.package = path;
	w->e = (struct err){ 0 };
	w->ok = import_run(&w->a, &w->run, &w->tap, &w->knowledge, &w->options, w->progress,
			   &w->result, &w->e);
	check_sums(w->result.tables, w->result.ntables);
	check_sums(w->result.relationships, w->result.nrelationships);
}

static inline void import(struct engine *w, const char *schema, const char *data)
{
	import_path(w, package(w, schema, data));
}

/* "read 3: 1 created, 2 failed" */
static inline const char *numbers(struct engine *w, const struct import_table *t)
{
	static const char *const words[OUTCOMES] = { "failed",  "skipped", "created",
						     "updated", "adopted", "unchanged" };
	struct str out = str_fmt(&w->a, "read %llu:", (unsigned long long)t->read);
	const char *comma = " ";

	for (size_t i = 0; i < OUTCOMES; i++) {
		if (t->counts[i] == 0)
			continue;
		out = str_fmt(&w->a, "%.*s%s%llu %s", STR_ARG(out), comma,
			      (unsigned long long)t->counts[i], words[i]);
		comma = ", ";
	}
	return out.p;
}

static inline const char *problems(struct engine *w)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct str out = S("");
	bool more = true;

	must(w, journal_problems(&w->run, &c, &w->e));
	for (;;) {
		struct problem p;
		must(w, journal_next_problem(&c, &p, &more, &w->e));
		if (!more)
			return str_cstr(&w->a, out);
		out = str_fmt(&w->a, "%.*s%s %.*s %.*s %.*s: %.*s\n", STR_ARG(out),
			      p.severity == SEVERITY_ERROR     ? "error"
			      : p.severity == SEVERITY_WARNING ? "warning"
							       : "note",
			      STR_ARG(p.table), STR_ARG(p.id), STR_ARG(p.column),
			      STR_ARG(p.message));
	}
}

static inline void expect_numbers(struct engine *w, const struct import_table *tables, size_t n,
				  const char *name, const char *want)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(tables[i].name, str_from(name)))
			continue;
		const char *got = numbers(w, &tables[i]);
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s, not %s\n%s%s", name, got, want, w->e.msg, problems(w));
		return;
	}
	fail_msg("%s is not told: %s", name, w->e.msg);
}

static inline void rows_are(struct engine *w, const char *table, const char *want)
{
	expect_numbers(w, w->result.tables, w->result.ntables, table, want);
}

static inline void links_are(struct engine *w, const char *relationship, const char *want)
{
	expect_numbers(w, w->result.relationships, w->result.nrelationships, relationship, want);
}

/* A problem that begins so and has this in its message. */
static inline void told(struct engine *w, const char *begin, const char *part)
{
	const char *line = problems(w);

	for (const char *end = strchr(line, '\n'); end; line = end + 1, end = strchr(line, '\n')) {
		struct str s = str_of(line, (size_t)(end - line));
		if (str_starts(s, str_from(begin)) && str_find(s, str_from(part)) != STR_NONE)
			return;
	}
	fail_msg("nobody told \"%s ... %s\":\n%s", begin, part, problems(w));
}

static inline void nothing_told(struct engine *w)
{
	assert_string_equal(problems(w), "");
}

/* The import went through, lost nothing and was verified. */
static inline void succeeded(struct engine *w)
{
	if (!w->ok || !w->result.complete || !w->result.verified)
		fail_msg("ok %d, complete %d, verified %d: %s\n%s", w->ok, w->result.complete,
			 w->result.verified, w->e.msg, problems(w));
}

/* It ended, but not all is where it should be. */
static inline void lost_something(struct engine *w)
{
	if (!w->ok || w->result.complete)
		fail_msg("ok %d, complete %d: %s\n%s", w->ok, w->result.complete, w->e.msg,
			 problems(w));
}

/* It stopped before it wrote anything. */
static inline void stopped(struct engine *w, enum err_kind kind, const char *part)
{
	if (w->ok || w->e.kind != kind || !strstr(w->e.msg, part))
		fail_msg("ok %d, kind %d: %s\n%s", w->ok, w->e.kind, w->e.msg, problems(w));
	assert_int_equal(w->batches, 0);
	assert_int_equal(w->run.writes, 0);
	assert_false(w->result.complete);
}

#endif
