/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people are told who cannot see a control, or do not know its key. */
#include "session.h"

/* --- names of controls --- */

static gboolean has_words(GtkWidget *widget)
{
	if (GTK_IS_LABEL(widget) && *gtk_label_get_text(GTK_LABEL(widget)))
		return TRUE;
	for (GtkWidget *child = gtk_widget_get_first_child(widget); child; child = gtk_widget_get_next_sibling(child))
		if (has_words(child))
			return TRUE;
	return FALSE;
}

static gboolean is_control(GtkWidget *widget)
{
	return GTK_IS_BUTTON(widget) || GTK_IS_MENU_BUTTON(widget) || GTK_IS_DROP_DOWN(widget) ||
		GTK_IS_COLOR_BUTTON(widget) || GTK_IS_EDITABLE(widget) || GTK_IS_SCALE(widget) ||
		GTK_IS_COLUMN_VIEW(widget) || GTK_IS_LIST_BOX(widget) || MDV_IS_MAP_VIEW(widget);
}

static gboolean is_named(GtkWidget *widget)
{
	GtkAccessible *accessible = GTK_ACCESSIBLE(widget);

	return gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
		gtk_test_accessible_has_relation(accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) ||
		(!GTK_IS_DROP_DOWN(widget) && !GTK_IS_COLUMN_VIEW(widget) && !GTK_IS_LIST_BOX(widget) &&
		 has_words(widget));
}

/* What is within a control is the toolkit's own. */
static guint check_names(GtkWidget *widget, GString *nameless)
{
	guint n = 0;

	if (is_control(widget)) {
		if (!is_named(widget)) {
			GtkWidget *parent = gtk_widget_get_parent(widget);

			g_string_append_printf(nameless, " %s (%s) in %s", G_OBJECT_TYPE_NAME(widget),
					       gtk_widget_get_tooltip_text(widget) ?: "no tooltip",
					       G_OBJECT_TYPE_NAME(parent));
		}
		if (!GTK_IS_COLUMN_VIEW(widget) && !GTK_IS_LIST_BOX(widget))
			return 1;
		n = 1;
	}
	for (GtkWidget *child = gtk_widget_get_first_child(widget); child; child = gtk_widget_get_next_sibling(child))
		n += check_names(child, nameless);
	return n;
}

static void test_names(Session *s, gconstpointer data)
{
	g_autoptr(GString) nameless = g_string_new(NULL);

	search(s, "pfn:8192");
	act(s, "bookmark", "");
	sheet(s, "runs");
	g_assert_cmpuint(check_names(GTK_WIDGET(s->window), nameless), >, 60);
	g_assert_cmpstr(nameless->str, ==, "");
}

/* --- keys --- */

typedef struct {
	guint key;
	GdkModifierType state;
} Key;

static gboolean has_key(const GArray *keys, Key wanted)
{
	for (guint i = 0; i < keys->len; i++) {
		const Key *key = &g_array_index(keys, Key, i);

		if (key->key == wanted.key && key->state == wanted.state)
			return TRUE;
	}
	return FALSE;
}

static void add_key(GArray *keys, guint key, GdkModifierType state)
{
	Key added = { key == GDK_KEY_KP_Add ? GDK_KEY_plus : key == GDK_KEY_KP_Subtract ? GDK_KEY_minus : key,
		      state };

	if (!has_key(keys, added))
		g_array_append_val(keys, added);
}

/* The keys of a widget that are ours: those of actions of the window and the map. */
static void add_bound(GtkWidget *widget, GArray *keys)
{
	g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);

	for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
		g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

		if (!GTK_IS_SHORTCUT_CONTROLLER(controller))
			continue;
		for (guint j = 0; j < g_list_model_get_n_items(G_LIST_MODEL(controller)); j++) {
			g_autoptr(GtkShortcut) shortcut = g_list_model_get_item(G_LIST_MODEL(controller), j);
			GtkShortcutAction *action = gtk_shortcut_get_action(shortcut);
			GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger(shortcut);
			const char *name = GTK_IS_NAMED_ACTION(action) ?
				gtk_named_action_get_action_name(GTK_NAMED_ACTION(action)) : "";

			if (g_str_has_prefix(name, "win.") || g_str_has_prefix(name, "map."))
				add_key(keys, gtk_keyval_trigger_get_keyval(GTK_KEYVAL_TRIGGER(trigger)),
					gtk_keyval_trigger_get_modifiers(GTK_KEYVAL_TRIGGER(trigger)));
		}
	}
	for (GtkWidget *child = gtk_widget_get_first_child(widget); child; child = gtk_widget_get_next_sibling(child))
		add_bound(child, keys);
}

static void add_listed(GtkWidget *widget, GArray *keys)
{
	if (GTK_IS_SHORTCUTS_SHORTCUT(widget)) {
		g_autofree char *text = NULL;
		g_auto(GStrv) words = NULL;
		guint key;
		GdkModifierType state;

		g_object_get(widget, "accelerator", &text, NULL);
		words = g_strsplit(text, " ", -1);
		for (char **word = words; *word; word++) {
			g_assert_true(gtk_accelerator_parse(*word, &key, &state));
			add_key(keys, key, state);
		}
	}
	for (GtkWidget *child = gtk_widget_get_first_child(widget); child; child = gtk_widget_get_next_sibling(child))
		add_listed(child, keys);
}

static void assert_all_in(const GArray *keys, const GArray *others, const char *words)
{
	for (guint i = 0; i < keys->len; i++) {
		Key key = g_array_index(keys, Key, i);
		g_autofree char *name = gtk_accelerator_name(key.key, key.state);

		if (!has_key(others, key))
			g_error("%s %s", name, words);
	}
}

/* The window of keys has every key there is, and none that there is not. */
static void test_keys(Session *s, gconstpointer data)
{
	g_autoptr(GArray) bound = g_array_new(FALSE, FALSE, sizeof(Key));
	g_autoptr(GArray) listed = g_array_new(FALSE, FALSE, sizeof(Key));
	g_autoptr(GtkBuilder) builder = gtk_builder_new_from_resource("/org/memdesc/Viewer/shortcuts.ui");
	GtkWidget *window = GTK_WIDGET(gtk_builder_get_object(builder, "shortcuts"));

	add_bound(GTK_WIDGET(s->window), bound);
	add_listed(window, listed);
	g_assert_cmpuint(bound->len, >, 30);
	assert_all_in(bound, listed, "is not in the window of keys");
	assert_all_in(listed, bound, "is in the window of keys, and does nothing");
	gtk_window_destroy(GTK_WINDOW(window));
}

void add_name_tests(void)
{
	ADD("names", test_names, "good.memdesc");
	ADD("keys", test_keys, NULL);
}
