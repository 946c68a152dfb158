/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the struct page array out of kdump-compressed dumps, beside libkdumpfile with its own
 * settings reading the same pages in pieces of the same length, in the same run:
 *
 *	bench-kdump MKCORE RECIPE
 *
 * Best of a few by turns; processor time of one thread, and wall time of two (of a machine that has
 * nothing else to do), because those may wait for each other.  Two threads share the array, and have
 * a handle (libkdumpfile: a clone) each.  What the readers give must be the same bytes, or the
 * benchmark fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>

#include "kernel/kernel.h"
#include "measure.h"
#include "rows.h"

#define TIMES 7
#define AT_ONCE 16	/* pages a read, where they are contiguous */
#define PAGE_BYTES 4096

typedef struct {
	const char *name;
	const char *format;	/* for mkcore */
	const char *files[4];	/* what it makes */
	const char *beside;	/* libkdumpfile cannot open it: our own reading of that one instead */
} Format;

static const Format formats[] = {
	{ "zlib", "kdump-zlib", { "vmcore.zlib" } },
	{ "lzo", "kdump-lzo", { "vmcore.lzo" } },
	{ "snappy", "kdump-snappy", { "vmcore.snappy" } },
	{ "zstd", "kdump-zstd", { "vmcore.zstd" } },
	{ "zlib, split", "kdump-zlib-split",
	  { "vmcore.zlib-split.1", "vmcore.zlib-split.2", "vmcore.zlib-split.3" } },
	{ "zlib, flattened", "kdump-zlib-flat", { "vmcore.zlib-flat" }, "zlib" },
};

/* Pages of the array, as stretches of physical memory. */
typedef struct {
	guint64 paddr;
	gsize at, len;	/* in the buffers */
} Piece;

typedef struct {
	GArray *pieces;
	gsize bytes;
} Work;

typedef struct {
	const Work *work;
	AnzImage *ours;
	kdump_ctx_t *theirs;
	guint8 *buffer;
	guint first, end;	/* pieces */
} Share;

static void add_array(const AnzKernel *kernel, AnzImage *image, Work *work)
{
	work->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 end = section->page_array + section->nr_pages * kernel->format.stride;

		for (guint64 at = section->page_array; at < end; at += PAGE_BYTES) {
			Piece *last = work->pieces->len ?
				&g_array_index(work->pieces, Piece, work->pieces->len - 1) : NULL;
			Piece piece = { .at = work->bytes, .len = PAGE_BYTES };
			guint64 len;

			if (!anz_image_translate(image, at, &piece.paddr, &len))
				continue;
			if (last && last->paddr + last->len == piece.paddr &&
			    last->len < AT_ONCE * PAGE_BYTES)
				last->len += PAGE_BYTES;
			else
				g_array_append_val(work->pieces, piece);
			work->bytes += PAGE_BYTES;
		}
	}
}

