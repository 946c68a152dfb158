/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document.h"

#include <glib/gstdio.h>
#include <string.h>

#include "words.h"

#define CELL_CACHE_BYTES (12 << 20)	/* those of a large window, and of the overview */

struct _MdvDocument {
	GObject parent;
	char *path, *source;	/* the analysis; the dump, if it was that which was opened */
	MdvLoadOptions options;
	AnzStore *store;
	AnzCellCache *cells;
	char *title, *subtitle, *warning;
	guint64 page_size;
	guint64 class_pages[ANZ_NR_CLASSES];
	guint64 memory_pages;
};

G_DEFINE_FINAL_TYPE(MdvDocument, mdv_document, G_TYPE_OBJECT)

static void mdv_document_finalize(GObject *object)
{
	MdvDocument *self = MDV_DOCUMENT(object);

	anz_store_close(self->store);
	anz_cell_cache_unref(self->cells);
	if (self->source) {
		g_autofree char *folder = g_path_get_dirname(self->path);

		g_unlink(self->path);
		g_rmdir(folder);
	}
	g_free(self->path);
	g_free(self->source);
	g_strfreev((char **)self->options.vmlinux);
	g_free((char *)self->options.vmcoreinfo);
	g_free(self->warning);
	g_free(self->title);
	g_free(self->subtitle);
	G_OBJECT_CLASS(mdv_document_parent_class)->finalize(object);
}

static void mdv_document_class_init(MdvDocumentClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = mdv_document_finalize;
}

static void mdv_document_init(MdvDocument *self)
{
	self->cells = anz_cell_cache_new(CELL_CACHE_BYTES);
}

static gboolean read_census(MdvDocument *self, GError **error)
{
	g_autoptr(AnzQuery) size = anz_store_query(self->store,
		"SELECT page_size FROM snapshot WHERE id = :snapshot", error);
	g_autoptr(AnzQuery) query = NULL;
	g_autoptr(GError) err = NULL;

	if (!size)
		return FALSE;
	self->page_size = anz_query_next(size, NULL) ? (guint64)anz_query_int(size, 0) : 4096;
	query = anz_store_query(self->store,
		"SELECT class, pages FROM classes WHERE snapshot = :snapshot", error);
	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		int page_class = anz_page_class_from_name(anz_query_text(query, 0));

		if (page_class < 0)
			continue;
		self->class_pages[page_class] = (guint64)anz_query_int(query, 1);
		if (page_class != ANZ_CLASS_HOLE)
			self->memory_pages += self->class_pages[page_class];
	}
	if (err)
		g_propagate_error(error, g_steal_pointer(&err));
	return !err && (!error || !*error);
}

static gboolean is_set(AnzStore *store, const char *key)
{
	guint64 value = 0;

	return anz_store_meta_uint(store, key, &value) && value;
}

guint mdv_document_n_snapshots(MdvDocument *self)
{
	g_autoptr(AnzQuery) query = anz_store_query(self->store, "SELECT count(*) FROM snapshot", NULL);

	return query && anz_query_next(query, NULL) ? (guint)anz_query_int(query, 0) : 0;
}

/* Which of several snapshots it is, and of when. */
static void append_snapshot(MdvDocument *self, GString *text)
{
	g_autoptr(AnzQuery) query = anz_store_query(self->store,
		"SELECT coalesce(taken, analyzed) FROM snapshot WHERE id = :snapshot", NULL);

	if (mdv_document_n_snapshots(self) > 1 && query && anz_query_next(query, NULL))
		g_string_append_printf(text, " \302\267 snapshot %" G_GINT64_FORMAT " of %s",
				       anz_store_snapshot(self->store), anz_query_text(query, 0));
}

/* Whether there is something to be worried about is seen without looking for it; what is suppressed is not. */
static void append_findings(MdvDocument *self, GString *text)
{
	AnzFindingCounts counts;

	if (!anz_store_count_findings(self->store, &counts, NULL))
		return;
	if (counts.errors)
		g_string_append_printf(text, " \302\267 %" G_GUINT64_FORMAT " error%s", counts.errors,
				       counts.errors == 1 ? "" : "s");
	if (counts.warnings)
		g_string_append_printf(text, " \302\267 %" G_GUINT64_FORMAT " warning%s", counts.warnings,
				       counts.warnings == 1 ? "" : "s");
	if (!counts.errors && !counts.warnings && !counts.infos && counts.evaluated)
		g_string_append(text, " \302\267 no findings");
}

static void read_titles(MdvDocument *self)
{
	g_autofree char *release = anz_store_meta(self->store, "kernel.release");
	g_autofree char *host = anz_store_meta(self->store, "kernel.hostname");
	g_autofree char *shape = anz_store_meta(self->store, "format.shape");
	g_autofree char *size = mdv_words_size(self->memory_pages * self->page_size);
	g_autoptr(GString) text = g_string_new(size);

	if (release)
		g_string_append_printf(text, " \302\267 Linux %s", release);
	if (host && *host && strcmp(host, "(none)"))
		g_string_append_printf(text, " \302\267 %s", host);
	if (shape && strcmp(shape, "classic"))
		g_string_append_printf(text, " \302\267 %s", shape);
	append_snapshot(self, text);
	if (is_set(self->store, "analysis.preliminary"))
		g_string_append(text, " \302\267 being analysed");
	else
		append_findings(self, text);
	self->title = g_path_get_basename(mdv_document_origin(self));
	self->subtitle = g_string_free(g_steal_pointer(&text), FALSE);
}

