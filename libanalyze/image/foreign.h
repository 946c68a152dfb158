/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ANZ_IMAGE_FOREIGN_H
#define ANZ_IMAGE_FOREIGN_H

#include "image/file.h"

/**
 * anz_foreign_describe:
 *
 * Returns: (nullable): what @file is that people take for a dump, and what makes one of it
 */
const char *anz_foreign_describe(const AnzFile *file);

#endif
