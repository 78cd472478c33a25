#include "card/pcsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include "base/clock.h"

enum { NAMES_MAX = 16384, POLL_MS = 200, RECONNECT_WAIT_MS = 20, NOTICE_MS = 600 };

struct pcsc {
    struct lw_reader reader;
    struct lw_pcsc_opts opts;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    bool connected;
    bool lost; /* since the last reset */
    DWORD protocol;
    char name[MAX_READERNAME];
    uint8_t atr[MAX_ATR_SIZE];
    DWORD atr_n;
};

static int fault(struct lw_why *why, LONG code, const char *doing)
{
    bool service = code == SCARD_E_NO_SERVICE || code == SCARD_E_SERVICE_STOPPED;
    return lw_why_set(why, LW_EIO, -1, "%s: %s", doing,
                      service ? "the PC/SC service (pcscd) does not run"
                              : pcsc_stringify_error(code));
}

/* The card went away, was reset by somebody, or does not answer any more: start again. */
static bool card_lost(LONG code)
{
    switch (code) {
    case SCARD_W_REMOVED_CARD:
    case SCARD_W_RESET_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_E_NO_SMARTCARD:
    case SCARD_E_NOT_TRANSACTED:
    case SCARD_E_COMM_DATA_LOST:
    case SCARD_E_PROTO_MISMATCH:
        return true;
    default:
        return false;
    }
}

/* Resetting a card that is gone leaves pcscd with a wrong idea of the reader until it next looks:
 * a lost card is left as it is. */
static void disconnect(struct pcsc *p, DWORD what)
{
    if (p->connected)
        SCardDisconnect(p->card, what);
    p->connected = false;
}

static int transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                    size_t *n, struct lw_why *why)
{
    struct pcsc *p = (struct pcsc *)r;
    if (!p->connected)
        return lw_why_set(why, LW_EAGAIN, -1, "no card in the reader");
    DWORD got = cap > MAX_BUFFER_SIZE_EXTENDED ? MAX_BUFFER_SIZE_EXTENDED : (DWORD)cap;
    const SCARD_IO_REQUEST *io = p->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    LONG e = SCardTransmit(p->card, io, command.data, (DWORD)command.n, NULL, answer, &got);
    if (e == SCARD_S_SUCCESS && got >= 2) {
        *n = got;
        return LW_OK;
    }
    if (e == SCARD_S_SUCCESS) /* drivers say so when the card leaves within an exchange */
        e = SCARD_E_NOT_TRANSACTED;
    if (card_lost(e)) {
        disconnect(p, SCARD_LEAVE_CARD);
        p->lost = true;
        return lw_why_set(why, LW_EAGAIN, -1, "the card was lost: %s", pcsc_stringify_error(e));
    }
    if (e == SCARD_E_INSUFFICIENT_BUFFER)
        return lw_why_set(why, LW_ELIMIT, -1, "the card's answer is too long");
    return fault(why, e, "reader");
}

enum { PROTOCOLS = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1 };

static LONG reset_connected(struct pcsc *p)
{
    return SCardReconnect(p->card, SCARD_SHARE_EXCLUSIVE, PROTOCOLS, SCARD_RESET_CARD,
                          &p->protocol);
}

/* LW_OK: connected to a card that was just reset; LW_EAGAIN: no card yet. */
static int try_connect(struct pcsc *p, struct lw_why *why)
{
    LONG e = SCARD_S_SUCCESS;
    if (!p->connected)
        e = SCardConnect(p->context, p->name, SCARD_SHARE_EXCLUSIVE, PROTOCOLS, &p->card,
                         &p->protocol);
    p->connected = e == SCARD_S_SUCCESS;
    if (p->connected && (e = reset_connected(p)) != SCARD_S_SUCCESS)
        disconnect(p, SCARD_LEAVE_CARD);
    if (card_lost(e))
        return LW_EAGAIN;
    if (e == SCARD_E_SHARING_VIOLATION)
        return lw_why_set(why, LW_EIO, -1, "reader \"%s\" is in use by another program", p->name);
    if (e != SCARD_S_SUCCESS)
        return fault(why, e, p->name);
    DWORD state, protocol;
    p->atr_n = sizeof(p->atr);
    if (SCardStatus(p->card, NULL, NULL, &state, &protocol, p->atr, &p->atr_n) != SCARD_S_SUCCESS)
        p->atr_n = 0;
    return LW_OK;
}

/* pcscd looks for cards only every 400 ms. To reset one that has left, and a new card before the
 * next look, leave it with the idea that no card is there: let it notice first. */
static void let_loss_be_noticed(struct pcsc *p)
{
    SCARD_READERSTATE s = {.szReader = p->name, .dwCurrentState = SCARD_STATE_UNAWARE};
    p->lost = false;
    if (SCardGetStatusChange(p->context, 0, &s, 1) != SCARD_S_SUCCESS ||
        !(s.dwEventState & SCARD_STATE_PRESENT))
        return;
    s.dwCurrentState = s.dwEventState;
    SCardGetStatusChange(p->context, NOTICE_MS, &s, 1);
}

