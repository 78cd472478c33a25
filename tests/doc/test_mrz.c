#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "doc/mrz.h"

#define TD3_UPPER "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
#define TD3_LOWER "L898902C36UTO7408122F1204159ZE184226B<<<<<10"

static struct lw_span span(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

static int64_t day(const char *date)
{
    char text[32];
    int64_t us = 0;
    snprintf(text, sizeof(text), "%sT00:00:00Z", date);
    CHECK(lw_time_parse(text, &us) == LW_OK);
    return us;
}

static struct lw_mrz parsed(const char *text)
{
    struct lw_mrz m;
    CHECK(lw_mrz_parse(&m, span(text), day("2026-01-31"), NULL) == LW_OK);
    return m;
}

static bool has(const struct lw_mrz *m, enum lw_mrz_field field, enum lw_mrz_rule rule)
{
    for (size_t i = 0; i < m->n_findings; i++)
        if (m->findings[i].field == field && m->findings[i].rule == rule)
            return true;
    return false;
}

/* Doc 9303-3, appendix A: the five worked examples. */
static void worked_examples_of_part_3_give_their_digits(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *text;
        char digit;
    } cases[] = {
        {"520727", '3'},
        {"AB2134<<<", '5'},
        {"HA672242<658022549601086<<<<<<<<<<<<<<0", '8'},
        {"D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<<", '2'},
        {"HA672242<658022549601086<<<<<<<", '8'},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++)
        CHECK(lw_mrz_check_digit(cases[i].text, strlen(cases[i].text)) == cases[i].digit);
    CHECK(lw_mrz_check_digit("AB?", 3) == '\0' && lw_mrz_check_digit("ab", 2) == '\0');
}

/* Every text of the folder gives the JSON beside it; bad_* ones have a finding, others none. */
static void golden_files_give_their_json(void **state)
{
    LW_UNUSED(state);
    const char *dir = "tests/golden/mrz";
    struct lw_names names = {0};
    size_t done = 0;
    CHECK(lw_names_list(&names, dir, 1000, NULL) == LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        char path[256], *dot = strrchr(names.v[i], '.');
        if (!dot || strcmp(dot, ".txt") != 0)
            continue;
        LW_AUTO_MEM(uint8_t) text = NULL;
        LW_AUTO_MEM(uint8_t) json = NULL;
        LW_AUTO_STRBUF out = LW_STRBUF_INIT;
        size_t n = 0, json_n = 0, wrong = 0;
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        CHECK(lw_file_read(path, LW_MIB, &text, &n, NULL) == LW_OK);
        snprintf(path, sizeof(path), "%s/%.*s.json", dir, (int)(dot - names.v[i]), names.v[i]);
        CHECK(lw_file_read(path, LW_MIB, &json, &json_n, NULL) == LW_OK);
        struct lw_mrz_reader r =
            lw_mrz_reader_over((struct lw_span){.data = text, .n = n}, day("2026-01-31"));
        struct lw_mrz m;
        while (lw_mrz_next(&r, &m, NULL) > 0) {
            lw_mrz_put_json(&out, &m);
            wrong += !lw_mrz_ok(&m);
        }
        assert_string_equal(lw_strbuf_peek(&out), (const char *)json);
        CHECK((wrong > 0) == (strncmp(names.v[i], "bad_", 4) == 0));
        done++;
    }
    lw_names_clear(&names);
    CHECK(done >= 60);
}

/* Specimens that states publish, as other readers have them in their tests. */
static void public_specimens_are_accepted(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n = 0, done = 0;
    struct lw_mrz m;
    CHECK(lw_file_read("tests/golden/mrz-specimens.txt", LW_MIB, &text, &n, NULL) == LW_OK);
    struct lw_mrz_reader r =
        lw_mrz_reader_over((struct lw_span){.data = text, .n = n}, day("2026-01-31"));
    for (; lw_mrz_next(&r, &m, NULL) > 0; done++) {
        if (!lw_mrz_ok(&m))
            print_message("# %zu: %s %s\n", r.n, lw_mrz_field_name(m.findings[0].field),
                          lw_mrz_rule_name(m.findings[0].rule));
        CHECK(lw_mrz_ok(&m));
    }
    CHECK(done > 100);
}

