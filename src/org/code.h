/* SPDX-License-Identifier: MIT */
/*
 * The platform's error codes that the organization answers with (facts/webapi.md 2.5), by what they are
 * about.
 */
#ifndef FERRY_ORG_CODE_H
#define FERRY_ORG_CODE_H

#define CODE_REQUIRED_MISSING 0x80040200u
#define CODE_INVALID_ARGUMENT 0x80040203u
#define CODE_ROW_MISSING 0x80040217u
#define CODE_READ_ONLY 0x80040220u  /* privilege denied */
#define CODE_REFERENCED 0x80040227u /* a row that others need */
#define CODE_ROW_EXISTS 0x80040237u
#define CODE_NO_MESSAGE 0x80040800u /* not on this table */
#define CODE_STATE 0x80048408u      /* state and status do not fit */
#define CODE_ROW_VERSION 0x80060882u

#define CODE_CHOICE 0x8004431Au
#define CODE_INTEGER_RANGE 0x8004432Fu
#define CODE_DECIMAL_RANGE 0x80044330u
#define CODE_TEXT_LENGTH 0x80044331u

#define CODE_TABLE_UNKNOWN 0x80041102u
#define CODE_COLUMN_UNKNOWN 0x80041103u
#define CODE_ALIAS_UNKNOWN 0x8004110Au
#define CODE_JOIN_COLUMNS 0x80041111u
#define CODE_OPERATOR 0x80041120u
#define CODE_SET_OF_OTHER_TABLE 0x80041128u
#define CODE_COOKIE_ORDER 0x80041129u
#define CODE_COOKIE 0x8004112Au
#define CODE_ALIAS_TWICE 0x80041130u
#define CODE_PAGE_WITHOUT_COOKIE 0x8004430Au

#define CODE_ODATA 0x80060888u   /* URLs and query options */
#define CODE_PAYLOAD 0x80048d19u /* bodies */

#endif
