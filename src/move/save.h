/* SPDX-License-Identifier: MIT */
/*
 * Source side -> package.
 */
#ifndef FERRY_MOVE_SAVE_H
#define FERRY_MOVE_SAVE_H

#include "base/datetime.h"
#include "move/job.h"

/* `plain`: without ferry/references.xml and ferry/origin.xml, as the Configuration Migration Tool itself writes it. */
MUST_CHECK bool save_package(struct job *j, const char *path, bool plain, struct datetime now,
			     struct err *e);

#endif
