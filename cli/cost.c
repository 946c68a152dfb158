/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc cost: what page metadata costs on this machine, and what it would cost in each
 * memory-descriptor format.  The reckoning is the library's; this file only prints it.
 */
#include <analyze/cost.h>
#include <string.h>

#include "human.h"
#include "source.h"
#include "verbs.h"

static const Column total_columns[] = {
	{ "format", NULL, KIND_TEXT, 0,
	  "today: the dump as it is; else a shape of struct page, its descriptors in full slabs" },
	{ "page_bytes", "PAGE", KIND_INTEGER, 0, "bytes of one struct page" },
	{ "frames", NULL, KIND_PAGES, 0, "page frames that have a struct page" },
	{ "array_bytes", "ARRAY", KIND_BYTES, 0, "the page array" },
	{ "descriptors", NULL, KIND_INTEGER, 0, "objects allocated beside it" },
	{ "object_bytes", "OBJECTS", KIND_BYTES, 0, "these objects" },
	{ "slab_bytes", "SLABS", KIND_BYTES, 0,
	  "the slabs that they lie in; null: they are no slab objects" },
	{ "total_bytes", "TOTAL", KIND_BYTES, 0, "page array and slabs" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "of all memory that is no hole" },
	{ "saved_bytes", "SAVED", KIND_BYTES, 0, "less than the classic struct page takes" },
};
static const Table total_table = TABLE("costs", total_columns, 0,
				       "the whole machine, one row per format");

static const Column node_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node; null: frames in no zone" },
	{ "format", NULL, KIND_TEXT, 0, "as above" },
	{ "frames", NULL, KIND_PAGES, 0, "page frames that have a struct page" },
	{ "array_bytes", "ARRAY", KIND_BYTES, 0, "the page array" },
	{ "descriptors", NULL, KIND_INTEGER, 0, "objects allocated beside it" },
	{ "object_bytes", "OBJECTS", KIND_BYTES, 0, "these objects" },
	{ "slab_bytes", "SLABS", KIND_BYTES, 0, "the slabs that they lie in" },
	{ "total_bytes", "TOTAL", KIND_BYTES, 0, "page array and slabs" },
	{ "saved_bytes", "SAVED", KIND_BYTES, 0, "less than the classic struct page takes" },
};
static const Table node_table = TABLE("node_costs", node_columns, 0, "the same by node");

static const Column type_columns[] = {
	{ "format", NULL, KIND_TEXT, 0, "as above" },
	{ "descriptor", NULL, KIND_TEXT, 0, "struct; null: pages that have none" },
	{ "orders", NULL, KIND_TEXT, 0, "allocations it is for" },
	{ "bytes", "EACH", KIND_INTEGER, 0, "bytes of one; null: it overlays struct page" },
	{ "status", NULL, KIND_TEXT, 0,
	  "of that size: published, convention (of this project), dump (found there)" },
	{ "pages", NULL, KIND_PAGES, 0, "that it describes" },
	{ "array_bytes", "ARRAY", KIND_BYTES, 0, "their part of the page array" },
	{ "descriptors", NULL, KIND_INTEGER, 0, "how many" },
	{ "object_bytes", "OBJECTS", KIND_BYTES, 0, "these objects" },
	{ "slab_bytes", "SLABS", KIND_BYTES, 0, "the slabs that they lie in" },
	{ "total_bytes", "TOTAL", KIND_BYTES, 0, "array and slabs" },
	{ "source", NULL, KIND_TEXT, COLUMN_EXTRA, "where the size is from" },
};
static const Table type_table = TABLE("types", type_columns, 0, "by kind of descriptor");

static const Column allocation_columns[] = {
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "order", NULL, KIND_INTEGER, 0, "allocations of 2^order pages; null: of no such size" },
	{ "descriptor", NULL, KIND_TEXT, 0, "that each of them has at the goal" },
	{ "allocations", NULL, KIND_INTEGER, 0, "how many" },
	{ "pages", NULL, KIND_PAGES, 0, "in them" },
	{ "classic_bytes", "CLASSIC", KIND_BYTES, 0, "their classic struct pages" },
	{ "saved_memdesc32", "SAVED-32", KIND_BYTES, 0,
	  "saved by struct pages of 32 bytes, less the descriptors and their part of a slab; "
	  "negative: they cost more than they save" },
	{ "saved_memdesc16", "SAVED-16", KIND_BYTES, 0, "the same with 16 bytes" },
	{ "saved_memdesc8", "SAVED-8", KIND_BYTES, 0, "the same with 8 bytes" },
};
static const Table allocation_table = TABLE("allocations", allocation_columns, 0,
					    "where a descriptor each pays, and where it does not");

