/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input as a link to a view, which anybody may have sent: one that is read says the same when written. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <analyze/search.h>
#include <analyze/view.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autofree char *text = g_strndup((const char *)data, len);
	g_autofree char *once = NULL, *again = NULL;
	g_autoptr(AnzView) view = NULL, second = NULL;
	g_autoptr(GError) error = NULL;

	view = anz_view_parse(text, &error);
	if (!view != !!error)
		abort();
	if (!view)
		return 0;
	if (view->search)
		anz_search_needs_other(view->search);
	once = anz_view_text(view);
	second = anz_view_parse(once, &error);
	/* Escaped it is longer, perhaps too long. */
	if (!second) {
		if (strlen(text) < 20000)
			abort();
		return 0;
	}
	again = anz_view_text(second);
	if (strcmp(once, again))
		abort();
	return 0;
}
