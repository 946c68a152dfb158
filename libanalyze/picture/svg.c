/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SVG: the picture as PNG within, addresses and legend around it as text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "picture/colour.h"
#include "picture/picture-private.h"

#define RULER_PX 110		/* room for addresses */
#define LEGEND_PX 240
#define LINE_PX 18
#define SWATCH_PX 14

/* --- what stands around the picture --- */

typedef struct {
	const AnzPicture *picture;
	FILE *file;
	guint x, line;		/* of the legend */
} Svg;

/* "1.5 GiB" */
static char *size_words(guint64 bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	guint unit = 0;

	for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
		value /= 1024;
	return g_strdup_printf("%.*f %s", unit ? 1 : 0, value, units[unit]);
}

/* Each pattern of the page as an SVG pattern with its lines' pixels, for swatches. */
static void write_pattern(const Svg *svg, guint id, guint32 colour, AnzPattern pattern)
{
	fprintf(svg->file, "<pattern id=\"p%u\" width=\"4\" height=\"4\" "
		"patternUnits=\"userSpaceOnUse\"><rect width=\"4\" height=\"4\" "
		"fill=\"#%06x\"/>", id, colour & 0xffffff);
	for (guint i = 0; i < 16; i++)
		if (anz_pattern_at(pattern, i & 3, i >> 2))
			fprintf(svg->file, "<rect x=\"%u\" y=\"%u\" width=\"1\" height=\"1\" "
				"fill=\"#%06x\"/>", i & 3, i >> 2, anz_pattern_ink(colour));
	fputs("</pattern>\n", svg->file);
}

static void write_entry(Svg *svg, guint32 colour, AnzPattern pattern, const char *words)
{
	g_autofree char *escaped = g_markup_escape_text(words, -1);
	g_autofree char *fill = pattern ? g_strdup_printf("url(#p%u)", svg->line) :
		g_strdup_printf("#%06x", colour & 0xffffff);
	guint y = svg->line * LINE_PX;

	if (pattern)
		write_pattern(svg, svg->line, colour, pattern);
	fprintf(svg->file, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" fill=\"%s\" "
		"stroke=\"#808080\" stroke-width=\"0.5\"/>\n<text x=\"%u\" y=\"%u\">%s</text>\n",
		svg->x, y, SWATCH_PX, SWATCH_PX, fill, svg->x + 20, y + 11, escaped);
	svg->line++;
}

/* Where each row of tiles begins. */
static void write_ruler(const Svg *svg, int zoom, gint64 top, guint height, guint64 page_size)
{
	const AnzGeometry *geometry = svg->picture->geometry;
	const double side = ldexp(256, zoom);
	guint64 step = 1;

	while (side * step < 16)
		step *= 2;
	for (guint64 row = 0; row < anz_geometry_rows(geometry); row += step) {
		double y = side * row - top;

		if (y < 0 || y >= height)
			continue;
		fprintf(svg->file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">0x%" G_GINT64_MODIFIER
			"x</text>\n", RULER_PX - 6, y + 11,
			anz_geometry_row_pfn(geometry, row) * page_size);
	}
}

static gboolean write_legend(Svg *svg, GError **error)
{
	const AnzPictureStyle *style = &svg->picture->style;
	AnzLegendEntry entries[ANZ_LEGEND_MAX];
	guint n = anz_picture_legend(style, entries);
	g_autoptr(AnzQuery) query = anz_store_query(svg->picture->store,
		"SELECT c.number, c.name, k.bytes FROM classes k JOIN page_class c ON c.name = k.class "
		"WHERE k.snapshot = :snapshot ORDER BY c.number", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	for (guint i = 0; i < n; i++)
		write_entry(svg, entries[i].colour, entries[i].pattern, entries[i].words);
	svg->line += n > 0;
	while (anz_query_next(query, &err)) {
		g_autofree char *size = size_words((guint64)anz_query_int(query, 2));
		g_autofree char *words = g_strdup_printf("%s, %s", anz_query_text(query, 1), size);
		guint64 c = (guint64)anz_query_int(query, 0);

		if (c < ANZ_NR_CLASSES)
			write_entry(svg, style->colours[c],
				    anz_palette_pattern(style->palette, (AnzPageClass)c), words);
	}
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

static gboolean read_page_size(AnzStore *store, guint64 *bytes, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT page_size FROM snapshot WHERE id = :snapshot", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*bytes = (guint64)anz_query_int(query, 0);
	return TRUE;
}

/* --- the document --- */

/* The PNG, base64. */
static char *encode_picture(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			    guint height, const gint *cancel, GError **error)
{
	char *png = NULL, *base64 = NULL;
	gsize len = 0;
	FILE *memory = open_memstream(&png, &len);
	gboolean ok = memory && anz_picture_write_png(picture, zoom, x, y, width, height, memory, NULL,
						      cancel, error);

	if (!memory)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "there is no memory for the picture");
	else if (fclose(memory) && ok)
		ok = FALSE;
	if (ok)
		base64 = g_base64_encode((const guchar *)png, len);
	free(png);
	return base64;
}

gboolean anz_picture_write_svg(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			       guint height, FILE *file, const char *title, const gint *cancel,
			       GError **error)
{
	Svg svg = { .picture = picture, .file = file, .x = RULER_PX + width + 12 };
	g_autofree char *base64 = NULL, *escaped = g_markup_escape_text(title, -1);
	guint64 page_size;

	if ((guint64)width * height > ANZ_SVG_MAX_PIXELS) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "an SVG of %u x %u pixels is not made; choose a smaller zoom or size, or PNG",
			    width, height);
		return FALSE;
	}
	if (!read_page_size(picture->store, &page_size, error))
		return FALSE;
	base64 = encode_picture(picture, zoom, x, y, width, height, cancel, error);
	if (!base64)
		return FALSE;
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"font-family=\"sans-serif\" font-size=\"11\">\n<title>%s</title>\n"
		"<image x=\"%d\" width=\"%u\" height=\"%u\" href=\"data:image/png;base64,%s\"/>\n",
		svg.x + LEGEND_PX,
		MAX(height, LINE_PX * (ANZ_NR_CLASSES + ANZ_LEGEND_MAX + 1)), escaped, RULER_PX, width,
		height, base64);
	write_ruler(&svg, zoom, y, height, page_size);
	if (!write_legend(&svg, error))
		return FALSE;
	fputs("</svg>\n", file);
	return TRUE;
}
