/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recipe: a key file in, struct recipe out. One table says which keys there are, and
 * `like` sets the format keys to what a released kernel has before the others apply.
 */
#include <stdlib.h>
#include <string.h>

#include "recipe.h"

const char *const page_class_names[PC_COUNT] = {
	[PC_HOLE] = "hole", [PC_FREE] = "free", [PC_FREE_PCP] = "free-pcp",
	[PC_UNACCEPTED] = "unaccepted", [PC_FILE] = "file", [PC_SHMEM] = "shmem",
	[PC_ANON] = "anon", [PC_KSM] = "ksm", [PC_HUGETLB] = "hugetlb",
	[PC_SWAP_CACHE] = "swap-cache", [PC_SLAB] = "slab",
	[PC_LARGE_KMALLOC] = "large-kmalloc", [PC_PAGE_TABLE] = "page-table",
	[PC_KERNEL_STACK] = "kernel-stack", [PC_VMALLOC] = "vmalloc",
	[PC_PERCPU] = "percpu", [PC_ZSMALLOC] = "zsmalloc", [PC_NET_POOL] = "net-pool",
	[PC_MOVABLE] = "movable", [PC_KERNEL_IMAGE] = "kernel-image",
	[PC_RESERVED] = "reserved", [PC_ZERO_PAGE] = "zero-page", [PC_GUARD] = "guard",
	[PC_OFFLINE] = "offline", [PC_DEVICE] = "device", [PC_HWPOISON] = "hwpoison",
	[PC_KERNEL_OTHER] = "kernel-other", [PC_UNKNOWN_TYPE] = "unknown-type",
};

enum kind {
	K_SIZE,
	K_INT,
	K_BOOL,
	K_DOUBLE,
	K_STRING,
	K_ENUM,
	K_RANGES,
	K_LIST,
	K_ORDERS
};

struct key {
	const char *group, *name;
	enum kind kind;
	size_t offset;
	const char *const *names;	/* of an enum */
};

static const char *const scheme_names[] = {
	"low", "low-hugetlb", "low-slab", "high", "byte", NULL };
static const char *const compound_names[] = { "dtor", "folio-dtor", "flags1", NULL };
static const char *const hvo_names[] = { "none", "fake-head", "shared-tail", NULL };
static const char *const stale_names[] = { "real", "harsh", NULL };
static const char *const flag_names[] = { "old", "mid", "new", "newest", NULL };
static const char *const tail_names[] = { "pointer", "mask", NULL };
static const char *const word_names[] = { "compound_head", "compound_info", NULL };
static const char *const flags_t_names[] = { "ulong", "memdesc_flags_t", NULL };
static const char *const index_names[] = { "index", "__folio_index", NULL };

static const char *const table_names[] = { "auto", "lsfmm2024", "wiki2025", "path2025",
	NULL };
static const char *const buddy_names[] = { "auto", "ptr-prev-first", "ptr-next-first",
	"pfn-prev-first", "pfn8-global", "pfn8-zone", "list32", NULL };
static const char *const stated_names[] = { "dwarf", "numbers", "table", "none", NULL };
static const char *const name_names[] = { "usual", "odd", NULL };
static const char *const hole_names[] = { "zeros", "ones", "misc", "mixed", NULL };
static const char *const poison_names[] = { "both", "type", "flag", NULL };
static const char *const variant_names[] = { "may2024", "jan2025", "newest", NULL };
static const char *const md_word_names[] = { "u64", "ulong", "struct", "typedef", NULL };
static const char *const extent_names[] = { "natural", "plain", "bits", "anonymous",
	"none", NULL };

static const char *const arch_names[] = { "x86-64", "aarch64", NULL };
static const char *const endian_names[] = { "little", "big", NULL };

#define M(name, kind, member) \
	{ \
		"machine", name, kind, offsetof(struct recipe, member), NULL \
	}
#define F(name, kind, member) \
	{ \
		"format", name, kind, offsetof(struct recipe, member), NULL \
	}
#define FE(name, member, names) \
	{ "format", name, K_ENUM, offsetof(struct recipe, member), names }
#define W(name, kind, member) \
	{ \
		"workload", name, kind, offsetof(struct recipe, member), NULL \
	}
#define WS(name, pc) \
	{ \
		"workload", name, K_DOUBLE, offsetof(struct recipe, share[pc]), NULL \
	}

