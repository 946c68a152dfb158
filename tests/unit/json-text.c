/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/sample/json-text.c: what it finds, and that it ends where the text does. */
#include <string.h>

#include "../sample/json-text.h"

/* Not terminated, in memory of its own: a look behind the end is seen by a sanitizer. */
static JsonText text_of(const char *text)
{
	gsize len = strlen(text);
	char *copy = g_memdup2(text, MAX(len, 1));

	return (JsonText){ copy, copy + len };
}

static void test_members(void)
{
	JsonText root = text_of(" {\"a\": {\"b\": [1, \"]}\", {\"x\": 2}], \"c\": -7},\n"
				"\"q\\\"\": 1, \"rows\" : [ [1,null,\"two\"] , [ ] ,3] }");
	JsonText a, value, element, cell;

	g_assert_false(json_text_member(root, "b", &value));
	g_assert_false(json_text_member(root, "row", &value));
	g_assert_true(json_text_member(root, "a", &a));
	g_assert_true(json_text_member(a, "c", &value));
	g_assert_cmpint(json_text_int(value), ==, -7);
	g_assert_true(json_text_member(a, "b", &value));
	g_assert_true(json_text_next(&value, &element));
	g_assert_cmpint(json_text_int(element), ==, 1);
	g_assert_true(json_text_next(&value, &element));
	g_assert_true(json_text_is(element, "]}"));
	g_assert_true(json_text_next(&value, &element));
	g_assert_true(json_text_member(element, "x", &cell));
	g_assert_cmpint(json_text_int(cell), ==, 2);
	g_assert_false(json_text_next(&value, &element));

	g_assert_true(json_text_member(root, "rows", &value));
	g_assert_true(json_text_next(&value, &element));
	g_assert_true(json_text_next(&element, &cell) && json_text_int(cell) == 1);
	g_assert_true(json_text_next(&element, &cell) && json_text_is_null(cell));
	g_assert_true(json_text_next(&element, &cell) && json_text_is(cell, "two"));
	g_assert_false(json_text_is(cell, "tw"));
	g_assert_false(json_text_next(&element, &cell));
	g_assert_true(json_text_next(&value, &element));
	g_assert_false(json_text_next(&element, &cell));
	g_assert_true(json_text_next(&value, &element));
	g_assert_cmpint(json_text_int(element), ==, 3);
	g_assert_false(json_text_next(&value, &element));
	g_free((char *)root.at);
}

/* Every beginning of a text, cut anywhere: no read outside of it, and an end. */
static void test_cut(void)
{
	const char *whole = "{\"a\": [1, {\"b\": \"x\\\"y\"}, null, [[]]], \"c\": 5}";

	for (gsize len = 0; len <= strlen(whole); len++) {
		g_autofree char *part = g_strndup(whole, len);
		JsonText root = text_of(part), value, element;
		guint nr = 0;

		if (json_text_member(root, "a", &value))
			while (json_text_next(&value, &element)) {
				json_text_int(element);
				json_text_is(element, "x");
				nr++;
			}
		g_assert_cmpuint(nr, <=, 4);
		json_text_member(root, "c", &value);
		g_free((char *)root.at);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json-text/members", test_members);
	g_test_add_func("/json-text/cut", test_cut);
	return g_test_run();
}
