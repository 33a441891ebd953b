/* SPDX-License-Identifier: MIT */
/*
 * Writes the git-friendly folder of a package:
 *
 *     ferry.xml            this form's version, the layout of data.xml, the root's attributes (each on a line
 *                          of its own, the timestamp among them), the tables in order
 *     data_schema.xml      as it is
 *     <table>/<stem>.xml   one row: a <record> with one <field> per line. value="" is the text of data.xml;
 *                          text="" is that of a string column without its HTML encoding; file="" names the
 *                          file beside it, as="text|raw|base64" says how its bytes become the value
 *     <table>/<stem>.<column>.<kind>           large text, or bytes
 *     <table>/<stem>.<relationship>.links.xml  the targets of one row, one per line
 *     <table>/order.xml, <table>/links.xml     the order of rows, of links; only where it is not that of
 *                          SQL Server's GUIDs (and of the schema's relationships)
 *     files/<guid>.<kind>  files/<guid>.bin of the package
 *     extra/...            other entries of the package
 *     .gitattributes       keeps git from changing line ends
 *
 * Stems: dv/folder_name.h. Memory does not grow with the number of rows.
 */
#ifndef FERRY_DV_FOLDER_WRITE_H
#define FERRY_DV_FOLDER_WRITE_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/package.h"

/*
 * All of a package, from its first event on. The folder appears complete or not at all; one that is there
 * is replaced, except for what begins with a dot in it (.git). `progress` may be NULL.
 */
MUST_CHECK bool folder_write(struct arena *a, struct package *p, const char *dir,
			     const struct package_progress *progress, struct err *e);

#endif
