/* The reader of zones in pictures: a picture file, or grey pixels with their width in front, which
 * mutate better than compressed ones. */
#include <assert.h>
#include <string.h>

#include "doc/mrz_picture.h"
#include "img/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SIDE_MAX = 640, PIXELS_MAX = 100000 };

static void look_at(const struct lw_mrz_reading *r)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    assert(r->n_lines <= LW_MRZ_LINES && r->n_corrected <= LW_MRZ_CORRECTED_MAX);
    assert(r->found == (r->n_lines > 0));
    for (size_t l = 0; l < r->n_lines; l++)
        assert(strlen(r->lines[l]) == strlen(r->lines[0]));
    for (int f = 0; f < LW_MRZ_FIELDS; f++)
        assert(r->confidence[f] == -1 || (r->confidence[f] >= 0 && r->confidence[f] <= 1));
    for (size_t i = 0; i < r->n_corrected; i++)
        assert(r->lines[r->corrected[i].line - 1][r->corrected[i].column - 1] ==
               r->corrected[i].used);
    lw_mrz_reading_put_json(&b, r);
    lw_mrz_reading_put_card(&b, r);
}

static int read_pixels(struct lw_mrz_reading *r, const uint8_t *data, size_t n,
                       const struct lw_mrz_picture_opts *opts)
{
    const int width = 32 + 2 * data[0], height = (int)((n - 1) / (size_t)width);
    struct lw_image *im = NULL;
    if (height < 1 || height > SIDE_MAX || lw_image_new(&im, LW_PIX_GRAY8, width, height) < 0)
        return LW_EINVAL;
    for (int y = 0; y < height; y++)
        memcpy(lw_image_row(im, y), data + 1 + (size_t)y * (size_t)width, (size_t)width);
    const int err = lw_mrz_picture_read_image(r, im, opts, NULL);
    lw_image_unref(&im);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_mrz_picture_opts opts = LW_MRZ_PICTURE_DEFAULTS;
    const struct lw_span file = {.data = data, .n = n};
    struct lw_mrz_reading r;
    opts.max_side = SIDE_MAX;
    opts.max_pixels = PIXELS_MAX;
    opts.time_ns = 200 * LW_MS;
    if (n == 0)
        return 0;
    const int err = lw_image_sniff(file) == LW_KIND_UNKNOWN
                        ? read_pixels(&r, data, n, &opts)
                        : lw_mrz_picture_read(&r, file, &opts, NULL);
    if (err == LW_OK)
        look_at(&r);
    return 0;
}
