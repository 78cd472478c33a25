#include "doc/mrz_picture.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "doc/mrz_decode.h"
#include "doc/mrz_marks.h"
#include "doc/mrz_zone.h"
#include "img/codec.h"
#include "img/geom.h"

/* One way to look for rows, the quick ones first: on the picture with its longer side brought near
 * to `side`, with one of the ways to tell dark from light. */
struct attempt {
    int side;
    enum lw_marks_by by;
};
static const struct attempt attempts[] = {
    {1500, LW_MARKS_BY_MEAN},    {1500, LW_MARKS_BY_CONTRAST}, {3000, LW_MARKS_BY_MEAN},
    {1500, LW_MARKS_BY_SAUVOLA}, {3000, LW_MARKS_BY_CONTRAST}, {900, LW_MARKS_BY_MEAN},
};

enum {
    ROW_MARKS_MIN = 10, /* of a row that is worth a closer look */
    ROWS_TRIED = 8,     /* of one attempt, longest first */
    SIDE_MAX = 32000,   /* and of any */
    SIDE_MIN = 64,      /* pixels of a picture that can hold a zone */
    MARGIN = 24,        /* of paper around the picture */
    SMALL_PX = 15,      /* print that is smaller on a reduced picture is cut out of the full one */
    GLANCE_SIDE_MIN = 1000, /* of a picture that is looked at in half of its size first */
    WANT_SIDE = 1500        /* pictures are decoded no larger than they must be, at first */
};
/* Scores of lw_mrz_zone: at once believed; believed at the end; believed if check digits fit. */
static const float CLEAR = -0.2f, LIKELY = -0.5f, POSSIBLE = -1.3f;

struct search {
    const struct lw_mrz_picture_opts *opts;
    int64_t began_ns;
    const struct lw_image *gray;
    struct lw_mrz_zone best; /* best.lines == 0: none yet */
};

/* Processor time of this thread: a busy machine must not turn a zone into none. */
static int64_t worked_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * LW_SEC + t.tv_nsec;
}

static bool in_time(const void *search)
{
    const struct search *s = search;
    return worked_ns() - s->began_ns < s->opts->time_ns;
}

static float merit(const struct lw_mrz_zone *z)
{
    return z->lines ? z->score - z->blank : -1e9f;
}

static bool clear_enough(const struct search *s)
{
    return s->best.lines > 0 && merit(&s->best) > CLEAR;
}

/* The row where it lies on the full picture. */
static struct lw_row scaled(const struct lw_row *row, float scale)
{
    struct lw_row r = *row;
    r.x = (row->x + 0.5f) * scale - 0.5f;
    r.y = (row->y + 0.5f) * scale - 0.5f;
    r.dx *= scale;
    r.dy *= scale;
    return r;
}

/* small_px: print with less than this from character to character is read off the full picture. */
static int try_rows(struct search *s, const struct lw_image *work, enum lw_marks_by by,
                    float small_px)
{
    const float scale = (float)s->gray->width / (float)work->width;
    const float side = (float)lw_maxi(work->width, work->height);
    const struct lw_mrz_patience patience = {in_time, s};
    struct lw_marks marks;
    struct lw_row rows[LW_ROWS_MAX];
    int r = lw_marks_find(&marks, work, by, lw_maxi(8, (int)(side / 90)), 5, side / 12);
    if (r < 0)
        return r;
    const size_t n = lw_rows_find(rows, &marks, ROW_MARKS_MIN, 90);
    for (size_t i = 0; i < n && i < ROWS_TRIED && r >= 0 && !clear_enough(s) && in_time(s); i++) {
        const bool small = hypotf(rows[i].dx, rows[i].dy) < small_px;
        const struct lw_row row = small ? scaled(&rows[i], scale) : rows[i];
        struct lw_mrz_zone z;
        r = lw_mrz_zone_read(&z, small ? s->gray : work, &row, &patience);
        if (r <= 0 || merit(&z) <= merit(&s->best))
            continue;
        s->best = z;
        for (int k = 0; k < 4 && !small; k++)
            s->best.corners[k] = (struct lw_point){(z.corners[k].x + 0.5f) * scale - 0.5f,
                                                   (z.corners[k].y + 0.5f) * scale - 0.5f};
    }
    lw_marks_clear(&marks);
    return r < 0 ? r : LW_OK;
}

/* Where the picture has about the size wanted it is taken as it is: resizing costs, and blurs.
 * Small ones grow only when a larger size than the first is asked for. */
