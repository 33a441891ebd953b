/* SPDX-License-Identifier: MIT */
/*
 * The writers of a process, one after the other in the order in which they came: none of them starves, and
 * none has to try again.
 */
#ifndef FERRY_SERVER_GATE_H
#define FERRY_SERVER_GATE_H

#include <pthread.h>

#include "io/db.h"

struct gate {
	struct db_gate face; /* for org_open_shared */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint64_t next, serving;
};

void gate_init(struct gate *g);
void gate_release(struct gate *g);

#endif
