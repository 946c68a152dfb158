/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handle: questions about frames and reads, put to whichever format the dump has.  The formats
 * answer in bytes; here bytes become frames of the dumped kernel's page size.
 */
#include "image/image-priv.h"
#include "image/interval.h"

#include <string.h>

const char *anz_image_format(const AnzImage *image)
{
	return image->shared->format;
}

AnzArch anz_image_arch(const AnzImage *image)
{
	return image->shared->arch;
}

const char *anz_image_arch_name(const AnzImage *image)
{
	return image->shared->arch_name;
}

gboolean anz_image_is_big_endian(const AnzImage *image)
{
	return image->shared->is_big;
}

guint anz_image_page_shift(const AnzImage *image)
{
	return image->shared->page_shift;
}

guint64 anz_image_file_bytes(const AnzImage *image)
{
	guint64 sum = 0;

	for (guint i = 0; i < image->shared->files->len; i++)
		sum += ((AnzFile *)g_ptr_array_index(image->shared->files, i))->disk_bytes;
	/* Live memory is a file without an end. */
	return sum < G_MAXINT64 ? sum : 0;
}

gboolean anz_image_is_live(const AnzImage *image)
{
	return image->shared->is_live;
}

const char *anz_read_for_name(AnzReadFor what)
{
	static const char *const names[ANZ_N_READS] = {
		"opening", "page-tables", "struct-pages", "free-lists", "descriptors", "slabs", "cgroups",
		"files", "processes", "areas", "buffers", "pointers", "charges", "checks", "rest",
	};

	return names[what];
}

void anz_image_reading_for(AnzImage *image, AnzReadFor what)
{
	image->shared->reading_for = what;
}

guint64 anz_image_bytes_read(const AnzImage *image, AnzReadFor what)
{
	return (gsize)g_atomic_pointer_get(&image->shared->bytes_read[what]);
}

void anz_image_forget(AnzImage *image)
{
	anz_xlat_forget(&image->xlat);
}

static void count_read(const AnzImage *image, gsize len)
{
	AnzImageShared *shared = image->shared;
	AnzReadFor what = image->in_tables ? ANZ_READ_TABLES : shared->reading_for;

	if (shared->is_live)
		g_atomic_pointer_add(&shared->bytes_read[what], (gssize)len);
}

gboolean anz_image_is_filtered(const AnzImage *image)
{
	return image->shared->is_filtered;
}

gboolean anz_image_is_incomplete(const AnzImage *image)
{
	return image->shared->is_incomplete;
}

gboolean anz_image_zero_is_ambiguous(const AnzImage *image)
{
	return image->shared->zero_is_ambiguous;
}

const char *anz_image_vmcoreinfo_origin(const AnzImage *image)
{
	return image->shared->vmcoreinfo_origin;
}

const AnzVmcoreinfo *anz_image_vmcoreinfo(const AnzImage *image)
{
	return image->shared->vmcoreinfo;
}

gboolean anz_image_can_translate(const AnzImage *image)
{
	return image->xlat.arch != ANZ_ARCH_OTHER || image->shared->backend->read_virt ||
	       image->shared->backend->translate;
}

guint64 anz_image_max_pfn(const AnzImage *image)
{
	guint shift = image->shared->page_shift;

	return (image->shared->end_paddr >> shift) +
	       ((image->shared->end_paddr & (((guint64)1 << shift) - 1)) != 0);
}

gboolean anz_image_byte_run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			    AnzMemState *state)
{
	const AnzBackend *backend = image->shared->backend;
	guint64 next_start, next_end;
	AnzMemState next;

	if (from >= image->shared->end_paddr || !backend->run(image, from, start, end, state))
		return FALSE;
	while (*end < image->shared->end_paddr &&
	       backend->run(image, *end, &next_start, &next_end, &next) &&
	       next_start == *end && next == *state)
		*end = next_end;
	return TRUE;
}

/* One state for two parts of a page: what is cut off is lost; what nobody describes is nothing. */
static AnzMemState combine(AnzMemState a, AnzMemState b)
{
	return a == ANZ_MEM_LOST || b == ANZ_MEM_LOST ? ANZ_MEM_LOST : MIN(a, b);
}

/*
 * A page of which only part is described (a segment that begins or ends inside it, a kernel page
 * larger than the dump's blocks) counts as PRESENT if a part is there; reads stop where the bytes
 * do.
 */
static AnzMemState page_state(AnzImage *image, guint64 pfn)
{
	guint64 at = pfn << image->shared->page_shift;
	guint64 page_end = at + ((guint64)1 << image->shared->page_shift), start, end;
	AnzMemState sum = ANZ_MEM_ABSENT, state;

	while (at < page_end && anz_image_byte_run(image, at, &start, &end, &state) &&
	       start < page_end) {
		sum = combine(sum, state);
		at = end;
	}
	return sum;
}

