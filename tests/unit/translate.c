/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image/translate.c: page tables made here by hand for every shape of table that the two
 * architectures have, walked there.
 */
#include "dump-writer.h"
#include "image/image.h"
#include "image/vmcoreinfo.h"

#include <string.h>

typedef struct {
	DumpWriter *w;
	gboolean is_arm;
	guint page_shift;
	guint nr_levels;
	guint top_bits;		/* index bits of the first table */
	guint64 root;
	guint64 next_table;	/* where the next new table goes */
	guint64 sme_mask;
	gboolean is_lpa2;
} Tables;

static GString *log_text;
static GPtrArray *kept;		/* of GByteArray: what open images read from */

static void keep_log(const char *line, gpointer data)
{
	g_string_append_printf(data, "%s\n", line);
}

static guint64 load(const Tables *t, guint64 paddr)
{
	const DumpPage *p = dump_writer_find(t->w, paddr >> t->page_shift);

	return p && p->bytes ?
		anz_load64(p->bytes + (paddr & (((guint64)1 << t->page_shift) - 1)),
			   t->w->is_big) : 0;
}

static guint64 arm_address(const Tables *t, guint64 paddr)
{
	if (t->is_lpa2)
		return (paddr & (((guint64)1 << 50) - 1)) | paddr >> 50 << 8;
	if (t->page_shift == 16)
		return (paddr & (((guint64)1 << 48) - 1)) | paddr >> 48 << 12;
	return paddr;
}

/* Address of a table entry without LPA2's and SME's bits: tables here lie low. */
static guint64 table_of(const Tables *t, guint64 entry)
{
	return entry & (((guint64)1 << 40) - 1) & ~(((guint64)1 << t->page_shift) - 1);
}

/* @leaf_levels: 1 for a page, 2 for what the level above maps in one entry, ... */
static void map(Tables *t, guint64 vaddr, guint64 paddr, guint leaf_levels)
{
	guint per_level = t->page_shift - 3;
	guint64 table = t->root;

	for (guint left = t->nr_levels; ; left--) {
		guint shift = t->page_shift + per_level * (left - 1);
		guint bits = left == t->nr_levels ? t->top_bits : per_level;
		guint64 at = table + (vaddr >> shift & (((guint64)1 << bits) - 1)) * 8;
		guint64 entry = load(t, at);

		if (left == leaf_levels) {
			if (t->is_arm)
				/* AF, inner shareable (without LPA2), UXN, PXN */
				entry = arm_address(t, paddr) | (t->is_lpa2 ? 0x400 : 0x700) |
					(guint64)3 << 53 | (left > 1 ? 1 : 3);
			else
				/* NX, global, dirty, accessed, rw; large leaves: PS and PAT */
				entry = paddr | t->sme_mask | (guint64)1 << 63 | 0x163 |
					(left > 1 ? 0x1080 : 0x80);
			dump_writer_store64(t->w, at, entry);
			return;
		}
		if (!entry) {
			entry = t->next_table | (t->is_arm ? 3 : 0x63 | t->sme_mask);
			dump_writer_page(t->w, t->next_table >> t->page_shift);
			t->next_table += (guint64)1 << t->page_shift;
			dump_writer_store64(t->w, at, entry);
		}
		table = table_of(t, entry);
	}
}

static AnzImage *open_tables(Tables *t)
{
	AnzImageOptions options = { .log = keep_log, .log_data = log_text };
	GByteArray *bytes = dump_writer_elf(t->w, 0);
	g_autoptr(GError) error = NULL;
	AnzImage *image;

	g_ptr_array_add(kept, bytes);
	g_string_truncate(log_text, 0);
	image = anz_image_open_memory(bytes->data, bytes->len, "dump", &options, &error);
	g_assert_no_error(error);
	g_assert_true(anz_image_can_translate(image));
	return image;
}

static void check(AnzImage *image, guint64 vaddr, guint64 paddr, guint64 leaf)
{
	for (guint again = 0; again < 2; again++) {
		guint64 got, len;

		g_assert_true(anz_image_translate(image, vaddr + leaf / 2 + 5, &got, &len));
		g_assert_cmphex(got, ==, paddr + leaf / 2 + 5);
		g_assert_cmphex(len, ==, leaf - leaf / 2 - 5);
		g_assert_true(anz_image_translate(image, vaddr, &got, &len));
		g_assert_cmphex(got, ==, paddr);
		g_assert_cmphex(len, ==, leaf);
	}
}

