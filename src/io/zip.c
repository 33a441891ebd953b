/* SPDX-License-Identifier: MIT */
/*
 * Zip files through minizip. Reading: the directory is read once, judged and kept; entries are then reached by
 * their position in it. No more than the declared size ever comes out of an entry, and its last read
 * compares size and checksum. Writing: deflated entries with known sizes in their local headers (minizip
 * seeks back), because .NET readers stumble over data descriptors (facts/libraries.md 5).
 */
#include "io/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"

#include "base/banned.h"

#define IO_MAX ((size_t)1 << 20) /* bytes per call of minizip, which counts in unsigned */
#define NAME_MAX_BYTES 65536
#define FLAGS_ENCRYPTED 0x2041u /* encrypted, strongly encrypted, masked header */
#define FLAG_UTF8 0x800u
#define MADE_BY 20
/* 6 takes a third longer than 5 for a package that is a tenth smaller. */
#define LEVEL 5

struct zip {
	struct source source; /* of the open entry */
	unzFile file;
	const char *path;
	struct zip_entry *entries;
	unz64_file_pos *places;
	size_t n;
	struct map by_name;
	const struct zip_entry *open; /* NULL: none */
	uint64_t out;                 /* bytes of the open entry given so far */
	bool done, damaged;
};

/* Names go into messages: what could confuse a terminal becomes '?'. */
struct shown {
	char text[96];
};

static struct shown show(struct str name)
{
	struct shown s = { 0 };

	for (size_t i = 0; i < name.n && i + 1 < sizeof(s.text); i++) {
		unsigned char c = (unsigned char)name.p[i];

		s.text[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
	}
	return s;
}

static bool fail(const struct zip *z, struct str name, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, "%s: entry %s: %s", z->path,
		       name.n > 0 ? show(name).text : "\"\"", why);
}

/* Is one of the parts between slashes ".."? */
static bool climbs(struct str name)
{
	struct str_splitter parts = str_splitter(name);

	for (struct str part; str_split(&parts, '/', &part);) {
		if (str_eq(part, S("..")) || str_eq(part, S(".")))
			return true;
	}
	return false;
}

const char *zip_bad_name(struct str name)
{
	if (name.n == 0)
		return "it has no name";
	if (!str_is_utf8(name))
		return "its name is not UTF-8";
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			return "its name holds a control character";
	}
	if (str_find_char(name, '\\') != STR_NONE)
		return "its name holds a backslash";
	if (name.p[0] == '/' || (name.n > 1 && name.p[1] == ':'))
		return "its name is absolute";
	if (climbs(name))
		return "its name leads to another folder (\".\" or \"..\")";
	return NULL;
}

static const char *bad_entry(const unz_file_info64 *info, const struct zip_entry *entry)
{
	const char *wrong = zip_bad_name(entry->name);

	if (wrong)
		return wrong;
	if (info->flag & FLAGS_ENCRYPTED)
		return "it is encrypted; unpack and pack it again without a password";
	if (info->compression_method != 0 && info->compression_method != Z_DEFLATED)
		return "it is compressed in a way that ferry does not know (only deflate)";
	if (entry->size > LIMIT_ZIP_ENTRY)
		return "it is larger than ferry reads";
	if (info->compression_method == 0 && entry->size != entry->compressed)
		return "its sizes contradict each other";
	if (entry->size > LIMIT_ZIP_RATIO_FREE && entry->size / LIMIT_ZIP_RATIO > entry->compressed)
		return "it would unpack to far more than its compressed size (a zip bomb)";
	return NULL;
}

static bool read_entry(struct zip *z, struct arena *a, struct map *folded, char *name,
		       struct err *e)
{
	unz_file_info64 info = { 0 };
	struct zip_entry *entry = &z->entries[z->n];
	uint32_t index = (uint32_t)z->n;

