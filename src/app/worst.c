#include "app/worst.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cam/video.h"
#include "img/draw.h"
#include "img/geom.h"
#include "img/image.h"

enum { SHOWN_WIDTH = 960 };

static const struct lw_color GREEN = {47, 227, 155}, ORANGE = {255, 157, 71}, DARK = {13, 17, 23};

struct scene {
    const struct lw_truth *truth;
    const struct lw_vehicle_score *score;
    int camera;
};

/* What a frame is worth showing: each missed person's visible share ten times that of a captured
 * one. */
static float worth_of(const struct scene *s, int64_t frame)
{
    float worth = 0;
    for (size_t i = 0; i < s->truth->n_occupants; i++)
        for (size_t k = 0; k < s->truth->occupants[i].n_boxes; k++) {
            const struct lw_truth_box *b = &s->truth->occupants[i].boxes[k];
            if (b->camera == s->camera && b->frame == frame)
                worth += b->visible * (s->score->people[i].captured ? 1.0f : 10.0f);
        }
    return worth;
}

static int64_t choose_frame(const struct scene *s)
{
    int64_t best = 0;
    float most = 0;
    for (size_t i = 0; i < s->truth->n_occupants; i++)
        for (size_t k = 0; k < s->truth->occupants[i].n_boxes; k++) {
            const struct lw_truth_box *b = &s->truth->occupants[i].boxes[k];
            float worth = b->camera == s->camera ? worth_of(s, b->frame) : 0;
            if (worth > most) {
                most = worth;
                best = b->frame;
            }
        }
    return best;
}

/* The frame with that index; LW_ENOTFOUND where the source ends before it. */
static int read_frame(struct lw_image **out, const char *dir, const struct lw_bundle_camera *camera,
                      int64_t index)
{
    struct lw_source_opts opts = LW_SOURCE_DEFAULTS;
    LW_AUTO(lw_source) source = NULL;
    LW_AUTO_MEM(char) path = NULL;
    struct lw_frame f;
    opts.fps = camera->fps;
    int r = lw_path_join(dir, camera->source, &path, NULL);
    if (r < 0 || (r = lw_source_open(&source, dir, path, &opts, NULL)) < 0)
        return r;
    while ((r = lw_source_next(source, &f, NULL)) > 0) {
        if (f.index == index) {
            *out = f.image;
            return LW_OK;
        }
        lw_image_unref(&f.image);
    }
    return LW_ENOTFOUND;
}

static void cover(struct lw_image *im, const struct lw_rect *r)
{
    const int x0 = lw_maxi(0, (int)(r->x - 0.3f * r->w));
    const int x1 = lw_mini(im->width, (int)(r->x + 1.3f * r->w));
    const int y0 = lw_maxi(0, (int)(r->y - 0.3f * r->h));
    const int y1 = lw_mini(im->height, (int)(r->y + 1.3f * r->h));
    for (int y = y0; y < y1 && x0 < x1; y++)
        memset(lw_image_row(im, y) + 3 * x0, 128, (size_t)(3 * (x1 - x0)));
}

static void mark_person(struct lw_image *im, const struct scene *s, size_t who,
                        const struct lw_rect *box)
{
    const struct lw_person_score *p = &s->score->people[who];
    if (p->opted_out) {
        cover(im, box);
        return;
    }
    const struct lw_color c = p->captured ? GREEN : ORANGE;
    lw_draw_rect(im, box, 2, c);
    lw_draw_text(im, (int)box->x, lw_maxi(0, (int)box->y - 18), 2, s->truth->occupants[who].seat, c,
                 DARK);
}

static void mark_people(struct lw_image *im, const struct scene *s, int64_t frame, float scale)
{
    for (size_t i = 0; i < s->truth->n_occupants; i++)
        for (size_t k = 0; k < s->truth->occupants[i].n_boxes; k++) {
            const struct lw_truth_box *b = &s->truth->occupants[i].boxes[k];
            const struct lw_rect box = {b->x * scale, b->y * scale, b->w * scale, b->h * scale};
            if (b->camera == s->camera && b->frame == frame)
                mark_person(im, s, i, &box);
        }
}

static int draw_camera(struct lw_worst_frame *out, const char *dir, const struct lw_bundle *bundle,
                       const struct scene *s)
{
    LW_AUTO(lw_image) image = NULL;
    LW_AUTO(lw_image) small = NULL;
    int64_t frame = choose_frame(s);
    if (read_frame(&image, dir, &bundle->cameras[s->camera], frame) < 0)
        return 0;
    int width = lw_mini(SHOWN_WIDTH, image->width);
    float scale = (float)width / (float)image->width;
    int r = lw_image_resize(&small, image, width,
                            lw_maxi(1, (int)((float)image->height * scale + 0.5f)));
    if (r < 0)
        return r;
    mark_people(small, s, frame, scale);
    *out = (struct lw_worst_frame){bundle->cameras[s->camera].id, frame, lw_image_ref(small)};
    return 1;
}

int lw_worst_draw(struct lw_worst *worst, const char *dir, const struct lw_bundle *bundle,
                  const struct lw_truth *truth, const struct lw_vehicle_score *score,
                  struct lw_why *why)
{
    for (size_t c = 0; c < bundle->n_cameras; c++) {
        const struct scene s = {truth, score, (int)c};
        int r = draw_camera(&worst->frames[worst->n_frames], dir, bundle, &s);
        if (r < 0)
            return lw_why_set(why, r, -1, "no memory for a frame");
        worst->n_frames += (size_t)r;
    }
    return LW_OK;
}

void lw_worst_clear(struct lw_worst *worst)
{
    for (size_t i = 0; i < worst->n_frames; i++)
        lw_image_unref(&worst->frames[i].image);
    worst->n_frames = 0;
}
