#include "track/bracket.h"

#include <math.h>
#include <string.h>

static const float STEP = 0.25f, SAME = 0.12f; /* logarithms of the luminance */

static float apart(const struct lw_bracket *b, int i, int k)
{
    return fabsf(logf((b->tone[i] + 1) / (b->tone[k] + 1)));
}

static bool repeats(const struct lw_bracket *b, int cycle)
{
    for (int i = 0; i + cycle < LW_BRACKET_SEEN; i++)
        if (apart(b, i, i + cycle) > SAME || apart(b, i, i + 1) < STEP)
            return false;
    return true;
}

int lw_bracket_take(struct lw_bracket *b, int64_t frame, float tone)
{
    if (b->n > 0 && frame != b->frame + 1)
        b->n = 0;
    memmove(&b->tone[1], &b->tone[0], sizeof(b->tone) - sizeof(b->tone[0]));
    b->tone[0] = tone;
    b->frame = frame;
    if (b->n < LW_BRACKET_SEEN)
        b->n++;
    for (int cycle = 2; b->n == LW_BRACKET_SEEN && cycle <= LW_BRACKET_CYCLE_MAX; cycle++)
        if (repeats(b, cycle))
            return cycle;
    return 0;
}
