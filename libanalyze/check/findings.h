/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rules found.  Findings of one cause share a group and are counted, not repeated; a rule lists
 * at most ANZ_MAX_LISTED of its groups and counts the others, so that a wrecked dump gives a short answer.
 */
#ifndef ANZ_CHECK_FINDINGS_H
#define ANZ_CHECK_FINDINGS_H

#include "check/rules.h"
#include "kernel/kernel.h"

#define ANZ_NO_PFN G_MAXUINT64
#define ANZ_MAX_LISTED 100

typedef struct {
	AnzRule rule;
	guint64 pfn;		/* the page at fault; ANZ_NO_PFN */
	guint64 address;	/* of the structure whose bytes are at fault; 0 none */
	guint64 count;		/* how often, in this group */
	char *object;		/* what the page is part of: "free list, node 0 zone DMA order 3 movable" */
	char *expected, *seen;	/* (nullable) */
	const char *suppressed;	/* why it does not count; %NULL: it does */
	guint zone;		/* whose lists are at fault; ANZ_NO_ZONE: none's */
} AnzFinding;

/**
 * The reason for not counting what lists, counters and pages of live memory say together.  It stands only as long
 * as the zone was in use, see anz_findings_confirm().
 */
extern const char anz_finding_unsynchronised[];

/** What one rule did. */
typedef struct {
	guint64 evaluated;	/* times it was looked at */
	guint64 suppressed;	/* times it was broken but an exception applies */
	guint64 unreadable;	/* times what it looks at is not in the dump */
	guint64 findings;	/* times it was broken */
	guint listed, listed_suppressed;	/* groups in AnzFindings.found; neither keeps the other out */
	const char *note;	/* why it was not evaluated; %NULL */
} AnzRuleResult;

typedef struct {
	GArray *found;		/* AnzFinding */
	AnzRuleResult rules[ANZ_NR_RULES];
	GHashTable *groups;	/* rule and group -> index in found, plus one */
} AnzFindings;

AnzFindings *anz_findings_new(void);
void anz_findings_free(AnzFindings *findings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzFindings, anz_findings_free)

/**
 * anz_findings_add:
 * @group: findings of @rule with the same number have one cause
 * @suppressed: (nullable): static; why the finding does not count
 *
 * Counts a violation.
 *
 * Returns: (transfer none) (nullable): the finding, for its texts to be filled in; %NULL if it was only
 * counted.  Valid until the next call.
 */
AnzFinding *anz_findings_add(AnzFindings *findings, AnzRule rule, guint64 group, guint64 pfn,
			     guint64 address, const char *suppressed);

/**
 * anz_findings_confirm:
 * @again: of another look at the same live memory
 * @still: by zone, whether nothing changed in it since the first look began
 *
 * Leaves of what counts in @findings only what both looks found alike: at the same place, with the same
 * words.  What a look met halfway is not there the next time.  More than are listed cannot be told apart,
 * and are not counted any more.  What was suppressed because lists, counters and pages are not read at one moment
 * counts from now on if both looks found it alike and its zone was still.
 */
void anz_findings_confirm(AnzFindings *findings, const AnzFindings *again, const gboolean *still);
/** Whether there is anything that another look may make count, if it finds zones as @still. */
gboolean anz_findings_may_count(const AnzFindings *findings, const gboolean *still);
/** Whether there is anything that counts. */
gboolean anz_findings_any(const AnzFindings *findings);

#endif
