/* doc/manifest.h - a group's own list of travellers and documents, signed by the group: one code
 * for a car (docs/formats/manifest.md). It says how many people and which documents to expect, and
 * nothing about how they look. */
#ifndef LW_DOC_MANIFEST_H
#define LW_DOC_MANIFEST_H

#include "base/clock.h"
#include "base/strbuf.h"
#include "crypt/sign.h"

enum {
    LW_MANIFEST_PEOPLE_MAX = 10, /* the cap of a crossing */
    LW_MANIFEST_NUMBER = 25,     /* of a document, with NUL */
    LW_MANIFEST_NONCE = 10,
    LW_MANIFEST_HOURS_MAX = 72,
    LW_MANIFEST_BYTES_MAX = 4096 /* of a file */
};

struct lw_manifest_document {
    char issuing_state[4]; /* as in its MRZ: "UTO", "D" */
    char number[LW_MANIFEST_NUMBER];
};

struct lw_manifest {
    char id[LW_ULID_TEXT];       /* from the second of issue and the nonce */
    int64_t issued_s, expires_s; /* since 1970 */
    uint8_t nonce[LW_MANIFEST_NONCE];
    unsigned people; /* n_documents..10 */
    size_t n_documents;
    struct lw_manifest_document documents[LW_MANIFEST_PEOPLE_MAX];
    uint8_t public_key[LW_SIGN_PUBLIC];
    uint8_t signature[LW_SIGN_BYTES];
};

/* Give it its id and sign it; all but id, public_key and signature are set. LW_EINVAL names the
 * field that breaks a rule. */
int lw_manifest_sign(struct lw_manifest *m, const struct lw_signer *key, struct lw_why *why);
/* Was it signed with the key in it? */
bool lw_manifest_signed(const struct lw_manifest *m);

/* A file: JSON, or the text of a code, "LWM1:...". Only the form is checked. LW_EFORMAT, LW_ELIMIT
 * with the place and the rule. */
int lw_manifest_parse(struct lw_manifest *out, struct lw_span file, struct lw_why *why);
void lw_manifest_put_json(struct lw_strbuf *b, const struct lw_manifest *m);
void lw_manifest_put_code(struct lw_strbuf *b, const struct lw_manifest *m);

/* Does every field keep its rules, and is the id that of its time and nonce? True of what was
 * parsed or signed. */
bool lw_manifest_well_formed(const struct lw_manifest *m);

/* What was learned about one. */
enum lw_manifest_rule {
    LW_MANIFEST_SIGNATURE, /* changed, or not made with its key */
    LW_MANIFEST_EXPIRED,
    LW_MANIFEST_NOT_YET,  /* issued more than five minutes from now */
    LW_MANIFEST_SIGNER,   /* none of the keys that were given */
    LW_MANIFEST_REPLAYED, /* presented before, at another crossing */
    LW_MANIFEST_REFUSED,  /* the decoder was stopped at it: nothing else is known */
    LW_MANIFEST_RULES
};
const char *lw_manifest_rule_name(enum lw_manifest_rule r); /* "replayed" */
/* Bits 1 << enum lw_manifest_rule: all but the last two. keys: n_keys public ones after each other;
 * none: any will do. */
unsigned lw_manifest_check(const struct lw_manifest *m, const uint8_t *keys, size_t n_keys,
                           int64_t now_utc_us);

/* Remember in a file that it was presented at this crossing; "": at none that has a name. *again:
 * the file has it, at another one or at one without a name, and is left as it is. Safe among
 * several programs and when one of them is cut off. */
int lw_manifest_remember(const char *path, const struct lw_manifest *m, const char *crossing,
                         int64_t now_utc_us, bool *again, struct lw_why *why);

#endif
