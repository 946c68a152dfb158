-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The analysis file.  One SQLite file (application_id 0x6d656d64 "memd", user_version = schema
-- version 1) holds one or more snapshots of a machine's physical memory.
--
-- Declared types ADDRESS, PAGES, BYTES and BOOLEAN tell readers how to show a number; to SQLite they
-- are integers.  An ADDRESS is the unsigned 64-bit address in SQLite's signed integer, so that
-- "WHERE address = 0xffff888000000000" works as written.
-- Comments after a column are its documentation.  Every table but `snapshot` and `page_class` begins
-- with the snapshot it belongs to.
--
-- The map: page frames 0 up to (not including) max_pfn.  Every frame of the map has exactly one class,
-- so classes.pages sums to max_pfn.  A frame that no stored class tile covers is a `hole`; the `hole`
-- row of `classes` counts these too, and `page` (below) has a row for each.  Frames at and above
-- max_pfn in the last tile are stored as hole but do not exist: no count includes them, save that
-- of the hole class in `histogram` and in `pyramid`.
--
-- `page` is no table of this file but a virtual one: one row per frame of the map, made from the
-- tiles.  `memdesc query` has it built in; any other SQLite program gets it by loading the extension
-- memdesc_page.  Without it everything else here reads as usual.

CREATE TABLE snapshot (
	id INTEGER PRIMARY KEY,
	taken TEXT,			-- when the memory was as it is shown (ISO 8601, UTC), if the dump tells
	analyzed TEXT NOT NULL,		-- when this analysis was made (ISO 8601, UTC)
	tool TEXT NOT NULL,		-- version of the program
	max_pfn INTEGER NOT NULL,	-- one past the last frame of the map
	page_size BYTES NOT NULL
);

-- Page classes of this file: what the numbers in tiles, histogram and pyramid mean.
CREATE TABLE page_class (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	letter TEXT NOT NULL,		-- one ASCII character, for maps in text
	"group" TEXT NOT NULL,		-- "free", "user", "kernel", "boot", "away", "broken", "absent"
	descriptor TEXT,		-- struct that overlays the struct page of such pages, if any
	meaning TEXT NOT NULL
);

-- Facts about the source and the machine: key, value as text; a key is absent when unknown.
-- Keys: source.path (one per line), source.format, source.bytes, source.filtered (0/1),
-- source.incomplete (0/1), source.zero_ambiguous (0/1), source.type_info (one per line),
-- source.types (DWARF, BTF, or VMCOREINFO if there is no type information), vmcoreinfo.origin;
-- kernel.release, kernel.version (the banner), kernel.build_id, kernel.arch, kernel.hostname,
-- kernel.command_line, kernel.uptime (seconds), kernel.time (Unix seconds), kernel.panic,
-- kernel.panic_cpu, kernel.panic_task, kernel.cpus_online, kernel.cpus_possible, kernel.page_shift,
-- kernel.slide (0x), kernel.phys_base (signed decimal or 0x), kernel.page_offset (0x: virtual address
-- of physical 0 in the direct map), kernel.vmemmap (0x: virtual address of struct page of frame 0),
-- kernel.text_start and kernel.text_end (0x: the kernel image's own mapping), kernel.image_phys (0x:
-- physical address of kernel.text_start);
-- format.shape ("classic"), format.struct_page_size, format.page_type_scheme, format.compound,
-- format.pageblock_order;
-- memory.frames, memory.ram_frames, memory.shared_array_pages (pages of the page array behind which another of
-- its pages lies: optimised hugetlb vmemmap), analysis.partial (0/1); of live memory analysis.looks,
-- analysis.moved_pages, analysis.bytes_read and, of these, analysis.read.struct-pages and others for what;
-- analysis.preliminary (1: owners and the books are not there yet), analysis.seconds, export.redacted (1).
CREATE TABLE meta (
	snapshot INTEGER NOT NULL REFERENCES snapshot(id),
	key TEXT NOT NULL,
	value TEXT,
	PRIMARY KEY (snapshot, key)
) WITHOUT ROWID;

-- Every layout fact in use, with the source that gave it.
CREATE TABLE format_fact (
	snapshot INTEGER NOT NULL,
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	origin TEXT NOT NULL,		-- "DWARF", "VMCOREINFO", "built-in", "user", "memory"
	PRIMARY KEY (snapshot, name)
) WITHOUT ROWID;

-- What the analysis has to say for itself: things not understood, assumed or unreadable, with counts.
CREATE TABLE remark (
	snapshot INTEGER NOT NULL,
	severity TEXT NOT NULL,		-- "note", "warning"
	subject TEXT NOT NULL,		-- "page-type", "free-list", "section", ...
	message TEXT NOT NULL,
	count INTEGER NOT NULL		-- how many times it was met
);

-- The census: one row per class with at least one page; pages sum to max_pfn.
CREATE TABLE classes (
	snapshot INTEGER NOT NULL,
	class TEXT NOT NULL,
	pages PAGES NOT NULL,
	bytes BYTES NOT NULL,
	mapped PAGES NOT NULL,		-- of these, mapped into a process
	excluded PAGES NOT NULL,	-- of these, content not in the dump
	PRIMARY KEY (snapshot, class)
) WITHOUT ROWID;

