/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc page: everything known about the page behind an address.  Most of it is one row of table
 * page; the rest is where the page hangs: its free or per-cpu list, and the run around it.
 */
#include <string.h>

#include "lru.h"
#include "page-owner.h"
#include "source.h"
#include "verbs.h"

/* How much of a page's content --content shows. */
#define CONTENT_BYTES 256

/* Up to "mapcount" as in table page; the order of the cells in print_page(). */
static const Column page_columns[] = {
	{ "given", "Address", KIND_TEXT, 0, "the address as it was given" },
	{ "understood", "Understood as", KIND_TEXT, 0, "how it was taken" },
	{ "pfn", "Page frame", KIND_INTEGER, 0, "page frame number" },
	{ "physical", "Physical", KIND_ADDRESS, 0, "its physical address" },
	{ "virtual", "Direct map", KIND_ADDRESS, 0, "its virtual address in the direct map" },
	{ "struct_page", "struct page", KIND_ADDRESS, 0, "its struct page" },
	{ "class", "Class", KIND_TEXT, 0, "what it is" },
	{ "meaning", "Meaning", KIND_TEXT, 0, "the class in words" },
	{ "descriptor", "Descriptor", KIND_ADDRESS, 0,
	  "address of the folio, slab or other descriptor it belongs to" },
	{ "owner_kind", "Owner is a", KIND_TEXT, 0, "what kind of thing its owner is" },
	{ "owner", "Owner", KIND_TEXT, 0, "whose page it is" },
	{ "owner_address", "Owner at", KIND_ADDRESS, 0, "the owner's own structure" },
	{ "place", "Place", KIND_TEXT, 0, "which part of its owner it is" },
	{ "mapped_by", "Mapped by", KIND_LIST, 0,
	  "processes whose page tables map it, and where; the first eight" },
	{ "cgroup", "Charged to", KIND_TEXT, 0, "control group that it is charged to" },
	{ "allocated_by", "Allocated by", KIND_TEXT, 0,
	  "task that allocated it and when, if the kernel has kept that (page_owner=on)" },
	{ "stack", "Allocated at", KIND_LIST, 0, "functions that allocated it, innermost first" },
	{ "source_line", "Source line", KIND_TEXT, 0,
	  "call in the kernel's source that allocated it, if the kernel has kept that (allocation tags)" },
	{ "order", "Order", KIND_INTEGER, 0, "of the block, compound page or folio it is in" },
	{ "first_pfn", "Block from", KIND_INTEGER, 0, "first frame of that" },
	{ "last_pfn", "Block to", KIND_INTEGER, 0, "last frame of that" },
	{ "node", "Node", KIND_INTEGER, 0, "NUMA node" },
	{ "zone", "Zone", KIND_TEXT, 0, "zone" },
	{ "migratetype", "Migratetype", KIND_TEXT, 0, "of its pageblock" },
	{ "flags", "Flags", KIND_MASK, 0, "flag bits of its own flags word" },
	{ "flags_text", "Flag names", KIND_TEXT, 0, "the same in words" },
	{ "refcount", "Refcount", KIND_INTEGER, 0, "_refcount" },
	{ "mapcount", "Mapcount", KIND_INTEGER, 0, "of this page; 0 for typed pages" },
	{ "attributes", "Attributes", KIND_TEXT, 0, "flags of its folio and what else is known" },
	{ "lru", "LRU list", KIND_TEXT, 0,
	  "unevictable, anon or file; with active or inactive where pages have no generation" },
	{ "generation", "Generation", KIND_INTEGER, 0,
	  "of multi-generational LRU: the last bits of its sequence number" },
	{ "seq", "Sequence", KIND_INTEGER, 0, "this number; null: the list is not known" },
	{ "age", "Younger ones", KIND_INTEGER, 0,
	  "generations of its list that are younger; with one at most the kernel counts it as active" },
	{ "lru_refs", "LRU refs", KIND_INTEGER, 0,
	  "uses through files that multi-generational LRU has counted past those that flags of the folio stand "
	  "for: LRU_REFS" },
	{ "list", "On list", KIND_TEXT, 0, "free or per-cpu list that holds its block" },
	{ "position", "Position", KIND_INTEGER, 0, "in that list, 0 first" },
	{ "run_pfn", "Run from", KIND_INTEGER, 0, "first frame of the run of like pages" },
	{ "run_pages", "Run length", KIND_PAGES, 0, "pages of that run" },
	{ "raw", "Bytes", KIND_LIST, 0, "words of the struct page (with --raw)" },
	{ "content", "Content", KIND_LIST, 0, "first bytes of the page (with --content)" },
	{ "members", "Members", KIND_LIST, 0,
	  "fields of its word and members of its descriptor (with --members)" },
};
static const Table page_table = TABLE("page", page_columns, TABLE_RECORD,
				      "one row per address");

