/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A raw sample that is patched and analysed again and again. */
#ifndef TESTS_CHECK_ANALYSED_H
#define TESTS_CHECK_ANALYSED_H

#include <analyze/analyze.h>

typedef struct {
	char *folder, *raw, *vmlinux, *vmcoreinfo;
	guint8 *bytes;		/* the dump, mapped */
	gsize len;
} Sample;

/** Makes the machine of @recipe with @mkcore in a private folder. */
Sample *sample_make(const char *mkcore, const char *recipe);
void sample_free(Sample *sample);

/** One row of findings. */
typedef struct {
	char *rule;
	gint64 pfn;	/* -1: none */
	char *text;	/* for people */
} Found;

/**
 * Analyses the sample as it is now.
 * @evaluated: (nullable): takes the ids of rules that looked at something
 *
 * Returns: (transfer full): array of Found, those that count; %NULL if the analysis fails with an error,
 * which is printed if @loud.
 */
GArray *sample_check(Sample *sample, GHashTable *evaluated, gboolean loud);

#endif
