# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines of memory descriptors, one folder each: samples.py FOLDER [NAME...]"""
import os
import sys

from formats import TABLES, Maker

MODES = ('plain', 'bits', 'anonymous', 'odd', 'wide', 'none', 'pfn-only', 'order-only', 'absent')
STRUCTS = ('folio', 'anon_folio', 'ksm', 'movable', 'bump', 'netpool', 'ptdesc', 'hwpoison', 'pcpudesc',
	   'acctmem', 'zpdesc', 'mgdesc')


def machine(base=0):
	"""RAM, and zones with odd beginnings and ends, from frame @base on."""
	ram = [(1, 0x9f), (0x100, 0x33f3), (0x18003, 0x18405), (0x101235, 0x101c01), (0x101c01, 0x102407),
	       (0x10c00b, 0x10c400)]
	zones = [(0, 0, 'DMA', 1, 0x1000), (0, 1, 'DMA32', 0x1000, 0x18409), (1, 2, 'Normal', 0x101235, 0x101c01),
		 (1, 3, 'Movable', 0x101c01, 0x102407), (2, 2, 'Normal', 0x10c00b, 0x10c400)]
	return ([(base + lo, base + hi) for lo, hi in ram],
		[dict(node=n, index=i, name=name, start=base + lo, end=base + hi) for n, i, name, lo, hi in zones])


def variant(name, buddy, table='wiki2025', turn=0, **more):
	"""One sample; each @turn gives every descriptor another way to state its pages, or none."""
	v = dict(name=name, buddy=buddy, table=table, word='u64', map='vmemmap', info='dwarf', keys=[],
		 max_nodes=64, endian='little', tools='', cflags=[], ldflags=[], machine=62, base_pfn=0,
		 page_shift=12, section_bits=27, physmem_bits=46, orders=11, max_zones=4 + turn % 2,
		 boot_pfns=(0x1300, 0x1e00), percpu_pfn=0x1200, slab_pfns=(0x2000, 0x2400))
	v['numbers'] = {it: i for i, it in enumerate(TABLES[table]) if it != '-'}
	v['extent'] = {it: MODES[(i + turn) % len(MODES)] for i, it in enumerate(STRUCTS)}
	v['extent']['slab'] = MODES[turn % 8]
	if v['extent']['folio'] == 'absent':
		v['extent']['folio'] = 'none'
	if more.get('info') == 'none':		# nothing says what descriptors state
		v['extent'] = dict.fromkeys(STRUCTS + ('slab',), 'none')
	v.update(more)
	v['ram'], v['zones'] = more.get('machine_of', machine)(v['base_pfn'])
	return v


ARM = dict(machine=183, tools='aarch64-linux-gnu-', base_pfn=0x40000, physmem_bits=48)
BIG = dict(ARM, endian='big', cflags=['-mbig-endian'], ldflags=['-EB'])
K16 = dict(page_shift=14, section_bits=27, orders=12, boot_pfns=(0x1300, 0x1700))
K64 = dict(page_shift=16, section_bits=29, orders=14, boot_pfns=(0x1300, 0x1500))


def one_node(base=0):
	"""A machine without NUMA: its zones are those of contig_page_data."""
	ram = [(0x10, 0x9f), (0x100, 0x33f3), (0x4801, 0x5007)]
	return ram, [dict(node=0, index=0, name='DMA', start=0x10, end=0x1000),
		     dict(node=0, index=1, name='DMA32', start=0x1000, end=0x5007)]


def overlapping(base=0):
	"""Node 2 lies in the middle of what node 1's zone spans."""
	ram, zones = machine()
	ram = ram[:3] + [(0x101235, 0x102801)]
	zones = zones[:2] + [
		dict(node=1, index=2, name='Normal', start=0x101235, end=0x102801,
		     own=[(0x101235, 0x101801), (0x102003, 0x102801)]),
		dict(node=2, index=2, name='Normal', start=0x101801, end=0x102003)]
	return ram, zones


def spelt(name):
	return {'HWPoison': 'hw_poison', 'PageTable': 'Page_Table', 'ZPDesc': 'ZP_DESC', 'NetPool': 'NET_POOL',
		'Misc': 'misc', 'PerCPU': 'PER_CPU', 'AcctMem': '_ACCT_MEM_'}.get(name, name.upper())


def named(numbers):
	"""Types and numbers as a kernel may spell them, with names that are no type's."""
	return [(spelt(name), number) for name, number in numbers.items()] + [('MASK', 15), ('NR', 99)]


def lines(numbers):
	return ['NUMBER(MEMDESC_TYPE_%s)=%d' % it for it in named(numbers)]


NAMES = [name for name in TABLES['wiki2025'] if name != 'Managed'] + ['NetPool']
SHUFFLED = {name: i * 11 % 16 for i, name in enumerate(NAMES)}		# Misc is 0, Buddy 11
BUDDY0 = {name: (i * 3 + 15) % 16 for i, name in enumerate(NAMES)}	# Misc is 15, Buddy 2
BUDDY0.update({'Buddy': 0, **{name: 2 for name in NAMES if BUDDY0[name] == 0}})
PATH = {'Buddy': 0, 'Misc': 10, 'File': 15, 'Anon': 1, 'Slab': 14, 'Movable': 13, 'PageTable': 2,
	'HWPoison': 3, 'PerCPU': 5}
