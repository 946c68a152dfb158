/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A search of physical memory for VMCOREINFO, in dumps that carry no note.
 *
 * The kernel keeps the text in a page of its own (vmcoreinfo_data, from get_zeroed_page()) and a
 * copy as an ELF note in another (vmcoreinfo_note, page-aligned too), both made at boot
 * (kernel/vmcore_info.c).  So only the first bytes of pages are looked at; copies in log buffers,
 * page cache or a nested guest's memory begin elsewhere or fail the test below.
 */
#include "image/image-priv.h"
#include "image/note.h"

#include <string.h>

#define STEP 4096		/* pages may be larger, but none begin between */
#define MAX_TEXT 65536		/* VMCOREINFO_BYTES is a page */
#define MAX_CANDIDATES 64

static const char text_start[] = "OSRELEASE=";
/* Header of the kernel's note, in either byte order: name of 11 bytes, size, type 0, name. */
static const char note_name[12] = "VMCOREINFO\0";

/* What a reader cannot do without; also tells the text from somebody's quotation of it. */
static gboolean looks_complete(const AnzVmcoreinfo *info)
{
	guint64 any;

	return anz_vmcoreinfo_line(info, "OSRELEASE") && anz_vmcoreinfo_line(info, "PAGESIZE") &&
	       (anz_vmcoreinfo_symbol(info, "swapper_pg_dir", &any) ||
		anz_vmcoreinfo_symbol(info, "init_top_pgt", &any) ||
		anz_vmcoreinfo_symbol(info, "init_uts_ns", &any));
}

typedef struct {
	guint64 paddr;
	char *text;
	gsize len;
	gint score;
} Candidate;

static void clear_candidate(gpointer data)
{
	g_free(((Candidate *)data)->text);
}

/*
 * 2: the page tables that the text names are there and map themselves; so it belongs to the
 * kernel that ran.  1: no such proof.  A text that a crash appended CRASHTIME= to beats its twin.
 */
static gint score(AnzImage *image, const AnzVmcoreinfo *info)
{
	AnzXlat before = image->xlat;
	AnzImageOptions options = image->options;
	gint points = 1;

	image->options.log = NULL;
	if (anz_xlat_setup_vmcoreinfo(image, info, NULL) && image->xlat.is_proved)
		points = 2;
	image->xlat = before;
	image->options = options;
	return points * 2 + (anz_vmcoreinfo_line(info, "CRASHTIME") != NULL);
}

/* @head: the first bytes of the page at @paddr. */
static void consider(AnzImage *image, guint64 paddr, const guint8 *head, GArray *found)
{
	g_autofree char *text = NULL;
	g_autoptr(AnzVmcoreinfo) info = NULL;
	gsize skip = 0, room = MAX_TEXT, len;
	Candidate c;

	if (memcmp(head, text_start, sizeof(text_start) - 1) != 0) {
		/* Plain memory does not say its byte order. */
		gboolean is_big = anz_load32(head, TRUE) == sizeof(note_name) - 1;
		guint32 size = anz_load32(head + 4, is_big);

		if (anz_load32(head, is_big) != sizeof(note_name) - 1 ||
		    anz_load32(head + 8, is_big) != 0 ||
		    memcmp(head + 12, note_name, sizeof(note_name)) != 0 || size == 0 ||
		    size > MAX_TEXT)
			return;
		skip = 12 + sizeof(note_name);
		room = size;
	}
	text = g_malloc(room);
	len = anz_image_read_phys(image, paddr + skip, text, room, NULL);
	len = strnlen(text, len);
	info = anz_vmcoreinfo_parse(text, len);
	if (!looks_complete(info))
		return;
	c = (Candidate){ paddr, g_steal_pointer(&text), len, score(image, info) };
	g_array_append_val(found, c);
}

static void scan(AnzImage *image, GArray *found)
{
	guint64 start, end = 0;
	AnzMemState state;

	while (anz_image_byte_run(image, end, &start, &end, &state)) {
		if (state != ANZ_MEM_PRESENT)
			continue;
		for (guint64 at = (start + STEP - 1) & ~(guint64)(STEP - 1); at < end;) {
			gsize avail = 0, pages = 1;
			const guint8 *in_place = anz_image_map_phys(image, at, &avail);
			guint8 head[24];

			if ((at >> 12) % 1024 == 0 && anz_image_is_cancelled(image))
				return;
			if (in_place && avail >= STEP)
				pages = avail / STEP;
			for (gsize i = 0; i < pages && found->len < MAX_CANDIDATES; i++) {
				const guint8 *page = in_place + i * STEP;

				if (!in_place || avail < STEP) {
					if (image->shared->backend->is_zero &&
					    image->shared->backend->is_zero(image, at))
						break;
					if (anz_image_read_phys(image, at, head,
								sizeof(head), NULL) !=
					    sizeof(head))
						break;
					page = head;
				}
				/* The two first bytes rule out nearly every page. */
				if (page[0] != 'O' && page[0] + page[3] != 11)
					continue;
				consider(image, at + i * STEP, page, found);
			}
			at += pages * STEP;
		}
	}
}

gboolean anz_vmcoreinfo_search(AnzImage *image)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Candidate));
	g_autofree char *origin = NULL;
	const Candidate *best = NULL;
	guint others = 0;

	g_array_set_clear_func(found, clear_candidate);
	anz_image_log(image, "%s: no VMCOREINFO in the dump's headers; searching memory for it",
		      image->shared->name);
	scan(image, found);
	for (guint i = 0; i < found->len; i++) {
		const Candidate *c = &g_array_index(found, Candidate, i);

		if (!best || c->score > best->score)
			best = c;
	}
	if (!best) {
		if (!anz_image_is_cancelled(image))
			anz_image_log(image, "%s: no VMCOREINFO in memory either",
				      image->shared->name);
		return FALSE;
	}
	for (guint i = 0; i < found->len; i++) {
		const Candidate *c = &g_array_index(found, Candidate, i);
		gsize common = MIN(c->len, best->len);

		/* The note and the text page are twins, but for what a crash appended. */
		if (memcmp(c->text, best->text, common) != 0)
			others++;
	}
	origin = g_strdup_printf("memory at 0x%" G_GINT64_MODIFIER "x", best->paddr);
	anz_image_log(image, "%s: VMCOREINFO found in %s", image->shared->name, origin);
	if (others)
		anz_image_log(image, "%s: %u other, different VMCOREINFO text%s in memory (of a "
			      "crash kernel, an earlier boot or a guest); %s", image->shared->name,
			      others, others == 1 ? "" : "s", best->score >= 4 ?
			      "chose the one whose page tables are in the dump" :
			      "none could be verified: give the right one with --vmcoreinfo");
	return anz_image_take_vmcoreinfo(image, best->text, best->len, origin);
}
