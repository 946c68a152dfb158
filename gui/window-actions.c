/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window's actions on what is shown; those on files and the clipboard are in window-files.c. */
#include <string.h>

#include "commands.h"
#include "legend.h"
#include "sketch.h"
#include "window-private.h"

#define ALL_CLASSES ((1u << ANZ_NR_CLASSES) - 1)

static void set_state(MdvWindow *self, const char *name, GVariant *state)
{
	GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

	g_simple_action_set_state(G_SIMPLE_ACTION(action), state);
}

static void set_enabled(MdvWindow *self, const char *name, gboolean enabled)
{
	GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

	g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

static char *overlay_action(guint overlay)
{
	return g_strdup_printf("border-%s", anz_overlay_name(overlay));
}

void mdv_window_update_states(MdvWindow *self)
{
	static const char *const need_document[] = {
		"search", "compare", "export-view", "export-whole", "export-table", "copy-address",
		"copy-inspector", "goto", "light", "solo", "toggle-class", "search-text", "bookmark",
		"next-run", "previous-run", "snapshot", "compare-snapshot"
	}, *const need_map[] = { "copy-link", "fit", "zoom-in", "zoom-out" };
	const AnzPictureStyle *style = mdv_view_style(self->view);
	gboolean document = mdv_view_document(self->view) != NULL;
	gboolean other = mdv_view_other(self->view) != NULL;

	self->updating = TRUE;
	set_state(self, "palette", g_variant_new_string(anz_palette_name(style->palette)));
	set_state(self, "mode", g_variant_new_string(anz_cell_mode_name(style->mode)));
	set_state(self, "layout", g_variant_new_string(anz_curve_name(mdv_view_curve(self->view))));
	set_state(self, "grid", g_variant_new_boolean(style->grid));
	set_state(self, "holes", g_variant_new_boolean(mdv_view_show_holes(self->view)));
	set_state(self, "snapshot", g_variant_new_int64(document ? anz_store_snapshot(
		mdv_document_store(mdv_view_document(self->view))) : 0));
	set_state(self, "side-by-side", g_variant_new_boolean(self->side_by_side));
	set_state(self, "blink", g_variant_new_boolean(self->blink));
	for (guint i = 0; i < ANZ_NR_OVERLAYS; i++) {
		g_autofree char *name = overlay_action(i);

		set_state(self, name, g_variant_new_boolean(style->overlays >> i & 1));
	}
	for (guint i = 0; i < G_N_ELEMENTS(need_document); i++)
		set_enabled(self, need_document[i], document);
	for (guint i = 0; i < G_N_ELEMENTS(need_map); i++)
		set_enabled(self, need_map[i], document || mdv_window_sketched(self));
	set_enabled(self, "uncompare", other);
	set_enabled(self, "blink", other);
	set_enabled(self, "side-by-side", other);
	set_enabled(self, "cancel", self->loading != NULL);
	set_enabled(self, "next-match", mdv_view_lit(self->view) != NULL);
	set_enabled(self, "previous-match", mdv_view_lit(self->view) != NULL);
	gtk_drop_down_set_selected(GTK_DROP_DOWN(self->mode), style->mode);
	gtk_drop_down_set_selected(GTK_DROP_DOWN(self->curve), mdv_view_curve(self->view));
	self->updating = FALSE;
}

/* --- the picture --- */

static void on_palette(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	AnzPictureStyle style = *mdv_view_style(self->view), fresh;
	int palette = anz_palette_from_name(g_variant_get_string(parameter, NULL));

	if (palette < 0)
		return;
	anz_picture_style_init(&fresh, (AnzPalette)palette);
	style.palette = (AnzPalette)palette;
	memcpy(style.colours, fresh.colours, sizeof(style.colours));
	mdv_view_set_style(self->view, &style);
	mdv_window_apply_palette(self);
}

static void on_mode(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	AnzPictureStyle style = *mdv_view_style(self->view);
	int mode = anz_cell_mode_from_name(g_variant_get_string(parameter, NULL));

	if (mode < 0)
		return;
	style.mode = (AnzCellMode)mode;
	mdv_view_set_style(self->view, &style);
}

static void on_layout(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	int curve = anz_curve_from_name(g_variant_get_string(parameter, NULL));

	if (curve >= 0)
		mdv_view_set_curve(self->view, (AnzCurve)curve);
	mdv_window_update_states(self);
}

static gboolean toggled(GSimpleAction *action)
{
	g_autoptr(GVariant) state = g_action_get_state(G_ACTION(action));

	return !g_variant_get_boolean(state);
}

static void on_border(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	AnzPictureStyle style = *mdv_view_style(self->view);
	const char *name = g_action_get_name(G_ACTION(action)) + strlen("border-");

	style.overlays ^= 1u << anz_overlay_from_name(name);
	mdv_view_set_style(self->view, &style);
}

static void on_grid(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	AnzPictureStyle style = *mdv_view_style(self->view);

	style.grid = toggled(action);
	mdv_view_set_style(self->view, &style);
}

static void on_holes(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	mdv_view_set_show_holes(self->view, toggled(action));
	mdv_window_update_states(self);
}

static void on_side_by_side(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	self->side_by_side = toggled(action);
	mdv_window_arrange_maps(self);
	mdv_window_update_states(self);
}

static void on_blink(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	self->blink = toggled(action);
	mdv_window_arrange_maps(self);
	mdv_window_update_states(self);
}

static void on_class(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	int page_class = anz_page_class_from_name(g_variant_get_string(parameter, NULL));

	if (page_class < 0)
		return;
	if (!strcmp(g_action_get_name(G_ACTION(action)), "solo"))
		mdv_legend_solo(self->view, (AnzPageClass)page_class);
	else
		mdv_legend_toggle(self->view, (AnzPageClass)page_class);
}

/* --- places --- */

static void on_view(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	mdv_window_go_to_link(data, g_variant_get_string(parameter, NULL));
}

static void on_map_action(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	g_autofree char *name = g_strconcat("map.", g_action_get_name(G_ACTION(action)), NULL);

	gtk_widget_activate_action(mdv_window_sketched(self) ?
		GTK_WIDGET(mdv_sketch_map(MDV_SKETCH(self->sketch))) : self->map, name, NULL);
}

static void on_history(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	if (!strcmp(g_action_get_name(G_ACTION(action)), "back"))
		mdv_view_back(self->view);
	else
		mdv_view_forward(self->view);
}

static void on_search(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	gtk_widget_grab_focus(((MdvWindow *)data)->search);
}

static void on_search_text(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	mdv_window_search(data, g_variant_get_string(parameter, NULL));
}

static void on_light(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	const char *sql, *words;

	g_variant_get(parameter, "(&s&s)", &sql, &words);
	mdv_window_light(data, sql, words, NULL);
}

/* The range after, or before, the selected page; round at the ends. */
static void on_match(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	AnzPageSet *lit = mdv_view_lit(self->view);
	gboolean forward = !strcmp(g_action_get_name(G_ACTION(action)), "next-match");
	const AnzPageRange *ranges;
	guint64 pfn, n;
	gsize count, i;

	if (!lit)
		return;
	ranges = anz_page_set_ranges(lit, &count);
	if (!count)
		return;
	if (!mdv_view_selection(self->view, &pfn, &n)) {
		i = forward ? 0 : count - 1;
	} else if (forward) {
		i = anz_page_set_find(lit, pfn);
		if (i < count && ranges[i].pfn <= pfn)
			i++;
		i %= count;
	} else {
		i = anz_page_set_find(lit, pfn);
		i = i ? i - 1 : count - 1;
	}
	mdv_view_go(self->view, ranges[i].pfn, ranges[i].nr_pages);
}

/* The run after, or before, the one that the selection begins in. */
static void on_run(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	gboolean forward = !strcmp(g_action_get_name(G_ACTION(action)), "next-run");
	g_autoptr(AnzQuery) query = anz_store_query(mdv_document_store(mdv_view_document(self->view)),
		forward ? "SELECT pfn, pages FROM runs WHERE snapshot = :snapshot AND pfn > :pfn "
		"ORDER BY pfn LIMIT 1" :
		"SELECT pfn, pages FROM runs WHERE snapshot = :snapshot AND pfn < (SELECT max(pfn) "
		"FROM runs WHERE snapshot = :snapshot AND pfn <= :pfn) ORDER BY pfn DESC LIMIT 1", NULL);
	guint64 pfn, n;

	if (!query)
		return;
	if (!mdv_view_selection(self->view, &pfn, &n))
		pfn = 0;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (anz_query_next(query, NULL))
		mdv_view_go(self->view, (guint64)anz_query_int(query, 0),
			    (guint64)anz_query_int(query, 1));
}

static void on_bookmark(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	MdvPlaces *places = mdv_drawer_places(MDV_DRAWER(self->drawer));

	if (places && mdv_places_add(places, g_variant_get_string(parameter, NULL))) {
		gtk_widget_set_visible(self->drawer, TRUE);
		mdv_drawer_show(MDV_DRAWER(self->drawer), "bookmarks");
	}
}

static void on_bytes(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	gtk_widget_set_visible(self->inspector, TRUE);
	mdv_inspector_toggle_raw(MDV_INSPECTOR(self->inspector));
}

static void on_table(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;

	gtk_widget_set_visible(self->drawer, TRUE);
	mdv_drawer_show(MDV_DRAWER(self->drawer), g_variant_get_string(parameter, NULL));
}

static void on_clear(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	gboolean lit = mdv_view_lit(self->view) != NULL;

	mdv_window_set_search_text(self, "");
	if (lit)
		mdv_view_set_lit(self->view, NULL, NULL, NULL);
	else if (mdv_view_style(self->view)->hidden)
		for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
			if (mdv_view_style(self->view)->hidden >> c & 1)
				mdv_legend_toggle(self->view, c);
		}
	else
		mdv_view_unselect(self->view);
	gtk_widget_grab_focus(self->map);
}

