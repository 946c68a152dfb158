/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view.h"

#include <math.h>

#define HISTORY_MAX 200

typedef struct {
	MdvCamera camera;
	guint64 pfn, nr_pages;
} Place;

struct _MdvView {
	GObject parent;
	MdvDocument *document, *other;
	AnzSketch *sketch;	/* instead of a document */
	AnzGeometry *geometry;
	AnzPictureStyle style;
	AnzCurve curve;
	guint row_tiles;	/* 0: as fits; only a link says another number */
	gboolean show_holes;
	AnzPageSet *lit;
	char *lit_words, *lit_search;
	MdvCamera camera;
	guint width, height;
	gboolean fit_pending;	/* no window was there yet to fit into */
	guint64 pfn, nr_pages;	/* nr_pages 0: nothing selected */
	GArray *past, *future;	/* of Place */
};

G_DEFINE_FINAL_TYPE(MdvView, mdv_view, G_TYPE_OBJECT)

enum { DOCUMENT, PICTURE, CAMERA, SELECTION, N_SIGNALS };
static guint signals[N_SIGNALS];

static void mdv_view_finalize(GObject *object)
{
	MdvView *self = MDV_VIEW(object);

	g_clear_object(&self->document);
	g_clear_object(&self->other);
	anz_sketch_unref(self->sketch);
	anz_geometry_unref(self->geometry);
	anz_page_set_unref(self->lit);
	g_free(self->lit_words);
	g_free(self->lit_search);
	g_array_unref(self->past);
	g_array_unref(self->future);
	G_OBJECT_CLASS(mdv_view_parent_class)->finalize(object);
}

