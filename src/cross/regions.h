/* cross/regions.h - where in each camera's picture the cabin can be (docs/formats/regions.md):
 * faces elsewhere are not looked for. Pure. */
#ifndef LW_CROSS_REGIONS_H
#define LW_CROSS_REGIONS_H

#include "cross/bundle.h"

enum { LW_REGIONS_MAX = 64, LW_REGIONS_BYTES_MAX = 64 * 1024 };

struct lw_region {
    char camera[LW_BUNDLE_ID];
    float x, y, w, h; /* shares of the picture, 0..1 */
};

struct lw_regions {
    size_t n;
    struct lw_region v[LW_REGIONS_MAX];
};

int lw_regions_parse(struct lw_regions *out, struct lw_span json, struct lw_why *why);
/* The region of that camera; the whole picture where none is given. */
struct lw_region lw_regions_of(const struct lw_regions *r, const char *camera);

#endif
