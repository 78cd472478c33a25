#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/bench.h"
#include "base/file.h"
#include "base/rng.h"
#include "face/align.h"
#include "face/landmarks.h"
#include "face/pixels.h"
#include "img/codec.h"
#include "img/geom.h"
#include "nn/session.h"

/* The uncut detector and the tiles that it is run in: 64 pixels of overlap. */
enum { TILE_W = 320, TILE_H = 240, STEP_X = 256, STEP_Y = 176 };

struct lw_bench_face {
    struct lw_facekit *kit;
    struct lw_landmarker *landmarker;
    struct lw_nn_bare *bare_embedding, *bare_landmarks, *bare_detector;
    struct lw_card detector_card;
    uint8_t *jpeg; /* 1920 x 1080 */
    size_t n_jpeg;
    struct lw_image *hd, *vga; /* the same scene at two sizes */
    struct lw_face face;       /* in hd */
    struct lw_template *a, *b;
    char picture[LW_APP_PATH + 64];
};

static int decode(struct lw_bench_face *f, int want_side, struct lw_why *why)
{
    LW_AUTO(lw_image) image = NULL;
    struct lw_decode_opts opts = LW_DECODE_DEFAULTS;
    opts.want_side = want_side;
    return lw_image_decode(&image, (struct lw_span){.data = f->jpeg, .n = f->n_jpeg}, &opts, why);
}

static int run_decode(void *ctx, struct lw_why *why)
{
    return decode(ctx, 0, why);
}

static int run_decode_small(void *ctx, struct lw_why *why)
{
    return decode(ctx, 480, why);
}

static int detect(struct lw_bench_face *f, const struct lw_image *image, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    return lw_detector_pass(lw_facekit_detector(f->kit), image, NULL, 1.0f, &found, why);
}

static int run_detect_vga(void *ctx, struct lw_why *why)
{
    return detect(ctx, ((struct lw_bench_face *)ctx)->vga, why);
}

static int run_detect_hd(void *ctx, struct lw_why *why)
{
    return detect(ctx, ((struct lw_bench_face *)ctx)->hd, why);
}

/* One run of the uncut detector on what begins at (x, y). */
static int run_tile(struct lw_bench_face *f, const struct lw_image *image, int x, int y,
                    struct lw_why *why)
{
    size_t count;
    float *input = lw_nn_bare_input(f->bare_detector, &count);
    const struct lw_image view = {.fmt = image->fmt,
                                  .width = image->width - x,
                                  .height = image->height - y,
                                  .stride = image->stride,
                                  .data = (uint8_t *)(uintptr_t)lw_image_crow(image, y) +
                                          (size_t)x * image->fmt};
    lw_pixels_fill(input, TILE_W, TILE_H, &view, 0, &f->detector_card);
    return lw_nn_bare_run(f->bare_detector, why);
}

/* Tiles over the whole frame and one pass over all of it for the large faces; joining the tiles'
 * boxes is left out, in the peer's favour. */
static int detect_tiled(struct lw_bench_face *f, const struct lw_image *image, struct lw_why *why)
{
    LW_AUTO(lw_image) small = NULL;
    int r = lw_image_resize(&small, image, TILE_W, TILE_H);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    r = run_tile(f, small, 0, 0, why);
    for (int y = 0; r == LW_OK && y + TILE_H < image->height + STEP_Y; y += STEP_Y)
        for (int x = 0; r == LW_OK && x + TILE_W < image->width + STEP_X; x += STEP_X)
            r = run_tile(f, image, lw_mini(x, image->width - TILE_W),
                         lw_mini(y, image->height - TILE_H), why);
    return r;
}

static int run_tiles_vga(void *ctx, struct lw_why *why)
{
    return detect_tiled(ctx, ((struct lw_bench_face *)ctx)->vga, why);
}

static int run_tiles_hd(void *ctx, struct lw_why *why)
{
    return detect_tiled(ctx, ((struct lw_bench_face *)ctx)->hd, why);
}

static int run_landmarks(void *ctx, struct lw_why *why)
{
    struct lw_bench_face *f = ctx;
    struct lw_point points[LW_LANDMARKS];
    return lw_landmarks_find(f->landmarker, f->hd, &f->face.box, points, why);
}

static int run_bare_landmarks(void *ctx, struct lw_why *why)
{
    return lw_nn_bare_run(((struct lw_bench_face *)ctx)->bare_landmarks, why);
}

