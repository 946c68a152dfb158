/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says how quiet the guest was: the share of frames whose kpageflags and
 * kpagecount are the same in both readings.
 *
 *   compare-readings FOLDER        with kpageflags.1 .2 and kpagecount.1 .2
 *
 * Only frames that exist count. Fails below 95 %, for then the readings are
 * no oracle for the dump that was taken behind the second one.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_SHARE	0.95
#define KPF_NOPAGE	20	/* include/uapi/linux/kernel-page-flags.h */

static uint64_t *load(const char *folder, const char *name, size_t *n)
{
	char path[4096];
	uint64_t *words = NULL;
	long size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 ||
	    fseek(f, 0, SEEK_SET)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	*n = (size_t)size / sizeof(*words);
	words = malloc((size_t)size + 1);
	if (!words || fread(words, sizeof(*words), *n, f) != *n) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(f);
	return words;
}

int main(int argc, char **argv)
{
	size_t n, m, i, frames = 0, flags_differ = 0, differ = 0;
	uint64_t *flags1, *flags2, *count1, *count2;

	if (argc != 2) {
		fputs("usage: compare-readings FOLDER\n", stderr);
		return 2;
	}
	flags1 = load(argv[1], "kpageflags.1", &n);
	flags2 = load(argv[1], "kpageflags.2", &m);
	n = m < n ? m : n;
	count1 = load(argv[1], "kpagecount.1", &m);
	n = m < n ? m : n;
	count2 = load(argv[1], "kpagecount.2", &m);
	n = m < n ? m : n;
	for (i = 0; i < n; i++) {
		if (flags1[i] & flags2[i] & (UINT64_C(1) << KPF_NOPAGE))
			continue;
		frames++;
		flags_differ += flags1[i] != flags2[i];
		differ += flags1[i] != flags2[i] || count1[i] != count2[i];
	}
	if (!frames) {
		fputs("no frames in the readings\n", stderr);
		return 1;
	}
	printf("%zu frames, %zu (%.3f %%) equal in both readings "
	       "(%zu differ in flags, %zu only in count)\n",
	       frames, frames - differ,
	       100.0 * (double)(frames - differ) / (double)frames,
	       flags_differ, differ - flags_differ);
	free(flags1);
	free(flags2);
	free(count1);
	free(count2);
	return (double)(frames - differ) < LEAST_SHARE * (double)frames;
}
