/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cost of page metadata.  Every allocation has, or would have, one descriptor; frames have an
 * entry in the page array.  "today" is the dump as it is, the others are projections of the same
 * allocations: slabs packed to the full, of the order that SLUB would choose, and struct slab for the
 * slabs that hold descriptors, those of struct slab included.
 */
#include <string.h>

#include "store/cost-private.h"

/* SLUB (mm/slub.c, calculate_order()): no more than this if it can be helped. */
#define MAX_SLAB_ORDER 3

/* Descriptors of one size on one node. */
typedef struct {
	gint64 node;
	const AnzCostRow *row;		/* NULL: pages that need none */
	const char *name;
	const char *orders;
	char status;
	guint64 bytes;
	guint64 pages, descriptors, slab_bytes;
} Item;

typedef struct {
	AnzCost *cost;
	AnzCostInputs *inputs;
	AnzCostSizes sizes;
	GArray *totals, *types, *allocations, *balances;
	/* of the format under way */
	const char *format;
	guint shape;
	gboolean measured;		/* the dump as it is */
	GArray *items;
} Reckoner;

static guint slab_order(guint64 bytes, guint64 page_size, guint64 cpus)
{
	guint64 min_objects = 4 * (g_bit_storage(MIN(cpus, 1u << 20)) + 1), want = min_objects * bytes;
	guint least = 0;

	while (least < MAX_SLAB_ORDER && page_size << least < want)
		least++;
	/* at most a sixteenth lost at the end, else an eighth, else a quarter */
	for (guint fraction = 16; fraction >= 4; fraction /= 2)
		for (guint order = least; order <= MAX_SLAB_ORDER; order++)
			if ((page_size << order) % bytes <= (page_size << order) / fraction)
				return order;
	return least;
}

/* Bytes of one slab of objects of @bytes; @objects: it holds. */
static guint64 slab_size(const AnzCostInputs *inputs, guint64 bytes, guint64 *objects)
{
	guint64 size = inputs->page_size << slab_order(bytes, inputs->page_size, inputs->cpus);

	*objects = MAX(size / bytes, 1);
	return size;
}

static guint64 classic_page_bytes(const AnzCostInputs *inputs)
{
	return inputs->shape ? anz_cost_rows[0].size[ANZ_COST_CLASSIC].bytes : inputs->struct_page_size;
}

static guint64 page_bytes(const AnzCostInputs *inputs, guint shape)
{
	if (shape == inputs->shape)
		return inputs->struct_page_size;
	return shape ? anz_cost_rows[0].size[shape].bytes : classic_page_bytes(inputs);
}

/* Sizes of the objects in the caches of struct @name: of small allocations and of large ones. */
static gboolean object_bytes(const AnzCostInputs *inputs, const char *name, guint64 *small, guint64 *large)
{
	*small = G_MAXUINT64;
	*large = 0;
	for (guint i = 0; i < inputs->slabs->len; i++) {
		const AnzCostSlabs *slabs = &g_array_index(inputs->slabs, AnzCostSlabs, i);

		if (!slabs->object_bytes || strcmp(slabs->descriptor, name))
			continue;
		*small = MIN(*small, slabs->object_bytes);
		*large = MAX(*large, slabs->object_bytes);
	}
	return *large != 0;
}

/* Size of the descriptor of @use in the dump; 0 if it has none or is not to be asked. */
static guint64 dumped_bytes(const Reckoner *r, const AnzCostRow *row, const AnzCostUse *use,
			    const char **orders)
{
	const AnzCostInputs *inputs = r->inputs;
	gboolean is_large = anz_cost_is_large(use);
	guint64 bytes, most, small, large;

	if (!r->measured && (r->sizes == ANZ_COST_SIZES_TABLE ||
			     (r->sizes == ANZ_COST_SIZES_AUTO && !inputs->shape)))
		return 0;
	bytes = anz_cost_struct_bytes(inputs, row->descriptor);
	if (!bytes && use->descriptor)
		bytes = anz_cost_struct_bytes(inputs, use->descriptor);
	if (object_bytes(inputs, row->descriptor, &small, &large)) {
		bytes = is_large ? large : small;
		if (small != large)
			*orders = is_large ? "1+" : "0";
	}
	if (!inputs->shape) {
		most = inputs->struct_page_size << CLAMP(use->order, 0, 6);
		bytes = MIN(bytes, most);
	}
	bytes = (bytes + 15) & ~(guint64)15;
	return bytes <= 4096 ? bytes : 0;
}

