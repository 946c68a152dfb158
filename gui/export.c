/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/* --- a file that comes into being whole or not at all --- */

typedef struct {
	char *path, *temporary;
	FILE *file;
} Output;

static gboolean output_fail(Output *out, GError **error)
{
	int saved = errno;

	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot write %s: %s", out->path,
		    g_strerror(saved));
	return FALSE;
}

static gboolean output_open(Output *out, const char *path, GError **error)
{
	int fd;

	out->path = g_strdup(path);
	out->temporary = g_strconcat(path, ".XXXXXX", NULL);
	fd = g_mkstemp_full(out->temporary, O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0) {
		output_fail(out, error);
		g_clear_pointer(&out->temporary, g_free);
		return FALSE;
	}
	out->file = fdopen(fd, "wb");
	return TRUE;
}

/* Consumes @out; @ok FALSE: drop what was written. */
static gboolean output_close(Output *out, gboolean ok, GError **error)
{
	if (out->file && (ferror(out->file) | fclose(out->file)) && ok)
		ok = output_fail(out, error);
	if (ok && g_rename(out->temporary, out->path))
		ok = output_fail(out, error);
	if (!ok && out->temporary)
		g_unlink(out->temporary);
	g_free(out->path);
	g_free(out->temporary);
	return ok;
}

/* --- rows --- */

static void put_csv(FILE *file, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void put_json(FILE *file, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	fputc('"', file);
	for (const char *p = valid; *p; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', file);
		if ((guchar)*p < 0x20)
			fprintf(file, "\\u%04x", (guint)*p);
		else
			fputc(*p, file);
	}
	fputc('"', file);
}

static void put_value(FILE *file, AnzQuery *query, guint i, gboolean json)
{
	AnzColumnKind kind = anz_query_column_kind(query, i);

	if (anz_query_is_null(query, i)) {
		fputs(json ? "null" : "", file);
	} else if (kind == ANZ_COLUMN_ADDRESS) {
		fprintf(file, json ? "\"0x%" G_GINT64_MODIFIER "x\"" : "0x%" G_GINT64_MODIFIER "x",
			(guint64)anz_query_int(query, i));
	} else if (kind == ANZ_COLUMN_BOOLEAN && json) {
		fputs(anz_query_int(query, i) ? "true" : "false", file);
	} else if (json && (anz_query_value_kind(query, i) == ANZ_COLUMN_TEXT ||
			    anz_query_value_kind(query, i) == ANZ_COLUMN_BLOB)) {
		put_json(file, anz_query_text(query, i) ?: "");
	} else if (json) {
		fputs(anz_query_text(query, i), file);
	} else {
		put_csv(file, anz_query_text(query, i) ?: "");
	}
}

static void put_row(FILE *file, AnzQuery *query, gboolean json)
{
	for (guint i = 0; i < anz_query_n_columns(query); i++) {
		if (i)
			fputs(json ? ", " : ",", file);
		if (json)
			fprintf(file, "\"%s\": ", anz_query_column_name(query, i));
		put_value(file, query, i, json);
	}
}

static gboolean put_rows(FILE *file, AnzQuery *query, const char *name, gboolean json,
			 GError **error)
{
	g_autoptr(GError) err = NULL;
	gboolean any = FALSE;

	if (json) {
		fprintf(file, "{\n  \"memdesc\": \"%s\",\n  \"%s\": [", MEMDESC_VERSION, name);
	} else {
		for (guint i = 0; i < anz_query_n_columns(query); i++) {
			fputs(i ? "," : "", file);
			put_csv(file, anz_query_column_name(query, i));
		}
		fputs("\r\n", file);
	}
	while (!ferror(file) && anz_query_next(query, &err)) {
		if (json)
			fputs(any ? ",\n    {" : "\n    {", file);
		put_row(file, query, json);
		fputs(json ? "}" : "\r\n", file);
		any = TRUE;
	}
	if (json)
		fputs(any ? "\n  ]\n}\n" : "]\n}\n", file);
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

gboolean mdv_export_query(AnzStore *store, const char *name, const char *sql, const char *path,
			  GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);
	Output out = { 0 };
	gboolean ok;

	if (!query)
		return FALSE;
	ok = output_open(&out, path, error) &&
		put_rows(out.file, query, name, g_str_has_suffix(path, ".json"), error);
	return output_close(&out, ok, error);
}

/* --- pictures --- */

#define SVG_RULER 110		/* room for addresses */
#define SVG_LEGEND 220

typedef struct {
	MdvDocument *document, *other;
	AnzGeometry *geometry;
	AnzPictureStyle style;
	AnzPageSet *lit;
	char *path;
	int zoom;
	gint64 x, y;
	guint width, height;
	gint cancel;
} Job;

static void job_free(gpointer data)
{
	Job *job = data;

	g_object_unref(job->document);
	g_clear_object(&job->other);
	anz_geometry_unref(job->geometry);
	anz_page_set_unref(job->lit);
	g_free(job->path);
	g_free(job);
}

static gboolean write_picture(Job *job, FILE *file, GError **error)
{
	g_autoptr(AnzStore) store = mdv_document_reopen(job->document, error);
	g_autoptr(AnzStore) other = NULL;
	g_autoptr(AnzPicture) picture = NULL;
	g_autofree char *view = g_strdup_printf("map --palette %s --mode %s --zoom %d",
		anz_palette_name(job->style.palette), anz_cell_mode_name(job->style.mode), job->zoom);
	const AnzPngText text[] = {
		{ "Software", "memdesc-viewer " MEMDESC_VERSION },
		{ "Title", mdv_document_title(job->document) },
		{ "memdesc:view", view },
		{ NULL, NULL }
	};

	if (!store || (job->other && !(other = mdv_document_reopen(job->other, error))))
		return FALSE;
	picture = anz_picture_new(store, other, job->geometry);
	anz_picture_set_style(picture, &job->style);
	anz_picture_set_lit(picture, job->lit);
	return anz_picture_write_png(picture, job->zoom, job->x, job->y, job->width, job->height,
				     file, text, &job->cancel, error);
}

/* Addresses at the left, as vectors: where each row of tiles begins. */
static void write_ruler(const Job *job, FILE *file)
{
	const double side = ldexp(256, job->zoom);
	guint64 step = 1;

	while (side * step < 16)
		step *= 2;
	for (guint64 row = 0; row < anz_geometry_rows(job->geometry); row += step) {
		double y = side * row - job->y;

		if (y < 0 || y >= job->height)
			continue;
		fprintf(file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">0x%" G_GINT64_MODIFIER
			"x</text>\n", SVG_RULER - 6, y + 11,
			anz_geometry_row_pfn(job->geometry, row) *
			mdv_document_page_size(job->document));
	}
}

static void write_legend(const Job *job, FILE *file)
{
	guint line = 0;

	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		guint64 pages = mdv_document_class_pages(job->document, c);
		g_autofree char *size =
			mdv_words_size(pages * mdv_document_page_size(job->document));
		guint x = SVG_RULER + job->width + 12, y = 18 * line;

		if (!pages)
			continue;
		fprintf(file, "<rect x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" "
			"fill=\"#%06x\"/>\n<text x=\"%u\" y=\"%u\">%s, %s</text>\n", x, y,
			job->style.colours[c], x + 20, y + 11, anz_page_class_info(c)->name, size);
		line++;
	}
}

