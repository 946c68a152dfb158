/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of what a rule finds the first groups are kept, and all are counted. */
#include "check/findings.h"

#define NR 150u

/* What is excused comes first and often: it must not keep out what counts. */
static void test_listed(void)
{
	AnzFindings *findings = anz_findings_new();
	const AnzRuleResult *result = &findings->rules[ANZ_RULE_PAGE_TYPE];
	guint kept[2] = { 0 };

	for (guint i = 0; i < 2 * NR; i++) {
		AnzFinding *finding = anz_findings_add(findings, ANZ_RULE_PAGE_TYPE, i, i, 0,
						       i < NR ? "excused" : NULL);

		g_assert_cmpint(finding != NULL, ==, i % NR < ANZ_MAX_LISTED);
	}
	g_assert_cmpuint(result->findings, ==, NR);
	g_assert_cmpuint(result->suppressed, ==, NR);
	for (guint i = 0; i < findings->found->len; i++)
		kept[g_array_index(findings->found, AnzFinding, i).suppressed == NULL]++;
	g_assert_cmpuint(kept[0], ==, ANZ_MAX_LISTED);
	g_assert_cmpuint(kept[1], ==, ANZ_MAX_LISTED);
	anz_findings_free(findings);
}

/* One group is one finding, which knows how often; beyond those that are kept it is counted all the same. */
static void test_groups(void)
{
	AnzFindings *findings = anz_findings_new();

	for (guint i = 0; i < 3 * NR; i++)
		anz_findings_add(findings, ANZ_RULE_PAGE_TYPE, i / 3, i / 3, 0, NULL);
	g_assert_cmpuint(findings->found->len, ==, ANZ_MAX_LISTED);
	for (guint i = 0; i < findings->found->len; i++)
		g_assert_cmpuint(g_array_index(findings->found, AnzFinding, i).count, ==, 3);
	g_assert_cmpuint(findings->rules[ANZ_RULE_PAGE_TYPE].findings, ==, 3 * NR);
	g_assert_true(anz_findings_any(findings));
	anz_findings_free(findings);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/findings/listed", test_listed);
	g_test_add_func("/findings/groups", test_groups);
	return g_test_run();
}
