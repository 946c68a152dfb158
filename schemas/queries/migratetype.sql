-- SPDX-License-Identifier: LGPL-2.1-or-later
-- pages by class and migratetype of their pageblock
SELECT class, migratetype, sum(pages) AS pages
FROM class_zone WHERE snapshot = :snapshot
GROUP BY class, migratetype
ORDER BY class, migratetype
