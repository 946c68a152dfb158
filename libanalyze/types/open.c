/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which sources of types are taken for a dump: what the user named; else what lies on this
 * machine or a debuginfod server; else what the dump has in itself.
 */
#include <stdio.h>
#include <string.h>

#include "image/note.h"
#include "image/vmcoreinfo.h"
#include "types/btf-types.h"
#include "types/dwarf-types.h"
#include "types/kallsyms.h"
#include "types/layout-check.h"
#include "types/provider.h"
#include "types/search.h"

#define NT_GNU_BUILD_ID 3

/*
 * Types of @file: DWARF, with symbols of @stripped if @file has none; else BTF, also where the DWARF cannot be
 * read.
 */
static AnzTypeProvider *open_elf(AnzElfFile *file, AnzElfFile *stripped,
				 const AnzTypesOptions *options, GError **error)
{
	g_autofree char *path = g_strdup(file->path);
	gboolean has_btf = file->has_btf;
	g_autoptr(GError) why = NULL;

	if (file->has_dwarf) {
		AnzTypeProvider *provider = anz_dwarf_provider_new(file, stripped, &why);

		if (provider)
			return provider;
		if (!has_btf || !g_error_matches(why, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO)) {
			g_propagate_error(error, g_steal_pointer(&why));
			return NULL;
		}
		anz_types_log(options, "%s; its BTF is used instead", why->message);
		file = anz_elf_file_open(path, error);
		return file ? anz_btf_provider_new_elf(file, error) : NULL;
	}
	anz_elf_file_free(stripped);
	return anz_btf_provider_new_elf(file, error);
}

/* "DIR/btf/vmlinux" has the build-id of its kernel in "DIR/notes", as in /sys/kernel. */
static char *build_id_beside(const char *btf_path)
{
	g_autofree char *folder = g_path_get_dirname(btf_path);
	g_autofree char *path = g_build_filename(folder, "..", "notes", NULL);
	g_autofree char *base = g_path_get_basename(folder), *notes = NULL;
	const guint8 *at;
	GString *hex;
	AnzNote note;
	gsize len;

	if (strcmp(base, "btf") != 0 || !g_file_get_contents(path, &notes, &len, NULL))
		return NULL;
	at = (const guint8 *)notes;
	while (anz_note_next(&at, &len, G_BYTE_ORDER == G_BIG_ENDIAN, &note)) {
		if (note.type != NT_GNU_BUILD_ID || !anz_note_is(&note, "GNU"))
			continue;
		hex = g_string_new(NULL);
		for (guint i = 0; i < note.desc_len; i++)
			g_string_append_printf(hex, "%02x", note.desc[i]);
		return g_string_free(hex, FALSE);
	}
	return NULL;
}

/* %TRUE if @path is BTF alone; then @provider and @build_id are set, or @error is. */
static gboolean open_bare_btf(const char *path, AnzTypeProvider **provider, char **build_id,
			      GError **error)
{
	g_autofree char *bytes = NULL, *absolute = g_canonicalize_filename(path, NULL);
	guint8 head[4] = { 0 };
	FILE *file = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? fopen(path, "re") : NULL;
	gsize len;

	len = file ? fread(head, 1, sizeof(head), file) : 0;
	if (file)
		fclose(file);
	if (!anz_btf_probe(head, len))
		return FALSE;
	if (g_file_get_contents(path, &bytes, &len, error)) {
		*provider = anz_btf_provider_new(bytes, len, absolute, error);
		*build_id = build_id_beside(path);
	}
	return TRUE;
}

/*
 * The types of @path, or of the debug file that completes it; @build_id is @path's own.
 */
static AnzTypeProvider *open_named(const char *path, const AnzTypesOptions *options,
				   char **build_id, gboolean *is_bare, GError **error)
{
	g_autoptr(AnzElfFile) file = NULL;
	g_autoptr(GString) looked = g_string_new(NULL);
	AnzTypeProvider *provider = NULL;
	GElf_Shdr shdr;

	*is_bare = open_bare_btf(path, &provider, build_id, error);
	if (*is_bare)
		return provider;
	file = anz_elf_file_open(path, error);
	if (!file)
		return NULL;
	*build_id = g_strdup(file->build_id);
	if (!file->has_dwarf && anz_elf_file_section(file, ".gnu.linkonce.this_module", &shdr)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "%s is a module of the kernel; name the vmlinux of the dumped kernel", path);
		return NULL;
	}
	if (file->has_dwarf || file->has_btf)
		return open_elf(g_steal_pointer(&file), NULL, options, error);

	AnzElfFile *debug = anz_search_separate(file, options, looked);

	if (!debug) {
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			"%s has no debug info (DWARF or BTF); name the vmlinux of the kernel's "
			"debug package with --vmlinux, or none: most kernels carry BTF, and then the "
			"dump has it%s%s",
			path,
			looked->len ? "; its separate debug file was looked for in:" : "",
			looked->str);
		return NULL;
	}
	anz_types_log(options, "%s has no DWARF; using %s", path, debug->path);
	return anz_dwarf_provider_new(debug, g_steal_pointer(&file), error);
}

