/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slab caches down to the object: slabs come from the page allocator, objects from
 * slabs, partly free slabs wait on a list per node. Whoever needs an object in kernel
 * memory (an inode, a descriptor) gets one here, with a real address.
 */
#include <string.h>

#include "format.h"

#define MIN_PARTIAL 5

static void add_partial(struct machine *m, guint32 index)
{
	struct slab *s = m->slabs->pdata[index];
	struct slab_cache *c = m->caches->pdata[s->cache];

	if (s->partial)
		return;
	if (!c->partial[s->node])
		c->partial[s->node] = g_queue_new();
	g_queue_push_tail(c->partial[s->node], GUINT_TO_POINTER(index));
	s->partial = g_queue_peek_tail_link(c->partial[s->node]);
}

static void del_partial(struct machine *m, guint32 index)
{
	struct slab *s = m->slabs->pdata[index];
	struct slab_cache *c = m->caches->pdata[s->cache];

	if (s->partial)
		g_queue_delete_link(c->partial[s->node], s->partial);
	s->partial = NULL;
}

static void choose_order(struct machine *m, struct slab_cache *c)
{
	for (int fraction = 16; fraction >= 1; fraction /= 2)
		for (int o = 0; o <= 3; o++) {
			guint32 bytes = PAGE_SIZE_OF(m) << o, n = bytes / c->size;

			if (!n || (fraction > 1 && n < 8 && o < 3))
				continue;
			if (bytes % c->size <= bytes / fraction) {
				c->order = o;
				c->objects = n;
				return;
			}
		}
}

/**
 * slab_cache_new:
 * @size: bytes of an object
 * @align: a power of two, at least 8
 * @reclaimable: its slabs come from reclaimable pageblocks and count as such
 *
 * Returns: (transfer none): the cache.
 */
struct slab_cache *slab_cache_new(struct machine *m, const char *name, guint32 size,
				  guint32 align, gboolean reclaimable)
{
	struct slab_cache *c = g_new0(struct slab_cache, 1);

	c->name = g_strdup(name);
	c->object_size = size;
	c->align = align;
	c->size = align_up(size, align);
	c->offset = align_down(size / 2, 8);
	c->reclaimable = reclaimable;
	c->random = mix64(m->recipe->seed + m->caches->len * 77);
	choose_order(m, c);
	g_ptr_array_add(m->caches, c);
	return c;
}

