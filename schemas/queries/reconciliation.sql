-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the kernel's own counters beside the census
SELECT counter, kernel, census, difference, tolerance, meaning
FROM reconciliation WHERE snapshot = :snapshot
ORDER BY counter
