/* tests/face/kits.h - the networks and the sample photographs, for tests that need them. */
#ifndef LW_TESTS_FACE_KITS_H
#define LW_TESTS_FACE_KITS_H

#include "check.h"

#include "face/kit.h"
#include "img/codec.h"
#include "img/geom.h"

static inline struct lw_facekit *open_kit(const char *cards, const char *models)
{
    struct lw_facekit *kit = NULL;
    struct lw_why why = {0};
    const struct lw_facekit_opts opts = {
        .cards_dir = cards, .models_dir = models, .detector = LW_DETECTOR_DEFAULTS};
    if (lw_facekit_new(&kit, &opts, &why) < 0)
        fail_msg("%s", why.text);
    return kit;
}

static inline struct lw_image *load_photo(const char *photos, const char *name)
{
    struct lw_image *im = NULL;
    struct lw_why why = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", photos, name);
    if (lw_image_load(&im, path, NULL, &why) < 0)
        fail_msg("%s", why.text);
    return im;
}

/* A square about the third face of sample5.jpg (boxed at 602, 421, 164 x 253), `room` heights of
 * the face wide, with the face `height` pixels high. */
static inline struct lw_image *face_of_height(const char *photos, float height, float room)
{
    LW_AUTO(lw_image) photo = load_photo(photos, "sample5.jpg");
    LW_AUTO(lw_image) square = NULL;
    struct lw_image *out = NULL;
    const int side = (int)(room * 253);
    CHECK(lw_image_crop(&square, photo, 684 - side / 2, 548 - side / 2, side, side) == LW_OK);
    const int scaled = (int)(room * height);
    CHECK(lw_image_resize(&out, square, scaled, scaled) == LW_OK);
    return out;
}

#endif
