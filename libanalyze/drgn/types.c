/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From drgn's types to AnzType.  As with DWARF and BTF a struct is built with all that lies inside it, and
 * what a pointer leads to is only named (a "shell").  Each of drgn's types is built once.
 */
#include "drgn/private.h"

#define MAX_CHAIN 64	/* typedefs before a type */
#define MAX_NESTING 64	/* structs within structs */
#define MAX_PLACES 65536	/* addresses whose symbol is kept */

/* Below any kernel's addresses: where the linker puts per-cpu variables that have none of their own. */
#define ABSOLUTE_END (1u << 24)

typedef struct {
	AnzTypeProvider provider;
	AnzDrgn *drgn;
	GHashTable *built, *shells;	/* struct drgn_type * -> AnzType * */
	GPtrArray *garbage;
	GStringChunk *names;
	GHashTable *places;	/* address -> Place */
} DrgnTypes;

/* What stands at an address: no name if nothing does. */
typedef struct {
	const char *name;
	guint64 offset;
} Place;

static const AnzType type_void = { .kind = ANZ_TYPE_VOID };

static const AnzType *build(DrgnTypes *d, struct drgn_type *type, gboolean shell, guint nesting);

static gpointer own(DrgnTypes *d, gpointer block)
{
	if (block)
		g_ptr_array_add(d->garbage, block);
	return block;
}

static AnzTypeKind kind_of(struct drgn_type *type)
{
	switch (drgn_type_kind(type)) {
	case DRGN_TYPE_INT:
	case DRGN_TYPE_BOOL:
		return ANZ_TYPE_INT;
	case DRGN_TYPE_FLOAT:
		return ANZ_TYPE_FLOAT;
	case DRGN_TYPE_STRUCT:
	case DRGN_TYPE_CLASS:
		return ANZ_TYPE_STRUCT;
	case DRGN_TYPE_UNION:
		return ANZ_TYPE_UNION;
	case DRGN_TYPE_ENUM:
		return ANZ_TYPE_ENUM;
	case DRGN_TYPE_POINTER:
		return ANZ_TYPE_POINTER;
	case DRGN_TYPE_ARRAY:
		return ANZ_TYPE_ARRAY;
	case DRGN_TYPE_FUNCTION:
		return ANZ_TYPE_FUNCTION;
	default:
		return ANZ_TYPE_VOID;
	}
}

static void fill_members(DrgnTypes *d, struct drgn_type *type, guint nesting, AnzType *to)
{
	struct drgn_type_member *members = drgn_type_members(type);
	size_t nr = drgn_type_num_members(type);
	GArray *list = g_array_new(FALSE, FALSE, sizeof(AnzTypeMember));

	for (size_t i = 0; i < nr; i++) {
		struct drgn_qualified_type of;
		uint64_t bits = 0;
		AnzTypeMember member = { .name = members[i].name,
					 .bit_offset = members[i].bit_offset };

		if (!anz_drgn_found(drgn_member_type(&members[i], &of, &bits)))
			continue;
		member.bit_size = bits;
		member.type = build(d, of.type, FALSE, nesting + 1);
		/* An ordinary member begins at a byte. */
		if (bits <= 64 && (bits || member.bit_offset % 8 == 0))
			g_array_append_val(list, member);
	}
	to->nr_members = list->len;
	to->members = own(d, g_array_free(list, FALSE));
}

static void fill_enum(DrgnTypes *d, struct drgn_type *type, AnzType *to)
{
	struct drgn_type *of = drgn_type_type(type).type;
	struct drgn_type_enumerator *from = drgn_type_enumerators(type);
	size_t nr = drgn_type_num_enumerators(type);
	AnzEnumerator *list = g_new0(AnzEnumerator, nr + 1);

	if (of) {
		to->size = drgn_type_size(of);
		to->is_signed = drgn_type_is_signed(of);
	}
	for (size_t i = 0; i < nr; i++)
		list[i] = (AnzEnumerator){ .name = from[i].name, .value = from[i].svalue };
	to->enumerators = own(d, list);
	to->nr_enumerators = nr;
}

