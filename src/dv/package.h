/* SPDX-License-Identifier: MIT */
/*
 * A CMT package: data.xml, data_schema.xml, [Content_Types].xml and what else stands beside them, in a zip,
 * in a folder of the same files, or in the git-friendly folder (dv/folder_write.h); facts/cmt-format.md 1
 * and 3. Reading gives one event at a time and checks the zip's CRC at the end, so act only after
 * PACKAGE_END. Writing streams data.xml and leaves nothing behind unless it finishes.
 */
#ifndef FERRY_DV_PACKAGE_H
#define FERRY_DV_PACKAGE_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/sink.h"
#include "base/str.h"
#include "dv/event.h"
#include "dv/schema.h"

struct package;

/* ERR_INPUT names the file and the entry. */
MUST_CHECK bool package_open(struct package **out, struct arena *a, const char *path,
			     struct err *e);
void package_close(struct package **p); /* fits DEFER */
const struct schema *package_schema(const struct package *p);

/* The event's memory is on `page`; the caller rewinds it. */
MUST_CHECK bool package_next(struct package *p, struct arena *page, struct package_event *ev,
			     struct err *e);
/* Known after the first event (`trailing` after the last); lives as long as the package. */
const struct package_form *package_form(const struct package *p);
/* The root's timestamp attribute; empty when absent. */
struct str package_timestamp(const struct package *p);
/* Elements of data.xml that no package has and that were passed over; the first: "line 12: <note>". */
uint64_t package_strange(const struct package *p, struct str *first);

/*
 * What stands in the package beside data.xml, data_schema.xml and [Content_Types].xml: files/<guid>.bin, what
 * is unknown, and of a plain folder only the folders files and ferry. The names, and the bytes of one; a NULL
 * source when there is none of that name. The source lives until the next call; before the first package_next
 * or after PACKAGE_END. Bytes of a zip are checked at their end.
 */
const struct str *package_extras(const struct package *p, size_t *n);
MUST_CHECK bool package_extra(struct package *p, struct str name, struct source **out,
			      struct err *e);

/*
 * Writing. A path that ends in .zip becomes a zip, else a folder. The caller has decided about an existing
 * output before. The zip's time stamps are the form's timestamp. `schema` and `form` live as long as the
 * writer.
 */
struct package_writer;
/* The tool's form since 2021. */
const struct package_form *package_form_today(struct arena *a, struct datetime now);
MUST_CHECK bool package_create(struct package_writer **out, struct arena *a, const char *path,
			       const struct schema *schema, const struct package_form *form,
			       struct err *e);
/*
 * Values of today. The rows of a table come in one run, then its links; tables come in any order and each
 * once; one without rows and links leaves no trace.
 */
MUST_CHECK bool package_write_table(struct package_writer *w, const struct schema_entity *entity,
				    struct err *e);
/* values[i] belongs to entity->fields[i]; NULL, ABSENT and bigint values are left out. */
MUST_CHECK bool package_write_row(struct package_writer *w, struct guid id,
				  const struct value *values, struct err *e);
MUST_CHECK bool package_write_link(struct package_writer *w, const struct schema_relationship *rel,
				   struct guid source, const struct guid *targets, size_t n,
				   struct err *e);
/* An event as it is, of a package that was read: what the tool wrote comes out the same to the byte. */
MUST_CHECK bool package_put(struct package_writer *w, const struct package_event *ev,
			    struct err *e);
/* An entry of this name beside the others, after the last table; ended by the next one or the finish. */
MUST_CHECK bool package_write_extra(struct package_writer *w, struct str name, struct sink **out,
				    struct err *e);
/* Makes the output appear. */
MUST_CHECK bool package_finish(struct package_writer *w, struct err *e);
void package_writer_close(struct package_writer **w); /* fits DEFER; removes what is unfinished */

/* Asked after every event of a long way; false, with *e, stops it. */
struct package_progress {
	bool (*step)(void *context, struct str table, uint64_t rows, struct err *e);
	void *context;
};
/* All of a package, from its first event on, in another place, with its extras. `progress` may be NULL. */
MUST_CHECK bool package_copy(struct arena *a, struct package *p, const char *path,
			     const struct package_progress *progress, struct err *e);

#endif
