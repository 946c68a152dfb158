/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sheet.h"

#include <string.h>

#include "export.h"
#include "light.h"
#include "row.h"
#include "words.h"

#define MAX_ROWS 50000		/* of a list; the file has all */
#define BLOCK_PAGES 512		/* that one selected page is shown among */
#define MOST_PAGES 32768
#define WIDGET_ROWS 256		/* at least as many as get widgets */
#define SLICE_ROWS 24

/* --- the sheet --- */

typedef struct {
	char *name;
	gboolean is_number;
	guint chars;
} Heading;

struct _MdvSheet {
	GtkWidget parent;
	MdvView *view;
	char *name, *sql, *light_sql;
	char *lit_search;	/* of the row that was chosen last */
	GtkWidget *box, *scroller, *list, *note;
	GListStore *rows;
	GtkSingleSelection *selection;
	GArray *headings;
	GCancellable *cancellable;
	gboolean begun, loaded, following;
	GPtrArray *coming;	/* rows on their way into the list; NULL none */
	guint n_come, feeding;	/* how many are there; source that adds more, 0 none */
	gboolean in_order;	/* of frames: the selection can be found in it */
	gboolean by_selection;	/* rows of frames first to end, which follow the selection */
	guint64 first, end;
	char *filled_sql;	/* with first and end, if it needs them */
	guint settling;		/* tick callback: rows came, and are not laid out yet; 0 none */
	guint frames;		/* drawn meanwhile */
	guint lighting;		/* queries for the pages of rows that are under way */
};

G_DEFINE_FINAL_TYPE(MdvSheet, mdv_sheet, GTK_TYPE_WIDGET)

static void heading_clear(gpointer data)
{
	g_free(((Heading *)data)->name);
}

static int column_named(MdvSheet *self, const char *name)
{
	for (guint i = 0; i < self->headings->len; i++)
		if (!strcmp(g_array_index(self->headings, Heading, i).name, name))
			return (int)i;
	return -1;
}

static const char *value_of(MdvSheet *self, MdvRow *row, const char *name)
{
	int column = column_named(self, name);

	return column < 0 ? NULL : row->value[column];
}

/* --- choosing a row --- */

static void light_done(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(MdvSheet) self = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzPageSet) set = mdv_light_finish(result, &error);

	self->lighting--;
	if (!self->view)
		return;		/* closed meanwhile */
	if (set && mdv_view_document(self->view) == MDV_DOCUMENT(source)) {
		MdvRow *row = gtk_single_selection_get_selected_item(self->selection);
		g_autoptr(GString) words = g_string_new(self->name);

		for (guint i = 0; row && i < MIN(row->n, 3); i++)
			g_string_append_printf(words, " %s", row->text[i] ?: "-");
		mdv_view_set_lit(self->view, set, words->str, self->lit_search);
	} else if (error && !g_error_matches(error, ANZ_ERROR, ANZ_ERROR_CANCELLED) &&
		   !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
		gtk_label_set_text(GTK_LABEL(self->note), error->message);
	}
}

/* The columns of @row stand in SQL as :NAME.  What comes of it says the same in a link, without the row. */
static char *fill_columns(MdvSheet *self, MdvRow *row)
{
	GString *sql = g_string_new("= ");
	const char *at = self->light_sql;

	while (*at) {
		gsize len = *at == ':' ? 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_") : strcspn(at, ":");
		g_autofree char *name = *at == ':' ? g_strndup(at + 1, len - 1) : NULL;
		int column = name && strcmp(name, "snapshot") ? column_named(self, name) : -1;

		if (column < 0) {
			g_string_append_len(sql, at, (gssize)len);
		} else if (!row->value[column]) {
			g_string_append(sql, "NULL");
		} else {
			g_auto(GStrv) parts = g_strsplit(row->value[column], "'", -1);
			g_autofree char *quoted = g_strjoinv("''", parts);

			g_string_append_printf(sql, "'%s'", quoted);
		}
		at += len;
	}
	return g_string_free(sql, FALSE);
}

static void light_row(MdvSheet *self, MdvRow *row)
{
	g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	self->cancellable = g_cancellable_new();
	g_free(self->lit_search);
	self->lit_search = fill_columns(self, row);
	self->lighting++;
	mdv_light_async(mdv_view_document(self->view), NULL, self->lit_search, self->cancellable, light_done,
			g_object_ref(self));
}

