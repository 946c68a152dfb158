# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Input 1: the README with the table of folders; 2: the list of C files; 3: their #include
# lines as "FILE:LINE:TEXT". Set: table, the README's name, and everywhere, the headers that
# any folder may include.

function trim(s) {
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

function complain(where, what) {
	print where ": " what
	bad++
}

# Does word list @words (a word that ends in / is a prefix) hold header @name?
function listed(words, name,    i, n, word) {
	n = split(words, word, /[ \n]+/)
	for (i = 1; i <= n; i++) {
		if (word[i] == "")
			continue
		if (word[i] == name ||
		    (word[i] ~ /\/$/ && index(name, word[i]) == 1))
			return 1
	}
	return 0
}

function basename(path) {
	sub(/.*\//, "", path)
	return path
}

function dirname(path) {
	return path ~ /\// ? substr(path, 1, length(path) - length(basename(path)) - 1) : ""
}

# "a/./b/../c" to "a/c"; what leads above the root keeps its "..".
function normal(path,    n, part, i, kept, out) {
	n = split(path, part, "/")
	kept = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "" || part[i] == ".")
			continue
		if (part[i] == ".." && kept && out[kept] != "..")
			kept--
		else
			out[++kept] = part[i]
	}
	path = ""
	for (i = 1; i <= kept; i++)
		path = path (i > 1 ? "/" : "") out[i]
	return path
}

# The row that file or folder @path belongs to: the longest that it lies in.
function row_of(path) {
	for (path = dirname(path); path != ""; path = dirname(path))
		if (path in uses)
			return path
	return ""
}

function may(from, to) {
	return from == to || (from, to) in reach
}

# Works out who may include whom, once the table is read.
function close_table(    i, j, k, n, word, changed, to) {
	for (i = 1; i <= rows; i++) {
		if (uses[row[i]] == "all of the above") {
			for (j = 1; j < i; j++)
				reach[row[i], row[j]] = 1
			reach[row[i], "libanalyze/include/analyze"] = 1
			continue
		}
		if (row[i] ~ /^libanalyze/)
			reach[row[i], "libanalyze/include/analyze"] = 1
		if (uses[row[i]] == "public API") {
			public_only[row[i]] = 1
			reach[row[i], "libanalyze/include/analyze"] = 1
			continue
		}
		if (uses[row[i]] == "nothing") {
			nothing[row[i]] = 1
			continue
		}
		n = split(uses[row[i]], word, /, */)
		for (j = 1; j <= n; j++) {
			if (word[j] == "GLib" || word[j] == "headers")
				continue
			to = "libanalyze/" word[j]
			if (to in uses)
				reach[row[i], to] = 1
			else
				complain(table, row[i] " may use \"" word[j] \
					 "\", which has no row")
		}
	}
	do {
		changed = 0
		for (i = 1; i <= rows; i++)
			for (j = 1; j <= rows; j++)
				for (k = 1; k <= rows; k++)
					if (((row[i], row[j]) in reach) &&
					    ((row[j], row[k]) in reach) &&
					    !((row[i], row[k]) in reach)) {
						reach[row[i], row[k]] = 1
						changed = 1
					}
	} while (changed)
}

# The row of a house header @name as @file writes it; "" if it is none.
function house_row(file, name, quoted,    own, path, i) {
	own = row_of(file)
	if (quoted) {
		# Beside the file first, as the compiler looks.
		path = normal(dirname(file) "/" name)
		if (path in is_file || name ~ /^\.\.\//)
			return row_of(path)
	}
	if (name ~ /^analyze\//)
		return row_of("libanalyze/include/" name)
	# Sources of the library are compiled with -I libanalyze; a generated header has a
	# folder but no file in the tree.
	path = normal("libanalyze/" name)
	if (path in is_file || row_of(path) != "libanalyze")
		return row_of(path)
	if (name ~ /\//)
		return ""
	# A bare name: made for this folder by the build, unless another folder has it.
	for (i in is_file)
		if (basename(i) == name && row_of(i) != own &&
		    row_of(i) ~ /^libanalyze/ && own !~ /^samples/)
			return row_of(i)
	return quoted ? own : ""
}

function check_foreign(where, own, name,    i, owners) {
	if (listed(everywhere, name) || listed(foreign[own], name))
		return
	for (i = 1; i <= rows; i++)
		if (listed(foreign[row[i]], name))
			owners = owners (owners == "" ? "" : ", ") row[i]
	if (owners == "")
		complain(where, "<" name "> is foreign and in no row of the table")
	else
		complain(where, "<" name "> belongs to " owners ", not to " own)
}

input > 1 && !closed {
	close_table()
	closed = 1
}

input == 1 && /^\| *[a-z]+[a-z\/-]* *\|/ {
	n = split($0, cell, "|")
	name = trim(cell[2])
	if (name == "folder")
		next
	if (n < 6) {
		complain(table, "a row of four columns is wanted: " $0)
		next
	}
	row[++rows] = name
	uses[name] = trim(cell[4])
	headers = cell[5]
	gsub(/`/, "", headers)
	foreign[name] = trim(headers)
	if (name ~ /^samples\//)
		next
	n = split(foreign[name], header, / +/)
	for (i = 1; i <= n; i++) {
		if (header[i] == "")
			continue
		if (header[i] in only)
			complain(table, header[i] " is listed twice: " \
				 only[header[i]] " and " name)
		only[header[i]] = name
	}
}

input == 2 {
	is_file[$0] = 1
	file_name[++nr_files] = $0
}

input == 3 {
	nr_includes++
	split($0, part, ":")
	file = part[1]
	where = part[1] ":" part[2]
	text = substr($0, length(where) + 2)
	own = row_of(file)
	if (own == "")
		next
	if (!match(text, /["<][^">]+[">]/)) {
		complain(where, "not understood: " text)
		next
	}
	quoted = substr(text, RSTART, 1) == "\""
	name = substr(text, RSTART + 1, RLENGTH - 2)
	if (!quoted && listed(everywhere, name))
		next
	to = house_row(file, name, quoted)
	if (to == "" || (to == "libanalyze" && !quoted && own != "libanalyze")) {
		check_foreign(where, own, name)
		next
	}
	if (may(own, to) && !(to ~ /^libanalyze/ && own in public_only && quoted))
		next
	if (own in public_only)
		complain(where, own " may include only <analyze/...> of the library, not " name)
	else if (own in nothing)
		complain(where, own " may include nothing of " to ": " name)
	else if (own == "libanalyze/include/analyze")
		complain(where, "a public header may not include " name)
	else
		complain(where, basename(own) " may not include " name " (" to ")")
}

END {
	if (!rows) {
		complain(table, "no table of folders in it")
	}
	for (i = 1; i <= nr_files; i++)
		if (row_of(file_name[i]) == "" ||
		    (row_of(file_name[i]) == "libanalyze" &&
		     file_name[i] ~ /^libanalyze\/.*\//))
			complain(file_name[i], "its folder has no row in the table")
	if (!nr_includes)
		complain(table, "no C file with an #include beside it")
	if (bad)
		exit 1
	printf "layers: %d files, %d includes, %d folders: as the table says\n", \
		nr_files, nr_includes, rows
}
