/* Anchors of RFB-320 (Linzaer's Ultra-Light detector, define_img_size and box_utils there).
 *
 * The network was trained on pictures of 320 x 240. The grids of stride 32 and 64 then have 8 and
 * 4 rows, which is 256 pixels, but training spread their anchors over the 240 pixels of the
 * picture: 30 and 60 from row to row. What the network learned is the mean of that stretch: in the
 * middle of the picture its row r stands at (r + 0.5) * 32 pixels, and was told to be at (r + 0.5)
 * * 30. Over all rows the mean difference is 8 pixels in both grids. On larger pictures, where rows
 * do lie 32 and 64 pixels apart, its boxes are therefore too low, and are moved up. */
#include "face/anchors.h"

#include <math.h>

const struct lw_anchor_level lw_anchor_levels[LW_ANCHOR_LEVELS] = {
    {.stride = 8, .n_sizes = 3, .sizes = {10, 16, 24}, .row_px = 8},
    {.stride = 16, .n_sizes = 2, .sizes = {32, 48}, .row_px = 16},
    {.stride = 32, .n_sizes = 2, .sizes = {64, 96}, .row_px = 30},
    {.stride = 64, .n_sizes = 3, .sizes = {128, 192, 256}, .row_px = 60},
};

/* Share of the box height by which boxes of a stretched level are too low. */
static const float STRETCH_SHIFT = 0.05f;

size_t lw_anchor_count(int w, int h)
{
    size_t n = 0;
    for (int i = 0; i < LW_ANCHOR_LEVELS; i++) {
        const struct lw_anchor_level *l = &lw_anchor_levels[i];
        n += (size_t)(w / l->stride) * (size_t)(h / l->stride) * (size_t)l->n_sizes;
    }
    return n;
}

struct lw_rect lw_anchor_decode(float cx, float cy, float side, const float loc[4])
{
    const float center_variance = 0.1f, size_variance = 0.2f;
    float w = side * expf(loc[2] * size_variance);
    float h = side * expf(loc[3] * size_variance);
    return (struct lw_rect){.x = cx + loc[0] * center_variance * side - w / 2,
                            .y = cy + loc[1] * center_variance * side - h / 2,
                            .w = w,
                            .h = h};
}

static bool sane(const struct lw_rect *r)
{
    return isfinite(r->x) && isfinite(r->y) && r->w > 0 && r->h > 0 && isfinite(r->w) &&
           isfinite(r->h);
}

/* One cell: n_sizes anchors that share a centre. Returns how many were written. */
static size_t decode_cell(const struct lw_anchor_level *l, float cx, float cy, const float *scores,
                          const float *locs, float threshold, struct lw_detection *out, size_t max)
{
    size_t n = 0;
    for (int k = 0; k < l->n_sizes && n < max; k++) {
        float p = scores[2 * k + 1];
        if (!(p >= threshold))
            continue;
        struct lw_rect box = lw_anchor_decode(cx, cy, (float)l->sizes[k], &locs[4 * k]);
        if (l->row_px < (float)l->stride)
            box.y -= STRETCH_SHIFT * box.h;
        if (sane(&box))
            out[n++] = (struct lw_detection){.box = box, .score = lw_minf(p, 1.0f)};
    }
    return n;
}

size_t lw_anchors_decode(const float *scores, const float *locs, int w, int h, float threshold,
                         struct lw_detection *out, size_t max)
{
    size_t n = 0;
    for (int i = 0; i < LW_ANCHOR_LEVELS; i++) {
        const struct lw_anchor_level *l = &lw_anchor_levels[i];
        for (int y = 0; y < h / l->stride; y++) {
            float cy = ((float)y + 0.5f) * (float)l->stride;
            for (int x = 0; x < w / l->stride; x++) {
                float cx = ((float)x + 0.5f) * (float)l->stride;
                n += decode_cell(l, cx, cy, scores, locs, threshold, out + n, max - n);
                scores += 2 * l->n_sizes;
                locs += 4 * l->n_sizes;
            }
        }
    }
    return n;
}
