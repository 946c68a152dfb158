/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Analyses a dump and counts what of the heap is taken at once, by the hooks of the address sanitizer.
 *
 *	heap-peak VMCORE VMLINUX ANALYSIS MEMORY_MIB
 *
 * Prints the most, in MiB, rounded up; 0 without the sanitizer.
 */
#include <stdio.h>
#include <stdlib.h>

#include <analyze/analyze.h>

/* sanitizer/allocator_interface.h; there only in a program that has the sanitizer. */
extern int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
						     void (*freed)(const volatile void *))
	__attribute__((weak));
extern size_t __sanitizer_get_allocated_size(const volatile void *at) __attribute__((weak));

static gssize taken, most;	/* atomic */

static void on_malloc(const volatile void *at, size_t bytes)
{
	gssize now = __atomic_add_fetch(&taken, (gssize)bytes, __ATOMIC_RELAXED);
	gssize before = __atomic_load_n(&most, __ATOMIC_RELAXED);

	(void)at;
	while (now > before && !__atomic_compare_exchange_n(&most, &before, now, TRUE, __ATOMIC_RELAXED,
							    __ATOMIC_RELAXED))
		;
}

static void on_free(const volatile void *at)
{
	if (at)
		__atomic_sub_fetch(&taken, (gssize)__sanitizer_get_allocated_size(at), __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = NULL;
	g_autoptr(AnzStore) store = NULL;
	AnzAnalyzeOptions options = { .size = sizeof(options), .threads = 2 };

	if (argc != 5) {
		fprintf(stderr, "usage: heap-peak VMCORE VMLINUX ANALYSIS MEMORY_MIB\n");
		return 2;
	}
	if (__sanitizer_install_malloc_and_free_hooks && __sanitizer_get_allocated_size)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	source = anz_source_open(&(AnzSourceOptions){
		.size = sizeof(AnzSourceOptions), .paths = (const char *[]){ argv[1], NULL },
		.vmlinux = (const char *[]){ argv[2], NULL } }, &error);
	options.output = argv[3];
	options.memory_bytes = g_ascii_strtoull(argv[4], NULL, 10) << 20;
	store = source ? anz_source_analyze(source, &options, &error) : NULL;
	if (!store) {
		fprintf(stderr, "heap-peak: %s\n", error->message);
		return 1;
	}
	printf("%" G_GSSIZE_FORMAT "\n", (most + (1 << 20) - 1) >> 20);
	return 0;
}
