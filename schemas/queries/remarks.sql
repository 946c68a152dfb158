-- SPDX-License-Identifier: LGPL-2.1-or-later
-- what the analysis did not understand, assumed or could not read
SELECT severity, subject, message, count
FROM remark WHERE snapshot = :snapshot
ORDER BY severity = 'note', subject, message
