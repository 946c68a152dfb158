/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Damaged dumps, by the hundred:
 *
 *   damage MEMDESC MKCORE RECIPE OTHER-RECIPE KIND [CASE]
 *
 * KIND: cut-elf, cut-kdump, cut-flat (the file ends early), split (parts missing or
 * mixed up), flip-elf, flip-kdump (wrong bits where they matter).  Each case analyses
 * the damaged dump.  It must end by itself with 0, 1 or 3 and without a word of a
 * sanitizer or of GLib; with 1 (or 2: parts that do not belong together) it has said why
 * in one line and leaves no file; else the file opens and its classes sum to the frames
 * of the map; with 3 the file says what is missing; and a file cut short gives 0 only if
 * the result is that of the whole one. With CASE, only that one is run and its files are
 * kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <analyze/analyze.h>
#include <glib/gstdio.h>

#include "places.h"
#include "watched.h"

#define LIMIT_SECONDS 20
/*
 * An undamaged run takes some 55 MiB with sanitizers, 45 MiB without, a mapped
 * file aside.
 */
#define LIMIT_BYTES (300ull << 20)
#define RANDOM_CUTS 40
#define FLIPS_PER_KIND 16

typedef struct {
	const char *memdesc, *mkcore, *recipe, *other_recipe, *kind, *only;
	char *work, *out, *tmp, *store;
	char *vmlinux;
	char *census;		/* of the whole dump */
	guint64 mapped_bytes;	/* of the dump: its pages count as ours when touched */
	GRand *rand;
	guint run, failed, ended[4];
	double slowest;
	guint64 largest;
} Test;

/* What a case may end with, a bit for each exit status. */
enum {
	MAY_0 = 1 << 0,
	MAY_1 = 1 << 1,
	MAY_2 = 1 << 2,		/* what was named does not go together */
	MAY_3 = 1 << 3,
	MAY_ANY = MAY_0 | MAY_1 | MAY_3,
	SAME_IF_0 = 1 << 8,	/* 0 promises the census of the whole dump */
};

static char *census_of(AnzStore *store, guint64 *frames, GError **error)
{
	g_autoptr(AnzQuery) q = anz_store_query(store,
		"SELECT class, pages, mapped, excluded FROM classes WHERE snapshot = :snapshot "
		"ORDER BY class", error);
	g_autoptr(GString) text = g_string_new(NULL);

	*frames = 0;
	while (q && anz_query_next(q, error)) {
		*frames += anz_query_int(q, 1);
		g_string_append_printf(text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %"
				       G_GINT64_FORMAT "\n", anz_query_text(q, 0),
				       anz_query_int(q, 1), anz_query_int(q, 2),
				       anz_query_int(q, 3));
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static gint64 count_of(AnzStore *store, const char *sql)
{
	g_autoptr(AnzQuery) q = anz_store_query(store, sql, NULL);

	return q && anz_query_next(q, NULL) ? anz_query_int(q, 0) : -1;
}

static char *wrong_store(const Test *t, int status, guint may)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = anz_store_open(t->store, &error);
	g_autofree char *census = NULL;
	guint64 frames;

	if (!store)
		return g_strdup_printf("its analysis does not open: %s", error->message);
	census = census_of(store, &frames, &error);
	if (error)
		return g_strdup_printf("its census cannot be read: %s", error->message);
	if (!frames || frames != anz_store_max_pfn(store))
		return g_strdup_printf("its classes sum to %" G_GUINT64_FORMAT " frames of %"
				       G_GUINT64_FORMAT, frames, anz_store_max_pfn(store));
	if (status == 0 && (may & SAME_IF_0) && strcmp(census, t->census))
		return g_strdup_printf("exit 0, but this is not the whole dump's census:\n%s",
				       census);
	if (status == 3 &&
	    !count_of(store, "SELECT (SELECT count(*) FROM classes WHERE class IN "
			     "('unreadable', 'excluded') AND snapshot = :snapshot) + "
			     "(SELECT count(*) FROM remark WHERE severity = 'warning' AND "
			     "snapshot = :snapshot) + (SELECT count(*) FROM meta WHERE key = "
			     "'source.incomplete' AND value = '1' AND snapshot = :snapshot)"))
		return g_strdup("exit 3, but nothing in the analysis says what is missing");
	return NULL;
}

static char *left_over(const char *folder, const char *allowed)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_strcmp0(name, allowed))
			return g_strdup_printf("leaves %s/%s behind", folder, name);
	return NULL;
}

