# SPDX-License-Identifier: LGPL-2.1-or-later
# page-classes.tsv -> C: the table behind anz_page_class_info(), and assertions that the enumerators of
# <analyze/page-class.h> have the very numbers of the table.
function quote(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}
function character(s)
{
	return (s == "\\" || s == "'") ? "'\\" s "'" : "'" s "'"
}
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	FS = "\t"
	print "/* Made by page-classes.awk from page-classes.tsv: do not edit. */"
	print "#include <analyze/page-class.h>"
	print ""
	print "extern const AnzPageClassInfo anz_page_class_table[];"
	print "const AnzPageClassInfo anz_page_class_table[ANZ_NR_CLASSES] = {"
}
/^#/ && NF < 7 { next }
/^# number\t/ { next }
{
	if (NF != 7)
		fail("a class has 7 fields: number, name, letter, group, descriptor, compaction, meaning")
	if ($6 !~ /^(free|moves|stays|absent)$/)
		fail("compaction is free, moves, stays or absent")
	if ($1 != n + 0)
		fail("class numbers count up from 0 without gaps")
	if (n >= 32)
		fail("files store sets of classes in 32 bits")
	if ($2 in seen || ("letter" $3) in seen)
		fail("name or letter used twice")
	if (length($3) != 1)
		fail("a letter is one character")
	seen[$2] = seen["letter" $3] = 1
	id = toupper($2)
	gsub(/-/, "_", id)
	check[n] = "G_STATIC_ASSERT(ANZ_CLASS_" id " == " n ");"
	print "\t{ .name = " quote($2) ", .letter = " character($3) ", .group = " quote($4) ","
	if ($5 != "-")
		print "\t  .descriptor = " quote($5) ","
	print "\t  .mobility = ANZ_MOBILITY_" toupper($6) ","
	print "\t  .meaning = " quote($7) " },"
	n++
}
END {
	if (failed)
		exit 1
	print "};"
	print ""
	for (i = 0; i < n; i++)
		print check[i]
	print "G_STATIC_ASSERT(ANZ_NR_CLASSES == " n ");"
}
