#include "fake/card.h"

#include <stdlib.h>
#include <string.h>

#include "fake/card_priv.h"

enum { OK = 0x9000, DENIED = 0x6982, NOT_FOUND = 0x6a82, END = 0x6282 };

void fake_card_reset(struct fake_card *c)
{
    c->application = c->open = c->secure = c->switch_keys = c->challenged = c->gone = false;
    c->current = NULL;
    c->step = 0;
    lw_group_free(&c->group);
    lw_group_free(&c->mapped);
    lw_sm_wipe(&c->sm);
}

struct fake_card *fake_card_new(const struct fake_opts *opts)
{
    struct fake_card *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->opts = *opts;
    if (lw_password_of_fields(&c->mrz, opts->number, opts->birth, opts->expiry, NULL) < 0 ||
        lw_password_of_can(&c->can, opts->can, NULL) < 0 || !fake_make_files(c))
        fake_card_free(&c);
    return c;
}

void fake_card_free(struct fake_card **c)
{
    if (!*c)
        return;
    fake_card_reset(*c);
    for (int ef = 0; ef < LW_EF_COUNT; ef++)
        lw_strbuf_clear(&(*c)->files[ef]);
    lw_strbuf_clear(&(*c)->atr_info);
    lw_strbuf_clear(&(*c)->last);
    lw_group_free(&(*c)->ca_group);
    lw_group_free(&(*c)->cam_group);
    EVP_PKEY_free((*c)->aa);
    free(*c);
    *c = NULL;
}

void fake_card_put(struct fake_card *c, enum lw_ef ef, struct lw_span bytes)
{
    fake_set(&c->files[ef], bytes.data, bytes.n);
}

struct lw_span fake_card_file(const struct fake_card *c, enum lw_ef ef)
{
    return lw_strbuf_span(&c->files[ef]);
}

size_t fake_card_apdus(const struct fake_card *c)
{
    return c->apdus;
}

/* Historical bytes: category 80, card capabilities 73; then the check byte. */
struct lw_span fake_card_atr(const struct fake_card *c)
{
    static const uint8_t plain[] = {0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0x00, 0x00, 0x00, 0xf7};
    static const uint8_t able[] = {0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0x00, 0x00, 0x40, 0xb7};
    return (struct lw_span){c->opts.extended ? able : plain, sizeof(plain)};
}

static uint16_t select_id(struct fake_card *c, unsigned id)
{
    c->current = NULL;
    if (!c->application && id == 0x2f01 && c->atr_info.n) {
        c->current = &c->atr_info;
        c->current_ef = LW_EF_COUNT;
        return OK;
    }
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        const struct lw_ef_info *info = lw_ef_info((enum lw_ef)ef);
        if (info->id == id && info->master == !c->application && c->files[ef].n) {
            c->current = &c->files[ef];
            c->current_ef = (enum lw_ef)ef;
            return OK;
        }
    }
    return NOT_FOUND;
}

static uint16_t select_file(struct fake_card *c, const struct fake_command *cmd)
{
    static const uint8_t aid[] = {0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01};
    if (cmd->p1 == 0x04) {
        c->application = cmd->data.n == sizeof(aid) && memcmp(cmd->data.s, aid, sizeof(aid)) == 0;
        return c->application ? OK : NOT_FOUND;
    }
    if (cmd->p1 != 0x02 || cmd->data.n != 2)
        return 0x6a86;
    return select_id(c, (unsigned)(uint8_t)cmd->data.s[0] << 8 | (uint8_t)cmd->data.s[1]);
}

static bool guarded(const struct fake_card *c)
{
    return c->opts.bac || c->opts.pace;
}

static bool readable(const struct fake_card *c)
{
    if (c->current == &c->atr_info || c->current_ef == LW_EF_CARD_ACCESS)
        return true;
    return c->current_ef != LW_EF_DG3 && (!guarded(c) || c->open);
}

/* Once the chip is open, files answer what a script says: length and bytes. */
static bool from_script(struct fake_card *c, struct lw_strbuf *out)
{
    struct lw_span s = c->opts.script;
    if (s.n == 0 || (guarded(c) && !c->open))
        return false;
    if (c->script_pos >= s.n)
        return true;
    size_t n = s.data[c->script_pos++];
    if (n > s.n - c->script_pos)
        n = s.n - c->script_pos;
    lw_strbuf_put(out, s.data + c->script_pos, n);
    c->script_pos += n;
    return true;
}

