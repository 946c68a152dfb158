/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMCOREINFO of the new format: in the dump's note, and in the two copies that the kernel keeps in
 * memory, where readers look when a dump has no note.  Source: kernel/vmcore_info.c.
 */
#include <elf.h>
#include <string.h>

#include "transcode.h"
#include "vmcoreinfo.h"

gboolean vmcoreinfo_number(const char *text, const char *key, guint base, gint64 *value)
{
	gsize len = strlen(key);

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (!strncmp(line, key, len) && line[len] == '=') {
			const char *from = line + len + 1;

			if (g_str_has_prefix(from, "0x"))
				base = 16;
			*value = *from == '-' ? g_ascii_strtoll(from, NULL, base) :
						(gint64)g_ascii_strtoull(from, NULL, base);
			return TRUE;
		}
		if (!strchr(line, '\n'))
			break;
	}
	return FALSE;
}

static gboolean is_replaced(const char *line)
{
	static const char *const keys[] = { "SIZE(page)=", "OFFSET(page.", "SYMBOL(vmemmap)=",
					    "MEMDESC_", "NUMBER(MEMDESC_" };

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		if (g_str_has_prefix(line, keys[i]))
			return TRUE;
	return FALSE;
}

char *vmcoreinfo_rewrite(Transcoder *t)
{
	g_autofree char *old = anz_source_vmcoreinfo(t->source);
	g_auto(GStrv) lines = g_strsplit(old, "\n", -1);
	GString *text = g_string_new(NULL);
	gint64 ignored;

	for (guint i = 0; lines[i]; i++)
		if (*lines[i] && !is_replaced(lines[i]))
			g_string_append_printf(text, "%s\n", lines[i]);
	g_string_append_printf(text, "SIZE(page)=%u\n%sSYMBOL(vmemmap)=%" G_GINT64_MODIFIER "x\n",
			       t->variant->bytes, t->variant->offsets, t->new_array);
	/* Tells how wide the node field of a Misc word is. */
	if (!vmcoreinfo_number(old, "LENGTH(node_data)", 10, &ignored))
		g_string_append_printf(text, "LENGTH(node_data)=%u\n", 1u << t->node_bits);
	g_string_append_printf(text, "MEMDESC_TABLE=%s\nMEMDESC_BUDDY=%s\n"
			       "MEMDESC_DESCRIPTORS=vmemmap\n", t->table->name, t->variant->buddy);
	return g_string_free(text, FALSE);
}

/*
 * What the pointer variable @name points at; 0 if that is not in the dump.  (With a crash kernel the
 * text is used from a copy in that one's memory, which a dump leaves out.)
 */
static guint64 copy_at(Transcoder *t, const char *name, gsize bytes)
{
	g_autofree guint8 *there = g_malloc(bytes);
	guint64 variable, address;

	if (!anz_source_symbol(t->source, name, &variable) ||
	    !machine_read_u64(t, variable, &address, NULL) ||
	    anz_source_read_virtual(t->source, address, there, bytes) != bytes)
		return 0;
	return address;
}

gboolean vmcoreinfo_write_copies(Transcoder *t, const char *text, GError **error)
{
	/* VMCOREINFO_BYTES, the kernel's own limit; the note has its header and name before it. */
	gsize len = strlen(text), room = (gsize)1 << t->page_shift, before = sizeof(Elf64_Nhdr) + 12;
	guint64 data = copy_at(t, "vmcoreinfo_data", room), size = GUINT64_TO_LE(len), variable;
	guint64 note = copy_at(t, "vmcoreinfo_note", room + before);
	g_autofree char *padded = g_malloc0(room);
	Elf64_Nhdr header;

	if (len > room) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "the new VMCOREINFO (%" G_GSIZE_FORMAT " bytes) does not fit the page that "
			    "the kernel has for it", len);
		return FALSE;
	}
	memcpy(padded, text, len);
	if (data && !memory_write_virtual(t->memory, data, padded, room, error))
		return FALSE;
	if (anz_source_symbol(t->source, "vmcoreinfo_size", &variable) &&
	    !memory_write_virtual(t->memory, variable, &size, 8, error))
		return FALSE;
	if (!note || anz_source_read_virtual(t->source, note, &header, sizeof(header)) !=
		     sizeof(header) || GUINT32_FROM_LE(header.n_namesz) != sizeof("VMCOREINFO"))
		return TRUE;
	header.n_descsz = GUINT32_TO_LE(len);
	return memory_write_virtual(t->memory, note, &header, sizeof(header), error) &&
	       memory_write_virtual(t->memory, note + before, padded, room, error);
}