	if (unzGetCurrentFileInfo64(z->file, &info, name, NAME_MAX_BYTES, NULL, 0, NULL, 0) !=
		    UNZ_OK ||
	    info.size_filename >= NAME_MAX_BYTES ||
	    unzGetFilePos64(z->file, &z->places[z->n]) != UNZ_OK)
		return err_set(e, ERR_INPUT, "%s: the directory of the zip file is damaged",
			       z->path);
	entry->name = str_dup(a, str_of(name, info.size_filename));
	entry->size = info.uncompressed_size;
	entry->compressed = info.compressed_size;
	entry->directory = str_ends(entry->name, S("/"));

	const char *wrong = bad_entry(&info, entry);

	if (wrong)
		return fail(z, entry->name, wrong, e);
	if (!map_put(folded, str_lower_ascii(a, entry->name), &index))
		return fail(z, entry->name, "there is another entry of this name", e);
	index = (uint32_t)z->n;
	map_put(&z->by_name, entry->name, &index);
	z->n++;
	return true;
}

/* Compressed sizes that add up to more than the file: entries lie over each other. */
static bool check_overlap(const struct zip *z, struct err *e)
{
	uint64_t file = 0;
	uint64_t sum = 0;

	if (!file_size(z->path, &file, e))
		return false;
	for (size_t i = 0; i < z->n; i++) {
		if (z->entries[i].compressed > file - sum)
			return fail(z, z->entries[i].name,
				    "the zip file is cut off, or its entries overlap", e);
		sum += z->entries[i].compressed;
	}
	return true;
}

#define END_SIZE 22u /* of the record at the end of a zip file, without its comment */

/*
 * The record at the end, which minizip takes also when half of it is missing; it uses the last one. The
 * tail is where one can stand.
 */
static bool end_is_whole(struct str tail)
{
	for (size_t i = tail.n; i-- > 0;) {
		if (!str_starts(str_skip(tail, i), S("PK\5\6")))
			continue;
		if (tail.n - i < END_SIZE)
			return false;
		const unsigned char *p = (const unsigned char *)tail.p + i;

		return tail.n - i >= END_SIZE + p[20] + 256u * p[21];
	}
	return false;
}

static bool check_end(const char *path, uint64_t size, struct arena *a, struct err *e)
{
	uint64_t n = size < END_SIZE + UINT16_MAX ? size : END_SIZE + UINT16_MAX;
	struct arena_mark mark = arena_mark(a);
	char *tail = arena_array(a, char, n);
	DEFER(file_source_close) struct file_source f = { .fd = -1 };

	if (!file_source_open(&f, path, e))
		return false;
	ssize_t got = pread(f.fd, tail, n, (off_t)(size - n));
	bool whole = got == (ssize_t)n && end_is_whole(str_of(tail, n));

	arena_rewind(a, mark);
	return whole || err_set(e, ERR_INPUT, "%s: not a zip file, or cut off", path);
}

static bool read_directory(struct zip *z, struct arena *a, struct err *e)
{
	unz_global_info64 global = { 0 };
	struct map folded = map_make(a);
	char *name = arena_array(a, char, NAME_MAX_BYTES);
	int status;

	if (unzGetGlobalInfo64(z->file, &global) != UNZ_OK)
		return err_set(e, ERR_INPUT, "%s: not a zip file, or cut off", z->path);
	if (global.number_entry > LIMIT_ZIP_ENTRIES)
		return err_set(e, ERR_INPUT, "%s: the zip file has more than %d entries", z->path,
			       LIMIT_ZIP_ENTRIES);
	z->entries = arena_array(a, struct zip_entry, global.number_entry);
	z->places = arena_array(a, unz64_file_pos, global.number_entry);
	z->by_name = map_make(a);
	if (global.number_entry == 0)
		return true;
	status = unzGoToFirstFile(z->file);
	while (status == UNZ_OK && z->n < global.number_entry) {
		if (!read_entry(z, a, &folded, name, e))
			return false;
		status = unzGoToNextFile(z->file);
	}
	if (z->n < global.number_entry)
		return err_set(e, ERR_INPUT, "%s: the directory of the zip file is damaged",
			       z->path);
	return check_overlap(z, e);
}

