/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stand-in's functions, on top of the library's own readers: what libanalyze/drgn makes of them must
 * be what the readers say.  Everything goes through the types of drgn.h, as with the real library.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drgn.h"
#include "image/vmcoreinfo.h"
#include "types/provider.h"

#define MAX_ASKED 16	/* times the symbol at one address may be asked for */

struct drgn_error {
	enum drgn_error_code code;
	char *message;
};

struct drgn_platform {
	enum drgn_architecture arch;
	enum drgn_platform_flags flags;
};

struct drgn_symbol {
	char *name;
	uint64_t address;
};

/* One of the readers' types; one that was reached by a typedef has two, the typedef first. */
struct drgn_type {
	struct drgn_program *program;
	const AnzType *of;
	gboolean is_typedef;
	struct drgn_type_member *members;
	struct drgn_type_enumerator *enumerators;
};

struct drgn_program {
	AnzImage *image;
	AnzTypes *types;
	struct drgn_platform platform;
	uint64_t kernel_offset;
	GHashTable *typedefs, *cores;	/* AnzType -> drgn_type */
	GHashTable *asked;		/* address -> how often its symbol was asked for */
};

/* --- errors --- */

static struct drgn_error *fail(enum drgn_error_code code, const char *message)
{
	struct drgn_error *err = g_new0(struct drgn_error, 1);

	err->code = code;
	err->message = g_strdup(message);
	return err;
}

enum drgn_error_code drgn_error_code(struct drgn_error *err)
{
	return err->code;
}

char *drgn_error_string(struct drgn_error *err)
{
	return strdup(err->message);
}

void drgn_error_destroy(struct drgn_error *err)
{
	if (!err)
		return;
	g_free(err->message);
	g_free(err);
}

/* --- programs --- */

static void type_free(gpointer data)
{
	struct drgn_type *type = data;

	g_free(type->members);
	g_free(type->enumerators);
	g_free(type);
}

struct drgn_error *drgn_program_create(const struct drgn_platform *platform, struct drgn_program **ret)
{
	struct drgn_program *prog = g_new0(struct drgn_program, 1);

	(void)platform;
	prog->typedefs = g_hash_table_new_full(NULL, NULL, NULL, type_free);
	prog->cores = g_hash_table_new_full(NULL, NULL, NULL, type_free);
	prog->asked = g_hash_table_new(NULL, NULL);
	*ret = prog;
	return NULL;
}

void drgn_program_destroy(struct drgn_program *prog)
{
	g_hash_table_unref(prog->typedefs);
	g_hash_table_unref(prog->cores);
	g_hash_table_unref(prog->asked);
	anz_types_free(prog->types);
	anz_image_free(prog->image);
	g_free(prog);
}

struct drgn_error *drgn_program_set_core_dump(struct drgn_program *prog, const char *path)
{
	const char *paths[] = { path, NULL };
	g_autoptr(GError) error = NULL;

	prog->image = anz_image_open(paths, NULL, &error);
	if (!prog->image)
		return fail(DRGN_ERROR_OS, error->message);
	prog->platform.arch = anz_image_arch(prog->image) == ANZ_ARCH_X86_64 ? DRGN_ARCH_X86_64 :
			      anz_image_arch(prog->image) == ANZ_ARCH_AARCH64 ? DRGN_ARCH_AARCH64 :
			      DRGN_ARCH_UNKNOWN;
	prog->platform.flags = anz_image_is_big_endian(prog->image) ? 0 : DRGN_PLATFORM_IS_LITTLE_ENDIAN;
	anz_vmcoreinfo_kernel_offset(anz_image_vmcoreinfo(prog->image), &prog->kernel_offset);
	return NULL;
}

struct drgn_error *drgn_program_set_kernel(struct drgn_program *prog)
{
	return drgn_program_set_core_dump(prog, "live");
}

struct drgn_error *drgn_program_load_debug_info(struct drgn_program *prog, const char **paths, size_t n,
						bool load_default, bool load_main)
{
	AnzTypesOptions options = { .files = paths, .image = prog->image, .force = TRUE };
	g_autoptr(GError) error = NULL;

	(void)load_default;
	/* Debug information that is installed: this one looks nowhere. */
	if (load_main && !n)
		return fail(DRGN_ERROR_MISSING_DEBUG_INFO, "missing debugging symbols");
	prog->types = anz_types_open(&options, &error);
	if (!prog->types)
		return fail(DRGN_ERROR_MISSING_DEBUG_INFO, error->message);
	anz_types_set_slide(prog->types, prog->kernel_offset);
	return NULL;
}

enum drgn_program_flags drgn_program_flags(struct drgn_program *prog)
{
	return DRGN_PROGRAM_IS_LINUX_KERNEL | (anz_image_is_live(prog->image) ? DRGN_PROGRAM_IS_LIVE : 0);
}

const struct drgn_platform *drgn_program_platform(struct drgn_program *prog)
{
	return &prog->platform;
}

