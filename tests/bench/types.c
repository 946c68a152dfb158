/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long loading types takes: opening the vmlinux and resolving everything of the kernel that an
 * analysis needs, symbols included.  Without a vmlinux: from the BTF and kallsyms in the dump.
 *
 *	bench-types DUMP [VMLINUX]
 *
 * Prints seconds.  A process measures once, because the second time everything is cached in it.
 */
#include <stdio.h>

#include "kernel/kernel.h"

int main(int argc, char **argv)
{
	const char *dump[] = { argc > 1 ? argv[1] : NULL, NULL };
	const char *files[] = { argc > 2 ? argv[2] : NULL, NULL };
	const char *const nowhere[] = { NULL };
	AnzTypesOptions options = { .files = files, .search_dirs = nowhere };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = NULL;
	g_autoptr(AnzTypes) types = NULL;
	g_autoptr(AnzKernel) kernel = NULL;
	gint64 start = 0;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: bench-types DUMP [VMLINUX]\n");
		return 2;
	}
	image = anz_image_open(dump, NULL, &error);
	if (image) {
		options.build_id = anz_vmcoreinfo_line(anz_image_vmcoreinfo(image), "BUILD-ID");
		options.image = image;
		start = g_get_monotonic_time();
		types = anz_types_open(&options, &error);
		if (types)
			kernel = anz_kernel_open(image, types, NULL, &error);
	}
	if (!kernel) {
		fprintf(stderr, "bench-types: %s\n", error->message);
		return 1;
	}
	printf("%.4f\n", (g_get_monotonic_time() - start) / 1e6);
	return 0;
}
