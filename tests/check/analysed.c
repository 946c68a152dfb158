/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysed.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

Sample *sample_make(const char *mkcore, const char *recipe)
{
	Sample *sample = g_new0(Sample, 1);
	g_autoptr(GError) error = NULL;
	const char *argv[] = { mkcore, recipe, "-o", NULL, "--formats", "raw", "--faults", NULL };
	struct stat st;
	int fd, status = 0;

	sample->folder = g_dir_make_tmp("memdesc-check.XXXXXX", &error);
	g_assert_no_error(error);
	argv[3] = sample->folder;
	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
			  &error) || status)
		g_error("%s %s: %s", mkcore, recipe, error ? error->message : "failed");
	sample->raw = g_build_filename(sample->folder, "vmcore.raw", NULL);
	sample->vmcoreinfo = g_strconcat(sample->raw, ".vmcoreinfo", NULL);
	sample->vmlinux = g_build_filename(sample->folder, "vmlinux", NULL);
	fd = open(sample->raw, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		g_error("%s cannot be opened", sample->raw);
	sample->len = st.st_size;
	sample->bytes = mmap(NULL, sample->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sample->bytes == MAP_FAILED)
		g_error("%s cannot be mapped", sample->raw);
	close(fd);
	return sample;
}

void sample_free(Sample *sample)
{
	g_autoptr(GDir) dir = g_dir_open(sample->folder, 0, NULL);
	const char *name;

	munmap(sample->bytes, sample->len);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(sample->folder, name, NULL);

		g_unlink(path);
	}
	g_rmdir(sample->folder);
	g_free(sample->folder);
	g_free(sample->raw);
	g_free(sample->vmlinux);
	g_free(sample->vmcoreinfo);
	g_free(sample);
}

static void found_clear(gpointer data)
{
	g_free(((Found *)data)->rule);
	g_free(((Found *)data)->text);
}

static GArray *read_findings(AnzStore *store)
{
	GArray *all = g_array_new(FALSE, TRUE, sizeof(Found));
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT rule, ifnull(pfn, -1), concat_text FROM (SELECT *, rule || ' pfn ' || "
		"ifnull(pfn, '-') || ', ' || ifnull(object, '') || ': expected ' || "
		"ifnull(expected, '-') || ', seen ' || ifnull(seen, '-') || ' (' || count || ')' "
		"AS concat_text FROM findings WHERE snapshot = :snapshot AND suppressed IS NULL)",
		&error);

	g_array_set_clear_func(all, found_clear);
	g_assert_no_error(error);
	while (anz_query_next(query, &error)) {
		Found found = { .rule = g_strdup(anz_query_text(query, 0)),
				.pfn = anz_query_int(query, 1),
				.text = g_strdup(anz_query_text(query, 2)) };

		g_array_append_val(all, found);
	}
	g_assert_no_error(error);
	return all;
}

static void read_evaluated(AnzStore *store, GHashTable *evaluated)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT rule FROM rules WHERE snapshot = :snapshot AND evaluated > 0", &error);

	g_assert_no_error(error);
	while (anz_query_next(query, &error))
		g_hash_table_add(evaluated, g_strdup(anz_query_text(query, 0)));
	g_assert_no_error(error);
}

GArray *sample_check(Sample *sample, GHashTable *evaluated, gboolean loud)
{
	g_autofree char *raw = g_strconcat("raw:", sample->raw, NULL);
	const char *paths[] = { raw, NULL }, *vmlinux[] = { sample->vmlinux, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths, .vmlinux = vmlinux,
				  .vmcoreinfo = sample->vmcoreinfo };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze), .threads = 1 };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = anz_source_open(&open, &error);
	g_autoptr(AnzStore) store = source ? anz_source_analyze(source, &analyze, &error) : NULL;

	if (!store) {
		if (loud)
			g_print("%s\n", error->message);
		return NULL;
	}
	if (evaluated)
		read_evaluated(store, evaluated);
	return read_findings(store);
}
