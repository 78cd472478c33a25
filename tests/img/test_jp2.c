#include "jp2_writer.h"

#include "img/codec.h"
#include "img/image.h"

static int ramp(int c, int x, int y)
{
    return c == 0 ? 4 * x : c == 1 ? 5 * y : 255 - 2 * (x + y);
}

static const struct jp2_spec rgb = {.width = 40,
                                    .height = 30,
                                    .components = 3,
                                    .bits = 8,
                                    .boxes = true,
                                    .space = OPJ_CLRSPC_SRGB,
                                    .levels = 3,
                                    .sample = ramp};

static struct lw_span span(const struct jp2_sink *s)
{
    return (struct lw_span){.data = s->data, .n = s->n};
}

static struct lw_image *decoded(const struct jp2_sink *file)
{
    struct lw_image *im = NULL;
    struct lw_why why;
    if (lw_image_decode(&im, span(file), NULL, &why) < 0)
        fail_msg("%s", why.text);
    return im;
}

static struct lw_image *written_and_read(const struct jp2_spec *spec)
{
    struct jp2_sink file = jp2_file(spec);
    struct lw_image *im = decoded(&file);
    free(file.data);
    CHECK(im->fmt == LW_PIX_RGB8);
    return im;
}

static const uint8_t *at(const struct lw_image *im, int x, int y)
{
    return lw_image_crow(im, y) + 3 * x;
}

static int refusal(struct lw_span bytes, struct lw_why *why)
{
    struct lw_image *im = NULL;
    int r = lw_image_decode(&im, bytes, NULL, why);
    CHECK(r < 0 && im == NULL);
    return r;
}

static void lossless_rgb_comes_back_exactly_from_boxes_tiles_and_bare_codestreams(void **state)
{
    LW_UNUSED(state);
    for (int kind = 0; kind < 3; kind++) {
        struct jp2_spec spec = rgb;
        spec.boxes = kind == 0;
        spec.tile = kind == 2 ? 16 : 0;
        struct lw_image *im = written_and_read(&spec);
        CHECK(im->width == 40 && im->height == 30);
        for (int y = 0; y < 30; y++)
            for (int x = 0; x < 40; x++)
                for (int c = 0; c < 3; c++)
                    CHECK(at(im, x, y)[c] == ramp(c, x, y));
        lw_image_unref(&im);
    }
}

static void probe_reads_kind_and_size_without_decoding(void **state)
{
    LW_UNUSED(state);
    struct jp2_sink file = jp2_file(&rgb);
    struct lw_image_info info;
    CHECK(lw_image_probe(&info, span(&file), NULL, NULL) == LW_OK);
    CHECK(info.kind == LW_KIND_JP2 && info.width == 40 && info.height == 30);
    CHECK(info.components == 3 && info.orientation == 1);
    /* the codestream alone */
    size_t soc = 0;
    while (memcmp(file.data + soc, "\xff\x4f\xff\x51", 4) != 0)
        soc++;
    struct lw_span bare = {.data = file.data + soc, .n = file.n - soc};
    CHECK(lw_image_probe(&info, bare, NULL, NULL) == LW_OK && info.kind == LW_KIND_J2K);
    free(file.data);
}

static void smaller_resolutions_are_decoded_where_they_suffice(void **state)
{
    LW_UNUSED(state);
    struct jp2_sink file = jp2_file(&rgb);
    static const int cases[][3] = {{0, 40, 30}, {21, 40, 30}, {20, 20, 15}, {10, 10, 8}, {1, 5, 4}};
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
        struct lw_image *im = NULL;
        opts.want_side = cases[i][0];
        CHECK(lw_image_decode(&im, span(&file), &opts, NULL) == LW_OK);
        assert_int_equal(im->width, cases[i][1]);
        assert_int_equal(im->height, cases[i][2]);
        CHECK(abs(at(im, im->width / 2, 0)[0] - 80) <= 16);
        lw_image_unref(&im);
    }
    free(file.data);
}

static int levels_of_16_bits(int c, int x, int y)
{
    LW_UNUSED(c);
    LW_UNUSED(y);
    return x * 65535 / 39;
}

static int levels_of_4_bits(int c, int x, int y)
{
    LW_UNUSED(c);
    LW_UNUSED(y);
    return x % 16;
}

static int signed_levels(int c, int x, int y)
{
    LW_UNUSED(c);
    LW_UNUSED(y);
    return x * 6 - 128;
}

static void other_depths_are_brought_to_8_bits(void **state)
{
    LW_UNUSED(state);
    struct jp2_spec spec = rgb;
    spec.components = 1;
    spec.space = OPJ_CLRSPC_GRAY;
    spec.bits = 16;
    spec.sample = levels_of_16_bits;
    struct lw_image *im = written_and_read(&spec);
    for (int x = 0; x < 40; x++)
        CHECK(abs(at(im, x, 3)[1] - (x * 255 + 19) / 39) <= 1);
    lw_image_unref(&im);
    spec.bits = 4;
    spec.sample = levels_of_4_bits;
    im = written_and_read(&spec);
    for (int x = 0; x < 40; x++)
        CHECK(at(im, x, 3)[0] == 17 * (x % 16));
    lw_image_unref(&im);
    spec.bits = 8;
    spec.is_signed = true;
    spec.sample = signed_levels;
    im = written_and_read(&spec);
    for (int x = 0; x < 40; x++)
        CHECK(at(im, x, 3)[2] == 6 * x);
    lw_image_unref(&im);
}

