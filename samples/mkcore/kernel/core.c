/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own variables, one group per compile unit: mkcore compiles this file
 * several times under the names of the kernel's files, with another K_UNIT each time.
 */
#include "types.h"

#define UNIT_HEAD 1
#define UNIT_PAGE_ALLOC 2
#define UNIT_VMSTAT 3
#define UNIT_SPARSE 4
#define UNIT_SLUB 5
#define UNIT_HUGETLB 6
#define UNIT_INIT 7

#if K_UNIT == UNIT_HEAD
#if K_AARCH64
pgd_t swapper_pg_dir[K_PAGE_SIZE / sizeof(pgd_t)] __attribute__((aligned(K_PAGE_SIZE)));
long long memstart_addr;
u64 kimage_voffset;
#else
pgd_t init_top_pgt[512] __attribute__((aligned(4096)));
unsigned long phys_base;
unsigned long page_offset_base;
unsigned long vmalloc_base;
unsigned long vmemmap_base;
unsigned int __pgtable_l5_enabled;
unsigned int pgdir_shift;
unsigned int ptrs_per_p4d;
#endif
unsigned long __per_cpu_offset[K_NR_CPUS];
struct pglist_data *node_data[K_MAX_NUMNODES];
void startup_64(void);
__attribute__((section(".head.text"))) void startup_64(void) { }
/* its presence tells debuggers that the page array is virtually mapped */
int vmemmap_populate(unsigned long start, unsigned long end, int node);
__attribute__((aligned(4096))) int vmemmap_populate(unsigned long start,
						    unsigned long end, int node)
{
	return 0;
}
#endif

#if K_UNIT == UNIT_PAGE_ALLOC
unsigned long max_pfn;
unsigned long max_low_pfn;
unsigned long min_low_pfn;
unsigned long max_mapnr;
void *high_memory;
atomic_long_t _totalram_pages;
unsigned long totalreserve_pages;
unsigned long totalcma_pages;
nodemask_t node_states[6];
unsigned int nr_node_ids;
int movable_zone;
atomic_long_t num_poisoned_pages;
struct cpumask __cpu_possible_mask;
struct cpumask __cpu_online_mask;
struct cpumask __cpu_present_mask;
unsigned int nr_cpu_ids;
struct mm_struct init_mm;
#endif

#if K_UNIT == UNIT_VMSTAT
atomic_long_t vm_zone_stat[NR_VM_ZONE_STAT_ITEMS];
atomic_long_t vm_node_stat[NR_VM_NODE_STAT_ITEMS];
atomic_long_t vm_numa_event[NR_VM_NUMA_EVENT_ITEMS];
#endif

#if K_UNIT == UNIT_SPARSE
struct mem_section **mem_section;
unsigned long __highest_present_section_nr;
#endif

#if K_UNIT == UNIT_SLUB
struct list_head slab_caches;
enum slab_state slab_state;
struct kmem_cache *kmem_cache;
struct kmem_cache *kmem_cache_node;
struct kmem_cache *anon_vma_cachep;
#endif

#if K_UNIT == UNIT_HUGETLB
struct hstate hstates[2];
int hugetlb_max_hstate;
unsigned int default_hstate_idx;
#endif

#if K_UNIT == UNIT_INIT
void start_kernel(void);
__attribute__((section(".init.text"))) void start_kernel(void) { }
struct uts_namespace init_uts_ns;
char *saved_command_line;
const char linux_banner[] = K_BANNER;
unsigned char *vmcoreinfo_data;
unsigned int *vmcoreinfo_note;
unsigned long vmcoreinfo_size;
#endif
