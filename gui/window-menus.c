/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the window's menus offer, and the list of commands. */
#include "window-private.h"

/* Words and action, in pairs: for menus, and for the list of commands. */
static const char *const compare_items[] = {
	"Compare with an older analysis \342\200\246", "win.compare",
	"Older analysis beside", "win.side-by-side", "Older analysis in place", "win.blink",
	"Stop comparing", "win.uncompare", NULL };
static const char *const open_items[] = {
	"Name the kernel\342\200\231s vmlinux \342\200\246", "win.vmlinux('')", NULL };
static const char *const save_items[] = {
	"Save what is seen \342\200\246", "win.export-view('')",
	"Save the whole picture \342\200\246", "win.export-whole('')",
	"Save the table \342\200\246", "win.export-table('')",
	"Copy a link to this view", "win.copy-link",
	"Copy the page as JSON", "win.copy-inspector", NULL };
static const char *const palette_items[] = {
	"Dark", "win.palette('dark')", "Light", "win.palette('light')",
	"High contrast", "win.palette('contrast')", "Grey, with patterns", "win.palette('mono')", NULL };
static const char *const pane_items[] = {
	"Legend", "win.show-legend", "Page", "win.show-inspector",
	"Tables", "win.show-tables", "Full screen", "win.fullscreen", NULL };
static const char *const help_items[] = {
	"Commands", "win.commands", "Keys", "win.shortcuts", "About memdesc", "win.about", NULL };
static const char *const border_items[] = {
	"Borders of blocks, folios, slabs", "win.border-block", "Borders of zones", "win.border-zone",
	"Borders of nodes", "win.border-node", "Borders of migratetypes", "win.border-migratetype",
	"Borders of sections", "win.border-section", NULL };
static const char *const picture_items[] = {
	"Grid of pages", "win.grid", "Address space without memory", "win.holes", NULL };
/* In the toolbar they have widgets of their own. */
static const char *const toolbar_items[] = {
	"Open \342\200\246", "win.open", "Search", "win.search", "Back", "win.back",
	"Forward", "win.forward", "All memory", "win.fit", "Zoom in", "win.zoom-in",
	"Zoom out", "win.zoom-out", "Next match", "win.next-match",
	"Previous match", "win.previous-match", "Light all pages again", "win.clear",
	"Copy the address", "win.copy-address", "Bookmark the selection", "win.bookmark('')",
	"Bookmarks", "win.table('bookmarks')", "Graph around the selection", "win.table('graph')",
	"Table of control groups", "win.table('cgroups')",
	"Table of file systems", "win.table('filesystems')",
	"Next run", "win.next-run", "Previous run", "win.previous-run",
	"Bytes in the dump", "win.bytes",
	"Most frequent class", "win.mode('dominant')", "Mixture of classes", "win.mode('mixed')",
	"Share of the shown classes", "win.mode('heat')", "Any of the shown classes", "win.mode('any')",
	"Owners", "win.mode('owner')", "Control groups", "win.mode('cgroup')",
	"File systems", "win.mode('filesystem')", "Fragmentation of pageblocks",
	"win.mode('fragmentation')", "Hilbert curve", "win.layout('hilbert')",
	"Morton curve", "win.layout('morton')", "Rows", "win.layout('rows')", NULL };

char **mdv_window_commands(void)
{
	static const char *const *const all[] = { toolbar_items, open_items, border_items, picture_items,
						  compare_items, save_items, palette_items, pane_items,
						  help_items };
	g_autoptr(GStrvBuilder) commands = g_strv_builder_new();

	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		for (const char *const *item = all[i]; item[0]; item += 2)
			g_strv_builder_add_many(commands, item[0], item[1], mdv_window_keys_of(item[1]) ?: "",
						NULL);
	return g_strv_builder_end(commands);
}

static void append_items(GMenu *menu, const char *heading, const char *const *items)
{
	g_autoptr(GMenu) section = g_menu_new();

	for (; items[0]; items += 2) {
		g_autoptr(GMenuItem) item = g_menu_item_new(items[0], items[1]);
		const char *keys = mdv_window_keys_of(items[1]);

		if (keys)
			g_menu_item_set_attribute(item, "accel", "s", keys);
		g_menu_append_item(section, item);
	}
	g_menu_append_section(menu, heading, G_MENU_MODEL(section));
}

GMenuModel *mdv_window_menu(void)
{
	GMenu *menu = g_menu_new();

	append_items(menu, NULL, open_items);
	append_items(menu, NULL, compare_items);
	append_items(menu, NULL, save_items);
	append_items(menu, "Colours", palette_items);
	append_items(menu, "Show", pane_items);
	append_items(menu, NULL, help_items);
	return G_MENU_MODEL(menu);
}

GMenuModel *mdv_window_overlay_menu(void)
{
	GMenu *menu = g_menu_new();

	append_items(menu, NULL, border_items);
	append_items(menu, NULL, picture_items);
	return G_MENU_MODEL(menu);
}

/* "2 of 2025-11-23T21:24:56Z" */
static void append_snapshots(GMenu *menu, AnzStore *store, const char *heading, const char *action)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT id, coalesce(taken, analyzed) FROM snapshot ORDER BY id", NULL);
	g_autoptr(GMenu) section = g_menu_new();

	for (guint n = 0; query && n < 1000 && anz_query_next(query, NULL); n++) {
		g_autofree char *words = g_strdup_printf("%s of %s", anz_query_text(query, 0),
							 anz_query_text(query, 1) ?: "?");
		g_autoptr(GMenuItem) item = g_menu_item_new(words, NULL);

		g_menu_item_set_action_and_target(item, action, "x", anz_query_int(query, 0));
		g_menu_append_item(section, item);
	}
	g_menu_append_section(menu, heading, G_MENU_MODEL(section));
}

GMenuModel *mdv_window_snapshot_menu(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	AnzStore *store = document ? mdv_document_store(document) : NULL;
	GMenu *menu;

	if (!document || mdv_document_n_snapshots(document) < 2)
		return NULL;
	menu = g_menu_new();
	append_snapshots(menu, store, "Show", "win.snapshot");
	append_snapshots(menu, store, "Compare with", "win.compare-snapshot");
	return G_MENU_MODEL(menu);
}
