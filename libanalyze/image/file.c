/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening of files and the flattened layer.
 *
 * A flattened file ("makedumpfile -F", made for pipes that cannot seek) is a 4096-byte header and
 * then records: offset and size, 64-bit big-endian, and so many bytes that belong at that offset.
 * The last record has offset and size -1.  A later record overwrites an earlier one.  (Source:
 * makedumpfile.h, struct makedumpfile_header and makedumpfile_data_header.)
 */
#include "image/file.h"
#include "image/interval.h"
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAT_SIGNATURE "makedumpfile"
#define FLAT_HEADER_BYTES 4096
#define FLAT_RECORD_BYTES 16
#define MAP_ALIGN (64 << 10)	/* a multiple of any page size */

/* Reads of so many bytes are long. */
#define LONG_READ_BYTES (64 << 10)

void anz_file_expect_random(AnzFile *file)
{
	file->is_random = file->is_mapped &&
			  madvise((void *)file->bytes, file->disk_bytes, MADV_RANDOM) == 0;
}

/* An advice: it may fail.  Short reads are not worth it. */
void anz_file_will_need(const void *bytes, gsize len)
{
	gsize skip = GPOINTER_TO_SIZE(bytes) & (MAP_ALIGN - 1);

	if (len < LONG_READ_BYTES)
		return;
	madvise((void *)((const guint8 *)bytes - skip), len + skip, MADV_WILLNEED);
}

static gsize read_raw(const AnzFile *file, guint64 offset, void *buf, gsize len)
{
	gsize done = 0;

	if (offset >= file->disk_bytes)
		return 0;
	len = MIN(len, file->disk_bytes - offset);
	if (file->bytes) {
		if (file->is_random)
			anz_file_will_need(file->bytes + offset, len);
		memcpy(buf, file->bytes + offset, len);
		return len;
	}
	while (done < len) {
		ssize_t got = pread(file->fd, (char *)buf + done, len - done, offset + done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	return done;
}

static gboolean build_index(AnzFile *file, GError **error)
{
	g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	guint8 header[32], record[FLAT_RECORD_BYTES];
	guint64 pos = FLAT_HEADER_BYTES;

	if (read_raw(file, 0, header, sizeof(header)) != sizeof(header) ||
	    anz_load64(header + 16, TRUE) != 1 || anz_load64(header + 24, TRUE) != 1) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: flattened dump of unknown type or version; rearrange it with "
			    "'makedumpfile -R' first", file->path);
		return FALSE;
	}
	file->is_flattened = TRUE;
	file->is_truncated = TRUE;
	while (read_raw(file, pos, record, sizeof(record)) == sizeof(record)) {
		guint64 offset = anz_load64(record, TRUE), size = anz_load64(record + 8, TRUE);
		AnzInterval it;

		if (offset == G_MAXUINT64 && size == G_MAXUINT64) {
			file->is_truncated = FALSE;
			break;
		}
		pos += sizeof(record);
		/* Both are off_t: never negative.  A senseless one ends what can be read. */
		if (offset > G_MAXINT64 || size == 0 || size > G_MAXINT64 - offset)
			break;
		it = (AnzInterval){ .start = offset, .pos = pos,
				    .end = offset + MIN(size, file->disk_bytes - pos) };
		g_array_append_val(records, it);
		if (size > file->disk_bytes - pos)
			break;
		pos += size;
	}
	/* The last writer wins: most wanted first means latest first, but in-order input with
	 * nothing to decide is the rule and is cheaper, so try that before turning it round. */
	for (guint i = 1; i < records->len; i++) {
		if (g_array_index(records, AnzInterval, i - 1).end <=
		    g_array_index(records, AnzInterval, i).start)
			continue;
		for (guint a = 0, b = records->len - 1; a < b; a++, b--) {
			AnzInterval t = g_array_index(records, AnzInterval, a);

			g_array_index(records, AnzInterval, a) =
				g_array_index(records, AnzInterval, b);
			g_array_index(records, AnzInterval, b) = t;
		}
		break;
	}
	file->index = anz_intervals_flatten(records);
	file->size = file->index->len ?
		g_array_index(file->index, AnzInterval, file->index->len - 1).end : 0;
	return TRUE;
}

static AnzFile *finish(AnzFile *file, GError **error)
{
	char signature[sizeof(FLAT_SIGNATURE)];

	file->size = file->disk_bytes;
	/* The signature field is 16 bytes, the rest of it zero. */
	if (read_raw(file, 0, signature, sizeof(signature)) == sizeof(signature) &&
	    memcmp(signature, FLAT_SIGNATURE, sizeof(signature)) == 0 &&
	    !build_index(file, error)) {
		anz_file_free(file);
		return NULL;
	}
	return file;
}

