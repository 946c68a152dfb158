/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image/vmcoreinfo.c: the lines of a real kernel, and lines that are none. */
#include "image/vmcoreinfo.h"

#include <string.h>

static const char text[] =
	"OSRELEASE=6.12.0-test\n"
	"BUILD-ID=3b43fad5034874490492495d552c0af6a5fab235\n"
	"PAGESIZE=4096\n"
	"SYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
	"SIZE(page)=64\n"
	"OFFSET(page.flags)=0\n"
	"LENGTH(free_area.free_list)=6\n"
	"NUMBER(phys_base)=-411041792\n"
	"NUMBER(VMALLOC_START)=0xffffc90000000000\n"
	"NUMBER(sme_mask)=9223372036854775808\n"
	"KERNELOFFSET=26a00000\n"
	"OFFSET(broken)=-8\n"
	"NUMBER(words)=twelve\n"
	"no equal sign here\n"
	"=no key\n"
	"bell=\a\n"
	"latin=caf\xe9\n"
	"SIZE(page)=9999\n"
	"EMPTY=\n"
	"SYMBOL(cut)=ffff";

static void count_line(const char *key, const char *value, gpointer data)
{
	g_string_append_printf(data, "%s|%s;", key, value);
}

static void test_values(void)
{
	g_autoptr(AnzVmcoreinfo) info = anz_vmcoreinfo_parse(text, strlen(text));
	guint64 u;
	gint64 n;

	g_assert_false(anz_vmcoreinfo_is_empty(info));
	g_assert_cmpstr(anz_vmcoreinfo_line(info, "OSRELEASE"), ==, "6.12.0-test");
	g_assert_cmpstr(anz_vmcoreinfo_line(info, "EMPTY"), ==, "");
	g_assert_null(anz_vmcoreinfo_line(info, "CRASHTIME"));
	g_assert_true(anz_vmcoreinfo_symbol(info, "swapper_pg_dir", &u));
	g_assert_cmphex(u, ==, 0xffffffff82a10000);
	g_assert_true(anz_vmcoreinfo_size(info, "page", &u));
	g_assert_cmpuint(u, ==, 64);	/* the first of two */
	g_assert_true(anz_vmcoreinfo_offset(info, "page.flags", &u));
	g_assert_cmpuint(u, ==, 0);
	g_assert_true(anz_vmcoreinfo_length(info, "free_area.free_list", &u));
	g_assert_cmpuint(u, ==, 6);
	g_assert_true(anz_vmcoreinfo_number(info, "phys_base", &n));
	g_assert_cmpint(n, ==, -411041792);
	g_assert_true(anz_vmcoreinfo_number(info, "VMALLOC_START", &n));
	g_assert_cmphex((guint64)n, ==, 0xffffc90000000000);
	g_assert_true(anz_vmcoreinfo_number(info, "sme_mask", &n));
	g_assert_cmphex((guint64)n, ==, 0x8000000000000000);
	g_assert_true(anz_vmcoreinfo_kernel_offset(info, &u));
	g_assert_cmphex(u, ==, 0x26a00000);
}

static void test_refused(void)
{
	g_autoptr(AnzVmcoreinfo) info = anz_vmcoreinfo_parse(text, strlen(text));
	g_autoptr(AnzVmcoreinfo) none = anz_vmcoreinfo_parse("", 0);
	g_autoptr(GString) lines = g_string_new(NULL);
	guint64 u = 1;
	gint64 n;

	g_assert_false(anz_vmcoreinfo_offset(info, "broken", &u));
	g_assert_false(anz_vmcoreinfo_number(info, "words", &n));
	g_assert_null(anz_vmcoreinfo_line(info, "bell"));
	g_assert_null(anz_vmcoreinfo_line(info, "latin"));
	/* Its line has no end, so nobody knows how many digits are missing. */
	g_assert_false(anz_vmcoreinfo_symbol(info, "cut", &u));
	g_assert_true(anz_vmcoreinfo_is_empty(none));
	g_assert_false(anz_vmcoreinfo_kernel_offset(none, &u));
	g_assert_cmpuint(u, ==, 0);
	anz_vmcoreinfo_foreach(info, count_line, lines);
	g_assert_true(g_str_has_prefix(lines->str, "OSRELEASE|6.12.0-test;BUILD-ID|"));
	g_assert_true(g_str_has_suffix(lines->str, "words)|twelve;SIZE(page)|9999;EMPTY|;"));
}

/* A NUL ends the text, as in the kernel's page. */
static void test_nul(void)
{
	static const char page[] = "A=1\nB=2\n\0C=3\n";
	g_autoptr(AnzVmcoreinfo) info = anz_vmcoreinfo_parse(page, sizeof(page));

	g_assert_cmpstr(anz_vmcoreinfo_line(info, "B"), ==, "2");
	g_assert_null(anz_vmcoreinfo_line(info, "C"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vmcoreinfo/values", test_values);
	g_test_add_func("/vmcoreinfo/refused", test_refused);
	g_test_add_func("/vmcoreinfo/nul", test_nul);
	return g_test_run();
}
