/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ELF dumps as kexec's /proc/vmcore has them (virtual addresses, kernel text first) or
 * as QEMU writes them (section headers first, p_vaddr equal to p_paddr); segments start
 * at file offsets that are no multiple of a page. Excluded runs end a segment early:
 * p_filesz < p_memsz. Raw: the bare image.
 */
#include <libelf.h>
#include <string.h>

#include "out.h"

static void add_note(GByteArray *out, const char *name, guint32 type, const void *desc,
		     guint32 len)
{
	static const guint8 zero[4];
	guint32 namesz = strlen(name) + 1;
	guint8 head[sizeof(Elf64_Nhdr)];

	put32(head, namesz);
	put32(head + 4, len);
	put32(head + 8, type);
	g_byte_array_append(out, head, sizeof(head));
	g_byte_array_append(out, (const guint8 *)name, namesz);
	g_byte_array_append(out, zero, -namesz & 3);
	if (len)
		g_byte_array_append(out, desc, len);
	g_byte_array_append(out, zero, -len & 3);
}

/**
 * elf_notes:
 * @vmcoreinfo_at: (out): offset of the text, 0 without it
 *
 * Returns: (transfer full): PRSTATUS of every CPU and, if asked for, VMCOREINFO.
 */
GByteArray *elf_notes(struct machine *m, gboolean vmcoreinfo, gsize *vmcoreinfo_at)
{
	GByteArray *out = g_byte_array_new();
	gboolean arm = m->recipe->arch == ARCH_AARCH64;
	/* pr_reg: rip and rsp among 27 registers, or pc and sp among 34 */
	int pc = arm ? 32 : 16, sp = arm ? 31 : 19, len = arm ? 392 : 336;
	guint8 prstatus[392];

	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		memset(prstatus, 0, sizeof(prstatus));
		put32(prstatus + 32, cpu + 1);		/* pr_pid */
		/* somewhere in the kernel */
		put64(prstatus + 112 + pc * 8, m->kernel_va + 0x1000 + cpu * 16);
		put64(prstatus + 112 + sp * 8, low_va(m, 0x4000 + cpu * 0x4000));
		add_note(out, "CORE", NT_PRSTATUS, prstatus, len);
	}
	*vmcoreinfo_at = 0;
	if (vmcoreinfo) {
		*vmcoreinfo_at = out->len + sizeof(Elf64_Nhdr) + 12;
		add_note(out, "VMCOREINFO", 0, m->vmcoreinfo->str, m->vmcoreinfo->len);
	}
	return out;
}

static void add_load(GArray *ph, guint64 va, guint64 pa, guint64 filesz, guint64 memsz)
{
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = va,
		.p_paddr = pa, .p_filesz = filesz, .p_memsz = memsz };

	g_array_append_val(ph, p);
}

/* segments of one run of RAM; each ends with the excluded frames that follow it */
static void add_run(struct machine *m, const struct format *f, GArray *ph, guint64 start,
		    guint64 end)
{
	int shift = m->recipe->page_shift;
	guint64 at = start;

	while (at < end) {
		guint64 dump = at, stop;

		while (dump < end && !frame_excluded(m, dump, f->level))
			dump++;
		stop = dump;
		while (stop < end && frame_excluded(m, stop, f->level))
			stop++;
		add_load(ph, f->qemu ? at << shift : phys_to_virt(m, at << shift),
			 at << shift, (dump - at) << shift, (stop - at) << shift);
		at = stop;
	}
}

static GArray *build_segments(struct machine *m, const struct format *f)
{
	GArray *ph = g_array_new(FALSE, TRUE, sizeof(Elf64_Phdr));
	Elf64_Phdr note = { .p_type = PT_NOTE };
	guint64 text = ksym(m->kb, "_end") - ksym(m->kb, "_text");

	g_array_append_val(ph, note);
	if (!f->qemu)
		add_load(ph, m->kernel_va, m->recipe->kernel_phys, text, text);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);
		guint64 end = r->end_pfn;

		/* QEMU knows blocks of RAM, not zones */
		while (f->qemu && i + 1 < m->ram->len &&
		       g_array_index(m->ram, struct ram, i + 1).start_pfn == end)
			end = g_array_index(m->ram, struct ram, ++i).end_pfn;
		add_run(m, f, ph, r->start_pfn, end);
	}
	return ph;
}

/* so many of uniform pages are written at a time */
#define UNIFORM_BYTES (256 << 10)