static const struct {
	guint bit;
	const char *name;
} attributes[] = {
	{ ANZ_ATTR_HEAD, "head" },
	{ ANZ_ATTR_TAIL, "tail" },
	{ ANZ_ATTR_MAPPED, "mapped" },
	{ ANZ_ATTR_DIRTY, "dirty" },
	{ ANZ_ATTR_WRITEBACK, "writeback" },
	{ ANZ_ATTR_LOCKED, "locked" },
	{ ANZ_ATTR_LRU, "lru" },
	{ ANZ_ATTR_ACTIVE, "active" },
	{ ANZ_ATTR_UNEVICTABLE, "unevictable" },
	{ ANZ_ATTR_MLOCKED, "mlocked" },
	{ ANZ_ATTR_RESERVED, "reserved" },
	{ ANZ_ATTR_HWPOISON, "hwpoison" },
	{ ANZ_ATTR_CONTENT_EXCLUDED, "content-not-in-dump" },
	{ ANZ_ATTR_NO_ZONE, "in-no-zone" },
	{ ANZ_ATTR_ON_LIST, "on-list" },
	{ ANZ_ATTR_ISOLATED, "isolated" },
};

static char *attribute_words(guint16 attr)
{
	GString *words = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(attributes); i++)
		if (attr & attributes[i].bit)
			g_string_append_printf(words, "%s%s", words->len ? "," : "",
					       attributes[i].name);
	return g_string_free(words, !words->len);
}

/*
 * An address of a process that the analysis has no mapping for: the zero page has none there, and on
 * a large machine nothing has.  Whether the dump is still there or not, no word is lost about it: what
 * the analysis has to say is said then.
 */
static gboolean resolve_process(Source *source, Args *args, const char *word, AnzAddress *address)
{
	gsize digits = strspn(word, "0123456789");
	g_autoptr(AnzQuery) query = NULL;
	AnzSource *dump;
	guint64 vaddr, mm, page_size = store_page_size(source->store);
	char *end;

	if (!digits || word[digits] != ':')
		return FALSE;
	vaddr = g_ascii_strtoull(word + digits + 1, &end, 16);
	query = anz_store_query(source->store,
		"SELECT mm FROM tasks t WHERE snapshot = :snapshot AND pid = :pid AND mm IS NOT NULL "
		"AND EXISTS(SELECT 1 FROM vmas v JOIN processes p ON p.snapshot = v.snapshot "
		"AND p.owner = v.owner WHERE v.snapshot = :snapshot AND p.mm = t.mm "
		"AND start <= :vaddr AND \"end\" > :vaddr) LIMIT 1", NULL);
	if (*end || !query)
		return FALSE;
	anz_query_bind_int(query, ":pid", g_ascii_strtoll(word, NULL, 10));
	anz_query_bind_int(query, ":vaddr", (gint64)vaddr);
	if (!anz_query_next(query, NULL))
		return FALSE;
	mm = (guint64)anz_query_int(query, 0);
	dump = source_dump(source, args, NULL);
	*address = (AnzAddress){ .kind = ANZ_ADDRESS_PROCESS, .vaddr = vaddr };
	if (!dump || !anz_source_translate_process(dump, mm, vaddr, &address->paddr))
		return FALSE;
	address->pfn = address->paddr / page_size;
	address->offset = address->paddr % page_size;
	g_snprintf(address->words, sizeof(address->words), "address of process %.*s, byte %"
		   G_GUINT64_FORMAT " of the page, by the page tables in the dump",
		   (int)MIN(digits, 10), word, address->offset);
	return address->pfn < anz_store_max_pfn(source->store);
}

