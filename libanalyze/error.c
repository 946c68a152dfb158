/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of the library: one quark, and what helps against each kind of error. */
#include <errno.h>
#include <string.h>

#include <analyze/error.h>

G_DEFINE_QUARK(anz-error-quark, anz_error)

const char *anz_error_next_step(const GError *error)
{
	if (error->domain != ANZ_ERROR || strstr(error->message, "; ") ||
	    strstr(error->message, " see "))
		return "";
	switch ((AnzError)error->code) {
	case ANZ_ERROR_IO:
		if (strstr(error->message, g_strerror(ENOENT)) ||
		    strstr(error->message, g_strerror(ENOTDIR)))
			return "; is the name right?";
		if (strstr(error->message, g_strerror(EACCES)) ||
		    strstr(error->message, g_strerror(EPERM)))
			return "; check its permissions";
		return "; check its permissions and the free space";
	case ANZ_ERROR_FORMAT:
		return "; is it the right file, and was it copied whole?";
	case ANZ_ERROR_NO_MEMORY_AT:
	case ANZ_ERROR_KERNEL:
		return "; the dump may be damaged, or its type information another kernel's: "
		       "--verbose says what was found";
	default:
		return "";
	}
}
