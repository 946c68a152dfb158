/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names and numbers of the classic format: enum pageflags, enum pagetype, and the order
 * of the members of struct page. All three can be permuted by a seed; then only type
 * info and VMCOREINFO tell, which is what a reader is supposed to go by.
 */
#include <string.h>

#include "classic.h"

const char *const classic_type_names[PT_COUNT] = {
	"buddy", "offline", "table", "guard", "hugetlb", "slab", "zsmalloc", "unaccepted",
	"large_kmalloc",
};

/* bit order of the releases; "?x" only with memory_failure, "!slab" only as a flag */
static const char *const flag_orders[] = {
	[FLAGS_OLD] =
		"locked referenced uptodate dirty lru active workingset waiters error "
		"slab owner_priv_1 arch_1 reserved private private_2 writeback head "
		"mappedtodisk reclaim swapbacked unevictable mlocked uncached ?hwpoison "
		"arch_2",
	[FLAGS_MID] =
		"locked writeback referenced uptodate dirty lru head waiters active "
		"workingset error !slab owner_priv_1 arch_1 reserved private private_2 "
		"mappedtodisk reclaim swapbacked unevictable mlocked uncached ?hwpoison "
		"arch_2",
	[FLAGS_NEW] =
		"locked writeback referenced uptodate dirty lru head waiters active "
		"workingset owner_priv_1 owner_2 arch_1 reserved private private_2 "
		"reclaim "
		"swapbacked unevictable mlocked ?hwpoison young idle arch_2",
	[FLAGS_NEWEST] =
		"locked writeback referenced uptodate dirty lru head waiters active "
		"workingset owner_priv_1 owner_2 arch_1 reserved private private_2 "
		"reclaim "
		"swapbacked unevictable dropbehind mlocked ?hwpoison young idle arch_2",
};

static gboolean slab_is_flag(const struct recipe *r)
{
	return r->scheme <= SCHEME_LOW_HUGETLB;
}

/* the names of this recipe's flags in bit order */
static GPtrArray *flag_list(const struct recipe *r)
{
	g_auto(GStrv) words = g_strsplit(flag_orders[r->flags], " ", -1);
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

	for (char **w = words; *w; w++) {
		if (**w == '?' && !r->memory_failure)
			continue;
		if (**w == '!' && !slab_is_flag(r))
			continue;
		g_ptr_array_add(list, g_strdup(*w + (**w == '?' || **w == '!')));
	}
	return list;
}

/*
 * Where the order shares its word with flags (6.6), bits 0-7 of a second page are taken:
 * flags that a second page can carry stay above them, and PG_head too, as in the kernel.
 */
static gboolean needs_high_bit(const char *name)
{
	static const char *const high[] = {
		"active",   "workingset", "error",	  "reclaim", "hwpoison", "head",
		"reserved", "owner_2",	  "mappedtodisk", "lru",     "slab",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(high); i++)
		if (!strcmp(high[i], name))
			return TRUE;
	return FALSE;
}

static void permute_flags(const struct recipe *r, GPtrArray *list)
{
	struct rng rng = { r->permute ^ 0xf1a65 };

	for (guint i = list->len - 1; i > 0; i--) {
		guint j = rng_below(&rng, i + 1);
		gpointer t = list->pdata[i];

		list->pdata[i] = list->pdata[j];
		list->pdata[j] = t;
	}
	for (guint low = 0, high = 8; low < 8 && r->compound == COMPOUND_FLAGS1; low++) {
		gpointer t = list->pdata[low];

		if (!needs_high_bit(t))
			continue;
		while (needs_high_bit(list->pdata[high]))
			high++;
		list->pdata[low] = list->pdata[high];
		list->pdata[high++] = t;
	}
}

static void add_alias(GString *s, GString *entries, const char *name, const char *value)
{
	g_string_append_printf(s, "\tPG_%s = PG_%s,\n", name, value);
	g_string_append_printf(entries, "E(PG_%s), ", name);
}

/**
 * classic_types_init:
 * @t: (out): the words stored in struct page for each type
 *
 * Up to 6.11 a type is a cleared bit, from 6.12 on a number in the top byte.
 */