/* --- the window itself --- */

static void on_pane(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	const char *name = g_action_get_name(G_ACTION(action));
	GtkWidget *pane = !strcmp(name, "show-legend") ? self->left :
		!strcmp(name, "show-inspector") ? self->inspector : self->drawer;

	gtk_widget_set_visible(pane, !gtk_widget_get_visible(pane));
}

static void on_fullscreen(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	if (gtk_window_is_fullscreen(data))
		gtk_window_unfullscreen(data);
	else
		gtk_window_fullscreen(data);
}

static void on_shortcuts(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	g_autoptr(GtkBuilder) builder =
		gtk_builder_new_from_resource("/org/memdesc/Viewer/shortcuts.ui");
	GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));

	gtk_window_set_transient_for(window, data);
	gtk_window_present(window);
}

static void on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	gtk_show_about_dialog(data, "program-name", "memdesc viewer", "version", MEMDESC_VERSION,
			      "license-type", GTK_LICENSE_LGPL_2_1, "logo-icon-name",
			      "org.memdesc.Viewer", "comments",
			      "What is every page of a machine's memory, who owns it, and do the "
			      "kernel's own books agree?", NULL);
}

static void on_commands(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	g_auto(GStrv) commands = mdv_window_commands();

	mdv_commands_show(data, (const char *const *)commands);
}