static const Column balance_columns[] = {
	{ "format", NULL, KIND_TEXT, 0, "a shape of struct page" },
	{ "losing_allocations", "LOSING", KIND_INTEGER, 0,
	  "allocations whose descriptor costs more than it saves" },
	{ "losing_pages", "PAGES", KIND_PAGES, 0, "in them" },
	{ "lost_bytes", "LOST", KIND_BYTES, 0, "how much more" },
	{ "gaining_allocations", "GAINING", KIND_INTEGER, 0, "allocations for which it pays" },
	{ "gaining_pages", "PAGES", KIND_PAGES, 0, "in them" },
	{ "gained_bytes", "GAINED", KIND_BYTES, 0, "how much is saved" },
	{ "without_pages", "WITHOUT", KIND_PAGES, 0, "pages that need no descriptor" },
	{ "without_bytes", "SAVED", KIND_BYTES, 0, "saved there" },
	{ "overhead_bytes", "OVERHEAD", KIND_BYTES, 0,
	  "slabs for the descriptors: struct slab of each, and the part of the last that is empty" },
	{ "net_bytes", "NET", KIND_BYTES, 0, "gained and saved, less lost and overhead" },
};
static const Table balance_table = TABLE("balance", balance_columns, 0,
					 "the same summed, one row per format");

