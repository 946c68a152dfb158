/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input as BTF: open it, build every type that there is a number for, walk through all
 * members, list the enumerators.
 */
#include "fuzz-types.h"

#include "types/btf-private.h"

#define MAX_TYPES 3000

static void see(const char *name, gint64 value, gpointer data)
{
	sum += strlen(name) + (guint64)value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* a block of its own, so that a read beyond its end is seen */
	g_autofree guint8 *bytes = g_malloc(len + !len);
	g_autoptr(GError) error = NULL;
	AnzTypeProvider *p;
	gint64 value;
	AnzBtf *b;

	if (len)
		memcpy(bytes, data, len);
	p = anz_btf_provider_new(bytes, len, "input", &error);
	if (!p != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!p)
		return 0;
	b = (AnzBtf *)p;
	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		p->ops->find(p, ns, "page", FALSE);
	p->ops->enumerator(p, "PG_no_such_flag", &value);
	p->ops->each_enumerator(p, "P", see, NULL);
	for (guint id = 0; id < b->nr_types && id < MAX_TYPES; id++)
		visit(anz_btf_build(b, id), 0);
	p->ops->free(p);
	return 0;
}
