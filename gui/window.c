/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window-private.h"

#include <string.h>

#include "sketch.h"
#include "words.h"

#define STILL_FRAMES 2	/* one asks for the picture's pieces, one shows them */

G_DEFINE_FINAL_TYPE(MdvWindow, mdv_window, GTK_TYPE_APPLICATION_WINDOW)

/* --- words --- */

static void show_message(MdvWindow *self, const char *words, const char *kind)
{
	const char *const classes[] = { "message", kind, NULL };

	gtk_label_set_text(GTK_LABEL(self->info_label), words);
	gtk_widget_set_css_classes(self->info, (const char **)classes);
	gtk_widget_set_visible(self->info, TRUE);
}

void mdv_window_show_error(MdvWindow *self, const GError *error)
{
	g_free(self->error);
	self->error = mdv_words_error(error);
	show_message(self, self->error, "error");
}

void mdv_window_show_warning(MdvWindow *self, const char *words)
{
	show_message(self, words, "warning");
}

void mdv_window_clear_error(MdvWindow *self)
{
	g_free(self->error);
	self->error = g_strdup("");
	gtk_widget_set_visible(self->info, FALSE);
}

/* What takes a row: where it lies, and whose it is. */
static void describe_rest(AnzStore *store, guint64 pfn, GString *text)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT node, zone, refcount, "
		"w.kind, w.name FROM page LEFT JOIN owners w ON w.snapshot = :snapshot "
		"AND w.id = page.owner WHERE pfn = :pfn", NULL);
	g_autofree char *owner = NULL;

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (!anz_query_next(query, NULL))
		return;
	if (!anz_query_is_null(query, 3)) {
		owner = mdv_words_owner(anz_query_text(query, 3), anz_query_text(query, 4));
		g_string_append_printf(text, "  %s", owner);
	}
	if (!anz_query_is_null(query, 1))
		g_string_append_printf(text, "  node %s %s", anz_query_text(query, 0) ?: "?",
				       anz_query_text(query, 1));
	if (!anz_query_is_null(query, 2))
		g_string_append_printf(text, "  refcount %s", anz_query_text(query, 2));
}

/* One page under the pointer: planes are arrays, so this is cheap enough for every motion. */
static char *describe_page(MdvDocument *document, guint64 pfn)
{
	AnzStore *store = mdv_document_store(document);
	g_autofree char *address = mdv_words_address(pfn * mdv_document_page_size(document));
	GString *text = g_string_new(NULL);
	guint8 class, order;
	guint16 attr;

	g_string_printf(text, "%s  frame %" G_GUINT64_FORMAT, address, pfn);
	if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, 1, &class, NULL) ||
	    !anz_store_read_plane(store, ANZ_PLANE_ORDER, pfn, 1, &order, NULL) ||
	    !anz_store_read_plane(store, ANZ_PLANE_ATTR, pfn, 1, &attr, NULL))
		return g_string_free(text, FALSE);
	g_string_append_printf(text, "  %s", anz_page_class_info(class)->name);
	if (order)
		g_string_append_printf(text, " of order %u", order);
	if (attr & ANZ_ATTR_MAPPED)
		g_string_append(text, ", mapped");
	if (attr & ANZ_ATTR_DIRTY)
		g_string_append(text, ", dirty");
	if (attr & ANZ_ATTR_HWPOISON)
		g_string_append(text, ", hwpoison");
	if (attr & ANZ_ATTR_CONTENT_EXCLUDED)
		g_string_append(text, ", content not in the dump");
	describe_rest(store, pfn, text);
	return g_string_free(text, FALSE);
}

