/* The picture is cut into tiles. The clipped histogram of each gives a table of grey values; a
 * pixel takes the values of the four nearest tiles' tables, weighted by how near it is to their
 * centres, so that no border shows. Weights are in 1/256. */
#include "img/equalise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 256 };

typedef uint8_t table_t[LEVELS];

/* The two tiles about a pixel along one axis, and the share of the second. */
struct between {
    uint16_t first, second, share;
};

struct equaliser {
    struct lw_image *im;
    int tiles_x, tiles_y;
    table_t *tables;        /* tiles_y x tiles_x */
    struct between *column; /* of each x */
};

static inline uint32_t luminance(const uint8_t *p)
{
    return (77u * p[0] + 150u * p[1] + 29u * p[2]) >> 8;
}

static void count(const struct equaliser *e, int tx, int ty, uint32_t histogram[LEVELS])
{
    const int x0 = e->im->width * tx / e->tiles_x, x1 = e->im->width * (tx + 1) / e->tiles_x;
    const int y0 = e->im->height * ty / e->tiles_y, y1 = e->im->height * (ty + 1) / e->tiles_y;
    memset(histogram, 0, LEVELS * sizeof(*histogram));
    for (int y = y0; y < y1; y++) {
        const uint8_t *row = lw_image_crow(e->im, y);
        for (int x = x0; x < x1; x++)
            histogram[luminance(row + 3 * x)]++;
    }
}

/* What is over the limit goes to all levels alike; the sums are the table. */
static void fill_table(table_t table, uint32_t histogram[LEVELS], float clip)
{
    uint32_t n = 0, over = 0;
    for (int i = 0; i < LEVELS; i++)
        n += histogram[i];
    const uint32_t limit = (uint32_t)(clip * (float)n / LEVELS) + 1;
    for (int i = 0; i < LEVELS; i++)
        if (histogram[i] > limit) {
            over += histogram[i] - limit;
            histogram[i] = limit;
        }
    const float spread = (float)over / LEVELS, to_grey = (LEVELS - 1) / (float)n;
    float sum = 0;
    for (int i = 0; i < LEVELS; i++) {
        sum += (float)histogram[i] + spread;
        table[i] = (uint8_t)lw_clampf(sum * to_grey, 0, LEVELS - 1);
    }
}

static struct between locate(int at, int size, int tiles)
{
    const float tile = ((float)at + 0.5f) * (float)tiles / (float)size - 0.5f;
    const float before = floorf(tile);
    return (struct between){.first = (uint16_t)lw_maxi(0, (int)before),
                            .second = (uint16_t)lw_mini(tiles - 1, (int)before + 1),
                            .share = (uint16_t)((tile - before) * 256.0f)};
}

static inline uint8_t raised(uint8_t v, int by)
{
    const int sum = v + by;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void map_row(const struct equaliser *e, int y)
{
    const struct between down = locate(y, e->im->height, e->tiles_y);
    table_t *upper = e->tables + down.first * e->tiles_x;
    table_t *lower = e->tables + down.second * e->tiles_x;
    uint8_t *p = lw_image_row(e->im, y);
    for (int x = 0; x < e->im->width; x++, p += 3) {
        const struct between c = e->column[x];
        const uint32_t grey = luminance(p);
        const uint32_t a =
            upper[c.first][grey] * (256u - c.share) + upper[c.second][grey] * c.share;
        const uint32_t b =
            lower[c.first][grey] * (256u - c.share) + lower[c.second][grey] * c.share;
        const int by = (int)((a * (256u - down.share) + b * down.share) >> 16) - (int)grey;
        for (int k = 0; k < 3; k++)
            p[k] = raised(p[k], by);
    }
}

static void equalise(struct equaliser *e, float clip)
{
    uint32_t histogram[LEVELS];
    for (int ty = 0; ty < e->tiles_y; ty++)
        for (int tx = 0; tx < e->tiles_x; tx++) {
            count(e, tx, ty, histogram);
            fill_table(e->tables[ty * e->tiles_x + tx], histogram, clip);
        }
    for (int x = 0; x < e->im->width; x++)
        e->column[x] = locate(x, e->im->width, e->tiles_x);
    for (int y = 0; y < e->im->height; y++)
        map_row(e, y);
}

static bool valid(const struct lw_equalise_opts *o, const struct lw_image *im)
{
    return o->tiles_x >= 1 && o->tiles_x <= LW_EQUALISE_TILES_MAX && o->tiles_x <= im->width &&
           o->tiles_y >= 1 && o->tiles_y <= LW_EQUALISE_TILES_MAX && o->tiles_y <= im->height &&
           o->clip >= 1.0f && o->clip <= (float)LEVELS;
}

int lw_image_equalise(struct lw_image *im, const struct lw_equalise_opts *opts)
{
    const struct lw_equalise_opts o = opts ? *opts : LW_EQUALISE_DEFAULTS;
    if (im->fmt != LW_PIX_RGB8)
        return LW_EUNSUP;
    if (!valid(&o, im))
        return LW_EINVAL;
    LW_AUTO_MEM(table_t) tables = calloc((size_t)(o.tiles_x * o.tiles_y), sizeof(*tables));
    LW_AUTO_MEM(struct between) column = calloc((size_t)im->width, sizeof(*column));
    if (!tables || !column)
        return LW_ENOMEM;
    struct equaliser e = {
        .im = im, .tiles_x = o.tiles_x, .tiles_y = o.tiles_y, .tables = tables, .column = column};
    equalise(&e, o.clip);
    return LW_OK;
}
