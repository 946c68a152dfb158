/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input as a flattened dump: the 4096-byte header is put before it, and what it holds is read
 * through the index as ELF or kdump, whichever its first record says.
 */
#include "fuzz-image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autofree guint8 *copy = g_malloc0(4096 + len);

	/* Seeds are whole flattened files. */
	if (len >= 4096 && memcmp(data, "makedumpfile", 12) == 0) {
		fuzz_image(data, len, "input");
		return 0;
	}
	memcpy(copy, "makedumpfile", 12);
	copy[23] = copy[31] = 1;
	if (len)
		memcpy(copy + 4096, data, len);
	fuzz_image(copy, 4096 + len, len % 2 ? "input" : "raw:input");
	return 0;
}
