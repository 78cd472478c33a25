#include "card/pace.h"

#include <string.h>

#include "doc/tlv.h"

enum {
    DYNAMIC_DATA = 0x7c, /* the objects of GENERAL AUTHENTICATE */
    NONCE = 0x80,
    MAP_IFD = 0x81,
    MAP_IC = 0x82,
    KEY_IFD = 0x83,
    KEY_IC = 0x84,
    TOKEN_IFD = 0x85,
    TOKEN_IC = 0x86,
    CA_DATA = 0x8a,
    COUNTER_PASSWORD = 3,
    NONCE_MAX = 32
};

/* One run: what both sides have said. */
struct run {
    struct lw_channel *c;
    const struct lw_pace_info *info;
    const struct lw_random *random;
    struct lw_group *group;  /* as standardised */
    struct lw_group *mapped; /* with the generator of this run */
    size_t nonce_n;
    uint8_t nonce[NONCE_MAX];
    struct lw_number map_ic; /* PK_MAP,IC */
    struct lw_key_pair key;  /* ours, in mapped */
    struct lw_number key_ic; /* theirs */
    struct lw_sm sm;
};

static void run_clear(struct run *p)
{
    lw_group_free(&p->group);
    lw_group_free(&p->mapped);
    lw_wipe(p, sizeof(*p));
}

static int rank(const struct lw_pace_info *p)
{
    static const int mappings[] = {
        [LW_PACE_GENERIC] = 1, [LW_PACE_INTEGRATED] = 0, [LW_PACE_CHIP] = 2};
    return 10 * mappings[p->mapping] + (int)p->cipher;
}

static bool can_do(const struct lw_pace_info *p)
{
    int id = p->parameter_id;
    bool curve = id >= 8 && id <= 18, integers = id >= 0 && id <= 2;
    return p->version == 2 && (p->curve ? curve : integers) &&
           !(p->mapping == LW_PACE_INTEGRATED && id == 10); /* P-224: p = 1 mod 4 */
}

const struct lw_pace_info *lw_pace_choose(const struct lw_secinfo *s)
{
    const struct lw_pace_info *best = NULL;
    for (size_t i = 0; i < s->n_pace; i++)
        if (can_do(&s->pace[i]) && (!best || rank(&s->pace[i]) > rank(best)))
            best = &s->pace[i];
    return best;
}

/* 4.4.4.1 MSE:Set AT. The parameters are named where the chip offers several. */
static int set_template(struct run *p, const struct lw_secinfo *s,
                        const struct lw_password *password, struct lw_why *why)
{
    const uint8_t reference = password->kind == LW_PASSWORD_CAN ? 2 : 1;
    const uint8_t id = (uint8_t)p->info->parameter_id;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_answer a;
    lw_tlv_put(&b, 0x80, (struct lw_span){p->info->oid.bytes, p->info->oid.n});
    lw_tlv_put(&b, 0x83, (struct lw_span){&reference, 1});
    if (s->n_pace > 1)
        lw_tlv_put(&b, 0x84, (struct lw_span){&id, 1});
    if (lw_strbuf_err(&b))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for PACE");
    const struct lw_apdu mse = {.ins = 0x22, .p1 = 0xc1, .p2 = 0xa4, .data = lw_strbuf_span(&b)};
    int r = lw_channel_send(p->c, &mse, &a, why);
    if (r < 0 || a.sw == LW_SW_OK || (a.sw & 0xfff0) == 0x63c0) /* a warning: few tries left */
        return r;
    return lw_why_set(why, LW_EUNSUP, -1, "PACE: %s (%04X)", lw_sw_text(a.sw), a.sw);
}

/* 4.4.4.2: one object out (tag 0: none), the objects of the answer in. */
static int general_authenticate(struct run *p, const char *step, uint32_t tag, struct lw_span data,
                                struct lw_span *objects, struct lw_why *why)
{
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_answer a;
    if (tag)
        lw_tlv_put(&inner, tag, data);
    lw_tlv_put(&b, DYNAMIC_DATA, lw_strbuf_span(&inner));
    if (lw_strbuf_err(&inner) || lw_strbuf_err(&b))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for PACE");
    bool last = tag == TOKEN_IFD;
    int r =
        lw_channel_do(p->c, step,
                      &(struct lw_apdu){.cla = last ? 0x00 : 0x10,
                                        .ins = 0x86,
                                        .data = lw_strbuf_span(&b),
                                        .ne = b.n > 255 ? LW_APDU_NE_EXTENDED : LW_APDU_NE_SHORT},
                      &a, why);
    if (r == LW_OK)
        *objects = a.data;
    return r;
}

