/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF as a source of types: lookups by name.
 *
 * A BTF blob is a header, a list of type records that refer to each other by number
 * (1, 2, ... in the order of the list; 0 is void), and a list of strings
 * (Documentation/bpf/btf.rst).  A kernel's holds some 150,000 records in 5 MB, each type
 * once, so unlike with DWARF there is no choice of compile units and nothing is read
 * late but the index of names.
 *
 * libbpf reads the records and swaps their bytes if need be.  It reports what it cannot
 * read on standard error, and before 1.3 looks at sizes only; so everything it would
 * refuse is refused here first, in words, and its answers are taken for what they are:
 * numbers and offsets out of a file.
 */
#include "types/btf-private.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel refuses strings and types above 16 MiB, 256 times what is usual is no BTF. */
#define MAX_BTF_BYTES ((gsize)1 << 30)

gboolean anz_btf_probe(const void *bytes, gsize len)
{
	const guint8 *b = bytes;

	return len >= 4 && b[2] == BTF_VERSION &&
	       ((b[0] == 0x9f && b[1] == 0xeb) || (b[0] == 0xeb && b[1] == 0x9f));
}

const char *anz_btf_name(const AnzBtf *b, guint32 offset)
{
	const char *name = offset ? btf__name_by_offset(b->btf, offset) : NULL;

	return name && *name ? name : NULL;
}

/**
 * Blob: BTF whose header makes sense; @at to @end are its type records.
 */
typedef struct {
	const guint8 *at, *end;
	gboolean is_swapped;
} Blob;

static guint32 load(const Blob *blob, const guint8 *at)
{
	guint32 v;

	memcpy(&v, at, sizeof(v));
	return blob->is_swapped ? GUINT32_SWAP_LE_BE(v) : v;
}

/* Bytes behind the three words that every record begins with; -1 for a kind unknown here. */
static gssize tail_bytes(guint kind, guint nr_items)
{
	switch (kind) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return nr_items * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return nr_items * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return nr_items * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return nr_items * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return nr_items * sizeof(struct btf_var_secinfo);
	default:
		return -1;
	}
}

static gboolean fail(const char *name, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static gboolean fail(const char *name, GError **error, const char *format, ...)
{
	g_autofree char *why = NULL;
	va_list args;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "BTF of %s: %s", name, why);
	return FALSE;
}

static gboolean check_header(const guint8 *bytes, gsize len, const char *name, gboolean is_split,
			     Blob *blob, GError **error)
{
	const guint8 *strings = bytes;
	guint64 header, type_off, type_len, str_off, str_len;
	guint16 magic;

	if (len < sizeof(struct btf_header) || !anz_btf_probe(bytes, len))
		return fail(name, error, "does not begin with a BTF header of version %u",
			    BTF_VERSION);
	memcpy(&magic, bytes, sizeof(magic));
	blob->is_swapped = magic != BTF_MAGIC;
	header = load(blob, bytes + 4);
	type_off = load(blob, bytes + 8);
	type_len = load(blob, bytes + 12);
	str_off = load(blob, bytes + 16);
	str_len = load(blob, bytes + 20);
	if (header < sizeof(struct btf_header) || header % 4 || type_off % 4 ||
	    (blob->is_swapped && header != sizeof(struct btf_header)))
		return fail(name, error, "senseless header of %" G_GUINT64_FORMAT " bytes",
			    header);
	if (type_off + type_len > str_off || header + str_off + str_len > len)
		return fail(name, error, "cut short: the header speaks of %" G_GUINT64_FORMAT
			    " bytes, there are %" G_GSIZE_FORMAT,
			    header + MAX(type_off + type_len, str_off + str_len), len);
	strings += header + str_off;
	/* What is split from a base may have no strings of its own, and not the empty one. */
	if (is_split ? str_len && strings[str_len - 1] :
		       !str_len || strings[0] || strings[str_len - 1])
		return fail(name, error, is_split ? "its strings do not end with a zero" :
			    "its strings do not begin and end with a zero");
	blob->at = bytes + header + type_off;
	blob->end = blob->at + type_len;
	return TRUE;
}

