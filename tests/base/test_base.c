#include "check.h"

#include <math.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/strbuf.h"

static struct lw_span text(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

static void cursor_never_passes_the_end(void **state)
{
    LW_UNUSED(state);
    struct lw_cursor c = lw_cursor_over(text("\x01\x02\x03"));
    uint16_t a = 0;
    uint32_t b = 77;
    CHECK(lw_cursor_be16(&c, &a) == LW_OK && a == 0x0102);
    CHECK(lw_cursor_be32(&c, &b) == LW_ETRUNC && b == 77 && c.pos == 2);
    struct lw_span s;
    CHECK(lw_cursor_take(&c, SIZE_MAX, &s) == LW_ETRUNC);
    CHECK(lw_cursor_take(&c, 1, &s) == LW_OK && s.data[0] == 3);
    CHECK(lw_cursor_left(&c) == 0);
    CHECK(lw_cursor_seek(&c, 3) == LW_OK && lw_cursor_seek(&c, 4) == LW_ETRUNC);
}

static void time_is_printed_as_it_was_read(void **state)
{
    LW_UNUSED(state);
    int64_t us = 0;
    char out[LW_TIME_TEXT];
    CHECK(lw_time_parse("2026-01-31T08:15:00.125Z", &us) == LW_OK);
    lw_time_print(out, us);
    assert_string_equal(out, "2026-01-31T08:15:00.125Z");
    CHECK(lw_time_parse("1970-01-01T00:00:00Z", &us) == LW_OK && us == 0);
}

static void impossible_times_are_refused(void **state)
{
    LW_UNUSED(state);
    static const char *const bad[] = {"",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:00:60Z",
                                      "2026-01-01T00:00:00",
                                      "2026-01-01T00:00:00+01:00",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00.1234567Z",
                                      "2026-01-01 00:00:00Z",
                                      "2026-01-01T00:00:00Zx"};
    int64_t us = 5;
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK(lw_time_parse(bad[i], &us) == LW_EFORMAT && us == 5);
}

static void ulid_of_the_specification_is_printed(void **state)
{
    LW_UNUSED(state);
    /* 1469918176385 ms is the example of the ULID specification: "01ARYZ6S41..." */
    const uint8_t random[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    char out[LW_ULID_TEXT];
    lw_ulid_print(out, INT64_C(1469918176385000), random);
    assert_string_equal(out, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
    CHECK(lw_ulid_valid(out) && !lw_ulid_valid("81ARYZ6S41ZZZZZZZZZZZZZZZZ"));
    CHECK(!lw_ulid_valid("01ARYZ6S41ZZZZZZZZZZZZZZZ") && !lw_ulid_valid(""));
}

static void duplicate_keys_and_trailing_bytes_are_refused_with_their_place(void **state)
{
    LW_UNUSED(state);
    struct lw_json_doc *doc = NULL;
    struct lw_why why = {0};
    CHECK(lw_json_parse(&doc, text("{\"a\":1,\"a\":2}"), &why) == LW_EFORMAT);
    CHECK(why.offset > 0 && strstr(why.text, "line 1"));
    CHECK(lw_json_parse(&doc, text("{} x"), &why) == LW_EFORMAT);
    CHECK(doc == NULL);
}

static void unknown_keys_are_named(void **state)
{
    LW_UNUSED(state);
    static const char *const known[] = {"a", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_why why = {0};
    CHECK(lw_json_parse(&doc, text("{\"a\":1,\"zebra\":2}"), &why) == LW_OK);
    CHECK(lw_json_only(lw_json_root(doc), known, "thing", &why) == LW_EFORMAT);
    assert_string_equal(why.text, "thing: unknown key \"zebra\"");
}

static void strings_are_escaped_and_bad_utf8_is_replaced(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_json_put_string(&b, "a\"\\\n\x01\xc3\xa9\xff\xe2\x82");
    assert_string_equal(lw_strbuf_peek(&b),
                        "\"a\\\"\\\\\\n\\u0001\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void numbers_read_back_as_written(void **state)
{
    LW_UNUSED(state);
    static const float some[] = {0.1f, 1.0f / 3.0f, 3.4e38f, 0.0f, -12.5f};
    for (size_t i = 0; i < LW_COUNT(some); i++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        lw_json_put_float(&b, some[i]);
        CHECK(strtof(lw_strbuf_peek(&b), NULL) == some[i]);
    }
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_json_put_float(&b, NAN);
    assert_string_equal(lw_strbuf_peek(&b), "null");
}

static void base64_is_that_of_rfc_4648(void **state)
{
    LW_UNUSED(state);
    static const char *const pairs[][2] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < LW_COUNT(pairs); i++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        lw_strbuf_put_base64(&b, text(pairs[i][0]));
        assert_string_equal(lw_strbuf_peek(&b), pairs[i][1]);
    }
}

static void paths_that_leave_the_folder_are_refused(void **state)
{
    LW_UNUSED(state);
    static const char *const bad[] = {"", "/etc/passwd", "..", "a/../b", "./a", "a//b", "a/.."};
    struct lw_why why = {0};
    char *p = NULL;
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK(lw_path_join("dir", bad[i], &p, &why) == LW_EFORMAT && p == NULL);
    CHECK(lw_path_join("dir", "a/b.jpg", &p, &why) == LW_OK);
    assert_string_equal(p, "dir/a/b.jpg");
    free(p);
}

static void a_file_is_read_whole_or_refused(void **state)
{
    LW_UNUSED(state);
    char dir[] = "/tmp/lw-base-XXXXXX";
    CHECK(mkdtemp(dir) != NULL);
    char path[64];
    snprintf(path, sizeof(path), "%s/f", dir);
    struct lw_why why = {0};
    uint8_t *data = NULL;
    size_t n = 0;
    CHECK(lw_file_write(path, text("hello"), &why) == LW_OK);
    CHECK(lw_file_read(path, 4, &data, &n, &why) == LW_ELIMIT && data == NULL);
    CHECK(lw_file_read(path, 5, &data, &n, &why) == LW_OK && n == 5 && !memcmp(data, "hello", 6));
    free(data);
    CHECK(lw_file_read(dir, 5, &data, &n, &why) == LW_EIO);
    struct lw_names names = {0};
    CHECK(lw_names_list(&names, dir, 10, &why) == LW_OK && names.n == 1); /* no temporary left */
    lw_names_clear(&names);
    unlink(path);
    CHECK(lw_file_read(path, 5, &data, &n, &why) == LW_ENOTFOUND);
    rmdir(dir);
}

static int count_piece(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    ((unsigned char *)ctx)[i]++;
    return i == 700 || i == 900 ? LW_EIO : LW_OK;
}

static void every_piece_is_worked_on_once_and_a_failure_stops(void **state)
{
    LW_UNUSED(state);
    unsigned char seen[1000] = {0};
    CHECK(lw_parallel(600, 4, count_piece, seen) == LW_OK);
    for (size_t i = 0; i < 600; i++)
        CHECK(seen[i] == 1);
    CHECK(lw_parallel(1000, 3, count_piece, seen) == LW_EIO);
    CHECK(lw_parallel(0, 3, count_piece, seen) == LW_OK);
}

static void random_numbers_are_the_published_sequence(void **state)
{
    LW_UNUSED(state);
    /* xoshiro256++ with state 1, 2, 3, 4: first values of the reference implementation. */
    struct lw_rng r = {{1, 2, 3, 4}};
    CHECK(lw_rng_u64(&r) == UINT64_C(41943041));
    CHECK(lw_rng_u64(&r) == UINT64_C(58720359));
    CHECK(lw_rng_u64(&r) == UINT64_C(3588806011781223));
    for (int i = 0; i < 1000; i++)
        CHECK(lw_rng_below(&r, 7) < 7);
}

static void messages_stay_on_one_line(void **state)
{
    LW_UNUSED(state);
    struct lw_why why = {0};
    CHECK(lw_why_set(&why, LW_EFORMAT, 3, "bad \"%s\"", "a\nb\x1b") == LW_EFORMAT);
    assert_string_equal(why.text, "bad \"a?b?\"");
    lw_why_prefix(&why, "file");
    assert_string_equal(why.text, "file: bad \"a?b?\"");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cursor_never_passes_the_end),
    cmocka_unit_test(time_is_printed_as_it_was_read),
    cmocka_unit_test(impossible_times_are_refused),
    cmocka_unit_test(ulid_of_the_specification_is_printed),
    cmocka_unit_test(duplicate_keys_and_trailing_bytes_are_refused_with_their_place),
    cmocka_unit_test(unknown_keys_are_named),
    cmocka_unit_test(strings_are_escaped_and_bad_utf8_is_replaced),
    cmocka_unit_test(numbers_read_back_as_written),
    cmocka_unit_test(base64_is_that_of_rfc_4648),
    cmocka_unit_test(paths_that_leave_the_folder_are_refused),
    cmocka_unit_test(a_file_is_read_whole_or_refused),
    cmocka_unit_test(every_piece_is_worked_on_once_and_a_failure_stops),
    cmocka_unit_test(random_numbers_are_the_published_sequence),
    cmocka_unit_test(messages_stay_on_one_line),
};
RUN_TESTS(tests)
