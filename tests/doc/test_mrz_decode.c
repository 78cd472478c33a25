/* What check digits decide, on probabilities written by hand; and the network on drawings. */
#include "check.h"

#include <math.h>

#include "doc/mrz_decode.h"
#include "drawing.h"

static const char *const td3[] = {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                  "L898902C36UTO7408122F1204159ZE184226B<<<<<10"};

static void be_sure(float log_p[LW_OCRB_CLASSES], char c)
{
    for (int g = 0; g < LW_OCRB_CLASSES; g++)
        log_p[g] = logf(0.02f / LW_OCRB_CLASSES); /* as softened targets teach it */
    log_p[lw_ocrb_glyph(c)] = logf(0.98f);
}

/* The picture leaves two characters, with these chances. */
static void doubt(float log_p[LW_OCRB_CLASSES], char a, float p, char b)
{
    be_sure(log_p, a);
    log_p[lw_ocrb_glyph(a)] = logf(p);
    log_p[lw_ocrb_glyph(b)] = logf(0.98f - p);
}

static struct lw_mrz_zone sure_zone(void)
{
    struct lw_mrz_zone z = {.lines = 2, .columns = 44};
    for (size_t l = 0; l < 2; l++)
        for (size_t c = 0; c < 44; c++)
            be_sure(z.log_p[l][c], td3[l][c]);
    return z;
}

static struct lw_mrz_reading decode(const struct lw_mrz_zone *z)
{
    struct lw_mrz_reading r;
    CHECK(lw_mrz_decode(&r, z, 1769817600000000) == LW_OK);
    return r;
}

static void what_is_plain_is_taken_as_it_is(void **state)
{
    LW_UNUSED(state);
    const struct lw_mrz_zone z = sure_zone();
    const struct lw_mrz_reading r = decode(&z);
    assert_string_equal(r.lines[0], td3[0]);
    assert_string_equal(r.lines[1], td3[1]);
    CHECK(lw_mrz_ok(&r.mrz) && r.n_corrected == 0);
    for (int f = LW_MRZ_DOCUMENT_CODE; f <= LW_MRZ_OPTIONAL_DATA; f++)
        CHECK(r.confidence[f] > 0.99f);
}

static void a_doubtful_character_gives_way_to_the_check_digit(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_zone z = sure_zone();
    doubt(z.log_p[1][1], 'B', 0.9f, '8');
    doubt(z.log_p[1][5], 'O', 0.95f, '0');
    const struct lw_mrz_reading r = decode(&z);
    assert_string_equal(r.lines[1], td3[1]);
    CHECK(lw_mrz_ok(&r.mrz) && r.n_corrected == 2);
    CHECK(r.corrected[0].line == 2 && r.corrected[0].column == 2 && r.corrected[0].read == 'B' &&
          r.corrected[0].used == '8');
    CHECK(r.corrected[1].column == 6 && r.corrected[1].used == '0');
}

static void letters_do_not_stand_in_dates_nor_digits_in_names(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_zone z = sure_zone();
    be_sure(z.log_p[1][14], 'A'); /* 740812 with an A for the 4: no twin, so it stays */
    be_sure(z.log_p[0][7], '1');  /* ERIKSSON with a 1 for its I */
    be_sure(z.log_p[0][10], '5'); /* and a 5 for an S */
    struct lw_mrz_reading r = decode(&z);
    assert_string_equal(r.lines[0], td3[0]);
    CHECK(r.n_corrected == 2 && r.lines[1][14] == 'A');
    CHECK(r.mrz.n_findings > 0 && r.mrz.findings[0].rule == LW_MRZ_ALPHABET &&
          r.mrz.findings[0].field == LW_MRZ_BIRTH_DATE);
}

