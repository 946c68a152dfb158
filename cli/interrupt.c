/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ctrl-C, SIGTERM and SIGHUP: the handler does nothing but set a flag.  The library polls it,
 * removes what it has half-written and returns ANZ_ERROR_CANCELLED.  The third signal has its usual
 * deadly effect, for the case that nothing polls; the second not yet, because timeout(1) sends two
 * at once, to the process and to its group.  SIGPIPE and SIGXFSZ are ignored: a closed pipe and
 * a file size limit are write errors like a full disk, and what was half-written is removed.
 */
#include <signal.h>

#include "interrupt.h"

static gint flag;

static void on_signal(int signo)
{
	/* g_atomic_int_add() is a plain atomic instruction: allowed in a signal handler */
	if (g_atomic_int_add(&flag, 1) < 2)
		return;
	signal(signo, SIG_DFL);
	raise(signo);
}

void interrupt_install(void)
{
	const int deadly[] = { SIGINT, SIGTERM, SIGHUP };

	for (gsize i = 0; i < G_N_ELEMENTS(deadly); i++) {
		struct sigaction old;
		struct sigaction act = { .sa_handler = on_signal };

		/* nohup(1) and background jobs of sh(1) ignore some on purpose */
		if (!sigaction(deadly[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigemptyset(&act.sa_mask);
		sigaction(deadly[i], &act, NULL);
	}

	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

const gint *interrupt_flag(void)
{
	return &flag;
}

gboolean interrupted(void)
{
	return g_atomic_int_get(&flag) != 0;
}
