/* SPDX-License-Identifier: MIT */
/*
 * What expand.c makes and expand_write.c writes; nobody else looks at it.
 */
#ifndef FERRY_ORG_EXPAND_PARTS_H
#define FERRY_ORG_EXPAND_PARTS_H

#include "org/expand.h"
#include "org/navigation.h"
#include "org/sql.h"

enum expand_form {
	EXPAND_ONE,       /* an object, or null */
	EXPAND_MANY,      /* an array and a link */
	EXPAND_DEFERRED,  /* an array that is always empty, and a link */
	EXPAND_PRINCIPAL, /* an owner: its id and what it is */
	EXPAND_REFERENCE  /* the URL of a row */
};

struct expand_item {
	const struct odata_expand *source;
	struct navigation nav;
	enum expand_form form;
	struct str link_key;  /* <nav>@odata.nextLink */
	struct str link_path; /* behind the row in that link: /nav?$select=... */
	int at, type_at;      /* what a lookup holds, in the row around */
	/* ONE and MANY */
	const struct table *table; /* at the other end */
	struct query *query;
	struct result result;
	struct cells cells;
	struct stmt *st;
	int parameter;        /* of st: which row it is about */
	int key_at;           /* of the row's own key; -1: not looked for */
	struct expand *below; /* NULL: nothing is expanded in its rows */
};

struct expand {
	struct call *call;
	const struct table *table; /* whose rows these stand in */
	struct expand_item *items;
	size_t n;
	int key_at;  /* of the row around */
	bool nested; /* the other way to answer */
	enum expand_of of;
	uint32_t page_size;
	struct buf scratch;
};

#endif
