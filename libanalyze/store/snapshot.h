/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One analysis in memory, written as one snapshot: which value goes into which column. */
#ifndef ANZ_STORE_SNAPSHOT_H
#define ANZ_STORE_SNAPSHOT_H

#include "check/census.h"
#include "check/findings.h"
#include "graph/extents.h"
#include "graph/metadata.h"
#include "kernel/identity.h"
#include "store/writer.h"

/** Who and what: tables meta, format_fact, remark, nodes, zones, counter, migratetype, page_flag. */
void anz_snapshot_write_kernel(AnzStoreWriter *writer, AnzKernel *kernel, const AnzLists *lists,
			       const AnzIdentity *identity);
/** Tables log and memory_range. */
void anz_snapshot_write_log(AnzStoreWriter *writer, AnzKernel *kernel);
void anz_snapshot_write_ranges(AnzStoreWriter *writer, AnzImage *image);
/** Tables free_area, free_block, pcp, pcp_block. */
void anz_snapshot_write_lists(AnzStoreWriter *writer, const AnzKernel *kernel,
			      const AnzLists *lists);
/** Tables classes, class_zone, reconciliation. */
void anz_snapshot_write_census(AnzStoreWriter *writer, const AnzKernel *kernel,
			       const AnzCensus *census, const GArray *reconciliation);
/** Table descriptors; @descriptors: of AnzDescriptor. */
void anz_snapshot_write_descriptors(AnzStoreWriter *writer, const AnzKernel *kernel,
				    const AnzSpool *descriptors);
/**
 * Tables allocation, descriptor_use, descriptor_cache, struct_layout (snapshot-metadata.c): what
 * `memdesc cost` reckons with.
 */
void anz_snapshot_write_metadata(AnzStoreWriter *writer, const AnzKernel *kernel,
				 const AnzMetadata *metadata);
/**
 * Table runs, and the planes class, order, attr, migratetype, zone (snapshot-planes.c).
 * %FALSE with @error (CANCELLED, UNSUPPORTED: no memory); errors of @writer are kept there.
 */
gboolean anz_snapshot_write_planes(AnzStoreWriter *writer, const AnzKernel *kernel,
				   AnzPlanes *planes, const gint *cancel, GError **error);
/** Tables findings and rules. */
void anz_snapshot_write_findings(AnzStoreWriter *writer, AnzKernel *kernel,
				 const AnzFindings *findings);
/** Table remark; last, because every stage may add some. */
void anz_snapshot_write_remarks(AnzStoreWriter *writer, const AnzKernel *kernel);

#endif
