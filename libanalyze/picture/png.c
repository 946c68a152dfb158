/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PNG, band by band.  libpng leaves its functions by longjmp() on an error; so that no variable of ours
 * is ever caught between, all calls are in functions that hold nothing but the writer.
 */
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include <analyze/picture.h>

#define BAND_ROWS 256
#define MAX_SIDE 1000000

typedef struct {
	png_structp png;
	png_infop info;
	char message[160];
} Writer;

static void remember_error(png_structp png, png_const_charp message)
{
	Writer *w = png_get_error_ptr(png);

	g_strlcpy(w->message, message, sizeof(w->message));
	png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message)
{
}

static gboolean begin(Writer *w, FILE *file, guint width, guint height, png_text *text, int n_text)
{
	if (setjmp(png_jmpbuf(w->png)))
		return FALSE;
	png_init_io(w->png, file);
	png_set_user_limits(w->png, MAX_SIDE, MAX_SIDE);
	png_set_IHDR(w->png, w->info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	/* areas of one colour: neighbours repeat, differences do not */
	png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE | PNG_FILTER_UP);
	png_set_compression_level(w->png, 6);
	if (n_text)
		png_set_text(w->png, w->info, text, n_text);
	png_write_info(w->png, w->info);
	return TRUE;
}

static gboolean write_row(Writer *w, const guint8 *rgb)
{
	if (setjmp(png_jmpbuf(w->png)))
		return FALSE;
	png_write_row(w->png, rgb);
	return TRUE;
}

static gboolean finish(Writer *w)
{
	if (setjmp(png_jmpbuf(w->png)))
		return FALSE;
	png_write_end(w->png, w->info);
	return TRUE;
}

static void to_rgb(const guint32 *pixels, guint width, guint8 *rgb)
{
	for (guint x = 0; x < width; x++) {
		rgb[3 * x] = (guint8)(pixels[x] >> 16);
		rgb[3 * x + 1] = (guint8)(pixels[x] >> 8);
		rgb[3 * x + 2] = (guint8)pixels[x];
	}
}

static gboolean png_failed(const Writer *w, GError **error)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot write the PNG: %s",
		    *w->message ? w->message : "libpng gave up");
	return FALSE;
}

static gboolean write_bands(Writer *w, AnzPicture *picture, int zoom, gint64 x, gint64 y,
			    guint width, guint height, const gint *cancel, GError **error)
{
	/* wider than is painted at once: a band of several pieces */
	const guint piece = 65536;
	guint rows = MIN(height, BAND_ROWS);
	g_autofree guint32 *band = g_try_new(guint32, (gsize)width * rows);
	g_autofree guint8 *rgb = g_try_malloc((gsize)width * 3);

	if (!band || !rgb) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "there is no memory for a picture %u pixels wide", width);
		return FALSE;
	}
	for (guint top = 0; top < height; top += rows) {
		guint some = MIN(rows, height - top);

		for (guint left = 0; left < width; left += piece)
			if (!anz_picture_paint(picture, zoom, x + left, y + top,
					       MIN(piece, width - left), some, band + left, width,
					       cancel, error))
				return FALSE;
		for (guint row = 0; row < some; row++) {
			to_rgb(band + (gsize)row * width, width, rgb);
			if (!write_row(w, rgb))
				return png_failed(w, error);
		}
	}
	return TRUE;
}

static png_text *convert_text(const AnzPngText *text, int *n)
{
	png_text *out;

	*n = 0;
	while (text && text[*n].key)
		++*n;
	out = g_new0(png_text, *n + 1);
	for (int i = 0; i < *n; i++) {
		out[i].compression = PNG_ITXT_COMPRESSION_NONE;
		out[i].key = (char *)text[i].key;
		out[i].text = (char *)text[i].text;
		out[i].itxt_length = strlen(text[i].text);
	}
	return out;
}

gboolean anz_picture_write_png(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			       guint height, FILE *file, const AnzPngText *text,
			       const gint *cancel, GError **error)
{
	g_autofree png_text *texts = NULL;
	Writer w = { 0 };
	gboolean ok;
	int n_text;

	if (!width || !height || width > MAX_SIDE || height > MAX_SIDE ||
	    (guint64)width * height > ANZ_PNG_MAX_PIXELS) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "a PNG of %u x %u pixels is not made; choose a smaller zoom or size", width,
			    height);
		return FALSE;
	}
	w.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w, remember_error, ignore_warning);
	w.info = w.png ? png_create_info_struct(w.png) : NULL;
	if (!w.info) {
		png_destroy_write_struct(&w.png, NULL);
		return png_failed(&w, error);
	}
	texts = convert_text(text, &n_text);
	ok = begin(&w, file, width, height, texts, n_text) ? TRUE : png_failed(&w, error);
	ok = ok && write_bands(&w, picture, zoom, x, y, width, height, cancel, error);
	if (ok && !finish(&w))
		ok = png_failed(&w, error);
	png_destroy_write_struct(&w.png, &w.info);
	return ok;
}