static Item *find_item(GArray *items, const Item *like)
{
	for (guint i = 0; i < items->len; i++) {
		Item *item = &g_array_index(items, Item, i);

		if (item->node == like->node && item->bytes == like->bytes &&
		    item->status == like->status && !g_strcmp0(item->name, like->name))
			return item;
	}
	g_array_append_val(items, *like);
	return &g_array_index(items, Item, items->len - 1);
}

/* The descriptors that @use needs in the format under way. */
static Item item_of(const Reckoner *r, const AnzCostUse *use)
{
	/* The classic shape has none; what would have one is called by its future name. */
	const AnzCostRow *row = anz_cost_row(use, r->shape ? r->shape : ANZ_COST_MEMDESC8);
	Item item = { .node = use->node, .row = row };

	if (!row)
		return item;
	item.name = r->measured && use->descriptor ? use->descriptor : row->descriptor;
	item.orders = "any";
	if (!r->shape)
		return item;
	item.bytes = dumped_bytes(r, row, use, &item.orders);
	item.status = item.bytes ? 'D' : row->size[r->shape].status;
	if (!item.bytes) {
		item.bytes = row->size[r->shape].bytes;
		item.orders = row->orders;
	}
	return item;
}

static void take_uses(Reckoner *r)
{
	for (guint i = 0; i < r->inputs->uses->len; i++) {
		const AnzCostUse *use = &g_array_index(r->inputs->uses, AnzCostUse, i);
		Item like = item_of(r, use), *item = find_item(r->items, &like);

		item->pages += use->pages;
		if (like.bytes)
			item->descriptors += use->allocations;
	}
}

/* Slabs as they are: they may lie on another node than the pages that their descriptors describe. */
static void take_slabs(Reckoner *r)
{
	guint64 small, large;

	for (guint i = 0; i < r->inputs->slabs->len; i++) {
		const AnzCostSlabs *slabs = &g_array_index(r->inputs->slabs, AnzCostSlabs, i);
		AnzCostUse use = { .node = slabs->node, .page_class = "", .needs = TRUE,
				   .descriptor = slabs->descriptor };
		Item like;

		use.order = object_bytes(r->inputs, slabs->descriptor, &small, &large) &&
			    slabs->object_bytes > small;
		like = item_of(r, &use);

		if (!like.name)
			like.name = slabs->descriptor;
		find_item(r->items, &like)->slab_bytes += slabs->pages * r->inputs->page_size;
	}
}

static guint64 pack(const Reckoner *r, Item *item)
{
	guint64 objects, size, slabs;

	if (!item->bytes || !item->descriptors)
		return 0;
	size = slab_size(r->inputs, item->bytes, &objects);
	slabs = (item->descriptors + objects - 1) / objects;
	item->slab_bytes = slabs * size;
	return slabs;
}

/* Slabs of @node that hold descriptors in the dump: the projection has others in their place. */
static guint64 own_slabs(const Reckoner *r, gint64 node)
{
	guint64 slabs = 0;

	for (guint i = 0; i < r->inputs->slabs->len; i++)
		if (g_array_index(r->inputs->slabs, AnzCostSlabs, i).node == node)
			slabs += g_array_index(r->inputs->slabs, AnzCostSlabs, i).slabs;
	return slabs;
}

