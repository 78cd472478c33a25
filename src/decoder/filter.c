/* A classic BPF program over struct seccomp_data. For each allowed call:
 *
 *     JEQ nr, CALL, 0, skip         when it is another one, go on behind this block
 *     [LD an argument; compare]     where an argument matters
 *     RET ALLOW
 *
 * and at the end RET KILL_PROCESS. Arguments are 64 bits and BPF words 32: descriptors and flags
 * are ints to the kernel, which looks at the lower half alone. */
#include "decoder/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decoder/jail.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter of system calls has no numbers for this processor"
#endif

/* Calls of the x32 ABI have this bit on x86_64. */
enum { OTHER_ABI = 0x40000000, PROGRAM_MAX = 160 };

/* Memory, time, random numbers, locks, and what a C library does on the way out. */
static const int allowed[] = {
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_clock_gettime,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_sched_yield,
    SYS_rt_sigaction,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_exit,
    SYS_exit_group,
    SYS_restart_syscall,
    SYS_sigaltstack, /* asked by sanitizers when a library leaps back */
};

/* Asked by libraries that do well without an answer: refused, but no reason to end. */
static const int refused[] = {SYS_sysinfo,    SYS_ioctl, SYS_fstat,
                              SYS_newfstatat, SYS_lseek, SYS_sched_getaffinity};

struct program {
    unsigned short n;
    struct sock_filter code[PROGRAM_MAX];
};

static void add(struct program *p, struct sock_filter f)
{
    p->code[p->n++] = f;
}

static void load(struct program *p, size_t offset)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *p, uint32_t action)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* The lower half of argument i, on little-endian machines. */
static size_t argument(size_t i)
{
    return offsetof(struct seccomp_data, args) + 8 * i;
}

static void for_call(struct program *p, int call, uint32_t action)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1));
    answer(p, action);
}

/* Only with this descriptor. */
static void for_descriptor(struct program *p, int call, uint32_t fd)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4));
    load(p, argument(0));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fd, 0, 1));
    answer(p, SECCOMP_RET_ALLOW);
    load(p, offsetof(struct seccomp_data, nr));
}

/* Only where the protection in argument 2 does not ask for execution. */
static void for_data(struct program *p, int call)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4));
    load(p, argument(2));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, SECCOMP_RET_KILL_PROCESS);
}

static void write_program(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0));
    answer(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 0, 1));
    answer(p, SECCOMP_RET_KILL_PROCESS);
    for_descriptor(p, SYS_read, LW_JAIL_FD);
    for_descriptor(p, SYS_write, LW_JAIL_FD);
    for_descriptor(p, SYS_write, STDERR_FILENO); /* /dev/null: what libraries complain about */
    for_data(p, SYS_mmap);
    for_data(p, SYS_mprotect);
    for (size_t i = 0; i < LW_COUNT(allowed); i++)
        for_call(p, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < LW_COUNT(refused); i++)
        for_call(p, refused[i], SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA));
    answer(p, SECCOMP_RET_KILL_PROCESS);
}

int lw_filter_install(void)
{
    struct program p = {.n = 0};
    write_program(&p);
    struct sock_fprog prog = {.len = p.n, .filter = p.code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
        return LW_EUNSUP;
    return LW_OK;
}
