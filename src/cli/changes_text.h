/* SPDX-License-Identifier: MIT */
/*
 * The changes of a run for people, like a good diff: what comes, what changes from what to what, what goes, what is taken over.
 */
#ifndef FERRY_CLI_CHANGES_TEXT_H
#define FERRY_CLI_CHANGES_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "move/changes.h"
#include "cli/ui.h"

/* All of them on ui->out, table by table, and a last line that counts them. *j was restored, or is live. */
MUST_CHECK bool changes_text(struct ui *ui, struct job *j, struct err *e);

/* Of as many changes as were told. */
struct changes_sum {
	uint64_t counts[TOLD_KINDS];
	uint64_t failed, skipped, open; /* of them */
};
void changes_add(struct changes_sum *s, const struct told_change *t);
/* "Plan: 3 to create, 2 to update, ...": what a planned run will do; else what it did. Without a line end. */
void changes_sentence(struct buf *out, const struct job *j, const struct changes_sum *s);
/* "create", "update", "adopt", "delete", "deactivate", "link", "unlink" */
const char *changes_word(enum told_kind kind);
/* What became of a change of a run that was written: "failed", "skipped" ...; empty where there is nothing to say. */
const char *changes_fate(const struct job *j, enum change_state state);

#endif