static int try_attempt(struct search *s, const struct attempt *a)
{
    const int side = lw_maxi(s->gray->width, s->gray->height);
    const bool first_size = a->side == WANT_SIDE;
    const float scale = lw_minf((float)a->side / (float)side, first_size ? 1 : 2);
    if (scale > 0.8f && scale < 1.4f)
        return first_size ? try_rows(s, s->gray, a->by, SMALL_PX) : LW_OK;
    LW_AUTO(lw_image) work = NULL;
    const int w = lw_maxi(1, (int)lroundf((float)s->gray->width * scale));
    const int h = lw_maxi(1, (int)lroundf((float)s->gray->height * scale));
    int r = lw_image_resize(&work, s->gray, w, h);
    return r < 0 ? r : try_rows(s, work, a->by, SMALL_PX);
}

/* Rows of good print are seen on a half of the size too, for a quarter of the work. What is seen
 * there is read off the full picture. */
static int try_glance(struct search *s)
{
    LW_AUTO(lw_image) half = NULL;
    if (lw_maxi(s->gray->width, s->gray->height) < GLANCE_SIDE_MIN)
        return LW_OK;
    int r = lw_image_resize(&half, s->gray, s->gray->width / 2, s->gray->height / 2);
    return r < 0 ? r : try_rows(s, half, LW_MARKS_BY_MEAN, INFINITY);
}

static int search(struct search *s)
{
    int r = try_glance(s);
    for (size_t i = 0; i < LW_COUNT(attempts) && r >= 0 && !clear_enough(s) && in_time(s); i++) {
        r = try_attempt(s, &attempts[i]);
        if (i > 0 && s->best.lines > 0 && merit(&s->best) > LIKELY)
            break;
    }
    return r;
}

static size_t wrong_checks(const struct lw_mrz *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_findings; i++)
        n += m->findings[i].rule == LW_MRZ_CHECK_DIGIT;
    return n;
}

static void no_zone(struct lw_mrz_reading *out)
{
    out->found = false;
    out->mrz = (struct lw_mrz){.format = LW_MRZ_UNKNOWN, .n_findings = 1};
    out->mrz.findings[0] = (struct lw_mrz_finding){
        .field = LW_MRZ_WHOLE, .rule = LW_MRZ_ABSENT, .line = 1, .column = 1};
    out->n_lines = 0;
    out->n_corrected = 0;
    for (int f = 0; f < LW_MRZ_FIELDS; f++)
        out->confidence[f] = -1;
}

/* What was found, if it is believable: print that is not quite clear must prove itself by its check
 * digits, of which chance fits one in ten. */
static int conclude(struct lw_mrz_reading *out, const struct search *s)
{
    const float m = merit(&s->best);
    memset(out, 0, sizeof(*out));
    out->width = s->gray->width - 2 * MARGIN;
    out->height = s->gray->height - 2 * MARGIN;
    if (m < POSSIBLE) {
        no_zone(out);
        return LW_OK;
    }
    int r = lw_mrz_decode(out, &s->best, s->opts->today_utc_us);
    if (r < 0)
        return r;
    for (int k = 0; k < 4; k++)
        out->corners[k] =
            (struct lw_point){s->best.corners[k].x - MARGIN, s->best.corners[k].y - MARGIN};
    out->found = m > LIKELY || wrong_checks(&out->mrz) <= 1;
    if (!out->found)
        no_zone(out);
    return LW_OK;
}

/* The grey level of the paper at the edge: most of what lies there is paper, where a zone was cut
 * out closely. */
static uint8_t edge_level(const struct lw_image *gray)
{
    size_t histogram[256] = {0}, seen = 0;
    for (int y = 0; y < gray->height; y++) {
        const int step = y == 0 || y == gray->height - 1 || gray->width == 1 ? 1 : gray->width - 1;
        for (int x = 0; x < gray->width; x += step, seen++)
            histogram[lw_image_crow(gray, y)[x]]++;
    }
    int level = 0;
    for (size_t below = histogram[0]; below * 4 < seen * 3; below += histogram[level])
        level++;
    return (uint8_t)level;
}

/* A copy with a margin of paper, so that a zone may stand at the very edge. */
static int with_margin(struct lw_image **out, const struct lw_image *gray)
{
    LW_AUTO(lw_image) wide = NULL;
    int r = lw_image_new(&wide, LW_PIX_GRAY8, gray->width + 2 * MARGIN, gray->height + 2 * MARGIN);
    if (r < 0)
        return r;
    const int level = edge_level(gray);
    for (int y = 0; y < wide->height; y++) {
        const int from = y - MARGIN;
        memset(lw_image_row(wide, y), level, (size_t)wide->width);
        if (from >= 0 && from < gray->height)
            memcpy(lw_image_row(wide, y) + MARGIN, lw_image_crow(gray, from), (size_t)gray->width);
    }
    *out = wide;
    wide = NULL;
    return LW_OK;
}