static void a_finding_names_the_byte_and_the_right_digit(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz m = parsed("\xef\xbb\xbf\n  " TD3_UPPER " \r\n L898902C37UTO7408122F1204159"
                             "ZE184226B<<<<<10");
    CHECK(m.n_findings == 2);
    CHECK(m.findings[0].field == LW_MRZ_DOCUMENT_NUMBER && m.findings[0].expected == '6');
    CHECK(m.findings[0].line == 2 && m.findings[0].column == 10);
    CHECK(m.findings[0].offset == 3 + 1 + 2 + 44 + 3 + 1 + 9);
    CHECK(m.findings[1].field == LW_MRZ_COMPOSITE);
}

static void century_of_a_birth_is_the_only_one_that_fits_a_living_holder(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *today, *birth, *iso;
    } cases[] = {
        {"2026-01-31", "740812", "1974-08-12"},
        {"2026-01-31", "260201", "1926-02-01"}, /* 2026 would be tomorrow */
        {"2026-01-31", "260131", ""},           /* born today, or 100 years old */
        {"2026-01-31", "160131", ""},           /* 10 or 110 */
        {"2026-01-31", "160130", "2016-01-30"}, /* 110 years and a day is too old */
        {"2026-01-31", "000229", "2000-02-29"}, /* 1900 was no leap year */
        {"1999-12-31", "000229", ""},
        {"2101-01-01", "000229", "2000-02-29"},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct lw_mrz m;
        char lower[] = TD3_LOWER;
        memcpy(lower + 13, cases[i].birth, 6);
        char text[128];
        snprintf(text, sizeof(text), TD3_UPPER "\n%s", lower);
        CHECK(lw_mrz_parse(&m, span(text), day(cases[i].today), NULL) == LW_OK);
        assert_string_equal(m.birth_date_iso, cases[i].iso);
        assert_string_equal(m.birth_date, cases[i].birth);
    }
}

static void century_of_an_expiry_is_the_nearest_one(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *today, *expiry, *iso;
    } cases[] = {
        {"2026-01-31", "360415", "2036-04-15"}, {"2026-01-31", "120415", "2012-04-15"},
        {"2026-01-31", "760130", "2076-01-30"}, {"2026-01-31", "760131", "1976-01-31"},
        {"1995-06-01", "050601", "2005-06-01"}, {"2026-01-31", "<<<<<<", ""},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct lw_mrz m;
        char lower[] = TD3_LOWER;
        memcpy(lower + 21, cases[i].expiry, 6);
        char text[128];
        snprintf(text, sizeof(text), TD3_UPPER "\n%s", lower);
        CHECK(lw_mrz_parse(&m, span(text), day(cases[i].today), NULL) == LW_OK);
        assert_string_equal(m.expiry_date_iso, cases[i].iso);
    }
}

static void names_that_fill_their_field_may_be_cut(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz m = parsed("P<UTOPAPANDROPOULOUS<<JONATHOON<ALEC<<<<<<<<\n" TD3_LOWER);
    CHECK(lw_mrz_ok(&m) && !m.names_truncated);
    m = parsed("P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K\n" TD3_LOWER);
    CHECK(lw_mrz_ok(&m) && m.names_truncated);
    assert_string_equal(m.given_names, "CHAYAPA DEJTHAMRONG K");
}

/* Russian internal passports: letters without a Latin twin are written as digits. */
static void digits_in_names_are_read_where_the_issuer_means_letters(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz m = parsed("PNRUSERIKSSON3<<ANNA<MAR8A<<<<<<<<<<<<<<<<<<\n" TD3_LOWER);
    CHECK(lw_mrz_ok(&m));
    assert_string_equal(m.surname, "ERIKSSON3");
    m = parsed("P<RUSERIKSSON3<<ANNA<MARIA<<<<<<<<<<<<<<<<<<\n" TD3_LOWER);
    CHECK(has(&m, LW_MRZ_SURNAME, LW_MRZ_ALPHABET));
}