static void mdv_view_class_init(MdvViewClass *klass)
{
	static const char *const names[N_SIGNALS] = { "document", "picture", "camera",
						      "selection" };

	G_OBJECT_CLASS(klass)->finalize = mdv_view_finalize;
	for (guint i = 0; i < N_SIGNALS; i++)
		signals[i] = g_signal_new(names[i], G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
					  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void mdv_view_init(MdvView *self)
{
	anz_picture_style_init(&self->style, ANZ_PALETTE_DARK);
	self->past = g_array_new(FALSE, FALSE, sizeof(Place));
	self->future = g_array_new(FALSE, FALSE, sizeof(Place));
	self->lit_words = g_strdup("");
}

MdvView *mdv_view_new(void)
{
	return g_object_new(MDV_TYPE_VIEW, NULL);
}

static void emit(MdvView *self, guint signal)
{
	g_signal_emit(self, signals[signal], 0);
}

static void place_camera(MdvView *self, const MdvCamera *camera);

/* --- documents --- */

MdvDocument *mdv_view_document(MdvView *self)
{
	return self->document;
}

MdvDocument *mdv_view_other(MdvView *self)
{
	return self->other;
}

static gboolean make_geometry(MdvView *self, GError **error)
{
	AnzGeometryOptions options = {
		.size = sizeof(options), .curve = self->curve, .row_tiles = self->row_tiles,
		.show_holes = self->show_holes,
		.other = self->other ? mdv_document_store(self->other) : NULL,
	};
	AnzGeometry *geometry;

	if (!self->document && !self->sketch)
		return TRUE;
	geometry = self->sketch ? anz_geometry_new_sketch(self->sketch, &options, error) :
		anz_geometry_new(mdv_document_store(self->document), &options, error);
	if (!geometry)
		return FALSE;
	anz_geometry_unref(self->geometry);
	self->geometry = geometry;
	return TRUE;
}

static void set_lit(MdvView *self, AnzPageSet *lit, const char *words, const char *search)
{
	if (lit)
		anz_page_set_ref(lit);
	anz_page_set_unref(self->lit);
	self->lit = lit;
	g_free(self->lit_words);
	self->lit_words = g_strdup(lit && words ? words : "");
	g_free(self->lit_search);
	self->lit_search = g_strdup(lit ? search : NULL);
}

void mdv_view_set_document(MdvView *self, MdvDocument *document)
{
	g_autoptr(GError) error = NULL;

	g_set_object(&self->document, document);
	g_clear_object(&self->other);
	if (self->style.mode == ANZ_CELL_CHANGE)
		self->style.mode = ANZ_CELL_DOMINANT;
	set_lit(self, NULL, NULL, NULL);
	self->nr_pages = 0;
	g_array_set_size(self->past, 0);
	g_array_set_size(self->future, 0);
	if (!make_geometry(self, &error))
		g_warning("%s", error->message);
	emit(self, DOCUMENT);
	mdv_view_fit(self);
	emit(self, SELECTION);
	emit(self, PICTURE);
}

void mdv_view_refine_document(MdvView *self, MdvDocument *document)
{
	g_autoptr(GError) error = NULL;

	g_set_object(&self->document, document);
	/* an older snapshot may have had less memory */
	if (self->nr_pages && self->pfn + self->nr_pages > mdv_document_max_pfn(document))
		self->nr_pages = 0;
	if (!make_geometry(self, &error))
		g_warning("%s", error->message);
	emit(self, DOCUMENT);
	place_camera(self, &self->camera);
	emit(self, SELECTION);
	emit(self, PICTURE);
}

AnzSketch *mdv_view_sketch(MdvView *self)
{
	return self->sketch;
}

void mdv_view_set_sketch(MdvView *self, AnzSketch *sketch)
{
	if (sketch)
		anz_sketch_ref(sketch);
	anz_sketch_unref(self->sketch);
	self->sketch = sketch;
	g_clear_pointer(&self->geometry, anz_geometry_unref);
	make_geometry(self, NULL);
	emit(self, DOCUMENT);
	mdv_view_fit(self);
	emit(self, PICTURE);
}

guint64 mdv_view_page_size(MdvView *self)
{
	return self->sketch ? anz_sketch_page_size(self->sketch) :
		self->document ? mdv_document_page_size(self->document) : 0;
}

guint64 mdv_view_max_pfn(MdvView *self)
{
	guint64 end;

	if (self->sketch)
		return anz_sketch_max_pfn(self->sketch);
	end = self->document ? mdv_document_max_pfn(self->document) : 0;
	return self->other ? MAX(end, mdv_document_max_pfn(self->other)) : end;
}

gboolean mdv_view_set_other(MdvView *self, MdvDocument *other, GError **error)
{
	if (other && self->document &&
	    mdv_document_page_size(other) != mdv_document_page_size(self->document)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s has pages of another size; the two cannot be compared page by page",
			    mdv_document_path(other));
		return FALSE;
	}
	g_set_object(&self->other, other);
	/* what changed since then is something else now */
	if (anz_search_needs_other(self->lit_search))
		set_lit(self, NULL, NULL, NULL);
	if (!make_geometry(self, error)) {
		g_clear_object(&self->other);
		return FALSE;
	}
	if (other)
		self->style.mode = ANZ_CELL_CHANGE;
	else if (self->style.mode == ANZ_CELL_CHANGE)
		self->style.mode = ANZ_CELL_DOMINANT;
	mdv_view_fit(self);
	emit(self, PICTURE);
	return TRUE;
}

/* --- picture --- */

AnzGeometry *mdv_view_geometry(MdvView *self)
{
	return self->geometry;
}

const AnzPictureStyle *mdv_view_style(MdvView *self)
{
	return &self->style;
}

void mdv_view_set_style(MdvView *self, const AnzPictureStyle *style)
{
	self->style = *style;
	emit(self, PICTURE);
}

AnzCurve mdv_view_curve(MdvView *self)
{
	return self->curve;
}

static gboolean sees_all(MdvView *self)
{
	guint64 width, height;

	if (!self->geometry || !self->width || !self->height)
		return FALSE;
	anz_geometry_size(self->geometry, 0, &width, &height);
	return self->camera.x == width / 2.0 && self->camera.y == height / 2.0 &&
		self->camera.zoom == anz_geometry_fit(self->geometry, self->width, self->height);
}

/* Another layout moves every page: stay with the one that is in the middle, or the selected one, or with all. */
static void relayout(MdvView *self)
{
	guint64 pfn = self->pfn;
	gboolean keep = self->nr_pages > 0, all = sees_all(self);
	AnzCell cell;

	if (!self->geometry)
		return;
	if (!keep && anz_geometry_cell_at(self->geometry, 0, (gint64)self->camera.x,
					  (gint64)self->camera.y, &cell)) {
		pfn = cell.pfn;
		keep = TRUE;
	}
	if (!make_geometry(self, NULL))
		return;
	if (keep && anz_geometry_cell_of(self->geometry, 0, pfn, &cell)) {
		self->camera.x = (double)cell.x;
		self->camera.y = (double)cell.y;
	}
	if (all)
		mdv_view_fit(self);
	else
		place_camera(self, &self->camera);
	emit(self, PICTURE);
}

void mdv_view_set_curve(MdvView *self, AnzCurve curve)
{
	if (self->curve == curve || curve >= ANZ_NR_CURVES)
		return;
	self->curve = curve;
	relayout(self);
}

gboolean mdv_view_show_holes(MdvView *self)
{
	return self->show_holes;
}

void mdv_view_set_show_holes(MdvView *self, gboolean show)
{
	if (self->show_holes == show)
		return;
	self->show_holes = show;
	relayout(self);
}

AnzPageSet *mdv_view_lit(MdvView *self)
{
	return self->lit;
}

const char *mdv_view_lit_words(MdvView *self)
{
	return self->lit_words;
}

const char *mdv_view_lit_search(MdvView *self)
{
	return self->lit_search;
}

void mdv_view_set_lit(MdvView *self, AnzPageSet *lit, const char *words, const char *search)
{
	set_lit(self, lit, words, search);
	emit(self, PICTURE);
}

/* --- selection --- */

gboolean mdv_view_selection(MdvView *self, guint64 *pfn, guint64 *nr_pages)
{
	*pfn = self->pfn;
	*nr_pages = self->nr_pages;
	return self->nr_pages > 0;
}

void mdv_view_select(MdvView *self, guint64 pfn, guint64 nr_pages)
{
	guint64 max_pfn = self->document ? mdv_document_max_pfn(self->document) : 0;

	if (pfn >= max_pfn || !nr_pages)
		return;
	nr_pages = MIN(nr_pages, max_pfn - pfn);
	if (self->pfn == pfn && self->nr_pages == nr_pages)
		return;
	self->pfn = pfn;
	self->nr_pages = nr_pages;
	emit(self, SELECTION);
}

void mdv_view_unselect(MdvView *self)
{
	if (!self->nr_pages)
		return;
	self->nr_pages = 0;
	emit(self, SELECTION);
}

/* --- camera --- */

const MdvCamera *mdv_view_camera(MdvView *self)
{
	return &self->camera;
}

/* Some of the picture stays in sight: the middle of the window is within it. */
static void place_camera(MdvView *self, const MdvCamera *camera)
{
	guint64 width, height;

	self->camera = *camera;
	self->camera.zoom = CLAMP(camera->zoom, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
	if (self->geometry) {
		anz_geometry_size(self->geometry, 0, &width, &height);
		self->camera.x = CLAMP(camera->x, 0, (double)width);
		self->camera.y = CLAMP(camera->y, 0, (double)height);
	}
	emit(self, CAMERA);
}

void mdv_view_set_camera(MdvView *self, const MdvCamera *camera)
{
	self->fit_pending = FALSE;
	place_camera(self, camera);
}

/* Who saw the whole picture goes on doing so. */
void mdv_view_set_window(MdvView *self, guint width, guint height)
{
	gboolean all = self->fit_pending || sees_all(self);

	if (self->width == width && self->height == height && !self->fit_pending)
		return;
	self->width = width;
	self->height = height;
	if (all)
		mdv_view_fit(self);
	else
		emit(self, CAMERA);
}

void mdv_view_get_window(MdvView *self, guint *width, guint *height)
{
	*width = self->width;
	*height = self->height;
}

void mdv_view_fit(MdvView *self)
{
	guint64 width, height;
	MdvCamera camera;

	self->fit_pending = !self->width || !self->height;
	if (!self->geometry || self->fit_pending)
		return;
	anz_geometry_size(self->geometry, 0, &width, &height);
	camera = (MdvCamera){
		.x = width / 2.0, .y = height / 2.0,
		.zoom = anz_geometry_fit(self->geometry, self->width, self->height),
	};
	place_camera(self, &camera);
}

void mdv_view_join(MdvView *self, MdvView *other)
{
	MdvCamera camera = other->camera;
	AnzCell cell;

	if (!self->geometry || !other->geometry || other->fit_pending || sees_all(other) ||
	    !anz_geometry_cell_at(other->geometry, 0, (gint64)camera.x, (gint64)camera.y, &cell) ||
	    !anz_geometry_cell_of(self->geometry, 0, cell.pfn, &cell))
		return;
	camera.x = (double)cell.x + camera.x - floor(camera.x);
	camera.y = (double)cell.y + camera.y - floor(camera.y);
	mdv_view_set_camera(self, &camera);
}

/* Bounds of a stretch of frames: its ends, and steps between; exact for aligned blocks. */
static void bounds(MdvView *self, guint64 pfn, guint64 n, double *x, double *y, double *side)
{
	gint64 left = G_MAXINT64, top = G_MAXINT64, right = 0, bottom = 0;
	const guint64 steps = 4096;

	for (guint64 i = 0; i <= MIN(steps, n - 1); i++) {
		guint64 at = pfn + (n - 1 <= steps ? i : (guint64)((double)(n - 1) * i / steps));
		AnzCell cell;

		if (!anz_geometry_cell_of(self->geometry, 0, at, &cell))
			continue;
		left = MIN(left, cell.x);
		right = MAX(right, cell.x + 1);
		top = MIN(top, cell.y);
		bottom = MAX(bottom, cell.y + 1);
	}
	*x = (left + right) / 2.0;
	*y = (top + bottom) / 2.0;
	*side = right > left ? MAX(right - left, bottom - top) : 0;
}

void mdv_view_go(MdvView *self, guint64 pfn, guint64 nr_pages)
{
	guint room = MIN(self->width, self->height);
	MdvCamera camera = self->camera;
	double side;

	if (!self->geometry || !nr_pages)
		return;
	bounds(self, pfn, nr_pages, &camera.x, &camera.y, &side);
	mdv_view_remember(self);
	mdv_view_select(self, pfn, nr_pages);
	if (side <= 0)
		return;		/* it has no place in the picture */
	/* as near as shows all of it in two thirds of the window, but no nearer than 8 pixels a page */
	while (camera.zoom > ANZ_ZOOM_MIN && ldexp(side, camera.zoom) > room * 2 / 3.0)
		camera.zoom--;
	while (camera.zoom < 3 && ldexp(side, camera.zoom + 1) <= room * 2 / 3.0)
		camera.zoom++;
	mdv_view_set_camera(self, &camera);
}

/* --- history --- */

static Place here(MdvView *self)
{
	return (Place){ self->camera, self->pfn, self->nr_pages };
}

void mdv_view_remember(MdvView *self)
{
	Place place = here(self);

	if (self->past->len >= HISTORY_MAX)
		g_array_remove_index(self->past, 0);
	g_array_append_val(self->past, place);
	g_array_set_size(self->future, 0);
}

static gboolean travel(MdvView *self, GArray *from, GArray *to)
{
	Place now = here(self), then;

	if (!from->len)
		return FALSE;
	then = g_array_index(from, Place, from->len - 1);
	g_array_set_size(from, from->len - 1);
	g_array_append_val(to, now);
	self->pfn = then.pfn;
	self->nr_pages = then.nr_pages;
	emit(self, SELECTION);
	mdv_view_set_camera(self, &then.camera);
	return TRUE;
}

gboolean mdv_view_back(MdvView *self)
{
	return travel(self, self->past, self->future);
}

gboolean mdv_view_forward(MdvView *self)
{
	return travel(self, self->future, self->past);
}

/* --- as a link --- */

void mdv_view_origin(MdvView *self, gint64 *x, gint64 *y)
{
	*x = (gint64)floor(ldexp(self->camera.x, self->camera.zoom) - self->width / 2.0 + 0.5);
	*y = (gint64)floor(ldexp(self->camera.y, self->camera.zoom) - self->height / 2.0 + 0.5);
}

AnzView *mdv_view_describe(MdvView *self)
{
	AnzView *view = anz_view_new();
	gint64 x, y;

	view->curve = self->curve;
	view->row_tiles = self->row_tiles;
	view->show_holes = self->show_holes;
	view->style = self->style;
	view->width = MIN(self->width, ANZ_VIEW_MAX_SIZE);
	view->height = MIN(self->height, ANZ_VIEW_MAX_SIZE);
	view->first = self->pfn;
	view->nr_selected = self->nr_pages;
	view->search = g_strdup(self->lit_search);
	if (!self->geometry || sees_all(self))
		return view;
	mdv_view_origin(self, &x, &y);
	anz_view_look_at(view, self->geometry, self->camera.zoom, x + self->width / 2, y + self->height / 2);
	return view;
}

gboolean mdv_view_show(MdvView *self, const AnzView *view, GError **error)
{
	MdvCamera camera;
	gint64 x, y;

	mdv_view_remember(self);
	mdv_view_set_curve(self, view->curve);
	mdv_view_set_show_holes(self, view->show_holes);
	if (self->row_tiles != view->row_tiles) {
		self->row_tiles = view->row_tiles;
		relayout(self);
	}
	mdv_view_set_style(self, &view->style);
	if (view->nr_selected)
		mdv_view_select(self, view->first, view->nr_selected);
	else
		mdv_view_unselect(self);
	if (!view->has_place && !view->has_zoom) {
		mdv_view_fit(self);
		return TRUE;
	}
	if (!self->geometry ||
	    !anz_view_middle(view, self->geometry, self->width, self->height, &camera.zoom, &x, &y, error))
		return FALSE;
	/* the middle pixel begins at the middle of a window of even size */
	camera.x = ldexp((double)x + (self->width & 1) / 2.0, -camera.zoom);
	camera.y = ldexp((double)y + (self->height & 1) / 2.0, -camera.zoom);
	mdv_view_set_camera(self, &camera);
	return TRUE;
}
