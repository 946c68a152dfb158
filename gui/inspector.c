/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspector.h"

#include <string.h>

#include "swatch.h"
#include "words.h"

struct _MdvInspector {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *scroller, *box, *title, *swatch, *grid, *links, *hint, *raw;
	guint scrolling;	/* tick callback: the bytes are wanted in sight; 0 none */
	guint frames;		/* drawn since */
	GPtrArray *names, *values;	/* of what is shown, in order */
	guint page_class;	/* of the swatch */
	int n_rows;
};

G_DEFINE_FINAL_TYPE(MdvInspector, mdv_inspector, GTK_TYPE_WIDGET)

/* --- rows --- */

static void add_row(MdvInspector *self, const char *name, const char *value, const char *tip)
{
	g_autofree char *shown = g_strdup(name);
	g_autoptr(GString) words = NULL;
	GtkWidget *key, *text;

	g_ptr_array_add(self->names, g_strdup(name));
	g_ptr_array_add(self->values, g_strdup(value));
	g_strdelimit(shown, "_", ' ');
	key = gtk_label_new(shown);
	/* lists of flags are broken between two of them, not within one */
	words = g_string_new(value);
	if (!strchr(value, ' '))
		g_string_replace(words, ",", ", ", 0);
	text = gtk_label_new(words->str);
	gtk_label_set_xalign(GTK_LABEL(key), 0);
	gtk_label_set_yalign(GTK_LABEL(key), 0);
	gtk_widget_add_css_class(key, "dim-label");
	gtk_label_set_xalign(GTK_LABEL(text), 0);
	gtk_label_set_wrap(GTK_LABEL(text), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(text), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_selectable(GTK_LABEL(text), TRUE);
	gtk_widget_set_can_focus(text, FALSE);
	gtk_widget_set_hexpand(text, TRUE);
	gtk_widget_add_css_class(text, "numeric");
	gtk_widget_set_tooltip_text(text, tip);
	gtk_grid_attach(GTK_GRID(self->grid), key, 0, self->n_rows, 1, 1);
	gtk_grid_attach(GTK_GRID(self->grid), text, 1, self->n_rows++, 1, 1);
}

static void clear(MdvInspector *self)
{
	GtkWidget *child;

	while ((child = gtk_widget_get_first_child(self->grid)))
		gtk_grid_remove(GTK_GRID(self->grid), child);
	while ((child = gtk_widget_get_first_child(self->links)))
		gtk_box_remove(GTK_BOX(self->links), child);
	g_ptr_array_set_size(self->names, 0);
	g_ptr_array_set_size(self->values, 0);
	self->n_rows = 0;
}

/* --- links --- */

typedef struct {
	MdvView *view;
	char *sql;		/* makes rows pfn, pages; NULL: go to the range */
	char *words;
	guint64 pfn, nr_pages;
} Link;

static void link_free(gpointer data, GClosure *closure)
{
	Link *link = data;

	g_free(link->sql);
	g_free(link->words);
	g_free(link);
}

static void follow(GtkButton *button, Link *link)
{
	MdvView *view = link->view;

	if (link->sql) {
		/* the window has it run, as it does with a search */
		g_autofree char *sql = g_strdup(link->sql), *words = g_strdup(link->words);

		gtk_widget_activate_action(GTK_WIDGET(button), "win.light", "(ss)", sql, words);
	} else {
		mdv_view_go(view, link->pfn, link->nr_pages);
	}
}

static void add_link(MdvInspector *self, const char *text, char *sql, const char *words, guint64 pfn,
		     guint64 nr_pages)
{
	GtkWidget *button = gtk_button_new_with_label(text);
	GtkWidget *label = gtk_button_get_child(GTK_BUTTON(button));
	Link *link = g_new0(Link, 1);

	link->view = self->view;
	link->sql = sql;
	link->words = g_strdup(words);
	link->pfn = pfn;
	link->nr_pages = nr_pages;
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_widget_set_tooltip_text(button, text);
	gtk_button_set_has_frame(GTK_BUTTON(button), FALSE);
	gtk_widget_add_css_class(button, "link");
	g_signal_connect_data(button, "clicked", G_CALLBACK(follow), link, link_free, 0);
	gtk_box_append(GTK_BOX(self->links), button);
}

static void link_block(MdvInspector *self, AnzStore *store, guint64 pfn)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT first_pfn, last_pfn - first_pfn + 1, \"order\" FROM page "
		"WHERE pfn = :pfn AND \"order\" > 0", NULL);

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (anz_query_next(query, NULL)) {
		g_autofree char *pages = mdv_words_pages((guint64)anz_query_int(query, 1));
		g_autofree char *text = g_strdup_printf("Block of order %s, %s",
							anz_query_text(query, 2), pages);
		guint64 n = (guint64)anz_query_int(query, 1), first;

		first = (guint64)anz_query_int(query, 0);
		add_link(self, text, NULL, NULL, first, n);
	}
}

