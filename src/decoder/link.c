#include "decoder/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "decoder/wire.h"

enum { MAGIC = 0x3144574c, HEADER = 12 }; /* "LWD1" */

/* Wait for room or for bytes. */
static int wait_for(const struct lw_link *l, short events)
{
    struct pollfd p = {.fd = l->fd, .events = events};
    const int64_t left_ns = l->until_ns - lw_now_ns();
    if (left_ns <= 0)
        return LW_ETIMEOUT;
    const int n = poll(&p, 1, (int)(left_ns / LW_MS) + 1);
    return n < 0 && errno != EINTR ? LW_EIO : LW_OK;
}

static ssize_t send_some(const struct lw_link *l, const uint8_t *p, size_t n)
{
    return l->until_ns ? send(l->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : write(l->fd, p, n);
}

static ssize_t receive_some(const struct lw_link *l, uint8_t *p, size_t n)
{
    return l->until_ns ? recv(l->fd, p, n, MSG_DONTWAIT) : read(l->fd, p, n);
}

/* After a call that moved nothing: go on, or which fault it is. */
static int consider(const struct lw_link *l, short events)
{
    if (errno == EINTR)
        return LW_OK;
    if (errno == EAGAIN && l->until_ns)
        return wait_for(l, events);
    return errno == EPIPE || errno == ECONNRESET ? LW_ETRUNC : LW_EIO;
}

int lw_link_send(const struct lw_link *l, const void *bytes, size_t n)
{
    for (const uint8_t *p = bytes; n > 0;) {
        const ssize_t sent = send_some(l, p, n);
        const int r = sent < 0 ? consider(l, POLLOUT) : LW_OK;
        if (r < 0)
            return r;
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return LW_OK;
}

int lw_link_receive(const struct lw_link *l, void *bytes, size_t n)
{
    for (uint8_t *p = bytes; n > 0;) {
        const ssize_t got = receive_some(l, p, n);
        const int r = got < 0 ? consider(l, POLLIN) : got == 0 ? LW_ETRUNC : LW_OK;
        if (r < 0)
            return r;
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    return LW_OK;
}

int lw_link_send_frame(const struct lw_link *l, enum lw_frame_kind kind, struct lw_span payload)
{
    LW_AUTO_STRBUF head = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&head);
    lw_wire_u32(&w, MAGIC, MAGIC);
    lw_wire_u32(&w, (uint32_t)kind, LW_WIRE_KINDS);
    lw_wire_size(&w, payload.n, UINT32_MAX);
    int r = lw_wire_end(&w);
    if (r < 0 || (r = lw_link_send(l, head.s, head.n)) < 0)
        return r;
    return lw_link_send(l, payload.data, payload.n);
}

int lw_link_receive_frame(const struct lw_link *l, enum lw_frame_kind *kind, uint8_t **payload,
                          size_t *n, size_t max)
{
    uint8_t head[HEADER];
    int r = lw_link_receive(l, head, sizeof(head));
    if (r < 0)
        return r;
    struct lw_wire w = lw_wire_reader((struct lw_span){head, sizeof(head)});
    const uint32_t magic = lw_wire_u32(&w, 0, MAGIC);
    const uint32_t said = lw_wire_u32(&w, 0, LW_WIRE_KINDS - 1);
    const size_t size = lw_wire_size(&w, 0, UINT32_MAX);
    if (lw_wire_end(&w) < 0 || magic != MAGIC || said < LW_WIRE_REQUEST)
        return LW_EFORMAT;
    if (size > max)
        return LW_ELIMIT;
    LW_AUTO_MEM(uint8_t) bytes = malloc(size + 1);
    if (!bytes)
        return LW_ENOMEM;
    if ((r = lw_link_receive(l, bytes, size)) < 0)
        return r;
    bytes[size] = 0;
    *kind = (enum lw_frame_kind)said;
    *payload = bytes;
    *n = size;
    bytes = NULL; /* moved to the caller */
    return LW_OK;
}

int lw_link_at_end(const struct lw_link *l)
{
    uint8_t more;
    const int r = lw_link_receive(l, &more, 1);
    return r == LW_OK ? LW_EFORMAT : r == LW_ETRUNC ? LW_OK : r;
}