static void a_text_that_is_none_is_a_fault_with_its_byte(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz m;
    struct lw_why why;
    CHECK(lw_mrz_parse(&m, span(""), 0, &why) == LW_EFORMAT);
    CHECK(lw_mrz_parse(&m, span(" \r\n\t\n"), 0, &why) == LW_EFORMAT);
    CHECK(lw_mrz_parse(&m, (struct lw_span){(const uint8_t *)"P<\0", 3}, 0, &why) == LW_EFORMAT);
    CHECK(why.offset == 2);
    static const char much[5000] = {'A'};
    CHECK(lw_mrz_parse(&m, (struct lw_span){(const uint8_t *)much, 5000}, 0, &why) == LW_ELIMIT);
}

static void a_text_with_too_many_mrzs_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz m;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    for (size_t i = 0; i < LW_MRZ_COUNT_MAX + 1; i++)
        lw_strbuf_puts(&b, TD3_UPPER "\n" TD3_LOWER "\n");
    struct lw_mrz_reader r = lw_mrz_reader_over(lw_strbuf_span(&b), 0);
    int got = 0;
    while ((got = lw_mrz_next(&r, &m, NULL)) > 0)
        CHECK(r.n <= LW_MRZ_COUNT_MAX && lw_mrz_ok(&m));
    CHECK(got == LW_ELIMIT);
}

static void made_td1_and_td2_continue_long_numbers(void **state)
{
    LW_UNUSED(state);
    const struct lw_mrz_holder h = {.document_code = "I",
                                    .issuing_state = "UTO",
                                    .surname = "STEVENSON",
                                    .given_names = "PETER JOHN",
                                    .document_number = "D23145890734",
                                    .nationality = "UTO",
                                    .birth_date = "340712",
                                    .expiry_date = "950712",
                                    .sex = 'M'};
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    size_t n = 0;
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD1, &h, NULL) == LW_OK && n == 3);
    assert_string_equal(lines[0], "I<UTOD23145890<7349<<<<<<<<<<<");
    assert_string_equal(lines[1], "3407127M9507122UTO<<<<<<<<<<<2");
    assert_string_equal(lines[2], "STEVENSON<<PETER<JOHN<<<<<<<<<");
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD2, &h, NULL) == LW_OK && n == 2);
    assert_string_equal(lines[0], "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<");
    assert_string_equal(lines[1], "D23145890<UTO3407127M95071227349<<<8");
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD3, &h, NULL) == LW_EINVAL);
}

static void names_are_made_as_part_3_writes_them(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_holder h = {.document_code = "P",
                              .issuing_state = "UTO",
                              .surname = "D'ARTAGNAN",
                              .given_names = "MARIE-ELISE ANNA",
                              .document_number = "L898902C3",
                              .nationality = "UTO",
                              .birth_date = "740812",
                              .expiry_date = "120415",
                              .sex = 'F',
                              .optional_data = "ZE184226B"};
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    size_t n = 0;
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD3, &h, NULL) == LW_OK && n == 2);
    assert_string_equal(lines[0], "P<UTODARTAGNAN<<MARIE<ELISE<ANNA<<<<<<<<<<<<");
    assert_string_equal(lines[1], TD3_LOWER);
    h.given_names = "M\xc3\x89LISE";
    struct lw_why why;
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD3, &h, &why) == LW_EINVAL);
    CHECK(strstr(why.text, "given_names") != NULL);
}

static const enum lw_mrz_format formats[] = {LW_MRZ_TD1, LW_MRZ_TD2, LW_MRZ_TD3, LW_MRZ_MRV_A,
                                             LW_MRZ_MRV_B};

