# SPDX-License-Identifier: LGPL-2.1-or-later
#
#	drgn ... drgn-tables.py ANALYSIS
#
# Page tables of every process that drgn lists, walked by page_tables.py, against what memdesc says:
# each page that they map, with its address and kind of entry; each page table, with its level and
# address; and of anonymous pages whose they are, in both directions. Run by drgn-owners.
import os
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page_tables import Tables, address_spaces, is_mapped, page_shift, zero_frames

from drgn import offsetof
from drgn.helpers.linux.mm import pfn_to_page

wrong = 0
store = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)


def compare(what, ours, theirs, least):
    """Two sets, each of which must hold what the other does."""
    global wrong
    differ = ours ^ theirs
    print("%-34s %7d by drgn, %d differ" % (what, len(theirs), len(differ)))
    for it in sorted(differ)[:10]:
        print("    %s has %s" % ("drgn" if it in theirs else "memdesc", " ".join(map(str, it))))
    wrong += len(differ) + (len(theirs) < least)


spaces = {}  # owner: Tables
for mm, pid in address_spaces(prog):
    row = store.execute(
        "SELECT owner, pid FROM processes WHERE mm = ?", (mm.value_() - 2**64,)
    ).fetchone()
    if not row or row[1] != pid:
        print("    address space %#x of process %d: memdesc has %s" % (mm, pid, row))
        wrong += 1
        continue
    spaces[row[0]] = Tables(prog, mm)
print("%-34s %7d" % ("address spaces", len(spaces)))

shift = page_shift(prog)
zero = zero_frames(prog)
frames = {pfn for pfn, pages in store.execute("SELECT pfn, pages FROM memory_range "
    "WHERE state = 'present'") for pfn in range(pfn, pfn + pages)}
theirs = {
    (owner, page, frame, level > 0)
    for owner, tables in spaces.items()
    for page, (frame, level) in tables.pages.items()
    if frame not in zero and frame in frames
}
ours = {
    (owner, (vaddr >> shift) + i, pfn + i, huge > 0)
    for owner, vaddr, pfn, pages, huge in store.execute(
        "SELECT owner, vaddr, pfn, pages, huge FROM mappings")
    for i in range(pages)
    if owner in spaces
}
compare("pages mapped by processes", ours, theirs, 10000)

theirs = {
    (owner, frame, level, vaddr)
    for owner, tables in spaces.items()
    for frame, (level, vaddr) in tables.tables.items()
}
ours = {
    row for row in store.execute(
        "SELECT owner, pfn, level, vaddr FROM page_tables WHERE NOT deposited")
    if row[0] in spaces
}
compare("page tables", ours, theirs, 500)

# Every stretch of a process that has a place in it is memory that it maps; of pages that several map
# one of these is named.
mapped = {}
for owner, tables in spaces.items():
    for page, (frame, level) in tables.pages.items():
        mapped.setdefault(frame, set()).add((owner, page))
owned = {}
for owner, pfn, pages, position in store.execute(
        "SELECT w.owner, w.pfn, w.pages, w.position FROM owned w JOIN owners o ON o.id = w.owner "
        "WHERE o.kind = 'process' AND w.position IS NOT NULL"):
    for i in range(pages):
        owned[pfn + i] = (owner, position + i)
nowhere = [pfn for pfn in owned if pfn not in mapped]
other = [pfn for pfn in owned if owned[pfn] not in mapped.get(pfn, {owned[pfn]})]
# In the swap cache alone, or a part of a huge page that was given back: the process had it there.
counted = [pfn for pfn in nowhere if is_mapped(pfn_to_page(prog, pfn))]
print("%-34s %7d owned, %d in no table, %d of these mapped by their count, %d by others" % (
    "pages of processes", len(owned), len(nowhere), len(counted), len(other)))
for pfn in (other + counted)[:10]:
    print("    frame %d: memdesc has %s, drgn %s" % (pfn, owned[pfn], mapped.get(pfn)))
wrong += len(other) + len(counted) + (len(owned) < 10000) + (len(nowhere) > len(owned) / 20)

# The other way: what is mapped and, by its own struct page, anonymous must be among these.
ANON = 1  # PAGE_MAPPING_ANON, FOLIO_MAPPING_ANON: lowest bit of mapping
page_type = prog.type("struct page")
head_at, mapping_at = (
    offsetof(page_type, member) for member in ("compound_head", "mapping"))


def word(address):
    return prog.read_u64(address)


def is_anonymous(frame):
    page = pfn_to_page(prog, frame).value_()
    head = word(page + head_at)
    return word((head - 1 if head & 1 else page) + mapping_at) & ANON


anonymous = [frame for frame in mapped if frame in frames and is_anonymous(frame)]
lost = [frame for frame in anonymous if frame not in owned]
print("%-34s %7d mapped, %d without a process as owner" % (
    "anonymous pages", len(anonymous), len(lost)))
for frame in lost[:10]:
    print("    frame %d: %s" % (frame, mapped[frame]))
wrong += len(lost) + (len(anonymous) < 10000)

sys.stdout.flush()
sys.exit(wrong > 0)
