/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of network buffers.  Every socket buffer, on whatever queue it may be, is an object of one of
 * two slab caches.  Its bytes lie behind head (an object, or part of a page) and in fragments, each a
 * part of a page; a page that several buffers share goes to the first that is met.  Pages from which
 * the next fragments will be cut hang on sockets, tasks and cpus.  Packet sockets have rings besides,
 * which processes map.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "graph/slab.h"
#include "graph/spaces.h"

#define MAX_FRAGS 64	/* MAX_SKB_FRAGS is 17, 45 at most */
#define MAX_HEAD (1u << 24)
#define MAX_KEPT 64	/* NAPI_SKB_CACHE_SIZE */
#define MAX_NAMESPACES (1u << 16)
#define MAX_PACKET_SOCKETS (1u << 16)
#define MAX_BLOCKS (1u << 20)	/* of one packet ring */

typedef struct {
	AnzGraph *graph;
	AnzField head, data, end, sk, users;		/* sk_buff */
	AnzField nr_frags, frags[MAX_FRAGS];		/* skb_shared_info */
	guint n_frags;
	AnzField family, type, frag;			/* sock */
	AnzRecord skb, shared, sock;
	guint64 second;		/* of a pair of clones: where the second begins; 0: objects are single */
	GHashTable *kept;	/* addresses of buffers that cpus keep for the next packet */
	guint64 broken;
} Builder;

static const char *family_name(guint family)
{
	switch (family) {
	case 1: return "unix";
	case 2: return "inet";
	case 10: return "inet6";
	case 16: return "netlink";
	case 17: return "packet";
	case 40: return "vsock";
	default: return NULL;
	}
}

static const char *type_name(guint type)
{
	static const char *const names[] = { "", " stream", " datagram", " raw", " rdm",
					     " seqpacket" };

	return type < G_N_ELEMENTS(names) ? names[type] : "";
}

