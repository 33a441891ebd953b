/* SPDX-License-Identifier: MIT */
/*
 * JSON texts on standard input, with a NUL behind each: on standard output what ferry understood, or '!' and what was
 * wrong, in the same way. For json_beside_python.py.
 */
#include <stdio.h>

#include "base/buf.h"
#include "io/json.h"

static void echo(struct str text)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct json v;
	struct err e;

	if (!json_parse(&a, text, "text", &v, &e)) {
		(void)printf("!%s%c", e.msg, 0);
		return;
	}
	json_tree(&w, &v);
	if (!json_writer_finish(&w, &e))
		return;
	(void)fwrite(out.p, 1, out.n, stdout);
	(void)putchar(0);
}

int main(void)
{
	DEFER(buf_release) struct buf in = buf_make(0);
	int c;

	while ((c = getchar()) != EOF) {
		if (c != 0) {
			buf_add_char(&in, (char)c);
			continue;
		}
		echo(buf_str(&in));
		buf_clear(&in);
	}
	return 0;
}