static uint16_t read_binary(struct fake_card *c, size_t offset, size_t ne, struct lw_strbuf *out)
{
    if (!c->current)
        return 0x6986;
    if (!readable(c))
        return DENIED;
    if (from_script(c, out))
        return OK;
    if (c->opts.fault == FAKE_HUGE_FILE && c->current_ef == LW_EF_DG2 && offset >= 5) {
        for (size_t i = 0; i < ne && i < 4096; i++)
            lw_strbuf_putc(out, 0x2a);
        return OK;
    }
    size_t n = c->current->n;
    if (offset > n || (c->opts.refuses_past_end && ne > n - offset))
        return 0x6b00;
    size_t take = ne < n - offset ? ne : n - offset;
    uint16_t sw = ne > n - offset && ne != 256 && ne != 65536 ? END : OK;
    if (c->opts.max_answer && take > c->opts.max_answer)
        take = c->opts.max_answer;
    lw_strbuf_put(out, c->current->s + offset, take);
    return sw;
}

static uint16_t read_odd(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out)
{
    struct lw_span at = fake_find(lw_strbuf_span(&cmd->data), 0, 0x54);
    LW_AUTO_STRBUF plain = LW_STRBUF_INIT;
    size_t offset = 0;
    if (at.n == 0 || at.n > 4)
        return 0x6a80;
    for (size_t i = 0; i < at.n; i++)
        offset = offset << 8 | at.data[i];
    size_t ne = cmd->ne > 8 ? cmd->ne - 8 : 1;
    uint16_t sw = read_binary(c, offset, ne, &plain);
    if (sw == OK || sw == END)
        lw_tlv_put(out, 0x53, lw_strbuf_span(&plain));
    return sw;
}

static uint16_t manage(struct fake_card *c, const struct fake_command *cmd)
{
    if (cmd->p1 == 0xc1 && cmd->p2 == 0xa4)
        return c->opts.pace ? fake_set_pace(c, cmd) : 0x6a80;
    return cmd->p1 == 0x41 ? fake_set_ca(c, cmd) : 0x6a86;
}

static uint16_t general_authenticate(struct fake_card *c, const struct fake_command *cmd,
                                     struct lw_strbuf *out)
{
    if (!c->secure)
        return fake_pace(c, cmd, out);
    lw_tlv_put(out, 0x7c, (struct lw_span){0});
    return fake_ca(c, fake_find(lw_strbuf_span(&cmd->data), 0x7c, 0x80));
}

static uint16_t dispatch(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out)
{
    switch (cmd->ins) {
    case 0xa4:
        return select_file(c, cmd);
    case 0xb0:
        return read_binary(c, (size_t)cmd->p1 << 8 | cmd->p2, cmd->ne, out);
    case 0xb1:
        return read_odd(c, cmd, out);
    case 0x84:
        return c->opts.bac && c->application ? fake_get_challenge(c, out) : 0x6d00;
    case 0x82:
        return c->opts.bac && c->application ? fake_bac(c, cmd, out) : 0x6d00;
    case 0x22:
        return manage(c, cmd);
    case 0x86:
        return general_authenticate(c, cmd, out);
    case 0x88:
        return fake_aa(c, cmd, out);
    default:
        return 0x6d00;
    }
}

/* What stands behind the header of a plain command: Lc, data, Le, short or extended (ISO/IEC 7816-4
 * 5.2). */
static bool parse_plain(struct lw_span b, struct fake_command *cmd)
{
    struct lw_cursor c = lw_cursor_over(b);
    struct lw_span data;
    uint8_t lc, le;
    uint16_t n16;
    if (lw_cursor_skip(&c, 4) < 0)
        return false;
    if (lw_cursor_u8(&c, &lc) < 0)
        return true;
    if (lw_cursor_left(&c) == 0) {
        cmd->ne = lc ? lc : 256;
        return true;
    }
    bool extended = lc == 0;
    if (!extended)
        n16 = lc;
    else if (lw_cursor_be16(&c, &n16) < 0)
        return false;
    if (extended && lw_cursor_left(&c) == 0) {
        cmd->ne = n16 ? n16 : 65536;
        return true;
    }
    if (lw_cursor_take(&c, n16, &data) < 0)
        return false;
    lw_strbuf_put(&cmd->data, data.data, data.n);
    if (extended && lw_cursor_be16(&c, &n16) == LW_OK)
        cmd->ne = n16 ? n16 : 65536;
    else if (!extended && lw_cursor_u8(&c, &le) == LW_OK)
        cmd->ne = le ? le : 256;
    return lw_cursor_left(&c) == 0;
}

