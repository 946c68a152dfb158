/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queries of an open store: what they may do. */
#ifndef ANZ_STORE_QUERY_H
#define ANZ_STORE_QUERY_H

#include <analyze/store.h>

/** From now on statements that do more than read are refused on this connection. */
void anz_store_restrict(AnzStore *store);

#endif
