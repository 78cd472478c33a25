#include "decoder/decoder.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "decoder/answer.h"
#include "decoder/chip.h"
#include "decoder/helper.h"
#include "decoder/pixels.h"
#include "decoder/request.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024, /* without pixels */
    ASKS_MAX = 200000,             /* questions to one chip */
    STARTS_MAX = 3                 /* of the helper, for one document */
};

struct lw_decoder {
    struct lw_decoder_opts opts;
    char *program;
    char **trust; /* copies */
    pthread_mutex_t lock;
    struct lw_helper helper;
    bool ready;
    struct lw_decoder_layers layers;
};

const char *lw_refused_by_name(enum lw_refused_by by)
{
    static const char *const names[LW_REFUSALS] = {"crash",    "forbidden", "memory",
                                                   "cpu_time", "time",      "answer"};
    return names[by];
}

static const char *refusal_text(enum lw_refused_by by)
{
    static const char *const texts[LW_REFUSALS] = {
        "it broke off",
        "it tried what it may not do",
        "it needs more memory than a document may cost",
        "it needs more time of the processor than a document may cost",
        "it did not answer in time",
        "its answer makes no sense",
    };
    return texts[by];
}

static int refuse(struct lw_refusal *out, enum lw_refused_by by)
{
    if (out) {
        out->by = by;
        snprintf(out->text, sizeof(out->text), "the decoder refused: %s", refusal_text(by));
    }
    return 0;
}

/* ---- the helper ---- */

static int copy_opts(struct lw_decoder *d, const struct lw_decoder_opts *opts)
{
    d->opts = *opts;
    if (opts->program && !(d->program = strdup(opts->program)))
        return LW_ENOMEM;
    d->trust = calloc(opts->n_trust + 1, sizeof(*d->trust));
    for (size_t i = 0; d->trust && i < opts->n_trust; i++)
        if (!(d->trust[i] = strdup(opts->trust[i])))
            return LW_ENOMEM;
    return d->trust ? LW_OK : LW_ENOMEM;
}

static int start(struct lw_decoder *d, struct lw_why *why)
{
    d->ready = false;
    return lw_helper_start(&d->helper, d->program, (const char *const *)d->trust, d->opts.n_trust,
                           why);
}

int lw_decoder_new(struct lw_decoder **out, const struct lw_decoder_opts *opts, struct lw_why *why)
{
    const struct lw_decoder_opts defaults = LW_DECODER_DEFAULTS;
    opts = opts ? opts : &defaults;
    if (opts->wall_ns <= 0 || opts->cpu_s < 1 || opts->memory_bytes < LW_MIB)
        return lw_why_set(why, LW_EINVAL, -1, "limits of the decoder are out of range");
    struct lw_decoder *d = calloc(1, sizeof(*d));
    if (!d)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    pthread_mutex_init(&d->lock, NULL);
    d->helper = LW_HELPER_INIT;
    int r = copy_opts(d, opts);
    if (r < 0)
        lw_why_set(why, r, -1, "no memory");
    else
        r = start(d, why);
    if (r < 0) {
        lw_decoder_free(&d);
        return r;
    }
    *out = d;
    return LW_OK;
}

void lw_decoder_free(struct lw_decoder **d)
{
    if (!*d)
        return;
    lw_helper_stop(&(*d)->helper);
    for (size_t i = 0; (*d)->trust && (*d)->trust[i]; i++)
        free((*d)->trust[i]);
    free((*d)->trust);
    free((*d)->program);
    pthread_mutex_destroy(&(*d)->lock);
    free(*d);
    *d = NULL;
}

static int check_layers(const struct lw_decoder *d, struct lw_why *why)
{
    const char *missing = !d->layers.seccomp    ? "filters of system calls (seccomp)"
                          : !d->layers.landlock ? "Landlock"
                                                : NULL;
    if (!missing || d->opts.partial)
        return LW_OK;
    return lw_why_set(why, LW_EUNSUP, -1,
                      "this kernel has no %s: documents are not decoded unless told otherwise, "
                      "see 'lanewise doctor'",
                      missing);
}

static int get_ready(struct lw_decoder *d, struct lw_why *why)
{
    struct lw_nursery_hello hello;
    if (d->ready)
        return LW_OK;
    int r = lw_helper_hello(&d->helper, &hello, why);
    if (r < 0)
        return r;
    if (hello.why.code)
        return lw_why_set(why, hello.why.code, hello.why.offset, "%s", hello.why.text);
    d->layers = (struct lw_decoder_layers){.landlock = hello.landlock, .seccomp = hello.seccomp};
    if ((r = check_layers(d, why)) < 0)
        return r;
    d->ready = true;
    return LW_OK;
}

