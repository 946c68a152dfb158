/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that are cancelled say so, whichever of them it meets: what they found by then is not all.
 *
 *	cancel MKCORE RECIPE...
 */
#include "stages.h"

static void cancel(const Stages *s)
{
	const gint is_set = 1;
	g_autoptr(AnzCensus) census = anz_census_take(s->planes, NULL, NULL);
	g_autoptr(GArray) lines = anz_census_reconcile(census, s->lists, s->kernel);
	AnzFindings *findings = anz_findings_new();
	AnzChecker checker = { .kernel = s->kernel, .planes = s->planes, .lists = s->lists,
			       .descriptors = s->descriptors, .graph = s->graph, .census = census,
			       .reconciliation = lines, .findings = findings, .cancel = &is_set };
	g_autoptr(GError) error = NULL;

	g_assert_false(anz_check_run(&checker, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED);
	anz_findings_free(findings);
}

int main(int argc, char **argv)
{
	g_assert_cmpint(argc, >, 2);
	for (int i = 2; i < argc; i++) {
		Sample *sample = sample_make(argv[1], argv[i]);
		Opened opened;
		Stages *s;

		opened_init(&opened, sample);
		s = stages_run(&opened);
		g_assert_nonnull(s);
		cancel(s);
		stages_free(s);
		opened_clear(&opened);
		sample_free(sample);
	}
	return 0;
}
