/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include <string.h>

char *mdv_words_size(guint64 bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	guint unit = 0;

	if (bytes < 1024)
		return g_strdup_printf("%" G_GUINT64_FORMAT " B", bytes);
	for (value /= 1024; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
		value /= 1024;
	return g_strdup_printf("%.1f %s", value, units[unit]);
}

char *mdv_words_count(guint64 n)
{
	g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, n);
	gsize len = strlen(digits);
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			g_string_append_c(text, ',');
		g_string_append_c(text, digits[i]);
	}
	return g_string_free(text, FALSE);
}

char *mdv_words_pages(guint64 n)
{
	g_autofree char *count = mdv_words_count(n);

	return g_strconcat(count, n == 1 ? " page" : " pages", NULL);
}

char *mdv_words_owner(const char *kind, const char *name)
{
	return g_str_has_prefix(name, kind) ? g_strdup(name) : g_strconcat(kind, " ", name, NULL);
}

char *mdv_words_address(guint64 address)
{
	return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);
}

char *mdv_words_error(const GError *error)
{
	return g_strconcat(error->message, anz_error_next_step(error), NULL);
}
