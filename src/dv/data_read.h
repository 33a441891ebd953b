/* SPDX-License-Identifier: MIT */
/*
 * data.xml as events, from any source. Nothing that stands in an attribute is lost; elements that no
 * package has are passed over and counted.
 */
#ifndef FERRY_DV_DATA_READ_H
#define FERRY_DV_DATA_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "io/xml.h"
#include "dv/event.h"

struct data_reader;

/* `name` stands in messages. The source is read to its end before PACKAGE_END. */
MUST_CHECK bool data_reader_open(struct data_reader **out, struct arena *a, struct source *in,
				 const char *name, struct err *e);
void data_reader_close(struct data_reader **r); /* fits DEFER; *r may be NULL */

/* The event's memory is on `page`. */
MUST_CHECK bool data_reader_next(struct data_reader *r, struct arena *page,
				 struct package_event *ev, struct err *e);

/* Known after the first event, `trailing` after the last. Lives as long as the arena. */
const struct package_form *data_reader_form(const struct data_reader *r);
/* Elements that were passed over, and what the first of them was: "line 12: <note>". */
uint64_t data_reader_strange(const struct data_reader *r, struct str *first);

/* The attributes of a field as they stand in another document, made into those of data.xml. */
struct data_translate {
	bool (*attrs)(struct data_translate *t, struct arena *page, struct package_attr **attrs,
		      size_t *n, struct err *e);
};
/*
 * A document that is one <record> or one <m2mrelationship>; strict: what is unknown is an error. `t` may be NULL.
 */
MUST_CHECK bool data_fragment_read(struct arena *page, struct source *in, const char *name,
				   struct str table, struct data_translate *t,
				   struct package_event *ev, struct err *e);

/* All attributes of an element, copied; and the value of one of them, NULL when absent. */
void data_attrs(struct arena *page, const struct xml_event *ev, struct package_attr **attrs,
		size_t *n);
const struct str *data_attr(const struct package_attr *attrs, size_t n, struct str name);

#endif
