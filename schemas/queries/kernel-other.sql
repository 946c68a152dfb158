-- SPDX-License-Identifier: LGPL-2.1-or-later
-- kernel pages of no known kind: what has no owner at all, or one that a pointer alone suggests, largest first
WITH other AS (
	-- :least: shorter stretches are left out; by itself none is
	SELECT pfn AS run, pfn + pages AS run_end FROM runs
	WHERE snapshot = :snapshot AND class = 'kernel-other' AND pages >= ifnull(:least, 1)
), owned_part AS (
	SELECT run, run_end, max(w.pfn, run) AS first, min(w.pfn + w.pages, run_end) AS last, w.owner
	FROM other JOIN owned w ON w.snapshot = :snapshot AND w.pfn < run_end AND w.pfn + w.pages > run
		AND w.pfn >= (SELECT ifnull(max(pfn), 0) FROM owned
			WHERE snapshot = :snapshot AND pfn <= run)
), piece AS (
	SELECT run, last AS first, lead(first, 1, run_end) OVER (PARTITION BY run ORDER BY first) AS last,
		NULL AS name, NULL AS owner
	FROM owned_part
	UNION ALL SELECT run, run, min(first), NULL, NULL FROM owned_part GROUP BY run
	UNION ALL SELECT run, run, run_end, NULL, NULL FROM other WHERE run NOT IN (SELECT run FROM owned_part)
	UNION ALL SELECT run, first, last, name, owner FROM owned_part JOIN owners o
		ON o.snapshot = :snapshot AND o.id = owner WHERE o.kind = 'object'
), stretch AS (
	SELECT *, sum(begins) OVER (ORDER BY first) AS number FROM (
		SELECT *, lag(last) OVER order_of IS NOT first OR lag(name) OVER order_of IS NOT name
			OR lag(run) OVER order_of IS NOT run AS begins
		FROM piece WHERE last > first WINDOW order_of AS (ORDER BY first))
), whole AS (
	SELECT min(first) AS pfn, max(last) - min(first) AS pages, min(run) AS run, min(name) AS name,
		count(DISTINCT owner) AS owners
	FROM stretch GROUP BY number
)
SELECT whole.pfn, whole.pages,
	whole.pages * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes,
	"order", node, zone, ifnull(name, 'no owner found') AS owner, owners
FROM whole JOIN runs r ON r.snapshot = :snapshot AND r.pfn = run
WHERE whole.pages >= ifnull(:least, 1)
ORDER BY whole.pages DESC, whole.pfn
