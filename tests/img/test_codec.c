#include "check.h"

#include <png.h>
#include <turbojpeg.h>

#include "base/file.h"
#include "img/codec.h"
#include "img/geom.h"
#include "img/pictures.h"

struct coded {
    uint8_t *data;
    size_t n;
};

static struct lw_span span(const struct coded *c)
{
    return (struct lw_span){.data = c->data, .n = c->n};
}

static struct coded jpeg_of(const struct lw_image *im, int quality)
{
    struct coded c = {0};
    CHECK(lw_image_encode_jpeg(im, quality, &c.data, &c.n, NULL) == LW_OK);
    return c;
}

static struct coded png_of(const struct lw_image *im)
{
    struct coded c = {0};
    CHECK(lw_image_encode_png(im, &c.data, &c.n, NULL) == LW_OK);
    return c;
}

/* Where the 2-byte marker stands; the test fails when it does not. */
static size_t find_marker(const struct coded *c, uint8_t code)
{
    for (size_t i = 0; i + 1 < c->n; i++)
        if (c->data[i] == 0xff && c->data[i + 1] == code)
            return i;
    fail_msg("no marker %02X", code);
    return 0;
}

static void insert(struct coded *c, size_t at, const void *bytes, size_t n)
{
    c->data = realloc(c->data, c->n + n);
    CHECK(c->data != NULL);
    memmove(c->data + at + n, c->data + at, c->n - at);
    memcpy(c->data + at, bytes, n);
    c->n += n;
}

static void set_jpeg_size(struct coded *c, unsigned width, unsigned height)
{
    uint8_t *sof = c->data + find_marker(c, 0xc0);
    sof[5] = (uint8_t)(height >> 8);
    sof[6] = (uint8_t)height;
    sof[7] = (uint8_t)(width >> 8);
    sof[8] = (uint8_t)width;
}

static int decode_code(struct lw_span bytes, const struct lw_decode_opts *opts, struct lw_why *why)
{
    struct lw_image *im = NULL;
    int r = lw_image_decode(&im, bytes, opts, why);
    CHECK((r == LW_OK) == (im != NULL));
    lw_image_unref(&im);
    return r;
}

static void png_gives_back_every_byte(void **state)
{
    LW_UNUSED(state);
    struct lw_image *rgb = noise_picture(LW_PIX_RGB8, 37, 21, 1), *back = NULL;
    struct lw_image *gray = noise_picture(LW_PIX_GRAY8, 37, 21, 2);
    struct coded c = png_of(rgb);
    CHECK(lw_image_sniff(span(&c)) == LW_KIND_PNG);
    CHECK(lw_image_decode(&back, span(&c), NULL, NULL) == LW_OK);
    CHECK(picture_distance(rgb, back) == 0);
    lw_image_unref(&back);
    free(c.data);
    c = png_of(gray);
    CHECK(lw_image_decode(&back, span(&c), NULL, NULL) == LW_OK);
    CHECK(back->fmt == LW_PIX_RGB8);
    for (int y = 0; y < 21; y++)
        for (int x = 0; x < 37; x++)
            for (int i = 0; i < 3; i++)
                CHECK(lw_image_crow(back, y)[3 * x + i] == lw_image_crow(gray, y)[x]);
    free(c.data);
    lw_image_unref(&rgb);
    lw_image_unref(&gray);
    lw_image_unref(&back);
}

static void jpeg_comes_back_nearly_the_same(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(120, 90), *back = NULL;
    static const struct {
        int quality, worst;
    } cases[] = {{100, 4}, {95, 8}, {80, 20}};
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct coded c = jpeg_of(im, cases[i].quality);
        CHECK(lw_image_decode(&back, span(&c), NULL, NULL) == LW_OK);
        CHECK(picture_distance(im, back) <= cases[i].worst);
        lw_image_unref(&back);
        free(c.data);
    }
    struct coded none = {0};
    CHECK(lw_image_encode_jpeg(im, 101, &none.data, &none.n, NULL) == LW_EINVAL && !none.data);
    lw_image_unref(&im);
}

