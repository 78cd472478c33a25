#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "img/codec.h"
#include "img/geom.h"
#include "type.h"

/* Pages in pitches of 2.54 mm (ICAO 9303, parts 4 to 7): size, and where the zone stands. */
struct page {
    float width, height;
    float left, bottom; /* of the first character's cell, of the last line's foot */
};

static struct page page_of(size_t n_lines, size_t columns)
{
    if (n_lines == 3)
        return (struct page){33.7f, 21.3f, 1.9f, 1.6f};
    if (columns == 36)
        return (struct page){41.3f, 29.1f, 2.4f, 2.4f};
    return (struct page){49.2f, 34.6f, 2.4f, 2.9f};
}

static void fill(struct lw_image *im, int x0, int y0, int x1, int y1, float v)
{
    for (int y = lw_maxi(y0, 0); y < y1 && y < im->height; y++)
        for (int x = lw_maxi(x0, 0); x < x1 && x < im->width; x++)
            lw_image_row(im, y)[x] = (uint8_t)lw_clampf(v, 0, 255);
}

/* Fine waves such as security printers use. */
static void draw_ground(struct lw_image *im, int x0, int y0, int x1, int y1, struct lw_rng *rng)
{
    const float depth = (float)lw_rng_range(rng, 4, 14), wave = (float)lw_rng_range(rng, 0.1, 0.5);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const float bend = 9 * sinf((float)x * 0.02f);
            const float v = depth * sinf(wave * ((float)y + bend)) * sinf((float)(x + y) * 0.03f);
            uint8_t *p = &lw_image_row(im, y)[x];
            *p = (uint8_t)lw_clampf((float)*p + v, 0, 255);
        }
}

/* A head and shoulders in a frame; nobody's. */
static void draw_portrait(struct lw_image *im, int x0, int y0, int w, int h, struct lw_rng *rng)
{
    const float skin = (float)lw_rng_range(rng, 90, 200);
    for (int y = y0; y < y0 + h && y < im->height; y++)
        for (int x = x0; x < x0 + w && x < im->width; x++) {
            const float u = (float)(x - x0) / (float)w - 0.5f, v = (float)(y - y0) / (float)h;
            float g = 205 - 20 * v;
            if (u * u / 0.16f + (v - 1.1f) * (v - 1.1f) / 0.09f < 1)
                g = 60;
            if (u * u / 0.07f + (v - 0.45f) * (v - 0.45f) / 0.1f < 1)
                g = skin - 60 * u;
            if (fabsf(fabsf(u) - 0.1f) < 0.035f && fabsf(v - 0.4f) < 0.02f)
                g = 30;
            lw_image_row(im, y)[x] = (uint8_t)lw_clampf(g + (float)lw_rng_gauss(rng) * 4, 0, 255);
        }
}

static int draw_texts(struct lw_image *im, const struct scene *s, float left, float top, float rows,
                      struct lw_rng *rng, struct lw_why *why)
{
    static const char *const words[] = {
        "Passport",    "Surname / Nom", "ERIKSSON",        "Given names",      "ANNA MARIA",
        "Nationality", "UTOPIAN",       "Date of birth",   "12 AUG 1974",      "Place of birth",
        "ZENITH",      "Authority",     "PASSPORT OFFICE", "UTOPIA 0123456789"};
    LW_AUTO(type) t = NULL;
    const float size = s->pitch_px * (float)lw_rng_range(rng, 0.9, 1.3);
    int r = type_open(&t, s->text_font, size, 1, why);
    for (float y = top; r == LW_OK && y + 1.3f * size < top + rows; y += 1.6f * size) {
        float x = left;
        for (const char *w = words[lw_rng_below(rng, LW_COUNT(words))]; *w && r >= 0; w++)
            r = type_draw(t, im, *w, &x, y + size, s->ink + 20);
    }
    return r;
}

