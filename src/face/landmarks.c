#include "face/landmarks.h"

#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "face/align.h"
#include "face/pixels.h"
#include "img/geom.h"
#include "nn/session.h"

enum { SIDE = 64, SIDE_PX_MAX = 16384 };

struct lw_landmarker {
    struct lw_nn *nn;
};

int lw_landmarker_new(struct lw_landmarker **out, const char *cards_dir, const char *models_dir,
                      const struct lw_nn_opts *nn, struct lw_why *why)
{
    LW_AUTO_MEM(char) card = NULL;
    LW_AUTO(lw_landmarker) l = calloc(1, sizeof(*l));
    if (!l)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_path_join(cards_dir, "landmarks.json", &card, why);
    if (r < 0 || (r = lw_nn_open(&l->nn, card, models_dir, NULL, nn, why)) < 0)
        return r;
    *out = l;
    l = NULL;
    return LW_OK;
}

void lw_landmarker_free(struct lw_landmarker **l)
{
    if (!*l)
        return;
    lw_nn_free(&(*l)->nn);
    free(*l);
    *l = NULL;
}

/* The square about the box's centre, as high as the box, in whole pixels, 64 x 64 grey. */
static int crop_face(struct lw_image **out, const struct lw_image *image, int x, int y, int side)
{
    struct lw_image *square = NULL, *gray = NULL;
    int r = lw_image_crop(&square, image, x, y, side, side);
    if (r == LW_OK)
        r = lw_image_to_gray(&gray, square);
    if (r == LW_OK)
        r = lw_image_resize(out, gray, SIDE, SIDE);
    lw_image_unref(&square);
    lw_image_unref(&gray);
    return r;
}

int lw_landmarks_find(struct lw_landmarker *l, const struct lw_image *image,
                      const struct lw_rect *box, struct lw_point points[LW_LANDMARKS],
                      struct lw_why *why)
{
    if (!(box->h >= 1 && box->h <= SIDE_PX_MAX && isfinite(box->x + box->y + box->w)))
        return lw_why_set(why, LW_EINVAL, -1, "a face box must be 1 to %d pixels high",
                          SIDE_PX_MAX);
    const int side = lw_maxi((int)lroundf(box->h), 1);
    const int x = (int)lroundf(box->x + box->w / 2 - (float)side / 2);
    const int y = (int)lroundf(box->y + box->h / 2 - (float)side / 2);
    LW_AUTO(lw_image) crop = NULL;
    int r = crop_face(&crop, image, x, y, side);
    if (r < 0)
        return lw_why_set(why, r, -1, "face crop: %s", lw_err_name(r));

    float pixels[SIDE * SIDE], out[2 * LW_LANDMARKS];
    lw_pixels_fill(pixels, SIDE, SIDE, crop, 0, lw_nn_card(l->nn));
    struct lw_tensor in = {.ndim = 4, .dim = {1, 1, SIDE, SIDE}, .data = pixels};
    struct lw_tensor result = {.ndim = 2, .dim = {1, 2 * LW_LANDMARKS}, .data = out};
    if ((r = lw_nn_run_into(l->nn, &in, &result, 1, why)) < 0)
        return r;
    for (int i = 0; i < LW_LANDMARKS; i++)
        points[i] = (struct lw_point){.x = (float)x + out[2 * i] * (float)side,
                                      .y = (float)y + out[2 * i + 1] * (float)side};
    return LW_OK;
}

bool lw_landmarks_plausible(const struct lw_point points[LW_LANDMARKS], const struct lw_rect *box)
{
    struct lw_point p[LW_ALIGN_POINTS];
    lw_align_five(points, p);
    /* Coordinates along the eye line (u) and down the face (v), in units of the box height. */
    float ex = p[1].x - p[0].x, ey = p[1].y - p[0].y;
    float eyes = hypotf(ex, ey);
    if (!(eyes > 0.1f * box->h && eyes < 0.9f * box->h) || ex <= 0)
        return false;
    float mx = (p[0].x + p[1].x) / 2, my = (p[0].y + p[1].y) / 2;
    float nose_v = ((p[2].y - my) * ex - (p[2].x - mx) * ey) / (eyes * box->h);
    float mouth_x = (p[3].x + p[4].x) / 2, mouth_y = (p[3].y + p[4].y) / 2;
    float mouth_v = ((mouth_y - my) * ex - (mouth_x - mx) * ey) / (eyes * box->h);
    return nose_v > 0.03f && mouth_v > nose_v && mouth_v < 0.8f;
}