/* The picture as PNG inside, ruler and legend around it as text. */
static gboolean write_svg(Job *job, FILE *file, GError **error)
{
	g_autofree char *base64 = NULL, *title = NULL;
	char *png = NULL;
	gsize len = 0;
	FILE *memory = open_memstream(&png, &len);
	gboolean ok = write_picture(job, memory, error);

	fclose(memory);
	if (ok) {
		base64 = g_base64_encode((const guchar *)png, len);
		title = g_markup_escape_text(mdv_document_title(job->document), -1);
		fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
			"font-family=\"sans-serif\" font-size=\"11\">\n<title>%s</title>\n"
			"<image x=\"%d\" width=\"%u\" height=\"%u\" "
			"href=\"data:image/png;base64,%s\"/>\n", SVG_RULER + job->width + SVG_LEGEND,
			MAX(job->height, 18 * ANZ_NR_CLASSES), title, SVG_RULER, job->width,
			job->height, base64);
		write_ruler(job, file);
		write_legend(job, file);
		fputs("</svg>\n", file);
	}
	free(png);
	return ok;
}

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;
	Job *job = data;
	Output out = { 0 };
	gboolean ok = output_open(&out, job->path, &error) &&
		(g_str_has_suffix(job->path, ".svg") ? write_svg : write_picture)(job, out.file,
										  &error);

	if (output_close(&out, ok, &error))
		g_task_return_boolean(task, TRUE);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

static void cancelled(GCancellable *cancellable, GTask *task)
{
	g_atomic_int_set(&((Job *)g_task_get_task_data(task))->cancel, 1);
}

/* The whole at one pixel a page, or as near to that as a PNG goes. */
static void frame_whole(Job *job)
{
	guint64 width, height;

	for (job->zoom = 0; ; job->zoom--) {
		anz_geometry_size(job->geometry, job->zoom, &width, &height);
		if ((width <= 32768 && height <= 32768) || job->zoom == ANZ_ZOOM_MIN)
			break;
	}
	job->width = (guint)MIN(width, 1000000);
	job->height = (guint)MIN(height, 1000000);
}

static void frame_window(Job *job, MdvView *view)
{
	const MdvCamera *camera = mdv_view_camera(view);

	mdv_view_get_window(view, &job->width, &job->height);
	job->zoom = camera->zoom;
	job->x = (gint64)rint(ldexp(camera->x, camera->zoom) - job->width / 2.0);
	job->y = (gint64)rint(ldexp(camera->y, camera->zoom) - job->height / 2.0);
}

void mdv_export_png_async(MdvView *view, const char *path, gboolean whole,
			  GCancellable *cancellable, GAsyncReadyCallback done, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(view, cancellable, done, data);
	Job *job = g_new0(Job, 1);

	job->document = g_object_ref(mdv_view_document(view));
	job->other = mdv_view_other(view) ? g_object_ref(mdv_view_other(view)) : NULL;
	job->geometry = anz_geometry_ref(mdv_view_geometry(view));
	job->style = *mdv_view_style(view);
	job->lit = mdv_view_lit(view) ? anz_page_set_ref(mdv_view_lit(view)) : NULL;
	job->path = g_strdup(path);
	if (whole)
		frame_whole(job);
	else
		frame_window(job, view);
	g_task_set_task_data(task, job, job_free);
	if (cancellable)
		g_signal_connect_object(cancellable, "cancelled", G_CALLBACK(cancelled), task, 0);
	g_task_run_in_thread(task, run_in_thread);
}

gboolean mdv_export_png_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}
