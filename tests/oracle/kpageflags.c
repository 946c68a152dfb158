/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An analysis page by page against what the guest's own kernel said of each frame right
 * before it was stopped: /proc/kpageflags, read twice.
 *
 *   kpageflags STORE FOLDER      FOLDER: kpageflags.1 .2, kpagecount.1 .2, proc/sys_ksm/
 *
 * Only frames that are alike in both readings count, and they must be nearly all.  For
 * each flag the frames on which kernel and census differ are counted and sorted into
 * kinds (flag, who says yes, our class); a kind that has no name below fails the test,
 * and so do too many frames.
 *
 * The census gives each frame one class, the kernel may set several flags on it.  Where
 * our class says less than the flags by design, or the kernel says what is not so, the
 * kind is excused and not counted as a difference.
 *
 * Kernel facts: fs/proc/page.c stable_page_flags(), linux/kernel-page-flags.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include <analyze/analyze.h>

#define LEAST_SHARE 0.95
#define LIMIT_FRAMES 32
#define LIMIT_SHARE 0.005

enum {
	KPF_SLAB = 7,
	KPF_BUDDY = 10,
	KPF_MMAP = 11,
	KPF_ANON = 12,
	KPF_SWAPCACHE = 13,
	KPF_COMPOUND_HEAD = 15,
	KPF_COMPOUND_TAIL = 16,
	KPF_HUGE = 17,
	KPF_HWPOISON = 19,
	KPF_NOPAGE = 20,
	KPF_KSM = 21,
	KPF_THP = 22,
	KPF_OFFLINE = 23,
	KPF_ZERO_PAGE = 24,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
};

static const struct {
	int bit;
	const char *name;
} flag_names[] = {
	{ 0, "LOCKED" },
	{ 4, "DIRTY" },
	{ 5, "LRU" },
	{ KPF_SLAB, "SLAB" },
	{ KPF_BUDDY, "BUDDY" },
	{ KPF_MMAP, "MMAP" },
	{ KPF_ANON, "ANON" },
	{ KPF_SWAPCACHE, "SWAPCACHE" },
	{ 14, "SWAPBACKED" },
	{ KPF_COMPOUND_HEAD, "HEAD" },
	{ KPF_COMPOUND_TAIL, "TAIL" },
	{ KPF_HUGE, "HUGE" },
	{ 18, "UNEVICTABLE" },
	{ KPF_HWPOISON, "HWPOISON" },
	{ KPF_NOPAGE, "NOPAGE" },
	{ KPF_KSM, "KSM" },
	{ KPF_THP, "THP" },
	{ KPF_OFFLINE, "OFFLINE" },
	{ KPF_ZERO_PAGE, "ZERO_PAGE" },
	{ KPF_PGTABLE, "PGTABLE" },
	{ KPF_RESERVED, "RESERVED" },
	{ 33, "MLOCKED" },
	{ 35, "PRIVATE" },
};

/* What the census says of one frame. */
typedef struct {
	guint8 page_class;
	guint16 attr;
} Frame;

static gboolean is_free(Frame f)
{
	return f.page_class == ANZ_CLASS_FREE;
}

static gboolean is_slab(Frame f)
{
	return f.page_class == ANZ_CLASS_SLAB;
}

static gboolean is_page_table(Frame f)
{
	return f.page_class == ANZ_CLASS_PAGE_TABLE;
}

static gboolean is_hugetlb(Frame f)
{
	return f.page_class == ANZ_CLASS_HUGETLB;
}

static gboolean is_anon(Frame f)
{
	return f.page_class == ANZ_CLASS_ANON || f.page_class == ANZ_CLASS_KSM ||
	       f.page_class == ANZ_CLASS_SWAP_CACHE;
}

static gboolean is_ksm(Frame f)
{
	return f.page_class == ANZ_CLASS_KSM;
}

/* The attributes mean blocks of the free lists as well, which are no compound pages. */
static gboolean in_free_block(Frame f)
{
	return f.page_class == ANZ_CLASS_FREE || f.page_class == ANZ_CLASS_FREE_PCP ||
	       f.page_class == ANZ_CLASS_UNACCEPTED || f.page_class == ANZ_CLASS_GUARD;
}

