/* The network is run in two parts. The stem, up to the features of stride 8, holds nine tenths of
 * the memory (half-resolution maps of 16 and 32 channels) but looks only 29 pixels around each
 * output; so it is run in strips of rows with 32 rows of overlap, and the joined features are
 * those of a run over the whole picture. The head sees all of them at once: a face is never cut by
 * a strip. */
#include "face/detector.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "face/anchors.h"
#include "face/pixels.h"
#include "img/geom.h"
#include "nn/session.h"

enum {
    FEATURE_STRIDE = 8,
    FEATURE_CHANNELS = 64,
    STRIP_OVERLAP = 32,    /* >= 29, multiple of the stride */
    CANDIDATES_MAX = 8192, /* anchors over the threshold in one pass */
    NET_SIDE_MAX = 16384,  /* pixels of network input */
    NET_PIXELS_MAX = 40 << 20
};

/* Memory of one pass. A detector keeps as many as calls ever ran at once. */
struct scratch {
    float *input, *strip, *features, *scores, *locs;
    size_t input_n, strip_n, features_n, scores_n, locs_n; /* floats there are */
    struct lw_detection *found;
    struct scratch *next;
};

struct lw_detector {
    struct lw_detector_opts opts;
    struct lw_nn *stem, *head;
    pthread_mutex_t lock; /* guards idle */
    struct scratch *idle;
};

static int check_opts(const struct lw_detector_opts *o, struct lw_why *why)
{
    if (!(o->threshold >= 0.05f && o->threshold <= 0.99f))
        return lw_why_set(why, LW_EINVAL, -1, "detector threshold must be 0.05 to 0.99");
    if (!(o->nms_iou >= 0.1f && o->nms_iou <= 0.9f))
        return lw_why_set(why, LW_EINVAL, -1, "detector nms_iou must be 0.1 to 0.9");
    if (!(o->min_h_px >= 0) || !isfinite(o->min_h_px))
        return lw_why_set(why, LW_EINVAL, -1, "detector min_h_px must be 0 or more");
    if (o->strip_rows < 0 || o->strip_rows % LW_ANCHOR_ALIGN != 0)
        return lw_why_set(why, LW_EINVAL, -1, "detector strip_rows must be a multiple of %d",
                          LW_ANCHOR_ALIGN);
    if (o->max_faces < 1 || o->max_faces > 1024)
        return lw_why_set(why, LW_EINVAL, -1, "detector max_faces must be 1 to 1024");
    return LW_OK;
}

int lw_detector_new(struct lw_detector **out, const char *cards_dir, const char *models_dir,
                    const struct lw_detector_opts *opts, const struct lw_nn_opts *nn,
                    struct lw_why *why)
{
    const struct lw_detector_opts defaults = LW_DETECTOR_DEFAULTS;
    LW_AUTO_MEM(char) card = NULL;
    int r = check_opts(opts ? opts : &defaults, why);
    if (r < 0 || (r = lw_path_join(cards_dir, "detector.json", &card, why)) < 0)
        return r;
    LW_AUTO(lw_detector) d = calloc(1, sizeof(*d));
    if (!d)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    d->opts = opts ? *opts : defaults;
    pthread_mutex_init(&d->lock, NULL);
    if ((r = lw_nn_open(&d->stem, card, models_dir, "stem", nn, why)) < 0 ||
        (r = lw_nn_open(&d->head, card, models_dir, "head", nn, why)) < 0)
        return r;
    *out = d;
    d = NULL;
    return LW_OK;
}

static void scratch_free(struct scratch *s)
{
    free(s->input);
    free(s->strip);
    free(s->features);
    free(s->scores);
    free(s->locs);
    free(s->found);
    free(s);
}

void lw_detector_free(struct lw_detector **d)
{
    if (!*d)
        return;
    while ((*d)->idle) {
        struct scratch *s = (*d)->idle;
        (*d)->idle = s->next;
        scratch_free(s);
    }
    lw_nn_free(&(*d)->stem);
    lw_nn_free(&(*d)->head);
    pthread_mutex_destroy(&(*d)->lock);
    free(*d);
    *d = NULL;
}

static struct scratch *borrow(struct lw_detector *d)
{
    pthread_mutex_lock(&d->lock);
    struct scratch *s = d->idle;
    if (s)
        d->idle = s->next;
    pthread_mutex_unlock(&d->lock);
    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (s)
        s->found = malloc(CANDIDATES_MAX * sizeof(*s->found));
    if (s && !s->found) {
        free(s);
        s = NULL;
    }
    return s;
}

static void give_back(struct lw_detector *d, struct scratch *s)
{
    pthread_mutex_lock(&d->lock);
    s->next = d->idle;
    d->idle = s;
    pthread_mutex_unlock(&d->lock);
}

/* At least n floats; what was there is lost. */
static int reserve(float **p, size_t *have, size_t n)
{
    if (*have >= n)
        return LW_OK;
    free(*p);
    *p = malloc(n * sizeof(float));
    *have = *p ? n : 0;
    return *p ? LW_OK : LW_ENOMEM;
}