static int run_align(void *ctx, struct lw_why *why)
{
    struct lw_bench_face *f = ctx;
    LW_AUTO(lw_image) chip = NULL;
    struct lw_point five[LW_ALIGN_POINTS];
    lw_align_five(f->face.landmarks, five);
    int r = lw_align_face(&chip, f->hd, five);
    return r < 0 ? lw_why_set(why, r, -1, "the face cannot be aligned") : LW_OK;
}

static int run_embed(void *ctx, struct lw_why *why)
{
    struct lw_bench_face *f = ctx;
    LW_AUTO(lw_template) t = NULL;
    return lw_matcher_extract(lw_facekit_matcher(f->kit), f->hd, &f->face, &t, why);
}

static int run_bare_embedding(void *ctx, struct lw_why *why)
{
    return lw_nn_bare_run(((struct lw_bench_face *)ctx)->bare_embedding, why);
}

static int run_compare(void *ctx, struct lw_why *why)
{
    struct lw_bench_face *f = ctx;
    float score;
    return lw_matcher_compare(lw_facekit_matcher(f->kit), f->a, f->b, &score, why);
}

static const struct lw_bench_case all_cases[] = {
    {"decode", "JPEG, 1920 x 1080, full size", "image", 1, 1, run_decode, NULL, NULL, NULL, 0, 0},
    {"decode_small", "the same JPEG at a quarter of its size", "image", 1, 1, run_decode_small,
     "the full size", run_decode, NULL, 0, 0},
    {"detect_640", "faces in 640 x 480, native resolution", "image", 1, 1, run_detect_vga,
     "the uncut graph in 320 x 240 tiles", run_tiles_vga, NULL, 1.0, 0},
    {"detect_1080", "faces in 1920 x 1080, native resolution", "image", 1, 1, run_detect_hd,
     "the uncut graph in 320 x 240 tiles", run_tiles_hd, NULL, 1.0, 0},
    {"landmarks", "68 points, crop included", "face", 1, 1, run_landmarks,
     "the runtime's bare Run, no crop", run_bare_landmarks, NULL, 0, 0},
    {"align", "similarity fit and warp to 112 x 112", "face", 1, 1, run_align, NULL, NULL, NULL, 0,
     0},
    {"embed", "aligned pixels to unit template, alignment included", "face", 1, 1, run_embed,
     "the runtime's bare Run of the same network", run_bare_embedding, NULL, 1.10, 0},
    {"compare", "two templates through the matcher's door", "pair", 1, 1, run_compare, NULL, NULL,
     NULL, 0, 0},
};

static bool is_jpeg(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".jpg") == 0 || strcmp(dot, ".jpeg") == 0);
}

/* The folder given, or `photos` beside the networks. */
static void find_photos(char out[LW_APP_PATH + 16], const struct lw_bench_opts *opts,
                        const struct lw_app_folders *folders)
{
    snprintf(out, LW_APP_PATH + 16, "%s%s", opts->photos ? opts->photos : folders->models,
             opts->photos ? "" : "/../photos");
}

/* The first picture in the folder that shows a face: hd is it, scaled to 1920 x 1080. */
static int use_photo(struct lw_bench_face *f, const char *path)
{
    LW_AUTO(lw_image) image = NULL;
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    if (lw_image_load(&image, path, NULL, NULL) < 0 ||
        lw_image_resize(&f->hd, image, 1920, 1080) < 0)
        return 0;
    int n = lw_facekit_faces(f->kit, f->hd, &faces, NULL);
    if (n <= 0) {
        lw_image_unref(&f->hd);
        return 0;
    }
    f->face = faces[0];
    snprintf(f->picture, sizeof(f->picture), "%s", path);
    return 1;
}

static void use_first_photo(struct lw_bench_face *f, const char *dir)
{
    struct lw_names names = {0};
    if (lw_names_list(&names, dir, 1000, NULL) < 0)
        return;
    for (size_t i = 0; i < names.n && !f->hd; i++) {
        LW_AUTO_MEM(char) path = NULL;
        if (is_jpeg(names.v[i]) && lw_path_join(dir, names.v[i], &path, NULL) == LW_OK)
            use_photo(f, path);
    }
    lw_names_clear(&names);
}

/* Without photographs: soft noise, and landmarks where a face of 150 pixels would have them. The
 * networks take as long on it as on a face. */
