-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What live memory was read for, in bytes, all looks together.
SELECT substr(key, 15) AS read_for, CAST(value AS INTEGER) AS bytes
FROM meta WHERE snapshot = :snapshot AND key LIKE 'analysis.read.%'
ORDER BY bytes DESC, read_for