/**
 * Named: what is known of one file the user named.
 * @build_id: (nullable); @is_bare: BTF alone, which has none of its own
 */
typedef struct {
	const char *path;
	char *build_id;
	gboolean is_bare;
} Named;

static void named_clear(gpointer data)
{
	g_free(((Named *)data)->build_id);
}

static const Named *named_at(GArray *named, guint i)
{
	return &g_array_index(named, Named, i);
}

static char *list_named(GArray *named)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < named->len; i++) {
		const Named *n = named_at(named, i);

		g_string_append_printf(text, "%s%s has %s%s", i ? ", " : "", n->path,
				       n->build_id ? "build-id " : "no build-id",
				       n->build_id ? n->build_id : "");
	}
	return g_string_free(text, FALSE);
}

static const char *dump_name(const AnzTypesOptions *options)
{
	return options->dump_name ? options->dump_name : "the dump";
}

/*
 * Without a build-id: do the layouts fit?  %FALSE with @error if they do not; *@sure is set
 * only if they do.
 */
static gboolean check_bare(AnzTypes *types, const Named *named, const AnzTypesOptions *options,
			   gboolean *sure, GError **error)
{
	g_autofree char *conflict = NULL;
	guint agree;

	if (!options->image)
		return TRUE;
	agree = anz_types_check_layouts(types, anz_image_vmcoreinfo(options->image), &conflict);
	*sure = !conflict && agree > 0;
	if (*sure) {
		anz_types_log(options, "%s has no build-id; its layouts agree with all %u "
			      "statements in VMCOREINFO of %s", named->path, agree,
			      dump_name(options));
		return TRUE;
	}
	if (!conflict || options->force)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH,
		    "%s is another kernel's than %s: %s; name the type information of that very "
		    "build, or use --force to go on with this one", named->path,
		    dump_name(options), conflict);
	return FALSE;
}

/* Of the files named one must be the dumped kernel's; the others are overlays. */
static gboolean check_build_id(AnzTypes *types, const AnzTypesOptions *options, GArray *named,
			       GError **error)
{
	g_autofree char *list = NULL;

	anz_types_set_kernel(types, named->len - 1);
	if (!options->build_id)
		return TRUE;
	for (guint i = 0; i < named->len; i++) {
		const char *id = named_at(named, i)->build_id;

		if (id && g_ascii_strcasecmp(id, options->build_id) == 0) {
			anz_types_set_kernel(types, i);
			return TRUE;
		}
	}
	for (guint i = 0; i < named->len; i++) {
		gboolean sure = FALSE;

		if (!named_at(named, i)->is_bare || named_at(named, i)->build_id)
			continue;
		if (!check_bare(types, named_at(named, i), options, &sure, error))
			return FALSE;
		if (sure) {
			anz_types_set_kernel(types, i);
			return TRUE;
		}
	}
	list = list_named(named);
	if (options->force)
		anz_types_log(options,
			      "%s was made by a kernel with build-id %s, but %s; used "
			      "because of --force",
			      dump_name(options), options->build_id, list);
	else
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH,
			    "%s was made by a kernel with build-id %s%s%s%s, but %s; "
			    "name the vmlinux of that very build, or use --force to go "
			    "on with this one",
			    dump_name(options), options->build_id, options->release ? " (" : "",
			    options->release ? options->release : "",
			    options->release ? ")" : "", list);
	return options->force;
}

static gboolean open_files(AnzTypes *types, const AnzTypesOptions *options,
			   GError **error)
{
	g_autoptr(GArray) named = g_array_new(FALSE, TRUE, sizeof(Named));

	g_array_set_clear_func(named, named_clear);
	for (const char *const *path = options->files; *path; path++) {
		Named n = { .path = *path };
		AnzTypeProvider *provider = open_named(*path, options, &n.build_id, &n.is_bare,
						       error);

		g_array_append_val(named, n);
		if (!provider)
			return FALSE;
		anz_types_add_provider(types, provider);
	}
	return check_build_id(types, options, named, error);
}

/* The file with BTF of the kernel that runs here, if that is the one that was dumped. */
static char *find_running(const AnzTypesOptions *options)
{
	static const char *const sysfs[] = { "/sys/kernel", NULL };
	const char *const *dir = options->search_dirs ? options->search_dirs : sysfs;

	for (; options->build_id && *dir; dir++) {
		g_autofree char *path = g_build_filename(*dir, "btf", "vmlinux", NULL);
		g_autofree char *id = build_id_beside(path);

		if (id && g_ascii_strcasecmp(id, options->build_id) == 0 &&
		    g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&path);
	}
	return NULL;
}

