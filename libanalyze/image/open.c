/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening a dump: which format, which machine, where VMCOREINFO is, and what it says about page
 * size and page tables.
 */
#include "image/foreign.h"
#include "image/image-priv.h"
#include "image/note.h"

#include <string.h>

void anz_image_set_arch(AnzImage *image, AnzArch arch, const char *name)
{
	image->shared->arch = arch;
	g_free(image->shared->arch_name);
	image->shared->arch_name = g_strdup(name);
}

void anz_image_set_machine(AnzImage *image, const char *machine)
{
	g_autofree char *name = g_utf8_make_valid(machine, -1);

	anz_image_set_arch(image, strcmp(machine, "x86_64") == 0 ? ANZ_ARCH_X86_64 :
			   strcmp(machine, "aarch64") == 0 ||
			   strcmp(machine, "aarch64_be") == 0 ? ANZ_ARCH_AARCH64 : ANZ_ARCH_OTHER,
			   name);
}

gboolean anz_image_take_vmcoreinfo(AnzImage *image, const char *text, gsize len,
				   const char *origin)
{
	AnzImageShared *shared = image->shared;
	AnzVmcoreinfo *info;

	if (shared->vmcoreinfo_origin)
		return FALSE;
	info = anz_vmcoreinfo_parse(text, len);
	if (anz_vmcoreinfo_is_empty(info)) {
		anz_vmcoreinfo_free(info);
		return FALSE;
	}
	anz_vmcoreinfo_free(shared->vmcoreinfo);
	shared->vmcoreinfo = info;
	shared->vmcoreinfo_origin = g_strdup(origin);
	return TRUE;
}

/*
 * Which machine wrote an NT_PRSTATUS: struct elf_prstatus has another size on each.  (x86-64 and
 * s390x agree, but not in byte order.)
 */
static void guess_machine(AnzImage *image, guint32 prstatus_bytes)
{
	const char *name = NULL;

	if (image->shared->is_big)
		name = prstatus_bytes == 336 ? "s390x" : prstatus_bytes == 504 ? "ppc64" :
		       prstatus_bytes == 392 ? "aarch64_be" : NULL;
	else
		name = prstatus_bytes == 336 ? "x86_64" : prstatus_bytes == 392 ? "aarch64" :
		       prstatus_bytes == 504 ? "ppc64le" : prstatus_bytes == 376 ? "riscv64" :
		       NULL;
	if (!name)
		return;
	anz_image_set_machine(image, name);
	anz_image_log(image, "%s: names no machine; taken for %s by the size of its CPU notes",
		      image->shared->name, name);
}

void anz_image_take_notes(AnzImage *image, const guint8 *notes, gsize len)
{
	AnzNote note;

	while (anz_note_next(&notes, &len, image->shared->is_big, &note)) {
		if (anz_note_is(&note, "VMCOREINFO"))
			anz_image_take_vmcoreinfo(image, (const char *)note.desc, note.desc_len,
						  "note");
		if (note.type == 1 && anz_note_is(&note, "CORE") && !image->shared->arch_name)
			guess_machine(image, note.desc_len);
	}
}

/* When neither header nor notes name a machine: by what VMCOREINFO exports. */
static void settle_machine(AnzImage *image)
{
	const AnzVmcoreinfo *info = image->shared->vmcoreinfo;
	gint64 any;

	if (image->shared->arch_name)
		return;
	if (anz_vmcoreinfo_number(info, "kimage_voffset", &any))
		anz_image_set_machine(image, "aarch64");
	else if (anz_vmcoreinfo_number(info, "pgtable_l5_enabled", &any) ||
		 anz_vmcoreinfo_number(info, "phys_base", &any))
		anz_image_set_machine(image, "x86_64");
	else
		return;
	anz_image_log(image, "%s: names no machine; VMCOREINFO is that of %s",
		      image->shared->name, image->shared->arch_name);
}

static void settle_page_size(AnzImage *image)
{
	AnzImageShared *shared = image->shared;
	const char *text = anz_vmcoreinfo_line(shared->vmcoreinfo, "PAGESIZE");
	guint64 bytes;

	if (text && g_ascii_string_to_unsigned(text, 10, 4096, 65536, &bytes, NULL) &&
	    (bytes & (bytes - 1)) == 0) {
		shared->page_shift = g_bit_nth_lsf(bytes, -1);
		return;
	}
	shared->page_shift = shared->block_shift ? shared->block_shift : 12;
	if (shared->arch != ANZ_ARCH_X86_64)
		anz_image_log(image, "%s: no VMCOREINFO names the page size; taken for %u bytes",
			      shared->name, 1u << shared->page_shift);
}