static void link_run(MdvInspector *self, AnzStore *store, guint64 pfn)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT pfn, pages, class FROM (SELECT pfn, pages, class FROM runs "
		"WHERE snapshot = :snapshot AND pfn <= :pfn ORDER BY pfn DESC LIMIT 1) "
		"WHERE pfn + pages > :pfn", NULL);

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (anz_query_next(query, NULL)) {
		g_autofree char *n = mdv_words_pages((guint64)anz_query_int(query, 1));
		g_autofree char *text = g_strdup_printf("Run of %s of %s", n,
							anz_query_text(query, 2));
		guint64 first = (guint64)anz_query_int(query, 0);

		add_link(self, text, NULL, NULL, first, (guint64)anz_query_int(query, 1));
	}
}

/* Whose page it is, whose that one is, and so on; each can have all its pages lit. */
static void link_owners(MdvInspector *self, AnzStore *store, guint64 pfn, gint64 id)
{
	g_autofree char *place = id ? anz_store_page_place(store, pfn, 0, NULL) : NULL;

	for (guint depth = 0; id > 0 && depth < 8; depth++) {
		g_autoptr(AnzQuery) query = anz_store_query(store,
			"SELECT kind, name, pages, parent FROM owners "
			"WHERE snapshot = :snapshot AND id = :id", NULL);
		g_autofree char *words = NULL, *text = NULL, *count = NULL;

		if (!query)
			return;
		anz_query_bind_int(query, ":id", id);
		if (!anz_query_next(query, NULL))
			return;
		count = mdv_words_pages((guint64)anz_query_int(query, 2));
		words = mdv_words_owner(anz_query_text(query, 0), anz_query_text(query, 1));
		text = g_strdup_printf("%s%s \302\267 %s", depth ? "of " : "", words, count);
		add_row(self, depth ? "owner of owner" : "owner", words, NULL);
		if (!depth && place)
			add_row(self, "place", place, NULL);
		add_link(self, text, g_strdup_printf("SELECT pfn, pages FROM owned "
			"WHERE snapshot = :snapshot AND owner = %" G_GINT64_FORMAT, id), words, 0, 0);
		id = anz_query_is_null(query, 3) ? 0 : anz_query_int(query, 3);
	}
}

#define MAX_MAPPINGS 8		/* that are named */
#define MOST_MAPPINGS 10000	/* that are counted */