static void choose(MdvSheet *self)
{
	MdvRow *row = gtk_single_selection_get_selected_item(self->selection);
	const char *pfn, *pages, *order;
	guint64 first, n = 1;

	if (!row || self->following)
		return;
	pfn = value_of(self, row, "pfn");
	pages = value_of(self, row, "pages");
	order = value_of(self, row, "order");
	if (pfn && g_ascii_string_to_unsigned(pfn, 10, 0, G_MAXUINT64, &first, NULL)) {
		if (pages)
			g_ascii_string_to_unsigned(pages, 10, 1, G_MAXINT64, &n, NULL);
		else if (order && g_ascii_string_to_unsigned(order, 10, 0, 40, &n, NULL))
			n = (guint64)1 << n;
		self->following = TRUE;
		mdv_view_go(self->view, first, MAX(n, 1));
		self->following = FALSE;
	} else if (self->light_sql) {
		light_row(self, row);
	}
}

static gboolean wants_other_rows(MdvSheet *self)
{
	guint64 pfn, n;

	return self->by_selection && self->loaded && mdv_view_selection(self->view, &pfn, &n) &&
		(pfn < self->first || pfn >= self->end);
}

/* The selection's own pages, or those around the one that is selected; at first those of the beginning. */
static void fill_sql(MdvSheet *self)
{
	g_autoptr(GString) sql = g_string_new(self->sql);
	g_autofree char *first = NULL, *end = NULL;
	guint64 pfn, n;

	if (self->by_selection) {
		if (!mdv_view_selection(self->view, &pfn, &n))
			pfn = n = 0;
		self->first = n > 1 ? pfn : pfn / BLOCK_PAGES * BLOCK_PAGES;
		self->end = self->first + (n > 1 ? MIN(n, MOST_PAGES) : BLOCK_PAGES);
		first = g_strdup_printf("%" G_GUINT64_FORMAT, self->first);
		end = g_strdup_printf("%" G_GUINT64_FORMAT, self->end);
		g_string_replace(sql, ":first", first, 0);
		g_string_replace(sql, ":end", end, 0);
	}
	g_free(self->filled_sql);
	self->filled_sql = g_strdup(sql->str);
}

/* The map's selection chooses the row that has it, in lists that are in the order of frames. */
static void follow_selection(MdvSheet *self)
{
	guint n = g_list_model_get_n_items(G_LIST_MODEL(self->rows)), low = 0, high = n;
	int column = column_named(self, "pfn");
	guint64 pfn, pages;

	if (self->following || !gtk_widget_get_mapped(GTK_WIDGET(self)))
		return;
	if (wants_other_rows(self)) {
		mdv_sheet_load(self);
		return;
	}
	if (column < 0 || !n || !self->in_order || !mdv_view_selection(self->view, &pfn, &pages))
		return;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		g_autoptr(MdvRow) row = g_list_model_get_item(G_LIST_MODEL(self->rows), middle);

		if (g_ascii_strtoull(row->value[column], NULL, 10) <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return;
	/* sorted otherwise, its place is not known: then it is not followed */
	g_autoptr(MdvRow) wanted = g_list_model_get_item(G_LIST_MODEL(self->rows), low - 1);
	g_autoptr(MdvRow) there = g_list_model_get_item(G_LIST_MODEL(self->selection), low - 1);

	if (wanted != there)
		return;
	self->following = TRUE;
	gtk_single_selection_set_selected(self->selection, low - 1);
	gtk_widget_activate_action(gtk_widget_get_last_child(self->list), "list.scroll-to-item",
				   "u", low - 1);
	self->following = FALSE;
}

/* --- columns --- */

static void setup_cell(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
	const Heading *heading = data;
	GtkWidget *cell = gtk_inscription_new(NULL);

	gtk_inscription_set_xalign(GTK_INSCRIPTION(cell), heading->is_number ? 1 : 0);
	gtk_inscription_set_min_chars(GTK_INSCRIPTION(cell), heading->chars);
	gtk_inscription_set_nat_chars(GTK_INSCRIPTION(cell), heading->chars);
	gtk_inscription_set_text_overflow(GTK_INSCRIPTION(cell),
					  GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
	gtk_widget_add_css_class(cell, "numeric");
	gtk_list_item_set_child(item, cell);
}

static void bind_cell(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
	MdvRow *row = gtk_list_item_get_item(item);
	guint column = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(factory), "column"));

	gtk_inscription_set_text(GTK_INSCRIPTION(gtk_list_item_get_child(item)),
				 row->text[column] ?: "-");
}

