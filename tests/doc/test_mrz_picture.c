/* Pictures of documents, drawn with fonts that the reader was not taught with. */
#include "check.h"

#include <math.h>

#include "base/file.h"
#include "doc/mrz_picture.h"
#include "img/codec.h"
#include "scene.h"

static const int64_t today_utc_us = 1769817600000000; /* 2026-01-31 */

static const struct scene_text specimen = {
    .n = 2,
    .lines = {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
              "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}};

static struct lw_mrz_reading read_scene(const struct scene *s, const struct scene_text *text,
                                        uint64_t seed)
{
    struct lw_mrz_picture_opts opts = LW_MRZ_PICTURE_DEFAULTS;
    struct lw_rng rng = lw_rng_seed(seed);
    struct lw_mrz_reading r;
    struct lw_image *im = NULL;
    struct lw_why why;
    uint8_t *bytes;
    size_t n;
    opts.today_utc_us = today_utc_us;
    opts.time_ns = 60 * LW_SEC; /* sanitizers are slow */
    if (scene_draw(&im, s, text, &rng, &why) < 0)
        fail_msg("%s (fonts-ocr-b and fonts-dejavu-core are in tools/packages.txt)", why.text);
    CHECK(scene_encode(&bytes, &n, im, s->jpeg, NULL) == LW_OK);
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, &opts, NULL) == LW_OK);
    lw_image_unref(&im);
    free(bytes);
    return r;
}

static bool reads(const struct lw_mrz_reading *r, const struct scene_text *text)
{
    bool same = r->found && r->n_lines == text->n;
    for (size_t l = 0; same && l < text->n; l++)
        same = strcmp(r->lines[l], text->lines[l]) == 0;
    if (!same)
        print_message("read %s / %s\n", r->lines[0], r->lines[1]);
    return same;
}

static bool finds(const struct lw_mrz_reading *r, enum lw_mrz_field field, enum lw_mrz_rule rule)
{
    for (size_t i = 0; i < r->mrz.n_findings; i++)
        if (r->mrz.findings[i].field == field && r->mrz.findings[i].rule == rule)
            return true;
    return false;
}

static void all_five_formats_are_read_from_pages(void **state)
{
    LW_UNUSED(state);
    for (enum lw_mrz_format f = LW_MRZ_TD1; f <= LW_MRZ_MRV_B; f++) {
        struct lw_rng rng = lw_rng_seed(100 + f);
        struct scene s = SCENE_DEFAULTS;
        struct scene_text text;
        s.around = SCENE_PAGE;
        scene_document(&text, f, &rng);
        const struct lw_mrz_reading r = read_scene(&s, &text, f);
        CHECK(reads(&r, &text) && lw_mrz_ok(&r.mrz) && r.mrz.format == f);
    }
}

static void fields_come_with_confidences(void **state)
{
    LW_UNUSED(state);
    const struct scene s = SCENE_DEFAULTS;
    const struct lw_mrz_reading r = read_scene(&s, &specimen, 1);
    CHECK(reads(&r, &specimen) && lw_mrz_ok(&r.mrz));
    assert_string_equal(r.mrz.surname, "ERIKSSON");
    assert_string_equal(r.mrz.birth_date_iso, "1974-08-12");
    for (int f = LW_MRZ_DOCUMENT_CODE; f <= LW_MRZ_OPTIONAL_DATA; f++)
        CHECK(r.confidence[f] > 0.9f && r.confidence[f] <= 1);
    CHECK(r.confidence[LW_MRZ_OPTIONAL_DATA_2] < 0); /* TD1 only */
}

static void any_rotation_is_read(void **state)
{
    LW_UNUSED(state);
    static const float turns[] = {90, 180, 270, -8, 8, 30, 45, 137, 213, 301};
    for (size_t i = 0; i < LW_COUNT(turns); i++) {
        struct scene s = SCENE_DEFAULTS;
        s.around = i % 2 ? SCENE_PAGE : SCENE_STRIP;
        s.turn_deg = turns[i];
        const struct lw_mrz_reading r = read_scene(&s, &specimen, i);
        CHECK(reads(&r, &specimen));
    }
}

