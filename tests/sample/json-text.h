/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON text read in place: a truth of a terabyte has gigabytes of rows, too many for a tree.  Trusts
 * that the text is well formed where it walks over it, but never leaves it.
 */
#ifndef TESTS_JSON_TEXT_H
#define TESTS_JSON_TEXT_H

#include <glib.h>

/** A value: the text [at, end). */
typedef struct {
	const char *at, *end;
} JsonText;

/** Member @key of an object; %FALSE if @object has none or is no object. */
gboolean json_text_member(JsonText object, const char *key, JsonText *value);
/**
 * json_text_next:
 * @array: an array; afterwards what is behind the element
 *
 * Returns: %FALSE at its end, and if it is no array.
 */
gboolean json_text_next(JsonText *array, JsonText *element);
gboolean json_text_is_null(JsonText value);
/** A whole number; 0 if it is none. */
gint64 json_text_int(JsonText value);
/** Whether it is the string @text, which needs no escapes. */
gboolean json_text_is(JsonText value, const char *text);

#endif