void classic_types_init(const struct recipe *r, struct classic_types *t)
{
	static const int n_types[] = { 4, 5, 6, 7, 8 };
	/* bits a permuted low scheme may use; table and guard are in no note: they stay
	 */
	static const guint32 low_bits[] = { 0x80, 0x100, 0x800, 0x1000, 0x2000, 0x4000 };
	guint32 value[PT_COUNT] = { 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000 };
	int n = n_types[r->scheme];
	struct rng rng = { r->permute ^ 0x7e9e };

	memset(t, 0, sizeof(*t));
	if (r->scheme == SCHEME_BYTE && r->large_kmalloc_type)
		n = PT_COUNT;
	if (r->scheme <= SCHEME_LOW_SLAB && r->permute) {
		guint32 bits[G_N_ELEMENTS(low_bits)];

		memcpy(bits, low_bits, sizeof(bits));
		for (int i = G_N_ELEMENTS(bits) - 1; i > 0; i--) {
			int j = rng_below(&rng, i + 1);
			guint32 b = bits[i];

			bits[i] = bits[j];
			bits[j] = b;
		}
		for (int i = 0, k = 0; i < PT_COUNT; i++)
			if (i != PT_TABLE && i != PT_GUARD && k < 6)
				value[i] = bits[k++];
	} else if (r->scheme >= SCHEME_HIGH) {
		for (int i = 0; i < n; i++)
			value[i] =
				r->scheme == SCHEME_HIGH ? 0x40000000u >> i : 0xf0u + i;
		for (int i = n - 1; i > 0 && r->permute; i--) {
			int j = rng_below(&rng, i + 1);
			guint32 v = value[i];

			value[i] = value[j];
			value[j] = v;
		}
	}
	for (int i = 0; i < n; i++)
		t->word[i] = r->scheme == SCHEME_BYTE ? value[i] << 24 : ~value[i];
}

static void append_types(const struct recipe *r, GString *s)
{
	struct classic_types t;

	/* up to 6.10 these were macros, which leave nothing in the type info */
	if (r->scheme < SCHEME_HIGH)
		return;
	classic_types_init(r, &t);
	g_string_append(s, "enum pagetype {\n");
	for (int i = 0; i < PT_COUNT; i++) {
		if (!t.word[i])
			continue;
		if (r->scheme == SCHEME_HIGH)
			g_string_append_printf(s, "\tPG_%s = 0x%08x,\n",
					       classic_type_names[i], ~t.word[i]);
		else
			g_string_append_printf(s, "\tPGTY_%s = 0x%02x,\n",
					       classic_type_names[i], t.word[i] >> 24);
	}
	if (r->scheme == SCHEME_BYTE)
		g_string_append(s, "\tPGTY_mapcount_underflow = 0xff,\n");
	else
		g_string_append(s, "\tPAGE_TYPE_BASE = 0x80000000,\n"
				"\tPAGE_MAPCOUNT_RESERVE = ~0x0000ffff,\n");
	g_string_append(s, "};\n");
}

/* Returns: (transfer full): text of the header with enum pageflags and enum pagetype */
char *classic_pageflags_h(const struct recipe *r)
{
	g_autoptr(GPtrArray) list = flag_list(r);
	g_autoptr(GString) entries = g_string_new("#define K_FLAG_ENTRIES ");
	GString *s = g_string_new("/* made by mkcore for one recipe */\n"
				  "enum pageflags {\n");

	if (r->permute)
		permute_flags(r, list);
	for (guint i = 0; i < list->len; i++) {
		g_string_append_printf(s, "\tPG_%s = %u,\n", (char *)list->pdata[i], i);
		g_string_append_printf(entries, "E(PG_%s), ", (char *)list->pdata[i]);
	}
	g_string_append_printf(s, "\t__NR_PAGEFLAGS = %u,\n", list->len);
	add_alias(s, entries, "readahead", "reclaim");
	add_alias(s, entries, "swapcache", "owner_priv_1");
	add_alias(s, entries, "reported", "uptodate");
	if (r->flags <= FLAGS_MID) {
		add_alias(s, entries, "anon_exclusive", "mappedtodisk");
		add_alias(s, entries, "has_hwpoisoned", "error");
	} else {
		add_alias(s, entries, "anon_exclusive", "owner_2");
		add_alias(s, entries, "has_hwpoisoned", "active");
	}
	if (r->compound == COMPOUND_FLAGS1) {
		add_alias(s, entries, "large_rmappable", "workingset");
		if (r->scheme == SCHEME_LOW)	/* 6.6 to 6.8 */
			add_alias(s, entries, "hugetlb", "active");
	}
	g_string_append(s, "};\n");
	append_types(r, s);
	g_string_append_printf(s, "%s\n", entries->str);
	return g_string_free(s, FALSE);
}