/* pages that were written, in runs; the rest of the file stays a hole */
static void write_memory(struct machine *m, struct writer *w, guint64 offset, guint64 pa,
			 guint64 len)
{
	int shift = m->recipe->page_shift;
	guint64 pfn = pa >> shift, end = (pa + len) >> shift, most = UNIFORM_BYTES >> shift;
	g_autofree guint8 *room = g_malloc(UNIFORM_BYTES);

	writer_hole(w, offset + len);
	while (pfn < end) {
		gboolean uniform = image_is_uniform(&m->img, pfn);
		guint64 run = pfn;

		while (run < end && image_is_touched(&m->img, run) &&
		       image_is_uniform(&m->img, run) == uniform &&
		       (!uniform || run - pfn < most)) {
			if (uniform)
				image_frame(&m->img, run, room + ((run - pfn) << shift));
			run++;
		}
		if (run > pfn)
			writer_at(w, offset + (pfn << shift) - pa,
				  uniform ? room : m->img.base + (pfn << shift),
				  (run - pfn) << shift);
		pfn = run + (run == pfn);
	}
}

static void place(GArray *ph, guint64 offset)
{
	Elf64_Phdr *p = (Elf64_Phdr *)ph->data;

	for (guint i = 1; i < ph->len; i++) {
		/* kernel text lies inside a run of RAM: the same bytes, twice in the map
		 */
		p[i].p_offset = offset;
		offset += p[i].p_filesz;
	}
}

/* headers in the machine's byte order */
static void write_header(struct writer *w, guint64 offset, Elf_Type type,
			 const void *header, gsize len)
{
	g_autofree void *file = g_malloc(len);
	Elf_Data in = { .d_buf = (void *)header, .d_type = type, .d_version = EV_CURRENT,
			.d_size = len };
	Elf_Data out = { .d_buf = file, .d_version = EV_CURRENT, .d_size = len };

	elf64_xlatetof(&out, &in, mk_big ? ELFDATA2MSB : ELFDATA2LSB);
	writer_at(w, offset, file, len);
}

/**
 * out_elf:
 *
 * Writes an ELF core of all RAM, less what the format's level excludes.
 */
gboolean out_elf(struct machine *m, const struct format *f, const char *path,
		 GError **error)
{
	g_autoptr(GArray) ph = build_segments(m, f);
	g_autoptr(GByteArray) notes = NULL;
	guint8 ident[EI_NIDENT] = { 0x7f,	'E',	     'L',	'F',
				    ELFCLASS64, mk_big ? ELFDATA2MSB : ELFDATA2LSB,
				    EV_CURRENT };
	gboolean many = f->xnum || ph->len >= PN_XNUM;
	Elf64_Ehdr eh = { .e_type = ET_CORE,
			  .e_machine = m->recipe->arch == ARCH_AARCH64 ? EM_AARCH64 :
									 EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = many ? PN_XNUM : ph->len,
			  .e_phoff = sizeof(eh) };
	Elf64_Shdr sh[2] = { { .sh_info = many ? ph->len : 0 },
			     { .sh_type = SHT_STRTAB } };
	Elf64_Phdr *p = (Elf64_Phdr *)ph->data;
	struct writer w;
	gsize unused;
	guint64 at;

	notes = elf_notes(m, f->note, &unused);
	memcpy(eh.e_ident, ident, sizeof(ident));
	if (f->qemu || many) {
		eh.e_shoff = sizeof(eh);
		eh.e_shentsize = sizeof(sh[0]);
		eh.e_shnum = 2;
		eh.e_shstrndx = 1;
		eh.e_phoff = sizeof(eh) + sizeof(sh);
	}
	at = eh.e_phoff + ph->len * sizeof(Elf64_Phdr);
	sh[1].sh_offset = at;
	sh[1].sh_size = 1;
	p[0].p_offset = at + 1;
	p[0].p_filesz = p[0].p_memsz = notes->len;
	/* nothing aligned, as in QEMU's files */
	place(ph, at + 1 + notes->len + 0x14c);
	if (!writer_open(&w, path, error))
		return FALSE;
	write_header(&w, 0, ELF_T_EHDR, &eh, sizeof(eh));
	if (eh.e_shoff)
		write_header(&w, eh.e_shoff, ELF_T_SHDR, sh, sizeof(sh));
	write_header(&w, eh.e_phoff, ELF_T_PHDR, p, ph->len * sizeof(Elf64_Phdr));
	writer_at(&w, p[0].p_offset, notes->data, notes->len);
	for (guint i = 1; i < ph->len; i++)
		write_memory(m, &w, p[i].p_offset, p[i].p_paddr, p[i].p_filesz);
	return writer_close(&w, error);
}

/* physical memory from address 0, holes of memory as holes of the file */
gboolean out_raw(struct machine *m, const char *path, GError **error)
{
	struct writer w;

	if (!writer_open(&w, path, error))
		return FALSE;
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		write_memory(m, &w, r->start_pfn << m->recipe->page_shift,
			     r->start_pfn << m->recipe->page_shift,
			     (r->end_pfn - r->start_pfn) << m->recipe->page_shift);
	}
	return writer_close(&w, error);
}
