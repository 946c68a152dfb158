/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "swatch.h"

GtkWidget *mdv_swatch_new(void)
{
	GtkWidget *swatch = gtk_picture_new();

	gtk_widget_set_size_request(swatch, MDV_SWATCH_WIDTH, MDV_SWATCH_HEIGHT);
	gtk_widget_set_valign(swatch, GTK_ALIGN_CENTER);
	gtk_widget_set_halign(swatch, GTK_ALIGN_CENTER);
	return swatch;
}

void mdv_swatch_set(GtkWidget *swatch, guint32 colour, AnzPattern pattern)
{
	const gsize n = MDV_SWATCH_WIDTH * MDV_SWATCH_HEIGHT;
	guint32 *pixels = g_new(guint32, n);
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GdkTexture) texture = NULL;

	for (gsize i = 0; i < n; i++)
		pixels[i] = anz_pattern_pixel(0xff000000u | colour, pattern, (gint64)(i % MDV_SWATCH_WIDTH),
					      (gint64)(i / MDV_SWATCH_WIDTH));
	bytes = g_bytes_new_take(pixels, n * sizeof(*pixels));
	texture = gdk_memory_texture_new(MDV_SWATCH_WIDTH, MDV_SWATCH_HEIGHT, GDK_MEMORY_DEFAULT, bytes,
					 MDV_SWATCH_WIDTH * sizeof(*pixels));
	gtk_picture_set_paintable(GTK_PICTURE(swatch), GDK_PAINTABLE(texture));
}
