/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random damage: single bits and single words of page arrays, list heads and descriptors.  Checking must come
 * to an end each time, in little time and memory; which share of the damage some rule notices is printed by
 * region, and must reach 95 % of links, types, orders and reference counts of words in use.
 *
 *	sweep FAULTS MKCORE RECIPE
 *	sweep [FAULTS] ELF-DUMP VMLINUX VMCOREINFO
 *
 * The machine is one of mkcore, or the dump of a real one.  It is opened once.  Each fault is written over its memory, checked and taken back, by as many
 * processes as there are processors, so that a crash ends the process that it is in.
 */
#include "dump.h"
#include "regions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of one fault; an analysis of the whole machine takes a hundredth of that. */
#define MAX_SECONDS 60
/* With all that a sanitizer keeps for itself. */
#define MAX_KIB (1500l << 10)

#define MAX_REGIONS 64

/* Of a dump, if no number was given. */
#define MANY_FAULTS 2000

/* What is damaged. */
typedef struct {
	Sample *sample;		/* NULL: the dump */
	Dump dump;
} Machine;

/* The eight bytes at a physical address, of this process alone; NULL if they are not there. */
static guint8 *machine_at(const Machine *machine, guint64 paddr)
{
	return machine->sample ? machine->sample->bytes + paddr : dump_at(&machine->dump, paddr, 8);
}

/* What all processes count into. */
typedef struct {
	gint done, noticed, ended;	/* ended: with an error in place of findings */
} Count;

