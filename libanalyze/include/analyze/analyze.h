/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libanalyze: what is every page of a machine's memory?  Include this one. */
#ifndef ANALYZE_ANALYZE_H
#define ANALYZE_ANALYZE_H

#include <analyze/analysis.h>
#include <analyze/check.h>
#include <analyze/compare.h>
#include <analyze/cost.h>
#include <analyze/drgn.h>
#include <analyze/error.h>
#include <analyze/layout.h>
#include <analyze/memory.h>
#include <analyze/page-class.h>
#include <analyze/picture.h>
#include <analyze/search.h>
#include <analyze/sketch.h>
#include <analyze/store.h>
#include <analyze/view.h>

#endif