enum drgn_architecture drgn_platform_arch(const struct drgn_platform *platform)
{
	return platform->arch;
}

enum drgn_platform_flags drgn_platform_flags(const struct drgn_platform *platform)
{
	return platform->flags;
}

struct drgn_error *drgn_program_read_memory(struct drgn_program *prog, void *buf, uint64_t address,
					    size_t count, bool physical)
{
	gsize got = physical ? anz_image_read_phys(prog->image, address, buf, count, NULL) :
			       anz_image_read_virt(prog->image, address, buf, count, NULL);

	return got == count ? NULL : fail(DRGN_ERROR_FAULT, "could not read memory");
}

struct drgn_error *drgn_program_read_u64(struct drgn_program *prog, uint64_t address, bool physical,
					 uint64_t *ret)
{
	guint8 raw[8];
	struct drgn_error *err = drgn_program_read_memory(prog, raw, address, sizeof(raw), physical);

	if (!err)
		*ret = anz_load64(raw, anz_image_is_big_endian(prog->image));
	return err;
}

/* --- symbols --- */

static struct drgn_error *new_symbol(const char *name, uint64_t address, struct drgn_symbol **ret)
{
	*ret = g_new0(struct drgn_symbol, 1);
	(*ret)->name = g_strdup(name);
	(*ret)->address = address;
	return NULL;
}

/* As the real one does, this moves per-cpu variables along with the kernel. */
struct drgn_error *drgn_program_find_symbol_by_name(struct drgn_program *prog, const char *name,
						    struct drgn_symbol **ret)
{
	guint64 address;

	if (!anz_types_symbol(prog->types, name, &address))
		return fail(DRGN_ERROR_LOOKUP, "no such symbol");
	return new_symbol(name, address >> 63 ? address : address + prog->kernel_offset, ret);
}

struct drgn_error *drgn_program_find_symbol_by_address(struct drgn_program *prog, uint64_t address,
						       struct drgn_symbol **ret)
{
	gpointer key = GSIZE_TO_POINTER(address);
	guint nr = GPOINTER_TO_UINT(g_hash_table_lookup(prog->asked, key)) + 1;
	guint64 offset;
	const char *name = anz_types_symbol_at(prog->types, address, &offset);

	/* The real one goes over all symbols each time: nobody may ask for every page. */
	if (nr > MAX_ASKED)
		g_error("the symbol at 0x%" PRIx64 " was asked for more than %d times", address, MAX_ASKED);
	g_hash_table_insert(prog->asked, key, GUINT_TO_POINTER(nr));
	return name ? new_symbol(name, address - offset, ret) : fail(DRGN_ERROR_LOOKUP, "no symbol there");
}

const char *drgn_symbol_name(struct drgn_symbol *sym)
{
	return sym->name;
}

uint64_t drgn_symbol_address(struct drgn_symbol *sym)
{
	return sym->address;
}

uint64_t drgn_symbol_size(struct drgn_symbol *sym)
{
	(void)sym;
	return 0;
}

void drgn_symbol_destroy(struct drgn_symbol *sym)
{
	g_free(sym->name);
	g_free(sym);
}

/* --- types --- */

static struct drgn_type *wrap(struct drgn_program *prog, const AnzType *of, gboolean is_typedef)
{
	GHashTable *cache = is_typedef ? prog->typedefs : prog->cores;
	struct drgn_type *type = g_hash_table_lookup(cache, of);

	if (type)
		return type;
	type = g_new0(struct drgn_type, 1);
	*type = (struct drgn_type){ .program = prog, .of = of, .is_typedef = is_typedef };
	if (!is_typedef) {
		type->members = g_new0(struct drgn_type_member, of->nr_members + 1);
		for (guint i = 0; i < of->nr_members; i++)
			type->members[i] = (struct drgn_type_member){
				.object = type, .name = of->members[i].name,
				.bit_offset = of->members[i].bit_offset };
		type->enumerators = g_new0(struct drgn_type_enumerator, of->nr_enumerators + 1);
		for (guint i = 0; i < of->nr_enumerators; i++) {
			type->enumerators[i].name = of->enumerators[i].name;
			type->enumerators[i].svalue = of->enumerators[i].value;
		}
	}
	g_hash_table_insert(cache, (gpointer)of, type);
	return type;
}

static struct drgn_qualified_type qualified(struct drgn_program *prog, const AnzType *of)
{
	return (struct drgn_qualified_type){ .type = wrap(prog, of, of->alias != NULL) };
}

