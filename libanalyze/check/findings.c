/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting findings, bounded by rule. */
#include "check/findings.h"

const char anz_finding_unsynchronised[] =
	"live memory: lists, pages and counters were not read at the same moment";

const AnzCheckRule *anz_check_rule(guint number)
{
	return number < ANZ_NR_RULES ? &anz_check_rule_table[number] : NULL;
}

static void finding_clear(gpointer data)
{
	AnzFinding *finding = data;

	g_free(finding->object);
	g_free(finding->expected);
	g_free(finding->seen);
}

AnzFindings *anz_findings_new(void)
{
	AnzFindings *findings = g_new0(AnzFindings, 1);

	findings->found = g_array_new(FALSE, TRUE, sizeof(AnzFinding));
	g_array_set_clear_func(findings->found, finding_clear);
	findings->groups = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	return findings;
}

void anz_findings_free(AnzFindings *findings)
{
	if (!findings)
		return;
	g_array_unref(findings->found);
	g_hash_table_unref(findings->groups);
	g_free(findings);
}

AnzFinding *anz_findings_add(AnzFindings *findings, AnzRule rule, guint64 group, guint64 pfn,
			     guint64 address, const char *suppressed)
{
	AnzFinding finding = { .rule = rule, .pfn = pfn, .address = address, .count = 1,
			       .suppressed = suppressed, .zone = ANZ_NO_ZONE };
	AnzRuleResult *result = &findings->rules[rule];
	guint *listed = suppressed ? &result->listed_suppressed : &result->listed;
	/* Frame numbers and zone numbers leave the top bits free, addresses of the kernel do not. */
	gint64 key = (gint64)(group ^ (guint64)rule << 48 ^ (suppressed ? 1ull << 47 : 0));
	guint at;

	if (suppressed)
		result->suppressed++;
	else
		result->findings++;
	at = GPOINTER_TO_UINT(g_hash_table_lookup(findings->groups, &key));
	if (at) {
		g_array_index(findings->found, AnzFinding, at - 1).count++;
		return NULL;
	}
	if (*listed == ANZ_MAX_LISTED)
		return NULL;
	++*listed;
	g_array_append_val(findings->found, finding);
	g_hash_table_insert(findings->groups, g_memdup2(&key, sizeof(key)),
			    GUINT_TO_POINTER(findings->found->len));
	return &g_array_index(findings->found, AnzFinding, findings->found->len - 1);
}

static guint finding_hash(gconstpointer data)
{
	const AnzFinding *it = data;

	return g_int64_hash(&it->pfn) * 31 + g_int64_hash(&it->address) * 7 + it->rule;
}

static gboolean findings_alike(gconstpointer a, gconstpointer b)
{
	const AnzFinding *left = a, *right = b;

	return left->rule == right->rule && left->pfn == right->pfn &&
	       left->address == right->address && !g_strcmp0(left->object, right->object) &&
	       !g_strcmp0(left->expected, right->expected) && !g_strcmp0(left->seen, right->seen);
}

static gboolean is_of_still(const AnzFinding *it, const gboolean *still)
{
	return it->suppressed == anz_finding_unsynchronised && it->zone != ANZ_NO_ZONE && still[it->zone];
}

gboolean anz_findings_may_count(const AnzFindings *findings, const gboolean *still)
{
	for (guint i = 0; i < findings->found->len; i++)
		if (is_of_still(&g_array_index(findings->found, AnzFinding, i), still))
			return TRUE;
	return FALSE;
}

void anz_findings_confirm(AnzFindings *findings, const AnzFindings *again, const gboolean *still)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(finding_hash, findings_alike);

	for (guint i = 0; i < again->found->len; i++) {
		AnzFinding *it = &g_array_index(again->found, AnzFinding, i);

		if (!it->suppressed || it->suppressed == anz_finding_unsynchronised)
			g_hash_table_add(seen, it);
	}
	for (guint i = 0; i < ANZ_NR_RULES; i++)
		findings->rules[i].findings = 0;
	for (guint i = findings->found->len; i-- > 0; ) {
		AnzFinding *it = &g_array_index(findings->found, AnzFinding, i);
		AnzRuleResult *result = &findings->rules[it->rule];
		gboolean counts = !it->suppressed || is_of_still(it, still);
		const AnzFinding *other = counts ? g_hash_table_lookup(seen, it) : NULL;

		if (!other && it->suppressed)
			continue;
		if (!other) {
			result->listed--;
			g_array_remove_index(findings->found, i);
			continue;
		}
		if (it->suppressed)
			result->suppressed -= it->count;
		it->suppressed = NULL;
		it->count = MIN(it->count, other->count);
		result->findings += it->count;
	}
	/* Places in the array have changed. */
	g_hash_table_remove_all(findings->groups);
}

gboolean anz_findings_any(const AnzFindings *findings)
{
	for (guint i = 0; i < ANZ_NR_RULES; i++)
		if (findings->rules[i].findings)
			return TRUE;
	return FALSE;
}
