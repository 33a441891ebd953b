/* SPDX-License-Identifier: MIT */
/*
 * Writing, with the phases of the run.
 */
#include "move/write.h"

#include "move/journal.h"
#include "move/push.h"
#include "move/restore.h"
#include "move/steps.h"
#include "move/verify.h"
#include "move/watch.h"

#include "base/banned.h"

static struct str now(struct job *j)
{
	char text[DATETIME_TEXT_SIZE];

	return str_dup(j->arena, datetime_format_iso(datetime_now(), text));
}

bool write_planned(struct job *j, uint32_t waves, bool seal, struct err *e)
{
	j->head.phase = RUN_PLANNED;
	j->head.planned = now(j);
	j->head.waves = waves;
	if (!journal_drop_skipped(j->run, e) || !journal_last_change(j->run, &j->head.changes, e) ||
	    !job_keep(j, e))
		return false;
	/* also what is written at once may have to be taken up again, or taken back */
	seal = seal || (j->head.changes > 0 && !j->run->temporary);
	if (seal && !run_seal(j->run, &j->head, j->arena, &j->head.seal, e))
		return false;
	return job_keep_head(j, e) && run_commit(j->run, e);
}

static bool begin(struct job *j, struct err *e)
{
	j->run->writing = true;
	if (j->head.phase == RUN_PLANNED ? !watch_begin(j, e)
					 : !journal_resume(j->run, j->head.changes, e))
		return false;
	if (j->head.started.n == 0)
		j->head.started = now(j);
	j->head.phase = RUN_WRITING;
	return job_keep_head(j, e) && run_commit(j->run, e);
}

static bool end(struct job *j, enum run_phase phase, struct err *e)
{
	j->head.phase = phase;
	j->head.ended = now(j);
	return job_keep_head(j, e) && run_commit(j->run, e);
}

static void tell(struct job *j, const char *stage)
{
	if (j->progress && j->progress->step)
		j->progress->step(j->progress->context, stage, S(""), 0, 0);
}

static bool write_all(struct job *j, bool *same, struct err *e)
{
	tell(j, "writing");
	if (!steps_off(j, e) || !push_waves(j, 1, j->head.waves, e))
		return false;
	tell(j, "verifying");
	return verify_written(j, j->head.waves, same, e) && watch_end(j, e);
}

bool write_changes(struct job *j, bool *same, struct err *e)
{
	struct err later;

	*same = false;
	if (!begin(j, e))
		return false;

	bool ok = write_all(j, same, e);
	bool off = false;

	if (!steps_on(j, ok ? e : &later) || !steps_are_off(j, &off, ok ? e : &later))
		ok = false;
	if (!end(j, ok && !off ? RUN_DONE : RUN_STOPPED, ok ? e : &later))
		return false;
	return ok;
}