static gboolean check_records(const Blob *blob, const char *name, GError **error)
{
	const guint8 *at = blob->at;

	for (guint id = 1; at < blob->end; id++) {
		gsize left = blob->end - at;
		guint32 info = left >= sizeof(struct btf_type) ? load(blob, at + 4) : 0;
		gssize tail = tail_bytes(BTF_INFO_KIND(info), BTF_INFO_VLEN(info));

		if (left < sizeof(struct btf_type) ||
		    (tail > 0 && (gsize)tail > left - sizeof(struct btf_type)))
			return fail(name, error, "type %u is cut short", id);
		if (tail < 0)
			return fail(name, error, "type %u is of kind %u, which this memdesc does "
				    "not know; use a vmlinux with DWARF", id, BTF_INFO_KIND(info));
		at += sizeof(struct btf_type) + tail;
	}
	return TRUE;
}

static void add_enumerator(const char *name, gint64 value, gpointer data)
{
	GHashTable *enumerators = data;

	if (!g_hash_table_contains(enumerators, name))
		g_hash_table_insert(enumerators, (gpointer)name,
				    g_memdup2(&value, sizeof(value)));
}

static GHashTable *enumerators(AnzBtf *b)
{
	if (b->enumerators)
		return b->enumerators;
	b->enumerators = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	for (guint id = b->first_id; id < b->nr_types; id++)
		anz_btf_each_enumerator(b, btf__type_by_id(b->btf, id), add_enumerator,
					b->enumerators);
	return b->enumerators;
}

static int name_space(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return ANZ_TYPE_NS_TAG;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return ANZ_TYPE_NS_ENUM;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return ANZ_TYPE_NS_TYPEDEF;
	default:
		return -1;
	}
}

static void index_names(AnzBtf *b)
{
	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		b->defined[ns] = g_hash_table_new(g_str_hash, g_str_equal);
	/* Of several with one name the first counts: from the last on, so it comes to stay. */
	for (guint id = b->nr_types; id-- > b->first_id; ) {
		const struct btf_type *t = btf__type_by_id(b->btf, id);
		int ns = t ? name_space(t) : -1;
		const char *name = ns >= 0 ? anz_btf_name(b, t->name_off) : NULL;

		/* An enum without values is a declaration. */
		if (!name || (ns == ANZ_TYPE_NS_ENUM && !btf_vlen(t)))
			continue;
		g_hash_table_replace(b->defined[ns], (gpointer)name, GUINT_TO_POINTER(id));
	}
}

static const AnzType *find_type(AnzTypeProvider *provider, AnzTypeNs ns, const char *name,
				G_GNUC_UNUSED gboolean everywhere)
{
	AnzBtf *b = (AnzBtf *)provider;
	guint32 id;

	if (!b->defined[ns])
		index_names(b);
	id = GPOINTER_TO_UINT(g_hash_table_lookup(b->defined[ns], name));
	return id ? anz_btf_build(b, id) : NULL;
}

static gboolean find_enumerator(AnzTypeProvider *provider, const char *name,
				gint64 *value)
{
	const gint64 *have = g_hash_table_lookup(enumerators((AnzBtf *)provider), name);

	if (!have)
		return FALSE;
	*value = *have;
	return TRUE;
}

static void each_enumerator(AnzTypeProvider *provider, const char *prefix,
			    AnzEnumeratorFunc func, gpointer data)
{
	anz_provider_each_enumerator(enumerators((AnzBtf *)provider), prefix, func, data);
}

static gboolean find_symbol(AnzTypeProvider *provider, const char *name, AnzSymbol *out)
{
	AnzBtf *b = (AnzBtf *)provider;

	return b->symbols && anz_symbols_find(b->symbols, name, out);
}

static const char *find_symbol_at(AnzTypeProvider *provider, guint64 address, guint64 slide,
				  guint64 *offset)
{
	AnzBtf *b = (AnzBtf *)provider;

	return b->symbols ? anz_symbols_at(b->symbols, address, slide, offset) : NULL;
}

static void provider_free(AnzTypeProvider *provider)
{
	AnzBtf *b = (AnzBtf *)provider;

	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		g_clear_pointer(&b->defined[ns], g_hash_table_unref);
	g_clear_pointer(&b->enumerators, g_hash_table_unref);
	g_clear_pointer(&b->building, g_hash_table_unref);
	g_clear_pointer(&b->garbage, g_ptr_array_unref);
	g_free(b->built);
	g_free(b->shells);
	btf__free(b->btf);
	anz_symbols_free(b->symbols);
	anz_elf_file_free(b->file);
	g_free(b->description);
	g_free(b);
}

