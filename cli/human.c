/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and strings as people read them on a terminal. */
#include <string.h>

#include "human.h"

void human_size(GString *to, guint64 bytes)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes / 1024.0;
	guint i = 0;

	if (bytes < 1024) {
		g_string_append_printf(to, "%u B", (guint)bytes);
		return;
	}
	/* 1023.95 would print as 1024.0 */
	while (value >= 1023.95 && i + 1 < G_N_ELEMENTS(unit)) {
		value /= 1024;
		i++;
	}
	g_string_append_printf(to, "%.1f %s", value, unit[i]);
}

void human_duration(GString *to, double seconds)
{
	guint64 s = seconds > 0 && seconds < 1e15 ? (guint64)seconds : 0;
	guint64 days = s / 86400;

	if (days)
		g_string_append_printf(to, "%" G_GUINT64_FORMAT " day%s ", days,
				       days == 1 ? "" : "s");
	g_string_append_printf(to, "%02u:%02u:%02u", (guint)(s / 3600 % 24),
			       (guint)(s / 60 % 60), (guint)(s % 60));
}

void human_time(GString *to, gint64 seconds)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(seconds);

	if (!t) {	/* beyond year 9999 */
		g_string_append_printf(to, "%" G_GINT64_FORMAT, seconds);
		return;
	}
	g_autofree char *text = g_date_time_format(t, "%Y-%m-%d %H:%M:%S UTC");

	g_string_append(to, text);
}

/* Control characters of ASCII and Latin 1: a terminal may obey them. */
static gboolean is_control(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

gsize human_plain_length(const char *text)
{
	gsize n = 0;

	while (text[n] >= 0x20 && text[n] < 0x7f)
		n++;
	return n;
}

void human_safe(GString *to, const char *text, gboolean keep_tabs)
{
	gsize plain = human_plain_length(text);
	const char *p = text + plain;

	g_string_append_len(to, text, plain);
	while (*p) {
		gunichar c = g_utf8_get_char_validated(p, -1);
		gboolean invalid = c == (gunichar)-1 || c == (gunichar)-2;

		if (invalid || (is_control(c) && !(c == '\t' && keep_tabs))) {
			g_string_append_printf(to, "\\x%02x", (guchar)*p);
			p++;
			continue;
		}
		const char *next = g_utf8_next_char(p);

		g_string_append_len(to, p, next - p);
		p = next;
	}
}

gsize human_width(const char *text)
{
	gsize width = human_plain_length(text);

	for (const char *p = text + width; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (!g_unichar_iszerowidth(c))
			width += g_unichar_iswide(c) ? 2 : 1;
	}
	return width;
}
