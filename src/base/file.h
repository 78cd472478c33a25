/* base/file.h - whole files in and out, with limits; paths that stay inside a folder. */
#ifndef LW_BASE_FILE_H
#define LW_BASE_FILE_H

#include "base/base.h"

/* Read a regular file of at most max_bytes. *data is yours (free); it has one NUL after its n
 * bytes. The why text does not name the path: the caller prefixes it.
 * LW_ENOTFOUND, LW_EIO (also: a folder or device), LW_ELIMIT, LW_ENOMEM. */
int lw_file_read(const char *path, size_t max_bytes, uint8_t **data, size_t *n, struct lw_why *why);

/* Write through a temporary file in the same folder, fsync and rename: the old file or the whole
 * new one is there, never half of it. LW_EIO also where something else than a file is there. */
int lw_file_write(const char *path, struct lw_span bytes, struct lw_why *why);

/* mkdir -p with mode 0777 & ~umask. */
int lw_dir_make(const char *path, struct lw_why *why);

/* Delete a folder and all that is in it, as far as that can be done; links are not followed, other
 * file systems left alone. */
void lw_tree_remove(const char *path);

/* dir + "/" + rel in *out (yours, free). Refuses with LW_EFORMAT an empty or absolute rel, "." and
 * ".." components, control characters; symbolic links are checked by lw_path_inside at opening. */
int lw_path_join(const char *dir, const char *rel, char **out, struct lw_why *why);

/* LW_OK when path, links resolved, lies inside dir; LW_EFORMAT "leaves the folder"; LW_ENOTFOUND.
 */
int lw_path_inside(const char *dir, const char *path, struct lw_why *why);

/* Names in a folder, bytewise sorted, "." files left out, at most max (LW_ELIMIT). */
struct lw_names {
    char **v;
    size_t n;
};
int lw_names_list(struct lw_names *out, const char *dir, size_t max, struct lw_why *why);
void lw_names_clear(struct lw_names *names);

#endif
