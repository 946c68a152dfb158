/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of memdesc(1) that no table knows. */
#ifndef CLI_MAN_PROSE_H
#define CLI_MAN_PROSE_H

/** One tagged item of a section. */
typedef struct {
	const char *tag;
	const char *text;
} ProseItem;

/** A section: paragraphs parted by empty lines, then items (ending with a NULL tag). */
typedef struct {
	const char *title;
	const char *text;
	const ProseItem *items;
} Prose;

/** What follows the list of verbs; ends with a NULL title. */
extern const Prose man_prose[];
extern const char man_description[];

/** Sections that pages of verbs have as well. */
extern const Prose man_exit_status;

#endif
