/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "glide.h"

#include <math.h>

#define TIME_CONSTANT 0.325	/* seconds in which the speed falls to 1/e of what it was */
#define LEAST_SPEED 80.0	/* pixels a second */
#define REST_SPEED 12.0
#define MOST_SPEED 12000.0

gboolean mdv_glide_start(MdvGlide *glide, double x, double y, gint64 now)
{
	double speed = hypot(x, y);

	*glide = (MdvGlide){ 0 };
	if (!(speed >= LEAST_SPEED))
		return FALSE;
	if (speed > MOST_SPEED) {
		x *= MOST_SPEED / speed;
		y *= MOST_SPEED / speed;
	}
	*glide = (MdvGlide){ x, y, now };
	return TRUE;
}

gboolean mdv_glide_step(MdvGlide *glide, gint64 now, double *dx, double *dy)
{
	double seconds = (double)MAX(now - glide->at, 0) / G_USEC_PER_SEC;
	double left = exp(-seconds / TIME_CONSTANT);

	/* the way is the integral of the speed, so it does not hang on how often one asks */
	*dx = glide->x * TIME_CONSTANT * (1 - left);
	*dy = glide->y * TIME_CONSTANT * (1 - left);
	glide->x *= left;
	glide->y *= left;
	glide->at = MAX(now, glide->at);
	if (hypot(glide->x, glide->y) >= REST_SPEED)
		return TRUE;
	glide->x = glide->y = 0;
	return FALSE;
}
