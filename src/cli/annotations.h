/* SPDX-License-Identifier: MIT */
/*
 * Problems where a pipeline shows them: on GitHub (the variable GITHUB_ACTIONS is "true") and Azure Pipelines (TF_BUILD is
 * "True") as commands on stderr, so that stdout stays one document.
 */
#ifndef FERRY_CLI_ANNOTATIONS_H
#define FERRY_CLI_ANNOTATIONS_H

#include "base/buf.h"
#include "cli/command.h"
#include "cli/report.h"

/* GitHub shows that many of a step and severity. */
#define ANNOTATIONS_SHOWN 10

/* The stop, errors and warnings, at most ANNOTATIONS_SHOWN of each severity; the last one tells how many more there are. */
void annotations_write(struct program *p, const struct report *r);

enum annotation_form { ANNOTATION_NONE, ANNOTATION_GITHUB, ANNOTATION_AZURE };
/* One command, without a line end: what stands in the texts is no command and no end of one. */
void annotation_put(struct buf *out, enum annotation_form form, enum severity severity,
		    struct str title, struct str message);

#endif
