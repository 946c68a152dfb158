/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drawer.h"

#include <string.h>

#include "graph.h"

#define OWNED \
	"SELECT pfn, pages FROM owned WHERE snapshot = :snapshot AND owner = :owner"

/*
 * Pageblocks that are neither all free nor all used: what of them is free, and which classes are in the
 * way.  A run has a part in the block it begins in and one in the block it ends in; blocks between are
 * all of one class.
 */
#define FRAGMENTATION \
	"WITH b(n) AS (SELECT 1 << CAST(value AS INTEGER) FROM meta " \
	"WHERE snapshot = :snapshot AND key = 'format.pageblock_order'), " \
	"part AS (SELECT pfn / n AS block, n, class, node, zone, migratetype, " \
	"min(pages, n - pfn % n) AS part FROM runs, b WHERE snapshot = :snapshot AND class <> 'hole' " \
	"AND (pfn % n OR pages < n) " \
	"UNION ALL SELECT (pfn + pages) / n, n, class, node, zone, migratetype, (pfn + pages) % n " \
	"FROM runs, b WHERE snapshot = :snapshot AND class <> 'hole' AND (pfn + pages) % n " \
	"AND (pfn + pages) / n > pfn / n) " \
	"SELECT block * n AS pfn, n AS pages, node, zone, migratetype, " \
	"sum(iif(class IN ('free', 'free-pcp'), part, 0)) AS free, " \
	"sum(iif(class IN ('file', 'shmem', 'anon', 'ksm', 'swap-cache', 'hugetlb', 'movable', " \
	"'zsmalloc'), part, 0)) AS can_move, " \
	"sum(iif(class IN ('free', 'free-pcp', 'file', 'shmem', 'anon', 'ksm', 'swap-cache', " \
	"'hugetlb', 'movable', 'zsmalloc'), 0, part)) AS cannot_move, " \
	"group_concat(DISTINCT iif(class IN ('free', 'free-pcp'), NULL, class)) AS in_the_way " \
	"FROM part GROUP BY block HAVING free > 0 AND can_move + cannot_move > 0 " \
	"ORDER BY free DESC, block"

