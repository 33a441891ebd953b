/* SPDX-License-Identifier: MIT */
/*
 * Zip files: one that Python wrote is read, the bytes that .NET readers look at are written, and hostile or
 * damaged files (ours, with bytes changed) are refused by name.
 */
#include "io/zip.h"

#include <errno.h>
#include <sys/stat.h>

#include "../base/expect.h"
#include "base/file.h"

#include "../folder.h"

/* By Python's zipfile: data.xml (deflated), stored.txt ("hello", stored), files/é.bin (empty). */
static const unsigned char python_zip[] = {
	0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0xb3, 0x72, 0xfa, 0x58, 0x89,
	0x74, 0xc4, 0x11, 0x13, 0x00, 0x00, 0x00, 0x51, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x64, 0x61, 0x74, 0x61, 0x2e, 0x78, 0x6d, 0x6c, 0xb3, 0x49, 0xcd, 0x2b, 0xc9, 0x2c, 0xc9,
	0x4c, 0x2d, 0xb6, 0xab, 0xa0, 0x00, 0xd8, 0xe8, 0xc3, 0x8d, 0x01, 0x00, 0x50, 0x4b, 0x03,
	0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0xb3, 0x72, 0xfa, 0x58, 0x86, 0xa6, 0x10, 0x36,
	0x05, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x73, 0x74, 0x6f,
	0x72, 0x65, 0x64, 0x2e, 0x74, 0x78, 0x74, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x50, 0x4b, 0x03,
	0x04, 0x14, 0x00, 0x00, 0x08, 0x08, 0x00, 0xb3, 0x72, 0xfa, 0x58, 0x00, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x66, 0x69, 0x6c,
	0x65, 0x73, 0x2f, 0xc3, 0xa9, 0x2e, 0x62, 0x69, 0x6e, 0x03, 0x00, 0x50, 0x4b, 0x01, 0x02,
	0x14, 0x03, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0xb3, 0x72, 0xfa, 0x58, 0x89, 0x74, 0xc4,
	0x11, 0x13, 0x00, 0x00, 0x00, 0x51, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x64, 0x61, 0x74,
	0x61, 0x2e, 0x78, 0x6d, 0x6c, 0x50, 0x4b, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x00,
	0x00, 0x00, 0xb3, 0x72, 0xfa, 0x58, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00, 0x05,
	0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x01, 0x39, 0x00, 0x00, 0x00, 0x73, 0x74, 0x6f, 0x72, 0x65, 0x64, 0x2e, 0x74, 0x78,
	0x74, 0x50, 0x4b, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x08, 0x08, 0x00, 0xb3, 0x72,
	0xfa, 0x58, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x66, 0x00,
	0x00, 0x00, 0x66, 0x69, 0x6c, 0x65, 0x73, 0x2f, 0xc3, 0xa9, 0x2e, 0x62, 0x69, 0x6e, 0x50,
	0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x03, 0x00, 0xa8, 0x00, 0x00, 0x00,
	0x92, 0x00, 0x00, 0x00, 0x00, 0x00,
};

struct place {
	struct arena arena;
	char dir[64];
	const char *path;
	struct err e;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	if (!test_folder(p->dir, sizeof(p->dir)))
		return -1;
	p->path = str_cstr(&p->arena, str_fmt(&p->arena, "%s/a.zip", p->dir));
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	bool removed = file_remove(p->dir, &p->e);

	arena_release(&p->arena);
	free(p);
	return removed ? 0 : -1;
}

static void put_file(struct place *p, const void *bytes, size_t n)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };

	assert_true(file_remove(p->path, &p->e));
	assert_true(file_sink_open(&f, p->path, 0600, &p->e));
	assert_true(sink_write(&f.sink, str_of((const char *)bytes, n), &p->e));
	assert_true(file_sink_finish(&f, &p->e));
}

static struct str get_file(struct place *p)
{
	struct str s;

	assert_true(file_read(&p->arena, p->path, (size_t)1 << 30, &s, &p->e));
	return s;
}

static const struct datetime july = { INT64_C(1722003698) *
				      DATETIME_SECOND }; /* 2024-07-26 14:21:38 */

struct content {
	const char *name;
	struct str bytes;
};

