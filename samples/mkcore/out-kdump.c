/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed kdump files, header version 6, as makedumpfile writes them: header block,
 * sub-header with notes, two bitmaps (which frames exist, which are in the file), one
 * descriptor per frame in the file, data. Zero pages share one descriptor's data.
 */
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "out.h"

enum { DH_ZLIB = 1, DH_LZO = 2, DH_SNAPPY = 4, DH_INCOMPLETE = 8, DH_ZSTD = 32 };

struct disk_dump_header {
	char signature[8];
	gint32 header_version;
	char utsname[6][65];
	char pad[6];
	gint64 tv_sec, tv_usec;
	guint32 status;
	gint32 block_size, sub_hdr_size;
	guint32 bitmap_blocks, max_mapnr, total_ram_blocks, device_blocks, written_blocks;
	guint32 current_cpu;
	gint32 nr_cpus;
};

struct kdump_sub_header {
	guint64 phys_base;
	gint32 dump_level, split;
	guint64 start_pfn, end_pfn;
	guint64 offset_vmcoreinfo, size_vmcoreinfo;
	guint64 offset_note, size_note;
	guint64 offset_eraseinfo, size_eraseinfo;
	guint64 start_pfn_64, end_pfn_64, max_mapnr_64;
};

struct page_desc {
	guint64 offset;
	guint32 size, flags;
	guint64 page_flags;
};

G_STATIC_ASSERT(sizeof(struct disk_dump_header) == 464);
G_STATIC_ASSERT(sizeof(struct page_desc) == 24);

struct packer {
	enum compression how;
	guint32 page_size;
	guint8 *out;
	gsize room;
	void *lzo_work;
	ZSTD_CCtx *zstd;
};

static void packer_init(struct packer *p, enum compression how, guint32 page_size)
{
	memset(p, 0, sizeof(*p));
	p->how = how;
	p->page_size = page_size;
	p->room = MAX(MAX(compressBound(page_size), ZSTD_compressBound(page_size)),
		      MAX(snappy_max_compressed_length(page_size),
			  page_size + page_size / 16 + 67));
	p->out = g_malloc(p->room);
	if (how == COMPRESS_LZO) {
		lzo_init();
		p->lzo_work = g_malloc(LZO1X_1_MEM_COMPRESS);
	} else if (how == COMPRESS_ZSTD) {
		p->zstd = ZSTD_createCCtx();
	}
}

static void packer_clear(struct packer *p)
{
	g_free(p->out);
	g_free(p->lzo_work);
	ZSTD_freeCCtx(p->zstd);
}

/* data, size and flags of one page as it goes to the file; what does not shrink stays */
static const guint8 *pack(struct packer *p, const guint8 *page, guint32 *size,
			  guint32 *flags)
{
	static const guint32 flag[] = { 0, DH_ZLIB, DH_LZO, DH_SNAPPY, DH_ZSTD };
	gboolean ok = FALSE;
	gsize len = p->room;

	switch (p->how) {
	case COMPRESS_NONE:
		break;
	case COMPRESS_ZLIB: {
		uLongf n = len;

		ok = compress2(p->out, &n, page, p->page_size, 1) == Z_OK;
		len = n;
		break;
	}
	case COMPRESS_LZO: {
		lzo_uint n = len;

		ok = lzo1x_1_compress(page, p->page_size, p->out, &n, p->lzo_work) ==
		     LZO_E_OK;
		len = n;
		break;
	}
	case COMPRESS_SNAPPY:
		ok = snappy_compress((const char *)page, p->page_size, (char *)p->out,
				     &len) == SNAPPY_OK;
		break;
	case COMPRESS_ZSTD:
		len = ZSTD_compressCCtx(p->zstd, p->out, len, page, p->page_size, 1);
		ok = !ZSTD_isError(len);
		break;
	}
	if (ok && len < p->page_size) {
		*size = len;
		*flags = flag[p->how];
		return p->out;
	}
	*size = p->page_size;
	*flags = 0;
	return page;
}

static void set_bit(guint8 *map, guint64 pfn)
{
	map[pfn / 8] |= 1 << pfn % 8;
}

