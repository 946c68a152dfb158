-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the fifty longest runs of like pages
SELECT pfn, pages, class, "order", node, zone, migratetype, mapped, excluded
FROM runs WHERE snapshot = :snapshot
ORDER BY pages DESC, pfn
LIMIT 50
