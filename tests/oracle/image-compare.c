/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image-compare A -- B...: two dumps of one stop, frame by frame through our reader.
 *
 * Contents must be equal wherever both have them; prints how many frames are only in one.  Exit: 0
 * no content differs, 1 some does, 2 cannot open.
 */
#include "image/image.h"
#include "image/vmcoreinfo.h"

#include <stdio.h>
#include <string.h>

static AnzImage *open_image(char **paths, guint nr)
{
	g_auto(GStrv) list = g_new0(char *, nr + 1);
	g_autoptr(GError) error = NULL;
	AnzImage *image;

	for (guint i = 0; i < nr; i++)
		list[i] = g_strdup(paths[i]);
	image = anz_image_open((const char *const *)list, NULL, &error);
	if (!image)
		fprintf(stderr, "%s\n", error->message);
	return image;
}

int main(int argc, char **argv)
{
	guint64 tally[ANZ_MEM_ABSENT + 1][ANZ_MEM_ABSENT + 1] = { { 0 } }, wrong = 0, end;
	g_autoptr(AnzImage) a = NULL, b = NULL;
	g_autofree guint8 *pa = NULL, *pb = NULL;
	int cut = 1;
	gsize page;

	while (cut < argc && strcmp(argv[cut], "--") != 0)
		cut++;
	if (cut == 1 || cut + 1 >= argc) {
		fprintf(stderr, "usage: image-compare A... -- B...\n");
		return 2;
	}
	a = open_image(argv + 1, cut - 1);
	b = open_image(argv + cut + 1, argc - cut - 1);
	if (!a || !b)
		return 2;
	if (anz_image_page_shift(a) != anz_image_page_shift(b)) {
		printf("page sizes differ\n");
		return 1;
	}
	page = (gsize)1 << anz_image_page_shift(a);
	pa = g_malloc(page);
	pb = g_malloc(page);
	end = MAX(anz_image_max_pfn(a), anz_image_max_pfn(b));
	for (guint64 pfn = 0; pfn < end; pfn++) {
		AnzMemState sa = anz_image_pfn_state(a, pfn), sb = anz_image_pfn_state(b, pfn);
		gsize ga, gb;

		tally[sa][sb]++;
		if (sa != ANZ_MEM_PRESENT || sb != ANZ_MEM_PRESENT)
			continue;
		ga = anz_image_read_phys(a, pfn * page, pa, page, NULL);
		gb = anz_image_read_phys(b, pfn * page, pb, page, NULL);
		if ((ga != gb || memcmp(pa, pb, ga) != 0) && wrong++ < 20)
			printf("frame 0x%" G_GINT64_MODIFIER "x: contents differ\n", pfn);
	}
	for (guint i = 0; i <= ANZ_MEM_ABSENT; i++)
		for (guint k = 0; k <= ANZ_MEM_ABSENT; k++) {
			static const char *const names[] = { "present", "excluded", "lost",
							     "absent" };

			if (tally[i][k])
				printf("%10" G_GUINT64_FORMAT " frames %s in A, %s in B\n",
				       tally[i][k], names[i], names[k]);
		}
	printf("%s: %" G_GUINT64_FORMAT " frames with different contents\n",
	       wrong ? "FAILED" : "ok", wrong);
	return wrong != 0;
}