/* Tables that have more to tell than their own columns, or are lit in a way of their own. */
static const struct {
	const char *name, *title, *table, *sql, *light;
} known[] = {
	{ "runs", "Runs", "runs",
	  "SELECT pfn, pages, class, \"order\", node, zone, migratetype, mapped, excluded FROM runs "
	  "WHERE snapshot = :snapshot ORDER BY pfn", NULL },
	{ "pages", "Pages", "runs",
	  "SELECT pfn, physical, class, \"order\", node, zone, migratetype, refcount, mapcount, "
	  "flags_text, descriptor, (SELECT kind || ' ' || name FROM owners w "
	  "WHERE w.snapshot = :snapshot AND w.id = page.owner) AS owner_name FROM page "
	  "WHERE pfn >= :first AND pfn < :end ORDER BY pfn", NULL },
	{ "free", "Free lists", "free_area", NULL,
	  "SELECT pfn, 1 << \"order\" AS pages FROM free_block WHERE snapshot = :snapshot "
	  "AND node = :node AND zone = :zone AND migratetype = :migratetype" },
	{ "zones", "Zones", "zones",
	  "SELECT start_pfn AS pfn, spanned AS pages, node, zone, present, managed, nr_free, listed, "
	  "pcp, watermark_min, watermark_low, watermark_high, lock_held FROM zones "
	  "WHERE snapshot = :snapshot ORDER BY id", NULL },
	{ "findings", "Findings", "findings",
	  "SELECT severity, rule, pfn, object, expected, seen, count, suppressed FROM findings "
	  "WHERE snapshot = :snapshot ORDER BY severity = 'error' DESC, severity = 'warning' DESC, "
	  "rule, pfn", NULL },
	{ "fragmentation", "Fragmentation", "runs",
	  FRAGMENTATION, NULL },
	{ "caches", "Slab caches", "caches",
	  "SELECT * FROM caches WHERE snapshot = :snapshot ORDER BY pages DESC", OWNED },
	{ "owners", "Owners", "owners",
	  "SELECT id AS owner, kind, name, pages, address, parent FROM owners "
	  "WHERE snapshot = :snapshot ORDER BY pages DESC", OWNED },
	{ "files", "Files", "files",
	  "SELECT * FROM files WHERE snapshot = :snapshot ORDER BY pages DESC", OWNED },
	{ "filesystems", "File systems", "files",
	  "SELECT min(owner) AS owner, fs, device, count(*) AS files, sum(pages) AS pages, "
	  "sum(mapped) AS mapped, sum(dirty) AS dirty FROM files WHERE snapshot = :snapshot "
	  "GROUP BY fs, device ORDER BY 5 DESC, 1",
	  "SELECT o.pfn, o.pages FROM files f JOIN owned o ON o.snapshot = f.snapshot AND o.owner = f.owner, "
	  "files g WHERE f.snapshot = :snapshot AND g.snapshot = f.snapshot "
	  "AND g.owner = CAST(:owner AS INTEGER) AND f.fs IS g.fs AND f.device IS g.device" },
	{ "cgroups", "Control groups", "cgroups",
	  "SELECT owner, cgroup, pages, kernel_pages, subtree_pages, usage, swap_usage, max, online "
	  "FROM cgroups WHERE snapshot = :snapshot ORDER BY pages DESC, owner",
	  "SELECT pfn, 1 AS pages FROM page WHERE cgroup = CAST(:owner AS INTEGER)" },
	{ "processes", "Processes", "processes",
	  "SELECT owner, pid, comm, threads, anon, file, shmem, swap, hugetlb, thp, pss, table_pages "
	  "FROM processes WHERE snapshot = :snapshot ORDER BY anon + file + shmem + hugetlb DESC",
	  "SELECT pfn, pages FROM mappings WHERE snapshot = :snapshot AND owner = :owner" },
	{ "vmas", "Address spaces", "vmas",
	  "SELECT v.owner, p.pid, p.comm, v.start, v.\"end\", v.flags_text, v.name, v.anon, "
	  "v.file_pages AS file, v.shmem, v.hugetlb, v.swap FROM vmas v JOIN processes p "
	  "ON p.snapshot = v.snapshot AND p.owner = v.owner WHERE v.snapshot = :snapshot "
	  "ORDER BY p.pid, v.start",
	  "SELECT pfn, pages FROM mappings WHERE snapshot = :snapshot AND owner = :owner "
	  "AND vaddr >= CAST(:start AS INTEGER) AND vaddr < CAST(:end AS INTEGER)" },
	{ "slabs", "Slabs", "slabs",
	  "SELECT s.pfn, s.pages, c.cache, s.node, s.state, s.objects, s.in_use, s.status "
	  "FROM slabs s JOIN caches c ON c.snapshot = s.snapshot AND c.address = s.cache "
	  "WHERE s.snapshot = :snapshot ORDER BY s.pfn", NULL },
	{ "areas", "Areas", "areas",
	  "SELECT owner, start, \"end\", caller, flags_text, pages FROM areas "
	  "WHERE snapshot = :snapshot ORDER BY start", OWNED },
	{ "modules", "Modules", "modules",
	  "SELECT owner, module, size, pages, address FROM modules WHERE snapshot = :snapshot "
	  "ORDER BY pages DESC", OWNED },
	{ "descriptors", "Descriptors", "descriptors",
	  "SELECT pfn, pages, kind, struct, \"order\", address, stated, status FROM descriptors "
	  "WHERE snapshot = :snapshot ORDER BY pfn", NULL },
	{ "reconciliation", "Books", "reconciliation",
	  "SELECT counter, kernel, census, difference, tolerance, meaning FROM reconciliation "
	  "WHERE snapshot = :snapshot ORDER BY counter", NULL },
	{ "remarks", "Remarks", "remark",
	  "SELECT severity, subject, count, message FROM remark WHERE snapshot = :snapshot", NULL },
	{ "log", "Kernel log", "log",
	  "SELECT seconds, level, message FROM log WHERE snapshot = :snapshot ORDER BY seq", NULL },
};

