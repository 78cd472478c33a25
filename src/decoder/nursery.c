/* Why two steps. Starting the program anew for each document would cost its loading and reading
 * the trusted certificates each time; serving many documents with one process would let one that
 * takes it over lie about the next. So a small program is started once, which loads what all
 * documents need and never reads a byte of one, and it forks a process for each document. */
#include "decoder/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decoder/jail.h"
#include "decoder/request.h"

enum { WORKERS_MAX = 64, CONTROL = LW_JAIL_FD };

struct nursery {
    lw_work_fn work;
    struct lw_trust *trust; /* NULL: nobody */
    pid_t workers[WORKERS_MAX];
    size_t n;
};

static int load_trust(struct nursery *n, int argc, char **argv, struct lw_why *why)
{
    struct lw_trust_sum sum = {0};
    if (argc < 2)
        return LW_OK;
    if (lw_trust_new(&n->trust) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (int i = 1; i < argc; i++) {
        int r = lw_trust_load(n->trust, argv[i], &sum, why);
        if (r < 0) {
            lw_why_prefix(why, "%s", argv[i]);
            return r;
        }
    }
    return LW_OK;
}

static bool say_hello(const struct lw_jail_layers *layers, const struct lw_why *why)
{
    struct lw_nursery_hello h = {.magic = LW_NURSERY_MAGIC,
                                 .version = LW_VERSION,
                                 .landlock = layers->landlock,
                                 .seccomp = layers->seccomp,
                                 .why = *why};
    return send(CONTROL, &h, sizeof(h), MSG_NOSIGNAL) == (ssize_t)sizeof(h);
}

/* ---- a confined process ---- */

static int serve_one(const struct nursery *n)
{
    const struct lw_link link = {.fd = LW_JAIL_FD};
    LW_AUTO_MEM(uint8_t) request = NULL;
    enum lw_frame_kind kind;
    size_t size = 0;
    int r = lw_link_receive_frame(&link, &kind, &request, &size, LW_REQUEST_BYTES_MAX);
    if (r < 0 || kind != LW_WIRE_REQUEST)
        return LW_WORKER_UNANSWERED;
    r = n->work(&link, (struct lw_span){request, size}, n->trust);
    return r < 0 ? LW_WORKER_UNANSWERED : LW_WORKER_DONE;
}

/* Past what sanitizers do in _exit: they start processes there, to look for leaks. */
static _Noreturn void leave(int code)
{
    for (;;)
        syscall(SYS_exit_group, code);
}

static _Noreturn void be_worker(const struct nursery *n, int fd, const struct lw_nursery_order *o)
{
    const struct lw_jail_limits limits = {.memory_bytes = o->memory_bytes, .cpu_s = o->cpu_s};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "lanewise-dec");
    if (dup2(fd, LW_JAIL_FD) < 0 || (fd != LW_JAIL_FD && close(fd) < 0))
        leave(LW_WORKER_UNCONFINED);
    const int r = lw_jail_confine(&limits);
    if (r < 0 && !(r == LW_EUNSUP && o->partial))
        leave(LW_WORKER_UNCONFINED);
    leave(serve_one(n));
}

/* ---- orders ---- */

/* The reply, with a descriptor where fd >= 0. */
static bool reply(struct lw_nursery_reply *r, int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec iov = {.iov_base = r, .iov_len = sizeof(*r)};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    return sendmsg(CONTROL, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*r);
}

static bool start(struct nursery *n, const struct lw_nursery_order *o)
{
    struct lw_nursery_reply r = {.code = LW_EAGAIN};
    int pair[2];
    if (n->n == WORKERS_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return reply(&r, -1);
    const pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        be_worker(n, pair[1], o);
    }
    close(pair[1]);
    if (pid > 0) {
        n->workers[n->n++] = pid;
        r = (struct lw_nursery_reply){.code = LW_OK, .pid = pid};
    }
    const bool sent = reply(&r, pid > 0 ? pair[0] : -1);
    close(pair[0]);
    return sent;
}

static int end_worker(pid_t pid)
{
    int status = 0;
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == 0) {
        kill(pid, SIGKILL);
        while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
            continue;
    }
    return status;
}

static bool end(struct nursery *n, const struct lw_nursery_order *o)
{
    struct lw_nursery_reply r = {.code = LW_ENOTFOUND};
    for (size_t i = 0; i < n->n; i++)
        if (n->workers[i] == o->pid) {
            r = (struct lw_nursery_reply){
                .code = LW_OK, .pid = o->pid, .status = end_worker(o->pid)};
            n->workers[i] = n->workers[--n->n];
            break;
        }
    return reply(&r, -1);
}

/* Until the program closes its side, or is gone. */
static void obey(struct nursery *n)
{
    struct lw_nursery_order o;
    bool heard = true;
    while (heard) {
        const ssize_t got = recv(CONTROL, &o, sizeof(o), 0);
        if (got < 0 && errno == EINTR)
            continue;
        heard =
            got == (ssize_t)sizeof(o) && (o.what == LW_NURSERY_START ? start(n, &o) : end(n, &o));
    }
    for (size_t i = 0; i < n->n; i++)
        end_worker(n->workers[i]);
}

/* Is LW_JAIL_FD the socket of a program that started us? */
static bool was_called(void)
{
    int type = 0;
    socklen_t n = sizeof(type);
    return getsockopt(CONTROL, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

/* Whatever needs files, and then no more of them. */
static int get_ready(struct nursery *n, int argc, char **argv, struct lw_why *why)
{
    int r = load_trust(n, argc, argv, why);
    if (r < 0 || (r = lw_work_warm_up(why)) < 0)
        return r;
    r = lw_jail_shut();
    if (r < 0 && r != LW_EUNSUP) /* the program knows from the hello, and decides */
        return lw_why_set(why, r, -1, "the decoder cannot be shut in");
    return LW_OK;
}

int lw_nursery_main(int argc, char **argv, lw_work_fn work)
{
    struct nursery n = {.work = work};
    struct lw_why why = {0};
    if (!was_called()) {
        fputs("lanewise-decoder: is started by lanewise, not by people\n", stderr);
        return 2;
    }
    syscall(SYS_close_range, CONTROL + 1, ~0u, 0);
    const struct lw_jail_layers layers = lw_jail_probe();
    const int r = get_ready(&n, argc, argv, &why);
    if (r >= 0)
        why = (struct lw_why){.code = LW_OK}; /* of files in folders that were left out */
    if (say_hello(&layers, &why) && r >= 0)
        obey(&n);
    lw_trust_free(&n.trust);
    return 0;
}
