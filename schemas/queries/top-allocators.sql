-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the fifty functions that allocated most pages in use (kernels with page_owner=on)
SELECT caller, sum(allocations) AS allocations, sum(pages) AS pages,
	sum(pages) * (SELECT page_size FROM snapshot WHERE id = :snapshot) AS bytes,
	count(*) AS stacks, max(frames) AS one_of_them
FROM alloc_stacks WHERE snapshot = :snapshot
GROUP BY caller
ORDER BY pages DESC, caller
LIMIT 50
