/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions about who may do what (facts/webapi.md 5.3).
 */
#ifndef FERRY_ORG_SECURITY_MESSAGES_H
#define FERRY_ORG_SECURITY_MESSAGES_H

#include "org/call.h"

/*
 * {"RolePrivileges":[{"Depth":"Global","PrivilegeId":...,"BusinessUnitId":...,"PrivilegeName":...}]}, each
 * privilege once and as deep as it goes, by name: of a user with those of his teams, or of a team.
 */
MUST_CHECK bool security_user_privileges(struct call *c, struct err *e);
MUST_CHECK bool security_team_privileges(struct call *c, struct err *e);
/* One of them: PrivilegeName='prvReadQueue', or PrivilegeId=<guid>. */
MUST_CHECK bool security_user_privilege_by_name(struct call *c, struct err *e);
MUST_CHECK bool security_user_privilege_by_id(struct call *c, struct err *e);
/* DirectoryObjectId=<guid>: of the user with that id in the directory. */
MUST_CHECK bool security_directory_user_privileges(struct call *c, struct err *e);
/* RoleId=<guid> */
MUST_CHECK bool security_role_privileges(struct call *c, struct err *e);
/* Target={'@odata.id':'queues(<guid>)'}: {"AccessRights":"ReadAccess, WriteAccess"} or "None" */
MUST_CHECK bool security_principal_access(struct call *c, struct err *e);

/* {"Privileges":[{"PrivilegeId":...,"Depth":"Local"}]}: added to a role, or all that it has from now on. */
MUST_CHECK bool security_add_privileges(struct call *c, struct err *e);
MUST_CHECK bool security_replace_privileges(struct call *c, struct err *e);
/* {"PrivilegeId":<guid>} */
MUST_CHECK bool security_remove_privilege(struct call *c, struct err *e);

#endif
