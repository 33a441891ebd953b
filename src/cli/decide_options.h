/* SPDX-License-Identifier: MIT */
/*
 * The rows of cli/decide.h's options in a command's table.
 */
#ifndef FERRY_CLI_DECIDE_OPTIONS_H
#define FERRY_CLI_DECIDE_OPTIONS_H

#include <stddef.h>

#include "cli/decide.h"

extern const char *const decide_managed[], *const decide_prune[];

/* Their rows in a command's table: DECIDE_OPTIONS(struct import_values, decide), */
#define DECIDE_OPTIONS(type, member)                                                                                     \
	{ .name = "match",                                                                                               \
	  .kind = OPT_LIST,                                                                                              \
	  .offset = offsetof(type, member.match),                                                                        \
	  .argument = "TABLE=COLUMN,...|cmt",                                                                            \
	  .help = "rows of the table are the same when these columns are equal, too; cmt: match as the Configuration "   \
		  "Migration Tool does, by name where nothing else is said" },                                           \
		{ .name = "adopt",                                                                                       \
		  .kind = OPT_LIST,                                                                                      \
		  .offset = offsetof(type, member.adopt),                                                                \
		  .argument = "TABLE=NAME",                                                                              \
		  .help = "the target's row of this name is the source's row of the same name, whatever their ids" },    \
		{ .name = "map",                                                                                         \
		  .kind = OPT_FILE,                                                                                      \
		  .offset = offsetof(type, member.map),                                                                  \
		  .argument = "FILE",                                                                                    \
		  .help = "which users, teams and other rows stand for which: made by \"ferry map init\", or a user "    \
			  "map of the Configuration Migration Tool" },                                                   \
		{ .name = "on-unresolved",                                                                               \
		  .kind = OPT_LIST,                                                                                      \
		  .offset = offsetof(type, member.unresolved),                                                           \
		  .argument = "[TABLE[.COLUMN]=]fail|skip|null",                                                         \
		  .help = "a reference to a row that is nowhere: stop before anything is written (fail), skip the row, " \
			  "or leave the column out (null)" },                                                            \
		{ .name = "owner",                                                                                       \
		  .kind = OPT_TEXT,                                                                                      \
		  .offset = offsetof(type, member.owner),                                                                \
		  .argument = "USER|TEAM",                                                                               \
		  .help = "who owns the rows that are created" },                                                        \
		{ .name = "managed",                                                                                     \
		  .kind = OPT_WORD,                                                                                      \
		  .words = decide_managed,                                                                               \
		  .offset = offsetof(type, member.managed),                                                              \
		  .argument = "skip|overwrite",                                                                          \
		  .help = "rows of managed solutions that differ: leave them alone (skip, the default), or write over "  \
			  "them" },                                                                                      \
		{ .name = "prune",                                                                                       \
		  .kind = OPT_MAYBE,                                                                                     \
		  .words = decide_prune,                                                                                 \
		  .offset = offsetof(type, member.prune),                                                                \
		  .argument = "deactivate",                                                                              \
		  .help = "delete rows of the target, inside the schema's filters, that the source does not have; "      \
			  "--prune=deactivate only deactivates them" },                                                  \
		{ .name = "max-delete",                                                                                  \
		  .kind = OPT_NUMBER,                                                                                    \
		  .offset = offsetof(type, member.max_delete),                                                           \
		  .argument = "N",                                                                                       \
		  .help = "stop before anything is written when --prune would remove more" },                            \
		{ .name = "same-environment",                                                                            \
		  .kind = OPT_FLAG,                                                                                      \
		  .offset = offsetof(type, member.same_environment),                                                     \
		  .help = "source and target may be the same environment" },                                             \
		{ .name = "include-secrets",                                                                             \
		  .kind = OPT_FLAG,                                                                                      \
		  .offset = offsetof(type, member.secrets),                                                              \
		  .help = "write secret columns that are in the package, too" },                                         \
		{ .name = "skip-missing-columns",                                                                        \
		  .kind = OPT_FLAG,                                                                                      \
		  .offset = offsetof(type, member.skip_missing),                                                         \
		  .help = "warn of columns of the schema that the environment lacks, and go on" }

#define EXECUTE_OPTIONS(type, member)                                                                                   \
	{ .name = "batch-size",                                                                                         \
	  .kind = OPT_AUTO,                                                                                             \
	  .offset = offsetof(type, member.batch_size),                                                                  \
	  .argument = "N|auto",                                                                                         \
	  .help = "changes that go in one request; 1 sends each alone" },                                               \
		{ .name = "bypass",                                                                                     \
		  .kind = OPT_TEXT,                                                                                     \
		  .offset = offsetof(type, member.bypass),                                                              \
		  .argument = "KINDS",                                                                                  \
		  .help = "custom logic of the environment that does not run for the rows that are written: sync, "     \
			  "async, flows, separated by commas; needs the privilege prvBypassCustomBusinessLogic" },      \
		{ .name = "disable-steps",                                                                              \
		  .kind = OPT_FLAG,                                                                                     \
		  .offset = offsetof(type, member.disable_steps),                                                       \
		  .help = "switch custom plug-in steps of the tables with disableplugins off while the run writes, "    \
			  "and on again" },                                                                             \
		{ .name = "settle",                                                                                     \
		  .kind = OPT_NUMBER,                                                                                   \
		  .offset = offsetof(type, member.settle),                                                              \
		  .argument = "SECONDS",                                                                                \
		  .help = "how long to wait, at most, for jobs of the platform on rows that were written, before they " \
			  "are compared; 0: not at all (default: 60)" },                                                \
		{ .name = "max-failures",                                                                               \
		  .kind = OPT_NUMBER,                                                                                   \
		  .offset = offsetof(type, member.max_failures),                                                        \
		  .argument = "N",                                                                                      \
		  .help = "stop when so many changes have failed (default: go on)" }

#endif