ZONE = 'MEMDESC_BUDDY=pfn8-zone'

VARIANTS = [
	variant('pfn8-global', 'pfn8-global', turn=0, max_nodes=1024),
	variant('pfn8-zone', 'pfn8-zone', turn=1, word='struct', keys=[ZONE], garbage=1),
	variant('pfn8-lsfmm', 'pfn8-global', 'lsfmm2024', turn=2, keys=['MEMDESC_TABLE=lsfmm2024'], map='sections'),
	variant('pfn8-path', 'pfn8-zone', 'path2025', turn=3, swapped=1,
		keys=['MEMDESC_TABLE=path2025', ZONE]),
	variant('ptr-prev', 'ptr-prev-first', turn=3, word='typedef', kaslr=3, random=1),
	variant('ptr-prev-bare', 'ptr-prev-first', turn=6, word='struct', bare=1, swapped=1, max_nodes=4),
	variant('ptr-next', 'ptr-next-first', turn=4, word='ulong', shift=1, map='sections'),
	variant('pfn16', 'pfn-prev-first', turn=5, garbage=1),
	variant('list32-path2', 'list32', 'path2025', turn=7, page32='path2', map='sections', shift=1),
	variant('list32-path1', 'list32', 'path2025', turn=0, page32='path1', swapped=1),
	variant('enum-shuffled', 'pfn8-global', turn=1, numbers=SHUFFLED, enumerators=named(SHUFFLED),
		keys=lines(BUDDY0) + ['MEMDESC_TABLE=lsfmm2024'], vmemmap_symbol=1),
	variant('enum-buddy0', 'ptr-prev-first', turn=2, numbers=BUDDY0, enumerators=named(BUDDY0)),
	variant('number-buddy0', 'pfn8-zone', turn=4, numbers=BUDDY0, keys=lines(BUDDY0) + [ZONE]),
	variant('enum-list32', 'list32', 'path2025', turn=3, page32='path3', word='struct', numbers=PATH,
		enumerators=named(PATH)),
	variant('btf', 'pfn-prev-first', turn=7, info='btf', enumerators=named(SHUFFLED), numbers=SHUFFLED),
	variant('none-8', 'pfn8-zone', 'lsfmm2024', info='none', keys=[ZONE, 'MEMDESC_TABLE=lsfmm2024'],
		vmemmap_symbol=1),
	variant('none-32', 'list32', 'path2025', info='none', page32='path3'),
	variant('flat', 'pfn8-zone', turn=5, map='flat', machine_of=one_node, keys=[ZONE], max_nodes=1,
		swapped=1, max_zones=2),
	variant('flat-stripped', 'ptr-prev-first', turn=5, map='flat', machine_of=one_node, max_nodes=1,
		max_zones=2, info='btf', stripped=1),
	variant('stripped', 'pfn-prev-first', turn=4, info='btf', stripped=1),
	variant('none-moved', 'pfn8-zone', 'lsfmm2024', info='none', moved=1,
		keys=[ZONE, 'MEMDESC_TABLE=lsfmm2024']),
	variant('overlap', 'pfn8-zone', turn=8, machine_of=overlapping, overlap=1, keys=[ZONE]),
	variant('key-over-type', 'ptr-prev-first', turn=0, struct_buddy='struct buddy { u64 prev, next; };',
		keys=['MEMDESC_BUDDY=ptr-prev-first']),
	variant('options', 'pfn8-zone', 'lsfmm2024', turn=2,
		keys=['MEMDESC_BUDDY=pfn8-global', 'MEMDESC_TABLE=wiki2025'],
		options=['--buddy-layout', 'pfn8-zone', '--memdesc-table', 'lsfmm2024']),
	variant('loose', 'pfn8-global', turn=3, loose=1, keys=['MEMDESC_DESCRIPTORS=vmemmap']),
	variant('refused-table', 'list32', 'path2025', page32='path3', keys=['MEMDESC_TABLE=wiki2025'],
		refused='type table wiki2025 cannot be used'),
	variant('refused-page', 'pfn8-global', refused='struct page has 24 bytes with members memdesc, a, b, c, d',
		bare=1, struct_page='u64 memdesc; int a, b, c, d;'),
	variant('faults-8', 'pfn8-global', turn=0, faults=1),
	variant('faults-16', 'ptr-prev-first', turn=1, faults=1),
	variant('faults-32', 'list32', 'path2025', turn=3, page32='path3', faults=1),
	variant('arm64-4k-be', 'ptr-prev-first', turn=2, **BIG, word='struct'),
	variant('arm64-16k', 'pfn8-zone', turn=3, **ARM, **K16, keys=[ZONE]),
	variant('arm64-64k-be', 'pfn8-global', turn=4, **BIG, **K64),
	variant('arm64-64k-list32', 'list32', 'path2025', turn=5, **ARM, **K64, page32='path2', map='sections'),
	variant('arm64-16k-be-pfn16', 'pfn-prev-first', turn=6, **BIG, **K16, garbage=1),
]


def main():
	folder, names = sys.argv[1], sys.argv[2:]
	for v in VARIANTS:
		if not names or v['name'] in names:
			os.makedirs(folder + '/' + v['name'], exist_ok=True)
			Maker(v, folder + '/' + v['name']).make()


main()
