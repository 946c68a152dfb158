/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <analyze/error.h>
#include <glib/gstdio.h>

/* The first room of a spool; each further one doubles it. */
#define LEAST_BYTES 4096
#define PIECE_BYTES (4u << 20)	/* between two looks whether to go on */
/* What is sorted at a time, in elements; scratch for that is not counted. */
#define SORT_BLOCK 16384u

struct AnzSpoolRoom {
	gatomicrefcount references;
	guint64 budget, in_memory, in_files;	/* bytes */
	char *folder;
	char *trouble;
	const gint *cancel;
};

typedef struct {
	AnzSpool spool;		/* first: what the user has */
	AnzSpoolRoom *room;
	guint element_bytes;
	gsize capacity;		/* bytes */
	int fd;			/* -1: in memory */
} Spool;

AnzSpoolRoom *anz_spool_room_new(guint64 budget_bytes)
{
	AnzSpoolRoom *room = g_new0(AnzSpoolRoom, 1);

	g_atomic_ref_count_init(&room->references);
	room->budget = budget_bytes;
	return room;
}

void anz_spool_room_unref(AnzSpoolRoom *room)
{
	if (!g_atomic_ref_count_dec(&room->references))
		return;
	g_free(room->folder);
	g_free(room->trouble);
	g_free(room);
}

void anz_spool_room_set_folder(AnzSpoolRoom *room, const char *folder)
{
	g_free(room->folder);
	room->folder = g_strdup(folder);
}

void anz_spool_room_set_cancel(AnzSpoolRoom *room, const gint *cancel)
{
	room->cancel = cancel;
}

guint64 anz_spool_room_memory_bytes(const AnzSpoolRoom *room)
{
	return room->in_memory;
}

guint64 anz_spool_room_file_bytes(const AnzSpoolRoom *room)
{
	return room->in_files;
}

const char *anz_spool_room_trouble(const AnzSpoolRoom *room)
{
	return room->trouble;
}

AnzSpool *anz_spool_new(AnzSpoolRoom *room, guint element_bytes)
{
	Spool *s = g_new0(Spool, 1);

	if (room)
		g_atomic_ref_count_inc(&room->references);
	s->room = room ? room : anz_spool_room_new(G_MAXUINT64);
	s->element_bytes = element_bytes;
	s->fd = -1;
	return &s->spool;
}

/* Gives back what holds the elements. */
static void let_go(Spool *s)
{
	if (s->fd >= 0) {
		munmap(s->spool.data, s->capacity);
		close(s->fd);
		s->room->in_files -= s->capacity;
	} else {
		g_free(s->spool.data);
		s->room->in_memory -= s->capacity;
	}
	s->spool.data = NULL;
	s->capacity = 0;
	s->fd = -1;
}

void anz_spool_clear(AnzSpool *spool)
{
	let_go((Spool *)spool);
	spool->len = 0;
}

void anz_spool_free(AnzSpool *spool)
{
	Spool *s = (Spool *)spool;

	if (!spool)
		return;
	let_go(s);
	anz_spool_room_unref(s->room);
	g_free(s);
}

/* A file that nobody else sees, or -1 with errno. */
static int make_file(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, ".memdesc-XXXXXX", NULL);
	int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		g_unlink(path);
	return fd;
}

/* Blocks of the file are there before they are written to, for a full disk cannot be told to a mapping. */
static gboolean grow_file(int fd, gsize from, gsize to)
{
	int failed;

	do
		failed = posix_fallocate(fd, from, to - from);
	while (failed == EINTR);
	errno = failed;
	return !failed;
}

