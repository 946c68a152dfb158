/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/files.h"

#include <string.h>

#include "graph/path.h"
#include "graph/xarray.h"

#define PAGE_CACHE (ANZ_CLASS_BIT(ANZ_CLASS_FILE) | ANZ_CLASS_BIT(ANZ_CLASS_SHMEM) | \
		    ANZ_CLASS_BIT(ANZ_CLASS_HUGETLB))
#define MAX_SUPERBLOCKS (1u << 20)
#define MAX_INODES (1u << 30)
/* Lowest bits of folio.mapping: anonymous, movable, KSM; no file has one set. */
#define MAPPING_FLAGS 3

typedef struct {
	AnzGraph *graph;
	AnzFiles *files;
	AnzPaths *paths;
	AnzXarrayLayout xarray;
	/* folio, or struct page before 5.16 */
	const char *folio_type;
	AnzField mapping, index, pfn;
	AnzRecord folio;
	/* address_space */
	AnzField host, head, nrpages;
	AnzRecord space;
	/* inode */
	AnzField ino, mode, links, size, superblock, i_mapping, rdev, sb_list, data;
	AnzRecord inode;
	/* super_block */
	AnzField s_dev, s_type, s_inodes, s_list, type_name, s_id;
	AnzRecord super;
	/* block devices */
	AnzField bdev_inode, bdev_disk, disk_name;
	GHashTable *superblocks;	/* addresses of those that are listed */
	guint64 no_mapping, no_host;
	gboolean is_hugetlb;	/* of the items at hand */
	GHashTable *incomplete;	/* files whose trees do not hold all their pages -> frames that they hold */
	guint64 nr_poisoned;	/* pages of which no entry was found yet; only without pfn in descriptors */
} Builder;

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	gboolean ok;

	b->folio_type = anz_types_find(kernel->types, "folio") ? "folio" : "page";
	ok = anz_field(kernel, b->folio_type, "mapping", &b->mapping) &&
	     anz_field(kernel, b->folio_type, "index|__folio_index", &b->index);
	if (kernel->memdesc)
		anz_field(kernel, b->folio_type, "pfn", &b->pfn);
	ok &= anz_field(kernel, "address_space", "host", &b->host);
	anz_field(kernel, "address_space", "i_pages.xa_head", &b->head);
	anz_field(kernel, "address_space", "nrpages", &b->nrpages);
	anz_field(kernel, "inode", "i_ino", &b->ino);
	anz_field(kernel, "inode", "i_mode", &b->mode);
	anz_field(kernel, "inode", "i_nlink", &b->links);
	anz_field(kernel, "inode", "i_size", &b->size);
	anz_field(kernel, "inode", "i_sb", &b->superblock);
	anz_field(kernel, "inode", "i_mapping", &b->i_mapping);
	anz_field(kernel, "inode", "i_rdev", &b->rdev);
	anz_field(kernel, "inode", "i_sb_list", &b->sb_list);
	anz_field(kernel, "inode", "i_data", &b->data);
	anz_field(kernel, "super_block", "s_dev", &b->s_dev);
	anz_field(kernel, "super_block", "s_type", &b->s_type);
	anz_field(kernel, "super_block", "s_inodes", &b->s_inodes);
	anz_field(kernel, "super_block", "s_list", &b->s_list);
	anz_field(kernel, "super_block", "s_id", &b->s_id);
	anz_field(kernel, "file_system_type", "name", &b->type_name);
	anz_field(kernel, "bdev_inode", "vfs_inode", &b->bdev_inode);
	anz_field(kernel, "block_device", "bd_disk", &b->bdev_disk);
	anz_field(kernel, "gendisk", "disk_name", &b->disk_name);
	return ok;
}

static char *string_behind(AnzKernel *kernel, guint64 pointer, gsize max)
{
	guint64 at;

	return anz_kernel_read_u64(kernel, pointer, &at) && at ?
	       anz_kernel_read_string(kernel, at, max) : NULL;
}

