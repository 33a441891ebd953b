/* SPDX-License-Identifier: MIT */
/*
 * For targets that need a local organization: one is made once, and each input gets a copy of its file.
 */
#ifndef FERRY_FUZZ_ORGANIZATION_H
#define FERRY_FUZZ_ORGANIZATION_H

#include "base/str.h"

/* The path of a copy; each call replaces the one before. */
const char *fuzz_organization(void);

/* libFuzzer calls it before it looks at how long inputs take. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

#endif
