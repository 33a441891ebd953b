/* SPDX-License-Identifier: MIT */
/*
 * JSON. Documents become trees on an arena (parsed strictly; numbers keep their text, so that no decimal passes
 * through a double). Answers with many rows are read one element of their `value` array
 * at a time, as the bytes arrive. Writing goes straight to a sink.
 */
#ifndef FERRY_IO_JSON_H
#define FERRY_IO_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/sink.h"
#include "base/str.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_member;

struct json {
	enum json_kind kind;
	bool yes;                    /* BOOL */
	struct str text;             /* NUMBER as written, STRING decoded */
	struct json *items;          /* ARRAY */
	struct json_member *members; /* OBJECT, in the order written; a repeated name is an error */
	size_t n;                    /* of items or members */
};

struct json_member {
	struct str name;
	struct json value;
};

/*
 * One document, strict: UTF-8 checked, nothing after it but white space, LIMIT_JSON_DEPTH. Integers beyond
 * int64 are an error; half a surrogate pair as \u escape becomes U+FFFD (services cut text in the middle of
 * a pair). ERR_INPUT "what:line:column: ...".
 */
MUST_CHECK bool json_parse(struct arena *a, struct str text, const char *what, struct json *out,
			   struct err *e);

/* The member of an object; NULL when absent or when `o` is NULL or no object. */
const struct json *json_get(const struct json *o, struct str name);
/* The text of a string member; the empty slice when it is absent or no string. */
struct str json_text(const struct json *o, struct str name);
/* A whole number member; `otherwise` when it is absent or none. */
int64_t json_int(const struct json *o, struct str name, int64_t otherwise);
bool json_flag(const struct json *o, struct str name); /* true only for a member that is true */

/*
 * Reads {"...": ..., "value": [row, row, ...], "...": ...}: a sink for the bytes; `row` is called for each
 * element of the top-level "value" array with a tree on `page`, which is rewound after the call.
 * finish gives the envelope (the object with an empty "value") on the arena `a`. Where the top level has
 * no "value" array the whole document is the envelope.
 */
struct json_rows {
	struct sink sink;
	bool (*row)(void *context, const struct json *row, struct err *e);
	void *context;
	struct arena *page;
	const char *what;
	struct buf text;     /* of the row that is arriving */
	struct buf envelope; /* everything else */
	int state;           /* of the scanner */
	int depth;           /* of the envelope, or inside the row that is arriving */
	bool in_string, escaped;
	struct buf key; /* the last string at depth 1, cut */
	size_t rows;    /* handed out */
};

struct json_rows json_rows_make(struct arena *page, const char *what,
				bool (*row)(void *, const struct json *, struct err *),
				void *context);
MUST_CHECK bool json_rows_finish(struct json_rows *r, struct arena *a, struct json *envelope,
				 struct err *e);
void json_rows_release(struct json_rows *r); /* fits DEFER */

/* The writer: no white space, or two blanks per level when `pretty`. Errors of the sink are sticky. */
struct json_writer {
	struct sink *out;
	struct buf buf; /* flushed to out when it passes 64 KiB */
	int depth;
	bool comma; /* before the next member or item */
	bool after_key;
	bool pretty;
	bool failed;
	struct err err;
};

struct json_writer json_writer_make(struct sink *out);
void json_writer_release(struct json_writer *w);

void json_object(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, struct str key);
void json_str(struct json_writer *w, struct str s);
void json_num(struct json_writer *w, struct str text); /* a JSON number, as text */
void json_i64(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct str json); /* one complete value, trusted */
/* A member whose value is an id; one whose value is a text, null when it is empty. */
void json_guid(struct json_writer *w, struct str key, struct guid id);
void json_text_member(struct json_writer *w, struct str key, struct str value);
void json_tree(struct json_writer *w, const struct json *v);
/* Flushes; false with the first error of the sink. */
MUST_CHECK bool json_writer_finish(struct json_writer *w, struct err *e);

#endif
