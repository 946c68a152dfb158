/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "light.h"

typedef struct {
	MdvDocument *document, *other;
	char *search;
	gint cancel;
} Job;

static void job_free(gpointer data)
{
	Job *job = data;

	g_object_unref(job->document);
	g_clear_object(&job->other);
	g_free(job->search);
	g_free(job);
}

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;
	Job *job = data;
	g_autoptr(AnzStore) store = mdv_document_reopen(job->document, &error);
	g_autoptr(AnzStore) other = store && job->other ? mdv_document_reopen(job->other, &error) : NULL;
	AnzPageSet *set = NULL;

	if (store && !error) {
		anz_store_set_cancel(store, &job->cancel);
		set = anz_page_set_search(store, other, job->search, &job->cancel, &error);
	}
	if (set)
		g_task_return_pointer(task, set, (GDestroyNotify)anz_page_set_unref);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

static void cancelled(GCancellable *cancellable, GTask *task)
{
	Job *job = g_task_get_task_data(task);

	g_atomic_int_set(&job->cancel, 1);
}

void mdv_light_async(MdvDocument *document, MdvDocument *other, const char *search, GCancellable *cancellable,
		     GAsyncReadyCallback done, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(document, cancellable, done, data);
	Job *job = g_new0(Job, 1);

	job->document = g_object_ref(document);
	job->other = other ? g_object_ref(other) : NULL;
	job->search = g_strdup(search);
	g_task_set_task_data(task, job, job_free);
	if (cancellable)
		g_signal_connect_object(cancellable, "cancelled", G_CALLBACK(cancelled), task, 0);
	g_task_run_in_thread(task, run_in_thread);
}

AnzPageSet *mdv_light_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}
