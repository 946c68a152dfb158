/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of findings that are known and shall not count: "RULE PFN-OR-OBJECT REASON" a line. */
#ifndef CLI_SUPPRESSIONS_H
#define CLI_SUPPRESSIONS_H

#include "cli.h"

typedef struct Suppressions Suppressions;

/**
 * suppressions_read:
 * @path: (nullable): %NULL suppresses nothing
 *
 * Returns: %NULL with @error: not readable, or a line that is not understood.
 */
Suppressions *suppressions_read(const char *path, GError **error);
void suppressions_free(Suppressions *suppressions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suppressions, suppressions_free)

/** The reason why a finding does not count, or %NULL; @pfn: -1 none. */
const char *suppressions_match(const Suppressions *suppressions, const char *rule, gint64 pfn,
			       const char *object);

#endif
