/* SPDX-License-Identifier: MIT */
/*
 * What a client wrote is quoted, so that it cannot forge a line.
 */
#include "server/access_log.h"

#include "base/codec.h"

#include "base/banned.h"

static void add_quoted(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			buf_add_fmt(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
}

/* Parameters of URLs that let in who knows them. */
static bool is_secret(struct str name)
{
	static const struct str names[] = {
		STR_INIT("access_token"),  STR_INIT("client_assertion"),
		STR_INIT("client_secret"), STR_INIT("code"),
		STR_INIT("code_verifier"), STR_INIT("device_code"),
		STR_INIT("id_token"),      STR_INIT("id_token_hint"),
		STR_INIT("password"),      STR_INIT("refresh_token"),
		STR_INIT("token"),         STR_INIT("user_code"),
	};
	DEFER(buf_release) struct buf plain = buf_make(0);

	if (!url_decode(&plain, name, true))
		return false;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq_ascii_nocase(buf_str(&plain), names[i]))
			return true;
	}
	return false;
}

/* A password in front of a host, which a client may write into a whole URL, is left out, too. */
static struct str add_authority(struct buf *out, struct str target)
{
	size_t slashes = str_find(target, S("://"));
	size_t at = str_find_char(target, '@');
	size_t path =
		slashes == STR_NONE ? STR_NONE : str_find_char(str_skip(target, slashes + 3), '/');

	if (str_starts(target, S("/")) || path == STR_NONE || at == STR_NONE ||
	    at > slashes + 3 + path)
		return target;
	add_quoted(out, str_sub(target, 0, slashes + 3));
	buf_add(out, S("***"));
	return str_skip(target, at);
}

static void add_target(struct buf *out, struct str target)
{
	struct str rest = add_authority(out, target);
	size_t mark = str_find_char(rest, '?');
	char sign = '?';

	add_quoted(out, str_sub(rest, 0, mark));
	if (mark == STR_NONE)
		return;

	struct str_splitter parts = str_splitter(str_skip(rest, mark + 1));

	for (struct str part; str_split(&parts, '&', &part); sign = '&') {
		size_t equals = str_find_char(part, '=');
		bool secret = equals != STR_NONE && is_secret(str_sub(part, 0, equals));

		buf_add_char(out, sign);
		add_quoted(out, secret ? str_sub(part, 0, equals + 1) : part);
		if (secret)
			buf_add(out, S("***"));
	}
	/* a '?' with nothing behind it */
	if (sign == '?')
		buf_add_char(out, sign);
}

static void add_time(struct buf *out, struct datetime now)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = datetime_to_civil(now);

	buf_add_fmt(out, "[%02d/%s/%04d:%02d:%02d:%02d +0000]", c.day, months[c.month - 1], c.year,
		    c.hour, c.minute, c.second);
}

void access_log_line(struct buf *out, const struct exchange *x, const struct job *j,
		     struct datetime now, int64_t ms)
{
	char user[GUID_TEXT_SIZE] = "-";
	int status = exchange_status(x);

	if (j && j->has_user)
		guid_format(j->user, user);
	buf_add_fmt(out, "%.*s - %s ", STR_ARG(exchange_peer(x)), user);
	add_time(out, now);
	buf_add(out, S(" \""));
	add_quoted(out, exchange_method(x));
	buf_add_char(out, ' ');
	add_target(out, exchange_target(x));
	buf_add_char(out, ' ');
	add_quoted(out, exchange_version(x));
	buf_add(out, S("\" "));
	if (status)
		buf_add_fmt(out, "%d", status);
	else
		buf_add_char(out, '-');
	buf_add_fmt(out, " %llu %lldms", (unsigned long long)exchange_sent(x), (long long)ms);
	if (j && j->verdict.effect == EFFECT_THROTTLE)
		buf_add(out, S(" throttled"));
	if (j && j->verdict.fault) {
		buf_add(out, S(" fault=\""));
		add_quoted(out, str_from(j->verdict.fault));
		buf_add_char(out, '"');
	}
	buf_add_char(out, '\n');
}
