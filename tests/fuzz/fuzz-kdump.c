/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input as a kdump-compressed dump: its head is put right, so that no input is wasted on it. */
#include "fuzz-image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autofree guint8 *copy = g_memdup2(data, len);

	if (len >= 8)
		memcpy(copy, "KDUMP   ", 8);
	fuzz_image(copy, len, "input");
	return 0;
}
