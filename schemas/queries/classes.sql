-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the census: pages of each class, largest first
SELECT class, pages, bytes, mapped, excluded,
	round(100.0 * pages / nullif(sum(pages) OVER (), 0), 2) AS percent
FROM classes WHERE snapshot = :snapshot
ORDER BY pages DESC, class
