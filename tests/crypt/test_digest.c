#include "check.h"

#include "crypt/digest.h"

static struct lw_span text(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

/* FIPS 180-4 examples published by NIST (SHA256.pdf) and the digest of the empty message. */
static void sha256_of_the_standards_examples_is_right(void **state)
{
    LW_UNUSED(state);
    char hex[LW_SHA256_HEX];
    CHECK(lw_sha256_hex(hex, text("abc")) == LW_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(lw_sha256_hex(hex, text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          LW_OK);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(lw_sha256_hex(hex, (struct lw_span){0}) == LW_OK);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void random_bytes_fill_the_whole_buffer_and_differ(void **state)
{
    LW_UNUSED(state);
    uint8_t a[1000] = {0}, b[1000] = {0};
    CHECK(lw_random_bytes(a, sizeof(a)) == LW_OK && lw_random_bytes(b, sizeof(b)) == LW_OK);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof(a); i++)
        zeros += a[i] == 0;
    CHECK(zeros < 40); /* about 4 are expected */
    CHECK(lw_random_bytes(a, 0) == LW_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sha256_of_the_standards_examples_is_right),
    cmocka_unit_test(random_bytes_fill_the_whole_buffer_and_differ),
};
RUN_TESTS(tests)