/* dev_t inside the kernel: 12 bits major, 20 bits minor (include/linux/kdev_t.h). */
static char *device_text(guint64 dev)
{
	return g_strdup_printf("%u:%u", (guint)(dev >> 20 & 0xfff), (guint)(dev & 0xfffff));
}

/* A block device's inode lies in a struct with its struct block_device. */
static char *block_device_name(Builder *b, guint64 inode, guint64 rdev)
{
	AnzKernel *kernel = b->graph->kernel;
	g_autofree char *device = device_text(rdev), *disk_name = NULL;
	guint64 disk;

	if (b->bdev_inode.known && b->bdev_disk.known && b->disk_name.known &&
	    anz_kernel_read_u64(kernel, inode - b->bdev_inode.offset + b->bdev_disk.offset,
				&disk) && disk)
		disk_name = anz_kernel_read_string(kernel, disk + b->disk_name.offset, 33);
	return disk_name && *disk_name ?
	       g_strdup_printf("block device %s (%s)", device, disk_name) :
	       g_strdup_printf("block device %s", device);
}

static void read_superblock(Builder *b, AnzFile *file)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 type;

	if (!file->superblock || !anz_record_read(&b->super, file->superblock))
		return;
	type = anz_record_get(&b->super, &b->s_type);
	if (type && b->type_name.known)
		file->fs = string_behind(kernel, type + b->type_name.offset, 32);
	file->device = device_text(anz_record_get(&b->super, &b->s_dev));
}

static void read_inode(Builder *b, AnzFile *file)
{
	guint64 rdev;

	if (!anz_record_read(&b->inode, file->inode))
		return;
	file->ino = anz_record_get(&b->inode, &b->ino);
	file->mode = anz_record_get(&b->inode, &b->mode);
	file->links = anz_record_get(&b->inode, &b->links);
	file->size = anz_record_get(&b->inode, &b->size);
	file->superblock = anz_record_get(&b->inode, &b->superblock);
	rdev = anz_record_get(&b->inode, &b->rdev);
	read_superblock(b, file);
	if (!g_strcmp0(file->fs, "bdev"))
		file->path = block_device_name(b, file->inode, rdev);
	else
		file->path = anz_paths_of_inode(b->paths, file->inode, file->superblock,
						&file->deleted);
	/* A memfd's name never was in a folder. */
	file->deleted |= anz_record_has(&b->inode, &b->links) && !file->links;
	file->is_shmem = !g_strcmp0(file->fs, "tmpfs") || !g_strcmp0(file->fs, "devtmpfs") ||
			 !g_strcmp0(file->fs, "shm");
}

/*
 * The address_space is the inode's own, or the one that its pages are in; some file systems keep others
 * besides (metadata), which then have an inode of a file system as their host all the same.
 */
static gboolean is_stray(Builder *b, const AnzFile *file)
{
	guint64 paddr, len;

	if (!file->inode || !b->data.known || file->mapping == file->inode + b->data.offset)
		return !file->inode;
	if (!anz_record_read(&b->inode, file->inode))
		return !anz_image_translate(b->graph->kernel->image, file->inode, &paddr, &len);
	return anz_kernel_untag(b->graph->kernel, anz_record_get(&b->inode, &b->i_mapping)) !=
	       file->mapping && !g_hash_table_contains(b->superblocks, &file->superblock);
}

