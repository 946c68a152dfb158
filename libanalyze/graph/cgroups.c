/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree of control groups, from root_mem_cgroup down along css.children.  A group that was removed
 * stays in the tree as long as anything is charged to it.
 */
#include "graph/cgroups.h"

#define MAX_GROUPS (1u << 20)
#define MAX_DEPTH 256		/* of a path */
#define MAX_NAME 256
/* include/linux/cgroup-defs.h, since 3.12. */
#define CSS_ONLINE 2

/* Members of struct mem_cgroup, its css, and the kernfs node of its folder. */
typedef struct {
	AnzField cgroup, children, sibling, flags, id;
	AnzField kn, kn_name, kn_parent, kn_id;
	AnzRecord group;
} Layout;

typedef struct {
	AnzGraph *graph;
	AnzCgroups *cgroups;
	Layout layout;
	AnzCgroupReader *reader;
	guint parent;		/* whose children are walked: index + 1 */
} Builder;

static gboolean resolve(AnzKernel *kernel, Layout *l)
{
	if (!anz_field(kernel, "mem_cgroup", "css.children", &l->children) ||
	    !anz_field(kernel, "mem_cgroup", "css.sibling", &l->sibling))
		return FALSE;
	anz_field(kernel, "mem_cgroup", "css.cgroup", &l->cgroup);
	anz_field(kernel, "mem_cgroup", "id.id", &l->id);
	anz_field(kernel, "mem_cgroup", "css.flags", &l->flags);
	anz_field(kernel, "cgroup", "kn", &l->kn);
	anz_field(kernel, "kernfs_node", "name", &l->kn_name);
	/* __parent since 6.15, when RCU came to guard it. */
	anz_field(kernel, "kernfs_node", "parent|__parent", &l->kn_parent);
	/* A 64-bit number since 5.5. */
	anz_field(kernel, "kernfs_node", "id", &l->kn_id);
	return TRUE;
}

/* "/a/b" from a kernfs node upwards; %NULL if nothing of it can be read. */
static char *path_of(const Builder *b, guint64 kn)
{
	const Layout *l = &b->layout;
	AnzKernel *kernel = b->graph->kernel;
	GString *path = g_string_new(NULL);

	for (guint depth = 0; kn && depth < MAX_DEPTH; depth++) {
		g_autofree char *name = NULL;
		guint64 at, parent = 0;

		if (!anz_kernel_read_u64(kernel, kn + l->kn_parent.offset, &parent) ||
		    !anz_kernel_read_u64(kernel, kn + l->kn_name.offset, &at))
			break;
		/* The root of a hierarchy has no name and no parent. */
		if (!parent) {
			if (!path->len)
				g_string_append_c(path, '/');
			return g_string_free(path, FALSE);
		}
		name = anz_kernel_read_string(kernel, at, MAX_NAME);
		g_string_prepend(path, name && *name ? name : "?");
		g_string_prepend_c(path, '/');
		kn = parent;
	}
	g_string_free(path, TRUE);
	return NULL;
}

/* Control characters of a name would end up on a terminal. */
static void make_printable(char *path)
{
	for (char *p = path; *p; p++)
		if ((guchar)*p < ' ' || *p == 0x7f)
			*p = '?';
}

static void name_group(const Builder *b, AnzCgroup *group)
{
	const Layout *l = &b->layout;
	AnzKernel *kernel = b->graph->kernel;
	guint64 cgroup = anz_record_get(&b->layout.group, &l->cgroup), kn;

	if (cgroup && l->kn.known && l->kn_name.known && l->kn_parent.known &&
	    anz_kernel_read_u64(kernel, cgroup + l->kn.offset, &kn) && kn) {
		group->path = path_of(b, kn);
		if (l->kn_id.known && l->kn_id.member.bit_size == 64)
			anz_kernel_read_u64(kernel, kn + l->kn_id.offset, &group->inode);
	}
	if (!group->path)
		group->path = g_strdup_printf("control group at 0x%" G_GINT64_MODIFIER "x",
					      group->address);
	make_printable(group->path);
}