static AnzTypeProvider *open_running(const AnzTypesOptions *options)
{
	g_autofree char *path = find_running(options), *unused = NULL;
	AnzTypeProvider *provider = NULL;

	if (path)
		open_bare_btf(path, &provider, &unused, NULL);
	return provider;
}

/* Modules loaded later than the dump was taken are none of its own. */
static void set_btf_folder(AnzTypes *types, const AnzTypesOptions *options)
{
	g_autofree char *path = options->image && anz_image_is_live(options->image) ?
				find_running(options) : NULL;
	g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;

	anz_types_set_btf_folder(types, folder);
}

static void note(GString *looked, const GError *error)
{
	g_string_append_printf(looked, "\n  %s", error->message);
}

/* Where no file has symbols, the dump may. */
static AnzTypeProvider *open_kallsyms(const AnzTypesOptions *options, GString *looked)
{
	g_autoptr(GError) error = NULL;
	AnzTypeProvider *kallsyms;

	if (!options->image || !anz_image_can_translate(options->image))
		return NULL;
	kallsyms = anz_kallsyms_from_dump(options->image, &error);
	if (!kallsyms) {
		anz_types_log(options, "no symbols from the dump itself: %s", error->message);
		if (looked)
			note(looked, error);
	}
	return kallsyms;
}

/* What the dump has in itself, and what runs here. */
static void open_without_files(AnzTypes *types, const AnzTypesOptions *options,
			       GString *looked)
{
	g_autoptr(GError) error = NULL;
	AnzTypeProvider *kallsyms = open_kallsyms(options, looked), *btf = NULL;

	/* A live kernel hands its BTF out, which spares reading it through its memory. */
	if (options->image && anz_image_is_live(options->image))
		btf = open_running(options);
	if (!btf && kallsyms)
		btf = anz_btf_from_dump(options->image, kallsyms, &error);
	if (error)
		note(looked, error);
	if (!btf)
		btf = open_running(options);
	if (btf) {
		anz_types_log(options, "type information: %s", btf->description);
		anz_types_add_provider(types, btf);
		anz_types_set_btf(types, btf);
	}
	if (kallsyms)
		anz_types_add_provider(types, kallsyms);
}

static gboolean open_found(AnzTypes *types, const AnzTypesOptions *options,
			   GError **error)
{
	g_autoptr(GString) looked = g_string_new(NULL);
	AnzElfFile *stripped = NULL;
	AnzElfFile *file = anz_search_kernel(options, &stripped, looked);
	const char *release = options->release ? options->release : "RELEASE";
	g_autofree char *message = NULL;

	if (file) {
		anz_types_log(options, "debug info: %s", file->path);

		AnzTypeProvider *provider = open_elf(file, stripped, options, error);

		if (provider)
			anz_types_add_provider(types, provider);
		return provider != NULL;
	}
	open_without_files(types, options, looked);
	if (anz_types_kind(types))
		return TRUE;
	message = g_strdup_printf(
		"no debug info found for kernel %s (build-id %s); install "
		"its debug package (Debian: linux-image-%s-dbg, Ubuntu: linux-image-%s-dbgsym, "
		"Fedora and RHEL: kernel-debuginfo) or name its vmlinux with --vmlinux%s%s",
		release, options->build_id ? options->build_id : "unknown", release, release,
		looked->len ? "; looked for:" : "", looked->str);
	anz_types_set_missing(types, message);
	if (options->image) {
		g_auto(GStrv) lines = g_strsplit(message, "\n", -1);

		for (char **line = lines; *line; line++)
			anz_types_log(options, "%s", *line);
		return TRUE;
	}
	g_set_error_literal(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO, message);
	return FALSE;
}

static void add_symbols(AnzTypes *types, const AnzTypesOptions *options)
{
	AnzTypeProvider *kallsyms;
	guint64 address;

	if (!options->image || anz_types_symbol(types, "_stext", &address) ||
	    anz_types_missing(types))
		return;
	kallsyms = open_kallsyms(options, NULL);
	if (kallsyms)
		anz_types_add_provider(types, kallsyms);
}

AnzTypes *anz_types_open(const AnzTypesOptions *options, GError **error)
{
	g_autoptr(AnzTypes) types = anz_types_new();
	gboolean ok = options->files && options->files[0] ?
			      open_files(types, options, error) :
			      open_found(types, options, error);

	if (!ok)
		return NULL;
	add_symbols(types, options);
	set_btf_folder(types, options);
	return g_steal_pointer(&types);
}