static int check_opts(const struct lw_mrz_picture_opts *o, struct lw_why *why)
{
    if (o->max_side < SIDE_MIN || o->max_side > SIDE_MAX || o->max_pixels < 1 || o->time_ns < 0)
        return lw_why_set(why, LW_EINVAL, -1, "limits of a picture out of range");
    return LW_OK;
}

static int read_gray(struct lw_mrz_reading *out, const struct lw_image *gray,
                     const struct lw_mrz_picture_opts *opts, int64_t began_ns, struct lw_why *why)
{
    struct search s = {.opts = opts, .began_ns = began_ns, .gray = gray, .best = {.lines = 0}};
    int r = lw_maxi(gray->width, gray->height) < SIDE_MIN ? LW_OK : search(&s);
    if (r >= 0)
        r = conclude(out, &s);
    return r < 0 ? lw_why_set(why, r, -1, "no memory to read a picture") : LW_OK;
}

int lw_mrz_picture_read_image(struct lw_mrz_reading *out, const struct lw_image *image,
                              const struct lw_mrz_picture_opts *opts, struct lw_why *why)
{
    const struct lw_mrz_picture_opts defaults = LW_MRZ_PICTURE_DEFAULTS;
    const int64_t began_ns = worked_ns();
    LW_AUTO(lw_image) gray = NULL;
    LW_AUTO(lw_image) wide = NULL;
    opts = opts ? opts : &defaults;
    int r = check_opts(opts, why);
    if (r < 0)
        return r;
    if (lw_maxi(image->width, image->height) > opts->max_side ||
        (int64_t)image->width * image->height > opts->max_pixels)
        return lw_why_set(why, LW_ELIMIT, -1, "a picture of %d x %d pixels", image->width,
                          image->height);
    if (lw_image_to_gray(&gray, image) < 0 || with_margin(&wide, gray) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to read a picture");
    return read_gray(out, wide, opts, began_ns, why);
}

/* One decoding and what it gives; *reduced tells whether the file holds more pixels. */
static int read_decoded(struct lw_mrz_reading *out, struct lw_span file,
                        const struct lw_mrz_picture_opts *opts, int want_side, int64_t began_ns,
                        struct lw_why *why)
{
    struct lw_decode_opts decode = LW_DECODE_DEFAULTS;
    LW_AUTO(lw_image) gray = NULL;
    LW_AUTO(lw_image) wide = NULL;
    decode.max_side = opts->max_side;
    decode.max_pixels = opts->max_pixels;
    decode.want_side = want_side;
    int r = lw_image_decode_gray(&gray, file, &decode, why);
    if (r < 0)
        return r;
    if (with_margin(&wide, gray) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to read a picture");
    return read_gray(out, wide, opts, began_ns, why);
}

int lw_mrz_picture_read(struct lw_mrz_reading *out, struct lw_span file,
                        const struct lw_mrz_picture_opts *opts, struct lw_why *why)
{
    const struct lw_mrz_picture_opts defaults = LW_MRZ_PICTURE_DEFAULTS;
    const int64_t began_ns = worked_ns();
    struct lw_decode_opts decode = LW_DECODE_DEFAULTS;
    struct lw_image_info info;
    opts = opts ? opts : &defaults;
    int r = check_opts(opts, why);
    decode.max_side = opts->max_side;
    decode.max_pixels = opts->max_pixels;
    if (r < 0 || (r = lw_image_probe(&info, file, &decode, why)) < 0)
        return r;
    struct lw_mrz_reading reading;
    r = read_decoded(&reading, file, opts, WANT_SIDE, began_ns, why);
    if (r == LW_OK && !reading.found && reading.width < info.width &&
        worked_ns() - began_ns < opts->time_ns)
        r = read_decoded(&reading, file, opts, 0, began_ns, why);
    if (r < 0)
        return r;
    const float scale = (float)info.width / (float)reading.width;
    for (int k = 0; k < 4; k++) {
        reading.corners[k].x *= scale;
        reading.corners[k].y *= scale;
    }
    reading.width = info.width;
    reading.height = info.height;
    *out = reading;
    return LW_OK;
}