static void add_group(Builder *b, guint64 address)
{
	const Layout *l = &b->layout;
	AnzCgroups *cgroups = b->cgroups;
	AnzCgroup group = { .address = address, .parent = b->parent, .online = -1 };
	AnzOwner *owner;

	if (cgroups->groups->len >= MAX_GROUPS ||
	    g_hash_table_contains(cgroups->by_address, &address) ||
	    !anz_record_read(&b->layout.group, address))
		return;
	group.id = anz_record_get(&b->layout.group, &l->id);
	if (l->flags.known)
		group.online = !!(anz_record_get(&b->layout.group, &l->flags) & CSS_ONLINE);
	name_group(b, &group);
	anz_cgroup_reader_read(b->reader, &b->layout.group, &group);
	group.owner = anz_graph_owner(b->graph, ANZ_OWNER_CGROUP, address, "%s", group.path);
	owner = anz_graph_get_owner(b->graph, group.owner);
	if (b->parent)
		owner->parent = g_array_index(cgroups->groups, AnzCgroup, b->parent - 1).owner;
	g_array_append_val(cgroups->groups, group);
	g_hash_table_insert(cgroups->by_address, g_memdup2(&address, sizeof(address)),
			    GUINT_TO_POINTER(cgroups->groups->len));
}

static gboolean add_child(guint64 entry, gpointer data)
{
	Builder *b = data;

	add_group(b, anz_kernel_untag(b->graph->kernel, entry));
	return !anz_graph_cancelled(b->graph);
}

/* Each group's children, in the order in which the groups were found: level by level. */
static void walk_tree(Builder *b)
{
	guint64 broken = 0;

	for (guint i = 0; i < b->cgroups->groups->len && !anz_graph_cancelled(b->graph); i++) {
		guint64 address = g_array_index(b->cgroups->groups, AnzCgroup, i).address;

		b->parent = i + 1;
		broken += !anz_kernel_walk_list(b->graph->kernel,
						address + b->layout.children.offset,
						b->layout.sibling.offset, MAX_GROUPS, add_child, b);
	}
	if (broken && !anz_graph_cancelled(b->graph))
		anz_kernel_remark(b->graph->kernel, "warning", "cgroup", broken,
				  "lists of control groups that are broken or not whole in the dump");
}

void anz_cgroups_build(AnzGraph *graph)
{
	Builder b = { .graph = graph };
	guint64 symbol, root;

	/* NULL when control groups of memory are disabled. */
	if (!resolve(graph->kernel, &b.layout) ||
	    !anz_kernel_symbol(graph->kernel, "root_mem_cgroup", &symbol) ||
	    !anz_kernel_read_u64(graph->kernel, symbol, &root) || !root)
		return;
	graph->cgroups = b.cgroups = g_new0(AnzCgroups, 1);
	b.cgroups->groups = g_array_new(FALSE, TRUE, sizeof(AnzCgroup));
	b.cgroups->by_address = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	b.cgroups->charged = g_array_new(FALSE, FALSE, sizeof(AnzCharged));
	b.cgroups->caches = g_array_new(FALSE, FALSE, sizeof(AnzCgroupCache));
	anz_record_init_type(&b.layout.group, graph->kernel, "mem_cgroup");
	b.reader = anz_cgroup_reader_new(graph->kernel);
	add_group(&b, anz_kernel_untag(graph->kernel, root));
	walk_tree(&b);
	anz_cgroups_read_stocks(graph);
	anz_cgroup_reader_free(b.reader);
	anz_record_clear(&b.layout.group);
}

int anz_cgroups_find(const AnzGraph *graph, guint64 address)
{
	AnzCgroups *cgroups = graph->cgroups;
	gpointer index;
	guint64 memcg;

	address = anz_kernel_untag(graph->kernel, address);
	if (g_hash_table_lookup_extended(cgroups->by_address, &address, NULL, &index))
		return GPOINTER_TO_INT(index) - 1;
	/* Not a group: an obj_cgroup, which is looked at once. */
	index = NULL;
	if (anz_kernel_read_member(graph->kernel, address, "obj_cgroup", "memcg", &memcg)) {
		memcg = anz_kernel_untag(graph->kernel, memcg);
		index = g_hash_table_lookup(cgroups->by_address, &memcg);
	}
	g_hash_table_insert(cgroups->by_address, g_memdup2(&address, sizeof(address)), index);
	return GPOINTER_TO_INT(index) - 1;
}

void anz_cgroups_free(AnzCgroups *cgroups)
{
	if (!cgroups)
		return;
	for (guint i = 0; i < cgroups->groups->len; i++)
		g_free(g_array_index(cgroups->groups, AnzCgroup, i).path);
	g_array_unref(cgroups->groups);
	g_hash_table_unref(cgroups->by_address);
	g_array_unref(cgroups->charged);
	g_array_unref(cgroups->caches);
	g_free(cgroups);
}
