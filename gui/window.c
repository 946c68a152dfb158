/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window-private.h"

#include <math.h>
#include <string.h>

#include "crumbs.h"
#include "legend.h"
#include "minimap.h"
#include "ruler.h"
#include "words.h"

#define SIDE_WIDTH 284
#define INSPECTOR_WIDTH 290
#define DRAWER_HEIGHT 170

G_DEFINE_FINAL_TYPE(MdvWindow, mdv_window, GTK_TYPE_APPLICATION_WINDOW)

static const char css[] =
	"legend button { padding: 0 4px; min-height: 24px; min-width: 20px; }"
	"legend .swatch > button { padding: 0; min-width: 18px; min-height: 16px; border: none; "
	"background: none; box-shadow: none; }"
	"legend .swatch colorswatch { min-width: 18px; min-height: 14px; border-radius: 2px; }"
	"crumbs button { padding: 0 5px; min-height: 22px; font-weight: normal; }"
	"inspector button { padding: 0 2px; min-height: 24px; }"
	"ruler { font-size: 90%; }"
	"undershoot, overshoot { background: none; }"
	".numeric { font-feature-settings: 'tnum'; }"
	".status { padding: 2px 8px; min-height: 22px; }"
	".caption-bar { padding: 1px 6px; }"
	".map-frame { border: 1px solid alpha(currentColor, 0.2); }"
	".heading { font-weight: bold; }";

/* --- words --- */

void mdv_window_show_error(MdvWindow *self, const GError *error)
{
	g_free(self->error);
	self->error = mdv_words_error(error);
	gtk_label_set_text(GTK_LABEL(self->info_label), self->error);
	gtk_info_bar_set_revealed(GTK_INFO_BAR(self->info), TRUE);
}

