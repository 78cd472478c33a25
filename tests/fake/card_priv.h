/* tests/fake/card_priv.h - the emulated passport's state. */
#ifndef LW_TESTS_FAKE_CARD_PRIV_H
#define LW_TESTS_FAKE_CARD_PRIV_H

#include <openssl/evp.h>

#include "card/password.h"
#include "card/sm.h"
#include "crypt/group.h"
#include "doc/tlv.h"
#include "fake/card.h"

/* A command as the card understands it: after secure messaging. */
struct fake_command {
    uint8_t cla, ins, p1, p2;
    struct lw_strbuf data;
    size_t ne; /* 0: none wanted */
};

struct fake_card {
    struct fake_opts opts;
    struct lw_strbuf files[LW_EF_COUNT];
    struct lw_strbuf atr_info;
    struct lw_password mrz, can;
    size_t apdus, faults, script_pos;
    bool gone;
    /* Of one session. */
    bool application;
    struct lw_strbuf *current;
    enum lw_ef current_ef;
    bool open; /* access was granted */
    bool secure;
    struct lw_sm sm, next; /* next: after this answer */
    bool switch_keys;
    struct lw_strbuf last; /* protected answer */
    /* BAC. */
    uint8_t challenge[8];
    bool challenged;
    /* PACE. */
    int step;
    const struct lw_password *password;
    struct lw_oid oid;
    struct lw_group *group, *mapped;
    uint8_t nonce[32];
    size_t nonce_n;
    struct lw_key_pair map, key;
    struct lw_number reader_key;
    struct lw_sm pace;
    /* Static keys. */
    struct lw_group *ca_group, *cam_group;
    struct lw_key_pair ca, cam;
    EVP_PKEY *aa;
};

/* files.c: fill the files and make the static keys. */
bool fake_make_files(struct fake_card *c);

/* protocols.c: each handles one command and returns the status word; out gets the data. */
uint16_t fake_get_challenge(struct fake_card *c, struct lw_strbuf *out);
uint16_t fake_bac(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out);
uint16_t fake_set_pace(struct fake_card *c, const struct fake_command *cmd);
uint16_t fake_pace(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out);
uint16_t fake_set_ca(struct fake_card *c, const struct fake_command *cmd);
uint16_t fake_ca(struct fake_card *c, struct lw_span reader_key);
uint16_t fake_aa(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out);

/* sm.c: the chip's side. unprotect: false when the command is not authentic. */
bool fake_unprotect(struct fake_card *c, struct lw_span command, struct fake_command *out);
void fake_protect(struct fake_card *c, struct lw_span data, uint16_t sw, enum fake_fault fault,
                  struct lw_strbuf *answer);

/* The contents of the first element with this tag, inside the template outer (0: none); else an
 * empty span. */
struct lw_span fake_find(struct lw_span bytes, uint32_t outer, uint32_t tag);
/* Replace what b holds. */
void fake_set(struct lw_strbuf *b, const void *bytes, size_t n);

#endif