/* Packs the descriptors of @node, then struct slab for the slabs that takes, itself included. */
static void pack_node(Reckoner *r, gint64 node)
{
	AnzCostUse slab_use = { .node = node, .page_class = "slab", .needs = TRUE };
	Item like = item_of(r, &slab_use), *slab = NULL;
	guint64 slabs = 0, base, own = own_slabs(r, node), before;

	for (guint i = 0; i < r->items->len; i++) {
		Item *item = &g_array_index(r->items, Item, i);

		if (item->node == node && g_strcmp0(item->name, "slab"))
			slabs += pack(r, item);
	}
	if (!slabs && !own && node < 0)
		return;
	slab = find_item(r->items, &like);
	base = slab->descriptors > own ? slab->descriptors - own : 0;
	slab->descriptors = base + slabs;
	do {
		before = slab->descriptors;
		slab->descriptors = base + slabs + pack(r, slab);
	} while (slab->descriptors > before);
}

static gint compare_nodes(gconstpointer a, gconstpointer b)
{
	gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

	/* frames in no zone come last */
	if ((left < 0) != (right < 0))
		return left < 0 ? 1 : -1;
	return (left > right) - (left < right);
}

static GArray *list_nodes(const Reckoner *r)
{
	GArray *nodes = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < r->inputs->uses->len; i++) {
		gint64 node = g_array_index(r->inputs->uses, AnzCostUse, i).node;
		guint n = 0;

		while (n < nodes->len && g_array_index(nodes, gint64, n) != node)
			n++;
		if (n == nodes->len)
			g_array_append_val(nodes, node);
	}
	g_array_sort(nodes, compare_nodes);
	return nodes;
}

/* Whether slabs are known: projected ones are, and those of descriptors that were found in caches. */
static gboolean slabs_known(const Reckoner *r)
{
	return !r->measured || !r->shape || r->inputs->slabs->len;
}

static void finish_total(const Reckoner *r, AnzCostTotal *total)
{
	total->array_bytes = total->frames * total->page_bytes;
	if (!slabs_known(r))
		total->slab_bytes = -1;
	total->total_bytes = total->array_bytes + (total->slab_bytes < 0 ? total->object_bytes :
						   (guint64)total->slab_bytes);
	total->saved_bytes = (gint64)(total->frames * classic_page_bytes(r->inputs)) -
			     (gint64)total->total_bytes;
}

static void add_total(Reckoner *r, gint64 node)
{
	AnzCostTotal total = { .format = r->format, .node = node,
			       .page_bytes = page_bytes(r->inputs, r->shape) };

	for (guint i = 0; i < r->items->len; i++) {
		const Item *item = &g_array_index(r->items, Item, i);

		if (node != ANZ_COST_MACHINE && item->node != node)
			continue;
		total.frames += item->pages;
		total.descriptors += item->descriptors;
		total.object_bytes += item->descriptors * item->bytes;
		total.slab_bytes += (gint64)item->slab_bytes;
	}
	finish_total(r, &total);
	g_array_append_val(r->totals, total);
}

static AnzCostType *find_type(Reckoner *r, const Item *item)
{
	AnzCostType type = { .format = r->format, .descriptor = item->name, .orders = item->orders,
			     .bytes = item->bytes, .status = item->status };

	for (guint i = 0; i < r->types->len; i++) {
		AnzCostType *have = &g_array_index(r->types, AnzCostType, i);

		if (!strcmp(have->format, r->format) && !g_strcmp0(have->descriptor, item->name) &&
		    have->bytes == item->bytes && have->status == item->status)
			return have;
	}
	if (item->status == 'D')
		type.source = "slab cache or type information of the dump";
	else if (item->status)
		type.source = item->row->source;
	g_array_append_val(r->types, type);
	return &g_array_index(r->types, AnzCostType, r->types->len - 1);
}

static gint compare_types(gconstpointer a, gconstpointer b)
{
	const AnzCostType *left = a, *right = b;

	/* pages without a descriptor come last */
	if (!left->descriptor != !right->descriptor)
		return left->descriptor ? -1 : 1;
	if (left->total_bytes != right->total_bytes)
		return left->total_bytes > right->total_bytes ? -1 : 1;
	return g_strcmp0(left->descriptor, right->descriptor);
}

