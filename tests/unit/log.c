/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel log readers on rings built here, byte by byte: laps, states, fragments,
 * damage, and the older form.  Layouts are not those of any kernel, so that nothing can
 * lean on one.
 */
#include <string.h>

#include "kernel/log-source.h"

/* ---- a machine: some memory, a few types ---- */

#define BASE 0xffff800000000000ull
#define MEMORY 65536

#define RING (BASE + 0x100)
#define DESCS (BASE + 0x1000)
#define INFOS (BASE + 0x2000)
#define TEXT (BASE + 0x4000)
#define OLD_LOG (BASE + 0x8000)

static guint8 memory[MEMORY];
static guint64 hole_from, hole_to; /* not in the dump */
static gboolean has_ring, has_records;
static GString *said; /* records as one line each */
static guint64 remarks;

typedef struct {
	const char *type, *path;
	guint bit_offset, bit_size;
} Field;

static const Field fields[] = {
	{ "printk_ringbuffer", "desc_ring.count_bits", 64, 32 },
	{ "printk_ringbuffer", "desc_ring.descs", 128, 64 },
	{ "printk_ringbuffer", "desc_ring.infos", 192, 64 },
	{ "printk_ringbuffer", "desc_ring.head_id.counter", 256, 64 },
	{ "printk_ringbuffer", "desc_ring.tail_id.counter", 320, 64 },
	{ "printk_ringbuffer", "text_data_ring.size_bits", 384, 32 },
	{ "printk_ringbuffer", "text_data_ring.data", 448, 64 },
	{ "prb_desc", "text_blk_lpos.begin", 0, 64 },
	{ "prb_desc", "text_blk_lpos.next", 64, 64 },
	{ "prb_desc", "state_var.counter", 192, 64 },
	{ "printk_info", "ts_nsec", 0, 64 },
	{ "printk_info", "seq", 64, 64 },
	{ "printk_info", "caller_id", 128, 32 },
	{ "printk_info", "text_len", 160, 16 },
	{ "printk_info", "level", 176, 3 },
	{ "printk_info", "flags", 179, 5 },
	{ "printk_info", "facility", 184, 8 },
	{ "printk_log", "ts_nsec", 0, 64 },
	{ "printk_log", "len", 64, 16 },
	{ "printk_log", "text_len", 80, 16 },
	{ "printk_log", "facility", 112, 8 },
	{ "printk_log", "flags", 120, 5 },
	{ "printk_log", "level", 125, 3 },
};

static const struct {
	const char *type;
	guint size;
} sizes[] = { { "prb_desc", 40 }, { "printk_info", 32 }, { "printk_log", 16 } };

static const AnzType integer = { .kind = ANZ_TYPE_INT, .size = 8 };

gboolean anz_types_member(AnzTypes *types, const char *type, const char *path,
			  AnzMember *out)
{
	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (!strcmp(fields[i].type, type) && !strcmp(fields[i].path, path)) {
			*out = (AnzMember){ fields[i].bit_offset, fields[i].bit_size,
					    fields[i].bit_size % 8 != 0, &integer };
			return TRUE;
		}
	return FALSE;
}

gboolean anz_kernel_sizeof(AnzKernel *kernel, const char *type, guint64 *size)
{
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
		if (!strcmp(sizes[i].type, type)) {
			*size = sizes[i].size;
			return TRUE;
		}
	return FALSE;
}

static const struct {
	const char *name;
	guint offset;
} symbols[] = {
	{ "prb", 0 },	   { "log_first_idx", 8 },  { "log_buf_len", 12 },
	{ "log_buf", 16 }, { "log_first_seq", 24 }, { "log_next_seq", 32 },
};

gboolean anz_kernel_symbol(AnzKernel *kernel, const char *name, guint64 *address)
{
	for (guint i = 0; i < G_N_ELEMENTS(symbols); i++)
		if (!strcmp(symbols[i].name, name) && (i ? has_records : has_ring)) {
			*address = BASE + symbols[i].offset;
			return TRUE;
		}
	return FALSE;
}

gsize anz_image_read_virt(AnzImage *image, guint64 vaddr, void *buf, gsize len,
			  AnzMemState *stopped)
{
	guint64 end = BASE + MEMORY;

	if (vaddr < BASE || vaddr >= end || (vaddr >= hole_from && vaddr < hole_to))
		return 0;
	if (vaddr < hole_from)
		end = MIN(end, hole_from);
	len = MIN(len, end - vaddr);
	memcpy(buf, memory + (vaddr - BASE), len);
	return len;
}

