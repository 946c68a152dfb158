-- SPDX-License-Identifier: LGPL-2.1-or-later
-- kernel pages of no known kind: what has no owner at all, or one that a pointer alone suggests, largest first
WITH frames AS (
	SELECT p.pfn, p."order", r.node, r.zone, o.kind, o.name,
		p.pfn - row_number() OVER (PARTITION BY p.owner ORDER BY p.pfn) AS stretch
	FROM runs r JOIN page p ON p.pfn >= r.pfn AND p.pfn < r.pfn + r.pages
	LEFT JOIN owners o ON o.snapshot = r.snapshot AND o.id = p.owner
	WHERE r.snapshot = :snapshot AND r.class = 'kernel-other'
		AND (o.id IS NULL OR o.kind = 'object'))
SELECT min(pfn) AS pfn, count(*) AS pages,
	count(*) * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes,
	"order", node, zone, ifnull(name, 'no owner found') AS owner
FROM frames GROUP BY name, stretch, "order", node, zone
ORDER BY pages DESC, pfn
