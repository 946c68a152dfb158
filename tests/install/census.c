/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* census DUMP|ANALYSIS-FILE [VMLINUX]: cc census.c $(pkg-config --cflags --libs libanalyze) */
#include <analyze/analyze.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const char *dump[] = { argv[1], NULL }, *vmlinux[] = { argc > 2 ? argv[2] : NULL, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = dump, .vmlinux = vmlinux };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze) };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(AnzQuery) query = NULL;

	if (argc < 2) {
		fprintf(stderr, "usage: census DUMP|ANALYSIS-FILE [VMLINUX]\n");
		return 2;
	}
	if (argc < 3)
		open.vmlinux = NULL;	/* looked for in the usual places */
	if (anz_store_probe(argv[1]))
		store = anz_store_open(argv[1], &error);
	else if ((source = anz_source_open(&open, &error)))
		store = anz_source_analyze(source, &analyze, &error);
	if (store)
		query = anz_store_query(store, "SELECT class, pages FROM classes "
					"WHERE snapshot = :snapshot ORDER BY pages DESC", &error);
	while (query && anz_query_next(query, &error))
		printf("%-14s %10lld\n", anz_query_text(query, 0),
		       (long long)anz_query_int(query, 1));
	if (error) {
		fprintf(stderr, "census: %s\n", error->message);
		return 1;
	}
	return 0;
}
