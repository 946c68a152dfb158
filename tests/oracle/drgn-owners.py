# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What drgn says of the owners of pages that memdesc named, one line of
# "class,pfn,kind,name,address,position" each on standard input; run by drgn-owners.
import sys

from drgn import Object, cast
from drgn.helpers.linux.fs import inode_path
from drgn.helpers.linux.mm import compound_head, pfn_to_page

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
        anon = head.mapping.value_()
        vma_index = head.index.value_() + (page - head)
        if not anon & 1:
            fail(line, "no anonymous page: mapping %#x" % anon)
        elif anon & 3 == 1 and vma_index != int(position):
            # index is the virtual page number where the page was first mapped; mremap() moves it.
            seen["moved"] = seen.get("moved", 0) + 1
    else:
        fail(line, "nothing: this kind of owner is not known here")

for page_class in sorted(seen):
    print("%-12s %4d pages compared with drgn" % (page_class, seen[page_class]))
sys.stdout.flush()
sys.exit(wrong > 0 or not seen)
