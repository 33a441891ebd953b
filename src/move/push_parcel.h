/* SPDX-License-Identifier: MIT */
/*
 * One request under way with the changes that are in it.
 */
#ifndef FERRY_MOVE_PUSH_PARCEL_H
#define FERRY_MOVE_PUSH_PARCEL_H

#include "base/buf.h"
#include "dv/service.h"
#include "move/push_bulk.h"
#include "move/push_part.h"
#include "move/push_queue.h"

struct push_parcel {
	bool under_way;
	bool serial; /* holds changes that go not beside others of which this holds */
	enum push_way way;
	uint32_t tab; /* of a bulk message */
	struct arena arena;
	struct buf body;
	struct push_entry *entries; /* on the arena */
	size_t n;
	struct header headers[PUSH_HEADERS];
	struct request request; /* of this struct's slices */
	struct str table;       /* of the last change, for people */
};

struct push_packing {
	struct push_queue *queue;
	struct push_bulk *bulk;
	size_t most;    /* changes */
	size_t bytes;   /* the body is closed when it passes this */
	bool no_serial; /* such changes have to wait */
};

/*
 * Takes changes from the queue's front into an empty parcel; what cannot be put into words fails. Each one that
 * is taken is CHANGE_SENT in the run file, which has to be committed before the request is sent. *n of the parcel may be 0.
 */
MUST_CHECK bool push_parcel_pack(struct push_parcel *p, const struct push_packing *k,
				 struct err *e);
/* Its memory may be used for the next one. */
void push_parcel_clear(struct push_parcel *p);
void push_parcel_release(struct push_parcel *p);

#endif
