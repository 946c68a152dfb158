/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Type info of what has changed, as C text for the compiler to make DWARF of: struct page, the
 * structures whose list heads are of another type now, and descriptors that this kernel does not
 * have yet; these are laid out as its struct page.  Given to a reader before the kernel's own
 * vmlinux, they hide what that one says.
 */
#include <glib/gstdio.h>

#include "transcode.h"

typedef struct {
	guint64 offset, bytes;
	char *declaration;
} Member;

static void member_clear(gpointer data)
{
	g_free(((Member *)data)->declaration);
}

static GArray *members_new(void)
{
	GArray *members = g_array_new(FALSE, FALSE, sizeof(Member));

	g_array_set_clear_func(members, member_clear);
	return members;
}

/* @declaration: (transfer full) */
static void add_member(GArray *members, guint64 offset, guint64 bytes, char *declaration)
{
	Member member = { offset, bytes, declaration };

	g_array_append_val(members, member);
}

/* A scalar of the old struct at its old place, if there is one. */
static void keep_member(Transcoder *t, GArray *members, const char *type, const char *name)
{
	guint64 offset, bits;

	if (anz_source_member(t->source, type, name, &offset, &bits) && !(offset % 8) &&
	    (bits == 32 || bits == 64))
		add_member(members, offset / 8, bits / 8,
			   g_strdup_printf("%s %s", bits == 32 ? "int" : "unsigned long", name));
}

static int compare_members(gconstpointer a, gconstpointer b)
{
	const Member *left = a, *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

/* @size_of: the struct as long as which this one is. */
static void add_struct(Transcoder *t, GString *text, const char *type, GArray *members,
		       const char *size_of)
{
	guint64 bytes = 0, at = 0;

	anz_source_type_size(t->source, size_of, &bytes);
	add_member(members, bytes, 0, NULL);
	g_array_sort(members, compare_members);
	g_string_append_printf(text, "struct %s {\n", type);
	for (guint i = 0; i < members->len; i++) {
		const Member *member = &g_array_index(members, Member, i);

		if (member->offset > at)
			g_string_append_printf(text, "\tchar pad%u[%" G_GUINT64_FORMAT "];\n", i,
					       member->offset - at);
		if (member->declaration)
			g_string_append_printf(text, "\t%s;\n", member->declaration);
		at = MAX(at, member->offset) + member->bytes;
	}
	g_string_append_printf(text, "} %s_;\n\n", type);
}

static gboolean add_heads(Transcoder *t, GString *text, GError **error)
{
	g_autoptr(GArray) area = members_new(), pages = members_new();
	guint64 free_list, lists;

	if (!machine_offset(t, "free_area", "free_list", &free_list, error) ||
	    !machine_offset(t, "per_cpu_pages", "lists", &lists, error))
		return FALSE;
	add_member(area, free_list, t->nr_migratetypes * t->head_bytes,
		   g_strdup_printf("struct buddy free_list[%u]", t->nr_migratetypes));
	keep_member(t, area, "free_area", "nr_free");
	add_struct(t, text, "free_area", area, "free_area");
	add_member(pages, lists, t->nr_pcp_lists * t->head_bytes,
		   g_strdup_printf("struct buddy lists[%u]", t->nr_pcp_lists));
	keep_member(t, pages, "per_cpu_pages", "count");
	keep_member(t, pages, "per_cpu_pages", "high");
	add_struct(t, text, "per_cpu_pages", pages, "per_cpu_pages");
	return TRUE;
}

/* One that this kernel does not have, if so. */
static void add_descriptor(Transcoder *t, GString *text, const char *name)
{
	g_autoptr(GArray) members = members_new();
	guint64 bytes;

	if (anz_source_type_size(t->source, name, &bytes))
		return;
	keep_member(t, members, "page", "flags");
	/* A KSM page is a folio; others use these words for purposes of their own. */
	if (g_str_equal(name, "ksm")) {
		keep_member(t, members, "page", "mapping");
		keep_member(t, members, "page", "_mapcount");
	}
	/* Its zspage. */
	if (g_str_equal(name, "zpdesc"))
		keep_member(t, members, "page", "private");
	add_struct(t, text, name, members, "page");
}

static char *overlay_text(Transcoder *t, GError **error)
{
	static const char *const descriptors[] = { "ksm", "movable", "ptdesc", "hwpoison",
						   "pcpudesc", "zpdesc", "bump", "netpool" };
	g_autoptr(GString) text = g_string_new(
		"struct list_head {\n\tstruct list_head *next, *prev;\n};\nstruct page;\n");

	if (t->variant->struct_buddy)
		g_string_append(text, t->variant->struct_buddy);
	g_string_append_printf(text, "%s\nstruct page page_;\n", t->variant->text);
	g_string_append_printf(text, "_Static_assert(sizeof(struct page) == %u, \"\");\n\n",
			       t->variant->bytes);
	for (guint i = 0; i < G_N_ELEMENTS(descriptors); i++)
		add_descriptor(t, text, descriptors[i]);
	if (t->variant->struct_buddy && !add_heads(t, text, error))
		return NULL;
	return g_string_free(g_steal_pointer(&text), FALSE);
}

gboolean overlay_compile(Transcoder *t, const char *cc, const char *path, GError **error)
{
	g_autofree char *text = overlay_text(t, error), *source = NULL, *said = NULL;
	const char *argv[] = { cc, "-g", "-c", "-std=gnu11", "-m64", "-ffreestanding",
			       "-fno-eliminate-unused-debug-types", "-o", path, NULL, NULL };
	gboolean ok;
	int status;

	if (!text)
		return FALSE;
	source = g_strconcat(path, ".c", NULL);
	argv[G_N_ELEMENTS(argv) - 2] = source;
	ok = g_file_set_contents(source, text, -1, error) &&
	     g_spawn_sync(NULL, (char **)argv, NULL,
			  G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said,
			  &status, error) &&
	     g_spawn_check_wait_status(status, error);
	if (!ok)
		g_prefix_error(error, "the C compiler, which makes the type info: %s%s",
			       said ? said : "", said && *said ? "\n" : "");
	g_unlink(source);
	return ok;
}
