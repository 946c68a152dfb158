-- SPDX-License-Identifier: LGPL-2.1-or-later
-- free pages by zone and order; unusable = share of free memory in blocks too small for the order
-- As the kernel's extfrag/unusable_index: (free - free in blocks of this order or larger) / free.
WITH by_order AS (
	SELECT node, zone, "order", sum(blocks) AS blocks, sum(blocks << "order") AS pages
	FROM free_area WHERE snapshot = :snapshot
	GROUP BY node, zone, "order"
), summed AS (
	SELECT *, sum(pages) OVER (PARTITION BY node, zone) AS zone_free,
		sum(pages) OVER (PARTITION BY node, zone ORDER BY "order" DESC) AS usable
	FROM by_order
)
SELECT node, zone, "order", blocks, pages, zone_free,
	round(1.0 * (zone_free - usable) / nullif(zone_free, 0), 3) AS unusable
FROM summed
ORDER BY node, zone, "order"
