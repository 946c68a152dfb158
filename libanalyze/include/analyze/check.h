/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules that an analysis checks: what each one says when it is broken.  Their findings are rows of the
 * tables `findings` and `rules` of the analysis file (schemas/catalogue.sql).
 */
#ifndef ANALYZE_CHECK_H
#define ANALYZE_CHECK_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * AnzCheckRule:
 * @id: "family.name", stable
 * @severity: "error", "warning" or "info"
 * @fact: letter and number of the invariant, as "B1"
 * @wrong: what is wrong when it is broken
 * @means: what that usually means
 * @kernel: the kernel's own check that does the same, or "none"
 */
typedef struct {
	const char *id;
	const char *severity;
	const char *fact;
	const char *wrong;
	const char *means;
	const char *kernel;
} AnzCheckRule;

/** The rules in order, from 0; %NULL behind the last one. */
const AnzCheckRule *anz_check_rule(guint number);

G_END_DECLS

#endif