int lw_decoder_ready(struct lw_decoder *d, struct lw_why *why)
{
    pthread_mutex_lock(&d->lock);
    int r = get_ready(d, why);
    pthread_mutex_unlock(&d->lock);
    return r;
}

struct lw_decoder_layers lw_decoder_layers(const struct lw_decoder *d)
{
    return d->layers;
}

/* ---- one document ---- */

struct ask {
    struct lw_decoder *d;
    struct lw_link link;
    int32_t pid;
    enum lw_frame_kind kind; /* of the last frame */
    uint8_t *payload;
    size_t n;
};

static void set_clock(struct ask *a)
{
    a->link.until_ns = lw_now_ns() + a->d->opts.wall_ns;
}

/* A helper that is gone is started anew. */
static int start_worker(struct ask *a, struct lw_why *why)
{
    struct lw_decoder *d = a->d;
    const struct lw_nursery_order order = {.what = LW_NURSERY_START,
                                           .memory_bytes = d->opts.memory_bytes,
                                           .cpu_s = d->opts.cpu_s,
                                           .partial = d->opts.partial};
    int r = LW_EIO;
    for (int i = 0; i < STARTS_MAX && r == LW_EIO; i++) {
        if (i > 0) {
            lw_helper_stop(&d->helper);
            if ((r = start(d, why)) < 0)
                return r;
        }
        r = get_ready(d, why);
        if (r == LW_OK)
            r = lw_helper_worker(&d->helper, &order, &a->link.fd, &a->pid);
    }
    if (r == LW_EIO || r == LW_EAGAIN)
        lw_why_set(why, r, -1, "no process can be started to decode a document");
    return r;
}

static int open_ask(struct ask *a, struct lw_why *why)
{
    pthread_mutex_lock(&a->d->lock);
    int r = start_worker(a, why);
    pthread_mutex_unlock(&a->d->lock);
    set_clock(a);
    return r;
}

/* Why there is no answer: what it said before it was ended counts, then how it ended by itself. */
static enum lw_refused_by cause(int32_t status, int link_fault)
{
    if (link_fault == LW_EFORMAT || link_fault == LW_ELIMIT)
        return LW_REFUSED_ANSWER;
    if (link_fault == LW_ETIMEOUT)
        return LW_REFUSED_TIME;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return LW_REFUSED_FORBIDDEN;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? LW_REFUSED_CPU : LW_REFUSED_CRASH;
}

static int32_t close_ask(struct ask *a)
{
    int32_t status = 0;
    if (a->link.fd >= 0)
        close(a->link.fd);
    a->link.fd = -1;
    if (a->pid > 0) {
        pthread_mutex_lock(&a->d->lock);
        (void)lw_helper_end(&a->d->helper, a->pid, &status);
        pthread_mutex_unlock(&a->d->lock);
    }
    a->pid = 0;
    if (a->payload)
        lw_wipe(a->payload, a->n);
    free(a->payload);
    a->payload = NULL;
    return status;
}

static int receive(struct ask *a)
{
    free(a->payload);
    a->payload = NULL;
    return lw_link_receive_frame(&a->link, &a->kind, &a->payload, &a->n, ANSWER_MAX);
}

/* Send the request and wait for the first frame. Returns 0, a fault of the link, which is the
 * decoder's; or 1 where why is filled: a fault of ours. */
static int exchange(struct ask *a, struct lw_request *q, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    if (lw_request_wire(&w, q) < 0) {
        lw_why_set(why, LW_ENOMEM, -1, "no memory");
        return 1;
    }
    int r = lw_link_send_frame(&a->link, LW_WIRE_REQUEST, lw_strbuf_span(&b));
    lw_wipe(b.s, b.n);
    return r < 0 ? r : receive(a);
}

/* A fault that the decoder reports. Without memory it means its limit, which is a refusal. */
static int reported(struct ask *a, struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_why said = {.code = 0};
    struct lw_wire w = lw_wire_reader((struct lw_span){a->payload, a->n});
    if (lw_why_wire(&w, &said) < 0)
        return refuse(refusal, LW_REFUSED_ANSWER);
    if (said.code == LW_ENOMEM)
        return refuse(refusal, LW_REFUSED_MEMORY);
    return lw_why_set(why, said.code, said.offset, "%s", said.text);
}