static void corners_say_where_the_zone_stands(void **state)
{
    LW_UNUSED(state);
    struct scene s = SCENE_DEFAULTS; /* 49.2 x 7 pitches of 20 pixels, the zone from 2.4 to 46.4 */
    struct lw_mrz_reading r = read_scene(&s, &specimen, 1);
    CHECK(r.width == 984 && r.height == 140);
    CHECK(fabsf(r.corners[0].x - 48) < 8 && fabsf(r.corners[1].x - 928) < 8);
    CHECK(r.corners[0].y < r.corners[3].y && fabsf(r.corners[3].y - 114) < 6);
    s.turn_deg = 180;
    r = read_scene(&s, &specimen, 1);
    CHECK(fabsf(r.corners[0].x - 936) < 8 && r.corners[0].y > r.corners[3].y);
}

static void light_blur_tilt_and_compression_do_not_stop_it(void **state)
{
    LW_UNUSED(state);
    struct scene scenes[6];
    for (size_t i = 0; i < LW_COUNT(scenes); i++)
        scenes[i] = SCENE_DEFAULTS;
    scenes[0].shadow = 0.6f;
    scenes[1].uneven = 0.6f;
    scenes[2].blur_px = 1.8f;
    scenes[3].jpeg = 25;
    scenes[4].keystone = 0.1f;
    scenes[5].noise = 12;
    for (size_t i = 0; i < LW_COUNT(scenes); i++) {
        scenes[i].around = SCENE_PAGE;
        const struct lw_mrz_reading r = read_scene(&scenes[i], &specimen, i);
        CHECK(reads(&r, &specimen));
    }
}

static void small_and_large_print_is_read(void **state)
{
    LW_UNUSED(state);
    static const float pitches[] = {11, 14, 40, 70};
    for (size_t i = 0; i < LW_COUNT(pitches); i++) {
        struct scene s = SCENE_DEFAULTS;
        s.pitch_px = pitches[i];
        const struct lw_mrz_reading r = read_scene(&s, &specimen, i);
        CHECK(reads(&r, &specimen));
    }
}

static void other_cuts_and_spacings_of_the_script_are_read(void **state)
{
    LW_UNUSED(state);
    struct scene s = SCENE_DEFAULTS;
    s.font = SCENE_SHARP_FONT;
    s.spacing = 1.8f;
    s.height = 1.06f;
    struct lw_mrz_reading r = read_scene(&s, &specimen, 1);
    CHECK(reads(&r, &specimen));
    s.spacing = 3.5f;
    s.height = 0.94f;
    r = read_scene(&s, &specimen, 2);
    CHECK(reads(&r, &specimen));
}

static void a_zone_without_any_filler_is_found(void **state)
{
    LW_UNUSED(state);
    struct scene_text text;
    const struct lw_mrz_holder h = {.document_code = "PP",
                                    .issuing_state = "UTO",
                                    .surname = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQ",
                                    .document_number = "AB1234567",
                                    .nationality = "UTO",
                                    .birth_date = "740812",
                                    .expiry_date = "320415",
                                    .sex = 'F',
                                    .optional_data = "ZE184226BCDEFG"};
    CHECK(lw_mrz_make(text.lines, &text.n, LW_MRZ_TD3, &h, NULL) == LW_OK);
    CHECK(strchr(text.lines[0], '<') == NULL && strchr(text.lines[1], '<') == NULL);
    struct scene s = SCENE_DEFAULTS;
    s.around = SCENE_PAGE;
    const struct lw_mrz_reading r = read_scene(&s, &text, 1);
    CHECK(reads(&r, &text));
}