-- The census broken down.
CREATE TABLE class_zone (
	snapshot INTEGER NOT NULL,
	node INTEGER,			-- NULL: in no zone
	zone TEXT,
	class TEXT NOT NULL,
	migratetype TEXT,		-- of the pageblock; NULL where there is none
	pages PAGES NOT NULL
);

-- The kernel's own counters beside the census.
CREATE TABLE reconciliation (
	snapshot INTEGER NOT NULL,
	counter TEXT NOT NULL,		-- "NR_FREE_PAGES", "NR_SLAB", ...
	kernel PAGES,			-- what the kernel counted (per-cpu deltas added); NULL unreadable
	census PAGES NOT NULL,		-- what the census counted
	difference PAGES,		-- census - kernel
	tolerance PAGES,		-- what per-cpu batching explains (0: must be exact; NULL: cannot be compared exactly)
	meaning TEXT NOT NULL,		-- what is compared
	PRIMARY KEY (snapshot, counter)
) WITHOUT ROWID;

-- What the rules found (`memdesc check`); findings of one cause are one row.
CREATE TABLE findings (
	snapshot INTEGER NOT NULL,
	rule TEXT NOT NULL,		-- "buddy.link-symmetry"
	severity TEXT NOT NULL,		-- "error", "warning", "info"
	pfn INTEGER,			-- the page at fault; NULL: no page, but what is at `address`
	address ADDRESS,		-- of its struct page, or of the structure at fault
	object TEXT,			-- what it is part of
	expected TEXT,
	seen TEXT,
	count INTEGER NOT NULL,		-- how often it was found; the row shows the first
	suppressed TEXT,		-- why it does not count; NULL: it does
	hex TEXT,			-- memory at `address`, in hexadecimal, in groups of eight
	command TEXT			-- shows more; FILE stands for this file
);

