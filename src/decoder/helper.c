#include "decoder/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decoder/jail.h"

enum { PATH = 4096, TRUST_MAX = 1000, HELLO_MS = 120000 };

static const char PROGRAM[] = "lanewise-decoder";

/* Beside this program, as in a build folder, or where `make install` puts it. */
static int find_program(char out[PATH], struct lw_why *why)
{
    static const char *const places[] = {"", "/../libexec/lanewise"};
    char here[PATH / 2];
    const ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);
    char *slash = n > 0 ? (here[n] = '\0', strrchr(here, '/')) : NULL;
    for (size_t i = 0; slash && i < LW_COUNT(places); i++) {
        *slash = '\0';
        snprintf(out, PATH, "%s%s/%s", here, places[i], PROGRAM);
        if (access(out, X_OK) == 0)
            return LW_OK;
    }
    return lw_why_set(why, LW_ENOTFOUND, -1, "%s is not beside this program, nor in %s", PROGRAM,
                      "../libexec/lanewise");
}

/* Its words from here on: a socket, nothing else; no signal of this terminal reaches it. */
static int set_up(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, int socket)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0) != 0)
            return LW_ENOMEM;
    if (posix_spawn_file_actions_adddup2(files, socket, LW_JAIL_FD) != 0 ||
        posix_spawnattr_setsigdefault(attr, &all) != 0 ||
        posix_spawnattr_setsigmask(attr, &none) != 0 || posix_spawnattr_setpgroup(attr, 0) != 0 ||
        posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                           POSIX_SPAWN_SETPGROUP) != 0)
        return LW_ENOMEM;
    return LW_OK;
}

static int spawn(struct lw_helper *h, const char *program, char *const *argv, int socket)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    /* Nothing of our environment; no time zone is looked for. */
    char zone[] = "TZ=UTC0";
    char *const environment[] = {zone, NULL};
    if (posix_spawn_file_actions_init(&files) != 0)
        return LW_ENOMEM;
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return LW_ENOMEM;
    }
    int r = set_up(&files, &attr, socket);
    if (r == LW_OK && posix_spawn(&h->pid, program, &files, &attr, argv, environment) != 0)
        r = LW_EIO;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return r;
}

static int start(struct lw_helper *h, const char *program, char *const *argv, struct lw_why *why)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return lw_why_set(why, LW_EIO, -1, "no socket: %s", strerror(errno));
    /* adddup2 of a descriptor onto itself would leave it closed on exec */
    int theirs = pair[1] == LW_JAIL_FD ? fcntl(pair[1], F_DUPFD_CLOEXEC, LW_JAIL_FD + 1) : pair[1];
    int r = theirs < 0 ? LW_EIO : spawn(h, program, argv, theirs);
    if (theirs != pair[1] && theirs >= 0)
        close(theirs);
    close(pair[1]);
    if (r < 0) {
        close(pair[0]);
        return lw_why_set(why, r, -1, "%s cannot be started: %s", program, strerror(errno));
    }
    h->control = pair[0];
    return LW_OK;
}

int lw_helper_start(struct lw_helper *h, const char *program, const char *const *trust, size_t n,
                    struct lw_why *why)
{
    char path[PATH];
    int r = LW_OK;
    if (!program && (r = find_program(path, why)) < 0)
        return r;
    LW_AUTO_MEM(char *) argv = calloc(n + 2, sizeof(*argv));
    if (!argv || n > TRUST_MAX)
        return lw_why_set(why, argv ? LW_ELIMIT : LW_ENOMEM, -1, "too much to trust");
    memcpy(&argv[0], &(const char *){PROGRAM}, sizeof(argv[0]));
    if (n)
        memcpy(&argv[1], trust, n * sizeof(*trust));
    return start(h, program ? program : path, argv, why);
}

void lw_helper_stop(struct lw_helper *h)
{
    int status;
    if (h->control >= 0)
        close(h->control); /* it sees the end, and ends its own */
    while (h->pid > 0 && waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *h = LW_HELPER_INIT;
}

/* A whole message, with the descriptor that came along. */
static int receive(int control, void *out, size_t n, int *fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } ancillary;
    struct iovec iov = {.iov_base = out, .iov_len = n};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = ancillary.bytes,
                       .msg_controllen = sizeof(ancillary.bytes)};
    struct pollfd p = {.fd = control, .events = POLLIN};
    int ready;
    while ((ready = poll(&p, 1, HELLO_MS)) < 0 && errno == EINTR)
        continue;
    if (ready <= 0 || recvmsg(control, &m, MSG_CMSG_CLOEXEC) != (ssize_t)n)
        return LW_EIO;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (fd && c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    return LW_OK;
}

int lw_helper_hello(const struct lw_helper *h, struct lw_nursery_hello *hello, struct lw_why *why)
{
    if (receive(h->control, hello, sizeof(*hello), NULL) < 0)
        return lw_why_set(why, LW_EIO, -1, "%s does not answer", PROGRAM);
    hello->version[LW_NURSERY_VERSION - 1] = '\0';
    hello->why.text[LW_WHY_TEXT - 1] = '\0';
    if (hello->magic != LW_NURSERY_MAGIC || strcmp(hello->version, LW_VERSION) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "%s is of another version than this program",
                          PROGRAM);
    return LW_OK;
}

static int order(const struct lw_helper *h, const struct lw_nursery_order *o,
                 struct lw_nursery_reply *r, int *fd)
{
    ssize_t sent;
    while ((sent = send(h->control, o, sizeof(*o), MSG_NOSIGNAL)) < 0 && errno == EINTR)
        continue;
    return sent == (ssize_t)sizeof(*o) ? receive(h->control, r, sizeof(*r), fd) : LW_EIO;
}

int lw_helper_worker(const struct lw_helper *h, const struct lw_nursery_order *o, int *fd,
                     int32_t *pid)
{
    struct lw_nursery_reply r;
    *fd = -1;
    int e = order(h, o, &r, fd);
    if (e == LW_OK && r.code == LW_OK && *fd < 0)
        e = LW_EIO;
    if (e < 0)
        return e;
    *pid = r.pid;
    return r.code;
}

int lw_helper_end(const struct lw_helper *h, int32_t pid, int32_t *status)
{
    const struct lw_nursery_order o = {.what = LW_NURSERY_END, .pid = pid};
    struct lw_nursery_reply r;
    int e = order(h, &o, &r, NULL);
    if (e < 0)
        return e;
    *status = r.status;
    return r.code;
}