/* The object in an answer; LW_ENOTFOUND where there is none. */
static int find_object(struct lw_span answer, uint32_t tag, struct lw_span *out, const char *step,
                       struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv t;
    int e = lw_tlv_open(&r, answer, &limits, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&r, DYNAMIC_DATA, &t, why);
    if (e == LW_OK)
        e = lw_tlv_end(&r, why);
    if (e == LW_OK)
        e = lw_tlv_enter(&r, &t, &inside, why);
    if (e == LW_OK)
        e = lw_tlv_find(&inside, tag, &t, why);
    if (e < 0) {
        lw_why_prefix(why, "%s", step);
        return LW_EFORMAT;
    }
    if (e == 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "%s: object %02X is missing", step, tag);
    *out = t.value;
    return LW_OK;
}

static int ask(struct run *p, const char *step, uint32_t tag, struct lw_span data, uint32_t wanted,
               struct lw_span *out, struct lw_why *why)
{
    struct lw_span answer;
    int r = general_authenticate(p, step, tag, data, &answer, why);
    if (r == LW_OK)
        r = find_object(answer, wanted, out, step, why);
    return r == LW_ENOTFOUND ? LW_EFORMAT : r;
}

static int decrypt_nonce(struct run *p, const struct lw_password *password, struct lw_why *why)
{
    static const char step[] = "PACE nonce";
    enum lw_cipher c = p->info->cipher;
    struct lw_span z;
    uint8_t key[LW_CIPHER_KEY_MAX];
    int r = ask(p, step, 0, (struct lw_span){0}, NONCE, &z, why);
    if (r < 0)
        return r;
    bool exact = p->info->mapping == LW_PACE_INTEGRATED;
    if (z.n < 16 || z.n > NONCE_MAX || z.n % 16 != 0 || (exact && z.n != lw_map_nonce_bytes(c)))
        return lw_why_set(why, LW_EFORMAT, -1, "%s of %zu bytes", step, z.n);
    r = lw_kdf(c, lw_password_secret(password), COUNTER_PASSWORD, key);
    if (r == LW_OK)
        r = lw_cipher_decrypt(c, key, NULL, z, p->nonce);
    lw_wipe(key, sizeof(key));
    p->nonce_n = z.n;
    return r < 0 ? lw_why_set(why, r, -1, "%s cannot be decrypted", step) : LW_OK;
}

static int map_generic(struct run *p, struct lw_why *why)
{
    static const char step[] = "PACE mapping";
    struct lw_key_pair ours;
    struct lw_span theirs;
    int r = lw_group_make_key(p->group, p->random, &ours);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s: no key", step);
    r = ask(p, step, MAP_IFD, lw_number_span(&ours.public), MAP_IC, &theirs, why);
    if (r == LW_OK && (theirs.n > LW_NUMBER_MAX || lw_number_set(&p->map_ic, theirs) < 0))
        r = lw_why_set(why, LW_ELIMIT, -1, "%s: key of %zu bytes", step, theirs.n);
    if (r == LW_OK && theirs.n == ours.public.n &&
        memcmp(theirs.data, ours.public.bytes, theirs.n) == 0)
        r = lw_why_set(why, LW_ECRYPTO, -1, "%s: the chip sent our own key", step);
    if (r == LW_OK)
        r = lw_group_map_generic(&p->mapped, p->group, lw_number_span(&ours.secret),
                                 lw_number_span(&p->map_ic), (struct lw_span){p->nonce, p->nonce_n},
                                 why);
    lw_key_pair_wipe(&ours);
    return r;
}

/* The answer holds nothing: chips send an empty object, an empty template or no data at all. */
static int map_integrated(struct run *p, struct lw_why *why)
{
    static const char step[] = "PACE mapping";
    uint8_t t[LW_CIPHER_KEY_MAX];
    struct lw_span ours = {t, lw_cipher_key_bytes(p->info->cipher)}, answer, nothing;
    int r = lw_random_fill(p->random, t, ours.n);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s: no nonce", step);
    r = general_authenticate(p, step, MAP_IFD, ours, &answer, why);
    if (r == LW_OK && answer.n > 0)
        r = find_object(answer, MAP_IC, &nothing, step, why);
    if (r == LW_ENOTFOUND)
        r = LW_OK;
    if (r == LW_OK)
        r = lw_group_map_integrated(&p->mapped, p->group, p->info->cipher,
                                    (struct lw_span){p->nonce, p->nonce_n}, ours, why);
    return r;
}

static int agree(struct run *p, struct lw_why *why)
{
    static const char step[] = "PACE key agreement";
    struct lw_span theirs;
    struct lw_number shared;
    int r = lw_group_make_key(p->mapped, p->random, &p->key);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s: no key", step);
    r = ask(p, step, KEY_IFD, lw_number_span(&p->key.public), KEY_IC, &theirs, why);
    if (r < 0)
        return r;
    if (lw_number_set(&p->key_ic, theirs) < 0)
        return lw_why_set(why, LW_ELIMIT, -1, "%s: key of %zu bytes", step, theirs.n);
    if (theirs.n == p->key.public.n && memcmp(theirs.data, p->key.public.bytes, theirs.n) == 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "%s: the chip sent our own key", step);
    r = lw_group_agree(p->mapped, lw_number_span(&p->key.secret), lw_number_span(&p->key_ic),
                       &shared, why);
    if (r == LW_OK && (r = lw_sm_start(&p->sm, p->info->cipher, lw_number_span(&shared))) < 0)
        lw_why_set(why, r, -1, "%s: no session keys", step);
    lw_number_wipe(&shared);
    return r;
}