/* Ends the ask. read is 0 where the answer was read, else the fault in doing so. */
static int conclude(struct ask *a, int read, struct lw_refusal *refusal, struct lw_why *why)
{
    int r = 1;
    if (read == LW_OK && a->kind == LW_WIRE_FAULT)
        r = reported(a, refusal, why);
    if (read == LW_OK)
        read = lw_link_at_end(&a->link);
    const int32_t status = close_ask(a);
    if (read == LW_ENOMEM)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return read < 0 ? refuse(refusal, cause(status, read)) : r;
}

/* The answer's frame is here, or a fault's: LW_OK. */
static int expect(const struct ask *a)
{
    return a->kind == LW_WIRE_ANSWER || a->kind == LW_WIRE_FAULT ? LW_OK : LW_EFORMAT;
}

/* Ask and wait. *read is then as conclude() wants it; a fault of ours is returned. */
static int ask(struct ask *a, struct lw_request *q, int *read, struct lw_why *why)
{
    int r = open_ask(a, why);
    if (r < 0)
        return r;
    *read = exchange(a, q, why);
    if (*read > 0) {
        close_ask(a);
        return why ? why->code : LW_ENOMEM;
    }
    if (*read == LW_OK && q->kind != LW_REQUEST_CARD)
        *read = expect(a);
    return LW_OK;
}

static bool answered(const struct ask *a, int read)
{
    return read == LW_OK && a->kind == LW_WIRE_ANSWER;
}

static struct lw_wire reader_of(const struct ask *a)
{
    return lw_wire_reader((struct lw_span){a->payload, a->n});
}

int lw_decoder_image(struct lw_decoder *d, struct lw_span bytes, const struct lw_decode_opts *opts,
                     struct lw_image **out, struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_request q = {
        .kind = LW_REQUEST_IMAGE, .image = opts ? *opts : LW_DECODE_DEFAULTS, .bytes = bytes};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_picture size = {0};
    LW_AUTO(lw_image) im = NULL;
    int read;
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_picture_wire(&w, &size);
        if (read == LW_OK)
            read = lw_wire_end(&w) < 0 || size.fmt == 0 ? LW_EFORMAT
                                                        : lw_pixels_receive(&im, &a.link, &size);
    }
    if ((r = conclude(&a, read, refusal, why)) <= 0)
        return r;
    *out = im;
    im = NULL; /* moved to the caller */
    return 1;
}

int lw_decoder_mrz(struct lw_decoder *d, struct lw_span text, int64_t today_utc_us,
                   struct lw_mrz_list *out, struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_request q = {.kind = LW_REQUEST_MRZ, .now_utc_us = today_utc_us, .bytes = text};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_mrz_list list = {.n = 0};
    int read;
    if (text.n > LW_MRZ_TEXT_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, LW_MRZ_TEXT_BYTES_MAX, "%zu bytes of text, more than %d",
                          text.n, LW_MRZ_TEXT_BYTES_MAX);
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_mrz_list_wire(&w, &list);
        if (read == LW_OK && list.n == 0)
            read = LW_EFORMAT;
    }
    if ((r = conclude(&a, read, refusal, why)) > 0)
        *out = list;
    else
        lw_mrz_list_clear(&list);
    return r;
}

int lw_decoder_mrz_picture(struct lw_decoder *d, struct lw_span file,
                           const struct lw_mrz_picture_opts *opts, struct lw_mrz_reading *out,
                           struct lw_refusal *refusal, struct lw_why *why)
{
    const struct lw_mrz_picture_opts defaults = LW_MRZ_PICTURE_DEFAULTS;
    opts = opts ? opts : &defaults;
    struct lw_request q = {.kind = LW_REQUEST_MRZ_PICTURE,
                           .now_utc_us = opts->today_utc_us,
                           .image = LW_DECODE_DEFAULTS,
                           .time_ns = opts->time_ns,
                           .bytes = file};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_mrz_reading reading = {.found = false};
    int read;
    q.image.max_side = opts->max_side;
    q.image.max_pixels = opts->max_pixels;
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_mrz_reading_wire(&w, &reading);
    }
    if ((r = conclude(&a, read, refusal, why)) > 0)
        *out = reading;
    return r;
}

static int too_long(size_t n, int max, struct lw_why *why)
{
    return lw_why_set(why, LW_ELIMIT, max, "%zu bytes, more than %d", n, max);
}

