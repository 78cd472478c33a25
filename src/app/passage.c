#include "app/passage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "img/geom.h"

enum { PICTURE_WIDTH = 1280 };

void lw_passage_blame(struct lw_passage *p, const char *fmt, ...)
{
    const size_t at = strlen(p->fault);
    char text[sizeof(p->fault)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(p->fault + at, sizeof(p->fault) - at, "%s%s", at ? "; " : "", text);
}

static void blame(struct lw_passage *p, const struct lw_why *why)
{
    lw_passage_blame(p, "%s", why->text);
}

static void drop(struct lw_frame *f)
{
    lw_image_unref(&f->image);
    *f = (struct lw_frame){0};
}

/* ---- reading ---- */

static int open_source(struct lw_passage *p, const char *dir, const struct lw_bundle_camera *camera,
                       struct lw_why *why)
{
    struct lw_source_opts opts = LW_SOURCE_DEFAULTS;
    LW_AUTO_MEM(char) path = NULL;
    opts.fps = camera->fps;
    int r = lw_path_join(dir, camera->source, &path, why);
    return r < 0 ? r : lw_source_open(&p->source, dir, path, &opts, why);
}

static void read_frame(struct lw_passage *p, struct lw_frame *f)
{
    if (!p->source || p->ended)
        return;
    const int64_t t0 = lw_now_ns();
    int r = lw_source_next(p->source, f, &p->why);
    p->decode_ns += lw_now_ns() - t0;
    if (r < 0 && !p->why.code)
        lw_why_set(&p->why, r, -1, "stopped");
    if (r <= 0)
        p->ended = true;
}

int lw_passage_open(struct lw_passage *p, struct lw_facekit *kit, const char *dir,
                    const struct lw_bundle_camera *camera, const struct lw_watch_opts *opts,
                    bool pictures)
{
    struct lw_why why = {0};
    p->pictures = pictures;
    int r = lw_watch_new(&p->watch, kit, opts);
    if (r < 0)
        return r;
    if ((r = open_source(p, dir, camera, &why)) < 0)
        blame(p, &why);
    read_frame(p, &p->frame);
    return r == LW_ENOMEM ? r : LW_OK;
}

void lw_passage_drop(struct lw_passage *p)
{
    drop(&p->frame);
}

void lw_passage_decode(struct lw_passage *p)
{
    read_frame(p, &p->ahead);
}

void lw_passage_advance(struct lw_passage *p)
{
    drop(&p->frame);
    if (p->failed) {
        drop(&p->ahead);
        p->ended = true;
    }
    p->frame = p->ahead;
    p->ahead = (struct lw_frame){0};
}

int64_t lw_passage_next_ns(const struct lw_passage *p)
{
    return p->frame.image ? p->frame.t_ns : INT64_MAX;
}

/* ---- looking ---- */

/* Keep a reduced copy of the frame that shows the most faces. */
static int keep_picture(struct lw_passage *p, const struct lw_frame *f)
{
    struct lw_watch_track *const *tracks;
    size_t faces = 0;
    const size_t n = lw_watch_tracks(p->watch, &tracks);
    for (size_t i = 0; i < n; i++)
        faces +=
            tracks[i]->n_steps > 1 && tracks[i]->steps[tracks[i]->n_steps - 1].frame == f->index;
    if (p->picture && faces <= p->picture_faces)
        return LW_OK;
    lw_image_unref(&p->picture);
    p->picture_faces = faces;
    p->picture_frame = f->index;
    const int w = lw_mini(PICTURE_WIDTH, f->image->width);
    const int h = lw_maxi(1, (int)((int64_t)f->image->height * w / f->image->width));
    return lw_image_resize(&p->picture, f->image, w, h);
}

static int look_at(struct lw_passage *p, const struct lw_frame *f, struct lw_why *why)
{
    p->width = f->image->width;
    p->height = f->image->height;
    p->frames++;
    p->last_t_ns = f->t_ns;
    p->last_frame_ns = lw_now_ns();
    int r = lw_watch_frame(p->watch, f->image, f->index, f->t_ns, why);
    if (r >= 0 && p->pictures)
        r = keep_picture(p, f);
    p->look_ns += lw_now_ns() - p->last_frame_ns;
    return r;
}

int lw_passage_look(struct lw_passage *p)
{
    struct lw_why why = {0};
    int r = look_at(p, &p->frame, &why);
    if (r >= 0)
        return LW_OK;
    blame(p, &why);
    p->failed = true;
    return r == LW_ENOMEM ? r : LW_OK;
}

static void blame_source(struct lw_passage *p, const struct lw_source_info *info)
{
    struct lw_camera_health health;
    char text[LW_HEALTH_TEXT];
    lw_watch_health(p->watch, &health);
    if (lw_health_print(text, &health))
        lw_passage_blame(p, "%s", text);
    if (info->frames_bad > 0)
        lw_passage_blame(p, "%lld frames could not be used", (long long)info->frames_bad);
    if (info->times_mended > 0)
        lw_passage_blame(p, "the clock stands still or jumps %lld times: the nominal rate is used",
                         (long long)info->times_mended);
    if (info->order_breaks > 0)
        lw_passage_blame(p, "numbers in the names go down %lld times: read in bytewise order",
                         (long long)info->order_breaks);
}

void lw_passage_finish(struct lw_passage *p)
{
    struct lw_source_info info;
    if (!p->source)
        return;
    lw_source_info(p->source, &info);
    blame_source(p, &info);
    if (p->why.code)
        blame(p, &p->why);
    drop(&p->frame);
    drop(&p->ahead);
    lw_source_close(&p->source);
}

void lw_passage_clear(struct lw_passage *p)
{
    lw_passage_finish(p);
    lw_watch_free(&p->watch);
    lw_image_unref(&p->picture);
}
