/* decoder/jail.h - take from this process, for good, what decoding does not need: files, network,
 * other processes, and more memory and time than a document may cost. */
#ifndef LW_DECODER_JAIL_H
#define LW_DECODER_JAIL_H

#include "base/base.h"

/* The only descriptor that a confined process may read and write. */
enum { LW_JAIL_FD = 3 };

struct lw_jail_limits {
    uint64_t memory_bytes; /* address space; not kept under sanitizers, which map terabytes */
    uint32_t cpu_s;        /* at least 1 */
};

/* What this kernel has. */
struct lw_jail_layers {
    int landlock; /* its ABI, 0: none */
    bool seccomp; /* filters, and killing the process that breaks them */
};
struct lw_jail_layers lw_jail_probe(void);

/* No file may be opened and no TCP port bound or reached from here on, by this process and those it
 * starts (Landlock); it gains no rights by execve, and none may look into it. LW_EUNSUP: no
 * Landlock. */
int lw_jail_shut(void);
/* The limits, no capabilities, and a filter of system calls: reading and writing of LW_JAIL_FD,
 * memory that is not executable, time, random numbers, the end. Anything else ends the process
 * with SIGSYS. LW_EUNSUP: no seccomp; the limits hold all the same. */
int lw_jail_confine(const struct lw_jail_limits *limits);

#endif
