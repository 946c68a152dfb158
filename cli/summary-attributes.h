/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The census by what the flags of a page's folio say, counted on the stored planes. */
#ifndef CLI_SUMMARY_ATTRIBUTES_H
#define CLI_SUMMARY_ATTRIBUTES_H

#include "output.h"

extern const Table attribute_table;

/** Words that --by takes for this, parted by blanks. */
#define ATTRIBUTE_WORDS "lru dirty mlocked mapped"

/** Whether @by is one of ATTRIBUTE_WORDS. */
gboolean is_attribute(const char *by);
gboolean print_attribute(Output *out, AnzStore *store, const char *by, GError **error);

#endif
