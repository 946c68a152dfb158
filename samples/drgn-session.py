# SPDX-License-Identifier: LGPL-2.1-or-later
"""Page census and owners inside a drgn session, through libanalyze.

    $ drgn -c vmcore -s vmlinux
    >>> exec(open("samples/drgn-session.py").read())
    >>> census(prog)
    {'free': 123765, 'anon': 33910, ...}
    >>> owner(prog, pfn_to_page(prog, 59705))
    'swap-cache, order 0'

drgn reads the memory, whatever it has open; the layouts are those of `vmlinux`, or of the
kernel's own BTF if none is named. The library is libanalyze.so.0, or what $MEMDESC_LIBRARY names.
"""
import ctypes
import os
from ctypes import c_char_p, c_int, c_int64, c_size_t, c_uint, c_uint64, c_void_p

import drgn
from drgn.helpers.linux.mm import page_to_pfn

# include/analyze/*.h
_READ = ctypes.CFUNCTYPE(c_int, c_uint64, c_void_p, c_size_t, c_void_p)


class _Error(ctypes.Structure):  # GError
    _fields_ = [("domain", c_uint), ("code", c_int), ("message", c_char_p)]


class _Range(ctypes.Structure):  # AnzMemoryRange
    _fields_ = [("start", c_uint64), ("end", c_uint64)]


class _Memory(ctypes.Structure):  # AnzMemory
    _fields_ = [
        ("size", c_size_t), ("name", c_char_p), ("machine", c_char_p),
        ("big_endian", c_int), ("vmcoreinfo", c_char_p),
        ("ranges", ctypes.POINTER(_Range)), ("nr_ranges", c_uint),
        ("read_physical", _READ), ("read_virtual", _READ), ("data", c_void_p),
    ]


class _SourceOptions(ctypes.Structure):  # AnzSourceOptions
    _fields_ = [
        ("size", c_size_t), ("paths", c_void_p), ("memory", ctypes.POINTER(_Memory)),
        ("vmlinux", ctypes.POINTER(c_char_p)), ("vmcoreinfo", c_char_p),
        ("debug_dirs", c_void_p), ("debuginfod_urls", c_char_p),
        ("debuginfod_cache", c_char_p), ("memdesc_table", c_char_p),
        ("buddy_layout", c_char_p), ("force", c_int), ("live", c_int), ("log", c_void_p),
        ("log_data", c_void_p), ("cancel", c_void_p),
    ]


class _AnalyzeOptions(ctypes.Structure):  # AnzAnalyzeOptions
    _fields_ = [
        ("size", c_size_t), ("output", c_char_p), ("append", c_int), ("threads", c_uint),
        ("memory_bytes", c_uint64), ("detail", c_int), ("preview", c_char_p),
        ("preview_ready", c_void_p), ("preview_data", c_void_p), ("progress", c_void_p),
        ("progress_data", c_void_p),
    ]


def _load():
    lib = ctypes.CDLL(os.environ.get("MEMDESC_LIBRARY", "libanalyze.so.0"))
    handle = c_void_p
    for name, result, arguments in (
        ("anz_source_open", handle, [ctypes.POINTER(_SourceOptions), c_void_p]),
        ("anz_source_analyze", handle, [handle, ctypes.POINTER(_AnalyzeOptions), c_void_p]),
        ("anz_source_close", None, [handle]),
        ("anz_store_close", None, [handle]),
        ("anz_store_query", handle, [handle, c_char_p, c_void_p]),
        ("anz_query_bind_int", None, [handle, c_char_p, c_int64]),
        ("anz_query_next", c_int, [handle, c_void_p]),
        ("anz_query_n_columns", c_uint, [handle]),
        ("anz_query_is_null", c_int, [handle, c_uint]),
        ("anz_query_text", c_char_p, [handle, c_uint]),
        ("anz_query_free", None, [handle]),
    ):
        function = getattr(lib, name)
        function.restype = result
        function.argtypes = arguments
    return lib


_lib = _load()


