/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things every part of mkcore uses. */
#include "util.h"

G_DEFINE_QUARK(mk-error-quark, mk_error)

volatile sig_atomic_t mk_interrupted;
gboolean mk_big, mk_swap;

void mk_set_byte_order(gboolean big)
{
	mk_big = big;
	mk_swap = big != (G_BYTE_ORDER == G_BIG_ENDIAN);
}

static void on_signal(int sig)
{
	mk_interrupted = sig;
}

/* a file that grows too large is an error of write(), not a death */
void mk_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGXFSZ, &sa, NULL);
}

gboolean mk_stopped(GError **error)
{
	if (mk_interrupted)
		g_set_error(error, MK_ERROR, MK_ERROR_INTERRUPTED,
			    "stopped by signal %d; no file was made",
			    (int)mk_interrupted);
	return mk_interrupted != 0;
}

/**
 * mk_parse_size:
 * @text: "64M", "0x9f000", "1T", "12345"
 * @value: (out): bytes
 *
 * Returns: FALSE if @text is not one number with at most one suffix of K M G T.
 */
gboolean mk_parse_size(const char *text, guint64 *value)
{
	char *end;
	guint64 v;
	int shift = 0;

	while (g_ascii_isspace(*text))
		text++;
	if (!g_ascii_isdigit(*text))
		return FALSE;
	v = g_ascii_strtoull(text, &end, 0);
	switch (g_ascii_toupper(*end)) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	case 'T':
		shift = 40;
		break;
	}
	if (shift)
		end++;
	while (g_ascii_isspace(*end))
		end++;
	if (*end || (shift && v >> (64 - shift)))
		return FALSE;
	*value = v << shift;
	return TRUE;
}