static void a_wrong_digit_that_is_plain_to_see_stays_a_finding(void **state)
{
    LW_UNUSED(state);
    struct scene_text text = specimen;
    text.lines[1][9] = '7'; /* check digit of the number: 6 */
    const struct scene s = SCENE_DEFAULTS;
    struct lw_mrz_reading r = read_scene(&s, &text, 1);
    CHECK(reads(&r, &text) && r.n_corrected == 0);
    CHECK(finds(&r, LW_MRZ_DOCUMENT_NUMBER, LW_MRZ_CHECK_DIGIT));
    CHECK(finds(&r, LW_MRZ_COMPOSITE, LW_MRZ_CHECK_DIGIT));
    text = specimen;
    text.lines[1][13] = '3'; /* a birth date of 1934 on a document for 1974 */
    text.lines[1][14] = '9';
    r = read_scene(&s, &text, 2);
    CHECK(reads(&r, &text) && finds(&r, LW_MRZ_BIRTH_DATE, LW_MRZ_CHECK_DIGIT));
}

static void letters_in_the_place_of_digits_are_corrected_and_said(void **state)
{
    LW_UNUSED(state);
    struct scene_text text = specimen;
    text.lines[1][15] = 'O'; /* 740812: a date has no letters */
    const struct scene s = SCENE_DEFAULTS;
    const struct lw_mrz_reading r = read_scene(&s, &text, 1);
    CHECK(reads(&r, &specimen) && lw_mrz_ok(&r.mrz));
    CHECK(r.n_corrected == 1 && r.corrected[0].line == 2 && r.corrected[0].column == 16);
    CHECK(r.corrected[0].read == 'O' && r.corrected[0].used == '0');
}

static void nothing_is_read_where_nothing_stands(void **state)
{
    LW_UNUSED(state);
    const struct scene_text none = {.n = 0};
    struct scene s = SCENE_DEFAULTS;
    s.around = SCENE_PAGE;
    for (uint64_t seed = 0; seed < 4; seed++) {
        s.turn_deg = 40 * (float)seed;
        const struct lw_mrz_reading r = read_scene(&s, &none, seed);
        CHECK(!r.found && r.n_lines == 0 && r.mrz.format == LW_MRZ_UNKNOWN);
        CHECK(r.mrz.n_findings == 1 && finds(&r, LW_MRZ_WHOLE, LW_MRZ_ABSENT));
    }
}

static void photographs_of_people_have_no_zone(void **state)
{
    LW_UNUSED(state);
    const char *photos = getenv("LW_TEST_PHOTOS");
    CHECK(photos != NULL);
    for (int i = 1; i <= 6; i++) {
        char path[512];
        struct lw_mrz_reading r;
        uint8_t *bytes;
        size_t n;
        snprintf(path, sizeof(path), "%s/sample%d.jpg", photos, i);
        CHECK(lw_file_read(path, LW_MRZ_PICTURE_BYTES_MAX, &bytes, &n, NULL) == LW_OK);
        CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, NULL, NULL) == LW_OK);
        CHECK(!r.found);
        free(bytes);
    }
}

static void blank_noisy_and_striped_pictures_have_no_zone(void **state)
{
    LW_UNUSED(state);
    static const int sides[][2] = {{1, 1}, {40, 2000}, {700, 500}};
    struct lw_rng rng = lw_rng_seed(7);
    for (size_t k = 0; k < LW_COUNT(sides); k++)
        for (int kind = 0; kind < 4; kind++) {
            struct lw_image *im = NULL;
            struct lw_mrz_reading r;
            CHECK(lw_image_new(&im, LW_PIX_GRAY8, sides[k][0], sides[k][1]) == LW_OK);
            for (int y = 0; y < im->height; y++)
                for (int x = 0; x < im->width; x++)
                    lw_image_row(im, y)[x] =
                        (uint8_t)(kind == 0   ? 255
                                  : kind == 1 ? lw_rng_below(&rng, 256)
                                  : kind == 2 ? 255 * (unsigned)((x / 8 + y / 8) % 2)
                                              : 255 * (unsigned)(x % 20 < 10 && y % 50 < 14));
            CHECK(lw_mrz_picture_read_image(&r, im, NULL, NULL) == LW_OK);
            CHECK(!r.found);
            lw_image_unref(&im);
        }
}

