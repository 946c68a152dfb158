# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine's physical memory with the kernel's ordinary structures: nodes, zones, sections, per-cpu
areas, slab caches, page tables; and the dump of it.  What the struct pages say is formats.py's."""
import struct

from layout import Layout, vmlinux

TYPESAFE = 1 << 9
IMAGE, IMAGE_SIZE = 0xffffffff80000000, 0x200000
MEMBERS = '''page. list_head.next list_head.prev mem_section.section_mem_map mem_section.usage
mem_section_usage.subsection_map[0] zone.zone_start_pfn zone.managed_pages
zone.spanned_pages zone.present_pages zone.name zone.node zone.zone_pgdat zone.per_cpu_pageset
zone.per_cpu_zonestats zone.free_area[0].nr_free zone.free_area[0].free_list[0] zone.free_area[0].free_list[1]
zone.free_area[1].free_list[0] zone.unaccepted_pages zone.vm_stat[0] zone.vm_stat[NR_UNACCEPTED]
zone.free_area zone.initialized free_area.free_list per_cpu_pages.count per_cpu_pages.high
per_cpu_pages.lists[0]
per_cpu_pages.lists[1] per_cpu_zonestat. pglist_data.node_zones[0] pglist_data.node_zones[1]
pglist_data.nr_zones pglist_data.node_start_pfn pglist_data.node_present_pages pglist_data.node_spanned_pages
pglist_data.node_id kmem_cache.flags kmem_cache.size kmem_cache.object_size kmem_cache.offset kmem_cache.oo
kmem_cache.min kmem_cache.refcount kmem_cache.inuse kmem_cache.align kmem_cache.name kmem_cache.list
kmem_cache.node[0] kmem_cache_node.nr_partial kmem_cache_node.partial kmem_cache_node.nr_slabs
kmem_cache_node.total_objects slab.flags slab.slab_cache slab.slab_list.next slab.slab_list.prev slab.freelist
slab.inuse slab.objects folio.flags'''.split()

# How an architecture's page tables point: at a page, at a block, at a table.
ENTRY = {62: (0x8000000000000063, 0x80000000000000e3, 0x67), 183: (0x703, 0x701, 3)}