def _call(function, *arguments):
    """Calls a function whose last argument is a GError **, which becomes an exception."""
    error = ctypes.POINTER(_Error)()
    result = function(*arguments, ctypes.byref(error))
    if error:
        raise RuntimeError(error.contents.message.decode())
    return result


def _system_ram(prog):
    """Physical ranges of memory, as /proc/iomem has them ("System RAM")."""
    flags = 0x01000200  # IORESOURCE_SYSTEM_RAM: IORESOURCE_MEM | IORESOURCE_SYSRAM
    waiting = [prog["iomem_resource"].child]
    while waiting:
        resource = waiting.pop()
        while resource:
            if resource.flags.value_() & flags == flags:
                yield _Range(resource.start.value_(), resource.end.value_() + 1)
            else:
                waiting.append(resource.child)
            resource = resource.sibling


class _Analysis:
    def __init__(self, prog, vmlinux):
        def reader(physical):
            def read(address, buf, length, data):
                try:
                    ctypes.memmove(buf, prog.read(address, length, physical), length)
                    return 1
                except (drgn.FaultError, ValueError):
                    return 0
            return _READ(read)

        size = prog["vmcoreinfo_size"].value_()
        ranges = list(_system_ram(prog))
        # What the library keeps pointers to until the source is closed.
        self.memory = _Memory(
            ctypes.sizeof(_Memory), b"drgn session",
            {"X86_64": b"x86_64", "AARCH64": b"aarch64"}.get(prog.platform.arch.name),
            not prog.platform.flags & drgn.PlatformFlags.IS_LITTLE_ENDIAN,
            prog.read(prog["vmcoreinfo_data"].value_(), size),
            (_Range * len(ranges))(*ranges), len(ranges), reader(True), reader(False), None)
        options = _SourceOptions(size=ctypes.sizeof(_SourceOptions),
                                 memory=ctypes.pointer(self.memory))
        if vmlinux:
            options.vmlinux = (c_char_p * 2)(os.fsencode(vmlinux), None)
        source = _call(_lib.anz_source_open, ctypes.byref(options))
        try:
            analyze = _AnalyzeOptions(size=ctypes.sizeof(_AnalyzeOptions))
            self.store = _call(_lib.anz_source_analyze, source, ctypes.byref(analyze))
        finally:
            _lib.anz_source_close(source)

    def query(self, sql, **parameters):
        """Rows of an SQL statement, as lists of texts."""
        query = _call(_lib.anz_store_query, self.store, sql.encode())
        try:
            for name, value in parameters.items():
                _lib.anz_query_bind_int(query, b":" + name.encode(), value)
            columns = range(_lib.anz_query_n_columns(query))
            while _call(_lib.anz_query_next, query):
                yield [None if _lib.anz_query_is_null(query, i) else
                       _lib.anz_query_text(query, i).decode() for i in columns]
        finally:
            _lib.anz_query_free(query)


_analyses = {}


def analysis(prog, vmlinux=None):
    """The analysis of all memory of `prog`, made at its first use."""
    if prog not in _analyses:
        _analyses[prog] = _Analysis(prog, vmlinux)
    return _analyses[prog]


def census(prog, vmlinux=None):
    """Pages of each class, most first."""
    rows = analysis(prog, vmlinux).query(
        "SELECT class, pages FROM classes WHERE snapshot = :snapshot AND pages > 0 "
        "ORDER BY pages DESC")
    return {name: int(pages) for name, pages in rows}


def owner(prog, page, vmlinux=None):
    """What a page is and whose, in words; `page` is a struct page * or a frame number."""
    pfn = page if isinstance(page, int) else page_to_pfn(page).value_()
    for page_class, order, descriptor, kind, name in analysis(prog, vmlinux).query(
            "SELECT p.class, p.\"order\", p.descriptor, o.kind, o.name FROM page p "
            "LEFT JOIN owners o ON o.snapshot = :snapshot AND o.id = p.owner "
            "WHERE p.pfn = :pfn", pfn=pfn):
        words = f"{page_class}, order {order}"
        if descriptor:
            words += f", descriptor {int(descriptor, 0):#x}"
        return words + (f", {kind} {name}" if name else "")
    return "no such frame"
