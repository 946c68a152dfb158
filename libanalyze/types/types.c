/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several sources of types merged into one: first match wins.
 */
#include "types/types.h"

#include <string.h>

#include "types/provider.h"

/**
 * AnzTypes:
 * @providers: AnzTypeProvider, in the order of precedence
 * @descriptions: of each, and a closing %NULL
 * @kernel: index of the kernel's own; it goes first for symbols, because an overlay that
 *	was linked has an _end, _etext and __bss_start from the linker, which are not the
 *	kernel's
 * @btf: (nullable): of @providers, the BTF of the very kernel
 * @btf_folder: (nullable): where the running kernel hands out BTF, if it is the one
 * @missing: (nullable): why there are no layouts
 */
struct AnzTypes {
	GPtrArray *providers;
	GPtrArray *descriptions;
	guint kernel;
	guint64 slide;
	AnzTypeProvider *btf;
	char *btf_folder;
	char *missing;
};

static void provider_free(gpointer data)
{
	AnzTypeProvider *provider = data;

	if (provider->ops->free)
		provider->ops->free(provider);
}

AnzTypes *anz_types_new(void)
{
	AnzTypes *types = g_new0(AnzTypes, 1);

	types->providers = g_ptr_array_new_with_free_func(provider_free);
	types->descriptions = g_ptr_array_new();
	g_ptr_array_add(types->descriptions, NULL);
	return types;
}

void anz_types_free(AnzTypes *types)
{
	if (!types)
		return;
	g_ptr_array_unref(types->descriptions);
	g_ptr_array_unref(types->providers);
	g_free(types->btf_folder);
	g_free(types->missing);
	g_free(types);
}

void anz_types_add_provider(AnzTypes *types, AnzTypeProvider *provider)
{
	g_ptr_array_add(types->providers, provider);
	g_ptr_array_insert(types->descriptions, (gint)types->descriptions->len - 1,
			   (gpointer)provider->description);
}

/*
 * The @i-th source to ask for symbols: the kernel's own, then the others in their order.
 */
static AnzTypeProvider *symbol_source(AnzTypes *types, guint i)
{
	guint at = i == 0 ? types->kernel : i <= types->kernel ? i - 1 : i;

	return g_ptr_array_index(types->providers, at);
}

void anz_types_set_kernel(AnzTypes *types, guint i)
{
	types->kernel = i;
}

const char *anz_types_kind(AnzTypes *types)
{
	for (guint i = 0; i < types->providers->len; i++) {
		const AnzTypeProvider *provider = symbol_source(types, i);

		if (provider->ops->kind)
			return provider->ops->kind;
	}
	return NULL;
}

void anz_types_set_btf(AnzTypes *types, AnzTypeProvider *provider)
{
	types->btf = provider;
}

AnzTypeProvider *anz_types_btf(AnzTypes *types)
{
	return types->btf;
}

void anz_types_set_btf_folder(AnzTypes *types, const char *folder)
{
	g_free(types->btf_folder);
	types->btf_folder = g_strdup(folder);
}

const char *anz_types_btf_folder(AnzTypes *types)
{
	return types->btf_folder;
}

void anz_types_set_missing(AnzTypes *types, const char *message)
{
	g_free(types->missing);
	types->missing = g_strdup(message);
}

const char *anz_types_missing(AnzTypes *types)
{
	return types->missing;
}

void anz_types_set_slide(AnzTypes *types, guint64 slide)
{
	types->slide = slide;
}

const char *const *anz_types_describe(AnzTypes *types)
{
	return (const char *const *)types->descriptions->pdata;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void anz_provider_each_enumerator(GHashTable *enumerators, const char *prefix,
				  AnzEnumeratorFunc func, gpointer data)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, enumerators);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (g_str_has_prefix(key, prefix))
			g_ptr_array_add(names, key);
	/* In an order of our own, not in that of the hash table. */
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		func(name, *(gint64 *)g_hash_table_lookup(enumerators, name), data);
	}
}

static const AnzType *find(AnzTypes *types, AnzTypeNs ns, const char *name,
			   gboolean everywhere)
{
	for (guint i = 0; i < types->providers->len; i++) {
		AnzTypeProvider *provider = g_ptr_array_index(types->providers, i);
		const AnzType *type = provider->ops->find ?
			provider->ops->find(provider, ns, name, everywhere) : NULL;

		if (type)
			return type;
	}
	return NULL;
}

const AnzType *anz_types_find(AnzTypes *types, const char *name)
{
	return find(types, ANZ_TYPE_NS_TAG, name, FALSE);
}

const AnzType *anz_types_find_in_all(AnzTypes *types, const char *name)
{
	return find(types, ANZ_TYPE_NS_TAG, name, TRUE);
}

const AnzType *anz_types_find_enum(AnzTypes *types, const char *name)
{
	return find(types, ANZ_TYPE_NS_ENUM, name, FALSE);
}

const AnzType *anz_types_find_typedef(AnzTypes *types, const char *name)
{
	return find(types, ANZ_TYPE_NS_TYPEDEF, name, FALSE);
}

gboolean anz_types_member(AnzTypes *types, const char *type, const char *path,
			  AnzMember *out)
{
	return anz_type_member(anz_types_find(types, type), path, out);
}

gboolean anz_types_enumerator(AnzTypes *types, const char *enum_name, const char *name,
			      gint64 *value)
{
	if (enum_name) {
		const AnzType *type = anz_types_find_enum(types, enum_name);

		for (guint i = 0; type && i < type->nr_enumerators; i++) {
			if (strcmp(type->enumerators[i].name, name) == 0) {
				*value = type->enumerators[i].value;
				return TRUE;
			}
		}
		return FALSE;
	}
	for (guint i = 0; i < types->providers->len; i++) {
		AnzTypeProvider *provider = g_ptr_array_index(types->providers, i);

		if (provider->ops->enumerator &&
		    provider->ops->enumerator(provider, name, value))
			return TRUE;
	}
	return FALSE;
}

typedef struct {
	AnzEnumeratorFunc func;
	gpointer data;
	guint nr;
} EachEnumerator;

static void count_enumerator(const char *name, gint64 value, gpointer data)
{
	EachEnumerator *each = data;

	each->nr++;
	each->func(name, value, each->data);
}

void anz_types_each_enumerator(AnzTypes *types, const char *prefix, AnzEnumeratorFunc func,
			       gpointer data)
{
	EachEnumerator each = { .func = func, .data = data };

	for (guint i = 0; i < types->providers->len && !each.nr; i++) {
		AnzTypeProvider *provider = g_ptr_array_index(types->providers, i);

		if (provider->ops->each_enumerator)
			provider->ops->each_enumerator(provider, prefix, count_enumerator, &each);
	}
}

gboolean anz_types_symbol(AnzTypes *types, const char *name, guint64 *address)
{
	AnzSymbol symbol;

	for (guint i = 0; i < types->providers->len; i++) {
		AnzTypeProvider *provider = symbol_source(types, i);

		if (provider->ops->symbol &&
		    provider->ops->symbol(provider, name, &symbol)) {
			*address = symbol.value + (symbol.slides ? types->slide : 0);
			return TRUE;
		}
	}
	return FALSE;
}

const char *anz_types_symbol_at(AnzTypes *types, guint64 address, guint64 *offset)
{
	for (guint i = 0; i < types->providers->len; i++) {
		AnzTypeProvider *provider = symbol_source(types, i);
		const char *name = provider->ops->symbol_at ?
					   provider->ops->symbol_at(provider, address,
								    types->slide,
								    offset) :
					   NULL;

		if (name)
			return name;
	}
	return NULL;
}
