/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where modules' BTF is: the running kernel hands out each as a file beside its own; in a dump it is
 * what bpf keeps on list btf_modules (kernel/bpf/btf.c, btf_module_notify()).  Not struct module's
 * btf_data: that is what was in the module's file, and is let go once the module is loaded ("bpf:
 * Sanitize BTF data pointer after module is loaded", Linux 5.12).
 */
#include "kernel/module-types.h"

#include <string.h>

#include "kernel/record.h"
#include "types/btf-types.h"

#define MAX_MODULES (1u << 16)
#define MAX_NAME 64		/* MODULE_NAME_LEN is 64 less a word */
#define MAX_NAMED 8		/* other modules that a text lists */

/* One module; its BTF is a file, or lies in the kernel's memory. */
typedef struct {
	char *name;
	char *path;
	guint64 start, size;
	AnzTypeProvider *types;	/* NULL until asked for, and if it cannot be read */
	gboolean tried;
} Module;

/**
 * AnzModuleTypes:
 * @base: the kernel's BTF, @own_base: the same if nobody else frees it
 * @modules: Module, by name
 * @why: (nullable): why there are none
 * @broken: the list does not end where it begins
 */
struct AnzModuleTypes {
	AnzKernel *kernel;
	AnzTypeProvider *base, *own_base;
	GPtrArray *modules;
	char *why;
	gboolean broken;
};

static void provider_free(AnzTypeProvider *provider)
{
	if (provider)
		provider->ops->free(provider);
}

static void module_free(gpointer data)
{
	Module *module = data;

	provider_free(module->types);
	g_free(module->name);
	g_free(module->path);
	g_free(module);
}

void anz_module_types_free(AnzModuleTypes *types)
{
	if (!types)
		return;
	g_ptr_array_unref(types->modules);
	provider_free(types->own_base);
	g_free(types->why);
	g_free(types);
}

static AnzTypeProvider *open_file(const char *path, AnzTypeProvider *base, GError **error)
{
	g_autofree char *bytes = NULL;
	gsize len;

	if (!g_file_get_contents(path, &bytes, &len, error))
		return NULL;
	return base ? anz_btf_provider_new_split(bytes, len, path, base, error) :
		      anz_btf_provider_new(bytes, len, path, error);
}

/* What modules' types refer to, whatever else the kernel's types came from. */
static gboolean find_base(AnzModuleTypes *t, GError **error)
{
	AnzKernel *kernel = t->kernel;
	const char *folder = anz_types_btf_folder(kernel->types);
	guint64 start, stop;

	t->base = anz_types_btf(kernel->types);
	if (t->base)
		return TRUE;
	if (folder) {
		g_autofree char *path = g_build_filename(folder, "vmlinux", NULL);

		t->own_base = open_file(path, NULL, error);
	} else if (anz_kernel_symbol(kernel, "__start_BTF", &start) &&
		   anz_kernel_symbol(kernel, "__stop_BTF", &stop) && stop != start) {
		t->own_base = anz_btf_read(kernel->image, start, stop, "the kernel", NULL, error);
	} else {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF), so modules' types are "
			    "unknown");
	}
	t->base = t->own_base;
	return t->base != NULL;
}

static void list_folder(AnzModuleTypes *t, const char *folder)
{
	g_autoptr(GError) error = NULL;
	GDir *dir = g_dir_open(folder, 0, &error);
	const char *name;

	if (!dir) {
		t->why = g_strdup(error->message);
		return;
	}
	while (t->modules->len < MAX_MODULES && (name = g_dir_read_name(dir))) {
		Module *module;

		if (!strcmp(name, "vmlinux"))
			continue;
		module = g_new0(Module, 1);
		module->name = g_strdup(name);
		module->path = g_build_filename(folder, name, NULL);
		g_ptr_array_add(t->modules, module);
	}
	g_dir_close(dir);
}

typedef struct {
	AnzModuleTypes *t;
	AnzRecord record;	/* struct btf */
	AnzField btf;		/* of struct btf_module */
	AnzField name, data, size;
} Walk;

static gboolean add_module(guint64 address, gpointer data)
{
	Walk *w = data;
	AnzKernel *kernel = w->t->kernel;
	g_autofree char *name = NULL;
	Module *module;
	guint64 btf;

	if (!anz_kernel_read_u64(kernel, address + w->btf.offset, &btf) || !btf ||
	    !anz_record_read(&w->record, btf)) {
		w->t->broken = TRUE;
		return TRUE;
	}
	name = anz_record_text(&w->record, &w->name);
	module = g_new0(Module, 1);
	module->name = g_utf8_make_valid(name && *name ? name : "?", -1);
	module->start = anz_record_get(&w->record, &w->data);
	module->size = anz_record_get(&w->record, &w->size);
	g_ptr_array_add(w->t->modules, module);
	return TRUE;
}

