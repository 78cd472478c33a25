/* tests/fake/card.h - an emulated passport: files, BAC, PACE, secure messaging, chip and active
 * authentication from the chip's side, and every way to misbehave that a test needs. */
#ifndef LW_TESTS_FAKE_CARD_H
#define LW_TESTS_FAKE_CARD_H

#include "base/strbuf.h"
#include "card/files.h"
#include "card/reader.h"
#include "card/secinfo.h"
#include "crypt/random.h"

enum fake_aa { FAKE_AA_NONE, FAKE_AA_RSA, FAKE_AA_ECDSA };

enum fake_fault {
    FAKE_HONEST,
    /* While a file is read: from fault_at on, fault_times times. */
    FAKE_WRONG_MAC,
    FAKE_NO_MAC,
    FAKE_WRONG_PADDING,   /* authentic, but the plain text has none */
    FAKE_NO_INDICATOR,    /* authentic, but the cryptogram does not say how it is padded */
    FAKE_PLAIN_ANSWER,    /* data and 9000 without protection */
    FAKE_BARE_STATUS,     /* fault_sw without protection: the session is over */
    FAKE_REPLAY,          /* the last protected answer once more */
    FAKE_TRAILING_OBJECT, /* something behind the code */
    FAKE_NO_DATA,         /* 9000, nothing else */
    FAKE_TOO_MUCH,        /* more than was asked for */
    FAKE_STATUS,          /* fault_sw, protected */
    FAKE_TEAR,            /* the card leaves the field */
    FAKE_NO_ANSWER,       /* zero bytes, not even a status word */
    /* DG2 as a whole. */
    FAKE_HUGE_FILE,  /* says 8 MiB, and sends for ever */
    FAKE_LONG_FILE,  /* says 600 bytes more than it has */
    FAKE_OTHER_TAG,  /* starts with another tag */
    FAKE_INDEFINITE, /* of indefinite length */
    /* Protocols. */
    FAKE_PACE_TOKEN,
    FAKE_PACE_MIRROR,    /* sends the reader's own keys back */
    FAKE_PACE_BAD_POINT, /* keys that lie on no curve */
    FAKE_PACE_NONCE,     /* a nonce of 7 bytes */
    FAKE_PACE_REFUSED,   /* knows nothing of what EF.CardAccess says */
    FAKE_PACE_HIDDEN,    /* EF.CardAccess leaves out what DG14 says */
    FAKE_BAC_ANSWER,
    FAKE_BAC_OLD, /* an answer to another challenge */
    FAKE_CA_COPY, /* all files, but not the private key */
    FAKE_CA_REFUSED,
    FAKE_CAM_COPY,
    FAKE_AA_COPY
};

struct fake_opts {
    bool bac;
    bool pace;
    enum lw_pace_mapping mapping;
    enum lw_cipher cipher;
    unsigned parameter_id;
    bool ca;
    enum lw_cipher ca_cipher;
    const char *ca_group; /* "brainpoolP256r1" or "dh_2048_256" */
    bool ca_info;         /* else only the key */
    enum fake_aa aa;
    bool extended;                       /* takes extended length, and says so */
    bool refuses_past_end;               /* 6B00 when asked for more than there is */
    size_t max_answer;                   /* plain bytes for each READ BINARY; 0: as asked */
    const char *number, *birth, *expiry; /* of the MRZ */
    const char *can;
    size_t portrait; /* bytes of DG2's contents */
    const char *dir; /* NULL, or an LDS folder whose files replace the made ones */
    enum fake_fault fault;
    enum lw_ef fault_ef;
    size_t fault_at;      /* offset */
    unsigned fault_times; /* 0: always */
    uint16_t fault_sw;
    const struct lw_random *random; /* of the chip; NULL: the system's */
    struct lw_span script;          /* not empty: once open, READ BINARY answers come from here */
};
/* The document of ICAO 9303-4's specimen, open to BAC, 20 KB of portrait. */
#define FAKE_DEFAULTS                                                                              \
    ((struct fake_opts){.bac = true,                                                               \
                        .mapping = LW_PACE_GENERIC,                                                \
                        .cipher = LW_CIPHER_AES128,                                                \
                        .parameter_id = 13,                                                        \
                        .ca_cipher = LW_CIPHER_AES128,                                             \
                        .ca_group = "brainpoolP256r1",                                             \
                        .ca_info = true,                                                           \
                        .number = "L898902C3",                                                     \
                        .birth = "740812",                                                         \
                        .expiry = "120415",                                                        \
                        .can = "123456",                                                           \
                        .portrait = 20000})

struct fake_card;
struct fake_card *fake_card_new(const struct fake_opts *opts);
void fake_card_free(struct fake_card **c);

/* Power off and on. */
void fake_card_reset(struct fake_card *c);
/* One command; the answer with its status word replaces what answer holds. false: the card is gone
 * until the next reset. */
bool fake_card_apdu(struct fake_card *c, struct lw_span command, struct lw_strbuf *answer);
/* What is stored, borrowed. */
struct lw_span fake_card_file(const struct fake_card *c, enum lw_ef ef);
struct lw_span fake_card_atr(const struct fake_card *c);
/* Store something else; the file's other half, if it has one, stays (keys, EF.COM). */
void fake_card_put(struct fake_card *c, enum lw_ef ef, struct lw_span bytes);
/* Commands seen since it was made. */
size_t fake_card_apdus(const struct fake_card *c);

/* The card in a reader of this process; card is borrowed. */
struct lw_reader *fake_reader_new(struct fake_card *card);

/* Be the card of a vpcd on 127.0.0.1:port until it hangs up or stop_fd becomes readable (-1: none).
 * false: no connection. */
bool fake_vpcd_run(struct fake_card *card, unsigned port, int stop_fd);

#endif
