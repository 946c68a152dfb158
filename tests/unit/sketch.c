/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pages/sketch.c and the picture of it: what a sample sees, what reading a tile adds, what neither knows. */
#include "kernel-util.h"
#include "memdesc-words.h"
#include "pages/sketch.h"

#define CELL ANZ_SKETCH_CELL_PAGES

typedef struct {
	TestMachine *m;
	AnzSketch *sketch;	/* of it, with nothing in it yet */
} Fixture;

/*
 * Free blocks at 1024 and 4096, slabs in the cell at 3072 alone, page tables in the cell at 6400, where no
 * sample of such a small machine looks: it looks at every 1024th frame and 63 behind it.
 */
static void setup(Fixture *f, gconstpointer data)
{
	g_autoptr(GArray) numbers = NULL;
	TestMachine *m = f->m = test_machine_new();

	test_machine_free_block(m, 1024, 10, MIGRATE_MOVABLE);
	test_machine_free_block(m, 4096, 10, MIGRATE_MOVABLE);
	for (guint i = 0; i < CELL; i++) {
		test_machine_page(m, 3072 + i)->page_type = (guint32)PGTY_slab << 24;
		test_machine_page(m, 6400 + i)->page_type = (guint32)PGTY_table << 24;
	}
	test_machine_open(m, NULL);
	numbers = anz_planes_tile_numbers(m->kernel);
	g_assert_cmpuint(numbers->len, ==, 1);
	f->sketch = anz_sketch_new((const guint64 *)numbers->data, numbers->len, m->kernel->max_pfn);
}

static void teardown(Fixture *f, gconstpointer data)
{
	anz_sketch_unref(f->sketch);
	test_machine_free(f->m);
}

static void assert_cells(const guint8 *cells, guint first, guint n, guint expected)
{
	for (guint i = first; i < first + n; i++)
		if (cells[i] != expected)
			g_error("cell %u is %u, not %u", i, cells[i], expected);
}

static void test_sample(Fixture *f, gconstpointer data)
{
	guint8 cells[ANZ_SKETCH_TILE_CELLS];
	guint64 count[ANZ_NR_CLASSES];
	guint total;

	g_assert_false(anz_sketch_read(f->sketch, 0, cells));
	assert_cells(cells, 0, ANZ_SKETCH_TILE_CELLS, ANZ_SKETCH_UNKNOWN);
	g_assert_cmpuint(anz_sketch_count(f->sketch, count), ==, 0);
	g_assert_cmpuint(anz_sketch_page_size(f->sketch), ==, 0);
	g_assert_cmpuint(anz_sketch_max_pfn(f->sketch), ==, f->m->kernel->max_pfn);
	g_assert_true(anz_sketch_sample(f->sketch, f->m->kernel, f->m->image, NULL));
	g_assert_cmpuint(anz_sketch_page_size(f->sketch), ==, 4096);
	g_assert_false(anz_sketch_read(f->sketch, 0, cells));
	assert_cells(cells, 0, 4, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 4, 4, ANZ_CLASS_FREE);
	assert_cells(cells, 8, 4, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 12, 4, ANZ_CLASS_SLAB);
	assert_cells(cells, 16, 4, ANZ_CLASS_FREE);
	assert_cells(cells, 20, 12, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 32, ANZ_SKETCH_TILE_CELLS - 32, ANZ_CLASS_HOLE);
	g_assert_cmpuint(anz_sketch_count(f->sketch, count), ==, 32);
	g_assert_cmpuint(count[ANZ_CLASS_FREE], ==, 8);
	g_assert_cmpuint(anz_sketch_sampled_pages(f->sketch), ==, 8 * 64);
	g_assert_cmpuint(anz_sketch_tiles(f->sketch, &total), ==, 0);
	g_assert_cmpuint(total, ==, 1);
	/* no section, no memory */
	g_assert_true(anz_sketch_read(f->sketch, 7, cells));
	assert_cells(cells, 0, ANZ_SKETCH_TILE_CELLS, ANZ_CLASS_HOLE);
}

static void test_reading(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzPlanes) planes = NULL;
	guint8 cells[ANZ_SKETCH_TILE_CELLS];
	g_autoptr(GError) error = NULL;

	planes = anz_planes_decode(f->m->kernel, 1, 0, NULL, NULL, f->sketch, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(anz_sketch_tiles(f->sketch, NULL), ==, 1);
	g_assert_true(anz_sketch_read(f->sketch, 0, cells));
	assert_cells(cells, 4, 4, ANZ_CLASS_FREE);
	assert_cells(cells, 8, 4, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 12, 1, ANZ_CLASS_SLAB);
	assert_cells(cells, 13, 3, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 16, 4, ANZ_CLASS_FREE);
	assert_cells(cells, 25, 1, ANZ_CLASS_PAGE_TABLE);
	assert_cells(cells, 26, 6, ANZ_CLASS_KERNEL_OTHER);
	assert_cells(cells, 32, ANZ_SKETCH_TILE_CELLS - 32, ANZ_CLASS_HOLE);
}