static gboolean is_zero(const guint8 *p, guint64 len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

static void fill_headers(struct machine *m, const struct format *f,
			 struct disk_dump_header *h, struct kdump_sub_header *s)
{
	const char *const uts[6] = { "Linux", "sample", m->recipe->release,
		"#1 SMP synthetic sample", arch_machine(m), "(none)" };

	memset(h, 0, sizeof(*h));
	memset(s, 0, sizeof(*s));
	memcpy(h->signature, "KDUMP   ", 8);
	h->header_version = 6;
	for (int i = 0; i < 6 && !f->qemu; i++)
		g_strlcpy(h->utsname[i], uts[i], 65);
	h->tv_sec = 1700000000;
	h->block_size = PAGE_SIZE_OF(m);
	h->nr_cpus = m->recipe->cpus;
	s->phys_base = arch_phys_base(m);
	s->dump_level = f->level;
}

/* numbers of @width bytes each, in place */
static void swap_numbers(void *p, gsize len, int width)
{
	for (guint8 *at = p; mk_swap && at < (guint8 *)p + len; at += width)
		for (int i = 0; i < width / 2; i++) {
			guint8 byte = at[i];

			at[i] = at[width - 1 - i];
			at[width - 1 - i] = byte;
		}
}

/* headers in the machine's byte order; bitmaps are bytes */
static void swap_headers(struct disk_dump_header *h, struct kdump_sub_header *s)
{
	swap_numbers(&h->header_version, sizeof(h->header_version), 4);
	swap_numbers(&h->tv_sec, 2 * sizeof(h->tv_sec), 8);
	swap_numbers(&h->status, sizeof(*h) - offsetof(struct disk_dump_header, status), 4);
	swap_numbers(&s->phys_base, sizeof(s->phys_base), 8);
	swap_numbers(&s->dump_level, 2 * sizeof(s->dump_level), 4);
	swap_numbers(&s->start_pfn,
		     sizeof(*s) - offsetof(struct kdump_sub_header, start_pfn), 8);
}

static void swap_desc(struct page_desc *pd)
{
	swap_numbers(&pd->offset, sizeof(pd->offset), 8);
	swap_numbers(&pd->size, 2 * sizeof(pd->size), 4);
	swap_numbers(&pd->page_flags, sizeof(pd->page_flags), 8);
}

/* descriptors and data of the frames in [start, end) that @dumped has */
static guint64 write_pages(struct machine *m, const struct format *f, struct writer *w,
			   const guint8 *dumped, guint64 start, guint64 end,
			   guint64 desc_at, guint64 data_at)
{
	guint64 page = PAGE_SIZE_OF(m), written = 0, nr = 0, stop;
	g_autofree guint8 *zero = g_malloc0(page), *room = g_malloc(page);
	struct page_desc pd_zero = { .offset = data_at };
	struct packer p;
	const guint8 *data;

	for (guint64 pfn = start; pfn < end; pfn++)
		nr += dumped[pfn / 8] >> pfn % 8 & 1;
	/* the disk was full after two thirds of it */
	stop = f->incomplete ? nr * 2 / 3 : nr;
	packer_init(&p, f->compression, page);
	data = pack(&p, zero, &pd_zero.size, &pd_zero.flags);
	writer_at(w, data_at, data, pd_zero.size);
	data_at += pd_zero.size;
	for (guint64 pfn = start; pfn < end && written < stop; pfn++) {
		struct page_desc pd = pd_zero;

		if (!(dumped[pfn / 8] >> pfn % 8 & 1))
			continue;
		data = image_is_touched(&m->img, pfn) ? image_frame(&m->img, pfn, room) : zero;
		if (data != zero && !is_zero(data, page)) {
			data = pack(&p, data, &pd.size, &pd.flags);
			pd.offset = data_at;
			writer_at(w, data_at, data, pd.size);
			data_at += pd.size;
		}
		swap_desc(&pd);
		writer_at(w, desc_at + written++ * sizeof(pd), &pd, sizeof(pd));
	}
	packer_clear(&p);
	return written;
}

/**
 * out_kdump:
 * @start_pfn: first frame whose data belongs into this file
 * @end_pfn: the frame behind the last one
 * @part: number of the part of a split dump, 0 if it is whole
 */
gboolean out_kdump(struct machine *m, const struct format *f, const char *path,
		   guint64 start_pfn, guint64 end_pfn, int part, GError **error)
{
	guint64 max = g_array_index(m->ram, struct ram, m->ram->len - 1).end_pfn;
	guint64 page = PAGE_SIZE_OF(m), map_len = align_up((max + 7) / 8, page), at;
	g_autofree guint8 *exists = g_malloc0(map_len), *dumped = g_malloc0(map_len);
	g_autoptr(GByteArray) notes = NULL;
	guint64 total = 0, nr = 0;
	struct disk_dump_header h;
	struct kdump_sub_header s;
	struct writer w;
	gsize info;

	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn; pfn++, total++) {
			set_bit(exists, pfn);
			if (frame_excluded(m, pfn, f->level))
				continue;
			set_bit(dumped, pfn);
			nr += pfn >= start_pfn && pfn < end_pfn;
		}
	}
	fill_headers(m, f, &h, &s);
	notes = elf_notes(m, f->note, &info);
	at = page + sizeof(s);
	s.offset_note = at;
	s.size_note = notes->len;
	s.offset_vmcoreinfo = info ? at + info : 0;
	s.size_vmcoreinfo = info ? m->vmcoreinfo->len : 0;
	s.split = part != 0;
	s.start_pfn = s.start_pfn_64 = part ? start_pfn : 0;
	s.end_pfn = s.end_pfn_64 = part ? end_pfn : 0;
	s.max_mapnr_64 = max;
	h.sub_hdr_size = align_up(sizeof(s) + notes->len, page) / page;
	h.bitmap_blocks = 2 * map_len / page;
	h.max_mapnr = MIN(max, G_MAXUINT32);
	h.total_ram_blocks = total;
	h.written_blocks = nr;
	h.status = ((const guint32[]){ 0, DH_ZLIB, DH_LZO, DH_SNAPPY,
				       DH_ZSTD })[f->compression];
	if (f->incomplete)
		h.status |= DH_INCOMPLETE;
	if (!writer_open(&w, path, error))
		return FALSE;
	writer_at(&w, s.offset_note, notes->data, notes->len);
	at = page * (1 + h.sub_hdr_size);
	swap_headers(&h, &s);
	writer_at(&w, 0, &h, sizeof(h));
	writer_at(&w, page, &s, sizeof(s));
	writer_at(&w, at, exists, map_len);
	writer_at(&w, at + map_len, dumped, map_len);
	at += 2 * map_len;
	write_pages(m, f, &w, dumped, start_pfn, end_pfn, at,
		    at + nr * sizeof(struct page_desc));
	return writer_close(&w, error);
}
