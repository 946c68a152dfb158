/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cost.c reckons with, read from the file by cost-inputs.c. */
#ifndef ANZ_STORE_COST_PRIVATE_H
#define ANZ_STORE_COST_PRIVATE_H

#include <analyze/cost.h>

#include "kernel/cost-tables.h"

G_STATIC_ASSERT(ANZ_COST_SHAPES == ANZ_NR_COST_SHAPES);

/** Allocations that have, or will have, a descriptor each; or pages that have none. */
typedef struct {
	gint64 node;			/* or ANZ_COST_NO_NODE */
	const char *page_class;
	const char *descriptor;		/* struct as a memory-descriptor dump states it; NULL */
	gint order;			/* -1 unknown */
	guint64 allocations;
	guint64 pages;
	gboolean needs;			/* a descriptor */
} AnzCostUse;

/** Slabs that hold descriptors, in a memory-descriptor dump. */
typedef struct {
	gint64 node;
	const char *descriptor;
	guint64 object_bytes;		/* 0 unknown */
	guint64 slabs, pages;
} AnzCostSlabs;

typedef struct {
	const char *member;		/* of struct page; NULL: a struct */
	const char *name;		/* of the struct; of the member's type, NULL if it has none */
	guint64 bytes;
} AnzCostLayout;

typedef struct {
	GStringChunk *strings;
	guint shape;			/* ANZ_COST_CLASSIC ... */
	guint64 page_size, struct_page_size, cpus;
	guint64 memory_bytes, shared_bytes;
	guint64 caches;
	GArray *uses;			/* AnzCostUse */
	GArray *slabs;			/* AnzCostSlabs */
	GArray *layouts;		/* AnzCostLayout */
} AnzCostInputs;

extern const char *const anz_cost_shapes[ANZ_COST_SHAPES];

/** Reads what the current snapshot has.  %NULL with @error. */
AnzCostInputs *anz_cost_inputs_read(AnzStore *store, GError **error);
void anz_cost_inputs_free(AnzCostInputs *inputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCostInputs, anz_cost_inputs_free)

/** Size of a struct in the type info; 0 if it has none of that name. */
guint64 anz_cost_struct_bytes(const AnzCostInputs *inputs, const char *name);

/** Whether an allocation is of more than one page: such folios have a cache of their own. */
gboolean anz_cost_is_large(const AnzCostUse *use);

/** The row of the table for @use in @shape, or %NULL if it needs no descriptor there. */
const AnzCostRow *anz_cost_row(const AnzCostUse *use, guint shape);

/**
 * Limits of layouts whose links are frame numbers: array of AnzCostLimit.  Steps: array of
 * AnzCostStep; @stage: (out): string of @inputs.
 */
GArray *anz_cost_limits(AnzStore *store, GError **error);
GArray *anz_cost_steps(AnzCostInputs *inputs, const char **stage);

#endif