static void write_zip(struct place *p, const struct content *contents, size_t n)
{
	DEFER(zip_writer_close) struct zip_writer *w = NULL;
	struct sink *out;

	assert_true(file_remove(p->path, &p->e));
	assert_true(zip_writer_open(&w, &p->arena, p->path, &p->e));
	for (size_t i = 0; i < n; i++) {
		assert_true(
			zip_writer_entry(w, str_from(contents[i].name), july, false, &out, &p->e));
		assert_true(sink_write(out, contents[i].bytes, &p->e));
		assert_true(zip_writer_entry_end(w, &p->e));
	}
	assert_true(zip_writer_finish(w, &p->e));
}

static bool read_entry(struct zip *z, const struct zip_entry *entry, size_t step, struct buf *out,
		       struct err *e)
{
	struct source *source;
	char chunk[4096];
	size_t got = 1;

	if (!zip_entry_open(z, entry, &source, e))
		return false;
	while (got > 0) {
		if (!source->read(source, chunk, step, &got, e))
			return false;
		buf_add(out, str_of(chunk, got));
	}
	return true;
}

static void expect_entry(struct place *p, struct zip *z, const char *name, const char *want)
{
	const struct zip_entry *entry = zip_find(z, str_from(name));

	assert_non_null(entry);
	for (size_t step = 1; step < 4096; step *= 7) {
		DEFER(buf_release) struct buf got = buf_make(0);

		assert_true(read_entry(z, entry, step, &got, &p->e));
		expect_str(buf_str(&got), want);
	}
	assert_int_equal(entry->size, strlen(want));
}