static int half_clear(int c, int x, int y)
{
    LW_UNUSED(y);
    return c == 3 ? (x < 10 ? 0 : x < 20 ? 255 : 128) : 100;
}

static void alpha_is_laid_over_white(void **state)
{
    LW_UNUSED(state);
    struct jp2_spec spec = rgb;
    spec.components = 4;
    spec.alpha = true;
    spec.sample = half_clear;
    struct lw_image *im = written_and_read(&spec);
    CHECK(at(im, 5, 5)[0] == 255 && at(im, 15, 5)[1] == 100 && abs(at(im, 30, 5)[2] - 177) <= 1);
    lw_image_unref(&im);
}

/* Red is Y 76, Cb 85, Cr 255 in full-range BT.601. */
static int red_in_ycc(int c, int x, int y)
{
    LW_UNUSED(x);
    LW_UNUSED(y);
    return c == 0 ? 76 : c == 1 ? 85 : 255;
}

static void subsampled_ycc_becomes_rgb(void **state)
{
    LW_UNUSED(state);
    struct jp2_spec spec = rgb;
    spec.width = 41; /* odd: the chroma planes have 21 samples */
    spec.chroma_step = 2;
    spec.space = OPJ_CLRSPC_SYCC;
    spec.sample = red_in_ycc;
    struct lw_image *im = written_and_read(&spec);
    CHECK(im->width == 41 && im->height == 30);
    for (int x = 0; x < 41; x++)
        CHECK(at(im, x, 7)[0] >= 253 && at(im, x, 7)[1] <= 2 && at(im, x, 7)[2] <= 2);
    lw_image_unref(&im);
}

static void cut_anywhere_it_is_truncated(void **state)
{
    LW_UNUSED(state);
    for (int boxes = 0; boxes <= 1; boxes++) {
        struct jp2_spec spec = rgb;
        spec.boxes = boxes;
        spec.tile = 16;
        struct jp2_sink file = jp2_file(&spec);
        struct lw_why why;
        for (size_t n = 0; n < file.n; n++) {
            uint8_t *cut = malloc(n ? n : 1);
            CHECK(cut != NULL);
            memcpy(cut, file.data, n);
            assert_int_equal(refusal((struct lw_span){.data = cut, .n = n}, &why), LW_ETRUNC);
            free(cut);
        }
        free(file.data);
    }
}