static gboolean take_file(AnzImage *image, const char *path, gboolean must_exist, GError **error)
{
	g_autofree char *text = NULL, *with_newline = NULL;
	gsize len;
	g_autoptr(GError) why = NULL;

	if (!g_file_get_contents(path, &text, &len, &why)) {
		if (!must_exist)
			return TRUE;
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot read VMCOREINFO: %s",
			    why->message);
		return FALSE;
	}
	/* An editor may have left the last line without its end. */
	with_newline = g_strconcat(text, "\n", NULL);
	if (!anz_image_take_vmcoreinfo(image, with_newline, strlen(with_newline), "file") &&
	    must_exist && !image->shared->vmcoreinfo_origin) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: holds no VMCOREINFO (lines KEY=value, as from 'makedumpfile -g')",
			    path);
		return FALSE;
	}
	return TRUE;
}

static gboolean find_vmcoreinfo(AnzImage *image, const char *raw_path, GError **error)
{
	/* Memory of a running kernel is not read through: its note is there since 4.19. */
	gboolean is_kcore = image->shared->is_live && !raw_path;
	const char *path = image->options.vmcoreinfo_path;
	g_autofree char *beside = NULL;

	if (path && image->shared->vmcoreinfo_origin)
		anz_image_log(image, "%s: has VMCOREINFO of its own; %s is not used",
			      image->shared->name, path);
	else if (path && !take_file(image, path, TRUE, error))
		return FALSE;
	if (raw_path && !image->shared->vmcoreinfo_origin) {
		beside = g_strconcat(raw_path, ".vmcoreinfo", NULL);
		take_file(image, beside, FALSE, NULL);
	}
	if (!image->shared->vmcoreinfo_origin && !is_kcore)
		anz_vmcoreinfo_search(image);
	if (anz_image_is_cancelled(image)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "%s: stopped on request",
			    image->shared->name);
		return FALSE;
	}
	return TRUE;
}

static AnzProbe probe_formats(AnzImage *image, gboolean allow_library, GError **error)
{
	AnzProbe probe = anz_kdump_open(image, error);

	if (probe == ANZ_PROBE_NO)
		probe = anz_elf_open(image, error);
	if (probe == ANZ_PROBE_NO)
		probe = anz_lime_open(image, error);
	/* Machines whose page tables we do not walk: libkdumpfile may know them. */
	if (allow_library && (probe == ANZ_PROBE_NO ||
			      (probe == ANZ_PROBE_YES &&
			       image->shared->arch == ANZ_ARCH_OTHER &&
			       image->shared->arch_name))) {
		AnzProbe library = anz_kdumpfile_open(image, probe == ANZ_PROBE_NO ? error : NULL);

		if (probe == ANZ_PROBE_NO)
			probe = library;
	}
	return probe;
}

/*
 * Plain memory does not say its byte order.  The kernel's page tables prove it: they map themselves
 * when read in the right one.
 */
static gboolean is_big_by_tables(AnzImage *image)
{
	AnzImageOptions options = image->options;
	gboolean proved[2];

	image->options.log = NULL;
	for (guint big = 0; big < 2; big++) {
		image->shared->is_big = big;
		proved[big] = anz_xlat_setup_vmcoreinfo(image, image->shared->vmcoreinfo, NULL) &&
			      image->xlat.is_proved;
	}
	memset(&image->xlat, 0, sizeof(image->xlat));
	image->options = options;
	return proved[TRUE] && !proved[FALSE];
}

static void set_up_translation(AnzImage *image)
{
	AnzImageShared *shared = image->shared;
	g_autoptr(GError) why = NULL;

	if (!shared->vmcoreinfo_origin)
		return;
	if (shared->arch == ANZ_ARCH_OTHER) {
		if (!shared->backend->translate)
			anz_image_log(image, "%s: page tables of %s cannot be walked; only addresses "
				      "that the program headers of an ELF file state are known",
				      shared->name, shared->arch_name);
		return;
	}
	if (!shared->is_order_stated) {
		shared->is_big = is_big_by_tables(image);
		if (shared->is_big && shared->arch == ANZ_ARCH_AARCH64)
			anz_image_set_machine(image, "aarch64_be");
		if (shared->is_big)
			anz_image_log(image, "%s: taken for big-endian: only so do the page tables "
				      "map themselves", shared->name);
	}
	if (!anz_xlat_setup_vmcoreinfo(image, shared->vmcoreinfo, &why))
		anz_image_log(image, "%s", why->message);
}

/* What is alike for all sources once their bytes can be read; frees @image on failure. */
static AnzImage *settle(AnzImage *image, gboolean is_open, const char *raw_path, GError **error)
{
	AnzImageShared *shared = image->shared;

	if (!is_open || !find_vmcoreinfo(image, raw_path, error)) {
		anz_image_free(image);
		return NULL;
	}
	settle_machine(image);
	if (!shared->arch_name) {
		anz_image_set_machine(image, "x86_64");
		anz_image_log(image, "%s: nothing tells the machine; taken for x86_64",
			      shared->name);
	}
	settle_page_size(image);
	if (shared->is_cut_short)
		anz_image_log(image, "%s: the dump is incomplete: it was cut short while being "
			      "written or copied; missing pages count as lost", shared->name);
	if (raw_path && shared->vmcoreinfo_origin)
		anz_raw_settle(image);
	set_up_translation(image);
	return image;
}

