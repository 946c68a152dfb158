/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address spaces of invented processes: page tables, areas on a maple tree and on a list, tasks. */
#include <string.h>

#include "graph/tasks.h"
#include "graph/vmas.h"
#include "image/tables.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define TASK_TYPES \
	struct signal_struct { int count; struct list_head thread_head; }; \
	struct task_struct { \
		unsigned int flags; \
		struct list_head tasks, thread_node; \
		int pid, tgid; \
		struct mm_struct *mm, *active_mm; \
		void *stack; \
		struct signal_struct *signal; \
		char comm[16]; \
	}; \
	struct inode { int i; }; \
	struct file { struct inode *f_inode; }; \
	struct vm_area_struct { \
		unsigned long vm_start, vm_end, vm_flags, vm_pgoff; \
		struct file *vm_file; \
		void *anon_vma; \
		struct vm_area_struct *vm_next; \
	};

#define TREE_TYPES \
	enum maple_type { maple_dense, maple_leaf_64, maple_range_64, maple_arange_64 }; \
	struct maple_range_64 { void *parent; unsigned long pivot[15]; void *slot[16]; }; \
	struct maple_arange_64 { void *parent; unsigned long pivot[9]; void *slot[10]; \
		unsigned long gap[10]; }; \
	struct maple_tree { int lock; void *ma_root; }; \
	struct mm_struct { struct maple_tree mm_mt; }; \
	struct users { struct maple_range_64 *a; struct maple_arange_64 *b; enum maple_type c; };

#define LIST_TYPES \
	struct mm_struct { struct vm_area_struct *mmap; };

TASK_TYPES

/* A tree has these; the list of old has its first area in place of the whole. */
struct maple_range_64 { void *parent; unsigned long pivot[15]; void *slot[16]; };
struct maple_arange_64 { void *parent; unsigned long pivot[9]; void *slot[10];
	unsigned long gap[10]; };
struct tree_mm { int lock; void *ma_root; };

#define ENODE(address, type) ((void *)(gsize)((address) | (type) << 3 | 4))
#define ROOT(address, type) ((void *)(gsize)((address) | (type) << 3 | 2))
enum { LEAF = 1, ARANGE = 3 };

static TestMachine *machine_with(const char *types)
{
	static const char base[] = TEXT(MACHINE_TYPES) " " TEXT(TASK_TYPES);
	g_autofree char *source = g_strconcat(base, " ", types, NULL);
	TestMachine *m = test_machine_new();

	test_machine_types(m, source);
	return m;
}

static guint64 new_vma(TestMachine *m, guint64 start, guint64 end)
{
	guint64 at = test_machine_alloc(m, sizeof(struct vm_area_struct), 64);
	struct vm_area_struct *vma = test_machine_at(m, at);

	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_flags = 0x73;
	return at;
}

