/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flags of a slab cache in words.  From 6.9 on they are an enumeration of bit numbers
 * (enum _slab_flag_bits); before that macros, which type info does not hold, but whose values stood
 * still since 2.6.
 */
#include "graph/slab.h"

#include <string.h>

static const struct {
	guint bit;
	const char *name;
} old_flags[] = {
	{ 8, "CONSISTENCY_CHECKS" }, { 10, "RED_ZONE" }, { 11, "POISON" },
	{ 12, "KMALLOC" }, { 13, "HWCACHE_ALIGN" }, { 14, "CACHE_DMA" }, { 15, "CACHE_DMA32" },
	{ 16, "STORE_USER" }, { 17, "RECLAIM_ACCOUNT" }, { 18, "PANIC" }, { 19, "TYPESAFE_BY_RCU" },
	{ 20, "MEM_SPREAD" }, { 21, "TRACE" }, { 22, "DEBUG_OBJECTS" }, { 23, "NOLEAKTRACE" },
	{ 24, "NO_MERGE" }, { 25, "FAILSLAB" }, { 26, "ACCOUNT" }, { 27, "KASAN" },
};

static void append(GString *text, const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);

	g_string_append_printf(text, "%s%s", text->len ? "," : "", lower);
}

char *anz_cache_flags_text(AnzKernel *kernel, guint64 flags)
{
	const AnzType *bits = anz_types_find_enum(kernel->types, "_slab_flag_bits");
	GString *text = g_string_new(NULL);

	for (guint i = 0; bits && i < bits->nr_enumerators; i++) {
		const AnzEnumerator *it = &bits->enumerators[i];

		if (it->value >= 0 && it->value < 64 && flags >> it->value & 1 &&
		    g_str_has_prefix(it->name, "_SLAB_") &&
		    !g_str_equal(it->name, "_SLAB_FLAGS_LAST_BIT"))
			append(text, it->name + strlen("_SLAB_"));
	}
	for (guint i = 0; !bits && i < G_N_ELEMENTS(old_flags); i++)
		if (flags >> old_flags[i].bit & 1)
			append(text, old_flags[i].name);
	return g_string_free(text, FALSE);
}
