# SPDX-License-Identifier: LGPL-2.1-or-later
# memdesc-tables.tsv, memdesc-types.tsv, memdesc-misc.tsv and memdesc-buddy.tsv as the arrays of kernel/memdesc-tables.h.
BEGIN {
	FS = "\t"
	print "/* Made from schemas/memdesc-*.tsv; change those. */"
	print "#include \"kernel/memdesc-tables.h\"\n"
}
function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}
function field(text,  part) {
	if (text == "-")
		return "{ 0, 0, 0 }"
	if (split(text, part, ":") != 3)
		fail("a field is word:shift:bits, not " text)
	return "{ " part[1] ", " part[2] ", " part[3] " }"
}
function open_array(kind) {
	if (kind == current)
		return
	if (current != "")
		print "\t{ NULL },\n};\n"
	current = kind
	if (kind == "tables")
		print "const AnzMemdescTableRow anz_memdesc_table_rows[] = {"
	else if (kind == "types")
		print "const AnzMemdescTypeRow anz_memdesc_type_rows[] = {"
	else if (kind == "misc")
		print "const AnzMemdescMiscRow anz_memdesc_misc_rows[] = {"
	else
		print "const AnzMemdescBuddyRow anz_memdesc_buddy_rows[] = {"
}
/^#/ || /^$/ { next }
FILENAME ~ /memdesc-tables/ {
	if (NF != 2 || $2 < 1 || $2 > 6)
		fail("a table and 1 to 6 type bits are wanted")
	open_array("tables")
	bits[$1] = $2
	printf "\t{ \"%s\", %d },\n", $1, $2
}
FILENAME ~ /memdesc-types/ {
	if (NF != 7)
		fail("seven columns are wanted")
	if (!($1 in bits) || $2 >= 2 ^ bits[$1])
		fail("no such table in memdesc-tables.tsv, or its type field has no such number")
	open_array("types")
	printf "\t{ \"%s\", %d, \"%s\", \"%s\", \"%s\", \"%s\", '%s' },\n", $1, $2, $3, $4, \
		$5 == "-" ? "" : $5, $6, $7
}
FILENAME ~ /memdesc-misc/ {
	if (NF != 3)
		fail("three columns are wanted")
	open_array("misc")
	printf "\t{ \"%s\", %d, \"%s\" },\n", $2, $1, $3
}
FILENAME ~ /memdesc-buddy/ {
	if (NF != 9)
		fail("nine columns are wanted")
	open_array("buddy")
	printf "\t{ \"%s\", %d, \"%s\", %s, %s, %s, %s, %s, %s },\n", $1, $2, $3, field($4), \
		field($5), field($6), field($7), field($8), field($9)
}
END {
	if (!failed)
		print "\t{ NULL },\n};"
}