static const struct key keys[] = {
	M("seed", K_SIZE, seed),
	{ "machine", "arch", K_ENUM, offsetof(struct recipe, arch), arch_names },
	{ "machine", "endian", K_ENUM, offsetof(struct recipe, big), endian_names },
	M("page_size", K_SIZE, page_size),
	M("section_bits", K_INT, section_shift),
	M("physmem_bits", K_INT, physmem_bits),
	M("levels", K_INT, levels),
	M("cpus", K_INT, cpus),
	M("nr_cpus", K_INT, nr_cpus),
	M("nodes_shift", K_INT, nodes_shift),
	M("pageblock_order", K_INT, pageblock_order),
	M("orders", K_INT, nr_orders),
	M("kaslr", K_SIZE, kaslr),
	M("kernel", K_SIZE, kernel_phys),
	M("kaslr_bases", K_BOOL, kaslr_bases),
	M("trap", K_BOOL, trap),
	M("vmemmap_pte", K_BOOL, vmemmap_pte),
	M("reserve", K_RANGES, reserve),
	M("fault", K_STRING, fault),
	F("page", K_STRING, page_format),
	F("shape", K_STRING, page_format),
	FE("table", md_table, table_names),
	FE("buddy", md_buddy, buddy_names),
	FE("stated", md_stated, stated_names),
	FE("names", md_odd_names, name_names),
	FE("holes", md_holes, hole_names),
	FE("poison", md_poison, poison_names),
	FE("variant", md_variant, variant_names),
	FE("word", md_word, md_word_names),
	FE("extent", md_extent, extent_names),
	F("buddy_key", K_BOOL, md_key),
	F("bare", K_BOOL, md_bare),
	F("anon_folio", K_BOOL, anon_folio),
	F("shuffle", K_SIZE, shuffle),
	F("release", K_STRING, release),
	FE("scheme", scheme, scheme_names),
	FE("compound", compound, compound_names),
	FE("compound_word", info, word_names),
	FE("tail", tail_mask, tail_names),
	FE("flags_type", memdesc_t, flags_t_names),
	FE("index", folio_index, index_names),
	FE("flags", flags, flag_names),
	FE("hvo", hvo, hvo_names),
	FE("stale", stale, stale_names),
	F("pcp_new", K_BOOL, pcp_new),
	F("slab_new", K_BOOL, slab_new),
	F("sheaves", K_BOOL, sheaves),
	F("ptdesc", K_BOOL, ptdesc),
	F("zpdesc", K_BOOL, zpdesc),
	F("free_blocks", K_BOOL, blocks),
	F("lists_strict", K_BOOL, lists_strict),
	F("memory_failure", K_BOOL, memory_failure),
	F("large_kmalloc_type", K_BOOL, large_kmalloc_type),
	F("slab_frozen", K_BOOL, slab_frozen_ref),
	F("kernel_pt_typed", K_BOOL, kernel_pt_typed),
	F("percpu_zero_based", K_BOOL, percpu_zero_based),
	F("unaccepted", K_BOOL, unaccepted),
	F("cma", K_BOOL, cma),
	F("last_cpupid", K_BOOL, last_cpupid),
	F("pageblock_bits", K_INT, pb_bits),
	F("permute", K_SIZE, permute),
	F("formats", K_LIST, formats),
	F("note", K_BOOL, note),
	F("qemu", K_BOOL, qemu),
	F("dwarf", K_INT, dwarf),
	W("fill", K_DOUBLE, fill),
	W("fragmentation", K_DOUBLE, fragmentation),
	W("content", K_DOUBLE, content),
	W("churn", K_DOUBLE, churn),
	W("burst", K_INT, burst),
	W("pcp", K_INT, pcp_fill),
	W("highatomic", K_INT, highatomic),
	W("isolate", K_INT, isolate),
	W("gigantic", K_SIZE, gigantic),
	W("hugetlb_free", K_SIZE, hugetlb_free),
	W("compound_other", K_DOUBLE, compound_other),
	W("orders", K_ORDERS, orders),
	WS("file", PC_FILE),
	WS("shmem", PC_SHMEM),
	WS("anon", PC_ANON),
	WS("ksm", PC_KSM),
	WS("hugetlb", PC_HUGETLB),
	WS("swap-cache", PC_SWAP_CACHE),
	WS("slab", PC_SLAB),
	WS("large-kmalloc", PC_LARGE_KMALLOC),
	WS("page-table", PC_PAGE_TABLE),
	WS("zsmalloc", PC_ZSMALLOC),
	WS("net-pool", PC_NET_POOL),
	WS("guard", PC_GUARD),
	WS("offline", PC_OFFLINE),
	WS("hwpoison", PC_HWPOISON),
	WS("kernel-other", PC_KERNEL_OTHER),
	WS("reserved", PC_RESERVED),
	WS("movable", PC_MOVABLE),
	WS("vmalloc", PC_VMALLOC),
	WS("percpu", PC_PERCPU),
	WS("zero-page", PC_ZERO_PAGE),
};

