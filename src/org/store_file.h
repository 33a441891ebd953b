/* SPDX-License-Identifier: MIT */
/*
 * What makes a file an organization's file, for the two that write and read it: store_create.c and
 * store.c.
 */
#ifndef FERRY_ORG_STORE_FILE_H
#define FERRY_ORG_STORE_FILE_H

#include "org/store.h"

#define STORE_APPLICATION_ID 0x66727279 /* "frry" */
#define STORE_VERSION 1                 /* pragma user_version */

/* Rows of ferry_header. */
#define STORE_HEADER_LCID "lcid"
#define STORE_HEADER_VERSION "version"           /* the last row version given */
#define STORE_HEADER_SEED "seed"                 /* only of a seeded organization */
#define STORE_HEADER_CLOCK "clock"               /* only of a seeded organization */
#define STORE_HEADER_BIN "recycle_bin"           /* 1: deleted rows are kept (bin.h) */
#define STORE_HEADER_SAMPLE "sample"             /* that it was made with, if any */
#define STORE_HEADER_METADATA "metadata"         /* "<version> <any>": changes with the metadata */
#define STORE_HEADER_BEHAVIOURS "behaviours"     /* changes with ferry_behaviour */
#define STORE_HEADER_ORGANIZATION "organization" /* these four since store_finish */
#define STORE_HEADER_ROOT_UNIT "root_unit"
#define STORE_HEADER_ADMIN "admin"
#define STORE_HEADER_CURRENCY "currency"

/* Catalog and statements of a store whose database is open; `s` stays where it is from then on. */
void store_attach(struct store *s);
MUST_CHECK bool store_header_put(struct store *s, struct str name, struct str value, struct err *e);

#endif
