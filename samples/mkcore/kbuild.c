/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the C compiler on the kernel types of a recipe and reads back, with libelf, what
 * it decided: the layout table of layout.c, and symbols, loads and build-id of the
 * linked vmlinux. Nothing in mkcore knows an offset from anywhere else.
 */
#include <fcntl.h>
#include <gelf.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "kbuild.h"

#define ENTRY_NAME 48
#define ENTRY_SIZE 64

/* the compile units; the number picks a group of variables in kernel/core.c */
static const struct unit {
	const char *path;
	int number;
} units[] = {
	{ NULL, 1 },			/* the architecture's own */
	{ "mm/page_alloc.c", 2 },
	{ "mm/vmstat.c", 3 },
	{ "mm/sparse.c", 4 },
	{ "mm/slub.c", 5 },
	{ "mm/hugetlb.c", 6 },
	{ "init/version.c", 7 },
};

static const char *unit_path(const struct recipe *r, size_t i)
{
	if (units[i].path)
		return units[i].path;
	return r->arch == ARCH_AARCH64 ? "arch/arm64/mm/mmu.c" : "arch/x86/kernel/head64.c";
}

static gboolean put_file(const char *dir, const char *name, const void *data, gssize len,
			 GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_mkdir_with_parents(parent, 0700);
	/* no fsync: the folder is private and goes away */
	return g_file_set_contents_full(path, data, len, G_FILE_SET_CONTENTS_NONE, 0600,
					error);
}

static gboolean put_resource(const char *dir, const char *resource, const char *name,
			     GError **error)
{
	g_autofree char *path = g_strconcat("/mkcore/kernel/", resource, NULL);
	g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, error);
	gsize len;
	const void *data;

	if (!bytes)
		return FALSE;
	data = g_bytes_get_data(bytes, &len);
	return put_file(dir, name, data, len, error);
}

static gboolean put_link_script(const char *dir, const struct recipe *r, GError **error)
{
	g_autoptr(GBytes) bytes = g_resources_lookup_data("/mkcore/kernel/vmlinux.lds", 0,
							  error);
	g_autoptr(GString) s = NULL;
	char base[24];

	if (!bytes)
		return FALSE;
	s = g_string_new(g_bytes_get_data(bytes, NULL));
	g_snprintf(base, sizeof(base), "0x%" G_GINT64_MODIFIER "x", arch_kernel_base(r));
	g_string_replace(s, "@BASE@", base, 0);
	/* up to 6.14 the per-cpu section of x86-64 was linked at zero */
	g_string_replace(s, "@PERCPU@", r->percpu_zero_based ?
			 "__per_cpu_start = 0; __per_cpu_end = 0x20000;" :
			 "__per_cpu_start = _end; __per_cpu_end = _end + 0x20000;", 0);
	return put_file(dir, "vmlinux.lds", s->str, s->len, error);
}

static gboolean run(const char *dir, GPtrArray *argv, GError **error)
{
	g_autofree char *out = NULL;
	int status;

	g_ptr_array_add(argv, NULL);
	if (!g_spawn_sync(dir, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH |
			  G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &out, &status,
			  error)) {
		g_prefix_error(error, "the C compiler, which makes the vmlinux: ");
		return FALSE;
	}
	if (g_spawn_check_wait_status(status, NULL))
		return TRUE;
	g_set_error(error, MK_ERROR, MK_ERROR_COMPILE,
		    "the C compiler refused the kernel types of this recipe:\n%s", out);
	return FALSE;
}

static void define(GPtrArray *argv, const char *name, int value)
{
	g_ptr_array_add(argv, g_strdup_printf("-D%s=%d", name, value));
}

/* what kernel/ is told about the recipe, whatever the page format */
static void add_defines(GPtrArray *argv, const struct recipe *r)
{
	define(argv, "K_AARCH64", r->arch == ARCH_AARCH64);
	define(argv, "K_PAGE_SIZE", 1 << r->page_shift);
	define(argv, "K_MAX_NUMNODES", 1 << r->nodes_shift);
	define(argv, "K_NR_CPUS", r->nr_cpus);
	define(argv, "K_NR_ORDERS", r->nr_orders);
	define(argv, "K_NR_PCP_LISTS", 14);
	define(argv, "K_SUBSECTION_LONGS", MAX(1, (1 << (r->section_shift - 21)) / 64));
	define(argv, "K_COMPOUND", r->compound);
	define(argv, "K_INFO", r->info);
	define(argv, "K_MEMDESC_T", r->memdesc_t);
	define(argv, "K_FOLIO_INDEX", r->folio_index);
	define(argv, "K_PCP_NEW", r->pcp_new);
	define(argv, "K_SLAB_NEW", r->slab_new);
	define(argv, "K_SHEAVES", r->sheaves);
	define(argv, "K_BLOCKS", r->blocks);
	define(argv, "K_CMA", r->cma);
	define(argv, "K_UNACCEPTED", r->unaccepted);
	define(argv, "K_PB_BITS", r->pb_bits);
	define(argv, "K_PTDESC", r->ptdesc);
	define(argv, "K_ZPDESC", r->zpdesc);
	/* orders from that of two base pages of vmemmap up to a gigantic page */
	define(argv, "K_VMEMMAP_TAILS", r->tail_mask ? 12 : 0);
	g_ptr_array_add(argv, g_strdup_printf(
		"-DK_BANNER=\"Linux version %s (mkcore) #1 SMP synthetic sample\\n\"",
		r->release));
}

