/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/path.h"

#include <string.h>

#define MAX_NAME 256		/* NAME_MAX and a NUL */
#define MAX_DEPTH 256		/* folders below one another; PATH_MAX / 2 would be 2048 */
#define MAX_MOUNTS 64		/* mounts below one another */

struct AnzPaths {
	AnzKernel *kernel;
	AnzField i_dentry, d_alias, d_parent, d_name, d_inode, d_hash_pprev;
	AnzField s_mounts, s_type, s_root, type_name;
	AnzField mnt_parent, mnt_mountpoint, mnt_root, mnt_instance, mnt_ns, mnt_next;
	AnzRecord dentry, mount;
	GHashTable *dentries;	/* address -> path within its file system */
	GHashTable *mounts;	/* super_block -> path of its mount point, "" none */
};

AnzPaths *anz_paths_new(AnzKernel *kernel)
{
	AnzPaths *paths = g_new0(AnzPaths, 1);

	paths->kernel = kernel;
	anz_field(kernel, "inode", "i_dentry.first", &paths->i_dentry);
	/* 7.x has the alias outside of d_u. */
	anz_field(kernel, "dentry", "d_u.d_alias|d_alias", &paths->d_alias);
	anz_field(kernel, "dentry", "d_parent", &paths->d_parent);
	anz_field(kernel, "dentry", "d_name.name", &paths->d_name);
	anz_field(kernel, "dentry", "d_inode", &paths->d_inode);
	anz_field(kernel, "dentry", "d_hash.pprev", &paths->d_hash_pprev);
	anz_field(kernel, "super_block", "s_mounts", &paths->s_mounts);
	anz_field(kernel, "super_block", "s_type", &paths->s_type);
	anz_field(kernel, "super_block", "s_root", &paths->s_root);
	anz_field(kernel, "file_system_type", "name", &paths->type_name);
	anz_field(kernel, "mount", "mnt_parent", &paths->mnt_parent);
	anz_field(kernel, "mount", "mnt_mountpoint", &paths->mnt_mountpoint);
	anz_field(kernel, "mount", "mnt.mnt_root", &paths->mnt_root);
	anz_field(kernel, "mount", "mnt_instance", &paths->mnt_instance);
	anz_field(kernel, "mount", "mnt_next_for_sb", &paths->mnt_next);
	anz_field(kernel, "mount", "mnt_ns", &paths->mnt_ns);
	anz_record_init_type(&paths->dentry, kernel, "dentry");
	anz_record_init_type(&paths->mount, kernel, "mount");
	paths->dentries = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	paths->mounts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	return paths;
}

void anz_paths_free(AnzPaths *paths)
{
	if (!paths)
		return;
	anz_record_clear(&paths->dentry);
	anz_record_clear(&paths->mount);
	g_hash_table_unref(paths->dentries);
	g_hash_table_unref(paths->mounts);
	g_free(paths);
}

static void remember(GHashTable *table, guint64 address, const char *text)
{
	g_hash_table_insert(table, g_memdup2(&address, sizeof(address)), g_strdup(text));
}

static char *join(const char *folder, const char *name)
{
	return g_str_has_suffix(folder, "/") ? g_strconcat(folder, name, NULL) :
	       g_strconcat(folder, "/", name, NULL);
}

/* @depth: folders that may still be above. */
static char *dentry_path(AnzPaths *paths, guint64 dentry, guint depth)
{
	const char *known = g_hash_table_lookup(paths->dentries, &dentry);
	g_autofree char *name = NULL, *above = NULL;
	guint64 parent, name_at;
	char *path;

	if (known)
		return g_strdup(known);
	if (!depth || !anz_record_read(&paths->dentry, dentry))
		return NULL;
	parent = anz_kernel_untag(paths->kernel, anz_record_get(&paths->dentry, &paths->d_parent));
	if (!parent)
		return NULL;
	name_at = anz_record_get(&paths->dentry, &paths->d_name);
	name = name_at ? anz_kernel_read_string(paths->kernel, name_at, MAX_NAME) : NULL;
	if (parent == dentry) {
		/* The root of a file system; those of files without a folder have names of their own. */
		path = name && *name && !g_str_equal(name, "/") ? g_strconcat("/", name, NULL) :
		       g_strdup("/");
	} else {
		above = dentry_path(paths, parent, depth - 1);
		if (!above || !name || !*name)
			return NULL;
		path = join(above, name);
	}
	remember(paths->dentries, dentry, path);
	return path;
}

char *anz_paths_of_dentry(AnzPaths *paths, guint64 dentry)
{
	return dentry_path(paths, anz_kernel_untag(paths->kernel, dentry), MAX_DEPTH);
}

