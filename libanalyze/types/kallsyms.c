/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of kallsyms, decoded.
 *
 * A name is a length (one byte; since 6.1 the top bit says that a second byte holds the
 * bits above 7) and so many bytes, each the number of a token.  token_index[byte] is the
 * offset of the token's text in token_table.  The first letter of the whole is the
 * symbol's type as nm prints it, the rest is the name.
 *
 * An address is a 32-bit offset; what it counts from has changed, and nothing in the dump
 * says so but the addresses themselves, so each encoding is held against symbols whose
 * address is known (VMCOREINFO's):
 *   relative	   to kallsyms_relative_base, unsigned
 *   percpu	   where the per-cpu area is linked at 0 (x86-64 before 6.15): numbers >= 0 are
 *		   absolute, negative ones are base - 1 - offset
 *   self	   to the place of the offset itself (7.2)
 *   absolute	   kallsyms_addresses: the 64-bit address (kernels without BASE_RELATIVE)
 * Sources: kernel/kallsyms.c, scripts/kallsyms.c.
 */
#include "types/kallsyms.h"

#include <string.h>

#include "types/name-chains.h"

#define MAX_NAME 1024	/* KSYM_NAME_LEN is 512, the type's letter and the NUL come on top */

typedef enum {
	ENCODING_RELATIVE,
	ENCODING_PERCPU,
	ENCODING_SELF,
	ENCODING_ABSOLUTE,
	NR_ENCODINGS,
} Encoding;

/**
 * Token: a piece of names.
 * @hash: @scale: g_str_hash() of a text that it is added to is that text's hash * @scale +
 *	@hash; so a name is hashed by the token, eight times faster than by the letter
 * @tail_hash: @tail_scale: the same for all but its first letter
 */
typedef struct {
	const char *text;
	guint32 hash, scale;
	guint32 tail_hash, tail_scale;
} Token;

/**
 * AnzKallsyms:
 * @name_at: offset of each symbol's name in @tables.names
 * @chains: 1 + number of a symbol by name
 * @names: number of a symbol -> its name, of those that were asked by address
 * @first: @last: run-time addresses of the kernel image's ends; 0 if unknown
 */
typedef struct {
	AnzTypeProvider provider;
	AnzKallsymsTables tables;
	Encoding encoding;
	guint64 slide;
	guint32 *name_at;
	Token token[256];
	AnzNameChains chains;
	GHashTable *names;
	guint64 first, last;
} AnzKallsyms;

/* Length and place of the tokens of the name at @at; %FALSE if it is not all there. */
static gboolean name_tokens(const AnzKallsymsTables *t, guint32 at, const guint8 **tokens,
			    guint *nr)
{
	gsize left = t->names_len - at;

	if (!left)
		return FALSE;
	*nr = t->names[at];
	*tokens = t->names + at + 1;
	left--;
	if (*nr & 0x80) {
		if (!left)
			return FALSE;
		*nr = (*nr & 0x7f) | (guint)*(*tokens)++ << 7;
		left--;
	}
	return *nr <= left;
}

/* Type letter and name of symbol @i.  %FALSE if it is empty or senselessly long. */
static gboolean expand(const AnzKallsyms *k, guint32 i, char buf[MAX_NAME])
{
	const guint8 *tokens;
	char *out = buf, *end = buf + MAX_NAME - 1;
	guint nr;

	if (!name_tokens(&k->tables, k->name_at[i], &tokens, &nr))
		return FALSE;
	for (guint n = 0; n < nr; n++) {
		for (const char *c = k->token[tokens[n]].text; *c; c++) {
			if (out == end)
				return FALSE;
			*out++ = *c;
		}
	}
	*out = '\0';
	return out - buf >= 2;
}

static gboolean fail(GError **error, const char *why)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "kallsyms of the dump: %s", why);
	return FALSE;
}

/* g_str_hash() begins with 5381 and, for each letter, takes hash * 33 + letter. */
static void hash_text(const char *text, guint32 *hash, guint32 *scale)
{
	*hash = 0;
	*scale = 1;
	for (const signed char *c = (const signed char *)text; *c; c++) {
		*hash = *hash * 33 + (guint32)*c;
		*scale *= 33;
	}
}

static void set_token(Token *token, const char *text)
{
	token->text = text;
	hash_text(text, &token->hash, &token->scale);
	hash_text(*text ? text + 1 : text, &token->tail_hash, &token->tail_scale);
}

