# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's types of one variant, as C: compiled for their DWARF, and measured.

Nothing here knows an offset: a probe object holds, for every member asked for, its structure with all
bits of that member set, so that bit-fields and either byte order come out right.
"""
import subprocess

KERNEL = r'''
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long u64;
typedef struct { long counter; } atomic_long_t;
typedef struct { int counter; } atomic_t;
typedef struct { unsigned int slock; } spinlock_t;
struct list_head { struct list_head *next, *prev; };
enum pageflags { PG_locked, PG_writeback, PG_referenced, PG_uptodate, PG_dirty, PG_lru, PG_head,
	PG_waiters, PG_active, PG_workingset, PG_owner_priv_1, PG_owner_2, PG_arch_1, PG_reserved,
	PG_private, PG_private_2, PG_reclaim, PG_swapbacked, PG_unevictable, PG_mlocked, PG_hwpoison,
	__NR_PAGEFLAGS, PG_swapcache = PG_owner_priv_1, PG_checked = PG_owner_priv_1 };
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES, MIGRATE_ISOLATE, MIGRATE_TYPES };
enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, __MAX_NR_ZONES };
enum zone_stat_item { NR_FREE_PAGES, NR_ZONE_LRU_BASE, NR_BOUNCE, NR_UNACCEPTED, NR_VM_ZONE_STAT_ITEMS };
enum pageblock_bits { PB_migrate, PB_migrate_end = PB_migrate + 3 - 1, PB_migrate_skip, NR_PAGEBLOCK_BITS };
enum _slab_flag_bits { _SLAB_CONSISTENCY_CHECKS, _SLAB_RED_ZONE, _SLAB_POISON, _SLAB_KMALLOC,
	_SLAB_HWCACHE_ALIGN, _SLAB_CACHE_DMA, _SLAB_CACHE_DMA32, _SLAB_STORE_USER, _SLAB_PANIC,
	_SLAB_TYPESAFE_BY_RCU };
struct page; struct address_space; struct mm_struct; struct zone; struct pglist_data; struct kmem_cache;
struct mem_section_usage { unsigned long subsection_map[%(subsections)d]; unsigned long pageblock_flags[0]; };
struct mem_section { unsigned long section_mem_map; struct mem_section_usage *usage; };
%(buddy)s
%(page)s
struct free_area { %(area)s };
struct per_cpu_pages { spinlock_t lock; int count; int high; int high_min; int high_max; int batch;
	%(shift)s u8 flags; u8 alloc_factor; short free_count; %(head)s lists[14]; };
struct per_cpu_zonestat { signed char vm_stat_diff[NR_VM_ZONE_STAT_ITEMS]; signed char stat_threshold; };
struct zone { unsigned long _watermark[4]; unsigned long watermark_boost; int node;
	struct pglist_data *zone_pgdat; struct per_cpu_pages *per_cpu_pageset;
	struct per_cpu_zonestat *per_cpu_zonestats; %(bitmap)s
	%(start)s atomic_long_t managed_pages; unsigned long spanned_pages;
	unsigned long present_pages; %(moved_start)s const char *name; int initialized; %(shift)s
	struct free_area free_area[%(orders)d]; %(head)s unaccepted_pages; unsigned long flags; spinlock_t lock;
	atomic_long_t vm_stat[NR_VM_ZONE_STAT_ITEMS]; } __attribute__((aligned(64)));
struct zoneref { struct zone *zone; int zone_idx; };
struct zonelist { struct zoneref _zonerefs[%(nodes)d * %(zones)d + 1]; };
typedef struct pglist_data { struct zone node_zones[%(zones)d]; struct zonelist node_zonelists[%(lists)d];
	int nr_zones; %(flat)s unsigned long node_start_pfn; unsigned long node_present_pages;
	unsigned long node_spanned_pages; int node_id; } pg_data_t;
struct cpumask { unsigned long bits[1]; };
struct kmem_cache_order_objects { unsigned int x; };
struct kmem_cache_node { spinlock_t list_lock; unsigned long nr_partial; struct list_head partial;
	atomic_long_t nr_slabs; atomic_long_t total_objects; };
struct kmem_cache { unsigned int flags; unsigned long min_partial; unsigned int size;
	unsigned int object_size; unsigned int offset; struct kmem_cache_order_objects oo, min;
	int refcount; unsigned int inuse; unsigned int align; unsigned int red_left_pad;
	const char *name; struct list_head list; %(random)s struct kmem_cache_node *node[%(nodes)d]; };
'''

BUDDY = {	# shape of struct page, type of a list head, by buddy layout
	'ptr-prev-first': ('struct buddy { struct page *prev, *next; };',
			   'union { %s memdesc; struct buddy buddy; };', 'struct list_head'),
	'ptr-next-first': ('', '%s memdesc_or_next; unsigned long private_or_prev;', 'struct list_head'),
	'pfn-prev-first': ('struct buddy { unsigned long prev, next; };',
			   'union { %s memdesc; struct buddy buddy; };', 'struct buddy'),
	'pfn8-global': ('struct buddy { u64 links; };', '%s memdesc;', 'struct buddy'),
	'pfn8-zone': ('struct buddy { u64 whatever; };', '%s memdesc;', 'struct buddy'),
	'list32': ('', '', 'struct list_head'),
}
PAGE32 = {	# the three published variants
	'path1': 'unsigned long flags; union { struct list_head buddy_list; unsigned long compound_head; };'
		 'unsigned long private;',
	'path2': 'unsigned long flags; union { struct list_head buddy_list; struct list_head pcp_list;'
		 'struct { %s memdesc; int _refcount; }; }; union { unsigned long private; int _mapcount; };',
	'path3': 'unsigned long flags; union { struct list_head buddy_list; struct list_head pcp_list;'
		 'struct { %s memdesc; union { unsigned long private; int _mapcount; }; }; }; int _refcount;',
}
WORD = {
	'ulong': ('', 'unsigned long'), 'u64': ('', 'u64'),
	'struct': ('struct memdesc { unsigned long v; };', 'struct memdesc'),
	'typedef': ('typedef struct { u64 word; } memdesc_t;', 'memdesc_t'),
}
EXTENT = {	# how a descriptor states its pages; the last three do not
	'plain': 'unsigned long pfn; u8 order;',
	'bits': 'unsigned long junk:5, pfn:47, order:6;',
	'anonymous': 'union { unsigned long raw[2];'
		     'struct { union { u8 order; int o2; }; struct { unsigned long pfn; }; }; };',
	'odd': 'signed char order; unsigned int pfn;',
	'wide': 'long long order; unsigned long long pfn;',
	'none': 'int unrelated;',
	'pfn-only': 'unsigned long pfn;',
	'order-only': 'u8 order;',
	'absent': '',
}
HWPOISON, ONES = 1 << 20, (1 << 64) - 1
STATED = ('plain', 'bits', 'anonymous', 'odd', 'wide')
BODY = {	# descriptors, the extent left out
	'folio': 'unsigned long flags; struct list_head lru; struct address_space *mapping; unsigned long index;'
		 'void *private; atomic_t _refcount; atomic_t _mapcount;',
	'anon_folio': 'unsigned long flags; struct address_space *mapping; atomic_t _refcount; atomic_t _mapcount;'
		      'unsigned long index;',
	'slab': 'unsigned long flags; struct kmem_cache *slab_cache; struct list_head slab_list; void *freelist;'
		'union { unsigned long counters; struct { unsigned inuse:16, objects:15, frozen:1; }; };',
	'ptdesc': 'unsigned long pt_flags; struct mm_struct *pt_mm; spinlock_t ptl;',
	'ksm': 'void *stable_node; int users;', 'movable': 'void *ops; unsigned long state;',
	'bump': 'void *pp; unsigned long dma_addr;', 'netpool': 'void *pp;', 'hwpoison': 'int why;',
	'pcpudesc': 'void *chunk;', 'acctmem': 'void *memcg;', 'zpdesc': 'void *zspage; int first;',
	'mgdesc': 'int refs;',
}


def source(v):
	"""C of variant v: kernel, struct page, descriptors, enumerators."""
	decl, word = WORD[v['word']]
	buddy, page, head = BUDDY[v['buddy']]
	if v['buddy'] == 'list32':
		page = PAGE32[v['page32']]
	if v.get('bare'):
		page = '%s memdesc; unsigned long other;'
	buddy = v.get('struct_buddy', buddy)
	page = v.get('struct_page', page)
	if '%s' in page:
		page = page % word
	flat = v['map'] == 'flat'
	start = ['unsigned long zone_start_pfn;', '']
	if v.get('moved'):
		start.reverse()
	area = [head + ' free_list[MIGRATE_TYPES];', 'unsigned long nr_free;']
	text = KERNEL % {
		'start': start[0], 'moved_start': start[1], 'subsections': 4, 'zones': v['max_zones'], 'orders': v['orders'],
		'area': ' '.join(reversed(area) if v.get('swapped') else area),
		'buddy': buddy + decl, 'head': head, 'nodes': 1 if flat else v['max_nodes'],
		'page': 'struct page { %s }%s;' % (page, ' __attribute__((aligned(32)))' if v['buddy'] == 'list32' else ''),
		'bitmap': 'unsigned long *pageblock_flags;' if flat else '',
		'shift': 'unsigned long shift;' if v.get('shift') else '',
		'lists': 1 if flat else 2, 'flat': 'struct page *node_mem_map;' if flat else '',
		'random': 'unsigned long random;' if v.get('random') else '',
	}
	for name, body in BODY.items():
		mode = v['extent'].get(name, 'plain')
		if mode != 'absent':
			text += 'struct %s { %s %s } __attribute__((aligned(16)));\n' % (name, body, EXTENT[mode])
	if v.get('enumerators'):
		text += 'enum memdesc_type { %s };\n' % ', '.join('MEMDESC_TYPE_%s = %d' % it for it in v['enumerators'])
	return text


def run(*command, **more):
	return subprocess.run(command, check=True, capture_output=True, **more).stdout


class Layout:
	"""Members as (byte offset, bytes, shift, width), and sizes, of one variant's types."""

	def __init__(self, v, members, folder):
		self.order = v['endian']
		self.tools = v['tools']
		self.flags = v['cflags']
		text = source(v)
		with open(folder + '/types.c', 'w') as f:
			f.write(text)
		probe = 'struct probe {\n unsigned long size[%d];\n' % len(members)
		for i, (s, m) in enumerate(members):
			probe += ' struct %s p%d __attribute__((aligned(64)));\n' % (s, i)
		probe += '} __attribute__((aligned(64)));\n'
		probe += 'const struct probe probe __attribute__((section(".probe"), used)) = { {'
		probe += ','.join('sizeof(struct %s)' % s for s, m in members) + '},\n'
		probe += ''.join(' .p%d = { %s },\n' % (i, '.%s = -1L' % m if m else '0')
				 for i, (s, m) in enumerate(members))
		with open(folder + '/probe.c', 'w') as f:
			f.write(text + probe + '};\n')
		run(self.tools + 'gcc', *self.flags, '-w', '-c', folder + '/probe.c', '-o', folder + '/probe.o')
		run(self.tools + 'objcopy', '-O', 'binary', '-j', '.probe', folder + '/probe.o', folder + '/probe.bin')
		with open(folder + '/probe.bin', 'rb') as f:
			data = f.read()
		self.sizes, self.places = {}, {}
		at = -(-8 * len(members) // 64) * 64
		for i, (s, m) in enumerate(members):
			size = int.from_bytes(data[8 * i:8 * i + 8], self.order)
			self.sizes[s] = size
			if m:
				self.places[s, m] = self.place(data[at:at + size])
			at += -(-size // 64) * 64

	def place(self, data):
		used = [i for i, byte in enumerate(data) if byte]
		low, high = used[0], used[-1] + 1
		bits = int.from_bytes(data[low:high], self.order)
		shift = (bits & -bits).bit_length() - 1
		return low, high - low, shift, (bits >> shift).bit_length()

	def offset(self, s, m):
		return self.places[s, m][0]

	def has(self, s, m):
		return (s, m) in self.places

	def put(self, data, at, s, m, value):
		"""Sets member m of the s that begins at data[at]."""
		low, size, shift, width = self.places[s, m]
		span = data[at + low:at + low + size]
		mask = (1 << width) - 1
		bits = int.from_bytes(span, self.order) & ~(mask << shift) | (value & mask) << shift
		data[at + low:at + low + size] = bits.to_bytes(size, self.order)


def vmlinux(v, folder, symbols):
	"""An executable with these types and these symbols; v['info'] is dwarf or btf."""
	tools = v['tools']
	run(tools + 'gcc', *v['cflags'], '-g', '-fno-eliminate-unused-debug-types', '-c', folder + '/types.c',
	    '-o', folder + '/types.o')
	text = symbols['_text']
	with open(folder + '/symbols.ld', 'w') as f:
		f.write('SECTIONS { .text 0x%x : {\n' % text)	# what is inside moves with the image
		f.write(''.join('%s = 0x%x;\n' % (it, at - text) for it, at in sorted(symbols.items()) if at >= text))
		f.write('*(.text) LONG(0) } }\n')
		f.write(''.join('%s = 0x%x;\n' % it for it in sorted(symbols.items()) if it[1] < text))
	run(tools + 'ld', *v['ldflags'], '-e', '0', '-T', folder + '/symbols.ld', folder + '/types.o',
	    '-o', folder + '/vmlinux')
	if v['info'] == 'btf':
		run('pahole', '-J', folder + '/vmlinux')
		run(tools + 'objcopy', '--strip-all' if v.get('stripped') else '--strip-debug', folder + '/vmlinux')