-- What each rule did, in the order of the catalogue of rules.
CREATE TABLE rules (
	snapshot INTEGER NOT NULL,
	number INTEGER NOT NULL,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	evaluated INTEGER NOT NULL,	-- times it was looked at
	findings INTEGER NOT NULL,	-- times it was broken, listed or not
	suppressed INTEGER NOT NULL,	-- times it was broken but an exception applies
	unreadable INTEGER NOT NULL,	-- times what it looks at is not in the dump
	note TEXT,			-- why it evaluated nothing
	wrong TEXT NOT NULL,		-- what is wrong when it is broken
	means TEXT NOT NULL,		-- what that usually means
	PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;

-- Counters as the kernel keeps them, per-cpu deltas added and given apart.
CREATE TABLE counter (
	snapshot INTEGER NOT NULL,
	node INTEGER,			-- NULL: whole system
	zone TEXT,			-- NULL: of the node
	name TEXT NOT NULL,
	value INTEGER NOT NULL,		-- base plus deltas
	cpu_delta INTEGER NOT NULL
);

CREATE TABLE nodes (
	snapshot INTEGER NOT NULL,
	node INTEGER NOT NULL,
	address ADDRESS NOT NULL,	-- of struct pglist_data
	start_pfn INTEGER NOT NULL,
	present PAGES NOT NULL,
	spanned PAGES NOT NULL,
	PRIMARY KEY (snapshot, node)
) WITHOUT ROWID;

CREATE TABLE zones (
	snapshot INTEGER NOT NULL,
	id INTEGER NOT NULL,		-- number used by the zone plane
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,		-- "DMA", "DMA32", "Normal", "Movable", "Device"
	zone_index INTEGER NOT NULL,	-- enum zone_type
	address ADDRESS NOT NULL,	-- of struct zone
	start_pfn INTEGER NOT NULL,
	spanned PAGES NOT NULL,
	present PAGES NOT NULL,
	managed PAGES NOT NULL,
	nr_free PAGES,			-- NR_FREE_PAGES, per-cpu deltas added
	listed PAGES NOT NULL,		-- pages reached by walking the free lists (unaccepted included)
	pcp PAGES NOT NULL,		-- pages reached on per-cpu lists
	watermark_min PAGES,
	watermark_low PAGES,
	watermark_high PAGES,
	lock_held BOOLEAN,		-- zone->lock was taken when the dump was made; NULL unknown
	PRIMARY KEY (snapshot, id)
) WITHOUT ROWID;

CREATE TABLE migratetype (
	snapshot INTEGER NOT NULL,
	number INTEGER NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;

-- Names of the bits of page.flags.  A bit may have several (the kernel reuses bits by page type);
-- the one with the lowest rowid is the bit's own name, the later ones are aliases.
CREATE TABLE page_flag (
	snapshot INTEGER NOT NULL,
	bit INTEGER NOT NULL,
	name TEXT NOT NULL		-- without PG_
);

-- Free lists: one row per zone, order and migratetype.
CREATE TABLE free_area (
	snapshot INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	"order" INTEGER NOT NULL,
	migratetype TEXT NOT NULL,
	blocks INTEGER NOT NULL,	-- reached by walking the list
	nr_free INTEGER,		-- the order's own counter, of all its lists together
	status TEXT NOT NULL		-- "ok", or why the walk ended: "broken at 0x...", "unreadable at ..."
);

-- Every free block in walk order.
CREATE TABLE free_block (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	"order" INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	migratetype TEXT NOT NULL,
	position INTEGER NOT NULL	-- in its list, 0 first from head.next
);

-- Per-cpu page lists.
CREATE TABLE pcp (
	snapshot INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	cpu INTEGER NOT NULL,
	count PAGES NOT NULL,		-- per_cpu_pages.count
	pages PAGES NOT NULL,		-- reached by walking its lists
	high PAGES,
	status TEXT NOT NULL
);

CREATE TABLE pcp_block (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	"order" INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	cpu INTEGER NOT NULL,
	list INTEGER NOT NULL,		-- index in per_cpu_pages.lists
	position INTEGER NOT NULL
);

-- Descriptors of a memory-descriptor dump, each with the frames whose word points at it.
CREATE TABLE descriptors (
	snapshot INTEGER NOT NULL,
	address ADDRESS NOT NULL,
	kind TEXT NOT NULL,		-- name of the word's type: "File", "Slab", ...
	struct TEXT,			-- struct in the type info; NULL if it has none
	type INTEGER NOT NULL,		-- number of the word's type
	pfn INTEGER NOT NULL,		-- first frame
	"order" INTEGER,		-- NULL: neither stated nor a power of two
	pages PAGES NOT NULL,
	stated BOOLEAN NOT NULL,	-- pfn and order are the descriptor's own; else those of its run
	status TEXT NOT NULL		-- "ok", or what is wrong with it
);

-- Owners: who has pages.  kind, and the structure at address:
--	cache	slab cache, struct kmem_cache		file	file with page cache, struct inode
--	process	user address space, struct mm_struct	anon	struct anon_vma without a process
--	swap	struct swap_info_struct			pool	hugetlb, page, zsmalloc or memory pool
--	stack	kernel stack, struct task_struct	area	vmalloc area, struct vm_struct
--	module	struct module				percpu	struct pcpu_chunk
--	kernel	the kernel's own: image, page tables	boot	memblock and resource ranges
--	pipe	struct pipe_inode_info			socket	struct sock, or a page_frag cache
--	trace	struct trace_buffer			driver	rings and queues of a driver
--	cgroup	control group, struct mem_cgroup	object	known only by a pointer in this object
CREATE TABLE owners (
	snapshot INTEGER NOT NULL,
	id INTEGER NOT NULL,		-- as in page.owner; 1 up
	kind TEXT NOT NULL,
	address ADDRESS,		-- of its structure
	name TEXT NOT NULL,
	parent INTEGER,			-- id of the owner that it belongs to
	pages PAGES NOT NULL,		-- frames whose owner it is
	PRIMARY KEY (snapshot, id)
) WITHOUT ROWID;

-- Which frames each owner has, in stretches: every frame has one owner at most.
CREATE TABLE owned (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	position INTEGER,		-- of the first frame in its owner, in pages: file offset, virtual page
	PRIMARY KEY (snapshot, owner, pfn)
) WITHOUT ROWID;

-- Slab caches.
CREATE TABLE caches (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners
	address ADDRESS NOT NULL,	-- of struct kmem_cache
	cache TEXT NOT NULL,		-- its name
	object_size BYTES NOT NULL,	-- what its users see
	size BYTES NOT NULL,		-- from one object to the next
	align BYTES NOT NULL,
	slab_order INTEGER NOT NULL,	-- of a new slab
	slab_objects INTEGER NOT NULL,	-- of a new slab
	flags INTEGER NOT NULL,
	flags_text TEXT NOT NULL,
	constructor TEXT,		-- symbol
	aliases INTEGER NOT NULL,	-- other names that were merged into it
	slabs INTEGER NOT NULL,
	pages PAGES NOT NULL,
	objects INTEGER NOT NULL,	-- in those slabs, used or free
	in_use INTEGER NOT NULL,	-- of these, on no freelist and in no sheaf
	active INTEGER NOT NULL,	-- of these, not free on a node's partial list: active_objs of slabinfo
	kernel_slabs INTEGER,		-- the kernel's own counts, where it keeps them
	kernel_objects INTEGER,
	broken INTEGER NOT NULL,	-- slabs whose freelist is broken
	unread INTEGER NOT NULL,	-- slabs whose freelist is not in the dump
	listed BOOLEAN NOT NULL,	-- on the kernel's list of caches
	PRIMARY KEY (snapshot, address)
) WITHOUT ROWID;

-- Every slab of every cache.
CREATE TABLE slabs (
	snapshot INTEGER NOT NULL,
	address ADDRESS NOT NULL,	-- of struct slab
	cache ADDRESS NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	node INTEGER,
	state TEXT NOT NULL,		-- "full", "node-partial", "cpu", "cpu-partial"
	objects INTEGER NOT NULL,
	in_use INTEGER NOT NULL,	-- objects on no freelist and in no sheaf
	frozen BOOLEAN NOT NULL,
	status TEXT NOT NULL,		-- "ok", or what is wrong with its freelist
	free_map BLOB,			-- one bit an object from bit 0 of byte 0, 1 free; NULL: none is
	first_offset BYTES NOT NULL,	-- of its first object: behind a red zone, or where KFENCE put it
	PRIMARY KEY (snapshot, pfn)
) WITHOUT ROWID;
-- Frames that have a struct page, by what they are and in blocks of which size.  pages sum to the length
-- of the page array, and by class to `classes` (but for holes, which may have no struct page).
CREATE TABLE allocation (
	snapshot INTEGER NOT NULL,
	node INTEGER,			-- NULL: in no zone
	class TEXT NOT NULL,
	"order" INTEGER NOT NULL,	-- of the block, compound page or folio; 0 for a page in none
	allocations INTEGER NOT NULL,	-- such blocks; one whose first page is of another class is not among them
	pages PAGES NOT NULL
);

-- Descriptors of a memory-descriptor dump, counted; there is a row whether `descriptors` has them or not.
CREATE TABLE descriptor_use (
	snapshot INTEGER NOT NULL,
	node INTEGER,			-- of the first page; NULL: in no zone
	kind TEXT NOT NULL,		-- name of the word's type
	struct TEXT,			-- what the type points at, in the type info or not
	class TEXT NOT NULL,
	"order" INTEGER,		-- NULL: neither stated nor a power of two
	descriptors INTEGER NOT NULL,
	pages PAGES NOT NULL		-- described by them; a poisoned page counts for its own descriptor
);

-- Slab caches that hold descriptors, with all their slabs.
CREATE TABLE descriptor_cache (
	snapshot INTEGER NOT NULL,
	node INTEGER,
	struct TEXT,			-- of the first descriptor found in it
	name TEXT,			-- of the cache
	address ADDRESS NOT NULL,	-- of struct kmem_cache
	object_size BYTES,		-- from one object to the next; NULL unknown
	"order" INTEGER,		-- of the slabs
	slabs INTEGER NOT NULL,
	pages PAGES NOT NULL
);

-- Struct page and the structs that describe pages, as the type info has them.
CREATE TABLE struct_layout (
	snapshot INTEGER NOT NULL,
	struct TEXT NOT NULL,
	member TEXT,			-- members of struct page, those of anonymous unions too; NULL: the struct
	type TEXT,			-- name of the member's type
	"offset" BYTES,			-- of the member
	bytes BYTES NOT NULL
);

-- Files with page cache, or with entries in place of pages.  Which frames, at which offsets: owned.
CREATE TABLE files (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners
	mapping ADDRESS NOT NULL,	-- of struct address_space
	inode ADDRESS,			-- of struct inode
	path TEXT,			-- as the kernel's root sees it; NULL: no name is in memory
	deleted BOOLEAN NOT NULL,	-- the name is gone from its folder
	fs TEXT,			-- type of file system
	device TEXT,			-- major:minor of the file system
	ino INTEGER,
	links INTEGER,
	size BYTES,
	nrpages PAGES NOT NULL,		-- the kernel's own count (of a hugetlb file in huge pages before 6.7)
	pages PAGES NOT NULL,		-- frames that name this mapping
	mapped PAGES NOT NULL,
	dirty PAGES NOT NULL,
	writeback PAGES NOT NULL,
	indexed PAGES NOT NULL,		-- frames that its page cache tree leads to
	shadows PAGES NOT NULL,		-- entries of evicted pages
	swapped PAGES NOT NULL,		-- entries of pages in swap (shmem)
	disagreeing PAGES NOT NULL,	-- entries whose page does not name this file and offset
	whole BOOLEAN NOT NULL,		-- its page cache tree could be walked to its end
	PRIMARY KEY (snapshot, mapping)
) WITHOUT ROWID;

-- Tasks: processes, their threads, kernel threads and idle tasks.
CREATE TABLE tasks (
	snapshot INTEGER NOT NULL,
	address ADDRESS NOT NULL,	-- of struct task_struct
	pid INTEGER NOT NULL,		-- of the thread; 0 idle tasks
	tgid INTEGER NOT NULL,		-- of its process
	comm TEXT NOT NULL,
	mm ADDRESS,			-- struct mm_struct; NULL for a kernel thread
	kernel BOOLEAN NOT NULL,	-- a kernel thread, even while it uses a process's mm
	stack ADDRESS,			-- kernel stack, lowest address
	PRIMARY KEY (snapshot, address)
) WITHOUT ROWID;

-- Address spaces of processes, one row for each struct mm_struct.  kernel_ columns are the kernel's own
-- counters, per-cpu and per-thread parts added; the others are what its page tables map.
CREATE TABLE processes (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners
	pid INTEGER,			-- lowest process that uses it; NULL if none does any more
	comm TEXT,
	threads INTEGER NOT NULL,	-- tasks that use it
	mm ADDRESS NOT NULL,		-- struct mm_struct
	kernel_anon PAGES,		-- MM_ANONPAGES
	kernel_file PAGES,		-- MM_FILEPAGES
	kernel_shmem PAGES,		-- MM_SHMEMPAGES
	kernel_swap PAGES,		-- MM_SWAPENTS
	kernel_hugetlb PAGES,		-- mm_struct.hugetlb_usage
	kernel_tables BYTES,		-- mm_struct.pgtables_bytes: all page tables but the top one
	anon PAGES NOT NULL,		-- mapped anonymous pages, KSM and swap cache included
	file PAGES NOT NULL,		-- mapped pages of files, and others that the kernel counts with them
	shmem PAGES NOT NULL,
	swap PAGES NOT NULL,		-- entries that name a slot in swap
	hugetlb PAGES NOT NULL,
	ksm PAGES NOT NULL,		-- of anon
	thp PAGES NOT NULL,		-- of anon, file and shmem, mapped by one entry for many pages
	special PAGES NOT NULL,		-- mapped, but counted by nobody: zero page, vvar
	pss BYTES,			-- each page's share among all that map it; hugetlb left out; NULL: not all
					-- of its mappings are known
	table_pages PAGES NOT NULL,	-- its page tables
	pte_tables INTEGER NOT NULL,	-- of these, of the lowest level
	pmd_tables INTEGER NOT NULL,	-- and of the one above
	lost_tables INTEGER NOT NULL,	-- page tables that are not in the dump
	PRIMARY KEY (snapshot, owner)
) WITHOUT ROWID;

-- Areas of address spaces.
CREATE TABLE vmas (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the address space
	start ADDRESS NOT NULL,
	"end" ADDRESS NOT NULL,		-- one past its last byte
	address ADDRESS NOT NULL,	-- of struct vm_area_struct
	flags INTEGER NOT NULL,		-- vm_flags
	flags_text TEXT NOT NULL,	-- "rw-p,hugetlb": as in /proc/PID/maps, then others
	offset INTEGER NOT NULL,	-- of start in its file, in pages
	file ADDRESS,			-- struct file
	inode ADDRESS,			-- struct inode of that file: owners.address of a file
	anon_vma ADDRESS,		-- struct anon_vma
	name TEXT,			-- "[heap]", "[stack]", "[vdso]", or last part of the file's name
	anon PAGES NOT NULL,		-- mapped in it, as in processes
	file_pages PAGES NOT NULL,
	shmem PAGES NOT NULL,
	hugetlb PAGES NOT NULL,
	swap PAGES NOT NULL,
	PRIMARY KEY (snapshot, owner, start)
) WITHOUT ROWID;

-- What page tables of processes map, in runs of pages one after another in address space and memory.
-- No run crosses a multiple of 512 frames: the runs that hold frame N have pfn from N - 511 to N.
-- The zero page is left out; so are runs beyond the eight millionth (a remark says how many).
CREATE TABLE mappings (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the address space
	vaddr ADDRESS NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	huge BOOLEAN NOT NULL,		-- by one entry for many pages
	special BOOLEAN NOT NULL,	-- not counted in resident pages
	PRIMARY KEY (snapshot, owner, vaddr)
) WITHOUT ROWID;

-- Page-table pages that a walk of a process's or the kernel's page tables has reached.
CREATE TABLE page_tables (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners: address space, or the kernel
	level INTEGER NOT NULL,		-- 0 holds pages, each level up holds tables of the one below
	vaddr ADDRESS NOT NULL,		-- of the first byte that it maps
	deposited BOOLEAN NOT NULL,	-- empty, in store for when a huge page is split
	PRIMARY KEY (snapshot, pfn, owner)
) WITHOUT ROWID;

-- vmalloc areas, as /proc/vmallocinfo has them.  Modules, per-cpu chunks and kernel stacks lie in such
-- areas too, but own their pages: owners has those.
CREATE TABLE areas (
	snapshot INTEGER NOT NULL,
	owner INTEGER,			-- its row in owners; NULL: device memory, which has no owner
	start ADDRESS NOT NULL,
	"end" ADDRESS NOT NULL,		-- one past its last byte, guard page included
	address ADDRESS NOT NULL,	-- of struct vm_struct; of struct vmap_area for vm_map_ram()
	flags INTEGER NOT NULL,		-- VM_*
	flags_text TEXT NOT NULL,
	caller TEXT,			-- who asked for it: symbol and offset, or address and [module]
	allocated PAGES NOT NULL,	-- vm_struct.nr_pages: what vmalloc() allocated
	pages PAGES NOT NULL,		-- frames of kernel memory found behind it
	physical ADDRESS,		-- of device memory
	PRIMARY KEY (snapshot, start, address)
) WITHOUT ROWID;

-- Kernel modules.
CREATE TABLE modules (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners
	address ADDRESS NOT NULL,	-- of struct module
	module TEXT NOT NULL,		-- its name
	size BYTES NOT NULL,		-- all its parts
	pages PAGES NOT NULL,		-- frames behind them
	PRIMARY KEY (snapshot, address)
) WITHOUT ROWID;

-- Chunks of the per-cpu allocator.  The first is the static per-cpu variables.
CREATE TABLE percpu_chunks (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners
	base ADDRESS NOT NULL,		-- of its first unit
	address ADDRESS,		-- of struct pcpu_chunk; NULL for static variables
	unit_pages PAGES NOT NULL,	-- of the unit of one cpu, populated or not
	populated PAGES NOT NULL,	-- of these
	pages PAGES NOT NULL,		-- frames behind the units of all cpus
	free_bytes BYTES,		-- free in one unit; NULL for static variables
	PRIMARY KEY (snapshot, owner)
) WITHOUT ROWID;

-- Swap areas.  What is counted by the slots is NULL where these could not be read.
CREATE TABLE swap_areas (
	snapshot INTEGER NOT NULL,
	type INTEGER NOT NULL,		-- its number in swap entries
	address ADDRESS NOT NULL,	-- of struct swap_info_struct
	name TEXT,			-- last part of the path
	slots PAGES NOT NULL,		-- the header's included
	used PAGES NOT NULL,		-- by the kernel's own count
	disk TEXT,			-- that it lies on: "zram0"
	pages PAGES NOT NULL,		-- slots that can hold a page, by the kernel's own count
	priority INTEGER NOT NULL,
	in_use PAGES,			-- slots in use
	bad PAGES,			-- slots that hold no page: the header, or bad blocks
	cached PAGES,			-- of those in use: whose page is in memory, too
	held PAGES,			-- of those in use: of no page yet or any more
	users INTEGER,			-- entries that name them, by the kernel's counts
	many PAGES,			-- slots whose count of users is not all known, and not in users
	charged PAGES,			-- of those in use: charged to a control group that is known
	unread PAGES,			-- slots whose state is not in the dump
	cache_pages PAGES,		-- pages that its swap cache leads to
	shadows PAGES,			-- entries there that evicted pages left
	entries PAGES NOT NULL,		-- entries of page tables that name it
	file_entries PAGES NOT NULL,	-- entries of shmem files that name it
	PRIMARY KEY (snapshot, type)
) WITHOUT ROWID;

-- How much each address space has in each swap area, by its page tables.
CREATE TABLE swap_uses (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the address space
	type INTEGER NOT NULL,		-- of the swap area
	pages PAGES NOT NULL,
	PRIMARY KEY (snapshot, owner, type)
) WITHOUT ROWID;

-- Slots of swap areas that are not free, those alike and one after another in one row.
CREATE TABLE swap_slots (
	snapshot INTEGER NOT NULL,
	type INTEGER NOT NULL,		-- of the swap area
	slot INTEGER NOT NULL,		-- the first
	slots PAGES NOT NULL,
	users INTEGER,			-- entries that name each; NULL: more than the kernel counts in one place
	cached BOOLEAN NOT NULL,	-- the page is in memory, too
	bad BOOLEAN NOT NULL,		-- holds no page: the header, or a bad block
	cgroup INTEGER,			-- row in owners of the control group each is charged to
	PRIMARY KEY (snapshot, type, slot)
) WITHOUT ROWID;

-- zram devices, as zramctl shows them; NULL: this kernel keeps no such count.  Frames of the pool: owners.pages
-- of the owner of kind pool at `pool`.
CREATE TABLE zram (
	snapshot INTEGER NOT NULL,
	disk TEXT NOT NULL,		-- "zram0"
	address ADDRESS NOT NULL,	-- of struct zram
	algorithm TEXT,			-- that compresses
	size BYTES NOT NULL,		-- of the device
	stored PAGES,			-- that it holds
	same PAGES,			-- of these, made of one word again and again, which take no room
	huge PAGES,			-- of these, that did not become smaller
	compressed BYTES,		-- what the others became
	pool ADDRESS,			-- struct zs_pool
	pool_pages PAGES,		-- the pool's, by the kernel's own count
	peak PAGES,			-- most that this ever was
	max PAGES,			-- limit of that; NULL: none
	PRIMARY KEY (snapshot, address)
) WITHOUT ROWID;

-- zswap: one row where the kernel has it, in use or not; NULL: this kernel keeps no such count.
CREATE TABLE zswap (
	snapshot INTEGER NOT NULL,
	enabled BOOLEAN,
	stored PAGES,			-- that it holds
	same PAGES,			-- of these, made of one word again and again
	pool BYTES,			-- what they take, by the kernel's own count
	max_percent INTEGER,		-- most of all memory that this may be
	written_back PAGES,		-- to swap areas, since boot
	limit_hits INTEGER,		-- times that it was full, since boot
	rejected PAGES,			-- that did not become smaller, since boot
	PRIMARY KEY (snapshot)
) WITHOUT ROWID;

-- Control groups.  What was found charged to a group is its own, without that of the groups below it;
-- subtree_ columns have both.  A page is charged to the group that page.cgroup names, whoever owns it.
CREATE TABLE cgroups (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- its row in owners, whose parent is the group above it
	address ADDRESS NOT NULL,	-- of struct mem_cgroup
	cgroup TEXT NOT NULL,		-- its path
	online BOOLEAN,			-- 0: removed, but there until nothing is charged to it any more
	id INTEGER,			-- number that swap slots name it by
	inode INTEGER,			-- of its folder
	pages PAGES NOT NULL,		-- charged to it
	kernel_pages PAGES NOT NULL,	-- of these, as kernel memory
	objects INTEGER NOT NULL,	-- slab objects charged to it
	object_bytes BYTES NOT NULL,	-- as charged: each with the pointer to its group
	subtree_pages PAGES NOT NULL,
	subtree_objects INTEGER NOT NULL,
	subtree_object_bytes BYTES NOT NULL,
	usage PAGES,			-- memory.current, which includes all groups below it; the root has none
	max PAGES,			-- memory.max; NULL: no limit
	swap_usage PAGES,		-- memory.swap.current
	swapped PAGES,			-- slots of swap areas charged to the group itself; NULL: not all known
	PRIMARY KEY (snapshot, owner)
) WITHOUT ROWID;

-- Pages charged to each control group, by class.
CREATE TABLE cgroup_classes (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the group
	class TEXT NOT NULL,
	pages PAGES NOT NULL,
	PRIMARY KEY (snapshot, owner, class)
) WITHOUT ROWID;

-- Slab objects charged to each control group, by cache.
CREATE TABLE cgroup_caches (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the group
	cache ADDRESS NOT NULL,		-- struct kmem_cache
	objects INTEGER NOT NULL,
	bytes BYTES NOT NULL,		-- from one object to the next
	PRIMARY KEY (snapshot, owner, cache)
) WITHOUT ROWID;

-- Multi-generational LRU: pages by generation, node, zone and type, in the lists of each control group.
-- No rows: the kernel has none, or they are off, or owners were not looked for.
CREATE TABLE generations (
	snapshot INTEGER NOT NULL,
	owner INTEGER,			-- row in owners of the control group; NULL: the kernel has none
	lruvec ADDRESS NOT NULL,	-- struct lruvec
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	type TEXT NOT NULL,		-- "anon": in swap, if anywhere, shared memory included; "file"
	generation INTEGER NOT NULL,	-- as page.generation: the last bits of seq
	seq INTEGER NOT NULL,		-- its sequence number
	age INTEGER NOT NULL,		-- how many generations are younger; up to 1 counts as active
	seconds REAL,			-- since it began
	min_seq INTEGER NOT NULL,	-- of the oldest of its type; an older one has no pages
	kernel PAGES NOT NULL,		-- lrugen.nr_pages
	pages PAGES NOT NULL,		-- that say so
	PRIMARY KEY (snapshot, lruvec, zone, type, generation)
) WITHOUT ROWID;

-- The kernel's own counters of each control group beside what was found charged.
CREATE TABLE cgroup_counters (
	snapshot INTEGER NOT NULL,
	owner INTEGER NOT NULL,		-- row in owners of the group
	counter TEXT NOT NULL,		-- "memory.current"; names of memory.stat
	subtree BOOLEAN NOT NULL,	-- with all groups below
	unit TEXT NOT NULL,		-- "pages", "bytes"
	kernel INTEGER NOT NULL,	-- items of memory.stat: as last flushed
	census INTEGER,			-- NULL: not counted
	exact BOOLEAN NOT NULL,		-- the two must be equal
	meaning TEXT NOT NULL,
	PRIMARY KEY (snapshot, owner, counter)
) WITHOUT ROWID;

-- Who allocated pages, where the kernel has kept that (page_owner=on): stacks of calls, and the pages that
-- were allocated by each.
CREATE TABLE alloc_stacks (
	snapshot INTEGER NOT NULL,
	stack INTEGER NOT NULL,		-- number in the kernel's stack depot
	allocations INTEGER NOT NULL,	-- blocks of pages in use that it allocated
	pages PAGES NOT NULL,		-- pages of these
	caller TEXT,			-- first function that is not part of the allocator
	frames TEXT,			-- one line each, innermost first; NULL: not in the dump
	PRIMARY KEY (snapshot, stack)
) WITHOUT ROWID;

-- Pages alike in who allocated them, and one after another.
CREATE TABLE allocated (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	stack INTEGER NOT NULL,
	"order" INTEGER NOT NULL,	-- of the blocks, when they were allocated
	gfp INTEGER NOT NULL,		-- gfp_t
	pid INTEGER NOT NULL,		-- task, and
	tgid INTEGER NOT NULL,		-- its process
	comm TEXT,			-- its name then
	seconds REAL NOT NULL,		-- since boot, of the first page
	migrated INTEGER,		-- why it was moved last (enum migrate_reason); NULL: never
	PRIMARY KEY (snapshot, pfn)
) WITHOUT ROWID;

-- Which calls in the kernel's source allocated memory, where the kernel has kept that (allocation tags):
-- what /proc/allocinfo shows, and the pages that refer to each.
CREATE TABLE alloc_tags (
	snapshot INTEGER NOT NULL,
	tag ADDRESS NOT NULL,		-- of struct alloc_tag
	file TEXT NOT NULL,		-- in the kernel's source
	line INTEGER NOT NULL,
	function TEXT NOT NULL,
	module TEXT,			-- NULL: the kernel itself
	bytes BYTES NOT NULL,		-- the kernel's own counters: objects and per-cpu memory as well as pages
	calls INTEGER NOT NULL,
	allocations INTEGER NOT NULL,	-- of pages, whose first refers to it
	pages PAGES NOT NULL,		-- of these; of a block that is no compound page the first only
	PRIMARY KEY (snapshot, tag)
) WITHOUT ROWID;

-- Pages one after another that the same call allocated.
CREATE TABLE tagged (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	tag ADDRESS NOT NULL,		-- row in alloc_tags
	PRIMARY KEY (snapshot, pfn)
) WITHOUT ROWID;

-- The graph as edges.  edge: "owns" (an owner's stretch of frames), "maps" (a process maps frames, or a
-- file into its address space), "contains" (an owner and what belongs to it), "table" (a page table of
-- an address space).  Ask by source_owner, target_owner, or a range of pfn: each is one look-up.
CREATE VIEW edges AS
	SELECT o.snapshot, 'owns' AS edge, o.id AS source_owner, o.kind AS source_kind,
		o.address AS source, o.name AS source_name, NULL AS target_owner,
		'pages' AS target_kind, NULL AS target, NULL AS target_name,
		w.pfn, w.pages, w.position * (SELECT page_size FROM snapshot WHERE id = o.snapshot)
			AS place
	FROM owned w JOIN owners o ON o.snapshot = w.snapshot AND o.id = w.owner
	UNION ALL
	SELECT o.snapshot, 'maps', o.id, o.kind, o.address, o.name, NULL, 'pages', NULL, NULL,
		m.pfn, m.pages, m.vaddr
	FROM mappings m JOIN owners o ON o.snapshot = m.snapshot AND o.id = m.owner
	UNION ALL
	SELECT o.snapshot, 'table', o.id, o.kind, o.address, o.name, NULL, 'pages', NULL,
		'level ' || t.level, t.pfn, 1, t.vaddr
	FROM page_tables t JOIN owners o ON o.snapshot = t.snapshot AND o.id = t.owner
	UNION ALL
	SELECT o.snapshot, 'maps', o.id, o.kind, o.address, o.name, f.id, f.kind, f.address, f.name,
		NULL, ("end" - start) / (SELECT page_size FROM snapshot WHERE id = o.snapshot), start
	FROM vmas v JOIN owners o ON o.snapshot = v.snapshot AND o.id = v.owner
		JOIN owners f ON f.snapshot = v.snapshot AND f.address = v.inode AND f.kind = 'file'
	UNION ALL
	SELECT o.snapshot, 'contains', p.id, p.kind, p.address, p.name, o.id, o.kind, o.address,
		o.name, NULL, o.pages, NULL
	FROM owners o JOIN owners p ON p.snapshot = o.snapshot AND p.id = o.parent;

-- Maximal runs of frames alike in class, node, zone and migratetype.
CREATE TABLE runs (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	class TEXT NOT NULL,
	"order" INTEGER,		-- when the same for all pages of the run
	node INTEGER,
	zone TEXT,
	migratetype TEXT,
	mapped PAGES NOT NULL,
	excluded PAGES NOT NULL,
	PRIMARY KEY (snapshot, pfn)
) WITHOUT ROWID;

-- Ranges of frames that the source knows of.
CREATE TABLE memory_range (
	snapshot INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages PAGES NOT NULL,
	state TEXT NOT NULL,		-- "present", "excluded", "lost"
	PRIMARY KEY (snapshot, pfn)
) WITHOUT ROWID;

-- The kernel's log, oldest first.
CREATE TABLE log (
	snapshot INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	seconds REAL,			-- since boot
	level INTEGER,			-- 0 emergency ... 7 debug
	facility INTEGER,
	caller TEXT,			-- "T123" task, "C1" cpu
	message TEXT NOT NULL,
	PRIMARY KEY (snapshot, seq)
) WITHOUT ROWID;

-- Planes: one value per frame, in tiles of 65536 frames (tile number = pfn >> 16).  data is one zstd
-- frame that inflates to exactly 65536 values, little-endian, without padding.  A tile all of whose
-- values are the plane's default is not stored.  Planes 5, 6 and 7 may be missing altogether: then they
-- were not recorded.
--
--	plane	name		value	default
--	0	class		u8	29	page_class.number
--	1	order		u8	0	log2 of the pages of the block, compound page or folio the
--						frame lies in; blocks are aligned to their own size
--	2	attr		u16	0	bits: 0 head, 1 tail, 2 mapped, 3 dirty, 4 writeback,
--						5 locked, 6 lru, 7 active, 8 unevictable, 9 mlocked,
--						10 reserved, 11 hwpoison, 12 content excluded, 13 no zone,
--						14 on list, 15 isolated
--	3	migratetype	u8	255	migratetype.number of the pageblock
--	4	zone		u8	255	zones.id
--	5	flags		u32	0	low 32 bits of the struct page's own flags word
--	6	refcount	s32	0
--	7	mapcount	s32	0	0 for typed pages
--	8	owner		u32	0	owners.id; 0 nobody
--	9	cgroup		u32	0	owners.id of the control group that the page is charged to;
--						0 none
--	10	generation	u8	0	of a folio's first page: 0 on no list of a generation, else one
--						more than generations.generation
--	11	lru_refs	u8	0	of the same: 0 not known, else one more than LRU_REFS of its
--						flags: how often it was used through files, past the first times
CREATE TABLE tile (
	snapshot INTEGER NOT NULL,
	plane INTEGER NOT NULL,
	tile INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (snapshot, plane, tile)
) WITHOUT ROWID;

-- Pages per class in each stored class tile: finds a class without reading tiles.
CREATE TABLE histogram (
	snapshot INTEGER NOT NULL,
	tile INTEGER NOT NULL,
	class INTEGER NOT NULL,		-- page_class.number
	pages PAGES NOT NULL,		-- 1 to 65536; the classes of a tile sum to 65536
	PRIMARY KEY (snapshot, tile, class)
) WITHOUT ROWID;

-- Zoomed-out class planes, one blob for each stored class tile.  Level L (1 to 8) has cells of 4^L
-- consecutive frames, 65536 / 4^L cells a tile, 21845 in all.  data is one zstd frame that inflates to
-- 109225 bytes:
--
--	offset 0	21845 x u8	most frequent class of the cell; of classes equally frequent
--					the one with the lowest number
--	offset 21845	21845 x u32	little-endian set of the classes present: bit n = class n
--
-- Both arrays hold level 1 first: level L begins at cell (65536 - 65536 / 4^(L-1)) / 3.
-- Cells of more than one tile (level 9 up) come from `histogram`.
CREATE TABLE pyramid (
	snapshot INTEGER NOT NULL,
	tile INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (snapshot, tile)
) WITHOUT ROWID;

-- The coarse levels again, of 16 tiles at a time: a picture of all memory would else inflate every blob of
-- `pyramid` for a few of its cells.  Part P has the tiles 16 * P to 16 * P + 15; data is laid out as in
-- `pyramid`, but what stands there as level L is level L + 2 (3 to 8) of those tiles, one tile's cells after
-- the other's; a tile that is not stored is all holes.  The last five cells are not used (hole).
-- Files without this table, or without rows of a snapshot, have the same cells in `pyramid`.
CREATE TABLE overview (
	snapshot INTEGER NOT NULL,
	part INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (snapshot, part)
) WITHOUT ROWID;
