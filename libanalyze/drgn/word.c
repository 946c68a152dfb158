/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The word that names a drgn program on a command line. */
#include "drgn/drgn-source.h"

#include <string.h>

const char *anz_drgn_word(const char *word)
{
	return g_str_has_prefix(word, "drgn:") ? word + strlen("drgn:") : NULL;
}