static const Column limit_columns[] = {
	{ "layout", NULL, KIND_TEXT, 0, "of free pages, with frame numbers for links" },
	{ "per_zone", NULL, KIND_BOOLEAN, 0, "frame numbers count from the start of the zone" },
	{ "limit_frames", "LIMIT", KIND_PAGES, 0, "frames that its links can number" },
	{ "limit_bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "frames", NULL, KIND_PAGES, 0, "of this machine, or of its largest zone" },
	{ "fits", NULL, KIND_BOOLEAN, 0, "they are within the limit" },
	{ "zones", NULL, KIND_INTEGER, 0, "zones today" },
	{ "zones_needed", "NEEDED", KIND_INTEGER, 0,
	  "zones with none larger than the limit; null: no number of zones helps" },
};
static const Table limit_table = TABLE("limits", limit_columns, 0,
				       "how much memory each layout of free pages can have");

static const Column step_columns[] = {
	{ "step", NULL, KIND_TEXT, 0, "short name" },
	{ "done", NULL, KIND_BOOLEAN, 0, "by the dumped kernel; null: there is no telling" },
	{ "seen", NULL, KIND_TEXT, 0, "what tells" },
	{ "meaning", NULL, KIND_TEXT, 0, "the step in words" },
};
static const Table step_table = TABLE("steps", step_columns, 0,
				      "the way from today's struct page to descriptors");

static const Column machine_columns[] = {
	{ "shape", NULL, KIND_TEXT, 0, "of struct page in the dump" },
	{ "page_size", NULL, KIND_BYTES, 0, "of a page" },
	{ "memory_bytes", NULL, KIND_BYTES, 0, "all memory that is no hole" },
	{ "shared_bytes", NULL, KIND_BYTES, 0,
	  "of the array in the dump, which share memory with other parts of it (optimised hugetlb vmemmap)" },
	{ "slab_caches", NULL, KIND_INTEGER, 0, "caches in the dump that hold descriptors" },
	{ "stage", NULL, KIND_TEXT, 0, "how far the kernel has come, in words" },
};
static const Table machine_table = TABLE("machine", machine_columns, TABLE_RECORD,
					 "what is reckoned for");

static void put_node(Output *out, gint64 node)
{
	if (node < 0)
		output_null(out);
	else
		output_int(out, node);
}

static void put_bytes_or_null(Output *out, gint64 bytes)
{
	if (bytes < 0)
		output_null(out);
	else
		output_int(out, bytes);
}

/* Less is bad. */
static void put_saved(Output *out, gint64 bytes)
{
	output_int(out, bytes);
	if (bytes < 0)
		output_paint(out, PAINT_BAD);
}

/* Frames to total: what the machine's table and that of nodes have alike. */
static void put_sums(Output *out, const AnzCostTotal *it)
{
	output_uint(out, it->frames);
	output_uint(out, it->array_bytes);
	output_uint(out, it->descriptors);
	output_uint(out, it->object_bytes);
	put_bytes_or_null(out, it->slab_bytes);
	output_uint(out, it->total_bytes);
}

static gboolean print_machine(Output *out, const AnzCost *cost, GError **error)
{
	/* in a report its columns stand in sentences */
	if (output_is_report(out))
		return TRUE;
	if (!output_begin(out, &machine_table, error))
		return FALSE;
	output_text(out, cost->shape);
	output_uint(out, cost->page_size);
	output_uint(out, cost->memory_bytes);
	output_uint(out, cost->shared_bytes);
	output_uint(out, cost->slab_caches);
	output_text(out, cost->stage);
	output_row(out);
	output_end(out);
	return TRUE;
}

static gboolean print_totals(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "Page metadata of the machine");
	if (!output_begin(out, &total_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_totals; i++) {
		const AnzCostTotal *it = &cost->totals[i];

		if (it->node != ANZ_COST_MACHINE)
			continue;
		output_text(out, it->format);
		output_uint(out, it->page_bytes);
		put_sums(out, it);
		if (cost->memory_bytes)
			output_real(out, 100.0 * it->total_bytes / cost->memory_bytes);
		else
			output_null(out);
		put_saved(out, it->saved_bytes);
		output_row(out);
	}
	output_end(out);
	if (cost->shared_bytes) {
		g_autoptr(GString) shared = g_string_new(NULL);

		human_size(shared, cost->shared_bytes);
		output_say(out, PAINT_STRONG, "%s of today's array share memory with other parts of it.",
			   shared->str);
	}
	return TRUE;
}

static gboolean print_nodes(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "By node");
	if (!output_begin(out, &node_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_totals; i++) {
		const AnzCostTotal *it = &cost->totals[i];

		if (it->node == ANZ_COST_MACHINE)
			continue;
		put_node(out, it->node);
		output_text(out, it->format);
		put_sums(out, it);
		put_saved(out, it->saved_bytes);
		output_row(out);
	}
	output_end(out);
	return TRUE;
}

static const char *status_word(char status)
{
	return status == 'P' ? "published" : status == 'C' ? "convention" :
	       status == 'D' ? "dump" : NULL;
}

static gboolean print_types(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "By kind of descriptor; counts in pages");
	if (!output_begin(out, &type_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_types; i++) {
		const AnzCostType *it = &cost->types[i];

		output_text(out, it->format);
		output_text(out, it->descriptor);
		output_text(out, it->orders);
		if (it->bytes)
			output_uint(out, it->bytes);
		else
			output_null(out);
		output_text(out, status_word(it->status));
		output_uint(out, it->pages);
		output_uint(out, it->array_bytes);
		output_uint(out, it->descriptors);
		output_uint(out, it->object_bytes);
		put_bytes_or_null(out, it->slab_bytes);
		output_uint(out, it->total_bytes);
		output_text(out, it->source);
		output_row(out);
	}
	output_end(out);
	return TRUE;
}

static gboolean print_allocations(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "Where a descriptor each pays, and where it costs more than it saves (negative)");
	if (!output_begin(out, &allocation_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_allocations; i++) {
		const AnzCostAllocation *it = &cost->allocations[i];

		output_text(out, it->page_class);
		if (it->order < 0)
			output_null(out);
		else
			output_int(out, it->order);
		output_text(out, it->descriptor);
		output_uint(out, it->allocations);
		output_uint(out, it->pages);
		output_uint(out, it->classic_bytes);
		for (guint s = 1; s < ANZ_COST_SHAPES; s++)
			put_saved(out, it->saved_bytes[s]);
		output_row(out);
	}
	output_end(out);
	return TRUE;
}

/* The sentence that the table is read for; @goal: the smallest shape. */
static void say_losses(Output *out, const AnzCostBalance *goal)
{
	GString *lost = g_string_new(NULL);

	human_size(lost, goal->lost_bytes);
	if (goal->losing_allocations)
		output_say(out, PAINT_STRONG, "In %s the descriptors of %" G_GUINT64_FORMAT " of %"
			   G_GUINT64_FORMAT " allocations cost more than they save: %s.", goal->format,
			   goal->losing_allocations,
			   goal->losing_allocations + goal->gaining_allocations, lost->str);
	g_string_free(lost, TRUE);
}

static gboolean print_balances(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "The same, summed");
	if (!output_begin(out, &balance_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_balances; i++) {
		const AnzCostBalance *it = &cost->balances[i];

		output_text(out, it->format);
		output_uint(out, it->losing_allocations);
		output_uint(out, it->losing_pages);
		output_int(out, it->lost_bytes);
		output_uint(out, it->gaining_allocations);
		output_uint(out, it->gaining_pages);
		output_int(out, it->gained_bytes);
		output_uint(out, it->without_pages);
		output_int(out, it->without_bytes);
		output_int(out, it->overhead_bytes);
		put_saved(out, it->net_bytes);
		output_row(out);
	}
	output_end(out);
	say_losses(out, &cost->balances[cost->nr_balances - 1]);
	return TRUE;
}

static gboolean print_limits(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "Limits of free pages linked by frame number");
	if (!output_begin(out, &limit_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_limits; i++) {
		const AnzCostLimit *it = &cost->limits[i];
		guint64 bytes = 0;

		output_text(out, it->layout);
		output_bool(out, it->per_zone);
		output_uint(out, it->limit_frames);
		/* wide fields number more frames than there are addresses */
		if (g_uint64_checked_mul(&bytes, it->limit_frames, cost->page_size))
			output_uint(out, bytes);
		else
			output_null(out);
		output_uint(out, it->frames);
		output_bool(out, it->fits);
		output_paint(out, it->fits ? PAINT_NONE : PAINT_BAD);
		output_uint(out, it->zones);
		if (it->zones_needed)
			output_uint(out, it->zones_needed);
		else
			output_null(out);
		output_row(out);
	}
	output_end(out);
	return TRUE;
}

static gboolean print_steps(Output *out, const AnzCost *cost, GError **error)
{
	output_heading(out, "The way to memory descriptors");
	if (!output_begin(out, &step_table, error))
		return FALSE;
	for (guint i = 0; i < cost->nr_steps; i++) {
		const AnzCostStep *it = &cost->steps[i];

		output_text(out, it->step);
		if (it->done < 0)
			output_null(out);
		else
			output_bool(out, it->done);
		output_text(out, it->seen);
		output_text(out, it->meaning);
		output_row(out);
	}
	output_end(out);
	output_say(out, PAINT_STRONG, "Stage: %s.", cost->stage);
	return TRUE;
}

static gboolean print_all(Output *out, AnzStore *store, AnzCostSizes sizes, GError **error)
{
	g_autoptr(AnzCost) cost = anz_cost_new(store, sizes, error);

	return cost && print_machine(out, cost, error) && print_totals(out, cost, error) &&
	       print_nodes(out, cost, error) && print_types(out, cost, error) &&
	       print_allocations(out, cost, error) && print_balances(out, cost, error) &&
	       print_limits(out, cost, error) && print_steps(out, cost, error);
}

static gboolean parse_sizes(const char *word, AnzCostSizes *sizes, GError **error)
{
	*sizes = ANZ_COST_SIZES_AUTO;
	if (!word)
		return TRUE;
	if (!strcmp(word, "table"))
		*sizes = ANZ_COST_SIZES_TABLE;
	else if (!strcmp(word, "dump"))
		*sizes = ANZ_COST_SIZES_DUMP;
	if (*sizes != ANZ_COST_SIZES_AUTO)
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "--sizes takes table or dump, not '%s'", word);
	return FALSE;
}