static void test_tree(void)
{
	g_autoptr(TestMachine) m = machine_with(TEXT(TREE_TYPES));
	guint64 mm = test_machine_alloc(m, sizeof(struct tree_mm), 64);
	guint64 top = test_machine_alloc(m, 256, 256), low = test_machine_alloc(m, 256, 256);
	guint64 high = test_machine_alloc(m, 256, 256);
	guint64 file = test_machine_alloc(m, sizeof(struct file), 64);
	struct maple_arange_64 *root = test_machine_at(m, top);
	struct maple_range_64 *left = test_machine_at(m, low), *right = test_machine_at(m, high);
	g_autoptr(GArray) vmas = g_array_new(FALSE, TRUE, sizeof(AnzVma));
	GStringChunk *names = g_string_chunk_new(64);
	guint64 mapped = new_vma(m, 0x7000, 0x9000);
	g_autofree char *flags = NULL;
	AnzVmaReader *reader;

	((struct file *)test_machine_at(m, file))->f_inode = (void *)0xffff888000001230;
	((struct vm_area_struct *)test_machine_at(m, mapped))->vm_file = (void *)(gsize)file;
	((struct tree_mm *)test_machine_at(m, mm))->ma_root = ROOT(top, ARANGE);
	root->pivot[0] = 0x4fff;
	root->slot[0] = ENODE(low, LEAF);
	root->slot[1] = ENODE(high, LEAF);
	/* Nothing, an area, nothing, an area up to the end of the node. */
	left->pivot[0] = 0xfff;
	left->pivot[1] = 0x2fff;
	left->slot[1] = (void *)(gsize)new_vma(m, 0x1000, 0x3000);
	left->pivot[2] = 0x3fff;
	left->pivot[3] = 0x4fff;
	left->slot[3] = (void *)(gsize)new_vma(m, 0x4000, 0x5000);
	/* Behind a pivot of the node's end there are only leftovers. */
	left->slot[4] = (void *)(gsize)0xdead0;
	right->pivot[0] = 0x6fff;
	right->pivot[1] = 0x8fff;
	right->slot[1] = (void *)(gsize)mapped;
	/* Reserved while a process is being made: not an area. */
	right->pivot[2] = 0xffff;
	right->slot[2] = (void *)(gsize)0x402;
	test_machine_open_bare(m);
	reader = anz_vma_reader_new(m->kernel, names);
	g_assert_true(anz_vmas_read(reader, mm, vmas));
	g_assert_cmpuint(vmas->len, ==, 3);
	g_assert_cmphex(g_array_index(vmas, AnzVma, 0).start, ==, 0x1000);
	g_assert_cmphex(g_array_index(vmas, AnzVma, 1).start, ==, 0x4000);
	g_assert_cmphex(g_array_index(vmas, AnzVma, 2).end, ==, 0x9000);
	g_assert_cmphex(g_array_index(vmas, AnzVma, 2).inode, ==, 0xffff888000001230);
	g_assert_true(anz_vmas_find(vmas, 0, 3, 0x4fff) == &g_array_index(vmas, AnzVma, 1));
	g_assert_null(anz_vmas_find(vmas, 0, 3, 0x3000));
	g_assert_null(anz_vmas_find(vmas, 0, 3, 0x9000));
	flags = anz_vma_flags_text(0x400000 | 0x80 | 3);
	g_assert_cmpstr(flags, ==, "rw-s,hugetlb");

	/* A tree that leads back into itself ends, and says so. */
	root->slot[0] = ENODE(top, ARANGE);
	root->pivot[0] = G_MAXUINT64 - 1;
	g_array_set_size(vmas, 0);
	g_assert_false(anz_vmas_read(reader, mm, vmas));
	/* So does one whose nodes are not in the dump. */
	root->slot[0] = ENODE(0xffff88ff00000000, LEAF);
	g_assert_false(anz_vmas_read(reader, mm, vmas));
	anz_vma_reader_free(reader);
	g_string_chunk_free(names);
}

static void test_list(void)
{
	g_autoptr(TestMachine) m = machine_with(TEXT(LIST_TYPES));
	guint64 mm = test_machine_alloc(m, 8, 8);
	guint64 first = new_vma(m, 0x1000, 0x2000), second = new_vma(m, 0x2000, 0x8000);
	struct vm_area_struct *last = test_machine_at(m, second);
	g_autoptr(GArray) vmas = g_array_new(FALSE, TRUE, sizeof(AnzVma));
	GStringChunk *names = g_string_chunk_new(64);
	AnzVmaReader *reader;

	memcpy(test_machine_at(m, mm), &first, 8);
	((struct vm_area_struct *)test_machine_at(m, first))->vm_next = (void *)(gsize)second;
	test_machine_open_bare(m);
	reader = anz_vma_reader_new(m->kernel, names);
	g_assert_true(anz_vmas_read(reader, mm, vmas));
	g_assert_cmpuint(vmas->len, ==, 2);
	g_assert_cmphex(g_array_index(vmas, AnzVma, 1).end, ==, 0x8000);
	last->vm_next = (void *)(gsize)first;
	g_array_set_size(vmas, 0);
	g_assert_false(anz_vmas_read(reader, mm, vmas));
	g_assert_cmpuint(vmas->len, ==, 2);
	anz_vma_reader_free(reader);
	g_string_chunk_free(names);
}

