/* A decoder that does what an attacker who has taken it over would try. For tests only: the same
 * nursery and the same confinement as lanewise-decoder, other work.
 *
 * The text "PROBE NAME" where a machine readable zone, a seal or a group's list is expected, or as
 * DG16 of a chip, names the attempt. Where it gets through the answer says so; anything else is
 * decoded as ever. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "decoder/answer.h"
#include "decoder/nursery.h"
#include "decoder/request.h"

/* Each returns what the system said; < 0 with errno. */

static long try_open(void)
{
    return open("/etc/hostname", O_RDONLY);
}

static long try_create(void)
{
    return open("/tmp/lw-probe-was-here", O_WRONLY | O_CREAT, 0600);
}

static long try_unlink(void)
{
    return unlink("/tmp/lw-probe-was-here");
}

static long try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long try_connect(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
    return connect(3, (const struct sockaddr *)&to, sizeof(to));
}

static long try_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long try_thread(void)
{
    return syscall(SYS_clone3, NULL, 0);
}

static long try_exec(void)
{
    char *const argv[] = {(char *)(uintptr_t) "true", NULL};
    return execve("/bin/true", argv, argv + 1);
}

static long try_ptrace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long try_ptrace_me(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_peek(void)
{
    char byte;
    const struct iovec iov = {&byte, 1};
    return process_vm_readv(1, &iov, 1, &iov, 1, 0);
}

static long try_kill_parent(void)
{
    return kill(getppid(), SIGKILL);
}

static long try_kill_all(void)
{
    return kill(-1, SIGKILL);
}

static long try_kill_group(void)
{
    return kill(0, SIGKILL);
}

static long try_executable_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? -1
               : 0;
}

static long try_executable_heap(void)
{
    static char page[8192];
    return mprotect((void *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095), 4096,
                    PROT_READ | PROT_EXEC);
}

static long try_raise_limits(void)
{
    const struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_AS, &l);
}

static long try_memfd(void)
{
    return syscall(SYS_memfd_create, "x", 0);
}

static long try_io_uring(void)
{
    return syscall(425, 1, NULL); /* io_uring_setup, which older headers do not know */
}

static long try_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long try_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static long try_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long try_standard_output(void)
{
    return write(STDOUT_FILENO, "x", 1);
}

static long try_other_descriptor(void)
{
    char byte;
    return read(4, &byte, 1);
}

static long try_dup(void)
{
    return dup(3);
}

static long try_other_abi(void)
{
#if defined(__x86_64__)
    return syscall(0x40000000 + SYS_getpid);
#else
    return try_socket();
#endif
}

static volatile bool never;

static long do_spin(void)
{
    while (!never)
        continue;
    return 0;
}

/* Waits without using the processor. */
static long do_sleep(void)
{
    uint32_t word = 0;
    while (!never)
        syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
    return 0;
}

static long do_memory(void)
{
    for (size_t all = 0; all < (size_t)1 << 40; all += 64 << 20) {
        char *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return -1;
        memset(p, 1, 64 << 20);
    }
    return 0;
}

static long do_crash(void)
{
    raise(SIGSEGV); /* not even that is allowed; a real fault follows */
    return 0;
}

static long do_wild_write(void)
{
    static volatile uintptr_t wild = 8;
    *(volatile char *)wild = 1;
    return 0;
}

static long do_leave(void)
{
    return syscall(SYS_exit_group, 0);
}

static const struct {
    const char *name;
    long (*attempt)(void);
} attempts[] = {
    {"open", try_open},
    {"create", try_create},
    {"unlink", try_unlink},
    {"socket", try_socket},
    {"unix_socket", try_unix_socket},
    {"connect", try_connect},
    {"fork", try_fork},
    {"thread", try_thread},
    {"exec", try_exec},
    {"ptrace", try_ptrace},
    {"ptrace_me", try_ptrace_me},
    {"peek", try_peek},
    {"kill_parent", try_kill_parent},
    {"kill_all", try_kill_all},
    {"kill_group", try_kill_group},
    {"executable_memory", try_executable_memory},
    {"executable_heap", try_executable_heap},
    {"raise_limits", try_raise_limits},
    {"memfd", try_memfd},
    {"io_uring", try_io_uring},
    {"bpf", try_bpf},
    {"namespace", try_namespace},
    {"dumpable", try_dumpable},
    {"standard_output", try_standard_output},
    {"other_descriptor", try_other_descriptor},
    {"dup", try_dup},
    {"other_abi", try_other_abi},
    {"spin", do_spin},
    {"sleep", do_sleep},
    {"memory", do_memory},
    {"crash", do_crash},
    {"wild_write", do_wild_write},
    {"leave", do_leave},
};