static void add_common(GPtrArray *argv, const struct recipe *r,
		       const struct kbuild_input *in)
{
	static const char *const flags[] = {
		"-std=gnu11", "-O0", "-ffreestanding", "-fno-pic", "-fno-pie",
		"-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fno-common",
		"-fno-sanitize=all", "-fmax-errors=3", "-w", "-I.",
	};
	static const char *const x86[] = { "cc", "-m64", "-mcmodel=kernel",
					   "-fcf-protection=none", NULL };
	static const char *const arm[] = { "aarch64-linux-gnu-gcc", "-mgeneral-regs-only",
					   NULL };

	for (const char *const *p = r->arch == ARCH_AARCH64 ? arm : x86; *p; p++)
		g_ptr_array_add(argv, g_strdup(*p));
	if (r->big)
		g_ptr_array_add(argv, g_strdup("-mbig-endian"));
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
		g_ptr_array_add(argv, g_strdup(flags[i]));
	add_defines(argv, r);
	for (guint i = 0; i < in->defines->len; i++)
		g_ptr_array_add(argv, g_strdup(in->defines->pdata[i]));
}

static gboolean compile(struct kbuild *kb, const struct recipe *r,
			const struct kbuild_input *in, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		g_autofree char *text = g_strdup_printf(
			"#define K_UNIT %d\n#include \"core.c\"\n", units[i].number);

		if (!put_file(kb->dir, unit_path(r, i), text, -1, error))
			return FALSE;
	}
	if (!put_resource(kb->dir, "types.h", "types.h", error) ||
	    !put_resource(kb->dir, "core.c", "core.c", error) ||
	    !put_resource(kb->dir, "layout.c", "layout.c", error) ||
	    !put_resource(kb->dir, in->page_h, "page.h", error) ||
	    !put_resource(kb->dir, in->page_layout_h, "page-layout.h", error) ||
	    !put_file(kb->dir, "pageflags.h", in->pageflags_h, -1, error) ||
	    !put_link_script(kb->dir, r, error))
		return FALSE;

	add_common(argv, r, in);
	g_ptr_array_add(argv, g_strdup("-c"));
	g_ptr_array_add(argv, g_strdup("layout.c"));
	if (!run(kb->dir, argv, error))
		return FALSE;

	g_ptr_array_set_size(argv, 0);
	add_common(argv, r, in);
	g_ptr_array_add(argv, g_strdup_printf("-gdwarf-%d", r->dwarf));
	/* types that no variable of ours uses are there in a real kernel */
	g_ptr_array_add(argv, g_strdup("-fno-eliminate-unused-debug-types"));
	g_ptr_array_add(argv, g_strdup_printf("-fdebug-prefix-map=%s=/usr/src/linux-%s",
					      kb->dir, r->release));
	g_ptr_array_add(argv, g_strdup("-nostdlib"));
	g_ptr_array_add(argv, g_strdup("-static"));
	g_ptr_array_add(argv, g_strdup("-Wl,--build-id=sha1"));
	g_ptr_array_add(argv, g_strdup_printf("-Wl,-z,max-page-size=%u",
					      1u << r->page_shift));
	g_ptr_array_add(argv, g_strdup("-Wl,--no-warn-rwx-segments"));
	g_ptr_array_add(argv, g_strdup("-Wl,-T,vmlinux.lds"));
	g_ptr_array_add(argv, g_strdup("-o"));
	g_ptr_array_add(argv, g_strdup("vmlinux"));
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
		g_ptr_array_add(argv, g_strdup(unit_path(r, i)));
	return run(kb->dir, argv, error);
}

static void read_layout(struct kbuild *kb, Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	size_t names;

	elf_getshdrstrndx(elf, &names);
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh))
			continue;
		name = elf_strptr(elf, names, sh.sh_name);
		if (!name || strcmp(name, ".mkcore_layout"))
			continue;
		data = elf_getdata(scn, NULL);
		for (size_t at = 0; data && at + ENTRY_SIZE <= data->d_size;
		     at += ENTRY_SIZE) {
			const char *p = (const char *)data->d_buf + at;
			struct kfield *f = g_new(struct kfield, 1);

			f->offset = get64((const guint8 *)p + ENTRY_NAME);
			f->size = get64((const guint8 *)p + ENTRY_NAME + 8);
			g_hash_table_insert(kb->layout, g_strndup(p, ENTRY_NAME - 1), f);
		}
	}
}