/* Input of one pass: the picture as the network gets it and its padded size. */
struct pass {
    const struct lw_image *image;
    int w, h; /* multiples of LW_ANCHOR_ALIGN */
};

static int reserve_pass(struct scratch *s, const struct pass *p, int strip_rows)
{
    const size_t fw = (size_t)(p->w / FEATURE_STRIDE), fh = (size_t)(p->h / FEATURE_STRIDE);
    const size_t rows = (size_t)lw_mini(p->h, strip_rows + 2 * STRIP_OVERLAP);
    const size_t anchors = lw_anchor_count(p->w, p->h);
    int r = reserve(&s->input, &s->input_n, 3 * rows * (size_t)p->w);
    if (r == LW_OK)
        r = reserve(&s->strip, &s->strip_n, FEATURE_CHANNELS * (rows / FEATURE_STRIDE) * fw);
    if (r == LW_OK)
        r = reserve(&s->features, &s->features_n, FEATURE_CHANNELS * fh * fw);
    if (r == LW_OK)
        r = reserve(&s->scores, &s->scores_n, 2 * anchors);
    if (r == LW_OK)
        r = reserve(&s->locs, &s->locs_n, 4 * anchors);
    return r;
}

/* Features of rows [y0, y1) of the padded picture; with its surroundings [a, b) as input. */
static int run_strip(struct lw_detector *d, struct scratch *s, const struct pass *p, int y0, int y1,
                     struct lw_why *why)
{
    const int a = lw_maxi(y0 - STRIP_OVERLAP, 0), b = lw_mini(y1 + STRIP_OVERLAP, p->h);
    const size_t fw = (size_t)(p->w / FEATURE_STRIDE), fh = (size_t)(p->h / FEATURE_STRIDE);
    const size_t rows = (size_t)((b - a) / FEATURE_STRIDE);
    lw_pixels_fill(s->input, p->w, b - a, p->image, a, lw_nn_card(d->stem));
    struct lw_tensor in = {.ndim = 4, .dim = {1, 3, b - a, p->w}, .data = s->input};
    struct lw_tensor out = {
        .ndim = 4, .dim = {1, FEATURE_CHANNELS, (int64_t)rows, (int64_t)fw}, .data = s->strip};
    int r = lw_nn_run_into(d->stem, &in, &out, 1, why);
    if (r < 0)
        return r;
    const size_t skip = (size_t)((y0 - a) / FEATURE_STRIDE) * fw;
    const size_t keep = (size_t)((y1 - y0) / FEATURE_STRIDE) * fw;
    const size_t at = (size_t)(y0 / FEATURE_STRIDE) * fw;
    for (size_t c = 0; c < FEATURE_CHANNELS; c++)
        memcpy(s->features + c * fh * fw + at, s->strip + c * rows * fw + skip,
               keep * sizeof(float));
    return LW_OK;
}

static int run_head(struct lw_detector *d, struct scratch *s, const struct pass *p,
                    struct lw_why *why)
{
    const int64_t anchors = (int64_t)lw_anchor_count(p->w, p->h);
    struct lw_tensor in = {
        .ndim = 4,
        .dim = {1, FEATURE_CHANNELS, p->h / FEATURE_STRIDE, p->w / FEATURE_STRIDE},
        .data = s->features};
    struct lw_tensor out[2] = {{.ndim = 3, .dim = {1, anchors, 2}, .data = s->scores},
                               {.ndim = 3, .dim = {1, anchors, 4}, .data = s->locs}};
    return lw_nn_run_into(d->head, &in, out, 2, why);
}

static int by_falling_score(const void *a, const void *b)
{
    const struct lw_detection *p = a, *q = b;
    if (p->score != q->score)
        return p->score < q->score ? 1 : -1;
    /* A full order, so that the answer does not depend on the sorting. */
    if (p->box.y != q->box.y)
        return p->box.y < q->box.y ? -1 : 1;
    return (p->box.x > q->box.x) - (p->box.x < q->box.x);
}

size_t lw_detection_nms(struct lw_detection *v, size_t n, float iou)
{
    size_t kept = 0;
    if (n > 0)
        qsort(v, n, sizeof(*v), by_falling_score);
    for (size_t i = 0; i < n; i++) {
        bool taken = false;
        for (size_t j = 0; j < kept && !taken; j++)
            taken = lw_rect_iou(&v[j].box, &v[i].box) > iou;
        if (!taken)
            v[kept++] = v[i];
    }
    return kept;
}

