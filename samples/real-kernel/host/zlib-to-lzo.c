/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a kdump-lzo of QEMU's out of a kdump-zlib of QEMU's.
 *
 *   zlib-to-lzo IN OUT
 *
 * Debian builds QEMU without LZO, so its dump-guest-memory has no kdump-lzo.
 * QEMU writes that format with the code that writes kdump-zlib (dump/dump.c,
 * write_dump_pages()), and this follows it: the same flattened records for
 * headers, notes and bitmaps, only the status flag is the other one; then page
 * descriptors and page data, each through a buffer that becomes a record when
 * it is full. A page that LZO does not make smaller is stored as it is; all
 * zero pages share the one that is stored first.
 *
 * Both files' numbers are little-endian but for the flattened records, whose
 * are big-endian; so is the host's order taken to be little-endian.
 */
#include <endian.h>
#include <errno.h>
#include <lzo/lzo1x.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FLAT_HEADER	4096		/* "makedumpfile", type, version */
#define FLAT_END	UINT64_MAX
#define STATUS_AT	424		/* in struct disk_dump_header */
#define BLOCK_SIZE_AT	428
#define SUB_BLOCKS_AT	432
#define BITMAP_BLOCKS_AT 436
#define STATUS_ZLIB	1
#define STATUS_LZO	2
#define MAX_BLOCK	65536
#define BUFFER_BLOCKS	4