static guint64 new_task(TestMachine *m, guint pid, guint tgid, const char *comm, guint64 mm,
			guint64 signal)
{
	guint64 at = test_machine_alloc(m, sizeof(struct task_struct), 64);
	struct task_struct *task = test_machine_at(m, at);

	task->pid = pid;
	task->tgid = tgid;
	task->mm = (void *)(gsize)mm;
	strncpy(task->comm, comm, sizeof(task->comm) - 1);
	task->signal = (void *)(gsize)signal;
	test_list_add(m, &((struct signal_struct *)test_machine_at(m, signal))->thread_head,
		      &task->thread_node);
	return at;
}

static guint64 new_signal(TestMachine *m)
{
	guint64 at = test_machine_alloc(m, sizeof(struct signal_struct), 64);
	struct list_head *head = &((struct signal_struct *)test_machine_at(m, at))->thread_head;

	head->next = head->prev = (void *)(gsize)test_machine_vaddr(m, head);
	return at;
}

static void test_tasks(void)
{
	g_autoptr(TestMachine) m = machine_with(TEXT(LIST_TYPES));
	guint64 signals[] = { new_signal(m), new_signal(m), new_signal(m) };
	guint64 init = new_task(m, 0, 0, "swapper/0", 0, signals[0]);
	guint64 leader = new_task(m, 70, 70, "db\nserver", 0xffff888000002000, signals[1]);
	guint64 kernel = new_task(m, 2, 2, "kthreadd", 0, signals[2]);
	struct list_head *head = &((struct task_struct *)test_machine_at(m, init))->tasks;
	struct task_struct *thread = test_machine_at(m, kernel);
	g_autoptr(GArray) tasks = NULL;
	gboolean whole;
	const AnzTask *task;

	thread->flags = 0x200040;
	new_task(m, 71, 70, "writer", 0xffff888000002000, signals[1]);
	head->next = head->prev = (void *)(gsize)test_machine_vaddr(m, head);
	test_list_add(m, head, &((struct task_struct *)test_machine_at(m, leader))->tasks);
	test_list_add(m, head, &thread->tasks);
	test_machine_say(m, "SYMBOL(init_task)=%" G_GINT64_MODIFIER "x", init);
	test_machine_open_bare(m);
	tasks = anz_tasks_read(m->kernel, &whole);
	g_assert_true(whole);
	g_assert_cmpuint(tasks->len, ==, 4);
	task = &g_array_index(tasks, AnzTask, 0);
	g_assert_cmpstr(task->comm, ==, "swapper/0");
	task = &g_array_index(tasks, AnzTask, 1);
	g_assert_cmpuint(task->pid, ==, 2);
	g_assert_true(task->is_kernel);
	task = &g_array_index(tasks, AnzTask, 2);
	g_assert_cmpstr(task->comm, ==, "db?server");
	g_assert_false(task->is_kernel);
	task = &g_array_index(tasks, AnzTask, 3);
	g_assert_cmpuint(task->pid, ==, 71);
	g_assert_cmpuint(task->tgid, ==, 70);
	g_assert_cmphex(task->mm, ==, 0xffff888000002000);
	g_assert_cmpuint(test_machine_remarks(m, "list of processes"), ==, 0);

	/* What comes before the break is kept. */
	g_clear_pointer(&tasks, g_array_unref);
	((struct task_struct *)test_machine_at(m, leader))->tasks.next = NULL;
	tasks = anz_tasks_read(m->kernel, &whole);
	g_assert_false(whole);
	g_assert_cmpuint(tasks->len, ==, 3);
	g_assert_cmpuint(test_machine_remarks(m, "list of processes is broken"), ==, 1);
}

/* What a walk met, as text. */
static gboolean note_table(guint64 paddr, guint64 nr_bytes, guint level, guint64 vaddr, gpointer data)
{
	g_string_append_printf(data, "table %u at %" G_GINT64_MODIFIER "x\n", level, vaddr);
	return nr_bytes == 4096;
}

