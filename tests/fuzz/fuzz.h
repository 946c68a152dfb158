/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz target is one function; with clang's -fsanitize=fuzzer libFuzzer calls it, otherwise
 * replay-main.c does.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
