/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an analysis back to the dump it was made from, for the bytes that it does not hold. */
#include <string.h>
#include <sys/stat.h>

#include <analyze/analysis.h>

/* Is what lies at the analysis's path still what was analysed?  Its size is all we know cheaply. */
static gboolean same_dump(AnzStore *store, char **paths)
{
	guint64 recorded, bytes = 0;

	if (!anz_store_meta_uint(store, "source.bytes", &recorded))
		return TRUE;
	for (; *paths; paths++) {
		const char *path = g_str_has_prefix(*paths, "raw:") ? *paths + 4 : *paths;
		struct stat st;

		if (stat(path, &st))
			return TRUE;	/* opening it will say why */
		bytes += (guint64)st.st_size;
	}
	return bytes == recorded;
}

/*
 * The type-info files that an analysis names, "DWARF of FILE" or "BTF of FILE" a line.  What came out
 * of the dump ("BTF of the dump") is there again.
 */
static char **recorded_types(AnzStore *store)
{
	g_autofree char *recorded = anz_store_meta(store, "source.type_info");
	g_auto(GStrv) lines = recorded ? g_strsplit(recorded, "\n", -1) : NULL;
	g_autoptr(GStrvBuilder) files = g_strv_builder_new();
	gboolean any = FALSE;

	for (char **line = lines; line && *line; line++) {
		const char *path = g_str_has_prefix(*line, "DWARF of ") ? *line + strlen("DWARF of ") :
			g_str_has_prefix(*line, "BTF of ") ? *line + strlen("BTF of ") : NULL;

		if (!path || g_str_equal(path, "the dump"))
			continue;
		g_strv_builder_add(files, path);
		any = TRUE;
	}
	return any ? g_strv_builder_end(files) : NULL;
}

AnzSource *anz_source_reopen(AnzStore *store, const AnzSourceOptions *options, GError **error)
{
	AnzSourceOptions again = *options;
	g_autofree char *recorded = anz_store_meta(store, "source.path");
	g_auto(GStrv) paths = NULL, types = NULL;

	if (!recorded || !*recorded) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "the analysis does not say which dump it was made from; "
			    "name the dump instead of the analysis");
		return NULL;
	}
	paths = g_strsplit(recorded, "\n", -1);
	if (!same_dump(store, paths)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH,
			    "%s is not the dump any more that was analysed (its size differs); "
			    "name the dump instead of the analysis", paths[0]);
		return NULL;
	}
	again.paths = (const char *const *)paths;
	if (!again.vmlinux)
		again.vmlinux = (const char *const *)(types = recorded_types(store));
	return anz_source_open(&again, error);
}