static AnzImage *finish(AnzImage *image, const char *raw_path, gboolean is_kcore,
			gboolean allow_library, GError **error)
{
	AnzImageShared *shared = image->shared;
	const AnzFile *file = g_ptr_array_index(shared->files, 0);
	guint8 magic[4] = { 0 };
	AnzProbe probe;

	if (is_kcore)
		return settle(image, anz_kcore_open(image, error) == ANZ_PROBE_YES, NULL, error);
	anz_file_read(file, 0, magic, sizeof(magic));
	/* Said before libkdumpfile is asked, which would call it unknown. */
	for (guint i = 0; !raw_path && i < shared->files->len; i++) {
		const AnzFile *it = g_ptr_array_index(shared->files, i);
		const char *foreign = anz_foreign_describe(it);

		if (foreign) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "%s: %s", it->path, foreign);
			anz_image_free(image);
			return NULL;
		}
	}
	probe = raw_path ? anz_raw_open(image) :
			   probe_formats(image, allow_library, error);
	if (probe == ANZ_PROBE_NO)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not a dump in any known format (it begins with %02x %02x %02x "
			    "%02x); for plain memory contents say raw:FILE", file->path, magic[0],
			    magic[1], magic[2], magic[3]);
	return settle(image, probe == ANZ_PROBE_YES, raw_path, error);
}

static AnzImage *new_image(const char *name, const AnzImageOptions *options)
{
	AnzImage *image = g_new0(AnzImage, 1);

	image->shared = g_new0(AnzImageShared, 1);
	image->shared->name = g_strdup(name);
	image->shared->files = g_ptr_array_new_with_free_func((GDestroyNotify)anz_file_free);
	image->shared->vmcoreinfo = anz_vmcoreinfo_parse("", 0);
	if (options) {
		image->options = *options;
		image->options.vmcoreinfo_path = g_strdup(options->vmcoreinfo_path);
		image->options.temp_dir = g_strdup(options->temp_dir);
	}
	return image;
}

/* What a mapping shows of a changing file may differ between two looks at one byte. */
static AnzFile *open_dump(const AnzImage *image, const char *path, GError **error)
{
	return image->shared->is_live ? anz_file_open_unmapped(path, error) :
					anz_file_open(path, error);
}

AnzImage *anz_image_open(const char *const *paths, const AnzImageOptions *options,
			 GError **error)
{
	const char *raw_path = NULL, *kcore;
	AnzImage *image;

	if (!paths || !paths[0]) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "no dump file was named");
		return NULL;
	}
	if (g_str_has_prefix(paths[0], "raw:"))
		raw_path = paths[0] + strlen("raw:");
	kcore = anz_kcore_path(paths[0]);
	if (!*paths[0] || (raw_path && !*raw_path) || (kcore && !*kcore)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s",
			    kcore ? "live: names no file; behind the colon stands one that reads like "
			    "/proc/kcore, and live alone is the memory of this machine" :
			    raw_path ? "raw: names no file; behind the colon stands the one with plain "
			    "memory contents" : "an empty word names no dump");
		return NULL;
	}
	if ((raw_path || kcore) && paths[1]) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: %s is one source; name it alone", paths[0],
			    kcore ? "live memory" : "raw memory");
		return NULL;
	}
	image = new_image(kcore ? kcore : raw_path ? raw_path : paths[0], options);
	image->shared->is_live = kcore || image->options.is_live;
	for (guint i = 0; paths[i]; i++) {
		AnzFile *file = kcore ? anz_kcore_open_file(kcore, error) :
				open_dump(image, raw_path ? raw_path : paths[i], error);

		if (!file) {
			anz_image_free(image);
			return NULL;
		}
		g_ptr_array_add(image->shared->files, file);
		if (file->is_truncated)
			anz_image_log(image, "%s: the flattened file ends without its end mark",
				      file->path);
	}
	return finish(image, raw_path, kcore != NULL, TRUE, error);
}

AnzImage *anz_image_open_memory(const void *data, gsize len, const char *name,
				const AnzImageOptions *options, GError **error)
{
	AnzImage *image = new_image(name, options);
	AnzFile *file = anz_file_new_from_memory(data, len, name, error);

	if (!file) {
		anz_image_free(image);
		return NULL;
	}
	g_ptr_array_add(image->shared->files, file);
	return finish(image, g_str_has_prefix(name, "raw:") ? name + 4 : NULL, FALSE, FALSE,
		      error);
}

AnzImage *anz_image_open_callbacks(const AnzMemory *memory, const AnzImageOptions *options,
				   GError **error)
{
	AnzImage *image = new_image(memory->name ? memory->name : "memory", options);

	image->shared->is_live = image->options.is_live;
	return settle(image, anz_callback_open(image, memory, error), NULL, error);
}