static const AnzTypeProviderOps btf_ops = {
	.kind = "BTF",
	.find = find_type,
	.enumerator = find_enumerator,
	.each_enumerator = each_enumerator,
	.symbol = find_symbol,
	.symbol_at = find_symbol_at,
	.free = provider_free,
};

/* pahole has written kind_flag for signed enums since 1.24; no kernel is without one. */
static gboolean says_signed(const AnzBtf *b)
{
	if (b->base && b->base->signed_enums)
		return TRUE;
	for (guint id = b->first_id; id < b->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(b->btf, id);

		if (t && btf_is_any_enum(t) && btf_kflag(t))
			return TRUE;
	}
	return FALSE;
}

/*
 * libbpf declares btf__new_split() but before 1.6 does not export it; what it does export reads files.
 * Hence a file that is nowhere.
 */
static struct btf *new_split(const guint8 *bytes, gsize len, struct btf *base)
{
	char path[64];
	struct btf *btf;
	int fd = memfd_create("btf", MFD_CLOEXEC);

	if (fd < 0)
		return NULL;
	for (gsize done = 0; done < len; ) {
		gssize n = write(fd, bytes + done, len - done);

		if (n <= 0)
			break;
		done += n;
	}
	g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	btf = btf__parse_raw_split(path, base);
	close(fd);
	return btf;
}

static AnzTypeProvider *provider_new(const void *bytes, gsize len, const char *name, AnzBtf *base,
				     GError **error)
{
	struct btf *btf;
	AnzBtf *b;
	Blob blob = { 0 };

	if (len > MAX_BTF_BYTES) {
		fail(name, error, "%" G_GSIZE_FORMAT " bytes are too much", len);
		return NULL;
	}
	if (!check_header(bytes, len, name, base != NULL, &blob, error) ||
	    !check_records(&blob, name, error))
		return NULL;
	btf = base ? new_split(bytes, len, base->btf) : btf__new(bytes, len);
	if (!btf) {
		fail(name, error, "libbpf cannot read it");
		return NULL;
	}
	b = g_new0(AnzBtf, 1);
	b->provider.ops = &btf_ops;
	b->description = g_strdup_printf("BTF of %s", name);
	b->provider.description = b->description;
	b->btf = btf;
	b->base = base;
	b->first_id = base ? base->nr_types : 1;
	b->nr_types = btf__type_cnt(btf);
	b->built = g_new0(const AnzType *, b->nr_types - b->first_id + 1);
	b->shells = g_new0(const AnzType *, b->nr_types - b->first_id + 1);
	b->building = g_hash_table_new(NULL, NULL);
	b->garbage = g_ptr_array_new_with_free_func(g_free);
	b->signed_enums = says_signed(b);
	return &b->provider;
}

AnzTypeProvider *anz_btf_provider_new(const void *bytes, gsize len, const char *name,
				      GError **error)
{
	return provider_new(bytes, len, name, NULL, error);
}

AnzTypeProvider *anz_btf_provider_new_split(const void *bytes, gsize len, const char *name,
					    AnzTypeProvider *base, GError **error)
{
	g_return_val_if_fail(base->ops == &btf_ops, NULL);
	return provider_new(bytes, len, name, (AnzBtf *)base, error);
}

AnzTypeProvider *anz_btf_provider_new_elf(AnzElfFile *file, GError **error)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = anz_elf_file_section(file, ".BTF", &shdr);
	Elf_Data *data = scn ? elf_rawdata(scn, NULL) : NULL;
	g_autofree char *absolute = g_canonicalize_filename(file->path, NULL);
	AnzTypeProvider *provider = NULL;

	if (data && data->d_buf)
		provider = anz_btf_provider_new(data->d_buf, data->d_size, absolute, error);
	else
		fail(file->path, error, "the section cannot be read: %s", elf_errmsg(-1));
	if (!provider) {
		anz_elf_file_free(file);
		return NULL;
	}
	((AnzBtf *)provider)->file = file;
	((AnzBtf *)provider)->symbols = anz_symbols_new(file);
	return provider;
}
