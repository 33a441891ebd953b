/* SPDX-License-Identifier: MIT */
/*
 * What the git-friendly folder tells about itself: ferry.xml, and the entries under files/ and extra/.
 */
#ifndef FERRY_DV_FOLDER_INDEX_H
#define FERRY_DV_FOLDER_INDEX_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/event.h"

struct folder_table {
	struct str folder;
	struct package_attr *attrs; /* of <entity>; `name` among them */
	size_t nattrs;
	bool has_records, has_links;
	unsigned line;
};

struct folder_extra {
	struct str name; /* in a zip */
	const char *path;
};

struct folder_index {
	struct package_form form;
	struct folder_table *tables;
	size_t ntables;
	struct folder_extra *extras; /* sorted by name */
	size_t nextras;
};

MUST_CHECK bool folder_index_read(struct arena *a, const char *path, struct folder_index *out,
				  struct err *e);
/* A name that may be written as that of an attribute. */
bool folder_is_attr_name(struct str name);

#endif
