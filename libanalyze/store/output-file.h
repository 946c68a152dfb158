/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that appears under its name only when it is whole. */
#ifndef ANZ_STORE_OUTPUT_FILE_H
#define ANZ_STORE_OUTPUT_FILE_H

#include <glib.h>

/**
 * AnzOutputFile:
 * @path: the name it will have (a symbolic link is followed)
 * @temporary: the name it has until then, in the same folder; %NULL once it is gone
 */
typedef struct {
	char *path;
	char *temporary;
} AnzOutputFile;

/**
 * anz_output_file_new:
 *
 * Makes the temporary file, empty.  What may stand at @path is for the caller to check.
 */
AnzOutputFile *anz_output_file_new(const char *path, GError **error);

/** Brings the content to the disk and renames.  %FALSE with @error (IO). */
gboolean anz_output_file_commit(AnzOutputFile *file, GError **error);

/** Removes the temporary file if it is still there.  %NULL is fine. */
void anz_output_file_free(AnzOutputFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzOutputFile, anz_output_file_free)

#endif
