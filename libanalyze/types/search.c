/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding debug files where distributions put them.
 *
 * By build-id: DIR/.build-id/xx/yyyy.debug (GDB manual, "Separate Debug Files"), which
 * cannot be the wrong file.  By release: each distribution has a place of its own, so
 * each folder is tried with all of them.
 */
#include "types/search.h"

#include <string.h>

static const char *const default_dirs[] = {
	"/usr/lib/debug", "/boot", "/lib/modules", "/usr/lib/modules", NULL
};

/* %s is the release. */
static const char *const places[] = {
	"boot/vmlinux-%s",			/* Debian, Ubuntu below /usr/lib/debug */
	"boot/vmlinux-%s.debug",		/* SUSE */
	"lib/modules/%s/vmlinux",		/* Fedora, RHEL; Debian links */
	"usr/lib/modules/%s/vmlinux",
	"lib/modules/%s/vmlinux.debug",
	"usr/lib/modules/%s/vmlinux.debug",
	"%s/vmlinux",				/* below /lib/modules */
	"%s/build/vmlinux",			/* a kernel built here */
	"vmlinux-%s",				/* below /boot */
	"vmlinux-%s.debug",
};

void anz_types_log(const AnzTypesOptions *options, const char *format, ...)
{
	va_list args;

	if (!options->log)
		return;
	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args);
	va_end(args);
	options->log(line, options->log_data);
}

static const char *const *search_dirs(const AnzTypesOptions *options)
{
	return options->search_dirs ? options->search_dirs : default_dirs;
}

/* Ids and releases come from dumps and become parts of paths. */
static gboolean is_hex_id(const char *id)
{
	return id && strlen(id) >= 4 && strspn(id, "0123456789abcdef") == strlen(id);
}

static gboolean is_plain_name(const char *name)
{
	return name && *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static gboolean same_id(const char *a, const char *b)
{
	return a && b && g_ascii_strcasecmp(a, b) == 0;
}

/*
 * Opens @path if it is there and has DWARF.  With @build_id it must have that one.
 * @mismatch, if not %NULL, receives the path of a file that only failed that test.
 */
static AnzElfFile *open_candidate(const char *path, const char *build_id, GString *looked,
				  char **mismatch)
{
	g_autoptr(GError) error = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_string_append_printf(looked, "\n  %s: not there", path);
		return NULL;
	}

	AnzElfFile *file = anz_elf_file_open(path, &error);

	if (!file) {
		g_string_append_printf(looked, "\n  %s", error->message);
		return NULL;
	}
	if (build_id && !same_id(file->build_id, build_id)) {
		g_string_append_printf(looked, "\n  %s: build-id %s, another kernel's",
				       path, file->build_id ? file->build_id : "(none)");
		if (mismatch && !*mismatch)
			*mismatch = g_strdup(path);
		g_clear_pointer(&file, anz_elf_file_free);
	}
	return file;
}

/* A separate debug file has DWARF; only a vmlinux itself may do with BTF (complete()). */
static AnzElfFile *with_dwarf(AnzElfFile *file, GString *looked)
{
	if (file && !file->has_dwarf) {
		g_string_append_printf(looked, "\n  %s: no DWARF in it", file->path);
		g_clear_pointer(&file, anz_elf_file_free);
	}
	return file;
}

static AnzElfFile *search_build_id(const char *build_id, const AnzTypesOptions *options,
				   GString *looked)
{
	if (!is_hex_id(build_id))
		return NULL;
	for (const char *const *dir = search_dirs(options); *dir; dir++) {
		g_autofree char *path = g_strdup_printf("%s/.build-id/%.2s/%s.debug",
							*dir, build_id, build_id + 2);
		AnzElfFile *file =
			with_dwarf(open_candidate(path, build_id, looked, NULL), looked);

		if (file)
			return file;
	}
	return NULL;
}

/*
 * .gnu_debuglink names a file beside, in .debug/ beside, or at the same place below a
 * search folder.  The build-ids tell whether it is the right one; the checksum of 300 MB
 * is asked only where there are none.
 */
