# SPDX-License-Identifier: LGPL-2.1-or-later
# queries/*.sql -> C table of named queries.  A query is named after its file; its second line is a
# comment that describes it in one line (the first one is the licence).
function quote(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	return s
}
function finish()
{
	if (NR > FNR || ended)
		print "\t\t\"\" },"
}
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	print "/* Made by queries.awk from queries/: do not edit. */"
	print "#include \"store/schema.h\""
	print ""
	print "const AnzNamedQuery anz_named_queries[] = {"
}
FNR == 1 {
	finish()
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	next
}
FNR == 2 {
	if ($0 !~ /^-- /)
		fail("the second line describes the query")
	print "\t{ \"" name "\", \"" quote(substr($0, 4)) "\","
	next
}
{ print "\t\t\"" quote($0) "\\n\"" }
END {
	if (failed)
		exit 1
	ended = 1
	finish()
	print "\t{ NULL, NULL, NULL },"
	print "};"
}
