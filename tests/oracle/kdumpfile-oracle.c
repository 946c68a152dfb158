/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kdumpfile-oracle VMCORE [N [SEED]]: our reader against libkdumpfile, byte for byte.
 *
 * N random frames of the dump (content, or that it is not there), the last bytes of every run of
 * frames, and N random kernel addresses (direct map and vmemmap, found through the symbols that
 * VMCOREINFO has).  Exit: 0 all equal, 1 something differs, 77 libkdumpfile cannot open it.
 *
 * libkdumpfile is given what it does not find out by itself (the machine of QEMU's kdump), so it
 * stays a witness of its own for contents and translation.
 */
#include "image/image.h"
#include "image/vmcoreinfo.h"

#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIP 77

typedef struct {
	guint64 start, nr;
} Run;

typedef struct {
	GArray *runs;
	AnzImage *image;
	kdump_ctx_t *ctx;
	kdump_bmp_t *pagemap;
	addrxlat_ctx_t *xlat_ctx;
	addrxlat_sys_t *xlat_sys;
	GRand *rand;
	gsize page;
	guint8 *ours, *theirs;
	guint wrong, unmapped_linear;
} Oracle;

static void complain(Oracle *o, const char *what, guint64 addr, const char *ours,
		     const char *theirs)
{
	if (o->wrong++ < 20)
		printf("DIFFERS %s 0x%" G_GINT64_MODIFIER "x: ours %s, libkdumpfile %s\n", what,
		       addr, ours, theirs);
}

static void compare_pfn(Oracle *o, guint64 pfn, guint *present, guint *other)
{
	guint64 paddr = pfn * o->page;
	AnzMemState stopped;
	gsize got = anz_image_read_phys(o->image, paddr, o->ours, o->page, &stopped);
	size_t len = o->page;
	kdump_addr_t next = pfn;
	kdump_status status = KDUMP_ERR_NODATA;

	/* Version 0.5.1 crashes after thousands of reads that fail: ask its page map first. */
	if (kdump_bmp_find_set(o->pagemap, &next) == KDUMP_OK && next == pfn)
		status = kdump_read(o->ctx, KDUMP_MACHPHYSADDR, paddr, o->theirs, &len);

	if (got == o->page && status == KDUMP_OK) {
		++*present;
		if (memcmp(o->ours, o->theirs, o->page) != 0)
			complain(o, "content of", paddr, "one", "another");
		return;
	}
	++*other;
	/* A page of which the dump has a part: it pads with zeros, we stop. */
	if (got && status == KDUMP_OK && memcmp(o->ours, o->theirs, got) == 0)
		return;
	/* It reads memory without content in ELF files (p_filesz < p_memsz) as zeros. */
	if (got == 0 && stopped == ANZ_MEM_EXCLUDED && status == KDUMP_OK &&
	    anz_image_zero_is_ambiguous(o->image))
		return;
	if (got == o->page || status == KDUMP_OK)
		complain(o, "presence of", paddr, got == o->page ? "present" : "not there",
			 status == KDUMP_OK ? "present" : kdump_get_err(o->ctx));
}

static void compare_virt(Oracle *o, guint64 vaddr, guint *mapped)
{
	addrxlat_fulladdr_t fa = { .addr = vaddr, .as = ADDRXLAT_KVADDR };
	guint64 paddr, len;
	gboolean ours = anz_image_translate(o->image, vaddr, &paddr, &len);
	gboolean theirs = addrxlat_fulladdr_conv(&fa, ADDRXLAT_KPHYSADDR, o->xlat_ctx,
						 o->xlat_sys) == ADDRXLAT_OK;

	/*
	 * It takes the direct map for linear, but the kernel unmaps pages there (of modules and
	 * eBPF): let it walk the tables for those.
	 */
	if (theirs && !ours) {
		addrxlat_step_t step = { .ctx = o->xlat_ctx, .sys = o->xlat_sys,
			.meth = addrxlat_sys_get_meth(o->xlat_sys, ADDRXLAT_SYS_METH_PGT),
			.base = { .addr = vaddr, .as = ADDRXLAT_KVADDR } };

		theirs = addrxlat_walk(&step) == ADDRXLAT_OK;
		o->unmapped_linear += !theirs;
	}
	if (ours != theirs) {
		complain(o, "mapping of", vaddr, ours ? "mapped" : "unmapped",
			 theirs ? "mapped" : "unmapped");
		return;
	}
	if (!ours)
		return;
	++*mapped;
	if (paddr != fa.addr)
		complain(o, "translation of", vaddr, "one", "another");
}

/* A random frame that the dump knows of. */
static guint64 random_pfn(Oracle *o)
{
	const Run *run = &g_array_index(o->runs, Run,
					g_rand_int_range(o->rand, 0, o->runs->len));
	guint64 r = (guint64)g_rand_int(o->rand) << 32 | g_rand_int(o->rand);

	return run->start + r % run->nr;
}

/*
 * Addresses in the direct map and the vmemmap.  mem_section points into the direct map; the first
 * section's section_mem_map, without its flag bits, is the vmemmap's base (CONFIG_SPARSEMEM_EXTREME
 * and VMEMMAP, as distributions build).
 */
static void compare_mappings(Oracle *o, guint n)
{
	const AnzVmcoreinfo *info = anz_image_vmcoreinfo(o->image);
	gboolean big = anz_image_is_big_endian(o->image);
	guint64 section, root, map = 0, direct = 0, text = 0, paddr, len, size = 64;
	guint mapped[3] = { 0 };
	guint8 raw[8];

	if (anz_vmcoreinfo_symbol(info, "mem_section", &section) &&
	    anz_image_translate(o->image, section, &paddr, &len)) {
		direct = section - paddr;
		for (guint i = 0; i < 4096 && !map; i++) {
			if (anz_image_read_virt(o->image, section + i * 8, raw, 8, NULL) != 8)
				break;
			root = anz_load64(raw, big);
			for (guint k = 0; root && k < 64 && !map; k++)
				if (anz_image_read_virt(o->image, root + k * 32, raw, 8,
							NULL) == 8 && anz_load64(raw, big) & 2)
					map = anz_load64(raw, big) & ~(guint64)0xfff;
		}
	}
	anz_vmcoreinfo_symbol(info, "_stext", &text);
	anz_vmcoreinfo_size(info, "page", &size);
	for (guint k = 0; k < n; k++) {
		guint64 low = g_rand_int_range(o->rand, 0, o->page);

		if (direct)
			compare_virt(o, direct + random_pfn(o) * o->page + low, &mapped[0]);
		if (map)
			compare_virt(o, map + random_pfn(o) * size + low % size, &mapped[1]);
		if (text)
			compare_virt(o, text + (g_rand_int(o->rand) & 0x3ffffff), &mapped[2]);
	}
	printf("virtual: of %u addresses each, mapped alike: direct map %u, vmemmap %u, kernel "
	       "image %u; %u holes in the direct map\n", n, mapped[0], mapped[1], mapped[2],
	       o->unmapped_linear);
}

static gboolean open_theirs(Oracle *o, char **paths, guint nr)
{
	g_autofree int *fds = g_new(int, nr);
	kdump_attr_t map = { .type = KDUMP_BITMAP };
	const char *arch = NULL;
	kdump_num_t shift;

	o->ctx = kdump_new();
	for (guint i = 0; i < nr; i++)
		fds[i] = open(paths[i], O_RDONLY);
	kdump_set_number_attr(o->ctx, "cache.size", 32);
	if (g_str_has_prefix(anz_image_format(o->image), "kdump"))
		kdump_set_string_attr(o->ctx, KDUMP_ATTR_ARCH_NAME,
				      anz_image_arch_name(o->image));
	if (kdump_open_fdset(o->ctx, nr, fds) != KDUMP_OK) {
		printf("skipped: libkdumpfile: %s\n", kdump_get_err(o->ctx));
		return FALSE;
	}
	if (kdump_get_string_attr(o->ctx, KDUMP_ATTR_ARCH_NAME, &arch) != KDUMP_OK)
		printf("libkdumpfile does not know the machine\n");
	/* Without VMCOREINFO it may not know the page size, and then it reads nothing. */
	if (kdump_get_number_attr(o->ctx, KDUMP_ATTR_PAGE_SHIFT, &shift) != KDUMP_OK ||
	    shift != anz_image_page_shift(o->image) ||
	    kdump_get_typed_attr(o->ctx, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK) {
		printf("skipped: libkdumpfile does not know the page size here\n");
		return FALSE;
	}
	o->pagemap = map.val.bitmap;
	if (kdump_set_string_attr(o->ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK ||
	    kdump_get_addrxlat(o->ctx, &o->xlat_ctx, &o->xlat_sys) != KDUMP_OK) {
		printf("libkdumpfile has no translation here: %s\n", kdump_get_err(o->ctx));
		o->xlat_ctx = NULL;
	}
	return TRUE;
}

static void print_log(const char *line, gpointer data)
{
	(void)data;
	printf("log: %s\n", line);
}

int main(int argc, char **argv)
{
	AnzImageOptions options = { .log = print_log };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = NULL;
	static Oracle o;	/* what it holds lives as long as the program */
	guint nr_paths = 0, n = 10000, seed = 1, present = 0, other = 0;
	kdump_addr_t first = 0;
	guint64 from = 0, start, nr, frames[ANZ_MEM_ABSENT + 1] = { 0 };
	AnzMemState state;

	while (nr_paths + 1 < (guint)argc && argv[nr_paths + 1][0] &&
	       !g_ascii_isdigit(argv[nr_paths + 1][0]))
		nr_paths++;
	if (nr_paths == 0) {
		fprintf(stderr, "usage: kdumpfile-oracle VMCORE... [N [SEED]]\n");
		return 2;
	}
	if (nr_paths + 1 < (guint)argc)
		n = strtoul(argv[nr_paths + 1], NULL, 10);
	if (nr_paths + 2 < (guint)argc)
		seed = strtoul(argv[nr_paths + 2], NULL, 10);
	{
		g_auto(GStrv) paths = g_new0(char *, nr_paths + 1);

		for (guint i = 0; i < nr_paths; i++)
			paths[i] = g_strdup(argv[i + 1]);
		image = anz_image_open((const char *const *)paths, &options, &error);
	}
	if (!image) {
		printf("ours: %s\n", error->message);
		return 1;
	}
	o.image = image;
	printf("%s, %s, page %u, VMCOREINFO %s\n", anz_image_format(image),
	       anz_image_arch_name(image), 1u << anz_image_page_shift(image),
	       anz_image_vmcoreinfo_origin(image) ? anz_image_vmcoreinfo_origin(image) : "none");
	if (!open_theirs(&o, argv + 1, nr_paths))
		return SKIP;
	o.rand = g_rand_new_with_seed(seed);
	o.page = (gsize)1 << anz_image_page_shift(image);
	o.ours = g_malloc(o.page);
	o.theirs = g_malloc(o.page);

	o.runs = g_array_new(FALSE, FALSE, sizeof(Run));
	while (anz_image_ram_run(image, from, &start, &nr, &state)) {
		Run run = { start, nr };

		frames[state] += nr;
		g_array_append_val(o.runs, run);
		from = start + nr;
	}
	printf("%u runs of frames; present %" G_GUINT64_FORMAT ", excluded %" G_GUINT64_FORMAT
	       ", lost %" G_GUINT64_FORMAT "\n", o.runs->len, frames[ANZ_MEM_PRESENT],
	       frames[ANZ_MEM_EXCLUDED], frames[ANZ_MEM_LOST]);
	/* QEMU's kdump of arm64 has blocks of 64 KiB, whatever the kernel's page size. */
	if (o.runs->len && (kdump_bmp_find_set(o.pagemap, &first) != KDUMP_OK ||
			    first < g_array_index(o.runs, Run, 0).start)) {
		printf("skipped: libkdumpfile takes blocks for pages here\n");
		return SKIP;
	}
	/* Both ends of runs, and just outside of them. */
	for (guint i = 0; i < MIN(o.runs->len, n); i++) {
		const Run *run = &g_array_index(o.runs, Run, i);

		compare_pfn(&o, run->start, &present, &other);
		compare_pfn(&o, run->start + run->nr - 1, &present, &other);
		compare_pfn(&o, run->start + run->nr, &present, &other);
	}
	for (guint i = 0; i < n && o.runs->len; i++)
		compare_pfn(&o, random_pfn(&o), &present, &other);
	printf("physical: %u pages there and equal, %u not there\n", present - o.wrong, other);
	if (o.xlat_ctx && anz_image_can_translate(image))
		compare_mappings(&o, n);
	printf("%s: %u differences\n", o.wrong ? "FAILED" : "ok", o.wrong);
	return o.wrong != 0;
}