static gboolean run(Args *args, GError **error)
{
	AnzCostSizes sizes;

	if (!parse_sizes(args->sizes, &sizes, error))
		return FALSE;

	g_autoptr(Output) out = output_open(args, &total_table, verb_cost.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !print_all(out, source->store, sizes, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "sizes", 0, G_OPTION_ARG_STRING, "WHOSE", G_STRUCT_OFFSET(Args, sizes),
	  "Take the sizes of descriptors from the built-in table (table) or from the slab caches and "
	  "the type information of the dump (dump). Without it, from the dump of a memory-descriptor "
	  "kernel, and from the table for others, whose structs only overlay struct page.",
	  COMPLETE_WORDS, "table dump" },
	{ NULL }
};

static const Table *const tables[] = {
	&total_table, &node_table, &type_table, &allocation_table, &balance_table, &limit_table,
	&step_table, &machine_table, NULL
};

static const Example examples[] = {
	{ "memdesc cost vmcore.memdesc", "All of it." },
	{ "memdesc cost vmcore.memdesc --table allocations --columns class,order,saved_memdesc8",
	  "Which allocations lose at the goal." },
	{ "memdesc cost vmcore.memdesc --json", "For a script." },
	{ NULL }
};

const Verb verb_cost = {
	.name = "cost",
	.arguments = "SOURCE...",
	.summary = "what page metadata costs today, and would in each memory-descriptor format",
	.description =
		"Reckons what the page array and the descriptors beside it take on this machine, as "
		"the dump is (today) and in each shape of struct page: classic (every struct page "
		"describes its page, nothing beside it), memdesc32, memdesc16 and memdesc8 (a "
		"smaller struct page points at a descriptor that is allocated once for all pages "
		"of an allocation). For today, slabs are counted as they are; a projection takes "
		"the same allocations, packs their descriptors into full slabs of the order that "
		"SLUB chooses, and adds struct slab for these slabs.\n\n"
		"A descriptor each pays for large allocations only: the allocations table has, by "
		"class and order, what is saved. The limits table tells whether frame numbers of "
		"this machine fit the links of free pages in the smallest format, and how many "
		"zones it takes where they count from the start of the zone. The steps table tells "
		"how far the dumped kernel has come: which members that the conversion removes its "
		"struct page still has.\n\n"
		"Of the descriptors only the small folio has a published size; the others are this "
		"project's convention, marked so, until a kernel's own type information states them. "
		"Struct pages that share memory with others (optimised hugetlb vmemmap) are counted in full; how "
		"many bytes of today's array that saves is said beside it, of kernels up to 7.0.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
