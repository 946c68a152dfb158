-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Made after the rows of a new file: filling a table that has no index yet is faster.
CREATE INDEX IF NOT EXISTS free_block_pfn ON free_block (snapshot, pfn);
CREATE INDEX IF NOT EXISTS pcp_block_pfn ON pcp_block (snapshot, pfn);
CREATE INDEX IF NOT EXISTS descriptors_pfn ON descriptors (snapshot, pfn);
CREATE INDEX IF NOT EXISTS owned_pfn ON owned (snapshot, pfn);
CREATE INDEX IF NOT EXISTS files_path ON files (snapshot, path);
CREATE INDEX IF NOT EXISTS slabs_cache ON slabs (snapshot, cache);
CREATE INDEX IF NOT EXISTS descriptors_address ON descriptors (snapshot, address);
CREATE INDEX IF NOT EXISTS mappings_pfn ON mappings (snapshot, pfn);
CREATE INDEX IF NOT EXISTS processes_pid ON processes (snapshot, pid);
CREATE INDEX IF NOT EXISTS tasks_pid ON tasks (snapshot, pid);
CREATE INDEX IF NOT EXISTS owners_address ON owners (snapshot, address);
CREATE INDEX IF NOT EXISTS vmas_inode ON vmas (snapshot, inode) WHERE inode IS NOT NULL;