/* Behind the head of a free block of descriptors are zeros, as in pages that are reserved. */
static void test_memdesc(Fixture *f, gconstpointer data)
{
	g_autofree guint8 *classes = g_malloc(ANZ_TILE_PAGES), *orders = g_malloc0(ANZ_TILE_PAGES);
	g_autofree guint16 *attrs = g_new0(guint16, ANZ_TILE_PAGES);
	const AnzTile tile = { .page_class = classes, .order = orders, .attr = attrs };
	const gint cancel = 1;
	guint8 cells[ANZ_SKETCH_TILE_CELLS];

	f->m->kernel->memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	/* what was sampled is replaced below; that the array is of descriptors stays */
	anz_sketch_sample(f->sketch, f->m->kernel, f->m->image, &cancel);
	g_clear_pointer(&f->m->kernel->memdesc, g_free);
	memset(classes, ANZ_CLASS_RESERVED, ANZ_TILE_PAGES);
	/* a block of 1024 pages, one of 32 before anonymous pages, one of 512 */
	classes[1024] = classes[4096] = classes[8192] = ANZ_CLASS_FREE;
	memset(classes + 4096 + 32, ANZ_CLASS_ANON, CELL - 32);
	memset(classes + 8192 + 512, ANZ_CLASS_FILE, CELL);
	anz_sketch_take_tile(f->sketch, &tile);
	g_assert_true(anz_sketch_read(f->sketch, 0, cells));
	assert_cells(cells, 0, 4, ANZ_CLASS_RESERVED);
	assert_cells(cells, 4, 4, ANZ_CLASS_FREE);
	assert_cells(cells, 8, 8, ANZ_CLASS_RESERVED);
	/* 32 of the 64 that are looked at are free: of two as frequent the first */
	assert_cells(cells, 16, 1, ANZ_CLASS_FREE);
	assert_cells(cells, 17, 15, ANZ_CLASS_RESERVED);
	assert_cells(cells, 32, 2, ANZ_CLASS_FREE);
	assert_cells(cells, 34, 1, ANZ_CLASS_FILE);
	assert_cells(cells, 35, ANZ_SKETCH_TILE_CELLS - 35, ANZ_CLASS_RESERVED);
}

static void test_cancel(Fixture *f, gconstpointer data)
{
	const gint cancel = 1;

	g_assert_false(anz_sketch_sample(f->sketch, f->m->kernel, f->m->image, &cancel));
}

static guint32 pixel(AnzPicture *picture, int zoom, gint64 x, gint64 y)
{
	g_autoptr(GError) error = NULL;
	guint32 value = 0;

	g_assert_true(anz_picture_paint(picture, zoom, x, y, 1, 1, &value, 1, NULL, &error));
	g_assert_no_error(error);
	return value & 0xffffff;
}

/* At any zoom: several cells to a pixel, one, and many pixels to a cell. */
static void test_picture(Fixture *f, gconstpointer data)
{
	const AnzGeometryOptions options = { .size = sizeof(options), .curve = ANZ_CURVE_ROWS };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzGeometry) geometry = anz_geometry_new_sketch(f->sketch, &options, &error);
	g_autoptr(AnzPicture) picture = NULL;
	AnzPictureStyle style;

	g_assert_no_error(error);
	picture = anz_picture_new_sketch(f->sketch, geometry);
	anz_picture_style_init(&style, ANZ_PALETTE_LIGHT);
	/* neither needs anything that a sketch does not have */
	style.mode = ANZ_CELL_OWNER;
	style.overlays = (1u << ANZ_NR_OVERLAYS) - 1;
	anz_picture_set_style(picture, &style);
	g_assert_cmphex(pixel(picture, -4, 4, 0), ==, anz_palette_unknown(ANZ_PALETTE_LIGHT));
	anz_sketch_sample(f->sketch, f->m->kernel, f->m->image, NULL);
	g_assert_cmphex(pixel(picture, -4, 3, 0), ==, style.colours[ANZ_CLASS_KERNEL_OTHER]);
	g_assert_cmphex(pixel(picture, -4, 4, 0), ==, style.colours[ANZ_CLASS_FREE]);
	g_assert_cmphex(pixel(picture, -4, 12, 0), ==, style.colours[ANZ_CLASS_SLAB]);
	g_assert_cmphex(pixel(picture, -5, 1, 0), ==, style.colours[ANZ_CLASS_FREE]);
	g_assert_cmphex(pixel(picture, 0, 0, 4), ==, style.colours[ANZ_CLASS_FREE]);
	g_assert_cmphex(pixel(picture, 0, 0, 3), ==, style.colours[ANZ_CLASS_KERNEL_OTHER]);
}

#define ADD(name, test) g_test_add("/sketch/" name, Fixture, NULL, setup, test, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("sample", test_sample);
	ADD("reading", test_reading);
	ADD("memdesc", test_memdesc);
	ADD("cancel", test_cancel);
	ADD("picture", test_picture);
	return g_test_run();
}
