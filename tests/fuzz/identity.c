/* SPDX-License-Identifier: MIT */
/*
 * Files of who may sign in: read, or refused with the reason.
 */
#include "fuzz.h"

#include "server/identity.h"

#include "base/banned.h"

#define LOOKED_FOR ((size_t)20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(identity_release) struct identity identity = { 0 };
	struct err e;

	if (!identity_read(&a, fuzz_file(fuzz_text(data, size)), &identity, &e)) {
		assert(e.kind == ERR_INPUT && e.msg[0]);
		return 0;
	}
	assert(identity.given);
	for (size_t i = 0; i < identity.applications.n && i < LOOKED_FOR; i++) {
		const struct application *found =
			identity_application(&identity, identity.applications.p[i].client);

		assert(found && guid_eq(found->client, identity.applications.p[i].client));
	}
	for (size_t i = 0; i < identity.accounts.n && i < LOOKED_FOR; i++)
		assert(identity_account(&identity, identity.accounts.p[i].name));
	return 0;
}
