-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the fifty largest slab caches
SELECT cache, pages, pages * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes,
	objects, in_use, round(100.0 * in_use / nullif(objects, 0), 1) AS percent
FROM caches WHERE snapshot = :snapshot AND pages
ORDER BY pages DESC, cache, address
LIMIT 50
