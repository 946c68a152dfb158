# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the struct pages of a machine say, by the format's description alone, and the truth about it."""
import json
import random

from layout import HWPOISON, ONES, STATED
from machine import IMAGE_SIZE, Machine

TABLES = {
	'lsfmm2024': 'Misc Buddy File Anon KSM Slab Movable PageTable NetPool HWPoison PerCPU'.split(),
	'wiki2025': '''Misc Buddy File Anon KSM Slab Bump Movable PageTable HWPoison PerCPU AcctMem ZPDesc
		Managed'''.split(),
	'path2025': 'Buddy Misc File Anon - Slab Movable PageTable - HWPoison PerCPU AcctMem - Managed'.split(),
}
KIND = {	# descriptor, class
	'File': ('folio', 'file'), 'Anon': ('anon_folio', 'anon'), 'KSM': ('ksm', 'ksm'), 'Slab': ('slab', 'slab'),
	'Movable': ('movable', 'movable'), 'Bump': ('bump', 'net-pool'), 'NetPool': ('netpool', 'net-pool'),
	'PageTable': ('ptdesc', 'page-table'), 'HWPoison': ('hwpoison', 'hwpoison'), 'PerCPU': ('pcpudesc', 'percpu'),
	'AcctMem': ('acctmem', 'kernel-other'), 'ZPDesc': ('zpdesc', 'zsmalloc'),
	'Managed': ('mgdesc', 'kernel-other'),
}
MISC = ['reserved', 'zero-page', 'kernel-other', 'vmalloc', 'guard', 'offline', 'large-kmalloc', 'kernel-other',
	'kernel-other']
SWAPCACHE, SWAPBACKED, RESERVED = 1 << 10, 1 << 17, 1 << 13
ORDERS = 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8
ONES29, ONES60 = (1 << 29) - 1, (1 << 60) - 1


def members(v):
	names = ['page.' + word_member(v)]
	if v['buddy'] == 'list32':
		names += ['page.flags', 'page.buddy_list.next', 'page.private']
		names += ['page._refcount', 'page.pcp_list.next'] if v['page32'] != 'path1' else []
	for kind in sorted({it[0] for it in KIND.values()}):
		mode = v['extent'].get(kind, 'plain')
		if mode == 'absent':
			continue
		names += [kind + '.']
		names += [kind + '._refcount', kind + '._mapcount'] if 'folio' in kind else []
		names += [kind + '.pfn'] if mode in STATED or mode == 'pfn-only' else []
		names += [kind + '.order'] if mode in STATED or mode == 'order-only' else []
	return names


def word_member(v):
	if v['buddy'] == 'ptr-next-first':
		return 'memdesc_or_next'
	return 'compound_head' if v.get('page32') == 'path1' else 'memdesc'


