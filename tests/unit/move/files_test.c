/* SPDX-License-Identifier: MIT */
/*
 * File and image columns: their cells, their bytes on the way through the run file, and whole imports in which answers get lost.
 */
#include "move/file_bytes.h"
#include "move/file_cell.h"
#include "move/file_words.h"

#include "engine.h"

#include "base/codec.h"
#include "io/crypto.h"
#include "move/run_keep.h"

/* sha256sum of "abc" and of nothing: FIPS 180-2, and every implementation. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void a_cell_tells_content_and_name(void **state)
{
	struct engine *w = *state;
	struct value file = file_cell_make(&w->a, S(ABC), S("two words.txt"));
	struct value image = file_cell_make(&w->a, S(ABC), S(""));
	struct value raw = { .kind = VALUE_TEXT, .text = S(ID("01")), .name = S("x") };
	struct value null = { .kind = VALUE_NULL };

	assert_true(file_cell_is_told(&file) && file_cell_is_told(&image));
	assert_false(file_cell_is_told(&raw) || file_cell_is_told(&null));
	assert_true(file_cell_is_raw(&raw));
	assert_false(file_cell_is_raw(&file) || file_cell_is_raw(&null));
	assert_true(str_eq(file_cell_hash(&file), S(ABC)));
	assert_true(str_eq(file_cell_name(&file), S("two words.txt")));
	assert_int_equal(file_cell_name(&image).n, 0);
}

static void equal_contents_have_one_id_in_every_package(void **state)
{
	struct engine *w = *state;
	struct str id = file_cell_id(&w->a, S(ABC));
	struct guid guid;

	assert_true(guid_parse(id, &guid));
	assert_true(str_eq(id, S("ba7816bf-8f01-8cfe-aa41-4140de5dae22")));
	assert_true(str_eq(file_cell_entry(&w->a, id),
			   S("files/ba7816bf-8f01-8cfe-aa41-4140de5dae22.bin")));
	assert_false(str_eq(id, file_cell_id(&w->a, S(NOTHING))));
}

static struct str bytes_of(struct engine *w, size_t n, unsigned seed)
{
	char *p = arena_array(&w->a, char, n);
	uint32_t x = seed;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (char)(x >> 24);
	}
	return str_of(p, n);
}

static struct str hash_of(struct engine *w, struct str bytes)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];

	crypto_sha256(bytes, hash);
	return crypto_hex(&w->a, hash, sizeof(hash));
}

static void open_run(struct engine *w)
{
	must(w, run_create(&w->run, &w->a, NULL, &w->e));
	w->open = true;
}

static void bytes_come_out_of_the_run_file_as_they_went_in(void **state)
{
	static const size_t sizes[] = {
		0, 1, 2, 3, 4, 1 << 20, (1 << 20) - 1, (1 << 20) + 1, (3 << 20) + 2
	};
	struct engine *w = *state;

	open_run(w);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		DEFER(buf_release) struct buf got = buf_make(0);
		DEFER(buf_release) struct buf text = buf_make(0);
		DEFER(buf_release) struct buf want = buf_make(0);
		struct buf_sink sink = buf_sink_make(&got);
		struct str bytes = bytes_of(w, sizes[i], (unsigned)i);
		uint64_t size = 77;
		struct str hash;

		must(w, file_bytes_put(&w->run, &w->a, bytes, &hash, &w->e));
		assert_true(str_eq(hash, hash_of(w, bytes)));
		must(w, run_get_file(&w->run, hash, &sink.sink, &w->e));
		assert_true(str_eq(buf_str(&got), bytes));
		must(w, file_bytes_check(&w->run, hash, &size, &w->e));
		assert_int_equal(size, sizes[i]);
		base64_encode(&want, bytes);
		must(w, file_bytes_base64(&w->run, hash, 0, size, &text, &w->e));
		assert_true(str_eq(buf_str(&text), buf_str(&want)));
	}
}

static void a_part_of_a_file_is_base64_of_its_own(void **state)
{
	struct engine *w = *state;
	DEFER(buf_release) struct buf text = buf_make(0);
	DEFER(buf_release) struct buf want = buf_make(0);
	struct str bytes = bytes_of(w, (5 << 20) + 10, 5);
	struct str hash;

	open_run(w);
	must(w, file_bytes_put(&w->run, &w->a, bytes, &hash, &w->e));
	must(w, file_bytes_base64(&w->run, hash, 4 << 20, (1 << 20) + 10, &text, &w->e));
	base64_encode(&want, str_skip(bytes, 4 << 20));
	assert_true(str_eq(buf_str(&text), buf_str(&want)));
}

static void what_came_before_a_new_beginning_is_forgotten(void **state)
{
	struct engine *w = *state;
	struct file_intake in;
	struct str hash;
	uint64_t size;

	open_run(w);
	in = file_intake_make(&w->run, S("k"));
	must(w, file_intake_begin(&in, &w->e));
	must(w, sink_write(&in.sink, bytes_of(w, 3 << 20, 1), &w->e));
	must(w, file_intake_begin(&in, &w->e));
	must(w, sink_write(&in.sink, S("a"), &w->e));
	must(w, sink_write(&in.sink, S("bc"), &w->e));
	must(w, file_intake_end(&in, &w->a, &hash, &w->e));
	assert_true(str_eq(hash, S(ABC)));
	must(w, file_intake_keep(&in, hash, &w->e));
	must(w, file_bytes_check(&w->run, S(ABC), &size, &w->e));
	assert_int_equal(size, 3);
	file_intake_release(&in);
}

static void damaged_bytes_are_never_sent(void **state)
{
	struct engine *w = *state;
	uint64_t size;

	open_run(w);
	must(w, run_put_file(&w->run, S(ABC), 0, S("abd"), &w->e));
	assert_false(file_bytes_check(&w->run, S(ABC), &size, &w->e));
	assert_int_equal(w->e.kind, ERR_INPUT);
	assert_non_null(strstr(w->e.msg, "damaged"));
	assert_false(file_bytes_check(&w->run, S(NOTHING), &size, &w->e));
	assert_non_null(strstr(w->e.msg, "does not hold"));
}

/* whole imports */

