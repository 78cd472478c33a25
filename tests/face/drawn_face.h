/* tests/face/drawn_face.h - a face that is drawn, with landmarks known exactly: for measures that
 * need no network. Frontal, upright, in units of the eye distance. */
#ifndef LW_TESTS_FACE_DRAWN_FACE_H
#define LW_TESTS_FACE_DRAWN_FACE_H

#include <math.h>

#include "face/face.h"
#include "img/draw.h"

/* n landmarks from `first` on, along an ellipse arc around (x, y), degrees clockwise from the
 * right. */
static inline void put_arc(struct lw_point *lm, int first, int n, double x, double y, double rx,
                           double ry, double from_deg, double to_deg)
{
    for (int i = 0; i < n; i++) {
        double a = (from_deg + (to_deg - from_deg) * i / (n > 1 ? n - 1 : 1)) * 3.14159265 / 180;
        lm[first + i] = (struct lw_point){(float)(x + rx * cos(a)), (float)(y + ry * sin(a))};
    }
}

/* Eye centres at (-0.5, 0) and (0.5, 0), chin at (0, 1.7). `lids` is the eyes' opening, `lips` the
 * mouth's. */
static inline void unit_landmarks(struct lw_point lm[LW_LANDMARKS], double lids, double lips)
{
    put_arc(lm, 0, 17, 0, 0.2, 1.05, 1.5, 180, 0);       /* jaw */
    put_arc(lm, 17, 5, -0.5, -0.2, 0.4, 0.15, 190, 350); /* brows */
    put_arc(lm, 22, 5, 0.5, -0.2, 0.4, 0.15, 190, 350);
    for (int i = 0; i < 4; i++)
        lm[27 + i] = (struct lw_point){0, (float)(0.0 + 0.19 * i)}; /* bridge to tip */
    put_arc(lm, 31, 5, 0, 0.62, 0.2, 0.06, 180, 0);
    for (int eye = 0; eye < 2; eye++) {
        float x = eye ? 0.5f : -0.5f, half = (float)lids / 2;
        const struct lw_point p[6] = {{x - 0.2f, 0}, {x - 0.07f, -half}, {x + 0.07f, -half},
                                      {x + 0.2f, 0}, {x + 0.07f, half},  {x - 0.07f, half}};
        for (int i = 0; i < 6; i++)
            lm[36 + 6 * eye + i] = p[i];
    }
    put_arc(lm, 48, 7, 0, 1.15, 0.42, 0.12, 180, 360);
    put_arc(lm, 55, 5, 0, 1.15, 0.42, 0.14, 30, 150);
    put_arc(lm, 60, 5, 0, 1.15, 0.3, lips / 2, 180, 360);
    put_arc(lm, 65, 3, 0, 1.15, 0.3, lips / 2, 45, 135);
}

struct drawn_face {
    double x, y;       /* the point between the eyes, pixels */
    double inter_eye;  /* pixels */
    double lids, lips; /* openings in eye distances */
};

static inline struct lw_face face_of(const struct drawn_face *d)
{
    struct lw_face f = {.score = 1};
    unit_landmarks(f.landmarks, d->lids, d->lips);
    for (int i = 0; i < LW_LANDMARKS; i++) {
        f.landmarks[i].x = (float)(d->x + d->inter_eye * (double)f.landmarks[i].x);
        f.landmarks[i].y = (float)(d->y + d->inter_eye * (double)f.landmarks[i].y);
    }
    float e = (float)d->inter_eye, x = (float)d->x, y = (float)d->y;
    f.eyes[0] = (struct lw_point){x - e / 2, y};
    f.eyes[1] = (struct lw_point){x + e / 2, y};
    f.inter_eye_px = e;
    f.posed = true;
    f.box = (struct lw_rect){x - 1.1f * e, y - 0.9f * e, 2.2f * e, 2.7f * e};
    return f;
}

/* Skin of one colour with dark eyes, brows, nostrils and mouth on a grey ground. */
static inline struct lw_image *draw_face(const struct lw_face *f, int w, int h,
                                         struct lw_color skin)
{
    const struct lw_color dark = {30, 20, 20}, lip = {150, 70, 70};
    struct lw_image *im = NULL;
    if (lw_image_new(&im, LW_PIX_RGB8, w, h) < 0)
        return NULL;
    float e = f->inter_eye_px;
    struct lw_point mid = {(f->eyes[0].x + f->eyes[1].x) / 2, f->eyes[0].y + 0.5f * e};
    memset(im->data, 128, im->stride * (size_t)h);
    lw_draw_disc(im, mid, 1.9f * e, skin);
    for (int i = 17; i < 27; i++)
        lw_draw_disc(im, f->landmarks[i], 0.06f * e, dark);
    lw_draw_disc(im, f->eyes[0], 0.13f * e, dark);
    lw_draw_disc(im, f->eyes[1], 0.13f * e, dark);
    lw_draw_disc(im, f->landmarks[32], 0.05f * e, dark);
    lw_draw_disc(im, f->landmarks[34], 0.05f * e, dark);
    for (int i = 48; i < 60; i++)
        lw_draw_disc(im, f->landmarks[i], 0.06f * e, lip);
    return im;
}

#endif
