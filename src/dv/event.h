/* SPDX-License-Identifier: MIT */
/*
 * What stands in a package, one thing after the other. Whoever reads a package gives events, whoever writes
 * one takes them; a package that was only read and written again is the same, byte for byte where the
 * Configuration Migration Tool wrote it (facts/cmt-format.md 3).
 */
#ifndef FERRY_DV_EVENT_H
#define FERRY_DV_EVENT_H

#include "base/base.h"
#include "base/guid.h"
#include "base/str.h"

enum package_kind {
	PACKAGE_TABLE,     /* an <entity>; its rows and links follow */
	PACKAGE_ROW,       /* a <record> */
	PACKAGE_LINK,      /* an <m2mrelationship>: from one source row to some targets */
	PACKAGE_TABLE_END, /* </entity> */
	PACKAGE_END
};

struct package_attr {
	struct str name;
	struct str value; /* XML-decoded */
};

struct package_party;

struct package_field {
	struct str name;
	struct str value; /* as in the file, XML-decoded; HTML encoding still in it */
	struct str lookup_table;
	struct str lookup_name;
	struct str file_name;
	struct package_attr
		*attrs; /* all of them, in the order written; the ones above among them */
	size_t nattrs;
	struct package_party *parties; /* of a party list (facts/cmt-format.md 3.6) */
	size_t nparties;
	unsigned line;
};

/* One <activitypointerrecords> inside a field; its own fields hold no parties. */
struct package_party {
	struct str element;
	struct package_attr *attrs;
	size_t nattrs;
	struct package_field *fields;
	size_t nfields;
};

struct package_event {
	enum package_kind kind;
	struct str table;
	const char *file; /* that `line` is in: data.xml, or a file of the git-friendly folder */
	unsigned line;
	struct package_attr *attrs; /* of the element, all of them in the order written */
	size_t nattrs;
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
	struct str *target_texts; /* as written; NULL: all as guid_format writes them */
	size_t ntargets;
	/* whether <records> and <m2mrelationships> stood there at all, so far; LINK, TABLE_END */
	bool has_records, has_links;
};

/* How data.xml was laid out; what the tool writes is { .crlf = true, .leading = true } with root attributes. */
struct package_form {
	bool bom;
	bool declaration;    /* <?xml version="1.0" encoding="utf-8"?> */
	bool crlf;           /* line ends; else LF */
	bool leading;        /* a line end before the root */
	bool trailing;       /* a line end after it; known at PACKAGE_END */
	bool paired;         /* an empty root is <entities> and </entities> on two lines */
	bool tab_references; /* tabs in values as &#x9;, as soon as one was seen; else raw */
	struct package_attr
		*attrs; /* of <entities>, in the order written: xmlns:*, timestamp, ... */
	size_t nattrs;
};

#endif