/* Index + 1 of the file with that mapping, made if new; 0 if there is no address_space there. */
static guint get_file(Builder *b, guint64 mapping)
{
	gpointer known = g_hash_table_lookup(b->files->by_mapping, &mapping);
	AnzFile file = { .mapping = mapping, .whole = TRUE };

	if (known)
		return GPOINTER_TO_UINT(known);
	if (!anz_record_read(&b->space, mapping) || !anz_record_has(&b->space, &b->host))
		return 0;
	file.inode = anz_kernel_untag(b->graph->kernel, anz_record_get(&b->space, &b->host));
	file.nrpages = anz_record_get(&b->space, &b->nrpages);
	if (file.inode)
		read_inode(b, &file);
	file.is_stray = is_stray(b, &file);
	if (file.path)
		file.owner = anz_graph_owner(b->graph, ANZ_OWNER_FILE, file.inode, "%s%s", file.path,
					     file.deleted ? " (deleted)" : "");
	else if (file.inode)
		file.owner = anz_graph_owner(b->graph, ANZ_OWNER_FILE, file.inode,
					     "%s%s%s%sinode %" G_GUINT64_FORMAT,
					     file.fs ? file.fs : "", file.fs ? " " : "",
					     file.device ? file.device : "",
					     file.device ? " " : "", file.ino);
	else
		file.owner = anz_graph_owner(b->graph, ANZ_OWNER_FILE, mapping,
					     "mapping at 0x%" G_GINT64_MODIFIER "x without an inode",
					     mapping);
	g_array_append_val(b->files->files, file);
	g_hash_table_insert(b->files->by_mapping, g_memdup2(&mapping, sizeof(mapping)),
			    GUINT_TO_POINTER(b->files->files->len));
	return b->files->files->len;
}

static void note(Builder *b, AnzOddityKind kind, const AnzFile *file, guint64 pfn, guint64 address,
		 guint64 seen, guint64 expected)
{
	anz_oddities_note(&b->graph->oddities, (AnzOddity){
		.kind = kind, .pfn = pfn, .address = address, .seen = seen, .expected = expected,
		.owner = file ? file->owner : 0 });
}

static void check_mapping(Builder *b, const AnzItem *item, const AnzFile *file, guint64 mapping)
{
	guint64 paddr, len;

	b->graph->oddities.looked[ANZ_ODD_FILE_MAPPING]++;
	if (file ? !file->is_stray :
		   anz_image_translate(b->graph->kernel->image, mapping, &paddr, &len)) {
		b->graph->oddities.unread[ANZ_ODD_FILE_MAPPING] += !file;
		return;
	}
	note(b, ANZ_ODD_FILE_MAPPING, file, item->pfn, 0, mapping, 0);
}

static void add_folio(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	const AnzTile *tile = anz_planes_tile(b->graph->planes, item->pfn);
	guint16 attr = tile ? tile->attr[anz_tile_index(item->pfn)] : 0;
	guint64 mapping, position;
	AnzFile *file;
	guint index;

	if (!anz_record_read(&b->folio, item->address) || !anz_record_has(&b->folio, &b->mapping))
		return;
	mapping = anz_kernel_untag(b->graph->kernel, anz_record_get(&b->folio, &b->mapping));
	/* Hugetlb pages may be private to a process, or free in their pool. */
	if (!mapping || mapping & MAPPING_FLAGS) {
		b->no_mapping += !b->is_hugetlb;
		return;
	}
	index = get_file(b, mapping);
	file = index ? &g_array_index(b->files->files, AnzFile, index - 1) : NULL;
	check_mapping(b, item, file, mapping);
	if (!file) {
		b->no_host++;
		return;
	}
	file->nr_pages += item->nr_pages;
	file->nr_dirty += attr & ANZ_ATTR_DIRTY ? item->nr_pages : 0;
	file->nr_writeback += attr & ANZ_ATTR_WRITEBACK ? item->nr_pages : 0;
	for (guint64 pfn = item->pfn; pfn < item->pfn + item->nr_pages; pfn++) {
		tile = anz_planes_tile(b->graph->planes, pfn);
		file->nr_mapped += tile && tile->attr[anz_tile_index(pfn)] & ANZ_ATTR_MAPPED;
	}
	/* The index of a hugetlb folio counts huge pages before 6.7; its i_pages tells, see add_entry(). */
	position = b->is_hugetlb ? ANZ_NO_POSITION : anz_record_get(&b->folio, &b->index);
	anz_graph_claim(b->graph, file->owner, ANZ_RANK_SURE, item->pfn, item->nr_pages, position,
			ANZ_NR_CLASSES);
}