/* Also claims the page that the socket's own next fragment would come from. */
static guint32 socket_owner(Builder *b, guint64 sock)
{
	guint32 owner = anz_graph_find_owner(b->graph, ANZ_OWNER_SOCKET, sock);
	const char *family;
	guint64 pfn;

	if (owner)
		return owner;
	if (!sock || !anz_record_read(&b->sock, sock))
		return anz_graph_owner(b->graph, ANZ_OWNER_SOCKET, 0,
				       "socket buffers of no socket");
	family = family_name(anz_record_get(&b->sock, &b->family));
	owner = anz_graph_owner(b->graph, ANZ_OWNER_SOCKET, sock, "%s%s socket",
				family ? family : "other", family ?
				type_name(anz_record_get(&b->sock, &b->type)) : "");
	pfn = anz_record_get(&b->sock, &b->frag);
	if (pfn && (pfn = anz_kernel_page_pfn(b->graph->kernel, pfn)) != G_MAXUINT64)
		anz_graph_claim_block(b->graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
	return owner;
}

static void add_buffer(Builder *b, guint64 address)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head, data, end, pfn, nr;
	guint32 owner;

	if (g_hash_table_contains(b->kept, &address) || !anz_record_read(&b->skb, address) ||
	    !anz_record_get(&b->skb, &b->users))
		return;
	head = anz_kernel_untag(kernel, anz_record_get(&b->skb, &b->head));
	end = anz_record_get(&b->skb, &b->end);
	/* An offset (64-bit kernels) or a pointer, as wide as it is. */
	if (b->end.member.bit_size == 64)
		end -= head;
	data = anz_kernel_untag(kernel, anz_record_get(&b->skb, &b->data));
	/* Anything else of that size may lie in a cache that was merged with that of the buffers. */
	if (!head || !end || end > MAX_HEAD || data < head || data - head > end)
		return;
	if (!anz_record_read(&b->shared, head + end)) {
		b->broken++;
		return;
	}
	owner = socket_owner(b, anz_kernel_untag(kernel, anz_record_get(&b->skb, &b->sk)));
	if (anz_graph_pfn_of(b->graph, head, &pfn))
		anz_graph_claim_block(b->graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
	nr = anz_record_get(&b->shared, &b->nr_frags);
	if (nr > b->n_frags) {
		b->broken++;
		return;
	}
	for (guint i = 0; i < nr; i++) {
		guint64 page = anz_record_get(&b->shared, &b->frags[i]);

		/* Lowest bit set: memory of a device (net_iov), which has no struct page. */
		if (page & 1 || (pfn = anz_kernel_page_pfn(kernel, page)) == G_MAXUINT64)
			continue;
		anz_graph_claim_block(b->graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
	}
}

static void add_object(guint64 address, gpointer data)
{
	Builder *b = data;

	add_buffer(b, address);
	if (b->second)
		add_buffer(b, address + b->second);
}

/* In use for the slab, but free: what they point at is gone (napi_skb_cache_put()). */
static void find_kept(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzField count, cache;
	guint64 symbol, address;

	if (!anz_field(kernel, "napi_alloc_cache", "skb_count", &count) ||
	    !anz_field(kernel, "napi_alloc_cache", "skb_cache", &cache) ||
	    !anz_kernel_symbol(kernel, "napi_alloc_cache", &symbol))
		return;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint64 at = anz_kernel_percpu(kernel, symbol,
					       g_array_index(kernel->possible_cpus, guint, i));
		guint32 nr = 0;

		anz_kernel_read_u32(kernel, at + count.offset, &nr);
		for (guint n = 0; n < MIN(nr, MAX_KEPT); n++)
			if (anz_kernel_read_u64(kernel, at + cache.offset + n * 8, &address))
				g_hash_table_add(b->kept, g_memdup2(&address, sizeof(address)));
	}
}

/* Pages that the next fragments are cut from: of cpus by address, of tasks by struct page. */
static void claim_stores(Builder *b)
{
	static const struct {
		const char *symbol, *type, *paths;
	} stores[] = {
		{ "netdev_alloc_cache", "page_frag_cache", "va|encoded_page" },
		{ "napi_alloc_cache", "napi_alloc_cache", "page.va|page.encoded_page" },
	};
	AnzGraph *graph = b->graph;
	AnzKernel *kernel = graph->kernel;
	guint64 symbol, at, pfn;
	AnzField field;

	for (guint s = 0; s < G_N_ELEMENTS(stores); s++) {
		if (!anz_kernel_symbol(kernel, stores[s].symbol, &symbol) ||
		    !anz_field(kernel, stores[s].type, stores[s].paths, &field))
			continue;
		for (guint i = 0; i < kernel->possible_cpus->len; i++) {
			guint cpu = g_array_index(kernel->possible_cpus, guint, i);

			/* Since 6.13 the low bits hold the order. */
			if (anz_kernel_read_u64(kernel, anz_kernel_percpu(kernel, symbol, cpu) +
						field.offset, &at) && at &&
			    anz_graph_pfn_of(graph, at, &pfn))
				anz_graph_claim_block(graph, anz_graph_owner(graph, ANZ_OWNER_SOCKET, 0,
						      "network fragments of cpu %u", cpu),
						      ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
		}
	}
	if (!graph->spaces || !anz_field(kernel, "task_struct", "task_frag.page", &field))
		return;
	for (guint i = 0; i < graph->spaces->tasks->len; i++) {
		const AnzTask *task = &g_array_index(graph->spaces->tasks, AnzTask, i);

		if (anz_kernel_read_u64(kernel, task->address + field.offset, &at) && at &&
		    (pfn = anz_kernel_page_pfn(kernel, at)) != G_MAXUINT64)
			anz_graph_claim_block(graph, anz_graph_owner(graph, ANZ_OWNER_SOCKET,
					      task->address, "network fragments of %s (%u)", task->comm,
					      task->pid), ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
	}
}

/* net/packet/af_packet.c: packet_ring_buffer.pg_vec, an array of blocks by their kernel addresses. */
typedef struct {
	Builder *b;
	AnzField sockets, node;			/* net, sock */
	AnzField blocks[2], nr_blocks[2];	/* packet_sock, to receive and to send */
	guint64 stride;				/* of struct pgv, which begins with the address */
} Rings;

static void claim_ring(Rings *r, guint32 owner, guint64 sock, guint which)
{
	AnzGraph *graph = r->b->graph;
	guint64 blocks, block, pfn;
	guint32 nr;

	if (!anz_kernel_read_u64(graph->kernel, sock + r->blocks[which].offset, &blocks) || !blocks ||
	    !anz_kernel_read_u32(graph->kernel, sock + r->nr_blocks[which].offset, &nr))
		return;
	for (guint i = 0; i < MIN(nr, MAX_BLOCKS) && !anz_graph_cancelled(graph); i++)
		if (anz_kernel_read_u64(graph->kernel, blocks + i * r->stride, &block) && block &&
		    anz_graph_pfn_of(graph, block, &pfn))
			anz_graph_claim_block(graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
}

static gboolean add_namespace(guint64 net, gpointer data)
{
	Rings *r = data;
	AnzKernel *kernel = r->b->graph->kernel;
	guint64 node;

	if (!anz_kernel_read_u64(kernel, net + r->sockets.offset, &node))
		return TRUE;
	for (guint i = 0; node && i < MAX_PACKET_SOCKETS; i++) {
		guint64 sock = node - r->node.offset;

		for (guint which = 0; which < G_N_ELEMENTS(r->blocks); which++)
			claim_ring(r, socket_owner(r->b, sock), sock, which);
		if (!anz_kernel_read_u64(kernel, node, &node))
			break;
	}
	return !anz_graph_cancelled(r->b->graph);
}

static void claim_packet_rings(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	Rings r = { .b = b };
	guint64 head;
	AnzField link;

	/* Where packet sockets are a module, its types are not among those of the kernel. */
	if (!anz_kernel_symbol(kernel, "net_namespace_list", &head) ||
	    !anz_field(kernel, "net", "list", &link) ||
	    !anz_field(kernel, "net", "packet.sklist.first", &r.sockets) ||
	    !anz_field(kernel, "sock", "__sk_common.skc_node.next", &r.node) ||
	    !anz_field(kernel, "packet_sock", "rx_ring.pg_vec", &r.blocks[0]) ||
	    !anz_field(kernel, "packet_sock", "tx_ring.pg_vec", &r.blocks[1]) ||
	    !anz_field(kernel, "packet_sock", "rx_ring.pg_vec_len", &r.nr_blocks[0]) ||
	    !anz_field(kernel, "packet_sock", "tx_ring.pg_vec_len", &r.nr_blocks[1]) ||
	    !anz_kernel_sizeof(kernel, "pgv", &r.stride))
		return;
	anz_kernel_walk_list(kernel, head, link.offset, MAX_NAMESPACES, add_namespace, &r);
}

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	anz_field(kernel, "sk_buff", "end", &b->end);
	anz_field(kernel, "sk_buff", "data", &b->data);
	anz_field(kernel, "sk_buff", "sk", &b->sk);
	anz_field(kernel, "sk_buff", "users.refs.counter", &b->users);
	anz_field(kernel, "skb_shared_info", "nr_frags", &b->nr_frags);
	anz_field(kernel, "sock", "__sk_common.skc_family", &b->family);
	anz_field(kernel, "sock", "sk_type", &b->type);
	anz_field(kernel, "sock", "sk_frag.page", &b->frag);
	for (; b->n_frags < MAX_FRAGS; b->n_frags++) {
		guint i = b->n_frags;
		g_autofree char *paths = g_strdup_printf("frags[%u].netmem|frags[%u].bv_page|"
							 "frags[%u].page.p", i, i, i);

		if (!anz_field(kernel, "skb_shared_info", paths, &b->frags[i]))
			break;
	}
	return anz_field(kernel, "sk_buff", "head", &b->head) && b->end.known && b->data.known &&
	       b->users.known && b->nr_frags.known && b->n_frags;
}

void anz_sockets_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };
	AnzField second;
	int cache;

	if (!graph->slabs || !resolve(&b))
		return;
	b.kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	anz_record_init_type(&b.skb, kernel, "sk_buff");
	anz_record_init_type(&b.shared, kernel, "skb_shared_info");
	anz_record_init_type(&b.sock, kernel, "sock");
	find_kept(&b);
	/* In net_hotdata since 6.9; the first was called skbuff_head_cache before 6.3. */
	cache = anz_slabs_find(graph, "net_hotdata.skbuff_cache|skbuff_cache|skbuff_head_cache");
	if (cache >= 0)
		anz_slabs_each_object(graph, cache, add_object, &b);
	cache = anz_slabs_find(graph, "net_hotdata.skbuff_fclone_cache|skbuff_fclone_cache");
	if (cache >= 0 && anz_field(kernel, "sk_buff_fclones", "skb2", &second)) {
		b.second = second.offset;
		anz_slabs_each_object(graph, cache, add_object, &b);
	}
	claim_stores(&b);
	claim_packet_rings(&b);
	if (b.broken)
		anz_kernel_remark(kernel, "note", "socket", b.broken,
				  "socket buffers whose bytes are not in the dump or make no sense");
	anz_record_clear(&b.skb);
	anz_record_clear(&b.shared);
	anz_record_clear(&b.sock);
	g_hash_table_unref(b.kept);
}
