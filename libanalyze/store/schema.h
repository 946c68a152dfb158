/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the build makes from schemas/: texts and tables that the store carries. */
#ifndef ANZ_STORE_SCHEMA_H
#define ANZ_STORE_SCHEMA_H

#include <analyze/store.h>

/*
 * "memd": at offset 68 of the file, big-endian; what file(1) and anz_store_probe() look
 * for.
 */
#define ANZ_APPLICATION_ID 0x6d656d64

/*
 * Raised with every change of schemas/catalogue.sql that an older reader would misread.
 */
#define ANZ_SCHEMA_VERSION 1

extern const char anz_catalogue_sql[];
extern const char anz_indexes_sql[];

typedef enum {
	ANZ_REDACT_KEEP,
	ANZ_REDACT_DROP,
	ANZ_REDACT_MASK,
	ANZ_REDACT_SCRUB,
} AnzRedactAction;

/**
 * One table of the catalogue; @keys: the keys of table meta to leave out, or the columns to
 * mask, separated by spaces.
 */
typedef struct {
	const char *table;
	AnzRedactAction action;
	const char *keys;
} AnzRedactRule;

/* Ends with a table of NULL. */
extern const AnzRedactRule anz_redact_rules[];

/* Ends with a name of NULL. */
extern const AnzNamedQuery anz_named_queries[];

#endif