static int draw_page(struct lw_image *im, const struct scene *s, const struct page *p, int x0,
                     int y0, struct lw_rng *rng, struct lw_why *why)
{
    const float u = s->pitch_px;
    const int w = (int)(p->width * u), h = (int)(p->height * u);
    const float zone = p->height - 3.5f * s->spacing;
    fill(im, x0, y0, x0 + w, y0 + h, s->paper);
    draw_ground(im, x0, y0, x0 + w, y0 + h, rng);
    const int side = (int)(0.7f * zone * u);
    draw_portrait(im, x0 + (int)(2 * u), y0 + (int)(0.15f * zone * u), side * 3 / 4, side, rng);
    return draw_texts(im, s, (float)x0 + 4 * u + (float)side * 0.8f, (float)y0 + u, zone * u - u,
                      rng, why);
}

static int draw_zone(struct lw_image *im, const struct scene *s, float x0, float y0,
                     const struct scene_text *text, struct lw_why *why)
{
    LW_AUTO(type) t = NULL;
    /* Cells of 723 units on an em of 1000 are what most cuts have. */
    int r = type_open(&t, s->font, s->pitch_px * 1000 / 723, s->height, why);
    for (size_t l = 0; r == LW_OK && l < text->n; l++) {
        const float foot = y0 - (float)(text->n - 1 - l) * s->spacing * s->pitch_px;
        for (size_t c = 0; r >= 0 && text->lines[l][c]; c++) {
            float x = x0 + (float)c * s->pitch_px;
            r = type_draw(t, im, text->lines[l][c], &x, foot, s->ink);
        }
    }
    return r;
}

/* Where a point of the finished picture comes from: turned around the middle, one edge farther
 * away. */
struct view {
    float cx, cy, half; /* of the source */
    float ox, oy;       /* middle of the finished picture */
    float c, s, keystone;
};

static void seen_from(const struct view *v, float x, float y, float *sx, float *sy)
{
    const float dx = x - v->ox, dy = y - v->oy;
    const float u = v->c * dx + v->s * dy, w = -v->s * dx + v->c * dy;
    const float depth = 1 + v->keystone * (w / v->half + 1);
    *sx = v->cx + u * depth;
    *sy = v->cy + w * depth;
}

static float value_at(const struct lw_image *im, float x, float y)
{
    x = lw_clampf(x, 0, (float)im->width - 1.01f);
    y = lw_clampf(y, 0, (float)im->height - 1.01f);
    const int ix = (int)x, iy = (int)y;
    const float fx = x - (float)ix, fy = y - (float)iy;
    const uint8_t *a = lw_image_crow(im, iy) + ix, *b = lw_image_crow(im, iy + 1) + ix;
    return (1 - fy) * ((1 - fx) * a[0] + fx * a[1]) + fy * ((1 - fx) * b[0] + fx * b[1]);
}

/* Light: falls off along one direction, and an edge of shadow somewhere across the middle. */
static void light_up(float *v, int w, int h, const struct scene *s, struct lw_rng *rng)
{
    const float a = (float)lw_rng_range(rng, 0, 6.28), b = (float)lw_rng_range(rng, 0, 6.28);
    const float size = (float)lw_maxi(w, h), soft = size * (float)lw_rng_range(rng, 0.01, 0.1);
    const float off = (float)lw_rng_range(rng, -0.15, 0.15) * size;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const float dx = (float)x - 0.5f * (float)w, dy = (float)y - 0.5f * (float)h;
            const float fall = 0.5f + (cosf(a) * dx + sinf(a) * dy) / (1.4f * size);
            const float edge = 0.5f + (cosf(b) * dx + sinf(b) * dy - off) / soft;
            const float light = (1 - s->uneven * fall) * (1 - s->shadow * lw_clampf(edge, 0, 1));
            v[(size_t)y * (size_t)w + (size_t)x] *= light;
        }
}

static void blur_line(float *v, float *in, int n, size_t step, const float *kernel, int radius)
{
    for (int i = 0; i < n; i++)
        in[i] = v[(size_t)i * step];
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int k = -radius; k <= radius; k++)
            sum += kernel[abs(k)] * in[lw_mini(lw_maxi(i + k, 0), n - 1)];
        v[(size_t)i * step] = sum;
    }
}