static void check_unmapped(AnzImage *image, guint64 vaddr)
{
	guint64 paddr, len;
	AnzMemState stopped;
	guint8 byte;

	g_assert_false(anz_image_translate(image, vaddr, &paddr, &len));
	g_assert_cmpuint(anz_image_read_virt(image, vaddr, &byte, 1, &stopped), ==, 0);
	g_assert_cmpint(stopped, ==, ANZ_MEM_ABSENT);
}

#define X86_TEXT G_GUINT64_CONSTANT(0xffffffff80000000)

typedef struct {
	guint nr_levels;
	gint64 phys_base;
	guint64 sme_mask;
	gboolean say_wrong_levels;
} X86Case;

static void make_x86(Tables *t, const X86Case *c)
{
	guint64 pgd = X86_TEXT + 0x2a10000 + (c->phys_base < 0 ? -c->phys_base : 0);

	*t = (Tables){ .w = dump_writer_new(12), .page_shift = 12, .nr_levels = c->nr_levels,
		       .top_bits = 9, .sme_mask = c->sme_mask };
	t->root = pgd - X86_TEXT + c->phys_base;
	t->next_table = 0x100000;
	dump_writer_page(t->w, t->root >> 12);
	t->w->vmcoreinfo = g_strdup_printf(
		"OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(init_top_pgt)=%" G_GINT64_MODIFIER
		"x\nNUMBER(phys_base)=%" G_GINT64_FORMAT "\nNUMBER(pgtable_l5_enabled)=%d\n"
		"NUMBER(sme_mask)=%" G_GUINT64_FORMAT "\n", pgd, c->phys_base,
		(c->nr_levels == 5) != c->say_wrong_levels, c->sme_mask);
	/* The kernel's image, 2 MiB at a time. */
	for (guint64 va = pgd & ~(guint64)0x1fffff; va < pgd + 0x400000; va += 0x200000)
		map(t, va, (va - X86_TEXT + c->phys_base), 2);
}

static void test_x86(gconstpointer data)
{
	const X86Case *c = data;
	guint64 direct = c->nr_levels == 5 ? 0xff11000000000000 : 0xffff888000000000;
	guint64 vmemmap = c->nr_levels == 5 ? 0xffd4000000000000 : 0xffffea0000000000;
	g_autoptr(AnzImage) image = NULL;
	guint64 paddr, len;
	guint8 buf[0x3000];
	const guint8 *in_place;
	AnzMemState stopped;
	Tables t;

	make_x86(&t, c);
	map(&t, direct, 0, 2);
	map(&t, direct + 0x40000000, 0x40000000, 3);
	map(&t, vmemmap, 0x7f000000, 2);
	map(&t, vmemmap + 0x200000, 0x555000, 1);
	map(&t, vmemmap + 0x201000, 0x556000, 1);
	map(&t, vmemmap + 0x202000, 0x558000, 1);
	map(&t, vmemmap + 0x203000, 0x00000ffffffff000, 1);
	dump_writer_filled(t.w, 0x555);
	dump_writer_filled(t.w, 0x556);
	dump_writer_filled(t.w, 0x558);
	image = open_tables(&t);
	if (c->say_wrong_levels)
		g_assert_nonnull(strstr(log_text->str, "levels, not"));
	else
		g_assert_cmpstr(log_text->str, ==, "");

	check(image, direct, 0, 0x200000);
	check(image, direct + 0x40000000, 0x40000000, 0x40000000);
	check(image, vmemmap, 0x7f000000, 0x200000);
	check(image, vmemmap + 0x200000, 0x555000, 0x1000);
	check(image, vmemmap + 0x202000, 0x558000, 0x1000);
	check(image, vmemmap + 0x203000, 0x00000ffffffff000, 0x1000);
	check_unmapped(image, direct + 0x200000);
	check_unmapped(image, vmemmap + 0x204000);
	check_unmapped(image, 0);
	check_unmapped(image, 0x555000);
	check_unmapped(image, G_MAXUINT64);
	/* Not canonical: the right index bits under the wrong head. */
	check_unmapped(image, (direct & (((guint64)1 << (c->nr_levels == 5 ? 56 : 47)) - 1)));
	check_unmapped(image, vmemmap ^ (guint64)1 << 62);
	/* One large leaf at another's slot must not be taken for it. */
	for (guint i = 0; i < 300; i++)
		anz_image_translate(image, direct + i * 0x200000, &paddr, &len);
	check(image, vmemmap, 0x7f000000, 0x200000);

	/* Pages that follow one another, one that does not, and one that is not in the dump. */
	memset(buf, 0, sizeof(buf));
	g_assert_cmpuint(anz_image_read_virt(image, vmemmap + 0x200010, buf, 0x3000, &stopped),
			 ==, 0x2ff0);
	g_assert_cmpint(stopped, ==, ANZ_MEM_ABSENT);
	g_assert_cmpmem(buf, 0xff0, dump_writer_find(t.w, 0x555)->bytes + 0x10, 0xff0);
	g_assert_cmpmem(buf + 0xff0, 0x1000, dump_writer_find(t.w, 0x556)->bytes, 0x1000);
	g_assert_cmpmem(buf + 0x1ff0, 0x1000, dump_writer_find(t.w, 0x558)->bytes, 0x1000);
	g_assert_cmpuint(anz_image_read_virt(image, vmemmap + 0x200010, buf, 0x100, &stopped),
			 ==, 0x100);
	g_assert_cmpint(stopped, ==, ANZ_MEM_PRESENT);
	/* In place, as far as they follow one another in the file. */
	in_place = anz_image_map_virt(image, vmemmap + 0x200010, 0x1ff0);
	g_assert_nonnull(in_place);
	g_assert_cmpmem(in_place, 0x1ff0, buf, 0x1ff0);
	g_assert_null(anz_image_map_virt(image, vmemmap + 0x200010, 0x2ff0));
	g_assert_null(anz_image_map_virt(image, vmemmap + 0x203000, 0x10));
	g_assert_null(anz_image_map_virt(image, G_MAXUINT64 - 4, 0x10));
	dump_writer_free(t.w);
}