static int compare_numbers(gconstpointer a, gconstpointer b, gpointer data)
{
	const char *x = ((const MdvRow *)a)->value[GPOINTER_TO_UINT(data)];
	const char *y = ((const MdvRow *)b)->value[GPOINTER_TO_UINT(data)];
	double p = x ? g_ascii_strtod(x, NULL) : -G_MAXDOUBLE;
	double q = y ? g_ascii_strtod(y, NULL) : -G_MAXDOUBLE;

	return (p > q) - (p < q);
}

static int compare_words(gconstpointer a, gconstpointer b, gpointer data)
{
	return g_strcmp0(((const MdvRow *)a)->value[GPOINTER_TO_UINT(data)],
			 ((const MdvRow *)b)->value[GPOINTER_TO_UINT(data)]);
}

static void add_column(MdvSheet *self, guint i)
{
	Heading *heading = &g_array_index(self->headings, Heading, i);
	GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
	g_autofree char *title = g_strdup(heading->name);
	g_autoptr(GtkColumnViewColumn) column = NULL;
	g_autoptr(GtkSorter) sorter = GTK_SORTER(gtk_custom_sorter_new(
		heading->is_number ? compare_numbers : compare_words, GUINT_TO_POINTER(i), NULL));

	g_object_set_data(G_OBJECT(factory), "column", GUINT_TO_POINTER(i));
	g_signal_connect(factory, "setup", G_CALLBACK(setup_cell), heading);
	g_signal_connect(factory, "bind", G_CALLBACK(bind_cell), NULL);
	column = gtk_column_view_column_new(g_strdelimit(title, "_", ' '), factory);
	gtk_column_view_column_set_resizable(column, TRUE);
	gtk_column_view_column_set_sorter(column, sorter);
	/* a text at the end has what room there is */
	gtk_column_view_column_set_expand(column, i + 1 == self->headings->len && !heading->is_number);
	gtk_column_view_append_column(GTK_COLUMN_VIEW(self->list), column);
}

/* --- loading --- */

typedef struct {
	MdvDocument *document;
	char *sql;
	GPtrArray *rows;
	GArray *headings;
	gboolean more;
} Load;

static void load_free(gpointer data)
{
	Load *load = data;

	g_object_unref(load->document);
	g_free(load->sql);
	g_ptr_array_unref(load->rows);
	if (load->headings)
		g_array_unref(load->headings);
	g_free(load);
}

static void measure(Load *load, const MdvRow *row)
{
	for (guint i = 0; i < load->headings->len; i++) {
		Heading *heading = &g_array_index(load->headings, Heading, i);
		guint chars = row->text[i] ? (guint)g_utf8_strlen(row->text[i], -1) : 1;

		heading->chars = MIN(MAX(heading->chars, chars + 1), 60);
	}
}

static gboolean load_rows(Load *load, GError **error)
{
	g_autoptr(AnzStore) store = mdv_document_reopen(load->document, error);
	g_autoptr(AnzQuery) query = store ? anz_store_query(store, load->sql, error) : NULL;
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		if (load->rows->len >= MAX_ROWS) {
			load->more = TRUE;
			break;
		}
		g_ptr_array_add(load->rows, mdv_row_new(query));
		if (load->rows->len == 1)
			break;
	}
	for (guint i = 0; i < anz_query_n_columns(query); i++) {
		AnzColumnKind kind = anz_query_column_kind(query, i);
		Heading heading = { g_strdup(anz_query_column_name(query, i)),
				    kind != ANZ_COLUMN_TEXT && kind != ANZ_COLUMN_BOOLEAN &&
				    kind != ANZ_COLUMN_BLOB, 4 };

		heading.chars = MAX(4, (guint)strlen(heading.name) + 1);
		g_array_append_val(load->headings, heading);
	}
	while (!err && load->rows->len && anz_query_next(query, &err)) {
		if (load->rows->len >= MAX_ROWS) {
			load->more = TRUE;
			break;
		}
		g_ptr_array_add(load->rows, mdv_row_new(query));
	}
	for (guint i = 0; i < load->rows->len; i++)
		measure(load, g_ptr_array_index(load->rows, i));
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

static void load_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	g_autoptr(GError) error = NULL;

	if (load_rows(data, &error))
		g_task_return_boolean(task, TRUE);
	else
		g_task_return_error(task, g_steal_pointer(&error));
}

/* All rows are of one snapshot: nobody needs to be told its number. */
static void take_headings(MdvSheet *self, Load *load)
{
	g_array_unref(self->headings);
	self->headings = g_steal_pointer(&load->headings);
	for (guint i = 0; i < self->headings->len; i++)
		if (strcmp(g_array_index(self->headings, Heading, i).name, "snapshot"))
			add_column(self, i);
}