int lw_decoder_seal(struct lw_decoder *d, struct lw_span bytes, int64_t now_utc_us,
                    struct lw_vds_check *out, struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_request q = {.kind = LW_REQUEST_SEAL, .now_utc_us = now_utc_us, .bytes = bytes};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_vds_check got = {.readable = false};
    int read;
    if (bytes.n > LW_VDS_BYTES_MAX)
        return too_long(bytes.n, LW_VDS_BYTES_MAX, why);
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_vds_wire(&w, &got, bytes);
    }
    if ((r = conclude(&a, read, refusal, why)) > 0)
        *out = got;
    return r;
}

int lw_decoder_manifest(struct lw_decoder *d, struct lw_span bytes, struct lw_manifest *out,
                        struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_request q = {.kind = LW_REQUEST_MANIFEST, .bytes = bytes};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_manifest got = {.people = 0};
    int read;
    if (bytes.n > LW_MANIFEST_BYTES_MAX)
        return too_long(bytes.n, LW_MANIFEST_BYTES_MAX, why);
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_manifest_wire(&w, &got);
    }
    if ((r = conclude(&a, read, refusal, why)) > 0)
        *out = got;
    return r;
}

/* The answer in the last frame, and the pixels behind it. */
static int read_document(struct ask *a, const struct lw_lds *lds, struct lw_decoded *out)
{
    struct lw_wire w = reader_of(a);
    struct lw_picture size = {0};
    out->document = calloc(1, sizeof(*out->document));
    if (!out->document)
        return LW_ENOMEM;
    int r = lw_document_wire(&w, out->document, &size, out->protocols, lds->files);
    if (r == LW_OK && size.fmt != 0)
        r = lw_pixels_receive(&out->document->portrait, &a->link, &size);
    return r;
}

int lw_decoder_document(struct lw_decoder *d, const struct lw_lds *lds,
                        const struct lw_document_opts *opts, struct lw_decoded *out,
                        struct lw_refusal *refusal, struct lw_why *why)
{
    struct lw_request q = {.kind = LW_REQUEST_DOCUMENT,
                           .now_utc_us = opts->now_utc_us,
                           .leave_portrait = opts->leave_portrait};
    struct ask a = {.d = d, .link = {.fd = -1}};
    struct lw_decoded got = {.document = NULL};
    int read;
    memcpy(q.files, lds->files, sizeof(q.files));
    int r = ask(&a, &q, &read, why);
    if (r < 0)
        return r;
    if (answered(&a, read))
        read = read_document(&a, lds, &got);
    if ((r = conclude(&a, read, refusal, why)) > 0)
        *out = got;
    else
        lw_document_free(&got.document);
    return r;
}

/* Serve the chip's questions until there is an answer. */
static int serve(struct ask *a, struct lw_reader *reader, const struct lw_card_opts *opts)
{
    int r = LW_OK;
    for (int i = 0; r == LW_OK && a->kind == LW_WIRE_ASK; i++) {
        if (i == ASKS_MAX)
            return LW_EFORMAT;
        r = lw_chip_serve(&a->link, (struct lw_span){a->payload, a->n}, reader, opts);
        set_clock(a); /* how long the chip took is not the decoder's fault */
        if (r == LW_OK)
            r = receive(a);
    }
    return r == LW_OK ? expect(a) : r;
}

int lw_decoder_card(struct lw_decoder *d, struct lw_reader *reader, const struct lw_card_opts *opts,
                    struct lw_card **out, struct lw_refusal *refusal, struct lw_why *why)
{
    const struct lw_card_opts defaults = LW_CARD_DEFAULTS;
    opts = opts ? opts : &defaults;
    struct lw_request q = {.kind = LW_REQUEST_CARD, .card = *opts};
    struct ask a = {.d = d, .link = {.fd = -1}};
    int read;
    LW_AUTO(lw_card) card = calloc(1, sizeof(*card));
    if (!card)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a card");
    if (opts->password)
        q.password = *opts->password;
    int r = ask(&a, &q, &read, why);
    lw_password_wipe(&q.password);
    if (r < 0)
        return r;
    if (read == LW_OK)
        read = serve(&a, reader, opts);
    if (answered(&a, read)) {
        struct lw_wire w = reader_of(&a);
        read = lw_card_wire(&w, card);
    }
    if ((r = conclude(&a, read, refusal, why)) <= 0)
        return r;
    *out = card;
    card = NULL; /* moved to the caller */
    return 1;
}
