#include "card/chip.h"

#include <string.h>

#include "doc/tlv.h"

enum { DG14_FILE = 0x010e, DYNAMIC_DATA = 0x7c };

const char *lw_proof_name(enum lw_proof p)
{
    static const char *const names[] = {"untried", "absent", "valid", "invalid", "unusable"};
    return names[p];
}

/* What stops the whole reading; all else is a property of this chip. */
static bool stops(int code)
{
    return code == LW_EAGAIN || code == LW_ETIMEOUT || code == LW_EIO || code == LW_ENOMEM;
}

/* A key and the cipher to use it with. */
struct choice {
    const struct lw_ca_key *key;
    struct lw_oid oid;
    enum lw_cipher cipher;
    int64_t key_id;
};

static bool fits(const struct lw_ca_info *i, const struct lw_ca_key *k)
{
    return i->curve == k->curve && (i->key_id < 0 || k->key_id < 0 || i->key_id == k->key_id);
}

/* id-CA-DH-3DES-CBC-CBC or id-CA-ECDH-3DES-CBC-CBC: what a key without info stands for. */
static struct choice bare_key(const struct lw_ca_key *k)
{
    struct choice c = {.key = k,
                       .oid = {.n = 10, .bytes = {4, 0, 127, 0, 7, 2, 2, 3, k->curve ? 2 : 1, 1}},
                       .cipher = LW_CIPHER_3DES,
                       .key_id = k->key_id};
    return c;
}

/* The longest key that both an info and a public key allow. */
static bool choose(struct choice *out, const struct lw_secinfo *s)
{
    out->key = NULL;
    for (size_t i = 0; i < s->n_ca; i++)
        for (size_t k = 0; k < s->n_ca_keys; k++)
            if (fits(&s->ca[i], &s->ca_keys[k]) && (!out->key || s->ca[i].cipher > out->cipher))
                *out =
                    (struct choice){&s->ca_keys[k], s->ca[i].oid, s->ca[i].cipher, s->ca[i].key_id};
    if (!out->key && s->n_ca == 0 && s->n_ca_keys > 0)
        *out = bare_key(&s->ca_keys[0]);
    return out->key != NULL;
}

/* Without leading zeros, not as an INTEGER: what chips in the field take. */
static void put_key_id(struct lw_strbuf *b, int64_t id)
{
    const uint8_t be[4] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                           (uint8_t)id};
    size_t skip = 0;
    while (skip < 3 && be[skip] == 0)
        skip++;
    if (id >= 0)
        lw_tlv_put(b, 0x84, (struct lw_span){be + skip, sizeof(be) - skip});
}

/* 6.2.4.1: MSE:Set KAT carries our key, 3DES only. */
static int set_key_template(struct lw_channel *c, const struct choice *ca, struct lw_span ours,
                            struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_answer a;
    lw_tlv_put(&b, 0x91, ours);
    put_key_id(&b, ca->key_id);
    if (lw_strbuf_err(&b))
        return LW_ENOMEM;
    return lw_channel_do(
        c, "chip authentication",
        &(struct lw_apdu){.ins = 0x22, .p1 = 0x41, .p2 = 0xa6, .data = lw_strbuf_span(&b)}, &a,
        why);
}

/* 6.2.4.2: MSE:Set AT and GENERAL AUTHENTICATE. */
static int authenticate(struct lw_channel *c, const struct choice *ca, struct lw_span ours,
                        struct lw_why *why)
{
    LW_AUTO_STRBUF at = LW_STRBUF_INIT;
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_answer a;
    lw_tlv_put(&at, 0x80, (struct lw_span){ca->oid.bytes, ca->oid.n});
    put_key_id(&at, ca->key_id);
    lw_tlv_put(&inner, 0x80, ours);
    lw_tlv_put(&b, DYNAMIC_DATA, lw_strbuf_span(&inner));
    if (lw_strbuf_err(&at) || lw_strbuf_err(&inner) || lw_strbuf_err(&b))
        return LW_ENOMEM;
    const char *what = "chip authentication";
    int r = lw_channel_do(
        c, what,
        &(struct lw_apdu){.ins = 0x22, .p1 = 0x41, .p2 = 0xa4, .data = lw_strbuf_span(&at)}, &a,
        why);
    if (r == LW_OK)
        r = lw_channel_do(
            c, what,
            &(struct lw_apdu){.ins = 0x86, .data = lw_strbuf_span(&b), .ne = LW_APDU_NE_SHORT}, &a,
            why);
    return r;
}

/* Chips with 3DES take the one or the other; one that refuses the first goes on as it was. */
static int send_key(struct lw_channel *c, const struct choice *ca, struct lw_span ours,
                    struct lw_why *why)
{
    if (ca->cipher == LW_CIPHER_3DES) {
        int r = set_key_template(c, ca, ours, why);
        if (r != LW_EUNSUP || !c->secure)
            return r;
    }
    return authenticate(c, ca, ours, why);
}