/* A cell of many pages: its most frequent class and what else is there. */
static char *describe_cell(MdvDocument *document, const AnzCell *cell)
{
	g_autofree char *address = mdv_words_address(cell->pfn * mdv_document_page_size(document));
	g_autofree char *size = mdv_words_size(cell->nr_pages * mdv_document_page_size(document));
	GString *text = g_string_new(NULL);
	guint level = 0;
	guint8 dominant;
	guint32 set;

	g_string_printf(text, "%s  %s", address, size);
	while (((guint64)1 << (2 * level)) < cell->nr_pages)
		level++;
	if (!anz_store_read_pyramid(mdv_document_store(document), level,
				    cell->pfn >> (2 * level), 1, &dominant, &set, NULL))
		return g_string_free(text, FALSE);
	g_string_append_printf(text, "  mostly %s", anz_page_class_info(dominant)->name);
	set &= ~(1u << dominant);
	for (guint c = 0, any = 0; c < ANZ_NR_CLASSES; c++)
		if (set >> c & 1)
			g_string_append_printf(text, "%s%s", any++ ? ", " : ", also ",
					       anz_page_class_info(c)->name);
	return g_string_free(text, FALSE);
}

/* What the pointer is on, and in which of the two maps; NULL: in neither. */
static MdvDocument *hovered(MdvWindow *self, AnzCell *cell)
{
	if (mdv_map_view_hover(MDV_MAP_VIEW(self->map), cell))
		return mdv_view_document(self->view);
	return mdv_map_view_hover(MDV_MAP_VIEW(self->other_map), cell) ? mdv_view_other(self->view) : NULL;
}

void mdv_window_update_status(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view), *under;
	g_autofree char *text = NULL;
	AnzCell cell;

	if (!document)
		return;
	under = hovered(self, &cell);
	if (under) {
		text = cell.nr_pages == 1 ? describe_page(under, cell.pfn) : describe_cell(under, &cell);
	} else {
		int zoom = mdv_view_camera(self->view)->zoom;

		text = zoom > 0 ? g_strdup_printf("A page is %u pixels wide", 1u << zoom) :
			zoom == 0 ? g_strdup("A pixel is a page") :
			g_strdup_printf("A pixel is %u pages", 1u << (-2 * zoom));
	}
	gtk_label_set_text(GTK_LABEL(self->status), text);
}

static void update_search_note(MdvWindow *self)
{
	AnzPageSet *lit = mdv_view_lit(self->view);
	g_autofree char *text = NULL, *count = NULL;

	gtk_widget_set_visible(self->search_note, lit != NULL);
	gtk_widget_set_visible(self->search_buttons, lit != NULL);
	if (!lit) {
		gtk_label_set_text(GTK_LABEL(self->search_note), "");
		return;
	}
	count = mdv_words_pages(anz_page_set_count(lit));
	text = g_strdup_printf("%s: %s", count, mdv_view_lit_words(self->view));
	gtk_label_set_text(GTK_LABEL(self->search_note), text);
	gtk_widget_set_tooltip_text(self->search_note, text);
}

/* --- what follows the view --- */

/* Another theme is read and every widget styled anew by it: that takes longer than the picture does. */
static void apply_theme(MdvWindow *self)
{
	g_object_set(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-application-prefer-dark-theme",
		     !anz_palette_is_light(mdv_view_style(self->view)->palette), NULL);
}

