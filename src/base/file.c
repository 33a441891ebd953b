/* SPDX-License-Identifier: MIT */
/*
 * Files by path. An input that cannot be read is ERR_INPUT. An output at a place that cannot be
 * written is ERR_USAGE, because the command line named the place; a full disk or a failing device is
 * ERR_INTERNAL.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/rng.h"

#include "base/banned.h"

#define READ_SIZE ((size_t)64 * 1024)
#define TREE_FDS 32 /* how many directories nftw keeps open */

static enum err_kind output_kind(int error)
{
	switch (error) {
	case EACCES:
	case EBUSY:
	case EEXIST:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
	case ENOTEMPTY:
	case EPERM:
	case EROFS:
	case EXDEV:
		return ERR_USAGE;
	default:
		return ERR_INTERNAL;
	}
}

/* "<path>: cannot <verb>: <what the system says>", in lower case as every message. */
static bool fail(struct err *e, enum err_kind kind, const char *path, const char *verb, int error)
{
	const char *text = strerrordesc_np(error);
	char first = text ? text[0] : 'e';

	if (!text)
		text = "error unknown to the system";
	if (first >= 'A' && first <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
		first = (char)(first + ('a' - 'A'));
	return err_set(e, kind, "%s: cannot %s: %c%s", path, verb, first, text + 1);
}

static bool fail_output(struct err *e, const char *path, const char *verb, int error)
{
	return fail(e, output_kind(error), path, verb, error);
}

static ssize_t read_some(int fd, char *p, size_t n)
{
	ssize_t got;

	do {
		got = read(fd, p, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

static bool source_read(struct source *source, char *p, size_t n, size_t *got, struct err *e)
{
	struct file_source *f = CONTAINER_OF(source, struct file_source, source);

	assert(f->fd >= 0);

	ssize_t r = read_some(f->fd, p, n);

	if (r < 0)
		return fail(e, ERR_INPUT, f->path, "read", errno);
	*got = (size_t)r;
	return true;
}

/* A named pipe that nobody writes to is opened without waiting, and is empty. */
static int open_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

bool file_source_open(struct file_source *f, const char *path, struct err *e)
{
	int fd = open_input(path);

	if (fd < 0)
		return fail(e, ERR_INPUT, path, "open", errno);
	*f = (struct file_source){ .source = { .read = source_read }, .fd = fd, .path = path };
	return true;
}

bool file_source_open_regular(struct file_source *f, const char *path, struct err *e)
{
	/* not blocking: the other end of a pipe may never come */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno != ELOOP)
		return fail(e, ERR_INPUT, path, "open", errno);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_INPUT,
			       "%s: it is no regular file; ferry follows no symbolic links here",
			       path);
	}
	*f = (struct file_source){ .source = { .read = source_read }, .fd = fd, .path = path };
	return true;
}

void file_source_close(struct file_source *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool file_read(struct arena *a, const char *path, size_t max, struct str *out, struct err *e)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	DEFER(buf_release) struct buf b = buf_make(0);

	if (!file_source_open(&f, path, e))
		return false;
	for (;;) {
		size_t before = b.n;
		size_t got = 0;
		char *p = buf_grow(&b, READ_SIZE);

		if (!p)
			abort();
		if (!f.source.read(&f.source, p, READ_SIZE, &got, e))
			return false;
		buf_truncate(&b, before + got);
		if (got == 0)
			break;
		if (b.n > max)
			return err_set(e, ERR_INPUT, "%s: larger than %zu bytes", path, max);
	}
	*out = str_of(str_cstr(a, buf_str(&b)), b.n);
	return true;
}

bool file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool file_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_is_real_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_size(const char *path, uint64_t *out, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail(e, ERR_INPUT, path, "open", errno);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s: is %s, not a file", path,
			       S_ISDIR(st.st_mode) ? "a folder" : "a pipe or a device");
	*out = (uint64_t)st.st_size;
	return true;
}

bool file_make_directory(const char *path, unsigned mode, struct err *e)
{
	char prefix[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(prefix))
		return fail_output(e, path, "make directory", n == 0 ? ENOENT : ENAMETOOLONG);
	memcpy(prefix, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		prefix[i] = '\0';
		/* another process may make the same directory at the same time */
		if (!file_is_directory(prefix) && mkdir(prefix, (mode_t)mode) != 0) {
			int error = errno;

			if (error != EEXIST || !file_is_directory(prefix))
				return fail_output(e, prefix, "make directory", error);
		}
		prefix[i] = path[i];
	}
	return true;
}

static int remove_visited(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

bool file_remove(const char *path, struct err *e)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail_output(e, path, "remove", errno);
	if (nftw(path, remove_visited, TREE_FDS, FTW_DEPTH | FTW_PHYS) != 0)
		return fail_output(e, path, "remove", errno);
	return true;
}

