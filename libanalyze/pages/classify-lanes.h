/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of classify_page() for LANES pages at a time, one a lane of a vector.  classify.c
 * includes this once for each width.  Lanes are 32 bits wide, so words come as halves.  Whatever
 * needs neighbours, a list or a note is *odd*, and left to classify_odd(), page by page in
 * their order; so the lanes must only be right where they do not call a page odd.
 */
#define NAMED_(name, lanes) name##lanes
#define NAMED__(name, lanes) NAMED_(name, lanes)
#define NAMED(name) NAMED__(name, LANES)
#define VEC NAMED(Vec)
#define SVEC NAMED(SVec)
#define HALVES NAMED(Halves)
#define BYTES NAMED(Bytes)
#define INLINE static inline __attribute__((always_inline)) LANES_TARGET

typedef guint32 VEC __attribute__((vector_size(4 * LANES)));
typedef gint32 SVEC __attribute__((vector_size(4 * LANES)));
typedef guint16 HALVES __attribute__((vector_size(2 * LANES)));
typedef guint8 BYTES __attribute__((vector_size(LANES)));
#ifndef CLASSIFY_LANES_ONCE
#define CLASSIFY_LANES_ONCE
typedef guint32 Quad __attribute__((vector_size(16)));
typedef guint64 Pair __attribute__((vector_size(16)));
/* All of a mask that concerns lanes, a byte each. */
#define LANE_BITS 8
#endif

/* Where @mask (all ones or all zeros a lane) is set, @then, else @otherwise. */
#define PICK(mask, then, otherwise) (((mask) & (then)) | (~(mask) & (otherwise)))
#define MASK(condition) ((VEC)(condition))
#define HAS(word, bits) MASK(((word) & (bits)) != 0)

#if LANES == 8
#define ALL(x) ((VEC){ x, x, x, x, x, x, x, x })
/* Eight records' four words each, as four vectors: pairs of halves of 128 bits, as processors have them. */
#define LOW_OF(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH_OF(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST_OF(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define SECOND_OF(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define BEHIND(last, now) __builtin_shufflevector(last, now, 7, 8, 9, 10, 11, 12, 13, 14)
#define ROW(quad, k) __builtin_shufflevector((quad)[k], (quad)[(k) + 4], 0, 1, 2, 3, 4, 5, 6, 7)
#else
#define ALL(x) ((VEC){ x, x, x, x })
#define LOW_OF(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH_OF(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define FIRST_OF(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define SECOND_OF(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#define BEHIND(last, now) __builtin_shufflevector(last, now, 3, 4, 5, 6)
#define ROW(quad, k) ((quad)[k])
#endif

/* Word w of record k becomes lane k of words[w]. */
INLINE void NAMED(transpose)(const Quad *quad, VEC *words)
{
	VEC row[4], low[2], high[2];

	row[0] = ROW(quad, 0);
	row[1] = ROW(quad, 1);
	row[2] = ROW(quad, 2);
	row[3] = ROW(quad, 3);
	low[0] = LOW_OF(row[0], row[1]);
	low[1] = LOW_OF(row[2], row[3]);
	high[0] = HIGH_OF(row[0], row[1]);
	high[1] = HIGH_OF(row[2], row[3]);
	words[0] = FIRST_OF(low[0], low[1]);
	words[1] = SECOND_OF(low[0], low[1]);
	words[2] = FIRST_OF(high[0], high[1]);
	words[3] = SECOND_OF(high[0], high[1]);
}

/* A mask as an integer, LANE_BITS a lane, the first page in the lowest bits. */
INLINE guint64 NAMED(bits)(VEC mask)
{
	BYTES bytes = __builtin_convertvector(__builtin_convertvector(mask, HALVES), BYTES);
	guint64 bits = 0;

	memcpy(&bits, &bytes, LANES);
	return bits;
}

