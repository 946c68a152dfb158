/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF, written record by record as Documentation/bpf/btf.rst has it, with nothing of the
 * library and in either byte order.
 */
#ifndef TESTS_BTF_WRITER_H
#define TESTS_BTF_WRITER_H

#include <glib.h>
#include <linux/btf.h>

typedef struct {
	GArray *words;		/* guint32: the type section */
	GString *strings;
	guint32 nr_types;
	guint32 first_string;
} BtfWriter;

BtfWriter *btf_writer_new(void);
/** What is split from @base: types and strings of its own, numbered from where those end. */
BtfWriter *btf_writer_new_split(const BtfWriter *base);
void btf_writer_free(BtfWriter *w);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BtfWriter, btf_writer_free)

/** Begins a record and returns its number; @size_or_type is its third word. */
guint32 btf_writer_add(BtfWriter *w, const char *name, guint kind, guint nr_items,
		       gboolean kind_flag, guint32 size_or_type);
/** Appends a word to the record. */
void btf_writer_word(BtfWriter *w, guint32 word);
/** Appends a word that is the offset of a string. */
void btf_writer_name(BtfWriter *w, const char *name);

/* Records that consist of one call. */
guint32 btf_writer_int(BtfWriter *w, const char *name, guint32 size, guint32 encoding);
/** A member, parameter or enumerator: name and two words. */
void btf_writer_item(BtfWriter *w, const char *name, guint32 first, guint32 second);

/** (transfer full): the whole. */
GByteArray *btf_writer_bytes(const BtfWriter *w, gboolean swapped);

#endif
