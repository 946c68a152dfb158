/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help for people at a terminal; the same data as in the man pages. */
#include <stdio.h>
#include <string.h>

#include "help.h"

#define WIDTH 80

void help_wrap(FILE *file, const char *text, guint indent, guint width)
{
	g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);

	for (char **p = paragraphs; *p; p++) {
		g_auto(GStrv) words = g_strsplit_set(*p, " \n", -1);
		guint column = 0;

		if (p != paragraphs)
			fputc('\n', file);
		for (char **w = words; *w; w++) {
			guint len = g_utf8_strlen(*w, -1);

			if (!len)
				continue;
			if (column && indent + column + 1 + len > width) {
				fputc('\n', file);
				column = 0;
			}
			if (column)
				fputc(' ', file);
			else
				fprintf(file, "%*s", (int)indent, "");
			fputs(*w, file);
			column += len + (column > 0);
		}
		fputc('\n', file);
	}
}

void help_program(FILE *file)
{
	fputs("Usage: memdesc VERB [OPTION...] SOURCE...\n\n"
	      "What is every page of a machine's memory, who owns it, and do the kernel's own\n"
	      "books agree?  SOURCE is a crash dump (vmcore), the parts of a split one,\n"
	      "raw:FILE, or an analysis file that 'memdesc analyze' has made of it.\n\n"
	      "Verbs:\n", file);
	for (const Verb *const *v = verbs; *v; v++)
		fprintf(file, "  %-9s %s\n", (*v)->name, (*v)->summary);
	fputs("  help      this, or help for one verb: memdesc help VERB\n\n"
	      "Options common to most verbs:\n"
	      "  --json, --csv              other forms of output\n"
	      "  --columns COL,...          choose columns (memdesc help VERB lists them)\n"
	      "  -o, --output FILE          write to FILE\n"
	      "  --vmlinux FILE             type information of the dumped kernel\n"
	      "  --version                  print the version\n\n"
	      "Exit status: 0 done, 1 failed or interrupted, 2 wrong usage, 3 done but part of\n"
	      "the source was unreadable, 4 what was looked for was found (errors by check,\n"
	      "differences by diff --exit-code).\n", file);
}

/* @group: %NULL for the verb's own options. */
static void print_options(FILE *file, const Verb *verb, const OptionGroup *group)
{
	const Option *options = group ? group->options : verb->options;
	gboolean title = FALSE;

	for (; options && options->name; options++) {
		if (group && !verb_shares(verb, group, options))
			continue;
		if (!title)
			fprintf(file, "\n%s options:\n", group ? group->title : "Own");
		title = TRUE;
		if (options->letter)
			fprintf(file, "  -%c, --%s", options->letter, options->name);
		else
			fprintf(file, "  --%s", options->name);
		fprintf(file, "%s%s\n", options->value ? " " : "",
			options->value ? options->value : "");
		help_wrap(file, options->help, 10, WIDTH);
	}
}

static void print_tables(FILE *file, const Verb *verb)
{
	if (!verb->tables || !verb->tables[0])
		return;
	fputs("\nTables and their columns (those marked * are in text only when named):\n", file);
	for (const Table *const *t = verb->tables; *t; t++) {
		g_autoptr(GString) text = g_string_new(NULL);

		fprintf(file, "  %s%s: %s\n", (*t)->name, t == verb->tables ? " (main)" : "",
			(*t)->help);
		for (guint i = 0; i < (*t)->n_columns; i++) {
			const Column *column = &(*t)->columns[i];

			g_string_printf(text, "%s%s", column->name,
					column->flags & COLUMN_EXTRA ? "*" : "");
			fprintf(file, "    %-18s", text->str);
			g_string_printf(text, "%s", column->help);
			fprintf(file, " %s\n", text->str);
		}
	}
}

void help_verb(FILE *file, const Verb *verb)
{
	fprintf(file, "Usage: memdesc %s [OPTION...] %s\n\n%c%s.\n\n", verb->name,
		verb->arguments, g_ascii_toupper(verb->summary[0]), verb->summary + 1);
	help_wrap(file, verb->description, 0, WIDTH);
	print_options(file, verb, NULL);
	for (const OptionGroup *group = shared_options; group->title; group++)
		print_options(file, verb, group);
	print_tables(file, verb);
	fputs("\nExamples:\n", file);
	for (const Example *e = verb->examples; e && e->command; e++) {
		fprintf(file, "  %s\n", e->command);
		help_wrap(file, e->what, 6, WIDTH);
	}
}