static gboolean dress(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
	MdvWindow *self = MDV_WINDOW(widget);

	if (mdv_painter_n_pending(mdv_map_view_painter(MDV_MAP_VIEW(self->map))))
		self->still_frames = 0;
	else if (++self->still_frames > STILL_FRAMES) {
		self->dressing = 0;
		apply_theme(self);
		return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

void mdv_window_apply_palette(MdvWindow *self)
{
	gboolean dark = FALSE, light = anz_palette_is_light(mdv_view_style(self->view)->palette);

	g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-application-prefer-dark-theme", &dark, NULL);
	self->still_frames = 0;
	if (dark == light && !self->dressing)
		self->dressing = gtk_widget_add_tick_callback(GTK_WIDGET(self), dress, NULL, NULL);
}

void mdv_window_arrange_stack(MdvWindow *self)
{
	gboolean sketched = mdv_window_sketched(self) != NULL;
	gboolean document = mdv_view_document(self->view) != NULL;

	gtk_stack_set_visible_child_name(GTK_STACK(self->stack), sketched ? "sketch" :
					 document ? "main" : "empty");
	gtk_widget_set_visible(self->toolbar, document && !sketched);
}

MdvView *mdv_window_sketched(MdvWindow *self)
{
	MdvView *view = mdv_sketch_view(MDV_SKETCH(self->sketch));

	return mdv_view_sketch(view) ? view : NULL;
}

static void document_changed(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	g_autoptr(GMenuModel) snapshots = NULL;
	g_autofree char *title = document ?
		g_strdup_printf("%s \342\200\223 memdesc", mdv_document_title(document)) :
		g_strdup("memdesc");

	gtk_window_set_title(GTK_WINDOW(self), title);
	gtk_label_set_text(GTK_LABEL(self->title), document ? mdv_document_title(document) :
			   "Physical memory");
	gtk_label_set_text(GTK_LABEL(self->subtitle), document ? mdv_document_subtitle(document) :
			   "");
	gtk_widget_set_visible(self->subtitle, document != NULL);
	snapshots = mdv_window_snapshot_menu(self);
	gtk_widget_set_visible(self->snapshots, snapshots != NULL);
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(self->snapshots), snapshots);
	mdv_window_arrange_stack(self);
	mdv_drawer_remove(MDV_DRAWER(self->drawer), "changes");
	mdv_window_arrange_maps(self);
	mdv_window_update_states(self);
	mdv_window_update_status(self);
}

void mdv_window_set_search_text(MdvWindow *self, const char *text)
{
	GtkEditable *box = GTK_EDITABLE(self->search);

	if (!strcmp(gtk_editable_get_text(box), text))
		return;
	/* on its way to another text the box is empty for a moment */
	self->updating = TRUE;
	gtk_editable_set_text(box, text);
	self->updating = FALSE;
}

/* What is lit now was not searched for by what stands in the box; what is being typed stays. */
static void update_search_box(MdvWindow *self)
{
	AnzPageSet *lit = mdv_view_lit(self->view);
	GtkEditable *box = GTK_EDITABLE(self->search);
	gboolean typing = gtk_widget_get_state_flags(self->search) & GTK_STATE_FLAG_FOCUS_WITHIN;

	if (lit == self->noted)
		return;
	self->noted = lit;
	if (typing || !g_strcmp0(gtk_editable_get_text(box), mdv_view_lit_search(self->view)))
		return;
	mdv_window_set_search_text(self, "");
}

static void picture_changed(MdvWindow *self)
{
	/* other pages are lit than those that the table has */
	if (self->matches && mdv_view_lit(self->view) != self->matches) {
		self->matches = NULL;
		mdv_drawer_remove(MDV_DRAWER(self->drawer), "matches");
	}
	update_search_box(self);
	update_search_note(self);
	mdv_window_update_states(self);
}

void mdv_window_painter_changed(MdvWindow *self)
{
	const GError *error = mdv_painter_error(mdv_map_view_painter(MDV_MAP_VIEW(self->map)));

	if (error && !*self->error)
		mdv_window_show_error(self, error);
}

static void set_caption(GtkWidget *caption, MdvDocument *document, gboolean with_snapshot)
{
	g_autofree char *text = with_snapshot ?
		g_strdup_printf("snapshot %" G_GINT64_FORMAT,
				anz_store_snapshot(mdv_document_store(document))) :
		g_strdup(mdv_document_title(document));

	gtk_label_set_text(GTK_LABEL(caption), text);
}

/* One map, or the older one beside it; while blinking, the older one in its place. */
void mdv_window_arrange_maps(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view), *other = mdv_view_other(self->view);
	GtkWidget *own = gtk_widget_get_parent(self->map);
	GtkWidget *older = gtk_widget_get_parent(self->other_map);
	gboolean both = other && self->side_by_side;

	gtk_widget_set_visible(own, both || !(other && self->blink));
	gtk_widget_set_visible(older, both || (other && self->blink));
	gtk_widget_set_visible(self->captions[0], other != NULL);
	gtk_widget_set_visible(self->captions[1], other != NULL);
	if (!other)
		return;
	set_caption(self->captions[0], document, mdv_document_is_sibling_of(document, other));
	set_caption(self->captions[1], other, mdv_document_is_sibling_of(document, other));
}

void mdv_window_uncompare(MdvWindow *self)
{
	self->blink = FALSE;
	mdv_view_set_other(self->view, NULL, NULL);
	mdv_drawer_remove(MDV_DRAWER(self->drawer), "changes");
	mdv_window_arrange_maps(self);
	mdv_window_update_states(self);
}

