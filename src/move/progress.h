/* SPDX-License-Identifier: MIT */
/*
 * How the engine tells how far it is, and asks whether it should go on.
 */
#ifndef FERRY_MOVE_PROGRESS_H
#define FERRY_MOVE_PROGRESS_H

#include "base/base.h"
#include "base/str.h"

/* Called often and cheaply; total 0 = not known. NULL members are not called. */
struct progress {
	void (*step)(void *context, const char *stage, struct str table, uint64_t done,
		     uint64_t total);
	bool (*cancelled)(void *context);
	void (*pause)(void *context, unsigned ms); /* waits; returns at once when cancelled */
	void *context;
};

#endif