#define PNG_HEAD "\x89PNG\r\n\x1a\n"
#define PHOTO_1 "iVBORw0KGgox" /* base64 of PNG_HEAD "1" */
#define PHOTO_2 "iVBORw0KGgoy"
#define FILE_1 ID("f1")
#define FILE_2 ID("f2")
#define ACCOUNT(fields) ENTITY("account", "accountid", TEXT("name") fields)
#define FILES FIELD("entityimage", "imagedata") FIELD("new_file", "filedata")
#define NAMED(id, name) "<field name=\"new_file\" value=\"" id "\" filename=\"" name "\"/>"

/* The tables of the template have no file that may be written. */
static void add_file_column(struct engine *w)
{
	have(w, "EntityDefinitions(LogicalName='account')/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.FileAttributeMetadata\","
	     "\"SchemaName\":\"new_File\",\"MaxSizeInKB\":131072,"
	     "\"RequiredLevel\":{\"Value\":\"None\"},"
	     "\"DisplayName\":{\"LocalizedLabels\":[{\"Label\":\"File\",\"LanguageCode\":1033}]}}");
}

static void add_bytes(struct engine *w, const char *id, struct str bytes)
{
	(void)package(w, "", "");
	must(w, file_make_directory(in_folder(w, "package/files"), 0700, &w->e));
	write_file(w, in_folder(w, str_fmt(&w->a, "package/files/%s.bin", id).p), bytes);
}

static void import_account(struct engine *w, const char *fields)
{
	import(w, ACCOUNT(FILES),
	       str_fmt(&w->a, ROWS("account", ROW(ID("01"), IS("name", "One") "%s")), fields).p);
}

#define FILE_SQL                                                                                   \
	"select f.name, f.size from ferry_file f join account a on a.new_file = f.id "             \
	"where f.complete = 1"

static void a_row_comes_with_its_files(void **state)
{
	struct engine *w = *state;

	add_file_column(w);
	add_bytes(w, FILE_1, S("abc"));
	import_account(w, IS("entityimage", PHOTO_1) NAMED(FILE_1, "a b.txt"));
	succeeded(w);
	nothing_told(w);
	rows_are(w, "account", "read 1: 1 created");
	target_has(w, FILE_SQL, "a b.txt|3");
	target_has(w, "select entityimage from account where name = 'One'", PHOTO_1);

	import_account(w, IS("entityimage", PHOTO_1) NAMED(FILE_1, "a b.txt"));
	succeeded(w);
	rows_are(w, "account", "read 1: 1 unchanged");
	assert_int_equal(w->run.writes, 0);
}

static uint64_t file_changes(struct engine *w, enum change_state state)
{
	uint64_t n;

	must(w, journal_count(&w->run, CHANGE_FILE, state, &n, &w->e));
	return n;
}

static void a_changed_file_is_one_change(void **state)
{
	struct engine *w = *state;
	bool kept;

	add_file_column(w);
	add_bytes(w, FILE_1, S("abc"));
	import_account(w, IS("entityimage", PHOTO_1) NAMED(FILE_1, "a.txt"));
	succeeded(w);
	add_bytes(w, FILE_2, S("other"));
	import_account(w, IS("entityimage", PHOTO_1) NAMED(FILE_2, "a.txt"));
	succeeded(w);
	rows_are(w, "account", "read 1: 1 updated");
	assert_int_equal(file_changes(w, CHANGE_DONE), 1);
	assert_int_equal(w->run.writes, 1);
	target_has(w, FILE_SQL, "a.txt|5");
	/* what stood there is kept: the undo needs it */
	must(w, run_has_file(&w->run, S(ABC), &kept, &w->e));
	assert_true(kept);

	import_account(w, IS("entityimage", PHOTO_2) NAMED(FILE_2, "a.txt"));
	succeeded(w);
	assert_int_equal(file_changes(w, CHANGE_DONE), 1);
	target_has(w, "select entityimage from account where name = 'One'", PHOTO_2);
}

