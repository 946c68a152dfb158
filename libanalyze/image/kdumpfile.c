/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every other format, through libkdumpfile: LKCD, SADUMP, s390 dumps, 32-bit kdump, and ELF or
 * kdump of machines whose page tables translate.c does not walk.
 *
 * What to mind with version 0.5.1 (Debian 12): its cache is searched linearly, so it must be kept
 * small (cache.size 32 instead of 1024); addrxlat.ostype must be set for kernel addresses to be
 * translated; clones are made with flags 0, or they have no translation at all; thousands of reads
 * of pages that the dump does not hold make it crash, so none are asked for.
 */
#include "image/image-priv.h"
#include "image/interval.h"

#include <errno.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <string.h>
#include <unistd.h>

#define CACHE_PAGES 32

typedef struct {
	kdump_ctx_t *ctx;
	addrxlat_ctx_t *xlat_ctx;
	addrxlat_sys_t *xlat_sys;
} Handle;

/* Shared: the extents, so that questions about frames need neither the library nor its locks. */
typedef struct {
	GArray *extents;	/* of AnzInterval; tag is the state */
	int *fds;
	guint nr_fds;
} Library;

static void free_handle(Handle *h)
{
	if (!h)
		return;
	if (h->xlat_sys)
		addrxlat_sys_decref(h->xlat_sys);
	if (h->xlat_ctx)
		addrxlat_ctx_decref(h->xlat_ctx);
	kdump_free(h->ctx);
	g_free(h);
}

static void library_free_handle(AnzImage *image)
{
	free_handle(image->handle);
	image->handle = NULL;
}

static void library_free(gpointer data)
{
	Library *lib = data;

	for (guint i = 0; i < lib->nr_fds; i++)
		if (lib->fds[i] >= 0)
			close(lib->fds[i]);
	g_free(lib->fds);
	g_clear_pointer(&lib->extents, g_array_unref);
	g_free(lib);
}

static const AnzInterval *extent_at(AnzImage *image, guint64 paddr)
{
	const GArray *list = ((Library *)image->shared->data)->extents;
	guint i = anz_intervals_find(list, paddr);

	return i < list->len ? &g_array_index(list, AnzInterval, i) : NULL;
}

static AnzMemState library_state(AnzImage *image, guint64 paddr)
{
	const AnzInterval *it = extent_at(image, paddr);

	return it && paddr >= it->start ? (AnzMemState)it->tag : ANZ_MEM_ABSENT;
}

static gboolean library_run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			    AnzMemState *state)
{
	const AnzInterval *it = extent_at(image, from);

	if (!it)
		return FALSE;
	*start = MAX(from, it->start);
	*end = it->end;
	*state = (AnzMemState)it->tag;
	return TRUE;
}

/* Only what the page map says is there is asked for: see the head of this file. */
static gsize library_read(AnzImage *image, guint64 paddr, void *buf, gsize len,
			  AnzMemState *stopped)
{
	Handle *h = image->handle;
	gsize done = 0;

	while (done < len) {
		const AnzInterval *it = extent_at(image, paddr + done);
		size_t part, got;

		*stopped = it && paddr + done >= it->start ? (AnzMemState)it->tag :
							     ANZ_MEM_ABSENT;
		if (*stopped != ANZ_MEM_PRESENT)
			return done;
		part = got = MIN(len - done, it->end - (paddr + done));
		if (kdump_read(h->ctx, KDUMP_MACHPHYSADDR, paddr + done, (guint8 *)buf + done,
			       &got) != KDUMP_OK || got < part) {
			*stopped = ANZ_MEM_LOST;
			return done + MIN(got, part);
		}
		done += part;
	}
	*stopped = ANZ_MEM_PRESENT;
	return done;
}

static gboolean library_translate(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len)
{
	Handle *h = image->handle;
	addrxlat_fulladdr_t addr = { .addr = vaddr, .as = ADDRXLAT_KVADDR };
	guint64 page = (guint64)1 << image->shared->block_shift;

	if (!h->xlat_ctx ||
	    addrxlat_fulladdr_conv(&addr, ADDRXLAT_KPHYSADDR, h->xlat_ctx, h->xlat_sys) !=
	    ADDRXLAT_OK)
		return FALSE;
	*paddr = addr.addr;
	*len = page - (vaddr & (page - 1));
	return TRUE;
}

static gboolean library_clone(AnzImage *to, AnzImage *from, GError **error)
{
	Handle *h = g_new0(Handle, 1), *old = from->handle;

	h->ctx = kdump_clone(old->ctx, 0);
	if (!h->ctx) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: libkdumpfile cannot make a second handle", from->shared->name);
		g_free(h);
		return FALSE;
	}
	if (old->xlat_ctx &&
	    kdump_get_addrxlat(h->ctx, &h->xlat_ctx, &h->xlat_sys) != KDUMP_OK)
		h->xlat_ctx = NULL;
	to->handle = h;
	return TRUE;
}

static const AnzBackend library_backend = {
	.state = library_state,
	.run = library_run,
	.read = library_read,
	.translate = library_translate,
	.clone = library_clone,
	.free_handle = library_free_handle,
	.free_data = library_free,
};