static void read_warning(MdvDocument *self)
{
	g_autofree char *types = anz_store_meta(self->store, "source.types");
	g_autoptr(GString) text = g_string_new(NULL);

	if (!g_strcmp0(types, "VMCOREINFO"))
		g_string_append(text, "No type information (DWARF or BTF) was found for the dumped kernel: "
				"free lists and the page types that VMCOREINFO states are told, much else "
				"is missing or shows as kernel-other; name its vmlinux (in the menu, or "
				"with --vmlinux). ");
	if (is_set(self->store, "source.incomplete"))
		g_string_append(text, "The dump is incomplete: it was cut short while being written or "
				"copied; some of its pages are missing. ");
	if (is_set(self->store, "analysis.partial"))
		g_string_append(text, "Part of the source could not be read; table Remarks says what. ");
	g_strchomp(text->str);
	self->warning = g_string_free(g_steal_pointer(&text), FALSE);
}

MdvDocument *mdv_document_open(const char *path, const char *source, const MdvLoadOptions *options,
			       GError **error)
{
	g_autoptr(MdvDocument) self = g_object_new(MDV_TYPE_DOCUMENT, NULL);
	const MdvLoadOptions none = { NULL }, *given = options ? options : &none;

	self->path = g_strdup(path);
	self->source = g_strdup(source);
	self->options = (MdvLoadOptions){
		.vmlinux = (const char *const *)g_strdupv((char **)given->vmlinux),
		.vmcoreinfo = g_strdup(given->vmcoreinfo), .force = given->force,
		.snapshot = given->snapshot,
	};
	self->store = anz_store_open(path, error);
	if (!self->store || (given->snapshot &&
			     !anz_store_set_snapshot(self->store, given->snapshot, error)) ||
	    !read_census(self, error))
		return NULL;
	read_titles(self);
	read_warning(self);
	return g_steal_pointer(&self);
}

const MdvLoadOptions *mdv_document_load_options(MdvDocument *self)
{
	return &self->options;
}

AnzStore *mdv_document_reopen(MdvDocument *self, GError **error)
{
	g_autoptr(AnzStore) store = anz_store_open(self->path, error);

	if (!store || !anz_store_set_snapshot(store, anz_store_snapshot(self->store), error))
		return NULL;
	return g_steal_pointer(&store);
}

AnzCellCache *mdv_document_cells(MdvDocument *self)
{
	return self->cells;
}

gboolean mdv_document_is_preview_of(MdvDocument *self, MdvDocument *whole)
{
	g_autofree char *folder = g_path_get_dirname(self->path);
	g_autofree char *other = g_path_get_dirname(whole->path);

	return self->source && whole->source && !strcmp(folder, other);
}

gboolean mdv_document_is_sibling_of(MdvDocument *self, MdvDocument *other)
{
	return !self->source && !other->source && !strcmp(self->path, other->path);
}

AnzStore *mdv_document_store(MdvDocument *self)
{
	return self->store;
}

const char *mdv_document_path(MdvDocument *self)
{
	return self->path;
}

const char *mdv_document_origin(MdvDocument *self)
{
	return self->source ? self->source : self->path;
}

const char *mdv_document_title(MdvDocument *self)
{
	return self->title;
}

const char *mdv_document_warning(MdvDocument *self)
{
	return self->warning;
}

const char *mdv_document_subtitle(MdvDocument *self)
{
	return self->subtitle;
}

guint64 mdv_document_page_size(MdvDocument *self)
{
	return self->page_size;
}

guint64 mdv_document_max_pfn(MdvDocument *self)
{
	return anz_store_max_pfn(self->store);
}

guint64 mdv_document_class_pages(MdvDocument *self, AnzPageClass page_class)
{
	return (guint)page_class < ANZ_NR_CLASSES ? self->class_pages[page_class] : 0;
}

guint64 mdv_document_memory_pages(MdvDocument *self)
{
	return self->memory_pages;
}

gboolean mdv_document_has_rows(MdvDocument *self, const char *table)
{
	g_autoptr(AnzQuery) known = anz_store_query(self->store,
		"SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = :name",
		NULL);
	g_autoptr(AnzQuery) rows = NULL;
	g_autofree char *sql = NULL;

	if (!known)
		return FALSE;
	anz_query_bind_text(known, ":name", table);
	if (!anz_query_next(known, NULL))
		return FALSE;
	sql = g_strdup_printf("SELECT 1 FROM \"%s\" WHERE snapshot = :snapshot LIMIT 1", table);
	rows = anz_store_query(self->store, sql, NULL);
	return rows && anz_query_next(rows, NULL);
}
