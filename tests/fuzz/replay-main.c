/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A main() for fuzz targets where there is no libFuzzer.
 *
 *	fuzz-TARGET FILE...				calls the target with each file
 *	fuzz-TARGET --seconds N [--seed S] DIR...	all files of the folders, then changed copies
 *							of them for N seconds
 *
 * The changes are those that find most: bits flipped, bytes and words set to extremes, pieces
 * copied, cut out, and joined from two files.  The same seed makes the same inputs in the same
 * order.  Before each call the input's number goes to a slot that a crash prints, and with --keep
 * FILE the input itself is written there first, so a crash can be replayed.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_INPUT ((gsize)4 << 20)

static guint64 random_state;

static guint64 next_random(void)
{
	/* xorshift64* (Vigna) */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * G_GUINT64_CONSTANT(0x2545f4914f6cdd1d);
}

static gsize below(gsize n)
{
	return n ? next_random() % n : 0;
}

static void load_file(GPtrArray *corpus, const char *path)
{
	char *bytes;
	gsize len;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &bytes, &len, &error)) {
		fprintf(stderr, "%s\n", error->message);
		exit(2);
	}
	if (len <= LARGEST_INPUT)
		g_ptr_array_add(corpus, g_bytes_new_take(bytes, len));
	else
		g_free(bytes);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void load(GPtrArray *corpus, const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (!dir) {
		load_file(corpus, path);
		return;
	}
	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_build_filename(path, name, NULL));
	/* Folders come in any order; runs must not. */
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++)
		if (g_file_test(names->pdata[i], G_FILE_TEST_IS_REGULAR))
			load_file(corpus, names->pdata[i]);
}

/* Half of the changes go near the front: that is where headers are. */
static gsize position(const GByteArray *b)
{
	return next_random() & 1 ? below(MIN(b->len, 512)) : below(b->len);
}

static void set_word(GByteArray *b)
{
	static const guint64 extremes[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff, G_MAXINT64, G_MAXUINT64, 0x100000000,
		(guint64)1 << 52, G_MAXUINT64 - 4095 };
	guint64 v = next_random() % 3 ? extremes[below(G_N_ELEMENTS(extremes))] :
		    below(b->len + 16);
	gsize size = (gsize)1 << below(4), at;

	if (b->len < size)
		return;
	at = position(b);
	if (next_random() & 3)
		at &= ~(size - 1);
	if (at > b->len - size)
		at = b->len - size;
	if (next_random() & 1)
		v = GUINT64_SWAP_LE_BE(v) >> (64 - 8 * size);
	memcpy(b->data + at, &v, size);
}

static void mutate(GByteArray *b, const GPtrArray *corpus)
{
	for (guint n = 1 + below(1 + below(8)); n > 0; n--) {
		gsize at, len;

		if (b->len == 0)
			return;
		at = position(b);
		switch (below(7)) {
		case 0:
		case 1:
			b->data[at] ^= 1 << below(8);
			break;
		case 2:
			b->data[at] = next_random();
			break;
		case 3:
			set_word(b);
			break;
		case 4:		/* a piece over another place */
			len = below(MIN(b->len - at, 64)) + 1;
			len = MIN(len, b->len - at);
			memmove(b->data + below(b->len - len + 1), b->data + at, len);
			break;
		case 5:		/* cut out, or cut off */
			if (next_random() & 1)
				g_byte_array_set_size(b, at);
			else
				g_byte_array_remove_range(b, at, below(MIN(b->len - at, 256)));
			break;
		default: {	/* the end of another input */
			gsize other_len;
			const guint8 *other = g_bytes_get_data(
				corpus->pdata[below(corpus->len)], &other_len);

			if (other_len <= at || next_random() % 4)
				break;
			g_byte_array_set_size(b, at);
			g_byte_array_append(b, other + at, other_len - at);
			break;
		}
		}
	}
}

/* For a crash of this process, not of the machine: to wait for the disk would take most of the time. */
static void keep_input(int fd, const guint8 *data, gsize len)
{
	if (pwrite(fd, data, len, 0) != (gssize)len || ftruncate(fd, (off_t)len)) {
		perror("--keep");
		exit(2);
	}
}

/* A copy of exact size, so that the sanitizer sees a byte too far. */
static void call(const guint8 *data, gsize len, int keep_fd)
{
	g_autofree guint8 *copy = g_malloc(len + !len);

	if (len)
		memcpy(copy, data, len);
	if (keep_fd >= 0)
		keep_input(keep_fd, data, len);
	LLVMFuzzerTestOneInput(copy, len);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) corpus = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_bytes_unref);
	gdouble seconds = 0;
	guint64 seed = 1, count = 0, slow = 0;
	const char *keep = NULL;
	int keep_fd = -1;
	gint64 end;
	int i;

	for (i = 1; i + 1 < argc && g_str_has_prefix(argv[i], "--"); i += 2) {
		if (strcmp(argv[i], "--seconds") == 0)
			seconds = g_ascii_strtod(argv[i + 1], NULL);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = g_ascii_strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--keep") == 0)
			keep = argv[i + 1];
		else
			break;
	}
	if (i >= argc || g_str_has_prefix(argv[i], "--")) {
		fprintf(stderr, "usage: %s [--seconds N] [--seed S] [--keep FILE] "
			"FILE-OR-FOLDER...\n", argv[0]);
		return 2;
	}
	keep_fd = keep ? open(keep, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
	if (keep && keep_fd < 0) {
		perror(keep);
		return 2;
	}
	for (; i < argc; i++)
		load(corpus, argv[i]);
	if (corpus->len == 0) {
		fprintf(stderr, "no input found\n");
		return 2;
	}
	for (guint k = 0; k < corpus->len; k++) {
		gsize len;
		const guint8 *data = g_bytes_get_data(corpus->pdata[k], &len);

		call(data, len, keep_fd);
	}
	random_state = seed * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) | 1;
	end = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
	while (seconds > 0 && g_get_monotonic_time() < end) {
		gint64 before = g_get_monotonic_time();
		g_autoptr(GByteArray) b = g_byte_array_new();
		gsize len;
		const guint8 *data = g_bytes_get_data(corpus->pdata[below(corpus->len)], &len);

		g_byte_array_append(b, data, len);
		mutate(b, corpus);
		call(b->data, b->len, keep_fd);
		count++;
		slow = MAX(slow, (guint64)(g_get_monotonic_time() - before));
	}
	printf("%u inputs, %" G_GUINT64_FORMAT " changed ones (seed %" G_GUINT64_FORMAT
	       "), slowest %" G_GUINT64_FORMAT " ms\n", corpus->len, count, seed, slow / 1000);
	return 0;
}
