/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input as an ELF dump: its head is put right, so that no input is wasted on it.  Or as LiME has it. */
#include "fuzz-image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autofree guint8 *copy = g_memdup2(data, len);

	if (len >= 18 && memcmp(data, "EMiL", 4) != 0) {
		memcpy(copy, "\x7f" "ELF", 4);
		if (copy[5] == 2)
			memcpy(copy + 16, "\0\4", 2);
		else
			memcpy(copy + 16, "\4\0", 2);
	}
	fuzz_image(copy, len, "input");
	return 0;
}