static void a_zip_file_of_another_program_is_read(void **state)
{
	struct place *p = *state;
	DEFER(zip_close) struct zip *z = NULL;
	const struct zip_entry *entries;
	size_t n = 0;

	put_file(p, python_zip, sizeof(python_zip));
	assert_true(zip_open(&z, &p->arena, p->path, &p->e));
	entries = zip_entries(z, &n);
	assert_int_equal(n, 3);
	expect_str(entries[0].name, "data.xml");
	expect_str(entries[1].name, "stored.txt");
	expect_str(entries[2].name, "files/é.bin");
	expect_entry(p, z, "data.xml",
		     "<entities>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		     "</entities>");
	expect_entry(p, z, "stored.txt", "hello");
	expect_entry(p, z, "files/é.bin", "");
	assert_null(zip_find(z, S("DATA.XML")));
	assert_null(zip_find(z, S("data")));
}

static void what_is_written_is_read_again(void **state)
{
	struct place *p = *state;
	DEFER(zip_close) struct zip *z = NULL;
	const struct content contents[] = {
		{ "data_schema.xml", S("schema") },
		{ "[Content_Types].xml", S("types") },
		{ "files/💚.bin", S("") },
		{ "folder/", S("") },
	};

	write_zip(p, contents, COUNT_OF(contents));
	assert_true(zip_open(&z, &p->arena, p->path, &p->e));
	for (size_t i = 0; i < COUNT_OF(contents); i++)
		expect_entry(p, z, contents[i].name, contents[i].bytes.p);
	assert_true(zip_find(z, S("folder/"))->directory);
	assert_false(zip_find(z, S("data_schema.xml"))->directory);
}

static unsigned number_at(struct str s, size_t at, size_t n)
{
	unsigned v = 0;

	for (size_t i = n; i > 0; i--)
		v = v << 8 | (unsigned char)s.p[at + i - 1];
	return v;
}

/* APPNOTE.TXT 4.3.7 and 4.3.12; facts/libraries.md 5: no data descriptor, sizes in the local header. */
static void headers_are_such_that_strict_readers_take_them(void **state)
{
	struct place *p = *state;
	const struct content content = { "a.xml", S("hello hello hello hello") };

	write_zip(p, &content, 1);
	struct str file = get_file(p);

	assert_int_equal(number_at(file, 0, 4), 0x04034b50);
	assert_int_equal(number_at(file, 4, 2), 20);         /* version needed */
	assert_int_equal(number_at(file, 6, 2) & 0xfff9, 0); /* flags but those of the level */
	assert_int_equal(number_at(file, 8, 2), 8);          /* deflate */
	assert_int_equal(number_at(file, 10, 2), 14 << 11 | 21 << 5 | 38 / 2);
	assert_int_equal(number_at(file, 12, 2), (2024 - 1980) << 9 | 7 << 5 | 26);
	assert_int_equal(number_at(file, 18, 4), file.n - 30 - 5 - 46 - 5 - 22);
	assert_int_equal(number_at(file, 22, 4), 23); /* uncompressed */
	assert_int_equal(number_at(file, 28, 2), 0);  /* no extra field */
	size_t directory = number_at(file, file.n - 6, 4);

	assert_int_equal(number_at(file, directory, 4), 0x02014b50);
	assert_int_equal(number_at(file, directory + 38, 4), 0); /* external attributes */
	assert_int_equal(number_at(file, directory + 42, 4), 0); /* offset */
}

static void only_names_beyond_ascii_are_marked_as_utf8(void **state)
{
	struct place *p = *state;
	const struct content content = { "é.xml", S("x") };

	write_zip(p, &content, 1);
	assert_int_equal(number_at(get_file(p), 6, 2) & 0x800, 0x800);
}

static void equal_contents_give_equal_files(void **state)
{
	struct place *p = *state;
	const struct content content = { "a.xml", S("some text") };

	write_zip(p, &content, 1);
	struct str first = get_file(p);

	write_zip(p, &content, 1);
	assert_true(str_eq(first, get_file(p)));
}

static void a_large_entry_passes_through(void **state)
{
	struct place *p = *state;
	DEFER(zip_writer_close) struct zip_writer *w = NULL;
	DEFER(zip_close) struct zip *z = NULL;
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(buf_release) struct buf got = buf_make(0);
	struct sink *out;

	for (unsigned i = 0; i < 400000; i++)
		buf_add_fmt(&b, "%u,", i * 7919);
	assert_true(zip_writer_open(&w, &p->arena, p->path, &p->e));
	assert_true(zip_writer_entry(w, S("big"), july, true, &out, &p->e));
	assert_true(sink_write(out, buf_str(&b), &p->e));
	assert_true(zip_writer_entry_end(w, &p->e));
	assert_true(zip_writer_finish(w, &p->e));
	assert_true(zip_open(&z, &p->arena, p->path, &p->e));
	assert_true(read_entry(z, zip_find(z, S("big")), 4096, &got, &p->e));
	assert_true(str_eq(buf_str(&b), buf_str(&got)));
}

static void an_existing_file_is_not_written_over(void **state)
{
	struct place *p = *state;
	struct zip_writer *w = NULL;

	put_file(p, "precious", 8);
	assert_false(zip_writer_open(&w, &p->arena, p->path, &p->e));
	assert_int_equal(p->e.kind, ERR_USAGE);
	expect_str(get_file(p), "precious");
}

static void a_place_that_cannot_be_written_is_a_wrong_use(void **state)
{
	struct place *p = *state;
	struct zip_writer *w = NULL;
	struct str path = str_fmt(&p->arena, "%s/missing/a.zip", p->dir);

	assert_false(zip_writer_open(&w, &p->arena, path.p, &p->e));
	assert_int_equal(p->e.kind, ERR_USAGE);
}

static void a_pipe_is_refused_without_waiting_for_its_writer(void **state)
{
	struct place *p = *state;
	struct zip *z = NULL;

	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_false(zip_open(&z, &p->arena, p->path, &p->e));
	assert_int_equal(p->e.kind, ERR_INPUT);
	assert_true(str_ends(str_from(p->e.msg), S("is a pipe or a device, not a file")));
}

static void an_unfinished_file_cannot_be_taken_for_a_finished_one(void **state)
{
	struct place *p = *state;
	struct zip_writer *w = NULL;
	struct zip *z = NULL;
	struct sink *out;

	assert_true(zip_writer_open(&w, &p->arena, p->path, &p->e));
	assert_true(zip_writer_entry(w, S("a"), july, false, &out, &p->e));
	assert_true(sink_write(out, S("half"), &p->e));
	zip_writer_close(&w);
	assert_null(w);
	assert_false(zip_open(&z, &p->arena, p->path, &p->e));
}

/* A zip file with the entries "aa", "bb", "cc" and all occurrences of `from` in it changed to `to`. */
static void write_changed(struct place *p, struct str from, struct str to)
{
	const struct content contents[] = {
		{ "aa", S("aaaaaaaaaaaaaaaa") },
		{ "bb", S("bbbbbbbbbbbbbbbb") },
		{ "cc", S("cccccccccccccccc") },
	};
	bool found = false;

	assert_int_equal(from.n, to.n);
	write_zip(p, contents, COUNT_OF(contents));
	struct str file = get_file(p);
	char *bytes = arena_array(&p->arena, char, file.n);

	memcpy(bytes, file.p, file.n);
	for (size_t i = 0; i + from.n <= file.n; i++) {
		if (memcmp(bytes + i, from.p, from.n) == 0) {
			memcpy(bytes + i, to.p, to.n);
			found = true;
		}
	}
	assert_true(found);
	put_file(p, bytes, file.n);
}

static void expect_refused(struct place *p, struct str from, struct str to, const char *why)
{
	struct zip *z = NULL;

	write_changed(p, from, to);
	if (zip_open(&z, &p->arena, p->path, &p->e))
		fail_msg("not refused: %s", why);
	assert_null(z);
	assert_int_equal(p->e.kind, ERR_INPUT);
	assert_true(str_starts(str_from(p->e.msg), str_from(p->path)));
	if (str_find(str_from(p->e.msg), str_from(why)) == STR_NONE)
		expect_str(str_from(p->e.msg), why);
}

static void hostile_names_are_refused(void **state)
{
	struct place *p = *state;

	expect_refused(p, S("bb"), S("aa"), "entry aa: there is another entry of this name");
	expect_refused(p, S("bb"), S("aA"), "entry aA: there is another entry of this name");
	expect_refused(p, S("bb"), S(".."), "entry ..: its name leads to another folder");
	expect_refused(p, S("bb"), S("./"), "entry ./: its name leads to another folder");
	expect_refused(p, S("bb"), S("/b"), "entry /b: its name is absolute");
	expect_refused(p, S("bb"), S("c:"), "entry c:: its name is absolute");
	expect_refused(p, S("bb"), S("b\\"), "entry b\\: its name holds a backslash");
	expect_refused(p, S("bb"), S("b\0"), "entry b?: its name holds a control character");
	expect_refused(p, S("bb"),
		       S("\x1b"
			 "b"),
		       "entry ?b: its name holds a control character");
	expect_refused(p, S("bb"), S("b\xff"), "entry b?: its name is not UTF-8");
}

/* The directory entry of "bb" begins with signature, versions, flags and method. */
#define DIRECTORY "PK\1\2\x14\0\x14\0"

static void encrypted_and_unknown_entries_are_refused(void **state)
{
	struct place *p = *state;

	expect_refused(p, S(DIRECTORY "\0\0\x08\0"), S(DIRECTORY "\1\0\x08\0"),
		       "entry aa: it is encrypted");
	expect_refused(p, S(DIRECTORY "\0\0\x08\0"), S(DIRECTORY "\0\0\x0c\0"),
		       "entry aa: it is compressed in a way that ferry does not know");
}

static void false_sizes_are_refused(void **state)
{
	struct place *p = *state;
	struct str size = S("\x10\0\0\0\2\0\0\0"); /* 16 bytes, and the length of the name */

	/* The local header holds the same eight bytes. */
	expect_refused(p, size, S("\x10\0\0\x7f\2\0\0\0"), "a zip bomb");
}

static void an_entry_that_holds_more_or_less_than_it_says_is_refused(void **state)
{
	struct place *p = *state;
	static const struct str sizes[] = { STR_INIT("\x0f\0\0\0\2\0\0\0"),
					    STR_INIT("\x11\0\0\0\2\0\0\0"),
					    STR_INIT("\x00\x10\0\0\2\0\0\0") };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		DEFER(zip_close) struct zip *z = NULL;
		DEFER(buf_release) struct buf got = buf_make(0);

		write_changed(p, S("\x10\0\0\0\2\0\0\0"), sizes[i]);
		assert_true(zip_open(&z, &p->arena, p->path, &p->e));
		const struct zip_entry *entry = zip_find(z, S("bb"));

		assert_false(read_entry(z, entry, 4096, &got, &p->e));
		assert_int_equal(p->e.kind, ERR_INPUT);
		assert_true(str_find(str_from(p->e.msg), S("entry bb: it is damaged")) != STR_NONE);
		assert_true(got.n <= entry->size);
	}
}

