/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes bash completion from the verb table to standard output; runs at build time. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

typedef void (*EachOption)(const Verb *verb, const Option *option);

static void each_option(const Verb *verb, EachOption each)
{
	for (const Option *o = verb->options; o && o->name; o++)
		each(verb, o);
	for (const OptionGroup *group = shared_options; group->title; group++)
		for (const Option *o = group->options; o->name; o++)
			if (verb_shares(verb, group, o))
				each(verb, o);
}

static void put_name(const Verb *verb, const Option *option)
{
	(void)verb;
	printf(" --%s", option->name);
	if (option->letter)
		printf(" -%c", option->letter);
}

static void put_columns(const Verb *verb)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (const Table *const *t = verb->tables; *t; t++)
		for (guint i = 0; i < (*t)->n_columns; i++)
			if (g_hash_table_add(seen, (gpointer)(*t)->columns[i].name))
				printf(" %s", (*t)->columns[i].name);
}

static void put_words(const Verb *verb, const Option *option)
{
	switch (option->complete) {
	case COMPLETE_WORDS:
		printf(" %s", option->words);
		break;
	case COMPLETE_CLASS:
		for (guint i = 0; i < ANZ_NR_CLASSES; i++)
			printf(" %s", anz_page_class_info(i)->name);
		break;
	case COMPLETE_COLUMN:
		put_columns(verb);
		break;
	case COMPLETE_TABLE:
		for (const Table *const *t = verb->tables; *t; t++)
			printf(" %s", (*t)->name);
		break;
	default:
		break;
	}
}

/* A case branch for the value of one option. */
static void put_value(const Verb *verb, const Option *option)
{
	if (!option->value)
		return;
	printf("\t%s:--%s", verb->name, option->name);
	if (option->letter)
		printf("|%s:-%c", verb->name, option->letter);
	fputs(")\n\t\t", stdout);
	switch (option->complete) {
	case COMPLETE_FILE:
		fputs("_memdesc_files -f", stdout);
		break;
	case COMPLETE_DIR:
		fputs("_memdesc_files -d", stdout);
		break;
	case COMPLETE_NONE:
		fputs(":", stdout);
		break;
	default:
		/* lists are completed word by word */
		fputs(option->complete == COMPLETE_COLUMN ||
		      (option->complete == COMPLETE_TABLE) ? "_memdesc_list \"" :
		      "_memdesc_words \"", stdout);
		put_words(verb, option);
		putchar('"');
	}
	fputs("\n\t\treturn\n\t\t;;\n", stdout);
}

static const char functions[] =
	"_memdesc_words()\n{\n"
	"\tCOMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n}\n\n"
	"_memdesc_files()\n{\n"
	"\tlocal IFS=$'\\n'\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tCOMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n}\n\n"
	"# a,b,c: completes the last of them\n"
	"_memdesc_list()\n{\n"
	"\tlocal before=\"\"\n"
	"\tcase $cur in\n\t*,*) before=${cur%,*}, ;;\n\tesac\n"
	"\tcompopt -o nospace 2>/dev/null\n"
	"\tCOMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n}\n\n";

int main(void)
{
	fputs("# bash completion for memdesc; made from the verb table by mkcompletion.\n\n",
	      stdout);
	fputs(functions, stdout);
	fputs("_memdesc()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal verb=${COMP_WORDS[1]} options=\"\"\n\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\t_memdesc_words \"help --help --version", stdout);
	for (const Verb *const *v = verbs; *v; v++)
		printf(" %s", (*v)->name);
	fputs("\"\n\t\treturn\n\tfi\n\tcase $verb:$prev in\n", stdout);
	for (const Verb *const *v = verbs; *v; v++)
		each_option(*v, put_value);
	fputs("\thelp:help)\n\t\t_memdesc_words \"", stdout);
	for (const Verb *const *v = verbs; *v; v++)
		printf(" %s", (*v)->name);
	fputs("\"\n\t\treturn\n\t\t;;\n\tesac\n\tcase $verb in\n", stdout);
	for (const Verb *const *v = verbs; *v; v++) {
		printf("\t%s)\n\t\toptions=\"", (*v)->name);
		each_option(*v, put_name);
		fputs("\"\n\t\t;;\n", stdout);
	}
	fputs("\tesac\n\tcase $cur in\n"
	      "\t-*) _memdesc_words \"$options\" ;;\n"
	      "\t*) _memdesc_files -f ;;\n"
	      "\tesac\n}\n"
	      "complete -F _memdesc memdesc\n", stdout);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
