/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel/module-types.c: BTF of modules on the kernel's list, in its memory, and in a folder; types that
 * two modules have; what cannot be read.
 */
#include <string.h>

#include "btf-writer.h"
#include "kernel-util.h"
#include "kernel/module-types.h"
#include "types-util.h"
#include "types/provider.h"

enum { NAME_BYTES = 24 };

/* As the kernel's, in other places. */
struct element {
	guint64 btf;
	struct list_head list;
};

struct btf_copy {
	guint64 data;
	guint32 data_size;
	char name[NAME_BYTES];
};

typedef struct {
	TestMachine *m;
	BtfWriter *kernel;
	struct list_head *head;
} Machine;

static void write_struct(BtfWriter *w, const char *name, guint32 size, const char *member)
{
	btf_writer_add(w, name, BTF_KIND_STRUCT, 1, FALSE, size);
	btf_writer_item(w, member, 1, 0);
}

static BtfWriter *write_kernel(void)
{
	BtfWriter *w = btf_writer_new();
	guint32 u32 = btf_writer_int(w, "unsigned int", 4, 0), letter, name, list, to_void;

	letter = btf_writer_int(w, "char", 1, 0);
	to_void = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, 0);
	name = btf_writer_add(w, NULL, BTF_KIND_ARRAY, 0, FALSE, 0);
	btf_writer_word(w, letter);
	btf_writer_word(w, u32);
	btf_writer_word(w, NAME_BYTES);
	list = btf_writer_add(w, "list_head", BTF_KIND_STRUCT, 2, FALSE, 16);
	btf_writer_item(w, "next", to_void, 0);
	btf_writer_item(w, "prev", to_void, 64);
	btf_writer_add(w, "btf", BTF_KIND_STRUCT, 3, FALSE, sizeof(struct btf_copy));
	btf_writer_item(w, "data", to_void, 8 * offsetof(struct btf_copy, data));
	btf_writer_item(w, "data_size", u32, 8 * offsetof(struct btf_copy, data_size));
	btf_writer_item(w, "name", name, 8 * offsetof(struct btf_copy, name));
	btf_writer_add(w, "btf_module", BTF_KIND_STRUCT, 2, FALSE, sizeof(struct element));
	btf_writer_item(w, "list", list, 8 * offsetof(struct element, list));
	btf_writer_item(w, "btf", to_void, 8 * offsetof(struct element, btf));
	return w;
}

static GByteArray *write_alpha(const BtfWriter *kernel)
{
	g_autoptr(BtfWriter) w = btf_writer_new_split(kernel);

	write_struct(w, "alpha", 4, "first");
	write_struct(w, "same", 4, "x");
	write_struct(w, "differs", 4, "x");
	return btf_writer_bytes(w, FALSE);
}

static GByteArray *write_beta(const BtfWriter *kernel)
{
	g_autoptr(BtfWriter) w = btf_writer_new_split(kernel);

	write_struct(w, "same", 4, "x");
	write_struct(w, "differs", 4, "y");
	return btf_writer_bytes(w, FALSE);
}

/* Returns the virtual address of a copy. */
static guint64 put(TestMachine *m, const GByteArray *bytes)
{
	guint64 vaddr = test_machine_alloc(m, bytes->len, 8);

	memcpy(test_machine_at(m, vaddr), bytes->data, bytes->len);
	return vaddr;
}

static struct btf_copy *add_module(Machine *all, const char *name, const GByteArray *bytes)
{
	guint64 at = test_machine_alloc(all->m, sizeof(struct element), 8);
	guint64 btf = test_machine_alloc(all->m, sizeof(struct btf_copy), 8);
	struct element *element = test_machine_at(all->m, at);
	struct btf_copy *copy = test_machine_at(all->m, btf);

	element->btf = btf;
	copy->data = put(all->m, bytes);
	copy->data_size = bytes->len;
	g_strlcpy(copy->name, name, sizeof(copy->name));
	test_list_add(all->m, all->head, &element->list);
	return copy;
}

