# SPDX-License-Identifier: LGPL-2.1-or-later
"""One fault of each kind in a machine that is sound otherwise, and the rule that should name its page.

faults.py TRUTH.json CHECK.json: whether memdesc check found these, and nothing on other pages."""
import json
import sys

from layout import HWPOISON, ONES, STATED


def list_twice(maker):
	"""A page of a free block that is on the list of single pages, too; the counters say the same."""
	(z, order, mt), pfns = next(it for it in sorted(maker.free.items()) if it[0][1] > 2 and it[1] and
				    maker.free.get((it[0][0], 0, it[0][2])))
	pfn, zone = pfns[0] + 4, maker.zones[z]
	maker.free[z, 0, mt].append(pfn)
	zone['nr_free'][0] += 1
	zone['free_pages'] += mt != 4
	maker.rows[pfn][4:6] = [None, None]
	maker.twice = pfn
	maker.findings.append(['buddy.overlap', pfns[0]])


def plant(maker):
	m, number = maker.m, maker.number
	pages = [pfn for pfn in range(maker.slab_from, maker.slab_end)
		 if maker.rows[pfn][:3] == [number['Misc'], 'kernel-other', 2]]
	zone = maker.zone_of(pages[0])
	descriptors = [it for it in maker.descriptors if it['type'] == number['File'] and it['nr_pages'] > 1 and
		       maker.rows[it['pfn']][6] == it['address']]

	def write(rule, word, class_=None, flags=0):
		"""The word of the last page that has none yet."""
		pfn = pages.pop()
		maker.set_word(pfn, word, zone, flags)
		maker.rows[pfn][1:7] = [class_, None, None, None, None, None]
		if rule:
			maker.findings.append([rule, pfn])
		pages.pop()	# no two are neighbours
		return pfn

	misc = lambda *more: maker.misc(pages[-1], zone, *more)
	free = next(n for n in range(16) if n not in number.values() and (m.size < 32 or n & 3))
	write('memdesc.type', m.base + (pages[0] << m.ps) | free, 'unknown-type')
	write(None, ONES, 'unknown-type')
	write('memdesc.subtype', misc(77))
	write('memdesc.misc-bits', misc(2) | 1 << 20)
	write('memdesc.misc-zone', misc(2) ^ maker.top(0, zone) ^ maker.top(0, maker.zones[0]))
	write('memdesc.misc-order', misc(2, 2))
	write('memdesc.pointer', m.base + (1 << 40) | number['File'])
	write('memdesc.object', m.base + (maker.v['boot_pfns'][0] << m.ps) + 64 | number['PageTable'])
	block = next(pfns[0] for (z, order, mt), pfns in sorted(maker.free.items()) if order > 3 and pfns)
	write('memdesc.descriptor-free', m.base + (block + 3 << m.ps) + 0x100 | number['Movable'])
	if m.size == 8:
		write('buddy.unlisted', number['Buddy'] | 5 << 4 | 6 << 33, 'free')
	elif m.size == 16:
		write('buddy.unlisted', m.page_va(pages[5]) & ~15 | number['Buddy'], 'free')
	else:	# all four stand for Buddy; and half a memory error
		for alias in (4, 8, 12):
			write('buddy.unlisted', m.base + alias, 'free')
		pfn = write(None, misc(2), 'hwpoison', HWPOISON)
		maker.findings.append(['memdesc.poison', pfn])
	extents(maker, descriptors)
	links(maker)
	maker.descriptors = None	# where a word is wrong


def extents(maker, descriptors):
	mode = maker.v['extent']['folio']
	if mode not in STATED:
		return
	for it in descriptors[:1]:
		for slab in maker.m.slabs:
			if slab['va'] <= it['address'] < slab['va'] + len(slab['blob']):
				maker.lay.put(slab['blob'], it['address'] - slab['va'], 'folio', 'order', it['order'] + 1)
		maker.findings.append(['memdesc.extent', it['pfn']])
		for pfn in range(it['pfn'], it['pfn'] + 2048):
			if pfn in maker.rows and maker.rows[pfn][6] == it['address']:
				maker.rows[pfn][4:7] = [None, None, None]


def links(maker):
	"""A link to the wrong neighbour, an order that is not the list's; where links are not addresses of others."""
	m = maker.m
	if m.size == 32:
		return
	lists = [(order, pfns) for (z, order, mt), pfns in sorted(maker.free.items()) if len(pfns) > 3]
	order, pfns = next(it for it in lists if it[0] == 0)
	prev, next_, order = maker.links[pfns[1]]
	maker.link(pfns[1], maker.links[pfns[3]][0], next_, order)
	maker.findings.append(['buddy.link-symmetry', pfns[1]])
	order, pfns = next(it for it in lists if it[0] > 0)
	prev, next_, order = maker.links[pfns[2]]
	if m.size == 16:
		maker.link(pfns[2], prev, next_, order + 1)
	else:
		page, at = m.page(pfns[2] + 1)
		m.u64(page, at, maker.number['Buddy'] | order + 1 << 12 | 1 << 63)
	maker.findings.append(['buddy.order', pfns[2]])


def judge(truth, check):
	with open(truth) as f:
		planted = {tuple(it) for it in json.load(f)['findings']}
	with open(check) as f:
		checked = json.load(f)
	found = {(it['rule'], it['pfn']) for it in checked['findings']
		 if it['severity'] != 'info' and not it['suppressed']}
	pages = {pfn for rule, pfn in planted}
	missing, more = planted - found, {it for it in found if it[1] not in pages}
	looked = sum(rule['evaluated'] > 0 for rule in checked['rules'])
	print('check        %d rules looked, %d faults planted, %d not found: %s; beside them: %s' %
	      (looked, len(planted), len(missing), sorted(missing), sorted(more, key=str)))
	return bool(missing or more)


if __name__ == '__main__':
	sys.exit(judge(*sys.argv[1:]))
