/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the delicate parts of a dump from its own headers and VMCOREINFO, with a page-
 * table walk of its own: an independent, trusting reader, for files that mkcore has just
 * written.
 */
#include "places.h"

#include <elf.h>
#include <string.h>

typedef struct {
	const guint8 *data;
	gsize len;
	char *info;		/* VMCOREINFO text */
	GArray *places;
	guint64 root;		/* physical address of the top page table */
	guint levels;
} Dump;

static void add(GArray *places, const char *what, guint64 offset, guint64 len)
{
	Place place = { what, offset, len };

	g_array_append_val(places, place);
}

static void need(const GArray *places, const char *what)
{
	for (guint i = 0; i < places->len; i++)
		if (!strcmp(g_array_index(places, Place, i).what, what))
			return;
	g_error("places: no %s in this dump", what);
}

/* SYMBOL(x) and KERNELOFFSET are hexadecimal, the rest decimal. */
static guint64 info(const Dump *d, const char *key)
{
	g_autofree char *start = g_strconcat("\n", key, "=", NULL);
	const char *at = strstr(d->info, start);

	if (!at)
		g_error("places: VMCOREINFO lacks %s", key);
	at += strlen(start);
	return g_ascii_strtoull(at, NULL, g_str_has_prefix(key, "SYMBOL") ? 16 : 10);
}

/* File offset of @len bytes at @paddr; 0 if they are not all in one segment. */
static guint64 offset_of(const Dump *d, guint64 paddr, guint64 len)
{
	const Elf64_Ehdr *header = (const void *)d->data;
	const Elf64_Phdr *segment = (const void *)(d->data + header->e_phoff);

	for (guint i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *s = &segment[i];

		if (s->p_type == PT_LOAD && paddr >= s->p_paddr &&
		    paddr - s->p_paddr < s->p_filesz &&
		    s->p_filesz - (paddr - s->p_paddr) >= len)
			return s->p_offset + (paddr - s->p_paddr);
	}
	return 0;
}

static guint64 word(const Dump *d, guint64 offset)
{
	guint64 value;

	memcpy(&value, d->data + offset, sizeof(value));
	return value;
}

/* File offset behind @vaddr, or 0; notes the tables that were used on the way. */
static guint64 walk(Dump *d, guint64 vaddr)
{
	guint64 table = d->root;

	for (guint level = d->levels; level > 0; level--) {
		guint shift = 12 + 9 * (level - 1);
		guint64 at = offset_of(d, table + ((vaddr >> shift) & 511) * 8, 8);
		guint64 entry;

		if (!at)
			return 0;
		add(d->places, "page tables", at, 8);
		entry = word(d, at);
		if (!(entry & 1))
			return 0;
		table = entry & 0xffffffffff000;
		if (level == 1 || (level < 4 && (entry & 0x80)))
			return offset_of(d, (table & ~((1ull << shift) - 1)) |
					 (vaddr & ((1ull << shift) - 1)), 8);
	}
	return 0;
}

static void find_lists(Dump *d, guint64 zone)
{
	guint64 orders = info(d, "LENGTH(zone.free_area)"), area = info(d, "SIZE(free_area)");
	guint64 types = info(d, "LENGTH(free_area.free_list)");

	for (guint64 i = 0; i < orders; i++) {
		guint64 at = zone + info(d, "OFFSET(zone.free_area)") + i * area;
		guint64 offset = walk(d, at);

		if (!offset)
			continue;
		add(d->places, "free-list heads", offset, area);
		for (guint64 t = 0; t < types; t++) {
			guint64 head = walk(d, at + 16 * t);
			guint64 next = head ? word(d, head) : 0;
			guint64 page = next ? walk(d, next - info(d, "OFFSET(page.lru)")) : 0;

			/* Of an empty list, the head points to itself. */
			if (page && next != at + 16 * t)
				add(d->places, "struct pages", page & ~63ull, 4096);
		}
	}
}

