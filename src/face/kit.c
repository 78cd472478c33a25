#include "face/kit.h"

#include <math.h>
#include <stdlib.h>

#include "face/landmarks.h"
#include "face/pose.h"
#include "face/quality.h"
#include "nn/session.h"

struct lw_facekit {
    struct lw_detector *detector;
    struct lw_landmarker *landmarker;
    struct lw_matcher *matcher;
};

int lw_facekit_new(struct lw_facekit **out, const struct lw_facekit_opts *opts, struct lw_why *why)
{
    const unsigned threads = opts->threads ? opts->threads : 1;
    const struct lw_nn_opts varying = {.threads = threads, .arena = false};
    const struct lw_nn_opts fixed = {.threads = threads, .arena = true};
    struct lw_matcher_opts matcher = opts->matcher;
    LW_AUTO(lw_facekit) kit = calloc(1, sizeof(*kit));
    if (!kit)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    matcher.cards_dir = opts->cards_dir;
    matcher.models_dir = opts->models_dir;
    int r = lw_detector_new(&kit->detector, opts->cards_dir, opts->models_dir, &opts->detector,
                            &varying, why);
    if (r < 0 ||
        (r = lw_landmarker_new(&kit->landmarker, opts->cards_dir, opts->models_dir, &fixed, why)) <
            0 ||
        (r = lw_matcher_open(&kit->matcher, &matcher, why)) < 0)
        return r;
    *out = kit;
    kit = NULL;
    return LW_OK;
}

void lw_facekit_free(struct lw_facekit **kit)
{
    if (!*kit)
        return;
    lw_matcher_close(&(*kit)->matcher);
    lw_landmarker_free(&(*kit)->landmarker);
    lw_detector_free(&(*kit)->detector);
    free(*kit);
    *kit = NULL;
}

struct lw_detector *lw_facekit_detector(struct lw_facekit *kit)
{
    return kit->detector;
}

struct lw_matcher *lw_facekit_matcher(struct lw_facekit *kit)
{
    return kit->matcher;
}

static struct lw_point midpoint(struct lw_point a, struct lw_point b)
{
    return (struct lw_point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

static void place_eyes(struct lw_face *f, const struct lw_image *image)
{
    struct lw_pose pose;
    /* Eye centres are midpoints of the corners, as ISO/IEC 39794-5 has them. */
    f->eyes[0] = midpoint(f->landmarks[36], f->landmarks[39]);
    f->eyes[1] = midpoint(f->landmarks[42], f->landmarks[45]);
    f->inter_eye_px = hypotf(f->eyes[1].x - f->eyes[0].x, f->eyes[1].y - f->eyes[0].y);
    if (lw_pose_estimate(&pose, f->landmarks, image->width, image->height) == LW_OK) {
        f->posed = true;
        f->yaw_deg = pose.yaw_deg;
        f->pitch_deg = pose.pitch_deg;
        f->roll_deg = pose.roll_deg;
    }
}

/* Landmarks and pose. 0: the landmarks do not lie as in a face. */
static int locate(struct lw_facekit *kit, const struct lw_image *image,
                  const struct lw_detection *det, struct lw_face *out, struct lw_why *why)
{
    struct lw_face f = {.box = det->box, .score = det->score};
    int r = lw_landmarks_find(kit->landmarker, image, &f.box, f.landmarks, why);
    if (r < 0)
        return r;
    if (!lw_landmarks_plausible(f.landmarks, &f.box))
        return 0;
    place_eyes(&f, image);
    *out = f;
    return 1;
}

static int measure(struct lw_face *f, const struct lw_image *image, float second_area_ratio,
                   struct lw_why *why)
{
    int r = lw_quality_measure(f, image, second_area_ratio);
    return r < 0 ? lw_why_set(why, r, -1, "face quality: %s", lw_err_name(r)) : LW_OK;
}

int lw_facekit_describe(struct lw_facekit *kit, const struct lw_image *image,
                        const struct lw_detection *det, struct lw_face *out, struct lw_why *why)
{
    struct lw_face f;
    int r = locate(kit, image, det, &f, why);
    if (r <= 0)
        return r;
    if ((r = measure(&f, image, -1, why)) < 0)
        return r;
    *out = f;
    return 1;
}

/* Area, halved for each CENTRE_HALVING of the squared distance between the face's centre and the
 * picture's, in half diagonals: a bystander at the edge must be some 3 times as large to be taken
 * for the one whom the photograph is of. docs/results/faces-ablation.md has what that is worth. */
static float prominence(const struct lw_face *f, const struct lw_image *image)
{
    const float CENTRE_HALVING = 1.0f / 6;
    float dx = f->box.x + f->box.w / 2 - (float)image->width / 2;
    float dy = f->box.y + f->box.h / 2 - (float)image->height / 2;
    float half = hypotf((float)image->width, (float)image->height) / 2;
    float d2 = (dx * dx + dy * dy) / (half * half);
    return f->box.w * f->box.h * exp2f(-d2 / CENTRE_HALVING);
}

static void sort_by_prominence(struct lw_face *v, size_t n, const struct lw_image *image)
{
    for (size_t i = 1; i < n; i++) {
        struct lw_face f = v[i];
        size_t j = i;
        for (; j > 0 && prominence(&v[j - 1], image) < prominence(&f, image); j--)
            v[j] = v[j - 1];
        v[j] = f;
    }
}

/* Area of the second largest box over that of the largest, 0 where there is no second. */
static float second_area_ratio(const struct lw_face *v, int n)
{
    float first = 0, second = 0;
    for (int i = 0; i < n; i++) {
        float area = v[i].box.w * v[i].box.h;
        second = lw_maxf(second, lw_minf(area, first));
        first = lw_maxf(first, area);
    }
    return first > 0 ? second / first : 0;
}

int lw_facekit_faces(struct lw_facekit *kit, const struct lw_image *image, struct lw_face **faces,
                     struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    int n = lw_detector_find(kit->detector, image, &found, why);
    if (n < 0)
        return n;
    LW_AUTO_MEM(struct lw_face) v = calloc((size_t)n + 1, sizeof(*v));
    if (!v)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int kept = 0, r = LW_OK;
    for (int i = 0; i < n; i++) {
        if ((r = locate(kit, image, &found[i], &v[kept], why)) < 0)
            return r;
        kept += r;
    }
    const float ratio = second_area_ratio(v, kept);
    for (int i = 0; i < kept; i++)
        if ((r = measure(&v[i], image, ratio, why)) < 0)
            return r;
    sort_by_prominence(v, (size_t)kept, image);
    *faces = v;
    v = NULL;
    return kept;
}

int lw_facekit_portrait(struct lw_facekit *kit, const struct lw_image *image, struct lw_face *face,
                        struct lw_template **tmpl, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    int n = lw_facekit_faces(kit, image, &faces, why);
    if (n <= 0)
        return n;
    int r = lw_matcher_extract(kit->matcher, image, &faces[0], tmpl, why);
    if (r < 0)
        return r;
    *face = faces[0];
    return 1;
}
