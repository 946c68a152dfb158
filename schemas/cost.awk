# SPDX-License-Identifier: LGPL-2.1-or-later
# memdesc-cost.tsv and memdesc-path.tsv as the arrays of kernel/cost-tables.h.
BEGIN {
	FS = "\t"
	print "/* Made from schemas/memdesc-cost.tsv and memdesc-path.tsv; change those. */"
	print "#include \"kernel/cost-tables.h\"\n"
}
function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}
function quote(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}
function open_array(kind, declaration) {
	if (kind == current)
		return
	if (current != "")
		print "\t{ NULL },\n};\n"
	current = kind
	print declaration
}
# "80P" -> { 80, 'P' }
function size(cell, bytes) {
	if (cell == "-")
		return "{ 0, 0 }"
	if (cell !~ /^[0-9]+[PC]$/)
		fail("a size is bytes and P or C, not " cell)
	bytes = substr(cell, 1, length(cell) - 1)
	if ($1 != "page" && bytes % 16)
		fail("a descriptor's size is a multiple of 16")
	return "{ " bytes ", '" substr(cell, length(cell)) "' }"
}
/^#/ || /^$/ { next }
FILENAME ~ /memdesc-cost/ {
	if (NF != 8)
		fail("eight columns are wanted")
	if ($2 != "0" && $2 != "1+" && $2 != "any")
		fail("orders are 0, 1+ or any")
	if (++rows == 1 && $1 != "page")
		fail("the first row is struct page")
	open_array("cost", "const AnzCostRow anz_cost_rows[] = {")
	printf "\t{ %s, %s, %s, { %s, %s, %s, %s },\n\t  %s },\n", quote($1), quote($2), \
		quote($3 == "-" ? "" : $3), size($4), size($5), size($6), size($7), quote($8)
}
FILENAME ~ /memdesc-path/ {
	if (NF != 4)
		fail("four columns are wanted")
	if ($2 !~ /^(struct|member|no-member|absent|type|size)$/)
		fail("no such test: " $2)
	open_array("path", "const AnzPathRow anz_path_rows[] = {")
	printf "\t{ %s, %s, %s, %s },\n", quote($1), quote($2), quote($3), quote($4)
}
END {
	if (!failed)
		print "\t{ NULL },\n};"
}
