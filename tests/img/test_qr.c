#include "check.h"

#include "base/file.h"
#include "img/codec.h"
#include "img/qr.h"

static const char text[] = "LWM1:JRLU2ALLASGKG2YF3YRULR7BXXPGQ7YE6RZAIA6ZYUEZ4LSNBUUA";

/* ISO/IEC 18004 5.3.2.1: a ring around a square of three. */
static void check_finder(const struct lw_qr *q, int x0, int y0)
{
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 7; x++) {
            const int ring = lw_maxi(abs(x - 3), abs(y - 3));
            CHECK(lw_qr_dark(q, x0 + x, y0 + y) == (ring != 2));
        }
}

static void a_code_has_its_three_finders_and_its_timing(void **state)
{
    LW_UNUSED(state);
    struct lw_qr *q = NULL;
    CHECK(lw_qr_new(&q, text, NULL) == LW_OK);
    const int n = lw_qr_modules(q);
    CHECK(n >= 21 && n <= 177 && n % 4 == 1);
    check_finder(q, 0, 0);
    check_finder(q, n - 7, 0);
    check_finder(q, 0, n - 7);
    for (int i = 8; i < n - 8; i++)
        CHECK(lw_qr_dark(q, i, 6) == (i % 2 == 0) && lw_qr_dark(q, 6, i) == (i % 2 == 0));
    lw_qr_free(&q);
}

static void picture_and_drawing_show_the_modules(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF svg = LW_STRBUF_INIT;
    struct lw_qr *q = NULL;
    struct lw_image *im = NULL;
    CHECK(lw_qr_new(&q, text, NULL) == LW_OK);
    const int n = lw_qr_modules(q), side = n + 8;
    CHECK(lw_qr_image(&im, q, 3, NULL) == LW_OK);
    CHECK(im->width == 3 * side && im->height == 3 * side);
    lw_qr_put_svg(&svg, q);
    uint8_t *drawn = calloc((size_t)(side * side), 1);
    const char *at = strstr(lw_strbuf_peek(&svg), "<path d=\"");
    assert_non_null(drawn);
    assert_non_null(at);
    for (at += 9; *at == 'M';) {
        int x, y, run, back, used = 0;
        CHECK(sscanf(at, "M%d %dh%dv1h-%dz%n", &x, &y, &run, &back, &used) == 4 && run == back);
        for (int i = 0; i < run; i++)
            drawn[y * side + x + i] = 1;
        at += used;
    }
    for (int y = 0; y < 3 * side; y++)
        for (int x = 0; x < 3 * side; x++) {
            const int u = x / 3 - 4, v = y / 3 - 4;
            const bool dark = u >= 0 && v >= 0 && u < n && v < n && lw_qr_dark(q, u, v);
            CHECK(lw_image_row(im, y)[x] == (dark ? 0 : 255));
            CHECK(drawn[y / 3 * side + x / 3] == dark);
        }
    free(drawn);
    lw_image_unref(&im);
    lw_qr_free(&q);
}

/* By a reader of another origin, where there is one. */
static void another_reader_finds_the_text(void **state)
{
    LW_UNUSED(state);
    if (system("command -v zbarimg > /dev/null 2>&1") != 0) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "zbarimg is absent");
        skip();
    }
    char path[] = "/tmp/lw-qr-XXXXXX", command[200], line[1024] = "";
    struct lw_qr *q = NULL;
    struct lw_image *im = NULL;
    uint8_t *png = NULL;
    size_t n = 0;
    close(mkstemp(path));
    CHECK(lw_qr_new(&q, text, NULL) == LW_OK && lw_qr_image(&im, q, 4, NULL) == LW_OK);
    CHECK(lw_image_encode_png(im, &png, &n, NULL) == LW_OK);
    CHECK(lw_file_write(path, (struct lw_span){png, n}, NULL) == LW_OK);
    snprintf(command, sizeof(command), "zbarimg -q --raw PNG:%s 2> /dev/null", path);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    CHECK(fgets(line, sizeof(line), p) != NULL);
    pclose(p);
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, text);
    unlink(path);
    free(png);
    lw_image_unref(&im);
    lw_qr_free(&q);
}

static void too_much_for_a_code_is_refused(void **state)
{
    LW_UNUSED(state);
    static char long_text[5000];
    struct lw_qr *q = NULL;
    struct lw_image *im = NULL;
    struct lw_why why;
    memset(long_text, 'a', sizeof(long_text) - 1);
    CHECK(lw_qr_new(&q, long_text, &why) == LW_ELIMIT && !q);
    assert_string_equal(why.text, "no QR code holds 4999 characters");
    CHECK(lw_qr_new(&q, text, NULL) == LW_OK);
    CHECK(lw_qr_image(&im, q, 0, NULL) == LW_EINVAL && lw_qr_image(&im, q, 65, NULL) == LW_EINVAL);
    lw_qr_free(&q);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_code_has_its_three_finders_and_its_timing),
    cmocka_unit_test(picture_and_drawing_show_the_modules),
    cmocka_unit_test(another_reader_finds_the_text),
    cmocka_unit_test(too_much_for_a_code_is_refused),
};
RUN_TESTS(tests)
