/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prose of the man pages; verbs, options, tables and examples come from the verb table. */
#include <stddef.h>

#include "man-prose.h"

const char man_description[] =
	"memdesc tells what every page of a machine's memory is, who owns it, and whether the "
	"kernel's own books agree: from a crash dump, into one SQLite file that the other verbs "
	"read.\n\n"
	"Every page frame gets exactly one class (free, file, anon, slab, page-table, ...); the "
	"classes sum to the frames of the memory map. Free lists and per-cpu lists are walked, and "
	"what is found is put beside the kernel's own counters.\n\n"
	"Layouts are learned from the dumped kernel's own type information and VMCOREINFO, never "
	"from its version.";

static const ProseItem source_items[] = {
	{ "FILE.memdesc", "An analysis file made by \"memdesc analyze\". It is opened as it is." },
	{ "VMCORE", "A dump: ELF, kdump-compressed (zlib, lzo, snappy, zstd), flattened, LiME, or "
	  "what else libkdumpfile reads. It is analysed into a private temporary file first." },
	{ "VMCORE.1 VMCORE.2 ...", "The parts of one split dump, in any order." },
	{ "raw:FILE", "A plain image of physical memory from address 0, or the file that a virtual "
	  "machine has its memory in, which leaves out the addresses of devices." },
	{ NULL, NULL }
};

static const ProseItem exit_items[] = {
	{ "0", "Done." },
	{ "1", "Failed: a file could not be opened, read or written, the dump makes no sense, no "
	  "type information was found, or the run was interrupted. No half-written file is left." },
	{ "2", "Wrong usage: an unknown verb, option, column, class or address, or SQL that does "
	  "not parse." },
	{ "3", "Done, but part of the memory behind the answer could not be read. The remarks of "
	  "\"memdesc summary\" say what." },
	{ "4", "\"memdesc check\" found errors, or \"memdesc diff --exit-code\" pages that changed "
	  "their class. It outranks 3." },
	{ NULL, NULL }
};

const Prose man_exit_status = { "EXIT STATUS", "", exit_items };

static const ProseItem environment_items[] = {
	{ "NO_COLOR", "When set and not empty, no colours. Without it there are colours only on a "
	  "terminal." },
	{ "DEBUGINFOD_URLS", "The servers that --debuginfod asks." },
	{ "DEBUGINFOD_CACHE_PATH", "Where fetched debug files are kept; without it, "
	  "debuginfod_client in XDG_CACHE_HOME, as other programs do." },
	{ "TMPDIR", "Where the private temporary file of a dump's analysis is made." },
	{ NULL, NULL }
};

const Prose man_prose[] = {
	{ "SOURCES", "SOURCE is one of:", source_items },
	{ "OUTPUT",
	  "Data goes to standard output, or to the file that -o names, which appears when it is "
	  "whole; notes, errors and progress go to standard error, progress only when that is a "
	  "terminal. A standard output that cannot be written (full disk) is an error.\n\n"
	  "Text is for people: its headings and number formats may change. Scripts should use "
	  "--json or --csv, or at least name columns with --columns and use --no-header and -b.\n\n"
	  "JSON is one object: member \"memdesc\" holds the version, every other one is a table: "
	  "an array of objects. Numbers are numbers, addresses are strings \"0x...\", what is not "
	  "known is null. Tables and columns have the names of the tables and columns of the "
	  "analysis file.\n\n"
	  "CSV follows RFC 4180 and holds the main table of the verb, or the one named with "
	  "--table; what is not known is an empty field.\n\n"
	  "Tables of more than 10000 rows, JSON and CSV are written row by row.", NULL },
	{ "SIGNALS",
	  "SIGINT, SIGTERM and SIGHUP stop the work; what was half-written is removed and the exit "
	  "status is 1. The third one kills.", NULL },
	{ "ENVIRONMENT", "", environment_items },
	{ NULL, NULL, NULL }
};
