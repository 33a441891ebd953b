/* SPDX-License-Identifier: MIT */
/*
 * A CMT package: data.xml, data_schema.xml and [Content_Types].xml in a zip or a folder
 * (facts/cmt-format.md 1 and 3). Reading gives one event at a time and checks the zip's CRC at the end,
 * so act only after PACKAGE_END. Writing streams data.xml and leaves nothing behind unless it finishes.
 */
#ifndef FERRY_DV_PACKAGE_H
#define FERRY_DV_PACKAGE_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/str.h"
#include "dv/schema.h"

struct package;

/* A zip, or a folder that holds the two XML files. ERR_INPUT names the file and the entry. */
MUST_CHECK bool package_open(struct package **out, struct arena *a, const char *path,
			     struct err *e);
void package_close(struct package **p); /* fits DEFER */
const struct schema *package_schema(const struct package *p);

enum package_kind {
	PACKAGE_TABLE, /* the rows of `table` follow */
	PACKAGE_ROW,
	PACKAGE_LINK, /* N:N: from one source row to some targets */
	PACKAGE_END
};

struct package_field {
	struct str name;
	struct str value; /* as in the file, XML-decoded; HTML encoding still in it */
	struct str lookup_table;
	struct str lookup_name;
	struct str file_name;
	bool nested; /* elements stand inside, as the parties of a party list do; they are not read */
	unsigned line;
};

struct package_event {
	enum package_kind kind;
	struct str table;
	unsigned line;
	/* ROW */
	struct guid id;
	struct package_field *fields;
	size_t nfields;
	/* LINK */
	struct str relationship; /* m2mrelationshipname */
	struct guid source;
	struct str target_table;
	struct str target_column;
	struct guid *targets;
	size_t ntargets;
};

/* The event's memory is on `page`; the caller rewinds it. */
MUST_CHECK bool package_next(struct package *p, struct arena *page, struct package_event *ev,
			     struct err *e);
/* The root's timestamp attribute, known after the first event; empty when absent. */
struct str package_timestamp(const struct package *p);

/*
 * Writing. The rows of a table come in one run, then its links; tables come in any order and each once;
 * one without rows and links leaves no trace. A path that ends in .zip becomes a zip, else a folder. The
 * caller has decided about an existing output before.
 */
struct package_writer;
MUST_CHECK bool package_create(struct package_writer **out, struct arena *a, const char *path,
			       const struct schema *schema, struct datetime now, struct err *e);
MUST_CHECK bool package_write_table(struct package_writer *w, const struct schema_entity *entity,
				    struct err *e);
/* values[i] belongs to entity->fields[i]; NULL, ABSENT and bigint values are left out. */
MUST_CHECK bool package_write_row(struct package_writer *w, struct guid id,
				  const struct value *values, struct err *e);
MUST_CHECK bool package_write_link(struct package_writer *w, const struct schema_relationship *rel,
				   struct guid source, const struct guid *targets, size_t n,
				   struct err *e);
/* Makes the output appear. */
MUST_CHECK bool package_finish(struct package_writer *w, struct err *e);
void package_writer_close(struct package_writer **w); /* fits DEFER; removes what is unfinished */

#endif
