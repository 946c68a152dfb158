-- SPDX-License-Identifier: LGPL-2.1-or-later
-- @who-blocks ADDRESS: what keeps the pageblock around an address from being free, and whether it could move
WITH block AS (
	SELECT n, :pfn / n * n AS first FROM (SELECT 1 << ifnull((SELECT CAST(value AS INTEGER)
		FROM meta WHERE snapshot = :snapshot AND key = 'format.pageblock_order'), 9) AS n)
), taken AS (
	SELECT p.class, p.owner, count(*) AS pages, count(DISTINCT ifnull(p.first_pfn, p.pfn)) AS allocations,
		min(p.pfn) AS pfn
	FROM block JOIN page p ON p.pfn >= block.first AND p.pfn < block.first + block.n
	WHERE p.class NOT IN ('free', 'free-pcp', 'unaccepted', 'hole')
	GROUP BY p.class, p.owner
)
SELECT iif(class IN ('file', 'shmem', 'anon', 'ksm', 'swap-cache', 'hugetlb', 'movable', 'zsmalloc'),
		'yes', 'no') AS can_move,
	class, taken.pages, allocations, pfn, o.kind, ifnull(o.name, 'no owner found') AS owner
FROM taken LEFT JOIN owners o ON o.snapshot = :snapshot AND o.id = taken.owner
ORDER BY can_move, taken.pages DESC, pfn