static uint8_t *find(struct jp2_sink *file, const char *bytes, size_t n)
{
    for (size_t i = 0; i + n <= file->n; i++)
        if (memcmp(file->data + i, bytes, n) == 0)
            return file->data + i;
    fail_msg("the file has no such bytes");
    return NULL;
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Bytes of SIZ from its marker on: width at 6, height at 10, a tile's at 22 and 26. */
static void what_would_blow_up_is_refused_before_allocation(void **state)
{
    LW_UNUSED(state);
    struct jp2_sink file = jp2_file(&rgb);
    struct lw_why why;
    uint8_t *siz = find(&file, "\xff\x51", 2), saved[64];
    memcpy(saved, siz, sizeof(saved));

    put32(siz + 6, 60000);
    put32(siz + 10, 60000);
    CHECK(refusal(span(&file), &why) == LW_ELIMIT);
    assert_string_equal(why.text, "is 60000 x 60000 pixels, a side may have at most 16384");

    memcpy(siz, saved, sizeof(saved));
    put32(siz + 6, 8000); /* in tiles of 40 x 1 */
    put32(siz + 26, 1);
    CHECK(refusal(span(&file), &why) == LW_ELIMIT && strstr(why.text, "tiles"));

    memcpy(siz, saved, sizeof(saved));
    for (size_t at = 6; at <= 26; at += at == 10 ? 12 : 4) /* image and tile 9000 x 9000 */
        put32(siz + at, 9000);
    CHECK(refusal(span(&file), &why) == LW_ELIMIT && strstr(why.text, "bytes to decode"));

    memcpy(siz, saved, sizeof(saved));
    siz[38] = 100; /* components */
    siz[39] = 0;
    CHECK(refusal(span(&file), &why) == LW_EUNSUP && strstr(why.text, "components"));

    memcpy(siz, saved, sizeof(saved));
    siz[40] = 24; /* 25 bits in the first one */
    CHECK(refusal(span(&file), &why) == LW_EUNSUP && strstr(why.text, "25 bits"));

    memcpy(siz, saved, sizeof(saved));
    uint8_t *cod = find(&file, "\xff\x52", 2);
    cod[6] = 0xff; /* layers */
    CHECK(refusal(span(&file), &why) == LW_ELIMIT && strstr(why.text, "layers"));
    free(file.data);
}

/* Found by fuzzing: the bytes of four components of 2^31 x 2^31 pixels are more than 64 bits hold.
 */
static void sides_of_31_bits_do_not_overflow_what_is_computed_of_them(void **state)
{
    LW_UNUSED(state);
    struct jp2_sink file = jp2_file(&rgb);
    struct lw_why why;
    uint8_t *siz = find(&file, "\xff\x51", 2);
    for (size_t at = 6; at <= 26; at += at == 10 ? 12 : 4) /* image and tile */
        put32(siz + at, 0x7fffffff);
    CHECK(refusal(span(&file), &why) == LW_ELIMIT);
    assert_string_equal(why.text,
                        "is 2147483647 x 2147483647 pixels, a side may have at most 16384");
    free(file.data);
}

static void spoiled_headers_are_refused_with_a_reason(void **state)
{
    LW_UNUSED(state);
    struct jp2_sink file = jp2_file(&rgb);
    struct lw_why why;
    for (size_t i = 0; i < 160; i++) { /* all boxes and the main header, byte by byte */
        uint8_t was = file.data[i];
        struct lw_image *im = NULL;
        file.data[i] ^= 0x5a;
        int r = lw_image_decode(&im, span(&file), NULL, &why);
        CHECK(r == LW_OK || (im == NULL && why.text[0] && !strchr(why.text, '\n')));
        lw_image_unref(&im);
        file.data[i] = was;
    }
    free(file.data);
}

static size_t put_box(uint8_t *p, const char *type, const void *body, size_t n)
{
    put32(p, (uint32_t)(8 + n));
    memcpy(p + 4, type, 4);
    if (n)
        memcpy(p + 8, body, n);
    return 8 + n;
}

static int palette_index(int c, int x, int y)
{
    LW_UNUSED(c);
    LW_UNUSED(y);
    return x < 20;
}

/* Two colours: index 0 is 10 20 30, index 1 is 200 150 100. */
static size_t put_palette_header(uint8_t *p, uint8_t columns)
{
    const uint8_t ihdr[] = {0, 0, 0, 30, 0, 0, 0, 40, 0, 1, 7, 7, 0, 0};
    const uint8_t colr[] = {1, 0, 0, 0, 0, 0, 16};
    const uint8_t pclr[] = {0, 2, columns, 7, 7, 7, 10, 20, 30, 200, 150, 100};
    const uint8_t cmap[] = {0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2};
    size_t n = put_box(p, "jP  ", "\r\n\x87\n", 4);
    n += put_box(p + n, "ftyp", "jp2 \0\0\0\0jp2 ", 12);
    uint8_t *jp2h = p + n;
    n += put_box(jp2h, "jp2h", NULL, 0);
    n += put_box(p + n, "ihdr", ihdr, sizeof(ihdr));
    n += put_box(p + n, "colr", colr, sizeof(colr));
    n += put_box(p + n, "pclr", pclr, sizeof(pclr));
    n += put_box(p + n, "cmap", cmap, sizeof(cmap));
    put32(jp2h, (uint32_t)(p + n - jp2h));
    return n;
}

static void a_palette_gives_its_colours_and_a_wide_one_is_refused(void **state)
{
    LW_UNUSED(state);
    struct jp2_spec spec = rgb;
    spec.components = 1;
    spec.boxes = false;
    spec.space = OPJ_CLRSPC_GRAY;
    spec.sample = palette_index;
    struct jp2_sink code = jp2_file(&spec), file = {.data = malloc(JP2_BYTES_MAX)};
    struct lw_why why;
    CHECK(file.data != NULL);
    file.n = put_palette_header(file.data, 3);
    file.n += put_box(file.data + file.n, "jp2c", code.data, code.n);
    struct lw_image *im = decoded(&file);
    CHECK(at(im, 5, 5)[0] == 200 && at(im, 5, 5)[1] == 150 && at(im, 5, 5)[2] == 100);
    CHECK(at(im, 30, 5)[0] == 10 && at(im, 30, 5)[1] == 20 && at(im, 30, 5)[2] == 30);
    lw_image_unref(&im);
    put_palette_header(file.data, 200);
    CHECK(refusal(span(&file), &why) == LW_EUNSUP && strstr(why.text, "palette"));
    free(code.data);
    free(file.data);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lossless_rgb_comes_back_exactly_from_boxes_tiles_and_bare_codestreams),
    cmocka_unit_test(probe_reads_kind_and_size_without_decoding),
    cmocka_unit_test(smaller_resolutions_are_decoded_where_they_suffice),
    cmocka_unit_test(other_depths_are_brought_to_8_bits),
    cmocka_unit_test(alpha_is_laid_over_white),
    cmocka_unit_test(subsampled_ycc_becomes_rgb),
    cmocka_unit_test(cut_anywhere_it_is_truncated),
    cmocka_unit_test(what_would_blow_up_is_refused_before_allocation),
    cmocka_unit_test(sides_of_31_bits_do_not_overflow_what_is_computed_of_them),
    cmocka_unit_test(spoiled_headers_are_refused_with_a_reason),
    cmocka_unit_test(a_palette_gives_its_colours_and_a_wide_one_is_refused),
};
RUN_TESTS(tests)
