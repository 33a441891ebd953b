/* SPDX-License-Identifier: MIT */
/*
 * Settings of applications: their names and what they are when nobody changed them.
 */
#ifndef FERRY_ORG_SETTINGS_H
#define FERRY_ORG_SETTINGS_H

#include "org/call.h"

/* RetrieveSettingList(): 200 {"SettingDetailCollection":[{"Name","Value","DataType"},...]} */
MUST_CHECK bool function_setting_list(struct call *c, struct err *e);
/* RetrieveSetting(SettingName='...'): 200 {"SettingDetail":{...}}; 404 0x80040217 */
MUST_CHECK bool function_setting(struct call *c, struct err *e);

#endif