/* 4.4.3.4: the code over the other side's key as a public key object (9.4). */
static int token_of(const struct run *p, const struct lw_number *key, uint8_t out[LW_CIPHER_MAC])
{
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_tlv_put(&inner, 0x06, (struct lw_span){p->info->oid.bytes, p->info->oid.n});
    lw_tlv_put(&inner, p->info->curve ? 0x86 : 0x84, lw_number_span(key));
    lw_tlv_put(&b, 0x7f49, lw_strbuf_span(&inner));
    if (p->info->cipher == LW_CIPHER_3DES)
        lw_pad_put(&b, 8);
    if (lw_strbuf_err(&inner) || lw_strbuf_err(&b))
        return LW_ENOMEM;
    return lw_cipher_mac(p->info->cipher, p->sm.mac, lw_strbuf_span(&b), out);
}

/* Appendix I: CA_IC, encrypted with the start vector E(K, -1) and padded. */
static int decrypt_proof(const struct run *p, struct lw_span z, struct lw_pace_proof *proof,
                         struct lw_why *why)
{
    uint8_t ones[LW_CIPHER_BLOCK_MAX], iv[LW_CIPHER_BLOCK_MAX];
    enum lw_cipher c = p->info->cipher;
    memset(ones, 0xff, sizeof(ones));
    if (z.n == 0 || z.n > LW_NUMBER_MAX || z.n % LW_CIPHER_BLOCK_MAX != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "chip authentication data of %zu bytes", z.n);
    int r = lw_cipher_encrypt(c, p->sm.enc, NULL, (struct lw_span){ones, sizeof(ones)}, iv);
    if (r == LW_OK)
        r = lw_cipher_decrypt(c, p->sm.enc, iv, z, proof->data.bytes);
    if (r < 0)
        return lw_why_set(why, r, -1, "chip authentication data cannot be decrypted");
    if (lw_pad_strip((struct lw_span){proof->data.bytes, z.n}, LW_CIPHER_BLOCK_MAX,
                     &proof->data.n) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "padding of the chip authentication data is wrong");
    proof->mapping_key = p->map_ic;
    proof->parameter_id = (unsigned)p->info->parameter_id;
    return LW_OK;
}

static int authenticate(struct run *p, struct lw_pace_proof *proof, struct lw_why *why)
{
    static const char step[] = "PACE token";
    uint8_t ours[LW_CIPHER_MAC], want[LW_CIPHER_MAC];
    struct lw_span answer, theirs, data;
    int r = token_of(p, &p->key_ic, ours);
    if (r == LW_OK)
        r = token_of(p, &p->key.public, want);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s cannot be made", step);
    r = general_authenticate(p, step, TOKEN_IFD, (struct lw_span){ours, sizeof(ours)}, &answer,
                             why);
    if (r == LW_OK)
        r = find_object(answer, TOKEN_IC, &theirs, step, why);
    if (r < 0)
        return r == LW_ENOTFOUND ? LW_EFORMAT : r;
    if (theirs.n != LW_CIPHER_MAC || !lw_cipher_mac_equal(theirs.data, want))
        return lw_why_set(why, LW_ECRYPTO, -1, "%s of the chip is wrong", step);
    if (p->info->mapping != LW_PACE_CHIP || !proof)
        return LW_OK;
    r = find_object(answer, CA_DATA, &data, step, why);
    if (r == LW_OK)
        r = decrypt_proof(p, data, proof, why);
    return r == LW_ENOTFOUND ? LW_EFORMAT : r;
}

int lw_pace(struct lw_channel *c, const struct lw_secinfo *s, const struct lw_pace_info *info,
            const struct lw_password *password, const struct lw_random *random,
            struct lw_pace_proof *proof, struct lw_why *why)
{
    struct run p = {.c = c, .info = info, .random = random};
    int r = lw_group_standard(&p.group, (unsigned)info->parameter_id, why);
    if (r == LW_OK)
        r = set_template(&p, s, password, why);
    if (r == LW_OK)
        r = decrypt_nonce(&p, password, why);
    if (r == LW_OK)
        r = info->mapping == LW_PACE_INTEGRATED ? map_integrated(&p, why) : map_generic(&p, why);
    if (r == LW_OK)
        r = agree(&p, why);
    if (r == LW_OK)
        r = authenticate(&p, proof, why);
    if (r == LW_OK)
        lw_channel_secure(c, &p.sm);
    run_clear(&p);
    return r;
}