static gboolean is_beyond(const AnzImage *image, guint64 pfn)
{
	return pfn >= ANZ_PADDR_END >> image->shared->page_shift;
}

AnzMemState anz_image_pfn_state(AnzImage *image, guint64 pfn)
{
	AnzImageShared *shared = image->shared;
	guint64 paddr, start, end;
	AnzMemState state;

	if (is_beyond(image, pfn))
		return ANZ_MEM_ABSENT;
	paddr = pfn << shared->page_shift;
	if (shared->block_shift >= shared->page_shift)
		return shared->backend->state(image, paddr);
	if (!shared->backend->run(image, paddr, &start, &end, &state))
		return ANZ_MEM_ABSENT;
	if (start == paddr && end - start >= (guint64)1 << shared->page_shift)
		return state;
	return page_state(image, pfn);
}

gboolean anz_image_ram_run(AnzImage *image, guint64 from, guint64 *start, guint64 *nr_pages,
			   AnzMemState *state)
{
	guint shift = image->shared->page_shift;
	guint64 mask = ((guint64)1 << shift) - 1, byte_start, byte_end;
	gboolean have = FALSE;

	for (guint64 pfn = from; !is_beyond(image, pfn);) {
		guint64 first, nr = 1;
		AnzMemState now;

		if (!anz_image_byte_run(image, pfn << shift, &byte_start, &byte_end, &now))
			break;
		first = byte_start >> shift;
		/* Pages wholly inside the run; if there is none, the page at its start. */
		if ((byte_start & mask) == 0 && byte_end - byte_start > mask)
			nr = (byte_end - byte_start) >> shift;
		else
			now = page_state(image, first);
		if (have && (first != *start + *nr_pages || now != *state))
			break;
		if (!have) {
			*start = first;
			*nr_pages = 0;
			*state = now;
			have = TRUE;
		}
		*nr_pages += nr;
		pfn = first + nr;
	}
	return have;
}

gsize anz_image_read_phys(AnzImage *image, guint64 paddr, void *buf, gsize len,
			  AnzMemState *stopped)
{
	AnzMemState unused;
	gsize room = len, done;

	if (!stopped)
		stopped = &unused;
	*stopped = ANZ_MEM_ABSENT;
	if (paddr >= ANZ_PADDR_END)
		return 0;
	if (room > ANZ_PADDR_END - paddr)
		room = ANZ_PADDR_END - paddr;
	done = image->shared->backend->read(image, paddr, buf, room, stopped);
	count_read(image, done);
	if (done == room && room < len)
		*stopped = ANZ_MEM_ABSENT;
	return done;
}

gsize anz_image_read_table(AnzImage *image, guint64 paddr, void *buf, gsize len,
			   AnzMemState *stopped)
{
	gsize done;

	image->in_tables = TRUE;
	done = anz_image_read_phys(image, paddr, buf, len, stopped);
	image->in_tables = FALSE;
	return done;
}

const void *anz_image_map_phys(AnzImage *image, guint64 paddr, gsize *avail)
{
	if (!image->shared->backend->map || paddr >= ANZ_PADDR_END)
		return NULL;
	return image->shared->backend->map(image, paddr, avail);
}

/*
 * By the program headers of an ELF file, which say where the dumping kernel had each segment: for
 * machines whose page tables nobody here can walk, and where the tables are not in the dump.
 */
static gboolean by_segment(const AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len)
{
	const GArray *list = image->shared->segments;
	guint i = list ? anz_intervals_find(list, vaddr) : 0;
	const AnzInterval *it = list && i < list->len ? &g_array_index(list, AnzInterval, i) : NULL;

	if (!it || vaddr < it->start)
		return FALSE;
	*paddr = it->pos + (vaddr - it->start);
	*len = it->end - vaddr;
	return TRUE;
}

static AnzXlatResult translate(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len,
			       AnzMemState *stopped)
{
	const AnzBackend *backend = image->shared->backend;
	AnzXlatResult result;

	if (image->xlat.arch == ANZ_ARCH_OTHER && backend->translate) {
		*stopped = ANZ_MEM_ABSENT;
		result = backend->translate(image, vaddr, paddr, len) ? ANZ_XLAT_OK :
									ANZ_XLAT_UNMAPPED;
	} else {
		result = anz_xlat_walk(image, vaddr, paddr, len, stopped);
	}
	/* Tables that were read and map nothing there have the last word. */
	if (result == ANZ_XLAT_OK ||
	    (image->xlat.arch != ANZ_ARCH_OTHER && result == ANZ_XLAT_UNMAPPED))
		return result;
	return by_segment(image, vaddr, paddr, len) ? ANZ_XLAT_OK : result;
}

