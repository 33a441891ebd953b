/* SPDX-License-Identifier: MIT */
/*
 * The commands, each defined in the file of its family.
 */
#ifndef FERRY_CLI_COMMANDS_H
#define FERRY_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_org_create;
extern const struct command command_org_list_tables;
extern const struct command command_org_add_table;
extern const struct command command_org_snapshot;
extern const struct command command_org_reset;
extern const struct command command_org_behaviours;
extern const struct command command_env_add;
extern const struct command command_env_list;
extern const struct command command_env_remove;
extern const struct command command_env_login;
extern const struct command command_env_logout;
extern const struct command command_env_whoami;
extern const struct command command_serve;
extern const struct command command_export;
extern const struct command command_import;
extern const struct command command_plan;
extern const struct command command_apply;
extern const struct command command_drift;
extern const struct command command_resume;
extern const struct command command_verify;
extern const struct command command_undo;
extern const struct command command_runs_list;
extern const struct command command_runs_show;
extern const struct command command_runs_remove;
extern const struct command command_stat;
extern const struct command command_diff;
extern const struct command command_unpack;
extern const struct command command_pack;
extern const struct command command_schema_new;
extern const struct command command_schema_show;
extern const struct command command_schema_validate;
extern const struct command command_map_init;
extern const struct command command_map_check;
extern const struct command command_data_export;
extern const struct command command_data_import;
extern const struct command command_completion;
extern const struct command command_help;
extern const struct command command_version;
extern const struct command command_man; /* hidden: for the build */

/* In the order of help; ends with NULL. */
extern const struct command *const commands[];

#endif
