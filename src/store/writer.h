/* store/writer.h - one thread that writes a store for all the others, with group commit.
 * Shared: any number of threads may call; locks inside.
 *
 * Crossings wait in a bounded queue. While one commit waits for the disk the next crossings gather,
 * and go into the next commit together: one wait for the disk, one signature under the audit chain.
 * Every caller is told when the commit that holds its crossing is on the disk, or why it is not. */
#ifndef LW_STORE_WRITER_H
#define LW_STORE_WRITER_H

#include "store/store.h"

struct lw_writer;

struct lw_writer_opts {
    size_t queue; /* crossings that wait, 1..1024; more callers wait for room */
    size_t group; /* crossings in one commit, 1..256 */
};
#define LW_WRITER_DEFAULTS ((struct lw_writer_opts){.queue = 64, .group = 32})

/* Open the store and start the thread; opts may be NULL. Readers open the same file with
 * lw_store_opts.writer. */
int lw_writer_open(struct lw_writer **out, const char *path, const struct lw_store_opts *store,
                   const struct lw_writer_opts *opts, struct lw_why *why);
/* What waits is written first. No thread may be inside, nor a store be open that names it. */
void lw_writer_close(struct lw_writer **w);

/* As lw_store_put_entry: returns when the commit that holds it is on the disk. A refusal of one
 * crossing does not touch the others of its group; a commit that fails fails all of them. */
int lw_writer_put(struct lw_writer *w, const struct lw_store_entry *e, struct lw_why *why);
/* One entry in the audit chain; actor NULL: the writer's own. */
int lw_writer_audit(struct lw_writer *w, const struct lw_actor *actor, const char *action,
                    const char *subject, const char *detail, struct lw_why *why);
/* The same without waiting for the disk: the entry goes with the next commit. LW_EIO where an
 * earlier one that nobody waited for could not be written. */
int lw_writer_audit_later(struct lw_writer *w, const struct lw_actor *actor, const char *action,
                          const char *subject, const char *detail, struct lw_why *why);

struct lw_writer_counts {
    uint64_t crossings, entries; /* that are on the disk */
    uint64_t commits;            /* that brought them there */
    uint64_t largest;            /* group */
    int64_t longest_wait_ns;     /* until another program left the store to a commit */
};
/* Since it was asked last. */
struct lw_writer_counts lw_writer_count(struct lw_writer *w);

#endif