/* Addresses that only page tables know need the dump. */
static gboolean resolve(Source *source, Args *args, const char *word, AnzAddress *address,
			GError **error)
{
	g_autoptr(GError) err = NULL;
	AnzSource *dump;

	if (!anz_store_resolve(source->store, word, address, &err)) {
		/* What is in no table of mappings may be in the dump. */
		if (resolve_process(source, args, word, address))
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	if (address->kind != ANZ_ADDRESS_VIRTUAL)
		return TRUE;
	dump = source_dump(source, args, error);
	if (!dump) {
		g_prefix_error(error, "%s is an address that only page tables translate: ", word);
		return FALSE;
	}
	if (!anz_source_translate(dump, address->vaddr, &address->paddr)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s: the kernel's page tables have no page at that address, or are "
			    "not in the dump", word);
		return FALSE;
	}
	address->pfn = address->paddr / store_page_size(source->store);
	return TRUE;
}

static AnzQuery *query_at(AnzStore *store, const char *sql, gint64 pfn, GError **error)
{
	AnzQuery *query = anz_store_query(store, sql, error);

	if (query)
		anz_query_bind_int(query, ":pfn", pfn);
	return query;
}

/* "free list of node 0, zone Normal, order 3, Movable" */
static gboolean find_list(AnzStore *store, gint64 pfn, char **list, gint64 *position,
			  GError **error)
{
	g_autoptr(AnzQuery) query = query_at(store,
		"SELECT 'free list of node ' || node || ', zone ' || zone || ', order ' || "
		"\"order\" || ', ' || migratetype, position FROM free_block "
		"WHERE snapshot = :snapshot AND pfn = :pfn "
		"UNION ALL "
		"SELECT 'per-cpu list ' || list || ' of cpu ' || cpu || ', node ' || node || "
		"', zone ' || zone, position FROM pcp_block "
		"WHERE snapshot = :snapshot AND pfn = :pfn", pfn, error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	if (anz_query_next(query, &err)) {
		*list = g_strdup(anz_query_text(query, 0));
		*position = anz_query_int(query, 1);
	} else if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

static gboolean put_run(Output *out, AnzStore *store, gint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = query_at(store,
		"SELECT pfn, pages FROM runs WHERE snapshot = :snapshot AND pfn <= :pfn "
		"ORDER BY pfn DESC LIMIT 1", pfn, error);
	g_autoptr(GError) err = NULL;
	gint64 first, pages;

	if (!query)
		return FALSE;
	if (anz_query_next(query, &err)) {
		first = anz_query_int(query, 0);
		pages = anz_query_int(query, 1);
		if (pfn - first < pages) {
			output_int(out, first);
			output_int(out, pages);
			return TRUE;
		}
	} else if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	output_null(out);
	output_null(out);
	return TRUE;
}

/* struct page as 64-bit words: "+0x00  0017ffffc0000000 ffffea0000000008" or one hex word each. */
static char *raw_words(AnzSource *dump, guint64 pfn, gboolean for_people)
{
	gsize size = anz_source_struct_page_size(dump);
	g_autofree guint8 *buf = size && size <= 4096 ? g_malloc0(size) : NULL;
	GString *words;

	if (!buf || !anz_source_read_struct_page(dump, pfn, buf))
		return NULL;
	words = g_string_new(NULL);
	for (gsize i = 0; i + 8 <= size; i += 8) {
		guint64 word;

		memcpy(&word, buf + i, 8);
		if (!for_people)
			g_string_append_printf(words, "%s0x%016" G_GINT64_MODIFIER "x",
					       i ? "\n" : "", word);
		else if (i % 16 == 0)
			g_string_append_printf(words, "%s+0x%02x  %016" G_GINT64_MODIFIER "x",
					       i ? "\n" : "", (guint)i, word);
		else
			g_string_append_printf(words, " %016" G_GINT64_MODIFIER "x", word);
	}
	return g_string_free(words, FALSE);
}

/* As hexdump -C shows it, or 16 bytes of hexadecimal digits each. */
static char *content_lines(AnzSource *dump, guint64 paddr, gboolean for_people)
{
	guint8 buf[CONTENT_BYTES];
	gsize len = anz_source_read_physical(dump, paddr, buf, sizeof(buf));
	GString *lines;

	if (!len)
		return NULL;
	lines = g_string_new(NULL);
	for (gsize i = 0; i < len; i += 16) {
		gsize n = MIN(16, len - i);

		if (i)
			g_string_append_c(lines, '\n');
		if (for_people)
			g_string_append_printf(lines, "+0x%02x  ", (guint)i);
		for (gsize j = 0; j < n; j++)
			g_string_append_printf(lines, for_people ? "%02x " : "%02x", buf[i + j]);
		if (!for_people)
			continue;
		g_string_append_printf(lines, "%*s|", (int)(16 - n) * 3 + 1, "");
		for (gsize j = 0; j < n; j++)
			g_string_append_c(lines, g_ascii_isprint(buf[i + j]) ? buf[i + j] : '.');
		g_string_append_c(lines, '|');
	}
	return g_string_free(lines, FALSE);
}

/* Both cells that need the dump; @dump is NULL when neither was asked for. */
static void put_bytes(Output *out, const Args *args, AnzSource *dump, const AnzAddress *address,
		      guint64 page_size, char **raw, char **content)
{
	gboolean people = output_is_text(out);

	if (args->raw) {
		*raw = raw_words(dump, address->pfn, people);
		output_text(out, *raw || !people ? *raw : "not in the dump");
	} else {
		output_null(out);
	}
	if (args->content) {
		*content = content_lines(dump, address->pfn * page_size, people);
		output_text(out, *content || !people ? *content : "not in the dump");
	} else {
		output_null(out);
	}
}

static void put_owner(Output *out, const PageOwner *owner)
{
	output_text(out, owner->kind);
	output_text(out, owner->name);
	if (owner->has_address)
		output_uint(out, owner->address);
	else
		output_null(out);
	output_text(out, owner->place);
	output_text(out, owner->mapped_by);
	output_text(out, owner->cgroup);
	output_text(out, owner->allocated_by);
	output_text(out, owner->stack);
	output_text(out, owner->tag);
}

static void put_lru(Output *out, const PageLru *lru)
{
	const gint64 numbers[] = { lru->generation, lru->seq, lru->age, lru->refs };

	output_text(out, lru->list);
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		if (numbers[i] >= 0)
			output_int(out, numbers[i]);
		else
			output_null(out);
	}
}

static gboolean print_page(Output *out, Source *source, Args *args, const char *given,
			   const AnzAddress *address, AnzSource *dump, GError **error)
{
	AnzStore *store = source->store;
	g_autoptr(AnzQuery) query = query_at(store,
		"SELECT pfn, physical, virtual, struct_page, class, descriptor, \"order\", "
		"first_pfn, last_pfn, node, zone, migratetype, flags, flags_text, refcount, "
		"mapcount FROM page WHERE pfn = :pfn", address->pfn, error);
	g_autofree char *list = NULL, *words = NULL, *raw = NULL, *content = NULL;
	g_auto(GStrv) members = NULL;
	g_autofree char *joined = NULL;
	g_auto(PageOwner) owner = { 0 };
	g_auto(PageLru) lru = { 0 };
	const AnzPageClassInfo *info;
	gint64 position = -1;
	guint16 attr;

	if (!query)
		return FALSE;
	if (!anz_query_next(query, error)) {
		if (error && !*error)
			g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
				    "%s: frame %" G_GUINT64_FORMAT " is outside the map, which "
				    "ends at frame %" G_GUINT64_FORMAT, given, address->pfn,
				    anz_store_max_pfn(store));
		return FALSE;
	}
	if (!anz_store_read_plane(store, ANZ_PLANE_ATTR, address->pfn, 1, &attr, error))
		return FALSE;
	if (!page_owner_read(store, address->pfn, address->kind == ANZ_ADDRESS_STRUCT_PAGE ? 0 :
			     address->offset, &owner, error) ||
	    !page_lru_read(store, address->pfn, &lru, error))
		return FALSE;
	words = attribute_words(attr);
	if (!anz_query_is_null(query, 7) &&
	    !find_list(store, anz_query_int(query, 7), &list, &position, error))
		return FALSE;
	info = anz_page_class_info(anz_page_class_from_name(anz_query_text(query, 4)));

	output_text(out, given);
	output_text(out, address->words);
	for (guint i = 0; i <= 4; i++)
		output_query_cell(out, query, i);
	output_paint(out, PAINT_STRONG);
	output_text(out, info ? info->meaning : NULL);
	output_query_cell(out, query, 5);
	put_owner(out, &owner);
	for (guint i = 6; i <= 15; i++)
		output_query_cell(out, query, i);
	output_text(out, words);
	put_lru(out, &lru);
	output_text(out, list);
	if (list)
		output_int(out, position);
	else
		output_null(out);
	if (!put_run(out, store, address->pfn, error))
		return FALSE;
	put_bytes(out, args, dump, address, store_page_size(store), &raw, &content);
	if (args->members) {
		members = anz_source_describe_page(dump, store, address->pfn, error);
		if (!members)
			return FALSE;
		joined = g_strjoinv("\n", members);
		output_text(out, joined);
	} else {
		output_null(out);
	}
	output_row(out);
	return TRUE;
}

