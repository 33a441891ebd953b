/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM: the first asks the engine to stop at the next safe place, the second ends the
 * program at once. A run that was killed can be taken up again: nothing is half done.
 */
#ifndef FERRY_CLI_CANCEL_H
#define FERRY_CLI_CANCEL_H

#include "base/base.h"

void cancel_watch(void);
bool cancel_asked(void);
/* Waits so long, or until it is asked. */
void cancel_pause(unsigned ms);

/* Before threads are started, which then never get these signals; and back. */
void cancel_block(void);
void cancel_unblock(void);
/* While they are blocked: waits until one came. They are not blocked afterwards. */
void cancel_wait(void);

#endif