/* A table that the dumper left out is not the same as an address that is not mapped. */
static void test_lost_table(void)
{
	static const X86Case c = { 4, 0, 0, FALSE };
	g_autoptr(AnzImage) image = NULL;
	AnzMemState stopped;
	guint8 byte;
	Tables t;

	make_x86(&t, &c);
	map(&t, 0xffff888000000000, 0x555000, 1);
	dump_writer_exclude(t.w, (t.next_table - 0x1000) >> 12);
	image = open_tables(&t);
	g_assert_cmpuint(anz_image_read_virt(image, 0xffff888000000000, &byte, 1, &stopped), ==,
			 0);
	g_assert_cmpint(stopped, ==, ANZ_MEM_EXCLUDED);
	dump_writer_free(t.w);
}

/* Without VMCOREINFO somebody else may know; what is wrong is refused and changes nothing. */
static void test_by_hand(void)
{
	static const X86Case c = { 5, -0x400000, 0, FALSE };
	AnzImageOptions options = { 0 };
	g_autoptr(AnzImage) image = NULL, clone = NULL;
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GError) error = NULL;
	guint64 pgd = X86_TEXT + 0x2a10000 + 0x400000, paddr, len;
	Tables t;

	make_x86(&t, &c);
	g_clear_pointer(&t.w->vmcoreinfo, g_free);
	bytes = dump_writer_elf(t.w, 0);
	image = anz_image_open_memory(bytes->data, bytes->len, "dump", &options, &error);
	g_assert_no_error(error);
	g_assert_false(anz_image_can_translate(image));
	g_assert_false(anz_image_translate(image, pgd, &paddr, &len));
	g_assert_true(anz_image_setup_translation(image, pgd, -0x400000, FALSE, 0, &error));
	g_assert_no_error(error);
	g_assert_true(anz_image_translate(image, pgd, &paddr, &len));
	g_assert_cmphex(paddr, ==, 0x2a10000);
	g_assert_false(anz_image_setup_translation(image, pgd, 0x7000000, FALSE, 0, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT);
	clone = anz_image_clone(image, NULL);
	g_assert_true(anz_image_translate(clone, pgd, &paddr, &len));
	g_assert_cmphex(paddr, ==, 0x2a10000);
	dump_writer_free(t.w);
}