static AnzElfFile *search_debuglink(AnzElfFile *file, const AnzTypesOptions *options,
				    GString *looked)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *absolute = g_canonicalize_filename(file->path, NULL);
	g_autofree char *dir = g_path_get_dirname(absolute);
	AnzElfFile *found = NULL;

	if (!file->debuglink || !is_plain_name(file->debuglink))
		return NULL;
	g_ptr_array_add(paths, g_build_filename(dir, file->debuglink, NULL));
	g_ptr_array_add(paths, g_build_filename(dir, ".debug", file->debuglink, NULL));
	for (const char *const *root = search_dirs(options); *root; root++)
		g_ptr_array_add(paths,
				g_build_filename(*root, dir, file->debuglink, NULL));

	for (guint i = 0; i < paths->len && !found; i++) {
		const char *path = g_ptr_array_index(paths, i);

		if (strcmp(path, absolute) == 0)
			continue;
		found = with_dwarf(open_candidate(path, file->build_id, looked, NULL),
				   looked);
		if (found && !file->build_id &&
		    anz_elf_file_crc32(found) != file->debuglink_crc) {
			g_string_append_printf(looked,
					       "\n  %s: checksum differs from what "
					       "%s states",
					       path, file->path);
			g_clear_pointer(&found, anz_elf_file_free);
		}
	}
	return found;
}

static AnzElfFile *search_debuginfod(const char *build_id, const AnzTypesOptions *options,
				     GString *looked)
{
	g_autoptr(GError) error = NULL;

	if (!options->debuginfod_urls || !*options->debuginfod_urls ||
	    !is_hex_id(build_id))
		return NULL;
	anz_types_log(options, "asking debuginfod (%s) for build-id %s",
		      options->debuginfod_urls, build_id);
	if (options->debuginfod_cache)
		g_mkdir_with_parents(options->debuginfod_cache, 0700);

	g_autofree char *path = anz_debuginfod_fetch(build_id, options->debuginfod_urls,
						     options->debuginfod_cache, &error);
	if (!path) {
		g_string_append_printf(looked, "\n  %s", error->message);
		return NULL;
	}
	return with_dwarf(open_candidate(path, build_id, looked, NULL), looked);
}

AnzElfFile *anz_search_separate(AnzElfFile *file, const AnzTypesOptions *options,
				GString *looked)
{
	AnzElfFile *found = search_build_id(file->build_id, options, looked);

	if (!found)
		found = search_debuglink(file, options, looked);
	if (!found)
		found = search_debuginfod(file->build_id, options, looked);
	return found;
}

/*
 * @file if it has DWARF; else its separate debug file, with @file in @stripped; else @file
 * again if it has BTF.
 */
static AnzElfFile *complete(AnzElfFile *file, const AnzTypesOptions *options,
			    AnzElfFile **stripped, GString *looked)
{
	if (!file || file->has_dwarf)
		return file;

	AnzElfFile *debug = anz_search_separate(file, options, looked);

	if (debug) {
		*stripped = file;
	} else if (file->has_btf) {
		return file;
	} else {
		g_string_append_printf(looked, "\n  %s: neither DWARF nor BTF in it", file->path);
		anz_elf_file_free(file);
	}
	return debug;
}

static AnzElfFile *search_release(const AnzTypesOptions *options, AnzElfFile **stripped,
				  GString *looked)
{
	g_autofree char *mismatch = NULL;

	if (!is_plain_name(options->release))
		return NULL;

	/* folders that are not there would only lengthen the list of places */
	for (const char *const *dir = search_dirs(options); *dir; dir++) {
		for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
			g_auto(GStrv) halves = g_strsplit(places[i], "%s", 2);
			g_autofree char *path = g_strconcat(*dir, "/", halves[0],
							    options->release, halves[1],
							    NULL);
			AnzElfFile *file;

			if (!g_file_test(path, G_FILE_TEST_EXISTS))
				continue;
			file = complete(open_candidate(path, options->build_id, looked,
						       &mismatch),
					options, stripped, looked);
			if (file)
				return file;
		}
		g_string_append_printf(looked, "\n  %s: nothing usable for release %s",
				       *dir, options->release);
	}
	if (!mismatch || !options->force)
		return NULL;
	anz_types_log(options,
		      "%s has another build-id than the dump; used because of --force",
		      mismatch);
	return complete(open_candidate(mismatch, NULL, looked, NULL), options, stripped,
			looked);
}

AnzElfFile *anz_search_kernel(const AnzTypesOptions *options, AnzElfFile **stripped,
			      GString *looked)
{
	AnzElfFile *found = search_build_id(options->build_id, options, looked);

	*stripped = NULL;
	if (!found)
		found = search_release(options, stripped, looked);
	if (!found)
		found = search_debuginfod(options->build_id, options, looked);
	return found;
}