static void find_zones(Dump *d)
{
	guint64 nodes = info(d, "LENGTH(node_data)");

	for (guint64 n = 0; n < nodes; n++) {
		guint64 slot = walk(d, info(d, "SYMBOL(node_data)") + 8 * n);
		guint64 node = slot ? word(d, slot) : 0;
		guint64 zones = node + info(d, "OFFSET(pglist_data.node_zones)");

		if (!node || !walk(d, node))
			continue;
		for (guint64 z = 0; z < 5; z++) {
			guint64 zone = zones + z * info(d, "SIZE(zone)");
			guint64 offset = walk(d, zone);

			if (!offset)
				continue;
			add(d->places, "zones", offset, info(d, "OFFSET(zone.free_area)"));
			find_lists(d, zone);
		}
	}
}

GArray *places_of_elf(const guint8 *data, gsize len)
{
	const Elf64_Ehdr *header = (const void *)data;
	const Elf64_Phdr *segment = (const void *)(data + header->e_phoff);
	Dump d = { .data = data, .len = len };
	guint64 top;

	d.places = g_array_new(FALSE, FALSE, sizeof(Place));
	add(d.places, "ELF header", 0, sizeof(*header));
	add(d.places, "program headers", header->e_phoff,
	    (guint64)header->e_phnum * sizeof(*segment));
	for (guint i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_NOTE) {
			const guint8 *notes = data + segment[i].p_offset;
			const guint8 *text = memmem(notes, segment[i].p_filesz,
						    "OSRELEASE=", 10);

			add(d.places, "notes", segment[i].p_offset, segment[i].p_filesz);
			if (text)
				d.info = g_strndup((const char *)text,
						   segment[i].p_filesz - (text - notes));
		} else {
			add(d.places, "segments", segment[i].p_offset, segment[i].p_filesz);
		}
	if (!d.info)
		g_error("places: no VMCOREINFO note");
	d.levels = info(&d, "NUMBER(pgtable_l5_enabled)") ? 5 : 4;
	top = info(&d, "SYMBOL(init_top_pgt)");
	d.root = top - 0xffffffff80000000 +
		 g_ascii_strtoll(strstr(d.info, "NUMBER(phys_base)=") + 18, NULL, 10);
	find_zones(&d);
	need(d.places, "page tables");
	need(d.places, "struct pages");
	need(d.places, "free-list heads");
	g_free(d.info);
	return d.places;
}

GArray *places_of_kdump(const guint8 *data, gsize len)
{
	GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
	guint32 block, sub_blocks, bitmap_blocks;
	guint64 at, bitmap_bytes, descs = 0, notes[4];

	/* struct disk_dump_header and kdump_sub_header of makedumpfile, 64-bit */
	memcpy(&block, data + 428, 4);
	memcpy(&sub_blocks, data + 432, 4);
	memcpy(&bitmap_blocks, data + 436, 4);
	memcpy(notes, data + block + 32, sizeof(notes));
	add(places, "header", 0, 464);
	add(places, "sub header", block, 104);
	add(places, "VMCOREINFO", notes[0], notes[1]);
	if (notes[2])
		add(places, "notes", notes[2], notes[3]);
	at = (guint64)block * (1 + sub_blocks);
	add(places, "bitmaps", at, (guint64)block * bitmap_blocks);
	/* the second half: which frames were dumped */
	bitmap_bytes = (guint64)block * bitmap_blocks;
	for (guint64 i = bitmap_bytes / 2; i < bitmap_bytes; i++)
		descs += __builtin_popcount(data[at + i]);
	at += (guint64)block * bitmap_blocks;
	add(places, "page descriptors", at, descs * 24);
	at += descs * 24;
	if (at >= len)
		g_error("places: this is no kdump-compressed dump");
	add(places, "contents", at, len - at);
	return places;
}

GArray *places_of_flat(const guint8 *data, gsize len)
{
	GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
	guint64 at = 4096, record[2] = { 0 };

	add(places, "flattened header", 0, 32);
	while (at + 16 <= len) {
		memcpy(record, data + at, 16);	/* big-endian: offset, size */
		record[1] = GUINT64_FROM_BE(record[1]);
		if ((gint64)record[1] < 0)
			break;
		add(places, "record headers", at, 16);
		add(places, "records", at + 16, record[1]);
		at += 16 + record[1];
	}
	if (at + 16 != len)
		g_error("places: this is no flattened dump");
	add(places, "end mark", at, 16);
	return places;
}
