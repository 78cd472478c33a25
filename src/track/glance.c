#include "track/glance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/geom.h"

enum {
    COLUMNS = 240,     /* blocks across; 8 pixels at 1920 */
    STEP = 2,          /* every other pixel of every other row is read */
    BLOCK_MIN = 8,     /* pixels */
    MOVED_BLOCKS = 2,  /* one alone may be a bad pixel or a spark */
    BINS = 512,        /* of changes in sixteenths of a level */
    SICK_ROW = 3,      /* dark or blank frames, one after the other */
    RUN_FRAMES_MIN = 8 /* that a frozen picture lasts */
};

/* A frozen picture that was encoded again still changes a little: levels, mean and largest. */
static const float SAME_MEAN = 0.3f, SAME_MOST = 5;
static const float EQUAL = 0.5f;       /* levels: not even that */
static const float FULL_MOTION = 3.0f; /* mean change of blocks from one frame to the next */
static const float NOISE_MAX = 2;      /* levels; more than that is motion everywhere */
static const float BLACK_MEAN = 6, BLACK_PEAK = 24, BLANK_SPREAD = 6; /* levels */
static const int64_t RUN_MIN_NS = 700 * LW_MS;
static const int64_t STILL_MIN_NS = 2 * LW_SEC; /* where it is not equal to the last bit */
static const double SICK_SHARE = 0.2;           /* of the frames that are black or blank */

struct lw_glance {
    struct lw_glance_opts opts;
    int width, height, block, columns, rows;
    float *now, *before, *looked; /* means of blocks: this frame, the one before, the last look */
    int64_t last_look_ns;
    int unchanged; /* frames in a row that were looked at and had not changed */
    struct lw_camera_health health;
    int black_row, blank_row; /* such frames up to this one */
    bool moving;              /* all of the picture moved from the frame before to this one */
    struct {
        int64_t first, last, from_ns, until_ns, frames;
        bool abrupt;
        float most; /* largest change of a block in it */
    } run;          /* of one and the same picture, up to this frame */
};

int lw_glance_new(struct lw_glance **out, const struct lw_glance_opts *opts)
{
    const struct lw_glance_opts defaults = LW_GLANCE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (!(opts->change >= 0.5f && opts->change <= 64) || !(opts->noise_factor >= 0) ||
        opts->looks < 0 || opts->max_rest_ns < 0)
        return LW_EINVAL;
    struct lw_glance *g = calloc(1, sizeof(*g));
    if (!g)
        return LW_ENOMEM;
    g->opts = *opts;
    g->health.frozen_from = g->health.frozen_to = -1;
    *out = g;
    return LW_OK;
}

void lw_glance_free(struct lw_glance **g)
{
    if (!*g)
        return;
    free((*g)->now);
    free((*g)->before);
    free((*g)->looked);
    free(*g);
    *g = NULL;
}

static size_t n_blocks(const struct lw_glance *g)
{
    return (size_t)g->columns * (size_t)g->rows;
}

static int set_up(struct lw_glance *g, const struct lw_image *image)
{
    g->width = image->width;
    g->height = image->height;
    g->block = lw_maxi(BLOCK_MIN, (image->width + COLUMNS - 1) / COLUMNS);
    g->columns = lw_maxi(1, image->width / g->block);
    g->rows = lw_maxi(1, image->height / g->block);
    g->now = calloc(n_blocks(g), sizeof(float));
    g->before = calloc(n_blocks(g), sizeof(float));
    g->looked = calloc(n_blocks(g), sizeof(float));
    return g->now && g->before && g->looked ? LW_OK : LW_ENOMEM;
}

/* Mean of (R + 2 G + B) / 4 over the pixels that are read; nearly luma, and much cheaper. */
static float mean_of(const struct lw_image *image, int x0, int y0, int side)
{
    const int x1 = lw_mini(x0 + side, image->width), y1 = lw_mini(y0 + side, image->height);
    int sum = 0, n = 0;
    for (int y = y0; y < y1; y += STEP) {
        const uint8_t *p = lw_image_crow(image, y) + 3 * (ptrdiff_t)x0;
        for (int x = x0; x < x1; x += STEP, p += 3 * STEP, n++)
            sum += p[0] + 2 * p[1] + p[2];
    }
    return (float)sum / (4 * (float)lw_maxi(n, 1));
}

struct tone {
    float mean, least, most;
};

static struct tone read_blocks(struct lw_glance *g, const struct lw_image *image)
{
    struct tone t = {0, 255, 0};
    for (int row = 0; row < g->rows; row++)
        for (int column = 0; column < g->columns; column++) {
            const float m = mean_of(image, column * g->block, row * g->block, g->block);
            g->now[row * g->columns + column] = m;
            t.mean += m / (float)n_blocks(g);
            t.least = lw_minf(t.least, m);
            t.most = lw_maxf(t.most, m);
        }
    return t;
}

struct change {
    float mean, most;
    float noise; /* standard deviation, from the median of all changes */
};

static struct change compare(const struct lw_glance *g, const float *with)
{
    size_t bin[BINS] = {0}, below = 0;
    struct change c = {0};
    for (size_t i = 0; i < n_blocks(g); i++) {
        const float d = fabsf(g->now[i] - with[i]);
        c.mean += d / (float)n_blocks(g);
        c.most = lw_maxf(c.most, d);
        bin[lw_mini((int)(16 * d), BINS - 1)]++;
    }
    int median = 0;
    while (below + bin[median] <= n_blocks(g) / 2)
        below += bin[median++];
    c.noise = lw_minf(NOISE_MAX, 1.4826f * ((float)median + 0.5f) / 16);
    return c;
}