/* Keys of both sides' shared secret: the chip shows by its next answer that it has them too. */
static int switch_keys(struct lw_channel *c, const struct choice *ca, struct lw_sm *next,
                       const struct lw_random *random, struct lw_why *why)
{
    LW_AUTO(lw_group) g = NULL;
    struct lw_number theirs, shared = {0};
    struct lw_key_pair ours = {.secret = {0}};
    int r = lw_group_of_public_key(&g, &theirs, ca->key->spki, why);
    if (r == LW_OK && (r = lw_group_make_key(g, random, &ours)) < 0)
        lw_why_set(why, r, -1, "chip authentication: no key");
    if (r == LW_OK)
        r = lw_group_agree(g, lw_number_span(&ours.secret), lw_number_span(&theirs), &shared, why);
    if (r == LW_OK && (r = lw_sm_start(next, ca->cipher, lw_number_span(&shared))) < 0)
        lw_why_set(why, r, -1, "chip authentication: no session keys");
    if (r == LW_OK)
        r = send_key(c, ca, lw_number_span(&ours.public), why);
    lw_key_pair_wipe(&ours);
    lw_number_wipe(&shared);
    return r;
}

int lw_ca(struct lw_channel *c, const struct lw_secinfo *dg14, const struct lw_random *random,
          enum lw_proof *out, struct lw_why *why)
{
    struct choice ca;
    struct lw_sm next;
    struct lw_answer a;
    static const uint8_t file[2] = {DG14_FILE >> 8, DG14_FILE & 0xff};
    *out = LW_PROOF_ABSENT;
    if (!choose(&ca, dg14))
        return LW_OK;
    *out = LW_PROOF_UNUSABLE;
    int r = switch_keys(c, &ca, &next, random, why);
    if (r < 0)
        return stops(r) ? r : LW_OK;
    lw_channel_secure(c, &next);
    lw_sm_wipe(&next);
    r = lw_channel_send(
        c, &(struct lw_apdu){.ins = 0xa4, .p1 = 0x02, .p2 = 0x0c, .data = {file, sizeof(file)}}, &a,
        why);
    if (stops(r))
        return r;
    *out = r == LW_OK ? LW_PROOF_VALID : LW_PROOF_INVALID;
    return LW_OK;
}

static int key_of_dg15(struct lw_span file, struct lw_span *spki, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv t;
    int e = lw_tlv_open(&r, file, &limits, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&r, 0x6f, &t, why);
    if (e == LW_OK)
        e = lw_tlv_enter(&r, &t, &inside, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&inside, 0x30, &t, why);
    if (e == LW_OK)
        *spki = t.whole;
    return e;
}

int lw_aa(struct lw_channel *c, struct lw_span dg15, enum lw_aa_hash hash,
          const struct lw_random *random, enum lw_proof *out, struct lw_why *why)
{
    uint8_t challenge[LW_AA_CHALLENGE];
    struct lw_span spki, rnd = {challenge, sizeof(challenge)};
    struct lw_answer a;
    *out = LW_PROOF_UNUSABLE;
    int r = key_of_dg15(dg15, &spki, why);
    if (r < 0)
        return LW_OK;
    if ((r = lw_random_fill(random, challenge, sizeof(challenge))) < 0)
        return lw_why_set(why, LW_EIO, -1, "no random numbers");
    r = lw_channel_do(c, "active authentication",
                      &(struct lw_apdu){.ins = 0x88,
                                        .data = rnd,
                                        .ne = c->extended ? LW_APDU_NE_EXTENDED : LW_APDU_NE_SHORT},
                      &a, why);
    if (r == LW_OK)
        r = lw_aa_verify(spki, hash, rnd, a.data, why);
    if (r >= 0)
        *out = r == 1 ? LW_PROOF_VALID : LW_PROOF_INVALID;
    return stops(r) ? r : LW_OK;
}

/* PK_MAP,IC = CA_IC * PK_IC (9303-11 4.4.3.3.3). */
static bool maps_to(const struct lw_pace_proof *proof, const struct lw_group *g,
                    const struct lw_number *key)
{
    struct lw_number product;
    return lw_group_multiply(g, lw_number_span(&proof->data), lw_number_span(key), &product,
                             NULL) == LW_OK &&
           product.n == proof->mapping_key.n &&
           memcmp(product.bytes, proof->mapping_key.bytes, product.n) == 0;
}

enum lw_proof lw_cam_check(const struct lw_pace_proof *proof,
                           const struct lw_secinfo *card_security, struct lw_why *why)
{
    LW_AUTO(lw_group) agreed = NULL;
    enum lw_proof result = LW_PROOF_UNUSABLE;
    if (lw_group_standard(&agreed, proof->parameter_id, why) < 0)
        return result;
    lw_why_set(why, LW_EUNSUP, -1, "EF.CardSecurity has no key on %s", lw_group_name(agreed));
    for (size_t i = 0; i < card_security->n_ca_keys && result != LW_PROOF_VALID; i++) {
        LW_AUTO(lw_group) g = NULL;
        struct lw_number key;
        if (!card_security->ca_keys[i].curve ||
            lw_group_of_public_key(&g, &key, card_security->ca_keys[i].spki, NULL) < 0 ||
            strcmp(lw_group_name(g), lw_group_name(agreed)) != 0)
            continue;
        result = maps_to(proof, agreed, &key) ? LW_PROOF_VALID : LW_PROOF_INVALID;
    }
    return result;
}
