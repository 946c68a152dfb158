# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every struct page put into one of six classes with drgn's own object access: what a drgn user
# would write to count pages. For the benchmark beside it; run by "drgn -c VMCORE -s VMLINUX".
import sys

from drgn.helpers.linux.mm import for_each_page

names = ("free", "slab", "anon", "file", "reserved", "other")
counts = dict.fromkeys(names, 0)
flags = {name: 1 << value for name, value in prog.type("enum pageflags").enumerators}
reserved = flags["PG_reserved"]
slab = flags.get("PG_slab", 0)
BUDDY = 0xFFFFFF7F  # up to 6.10

for page in for_each_page(prog):
    word = page.flags.value_()
    mapping = page.mapping.value_()
    if page.page_type.value_() == BUDDY:
        name = "free"
    elif word & slab:
        name = "slab"
    elif word & reserved:
        name = "reserved"
    elif mapping & 1:
        name = "anon"
    elif mapping:
        name = "file"
    else:
        name = "other"
    counts[name] += 1

for name in names:
    print(name, counts[name])
sys.stdout.flush()