void mdv_window_clear_error(MdvWindow *self)
{
	g_free(self->error);
	self->error = g_strdup("");
	gtk_info_bar_set_revealed(GTK_INFO_BAR(self->info), FALSE);
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

static void update_status(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	g_autofree char *text = NULL;
	AnzCell cell;

	if (!document)
		return;
	if (mdv_map_view_hover(MDV_MAP_VIEW(self->map), &cell)) {
		text = cell.nr_pages == 1 ? describe_page(document, cell.pfn) :
			describe_cell(document, &cell);
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

void mdv_window_apply_palette(MdvWindow *self)
{
	g_object_set(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-application-prefer-dark-theme",
		     mdv_view_style(self->view)->palette != ANZ_PALETTE_LIGHT, NULL);
}

static void document_changed(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	g_autofree char *title = document ?
		g_strdup_printf("%s \342\200\223 memdesc", mdv_document_title(document)) :
		g_strdup("memdesc");

	gtk_window_set_title(GTK_WINDOW(self), title);
	gtk_label_set_text(GTK_LABEL(self->title), document ? mdv_document_title(document) :
			   "Physical memory");
	gtk_label_set_text(GTK_LABEL(self->subtitle), document ? mdv_document_subtitle(document) :
			   "");
	gtk_widget_set_visible(self->subtitle, document != NULL);
	gtk_stack_set_visible_child_name(GTK_STACK(self->stack), document ? "main" : "empty");
	gtk_widget_set_visible(self->toolbar, document != NULL);
	mdv_drawer_remove(MDV_DRAWER(self->drawer), "changes");
	mdv_window_arrange_maps(self);
	mdv_window_update_states(self);
	update_status(self);
}

static void picture_changed(MdvWindow *self)
{
	update_search_note(self);
	mdv_window_update_states(self);
}

static void painter_changed(MdvWindow *self)
{
	const GError *error = mdv_painter_error(mdv_map_view_painter(MDV_MAP_VIEW(self->map)));

	if (error && !*self->error)
		mdv_window_show_error(self, error);
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
	gtk_label_set_text(GTK_LABEL(self->captions[0]), mdv_document_title(document));
	gtk_label_set_text(GTK_LABEL(self->captions[1]), mdv_document_title(other));
}

/* --- making the window --- */

static GtkWidget *icon_button(const char *icon, const char *action, const char *tip)
{
	GtkWidget *button = gtk_button_new_from_icon_name(icon);

	gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
	gtk_widget_set_tooltip_text(button, tip);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, tip,
				       -1);
	return button;
}

static GtkWidget *make_header(MdvWindow *self)
{
	GtkWidget *bar = gtk_header_bar_new(), *open, *menu = gtk_menu_button_new();
	GtkWidget *titles = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	g_autoptr(GMenuModel) model = mdv_window_menu();

	open = gtk_button_new_with_label("Open");
	gtk_actionable_set_action_name(GTK_ACTIONABLE(open), "win.open");
	gtk_widget_set_tooltip_text(open, "Open an analysis file or a crash dump");
	gtk_header_bar_pack_start(GTK_HEADER_BAR(bar), open);
	gtk_header_bar_pack_start(GTK_HEADER_BAR(bar),
				  icon_button("go-previous-symbolic", "win.back", "Back"));
	gtk_header_bar_pack_start(GTK_HEADER_BAR(bar),
				  icon_button("go-next-symbolic", "win.forward", "Forward"));
	self->title = gtk_label_new("Physical memory");
	self->subtitle = gtk_label_new("");
	gtk_widget_add_css_class(self->title, "title");
	gtk_widget_add_css_class(self->subtitle, "subtitle");
	gtk_label_set_ellipsize(GTK_LABEL(self->title), PANGO_ELLIPSIZE_MIDDLE);
	gtk_label_set_ellipsize(GTK_LABEL(self->subtitle), PANGO_ELLIPSIZE_END);
	gtk_box_append(GTK_BOX(titles), self->title);
	gtk_box_append(GTK_BOX(titles), self->subtitle);
	gtk_widget_set_valign(titles, GTK_ALIGN_CENTER);
	gtk_header_bar_set_title_widget(GTK_HEADER_BAR(bar), titles);
	gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(menu), "open-menu-symbolic");
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(menu), model);
	gtk_menu_button_set_primary(GTK_MENU_BUTTON(menu), TRUE);
	gtk_widget_set_tooltip_text(menu, "Menu");
	gtk_header_bar_pack_end(GTK_HEADER_BAR(bar), menu);
	return bar;
}

static void search_activated(GtkSearchEntry *entry, MdvWindow *self)
{
	mdv_window_search(self, gtk_editable_get_text(GTK_EDITABLE(entry)));
}

static void search_stopped(GtkSearchEntry *entry, MdvWindow *self)
{
	gtk_widget_activate_action(GTK_WIDGET(self), "win.clear", NULL);
}

static void mode_chosen(GtkDropDown *mode, GParamSpec *spec, MdvWindow *self)
{
	if (!self->updating)
		gtk_widget_activate_action(GTK_WIDGET(self), "win.mode", "s",
			anz_cell_mode_name(gtk_drop_down_get_selected(mode)));
}

static void curve_chosen(GtkDropDown *curve, GParamSpec *spec, MdvWindow *self)
{
	if (!self->updating)
		gtk_widget_activate_action(GTK_WIDGET(self), "win.layout", "s",
			anz_curve_name(gtk_drop_down_get_selected(curve)));
}

static GtkWidget *drop_down(const char *const *words, const char *label)
{
	GtkWidget *widget = gtk_drop_down_new_from_strings(words);

	gtk_widget_set_tooltip_text(widget, label);
	gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
				       -1);
	return widget;
}

