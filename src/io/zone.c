/* SPDX-License-Identifier: MIT */
/*
 * ICU is only asked how far a zone is from UTC at an instant; the rest is arithmetic.
 */
#include "io/zone.h"

#include <string.h>

#include <unicode/ucal.h>

#include "base/banned.h"

#define MILLISECOND (DATETIME_SECOND / 1000)
#define NAME_SIZE 64

struct zone {
	UCalendar *icu;
};

bool zone_open(struct zone **out, struct arena *a, const char *name, struct err *e)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[NAME_SIZE], known[NAME_SIZE];
	UBool listed = false;

	if (strlen(name) >= NAME_SIZE)
		return err_set(e, ERR_INTERNAL, "'%s' is no time zone", name);
	for (size_t i = 0; i <= strlen(name); i++)
		wide[i] = (unsigned char)name[i]; /* ASCII */
	ucal_getCanonicalTimeZoneID(wide, -1, known, NAME_SIZE, &listed, &status);
	if (U_FAILURE(status) || !listed)
		return err_set(e, ERR_INTERNAL, "'%s' is no time zone", name);

	UCalendar *icu = ucal_open(wide, -1, "en", UCAL_GREGORIAN, &status);

	if (U_FAILURE(status))
		return err_set(e, ERR_INTERNAL, "time zone '%s': ICU says %s", name,
			       u_errorName(status));
	*out = arena_new(a, struct zone);
	(*out)->icu = icu;
	return true;
}

void zone_close(struct zone **z)
{
	if (*z)
		ucal_close((*z)->icu);
	*z = NULL;
}

/* Ticks that the zone's clocks are ahead of UTC at this instant. */
static int64_t offset(const struct zone *z, int64_t utc)
{
	UErrorCode status = U_ZERO_ERROR;

	int64_t milliseconds = utc / MILLISECOND;

	ucal_setMillis(z->icu, (double)milliseconds, &status);

	int32_t standard = ucal_get(z->icu, UCAL_ZONE_OFFSET, &status);
	int32_t summer = ucal_get(z->icu, UCAL_DST_OFFSET, &status);

	assert(U_SUCCESS(status)); /* any instant within the years has an offset */
	return ((int64_t)standard + summer) * MILLISECOND;
}

struct datetime zone_to_local(const struct zone *z, struct datetime utc)
{
	return datetime_add(utc, offset(z, utc.ticks));
}

struct datetime zone_to_utc(const struct zone *z, struct datetime local)
{
	int64_t before = offset(z, local.ticks - DATETIME_DAY);
	int64_t after = offset(z, local.ticks + DATETIME_DAY);
	bool first = before == after || offset(z, local.ticks - before) == before;

	if (!first && offset(z, local.ticks - after) == after)
		return datetime_add(local, -after);
	return datetime_add(local, -before);
}

struct str zone_windows_name(const char *name, char out[ZONE_WINDOWS_SIZE])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[NAME_SIZE], windows[ZONE_WINDOWS_SIZE];

	if (strlen(name) >= NAME_SIZE)
		return S("");
	for (size_t i = 0; i <= strlen(name); i++)
		wide[i] = (unsigned char)name[i]; /* ASCII */

	int32_t n = ucal_getWindowsTimeZoneID(wide, -1, windows, ZONE_WINDOWS_SIZE, &status);

	if (U_FAILURE(status) || n > ZONE_WINDOWS_SIZE)
		return S("");
	for (int32_t i = 0; i < n; i++)
		out[i] = (char)windows[i]; /* ASCII, too */
	return str_of(out, (size_t)n);
}