/* --- preferences --- */

static void apply_prefs(MdvWindow *self, const MdvPrefs *prefs)
{
	AnzPictureStyle style;

	anz_picture_style_init(&style, prefs->palette);
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (prefs->own >> c & 1)
			style.colours[c] = prefs->colours[c];
	style.overlays = prefs->overlays;
	style.grid = prefs->grid;
	mdv_view_set_curve(self->view, prefs->curve);
	mdv_view_set_show_holes(self->view, prefs->holes);
	mdv_view_set_style(self->view, &style);
	gtk_widget_set_visible(self->left, prefs->legend);
	gtk_widget_set_visible(self->inspector, prefs->inspector);
	gtk_widget_set_visible(self->drawer, prefs->tables);
	mdv_raw_set_unfolded(mdv_window_raw(self), prefs->bytes);
	gtk_window_set_default_size(GTK_WINDOW(self), prefs->width, prefs->height);
	apply_theme(self);
}

static MdvPrefs collect_prefs(MdvWindow *self)
{
	const AnzPictureStyle *style = mdv_view_style(self->view);
	MdvPrefs prefs = {
		.palette = style->palette, .curve = mdv_view_curve(self->view),
		.overlays = style->overlays, .grid = style->grid,
		.holes = mdv_view_show_holes(self->view),
		.legend = gtk_widget_get_visible(self->left),
		.inspector = gtk_widget_get_visible(self->inspector),
		.tables = gtk_widget_get_visible(self->drawer),
		.bytes = mdv_raw_is_unfolded(mdv_window_raw(self)),
	};

	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		prefs.colours[c] = style->colours[c];
		if (style->colours[c] != anz_palette_colour(style->palette, c))
			prefs.own |= 1u << c;
	}
	gtk_window_get_default_size(GTK_WINDOW(self), &prefs.width, &prefs.height);
	return prefs;
}

void mdv_window_keep_own_looks(MdvWindow *self)
{
	if (!self->has_link)
		self->own = collect_prefs(self);
}

void mdv_window_note_linked_looks(MdvWindow *self)
{
	self->linked = collect_prefs(self);
	self->has_link = TRUE;
}

/* What is as a link had it goes back to what the user had. */
static void drop_linked_looks(MdvWindow *self, MdvPrefs *prefs)
{
	const MdvPrefs *own = &self->own, *linked = &self->linked;

	if (prefs->palette == linked->palette && prefs->own == linked->own &&
	    !memcmp(prefs->colours, linked->colours, sizeof(prefs->colours))) {
		prefs->palette = own->palette;
		prefs->own = own->own;
		memcpy(prefs->colours, own->colours, sizeof(prefs->colours));
	}
	if (prefs->curve == linked->curve)
		prefs->curve = own->curve;
	if (prefs->overlays == linked->overlays)
		prefs->overlays = own->overlays;
	if (prefs->grid == linked->grid)
		prefs->grid = own->grid;
	if (prefs->holes == linked->holes)
		prefs->holes = own->holes;
}

static void save_prefs(MdvWindow *self)
{
	MdvPrefs prefs = collect_prefs(self);
	g_autoptr(GError) error = NULL;

	if (self->has_link)
		drop_linked_looks(self, &prefs);
	if (!mdv_prefs_save(&prefs, self->prefs_path, &error))
		g_message("preferences were not kept: %s", error->message);
}

static gboolean mdv_window_close_request(GtkWindow *window)
{
	save_prefs(MDV_WINDOW(window));
	mdv_window_stop_loading(MDV_WINDOW(window));
	return GTK_WINDOW_CLASS(mdv_window_parent_class)->close_request(window);
}

/* --- object --- */

static void mdv_window_dispose(GObject *object)
{
	MdvWindow *self = MDV_WINDOW(object);

	mdv_window_stop_loading(self);
	if (self->lighting)
		g_cancellable_cancel(self->lighting);
	g_clear_object(&self->lighting);
	G_OBJECT_CLASS(mdv_window_parent_class)->dispose(object);
	g_clear_object(&self->view);
}