static GtkWidget *make_toolbar(MdvWindow *self)
{
	/* in the order of AnzCellMode and AnzCurve */
	static const char *const modes[] = { "Dominant", "Mixed", "Heat", "Any", "Owners",
					     "Changes", NULL };
	static const char *const curves[] = { "Hilbert", "Morton", "Rows", NULL };
	GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
	GtkWidget *overlays = gtk_menu_button_new();
	GtkWidget *zoom = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
	g_autoptr(GMenuModel) model = mdv_window_overlay_menu();

	self->search = gtk_search_entry_new();
	gtk_search_entry_set_search_delay(GTK_SEARCH_ENTRY(self->search), 0);
	g_object_set(self->search, "placeholder-text",
		     "Address, class, flags:lru&!dirty, owner, = SQL", NULL);
	gtk_widget_set_hexpand(self->search, TRUE);
	gtk_widget_set_size_request(self->search, 180, -1);
	g_signal_connect(self->search, "activate", G_CALLBACK(search_activated), self);
	g_signal_connect(self->search, "stop-search", G_CALLBACK(search_stopped), self);
	self->search_note = gtk_label_new("");
	gtk_label_set_ellipsize(GTK_LABEL(self->search_note), PANGO_ELLIPSIZE_END);
	gtk_label_set_max_width_chars(GTK_LABEL(self->search_note), 30);
	self->search_buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
	gtk_widget_add_css_class(self->search_buttons, "linked");
	gtk_box_append(GTK_BOX(self->search_buttons),
		       icon_button("go-up-symbolic", "win.previous-match", "Previous match (N)"));
	gtk_box_append(GTK_BOX(self->search_buttons),
		       icon_button("go-down-symbolic", "win.next-match", "Next match (n)"));
	gtk_box_append(GTK_BOX(self->search_buttons),
		       icon_button("edit-clear-symbolic", "win.clear", "Light all pages again (Esc)"));
	gtk_widget_set_visible(self->search_buttons, FALSE);
	self->mode = drop_down(modes, "What a pixel of several pages shows");
	self->curve = drop_down(curves, "How pages are laid out");
	g_signal_connect(self->mode, "notify::selected", G_CALLBACK(mode_chosen), self);
	g_signal_connect(self->curve, "notify::selected", G_CALLBACK(curve_chosen), self);
	gtk_menu_button_set_label(GTK_MENU_BUTTON(overlays), "Borders");
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(overlays), model);
	gtk_widget_set_tooltip_text(overlays, "Lines around blocks, zones and others");
	gtk_widget_add_css_class(zoom, "linked");
	gtk_box_append(GTK_BOX(zoom), icon_button("zoom-out-symbolic", "win.zoom-out", "Zoom out (\342\210\222)"));
	gtk_box_append(GTK_BOX(zoom), icon_button("zoom-fit-best-symbolic", "win.fit", "All memory (0)"));
	gtk_box_append(GTK_BOX(zoom), icon_button("zoom-in-symbolic", "win.zoom-in", "Zoom in (+)"));
	gtk_box_append(GTK_BOX(bar), self->search);
	gtk_box_append(GTK_BOX(bar), self->search_note);
	gtk_box_append(GTK_BOX(bar), self->search_buttons);
	gtk_box_append(GTK_BOX(bar), self->mode);
	gtk_box_append(GTK_BOX(bar), self->curve);
	gtk_box_append(GTK_BOX(bar), overlays);
	gtk_box_append(GTK_BOX(bar), zoom);
	gtk_widget_set_margin_start(bar, 6);
	gtk_widget_set_margin_end(bar, 6);
	gtk_widget_set_margin_top(bar, 4);
	gtk_widget_set_margin_bottom(bar, 4);
	return bar;
}

