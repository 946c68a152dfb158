/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a window is made of, and where it lies. */
#include "crumbs.h"
#include "legend.h"
#include "minimap.h"
#include "ruler.h"
#include "sketch.h"
#include "window-private.h"

#define INSPECTOR_WIDTH 290
#define DRAWER_HEIGHT 186

static const char css[] =
	/* an eye that fades would be a dozen frames for one press */
	"legend button { padding: 0 4px; min-height: 24px; min-width: 20px; transition: none; }"
	"legend .swatch > button { padding: 0; min-width: 18px; min-height: 16px; border: none; "
	"background: none; box-shadow: none; }"
	"legend .swatch colorswatch { min-width: 18px; min-height: 14px; border-radius: 2px; }"
	"crumbs button { padding: 0 5px; min-height: 22px; font-weight: normal; }"
	".message { padding: 6px 10px; }"
	".message.error { background: alpha(@error_color, 0.3); }"
	".message.warning { background: alpha(@warning_color, 0.3); }"
	".bytes { font-family: monospace; font-size: 80%; }"
	"graph button { padding: 1px 8px 1px 12px; min-height: 0; font-size: 90%; }"
	"inspector button { padding: 0 2px; min-height: 24px; }"
	"ruler { font-size: 90%; }"
	"undershoot, overshoot { background: none; }"
	".numeric { font-feature-settings: 'tnum'; }"
	".status { padding: 2px 8px; min-height: 22px; }"
	".caption-bar { padding: 1px 6px; }"
	".map-frame { border: 1px solid alpha(currentColor, 0.2); }"
	".heading { font-weight: bold; }"
	"graph .centre { font-weight: bold; }";

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
	self->snapshots = gtk_menu_button_new();
	gtk_menu_button_set_label(GTK_MENU_BUTTON(self->snapshots), "Snapshots");
	gtk_widget_set_tooltip_text(self->snapshots, "Show another snapshot of this file, or compare "
				    "with it");
	gtk_header_bar_pack_end(GTK_HEADER_BAR(bar), self->snapshots);
	return bar;
}

static void search_activated(GtkSearchEntry *entry, MdvWindow *self)
{
	mdv_window_search(self, gtk_editable_get_text(GTK_EDITABLE(entry)));
}

/* Who empties the box sees all pages again. */
static void search_changed(GtkSearchEntry *entry, MdvWindow *self)
{
	if (!self->updating && !*gtk_editable_get_text(GTK_EDITABLE(entry)) && mdv_view_lit(self->view))
		mdv_view_set_lit(self->view, NULL, NULL, NULL);
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
					     "Control groups", "File systems", "Fragmentation",
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
	g_signal_connect(self->search, "search-changed", G_CALLBACK(search_changed), self);
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

/* A bar of its own: GtkInfoBar moves while it is shown, and its height with it. */
static GtkWidget *make_info(MdvWindow *self)
{
	GtkWidget *info = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
	GtkWidget *close = gtk_button_new_from_icon_name("window-close-symbolic");

	self->info_label = gtk_label_new("");
	gtk_label_set_wrap(GTK_LABEL(self->info_label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(self->info_label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(self->info_label), 0);
	gtk_label_set_selectable(GTK_LABEL(self->info_label), TRUE);
	gtk_widget_set_hexpand(self->info_label, TRUE);
	gtk_button_set_has_frame(GTK_BUTTON(close), FALSE);
	gtk_widget_set_valign(close, GTK_ALIGN_START);
	gtk_widget_set_tooltip_text(close, "Close");
	gtk_accessible_update_property(GTK_ACCESSIBLE(close), GTK_ACCESSIBLE_PROPERTY_LABEL, "Close",
				       -1);
	g_signal_connect_swapped(close, "clicked", G_CALLBACK(mdv_window_clear_error), self);
	gtk_box_append(GTK_BOX(info), self->info_label);
	gtk_box_append(GTK_BOX(info), close);
	gtk_widget_add_css_class(info, "message");
	gtk_widget_set_visible(info, FALSE);
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
	g_signal_connect_swapped(self->map, "hover", G_CALLBACK(mdv_window_update_status), self);
	g_signal_connect_swapped(self->other_map, "hover", G_CALLBACK(mdv_window_update_status), self);
	g_signal_connect_object(mdv_map_view_painter(MDV_MAP_VIEW(self->map)), "changed",
				G_CALLBACK(mdv_window_painter_changed), self, G_CONNECT_SWAPPED);
	gtk_box_append(GTK_BOX(row), mdv_ruler_new(self->view));
	gtk_box_append(GTK_BOX(row), self->maps);
	return row;
}

static GtkWidget *make_left(MdvWindow *self)
{
	GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	GtkWidget *minimap = mdv_minimap_new(self->view,
					     mdv_map_view_painter(MDV_MAP_VIEW(self->map)));
	GtkWidget *legend;

	gtk_box_append(GTK_BOX(left), minimap);
	legend = mdv_legend_new(self->view);
	self->key = mdv_legend_key(MDV_LEGEND(legend));
	gtk_box_append(GTK_BOX(left), legend);
	gtk_widget_set_size_request(left, MDV_SIDE_WIDTH, -1);
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
	g_signal_connect_object(self->drawer, "failed", G_CALLBACK(mdv_window_show_error), self,
				G_CONNECT_SWAPPED);
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

/* The last crumb says the most. */
static void show_end(GtkAdjustment *adjustment)
{
	gtk_adjustment_set_value(adjustment, gtk_adjustment_get_upper(adjustment));
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
	g_signal_connect(gtk_scrolled_window_get_hadjustment(GTK_SCROLLED_WINDOW(scroller)), "changed",
			 G_CALLBACK(show_end), NULL);
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

void mdv_window_make(MdvWindow *self)
{
	g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *body;
	GtkDropTarget *drop = gtk_drop_target_new(G_TYPE_FILE, GDK_ACTION_COPY);

	/* a message that has the focus is read, not marked */
	g_object_set(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-label-select-on-focus", FALSE, NULL);
	gtk_css_provider_load_from_data(provider, css, -1);
	gtk_style_context_add_provider_for_display(gtk_widget_get_display(GTK_WIDGET(self)),
		GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
	gtk_window_set_titlebar(GTK_WINDOW(self), make_header(self));
	self->info = make_info(self);
	self->progress_row = make_progress(self);
	self->toolbar = make_toolbar(self);
	self->stack = gtk_stack_new();
	body = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_box_append(GTK_BOX(body), make_main(self));
	gtk_box_append(GTK_BOX(body), make_status(self));
	gtk_stack_add_named(GTK_STACK(self->stack), make_empty(), "empty");
	self->sketch = mdv_sketch_new(self->view);
	gtk_stack_add_named(GTK_STACK(self->stack), self->sketch, "sketch");
	gtk_stack_add_named(GTK_STACK(self->stack), body, "main");
	gtk_box_append(GTK_BOX(box), self->info);
	gtk_box_append(GTK_BOX(box), self->progress_row);
	gtk_box_append(GTK_BOX(box), self->toolbar);
	gtk_box_append(GTK_BOX(box), self->stack);
	gtk_window_set_child(GTK_WINDOW(self), box);
	g_signal_connect(drop, "drop", G_CALLBACK(dropped), self);
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drop));
}