/* what released kernels have; applied by `like` in this order */
static const struct like {
	const char *name, *text;
} likes[] = {
	{ "6.1", "release=6.1.0-sample;scheme=low;compound=dtor;flags=old;"
		 "percpu_zero_based=yes" },
	{ "6.3", "release=6.3.0-sample;scheme=low;compound=folio-dtor;flags=old;"
		 "slab_new=yes;percpu_zero_based=yes" },
	{ "6.6", "release=6.6.0-sample;scheme=low;compound=flags1;flags=mid;slab_new=yes;"
		 "ptdesc=yes;percpu_zero_based=yes" },
	{ "6.9", "release=6.9.0-sample;scheme=low-hugetlb;compound=flags1;flags=mid;"
		 "slab_new=yes;ptdesc=yes;pcp_new=yes;percpu_zero_based=yes" },
	{ "6.10",
	  "release=6.10.0-sample;scheme=low-slab;compound=flags1;flags=mid;"
	  "slab_new=yes;ptdesc=yes;pcp_new=yes;lists_strict=yes;percpu_zero_based=yes" },
	{ "6.11",
	  "release=6.11.0-sample;scheme=high;compound=flags1;flags=mid;slab_new=yes;"
	  "ptdesc=yes;pcp_new=yes;lists_strict=yes;percpu_zero_based=yes" },
	{ "6.12",
	  "release=6.12.0-sample;scheme=byte;compound=flags1;flags=new;slab_new=yes;"
	  "ptdesc=yes;pcp_new=yes;lists_strict=yes;percpu_zero_based=yes;unaccepted="
	  "yes" },
	{ "7.2",
	  "release=7.2.0-sample;scheme=byte;compound=flags1;flags=newest;slab_new=yes;"
	  "ptdesc=yes;pcp_new=yes;lists_strict=yes;compound_word=compound_info;tail=mask;"
	  "flags_type=memdesc_flags_t;index=__folio_index;sheaves=yes;zpdesc=yes;"
	  "free_blocks=yes;large_kmalloc_type=yes;slab_frozen=yes;kernel_pt_typed=yes;"
	  "pageblock_bits=8;cma=yes;unaccepted=yes" },
};

static gboolean parse_ranges(const char *text, GArray *out, GError **error)
{
	g_auto(GStrv) parts = g_strsplit_set(text, ";,", -1);

	for (char **p = parts; *p; p++) {
		g_auto(GStrv) ends = g_strsplit(*p, "-", 2);
		struct recipe_range r;

		if (!*g_strstrip(*p))
			continue;
		if (g_strv_length(ends) != 2 || !mk_parse_size(ends[0], &r.start) ||
		    !mk_parse_size(ends[1], &r.end) || r.start >= r.end) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "'%s' is not a range of addresses such as 640K-1M",
				    *p);
			return FALSE;
		}
		g_array_append_val(out, r);
	}
	return TRUE;
}

/* "0:50 2:20 9:30": percent of pages by folio order */
static gboolean parse_orders(const char *text, double *orders)
{
	g_auto(GStrv) parts = g_strsplit(text, " ", -1);
	double sum = 0;

	memset(orders, 0, 19 * sizeof(*orders));
	for (char **p = parts; *p; p++) {
		char *end;
		guint64 o;

		if (!**p)
			continue;
		o = g_ascii_strtoull(*p, &end, 10);
		if (end == *p || *end != ':' || o >= 19)
			return FALSE;
		orders[o] = g_ascii_strtod(end + 1, &end);
		if (*end || orders[o] < 0)
			return FALSE;
		sum += orders[o];
	}
	return sum > 0;
}