static void add_types(Reckoner *r)
{
	guint first = r->types->len;
	guint64 bytes = page_bytes(r->inputs, r->shape);

	for (guint i = 0; i < r->items->len; i++) {
		const Item *item = &g_array_index(r->items, Item, i);
		AnzCostType *type = find_type(r, item);

		type->pages += item->pages;
		type->descriptors += item->descriptors;
		type->slab_bytes += (gint64)item->slab_bytes;
	}
	for (guint i = first; i < r->types->len; i++) {
		AnzCostType *type = &g_array_index(r->types, AnzCostType, i);

		type->array_bytes = type->pages * bytes;
		type->object_bytes = type->descriptors * type->bytes;
		if (!slabs_known(r) && type->bytes)
			type->slab_bytes = -1;
		type->total_bytes = type->array_bytes + (type->slab_bytes < 0 ? type->object_bytes :
							 (guint64)type->slab_bytes);
	}
	if (r->types->len > first)
		qsort(&g_array_index(r->types, AnzCostType, first), r->types->len - first,
		      sizeof(AnzCostType), compare_types);
}

static void reckon_format(Reckoner *r, const char *format, guint shape, gboolean measured)
{
	g_autoptr(GArray) nodes = list_nodes(r);

	r->format = format;
	r->shape = shape;
	r->measured = measured;
	r->items = g_array_new(FALSE, TRUE, sizeof(Item));
	take_uses(r);
	if (measured)
		take_slabs(r);
	for (guint i = 0; !measured && shape && i < nodes->len; i++)
		pack_node(r, g_array_index(nodes, gint64, i));
	add_total(r, ANZ_COST_MACHINE);
	for (guint i = 0; i < nodes->len; i++)
		add_total(r, g_array_index(nodes, gint64, i));
	add_types(r);
	g_clear_pointer(&r->items, g_array_unref);
}

/* What the descriptors of @use take in @shape, each with its share of a slab. */
static gint64 saved_by(Reckoner *r, const AnzCostUse *use, guint shape)
{
	guint64 array = use->pages * (classic_page_bytes(r->inputs) - page_bytes(r->inputs, shape));
	guint64 objects, size;
	Item item;

	r->shape = shape;
	r->measured = FALSE;
	item = item_of(r, use);
	if (!item.bytes)
		return (gint64)array;
	size = slab_size(r->inputs, item.bytes, &objects);
	return (gint64)array - (gint64)((use->allocations * size + objects - 1) / objects);
}

static gint compare_allocations(gconstpointer a, gconstpointer b)
{
	const AnzCostAllocation *left = a, *right = b;
	int names = strcmp(left->page_class, right->page_class);

	return names ? names : left->order - right->order;
}

static void add_allocation(Reckoner *r, const AnzCostUse *use)
{
	const AnzCostRow *row = anz_cost_row(use, ANZ_COST_MEMDESC8);
	const char *name = use->descriptor ? use->descriptor : row->descriptor;
	AnzCostAllocation *at = NULL;

	for (guint i = 0; i < r->allocations->len && !at; i++) {
		AnzCostAllocation *have = &g_array_index(r->allocations, AnzCostAllocation, i);

		if (!strcmp(have->page_class, use->page_class) && have->order == use->order &&
		    !strcmp(have->descriptor, name))
			at = have;
	}
	if (!at) {
		AnzCostAllocation new = { .page_class = use->page_class, .descriptor = name,
					  .order = use->order };

		g_array_append_val(r->allocations, new);
		at = &g_array_index(r->allocations, AnzCostAllocation, r->allocations->len - 1);
	}
	at->allocations += use->allocations;
	at->pages += use->pages;
	at->classic_bytes += use->pages * classic_page_bytes(r->inputs);
	for (guint s = ANZ_COST_MEMDESC32; s < ANZ_COST_SHAPES; s++)
		at->saved_bytes[s] += saved_by(r, use, s);
}

static void weigh(AnzCostBalance *balance, const AnzCostAllocation *it, gint64 saved)
{
	if (saved < 0) {
		balance->losing_allocations += it->allocations;
		balance->losing_pages += it->pages;
		balance->lost_bytes -= saved;
	} else {
		balance->gaining_allocations += it->allocations;
		balance->gaining_pages += it->pages;
		balance->gained_bytes += saved;
	}
}

