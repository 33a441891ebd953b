/* SPDX-License-Identifier: MIT */
/*
 * ferry/references.xml, which ferry adds to its packages: the rows outside the package that its rows point
 * to, each with its name and the columns by which it is known in every environment. Other tools pass it by.
 *
 *     <references version="1">
 *       <table name="msdyn_decisioncontract">
 *         <row id="..." name="...">
 *           <key column="msdyn_uniquename" value="..." />
 */
#ifndef FERRY_DV_REFERENCES_H
#define FERRY_DV_REFERENCES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/sink.h"
#include "base/str.h"
#include "io/xml.h"
#include "dv/value.h"

/* The entry's name in a zip, and its path in a folder. */
#define REFERENCES_ENTRY "ferry/references.xml"

struct reference_key {
	struct str column;
	struct value value; /* TEXT in stored form, or REF with its table */
};

struct reference {
	struct str table;
	struct guid id;
	struct str name; /* may be empty */
	struct reference_key *keys;
	size_t nkeys;
};

/*
 * Calls `each` for every row, on the page, which is rewound after each call. ERR_INPUT with name and line.
 */
MUST_CHECK bool references_read(struct arena *page, struct source *in, const char *name,
				bool (*each)(void *context, const struct reference *r,
					     struct err *e),
				void *context, struct err *e);

/* The rows of one table come in one run. */
struct references_writer {
	struct xml_writer xml;
	struct buf table; /* that is open */
};
MUST_CHECK bool references_write_open(struct references_writer *w, struct sink *out, struct err *e);
MUST_CHECK bool references_write(struct references_writer *w, const struct reference *r,
				 struct err *e);
MUST_CHECK bool references_write_end(struct references_writer *w, struct err *e);
void references_writer_release(struct references_writer *w); /* fits DEFER */

#endif