static gboolean set_key(struct recipe *r, const struct key *k, const char *text,
			GError **error)
{
	void *at = (char *)r + k->offset;
	char *end;

	switch (k->kind) {
	case K_SIZE:
		if (mk_parse_size(text, at))
			return TRUE;
		break;
	case K_INT: {
		guint64 v;

		if (mk_parse_size(text, &v) && v <= G_MAXINT) {
			*(int *)at = v;
			return TRUE;
		}
		break;
	}
	case K_BOOL:
		if (!strcmp(text, "yes") || !strcmp(text, "no")) {
			*(gboolean *)at = text[0] == 'y';
			return TRUE;
		}
		break;
	case K_DOUBLE:
		*(double *)at = g_ascii_strtod(text, &end);
		if (end != text && !*end && *(double *)at >= 0)
			return TRUE;
		break;
	case K_STRING:
		g_free(*(char **)at);
		*(char **)at = g_strdup(text);
		return TRUE;
	case K_ENUM:
		for (int i = 0; k->names[i]; i++)
			if (!strcmp(k->names[i], text)) {
				*(int *)at = i;
				return TRUE;
			}
		break;
	case K_LIST:
		g_strfreev(*(char ***)at);
		*(char ***)at = g_strsplit_set(text, ",;", -1);
		return TRUE;
	case K_ORDERS:
		if (parse_orders(text, at))
			return TRUE;
		break;
	case K_RANGES:
		return parse_ranges(text, *(GArray **)at, error);
	}
	g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
		    "[%s] %s: '%s' is not a value for it", k->group, k->name, text);
	return FALSE;
}

static gboolean set_by_name(struct recipe *r, const char *group, const char *name,
			    const char *text, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (!strcmp(keys[i].group, group) && !strcmp(keys[i].name, name))
			return set_key(r, &keys[i], text, error);
	g_set_error(error, MK_ERROR, MK_ERROR_RECIPE, "[%s] has no key '%s'", group,
		    name);
	return FALSE;
}

static gboolean set_like(struct recipe *r, const char *like, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(likes); i++) {
		g_auto(GStrv) parts = NULL;

		if (strcmp(likes[i].name, like))
			continue;
		parts = g_strsplit(likes[i].text, ";", -1);
		for (char **p = parts; *p; p++) {
			char *eq = strchr(*p, '=');

			*eq = 0;
			if (!set_by_name(r, "format", *p, eq + 1, error))
				return FALSE;
		}
		return TRUE;
	}
	g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
		    "[format] like=%s: only 6.1 6.3 6.6 6.9 6.10 6.11 6.12 7.2 are known",
		    like);
	return FALSE;
}

static void zone_free(gpointer p)
{
	struct recipe_zone *z = p;

	g_free(z->name);
	g_array_unref(z->holes);
	g_free(z);
}

static int zone_type_of(const char *name)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "Movable",
					     "Device" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static gboolean one_range(const char *text, struct recipe_range *out, GError **error)
{
	g_autoptr(GArray) a = g_array_new(FALSE, FALSE, sizeof(struct recipe_range));

	if (!parse_ranges(text, a, error))
		return FALSE;
	if (a->len)
		*out = g_array_index(a, struct recipe_range, 0);
	return TRUE;
}

static gboolean load_zone(struct recipe *r, GKeyFile *kf, const char *group,
			  GError **error)
{
	g_auto(GStrv) names = g_key_file_get_keys(kf, group, NULL, NULL);
	struct recipe_zone *z = g_new0(struct recipe_zone, 1);
	guint64 size = 0;

	z->holes = g_array_new(FALSE, FALSE, sizeof(struct recipe_range));
	z->type = -1;
	g_ptr_array_add(r->zones, z);
	for (char **n = names; n && *n; n++) {
		g_autofree char *text = g_key_file_get_string(kf, group, *n, NULL);
		guint64 v = 0;
		gboolean ok;

		g_strstrip(text);
		if (!strcmp(*n, "name")) {
			z->name = g_strdup(text);
			z->type = zone_type_of(text);
			ok = z->type >= 0;
		} else if (!strcmp(*n, "holes")) {
			if (!parse_ranges(text, z->holes, error))
				return FALSE;
			ok = TRUE;
		} else if (!strcmp(*n, "cma")) {
			if (!one_range(text, &z->cma, error))
				return FALSE;
			ok = TRUE;
		} else if (!strcmp(*n, "offline")) {
			if (!one_range(text, &z->offline, error))
				return FALSE;
			ok = TRUE;
		} else {
			ok = mk_parse_size(text, &v);
			if (!strcmp(*n, "node"))
				z->node = v;
			else if (!strcmp(*n, "start"))
				z->start = v;
			else if (!strcmp(*n, "size"))
				size = v;
			else if (!strcmp(*n, "unaccepted"))
				z->unaccepted = v;
			else {
				g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
					    "[%s] has no key '%s'", group, *n);
				return FALSE;
			}
		}
		if (!ok) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "[%s] %s: '%s' is not a value for it", group, *n,
				    text);
			return FALSE;
		}
	}
	if (z->type < 0 || !size || z->start + size < z->start) {
		g_set_error(
			error, MK_ERROR, MK_ERROR_RECIPE,
			"[%s] needs name (DMA, DMA32, Normal, Movable), start and size",
			group);
		return FALSE;
	}
	z->end = z->start + size;
	return TRUE;
}

