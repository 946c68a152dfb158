/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A job holds a reference to all it needs: what is to be painted does not change under it.  When the
 * view's picture changes, a new recipe with a new generation takes over; what the old one still makes
 * is thrown away.  Old textures stay to be looked at until new ones cover them.
 */
#include "painter.h"

#include <string.h>

#define PIECE_BYTES (MDV_PIECE_PX * MDV_PIECE_PX * 3)
#define CACHE_PIECES 320	/* of 192 KiB: 60 MiB */
#define N_THREADS 2
#define TOGETHER_USEC 50000	/* what is painted within it is seen at once, in one frame */

typedef struct {
	int zoom;
	guint x, y;
} Key;

typedef struct {
	Key key;
	guint generation;
	GdkTexture *texture;
	GList link;		/* in the order of use, latest first */
} Piece;

/* What is painted; never changes, shared by jobs. */
typedef struct {
	gatomicrefcount refs;
	guint generation;
	gint stale;		/* read atomically: a newer recipe has taken over */
	MdvDocument *document, *other;
	AnzSketch *sketch;	/* instead of those */
	AnzGeometry *geometry;
	AnzPictureStyle style;
	AnzPageSet *lit;
} Recipe;

/* A thread's own stores, handed from job to job. */
typedef struct {
	Recipe *recipe;
	AnzStore *store, *other;
	AnzPicture *picture;
} Bench;

typedef struct {
	Recipe *recipe;
	Key key;
	guint number;		/* in the order of asking */
	gint *forgotten;	/* reference-counted box: jobs up to this number need not be done */
	GWeakRef painter;
	guint8 *pixels;
	GError *error;
} Job;

struct _MdvPainter {
	GObject parent;
	MdvView *view;
	MdvPaintWhat what;
	gulong picture_id, document_id;
	Recipe *recipe;
	guint generation;
	GHashTable *pieces;	/* Key -> Piece */
	GQueue by_use;		/* links of Piece */
	GHashTable *pending;	/* Key -> number */
	gint64 shown;		/* when what was painted was last told of, or painting began */
	GThreadPool *pool;
	GAsyncQueue *benches;
	guint next_number;
	gint *forgotten;
	GError *error;
};

G_DEFINE_FINAL_TYPE(MdvPainter, mdv_painter, G_TYPE_OBJECT)

static guint changed_signal;

/* --- keys and recipes --- */

static guint key_hash(gconstpointer p)
{
	const Key *key = p;

	return (guint)(key->zoom + 64) * 0x9e3779b1u ^ key->x * 0x85ebca6bu ^ key->y * 0xc2b2ae35u;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(Key));
}

static Recipe *recipe_ref(Recipe *recipe)
{
	g_atomic_ref_count_inc(&recipe->refs);
	return recipe;
}

static void recipe_unref(Recipe *recipe)
{
	if (!recipe || !g_atomic_ref_count_dec(&recipe->refs))
		return;
	g_clear_object(&recipe->document);
	g_clear_object(&recipe->other);
	anz_sketch_unref(recipe->sketch);
	anz_geometry_unref(recipe->geometry);
	anz_page_set_unref(recipe->lit);
	g_free(recipe);
}

static Recipe *recipe_new(MdvPainter *self)
{
	MdvDocument *document = mdv_view_document(self->view), *other = mdv_view_other(self->view);
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	AnzSketch *sketch = mdv_view_sketch(self->view);
	Recipe *recipe;

	/* changes are the same pages seen from either side, so what did not change stays still in a film */
	if (self->what == MDV_PAINT_OTHER) {
		document = mdv_view_other(self->view);
		other = mdv_view_document(self->view);
	}
	if ((!document && !sketch) || !geometry)
		return NULL;
	recipe = g_new0(Recipe, 1);
	g_atomic_ref_count_init(&recipe->refs);
	recipe->generation = ++self->generation;
	recipe->document = document ? g_object_ref(document) : NULL;
	recipe->other = other ? g_object_ref(other) : NULL;
	recipe->sketch = sketch ? anz_sketch_ref(sketch) : NULL;
	recipe->geometry = anz_geometry_ref(geometry);
	recipe->style = *mdv_view_style(self->view);
	if (mdv_view_lit(self->view))
		recipe->lit = anz_page_set_ref(mdv_view_lit(self->view));
	return recipe;
}

