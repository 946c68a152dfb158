/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input as VMCOREINFO text, and as memory that is searched for it. */
#include "fuzz-image.h"

#include <string.h>

static void visit(const char *key, const char *value, gpointer data)
{
	if (!g_utf8_validate(key, -1, NULL) || !g_utf8_validate(value, -1, NULL) ||
	    strchr(value, '\n') || !*key)
		abort();
	++*(guint *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autoptr(AnzVmcoreinfo) info = anz_vmcoreinfo_parse((const char *)data, len);
	g_autofree guint8 *memory = g_malloc0(8192 + len);
	guint64 u;
	gint64 n;
	guint lines = 0;

	anz_vmcoreinfo_foreach(info, visit, &lines);
	if (anz_vmcoreinfo_is_empty(info) != (lines == 0))
		abort();
	anz_vmcoreinfo_number(info, "phys_base", &n);
	anz_vmcoreinfo_symbol(info, "swapper_pg_dir", &u);
	anz_vmcoreinfo_size(info, "page", &u);
	anz_vmcoreinfo_kernel_offset(info, &u);
	if (len)
		memcpy(memory + 4096, data, len);
	fuzz_image(memory, 8192 + len, "raw:input");
	return 0;
}
