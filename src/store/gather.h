/* store/gather.h - the write-ahead log in few large writes.
 *
 * SQLite hands every page of a commit to the log in two writes, 24 bytes and the page: a crossing
 * with ten photos is 170 system calls, which took as long as waiting for a fast disk. A VFS that is
 * SQLite's own but for the log gathers them. Within a COMMIT with synchronous FULL SQLite syncs the
 * log before anybody may look for its pages there, and to sync brings what was gathered into the
 * file; so does to read. Between commits nothing is gathered. */
#ifndef LW_STORE_GATHER_H
#define LW_STORE_GATHER_H

#include <stdbool.h>

#include <sqlite3.h>

/* The VFS's name for sqlite3_open_v2; NULL, which is SQLite's own, where it cannot be had. Not by
 * two threads at once. */
const char *lw_gather_vfs(void);

/* On before a COMMIT that waits for the disk, off behind it. SQLITE_OK, or what the file said. A
 * database without that VFS, or without a log: SQLITE_OK. */
int lw_gather(sqlite3 *db, bool on);

#endif
