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
#define CODE_READ_ONLY 0x80040220u /* privilege denied */
#define CODE_PRIVILEGE CODE_READ_ONLY
#define CODE_ROW_ACCESS 0x80048306u   /* of this row */
#define CODE_USER_UNKNOWN 0x80072560u /* is none of the organization's */
#define CODE_USER_DISABLED 0x80040225u
#define CODE_USER_WITHOUT_ROLE 0x80042F09u
#define CODE_OWNER_PRIVILEGE 0x80040231u /* the new owner lacks one */
#define CODE_ON_BEHALF 0x8004A110u       /* of another user */
#define CODE_ADMINISTRATOR_ROLE 0x80041D31u
#define CODE_SECURED_CREATE 0x8004F502u
#define CODE_SECURED_UPDATE 0x8004F507u
#define CODE_SECURED_QUERY 0x8004F506u
#define CODE_REFERENCED 0x80040227u /* a row that others need */
#define CODE_ROW_EXISTS 0x80040237u
#define CODE_NOT_IMPLEMENTED 0x80040219u
#define CODE_NO_MESSAGE 0x80040800u /* not on this table */
#define CODE_MANAGED 0x8004F013u    /* a managed row that is to be deleted */
#define CODE_NO_FULL_TEXT 0x80048415u
#define CODE_STATE 0x80048408u /* state and status do not fit */
#define CODE_ROW_VERSION 0x80060882u
#define CODE_KEY_MISSING 0x80060891u /* no row has the alternate key */
#define CODE_KEY_TAKEN 0x80060892u   /* another row has the alternate key */
#define CODE_DUPLICATE 0x80040333u   /* a rule finds a row like it */
#define CODE_PLUGIN 0x80040265u      /* a plug-in refuses */
#define CODE_DATE 0x80040239u
#define CODE_PLUGIN 0x80040265u  /* what an action that is a plug-in tells */
#define CODE_CHOICES 0x80050222u /* too many of them */

#define CODE_RESTORE_KEY 0x80049929u       /* an alternate key is in use again */
#define CODE_RESTORE_TAKEN 0x80049939u     /* so is the id */
#define CODE_RESTORE_REFERENCE 0x80049959u /* what is pointed to is gone */

#define CODE_FILE_SIZE 0x80044A02u       /* larger than the column takes */
#define CODE_IMAGE 0x80072553u           /* no image, or too large */
#define CODE_IMAGE_ON_CREATE 0x80090487u /* only the primary image can be set then */
#define CODE_FILE_CHUNKS 0x80090017u     /* in one piece only */

#define CODE_CHOICE 0x8004431Au
#define CODE_INTEGER_RANGE 0x8004432Fu
#define CODE_DECIMAL_RANGE 0x80044330u
#define CODE_TEXT_LENGTH 0x80044331u

#define CODE_TABLE_UNKNOWN 0x80041102u
#define CODE_COLUMN_UNKNOWN 0x80041103u
#define CODE_ALIAS_UNKNOWN 0x8004110Au
#define CODE_NOT_POSITIVE 0x8004110Cu
#define CODE_JOIN_COLUMNS 0x80041111u
#define CODE_AGGREGATE 0x8004111Au
#define CODE_OPERATOR 0x80041120u
#define CODE_JOIN_TYPE 0x80041121u
#define CODE_SET_OF_OTHER_TABLE 0x80041128u
#define CODE_COOKIE_ORDER 0x80041129u
#define CODE_COOKIE 0x8004112Au
#define CODE_AGGREGATE_TYPE 0x8004112Fu
#define CODE_ALIAS_TWICE 0x80041130u
#define CODE_ORDER_ATTRIBUTE 0x80041131u /* of an aggregate query */
#define CODE_ORDER_ALIAS 0x80041132u     /* of another query */
#define CODE_ORDER_ATTRIBUTE_MISSING 0x80041133u
#define CODE_ORDER_ALIAS_MISSING 0x80041134u
#define CODE_DATE_GROUPING 0x80041135u
#define CODE_GROUP_AND_AGGREGATE 0x80041137u
#define CODE_AGGREGATE_ROWS 0x8004E023u /* more than an aggregate may read */
#define CODE_PAGE_WITHOUT_COOKIE 0x8004430Au
#define CODE_CONDITIONS 0x8004430Cu /* too many */
#define CODE_LINKS 0x8004430Du      /* too many link entities */

#define CODE_SQL_TIMEOUT 0x80044151u  /* a query takes too long */
#define CODE_SQL 0x80044150u          /* a query that SQL cannot do */
#define CODE_NO_HIERARCHY 0x80047020u /* of the table */

/* metadata */
#define CODE_METADATA_MISSING 0x8004024Au
#define CODE_PRIMARY_COLUMN 0x80047002u /* that would be deleted */
#define CODE_NOT_CUSTOMIZABLE 0x80047008u
#define CODE_TABLE_EXISTS 0x8004700Bu
#define CODE_COLUMN_EXISTS 0x80047013u
#define CODE_NOT_DELETABLE 0x80044250u
#define CODE_NO_CHOICE_COLUMN 0x80044320u /* option values of a column that has none */
#define CODE_RELATIONSHIP_NAME 0x8004432Au
#define CODE_RELATIONSHIP_EXISTS 0x8004432Bu
#define CODE_CHOICE_EXISTS 0x80044345u
#define CODE_VERSION_STAMP 0x80044352u
#define CODE_CHOICE_IN_USE 0x80048417u
#define CODE_KEY_NAME_EXISTS 0x80060893u
#define CODE_KEY_COLUMNS_EXIST 0x80060894u
#define CODE_INVALID_INTERSECT 0x80072540u

#define CODE_ODATA 0x80060888u   /* URLs and query options */
#define CODE_HTTP 0x8006088Au    /* what OData knows and the Web API does not */
#define CODE_PAYLOAD 0x80048d19u /* bodies */

#endif
