/* SPDX-License-Identifier: MIT */
/*
 * From the texts that values are written as, in packages, in JSON and by people, to the stored forms of
 * value.h. White space around the text is allowed. Bad text is ERR_INPUT, with the text quoted.
 */
#ifndef FERRY_DV_VALUE_FORM_H
#define FERRY_DV_VALUE_FORM_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/str.h"

#define OPTIONS_MAX 150 /* choices in one multi-select value (facts/webapi.md 2.6) */

/* The text for a message: in quotes, cut with "..." after some 60 bytes, control characters blank. */
#define FORM_QUOTE_SIZE 80
const char *form_quote(struct str text, char out[FORM_QUOTE_SIZE]);

MUST_CHECK bool form_whole(struct arena *a, struct str text, struct str *out, struct err *e);
MUST_CHECK bool form_decimal(struct arena *a, struct str text, struct str *out, struct err *e);
MUST_CHECK bool form_double(struct arena *a, struct str text, struct str *out, struct err *e);
/* true and false in any case, 1, 0 */
MUST_CHECK bool form_boolean(struct arena *a, struct str text, struct str *out, struct err *e);
/* [-1,2,1,-1] and 2,1; nothing chosen gives the empty slice. */
MUST_CHECK bool form_options(struct arena *a, struct str text, struct str *out, struct err *e);
MUST_CHECK bool form_guid(struct arena *a, struct str text, struct str *out, struct err *e);
MUST_CHECK bool form_base64(struct arena *a, struct str text, struct str *out, struct err *e);
/* ISO 8601 and the old en-US form; what has no zone keeps none, a mere date stays one. */
MUST_CHECK bool form_moment(struct arena *a, struct str text, struct str *out, struct err *e);

/* A stored date and time taken apart. */
enum moment_kind { MOMENT_UTC, MOMENT_CLOCK, MOMENT_DATE };
MUST_CHECK bool form_moment_read(struct str stored, struct datetime *out, enum moment_kind *kind);
struct str form_moment_write(struct arena *a, struct datetime d, enum moment_kind kind);

#endif