/* A list scrolls wrongly to a row before it has been laid out once. */
static gboolean settle_rows(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
	MdvSheet *self = MDV_SHEET(widget);

	if (self->frames++ < 2)
		return G_SOURCE_CONTINUE;
	self->settling = 0;
	follow_selection(self);
	return G_SOURCE_REMOVE;
}

static void follow_soon(MdvSheet *self)
{
	self->frames = 0;
	if (!self->settling)
		self->settling = gtk_widget_add_tick_callback(GTK_WIDGET(self), settle_rows, NULL, NULL);
}

static void stop_feeding(MdvSheet *self)
{
	g_clear_handle_id(&self->feeding, g_source_remove);
	g_clear_pointer(&self->coming, g_ptr_array_unref);
}

/*
 * The toolkit makes widgets for some two hundred rows, seen or not, as soon as they are there, which takes
 * longer than a window may stand still: those rows come a few at a time, the rest at once.
 */
static gboolean feed(gpointer data)
{
	MdvSheet *self = data;
	guint n = self->coming->len - self->n_come;

	n = self->n_come < WIDGET_ROWS ? MIN(n, SLICE_ROWS) : n;
	g_list_store_splice(self->rows, self->n_come, 0, self->coming->pdata + self->n_come, n);
	self->n_come += n;
	if (self->n_come < self->coming->len)
		return G_SOURCE_CONTINUE;
	self->feeding = 0;
	stop_feeding(self);
	self->loaded = TRUE;
	follow_soon(self);
	return G_SOURCE_REMOVE;
}

static void load_done(GObject *source, GAsyncResult *result, gpointer data)
{
	MdvSheet *self = MDV_SHEET(source);
	Load *load = g_task_get_task_data(G_TASK(result));
	g_autoptr(GError) error = NULL;
	g_autofree char *note = NULL, *count = NULL;

	if (!self->view)
		return;		/* closed meanwhile */
	stop_feeding(self);
	if (!g_task_propagate_boolean(G_TASK(result), &error)) {
		g_autofree char *words = mdv_words_error(error);

		self->loaded = TRUE;
		gtk_label_set_text(GTK_LABEL(self->note), words);
		return;
	}
	if (!self->headings->len)
		take_headings(self, load);
	g_list_store_remove_all(self->rows);
	gtk_single_selection_set_selected(self->selection, GTK_INVALID_LIST_POSITION);
	self->coming = g_ptr_array_ref(load->rows);
	self->n_come = 0;
	self->feeding = g_idle_add(feed, self);
	count = mdv_words_count(load->rows->len);
	note = g_strdup_printf(load->more ? "The first %s rows; exporting writes all" : "%s rows",
			       count);
	gtk_label_set_text(GTK_LABEL(self->note), note);
}

void mdv_sheet_load(MdvSheet *self)
{
	g_autoptr(GTask) task = NULL;
	MdvDocument *document = mdv_view_document(self->view);
	Load *load;

	if ((self->begun && !wants_other_rows(self)) || !document)
		return;
	self->begun = TRUE;
	self->loaded = FALSE;
	fill_sql(self);
	load = g_new0(Load, 1);
	load->document = g_object_ref(document);
	load->sql = g_strdup(self->filled_sql);
	load->rows = g_ptr_array_new_with_free_func(g_object_unref);
	load->headings = g_array_new(FALSE, FALSE, sizeof(Heading));
	g_array_set_clear_func(load->headings, heading_clear);
	task = g_task_new(self, NULL, load_done, NULL);
	g_task_set_task_data(task, load, load_free);
	g_task_run_in_thread(task, load_in_thread);
}

gboolean mdv_sheet_export(MdvSheet *self, const char *path, GError **error)
{
	return mdv_export_query(mdv_document_store(mdv_view_document(self->view)), self->name,
				self->filled_sql, path, error);
}

const char *mdv_sheet_name(MdvSheet *self)
{
	return self->name;
}

gboolean mdv_sheet_is_busy(MdvSheet *self)
{
	return (self->begun && !self->loaded) || self->lighting ||
		(self->settling && gtk_widget_get_mapped(GTK_WIDGET(self)));
}

guint mdv_sheet_n_rows(MdvSheet *self)
{
	return g_list_model_get_n_items(G_LIST_MODEL(self->rows));
}