/* --- superblocks --- */

static gboolean add_inode(guint64 inode, gpointer data)
{
	Builder *b = data;
	guint64 mapping;

	b->files->nr_inodes++;
	if (b->files->nr_inodes % 4096 == 0 && anz_graph_cancelled(b->graph))
		return FALSE;
	/* Its own address_space: i_mapping of a block special file is the device's. */
	mapping = inode + b->data.offset;
	if (!anz_record_read(&b->space, mapping))
		return TRUE;
	if (anz_record_get(&b->space, &b->nrpages) || anz_record_get(&b->space, &b->head))
		get_file(b, mapping);
	return TRUE;
}

static gboolean know_superblock(guint64 superblock, gpointer data)
{
	g_hash_table_add(data, g_memdup2(&superblock, sizeof(superblock)));
	return TRUE;
}

static void know_superblocks(Builder *b)
{
	guint64 head;

	b->superblocks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (b->s_list.known && anz_kernel_symbol(b->graph->kernel, "super_blocks", &head))
		anz_kernel_walk_list(b->graph->kernel, head, b->s_list.offset, MAX_SUPERBLOCKS,
				     know_superblock, b->superblocks);
}

static gboolean add_superblock(guint64 superblock, gpointer data)
{
	Builder *b = data;

	b->files->nr_superblocks++;
	if (!anz_kernel_walk_list(b->graph->kernel, superblock + b->s_inodes.offset,
				  b->sb_list.offset, MAX_INODES, add_inode, b))
		anz_kernel_remark(b->graph->kernel, "note", "file", 1,
				  "lists of a file system's inodes that are broken or not whole in the "
				  "dump");
	return !anz_graph_cancelled(b->graph);
}

static void walk_superblocks(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head;

	if (!b->s_inodes.known || !b->sb_list.known || !b->data.known || !b->s_list.known ||
	    !anz_kernel_symbol(kernel, "super_blocks", &head))
		return;
	if (!anz_kernel_walk_list(kernel, head, b->s_list.offset, MAX_SUPERBLOCKS, add_superblock, b))
		anz_kernel_remark(kernel, "note", "file", 1,
				  "the list of file systems is broken or not whole in the dump");
}

/* --- i_pages --- */

typedef struct {
	Builder *b;
	AnzFile *file;
} Entries;

/* The folio (before 5.16: page) that an entry points at, its members in b->folio. */
static gboolean folio_of(Builder *b, guint64 entry, AnzItem *item)
{
	guint64 address = anz_kernel_untag(b->graph->kernel, entry);

	if (anz_graph_item_at(b->graph, address, item))
		return anz_record_read(&b->folio, item->address);
	/*
	 * Memory descriptors: the word of a poisoned page leads to its poison, so a folio of that one
	 * page is named by no page any more.
	 */
	if (!b->pfn.known || !anz_record_read(&b->folio, address))
		return FALSE;
	*item = (AnzItem){ .address = address, .pfn = anz_record_get(&b->folio, &b->pfn),
			   .nr_pages = 1, .page_class = ANZ_CLASS_HWPOISON };
	return anz_graph_class(b->graph, item->pfn) == ANZ_CLASS_HWPOISON;
}

/*
 * Memory descriptors that do not state their extent have that of the pages that hold their word, which poisoned
 * ones do not.  Where the block that an entry of @nr places is for has nothing but these two, it is all theirs.
 */
static void add_poisoned(const Builder *b, guint64 nr, AnzItem *item)
{
	guint64 start = item->pfn & ~(nr - 1);

	if (!item->is_least || nr <= item->nr_pages || nr & (nr - 1) ||
	    item->pfn + item->nr_pages > start + nr)
		return;
	for (guint64 pfn = start; pfn < start + nr; pfn++)
		if ((pfn < item->pfn || pfn >= item->pfn + item->nr_pages) &&
		    anz_graph_class(b->graph, pfn) != ANZ_CLASS_HWPOISON)
			return;
	item->pfn = start;
	item->nr_pages = nr;
}