/* Where @mount hangs, as seen from the root of its namespace; NULL for a kernel-internal one. */
static char *mount_path(AnzPaths *paths, guint64 mount, guint depth)
{
	g_autofree char *above = NULL, *point = NULL;
	guint64 parent, dentry, namespace;

	if (!depth || !anz_record_read(&paths->mount, mount))
		return NULL;
	parent = anz_record_get(&paths->mount, &paths->mnt_parent);
	dentry = anz_record_get(&paths->mount, &paths->mnt_mountpoint);
	namespace = anz_record_get(&paths->mount, &paths->mnt_ns);
	/* MNT_NS_INTERNAL is ERR_PTR(-EINVAL); a mount that was taken away has none. */
	if (!namespace || namespace >= G_MAXUINT64 - 4095)
		return NULL;
	if (parent == mount)
		return g_strdup("/");
	above = mount_path(paths, parent, depth - 1);
	point = above ? anz_paths_of_dentry(paths, dentry) : NULL;
	if (!point)
		return NULL;
	return g_str_equal(above, "/") ? g_strdup(point) : g_strconcat(above, point, NULL);
}

typedef struct {
	AnzPaths *paths;
	guint64 root;		/* s_root */
	char *path;
	guint left;
} MountSearch;

static gboolean try_mount(guint64 mount, gpointer data)
{
	MountSearch *search = data;
	guint64 root;

	/* A mount of a folder further down would give names that are too long. */
	if (!anz_record_read(&search->paths->mount, mount))
		return TRUE;
	root = anz_record_get(&search->paths->mount, &search->paths->mnt_root);
	if (root == search->root)
		search->path = mount_path(search->paths, mount, MAX_MOUNTS);
	return !search->path;
}

static const char *mount_point(AnzPaths *paths, guint64 superblock)
{
	const char *known = g_hash_table_lookup(paths->mounts, &superblock);
	MountSearch search = { .paths = paths };
	guint64 mount;

	if (known)
		return known;
	if (paths->s_mounts.known && paths->s_root.known &&
	    anz_kernel_read_u64(paths->kernel, superblock + paths->s_root.offset, &search.root)) {
		if (paths->mnt_instance.known) {
			anz_kernel_walk_list(paths->kernel, superblock + paths->s_mounts.offset,
					     paths->mnt_instance.offset, 1 << 16, try_mount, &search);
		} else if (paths->mnt_next.known &&
			   anz_kernel_read_u64(paths->kernel,
					       superblock + paths->s_mounts.offset, &mount)) {
			/* A plain chain from 6.17 on. */
			for (guint i = 0; mount && i < 1 << 16 && try_mount(mount, &search); i++)
				if (!anz_kernel_read_u64(paths->kernel,
							 mount + paths->mnt_next.offset, &mount))
					break;
		}
	}
	remember(paths->mounts, superblock, search.path ? search.path : "");
	g_free(search.path);
	return g_hash_table_lookup(paths->mounts, &superblock);
}

char *anz_paths_of_inode(AnzPaths *paths, guint64 inode, guint64 superblock, gboolean *deleted)
{
	guint64 alias, dentry, type, name_at;
	g_autofree char *inside = NULL, *fs = NULL;
	const char *mount;

	*deleted = FALSE;
	if (!paths->i_dentry.known || !paths->d_alias.known ||
	    !anz_kernel_read_u64(paths->kernel, inode + paths->i_dentry.offset, &alias) || !alias)
		return NULL;
	dentry = anz_kernel_untag(paths->kernel, alias - paths->d_alias.offset);
	inside = anz_paths_of_dentry(paths, dentry);
	if (!inside || !anz_record_read(&paths->dentry, dentry))
		return NULL;
	/* d_unhashed(); the root of a file system is never hashed. */
	*deleted = anz_record_has(&paths->dentry, &paths->d_hash_pprev) &&
		   !anz_record_get(&paths->dentry, &paths->d_hash_pprev) &&
		   anz_record_get(&paths->dentry, &paths->d_parent) != dentry;
	mount = superblock ? mount_point(paths, superblock) : "";
	if (*mount)
		return g_str_equal(mount, "/") ? g_steal_pointer(&inside) :
		       g_str_equal(inside, "/") ? g_strdup(mount) :
		       g_strconcat(mount, inside, NULL);
	if (superblock && paths->s_type.known && paths->type_name.known &&
	    anz_kernel_read_u64(paths->kernel, superblock + paths->s_type.offset, &type) &&
	    anz_kernel_read_u64(paths->kernel, type + paths->type_name.offset, &name_at))
		fs = anz_kernel_read_string(paths->kernel, name_at, 32);
	return g_strconcat(fs ? fs : "?", ":", inside, NULL);
}
