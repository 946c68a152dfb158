/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of the library: one quark. */
#include <analyze/error.h>

G_DEFINE_QUARK(anz-error-quark, anz_error)