gboolean anz_kernel_read_u64(AnzKernel *kernel, guint64 vaddr, guint64 *value)
{
	return anz_image_read_virt(NULL, vaddr, value, 8, NULL) == 8;
}

gboolean anz_kernel_read_u32(AnzKernel *kernel, guint64 vaddr, guint32 *value)
{
	return anz_image_read_virt(NULL, vaddr, value, 4, NULL) == 4;
}

gboolean anz_kernel_read_ulong(AnzKernel *kernel, guint64 vaddr, guint64 *value)
{
	return anz_kernel_read_u64(kernel, vaddr, value);
}

gboolean anz_kernel_read_member(AnzKernel *kernel, guint64 address, const char *type,
				const char *path, guint64 *value)
{
	guint8 raw[128];
	AnzMember member;

	if (!anz_types_member(NULL, type, path, &member) ||
	    anz_image_read_virt(NULL, address, raw, sizeof(raw), NULL) != sizeof(raw))
		return FALSE;
	*value = anz_member_load(&member, raw, FALSE);
	return TRUE;
}

void anz_kernel_remark(AnzKernel *kernel, const char *severity, const char *subject,
		       guint64 count, const char *format, ...)
{
	remarks += count;
}

/* ---- building ---- */

static void put(guint64 address, guint64 value, guint size)
{
	g_assert_true(address >= BASE && address + size <= BASE + MEMORY);
	memcpy(memory + (address - BASE), &value, size);
}

static void put_field(guint64 address, const char *type, const char *path, guint64 value)
{
	AnzMember m = { 0 };
	guint64 old;

	g_assert_true(anz_types_member(NULL, type, path, &m));
	address += m.bit_offset / 8;
	if (!m.is_bitfield) {
		put(address, value, m.bit_size / 8);
		return;
	}
	old = memory[address - BASE];
	put(address, old | value << m.bit_offset % 8, 1);
}

#define COUNT_BITS 3
#define TEXT_BITS 8
#define FIRST_ID (1ull << 61) /* bits above the index matter, those of the state do not */

enum { RESERVED, COMMITTED, FINALIZED, REUSABLE };

static guint64 desc_of(guint64 id)
{
	return DESCS + (id & ((1 << COUNT_BITS) - 1)) * 40;
}

static guint64 info_of(guint64 id)
{
	return INFOS + (id & ((1 << COUNT_BITS) - 1)) * 32;
}

static void new_ring(guint64 tail, guint64 head)
{
	memset(memory, 0, sizeof(memory));
	hole_from = hole_to = 0;
	remarks = 0;
	has_ring = TRUE;
	has_records = FALSE;
	put(BASE, RING, 8);
	put_field(RING, "printk_ringbuffer", "desc_ring.count_bits", COUNT_BITS);
	put_field(RING, "printk_ringbuffer", "desc_ring.descs", DESCS);
	put_field(RING, "printk_ringbuffer", "desc_ring.infos", INFOS);
	put_field(RING, "printk_ringbuffer", "desc_ring.head_id.counter",
		  FIRST_ID + head);
	put_field(RING, "printk_ringbuffer", "desc_ring.tail_id.counter",
		  FIRST_ID + tail);
	put_field(RING, "printk_ringbuffer", "text_data_ring.size_bits", TEXT_BITS);
	put_field(RING, "printk_ringbuffer", "text_data_ring.data", TEXT);
}

/* Record @n (its id and seq) with its text block at logical positions [begin, next). */
static void put_record(guint64 n, guint state, guint64 begin, guint64 next, guint flags,
		       const char *text)
{
	guint64 id = FIRST_ID + n, size = 1 << TEXT_BITS;
	guint64 place = begin / size == next / size || !(next % size) ? begin % size : 0;

	put_field(desc_of(id), "prb_desc", "state_var.counter",
		  id | (guint64)state << 62);
	put_field(desc_of(id), "prb_desc", "text_blk_lpos.begin", begin);
	put_field(desc_of(id), "prb_desc", "text_blk_lpos.next", next);
	put_field(info_of(id), "printk_info", "seq", n);
	put_field(info_of(id), "printk_info", "ts_nsec", n * 1000000 + 999);
	put_field(info_of(id), "printk_info", "text_len", strlen(text));
	put_field(info_of(id), "printk_info", "level", n % 8);
	put_field(info_of(id), "printk_info", "flags", flags);
	put_field(info_of(id), "printk_info", "facility", 3);
	put_field(info_of(id), "printk_info", "caller_id", 7);
	if (begin & 1)
		return;
	put(TEXT + place, id, 8);
	memcpy(memory + (TEXT - BASE) + place + 8, text, strlen(text));
}

