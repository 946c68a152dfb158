/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory stored as it was: a sorted list of disjoint extents, each a run of physical addresses and
 * its place in a file.  Serves ELF and raw dumps, and any file that can be read at an offset.
 */
#include "image/image-priv.h"
#include "image/interval.h"

#include <string.h>

/* In a tag: number of the file, and the state in the low bits. */
#define TAG(file, state) ((guint32)(file) << 2 | (state))
#define TAG_FILE(tag) ((tag) >> 2)
#define TAG_STATE(tag) ((AnzMemState)((tag) & 3))

typedef struct {
	GArray *list;	/* of AnzInterval */
} Extents;

/* The extent at or after @paddr.  Handles remember the last one: neighbours are asked next. */
static const AnzInterval *extent_at(AnzImage *image, guint64 paddr)
{
	const GArray *list = ((Extents *)image->shared->data)->list;
	guint hint = GPOINTER_TO_UINT(image->handle);

	if (hint < list->len) {
		const AnzInterval *it = &g_array_index(list, AnzInterval, hint);

		if (paddr >= it->start && paddr < it->end)
			return it;
	}
	hint = anz_intervals_find(list, paddr);
	if (hint >= list->len)
		return NULL;
	image->handle = GUINT_TO_POINTER(hint);
	return &g_array_index(list, AnzInterval, hint);
}

static AnzMemState extents_state(AnzImage *image, guint64 paddr)
{
	const AnzInterval *it = extent_at(image, paddr);

	return it && paddr >= it->start ? TAG_STATE(it->tag) : ANZ_MEM_ABSENT;
}

static gboolean extents_run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			    AnzMemState *state)
{
	const AnzInterval *it = extent_at(image, from);

	if (!it)
		return FALSE;
	*start = MAX(from, it->start);
	*end = it->end;
	*state = TAG_STATE(it->tag);
	return TRUE;
}

static gsize extents_read(AnzImage *image, guint64 paddr, void *buf, gsize len,
			  AnzMemState *stopped)
{
	gsize done = 0;

	while (done < len) {
		const AnzInterval *it = extent_at(image, paddr + done);
		guint64 skip;
		gsize part, got;

		*stopped = ANZ_MEM_ABSENT;
		if (!it || paddr + done < it->start)
			return done;
		*stopped = TAG_STATE(it->tag);
		if (*stopped != ANZ_MEM_PRESENT)
			return done;
		skip = paddr + done - it->start;
		part = MIN(len - done, it->end - it->start - skip);
		got = anz_file_read(g_ptr_array_index(image->shared->files, TAG_FILE(it->tag)),
				    it->pos + skip, (guint8 *)buf + done, part);
		done += got;
		if (got < part) {
			*stopped = ANZ_MEM_LOST;
			return done;
		}
	}
	*stopped = ANZ_MEM_PRESENT;
	return done;
}

static const void *extents_map(AnzImage *image, guint64 paddr, gsize *avail)
{
	const AnzInterval *it = extent_at(image, paddr);
	const guint8 *at;

	if (!it || paddr < it->start || TAG_STATE(it->tag) != ANZ_MEM_PRESENT)
		return NULL;
	at = anz_file_map(g_ptr_array_index(image->shared->files, TAG_FILE(it->tag)),
			  it->pos + (paddr - it->start), avail);
	if (at)
		*avail = MIN(*avail, it->end - paddr);
	return at;
}

static gboolean extents_clone(AnzImage *to, AnzImage *from, GError **error)
{
	(void)error;
	to->handle = from->handle;
	return TRUE;
}

static void extents_free(gpointer data)
{
	Extents *extents = data;

	g_array_unref(extents->list);
	g_free(extents);
}

static const AnzBackend extents_backend = {
	.state = extents_state,
	.run = extents_run,
	.read = extents_read,
	.map = extents_map,
	.clone = extents_clone,
	.free_data = extents_free,
};

/* Cuts @it where its file ends (or, flattened and cut off, has holes) into present and lost. */
static void split_at_holes(const GPtrArray *files, const AnzInterval *it, GArray *present,
			   GArray *lost)
{
	const AnzFile *file = g_ptr_array_index(files, it->tag);
	AnzInterval left = *it;

	while (left.start < left.end) {
		gboolean is_there;
		guint64 len = anz_file_run(file, left.pos, left.end - left.start, &is_there);
		AnzInterval piece = left;

		piece.end = left.start + len;
		piece.tag = TAG(it->tag, is_there ? ANZ_MEM_PRESENT : ANZ_MEM_LOST);
		if (is_there) {
			g_array_append_val(present, piece);
		} else {
			piece.pos = piece.start;
			g_array_append_val(lost, piece);
		}
		left.start += len;
		left.pos += len;
	}
}

void anz_extents_new(AnzImage *image, GArray *present, GArray *excluded)
{
	g_autoptr(GArray) all = g_array_sized_new(FALSE, FALSE, sizeof(AnzInterval),
						  present->len + excluded->len);
	g_autoptr(GArray) lost = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	Extents *extents = g_new0(Extents, 1);
	AnzImageShared *shared = image->shared;

	for (guint i = 0; i < present->len; i++)
		split_at_holes(shared->files, &g_array_index(present, AnzInterval, i), all,
			       lost);
	g_array_append_vals(all, lost->data, lost->len);
	for (guint i = 0; i < excluded->len; i++) {
		AnzInterval it = g_array_index(excluded, AnzInterval, i);

		it.tag = TAG(0, ANZ_MEM_EXCLUDED);
		it.pos = it.start;
		g_array_append_val(all, it);
	}
	g_array_unref(present);
	g_array_unref(excluded);

	extents->list = anz_intervals_flatten(all);
	for (guint i = 0; i < extents->list->len; i++) {
		const AnzInterval *it = &g_array_index(extents->list, AnzInterval, i);

		shared->end_paddr = it->end;
		if (TAG_STATE(it->tag) == ANZ_MEM_LOST)
			shared->is_incomplete = TRUE;
		if (TAG_STATE(it->tag) == ANZ_MEM_EXCLUDED)
			shared->is_filtered = shared->zero_is_ambiguous = TRUE;
	}
	for (guint i = 0; i < shared->files->len; i++)
		anz_file_expect_random(g_ptr_array_index(shared->files, i));
	shared->data = extents;
	shared->backend = &extents_backend;
}
