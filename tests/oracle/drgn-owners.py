# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What drgn says of the owners of pages that memdesc named, one line of
# "class,pfn,kind,name,address,position" each on standard input; run by drgn-owners.
import sys

from drgn import FaultError, Object, cast
from drgn.helpers.linux.fs import inode_path
from drgn.helpers.linux.mm import access_remote_vm, compound_head, pfn_to_page

PAGE = prog["PAGE_SIZE"].value_()
seen = {}
wrong = 0


def fail(line, said):
    global wrong
    wrong += 1
    if wrong <= 10:
        print("    %s: drgn says %s" % (line, said))


def file_name(inode):
    path = inode_path(inode)
    return path.decode("utf-8", "replace") if path else None


def is_mapped(page, head):
    # Counts are stored minus one; that of a huge page as a whole lies in its second struct page.
    if page._mapcount.counter >= 0:
        return True
    is_compound = (head + 1).compound_head.value_() == head.value_() + 1
    return is_compound and (head + 1).compound_mapcount.counter >= 0


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
        mm = Object(prog, "struct mm_struct *", value=int(address, 16))
        if not mapping & 1:
            fail(line, "no anonymous page: mapping %#x" % mapping)
            continue
        try:
            there = access_remote_vm(mm, int(position) * PAGE, PAGE)
        except FaultError:
            # In the swap cache alone, or a part of a huge page that was given back: the process
            # had it there, but no page table does.
            if not is_mapped(page, head):
                seen["in no table"] = seen.get("in no table", 0) + 1
            else:
                fail(line, "no page of that process at that address")
            continue
        if there != prog.read(int(pfn) * PAGE, PAGE, True):
            fail(line, "other bytes at that address")
    elif kind == "stack" and name.startswith("no task"):
        seen["of no task"] = seen.get("of no task", 0) + 1
    elif kind == "stack":
        task = Object(prog, "struct task_struct *", value=int(address, 16))
        if not name.startswith("%s (%d)" % (task.comm.string_().decode(), task.pid)):
            fail(line, task.comm)
        elif prog.read(task.stack.value_() + int(position) * PAGE, PAGE) != prog.read(
                int(pfn) * PAGE, PAGE, True):
            fail(line, "other bytes at that place of the stack")
    else:
        fail(line, "nothing: this kind of owner is not known here")

for page_class in sorted(seen):
    print("%-12s %4d pages compared with drgn" % (page_class, seen[page_class]))
sys.stdout.flush()
sys.exit(wrong > 0 or not seen)
