#include "store/gather.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 31 pages of 4 KiB with their headers. SQLite's own files take less than 128 KiB in one write. */
enum { GATHER_BYTES = 31 * (24 + 4096) };
_Static_assert(GATHER_BYTES < 128 * 1024, "one write of SQLite's unix files");

struct log_file {
    sqlite3_file base; /* first: what SQLite holds a pointer to; the real file lies behind us */
    bool gathers;
    int n;
    sqlite3_int64 at; /* where the gathered bytes go */
    uint8_t *bytes;
};

static struct log_file *self(sqlite3_file *file)
{
    return (struct log_file *)(void *)file;
}

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)(self(file) + 1);
}

/* Where that fails the commit does: its pages are written again, or never looked for. */
static int bring(sqlite3_file *file)
{
    struct log_file *f = self(file);
    const int n = f->n;
    f->n = 0;
    return n ? real(file)->pMethods->xWrite(real(file), f->bytes, n, f->at) : SQLITE_OK;
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct log_file *f = self(file);
    if (at != f->at + f->n || n > GATHER_BYTES - f->n) {
        int r = bring(file);
        if (r != SQLITE_OK)
            return r;
    }
    if (!f->gathers || n > GATHER_BYTES)
        return real(file)->pMethods->xWrite(real(file), bytes, n, at);
    if (f->n == 0)
        f->at = at;
    memcpy(f->bytes + f->n, bytes, (size_t)n);
    f->n += n;
    return SQLITE_OK;
}

static int log_sync(sqlite3_file *file, int flags)
{
    int r = bring(file);
    return r == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : r;
}

static int log_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    int r = bring(file);
    return r == SQLITE_OK ? real(file)->pMethods->xRead(real(file), out, n, at) : r;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 n)
{
    int r = bring(file);
    return r == SQLITE_OK ? real(file)->pMethods->xTruncate(real(file), n) : r;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *n)
{
    int r = bring(file);
    return r == SQLITE_OK ? real(file)->pMethods->xFileSize(real(file), n) : r;
}

static int log_close(sqlite3_file *file)
{
    free(self(file)->bytes);
    return real(file)->pMethods->xClose(real(file));
}

/* --- the rest is handed on --- */

static int log_lock(sqlite3_file *file, int how)
{
    return real(file)->pMethods->xLock(real(file), how);
}

static int log_unlock(sqlite3_file *file, int how)
{
    return real(file)->pMethods->xUnlock(real(file), how);
}

static int log_is_locked(sqlite3_file *file, int *out)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int log_control(sqlite3_file *file, int what, void *arg)
{
    return real(file)->pMethods->xFileControl(real(file), what, arg);
}

static int log_sector(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int log_device(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1, /* a log is neither mapped nor has shared memory of its own */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_is_locked,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device,
};

/* --- the VFS --- */

static sqlite3_vfs vfs;
static sqlite3_vfs *below; /* SQLite's own */

static int open_log(const char *name, sqlite3_file *file, int flags, int *opened)
{
    *self(file) = (struct log_file){.bytes = malloc(GATHER_BYTES)};
    if (!self(file)->bytes)
        return SQLITE_NOMEM;
    int r = below->xOpen(below, name, real(file), flags, opened);
    if (r == SQLITE_OK)
        file->pMethods = &log_methods;
    else
        free(self(file)->bytes);
    return r;
}

static int open_file(sqlite3_vfs *us, const char *name, sqlite3_file *file, int flags, int *opened)
{
    (void)us;
    return flags & SQLITE_OPEN_WAL ? open_log(name, file, flags, opened)
                                   : below->xOpen(below, name, file, flags, opened);
}

const char *lw_gather_vfs(void)
{
    if (vfs.zName)
        return vfs.zName;
    if (sqlite3_initialize() != SQLITE_OK || !(below = sqlite3_vfs_find(NULL)))
        return NULL;
    vfs = *below; /* the functions find what they need in pAppData, which is the same */
    vfs.pNext = NULL;
    vfs.zName = "lanewise";
    vfs.szOsFile = (int)sizeof(struct log_file) + below->szOsFile;
    vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        vfs.zName = NULL;
    return vfs.zName;
}

int lw_gather(sqlite3 *db, bool on)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
        !file || file->pMethods != &log_methods)
        return SQLITE_OK;
    self(file)->gathers = on;
    return bring(file);
}
