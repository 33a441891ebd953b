/* SPDX-License-Identifier: MIT */
/*
 * A connection's place at the gate of those that write, for the files that db.h is made of.
 */
#ifndef FERRY_IO_DB_TURN_H
#define FERRY_IO_DB_TURN_H

#include "io/db.h"

struct db_turn {
	const struct db_gate *gate; /* NULL: none */
	bool inside;
};
struct db_turn *db_turn(struct db *db);

#endif
