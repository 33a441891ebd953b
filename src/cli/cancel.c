/* SPDX-License-Identifier: MIT */
/*
 * The one flag of the process. SIGPIPE is ignored, so that a reader that goes away shows as an error of
 * writing and not as a death in the middle of a run.
 */
#include "cli/cancel.h"

#include <poll.h>
#include <signal.h>

#include "base/banned.h"

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
	if (asked) {
		/* Comes to effect when this handler returns. */
		signal(number, SIG_DFL);
		raise(number);
	}
	asked = 1;
}

void cancel_watch(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

bool cancel_asked(void)
{
	return asked != 0;
}

/* A signal ends poll early, SA_RESTART or not. */
void cancel_pause(unsigned ms)
{
	if (!asked)
		(void)poll(NULL, 0, (int)ms);
}

static void block(int how)
{
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	pthread_sigmask(how, &both, NULL);
}

void cancel_block(void)
{
	block(SIG_BLOCK);
}

void cancel_unblock(void)
{
	block(SIG_UNBLOCK);
}

void cancel_wait(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	sigdelset(&mask, SIGINT);
	sigdelset(&mask, SIGTERM);
	while (!asked)
		(void)ppoll(NULL, 0, NULL, &mask);
	cancel_unblock();
}
