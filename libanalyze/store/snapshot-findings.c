/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables findings and rules. */
#include "store/snapshot.h"

#define MAX_BYTES 128
#define BYTES_OF_OTHERS 16	/* of what is no struct page: a list's head, a counter's neighbours */

/* Memory at @address, in groups of eight bytes; NULL if it is not in the dump. */
static char *hexadecimal(AnzKernel *kernel, guint64 address, gsize len)
{
	guint8 raw[MAX_BYTES];
	GString *text;

	len = MIN(len, sizeof(raw));
	if (!address || !anz_kernel_read(kernel, address, raw, len))
		return NULL;
	text = g_string_new(NULL);
	for (gsize i = 0; i < len; i++)
		g_string_append_printf(text, "%s%02x", i && !(i % 8) ? " " : "", raw[i]);
	return g_string_free(text, FALSE);
}

static const char *first_note(const AnzKernel *kernel, const AnzRuleResult *result)
{
	if (result->evaluated || result->findings)
		return NULL;
	if (result->note)
		return result->note;
	if (result->unreadable)
		return "what it looks at is not in the dump";
	/* What was cut off may have had some. */
	return anz_image_is_incomplete(kernel->image) ?
	       "nothing of the kind is in what the dump has; it is incomplete" :
	       "there is nothing of the kind here";
}

void anz_snapshot_write_findings(AnzStoreWriter *writer, AnzKernel *kernel,
				 const AnzFindings *findings)
{
	for (guint i = 0; i < findings->found->len; i++) {
		const AnzFinding *it = &g_array_index(findings->found, AnzFinding, i);
		gboolean has_page = it->pfn != ANZ_NO_PFN;
		guint64 address = it->address ? it->address :
				  has_page ? anz_kernel_page_address(kernel, it->pfn) : 0;
		g_autofree char *bytes = hexadecimal(kernel, address, has_page ?
						     kernel->format.stride : BYTES_OF_OTHERS);
		g_autofree char *command = has_page ?
			g_strdup_printf("memdesc page FILE %" G_GUINT64_FORMAT, it->pfn) : NULL;

		anz_store_writer_insert(writer, "findings", "ssnnsssusss",
					anz_check_rule_table[it->rule].id,
					anz_check_rule_table[it->rule].severity,
					has_page ? (gint64)it->pfn : ANZ_NULL,
					address ? (gint64)address : ANZ_NULL, it->object,
					it->expected, it->seen, it->count, it->suppressed, bytes,
					command);
	}
	for (guint i = 0; i < ANZ_NR_RULES; i++) {
		const AnzRuleResult *result = &findings->rules[i];
		const AnzCheckRule *rule = &anz_check_rule_table[i];

		anz_store_writer_insert(writer, "rules", "issuuuusss", (gint64)i, rule->id,
					rule->severity, result->evaluated, result->findings,
					result->suppressed, result->unreadable, first_note(kernel, result),
					rule->wrong, rule->means);
	}
}