/* Two texts in memory: that of the kernel that ran, and one that an earlier boot left behind. */
static void test_stale_text(void)
{
	static const X86Case c = { 4, -0x400000, 0, FALSE };

	for (guint order = 0; order < 2; order++) {
		g_autofree char *text = NULL, *stale = NULL;
		g_autoptr(AnzImage) image = NULL;
		guint64 paddr, len;
		Tables t;

		make_x86(&t, &c);
		text = g_steal_pointer(&t.w->vmcoreinfo);
		stale = g_strdup_printf("OSRELEASE=6.0.0-old\n%s", strchr(text, '\n') + 1);
		/* Its page table would be in memory that holds something else today. */
		memcpy(strstr(stale, "pgt)=ffffffff8") + 14, "0", 1);
		strcpy((char *)dump_writer_page(t.w, order ? 0x900 : 0x800), text);
		strcpy((char *)dump_writer_page(t.w, order ? 0x800 : 0x900), stale);
		for (guint64 pfn = 0x200; pfn < 0x300; pfn++)
			dump_writer_filled(t.w, pfn);
		image = open_tables(&t);
		g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==,
				order ? "memory at 0x900000" : "memory at 0x800000");
		g_assert_cmpstr(anz_vmcoreinfo_line(anz_image_vmcoreinfo(image), "OSRELEASE"),
				==, "6.1.0-test");
		g_assert_nonnull(strstr(log_text->str, "1 other, different"));
		g_assert_true(anz_image_translate(image, X86_TEXT + 0x2e10000, &paddr, &len));
		dump_writer_free(t.w);
	}
}

typedef struct {
	guint page_shift;
	guint va_bits, va_bits_actual;
	guint nr_levels, top_bits;	/* of the tables as the CPU walks them */
} ArmCase;

/* arch/arm64/Kconfig's combinations, and kernels for 52 bits on CPUs without. */
static const ArmCase arm_cases[] = {
	{ 12, 39, 39, 3, 9 }, { 12, 48, 48, 4, 9 }, { 12, 52, 52, 5, 4 }, { 12, 52, 48, 4, 9 },
	{ 14, 36, 36, 2, 11 }, { 14, 47, 47, 3, 11 }, { 14, 48, 48, 4, 1 }, { 14, 52, 52, 4, 5 },
	{ 14, 52, 47, 3, 11 },
	{ 16, 42, 42, 2, 13 }, { 16, 48, 48, 3, 6 }, { 16, 52, 52, 3, 10 }, { 16, 52, 48, 3, 10 },
};

static void test_arm64(gconstpointer is_big)
{
	for (guint i = 0; i < G_N_ELEMENTS(arm_cases); i++) {
		const ArmCase *c = &arm_cases[i];
		guint64 linear = -((guint64)1 << c->va_bits_actual);
		guint64 image_va = -((guint64)1 << (c->va_bits_actual - 1)) + 0x80000000;
		guint64 page = (guint64)1 << c->page_shift, pmd = page << (c->page_shift - 3);
		guint64 high = c->va_bits_actual == 52 ? (guint64)0xb << 48 : 0, root = 0x40000000;
		g_autoptr(AnzImage) image = NULL;
		guint64 pgd = image_va + 0x100000;
		Tables t = { .w = dump_writer_new(c->page_shift), .is_arm = TRUE,
			     .page_shift = c->page_shift, .nr_levels = c->nr_levels,
			     .top_bits = c->top_bits, .root = root, .next_table = 0x41000000,
			     .is_lpa2 = c->page_shift != 16 && c->va_bits_actual == 52 };

		t.w->elf_machine = 183;	/* EM_AARCH64 */
		t.w->is_big = GPOINTER_TO_INT(is_big);
		t.w->vmcoreinfo = g_strdup_printf(
			"OSRELEASE=6.12.0-test\nPAGESIZE=%" G_GUINT64_FORMAT "\n"
			"SYMBOL(swapper_pg_dir)=%" G_GINT64_MODIFIER "x\nNUMBER(VA_BITS)=%u\n"
			"NUMBER(kimage_voffset)=0x%" G_GINT64_MODIFIER "x\n"
			"NUMBER(TCR_EL1_T1SZ)=0x%x\n", page, pgd, c->va_bits, pgd - root,
			64 - c->va_bits_actual);
		dump_writer_page(t.w, root >> c->page_shift);
		map(&t, pgd, root, 1);
		map(&t, linear, 0x40200000, 1);
		map(&t, linear + page, high | 0x123450000, 1);
		map(&t, linear + 2 * pmd, high | 3 * pmd, 2);
		image = open_tables(&t);
		g_assert_cmpstr(log_text->str, ==, "");
		g_assert_cmpuint(anz_image_page_shift(image), ==, c->page_shift);
		check(image, pgd, root, page);
		check(image, linear, 0x40200000, page);
		check(image, linear + page, high | 0x123450000, page);
		check(image, linear + 2 * pmd, high | 3 * pmd, pmd);
		check_unmapped(image, linear + 2 * page);
		check_unmapped(image, linear + pmd);
		check_unmapped(image, linear - page);
		check_unmapped(image, 0);
		check_unmapped(image, linear & G_MAXINT64);
		dump_writer_free(t.w);
	}
}