static bool has_moved(const struct lw_glance *g)
{
    const struct change c = compare(g, g->looked);
    const float least = lw_maxf(g->opts.change, g->opts.noise_factor * c.noise);
    int moved = 0;
    if (c.most < least)
        return false;
    for (size_t i = 0; i < n_blocks(g) && moved < MOVED_BLOCKS; i++)
        moved += fabsf(g->now[i] - g->looked[i]) >= least;
    return moved >= lw_mini(MOVED_BLOCKS, (int)n_blocks(g));
}

/* Cameras that bracket their exposures may give two dark or flooded frames for each good one: only
 * from the third on in a row they count, and then all of them. */
static void note_sick(int64_t *count, int *in_row, bool sick)
{
    *in_row = sick ? *in_row + 1 : 0;
    if (*in_row >= SICK_ROW)
        *count += *in_row == SICK_ROW ? SICK_ROW : 1;
}

static void note_tone(struct lw_glance *g, const struct tone *t)
{
    const bool black = t->mean < BLACK_MEAN && t->most < BLACK_PEAK;
    note_sick(&g->health.black, &g->black_row, black);
    note_sick(&g->health.blank, &g->blank_row, !black && t->most - t->least < BLANK_SPREAD);
}

/* Is the run up to this frame what only a frozen camera gives? */
static bool is_frozen(const struct lw_glance *g)
{
    const int64_t lasted = g->run.until_ns - g->run.from_ns;
    if (g->run.frames < RUN_FRAMES_MIN || lasted < RUN_MIN_NS)
        return false;
    const bool whole = g->run.frames == g->health.frames;
    return g->run.abrupt || (whole && (g->run.most <= EQUAL || lasted >= STILL_MIN_NS));
}

/* A passage that stood still and moves after all was no frozen one. */
static void start_run(struct lw_glance *g, int64_t frame, int64_t t_ns)
{
    if (!g->run.abrupt && g->health.frozen_from == g->run.first) {
        g->health.frozen_from = g->health.frozen_to = -1;
        g->health.frozen_ns = 0;
    }
    g->run.first = frame;
    g->run.from_ns = t_ns;
    g->run.frames = 0;
    g->run.most = 0;
    g->run.abrupt = false;
}

/* The longest frozen run is kept. */
static void keep_run(struct lw_glance *g)
{
    struct lw_camera_health *h = &g->health;
    const int64_t lasted = g->run.until_ns - g->run.from_ns;
    if (is_frozen(g) && lasted > h->frozen_ns) {
        h->frozen_from = g->run.first;
        h->frozen_to = g->run.last;
        h->frozen_ns = lasted;
    }
}

static void note_motion(struct lw_glance *g, int64_t frame, int64_t t_ns)
{
    const bool first = g->health.frames == 1;
    const struct change c = first ? (struct change){0} : compare(g, g->before);
    const bool same = !first && c.mean <= SAME_MEAN && c.most <= SAME_MOST;
    if (!same)
        start_run(g, frame, t_ns);
    else if (g->run.frames == 1)
        g->run.abrupt = g->moving; /* to a stand within one frame */
    g->run.frames++;
    g->run.last = frame;
    g->run.until_ns = t_ns;
    g->run.most = same ? lw_maxf(g->run.most, c.most) : 0;
    g->moving = c.mean > FULL_MOTION;
    keep_run(g);
}

static bool is_due(struct lw_glance *g, int64_t t_ns)
{
    if (g->health.frames == 1 || has_moved(g)) {
        g->unchanged = 0;
        return true;
    }
    return ++g->unchanged < g->opts.looks || t_ns - g->last_look_ns >= g->opts.max_rest_ns;
}

int lw_glance_take(struct lw_glance *g, const struct lw_image *image, int64_t frame, int64_t t_ns)
{
    int r = g->now ? LW_OK : set_up(g, image);
    if (r < 0)
        return r;
    if (image->fmt != LW_PIX_RGB8 || image->width != g->width || image->height != g->height)
        return LW_EINVAL;
    float *spare = g->before;
    g->before = g->now;
    g->now = spare;
    const struct tone t = read_blocks(g, image);
    g->health.frames++;
    note_tone(g, &t);
    note_motion(g, frame, t_ns);
    if (!is_due(g, t_ns))
        return 0;
    memcpy(g->looked, g->now, n_blocks(g) * sizeof(float));
    g->last_look_ns = t_ns;
    g->health.looked_at++;
    return 1;
}

void lw_glance_health(const struct lw_glance *g, struct lw_camera_health *out)
{
    *out = g->health;
    if (g->black_row == g->health.frames) /* however few they are */
        out->black = g->health.frames;
    if (g->blank_row == g->health.frames)
        out->blank = g->health.frames;
}

static bool is_many(int64_t n, int64_t of)
{
    return n > 0 && (n >= 3 || n == of) && (double)n >= SICK_SHARE * (double)of;
}

int lw_health_print(char out[LW_HEALTH_TEXT], const struct lw_camera_health *h)
{
    if (is_many(h->black, h->frames))
        return snprintf(out, LW_HEALTH_TEXT, "black: no light in %" PRId64 " of %" PRId64 " frames",
                        h->black, h->frames);
    if (is_many(h->blank, h->frames))
        return snprintf(out, LW_HEALTH_TEXT,
                        "blank: one even tone in %" PRId64 " of %" PRId64 " frames", h->blank,
                        h->frames);
    if (h->frozen_from >= 0)
        return snprintf(out, LW_HEALTH_TEXT,
                        "frozen: the same picture from frame %" PRId64 " to %" PRId64,
                        h->frozen_from, h->frozen_to);
    out[0] = '\0';
    return 0;
}
