/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a machine and its kernel stand: limits of the smallest formats, steps done on the way there. */
#include <string.h>

#include "kernel/memdesc-tables.h"
#include "store/cost-private.h"

/* Populated zones of the buddy allocator; pages of devices are never free. */
#define ZONES_SQL \
	"SELECT spanned, start_pfn + spanned FROM zones WHERE snapshot = :snapshot AND zone != 'Device'"

/* Frame numbers of this width count every machine there is (4 PiB). */
#define ENOUGH_BITS 40

static gboolean add_limit(GArray *limits, AnzStore *store, const AnzMemdescBuddyRow *row, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, ZONES_SQL, error);
	g_autoptr(GError) err = NULL;
	AnzCostLimit limit = {
		.layout = row->id,
		.per_zone = !strcmp(row->links, "pfn-zone"),
		/* all ones is the head of a list */
		.limit_frames = ((guint64)1 << row->next.bits) - 1,
	};
	guint64 needed = 0;

	while (query && anz_query_next(query, &err)) {
		guint64 frames = MAX(anz_query_int(query, limit.per_zone ? 0 : 1), 0);

		limit.frames = MAX(limit.frames, frames);
		limit.zones++;
		needed += limit.per_zone ? frames / limit.limit_frames +
			  !!(frames % limit.limit_frames) : 1;
	}
	if (!query || err) {
		if (err)
			g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	limit.fits = limit.frames <= limit.limit_frames;
	limit.zones_needed = limit.per_zone || limit.fits ? needed : 0;
	g_array_append_val(limits, limit);
	return TRUE;
}

GArray *anz_cost_limits(AnzStore *store, GError **error)
{
	g_autoptr(GArray) limits = g_array_new(FALSE, TRUE, sizeof(AnzCostLimit));

	for (const AnzMemdescBuddyRow *row = anz_memdesc_buddy_rows; row->id; row++)
		if (g_str_has_prefix(row->links, "pfn") && row->next.bits < ENOUGH_BITS &&
		    !add_limit(limits, store, row, error))
			return NULL;
	return g_steal_pointer(&limits);
}

/* The first of @names that is a struct, or (@members) a member of struct page; %NULL if none is. */
static const char *first_of(const AnzCostInputs *inputs, const char *names, gboolean members)
{
	g_auto(GStrv) list = g_strsplit(names, ",", -1);

	for (guint n = 0; list[n]; n++)
		for (guint i = 0; i < inputs->layouts->len; i++) {
			const AnzCostLayout *it = &g_array_index(inputs->layouts, AnzCostLayout, i);
			const char *name = it->member ? it->member : it->name;

			if (!it->member == !members && !strcmp(name, list[n]))
				return name;
		}
	return NULL;
}

static const char *type_of_member(const AnzCostInputs *inputs, const char *member)
{
	for (guint i = 0; i < inputs->layouts->len; i++) {
		const AnzCostLayout *it = &g_array_index(inputs->layouts, AnzCostLayout, i);

		if (it->member && !strcmp(it->member, member))
			return it->name;
	}
	return NULL;
}

static const char G_GNUC_PRINTF(2, 3) *words(AnzCostInputs *inputs, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return g_string_chunk_insert_const(inputs->strings, text);
}

static void test_type(AnzCostInputs *inputs, const char *names, AnzCostStep *step)
{
	g_auto(GStrv) parts = g_strsplit(names, "=", 2);
	const char *type = parts[1] ? type_of_member(inputs, parts[0]) : NULL;

	/* a struct page without the member has nothing left to convert */
	if (!first_of(inputs, parts[0], TRUE)) {
		step->done = TRUE;
		step->seen = words(inputs, "no %s", parts[0]);
		return;
	}
	step->done = type && !strcmp(type, parts[1]);
	step->seen = words(inputs, "page.%s is %s", parts[0], type ? type : "of no named type");
}

static void test_step(AnzCostInputs *inputs, const AnzPathRow *row, gboolean typed, AnzCostStep *step)
{
	const char *found;

	if (!strcmp(row->test, "size")) {
		step->done = inputs->struct_page_size <= g_ascii_strtoull(row->names, NULL, 10);
		step->seen = words(inputs, "%" G_GUINT64_FORMAT " bytes", inputs->struct_page_size);
	} else if (!typed) {
		step->done = -1;
	} else if (!strcmp(row->test, "type")) {
		test_type(inputs, row->names, step);
	} else if (!strcmp(row->test, "struct")) {
		found = first_of(inputs, row->names, FALSE);
		step->done = found != NULL;
		step->seen = found ? words(inputs, "struct %s", found) :
			     words(inputs, "no struct %s", row->names);
	} else {
		found = first_of(inputs, row->names, TRUE);
		step->done = (found != NULL) == !strcmp(row->test, "member");
		step->seen = found ? words(inputs, "page.%s", found) : words(inputs, "no %s", row->names);
	}
}

GArray *anz_cost_steps(AnzCostInputs *inputs, const char **stage)
{
	GArray *steps = g_array_new(FALSE, TRUE, sizeof(AnzCostStep));
	gboolean typed = anz_cost_struct_bytes(inputs, "page") != 0;
	g_autoptr(GString) left = g_string_new(NULL);

	for (const AnzPathRow *row = anz_path_rows; row->step; row++) {
		AnzCostStep step = { .step = row->step, .meaning = row->meaning };

		test_step(inputs, row, typed, &step);
		g_array_append_val(steps, step);
		if (!step.done && !strcmp(row->test, "no-member"))
			g_string_append_printf(left, "%s%s", left->len ? ", " : "",
					       first_of(inputs, row->names, TRUE));
	}
	*stage = words(inputs, "%s struct page of %" G_GUINT64_FORMAT " bytes; of the members that the "
		       "conversion removes it %s%s", anz_cost_shapes[inputs->shape],
		       inputs->struct_page_size, !typed ? "may have any: there is no type information" :
		       left->len ? "still has " : "has none", left->str);
	return steps;
}
