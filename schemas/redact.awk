# SPDX-License-Identifier: LGPL-2.1-or-later
# redact.tsv -> C table of the tables of an analysis file, in the order in which they are copied.
function fail(why)
{
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	FS = "\t"
	print "/* Made by redact.awk from redact.tsv: do not edit. */"
	print "#include \"store/schema.h\""
	print ""
	print "const AnzRedactRule anz_redact_rules[] = {"
}
/^#/ { next }
{
	if ($2 != "keep" && $2 != "drop" && $2 != "mask" && $2 != "scrub")
		fail("an action is keep, drop, mask or scrub")
	printf "\t{ \"%s\", ANZ_REDACT_%s, ", $1, toupper($2)
	if ($3 == "")
		print "NULL },"
	else
		print "\"" $3 "\" },"
}
END {
	if (failed)
		exit 1
	print "\t{ NULL, ANZ_REDACT_KEEP, NULL },"
	print "};"
}
