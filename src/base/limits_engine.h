/* SPDX-License-Identifier: MIT */
/*
 * The limits of the engine: the part of base/limits.h that is about runs. Included by that, and by nothing else.
 */
#ifndef FERRY_BASE_LIMITS_ENGINE_H
#define FERRY_BASE_LIMITS_ENGINE_H

/* messages */
#define LIMIT_LISTED_ROWS 10    /* that one message names */
#define LIMIT_COUNTED_ROWS 1000 /* of which one message tells how many they are */

/* requests */
#define LIMIT_BATCH_LINE (64 * LIMIT_KIB)      /* before the body of a part of an answer */
#define LIMIT_DEFINITIONS_URL (16 * LIMIT_KIB) /* that asks for several tables */
#define LIMIT_RELATIONSHIPS (16 * LIMIT_MIB)   /* of one table, as an answer */
#define LIMIT_CHANGES_ASIDE ((size_t)1000)     /* that may have been done */
#define LIMIT_BYTES_UNDER_WAY (32 * LIMIT_MIB) /* of bodies that write, at once */

/* what people are given to read; a step summary of GitHub or Azure DevOps takes 1 MiB */
#define LIMIT_REPORT_ROWS 200                  /* of one table, whose changes a page tells */
#define LIMIT_REPORT_CHANGES 5000              /* of all tables */
#define LIMIT_REPORT_COLUMNS 200               /* of one row */
#define LIMIT_REPORT_VALUE ((size_t)4000)      /* shown of one, and of one line */
#define LIMIT_REPORT_LINES 400                 /* that differ, of one value */
#define LIMIT_REPORT_PROBLEMS 200              /* kinds of them */
#define LIMIT_REPORT_BOXES 60                  /* tables in a picture */
#define LIMIT_REPORT_CASES 2000                /* of one test suite; the rest is counted */
#define LIMIT_REPORT_TOLD 20000                /* rows whose problems stand in test cases */
#define LIMIT_SUMMARY ((size_t)1000000)        /* the file */
#define LIMIT_SUMMARY_DETAILS ((size_t)900000) /* up to which changes are told one by one */
#define LIMIT_SUMMARY_ROWS 200                 /* of one table; the rest is counted */
#define LIMIT_SUMMARY_COLUMNS 60               /* of one row */
#define LIMIT_SUMMARY_VALUE ((size_t)200)      /* shown of one */
#define LIMIT_SUMMARY_PROBLEMS 100             /* kinds of them */
#define LIMIT_SUMMARY_MESSAGE ((size_t)400)    /* shown of one */
#define LIMIT_SUMMARY_TABLES 1000              /* with their counts */

#endif
