/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc view: the viewer, on the same sources and type information. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "verbs.h"

#define VIEWER "memdesc-viewer"

/* What the viewer knows of the options, and the sources behind them. */
static char **command_line(const Args *args, const char *viewer)
{
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

	g_strv_builder_add(argv, viewer);
	for (char **file = args->vmlinux; file && *file; file++)
		g_strv_builder_add_many(argv, "--vmlinux", *file, NULL);
	if (args->vmcoreinfo)
		g_strv_builder_add_many(argv, "--vmcoreinfo", args->vmcoreinfo, NULL);
	if (args->force)
		g_strv_builder_add(argv, "--force");
	if (args->view)
		g_strv_builder_add_many(argv, "--view", args->view, NULL);
	if (args->n_words)
		g_strv_builder_add(argv, "--");
	for (guint i = 0; i < args->n_words; i++)
		g_strv_builder_add(argv, args->words[i]);
	return g_strv_builder_end(argv);
}

/* Beside this program, as it is installed; else wherever the shell would find it. */
static char *find_viewer(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
	g_autofree char *beside = folder ? g_build_filename(folder, VIEWER, NULL) : NULL;

	if (beside && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	return g_find_program_in_path(VIEWER);
}

static gboolean run(Args *args, GError **error)
{
	g_autofree char *viewer = find_viewer();
	g_auto(GStrv) argv = NULL;

	if (!viewer) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    VIEWER " is not there: this build may be without it; 'memdesc map' makes "
			    "the picture without a window");
		return FALSE;
	}
	argv = command_line(args, viewer);
	execv(viewer, argv);
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "cannot run %s: %s", viewer,
		    g_strerror(errno));
	return FALSE;
}

static const Option options[] = {
	{ "view", 0, G_OPTION_ARG_STRING, "LINK", G_STRUCT_OFFSET(Args, view),
	  "Show what a link says, as the viewer copies one (Ctrl+L); of SOURCE, if one is named." },
	{ NULL }
};

static const Table *const tables[] = { NULL };

static const Example examples[] = {
	{ "memdesc view vmcore.memdesc", "All memory in a window." },
	{ NULL }
};

const Verb verb_view = {
	.name = "view",
	.arguments = "[SOURCE...]",
	.summary = "the map of all memory in a window",
	.description =
		"Starts memdesc-viewer on SOURCE, or on a link that it has made, with the type information named here. Options "
		"that choose what is printed have no effect.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 0, .max_words = G_MAXUINT,
	.run = run,
};