static gboolean find_tokens(AnzKallsyms *k, GError **error)
{
	const AnzKallsymsTables *t = &k->tables;

	for (guint i = 0; i < G_N_ELEMENTS(k->token); i++) {
		const guint8 *raw = t->token_index + 2 * i;
		gsize at = t->big_endian ? raw[0] << 8 | raw[1] : raw[1] << 8 | raw[0];

		if (at >= t->tokens_len || !memchr(t->tokens + at, 0, t->tokens_len - at))
			return fail(error, "a token lies outside of the table of tokens");
		set_token(&k->token[i], (const char *)t->tokens + at);
	}
	return TRUE;
}

static gboolean find_names(AnzKallsyms *k, GError **error)
{
	const AnzKallsymsTables *t = &k->tables;
	const guint8 *tokens;
	gsize at = 0;
	guint nr;

	k->name_at = g_try_new(guint32, MAX(t->nr_symbols, 1));
	if (!k->name_at)
		return fail(error, "too many symbols");
	for (guint32 i = 0; i < t->nr_symbols; i++) {
		k->name_at[i] = at;
		if (!name_tokens(t, at, &tokens, &nr))
			return fail(error, "the names end before the last symbol");
		at = tokens + nr - t->names;
	}
	return TRUE;
}

/*
 * g_str_hash() of the name of symbol @i.  Its type's letter is the first of the first token that has
 * any: a damaged table has empty ones.
 */
static guint32 hash_name(const AnzKallsyms *k, guint32 i)
{
	const guint8 *tokens;
	guint32 hash = 5381;
	guint nr, n = 0;

	if (!name_tokens(&k->tables, k->name_at[i], &tokens, &nr))
		return 0;
	while (n < nr && !*k->token[tokens[n]].text)
		n++;
	if (n == nr)
		return 0;
	hash = hash * k->token[tokens[n]].tail_scale + k->token[tokens[n]].tail_hash;
	for (n++; n < nr; n++)
		hash = hash * k->token[tokens[n]].scale + k->token[tokens[n]].hash;
	return hash;
}

static void chain_names(AnzKallsyms *k)
{
	anz_name_chains_init(&k->chains, k->tables.nr_symbols + 1);
	for (guint32 i = k->tables.nr_symbols; i-- > 0; )
		anz_name_chains_add(&k->chains, hash_name(k, i), i + 1);
}

static guint64 address_of(const AnzKallsyms *k, guint32 i)
{
	const AnzKallsymsTables *t = &k->tables;
	guint32 offset;

	if (k->encoding == ENCODING_ABSOLUTE)
		return anz_load64(t->offsets + i * (gsize)8, t->big_endian);
	offset = anz_load32(t->offsets + i * (gsize)4, t->big_endian);
	switch (k->encoding) {
	case ENCODING_PERCPU:
		return (gint32)offset >= 0 ? offset :
		       t->relative_base - 1 - (guint64)(gint64)(gint32)offset;
	case ENCODING_SELF:
		return t->offsets_address + i * (guint64)4 + (guint64)(gint64)(gint32)offset;
	default:
		return t->relative_base + offset;
	}
}

/* Addresses move with the kernel; the offsets of a per-cpu area at 0, and constants, do not. */
static gboolean slides(const AnzKallsyms *k, guint32 i, char letter)
{
	if (k->encoding == ENCODING_PERCPU)
		return (gint32)anz_load32(k->tables.offsets + i * (gsize)4,
					  k->tables.big_endian) < 0;
	return k->encoding != ENCODING_ABSOLUTE || letter != 'A';
}

/* A static function's name may occur often; the global one is meant if there is one. */
static guint rank_letter(char letter)
{
	if (letter == 'W' || letter == 'V' || letter == 'w' || letter == 'v')
		return 2;
	return g_ascii_isupper(letter) ? 3 : 1;
}

static gboolean find_number(const AnzKallsyms *k, const char *name, guint32 *number,
			    char *letter)
{
	char have[MAX_NAME];
	guint best = 0;

	for (guint32 i = anz_name_chains_first(&k->chains, g_str_hash(name)); i;
	     i = k->chains.next[i]) {
		if (!expand(k, i - 1, have) || strcmp(have + 1, name) != 0 ||
		    rank_letter(have[0]) <= best)
			continue;
		best = rank_letter(have[0]);
		*number = i - 1;
		*letter = have[0];
	}
	return best > 0;
}

