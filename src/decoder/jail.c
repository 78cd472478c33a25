/* Three layers, each of which would do alone against most of what a taken-over decoder may try:
 *
 *   seccomp   a list of the system calls that decoding needs; no other one is even entered
 *   Landlock  no path of the file system, no TCP port, should a call get through
 *   limits    memory, CPU time, no descriptors, no processes, no files that grow, no core dumps
 *
 * Landlock is there from Linux 5.13 on; newer kernels know more rights (ABI), of which all are
 * handled and none granted. See Documentation/userspace-api/landlock.rst and seccomp(2). */
#include "decoder/jail.h"

#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decoder/filter.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

/* landlock_ruleset_attr of ABI 6; older headers end after the first member. */
struct rights {
    uint64_t fs, net, scoped;
};

static int landlock_abi(void)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

struct lw_jail_layers lw_jail_probe(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return (struct lw_jail_layers){
        .landlock = landlock_abi(),
        .seccomp = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0};
}

/* All rights that this ABI knows. Files: 13 from the first on, refer (2), truncate (3), device
 * ioctl (5). TCP: bind and connect (4). Scopes: abstract sockets and signals (6). */
static struct rights all_rights(int abi)
{
    const int files = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return (struct rights){
        .fs = (1u << files) - 1, .net = abi >= 4 ? 3 : 0, .scoped = abi >= 6 ? 3 : 0};
}

static int restrict_paths(int abi)
{
    const struct rights rights = all_rights(abi);
    const long fd = syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0);
    if (fd < 0)
        return LW_EUNSUP;
    const long r = syscall(SYS_landlock_restrict_self, (int)fd, 0);
    close((int)fd);
    return r < 0 ? LW_EUNSUP : LW_OK;
}

int lw_jail_shut(void)
{
    const int abi = landlock_abi();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return LW_EIO;
    return abi > 0 ? restrict_paths(abi) : LW_EUNSUP;
}

static int set_limit(enum __rlimit_resource what, uint64_t value)
{
    const struct rlimit l = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(what, &l) < 0 ? LW_EIO : LW_OK;
}

/* SIGXCPU at the soft limit ends the process; the hard one is a second later. */
static int limit_cpu(uint32_t seconds)
{
    const struct rlimit l = {.rlim_cur = seconds, .rlim_max = seconds + 1};
    return setrlimit(RLIMIT_CPU, &l) < 0 ? LW_EIO : LW_OK;
}

static int set_limits(const struct lw_jail_limits *l)
{
    int r = limit_cpu(l->cpu_s);
    if (r >= 0 && !INSTRUMENTED)
        r = set_limit(RLIMIT_AS, l->memory_bytes);
    if (r < 0 || (r = set_limit(RLIMIT_FSIZE, 0)) < 0 || (r = set_limit(RLIMIT_NOFILE, 0)) < 0 ||
        (r = set_limit(RLIMIT_CORE, 0)) < 0 || (r = set_limit(RLIMIT_MEMLOCK, 0)) < 0)
        return r;
    return set_limit(RLIMIT_NPROC, 0); /* does not bind root: the filter does */
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &head, none) < 0 ? LW_EIO : LW_OK;
}

int lw_jail_confine(const struct lw_jail_limits *limits)
{
    int r = set_limits(limits);
    if (r < 0 || (r = drop_capabilities()) < 0)
        return r;
    return lw_filter_install();
}
