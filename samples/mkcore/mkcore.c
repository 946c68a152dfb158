/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkcore RECIPE -o DIR: a machine from a text recipe, as a dump, the vmlinux that goes
 * with it, and a file with the truth about every page. Either all files appear or none.
 * mkcore RECIPE --run FILE: the same machine, alive in a raw image (run.c).
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "format.h"
#include "out.h"

static char *opt_dir, *opt_formats, *opt_seed, *opt_run, *opt_fault;
static gint64 opt_steps;
static double opt_seconds;
static gboolean opt_verbose, opt_faults, opt_no_truth;

static GOptionEntry options[] = {
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt_dir, "Folder for the files",
	  "DIR" },
	{ "seed", 0, 0, G_OPTION_ARG_STRING, &opt_seed, "Instead of the recipe's", "N" },
	{ "formats", 0, 0, G_OPTION_ARG_STRING, &opt_formats,
	  "Instead of the recipe's: elf,kdump-zlib,kdump-zstd-d31-flat,raw,...", "LIST" },
	{ "run", 0, 0, G_OPTION_ARG_FILENAME, &opt_run,
	  "Keep the machine running in a raw image, FILE, until a signal ends it", "FILE" },
	{ "steps", 0, 0, G_OPTION_ARG_INT64, &opt_steps, "Or this many steps of --run", "N" },
	{ "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &opt_seconds, "Or this long", "N" },
	{ "fault", 0, 0, G_OPTION_ARG_STRING, &opt_fault,
	  "Plant this fault, named like the rule that finds it", "NAME" },
	{ "faults", 0, 0, G_OPTION_ARG_NONE, &opt_faults,
	  "Write faults.tsv: what would have to be written where for each fault", NULL },
	{ "no-truth", 0, 0, G_OPTION_ARG_NONE, &opt_no_truth,
	  "Do not write truth.json, a third of what a terabyte takes", NULL },
	{ "verbose", 'v', 0, G_OPTION_ARG_NONE, &opt_verbose, "Say what came out", NULL },
	{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL }
};

static void report(struct machine *m)
{
	guint64 count[PC_COUNT] = { 0 };

	for (guint64 pfn = 0; pfn < m->max_pfn; pfn++)
		if (m->bits[pfn] & FB_RAM)
			count[m->cls[pfn]]++;
	for (int c = 0; c < PC_COUNT; c++)
		if (count[c])
			fprintf(stderr, "%-14s %10" G_GUINT64_FORMAT "\n",
				page_class_names[c], count[c]);
	fprintf(stderr, "fragmentation %.1f %%\n", buddy_fragmentation(m));
}

static gboolean write_faults(struct machine *m, const char *path, GError **error)
{
	FILE *out = fopen(path, "w");
	gboolean ok;

	if (out)
		faults_list(m, out);
	ok = out && !ferror(out);
	if ((out && fclose(out)) || !ok) {
		g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot write %s: %s", path,
			    g_strerror(errno));
		return FALSE;
	}
	return TRUE;
}

static gboolean plant(struct machine *m, const char *name, GError **error)
{
	struct fault *f;

	if (!name)
		return TRUE;
	f = fault_make(m, name, error);
	if (f) {
		fault_plant(m, f);
		if (f->pfn != NO_PFN)
			printf("%s: pfn %" G_GUINT64_FORMAT "\n", name, f->pfn);
		fault_free(f);
	}
	return f != NULL;
}

static gboolean write_all(struct machine *m, struct out *o, GError **error)
{
	char **formats = m->recipe->formats;
	g_autofree char *text = NULL;
	gsize len;

	for (char **p = formats; *p; p++) {
		struct format f;
		gboolean ok;

		if (!*g_strstrip(*p))
			continue;
		if (!out_parse(m->recipe, *p, &f, error))
			return FALSE;
		ok = out_dump(m, o, &f, error);
		g_free(f.suffix);
		if (!ok)
			return FALSE;
	}
	return g_file_get_contents(m->kb->vmlinux, &text, &len, error) &&
		out_put(o, "vmlinux", text, len, error) &&
		(opt_no_truth || truth_write(m, out_file(o, "truth.json"), error)) &&
		!mk_stopped(error) &&
		(!opt_faults || write_faults(m, out_file(o, "faults.tsv"), error)) &&
		out_commit(o, error);
}

