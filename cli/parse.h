/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From argv to Args, by the verb table. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "verbs.h"

void args_init(Args *args);
void args_clear(Args *args);

/**
 * parse_args:
 * @argc, @argv: of the verb: argv[0] is its name
 *
 * Returns: %FALSE with @error (CLI_ERROR_USAGE).
 */
gboolean parse_args(const Verb *verb, int argc, char **argv, Args *args, GError **error);

#endif
