/* decoder/helper.h - the helper program from the program's side: started, asked for processes,
 * ended. One owner. */
#ifndef LW_DECODER_HELPER_H
#define LW_DECODER_HELPER_H

#include <sys/types.h>

#include "decoder/nursery.h"

struct lw_helper {
    pid_t pid;   /* 0: none */
    int control; /* -1: none */
};
#define LW_HELPER_INIT ((struct lw_helper){.control = -1})

/* program NULL: the one that belongs to the running program. */
int lw_helper_start(struct lw_helper *h, const char *program, const char *const *trust, size_t n,
                    struct lw_why *why);
void lw_helper_stop(struct lw_helper *h);
/* Its first words; LW_EIO where it has none. */
int lw_helper_hello(const struct lw_helper *h, struct lw_nursery_hello *hello, struct lw_why *why);

/* A process that decodes: *fd is its socket, yours. LW_EIO where the helper is gone. */
int lw_helper_worker(const struct lw_helper *h, const struct lw_nursery_order *order, int *fd,
                     int32_t *pid);
/* End it; *status is that of waitpid. */
int lw_helper_end(const struct lw_helper *h, int32_t pid, int32_t *status);

#endif
