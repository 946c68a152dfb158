/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where debug info is looked for when the user did not say, or named a stripped file.
 */
#ifndef ANZ_TYPES_SEARCH_H
#define ANZ_TYPES_SEARCH_H

#include "types/elf-file.h"
#include "types/types.h"

/**
 * anz_search_separate:
 * @file: an ELF file without DWARF
 * @looked: one line for each place looked into is appended
 *
 * Looks for the separate debug file of @file: by build-id in the search folders, by
 * .gnu_debuglink, then through debuginfod if configured.
 *
 * Returns: (transfer full) (nullable): a file with DWARF
 */
AnzElfFile *anz_search_separate(AnzElfFile *file, const AnzTypesOptions *options,
				GString *looked);

/**
 * anz_search_kernel:
 * @stripped: (out) (transfer full) (nullable): the vmlinux itself if the result is its
 *	separate debug file
 *
 * Looks for the dumped kernel's debug info by @options->build_id, then by
 * @options->release.  What is found has that build-id, or @options->force was given.
 *
 * Returns: (transfer full) (nullable): a file with DWARF
 */
AnzElfFile *anz_search_kernel(const AnzTypesOptions *options, AnzElfFile **stripped,
			      GString *looked);

/**
 * anz_debuginfod_fetch:
 * @build_id: hex
 * @urls: space-separated, as in DEBUGINFOD_URLS
 * @cache: (nullable): folder; libdebuginfod's default otherwise
 *
 * Returns: (transfer full): path of the debug file in the cache, or %NULL with @error IO
 * (the servers' answer) or UNSUPPORTED (libdebuginfod is not installed)
 */
char *anz_debuginfod_fetch(const char *build_id, const char *urls, const char *cache,
			   GError **error);

/** A line for people through @options->log. */
void anz_types_log(const AnzTypesOptions *options, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif
