/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files and formats: names, temporary files that are renamed when all are whole. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

void out_init(struct out *o, const char *dir)
{
	o->dir = g_strdup(dir);
	o->tmp = g_ptr_array_new_with_free_func(g_free);
	o->final = g_ptr_array_new_with_free_func(g_free);
}

/* Returns: (transfer none): where to write the file that will be called @name */
char *out_file(struct out *o, const char *name)
{
	g_autofree char *hidden = g_strdup_printf(".%s.%d.tmp", name, (int)getpid());

	g_ptr_array_add(o->final, g_build_filename(o->dir, name, NULL));
	g_ptr_array_add(o->tmp, g_build_filename(o->dir, hidden, NULL));
	return o->tmp->pdata[o->tmp->len - 1];
}

gboolean out_commit(struct out *o, GError **error)
{
	/* replacing a file by rename would make ext4 write the new one out first */
	for (guint i = 0; i < o->final->len; i++)
		g_unlink(o->final->pdata[i]);
	for (guint i = 0; i < o->tmp->len; i++)
		if (g_rename(o->tmp->pdata[i], o->final->pdata[i])) {
			g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT,
				    "cannot create %s: %s", (char *)o->final->pdata[i],
				    g_strerror(errno));
			return FALSE;
		}
	g_ptr_array_set_size(o->tmp, 0);
	return TRUE;
}

void out_clear(struct out *o)
{
	for (guint i = 0; i < o->tmp->len; i++)
		g_unlink(o->tmp->pdata[i]);
	g_ptr_array_unref(o->tmp);
	g_ptr_array_unref(o->final);
	g_free(o->dir);
}

gboolean writer_open(struct writer *w, const char *path, GError **error)
{
	memset(w, 0, sizeof(*w));
	w->path = g_strdup(path);
	w->fd = g_open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd >= 0)
		return TRUE;
	g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot create %s: %s", path,
		    g_strerror(errno));
	g_clear_pointer(&w->path, g_free);
	return FALSE;
}

void writer_at(struct writer *w, guint64 offset, const void *data, gsize len)
{
	const char *p = data;

	w->end = MAX(w->end, offset + len);
	while (len && !w->errnum) {
		/* in pieces, so that a signal is seen soon */
		gssize n = pwrite(w->fd, p, MIN(len, 16 << 20), offset);

		if (mk_interrupted) {
			w->errnum = EINTR;
			return;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->errnum = n ? errno : EIO;
			return;
		}
		p += n;
		offset += n;
		len -= n;
	}
}

/* the file is at least @end bytes long, a hole if need be */
void writer_hole(struct writer *w, guint64 end)
{
	w->end = MAX(w->end, end);
}

gboolean writer_close(struct writer *w, GError **error)
{
	gboolean ok;

	if (!w->errnum && ftruncate(w->fd, w->end))
		w->errnum = errno;
	if (close(w->fd) && !w->errnum)
		w->errnum = errno;
	ok = !w->errnum;
	if (!ok)
		g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot write %s: %s",
			    w->path, g_strerror(w->errnum));
	g_free(w->path);
	return ok;
}

gboolean out_put(struct out *o, const char *name, const void *data, gsize len,
		 GError **error)
{
	struct writer w;

	if (!writer_open(&w, out_file(o, name), error))
		return FALSE;
	writer_at(&w, 0, data, len);
	return writer_close(&w, error);
}

static gboolean parse_word(struct format *f, const char *w)
{
	static const char *const compressions[] = { "none", "zlib", "lzo", "snappy",
						    "zstd" };

	for (size_t i = 0; i < G_N_ELEMENTS(compressions); i++)
		if (!strcmp(w, compressions[i]) && f->base == BASE_KDUMP) {
			f->compression = i;
			return TRUE;
		}
	if (!strcmp(w, "flat"))
		f->flat = TRUE;
	else if (!strcmp(w, "split") && f->base == BASE_KDUMP)
		f->split = TRUE;
	else if (!strcmp(w, "incomplete") && f->base == BASE_KDUMP)
		f->incomplete = TRUE;
	else if (!strcmp(w, "nonote"))
		f->note = FALSE;
	else if (!strcmp(w, "qemu"))
		f->qemu = TRUE;
	else if (!strcmp(w, "xnum") && f->base == BASE_ELF)
		f->xnum = TRUE;
	else if (w[0] == 'd' && g_ascii_isdigit(w[1])) {
		guint64 v;

		if (!mk_parse_size(w + 1, &v) || v > 31)
			return FALSE;
		f->level = v;
	} else {
		return FALSE;
	}
	return TRUE;
}