/* Does the fault that disturbs reading strike now? */
static enum fake_fault fault_now(struct fake_card *c, const struct fake_command *cmd)
{
    if (c->opts.fault < FAKE_WRONG_MAC || c->opts.fault > FAKE_NO_ANSWER || cmd->ins != 0xb0 ||
        !c->current || c->current_ef != c->opts.fault_ef)
        return FAKE_HONEST;
    size_t offset = (size_t)cmd->p1 << 8 | cmd->p2;
    if (offset < c->opts.fault_at || (c->opts.fault_times && c->faults >= c->opts.fault_times))
        return FAKE_HONEST;
    c->faults++;
    return c->opts.fault;
}

static void put_status(struct lw_strbuf *b, uint16_t sw)
{
    lw_strbuf_putc(b, (char)(sw >> 8));
    lw_strbuf_putc(b, (char)(sw & 0xff));
}

/* Change what the command would have answered. */
static uint16_t disturb(struct fake_card *c, enum fake_fault fault, uint16_t sw,
                        struct lw_strbuf *plain)
{
    if (fault == FAKE_NO_DATA || fault == FAKE_STATUS)
        plain->n = 0;
    if (fault == FAKE_TOO_MUCH)
        for (int i = 0; i < 9; i++)
            lw_strbuf_putc(plain, 0x11);
    return fault == FAKE_STATUS ? c->opts.fault_sw : sw;
}

static void answer_with(struct fake_card *c, struct lw_span plain, uint16_t sw,
                        enum fake_fault fault, bool secure, struct lw_strbuf *answer)
{
    if (fault == FAKE_NO_ANSWER)
        return;
    if (fault == FAKE_REPLAY && c->last.n) {
        lw_strbuf_put(answer, c->last.s, c->last.n);
        return;
    }
    if (fault == FAKE_BARE_STATUS) {
        put_status(answer, c->opts.fault_sw);
        c->secure = c->open = false;
        return;
    }
    if (!secure || fault == FAKE_PLAIN_ANSWER) {
        lw_strbuf_put(answer, plain.data, plain.n);
        put_status(answer, sw);
        return;
    }
    fake_protect(c, plain, sw, fault, answer);
    fake_set(&c->last, answer->s, answer->n);
}

static bool understand(struct fake_card *c, struct lw_span command, struct fake_command *cmd,
                       bool secure)
{
    if (command.n < 4 || secure != c->secure)
        return false;
    cmd->cla = command.data[0], cmd->ins = command.data[1];
    cmd->p1 = command.data[2], cmd->p2 = command.data[3];
    return secure ? fake_unprotect(c, command, cmd) : parse_plain(command, cmd);
}

bool fake_card_apdu(struct fake_card *c, struct lw_span command, struct lw_strbuf *answer)
{
    struct fake_command cmd = {.cla = 0};
    LW_AUTO_STRBUF plain = LW_STRBUF_INIT;
    bool secure = command.n >= 4 && (command.data[0] & 0x0c) == 0x0c;
    answer->n = 0;
    if (c->gone)
        return false;
    c->apdus++;
    if (!understand(c, command, &cmd, secure)) {
        put_status(answer, secure ? 0x6988 : 0x6700);
        c->secure = c->open = false;
        lw_strbuf_clear(&cmd.data);
        return true;
    }
    enum fake_fault fault = fault_now(c, &cmd);
    bool too_long = !c->opts.extended && cmd.ne > 256 && cmd.ins != 0x86;
    uint16_t sw = too_long ? 0x6700 : dispatch(c, &cmd, &plain);
    sw = disturb(c, fault, sw, &plain);
    if (sw != OK && sw != END)
        plain.n = 0;
    answer_with(c, lw_strbuf_span(&plain), sw, fault, secure, answer);
    if (c->switch_keys) {
        c->sm = c->next;
        c->secure = true;
        c->switch_keys = false;
    }
    c->gone = fault == FAKE_TEAR;
    lw_strbuf_clear(&cmd.data);
    return !c->gone;
}