static void gray_jpeg_is_decoded_to_rgb(void **state)
{
    LW_UNUSED(state);
    struct lw_image *gray = NULL, *back = NULL;
    struct lw_image_info info;
    CHECK(lw_image_new(&gray, LW_PIX_GRAY8, 40, 40) == LW_OK);
    for (int y = 0; y < 40; y++)
        memset(lw_image_row(gray, y), 77, 40);
    struct coded c = jpeg_of(gray, 90);
    CHECK(lw_image_probe(&info, span(&c), NULL, NULL) == LW_OK && info.components == 1);
    CHECK(lw_image_decode(&back, span(&c), NULL, NULL) == LW_OK && back->fmt == LW_PIX_RGB8);
    for (int i = 0; i < 3; i++)
        CHECK(abs(lw_image_crow(back, 20)[60 + i] - 77) <= 1);
    free(c.data);
    lw_image_unref(&gray);
    lw_image_unref(&back);
}

static void jpeg_is_decoded_at_the_smallest_power_that_is_large_enough(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(803, 400), *back = NULL;
    struct coded c = jpeg_of(im, 90);
    static const int cases[][3] = {{0, 803, 400},   {803, 803, 400}, {403, 803, 400},
                                   {402, 402, 200}, {201, 201, 100}, {200, 201, 100},
                                   {101, 101, 50},  {1, 101, 50}};
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
        opts.want_side = cases[i][0];
        CHECK(lw_image_decode(&back, span(&c), &opts, NULL) == LW_OK);
        assert_int_equal(back->width, cases[i][1]);
        assert_int_equal(back->height, cases[i][2]);
        CHECK(abs(lw_image_crow(back, back->height / 2)[back->width / 2 * 3] - 127) <= 4);
        lw_image_unref(&back);
    }
    free(c.data);
    lw_image_unref(&im);
}

/* EXIF 2.3: which side of the upright picture the stored row 0 and column 0 are; so that the stored
 * corners 0 1 / 2 3 come to lie like this. */
static const uint8_t corners[9][4] = {
    [1] = {0, 1, 2, 3}, [2] = {1, 0, 3, 2}, [3] = {3, 2, 1, 0}, [4] = {2, 3, 0, 1},
    [5] = {0, 2, 1, 3}, [6] = {2, 0, 3, 1}, [7] = {3, 1, 2, 0}, [8] = {1, 3, 0, 2}};

static struct lw_image *corner_picture(void)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 64, 32) == LW_OK);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 64; x++)
            memset(lw_image_row(im, y) + 3 * x, 40 + 60 * (x / 32 + 2 * (y / 16)), 3);
    return im;
}

static size_t put_exif(uint8_t *app1, int orientation, bool big_endian)
{
    static const uint8_t little[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0,    0, 'I', 'I',
                                     42,   0,    8, 0,  0,   0,   1,   0,   0x12, 1, 3,   0,
                                     1,    0,    0, 0,  0,   0,   0,   0,   0,    0, 0,   0};
    static const uint8_t big[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,    'M', 'M',
                                  0,    42,   0, 0,  0,   8,   0,   1,   1, 0x12, 0,   3,
                                  0,    0,    0, 1,  0,   0,   0,   0,   0, 0,    0,   0};
    memcpy(app1, big_endian ? big : little, sizeof(big));
    app1[big_endian ? 29 : 28] = (uint8_t)orientation;
    return sizeof(big);
}

static void check_corners(struct lw_span bytes, int orientation)
{
    struct lw_image *im = NULL;
    struct lw_image_info info;
    bool tall = orientation >= 5;
    CHECK(lw_image_probe(&info, bytes, NULL, NULL) == LW_OK && info.orientation == orientation);
    CHECK(lw_image_decode(&im, bytes, NULL, NULL) == LW_OK);
    CHECK(im->width == (tall ? 32 : 64) && im->height == (tall ? 64 : 32));
    CHECK(im->width == info.width && im->height == info.height);
    for (int i = 0; i < 4; i++) {
        int x = (i & 1) ? im->width - 3 : 2, y = i >= 2 ? im->height - 3 : 2;
        CHECK(abs(lw_image_crow(im, y)[3 * x] - (40 + 60 * corners[orientation][i])) <= 4);
    }
    lw_image_unref(&im);
}

static void every_exif_orientation_is_turned_upright(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = corner_picture();
    uint8_t app1[64];
    for (int o = 1; o <= 8; o++)
        for (int big_endian = 0; big_endian <= 1; big_endian++) {
            struct coded c = jpeg_of(im, 95);
            insert(&c, 2, app1, put_exif(app1, o, big_endian));
            check_corners(span(&c), o);
            free(c.data);
        }
    lw_image_unref(&im);
}

