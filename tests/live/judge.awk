# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the guest said, run by run; ends with 1 if anything is not as it must be.

function complain(what) {
	print "run " run ": " what
	bad = 1
}

function absolute(x) {
	return x < 0 ? -x : x
}

# A counter of the guest and the pages counted: at most what moved lies between them, and what each of two
# CPUs keeps to itself (125 pages a zone or node, three of them).
function hold(name, counter, counted) {
	difference = absolute(counted - before[counter])
	if (difference > moved + 750)
		complain(name " is " counted ", " counter " was " before[counter] " and is " \
			 after[counter] ", and " moved " pages moved")
	if (run == "quiet")
		quiet[name] = difference
	else if (difference > most[name])
		most[name] = difference
}

/^@refused / {
	refused = /only root/
	print substr($0, 2)
}

/^@run / {
	run = $2
	delete before
	delete after
	delete class
	delete mapped
	findings = 0
}

/^@before / { before[$2] = $3 }
/^@after / { after[$2] = $3 }

/^@analysis / {
	split($2, part, ",")
	bytes = part[1]
	looks = part[2]
	if (part[3] != "0" && part[3] != "false")
		complain("part of live memory could not be read")
	seconds += part[4]
}

/^@class / {
	split($2, part, ",")
	class[part[1]] = part[2]
	mapped[part[1]] = part[3]
}

/^@lists / { lists = $2 }
/^@array / { array = $2 }
/^@module type from: module virtio_blk$/ { module = 1 }
# The array of struct pages is read once at each look, with what it has for holes, and the pageblocks' bits.
/^@read / {
	split($2, part, ",")
	read_for[part[1]] += part[2]
	if (part[1] == "struct-pages" && part[2] > 1.01 * looks * array)
		complain(part[2] " bytes of struct pages were read in " looks " looks; there are " array)
}
/^@types / { types[substr($0, 8)]++ }

/^@finding / {
	complain(substr($0, 2))
	findings++
}
/^@off / { complain("books: " substr($0, 6)) }

/^@end/ {
	ended++
	moved = 0
	for (name in after)
		if (name ~ /^pg(alloc_|free)/)
			moved += after[name] - before[name]
	# The analysis itself needs memory.
	if (run == "quiet" ? moved > 100000 : !moved)
		complain(moved " pages moved")
	hold("free pages", "nr_free_pages", class["free"])
	hold("free lists", "nr_free_pages", lists)
	hold("mapped anonymous pages", "nr_anon_pages", mapped["anon"] + mapped["ksm"] + mapped["swap-cache"])
	hold("page cache", "nr_file_pages", class["file"] + class["shmem"] + class["swap-cache"])
	# What may be read: the array of struct pages, and the kernel's own memory, where its objects are.
	objects = 4096 * (class["slab"] + class["page-table"] + class["kernel-image"] + class["percpu"] + \
			  class["kernel-stack"] + class["vmalloc"] + class["kernel-other"])
	if (bytes > looks * (array + objects))
		complain(bytes " bytes were read; struct pages are " array ", objects " objects)
	total += bytes
	all_looks += looks
	sum_moved += moved
}

END {
	if (ended != runs + 1) {
		print (ended + 0) " of " (runs + 1) " runs ended"
		bad = 1
	}
	if (!refused) {
		print "live memory was not refused to others than root"
		bad = 1
	}
	if (!module) {
		print "no structure of module virtio_blk was shown"
		bad = 1
	}
	if (!ended)
		exit 1
	printf "%d runs, %d looks; %.1f s, %.1f MiB read a run (struct pages: %.1f MiB); %d pages moved a run\n", \
		ended, all_looks, seconds / ended, total / ended / 1048576, array / 1048576, sum_moved / ended
	for (name in read_for)
		printf "%.2f MiB a look for %s\n", read_for[name] / all_looks / 1048576, name
	for (name in most)
		printf "%s: %d pages off at most, %d while the load stood still\n", name, most[name], quiet[name]
	for (name in types)
		printf "%d runs with %s\n", types[name], name
	exit bad
}
