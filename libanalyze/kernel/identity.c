/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who the dumped machine was.  Nothing here is needed to classify a page, so nothing here
 * fails: what cannot be found, or makes no sense, stays unknown.
 */
#include <string.h>

#include "kernel/log-source.h"

#define MAX_LINE 4096	/* COMMAND_LINE_SIZE is 2048 to 4096 where it matters */
#define BUILD_ID_BYTES 20	/* BUILD_ID_SIZE_MAX: SHA-1 */
#define NSEC_PER_SEC 1000000000ll

/* ---- text ---- */

/* The first line of @text, if it is one that a person could have written; takes @text. */
static char *sane_line(char *text)
{
	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	g_strchomp(text);
	for (const char *c = text; *c; c++) {
		if ((guchar)*c < 0x20 && *c != '\t')
			goto senseless;
	}
	if (*text && g_utf8_validate(text, -1, NULL))
		return text;
senseless:
	g_free(text);
	return NULL;
}

static char *read_symbol_line(AnzKernel *kernel, const char *name)
{
	guint64 address;

	if (!anz_kernel_symbol(kernel, name, &address))
		return NULL;
	return sane_line(anz_kernel_read_string(kernel, address, MAX_LINE));
}

/* A member of init_uts_ns.name ("release"). */
static char *read_uts(AnzKernel *kernel, const char *member)
{
	g_autofree char *path = g_strconcat("name.", member, NULL);
	guint64 address, offset, len;

	if (!anz_kernel_symbol(kernel, "init_uts_ns", &address) ||
	    !anz_kernel_member(kernel, "uts_namespace", path, &offset, &len) || len < 2 ||
	    len > MAX_LINE)
		return NULL;
	return sane_line(anz_kernel_read_string(kernel, address + offset, len));
}

static char *read_release(AnzKernel *kernel)
{
	const char *line = anz_vmcoreinfo_line(kernel->vmcoreinfo, "OSRELEASE");

	return line ? sane_line(g_strdup(line)) : read_uts(kernel, "release");
}

static char *read_machine(AnzKernel *kernel)
{
	char *machine = read_uts(kernel, "machine");

	return machine ? machine : g_strdup(anz_image_arch_name(kernel->image));
}

static char *read_build_id(AnzKernel *kernel)
{
	const char *line = anz_vmcoreinfo_line(kernel->vmcoreinfo, "BUILD-ID");
	guint8 raw[BUILD_ID_BYTES], any = 0;
	guint64 address;
	GString *hex;

	if (line)
		return sane_line(g_strdup(line));
	/* lib/buildid.c, 5.14 and later: a copy of the note's bytes. */
	if (!anz_kernel_symbol(kernel, "vmlinux_build_id", &address) ||
	    !anz_kernel_read(kernel, address, raw, sizeof(raw)))
		return NULL;
	hex = g_string_new(NULL);
	for (guint i = 0; i < sizeof(raw); i++) {
		any |= raw[i];
		g_string_append_printf(hex, "%02x", raw[i]);
	}
	return g_string_free(hex, !any);
}

/*
 * saved_command_line is a pointer to what the boot loader gave.  boot_command_line is the
 * array it was copied from, in init memory, which another owner may have had since.
 */
static char *read_command_line(AnzKernel *kernel)
{
	guint64 address, text;
	char *line = NULL;

	if (anz_kernel_symbol(kernel, "saved_command_line", &address) &&
	    anz_kernel_read_ulong(kernel, address, &text) && text)
		line = sane_line(anz_kernel_read_string(kernel, text, MAX_LINE));
	return line ? line : read_symbol_line(kernel, "boot_command_line");
}

/* ---- time ---- */

/*
 * The struct timekeeper.  Kernel facts (kernel/time/timekeeping.c):
 * - 6.17 on: tk_core is an element of timekeeper_data[], the first; 6.13 on: tk_core is a
 *   struct tk_data.  Either has a member timekeeper.
 * - 3.17 to 6.12: tk_core is of a type without a name.  shadow_timekeeper is a plain
 *   struct timekeeper that each tick copies to tk_core, so it serves as well.
 * - before: a plain struct timekeeper of that name.
 */
static gboolean find_timekeeper(AnzKernel *kernel, guint64 *address)
{
	guint64 offset;

	if (anz_kernel_member(kernel, "tk_data", "timekeeper", &offset, NULL) &&
	    (anz_kernel_symbol(kernel, "timekeeper_data", address) ||
	     anz_kernel_symbol(kernel, "tk_core", address))) {
		*address += offset;
		return TRUE;
	}
	return anz_kernel_symbol(kernel, "shadow_timekeeper", address) ||
	       anz_kernel_symbol(kernel, "timekeeper", address);
}

