/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for libdrgn, for tests of libanalyze/drgn where the real one is not at hand: those of its
 * functions that are used there, with their names and arguments, and nothing else.  Never installed.
 */
#ifndef STANDIN_DRGN_H
#define STANDIN_DRGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drgn_error;
struct drgn_program;
struct drgn_platform;
struct drgn_symbol;
struct drgn_type;

enum drgn_error_code {
	DRGN_ERROR_OTHER,
	DRGN_ERROR_OS,
	DRGN_ERROR_MISSING_DEBUG_INFO,
	DRGN_ERROR_LOOKUP,
	DRGN_ERROR_FAULT,
};

enum drgn_error_code drgn_error_code(struct drgn_error *err);
char *drgn_error_string(struct drgn_error *err);
void drgn_error_destroy(struct drgn_error *err);

enum drgn_architecture { DRGN_ARCH_UNKNOWN, DRGN_ARCH_X86_64, DRGN_ARCH_AARCH64 };
enum drgn_platform_flags { DRGN_PLATFORM_IS_LITTLE_ENDIAN = 1 };
enum drgn_architecture drgn_platform_arch(const struct drgn_platform *platform);
enum drgn_platform_flags drgn_platform_flags(const struct drgn_platform *platform);

enum drgn_program_flags { DRGN_PROGRAM_IS_LINUX_KERNEL = 1, DRGN_PROGRAM_IS_LIVE = 2 };
struct drgn_error *drgn_program_create(const struct drgn_platform *platform,
				       struct drgn_program **ret);
void drgn_program_destroy(struct drgn_program *prog);
struct drgn_error *drgn_program_set_core_dump(struct drgn_program *prog, const char *path);
struct drgn_error *drgn_program_set_kernel(struct drgn_program *prog);
struct drgn_error *drgn_program_load_debug_info(struct drgn_program *prog, const char **paths, size_t n,
						bool load_default, bool load_main);
enum drgn_program_flags drgn_program_flags(struct drgn_program *prog);
const struct drgn_platform *drgn_program_platform(struct drgn_program *prog);
struct drgn_error *drgn_program_read_memory(struct drgn_program *prog, void *buf, uint64_t address,
					    size_t count, bool physical);
struct drgn_error *drgn_program_read_u64(struct drgn_program *prog, uint64_t address, bool physical,
					 uint64_t *ret);

struct drgn_error *drgn_program_find_symbol_by_name(struct drgn_program *prog, const char *name,
						    struct drgn_symbol **ret);
struct drgn_error *drgn_program_find_symbol_by_address(struct drgn_program *prog, uint64_t address,
						       struct drgn_symbol **ret);
const char *drgn_symbol_name(struct drgn_symbol *sym);
uint64_t drgn_symbol_address(struct drgn_symbol *sym);
uint64_t drgn_symbol_size(struct drgn_symbol *sym);
void drgn_symbol_destroy(struct drgn_symbol *sym);

enum drgn_type_kind {
	DRGN_TYPE_VOID = 1, DRGN_TYPE_INT, DRGN_TYPE_BOOL, DRGN_TYPE_FLOAT, DRGN_TYPE_STRUCT,
	DRGN_TYPE_UNION, DRGN_TYPE_CLASS, DRGN_TYPE_ENUM, DRGN_TYPE_TYPEDEF, DRGN_TYPE_POINTER,
	DRGN_TYPE_ARRAY, DRGN_TYPE_FUNCTION,
};

struct drgn_qualified_type {
	struct drgn_type *type;
	int qualifiers;
};

struct drgn_type_member {
	const void *object;
	const char *name;
	uint64_t bit_offset;
};

struct drgn_type_enumerator {
	const char *name;
	union {
		int64_t svalue;
		uint64_t uvalue;
	};
};

struct drgn_error *drgn_program_find_type(struct drgn_program *prog, const char *name,
					  const char *filename, struct drgn_qualified_type *ret);
enum drgn_type_kind drgn_type_kind(struct drgn_type *type);
const char *drgn_type_name(struct drgn_type *type);
const char *drgn_type_tag(struct drgn_type *type);
bool drgn_type_is_complete(struct drgn_type *type);
uint64_t drgn_type_size(struct drgn_type *type);
bool drgn_type_is_signed(struct drgn_type *type);
uint64_t drgn_type_length(struct drgn_type *type);
struct drgn_qualified_type drgn_type_type(struct drgn_type *type);
struct drgn_type_member *drgn_type_members(struct drgn_type *type);
size_t drgn_type_num_members(struct drgn_type *type);
struct drgn_error *drgn_member_type(struct drgn_type_member *member,
				    struct drgn_qualified_type *type_ret, uint64_t *bit_field_size_ret);
struct drgn_type_enumerator *drgn_type_enumerators(struct drgn_type *type);
size_t drgn_type_num_enumerators(struct drgn_type *type);

struct drgn_object {
	struct drgn_program *program;
	int64_t value;
};

enum drgn_find_object_flags { DRGN_FIND_OBJECT_CONSTANT = 1 };
void drgn_object_init(struct drgn_object *obj, struct drgn_program *prog);
void drgn_object_deinit(struct drgn_object *obj);
struct drgn_error *drgn_program_find_object(struct drgn_program *prog, const char *name,
					    const char *filename, enum drgn_find_object_flags flags,
					    struct drgn_object *ret);
struct drgn_error *drgn_object_read_signed(const struct drgn_object *obj, int64_t *ret);
struct drgn_error *drgn_object_read_unsigned(const struct drgn_object *obj, uint64_t *ret);

#endif
