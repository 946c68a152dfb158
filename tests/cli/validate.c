/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Validates JSON against a JSON schema: "validate SCHEMA [FILE]", standard input without FILE.
 * Knows the part of JSON Schema that schemas/json uses (type, const, enum, pattern, minimum,
 * required, properties, additionalProperties, items, minItems, $ref into $defs), and refuses a
 * schema with any other keyword, so that none is believed to be checked that is not.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-glib/json-glib.h>

static JsonObject *defs;

static gboolean check(JsonNode *value, JsonObject *schema, const char *path);

static gboolean complain(const char *path, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean complain(const char *path, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	g_autofree char *what = g_strdup_vprintf(format, list);
	va_end(list);

	fprintf(stderr, "%s: %s\n", *path ? path : "/", what);
	return FALSE;
}

static gboolean is_type(JsonNode *value, const char *type)
{
	GType gtype = JSON_NODE_HOLDS_VALUE(value) ? json_node_get_value_type(value) : 0;

	if (!strcmp(type, "null"))
		return JSON_NODE_HOLDS_NULL(value);
	if (!strcmp(type, "object"))
		return JSON_NODE_HOLDS_OBJECT(value);
	if (!strcmp(type, "array"))
		return JSON_NODE_HOLDS_ARRAY(value);
	if (!strcmp(type, "string"))
		return gtype == G_TYPE_STRING;
	if (!strcmp(type, "boolean"))
		return gtype == G_TYPE_BOOLEAN;
	if (!strcmp(type, "integer"))
		return gtype == G_TYPE_INT64;
	if (!strcmp(type, "number"))
		return gtype == G_TYPE_INT64 || gtype == G_TYPE_DOUBLE;
	return complain("schema", "unknown type '%s'", type);
}

static gboolean check_type(JsonNode *value, JsonNode *type, const char *path)
{
	g_autofree char *wanted = json_to_string(type, FALSE);
	g_autofree char *got = json_to_string(value, FALSE);

	if (!JSON_NODE_HOLDS_ARRAY(type))
		return is_type(value, json_node_get_string(type)) ||
			complain(path, "%.200s is not %s", got, wanted);

	JsonArray *types = json_node_get_array(type);

	for (guint i = 0; i < json_array_get_length(types); i++)
		if (is_type(value, json_array_get_string_element(types, i)))
			return TRUE;
	return complain(path, "%.200s is none of %s", got, wanted);
}

static gboolean check_enum(JsonNode *value, JsonArray *allowed, const char *path)
{
	g_autofree char *got = json_to_string(value, FALSE);

	for (guint i = 0; i < json_array_get_length(allowed); i++)
		if (json_node_equal(value, json_array_get_element(allowed, i)))
			return TRUE;
	return complain(path, "%s is not one of the values allowed", got);
}

static gboolean check_pattern(JsonNode *value, const char *pattern, const char *path)
{
	const char *text;

	if (!is_type(value, "string"))
		return TRUE;
	text = json_node_get_string(value);
	return g_regex_match_simple(pattern, text, 0, 0) ||
		complain(path, "'%s' does not match %s", text, pattern);
}

static gboolean check_required(JsonNode *value, JsonArray *names, const char *path)
{
	if (!JSON_NODE_HOLDS_OBJECT(value))
		return TRUE;
	for (guint i = 0; i < json_array_get_length(names); i++) {
		const char *name = json_array_get_string_element(names, i);

		if (!json_object_has_member(json_node_get_object(value), name))
			return complain(path, "member '%s' is missing", name);
	}
	return TRUE;
}

static gboolean check_members(JsonNode *value, JsonObject *schema, const char *path)
{
	JsonObject *properties = json_object_has_member(schema, "properties") ?
		json_object_get_object_member(schema, "properties") : NULL;
	JsonNode *rest = json_object_get_member(schema, "additionalProperties");
	gboolean ok = TRUE;

	if (!JSON_NODE_HOLDS_OBJECT(value))
		return TRUE;

	g_autoptr(GList) names = json_object_get_members(json_node_get_object(value));

	for (GList *n = names; n; n = n->next) {
		g_autofree char *at = g_strdup_printf("%s/%s", path, (char *)n->data);
		JsonNode *member = json_object_get_member(json_node_get_object(value), n->data);

		if (properties && json_object_has_member(properties, n->data))
			ok &= check(member, json_object_get_object_member(properties, n->data),
				    at);
		else if (rest && JSON_NODE_HOLDS_OBJECT(rest))
			ok &= check(member, json_node_get_object(rest), at);
		else if (rest && !json_node_get_boolean(rest))
			ok = complain(at, "there is no such member");
	}
	return ok;
}

static gboolean check_items(JsonNode *value, JsonObject *schema, const char *path)
{
	if (!JSON_NODE_HOLDS_ARRAY(value))
		return TRUE;

	JsonArray *array = json_node_get_array(value);

	for (guint i = 0; i < json_array_get_length(array); i++) {
		g_autofree char *at = g_strdup_printf("%s/%u", path, i);

		if (!check(json_array_get_element(array, i), schema, at))
			return FALSE;
	}
	return TRUE;
}

static gboolean check_reference(JsonNode *value, const char *reference, const char *path)
{
	const char *name = g_str_has_prefix(reference, "#/$defs/") ? reference + 8 : NULL;

	if (!name || !defs || !json_object_has_member(defs, name))
		return complain("schema", "$ref %s leads nowhere", reference);
	return check(value, json_object_get_object_member(defs, name), path);
}

static gboolean check_keyword(JsonNode *value, JsonObject *schema, const char *keyword,
			      const char *path)
{
	static const char *const words[] = { "$schema", "$comment", "$defs", "title",
					     "description", "properties", NULL };
	JsonNode *argument = json_object_get_member(schema, keyword);

	if (g_strv_contains(words, keyword))
		return TRUE;
	if (!strcmp(keyword, "type"))
		return check_type(value, argument, path);
	if (!strcmp(keyword, "$ref"))
		return check_reference(value, json_node_get_string(argument), path);
	if (!strcmp(keyword, "enum"))
		return check_enum(value, json_node_get_array(argument), path);
	if (!strcmp(keyword, "pattern"))
		return check_pattern(value, json_node_get_string(argument), path);
	if (!strcmp(keyword, "minimum"))
		return !is_type(value, "number") ||
			json_node_get_double(value) >= json_node_get_double(argument) ||
			complain(path, "%g is too little", json_node_get_double(value));
	if (!strcmp(keyword, "required"))
		return check_required(value, json_node_get_array(argument), path);
	if (!strcmp(keyword, "additionalProperties"))
		return TRUE;	/* with properties, below */
	if (!strcmp(keyword, "items"))
		return check_items(value, json_node_get_object(argument), path);
	if (!strcmp(keyword, "minItems"))
		return !JSON_NODE_HOLDS_ARRAY(value) ||
			json_array_get_length(json_node_get_array(value)) >=
			json_node_get_int(argument) || complain(path, "too few items");
	return complain("schema", "keyword '%s' is not known to this validator", keyword);
}

static gboolean check(JsonNode *value, JsonObject *schema, const char *path)
{
	g_autoptr(GList) keywords = json_object_get_members(schema);
	gboolean ok = TRUE;

	for (GList *k = keywords; k; k = k->next)
		ok &= check_keyword(value, schema, k->data, path);
	return check_members(value, schema, path) && ok;
}

int main(int argc, char **argv)
{
	g_autoptr(JsonParser) schema = json_parser_new_immutable();
	g_autoptr(JsonParser) input = json_parser_new_immutable();
	g_autoptr(GError) error = NULL;
	JsonObject *root;

	if (argc < 2) {
		fputs("usage: validate SCHEMA [FILE]\n", stderr);
		return 2;
	}
	if (!json_parser_load_from_file(schema, argv[1], &error) ||
	    !json_parser_load_from_file(input, argc > 2 ? argv[2] : "/dev/stdin", &error)) {
		fprintf(stderr, "validate: %s\n", error->message);
		return 2;
	}
	root = json_node_get_object(json_parser_get_root(schema));
	if (json_object_has_member(root, "$defs"))
		defs = json_object_get_object_member(root, "$defs");
	return check(json_parser_get_root(input), root, "") ? 0 : 1;
}
