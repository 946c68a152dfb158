/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dump files of one machine. A format is a word and modifiers joined by dashes:
 * elf | raw | kdump-zlib | kdump-lzo | kdump-snappy | kdump-zstd | kdump-none, then any
 * of flat, split, incomplete, nonote, qemu, xnum, dN (makedumpfile's dump level).
 */
#ifndef MKCORE_OUT_H
#define MKCORE_OUT_H

#include "machine.h"

enum compression { COMPRESS_NONE, COMPRESS_ZLIB, COMPRESS_LZO, COMPRESS_SNAPPY,
	COMPRESS_ZSTD };

enum base { BASE_ELF, BASE_RAW, BASE_KDUMP };

struct format {
	enum base base;
	enum compression compression;
	gboolean flat, split, incomplete, note, qemu, xnum;
	int level;
	char *suffix;		/* of the file's name, "" for plain elf */
};

/* all files of a run; they get their names only when every one is whole */
struct out {
	char *dir;
	GPtrArray *tmp, *final;
};

void out_init(struct out *o, const char *dir);
char *out_file(struct out *o, const char *name);
gboolean out_put(struct out *o, const char *name, const void *data, gsize len,
		 GError **error);
gboolean out_commit(struct out *o, GError **error);
void out_clear(struct out *o);

gboolean out_parse(const struct recipe *r, const char *text, struct format *f,
		   GError **error);
gboolean out_dump(struct machine *m, struct out *o, const struct format *f,
		  GError **error);

/* a file being written at any offset, with the first error kept */
struct writer {
	int fd;
	char *path;
	guint64 end;
	int errnum;
};

gboolean writer_open(struct writer *w, const char *path, GError **error);
void writer_at(struct writer *w, guint64 offset, const void *data, gsize len);
void writer_hole(struct writer *w, guint64 end);
gboolean writer_close(struct writer *w, GError **error);

/* out-elf.c, out-kdump.c, out-flat.c */
gboolean out_elf(struct machine *m, const struct format *f, const char *path,
		 GError **error);
gboolean out_raw(struct machine *m, const char *path, GError **error);
gboolean out_kdump(struct machine *m, const struct format *f, const char *path,
		   guint64 start_pfn, guint64 end_pfn, int part, GError **error);
gboolean out_flatten(const char *in, const char *out, guint64 seed, GError **error);
GByteArray *elf_notes(struct machine *m, gboolean vmcoreinfo, gsize *vmcoreinfo_at);

/* exclude.c */
gboolean frame_excluded(struct machine *m, guint64 pfn, int level);

#endif
