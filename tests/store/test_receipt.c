#include "place.h"

#include "crypt/digest.h"
#include "crypt/hex.h"
#include "crypt/keyfile.h"
#include "store/receipt.h"

static struct lw_keys *open_keys(const struct place *p, const char *name)
{
    struct lw_keys *k = NULL;
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    CHECK(lw_keyfile_open(&k, path, true, NULL) == LW_OK);
    return k;
}

static void issue(struct lw_strbuf *b, struct lw_receipt *r, struct lw_keys *keys)
{
    *r = (struct lw_receipt){.place = "Port of Example",
                             .direction = LW_OUTBOUND,
                             .utc_us = utc_of("2026-01-31T08:15:00Z"),
                             .verified = true};
    CHECK(lw_receipt_issue(b, r, keys, "UTO", "L898902C3", NULL) == LW_OK);
}

static void a_receipt_says_where_when_and_how_and_is_about_one_document(void **state)
{
    LW_AUTO_KEYS keys = open_keys(*state, "a.keys");
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_receipt issued, read;
    bool yes = false;
    issue(&b, &issued, keys);
    CHECK(lw_receipt_check(&read, lw_strbuf_span(&b), keys->public_key, NULL) == LW_OK);
    assert_string_equal(read.place, "Port of Example");
    CHECK(read.direction == LW_OUTBOUND && read.utc_us == issued.utc_us && read.verified);
    CHECK(!read.authentic && !read.synthetic && lw_ulid_valid(read.id));
    CHECK(lw_receipt_names(&read, "UTO", "L898902C3", &yes) == LW_OK && yes);
    CHECK(lw_receipt_names(&read, "uto", "l898902c3<", &yes) == LW_OK && yes);
    CHECK(lw_receipt_names(&read, "UTO", "L898902C4", &yes) == LW_OK && !yes);
    CHECK(lw_receipt_names(&read, "D", "L898902C3", &yes) == LW_OK && !yes);
    CHECK(!strstr(lw_strbuf_peek(&b), "L898902C3"));
}

static void two_receipts_about_one_document_cannot_be_linked(void **state)
{
    LW_AUTO_KEYS keys = open_keys(*state, "a.keys");
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_receipt one, two;
    issue(&a, &one, keys);
    issue(&b, &two, keys);
    CHECK(memcmp(one.digest, two.digest, sizeof(one.digest)) != 0);
    CHECK(memcmp(one.salt, two.salt, sizeof(one.salt)) != 0 && strcmp(one.id, two.id) != 0);
}

static void every_changed_byte_and_every_cut_is_found(void **state)
{
    LW_AUTO_KEYS keys = open_keys(*state, "a.keys");
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_receipt r;
    size_t found = 0;
    issue(&b, &r, keys);
    for (size_t i = 0; i < b.n; i++) {
        b.s[i] ^= 1;
        found += lw_receipt_check(&r, lw_strbuf_span(&b), keys->public_key, NULL) < 0;
        b.s[i] ^= 1;
    }
    for (size_t n = 0; n < b.n; n++)
        found +=
            lw_receipt_check(&r, (struct lw_span){(uint8_t *)b.s, n}, keys->public_key, NULL) < 0;
    print_message("# %zu of %zu changes found\n", found, 2 * b.n);
    CHECK(found == 2 * b.n);
    CHECK(lw_receipt_check(&r, lw_strbuf_span(&b), keys->public_key, NULL) == LW_OK);
}

static void another_key_and_another_spelling_are_refused(void **state)
{
    LW_AUTO_KEYS keys = open_keys(*state, "a.keys");
    LW_AUTO_KEYS other = open_keys(*state, "b.keys");
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF spaced = LW_STRBUF_INIT;
    struct lw_receipt r;
    struct lw_why why = {0};
    issue(&b, &r, keys);
    CHECK(lw_receipt_check(&r, lw_strbuf_span(&b), other->public_key, &why) == LW_ECRYPTO);
    assert_string_equal(why.text, "was changed, or signed with another key");
    CHECK(lw_receipt_check(&r, lw_strbuf_span(&b), NULL, NULL) == LW_OK);
    lw_strbuf_puts(&spaced, "{\"format\":\"lanewise-receipt\",\"version\":1, ");
    lw_strbuf_puts(&spaced, strstr(lw_strbuf_peek(&b), "\"id\""));
    CHECK(lw_receipt_check(&r, lw_strbuf_span(&spaced), NULL, &why) == LW_ECRYPTO);
    assert_string_equal(why.text, "was changed or cut");
    CHECK(lw_receipt_check(&r, (struct lw_span){(const uint8_t *)"{}", 2}, NULL, &why) ==
          LW_EFORMAT);
    assert_string_equal(why.text, "is no receipt");
}

/* RFC 8032 signs, RFC 8018 digests: the page in the browser does the same with other libraries
 * (tests/app/test_receipt_page.c). Here: the vector of RFC 7914, section 11. */
static void the_slow_digest_is_pbkdf2(void **state)
{
    LW_UNUSED(state);
    uint8_t out[32];
    char hex[65];
    CHECK(lw_slow_digest(out, (struct lw_span){(const uint8_t *)"passwd", 6},
                         (struct lw_span){(const uint8_t *)"salt", 4}, 1) == LW_OK);
    lw_hex_print(hex, (struct lw_span){out, sizeof(out)});
    assert_string_equal(hex, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    CHECK(lw_slow_digest(out, (struct lw_span){(const uint8_t *)"a", 1},
                         (struct lw_span){(const uint8_t *)"b", 1}, 0) == LW_ECRYPTO);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_receipt_says_where_when_and_how_and_is_about_one_document),
    STORE_TEST(two_receipts_about_one_document_cannot_be_linked),
    STORE_TEST(every_changed_byte_and_every_cut_is_found),
    STORE_TEST(another_key_and_another_spelling_are_refused),
    STORE_TEST(the_slow_digest_is_pbkdf2),
};
RUN_TESTS(tests)
