-- SPDX-License-Identifier: LGPL-2.1-or-later
-- how many pages of each class have an owner by name; a pointer to them that was found is but a guess
WITH part AS (
	SELECT r.class, o.kind = 'object' AS guess,
		min(r.pfn + r.pages, w.pfn + w.pages) - max(r.pfn, w.pfn) AS pages
	FROM owned w JOIN owners o ON o.snapshot = w.snapshot AND o.id = w.owner
	JOIN runs r ON r.snapshot = w.snapshot AND r.pfn < w.pfn + w.pages AND r.pfn + r.pages > w.pfn
		AND r.pfn >= (SELECT ifnull(max(pfn), 0) FROM runs
			WHERE snapshot = :snapshot AND pfn <= w.pfn)
	WHERE w.snapshot = :snapshot
), sums AS (
	SELECT class, sum(iif(guess, 0, pages)) AS named, sum(iif(guess, pages, 0)) AS guessed
	FROM part GROUP BY class
)
SELECT c.class, c.pages, ifnull(named, 0) AS named, ifnull(guessed, 0) AS guessed,
	c.pages - ifnull(named, 0) - ifnull(guessed, 0) AS nobody,
	round(100.0 * ifnull(named, 0) / c.pages, 2) AS percent
FROM classes c JOIN page_class k ON k.name = c.class LEFT JOIN sums ON sums.class = c.class
WHERE c.snapshot = :snapshot AND k."group" NOT IN ('free', 'absent') AND c.pages
ORDER BY k.number
