/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See layout-check.h. */
#include "types/layout-check.h"

#include <string.h>

typedef struct {
	AnzTypes *types;
	guint agree;
	char *conflict;
} Check;

/* "page.flags" out of "OFFSET(page.flags)"; NULL if @key is no such statement. */
static char *argument(const char *key, const char *kind)
{
	gsize len = strlen(kind);

	if (strncmp(key, kind, len) != 0 || key[len] != '(' || !g_str_has_suffix(key, ")"))
		return NULL;
	return g_strndup(key + len + 1, strlen(key) - len - 2);
}

static gboolean actual_size(AnzTypes *types, const char *name, guint64 *size)
{
	const AnzType *type = anz_types_find(types, name);

	if (!type)
		type = anz_types_find_typedef(types, name);
	if (!type || !type->size)
		return FALSE;
	*size = type->size;
	return TRUE;
}

static gboolean actual_offset(AnzTypes *types, char *name, guint64 *offset)
{
	char *dot = strchr(name, '.');
	AnzMember member;

	if (!dot)
		return FALSE;
	*dot = '\0';
	if (!anz_types_member(types, name, dot + 1, &member))
		return FALSE;
	*offset = member.bit_offset / 8;
	return TRUE;
}

static void check_line(const char *key, const char *value, gpointer data)
{
	Check *check = data;
	g_autofree char *size_of = argument(key, "SIZE"), *offset_of = argument(key, "OFFSET");
	guint64 actual, stated;

	if (!(size_of && actual_size(check->types, size_of, &actual)) &&
	    !(offset_of && actual_offset(check->types, offset_of, &actual)))
		return;
	if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &stated, NULL))
		return;
	if (stated == actual)
		check->agree++;
	else if (!check->conflict)
		check->conflict = g_strdup_printf("%s is %" G_GUINT64_FORMAT " there and %s in "
						  "the dump", key, actual, value);
}

guint anz_types_check_layouts(AnzTypes *types, const AnzVmcoreinfo *info, char **conflict)
{
	Check check = { .types = types };

	anz_vmcoreinfo_foreach(info, check_line, &check);
	*conflict = check.conflict;
	return check.agree;
}