struct _MdvDrawer {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *notebook;
};

G_DEFINE_FINAL_TYPE(MdvDrawer, mdv_drawer, GTK_TYPE_WIDGET)

static guint failed_signal;

static const char *page_name(GtkWidget *page)
{
	return g_object_get_data(G_OBJECT(page), "page-name");
}

static int find_page(MdvDrawer *self, const char *name)
{
	GtkNotebook *notebook = GTK_NOTEBOOK(self->notebook);

	for (int i = 0; i < gtk_notebook_get_n_pages(notebook); i++)
		if (!g_strcmp0(page_name(gtk_notebook_get_nth_page(notebook, i)), name))
			return i;
	return -1;
}

static void append(MdvDrawer *self, const char *name, const char *title, GtkWidget *page)
{
	g_object_set_data_full(G_OBJECT(page), "page-name", g_strdup(name), g_free);
	gtk_notebook_append_page(GTK_NOTEBOOK(self->notebook), page, gtk_label_new(title));
}

/* node, zone, migratetype down, orders across: numbers of blocks. */
static char *free_list_sql(MdvDocument *document)
{
	g_autoptr(AnzQuery) query = anz_store_query(mdv_document_store(document),
		"SELECT DISTINCT \"order\" FROM free_area WHERE snapshot = :snapshot ORDER BY 1",
		NULL);
	GString *sql = g_string_new("SELECT node, zone, migratetype");

	while (query && anz_query_next(query, NULL)) {
		int order = (int)anz_query_int(query, 0);

		g_string_append_printf(sql, ", sum(iif(\"order\" = %d, blocks, 0)) AS \"%d\"", order,
				       order);
	}
	g_string_append(sql, ", sum(blocks << \"order\") AS free_pages FROM free_area "
			"WHERE snapshot = :snapshot GROUP BY node, zone, migratetype "
			"ORDER BY node, zone, min(rowid)");
	return g_string_free(sql, FALSE);
}

static void places_failed(MdvDrawer *self, const GError *error)
{
	g_signal_emit(self, failed_signal, 0, error);
}

static void document_changed(MdvDrawer *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	GtkNotebook *notebook = GTK_NOTEBOOK(self->notebook);
	int current = gtk_notebook_get_current_page(notebook);
	g_autofree char *shown = g_strdup(current < 0 ? "runs" :
					  page_name(gtk_notebook_get_nth_page(notebook, current)));

	while (gtk_notebook_get_n_pages(notebook))
		gtk_notebook_remove_page(notebook, -1);
	for (guint i = 0; document && i < G_N_ELEMENTS(known); i++) {
		g_autofree char *made = NULL;

		if (!mdv_document_has_rows(document, known[i].table))
			continue;
		made = known[i].sql ? NULL : free_list_sql(document);
		append(self, known[i].name, known[i].title,
		       mdv_sheet_new(self->view, known[i].name, made ? made : known[i].sql,
				     known[i].light));
		if (!i)
			append(self, "graph", "Graph", mdv_graph_new(self->view));
	}
	if (document) {
		GtkWidget *places = mdv_places_new(self->view);

		g_signal_connect_object(places, "failed", G_CALLBACK(places_failed), self,
					G_CONNECT_SWAPPED);
		append(self, "bookmarks", "Bookmarks", places);
	}
	if (!mdv_drawer_show(self, shown))
		gtk_notebook_set_current_page(notebook, 0);
}

