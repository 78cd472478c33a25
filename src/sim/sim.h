/* sim/sim.h - a set of synthetic vehicle crossings with truth, from a folder of photographs.
 * The same photographs, seed, count, preset and size give the same bytes, whatever the number of
 * threads. See docs/sim.md. */
#ifndef LW_SIM_SIM_H
#define LW_SIM_SIM_H

#include "face/kit.h"

enum { LW_SIM_COUNT_MAX = 100000 };

struct lw_sim_opts {
    const char *photos; /* DIR/person/photo.jpg */
    const char *out;    /* made by us; must not exist, or be an empty folder */
    const char *preset; /* a name of lw_sim_preset_at; NULL: "mixed" */
    uint64_t seed;
    size_t count;      /* bundles, 1..LW_SIM_COUNT_MAX */
    int width, height; /* even, 320..3840 and 180..2160 */
    float bracket;     /* stops by which every second of three frames is darker, and every third
                          brighter, 0..4, default 0 */
    unsigned threads;  /* 1..64 */
    void (*progress)(const char *what, size_t done, size_t total); /* may be NULL */
    bool (*stop)(void); /* true: give up and leave nothing behind (LW_EAGAIN); may be NULL */
};
#define LW_SIM_DEFAULTS                                                                            \
    ((struct lw_sim_opts){                                                                         \
        .preset = "mixed", .seed = 1, .count = 1, .width = 1920, .height = 1080, .threads = 1})

/* Everything or nothing: the folder appears when the last bundle is whole. */
int lw_sim_run(const struct lw_sim_opts *opts, struct lw_facekit *kit, struct lw_why *why);

#endif