static void a_damaged_entry_is_noticed_at_its_end(void **state)
{
	struct place *p = *state;
	unsigned char bytes[sizeof(python_zip)];
	DEFER(zip_close) struct zip *z = NULL;
	DEFER(buf_release) struct buf got = buf_make(0);
	char c;
	size_t n = 0;
	struct source *source;

	memcpy(bytes, python_zip, sizeof(bytes));
	for (size_t i = 0; i + 5 < sizeof(bytes); i++) {
		if (memcmp(bytes + i, "hello", 5) == 0)
			bytes[i] = 'H';
	}
	put_file(p, bytes, sizeof(bytes));
	assert_true(zip_open(&z, &p->arena, p->path, &p->e));
	assert_false(read_entry(z, zip_find(z, S("stored.txt")), 100, &got, &p->e));
	expect_str(buf_str(&got), "Hello");
	assert_true(zip_entry_open(z, zip_find(z, S("stored.txt")), &source, &p->e));
	for (int i = 0; i < 5; i++)
		assert_true(source->read(source, &c, 1, &n, &p->e));
	assert_false(source->read(source, &c, 1, &n, &p->e));
	assert_false(source->read(source, &c, 1, &n, &p->e));
}

/* Opens and reads everything; false when anything is refused. */
static bool read_all(struct place *p)
{
	DEFER(zip_close) struct zip *z = NULL;
	DEFER(buf_release) struct buf got = buf_make(1 << 20);
	size_t n = 0;

	if (!zip_open(&z, &p->arena, p->path, &p->e))
		return false;
	const struct zip_entry *entries = zip_entries(z, &n);

	for (size_t i = 0; i < n; i++) {
		if (!read_entry(z, &entries[i], 4096, &got, &p->e))
			return false;
	}
	return true;
}

