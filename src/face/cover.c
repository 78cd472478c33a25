/* The upright face of 112 x 112 is cut into blocks of 8 x 8. The median block is skin. A block is
 * foreign when its colour is another one, or when it is much darker or brighter and flat: eyes,
 * brows and mouth are dark but never flat, light on a cheek changes its brightness, not its colour.
 * docs/QUALITY.md has how well that tells covered faces from others. */
#include "face/cover.h"

#include <math.h>
#include <stdlib.h>

#include "face/align.h"

enum { BLOCK = 8, GRID = LW_ALIGN_SIDE / BLOCK, BLOCKS = GRID * GRID };

static const float FOREIGN_TONE = 0.45f;   /* difference of log brightness */
static const float FOREIGN_COLOUR = 0.12f; /* of log colour ratios */
static const float FLAT = 0.08f;           /* spread over mean inside a block */
static const float OFFSET = 2.0f;          /* levels, so that black has a logarithm */

struct block {
    float tone, red, blue; /* logarithms: brightness, red and blue over green */
    float spread;          /* standard deviation over mean */
};

static struct block measure_block(const struct lw_image *face, int x0, int y0)
{
    float rgb[3] = {0}, sum = 0, squares = 0;
    const float n = BLOCK * BLOCK;
    for (int y = y0; y < y0 + BLOCK; y++) {
        const uint8_t *p = lw_image_crow(face, y) + 3 * (ptrdiff_t)x0;
        for (int x = 0; x < BLOCK; x++, p += 3) {
            const float l = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
            for (int i = 0; i < 3; i++)
                rgb[i] += p[i] / n;
            sum += l / n;
            squares += l * l / n;
        }
    }
    return (struct block){.tone = logf(sum + OFFSET),
                          .red = logf((rgb[0] + OFFSET) / (rgb[1] + OFFSET)),
                          .blue = logf((rgb[2] + OFFSET) / (rgb[1] + OFFSET)),
                          .spread = sqrtf(lw_maxf(0, squares - sum * sum)) / (sum + OFFSET)};
}

/* The ellipse of a face on the 112 x 112 template: brows to chin, cheek to cheek. */
static bool in_face(int column, int row)
{
    const float x = ((float)(column * BLOCK + BLOCK / 2) - 56) / 40;
    const float y = ((float)(row * BLOCK + BLOCK / 2) - 66) / 48;
    return x * x + y * y < 1;
}

static size_t take_blocks(struct block out[BLOCKS], const struct lw_image *face)
{
    size_t n = 0;
    for (int row = 0; row < GRID; row++)
        for (int column = 0; column < GRID; column++)
            if (in_face(column, row))
                out[n++] = measure_block(face, column * BLOCK, row * BLOCK);
    return n;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median of one member of the blocks. */
static float median(const struct block *b, size_t n, size_t member)
{
    float v[BLOCKS];
    for (size_t i = 0; i < n; i++)
        v[i] = *(const float *)((const char *)&b[i] + member);
    qsort(v, n, sizeof(*v), by_value);
    return v[n / 2];
}

static double foreign_share(const struct block *b, size_t n)
{
    const float tone = median(b, n, offsetof(struct block, tone));
    const float red = median(b, n, offsetof(struct block, red));
    const float blue = median(b, n, offsetof(struct block, blue));
    size_t foreign = 0;
    for (size_t i = 0; i < n; i++) {
        const bool other_tone = fabsf(b[i].tone - tone) > FOREIGN_TONE && b[i].spread < FLAT;
        const bool other_colour = hypotf(b[i].red - red, b[i].blue - blue) > FOREIGN_COLOUR;
        foreign += other_tone || other_colour;
    }
    return (double)foreign / (double)n;
}

int lw_cover_measure(double *share, const struct lw_image *image,
                     const struct lw_point landmarks[LW_LANDMARKS])
{
    struct lw_point five[LW_ALIGN_POINTS];
    struct block blocks[BLOCKS];
    LW_AUTO(lw_image) face = NULL;
    LW_AUTO(lw_image) grey = NULL;
    for (size_t i = 0; i < LW_LANDMARKS; i++)
        if (!isfinite(landmarks[i].x + landmarks[i].y))
            return LW_EINVAL;
    lw_align_five(landmarks, five);
    int r = lw_align_face(&face, image, five);
    if (r == LW_OK && face->fmt == LW_PIX_GRAY8) {
        grey = face;
        face = NULL;
        r = lw_image_to_rgb(&face, grey);
    }
    if (r < 0)
        return r;
    *share = foreign_share(blocks, take_blocks(blocks, face));
    return LW_OK;
}