static void what_a_package_does_not_have_stays(void **state)
{
	struct engine *w = *state;

	add_file_column(w);
	add_bytes(w, FILE_1, S("abc"));
	import_account(w, IS("entityimage", PHOTO_1) NAMED(FILE_1, "a.txt"));
	succeeded(w);
	import_account(w, IS("entityimage", ""));
	succeeded(w);
	rows_are(w, "account", "read 1: 1 unchanged");
	target_has(w, FILE_SQL, "a.txt|3");
}

/* The answers of uploads whose number is in the set get lost. */
static struct {
	struct err failure;
	unsigned n, lost; /* so far; bits */
	enum fate fate;
	bool file; /* the request under way is about a file */
} loss;

static bool note_upload(struct engine *w, const struct request *r, struct err *e)
{
	(void)w;
	(void)e;
	loss.file = r->method == METHOD_PATCH || str_find(r->target, S("Block")) != STR_NONE;
	return true;
}

static void lose_some(struct engine *w, struct response *out)
{
	(void)w;
	if (!loss.file || !(loss.lost & 1u << loss.n++))
		return;
	(void)err_set(&loss.failure, ERR_NETWORK, "the line broke");
	*out = (struct response){ .fate = loss.fate, .failure = &loss.failure };
}

static void lose(struct engine *w, unsigned which, enum fate fate)
{
	loss.n = 0;
	loss.lost = which;
	loss.fate = fate;
	w->before = note_upload;
	w->after = lose_some;
}

static void a_lost_answer_does_no_harm(void **state)
{
	struct engine *w = *state;

	add_file_column(w);
	add_bytes(w, FILE_1, bytes_of(w, 9 << 20, 9));
	/* its beginning, a block, a block once more, the end */
	lose(w, 1u << 0 | 1u << 2 | 1u << 6 | 1u << 12, FATE_UNKNOWN);
	import_account(w, NAMED(FILE_1, "large.bin"));
	assert_true(loss.n > 10);
	succeeded(w);
	nothing_told(w);
	target_has(w, FILE_SQL, "large.bin|9437184");
}

static void what_is_never_answered_fails_the_row_and_no_other(void **state)
{
	struct engine *w = *state;

	add_file_column(w);
	add_bytes(w, FILE_1, S("abc"));
	lose(w, ~0u, FATE_NOT_DONE);
	import(w, ACCOUNT(FILES),
	       ROWS("account", ROW(ID("01"), IS("name", "One") NAMED(FILE_1, "a.txt"))
				       ROW(ID("02"), IS("name", "Two"))));
	lost_something(w);
	rows_are(w, "account", "read 2: 1 failed, 1 created");
	told(w, "error account " ID("01") " new_file", "the line broke");
}

static void a_missing_file_is_named(void **state)
{
	struct engine *w = *state;

	add_file_column(w);
	import(w, ACCOUNT(FILES),
	       ROWS("account", ROW(ID("01"), IS("name", "One") NAMED(FILE_1, "a.txt"))
				       ROW(ID("02"), IS("name", "Two"))));
	lost_something(w);
	rows_are(w, "account", "read 2: 1 failed, 1 created");
	told(w, "error account " ID("01") " new_file", "no files/" FILE_1 ".bin");
}

static void a_picture_that_is_none_is_refused_by_its_name(void **state)
{
	struct engine *w = *state;

	import(w, ACCOUNT(FIELD("entityimage", "imagedata")),
	       ROWS("account",
		    ROW(ID("01"), IS("name", "One") IS("entityimage", "bm90aGluZw=="))
			    ROW(ID("02"), IS("name", "Two") IS("entityimage", PHOTO_1))));
	lost_something(w);
	rows_are(w, "account", "read 2: 1 failed, 1 created");
	told(w, "error account " ID("01") " entityimage", "the target refused");
	target_has(w, "select name, entityimage from account order by name", "One|-|Two|" PHOTO_1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENGINE(a_cell_tells_content_and_name),
		WITH_ENGINE(equal_contents_have_one_id_in_every_package),
		WITH_ENGINE(bytes_come_out_of_the_run_file_as_they_went_in),
		WITH_ENGINE(a_part_of_a_file_is_base64_of_its_own),
		WITH_ENGINE(what_came_before_a_new_beginning_is_forgotten),
		WITH_ENGINE(damaged_bytes_are_never_sent),
		WITH_ENGINE(a_row_comes_with_its_files),
		WITH_ENGINE(a_changed_file_is_one_change),
		WITH_ENGINE(what_a_package_does_not_have_stays),
		WITH_ENGINE(a_lost_answer_does_no_harm),
		WITH_ENGINE(what_is_never_answered_fails_the_row_and_no_other),
		WITH_ENGINE(a_missing_file_is_named),
		WITH_ENGINE(a_picture_that_is_none_is_refused_by_its_name),
	};

	return RUN_ENGINE_TESTS(tests);
}
