/* A group's own list: its forms, its signature, its time, and that it is taken once. */
#include "app/run.h"

#include "base/file.h"
#include "doc/manifest_priv.h"
#include "hex.h"

static const int64_t issued_s = 1795000000; /* 2026-11-18 */

static struct lw_signer signer(uint8_t first)
{
    struct lw_signer s;
    uint8_t seed[LW_SIGN_SEED] = {first};
    CHECK(lw_signer_init(&s, seed) == LW_OK);
    return s;
}

static struct lw_manifest example(void)
{
    return (struct lw_manifest){.issued_s = issued_s,
                                .expires_s = issued_s + 24 * 3600,
                                .nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
                                .people = 3,
                                .n_documents = 2,
                                .documents = {{"UTO", "L898902C3"}, {"D", "C01X00T47"}}};
}

static struct lw_manifest signed_example(void)
{
    struct lw_manifest m = example();
    const struct lw_signer key = signer(1);
    CHECK(lw_manifest_sign(&m, &key, NULL) == LW_OK);
    return m;
}

static int64_t hours(int n)
{
    return (issued_s + n * 3600) * 1000000;
}

static bool same(const struct lw_manifest *a, const struct lw_manifest *b)
{
    LW_AUTO_STRBUF x = LW_STRBUF_INIT;
    LW_AUTO_STRBUF y = LW_STRBUF_INIT;
    lw_manifest_put_json(&x, a);
    lw_manifest_put_json(&y, b);
    return strcmp(lw_strbuf_peek(&x), lw_strbuf_peek(&y)) == 0;
}

static void both_forms_say_the_same(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest m = signed_example();
    struct lw_manifest from_json, from_code;
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF code = LW_STRBUF_INIT;
    lw_manifest_put_json(&json, &m);
    lw_manifest_put_code(&code, &m);
    CHECK(lw_manifest_parse(&from_json, lw_strbuf_span(&json), NULL) == LW_OK);
    CHECK(lw_manifest_parse(&from_code, lw_strbuf_span(&code), NULL) == LW_OK);
    CHECK(same(&m, &from_json) && same(&m, &from_code));
    CHECK(lw_manifest_signed(&from_json) && lw_manifest_signed(&from_code));
    CHECK(strspn(lw_strbuf_peek(&code), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:1") == code.n);
    assert_string_equal(m.id, "01M7Q5CQG0041061050R3GG28A"); /* as in docs/formats/manifest.md */
}

/* The example of docs/formats/manifest.md; texts in C40 by the formula of Doc 9303-13 2.6. */
static void what_is_signed_is_what_the_format_says(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest m = signed_example();
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_manifest_put_signed(&b, &m, NULL) == LW_OK);
    const struct lw_span head = {(const uint8_t *)b.s, b.n - LW_SIGN_PUBLIC};
    check_hex(head, "4c574d 01 6afd86c0 6afed840 0102030405060708090a 03 02 "
                    "d9c5 09 9e2e 4d0d 2808 6abc 09 64a6 e7e5 cf8c");
    CHECK(memcmp(b.s + head.n, m.public_key, LW_SIGN_PUBLIC) == 0);
    CHECK(lw_sign_good(m.public_key, lw_strbuf_span(&b), m.signature));
}

static void ten_people_with_long_numbers_fit_one_code(void **state)
{
    LW_UNUSED(state);
    struct lw_manifest m = example();
    const struct lw_signer key = signer(1);
    LW_AUTO_STRBUF code = LW_STRBUF_INIT;
    m.n_documents = LW_MANIFEST_PEOPLE_MAX;
    m.people = LW_MANIFEST_PEOPLE_MAX;
    for (size_t i = 0; i < m.n_documents; i++) {
        snprintf(m.documents[i].issuing_state, 4, "UTO");
        snprintf(m.documents[i].number, LW_MANIFEST_NUMBER, "%024zu", i);
    }
    CHECK(lw_manifest_sign(&m, &key, NULL) == LW_OK);
    lw_manifest_put_code(&code, &m);
    CHECK(code.n <= 600); /* letters and digits of a code of version 15, level M */
}

static void rules_are_named_before_signing(void **state)
{
    LW_UNUSED(state);
    const struct lw_signer key = signer(1);
    struct lw_why why;
    struct lw_manifest all[8];
    static const char *const places[] = {
        "people",        "people",        "expires",    "expires",
        "documents[1]:", "documents[1]:", "documents:", "documents[0]:"};
    for (size_t i = 0; i < LW_COUNT(all); i++)
        all[i] = example();
    all[0].people = 1;
    all[1].people = 11;
    all[2].expires_s = issued_s;
    all[3].expires_s = issued_s + 73 * 3600;
    all[4].documents[1] = all[4].documents[0];
    all[5].documents[1].number[2] = '<';
    all[6].n_documents = 0;
    all[7].documents[0].issuing_state[0] = 'u';
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        CHECK(lw_manifest_sign(&all[i], &key, &why) == LW_EINVAL);
        CHECK(strncmp(why.text, places[i], strlen(places[i])) == 0);
    }
}

