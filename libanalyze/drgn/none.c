/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without libdrgn. */
#include "drgn/drgn-source.h"

AnzDrgn *anz_drgn_open(const char *what, struct drgn_program *program, const char *const *vmlinux,
		       GError **error)
{
	(void)what;
	(void)program;
	(void)vmlinux;
	g_set_error_literal(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "this build of libanalyze has no libdrgn; build it with -Ddrgn=enabled "
			    "where libdrgn is installed, or name the dump without drgn:");
	return NULL;
}

void anz_drgn_free(AnzDrgn *drgn)
{
	(void)drgn;
}

const AnzMemory *anz_drgn_memory(const AnzDrgn *drgn)
{
	(void)drgn;
	return NULL;
}

gboolean anz_drgn_is_live(const AnzDrgn *drgn)
{
	(void)drgn;
	return FALSE;
}

AnzTypes *anz_drgn_types(AnzDrgn *drgn)
{
	(void)drgn;
	return NULL;
}
