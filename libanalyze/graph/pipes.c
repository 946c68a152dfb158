/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages in pipes.  Inodes of pipes are on no file system's list, so open files are gone through: every
 * object of the slab cache that struct file has.  A page that was spliced in from a file stays that
 * file's.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "graph/slab.h"

#define MODE_TYPE 0170000	/* S_IFMT */
#define MODE_FIFO 0010000	/* S_IFIFO */
#define MAX_SPARE 16
#define MAX_SLOTS (1u << 20)	/* /proc/sys/fs/pipe-max-size is 256 pages unless root raises it */

typedef struct {
	AnzGraph *graph;
	AnzField file_inode;
	AnzField mode, ino, pipe;			/* inode */
	AnzField bufs, ring_size, head, tail;		/* pipe_inode_info */
	AnzField spare[MAX_SPARE];			/* pages kept for the next write */
	AnzField page;					/* pipe_buffer */
	guint64 stride;
	AnzRecord inode, info;
	guint64 broken;
} Builder;

static void claim_page(Builder *b, guint32 owner, guint64 page)
{
	guint64 pfn = page ? anz_kernel_page_pfn(b->graph->kernel, page) : G_MAXUINT64;

	if (pfn != G_MAXUINT64)
		anz_graph_claim_block(b->graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
}

static void claim_ring(Builder *b, guint32 owner)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 bufs = anz_record_get(&b->info, &b->bufs), page;
	guint32 size = anz_record_get(&b->info, &b->ring_size);
	guint32 at = anz_record_get(&b->info, &b->tail), used;

	used = (guint32)anz_record_get(&b->info, &b->head) - at;
	/* A power of two; head and tail only ever rise. */
	if (!bufs || !size || size > MAX_SLOTS || size & (size - 1) || used > size) {
		b->broken++;
		return;
	}
	for (; used; used--, at++)
		if (anz_kernel_read_u64(kernel, bufs + (at & (size - 1)) * b->stride + b->page.offset,
					&page))
			claim_page(b, owner, anz_kernel_untag(kernel, page));
	for (guint i = 0; i < G_N_ELEMENTS(b->spare); i++)
		claim_page(b, owner, anz_record_get(&b->info, &b->spare[i]));
}

static void add_file(guint64 file, gpointer data)
{
	Builder *b = data;
	AnzKernel *kernel = b->graph->kernel;
	guint64 inode, pipe;

	if (!anz_kernel_read_u64(kernel, file + b->file_inode.offset, &inode) || !inode ||
	    !anz_record_read(&b->inode, inode) ||
	    (anz_record_get(&b->inode, &b->mode) & MODE_TYPE) != MODE_FIFO)
		return;
	pipe = anz_kernel_untag(kernel, anz_record_get(&b->inode, &b->pipe));
	if (!pipe || anz_graph_find_owner(b->graph, ANZ_OWNER_PIPE, pipe) ||
	    !anz_record_read(&b->info, pipe))
		return;
	claim_ring(b, anz_graph_owner(b->graph, ANZ_OWNER_PIPE, pipe, "pipe:[%" G_GUINT64_FORMAT "]",
				      anz_record_get(&b->inode, &b->ino)));
}

/* One page until 5.16, then two, since 7.3 an array in a struct of its own: unused slots are NULL. */
static void resolve_spare(Builder *b)
{
	static const char *const arrays[] = { "prealloc.pages", "tmp_page" };
	AnzKernel *kernel = b->graph->kernel;
	guint64 nr, size;

	for (guint i = 0; i < G_N_ELEMENTS(arrays); i++) {
		if (!anz_kernel_array_len(kernel, "pipe_inode_info", arrays[i], &nr, &size))
			nr = 0;
		for (guint k = 0; k < MIN(nr, MAX_SPARE); k++) {
			g_autofree char *path = g_strdup_printf("%s[%u]", arrays[i], k);

			anz_field(kernel, "pipe_inode_info", path, &b->spare[k]);
		}
		if (nr)
			return;
	}
	anz_field(kernel, "pipe_inode_info", "tmp_page", &b->spare[0]);
}

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	anz_field(kernel, "inode", "i_mode", &b->mode);
	anz_field(kernel, "inode", "i_ino", &b->ino);
	anz_field(kernel, "inode", "i_pipe", &b->pipe);
	anz_field(kernel, "pipe_inode_info", "bufs", &b->bufs);
	anz_field(kernel, "pipe_inode_info", "ring_size", &b->ring_size);
	anz_field(kernel, "pipe_inode_info", "head", &b->head);
	anz_field(kernel, "pipe_inode_info", "tail", &b->tail);
	resolve_spare(b);
	return anz_field(kernel, "file", "f_inode", &b->file_inode) &&
	       anz_field(kernel, "pipe_buffer", "page", &b->page) &&
	       anz_kernel_sizeof(kernel, "pipe_buffer", &b->stride) && b->mode.known &&
	       b->pipe.known && b->bufs.known && b->ring_size.known && b->head.known &&
	       b->tail.known;
}

void anz_pipes_build(AnzGraph *graph)
{
	Builder b = { .graph = graph };
	int cache = anz_slabs_find(graph, "filp_cachep");

	if (cache < 0)
		cache = anz_slabs_named(graph, "filp", "file");
	if (cache < 0 || !resolve(&b))
		return;
	anz_record_init_type(&b.inode, graph->kernel, "inode");
	anz_record_init_type(&b.info, graph->kernel, "pipe_inode_info");
	anz_slabs_each_object(graph, cache, add_file, &b);
	if (b.broken)
		anz_kernel_remark(graph->kernel, "warning", "pipe", b.broken,
				  "pipes whose ring of buffers makes no sense");
	anz_record_clear(&b.inode);
	anz_record_clear(&b.info);
}
