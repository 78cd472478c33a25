/* Pictures from outside: header and pixels, with small limits. */
#include "img/codec.h"
#include "img/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct lw_span bytes = {.data = data, .n = n};
    struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
    struct lw_image_info info;
    struct lw_image *im = NULL;
    struct lw_why why;
    opts.max_side = 2048;
    opts.max_pixels = 1000000;
    int probed = lw_image_probe(&info, bytes, &opts, &why);
    int r = lw_image_decode(&im, bytes, &opts, &why);
    if (r == LW_OK && (probed < 0 || im->width != info.width || im->height != info.height))
        __builtin_trap(); /* the probe promised something else */
    lw_image_unref(&im);
    if (lw_image_decode_gray(&im, bytes, &opts, NULL) == LW_OK) {
        if (im->fmt != LW_PIX_GRAY8 || im->width != info.width || im->height != info.height)
            __builtin_trap();
        lw_image_unref(&im);
    }
    opts.want_side = 32;
    opts.ignore_exif = true;
    if (lw_image_decode(&im, bytes, &opts, NULL) == LW_OK)
        lw_image_unref(&im);
    return 0;
}
