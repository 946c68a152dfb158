/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where everything is: a table of names and numbers in a section of its own, which
 * mkcore reads from the object file. Compiled beside the vmlinux, not into it.
 */
#include "types.h"

struct mkcore_entry {
	char name[48];
	unsigned long offset;
	unsigned long size;
};

#define S(t) { #t, 0, sizeof(struct t) }
#define O(t, m) { #t "." #m, __builtin_offsetof(struct t, m), \
		  sizeof(((struct t *)0)->m) }
#define E(e) { #e, (unsigned long)(e), 0 }

const struct mkcore_entry mkcore_layout[]
	__attribute__((section(".mkcore_layout"), used)) = {
	S(list_head), O(list_head, next), O(list_head, prev),
	{ "nodemask_t", 0, sizeof(nodemask_t) },
	S(free_area), O(free_area, free_list), O(free_area, nr_free),
	{ "free_area.free_list[]", 0, sizeof(((struct free_area *)0)->free_list[0]) },
	S(zone), O(zone, _watermark), O(zone, nr_reserved_highatomic),
	O(zone, lowmem_reserve), O(zone, node), O(zone, zone_pgdat),
	O(zone, per_cpu_pageset),
	O(zone, per_cpu_zonestats), O(zone, pageset_batch), O(zone, zone_start_pfn),
	O(zone, managed_pages), O(zone, spanned_pages), O(zone, present_pages),
	O(zone, name), O(zone, nr_isolate_pageblock), O(zone, initialized),
	O(zone, free_area), O(zone, vm_stat), O(zone, contiguous),
#if K_PCP_NEW
	O(zone, nr_free_highatomic), O(zone, pageset_high_min), O(zone, pageset_high_max),
#else
	O(zone, pageset_high),
#endif
#if K_CMA
	O(zone, cma_pages),
#endif
#if K_UNACCEPTED
	O(zone, unaccepted_pages),
#endif
#if K_VMEMMAP_TAILS
	O(zone, vmemmap_tails),
#endif
	S(per_cpu_pages), O(per_cpu_pages, count), O(per_cpu_pages, high),
	O(per_cpu_pages, batch), O(per_cpu_pages, lists),
	S(per_cpu_zonestat), O(per_cpu_zonestat, vm_stat_diff),
	O(per_cpu_zonestat, stat_threshold),
	S(per_cpu_nodestat), O(per_cpu_nodestat, vm_node_stat_diff),
	O(per_cpu_nodestat, stat_threshold),
	S(zoneref), S(zonelist), O(zoneref, zone), O(zoneref, zone_idx),
	S(pglist_data), O(pglist_data, node_zones), O(pglist_data, node_zonelists),
	O(pglist_data, nr_zones), O(pglist_data, node_start_pfn),
	O(pglist_data, node_present_pages), O(pglist_data, node_spanned_pages),
	O(pglist_data, node_id), O(pglist_data, __lruvec), O(pglist_data, vm_stat),
	O(pglist_data, per_cpu_nodestats), O(lruvec, lists), O(lruvec, pgdat),
	S(mem_section), O(mem_section, section_mem_map), O(mem_section, usage),
	S(mem_section_usage), O(mem_section_usage, subsection_map),
	O(mem_section_usage, pageblock_flags),
	S(kmem_cache), O(kmem_cache, flags), O(kmem_cache, min_partial),
	O(kmem_cache, size),
	O(kmem_cache, object_size), O(kmem_cache, offset), O(kmem_cache, oo),
	O(kmem_cache, min), O(kmem_cache, refcount), O(kmem_cache, inuse),
	O(kmem_cache, align), O(kmem_cache, name), O(kmem_cache, list),
	O(kmem_cache, random),
#if K_SHEAVES
	O(kmem_cache, per_node), S(kmem_cache_per_node_ptrs),
	O(kmem_cache_per_node_ptrs, node),
#else
	O(kmem_cache, cpu_slab), O(kmem_cache, node),
	S(kmem_cache_cpu), O(kmem_cache_cpu, freelist), O(kmem_cache_cpu, tid),
	O(kmem_cache_cpu, slab), O(kmem_cache_cpu, partial),
#endif
	S(kmem_cache_node), O(kmem_cache_node, nr_partial), O(kmem_cache_node, partial),
	O(kmem_cache_node, nr_slabs), O(kmem_cache_node, total_objects),
	O(kmem_cache_node, full),
	S(inode), O(inode, i_mapping), O(inode, i_ino), O(inode, i_size),
	O(inode, i_mode),
	O(inode, i_data), O(address_space, host), O(address_space, i_pages),
	O(address_space, nrpages), O(xarray, xa_head), O(xarray, xa_flags),
	S(xa_node), O(xa_node, shift), O(xa_node, offset), O(xa_node, count),
	O(xa_node, parent), O(xa_node, array), O(xa_node, slots),
	S(anon_vma), O(anon_vma, root), O(anon_vma, refcount), O(anon_vma, parent),
	S(ksm_stable_node), O(ksm_stable_node, kpfn),
	S(mm_struct), O(mm_struct, pgd), O(mm_struct, mm_users), O(mm_struct, mm_count),
	O(mm_struct, pgtables_bytes),
	S(hstate), O(hstate, order), O(hstate, mask), O(hstate, max_huge_pages),
	O(hstate, nr_huge_pages), O(hstate, free_huge_pages), O(hstate, name),
	O(hstate, hugepage_activelist), O(hstate, hugepage_freelists),
	O(hstate, nr_huge_pages_node), O(hstate, free_huge_pages_node),
	S(uts_namespace), O(uts_namespace, name), O(new_utsname, sysname),
	O(new_utsname, nodename), O(new_utsname, release), O(new_utsname, version),
	O(new_utsname, machine), O(new_utsname, domainname),

	E(MIGRATE_UNMOVABLE), E(MIGRATE_MOVABLE), E(MIGRATE_RECLAIMABLE),
	E(MIGRATE_HIGHATOMIC), E(MIGRATE_ISOLATE), E(MIGRATE_TYPES),
#if K_CMA
	E(MIGRATE_CMA),
#endif
	E(NR_FREE_PAGES), E(NR_ZONE_LRU_BASE), E(NR_ZONE_WRITE_PENDING), E(NR_MLOCK),
	E(NR_ZSPAGES), E(NR_FREE_CMA_PAGES), E(NR_VM_ZONE_STAT_ITEMS),
#if K_BLOCKS
	E(NR_FREE_PAGES_BLOCKS), E(NR_HUGETLB),
#endif
#if K_UNACCEPTED
	E(NR_UNACCEPTED),
#endif
	E(NR_LRU_BASE), E(NR_SLAB_RECLAIMABLE_B), E(NR_SLAB_UNRECLAIMABLE_B),
	E(NR_ANON_MAPPED), E(NR_FILE_MAPPED), E(NR_FILE_PAGES), E(NR_FILE_DIRTY),
	E(NR_WRITEBACK), E(NR_SHMEM), E(NR_SHMEM_THPS), E(NR_FILE_THPS), E(NR_ANON_THPS),
	E(NR_PAGETABLE), E(NR_SWAPCACHE), E(NR_KERNEL_STACK_KB), E(NR_VM_NODE_STAT_ITEMS),
	K_FLAG_ENTRIES
#include "page-layout.h"
};