static gpointer read_share(gpointer data)
{
	Share *share = data;

	for (guint i = share->first; i < share->end; i++) {
		const Piece *piece = &g_array_index(share->work->pieces, Piece, i);
		AnzMemState stopped;
		size_t len = piece->len;

		if (share->ours)
			len = anz_image_read_phys(share->ours, piece->paddr, share->buffer + piece->at,
						  len, &stopped);
		else if (kdump_read(share->theirs, KDUMP_MACHPHYSADDR, piece->paddr,
				    share->buffer + piece->at, &len) != KDUMP_OK)
			g_error("libkdumpfile: %s", kdump_get_err(share->theirs));
		if (len != piece->len)
			g_error("0x%" G_GINT64_MODIFIER "x: not read", piece->paddr);
	}
	return NULL;
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Thousands of pages a second. */
static double read_all(const Work *work, AnzImage *ours, kdump_ctx_t *theirs, guint threads,
		       guint8 *buffer)
{
	AnzImage *clone = ours && threads > 1 ? anz_image_clone(ours, NULL) : NULL;
	kdump_ctx_t *their_clone = theirs && threads > 1 ? kdump_clone(theirs, 0) : NULL;
	guint middle = threads > 1 ? work->pieces->len / 2 : work->pieces->len;
	Share shares[] = {
		{ work, ours, theirs, buffer, 0, middle },
		{ work, clone, their_clone, buffer, middle, work->pieces->len },
	};
	clockid_t clock = threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
	double began = seconds_of(clock), took;
	GThread *other = threads > 1 ? g_thread_new("second", read_share, &shares[1]) : NULL;

	read_share(&shares[0]);
	if (other)
		g_thread_join(other);
	took = seconds_of(clock) - began;
	anz_image_free(clone);
	if (their_clone)
		kdump_free(their_clone);
	return work->bytes / PAGE_BYTES / MAX(took, 1e-6) / 1e3;
}

static kdump_ctx_t *open_theirs(char **paths, const char *arch)
{
	kdump_ctx_t *ctx = kdump_new();
	int fds[4];
	guint nr = 0;

	for (; paths[nr]; nr++)
		fds[nr] = open(paths[nr], O_RDONLY | O_CLOEXEC);
	kdump_set_string_attr(ctx, KDUMP_ATTR_ARCH_NAME, arch);
	if (kdump_open_fdset(ctx, nr, fds) == KDUMP_OK)
		return ctx;
	g_error("libkdumpfile: %s", kdump_get_err(ctx));
}

static AnzImage *open_ours(char **paths)
{
	g_autoptr(GError) error = NULL;
	AnzImage *image = anz_image_open((const char *const *)paths, NULL, &error);

	if (!image)
		g_error("%s", error->message);
	return image;
}

static gboolean measure_format(BenchRows *rows, const Format *format, const char *folder,
			       const Work *work, const guint8 *wanted, double zlib[2])
{
	g_auto(GStrv) paths = g_new0(char *, G_N_ELEMENTS(format->files) + 1);
	g_autofree guint8 *buffer = g_malloc(work->bytes);
	g_autoptr(AnzImage) ours = NULL;
	kdump_ctx_t *theirs = NULL;
	double best[2] = { 0 }, their_best[2] = { 0 };
	gboolean same = TRUE;

	for (guint i = 0; i < G_N_ELEMENTS(format->files) && format->files[i]; i++)
		paths[i] = g_build_filename(folder, format->files[i], NULL);
	ours = open_ours(paths);
	if (!format->beside)
		theirs = open_theirs(paths, anz_image_arch_name(ours));
	for (guint i = 0; i < TIMES; i++) {
		for (guint t = 0; t < 2; t++) {
			memset(buffer, 0xa5, work->bytes);
			best[t] = MAX(best[t], read_all(work, ours, NULL, t + 1, buffer));
			same &= !memcmp(buffer, wanted, work->bytes);
			if (!theirs)
				continue;
			memset(buffer, 0xa5, work->bytes);
			their_best[t] = MAX(their_best[t],
					    read_all(work, NULL, theirs, t + 1, buffer));
			same &= !memcmp(buffer, wanted, work->bytes);
		}
	}
	for (guint t = 0; t < 2; t++) {
		g_autofree char *what = g_strdup_printf("%s, %s", format->name,
							t ? "two threads" : "one thread");

		if (!strcmp(format->name, "zlib"))
			zlib[t] = best[t];
		bench_rows_add(rows, (BenchRow){
			.what = what, .value = best[t], .unit = "kpages/s", .more_is_better = TRUE,
			.against = theirs ? "libkdumpfile, one thread" : "not flattened",
			.floor = theirs ? their_best[0] : zlib[t],
			.target_ratio = !theirs ? 0 : t ? 4 : 2 });
	}
	if (theirs) {
		g_autofree char *what = g_strdup_printf("%s, two threads each", format->name);

		bench_rows_add(rows, (BenchRow){
			.what = what, .value = best[1], .unit = "kpages/s", .more_is_better = TRUE,
			.against = "libkdumpfile, two threads", .floor = their_best[1] });
	}
	if (theirs)
		kdump_free(theirs);
	if (!same)
		printf("%s: not the bytes of the ELF dump\n", format->name);
	return same;
}

static void make_dumps(const char *mkcore, const char *recipe, const char *folder)
{
	g_autoptr(GString) list = g_string_new("elf");
	g_autoptr(GError) error = NULL;
	const char *argv[] = { mkcore, recipe, "-o", folder, "--formats", NULL, NULL };
	int status;

	for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
		g_string_append_printf(list, ",%s", formats[i].format);
	argv[5] = list->str;
	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
			  NULL, &status, &error) ||
	    !g_spawn_check_wait_status(status, &error))
		g_error("%s: %s", mkcore, error->message);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL);
	g_autofree char *elf = g_build_filename(folder, "vmcore", NULL);
	g_autofree char *vmlinux = g_build_filename(folder, "vmlinux", NULL);
	char *paths[] = { elf, NULL };
	const char *files[] = { vmlinux, NULL };
	AnzTypesOptions options = { .files = files, .dump_name = elf };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = NULL;
	g_autoptr(AnzTypes) types = NULL;
	g_autoptr(AnzKernel) kernel = NULL;
	g_autofree guint8 *wanted = NULL;
	double zlib[2] = { 0 };
	gboolean same = TRUE;
	BenchRows *rows;
	Work work = { 0 };

	if (argc != 3) {
		fprintf(stderr, "usage: bench-kdump MKCORE RECIPE\n");
		return 2;
	}
	make_dumps(argv[1], argv[2], folder);
	image = open_ours(paths);
	options.build_id = anz_vmcoreinfo_line(anz_image_vmcoreinfo(image), "BUILD-ID");
	types = anz_types_open(&options, &error);
	kernel = types ? anz_kernel_open(image, types, NULL, &error) : NULL;
	if (!kernel)
		g_error("%s", error->message);
	add_array(kernel, image, &work);
	wanted = g_malloc(work.bytes);
	read_all(&work, image, NULL, 1, wanted);
	rows = bench_rows_new("kdump");
	for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
		same &= measure_format(rows, &formats[i], folder, &work, wanted, zlib);
	printf("%" G_GSIZE_FORMAT " pages of struct pages in %u pieces; all readers gave %s bytes\n",
	       work.bytes / PAGE_BYTES, work.pieces->len, same ? "the same" : "DIFFERENT");
	g_array_unref(work.pieces);
	bench_remove_folder(folder);
	return bench_rows_finish(rows) && same ? 0 : 1;
}