static void mdv_window_finalize(GObject *object)
{
	MdvWindow *self = MDV_WINDOW(object);

	g_strfreev(self->vmlinux);
	g_strfreev(self->paths);
	g_strfreev(self->shown);
	anz_view_free(self->wanted);
	g_free(self->wanted_search);
	g_free(self->vmcoreinfo);
	g_free(self->prefs_path);
	g_free(self->error);
	G_OBJECT_CLASS(mdv_window_parent_class)->finalize(object);
}

static void mdv_window_class_init(MdvWindowClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_window_dispose;
	G_OBJECT_CLASS(klass)->finalize = mdv_window_finalize;
	GTK_WINDOW_CLASS(klass)->close_request = mdv_window_close_request;
}

static void mdv_window_init(MdvWindow *self)
{
	self->view = mdv_view_new();
	self->error = g_strdup("");
	mdv_window_make(self);
	mdv_window_add_actions(self);
	g_signal_connect_object(self->view, "document", G_CALLBACK(document_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(self->view, "picture", G_CALLBACK(picture_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(self->view, "camera", G_CALLBACK(mdv_window_update_status), self,
				G_CONNECT_SWAPPED);
	document_changed(self);
}

MdvWindow *mdv_window_new(GtkApplication *application, const char *prefs_path)
{
	MdvWindow *self = g_object_new(MDV_TYPE_WINDOW, "application", application, NULL);
	MdvPrefs prefs;

	self->prefs_path = g_strdup(prefs_path);
	mdv_prefs_load(&prefs, prefs_path);
	apply_prefs(self, &prefs);
	return self;
}

MdvView *mdv_window_view(MdvWindow *self)
{
	return self->view;
}

MdvMapView *mdv_window_map(MdvWindow *self)
{
	return MDV_MAP_VIEW(self->map);
}

MdvDrawer *mdv_window_drawer(MdvWindow *self)
{
	return MDV_DRAWER(self->drawer);
}

MdvInspector *mdv_window_inspector(MdvWindow *self)
{
	return MDV_INSPECTOR(self->inspector);
}

MdvKey *mdv_window_key(MdvWindow *self)
{
	return MDV_KEY(self->key);
}

MdvRaw *mdv_window_raw(MdvWindow *self)
{
	return mdv_inspector_raw(MDV_INSPECTOR(self->inspector));
}

const char *mdv_window_error(MdvWindow *self)
{
	return self->error;
}

const char *mdv_window_message(MdvWindow *self)
{
	return gtk_widget_get_visible(self->info) ?
		gtk_label_get_text(GTK_LABEL(self->info_label)) : "";
}

const char *mdv_window_status(MdvWindow *self)
{
	return gtk_label_get_text(GTK_LABEL(self->status));
}

gboolean mdv_window_is_busy(MdvWindow *self)
{
	MdvSheet *sheet = mdv_drawer_current(MDV_DRAWER(self->drawer));

	return self->loading || self->lighting_busy || self->exports || self->dressing ||
		mdv_raw_is_busy(mdv_window_raw(self)) ||
		mdv_map_view_is_busy(MDV_MAP_VIEW(self->map)) ||
		mdv_map_view_is_busy(MDV_MAP_VIEW(self->other_map)) ||
		(sheet && mdv_sheet_is_busy(sheet));
}

gboolean mdv_window_screenshot(MdvWindow *self, const char *path, GError **error)
{
	g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(GTK_WIDGET(self));
	GtkSnapshot *snapshot = gtk_snapshot_new();
	/* with the window's border: anything else would scale it */
	int width = gdk_paintable_get_intrinsic_width(paintable);
	int height = gdk_paintable_get_intrinsic_height(paintable);
	g_autoptr(GskRenderNode) node = NULL;
	g_autoptr(GdkTexture) texture = NULL;

	gdk_paintable_snapshot(paintable, snapshot, width, height);
	node = gtk_snapshot_free_to_node(snapshot);
	if (!node) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "the window is not drawn yet");
		return FALSE;
	}
	texture = gsk_renderer_render_texture(gtk_native_get_renderer(GTK_NATIVE(self)), node,
		&GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
	if (gdk_texture_save_to_png(texture, path))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot write %s", path);
	return FALSE;
}
