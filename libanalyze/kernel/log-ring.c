/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lockless printk ring: three arrays.  Descriptors say the state of a record and
 * where its text is, infos (same index) its time and level, the data ring holds text.
 *
 * Kernel facts (kernel/printk/printk_ringbuffer.[ch], 5.10 and later):
 * - A descriptor's state_var is its id with the state in the top two bits: 0 reserved,
 *   1 committed (whole, but its writer may add to it), 2 finalized, 3 reusable.  Records
 *   are the ids from tail_id to head_id; an id's index is its remainder by the number of
 *   descriptors.
 * - Logical positions count bytes for ever; position modulo size is the place in the data
 *   ring, the quotient is the lap.  A text block lies in one piece: where it would cross
 *   the end it starts over at 0.  It begins with the id of its descriptor.
 * - Bit 0 of both positions set: no text, either because it was empty (3) or because
 *   there was no room for it (1).
 * - A record's seq has its index as remainder too.
 */
#include "kernel/log-source.h"

#define STATE_SHIFT 62
#define ID_MASK ((1ull << STATE_SHIFT) - 1)
#define POSITION_LOST 1

/* log_buf_len is at most 2 GiB; there is a descriptor for each 32 bytes (PRB_AVGBITS). */
#define MAX_TEXT_BITS 31
#define MAX_COUNT_BITS 26

/* A walk over a ring that is not in the dump would else try each of its descriptors. */
#define MAX_UNREADABLE 65536

enum { STATE_RESERVED, STATE_COMMITTED, STATE_FINALIZED, STATE_REUSABLE };

typedef struct {
	guint64 desc_size, info_size;
	AnzMember state, begin, next;
	AnzMember seq, ts_nsec, text_len, facility, flags, level, caller;
	gboolean has_caller;
} RingLayout;

typedef struct {
	AnzKernel *kernel;
	RingLayout layout;
	guint64 nr_descs;
	guint64 head_id, tail_id;
	guint text_bits;
	AnzLogWindow descs, infos, text;
} Ring;

static gboolean resolve_layout(AnzKernel *kernel, RingLayout *l)
{
	if (!anz_kernel_sizeof(kernel, "prb_desc", &l->desc_size) ||
	    !anz_kernel_sizeof(kernel, "printk_info", &l->info_size) || !l->desc_size ||
	    l->desc_size > 4096 || !l->info_size || l->info_size > 4096)
		return FALSE;
	l->has_caller = anz_log_scalar(kernel, "printk_info", "caller_id", l->info_size,
				       &l->caller);
	return anz_log_scalar(kernel, "prb_desc", "state_var.counter", l->desc_size,
			      &l->state) &&
	       anz_log_scalar(kernel, "prb_desc", "text_blk_lpos.begin", l->desc_size,
			      &l->begin) &&
	       anz_log_scalar(kernel, "prb_desc", "text_blk_lpos.next", l->desc_size,
			      &l->next) &&
	       anz_log_scalar(kernel, "printk_info", "seq", l->info_size, &l->seq) &&
	       anz_log_scalar(kernel, "printk_info", "ts_nsec", l->info_size,
			      &l->ts_nsec) &&
	       anz_log_scalar(kernel, "printk_info", "text_len", l->info_size,
			      &l->text_len) &&
	       anz_log_scalar(kernel, "printk_info", "facility", l->info_size,
			      &l->facility) &&
	       anz_log_scalar(kernel, "printk_info", "flags", l->info_size, &l->flags) &&
	       anz_log_scalar(kernel, "printk_info", "level", l->info_size, &l->level);
}

/* Fills @ring from the struct printk_ringbuffer at @address.  %NULL, or what is wrong. */
static const char *ring_open(Ring *ring, AnzKernel *kernel, guint64 address)
{
	static const char type[] = "printk_ringbuffer";
	guint64 count_bits, text_bits, descs, infos, text, head, tail;

	if (!resolve_layout(kernel, &ring->layout))
		return "the type info has no printk ring that is understood";
	if (!anz_kernel_read_member(kernel, address, type, "desc_ring.count_bits",
				    &count_bits) ||
	    !anz_kernel_read_member(kernel, address, type, "desc_ring.descs", &descs) ||
	    !anz_kernel_read_member(kernel, address, type, "desc_ring.infos", &infos) ||
	    !anz_kernel_read_member(kernel, address, type, "desc_ring.head_id.counter",
				    &head) ||
	    !anz_kernel_read_member(kernel, address, type, "desc_ring.tail_id.counter",
				    &tail) ||
	    !anz_kernel_read_member(kernel, address, type, "text_data_ring.size_bits",
				    &text_bits) ||
	    !anz_kernel_read_member(kernel, address, type, "text_data_ring.data", &text))
		return "its struct printk_ringbuffer is not in the dump";
	if (!count_bits || count_bits > MAX_COUNT_BITS || text_bits < 3 ||
	    text_bits > MAX_TEXT_BITS)
		return "its struct printk_ringbuffer has senseless sizes";
	ring->kernel = kernel;
	ring->nr_descs = 1ull << count_bits;
	ring->text_bits = text_bits;
	ring->head_id = head & ID_MASK;
	ring->tail_id = tail & ID_MASK;
	anz_log_window_init(&ring->descs, kernel, descs,
			    ring->nr_descs * ring->layout.desc_size);
	anz_log_window_init(&ring->infos, kernel, infos,
			    ring->nr_descs * ring->layout.info_size);
	anz_log_window_init(&ring->text, kernel, text, 1ull << text_bits);
	return NULL;
}

