/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph.h"

#define NODE_WIDTH 264
#define NODE_HEIGHT 38
#define COLUMN_GAP 36
#define ROW_GAP 8
#define MARGIN 8
#define BAR_WIDTH 5		/* of the class's colour */

/* --- the canvas: buttons at fixed places, and lines between them --- */

#define MDV_TYPE_CANVAS (mdv_canvas_get_type())
G_DECLARE_FINAL_TYPE(MdvCanvas, mdv_canvas, MDV, CANVAS, GtkWidget)

struct _MdvCanvas {
	GtkWidget parent;
	MdvView *view;
	MdvGraphModel *model;	/* NULL: nothing is shown */
	GPtrArray *buttons;	/* one a node */
	int node_height;	/* room for two lines of the theme's type */
};

G_DEFINE_FINAL_TYPE(MdvCanvas, mdv_canvas, GTK_TYPE_WIDGET)

static const MdvNode *node_at(MdvCanvas *self, guint i)
{
	return &g_array_index(self->model->nodes, MdvNode, i);
}

/* Nodes of a column, and of the fullest one. */
static guint count_rows(MdvCanvas *self, guint column, guint *most)
{
	guint counts[16] = { 0 };

	*most = 0;
	for (guint i = 0; i < self->model->nodes->len; i++) {
		guint at = MIN(node_at(self, i)->column, G_N_ELEMENTS(counts) - 1);

		counts[at]++;
		*most = MAX(*most, counts[at]);
	}
	return counts[MIN(column, G_N_ELEMENTS(counts) - 1)];
}

static guint n_columns(MdvCanvas *self)
{
	guint n = 0;

	for (guint i = 0; i < self->model->nodes->len; i++)
		n = MAX(n, node_at(self, i)->column + 1);
	return n;
}

/* Columns stand side by side, the nodes of each around the same middle line. */
static graphene_rect_t place_of(MdvCanvas *self, guint number)
{
	guint column = node_at(self, number)->column, row = 0, most, rows;
	float x, y;

	for (guint i = 0; i < number; i++)
		row += node_at(self, i)->column == column;
	rows = count_rows(self, column, &most);
	x = MARGIN + (float)column * (NODE_WIDTH + COLUMN_GAP);
	y = MARGIN + ((float)row + (float)(most - rows) / 2) * (float)(self->node_height + ROW_GAP);
	return GRAPHENE_RECT_INIT(x, y, NODE_WIDTH, (float)self->node_height);
}

static void mdv_canvas_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
			       int *minimum, int *natural, int *minimum_baseline,
			       int *natural_baseline)
{
	MdvCanvas *self = MDV_CANVAS(widget);
	guint most = 0;
	int size = 0;

	self->node_height = NODE_HEIGHT;
	for (guint i = 0; i < self->buttons->len; i++) {
		int height;

		gtk_widget_measure(g_ptr_array_index(self->buttons, i), GTK_ORIENTATION_VERTICAL,
				   NODE_WIDTH, &height, NULL, NULL, NULL);
		self->node_height = MAX(self->node_height, height);
	}
	if (self->model && self->model->nodes->len) {
		count_rows(self, 0, &most);
		size = orientation == GTK_ORIENTATION_HORIZONTAL ?
			(int)n_columns(self) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP + 2 * MARGIN :
			(int)most * (self->node_height + ROW_GAP) - ROW_GAP + 2 * MARGIN;
	}
	*minimum = *natural = size;
}

static void mdv_canvas_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
	MdvCanvas *self = MDV_CANVAS(widget);

	for (guint i = 0; i < self->buttons->len; i++) {
		graphene_rect_t at = place_of(self, i);
		GskTransform *move = gsk_transform_translate(NULL, &at.origin);

		gtk_widget_allocate(g_ptr_array_index(self->buttons, i), NODE_WIDTH, self->node_height, -1,
				    move);
	}
}

static void draw_edge(MdvCanvas *self, cairo_t *cr, const MdvEdge *edge)
{
	static const double dots[] = { 2, 3 };
	graphene_rect_t from = place_of(self, edge->from), to = place_of(self, edge->to);

	cairo_set_dash(cr, dots, edge->dotted ? G_N_ELEMENTS(dots) : 0, 0);
	if (edge->dotted) {
		cairo_move_to(cr, from.origin.x + 24, from.origin.y + self->node_height);
		cairo_line_to(cr, to.origin.x + 24, to.origin.y);
	} else {
		double x = from.origin.x + NODE_WIDTH, y = from.origin.y + self->node_height / 2.0;
		double end = to.origin.y + self->node_height / 2.0;

		cairo_move_to(cr, x, y);
		cairo_curve_to(cr, x + COLUMN_GAP / 2.0, y, to.origin.x - COLUMN_GAP / 2.0, end,
			       to.origin.x, end);
	}
	cairo_stroke(cr);
}