static void count_poisoned(const AnzItem *item, gpointer data)
{
	Builder *b = data;

	b->nr_poisoned += item->nr_pages;
}

/* What an entry leads to is there, but not in this dump, which may be a part of one. */
static gboolean is_missing(const Builder *b, guint64 address)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 paddr, len;
	guint8 byte;

	return !anz_kernel_read(kernel, address, &byte, 1) &&
	       (anz_image_translate(kernel->image, address, &paddr, &len) ||
		(!kernel->memdesc && anz_kernel_page_pfn(kernel, address) != G_MAXUINT64));
}

/* An entry that leads to no page's folio.  Where that states no page it may be of one that is poisoned. */
static void note_lost(Builder *b, AnzFile *file, guint64 index, guint64 nr, guint64 entry)
{
	const char *excuse = NULL;

	file->nr_disagreeing += nr;
	file->nr_lost += nr;
	if (is_missing(b, anz_kernel_untag(b->graph->kernel, entry))) {
		b->graph->oddities.unread[ANZ_ODD_FILE_ENTRY]++;
		return;
	}
	if (b->graph->kernel->memdesc && !b->pfn.known && nr <= b->nr_poisoned) {
		b->nr_poisoned -= nr;
		excuse = "may be the folio of a poisoned page, whose word does not lead to it any more";
	}
	anz_oddities_note(&b->graph->oddities, (AnzOddity){
		.kind = ANZ_ODD_FILE_ENTRY, .pfn = G_MAXUINT64, .address = file->mapping, .seen = entry,
		.expected = index, .owner = file->owner, .excuse = excuse });
}

static void add_entry(guint64 index, guint64 nr, guint64 entry, gpointer data)
{
	Entries *entries = data;
	Builder *b = entries->b;
	AnzFile *file = entries->file;
	AnzItem item;

	if (entry & 1) {
		/* What was evicted leaves a shadow; what a tmpfs swapped out leaves the swap slot. */
		if (file->is_shmem) {
			guint64 offset;
			guint type;

			file->nr_swapped += nr;
			anz_swap_split(entry >> 1, &type, &offset);
			b->files->swapped[type] += nr;
		} else {
			file->nr_shadows += nr;
		}
		return;
	}
	b->graph->oddities.looked[ANZ_ODD_FILE_ENTRY]++;
	if (!folio_of(b, entry, &item)) {
		note_lost(b, file, index, nr, entry);
		return;
	}
	add_poisoned(b, nr, &item);
	if (item.page_class == ANZ_CLASS_HUGETLB) {
		/* One entry of huge pages' worth before 6.7, one multi-index entry later. */
		file->nr_indexed += item.nr_pages;
		anz_graph_claim(b->graph, file->owner, ANZ_RANK_SURE, item.pfn, item.nr_pages,
				nr < item.nr_pages ? index * item.nr_pages : index, ANZ_NR_CLASSES);
		return;
	}
	if (item.page_class == ANZ_CLASS_HWPOISON)
		anz_graph_claim(b->graph, file->owner, ANZ_RANK_WALKED, item.pfn, item.nr_pages,
				index, ANZ_NR_CLASSES);
	file->nr_indexed += MIN(nr, item.nr_pages);
	if (anz_kernel_untag(b->graph->kernel, anz_record_get(&b->folio, &b->mapping)) !=
	    file->mapping || index < anz_record_get(&b->folio, &b->index) ||
	    index >= anz_record_get(&b->folio, &b->index) + item.nr_pages) {
		file->nr_disagreeing += nr;
		note(b, ANZ_ODD_FILE_ENTRY, file, item.pfn, 0, entry, index);
	}
}