/* Run the network over the picture; s->found holds the faces in its pixels. */
static int detect(struct lw_detector *d, struct scratch *s, const struct lw_image *image,
                  float threshold, size_t *n, struct lw_why *why)
{
    const int mask = LW_ANCHOR_ALIGN - 1;
    const struct pass p = {
        .image = image, .w = (image->width + mask) & ~mask, .h = (image->height + mask) & ~mask};
    const int strip = d->opts.strip_rows ? d->opts.strip_rows : p.h;
    if (p.w > NET_SIDE_MAX || p.h > NET_SIDE_MAX || (int64_t)p.w * p.h > NET_PIXELS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "%d x %d pixels are too many for the detector", p.w,
                          p.h);
    int r = reserve_pass(s, &p, strip);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for detection in %d x %d pixels", p.w, p.h);
    for (int y = 0; y < p.h; y += strip)
        if ((r = run_strip(d, s, &p, y, lw_mini(y + strip, p.h), why)) < 0)
            return r;
    if ((r = run_head(d, s, &p, why)) < 0)
        return r;
    *n = lw_anchors_decode(s->scores, s->locs, p.w, p.h, threshold, s->found, CANDIDATES_MAX);
    *n = lw_detection_nms(s->found, *n, d->opts.nms_iou);
    return LW_OK;
}

/* From pixels of the pass' picture to the image; boxes under the minimum height go. */
static size_t map_back(struct lw_detection *v, size_t n, const struct lw_rect *win, float step_x,
                       float step_y, float min_h_px)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct lw_rect *b = &v[i].box;
        const struct lw_rect box = {.x = win->x + b->x * step_x,
                                    .y = win->y + b->y * step_y,
                                    .w = b->w * step_x,
                                    .h = b->h * step_y};
        if (box.h >= min_h_px)
            v[kept++] = (struct lw_detection){.box = box, .score = v[i].score};
    }
    return kept;
}

/* The part of an image, without copying: for reading only, never referenced. */
static struct lw_image view_of(const struct lw_image *image, int x, int y, int w, int h)
{
    struct lw_image v = {.fmt = image->fmt, .width = w, .height = h, .stride = image->stride};
    v.data = image->data + (size_t)y * image->stride + (size_t)x * (size_t)image->fmt;
    return v;
}

/* The region inside the image, in whole pixels. */
static struct lw_rect clip(const struct lw_image *image, const struct lw_rect *region)
{
    const float w = (float)image->width, h = (float)image->height;
    if (!region)
        return (struct lw_rect){0, 0, w, h};
    const float x0 = lw_clampf(floorf(region->x), 0, w), y0 = lw_clampf(floorf(region->y), 0, h);
    const float x1 = lw_clampf(ceilf(region->x + region->w), 0, w);
    const float y1 = lw_clampf(ceilf(region->y + region->h), 0, h);
    return (struct lw_rect){x0, y0, x1 - x0, y1 - y0};
}

/* Faces of a picture that is resized already; *found in pixels of the image. */
static int detect_mapped(struct lw_detector *d, const struct lw_image *picture,
                         const struct lw_rect *win, float threshold, struct lw_detection **found,
                         struct lw_why *why)
{
    struct scratch *s = borrow(d);
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    size_t n = 0;
    int r = detect(d, s, picture, threshold, &n, why);
    if (r == LW_OK) {
        n = map_back(s->found, n, win, win->w / (float)picture->width,
                     win->h / (float)picture->height, d->opts.min_h_px);
        n = n > d->opts.max_faces ? d->opts.max_faces : n;
        struct lw_detection *v = malloc((n + 1) * sizeof(*v));
        if (v) {
            memcpy(v, s->found, n * sizeof(*v));
            *found = v;
            r = (int)n;
        } else {
            r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
        }
    }
    give_back(d, s);
    return r;
}

int lw_detector_pass_over(struct lw_detector *d, const struct lw_image *image,
                          const struct lw_rect *region, float scale, float threshold,
                          struct lw_detection **found, struct lw_why *why)
{
    if (!(scale >= 0.05f && scale <= 4.0f) || !(threshold >= 0.05f && threshold <= 0.99f))
        return lw_why_set(why, LW_EINVAL, -1,
                          "detection scale must be 0.05 to 4, threshold 0.05 to 0.99");
    const struct lw_rect win = clip(image, region);
    if (!(win.w >= 1 && win.h >= 1)) /* nothing of the image, hence no face */
        return (*found = calloc(1, sizeof(**found))) ? 0 : LW_ENOMEM;
    struct lw_image view = view_of(image, (int)win.x, (int)win.y, (int)win.w, (int)win.h);
    const int w = lw_maxi((int)lroundf(win.w * scale), 1);
    const int h = lw_maxi((int)lroundf(win.h * scale), 1);
    if (w == view.width && h == view.height)
        return detect_mapped(d, &view, &win, threshold, found, why);
    LW_AUTO(lw_image) resized = NULL;
    int r = lw_image_resize(&resized, &view, w, h);
    if (r < 0)
        return lw_why_set(why, r, -1, "resize to %d x %d for detection: %s", w, h, lw_err_name(r));
    return detect_mapped(d, resized, &win, threshold, found, why);
}

int lw_detector_pass(struct lw_detector *d, const struct lw_image *image,
                     const struct lw_rect *region, float scale, struct lw_detection **found,
                     struct lw_why *why)
{
    return lw_detector_pass_over(d, image, region, scale, d->opts.threshold, found, why);
}

const struct lw_detector_opts *lw_detector_peek_opts(const struct lw_detector *d)
{
    return &d->opts;
}
