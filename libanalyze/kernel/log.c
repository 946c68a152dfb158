/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel log for people: records of whichever form this kernel has, fragments joined,
 * bytes that no terminal should see written as \xNN (as dmesg does).
 */
#include <string.h>

#include "kernel/log-source.h"

#define WINDOW_BYTES (256 * 1024) /* a record is at most 64 KiB (16-bit lengths) */

/* enum log_flags (enum printk_info_flags in newer kernels), the same since 3.5. */
#define LOG_NEWLINE 2
#define LOG_CONT 8
#define CALLER_IS_CPU (1u << 31)

gboolean anz_log_scalar(AnzKernel *kernel, const char *type, const char *path,
			guint64 size, AnzMember *member)
{
	return anz_types_member(kernel->types, type, path, member) && member->bit_size &&
	       member->bit_size <= 64 &&
	       member->bit_offset + member->bit_size <= size * 8;
}

void anz_log_window_init(AnzLogWindow *window, AnzKernel *kernel, guint64 base,
			 guint64 size)
{
	*window = (AnzLogWindow){
		.kernel = kernel,
		.base = base,
		.size = size > G_MAXUINT64 - base ? G_MAXUINT64 - base : size,
		.buf = g_malloc(WINDOW_BYTES),
	};
}

void anz_log_window_clear(AnzLogWindow *window)
{
	g_clear_pointer(&window->buf, g_free);
}

const guint8 *anz_log_window_at(AnzLogWindow *window, guint64 offset, gsize len)
{
	if (len > WINDOW_BYTES || offset > window->size || len > window->size - offset)
		return NULL;
	if (offset < window->start || offset - window->start > window->filled ||
	    len > window->filled - (offset - window->start)) {
		gsize want = MIN(WINDOW_BYTES, window->size - offset);

		window->start = offset;
		window->filled = anz_image_read_virt(window->kernel->image,
						     window->base + offset, window->buf,
						     want, NULL);
	}
	if (len > window->filled - (offset - window->start))
		return NULL;
	return window->buf + (offset - window->start);
}

/* A record that waits for the fragments that may follow it. */
typedef struct {
	AnzLogFunc func;
	gpointer data;
	guint64 nr_messages;
	gboolean pending;
	AnzLogRecord last; /* its text is in @message */
	GString *message;
	guint64 next_seq;
} Sink;

static void append_clean(GString *out, const char *text, gsize len)
{
	const char *end = text + len;

	while (text < end) {
		gunichar c = g_utf8_get_char_validated(text, end - text);
		guchar byte = *text;

		if (c == (gunichar)-1 || c == (gunichar)-2 || byte == 0x7f ||
		    (c >= 0x80 && c < 0xa0) ||
		    (byte < 0x20 && byte != '\n' && byte != '\t')) {
			g_string_append_printf(out, "\\x%02x", byte);
			text++;
		} else {
			const char *next = g_utf8_next_char(text);

			g_string_append_len(out, text, next - text);
			text = next;
		}
	}
}

static void sink_flush(Sink *sink)
{
	const AnzLogRecord *r = &sink->last;
	GString *message = sink->message;
	char caller[16];

	if (!sink->pending)
		return;
	sink->pending = FALSE;
	if (message->len && message->str[message->len - 1] == '\n')
		g_string_truncate(message, message->len - 1);
	if (r->has_caller)
		g_snprintf(caller, sizeof(caller), "%c%u",
			   r->caller & CALLER_IS_CPU ? 'C' : 'T',
			   r->caller & ~CALLER_IS_CPU);
	/* Whole microseconds, cut as dmesg cuts them: its times are what people search for. */
	sink->func(r->seq, r->ts_nsec / 1000 / 1e6, r->level, r->facility,
		   r->has_caller ? caller : NULL, message->str, sink->data);
	sink->nr_messages++;
}

static void take_record(const AnzLogRecord *record, gpointer data)
{
	Sink *sink = data;
	gboolean joins = sink->pending && record->flags & LOG_CONT &&
			 !(sink->last.flags & LOG_NEWLINE) &&
			 record->seq == sink->next_seq &&
			 record->has_caller == sink->last.has_caller &&
			 record->caller == sink->last.caller;

	if (joins) {
		sink->last.flags = record->flags;
	} else {
		sink_flush(sink);
		sink->pending = TRUE;
		sink->last = *record;
		sink->last.text = NULL;
		g_string_truncate(sink->message, 0);
		/*
		 * Numbers of records are keys to whoever stores them: one that is not
		 * above its predecessor is damaged, and gets the place where it was met.
		 */
		if (sink->nr_messages && record->seq < sink->next_seq)
			sink->last.seq = sink->next_seq;
	}
	sink->next_seq = joins ? sink->next_seq + 1 : sink->last.seq + 1;
	append_clean(sink->message, record->text, record->len);
}

guint64 anz_log_scan(AnzKernel *kernel, AnzLogFunc func, gpointer data,
		     AnzLogTally *tally)
{
	Sink sink = { .func = func, .data = data, .message = g_string_new(NULL) };

	if (!anz_log_ring_walk(kernel, take_record, &sink, tally) &&
	    !anz_log_record_walk(kernel, take_record, &sink, tally))
		tally->problem = "no symbol prb or log_first_idx leads to it";
	sink_flush(&sink);
	g_string_free(sink.message, TRUE);
	return sink.nr_messages;
}

guint64 anz_log_read(AnzKernel *kernel, AnzLogFunc func, gpointer data)
{
	AnzLogTally tally = { 0 };
	guint64 nr_messages = anz_log_scan(kernel, func, data, &tally);

	if (tally.problem)
		anz_kernel_remark(kernel, "warning", "log", 1,
				  "the kernel log cannot be read: %s", tally.problem);
	else if (!nr_messages)
		anz_kernel_remark(kernel, "warning", "log", 1,
				  "the kernel log holds no whole record");
	if (tally.broken)
		anz_kernel_remark(
			kernel, "warning", "log", tally.broken,
			"records of the kernel log are damaged and were left out");
	if (tally.unreadable)
		anz_kernel_remark(kernel, "warning", "log", tally.unreadable,
				  "records of the kernel log are not in the dump");
	if (tally.unfinished)
		anz_kernel_remark(kernel, "note", "log", tally.unfinished,
				  "records of the kernel log were being written");
	return nr_messages;
}
