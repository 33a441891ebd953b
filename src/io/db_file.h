/* SPDX-License-Identifier: MIT */
/*
 * The file of a database, for db.c.
 */
#ifndef FERRY_IO_DB_FILE_H
#define FERRY_IO_DB_FILE_H

#include "io/db.h"

/* The name that SQLite shall open; ":memory:" and the like mean nothing special to it. */
const char *db_file_name(struct arena *a, const char *path, enum db_mode mode);
/* It is there, or, with DB_CREATE, is not there and is made. */
MUST_CHECK bool db_file_prepare(const char *path, enum db_mode mode, struct err *e);

#endif
