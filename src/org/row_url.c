/* SPDX-License-Identifier: MIT */
/*
 * URLs of rows. What stands before the entity set has to be a service root, of whichever host.
 */
#include "org/row_url.h"

#include "base/codec.h"
#include "base/limits.h"
#include "org/code.h"

#include "base/banned.h"

static bool fail_url(struct str url, const char *why, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "URL was not parsed due to an ODataUnrecognizedPathException. Resource "
			    "not found for the segment provided in the URL. '%.*s' does not name a "
			    "row: %s",
			    STR_ARG(str_sub(url, 0, 500)), why);
}

/*
 * "", "/", "/api/data/v9.2/", or the same behind a scheme and host and, as on the customer's own servers, an
 * organization's name.
 */
static bool is_service_root(struct str s)
{
	size_t scheme = str_find(s, S(":/"));

	if (scheme != STR_NONE) {
		s = str_skip(s, scheme + 2);
		/* .NET reads http:/host as http://host, and clients live of that */
		if (str_starts(s, S("/")))
			s = str_skip(s, 1);

		size_t path = str_find_char(s, '/');

		if (path == STR_NONE || path == 0)
			return false;
		s = str_skip(s, path);
		path = str_find(s, S("/api/data/v"));
		if (path != STR_NONE && str_find_char(str_skip(s, 1), '/') == path - 1)
			s = str_skip(s, path);
	}
	if (scheme == STR_NONE && (s.n == 0 || str_eq(s, S("/"))))
		return true;
	if (!str_starts(s, S("/api/data/v")) || !str_ends(s, S("/")))
		return false;
	s = str_skip(s, S("/api/data/v").n);
	return s.n > 1 && str_find_char(s, '/') == s.n - 1;
}

bool content_id_find(const struct content_ids *ids, struct str reference, struct content_id *out,
		     struct err *e)
{
	struct str id = str_skip(reference, 1);

	for (size_t i = 0; ids && i < ids->n; i++) {
		if (!str_eq(ids->p[i].id, id))
			continue;
		*out = ids->p[i];
		return true;
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "Content-ID Reference: '%.*s' does not exist in the batch context.",
			    STR_ARG(str_sub(reference, 0, 100)));
}

static bool parse_reference(struct store *s, struct str url, const struct table **t,
			    struct row_key *key, struct err *e)
{
	struct content_id found;

	if (!content_id_find(s->content_ids, url, &found, e))
		return false;
	*t = found.table;
	*key = (struct row_key){ .id = found.row };
	return true;
}

static bool decode_key(struct arena *a, struct str raw, struct str url, struct str *out,
		       struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_URL);

	if (!url_decode(&b, raw, false) || b.full || !str_is_utf8(buf_str(&b)))
		return fail_url(url, "its key holds a bad percent-encoding", e);
	*out = str_trim(str_dup(a, buf_str(&b)));
	return true;
}

bool row_url_parse(struct store *s, struct arena *a, struct str url, const struct table **t,
		   struct row_key *key, struct err *e)
{
	size_t open = str_find_char(url, '(');
	const struct table *table;
	struct str text;

	if (str_starts(url, S("$")))
		return parse_reference(s, url, t, key, e);
	if (open == STR_NONE || !str_ends(url, S(")")))
		return fail_url(url, "it has to end with <entity set>(<key>)", e);

	struct str head = str_sub(url, 0, open);
	size_t from = head.n;

	while (from > 0 && head.p[from - 1] != '/')
		from--;
	if (!is_service_root(str_sub(head, 0, from)))
		return fail_url(url, "what stands before the entity set is no service root", e);
	if (!store_table_of_set(s, str_skip(head, from), &table, e))
		return false;
	if (!table)
		return fail_url(url, "there is no such entity set", e);
	if (!decode_key(a, str_sub(url, open + 1, url.n - open - 2), url, &text, e) ||
	    !row_key_parse(s, a, table, text, key, e))
		return false;
	*t = table;
	return true;
}

bool row_url_resolve(struct store *s, struct str url, const struct table **t, struct guid *id,
		     struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct table *table;
	struct row_key key;

	if (!row_url_parse(s, &scratch, url, &table, &key, e) ||
	    !row_key_resolve(s, table, &key, id, e))
		return false;
	*t = table;
	return true;
}
