/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the machine that we run on: /proc/kcore, an ELF core that the kernel makes as it is
 * read (fs/proc/kcore.c).  Segments of RAM have their physical address (since 4.12), those of vmalloc
 * and vmemmap space have none and are not needed: page tables lead there.  VMCOREINFO is among the
 * notes (since 4.19).
 *
 * Reads of pages that the kernel does not hand out (offline, poisoned, not accepted yet) give zeros;
 * others may fail or end early, which is no more than a page that cannot be read.
 */
#include "image/image-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define KCORE "/proc/kcore"

const char *anz_kcore_path(const char *word)
{
	if (strcmp(word, "live") == 0)
		return KCORE;
	return g_str_has_prefix(word, "live:") ? word + strlen("live:") : NULL;
}

/* The mode in force is the one in brackets: "none integrity [confidentiality]". */
static gboolean is_locked_down(void)
{
	g_autofree char *modes = NULL;

	return g_file_get_contents("/sys/kernel/security/lockdown", &modes, NULL, NULL) &&
	       strstr(modes, "[confidentiality]");
}

static void set_open_error(const char *path, int why, GError **error)
{
	if (strcmp(path, KCORE) != 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: cannot open: %s", path,
			    g_strerror(why));
		return;
	}
	if (why == ENOENT)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    KCORE " is not there: this kernel was built without CONFIG_PROC_KCORE, "
			    "or /proc is not mounted here; take a dump instead");
	else if ((why == EPERM || why == EACCES) && is_locked_down())
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    KCORE ": the kernel is locked down (confidentiality), so nobody may read "
			    "its memory; take a dump, or boot without lockdown");
	else if (why == EACCES && geteuid() != 0)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    KCORE ": only root may read the memory of the running kernel; run as "
			    "root");
	else if (why == EPERM || why == EACCES)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    KCORE ": %s: reading it takes the capability CAP_SYS_RAWIO, which "
			    "containers seldom have; run as root of the machine", g_strerror(why));
	else
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, KCORE ": cannot open: %s",
			    g_strerror(why));
}

AnzFile *anz_kcore_open_file(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	AnzFile *file;

	if (fd < 0) {
		set_open_error(path, errno, error);
		return NULL;
	}
	close(fd);
	file = anz_file_open_unmapped(path, error);
	/* What its size says is of no use: reads tell what there is. */
	if (file)
		file->disk_bytes = file->size = G_MAXINT64;
	return file;
}

AnzProbe anz_kcore_open(AnzImage *image, GError **error)
{
	AnzImageShared *shared = image->shared;
	AnzProbe probe = anz_elf_open(image, error);

	if (probe == ANZ_PROBE_NO)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not an ELF core, as " KCORE " is one", shared->name);
	if (probe != ANZ_PROBE_YES)
		return ANZ_PROBE_ERROR;
	g_free(shared->format);
	shared->format = g_strdup("live memory");
	return ANZ_PROBE_YES;
}
