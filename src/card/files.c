#include "card/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "doc/tlv.h"

enum {
    CHUNK_PLAIN = 256,
    CHUNK_SECURE = 223,  /* with padding, status and code it fills 256 bytes of any cipher */
    CHUNK_MIN = 96,      /* smaller ones are not worth trying after "wrong length" */
    OFFSET_MAX = 0x7fff, /* of READ BINARY B0 */
    OFFSET_HEADER = 8,   /* tag and length around the data of READ BINARY B1 */
    SIZE_BYTES = 8,      /* hold tag and length of any file here */
    FEW_BYTES = 4        /* no file is shorter */
};

static const struct lw_ef_info infos[LW_EF_COUNT] = {
    {"EF_CardAccess", 0x011c, 0x31, true}, {"EF_CardSecurity", 0x011d, 0x30, true},
    {"EF_COM", 0x011e, 0x60, false},       {"EF_SOD", 0x011d, 0x77, false},
    {"DG1", 0x0101, 0x61, false},          {"DG2", 0x0102, 0x75, false},
    {"DG3", 0x0103, 0x63, false},          {"DG4", 0x0104, 0x76, false},
    {"DG5", 0x0105, 0x65, false},          {"DG6", 0x0106, 0x66, false},
    {"DG7", 0x0107, 0x67, false},          {"DG8", 0x0108, 0x68, false},
    {"DG9", 0x0109, 0x69, false},          {"DG10", 0x010a, 0x6a, false},
    {"DG11", 0x010b, 0x6b, false},         {"DG12", 0x010c, 0x6c, false},
    {"DG13", 0x010d, 0x6d, false},         {"DG14", 0x010e, 0x6e, false},
    {"DG15", 0x010f, 0x6f, false},         {"DG16", 0x0110, 0x70, false},
};

const struct lw_ef_info *lw_ef_info(enum lw_ef ef)
{
    return &infos[ef];
}

enum lw_ef lw_ef_of_tag(uint8_t tag)
{
    enum lw_ef ef = LW_EF_DG1;
    while (ef < LW_EF_COUNT && infos[ef].tag != tag)
        ef++;
    return ef;
}

const char *lw_ef_state_name(enum lw_ef_state s)
{
    static const char *const names[] = {"untried", "read", "absent", "denied", "broken"};
    return names[s];
}

void lw_ef_file_clear(struct lw_ef_file *f)
{
    lw_wipe(f->bytes.s, f->bytes.cap);
    lw_strbuf_clear(&f->bytes);
    *f = (struct lw_ef_file){.state = LW_EF_UNTRIED};
}

/* One reading: the file and how it is asked for. */
struct job {
    struct lw_channel *c;
    const struct lw_ef_info *info;
    const struct lw_ef_read_opts *opts;
    struct lw_ef_file *f;
    size_t chunk;
    bool careful; /* the size first: this card refuses to be asked for more than there is */
};

static int settle(struct job *j, enum lw_ef_state state, const struct lw_why *why)
{
    j->f->state = state;
    snprintf(j->f->note, sizeof(j->f->note), "%s", why ? why->text : "");
    return LW_OK;
}

__attribute__((format(printf, 2, 3))) static int broken(struct job *j, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(j->f->note, sizeof(j->f->note), fmt, ap);
    va_end(ap);
    j->f->state = LW_EF_BROKEN;
    return LW_OK;
}

static int select_file(struct job *j, struct lw_why *why)
{
    const uint8_t id[2] = {(uint8_t)(j->info->id >> 8), (uint8_t)j->info->id};
    struct lw_answer a;
    int r = lw_channel_send(
        j->c, &(struct lw_apdu){.ins = 0xa4, .p1 = 0x02, .p2 = 0x0c, .data = {id, sizeof(id)}}, &a,
        why);
    if ((r == LW_OK || r == LW_EUNSUP) && a.sw == LW_SW_NOT_FOUND)
        settle(j, LW_EF_ABSENT, NULL);
    if (r < 0 || a.sw == LW_SW_OK || a.sw == LW_SW_NOT_FOUND)
        return r;
    broken(j, "cannot be selected: %s (%04X)", lw_sw_text(a.sw), a.sw);
    if (a.sw == LW_SW_DENIED)
        j->f->state = LW_EF_DENIED;
    return LW_OK;
}

/* READ BINARY with the offset in the header, or in the data (B1) where it does not fit. */
static int ask(struct job *j, size_t offset, size_t n, struct lw_answer *a, struct lw_why *why)
{
    if (offset <= OFFSET_MAX)
        return lw_channel_send(
            j->c,
            &(struct lw_apdu){
                .ins = 0xb0, .p1 = (uint8_t)(offset >> 8), .p2 = (uint8_t)offset, .ne = n},
            a, why);
    const uint8_t where[6] = {
        0x54,           4, (uint8_t)(offset >> 24), (uint8_t)(offset >> 16), (uint8_t)(offset >> 8),
        (uint8_t)offset};
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_channel_send(
        j->c, &(struct lw_apdu){.ins = 0xb1, .data = {where, sizeof(where)}, .ne = n}, a, why);
    if (e < 0 || a->data.n == 0)
        return e;
    if (lw_tlv_open(&r, a->data, &limits, NULL) < 0 || lw_tlv_expect(&r, 0x53, &t, NULL) < 0)
        return broken(j, "byte %zu: an answer without its data object", offset);
    a->data = t.value;
    return LW_OK;
}