/* --- from the pages' side --- */

static void take_frame(guint64 index, guint64 nr, guint64 entry, gpointer data)
{
	Entries *entries = data;
	GHashTable *frames = g_hash_table_lookup(entries->b->incomplete, &entries->file->mapping);
	AnzItem item;

	(void)index;
	(void)nr;
	if (!(entry & 1) && folio_of(entries->b, entry, &item))
		g_hash_table_add(frames, g_memdup2(&item.pfn, sizeof(item.pfn)));
}

static void find_missing(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	guint64 mapping;
	GHashTable *frames;
	gpointer index;

	if (!anz_record_read(&b->folio, item->address))
		return;
	mapping = anz_kernel_untag(b->graph->kernel, anz_record_get(&b->folio, &b->mapping));
	frames = g_hash_table_lookup(b->incomplete, &mapping);
	if (!frames || g_hash_table_contains(frames, &item->pfn))
		return;
	index = g_hash_table_lookup(b->files->by_mapping, &mapping);
	note(b, ANZ_ODD_FILE_INDEX, &g_array_index(b->files->files, AnzFile,
						   GPOINTER_TO_UINT(index) - 1),
	     item->pfn, 0, anz_record_get(&b->folio, &b->index), 0);
}

/*
 * As many pages name a file as its tree leads to, and each that it leads to agrees: then each of them is in
 * the tree.  Only where that is not so each is looked up.
 */
static void check_pages(Builder *b)
{
	b->incomplete = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
					      (GDestroyNotify)g_hash_table_unref);
	for (guint i = 0; i < b->files->files->len && !anz_graph_cancelled(b->graph); i++) {
		AnzFile *file = &g_array_index(b->files->files, AnzFile, i);
		Entries entries = { .b = b, .file = file };
		guint64 head;

		if (!file->whole) {
			b->graph->oddities.unread[ANZ_ODD_FILE_INDEX]++;
			continue;
		}
		b->graph->oddities.looked[ANZ_ODD_FILE_INDEX] += file->nr_pages;
		/* What has no inode has no tree either. */
		if (file->is_stray || (!file->nr_disagreeing && file->nr_pages == file->nr_indexed) ||
		    !anz_kernel_read_u64(b->graph->kernel, file->mapping + b->head.offset, &head))
			continue;
		g_hash_table_insert(b->incomplete, &file->mapping,
				    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL));
		anz_xarray_walk(&b->xarray, head, b->graph->planes->max_pfn + 64, take_frame,
				&entries);
	}
	if (g_hash_table_size(b->incomplete))
		anz_graph_each_item(b->graph, ANZ_CLASS_BIT(ANZ_CLASS_FILE) |
				    ANZ_CLASS_BIT(ANZ_CLASS_SHMEM), find_missing, b);
	g_hash_table_unref(b->incomplete);
}

/* nrpages counts pages, and DAX's entries, which look like shadows. */
static gboolean is_miscounted(const AnzFile *file)
{
	guint64 held = file->nr_indexed + file->nr_lost;

	return file->whole && held != file->nrpages && g_strcmp0(file->fs, "hugetlbfs") &&
	       (file->is_shmem || !file->nr_shadows || held + file->nr_shadows != file->nrpages);
}

