/* SPDX-License-Identifier: MIT */
/*
 * For targets that need a local organization: one is made once, and each input gets it as it was made.
 */
#ifndef FERRY_FUZZ_ORGANIZATION_H
#define FERRY_FUZZ_ORGANIZATION_H

#include "org/app.h"

/* The path of its file, which the input before has not changed; it must not be open. */
const char *fuzz_organization(void);
/* The same, open; it stays so. */
struct org *fuzz_open_organization(void);

/* libFuzzer calls it before it looks at how long inputs take. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

#endif
