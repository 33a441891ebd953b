/* SPDX-License-Identifier: MIT */
/*
 * Every limit on what input controls, in one list. Bytes unless the name says otherwise.
 */
#ifndef FERRY_BASE_LIMITS_H
#define FERRY_BASE_LIMITS_H

#define LIMIT_KIB ((size_t)1024)
#define LIMIT_MIB ((size_t)1024 * 1024)

/* XML */
#define LIMIT_XML_DEPTH 64                /* elements inside elements */
#define LIMIT_XML_ATTRIBUTES 1000         /* of one element */
#define LIMIT_XML_NAME ((size_t)512)      /* of an element or attribute */
#define LIMIT_XML_VALUE (200 * LIMIT_MIB) /* one attribute value or text: a file column inline */
#define LIMIT_XML_TAG (256 * LIMIT_MIB)   /* one whole start tag */

/* packages */
#define LIMIT_SCHEMA_FILE (64 * LIMIT_MIB)    /* data_schema.xml */
#define LIMIT_ORIGIN_FILE (4 * LIMIT_MIB)     /* ferry/origin.xml */
#define LIMIT_FINDINGS 1000                   /* what is wrong with one schema */
#define LIMIT_FILTER (1 * LIMIT_MIB)          /* one FetchXML filter */
#define LIMIT_RECORD (256 * LIMIT_MIB)        /* one record, or the targets of one link */
#define LIMIT_ZIP_ENTRIES 100000              /* entries */
#define LIMIT_ZIP_RATIO 2000                  /* uncompressed / compressed of one entry */
#define LIMIT_ZIP_RATIO_FREE (16 * LIMIT_MIB) /* an entry up to this size may have any ratio */
#define LIMIT_ZIP_ENTRY ((uint64_t)1 << 40)   /* one entry uncompressed */

/* comparing */
#define LIMIT_UNDECLARED 10000    /* columns of a table, or tables and links, without a schema */
#define LIMIT_PRETTY_ITEMS 100000 /* of a JSON text that is laid out */

/* JSON */
#define LIMIT_JSON_DEPTH 64                 /* arrays and objects inside each other */
#define LIMIT_JSON_ROW (256 * LIMIT_MIB)    /* one row of a value array */
#define LIMIT_PRIVILEGES (32 * LIMIT_MIB)   /* all that a user has */
#define LIMIT_JSON_ENVELOPE (4 * LIMIT_MIB) /* an answer without its rows */

/* requests and answers */
#define LIMIT_URL (64 * LIMIT_KIB)      /* facts/webapi.md 1.1: 32,768, in a batch 65,536 */
#define LIMIT_URL_OPTIONS 100           /* query options of one URL */
#define LIMIT_BODY (128 * LIMIT_MIB)    /* one request or error body */
#define LIMIT_BODIES (1024 * LIMIT_MIB) /* of all requests at once */
#define LIMIT_FILE_PART (4 * LIMIT_MIB) /* a chunk or block of a file column: facts/webapi.md 2.7 */
#define LIMIT_IMAGE (30 * LIMIT_MIB)    /* an image column */
#define LIMIT_BATCH_PARTS 1000          /* facts/webapi.md 3.1 */
#define LIMIT_KEY_COLUMNS 16            /* of one alternate key; facts/webapi.md 1.5 */
#define LIMIT_CONDITIONS 500            /* of one query */
#define LIMIT_CONDITION_VALUES 2000     /* of one condition */
#define LIMIT_FILTER_DEPTH 100          /* parentheses inside each other in $filter */
#define LIMIT_EXPANDS 15                /* $expand options of one query */
#define LIMIT_EXPAND_DEPTH 15           /* of $expand inside $expand */
#define LIMIT_FILTER_VALUES 20000       /* in the lists of one $filter */
#define LIMIT_SELECT 2000               /* properties in one $select */
#define LIMIT_ORDERS 64                 /* properties in one $orderby */
#define LIMIT_QUERY_VALUES 30000        /* in lists of one query; each is an SQL variable */
#define LIMIT_LIKE_PATTERN 12000        /* SQL Server's 4,000 characters, as UTF-8 */
#define LIMIT_LINK_ENTITIES 15          /* of one query */
#define LIMIT_PAGE_ROWS 5000            /* rows of one page */
#define LIMIT_PAGED_ROWS 50000          /* that pages without a cookie reach; facts/webapi.md 4.6 */
#define LIMIT_AGGREGATE_ROWS 50000      /* that an aggregate reads; facts/webapi.md 4.7 */
#define LIMIT_COOKIE ((size_t)8000)     /* of a paging cookie; longer ones are left out */
#define LIMIT_BULK_DELETE 10000000      /* rows of one query of BulkDelete */
#define LIMIT_CALENDAR_DAYS                                                                        \
	1830                 /* of an entry, and of what msdyn_LoadCalendars tells: five years */