static void fill(DrgnTypes *d, struct drgn_type *type, gboolean shell, guint nesting, AnzType *to)
{
	gboolean is_complete = drgn_type_is_complete(type);

	switch (to->kind) {
	case ANZ_TYPE_INT:
		to->size = drgn_type_size(type);
		to->is_signed = drgn_type_kind(type) == DRGN_TYPE_INT && drgn_type_is_signed(type);
		break;
	case ANZ_TYPE_FLOAT:
		to->size = drgn_type_size(type);
		break;
	case ANZ_TYPE_POINTER:
		to->size = drgn_type_size(type);
		to->target = build(d, drgn_type_type(type).type, TRUE, nesting + 1);
		break;
	case ANZ_TYPE_ARRAY:
		to->target = build(d, drgn_type_type(type).type, shell, nesting + 1);
		to->nr_elems = is_complete ? drgn_type_length(type) : 0;
		if (!g_uint64_checked_mul(&to->size, to->nr_elems, to->target->size))
			to->size = 0;
		break;
	case ANZ_TYPE_ENUM:
		if (!shell && is_complete)
			fill_enum(d, type, to);
		break;
	case ANZ_TYPE_STRUCT:
	case ANZ_TYPE_UNION:
		if (!shell && is_complete) {
			to->size = drgn_type_size(type);
			fill_members(d, type, nesting, to);
		}
		break;
	default:
		break;
	}
}

static const char *name_of(struct drgn_type *type, AnzTypeKind kind)
{
	switch (kind) {
	case ANZ_TYPE_STRUCT:
	case ANZ_TYPE_UNION:
	case ANZ_TYPE_ENUM:
		return drgn_type_tag(type);
	case ANZ_TYPE_INT:
	case ANZ_TYPE_FLOAT:
		return drgn_type_name(type);
	default:
		return NULL;
	}
}

static const AnzType *build(DrgnTypes *d, struct drgn_type *type, gboolean shell, guint nesting)
{
	GHashTable *cache = shell ? d->shells : d->built;
	const char *alias = NULL;
	AnzType *to;
	guint chain = 0;
	struct drgn_type *core = type;

	to = g_hash_table_lookup(cache, type);
	if (to)
		return to;
	for (; drgn_type_kind(core) == DRGN_TYPE_TYPEDEF; core = drgn_type_type(core).type) {
		if (++chain > MAX_CHAIN)
			return &type_void;
		if (!alias)
			alias = drgn_type_name(core);
	}
	if (drgn_type_kind(core) == DRGN_TYPE_VOID && !alias)
		return &type_void;
	to = own(d, g_new0(AnzType, 1));
	to->kind = kind_of(core);
	to->name = name_of(core, to->kind);
	to->alias = alias;
	if (nesting > MAX_NESTING)
		return to;
	/* Before it is filled: a struct that is met inside itself is itself. */
	g_hash_table_insert(cache, type, to);
	fill(d, core, shell, nesting, to);
	return to;
}

static struct drgn_type *find_type(DrgnTypes *d, const char *keyword, const char *name)
{
	g_autofree char *full = g_strconcat(keyword, name, NULL);
	struct drgn_qualified_type found;

	return anz_drgn_found(drgn_program_find_type(d->drgn->program, full, NULL, &found)) ?
	       found.type : NULL;
}

static const AnzType *find(AnzTypeProvider *provider, AnzTypeNs ns, const char *name,
			   gboolean everywhere)
{
	DrgnTypes *d = (DrgnTypes *)provider;
	struct drgn_type *type = NULL;
	const AnzType *built = NULL;

	(void)everywhere;
	g_mutex_lock(&d->drgn->lock);
	switch (ns) {
	case ANZ_TYPE_NS_TAG:
		type = find_type(d, "struct ", name);
		if (!type)
			type = find_type(d, "union ", name);
		break;
	case ANZ_TYPE_NS_ENUM:
		type = find_type(d, "enum ", name);
		break;
	case ANZ_TYPE_NS_TYPEDEF:
		type = find_type(d, "", name);
		break;
	case ANZ_N_TYPE_NS:
		break;
	}
	if (type && (ns == ANZ_TYPE_NS_TYPEDEF || drgn_type_is_complete(type)))
		built = build(d, type, FALSE, 0);
	g_mutex_unlock(&d->drgn->lock);
	return built;
}

static gboolean enumerator(AnzTypeProvider *provider, const char *name, gint64 *value)
{
	DrgnTypes *d = (DrgnTypes *)provider;
	struct drgn_object object;
	int64_t read = 0;
	uint64_t read_unsigned = 0;
	gboolean ok = FALSE;

	g_mutex_lock(&d->drgn->lock);
	drgn_object_init(&object, d->drgn->program);
	if (anz_drgn_found(drgn_program_find_object(d->drgn->program, name, NULL,
						    DRGN_FIND_OBJECT_CONSTANT, &object))) {
		ok = anz_drgn_found(drgn_object_read_signed(&object, &read));
		if (!ok && (ok = anz_drgn_found(drgn_object_read_unsigned(&object, &read_unsigned))))
			read = (int64_t)read_unsigned;
	}
	drgn_object_deinit(&object);
	g_mutex_unlock(&d->drgn->lock);
	if (ok)
		*value = read;
	return ok;
}

