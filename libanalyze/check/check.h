/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Do the kernel's books balance?  Each family of rules is one file with one function, called once all pages
 * were classified and all lists walked.  Rules look at what those stages noted and read from the dump
 * only what is rare.
 */
#ifndef ANZ_CHECK_CHECK_H
#define ANZ_CHECK_CHECK_H

#include "check/census.h"
#include "check/findings.h"
#include "graph/graph.h"

/* folio->_nr_pages_mapped while the folio is mapped as a whole (mm/internal.h: ENTIRELY_MAPPED). */
#define ANZ_ENTIRELY_MAPPED 0x800000

/** What the rules look at. */
typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	const AnzLists *lists;
	const AnzSpool *descriptors;	/* AnzDescriptor */
	const AnzGraph *graph;
	const AnzCensus *census;
	const GArray *reconciliation;	/* AnzReconciliation */
	AnzFindings *findings;
	const gint *cancel;	/* (nullable); once it is set a family may leave out what is left of it */
} AnzChecker;

/**
 * anz_check_run:
 *
 * Runs every rule; @checker->findings is filled.
 *
 * Returns: %FALSE with @error (CANCELLED, or an image could not be cloned).
 */
gboolean anz_check_run(AnzChecker *checker, GError **error);

/* The families. */
void anz_check_buddy(AnzChecker *checker);
void anz_check_pcp(AnzChecker *checker);
void anz_check_zones(AnzChecker *checker);
void anz_check_sections(AnzChecker *checker);
void anz_check_memdesc(AnzChecker *checker);
gboolean anz_check_memdesc_words(AnzChecker *checker, GError **error);
void anz_check_descriptor_counts(AnzChecker *checker);
gboolean anz_check_pages(AnzChecker *checker, GError **error);
void anz_check_graph(AnzChecker *checker);
void anz_check_anon(AnzChecker *checker);
gboolean anz_check_mapcounts(AnzChecker *checker, GError **error);

/* What families share (check.c). */
/** Takes the faults that walks over lists of one family met into findings. */
void anz_check_list_faults(AnzChecker *checker, AnzListFamily family);
/** Why findings in @zone do not count; %NULL: they do. */
const char *anz_check_zone_excuse(const AnzChecker *checker, guint zone);
/** The same for what a list, a counter and a page say together. */
const char *anz_check_list_excuse(const AnzChecker *checker, guint zone);
/** Why findings that need the layout of struct page or of pageblocks do not count; %NULL: they do. */
const char *anz_check_types_excuse(const AnzChecker *checker);
/**
 * Why findings in words of memory descriptors on no list do not count; %NULL: they do.  On a per-cpu
 * list they may be free, or stale behind a free one.
 */
const char *anz_check_word_excuse(const AnzChecker *checker);
/** Why mapcounts cannot be compared with the page tables that were walked; %NULL: they can. */
const char *anz_check_tables_excuse(const AnzChecker *checker);
/** (transfer full): "node 0 zone DMA32" */
char *anz_check_zone_name(const AnzChecker *checker, guint zone);
/** (transfer full): AnzListBlock by address, so that a pass over them opens each tile once. */
GPtrArray *anz_check_by_pfn(const GArray *blocks);
/** (transfer full): the name of one list */
char *anz_check_list_name(const AnzChecker *checker, AnzListFamily family, guint zone, guint cpu,
			  guint order, guint list);

static inline void anz_check_evaluated(AnzChecker *checker, AnzRule rule, guint64 times)
{
	checker->findings->rules[rule].evaluated += times;
}

static inline void anz_check_unreadable(AnzChecker *checker, AnzRule rule, guint64 times)
{
	checker->findings->rules[rule].unreadable += times;
}

/** Says why a rule is not evaluated on this kernel. */
static inline void anz_check_not_here(AnzChecker *checker, AnzRule rule, const char *why)
{
	checker->findings->rules[rule].note = why;
}

#endif
