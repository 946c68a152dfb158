/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things every part of mkcore uses: random numbers, sizes, errors. */
#ifndef MKCORE_UTIL_H
#define MKCORE_UTIL_H

#include <glib.h>
#include <signal.h>

#define MK_ERROR mk_error_quark()
GQuark mk_error_quark(void);

enum mk_error {
	MK_ERROR_RECIPE,
	MK_ERROR_MEMORY,
	MK_ERROR_COMPILE,
	MK_ERROR_OUTPUT,
	MK_ERROR_INTERRUPTED,
};

/*
 * Byte order of the machine that is made; one process makes one. mk_swap: it is not that
 * of the machine that runs mkcore.
 */
extern gboolean mk_big, mk_swap;
void mk_set_byte_order(gboolean big);

/* splitmix64: one word of state, the same sequence everywhere */
struct rng {
	guint64 state;
};

static inline guint64 rng_next(struct rng *r)
{
	guint64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* a number in [0, n); n > 0 */
static inline guint64 rng_below(struct rng *r, guint64 n)
{
	return n <= 1 ? 0 : rng_next(r) % n;
}

static inline gboolean rng_percent(struct rng *r, double percent)
{
	return (rng_next(r) >> 11) * 0x1p-53 * 100.0 < percent;
}

/* a number that depends only on its argument, for contents nobody chose */
static inline guint64 mix64(guint64 x)
{
	struct rng r = { x };

	return rng_next(&r);
}

static inline guint64 align_up(guint64 x, guint64 a)
{
	return (x + a - 1) / a * a;
}

static inline guint64 align_down(guint64 x, guint64 a)
{
	return x / a * a;
}

static inline int log2_u64(guint64 x)
{
	return x ? 63 - __builtin_clzll(x) : 0;
}

/* set by a signal; long loops stop and nothing half-written stays behind */
extern volatile sig_atomic_t mk_interrupted;
void mk_catch_signals(void);
gboolean mk_stopped(GError **error);

gboolean mk_parse_size(const char *text, guint64 *value);

#endif
