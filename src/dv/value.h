/* SPDX-License-Identifier: MIT */
/*
 * A value of a column. In memory, in the run file and in the organization's file a value has one stored
 * form, a text:
 *   string, memo, entity name   as it is
 *   integer, bigint, choice, state, status   decimal digits with '-'
 *   boolean, managed            0 or 1
 *   multi-select                numbers ascending, joined by ','
 *   decimal, money              decimal.h's normal form, scale kept
 *   double                      double_format
 *   date and time               2022-12-02T22:00:00Z (UTC) · the same without Z (no zone known, or the
 *                               column is zone independent) · 2022-12-02 (date only); .fffffff if any
 *   guid                        lower case, no braces
 *   image                       base64
 *   file                        the file's guid; its name in `name`
 *   party list                  dv/party.h
 * A lookup is a VALUE_REF: id, table, and the name that the server showed.
 */
#ifndef FERRY_DV_VALUE_H
#define FERRY_DV_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "io/json.h"
#include "dv/table.h"

enum value_kind {
	VALUE_ABSENT, /* not told: never compared, never written */
	VALUE_NULL,
	VALUE_TEXT,
	VALUE_REF
};

struct value {
	enum value_kind kind;
	struct str text;  /* TEXT: the stored form; REF: the id, lower case */
	struct str table; /* REF: logical name of the target; empty when not told */
	struct str name;  /* REF: primary name of the row pointed to; empty when not told */
};

/* The types of a CMT schema (facts/cmt-format.md 2.5). */
enum cmt_type {
	CMT_STRING,
	CMT_NUMBER,
	CMT_BIGINT,
	CMT_DECIMAL,
	CMT_FLOAT,
	CMT_MONEY,
	CMT_BOOL,
	CMT_DATETIME,
	CMT_OPTION,  /* optionsetvalue */
	CMT_OPTIONS, /* optionsetvaluecollection */
	CMT_STATE,
	CMT_STATUS,
	CMT_REFERENCE, /* entityreference */
	CMT_OWNER,
	CMT_PARTYLIST,
	CMT_GUID,
	CMT_IMAGE,  /* imagedata */
	CMT_FILE,   /* filedata */
	CMT_UNKNOWN /* the word "unknown" */
};
MUST_CHECK bool cmt_type_parse(struct str word, enum cmt_type *out); /* exact words only */
struct str cmt_type_word(enum cmt_type t);
/* The type that CMT's schema builder writes for a column. */
enum cmt_type cmt_type_of(enum column_type t);

/*
 * From the text of a data.xml attribute (after XML decoding). Every form seen in real files is read
 * (facts/cmt-format.md 3.4, 5.5); what does not fit the type is ERR_INPUT `"abc" is not a whole number`.
 * A reference gets its id only.
 */
MUST_CHECK bool value_from_cmt(struct arena *a, enum cmt_type type, struct str text,
			       struct value *out, struct err *e);
/* The attribute's text before XML encoding: HTML-encoded for strings. Of TEXT and REF values only. */
void value_to_cmt(struct buf *out, enum cmt_type type, const struct value *v);

/*
 * From JSON as the Web API sends it (facts/webapi.md 2.6); NULL means the property is not there.
 * For lookups `v` is the _x_value string; table and name are the caller's to add.
 */
MUST_CHECK bool value_from_json(struct arena *a, const struct column *c, const struct json *v,
				struct value *out, struct err *e);
/* As the Web API writes and takes it: numbers as numbers, decimals with their scale. Lookups: the id. */
void value_to_json(struct json_writer *w, const struct column *c, const struct value *v);

/*
 * Brings a value from anywhere into the stored form of this column and checks it: type, range, length,
 * a date's behavior. ERR_INPUT says what is wrong with the value. NULL and ABSENT stay.
 */
MUST_CHECK bool value_adapt(struct arena *a, const struct column *c, struct value *v,
			    struct err *e);
/* The same for what value_from_json has read for this very column: its text is in that form already. */
MUST_CHECK bool value_check(struct arena *a, const struct column *c, struct value *v,
			    struct err *e);

/*
 * Equal as product.md "Compare" says: text exactly after folding CR LF and CR to LF, empty = null;
 * decimals, money and doubles after rounding to the column's precision; references by table (when both
 * tell one) and id. Both in stored form. ABSENT equals nothing.
 */
bool value_equal(const struct column *c, const struct value *a, const struct value *b);

bool value_is_empty(const struct value *v); /* ABSENT, NULL or an empty text */

#endif
