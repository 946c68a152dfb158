/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the struct page array as the analysis does, but only adds its words up. */
#include "plain-pass.h"

#include "pages/records.h"

typedef struct {
	guint stride;
	guint64 sum, bytes;
} Pass;

static void add_up(guint64 pfn, guint nr, const guint8 *records, guint64 address, gpointer data)
{
	Pass *pass = data;

	(void)pfn;
	(void)address;
	for (gsize i = 0; i < (gsize)nr * pass->stride; i += 8)
		pass->sum += anz_load64(records + i, FALSE);
	pass->bytes += (gsize)nr * pass->stride;
}

double plain_pass(const char *dump, const char *vmlinux, guint64 *bytes)
{
	const char *paths[] = { dump, NULL }, *files[] = { vmlinux, NULL };
	AnzImageOptions image_options = { 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = anz_image_open(paths, &image_options, &error);
	AnzTypesOptions types_options = { .files = files, .dump_name = dump };
	g_autoptr(AnzTypes) types = NULL;
	g_autoptr(AnzKernel) kernel = NULL;
	AnzRecordBuffer buffer = { 0 };
	Pass pass = { 0 };
	AnzRecordFuncs funcs = { .present = add_up, .data = &pass };
	gint64 began;

	if (image) {
		const AnzVmcoreinfo *info = anz_image_vmcoreinfo(image);

		types_options.build_id = anz_vmcoreinfo_line(info, "BUILD-ID");
		types_options.release = anz_vmcoreinfo_line(info, "OSRELEASE");
		types = anz_types_open(&types_options, &error);
	}
	if (types)
		kernel = anz_kernel_open(image, types, NULL, &error);
	if (!kernel)
		g_error("%s: %s", dump, error->message);
	pass.stride = kernel->format.stride;
	began = g_get_monotonic_time();
	for (guint64 tile = 0; tile << 16 < kernel->max_pfn; tile++)
		anz_records_read(kernel, image, tile, &buffer, &funcs);
	g_free(buffer.bytes);
	*bytes = pass.bytes;
	/* Said, so that the loop is not left out. */
	g_debug("sum %" G_GINT64_MODIFIER "x", pass.sum);
	return (g_get_monotonic_time() - began) / 1e6;
}
