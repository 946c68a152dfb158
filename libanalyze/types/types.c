/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several sources of types merged into one: first match wins.
 */
#include "types/types.h"

#include <string.h>

#include "types/dwarf-types.h"
#include "types/provider.h"
#include "types/search.h"

/**
 * AnzTypes:
 * @providers: AnzTypeProvider, in the order of precedence
 * @descriptions: of each, and a closing %NULL
 * @kernel: index of the kernel's own; it goes first for symbols, because an overlay that
 *	was linked has an _end, _etext and __bss_start from the linker, which are not the
 *	kernel's
 */
struct AnzTypes {
	GPtrArray *providers;
	GPtrArray *descriptions;
	guint kernel;
	guint64 slide;
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
	g_free(types);
}

void anz_types_add_provider(AnzTypes *types, AnzTypeProvider *provider)
{
	g_ptr_array_add(types->providers, provider);
	g_ptr_array_insert(types->descriptions, (gint)types->descriptions->len - 1,
			   (gpointer)provider->description);
}

/*
 * The DWARF of @path, or of the debug file that completes it; @build_id is @path's own.
 */
static AnzTypeProvider *open_named(const char *path, const AnzTypesOptions *options,
				   char **build_id, GError **error)
{
	g_autoptr(AnzElfFile) file = anz_elf_file_open(path, error);
	g_autoptr(GString) looked = g_string_new(NULL);

	if (!file)
		return NULL;
	*build_id = g_strdup(file->build_id);
	if (file->has_dwarf)
		return anz_dwarf_provider_new(g_steal_pointer(&file), NULL, error);

	AnzElfFile *debug = anz_search_separate(file, options, looked);

	if (!debug) {
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			"%s has no debug info (DWARF); name the vmlinux of the kernel's "
			"debug package with --vmlinux%s%s",
			path,
			looked->len ? "; its separate debug file was looked for in:" : "",
			looked->str);
		return NULL;
	}
	anz_types_log(options, "%s has no DWARF; using %s", path, debug->path);
	return anz_dwarf_provider_new(debug, g_steal_pointer(&file), error);
}

/* Of the files named one must be the dumped kernel's; the others are overlays. */
static gboolean check_build_id(AnzTypes *types, const AnzTypesOptions *options,
			       GPtrArray *ids, GError **error)
{
	GString *named;
	const char *dump = options->dump_name ? options->dump_name : "the dump";

	if (!options->build_id)
		return TRUE;
	for (guint i = 0; i < ids->len; i++) {
		const char *id = g_ptr_array_index(ids, i);

		if (id && g_ascii_strcasecmp(id, options->build_id) == 0) {
			types->kernel = i;
			return TRUE;
		}
	}

	named = g_string_new(NULL);
	for (guint i = 0; i < ids->len; i++) {
		const char *id = g_ptr_array_index(ids, i);

		g_string_append_printf(named, "%s%s has %s%s", i ? ", " : "",
				       options->files[i],
				       id ? "build-id " : "no build-id", id ? id : "");
	}
	if (options->force)
		anz_types_log(options,
			      "%s was made by a kernel with build-id %s, but %s; used "
			      "because of --force",
			      dump, options->build_id, named->str);
	else
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH,
			    "%s was made by a kernel with build-id %s%s%s%s, but %s; "
			    "name the vmlinux of that very build, or use --force to go "
			    "on with this one",
			    dump, options->build_id, options->release ? " (" : "",
			    options->release ? options->release : "",
			    options->release ? ")" : "", named->str);
	g_string_free(named, TRUE);
	return options->force;
}

static gboolean open_files(AnzTypes *types, const AnzTypesOptions *options,
			   GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

	for (const char *const *path = options->files; *path; path++) {
		char *id = NULL;
		AnzTypeProvider *provider = open_named(*path, options, &id, error);

		g_ptr_array_add(ids, id);
		if (!provider)
			return FALSE;
		anz_types_add_provider(types, provider);
	}
	types->kernel = ids->len - 1;
	return check_build_id(types, options, ids, error);
}

static gboolean open_found(AnzTypes *types, const AnzTypesOptions *options,
			   GError **error)
{
	g_autoptr(GString) looked = g_string_new(NULL);
	AnzElfFile *stripped = NULL;
	AnzElfFile *file = anz_search_kernel(options, &stripped, looked);
	const char *release = options->release ? options->release : "RELEASE";

	if (!file) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "no debug info found for kernel %s (build-id %s); install "
			    "its debug package (Debian: linux-image-%s-dbg, "
			    "Ubuntu: linux-image-%s-dbgsym, "
			    "Fedora and RHEL: kernel-debuginfo) or name its vmlinux with "
			    "--vmlinux%s%s",
			    release, options->build_id ? options->build_id : "unknown",
			    release, release, looked->len ? "; looked for:" : "",
			    looked->str);
		return FALSE;
	}
	anz_types_log(options, "debug info: %s", file->path);

	AnzTypeProvider *provider = anz_dwarf_provider_new(file, stripped, error);

	if (!provider)
		return FALSE;
	anz_types_add_provider(types, provider);
	return TRUE;
}

AnzTypes *anz_types_open(const AnzTypesOptions *options, GError **error)
{
	g_autoptr(AnzTypes) types = anz_types_new();
	gboolean ok = options->files && options->files[0] ?
			      open_files(types, options, error) :
			      open_found(types, options, error);

	return ok ? g_steal_pointer(&types) : NULL;
}

void anz_types_set_slide(AnzTypes *types, guint64 slide)
{
	types->slide = slide;
}

const char *const *anz_types_describe(AnzTypes *types)
{
	return (const char *const *)types->descriptions->pdata;
}

static const AnzType *find(AnzTypes *types, AnzTypeNs ns, const char *name,
			   gboolean everywhere)
{
	for (guint i = 0; i < types->providers->len; i++) {
		AnzTypeProvider *provider = g_ptr_array_index(types->providers, i);
		const AnzType *type = provider->ops->find(provider, ns, name, everywhere);

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

		if (provider->ops->enumerator(provider, name, value))
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

/*
 * The @i-th source to ask for symbols: the kernel's own, then the others in their order.
 */
static AnzTypeProvider *symbol_source(AnzTypes *types, guint i)
{
	guint at = i == 0 ? types->kernel : i <= types->kernel ? i - 1 : i;

	return g_ptr_array_index(types->providers, at);
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
