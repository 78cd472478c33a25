/* track/bracket.h - does a camera bracket its exposures: is each frame clearly darker or brighter
 * than the one before it, and like the one two or three before? Pure. */
#ifndef LW_TRACK_BRACKET_H
#define LW_TRACK_BRACKET_H

#include "base/base.h"

enum { LW_BRACKET_CYCLE_MAX = 3, LW_BRACKET_SEEN = 2 * LW_BRACKET_CYCLE_MAX + 1 };

struct lw_bracket { /* {0} to begin with */
    int n;
    int64_t frame;               /* the last one */
    float tone[LW_BRACKET_SEEN]; /* mean luminance of the last frames, the last one first */
};

/* Take the next frame: its number, and its mean luminance in levels of 255. Returns the frames of a
 * cycle, 2 or 3, or 0: this camera does not bracket, or not enough frames came one after the other.
 */
int lw_bracket_take(struct lw_bracket *b, int64_t frame, float tone);

#endif
