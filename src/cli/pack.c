/* SPDX-License-Identifier: MIT */
/*
 * ferry unpack and ferry pack: a package and its git-friendly folder.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stddef.h>

#include "dv/folder_write.h"
#include "dv/package.h"
#include "cli/cancel.h"
#include "cli/output.h"

#include "base/banned.h"

struct pack_values {
	struct common common;
	const char *from;
	const char *to;
	bool overwrite;
};

#define STATUS_ROWS 1
#define STEP_EVERY 256 /* rows between two looks at the clock */

static bool step(void *context, struct str table, uint64_t rows, struct err *e)
{
	struct ui *ui = context;

	if (rows % STEP_EVERY == 0)
		ui_step(ui, "copying", table, rows, 0, datetime_now());
	return !cancel_asked() || err_set(e, ERR_CANCELLED, "cancelled; nothing was written");
}

/* What no package has is not carried over, and that is told. */
static int finish(struct program *p, const struct package *package, const char *to)
{
	struct str first;
	uint64_t n = package_strange(package, &first);

	ui_clear(p->ui);
	if (n > 0)
		fprintf(p->ui->err,
			"ferry: left out of data.xml: %" PRIu64
			" elements that no package has, the first on %.*s\n",
			n, STR_ARG(first));
	ui_note(p->ui, "%s is written", to);
	return n > 0 ? STATUS_ROWS : 0;
}

static bool unpack_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct pack_values *v = values;
	DEFER(package_close) struct package *package = NULL;
	struct package_progress progress = { .step = step, .context = p->ui };

	if (str_ends(str_from(v->to), S(".zip")))
		return err_set(e, ERR_USAGE, "%s would be a zip; unpack makes a folder", v->to);
	if (!output_tree(v->to, v->overwrite, e) || !package_open(&package, p->arena, v->from, e) ||
	    !folder_write(p->arena, package, v->to, &progress, e))
		return false;
	*status = finish(p, package, v->to);
	return true;
}

static bool pack_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct pack_values *v = values;
	DEFER(package_close) struct package *package = NULL;
	struct package_progress progress = { .step = step, .context = p->ui };

	if (!output_package(v->to, v->overwrite, e) ||
	    !package_open(&package, p->arena, v->from, e) ||
	    !package_copy(p->arena, package, v->to, &progress, e))
		return false;
	*status = finish(p, package, v->to);
	return true;
}

static const struct operand unpack_operands[] = {
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct pack_values, from),
	  .help = "the package: a zip, or a folder of its files" },
	{ .name = "DIR",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct pack_values, to),
	  .help = "the folder to be made" },
};

static const struct operand pack_operands[] = {
	{ .name = "DIR",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct pack_values, from),
	  .help = "the git-friendly folder" },
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct pack_values, to),
	  .help = "the package to be made: a zip if its name ends in .zip, else a folder of its files" },
};

static const struct opt opts[] = {
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct pack_values, overwrite),
	  .help = "replace what is there, if it is a package; what begins with a dot in a folder stays" },
};

static const struct example unpack_examples[] = {
	{ "ferry unpack skills.zip skills", "a folder with a small file for every row" },
	{ "ferry unpack skills.zip skills --overwrite && git -C skills diff",
	  "what changed since the last time" },
};

static const struct example pack_examples[] = {
	{ "ferry pack skills skills.zip",
	  "the package that the folder was made from, to the byte" },
};

const struct command command_unpack = {
	.name = "unpack",
	.summary = "make a folder for git out of a package",
	.text = "Writes a package as a folder that git can show and merge: one file for every row, named after it, "
		"one line for every column, texts without their encoding, large texts and pictures as files "
		"of their own. Changing a column changes one line of one file. The folder is a package for "
		"every other command.",
	.examples = unpack_examples,
	.nexamples = COUNT_OF(unpack_examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = unpack_operands,
		    .noperands = COUNT_OF(unpack_operands) },
	.size = sizeof(struct pack_values),
	.run = unpack_run,
};

const struct command command_pack = {
	.name = "pack",
	.summary = "make a package out of a folder for git",
	.text = "Writes the package of a folder that \"ferry unpack\" made. What nobody changed in the folder "
		"comes out as it was in the package, byte for byte.",
	.examples = pack_examples,
	.nexamples = COUNT_OF(pack_examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = pack_operands,
		    .noperands = COUNT_OF(pack_operands) },
	.size = sizeof(struct pack_values),
	.run = pack_run,
};
