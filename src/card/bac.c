#include "card/bac.h"

#include <string.h>

enum { RND = 8, SEED = 16, TOKEN = 2 * RND + SEED, CODED = TOKEN + LW_CIPHER_MAC };

/* E || M of one side (9303-11 4.3.3): 32 bytes encrypted, and the code over them. */
static int code_of(const struct lw_sm *keys, struct lw_span token, uint8_t out[LW_CIPHER_MAC])
{
    LW_AUTO_STRBUF padded = LW_STRBUF_INIT;
    lw_strbuf_put(&padded, token.data, token.n);
    lw_pad_put(&padded, 8);
    return lw_strbuf_err(&padded)
               ? LW_ENOMEM
               : lw_cipher_mac(LW_CIPHER_3DES, keys->mac, lw_strbuf_span(&padded), out);
}

static int make_request(const struct lw_sm *keys, const uint8_t s[TOKEN], uint8_t out[CODED])
{
    int r = lw_cipher_encrypt(LW_CIPHER_3DES, keys->enc, NULL, (struct lw_span){s, TOKEN}, out);
    return r < 0 ? r : code_of(keys, (struct lw_span){out, TOKEN}, out + TOKEN);
}

/* s: RND.IFD || RND.IC || K.IFD as sent; answer: E.IC || M.IC; seed: K.IFD xor K.IC. */
static int check_answer(const struct lw_sm *keys, const uint8_t s[TOKEN], struct lw_span answer,
                        uint8_t seed[SEED], struct lw_why *why)
{
    uint8_t plain[TOKEN], code[LW_CIPHER_MAC];
    if (answer.n != CODED)
        return lw_why_set(why, LW_EFORMAT, -1, "BAC: the chip answered %zu bytes instead of %d",
                          answer.n, CODED);
    int r = code_of(keys, (struct lw_span){answer.data, TOKEN}, code);
    if (r == LW_OK)
        r = lw_cipher_decrypt(LW_CIPHER_3DES, keys->enc, NULL, (struct lw_span){answer.data, TOKEN},
                              plain);
    if (r < 0)
        return lw_why_set(why, r, -1, "BAC: the answer cannot be decrypted");
    if (!lw_cipher_mac_equal(code, answer.data + TOKEN))
        return lw_why_set(why, LW_ECRYPTO, -1, "BAC: the code of the answer is wrong");
    if (memcmp(plain, s + RND, RND) != 0 || memcmp(plain + RND, s, RND) != 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "BAC: the answer is not to this challenge");
    for (size_t i = 0; i < SEED; i++)
        seed[i] = s[2 * RND + i] ^ plain[2 * RND + i];
    lw_wipe(plain, sizeof(plain));
    return LW_OK;
}

static int authenticate(struct lw_channel *c, const struct lw_sm *keys, const uint8_t s[TOKEN],
                        struct lw_sm *session, struct lw_why *why)
{
    uint8_t request[CODED], seed[SEED];
    struct lw_answer a;
    int r = make_request(keys, s, request);
    if (r < 0)
        return lw_why_set(why, r, -1, "BAC: the request cannot be made");
    r = lw_channel_do(
        c, "BAC", &(struct lw_apdu){.ins = 0x82, .data = {request, CODED}, .ne = CODED}, &a, why);
    if (r == LW_OK)
        r = check_answer(keys, s, a.data, seed, why);
    if (r == LW_OK && (r = lw_sm_start(session, LW_CIPHER_3DES, (struct lw_span){seed, SEED})) < 0)
        lw_why_set(why, r, -1, "BAC: no session keys");
    lw_wipe(seed, sizeof(seed));
    return r;
}

int lw_bac(struct lw_channel *c, const struct lw_password *password, const struct lw_random *random,
           struct lw_why *why)
{
    if (password->kind != LW_PASSWORD_MRZ)
        return lw_why_set(why, LW_EUNSUP, -1, "BAC needs the MRZ");
    struct lw_sm keys, session;
    uint8_t s[TOKEN]; /* RND.IFD || RND.IC || K.IFD */
    struct lw_answer a;
    int r =
        lw_channel_do(c, "challenge for BAC", &(struct lw_apdu){.ins = 0x84, .ne = RND}, &a, why);
    if (r < 0)
        return r;
    if (a.data.n != RND)
        return lw_why_set(why, LW_EFORMAT, -1, "BAC: a challenge of %zu bytes", a.data.n);
    memcpy(s + RND, a.data.data, RND);
    struct lw_span secret = lw_password_secret(password);
    secret.n = SEED;
    if ((r = lw_random_fill(random, s, RND)) < 0 ||
        (r = lw_random_fill(random, s + 2 * RND, SEED)) < 0 ||
        (r = lw_sm_start(&keys, LW_CIPHER_3DES, secret)) < 0)
        return lw_why_set(why, r, -1, "BAC: no keys");
    r = authenticate(c, &keys, s, &session, why);
    if (r == LW_OK) {
        memcpy(session.ssc, s + RND + 4, 4);
        memcpy(session.ssc + 4, s + 4, 4);
        lw_channel_secure(c, &session);
    }
    lw_sm_wipe(&keys);
    lw_sm_wipe(&session);
    lw_wipe(s, sizeof(s));
    return r;
}
