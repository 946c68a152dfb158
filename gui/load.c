/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <analyze/analyze.h>

typedef struct {
	char **paths;
	MdvLoadOptions options;
	gint cancel;
	MdvProgress progress;
	MdvSketched sketched;
	MdvPreview preview;
	gpointer data;		/* of all three */
	GTask *task;		/* borrowed */

	GMutex lock;		/* of what follows */
	char *stage;
	guint64 done, total;
	gboolean told;		/* the main thread has been asked to look */
} Job;

static void job_free(gpointer data)
{
	Job *job = data;

	g_strfreev(job->paths);
	g_strfreev((char **)job->options.vmlinux);
	g_free((char *)job->options.vmcoreinfo);
	g_free(job->stage);
	g_mutex_clear(&job->lock);
	g_free(job);
}

static gboolean report(gpointer data)
{
	GTask *task = data;
	Job *job = g_task_get_task_data(task);
	g_autofree char *stage = NULL;
	guint64 done, total;

	g_mutex_lock(&job->lock);
	stage = g_strdup(job->stage);
	done = job->done;
	total = job->total;
	job->told = FALSE;
	g_mutex_unlock(&job->lock);
	if (job->progress && !g_task_get_completed(task))
		job->progress(stage, done, total, job->data);
	return G_SOURCE_REMOVE;
}

static void on_progress(const char *stage, guint64 done, guint64 total, gpointer data)
{
	Job *job = data;
	gboolean tell;

	g_mutex_lock(&job->lock);
	g_free(job->stage);
	job->stage = g_strdup(stage);
	job->done = done;
	job->total = total;
	tell = !job->told;
	job->told = TRUE;
	g_mutex_unlock(&job->lock);
	if (tell)
		g_idle_add_full(G_PRIORITY_DEFAULT, report, g_object_ref(job->task), g_object_unref);
}

/* What there is to see so far, on its way to the main thread: one of the two. */
typedef struct {
	GTask *task;
	AnzSketch *sketch;
	MdvDocument *preview;
} Early;

static void early_free(gpointer data)
{
	Early *early = data;

	g_object_unref(early->task);
	g_clear_pointer(&early->sketch, anz_sketch_unref);
	g_clear_object(&early->preview);
	g_free(early);
}

static gboolean show_early(gpointer data)
{
	Early *early = data;
	Job *job = g_task_get_task_data(early->task);

	if (g_task_get_completed(early->task))
		;
	else if (early->sketch)
		job->sketched(early->sketch, job->data);
	else
		job->preview(early->preview, job->data);
	return G_SOURCE_REMOVE;
}

/* @sketch, @preview: (transfer full) (nullable) */
static void send_early(Job *job, AnzSketch *sketch, MdvDocument *preview)
{
	Early *early = g_new(Early, 1);

	*early = (Early){ g_object_ref(job->task), sketch, preview };
	g_idle_add_full(G_PRIORITY_DEFAULT, show_early, early, early_free);
}

static void sketch_ready(AnzSketch *sketch, gpointer data)
{
	send_early(data, anz_sketch_ref(sketch), NULL);
}

static void preview_ready(const char *path, gpointer data)
{
	Job *job = data;
	MdvDocument *document = mdv_document_open(path, job->paths[0], &job->options, NULL);

	/* If it is none, the whole analysis will say what is wrong. */
	if (document)
		send_early(job, NULL, document);
}

static gboolean refuse_pipe(const char *path, GError **error)
{
	struct stat st;

	if (stat(path, &st) || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
		    "%s: is a pipe, in which one cannot go back; save what comes out of it as a "
		    "file first", path);
	return FALSE;
}

/* The analysis goes into a private file, which goes with the document. */
static MdvDocument *analyze(Job *job, GError **error)
{
	AnzSourceOptions open = {
		.size = sizeof(open),
		.paths = (const char *const *)job->paths,
		.vmlinux = job->options.vmlinux,
		.vmcoreinfo = job->options.vmcoreinfo,
		.force = job->options.force,
		.cancel = &job->cancel,
	};
	g_autofree char *folder = g_dir_make_tmp("memdesc-viewer-XXXXXX", error);
	g_autofree char *path = folder ? g_build_filename(folder, "analysis", NULL) : NULL;
	g_autofree char *preview = folder ? g_build_filename(folder, "preview", NULL) : NULL;
	AnzAnalyzeOptions options = {
		.size = sizeof(options), .output = path,
		.progress = on_progress, .progress_data = job,
		.sketch_ready = job->sketched ? sketch_ready : NULL, .sketch_data = job,
		.preview = job->preview ? preview : NULL,
		.preview_ready = preview_ready, .preview_data = job,
	};
	g_autoptr(AnzSource) source = NULL;
	g_autoptr(AnzStore) store = NULL;
	MdvDocument *document = NULL;

	if (!folder)
		return NULL;
	on_progress("opening", 0, 0, job);
	source = anz_source_open(&open, error);
	store = source ? anz_source_analyze(source, &options, error) : NULL;
	if (store)
		document = mdv_document_open(path, job->paths[0], &job->options, error);
	if (!document) {
		g_unlink(path);
		g_rmdir(folder);
	}
	return document;
}

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;
	MdvDocument *document = NULL;
	Job *job = data;

	if (!refuse_pipe(job->paths[0], &error))
		;
	else if (!job->paths[1] && anz_store_probe(job->paths[0]))
		document = mdv_document_open(job->paths[0], NULL, &job->options, &error);
	else
		document = analyze(job, &error);
	if (document)
		g_task_return_pointer(task, document, g_object_unref);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

static void cancelled(GCancellable *cancellable, GTask *task)
{
	g_atomic_int_set(&((Job *)g_task_get_task_data(task))->cancel, 1);
}

void mdv_load_async(const char *const *paths, const MdvLoadOptions *options, MdvProgress progress,
		    MdvSketched sketched, MdvPreview preview, GCancellable *cancellable,
		    GAsyncReadyCallback done, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(NULL, cancellable, done, data);
	Job *job = g_new0(Job, 1);

	g_mutex_init(&job->lock);
	job->paths = g_strdupv((char **)paths);
	if (options) {
		job->options = *options;
		job->options.vmlinux = (const char *const *)g_strdupv((char **)options->vmlinux);
		job->options.vmcoreinfo = g_strdup(options->vmcoreinfo);
	}
	job->progress = progress;
	job->sketched = sketched;
	job->preview = preview;
	job->data = data;
	job->task = task;
	g_task_set_task_data(task, job, job_free);
	g_task_set_return_on_cancel(task, FALSE);
	if (cancellable)
		g_signal_connect_object(cancellable, "cancelled", G_CALLBACK(cancelled), task, 0);
	g_task_run_in_thread(task, run_in_thread);
}

MdvDocument *mdv_load_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}