/* Who maps the page, and where; an older file has no such table. */
static void add_mappings(MdvInspector *self, AnzStore *store, guint64 pfn)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT w.name, m.vaddr, m.pfn FROM mappings m JOIN owners w "
		"ON w.snapshot = m.snapshot AND w.id = m.owner WHERE m.snapshot = :snapshot "
		"AND m.pfn BETWEEN :pfn - 511 AND :pfn AND m.pfn + m.pages > :pfn "
		"ORDER BY m.owner, m.vaddr", NULL);
	guint n = 0;

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	while (n < MOST_MAPPINGS && anz_query_next(query, NULL)) {
		if (n++ >= MAX_MAPPINGS)
			continue;

		guint64 page_size = mdv_document_page_size(mdv_view_document(self->view));
		g_autofree char *at = mdv_words_address((guint64)anz_query_int(query, 1) +
			(pfn - (guint64)anz_query_int(query, 2)) * page_size);
		g_autofree char *text = g_strdup_printf("%s at %s", anz_query_text(query, 0), at);

		add_row(self, "mapped by", text, NULL);
	}
	if (n > MAX_MAPPINGS) {
		g_autofree char *more = g_strdup_printf("and %u%s more", n - MAX_MAPPINGS,
							n == MOST_MAPPINGS ? " or" : "");

		add_row(self, "mapped by", more, NULL);
	}
}

/* What the checks have against it. */
static void add_findings(MdvInspector *self, AnzStore *store, guint64 pfn)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT severity, rule, seen, expected FROM findings "
		"WHERE snapshot = :snapshot AND pfn = :pfn LIMIT 8", NULL);

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	while (anz_query_next(query, NULL)) {
		g_autofree char *text = g_strdup_printf("%s: %s, not %s", anz_query_text(query, 1),
			anz_query_text(query, 2) ?: "?", anz_query_text(query, 3) ?: "?");

		add_row(self, anz_query_text(query, 0), text, NULL);
	}
}

/* --- one page --- */

static gboolean is_noise(AnzQuery *query, guint column)
{
	return anz_query_is_null(query, column) ||
		(anz_query_column_kind(query, column) == ANZ_COLUMN_BOOLEAN);
}

static char *cell_text(AnzQuery *query, guint column)
{
	if (anz_query_column_kind(query, column) == ANZ_COLUMN_ADDRESS ||
	    !strcmp(anz_query_column_name(query, column), "flags"))
		return mdv_words_address((guint64)anz_query_int(query, column));
	return g_strdup(anz_query_text(query, column));
}

/* Attributes that are set, as one line of words. */
static void add_attributes(MdvInspector *self, AnzQuery *query)
{
	g_autoptr(GString) words = g_string_new(NULL);

	for (guint i = 0; i < anz_query_n_columns(query); i++)
		if (anz_query_column_kind(query, i) == ANZ_COLUMN_BOOLEAN &&
		    anz_query_int(query, i))
			g_string_append_printf(words, "%s%s", words->len ? ", " : "",
					       anz_query_column_name(query, i));
	g_strdelimit(words->str, "_", ' ');
	if (words->len)
		add_row(self, "attributes", words->str, NULL);
}

static void show_page(MdvInspector *self, AnzStore *store, guint64 pfn)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT * FROM page WHERE pfn = :pfn",
						    NULL);
	gint64 owner = 0;

	if (!query)
		return;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	if (!anz_query_next(query, NULL))
		return;
	for (guint i = 0; i < anz_query_n_columns(query); i++) {
		const char *name = anz_query_column_name(query, i), *tip = NULL;
		g_autofree char *text = NULL;

		if (is_noise(query, i))
			continue;
		text = cell_text(query, i);
		if (!*text)
			continue;
		if (!strcmp(name, "class")) {
			int c = anz_page_class_from_name(text);

			tip = c < 0 ? NULL : anz_page_class_info((guint)c)->meaning;
			if (c >= 0)
				self->page_class = (guint)c;
		}
		if (!strcmp(name, "owner")) {
			owner = anz_query_int(query, i);
			continue;
		}
		add_row(self, name, text, tip);
		if (tip)
			add_row(self, "meaning", tip, NULL);
	}
	add_attributes(self, query);
	add_findings(self, store, pfn);
	add_mappings(self, store, pfn);
	link_block(self, store, pfn);
	link_run(self, store, pfn);
	link_owners(self, store, pfn, owner);
}

