/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Areas of a process's address space. */
#ifndef ANZ_GRAPH_VMAS_H
#define ANZ_GRAPH_VMAS_H

#include "kernel/record.h"

typedef struct {
	guint64 address;	/* of struct vm_area_struct */
	guint64 start, end;	/* bytes; [start, end) */
	guint64 flags;		/* vm_flags */
	guint64 pgoff;		/* of @start, in pages */
	guint64 file;		/* struct file, 0 none */
	guint64 inode;		/* struct inode of that file, 0 none */
	guint64 anon_vma;	/* struct anon_vma, 0 none */
	const char *name;	/* "[heap]" and the like, or last part of its file's name; NULL none */
	/* Base pages that page tables map in it; known when they were walked. */
	guint64 nr_anon, nr_file, nr_shmem, nr_hugetlb, nr_swap;
} AnzVma;

typedef struct AnzVmaReader AnzVmaReader;

/** @names: (transfer none): where names are kept; must outlive the areas. */
AnzVmaReader *anz_vma_reader_new(AnzKernel *kernel, GStringChunk *names);
void anz_vma_reader_free(AnzVmaReader *reader);

/**
 * anz_vmas_read:
 * @mm: address of a struct mm_struct
 * @vmas: AnzVma; areas are added at its end, by start
 *
 * From the maple tree (mm_mt, since 6.1), or along mm.mmap before.
 *
 * Returns: %FALSE if some could not be read or made no sense; those are left out.
 */
gboolean anz_vmas_read(AnzVmaReader *reader, guint64 mm, GArray *vmas);

/** The area of @vmas[first, first + nr) that holds @vaddr, or %NULL. */
AnzVma *anz_vmas_find(GArray *vmas, guint first, guint nr, guint64 vaddr);

/** "rw-p" and what else @flags say in words: "rw-p,hugetlb,locked". */
char *anz_vma_flags_text(guint64 flags);

#endif