/* Types that decide by themselves; the others are odd.  Changes @c and @odd in the lanes of @typed. */
INLINE void NAMED(look_up_types)(const AnzPageFormat *f, VEC type, VEC typed, VEC *c, VEC *odd)
{
	VEC unknown = typed;

	for (guint i = 0; i < f->nr_types; i++) {
		const AnzPageTypeRule *rule = &f->types[i];
		VEC here = unknown & MASK((type & rule->mask) == rule->value);

		unknown &= ~here;
		if (rule->has_order || rule->page_class == ANZ_CLASS_HUGETLB ||
		    rule->page_class == ANZ_CLASS_UNACCEPTED)
			*odd |= here;
		*odd |= here & MASK((type & rule->exact_mask) != rule->exact);
		*c = PICK(here, ALL(rule->page_class), *c);
	}
	*odd |= unknown;
}

/* The odd ones of pages [i, i + LANES), in order.  @tails, @dirty: of all lanes, as bits. */
static inline void NAMED(do_odd)(const Loop *loop, gsize i, guint64 odd, guint64 tails, guint64 dirty,
				 Before *before)
{
	const guint64 all = ~0ull >> (64 - LANES * LANE_BITS);
	guint64 done = 0;	/* lanes up to the one that was looked at last */

	while (odd) {
		guint lane = __builtin_ctzll(odd) / LANE_BITS;
		guint64 ahead = (all << lane * LANE_BITS) & all, mine = 0xffull << lane * LANE_BITS;
		gsize free_end = before->free_end;

		/* A plain page lies between, and only a tail goes on with what was before it. */
		if (lane && !(done >> (lane * LANE_BITS - 1) & 1) &&
		    !(tails >> (lane * LANE_BITS - 1) & 1))
			before->head_address = 0;
		classify_odd(loop, i + lane, before);
		done = ~(ahead & ~mine);
		ahead &= ~mine;
		odd &= ahead;
		/* A free block begins here: what it covers should be clean. */
		if (before->free_end != free_end && before->free_end > i) {
			guint64 covered = before->free_end - i >= LANES ? all :
				~(~0ull << (before->free_end - i) * LANE_BITS);

			odd |= dirty & ahead & covered;
		}
		/* Until its tails are at an end: what follows it equals it, and is not plain. */
		if (before->is_astray)
			odd |= ahead;
	}
	if (!(done >> (LANES * LANE_BITS - 1) & 1) && !(tails >> (LANES * LANE_BITS - 1) & 1))
		before->head_address = 0;
}

