-- SPDX-License-Identifier: LGPL-2.1-or-later
-- kernel pages inside movable pageblocks: what keeps large blocks from forming
SELECT z.node, z.zone, z.class, sum(z.pages) AS pages
FROM class_zone z JOIN page_class c ON c.name = z.class
WHERE z.snapshot = :snapshot AND lower(z.migratetype) = 'movable'
	AND c."group" = 'kernel' AND z.class <> 'movable'
GROUP BY z.node, z.zone, z.class
ORDER BY z.node, z.zone, pages DESC, z.class