static char *wrong_words(const Watched *w)
{
	const char *newline = strchr(w->err, '\n');

	if (w->exit_status == 0)
		return *w->err ? g_strdup("exit 0, but it has warned") : NULL;
	if (!g_str_has_prefix(w->err, "memdesc: ") || !newline)
		return g_strdup("exit 3 without a word on stderr");
	if (w->exit_status == 3)
		return NULL;
	if (*w->out)
		return g_strdup_printf("exit %d, but stdout has words", w->exit_status);
	if (newline[1])
		return g_strdup("its error is not one line \"memdesc: ...\"");
	if (!strstr(w->err, "; "))
		return g_strdup("its error names no next step");
	return NULL;
}

static char *judge(const Test *t, const Watched *w, guint may)
{
	char *wrong = watched_misbehaved(w, LIMIT_BYTES + t->mapped_bytes);
	gboolean has_store;

	if (wrong)
		return wrong;
	if (w->exit_status > 3 || !(may & (1u << w->exit_status)))
		return g_strdup_printf("ended with %d", w->exit_status);
	has_store = w->exit_status == 0 || w->exit_status == 3;
	wrong = wrong_words(w);
	if (!wrong && has_store)
		wrong = wrong_store(t, w->exit_status, may);
	if (wrong)
		return wrong;
	wrong = left_over(t->out, has_store ? "analysis.memdesc" : NULL);
	return wrong ? wrong : left_over(t->tmp, NULL);
}

static void empty_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
}

static gboolean wanted(const Test *t, const char *name)
{
	return !t->only || !strcmp(t->only, name);
}

static char **command_line(const Test *t, const char *const *dumps)
{
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

	g_strv_builder_add_many(argv, t->memdesc, "analyze", NULL);
	g_strv_builder_addv(argv, (const char **)dumps);
	g_strv_builder_add_many(argv, "--vmlinux", t->vmlinux, "-o", t->store, NULL);
	return g_strv_builder_end(argv);
}

static void run_case(Test *t, const char *name, guint may, const char *const *dumps)
{
	g_auto(GStrv) argv = command_line(t, dumps);
	g_autoptr(Watched) w = watched_run((const char *const *)argv, LIMIT_SECONDS);
	g_autofree char *command = NULL, *wrong = NULL;

	wrong = judge(t, w, may);
	t->run++;
	t->slowest = MAX(t->slowest, w->seconds);
	t->largest = MAX(t->largest, w->peak_bytes);
	if (w->exit_status >= 0 && w->exit_status < 4)
		t->ended[w->exit_status]++;
	if (wrong) {
		t->failed++;
		command = g_strjoinv(" ", argv);
		printf("FAILED %s: %s\n  command: %s\n  stderr: %s\n"
		       "  again, keeping the files: %s %s %s %s %s %s '%s'\n", name, wrong,
		       command, w->err, g_get_prgname(), t->memdesc, t->mkcore, t->recipe,
		       t->other_recipe, t->kind, name);
	} else if (t->only || g_getenv("ROBUST_VERBOSE")) {
		printf("%s: exit %d, %.2f s, %" G_GUINT64_FORMAT " MiB\n%s%s", name,
		       w->exit_status, w->seconds, w->peak_bytes >> 20, w->out, w->err);
	}
	fflush(stdout);
	if (!t->only) {
		empty_folder(t->out);
		empty_folder(t->tmp);
	}
}

static void run_whole(Test *t, const char *const *dumps)
{
	g_autoptr(GError) error = NULL;
	AnzStore *store;
	guint64 frames;
	g_auto(GStrv) argv = command_line(t, dumps);
	g_autoptr(Watched) w = watched_run((const char *const *)argv, LIMIT_SECONDS);

	store = w->exit_status == 0 ? anz_store_open(t->store, &error) : NULL;
	if (!store)
		g_error("the undamaged dump gives exit %d: %s", w->exit_status, w->err);
	t->census = census_of(store, &frames, &error);
	anz_store_close(store);
	empty_folder(t->out);
}

static char *make_sample(Test *t, const char *name, const char *recipe, const char *formats)
{
	g_autofree char *folder = g_build_filename(t->work, name, NULL);
	const char *argv[] = { t->mkcore, recipe, "-o", folder, "--formats", formats, NULL };
	g_autoptr(Watched) w = watched_run(argv, 120);

	if (w->exit_status)
		g_error("mkcore ended with %d: %s", w->exit_status, w->err);
	return g_steal_pointer(&folder);
}