static void exif_can_be_ignored_and_a_broken_one_does_no_harm(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = corner_picture(), *back = NULL;
    struct lw_decode_opts stored = LW_DECODE_DEFAULTS;
    stored.ignore_exif = true;
    uint8_t app1[64];
    size_t n = put_exif(app1, 6, true);
    struct coded c = jpeg_of(im, 95);
    insert(&c, 2, app1, n);
    CHECK(lw_image_decode(&back, span(&c), &stored, NULL) == LW_OK && back->width == 64);
    lw_image_unref(&back);
    for (size_t i = 10; i < n; i++) { /* each byte of the TIFF block spoiled in turn */
        uint8_t was = c.data[2 + i];
        c.data[2 + i] = 0xee;
        CHECK(lw_image_decode(&back, span(&c), NULL, NULL) == LW_OK);
        lw_image_unref(&back);
        c.data[2 + i] = was;
    }
    free(c.data);
    lw_image_unref(&im);
}

static void a_picture_cut_anywhere_is_refused_as_truncated(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(24, 16);
    struct coded c[2] = {jpeg_of(im, 80), png_of(im)};
    struct lw_why why;
    for (int k = 0; k < 2; k++)
        for (size_t n = 0; n < c[k].n; n++) {
            /* a copy of just n bytes, so that a read behind them is seen */
            uint8_t *cut = malloc(n ? n : 1);
            CHECK(cut != NULL);
            memcpy(cut, c[k].data, n);
            CHECK(decode_code((struct lw_span){.data = cut, .n = n}, NULL, &why) == LW_ETRUNC);
            CHECK(strstr(why.text, n == 0 ? "is empty" : "ends after") != NULL);
            free(cut);
        }
    free(c[0].data);
    free(c[1].data);
    lw_image_unref(&im);
}

/* The end marker is there, the middle of the coded data is not. */
static void a_jpeg_without_its_middle_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = noise_picture(LW_PIX_RGB8, 64, 64, 9);
    struct coded c = jpeg_of(im, 90);
    struct lw_why why;
    size_t keep = c.n / 2;
    while (c.data[keep - 1] == 0xff)
        keep--;
    memmove(c.data + keep, c.data + c.n - 2, 2);
    CHECK(decode_code((struct lw_span){.data = c.data, .n = keep + 2}, NULL, &why) == LW_ETRUNC);
    free(c.data);
    lw_image_unref(&im);
}

static void bytes_after_the_end_are_ignored(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(24, 16);
    struct coded c[2] = {jpeg_of(im, 80), png_of(im)};
    for (int k = 0; k < 2; k++) {
        insert(&c[k], c[k].n, "trailing \xff\xd8 bytes", 17);
        CHECK(decode_code(span(&c[k]), NULL, NULL) == LW_OK);
        free(c[k].data);
    }
    lw_image_unref(&im);
}

static void stray_bytes_between_jpeg_segments_are_accepted(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(24, 16);
    struct coded c = jpeg_of(im, 80);
    insert(&c, find_marker(&c, 0xc0), "\0\0\0\0", 4);
    CHECK(decode_code(span(&c), NULL, NULL) == LW_OK);
    free(c.data);
    lw_image_unref(&im);
}

static void a_huge_header_is_refused_with_its_size_and_the_limit(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(24, 16);
    struct coded jpeg = jpeg_of(im, 80), png = png_of(im);
    struct lw_why why;
    set_jpeg_size(&jpeg, 60000, 60000);
    CHECK(decode_code(span(&jpeg), NULL, &why) == LW_ELIMIT);
    assert_string_equal(why.text, "is 60000 x 60000 pixels, a side may have at most 16384");
    memcpy(png.data + 16, "\0\0\xea\x60\0\0\xea\x60", 8);
    CHECK(decode_code(span(&png), NULL, &why) == LW_ELIMIT);
    assert_string_equal(why.text, "is 60000 x 60000 pixels, a side may have at most 16384");
    set_jpeg_size(&jpeg, 15000, 12000);
    CHECK(decode_code(span(&jpeg), NULL, &why) == LW_ELIMIT);
    assert_string_equal(why.text, "is 15000 x 12000 pixels, at most 100000000 in all are read");
    set_jpeg_size(&jpeg, 24, 0);
    CHECK(decode_code(span(&jpeg), NULL, &why) == LW_EFORMAT);
    free(jpeg.data);
    free(png.data);
    lw_image_unref(&im);
}

