#include "check.h"

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "cam/impl.h"

/* One colour over a w x h frame of the format; y, u, v as coded. */
static AVFrame *plain(int format, int w, int h, int y, int u, int v)
{
    AVFrame *f = av_frame_alloc();
    f->format = format;
    f->width = w;
    f->height = h;
    CHECK(av_frame_get_buffer(f, 0) == 0);
    const int down = av_pix_fmt_desc_get((enum AVPixelFormat)format)->log2_chroma_h;
    for (int r = 0; r < h; r++)
        memset(f->data[0] + r * f->linesize[0], y, (size_t)w);
    for (int k = 1; k < 3; k++)
        for (int r = 0; f->data[k] && r < AV_CEIL_RSHIFT(h, down); r++)
            memset(f->data[k] + r * f->linesize[k], k == 1 ? u : v, (size_t)f->linesize[k]);
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

/* Faces in them would look narrow, or wide, to every network. */
static void pixels_that_are_not_square_are_stretched(void **state)
{
    LW_UNUSED(state);
    static const struct {
        int num, den, width, height;
    } shapes[] = {{4, 3, 85, 48},     {1, 2, 64, 96}, {0, 1, 64, 48},
                  {100, 101, 64, 48}, {9, 1, 64, 48}, {1, 1, 64, 48}};
    for (size_t i = 0; i < LW_COUNT(shapes); i++) {
        AVFrame *f = plain(AV_PIX_FMT_YUV420P, 64, 48, 235, 128, 128);
        struct lw_pixels p = {.sws = NULL};
        struct lw_image *im = NULL;
        f->sample_aspect_ratio = (AVRational){shapes[i].num, shapes[i].den};
        CHECK(lw_pixels_convert(&p, &im, f, lw_turn_of_matrix(NULL), NULL) == LW_OK);
        CHECK(im->width == shapes[i].width && im->height == shapes[i].height);
        CHECK(lw_image_crow(im, im->height - 1)[3 * im->width - 1] >= 253);
        lw_image_unref(&im);
        lw_pixels_clear(&p);
        av_frame_free(&f);
    }
}

/* Cameras give 10 bits, all of the colour, or none of it, too. */
static void deep_grey_and_full_colour_formats_are_read(void **state)
{
    LW_UNUSED(state);
    static const enum AVPixelFormat formats[] = {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                                                 AV_PIX_FMT_NV12};
    for (size_t i = 0; i < LW_COUNT(formats); i++)
        check_colour(plain(formats[i], 64, 48, 235, 128, 128), 255, 255, 255);
    check_colour(plain(AV_PIX_FMT_GRAY8, 64, 48, 235, 128, 128), 235, 235, 235); /* full range */
    AVFrame *f = plain(AV_PIX_FMT_YUV420P10LE, 64, 48, 0, 0, 0);
    for (int k = 0; k < 3; k++) /* 940 white, 512 no colour: ITU-R BT.709-6 table 4, 10 bits */
        for (int y = 0; y < (k ? 24 : 48); y++)
            for (int x = 0; x < (k ? 32 : 64); x++)
                ((uint16_t *)(void *)(f->data[k] + y * f->linesize[k]))[x] = k ? 512 : 940;
    check_colour(f, 255, 255, 255);
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
    cmocka_unit_test(pixels_that_are_not_square_are_stretched),
    cmocka_unit_test(deep_grey_and_full_colour_formats_are_read),
    cmocka_unit_test(matrices_name_quarter_turns_and_mirrors),
};
RUN_TESTS(tests)