static gboolean is_head(Frame f)
{
	return f.attr & ANZ_ATTR_HEAD && !in_free_block(f);
}

static gboolean is_tail(Frame f)
{
	return f.attr & ANZ_ATTR_TAIL && !in_free_block(f);
}

static gboolean is_reserved(Frame f)
{
	return f.attr & ANZ_ATTR_RESERVED;
}

static gboolean is_hwpoison(Frame f)
{
	return f.attr & ANZ_ATTR_HWPOISON;
}

static gboolean is_offline(Frame f)
{
	return f.page_class == ANZ_CLASS_OFFLINE;
}

static gboolean is_hole(Frame f)
{
	return f.page_class == ANZ_CLASS_HOLE;
}

static const struct {
	int bit;
	gboolean (*ours)(Frame frame);
} rules[] = {
	{ KPF_BUDDY, is_free },		{ KPF_SLAB, is_slab },
	{ KPF_PGTABLE, is_page_table }, { KPF_HUGE, is_hugetlb },
	{ KPF_ANON, is_anon },		{ KPF_COMPOUND_HEAD, is_head },
	{ KPF_COMPOUND_TAIL, is_tail }, { KPF_RESERVED, is_reserved },
	{ KPF_HWPOISON, is_hwpoison },	{ KPF_OFFLINE, is_offline },
	{ KPF_NOPAGE, is_hole },	{ KPF_KSM, is_ksm },
};

#define ANY_CLASS -1
#define ANY_FLAG -1
#define BIT(n) (1ull << (n))

/* Kinds of difference that are understood. */
static const struct {
	int bit;
	gboolean kernel; /* says yes and the census no; or the other way round */
	int page_class;
	guint64 with; /* kernel's other flags on the frame */
	gboolean excused;
	const char *words;
} kinds[] = {
	{ KPF_ANON, TRUE, ANZ_CLASS_HUGETLB, BIT(KPF_HUGE), TRUE,
	  "a private hugetlb page is anonymous too; its class is hugetlb" },
	/*
	 * 6.12 looks at the word where a page has its mapping before it asks for the
	 * type. There a slab on a cpu's partial list counts those behind it (struct
	 * slab: slabs): an odd number has the bit that means anonymous.
	 */
	{ KPF_ANON, TRUE, ANZ_CLASS_SLAB, BIT(KPF_SLAB), TRUE,
	  "the kernel takes a word of a slab for its mapping" },
	{ ANY_FLAG, TRUE, ANZ_CLASS_HWPOISON, BIT(KPF_HWPOISON), TRUE,
	  "a poisoned page keeps its other flags; its class is hwpoison" },
	/* The direct map's and vmemmap's, made before or without the page table's constructor. */
	{ KPF_PGTABLE, FALSE, ANZ_CLASS_PAGE_TABLE, 0, TRUE,
	  "a table of the kernel's own that has no page type; a walk has found it" },
	{ KPF_BUDDY, TRUE, ANY_CLASS, 0, FALSE, "allocated between reading and stop" },
	{ KPF_BUDDY, FALSE, ANZ_CLASS_FREE, 0, FALSE, "freed between reading and stop" },
};

static guint64 *load(const char *folder, const char *name, gsize *n)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autoptr(GError) error = NULL;
	char *bytes;
	gsize len;

	if (!g_file_get_contents(path, &bytes, &len, &error)) {
		fprintf(stderr, "kpageflags: %s\n", error->message);
		exit(1);
	}
	*n = len / sizeof(guint64);
	return (guint64 *)bytes;
}

static const char *flag_name(int bit)
{
	for (guint i = 0; i < G_N_ELEMENTS(flag_names); i++)
		if (flag_names[i].bit == bit)
			return flag_names[i].name;
	return "?";
}