/* bpf's own types are in the kernel's BTF; with DWARF they would be far to seek. */
static void list_memory(AnzModuleTypes *t)
{
	const AnzTypeProviderOps *ops = t->base->ops;
	const AnzType *btf = ops->find(t->base, ANZ_TYPE_NS_TAG, "btf", TRUE);
	const AnzType *element = ops->find(t->base, ANZ_TYPE_NS_TAG, "btf_module", TRUE);
	Walk w = { .t = t };
	AnzField link;
	guint64 head;

	if (!anz_field_of(element, "list", &link) || !anz_field_of(element, "btf", &w.btf) ||
	    !anz_field_of(btf, "name", &w.name) || !anz_field_of(btf, "data", &w.data) ||
	    !anz_field_of(btf, "data_size", &w.size) ||
	    !anz_kernel_symbol(t->kernel, "btf_modules", &head)) {
		t->why = g_strdup("this kernel keeps no BTF of modules (CONFIG_DEBUG_INFO_BTF_MODULES), "
				  "or no symbol btf_modules says where");
		return;
	}
	anz_record_init(&w.record, t->kernel, btf->size);
	if (!anz_kernel_walk_list(t->kernel, head, link.offset, MAX_MODULES, add_module, &w))
		t->broken = TRUE;
	anz_record_clear(&w.record);
}

static int compare_modules(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const Module *const *)a)->name, (*(const Module *const *)b)->name);
}

static AnzModuleTypes *module_types(AnzKernel *kernel)
{
	AnzModuleTypes *t = kernel->module_types;
	g_autoptr(GError) error = NULL;

	if (t)
		return t;
	t = kernel->module_types = g_new0(AnzModuleTypes, 1);
	t->kernel = kernel;
	t->modules = g_ptr_array_new_with_free_func(module_free);
	if (!find_base(t, &error))
		t->why = g_strdup(error->message);
	else if (anz_types_btf_folder(kernel->types))
		list_folder(t, anz_types_btf_folder(kernel->types));
	else
		list_memory(t);
	g_ptr_array_sort(t->modules, compare_modules);
	return t;
}

static const AnzType *find_in(AnzModuleTypes *t, Module *module, const char *name)
{
	if (!module->tried) {
		g_autofree char *called = g_strdup_printf("module %s", module->name);

		module->tried = TRUE;
		module->types = module->path ? open_file(module->path, t->base, NULL) :
				anz_btf_read(t->kernel->image, module->start,
					     module->start + module->size, called, t->base, NULL);
	}
	return module->types ? module->types->ops->find(module->types, ANZ_TYPE_NS_TAG, name, TRUE) :
			       NULL;
}

/* Headers that two modules share give both the same struct; only what differs is worth a word. */
static gboolean is_same(const AnzType *a, const AnzType *b)
{
	if (a->kind != b->kind || a->size != b->size || a->nr_members != b->nr_members)
		return FALSE;
	for (guint i = 0; i < a->nr_members; i++)
		if (a->members[i].bit_offset != b->members[i].bit_offset ||
		    a->members[i].bit_size != b->members[i].bit_size ||
		    a->members[i].type->kind != b->members[i].type->kind ||
		    a->members[i].type->size != b->members[i].type->size ||
		    g_strcmp0(a->members[i].name, b->members[i].name))
			return FALSE;
	return TRUE;
}

static gboolean is_module(const Module *module, const char *name, gsize len)
{
	if (strlen(module->name) != len)
		return FALSE;
	/* Files of modules may have a dash where the kernel writes an underscore. */
	for (gsize i = 0; i < len; i++)
		if (module->name[i] != name[i] && (module->name[i] != '_' || name[i] != '-'))
			return FALSE;
	return TRUE;
}

const AnzType *anz_module_type(AnzKernel *kernel, const char *name, char **origin)
{
	AnzModuleTypes *t = module_types(kernel);
	const char *colon = strchr(name, ':'), *bare = colon ? colon + 1 : name;
	g_autoptr(GString) others = g_string_new(NULL);
	const AnzType *found = NULL;
	const char *first = NULL;
	guint nr_others = 0;

	for (guint i = 0; i < t->modules->len; i++) {
		Module *module = g_ptr_array_index(t->modules, i);
		const AnzType *type = !colon || is_module(module, name, colon - name) ?
				      find_in(t, module, bare) : NULL;

		if (!type)
			continue;
		if (!found) {
			found = type;
			first = module->name;
			if (!origin)
				break;
		} else if (!is_same(found, type) && nr_others++ < MAX_NAMED) {
			g_string_append_printf(others, "%s%s", nr_others > 1 ? ", " : "",
					       module->name);
		}
	}
	if (found && origin)
		*origin = nr_others ?
			g_strdup_printf("module %s; another '%s' is in %s%s: MODULE:%s names one",
					first, bare, others->str,
					nr_others > MAX_NAMED ? " and more" : "", bare) :
			g_strdup_printf("module %s", first);
	return found;
}

char *anz_module_types_summary(AnzKernel *kernel, const char *name)
{
	AnzModuleTypes *t = module_types(kernel);
	const char *colon = strchr(name, ':');
	gsize len = colon ? colon - name : 0;
	guint lost = 0, asked = 0;

	if (t->why)
		return g_strdup(t->why);
	for (guint i = 0; i < t->modules->len; i++) {
		const Module *module = g_ptr_array_index(t->modules, i);

		lost += module->tried && !module->types;
		asked += !colon || is_module(module, name, len);
	}
	if (!asked && colon)
		return g_strdup_printf("of %u modules with BTF none is called '%.*s'%s",
				       t->modules->len, (int)len, name, t->broken ?
				       "; their list is broken or not whole in the dump" : "");
	if (colon)
		return g_strdup_printf("BTF of the module %s", lost ? "could not be read" :
				       "has none either");
	if (lost || t->broken)
		return g_strdup_printf("nor has BTF of %u modules, of which that of %u could not be "
				       "read%s", t->modules->len, lost, t->broken ?
				       "; their list is broken or not whole in the dump" : "");
	return g_strdup_printf("nor has BTF of %u modules", t->modules->len);
}