/* A machine with modules beta and alpha, in that order. */
static void set_up(Machine *all, struct btf_copy **beta)
{
	TestMachine *m = all->m = test_machine_new();
	g_autoptr(GByteArray) kernel = NULL, first = NULL, second = NULL;
	guint64 head = test_machine_alloc(m, sizeof(struct list_head), 8), start;

	all->kernel = write_kernel();
	kernel = btf_writer_bytes(all->kernel, FALSE);
	first = write_alpha(all->kernel);
	second = write_beta(all->kernel);
	start = put(m, kernel);
	all->head = test_machine_at(m, head);
	all->head->next = all->head->prev = (struct list_head *)head;
	*beta = add_module(all, "beta", second);
	add_module(all, "alpha", first);
	test_machine_say(m, "SYMBOL(__start_BTF)=%" G_GINT64_MODIFIER "x\n", start);
	test_machine_say(m, "SYMBOL(__stop_BTF)=%" G_GINT64_MODIFIER "x\n", start + kernel->len);
	test_machine_say(m, "SYMBOL(btf_modules)=%" G_GINT64_MODIFIER "x\n", head);
}

static void tear_down(Machine *all)
{
	btf_writer_free(all->kernel);
	test_machine_free(all->m);
}

static void check(AnzKernel *kernel, const char *name, const char *member, const char *words)
{
	g_autofree char *origin = NULL;
	const AnzType *type = anz_module_type(kernel, name, &origin);
	AnzMember m;

	if (!member) {
		g_assert_null(type);
		origin = anz_module_types_summary(kernel, name);
	} else {
		g_assert_nonnull(type);
		g_assert_true(anz_type_member(type, member, &m));
		g_assert_cmpstr(m.type->name, ==, "unsigned int");
	}
	g_assert_cmpstr(origin, ==, words);
}

static void check_both(AnzKernel *kernel)
{
	check(kernel, "alpha", "first", "module alpha");
	check(kernel, "same", "x", "module alpha");
	check(kernel, "differs", "x",
	      "module alpha; another 'differs' is in beta: MODULE:differs names one");
	check(kernel, "beta:differs", "y", "module beta");
	check(kernel, "beta:alpha", NULL, "BTF of the module has none either");
	check(kernel, "gamma:alpha", NULL, "of 2 modules with BTF none is called 'gamma'");
	/* The kernel's own are not a module's. */
	check(kernel, "btf_module", NULL, "nor has BTF of 2 modules");
}

static void test_memory(void)
{
	struct btf_copy *beta;
	Machine all;

	set_up(&all, &beta);
	g_assert_true(test_machine_open(all.m, NULL));
	check_both(all.m->kernel);
	tear_down(&all);
}

/* One module's bytes are nowhere; and the list leads nowhere behind it. */
static void test_damaged(void)
{
	struct btf_copy *beta;
	Machine all;

	set_up(&all, &beta);
	beta->data = MACHINE_DIRECT_MAP + (1ull << 40);
	test_machine_open(all.m, NULL);
	check(all.m->kernel, "differs", "x", "module alpha");
	check(all.m->kernel, "beta:same", NULL, "BTF of the module could not be read");
	check(all.m->kernel, "nothing", NULL,
	      "nor has BTF of 2 modules, of which that of 1 could not be read");
	tear_down(&all);

	set_up(&all, &beta);
	beta->data_size = 0xffffffff;
	((struct list_head *)test_machine_at(all.m, (guint64)all.head->next))->next = NULL;
	test_machine_open(all.m, NULL);
	check(all.m->kernel, "nothing", NULL,
	      "nor has BTF of 1 modules, of which that of 1 could not be read; their list is broken or "
	      "not whole in the dump");
	tear_down(&all);
}

static void test_none(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	test_machine_open(m, NULL);
	check(m->kernel, "same", NULL, "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF), so modules' "
	      "types are unknown");
}

/* What the running kernel hands out goes before what its memory says. */
static void test_folder(void)
{
	g_autoptr(GByteArray) kernel = NULL, first = NULL, second = NULL;
	g_autofree char *folder = NULL;
	struct btf_copy *beta;
	Machine all;

	set_up(&all, &beta);
	all.head->next = NULL;
	kernel = btf_writer_bytes(all.kernel, FALSE);
	first = write_alpha(all.kernel);
	second = write_beta(all.kernel);
	anz_test_write(all.m->folder, "btf/vmlinux", kernel->data, kernel->len);
	anz_test_write(all.m->folder, "btf/alpha", first->data, first->len);
	anz_test_write(all.m->folder, "btf/beta", second->data, second->len);
	folder = g_build_filename(all.m->folder, "btf", NULL);
	test_machine_types(all.m, "");
	anz_types_set_btf_folder(all.m->types, folder);
	test_machine_open(all.m, NULL);
	check_both(all.m->kernel);
	tear_down(&all);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/module-types/memory", test_memory);
	g_test_add_func("/module-types/damaged", test_damaged);
	g_test_add_func("/module-types/none", test_none);
	g_test_add_func("/module-types/folder", test_folder);
	return g_test_run();
}