/* --- a stretch of pages --- */

#define MAX_OWNERS 8			/* that are named */
#define MAX_OWNED_PAGES (16 * (guint64)ANZ_TILE_PAGES)

static void link_owner_of_some(MdvInspector *self, AnzStore *store, guint owner, guint64 pages)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT kind, name FROM owners "
		"WHERE snapshot = :snapshot AND id = :id", NULL);
	g_autofree char *count = mdv_words_pages(pages), *words = NULL, *text = NULL;

	if (!query)
		return;
	anz_query_bind_int(query, ":id", owner);
	if (!anz_query_next(query, NULL))
		return;
	words = mdv_words_owner(anz_query_text(query, 0), anz_query_text(query, 1));
	text = g_strdup_printf("%s \302\267 %s of these", words, count);
	add_row(self, "owner", text, NULL);
	add_link(self, text, g_strdup_printf("SELECT pfn, pages FROM owned "
		"WHERE snapshot = :snapshot AND owner = %u", owner), words, 0, 0);
}

/* Whose they are: for a pageblock, who keeps it from being one free block. */
static void link_owners_within(MdvInspector *self, AnzStore *store, guint64 pfn, guint64 n)
{
	g_autoptr(GHashTable) pages = g_hash_table_new(NULL, NULL);
	g_autofree guint32 *owners = n > MAX_OWNED_PAGES ? NULL : g_new(guint32, n);

	if (!owners || !anz_store_read_plane(store, ANZ_PLANE_OWNER, pfn, n, owners, NULL))
		return;
	for (guint64 i = 0, from = 0; i < n; i++) {
		gpointer key = GUINT_TO_POINTER(owners[i]);

		if (i + 1 < n && owners[i + 1] == owners[i])
			continue;
		g_hash_table_insert(pages, key, GSIZE_TO_POINTER(GPOINTER_TO_SIZE(
			g_hash_table_lookup(pages, key)) + (gsize)(i + 1 - from)));
		from = i + 1;
	}
	g_hash_table_remove(pages, NULL);
	for (guint rank = 0; rank < MAX_OWNERS && g_hash_table_size(pages); rank++) {
		gpointer key, value, best = NULL;
		gsize most = 0;
		GHashTableIter iter;

		g_hash_table_iter_init(&iter, pages);
		while (g_hash_table_iter_next(&iter, &key, &value))
			if (GPOINTER_TO_SIZE(value) > most ||
			    (GPOINTER_TO_SIZE(value) == most && key < best)) {
				most = GPOINTER_TO_SIZE(value);
				best = key;
			}
		link_owner_of_some(self, store, GPOINTER_TO_UINT(best), most);
		g_hash_table_remove(pages, best);
	}
	if (g_hash_table_size(pages)) {
		g_autofree char *more = g_strdup_printf("and %u more", g_hash_table_size(pages));

		add_row(self, "owner", more, NULL);
	}
}

