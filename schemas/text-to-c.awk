# SPDX-License-Identifier: LGPL-2.1-or-later
# Turns a text file into a C string constant: awk -v name=anz_catalogue_sql -f text-to-c.awk FILE
function quote(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	return "\t\"" s "\\n\""
}
BEGIN {
	print "/* Made by text-to-c.awk: do not edit. */"
	print "extern const char " name "[];"
	print "const char " name "[] ="
}
{ print quote($0) }
END { print "\t\"\";" }