static void set_defaults(struct recipe *r)
{
	r->seed = 1;
	r->page_size = 4096;
	r->cpus = 2;
	r->nr_cpus = 64;
	r->nodes_shift = 6;
	r->kernel_phys = 16 << 20;
	r->trap = TRUE;
	r->page_format = g_strdup("classic");
	r->pb_bits = 4;
	r->md_variant = 2;
	r->md_key = TRUE;
	r->anon_folio = TRUE;
	r->memory_failure = TRUE;
	r->last_cpupid = TRUE;
	r->formats = g_strsplit("elf", ",", -1);
	r->note = TRUE;
	r->dwarf = 5;
	r->fill = 60;
	r->fragmentation = 30;
	r->content = 20;
	r->churn = 30;
	r->burst = 1;
	r->pcp_fill = 50;
	r->highatomic = 1;
	r->hugetlb_free = 25;
	r->compound_other = 30;
	parse_orders("0:50 1:2 2:10 3:8 4:10 5:6 6:4 9:10", r->orders);
	r->share[PC_FILE] = 25;
	r->share[PC_SHMEM] = 6;
	r->share[PC_ANON] = 25;
	r->share[PC_KSM] = 1;
	r->share[PC_SWAP_CACHE] = 2;
	r->share[PC_HUGETLB] = 8;
	r->share[PC_SLAB] = 12;
	r->share[PC_LARGE_KMALLOC] = 1;
	r->share[PC_PAGE_TABLE] = 3;
	r->share[PC_ZSMALLOC] = 1;
	r->share[PC_GUARD] = .2;
	r->share[PC_OFFLINE] = 1;
	r->share[PC_HWPOISON] = .1;
	r->share[PC_KERNEL_OTHER] = 10;
	r->share[PC_RESERVED] = .5;
}

/* defaults and contradictions of a memory-descriptor format; NULL if all is well */
static const char *check_memdesc(struct recipe *r)
{
	if (!g_str_has_prefix(r->page_format, "memdesc"))
		return NULL;
	r->md_size = atoi(r->page_format + 7);
	if (r->md_size != 8 && r->md_size != 16 && r->md_size != 32)
		return "[format] shape: memdesc8, memdesc16 or memdesc32";
	if (r->md_buddy == MB_AUTO)
		r->md_buddy = r->md_size == 8 ? MB_PFN8_GLOBAL :
			r->md_size == 16 ? MB_PTR_PREV : MB_LIST32;
	if (r->md_table == MD_TABLE_AUTO)
		r->md_table = r->md_size == 32 ? MD_PATH2025 : MD_WIKI2025;
	if ((r->md_size == 8) != (r->md_buddy == MB_PFN8_GLOBAL ||
				  r->md_buddy == MB_PFN8_ZONE) ||
	    (r->md_size == 32) != (r->md_buddy == MB_LIST32))
		return "[format] buddy: not a layout for this shape";
	if ((r->md_size == 32) != (r->md_table == MD_PATH2025))
		return "[format] table: memdesc32 has path2025, the others have not";
	if (r->shuffle && (r->md_size == 32 || r->md_stated > MD_NUMBERS))
		return "[format] shuffle: not with memdesc32, nor when unstated";
	if (r->md_table == MD_LSFMM2024 && r->md_stated == MD_NONE)
		return "[format] stated=none: no reader could know lsfmm2024";
	if (r->md_poison && r->md_size != 32)
		return "[format] poison: only struct page of 32 bytes has flags";
	if (r->hvo != HVO_NONE)
		return "[format] hvo: not with a memory-descriptor format";
	return NULL;
}

