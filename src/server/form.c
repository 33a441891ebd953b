/* SPDX-License-Identifier: MIT */
/*
 * application/x-www-form-urlencoded.
 */
#include "server/form.h"

#include "base/codec.h"
#include "base/limits.h"

#include "base/banned.h"

static bool decode(struct arena *a, struct str s, struct str *out)
{
	DEFER(buf_release) struct buf text = buf_make(0);

	if (!url_decode(&text, s, true) || !str_is_utf8(buf_str(&text)))
		return false;
	*out = str_dup(a, buf_str(&text));
	return true;
}

static bool has(const struct form *f, struct str name)
{
	for (size_t i = 0; i < f->fields.n; i++) {
		if (str_eq(f->fields.p[i].name, name))
			return true;
	}
	return false;
}

bool form_read(struct arena *a, struct str text, struct form *out)
{
	struct str_splitter parts = str_splitter(text);
	struct form f = { .repeated = false };

	for (struct str part; str_split(&parts, '&', &part);) {
		size_t equals = str_find_char(part, '=');
		struct str value = equals == STR_NONE ? S("") : str_skip(part, equals + 1);
		struct form_field field;

		if (part.n == 0)
			continue;
		if (f.fields.n == LIMIT_URL_OPTIONS ||
		    !decode(a, str_sub(part, 0, equals), &field.name) ||
		    !decode(a, value, &field.value))
			return false;
		f.repeated = f.repeated || has(&f, field.name);
		*VEC_PUSH(a, &f.fields) = field;
	}
	*out = f;
	return true;
}

struct str form_get(const struct form *f, struct str name)
{
	for (size_t i = 0; i < f->fields.n; i++) {
		if (str_eq(f->fields.p[i].name, name))
			return f->fields.p[i].value;
	}
	return S("");
}

void form_add(struct buf *out, struct str name, struct str value)
{
	if (out->n > 0)
		buf_add_char(out, '&');
	url_encode(out, name);
	buf_add_char(out, '=');
	url_encode(out, value);
}
