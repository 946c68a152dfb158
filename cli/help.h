/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "memdesc help [VERB]", printed from the verb table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "verbs.h"

void help_program(FILE *file);
void help_verb(FILE *file, const Verb *verb);
/** Breaks @text into lines of at most @width, each indented; paragraphs stay apart. */
void help_wrap(FILE *file, const char *text, guint indent, guint width);

#endif
