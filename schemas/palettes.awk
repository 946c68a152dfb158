# SPDX-License-Identifier: LGPL-2.1-or-later
# page-classes.tsv and palettes.tsv -> C: the tables of libanalyze/picture/colour.h.
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
function single(name, key)
{
	print "const guint32 " name "[ANZ_NR_PALETTES] = {"
	for (p = 2; p <= LAST; p++)
		print "\t0x" colour[key, p] ","
	print "};"
}
BEGIN {
	FS = "\t"
	LAST = 5
	split("hatch back dots lines bars grid checks", known, " ")
	for (i in known)
		is_pattern[known[i]] = 1
	is_pattern["-"] = 1
	keys = split("@background @line @open @moves @blocker @blocked", special, " ")
}
/^#/ { next }
FILENAME ~ /page-classes/ {
	class[classes++] = $2
	next
}
{
	if (NF != 7)
		fail("a colour has 7 fields: class, dark, light, contrast, mono, pattern, mono pattern")
	for (p = 2; p <= LAST; p++) {
		if ($p !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/)
			fail("a colour is written RRGGBB: " $p)
		colour[$1, p] = $p
		pattern[$1, p] = p == LAST ? $7 : $6
		if (!(pattern[$1, p] in is_pattern))
			fail("there is no pattern " pattern[$1, p])
	}
}
END {
	if (failed)
		exit 1
	for (i = 0; i < classes; i++)
		if (!((class[i], 2) in colour))
			fail("there is no colour for " class[i])
	for (i = 1; i <= keys; i++)
		if (!((special[i], 2) in colour))
			fail("there is no colour " special[i])
	print "/* Made by palettes.awk from palettes.tsv: do not edit. */"
	print "#include \"picture/colour.h\""
	print ""
	print "const guint32 anz_palette_table[ANZ_NR_PALETTES][ANZ_NR_CLASSES] = {"
	for (p = 2; p <= LAST; p++) {
		print "\t{"
		for (i = 0; i < classes; i++)
			print "\t\t0x" colour[class[i], p] ", /* " class[i] " */"
		print "\t},"
	}
	print "};"
	print "const guint8 anz_palette_patterns[ANZ_NR_PALETTES][ANZ_NR_CLASSES] = {"
	for (p = 2; p <= LAST; p++) {
		print "\t{"
		for (i = 0; i < classes; i++)
			if (pattern[class[i], p] != "-")
				print "\t\t[" i "] = ANZ_PATTERN_" toupper(pattern[class[i], p]) ","
		print "\t},"
	}
	print "};"
	single("anz_palette_backgrounds", "@background")
	single("anz_palette_lines", "@line")
	single("anz_palette_open", "@open")
	single("anz_palette_moves", "@moves")
	single("anz_palette_blocker", "@blocker")
	single("anz_palette_blocked", "@blocked")
}
