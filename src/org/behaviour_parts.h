/* SPDX-License-Identifier: MIT */
/*
 * What behaviours are made of: something that happened to a row, and short ways to make rows because of it.
 */
#ifndef FERRY_ORG_BEHAVIOUR_PARTS_H
#define FERRY_ORG_BEHAVIOUR_PARTS_H

#include "org/payload.h"
#include "org/row.h"
#include "org/store.h"

enum behaviour_event {
	ON_CREATING = 1 << 0, /* before it is written: the row may be changed */
	ON_CREATED = 1 << 1,
	ON_CHANGING = 1 << 2,
	ON_CHANGED = 1 << 3,
	ON_DELETING = 1 << 4,
	ON_LINKED = 1 << 5, /* the table is the intersect, the row that of its first column */
	ON_LATER = 1 << 6   /* a job's time has come */
};

struct happening {
	struct store *s;
	struct arena *a;
	enum behaviour_event event;
	struct str behaviour; /* its name */
	unsigned variant;     /* index into its variants; never that of "off" */
	const struct table *table;
	struct guid id;
	struct row *row; /* CREATING to CHANGED: what is written of it; else NULL */
};

/* Whether the request tells the column, null included; what it tells: NULL for null or nothing. */
bool happening_tells(const struct happening *h, struct str column);
const struct value *happening_told(const struct happening *h, struct str column);
/* What the row has once it is written: told, else stored. VALUE_NULL for nothing. */
MUST_CHECK bool happening_value(const struct happening *h, struct str column, struct value *out,
				struct err *e);
/* What is stored. */
MUST_CHECK bool happening_stored(const struct happening *h, struct str column, struct value *out,
				 struct err *e);
/* Puts a value into the row that is about to be written; a column that there is not is left out. */
void happening_put(const struct happening *h, struct str column, struct value v);
/* A plug-in's error, 400 0x80040265. */
bool happening_refuse(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Later, the behaviour acts again ON_LATER on this row. */
MUST_CHECK bool happening_postpone(const struct happening *h, struct err *e);

struct value value_text(struct str text);
struct value value_number(struct arena *a, int64_t n);
struct value value_to(struct arena *a, struct str table, struct guid id);
struct value value_null(void);
bool value_is_true(const struct value *v);

/* A row to be made, or what is to be changed of one. */
struct draft {
	const struct table *table;
	struct payload payload;
};
MUST_CHECK bool draft_begin(const struct happening *h, struct str table, struct draft *out,
			    struct err *e);
void draft_put(struct draft *d, struct str column, struct value v);
MUST_CHECK bool draft_create(const struct happening *h, const struct draft *d, struct guid *id,
			     struct err *e);
MUST_CHECK bool draft_change(const struct happening *h, const struct draft *d, struct guid id,
			     struct err *e);

/* Ids of the rows with these values, in the order of ids; a NULL value finds rows without one. */
struct found {
	struct guid *ids;
	size_t n;
};
struct condition_value {
	struct str column;
	struct str value; /* stored form */
	bool null;
};
MUST_CHECK bool find_rows(const struct happening *h, struct str table,
			  const struct condition_value *conditions, size_t n, struct found *out,
			  struct err *e);

/* new_<guid>, as the platform names what it makes; the contract's definition is `definition`. */
MUST_CHECK bool make_contract(const struct happening *h, struct str definition, struct guid *id,
			      struct err *e);
/* Work hours from 8 to 17, Monday to Friday. */
MUST_CHECK bool make_calendar(const struct happening *h, struct str name, int64_t zone,
			      struct guid *id, struct err *e);

/* The behaviours, each in the file of its subject. */
MUST_CHECK bool act_queue_contract(struct happening *h, struct err *e);
MUST_CHECK bool act_queue_type(struct happening *h, struct err *e);
MUST_CHECK bool act_default_queue(struct happening *h, struct err *e);
MUST_CHECK bool act_default_mark(struct happening *h, struct err *e);
MUST_CHECK bool act_queue_overflow(struct happening *h, struct err *e);
MUST_CHECK bool act_queue_member(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_contract(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_templates(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_identification(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_capacity(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_routing(struct happening *h, struct err *e);
MUST_CHECK bool act_workstream_mode(struct happening *h, struct err *e);
MUST_CHECK bool act_asynchronous(struct happening *h, struct err *e);
MUST_CHECK bool act_question_variable(struct happening *h, struct err *e);
MUST_CHECK bool act_rules_valid(struct happening *h, struct err *e);
MUST_CHECK bool act_rules_mapping(struct happening *h, struct err *e);
MUST_CHECK bool act_hours_calendar(struct happening *h, struct err *e);
MUST_CHECK bool act_widget_app(struct happening *h, struct err *e);
MUST_CHECK bool act_widget_messages(struct happening *h, struct err *e);
MUST_CHECK bool act_full_name(struct happening *h, struct err *e);
MUST_CHECK bool act_companions(struct happening *h, struct err *e);

#endif
