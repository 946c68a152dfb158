/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dump.h"

#include <string.h>

#define MAX_STRUCT_PAGE 4096

struct _MdvDump {
	GObject parent;
	MdvDocument *document;
	gint cancel;
	GMutex lock;		/* of what follows: one thread at a time reads */
	AnzStore *store;
	AnzSource *source;
	GError *error;		/* why the dump cannot be opened: it is not tried again */
};

G_DEFINE_FINAL_TYPE(MdvDump, mdv_dump, G_TYPE_OBJECT)

void mdv_page_bytes_free(MdvPageBytes *bytes)
{
	if (!bytes)
		return;
	g_strfreev(bytes->lines);
	g_free(bytes->words);
	g_free(bytes);
}

static gboolean open_dump(MdvDump *self, GError **error)
{
	const MdvLoadOptions *load = mdv_document_load_options(self->document);
	const AnzSourceOptions options = {
		.size = sizeof(options),
		.vmlinux = load->vmlinux,
		.vmcoreinfo = load->vmcoreinfo,
		.force = load->force,
		.cancel = &self->cancel,
	};

	if (!self->source && !self->error) {
		self->store = mdv_document_reopen(self->document, &self->error);
		if (self->store)
			self->source = anz_source_reopen(self->store, &options, &self->error);
	}
	if (self->source)
		return TRUE;
	g_propagate_error(error, g_error_copy(self->error));
	return FALSE;
}

static void read_words(MdvDump *self, MdvPageBytes *bytes)
{
	gsize size = anz_source_struct_page_size(self->source);
	g_autofree guint64 *words = size >= 8 && size <= MAX_STRUCT_PAGE ? g_malloc0(size + 8) : NULL;

	if (!words || !anz_source_read_struct_page(self->source, bytes->pfn, words))
		return;
	bytes->n_words = (guint)(size / 8);
	bytes->words = g_steal_pointer(&words);
}

static MdvPageBytes *read_page(MdvDump *self, guint64 pfn, GError **error)
{
	g_autoptr(MdvPageBytes) bytes = g_new0(MdvPageBytes, 1);

	if (!open_dump(self, error))
		return NULL;
	bytes->pfn = pfn;
	bytes->lines = anz_source_describe_page(self->source, self->store, pfn, error);
	if (!bytes->lines)
		return NULL;
	read_words(self, bytes);
	bytes->n_content = anz_source_read_physical(self->source,
		pfn * mdv_document_page_size(self->document), bytes->content, MDV_CONTENT_BYTES);
	return g_steal_pointer(&bytes);
}

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	MdvDump *self = source;
	g_autoptr(GError) error = NULL;
	MdvPageBytes *bytes = NULL;

	g_mutex_lock(&self->lock);
	/* while it waited for its turn, another page may have been asked for */
	if (!g_cancellable_set_error_if_cancelled(cancellable, &error))
		bytes = read_page(self, *(guint64 *)data, &error);
	g_mutex_unlock(&self->lock);
	if (bytes)
		g_task_return_pointer(task, bytes, (GDestroyNotify)mdv_page_bytes_free);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

void mdv_dump_read_async(MdvDump *self, guint64 pfn, GCancellable *cancellable,
			 GAsyncReadyCallback done, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(self, cancellable, done, data);

	g_task_set_task_data(task, g_memdup2(&pfn, sizeof(pfn)), g_free);
	g_task_run_in_thread(task, run_in_thread);
}

MdvPageBytes *mdv_dump_read_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}

void mdv_dump_stop(MdvDump *self)
{
	g_atomic_int_set(&self->cancel, 1);
}

static void mdv_dump_finalize(GObject *object)
{
	MdvDump *self = MDV_DUMP(object);

	anz_source_close(self->source);
	anz_store_close(self->store);
	g_clear_error(&self->error);
	g_mutex_clear(&self->lock);
	g_object_unref(self->document);
	G_OBJECT_CLASS(mdv_dump_parent_class)->finalize(object);
}

static void mdv_dump_class_init(MdvDumpClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = mdv_dump_finalize;
}

static void mdv_dump_init(MdvDump *self)
{
	g_mutex_init(&self->lock);
}

MdvDump *mdv_dump_new(MdvDocument *document)
{
	MdvDump *self = g_object_new(MDV_TYPE_DUMP, NULL);

	self->document = g_object_ref(document);
	return self;
}
