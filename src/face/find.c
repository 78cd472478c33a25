/* Faces of a still, whatever their size. One pass of the detector is good for boxes from about 12
 * to 300 pixels: its largest anchor is 256. So the picture is looked at in full size, and again at
 * a half, a quarter ... until it is no larger than that anchor; each pass but the last leaves boxes
 * that are too large for it to the next one. */
#include <math.h>
#include <stdlib.h>

#include "face/anchors.h"
#include "face/detector.h"
#include "img/geom.h"

enum {
    PIXELS_MAX = 9 << 20,   /* larger pictures begin with a reduced pass: 3840 x 2160 does not */
    LAST_SIDE = 320,        /* a pass over a picture this small sees faces as large as it */
    TRUSTED_H_PX = 300,     /* boxes higher than this are better seen at half the scale */
    ENLARGE_SIDE_MAX = 1024 /* only small pictures are enlarged */
};
static const float RETRY_THRESHOLD = 0.3f;

struct list {
    struct lw_detection *v;
    size_t n;
};

/* Append the found ones that are at most max_h_px high. */
static int append(struct list *l, const struct lw_detection *found, size_t n, float max_h_px)
{
    struct lw_detection *v = realloc(l->v, (l->n + n + 1) * sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    l->v = v;
    for (size_t i = 0; i < n; i++)
        if (found[i].box.h <= max_h_px)
            v[l->n++] = found[i];
    return LW_OK;
}

struct search {
    struct lw_detector *d;
    float threshold;
    float scale; /* of the first pass */
};

/* Drop what overlaps a better one and what a closer look does not confirm. */
static int sift(const struct search *s, const struct lw_image *image, struct list *l,
                struct lw_why *why)
{
    size_t n = lw_detection_nms(l->v, l->n, lw_detector_peek_opts(s->d)->nms_iou), kept = 0;
    for (size_t i = 0; i < n; i++) {
        int r = lw_detector_believes(s->d, image, &l->v[i], why);
        if (r < 0)
            return r;
        if (r)
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
    return LW_OK;
}

static int search_scales(const struct search *s, const struct lw_image *image, struct list *out,
                         struct lw_why *why)
{
    const float side = (float)lw_maxi(image->width, image->height);
    float scale = s->scale;
    for (bool last = false; !last; scale /= 2) {
        LW_AUTO_MEM(struct lw_detection) found = NULL;
        last = side * scale <= LAST_SIDE;
        int n = lw_detector_pass_over(s->d, image, NULL, scale, s->threshold, &found, why);
        if (n < 0)
            return n;
        float max_h_px = last ? INFINITY : TRUSTED_H_PX / scale;
        if (append(out, found, (size_t)n, max_h_px) < 0)
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    return sift(s, image, out, why);
}

static float first_scale(const struct lw_image *image)
{
    double pixels = (double)image->width * (double)image->height;
    double scale = sqrt((double)PIXELS_MAX / pixels);
    double widest = 0.95 * 16384 / lw_maxi(image->width, image->height);
    return (float)fmin(1.0, fmin(scale, widest));
}

/* A face that fills the picture has no surroundings: give it some. */
static int search_bordered(const struct search *base, const struct lw_image *image,
                           struct list *out, struct lw_why *why)
{
    LW_AUTO(lw_image) bordered = NULL;
    const int bx = image->width / 2, by = image->height / 2;
    int r =
        lw_image_crop(&bordered, image, -bx, -by, image->width + 2 * bx, image->height + 2 * by);
    if (r < 0)
        return r == LW_ELIMIT ? LW_OK : lw_why_set(why, r, -1, "border: %s", lw_err_name(r));
    struct search s = *base;
    s.scale = first_scale(bordered);
    r = search_scales(&s, bordered, out, why);
    for (size_t i = 0; r == LW_OK && i < out->n; i++) {
        out->v[i].box.x -= (float)bx;
        out->v[i].box.y -= (float)by;
    }
    return r;
}

/* The ladder of attempts for pictures where the plain search finds nothing. */
static int search_again(struct search *s, const struct lw_image *image, struct list *out,
                        struct lw_why *why)
{
    const bool small = lw_maxi(image->width, image->height) <= ENLARGE_SIDE_MAX;
    const float plain = s->scale;
    int r = search_bordered(s, image, out, why);
    if (r == LW_OK && out->n == 0 && small) {
        s->scale = 2;
        r = search_scales(s, image, out, why);
        s->scale = plain;
    }
    if (r == LW_OK && out->n == 0 && s->threshold > RETRY_THRESHOLD) {
        s->threshold = RETRY_THRESHOLD;
        r = search_scales(s, image, out, why);
    }
    return r;
}

int lw_detector_find(struct lw_detector *d, const struct lw_image *image,
                     struct lw_detection **found, struct lw_why *why)
{
    const struct lw_detector_opts *o = lw_detector_peek_opts(d);
    struct search s = {.d = d, .threshold = o->threshold, .scale = first_scale(image)};
    struct list l = {0};
    int r = search_scales(&s, image, &l, why);
    if (r == LW_OK && l.n == 0)
        r = search_again(&s, image, &l, why);
    if (r < 0) {
        free(l.v);
        return r;
    }
    *found = l.v;
    return (int)(l.n > o->max_faces ? o->max_faces : l.n);
}