static char *flags_in_words(guint64 flags)
{
	GString *words = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(flag_names); i++)
		if (flags & BIT(flag_names[i].bit))
			g_string_append_printf(words, "%s%s", words->len ? "," : "",
					       flag_names[i].name);
	if (!words->len)
		g_string_append(words, "none");
	return g_string_free(words, FALSE);
}

/* Index of the kind that explains a difference, or -1. */
static int find_kind(int bit, gboolean kernel, guint8 page_class, guint64 flags)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if ((kinds[i].bit == bit || kinds[i].bit == ANY_FLAG) &&
		    kinds[i].kernel == kernel &&
		    (kinds[i].page_class == page_class ||
		     kinds[i].page_class == ANY_CLASS) &&
		    (flags & kinds[i].with) == kinds[i].with)
			return i;
	return -1;
}

/* Frames that differ in one flag and are alike in the rest of what is said of them. */
typedef struct {
	char *words;
	guint64 frames;
	guint64 first_pfn;
} Group;

static void group_free(gpointer data)
{
	Group *group = data;

	g_free(group->words);
	g_free(group);
}

/* Takes @words. */
static void count_group(GHashTable *groups, char *words, guint64 pfn)
{
	Group *group = g_hash_table_lookup(groups, words);

	if (group) {
		g_free(words);
	} else {
		group = g_new0(Group, 1);
		group->words = words;
		group->first_pfn = pfn;
		g_hash_table_insert(groups, words, group);
	}
	group->frames++;
}

typedef struct {
	guint64 n;
	guint64 *flags;
	guint64 equal; /* frames of which something is said, alike in both readings */
	guint64 frames; /* of which something is said */
	guint8 *counts; /* [n]: alike in both readings */
	guint64 told; /* frames that the kernel was asked for */
	gboolean says_nopage; /* of some frame the kernel says that there is none */
	Frame *ours;
} Case;

/* Which kind of difference frame @i is, in words. */
static char *describe(const Case *c, guint64 i, gboolean theirs, int kind)
{
	const char *class_name = anz_page_class_info(c->ours[i].page_class)->name;
	const char *says = theirs ? "yes" : "no";
	g_autofree char *flags = NULL;

	if (kind >= 0)
		return g_strdup_printf("kernel %s, class %s: %s%s", says, class_name,
				       kinds[kind].words,
				       kinds[kind].excused ? " (not counted)" : "");
	flags = flags_in_words(c->flags[i]);
	return g_strdup_printf("kernel %s (%s), class %s, attributes %#x: HAS NO NAME",
			       says, flags, class_name, c->ours[i].attr);
}

static void show_groups(GHashTable *groups)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, groups);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Group *group = value;

		printf("    %7" G_GUINT64_FORMAT, group->frames);
		printf(" from frame %#" G_GINT64_MODIFIER "x: %s\n", group->first_pfn,
		       group->words);
	}
}

/* One flag over all frames.  %FALSE if kernel and census differ too much. */
static gboolean compare_flag(const Case *c, int bit, gboolean (*ours)(Frame))
{
	g_autoptr(GHashTable) groups =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_free);
	guint64 kernel = 0, census = 0, differ = 0, unnamed = 0, limit;
	gboolean ok;

	for (guint64 i = 0; i < c->n; i++) {
		gboolean theirs = (c->flags[i] & BIT(bit)) != 0;
		gboolean mine = ours(c->ours[i]) != 0;
		int kind;

		if (!c->counts[i])
			continue;
		kernel += theirs;
		census += mine;
		if (theirs == mine)
			continue;
		kind = find_kind(bit, theirs, c->ours[i].page_class, c->flags[i]);
		unnamed += kind < 0;
		differ += kind < 0 || !kinds[kind].excused;
		count_group(groups, describe(c, i, theirs, kind), i);
	}
	limit = MAX(LIMIT_FRAMES, (guint64)(kernel * LIMIT_SHARE));
	ok = differ <= limit && !unnamed;
	printf("%-10s %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT
	       " %7" G_GUINT64_FORMAT "  %s\n",
	       flag_name(bit), kernel, census, differ, limit, ok ? "ok" : "WRONG");
	show_groups(groups);
	return ok;
}