struct page_desc {
	uint64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

struct out_buffer {
	uint64_t offset;	/* of the first byte that waits here */
	size_t used, size;
	unsigned char bytes[BUFFER_BLOCKS * MAX_BLOCK];
};

static FILE *in, *out;
static const char *in_path;

__attribute__((noreturn))
static void die(const char *why)
{
	fprintf(stderr, "zlib-to-lzo: %s: %s\n", in_path, why);
	exit(1);
}

static void must_write(const void *data, size_t size)
{
	if (size && fwrite(data, size, 1, out) != 1)
		die(strerror(errno));
}

static void write_record(uint64_t offset, const void *data, size_t size)
{
	uint64_t head[2] = { htobe64(offset), htobe64(size) };

	must_write(head, sizeof(head));
	must_write(data, size);
}

static void buffer_flush(struct out_buffer *b)
{
	if (b->used)
		write_record(b->offset, b->bytes, b->used);
	b->offset += b->used;
	b->used = 0;
}

static void buffer_add(struct out_buffer *b, const void *data, size_t size)
{
	if (b->used + size > b->size)
		buffer_flush(b);
	memcpy(b->bytes + b->used, data, size);
	b->used += size;
}

static uint32_t word(const unsigned char *image, size_t at)
{
	uint32_t v;

	memcpy(&v, image + at, sizeof(v));
	return v;
}

static uint64_t count_bits(const unsigned char *bitmap, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += (unsigned int)__builtin_popcount(bitmap[i]);
	return n;
}

/* Puts the flattened file in order; @size is what it is long. */
static unsigned char *rearrange(size_t *size)
{
	unsigned char *image = NULL;
	uint64_t head[2];

	*size = 0;
	if (fseek(in, FLAT_HEADER, SEEK_SET))
		die(strerror(errno));
	for (;;) {
		uint64_t offset, n;

		if (fread(head, sizeof(head), 1, in) != 1)
			die("truncated");
		offset = be64toh(head[0]);
		n = be64toh(head[1]);
		if (offset == FLAT_END)
			return image;
		if (offset > UINT32_MAX * 16ULL || n > UINT32_MAX)
			die("record out of bounds");
		if (offset + n > *size) {
			image = realloc(image, offset + n);
			if (!image)
				die("out of memory");
			memset(image + *size, 0, offset + n - *size);
			*size = offset + n;
		}
		if (n && fread(image + offset, n, 1, in) != 1)
			die("truncated");
	}
}

/* Copies the records of what lies before @end, with the other status. */
static void copy_headers(uint64_t end)
{
	unsigned char *data = malloc(FLAT_HEADER);
	uint64_t head[2];
	uint32_t status;

	if (!data || fseek(in, 0, SEEK_SET) ||
	    fread(data, FLAT_HEADER, 1, in) != 1)
		die("truncated");
	must_write(data, FLAT_HEADER);
	for (;;) {
		uint64_t offset, n;

		if (fread(head, sizeof(head), 1, in) != 1)
			die("truncated");
		offset = be64toh(head[0]);
		n = be64toh(head[1]);
		if (offset >= end)
			break;
		data = realloc(data, n + 1);
		if (!data || (n && fread(data, n, 1, in) != 1))
			die("truncated");
		if (offset == 0 && n >= STATUS_AT + sizeof(status)) {
			status = STATUS_LZO | (word(data, STATUS_AT) &
					       ~(uint32_t)STATUS_ZLIB);
			memcpy(data + STATUS_AT, &status, sizeof(status));
		}
		write_record(offset, data, n);
	}
	free(data);
}

int main(int argc, char **argv)
{
	static struct out_buffer descs, pages;
	static unsigned char work[LZO1X_1_MEM_COMPRESS];
	unsigned char *image, *page, *packed;
	uint64_t end[2] = { FLAT_END, FLAT_END }, data_at, first;
	uint64_t n_pages, offset, i;
	struct page_desc desc;
	uint32_t block;
	size_t size;

	if (argc != 3) {
		fputs("usage: zlib-to-lzo IN OUT\n", stderr);
		return 2;
	}
	in_path = argv[1];
	in = fopen(argv[1], "r");
	out = fopen(argv[2], "w");
	if (!in || !out || lzo_init() != LZO_E_OK)
		die(strerror(errno));
	image = rearrange(&size);
	if (size < 4096 || memcmp(image, "KDUMP   ", 8) ||
	    word(image, STATUS_AT) != STATUS_ZLIB)
		die("not a flattened kdump-zlib");
	block = word(image, BLOCK_SIZE_AT);
	if (block < 4096 || block > MAX_BLOCK)
		die("unbelievable block size");
	first = (1 + (uint64_t)word(image, SUB_BLOCKS_AT) +
		 word(image, BITMAP_BLOCKS_AT)) * block;
	if (first > size)
		die("no page descriptors");
	n_pages = count_bits(image + (1 + word(image, SUB_BLOCKS_AT) +
				      word(image, BITMAP_BLOCKS_AT) / 2) * block,
			     word(image, BITMAP_BLOCKS_AT) / 2 * block);
	/* The zero page comes first behind the descriptors. */
	data_at = first + n_pages * sizeof(desc);
	if (data_at + block > size)
		die("pages are missing");

	copy_headers(first);
	descs.size = pages.size = BUFFER_BLOCKS * block;
	descs.offset = first;
	pages.offset = offset = data_at;
	page = calloc(1, block);
	packed = malloc(block + block / 16 + 64 + 3);
	if (!page || !packed)
		die("out of memory");
	buffer_add(&pages, page, block);
	offset += block;
	for (i = 0; i < n_pages; i++) {
		lzo_uint packed_size = 0;
		uLongf page_size = block;
		bool zero;

		memcpy(&desc, image + first + i * sizeof(desc), sizeof(desc));
		zero = !desc.flags && desc.offset == data_at;
		if (desc.offset > size || desc.size > size - desc.offset)
			die("page data out of bounds");
		if (!zero && desc.flags &&
		    (uncompress(page, &page_size, image + desc.offset,
				desc.size) != Z_OK || page_size != block))
			die("a page cannot be decompressed");
		if (!zero && !desc.flags)
			memcpy(page, image + desc.offset, block);
		if (zero) {
			desc.offset = data_at;
			desc.size = block;
		} else {
			desc.offset = offset;
			lzo1x_1_compress(page, block, packed, &packed_size,
					 work);
			desc.flags = packed_size < block ? STATUS_LZO : 0;
			desc.size = desc.flags ? (uint32_t)packed_size : block;
			buffer_add(&pages, desc.flags ? packed : page,
				   desc.size);
			offset += desc.size;
		}
		buffer_add(&descs, &desc, sizeof(desc));
	}
	buffer_flush(&descs);
	buffer_flush(&pages);
	must_write(end, sizeof(end));
	free(packed);
	free(page);
	free(image);
	fclose(in);
	if (fclose(out))
		die(strerror(errno));
	return 0;
}