struct slab_cache *slab_cache_find(struct machine *m, const char *name)
{
	for (guint i = 0; i < m->caches->len; i++) {
		struct slab_cache *c = m->caches->pdata[i];

		if (!strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static guint16 cache_index(struct machine *m, struct slab_cache *c)
{
	guint i;

	g_ptr_array_find(m->caches, c, &i);
	return i;
}

/* an empty slab on no list; NO_PFN without memory */
static guint32 slab_new(struct machine *m, struct slab_cache *c, int node, guint32 flags)
{
	guint32 pfn = buddy_alloc(m, node, FALSE, c->reclaimable ? 2 : 0, c->order);
	struct slab *s;
	guint32 index;

	if (pfn == NO_PFN)
		return NO_PFN;
	s = g_new0(struct slab, 1);
	s->cache = cache_index(m, c);
	s->objects = c->objects;
	s->node = zone_of(m, pfn)->node;
	s->cpu = -1;
	s->bits = g_malloc0(c->objects / 8 + 1);
	if (m->slab_free->len) {
		index = g_array_index(m->slab_free, guint32, m->slab_free->len - 1);
		g_array_set_size(m->slab_free, m->slab_free->len - 1);
		m->slabs->pdata[index] = s;
	} else {
		index = m->slabs->len;
		g_ptr_array_add(m->slabs, s);
	}
	s->alloc = alloc_new(m, pfn, c->order, PC_SLAB,
			     flags | (c->order ? AF_COMPOUND : 0));
	alloc_get(m, s->alloc)->owner = index;
	c->nr_slabs++;
	c->nr_objects += c->objects;
	c->node_slabs[s->node]++;
	return index;
}

/* the pages of a slab are about to be freed */
void slab_freed(struct machine *m, guint32 index)
{
	struct slab *s = m->slabs->pdata[index];
	struct slab_cache *c = m->caches->pdata[s->cache];

	del_partial(m, index);
	c->nr_slabs--;
	c->nr_objects -= s->objects;
	c->in_use -= s->in_use;
	c->node_slabs[s->node]--;
	g_free(s->bits);
	g_free(s);
	m->slabs->pdata[index] = NULL;
	g_array_append_val(m->slab_free, index);
}

static gboolean bit_get(const guint8 *bits, guint i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static guint64 slab_base(struct machine *m, struct slab *s)
{
	return (guint64)alloc_get(m, s->alloc)->pfn << m->recipe->page_shift;
}

/* where to look for a slab: on @node, or where there is one when the node is full */
static int node_with_partial(struct machine *m, struct slab_cache *c, int node)
{
	for (int k = 0; k < m->nr_nodes; k++) {
		int n = (node + k) % m->nr_nodes;

		if (c->partial[n] && !g_queue_is_empty(c->partial[n]))
			return n;
		if (!k && buddy_node_free(m, node) > 1u << c->order)
			break;
	}
	return -1;
}

/**
 * slab_object_new:
 *
 * Returns: physical address of an object of @c, zeroed; 0 without memory. Its slab can no
 * longer be freed by the workload as a whole.
 */
guint64 slab_object_new(struct machine *m, struct slab_cache *c, int node)
{
	int from = node_with_partial(m, c, node);
	guint32 index;
	struct slab *s;
	guint64 pa;
	guint i = 0;

	if (from >= 0) {
		index = GPOINTER_TO_UINT(g_queue_peek_head(c->partial[from]));
	} else {
		index = slab_new(m, c, node, AF_PINNED);
		if (index == NO_PFN)
			return 0;
		add_partial(m, index);
	}
	s = m->slabs->pdata[index];
	while (bit_get(s->bits, i))
		i++;
	s->bits[i / 8] |= 1 << i % 8;
	s->in_use++;
	c->in_use++;
	if (s->in_use == s->objects)
		del_partial(m, index);
	if (!(alloc_get(m, s->alloc)->flags & AF_PINNED))
		alloc_pin(m, s->alloc);
	pa = slab_base(m, s) + (guint64)i * c->size;
	image_touch(&m->img, pa, c->size);
	memset(m->img.base + pa, 0, c->size);
	return pa;
}

/* an object from slab_object_new() goes back; an empty slab may go back to the buddy */
void slab_object_free(struct machine *m, struct slab_cache *c, guint64 pa)
{
	guint64 pfn = pa >> m->recipe->page_shift;
	struct alloc *a;
	struct slab *s;
	guint32 i;

	while (!(m->bits[pfn] & FB_HEAD))
		pfn--;
	a = alloc_of(m, pfn);
	s = m->slabs->pdata[a->owner];
	i = (pa - slab_base(m, s)) / c->size;
	s->bits[i / 8] &= ~(1 << i % 8);
	s->in_use--;
	c->in_use--;
	add_partial(m, a->owner);
	if (!s->in_use && g_queue_get_length(c->partial[s->node]) > MIN_PARTIAL) {
		guint32 index = s->alloc;

		slab_freed(m, a->owner);
		alloc_end(m, index);
	}
}

/**
 * slab_fill:
 * @percent: of its objects in use
 *
 * A slab of anonymous objects that the workload may free as a whole.
 * Returns: number of its allocation, NO_PFN without memory.
 */
guint32 slab_fill(struct machine *m, struct slab_cache *c, int node, double percent)
{
	guint32 index = slab_new(m, c, node, 0);
	struct slab *s;

	if (index == NO_PFN)
		return NO_PFN;
	s = m->slabs->pdata[index];
	for (guint i = 0; i < s->objects; i++)
		if (percent >= 100 || rng_percent(&m->rng, percent)) {
			s->bits[i / 8] |= 1 << i % 8;
			s->in_use++;
		}
	c->in_use += s->in_use;
	if (s->in_use < s->objects)
		add_partial(m, index);
	return s->alloc;
}

static void cache_objects(struct machine *m, struct slab_cache *c)
{
	struct slab_cache *caches = m->caches->pdata[0], *nodes = m->caches->pdata[1];

	c->pa = slab_object_new(m, caches, 0);
	c->va = phys_to_virt(m, c->pa);
	for (int n = 0; n < m->nr_nodes; n++)
		if (m->nodes[n].present)
			c->node_pa[n] = slab_object_new(m, nodes, n);
}

/* the caches every kernel has, and the two that describe caches */
void slab_boot(struct machine *m)
{
	static const struct {
		const char *name;
		guint32 size, align;
		gboolean reclaimable;
		double weight;
	} table[] = {
		{ "kmalloc-8", 8, 8, FALSE, 1 },
		{ "kmalloc-32", 32, 8, FALSE, 2 },
		{ "kmalloc-64", 64, 64, FALSE, 4 },
		{ "kmalloc-192", 192, 64, FALSE, 2 },
		{ "kmalloc-512", 512, 64, FALSE, 4 },
		{ "kmalloc-1k", 1024, 64, FALSE, 4 },
		{ "kmalloc-4k", 4096, 4096, FALSE, 4 },
		{ "kmalloc-8k", 8192, 4096, FALSE, 2 },
		{ "dentry", 192, 64, TRUE, 10 },
		{ "radix_tree_node", 0, 8, TRUE, 8 },
		{ "proc_inode_cache", 680, 8, TRUE, 4 },
		{ "vm_area_struct", 184, 8, FALSE, 5 },
		{ "filp", 232, 64, FALSE, 4 },
		{ "task_struct", 4160, 64, FALSE, 3 },
		{ "signal_cache", 1152, 64, FALSE, 2 },
		{ "cred_jar", 176, 64, FALSE, 1 },
	};
	const struct kbuild *kb = m->kb;

	slab_cache_new(m, "kmem_cache", ksize(kb, "kmem_cache"), 64, FALSE);
	slab_cache_new(m, "kmem_cache_node", ksize(kb, "kmem_cache_node"), 64, FALSE);
	slab_cache_new(m, "ext4_inode_cache", ksize(kb, "inode") + 600, 8, TRUE)->weight =
		8;
	slab_cache_new(m, "shmem_inode_cache", ksize(kb, "inode") + 300, 8, TRUE);
	slab_cache_new(m, "anon_vma", ksize(kb, "anon_vma"), 8, FALSE)->weight = 3;
	slab_cache_new(m, "ksm_stable_node", ksize(kb, "ksm_stable_node"), 8, FALSE);
	slab_cache_new(m, "mm_struct", ksize(kb, "mm_struct") + 800, 64, FALSE)->weight =
		1;
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		slab_cache_new(m, table[i].name, table[i].size ? table[i].size :
			       ksize(kb, "xa_node"), table[i].align,
			       table[i].reclaimable)->weight = table[i].weight;
	if (m->format->caches)
		m->format->caches(m);
	for (guint i = 0; i < m->caches->len; i++)
		cache_objects(m, m->caches->pdata[i]);
}

/* some partly used slab becomes the active one of a cpu; gone in 7.0 */
static void freeze_some(struct machine *m, struct slab_cache *c)
{
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		GQueue *q = c->partial[cpu % m->nr_nodes];
		guint32 index;
		struct slab *s;

		if (m->recipe->sheaves || !q || g_queue_get_length(q) < 2)
			continue;
		index = GPOINTER_TO_UINT(g_queue_peek_head(q));
		s = m->slabs->pdata[index];
		del_partial(m, index);
		s->frozen = TRUE;
		s->cpu = cpu;
	}
}

/* chain the free objects; returns the address of the first */
static guint64 write_freelist(struct machine *m, struct slab_cache *c, struct slab *s)
{
	guint64 base = slab_base(m, s), next = 0;

	for (int i = s->objects - 1; i >= 0; i--) {
		guint64 pa = base + (guint64)i * c->size, at;

		if (bit_get(s->bits, i))
			continue;
		at = phys_to_virt(m, pa + c->offset);
		/* CONFIG_SLAB_FREELIST_HARDENED */
		image_put(&m->img, pa + c->offset,
			  next ^ c->random ^ GUINT64_SWAP_LE_BE(at), 8);
		next = phys_to_virt(m, pa);
	}
	return next;
}

static void write_slab(struct machine *m, struct slab_cache *c, struct slab *s,
		       guint64 *freelist)
{
	const struct kbuild *kb = m->kb;
	guint64 pa = m->format->slab_pa(m, alloc_get(m, s->alloc));
	guint64 first = write_freelist(m, c, s);
	guint32 in_use = s->frozen ? s->objects : s->in_use;

	image_touch(&m->img, slab_base(m, s), PAGE_SIZE_OF(m) << c->order);
	*freelist = first;
	image_put(&m->img, pa + koff(kb, "slab.slab_cache"), c->va, 8);
	image_put(&m->img, pa + koff(kb, "slab.freelist"), s->frozen ? 0 : first, 8);
	/* bit-fields of 16, 15 and 1: from bit 0, in big-endian order from the top bit */
	image_put(&m->img, pa + koff(kb, "slab.counters"), mk_big ?
			  (guint64)in_use << 48 | (guint64)s->objects << 33 |
				  (guint64)s->frozen << 32 :
			  in_use | (guint64)s->objects << 16 | (guint64)s->frozen << 31, 8);
}

/* a circular list of objects at @offset inside each; nodes in order, head first */
static void write_list(struct machine *m, guint64 head_pa, guint64 head_va, GArray *pas,
		       GArray *vas)
{
	guint64 prev_pa = head_pa, prev_va = head_va;

	for (guint i = 0; i < pas->len; i++) {
		guint64 pa = g_array_index(pas, guint64, i);

		image_put(&m->img, prev_pa, g_array_index(vas, guint64, i), 8);
		image_put(&m->img, pa + 8, prev_va, 8);
		prev_pa = pa;
		prev_va = g_array_index(vas, guint64, i);
	}
	image_put(&m->img, prev_pa, head_va, 8);
	image_put(&m->img, head_pa + 8, prev_va, 8);
}

static void write_partial(struct machine *m, struct slab_cache *c, int node)
{
	const struct kbuild *kb = m->kb;
	guint64 n = c->node_pa[node], head = n + koff(kb, "kmem_cache_node.partial");
	guint64 full = n + koff(kb, "kmem_cache_node.full");
	guint64 off = koff(kb, "slab.slab_list");
	g_autoptr(GArray) pas = g_array_new(FALSE, FALSE, 8);
	g_autoptr(GArray) vas = g_array_new(FALSE, FALSE, 8);

	for (GList *l = c->partial[node] ? c->partial[node]->head : NULL; l;
	     l = l->next) {
		struct slab *s = m->slabs->pdata[GPOINTER_TO_UINT(l->data)];
		struct alloc *a = alloc_get(m, s->alloc);
		guint64 pa = m->format->slab_pa(m, a) + off;
		guint64 va = m->format->slab_va(m, a) + off;

		g_array_append_val(pas, pa);
		g_array_append_val(vas, va);
	}
	write_list(m, head, phys_to_virt(m, head), pas, vas);
	image_put(&m->img, full, phys_to_virt(m, full), 8);
	image_put(&m->img, full + 8, phys_to_virt(m, full), 8);
	image_put(&m->img, n + koff(kb, "kmem_cache_node.nr_partial"), pas->len, 8);
	image_put(&m->img, n + koff(kb, "kmem_cache_node.nr_slabs"), c->node_slabs[node],
		  8);
	image_put(&m->img, n + koff(kb, "kmem_cache_node.total_objects"),
		  c->node_slabs[node] * c->objects, 8);
}

static void write_cache(struct machine *m, struct slab_cache *c, guint64 name_pa)
{
	const struct kbuild *kb = m->kb;
	struct image *img = &m->img;
	guint64 k = c->pa, oo = (guint64)c->order << 16 | c->objects;

	image_write(img, name_pa, c->name, strlen(c->name) + 1);
	image_put(img, k + koff(kb, "kmem_cache.flags"), c->flags, 4);
	image_put(img, k + koff(kb, "kmem_cache.min_partial"), MIN_PARTIAL, 8);
	image_put(img, k + koff(kb, "kmem_cache.size"), c->size, 4);
	image_put(img, k + koff(kb, "kmem_cache.object_size"), c->object_size, 4);
	image_put(img, k + koff(kb, "kmem_cache.offset"), c->offset, 4);
	image_put(img, k + koff(kb, "kmem_cache.oo"), oo, 4);
	image_put(img, k + koff(kb, "kmem_cache.min"), oo, 4);
	image_put(img, k + koff(kb, "kmem_cache.refcount"), 1, 4);
	image_put(img, k + koff(kb, "kmem_cache.inuse"), c->size, 4);
	image_put(img, k + koff(kb, "kmem_cache.align"), c->align, 4);
	image_put(img, k + koff(kb, "kmem_cache.name"), phys_to_virt(m, name_pa), 8);
	image_put(img, k + koff(kb, "kmem_cache.random"), c->random, 8);
	for (int n = 0; n < m->nr_nodes; n++) {
		guint64 at;

		if (!c->node_pa[n])
			continue;
		if (m->recipe->sheaves)
			at = k + koff(kb, "kmem_cache.per_node") +
				n * ksize(kb, "kmem_cache_per_node_ptrs") +
				koff(kb, "kmem_cache_per_node_ptrs.node");
		else
			at = k + koff(kb, "kmem_cache.node") + n * 8;
		image_put(img, at, phys_to_virt(m, c->node_pa[n]), 8);
	}
}

static void write_cpu_slabs(struct machine *m, struct slab_cache *c, guint64 ptr)
{
	const struct kbuild *kb = m->kb;

	image_put(&m->img, c->pa + koff(kb, "kmem_cache.cpu_slab"), ptr, 8);
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
		image_put(&m->img, percpu_pa(m, ptr, cpu) +
			  koff(kb, "kmem_cache_cpu.tid"), cpu, 8);
}

/**
 * slab_write:
 *
 * Caches, nodes, slabs and free lists into the image, when all counts are final.
 */
void slab_write(struct machine *m)
{
	const struct kbuild *kb = m->kb;
	guint64 off = koff(kb, "kmem_cache.list"), head = symbol_pa(m, "slab_caches");
	g_autoptr(GArray) pas = g_array_new(FALSE, FALSE, 8);
	g_autoptr(GArray) vas = g_array_new(FALSE, FALSE, 8);
	g_autofree guint64 *cpu_ptr = g_new0(guint64, m->caches->len);

	for (guint i = 0; i < m->caches->len; i++) {
		struct slab_cache *c = m->caches->pdata[i];
		guint64 pa = c->pa + off, va = c->va + off;

		freeze_some(m, c);
		/* names lie in read-only data of the kernel's image, here in its text */
		write_cache(m, c, kernel_pa(m, ksym(kb, "_etext")) - 4096 + i * 40);
		if (!m->recipe->sheaves) {
			cpu_ptr[i] = percpu_alloc(m, ksize(kb, "kmem_cache_cpu"));
			write_cpu_slabs(m, c, cpu_ptr[i]);
		}
		g_array_append_val(pas, pa);
		g_array_append_val(vas, va);
	}
	write_list(m, head, symbol_va(m, "slab_caches"), pas, vas);
	image_put(&m->img, symbol_pa(m, "slab_state"), 3, 4);
	for (guint i = 0; i < m->slabs->len; i++) {
		struct slab *s = m->slabs->pdata[i];
		guint64 first, at;

		if (!s)
			continue;
		write_slab(m, m->caches->pdata[s->cache], s, &first);
		if (s->cpu < 0)
			continue;
		at = percpu_pa(m, cpu_ptr[s->cache], s->cpu);
		image_put(&m->img, at + koff(kb, "kmem_cache_cpu.freelist"), first, 8);
		image_put(&m->img, at + koff(kb, "kmem_cache_cpu.slab"),
			  m->format->slab_va(m, alloc_get(m, s->alloc)), 8);
	}
	for (guint i = 0; i < m->caches->len; i++)
		for (int n = 0; n < m->nr_nodes; n++) {
			struct slab_cache *c = m->caches->pdata[i];

			if (c->node_pa[n])
				write_partial(m, c, n);
		}
	image_put(&m->img, symbol_pa(m, "kmem_cache"),
		  ((struct slab_cache *)m->caches->pdata[0])->va, 8);
	image_put(&m->img, symbol_pa(m, "kmem_cache_node"),
		  ((struct slab_cache *)m->caches->pdata[1])->va, 8);
	image_put(&m->img, symbol_pa(m, "anon_vma_cachep"),
		  slab_cache_find(m, "anon_vma")->va, 8);
}