static LANES_TARGET __attribute__((noinline)) void NAMED(classify_by_)(const Loop *given)
{
	const Loop loop = *given;
	const AnzPageFormat *f = &loop.f;
	const AnzBatch out = *loop.out;
	const guint32 swap_bits = loop.swap_bits;
	const guint64 mops = f->zsmalloc_mops ? f->zsmalloc_mops | 2 : 0;
	const gboolean has_pp = f->pp_magic != ANZ_ABSENT_OFFSET && f->pp_signature;
	const gboolean has_device_zone = loop.key_bits && f->device_zone <= loop.zone_mask;
	const guint32 tail_low = f->tail_mapping, tail_high = f->tail_mapping >> 32;
	const VEC none = { 0 }, lane_bytes =
#if LANES == 8
		(VEC){ 0, 1, 2, 3, 4, 5, 6, 7 } * f->stride;
#else
		(VEC){ 0, 1, 2, 3 } * f->stride;
#endif
	VEC last_low = none, last_high = none;	/* the head words of the pages before */
	Before before = { 0 };
	gsize i = 0;

	for (; i + LANES <= loop.nr; i += LANES) {
		const guint8 *record = loop.records + i * f->stride;
		VEC words[4], rest[4];
		Quad quad[LANES];
		Pair pair[LANES];

		for (guint k = 0; k < LANES; k++) {
			const guint8 *at = record + k * f->stride;

			__builtin_prefetch(at + RECORDS_AHEAD * f->stride);
			memcpy(&quad[k], at + f->flags, 16);
			pair[k] = (Pair){ load64(at + f->mapping, FALSE),
					  load64(at + f->page_type, FALSE) };
		}
		NAMED(transpose)(quad, words);
		NAMED(transpose)((const Quad *)pair, rest);

		const VEC flags = words[0], head_low = words[2], head_high = words[3];
		const VEC mapping = rest[0], mapping_high = rest[1], type = rest[2], refcount = rest[3];
		const VEC low = mapping & 3;
		const VEC negative = MASK((SVEC)type < 0);
		const VEC mapcount = ~negative & (type + 1);
		const VEC unmapped = MASK((mapping | mapping_high) == 0);
		const VEC pointer = ~unmapped & MASK(low == 0);
		const VEC file = pointer & MASK((SVEC)mapping_high < 0);
		const VEC swapcached = swap_bits ? MASK((flags & swap_bits) == swap_bits) : none;
		const VEC reserved = HAS(flags, (guint32)f->f_reserved);
		const VEC slab = HAS(flags, (guint32)f->f_slab);
		const VEC tail = HAS(head_low, 1);
		const VEC typed = MASK((SVEC)type < f->type_below) & ~slab & ~tail;
		VEC c, attr, odd, special, key, held;

		/* Later lines outrank earlier ones, as in classify_page(). */
		c = PICK(reserved, ALL(ANZ_CLASS_RESERVED), ALL(ANZ_CLASS_KERNEL_OTHER));
		c = PICK(file, PICK(HAS(flags, (guint32)f->f_swapbacked), ALL(ANZ_CLASS_SHMEM),
				    ALL(ANZ_CLASS_FILE)), c);
		c = PICK(MASK(low == 1), ALL(ANZ_CLASS_ANON), c);
		c = PICK(swapcached & ~file, ALL(ANZ_CLASS_SWAP_CACHE), c);
		c = PICK(MASK(low == 3), ALL(ANZ_CLASS_KSM), c);
		special = MASK(low == 2);
		c = PICK(special, ALL(ANZ_CLASS_MOVABLE), c);
		if (mops) {
			VEC here = MASK(mapping == (guint32)mops) &
				   MASK(mapping_high == (guint32)(mops >> 32));

			c = PICK(here, ALL(ANZ_CLASS_ZSMALLOC), c);
			special |= here;
		}
		if (has_pp) {
			const guint64 mask = ~PP_DRIVER_BITS;
			VEC here = MASK((head_low & (guint32)mask) == (guint32)f->pp_signature) &
				   MASK((head_high & (guint32)(mask >> 32)) ==
					(guint32)(f->pp_signature >> 32));

			c = PICK(here, ALL(ANZ_CLASS_NET_POOL), c);
			special |= here;
		}
		c = PICK(slab, ALL(ANZ_CLASS_SLAB), c);

		/* A tail is plain behind one that leads to the same head. */
		odd = tail & ~(MASK(head_low == BEHIND(last_low, head_low)) &
			       MASK(head_high == BEHIND(last_high, head_high)) &
			       MASK(refcount == 0) & MASK((SVEC)type >= -1) &
			       MASK(mapping == tail_low) & MASK(mapping_high == tail_high));
		/* As a mask, the word leads elsewhere from where its block ends. */
		if (f->tail == ANZ_TAIL_POINTER_OR_MASK) {
			VEC address = lane_bytes + (guint32)(loop.address + i * f->stride);

			odd |= tail & MASK((address & ~head_low) == 0);
		}
		last_low = head_low;
		last_high = head_high;

		/* What holds a reference, of those where that is known; not beyond 32 bits. */
		held = mapcount - file - (swapcached & ~file);
		VEC uncounted = MASK((SVEC)refcount < (SVEC)held) |
				(HAS(flags, (guint32)f->f_lru) &
				 MASK((SVEC)refcount > (SVEC)(held - HAS(flags, (guint32)f->f_private)))) |
				(MASK((SVEC)type < -1) & MASK((SVEC)type >= f->type_below));

		odd |= ~tail & (HAS(flags, (guint32)f->f_head) |
				(reserved & MASK((SVEC)refcount < 1)) |
				(pointer & ~file & ~typed & ~slab) |
				(uncounted & ~special & ~typed & ~slab));
		odd |= MASK((SVEC)type >= G_MAXINT32 / 2);

		attr = HAS(flags, (guint32)f->f_dirty) & ANZ_ATTR_DIRTY;
		attr |= HAS(flags, (guint32)f->f_writeback) & ANZ_ATTR_WRITEBACK;
		attr |= HAS(flags, (guint32)f->f_locked) & ANZ_ATTR_LOCKED;
		attr |= HAS(flags, (guint32)f->f_lru) & ANZ_ATTR_LRU;
		attr |= HAS(flags, (guint32)f->f_active) & ANZ_ATTR_ACTIVE;
		attr |= HAS(flags, (guint32)f->f_unevictable) & ANZ_ATTR_UNEVICTABLE;
		attr |= HAS(flags, (guint32)f->f_mlocked) & ANZ_ATTR_MLOCKED;
		attr = PICK(tail, ALL(ANZ_ATTR_TAIL), attr);
		attr |= ~negative & ANZ_ATTR_MAPPED;
		attr &= ~(~tail & (special | slab | typed));
		attr |= HAS(flags, (guint32)f->f_hwpoison) & ANZ_ATTR_HWPOISON;
		attr |= reserved & ~tail & ANZ_ATTR_RESERVED;
		if (NAMED(bits)(typed))
			NAMED(look_up_types)(f, type, typed, &c, &odd);
		c = PICK(tail, ALL(ANZ_CODE_TAIL), c);

		/* The field may lie across both halves of the word. */
		key = none;
		if (loop.key_bits) {
			key = loop.key_shift >= 32 ? words[1] >> (loop.key_shift - 32) :
			      loop.key_shift ? (flags >> loop.key_shift) |
					       (words[1] << (32 - loop.key_shift)) : flags;
			key &= (guint32)loop.key_mask;
		}
		if (has_device_zone)
			odd |= ~tail & MASK((key & (guint32)loop.zone_mask) == f->device_zone);

		const VEC plane = flags & (guint32)f->flags_plane_mask;
		const HALVES key16 = __builtin_convertvector(key, HALVES);
		const HALVES attr16 = __builtin_convertvector(attr, HALVES);
		const BYTES c8 = __builtin_convertvector(__builtin_convertvector(c, HALVES), BYTES);

		memcpy(out.flags + i, &plane, sizeof(plane));
		memcpy(out.refcount + i, &refcount, sizeof(refcount));
		memcpy(out.mapcount + i, &mapcount, sizeof(mapcount));
		memcpy(out.zone_key + i, &key16, sizeof(key16));
		memcpy(out.attr + i, &attr16, sizeof(attr16));
		memcpy(out.page_class + i, &c8, sizeof(c8));
		memset(out.order + i, 0, LANES);

		const VEC dirty = ~MASK(refcount == 0) | ~unmapped | ~MASK(type == ~0u) |
				  HAS(flags, (guint32)f->f_check);
		guint64 odd_bits = NAMED(bits)(odd), dirty_bits = NAMED(bits)(dirty);

		if (before.free_end > i)
			odd_bits |= dirty_bits & (before.free_end - i >= LANES ? ~0ull :
					~(~0ull << (before.free_end - i) * LANE_BITS));
		if (before.is_astray)
			odd_bits = ~0ull >> (64 - LANES * LANE_BITS);
		if (odd_bits)
			NAMED(do_odd)(&loop, i, odd_bits, NAMED(bits)(tail), dirty_bits, &before);
		else if (!(NAMED(bits)(tail) >> (LANES * LANE_BITS - 1)))
			before.head_address = 0;
	}
	for (; i < loop.nr; i++)
		classify_odd(&loop, i, &before);
}

#undef NAMED_
#undef NAMED__
#undef NAMED
#undef VEC
#undef SVEC
#undef HALVES
#undef BYTES
#undef INLINE
#undef PICK
#undef MASK
#undef HAS
#undef ALL
#undef LOW_OF
#undef HIGH_OF
#undef FIRST_OF
#undef SECOND_OF
#undef BEHIND
#undef ROW
