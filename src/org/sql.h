/* SPDX-License-Identifier: MIT */
/*
 * SQL that is being written: its text and its parameters. Values are only ever parameters; names pass
 * through db_quote.
 */
#ifndef FERRY_ORG_SQL_H
#define FERRY_ORG_SQL_H

#include "base/buf.h"
#include "base/vec.h"
#include "io/db.h"
#include "org/query_node.h"

struct sql {
	struct arena *arena;
	struct buf text;
	VEC(struct query_param) params;
};
struct sql sql_make(struct arena *a);
void sql_release(struct sql *sql); /* fits DEFER */

void sql_add(struct sql *sql, const char *text); /* of ours */
void sql_param(struct sql *sql, struct query_param p);
void sql_text(struct sql *sql, struct str text);      /* a parameter */
void sql_integer(struct sql *sql, int64_t v);         /* a parameter */
void sql_guid(struct sql *sql, const struct guid *g); /* a parameter */
/* t1."name" */
void sql_name(struct sql *sql, const struct query_node *node, struct str column);
/* "account" AS t1 */
void sql_table(struct sql *sql, const struct query_node *node);
/* The field as it compares: what stands on either side of an operator. */
void sql_field(struct sql *sql, struct query_field field);
/* What makes a text, a decimal or a moment compare as its kind does; around nothing for the others. */
const char *sql_before(enum query_form form);
const char *sql_behind(enum query_form form);

/* Prepared and bound; the parameters must outlive it. */
MUST_CHECK bool sql_prepare(const struct sql *sql, struct db *db, struct stmt **out, struct err *e);

#endif
