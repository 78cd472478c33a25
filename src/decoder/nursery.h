/* decoder/nursery.h - the helper program: a process that reads nothing from outside and starts a
 * confined one for each document. */
#ifndef LW_DECODER_NURSERY_H
#define LW_DECODER_NURSERY_H

#include "decoder/work.h"

/* What the program and the nursery tell each other on LW_JAIL_FD, a SOCK_SEQPACKET: plain structs,
 * both are of one build. The nursery begins with a hello, then answers orders. */
enum { LW_NURSERY_MAGIC = 0x4c574e31, LW_NURSERY_VERSION = 24 };
struct lw_nursery_hello {
    uint32_t magic;
    char version[LW_NURSERY_VERSION]; /* LW_VERSION */
    int32_t landlock, seccomp;        /* struct lw_jail_layers */
    struct lw_why why;                /* code 0: ready; else what is wrong with trust */
};

enum lw_nursery_what { LW_NURSERY_START = 1, LW_NURSERY_END };
struct lw_nursery_order {
    uint32_t what;
    int32_t pid;           /* END: kill it if need be, and tell how it ended */
    uint64_t memory_bytes; /* START: limits */
    uint32_t cpu_s;
    uint32_t partial; /* go on where the kernel lacks a layer */
};
struct lw_nursery_reply {
    int32_t code;   /* enum lw_err */
    int32_t pid;    /* START; its socket comes along */
    int32_t status; /* END: of waitpid */
};

/* Exit codes of a confined process that did not come to work. */
enum { LW_WORKER_DONE = 0, LW_WORKER_UNANSWERED = 3, LW_WORKER_UNCONFINED = 4 };

/* The whole main(): argv are files and folders to trust. work is lw_work; tests bring others. */
int lw_nursery_main(int argc, char **argv, lw_work_fn work);

#endif