MdvSheet *mdv_drawer_current(MdvDrawer *self)
{
	GtkNotebook *notebook = GTK_NOTEBOOK(self->notebook);
	GtkWidget *page = gtk_notebook_get_nth_page(notebook,
						    gtk_notebook_get_current_page(notebook));

	return MDV_IS_SHEET(page) ? MDV_SHEET(page) : NULL;
}

MdvSheet *mdv_drawer_find(MdvDrawer *self, const char *name)
{
	int i = find_page(self, name);
	GtkWidget *page = i < 0 ? NULL :
		gtk_notebook_get_nth_page(GTK_NOTEBOOK(self->notebook), i);

	return MDV_IS_SHEET(page) ? MDV_SHEET(page) : NULL;
}

MdvGraph *mdv_drawer_graph(MdvDrawer *self)
{
	int i = find_page(self, "graph");

	return i < 0 ? NULL :
		MDV_GRAPH(gtk_notebook_get_nth_page(GTK_NOTEBOOK(self->notebook), i));
}

MdvPlaces *mdv_drawer_places(MdvDrawer *self)
{
	int i = find_page(self, "bookmarks");

	return i < 0 ? NULL :
		MDV_PLACES(gtk_notebook_get_nth_page(GTK_NOTEBOOK(self->notebook), i));
}

gboolean mdv_drawer_show(MdvDrawer *self, const char *name)
{
	int i = find_page(self, name);

	if (i >= 0)
		gtk_notebook_set_current_page(GTK_NOTEBOOK(self->notebook), i);
	return i >= 0;
}

void mdv_drawer_remove(MdvDrawer *self, const char *name)
{
	int i = find_page(self, name);

	if (i >= 0)
		gtk_notebook_remove_page(GTK_NOTEBOOK(self->notebook), i);
}

void mdv_drawer_put_widget(MdvDrawer *self, const char *name, const char *title, GtkWidget *page)
{
	mdv_drawer_remove(self, name);
	append(self, name, title, page);
	mdv_drawer_show(self, name);
}

void mdv_drawer_put(MdvDrawer *self, const char *name, const char *title, const char *sql,
		    const char *light_sql)
{
	mdv_drawer_put_widget(self, name, title, mdv_sheet_new(self->view, name, sql, light_sql));
}

void mdv_drawer_offer(MdvDrawer *self, const char *name, const char *title, const char *sql)
{
	GtkNotebook *notebook = GTK_NOTEBOOK(self->notebook);
	int shown = gtk_notebook_get_current_page(notebook), old = find_page(self, name);
	GtkWidget *sheet = mdv_sheet_new(self->view, name, sql, NULL);

	append(self, name, title, sheet);
	if (old < 0)
		return;
	gtk_notebook_reorder_child(notebook, sheet, old);
	if (shown == old)
		gtk_notebook_set_current_page(notebook, old);
	gtk_notebook_remove_page(notebook, old + 1);
}

static void mdv_drawer_dispose(GObject *object)
{
	MdvDrawer *self = MDV_DRAWER(object);

	g_clear_pointer(&self->notebook, gtk_widget_unparent);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_drawer_parent_class)->dispose(object);
}

static void mdv_drawer_class_init(MdvDrawerClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_drawer_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	failed_signal = g_signal_new("failed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
				     NULL, NULL, G_TYPE_NONE, 1,
				     G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void mdv_drawer_init(MdvDrawer *self)
{
	self->notebook = gtk_notebook_new();
	gtk_notebook_set_scrollable(GTK_NOTEBOOK(self->notebook), TRUE);
	gtk_notebook_set_show_border(GTK_NOTEBOOK(self->notebook), FALSE);
	gtk_widget_set_parent(self->notebook, GTK_WIDGET(self));
}

GtkWidget *mdv_drawer_new(MdvView *view)
{
	MdvDrawer *self = g_object_new(MDV_TYPE_DRAWER, NULL);

	self->view = g_object_ref(view);
	g_signal_connect_object(view, "document", G_CALLBACK(document_changed), self,
				G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