struct drgn_error *drgn_program_find_type(struct drgn_program *prog, const char *name,
					  const char *filename, struct drgn_qualified_type *ret)
{
	const AnzType *found;
	AnzTypeKind kind = ANZ_TYPE_VOID;

	(void)filename;
	if (g_str_has_prefix(name, "enum ")) {
		found = anz_types_find_enum(prog->types, name + 5);
	} else if (g_str_has_prefix(name, "struct ") || g_str_has_prefix(name, "union ")) {
		kind = name[0] == 's' ? ANZ_TYPE_STRUCT : ANZ_TYPE_UNION;
		found = anz_types_find(prog->types, strchr(name, ' ') + 1);
		if (found && (found->kind != kind || found->alias))
			found = NULL;
	} else {
		found = anz_types_find(prog->types, name);
		if (found && !found->alias && g_strcmp0(found->name, name) == 0 &&
		    found->kind != ANZ_TYPE_INT)
			found = NULL;
	}
	if (!found)
		return fail(DRGN_ERROR_LOOKUP, "no such type");
	*ret = qualified(prog, found);
	return NULL;
}

enum drgn_type_kind drgn_type_kind(struct drgn_type *type)
{
	static const enum drgn_type_kind kinds[] = {
		[ANZ_TYPE_VOID] = DRGN_TYPE_VOID, [ANZ_TYPE_INT] = DRGN_TYPE_INT,
		[ANZ_TYPE_FLOAT] = DRGN_TYPE_FLOAT, [ANZ_TYPE_POINTER] = DRGN_TYPE_POINTER,
		[ANZ_TYPE_ENUM] = DRGN_TYPE_ENUM, [ANZ_TYPE_STRUCT] = DRGN_TYPE_STRUCT,
		[ANZ_TYPE_UNION] = DRGN_TYPE_UNION, [ANZ_TYPE_ARRAY] = DRGN_TYPE_ARRAY,
		[ANZ_TYPE_FUNCTION] = DRGN_TYPE_FUNCTION,
	};

	return type->is_typedef ? DRGN_TYPE_TYPEDEF : kinds[type->of->kind];
}

const char *drgn_type_name(struct drgn_type *type)
{
	return type->is_typedef ? type->of->alias : type->of->name;
}

const char *drgn_type_tag(struct drgn_type *type)
{
	return type->of->name;
}

bool drgn_type_is_complete(struct drgn_type *type)
{
	if (type->is_typedef)
		return true;
	return type->of->size || type->of->nr_members || type->of->nr_enumerators ||
	       (type->of->kind != ANZ_TYPE_STRUCT && type->of->kind != ANZ_TYPE_UNION &&
		type->of->kind != ANZ_TYPE_ENUM);
}

uint64_t drgn_type_size(struct drgn_type *type)
{
	return type->of->size;
}

bool drgn_type_is_signed(struct drgn_type *type)
{
	return type->of->is_signed;
}

uint64_t drgn_type_length(struct drgn_type *type)
{
	return type->of->nr_elems;
}

/* What is behind a typedef, an array or a pointer; of an enum, an integer like it. */
struct drgn_qualified_type drgn_type_type(struct drgn_type *type)
{
	static const AnzType nothing = { .kind = ANZ_TYPE_VOID };

	if (type->is_typedef || type->of->kind == ANZ_TYPE_ENUM)
		return (struct drgn_qualified_type){ .type = wrap(type->program, type->of, FALSE) };
	return qualified(type->program, type->of->target ? type->of->target : &nothing);
}

struct drgn_type_member *drgn_type_members(struct drgn_type *type)
{
	return type->members;
}

size_t drgn_type_num_members(struct drgn_type *type)
{
	return type->of->nr_members;
}

struct drgn_error *drgn_member_type(struct drgn_type_member *member,
				    struct drgn_qualified_type *type_ret, uint64_t *bit_field_size_ret)
{
	const struct drgn_type *in = member->object;
	const AnzTypeMember *of = &in->of->members[member - in->members];

	*type_ret = qualified(in->program, of->type);
	*bit_field_size_ret = of->bit_size;
	return NULL;
}

struct drgn_type_enumerator *drgn_type_enumerators(struct drgn_type *type)
{
	return type->enumerators;
}

size_t drgn_type_num_enumerators(struct drgn_type *type)
{
	return type->of->nr_enumerators;
}

/* --- constants --- */

void drgn_object_init(struct drgn_object *obj, struct drgn_program *prog)
{
	*obj = (struct drgn_object){ .program = prog };
}

void drgn_object_deinit(struct drgn_object *obj)
{
	obj->program = NULL;
}

struct drgn_error *drgn_program_find_object(struct drgn_program *prog, const char *name,
					    const char *filename, enum drgn_find_object_flags flags,
					    struct drgn_object *ret)
{
	gint64 value;

	(void)filename;
	(void)flags;
	if (!anz_types_enumerator(prog->types, NULL, name, &value))
		return fail(DRGN_ERROR_LOOKUP, "no such constant");
	ret->value = value;
	return NULL;
}

struct drgn_error *drgn_object_read_signed(const struct drgn_object *obj, int64_t *ret)
{
	*ret = obj->value;
	return NULL;
}

struct drgn_error *drgn_object_read_unsigned(const struct drgn_object *obj, uint64_t *ret)
{
	*ret = (uint64_t)obj->value;
	return NULL;
}
