/* card/secinfo.h - the SecurityInfos of EF.CardAccess, EF.CardSecurity and DG14: which protocols a
 * chip speaks (ICAO 9303-11 9.2). */
#ifndef LW_CARD_SECINFO_H
#define LW_CARD_SECINFO_H

#include "crypt/aa.h"
#include "crypt/cipher.h"

enum { LW_SECINFO_EACH_MAX = 8, LW_OID_MAX = 12 };

/* The contents of an object identifier. */
struct lw_oid {
    uint8_t n;
    uint8_t bytes[LW_OID_MAX];
};

enum lw_pace_mapping { LW_PACE_GENERIC, LW_PACE_INTEGRATED, LW_PACE_CHIP };

struct lw_pace_info {
    struct lw_oid oid;
    enum lw_pace_mapping mapping;
    bool curve; /* else integers */
    enum lw_cipher cipher;
    unsigned version;
    int parameter_id; /* -1: not said */
};

struct lw_ca_info {
    struct lw_oid oid;
    bool curve;
    enum lw_cipher cipher;
    unsigned version;
    int64_t key_id; /* -1: not said */
};

struct lw_ca_key {
    bool curve;
    struct lw_span spki; /* SubjectPublicKeyInfo, borrowed from the input */
    int64_t key_id;      /* -1: not said */
};

struct lw_secinfo {
    size_t n_pace, n_ca, n_ca_keys;
    struct lw_pace_info pace[LW_SECINFO_EACH_MAX];
    struct lw_ca_info ca[LW_SECINFO_EACH_MAX];
    struct lw_ca_key ca_keys[LW_SECINFO_EACH_MAX];
    bool has_aa;
    enum lw_aa_hash aa_hash;
    size_t n_unknown; /* infos of other protocols, skipped */
};

/* bytes: one SET OF SecurityInfo; bytes behind it are refused. LW_EFORMAT, LW_ETRUNC, LW_ELIMIT
 * with the offset; more than LW_SECINFO_EACH_MAX of a kind: LW_ELIMIT. */
int lw_secinfo_parse(struct lw_secinfo *out, struct lw_span bytes, struct lw_why *why);
/* The set inside DG14 (tag 6E). */
int lw_secinfo_parse_dg14(struct lw_secinfo *out, struct lw_span file, struct lw_why *why);
/* The set inside EF.CardSecurity, a CMS SignedData. Its signature is not looked at here. */
int lw_secinfo_parse_card_security(struct lw_secinfo *out, struct lw_span file, struct lw_why *why);

/* "PACE-ECDH-CAM-AES-CBC-CMAC-128" as 9303-11 names it, static length. */
void lw_pace_info_print(char out[40], const struct lw_pace_info *info);

#endif
