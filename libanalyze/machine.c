/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is this the machine it was?  Pages of two machines can be held against each other, and come out as
 * nonsense; what is certain to tell machines apart is their names, architectures and amounts of memory.
 * Another kernel is no other machine: comparing two kernels on one is what people do.
 */
#include <string.h>

#include <analyze/analysis.h>
#include <analyze/compare.h>

#include "kernel/identity.h"
#include "source-priv.h"

/* What is not known differs from nothing. */
static void add_difference(GString *words, const char *what, const char *before, const char *after)
{
	if (before && after && strcmp(before, after))
		g_string_append_printf(words, "%s%s %s there, %s here", words->len ? ", " : "", what,
				       before, after);
}

static void add_memory(GString *words, AnzStore *before, AnzStore *after)
{
	guint64 was, is;

	/* a balloon or a hot-plugged bank is not another machine */
	if (!anz_store_meta_uint(before, "memory.ram_frames", &was) ||
	    !anz_store_meta_uint(after, "memory.ram_frames", &is) ||
	    (was / 2 <= is && is / 2 <= was))
		return;
	g_string_append_printf(words, "%s%" G_GUINT64_FORMAT " pages of memory there, %" G_GUINT64_FORMAT
			       " here", words->len ? ", " : "", was, is);
}

static char *words_or_null(GString *words)
{
	return g_string_free(words, words->len == 0);
}

char *anz_compare_machines(AnzStore *before, AnzStore *after)
{
	static const struct {
		const char *key, *what;
	} keys[] = { { "kernel.hostname", "host" }, { "kernel.arch", "architecture" } };
	GString *words = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_autofree char *was = anz_store_meta(before, keys[i].key);
		g_autofree char *is = anz_store_meta(after, keys[i].key);

		add_difference(words, keys[i].what, was, is);
	}
	add_memory(words, before, after);
	return words_or_null(words);
}

char *anz_source_other_machine(AnzSource *source, AnzStore *store)
{
	g_autoptr(AnzIdentity) identity = anz_identity_read(source->kernel);
	g_autofree char *host = anz_store_meta(store, "kernel.hostname");
	g_autofree char *arch = anz_store_meta(store, "kernel.arch");
	GString *words = g_string_new(NULL);

	add_difference(words, "host", host, identity->hostname);
	add_difference(words, "architecture", arch, identity->machine);
	return words_or_null(words);
}