static int use_noise(struct lw_bench_face *f, struct lw_why *why)
{
    LW_AUTO(lw_image) coarse = NULL;
    struct lw_rng rng = lw_rng_seed(1080);
    if (lw_image_new(&coarse, LW_PIX_RGB8, 240, 135) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (int y = 0; y < coarse->height; y++)
        for (int x = 0; x < 3 * coarse->width; x++)
            lw_image_row(coarse, y)[x] = (uint8_t)lw_rng_below(&rng, 256);
    if (lw_image_resize(&f->hd, coarse, 1920, 1080) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    f->face = (struct lw_face){.box = {900, 450, 110, 150}, .score = 1, .quality = 50};
    for (int i = 0; i < LW_LANDMARKS; i++) {
        int five = i < 36 ? 2 : i < 42 ? 0 : i < 48 ? 1 : i < 54 ? 3 : 4;
        f->face.landmarks[i] =
            (struct lw_point){900 + lw_align_template[five].x, 470 + lw_align_template[five].y};
    }
    snprintf(f->picture, sizeof(f->picture), "noise made in memory, as no photograph was found");
    return LW_OK;
}

static int make_pictures(struct lw_bench_face *f, const struct lw_bench_opts *opts,
                         const struct lw_app_folders *folders, struct lw_why *why)
{
    char dir[LW_APP_PATH + 16];
    find_photos(dir, opts, folders);
    use_first_photo(f, dir);
    int r = f->hd ? LW_OK : use_noise(f, why);
    if (r < 0)
        return r;
    if (lw_image_resize(&f->vga, f->hd, 640, 480) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_image_encode_jpeg(f->hd, 90, &f->jpeg, &f->n_jpeg, why);
}

static int open_bare(struct lw_nn_bare **out, const struct lw_app_folders *folders,
                     const char *card, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    int r = lw_path_join(folders->cards, card, &path, why);
    if (r == LW_OK)
        r = lw_nn_bare_open(out, path, folders->models, why);
    if (r < 0)
        return r;
    size_t n;
    float *input = lw_nn_bare_input(*out, &n);
    struct lw_rng rng = lw_rng_seed(3);
    for (size_t i = 0; i < n; i++)
        input[i] = (float)lw_rng_range(&rng, -1, 1);
    return LW_OK;
}

static int open_networks(struct lw_bench_face *f, const struct lw_app_models *models,
                         const struct lw_app_folders *folders, struct lw_why *why)
{
    const struct lw_nn_opts fixed = {.threads = 1, .arena = true};
    LW_AUTO_MEM(char) card = NULL;
    int r = lw_app_open_kit(&f->kit, models, NULL, why);
    if (r < 0 ||
        (r = lw_landmarker_new(&f->landmarker, folders->cards, folders->models, &fixed, why)) < 0 ||
        (r = open_bare(&f->bare_embedding, folders, "embedding.json", why)) < 0 ||
        (r = open_bare(&f->bare_landmarks, folders, "landmarks.json", why)) < 0 ||
        (r = open_bare(&f->bare_detector, folders, "detector.json", why)) < 0 ||
        (r = lw_path_join(folders->cards, "detector.json", &card, why)) < 0)
        return r;
    return lw_card_load(&f->detector_card, card, why);
}

int lw_bench_face_new(struct lw_bench_face **out, const struct lw_bench_opts *opts,
                      struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_app_folders) folders = calloc(1, sizeof(*folders));
    LW_AUTO(lw_bench_face) f = calloc(1, sizeof(*f));
    if (!f || !folders)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    struct lw_matcher *m;
    int r = lw_app_find_models(folders, &opts->models, why);
    if (r < 0 || (r = open_networks(f, &opts->models, folders, why)) < 0 ||
        (r = make_pictures(f, opts, folders, why)) < 0)
        return r;
    m = lw_facekit_matcher(f->kit);
    if ((r = lw_matcher_extract(m, f->hd, &f->face, &f->a, why)) < 0 ||
        (r = lw_matcher_extract(m, f->hd, &f->face, &f->b, why)) < 0)
        return r;
    *out = f;
    f = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_bench_face_free(struct lw_bench_face **pointer)
{
    struct lw_bench_face *f = *pointer;
    if (!f)
        return;
    lw_template_free(&f->a);
    lw_template_free(&f->b);
    lw_image_unref(&f->hd);
    lw_image_unref(&f->vga);
    free(f->jpeg);
    lw_nn_bare_free(&f->bare_embedding);
    lw_nn_bare_free(&f->bare_landmarks);
    lw_nn_bare_free(&f->bare_detector);
    lw_landmarker_free(&f->landmarker);
    lw_facekit_free(&f->kit);
    free(f);
    *pointer = NULL;
}

struct lw_bench_suite lw_bench_face_suite(struct lw_bench_face *f)
{
    return (struct lw_bench_suite){all_cases, LW_COUNT(all_cases), f};
}

const char *lw_bench_face_picture(const struct lw_bench_face *f)
{
    return f->picture;
}