static void limits_and_broken_files_are_faults(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz_picture_opts opts = LW_MRZ_PICTURE_DEFAULTS;
    const struct scene s = SCENE_DEFAULTS;
    struct lw_rng rng = lw_rng_seed(1);
    struct lw_mrz_reading r;
    struct lw_image *im = NULL;
    struct lw_why why;
    uint8_t *bytes;
    size_t n;
    CHECK(scene_draw(&im, &s, &specimen, &rng, NULL) == LW_OK);
    CHECK(scene_encode(&bytes, &n, im, 90, NULL) == LW_OK);
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n / 2}, NULL, &why) == LW_ETRUNC);
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, 3}, NULL, &why) < 0);
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){(const uint8_t *)"text", 4}, NULL, &why) ==
          LW_EUNSUP);
    opts.max_side = 900;
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, &opts, &why) == LW_ELIMIT);
    CHECK(lw_mrz_picture_read_image(&r, im, &opts, &why) == LW_ELIMIT);
    opts.max_side = 1000;
    opts.max_pixels = 100;
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, &opts, &why) == LW_ELIMIT);
    opts.max_side = 1;
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, &opts, &why) == LW_EINVAL);
    opts = LW_MRZ_PICTURE_DEFAULTS;
    opts.time_ns = 0; /* no attempt at all */
    CHECK(lw_mrz_picture_read(&r, (struct lw_span){bytes, n}, &opts, &why) == LW_OK && !r.found);
    lw_image_unref(&im);
    free(bytes);
}

static void the_answer_is_the_contract_s_json_and_more(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    const struct scene s = SCENE_DEFAULTS;
    struct lw_mrz_reading r = read_scene(&s, &specimen, 1);
    lw_mrz_reading_put_json(&b, &r);
    CHECK(strncmp(b.s, "{\"format\": \"TD3\", \"ok\": true, \"fields\": {", 41) == 0);
    CHECK(strstr(b.s, "\"findings\": [], \"confidence\": {\"document_code\": ") != NULL);
    CHECK(strstr(b.s, "\"corrected\": [") != NULL && strstr(b.s, "}\n") == b.s + b.n - 2);
    lw_strbuf_clear(&b);
    lw_mrz_reading_put_card(&b, &r);
    CHECK(strstr(b.s, "all check digits are right") != NULL);
    CHECK(strstr(b.s, specimen.lines[1]) != NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_five_formats_are_read_from_pages),
    cmocka_unit_test(fields_come_with_confidences),
    cmocka_unit_test(any_rotation_is_read),
    cmocka_unit_test(corners_say_where_the_zone_stands),
    cmocka_unit_test(light_blur_tilt_and_compression_do_not_stop_it),
    cmocka_unit_test(small_and_large_print_is_read),
    cmocka_unit_test(other_cuts_and_spacings_of_the_script_are_read),
    cmocka_unit_test(a_zone_without_any_filler_is_found),
    cmocka_unit_test(a_wrong_digit_that_is_plain_to_see_stays_a_finding),
    cmocka_unit_test(letters_in_the_place_of_digits_are_corrected_and_said),
    cmocka_unit_test(nothing_is_read_where_nothing_stands),
    cmocka_unit_test(photographs_of_people_have_no_zone),
    cmocka_unit_test(blank_noisy_and_striped_pictures_have_no_zone),
    cmocka_unit_test(limits_and_broken_files_are_faults),
    cmocka_unit_test(the_answer_is_the_contract_s_json_and_more),
};
RUN_TESTS(tests)