/* splitmix64: the same damage everywhere */
static guint64 random_next(guint64 *state)
{
	guint64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* One bit, or all of them at random; the bits count from the lowest of a little-endian word. */
static void damage(guint8 *at, guint bits, guint64 *state)
{
	guint64 value = 0, mask = bits == 64 ? ~0ull : (1ull << bits) - 1, change;
	guint width = (bits + 7) / 8;

	memcpy(&value, at, width);
	do
		change = random_next(state) & 1 ? 1ull << random_next(state) % bits :
			 random_next(state) & mask;
	while (!change);
	value = GUINT64_TO_LE(GUINT64_FROM_LE(value) ^ change);
	memcpy(at, &value, width);
}

static void try_fault(const Machine *machine, const Opened *opened, const Region *region, guint64 seed, Count *count)
{
	guint64 state = seed;
	guint64 paddr = g_array_index(region->places, guint64, random_next(&state) % region->places->len);
	guint8 *at = machine_at(machine, paddr), old[8];
	Stages *stages;

	g_assert_nonnull(at);
	memcpy(old, at, sizeof(old));
	damage(at, region->bits, &state);
	alarm(MAX_SECONDS);
	stages = stages_run(opened);
	alarm(0);
	if (g_getenv("SWEEP_VERBOSE") && stages && !stages_nr_findings(stages))
		g_print("%s: at %" G_GUINT64_FORMAT ": %02x%02x%02x%02x%02x%02x%02x%02x was %02x%02x%02x%02x%02x%02x%02x%02x\n",
			region->name, paddr, at[7], at[6], at[5], at[4], at[3], at[2], at[1], at[0], old[7],
			old[6], old[5], old[4], old[3], old[2], old[1], old[0]);
	g_atomic_int_inc(&count->done);
	if (!stages)
		g_atomic_int_inc(&count->ended);
	if (!stages || stages_nr_findings(stages))
		g_atomic_int_inc(&count->noticed);
	stages_free(stages);
	memcpy(at, old, sizeof(old));
}

static void work(const Machine *machine, const Opened *opened, const GArray *regions, guint nr, guint first,
		 guint step, Count *counts)
{
	for (guint r = 0; r < regions->len; r++)
		for (guint i = first; i < nr; i += step)
			try_fault(machine, opened, &g_array_index(regions, Region, r),
				  20240527 + ((guint64)r << 32) + i, &counts[r]);
}

static gboolean report(const Region *region, const Count *count, guint nr)
{
	gboolean ok = (guint)count->done == nr && (guint)count->noticed * 100 >= nr * region->least;

	g_print("%-34s %4d of %4d noticed, %5.1f %%%s%s\n", region->name, count->noticed, count->done,
		100.0 * count->noticed / MAX(count->done, 1),
		region->least ? "" : " (no rule is for all of these)", ok ? "" : "  TOO FEW");
	if (count->ended)
		g_print("%-34s %4d of these with an error\n", "", count->ended);
	return ok;
}

/* Children see what the file says when they begin: their faults must be their own. */
static void own_memory(Sample *sample)
{
	guint8 *copy = mmap(NULL, sample->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	g_assert_true(copy != MAP_FAILED);
	memcpy(copy, sample->bytes, sample->len);
	munmap(sample->bytes, sample->len);
	sample->bytes = copy;
}

/* The whole machine's regions: the same in each process.  NULL if something is wrong with it. */
static GArray *find_regions(const Opened *opened)
{
	Stages *sound = stages_run(opened);
	GArray *regions = NULL;

	if (sound && !stages_nr_findings(sound))
		regions = regions_find(sound);
	else
		g_print("without a fault: %s\n", sound ? "findings" : "an error");
	stages_free(sound);
	return regions;
}

static void be_child(const Machine *machine, const Opened *opened, guint nr_faults, guint first, guint step,
		     Count *counts)
{
	GArray *regions;

	alarm(MAX_SECONDS);
	regions = find_regions(opened);
	alarm(0);
	if (!regions || regions->len > MAX_REGIONS)
		_exit(1);
	work(machine, opened, regions, (nr_faults + regions->len - 1) / regions->len, first, step, counts);
	_exit(0);
}

/* @mapped: of files, in KiB, which are memory of the process as far as they were looked at */
static guint wait_for(pid_t child, long mapped)
{
	struct rusage used;
	int status = 0;

	g_assert_cmpint(wait4(child, &status, 0, &used), ==, child);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		g_print("a process ended with %s %d\n", WIFEXITED(status) ? "exit" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	if (used.ru_maxrss > MAX_KIB + mapped)
		g_print("a process took %ld KiB of memory\n", used.ru_maxrss);
	return !WIFEXITED(status) || WEXITSTATUS(status) || used.ru_maxrss > MAX_KIB + mapped;
}

static guint sweep(const Machine *machine, const Opened *opened, guint nr_faults)
{
	guint nr_processes = MAX(g_get_num_processors(), 1), wrong = 0, nr;
	g_autofree pid_t *children = g_new0(pid_t, nr_processes);
	gsize len = sizeof(Count) * MAX_REGIONS;
	Count *counts = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	GArray *regions;

	g_assert_true(counts != MAP_FAILED);
	/* Before any threads of its own: a child does not have them. */
	for (guint p = 0; p < nr_processes; p++) {
		children[p] = fork();
		g_assert_cmpint(children[p], >=, 0);
		if (!children[p])
			be_child(machine, opened, nr_faults, p, nr_processes, counts);
	}
	for (guint p = 0; p < nr_processes; p++)
		wrong += wait_for(children[p], machine->dump.len >> 10);
	regions = find_regions(opened);
	g_assert_nonnull(regions);
	nr = (nr_faults + regions->len - 1) / regions->len;
	for (guint r = 0; r < regions->len; r++)
		wrong += !report(&g_array_index(regions, Region, r), &counts[r], nr);
	munmap(counts, len);
	regions_free(regions);
	return wrong;
}

static guint sweep_sample(const char *mkcore, const char *recipe, guint nr_faults)
{
	Machine machine = { .sample = sample_make(mkcore, recipe) };
	Opened opened;
	guint wrong;

	own_memory(machine.sample);
	opened_init(&opened, machine.sample);
	wrong = sweep(&machine, &opened, nr_faults);
	opened_clear(&opened);
	sample_free(machine.sample);
	return wrong;
}

static guint sweep_dump(const char *path, const char *vmlinux, const char *vmcoreinfo, guint nr_faults)
{
	Machine machine = { .sample = NULL };
	Opened opened;
	guint wrong;

	dump_open(&machine.dump, path, vmcoreinfo);
	dump_open_stages(&machine.dump, (const char *[]){ vmlinux, NULL }, &opened);
	wrong = sweep(&machine, &opened, nr_faults);
	opened_clear(&opened);
	dump_close(&machine.dump);
	return wrong;
}

int main(int argc, char **argv)
{
	gboolean counted = argc > 1 && g_ascii_isdigit(*argv[1]);
	guint nr_faults = counted ? atoi(argv[1]) : MANY_FAULTS;

	argv += counted;
	argc -= counted;
	if (argc == 3 && counted)
		return sweep_sample(argv[1], argv[2], nr_faults) ? 1 : 0;
	if (argc == 4)
		return sweep_dump(argv[1], argv[2], argv[3], nr_faults) ? 1 : 0;
	g_printerr("usage: sweep FAULTS MKCORE RECIPE\n"
		   "       sweep [FAULTS] ELF-DUMP VMLINUX VMCOREINFO\n");
	return 2;
}