/* Plain memory names neither machine nor byte order: VMCOREINFO in it does, and the tables do. */
static void test_raw_byte_order(void)
{
	for (guint big = 0; big < 2; big++) {
		AnzImageOptions options = { .log = keep_log, .log_data = log_text };
		guint64 pgd = 0xffff800080100000, root = 0x100000, paddr, len;
		g_autoptr(GByteArray) bytes = g_byte_array_new(), note = g_byte_array_new();
		g_autoptr(AnzImage) image = NULL;
		g_autoptr(GError) error = NULL;
		Tables t = { .w = dump_writer_new(12), .is_arm = TRUE, .page_shift = 12,
			     .nr_levels = 4, .top_bits = 9, .root = root,
			     .next_table = 0x110000 };
		g_autofree char *text = g_strdup_printf(
			"OSRELEASE=6.12.0-test\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=%"
			G_GINT64_MODIFIER "x\nNUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0x%"
			G_GINT64_MODIFIER "x\nNUMBER(TCR_EL1_T1SZ)=0x10\n", pgd, pgd - root);

		t.w->is_big = big;
		for (guint pfn = 0; pfn < 0x200; pfn++)
			dump_writer_page(t.w, pfn);
		map(&t, pgd, root, 1);
		map(&t, 0xffff000000000000, 0x1ff000, 1);
		dump_writer_add_note(note, big, "VMCOREINFO", 0, text, strlen(text));
		memcpy(dump_writer_page(t.w, 0x80), note->data, note->len);
		for (guint pfn = 0; pfn < 0x200; pfn++)
			g_byte_array_append(bytes, dump_writer_page(t.w, pfn), 4096);
		g_string_truncate(log_text, 0);
		image = anz_image_open_memory(bytes->data, bytes->len, "raw:memory", &options,
					      &error);
		g_assert_no_error(error);
		g_assert_cmpint(anz_image_is_big_endian(image), ==, big);
		g_assert_cmpstr(anz_image_arch_name(image), ==, big ? "aarch64_be" : "aarch64");
		g_assert_cmpint(strstr(log_text->str, "taken for big-endian") != NULL, ==, big);
		g_assert_true(anz_image_translate(image, 0xffff000000000123, &paddr, &len));
		g_assert_cmphex(paddr, ==, 0x1ff123);
		dump_writer_free(t.w);
	}
}

/* A machine whose tables nobody here walks: the program headers say where its memory was. */
static void test_segments(void)
{
	AnzImageOptions options = { .log = keep_log, .log_data = log_text };
	g_autoptr(DumpWriter) w = dump_writer_new(16);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;
	g_autoptr(GError) error = NULL;
	guint64 paddr, len;
	guint8 seen[4];

	w->elf_machine = 21;	/* EM_PPC64 */
	w->is_big = TRUE;
	w->vaddr_offset = 0xc000000000000000;
	w->vmcoreinfo = g_strdup("OSRELEASE=6.12.0-test\nPAGESIZE=65536\n");
	for (guint pfn = 3; pfn < 7; pfn++)
		dump_writer_filled(w, pfn);
	bytes = dump_writer_elf(w, 0);
	g_string_truncate(log_text, 0);
	image = anz_image_open_memory(bytes->data, bytes->len, "dump", &options, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(log_text->str, "page tables of ppc64 cannot be walked"));
	g_assert_true(anz_image_translate(image, 0xc000000000041234, &paddr, &len));
	g_assert_cmphex(paddr, ==, 0x41234);
	g_assert_cmphex(len, ==, 0x70000 - 0x41234);
	g_assert_cmpuint(anz_image_read_virt(image, 0xc000000000050000, seen, 4, NULL), ==, 4);
	g_assert_cmpmem(seen, 4, dump_writer_find(w, 5)->bytes, 4);
	g_assert_false(anz_image_translate(image, 0xc000000000070000, &paddr, &len));
	g_assert_false(anz_image_translate(image, 0xc00000000002ffff, &paddr, &len));
}

