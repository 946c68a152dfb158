/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that was taken offline keeps its pages with an error counted, though nothing looks at them any more: the
 * counter may then be above the marks, but never below them, nor above all of that memory.
 *
 *	offline MKCORE RECIPE
 */
#include <string.h>

#include "stages.h"

static guint8 *virtual(const Stages *s, Sample *sample, guint64 vaddr)
{
	guint64 paddr, len;

	g_assert_true(anz_image_translate(s->kernel->image, vaddr, &paddr, &len));
	g_assert_cmpuint(paddr, <, sample->len);
	return sample->bytes + paddr;
}

static void add(guint8 *counter, gint64 by)
{
	gint64 value;

	memcpy(&value, counter, 8);
	value += by;
	memcpy(counter, &value, 8);
}

/* How often the rule's finding counts, and how often it is excused. */
static void expect(Sample *sample, guint64 findings, guint64 suppressed)
{
	const AnzRuleResult *rule;
	Opened opened;
	Stages *s;

	opened_init(&opened, sample);
	s = stages_run(&opened);
	g_assert_nonnull(s);
	rule = &s->findings->rules[ANZ_RULE_HWPOISON_COUNT];
	g_assert_cmpuint(rule->evaluated, ==, 1);
	g_assert_cmpuint(rule->findings, ==, findings);
	g_assert_cmpuint(rule->suppressed, ==, suppressed);
	g_assert_cmpuint(stages_nr_findings(s), ==, findings);
	stages_free(s);
	opened_clear(&opened);
}

int main(int argc, char **argv)
{
	const AnzSection *first;
	guint8 *counter, *record;
	guint64 address, size, map, nr_pages;
	Sample *sample;
	Opened opened;
	Stages *s;

	g_assert_cmpint(argc, ==, 3);
	sample = sample_make(argv[1], argv[2]);
	opened_init(&opened, sample);
	s = stages_run(&opened);
	g_assert_nonnull(s);
	g_assert_cmpuint(s->kernel->sections->len, ==, 1);
	first = &g_array_index(s->kernel->sections, AnzSection, 0);
	g_assert_true(first->online);
	nr_pages = first->nr_pages;
	g_assert_true(anz_kernel_symbol(s->kernel, "num_poisoned_pages", &address));
	counter = virtual(s, sample, address);
	g_assert_true(anz_kernel_sizeof(s->kernel, "mem_section", &size));
	record = virtual(s, sample, first->record);
	stages_free(s);
	opened_clear(&opened);

	expect(sample, 0, 0);
	add(counter, 1);
	expect(sample, 1, 0);

	/* The section behind it is as the first, but not online (SECTION_IS_ONLINE). */
	memcpy(record + size, record, size);
	memcpy(&map, record + size, 8);
	map &= ~(G_GUINT64_CONSTANT(1) << 2);
	memcpy(record + size, &map, 8);
	expect(sample, 0, 1);
	add(counter, -2);
	expect(sample, 1, 0);
	add(counter, 2 + nr_pages);
	expect(sample, 1, 0);

	sample_free(sample);
	return 0;
}
