-- SPDX-License-Identifier: LGPL-2.1-or-later
-- every free block of the buddy lists by address
SELECT pfn, "order", 1 << "order" AS pages, node, zone, migratetype, position
FROM free_block WHERE snapshot = :snapshot
ORDER BY pfn