/* Reads a signed member of the struct timekeeper; ktime_t is a union before 4.10. */
static gboolean read_time(AnzKernel *kernel, guint64 timekeeper, const char *path,
			  gint64 *value)
{
	guint64 raw;

	if (!anz_kernel_read_member(kernel, timekeeper, "timekeeper", path, &raw))
		return FALSE;
	*value = raw;
	return TRUE;
}

/*
 * Seconds since boot as /proc/uptime counts them, sleep included: wall clock time plus
 * wall_to_monotonic is the monotonic clock, plus offs_boot the boot clock.
 */
static gboolean read_clock(AnzKernel *kernel, gint64 *time, double *uptime)
{
	gint64 sec, mono_sec, mono_nsec, boot = 0, nsec = 0, shift = 0;
	guint64 timekeeper;

	if (!find_timekeeper(kernel, &timekeeper) ||
	    !read_time(kernel, timekeeper, "xtime_sec", &sec) || sec < 0 ||
	    sec > G_MAXINT32 * 64ll)
		return FALSE;
	*time = sec;
	if (!read_time(kernel, timekeeper, "wall_to_monotonic.tv_sec", &mono_sec) ||
	    !read_time(kernel, timekeeper, "wall_to_monotonic.tv_nsec", &mono_nsec) ||
	    mono_sec < -G_MAXINT32 * 64ll || mono_sec > G_MAXINT32 * 64ll ||
	    mono_nsec < 0 || mono_nsec >= NSEC_PER_SEC)
		return TRUE;
	if (read_time(kernel, timekeeper, "tkr_mono.xtime_nsec", &nsec) &&
	    read_time(kernel, timekeeper, "tkr_mono.shift", &shift) && shift >= 0 &&
	    shift < 64)
		nsec = (guint64)nsec >> shift;
	if (nsec < 0 || nsec > 10 * NSEC_PER_SEC)
		nsec = 0;
	read_time(kernel, timekeeper, "offs_boot", &boot);
	*uptime = sec + mono_sec + (mono_nsec + nsec + (double)boot) / NSEC_PER_SEC;
	if (*uptime < 0)
		*uptime = -1;
	return TRUE;
}

/*
 * Without a struct timekeeper: ticks.  jiffies_64 begins 300 seconds before its low 32
 * bits wrap (INITIAL_JIFFIES), tick_nsec is the length of a tick.
 */
static double uptime_from_ticks(AnzKernel *kernel)
{
	guint64 address, jiffies, tick_nsec, hz;

	if (!anz_kernel_symbol(kernel, "jiffies_64", &address) ||
	    !anz_kernel_read_u64(kernel, address, &jiffies) ||
	    !anz_kernel_symbol(kernel, "tick_nsec", &address) ||
	    !anz_kernel_read_ulong(kernel, address, &tick_nsec) || tick_nsec < 100000 ||
	    tick_nsec > NSEC_PER_SEC)
		return -1;
	hz = (NSEC_PER_SEC + tick_nsec / 2) / tick_nsec;
	jiffies -= (guint32) - (300 * hz);
	return jiffies > (1ull << 48) ? -1 : (double)jiffies / hz;
}

static void read_times(AnzKernel *kernel, AnzIdentity *identity)
{
	const char *line = anz_vmcoreinfo_line(kernel->vmcoreinfo, "CRASHTIME");

	identity->time = -1;
	identity->uptime = -1;
	read_clock(kernel, &identity->time, &identity->uptime);
	if (identity->uptime < 0)
		identity->uptime = uptime_from_ticks(kernel);
	if (identity->time < 0 && line)
		g_ascii_string_to_signed(line, 10, 0, G_MAXINT64, &identity->time, NULL);
}

/* ---- panic ---- */

/*
 * panic_cpu is the cpu that panics or loads the crash kernel, -1 while none does;
 * crashing_cpu (x86) says so of the latter.
 */
static int read_panic_cpu(AnzKernel *kernel)
{
	static const char *const names[] = { "panic_cpu", "crashing_cpu" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		guint64 address;
		guint32 cpu;

		if (anz_kernel_symbol(kernel, names[i], &address) &&
		    anz_kernel_read_u32(kernel, address, &cpu) && cpu < kernel->nr_cpus)
			return cpu;
	}
	return -1;
}