static GtkWidget *make_progress(MdvWindow *self)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
	GtkWidget *cancel = gtk_button_new_with_label("Cancel");

	self->progress_label = gtk_label_new("");
	self->progress_bar = gtk_progress_bar_new();
	gtk_widget_set_hexpand(self->progress_bar, TRUE);
	gtk_widget_set_valign(self->progress_bar, GTK_ALIGN_CENTER);
	gtk_actionable_set_action_name(GTK_ACTIONABLE(cancel), "win.cancel");
	gtk_box_append(GTK_BOX(row), self->progress_label);
	gtk_box_append(GTK_BOX(row), self->progress_bar);
	gtk_box_append(GTK_BOX(row), cancel);
	gtk_widget_set_margin_start(row, 10);
	gtk_widget_set_margin_end(row, 6);
	gtk_widget_set_margin_top(row, 4);
	gtk_widget_set_margin_bottom(row, 4);
	gtk_widget_set_visible(row, FALSE);
	return row;
}

static GtkWidget *make_info(MdvWindow *self)
{
	GtkWidget *info = gtk_info_bar_new();

	self->info_label = gtk_label_new("");
	gtk_label_set_wrap(GTK_LABEL(self->info_label), TRUE);
	gtk_label_set_xalign(GTK_LABEL(self->info_label), 0);
	gtk_label_set_selectable(GTK_LABEL(self->info_label), TRUE);
	gtk_info_bar_add_child(GTK_INFO_BAR(info), self->info_label);
	gtk_info_bar_set_message_type(GTK_INFO_BAR(info), GTK_MESSAGE_ERROR);
	gtk_info_bar_set_show_close_button(GTK_INFO_BAR(info), TRUE);
	gtk_info_bar_set_revealed(GTK_INFO_BAR(info), FALSE);
	g_signal_connect_swapped(info, "response", G_CALLBACK(mdv_window_clear_error), self);
	return info;
}

static GtkWidget *make_map_frame(MdvWindow *self, GtkWidget *map, GtkWidget **caption)
{
	GtkWidget *frame = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

	*caption = gtk_label_new("");
	gtk_widget_add_css_class(*caption, "caption-bar");
	gtk_label_set_ellipsize(GTK_LABEL(*caption), PANGO_ELLIPSIZE_MIDDLE);
	gtk_box_append(GTK_BOX(frame), *caption);
	gtk_box_append(GTK_BOX(frame), map);
	gtk_widget_add_css_class(frame, "map-frame");
	gtk_widget_set_overflow(map, GTK_OVERFLOW_HIDDEN);
	return frame;
}

static GtkWidget *make_maps(MdvWindow *self)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

	self->map = mdv_map_view_new(self->view, MDV_PAINT_DOCUMENT);
	self->other_map = mdv_map_view_new(self->view, MDV_PAINT_OTHER);
	self->maps = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
	gtk_box_set_homogeneous(GTK_BOX(self->maps), TRUE);
	gtk_box_append(GTK_BOX(self->maps), make_map_frame(self, self->map, &self->captions[0]));
	gtk_box_append(GTK_BOX(self->maps),
		       make_map_frame(self, self->other_map, &self->captions[1]));
	g_signal_connect_swapped(self->map, "hover", G_CALLBACK(update_status), self);
	g_signal_connect_object(mdv_map_view_painter(MDV_MAP_VIEW(self->map)), "changed",
				G_CALLBACK(painter_changed), self, G_CONNECT_SWAPPED);
	gtk_box_append(GTK_BOX(row), mdv_ruler_new(self->view));
	gtk_box_append(GTK_BOX(row), self->maps);
	return row;
}

static GtkWidget *make_left(MdvWindow *self)
{
	GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	GtkWidget *minimap = mdv_minimap_new(self->view,
					     mdv_map_view_painter(MDV_MAP_VIEW(self->map)));

	gtk_box_append(GTK_BOX(left), minimap);
	gtk_box_append(GTK_BOX(left), mdv_legend_new(self->view));
	gtk_widget_set_size_request(left, SIDE_WIDTH, -1);
	gtk_widget_set_overflow(minimap, GTK_OVERFLOW_HIDDEN);
	return left;
}