static gboolean find_symbol(AnzTypeProvider *provider, const char *name, AnzSymbol *out)
{
	const AnzKallsyms *k = (AnzKallsyms *)provider;
	guint32 i;
	char letter;

	if (!find_number(k, name, &i, &letter))
		return FALSE;
	out->slides = slides(k, i, letter);
	out->value = address_of(k, i) - (out->slides ? k->slide : 0);
	out->size = 0;
	return TRUE;
}

/* Symbols are in the order of their addresses (scripts/kallsyms.c, sort_symbols()). */
static const char *find_symbol_at(AnzTypeProvider *provider, guint64 address, guint64 slide,
				  guint64 *offset)
{
	AnzKallsyms *k = (AnzKallsyms *)provider;
	guint32 low = 0, high = k->tables.nr_symbols;
	const char *known;
	char name[MAX_NAME];

	address += k->slide - slide;	/* what the tables say */
	if (address < k->first || address >= k->last)
		return NULL;
	while (low < high) {
		guint32 mid = low + (high - low) / 2;

		if (address_of(k, mid) <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || address_of(k, low - 1) > address)
		return NULL;
	/* Of several at one address the kernel itself prints the first. */
	for (low--; low > 0 && address_of(k, low - 1) == address_of(k, low); low--)
		;
	known = g_hash_table_lookup(k->names, GUINT_TO_POINTER(low));
	if (!known) {
		if (!expand(k, low, name))
			return NULL;
		g_hash_table_insert(k->names, GUINT_TO_POINTER(low), g_strdup(name + 1));
		known = g_hash_table_lookup(k->names, GUINT_TO_POINTER(low));
	}
	if (offset)
		*offset = address - address_of(k, low);
	return known;
}

static void provider_free(AnzTypeProvider *provider)
{
	AnzKallsyms *k = (AnzKallsyms *)provider;

	g_free(k->tables.names);
	g_free(k->tables.tokens);
	g_free(k->tables.offsets);
	g_free(k->name_at);
	anz_name_chains_clear(&k->chains);
	g_hash_table_unref(k->names);
	g_free(k);
}

static const AnzTypeProviderOps kallsyms_ops = {
	.symbol = find_symbol,
	.symbol_at = find_symbol_at,
	.free = provider_free,
};

/* How many anchors there are among the symbols, and how many lie where they should. */
static gboolean fits(AnzKallsyms *k, Encoding encoding, const AnzKallsymsAnchor *anchors,
		     guint nr_anchors)
{
	guint met = 0;

	k->encoding = encoding;
	for (guint i = 0; i < nr_anchors; i++) {
		guint32 number;
		char letter;

		if (!find_number(k, anchors[i].name, &number, &letter))
			continue;
		if (address_of(k, number) != anchors[i].address)
			return FALSE;
		met++;
	}
	return met > 0;
}

static gboolean find_encoding(AnzKallsyms *k, const AnzKallsymsAnchor *anchors,
			      guint nr_anchors, GError **error)
{
	for (Encoding e = 0; e < NR_ENCODINGS; e++) {
		gboolean is_relative = e == ENCODING_RELATIVE || e == ENCODING_PERCPU;

		if (k->tables.is_absolute != (e == ENCODING_ABSOLUTE) ||
		    (is_relative && !k->tables.has_relative_base))
			continue;
		if (fits(k, e, anchors, nr_anchors))
			return TRUE;
	}
	return fail(error, "no known encoding of addresses puts the symbols that VMCOREINFO "
		    "names where it says");
}

AnzTypeProvider *anz_kallsyms_provider_new(AnzKallsymsTables *tables,
					   const AnzKallsymsAnchor *anchors, guint nr_anchors,
					   guint64 slide, GError **error)
{
	AnzKallsyms *k = g_new0(AnzKallsyms, 1);
	guint32 number;
	char letter;

	k->provider.ops = &kallsyms_ops;
	k->provider.description = "kallsyms of the dump";
	k->tables = *tables;
	k->slide = slide;
	k->names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	if (!find_tokens(k, error) || !find_names(k, error)) {
		provider_free(&k->provider);
		return NULL;
	}
	chain_names(k);
	if (!find_encoding(k, anchors, nr_anchors, error)) {
		provider_free(&k->provider);
		return NULL;
	}
	if ((find_number(k, "_text", &number, &letter) ||
	     find_number(k, "_stext", &number, &letter)))
		k->first = address_of(k, number);
	if (find_number(k, "_end", &number, &letter))
		k->last = address_of(k, number);
	return &k->provider;
}