static gint64 net_saving(const Reckoner *r, const char *format)
{
	for (guint i = 0; i < r->totals->len; i++) {
		const AnzCostTotal *total = &g_array_index(r->totals, AnzCostTotal, i);

		if (total->node == ANZ_COST_MACHINE && !strcmp(total->format, format))
			return total->saved_bytes;
	}
	return 0;
}

static void reckon_allocations(Reckoner *r)
{
	guint64 without = 0;

	for (guint i = 0; i < r->inputs->uses->len; i++) {
		const AnzCostUse *use = &g_array_index(r->inputs->uses, AnzCostUse, i);

		if (use->needs)
			add_allocation(r, use);
		else
			without += use->pages;
	}
	g_array_sort(r->allocations, compare_allocations);
	for (guint s = ANZ_COST_MEMDESC32; s < ANZ_COST_SHAPES; s++) {
		AnzCostBalance balance = { .format = anz_cost_shapes[s], .without_pages = without };

		for (guint i = 0; i < r->allocations->len; i++) {
			const AnzCostAllocation *it = &g_array_index(r->allocations,
								     AnzCostAllocation, i);

			weigh(&balance, it, it->saved_bytes[s]);
		}
		balance.without_bytes = (gint64)(without * (classic_page_bytes(r->inputs) -
							    page_bytes(r->inputs, s)));
		balance.net_bytes = net_saving(r, balance.format);
		balance.overhead_bytes = balance.gained_bytes + balance.without_bytes -
					 balance.lost_bytes - balance.net_bytes;
		g_array_append_val(r->balances, balance);
	}
}

#define STEAL(array, field, n) \
	((n) = (array)->len, (field) = (gpointer)g_array_free((array), FALSE))

AnzCost *anz_cost_new(AnzStore *store, AnzCostSizes sizes, GError **error)
{
	g_autoptr(AnzCostInputs) inputs = anz_cost_inputs_read(store, error);
	GArray *limits = inputs ? anz_cost_limits(store, error) : NULL, *steps;
	Reckoner r = { .inputs = inputs, .sizes = sizes };
	AnzCost *cost;

	if (!limits)
		return NULL;
	cost = g_new0(AnzCost, 1);
	r.totals = g_array_new(FALSE, TRUE, sizeof(AnzCostTotal));
	r.types = g_array_new(FALSE, TRUE, sizeof(AnzCostType));
	r.allocations = g_array_new(FALSE, TRUE, sizeof(AnzCostAllocation));
	r.balances = g_array_new(FALSE, TRUE, sizeof(AnzCostBalance));
	reckon_format(&r, "today", inputs->shape, TRUE);
	for (guint s = inputs->shape ? ANZ_COST_CLASSIC : ANZ_COST_MEMDESC32; s < ANZ_COST_SHAPES; s++)
		reckon_format(&r, anz_cost_shapes[s], s, FALSE);
	reckon_allocations(&r);
	steps = anz_cost_steps(inputs, &cost->stage);
	cost->shape = anz_cost_shapes[inputs->shape];
	cost->page_size = inputs->page_size;
	cost->memory_bytes = inputs->memory_bytes;
	cost->shared_bytes = inputs->shared_bytes;
	cost->slab_caches = inputs->caches;
	STEAL(r.totals, cost->totals, cost->nr_totals);
	STEAL(r.types, cost->types, cost->nr_types);
	STEAL(r.allocations, cost->allocations, cost->nr_allocations);
	STEAL(r.balances, cost->balances, cost->nr_balances);
	STEAL(limits, cost->limits, cost->nr_limits);
	STEAL(steps, cost->steps, cost->nr_steps);
	cost->priv = g_steal_pointer(&inputs);
	return cost;
}

void anz_cost_free(AnzCost *cost)
{
	if (!cost)
		return;
	g_free(cost->totals);
	g_free(cost->types);
	g_free(cost->allocations);
	g_free(cost->balances);
	g_free(cost->limits);
	g_free(cost->steps);
	anz_cost_inputs_free(cost->priv);
	g_free(cost);
}