static void take(guint64 seq, double seconds, int level, int facility, const char *caller,
		 const char *message, gpointer data)
{
	g_string_append_printf(said, "%" G_GUINT64_FORMAT " %.6f %d.%d %s %s;", seq,
			       seconds, facility, level, caller ? caller : "-", message);
}

static void expect(const char *text, guint64 nr_remarks)
{
	AnzKernel kernel = { 0 };

	said = g_string_new(NULL);
	anz_log_read(&kernel, take, NULL);
	g_assert_cmpstr(said->str, ==, text);
	g_assert_cmpuint(remarks, ==, nr_remarks);
	g_string_free(said, TRUE);
}

#define NEWLINE 2
#define CONT 8

/* ---- the ring ---- */

static void test_plain(void)
{
	new_ring(8, 9);
	put_record(8, FINALIZED, 256, 280, NEWLINE, "one");
	put_record(9, COMMITTED, 280, 304, NEWLINE, "two\nlines\n");
	put_field(info_of(FIRST_ID + 9), "printk_info", "caller_id", 1u << 31 | 2);
	expect("8 0.008000 3.0 T7 one;9 0.009000 3.1 C2 two\nlines;", 0);
}

static void test_laps(void)
{
	new_ring(8, 11);
	put_record(8, FINALIZED, 232, 256, NEWLINE, "to the end"); /* fills the lap */
	put_record(9, FINALIZED, 480, 512 + 40, NEWLINE, "from the start of the next");
	put_record(10, FINALIZED, 3, 3, NEWLINE, ""); /* an empty line */
	put_record(11, FINALIZED, 1, 1, NEWLINE, ""); /* no room for it */
	expect("8 0.008000 3.0 T7 to the end;"
	       "9 0.009000 3.1 T7 from the start of the next;"
	       "10 0.010000 3.2 T7 ;",
	       0);
}

static void test_states(void)
{
	new_ring(8, 12);
	put_record(8, REUSABLE, 0, 24, NEWLINE, "gone");
	put_record(9, RESERVED, 24, 48, NEWLINE, "being written");
	put_record(10, FINALIZED, 48, 72, NEWLINE, "ten");
	put_record(19, FINALIZED, 72, 96, NEWLINE,
		   "of a later lap"); /* where 11 should be */
	put_record(12, FINALIZED, 96, 120, NEWLINE, "twelve");
	expect("10 0.010000 3.2 T7 ten;12 0.012000 3.4 T7 twelve;", 2);
}

static void test_fragments(void)
{
	new_ring(8, 12);
	put_record(8, FINALIZED, 0, 24, 0, "a");
	put_record(9, FINALIZED, 24, 48, CONT, "b");
	put_record(10, FINALIZED, 48, 72, CONT | NEWLINE, "c");
	put_record(11, FINALIZED, 72, 96, CONT | NEWLINE, "d"); /* the line was ended */
	put_record(12, FINALIZED, 96, 120, NEWLINE, "\xc3\xa9\xff\x1b[1m\t");
	expect("8 0.008000 3.0 T7 abc;11 0.011000 3.3 T7 d;"
	       "12 0.012000 3.4 T7 \xc3\xa9\\xff\\x1b[1m\t;",
	       0);
}

static void test_damage(void)
{
	new_ring(8, 13);
	put_record(8, FINALIZED, 0, 24, NEWLINE, "eight");
	put_record(9, FINALIZED, 24, 48, NEWLINE, "nine");
	put_field(desc_of(FIRST_ID + 9), "prb_desc", "text_blk_lpos.next", 24 + 1000);
	put_record(10, FINALIZED, 48, 72, NEWLINE, "ten");
	put(TEXT + 48, 4711, 8); /* another's text */
	put_record(11, FINALIZED, 72, 96, NEWLINE, "eleven");
	put_field(info_of(FIRST_ID + 11), "printk_info", "seq", 12);
	put_record(12, FINALIZED, 96, 120, NEWLINE, "twelve");
	put_field(info_of(FIRST_ID + 12), "printk_info", "seq",
		  4); /* below its predecessor */
	put_record(13, FINALIZED, 120, 144, NEWLINE, "text that is cut");
	put_field(info_of(FIRST_ID + 13), "printk_info", "text_len", 65535);
	/* The block has room for 16 bytes, whatever text_len says. */
	expect("8 0.008000 3.0 T7 eight;9 0.012000 3.4 T7 twelve;"
	       "13 0.013000 3.5 T7 text that is cut;",
	       3);
}

