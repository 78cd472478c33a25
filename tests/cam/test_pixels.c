#include "check.h"

#include <libavutil/frame.h>

#include "cam/impl.h"

/* One colour over a w x h frame of the format; y, u, v as coded. */
static AVFrame *plain(int format, int w, int h, int y, int u, int v)
{
    AVFrame *f = av_frame_alloc();
    f->format = format;
    f->width = w;
    f->height = h;
    CHECK(av_frame_get_buffer(f, 0) == 0);
    const int cw = (w + 1) / 2, ch = (h + 1) / 2;
    for (int r = 0; r < h; r++)
        memset(f->data[0] + r * f->linesize[0], y, (size_t)w);
    for (int r = 0; r < ch; r++) {
        memset(f->data[1] + r * f->linesize[1], u, (size_t)cw);
        memset(f->data[2] + r * f->linesize[2], v, (size_t)cw);
    }
    return f;
}

static void check_colour(AVFrame *f, int r, int g, int b)
{
    struct lw_pixels p = {.sws = NULL};
    struct lw_image *im = NULL;
    CHECK(lw_pixels_convert(&p, &im, f, lw_turn_of_matrix(NULL), NULL) == LW_OK);
    const uint8_t *c = lw_image_crow(im, f->height / 2) + 3 * (f->width / 2);
    if (abs(c[0] - r) > 2 || abs(c[1] - g) > 2 || abs(c[2] - b) > 2)
        print_message("got %d %d %d, want %d %d %d\n", c[0], c[1], c[2], r, g, b);
    CHECK(abs(c[0] - r) <= 2 && abs(c[1] - g) <= 2 && abs(c[2] - b) <= 2);
    lw_image_unref(&im);
    lw_pixels_clear(&p);
    av_frame_free(&f);
}

/* Y'CbCr of pure red, 8 bits: ITU-R BT.601-7 and BT.709-6 matrices, limited range. */
static void the_matrix_is_that_of_the_tag_or_the_size(void **state)
{
    LW_UNUSED(state);
    AVFrame *f = plain(AV_PIX_FMT_YUV420P, 64, 48, 81, 90, 240);
    f->colorspace = AVCOL_SPC_SMPTE170M;
    check_colour(f, 254, 0, 0);
    f = plain(AV_PIX_FMT_YUV420P, 64, 48, 63, 102, 240);
    f->colorspace = AVCOL_SPC_BT709;
    check_colour(f, 255, 1, 0);
    check_colour(plain(AV_PIX_FMT_YUV420P, 64, 48, 81, 90, 240), 254, 0, 0);
    check_colour(plain(AV_PIX_FMT_YUV420P, 1280, 720, 63, 102, 240), 255, 1, 0);
}

static void full_and_limited_range_are_told_apart(void **state)
{
    LW_UNUSED(state);
    check_colour(plain(AV_PIX_FMT_YUV420P, 64, 48, 16, 128, 128), 0, 0, 0);
    check_colour(plain(AV_PIX_FMT_YUV420P, 64, 48, 235, 128, 128), 255, 255, 255);
    check_colour(plain(AV_PIX_FMT_YUVJ420P, 64, 48, 16, 128, 128), 16, 16, 16);
    AVFrame *f = plain(AV_PIX_FMT_YUV420P, 64, 48, 235, 128, 128);
    f->color_range = AVCOL_RANGE_JPEG;
    check_colour(f, 235, 235, 235);
}

static void odd_sizes_stay_inside_their_rows(void **state)
{
    LW_UNUSED(state);
    static const int sizes[][2] = {{17, 19}, {65, 33}, {63, 1}, {1, 1}, {333, 7}, {42, 42}};
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        AVFrame *f = plain(AV_PIX_FMT_YUV420P, sizes[i][0], sizes[i][1], 235, 128, 128);
        struct lw_pixels p = {.sws = NULL};
        struct lw_image *im = NULL;
        CHECK(lw_pixels_convert(&p, &im, f, lw_turn_of_matrix(NULL), NULL) == LW_OK);
        for (int y = 0; y < im->height; y++)
            for (int x = 0; x < 3 * im->width; x++)
                CHECK(lw_image_crow(im, y)[x] >= 253);
        lw_image_unref(&im);
        lw_pixels_clear(&p);
        av_frame_free(&f);
    }
}

static void matrices_name_quarter_turns_and_mirrors(void **state)
{
    LW_UNUSED(state);
    const int32_t one = 1 << 16, w = 1 << 30;
    const int32_t same[9] = {one, 0, 0, 0, one, 0, 0, 0, w};
    const int32_t right[9] = {0, one, 0, -one, 0, 0, 0, 0, w};
    const int32_t half[9] = {-one, 0, 0, 0, -one, 0, 0, 0, w};
    const int32_t mirror[9] = {-one, 0, 0, 0, one, 0, 0, 0, w};
    const int32_t nothing[9] = {0};
    CHECK(lw_turn_of_matrix(same).quarters == 0 && !lw_turn_of_matrix(same).mirror);
    CHECK(lw_turn_of_matrix(right).quarters == 1);
    CHECK(lw_turn_of_matrix(half).quarters == 2);
    CHECK(lw_turn_of_matrix(mirror).quarters == 0 && lw_turn_of_matrix(mirror).mirror);
    CHECK(lw_turn_of_matrix(nothing).quarters == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_matrix_is_that_of_the_tag_or_the_size),
    cmocka_unit_test(full_and_limited_range_are_told_apart),
    cmocka_unit_test(odd_sizes_stay_inside_their_rows),
    cmocka_unit_test(matrices_name_quarter_turns_and_mirrors),
};
RUN_TESTS(tests)
