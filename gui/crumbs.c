/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crumbs.h"

#include <string.h>

#include "words.h"

struct _MdvCrumbs {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *box;
	guint n;
};

G_DEFINE_FINAL_TYPE(MdvCrumbs, mdv_crumbs, GTK_TYPE_WIDGET)

typedef struct {
	MdvView *view;
	guint64 pfn, nr_pages;
} Step;

static void go(GtkButton *button, Step *step)
{
	mdv_view_go(step->view, step->pfn, step->nr_pages);
}

static void step_free(gpointer data, GClosure *closure)
{
	g_free(data);
}

static void add_step(MdvCrumbs *self, const char *text, guint64 pfn, guint64 nr_pages)
{
	GtkWidget *button = gtk_button_new_with_label(text);
	Step *step = g_new(Step, 1);

	*step = (Step){ self->view, pfn, nr_pages };
	if (self->n++) {
		GtkWidget *arrow = gtk_label_new("\342\200\272");

		gtk_widget_add_css_class(arrow, "dim-label");
		gtk_box_append(GTK_BOX(self->box), arrow);
	}
	gtk_button_set_has_frame(GTK_BUTTON(button), FALSE);
	g_signal_connect_data(button, "clicked", G_CALLBACK(go), step, step_free, 0);
	gtk_box_append(GTK_BOX(self->box), button);
}

static void add_zone(MdvCrumbs *self, AnzStore *store, const char *node, const char *zone)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT z.start_pfn, z.spanned, n.start_pfn, n.spanned FROM zones z "
		"LEFT JOIN nodes n ON n.snapshot = z.snapshot AND n.node = z.node "
		"WHERE z.snapshot = :snapshot AND z.node = :node AND z.zone = :zone", NULL);
	g_autofree char *name = g_strdup_printf("Node %s", node);

	if (!query)
		return;
	anz_query_bind_text(query, ":node", node);
	anz_query_bind_text(query, ":zone", zone);
	if (!anz_query_next(query, NULL))
		return;
	if (!anz_query_is_null(query, 2))
		add_step(self, name, (guint64)anz_query_int(query, 2),
			 (guint64)anz_query_int(query, 3));
	add_step(self, zone, (guint64)anz_query_int(query, 0), (guint64)anz_query_int(query, 1));
}

static void add_aligned(MdvCrumbs *self, const char *what, guint64 pfn, guint64 size)
{
	g_autofree char *text = g_strdup_printf("%s %" G_GUINT64_FORMAT, what, pfn / size);

	add_step(self, text, pfn / size * size, size);
}

static void fill(MdvCrumbs *self, MdvDocument *document, guint64 pfn)
{
	AnzStore *store = mdv_document_store(document);
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT node, zone, class, \"order\", first_pfn, last_pfn - first_pfn + 1 FROM page "
		"WHERE pfn = :pfn", NULL);
	guint64 order, section = anz_store_section_pages(store);
	g_autofree char *frame = g_strdup_printf("page %" G_GUINT64_FORMAT, pfn);

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (!anz_query_next(query, NULL))
		return;
	if (!anz_query_is_null(query, 0) && !anz_query_is_null(query, 1))
		add_zone(self, store, anz_query_text(query, 0), anz_query_text(query, 1));
	if (section)
		add_aligned(self, "section", pfn, section);
	if (anz_store_meta_uint(store, "format.pageblock_order", &order) && order < 20)
		add_aligned(self, "pageblock", pfn, (guint64)1 << order);
	if (!anz_query_is_null(query, 3) && anz_query_int(query, 3) > 0) {
		g_autofree char *text = g_strdup_printf("%s of order %s", anz_query_text(query, 2),
							anz_query_text(query, 3));

		add_step(self, text, (guint64)anz_query_int(query, 4),
			 (guint64)anz_query_int(query, 5));
	}
	add_step(self, frame, pfn, 1);
}

static void update(MdvCrumbs *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	GtkWidget *child;
	guint64 pfn, n;

	while ((child = gtk_widget_get_first_child(self->box)))
		gtk_box_remove(GTK_BOX(self->box), child);
	self->n = 0;
	if (document && mdv_view_selection(self->view, &pfn, &n))
		fill(self, document, pfn);
}

guint mdv_crumbs_n(MdvCrumbs *self)
{
	return self->n;
}

static void mdv_crumbs_dispose(GObject *object)
{
	MdvCrumbs *self = MDV_CRUMBS(object);

	g_clear_pointer(&self->box, gtk_widget_unparent);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_crumbs_parent_class)->dispose(object);
}

static void mdv_crumbs_class_init(MdvCrumbsClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_crumbs_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "crumbs");
}

static void mdv_crumbs_init(MdvCrumbs *self)
{
	self->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
	gtk_widget_set_parent(self->box, GTK_WIDGET(self));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Where the selection is", -1);
}

GtkWidget *mdv_crumbs_new(MdvView *view)
{
	MdvCrumbs *self = g_object_new(MDV_TYPE_CRUMBS, NULL);

	self->view = g_object_ref(view);
	g_signal_connect_object(view, "selection", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