static void mdv_canvas_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	MdvCanvas *self = MDV_CANVAS(widget);
	GdkRGBA ink;
	cairo_t *cr;

	if (!self->model)
		return;
	gtk_style_context_get_color(gtk_widget_get_style_context(widget), &ink);
	ink.alpha *= 0.6f;
	cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0,
		(float)gtk_widget_get_width(widget), (float)gtk_widget_get_height(widget)));
	gdk_cairo_set_source_rgba(cr, &ink);
	cairo_set_line_width(cr, 1.5);
	for (guint i = 0; i < self->model->edges->len; i++)
		draw_edge(self, cr, &g_array_index(self->model->edges, MdvEdge, i));
	cairo_destroy(cr);
	for (guint i = 0; i < self->buttons->len; i++)
		gtk_widget_snapshot_child(widget, g_ptr_array_index(self->buttons, i), snapshot);
	for (guint i = 0; i < self->model->nodes->len; i++) {
		graphene_rect_t at = place_of(self, i);
		int page_class = node_at(self, i)->page_class;
		guint32 c = page_class < 0 ? 0 : mdv_view_style(self->view)->colours[page_class];
		const GdkRGBA colour = { (c >> 16 & 0xff) / 255.0f, (c >> 8 & 0xff) / 255.0f,
					 (c & 0xff) / 255.0f, 1 };

		if (page_class >= 0)
			gtk_snapshot_append_color(snapshot, &colour, &GRAPHENE_RECT_INIT(
				at.origin.x, at.origin.y, BAR_WIDTH, (float)self->node_height));
	}
}

static void canvas_clear(MdvCanvas *self)
{
	for (guint i = 0; i < self->buttons->len; i++)
		gtk_widget_unparent(g_ptr_array_index(self->buttons, i));
	g_ptr_array_set_size(self->buttons, 0);
	g_clear_pointer(&self->model, mdv_graph_model_free);
}

static void mdv_canvas_dispose(GObject *object)
{
	MdvCanvas *self = MDV_CANVAS(object);

	canvas_clear(self);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_canvas_parent_class)->dispose(object);
}

static void mdv_canvas_finalize(GObject *object)
{
	g_ptr_array_unref(MDV_CANVAS(object)->buttons);
	G_OBJECT_CLASS(mdv_canvas_parent_class)->finalize(object);
}

static void mdv_canvas_class_init(MdvCanvasClass *klass)
{
	GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

	G_OBJECT_CLASS(klass)->dispose = mdv_canvas_dispose;
	G_OBJECT_CLASS(klass)->finalize = mdv_canvas_finalize;
	widget->measure = mdv_canvas_measure;
	widget->size_allocate = mdv_canvas_size_allocate;
	widget->snapshot = mdv_canvas_snapshot;
	gtk_widget_class_set_css_name(widget, "graph");
}

static void mdv_canvas_init(MdvCanvas *self)
{
	self->buttons = g_ptr_array_new();
}

/* --- the pane --- */

struct _MdvGraph {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *scroller, *note;
	MdvCanvas *canvas;
	gint64 owner;		/* in the middle; 0: the selection is */
};

G_DEFINE_FINAL_TYPE(MdvGraph, mdv_graph, GTK_TYPE_WIDGET)

static GtkWidget *line_new(const char *text, const char *class_name)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
	gtk_widget_add_css_class(label, class_name);
	return label;
}

static void pressed(GtkButton *button, MdvGraph *self)
{
	mdv_graph_press(self, GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(button), "node")));
}

