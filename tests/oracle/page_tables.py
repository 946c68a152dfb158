# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Page tables of processes, walked here word by word in the memory that drgn reads: neither drgn's own
# walk, which does not know every architecture, nor memdesc's.
import re
import struct

from drgn import Architecture, cast
from drgn.helpers.linux.mm import compound_head, pfn_to_page
from drgn.helpers.linux.pid import for_each_task


def page_shift(prog):
    return prog["PAGE_SHIFT"].value_()


class X86:
    PRESENT = 1
    NONE = 1 << 8  # as PROT_NONE: there, but faults
    LARGE = 1 << 7
    NO_EXECUTE = 1 << 63
    address = (1 << 52) - (1 << 12)
    user_entries = 256  # of the top table; the rest is the kernel's

    def __init__(self, prog):
        self.top = 3
        try:
            self.top += bool(prog["__pgtable_l5_enabled"].value_())
        except KeyError:
            pass
        self.direct = prog["page_offset_base"].value_()
        self.image = 0xFFFFFFFF80000000
        self.phys_base = prog.read_u64(prog.symbol("phys_base").address)

    def paddr(self, vaddr):
        if vaddr >= self.image:
            return vaddr - self.image + self.phys_base & 2**64 - 1
        return vaddr - self.direct

    def is_present(self, entry):
        return entry & (self.PRESENT | self.NONE)

    def is_leaf(self, entry, level):
        return not level or entry & self.LARGE

    def has_second(self, prog, top):
        """A kernel built for page-table isolation has two top tables behind one another. That of
        user mode has the entries of the first for it, without the bit that the first has besides,
        or none where the processor needs no isolation. No page of its own: its count is 0."""
        half = self.user_entries
        page = 1 << page_shift(prog)
        first, second = (
            struct.unpack("<%dQ" % half, prog.read(at, half * 8, True)) for at in (top, top + page))
        return (
            not top & page
            and pfn_to_page(prog, top // page + 1)._refcount.counter.value_() == 0
            and (not any(second) or all(
                a & ~self.NO_EXECUTE == b & ~self.NO_EXECUTE for a, b in zip(first, second)))
        )


class Arm64:
    VALID = 1
    TABLE = 2  # of a lowest entry: a page

    def __init__(self, prog):
        def number(name):
            said = re.search(rb"^NUMBER\(%s\)=(\w+)$" % name, notes, re.M)
            return int(said.group(1), 0)

        notes = prog["vmcoreinfo_data"].string_()
        bits = 64 - number(b"TCR_EL1_T1SZ")  # which a kernel for more may run with
        shift = page_shift(prog)
        self.address = (1 << 48) - (1 << shift)
        # Each table but the top one has as many entries as fit a page.
        self.top = (bits - shift - 1) // (shift - 3)
        self.user_entries = 1 << bits - shift - self.top * (shift - 3)
        self.direct = 2**64 - (1 << number(b"VA_BITS"))
        self.first = prog["memstart_addr"].value_()
        self.image = 2**64 - (1 << bits - 1)
        self.image_offset = prog["kimage_voffset"].value_()

    def paddr(self, vaddr):
        if vaddr >= self.image:
            return vaddr - self.image_offset
        return vaddr - self.direct + self.first

    def is_present(self, entry):
        return entry & self.VALID

    def is_leaf(self, entry, level):
        return not level or not entry & self.TABLE

    def has_second(self, prog, top):
        return False


def machine(prog):
    return {Architecture.X86_64: X86, Architecture.AARCH64: Arm64}[prog.platform.arch](prog)


def zero_frames(prog):
    """Frames of the zero page and of the huge one, if that is in use."""
    at = machine(prog).paddr(prog.symbol("empty_zero_page").address)
    shift = page_shift(prog)
    frames = {at >> shift}
    huge = prog["huge_zero_pfn"].value_()
    if huge != 2**64 - 1:
        frames.update(range(huge, huge + (1 << shift - 3)))
    return frames


def is_mapped(page):
    """Whether some page table has this page, by its own counts or that of its large folio."""
    # Counts are stored minus one; that of a huge page as a whole lies in its second struct page,
    # which struct folio has members for since 6.3.
    head = compound_head(page)
    if page._mapcount.counter >= 0:
        return True
    if (head + 1).compound_head.value_() != head.value_() + 1:
        return False
    try:
        return cast("struct folio *", head)._entire_mapcount.counter >= 0
    except AttributeError:
        return (head + 1).compound_mapcount.counter >= 0


class Tables:
    """What the page tables of one struct mm_struct map, and where they lie."""

    def __init__(self, prog, mm):
        self.prog = prog
        self.machine = machine(prog)
        self.pages = {}  # virtual page: (frame, level of the entry that maps it)
        self.tables = {}  # frame of the table: (level, first virtual address)
        self.shift = page_shift(prog)
        top = self.machine.paddr(mm.pgd.value_())
        self.walk(top, self.machine.top, 0, self.machine.user_entries)
        if self.machine.has_second(prog, top):
            self.tables[(top >> self.shift) + 1] = (self.machine.top, 0)

    def walk(self, paddr, level, vaddr, entries=None):
        self.tables[paddr >> self.shift] = (level, vaddr)
        span = 1 << self.shift + (self.shift - 3) * level
        entries = entries or 1 << self.shift - 3
        words = struct.unpack("<%dQ" % entries, self.prog.read(paddr, entries * 8, True))
        for i, entry in enumerate(words):
            at = vaddr + i * span
            if not self.machine.is_present(entry):
                continue
            paddr = entry & self.machine.address
            if not self.machine.is_leaf(entry, level):
                self.walk(paddr, level - 1, at)
                continue
            # The lowest bit of a large page's address is a mark on x86.
            frame = (paddr & ~(span - 1)) >> self.shift
            for page in range(span >> self.shift):
                self.pages[(at >> self.shift) + page] = (frame + page, level)


def address_spaces(prog):
    """Each mm_struct that a task uses, with the lowest process id of its users."""
    spaces = {}
    for task in for_each_task(prog):
        mm = task.mm
        # A kernel thread may have borrowed one, but not as its own.
        if mm and not task.flags & 0x00200000:
            pid = task.tgid.value_()
            spaces[mm.value_()] = (mm, min(pid, spaces.get(mm.value_(), (mm, pid))[1]))
    return spaces.values()
