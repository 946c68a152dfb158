-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the fifty files with most page cache
SELECT path, fs, pages, pages * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes,
	mapped, dirty, size
FROM files WHERE snapshot = :snapshot AND pages
ORDER BY pages DESC, path, mapping
LIMIT 50
