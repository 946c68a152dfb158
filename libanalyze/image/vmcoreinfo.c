/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parser of VMCOREINFO text into a list in file order and a hash by key.
 */
#include "image/vmcoreinfo.h"

#include <string.h>

/* The kernel's buffer is a page (64 KiB at most); a file may hold somewhat more. */
#define MAX_TEXT ((gsize)4 << 20)

typedef struct {
	const char *key, *value;
} Entry;

struct AnzVmcoreinfo {
	char *text;		/* the strings that entries point into */
	GArray *entries;
	GHashTable *by_key;	/* key -> value */
};

static void add_line(AnzVmcoreinfo *info, char *line, gsize len)
{
	char *eq = memchr(line, '=', len);
	Entry e;

	/* Values end up in JSON and on terminals: only text is let in. */
	if (!eq || eq == line || !g_utf8_validate(line, len, NULL))
		return;
	for (gsize i = 0; i < len; i++)
		if (g_ascii_iscntrl(line[i]) && line[i] != '\t')
			return;
	*eq = '\0';
	e = (Entry){ line, eq + 1 };
	g_array_append_val(info->entries, e);
	/* The kernel says nothing twice; if a text does, the first line counts (as in crash). */
	if (!g_hash_table_contains(info->by_key, e.key))
		g_hash_table_insert(info->by_key, (gpointer)e.key, (gpointer)e.value);
}

AnzVmcoreinfo *anz_vmcoreinfo_parse(const char *text, gsize len)
{
	AnzVmcoreinfo *info = g_new0(AnzVmcoreinfo, 1);
	char *at, *end;

	len = MIN(len, MAX_TEXT);
	info->text = g_malloc(len + 1);
	if (len)
		memcpy(info->text, text, len);
	info->text[len] = '\0';
	info->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
	info->by_key = g_hash_table_new(g_str_hash, g_str_equal);

	end = memchr(info->text, '\0', len + 1);
	for (at = info->text; at < end;) {
		char *nl = memchr(at, '\n', end - at);

		if (!nl)
			break;
		*nl = '\0';
		add_line(info, at, nl - at);
		at = nl + 1;
	}
	return info;
}

void anz_vmcoreinfo_free(AnzVmcoreinfo *info)
{
	if (!info)
		return;
	g_hash_table_unref(info->by_key);
	g_array_unref(info->entries);
	g_free(info->text);
	g_free(info);
}

gboolean anz_vmcoreinfo_is_empty(const AnzVmcoreinfo *info)
{
	return info->entries->len == 0;
}

const char *anz_vmcoreinfo_line(const AnzVmcoreinfo *info, const char *key)
{
	return g_hash_table_lookup(info->by_key, key);
}

static const char *lookup(const AnzVmcoreinfo *info, const char *kind, const char *name)
{
	g_autofree char *key = g_strdup_printf("%s(%s)", kind, name);

	return g_hash_table_lookup(info->by_key, key);
}

static gboolean parse_hex(const char *text, guint64 *value)
{
	return text && text[0] && g_ascii_string_to_unsigned(
		g_ascii_strncasecmp(text, "0x", 2) == 0 ? text + 2 : text, 16, 0, G_MAXUINT64,
		value, NULL);
}

/* Decimal, or hex with 0x, which may use all 64 bits. */
static gboolean parse_number(const char *text, gint64 *value)
{
	guint64 v;

	if (!text)
		return FALSE;
	if (g_ascii_strncasecmp(text, "0x", 2) == 0) {
		if (!parse_hex(text, &v))
			return FALSE;
		*value = (gint64)v;
		return TRUE;
	}
	if (g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, value, NULL))
		return TRUE;
	/* Above the signed range: a kernel printed %lu. */
	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &v, NULL))
		return FALSE;
	*value = (gint64)v;
	return TRUE;
}

static gboolean parse_size(const char *text, guint64 *value)
{
	gint64 v;

	/* SIZE, OFFSET and LENGTH of something real are not negative. */
	if (!parse_number(text, &v) || v < 0)
		return FALSE;
	*value = v;
	return TRUE;
}

gboolean anz_vmcoreinfo_number(const AnzVmcoreinfo *info, const char *name, gint64 *value)
{
	return parse_number(lookup(info, "NUMBER", name), value);
}

gboolean anz_vmcoreinfo_symbol(const AnzVmcoreinfo *info, const char *name, guint64 *value)
{
	return parse_hex(lookup(info, "SYMBOL", name), value);
}

gboolean anz_vmcoreinfo_size(const AnzVmcoreinfo *info, const char *name, guint64 *value)
{
	return parse_size(lookup(info, "SIZE", name), value);
}

gboolean anz_vmcoreinfo_offset(const AnzVmcoreinfo *info, const char *member, guint64 *value)
{
	return parse_size(lookup(info, "OFFSET", member), value);
}

gboolean anz_vmcoreinfo_length(const AnzVmcoreinfo *info, const char *name, guint64 *value)
{
	return parse_size(lookup(info, "LENGTH", name), value);
}

gboolean anz_vmcoreinfo_kernel_offset(const AnzVmcoreinfo *info, guint64 *value)
{
	*value = 0;
	return parse_hex(anz_vmcoreinfo_line(info, "KERNELOFFSET"), value);
}

void anz_vmcoreinfo_foreach(const AnzVmcoreinfo *info,
			    void (*func)(const char *key, const char *value, gpointer data),
			    gpointer data)
{
	for (guint i = 0; i < info->entries->len; i++) {
		const Entry *e = &g_array_index(info->entries, Entry, i);

		func(e->key, e->value, data);
	}
}