/* How many bytes to ask for next: all of a short file's rest, never more than a chunk. */
static size_t wanted(const struct job *j)
{
    size_t n = j->chunk, done = j->f->bytes.n;
    if (!j->f->total && j->careful)
        return FEW_BYTES;
    if (j->f->total && j->f->total - done < n)
        n = j->f->total - done;
    if (done > OFFSET_MAX && n + OFFSET_HEADER <= j->chunk)
        n += OFFSET_HEADER;
    return n;
}

/* The card did not like the size: try smaller. false: there is nothing smaller to try. */
static bool ask_for_less(struct job *j, uint16_t sw, size_t asked)
{
    if (sw >> 8 == 0x6c && (sw & 0xff) != 0 && (size_t)(sw & 0xff) < asked) {
        j->chunk = sw & 0xff;
        return true;
    }
    if (!j->f->total && !j->careful && (sw == LW_SW_WRONG_LENGTH || sw == LW_SW_WRONG_OFFSET)) {
        j->careful = true;
        return true;
    }
    if (sw != LW_SW_WRONG_LENGTH || asked <= CHUNK_MIN)
        return false;
    if (j->chunk > CHUNK_PLAIN) {
        j->c->extended = false;
        j->chunk = j->c->secure ? CHUNK_SECURE : CHUNK_PLAIN;
    } else {
        j->chunk = j->chunk / 2 > CHUNK_MIN ? j->chunk / 2 : CHUNK_MIN;
    }
    return true;
}

/* The first bytes say tag and size. */
static int read_size(struct job *j)
{
    uint32_t tag;
    size_t header, length;
    struct lw_span start = lw_strbuf_span(&j->f->bytes);
    int r = lw_tlv_header(start, &tag, &header, &length);
    if (r == LW_ETRUNC && start.n < SIZE_BYTES)
        return LW_OK; /* a card that sends a few bytes at a time */
    if (r < 0)
        return broken(j, "its first bytes are no tag and length");
    if (tag != j->info->tag)
        return broken(j, "starts with tag %X instead of %X", (unsigned)tag, j->info->tag);
    if (length > j->opts->max_bytes)
        return broken(j, "says that it has %zu bytes, the limit is %zu", header + length,
                      j->opts->max_bytes);
    j->f->total = header + length;
    return LW_OK;
}

/* One answer into the file. */
static int take(struct job *j, size_t asked, const struct lw_answer *a)
{
    struct lw_ef_file *f = j->f;
    size_t n = a->data.n;
    if (n > asked)
        return broken(j, "byte %zu: %zu bytes came, %zu were asked for", f->bytes.n, n, asked);
    if (n == 0)
        return broken(j, "ends at byte %zu of %zu", f->bytes.n, f->total);
    if (f->total && n > f->total - f->bytes.n)
        n = f->total - f->bytes.n;
    lw_strbuf_put(&f->bytes, a->data.data, n);
    if (lw_strbuf_err(&f->bytes))
        return LW_ENOMEM;
    if (!f->total && read_size(j) < 0)
        return LW_ENOMEM;
    if (f->total && f->bytes.n > f->total)
        f->bytes.n = f->total;
    return LW_OK;
}

static int read_more(struct job *j, struct lw_why *why)
{
    struct lw_answer a;
    size_t asked = wanted(j);
    int r = ask(j, j->f->bytes.n, asked, &a, why);
    if (r < 0 || j->f->state != LW_EF_UNTRIED)
        return r;
    if (a.sw == LW_SW_OK || a.sw == LW_SW_END_OF_FILE) {
        r = take(j, asked, &a);
        return r < 0 ? lw_why_set(why, r, -1, "no memory for a file") : LW_OK;
    }
    if (ask_for_less(j, a.sw, asked))
        return LW_OK;
    broken(j, "byte %zu: %s (%04X)", j->f->bytes.n, lw_sw_text(a.sw), a.sw);
    if (a.sw == LW_SW_DENIED)
        j->f->state = LW_EF_DENIED;
    return LW_OK;
}

static size_t first_chunk(const struct lw_channel *c, const struct lw_ef_read_opts *opts)
{
    size_t fits = c->secure ? CHUNK_SECURE : CHUNK_PLAIN;
    return opts->chunk && (opts->chunk < fits || c->extended) ? opts->chunk : fits;
}

int lw_ef_read(struct lw_channel *c, enum lw_ef ef, const struct lw_ef_read_opts *opts,
               struct lw_ef_file *f, struct lw_why *why)
{
    struct job j = {.c = c, .info = &infos[ef], .opts = opts, .f = f};
    j.chunk = first_chunk(c, opts);
    f->state = LW_EF_UNTRIED;
    int r = select_file(&j, why);
    while (r == LW_OK && f->state == LW_EF_UNTRIED && !(f->total && f->bytes.n == f->total)) {
        r = read_more(&j, why);
        if (r == LW_OK && opts->progress)
            opts->progress(opts->ctx, ef, f->bytes.n, f->total);
    }
    if (r == LW_OK && f->state == LW_EF_UNTRIED)
        return settle(&j, LW_EF_READ, NULL);
    if ((r == LW_ECRYPTO || r == LW_EFORMAT || r == LW_EUNSUP) && f->state == LW_EF_UNTRIED)
        settle(&j, LW_EF_BROKEN, why); /* the chip's answer was no protected one */
    if (r < 0)
        lw_why_prefix(why, "%s", j.info->name);
    return r;
}
