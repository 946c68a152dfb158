-- SPDX-License-Identifier: LGPL-2.1-or-later
-- zones with what the kernel counts as free and what its lists hold
SELECT node, zone, start_pfn, spanned, present, managed, nr_free, listed, pcp,
	watermark_min, watermark_low, watermark_high, lock_held
FROM zones WHERE snapshot = :snapshot
ORDER BY node, zone_index
