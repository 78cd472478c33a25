#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/inside.h"

enum { STEP_PAGES = 256, PAUSE_MS = 2, TRIES_MAX = 5000 };

static int copy_pages(struct lw_store *s, struct lw_sql *to, struct lw_why *why)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", s->q.db, "main");
    if (!b)
        return lw_why_set(why, LW_EIO, -1, "%s", sqlite3_errmsg(to->db));
    int r = SQLITE_OK;
    for (int tries = 0; tries < TRIES_MAX;) {
        r = sqlite3_backup_step(b, STEP_PAGES);
        if (r == SQLITE_BUSY || r == SQLITE_LOCKED)
            tries++;
        else if (r != SQLITE_OK)
            break;
        sqlite3_sleep(PAUSE_MS);
    }
    int finished = sqlite3_backup_finish(b);
    if (r != SQLITE_DONE || finished != SQLITE_OK)
        return lw_why_set(why, LW_EIO, -1, "cannot be copied: %s", sqlite3_errstr(r));
    return LW_OK;
}

/* One file without a log beside it, on the disk. */
static int settle(struct lw_sql *to, const char *path, struct lw_why *why)
{
    int r = lw_sql_exec(to, "PRAGMA journal_mode = DELETE", why);
    int fd = r < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (r == LW_OK && (fd < 0 || fsync(fd) < 0))
        r = lw_why_set(why, LW_EIO, -1, "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return r;
}

int lw_store_backup(struct lw_store *s, const char *to, struct lw_why *why)
{
    struct lw_sql q = {.db = NULL};
    int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return lw_why_set(why, LW_EIO, -1, "%s: cannot be made: %s", to, strerror(errno));
    close(fd);
    int r = lw_store_audit(s, "backup", s->identity.id, "", why);
    if (r == LW_OK && (r = lw_sql_open(&q, to, SQLITE_OPEN_READWRITE, why)) == LW_OK &&
        (r = copy_pages(s, &q, why)) == LW_OK)
        r = settle(&q, to, why);
    lw_sql_close(&q);
    if (r < 0)
        unlink(to);
    return r;
}