/* drgn lists no types; these enums are what is ever asked for by a prefix. */
static void each_enumerator(AnzTypeProvider *provider, const char *prefix, AnzEnumeratorFunc func,
			    gpointer data)
{
	static const char *const enums[] = { "vm_event_item", "pageflags", "pagetype", "memdesc_type" };

	for (guint i = 0; i < G_N_ELEMENTS(enums); i++) {
		const AnzType *type = find(provider, ANZ_TYPE_NS_ENUM, enums[i], FALSE);

		for (guint k = 0; type && k < type->nr_enumerators; k++)
			if (g_str_has_prefix(type->enumerators[k].name, prefix))
				func(type->enumerators[k].name, type->enumerators[k].value, data);
	}
}

static gboolean symbol(AnzTypeProvider *provider, const char *name, AnzSymbol *out)
{
	DrgnTypes *d = (DrgnTypes *)provider;
	struct drgn_symbol *found = NULL;
	gboolean ok;

	g_mutex_lock(&d->drgn->lock);
	ok = anz_drgn_found(drgn_program_find_symbol_by_name(d->drgn->program, name, &found));
	if (ok) {
		/* drgn moves per-cpu variables along with the kernel, although they stay where they are. */
		*out = (AnzSymbol){ .value = drgn_symbol_address(found) - d->drgn->kernel_offset,
				    .size = drgn_symbol_size(found) };
		out->slides = out->value >= ABSOLUTE_END;
		drgn_symbol_destroy(found);
	}
	g_mutex_unlock(&d->drgn->lock);
	return ok;
}

static Place find_place(DrgnTypes *d, guint64 address)
{
	struct drgn_symbol *found = NULL;
	Place place = { NULL, 0 };

	if (!anz_drgn_found(drgn_program_find_symbol_by_address(d->drgn->program, address, &found)))
		return place;
	place.name = g_string_chunk_insert_const(d->names, drgn_symbol_name(found));
	place.offset = address - drgn_symbol_address(found);
	drgn_symbol_destroy(found);
	return place;
}

/*
 * drgn takes and gives addresses as they are at run time.  It goes over all symbols for each, so that what
 * was asked for is kept: of a million pages many have the same function behind them.
 */
static const char *symbol_at(AnzTypeProvider *provider, guint64 address, guint64 slide,
			     guint64 *offset)
{
	DrgnTypes *d = (DrgnTypes *)provider;
	const Place *known;
	Place place;

	(void)slide;
	g_mutex_lock(&d->drgn->lock);
	known = g_hash_table_lookup(d->places, &address);
	place = known ? *known : find_place(d, address);
	if (!known && g_hash_table_size(d->places) < MAX_PLACES)
		g_hash_table_insert(d->places, g_memdup2(&address, sizeof(address)),
				    g_memdup2(&place, sizeof(place)));
	g_mutex_unlock(&d->drgn->lock);
	if (place.name && offset)
		*offset = place.offset;
	return place.name;
}

static void types_free(AnzTypeProvider *provider)
{
	DrgnTypes *d = (DrgnTypes *)provider;

	g_hash_table_unref(d->built);
	g_hash_table_unref(d->shells);
	g_ptr_array_unref(d->garbage);
	g_string_chunk_free(d->names);
	g_hash_table_unref(d->places);
	g_free(d);
}

static const AnzTypeProviderOps ops = {
	.kind = "drgn",
	.find = find,
	.enumerator = enumerator,
	.each_enumerator = each_enumerator,
	.symbol = symbol,
	.symbol_at = symbol_at,
	.free = types_free,
};

AnzTypeProvider *anz_drgn_provider_new(AnzDrgn *drgn)
{
	DrgnTypes *d = g_new0(DrgnTypes, 1);

	d->provider.ops = &ops;
	d->provider.description = "the drgn program";
	d->drgn = drgn;
	d->built = g_hash_table_new(NULL, NULL);
	d->shells = g_hash_table_new(NULL, NULL);
	d->garbage = g_ptr_array_new_with_free_func(g_free);
	d->names = g_string_chunk_new(4096);
	d->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	return &d->provider;
}