static gboolean check_formats(const struct recipe *r, GError **error)
{
	for (char **p = r->formats; *p; p++) {
		struct format f;

		if (!*g_strstrip(*p))
			continue;
		if (!out_parse(r, *p, &f, error))
			return FALSE;
		g_free(f.suffix);
	}
	return TRUE;
}

/* a machine with its workload done, its lists still alive */
static struct machine *grow_machine(const struct recipe *r, struct kbuild **kb, GError **error)
{
	const struct page_format *fmt = format_find(r->page_format);
	struct kbuild_input in = { 0 };
	struct machine *m = NULL;

	if (!fmt) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "[format] page=%s: there is no such page format",
			    r->page_format);
		return NULL;
	}
	in.defines = g_ptr_array_new_with_free_func(g_free);
	if (fmt->input(r, &in, error))
		*kb = kbuild_run(r, &in, error);
	if (*kb)
		m = machine_new(r, *kb, fmt, error);
	if (m)
		fmt->start(m);
	if (m && (!work_run(m, error) || mk_stopped(error) ||
		  (fmt->settle && !fmt->settle(m, error)))) {
		machine_free(m);
		m = NULL;
	}
	g_free(in.pageflags_h);
	g_ptr_array_unref(in.defines);
	return m;
}

static gboolean make(const struct recipe *r, const char *dir, GError **error)
{
	struct kbuild *kb = NULL;
	struct machine *m = NULL;
	struct out o;
	gboolean ok;

	if (g_mkdir_with_parents(dir, 0777)) {
		g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot create %s: %s", dir,
			    g_strerror(errno));
		return FALSE;
	}
	out_init(&o, dir);
	if (check_formats(r, error))
		m = grow_machine(r, &kb, error);
	ok = m != NULL;
	if (ok) {
		books_write(m);
		m->format->write(m);
		slab_write(m);
		vmcoreinfo_build(m);
		if (opt_verbose)
			report(m);
		ok = plant(m, opt_fault ? opt_fault : r->fault, error) && write_all(m, &o, error);
	}
	machine_free(m);
	kbuild_free(kb);
	out_clear(&o);
	return ok;
}

static gboolean run(const struct recipe *r, const char *path, GError **error)
{
	struct kbuild *kb = NULL;
	struct machine *m = grow_machine(r, &kb, error);
	gboolean ok = m && run_live(m, path, opt_steps, opt_seconds, error);

	machine_free(m);
	kbuild_free(kb);
	return ok;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) ctx = g_option_context_new(
		"RECIPE - make a dump, its vmlinux and truth.json from a recipe");
	g_autoptr(GError) error = NULL;
	struct recipe *r;
	gboolean ok;

	mk_catch_signals();
	g_option_context_add_main_entries(ctx, options, NULL);
	if (!g_option_context_parse(ctx, &argc, &argv, &error) || argc != 2 ||
	    !opt_dir == !opt_run || opt_steps < 0 || opt_seconds < 0) {
		fprintf(stderr, "mkcore: %s\nTry mkcore --help.\n",
			error ? error->message : "needs one RECIPE and -o DIR, or --run FILE");
		return 2;
	}
	r = recipe_load(argv[1], &error);
	if (r && opt_seed && !mk_parse_size(opt_seed, &r->seed)) {
		fprintf(stderr, "mkcore: --seed %s: not a number\n", opt_seed);
		recipe_free(r);
		return 2;
	}
	if (r && opt_formats) {
		g_strfreev(r->formats);
		r->formats = g_strsplit(opt_formats, ",", -1);
	}
	if (r)
		mk_set_byte_order(r->big);
	ok = r && (opt_run ? run(r, opt_run, &error) : make(r, opt_dir, &error));
	recipe_free(r);
	g_free(opt_dir);
	g_free(opt_run);
	g_free(opt_formats);
	g_free(opt_fault);
	g_free(opt_seed);
	if (!ok)
		fprintf(stderr, "mkcore: %s\n", error->message);
	return ok ? 0 : 1;
}
