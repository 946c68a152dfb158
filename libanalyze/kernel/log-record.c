/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The older kernel log: one buffer of records, each a struct printk_log (struct log
 * before 3.11) followed by its text and a dictionary.
 *
 * Kernel facts (kernel/printk/printk.c, 3.5 to 5.9): len is the whole record's, and leads
 * to the next one; len 0 means that the next one is at the start of the buffer.  The
 * records are those from log_first_idx on, as many as log_next_seq - log_first_seq.
 */
#include "kernel/log-source.h"

typedef struct {
	guint64 size;
	AnzMember ts_nsec, len, text_len, facility, flags, level, caller;
	gboolean has_caller;
} RecordLayout;

static gboolean resolve_layout(AnzKernel *kernel, RecordLayout *l)
{
	const char *type = "printk_log";

	if (!anz_kernel_sizeof(kernel, type, &l->size)) {
		type = "log";
		if (!anz_kernel_sizeof(kernel, type, &l->size))
			return FALSE;
	}
	l->has_caller = anz_log_scalar(kernel, type, "caller_id", l->size, &l->caller);
	return l->size && l->size <= 4096 &&
	       anz_log_scalar(kernel, type, "ts_nsec", l->size, &l->ts_nsec) &&
	       anz_log_scalar(kernel, type, "len", l->size, &l->len) &&
	       anz_log_scalar(kernel, type, "text_len", l->size, &l->text_len) &&
	       anz_log_scalar(kernel, type, "facility", l->size, &l->facility) &&
	       anz_log_scalar(kernel, type, "flags", l->size, &l->flags) &&
	       anz_log_scalar(kernel, type, "level", l->size, &l->level);
}

static gboolean read_u32_symbol(AnzKernel *kernel, const char *name, guint32 *value)
{
	guint64 address;

	return anz_kernel_symbol(kernel, name, &address) &&
	       anz_kernel_read_u32(kernel, address, value);
}

static gboolean read_u64_symbol(AnzKernel *kernel, const char *name, guint64 *value)
{
	guint64 address;

	return anz_kernel_symbol(kernel, name, &address) &&
	       anz_kernel_read_u64(kernel, address, value);
}

/* Reads the record at *@index, moves *@index behind it.  %FALSE where the chain ends. */
static gboolean read_record(AnzLogWindow *log, const RecordLayout *l, guint64 *index,
			    AnzLogRecord *record, AnzLogTally *tally)
{
	gboolean big = log->kernel->big_endian;
	const guint8 *head = anz_log_window_at(log, *index, l->size);
	guint64 len, text_len;

	if (head && !anz_member_load(&l->len, head, big)) {
		*index = 0;
		head = anz_log_window_at(log, 0, l->size);
	}
	if (!head) {
		tally->unreadable++;
		return FALSE;
	}
	len = anz_member_load(&l->len, head, big);
	text_len = anz_member_load(&l->text_len, head, big);
	if (len < l->size || text_len > len - l->size || len > log->size - *index) {
		tally->broken++;
		return FALSE;
	}
	head = anz_log_window_at(log, *index, l->size + text_len);
	if (!head) {
		tally->unreadable++;
		return FALSE;
	}
	record->ts_nsec = anz_member_load(&l->ts_nsec, head, big);
	record->level = anz_member_load(&l->level, head, big);
	record->facility = anz_member_load(&l->facility, head, big);
	record->flags = anz_member_load(&l->flags, head, big);
	record->has_caller = l->has_caller;
	if (l->has_caller)
		record->caller = anz_member_load(&l->caller, head, big);
	record->text = (const char *)head + l->size;
	record->len = text_len;
	*index += len;
	return TRUE;
}

gboolean anz_log_record_walk(AnzKernel *kernel, AnzLogRecordFunc func, gpointer data,
			     AnzLogTally *tally)
{
	RecordLayout layout;
	AnzLogWindow log;
	guint64 address, index, first_seq, next_seq, nr_records;
	guint32 first_index, size;

	if (!anz_kernel_symbol(kernel, "log_first_idx", &address))
		return FALSE;
	if (!resolve_layout(kernel, &layout)) {
		tally->problem =
			"the type info has no struct printk_log that is understood";
		return TRUE;
	}
	if (!read_u32_symbol(kernel, "log_first_idx", &first_index) ||
	    !read_u32_symbol(kernel, "log_buf_len", &size) ||
	    !read_u64_symbol(kernel, "log_buf", &address) ||
	    !read_u64_symbol(kernel, "log_first_seq", &first_seq) ||
	    !read_u64_symbol(kernel, "log_next_seq", &next_seq)) {
		tally->problem =
			"its variables (log_buf, log_first_idx, ...) are not in the dump";
		return TRUE;
	}
	if (size < layout.size || first_index >= size || next_seq < first_seq) {
		tally->problem =
			"its variables (log_buf_len, log_first_idx, ...) make no sense";
		return TRUE;
	}
	anz_log_window_init(&log, kernel, address, size);
	index = first_index;
	nr_records = MIN(next_seq - first_seq, size / layout.size);
	for (guint64 i = 0; i < nr_records; i++) {
		AnzLogRecord record = { .seq = first_seq + i };

		/* Behind a broken record the chain is lost: nothing says where the next
		 * one is. */
		if (!read_record(&log, &layout, &index, &record, tally)) {
			tally->broken += nr_records - i - 1;
			break;
		}
		func(&record, data);
	}
	anz_log_window_clear(&log);
	return TRUE;
}