static int wait_for_change(struct pcsc *p, struct lw_why *why)
{
    SCARD_READERSTATE s = {.szReader = p->name, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG e = SCardGetStatusChange(p->context, 0, &s, 1);
    if (e == SCARD_S_SUCCESS) {
        /* A card that is there but cannot be connected yet would end the wait at once. */
        bool present = s.dwEventState & SCARD_STATE_PRESENT;
        s.dwCurrentState = s.dwEventState;
        e = SCardGetStatusChange(p->context, present ? RECONNECT_WAIT_MS : POLL_MS, &s, 1);
    }
    return e == SCARD_S_SUCCESS || e == SCARD_E_TIMEOUT ? LW_OK : fault(why, e, p->name);
}

static int reset(struct lw_reader *r, struct lw_why *why)
{
    struct pcsc *p = (struct pcsc *)r;
    int64_t until = lw_now_ns() + p->opts.wait_ns;
    if (p->lost)
        let_loss_be_noticed(p);
    for (;;) {
        int e = try_connect(p, why);
        if (e != LW_EAGAIN)
            return e;
        if (p->opts.stop && p->opts.stop(p->opts.ctx))
            return lw_why_set(why, LW_ETIMEOUT, -1, "waiting for a card was stopped");
        if (lw_now_ns() >= until)
            return lw_why_set(why, LW_ETIMEOUT, -1, "no card in reader \"%s\"", p->name);
        if ((e = wait_for_change(p, why)) < 0)
            return e;
    }
}

static struct lw_span atr(struct lw_reader *r)
{
    const struct pcsc *p = (const struct pcsc *)r;
    return (struct lw_span){p->atr, p->atr_n};
}

static void close_reader(struct lw_reader *r)
{
    struct pcsc *p = (struct pcsc *)r;
    disconnect(p, SCARD_RESET_CARD);
    SCardReleaseContext(p->context);
    free(p);
}

/* All names, one after the other, each with its NUL, and one more. */
static int read_names(SCARDCONTEXT context, char names[NAMES_MAX], struct lw_why *why)
{
    DWORD n = NAMES_MAX - 2;
    memset(names, 0, NAMES_MAX);
    LONG e = SCardListReaders(context, NULL, names, &n);
    if (e == SCARD_E_NO_READERS_AVAILABLE)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no card reader");
    return e == SCARD_S_SUCCESS ? LW_OK : fault(why, e, "readers");
}

static bool has_card(SCARDCONTEXT context, const char *name)
{
    SCARD_READERSTATE s = {.szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE};
    return SCardGetStatusChange(context, 0, &s, 1) == SCARD_S_SUCCESS &&
           (s.dwEventState & SCARD_STATE_PRESENT);
}

static int choose(struct pcsc *p, struct lw_why *why)
{
    char names[NAMES_MAX];
    const char *chosen = NULL;
    int r = read_names(p->context, names, why);
    if (r < 0)
        return r;
    for (const char *s = names; *s; s += strlen(s) + 1) {
        if (p->opts.name && !strstr(s, p->opts.name))
            continue;
        if (!chosen)
            chosen = s;
        if (has_card(p->context, s)) {
            chosen = s;
            break;
        }
    }
    if (!chosen)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no reader is called \"%.80s\"", p->opts.name);
    snprintf(p->name, sizeof(p->name), "%s", chosen);
    return LW_OK;
}

int lw_pcsc_open(struct lw_reader **out, const struct lw_pcsc_opts *opts, struct lw_why *why)
{
    static const struct lw_reader_ops ops = {transmit, reset, atr, close_reader};
    const struct lw_pcsc_opts defaults = LW_PCSC_DEFAULTS;
    opts = opts ? opts : &defaults;
    if (opts->wait_ns < 0 || opts->wait_ns > 3600 * LW_SEC)
        return lw_why_set(why, LW_EINVAL, -1, "time to wait for a card is out of range");
    struct pcsc *p = calloc(1, sizeof(*p));
    if (!p)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a reader");
    p->reader.ops = &ops;
    p->opts = *opts;
    LONG e = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
    if (e != SCARD_S_SUCCESS) {
        free(p);
        return fault(why, e, "readers");
    }
    int r = choose(p, why);
    if (r < 0) {
        close_reader(&p->reader);
        return r;
    }
    *out = &p->reader;
    return LW_OK;
}

int lw_pcsc_list(struct lw_strbuf *b, struct lw_why *why)
{
    SCARDCONTEXT context;
    char names[NAMES_MAX];
    LONG e = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (e != SCARD_S_SUCCESS)
        return fault(why, e, "readers");
    int r = read_names(context, names, why);
    SCardReleaseContext(context);
    if (r < 0)
        return r == LW_ENOTFOUND ? 0 : r;
    int n = 0;
    for (const char *s = names; *s; s += strlen(s) + 1, n++)
        lw_strbuf_printf(b, "%s\n", s);
    return n;
}
