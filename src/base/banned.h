/* SPDX-License-Identifier: MIT */
/*
 * Functions that ferry does not use, turned into compile errors. Included last in every .c file,
 * after the system's headers have declared what is poisoned here.
 */
#ifndef FERRY_BASE_BANNED_H
#define FERRY_BASE_BANNED_H

/* Some of these are macros, depending on compiler and fortification; a macro cannot be poisoned. */
#undef alloca
#undef sprintf
#undef vsprintf

/* Unbounded or silently truncating string functions: use str and buf. */
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok strtok_r gets
/* Numbers without an error: use str_parse_*. */
#pragma GCC poison atoi atol atoll atof strtol strtoul strtoll strtoull sscanf
/* Hidden state of the process: clock, zone, locale, random are parameters. */
#pragma GCC poison gmtime localtime gmtime_r localtime_r mktime strftime setlocale
#pragma GCC poison rand srand random srandom
/* A shell is never between ferry and another program. */
#pragma GCC poison system popen
/* Sizes that input controls do not belong on the stack. */
#pragma GCC poison alloca

#endif