/* ---- answers that make no sense ---- */

static int say(const struct lw_link *l, const void *bytes, size_t n)
{
    return lw_link_send(l, bytes, n);
}

static int flood(const struct lw_link *l)
{
    static const uint8_t many[65536];
    int r;
    while ((r = say(l, many, sizeof(many))) == LW_OK)
        continue;
    return r;
}

/* A frame of 4 GiB. */
static int long_frame(const struct lw_link *l)
{
    static const uint8_t head[12] = {0x4c, 0x57, 0x44, 0x31, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    const int r = say(l, head, sizeof(head));
    return r < 0 ? r : flood(l);
}

static int half_a_frame(const struct lw_link *l)
{
    static const uint8_t head[12] = {0x4c, 0x57, 0x44, 0x31, 2, 0, 0, 0, 100, 0, 0, 0};
    return say(l, head, sizeof(head));
}

static int done(const struct lw_link *l, const char *text)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    LW_AUTO_MEM(struct lw_mrz) m = calloc(1, sizeof(*m));
    if (!m)
        return LW_ENOMEM;
    snprintf(m->surname, sizeof(m->surname), "%s", text);
    struct lw_mrz_list list = {.n = 1, .v = m};
    const int r = lw_mrz_list_wire(&w, &list);
    return r < 0 ? r : lw_link_send_frame(l, LW_WIRE_ANSWER, lw_strbuf_span(&b));
}

/* A good answer, and something behind it. */
static int more_behind(const struct lw_link *l)
{
    const int r = done(l, "DONE");
    return r < 0 ? r : say(l, "x", 1);
}

static int endless_behind(const struct lw_link *l)
{
    const int r = done(l, "DONE");
    return r < 0 ? r : flood(l);
}

static int out_of_bounds(const struct lw_link *l)
{
    static const uint8_t many[4] = {0xff, 0xff, 0, 0};
    return lw_link_send_frame(l, LW_WIRE_ANSWER, (struct lw_span){many, sizeof(many)});
}

static int asks_for_a_chip(const struct lw_link *l)
{
    return lw_link_send_frame(l, LW_WIRE_ASK, (struct lw_span){NULL, 0});
}

static const struct {
    const char *name;
    int (*answer)(const struct lw_link *l);
} answers[] = {
    {"flood", flood},
    {"long_frame", long_frame},
    {"half_a_frame", half_a_frame},
    {"more_behind", more_behind},
    {"endless_behind", endless_behind},
    {"out_of_bounds", out_of_bounds},
    {"asks_for_a_chip", asks_for_a_chip},
};

static bool is_named(struct lw_span text, const char *name)
{
    char all[64];
    const int n = snprintf(all, sizeof(all), "PROBE %s", name);
    return text.n == (size_t)n && memcmp(text.data, all, text.n) == 0;
}

static struct lw_span attempt_of(struct lw_span request)
{
    struct lw_request q = {.bytes = {NULL, 0}};
    struct lw_wire w = lw_wire_reader(request);
    if (lw_request_wire(&w, &q) < 0)
        return (struct lw_span){NULL, 0};
    return q.kind == LW_REQUEST_DOCUMENT ? q.files[LW_LDS_DG16] : q.bytes;
}

static int probe(const struct lw_link *l, struct lw_span request, const struct lw_trust *trust)
{
    const struct lw_span text = attempt_of(request);
    for (size_t i = 0; text.data && i < LW_COUNT(attempts); i++)
        if (is_named(text, attempts[i].name))
            return done(l, attempts[i].attempt() < 0 ? strerrorname_np(errno) : "DONE");
    for (size_t i = 0; text.data && i < LW_COUNT(answers); i++)
        if (is_named(text, answers[i].name))
            return answers[i].answer(l);
    return lw_work(l, request, trust);
}

int main(int argc, char **argv)
{
    return lw_nursery_main(argc, argv, probe);
}