static void show_range(MdvInspector *self, AnzStore *store, guint64 pfn, guint64 n)
{
	g_autofree char *first = g_strdup_printf("%" G_GUINT64_FORMAT, pfn);
	g_autofree char *last = g_strdup_printf("%" G_GUINT64_FORMAT, pfn + n - 1);
	guint64 page_size = mdv_document_page_size(mdv_view_document(self->view));
	g_autofree char *from = mdv_words_address(pfn * page_size);
	g_autofree char *to = mdv_words_address((pfn + n) * page_size - 1);
	g_autofree char *size = mdv_words_size(n * page_size);
	g_autofree guint8 *classes = g_malloc(ANZ_TILE_PAGES);
	guint64 pages[ANZ_NR_CLASSES] = { 0 }, counted = MIN(n, 64 * (guint64)ANZ_TILE_PAGES);

	add_row(self, "first_frame", first, NULL);
	add_row(self, "last_frame", last, NULL);
	add_row(self, "from", from, NULL);
	add_row(self, "to", to, NULL);
	add_row(self, "size", size, NULL);
	for (guint64 done = 0; done < counted; done += ANZ_TILE_PAGES) {
		guint64 some = MIN(counted - done, ANZ_TILE_PAGES);

		if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn + done, some, classes, NULL))
			return;
		for (guint64 i = 0; i < some; i++)
			pages[classes[i]]++;
	}
	if (counted < n)
		add_row(self, "counted", "the first 16 GiB", NULL);
	for (guint rank = 0; rank < ANZ_NR_CLASSES; rank++) {
		g_autofree char *count = NULL, *value = NULL;
		guint best = 0;

		for (guint c = 1; c < ANZ_NR_CLASSES; c++)
			if (pages[c] > pages[best])
				best = c;
		if (!pages[best])
			break;
		if (!rank)
			self->page_class = best;
		count = mdv_words_pages(pages[best]);
		value = g_strdup_printf("%s, %.1f%%", count,
					100.0 * (double)pages[best] / (double)counted);
		add_row(self, anz_page_class_info(best)->name, value,
			anz_page_class_info(best)->meaning);
		pages[best] = 0;
	}
	link_run(self, store, pfn);
	link_owners_within(self, store, pfn, n);
}

static void update_swatch(MdvInspector *self)
{
	const AnzPictureStyle *style = mdv_view_style(self->view);

	mdv_swatch_set(self->swatch, style->colours[self->page_class],
		       anz_palette_pattern(style->palette, self->page_class));
}

static void update(MdvInspector *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	g_autofree char *title = NULL;
	guint64 pfn, n;
	gboolean has = document && mdv_view_selection(self->view, &pfn, &n);

	clear(self);
	gtk_widget_set_visible(self->hint, !has);
	gtk_widget_set_visible(self->swatch, has);
	gtk_widget_set_visible(self->links, has);
	if (!has) {
		gtk_label_set_text(GTK_LABEL(self->title), "Nothing selected");
		return;
	}
	if (n == 1)
		title = g_strdup_printf("Page frame %" G_GUINT64_FORMAT, pfn);
	else
		title = mdv_words_pages(n);
	gtk_label_set_text(GTK_LABEL(self->title), title);
	if (n == 1)
		show_page(self, mdv_document_store(document), pfn);
	else
		show_range(self, mdv_document_store(document), pfn, n);
	update_swatch(self);
}

/* --- handed on --- */

const char *mdv_inspector_value(MdvInspector *self, const char *name)
{
	for (guint i = 0; i < self->names->len; i++)
		if (!strcmp(g_ptr_array_index(self->names, i), name))
			return g_ptr_array_index(self->values, i);
	return NULL;
}

/* What was unfolded has its height two frames after its bytes came. */
static gboolean scroll_to_raw(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
	MdvInspector *self = MDV_INSPECTOR(widget);
	graphene_point_t at;

	if (mdv_raw_is_busy(MDV_RAW(self->raw)))
		self->frames = 0;
	if (self->frames++ < 2)
		return G_SOURCE_CONTINUE;
	self->scrolling = 0;
	if (mdv_raw_is_unfolded(MDV_RAW(self->raw)) &&
	    gtk_widget_compute_point(self->raw, self->box, &GRAPHENE_POINT_INIT(0, 0), &at))
		gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scroller)),
					 at.y);
	return G_SOURCE_REMOVE;
}

void mdv_inspector_toggle_raw(MdvInspector *self)
{
	mdv_raw_set_unfolded(MDV_RAW(self->raw), !mdv_raw_is_unfolded(MDV_RAW(self->raw)));
	self->frames = 0;
	if (!self->scrolling)
		self->scrolling = gtk_widget_add_tick_callback(GTK_WIDGET(self), scroll_to_raw, NULL, NULL);
}