/**
 * out_parse:
 * @text: such as "kdump-zstd-d31-flat"
 *
 * Note and QEMU's manner default to what the recipe says.
 */
gboolean out_parse(const struct recipe *r, const char *text, struct format *f,
		   GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, "-", -1);
	g_autofree char *rest = NULL;
	gboolean ok = words[0] != NULL;

	memset(f, 0, sizeof(*f));
	f->note = r->note;
	f->qemu = r->qemu;
	f->compression = COMPRESS_ZLIB;
	if (ok && !strcmp(words[0], "elf"))
		f->base = BASE_ELF;
	else if (ok && !strcmp(words[0], "raw"))
		f->base = BASE_RAW;
	else if (ok && !strcmp(words[0], "kdump"))
		f->base = BASE_KDUMP;
	else
		ok = FALSE;
	for (int i = 1; ok && words[i]; i++)
		ok = f->base != BASE_RAW && parse_word(f, words[i]);
	if (ok && f->flat && f->split)
		ok = FALSE;
	if (!ok) {
		g_set_error(
			error, MK_ERROR, MK_ERROR_RECIPE,
			"'%s' is no output format; a format is elf, raw or kdump-zlib "
			"(lzo, "
			"snappy, zstd, none), with -flat, -split, -incomplete, -nonote, "
			"-qemu, -xnum, -d31 behind it",
			text);
		return FALSE;
	}
	/* vmcore is the plain ELF file; "kdump-zlib" becomes vmcore.zlib */
	if (f->base == BASE_KDUMP)
		f->suffix = g_strdup_printf(".%s", words[1] ? text + 6 : "zlib");
	else
		f->suffix =
			strcmp(text, "elf") ? g_strdup_printf(".%s", text) : g_strdup("");
	return TRUE;
}

static gboolean dump_split(struct machine *m, struct out *o, const struct format *f,
			   GError **error)
{
	guint64 end = g_array_index(m->ram, struct ram, m->ram->len - 1).end_pfn;
	const int parts = 3;

	for (int i = 0; i < parts; i++) {
		g_autofree char *name = g_strdup_printf("vmcore%s.%d", f->suffix, i + 1);

		if (!out_kdump(m, f, out_file(o, name), end * i / parts,
			       end * (i + 1) / parts, i + 1, error))
			return FALSE;
	}
	return TRUE;
}

gboolean out_dump(struct machine *m, struct out *o, const struct format *f,
		  GError **error)
{
	guint64 end = g_array_index(m->ram, struct ram, m->ram->len - 1).end_pfn;
	g_autofree char *name = g_strdup_printf("vmcore%s", f->suffix);
	g_autofree char *work = NULL;
	const char *path;
	gboolean ok;

	if (f->split)
		return dump_split(m, o, f, error);
	path = out_file(o, name);
	if (f->base == BASE_RAW) {
		g_autofree char *info = g_strdup_printf("%s.vmcoreinfo", name);

		return out_raw(m, path, error) &&
			out_put(o, info, m->vmcoreinfo->str, m->vmcoreinfo->len, error);
	}
	work = f->flat ? g_strconcat(path, ".flat", NULL) : g_strdup(path);
	ok = f->base == BASE_ELF ? out_elf(m, f, work, error) :
		out_kdump(m, f, work, 0, end, 0, error);
	if (ok && f->flat)
		ok = out_flatten(work, path, m->recipe->seed, error);
	if (f->flat)
		g_unlink(work);
	return ok;
}
