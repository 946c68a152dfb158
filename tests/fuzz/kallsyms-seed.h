/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input of fuzz-kallsyms: this, then the names, the tokens, the offsets. */
#ifndef TESTS_FUZZ_KALLSYMS_SEED_H
#define TESTS_FUZZ_KALLSYMS_SEED_H

#include "kallsyms-writer.h"

typedef struct {
	guint8 encoding;	/* KallsymsEncoding */
	guint8 big_endian;
	guint16 nr_symbols;
	guint16 names_len;
	guint16 tokens_len;
	guint8 token_index[512];
} KallsymsSeed;

#endif