/* "out/" names the directory "out". */
static struct str without_slashes(const char *path)
{
	struct str s = str_from(path);

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* The path up to and with its last slash; empty when there is none. */
static struct str directory_part(struct str path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path;
}

const char *file_temp_name(struct arena *a, const char *destination)
{
	static const char form[] = "..0123456789abcdef.part";
	struct rng rng = rng_from_system();
	struct str path = without_slashes(destination);
	struct str directory = directory_part(path);
	/* a name has at most NAME_MAX bytes, ours is longer than the destination's */
	struct str base = str_sub(path, directory.n, NAME_MAX - (sizeof(form) - 1));

	return str_fmt(a, "%.*s.%.*s.%016llx.part", STR_ARG(directory), STR_ARG(base),
		       (unsigned long long)rng_next(&rng))
		.p;
}

/* What was written or renamed in a directory survives a crash only after this. */
static bool flush_directory(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_output(e, path, "open", errno);

	int error = fsync(fd) == 0 ? 0 : errno;

	close(fd);
	if (error != 0 && error != EINVAL) /* EINVAL: a file system that cannot */
		return fail_output(e, path, "flush", error);
	return true;
}

/* Some file or directory stands where rename(2) will not put the new one. */
static bool is_in_the_way(int error)
{
	return error == ENOTEMPTY || error == EEXIST || error == EISDIR || error == ENOTDIR;
}

static bool replace(struct arena *a, const char *temp, const char *destination, struct err *e)
{
	const char *aside = file_temp_name(a, destination);

	if (rename(destination, aside) != 0)
		return fail_output(e, destination, "replace", errno);
	if (rename(temp, destination) != 0) {
		int error = errno;

		if (rename(aside, destination) != 0)
			return err_set(e, ERR_INTERNAL,
				       "%s: cannot be put back; what it was is now %s", destination,
				       aside);
		return fail_output(e, destination, "replace", error);
	}
	if (!file_remove(aside, e))
		return err_wrap(e, "%s is complete, but what it replaced is left", destination);
	return true;
}

bool file_commit(const char *temp, const char *destination, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str path = without_slashes(destination);
	struct str directory = directory_part(path);

	destination = str_cstr(&a, path);
	if (file_is_directory(temp) && !flush_directory(temp, e))
		return false;
	if (rename(temp, destination) != 0) {
		int error = errno;

		if (!is_in_the_way(error))
			return fail_output(e, destination, "write", error);
		if (!replace(&a, temp, destination, e))
			return false;
	}
	return flush_directory(directory.n > 0 ? str_cstr(&a, directory) : ".", e);
}

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool move_hidden(const char *from, const char *to, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(directory_close) DIR *d = opendir(from);

	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		const char *name = entry->d_name;
		const char *old = str_fmt(&a, "%s/%s", from, name).p;

		if (name[0] != '.' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (rename(old, str_fmt(&a, "%s/%s", to, name).p) != 0)
			return fail_output(e, old, "keep", errno);
	}
	return true;
}

bool file_commit_keeping(const char *temp, const char *destination, struct err *e)
{
	struct err second;

	if (move_hidden(destination, temp, e) && file_commit(temp, destination, e))
		return true;
	/* it must not go with what is thrown away */
	if (file_is_directory(temp) && !move_hidden(temp, destination, &second))
		return err_set(e, ERR_INTERNAL, "%s: the files that begin with a dot are in %s",
			       destination, temp);
	if (!file_remove(temp, &second))
		return err_wrap(e, "%s is left", temp);
	return false;
}

static bool sink_write_all(struct sink *sink, struct str bytes, struct err *e)
{
	struct file_sink *f = CONTAINER_OF(sink, struct file_sink, sink);

	assert(f->fd >= 0);
	while (bytes.n > 0) {
		ssize_t n = write(f->fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, ERR_INTERNAL, f->path, "write", errno);
		bytes = str_skip(bytes, (size_t)n);
	}
	return true;
}

bool file_sink_open(struct file_sink *f, const char *path, unsigned mode, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);

	if (fd < 0)
		return fail_output(e, path, "create", errno);
	*f = (struct file_sink){ .sink = { .write = sink_write_all }, .fd = fd, .path = path };
	return true;
}

bool file_sink_finish(struct file_sink *f, struct err *e)
{
	assert(f->fd >= 0);

	int error = fsync(f->fd) == 0 ? 0 : errno;

	/* some file systems tell only here that the disk is full */
	if (close(f->fd) != 0 && error == 0 && errno != EINTR)
		error = errno;
	f->fd = -1;
	if (error != 0)
		return fail(e, ERR_INTERNAL, f->path, "write", error);
	return true;
}

void file_sink_close(struct file_sink *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool file_write(const char *path, unsigned mode, struct str bytes, struct err *e)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };

	return file_sink_open(&f, path, mode, e) && sink_write(&f.sink, bytes, e);
}
