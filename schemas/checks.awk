# SPDX-License-Identifier: LGPL-2.1-or-later
# checks.tsv -> C: the table behind anz_check_rule(), and assertions that the enumerators of
# libanalyze/check/rules.h stand in the order of the table.
function quote(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	FS = "\t"
	print "/* Made by checks.awk from checks.tsv: do not edit. */"
	print "#include \"check/rules.h\""
	print ""
	print "const AnzCheckRule anz_check_rule_table[ANZ_NR_RULES] = {"
}
/^#/ { next }
{
	if (NF != 6)
		fail("a rule has 6 fields: id, severity, fact, wrong, means, kernel")
	if ($1 in seen)
		fail("id used twice")
	if ($1 !~ /^[a-z]+\.[a-z-]+$/)
		fail("an id is family.name in small letters")
	if ($2 != "error" && $2 != "warning" && $2 != "info")
		fail("severity is error, warning or info")
	for (i = 1; i <= NF; i++)
		if ($i == "")
			fail("no field is empty")
	seen[$1] = 1
	id = toupper($1)
	gsub(/[.-]/, "_", id)
	check[n + 0] = "G_STATIC_ASSERT(ANZ_RULE_" id " == " n + 0 ");"
	print "\t{ .id = " quote($1) ", .severity = " quote($2) ", .fact = " quote($3) ","
	print "\t  .wrong = " quote($4) ","
	print "\t  .means = " quote($5) ","
	print "\t  .kernel = " quote($6) " },"
	n++
}
END {
	if (failed)
		exit 1
	print "};"
	print ""
	for (i = 0; i < n; i++)
		print check[i]
	print "G_STATIC_ASSERT(ANZ_NR_RULES == " n ");"
}