static guint64 count_class(const Case *c, guint8 page_class)
{
	guint64 n = 0;

	for (guint64 i = 0; i < c->n; i++)
		n += c->ours[i].page_class == page_class;
	return n;
}

static gboolean read_number(const char *folder, const char *name, guint64 *value)
{
	g_autofree char *path = g_build_filename(folder, "proc", "sys_ksm", name, NULL);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return FALSE;
	*value = g_ascii_strtoull(text, NULL, 10);
	return TRUE;
}

/*
 * 6.12 tests PAGE_MAPPING_KSM, which is two bits of which anonymous pages have one,
 * with &, and so calls every anonymous page KSM.  Then, and beside the flags where they
 * are right, the number of pages that KSM says it shares must be ours.
 */
static gboolean compare_ksm(const Case *c, const char *folder, gboolean *flag_is_useless)
{
	guint64 anon = 0, both = 0, shared, ours = count_class(c, ANZ_CLASS_KSM);
	gboolean ok;

	for (guint64 i = 0; i < c->n; i++) {
		anon += (c->flags[i] & BIT(KPF_ANON)) != 0;
		both += (c->flags[i] & BIT(KPF_ANON) &
			 c->flags[i] >> KPF_KSM << KPF_ANON) != 0;
	}
	*flag_is_useless = anon && anon == both;
	if (*flag_is_useless)
		printf("KSM: set on all %" G_GUINT64_FORMAT
		       " anonymous frames, so not compared\n",
		       anon);
	if (!read_number(folder, "pages_shared", &shared)) {
		printf("no pages_shared of KSM in %s/proc/sys_ksm\n", folder);
		return FALSE;
	}
	ok = shared == ours;
	printf("KSM pages_shared %" G_GUINT64_FORMAT ", class ksm %" G_GUINT64_FORMAT
	       "  %s\n",
	       shared, ours, ok ? "ok" : "WRONG");
	return ok;
}

/* Every frame of the map is in one class, and the table of classes counts the same. */
static gboolean compare_sums(AnzStore *store, const Case *c, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		store, "SELECT class, pages FROM classes WHERE snapshot = :snapshot",
		error);
	guint64 sum = 0, max_pfn = anz_store_max_pfn(store);
	gboolean ok = TRUE;

	if (!query)
		return FALSE;
	while (anz_query_next(query, error)) {
		int page_class = anz_page_class_from_name(anz_query_text(query, 0));
		guint64 pages = anz_query_int(query, 1), counted;

		if (page_class < 0) {
			printf("class %s is unknown\n", anz_query_text(query, 0));
			return FALSE;
		}
		counted = count_class(c, page_class);
		/* Frames beyond the readings are holes. */
		if (page_class == ANZ_CLASS_HOLE && max_pfn < c->n)
			counted -= c->n - max_pfn;
		if (counted != pages) {
			printf("class %s: table %" G_GUINT64_FORMAT
			       ", plane %" G_GUINT64_FORMAT "  WRONG\n",
			       anz_query_text(query, 0), pages, counted);
			ok = FALSE;
		}
		sum += pages;
	}
	printf("classes sum to %" G_GUINT64_FORMAT " frames of %" G_GUINT64_FORMAT
	       "  %s\n",
	       sum, max_pfn, sum == max_pfn ? "ok" : "WRONG");
	return ok && sum == max_pfn;
}

static gboolean read_planes(AnzStore *store, Case *c, GError **error)
{
	g_autofree guint8 *classes = g_malloc(c->n);
	g_autofree guint16 *attrs = g_new(guint16, c->n);

	if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, 0, c->n, classes, error) ||
	    !anz_store_read_plane(store, ANZ_PLANE_ATTR, 0, c->n, attrs, error))
		return FALSE;
	c->ours = g_new(Frame, c->n);
	for (guint64 i = 0; i < c->n; i++)
		c->ours[i] = (Frame){ classes[i], attrs[i] };
	return TRUE;
}

