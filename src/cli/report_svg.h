/* SPDX-License-Identifier: MIT */
/*
 * Which tables of a run needed which: boxes and arrows, from the lookups and pairs among the rows that it changed.
 */
#ifndef FERRY_CLI_REPORT_SVG_H
#define FERRY_CLI_REPORT_SVG_H

#include "base/map.h"
#include "base/vec.h"
#include "move/changes.h"
#include "cli/markup.h"

/* Rows of one table that point to rows of another. */
struct picture_edge {
	uint32_t from, to; /* positions in the job's tabs */
	uint64_t n;
	bool pairs; /* an N:N relationship: it has no direction */
};

struct picture {
	struct arena *arena;
	const struct job *job;
	uint64_t *rows; /* changed ones of each tab */
	VEC(struct picture_edge) edges;
	struct map by_ends;
};

struct picture picture_make(struct arena *a, const struct job *j);
void picture_note(struct picture *p, const struct told_change *t);
/* An <svg>, or a sentence where there is nothing to draw or too much. */
void picture_draw(const struct picture *p, struct markup *m);

#endif