static void test_lost_text(void)
{
	new_ring(8, 9);
	put_record(8, FINALIZED, 0, 24, NEWLINE, "eight");
	put_record(9, FINALIZED, 24, 48, NEWLINE, "nine");
	hole_from = TEXT + 30;
	hole_to = TEXT + 4096;
	expect("8 0.008000 3.0 T7 eight;", 1);
	hole_from = INFOS;
	remarks = 0;
	expect("", 3); /* two records, and that there is none */
}

static void test_senseless_sizes(void)
{
	static const guint bits[] = { 0, 27, 63, 64, 0xffffffff };

	for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
		new_ring(8, 8);
		put_record(8, FINALIZED, 0, 24, NEWLINE, "eight");
		put_field(RING, "printk_ringbuffer", "desc_ring.count_bits", bits[i]);
		expect("", 1);
	}
	new_ring(8, 8);
	put_field(RING, "printk_ringbuffer", "text_data_ring.size_bits", 32);
	expect("", 1);
	new_ring(8, 8);
	put(BASE, 42, 8);
	expect("", 1);
}

/* More ids than descriptors: the tail is damaged, a full ring behind the head is read. */
static void test_senseless_tail(void)
{
	new_ring(8, 9);
	put_record(8, FINALIZED, 0, 24, NEWLINE, "eight");
	put_record(9, FINALIZED, 24, 48, NEWLINE, "nine");
	put_field(RING, "printk_ringbuffer", "desc_ring.tail_id.counter", 5);
	expect("8 0.008000 3.0 T7 eight;9 0.009000 3.1 T7 nine;", 7);
}

/* ---- the older log ---- */

static void put_old(guint64 at, guint len, const char *text)
{
	put_field(OLD_LOG + at, "printk_log", "ts_nsec", 2500000);
	put_field(OLD_LOG + at, "printk_log", "len", len);
	put_field(OLD_LOG + at, "printk_log", "text_len", strlen(text));
	put_field(OLD_LOG + at, "printk_log", "facility", 1);
	put_field(OLD_LOG + at, "printk_log", "flags", NEWLINE);
	put_field(OLD_LOG + at, "printk_log", "level", 6);
	memcpy(memory + (OLD_LOG - BASE) + at + 16, text, strlen(text));
}

static void new_old_log(guint first, guint size, guint64 first_seq, guint64 next_seq)
{
	memset(memory, 0, sizeof(memory));
	hole_from = hole_to = 0;
	remarks = 0;
	has_ring = FALSE;
	has_records = TRUE;
	put(BASE + 8, first, 4);
	put(BASE + 12, size, 4);
	put(BASE + 16, OLD_LOG, 8);
	put(BASE + 24, first_seq, 8);
	put(BASE + 32, next_seq, 8);
}

static void test_old_log(void)
{
	new_old_log(64, 128, 40, 43);
	put_old(64, 24, "forty");
	put_old(0, 32, "forty-one"); /* a length of 0 at 88 leads here */
	put_old(32, 24, "last");
	expect("40 0.002500 1.6 - forty;41 0.002500 1.6 - forty-one;"
	       "42 0.002500 1.6 - last;",
	       0);
}

static void test_old_log_damage(void)
{
	new_old_log(0, 128, 1, 5);
	put_old(0, 24, "one");
	put_old(24, 4711, "beyond the end");
	expect("1 0.002500 1.6 - one;", 3); /* this one, and two behind it */
	new_old_log(0, 128, 1, 5);
	put_old(0, 8, "shorter than its head");
	expect("", 5);
	new_old_log(128, 128, 1, 2);
	expect("", 1);
	new_old_log(0, 128, 0,
		    G_MAXUINT64); /* all zeros: a length of 0 leads to itself */
	expect("", 9);
}

static void test_none(void)
{
	has_ring = has_records = FALSE;
	remarks = 0;
	expect("", 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/log/ring/plain", test_plain);
	g_test_add_func("/log/ring/laps", test_laps);
	g_test_add_func("/log/ring/states", test_states);
	g_test_add_func("/log/ring/fragments", test_fragments);
	g_test_add_func("/log/ring/damage", test_damage);
	g_test_add_func("/log/ring/lost-text", test_lost_text);
	g_test_add_func("/log/ring/senseless-sizes", test_senseless_sizes);
	g_test_add_func("/log/ring/senseless-tail", test_senseless_tail);
	g_test_add_func("/log/old", test_old_log);
	g_test_add_func("/log/old/damage", test_old_log_damage);
	g_test_add_func("/log/none", test_none);
	return g_test_run();
}