MdvRaw *mdv_inspector_raw(MdvInspector *self)
{
	return MDV_RAW(self->raw);
}

static void append_json_string(GString *to, const char *text)
{
	g_string_append_c(to, '"');
	for (; *text; text++) {
		guchar c = (guchar)*text;

		if (c == '"' || c == '\\')
			g_string_append_c(to, '\\');
		if (c < 0x20)
			g_string_append_printf(to, "\\u%04x", c);
		else
			g_string_append_c(to, *text);
	}
	g_string_append_c(to, '"');
}

char *mdv_inspector_json(MdvInspector *self)
{
	GString *json = g_string_new("{");

	for (guint i = 0; i < self->names->len; i++) {
		g_string_append(json, i ? ", " : "");
		append_json_string(json, g_ptr_array_index(self->names, i));
		g_string_append(json, ": ");
		append_json_string(json, g_ptr_array_index(self->values, i));
	}
	g_string_append_c(json, '}');
	return g_string_free(json, FALSE);
}

/* --- widget --- */

static void mdv_inspector_dispose(GObject *object)
{
	MdvInspector *self = MDV_INSPECTOR(object);

	if (self->scrolling)
		gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->scrolling);
	self->scrolling = 0;
	g_clear_pointer(&self->scroller, gtk_widget_unparent);
	g_clear_object(&self->view);
	g_clear_pointer(&self->names, g_ptr_array_unref);
	g_clear_pointer(&self->values, g_ptr_array_unref);
	G_OBJECT_CLASS(mdv_inspector_parent_class)->dispose(object);
}

static void mdv_inspector_class_init(MdvInspectorClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_inspector_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "inspector");
}

static void mdv_inspector_init(MdvInspector *self)
{
	GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

	self->names = g_ptr_array_new_with_free_func(g_free);
	self->values = g_ptr_array_new_with_free_func(g_free);
	self->title = gtk_label_new("Nothing selected");
	gtk_label_set_xalign(GTK_LABEL(self->title), 0);
	gtk_widget_add_css_class(self->title, "heading");
	self->swatch = mdv_swatch_new();
	gtk_widget_set_visible(self->swatch, FALSE);
	gtk_box_append(GTK_BOX(head), self->swatch);
	gtk_box_append(GTK_BOX(head), self->title);
	self->hint = gtk_label_new("Press on the map to select a page; with Shift, a stretch of "
				   "pages.");
	gtk_label_set_wrap(GTK_LABEL(self->hint), TRUE);
	gtk_label_set_xalign(GTK_LABEL(self->hint), 0);
	gtk_widget_add_css_class(self->hint, "dim-label");
	self->grid = gtk_grid_new();
	gtk_grid_set_column_spacing(GTK_GRID(self->grid), 10);
	gtk_grid_set_row_spacing(GTK_GRID(self->grid), 3);
	self->links = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
	gtk_widget_set_margin_start(self->box, 10);
	gtk_widget_set_margin_end(self->box, 10);
	gtk_widget_set_margin_top(self->box, 8);
	gtk_widget_set_margin_bottom(self->box, 8);
	gtk_box_append(GTK_BOX(self->box), head);
	gtk_box_append(GTK_BOX(self->box), self->hint);
	gtk_box_append(GTK_BOX(self->box), self->links);
	gtk_box_append(GTK_BOX(self->box), self->grid);
	self->scroller = gtk_scrolled_window_new();
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->box);
	gtk_widget_set_vexpand(self->scroller, TRUE);
	gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Selected page", -1);
}

GtkWidget *mdv_inspector_new(MdvView *view)
{
	MdvInspector *self = g_object_new(MDV_TYPE_INSPECTOR, NULL);

	self->view = g_object_ref(view);
	self->raw = mdv_raw_new(view);
	gtk_box_append(GTK_BOX(self->box), self->raw);
	g_signal_connect_object(view, "selection", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "document", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "picture", G_CALLBACK(update_swatch), self, G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
