/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "pixels FILE": a small PNG as text, so that golden text can show pictures: a letter for each colour, in
 * the order of the letters' first pixels, then the letters and their colours.  "pixels FILE KEY": what its
 * text of that key says.
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#define MAX_COLOURS (sizeof(letters) - 1)

static unsigned int colours[MAX_COLOURS];
static unsigned int n_colours;

static char letter_of(const png_byte *rgb)
{
	unsigned int colour = (unsigned int)rgb[0] << 16 | (unsigned int)rgb[1] << 8 | rgb[2], i = 0;

	while (i < n_colours && colours[i] != colour)
		i++;
	if (i == MAX_COLOURS) {
		fprintf(stderr, "pixels: more than %zu colours\n", MAX_COLOURS);
		exit(1);
	}
	if (i == n_colours)
		colours[n_colours++] = colour;
	return letters[i];
}

static int print_text(const char *path, const char *key)
{
	png_struct *png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_info *info = png ? png_create_info_struct(png) : NULL;
	FILE *file = fopen(path, "rb");
	png_text *text;
	int n;

	if (!info || !file || setjmp(png_jmpbuf(png)))
		return 1;
	png_init_io(png, file);
	png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	n = png_get_text(png, info, &text, NULL);
	for (int i = 0; i < n; i++)
		if (!strcmp(text[i].key, key))
			puts(text[i].text);
	png_destroy_read_struct(&png, &info, NULL);
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	png_byte *rgb;

	if (argc == 3)
		return print_text(argv[1], argv[2]);
	if (argc != 2 || !png_image_begin_read_from_file(&image, argv[1])) {
		fprintf(stderr, "usage: pixels FILE.png: %s\n", image.message);
		return 2;
	}
	image.format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(image));
	if (!rgb || !png_image_finish_read(&image, NULL, rgb, 0, NULL)) {
		fprintf(stderr, "pixels: %s: %s\n", argv[1], image.message);
		return 1;
	}
	for (unsigned int y = 0; y < image.height; y++) {
		for (unsigned int x = 0; x < image.width; x++)
			putchar(letter_of(rgb + 3 * ((size_t)y * image.width + x)));
		putchar('\n');
	}
	for (unsigned int i = 0; i < n_colours; i++)
		printf("%c #%06x\n", letters[i], colours[i]);
	free(rgb);
	return 0;
}
