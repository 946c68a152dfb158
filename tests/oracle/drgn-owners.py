# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What drgn says of the owners of pages that memdesc named, one line of
# "class,pfn,kind,name,address,position" each on standard input; run by drgn-owners.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page_tables import Tables, is_mapped

from drgn import Object, cast
from drgn.helpers.linux.fs import inode_path
from drgn.helpers.linux.mm import compound_head, page_to_pfn, pfn_to_page
from drgn.helpers.linux.percpu import per_cpu

PAGE = prog["PAGE_SIZE"].value_()
seen = {}
tables = {}  # by mm_struct
wrong = 0


def fail(line, said):
    global wrong
    wrong += 1
    if wrong <= 10:
        print("    %s: drgn says %s" % (line, said))


def file_name(inode):
    path = inode_path(inode)
    return path.decode("utf-8", "replace") if path else None


for line in sys.stdin:
    line = line.rstrip("\n")
    page_class, pfn, kind, address, position, name = line.split(",", 5)
    page = pfn_to_page(prog, int(pfn))
    head = compound_head(page)
    seen[page_class] = seen.get(page_class, 0) + 1
    if kind == "cache":
        cache = cast("struct slab *", head).slab_cache
        said = (cache.value_(), cache.name.string_().decode())
        if said != (int(address, 16), name):
            fail(line, said)
    elif kind == "file":
        inode = head.mapping.host
        index = head.index.value_() + (page - head)
        # The name of an unmounted file system's file is memdesc's own: the end is the file's.
        path = file_name(inode)
        if inode.value_() != int(address, 16) or index != int(position):
            fail(line, "inode %#x, index %d" % (inode.value_(), index))
        elif path and not name.startswith("block device") and not (
                name.removesuffix(" (deleted)").endswith(path.rstrip("/").rsplit("/", 1)[-1])):
            fail(line, path)
    elif kind == "process":
        mapping = head.mapping.value_()
        if not mapping & 1:
            fail(line, "no anonymous page: mapping %#x" % mapping)
            continue
        if address not in tables:
            tables[address] = Tables(prog, Object(prog, "struct mm_struct *", int(address, 16)))
        there = tables[address].pages.get(int(position))
        # In the swap cache alone, or a part of a huge page that was given back: the process had it
        # there, but no page table does.
        if not there and not is_mapped(page):
            seen["in no table"] = seen.get("in no table", 0) + 1
        elif not there or there[0] != int(pfn):
            fail(line, "at that address %s" % (there,))
    elif kind == "stack" and name.startswith("no task"):
        seen["of no task"] = seen.get("of no task", 0) + 1
    elif kind == "stack":
        if name.startswith("interrupts of cpu "):
            said, stack = name, per_cpu(prog["irq_stack_ptr"], int(name.split()[-1])).value_()
        else:
            task = Object(prog, "struct task_struct *", value=int(address, 16))
            said = "%s (%d)" % (task.comm.string_().decode(), task.pid)
            stack = task.stack.value_()
        if not name.startswith(said):
            fail(line, said)
        elif prog.read(stack + int(position) * PAGE, PAGE) != prog.read(
                int(pfn) * PAGE, PAGE, True):
            fail(line, "other bytes at that place of the stack")
    elif kind == "area":
        area = Object(prog, "struct vm_struct *", value=int(address, 16))
        said = page_to_pfn(area.pages[int(position)]).value_()
        if said != int(pfn) or area.nr_pages <= int(position):
            fail(line, "page %s of %d is frame %d" % (position, area.nr_pages, said))
    elif kind == "module":
        said = Object(prog, "struct module *", value=int(address, 16)).name.string_().decode()
        if name != said:
            fail(line, said)
    elif page_class == "vmalloc" and kind == "pool":
        seen["of a pool"] = seen.get("of a pool", 0) + 1
    else:
        fail(line, "nothing: this kind of owner is not known here")

for page_class in sorted(seen):
    print("%-12s %4d pages compared with drgn" % (page_class, seen[page_class]))
sys.stdout.flush()
sys.exit(wrong > 0 or not seen)
