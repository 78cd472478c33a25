#include "face/kit.h"

int lw_facekit_new(struct lw_facekit **out, const struct lw_facekit_opts *opts, struct lw_why *why)
{
    LW_UNUSED(out);
    LW_UNUSED(opts);
    return lw_why_set(why, LW_EUNSUP, -1, "not built yet");
}
