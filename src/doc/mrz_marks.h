/* doc/mrz_marks.h - dark marks of a grey picture, and rows of them that stand at even distances;
 * inside doc/ only. The first half is what Leptonica is for: light, thresholds, components. */
#ifndef LW_DOC_MRZ_MARKS_H
#define LW_DOC_MRZ_MARKS_H

#include "img/image.h"

/* A connected dark area: its middle and the sides of its box, in pixels. */
struct lw_mark {
    float x, y, w, h;
};
struct lw_marks {
    size_t n;
    struct lw_mark *v;
};
void lw_marks_clear(struct lw_marks *m);

/* How dark is told from light. */
enum lw_marks_by {
    LW_MARKS_BY_MEAN,     /* darker than the mean around by a share of it: quick */
    LW_MARKS_BY_CONTRAST, /* after stretching the contrast of each place: for shadows and blur */
    LW_MARKS_BY_SAUVOLA /* mean and deviation around (Sauvola and Pietikainen, 2000): for grounds */
};
/* reach: pixels around that count, about the height of a character. Marks with a longer side
 * outside min_px..max_px, and those past the most that are of use, are left out.
 * LW_ENOMEM; LW_EINVAL for a picture that is not grey. */
int lw_marks_find(struct lw_marks *out, const struct lw_image *gray, enum lw_marks_by by, int reach,
                  float min_px, float max_px);

enum { LW_ROW_MARKS = 64 };
/* Marks in a row: evenly spaced, nearly of one size, in reading order or the reverse of it. */
struct lw_row {
    size_t n;
    uint16_t mark[LW_ROW_MARKS];
    int column[LW_ROW_MARKS]; /* from 0, growing: gaps leave numbers out */
    float x, y;               /* column 0 of the straight line through them */
    float dx, dy;             /* from column to column */
};

enum { LW_ROWS_MAX = 48 };
/* The rows of at least min_marks marks, longest first; max_turn_deg limits how far from the
 * horizontal they run (90: any direction; then those to the left of up and down are given with
 * growing x). Returns their number. */
size_t lw_rows_find(struct lw_row rows[LW_ROWS_MAX], const struct lw_marks *marks, size_t min_marks,
                    float max_turn_deg);

#endif
