/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Areas of an address space.  Since 6.1 they hang on a maple tree (include/linux/maple_tree.h):
 * nodes of 256 bytes; the low byte of a pointer to one has its type in bits 3 to 6; in a node the
 * pivots are the last index of each slot, and the first pivot of 0 behind slot 0, or the one that
 * reaches the node's own end, is the last.
 */
#include "graph/vmas.h"

#include <string.h>

#define MAX_VMAS (1u << 22)	/* of one process; vm.max_map_count is 65530 unless raised */
#define MAX_DEPTH 16
#define MAX_NAME 256
#define MAX_SLOTS 64
#define NODE_MASK 0xffull	/* MAPLE_NODE_MASK: nodes are aligned to 256 bytes */
#define NODE_BYTES 256
#define TYPE_SHIFT 3		/* MAPLE_NODE_TYPE_SHIFT */
#define TYPE_MASK 0xf

typedef struct {
	gint64 type;		/* number in enum maple_type; -1 this kernel has none */
	gboolean is_leaf;
	guint64 pivots, slots;	/* byte offsets */
	guint64 nr_pivots, nr_slots;
} NodeShape;

/* What is wanted of a struct file. */
typedef struct {
	guint64 inode;
	const char *name;
} File;

struct AnzVmaReader {
	AnzKernel *kernel;
	NodeShape shapes[3];
	AnzField mm_root, mm_mmap;
	AnzField start, end, flags, pgoff, file, anon_vma, next;
	AnzField ops, private_data, start_brk, brk, start_stack;
	AnzField file_inode, file_dentry, dentry_name, mapping_name;
	guint64 special_ops;	/* special_mapping_vmops; 0 unknown */
	AnzRecord vma;
	GStringChunk *names;
	GHashTable *files;	/* address of struct file -> File */
	/* while one tree is read */
	guint64 heap_start, heap_end, stack_start;
	GArray *vmas;
	guint first, nr_nodes;
	gboolean broken;
};

static void resolve_shape(AnzKernel *kernel, NodeShape *shape, const char *enumerator,
			  const char *type, gboolean is_leaf)
{
	guint64 size;

	shape->is_leaf = is_leaf;
	shape->type = -1;
	if (!anz_kernel_array_len(kernel, type, "pivot", &shape->nr_pivots, &size) || size != 8 ||
	    !anz_kernel_array_len(kernel, type, "slot", &shape->nr_slots, &size) || size != 8 ||
	    !anz_kernel_member(kernel, type, "pivot", &shape->pivots, NULL) ||
	    !anz_kernel_member(kernel, type, "slot", &shape->slots, NULL) ||
	    shape->nr_slots > MAX_SLOTS || shape->nr_pivots > shape->nr_slots ||
	    shape->pivots + shape->nr_pivots * 8 > NODE_BYTES ||
	    shape->slots + shape->nr_slots * 8 > NODE_BYTES)
		return;
	if (!anz_kernel_enumerator(kernel, "maple_type", enumerator, &shape->type))
		shape->type = -1;
}

AnzVmaReader *anz_vma_reader_new(AnzKernel *kernel, GStringChunk *names)
{
	AnzVmaReader *reader = g_new0(AnzVmaReader, 1);

	reader->kernel = kernel;
	reader->names = names;
	reader->files = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	resolve_shape(kernel, &reader->shapes[0], "maple_leaf_64", "maple_range_64", TRUE);
	resolve_shape(kernel, &reader->shapes[1], "maple_range_64", "maple_range_64", FALSE);
	resolve_shape(kernel, &reader->shapes[2], "maple_arange_64", "maple_arange_64", FALSE);
	anz_field(kernel, "mm_struct", "mm_mt.ma_root", &reader->mm_root);
	anz_field(kernel, "mm_struct", "mmap", &reader->mm_mmap);
	anz_field(kernel, "vm_area_struct", "vm_start", &reader->start);
	anz_field(kernel, "vm_area_struct", "vm_end", &reader->end);
	anz_field(kernel, "vm_area_struct", "vm_flags", &reader->flags);
	anz_field(kernel, "vm_area_struct", "vm_pgoff", &reader->pgoff);
	anz_field(kernel, "vm_area_struct", "vm_file", &reader->file);
	anz_field(kernel, "vm_area_struct", "anon_vma", &reader->anon_vma);
	anz_field(kernel, "vm_area_struct", "vm_next", &reader->next);
	anz_field(kernel, "vm_area_struct", "vm_ops", &reader->ops);
	anz_field(kernel, "vm_area_struct", "vm_private_data", &reader->private_data);
	anz_field(kernel, "vm_special_mapping", "name", &reader->mapping_name);
	anz_field(kernel, "mm_struct", "start_brk", &reader->start_brk);
	anz_field(kernel, "mm_struct", "brk", &reader->brk);
	anz_field(kernel, "mm_struct", "start_stack", &reader->start_stack);
	anz_field(kernel, "file", "f_inode", &reader->file_inode);
	anz_field(kernel, "file", "f_path.dentry", &reader->file_dentry);
	anz_field(kernel, "dentry", "d_name.name", &reader->dentry_name);
	if (!anz_kernel_symbol(kernel, "special_mapping_vmops", &reader->special_ops))
		reader->special_ops = 0;
	anz_record_init_type(&reader->vma, kernel, "vm_area_struct");
	return reader;
}

