/* SPDX-License-Identifier: MIT */
/*
 * The platform's error codes (facts/webapi.md 2.5) by which whoever uses a service decides what to do next.
 */
#ifndef FERRY_DV_SERVICE_CODE_H
#define FERRY_DV_SERVICE_CODE_H

/* Of a 429: which of the service protection limits (3.5). */
#define SERVICE_CODE_WORK 0x80072321u
#define SERVICE_CODE_REQUESTS 0x80072322u
#define SERVICE_CODE_CONCURRENT 0x80072326u

#define SERVICE_CODE_ROW_MISSING 0x80040217u
#define SERVICE_CODE_ROW_EXISTS 0x80040237u     /* a row or pair with that id */
#define SERVICE_CODE_DUPLICATE_RULE 0x80040333u /* a rule finds a row like it */
#define SERVICE_CODE_KEY_TAKEN 0x80060892u      /* another row has the alternate key */
#define SERVICE_CODE_REFERENCED 0x80040227u     /* a row to be deleted that others need */
#define SERVICE_CODE_NO_MESSAGE 0x80040800u     /* not on this table */
#define SERVICE_CODE_UNKNOWN_PATH 0x80060888u
#define SERVICE_CODE_SQL 0x80044150u
#define SERVICE_CODE_SQL_TIMEOUT 0x80044151u
#define SERVICE_CODE_LOCK 0x80044339u

/* What a cookie is refused with: it is for another order, or none. */
#define SERVICE_CODE_COOKIE_ORDER 0x80041129u
#define SERVICE_CODE_COOKIE 0x8004112Au

#endif