static gboolean note_entry(const AnzTableEntry *entry, gpointer data)
{
	g_string_append_printf(data, "%s%s %" G_GINT64_MODIFIER "x -> %" G_GINT64_MODIFIER "x, %"
			       G_GUINT64_FORMAT " bytes, level %u\n", entry->present ? "page" :
			       "absent", entry->special ? ", special" : "", entry->vaddr, entry->paddr,
			       entry->nr_bytes, entry->level);
	return TRUE;
}

static void note_lost(guint64 paddr, guint level, guint64 vaddr, AnzMemState why, gpointer data)
{
	g_string_append_printf(data, "lost table %u at %" G_GINT64_MODIFIER "x, state %d\n", level,
			       vaddr, why);
}

static void test_tables(void)
{
	const AnzTableVisitor visitor = { note_table, note_entry, note_lost };
	g_autoptr(TestMachine) m = machine_with(TEXT(LIST_TYPES));
	guint64 at[4], paddr[4], *table[4];
	g_autoptr(GString) met = g_string_new(NULL);
	AnzTableEntry entry;

	for (guint i = 0; i < 4; i++) {
		at[i] = test_machine_alloc(m, 4096, 4096);
		paddr[i] = at[i] - MACHINE_DIRECT_MAP;
		table[i] = test_machine_at(m, at[i]);
	}
	table[3][1] = paddr[2] | 0x67;
	table[3][300] = paddr[2] | 0x67;	/* in the kernel's half: not the process's */
	table[2][2] = paddr[1] | 0x67;
	table[1][3] = paddr[0] | 0x67;
	table[1][4] = 0x80000000001000e7;	/* 2 MiB, with the PAT bit where a page has an address */
	table[1][5] = 0xffff000067;		/* a table that is not in the dump */
	table[0][0] = 0x5000 | 0x25;
	table[0][1] = 0x6000 | 0x225;
	table[0][7] = (~0x9000ull & 0x000ffffffffff000) | 0x160;	/* PROT_NONE: address inverted */
	table[0][8] = ~(0x123ull << 9) & 0x07fffffffffffe00;	/* slot 0x123 of area 0 */
	test_machine_open_bare(m);
	g_assert_true(anz_image_can_walk_tables(m->image));
	g_assert_true(anz_image_walk_tables(m->image, ANZ_TABLES_USER, paddr[3], &visitor, met));
	g_assert_cmpstr(met->str, ==,
			"table 3 at 0\n"
			"table 2 at 8000000000\n"
			"table 1 at 8080000000\n"
			"table 0 at 8080600000\n"
			"page 8080600000 -> 5000, 4096 bytes, level 0\n"
			"page, special 8080601000 -> 6000, 4096 bytes, level 0\n"
			"page 8080607000 -> 9000, 4096 bytes, level 0\n"
			"absent 8080608000 -> 0, 4096 bytes, level 0\n"
			"page 8080800000 -> 0, 2097152 bytes, level 1\n"
			"table 0 at 8080a00000\n"
			"lost table 0 at 8080a00000, state 3\n");
	g_assert_true(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 0x8080607123,
					     &entry));
	g_assert_true(entry.present);
	g_assert_cmphex(entry.paddr, ==, 0x9000);
	g_assert_true(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 0x8080900000,
					     &entry));
	g_assert_cmphex(entry.vaddr, ==, 0x8080800000);
	g_assert_true(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 0x8080608000,
					     &entry));
	g_assert_false(entry.present);
	g_assert_false(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 0x8080602000,
					      &entry));
	g_assert_false(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 0x8080a00000,
					      &entry));
	/* Entry 300 of the top table is the kernel's. */
	g_assert_false(anz_image_translate_in(m->image, ANZ_TABLES_USER, paddr[3], 300ull << 39,
					      &entry));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spaces/areas/tree", test_tree);
	g_test_add_func("/spaces/areas/list", test_list);
	g_test_add_func("/spaces/tasks", test_tasks);
	g_test_add_func("/spaces/tables", test_tables);
	return g_test_run();
}