static void ring_close(Ring *ring)
{
	anz_log_window_clear(&ring->descs);
	anz_log_window_clear(&ring->infos);
	anz_log_window_clear(&ring->text);
}

/* Where the block from @begin to @next lies.  %FALSE if no writer can have made such a
 * block. */
static gboolean block_place(const Ring *ring, guint64 begin, guint64 next,
			    guint64 *offset, guint64 *len)
{
	guint64 size = 1ull << ring->text_bits;
	guint64 first = begin & (size - 1), end = next & (size - 1);

	if (begin % sizeof(guint64))
		return FALSE;
	if (begin >> ring->text_bits == next >> ring->text_bits && begin < next) {
		*offset = first;
		*len = next - begin;
	} else if ((begin + size) >> ring->text_bits == next >> ring->text_bits) {
		*offset = end ? 0 : first; /* end 0: it fills the lap to the last byte */
		*len = end ? end : size - first;
	} else {
		return FALSE;
	}
	return *len >= sizeof(guint64);
}

/* Text of the record: its start in @text and its length in @len. */
static gboolean read_text(Ring *ring, guint64 id, const guint8 *desc, gsize text_len,
			  const char **text, gsize *len, AnzLogTally *tally)
{
	gboolean big = ring->kernel->big_endian;
	guint64 begin = anz_member_load(&ring->layout.begin, desc, big);
	guint64 next = anz_member_load(&ring->layout.next, desc, big);
	guint64 offset, block_len;

	if (begin & 1 && next & 1) {
		if (begin == POSITION_LOST || next == POSITION_LOST)
			return FALSE; /* the kernel had no room: nothing is broken */
		*text = "";
		*len = 0;
		return TRUE;
	}
	if (!block_place(ring, begin, next, &offset, &block_len)) {
		tally->broken++;
		return FALSE;
	}
	*len = MIN(text_len, block_len - sizeof(guint64));

	const guint8 *block =
		anz_log_window_at(&ring->text, offset, sizeof(guint64) + *len);

	if (!block) {
		tally->unreadable++;
		return FALSE;
	}
	if ((anz_load64(block, big) & ID_MASK) != id) {
		tally->broken++;
		return FALSE;
	}
	*text = (const char *)block + sizeof(guint64);
	return TRUE;
}

/* One descriptor.  %FALSE if it gives no record. */
static gboolean read_record(Ring *ring, guint64 id, AnzLogRecord *record,
			    AnzLogTally *tally)
{
	const RingLayout *l = &ring->layout;
	gboolean big = ring->kernel->big_endian;
	guint64 index = id & (ring->nr_descs - 1);
	const guint8 *desc =
		anz_log_window_at(&ring->descs, index * l->desc_size, l->desc_size);
	const guint8 *info =
		anz_log_window_at(&ring->infos, index * l->info_size, l->info_size);

	if (!desc || !info) {
		tally->unreadable++;
		return FALSE;
	}

	guint64 state = anz_member_load(&l->state, desc, big);

	if ((state & ID_MASK) != id) {
		tally->broken++;
		return FALSE;
	}
	switch (state >> STATE_SHIFT) {
	case STATE_COMMITTED:
	case STATE_FINALIZED: break;
	case STATE_RESERVED: tally->unfinished++; return FALSE;
	default: return FALSE;
	}
	record->seq = anz_member_load(&l->seq, info, big);
	if ((record->seq & (ring->nr_descs - 1)) != index) {
		tally->broken++;
		return FALSE;
	}
	record->ts_nsec = anz_member_load(&l->ts_nsec, info, big);
	record->level = anz_member_load(&l->level, info, big);
	record->facility = anz_member_load(&l->facility, info, big);
	record->flags = anz_member_load(&l->flags, info, big);
	record->has_caller = l->has_caller;
	if (l->has_caller)
		record->caller = anz_member_load(&l->caller, info, big);
	return read_text(ring, id, desc, anz_member_load(&l->text_len, info, big),
			 &record->text, &record->len, tally);
}

gboolean anz_log_ring_walk(AnzKernel *kernel, AnzLogRecordFunc func, gpointer data,
			   AnzLogTally *tally)
{
	Ring ring = { 0 };
	guint64 symbol, address, nr_ids;

	if (!anz_kernel_symbol(kernel, "prb", &symbol))
		return FALSE;
	if (!anz_kernel_read_ulong(kernel, symbol, &address)) {
		tally->problem = "the pointer prb is not in the dump";
		return TRUE;
	}
	tally->problem = ring_open(&ring, kernel, address);
	if (tally->problem)
		return TRUE;

	nr_ids = ((ring.head_id - ring.tail_id) & ID_MASK) + 1;
	if (nr_ids > ring.nr_descs) {
		/* Nonsense in one of the two; a full ring that ends at head_id is the
		 * best guess. */
		tally->broken++;
		nr_ids = ring.nr_descs;
	}
	for (guint64 i = nr_ids; i-- > 0;) {
		AnzLogRecord record = { 0 };

		if (read_record(&ring, (ring.head_id - i) & ID_MASK, &record, tally))
			func(&record, data);
		if (tally->unreadable >= MAX_UNREADABLE) {
			tally->unreadable += i;
			break;
		}
	}
	ring_close(&ring);
	return TRUE;
}