static size_t make_random(char text[160], enum lw_mrz_format format, struct lw_rng *r)
{
    char number[16], optional[9], birth[8], expiry[8];
    snprintf(number, sizeof(number), "%c%08u", 'A' + (char)lw_rng_below(r, 26),
             lw_rng_below(r, 100000000));
    snprintf(optional, sizeof(optional), "%c%u", 'A' + (char)lw_rng_below(r, 26),
             lw_rng_below(r, 1000000));
    snprintf(birth, sizeof(birth), "%02u%02u%02u", lw_rng_below(r, 100) % 100,
             1 + lw_rng_below(r, 12) % 12, 1 + lw_rng_below(r, 28) % 28);
    snprintf(expiry, sizeof(expiry), "%02u%02u%02u", lw_rng_below(r, 100) % 100,
             1 + lw_rng_below(r, 12) % 12, 1 + lw_rng_below(r, 28) % 28);
    const bool visa = format == LW_MRZ_MRV_A || format == LW_MRZ_MRV_B;
    const struct lw_mrz_holder h = {.document_code = visa                   ? "V"
                                                     : format == LW_MRZ_TD3 ? "P"
                                                                            : "I",
                                    .issuing_state = "UTO",
                                    .surname = "ERIKSSON",
                                    .given_names = "ANNA MARIA",
                                    .document_number = number,
                                    .nationality = "UTO",
                                    .birth_date = birth,
                                    .expiry_date = expiry,
                                    .sex = 'F',
                                    .optional_data = optional};
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    size_t n = 0;
    CHECK(lw_mrz_make(lines, &n, format, &h, NULL) == LW_OK);
    snprintf(text, 160, "%s\n%s\n%s", lines[0], lines[1], n == 3 ? lines[2] : "");
    return strlen(text);
}

/* Change each digit of the data lines in turn: 7, 3 and 1 have no factor in common with 10, so a
 * check digit cannot miss it. Nothing covers the optional data of visas. */
static void every_changed_digit_that_a_check_covers_is_noticed(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(9303);
    for (size_t i = 0; i < 50 * LW_COUNT(formats); i++) {
        const enum lw_mrz_format format = formats[i % LW_COUNT(formats)];
        char text[160];
        const size_t n = make_random(text, format, &rng);
        struct lw_mrz m = parsed(text);
        CHECK(m.format == format && lw_mrz_ok(&m));
        const bool visa = format == LW_MRZ_MRV_A || format == LW_MRZ_MRV_B;
        const size_t columns = strcspn(text, "\n");
        for (size_t k = 0; k < n; k++) {
            if (text[k] < '0' || text[k] > '9' || (visa && k >= columns + 1 + 28))
                continue;
            const char was = text[k];
            text[k] = (char)('0' + (was - '0' + 1 + (int)lw_rng_below(&rng, 9)) % 10);
            m = parsed(text);
            CHECK(!lw_mrz_ok(&m));
            bool digit_named = false;
            for (size_t j = 0; j < m.n_findings; j++)
                digit_named |= m.findings[j].rule == LW_MRZ_CHECK_DIGIT;
            CHECK(digit_named);
            text[k] = was;
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(worked_examples_of_part_3_give_their_digits),
    cmocka_unit_test(golden_files_give_their_json),
    cmocka_unit_test(public_specimens_are_accepted),
    cmocka_unit_test(a_finding_names_the_byte_and_the_right_digit),
    cmocka_unit_test(century_of_a_birth_is_the_only_one_that_fits_a_living_holder),
    cmocka_unit_test(century_of_an_expiry_is_the_nearest_one),
    cmocka_unit_test(names_that_fill_their_field_may_be_cut),
    cmocka_unit_test(digits_in_names_are_read_where_the_issuer_means_letters),
    cmocka_unit_test(a_text_that_is_none_is_a_fault_with_its_byte),
    cmocka_unit_test(a_text_with_too_many_mrzs_is_refused),
    cmocka_unit_test(made_td1_and_td2_continue_long_numbers),
    cmocka_unit_test(names_are_made_as_part_3_writes_them),
    cmocka_unit_test(every_changed_digit_that_a_check_covers_is_noticed),
};
RUN_TESTS(tests)
