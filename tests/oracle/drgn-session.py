# SPDX-License-Identifier: LGPL-2.1-or-later
# Run by drgn with samples/drgn-session.py in the environment: what a session prints.
import os

exec(open(os.environ["DRGN_SESSION"]).read())
from drgn.helpers.linux.mm import pfn_to_page

for name, pages in sorted(census(prog).items()):
    print(f"{name},{pages}")
for pfn in map(int, os.environ["PFNS"].split()):
    words = owner(prog, pfn_to_page(prog, pfn))
    assert words == owner(prog, pfn)
    print(f"{pfn}: {words.split(',')[0]}, {words.split(', ')[1]}")
print(owner(prog, 1 << 40))
