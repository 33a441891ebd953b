/* SPDX-License-Identifier: MIT */
/*
 * Values as the Configuration Migration Tool writes them (facts/cmt-format.md 2.5, 3.4, 3.5), and the
 * types that its schemas name. Reading is wider than writing: old tools and hands wrote other forms.
 */
#include "base/codec.h"
#include "base/datetime.h"
#include "base/limits.h"
#include "dv/value.h"
#include "dv/value_form.h"

#include "base/banned.h"

struct cmt_row {
	struct str word;
	/* To the stored form; NULL: values of this type are not carried. */
	bool (*read)(struct arena *a, struct str text, struct str *out, struct err *e);
};

static bool read_string(struct arena *a, struct str text, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf decoded = buf_make(LIMIT_XML_VALUE);

	html_decode(&decoded, text);
	if (!buf_check(&decoded, "the value", e))
		return false;
	*out = str_dup(a, buf_str(&decoded));
	return true;
}

static bool read_small(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct str number;
	int64_t v;

	if (!form_whole(a, text, &number, e))
		return false;
	if (!str_parse_i64(number, &v) || v < INT32_MIN || v > INT32_MAX)
		return err_set(e, ERR_INPUT,
			       "%.*s is out of the range of a whole number of 32 bits",
			       STR_ARG(number));
	*out = number;
	return true;
}

static const struct cmt_row rows[] = {
	[CMT_STRING] = { STR_INIT("string"), read_string },
	[CMT_NUMBER] = { STR_INIT("number"), read_small },
	[CMT_BIGINT] = { STR_INIT("bigint"), form_whole },
	[CMT_DECIMAL] = { STR_INIT("decimal"), form_decimal },
	[CMT_FLOAT] = { STR_INIT("float"), form_double },
	[CMT_MONEY] = { STR_INIT("money"), form_decimal },
	[CMT_BOOL] = { STR_INIT("bool"), form_boolean },
	[CMT_DATETIME] = { STR_INIT("datetime"), form_moment },
	[CMT_OPTION] = { STR_INIT("optionsetvalue"), read_small },
	[CMT_OPTIONS] = { STR_INIT("optionsetvaluecollection"), form_options },
	[CMT_STATE] = { STR_INIT("state"), read_small },
	[CMT_STATUS] = { STR_INIT("status"), read_small },
	[CMT_REFERENCE] = { STR_INIT("entityreference"), form_guid },
	[CMT_OWNER] = { STR_INIT("owner"), form_guid },
	[CMT_PARTYLIST] = { STR_INIT("partylist"), NULL },
	[CMT_GUID] = { STR_INIT("guid"), form_guid },
	[CMT_IMAGE] = { STR_INIT("imagedata"), form_base64 },
	[CMT_FILE] = { STR_INIT("filedata"), form_guid },
	[CMT_UNKNOWN] = { STR_INIT("unknown"), NULL },
};

bool cmt_type_parse(struct str word, enum cmt_type *out)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (str_eq(rows[i].word, word)) {
			*out = (enum cmt_type)i;
			return true;
		}
	}
	return false;
}

struct str cmt_type_word(enum cmt_type t)
{
	return rows[t].word;
}

enum cmt_type cmt_type_of(enum column_type t)
{
	static const enum cmt_type types[] = {
		[COLUMN_STRING] = CMT_STRING,      [COLUMN_MEMO] = CMT_STRING,
		[COLUMN_ENTITY_NAME] = CMT_STRING, [COLUMN_INTEGER] = CMT_NUMBER,
		[COLUMN_BIGINT] = CMT_BIGINT,      [COLUMN_DECIMAL] = CMT_DECIMAL,
		[COLUMN_DOUBLE] = CMT_FLOAT,       [COLUMN_MONEY] = CMT_MONEY,
		[COLUMN_BOOLEAN] = CMT_BOOL,       [COLUMN_DATETIME] = CMT_DATETIME,
		[COLUMN_PICKLIST] = CMT_OPTION,    [COLUMN_MULTISELECT] = CMT_OPTIONS,
		[COLUMN_STATE] = CMT_STATE,        [COLUMN_STATUS] = CMT_STATUS,
		[COLUMN_LOOKUP] = CMT_REFERENCE,   [COLUMN_CUSTOMER] = CMT_REFERENCE,
		[COLUMN_OWNER] = CMT_OWNER,        [COLUMN_PARTYLIST] = CMT_PARTYLIST,
		[COLUMN_GUID] = CMT_GUID,          [COLUMN_IMAGE] = CMT_IMAGE,
		[COLUMN_FILE] = CMT_FILE,          [COLUMN_MANAGED] = CMT_UNKNOWN,
		[COLUMN_VIRTUAL] = CMT_UNKNOWN,
	};

	return types[t];
}

bool value_from_cmt(struct arena *a, enum cmt_type type, struct str text, struct value *out,
		    struct err *e)
{
	bool is_reference = type == CMT_REFERENCE || type == CMT_OWNER;
	struct value v = { .kind = is_reference ? VALUE_REF : VALUE_TEXT };

	if (!rows[type].read) {
		*out = (struct value){ .kind = VALUE_ABSENT };
		return true;
	}
	if (text.n > 0 && !rows[type].read(a, text, &v.text, e))
		return false;
	if (v.text.n == 0)
		v.kind = VALUE_NULL;
	*out = v;
	return true;
}

/* The length of the character at s.p[i] if XML cannot hold it, not even as a reference; else 0. */
static size_t beyond_xml(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];

	if (c < 0x20)
		return c != '\t' && c != '\n' && c != '\r';
	if (c != 0xef || s.n - i < 3 || (unsigned char)s.p[i + 1] != 0xbf)
		return 0;
	return (unsigned char)s.p[i + 2] >= 0xbe ? 3 : 0;
}

/*
 * The HTML encoding that every string has anyway carries also what XML cannot: CMT's writer fails on a
 * control character, but its reader decodes &#1; like any other reference.
 */
static void write_string(struct buf *out, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		size_t n = beyond_xml(s, i);
		size_t at = i;

		if (n == 0)
			continue;
		html_encode(out, str_sub(s, from, i - from));
		buf_add_fmt(out, "&#%u;", (unsigned)str_next_code_point(s, &at));
		from = i + n;
		i = from - 1;
	}
	html_encode(out, str_skip(s, from));
}

static void write_moment(struct buf *out, struct str stored)
{
	char text[DATETIME_TEXT_SIZE];
	enum moment_kind kind;
	struct datetime d;

	if (form_moment_read(stored, &d, &kind))
		buf_add(out, datetime_format_o(d, kind == MOMENT_UTC, text));
	else
		buf_add(out, stored);
}

void value_to_cmt(struct buf *out, enum cmt_type type, const struct value *v)
{
	assert(v->kind == VALUE_TEXT || v->kind == VALUE_REF);
	if (type == CMT_STRING) {
		write_string(out, v->text);
	} else if (type == CMT_BOOL) {
		buf_add(out, str_eq(v->text, S("1")) ? S("True") : S("False"));
	} else if (type == CMT_OPTIONS) {
		buf_add(out, S("[-1,"));
		buf_add(out, v->text);
		buf_add(out, S(",-1]"));
	} else if (type == CMT_DATETIME) {
		write_moment(out, v->text);
	} else {
		buf_add(out, v->text);
	}
}