/* ---- a file that ends early ---- */

typedef GArray *(*PlacesFunc)(const guint8 *data, gsize len);

static int descending(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/*
 * Of every kind of place the first three and the last: both ends, inside, and one
 * byte off.
 */
static GArray *cuts(Test *t, const GArray *places, guint64 len)
{
	GArray *points = g_array_new(FALSE, FALSE, sizeof(guint64));

	for (guint i = 0; i < places->len; i++) {
		const Place *p = &g_array_index(places, Place, i);
		guint before = 0, after = 0;

		for (guint k = 0; k < places->len; k++)
			if (!strcmp(g_array_index(places, Place, k).what, p->what))
				*(k < i ? &before : &after) += 1;
		if (before >= 3 && after > 1)
			continue;
		guint64 at[] = { p->offset, p->offset + 1, p->offset + p->len / 2,
				 p->offset + p->len - 1, p->offset + p->len };

		g_array_append_vals(points, at, G_N_ELEMENTS(at));
	}
	for (guint i = 0; i < RANDOM_CUTS; i++) {
		/*
		 * small files are as likely as large ones: the headers are where it hurts
		 */
		guint64 at = g_rand_double(t->rand) * len;

		if (i % 2)
			at = g_rand_double_range(t->rand, 0, 1) * MIN(len, 1 << 16);
		g_array_append_val(points, at);
	}
	g_array_sort(points, descending);
	return points;
}

static void test_cuts(Test *t, const char *format, const char *file, PlacesFunc find)
{
	g_autofree char *folder = make_sample(t, "sample", t->recipe, format);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	const char *dumps[] = { path, NULL };
	g_autoptr(GMappedFile) whole = g_mapped_file_new(path, FALSE, NULL);
	g_autoptr(GArray) places = NULL, points = NULL;
	guint64 len, last = G_MAXUINT64;

	if (!whole)
		g_error("%s is missing", path);
	len = g_mapped_file_get_length(whole);
	places = find((const guint8 *)g_mapped_file_get_contents(whole), len);
	points = cuts(t, places, len);
	g_clear_pointer(&whole, g_mapped_file_unref);
	t->vmlinux = g_build_filename(folder, "vmlinux", NULL);
	t->mapped_bytes = len;
	run_whole(t, dumps);
	for (guint i = 0; i < points->len; i++) {
		guint64 at = g_array_index(points, guint64, i);
		g_autofree char *name = g_strdup_printf("%s at 0x%" G_GINT64_MODIFIER "x",
							t->kind, at);

		if (at >= len || at == last || !wanted(t, name))
			continue;
		last = at;
		if (truncate(path, at))
			g_error("truncate: %s", g_strerror(errno));
		run_case(t, name, MAY_ANY | SAME_IF_0, dumps);
	}
}

/* ---- wrong bits ---- */

static void damage_bytes(Test *t, guint8 *bytes, guint64 len)
{
	switch (g_rand_int_range(t->rand, 0, 4)) {
	case 0:
		memset(bytes, 0xff, len);
		break;
	case 1:
		for (guint64 i = 0; i < len; i++)
			bytes[i] = g_rand_int(t->rand);
		break;
	default:
		bytes[g_rand_int_range(t->rand, 0, len)] ^=
			1 << g_rand_int_range(t->rand, 0, 8);
	}
}

static void flip(Test *t, int fd, const Place *place, const char *name,
		 const char *const *dumps)
{
	guint8 saved[8], bytes[8];
	guint64 len = MIN(place->len, sizeof(bytes));
	guint64 at = place->offset +
		     (guint64)(g_rand_double(t->rand) * (place->len - len + 1));

	at -= (at - place->offset) % 8;	/* most of what matters are words */
	if (pread(fd, saved, len, at) != (ssize_t)len)
		g_error("%s: cannot read at 0x%" G_GINT64_MODIFIER "x", dumps[0], at);
	memcpy(bytes, saved, len);
	damage_bytes(t, bytes, len);
	if (!wanted(t, name))
		return;
	if (pwrite(fd, bytes, len, at) != (ssize_t)len)
		g_error("%s: %s", dumps[0], g_strerror(errno));
	run_case(t, name, MAY_ANY, dumps);
	if (!t->only && pwrite(fd, saved, len, at) != (ssize_t)len)
		g_error("%s: %s", dumps[0], g_strerror(errno));
}

static void test_flips(Test *t, const char *format, const char *file, PlacesFunc find,
		       const char *const *kinds)
{
	g_autofree char *folder = make_sample(t, "sample", t->recipe, format);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	const char *dumps[] = { path, NULL };
	g_autoptr(GMappedFile) whole = g_mapped_file_new(path, FALSE, NULL);
	g_autoptr(GArray) places = NULL;
	int fd = g_open(path, O_RDWR | O_CLOEXEC, 0);

	if (!whole || fd < 0)
		g_error("%s cannot be opened", path);
	t->mapped_bytes = g_mapped_file_get_length(whole);
	places = find((const guint8 *)g_mapped_file_get_contents(whole), t->mapped_bytes);
	g_clear_pointer(&whole, g_mapped_file_unref);
	t->vmlinux = g_build_filename(folder, "vmlinux", NULL);
	run_whole(t, dumps);
	for (; *kinds; kinds++) {
		g_autoptr(GPtrArray) of_kind = g_ptr_array_new();

		for (guint i = 0; i < places->len; i++) {
			Place *p = &g_array_index(places, Place, i);

			if (!strcmp(p->what, *kinds) && p->len)
				g_ptr_array_add(of_kind, p);
		}
		if (!of_kind->len)
			g_error("there is no place called %s", *kinds);
		for (guint i = 0; i < FLIPS_PER_KIND; i++) {
			g_autofree char *name = g_strdup_printf("%s: %s %u", t->kind, *kinds,
								i);
			guint which = g_rand_int_range(t->rand, 0, of_kind->len);

			flip(t, fd, g_ptr_array_index(of_kind, which), name, dumps);
		}
	}
	close(fd);
}

/* ---- parts of split dumps ---- */

static void split_case(Test *t, const char *name, guint may, ...)
{
	g_autoptr(GPtrArray) dumps = g_ptr_array_new_with_free_func(g_free);
	va_list args;
	const char *part;

	va_start(args, may);
	while ((part = va_arg(args, const char *)))
		g_ptr_array_add(dumps, g_build_filename(t->work, part, NULL));
	va_end(args);
	g_ptr_array_add(dumps, NULL);
	if (wanted(t, name))
		run_case(t, name, may, (const char *const *)dumps->pdata);
}

#define PART "sample/vmcore.zlib-split"
#define OTHER "other/vmcore.zlib-split"

static void test_split(Test *t)
{
	g_autofree char *folder = make_sample(t, "sample", t->recipe,
					      "elf,kdump-zlib,kdump-zlib-split");
	g_autofree char *other = make_sample(t, "other", t->other_recipe,
					     "elf,kdump-zlib-split");
	g_auto(GStrv) parts = g_new0(char *, 4);

	for (guint i = 0; i < 3; i++)
		parts[i] = g_strdup_printf("%s/vmcore.zlib-split.%u", folder, i + 1);
	t->vmlinux = g_build_filename(folder, "vmlinux", NULL);
	t->mapped_bytes = 256 << 20;
	run_whole(t, (const char *const *)parts);
	split_case(t, "split: whole", MAY_0 | SAME_IF_0, PART ".1", PART ".2", PART ".3",
		   NULL);
	split_case(t, "split: another order", MAY_0 | SAME_IF_0, PART ".3", PART ".1",
		   PART ".2", NULL);
	split_case(t, "split: first part missing", MAY_1 | MAY_3, PART ".2", PART ".3",
		   NULL);
	split_case(t, "split: second part missing", MAY_1 | MAY_3, PART ".1", PART ".3",
		   NULL);
	split_case(t, "split: last part missing", MAY_1 | MAY_3, PART ".1", PART ".2",
		   NULL);
	split_case(t, "split: first part alone", MAY_1 | MAY_3, PART ".1", NULL);
	split_case(t, "split: second part alone", MAY_1 | MAY_3, PART ".2", NULL);
	split_case(t, "split: last part alone", MAY_1 | MAY_3, PART ".3", NULL);
	split_case(t, "split: a part twice", MAY_2, PART ".1", PART ".1", PART ".2",
		   PART ".3", NULL);
	split_case(t, "split: one part twice, another missing", MAY_2, PART ".1",
		   PART ".1", PART ".3", NULL);
	split_case(t, "split: a part of another dump", MAY_2, PART ".1", OTHER ".2",
		   PART ".3", NULL);
	split_case(t, "split: a part of another dump first", MAY_1 | MAY_2, OTHER ".1",
		   PART ".2", PART ".3", NULL);
	split_case(t, "split: a part and a whole dump", MAY_2, PART ".1",
		   "sample/vmcore.zlib", NULL);
	split_case(t, "split: two whole dumps", MAY_2, "sample/vmcore.zlib",
		   "sample/vmcore.zlib", NULL);
	split_case(t, "split: two ELF dumps", MAY_2, "sample/vmcore", "other/vmcore",
		   NULL);
	split_case(t, "split: ELF behind a part", MAY_2, PART ".1", "sample/vmcore",
		   NULL);
	split_case(t, "split: something that is no dump behind a part", MAY_2, PART ".1",
		   "sample/truth.json", NULL);
	split_case(t, "split: a part that is not there", MAY_1, PART ".1", PART ".9",
		   NULL);
}

static const char *const elf_kinds[] = {
	"ELF header", "program headers", "notes", "page tables", "struct pages",
	"free-list heads", "zones", NULL
};
static const char *const kdump_kinds[] = {
	"header", "sub header", "VMCOREINFO", "bitmaps", "page descriptors", "contents", NULL
};

static gboolean run_kind(Test *t)
{
	if (!strcmp(t->kind, "cut-elf"))
		test_cuts(t, "elf", "vmcore", places_of_elf);
	else if (!strcmp(t->kind, "cut-kdump"))
		test_cuts(t, "kdump-zlib", "vmcore.zlib", places_of_kdump);
	else if (!strcmp(t->kind, "cut-flat"))
		test_cuts(t, "kdump-zstd-flat", "vmcore.zstd-flat", places_of_flat);
	else if (!strcmp(t->kind, "flip-elf"))
		test_flips(t, "elf", "vmcore", places_of_elf, elf_kinds);
	else if (!strcmp(t->kind, "flip-kdump"))
		test_flips(t, "kdump-zlib", "vmcore.zlib", places_of_kdump, kdump_kinds);
	else if (!strcmp(t->kind, "split"))
		test_split(t);
	else
		return FALSE;
	return TRUE;
}

static void remove_all(const char *folder)
{
	const char *argv[] = { "/bin/rm", "-rf", folder, NULL };

	watched_free(watched_run(argv, 60));
}

int main(int argc, char **argv)
{
	Test t = { 0 };

	if (argc < 6 || argc > 7) {
		fprintf(stderr,
			"usage: damage MEMDESC MKCORE RECIPE OTHER-RECIPE KIND [CASE]\n");
		return 2;
	}
	g_set_prgname(argv[0]);
	t.memdesc = argv[1];
	t.mkcore = argv[2];
	t.recipe = argv[3];
	t.other_recipe = argv[4];
	t.kind = argv[5];
	t.only = argv[6];
	t.rand = g_rand_new_with_seed(612);
	t.work = g_dir_make_tmp("memdesc-robust-XXXXXX", NULL);
	t.out = g_build_filename(t.work, "out", NULL);
	t.tmp = g_build_filename(t.work, "tmp", NULL);
	t.store = g_build_filename(t.out, "analysis.memdesc", NULL);
	if (g_mkdir(t.out, 0777) || g_mkdir(t.tmp, 0777) ||
	    !g_setenv("TMPDIR", t.tmp, TRUE))
		g_error("%s: %s", t.work, g_strerror(errno));
	if (!run_kind(&t)) {
		fprintf(stderr, "damage: there is no kind %s\n", t.kind);
		t.failed = t.run = 1;
	}
	if (!t.run)
		printf("FAILED: there is no case '%s'\n", t.only ? t.only : "");
	printf("%u cases, %u failed; exit 0: %u, 1: %u, 3: %u; slowest %.2f s, peak %"
	       G_GUINT64_FORMAT " MiB\n", t.run, t.failed, t.ended[0], t.ended[1],
	       t.ended[3], t.slowest, t.largest >> 20);
	if (t.only)
		printf("files: %s\n", t.work);
	else
		remove_all(t.work);
	g_rand_free(t.rand);
	g_free(t.census);
	g_free(t.vmlinux);
	g_free(t.store);
	g_free(t.out);
	g_free(t.tmp);
	g_free(t.work);
	return t.failed || !t.run;
}