#define LIMIT_CALENDARS 1000 /* of one msdyn_LoadCalendars */
#define LIMIT_CALENDAR_EVENTS 100000           /* in its answer */
#define LIMIT_RATE_USERS 1000                  /* whose use of the service is counted at once */
#define LIMIT_FAULTS 200                       /* that a served organization is given */
#define LIMIT_CONNECTIONS 800                  /* of clients at once */
#define LIMIT_CONCURRENCY 1000                 /* requests of ours at once */
#define LIMIT_HTTP_HEADERS (256 * LIMIT_KIB)   /* of an answer to us */
#define LIMIT_STREAMED ((uint64_t)1 << 40)     /* of an answer that is not kept */
#define LIMIT_ERROR_BODY (4 * LIMIT_MIB)       /* of an answer that is no success */
#define LIMIT_HTTP_RATIO 2000                  /* unpacked / as it came, of an answer's body */
#define LIMIT_HTTP_RATIO_FREE (16 * LIMIT_MIB) /* a body up to this size may have any ratio */
#define LIMIT_RECORDED_BODY (32 * LIMIT_MIB)   /* of a request or answer that is recorded */
#define LIMIT_RECORDED_LINE (256 * LIMIT_MIB)  /* of a recording */
#define LIMIT_RECORDING (1024 * LIMIT_MIB)     /* as a file */
#define LIMIT_INI (1 * LIMIT_MIB)              /* a file of settings */
#define LIMIT_TOKEN (64 * LIMIT_KIB)           /* a token of the sign-in */
#define LIMIT_SIGN_IN_ANSWER (1 * LIMIT_MIB)   /* of an authority to us */
#define LIMIT_CREDENTIAL_FILE (1 * LIMIT_MIB)  /* a certificate, a token file */
#define LIMIT_LOOPBACK (32 * LIMIT_KIB)        /* the head of a request of a browser to us */
#define LIMIT_LOOPBACK_CONNECTIONS 16          /* of browsers to us, at once */
#define LIMIT_FORM (256 * LIMIT_KIB)           /* a request to the sign-in */
#define LIMIT_GRANTS 1000                      /* device codes at once, and codes that were used */
#define LIMIT_COOKIE_ENCODINGS 8 /* URL encodings around each other in a paging cookie */

/* SQLite */
#define LIMIT_SQL_VALUE (512 * LIMIT_MIB) /* one text, blob or row */
#define LIMIT_SQL_TEXT (2 * LIMIT_MIB)    /* one statement */
#define LIMIT_SQL_VARIABLES 32766         /* of one statement */
#define LIMIT_QUERY_STEPS 50000000        /* of SQLite's machine, of one request that reads */

/* the rest */
#define LIMIT_NUMBER_TEXT 2048 /* characters of a floating-point number (exact ones have 1,080) */
#define LIMIT_MESSAGE (64 * LIMIT_KIB)      /* a text for a person */
#define LIMIT_KNOWN_TABLES (64 * LIMIT_MIB) /* definitions that are kept of one organization */
#define LIMIT_MAP_FILE (16 * LIMIT_MIB)     /* which row stands for which */
#define LIMIT_PLAN_FILE (16 * LIMIT_MIB)    /* knowledge, plans, samples, metadata */

#include "base/limits_engine.h"

#endif