/* Appends the runs of set bits of a page map, as bytes. */
static void take_bitmap(kdump_ctx_t *ctx, const char *key, guint shift, AnzMemState state,
			GArray *out)
{
	kdump_attr_t attr = { .type = KDUMP_BITMAP };
	guint64 limit = ANZ_PADDR_END >> shift;
	kdump_addr_t first = 0, end;

	if (kdump_get_typed_attr(ctx, key, &attr) != KDUMP_OK)
		return;
	while (kdump_bmp_find_set(attr.val.bitmap, &first) == KDUMP_OK && first < limit) {
		AnzInterval it = { .tag = state };

		end = first;
		if (kdump_bmp_find_clear(attr.val.bitmap, &end) != KDUMP_OK || end > limit)
			end = limit;
		if (end <= first)
			break;
		it.start = it.pos = (guint64)first << shift;
		it.end = (guint64)end << shift;
		g_array_append_val(out, it);
		first = end;
	}
}

static gboolean open_library(AnzImage *image, Library *lib, Handle *h, GError **error)
{
	const GPtrArray *files = image->shared->files;
	const char *arch = NULL;

	h->ctx = kdump_new();
	if (!h->ctx) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: libkdumpfile cannot start",
			    image->shared->name);
		return FALSE;
	}
	lib->nr_fds = files->len;
	lib->fds = g_new(int, files->len);
	for (guint i = 0; i < files->len; i++)
		lib->fds[i] = open(((AnzFile *)g_ptr_array_index(files, i))->path,
				   O_RDONLY | O_CLOEXEC);
	kdump_set_number_attr(h->ctx, "cache.size", CACHE_PAGES);
	if (kdump_open_fdset(h->ctx, files->len, lib->fds) != KDUMP_OK) {
		const char *why = kdump_get_err(h->ctx);
		gboolean is_unknown = g_str_has_suffix(why, "Unknown file format");

		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not a dump in any known format%s%s%s; for plain memory contents say "
			    "raw:FILE", image->shared->name, is_unknown ? "" : " (libkdumpfile: ",
			    is_unknown ? "" : why, is_unknown ? "" : ")");
		return FALSE;
	}
	if (kdump_get_string_attr(h->ctx, KDUMP_ATTR_ARCH_NAME, &arch) != KDUMP_OK || !arch) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: libkdumpfile opens it but cannot tell its machine",
			    image->shared->name);
		return FALSE;
	}
	/* Without it there is no translation; a dump of another system may refuse it. */
	if (kdump_set_string_attr(h->ctx, KDUMP_ATTR_OSTYPE, "linux") == KDUMP_OK &&
	    kdump_get_addrxlat(h->ctx, &h->xlat_ctx, &h->xlat_sys) != KDUMP_OK) {
		h->xlat_ctx = NULL;
		h->xlat_sys = NULL;
	}
	return TRUE;
}

/* The probe found something of its own first (an ELF of another machine): drop that. */
static void drop_own_backend(AnzImage *image)
{
	AnzImageShared *shared = image->shared;

	if (!shared->backend)
		return;
	if (shared->backend->free_handle)
		shared->backend->free_handle(image);
	shared->backend->free_data(shared->data);
	image->handle = NULL;
	shared->data = NULL;
	shared->zero_is_ambiguous = FALSE;
	g_clear_pointer(&shared->format, g_free);
}

AnzProbe anz_kdumpfile_open(AnzImage *image, GError **error)
{
	AnzImageShared *shared = image->shared;
	Library *lib = g_new0(Library, 1);
	Handle *h = g_new0(Handle, 1);
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	const char *format = NULL, *arch = NULL;
	kdump_num_t shift = 12, order = KDUMP_LITTLE_ENDIAN;
	guint nr_present;
	char *text = NULL;

	if (!open_library(image, lib, h, error)) {
		free_handle(h);
		library_free(lib);
		return ANZ_PROBE_ERROR;
	}
	drop_own_backend(image);
	kdump_get_number_attr(h->ctx, KDUMP_ATTR_PAGE_SHIFT, &shift);
	kdump_get_number_attr(h->ctx, KDUMP_ATTR_BYTE_ORDER, &order);
	kdump_get_string_attr(h->ctx, KDUMP_ATTR_FILE_FORMAT, &format);
	kdump_get_string_attr(h->ctx, KDUMP_ATTR_ARCH_NAME, &arch);
	shift = CLAMP(shift, 12, 16);

	take_bitmap(h->ctx, KDUMP_ATTR_FILE_PAGEMAP, shift, ANZ_MEM_PRESENT, runs);
	nr_present = runs->len;
	take_bitmap(h->ctx, KDUMP_ATTR_MEMORY_PAGEMAP, shift, ANZ_MEM_EXCLUDED, runs);
	/* A format without a map of its file: what exists is there. */
	for (guint i = 0; nr_present == 0 && i < runs->len; i++)
		g_array_index(runs, AnzInterval, i).tag = ANZ_MEM_PRESENT;
	lib->extents = anz_intervals_flatten(runs);
	for (guint i = 0; i < lib->extents->len; i++) {
		const AnzInterval *it = &g_array_index(lib->extents, AnzInterval, i);

		shared->end_paddr = it->end;
		if (it->tag == ANZ_MEM_EXCLUDED)
			shared->is_filtered = TRUE;
	}
	shared->is_big = order == KDUMP_BIG_ENDIAN;
	shared->is_order_stated = TRUE;
	shared->block_shift = shift;
	shared->data = lib;
	shared->backend = &library_backend;
	image->handle = h;
	shared->format = g_strdup_printf("%s (read by libkdumpfile)", format ? format : "dump");
	anz_image_set_machine(image, arch);
	if (kdump_vmcoreinfo_raw(h->ctx, &text) == KDUMP_OK && text) {
		anz_image_take_vmcoreinfo(image, text, strlen(text), "note");
		free(text);
	}
	return ANZ_PROBE_YES;
}
