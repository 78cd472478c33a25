#include "store/receipt.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "crypt/digest.h"
#include "crypt/hex.h"

#define HEAD "{\"format\":\"lanewise-receipt\",\"version\":1,"

/* Letters and digits, upper case: what people type is not what is printed. */
static void plain(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; *text && n + 1 < cap; text++) {
        const char c = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    out[n] = '\0';
}

/* A document's number could be guessed: the digest is slow, and the salt makes it another one on
 * each receipt. */
static int refer(uint8_t out[LW_RECEIPT_DIGEST], const uint8_t salt[LW_RECEIPT_SALT],
                 const char *issuer, const char *number)
{
    char i[32], n[64], text[128];
    plain(i, sizeof(i), issuer);
    plain(n, sizeof(n), number);
    const int len = snprintf(text, sizeof(text), "lanewise-receipt-1 %s %s", i, n);
    return lw_slow_digest(out, (struct lw_span){(const uint8_t *)text, (size_t)len},
                          (struct lw_span){salt, LW_RECEIPT_SALT}, LW_RECEIPT_ITERATIONS);
}

static const char *word(bool yes)
{
    return yes ? "true" : "false";
}

/* Everything before the signature. */
static int print_body(struct lw_strbuf *b, const struct lw_receipt *r)
{
    char utc[LW_TIME_TEXT], salt[2 * LW_RECEIPT_SALT + 1], digest[2 * LW_RECEIPT_DIGEST + 1],
        key[2 * LW_SIGN_PUBLIC + 1];
    lw_time_print(utc, r->utc_us);
    lw_hex_print(salt, (struct lw_span){r->salt, sizeof(r->salt)});
    lw_hex_print(digest, (struct lw_span){r->digest, sizeof(r->digest)});
    lw_hex_print(key, (struct lw_span){r->public_key, sizeof(r->public_key)});
    lw_strbuf_printf(b, HEAD "\"id\":\"%s\",\"place\":", r->id);
    lw_json_put_string(b, r->place);
    lw_strbuf_printf(b,
                     ",\"direction\":\"%s\",\"utc\":\"%s\",\"outcome\":\"%s\",\"authentic\":%s,"
                     "\"synthetic\":%s,\"document\":{\"salt\":\"%s\",\"digest\":\"%s\"},"
                     "\"public_key\":\"%s\"",
                     lw_direction_name(r->direction), utc, r->verified ? "verified" : "referral",
                     word(r->authentic), word(r->synthetic), salt, digest, key);
    return lw_strbuf_err(b);
}

int lw_receipt_issue(struct lw_strbuf *out, struct lw_receipt *r, struct lw_keys *keys,
                     const char *issuer, const char *number, struct lw_why *why)
{
    uint8_t random[10];
    if (!*issuer || !*number || !*r->place)
        return lw_why_set(why, LW_EINVAL, -1, "a receipt needs a place and a document's number");
    memcpy(r->public_key, keys->public_key, sizeof(r->public_key));
    if (lw_random_bytes(random, sizeof(random)) < 0 ||
        lw_random_bytes(r->salt, sizeof(r->salt)) < 0 ||
        refer(r->digest, r->salt, issuer, number) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    lw_ulid_print(r->id, r->utc_us, random);
    if (print_body(out, r) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_signed_finish(out, keys, why);
}

static bool take_text(const struct lw_json *o, const char *key, char *out, size_t cap)
{
    const char *s = lw_json_string(lw_json_get(o, key));
    if (!s || strlen(s) >= cap)
        return false;
    snprintf(out, cap, "%s", s);
    return true;
}

static bool take_bool(const struct lw_json *o, const char *key, bool *out)
{
    const struct lw_json *v = lw_json_get(o, key);
    *out = v && lw_json_bool(v);
    return v && lw_json_type(v) == LW_JSON_BOOL;
}

static bool take_hex(const struct lw_json *o, const char *key, uint8_t *out, size_t n)
{
    const char *s = lw_json_string(lw_json_get(o, key));
    return s && lw_hex_parse(out, n, s) == LW_OK;
}

static bool take_word(const struct lw_json *o, const char *key, const char *one, const char *two,
                      bool *second)
{
    const char *s = lw_json_string(lw_json_get(o, key));
    *second = s && strcmp(s, two) == 0;
    return s && (*second || strcmp(s, one) == 0);
}

static bool take_all(struct lw_receipt *r, const struct lw_json *o)
{
    char utc[LW_TIME_TEXT];
    bool outbound = false;
    const struct lw_json *document = lw_json_get(o, "document");
    const bool good =
        take_text(o, "id", r->id, sizeof(r->id)) && lw_ulid_valid(r->id) &&
        take_text(o, "place", r->place, sizeof(r->place)) && r->place[0] &&
        take_word(o, "direction", "inbound", "outbound", &outbound) &&
        take_text(o, "utc", utc, sizeof(utc)) && lw_time_parse(utc, &r->utc_us) == LW_OK &&
        take_word(o, "outcome", "referral", "verified", &r->verified) &&
        take_bool(o, "authentic", &r->authentic) && take_bool(o, "synthetic", &r->synthetic) &&
        document && take_hex(document, "salt", r->salt, sizeof(r->salt)) &&
        take_hex(document, "digest", r->digest, sizeof(r->digest)) &&
        take_hex(o, "public_key", r->public_key, sizeof(r->public_key));
    r->direction = outbound ? LW_OUTBOUND : LW_INBOUND;
    return good;
}

/* One spelling: what is read must print as the same bytes. */
static bool parse(struct lw_receipt *r, struct lw_span text)
{
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_AUTO_STRBUF again = LW_STRBUF_INIT;
    return lw_json_parse(&doc, text, NULL) == LW_OK && take_all(r, lw_json_root(doc)) &&
           print_body(&again, r) == LW_OK && text.n > again.n &&
           memcmp(again.s, text.data, again.n) == 0;
}

int lw_receipt_check(struct lw_receipt *out, struct lw_span text,
                     const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_why *why)
{
    struct lw_receipt r = {.verified = false};
    if (text.n > LW_RECEIPT_BYTES_MAX || text.n < strlen(HEAD) ||
        memcmp(text.data, HEAD, strlen(HEAD)) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "is no receipt");
    if (!parse(&r, text))
        return lw_why_set(why, LW_ECRYPTO, -1, "was changed or cut");
    int e = lw_signed_check(text, HEAD, "receipt", public_key ? public_key : r.public_key, why);
    if (e == LW_EFORMAT)
        return lw_why_set(why, LW_ECRYPTO, -1, "was changed or cut");
    if (e == LW_OK)
        *out = r;
    return e;
}

int lw_receipt_names(const struct lw_receipt *r, const char *issuer, const char *number, bool *yes)
{
    uint8_t digest[LW_RECEIPT_DIGEST];
    int e = refer(digest, r->salt, issuer, number);
    if (e == LW_OK)
        *yes = memcmp(digest, r->digest, sizeof(digest)) == 0;
    return e;
}
