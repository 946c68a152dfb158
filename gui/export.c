/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

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

typedef struct {
	MdvDocument *document, *other;
	AnzGeometry *geometry;
	AnzPictureStyle style;
	AnzPageSet *lit;
	char *path;
	char *link;		/* what is drawn, with the names of files in some folder */
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
	g_free(job->link);
	g_free(job);
}

static gboolean write_picture(Job *job, FILE *file, GError **error)
{
	g_autoptr(AnzStore) store = mdv_document_reopen(job->document, error);
	g_autoptr(AnzStore) other = NULL;
	g_autoptr(AnzPicture) picture = NULL;
	const AnzPngText text[] = {
		{ "Software", "memdesc-viewer " MEMDESC_VERSION },
		{ "Title", mdv_document_title(job->document) },
		{ "memdesc:view", job->link },
		{ NULL, NULL }
	};

	if (!store || (job->other && !(other = mdv_document_reopen(job->other, error))))
		return FALSE;
	picture = anz_picture_new(store, other, job->geometry);
	anz_picture_set_style(picture, &job->style);
	anz_picture_set_lit(picture, job->lit);
	if (g_str_has_suffix(job->path, ".svg"))
		return anz_picture_write_svg(picture, job->zoom, job->x, job->y, job->width, job->height,
					     file, mdv_document_title(job->document), &job->cancel, error);
	return anz_picture_write_png(picture, job->zoom, job->x, job->y, job->width, job->height,
				     file, text, &job->cancel, error);
}

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;
	Job *job = data;
	Output out = { 0 };
	gboolean ok = output_open(&out, job->path, &error) &&
		write_picture(job, out.file, &error);

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
	mdv_view_get_window(view, &job->width, &job->height);
	job->zoom = mdv_view_camera(view)->zoom;
	mdv_view_origin(view, &job->x, &job->y);
}

/* Without folders: a picture is handed to others. */
static char *link_of(const Job *job, MdvView *view, gboolean whole)
{
	g_autoptr(AnzView) link = mdv_view_describe(view);

	link->paths = g_new0(char *, 2);
	link->paths[0] = g_path_get_basename(mdv_document_origin(job->document));
	if (job->other)
		link->other = g_path_get_basename(mdv_document_origin(job->other));
	if (whole) {
		link->has_place = FALSE;
		link->has_zoom = TRUE;
		link->zoom = job->zoom;
		link->width = link->height = 0;
	}
	return anz_view_text(link);
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
	job->link = link_of(job, view, whole);
	g_task_set_task_data(task, job, job_free);
	if (cancellable)
		g_signal_connect_object(cancellable, "cancelled", G_CALLBACK(cancelled), task, 0);
	g_task_run_in_thread(task, run_in_thread);
}

gboolean mdv_export_png_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}