bool zip_open(struct zip **out, struct arena *a, const char *path, struct err *e)
{
	DEFER(zip_close) struct zip *z = arena_new(a, struct zip);
	uint64_t size = 0;

	if (!file_size(path, &size, e) || !check_end(path, size, a, e))
		return false;
	z->path = str_cstr(a, str_from(path));
	z->file = unzOpen64(path);
	if (!z->file)
		return err_set(e, ERR_INPUT, "%s: not a zip file, or cut off", path);
	if (!read_directory(z, a, e))
		return false;
	*out = z;
	z = NULL;
	return true;
}

void zip_close(struct zip **zip)
{
	struct zip *z = *zip;

	if (!z)
		return;
	if (z->file) {
		zip_entry_close(z);
		unzClose(z->file);
		z->file = NULL;
	}
	*zip = NULL;
}

const struct zip_entry *zip_entries(const struct zip *z, size_t *n)
{
	*n = z->n;
	return z->entries;
}

const struct zip_entry *zip_find(const struct zip *z, struct str name)
{
	uint32_t index = 0;

	return map_get(&z->by_name, name, &index) ? &z->entries[index] : NULL;
}

static bool entry_ends(struct zip *z, struct err *e)
{
	z->done = true;
	if (z->out == z->open->size && unzCloseCurrentFile(z->file) == UNZ_OK)
		return true;
	z->damaged = true;
	return fail(z, z->open->name, "it is damaged (size or checksum is wrong)", e);
}

static bool read_source(struct source *source, char *p, size_t n, size_t *got, struct err *e)
{
	struct zip *z = CONTAINER_OF(source, struct zip, source);
	int status = 0;

	assert(z->open);
	if (z->damaged)
		return fail(z, z->open->name, "it is damaged", e);
	if (n > 0 && !z->done)
		status = unzReadCurrentFile(z->file, p, (unsigned)(n < IO_MAX ? n : IO_MAX));
	if (status < 0) {
		z->damaged = true;
		return fail(z, z->open->name, "it is damaged or cut off", e);
	}
	z->out += (uint64_t)status;
	if (status == 0 && n > 0 && !z->done && !entry_ends(z, e))
		return false;
	*got = (size_t)status;
	return true;
}

bool zip_entry_open(struct zip *z, const struct zip_entry *entry, struct source **out,
		    struct err *e)
{
	size_t i = (size_t)(entry - z->entries);

	assert(i < z->n);
	zip_entry_close(z);
	if (unzGoToFilePos64(z->file, &z->places[i]) != UNZ_OK ||
	    unzOpenCurrentFile(z->file) != UNZ_OK)
		return fail(z, entry->name, "it is damaged or cut off", e);
	z->open = entry;
	z->out = 0;
	z->done = z->damaged = false;
	z->source.read = read_source;
	*out = &z->source;
	return true;
}

void zip_entry_close(struct zip *z)
{
	if (z->open)
		unzCloseCurrentFile(z->file);
	z->open = NULL;
}

struct zip_writer {
	struct sink sink; /* of the open entry */
	struct arena *arena;
	zipFile file; /* NULL: finished or never opened */
	const char *path;
	bool open, large;
	uint64_t in; /* bytes of the open entry so far */
};

static bool fail_write(const struct zip_writer *w, struct err *e)
{
	return err_set(e, ERR_INTERNAL, "writing %s: %s", w->path,
		       errno ? strerror(errno) : "the zip file could not be written");
}

bool zip_writer_open(struct zip_writer **out, struct arena *a, const char *path, struct err *e)
{
	struct zip_writer *w = arena_new(a, struct zip_writer);

	DEFER(file_sink_close) struct file_sink created = { .fd = -1 };

	/* minizip would write over an existing file. */
	if (!file_sink_open(&created, path, 0666, e))
		return false;
	w->arena = a;
	w->path = str_cstr(a, str_from(path));
	errno = 0;
	w->file = zipOpen64(path, APPEND_STATUS_CREATE);
	if (!w->file)
		return fail_write(w, e);
	*out = w;
	return true;
}