static void shuffle(struct rng *rng, int *v, int n)
{
	for (int i = n - 1; i > 0; i--) {
		int j = rng_below(rng, i + 1), t = v[i];

		v[i] = v[j];
		v[j] = t;
	}
}

static void define(GPtrArray *d, const char *name, int i, const char *value)
{
	g_ptr_array_add(d, g_strdup_printf("-DK_%s%d=%s", name, i, value));
}

/* words of a slab in the five words of the union, given where the compound word is */
static void slab_order(const struct recipe *r, GPtrArray *d, int head_pos, const int *u,
		       int lru_pos)
{
	const char *word[5] = { NULL };
	int n = 0;

	if (r->slab_new) {
		/* slab_cache is the compound word, two neighbours are the list */
		word[head_pos] = "CACHE";
		for (int i = 0; i + 1 < 5; i++)
			if (!word[i] && !word[i + 1]) {
				word[i] = "LIST";
				word[i + 1] = "";
				break;
			}
	} else {
		int at = 0;

		word[lru_pos] = "LIST";
		word[lru_pos + 1] = "";
		for (int i = 0; i < 4; i++) {
			if (u[i] == 1)		/* slab_cache lay over mapping */
				word[at] = "CACHE";
			at += u[i] == 0 ? 2 : 1;
		}
	}
	for (int i = 0, left = 0; i < 5; i++)
		if (!word[i])
			word[i] = left++ ? "COUNTERS" : "FREELIST";
	for (int i = 0; i < 5; i++)
		if (*word[i])
			define(d, "S", n++, word[i]);
}

/**
 * classic_permute:
 * @defines: gets the macros of kernel/page-classic.h
 *
 * With permute=0 the order is the kernel's.
 */
void classic_permute(const struct recipe *r, GPtrArray *defines)
{
	static const char *const big[] = { "FLAGS", "UNION", "COUNTS", "MEMCG" };
	static const char *const in_union[] = { "LRU", "MAPPING", "INDEX", "PRIVATE" };
	static const char *const rest[] = { "A", "B", "C", "D" };
	int p[4] = { 0, 1, 2, 3 }, u[4] = { 0, 1, 2, 3 }, lru_pos = 0, head_pos;
	struct rng rng = { r->permute * 0x2545f491 };
	gboolean swapped = FALSE;

	if (r->permute) {
		shuffle(&rng, p, 4);
		shuffle(&rng, u, 4);
		swapped = rng_next(&rng) & 1;
	}
	for (int i = 0; i < 4; i++) {
		define(defines, "P", i, big[p[i]]);
		define(defines, "U", i, in_union[u[i]]);
	}
	for (int i = 0; u[i] != 0; i++)
		lru_pos++;
	/* the kernel lays it over lru.next; lru.prev would do as well */
	head_pos = lru_pos + (r->permute ? (int)(rng_next(&rng) & 1) : 0);
	for (int i = 0, k = 0; i < 5; i++)
		define(defines, "W", i, i == head_pos ? "HEAD" : rest[k++]);
	slab_order(r, defines, head_pos, u, lru_pos);
	g_ptr_array_add(defines, g_strdup_printf("-DK_HEAD_POS=%d", head_pos));
	g_ptr_array_add(defines,
			g_strdup_printf("-DK_MLOCK_FIRST=%d", head_pos > lru_pos));
	g_ptr_array_add(defines, g_strdup_printf("-DK_COUNTS_SWAPPED=%d", swapped));
}