/*
 * Some kernels (7.x) say 0 of a hole and never NOPAGE.  Of such a one, whether it says nothing of all frames
 * that are holes: *@ok becomes %FALSE if not.  Returns %FALSE of one that does say NOPAGE, or has no hole.
 */
static gboolean compare_silent_holes(const Case *c, gboolean *ok)
{
	guint64 holes = 0, flagged = 0;

	for (guint64 i = 0; i < c->told; i++)
		if (is_hole(c->ours[i])) {
			holes++;
			flagged += c->flags[i] != 0;
		}
	if (c->says_nopage || !holes)
		return FALSE;
	printf("NOPAGE: never said; %" G_GUINT64_FORMAT " holes, %" G_GUINT64_FORMAT
	       " of them with flags  %s\n", holes, flagged, flagged ? "WRONG" : "ok");
	*ok &= !flagged;
	return TRUE;
}

/* %FALSE if the guest was too busy for its readings to be worth anything. */
static gboolean read_kernel(Case *c, const char *folder, guint64 max_pfn)
{
	gsize n[4], most;
	g_autofree guint64 *flags1 = load(folder, "kpageflags.1", &n[0]);
	g_autofree guint64 *count1 = load(folder, "kpagecount.1", &n[1]);
	g_autofree guint64 *count2 = load(folder, "kpagecount.2", &n[2]);
	double share;

	c->flags = load(folder, "kpageflags.2", &n[3]);
	most = MIN(MIN(n[0], n[1]), MIN(n[2], n[3]));
	c->n = MAX(most, max_pfn);
	c->told = most;
	c->flags = g_renew(guint64, c->flags, c->n);
	c->counts = g_malloc0(c->n);
	for (guint64 i = 0; i < c->n; i++) {
		if (i >= most) {
			c->flags[i] = BIT(KPF_NOPAGE);
			continue;
		}
		c->counts[i] = flags1[i] == c->flags[i] && count1[i] == count2[i];
		c->says_nopage |= (c->flags[i] & BIT(KPF_NOPAGE)) != 0;
		/* A page of no flags and no users may be a hole. */
		if (flags1[i] & c->flags[i] & BIT(KPF_NOPAGE) ||
		    !(flags1[i] | c->flags[i] | count1[i] | count2[i]))
			continue;
		c->frames++;
		c->equal += c->counts[i];
	}
	share = c->frames ? (double)c->equal / c->frames : 0;
	printf("%" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
	       " (%.3f %%) equal in both "
	       "readings  %s\n",
	       c->frames, c->equal, 100 * share, share >= LEAST_SHARE ? "ok" : "WRONG");
	return share >= LEAST_SHARE;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	gboolean ok = TRUE, ksm_flag_is_useless = FALSE, silent_holes;
	Case c = { 0 };

	if (argc != 3) {
		fputs("usage: kpageflags STORE FOLDER\n", stderr);
		return 2;
	}
	store = anz_store_open(argv[1], &error);
	if (!store)
		goto failed;
	ok &= read_kernel(&c, argv[2], anz_store_max_pfn(store));
	if (!read_planes(store, &c, &error))
		goto failed;
	ok &= compare_sums(store, &c, &error);
	if (error)
		goto failed;
	ok &= compare_ksm(&c, argv[2], &ksm_flag_is_useless);
	printf("%-10s %9s %9s %7s %7s\n", "flag", "kernel", "census", "differ", "limit");
	silent_holes = compare_silent_holes(&c, &ok);
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
		if ((rules[i].bit != KPF_KSM || !ksm_flag_is_useless) &&
		    (rules[i].bit != KPF_NOPAGE || !silent_holes))
			ok &= compare_flag(&c, rules[i].bit, rules[i].ours);
	g_free(c.flags);
	g_free(c.counts);
	g_free(c.ours);
	if (!ok)
		puts("kpageflags: kernel and census differ, see WRONG above");
	return !ok;
failed:
	fprintf(stderr, "kpageflags: %s\n", error->message);
	return 1;
}