static bool write_sink(struct sink *sink, struct str bytes, struct err *e)
{
	struct zip_writer *w = CONTAINER_OF(sink, struct zip_writer, sink);

	assert(w->open);
	w->in += bytes.n;
	if (!w->large && w->in >= UINT32_MAX)
		return err_set(e, ERR_INTERNAL,
			       "writing %s: an entry that was said to be small "
			       "passes 4 GiB",
			       w->path);
	while (bytes.n > 0) {
		struct str part = str_sub(bytes, 0, IO_MAX);

		errno = 0;
		if (zipWriteInFileInZip(w->file, part.p, (unsigned)part.n) != ZIP_OK)
			return fail_write(w, e);
		bytes = str_skip(bytes, part.n);
	}
	return true;
}

/* The years that a zip file can name are 1980 to 2107. */
static zip_fileinfo stamp(struct datetime when)
{
	struct civil c = datetime_to_civil(when);
	zip_fileinfo info = { 0 };

	if (c.year < 1980)
		c = (struct civil){ .year = 1980, .month = 1, .day = 1 };
	if (c.year > 2107)
		c = (struct civil){ 2107, 12, 31, 23, 59, 58, 0 };
	info.tmz_date.tm_year = (uInt)c.year;
	info.tmz_date.tm_mon = (uInt)c.month - 1;
	info.tmz_date.tm_mday = (uInt)c.day;
	info.tmz_date.tm_hour = (uInt)c.hour;
	info.tmz_date.tm_min = (uInt)c.minute;
	info.tmz_date.tm_sec = (uInt)c.second;
	return info;
}

bool zip_writer_entry(struct zip_writer *w, struct str name, struct datetime when, bool large,
		      struct sink **out, struct err *e)
{
	zip_fileinfo info = stamp(when);
	unsigned long flags = 0;

	assert(!w->open && !zip_bad_name(name));
	for (size_t i = 0; i < name.n; i++)
		flags |= (unsigned char)name.p[i] >= 0x80 ? FLAG_UTF8 : 0;
	errno = 0;
	if (zipOpenNewFileInZip4_64(w->file, str_cstr(w->arena, name), &info, NULL, 0, NULL, 0,
				    NULL, Z_DEFLATED, LEVEL, 0, -MAX_WBITS, DEF_MEM_LEVEL,
				    Z_DEFAULT_STRATEGY, NULL, 0, MADE_BY, flags, large) != ZIP_OK)
		return fail_write(w, e);
	w->open = true;
	w->large = large;
	w->in = 0;
	w->sink.write = write_sink;
	*out = &w->sink;
	return true;
}

bool zip_writer_entry_end(struct zip_writer *w, struct err *e)
{
	assert(w->open);
	w->open = false;
	errno = 0;
	return zipCloseFileInZip(w->file) == ZIP_OK || fail_write(w, e);
}

static bool flush_to_disk(const struct zip_writer *w, struct err *e)
{
	int fd = open(w->path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;

	if (!done)
		fail_write(w, e);
	if (fd >= 0)
		close(fd);
	return done;
}

bool zip_writer_finish(struct zip_writer *w, struct err *e)
{
	assert(!w->open && w->file);
	zipFile file = w->file;

	w->file = NULL;
	errno = 0;
	if (zipClose(file, NULL) != ZIP_OK)
		return fail_write(w, e);
	return flush_to_disk(w, e);
}

void zip_writer_close(struct zip_writer **writer)
{
	struct zip_writer *w = *writer;

	if (!w)
		return;
	/* minizip writes a directory here; an unfinished file must not look like a finished one. */
	if (w->file) {
		zipClose(w->file, NULL);
		if (truncate(w->path, 0) != 0)
			(void)unlink(w->path);
	}
	*writer = NULL;
}
