#include "sim/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cam/video.h"
#include "sim/sensor.h"

void lw_sim_film_free(struct lw_sim_film **fp)
{
    struct lw_sim_film *f = *fp;
    if (!f)
        return;
    for (size_t i = 0; i < f->n_views; i++)
        free(f->truth[i]);
    free(f);
    *fp = NULL;
}

struct crew {
    struct lw_sim_easel easel;
    struct lw_sim_sensor *sensor;
    struct lw_video_writer *writer;
    struct lw_image *last; /* frame */
};

static void dismiss(struct crew *c)
{
    lw_canvas_free(&c->easel.background);
    lw_canvas_free(&c->easel.canvas);
    lw_canvas_free(&c->easel.spare);
    lw_sim_sensor_free(&c->sensor);
    lw_video_writer_abort(&c->writer);
    lw_image_unref(&c->last);
}

static int open_writer(struct crew *c, const struct lw_sim_scene *s, const struct lw_sim_view *v,
                       const char *dir, struct lw_why *why)
{
    char name[32];
    LW_AUTO_MEM(char) path = NULL;
    snprintf(name, sizeof(name), "%s.mp4", v->id);
    const int r = lw_path_join(dir, name, &path, why);
    if (r < 0)
        return r;
    const struct lw_video_writer_opts o = {
        .width = v->camera.width, .height = v->camera.height, .fps = (double)s->fps, .crf = 25};
    return lw_video_writer_open(&c->writer, path, &o, why);
}

static int set_up(struct lw_sim_easel *e, const struct lw_sim_scene *s, const struct lw_sim_view *v)
{
    const int w = v->camera.width, h = v->camera.height;
    int r = lw_canvas_new(&e->background, w, h);
    if (r == LW_OK)
        r = lw_canvas_new(&e->canvas, w, h);
    for (size_t i = 0; r == LW_OK && i < s->n_distractors; i++)
        if (s->distractor[i].kind == LW_DISTRACT_MIRROR)
            r = lw_canvas_new(&e->spare, w, h);
    return r;
}

static int hire(struct crew *c, const struct lw_sim_scene *s, const struct lw_sim_view *v,
                const char *dir, struct lw_why *why)
{
    int r = set_up(&c->easel, s, v);
    if (r < 0 || (r = lw_sim_sensor_new(&c->sensor, s, v)) < 0)
        return lw_why_set(why, r, -1, "no memory for a picture of %dx%d", v->camera.width,
                          v->camera.height);
    lw_sim_world_paint(s->world, c->easel.background, &v->camera);
    return open_writer(c, s, v, dir, why);
}

/* No light: an empty canvas, and nobody to be seen. */
static void paint(struct crew *c, const struct lw_sim_scene *s, const struct lw_sim_view *v,
                  int frame, struct lw_sim_frame_truth *truth)
{
    if (v->fault == LW_FAULT_BLACK) {
        struct lw_canvas *dark = c->easel.canvas;
        memset(dark->px, 0, (size_t)dark->width * (size_t)dark->height * sizeof(*dark->px));
        memset(truth, 0, sizeof(*truth));
        return;
    }
    lw_sim_stage_paint(&c->easel, s, v, frame, truth);
}

static int shoot_frame(struct crew *c, const struct lw_sim_scene *s, const struct lw_sim_view *v,
                       int frame, struct lw_sim_frame_truth *truth, struct lw_why *why)
{
    float dx, dy;
    if (v->fault == LW_FAULT_FROZEN && frame >= v->broken_from) {
        *truth = truth[-1];
        return lw_video_writer_put(c->writer, c->last, why);
    }
    LW_AUTO(lw_image) im = NULL;
    paint(c, s, v, frame, truth);
    lw_sim_stage_motion(s, v, frame, &dx, &dy);
    const int r = lw_sim_sensor_take(c->sensor, c->easel.canvas, dx, dy, &im);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a frame");
    lw_image_unref(&c->last);
    c->last = lw_image_ref(im);
    return lw_video_writer_put(c->writer, im, why);
}

static int shoot_view(struct lw_sim_film *f, const struct lw_sim_scene *s, size_t i,
                      const struct lw_sim_set *set, struct lw_why *why)
{
    struct crew c = {.sensor = NULL};
    int r = hire(&c, s, &s->view[i], set->dir, why);
    const bool stops = s->view[i].fault == LW_FAULT_STOPS;
    const int frames = stops ? s->view[i].broken_from : s->frames;
    for (int k = 0; k < frames && r == LW_OK; k++)
        r = set->stop && set->stop() ? lw_why_set(why, LW_EAGAIN, -1, "stopped before the end")
                                     : shoot_frame(&c, s, &s->view[i], k, &f->truth[i][k], why);
    if (r == LW_OK)
        r = lw_video_writer_finish(&c.writer, why);
    dismiss(&c);
    return r;
}

int lw_sim_film_shoot(struct lw_sim_film **out, const struct lw_sim_scene *s,
                      const struct lw_sim_set *set, struct lw_why *why)
{
    LW_AUTO(lw_sim_film) f = calloc(1, sizeof(*f));
    if (!f)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a film");
    f->frames = s->frames;
    for (; f->n_views < s->n_views; f->n_views++) {
        f->truth[f->n_views] = calloc((size_t)s->frames, sizeof(*f->truth[0]));
        if (!f->truth[f->n_views])
            return lw_why_set(why, LW_ENOMEM, -1, "no memory for a film");
    }
    for (size_t i = 0; i < s->n_views; i++) {
        const int r = shoot_view(f, s, i, set, why);
        if (r < 0)
            return r;
    }
    *out = f;
    f = NULL;
    return LW_OK;
}
