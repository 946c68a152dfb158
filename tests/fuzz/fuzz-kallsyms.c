/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input as the tables of kallsyms, one after another as make-types-seeds.c writes them:
 * open them, look up names and addresses.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kallsyms-seed.h"

static guint8 *take(const uint8_t **data, size_t *len, gsize want)
{
	guint8 *block = g_malloc(want + !want);

	memcpy(block, *data, want);
	*data += want;
	*len -= want;
	return block;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const AnzKallsymsAnchor anchor = { "_stext", KALLSYMS_BASE };
	g_autoptr(GError) error = NULL;
	KallsymsSeed head;
	AnzKallsymsTables t = { .relative_base = KALLSYMS_BASE,
				.offsets_address = KALLSYMS_OFFSETS };
	AnzTypeProvider *p;
	AnzSymbol symbol;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	len -= sizeof(head);
	t.nr_symbols = head.nr_symbols;
	t.is_absolute = head.encoding == KALLSYMS_ABSOLUTE;
	t.has_relative_base = head.encoding < KALLSYMS_SELF;
	t.big_endian = head.big_endian & 1;
	memcpy(t.token_index, head.token_index, sizeof(t.token_index));
	t.names_len = MIN(head.names_len, len);
	t.names = take(&data, &len, t.names_len);
	t.tokens_len = MIN(head.tokens_len, len);
	t.tokens = take(&data, &len, t.tokens_len);
	/* The caller answers for as many offsets as there are symbols. */
	t.nr_symbols = MIN(t.nr_symbols, len / (t.is_absolute ? 8 : 4));
	t.offsets = take(&data, &len, len);
	p = anz_kallsyms_provider_new(&t, &anchor, 1, 0, &error);
	if (!p != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!p)
		return 0;
	if (!p->ops->symbol(p, "_stext", &symbol))
		abort();
	p->ops->symbol(p, "no_such_symbol", &symbol);
	for (guint i = 0; i < 64; i++) {
		const char *name = p->ops->symbol_at(p, KALLSYMS_BASE + i * 0x100, 0, NULL);

		if (name && strlen(name) && !p->ops->symbol(p, name, &symbol))
			abort();
	}
	p->ops->free(p);
	return 0;
}
