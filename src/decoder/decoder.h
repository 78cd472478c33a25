/* decoder/decoder.h - documents are decoded by another process, which can reach nothing: no file,
 * no network, no other process, and little memory and time. Each document has a fresh one.
 * Shared: any thread may ask; locks inside. */
#ifndef LW_DECODER_DECODER_H
#define LW_DECODER_DECODER_H

#include "decoder/found.h"
#include "doc/manifest.h"
#include "doc/mrz_picture.h"
#include "doc/vds_check.h"
#include "img/codec.h"

struct lw_reader; /* card/reader.h */
struct lw_card;   /* card/card.h */
struct lw_card_opts;

struct lw_decoder_opts {
    const char *program;      /* default NULL: lanewise-decoder beside this program, or installed */
    const char *const *trust; /* files and folders to believe, see lw_trust_load */
    size_t n_trust;
    bool partial;          /* go on where the kernel lacks a layer of confinement, default false */
    int64_t wall_ns;       /* for one document, and for each step of a chip, default 15 s */
    uint32_t cpu_s;        /* for one document, default 5 */
    uint64_t memory_bytes; /* address space while one is decoded, default 1 GiB */
};
#define LW_DECODER_DEFAULTS                                                                        \
    ((struct lw_decoder_opts){                                                                     \
        .wall_ns = 15 * LW_SEC, .cpu_s = 5, .memory_bytes = 1024 * (uint64_t)LW_MIB})

/* Why there is no answer: the decoder refused. A finding about the document. */
enum lw_refused_by {
    LW_REFUSED_CRASH,     /* the process came to grief */
    LW_REFUSED_FORBIDDEN, /* it tried what it may not do */
    LW_REFUSED_MEMORY,
    LW_REFUSED_CPU,
    LW_REFUSED_TIME,   /* no answer in time */
    LW_REFUSED_ANSWER, /* what it answered makes no sense */
    LW_REFUSALS
};
const char *lw_refused_by_name(enum lw_refused_by by); /* "forbidden" */
struct lw_refusal {
    enum lw_refused_by by;
    char text[LW_WHY_TEXT]; /* "the decoder was stopped: it tried what it may not do" */
};

struct lw_decoder;
/* Start the helper program; it gets ready while the caller goes on. opts NULL: defaults. LW_EINVAL,
 * LW_ENOTFOUND no such program, LW_ENOMEM, LW_EIO. */
int lw_decoder_new(struct lw_decoder **out, const struct lw_decoder_opts *opts, struct lw_why *why);
void lw_decoder_free(struct lw_decoder **d);

/* Wait until it is ready: trusted files that cannot be read are a fault here, and LW_EUNSUP says
 * that the kernel lacks what confinement needs. Asking does this too. */
int lw_decoder_ready(struct lw_decoder *d, struct lw_why *why);
/* Of a ready one: the ABI of Landlock, 0 none; whether there are filters of system calls. */
struct lw_decoder_layers {
    int landlock;
    bool seccomp;
};
struct lw_decoder_layers lw_decoder_layers(const struct lw_decoder *d);

/* Each returns 1 with *out; 0 with *refusal where the decoder refused; or a fault: those of the
 * function that is asked for, LW_EUNSUP as above, LW_EIO where no helper can be started. */
int lw_decoder_image(struct lw_decoder *d, struct lw_span bytes, const struct lw_decode_opts *opts,
                     struct lw_image **out, struct lw_refusal *refusal, struct lw_why *why);
/* All of a text; clear the list. */
int lw_decoder_mrz(struct lw_decoder *d, struct lw_span text, int64_t today_utc_us,
                   struct lw_mrz_list *out, struct lw_refusal *refusal, struct lw_why *why);

/* The zone of a picture of a document. opts may be NULL. */
int lw_decoder_mrz_picture(struct lw_decoder *d, struct lw_span file,
                           const struct lw_mrz_picture_opts *opts, struct lw_mrz_reading *out,
                           struct lw_refusal *refusal, struct lw_why *why);

/* lw_vds_check with the helper's trust; *out borrows bytes. */
int lw_decoder_seal(struct lw_decoder *d, struct lw_span bytes, int64_t now_utc_us,
                    struct lw_vds_check *out, struct lw_refusal *refusal, struct lw_why *why);

/* lw_manifest_parse. Its signature is checked here, over what came back: lw_manifest_check. */
int lw_decoder_manifest(struct lw_decoder *d, struct lw_span bytes, struct lw_manifest *out,
                        struct lw_refusal *refusal, struct lw_why *why);

/* opts->trust is not used: the helper's own is. The document borrows lds. */
int lw_decoder_document(struct lw_decoder *d, const struct lw_lds *lds,
                        const struct lw_document_opts *opts, struct lw_decoded *out,
                        struct lw_refusal *refusal, struct lw_why *why);

/* lw_card_read: the reader is asked here, by this thread; what the chip says is decoded there. */
int lw_decoder_card(struct lw_decoder *d, struct lw_reader *reader, const struct lw_card_opts *opts,
                    struct lw_card **out, struct lw_refusal *refusal, struct lw_why *why);

#endif