static gboolean print_all(Output *out, Source *source, Args *args, char **given, guint n,
			  GError **error)
{
	g_autofree AnzAddress *addresses = g_new0(AnzAddress, n);
	AnzSource *dump = NULL;
	gboolean ok = TRUE;

	/* all or nothing: a wrong address is told before anything is printed */
	for (guint i = 0; i < n; i++)
		if (!resolve(source, args, given[i], &addresses[i], error))
			return FALSE;
	if (args->raw || args->content || args->members) {
		dump = source_dump(source, args, error);
		if (!dump)
			return FALSE;
	}
	if (!output_begin(out, &page_table, error))
		return FALSE;
	for (guint i = 0; ok && i < n; i++)
		ok = print_page(out, source, args, given[i], &addresses[i], dump, error);
	output_end(out);
	return ok;
}

static gboolean run(Args *args, GError **error)
{
	guint n_sources = source_need_addresses(args, word_is_address, "page SOURCE ADDR...", error);

	if (!n_sources)
		return FALSE;

	g_autoptr(Output) out = output_open(args, &page_table, verb_page.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open_owners(args, args->words, n_sources, error);

	if (!source || !print_all(out, source, args, args->words + n_sources,
				  args->n_words - n_sources, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "raw", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, raw),
	  "Print also the bytes of the struct page, as 64-bit words." },
	{ "content", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, content),
	  "Print also the first 256 bytes of the page itself." },
	{ "members", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, members),
	  "Print also the members of its folio, slab or other descriptor by name; in a "
	  "memory-descriptor dump first the fields of the page's word." },
	{ NULL }
};

