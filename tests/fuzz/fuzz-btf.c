/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input as BTF: open it, build every type that there is a number for, walk through all
 * members, list the enumerators.  And once more as what a module has, split from that.
 */
#include "fuzz-types.h"

#include "types/btf-private.h"

#define MAX_TYPES 3000

static void see(const char *name, gint64 value, gpointer data)
{
	sum += strlen(name) + (guint64)value;
}

static void see_all(AnzTypeProvider *p)
{
	AnzBtf *b = (AnzBtf *)p;
	gint64 value;

	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		p->ops->find(p, ns, "page", FALSE);
	p->ops->enumerator(p, "PG_no_such_flag", &value);
	p->ops->each_enumerator(p, "P", see, NULL);
	for (guint id = b->base ? b->first_id : 0, n = 0; id < b->nr_types && n < MAX_TYPES; id++, n++)
		visit(anz_btf_build(b, id), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* a block of its own, so that a read beyond its end is seen */
	g_autofree guint8 *bytes = g_malloc(len + !len);
	g_autoptr(GError) error = NULL;
	AnzTypeProvider *p, *split;

	if (len)
		memcpy(bytes, data, len);
	p = anz_btf_provider_new(bytes, len, "input", &error);
	if (!p != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!p)
		return 0;
	split = anz_btf_provider_new_split(bytes, len, "input", p, NULL);
	if (split) {
		see_all(split);
		split->ops->free(split);
	}
	see_all(p);
	p->ops->free(p);
	return 0;
}