const char *mdv_sheet_cell(MdvSheet *self, guint row, const char *column)
{
	g_autoptr(MdvRow) item = g_list_model_get_item(G_LIST_MODEL(self->rows), row);
	int i = column_named(self, column);

	return item && i >= 0 ? item->text[i] : NULL;
}

void mdv_sheet_choose(MdvSheet *self, guint row)
{
	gtk_single_selection_set_selected(self->selection, row);
}

/* --- widget --- */

static void mdv_sheet_map(GtkWidget *widget)
{
	GTK_WIDGET_CLASS(mdv_sheet_parent_class)->map(widget);
	mdv_sheet_load(MDV_SHEET(widget));
	if (MDV_SHEET(widget)->loaded)
		follow_soon(MDV_SHEET(widget));
}

static void mdv_sheet_dispose(GObject *object)
{
	MdvSheet *self = MDV_SHEET(object);

	stop_feeding(self);
	if (self->settling)
		gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->settling);
	self->settling = 0;
	g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	g_clear_pointer(&self->box, gtk_widget_unparent);
	g_clear_object(&self->selection);
	g_clear_object(&self->rows);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_sheet_parent_class)->dispose(object);
}

static void mdv_sheet_finalize(GObject *object)
{
	MdvSheet *self = MDV_SHEET(object);

	g_free(self->name);
	g_free(self->sql);
	g_free(self->filled_sql);
	g_free(self->light_sql);
	g_free(self->lit_search);
	g_array_unref(self->headings);
	G_OBJECT_CLASS(mdv_sheet_parent_class)->finalize(object);
}

static void mdv_sheet_class_init(MdvSheetClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_sheet_dispose;
	G_OBJECT_CLASS(klass)->finalize = mdv_sheet_finalize;
	GTK_WIDGET_CLASS(klass)->map = mdv_sheet_map;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

static void mdv_sheet_init(MdvSheet *self)
{
	GtkSortListModel *sorted;
	GtkSorter *sorter;

	self->headings = g_array_new(FALSE, FALSE, sizeof(Heading));
	self->rows = g_list_store_new(MDV_TYPE_ROW);
	self->list = gtk_column_view_new(NULL);
	sorter = g_object_ref(gtk_column_view_get_sorter(GTK_COLUMN_VIEW(self->list)));
	sorted = gtk_sort_list_model_new(g_object_ref(G_LIST_MODEL(self->rows)), sorter);
	self->selection = gtk_single_selection_new(G_LIST_MODEL(sorted));
	gtk_single_selection_set_autoselect(self->selection, FALSE);
	gtk_single_selection_set_can_unselect(self->selection, TRUE);
	gtk_column_view_set_model(GTK_COLUMN_VIEW(self->list),
				  GTK_SELECTION_MODEL(self->selection));
	gtk_widget_add_css_class(self->list, "data-table");
	g_signal_connect_object(self->selection, "notify::selected", G_CALLBACK(choose), self,
				G_CONNECT_SWAPPED);
	/* who has gone elsewhere meanwhile goes there again */
	g_signal_connect_object(self->list, "activate", G_CALLBACK(choose), self, G_CONNECT_SWAPPED);
	self->scroller = gtk_scrolled_window_new();
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->list);
	gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(self->scroller), FALSE);
	gtk_widget_set_vexpand(self->scroller, TRUE);
	self->note = gtk_label_new("Loading \342\200\246");
	gtk_label_set_xalign(GTK_LABEL(self->note), 0);
	gtk_label_set_ellipsize(GTK_LABEL(self->note), PANGO_ELLIPSIZE_END);
	gtk_widget_add_css_class(self->note, "dim-label");
	gtk_widget_set_margin_start(self->note, 8);
	gtk_widget_set_margin_end(self->note, 8);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	gtk_box_append(GTK_BOX(self->box), self->scroller);
	gtk_box_append(GTK_BOX(self->box), self->note);
	gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *mdv_sheet_new(MdvView *view, const char *name, const char *sql, const char *light_sql)
{
	MdvSheet *self = g_object_new(MDV_TYPE_SHEET, NULL);

	self->view = g_object_ref(view);
	self->name = g_strdup(name);
	self->sql = g_strdup(sql);
	self->filled_sql = g_strdup(sql);
	self->by_selection = strstr(sql, ":first") != NULL;
	self->in_order = self->by_selection || !strcmp(name, "runs");
	self->light_sql = g_strdup(light_sql);
	g_signal_connect_object(view, "selection", G_CALLBACK(follow_selection), self,
				G_CONNECT_SWAPPED);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       name, -1);
	return GTK_WIDGET(self);
}