static void limits_are_those_of_the_options(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(100, 50);
    struct coded c = png_of(im);
    struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
    struct lw_image_info info;
    opts.max_side = 100;
    opts.max_pixels = 5000;
    CHECK(lw_image_probe(&info, span(&c), &opts, NULL) == LW_OK);
    opts.max_pixels = 4999;
    CHECK(lw_image_probe(&info, span(&c), &opts, NULL) == LW_ELIMIT);
    opts.max_pixels = 5000;
    opts.max_side = 99;
    CHECK(decode_code(span(&c), &opts, NULL) == LW_ELIMIT);
    opts.max_side = 0;
    CHECK(decode_code(span(&c), &opts, NULL) == LW_EINVAL);
    opts = LW_DECODE_DEFAULTS;
    opts.want_side = -1;
    CHECK(decode_code(span(&c), &opts, NULL) == LW_EINVAL);
    free(c.data);
    lw_image_unref(&im);
}

static void foreign_bytes_are_no_picture(void **state)
{
    LW_UNUSED(state);
    struct lw_why why;
    const struct lw_span text = {.data = (const uint8_t *)"a shopping list", .n = 15};
    CHECK(lw_image_sniff(text) == LW_KIND_UNKNOWN);
    CHECK(decode_code(text, NULL, &why) == LW_EUNSUP);
    assert_string_equal(why.text, "is no JPEG, PNG or JPEG 2000 file");
    CHECK(decode_code((struct lw_span){0}, NULL, &why) == LW_ETRUNC);
    assert_string_equal(why.text, "is empty");
    assert_string_equal(lw_image_kind_name(LW_KIND_JPEG), "JPEG");
    assert_string_equal(lw_image_kind_name((enum lw_image_kind)99), "unknown");
}

static void a_wrong_checksum_in_a_png_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = ramp_picture(24, 16);
    struct coded c = png_of(im);
    struct lw_why why;
    c.data[c.n - 12 - 10] ^= 1; /* inside IDAT */
    CHECK(decode_code(span(&c), NULL, &why) == LW_EFORMAT);
    free(c.data);
    lw_image_unref(&im);
}

static void loading_names_the_path(void **state)
{
    LW_UNUSED(state);
    char path[] = "/tmp/lw_test_codec_XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "hello", 5) == 5 && close(fd) == 0);
    struct lw_image *im = NULL;
    struct lw_why why;
    CHECK(lw_image_load(&im, path, NULL, &why) == LW_EUNSUP && im == NULL);
    char want[128];
    snprintf(want, sizeof(want), "%s: is no JPEG, PNG or JPEG 2000 file", path);
    assert_string_equal(why.text, want);
    unlink(path);
    CHECK(lw_image_load(&im, path, NULL, &why) == LW_ENOTFOUND && strstr(why.text, path));
    CHECK(lw_image_load(&im, "/", NULL, &why) == LW_EIO);
}

/* 16 x 16 pixels of one colour each half, in the library's own words. */
static void fill_halves(uint8_t *p, const uint8_t left[4], const uint8_t right[4])
{
    for (int i = 0; i < 256; i++)
        memcpy(p + 4 * i, i % 16 < 8 ? left : right, 4);
}

static void check_halves(struct lw_span bytes, const uint8_t left[3], const uint8_t right[3],
                         int off)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_decode(&im, bytes, NULL, NULL) == LW_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(abs(lw_image_crow(im, 8)[3 * 4 + i] - left[i]) <= off);
        CHECK(abs(lw_image_crow(im, 8)[3 * 12 + i] - right[i]) <= off);
    }
    lw_image_unref(&im);
}

/* As Adobe programs write it: 255 is no ink. */
static void cmyk_jpeg_becomes_rgb(void **state)
{
    LW_UNUSED(state);
    uint8_t pixels[1024], *out = NULL;
    unsigned long n = 0;
    fill_halves(pixels, (const uint8_t[]){200, 100, 50, 255}, (const uint8_t[]){255, 255, 255, 90});
    tjhandle tj = tjInitCompress();
    CHECK(tjCompress2(tj, pixels, 16, 0, 16, TJPF_CMYK, &out, &n, TJSAMP_444, 98, 0) == 0);
    check_halves((struct lw_span){.data = out, .n = n}, (const uint8_t[]){200, 100, 50},
                 (const uint8_t[]){90, 90, 90}, 4);
    tjFree(out);
    tjDestroy(tj);
}

static void transparent_png_is_laid_over_white(void **state)
{
    LW_UNUSED(state);
    uint8_t pixels[1024], out[4096];
    png_alloc_size_t n = sizeof(out);
    png_image png = {
        .version = PNG_IMAGE_VERSION, .width = 16, .height = 16, .format = PNG_FORMAT_RGBA};
    fill_halves(pixels, (const uint8_t[]){20, 60, 200, 255}, (const uint8_t[]){20, 60, 200, 0});
    CHECK(png_image_write_to_memory(&png, out, &n, 0, pixels, 0, NULL));
    check_halves((struct lw_span){.data = out, .n = n}, (const uint8_t[]){20, 60, 200},
                 (const uint8_t[]){255, 255, 255}, 0);
}