/* By the file: a mapping would take a fault for every page. */
static gboolean write_file(int fd, const char *bytes, gsize nr, const gint *cancel)
{
	gsize done = 0;

	while (done < nr) {
		gssize n = pwrite(fd, bytes + done, MIN(nr - done, PIECE_BYTES), done);

		if (n < 0 && errno != EINTR)
			return FALSE;
		done += MAX(n, 0);
		if (anz_is_cancelled(cancel)) {
			errno = ECANCELED;
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean into_file(Spool *s, gsize capacity)
{
	/* Where files of some size are expected, unlike in /tmp. */
	const char *folder = s->room->folder ? s->room->folder : "/var/tmp";
	int fd = make_file(folder);
	char *data = MAP_FAILED;

	if (fd >= 0 && grow_file(fd, 0, capacity) &&
	    write_file(fd, s->spool.data, (gsize)s->spool.len * s->element_bytes,
		       s->room->cancel))
		data = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED) {
		if (!s->room->trouble)
			s->room->trouble = g_strdup_printf("%s: %s", folder, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return FALSE;
	}
	let_go(s);
	s->spool.data = data;
	s->fd = fd;
	s->capacity = capacity;
	s->room->in_files += capacity;
	return TRUE;
}

static gboolean longer_file(Spool *s, gsize capacity)
{
	char *data = grow_file(s->fd, s->capacity, capacity) ?
		     mremap(s->spool.data, s->capacity, capacity, MREMAP_MAYMOVE) : MAP_FAILED;

	if (data == MAP_FAILED) {
		if (!s->room->trouble)
			s->room->trouble = g_strdup(g_strerror(errno));
		return FALSE;
	}
	s->spool.data = data;
	s->room->in_files += capacity - s->capacity;
	s->capacity = capacity;
	return TRUE;
}

/* Back, for the disk is full. */
static void into_memory(Spool *s, gsize capacity)
{
	char *data = g_malloc(capacity);

	memcpy(data, s->spool.data, (gsize)s->spool.len * s->element_bytes);
	let_go(s);
	s->spool.data = data;
	s->capacity = capacity;
	s->room->in_memory += capacity;
}

static void make_room(Spool *s, gsize bytes)
{
	AnzSpoolRoom *room = s->room;
	gsize capacity = MAX(s->capacity, LEAST_BYTES);

	if (bytes <= s->capacity)
		return;
	while (capacity < bytes)
		capacity *= 2;
	if (s->fd >= 0) {
		if (!longer_file(s, capacity))
			into_memory(s, capacity);
		return;
	}
	/* One page is less than its file would take. */
	if (capacity > LEAST_BYTES && room->in_memory - s->capacity + capacity > room->budget &&
	    into_file(s, capacity))
		return;
	s->spool.data = g_realloc(s->spool.data, capacity);
	room->in_memory += capacity - s->capacity;
	s->capacity = capacity;
}

void anz_spool_append(AnzSpool *spool, gconstpointer elements, guint nr)
{
	Spool *s = (Spool *)spool;

	if (!nr)
		return;
	if (nr > G_MAXUINT - spool->len)
		g_error("more elements than can be counted");
	make_room(s, ((gsize)spool->len + nr) * s->element_bytes);
	memcpy(spool->data + (gsize)spool->len * s->element_bytes, elements,
	       (gsize)nr * s->element_bytes);
	spool->len += nr;
}

void anz_spool_set_len(AnzSpool *spool, guint len)
{
	Spool *s = (Spool *)spool;

	if (len > spool->len) {
		make_room(s, (gsize)len * s->element_bytes);
		memset(spool->data + (gsize)spool->len * s->element_bytes, 0,
		       (gsize)(len - spool->len) * s->element_bytes);
	}
	spool->len = len;
}

/* Two neighbouring sorted stretches of @from, [low, middle) and [middle, high), to the same place of @to. */
static void merge(const Spool *from, Spool *to, gsize low, gsize middle, gsize high,
		  GCompareDataFunc compare, gpointer data)
{
	const gsize bytes = from->element_bytes;
	const char *left = from->spool.data + low * bytes, *left_end = from->spool.data + middle * bytes;
	const char *right = left_end, *right_end = from->spool.data + high * bytes;
	char *out = to->spool.data + low * bytes;

	/* Mostly they are in order as they stand. */
	if (left < left_end && right < right_end && compare(right - bytes, right, data) > 0)
		while (left < left_end && right < right_end) {
			const char **first = compare(left, right, data) <= 0 ? &left : &right;

			memcpy(out, *first, bytes);
			*first += bytes;
			out += bytes;
		}
	memcpy(out, left, left_end - left);
	memcpy(out + (left_end - left), right, right_end - right);
}

static gboolean is_sorted(const Spool *s, GCompareDataFunc compare, gpointer data)
{
	const gsize bytes = s->element_bytes;

	for (gsize i = 1; i < s->spool.len; i++)
		if (compare(s->spool.data + (i - 1) * bytes, s->spool.data + i * bytes, data) > 0)
			return FALSE;
	return TRUE;
}

/* Blocks first, then these are merged, two at a time, into a spool of the same length and back. */
void anz_spool_sort(AnzSpool *spool, GCompareDataFunc compare, gpointer data)
{
	Spool *s = (Spool *)spool;
	g_autoptr(AnzSpool) other = NULL;
	gsize len = spool->len;

	if (is_sorted(s, compare, data))
		return;
	for (gsize low = 0; low < len; low += SORT_BLOCK)
		g_qsort_with_data(spool->data + low * s->element_bytes, MIN(len - low, SORT_BLOCK),
				  s->element_bytes, compare, data);
	if (len <= SORT_BLOCK)
		return;
	other = anz_spool_new(s->room, s->element_bytes);
	anz_spool_set_len(other, len);
	for (gsize width = SORT_BLOCK; width < len; width *= 2) {
		Spool swap = *s, *to = (Spool *)other;

		for (gsize low = 0; low < len; low += 2 * width)
			merge(s, to, low, MIN(low + width, len), MIN(low + 2 * width, len), compare,
			      data);
		*s = *to;
		*to = swap;
	}
}