/* The struct task_struct that runs on @cpu; 0 unknown. */
static guint64 current_task(AnzKernel *kernel, int cpu)
{
	guint64 base = kernel->percpu_offset[cpu], symbol, offset, task;

	/* x86 up to 6.1 and from 6.15 on. */
	if (anz_kernel_symbol(kernel, "current_task", &symbol) &&
	    anz_kernel_read_ulong(kernel, base + symbol, &task) && task)
		return task;
	/* x86 between. */
	if (anz_kernel_symbol(kernel, "pcpu_hot", &symbol) &&
	    anz_kernel_member(kernel, "pcpu_hot", "current_task", &offset, NULL) &&
	    anz_kernel_read_ulong(kernel, base + symbol + offset, &task) && task)
		return task;
	/* Elsewhere it is in a register; the scheduler's idea of it is the same but
	 * mid-switch. */
	if (anz_kernel_symbol(kernel, "runqueues", &symbol) &&
	    anz_kernel_member(kernel, "rq", "curr", &offset, NULL) &&
	    anz_kernel_read_ulong(kernel, base + symbol + offset, &task))
		return task;
	return 0;
}

static char *read_panic_task(AnzKernel *kernel, int cpu)
{
	g_autofree char *comm = NULL;
	guint64 task, offset, len, pid;

	if (cpu < 0)
		return NULL;
	task = current_task(kernel, cpu);
	if (!task || !anz_kernel_read_member(kernel, task, "task_struct", "pid", &pid) ||
	    pid > G_MAXINT32 ||
	    !anz_kernel_member(kernel, "task_struct", "comm", &offset, &len) || len < 2 ||
	    len > MAX_LINE)
		return NULL;
	comm = sane_line(anz_kernel_read_string(kernel, task + offset, len));
	return comm ? g_strdup_printf("%s (%d)", comm, (int)pid) : NULL;
}

#define PANIC_PREFIX "Kernel panic - not syncing: "

/* How the first lines of an oops begin; "BUG: " comes some lines before "Oops: ". */
static const char *const oops_prefixes[] = {
	"BUG: ",
	"Oops: ",
	"Oops - ",
	"Unable to handle kernel ",
	"Internal error: ",
	"kernel BUG at ",
	"general protection fault",
	"double fault: ",
};

#define OOPS_LINES 16 /* two such lines at most this far apart tell of one event */

typedef struct {
	char *panic;
	char *oops;
	guint64 line, oops_line;
} PanicSearch;

static void search_line(guint64 seq, double seconds, int level, int facility,
			const char *caller, const char *message, gpointer data)
{
	PanicSearch *search = data;

	(void)seq, (void)seconds, (void)level, (void)facility, (void)caller;
	search->line++;
	if (g_str_has_prefix(message, PANIC_PREFIX)) {
		g_free(search->panic);
		search->panic = g_strdup(message + strlen(PANIC_PREFIX));
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(oops_prefixes); i++) {
		if (!g_str_has_prefix(message, oops_prefixes[i]))
			continue;
		if (!search->oops || search->line - search->oops_line > OOPS_LINES) {
			g_free(search->oops);
			search->oops = g_strdup(message);
		}
		search->oops_line = search->line;
		return;
	}
}

/*
 * With a crash kernel loaded an oops goes there without a panic message, but not every
 * line that begins like one's is fatal ("BUG: Bad page state"): those count only when a
 * cpu did crash.
 */
static char *find_panic(AnzKernel *kernel, int panic_cpu)
{
	PanicSearch search = { 0 };
	AnzLogTally tally = { 0 };
	char *found = NULL;

	anz_log_scan(kernel, search_line, &search, &tally);
	if (search.panic)
		found = g_steal_pointer(&search.panic);
	else if (panic_cpu >= 0)
		found = g_steal_pointer(&search.oops);
	g_free(search.panic);
	g_free(search.oops);
	return sane_line(found);
}

AnzIdentity *anz_identity_read(AnzKernel *kernel)
{
	AnzIdentity *identity = g_new0(AnzIdentity, 1);

	identity->release = read_release(kernel);
	identity->version = read_symbol_line(kernel, "linux_banner");
	identity->build_id = read_build_id(kernel);
	identity->machine = read_machine(kernel);
	identity->hostname = read_uts(kernel, "nodename");
	identity->command_line = read_command_line(kernel);
	read_times(kernel, identity);
	identity->panic_cpu = read_panic_cpu(kernel);
	identity->panic_task = read_panic_task(kernel, identity->panic_cpu);
	identity->panic = find_panic(kernel, identity->panic_cpu);
	return identity;
}

void anz_identity_free(AnzIdentity *identity)
{
	if (!identity)
		return;
	g_free(identity->release);
	g_free(identity->version);
	g_free(identity->build_id);
	g_free(identity->machine);
	g_free(identity->hostname);
	g_free(identity->command_line);
	g_free(identity->panic);
	g_free(identity->panic_task);
	g_free(identity);
}