/* Tables that are there decide; segments stand in for one that was left out of the dump. */
static void test_segments_behind_tables(void)
{
	static const X86Case c = { 4, 0, 0, FALSE };
	const guint64 base = 0xffff888000000000;

	for (guint lost = 0; lost < 2; lost++) {
		g_autoptr(AnzImage) image = NULL;
		guint64 paddr, len;
		Tables t;

		make_x86(&t, &c);
		map(&t, base, 0x155000, 1);
		t.w->vaddr_offset = base;
		dump_writer_filled(t.w, 0x155);
		if (lost)
			dump_writer_exclude(t.w, (t.next_table - 0x1000) >> 12);
		image = open_tables(&t);
		if (lost) {
			g_assert_true(anz_image_translate(image, base + 0x155000, &paddr, &len));
			g_assert_cmphex(paddr, ==, 0x155000);
		} else {
			g_assert_true(anz_image_translate(image, base, &paddr, &len));
			g_assert_cmphex(paddr, ==, 0x155000);
			g_assert_false(anz_image_translate(image, base + 0x155000, &paddr, &len));
		}
		dump_writer_free(t.w);
	}
}

static void test_arm64_refused(void)
{
	g_autoptr(AnzImage) image = NULL;
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	AnzImageOptions options = { .log = keep_log, .log_data = log_text };

	g_string_truncate(log_text, 0);
	w->elf_machine = 183;
	w->vmcoreinfo = g_strdup("PAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffff800001000000\n"
				 "NUMBER(VA_BITS)=70\nNUMBER(kimage_voffset)=0xffff800001000000\n"
				 "NUMBER(TCR_EL1_T1SZ)=0xffff\n");
	dump_writer_filled(w, 0);
	bytes = dump_writer_elf(w, 0);
	image = anz_image_open_memory(bytes->data, bytes->len, "dump", &options, NULL);
	g_assert_nonnull(image);
	g_assert_false(anz_image_can_translate(image));
	g_assert_nonnull(strstr(log_text->str, "no such page tables"));
}

int main(int argc, char **argv)
{
	static const X86Case x86_cases[] = {
		{ 4, 0, 0, FALSE }, { 5, 0, 0, FALSE }, { 4, -0x18800000, 0, FALSE },
		{ 5, 0x3e000000, (guint64)1 << 51, FALSE }, { 4, 0, (guint64)1 << 47, FALSE },
		{ 4, 0, 0, TRUE }, { 5, 0x200000, 0, TRUE },
	};
	int ret;

	g_test_init(&argc, &argv, NULL);
	log_text = g_string_new(NULL);
	kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
	for (guint i = 0; i < G_N_ELEMENTS(x86_cases); i++) {
		g_autofree char *name = g_strdup_printf("/translate/x86/%u-levels-%u",
							x86_cases[i].nr_levels, i);

		g_test_add_data_func(name, &x86_cases[i], test_x86);
	}
	g_test_add_func("/translate/lost-table", test_lost_table);
	g_test_add_func("/translate/by-hand", test_by_hand);
	g_test_add_func("/translate/stale-text", test_stale_text);
	g_test_add_data_func("/translate/arm64/shapes", GINT_TO_POINTER(FALSE), test_arm64);
	g_test_add_data_func("/translate/arm64/big-endian", GINT_TO_POINTER(TRUE), test_arm64);
	g_test_add_func("/translate/raw-byte-order", test_raw_byte_order);
	g_test_add_func("/translate/segments", test_segments);
	g_test_add_func("/translate/segments-behind-tables", test_segments_behind_tables);
	g_test_add_func("/translate/arm64/refused", test_arm64_refused);
	ret = g_test_run();
	g_string_free(log_text, TRUE);
	g_ptr_array_unref(kept);
	return ret;
}
