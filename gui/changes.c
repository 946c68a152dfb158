/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes.h"

#include "words.h"

struct _MdvChanges {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *box, *list, *note;
	GArray *ways;		/* of Way: the rows */
	GCancellable *cancellable;
	gboolean done;
};

G_DEFINE_FINAL_TYPE(MdvChanges, mdv_changes, GTK_TYPE_WIDGET)

typedef struct {
	AnzPageClass from, to;
	guint64 pages;
} Way;

typedef struct {
	MdvDocument *before, *after;
	AnzComparison result;
	gint cancel;
} Job;

static void job_free(gpointer data)
{
	Job *job = data;

	g_object_unref(job->before);
	g_object_unref(job->after);
	g_free(job);
}

/* --- comparing --- */

static void run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;
	Job *job = data;
	g_autoptr(AnzStore) before = mdv_document_reopen(job->before, &error);
	g_autoptr(AnzStore) after = before ? mdv_document_reopen(job->after, &error) : NULL;

	if (after && anz_compare(before, after, &job->result, NULL, NULL, &job->cancel, &error))
		g_task_return_boolean(task, TRUE);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

static void cancelled(GCancellable *cancellable, GTask *task)
{
	g_atomic_int_set(&((Job *)g_task_get_task_data(task))->cancel, 1);
}

static int by_pages(gconstpointer a, gconstpointer b)
{
	const Way *x = a, *y = b;

	return x->pages != y->pages ? (x->pages > y->pages ? -1 : 1) :
		(int)(x->from * ANZ_NR_CLASSES + x->to) - (int)(y->from * ANZ_NR_CLASSES + y->to);
}

static void add_row(MdvChanges *self, const Way *way)
{
	g_autofree char *count = mdv_words_pages(way->pages);
	g_autofree char *size = mdv_words_size(way->pages *
					       mdv_document_page_size(mdv_view_document(self->view)));
	g_autofree char *text = g_strdup_printf("%s \342\206\222 %s",
		anz_page_class_info(way->from)->name, anz_page_class_info(way->to)->name);
	g_autofree char *amount = g_strdup_printf("%s, %s", count, size);
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
	GtkWidget *left = gtk_label_new(text), *right = gtk_label_new(amount);

	gtk_label_set_xalign(GTK_LABEL(left), 0);
	gtk_label_set_width_chars(GTK_LABEL(left), 28);
	gtk_widget_add_css_class(right, "numeric");
	gtk_widget_set_margin_start(row, 8);
	gtk_box_append(GTK_BOX(row), left);
	gtk_box_append(GTK_BOX(row), right);
	gtk_list_box_append(GTK_LIST_BOX(self->list), row);
	g_array_append_val(self->ways, *way);
}

static void show_result(MdvChanges *self, const AnzComparison *result)
{
	g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(Way));
	g_autofree char *changed = mdv_words_count(result->nr_changed);
	g_autofree char *all = mdv_words_count(result->nr_pages);
	g_autofree char *note = g_strdup_printf("%s of %s frames changed their class", changed, all);

	for (guint from = 0; from < ANZ_NR_CLASSES; from++) {
		for (guint to = 0; to < ANZ_NR_CLASSES; to++) {
			Way way = { from, to, result->pages[from][to] };

			if (from != to && way.pages)
				g_array_append_val(ways, way);
		}
	}
	g_array_sort(ways, by_pages);
	for (guint i = 0; i < ways->len; i++)
		add_row(self, &g_array_index(ways, Way, i));
	gtk_label_set_text(GTK_LABEL(self->note), note);
}

static void compared(GObject *source, GAsyncResult *result, gpointer data)
{
	MdvChanges *self = MDV_CHANGES(source);
	Job *job = g_task_get_task_data(G_TASK(result));
	g_autoptr(GError) error = NULL;

	if (!self->view || g_cancellable_is_cancelled(self->cancellable))
		return;
	self->done = TRUE;
	if (!g_task_propagate_boolean(G_TASK(result), &error)) {
		g_autofree char *words = mdv_words_error(error);

		gtk_label_set_text(GTK_LABEL(self->note), words);
		return;
	}
	show_result(self, &job->result);
}

/* --- rows --- */

static void row_selected(GtkListBox *list, GtkListBoxRow *row, MdvChanges *self)
{
	g_autofree char *search = NULL;
	const Way *way;

	if (!row)
		return;
	way = &g_array_index(self->ways, Way, gtk_list_box_row_get_index(row));
	search = g_strdup_printf("change:%s>%s", anz_page_class_info(way->from)->name,
				 anz_page_class_info(way->to)->name);
	gtk_widget_activate_action(GTK_WIDGET(self), "win.search-text", "s", search);
}

guint mdv_changes_n_rows(MdvChanges *self)
{
	return self->ways->len;
}

gboolean mdv_changes_is_done(MdvChanges *self)
{
	return self->done;
}

void mdv_changes_choose(MdvChanges *self, guint row)
{
	gtk_list_box_select_row(GTK_LIST_BOX(self->list),
				gtk_list_box_get_row_at_index(GTK_LIST_BOX(self->list), (int)row));
}

/* --- widget --- */

static void mdv_changes_dispose(GObject *object)
{
	MdvChanges *self = MDV_CHANGES(object);

	if (self->cancellable)
		g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	g_clear_pointer(&self->box, gtk_widget_unparent);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_changes_parent_class)->dispose(object);
}

static void mdv_changes_finalize(GObject *object)
{
	g_array_unref(MDV_CHANGES(object)->ways);
	G_OBJECT_CLASS(mdv_changes_parent_class)->finalize(object);
}

static void mdv_changes_class_init(MdvChangesClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_changes_dispose;
	G_OBJECT_CLASS(klass)->finalize = mdv_changes_finalize;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

static void mdv_changes_init(MdvChanges *self)
{
	GtkWidget *scroller = gtk_scrolled_window_new();

	self->ways = g_array_new(FALSE, FALSE, sizeof(Way));
	self->cancellable = g_cancellable_new();
	self->list = gtk_list_box_new();
	gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Changes of class", -1);
	g_signal_connect(self->list, "row-selected", G_CALLBACK(row_selected), self);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), self->list);
	gtk_widget_set_vexpand(scroller, TRUE);
	self->note = gtk_label_new("Comparing \342\200\246");
	gtk_label_set_xalign(GTK_LABEL(self->note), 0);
	gtk_widget_add_css_class(self->note, "dim-label");
	gtk_widget_set_margin_start(self->note, 8);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	gtk_box_append(GTK_BOX(self->box), scroller);
	gtk_box_append(GTK_BOX(self->box), self->note);
	gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *mdv_changes_new(MdvView *view)
{
	MdvChanges *self = g_object_new(MDV_TYPE_CHANGES, NULL);
	g_autoptr(GTask) task = g_task_new(self, self->cancellable, compared, NULL);
	Job *job = g_new0(Job, 1);

	self->view = g_object_ref(view);
	job->before = g_object_ref(mdv_view_other(view));
	job->after = g_object_ref(mdv_view_document(view));
	g_task_set_task_data(task, job, job_free);
	g_signal_connect_object(self->cancellable, "cancelled", G_CALLBACK(cancelled), task, 0);
	g_task_run_in_thread(task, run_in_thread);
	return GTK_WIDGET(self);
}
