/* From a row to a zone: a strip around the row is cut out of the picture, upright and at one size;
 * its rows are looked for anew, now in print whose size is known; lines that fit together get
 * columns in common; each cell is classified. Upright and upside down differ by the sign with which
 * a patch is cut. */
#include "doc/mrz_zone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "doc/mrz_marks.h"
#include "img/geom.h"

enum {
    PITCH = 20,      /* pixels from character to character in a strip */
    REACH = 6,       /* pitches of strip above and below the row */
    MARGIN = 5,      /* columns left and right of a whole row */
    LINES_MAX = 8,   /* lines of a strip that are looked at */
    COLUMNS_MAX = 64 /* columns of them */
};

static const float BLANK_MOST = 0.3f; /* share of blank cells above which it is no zone anyway */
static const float FINE = -0.1f;      /* score of a sample that is as it should be */
static const float GOOD = -0.25f;     /* score with which no other threshold is tried */

/* One line: columns count in common for all lines of the strip, and lie in 0..COLUMNS_MAX-1. */
struct line {
    bool known[COLUMNS_MAX]; /* a mark stands there */
    float x[COLUMNS_MAX];    /* its middle */
    float y[COLUMNS_MAX];
    float h[COLUMNS_MAX];
    int first, last;
    float y0, dy;    /* middle of the line at x = 0; slope */
    float x0, pitch; /* column 0 of the straight line through the marks; from column to column */
};

struct strip {
    struct lw_image *image;
    struct lw_affine to_picture;
    struct lw_marks marks;
    size_t n;
    struct line lines[LINES_MAX]; /* top first */
    float height;                 /* of a capital, pixels */
    float contrast;
};

static void strip_clear(struct strip *s)
{
    lw_image_unref(&s->image);
    lw_marks_clear(&s->marks);
}

/* The row stands in the middle of the strip and runs to the right. */
static int strip_cut(struct strip *s, const struct lw_image *gray, const struct lw_row *row)
{
    const int columns = row->column[row->n - 1] + 1;
    const int margin = lw_maxi(MARGIN, LW_MRZ_COLUMNS + 2 - columns);
    const float ux = row->dx / PITCH, uy = row->dy / PITCH;
    const float left = (float)(margin * PITCH), middle = (float)(REACH * PITCH);
    s->to_picture = (struct lw_affine){.a = ux,
                                       .b = -uy,
                                       .c = row->x - ux * left + uy * middle,
                                       .d = uy,
                                       .e = ux,
                                       .f = row->y - uy * left - ux * middle};
    return lw_image_warp(&s->image, gray, &s->to_picture, (columns + 2 * margin) * PITCH,
                         2 * REACH * PITCH + 1, 1.7f);
}

/* Put a row of the strip into a line; columns are those of the reference. */
static void line_add(struct line *l, const struct lw_row *r, const struct lw_marks *marks,
                     int shift)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct lw_mark *m = &marks->v[r->mark[i]];
        const int c = r->column[i] + shift;
        if (c < 0 || c >= COLUMNS_MAX || l->known[c])
            continue;
        l->known[c] = true;
        l->x[c] = m->x;
        l->y[c] = m->y;
        l->h[c] = m->h;
        l->first = lw_mini(l->first, c);
        l->last = lw_maxi(l->last, c);
    }
}

static float line_y(const struct line *l, float x)
{
    return l->y0 + l->dy * x;
}

/* Rows of a like pitch and slope become lines, pieces of one line are joined. Columns are those of
 * the reference row plus LEFT, counted at the abscissa where both rows have marks: seen from aside,
 * their pitches differ a little. */
static int shift_of(const struct lw_row *r, const struct lw_row *ref)
{
    enum { LEFT = 8 };
    const float left = lw_maxf(r->x, ref->x);
    const float right = lw_minf(r->x + r->dx * (float)r->column[r->n - 1],
                                ref->x + ref->dx * (float)ref->column[ref->n - 1]);
    const float x = 0.5f * (left + right);
    return LEFT + (int)lroundf((x - ref->x) / ref->dx - (x - r->x) / r->dx);
}

static struct line *line_near(struct strip *s, float x, float y, float reach)
{
    for (size_t k = 0; k < s->n; k++)
        if (fabsf(line_y(&s->lines[k], x) - y) < reach)
            return &s->lines[k];
    return NULL;
}