static GtkWidget *make_main(MdvWindow *self)
{
	GtkWidget *inner = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);
	GtkWidget *outer = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL), *maps = make_maps(self);

	self->left = make_left(self);
	self->inspector = mdv_inspector_new(self->view);
	self->drawer = mdv_drawer_new(self->view);
	gtk_widget_set_size_request(self->inspector, INSPECTOR_WIDTH, -1);
	gtk_widget_set_size_request(self->drawer, -1, DRAWER_HEIGHT);
	gtk_paned_set_start_child(GTK_PANED(inner), maps);
	gtk_paned_set_end_child(GTK_PANED(inner), self->inspector);
	gtk_paned_set_resize_end_child(GTK_PANED(inner), FALSE);
	gtk_paned_set_shrink_end_child(GTK_PANED(inner), FALSE);
	gtk_paned_set_shrink_start_child(GTK_PANED(inner), FALSE);
	gtk_paned_set_start_child(GTK_PANED(outer), self->left);
	gtk_paned_set_end_child(GTK_PANED(outer), inner);
	gtk_paned_set_resize_start_child(GTK_PANED(outer), FALSE);
	gtk_paned_set_shrink_start_child(GTK_PANED(outer), FALSE);
	gtk_paned_set_shrink_end_child(GTK_PANED(outer), FALSE);
	self->rows = gtk_paned_new(GTK_ORIENTATION_VERTICAL);
	gtk_paned_set_start_child(GTK_PANED(self->rows), outer);
	gtk_paned_set_end_child(GTK_PANED(self->rows), self->drawer);
	gtk_paned_set_resize_end_child(GTK_PANED(self->rows), FALSE);
	gtk_paned_set_shrink_start_child(GTK_PANED(self->rows), FALSE);
	gtk_paned_set_shrink_end_child(GTK_PANED(self->rows), FALSE);
	gtk_widget_set_vexpand(self->rows, TRUE);
	return self->rows;
}

static GtkWidget *make_empty(void)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
	GtkWidget *title = gtk_label_new("What is every page of this machine's memory?");
	GtkWidget *words = gtk_label_new("Open a crash dump, or an analysis file that "
					 "\342\200\230memdesc analyze\342\200\231 has made, "
					 "or drop one here.");
	GtkWidget *open = gtk_button_new_with_label("Open \342\200\246");

	gtk_widget_add_css_class(title, "title-2");
	gtk_widget_add_css_class(words, "dim-label");
	gtk_widget_add_css_class(open, "suggested-action");
	gtk_actionable_set_action_name(GTK_ACTIONABLE(open), "win.open");
	gtk_widget_set_halign(open, GTK_ALIGN_CENTER);
	gtk_box_append(GTK_BOX(box), title);
	gtk_box_append(GTK_BOX(box), words);
	gtk_box_append(GTK_BOX(box), open);
	gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
	gtk_widget_set_vexpand(box, TRUE);
	return box;
}

static GtkWidget *make_status(MdvWindow *self)
{
	GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
	GtkWidget *crumbs = mdv_crumbs_new(self->view);
	GtkWidget *scroller = gtk_scrolled_window_new();

	/* where it is narrow, the words of the status line may be cut, crumbs scroll */
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_EXTERNAL,
				       GTK_POLICY_NEVER);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), crumbs);
	gtk_scrolled_window_set_propagate_natural_width(GTK_SCROLLED_WINDOW(scroller), TRUE);
	self->status = gtk_label_new("");
	gtk_label_set_xalign(GTK_LABEL(self->status), 0);
	gtk_label_set_ellipsize(GTK_LABEL(self->status), PANGO_ELLIPSIZE_END);
	gtk_widget_set_hexpand(self->status, TRUE);
	gtk_widget_add_css_class(self->status, "numeric");
	gtk_box_append(GTK_BOX(bar), self->status);
	gtk_box_append(GTK_BOX(bar), scroller);
	gtk_widget_add_css_class(bar, "status");
	return bar;
}

