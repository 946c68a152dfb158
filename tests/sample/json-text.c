/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON text read in place; see json-text.h. */
#include "json-text.h"

#include <string.h>

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	return at;
}

/* Behind the string that begins at @at. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return MIN(at + 1, end);
}

/* Behind the value that begins at @at. */
static const char *skip_value(const char *at, const char *end)
{
	guint depth = 0;

	while (at < end) {
		switch (*at) {
		case '"':
			at = skip_string(at, end);
			break;
		case '[':
		case '{':
			depth++;
			at++;
			continue;
		case ']':
		case '}':
			if (!depth)
				return at;
			depth--;
			at++;
			break;
		case ',':
			if (!depth)
				return at;
			at++;
			continue;
		default:
			at++;
			/* A number or word ends where something else begins. */
			if (depth || (at < end && !strchr(" \n\t\r,]}", *at)))
				continue;
		}
		if (!depth)
			return at;
	}
	return end;
}

gboolean json_text_member(JsonText object, const char *key, JsonText *value)
{
	const char *at = skip_space(object.at, object.end);
	gsize len = strlen(key);

	if (at == object.end || *at != '{')
		return FALSE;
	for (at++;; at++) {
		const char *name = skip_space(at, object.end), *from;

		if (name == object.end || *name != '"')
			return FALSE;
		at = skip_string(name, object.end);
		from = skip_space(at, object.end);
		if (from == object.end || *from != ':')
			return FALSE;
		from = skip_space(from + 1, object.end);
		/* What is looked for reaches to the object's end as far as anybody knows yet. */
		if ((gsize)(at - name) == len + 2 && !memcmp(name + 1, key, len)) {
			*value = (JsonText){ from, object.end };
			return TRUE;
		}
		at = skip_space(skip_value(from, object.end), object.end);
		if (at == object.end || *at != ',')
			return FALSE;
	}
}

gboolean json_text_next(JsonText *array, JsonText *element)
{
	const char *at = skip_space(array->at, array->end);

	/* The first element comes behind the bracket, any other behind a comma. */
	if (at == array->end || (*at != '[' && *at != ','))
		return FALSE;
	at = skip_space(at + 1, array->end);
	if (at == array->end || *at == ']')
		return FALSE;
	*element = (JsonText){ at, skip_value(at, array->end) };
	array->at = element->end;
	return TRUE;
}

gboolean json_text_is_null(JsonText value)
{
	return value.end - value.at >= 4 && !memcmp(value.at, "null", 4);
}

gint64 json_text_int(JsonText value)
{
	const char *at = value.at;
	gboolean negative = at < value.end && *at == '-';
	guint64 number = 0;

	for (at += negative; at < value.end && g_ascii_isdigit(*at); at++)
		number = number * 10 + (*at - '0');
	return negative ? -(gint64)number : (gint64)number;
}

gboolean json_text_is(JsonText value, const char *text)
{
	gsize len = strlen(text);

	return (gsize)(value.end - value.at) >= len + 2 && *value.at == '"' &&
	       !memcmp(value.at + 1, text, len) && value.at[len + 1] == '"';
}