static void a_file_that_is_cut_off_anywhere_is_refused(void **state)
{
	struct place *p = *state;

	for (size_t n = 0; n < sizeof(python_zip); n++) {
		put_file(p, python_zip, n);
		assert_false(read_all(p));
		assert_int_equal(p->e.kind, ERR_INPUT);
	}
	put_file(p, python_zip, sizeof(python_zip));
	assert_true(read_all(p));
}

static void no_changed_byte_does_harm(void **state)
{
	struct place *p = *state;
	unsigned char bytes[sizeof(python_zip)];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		static const unsigned char changes[] = { 0xff, 0x80, 0x01 };

		for (size_t k = 0; k < COUNT_OF(changes); k++) {
			memcpy(bytes, python_zip, sizeof(bytes));
			bytes[i] ^= changes[k];
			put_file(p, bytes, sizeof(bytes));
			assert_true(read_all(p) || p->e.kind == ERR_INPUT);
		}
	}
}

static void what_is_no_zip_file_is_refused(void **state)
{
	struct place *p = *state;
	struct zip *z = NULL;

	assert_false(zip_open(&z, &p->arena, p->path, &p->e));
	assert_int_equal(p->e.kind, ERR_INPUT);
	put_file(p, "<entities/>", 11);
	assert_false(zip_open(&z, &p->arena, p->path, &p->e));
	assert_true(str_ends(str_from(p->e.msg), S("a.zip: not a zip file, or cut off")));
	assert_false(zip_open(&z, &p->arena, p->dir, &p->e));
	assert_int_equal(p->e.kind, ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
		CASE(a_zip_file_of_another_program_is_read),
		CASE(what_is_written_is_read_again),
		CASE(headers_are_such_that_strict_readers_take_them),
		CASE(only_names_beyond_ascii_are_marked_as_utf8),
		CASE(equal_contents_give_equal_files),
		CASE(a_large_entry_passes_through),
		CASE(an_existing_file_is_not_written_over),
		CASE(a_place_that_cannot_be_written_is_a_wrong_use),
		CASE(a_pipe_is_refused_without_waiting_for_its_writer),
		CASE(an_unfinished_file_cannot_be_taken_for_a_finished_one),
		CASE(hostile_names_are_refused),
		CASE(encrypted_and_unknown_entries_are_refused),
		CASE(false_sizes_are_refused),
		CASE(an_entry_that_holds_more_or_less_than_it_says_is_refused),
		CASE(a_damaged_entry_is_noticed_at_its_end),
		CASE(a_file_that_is_cut_off_anywhere_is_refused),
		CASE(no_changed_byte_does_harm),
		CASE(what_is_no_zip_file_is_refused),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