/* --- in a worker thread --- */

static void bench_free(Bench *bench)
{
	anz_picture_free(bench->picture);
	anz_store_close(bench->store);
	anz_store_close(bench->other);
	recipe_unref(bench->recipe);
	g_free(bench);
}

static gboolean bench_open(Bench *bench, const Recipe *recipe, GError **error)
{
	g_clear_pointer(&bench->picture, anz_picture_free);
	g_clear_pointer(&bench->store, anz_store_close);
	g_clear_pointer(&bench->other, anz_store_close);
	if (recipe->sketch) {
		bench->picture = anz_picture_new_sketch(recipe->sketch, recipe->geometry);
		return TRUE;
	}
	bench->store = mdv_document_reopen(recipe->document, error);
	if (!bench->store)
		return FALSE;
	if (recipe->other) {
		bench->other = mdv_document_reopen(recipe->other, error);
		if (!bench->other)
			return FALSE;
	}
	bench->picture = anz_picture_new(bench->store, bench->other, recipe->geometry);
	anz_picture_set_cell_cache(bench->picture, mdv_document_cells(recipe->document));
	return TRUE;
}

/* Brings the tools up to date; opening files again only for other documents. */
static gboolean bench_prepare(Bench *bench, Recipe *recipe, GError **error)
{
	const Recipe *old = bench->recipe;

	if (old == recipe)
		return TRUE;
	if ((!old || old->document != recipe->document || old->other != recipe->other ||
	     old->sketch != recipe->sketch) &&
	    !bench_open(bench, recipe, error)) {
		g_clear_pointer(&bench->recipe, recipe_unref);
		return FALSE;
	}
	anz_picture_set_geometry(bench->picture, recipe->geometry);
	anz_picture_set_style(bench->picture, &recipe->style);
	anz_picture_set_lit(bench->picture, recipe->lit);
	recipe_ref(recipe);
	recipe_unref(bench->recipe);
	bench->recipe = recipe;
	return TRUE;
}

static gboolean job_done(gpointer data);

/* GTK 4.8 takes three bytes a pixel over as they are, but converts its own format by way of floats. */
static guint8 *pack(const guint32 *pixels)
{
	guint8 *packed = g_malloc(PIECE_BYTES), *out = packed;

	for (guint i = 0; i < MDV_PIECE_PX * MDV_PIECE_PX; i++) {
		*out++ = (guint8)pixels[i];
		*out++ = (guint8)(pixels[i] >> 8);
		*out++ = (guint8)(pixels[i] >> 16);
	}
	return packed;
}

static void job_run(gpointer data, gpointer benches)
{
	g_autofree guint32 *pixels = NULL;
	Job *job = data;
	Bench *bench;

	if (g_atomic_int_get(&job->recipe->stale) ||
	    (gint)job->number <= g_atomic_int_get(job->forgotten)) {
		g_idle_add_full(G_PRIORITY_DEFAULT, job_done, job, NULL);
		return;
	}
	bench = g_async_queue_try_pop(benches);
	if (!bench)
		bench = g_new0(Bench, 1);
	pixels = g_new(guint32, MDV_PIECE_PX * MDV_PIECE_PX);
	if (bench_prepare(bench, job->recipe, &job->error) &&
	    anz_picture_paint(bench->picture, job->key.zoom, (gint64)job->key.x * MDV_PIECE_PX,
			      (gint64)job->key.y * MDV_PIECE_PX, MDV_PIECE_PX, MDV_PIECE_PX,
			      pixels, MDV_PIECE_PX, &job->recipe->stale, &job->error))
		job->pixels = pack(pixels);
	g_async_queue_push(benches, bench);
	g_idle_add_full(G_PRIORITY_DEFAULT, job_done, job, NULL);
}

/* --- in the main thread --- */

static void piece_free(gpointer data)
{
	Piece *piece = data;

	g_clear_object(&piece->texture);
	g_free(piece);
}