static void read_symbols(struct kbuild *kb, Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Sym sym;

	for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(elf, sh->sh_link, sym.st_name);
		guint64 *v;

		if (!name || !*name)
			continue;
		v = g_new(guint64, 1);
		*v = sym.st_value;
		g_hash_table_insert(kb->symbols, g_strdup(name), v);
	}
}

static void read_build_id(struct kbuild *kb, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t at = 0, name, desc;
	GElf_Nhdr nh;

	while (data && (at = gelf_getnote(data, at, &nh, &name, &desc)))
		if (nh.n_type == NT_GNU_BUILD_ID && nh.n_descsz == sizeof(kb->build_id))
			memcpy(kb->build_id, (char *)data->d_buf + desc, nh.n_descsz);
}

static void read_vmlinux(struct kbuild *kb, Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh))
			continue;
		if (sh.sh_type == SHT_SYMTAB)
			read_symbols(kb, elf, scn, &sh);
		else if (sh.sh_type == SHT_NOTE)
			read_build_id(kb, scn);
		if (sh.sh_flags & SHF_ALLOC && sh.sh_type != SHT_NOBITS) {
			Elf_Data *data = elf_getdata(scn, NULL);
			struct kload l = { sh.sh_addr, 0, NULL };

			if (!data || !data->d_size)
				continue;
			l.len = data->d_size;
			l.data = g_memdup2(data->d_buf, data->d_size);
			g_array_append_val(kb->loads, l);
		}
	}
}

static gboolean read_elf(struct kbuild *kb, const char *name,
			 void (*layout)(struct kbuild *, Elf *), GError **error)
{
	g_autofree char *path = g_build_filename(kb->dir, name, NULL);
	int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		g_set_error(error, MK_ERROR, MK_ERROR_COMPILE,
			    "%s: the compiler left no ELF file", path);
		elf_end(elf);
		if (fd >= 0)
			close(fd);
		return FALSE;
	}
	layout(kb, elf);
	elf_end(elf);
	close(fd);
	return TRUE;
}

/**
 * kbuild_run:
 * @r: recipe
 * @in: what the page format adds: macros, struct page, flags
 *
 * Returns: (transfer full): the compiled kernel, or NULL with the compiler's words.
 */
struct kbuild *kbuild_run(const struct recipe *r, const struct kbuild_input *in,
			  GError **error)
{
	struct kbuild *kb = g_new0(struct kbuild, 1);

	kb->layout = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	kb->symbols = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	kb->loads = g_array_new(FALSE, FALSE, sizeof(struct kload));
	kb->dir = g_dir_make_tmp("mkcore-XXXXXX", error);
	if (!kb->dir || !compile(kb, r, in, error) ||
	    !read_elf(kb, "layout.o", read_layout, error) ||
	    !read_elf(kb, "vmlinux", read_vmlinux, error)) {
		kbuild_free(kb);
		return NULL;
	}
	kb->vmlinux = g_build_filename(kb->dir, "vmlinux", NULL);
	return kb;
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		if (g_file_test(child, G_FILE_TEST_IS_DIR))
			remove_tree(child);
		else
			g_unlink(child);
	}
	g_rmdir(path);
}

void kbuild_free(struct kbuild *kb)
{
	if (!kb)
		return;
	if (kb->dir)
		remove_tree(kb->dir);
	for (guint i = 0; i < kb->loads->len; i++)
		g_free(g_array_index(kb->loads, struct kload, i).data);
	g_array_unref(kb->loads);
	g_hash_table_unref(kb->layout);
	g_hash_table_unref(kb->symbols);
	g_free(kb->vmlinux);
	g_free(kb->dir);
	g_free(kb);
}

static const struct kfield *field(const struct kbuild *kb, const char *name)
{
	const struct kfield *f = g_hash_table_lookup(kb->layout, name);

	if (!f)
		g_error("kernel/layout.c has no entry '%s' for this recipe", name);
	return f;
}

/* offset of a member, or the value of a constant */
guint64 koff(const struct kbuild *kb, const char *name)
{
	return field(kb, name)->offset;
}

guint64 ksize(const struct kbuild *kb, const char *name)
{
	return field(kb, name)->size;
}

gboolean khas(const struct kbuild *kb, const char *name)
{
	return g_hash_table_contains(kb->layout, name);
}

/* address of a symbol as linked, before KASLR */
guint64 ksym(const struct kbuild *kb, const char *name)
{
	const guint64 *v = g_hash_table_lookup(kb->symbols, name);

	if (!v)
		g_error("kernel/core.c defines no symbol '%s'", name);
	return *v;
}