/* The seeds of the fuzz target are golden files too: bad_<offence> must be refused with one line
 * that says why, the others must be read. */
static void golden_files_are_read_and_bad_ones_refused(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/image";
    struct lw_names names = {0};
    int bad = 0, good = 0;
    CHECK(lw_names_list(&names, dir, 1000, NULL) == LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        char path[512];
        struct lw_image *im = NULL;
        struct lw_why why;
        bool is_bad = strncmp(names.v[i], "bad_", 4) == 0;
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        int r = lw_image_load(&im, path, NULL, &why);
        if ((r < 0) != is_bad)
            fail_msg("%s: %s", path, r < 0 ? why.text : "was read");
        CHECK(r == LW_OK || (strncmp(why.text, path, strlen(path)) == 0 && why.code == r &&
                             why.text[strlen(path) + 2]));
        lw_image_unref(&im);
        bad += is_bad;
        good += !is_bad;
    }
    CHECK(bad > 20 && good > 15);
    lw_names_clear(&names);
}

static void check_gray(struct lw_span bytes)
{
    LW_AUTO(lw_image) colour = NULL;
    LW_AUTO(lw_image) wanted = NULL;
    LW_AUTO(lw_image) gray = NULL;
    struct lw_why why = {0}, why_gray = {0};
    const struct lw_decode_opts opts = {.max_side = 4096, .max_pixels = 4000000};
    const int a = lw_image_decode(&colour, bytes, &opts, &why);
    const int b = lw_image_decode_gray(&gray, bytes, &opts, &why_gray);
    CHECK(a == b);
    CHECK(a >= 0 || (gray == NULL && why_gray.text[0] && why_gray.code == b));
    if (a < 0)
        return;
    CHECK(lw_image_to_gray(&wanted, colour) == LW_OK);
    CHECK(gray->fmt == LW_PIX_GRAY8 && gray->width == wanted->width &&
          gray->height == wanted->height);
    for (int y = 0; y < gray->height; y++)
        CHECK(memcmp(lw_image_crow(gray, y), lw_image_crow(wanted, y), (size_t)gray->width) == 0);
}

/* PNG has a way of its own there; broken files are refused all the same. */
static void grey_pictures_are_those_that_colour_ones_become(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/image";
    struct lw_names names = {0};
    CHECK(lw_names_list(&names, dir, 1000, NULL) == LW_OK && names.n > 40);
    for (size_t i = 0; i < names.n; i++) {
        struct coded c = {0};
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        CHECK(lw_file_read(path, LW_MIB, &c.data, &c.n, NULL) == LW_OK);
        check_gray(span(&c));
        free(c.data);
    }
    lw_names_clear(&names);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(png_gives_back_every_byte),
    cmocka_unit_test(jpeg_comes_back_nearly_the_same),
    cmocka_unit_test(gray_jpeg_is_decoded_to_rgb),
    cmocka_unit_test(jpeg_is_decoded_at_the_smallest_power_that_is_large_enough),
    cmocka_unit_test(every_exif_orientation_is_turned_upright),
    cmocka_unit_test(exif_can_be_ignored_and_a_broken_one_does_no_harm),
    cmocka_unit_test(a_picture_cut_anywhere_is_refused_as_truncated),
    cmocka_unit_test(a_jpeg_without_its_middle_is_refused),
    cmocka_unit_test(bytes_after_the_end_are_ignored),
    cmocka_unit_test(stray_bytes_between_jpeg_segments_are_accepted),
    cmocka_unit_test(a_huge_header_is_refused_with_its_size_and_the_limit),
    cmocka_unit_test(limits_are_those_of_the_options),
    cmocka_unit_test(foreign_bytes_are_no_picture),
    cmocka_unit_test(a_wrong_checksum_in_a_png_is_refused),
    cmocka_unit_test(loading_names_the_path),
    cmocka_unit_test(cmyk_jpeg_becomes_rgb),
    cmocka_unit_test(transparent_png_is_laid_over_white),
    cmocka_unit_test(golden_files_are_read_and_bad_ones_refused),
    cmocka_unit_test(grey_pictures_are_those_that_colour_ones_become),
};
RUN_TESTS(tests)