static void keep(MdvPainter *self, const Key *key, guint generation, GdkTexture *texture)
{
	Piece *piece = g_hash_table_lookup(self->pieces, key);

	if (piece) {
		g_queue_unlink(&self->by_use, &piece->link);
		g_object_unref(piece->texture);
	} else {
		while (g_hash_table_size(self->pieces) >= CACHE_PIECES) {
			GList *last = g_queue_pop_tail_link(&self->by_use);

			g_hash_table_remove(self->pieces, &((Piece *)last->data)->key);
		}
		piece = g_new0(Piece, 1);
		piece->key = *key;
		piece->link.data = piece;
		g_hash_table_insert(self->pieces, &piece->key, piece);
	}
	piece->texture = texture;
	piece->generation = generation;
	g_queue_push_head_link(&self->by_use, &piece->link);
}

static void job_free(Job *job)
{
	recipe_unref(job->recipe);
	g_weak_ref_clear(&job->painter);
	g_atomic_rc_box_release(job->forgotten);
	g_clear_error(&job->error);
	g_free(job->pixels);
	g_free(job);
}

/* Each frame costs more than most pieces do: there is one for all, unless they are long in coming. */
static void tell_together(MdvPainter *self)
{
	gint64 now = g_get_monotonic_time();

	if (g_hash_table_size(self->pending) && now - self->shown < TOGETHER_USEC)
		return;
	self->shown = now;
	g_signal_emit(self, changed_signal, 0);
}

static gboolean job_done(gpointer data)
{
	Job *job = data;
	g_autoptr(MdvPainter) self = g_weak_ref_get(&job->painter);

	if (self && self->recipe == job->recipe) {
		g_hash_table_remove(self->pending, &job->key);
		if (job->pixels) {
			g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&job->pixels),
								   PIECE_BYTES);

			keep(self, &job->key, job->recipe->generation,
			     gdk_memory_texture_new(MDV_PIECE_PX, MDV_PIECE_PX, GDK_MEMORY_B8G8R8,
						    bytes, MDV_PIECE_PX * 3));
		} else if (job->error && !self->error &&
			   !g_error_matches(job->error, ANZ_ERROR, ANZ_ERROR_CANCELLED)) {
			self->error = g_steal_pointer(&job->error);
		}
		tell_together(self);
	}
	job_free(job);
	return G_SOURCE_REMOVE;
}

/* The map's pieces before the coarser ones of the overview; of those the ones asked for last. */
static int most_wanted_first(gconstpointer a, gconstpointer b, gpointer data)
{
	const Job *x = a, *y = b;

	if (x->key.zoom != y->key.zoom)
		return y->key.zoom - x->key.zoom;
	return x->number > y->number ? -1 : x->number < y->number;
}

static Piece *find(MdvPainter *self, const Key *key)
{
	Piece *piece = g_hash_table_lookup(self->pieces, key);

	if (piece) {
		g_queue_unlink(&self->by_use, &piece->link);
		g_queue_push_head_link(&self->by_use, &piece->link);
	}
	return piece;
}

GdkTexture *mdv_painter_peek(MdvPainter *self, int zoom, guint x, guint y)
{
	Key key = { zoom, x, y };
	Piece *piece = find(self, &key);

	return piece ? piece->texture : NULL;
}

GdkTexture *mdv_painter_get(MdvPainter *self, int zoom, guint x, guint y)
{
	Key key = { zoom, x, y };
	Piece *piece = find(self, &key);
	Job *job;

	if (!self->recipe || (piece && piece->generation == self->recipe->generation) ||
	    g_hash_table_contains(self->pending, &key))
		return piece ? piece->texture : NULL;
	job = g_new0(Job, 1);
	job->recipe = recipe_ref(self->recipe);
	job->key = key;
	job->number = ++self->next_number;
	job->forgotten = g_atomic_rc_box_acquire(self->forgotten);
	g_weak_ref_init(&job->painter, self);
	if (!g_hash_table_size(self->pending))
		self->shown = g_get_monotonic_time();
	g_hash_table_insert(self->pending, g_memdup2(&key, sizeof(key)), NULL);
	g_thread_pool_push(self->pool, job, NULL);
	return piece ? piece->texture : NULL;
}