static void walk_trees(Builder *b)
{
	guint64 broken = 0, disagreeing = 0, miscounted = 0;
	AnzOddities *odd = &b->graph->oddities;

	for (guint i = 0; i < b->files->files->len && !anz_graph_cancelled(b->graph); i++) {
		AnzFile *file = &g_array_index(b->files->files, AnzFile, i);
		Entries entries = { .b = b, .file = file };
		guint64 head;

		if (!anz_kernel_read_u64(b->graph->kernel, file->mapping + b->head.offset, &head))
			continue;
		/* Shadows and swap entries may be many more than pages: bounded by memory itself. */
		file->whole = anz_xarray_walk(&b->xarray, head, b->graph->planes->max_pfn + 64,
					      add_entry, &entries);
		odd->looked[ANZ_ODD_FILE_TREE]++;
		odd->looked[ANZ_ODD_FILE_NRPAGES] += file->whole;
		odd->unread[ANZ_ODD_FILE_NRPAGES] += !file->whole;
		if (b->xarray.odd_node)
			note(b, ANZ_ODD_FILE_TREE, file, G_MAXUINT64, b->xarray.odd_node, 0, 0);
		else
			odd->unread[ANZ_ODD_FILE_TREE] += !file->whole;
		if (is_miscounted(file))
			note(b, ANZ_ODD_FILE_NRPAGES, file, G_MAXUINT64,
			     file->mapping + b->nrpages.offset, file->nrpages,
			     file->nr_indexed + file->nr_lost);
		broken += !file->whole;
		disagreeing += file->nr_disagreeing;
		miscounted += is_miscounted(file);
	}
	if (broken)
		anz_kernel_remark(b->graph->kernel, "note", "file", broken,
				  "files whose page cache tree is broken or not whole in the dump");
	if (disagreeing)
		anz_kernel_remark(b->graph->kernel, "warning", "file", disagreeing,
				  "entries of page cache trees that lead to a page which does not name "
				  "that file and offset");
	if (miscounted)
		anz_kernel_remark(b->graph->kernel, "note", "file", miscounted,
				  "files whose nrpages is not what their page cache tree holds");
}

void anz_files_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };

	if (!resolve(&b)) {
		anz_kernel_remark(kernel, "note", "file", 1,
				  "the type information has no address_space of a known form: files are "
				  "not known");
		return;
	}
	graph->files = b.files = g_new0(AnzFiles, 1);
	b.files->files = g_array_new(FALSE, TRUE, sizeof(AnzFile));
	b.files->by_mapping = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	b.paths = anz_paths_new(kernel);
	/* As far as the members reach: a struct page's overlay may be longer than it. */
	anz_record_init(&b.folio, kernel,
			MAX(MAX(b.mapping.offset, b.index.offset), b.pfn.offset) + 16);
	anz_record_init_type(&b.space, kernel, "address_space");
	anz_record_init_type(&b.inode, kernel, "inode");
	anz_record_init_type(&b.super, kernel, "super_block");
	know_superblocks(&b);
	anz_graph_each_item(graph, PAGE_CACHE & ~ANZ_CLASS_BIT(ANZ_CLASS_HUGETLB), add_folio, &b);
	b.is_hugetlb = TRUE;
	anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_HUGETLB), add_folio, &b);
	walk_superblocks(&b);
	if (kernel->memdesc && !b.pfn.known)
		anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_HWPOISON), count_poisoned, &b);
	if (b.head.known && anz_xarray_resolve(&b.xarray, kernel)) {
		walk_trees(&b);
		check_pages(&b);
		anz_xarray_clear(&b.xarray);
	}
	if (b.no_host)
		anz_kernel_remark(kernel, "note", "file", b.no_host,
				  "page-cache folios whose mapping is not in the dump");
	if (b.no_mapping)
		anz_kernel_remark(kernel, "note", "file", b.no_mapping,
				  "page-cache folios without a mapping: truncated, and still held by "
				  "somebody");
	anz_record_clear(&b.folio);
	anz_record_clear(&b.space);
	anz_record_clear(&b.inode);
	anz_record_clear(&b.super);
	anz_paths_free(b.paths);
	g_hash_table_unref(b.superblocks);
}

void anz_files_free(AnzFiles *files)
{
	if (!files)
		return;
	for (guint i = 0; i < files->files->len; i++) {
		AnzFile *file = &g_array_index(files->files, AnzFile, i);

		g_free(file->path);
		g_free(file->fs);
		g_free(file->device);
	}
	g_array_unref(files->files);
	g_hash_table_unref(files->by_mapping);
	g_free(files);
}