void anz_vma_reader_free(AnzVmaReader *reader)
{
	if (!reader)
		return;
	anz_record_clear(&reader->vma);
	g_hash_table_unref(reader->files);
	g_free(reader);
}

static guint64 follow(AnzVmaReader *reader, guint64 address, const AnzField *field)
{
	guint64 value;

	if (!address || !field->known ||
	    !anz_kernel_read_u64(reader->kernel, address + field->offset, &value))
		return 0;
	return anz_kernel_untag(reader->kernel, value);
}

/* The string at @address, kept for as long as the areas are. */
static const char *keep_name(AnzVmaReader *reader, guint64 address)
{
	g_autofree char *name = address ?
		anz_kernel_read_string(reader->kernel, address, MAX_NAME) : NULL;
	g_autofree char *valid = name ? g_utf8_make_valid(name, -1) : NULL;

	return valid && *valid ? g_string_chunk_insert_const(reader->names, valid) : NULL;
}

static const File *read_file(AnzVmaReader *reader, guint64 address)
{
	File *file = g_hash_table_lookup(reader->files, &address);
	guint64 dentry;

	if (file)
		return file;
	file = g_new0(File, 1);
	file->inode = follow(reader, address, &reader->file_inode);
	dentry = follow(reader, address, &reader->file_dentry);
	file->name = keep_name(reader, follow(reader, dentry, &reader->dentry_name));
	g_hash_table_insert(reader->files, g_memdup2(&address, sizeof(address)), file);
	return file;
}

/* As /proc/PID/maps calls it (get_vma_name() of fs/proc/task_mmu.c). */
static const char *name_of(AnzVmaReader *reader, const AnzVma *vma)
{
	guint64 ops = anz_record_get(&reader->vma, &reader->ops);

	if (vma->file)
		return read_file(reader, vma->file)->name;
	if (ops && ops == reader->special_ops)
		return keep_name(reader, follow(reader,
				anz_record_get(&reader->vma, &reader->private_data),
				&reader->mapping_name));
	if (ops)
		return NULL;
	if (vma->start <= reader->heap_end && vma->end >= reader->heap_start &&
	    reader->heap_end > reader->heap_start)
		return "[heap]";
	if (vma->start <= reader->stack_start && vma->end >= reader->stack_start)
		return "[stack]";
	return NULL;
}

/* Reads one struct vm_area_struct; @next gets the one behind it on the list of old. */
static gboolean add_vma(AnzVmaReader *reader, guint64 address, guint64 *next)
{
	AnzVma vma = { .address = anz_kernel_untag(reader->kernel, address) };
	const AnzVma *last = reader->vmas->len > reader->first ?
		&g_array_index(reader->vmas, AnzVma, reader->vmas->len - 1) : NULL;

	if (reader->vmas->len - reader->first >= MAX_VMAS ||
	    !anz_record_read(&reader->vma, vma.address)) {
		reader->broken = TRUE;
		return FALSE;
	}
	vma.start = anz_record_get(&reader->vma, &reader->start);
	vma.end = anz_record_get(&reader->vma, &reader->end);
	if (next)
		*next = anz_record_get(&reader->vma, &reader->next);
	/* Areas are apart and in order, or it is none: this also ends a list that turns back. */
	if (vma.end <= vma.start || (last && vma.start < last->end)) {
		reader->broken = TRUE;
		return FALSE;
	}
	vma.flags = anz_record_get(&reader->vma, &reader->flags);
	vma.pgoff = anz_record_get(&reader->vma, &reader->pgoff);
	vma.file = anz_kernel_untag(reader->kernel, anz_record_get(&reader->vma, &reader->file));
	vma.anon_vma = anz_kernel_untag(reader->kernel,
					anz_record_get(&reader->vma, &reader->anon_vma));
	vma.inode = vma.file ? read_file(reader, vma.file)->inode : 0;
	vma.name = name_of(reader, &vma);
	g_array_append_val(reader->vmas, vma);
	return TRUE;
}