guint mdv_painter_n_pending(MdvPainter *self)
{
	return g_hash_table_size(self->pending);
}

guint mdv_painter_n_pending_at(MdvPainter *self, int zoom)
{
	GHashTableIter iter;
	const Key *key;
	guint n = 0;

	g_hash_table_iter_init(&iter, self->pending);
	while (g_hash_table_iter_next(&iter, (gpointer *)&key, NULL))
		n += key->zoom == zoom;
	return n;
}

void mdv_painter_forget_pending(MdvPainter *self)
{
	if (!g_hash_table_size(self->pending))
		return;
	g_atomic_int_set(self->forgotten, (gint)self->next_number);
	g_hash_table_remove_all(self->pending);
}

const GError *mdv_painter_error(MdvPainter *self)
{
	return self->error;
}

static void forget_recipe(MdvPainter *self)
{
	if (self->recipe)
		g_atomic_int_set(&self->recipe->stale, 1);
	g_clear_pointer(&self->recipe, recipe_unref);
	g_hash_table_remove_all(self->pending);
}

static void stop(MdvPainter *self)
{
	Bench *bench;

	forget_recipe(self);
	if (self->pool)
		g_thread_pool_free(g_steal_pointer(&self->pool), FALSE, TRUE);
	while ((bench = g_async_queue_try_pop(self->benches)))
		bench_free(bench);
}

static void start(MdvPainter *self)
{
	self->pool = g_thread_pool_new(job_run, self->benches, N_THREADS, FALSE, NULL);
	g_thread_pool_set_sort_function(self->pool, most_wanted_first, NULL);
}

static void picture_changed(MdvPainter *self)
{
	forget_recipe(self);
	self->recipe = recipe_new(self);
	g_signal_emit(self, changed_signal, 0);
}

/* Worker threads must be done with the old documents before those close. */
static void document_changed(MdvPainter *self)
{
	stop(self);
	g_hash_table_remove_all(self->pieces);
	g_queue_init(&self->by_use);
	g_clear_error(&self->error);
	start(self);
	picture_changed(self);
}

/* --- object --- */

static void mdv_painter_dispose(GObject *object)
{
	MdvPainter *self = MDV_PAINTER(object);

	if (self->view) {
		g_clear_signal_handler(&self->picture_id, self->view);
		g_clear_signal_handler(&self->document_id, self->view);
	}
	stop(self);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_painter_parent_class)->dispose(object);
}

static void mdv_painter_finalize(GObject *object)
{
	MdvPainter *self = MDV_PAINTER(object);

	g_hash_table_unref(self->pieces);
	g_hash_table_unref(self->pending);
	g_async_queue_unref(self->benches);
	g_atomic_rc_box_release(self->forgotten);
	g_clear_error(&self->error);
	G_OBJECT_CLASS(mdv_painter_parent_class)->finalize(object);
}

static void mdv_painter_class_init(MdvPainterClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_painter_dispose;
	G_OBJECT_CLASS(klass)->finalize = mdv_painter_finalize;
	changed_signal = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
				      NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void mdv_painter_init(MdvPainter *self)
{
	self->pieces = g_hash_table_new_full(key_hash, key_equal, NULL, piece_free);
	self->pending = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
	self->benches = g_async_queue_new();
	self->forgotten = g_atomic_rc_box_new0(gint);
	g_queue_init(&self->by_use);
	start(self);
}

MdvPainter *mdv_painter_new(MdvView *view, MdvPaintWhat what)
{
	MdvPainter *self = g_object_new(MDV_TYPE_PAINTER, NULL);

	self->view = g_object_ref(view);
	self->what = what;
	self->picture_id = g_signal_connect_object(view, "picture", G_CALLBACK(picture_changed),
						   self, G_CONNECT_SWAPPED);
	self->document_id = g_signal_connect_object(view, "document",
						    G_CALLBACK(document_changed), self,
						    G_CONNECT_SWAPPED);
	self->recipe = recipe_new(self);
	return self;
}
