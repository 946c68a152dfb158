# SPDX-License-Identifier: LGPL-2.1-or-later
# page-classes.tsv and palettes.tsv -> C: the tables of libanalyze/picture/colour.h.
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	FS = "\t"
}
/^#/ { next }
FILENAME ~ /page-classes/ {
	class[classes++] = $2
	next
}
{
	if (NF != 5)
		fail("a colour has 5 fields: class, dark, light, contrast, pattern")
	for (p = 2; p <= 4; p++) {
		if ($p !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/)
			fail("a colour is written RRGGBB: " $p)
		colour[$1, p] = $p
	}
	if ($5 == "hatch")
		hatched[$1] = 1
	else if ($5 != "-")
		fail("there is no pattern " $5)
}
END {
	if (failed)
		exit 1
	for (i = 0; i < classes; i++)
		if (!((class[i], 2) in colour))
			fail("there is no colour for " class[i])
	print "/* Made by palettes.awk from palettes.tsv: do not edit. */"
	print "#include \"picture/colour.h\""
	print ""
	print "const guint32 anz_palette_table[ANZ_NR_PALETTES][ANZ_NR_CLASSES] = {"
	for (p = 2; p <= 4; p++) {
		print "\t{"
		for (i = 0; i < classes; i++)
			print "\t\t0x" colour[class[i], p] ", /* " class[i] " */"
		print "\t},"
	}
	print "};"
	print "const guint32 anz_palette_backgrounds[ANZ_NR_PALETTES] = {"
	for (p = 2; p <= 4; p++)
		print "\t0x" colour["@background", p] ","
	print "};"
	print "const guint32 anz_palette_lines[ANZ_NR_PALETTES] = {"
	for (p = 2; p <= 4; p++)
		print "\t0x" colour["@line", p] ","
	print "};"
	printf "const guint32 anz_palette_hatched = 0"
	for (i = 0; i < classes; i++)
		if (class[i] in hatched)
			printf " | 1u << %d", i
	print ";"
}
