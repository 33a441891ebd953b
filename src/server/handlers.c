/* SPDX-License-Identifier: MIT */
/*
 * The table of paths.
 */
#include "server/handlers.h"

#include "server/data_api.h"
#include "server/sign_in.h"

#include "base/banned.h"

static const struct handler HANDLERS[] = {
	{ STR_INIT(DATA_API_PREFIX), false, true, data_api_accept, data_api_answer },
	{ STR_INIT("/"), true, false, sign_in_accept, sign_in_answer },
};

const struct handler *handlers_find(struct job *j, struct str target)
{
	for (size_t i = 0; i < COUNT_OF(HANDLERS); i++) {
		const struct handler *h = &HANDLERS[i];

		if (str_starts(target, h->prefix) && h->accept(j, str_skip(target, h->prefix.n)))
			return h;
	}
	return NULL;
}