static void plain_wrong_digits_are_kept_and_found(void **state)
{
    LW_UNUSED(state);
    for (size_t c = 0; c < 28; c++) {
        struct lw_mrz_zone z = sure_zone();
        const char printed = td3[1][c];
        if (printed < '0' || printed > '9')
            continue;
        be_sure(z.log_p[1][c], printed == '9' ? '4' : (char)(printed + 1));
        const struct lw_mrz_reading r = decode(&z);
        CHECK(r.n_corrected == 0 && r.lines[1][c] != printed);
        CHECK(r.mrz.n_findings >= 1);
    }
}

static void confidence_falls_with_doubt_and_rises_with_a_fitting_digit(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_zone z = sure_zone();
    doubt(z.log_p[0][7], 'I', 0.6f, 'T');  /* a name has no check digit */
    doubt(z.log_p[1][13], '7', 0.6f, '1'); /* a date has one */
    const struct lw_mrz_reading r = decode(&z);
    CHECK(r.confidence[LW_MRZ_SURNAME] > 0.5f && r.confidence[LW_MRZ_SURNAME] < 0.8f);
    CHECK(r.confidence[LW_MRZ_BIRTH_DATE] > 0.99f);
    CHECK(r.confidence[LW_MRZ_EXPIRY_DATE] > 0.99f);
}

static void the_format_follows_from_lines_columns_and_first_characters(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_zone z = sure_zone();
    CHECK(decode(&z).mrz.format == LW_MRZ_TD3);
    be_sure(z.log_p[0][0], 'V');
    CHECK(decode(&z).mrz.format == LW_MRZ_MRV_A);
    z.columns = 36;
    CHECK(decode(&z).mrz.format == LW_MRZ_MRV_B);
    be_sure(z.log_p[0][0], 'I');
    CHECK(decode(&z).mrz.format == LW_MRZ_TD2);
    for (size_t i = 0; i < 5; i++)
        be_sure(z.log_p[0][i], "IDFRA"[i]);
    CHECK(decode(&z).mrz.format == LW_MRZ_ID_FRA);
    z.columns = 30;
    z.lines = 3;
    for (size_t c = 0; c < 30; c++)
        be_sure(z.log_p[2][c], '<');
    CHECK(decode(&z).mrz.format == LW_MRZ_TD1);
}

static void the_network_reads_drawings_that_it_never_saw(void **state)
{
    LW_UNUSED(state);
    enum { N = 2000, RIGHT_LEAST = 1850 }; /* 96 %, and a tenth of them show no character */
    struct lw_rng rng = lw_rng_seed(4711);
    int right = 0;
    for (int i = 0; i < N; i++) {
        float log_p[LW_OCRB_CLASSES], sum = 0;
        struct sample s;
        int best = 0;
        sample_draw(&s, &rng);
        lw_ocrb_classify(log_p, s.patch);
        for (int g = 0; g < LW_OCRB_CLASSES; g++) {
            sum += expf(log_p[g]);
            best = log_p[g] > log_p[best] ? g : best;
        }
        CHECK(fabsf(sum - 1) < 1e-3f);
        right += best == s.label;
    }
    CHECK(right >= RIGHT_LEAST);
}

static void glyphs_and_characters_are_each_other_s_inverse(void **state)
{
    LW_UNUSED(state);
    for (int g = 0; g < LW_OCRB_GLYPHS; g++)
        CHECK(lw_ocrb_glyph(lw_ocrb_char(g)) == g);
    CHECK(lw_ocrb_glyph('a') == -1 && lw_ocrb_glyph('>') == -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_plain_is_taken_as_it_is),
    cmocka_unit_test(a_doubtful_character_gives_way_to_the_check_digit),
    cmocka_unit_test(letters_do_not_stand_in_dates_nor_digits_in_names),
    cmocka_unit_test(plain_wrong_digits_are_kept_and_found),
    cmocka_unit_test(confidence_falls_with_doubt_and_rises_with_a_fitting_digit),
    cmocka_unit_test(the_format_follows_from_lines_columns_and_first_characters),
    cmocka_unit_test(the_network_reads_drawings_that_it_never_saw),
    cmocka_unit_test(glyphs_and_characters_are_each_other_s_inverse),
};
RUN_TESTS(tests)
