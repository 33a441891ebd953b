/* SPDX-License-Identifier: MIT */
/*
 * Preferences: a list with commas, of names with or without a value; values may be quoted and then hold
 * commas of their own.
 */
#include "org/prefer.h"

#include "base/limits.h"

#include "base/banned.h"

/* The item before the next comma outside quotes, off *rest. */
static struct str take_item(struct str *rest)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < rest->n && (quoted || rest->p[i] != ','); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
	}

	struct str item = str_trim(str_sub(*rest, 0, i));

	*rest = str_skip(*rest, i + 1);
	return item;
}

static struct str unquote(struct str s)
{
	s = str_trim(s);
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_sub(s, 1, s.n - 2) : s;
}

/* Values without sense are no preference. */
static uint32_t page_size(struct str value)
{
	uint64_t n;

	if (!str_parse_u64(value, &n))
		return 0;
	return n > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : (uint32_t)n;
}

static void read_item(struct prefer *p, struct str item)
{
	size_t equals = str_find_char(item, '=');
	struct str name = str_trim(str_sub(item, 0, equals));
	struct str value = equals == STR_NONE ? S("") : unquote(str_skip(item, equals + 1));

	if (str_eq_ascii_nocase(name, S("odata.include-annotations")))
		p->annotations = value;
	else if (str_eq_ascii_nocase(name, S("return")))
		p->representation = str_eq_ascii_nocase(value, S("representation"));
	else if (str_eq_ascii_nocase(name, S("odata.continue-on-error")))
		p->continue_on_error = !str_eq_ascii_nocase(value, S("false"));
	else if (str_eq_ascii_nocase(name, S("odata.maxpagesize")))
		p->page_size = page_size(value);
	else if (str_eq_ascii_nocase(name, S("odata.track-changes")))
		p->track_changes = !str_eq_ascii_nocase(value, S("false"));
}

/* The parameter of the first media type that has it. */
static enum metadata_level accepted_level(struct str accept)
{
	static const struct str parameter = STR_INIT("odata.metadata=");
	size_t at = str_find(accept, parameter);

	if (at == STR_NONE)
		return METADATA_MINIMAL;
	accept = str_skip(accept, at + parameter.n);
	if (str_starts(accept, S("none")))
		return METADATA_NONE;
	return str_starts(accept, S("full")) ? METADATA_FULL : METADATA_MINIMAL;
}

struct prefer prefer_read(const struct request *r)
{
	struct prefer p = { 0 };

	for (size_t i = 0; i < r->nheaders; i++) {
		struct str rest = r->headers[i].value;

		if (str_eq_ascii_nocase(r->headers[i].name, S("Accept")))
			p.metadata = accepted_level(rest);
		if (!str_eq_ascii_nocase(r->headers[i].name, S("Prefer")))
			continue;
		while (rest.n > 0)
			read_item(&p, take_item(&rest));
	}
	p.everything = str_eq(str_trim(p.annotations), S("*"));
	return p;
}

bool prefer_annotation(const struct prefer *p, struct str name)
{
	struct str_splitter patterns = str_splitter(p->annotations);

	for (struct str pattern; str_split(&patterns, ',', &pattern);) {
		pattern = str_trim(pattern);

		bool open = str_ends(pattern, S("*"));

		if (open && str_starts(name, str_sub(pattern, 0, pattern.n - 1)))
			return true;
		if (str_eq(pattern, name))
			return true;
	}
	return false;
}
