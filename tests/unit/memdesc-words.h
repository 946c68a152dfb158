/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats of memory-descriptor words as the built-in tables have them, without a kernel behind. */
#ifndef TESTS_MEMDESC_WORDS_H
#define TESTS_MEMDESC_WORDS_H

#include "kernel/memdesc-format.h"

/** @table: types of the words, as "wiki2025"; @buddy: links of free blocks, as "pfn8-zone". */
AnzMemdescFormat *test_memdesc_format(const char *table, const char *buddy);

#endif
