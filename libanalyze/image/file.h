/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of one dump file as its format meant them: a mapped file, a flattened file put back in
 * order through an index (nothing is copied), a file that can only be read, or a block of memory.
 * Immutable once open, so every thread may use it.
 */
#ifndef ANZ_FILE_H
#define ANZ_FILE_H

#include <analyze/error.h>

/**
 * AnzFile:
 * @path: as given, for messages
 * @disk_bytes: size on disk
 * @size: size as the format sees it (of the rearranged file, if flattened)
 * @is_flattened: written with "makedumpfile -F", or a kdump-compressed dump of QEMU
 * @is_truncated: a flattened file that ends before its end mark
 */
typedef struct {
	char *path;
	guint64 disk_bytes;
	guint64 size;
	gboolean is_flattened;
	gboolean is_truncated;
	/*< private >*/
	const guint8 *bytes;	/* mapped or given; NULL if read with pread() */
	gboolean is_mapped;
	gboolean is_random;
	int fd;			/* -1 unless read with pread() */
	GArray *index;		/* of AnzInterval, flattened only; pos is the place on disk */
} AnzFile;

/** Opens and maps @path (a file or a block device).  Errors: IO, FORMAT. */
AnzFile *anz_file_open(const char *path, GError **error);
/** For files that cannot be mapped, such as /proc/kcore: every access is a pread(). */
AnzFile *anz_file_open_unmapped(const char *path, GError **error);
/** The bytes at @data as if they were a file; @data must outlive the AnzFile. */
AnzFile *anz_file_new_from_memory(const void *data, gsize len, const char *name, GError **error);
void anz_file_free(AnzFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzFile, anz_file_free)

/**
 * anz_file_expect_random:
 *
 * Small reads will be all over a mapped file, as in the memory of a machine that is mostly holes:
 * what lies around them is not read ahead, long reads still are.
 */
void anz_file_expect_random(AnzFile *file);
/** Mapped bytes of some file that will be looked at now. */
void anz_file_will_need(const void *bytes, gsize len);

/** Copies up to @len bytes from @offset on; returns how many there are (a hole reads as zero). */
gsize anz_file_read(const AnzFile *file, guint64 offset, void *buf, gsize len);
/** As anz_file_read(), but all @len bytes or %FALSE. */
gboolean anz_file_read_all(const AnzFile *file, guint64 offset, void *buf, gsize len);
/** The bytes at @offset in place, @avail of them, or %NULL if they cannot be had without a copy. */
const guint8 *anz_file_map(const AnzFile *file, guint64 offset, gsize *avail);
/** As anz_file_map(), %NULL unless all @len bytes are in one piece. */
const guint8 *anz_file_map_all(const AnzFile *file, guint64 offset, gsize len);
/**
 * anz_file_run:
 * @is_there: (out): whether the file holds the byte at @offset
 *
 * Returns: how many bytes, at most @len, from @offset on share that answer.  At least 1 if @len is.
 */
guint64 anz_file_run(const AnzFile *file, guint64 offset, guint64 len, gboolean *is_there);

#endif