static AnzFile *open_file(const char *path, gboolean map, GError **error)
{
	g_autoptr(AnzFile) file = g_new0(AnzFile, 1);
	struct stat st;
	off_t size;

	file->path = g_strdup(path);
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: cannot open: %s", path,
			    g_strerror(errno));
		return NULL;
	}
	if (fstat(file->fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: %s; a dump must be a file or a block device (save a pipe to a "
			    "file first)", path, S_ISDIR(st.st_mode) ? "is a directory" :
			    "is not a regular file");
		return NULL;
	}
	size = S_ISREG(st.st_mode) ? st.st_size : lseek(file->fd, 0, SEEK_END);
	if (size <= 0) {
		/* Files of /proc have no size; reads tell where they end. */
		if (map || size < 0) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
				    "%s: file is empty; was the dump copied whole?", path);
			return NULL;
		}
		size = G_MAXINT64;
	}
	file->disk_bytes = size;
	if (map) {
		void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, file->fd, 0);

		if (at == MAP_FAILED) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: cannot map: %s", path,
				    g_strerror(errno));
			return NULL;
		}
		file->bytes = at;
		file->is_mapped = TRUE;
		close(file->fd);
		file->fd = -1;
	}
	return finish(g_steal_pointer(&file), error);
}

AnzFile *anz_file_open(const char *path, GError **error)
{
	return open_file(path, TRUE, error);
}

AnzFile *anz_file_open_unmapped(const char *path, GError **error)
{
	return open_file(path, FALSE, error);
}

AnzFile *anz_file_new_from_memory(const void *data, gsize len, const char *name, GError **error)
{
	AnzFile *file = g_new0(AnzFile, 1);

	file->path = g_strdup(name);
	file->fd = -1;
	file->bytes = data;
	file->disk_bytes = len;
	return finish(file, error);
}

void anz_file_free(AnzFile *file)
{
	if (!file)
		return;
	if (file->is_mapped)
		munmap((void *)file->bytes, file->disk_bytes);
	if (file->fd >= 0)
		close(file->fd);
	g_clear_pointer(&file->index, g_array_unref);
	g_free(file->path);
	g_free(file);
}

/* Flattened: the record that holds @offset, or the next one above. */
static const AnzInterval *record_at(const AnzFile *file, guint64 offset)
{
	guint i = anz_intervals_find(file->index, offset);

	return i < file->index->len ? &g_array_index(file->index, AnzInterval, i) : NULL;
}

gsize anz_file_read(const AnzFile *file, guint64 offset, void *buf, gsize len)
{
	guint8 *to = buf;
	gsize done = 0;

	if (!file->index)
		return read_raw(file, offset, buf, len);
	if (offset >= file->size)
		return 0;
	len = MIN(len, file->size - offset);
	for (guint i = anz_intervals_find(file->index, offset); done < len; i++) {
		const AnzInterval *it = &g_array_index(file->index, AnzInterval, i);
		guint64 at = offset + done;
		gsize part;

		if (at < it->start) {
			/* Never written: a hole of the rearranged file, or lost with its end. */
			if (file->is_truncated)
				break;
			part = MIN(len - done, it->start - at);
			memset(to + done, 0, part);
			done += part;
			if (done == len)
				break;
			at += part;
		}
		part = MIN(len - done, it->end - at);
		if (read_raw(file, it->pos + (at - it->start), to + done, part) != part)
			break;
		done += part;
	}
	return done;
}

gboolean anz_file_read_all(const AnzFile *file, guint64 offset, void *buf, gsize len)
{
	return anz_file_read(file, offset, buf, len) == len;
}

const guint8 *anz_file_map(const AnzFile *file, guint64 offset, gsize *avail)
{
	const AnzInterval *it;

	if (!file->bytes || offset >= file->size)
		return NULL;
	if (!file->index) {
		*avail = file->size - offset;
		return file->bytes + offset;
	}
	it = record_at(file, offset);
	if (!it || offset < it->start)
		return NULL;
	*avail = it->end - offset;
	return file->bytes + it->pos + (offset - it->start);
}

const guint8 *anz_file_map_all(const AnzFile *file, guint64 offset, gsize len)
{
	gsize avail;
	const guint8 *at = anz_file_map(file, offset, &avail);

	return at && avail >= len ? at : NULL;
}

guint64 anz_file_run(const AnzFile *file, guint64 offset, guint64 len, gboolean *is_there)
{
	const AnzInterval *it;

	*is_there = offset < file->size;
	if (!*is_there)
		return len;
	len = MIN(len, file->size - offset);
	if (!file->index || !file->is_truncated)
		return len;
	it = record_at(file, offset);
	*is_there = offset >= it->start;
	if (!*is_there)
		return MIN(len, it->start - offset);
	/* Records seldom join on disk, so follow the chain of neighbours. */
	for (const AnzInterval *last = &g_array_index(file->index, AnzInterval,
						      file->index->len - 1);
	     it < last && it->end == it[1].start && it->end - offset < len;)
		it++;
	return MIN(len, it->end - offset);
}