static const char *check_machine(const struct recipe *r)
{
	if (r->section_shift < 24 || r->section_shift > 30)
		return "[machine] section_bits: 24 to 30";
	if (r->cpus < 1 || r->cpus > r->nr_cpus || r->nr_cpus > 8192)
		return "[machine] cpus: 1 to nr_cpus, nr_cpus at most 8192";
	if (r->nodes_shift < 1 || r->nodes_shift > 10)
		return "[machine] nodes_shift: 1 to 10";
	if (r->nr_orders < 8 || r->nr_orders > 14)
		return "[machine] orders: 8 to 14";
	if (r->pageblock_order < 1 || r->pageblock_order >= r->nr_orders ||
	    r->pageblock_order > r->page_shift - 3)
		return "[machine] pageblock_order: at most a huge page, and a buddy order";
	if (r->kaslr % (2 << 20) || r->kaslr > 1 << 30)
		return "[machine] kaslr: a multiple of 2M below 1G";
	if (r->kernel_phys % (2 << 20))
		return "[machine] kernel: a multiple of 2M";
	return NULL;
}

static const char *check_format(struct recipe *r)
{
	if (r->pb_bits != 4 && r->pb_bits != 8)
		return "[format] pageblock_bits: 4 or 8";
	if (r->tail_mask && !r->info)
		return "[format] tail=mask came with compound_word=compound_info";
	if (r->hvo == HVO_SHARED_TAIL && !r->tail_mask)
		return "[format] hvo=shared-tail needs tail=mask";
	if (r->hvo == HVO_FAKE_HEAD && r->tail_mask)
		return "[format] hvo=fake-head went away with tail=mask";
	if (r->unaccepted && r->compound != COMPOUND_FLAGS1)
		return "[format] unaccepted came after compound=flags1";
	if (r->fill > 99 || r->fragmentation > 100)
		return "[workload] fill is at most 99, fragmentation at most 100";
	if (!r->zones->len)
		return "no [zone N] group";
	return check_memdesc(r);
}

static gboolean check(struct recipe *r, GError **error)
{
	const char *bad = arch_check(r);

	if (!bad)
		bad = check_machine(r);
	if (!bad)
		bad = check_format(r);
	if (bad)
		g_set_error_literal(error, MK_ERROR, MK_ERROR_RECIPE, bad);
	return !bad;
}

/**
 * recipe_load:
 * @path: a key file
 * @error: set with file, group, key and what would do
 *
 * Returns: (transfer full): the recipe, or NULL.
 */
struct recipe *recipe_load(const char *path, GError **error)
{
	g_autoptr(GKeyFile) kf = g_key_file_new();
	struct recipe *r = g_new0(struct recipe, 1);
	g_auto(GStrv) groups = NULL;
	g_autofree char *like = NULL;

	r->reserve = g_array_new(FALSE, FALSE, sizeof(struct recipe_range));
	r->zones = g_ptr_array_new_with_free_func(zone_free);
	r->name = g_path_get_basename(path);
	set_defaults(r);
	if (!g_key_file_load_from_file(kf, path, G_KEY_FILE_NONE, error))
		goto fail;
	like = g_key_file_get_string(kf, "format", "like", NULL);
	if (!set_like(r, like ? g_strstrip(like) : "6.12", error))
		goto fail;
	groups = g_key_file_get_groups(kf, NULL);
	for (char **g = groups; *g; g++) {
		g_auto(GStrv) names = g_key_file_get_keys(kf, *g, NULL, NULL);

		if (g_str_has_prefix(*g, "zone ")) {
			if (!load_zone(r, kf, *g, error))
				goto fail;
			continue;
		}
		for (char **n = names; n && *n; n++) {
			g_autofree char *text = g_key_file_get_string(kf, *g, *n, NULL);

			if (!strcmp(*n, "like") && !strcmp(*g, "format"))
				continue;
			if (!set_by_name(r, *g, *n, g_strstrip(text), error))
				goto fail;
		}
	}
	arch_defaults(r);
	if (!check(r, error))
		goto fail;
	return r;
fail:
	g_prefix_error(error, "%s: ", path);
	recipe_free(r);
	return NULL;
}

void recipe_free(struct recipe *r)
{
	if (!r)
		return;
	g_free(r->name);
	g_free(r->fault);
	g_free(r->page_format);
	g_free(r->release);
	g_strfreev(r->formats);
	g_array_unref(r->reserve);
	g_ptr_array_unref(r->zones);
	g_free(r);
}