static const Table *const tables[] = { &page_table, NULL };

static const Example examples[] = {
	{ "memdesc page vmcore.memdesc 0xffffea0004001c00 pfn:12345",
	  "The page of a struct page, and that of a frame number." },
	{ "memdesc page vmcore.memdesc 0xffff888002301050 virt:0xffff888002301050",
	  "What a folio describes, and the page that the folio itself lies in." },
	{ "memdesc page vmcore.memdesc 412:0x7f0000001000",
	  "The page that process 412 has at that address." },
	{ "memdesc page vmcore phys:0x1234000 --raw --content", "With the bytes behind it." },
	{ NULL }
};

const Verb verb_page = {
	.name = "page",
	.arguments = "SOURCE... ADDR...",
	.summary = "everything known about the page behind an address",
	.description =
		"ADDR is a frame number (12345 or pfn:12345), a physical address (0x1234000 or "
		"phys:0x1234000), or a kernel virtual address (0xffff888001234000, or the same "
		"16 digits without 0x): of the page itself in the direct map or the kernel "
		"image, of its struct page, of the memory descriptor that it has, or one that page "
		"tables translate. What an address was taken for is printed first. With virt: an "
		"address is never taken for that of a descriptor: it means the page that the "
		"address lies in.\n\n"
		"--raw, --content, --members and addresses that page tables translate need the dump: the "
		"one named as SOURCE, or the one that an analysis file was made from, if it "
		"still lies where it was.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 2, .max_words = G_MAXUINT,
	.run = run,
};
