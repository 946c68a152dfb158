/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stages.h"

#include <string.h>
#include <time.h>

void opened_init(Opened *opened, const Sample *sample)
{
	const char *vmlinux[] = { sample->vmlinux, NULL };
	AnzImageOptions image = { .vmcoreinfo_path = sample->vmcoreinfo };
	AnzTypesOptions types = { .files = vmlinux, .force = TRUE };
	g_autofree char *name = g_strconcat("raw:", sample->raw, NULL);
	g_autoptr(GError) error = NULL;

	opened->image = anz_image_open_memory(sample->bytes, sample->len, name, &image, &error);
	g_assert_no_error(error);
	opened->types = anz_types_open(&types, &error);
	g_assert_no_error(error);
}

void opened_clear(Opened *opened)
{
	anz_types_free(opened->types);
	anz_image_free(opened->image);
}

void stages_free(Stages *s)
{
	if (!s)
		return;
	anz_findings_free(s->findings);
	anz_graph_free(s->graph);
	g_clear_pointer(&s->descriptors, anz_spool_free);
	g_clear_pointer(&s->lists, anz_lists_free);
	g_clear_pointer(&s->planes, anz_planes_free);
	g_clear_pointer(&s->kernel, anz_kernel_free);
	g_free(s);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static gboolean check(Stages *s)
{
	g_autoptr(AnzCensus) census = anz_census_take(s->planes, NULL, NULL);
	g_autoptr(GArray) lines = NULL;
	AnzChecker checker = { .kernel = s->kernel, .planes = s->planes, .lists = s->lists,
			       .descriptors = s->descriptors, .graph = s->graph, .census = census };

	if (!census)
		return FALSE;
	memcpy(census->unmarked, s->graph->found, sizeof(census->unmarked));
	lines = anz_census_reconcile(census, s->lists, s->kernel);
	checker.reconciliation = lines;
	checker.findings = s->findings = anz_findings_new();
	s->check_seconds = now();
	if (!anz_check_run(&checker, NULL))
		return FALSE;
	s->check_seconds = now() - s->check_seconds;
	return TRUE;
}

Stages *stages_run(const Opened *opened)
{
	const AnzKernelOptions options = { 0 };
	Stages *s = g_new0(Stages, 1);
	double began = now();

	s->kernel = anz_kernel_open(opened->image, opened->types, &options, NULL);
	if (s->kernel)
		s->planes = anz_planes_decode(s->kernel, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	if (s->planes)
		s->lists = anz_lists_walk(s->kernel, s->planes, NULL, NULL);
	if (s->lists)
		s->descriptors = anz_extents_resolve(s->kernel, s->planes, NULL, NULL);
	if (s->descriptors && anz_planes_finish(s->planes, s->kernel, NULL, NULL)) {
		s->graph = anz_graph_new(s->kernel, s->planes, s->lists, s->descriptors, NULL);
		anz_graph_build_owners(s->graph);
		if (check(s)) {
			s->seconds = now() - began;
			return s;
		}
	}
	stages_free(s);
	return NULL;
}

guint64 stages_nr_findings(const Stages *s)
{
	guint64 nr = 0;

	for (guint i = 0; i < ANZ_NR_RULES; i++)
		nr += s->findings->rules[i].findings;
	return nr;
}
