/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes a man page from the verb table: "mkman memdesc" for memdesc(1), "mkman VERB" for
 * memdesc-VERB(1).  Runs at build time; the page goes to standard output.
 */
#include <stdio.h>
#include <string.h>

#include <analyze/check.h>

#include "man-prose.h"
#include "verbs.h"

/* Text as roff: backslashes and hyphens are commands, and so is a dot that begins a line. */
static void put(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void put_paragraphs(const char *text, const char *between)
{
	g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);

	for (char **p = paragraphs; *p; p++) {
		if (p != paragraphs)
			printf("%s\n", between);
		put(*p);
		putchar('\n');
	}
}

static void put_prose(const Prose *prose)
{
	printf(".SH %s\n", prose->title);
	if (*prose->text)
		put_paragraphs(prose->text, ".PP");
	for (const ProseItem *item = prose->items; item && item->tag; item++) {
		fputs(".TP\n.B ", stdout);
		put(item->tag);
		putchar('\n');
		put_paragraphs(item->text, ".IP");
	}
}

static void put_option(const Option *option)
{
	fputs(".TP\n", stdout);
	if (option->letter)
		printf("\\fB\\-%c\\fR, ", option->letter);
	fputs("\\fB\\-\\-", stdout);
	put(option->name);
	fputs("\\fR", stdout);
	if (option->value) {
		fputs(" \\fI", stdout);
		put(option->value);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	put_paragraphs(option->help, ".IP");
}

static void put_head(const char *name, const char *summary)
{
	g_autofree char *title = g_ascii_strup(name, -1);

	printf(".\\\" Made from the verb table by mkman; do not edit.\n"
	       ".TH %s 1 \"\" \"memdesc %s\" \"User Commands\"\n.SH NAME\n", title,
	       MEMDESC_VERSION);
	put(name);
	fputs(" \\- ", stdout);
	put(summary);
	fputs("\n.SH SYNOPSIS\n", stdout);
}

static void put_shared_options(const Verb *verb)
{
	for (const OptionGroup *group = shared_options; group->title; group++)
		for (const Option *o = group->options; o->name; o++)
			if (!verb || verb_shares(verb, group, o))
				put_option(o);
}

static void put_examples(const Verb *verb)
{
	for (const Example *e = verb->examples; e && e->command; e++) {
		fputs(".TP\n.B ", stdout);
		put(e->command);
		putchar('\n');
		put(e->what);
		putchar('\n');
	}
}

static void program_page(void)
{
	put_head("memdesc", "what is every page of a machine's memory?");
	puts(".B memdesc\n.I VERB\n.RI [ OPTION ...]\\&\n.IR SOURCE ...\n.br\n"
	     ".B memdesc help\n.RI [ VERB ]\n.br\n.B memdesc \\-\\-version\n.SH DESCRIPTION");
	put_paragraphs(man_description, ".PP");
	puts(".SH VERBS\nEach has a page of its own: memdesc\\-VERB(1).");
	for (const Verb *const *v = verbs; *v; v++) {
		printf(".TP\n.B %s\n.I ", (*v)->name);
		put((*v)->arguments);
		fputs("\n.br\n", stdout);
		put((*v)->summary);
		putchar('\n');
	}
	puts(".SH COMMON OPTIONS");
	put_shared_options(NULL);
	for (const Prose *prose = man_prose; prose->title; prose++)
		put_prose(prose);
	put_prose(&man_exit_status);
	puts(".SH EXAMPLES");
	for (const Verb *const *v = verbs; *v; v++)
		put_examples(*v);
	puts(".SH SEE ALSO\n.BR crash (8),\n.BR makedumpfile (8),\n.BR sqlite3 (1)");
}

static void put_tables(const Verb *verb)
{
	if (!verb->tables[0])
		return;
	puts(".SH TABLES\nThe first is the main one, which \\-\\-columns and \\-\\-csv refer to. "
	     "Columns marked * are in text only when they are named.");
	for (const Table *const *t = verb->tables; *t; t++) {
		printf(".SS %s\n", (*t)->name);
		put((*t)->help);
		putchar('\n');
		for (guint i = 0; i < (*t)->n_columns; i++) {
			const Column *column = &(*t)->columns[i];

			printf(".TP\n.B %s%s\n", column->name,
			       column->flags & COLUMN_EXTRA ? "*" : "");
			put(column->help);
			putchar('\n');
		}
	}
}

/* What schemas/checks.tsv has, as "memdesc check --list" prints it. */
static void put_rules(void)
{
	const AnzCheckRule *rule;

	puts(".SH RULES\nEach with its severity, what is wrong when it is broken, what that usually "
	     "means, and the kernel's own check that does the same.");
	for (guint i = 0; (rule = anz_check_rule(i)); i++) {
		fputs(".TP\n.B ", stdout);
		put(rule->id);
		printf("\n(%s) ", rule->severity);
		put(rule->wrong);
		fputs(". Usually: ", stdout);
		put(rule->means);
		fputs(". Kernel: ", stdout);
		put(rule->kernel);
		puts(".");
	}
}

static void verb_page_of(const Verb *verb)
{
	g_autofree char *name = g_strconcat("memdesc-", verb->name, NULL);

	put_head(name, verb->summary);
	printf(".B memdesc %s\n.RI [ OPTION ...]\\&\n.I ", verb->name);
	put(verb->arguments);
	puts("\n.SH DESCRIPTION");
	put_paragraphs(verb->description, ".PP");
	puts(".SH OPTIONS");
	for (const Option *o = verb->options; o && o->name; o++)
		put_option(o);
	put_shared_options(verb);
	put_tables(verb);
	if (verb == &verb_check)
		put_rules();
	put_prose(&man_exit_status);
	puts(".SH EXAMPLES");
	put_examples(verb);
	puts(".SH SEE ALSO\n.BR memdesc (1)");
}

int main(int argc, char **argv)
{
	const Verb *verb;

	if (argc == 2 && !strcmp(argv[1], "memdesc")) {
		program_page();
	} else if (argc == 2 && (verb = verb_find(argv[1]))) {
		verb_page_of(verb);
	} else {
		fputs("usage: mkman memdesc | VERB\n", stderr);
		return 2;
	}
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
