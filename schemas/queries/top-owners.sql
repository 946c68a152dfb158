-- SPDX-License-Identifier: LGPL-2.1-or-later
-- who owns the most memory: the fifty largest owners of any kind
SELECT kind, name, pages,
	pages * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes, address
FROM owners WHERE snapshot = :snapshot AND pages
ORDER BY pages DESC, kind, name, id
LIMIT 50