static void strip_lines(struct strip *s, const struct lw_row *rows, size_t n,
                        const struct lw_row *ref)
{
    const float middle = (float)s->image->width / 2;
    for (size_t i = 0; i < n; i++) {
        const struct lw_row *r = &rows[i];
        const float slope = r->dy / r->dx, y0 = r->y - slope * r->x;
        if (fabsf(r->dx / ref->dx - 1) > 0.09f || fabsf(slope - ref->dy / ref->dx) > 0.05f)
            continue;
        const int shift = shift_of(r, ref);
        struct line *l = line_near(s, middle, y0 + slope * middle, 0.6f * ref->dx);
        if (!l && s->n == LINES_MAX)
            continue;
        if (!l) {
            l = &s->lines[s->n++];
            *l = (struct line){.first = COLUMNS_MAX,
                               .last = -1,
                               .y0 = y0,
                               .dy = slope,
                               .x0 = r->x - r->dx * (float)shift,
                               .pitch = r->dx};
        }
        line_add(l, r, &s->marks, shift);
    }
}

static int by_height_on_page(const void *a, const void *b)
{
    const struct line *l = a, *m = b;
    const float d = line_y(l, 500) - line_y(m, 500);
    return d < 0 ? -1 : d > 0;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* The height of a capital: fillers are a little lower, digits a little higher. */
static float capital_height(const struct strip *s)
{
    float h[LINES_MAX * COLUMNS_MAX];
    size_t n = 0;
    for (size_t l = 0; l < s->n; l++)
        for (int c = 0; c < COLUMNS_MAX; c++)
            if (s->lines[l].known[c])
                h[n++] = s->lines[l].h[c];
    if (n == 0)
        return PITCH;
    qsort(h, n, sizeof(*h), by_value);
    return lw_clampf(h[n * 6 / 10], 0.6f * PITCH, 1.6f * PITCH);
}

/* Paper minus ink where the lines are. */
static float contrast_of(const struct strip *s)
{
    size_t histogram[256] = {0}, total = 0, seen = 0;
    int dark = -1, light = 255;
    for (size_t l = 0; l < s->n; l++) {
        if (s->lines[l].first >= COLUMNS_MAX)
            continue; /* no mark of it is known */
        for (int x = lw_maxi(0, (int)s->lines[l].x[s->lines[l].first]); x < s->image->width; x++)
            for (int k = -8; k <= 8; k++) {
                const int y = (int)line_y(&s->lines[l], (float)x) + k;
                if (y < 0 || y >= s->image->height)
                    continue;
                histogram[lw_image_crow(s->image, y)[x]]++;
                total++;
            }
    }
    for (int v = 0; v < 256; v++) {
        seen += histogram[v];
        if (dark < 0 && seen * 20 >= total)
            dark = v;
        if (seen * 10 >= total * 8) {
            light = v;
            break;
        }
    }
    return (float)lw_maxi(light - dark, 8);
}

static int strip_read(struct strip *s, const struct lw_image *gray, const struct lw_row *row,
                      enum lw_marks_by by)
{
    struct lw_row rows[LW_ROWS_MAX];
    int r = strip_cut(s, gray, row);
    if (r < 0)
        return r;
    r = lw_marks_find(&s->marks, s->image, by, PITCH * 3 / 4, 0.35f * PITCH, 1.7f * PITCH);
    if (r < 0)
        return r;
    const size_t n = lw_rows_find(rows, &s->marks, 6, 6);
    size_t ref = n;
    for (size_t i = 0; i < n && ref == n; i++) /* longest first */
        if (fabsf(rows[i].dx / PITCH - 1) < 0.12f)
            ref = i;
    if (ref == n)
        return 0;
    strip_lines(s, rows, n, &rows[ref]);
    qsort(s->lines, s->n, sizeof(s->lines[0]), by_height_on_page);
    s->height = capital_height(s);
    s->contrast = contrast_of(s);
    return 1;
}

/* Where the character of a column stands: at its mark, if that lies near where its neighbours on
 * both sides want it, else between or beyond them. */
static float column_x(const struct line *l, int c)
{
    int a = c - 1, b = c + 1;
    while (a >= l->first && !l->known[a])
        a--;
    while (b <= l->last && !l->known[b])
        b++;
    float want;
    if (a >= l->first && b <= l->last)
        want = l->x[a] + (l->x[b] - l->x[a]) * (float)(c - a) / (float)(b - a);
    else if (a >= l->first)
        want = l->x[a] + (float)(c - a) * l->pitch;
    else
        want = l->x[b] - (float)(b - c) * l->pitch;
    const bool inside = c >= 0 && c < COLUMNS_MAX && l->known[c];
    return inside && fabsf(l->x[c] - want) < 0.3f * l->pitch ? l->x[c] : want;
}

static float pixel(const struct lw_image *im, float x, float y)
{
    x = lw_clampf(x, 0, (float)im->width - 1.01f);
    y = lw_clampf(y, 0, (float)im->height - 1.01f);
    const int ix = (int)x, iy = (int)y;
    const float fx = x - (float)ix, fy = y - (float)iy;
    const uint8_t *a = lw_image_crow(im, iy) + ix, *b = lw_image_crow(im, iy + 1) + ix;
    return (1 - fy) * ((1 - fx) * (float)a[0] + fx * (float)a[1]) +
           fy * ((1 - fx) * (float)b[0] + fx * (float)b[1]);
}

/* How patches are cut: a capital's height in pixels, 1 upright or -1 upside down, and how far a
 * line of text further down a character leans, at column 0 and from column to column. */
struct cutting {
    float height, sign;
    float lean, lean_step;
};

static void classify_cell(float log_p[LW_OCRB_CLASSES], const struct strip *s, const struct line *l,
                          int column, const struct cutting *cut)
{
    float patch[LW_OCRB_PIXELS];
    const float cx = column_x(l, column), cy = line_y(l, cx);
    const float u = cut->sign * cut->height / LW_OCRB_CAP, slope = l->dy;
    const float lean = lw_clampf(cut->lean + cut->lean_step * (float)column, -0.4f, 0.4f);
    for (int y = 0; y < LW_OCRB_H; y++)
        for (int x = 0; x < LW_OCRB_W; x++) {
            const float px = u * ((float)x - 0.5f * (LW_OCRB_W - 1));
            const float py = u * ((float)y - 0.5f * (LW_OCRB_H - 1));
            patch[y * LW_OCRB_W + x] = pixel(s->image, cx + px + lean * py, cy + py + slope * px);
        }
    lw_ocrb_normalise(patch, s->contrast);
    lw_ocrb_classify(log_p, patch);
}

static float best_of(const float log_p[LW_OCRB_CLASSES])
{
    float best = log_p[0];
    for (int g = 1; g < LW_OCRB_GLYPHS; g++)
        best = lw_maxf(best, log_p[g]);
    return best;
}

/* Lines and columns of a strip that would make a zone of one of the formats. Seen from far aside,
 * lines may begin in columns that differ by one. */
struct window {
    size_t line, lines;
    int columns, first[LW_MRZ_LINES];
};

static float sample_score(const struct strip *s, const struct window *w, const struct cutting *cut)
{
    float sum = 0, log_p[LW_OCRB_CLASSES];
    int n = 0;
    for (size_t l = 0; l < w->lines; l++)
        for (int c = 1 + 2 * (int)l; c < w->columns; c += 5) {
            classify_cell(log_p, s, &s->lines[w->line + l], w->first[l] + c, cut);
            sum += lw_maxf(best_of(log_p), -4);
            n++;
        }
    return sum / (float)n;
}

/* Characters lean as the columns do. */
static void measure_lean(struct cutting *cut, const struct strip *s, const struct window *w)
{
    const struct line *top = &s->lines[w->line], *bottom = &s->lines[w->line + w->lines - 1];
    const int shift = w->first[w->lines - 1] - w->first[0];
    const float x0 = top->x0, x1 = bottom->x0 + (float)shift * bottom->pitch;
    const float down = line_y(bottom, x0) - line_y(top, x0);
    cut->lean = (x1 - x0) / down;
    cut->lean_step = (bottom->pitch - top->pitch) / down;
}

/* Upright or not, and the height; what is read well at the first try is not tried otherwise. */
static struct cutting choose_cutting(const struct strip *s, const struct window *w)
{
    static const float sizes[] = {0.92f, 1.08f};
    struct cutting base = {.height = s->height, .sign = 1};
    measure_lean(&base, s, w);
    float best_score = sample_score(s, w, &base);
    if (best_score < FINE) {
        struct cutting turned = base;
        turned.sign = -1;
        const float score = sample_score(s, w, &turned);
        if (score > best_score) {
            best_score = score;
            base = turned;
        }
    }
    struct cutting best = base;
    for (size_t i = 0; i < LW_COUNT(sizes) && best_score < FINE; i++) {
        struct cutting cut = base;
        cut.height *= sizes[i];
        const float score = sample_score(s, w, &cut);
        if (score > best_score) {
            best_score = score;
            best = cut;
        }
    }
    return best;
}

static struct lw_point in_picture(const struct strip *s, float x, float y)
{
    const struct lw_affine *a = &s->to_picture;
    return (struct lw_point){a->a * x + a->b * y + a->c, a->d * x + a->e * y + a->f};
}

static void place_corners(struct lw_mrz_zone *z, const struct strip *s, const struct window *w,
                          float sign)
{
    const struct line *top = &s->lines[w->line], *bottom = &s->lines[w->line + w->lines - 1];
    const int t = w->first[0], b = w->first[w->lines - 1], last = w->columns - 1;
    const float half = 0.5f * s->height, left = 0.5f * top->pitch;
    const float tx[2] = {column_x(top, t) - left, column_x(top, t + last) + left};
    const float bx[2] = {column_x(bottom, b) - left, column_x(bottom, b + last) + left};
    const struct lw_point p[4] = {in_picture(s, tx[0], line_y(top, tx[0]) - half),
                                  in_picture(s, tx[1], line_y(top, tx[1]) - half),
                                  in_picture(s, bx[1], line_y(bottom, bx[1]) + half),
                                  in_picture(s, bx[0], line_y(bottom, bx[0]) + half)};
    for (int i = 0; i < 4; i++)
        z->corners[i] = p[sign > 0 ? i : (i + 2) % 4];
}

/* All cells of the window, as they are read. */
static void read_window(struct lw_mrz_zone *z, const struct strip *s, const struct window *w,
                        const struct cutting *cut)
{
    float sum = 0;
    int blanks = 0;
    z->lines = w->lines;
    z->columns = (size_t)w->columns;
    for (size_t l = 0; l < w->lines; l++)
        for (int c = 0; c < w->columns; c++) {
            const size_t line = cut->sign > 0 ? l : w->lines - 1 - l;
            const int column = cut->sign > 0 ? c : w->columns - 1 - c;
            float *log_p = z->log_p[l][c];
            classify_cell(log_p, s, &s->lines[w->line + line], w->first[line] + column, cut);
            const float best = best_of(log_p);
            sum += lw_maxf(best, -4);
            blanks += log_p[LW_OCRB_NONE] > best;
        }
    const float cells = (float)w->lines * (float)w->columns;
    z->score = sum / cells;
    z->blank = (float)blanks / cells;
    place_corners(z, s, w, cut->sign);
}

static int best_glyph(const float log_p[LW_OCRB_CLASSES])
{
    int best = 0;
    for (int g = 1; g < LW_OCRB_GLYPHS; g++)
        if (log_p[g] > log_p[best])
            best = g;
    return best;
}

/* What a line's characters, once they are read, tell about its middle and about the height of
 * capitals: digits are a fourteenth higher, on the same foot. That is most of what tells 0 from O.
 */
struct sizing {
    size_t n;
    float height[LW_MRZ_LINES * LW_MRZ_COLUMNS];
};

static void measure_line(struct sizing *sizing, struct line *l, const struct lw_mrz_zone *z,
                         size_t row, int first, float sign)
{
    enum { ENOUGH = 4 };
    const float capital = 1.03f, digit = 1.115f, lift = 0.043f;
    float off[LW_MRZ_COLUMNS];
    size_t n = 0;
    for (int c = 0; c < (int)z->columns; c++) {
        const float *log_p = z->log_p[row][sign > 0 ? c : (int)z->columns - 1 - c];
        const int column = first + c, glyph = best_glyph(log_p);
        const char ch = lw_ocrb_char(glyph);
        if (column < 0 || column >= COLUMNS_MAX || !l->known[column] || ch == '<' ||
            log_p[glyph] < -0.7f)
            continue;
        const bool is_digit = ch <= '9' && ch != '0', is_capital = ch >= 'A' && ch != 'O';
        if (!is_digit && !is_capital)
            continue;
        const float h = l->h[column] / (is_digit ? digit : capital);
        sizing->height[sizing->n++] = h;
        off[n++] = l->y[column] - line_y(l, l->x[column]) + (is_digit ? sign * lift * h : 0);
    }
    if (n < ENOUGH)
        return;
    qsort(off, n, sizeof(*off), by_value);
    l->y0 += lw_clampf(off[n / 2], -0.15f * PITCH, 0.15f * PITCH);
}

/* Read once more, with the middle and the height that the first reading gave. */
static void read_closer(struct lw_mrz_zone *z, struct strip *s, const struct window *w,
                        struct cutting *cut)
{
    enum { ENOUGH = 8 };
    struct sizing sizing = {.n = 0};
    struct lw_mrz_zone closer;
    float before[LW_MRZ_LINES];
    for (size_t l = 0; l < w->lines; l++) {
        struct line *line = &s->lines[w->line + l];
        before[l] = line->y0;
        measure_line(&sizing, line, z, cut->sign > 0 ? l : w->lines - 1 - l, w->first[l],
                     cut->sign);
    }
    if (sizing.n >= ENOUGH) {
        qsort(sizing.height, sizing.n, sizeof(float), by_value);
        cut->height =
            lw_clampf(sizing.height[sizing.n / 2], 0.85f * cut->height, 1.15f * cut->height);
    }
    read_window(&closer, s, w, cut);
    if (closer.score - closer.blank > z->score - z->blank)
        *z = closer;
    for (size_t l = 0; l < w->lines; l++)
        s->lines[w->line + l].y0 = before[l];
}

/* Do these lines follow each other as those of a zone do? */
static bool together(const struct strip *s, const struct window *w)
{
    float gaps[LW_MRZ_LINES] = {0};
    const float middle = (float)s->image->width / 2;
    for (size_t l = 1; l < w->lines; l++) {
        gaps[l] =
            line_y(&s->lines[w->line + l], middle) - line_y(&s->lines[w->line + l - 1], middle);
        if (gaps[l] < 1.1f * PITCH || gaps[l] > 4.6f * PITCH)
            return false;
    }
    return w->lines < 3 || fabsf(gaps[1] - gaps[2]) < 0.35f * PITCH;
}

/* Lines that have just the right number of characters begin with their first; the others as those
 * do, or `offset` columns behind the first mark of all. */
static void place_window(struct window *w, const struct strip *s, int first, int offset)
{
    int whole = -1;
    for (size_t l = 0; l < w->lines; l++) {
        const struct line *line = &s->lines[w->line + l];
        if (line->last - line->first + 1 == w->columns)
            whole = line->first;
    }
    for (size_t l = 0; l < w->lines; l++) {
        const struct line *line = &s->lines[w->line + l];
        const bool exact = line->last - line->first + 1 == w->columns;
        w->first[l] = exact ? line->first : whole >= 0 ? whole : first + offset;
    }
}

/* Try the places where a window of so many lines and columns may stand; the better zone stays. */
static void try_format(struct lw_mrz_zone *best, struct strip *s, size_t line, size_t lines,
                       int columns, const struct lw_mrz_patience *p)
{
    int first = COLUMNS_MAX, last = -1;
    bool whole = false;
    struct window w = {.line = line, .lines = lines, .columns = columns};
    if (line + lines > s->n || !together(s, &w))
        return;
    for (size_t l = line; l < line + lines; l++) {
        first = lw_mini(first, s->lines[l].first);
        last = lw_maxi(last, s->lines[l].last);
        whole |= s->lines[l].last - s->lines[l].first + 1 == columns;
    }
    const int more = columns - (last - first + 1);
    if (abs(more) > 3)
        return;
    for (int k = 0; k <= abs(more) && !(whole && k > 0) && p->in_time(p->ctx); k++) {
        struct lw_mrz_zone z;
        place_window(&w, s, first, more >= 0 ? -k : k);
        struct cutting cut = choose_cutting(s, &w);
        read_window(&z, s, &w, &cut);
        if (z.blank < BLANK_MOST)
            read_closer(&z, s, &w, &cut);
        if (best->lines == 0 || z.score - z.blank > best->score - best->blank)
            *best = z;
    }
}

/* With one way to tell dark from light. */
static int read_by(struct lw_mrz_zone *best, const struct lw_image *gray, const struct lw_row *row,
                   enum lw_marks_by by, const struct lw_mrz_patience *p)
{
    struct strip s = {.image = NULL};
    int r = strip_read(&s, gray, row, by);
    for (size_t line = 0; r > 0 && line < s.n; line++) {
        try_format(best, &s, line, 3, 30, p);
        try_format(best, &s, line, 2, 36, p);
        try_format(best, &s, line, 2, 44, p);
    }
    strip_clear(&s);
    return r;
}

int lw_mrz_zone_read(struct lw_mrz_zone *out, const struct lw_image *gray, const struct lw_row *row,
                     const struct lw_mrz_patience *patience)
{
    static const enum lw_marks_by ways[] = {LW_MARKS_BY_MEAN, LW_MARKS_BY_CONTRAST,
                                            LW_MARKS_BY_SAUVOLA};
    int r = 0;
    out->lines = 0;
    for (size_t i = 0; i < LW_COUNT(ways) && r >= 0; i++) {
        if (out->lines > 0 && out->score - out->blank > GOOD)
            break;
        r = read_by(out, gray, row, ways[i], patience);
    }
    return r < 0 ? r : out->lines > 0;
}