class Machine:
	def __init__(self, v, folder):
		from formats import members
		self.v, self.folder = v, folder
		wanted = MEMBERS + members(v)
		wanted += ['zone.pageblock_flags', 'pglist_data.node_mem_map'] if v['map'] == 'flat' else []
		wanted += ['kmem_cache.random'] if v.get('random') else []
		self.lay = Layout(v, [tuple(it.split('.', 1)) for it in wanted], folder)
		self.blobs = []		# (physical address, bytes)
		self.ps, self.page_size, arm, base = v['page_shift'], 1 << v['page_shift'], v['machine'] == 183, v['base_pfn']
		self.shifts = [self.ps]
		while self.shifts[0] + self.ps - 3 < 48 and len(self.shifts) < (4, 3, 2)[(self.ps - 12) // 2]:
			self.shifts.insert(0, self.shifts[0] + self.ps - 3)
		self.va_bits = self.shifts[0] + self.ps - 3
		self.sec = v['section_bits'] - self.ps
		self.pb = min(self.ps - 3, v['orders'] - 1)	# pageblock_order
		slide = v.get('kaslr', 0)
		self.direct = (1 << 64) - (1 << self.va_bits) if arm else 0xffff888000000000 + (slide << 30)
		self.phys = base << self.ps if arm else 0	# where the direct map begins
		self.base = self.direct - self.phys		# virtual = base + physical
		self.vmemmap = (1 << 64) - (1 << 40) if arm else 0xffffea0000000000 + (slide << 30)
		self.slide = 0x1c000000 if slide else 0
		self.image = base + 0x1000 << self.ps		# physical address of the kernel's image
		self.image_va = (1 << 64) - (1 << self.va_bits - 1) + 0x80000000 if arm else IMAGE + self.image + self.slide
		self.image_at, self.image_end = self.image, self.image + IMAGE_SIZE
		self.boot_at, self.boot_end = (base + pfn << self.ps for pfn in v['boot_pfns'])
		self.symbols, self.tables, self.slabs, self.caches = {}, {}, [], []
		self.symbol('_text', 0), self.symbol('_stext', 0)

	# Memory

	def new(self, pa, size):
		blob = bytearray(size)
		self.blobs.append((pa, blob))
		return blob

	def boot(self, size, align=64):
		"""(virtual address, bytes) of memory that the boot allocator gives and nobody frees."""
		pa = -(-self.boot_at // align) * align
		self.boot_at = pa + size
		assert self.boot_at <= self.boot_end, 'boot memory is too small'
		return self.base + pa, self.new(pa, size)

	def symbol(self, name, size, align=64):
		pa = -(-self.image_at // align) * align
		self.image_at = pa + size
		self.symbols[name] = self.image_va + pa - self.image
		return self.new(pa, size) if size else None

	def put(self, blob, at, name, value):
		s, m = name.split('.', 1)
		self.lay.put(blob, at, s, m, value)

	def u64(self, blob, at, value):
		blob[at:at + 8] = (value & (1 << 64) - 1).to_bytes(8, self.v['endian'])

	def list_head(self, blob, at, next, prev):
		self.put(blob, at, 'list_head.next', next)
		self.put(blob, at, 'list_head.prev', prev)

	# Page tables

	def map(self, va, pa, size, step):
		page, block, next = ENTRY[self.v['machine']]
		for off in range(0, size, step):
			at, table = va + off, self.top
			for shift in self.shifts:
				slot = (at >> shift & (1 << self.ps - 3) - 1) * 8
				if step == 1 << shift:
					self.u64(table, slot, pa + off | (page if shift == self.ps else block))
					break
				key = at >> shift, shift
				if key not in self.tables:
					virt, self.tables[key] = self.boot(self.page_size, self.page_size)
					self.u64(table, slot, virt - self.base | next)
				table = self.tables[key]

	# Sections and the array of struct page

	def sections(self, ram):
		lay, v, size = self.lay, self.v, self.lay.sizes['page']
		self.size = size
		self.present = sorted({pfn >> self.sec for lo, hi in ram for pfn in range(lo, hi, 256)})
		self.arrays, self.bits = {}, {}
		if v['map'] == 'flat':
			frames = self.present[-1] + 1 << self.sec
			va, self.flat = self.boot(frames * size, self.page_size)
			self.vmemmap = va
			self.u64(self.symbol('mem_map', 8), 0, va)
			self.u64(self.symbol('max_pfn', 8), 0, frames)
			return
		root_size = self.page_size // lay.sizes['mem_section'] * lay.sizes['mem_section']
		self.roots, roots = self.boot(8 * 2048, self.page_size)
		self.u64(self.symbol('mem_section', 8), 0, self.roots)
		tables = {}
		for nr in self.present:
			root, slot = divmod(nr, self.page_size // lay.sizes['mem_section'])
			if root not in tables:
				va, tables[root] = self.boot(root_size, self.page_size)
				self.u64(roots, 8 * root, va)
			usage, bits = self.boot(lay.sizes['mem_section_usage'] + 64 // 2)
			va, array = self.boot(size << self.sec, self.page_size if v['map'] == 'vmemmap' else 64)
			if v['map'] == 'vmemmap':
				self.map(self.vmemmap + (nr * size << self.sec), va - self.base, size << self.sec, self.page_size)
				va = self.vmemmap + (nr * size << self.sec)
			bits[:32] = b'\xff' * 32
			self.bits[nr] = bits, lay.sizes['mem_section_usage']
			self.arrays[nr] = va, array
			at = slot * lay.sizes['mem_section']
			self.put(tables[root], at, 'mem_section.section_mem_map', va - (nr * size << self.sec) | 15)
			self.put(tables[root], at, 'mem_section.usage', usage)

	def page_va(self, pfn):
		if self.v['map'] != 'sections':
			return self.vmemmap + pfn * self.size
		return self.arrays[pfn >> self.sec][0] + (pfn & (1 << self.sec) - 1) * self.size

	def page(self, pfn):
		"""(bytes, offset) of a frame's struct page."""
		if self.v['map'] == 'flat':
			return self.flat, pfn * self.size
		return self.arrays[pfn >> self.sec][1], (pfn & (1 << self.sec) - 1) * self.size

	def set_migratetype(self, zone, pfn, mt):
		if self.v['map'] == 'flat':
			first, bits, base = zone['start'] >> self.pb << self.pb, zone['bits'], 0
		else:
			first, (bits, base) = pfn >> self.sec << self.sec, self.bits[pfn >> self.sec]
		bit = (pfn - first >> self.pb) * 4
		at = base + bit // 64 * 8
		word = int.from_bytes(bits[at:at + 8], self.v['endian'])
		self.u64(bits, at, word & ~(15 << bit % 64) | mt << bit % 64)

	# Nodes, zones, per-cpu areas

	def nodes(self, zones, cpus):
		"""Node and zone structures; each of @zones is a dict, and learns where its own are."""
		v, lay = self.v, self.lay
		flat = v['map'] == 'flat'
		size = lay.sizes['pglist_data']
		table = None if flat else self.symbol('node_data', 8 * v['max_nodes'])
		offsets = self.symbol('__per_cpu_offset', 8 * 64)
		for name in ('__cpu_possible_mask', '__cpu_online_mask', '__cpu_present_mask'):
			self.u64(self.symbol(name, 8), 0, (1 << cpus) - 1)
		self.symbol('nr_cpu_ids', 4)[:] = cpus.to_bytes(4, v['endian'])
		self.symbols['__per_cpu_start'] = 0
		self.unit, self.unit_at, self.cpus = 0x4000, 64, cpus
		self.percpu_pa = v['base_pfn'] + v['percpu_pfn'] << self.ps
		self.percpu = self.new(self.percpu_pa, self.unit * cpus)
		for cpu in range(cpus):
			self.u64(offsets, 8 * cpu, self.base + self.percpu_pa + cpu * self.unit)
		for nid in sorted({zone['node'] for zone in zones}):
			own = [zone for zone in zones if zone['node'] == nid]
			if flat:
				node = self.symbol('contig_page_data', size)
				va = self.symbols['contig_page_data']
			else:
				va, node = self.boot(size)
				self.u64(table, 8 * nid, va)
			start, end = min(zone['start'] for zone in own), max(zone['end'] for zone in own)
			self.put(node, 0, 'pglist_data.node_id', nid)
			self.put(node, 0, 'pglist_data.nr_zones', max(zone['index'] for zone in own) + 1)
			self.put(node, 0, 'pglist_data.node_start_pfn', start)
			self.put(node, 0, 'pglist_data.node_spanned_pages', end - start)
			self.put(node, 0, 'pglist_data.node_present_pages', sum(zone['present'] for zone in own))
			if flat:
				self.put(node, 0, 'pglist_data.node_mem_map', self.page_va(start))
			for zone in own:
				self.zone(zone, va, node)

	def percpu_new(self, size):
		at = -(-self.unit_at // 64) * 64
		self.unit_at = at + size
		assert self.unit_at <= self.unit
		return at

	def zone(self, zone, node_va, node):
		lay = self.lay
		at = lay.offset('pglist_data', 'node_zones[0]') + zone['index'] * lay.sizes['zone']
		zone['blob'], zone['at'], zone['va'] = node, at, node_va + at
		name, text = self.boot(16, 8)
		text[:len(zone['name'])] = zone['name'].encode()
		pcp = self.percpu_new(lay.sizes['per_cpu_pages'])
		stat = self.percpu_new(lay.sizes['per_cpu_zonestat'])
		zone['pcp'] = [(self.percpu, cpu * self.unit + pcp, self.base + self.percpu_pa +
				cpu * self.unit + pcp) for cpu in range(self.cpus)]
		for member, value in (
			('zone_start_pfn', zone['start']), ('spanned_pages', zone['end'] - zone['start']),
			('present_pages', zone['present']), ('managed_pages', zone['managed']), ('name', name),
			('node', zone['node']), ('zone_pgdat', node_va), ('per_cpu_pageset', pcp),
			('per_cpu_zonestats', stat), ('initialized', 1)):
			self.put(node, at, 'zone.' + member, value)
		if self.v['map'] == 'flat':
			bits, zone['bits'] = self.boot((zone['end'] - zone['start'] >> self.pb) + 16)
			self.put(node, at, 'zone.pageblock_flags', bits)

	def free_list(self, zone, order, mt):
		"""Offset in the node's bytes of one list head."""
		o = lambda m: self.lay.offset('zone', m)
		base = o('free_area[0].free_list[0]')
		return (zone['at'] + base + order * (o('free_area[1].free_list[0]') - base) +
			mt * (o('free_area[0].free_list[1]') - base))

	# Slab caches

	def cache(self, name, size, order=0):
		lay = self.lay
		va, blob = self.boot(lay.sizes['kmem_cache'])
		node_va, node = self.boot(lay.sizes['kmem_cache_node'])
		text_va, text = self.boot(32, 8)
		text[:len(name)] = name.encode()
		cache = dict(name=name, va=va, blob=blob, node=node, node_va=node_va, size=size, order=order, slabs=[],
			     offset=size // 2 // 8 * 8, random=0x5bd1e995a7c31f07 if self.v.get('random') else 0)
		number = (self.page_size << order) // size
		for member, value in (('flags', TYPESAFE), ('size', size), ('object_size', size),
				      ('offset', cache['offset']), ('oo', order << 16 | number), ('min', order << 16 | number),
				      ('refcount', 1), ('inuse', size), ('align', 16), ('name', text_va), ('node[0]', node_va)):
			self.put(blob, 0, 'kmem_cache.' + member, value)
		if cache['random']:
			self.put(blob, 0, 'kmem_cache.random', cache['random'])
		self.caches.append(cache)
		return cache

	def alloc(self, cache):
		"""(address, bytes, offset) of an object; its slab may be new, and is described by a struct slab."""
		if not cache['slabs'] or not cache['slabs'][-1]['free']:
			self.slab(cache)
		slab = cache['slabs'][-1]
		at = slab['free'].pop(slab['pick'] % len(slab['free']) if len(slab['free']) > 1 else 0) * cache['size']
		return slab['va'] + at, slab['blob'], at

	def slab(self, cache):
		pfn = self.slab_frames(cache['order'])
		blob = self.new(pfn * self.page_size, self.page_size << cache['order'])
		slab = dict(pfn=pfn, order=cache['order'], va=self.base + pfn * self.page_size, blob=blob,
			    cache=cache, pick=5 * pfn,
			    free=list(range((self.page_size << cache['order']) // cache['size'])))
		slab['objects'] = len(slab['free'])
		if cache is self.slab_cache:	# its own first object describes it
			slab['free'].pop(0)
			slab['desc'] = slab['va'], blob, 0
		else:
			slab['desc'] = self.alloc(self.slab_cache)
		cache['slabs'].append(slab)
		self.slabs.append(slab)

	def finish_slabs(self):
		"""Freelists, counters, lists of partial slabs and of caches."""
		lay, off = self.lay, self.lay.offset('slab', 'slab_list.next')
		for slab in self.slabs:
			cache, (va, blob, at) = slab['cache'], slab['desc']
			link = [slab['va'] + i * cache['size'] for i in slab['free']] + [0]
			for here, there in zip(link, link[1:]):
				where = here + cache['offset']
				if cache['random']:
					there ^= cache['random'] ^ int.from_bytes(struct.pack('<Q', where), 'big')
				self.u64(slab['blob'], where - slab['va'], there)
			for member, value in (('slab_cache', cache['va']), ('freelist', link[0]),
					      ('objects', slab['objects']), ('inuse', slab['objects'] - len(slab['free'])),
					      ('slab_list.next', va + off), ('slab_list.prev', va + off)):
				self.put(blob, at, 'slab.' + member, value)
			if slab['free']:
				self.put(blob, at, 'slab.flags', 1 << 9)
		head = self.symbols['slab_caches']
		for cache in self.caches:
			listed = [slab for slab in cache['slabs'] if slab['free']]
			nodes = [(slab['desc'][1], slab['desc'][2] + off, slab['desc'][0] + off) for slab in listed]
			partial = lay.offset('kmem_cache_node', 'partial')
			self.chain((cache['node'], partial, cache['node_va'] + partial), nodes)
			for member, value in (('nr_partial', len(listed)), ('nr_slabs', len(cache['slabs'])),
					      ('total_objects', sum(slab['objects'] for slab in cache['slabs']))):
				self.put(cache['node'], 0, 'kmem_cache_node.' + member, value)
		at = lay.offset('kmem_cache', 'list')
		self.chain((self.caches_blob, 0, head), [(cache['blob'], at, cache['va'] + at) for cache in self.caches])

	def chain(self, head, nodes):
		ring = [head] + nodes
		for i, (blob, at, va) in enumerate(ring):
			self.list_head(blob, at, ring[(i + 1) % len(ring)][2], ring[i - 1][2])

	# The dump

	def start(self, ram, zones, cpus):
		self.ram = ram
		self.top = self.symbol('init_top_pgt', self.page_size, self.page_size)
		self.symbols['swapper_pg_dir'] = self.symbols['init_top_pgt']
		block = self.shifts[-2]
		for lo, hi in ram:
			first, last = lo << self.ps >> block << block, -(-(hi << self.ps) >> block) << block
			self.map(self.base + first, first, last - first, 1 << block)
		self.map(self.image_va, self.image, IMAGE_SIZE, self.page_size)
		values = {'memstart_addr': self.phys} if self.v['machine'] == 183 else {
			'page_offset_base': self.direct, 'vmemmap_base': self.vmemmap, 'phys_base': -self.slide}
		for name, value in values.items():
			self.u64(self.symbol(name, 8), 0, value)
		self.sections(ram)
		self.nodes(zones, cpus)
		self.caches_blob = self.symbol('slab_caches', 16)
		self.symbol('init_uts_ns', 400)

	def vmcoreinfo(self, keys):
		v, lay = self.v, self.lay
		sym = lambda name: '%x' % self.symbols[name]
		arch = ['NUMBER(phys_base)=%d' % -self.slide, 'NUMBER(pgtable_l5_enabled)=0', 'NUMBER(sme_mask)=0',
			'SYMBOL(init_top_pgt)=' + sym('init_top_pgt')]
		if v['machine'] == 183:
			arch = ['NUMBER(VA_BITS)=%d' % self.va_bits, 'NUMBER(TCR_EL1_T1SZ)=0x%x' % (64 - self.va_bits),
				'NUMBER(kimage_voffset)=0x%x' % (self.image_va - self.image), 'NUMBER(PHYS_OFFSET)=0x%x' % self.phys]
		lines = arch + ['OSRELEASE=9.9.0-elsewhere', 'PAGESIZE=%d' % self.page_size, 'CRASHTIME=1790000000',
			 'SYMBOL(init_uts_ns)=' + sym('init_uts_ns'),
			 'SYMBOL(swapper_pg_dir)=' + sym('swapper_pg_dir'),
			 'SYMBOL(_stext)=' + sym('_stext'), 'KERNELOFFSET=%x' % self.slide, 'NUMBER(NR_FREE_PAGES)=0',
			 'LENGTH(zone.free_area)=%d' % v['orders'],
			 'LENGTH(free_area.free_list)=5', 'NUMBER(PG_hwpoison)=20', 'NUMBER(PG_swapbacked)=17',
			 'NUMBER(PG_swapcache)=10', 'NUMBER(PG_lru)=5', 'NUMBER(PG_private)=14', 'NUMBER(PG_head_mask)=64']
		if v['map'] == 'flat':
			lines += ['SYMBOL(mem_map)=' + sym('mem_map'), 'SYMBOL(contig_page_data)=' + sym('contig_page_data')]
		else:
			lines += ['SYMBOL(node_data)=' + sym('node_data'), 'LENGTH(node_data)=%d' % v['max_nodes'],
				  'SYMBOL(mem_section)=%x' % self.roots, 'LENGTH(mem_section)=2048',
				  'NUMBER(SECTION_SIZE_BITS)=%d' % v['section_bits'],
				  'NUMBER(MAX_PHYSMEM_BITS)=%d' % v['physmem_bits'], 'SIZE(mem_section)=%d' % lay.sizes['mem_section'],
				  'OFFSET(mem_section.section_mem_map)=%d' % lay.offset('mem_section', 'section_mem_map')]
		if v['map'] == 'vmemmap' and v.get('vmemmap_symbol'):
			lines += ['SYMBOL(vmemmap)=%x' % self.vmemmap]
		lines += ['SIZE(%s)=%d' % (s, lay.sizes[s])
			  for s in ('page', 'zone', 'pglist_data', 'free_area', 'list_head')]
		for it in ('zone.free_area zone.vm_stat zone.spanned_pages pglist_data.node_zones pglist_data.nr_zones '
			   'pglist_data.node_start_pfn pglist_data.node_spanned_pages pglist_data.node_id '
			   'free_area.free_list list_head.next list_head.prev page.flags page.memdesc page._refcount '
			   'page._mapcount page.private page.compound_head page.memdesc_or_next').split():
			s, m = it.split('.')
			for form in (m, m + '[0]'):
				if lay.has(s, form):
					lines.append('OFFSET(%s)=%d' % (it, lay.offset(s, form)))
					break
		return '\n'.join(lines + keys) + '\n'

	def write(self, keys):
		v, e = self.v, '<' if self.v['endian'] == 'little' else '>'
		link = {name: va - (self.slide if va >= self.image_va else 0) for name, va in self.symbols.items()}
		link['_end'] = link['_text'] + IMAGE_SIZE
		if v['info'] != 'none':
			vmlinux(v, self.folder, link)
		text = self.vmcoreinfo(keys).encode()
		name = b'VMCOREINFO\0'
		note = struct.pack(e + '3I', len(name), len(text), 0) + name.ljust(12, b'\0')
		note += text.ljust(-(-len(text) // 4) * 4, b'\0')
		at, ranges, heads = 0x10000, [], b''
		for lo, hi in self.ram:
			ranges.append((lo << self.ps, hi << self.ps, at))
			at += hi - lo << self.ps
		place = lambda pa: next((to + pa - lo, hi - pa) for lo, hi, to in ranges if lo <= pa < hi)
		loads = [(self.image_va, self.image, IMAGE_SIZE)]
		loads += [(self.base + lo, lo, hi - lo) for lo, hi, to in ranges]
		for va, pa, size in loads:
			heads += struct.pack(e + '2I6Q', 1, 7, place(pa)[0], va, pa, size, size, 4096)
		ident = b'\x7fELF' + bytes([2, 1 if e == '<' else 2, 1]) + bytes(9)
		with open(self.folder + '/vmcore', 'wb') as f:
			f.write(ident + struct.pack(e + '2HI3QI6H', 4, v['machine'], 1, 0, 64, 0, 0, 64, 56,
						    len(loads) + 1, 0, 0, 0))
			f.write(struct.pack(e + '2I6Q', 4, 0, 4096, 0, 0, len(note), len(note), 4) + heads)
			f.seek(4096)
			f.write(note)
			f.truncate(at)
			for pa, blob in self.blobs:
				to, room = place(pa)
				assert len(blob) <= room
				f.seek(to)
				f.write(blob)
