/* The emulated passport as a client of vpcd: messages of a two-byte length and an APDU; one byte is
 * a control code: 0 off, 1 on, 2 reset, 4 "send the answer to reset". */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "fake/card.h"

enum { MESSAGE_MAX = 65535, CONNECT_TRIES = 50, CONNECT_WAIT_US = 100000 };

static int connect_once(unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* vpcd sends length and APDU separately: a delayed acknowledgement would cost 40 ms each time. */
static bool read_all(int fd, uint8_t *p, size_t n, int stop_fd)
{
    while (n > 0) {
        const int on = 1;
        struct pollfd f[2] = {{.fd = fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
        if (poll(f, 2, -1) < 0 || f[1].revents)
            return false;
        ssize_t got = recv(fd, p, n, 0);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool send_message(int fd, struct lw_span m)
{
    static uint8_t b[2 + MESSAGE_MAX];
    if (m.n > MESSAGE_MAX)
        return false;
    b[0] = (uint8_t)(m.n >> 8);
    b[1] = (uint8_t)m.n;
    memcpy(b + 2, m.data, m.n);
    return send(fd, b, 2 + m.n, MSG_NOSIGNAL) == (ssize_t)(2 + m.n);
}

/* false: this connection is of no more use; *torn: the card left and wants to come back. */
static bool serve_one(struct fake_card *card, int fd, int stop_fd, bool *torn)
{
    static uint8_t m[MESSAGE_MAX];
    uint8_t head[2];
    LW_AUTO_STRBUF answer = LW_STRBUF_INIT;
    if (!read_all(fd, head, 2, stop_fd))
        return false;
    size_t n = (size_t)head[0] << 8 | head[1];
    if (!read_all(fd, m, n, stop_fd))
        return false;
    if (n == 1 && m[0] == 4)
        return send_message(fd, fake_card_atr(card));
    if (n == 1) {
        fake_card_reset(card);
        return true;
    }
    *torn = !fake_card_apdu(card, (struct lw_span){m, n}, &answer);
    return !*torn && send_message(fd, lw_strbuf_span(&answer));
}

bool fake_vpcd_run(struct fake_card *card, unsigned port, int stop_fd)
{
    bool served = false, torn;
    do {
        int fd = -1;
        torn = false;
        for (int i = 0; fd < 0 && i < CONNECT_TRIES; i++) {
            fd = connect_once(port);
            if (fd < 0)
                usleep(CONNECT_WAIT_US);
        }
        if (fd < 0)
            return served;
        served = true;
        while (serve_one(card, fd, stop_fd, &torn))
            ;
        close(fd);
        fake_card_reset(card);
        if (torn)
            usleep(3 * CONNECT_WAIT_US); /* out of the field for a moment */
    } while (torn);
    return served;
}