static gboolean dropped(GtkDropTarget *target, const GValue *value, double x, double y,
			MdvWindow *self)
{
	g_autofree char *path = g_file_get_path(g_value_get_object(value));
	const char *paths[] = { path, NULL };

	if (path)
		mdv_window_open(self, paths);
	return path != NULL;
}

static void make_window(MdvWindow *self)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *body;
	GtkDropTarget *drop = gtk_drop_target_new(G_TYPE_FILE, GDK_ACTION_COPY);

	gtk_window_set_titlebar(GTK_WINDOW(self), make_header(self));
	self->info = make_info(self);
	self->progress_row = make_progress(self);
	self->toolbar = make_toolbar(self);
	self->stack = gtk_stack_new();
	body = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_box_append(GTK_BOX(body), make_main(self));
	gtk_box_append(GTK_BOX(body), make_status(self));
	gtk_stack_add_named(GTK_STACK(self->stack), make_empty(), "empty");
	gtk_stack_add_named(GTK_STACK(self->stack), body, "main");
	gtk_box_append(GTK_BOX(box), self->info);
	gtk_box_append(GTK_BOX(box), self->progress_row);
	gtk_box_append(GTK_BOX(box), self->toolbar);
	gtk_box_append(GTK_BOX(box), self->stack);
	gtk_window_set_child(GTK_WINDOW(self), box);
	g_signal_connect(drop, "drop", G_CALLBACK(dropped), self);
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drop));
}

/* --- preferences --- */

static void apply_prefs(MdvWindow *self, const MdvPrefs *prefs)
{
	AnzPictureStyle style;

	anz_picture_style_init(&style, prefs->palette);
	style.overlays = prefs->overlays;
	style.grid = prefs->grid;
	mdv_view_set_curve(self->view, prefs->curve);
	mdv_view_set_show_holes(self->view, prefs->holes);
	mdv_view_set_style(self->view, &style);
	gtk_widget_set_visible(self->left, prefs->legend);
	gtk_widget_set_visible(self->inspector, prefs->inspector);
	gtk_widget_set_visible(self->drawer, prefs->tables);
	gtk_window_set_default_size(GTK_WINDOW(self), prefs->width, prefs->height);
	mdv_window_apply_palette(self);
}

static void save_prefs(MdvWindow *self)
{
	const AnzPictureStyle *style = mdv_view_style(self->view);
	MdvPrefs prefs = {
		.palette = style->palette, .curve = mdv_view_curve(self->view),
		.overlays = style->overlays, .grid = style->grid,
		.holes = mdv_view_show_holes(self->view),
		.legend = gtk_widget_get_visible(self->left),
		.inspector = gtk_widget_get_visible(self->inspector),
		.tables = gtk_widget_get_visible(self->drawer),
	};
	g_autoptr(GError) error = NULL;

	gtk_window_get_default_size(GTK_WINDOW(self), &prefs.width, &prefs.height);
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
	g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();

	gtk_css_provider_load_from_data(provider, css, -1);
	gtk_style_context_add_provider_for_display(gtk_widget_get_display(GTK_WIDGET(self)),
		GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
	self->view = mdv_view_new();
	self->error = g_strdup("");
	make_window(self);
	mdv_window_add_actions(self);
	g_signal_connect_object(self->view, "document", G_CALLBACK(document_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(self->view, "picture", G_CALLBACK(picture_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(self->view, "camera", G_CALLBACK(update_status), self,
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

const char *mdv_window_error(MdvWindow *self)
{
	return self->error;
}

const char *mdv_window_status(MdvWindow *self)
{
	return gtk_label_get_text(GTK_LABEL(self->status));
}

gboolean mdv_window_is_busy(MdvWindow *self)
{
	MdvSheet *sheet = mdv_drawer_current(MDV_DRAWER(self->drawer));

	return self->loading || self->lighting_busy || self->exports ||
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