static void blur(float *v, float *line, int w, int h, float sd)
{
    float kernel[64], sum = 0;
    const int radius = lw_mini(63, (int)ceilf(3 * sd));
    if (sd <= 0)
        return;
    for (int k = 0; k <= radius; k++) {
        kernel[k] = expf(-0.5f * (float)(k * k) / (sd * sd));
        sum += k ? 2 * kernel[k] : kernel[k];
    }
    for (int k = 0; k <= radius; k++)
        kernel[k] /= sum;
    for (int y = 0; y < h; y++)
        blur_line(v + (size_t)y * (size_t)w, line, w, 1, kernel, radius);
    for (int x = 0; x < w; x++)
        blur_line(v + x, line, h, (size_t)w, kernel, radius);
}

/* From the drawn page to what a camera keeps of it. */
static int expose(struct lw_image **out, const struct scene *s, const struct lw_image *drawn,
                  struct lw_rng *rng)
{
    const float a = s->turn_deg * 3.14159265f / 180, c = fabsf(cosf(a)), n = fabsf(sinf(a));
    const float sw = (float)drawn->width, sh = (float)drawn->height;
    const int w = (int)(c * sw + n * sh), h = (int)(n * sw + c * sh);
    LW_AUTO_MEM(float) v = calloc((size_t)w * (size_t)h, sizeof(*v));
    LW_AUTO_MEM(float) line = calloc((size_t)lw_maxi(w, h), sizeof(*line));
    if (!v || !line || lw_image_new(out, LW_PIX_GRAY8, w, h) < 0)
        return LW_ENOMEM;
    const struct view view = {.cx = sw / 2,
                              .cy = sh / 2,
                              .half = lw_maxf(sw, sh) / 2,
                              .ox = (float)w / 2,
                              .oy = (float)h / 2,
                              .c = cosf(a),
                              .s = sinf(a),
                              .keystone = s->keystone};
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            float sx, sy;
            seen_from(&view, (float)x, (float)y, &sx, &sy);
            v[(size_t)y * (size_t)w + (size_t)x] = value_at(drawn, sx, sy);
        }
    light_up(v, w, h, s, rng);
    blur(v, line, w, h, s->blur_px);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const float noise = s->noise > 0 ? s->noise * (float)lw_rng_gauss(rng) : 0;
            lw_image_row(*out, y)[x] =
                (uint8_t)lw_clampf(v[(size_t)y * (size_t)w + (size_t)x] + noise + 0.5f, 0, 255);
        }
    return LW_OK;
}

int scene_draw(struct lw_image **out, const struct scene *s, const struct scene_text *text,
               struct lw_rng *rng, struct lw_why *why)
{
    const size_t columns = text->n ? strlen(text->lines[0]) : LW_MRZ_COLUMNS;
    const struct page p = page_of(text->n, columns);
    const bool page = s->around == SCENE_PAGE;
    const float u = s->pitch_px, edge = page ? 2.5f * u : 0;
    const float strip = (float)text->n * s->spacing + 2;
    const int w = (int)(p.width * u + 2 * edge);
    const int h = (int)((page ? p.height : strip) * u + 2 * edge);
    LW_AUTO(lw_image) drawn = NULL;
    int r = lw_image_new(&drawn, LW_PIX_GRAY8, w, h);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for %d x %d pixels", w, h);
    fill(drawn, 0, 0, w, h, page ? (float)lw_rng_range(rng, 30, 140) : s->paper);
    if (page)
        r = draw_page(drawn, s, &p, (int)edge, (int)edge, rng, why);
    const float foot = (float)h - edge - (page ? p.bottom : 1.3f) * u;
    if (r >= 0)
        r = draw_zone(drawn, s, edge + p.left * u, foot, text, why);
    return r < 0 ? r : expose(out, s, drawn, rng);
}

int scene_encode(uint8_t **bytes, size_t *n, const struct lw_image *im, int jpeg,
                 struct lw_why *why)
{
    LW_AUTO(lw_image) rgb = NULL;
    if (lw_image_to_rgb(&rgb, im) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return jpeg ? lw_image_encode_jpeg(rgb, jpeg, bytes, n, why)
                : lw_image_encode_png(rgb, bytes, n, why);
}