static const GActionEntry entries[] = {
	{ .name = "view", .activate = on_view, .parameter_type = "s" },
	{ .name = "palette", .activate = on_palette, .parameter_type = "s", .state = "'dark'" },
	{ .name = "mode", .activate = on_mode, .parameter_type = "s", .state = "'dominant'" },
	{ .name = "layout", .activate = on_layout, .parameter_type = "s", .state = "'hilbert'" },
	{ .name = "border-section", .activate = on_border, .state = "false" },
	{ .name = "border-migratetype", .activate = on_border, .state = "false" },
	{ .name = "border-block", .activate = on_border, .state = "false" },
	{ .name = "border-zone", .activate = on_border, .state = "false" },
	{ .name = "border-node", .activate = on_border, .state = "false" },
	{ .name = "grid", .activate = on_grid, .state = "true" },
	{ .name = "holes", .activate = on_holes, .state = "false" },
	{ .name = "side-by-side", .activate = on_side_by_side, .state = "false" },
	{ .name = "blink", .activate = on_blink, .state = "false" },
	{ .name = "solo", .activate = on_class, .parameter_type = "s" },
	{ .name = "toggle-class", .activate = on_class, .parameter_type = "s" },
	{ .name = "zoom-in", .activate = on_map_action },
	{ .name = "zoom-out", .activate = on_map_action },
	{ .name = "fit", .activate = on_map_action },
	{ .name = "back", .activate = on_history },
	{ .name = "forward", .activate = on_history },
	{ .name = "search", .activate = on_search },
	{ .name = "search-text", .activate = on_search_text, .parameter_type = "s" },
	{ .name = "goto", .activate = on_search_text, .parameter_type = "s" },
	{ .name = "light", .activate = on_light, .parameter_type = "(ss)" },
	{ .name = "next-match", .activate = on_match },
	{ .name = "previous-match", .activate = on_match },
	{ .name = "next-run", .activate = on_run },
	{ .name = "previous-run", .activate = on_run },
	{ .name = "bookmark", .activate = on_bookmark, .parameter_type = "s" },
	{ .name = "bytes", .activate = on_bytes },
	{ .name = "table", .activate = on_table, .parameter_type = "s" },
	{ .name = "clear", .activate = on_clear },
	{ .name = "show-legend", .activate = on_pane },
	{ .name = "show-inspector", .activate = on_pane },
	{ .name = "show-tables", .activate = on_pane },
	{ .name = "fullscreen", .activate = on_fullscreen },
	{ .name = "commands", .activate = on_commands },
	{ .name = "shortcuts", .activate = on_shortcuts },
	{ .name = "about", .activate = on_about },
};

void mdv_window_add_actions(MdvWindow *self)
{
	g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries), self);
	mdv_window_add_file_actions(self);
	mdv_window_add_keys(self);
	mdv_window_update_states(self);
}
