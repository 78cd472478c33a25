#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <string.h>

#include "cam/impl.h"

static const double SHAPE_MOST = 4; /* width to height of a pixel, or the other way */

void lw_pixels_clear(struct lw_pixels *p)
{
    sws_freeContext(p->sws);
    memset(p, 0, sizeof(*p));
}

struct lw_turn lw_turn_of_matrix(const int32_t *matrix)
{
    struct lw_turn turn = {.mirror = false, .quarters = 0};
    if (!matrix)
        return turn;
    int32_t m[9];
    memcpy(m, matrix, sizeof(m));
    /* A negative determinant mirrors; taking the mirror out first leaves a pure rotation. */
    if ((double)m[0] * m[4] - (double)m[1] * m[3] < 0) {
        turn.mirror = true;
        av_display_matrix_flip(m, 1, 0);
    }
    const double ccw = av_display_rotation_get(m);
    if (isfinite(ccw))
        turn.quarters = (int)(lround(-ccw / 90.0) & 3);
    return turn;
}

/* Untagged pictures: high definition is BT.709, standard definition BT.601 (ITU-R BT.709 and
 * BT.601; the usual guess of players, too). */
static int matrix_of(const AVFrame *f)
{
    switch (f->colorspace) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return SWS_CS_ITU601;
    default:
        return f->height >= 720 || f->width >= 1280 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    }
}

/* The yuvj formats are the old way to say "full range"; the library warns of them. */
static int plain_format(int format, int *full_range)
{
    switch (format) {
    case AV_PIX_FMT_YUVJ420P:
        *full_range = 1;
        return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
        *full_range = 1;
        return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
        *full_range = 1;
        return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
        *full_range = 1;
        return AV_PIX_FMT_YUV440P;
    default:
        return format;
    }
}

/* A size that shows the picture with square pixels: nothing is made smaller, what is square within
 * a thirtieth stays as it is, and so does what no camera has. */
static void square_size(const AVFrame *f, int *width, int *height)
{
    const AVRational shape = f->sample_aspect_ratio;
    const double ratio = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1.0;
    *width = f->width;
    *height = f->height;
    if (fabs(ratio - 1) <= 1.0 / 30 || ratio > SHAPE_MOST || ratio < 1 / SHAPE_MOST)
        return;
    if (ratio > 1)
        *width = (int)lround(f->width * ratio);
    else
        *height = (int)lround(f->height / ratio);
}

static int prepare(struct lw_pixels *p, const AVFrame *f, struct lw_why *why)
{
    int width, height;
    square_size(f, &width, &height);
    int full = f->color_range == AVCOL_RANGE_JPEG;
    const int format = plain_format(f->format, &full);
    const int matrix = matrix_of(f);
    if (p->sws && p->width == f->width && p->height == f->height && p->format == format &&
        p->matrix == matrix && p->full_range == full && p->out_width == width &&
        p->out_height == height)
        return LW_OK;
    lw_pixels_clear(p);
    p->sws = sws_getContext(f->width, f->height, format, width, height, AV_PIX_FMT_RGB24,
                            SWS_BILINEAR, NULL, NULL, NULL);
    if (!p->sws)
        return lw_why_set(why, LW_EUNSUP, -1, "no conversion from pixel format %s",
                          av_get_pix_fmt_name(format) ? av_get_pix_fmt_name(format) : "unknown");
    sws_setColorspaceDetails(p->sws, sws_getCoefficients(matrix), full,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    p->width = f->width;
    p->height = f->height;
    p->out_width = width;
    p->out_height = height;
    p->format = format;
    p->matrix = matrix;
    p->full_range = full;
    return LW_OK;
}

/* Where pixel (x, y) of the turned picture comes from in the stored one of w x h. */
static size_t turned_from(struct lw_turn t, int w, int h, int x, int y, size_t stride)
{
    int sx = x, sy = y;
    if (t.quarters == 1) {
        sx = y;
        sy = h - 1 - x;
    } else if (t.quarters == 2) {
        sx = w - 1 - x;
        sy = h - 1 - y;
    } else if (t.quarters == 3) {
        sx = w - 1 - y;
        sy = x;
    }
    if (t.mirror)
        sx = w - 1 - sx;
    return (size_t)sy * stride + (size_t)sx * 3;
}

static int turn_image(struct lw_image **image, struct lw_turn t, struct lw_why *why)
{
    if (!t.mirror && !t.quarters)
        return LW_OK;
    const struct lw_image *src = *image;
    const bool swap = t.quarters & 1;
    struct lw_image *dst = NULL;
    int r = lw_image_new(&dst, LW_PIX_RGB8, swap ? src->height : src->width,
                         swap ? src->width : src->height);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a turned frame");
    for (int y = 0; y < dst->height; y++) {
        uint8_t *row = lw_image_row(dst, y);
        for (int x = 0; x < dst->width; x++)
            memcpy(row + 3 * x,
                   src->data + turned_from(t, src->width, src->height, x, y, src->stride), 3);
    }
    lw_image_unref(image);
    *image = dst;
    return LW_OK;
}

int lw_pixels_convert(struct lw_pixels *p, struct lw_image **out, const AVFrame *frame,
                      struct lw_turn turn, struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    int r = prepare(p, frame, why);
    if (r < 0)
        return r;
    r = lw_image_new(&im, LW_PIX_RGB8, p->out_width, p->out_height);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a frame of %dx%d", p->out_width,
                          p->out_height);
    uint8_t *const planes[4] = {im->data, NULL, NULL, NULL};
    const int strides[4] = {(int)im->stride, 0, 0, 0};
    r = sws_scale(p->sws, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height,
                  planes, strides);
    if (r < 0)
        return lw_av_fault(why, r, "colour conversion");
    r = turn_image(&im, turn, why);
    if (r < 0)
        return r;
    *out = im;
    im = NULL;
    return LW_OK;
}