class Maker:
	def __init__(self, v, folder):
		self.v, self.rng = v, random.Random(v['name'])
		self.m = m = Machine(v, folder)
		self.lay, self.number = m.lay, v['numbers']
		self.rows, self.words, self.descriptors, self.caches = {}, {}, [], {}
		self.free, self.pcp, self.unaccepted, self.links = {}, {}, {}, {}
		self.twice = None	# a page of a block that is on another list, too
		self.findings, self.stretches = [], {}	# pfn -> how many frames its row is for, if not one
		self.folder, self.zones = folder, v['zones']
		for zone in self.zones:
			zone.setdefault('own', [(max(lo, zone['start']), min(hi, zone['end'])) for lo, hi in v['ram']
						if max(lo, zone['start']) < min(hi, zone['end'])])
			zone['present'] = sum(hi - lo for lo, hi in zone['own'])
			zone['managed'] = zone['present'] * 7 // 8
			zone['nr_free'] = [0] * v['orders']
			zone['free_pages'] = zone['nr_unaccepted'] = 0
		self.word_at = self.lay.offset('page', word_member(v))
		self.most = v['orders'] - 1
		m.start(v['ram'], self.zones, 2)
		m.slab_frames = self.slab_frames
		self.slab_from, self.slab_end = [v['base_pfn'] + pfn for pfn in v['slab_pfns']]
		self.slab_at = self.slab_from
		m.slab_cache = self.cache('slab', self.lay.sizes['slab'], 0)

	# Words

	def top(self, pfn, zone):
		v = self.v
		flat, node_bits = v['map'] == 'flat', (v['max_nodes'] - 1).bit_length()
		at, word = 64, 0
		if v['map'] == 'sections':
			at -= v['physmem_bits'] - v['section_bits']
			word |= pfn >> self.m.sec << at
		if not flat:
			at -= node_bits
			word |= zone['node'] << at
		at -= (self.v['max_zones'] - 1).bit_length()
		return word | zone['index'] << at

	def misc(self, pfn, zone, subtype, order=0, mapped=0):
		return self.number['Misc'] | subtype << 4 | mapped << 11 | order << 12 | self.top(pfn, zone)

	def set_word(self, pfn, word, zone, flags=0):
		blob, at = self.m.page(pfn)
		if self.m.size >= 16:	# undefined where nothing defines it
			blob[at:at + self.m.size] = self.rng.randbytes(self.m.size)
		if self.m.size == 32:
			self.lay.put(blob, at, 'page', 'flags', flags | (self.top(pfn, zone) if zone else 0))
			if self.lay.has('page', '_refcount'):
				self.lay.put(blob, at, 'page', '_refcount', 0)
		self.words[pfn] = word
		self.m.u64(blob, at + self.word_at, word)

	def row(self, pfn, type, class_, zone, subtype=None, mapped=None, order=None, first=None, descriptor=None):
		assert pfn not in self.rows, pfn
		sure = zone and not self.v.get('overlap')
		self.rows[pfn] = [type, class_, subtype, mapped, order, first, descriptor,
				  zone['node'] if sure else None, zone['index'] if sure else None]

	# Descriptors

	def cache(self, name, size, order=None):
		if name not in self.caches:
			order = self.rng.choice((0, 0, 1)) if order is None else order
			self.caches[name] = self.m.cache(name, -(-size // 16) * 16, order)
		return self.caches[name]

	def slab_frames(self, order):
		self.slab_at = -(-self.slab_at >> order) << order
		pfn = self.slab_at
		self.slab_at += 1 << order
		assert self.slab_at <= self.slab_end, 'room for slabs is too small'
		return pfn

	def struct_of(self, name):
		kind = KIND[name][0]
		if kind == 'anon_folio' and (self.v['table'] == 'path2025' or self.v['extent'].get(kind) == 'absent'):
			return 'folio'
		return kind

	def describe(self, name, pfn, order, pages, slab=None):
		"""A descriptor of @pages frames from @pfn, and its word."""
		kind = self.struct_of(name)
		mode = self.v['extent'].get(kind, 'plain')
		if slab:
			va, blob, at = slab
		else:
			size = self.lay.sizes.get(kind, 48)
			suffix = '' if kind not in ('folio', 'anon_folio') else '_small' if order == 0 else '_large'
			if self.v.get('loose'):	# no slab objects, as after a rewriting of struct page
				va, blob = self.m.boot(size, 64)
				at = 0
			else:
				va, blob, at = self.m.alloc(self.cache(kind + suffix + '_slab', size))
		if mode in STATED or mode == 'pfn-only':
			self.lay.put(blob, at, kind, 'pfn', pfn if mode in STATED else self.rng.getrandbits(20))
		if mode in STATED or mode == 'order-only':
			self.lay.put(blob, at, kind, 'order', order if mode in STATED else 9)
		if kind in ('folio', 'anon_folio'):
			for member, value in (('_refcount', 1 << order if name == 'File' else 1), ('_mapcount', -1)):
				self.lay.put(blob, at, kind, member, value)
		first, last = (pages[0], pages[-1]) if pages else (pfn, pfn)
		whole = mode in STATED or last - first + 1 == 1 << order
		self.descriptors.append({
			'address': va, 'kind': kind, 'type': self.number[name], 'pfn': pfn if whole else first,
			'order': order if whole else None, 'nr_pages': 1 << order if whole else last - first + 1, 'members': {}})
		return va | self.number[name], (va, blob, at), whole

	def allocation(self, name, zone, pfn, order, whole=False):
		v, rng = self.v, self.rng
		class_ = KIND[name][1]
		poisoned = set() if whole else self.poisoned(order)
		pages = [pfn + i for i in range(1 << order) if i not in poisoned]
		word, (va, blob, at), whole = self.describe(name, pfn, order, pages)
		if name == 'File':
			class_, flags = rng.choice((('file', 0), ('file', 0), ('shmem', SWAPBACKED),
						    ('swap-cache', SWAPBACKED | SWAPCACHE)))
			if v['info'] == 'none':
				class_, flags = 'file', 0
			self.lay.put(blob, at, 'folio', 'flags', flags | self.top(pfn, zone))
		for i in range(1 << order):
			if i in poisoned:
				self.poison(zone, pfn + i)
				continue
			self.set_word(pfn + i, word, zone)
			self.row(pfn + i, self.number[name], class_, zone, order=order if whole else None,
				 first=pfn if whole else None, descriptor=va)

	def poison(self, zone, pfn):
		word, (va, blob, at), whole = self.describe('HWPoison', pfn, 0, [pfn])
		self.set_word(pfn, word, zone, HWPOISON)
		self.row(pfn, self.number['HWPoison'], 'hwpoison', zone, descriptor=va)

	def poisoned(self, order):
		"""Pages of an allocation that have a memory error: inside, at its edges."""
		rng = self.rng
		if not order or rng.random() > 0.2:
			return set()
		chosen = set(rng.sample(range(1 << order), 1 if order == 1 else rng.choice((1, 2))))
		return chosen | ({rng.choice((0, (1 << order) - 1))} if order > 1 and rng.random() < 0.4 else set())

	def misc_run(self, zone, pfn, order, subtype, mapped=0):
		poisoned = self.poisoned(order)
		for i in range(1 << order):
			if i in poisoned:
				self.poison(zone, pfn + i)
				continue
			word = self.misc(pfn + i, zone, subtype, order, mapped)
			self.set_word(pfn + i, word, zone, 0 if subtype else RESERVED)
			self.row(pfn + i, self.number['Misc'], MISC[subtype], zone, subtype, mapped, order, pfn)

	# Free memory

	def listed(self, lists, key, zone, pfn, order, class_):
		lists.setdefault(key, []).append(pfn)
		for i in range(1 << order):
			self.row(pfn + i, self.number['Buddy'], class_, zone, None, None, order, pfn)

	def stale(self, pfn, zone, order):
		"""Old words in the later pages of a block; the last may be what the next page says."""
		rng, buddy = self.rng, self.number['Buddy']
		for i in range(1, 1 << order):
			if pfn + i == self.twice:
				continue
			old = rng.choice(self.old)
			word = rng.choice((0, ONES, rng.getrandbits(64), old, old, buddy | rng.getrandbits(61) << 4 & ONES,
					   self.misc(pfn, zone, rng.randrange(12), rng.randrange(12)),
					   self.number['HWPoison'] | old & ~15))
			if i == (1 << order) - 1 and pfn + i + 1 in self.words and self.m.size < 32:
				word = self.words[pfn + i + 1]
			if i == 1 and self.m.size == 8:
				word = buddy | order << 12 | 1 << 63
				if self.v.get('garbage'):
					word |= rng.getrandbits(8) << 4 | rng.getrandbits(45) << 18
			self.set_word(pfn + i, word, zone)
			del self.words[pfn + i]

	def ring(self, head, pfns, zone, order, pcp=False):
		"""Writes a list into its head, (bytes, offset, address), and into its pages."""
		v, m, lay, type = self.v, self.m, self.lay, self.number['Buddy']
		layout, (blob, at, va) = v['buddy'], head
		if layout == 'list32':
			member = 'pcp_list' if pcp and v['page32'] != 'path1' else 'buddy_list'
			off = lay.offset('page', member + '.next')
			nodes = []
			for pfn in pfns:
				self.set_word(pfn, 0, zone)
				page, where = m.page(pfn)
				if v['page32'] != 'path3':
					lay.put(page, where, 'page', 'private', 0 if pcp else order)
				nodes.append((page, where + off, m.page_va(pfn) + off))
			m.chain(head, nodes)
			return
		pointers = layout.startswith('ptr')
		base = zone['start'] if layout == 'pfn8-zone' else 0
		name = {pfn: m.page_va(pfn) if pointers else pfn - base for pfn in pfns}
		end = va if pointers else ONES29 if m.size == 8 else ONES60
		ring = [end] + [name[pfn] for pfn in pfns] + [end]
		links = [(ring[i - 1], ring[i + 1]) for i in range(1, len(ring) - 1)]
		for pfn, (prev, next) in zip(pfns, links):
			self.links[pfn] = prev, next, order
			self.set_word(pfn, 0, zone)
			self.link(pfn, prev, next, order)
		first, last = ring[1], ring[-2]
		if pointers:
			m.list_head(blob, at, first, last)
			return
		for i, word in enumerate(self.encode(last, first, 0, 0, head=True)):
			if v.get('garbage'):
				word |= self.rng.randrange(16) | (self.rng.randrange(4) << 62 if m.size == 8 else 0)
			m.u64(blob, at + 8 * i, word)

	def link(self, pfn, prev, next, order):
		page, where = self.m.page(pfn)
		for i, word in enumerate(self.encode(prev, next, self.number['Buddy'], order)):
			self.m.u64(page, where + 8 * i, word)

	def encode(self, prev, next, type, order, head=False):
		layout = self.v['buddy']
		if layout == 'ptr-prev-first':
			return prev & ~15 | type, next & ~15 | order
		if layout == 'ptr-next-first':
			return next & ~15 | type, prev & ~15 | order
		if layout == 'pfn-prev-first':
			return prev << 4 | type, next << 4 | order
		return (type | next << 4 | prev << 33 | (0 if head or order else 1 << 62),)

	# A machine's pages

	def fill(self, zone, lo, hi, choose):
		pfn, last_free = lo, None
		while pfn < hi:
			order = self.most
			while pfn & (1 << order) - 1 or pfn + (1 << order) > hi:
				order -= 1
			order = min(order, self.rng.choice(ORDERS + (self.m.pb, self.most, self.most)))
			kind = choose(order)
			if kind == 'free':
				buddy = pfn ^ 1 << order
				if order < self.most and last_free == (buddy, order):
					kind = 'File'
				else:
					last_free = pfn, order
			self.place(kind, zone, pfn, order)
			pfn += 1 << order

	def place(self, kind, zone, pfn, order):
		z = self.zones.index(zone)
		if kind == 'free':
			mt = self.mt(pfn)
			self.listed(self.free, (z, order, mt), zone, pfn, order, 'free')
			zone['nr_free'][order] += 1
			zone['free_pages'] += 0 if mt == 4 else 1 << order
		elif kind == 'pcp':
			mt = self.mt(pfn) if self.mt(pfn) < 3 else 1
			index = 3 * order + mt if order < 4 else 12 + (mt == 1)
			self.listed(self.pcp, (z, self.rng.randrange(self.m.cpus), index), zone, pfn, order,
				    'free' if self.v.get('stripped') else 'free-pcp')
		elif kind == 'unaccepted':
			self.listed(self.unaccepted, z, zone, pfn, order, 'unaccepted')
			zone['free_pages'] += 1 << order
			zone['nr_unaccepted'] += 1 << order
		elif kind == 'zero':
			for i in range(1 << order):
				self.set_word(pfn + i, 0, zone)
				self.row(pfn + i, self.number['Misc'], 'reserved', zone, 0, 0, 0, pfn + i)
		elif kind == 'poison':
			for i in range(1 << order):
				self.poison(zone, pfn + i)
		elif isinstance(kind, int):
			self.misc_run(zone, pfn, order, kind, self.rng.randrange(2))
		else:
			self.allocation(kind, zone, pfn, order)

	def mt(self, pfn):
		return (0, 1, 2, 3, 1, 4, 0, 1)[(pfn >> self.most) * 5 % 8]

	def choose(self, zone):
		names = [name for name in self.number if name in KIND and name not in ('Slab', 'HWPoison')]
		def one(order):
			r = self.rng.random()
			if r < 0.4 or order > 8 and r < 0.8:
				if order == self.most and r < 0.12 and self.v['info'] != 'none':
					return 'unaccepted'
				return 'free'
			if r < 0.5 and self.v['info'] != 'none' and order in (0, 1, 2, 3, self.m.pb):
				return 'pcp'
			if r < 0.53 and order < 3:
				return self.rng.choice(('zero', 'poison'))
			if r < 0.75 and order < 9:
				return self.rng.randrange(9)
			return self.rng.choice(names)
		return one

	def make(self):
		v, m = self.v, self.m
		at = lambda name: [v['base_pfn'] + pfn for pfn in v[name]]
		special = [(m.image >> m.ps, m.image + IMAGE_SIZE >> m.ps, 'boot'), (*at('boot_pfns'), 'boot'),
			   (m.percpu_pa >> m.ps, (m.percpu_pa >> m.ps) + 8, 'percpu'), (*at('slab_pfns'), 'slab')]
		special.sort()
		for zone in self.zones:
			for lo, hi in zone['own']:
				for start, end, kind in special:
					if lo <= start < hi:
						self.fill(zone, lo, start, self.choose(zone))
						if kind == 'boot':
							for pfn in range(start, end):
								self.misc_run(zone, pfn, 0, 0)
						elif kind == 'percpu':
							self.allocation('PerCPU', zone, start, 3, whole=True)
						lo = end
				self.fill(zone, lo, hi, self.choose(zone))
		self.outside()
		self.slab_pages()
		if v.get('faults'):
			from faults import list_twice, plant
			list_twice(self)
		self.lists()
		if v.get('faults'):
			plant(self)
		m.finish_slabs()
		m.write(v['keys'])
		self.truth()
		with open(self.folder + '/options', 'w') as f:
			f.write(' '.join(v.get('options', [])))
		with open(self.folder + '/refused', 'w') as f:
			f.write(v.get('refused', ''))

	def zone_of(self, pfn):
		return next((zone for zone in self.zones if zone['start'] <= pfn < zone['end']), None)

	def outside(self):
		"""Frames that have a struct page and no memory, sixteen of a kind where they can be."""
		m, step = self.m, 16
		for start in range(0, len(m.present) << m.sec, step):
			start += m.present[start >> m.sec] - (start >> m.sec) << m.sec
			frames = range(start, start + step)
			left = [pfn for pfn in frames if pfn not in self.rows and not self.slab_from <= pfn < self.slab_end]
			zone = self.zone_of(start)
			if len(left) == step and zone is self.zone_of(frames[-1]):
				self.no_memory(start, step, zone)
				continue
			for pfn in left:
				self.no_memory(pfn, 1, self.zone_of(pfn))

	def no_memory(self, pfn, nr, zone):
		"""In a zone zeros or reserved, with the zone's number or not; outside one holes may hold all ones, too."""
		kind, owner = pfn >> 4 & 3, zone or self.zones[-1]
		if not zone and (self.v['map'] == 'flat' or not kind):
			return
		reserved = kind if zone else kind > 1
		word = self.misc(pfn, owner, 0) if reserved else 0 if zone else ONES
		self.set_word(pfn, word, owner, RESERVED if reserved else 0)
		blob, at = self.m.page(pfn)
		blob[at:at + nr * self.m.size] = blob[at:at + self.m.size] * nr
		if zone or reserved:
			self.row(pfn, self.number['Misc'], 'reserved', zone, 0, None, 0 if zone else None)
			self.stretches[pfn] = nr

	def slab_pages(self):
		for slab in self.m.slabs:
			zone = self.zone_of(slab['pfn'])
			frames = range(slab['pfn'], slab['pfn'] + (1 << slab['order']))
			word, (va, blob, at), whole = self.describe('Slab', slab['pfn'], slab['order'], frames, slab['desc'])
			for pfn in frames:
				self.set_word(pfn, word, zone)
				self.row(pfn, self.number['Slab'], 'slab', zone, None, None, slab['order'], slab['pfn'], va)
		for pfn in range(self.slab_from, self.slab_end):
			if pfn not in self.rows:
				self.misc_run(self.zone_of(pfn), pfn, 0, 2)

	def lists(self):
		m, off = self.m, self.lay.offset
		for z, zone in enumerate(self.zones):
			for pfn in range(zone['start'] >> m.pb << m.pb, zone['end'], 1 << m.pb):
				if pfn >> m.sec in m.present:
					m.set_migratetype(zone, max(pfn, zone['start']), self.mt(pfn))
			at, va = zone['at'], zone['va']
			for order in range(self.most + 1):
				for mt in range(5):
					pfns = self.shuffled(self.free.setdefault((z, order, mt), []))
					where = m.free_list(zone, order, mt)
					self.ring((zone['blob'], where, va + where - at), pfns, zone, order)
				stride = m.free_list(zone, 1, 0) - m.free_list(zone, 0, 0)
				where = at + off('zone', 'free_area[0].nr_free') + order * stride
				m.u64(zone['blob'], where, zone['nr_free'][order])
			where = off('zone', 'unaccepted_pages')
			pfns = self.shuffled(self.unaccepted.setdefault(z, []))
			self.ring((zone['blob'], at + where, va + where), pfns, zone, self.most)
			m.put(zone['blob'], at, 'zone.vm_stat[0]', zone['free_pages'])
			m.put(zone['blob'], at, 'zone.vm_stat[NR_UNACCEPTED]', zone['nr_unaccepted'])
			for cpu, (blob, at, va) in enumerate(zone['pcp']):
				count = 0
				for i in range(14):
					pfns = self.shuffled(self.pcp.setdefault((z, cpu, i), []))
					order = self.m.pb if i > 11 else i // 3
					count += len(pfns) << order
					first = off('per_cpu_pages', 'lists[0]')
					where = first + i * (off('per_cpu_pages', 'lists[1]') - first)
					self.ring((blob, at + where, va + where), pfns, zone, order, pcp=True)
				m.put(blob, at, 'per_cpu_pages.count', count)
				m.put(blob, at, 'per_cpu_pages.high', count + 100)
		self.old = list(self.words.values())
		for (z, order, mt), pfns in self.free.items():
			for pfn in pfns:
				self.stale(pfn, self.zones[z], order)
		for (z, cpu, i), pfns in self.pcp.items():
			for pfn in pfns:
				self.stale(pfn, self.zones[z], self.m.pb if i > 11 else i // 3)
		for z, pfns in self.unaccepted.items():
			for pfn in pfns:
				self.stale(pfn, self.zones[z], self.most)

	def shuffled(self, pfns):
		self.rng.shuffle(pfns)
		return pfns

	def truth(self):
		rows = []
		for pfn in sorted(self.rows):
			row = self.rows[pfn]
			nr = self.stretches.get(pfn, 1)
			if rows and rows[-1][2:] == row and rows[-1][0] + rows[-1][1] == pfn:
				rows[-1][1] += nr
			else:
				rows.append([pfn, nr, *row])
		place = lambda z: {'node': self.zones[z]['node'], 'zone': self.zones[z]['index']}
		out = {
			'pages': {'columns': 'pfn pages type class subtype mapped order first_pfn descriptor node zone'.split(),
				  'rows': rows},
			'zones': [{'node': z['node'], 'index': z['index'], 'name': z['name'], 'start_pfn': z['start'],
				   'spanned': z['end'] - z['start'], 'present': z['present'], 'managed': z['managed'],
				   'nr_free': z['nr_free'], 'nr_free_pages': z['free_pages']} for z in self.zones],
			'free_area': [{**place(z), 'order': order, 'migratetype': mt, 'pfns': pfns}
				      for (z, order, mt), pfns in sorted(self.free.items())],
			'pcp': [{**place(z), 'cpu': cpu, 'list': i, 'pfns': pfns}
				for (z, cpu, i), pfns in sorted(self.pcp.items())],
			'unaccepted': [{**place(z), 'pfns': pfns} for z, pfns in sorted(self.unaccepted.items())],
			'descriptors': self.descriptors,
			'caches': [{'name': c['name'], 'address': c['va'], 'size': c['size'],
				    'objects': sum(s['objects'] - len(s['free']) for s in c['slabs']), 'slabs': len(c['slabs']),
				    'total_objects': sum(s['objects'] for s in c['slabs'])} for c in self.m.caches],
			'types': self.number,
			'findings': self.findings,
		}
		if self.v.get('stripped'):		# without symbols nothing leads to what each cpu has
			out['pcp'] = []
		if self.descriptors is None:
			del out['descriptors']
		with open(self.folder + '/truth.json', 'w') as f:
			f.write(json.dumps(out))
