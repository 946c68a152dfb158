/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was there before the page allocator: kernel image, struct pages, boot allocations. */
#ifndef ANZ_GRAPH_KERNEL_IMAGE_H
#define ANZ_GRAPH_KERNEL_IMAGE_H

#include "graph/graph.h"

/** Family; after those whose pages the boot allocator may have given (per-cpu, page tables). */
void anz_kernel_image_build(AnzGraph *graph);

#endif