static const NodeShape *shape_of(const AnzVmaReader *reader, guint64 entry)
{
	for (guint i = 0; i < G_N_ELEMENTS(reader->shapes); i++)
		if (reader->shapes[i].type == (gint64)(entry >> TYPE_SHIFT & TYPE_MASK))
			return &reader->shapes[i];
	return NULL;
}

/* The root alone may be an area itself: xa_is_internal(), the two low bits are 2, says a node. */
static gboolean is_root_node(guint64 entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static void read_node(AnzVmaReader *reader, guint64 entry, guint64 max, guint depth)
{
	const NodeShape *shape = shape_of(reader, entry);
	gboolean big = reader->kernel->big_endian;
	guint8 node[NODE_BYTES];

	/*
	 * Empty slots are never side by side, so each leaf has an area: a tree with many more nodes
	 * than areas leads back into itself.
	 */
	if (!shape || depth >= MAX_DEPTH ||
	    reader->nr_nodes++ > 4 * (reader->vmas->len - reader->first) + 2 * MAX_DEPTH ||
	    !anz_kernel_read(reader->kernel, entry & ~NODE_MASK, node, sizeof(node))) {
		reader->broken = TRUE;
		return;
	}
	for (guint64 i = 0; i < shape->nr_slots; i++) {
		guint64 pivot = i < shape->nr_pivots ?
				anz_load64(node + shape->pivots + i * 8, big) : max;
		guint64 slot = anz_load64(node + shape->slots + i * 8, big);

		if (!pivot && i)
			pivot = max;
		/* Reserved values have low bits set; pointers to an area have not. */
		if (!shape->is_leaf && slot)
			read_node(reader, slot, MIN(pivot, max), depth + 1);
		else if (slot && !(slot & 3))
			add_vma(reader, slot, NULL);
		if (pivot >= max || reader->vmas->len - reader->first >= MAX_VMAS)
			break;
	}
}

gboolean anz_vmas_read(AnzVmaReader *reader, guint64 mm, GArray *vmas)
{
	guint64 at;

	reader->vmas = vmas;
	reader->first = vmas->len;
	reader->nr_nodes = 0;
	reader->heap_start = follow(reader, mm, &reader->start_brk);
	reader->heap_end = follow(reader, mm, &reader->brk);
	reader->stack_start = follow(reader, mm, &reader->start_stack);
	reader->broken = FALSE;
	if (reader->mm_root.known) {
		if (!anz_kernel_read_u64(reader->kernel, mm + reader->mm_root.offset, &at))
			return FALSE;
		if (is_root_node(at))
			read_node(reader, at, G_MAXUINT64, 0);
		else if (at && !(at & 3))
			add_vma(reader, at, NULL);
	} else if (reader->mm_mmap.known && reader->next.known) {
		if (!anz_kernel_read_u64(reader->kernel, mm + reader->mm_mmap.offset, &at))
			return FALSE;
		while (at && add_vma(reader, at, &at))
			;
	} else {
		return FALSE;
	}
	return !reader->broken;
}

AnzVma *anz_vmas_find(GArray *vmas, guint first, guint nr, guint64 vaddr)
{
	guint low = first, high = first + nr;

	while (low < high) {
		guint mid = low + (high - low) / 2;
		AnzVma *vma = &g_array_index(vmas, AnzVma, mid);

		if (vaddr < vma->start)
			high = mid;
		else if (vaddr >= vma->end)
			low = mid + 1;
		else
			return vma;
	}
	return NULL;
}

/*
 * Bits of include/linux/mm.h.  They are macros, so no type information has them; these have
 * kept their places since 3.10, and bits that moved are left out.
 */
char *anz_vma_flags_text(guint64 flags)
{
	static const struct {
		guint64 bit;
		const char *name;
	} words[] = {
		{ 0x100, "growsdown" },
		{ 0x400, "pfnmap" },
		{ 0x2000, "locked" },
		{ 0x4000, "io" },
		{ 0x20000, "dontcopy" },
		{ 0x40000, "dontexpand" },
		{ 0x400000, "hugetlb" },
		{ 0x4000000, "dontdump" },
		{ 0x10000000, "mixedmap" },
		{ 0x20000000, "hugepage" },
		{ 0x40000000, "nohugepage" },
		{ 0x80000000, "mergeable" },
	};
	GString *text = g_string_new(NULL);

	g_string_append_c(text, flags & 0x1 ? 'r' : '-');
	g_string_append_c(text, flags & 0x2 ? 'w' : '-');
	g_string_append_c(text, flags & 0x4 ? 'x' : '-');
	/* VM_MAYSHARE, as /proc/PID/maps has it. */
	g_string_append_c(text, flags & 0x80 ? 's' : 'p');
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (flags & words[i].bit)
			g_string_append_printf(text, ",%s", words[i].name);
	return g_string_free(text, FALSE);
}