gboolean anz_image_translate(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len)
{
	AnzMemState stopped;
	guint64 unused;

	return translate(image, vaddr, paddr, len ? len : &unused, &stopped) == ANZ_XLAT_OK;
}

/* What page tables do not map, the source itself may know how to read. */
static gsize read_untranslated(AnzImage *image, guint64 vaddr, void *buf, gsize len,
			       AnzMemState *stopped)
{
	const AnzBackend *backend = image->shared->backend;
	gsize got = backend->read_virt ? backend->read_virt(image, vaddr, buf, len) : 0;

	count_read(image, got);
	if (got == len)
		*stopped = ANZ_MEM_PRESENT;
	return got;
}

gsize anz_image_read_virt(AnzImage *image, guint64 vaddr, void *buf, gsize len,
			  AnzMemState *stopped)
{
	AnzMemState unused;
	gsize done = 0;

	if (!stopped)
		stopped = &unused;
	*stopped = ANZ_MEM_PRESENT;
	while (done < len) {
		guint64 paddr, run, next, more;
		gsize part, got;

		if (vaddr + done < vaddr) {
			*stopped = ANZ_MEM_ABSENT;
			break;
		}
		if (translate(image, vaddr + done, &paddr, &run, stopped) != ANZ_XLAT_OK) {
			done += read_untranslated(image, vaddr + done, (guint8 *)buf + done,
						  len - done, stopped);
			break;
		}
		/* Neighbouring leaves are often neighbours in memory too: one read for them. */
		while (run < len - done && vaddr + done + run > vaddr &&
		       translate(image, vaddr + done + run, &next, &more, stopped) ==
		       ANZ_XLAT_OK && next == paddr + run)
			run += more;
		part = MIN(len - done, run);
		got = anz_image_read_phys(image, paddr, (guint8 *)buf + done, part, stopped);
		done += got;
		if (got < part)
			break;
	}
	return done;
}

const void *anz_image_map_virt(AnzImage *image, guint64 vaddr, gsize len)
{
	const void *bytes = NULL;
	gsize avail = 0, done = 0;
	guint64 first = 0, paddr, run;
	AnzMemState stopped;

	if (!image->shared->backend->map || image->shared->is_live || image->shared->may_change ||
	    vaddr + len < vaddr)
		return NULL;
	for (; done < len; done += MIN(run, len - done)) {
		if (translate(image, vaddr + done, &paddr, &run, &stopped) != ANZ_XLAT_OK ||
		    (done && paddr != first + done))
			return NULL;
		first = paddr - done;
	}
	bytes = anz_image_map_phys(image, first, &avail);
	if (!bytes || avail < len)
		return NULL;
	anz_file_will_need(bytes, len);
	return bytes;
}

AnzImage *anz_image_clone(AnzImage *image, GError **error)
{
	AnzImage *clone = g_new0(AnzImage, 1);

	clone->shared = image->shared;
	clone->is_clone = TRUE;
	clone->xlat = image->xlat;
	clone->options = image->options;
	if (image->shared->backend->clone &&
	    !image->shared->backend->clone(clone, image, error)) {
		g_free(clone);
		return NULL;
	}
	return clone;
}

void anz_image_free(AnzImage *image)
{
	AnzImageShared *shared;

	if (!image)
		return;
	shared = image->shared;
	if (shared->backend && shared->backend->free_handle)
		shared->backend->free_handle(image);
	if (!image->is_clone) {
		if (shared->data)
			shared->backend->free_data(shared->data);
		g_clear_pointer(&shared->files, g_ptr_array_unref);
		g_clear_pointer(&shared->segments, g_array_unref);
		anz_vmcoreinfo_free(shared->vmcoreinfo);
		g_free(shared->vmcoreinfo_origin);
		g_free(shared->name);
		g_free(shared->format);
		g_free(shared->arch_name);
		g_free(shared);
		g_free((char *)image->options.vmcoreinfo_path);
		g_free((char *)image->options.temp_dir);
	}
	g_free(image);
}

void anz_image_log(const AnzImage *image, const char *format, ...)
{
	g_autofree char *line = NULL;
	va_list args;

	if (!image->options.log)
		return;
	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	image->options.log(line, image->options.log_data);
}

gboolean anz_image_is_cancelled(const AnzImage *image)
{
	return anz_is_cancelled(image->options.cancel);
}