static void add_button(MdvGraph *self, const MdvNode *node, guint number)
{
	GtkWidget *button = gtk_button_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	g_autofree char *text = g_strdup_printf("%s: %s", node->title, node->words);

	gtk_box_append(GTK_BOX(box), line_new(node->title, node->is_centre ? "centre" : "numeric"));
	gtk_box_append(GTK_BOX(box), line_new(node->words, "dim-label"));
	gtk_button_set_child(GTK_BUTTON(button), box);
	gtk_widget_set_tooltip_text(button, text);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
				       -1);
	gtk_widget_set_sensitive(button, node->nr_pages || node->owner);
	g_object_set_data(G_OBJECT(button), "node", GUINT_TO_POINTER(number));
	g_signal_connect(button, "clicked", G_CALLBACK(pressed), self);
	g_ptr_array_add(self->canvas->buttons, button);
	gtk_widget_set_parent(button, GTK_WIDGET(self->canvas));
}

static void show_model(MdvGraph *self, MdvGraphModel *model)
{
	canvas_clear(self->canvas);
	self->canvas->model = model;
	for (guint i = 0; i < model->nodes->len; i++)
		add_button(self, &g_array_index(model->nodes, MdvNode, i), i);
	gtk_widget_set_visible(self->note, !model->nodes->len);
	gtk_widget_set_visible(self->scroller, model->nodes->len > 0);
	gtk_widget_queue_resize(GTK_WIDGET(self->canvas));
}

/* What is not in sight is not looked up. */
static void update(MdvGraph *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	guint64 pfn, n;

	if (!gtk_widget_get_mapped(GTK_WIDGET(self)) || !document)
		return;
	if (self->owner) {
		show_model(self, mdv_graph_model_of_owner(document, self->owner));
	} else if (mdv_view_selection(self->view, &pfn, &n)) {
		show_model(self, mdv_graph_model_of_pages(document, pfn, n));
	} else {
		canvas_clear(self->canvas);
		gtk_widget_set_visible(self->note, TRUE);
		gtk_widget_set_visible(self->scroller, FALSE);
	}
}

static void selection_changed(MdvGraph *self)
{
	self->owner = 0;
	update(self);
}

void mdv_graph_press(MdvGraph *self, guint number)
{
	const MdvNode *node;

	if (!self->canvas->model || number >= self->canvas->model->nodes->len)
		return;
	node = &g_array_index(self->canvas->model->nodes, MdvNode, number);
	if (node->owner) {
		g_autofree char *words = g_strdup(node->title), *sql = NULL;

		sql = g_strdup_printf("SELECT pfn, pages FROM owned WHERE snapshot = :snapshot "
				      "AND owner = %" G_GINT64_FORMAT, node->owner);
		self->owner = node->owner;
		update(self);
		gtk_widget_activate_action(GTK_WIDGET(self), "win.light", "(ss)", sql, words);
	} else if (node->nr_pages) {
		guint64 pfn = node->pfn, n = node->nr_pages;

		self->owner = 0;
		mdv_view_go(self->view, pfn, n);
		update(self);
	}
}

const MdvGraphModel *mdv_graph_model(MdvGraph *self)
{
	return self->canvas->model;
}

static void mdv_graph_map(GtkWidget *widget)
{
	GTK_WIDGET_CLASS(mdv_graph_parent_class)->map(widget);
	update(MDV_GRAPH(widget));
}

static void mdv_graph_dispose(GObject *object)
{
	MdvGraph *self = MDV_GRAPH(object);

	g_clear_pointer(&self->scroller, gtk_widget_unparent);
	g_clear_pointer(&self->note, gtk_widget_unparent);
	g_clear_object(&self->canvas);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_graph_parent_class)->dispose(object);
}

static void mdv_graph_class_init(MdvGraphClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_graph_dispose;
	GTK_WIDGET_CLASS(klass)->map = mdv_graph_map;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

static void mdv_graph_init(MdvGraph *self)
{
	self->canvas = g_object_ref_sink(g_object_new(MDV_TYPE_CANVAS, NULL));
	self->scroller = gtk_scrolled_window_new();
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), GTK_WIDGET(self->canvas));
	gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
	self->note = gtk_label_new("Select a page to see its descriptor, its owners and its neighbours.");
	gtk_widget_add_css_class(self->note, "dim-label");
	gtk_widget_set_parent(self->note, GTK_WIDGET(self));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Graph around the selection", -1);
}

GtkWidget *mdv_graph_new(MdvView *view)
{
	MdvGraph *self = g_object_new(MDV_TYPE_GRAPH, NULL);

	self->view = g_object_ref(view);
	self->canvas->view = g_object_ref(view);
	g_signal_connect_object(view, "selection", G_CALLBACK(selection_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "picture", G_CALLBACK(gtk_widget_queue_draw), self->canvas,
				G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