static void no_changed_bit_of_a_code_goes_unnoticed(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest m = signed_example();
    LW_AUTO_STRBUF code = LW_STRBUF_INIT;
    lw_manifest_put_code(&code, &m);
    for (size_t bit = 0; bit < 8 * code.n; bit++) {
        struct lw_manifest changed;
        code.s[bit / 8] ^= (char)(1 << bit % 8);
        CHECK(lw_manifest_parse(&changed, lw_strbuf_span(&code), NULL) < 0 ||
              !lw_manifest_signed(&changed));
        code.s[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void its_time_and_its_signer_are_checked(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest m = signed_example();
    const struct lw_signer other = signer(2);
    uint8_t keys[2 * LW_SIGN_PUBLIC];
    memcpy(keys, other.public_key, LW_SIGN_PUBLIC);
    memcpy(keys + LW_SIGN_PUBLIC, m.public_key, LW_SIGN_PUBLIC);
    CHECK(lw_manifest_check(&m, NULL, 0, hours(1)) == 0);
    CHECK(lw_manifest_check(&m, NULL, 0, hours(24) - 1) == 0);
    CHECK(lw_manifest_check(&m, NULL, 0, hours(24)) == 1u << LW_MANIFEST_EXPIRED);
    CHECK(lw_manifest_check(&m, NULL, 0, hours(0) - 299000000) == 0); /* clocks differ */
    CHECK(lw_manifest_check(&m, NULL, 0, hours(-1)) == 1u << LW_MANIFEST_NOT_YET);
    CHECK(lw_manifest_check(&m, keys, 1, hours(1)) == 1u << LW_MANIFEST_SIGNER);
    CHECK(lw_manifest_check(&m, keys, 2, hours(1)) == 0);
    struct lw_manifest changed = m;
    changed.people = 4;
    CHECK(lw_manifest_check(&changed, NULL, 0, hours(1)) == 1u << LW_MANIFEST_SIGNATURE);
    memcpy(changed.public_key, other.public_key, LW_SIGN_PUBLIC);
    CHECK(lw_manifest_check(&changed, NULL, 0, hours(1)) == 1u << LW_MANIFEST_SIGNATURE);
}

static struct lw_manifest numbered(unsigned i)
{
    struct lw_manifest m = example();
    const struct lw_signer key = signer(1);
    m.nonce[0] = (uint8_t)i;
    m.nonce[1] = (uint8_t)(i >> 8);
    CHECK(lw_manifest_sign(&m, &key, NULL) == LW_OK);
    return m;
}

static void a_list_is_taken_once(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest one = numbered(1), two = numbered(2);
    char dir[32], path[64];
    bool again = true;
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/seen", dir);
    CHECK(lw_manifest_remember(path, &one, "x1", hours(1), &again, NULL) == LW_OK && !again);
    CHECK(lw_manifest_remember(path, &two, "x2", hours(1), &again, NULL) == LW_OK && !again);
    /* the same crossing may be looked at again, another may not */
    CHECK(lw_manifest_remember(path, &one, "x1", hours(2), &again, NULL) == LW_OK && !again);
    CHECK(lw_manifest_remember(path, &one, "x2", hours(2), &again, NULL) == LW_OK && again);
    CHECK(lw_manifest_remember(path, &one, "", hours(2), &again, NULL) == LW_OK && again);
    /* another key makes another list, even with the same id */
    struct lw_manifest other = one;
    const struct lw_signer key = signer(2);
    CHECK(lw_manifest_sign(&other, &key, NULL) == LW_OK);
    CHECK(lw_manifest_remember(path, &other, "x3", hours(2), &again, NULL) == LW_OK && !again);
    temp_remove(dir);
}

static size_t lines_in(const char *path)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0, lines = 0;
    CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
    for (size_t i = 0; i < n; i++)
        lines += data[i] == '\n';
    return lines;
}

static void what_has_expired_is_forgotten(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest one = numbered(1);
    struct lw_manifest late = numbered(2);
    const struct lw_signer key = signer(1);
    char dir[32], path[64];
    bool again;
    late.issued_s += 40 * 3600;
    late.expires_s += 40 * 3600;
    CHECK(lw_manifest_sign(&late, &key, NULL) == LW_OK);
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/seen", dir);
    CHECK(lw_manifest_remember(path, &one, "x1", hours(1), &again, NULL) == LW_OK);
    CHECK(lw_manifest_remember(path, &late, "x2", hours(41), &again, NULL) == LW_OK && !again);
    CHECK(lines_in(path) == 1);
    temp_remove(dir);
}

static void a_spoilt_memory_is_refused_and_left_alone(void **state)
{
    LW_UNUSED(state);
    const struct lw_manifest m = numbered(1);
    static const char cut[] = "01M84WAQ5R8Q3Y3FEYD1ZG9X3J 856db0ed0d503e84 "
                              "2026-11-24T18:57:39Z x1"; /* its end is missing */
    static const char *const bad[] = {"hello\n", "01KAS8\n", "\n", cut};
    char dir[32], path[64];
    struct lw_why why;
    bool again;
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/seen", dir);
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        LW_AUTO_MEM(uint8_t) data = NULL;
        size_t n = 0;
        temp_write(dir, "seen", bad[i], strlen(bad[i]));
        CHECK(lw_manifest_remember(path, &m, "x1", hours(1), &again, &why) == LW_EFORMAT);
        CHECK(strncmp(why.text, "line 1: ", 8) == 0);
        CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
        CHECK(n == strlen(bad[i]) && memcmp(data, bad[i], n) == 0);
    }
    temp_remove(dir);
}

/* Several programs present the same twenty lists: each is taken by one of them. */
static void programs_at_once_take_each_list_once(void **state)
{
    LW_UNUSED(state);
    enum { PROGRAMS = 4, LISTS = 20 };
    char dir[32], path[64];
    int taken[2];
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/seen", dir);
    CHECK(pipe(taken) == 0);
    fflush(stdout);
    for (int p = 0; p < PROGRAMS; p++)
        if (fork() == 0) {
            char name[8];
            snprintf(name, sizeof(name), "x%d", p);
            for (unsigned i = 0; i < LISTS; i++) {
                const struct lw_manifest m = numbered(i);
                bool again = true;
                if (lw_manifest_remember(path, &m, name, hours(1), &again, NULL) < 0)
                    _exit(1);
                if (!again && write(taken[1], "x", 1) != 1)
                    _exit(1);
            }
            _exit(0);
        }
    close(taken[1]);
    size_t n = 0;
    for (char c; read(taken[0], &c, 1) == 1;)
        n++;
    close(taken[0]);
    for (int p = 0; p < PROGRAMS; p++) {
        int status = -1;
        CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(n == LISTS && lines_in(path) == LISTS);
    temp_remove(dir);
}

static void golden_files_are_taken_or_refused_as_their_names_say(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/manifest";
    struct lw_names names = {0};
    size_t good = 0, bad = 0;
    CHECK(lw_names_list(&names, dir, 1000, NULL) == LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        LW_AUTO_MEM(char) path = NULL;
        LW_AUTO_MEM(uint8_t) data = NULL;
        struct lw_manifest m;
        size_t n = 0;
        CHECK(lw_path_join(dir, names.v[i], &path, NULL) == LW_OK);
        CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
        const bool taken = lw_manifest_parse(&m, (struct lw_span){data, n}, NULL) == LW_OK &&
                           lw_manifest_signed(&m);
        const bool wanted = strncmp(names.v[i], "bad_", 4) != 0;
        if (taken != wanted)
            print_message("%s\n", names.v[i]);
        CHECK(taken == wanted);
        good += wanted;
        bad += !wanted;
    }
    CHECK(good >= 6 && bad >= 35);
    lw_names_clear(&names);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(both_forms_say_the_same),
    cmocka_unit_test(what_is_signed_is_what_the_format_says),
    cmocka_unit_test(ten_people_with_long_numbers_fit_one_code),
    cmocka_unit_test(rules_are_named_before_signing),
    cmocka_unit_test(no_changed_bit_of_a_code_goes_unnoticed),
    cmocka_unit_test(its_time_and_its_signer_are_checked),
    cmocka_unit_test(a_list_is_taken_once),
    cmocka_unit_test(what_has_expired_is_forgotten),
    cmocka_unit_test(a_spoilt_memory_is_refused_and_left_alone),
    cmocka_unit_test(programs_at_once_take_each_list_once),
    cmocka_unit_test(golden_files_are_taken_or_refused_as_their_names_say),
};
RUN_TESTS(tests)
