-- SPDX-License-Identifier: LGPL-2.1-or-later
-- the fifty calls in the kernel's source that hold most memory (kernels with allocation tags)
SELECT bytes, calls, file || ':' || line AS place, function, module, allocations, pages
FROM alloc_tags WHERE snapshot = :snapshot
ORDER BY bytes DESC, file, line
LIMIT 50
